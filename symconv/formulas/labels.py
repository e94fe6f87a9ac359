"""Entries of tensors by their printed labels: symbols, products and sums of them (concrete sizes only)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra import concrete
from symconv.algebra.concrete.blocks import require_terms
from symconv.algebra.concrete.few import Key
from symconv.algebra.concrete.plan import Integers
from symconv.algebra.forms import Tensor
from symconv.foundations.later import np
from symconv.geometry.axes import Layout, raveled, unraveled
from symconv.geometry.symbols import Setting

Polynomials = dict[tuple[str, ...], Any]
"""A polynomial in labels of entries: the sorted labels of every product, with its coefficient."""


MOST_WRITTEN, MOST_SUMMED = 600_000, 300_000
"""Products and entries of an array, and products of a single entry, that are made into SymPy expressions unless more
are asked for: it takes a few seconds."""


def symbols_of(name: str, layout: Layout, geometry: Setting, max_terms: int = MOST_WRITTEN) -> sp.Array:
    """The symbols of a tensor, in PyTorch's shape (concrete sizes only)."""
    geometry.require_concrete(f"the symbols {name}")
    shape = tuple(prod(int(axis.size.value or 0) for axis in dimension) for dimension in layout)
    require_terms(prod(shape), max_terms, f"an array of symbols {name}")
    kept = [at for at, dimension in enumerate(layout) if dimension]
    places = np.unravel_index(np.arange(prod(shape)), shape)
    labels = geometry.notation.labels(name, [places[at] for at in kept], [shape[at] for at in kept])
    return sp.ImmutableDenseNDimArray([*map(sp.Symbol, labels if kept else [name])], shape)


class Labels:
    """The symbol of a tensor's entry by its flat index; of f(z), that function of the symbol."""

    def __init__(self, tensors: Mapping[str, Tensor], layouts: Mapping[str, Layout], geometry: Setting) -> None:
        self.tensors, self.layouts, self.notation = tensors, layouts, geometry.notation
        self.scalars = geometry.writer.symbols
        self.known: dict[tuple[str, int], sp.Expr] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def product(self, names: Sequence[str], indices: Sequence[int], coefficient: Any) -> sp.Expr:
        """One product term."""
        factors = [self.entry(name, int(at)) for name, at in zip(names, indices)]
        return sp.Mul(*factors) if coefficient == 1 else sp.Mul(sp.Rational(coefficient), *factors)

    def sums(self, collected: concrete.Collected) -> list[sp.Expr]:
        """All entries of a collected form; each symbol is made once."""
        groups = list(collected.columns())
        columns = [(name, flats) for names, _, all_flats, _ in groups for name, flats in zip(names, all_flats)]
        used = {name: np.unique(np.concatenate([f for other, f in columns if other == name])) for name, _ in columns}
        factors: list[sp.Expr] = []
        first: dict[str, int] = {}
        for name, flats in used.items():
            first[name] = len(factors)
            factors += self.entries(name, flats)

        def places(name: str, flats: Integers) -> Integers:
            return first[name] + np.searchsorted(used[name], flats)

        products = [
            concrete.Products(at, [*map(places, names, flats)], numbers) for names, at, flats, numbers in groups
        ]
        return concrete.sums_of_products(prod(collected.entry_shape), factors, products)

    def entries(self, name: str, flats: Integers) -> list[sp.Expr]:
        """Several entries of one tensor."""
        if not self._shape(self.tensors[name].variable.name) or self.tensors[name].applied is not None:
            return [self.entry(name, flat) for flat in flats.tolist()]
        return [*map(sp.Symbol, self.texts(name, flats))]

    def texts(self, name: str, flats: Integers) -> list[str]:
        """The labels of several entries of one tensor, which is not a function of another."""
        shape = self._shape(name)
        if not shape:
            return [name] * len(flats)
        return self.notation.labels(name, np.unravel_index(flats, shape), shape)

    def polynomials(self, collected: concrete.Collected) -> list[Polynomials]:
        """All entries of a collected form, without functions of tensors, in labels."""
        result: list[Polynomials] = [{} for _ in range(prod(collected.entry_shape))]
        for names, at, flats, numbers in collected.columns():
            labels = [self.texts(name, column) for name, column in zip(names, flats)]
            for entry, coefficient, *factors in zip(at.tolist(), numbers.tolist(), *labels):
                product = tuple(sorted(factors))
                result[entry][product] = result[entry].get(product, 0) + coefficient
        return result

    def polynomial(self, products: Mapping[Key, Any]) -> Polynomials:
        """One entry's products without functions of tensors, in labels; their factors have places in tensors."""
        result: Polynomials = {}
        for (_, factors), coefficient in sorted(products.items(), key=lambda one: one[0]):
            product = tuple(sorted(self.label(name, raveled(place, size), name) for name, size, place in factors))
            result[product] = result.get(product, 0) + coefficient
        return result

    def entry(self, name: str, flat: int) -> sp.Expr:
        key = (name, flat)
        if key not in self.known:
            applied, shape = self.tensors[name].applied, self._shape(self.tensors[name].variable.name)

            def symbol(one: str) -> sp.Symbol:
                label = self._label(one, shape, flat)
                return sp.Symbol(label) if shape else self.scalars.get(label, sp.Symbol(label))

            self.known[key] = symbol(name) if applied is None else applied.expression(symbol)
        return self.known[key]

    def label(self, name: str, flat: int, shaped_as: str) -> str:
        return self._label(name, self._shape(shaped_as), flat)

    def _shape(self, name: str) -> tuple[int, ...]:
        if name not in self.shapes:
            dimensions = [dimension for dimension in self.layouts[name] if dimension]
            self.shapes[name] = tuple(prod(int(a.size.value or 0) for a in dimension) for dimension in dimensions)
        return self.shapes[name]

    def _label(self, name: str, shape: tuple[int, ...], flat: int) -> str:
        index = unraveled(flat, shape)
        return self.notation.label(name, index, shape)
