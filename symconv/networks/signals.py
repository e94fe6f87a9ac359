"""What flows between the parts of a network: named tensors with their dimensions, and the names of a part.

Every part has a number, from 1, and its tensors carry it: w1, z1, a2. In print it is a superscript, and
labels of entries follow after a bar: w1_23 is w^(1)_23.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, TypeVar

import sympy as sp

from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import GeometryError
from symconv.foundations.values import FrozenMapping
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Fixed, Reciprocal, Setting
from symconv.printing.notation import OPTIONS, ROLES, SELDOM, SPARE, Notation, valid_name

ONCE = ("loss", "target")
"""Roles that a network has once, so that their names have no number."""
AnySetting = TypeVar("AnySetting", bound="PartSetting")
BATCH = "e"
"""The letter of the batch, which alone may be empty."""
Dimension = tuple[tuple[str, Number], ...]
"""One dimension as PyTorch lists it: the row-major flattening of none, one or more axes, (letter, size) each."""


@dataclass(frozen=True)
class Signal:
    """A tensor between two parts.

    Args:
        name: the tensor's name.
        dimensions: its dimensions, a batch's examples first if there is one.
        batched: whether there is.
        meanings: what symbols in the sizes stand for.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    batched: bool = False
    meanings: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()

    @property
    def shape(self) -> tuple[Number, ...]:
        return tuple(_product(size for _, size in dimension) for dimension in self.dimensions)

    def spelled(self, size: Number) -> Number:
        """A size in the users' symbols."""
        meanings, expression = dict(self.meanings), sp.sympify(size, strict=True)
        while expression.free_symbols & meanings.keys():
            expression = expression.xreplace(meanings)
        return int(expression) if expression.is_Integer else expression

    @property
    def spelled_shape(self) -> tuple[Number, ...]:
        """The shape in the users' symbols."""
        return tuple(map(self.spelled, self.shape))

    @property
    def features(self) -> tuple[Number, ...]:
        """The shape of one example."""
        return self.shape[1:] if self.batched else self.shape

    @property
    def batch_size(self) -> Number | None:
        return self.shape[0] if self.batched else None


def _product(sizes: Iterable[Number]) -> Number:
    factors = [sp.sympify(size, strict=True) for size in sizes]
    # SymPy may return an older object that equals the only factor
    result: sp.Expr = factors[0] if len(factors) == 1 else sp.Mul(*factors)
    return int(result) if result.is_Integer else result


@dataclass(frozen=True)
class PartNotation(Notation):
    """Names of the tensors of one part of a network; they may end in its ``number``."""

    number: int = 0

    @staticmethod
    def valid(name: object, role: str) -> str:
        numbered = isinstance(name, str) and re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)*\d+", name, re.ASCII)
        return str(name) if numbered else valid_name(name, role)

    def label(self, name: str, index: Sequence[int], shape: Sequence[int]) -> str:
        if not index:
            return name
        return super().label(f"{name}_" if name[-1].isdigit() else name, index, shape).replace("__", "_")

    @staticmethod
    def numbered(number: int, source: str, letter: str, names: Notation | None = None) -> PartNotation:
        """The names of part ``number``, which reads the tensor ``source`` and makes its output, called ``letter``.

        ``names`` are those of the network; of the roles that only some layers have, one that is called like the output
        gives way.
        """
        own = names or Notation()
        plain = {role: getattr(own, role) for role in ROLES}
        plain["dense_bias"] = "u" if plain["dense_bias"] == Notation.dense_bias else plain["dense_bias"]
        for role in SELDOM:
            if plain[role] == letter:
                plain[role] = next(one for one in SPARE if one not in {letter, *plain.values()})
        numbered: dict[str, Any] = {role: name if role in ONCE else f"{name}{number}" for role, name in plain.items()}
        macros = dict(own.macros)
        if own.output in macros:
            macros[letter] = macros[own.output]
        latex = {numbered[role]: macros[name] for role, name in plain.items() if name in macros}
        numbered |= {"input": source, "output": f"{letter}{number}"}
        latex |= {f"{letter}{number}": macros[letter]} if letter == own.output and letter in macros else {}
        options = {option: getattr(own, option) for option in OPTIONS}
        tuples: dict[str, Any] = {"macros": tuple(sorted(latex.items())), "letters": own.letters}
        return PartNotation(**numbered, **options, **tuples, number=number)


