"""TensorFormula: one tensor given by a formula for its entries.

It holds the formula as a form over the tensor's axes, and says it in every way that users ask for:
SymPy equation, single entry, whole array, LaTeX, numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar, overload

import sympy as sp

from symconv.algebra import concrete
from symconv.algebra.assumptions import Assumptions
from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, Block, estimate_terms, require_terms
from symconv.algebra.concrete.plan import Integers
from symconv.algebra.extent import about
from symconv.algebra.forms import Applied, Form, Tensor
from symconv.algebra.normal_form import added_up, fewest_primes, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import drop_implied_range, evaluate_brackets, meeting_ranges, rename_by_delta
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import EntryError, FormulaError, SizeLimitError, shown
from symconv.foundations.later import np, npt
from symconv.foundations.values import FrozenMapping, Value
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of, unraveled
from symconv.geometry.symbols import Setting
from symconv.printing import latex
from symconv.printing.latex import Quantity
from symconv.printing.mathematics import Style
from symconv.printing.text import text_of
from symconv.printing.tree import Node, Relation
from symconv.printing.unicode import unicode

V = TypeVar("V")

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected, Row

READING_RULES = (evaluate_brackets, rename_by_delta, meeting_ranges, drop_implied_range)
"""Rules that only tidy a derivative, so that a formula is read in its own view's terms."""

MOST_ENTRIES = 50_000_000
"""The numbers in a result of ``evaluate``, unless the arrays that are given are nearly as large."""


MOST_WRITTEN, MOST_SUMMED = 600_000, 300_000
"""Products and entries of an array, and products of a single entry, that are made into SymPy expressions unless more
are asked for: it takes a few seconds."""


def tensor_of(name: str, layout: Layout) -> Tensor:
    axes = axes_of(layout)
    return Tensor(name, len(axes), tuple(a.size for a in axes), tuple(a.letter for a in axes))


def symbols_of(name: str, layout: Layout, geometry: Setting, max_terms: int = MOST_WRITTEN) -> sp.Array:
    """The symbols of a tensor, in PyTorch's shape (concrete sizes only)."""
    geometry.require_concrete(f"the symbols {name}")
    shape = tuple(prod(int(axis.size.value or 0) for axis in dimension) for dimension in layout)
    require_terms(prod(shape), max_terms, f"an array of symbols {name}")
    kept = [at for at, dimension in enumerate(layout) if dimension]
    places = np.unravel_index(np.arange(prod(shape)), shape)
    labels = geometry.notation.labels(name, [places[at] for at in kept], [shape[at] for at in kept])
    return sp.ImmutableDenseNDimArray([*map(sp.Symbol, labels or [name])], shape)


