"""Setting: what a formula needs to know of the thing that it belongs to.

Its names, its symbols for sizes with what is assumed of them, and the letters that stand for something. Layers
are settings, and so are the parts of a network. Nothing here knows a tensor or a formula.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Protocol

import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined, Floor
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_out import Writer
from symconv.errors import SizeNameError, SymbolicShapeError
from symconv.foundations.later import np, npt
from symconv.foundations.values import Value, cached_property
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.symbol_table import SymbolTable
from symconv.printing.notation import Notation

if TYPE_CHECKING:
    from symconv.printing.mathematics import Style


class Fixed(Protocol):
    """The numbers of a tensor that follow from the sizes."""

    @property
    def names(self) -> Iterable[str]:
        """The sizes' names."""

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        """The numbers, one axis for every index."""

    def renamed(self, values: Mapping[str, Polynomial]) -> Fixed:
        """The same with names in sizes replaced."""


@dataclass(frozen=True)
class Reciprocal:
    """1 over a size, or over a product of sizes."""

    divisor: Polynomial

    @property
    def names(self) -> Iterable[str]:
        return self.divisor.names

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        return np.array(Fraction(1, int(self.divisor.evaluate(dict(values)))), dtype=object)

    def renamed(self, values: Mapping[str, Polynomial]) -> Reciprocal:
        return Reciprocal(self.divisor.substitute(values))


class Setting(Value):
    """Notation, symbols and assumptions."""

    def __init__(self, notation: Notation, shared: Setting | None = None) -> None:
        """With the symbols and letters of another setting, if there is one that it shares them with."""
        self.notation = notation
        self.table: SymbolTable = SymbolTable(None if shared is None else shared.table)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.notation, *self.table.key)

    # -- names ---------------------------------------------------------------------------------------

    @cached_property
    def _tensor_names(self) -> set[str]:
        return set(self.notation.names)

    def _check_names(self) -> None:
        for name in self.table.names:
            if name in self._tensor_names:
                raise SizeNameError(name, "the layer", "use another symbol, or Notation(...) with another name")

    @property
    def taken_names(self) -> frozenset[str]:
        """Every name that something has, such as sizes, letters with a meaning, and tensors."""
        return frozenset(self.table.taken | self._tensor_names)

    def define(self, letter: str, defined: Defined, least: int) -> Polynomial:
        """The letter that stands for something known to be at least ``least``; the same one for the same thing."""
        return self.table.define(letter, defined, least, self._tensor_names)

    def floor(self, letter: str, numerator: Polynomial, denominator: Polynomial, offset: int = 0) -> Polynomial:
        """floor(numerator / denominator) + offset, known to be at least ``offset``; a letter if it has to be one."""
        floor = Floor(numerator, denominator, offset)
        whole, rest = floor.reduced()
        if not rest.numerator:
            return whole
        if rest.numerator.value is not None and denominator.value is not None:
            return whole + rest.numerator.value // denominator.value
        return self.define(letter, floor, offset)

    @property
    def defined(self) -> Mapping[str, Defined]:
        """Letters that stand for something, with what it is."""
        return self.table.defined

    # -- symbols -------------------------------------------------------------------------------------

    @cached_property
    def assumptions(self) -> Assumptions:
        """Sizes, strides and dilations are at least 1, groups divide the channels, and the kernel fits."""
        return self.table.assumptions

    def inside(self, axes: Sequence[Axis]) -> Assumptions:
        """The same, and that the index named after each axis is inside it."""
        axes = tuple(axes)
        known = self._inside.get(axes)
        if known is None:
            pairs = [(Polynomial.name(axis.letter), axis.size) for axis in axes]
            facts = [fact for index, size in pairs for fact in (index, size - 1 - index)]
            known = self._inside[axes] = self.assumptions.and_also(facts)
        return known

    @cached_property
    def _inside(self) -> dict[tuple[Axis, ...], Assumptions]:
        return {}

    @cached_property
    def symbol_names(self) -> tuple[str, ...]:
        """The names of the symbols."""
        return tuple(sorted(self.table.names))

    @cached_property
    def is_concrete(self) -> bool:
        """Whether every size and hyper-parameter is a number."""
        return not self.table.names

    def require_concrete(self, what: str) -> None:
        """Raise if a size is a symbol."""
        if not self.is_concrete:
            letters = ", ".join(sorted(self.table.symbols))
            raise SymbolicShapeError(
                f"{what} of a layer with the symbols {letters}",
                "its number of entries depends on symbols",
                "give numbers with conv.at("
                + ", ".join(f"{name}=.." for name in sorted(self.table.symbols))
                + "), or use the general formula",
            )

    # -- writing -------------------------------------------------------------------------------------

    @cached_property
    def writer(self) -> Writer:
        """Writes formulas with the user's own symbols."""
        reader = self.table.reader
        return Writer(lambda: reader.symbols, reader.defined, plain=reader.letters)

    @cached_property
    def stage_writer(self) -> Writer:
        """Writes formulas that are read back; every name is a symbol, so that SymPy rewrites no floor and no f(z)."""
        return Writer(lambda: self.table.symbols, apply=False, shapes=False)

    @cached_property
    def _expanding_writer(self) -> Writer:
        """The same with the letters of ``definitions`` written out."""
        return Writer(lambda: self.writer.symbols, {**self.table.reader.defined, **self.defined})

    def show(self, number: Polynomial) -> str:
        """A number as a reader would write it."""
        return str(self.writer.polynomial(number))

    def written(self, numbers: Iterable[Polynomial]) -> tuple[Number, ...]:
        """Ints, or SymPy expressions in the layer's symbols."""
        return tuple(
            int(v) if (v := number.value) is not None else self._expanding_writer.polynomial(number)
            for number in numbers
        )

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        """Letters that formulas use for output sizes, channels of a group and padding, each with what it stands for."""
        known = self.table.reader.defined
        return {
            self.writer.symbol(name): Writer(self.writer.symbols, {**known, name: defined}).symbol(name)
            for name, defined in self.defined.items()
        }

    # -- tensors -------------------------------------------------------------------------------------

    @property
    def reading_order(self) -> tuple[str, ...]:
        """Tensors in the order in which a product is read."""
        return ()

    def style(self, tensors: Iterable[str]) -> Style:
        """How formulas are written; ``tensors`` are those of the formula, which may be bold."""
        from symconv.printing.mathematics import Style  # with the tree's nodes: only needed to print

        own = self.notation
        bold = frozenset(tensors) if own.bold else frozenset()
        return Style(self.reading_order, bold, own.macros, own.formula_base, own.limits, own.reading_order)

    @property
    def fixed(self) -> dict[str, Fixed]:
        """Tensors whose numbers follow from the sizes."""
        return {}

    def with_matrices_named(self, names: Mapping[str, str]) -> Setting:
        """The same with other names for fixed matrices of its own, if it has some."""
        return self

    @property
    def tied_names(self) -> frozenset[str]:
        """Tensors whose entries cannot be any numbers, so that numbers for them refute nothing.

        Such are the switches of max pooling, of which one of a window is 1, and what a network computes.
        """
        return frozenset()

    @property
    def inner(self) -> dict[str, object]:
        """Tensors that formulas may have functions of though they are computed, each with what computes it."""
        return {}

    def shape_of(self, layout: Layout) -> tuple[Number, ...]:
        """The shape of a tensor, in PyTorch's dimensions; ints if they are known."""
        return self.written(prod((axis.size for axis in dimension), start=ONE) for dimension in layout)

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        """Fixed tensors at concrete sizes by name, as fractions, with one axis for every index."""
        return {}
