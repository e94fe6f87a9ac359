"""Entries of tensors that a function can compute with: polynomials, exact, quick to add and to multiply.

A term is the sorted tuple of the numbers of its variables, one for every entry of every tensor. Whole numbers and
fractions are coefficients; a float is the simplest fraction that rounds to it, so that ``1 / 9`` is a ninth. Nothing
here can be compared or rounded: a function that does so is not one polynomial.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, NoReturn

Term = tuple[int, ...]
Number = int | Fraction
LARGEST_DENOMINATOR = 10**6


class NotJudgedError(TypeError):
    """A function does with its data what cannot be followed; the message says what."""


class Entry:
    """A polynomial in the entries of tensors.

    >>> x, w = Entry({(0,): 1}), Entry({(1,): 1})
    >>> x * w + 2 * w * x - w / 2
    Entry({(0, 1): 3, (1,): Fraction(-1, 2)})
    >>> x < w
    Traceback (most recent call last):
    ...
    symconv.programs.exact.NotJudgedError: the code decides by the values of its data
    """

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Term, Number]) -> None:
        self.terms = terms

    def __repr__(self) -> str:
        return f"Entry({self.terms})"

    def __add__(self, other: Any) -> Any:
        if type(other) is not Entry:
            if not (number := number_of(other)):
                return self if number is not None else NotImplemented
            few: dict[Term, Number] = {(): number}
            return Entry(_added(self.terms.copy(), few))
        many, few = self.terms, other.terms
        if len(many) < len(few):
            many, few = few, many
        return Entry(_added(many.copy(), few))

    __radd__ = __add__

    def __neg__(self) -> Entry:
        return Entry({term: -number for term, number in self.terms.items()})

    def __pos__(self) -> Entry:
        return self

    def __sub__(self, other: Any) -> Any:
        if type(other) is Entry:
            return self + -other
        number = number_of(other)
        return NotImplemented if number is None else self + -number

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if type(other) is not Entry:
            number = number_of(other)
            return NotImplemented if number is None else self._times(number)
        result: dict[Term, Number] = {}
        for one, c in self.terms.items():
            for two, d in other.terms.items():
                term: Term
                if len(one) == 1 == len(two):
                    term = (*one, *two) if one <= two else (*two, *one)
                else:
                    term = tuple(sorted(one + two))
                if total := result.get(term, 0) + c * d:
                    result[term] = total
                else:
                    del result[term]
        return Entry(result)

    __rmul__ = __mul__

    def _times(self, number: Number) -> Entry:
        if number == 1:
            return self
        return Entry({term: _plain(c * number) for term, c in self.terms.items()} if number else {})

    def __truediv__(self, other: Any) -> Any:
        if type(other) is Entry:
            refuse("the code divides by its data")
        number = number_of(other)
        if number is None:
            return NotImplemented
        if not number:
            raise ZeroDivisionError("division by zero")
        return self._times(_plain(Fraction(1, 1) / number))

    def __rtruediv__(self, other: Any) -> NoReturn:
        refuse("the code divides by its data")

    def __pow__(self, power: Any) -> Any:
        number = number_of(power)
        if not isinstance(number, int) or number < 0:
            refuse("the code takes a root or an inverse of its data")
        result = Entry({(): 1})
        for _ in range(number):
            result = result * self
        return result

    def conjugate(self) -> Entry:
        """Itself: entries are real."""
        return self

    @property
    def real(self) -> Entry:
        return self

    def _rounded(self, *others: Any) -> NoReturn:
        refuse("the code rounds its data, or makes plain numbers of them")

    __int__ = __float__ = __complex__ = __index__ = __round__ = __floor__ = __ceil__ = __trunc__ = _rounded
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _rounded

    def _compared(self, *others: Any) -> NoReturn:
        refuse("the code decides by the values of its data")

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __abs__ = __hash__ = _compared
    __eq__ = __ne__ = _compared

    def value(self, values: Mapping[int, Number]) -> Number:
        """Its value for numbers of the variables; 0 for one that has none."""
        total: Number = 0
        for term, number in self.terms.items():
            for variable in term:
                number *= values.get(variable, 0)
            total += number
        return total


REFUSED: list[str] = []
"""Why entries were refused, since the last run: the code may catch the exception."""


def refuse(why: str) -> NoReturn:
    """Say that the function does something with its data that cannot be followed."""
    REFUSED.append(why)
    raise NotJudgedError(why)


def _added(many: dict[Term, Number], few: Mapping[Term, Number]) -> dict[Term, Number]:
    """The second polynomial added to the first."""
    for term, number in few.items():
        if total := many.get(term, 0) + number:
            many[term] = _plain(total)
        else:
            del many[term]
    return many


def _plain(number: Number) -> Number:
    return number if type(number) is int or number.denominator != 1 else int(number)


def number_of(value: Any) -> Number | None:
    """A number as whole number or fraction; None for what is not a real number."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is float:
        return fraction_of(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Rational):
        return _plain(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Real):
        return fraction_of(float(value))
    if hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        item = value.item()
        return None if type(item) is Entry else number_of(item)
    return None


def fraction_of(value: float) -> Number:
    """The simplest fraction that rounds to a float, or the float's own value if its denominator is large.

    >>> fraction_of(2.0), fraction_of(1 / 9), fraction_of(0.1)
    (2, Fraction(1, 9), Fraction(1, 10))
    """
    if value.is_integer():
        return int(value)
    if value != value or value in (float("inf"), float("-inf")):
        refuse("the code adds or multiplies infinity or nan")
    exact = Fraction(value)
    simple = exact.limit_denominator(LARGEST_DENOMINATOR)
    return simple if float(simple) == value else exact
