"""What a check found, and what it is about: the quantities and their right formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from symconv import display
from symconv.claims.nearest import mistakes
from symconv.layers import Layer
from symconv.proof.verdict import Witness
from symconv.tensors import TensorFormula
from symconv.values import Cached

QUANTITIES = (
    "output", "grad_input", "grad_weight", "grad_bias", "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix",
    "constraints",
)  # fmt: skip


@dataclass(frozen=True)
class CheckReport(Cached):
    """What ``check`` found.

    Args:
        of: the quantity.
        items: what was claimed, text or SymPy expressions.
        status: "proved", "refuted" or "undecided".
        scope: for what it is proved, in words.
        entry: of a refuted claim about single entries, the first wrong one, counted from 0.
        witness: numbers that show it.
        remaining: of an undecided claim, what is left of the difference.
        write_right, explain: what makes ``right`` and ``explanation`` when they are asked for; to search for the
            mistake behind a wrong formula takes longer than to refute it.
    """

    layer: Layer
    of: str
    items: tuple[Any, ...]
    status: str
    scope: str = ""
    entry: tuple[int, ...] | None = None
    witness: Witness | None = None
    remaining: str = ""
    write_right: Callable[[], str] = field(default=str, repr=False, compare=False)
    explain: Callable[[], Iterable[str]] = field(default=tuple, repr=False, compare=False)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """What was claimed, as text."""
        return tuple(map(str, self.items))

    @cached_property
    def right(self) -> str:
        """The right formula, as text."""
        return self.write_right()

    @cached_property
    def explanation(self) -> tuple[str, ...]:
        """What is wrong, a sentence each; proved, where it names a mistake."""
        return tuple(self.explain())

    @property
    def holds(self) -> bool:
        return self.status == "proved"

    def __str__(self) -> str:
        lines = [f"{self.of} of {self.layer!r}: {self.status}" + (f" for {self.scope}" if self.holds else "")]
        if self.entry is not None:
            number = int(np.ravel_multi_index(self.entry, self._shape)) + 1
            lines.append(f"wrong:   number {number} of {prod(self._shape)}, at index {list(self.entry)}")
        lines += [f"because: {sentence}" for sentence in self.explanation]
        if self.right and not self.holds:
            lines.append(f"right:   {self.right}")
        if self.witness is not None:
            lines.append(f"numbers: {_in_numbers(self.witness)}")
        if self.remaining:
            lines.append(f"left over: {self.remaining}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        numbers = "" if self.witness is None else self.witness._repr_html_()
        return display.block(display.code(str(self)), numbers)

    @property
    def _shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in formula_of(self.layer, self.of).shape)

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": repr(self.layer), "of": self.of, "claims": list(self.claims), "status": self.status,
            "scope": self.scope, "right": self.right, "entry": None if self.entry is None else list(self.entry),
            "explanation": list(self.explanation), "remaining": self.remaining,
            "witness": None if self.witness is None else self.witness.to_dict(),
        }  # fmt: skip


def _in_numbers(witness: Witness) -> str:
    """A witness whose left is the right formula and whose right is the claim."""
    place = {**{name: size for name, size in witness.sizes.items() if name.isidentifier()}, **witness.index}
    where = f"at {', '.join(f'{name} = {value}' for name, value in place.items())}, " if place else ""
    entries = ", ".join(f"{name}{list(at) if at else ''} = {value}" for (name, at), value in witness.values.items())
    others = " and all others 0" if entries else "every entry 0"
    return f"{where}with {entries}{others}: {witness.right} claimed, {witness.left} right"


def formula_of(layer: Layer, of: str) -> TensorFormula:
    """The right formula of a quantity."""
    return pick_of(of)(layer.fully_connected if of == "matrix" else layer.direct)


def pick_of(of: str) -> Callable[[Any], TensorFormula]:
    """The quantity as a function of a view; the matrix is one of the fully connected view."""
    if of == "matrix":
        return lambda view: view.shared_weight
    if of.startswith("jacobian_"):
        return lambda view: view.jacobian(of.removeprefix("jacobian_"))
    return lambda view: getattr(view, of)


@dataclass(frozen=True)
class Task(Cached):
    """One check: the quantity, its right formula, the claims."""

    layer: Layer
    of: str
    formula: TensorFormula
    items: tuple[Any, ...]
    index_base: int
    max_terms: int

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(str, self.items))

    def report(self, status: str, **more: Any) -> CheckReport:
        return CheckReport(self.layer, self.of, self.items, status, **more)

    @property
    def candidates(self) -> Iterator[tuple[str, TensorFormula]]:
        return mistakes(self.layer, pick_of(self.of), dense=self.of == "matrix")
