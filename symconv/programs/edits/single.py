"""Changes at one place: an index, a bound, a sign, an operator, a name for another, = for +=."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from symconv.programs.edits.function import Function
from symconv.programs.edits.names import is_array, is_turned, twins
from symconv.programs.edits.text import Edit

FLIPPED = "[..., ::-1, ::-1]"
GONE = ("np.int", "np.float", "np.bool", "np.object", "numpy.int", "numpy.float")
"""Names that NumPy has had no more since version 1.24."""


def changes(function: Function) -> Iterator[Edit]:
    """Every change at one place."""
    for node in function.nodes:
        parent = function.parents.get(node)
        for kind, change in BY_NODE:
            if isinstance(node, kind):
                yield from change(function, node, parent)


def _name(f: Function, node: ast.Name, parent: ast.AST | None) -> Iterator[Edit]:
    called = isinstance(parent, (ast.Attribute, ast.Call)) and getattr(parent, "func", node) is node
    if not isinstance(node.ctx, ast.Load) or (called and node.id not in f.arrays):
        return
    alike, indexed = twins(node.id), is_array(node, parent)
    for other in f.names:
        if other != node.id and (isinstance(parent, ast.Call) or (other in f.arrays) == indexed):
            made = {node.id, other} <= f.arrays and (other.startswith(node.id) or node.id.startswith(other))
            letters = {node.id, other} <= {*f.factors, *f.pads}
            cost = 1 if other in alike or made or letters else 3
            cost += 2 * (isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store))
            yield f.replaced(cost, node, other, "twin" if other in alike else "")
    if node.id not in f.names:
        return
    if node.id in f.arrays and isinstance(parent, (ast.Return, ast.Assign, ast.Tuple)):
        yield from _cropped(f, node)
    inside = isinstance(parent, (ast.Subscript, ast.Slice, ast.BinOp, ast.Tuple, ast.Assign, ast.Call))
    inside &= not (isinstance(parent, ast.Subscript) and parent.value is node)
    if inside and node.id not in f.arrays:
        yield from _multiplied(f, node, parent)
        yield from _turned_index(f, node, parent)


def _cropped(f: Function, node: ast.Name) -> Iterator[Edit]:
    """An array without what was added at both ends of its last two axes, or of its last."""
    for pad in f.pads:
        one, other = (f"{pad}:{node.id}.shape[{axis}] - {pad}" for axis in (-2, -1))
        yield f.replaced(3, node, f"{node.id}[..., {one}, {other}]", "crop")
        yield f.replaced(4, node, f"{node.id}[..., {other}]", "crop")


def _multiplied(f: Function, node: ast.Name, parent: ast.AST | None) -> Iterator[Edit]:
    """A name times a stride or the like, twice itself, or moved by the padding."""
    needs = isinstance(parent, ast.BinOp) and not isinstance(parent.op, (ast.Add, ast.Sub))
    for factor in f.factors:
        if factor != node.id:
            product = f"{node.id} * {factor}"
            cost = 1 if isinstance(parent, (ast.BinOp, ast.Tuple, ast.Assign)) else 2
            yield f.replaced(cost, node, f"({product})" if needs else product, f"* {factor}")
    for pad in f.pads:
        if pad == node.id:
            yield f.replaced(2, node, f"2 * {pad}", f"2 * {pad}")
        elif not needs:
            for sign in "-+":
                yield f.replaced(3, node, f"{node.id} {sign} {pad}", f"{sign} {pad}")
            if isinstance(parent, ast.BinOp):
                yield f.replaced(3, node, f"{node.id} + 2 * {pad}", "+ 2 pad")
    if isinstance(parent, ast.Call):
        yield f.replaced(2, node, f"-{node.id}", "negative")


def _turned_index(f: Function, node: ast.Name, parent: ast.AST | None) -> Iterator[Edit]:
    """k - 1 - j for a loop's index j below k, and the other way."""
    size = f.bounds.get(node.id, "")
    if not size.translate(str.maketrans("", "", "._[]")).isalnum():
        return
    operator = type(parent.op) if isinstance(parent, ast.BinOp) and parent.right is node else None
    if operator is ast.Sub and isinstance(parent, ast.BinOp):
        yield f.replaced(1, parent, node.id, "flip index")
    elif operator is ast.Add or isinstance(parent, (ast.Subscript, ast.Tuple)):
        yield f.replaced(2, node, f"{size} - 1 - {node.id}", "flip index")


