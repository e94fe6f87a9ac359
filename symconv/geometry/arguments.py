"""Reading what users pass for a layer: sizes, counts, flags, words and padding, each with its own errors.

A size, stride, padding or dilation is an int or a SymPy integer expression; inside they are polynomials,
so a number and a letter are treated alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeAlias

import sympy as sp

from symconv.algebra.extent import about, digits_of, extent
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Letter, Reader
from symconv.errors import FormulaError, GeometryError, instead_of, shown
from symconv.foundations.later import is_truth_value, np
from symconv.geometry.padding import MODES, WORDS, Pair

Number: TypeAlias = "int | sp.Expr"
Whole: TypeAlias = "int | np.integer[Any] | sp.Expr"
"""One number that users pass; a SymPy expression may have symbols."""

Size: TypeAlias = "Whole | Sequence[Whole]"
"""What users pass for the sizes of a layer: one number for all axes, or one per axis."""

PaddingSize: TypeAlias = "Size | str | Sequence[Whole | Sequence[Whole]]"
"""What users pass for padding: a size, a word, or for every axis a number or a pair (low, high)."""


@dataclass(frozen=True)
class Pads:
    """Padding as it was given: a word, or a pair (low, high) for every axis."""

    word: str | None
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class Ratios:
    """A positive factor for every axis."""

    factors: tuple[Any, ...]

    def of(self, axis: int) -> Fraction:
        """The factor of an axis, which is a number."""
        return Fraction(self.factors[axis])

    @property
    def written(self) -> tuple[Any, ...]:
        """The factors as SymPy writes them."""
        return tuple(sp.Rational(one) if isinstance(one, Fraction) else one for one in self.factors)

    @staticmethod
    def read(name: str, given: Iterable[Any]) -> Ratios:
        """Numbers as fractions, of which floats are read as they are written; SymPy expressions as they are.

        Raises:
            GeometryError: one of them is not a positive number.
        """
        return Ratios(tuple(_ratio(name, one) for one in given))


def _ratio(name: str, given: Any) -> Any:
    if isinstance(given, sp.Expr) and not given.is_Number:
        return given
    if is_truth_value(given) or not isinstance(given, (Real, sp.Rational, sp.Float)):
        raise GeometryError(f"{name}={shown(given)}", "not a positive number", "use one such as 2 or 1.5")
    number = Fraction(int(given.p), int(given.q)) if isinstance(given, sp.Rational) else _fraction(given)
    if number is None or number <= 0:
        raise GeometryError(f"{name}={shown(given)}", "it must be a positive number", "use one such as 2 or 1.5")
    return int(number) if number.denominator == 1 else number


def _fraction(given: Any) -> Fraction | None:
    """A number as a fraction, a float by its shortest digits; None for what is not finite."""
    if isinstance(given, (Integral, Fraction)):
        return Fraction(int(given)) if isinstance(given, Integral) else given
    return Fraction(repr(float(given))) if isfinite(float(given)) else None


Value: TypeAlias = "tuple[Polynomial, ...] | Polynomial | Pads | Ratios | bool | str | None"


@dataclass(frozen=True)
class PerAxis:
    """One whole number for every spatial axis, each at least ``least``.

    Or 0 if it may be empty and the layer allows it.
    """

    least: int
    or_empty: bool = False


@dataclass(frozen=True)
class Count:
    """One whole number, at least ``least``; None is allowed if it is ``optional``.

    Or 0 if it may be empty and the layer allows it.
    """

    least: int
    optional: bool = False
    or_empty: bool = False


@dataclass(frozen=True)
class Padding:
    """A word if it has ``words``, a number, or for every axis a number or a pair (low, high).

    Negative numbers crop if it ``crops``. ``plain`` padding is a number that is not negative, on both sides.
    """

    plain: bool = False
    crops: bool = True
    words: bool = True

    @property
    def least(self) -> int | None:
        """The least number of elements at an end, or None for any."""
        return None if self.crops and not self.plain else 0


@dataclass(frozen=True)
class Flag:
    """True or False; ``meaning`` says what True does."""

    meaning: str


@dataclass(frozen=True)
class Mode:
    """A padding mode by name."""


@dataclass(frozen=True)
class Choice:
    """One of some words; None is allowed if it is ``optional``."""

    words: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True)
class Ratio:
    """A positive factor for every spatial axis, or None."""


Kind = PerAxis | Count | Padding | Flag | Mode | Choice | Ratio
EMPTY = Flag("allows a batch of 0 and outputs of size 0")
SEQUENCES = (tuple, list, sp.Tuple)
MOST_AXES, LONGEST_SIZE = 12, 100
"""A layer has at most 12 spatial axes, and its numbers have at most 100 digits."""


def number_of_axes(kinds: Mapping[str, Kind], given: Mapping[str, Any]) -> int:
    """The number of spatial axes: the common length of all tuples, 1 without tuples."""
    names = [name for name, kind in kinds.items() if isinstance(kind, (PerAxis, Padding))]
    lengths = {len(given[name]) for name in names if isinstance(given[name], SEQUENCES)}
    if not lengths:
        return 1
    if len(lengths) > 1:
        sizes = ", ".join(f"{name}={shown(given[name])}" for name in names if isinstance(given[name], SEQUENCES))
        raise GeometryError(
            sizes,
            "they have different numbers of axes",
            "give each of them one number, or one per spatial axis (padding may have a pair (low, high) per axis)",
        )
    if lengths == {0}:
        raise GeometryError(
            "an empty tuple", "a layer needs at least one spatial axis", "Conv(5, 3) has one, Conv((5, 5), (3, 3)) two"
        )
    count = lengths.pop()
    require_axes(count)
    return count


def require_axes(count: int) -> None:
    """An error for more spatial axes than formulas are made for."""
    if count > MOST_AXES:
        raise GeometryError(f"{about(count)} spatial axes", f"a layer has at most {MOST_AXES}", "use fewer axes")


def require_short(number: int, name: str) -> None:
    """An error for a size with more digits than formulas are written with."""
    if (digits := digits_of(number)) > LONGEST_SIZE:
        raise GeometryError(name, f"it has about {digits:,} digits", f"use a number of at most {LONGEST_SIZE} digits")


class ParameterReader:
    """Reads the parameters of one layer, so that one symbol means one thing in all of them.

    ``facts`` collects what the parameters must satisfy if they are expressions. ``empty`` says whether sizes that may
    be empty can be 0.
    """

    def __init__(self, reader: Reader, ndim: int, empty: bool = False) -> None:
        self.reader, self.ndim, self.empty = reader, ndim, empty
        self.facts: list[Polynomial] = []

    def read(self, name: str, kind: Kind, value: Any) -> Value:
        if isinstance(kind, PerAxis):
            return self._per_axis(name, kind, value)
        if isinstance(kind, Count):
            return None if kind.optional and value is None else self._number(name, value, self._least(kind))
        if isinstance(kind, Padding):
            return self._padding(name, kind, value)
        if isinstance(kind, Flag):
            if not is_truth_value(value):
                raise GeometryError(f"{name}={shown(value)}", "it must be True or False", f"{name}=True {kind.meaning}")
            return bool(value)
        if isinstance(kind, Ratio):
            assert value is None or isinstance(value, Ratios)
            return value
        if isinstance(kind, Choice):
            if (value is None and kind.optional) or (isinstance(value, str) and value in kind.words):
                return value
            raise GeometryError(f"{name}={shown(value)}", f"no such {name}", instead_of(value, kind.words))
        if not isinstance(value, str) or value not in MODES:
            raise GeometryError(f"{name}={shown(value)}", "no such padding mode", instead_of(value, MODES))
        return value

    def _per_axis(self, name: str, kind: PerAxis, value: Any) -> tuple[Polynomial, ...]:
        values = tuple(value) if isinstance(value, SEQUENCES) else (value,) * self.ndim
        return tuple(self._number(name, one, self._least(kind)) for one in values)

    def _least(self, kind: PerAxis | Count) -> int:
        return 0 if kind.or_empty and self.empty else kind.least

    def _padding(self, name: str, kind: Padding, value: Any) -> Pads:
        if isinstance(value, str):
            if kind.plain or not kind.words:
                right = "use a whole number" + (" of at least 0" if kind.least == 0 else ", negative to crop")
                raise GeometryError(
                    f"{name}={shown(value)}", "words are for a convolution's padding, or a pooling's", right
                )
            if value not in WORDS:
                right = f"use a whole number, a pair (low, high) per axis, or one of {_quoted(WORDS)}"
                raise GeometryError(f"{name}={shown(value)}", "no such padding", right)
            return Pads(value)
        values = tuple(value) if isinstance(value, SEQUENCES) else (value,) * self.ndim
        return Pads(None, tuple(self._pair(name, kind, value, one) for one in values))

    def _pair(self, name: str, kind: Padding, whole: Any, value: Any) -> Pair:
        if not isinstance(value, SEQUENCES):
            number = self._number(name, value, kind.least)
            return number, number
        if kind.plain or len(value) != 2:
            right = "use one number per axis" if kind.plain else "use a number, or a pair (low, high)"
            raise GeometryError(f"{name}={shown(whole)}", f"{shown(tuple(value))} is not a padding of one axis", right)
        low, high = (self._number(name, one, kind.least) for one in value)
        return low, high

    def _number(self, name: str, value: Any, least: int | None) -> Polynomial:
        def wrong(what: str) -> GeometryError:
            sort = "a whole number" + (f" of at least {least}" if least is not None else ", negative to crop,")
            return GeometryError(f"{name}={shown(value)}", what, f"use {sort} or a SymPy integer expression")

        if is_truth_value(value):
            raise wrong("True and False are not sizes")
        if isinstance(value, Integral):
            require_short(int(value), name)
            number = Polynomial.constant(int(value))
        elif isinstance(value, Letter):
            number = self.reader.letter(value)
        elif isinstance(value, sp.Expr):
            if not isinstance(value, sp.Symbol):
                extent(value).require_multiplied_out(name)
            if value.is_integer is False:
                raise wrong("not a whole number")
            try:
                number = self.reader.polynomial(value)
            except FormulaError as error:
                raise wrong(error.wrong) from error
        elif isinstance(value, str):
            right = "use a whole number or sympy.Symbol('n')"
            raise GeometryError(f"{name}={shown(value)}", "text is not read as a size", right)
        else:
            raise wrong(f"a {type(value).__name__} is not a whole number")
        if (known := number.value) is not None and least is not None and known < least:
            raise wrong(f"it must be at least {least}")
        self._assume(number, least)
        return number

    def _assume(self, number: Polynomial, least: int | None) -> None:
        """A symbol alone is at least ``least`` (padding that may crop: at least 0); of an expression that is a fact."""
        name = number.single_name
        if name is not None and (least is not None or name not in self.reader.defined):
            self.reader.lower[name] = max(least or 0, self.reader.lower.get(name, 0))
        elif number.names and least is not None:
            self.facts.append(number - least)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
