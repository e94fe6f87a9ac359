"""TensorFormula: one tensor given by a formula for its entries.

It holds the formula as a form over the tensor's axes, and says it in every way that users ask for:
SymPy equation, single entry, whole array, LaTeX, numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import sympy as sp

from symconv.algebra import concrete
from symconv.algebra.assumptions import Assumptions
from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, estimate_terms, require_terms
from symconv.algebra.concrete.few import terms_of_entry
from symconv.algebra.forms import Access, Form, Tensor
from symconv.algebra.normal_form import added_up, fewest_primes, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import drop_implied_range, evaluate_brackets, meeting_ranges, rename_by_delta
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, shown
from symconv.formulas.entries import TermsOfEntry, letters_at
from symconv.formulas.labels import MOST_SUMMED, MOST_WRITTEN, Labels, Polynomials
from symconv.formulas.operands import Numbers
from symconv.foundations.later import npt
from symconv.foundations.values import FrozenMapping, Value, cached_property
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Setting
from symconv.printing.quantity import Quantity

if TYPE_CHECKING:
    from symconv.printing.latex import TensorNames
    from symconv.printing.mathematics import Style
    from symconv.printing.tree import Node, Relation

F = TypeVar("F", bound="TensorFormula")
FEW_LABELS = 32
"""The most products of an entry whose labels are made one by one."""

READING_RULES = (evaluate_brackets, rename_by_delta, meeting_ranges, drop_implied_range)
"""Rules that only tidy a derivative, so that a formula is read in its own view's terms."""


def tensor_of(name: str, layout: Layout) -> Tensor:
    axes = axes_of(layout)
    return Tensor(name, len(axes), tuple([a.size for a in axes]), tuple([a.letter for a in axes]))


def tensors_of(layouts: Mapping[str, Layout], setting: Setting) -> dict[str, Tensor]:
    """Tensors with these axes by name; those of all formulas of a setting are made once."""
    known, tensors = setting.once(_no_tensors), {}
    for name, layout in layouts.items():
        if name not in known or known[name][0] != layout:
            known[name] = layout, tensor_of(name, layout)
        tensors[name] = known[name][1]
    return tensors


def _no_tensors(setting: Setting) -> dict[str, tuple[Layout, Tensor]]:
    return {}


