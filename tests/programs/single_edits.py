"""Single edits of right programs: one token of one line changed, as people mistype it."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.programs.program import Program
from tests.programs.token_mutants import OTHER

SIGNS = {ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("+",), ast.FloorDiv: ("*",)}
COMPARISONS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!="}
SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Eq: "==",
}  # fmt: skip
STRIDES = ("stride", "s", "dilation", "d", "self.stride")


@dataclass(frozen=True)
class SingleEdit:
    """A changed piece of a text.

    Args:
        kind: what is changed.
        line: its line, from 1.
        start, end: the piece, by characters.
        new: what stands there instead.
    """

    kind: str
    line: int
    start: int
    end: int
    new: str

    def of(self, text: str) -> str:
        """The changed text."""
        return text[: self.start] + self.new + text[self.end :]


def single_edits(program: Program) -> list[SingleEdit]:
    """All single edits of a program's function and of what it calls in its file."""
    text = program.text
    tree = ast.parse(text)
    places = _Places(text)
    found: dict[tuple[int, int, str], SingleEdit] = {}
    for function in _concerned(tree, program.name):
        parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
        names = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
        for node in ast.walk(function):
            for edit in _edits(places, node, parents, names):
                found.setdefault((edit.start, edit.end, edit.new), edit)
    return [edit for edit in found.values() if _is_python(edit.of(text))]


def drawn(program: Program, rng: random.Random, count: int) -> list[SingleEdit]:
    """Some of the single edits, as many of each kind as there are."""
    by_kind: dict[str, list[SingleEdit]] = {}
    for edit in single_edits(program):
        by_kind.setdefault(edit.kind, []).append(edit)
    for edits in by_kind.values():
        rng.shuffle(edits)
    chosen: list[SingleEdit] = []
    while len(chosen) < count and by_kind:
        for kind in list(by_kind):
            chosen.append(by_kind[kind].pop())
            if not by_kind[kind]:
                del by_kind[kind]
    return chosen[:count]


class _Places:
    """Where syntax stands in a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.expr) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def edit(self, kind: str, node: ast.expr, new: str) -> SingleEdit:
        return SingleEdit(kind, node.lineno, *self.span(node), new)

    def between(self, kind: str, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[SingleEdit]:
        start, end = self.span(left)[1], self.span(right)[0]
        at = self.text.find(old, start, end)
        if at >= 0:
            line = left.end_lineno if "\n" not in self.text[start:at] else right.lineno
            yield SingleEdit(kind, line or 0, at, at + len(old), new)


def _edits(places: _Places, node: ast.AST, parents: dict[ast.AST, ast.AST], names: set[str]) -> Iterator[SingleEdit]:
    parent = parents.get(node)
    if isinstance(node, ast.BinOp):
        for new in SIGNS.get(type(node.op), ()):
            kind = "sign" if new in "+-" and not isinstance(node.op, ast.Mult) else "operator"
            yield from places.between(kind, node.left, node.right, SYMBOLS[type(node.op)], new)
        if isinstance(node.op, ast.Mult):
            for kept, factor in ((node.left, node.right), (node.right, node.left)):
                if places.of(factor) in STRIDES:
                    yield places.edit("lost stride", node, places.of(kept))
    if isinstance(node, ast.Compare):
        for one, op, other in zip([node.left, *node.comparators], node.ops, node.comparators):
            if type(op) in COMPARISONS:
                yield from places.between("bound", one, other, SYMBOLS[type(op)], COMPARISONS[type(op)])
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        yield from places.between("+= to =", node.target, node.value, "+=", "=")
        yield from places.between("sign", node.target, node.value, "+=", "-=")
    if isinstance(node, ast.Constant) and type(node.value) is int and not isinstance(parent, ast.Expr):
        kind = "axis" if isinstance(parent, (ast.keyword, ast.Tuple)) else "off by one"
        if not isinstance(parent, ast.UnaryOp):
            for new in (node.value + 1, node.value - 1):
                if new >= 0 or kind == "axis":
                    yield places.edit(kind, node, str(new))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and OTHER.get(node.id) in names:
        yield places.edit("name", node, OTHER[node.id])
    if isinstance(node, ast.Slice):
        yield from _slices(places, node)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for one, other in zip(node.slice.elts, node.slice.elts[1:]):
            if isinstance(one, ast.Name) and isinstance(other, ast.Name):
                start, end = places.span(one)[0], places.span(other)[1]
                yield SingleEdit("swapped", one.lineno, start, end, f"{other.id}, {one.id}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        last = node.args[min(1, len(node.args) - 1)]
        yield places.edit("bound", last, f"{places.of(last)} - 1")
        yield places.edit("bound", last, f"{places.of(last)} + 1")


def _slices(places: _Places, node: ast.Slice) -> Iterator[SingleEdit]:
    if node.step is not None:
        start, end = places.span(node.step)
        kind = "flipped slice" if places.of(node.step) == "-1" else "lost stride"
        yield SingleEdit(kind, node.step.lineno, start, end, "1")
    elif node.lower is None and node.upper is None:
        start, end = places.span(node)  # type: ignore[arg-type]
        yield SingleEdit("flipped slice", node.lineno, start, end, "::-1")  # type: ignore[attr-defined]


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _concerned(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    """A function and those of its file that it calls by a name."""
    known: dict[str, list[ast.FunctionDef]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            known.setdefault(node.name, []).append(node)
        if isinstance(node, ast.ClassDef):
            known.setdefault(node.name, []).extend(one for one in node.body if isinstance(one, ast.FunctionDef))
    chosen = list(known[name][:1])
    for function in chosen:
        for node in ast.walk(function):
            called = node.func if isinstance(node, ast.Call) else None
            last = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            chosen += [one for one in known.get(last, ()) if one not in chosen]
    return chosen
