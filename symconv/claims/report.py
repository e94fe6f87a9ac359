"""What a check found, and what it is about: the quantities and their right formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from operator import attrgetter
from typing import Any

from symconv.claims.interpret.definitions import Definitions, quantity_names
from symconv.claims.mistakes import Kept, mistakes, pairs_of_mistakes
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.reports import Judgement, bounded
from symconv.foundations.values import Cached
from symconv.geometry.axes import raveled
from symconv.layers import Layer
from symconv.printing import jupyter as display
from symconv.proof.verdict import Witness

QUANTITIES = (
    "output", "grad_input", "grad_weight", "grad_bias", "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix",
    "constraints", "grad_matrix", "dense_bias", "patches", "grad_patches", "patch_grad_weight", "example_grad_weight",
    "output_size", "parameters", "operations", "shape",
)  # fmt: skip
NUMBERS = ("output_size", "parameters", "operations", "shape")
"""Quantities of the sizes alone, whatever the tensors hold."""
OF_VIEWS: Mapping[str, tuple[str, str]] = {
    "matrix": ("fully_connected", "shared_weight"),
    "grad_matrix": ("fully_connected", "grad_dense_weight"),
    "dense_bias": ("fully_connected", "shared_bias"),
    "patches": ("patches", "patch"),
    "grad_patches": ("patches", "grad_patch"),
    "patch_grad_weight": ("patches", "patch_grad_weight"),
    "example_grad_weight": ("patches", "example_grad_weight"),
}
"""Quantities that one view alone has: the view and its name there."""


@dataclass(frozen=True, repr=False)
class CheckReport(Judgement, Cached):
    """What ``check`` found.

    Args:
        layer: what the claim is about.
        of: the quantity.
        items: what was claimed, text or SymPy expressions.
        status: "proved", "refuted" or "undecided".
        scope: for what it is proved, in words.
        entry: of a refuted claim about single entries, the first wrong one, counted from 0.
        entries: of a proved claim about single entries, those that it is about, each once.
        witness: numbers that show it.
        remaining: of an undecided claim, what is left of the difference.
        read_as: how each place was read that can be read in two ways, a sentence each.
        unfolded: names in the claim that are not free, such as h and v; they stand for what the layer makes them.
        write_right, explain, tell, remark: what makes ``right``, ``explanation``, ``reading`` and ``remarks`` when
            they are asked for; to search for the mistake behind a wrong formula takes longer than to refute it.

    >>> from symconv import Conv, check
    >>> found = check(Conv(3, 2), "h1 = X1*w1 + X2*w1")
    >>> found.status, found.entry, found.right
    ('refuted', (0, 0), 'X1*w1 + X2*w2')
    """

    layer: Layer
    of: str
    items: tuple[Any, ...]
    status: str
    scope: str = ""
    entry: tuple[int, ...] | None = None
    entries: tuple[tuple[int, ...], ...] = ()
    witness: Witness | None = None
    remaining: str = ""
    read_as: tuple[str, ...] = ()
    unfolded: tuple[str, ...] = ()
    write_right: Callable[[], str] = field(default=str, repr=False, compare=False)
    explain: Callable[[], Iterable[str]] = field(default=tuple, repr=False, compare=False)
    tell: Callable[[], Iterable[str]] = field(default=tuple, repr=False, compare=False)
    remark: Callable[[], Iterable[str]] = field(default=tuple, repr=False, compare=False)

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
        """What is wrong, one sentence for each flaw; a named mistake is proved to be the cause."""
        return tuple(self.explain())

    @cached_property
    def reading(self) -> tuple[str, ...]:
        """How it was read, a phrase each, as in "m is the output size" and "k runs over all whole numbers"."""
        return tuple(self.tell())

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say besides the verdict, such as that a limit is one too far."""
        return tuple(self.remark())

    @property
    def holds(self) -> bool:
        return self.status == "proved"

    @property
    def summary(self) -> str:
        lines = str(self).splitlines()
        return "; ".join(line for line in lines if not line.startswith(("wrong:", "right:", "read as:")))

    @property
    def is_circular(self) -> bool:
        """Whether the claim names the very tensor that it is about, as h1 = h1 or v11 = v22 does."""
        return any(quantity_names(self.layer).get(name) == self.of for name in self.unfolded)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """How the claim was read, and what the names in it stand for, a sentence each."""
        definitions = Definitions(self.layer)
        equations = [definitions.formula(name).formula for name in self.unfolded]
        stands = [f"{name} is the layer's: {one.lhs} = {one.rhs}" for name, one in zip(self.unfolded, equations)]
        return (*self.read_as, *stands)

    def __str__(self) -> str:
        lines = [f"{self.of} of {self.layer!r}: {self.status}" + (f" for {self.scope}" if self.holds else "")]
        if self.entry is not None:
            number = raveled(self.entry, self._shape) + 1
            lines.append(f"wrong:   number {number} of {prod(self._shape)}, at index {list(self.entry)}")
        read = ("; ".join(self.reading),) if self.reading else ()
        lines += [f"read as: {sentence}" for sentence in (*read, *self.notes)]
        lines += [f"remark:  {sentence}" for sentence in self.remarks]
        lines += [f"because: {sentence}" for sentence in self.explanation]
        if self.right and not self.holds:
            lines.append(f"right:   {bounded(self.right, '.right')}")
        if self.witness is not None:
            lines.append(f"numbers: {_in_numbers(self.witness, self.of in NUMBERS)}")
        if self.remaining:
            lines.append(f"left over: {bounded(self.remaining, '.remaining')}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        numbers = "" if self.witness is None else self.witness._repr_html_()
        return display.block(display.code(str(self)), numbers)

    @property
    def _shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in formula_of(self.layer, self.of).shape)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "layer": repr(self.layer), "of": self.of, "claims": list(self.claims), "status": self.status,
            "scope": self.scope, "right": self.right, "entry": None if self.entry is None else list(self.entry),
            "explanation": list(self.explanation), "remaining": self.remaining, "notes": list(self.notes),
            "reading": list(self.reading), "remarks": list(self.remarks),
            "witness": None if self.witness is None else self.witness.to_dict(),
        }  # fmt: skip


