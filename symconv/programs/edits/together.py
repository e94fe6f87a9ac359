"""Changes of a line at several places: a name everywhere, two names exchanged, what is done on both axes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from symconv.programs.edits.function import Function
from symconv.programs.edits.names import twins
from symconv.programs.edits.text import Edit

MOST_TOGETHER = 4
"""Up to four changes of one kind in a line are made at once."""


def changes(f: Function) -> Iterator[Edit]:
    """Every change of a name at several places of a line."""
    groups: dict[tuple[int, int, str], list[ast.Name]] = {}
    for piece in f.nodes:
        if isinstance(piece, (ast.Slice, ast.Assign, ast.AugAssign, ast.Return)):
            weight = 0 if isinstance(piece, ast.Slice) else 2
            for node in ast.walk(piece):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in f.names:
                    groups.setdefault((id(piece), weight, node.id), []).append(node)
    for (_, weight, name), nodes in groups.items():
        if len(nodes) > 1:
            yield from _everywhere(f, name, nodes, weight)
    yield from _exchanged(f)
    yield from _as_twin(f)


def _everywhere(f: Function, name: str, nodes: list[ast.Name], weight: int) -> Iterator[Edit]:
    alike = twins(name)
    others = [(weight + (1 if other in alike else 2), other) for other in f.names if other != name]
    others += [(weight + 1, f"{name} * {factor}") for factor in f.factors if factor != name]
    for cost, other in others:
        kind = f"all {other[len(name) :]}" if other.startswith(f"{name} ") else ""
        yield _many(f, cost, [(node, other) for node in nodes], kind)


def _many(f: Function, cost: int, pieces: Iterable[tuple[ast.expr, str]], kind: str = "") -> Edit:
    """Several pieces replaced at once."""
    placed = sorted((*f.text.span(node), text) for node, text in pieces)
    line = min(node.lineno for node, _ in pieces) if isinstance(pieces, list) else 0
    return joined(f.text.source, cost, line, placed, kind)


def joined(source: str, cost: int, line: int, placed: Sequence[tuple[int, int, str]], kind: str = "") -> Edit:
    """Pieces of a text that are replaced, each with its place, as one change."""
    text = placed[0][2]
    for (_, end, _), (start, _, new) in pairwise(placed):
        text += source[end:start] + new
    return Edit(cost, line, placed[0][0], placed[-1][1], text, kind)


def _exchanged(f: Function) -> Iterator[Edit]:
    """Two names exchanged in a line."""
    for piece in f.nodes:
        if not isinstance(piece, (ast.Assign, ast.AugAssign, ast.Return)) or piece.value is None:
            continue
        used: dict[str, list[ast.expr]] = {}
        for node in ast.walk(piece.value):
            if isinstance(node, ast.Name) and node.id in f.names:
                used.setdefault(node.id, []).append(node)
        for one, other in combinations(used, 2):
            alike = other in twins(one)
            if alike or {one, other} <= {*f.factors, *f.pads}:
                pieces = [(node, other) for node in used[one]] + [(node, one) for node in used[other]]
                yield _many(f, 1 if alike else 2, pieces, "exchange")


def _as_twin(f: Function) -> Iterator[Edit]:
    """A value as that of a line beside it has it for the other axis."""
    assigned = [
        node for node in f.nodes if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Tuple))
    ]
    for node in assigned:
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            one, other = node.value.elts
            yield from _copied(f, one, other)
            yield from _copied(f, other, one)
    for first, second in combinations(assigned, 2):
        if abs(first.lineno - second.lineno) <= MOST_TOGETHER and first.lineno != second.lineno:
            yield from _copied(f, first.value, second.value)
            yield from _copied(f, second.value, first.value)


def _copied(f: Function, target: ast.expr, source: ast.expr) -> Iterator[Edit]:
    """The source with its names replaced by those of the other axis."""
    names = [node for node in ast.walk(source) if isinstance(node, ast.Name)]
    own = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    places = []
    for node in names:
        alike = sorted(twins(node.id) & set(f.names), key=lambda name: (name not in own, name))
        if alike:
            places.append((*f.text.span(node), alike[0]))
    if not places:
        return
    start, end = f.text.span(source)
    text, at = "", start
    for left, right, new in sorted(places):
        text += f.text.source[at:left] + new
        at = right
    text += f.text.source[at:end]
    if text != f.text.of(target):
        yield f.replaced(1, target, text, "twin")


def of_one_kind(source: str, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Changes of one kind in one line, made together: all of them, and neighbors."""
    groups: dict[tuple[int, str], list[Edit]] = {}
    for edit in edits:
        if edit.kind:
            groups.setdefault((edit.line, edit.kind), []).append(edit)
    for (line, kind), several in groups.items():
        ordered = _apart(several)
        if len(ordered) < 2:
            continue
        few = len(ordered) <= MOST_TOGETHER
        pairs: Iterable[tuple[Edit, Edit]] = combinations(ordered, 2) if few else pairwise(ordered)
        chosen = [ordered] if few and len(ordered) > 2 else []
        chosen += [list(pair) for pair in pairs]
        for one in chosen:
            placed = [(edit.start, edit.end, edit.text) for edit in one]
            yield joined(source, max(edit.cost for edit in one), line, placed, kind)


def _apart(edits: Iterable[Edit]) -> list[Edit]:
    """Changes that do not overlap, the likeliest of those that do, in order."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.cost, one.start, one.end)):
        if all(edit.end <= one.start or one.end <= edit.start for one in kept):
            kept.append(edit)
    return sorted(kept, key=lambda one: one.start)
