"""The language of ``checker.v``: terms, steps with all that a checker needs to look at them, and theorems.

A step moves one term to another by a bijection of what is summed, splits one at a condition, adds or removes a
quotient, uses a law of tensors, or adds like terms. The rules of theorem files are made of these (``rules_in_kernel``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from symconv.proof.certificates.multipliers import Certificate, Poly, add, const, mul, var

Frozen: TypeAlias = "tuple[tuple[tuple[int, ...], int], ...]"


class Untranslated(Exception):  # noqa: N818
    """What could not be shown, in words."""


def frozen(p: Poly) -> Frozen:
    return tuple(sorted(p.items()))


@dataclass(frozen=True, eq=False)
class KernelTerm:
    """A term of ``checker.v``; two of them are never the same one."""

    numerator: Frozen
    denominator: int
    entries: tuple[tuple[str, tuple[Frozen, ...]], ...]
    brackets: tuple[Frozen, ...]
    ranges: tuple[Frozen, ...]
    bound: tuple[int, ...]

    @property
    def key(self) -> Any:
        return self.entries, self.brackets, self.ranges, self.bound

    @property
    def coefficient(self) -> tuple[Frozen, int]:
        return self.numerator, self.denominator

    def with_range(self, e: Poly) -> KernelTerm:
        return replace(self, ranges=(frozen(e), *self.ranges))

    def with_bracket(self, e: Poly) -> KernelTerm:
        return replace(self, brackets=(frozen(e), *self.brackets))


@dataclass(frozen=True)
class Multiples:
    """Zero, as a sum of multiples of brackets."""

    of: tuple[tuple[int, Frozen], ...]


@dataclass(frozen=True)
class Between:
    """Zero, as neither positive nor negative."""

    low: Certificate
    high: Certificate


Zero: TypeAlias = "Multiples | Between"


@dataclass(frozen=True)
class Bounds:
    low: Frozen
    high: Frozen
    is_low: Certificate
    is_high: Certificate


@dataclass(frozen=True)
class Transfer:
    result: KernelTerm
    old: tuple[Frozen, ...]
    new: tuple[Frozen, ...]
    there: tuple[Certificate, ...]
    back: tuple[Certificate, ...]
    old_again: tuple[Zero, ...]
    new_again: tuple[Zero, ...]
    matched: tuple[tuple[int, tuple[Zero, ...]], ...]
    same_coefficient: Zero


@dataclass(frozen=True)
class OneSum:
    """A tensor whose entries add up to 1 over some axes."""

    tensor: str
    axes: tuple[int, ...]


@dataclass(frozen=True)
class Numbers:
    """Three matrices of numbers C, A and B, with sum_l C[i, l] A[l, k] B[l, q] = [q = i + k], or [i = q + k]."""

    tensors: tuple[str, str, str]
    flipped: bool
    matrices: tuple[tuple[tuple[Fraction, ...], ...], ...]


@dataclass(frozen=True)
class Roots:
    """The same with powers of a root of unity; ``over`` says which of the three is divided by the order."""

    tensors: tuple[str, str, str]
    flipped: bool
    forward: bool
    order: Frozen
    over: int


Law: TypeAlias = "OneSum | Numbers | Roots"


@dataclass(frozen=True)
class Rule:
    """A constructor of ``rule`` in ``checker.v``, and its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A formula's terms, the bounds of their sums (None if they are not found), and its steps: where, and what.

    ``origins`` has, for each step, the number of the step of the theorem file that it is from, 0 at the end.
    """

    start: tuple[KernelTerm, ...]
    ends: tuple[tuple[Bounds, ...], ...] | None
    steps: tuple[tuple[int, Rule], ...]
    origins: tuple[int, ...]
    last: tuple[KernelTerm, ...]


Outputs: TypeAlias = "tuple[str, tuple[Any, ...]]"
"""Why an axis has as many outputs as it has: a constructor of ``outputs`` in ``checker.v``, and its arguments."""


@dataclass(frozen=True)
class Divisor:
    """What an average divides by: a constructor of ``divisor`` in ``checker.v``, and its argument, if it has one."""

    name: str
    of: Any = None


@dataclass(frozen=True)
class KernelLayer:
    """A layer of ``checker.v`` that a theorem is about: its parameters, and which entry of which quantity is meant."""

    kind: str
    divisor: Divisor | None
    mode: str
    flipped: bool
    axes: tuple[tuple[Frozen, ...], ...]
    channels: tuple[tuple[str, Frozen], ...]
    tensors: tuple[tuple[str, str], ...]
    quantity: str
    entry: tuple[int, ...]
    right: tuple[tuple[Certificate, ...], ...]
    outputs: tuple[Outputs, ...]


@dataclass(frozen=True)
class KernelTheorem:
    """A theorem file for ``checker.v``: ``names`` are free, ``places`` say where last lines have the first's terms.

    If it is about a ``layer``, the first formula is what the checker makes of that layer.
    """

    names: tuple[str, ...]
    bound: tuple[str, ...]
    facts: tuple[Frozen, ...]
    maxima: tuple[tuple[int, tuple[Frozen, ...]], ...]
    shapes: tuple[tuple[str, tuple[Frozen, ...] | None], ...]
    laws: tuple[Law, ...]
    layer: KernelLayer | None
    formulas: Mapping[str, Formula]
    places: Mapping[str, tuple[int, ...]]

    @property
    def is_finite(self) -> bool:
        """Whether the sums of all formulas are seen to be finite."""
        return all(formula.ends is not None for formula in self.formulas.values())


def slope(p: Poly, v: int) -> Poly:
    """What multiplies a name that stands alone or in products with others."""
    return {tuple(n for n in key if n != v): value for key, value in p.items() if v in key}


def divided(term: KernelTerm, q: int, e: Poly, size: Poly) -> KernelTerm:
    rest = add(e, mul(size, var(q)), -1)
    ranges = (frozen(rest), frozen(add(add(size, const(-1)), rest, -1)), *term.ranges)
    return replace(term, ranges=ranges, bound=(q, *term.bound))


def total(terms: Iterable[KernelTerm]) -> dict[tuple[int, ...], Fraction]:
    """The sum of coefficients."""
    found: dict[tuple[int, ...], Fraction] = {}
    for term in terms:
        for key, value in term.numerator:
            found[key] = found.get(key, Fraction(0)) + Fraction(value, term.denominator)
    return {key: value for key, value in found.items() if value}
