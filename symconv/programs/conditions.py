"""For which sizes something is found: conditions on a layer's letters, as values, printed only at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from symconv.algebra.polynomial import Polynomial


@dataclass(frozen=True)
class Condition:
    """A relation of two sizes, as people write it: no minus sign that the other side can take.

    >>> p, n = Polynomial.name("p"), Polynomial.name("n")
    >>> print(Condition.of(p - 1)), print(Condition.of(n - 2 * p)), print(Condition.of(1 - p))
    p >= 1
    n >= 2 p
    p <= 1
    (None, None, None)
    """

    left: Polynomial
    sign: Literal["=", ">=", "<="]
    right: Polynomial

    @staticmethod
    def of(fact: Polynomial, sign: Literal["=", ">="] = ">=") -> Condition:
        """The condition that a polynomial is not negative, or that it is 0."""
        left = Polynomial([(m, c) for m, c in fact.variable_terms if c > 0])
        right = Polynomial([(m, -c) for m, c in fact.variable_terms if c < 0])
        number = fact.constant_term
        if not left:
            return Condition(right, "=" if sign == "=" else "<=", Polynomial.constant(number))
        if number > 0 and right:
            return Condition(left + number, sign, right)
        return Condition(left, sign, right - number)

    @staticmethod
    def value(name: str, value: Polynomial | int) -> Condition:
        """The condition that a letter has a value."""
        number = Polynomial.constant(value) if isinstance(value, int) else value
        return Condition(Polynomial.name(name), "=", number)

    def __str__(self) -> str:
        return f"{in_letters(self.left)} {self.sign} {in_letters(self.right)}"


@dataclass(frozen=True)
class Sizes:
    """The sizes that a statement is about.

    Args:
        words: what they are if there are no conditions, such as "every shape"; empty if it is not known.
        cases: conditions that hold together; the sizes are those of any of the cases.
        more: what belongs to it, such as checks of the code that let them through.

    >>> p = Polynomial.name("p")
    >>> print(Sizes.under(Condition.value("p", 0)).or_(Sizes.under(Condition.of(p - 2))))
    p = 0; p >= 2
    """

    words: str = ""
    cases: tuple[tuple[Condition, ...], ...] = ()
    more: str = ""

    @staticmethod
    def under(*conditions: Condition) -> Sizes:
        """The sizes for which all conditions hold."""
        return Sizes(cases=(conditions,)) if conditions else EVERY_SHAPE

    @staticmethod
    def at(values: Mapping[str, int]) -> Sizes:
        """One shape, by the layer's letters."""
        return Sizes.under(*(Condition.value(name, value) for name, value in values.items()))

    def or_(self, other: Sizes) -> Sizes:
        """The sizes of both, of which each has conditions."""
        return replace(self, cases=(*self.cases, *other.cases))

    def __bool__(self) -> bool:
        return bool(self.words or self.cases)

    def __str__(self) -> str:
        return ("; ".join(", ".join(map(str, case)) for case in self.cases) or self.words) + self.more


EVERY_SHAPE, THIS_SHAPE = Sizes("every shape"), Sizes("this shape")


def in_letters(number: Polynomial) -> str:
    """A number in letters: 2 p + 1."""
    names = sorted(number.variable_terms, key=lambda term: (term[1] < 0, -len(term[0]), term[0]))
    text = ""
    for names_of, coefficient in [*names, *([((), number.constant_term)] if number.constant_term else [])]:
        size = abs(coefficient)
        body = " ".join(names_of)
        part = body if body and size == 1 else f"{size} {body}".strip()
        text += (" - " if coefficient < 0 else " + ") + part
    if not text:
        return "0"
    return text.removeprefix(" + ") if text.startswith(" + ") else "-" + text.removeprefix(" - ")