def _in_numbers(witness: Witness, of_sizes: bool) -> str:
    """A witness whose left is the right formula and whose right is the claim."""
    place = {**{name: size for name, size in witness.sizes.items() if name.isidentifier()}, **witness.index}
    where = f"at {', '.join(f'{name} = {value}' for name, value in place.items())}, " if place else ""
    entries = ", ".join(f"{name}{list(at) if at else ''} = {value}" for (name, at), value in witness.values.items())
    if of_sizes:
        return f"{where}{witness.results}"
    others = " and all others 0" if entries else "every entry 0"
    return f"{where}with {entries}{others}: {witness.results}"


def formula_of(layer: Layer, of: str) -> TensorFormula:
    """The right formula of a quantity."""
    return pick_of(of)(getattr(layer, view_of(of)))


def view_of(of: str) -> str:
    """The view whose formula of a quantity is the right one."""
    return OF_VIEWS.get(of, ("direct", ""))[0]


def pick_of(of: str) -> Callable[[Any], TensorFormula]:
    """The quantity as a function of a view."""
    if of in OF_VIEWS:
        return attrgetter(OF_VIEWS[of][1])
    if of.startswith("jacobian_"):
        return lambda view: view.jacobian(of.removeprefix("jacobian_"))
    return attrgetter(of)


@dataclass(frozen=True)
class Task(Cached):
    """One check: the quantity, its right formula, the claims."""

    layer: Layer
    of: str
    formula: TensorFormula
    items: tuple[Any, ...]
    index_base: int
    max_terms: int
    definitions: Definitions

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(str, self.items))

    def report(self, status: str, *, witness: Witness | None = None, **more: Any) -> CheckReport:
        """A report; the left side of a witness is the right formula, and its right side is the claim."""
        if witness is not None:
            more["witness"] = replace(witness, sides=("right", "claimed"))
        return CheckReport(self.layer, self.of, self.items, status, **more)

    @cached_property
    def candidates(self) -> Iterable[tuple[str, TensorFormula]]:
        """Formulas with one usual mistake, with its words."""
        return Kept(mistakes(self.layer, pick_of(self.of), view_of(self.of)))

    @property
    def pairs(self) -> Iterator[tuple[str, TensorFormula]]:
        """Formulas with two mistakes at once, with their words."""
        return pairs_of_mistakes(self.layer, pick_of(self.of), view_of(self.of))
