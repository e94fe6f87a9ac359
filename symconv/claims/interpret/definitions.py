"""Tensors that a claim may name though they are not free: h, v, a, P, U and derivatives, by their definitions.

The output h is what the layer computes, v is the dense weight of the fully connected view, P the patches, dL/dv the
derivative with every v free. A claim that names one of them says something of x, w, b and delta, and that is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from itertools import product as cartesian
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.assumptions import Defined
from symconv.algebra.calculus import Definition, derivative, unfold
from symconv.algebra.concrete.blocks import require_terms
from symconv.algebra.forms import Access, Form, fresh
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import SizeLimitError
from symconv.formulas.labels import Polynomials
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import Cached, Lazy
from symconv.geometry.axes import Axis, Layout, axes_of, raveled
from symconv.layers import Layer
from symconv.printing.latex import Quantity
from symconv.proof.equality import Claimed, equation_of
from symconv.proof.equation import Equation
from symconv.views import View

MOST_PRODUCTS, MOST_FORMS = 2_000, 30
"""A claim that multiplies definitions may expand to at most 2,000 products of labels, or 30 products of sums."""


@dataclass(frozen=True)
class Entry:
    """A single entry such as X12 by its printed label; ``index`` is None if the layer has no such entry."""

    label: str
    tensor: str
    index: tuple[int, ...] | None


class Definitions(Cached):
    """The defined tensors of one layer."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._made: dict[str, Definition] = {}
        self.quantities = quantity_names(layer)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The layer's views, and the step between them; max pooling has no dense weights."""
        dense = "fully_connected" in self.layer.views
        return (*self.layer.views.values(), *((self.layer.locally_connected,) if dense else ()))

    @cached_property
    def _stages(self) -> list[tuple[View, tuple[str, ...]]]:
        """The views, each with what its stages define."""
        return [(view, tuple(name for name in view.all_layouts if name not in view.layouts)) for view in self.views]

    @cached_property
    def layouts(self) -> Mapping[str, Layout]:
        """Every tensor that a claim may name, with its layout: the layer's own first."""
        return Lazy((*self.layer.direct.layouts, *self._sources, *self._jacobians), self._layout)

    def _layout(self, name: str) -> Layout:
        if name in self._jacobians:
            view, above, below = self._jacobians[name]
            return jacobian_layout(view.all_layouts[above], view.all_layouts[below])
        if name in self._sources:
            view, tensor = self._sources[name]
            return view.all_layouts[tensor]
        return self.layer.direct.layouts[name]

    @cached_property
    def _sources(self) -> dict[str, tuple[View, str]]:
        """The view and the tensor behind every defined name; that of a derivative is dL_dw, as formulas write it."""
        sources: dict[str, tuple[View, str]] = {}
        names = self.layer.notation
        given = (names.grad_output, names.scale, names.switch)
        for view, stages in self._stages:
            for stage in stages:
                sources.setdefault(stage, (view, stage))
            for tensor in view.all_layouts:
                if tensor not in given:
                    sources.setdefault(derivative_name(self.layer, tensor), (view, tensor))
        return sources

    @cached_property
    def _jacobians(self) -> dict[str, tuple[View, str, str]]:
        """The derivatives of a tensor of a view by one that it is made of, by name: dh_dw, dh_dv, dv_dw, dP_dX."""
        found: dict[str, tuple[View, str, str]] = {}
        names = self.layer.notation
        given = (names.grad_output, names.scale, names.switch)
        for view, unsorted in self._stages:
            stages = sorted(unsorted, key=names.output.__eq__)
            for at, above in enumerate(stages):
                for below in (*(name for name in view.layouts if name not in given), *stages[:at]):
                    found.setdefault(f"d{above}_d{below}", (view, above, below))
        return found

    @property
    def derivatives(self) -> list[str]:
        """The names of derivatives."""
        return [*(name for name, (_, tensor) in self._sources.items() if name != tensor), *self._jacobians]

    def __contains__(self, name: str) -> bool:
        return name in self._sources or name in self._jacobians

    def formula(self, name: str) -> TensorFormula:
        """What a defined tensor is, in the layer's own tensors."""
        if name in self._jacobians:
            return jacobian(*self._jacobians[name])
        view, tensor = self._sources[name]
        return view.stage(tensor) if name == tensor else view.gradient(tensor)

    def named(self, expressions: Iterable[sp.Expr], labels: Iterable[Entry]) -> tuple[str, ...]:
        """The defined tensors that these formulas name."""
        free = {symbol for one in expressions for symbol in one.free_symbols}
        found = {one.base.name for one in free if isinstance(one, sp.Indexed)}
        found |= {one.name for one in free if one.is_Symbol and not any(self.layouts.get(one.name, (one,)))}
        found |= {entry.tensor for entry in labels}
        return tuple(sorted(name for name in found if name in self))

    def with_indices_exchanged(self, expression: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
        """The expression with both indices of v, or of P, exchanged, if it names one of them."""
        for name in (self.layer.notation.dense_weight, self.layer.notation.patch):
            used = {one for one in expression.atoms(sp.Indexed) if str(one.base.label) == name}
            if used and all(len(one.indices) == 2 for one in used):
                yield name, expression.xreplace({one: one.base[one.indices[::-1]] for one in used})

    # -- in general ----------------------------------------------------------------------------------

    def equation(self, right: TensorFormula, claimed: Claimed) -> Equation:
        """The equation of a right formula with a claim, both in the layer's own tensors."""
        used = {tensor.name for tensor in right.form.tensors}
        used |= {symbol.name for symbol in claimed.expression.atoms(sp.Symbol)}
        layouts = {name: self.layouts[name] for name in self.layouts if name in used}
        known = TensorFormula(right.quantity, right.form, right.layout, right.geometry, layouts)
        given = {one.name: getattr(claimed, one.name) for one in fields(claimed)}
        unfolded = _Unfolded(**given, definitions=self)
        equation, _ = equation_of(known, unfolded)
        used = {tensor.name for side in (equation.left, equation.right) for tensor in side.tensors}
        fixed = tuple((name, numbers) for name, numbers in self.layer.fixed.items() if name in used)
        return replace(equation, fixed=fixed, constrained=self.layer.notation.switch in used)

    def unfold(self, form: Form, meanings: Mapping[Defined, Polynomial]) -> Form:
        """The form without defined tensors; ``meanings`` are the equation's names for floors and maxima."""
        used = {tensor.name for tensor in form.tensors if tensor.name in self}
        if not used:
            return form
        lengths = {name: len(self._definition(name).body.terms) for name in used}
        accesses = ([f.tensor.name for f in term.factors if isinstance(f, Access)] for term in form)
        _require_small([[lengths[name] for name in names if name in used] for names in accesses], MOST_FORMS)
        values = self.layer.assumptions.renaming(dict(meanings), set())
        definitions = {name: _renamed(self._definition(name), values) for name in sorted(used)}
        own = frozenset(self.layer.taken_names).union(*(value.names for value in values.values()))
        return unfold(Form(tuple(term.renamed_apart(own) for term in form)), definitions)

    def _definition(self, name: str) -> Definition:
        if name not in self._made:
            formula = self.formula(name)
            letters = tuple(axis.letter for axis in formula.axes)
            self._made[name] = Definition(tensor_of(name, formula.layout), letters, formula.form)
        return self._made[name]

    # -- single entries ------------------------------------------------------------------------------

    def scalar(self, name: str) -> Entry | None:
        """The only entry of a tensor without indices; None of other names."""
        return Entry(name, name, ()) if name in self.layouts and not any(self.layouts[name]) else None

    def entry(self, tensor: str, indices: Sequence[int]) -> Entry | None:
        """The entry of a concrete layer at indices that count from 0; None outside the tensor's box."""
        layout = self.layouts[tensor]
        rest = iter(indices)
        index, sizes = [], []
        for dimension in layout:
            if dimension:
                shape = [int(axis.size.value or 0) for axis in dimension]
                at = [next(rest) for _ in dimension]
                if not all(0 <= one < size for one, size in zip(at, shape)):
                    return None
                index.append(raveled(at, shape))
                sizes.append(prod(shape))
        return Entry(self.layer.notation.label(tensor, index, sizes), tensor, tuple(index))

    def in_own_labels(self, products: Polynomials, labels: Mapping[str, Entry], max_terms: int) -> Polynomials:
        """A polynomial in labels with those of defined tensors replaced by what they are.

        Raises:
            SizeLimitError: that makes more than ``max_terms`` products.
        """
        used = sorted({label for product in products for label in product} & labels.keys())
        known = {label: value for label in used if (value := self._products(labels[label])) is not None}
        if not known:
            return products
        sizes = [[len(known[label]) for label in product if label in known] for product in products]
        _require_small(sizes, MOST_PRODUCTS)
        require_terms(sum(map(prod, sizes)), max_terms, "a claim with its definitions written out")
        result: Polynomials = {}
        for product, coefficient in products.items():
            for labelled, number in _written_out(product, known):
                result[labelled] = result.get(labelled, 0) + coefficient * number
        return {key: value for key, value in result.items() if value}

    def _products(self, entry: Entry) -> Polynomials | None:
        """What an entry is in the layer's own labels; None of an entry that is free, or that there is not."""
        if entry.index is None:
            return None
        constant = self.layer.constants.get(entry.tensor)
        if constant is not None:
            return {(): Fraction(constant[entry.index])}
        if entry.tensor not in self:
            return None
        rest = iter(entry.index)
        return self.formula(entry.tensor).polynomial(
            tuple(next(rest) if dimension else 0 for dimension in self.layouts[entry.tensor])
        )


def _require_small(sizes: Iterable[Sequence[int]], most: int) -> None:
    """An error where several definitions in one product make too many products.

    Args:
        sizes: of every product, how many products each definition in it has.
    """
    count = sum(prod(one) for one in sizes if len(one) > 1)
    if count > most:
        raise SizeLimitError(
            f"a product of definitions with {count:,} products",
            f"the limit is {most:,}",
            "write it in x, w, b and delta",
        )


def _written_out(product: Sequence[str], known: Mapping[str, Polynomials]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The products of labels that a product is, with their coefficients."""
    own = [label for label in product if label not in known]
    for choice in cartesian(*(known[label].items() for label in product if label in known)):
        labels = sorted([*own, *(label for factor, _ in choice for label in factor)])
        yield tuple(labels), prod(number for _, number in choice)


@dataclass(frozen=True)
class _Unfolded(Claimed):
    """A claim that is read as a form in the layer's own tensors."""

    definitions: Definitions = field(kw_only=True)

    def form(self, reader: Reader) -> Form:
        return self.definitions.unfold(super().form(reader), reader.meanings)


def _renamed(definition: Definition, values: Mapping[str, Polynomial]) -> Definition:
    return Definition(definition.tensor.resized(values), definition.parameters, definition.body.resized(values))


def quantity_names(layer: Layer) -> dict[str, str]:
    """What is checked of a tensor or derivative with that name on the left side."""
    names = layer.notation
    tensors = {
        names.output: "output", names.dense_weight: "matrix", names.dense_bias: "dense_bias", names.patch: "patches",
    }  # fmt: skip
    by = {
        names.input: "grad_input", names.weight: "grad_weight", names.bias: "grad_bias",
        names.dense_weight: "grad_matrix", names.patch: "grad_patches",
    }  # fmt: skip
    jacobians = {
        f"d{names.output}_d{getattr(names, role)}": f"jacobian_{role}" for role in ("input", "weight", "bias")
    }  # fmt: skip
    of_weight = derivative_name(layer, names.weight)
    parts = {f"{part} {of_weight}": f"{part}_grad_weight" for part in ("patch", "example")}
    return {
        **tensors,
        **jacobians,
        **parts,
        **{derivative_name(layer, name): quantity for name, quantity in by.items()},
    }


def jacobian_layout(above: Layout, below: Layout) -> Layout:
    """The axes of a derivative of one tensor by another, with letters of their own."""
    taken = {axis.letter for axis in axes_of(above)}
    return (*above, *(tuple(Axis(fresh(axis.letter, taken), axis.size) for axis in one) for one in below))


def jacobian(view: View, above: str, below: str) -> TensorFormula:
    """The derivative of a view's tensor with respect to another; v and P stay if they are that one, else unfold."""
    body = view.definitions[above].body
    if below not in view.definitions:
        body = unfold(body, view.definitions)
    layout = jacobian_layout(view.all_layouts[above], view.all_layouts[below])
    rank = len(axes_of(view.all_layouts[above]))
    by = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout)[rank:])
    form = unfold(derivative(body, view.tensors[below], by), view.definitions)
    return TensorFormula(Quantity(above, below, rank), form, layout, view.geometry, view.all_layouts)


def derivative_name(layer: Layer, tensor: str) -> str:
    """dL_dw: the name under which formulas have the derivative with respect to a tensor."""
    return f"d{layer.notation.loss}_d{tensor}"