class PartSetting(Setting):
    """The setting of a part that is not a convolution: sizes, and fixed numbers such as 1/N."""

    def __init__(self, notation: Notation, order: Sequence[str] = (), shared: Setting | None = None) -> None:
        super().__init__(notation, shared)
        self._order = tuple(order)
        self.reciprocals: Mapping[str, Reciprocal] = FrozenMapping()
        """Tensors without axes that are 1 over a product of sizes, which are symbols."""

    def _key(self) -> tuple[Hashable, ...]:
        return (*super()._key(), self._order, self.reciprocals)

    @property
    def reading_order(self) -> tuple[str, ...]:
        return self._order

    def size(self, number: Number, what: str = "a size", least: int = 1) -> Polynomial:
        """A size as a polynomial; a symbol is at least 1.

        Raises:
            GeometryError: it is a number less than ``least``.
        """
        size = self.table.reader.polynomial(sp.sympify(number, strict=True))
        if (value := size.value) is not None and value < least:
            raise GeometryError(f"{what} {value}", f"it is less than {least}", f"use at least {least}")
        if size.value is None and not self.table.reader.assumptions.implies(size - 1):
            self.table.assume([size - 1])
        return size

    def fixing(self: AnySetting, reciprocals: Mapping[str, Reciprocal]) -> AnySetting:
        """The same setting, with these tensors fixed too."""
        if not reciprocals:
            return self
        other = copy(self)
        vars(other)["reciprocals"] = FrozenMapping({**self.reciprocals, **reciprocals})
        return other

    @property
    def fixed(self) -> dict[str, Fixed]:
        return dict(self.reciprocals)

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        written = self.writer.polynomial
        own = {sp.Symbol(name): 1 / written(one.divisor) for name, one in self.reciprocals.items()}
        return {**super().definitions, **own}

    def layout(self, dimensions: Iterable[Dimension], taken: Iterable[str] = ()) -> Layout:
        """Axes for dimensions; letters that are taken, by tensors or by symbols of sizes, get a prime."""
        read = [
            [(letter, self.size(number, least=0 if letter == BATCH else 1)) for letter, number in dimension]
            for dimension in dimensions
        ]
        used = {*self.taken_names, *taken}
        made = []
        for dimension in read:
            axes = []
            for letter, size in dimension:
                name = fresh(letter, used)
                used.add(name)
                axes.append(Axis(name, size))
            made.append(tuple(axes))
        return tuple(made)

    @cached_property
    def is_concrete(self) -> bool:
        return not self.table.symbols


def as_read(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    """The same dimensions as an input's: output letters o, i become input letters c, j."""
    names = {"o": "c", "i": "j"}

    def renamed(letter: str) -> str:
        plain = letter.rstrip("'")
        return names.get(plain[0], plain[0]) + plain[1:]

    return tuple(tuple((renamed(letter), size) for letter, size in dimension) for dimension in dimensions)


def dimensions_of(
    layout: Layout, written: Callable[[Iterable[Polynomial]], tuple[Number, ...]]
) -> tuple[Dimension, ...]:
    """Dimensions of a layout, with its sizes as numbers or in the users' symbols."""
    return tuple(tuple((axis.letter, written([axis.size])[0]) for axis in dimension) for dimension in layout)


def count_of(layout: Layout) -> Polynomial:
    """How many entries a tensor of the layout has."""
    return prod((axis.size for axis in axes_of(layout)), start=ONE)


def with_sizes(signal: Signal, sizes: Callable[[int, int, Number], Number]) -> Signal:
    """The signal with other sizes, by place of the dimension and of the axis in it."""
    return replace(
        signal,
        dimensions=tuple(
            tuple((letter, sizes(at, n, size)) for n, (letter, size) in enumerate(dimension))
            for at, dimension in enumerate(signal.dimensions)
        ),
    )
