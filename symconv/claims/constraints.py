"""Claims about the constraints of the fully connected view: which are missing, which are superfluous."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp
from lark import Tree

from symconv.claims.checking import CheckReport
from symconv.claims.meaning import Reading
from symconv.claims.text import parse
from symconv.errors import ClaimError
from symconv.layers import Layer
from symconv.proof.sharing import Sharing, solve_sharing

SHOWN = 6
"""So many missing or superfluous equations are named one by one."""


class Equalities:
    """Labels that are known to be equal."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, label: str) -> str:
        self.parent.setdefault(label, label)
        while self.parent[label] != label:
            label = self.parent[label]
        return label

    def join(self, labels: Sequence[str]) -> None:
        for other in labels[1:]:
            self.parent[self.find(other)] = self.find(labels[0])

    def classes(self) -> Iterable[list[str]]:
        groups: dict[str, list[str]] = {}
        for label in self.parent:
            groups.setdefault(self.find(label), []).append(label)
        return groups.values()

    def parts(self, labels: Iterable[str]) -> list[list[str]]:
        """The labels, grouped by what is known to be equal."""
        groups: dict[str, list[str]] = {}
        for label in labels:
            groups.setdefault(self.find(label), []).append(label)
        return list(groups.values())


def check_constraints(layer: Layer, items: Sequence[Any], texts: tuple[str, ...]) -> CheckReport:
    """Whether the equations say the same as the layer's own: no connection missing, none superfluous."""
    layer.require_concrete("the constraints")
    claimed, right = Equalities(), Equalities()
    for item in items:
        for labels in _chains(layer, item):
            claimed.join(labels)
    sharing = solve_sharing(layer)
    assert isinstance(sharing, Sharing)
    right.join(["0", *map(str, sharing.zeros)])
    for symbols in sharing.classes:
        row = layer.fully_connected.matrix[_place(layer, symbols[0])]
        right.join([*([str(row)] if row.is_Symbol else []), *map(str, symbols)])
    weights = {str(symbol) for symbol in sp.flatten(layer.weight)}
    missing = [
        f"{parts[0][0]} = {other[0]}"
        for one in right.classes()
        for parts in [claimed.parts(label for label in one if label not in weights)]
        for other in parts[1:]
    ]
    superfluous = [
        f"{parts[0][0]} = {other[0]}"
        for one in claimed.classes()
        for parts in [right.parts(one)]
        for other in parts[1:]
    ]
    explanation = [*_named(missing, "missing"), *_named(superfluous, "superfluous: the convolution does not have it")]
    status = "refuted" if explanation else "proved"
    equations = ", ".join(f"{equation.lhs} = {equation.rhs}" for equation in sharing.equations[:40])
    return CheckReport(
        layer, "constraints", texts, status, scope="" if explanation else "this shape",
        right=equations + (", .." if len(sharing.equations) > 40 else ""), explanation=tuple(explanation),
    )  # fmt: skip


def _named(equations: Sequence[str], words: str) -> list[str]:
    shown = [f"{_zero_last(equation)} is {words}" for equation in equations[:SHOWN]]
    return shown + ([f"and {len(equations) - SHOWN} more"] if len(equations) > SHOWN else [])


def _zero_last(equation: str) -> str:
    left, right = equation.split(" = ")
    return f"{right} = 0" if left == "0" else equation


def _place(layer: Layer, symbol: sp.Symbol) -> tuple[int, int]:
    free = layer.fully_connected.free_matrix
    return divmod(list(free).index(symbol), int(free.cols))


def _chains(layer: Layer, item: Any) -> Iterable[list[str]]:
    """The labels of every equation: v31 = v12 = 0, several of them separated by commas, semicolons or lines."""
    if isinstance(item, sp.Equality):
        yield [_checked(layer, str(item.lhs), str(item)), _checked(layer, str(item.rhs), str(item))]
        return
    if not isinstance(item, str):
        raise ClaimError(str(item), "it is no equation", "write v31 = v12 = 0")
    for text in re.split(r"[,;\n](?![^{\[]*[}\]])", item):
        if text.strip():
            sides = parse(text).children
            if len(sides) < 2:
                raise ClaimError(text, "it is no equation", "write v31 = v12 = 0")
            yield [_label(layer, side, text) for side in sides]


def _label(layer: Layer, node: Tree, text: str) -> str:  # type: ignore[type-arg]
    layouts = {**layer.fully_connected.layouts, **layer.fully_connected.stage_layouts()}
    reading = Reading(layer, layouts, text)
    value = reading.read(node)
    if value.below != 1 or not (value.above == 0 or value.above.is_Symbol):
        raise ClaimError(text, f"{value.above} is neither 0 nor a weight", "write v31 = v12 = 0, or v11 = w1")
    return _checked(layer, str(value.above), text)


def _checked(layer: Layer, label: str, text: str) -> str:
    known = {str(symbol) for symbol in (*layer.fully_connected.free_matrix, *sp.flatten(layer.weight))}
    if label != "0" and label not in known:
        first, last = layer.fully_connected.free_matrix[0], layer.fully_connected.free_matrix[-1]
        raise ClaimError(text, f"there is no weight {label}", f"the dense weights are {first} to {last}")
    return label
