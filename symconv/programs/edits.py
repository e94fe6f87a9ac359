"""Small changes of a function's text: an index, a bound, a sign, an operator, a name for another, `=` for `+=`.

A change replaces a piece of one line (or of one expression), so that the rest of the text stays as its author wrote it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

PAIRS = (
    "HW", "hw", "ij", "uv", "ab", "xy", "rc", "sd", ("HH", "WW"), ("kh", "kw"), ("KH", "KW"), ("mh", "mw"),
    ("oh", "ow"), ("ph", "pw"), ("sh", "sw"), ("dh", "dw"), ("stride", "dilation"), ("H_out", "W_out"),
    ("h_out", "w_out"),
    ("out_h", "out_w"), ("H_prime", "W_prime"), ("height", "width"), ("rows", "cols"), ("kernel_h", "kernel_w"),
    ("Hp", "Wp"), ("i1", "i2"), ("k1", "k2"), ("out_height", "out_width"), ("kernel_height", "kernel_width"),
)  # fmt: skip
"""Names that are taken for each other."""
STRIDES, PADS = ("stride", "s", "S", "strides"), ("pad", "padding", "p", "P")
FACTORS = (*STRIDES, "dilation", "d", "stride_h", "stride_w", "sh", "sw", "dh", "dw")
"""Names by which an index is multiplied."""


@dataclass(frozen=True, order=True)
class Edit:
    """A change of a text.

    Args:
        cost: likelier changes first.
        line: the line that changes, from 1.
        start, end: the piece of the text that is replaced, by characters.
        text: what stands there afterwards.
    """

    cost: int
    line: int
    start: int = field(compare=False)
    end: int = field(compare=False)
    text: str = field(compare=False)

    def of(self, source: str) -> str:
        """The changed text."""
        return source[: self.start] + self.text + source[self.end :]


def edits_of(source: str, function: str) -> list[Edit]:
    """Small changes of a function, and of those of the same text that it calls, the likeliest first.

    Args:
        source: the text of its file.
        function: its name, or "Class.method".

    >>> source = "def f(x, w, s):\\n    return x[s + 1] * w[s]\\n"
    >>> changed = [edit.of(source).splitlines()[1].strip() for edit in edits_of(source, "f")]
    >>> [f"return {one}" in changed for one in ("x[s - 1] * w[s]", "w[s + 1] * w[s]", "x[s + 2] * w[s]")]
    [True, True, True]
    """
    tree = ast.parse(source)
    known = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    first = known.get(function.rpartition(".")[2])
    if first is None:
        return []
    waiting, chosen = [first], [first]
    while waiting:
        for node in ast.walk(waiting.pop()):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if called in known and known[called] not in chosen:
                chosen.append(known[called])
                waiting.append(known[called])
    text = _Text(source)
    found = [edit for node in chosen for edit in _Changes(text, node).all()]
    return sorted({(edit.start, edit.end, edit.text): edit for edit in found}.values())


class _Text:
    """A text with the places of its syntax."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def place(self, line: int, column: int) -> int:
        """The place of a column in bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a piece of syntax stands."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr) -> str:
        """The text of an expression."""
        start, end = self.span(node)
        return self.source[start:end]


class _Changes:
    """The changes of one function."""

    def __init__(self, text: _Text, function: ast.FunctionDef) -> None:
        self.text, self.function = text, function
        stored = [
            node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        arguments = function.args
        self.names = list(dict.fromkeys([one.arg for one in (*arguments.args, *arguments.kwonlyargs)] + stored))
        pairs = [(child, node) for node in ast.walk(function) for child in ast.iter_child_nodes(node)]
        used = [one.id for one, parent in pairs if isinstance(one, ast.Name) and _is_array(one, parent)]
        self.arrays = {name for name in self.names if name in used}
        self.factors = [name for name in FACTORS if name in self.names]

    def all(self) -> Iterator[Edit]:
        """Every change."""
        parents = {child: node for node in ast.walk(self.function) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(self.function):
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is not None:
                yield from method(node, parents.get(node))
        yield from self._returns()
        yield from self._both_ends()

    def _edit(self, cost: int, node: ast.expr | ast.stmt, text: str) -> Edit:
        start, end = self.text.span(node)
        return Edit(cost, node.lineno, start, end, text)

    def _name(self, node: ast.Name, parent: ast.AST | None) -> Iterator[Edit]:
        called = isinstance(parent, (ast.Attribute, ast.Call)) and getattr(parent, "func", node) is node
        if not isinstance(node.ctx, ast.Load) or (called and node.id not in self.arrays):
            return
        twins, is_array = _twins(node.id), _is_array(node, parent)
        for other in self.names:
            if other != node.id and (isinstance(parent, ast.Call) or (other in self.arrays) == is_array):
                yield self._edit(1 if other in twins else 3, node, other)
        if node.id not in self.names:
            return
        inside = isinstance(parent, (ast.Subscript, ast.Slice, ast.BinOp, ast.Tuple))
        inside &= not (isinstance(parent, ast.Subscript) and parent.value is node)
        for factor in self.factors if inside else ():
            if factor != node.id:
                product = f"{node.id} * {factor}"
                needs = isinstance(parent, ast.BinOp) and not isinstance(parent.op, (ast.Add, ast.Sub))
                cost = 2 if isinstance(parent, (ast.Subscript, ast.Slice)) else 1
                yield self._edit(cost, node, f"({product})" if needs else product)

    def _constant(self, node: ast.Constant, parent: ast.AST | None) -> Iterator[Edit]:
        if type(node.value) is not int:
            return
        for other in (node.value + 1, node.value - 1):
            yield self._edit(2, node, str(other))
        for name in (*self.factors, *(name for name in PADS if name in self.names)):
            yield self._edit(3, node, name)

    def _binop(self, node: ast.BinOp, parent: ast.AST | None) -> Iterator[Edit]:
        left, right = self.text.of(node.left), self.text.of(node.right)
        start, end = self.text.span(node.left)[1], self.text.span(node.right)[0]
        between = self.text.source[start:end]
        signs = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+")}
        if (pair := signs.get(type(node.op))) is not None and between.count(pair[0]) == 1:
            yield Edit(2, node.lineno, start, end, between.replace(*pair))
        if isinstance(node.op, ast.Add) and between.count("+") == 1:
            yield Edit(3, node.lineno, start, end, between.replace("+", "*"))
        if isinstance(node.op, (ast.Div, ast.Mult, ast.Add, ast.Sub)):
            yield self._edit(1 if isinstance(node.op, ast.Div) else 3, node, left)
        if isinstance(node.op, (ast.Mult, ast.Add)):
            yield self._edit(3, node, right)
        if isinstance(node.op, ast.FloorDiv):
            yield self._edit(1, node, f"({left} // {right} + 1)")
            yield self._edit(1, node, f"(({left} - 1) // {right} + 1)")
            yield self._edit(2, node, f"-(-{left} // {right})")
        if isinstance(node.op, (ast.Add, ast.Sub)) and not isinstance(parent, ast.BinOp):
            for more in (" + 1", " - 1"):
                yield self._edit(3, node, f"{left}{between}{right}{more}")

    def _augassign(self, node: ast.AugAssign, parent: ast.AST | None) -> Iterator[Edit]:
        start, end = self.text.span(node.target)[1], self.text.span(node.value)[0]
        between = self.text.source[start:end]
        yield Edit(2, node.lineno, start, end, between.replace("+=", "=").replace("-=", "+="))

    def _assign(self, node: ast.Assign, parent: ast.AST | None) -> Iterator[Edit]:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Subscript):
            start, end = self.text.span(target)[1], self.text.span(node.value)[0]
            yield Edit(0, node.lineno, start, end, self.text.source[start:end].replace("=", "+=", 1))

    def _compare(self, node: ast.Compare, parent: ast.AST | None) -> Iterator[Edit]:
        parts = [node.left, *node.comparators]
        for one, other in pairwise(parts):
            start, end = self.text.span(one)[1], self.text.span(other)[0]
            sign = self.text.source[start:end].strip()
            turned = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}.get(sign)
            if turned is not None:
                yield Edit(1, node.lineno, start, end, f" {turned} ")

    def _if(self, node: ast.If, parent: ast.AST | None) -> Iterator[Edit]:
        if isinstance(node.test, ast.Name):
            yield self._edit(3, node.test, f"not {node.test.id}")

    def _ifexp(self, node: ast.IfExp, parent: ast.AST | None) -> Iterator[Edit]:
        for branch in (node.orelse, node.body):
            text = self.text.of(branch)
            before = self.text.source[: self.text.span(branch)[0]].rstrip()
            yield self._edit(1, node, f"({text})" if isinstance(branch, ast.Tuple) and before.endswith("(") else text)

    def _tuple(self, node: ast.Tuple, parent: ast.AST | None) -> Iterator[Edit]:
        if not isinstance(node.ctx, ast.Load):
            return
        for at, (one, other) in enumerate(pairwise(node.elts)):
            first, second = self.text.of(one), self.text.of(other)
            if first == second or _has_slice(one) != _has_slice(other):
                continue
            start, end = self.text.span(one)[0], self.text.span(other)[1]
            between = self.text.source[self.text.span(one)[1] : self.text.span(other)[0]]
            yield Edit(2 if at else 3, node.lineno, start, end, second + between + first)

    def _subscript(self, node: ast.Subscript, parent: ast.AST | None) -> Iterator[Edit]:
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        value = self.text.of(node.value)
        if negative := [at for at, one in enumerate(items) if _negative_end(one)]:
            whole = [self.text.of(one) for one in items]
            for at in negative:
                end = _negative_end(items[at])
                assert end is not None and isinstance(items[at], ast.Slice)
                length, by = f"{value}.shape[{at}]", self.text.of(end)
                before, cut, after = whole[at].rpartition(f"-{by}")
                whole[at] = f"{before}{length} - {by}{after}" if cut else whole[at]
            yield self._edit(0, node, f"{value}[{', '.join(whole)}]")
        if _turned(items):
            yield self._edit(2, node, value)
        elif isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and len(items) <= 2:
            yield self._edit(4, node, f"{self.text.of(node)}[..., ::-1, ::-1]")

    def _call(self, node: ast.Call, parent: ast.AST | None) -> Iterator[Edit]:
        name = node.func
        if isinstance(name, ast.Attribute):
            other = {"mean": "sum", "sum": "mean"}.get(name.attr)
            if other is not None:
                end = self.text.span(name)[1]
                yield Edit(1 if other == "sum" else 3, node.lineno, end - len(name.attr), end, other)
            if name.attr in ("swapaxes", "transpose", "flip", "rot90") and isinstance(name.value, ast.Name):
                inner = name.value.id not in self.names and node.args and self.text.of(node.args[0])
                yield self._edit(2, node, str(inner or self.text.of(name.value)))

    def _both_ends(self) -> Iterator[Edit]:
        """A name replaced at all its places in a slice, or in a line: i by i * stride in i:i + k."""
        groups: dict[tuple[int, int, str], list[ast.Name]] = {}
        for piece in ast.walk(self.function):
            if isinstance(piece, (ast.Slice, ast.Assign, ast.AugAssign, ast.Return)):
                weight = 0 if isinstance(piece, ast.Slice) else 2
                for node in ast.walk(piece):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self.names:
                        groups.setdefault((id(piece), weight, node.id), []).append(node)
        for (_, weight, name), nodes in groups.items():
            if len(nodes) > 1:
                yield from self._everywhere(name, nodes, weight)

    def _everywhere(self, name: str, nodes: list[ast.Name], weight: int) -> Iterator[Edit]:
        places = sorted(map(self.text.span, nodes))
        between = [self.text.source[one[1] : next_[0]] for one, next_ in pairwise(places)]
        twins = _twins(name)
        others = [(weight + (1 if other in twins else 2), other) for other in self.names if other != name]
        others += [(weight + 1, f"{name} * {factor}") for factor in self.factors if factor != name]
        for cost, other in others:
            text = "".join(other + piece for piece in (*between, ""))
            yield Edit(cost, nodes[0].lineno, places[0][0], places[-1][1], text)

    def _returns(self) -> Iterator[Edit]:
        """A last statement of a loop that returns, moved behind the loop."""
        for loop in ast.walk(self.function):
            if isinstance(loop, (ast.For, ast.While)) and isinstance(last := loop.body[-1], ast.Return):
                for outer in (loop, *self._around(loop)):
                    start = self.text.starts[last.lineno - 1]
                    yield Edit(0, last.lineno, start, start + last.col_offset, " " * outer.col_offset)

    def _around(self, loop: ast.stmt) -> list[ast.stmt]:
        return [
            node
            for node in ast.walk(self.function)
            if isinstance(node, (ast.For, ast.While)) and node is not loop and loop in ast.walk(node)
        ]


def _is_array(node: ast.Name, parent: ast.AST | None) -> bool:
    """Whether a name is used as an array is: indexed, or asked for its shape."""
    indexed = isinstance(parent, ast.Subscript) and parent.value is node
    return indexed or (
        isinstance(parent, ast.Attribute) and parent.attr in ("shape", "T", "sum", "reshape", "transpose")
    )


def _twins(name: str) -> set[str]:
    pairs: list[Sequence[str]] = [tuple(pair) for pair in PAIRS]
    return {other for pair in pairs if name in pair for other in pair} - {name}


def _has_slice(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice)


def _negative_end(node: ast.expr) -> ast.expr | None:
    """What a slice ends at, counted from the end: p in a:-p."""
    if isinstance(node, ast.Slice) and isinstance(node.upper, ast.UnaryOp) and isinstance(node.upper.op, ast.USub):
        return node.upper.operand
    return None


def _turned(items: Sequence[ast.expr]) -> bool:
    """Whether a slice turns an axis round."""
    steps = [one.step for one in items if isinstance(one, ast.Slice) and one.step is not None]
    return any(isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub) for step in steps)