def _constant(f: Function, node: ast.Constant, parent: ast.AST | None) -> Iterator[Edit]:
    if type(node.value) is not int:
        return
    added = isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub)) and parent.right is node
    for other in (node.value + 1, node.value - 1):
        if added and not other:
            continue  # without it, which is another change
        yield f.replaced(2, node, str(other), "+ 1" if other > node.value else "- 1")
    for name in (*f.factors, *f.pads):
        yield f.replaced(3, node, name)


def _binop(f: Function, node: ast.BinOp, parent: ast.AST | None) -> Iterator[Edit]:
    left, right = f.text.of(node.left), f.text.of(node.right)
    start, end, between = f.between(node.left, node.right)
    signs = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+")}
    if (pair := signs.get(type(node.op))) is not None and between.count(pair[0]) == 1:
        yield Edit(2, node.lineno, start, end, between.replace(*pair), f"{pair[0]} {pair[1]}")
    if isinstance(node.op, ast.Div) and between.count("/") == 1:
        yield Edit(1, node.lineno, start, end, between.replace("/", "//"), "/ //")
    if isinstance(node.op, ast.Mult) and between.count("*") == 1:
        yield Edit(3, node.lineno, start, end, between.replace("*", "//"), "* //")
    if isinstance(node.op, ast.Add) and between.count("+") == 1:
        yield Edit(3, node.lineno, start, end, between.replace("+", "*"), "+ *")
    if isinstance(node.op, (ast.Div, ast.Mult, ast.Add, ast.Sub)):
        kept = f"({left})" if isinstance(node.left, ast.BinOp) and isinstance(parent, ast.BinOp) else left
        likely = isinstance(node.op, ast.Div) or isinstance(node.right, ast.Constant)
        yield f.replaced(
            1 if isinstance(node.op, ast.Div) else 2 if likely else 3,
            node,
            kept,
            f"no {type(node.op).__name__} {right}",
        )
    if isinstance(node.op, (ast.Mult, ast.Add)):
        yield f.replaced(3, node, right, f"no {type(node.op).__name__} {left}")
    if isinstance(node.op, ast.FloorDiv):
        first = isinstance(parent, ast.BinOp) and parent.left is node and isinstance(parent.op, (ast.Add, ast.Sub))
        begin, close = ("", "") if first or not isinstance(parent, (ast.BinOp, ast.UnaryOp)) else ("(", ")")
        yield f.replaced(1, node, f"{begin}{f.text.of(node)} + 1{close}", "// + 1")
        yield f.replaced(1, node, f"{begin}({left} - 1) // {right} + 1{close}", "up")
        yield f.replaced(2, node, f"-(-({left}) // {right})", "up")
    if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Name):
        yield f.replaced(3, node, f"({left} - 1) * {right}", "first - 1")
    if isinstance(node.op, (ast.Add, ast.Sub)) and f.is_in_parentheses(node):
        end = f.text.span(node)[1] + 1
        for factor in f.factors:
            yield Edit(2, node.lineno, end, end, f" * {factor}", f"* {factor}")
    if isinstance(node.op, ast.Div) and isinstance(node.right, ast.BinOp):
        for size in f.kernels:
            area = f"{size} * {size}" if f.is_in_parentheses(node.right) else f"({size} * {size})"
            yield f.replaced(2, node.right, area, "divided")
    if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Name):
        for dilation in f.dilations:
            yield f.replaced(1, node, f"{left} - {dilation} * ({right} - 1) - 1", "span")
    if isinstance(node.op, ast.Div) and isinstance(node.right, ast.Name):
        for other in dict.fromkeys((right, *twins(right))):
            if other in f.names:
                yield f.replaced(1, node.right, f"({right} * {other})", "divided")
    if isinstance(node.op, (ast.Add, ast.Sub)) and not isinstance(parent, ast.BinOp):
        whole = f.text.of(node)
        for more in (" + 1", " - 1"):
            yield f.replaced(3, node, whole + more, more.strip())
        for pad in f.pads:
            for sign in "-+":
                yield f.replaced(2, node, f"{whole} {sign} {pad}", f"{sign} {pad}")
        yield from _sized(f, node)


def _sized(f: Function, node: ast.BinOp) -> Iterator[Edit]:
    """A size divided by the stride: 1 + (a) // s for 1 + (a), and a // s + 1 for a + 1."""
    for factor in f.factors:
        for term, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, ast.Constant) and isinstance(term, ast.BinOp) and isinstance(node.op, ast.Add):
                start, end = f.text.span(term)
                source = f.text.source
                inside = source[start - 1 : start] == "(" and source[end : end + 1] == ")"
                text = f" // {factor}" if inside else f"({source[start:end]}) // {factor}"
                place = (end + 1, end + 1) if inside else (start, end)
                yield Edit(1, node.lineno, *place, text, f"// {factor}")


