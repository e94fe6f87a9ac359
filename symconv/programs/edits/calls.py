"""Changes of a call: another function, other arguments, what is inside it and what outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations

from symconv.programs.edits.function import Function
from symconv.programs.edits.single import FLIPPED, exchanged
from symconv.programs.edits.text import Edit

OTHERS = {
    "mean": ("sum",), "sum": ("mean",), "correlate2d": ("convolve2d",), "convolve2d": ("correlate2d",),
    "correlate": ("convolve",), "convolve": ("correlate",), "tile": ("repeat",), "repeat": ("tile",),
}  # fmt: skip
"""Functions that are taken for each other."""
OPTIONS = ("stride", "padding", "dilation")
TURNING = ("swapaxes", "transpose", "flip", "rot90")
MOST_NAMES = 4


def changes(f: Function) -> Iterator[Edit]:
    """Every change of a call."""
    for node in f.nodes:
        if isinstance(node, ast.Call):
            yield from _other(f, node)
            yield from _arguments(f, node)
            yield from _outside(f, node)
            yield from _pattern(f, node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in f.arrays:
            yield from _array(f, node)


def _other(f: Function, node: ast.Call) -> Iterator[Edit]:
    name = node.func
    last = name.attr if isinstance(name, ast.Attribute) else name.id if isinstance(name, ast.Name) else ""
    end = f.text.span(name)[1]
    for other in OTHERS.get(last, ()):
        cost = 3 if other == "mean" else 1
        yield Edit(cost, node.lineno, end - len(last), end, other, "divided" if last in ("mean", "sum") else "flip")
    if isinstance(name, ast.Attribute) and last in TURNING and isinstance(name.value, ast.Name):
        inner = name.value.id not in f.names and node.args and f.text.of(node.args[0])
        plain = str(inner or f.text.of(name.value))
        yield f.replaced(2, node, plain, "flip")
        yield f.replaced(2, node, plain + FLIPPED, "flip")
    if isinstance(name, ast.Attribute) and last in ("reshape", "view"):
        yield from _reshaped(f, node, f.text.of(name.value), last)
    if last == "sliding_window_view" and not isinstance(f.parents.get(node), ast.Subscript):
        for factor in f.factors:
            yield f.replaced(1, node, f"{f.text.of(node)}[:, :, ::{factor}, ::{factor}]", f"* {factor}")
            yield f.replaced(2, node, f"{f.text.of(node)}[..., ::{factor}, :]", f"* {factor}")
    if isinstance(name, ast.Attribute) and last in ("sum", "mean") and not isinstance(f.parents.get(node), ast.Return):
        yield f.replaced(3, node, f.text.of(name.value), "divided")


def _reshaped(f: Function, node: ast.Call, array: str, function: str) -> Iterator[Edit]:
    """Entries in another order before they get another shape: channels last, or transposed."""
    sizes = [f.text.of(one) for one in node.args]
    if len(sizes) == 4:
        n, c, h, w = sizes
        yield f.replaced(2, node, f"{array}.reshape({n}, {h}, {w}, {c}).transpose(0, 3, 1, 2)", "exchange")
        yield f.replaced(3, node, f"{array}.reshape({c}, {h}, {w}, {n}).transpose(3, 0, 1, 2)", "exchange")
    if len(sizes) == 2:
        turned, around = f"{array}.{function}({sizes[1]}, {sizes[0]})", f.parents.get(node)
        yield f.replaced(2, node, f"{turned}.T", "exchange")
        if isinstance(around, ast.Attribute) and around.attr == "T":
            yield f.replaced(2, around, turned, "exchange")
        call = f.parents.get(around) if isinstance(around, ast.Attribute) and around.attr == "t" else None
        if isinstance(call, ast.Call):
            yield f.replaced(2, call, turned, "exchange")
        yield f.replaced(2, node, f"{array}.transpose(0, 2, 3, 1).reshape({', '.join(sizes)})", "exchange")
        yield f.replaced(3, node, f"{array}.transpose(1, 0, 2, 3).reshape({', '.join(sizes)})", "exchange")
    if array.isidentifier():
        yield f.replaced(3, node, f"{array}.T.reshape({', '.join(sizes)})", "exchange")


def _arguments(f: Function, node: ast.Call) -> Iterator[Edit]:
    yield from exchanged(f, node.args)
    given = {one.arg for one in node.keywords}
    for one in node.keywords:
        start, _ = f.text.span(one.value)
        name = one.arg or ""
        before = f.text.source[:start].rstrip()
        if name in OPTIONS and before.endswith("="):
            place = len(before[:-1].rstrip()) - len(name)
            for other in OPTIONS:
                if other not in given:
                    yield Edit(1, node.lineno, place, place + len(name), other, f"{name} {other}")
        if name == "axis" and isinstance(one.value, ast.Constant) and isinstance(one.value.value, int):
            axis = one.value.value
            for both in ((axis, axis + 1), (axis - 1, axis)):
                yield f.replaced(2, one.value, str(both), "flip")


def _outside(f: Function, node: ast.Call) -> Iterator[Edit]:
    """f(a) + b for f(a + b), and the other way: a bias that is inside a sum."""
    if not node.args or not isinstance(node.args[0], ast.BinOp) or not isinstance(node.args[0].op, ast.Add):
        return
    first, source = node.args[0], f.text.source
    start, end = f.text.span(node)
    for kept, moved in ((first.left, first.right), (first.right, first.left)):
        one = f.text.span(first)
        rest = source[one[1] : end]
        yield f.replaced(1, node, f"{source[start : one[0]]}{f.text.of(kept)}{rest} + {f.text.of(moved)}", "outside")


def _pattern(f: Function, node: ast.Call) -> Iterator[Edit]:
    """The names of one side of a pattern, or of a group in it, in another order."""
    for one in node.args:
        if not (isinstance(one, ast.Constant) and isinstance(one.value, str) and "->" in one.value):
            continue
        left, right = one.value.split("->", 1)
        if " " not in one.value:
            yield from _letters(f, one, [*left.split(","), right])
        for group in _groups(right):
            names = group.split()
            for order in permutations(names) if 2 <= len(names) <= MOST_NAMES else ():
                if list(order) != names:
                    yield f.replaced(2, one, repr(f"{left}->{right.replace(group, ' '.join(order), 1)}"), "exchange")


def _letters(f: Function, node: ast.Constant, terms: list[str]) -> Iterator[Edit]:
    """Two letters of one array exchanged, or a letter that is nowhere else replaced."""
    everywhere = "".join(terms)
    for at, term in enumerate(terms):
        changed = [
            term.translate(str.maketrans(one + other, other + one))
            for one, other in combinations(dict.fromkeys(term), 2)
        ]
        single = [letter for letter in term if everywhere.count(letter) == 1]
        changed += [
            term.replace(letter, other) for letter in single for other in dict.fromkeys(everywhere) if other not in term
        ]
        for new in changed:
            texts = [*terms[:at], new, *terms[at + 1 :]]
            yield f.replaced(1, node, f'"{",".join(texts[:-1])}->{texts[-1]}"', "exchange")


def _groups(text: str) -> Iterator[str]:
    """What stands in parentheses."""
    for part in text.split("(")[1:]:
        yield part.partition(")")[0]


def _array(f: Function, node: ast.Name) -> Iterator[Edit]:
    """An array that is flipped, or gets axes of size 1 behind its own."""
    parent = f.parents.get(node)
    if isinstance(parent, ast.Call) and node in parent.args:
        yield f.replaced(2, node, f"{node.id}[::-1]", "flip")
        yield f.replaced(3, node, node.id + FLIPPED, "flip")
    if isinstance(parent, ast.Attribute) and isinstance(f.parents.get(parent), ast.Call):
        yield f.replaced(3, node, node.id + FLIPPED, "flip")
        yield f.replaced(3, node, f"{node.id}.flip(2, 3)", "flip")
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
        yield f.replaced(3, node, f"{node.id}[:, None, None]", "axes")