Polynomials = dict[tuple[str, ...], Any]
"""A polynomial in labels of entries: the sorted labels of every product, with its coefficient."""


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

    def __init__(
        self, quantity: Quantity, form: Form, layout: Layout, geometry: Setting, layouts: Mapping[str, Layout]
    ):
        self.quantity = quantity
        self.form = form
        self.layout = layout
        self.geometry = geometry
        self.layouts = FrozenMapping(layouts)
        self.axes = axes_of(layout)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.quantity, self.form, self.layout, self.geometry, self.layouts)

    def replaced(self, form: Form) -> TensorFormula:
        """The same tensor given by another form."""
        return TensorFormula(self.quantity, form, self.layout, self.geometry, self.layouts)

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
        sizes = self.geometry.assumptions.names
        return Form(tuple(fewest_primes(term, sizes) for term in tidied))

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
        return latex.latex_of(self.tree)

    @cached_property
    def tree(self) -> Relation:
        """The general formula as a tree of mathematics."""
        return self.style.equation(self._left, self.style.form(self.readable_form, self._letters))

    @cached_property
    def style(self) -> Style:
        """How the formula is written."""
        return self.geometry.style(self.tensor_names)

    @property
    def _letters(self) -> list[str]:
        return [axis.letter for axis in self.axes]

    @property
    def _left(self) -> Node:
        return self.style.quantity(self.quantity, self._letters)

    def unicode(self) -> str:
        """The general formula in Unicode, for terminals.

        >>> from symconv import Conv
        >>> Conv.general(1).direct.grad_weight.unicode()
        '∂L/∂w[o, c, k] = ∑ᵢ δ[o, i] X[c, s·i + d·k − p]'
        """
        return unicode(self.tree)

    def text(self) -> str:
        """The general formula in plain text, as one types it and as ``check`` reads it.

        >>> from symconv import Conv
        >>> Conv.general(1).direct.grad_weight.text()
        'dL_dw[o, c, k] = sum(i, delta[o, i]*X[c, s*i + d*k - p])'
        """
        return text_of(self.tree)

    def latex_left(self) -> str:
        """The left side of ``formula`` in LaTeX."""
        return latex.latex_of(self._left)

    def lettered(self, text: str) -> str:
        """LaTeX with the tensors' letters as the notation has them, bold or not; scalars have no axes and stay."""
        return latex.lettered(text, self.geometry.notation, self.tensor_names)

    @property
    def tensor_names(self) -> set[str]:
        """The names of the tensors that the formula is about, and of those around it; not of scalars."""
        quantity = self.quantity
        split = len(self.axes) if quantity.denominator is None else quantity.split
        names = {name for name, layout in self.layouts.items() if axes_of(layout)}
        named = (one for tensor in self.form.tensors for one in (tensor, tensor.variable))
        names |= {tensor.name for tensor in named if tensor.shape and tensor.name.isidentifier()}
        names |= {quantity.numerator} if split else set()
        return names | ({quantity.denominator} if quantity.denominator and len(self.axes) > split else set())

    # -- entries -------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> sp.Expr:
        """One entry. All-integer indices of a concrete layer give its expanded symbols.

        A symbolic index, or any index of a symbolic layer, gives the general formula there.

        Raises:
            IndexError: an integer index is outside the shape.
            FormulaError: the wrong number of indices, or one that is not an integer or symbol.
        """
        indices = index if isinstance(index, tuple) else (index,)
        if len(indices) != len(self.shape):
            raise FormulaError(
                f"{len(indices)} indices", f"the tensor has shape {self.shape}", f"give {len(self.shape)} indices"
            )
        reader = Reader()
        values = self._letters_at(indices, reader)
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

    def _letters_at(self, indices: Sequence[Any], reader: Reader) -> dict[str, Polynomial]:
        """The letters' values that the indices stand for."""
        values: dict[str, Polynomial] = {}
        for at, (one, dimension) in enumerate(zip(indices, self.layout)):
            values.update(self._axis_values(at, self.shape[at], one, dimension, reader))
        return values

    def _entry(self, letters: Mapping[str, Polynomial], most: int = DEFAULT_MAX_TERMS) -> concrete.Collected:
        """One entry of a concrete layer as collected terms, fixed tensors in numbers."""
        numbers = {name: int(value.value or 0) for name, value in letters.items()}
        return concrete.collect_terms(self.form, (), numbers, most, "one entry").with_values(self.geometry.constants)

    def _axis_values(
        self, at: int, size: Number, index: Any, dimension: tuple[Axis, ...], reader: Reader
    ) -> dict[str, Polynomial]:
        """The letters' values that an index for one dimension, or for a part of it, stands for."""
        if isinstance(index, (Integral, sp.Integer)) and not isinstance(index, bool):
            number = int(index)
            if isinstance(size, int):
                if not -size <= number < size:
                    raise EntryError(
                        f"index {shown(number)} for axis {at}",
                        f"it is out of range, the size is {size}",
                        f"use 0 to {size - 1}",
                    )
                number %= size
            elif number < 0:
                raise FormulaError(
                    f"index {shown(number)} for axis {at}",
                    "the axis has no known size to count back from",
                    "use an index of at least 0",
                )
            if not dimension:
                return {}
            if len(dimension) == 1:
                return {dimension[0].letter: Polynomial.constant(number)}
            sizes = [axis.size.value for axis in dimension]
            if None not in sizes:
                places = unraveled(number, [int(s or 0) for s in sizes])
                return {axis.letter: Polynomial.constant(int(i)) for axis, i in zip(dimension, places)}
        elif isinstance(index, sp.Expr) and len(dimension) == 1:
            value = reader.polynomial(index)
            if clash := value.names & self.geometry.defined.keys():
                raise FormulaError(f"index {index}", f"{', '.join(clash)} is a size of the layer", "use another symbol")
            return {dimension[0].letter: value}
        elif isinstance(index, (tuple, list)) and len(index) == len(dimension) > 1:
            values: dict[str, Polynomial] = {}
            for one, axis in zip(index, dimension):
                (part,) = self.geometry.written([axis.size])
                values.update(self._axis_values(at, part, one, (axis,), reader))
            return values
        right = "use an integer or a SymPy integer expression"
        if len(dimension) > 1:
            letters = ", ".join(axis.letter for axis in dimension)
            right = f"use one index for each of ({letters}), of which the axis is made, or numbers for the sizes"
        raise FormulaError(f"index {shown(index)} for axis {at}", "it cannot be used there", right)

    def terms(self, index: tuple[int, ...]) -> Sequence[Callable[[], sp.Expr]]:
        """The product terms of one entry of a concrete layer, in row-major order; each is made when it is called."""
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        labels = self._labels
        entry = self._entry(self._letters_at(index, Reader()))
        return _Listed(entry, lambda row: partial(labels.product, *row[1:]))

    def products(self, index: tuple[int, ...]) -> Sequence[tuple[Any, tuple[tuple[Tensor, int], ...]]]:
        """The product terms of one entry of a concrete layer, each a coefficient and every tensor with its index."""
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        known = {tensor.name: tensor for tensor in self.form.tensors}
        entry = self._entry(self._letters_at(index, Reader()))
        return _Listed(entry, lambda row: (row[3], tuple((known[name], at) for name, at in zip(row[1], row[2]))))

    def polynomial(self, index: tuple[int, ...]) -> Polynomials:
        """One entry of a concrete layer in the labels of entries, a coefficient for every product.

        >>> from symconv.layers import Conv
        >>> Conv(3, 2).direct.output.polynomial((0, 1))
        {('X2', 'w1'): 1, ('X3', 'w2'): 1}
        """
        self.geometry.require_concrete(f"the terms of {self.quantity}")
        return self._labels.polynomials(self._entry(self._letters_at(index, Reader())))[0]

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
        return estimate_terms(self.form, self._sizes({}), {})

    def collected(self, max_terms: int = DEFAULT_MAX_TERMS) -> concrete.Collected:
        """All entries as collected terms, fixed tensors in numbers (concrete sizes only)."""
        self.geometry.require_concrete(f"the array {self.quantity}")
        terms = concrete.collect_terms(self.form, self._sizes({}), {}, max_terms, f"the array {self.quantity}")
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
    def _labels(self) -> _Labels:
        return _Labels({tensor.name: tensor for tensor in self.form.tensors}, self.layouts, self.geometry)

    # -- numbers -------------------------------------------------------------------------------------

    def _sizes(self, values: Mapping[str, int]) -> list[tuple[str, int]]:
        return [(axis.letter, int(axis.size.evaluate(values))) for axis in self.axes]

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
        unknown = arrays.keys() - self._known
        missing = self._operands.keys() - arrays.keys()
        if unknown or missing:
            raise FormulaError(
                f"arrays {', '.join(sorted(arrays)) or '(none)'}",
                f"{'unknown: ' + ', '.join(sorted(unknown)) if unknown else 'missing: ' + ', '.join(sorted(missing))}",
                f"this formula uses {', '.join(self._operands)}",
            )
        inner = {name: sizes.of(arrays[name]) for name, sizes in self._operands.items()}
        count = prod(map(int, self.shape))
        if count > max(MOST_ENTRIES, 10 * sum(array.size for array in inner.values())):
            raise SizeLimitError(
                f"the numbers of {self.quantity}", f"there are about {about(count)}", "ask for single entries: f[0, 1]"
            )
        from symconv.foundations.arrays import type_of  # with the types of NumPy's and SymPy's numbers

        dtype = concrete.common_type(type_of(arrays[name], array) for name, array in inner.items())
        try:
            functions = {one.name: applied.values(inner[one.variable.name]) for one, applied in self._functions}
            for more in filter(None, (functions, self._constants)):
                inner.update(more)
                if dtype == concrete.EXACT:
                    dtype = concrete.common_type([dtype, *(array.dtype for array in more.values())])
            return self._evaluation.of(inner, dtype).reshape(self.shape)
        except OverflowError:  # of a Python integer that meets a float
            raise FormulaError(
                f"numbers for {self.quantity}", "they are larger than floats can hold", "use smaller numbers"
            ) from None

    def block(self, start: Sequence[int], shape: Sequence[int]) -> Callable[..., npt.NDArray[Any]]:
        """How some neighbouring entries are computed, as a function of the arrays, which hold floats.

        Args:
            start, shape: the first entry, and how many there are, along every axis of the general formula.
        """
        form, axes = Block(tuple(start), tuple(shape)).of(self.form, self._sizes({}))
        entries = concrete.evaluation(form, axes, {})

        def of(**arrays: Any) -> npt.NDArray[Any]:
            inner = {name: sizes.of(arrays[name]) for name, sizes in self._operands.items()}
            functions = {one.name: applied.values(inner[one.variable.name]) for one, applied in self._functions}
            return entries.of({**inner, **functions, **self._constants}, np.dtype(np.float64))

        return of

    @cached_property
    def _evaluation(self) -> concrete.Evaluation:
        """How the entries are computed, which is the same for all numbers."""
        return concrete.evaluation(self.form, self._sizes({}), {})

    @cached_property
    def _known(self) -> frozenset[str]:
        """The tensors whose numbers may be given."""
        return frozenset(self.layouts.keys() - self.geometry.constants.keys())

    @cached_property
    def _constants(self) -> dict[str, npt.NDArray[np.object_]]:
        """The numbers of the fixed factors in the formula."""
        used = {tensor.name for tensor in self.form.tensors}
        return {name: array for name, array in self.geometry.constants.items() if name in used}

    @property
    def tensors_needed(self) -> tuple[str, ...]:
        """Names of the tensors whose numbers have to be given."""
        return tuple(self._operands)

    @cached_property
    def _operands(self) -> dict[str, _Sizes]:
        """The tensors whose numbers have to be given."""
        names = [tensor.name for tensor in self.form.operands if tensor.name not in self._constants]
        return {name: _Sizes.of_layout(name, self.layouts[name]) for name in names}

    @cached_property
    def _functions(self) -> list[tuple[Tensor, Applied]]:
        """The tensors that are functions of others, with what they are."""
        return [(tensor, tensor.applied) for tensor in self.form.tensors if tensor.applied is not None]


@dataclass(frozen=True)
class _Sizes:
    """The shape in which a tensor's numbers come, and the sizes of its axes."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    @staticmethod
    def of_layout(name: str, layout: Layout) -> _Sizes:
        sizes = [[int(axis.size.value or 0) for axis in dimension] for dimension in layout]
        return _Sizes(name, tuple(map(prod, sizes)), tuple(size for dimension in sizes for size in dimension))

    def of(self, array: Any) -> npt.NDArray[Any]:
        """The array with one axis for every index."""
        from symconv.foundations.arrays import array_of

        return array_of(self.name, array, self.shape).reshape(self.axes)


class _Listed(Sequence[V]):
    """What is made of the product terms of an entry; of each only when it is asked for."""

    def __init__(self, entry: Collected, made: Callable[[Row], V]) -> None:
        self._entry, self._made = entry, made

    def __len__(self) -> int:
        return self._entry.count

    @overload
    def __getitem__(self, place: int) -> V: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[V]: ...

    def __getitem__(self, place: int | slice) -> V | Sequence[V]:
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        return self._made(self._entry.term(range(len(self))[place]))

    def __iter__(self) -> Iterator[V]:
        return map(self._made, self._entry.terms())


class _Labels:
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