def _augassign(f: Function, node: ast.AugAssign, parent: ast.AST | None) -> Iterator[Edit]:
    start, end, between = f.between(node.target, node.value)
    yield Edit(2, node.lineno, start, end, between.replace("+=", "=").replace("-=", "+="), "=")
    if isinstance(node.op, ast.Add) and isinstance(node.target, ast.Subscript):
        items = node.target.slice.elts if isinstance(node.target.slice, ast.Tuple) else [node.target.slice]
        texts = ["slice(None)" if f.text.of(one) == ":" else f.text.of(one) for one in items]
        if not any(isinstance(one, ast.Slice) and f.text.of(one) != ":" for one in items):
            place = f"({', '.join(texts)})" if len(texts) > 1 else texts[0]
            array, value = f.text.of(node.target.value), f.text.of(node.value)
            yield f.replaced(2, node, f"np.add.at({array}, {place}, {value})", "+=")


def _assign(f: Function, node: ast.Assign, parent: ast.AST | None) -> Iterator[Edit]:
    target = node.targets[0]
    if len(node.targets) != 1:
        return
    start, end, between = f.between(target, node.value)
    if isinstance(target, ast.Subscript) or (isinstance(target, ast.Name) and _is_set_before(f, node, target.id)):
        cost = 0 if isinstance(target, ast.Subscript) else 1
        yield Edit(cost, node.lineno, start, end, between.replace("=", "+=", 1), "+=")
    if isinstance(target, ast.Name) and target.id in f.summed and not isinstance(node.value, ast.Constant):
        yield f.replaced(2, node.value, "0", "0")
    if isinstance(node.value, ast.Name) and node.value.id in f.arrays:
        yield f.replaced(2, node.value, node.value.id + FLIPPED, "flip")
    if isinstance(node.value, (ast.Call, ast.Subscript)):
        for size in f.kernels:
            for area in (f"({size} * {size})", size):
                yield f.replaced(3, node.value, f"{f.text.of(node.value)} / {area}", "divided")
    if isinstance(node.value, ast.Call):
        yield f.replaced(3, node.value, f"{f.text.of(node.value)}.swapaxes(0, 1)", "exchange")


def _is_set_before(f: Function, node: ast.Assign, name: str) -> bool:
    """Whether a name that is set in a loop has a value before it."""
    return any(
        isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store) and one.lineno < node.lineno
        for one in f.nodes
    )


def _compare(f: Function, node: ast.Compare, parent: ast.AST | None) -> Iterator[Edit]:
    parts = [node.left, *node.comparators]
    for one, other in pairwise(parts):
        start, end, between = f.between(one, other)
        sign = between.strip()
        turned = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}.get(sign)
        if turned is not None:
            yield Edit(1, node.lineno, start, end, f" {turned} ", f"{sign} {turned}")
    if len(parts) == 2 and isinstance(node.left, ast.Name):
        left, whole = node.left.id, f.text.of(node)
        if isinstance(node.ops[0], ast.GtE):
            yield f.replaced(2, node, f"{left} < 0 or {whole}", "both ends")
        if isinstance(node.ops[0], ast.Lt):
            yield f.replaced(2, node, f"0 <= {whole}", "both ends")


def _if(f: Function, node: ast.If, parent: ast.AST | None) -> Iterator[Edit]:
    if isinstance(node.test, ast.Name):
        yield f.replaced(3, node.test, f"not {node.test.id}")


def _ifexp(f: Function, node: ast.IfExp, parent: ast.AST | None) -> Iterator[Edit]:
    for branch in (node.orelse, node.body):
        text = f.text.of(branch)
        before = f.text.source[: f.text.span(branch)[0]].rstrip()
        yield f.replaced(1, node, f"({text})" if isinstance(branch, ast.Tuple) and before.endswith("(") else text)


def _tuple(f: Function, node: ast.Tuple, parent: ast.AST | None) -> Iterator[Edit]:
    if isinstance(node.ctx, ast.Store) and isinstance(parent, ast.Assign):
        yield from exchanged(f, node.elts)
    if isinstance(node.ctx, ast.Load) or isinstance(parent, ast.Subscript):
        yield from exchanged(f, node.elts)


def exchanged(f: Function, items: Sequence[ast.expr]) -> Iterator[Edit]:
    """Two neighbors exchanged."""
    for at, (one, other) in enumerate(pairwise(items)):
        first, second = f.text.of(one), f.text.of(other)
        if first != second and isinstance(one, ast.Slice) == isinstance(other, ast.Slice):
            (start, _), (_, end) = f.text.span(one), f.text.span(other)
            between = f.between(one, other)[2]
            yield Edit(2 if at else 3, one.lineno, start, end, second + between + first, "exchange")


