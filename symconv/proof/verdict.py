"""Verdicts: proved, refuted with a witness in numbers, or undecided with what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from symconv.algebra.forms import Form
from symconv.algebra.normal_form import Derivation
from symconv.algebra.sympy_out import Writer
from symconv.foundations.reports import Judgement
from symconv.foundations.values import Cached, freeze
from symconv.printing import jupyter as display

Status = Literal["proved", "refuted", "undecided"]

NORMAL_FORM = "normal form"
"""Which way decided."""


@dataclass(frozen=True)
class Witness:
    """Numbers at which two formulas differ.

    Args:
        sizes: a number for every size, hyper-parameter and free index by name.
        index: the entry, counted from 0, by index letter.
        values: the tensor entries that are not zero, as (tensor, index from 0) to integer; all others are zero.
        left, right: what the two formulas then give.
        sides: what the two formulas are called; of a claim, "right" and "claimed".

    >>> from sympy import IndexedBase, symbols
    >>> from symconv import prove_equal
    >>> x, i = IndexedBase("x"), symbols("i", integer=True)
    >>> witness = prove_equal(x[i], x[i + 1]).witness
    >>> witness.left != witness.right
    True
    """

    sizes: Mapping[str, int]
    index: Mapping[str, int]
    values: Mapping[tuple[str, tuple[int, ...]], int]
    left: Any
    right: Any
    sides: tuple[str, str] = ("left", "right")

    def __post_init__(self) -> None:
        freeze(self, "sizes", "index", "values")

    @property
    def results(self) -> str:
        """What both formulas give, as in "1 on the left, 0 on the right", or of a claim "0 claimed, 1 right"."""
        if self.sides == ("left", "right"):
            return f"{self.left} on the left, {self.right} on the right"
        return f"{self.right} {self.sides[1]}, {self.left} {self.sides[0]}"

    def __str__(self) -> str:
        sizes = {**{name: size for name, size in self.sizes.items() if name.isidentifier()}, **self.index}
        where = ", ".join(f"{name} = {value}" for name, value in sizes.items())
        places = {n + (f"[{', '.join(map(str, at))}]" if at else ""): value for (n, at), value in self.values.items()}
        entries = ", ".join(f"{place} = {value}" for place, value in places.items())
        numbers = f"{entries} and every other entry 0" if entries else "every entry 0"
        return f"at {where or 'this shape'}, with {numbers}: {self.results}"

    def _repr_html_(self) -> str:
        places = [[f"{name}[{', '.join(map(str, at))}]", value] for (name, at), value in self.values.items()]
        numbers = [[name, value] for name, value in {**self.sizes, **self.index}.items()]
        rows = [*numbers, *places, ["every other entry", 0], *zip(self.sides, (self.left, self.right))]
        return display.table(rows, ["what", "value"])

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        values = [{"tensor": name, "index": list(at), "value": value} for (name, at), value in self.values.items()]
        return {
            "sizes": dict(self.sizes), "index": dict(self.index), "values": values,
            **dict(zip(self.sides, (str(self.left), str(self.right)))),
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Verdict(Judgement, Cached):
    """What is known of an equation, and why.

    ``proved``: the equation holds for everything in ``scope``. ``refuted``: it fails at ``witness``.
    ``undecided``: neither was found; ``remaining`` is the difference of the sides in normal form.

    Args:
        status: "proved", "refuted" or "undecided".
        scope: for what the equation holds, in words.
        reason: why, in words.
        left, right: the steps that bring each side to its normal form.
        witness: numbers at which the sides differ.
        remaining: what is left of the difference; ``remaining_text`` says it in words.
        writer: what writes it.
        by: which way proved it: "normal form", "1,234 collected terms", both joined by "and", or "an instance of the
            general theorem".

    >>> from symconv import Conv, prove_equal
    >>> conv = Conv(3, 2)
    >>> prove_equal(conv.direct.output, conv.patches.output).status
    'proved'
    """

    status: Status
    scope: str
    reason: str
    left: Derivation | None = field(default=None, repr=False)
    right: Derivation | None = field(default=None, repr=False)
    witness: Witness | None = None
    remaining: Form | None = None
    writer: Writer | None = field(default=None, repr=False, compare=False)
    by: str = ""

    @cached_property
    def remaining_text(self) -> str:
        """What is left of the difference, in words; written when it is asked for."""
        return "" if self.remaining is None or self.writer is None else str(self.writer.form(self.remaining))

    @property
    def proved(self) -> bool:
        """Whether the equation is proved."""
        return self.status == "proved"

    @property
    def holds(self) -> bool:
        """Whether the equation is proved."""
        return self.proved

    @property
    def summary(self) -> str:
        return str(self)

    @property
    def because(self) -> str:
        """Why, with the witness if there is one."""
        return self.reason if self.witness is None else f"{self.reason}: {self.witness}"

    @property
    def refuted(self) -> bool:
        """Whether there are numbers at which the sides differ."""
        return self.status == "refuted"

    @property
    def undecided(self) -> bool:
        """Whether neither a proof nor such numbers were found."""
        return self.status == "undecided"

    def _repr_html_(self) -> str:
        words = display.words(f"{self.status}: {self.reason}" if self.witness is not None else str(self))
        return display.block(words, "" if self.witness is None else self.witness._repr_html_())

    def __str__(self) -> str:
        if self.witness is not None:
            return f"refuted: {self.witness}"
        if self.undecided:
            return f"undecided: {self.reason}; left over: {self.remaining_text}"
        return f"proved for {self.scope}: {self.reason}"