class TensorFormula(Value):
    """A tensor given by a formula for its entries.

    Made by the views; not by users.

    Args:
        quantity: the tensor's name, and what it is a derivative of.
        form: the formula as the view derives it.
        layout: the axes of the formula that each dimension of the tensor's shape is made of, row-major.
        geometry: the names, and what is assumed of the sizes.
        layouts: of every tensor in the formula.

    >>> from symconv import Conv
    >>> output = Conv(3, 2).direct.output
    >>> output.formula
    Eq(h[i], Sum(X[i + k]*w[k], (k, 0, 1)))
    >>> output[0, 1], output.shape
    (X2*w1 + X3*w2, (1, 2))
    >>> output.evaluate(X=[[1, 2, 3]], w=[[[10, 1]]])
    array([[12, 23]])
    """

    quantity: Quantity
    form: Form
    layout: Layout
    geometry: Setting
    layouts: FrozenMapping[str, Layout]
    axes: tuple[Axis, ...]

    def __init__(
        self, quantity: Quantity, form: Form, layout: Layout, geometry: Setting, layouts: Mapping[str, Layout]
    ):
        axes, frozen = axes_of(layout), FrozenMapping(layouts)
        self._made_of(quantity=quantity, form=form, layout=layout, geometry=geometry, layouts=frozen, axes=axes)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.quantity, self.form, self.layout, self.geometry, self.layouts)

    def replaced(self, form: Form) -> TensorFormula:
        """The same tensor given by another form."""
        return self.like(self.quantity, form, self.layout)

    def like(self: F, quantity: Quantity, form: Form, layout: Layout) -> F:
        """Another tensor, about the same tensors."""
        return type(self)(quantity, form, layout, self.geometry, self.layouts)

    def with_matrices_named(self: F, names: Mapping[str, str]) -> F:
        """The same with other names for fixed matrices."""

        def named(access: Access) -> Access:
            tensor = access.tensor
            return Access(replace(tensor, name=names.get(tensor.name, tensor.name)), access.indices)

        layouts = {names.get(name, name): layout for name, layout in self.layouts.items()}
        setting = self.geometry.with_matrices_named(names)
        return type(self)(self.quantity, self.form.with_accesses(named), self.layout, setting, layouts)

    def __repr__(self) -> str:
        return str(self.formula)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.unicode())

    # -- in general ----------------------------------------------------------------------------------

    @cached_property
    def shape(self) -> tuple[Number, ...]:
        """The tensor's shape as PyTorch has it; ints if they are known."""
        return self.geometry.shape_of(self.layout)

    @cached_property
    def assumptions(self) -> Assumptions:
        """What is known inside the tensor's box, the layer's conditions and 0 <= index < size."""
        return self.geometry.inside(self.axes)

    @cached_property
    def readable_form(self) -> Form:
        """The form with indices of differentiation renamed away and implied ranges left out."""
        tidied = added_up(simplify(self.form, self.assumptions, READING_RULES).result)
        others = {*self.geometry.assumptions.names, *(axis.letter for axis in self.axes)}
        return Form(tuple(fewest_primes(term, others) for term in tidied))

    @cached_property
    def formula(self) -> sp.Eq:
        """The general formula, ``Eq(name[axes], ...)`` in SymPy's Sum, Indexed and KroneckerDelta.

        Tensors are zero outside their shape.
        """
        return sp.Eq(self.left_side, self._written(self.readable_form), evaluate=False)

    @property
    def left_side(self) -> sp.Expr:
        """The left side of ``formula``, the entry at its free indices."""
        letters = [axis.symbol for axis in self.axes]
        base = sp.IndexedBase(str(self.quantity))
        return base[tuple(letters)] if letters else base.label

    def _written(self, form: Form) -> sp.Expr:
        return self.geometry.writer.form(form)

    def latex(self) -> str:
        """LaTeX of the general formula, without delimiters; compiles with amsmath."""
        from symconv.printing.latex import latex_of  # with the tree's nodes: slow to load, and only needed to print

        return latex_of(self.tree)

    @cached_property
    def tree(self) -> Relation:
        """The general formula as a tree of mathematics."""
        return self.style.equation(self.tree_left, self.tree_right)

    def tree_of(self, form: Form) -> Node:
        """Another form over the same axes, such as a line of a derivation, as a tree of mathematics."""
        return self.style.form(form, [axis.letter for axis in self.axes])

    @property
    def tree_right(self) -> Node:
        """The right side as a tree of mathematics."""
        return self.tree_of(self.readable_form)

    @property
    def tree_left(self) -> Node:
        """The left side as a tree of mathematics."""
        return self.style.quantity(self.quantity, [axis.letter for axis in self.axes])

    @cached_property
    def style(self) -> Style:
        """How the formula is written."""
        return self.geometry.style(self.tensor_names)

    def unicode(self) -> str:
        """The general formula in Unicode, for terminals.

        >>> from symconv import Conv
        >>> Conv.general(1).direct.grad_weight.unicode()
        '∂L/∂w[o, c, k] = ∑ᵢ δ[o, i] X[c, s·i + d·k − p]'
        """
        from symconv.printing.unicode import unicode

        return unicode(self.tree)

    def text(self) -> str:
        """The general formula in plain text, as one types it and as ``check`` reads it.

        >>> from symconv import Conv
        >>> Conv.general(1).direct.grad_weight.text()
        'dL_dw[o, c, k] = sum(i, delta[o, i]*X[c, s*i + d*k - p])'
        """
        from symconv.printing.text import text_of

        return text_of(self.tree)

    def text_right(self) -> str:
        """The right side of ``formula`` in plain text."""
        from symconv.printing.text import text_of

        return text_of(self.tree_right)

    def latex_left(self) -> str:
        """The left side of ``formula`` in LaTeX."""
        from symconv.printing.latex import latex_of

        return latex_of(self.tree_left)

    def latex_right(self) -> str:
        """The right side of ``formula`` in LaTeX."""
        return self.latex_of(self.readable_form)

    def latex_of(self, form: Form) -> str:
        """Another form over the same axes in LaTeX."""
        from symconv.printing.latex import latex_of

        return latex_of(self.tree_of(form))

    @cached_property
    def latex_names(self) -> TensorNames:
        """The formula's tensors and entries in LaTeX."""
        from symconv.printing.latex import TensorNames

        return TensorNames(self.geometry.notation, frozenset(self.tensor_names), numbered=True)

    @property
    def tensor_names(self) -> set[str]:
        """The names of the tensors that the formula is about, and of those around it; not of scalars."""
        quantity = self.quantity
        split = len(self.axes) if quantity.denominator is None else quantity.split
        names = {name for name, layout in self.layouts.items() if axes_of(layout)}
        names |= {name for tensor in self.form.tensors if tensor.shape for name in _printed_names(tensor)}
        names |= {quantity.numerator} if split else set()
        ends = [*(at for _, at in quantity.more), len(self.axes)]
        return names | {name for (name, at), end in zip(quantity.denominators, ends) if at < end}

    # -- entries -------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> sp.Expr:
        """One entry. All-integer indices of a concrete layer give its expanded symbols.

        A symbolic index, or any index of a symbolic layer, gives the general formula there.

        Raises:
            IndexError: an integer index is outside the shape.
            FormulaError: the wrong number of indices, or one that is not an integer or symbol.
        """
        reader = Reader()
        indices, values = self._letters_at(index, reader)
        if self.geometry.is_concrete and all(value.value is not None for value in values.values()):
            return self._labels.sums(self._entry(values, MOST_SUMMED))[0]
        if reader.defined:
            raise FormulaError(
                f"indices {indices}",
                "an index with a floor is not read",
                "use a symbol or an affine index",
            )
        ours = self.geometry.writer.symbols
        if clash := [
            name
            for name, symbol in reader.symbols.items()
            if ours.get(name, symbol) != symbol and name in self.geometry.symbol_names
        ]:
            raise FormulaError(
                f"indices {indices}",
                f"{', '.join(clash)} is not the layer's own symbol of this name",
                "use the layer's own",
            )
        writer = Writer({**ours, **reader.symbols}, self.geometry.writer.defined)
        return writer.form(self.readable_form.substitute(values))

    def _letters_at(self, index: Any, reader: Reader) -> tuple[tuple[Any, ...], dict[str, Polynomial]]:
        """An entry's indices, and what the axes' letters are there."""
        indices = index if isinstance(index, tuple) else (index,)
        if len(indices) != len(self.shape):
            raise FormulaError(
                f"{len(indices)} indices", f"the tensor has shape {self.shape}", f"give {len(self.shape)} indices"
            )
        return indices, letters_at(self.geometry, self.shape, self.layout, indices, reader)

    def _entry_at(self, index: tuple[int, ...]) -> concrete.Collected:
        """One entry of a concrete layer, by whole numbers."""
        return self._entry(self._numbers_at(index))

    def numbers_at(self, index: tuple[int, ...]) -> dict[str, int]:
        """The same as Python's numbers."""
        return {name: int(value.value or 0) for name, value in self._numbers_at(index).items()}

    def _numbers_at(self, index: tuple[int, ...]) -> dict[str, Polynomial]:
        """What the axes' letters are at an entry of a concrete layer, by whole numbers."""
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        indices, letters = self._letters_at(index, Reader())
        if any(letter.value is None for letter in letters.values()):
            raise FormulaError(f"indices {shown(indices)}", "they are not whole numbers", "use whole numbers")
        return letters

    def _entry(self, letters: Mapping[str, Polynomial], most: int = DEFAULT_MAX_TERMS) -> concrete.Collected:
        """One entry of a concrete layer as collected terms, fixed tensors in numbers."""
        numbers = {name: int(value.value or 0) for name, value in letters.items()}
        return concrete.collect_terms(self.form, (), numbers, most, "one entry").with_values(self.geometry.constants)

    def terms(self, index: tuple[int, ...]) -> Sequence[Callable[[], sp.Expr]]:
        """The product terms of one entry of a concrete layer, in row-major order; each is made when it is called."""
        entry, labels = self._entry_at(index), self._labels
        return TermsOfEntry(entry, lambda row: partial(labels.product, *row[1:]))

    def products(self, index: tuple[int, ...]) -> Sequence[tuple[Any, tuple[tuple[Tensor, int], ...]]]:
        """The product terms of one entry of a concrete layer, each a coefficient and every tensor with its index."""
        entry = self._entry_at(index)
        known = {tensor.name: tensor for tensor in self.form.tensors}
        return TermsOfEntry(entry, lambda row: (row[3], tuple((known[name], at) for name, at in zip(row[1], row[2]))))

    def polynomial(self, index: tuple[int, ...]) -> Polynomials:
        """One entry of a concrete layer in the labels of entries, a coefficient for every product.

        >>> from symconv import Conv
        >>> Conv(3, 2).direct.output.polynomial((0, 1))
        {('X2', 'w1'): 1, ('X3', 'w2'): 1}
        """
        letters, numbers = self._numbers_at(index), self.numbers_at(index)
        products = None if self.geometry.constants else terms_of_entry(self.form, (), numbers, (), FEW_LABELS)
        if products is not None:
            return self._labels.polynomial(products)
        return self._labels.polynomials(self._entry(letters))[0]

    def polynomials(self, max_terms: int = DEFAULT_MAX_TERMS) -> list[Polynomials]:
        """The same for every entry, in row-major order."""
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        require_terms(prod(int(size) for size in self.shape), max_terms, f"the entries of {self.quantity}")
        return self._labels.polynomials(self.collected(max_terms))

    def label(self, name: str, flat: int, shaped_as: str | None = None) -> str:
        """The printed label of a tensor's entry by its flat index (concrete sizes only).

        ``shaped_as`` names a tensor of the same shape, for one that is a function of it.
        """
        return self._labels.label(name, flat, shaped_as or name)

    @property
    def estimated_terms(self) -> int:
        """About how many product terms all entries have together (concrete sizes only)."""
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        return estimate_terms(self.form, self._sizes, {})

    def collected(self, max_terms: int = DEFAULT_MAX_TERMS) -> concrete.Collected:
        """All entries as collected terms, fixed tensors in numbers (concrete sizes only)."""
        self.geometry.require_concrete(f"the array {self.quantity}")
        terms = concrete.collect_terms(self.form, self._sizes, {}, max_terms, f"the array {self.quantity}")
        return terms.with_values(self.geometry.constants)

    def array(self, max_terms: int = MOST_WRITTEN) -> sp.Array:
        """Every entry as a SymPy expression, an N-dim array of the tensor's shape (concrete sizes only).

        Raises:
            SymbolicShapeError: a size is a letter.
            SizeLimitError: it would have more than ``max_terms`` entries or product terms.
        """
        self.geometry.require_concrete(f"the array {self.quantity}")
        require_terms(prod(int(size) for size in self.shape), max_terms, f"the array {self.quantity}")
        return sp.ImmutableDenseNDimArray(self._labels.sums(self.collected(max_terms)), self.shape)

    @property
    def _labels(self) -> Labels:
        return Labels({tensor.name: tensor for tensor in self.form.tensors}, self.layouts, self.geometry)

    # -- numbers -------------------------------------------------------------------------------------

    @property
    def _sizes(self) -> list[tuple[str, int]]:
        return [(axis.letter, int(axis.size.evaluate({}))) for axis in self.axes]

    def evaluate(self, **arrays: Any) -> npt.NDArray[Any]:
        """The tensor in numbers. Pass every tensor of the formula by its name, in PyTorch's shape.

        The layer must be concrete (see ``conv.at``). The result's type follows from the arrays'.

        Whole numbers, of any types, give exact whole numbers: int64, or Python integers where that might overflow;
        fractions where a fixed factor is one. Booleans count as 0 and 1. Objects (Python integers of any size,
        Fractions, SymPy numbers) stay exact, in an array of objects. Floats and complex numbers give NumPy's common
        type: float32 in, float32 out. Half precision is summed in float32. A Python number beside arrays takes their
        type.

        Nan and infinity come out where an entry's own products have them, and not where they meet a zero outside a
        tensor's box.

        Raises:
            FormulaError: a tensor is missing, unknown, of another shape, or holds something else than numbers.
            SizeLimitError: the result has more than 50,000,000 entries, and ten times as many as the arrays.
        """
        self.geometry.require_concrete(f"the numbers of {self.quantity}")
        return self._numbers.of(arrays).reshape(self.shape)

    def block(self, start: Sequence[int], shape: Sequence[int]) -> Callable[..., npt.NDArray[Any]]:
        """How some neighbouring entries are computed, as a function of the arrays, which hold floats.

        Args:
            start, shape: the first entry, and how many there are, along every axis of the general formula.
        """
        return self._numbers.block(start, shape)

    @cached_property
    def _numbers(self) -> Numbers:
        return Numbers(str(self.quantity), self.form, self.axes, self.layouts, self.geometry)

    @property
    def tensors_needed(self) -> tuple[str, ...]:
        """Names of the tensors whose numbers have to be given."""
        return tuple(self._numbers.operands)


def _printed_names(tensor: Tensor) -> list[str]:
    """The names that stand for a tensor in print; of a function of others, theirs."""
    from symconv.printing.tree import Name

    names = [tensor.name, tensor.variable.name]

    def noted(name: str) -> Name:
        names.append(name)
        return Name(name)

    if tensor.applied is not None:
        tensor.applied.tree(noted)
    return [name for name in names if name.isidentifier()]