def _subscript(f: Function, node: ast.Subscript, parent: ast.AST | None) -> Iterator[Edit]:
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    value, whole = f.text.of(node.value), [f.text.of(one) for one in items]
    if negative := [at for at, one in enumerate(items) if _negative_end(one)]:
        fixed = list(whole)
        for at in negative:
            end = _negative_end(items[at])
            assert end is not None
            by = f.text.of(end)
            before, cut, after = fixed[at].rpartition(f"-{by}")
            fixed[at] = f"{before}{value}.shape[{at}] - {by}{after}" if cut else fixed[at]
        yield f.replaced(0, node, f"{value}[{', '.join(fixed)}]")
    if is_turned(items):
        yield f.replaced(2, node, value, "flip")
    elif isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and len(items) <= 2:
        yield f.replaced(4, node, f.text.of(node) + FLIPPED, "flip")
    for at, one in enumerate(items):
        yield from _of_slice(f, one)
        yield from _of_index(f, items, at)
        if isinstance(one, ast.Slice) and one.lower is None and one.step is None and isinstance(one.upper, ast.Name):
            for index in f.bounds:
                part = f"{index} * {one.upper.id} : ({index} + 1) * {one.upper.id}"
                yield f.replaced(2, node, f"{value}[{', '.join((*whole[:at], part, *whole[at + 1 :]))}]", "part")
    if isinstance(items[-1], ast.Slice) and items[-1].step is not None and len(items) > 1:
        yield f.replaced(2, node, f"{value}[{', '.join((*whole, whole[-1]))}]", "* stride")


def _of_slice(f: Function, node: ast.expr) -> Iterator[Edit]:
    """A slice not turned, starting behind the padding, or at a part of its size, or with every s-th entry."""
    if not isinstance(node, ast.Slice):
        return
    (start, end), whole = f.text.span(node), f.text.of(node)
    lower, upper = (None if one is None else f.text.of(one) for one in (node.lower, node.upper))
    if whole == "::-1":
        yield Edit(1, f.text.line(start), start, end, ":", "flip")
    if node.step is not None or upper is None:
        return
    if lower is None and isinstance(node.upper, ast.Name):
        for pad in f.pads:
            yield Edit(2, node.upper.lineno, start, end, f"{pad}:{pad} + {upper}", "crop")
    if lower is None or not isinstance(node.upper, ast.BinOp) or not isinstance(node.upper.op, ast.Add):
        return
    first, size = f.text.of(node.upper.left), f.text.of(node.upper.right)
    if first == lower:
        line = node.upper.lineno
        yield Edit(2, line, start, end, f"{lower} * {size}:({lower} + 1) * {size}", "part")
        for factor in f.factors:
            yield Edit(2, line, start, end, f"{lower}:{lower} + {factor} * ({size} - 1) + 1:{factor}", "dilate")


def _of_index(f: Function, items: Sequence[ast.expr], at: int) -> Iterator[Edit]:
    """All entries in place of the first, and a loop's index added to its neighbor's."""
    one = items[at]
    if isinstance(one, ast.Constant) and one.value == 0 and len(items) > 1:
        yield f.replaced(3, one, ":", "all")
    before = items[at - 1] if at else None
    if isinstance(one, ast.Name) and isinstance(before, ast.Name) and {one.id, before.id} <= f.bounds.keys():
        yield f.replaced(3, one, f"{before.id} + {one.id}", "moved")


def _negative_end(node: ast.expr) -> ast.expr | None:
    """What a slice ends at, counted from the end: p in a:-p."""
    if isinstance(node, ast.Slice) and isinstance(node.upper, ast.UnaryOp) and isinstance(node.upper.op, ast.USub):
        return node.upper.operand
    return None


def _attribute(f: Function, node: ast.Attribute, parent: ast.AST | None) -> Iterator[Edit]:
    """Python's own type, for a name of it that NumPy no longer has."""
    if f.text.of(node) in GONE:
        yield f.replaced(1, node, node.attr, "gone")


BY_NODE: tuple[tuple[type, Callable[..., Iterator[Edit]]], ...] = (
    (ast.Name, _name), (ast.Constant, _constant), (ast.BinOp, _binop), (ast.AugAssign, _augassign),
    (ast.Assign, _assign), (ast.Compare, _compare), (ast.If, _if), (ast.IfExp, _ifexp), (ast.Tuple, _tuple),
    (ast.Subscript, _subscript), (ast.Attribute, _attribute),
)  # fmt: skip
