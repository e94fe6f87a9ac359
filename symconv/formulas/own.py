"""A user's own formula as a TensorFormula: differentiated, printed and evaluated as those of a layer.

A tensor is zero outside its shape. One whose shape is not given has a size of its own along every axis, n_x or n_x1,
n_x2, which stands for any number; where arrays are given, sizes are read from them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Setting
from symconv.printing.notation import Notation
from symconv.printing.quantity import Quantity

MOST = 2**62
"""Sizes are below this number."""
LETTERS = "jlmabcdefghuvyz"
"""Letters for axes along which no index of the formula runs alone."""


class OwnSetting(Setting):
    """What a user's formula says of its names; ``reader`` has read it."""

    def __init__(self, reader: Reader, facts: Sequence[Polynomial] = ()) -> None:
        super().__init__(Notation())
        self.table.reader = reader
        self.table.assume(facts)

    def _key(self) -> tuple[Hashable, ...]:
        return (*super()._key(), tuple(sorted(self.table.reader.lower.items())))

    @property
    def sizes(self) -> frozenset[str]:
        """The names that numbers can be given for: not those that stand for a floor or a maximum."""
        return frozenset(self.table.reader.symbols)


class OwnFormula(TensorFormula):
    """A user's own formula, or a derivative of one; made by ``differentiate``.

    It is printed, typeset, evaluated and compared as the formulas of a layer, and ``differentiate`` takes it again.

    Args:
        quantity, form, layout, geometry, layouts: as of a TensorFormula.

    >>> from symconv import differentiate
    >>> slope = differentiate("y[i] = sum(k, w[k]^2*x[i + k])", "w")
    >>> slope.text()
    'dy_dw[i, k] = 2*w[k]*x[i + k]'
    >>> differentiate(slope, "x").at(n_w=2, n_x=3, n_y=2).shape
    (2, 2, 3)
    """

    def at(self, **values: int) -> OwnFormula:
        """The formula with numbers for some of its symbols, by name.

        Raises:
            FormulaError: the symbol is unknown, or the number is not a whole number that the formula allows.
        """
        known = self.symbols
        for name, value in values.items():
            if name not in known:
                raise FormulaError(f"{name}={shown(value)}", "the formula has no such symbol", instead_of(name, known))
            if isinstance(value, bool) or not isinstance(value, int):
                raise FormulaError(f"{name}={shown(value)}", "not a whole number", "give a whole number")
            if value < (least := self.geometry.table.reader.lower.get(name, value)):
                raise FormulaError(f"{name}={value}", f"{name} is at least {least}", "give a larger number")
        numbers = {sp.Symbol(name): value for name, value in values.items()}
        by_symbol = {symbol: sp.Integer(numbers[sp.Symbol(name)])
                     for name, symbol in self.geometry.writer.symbols.items() if name in values}  # fmt: skip
        writer, applied = self.geometry.writer, {t.name: t for t in self.form.tensors if t.applied is not None}
        right = Writer(writer.symbols, writer.defined, apply=False).form(self.form).xreplace(by_symbol)
        shapes = {name: [self._size(axis, values) for axis in axes_of(one)] for name, one in self.layouts.items()}
        axes = [(axis.letter, self._size(axis, values)) for axis in self.axes]
        letters = {name: [axis.letter for axis in axes_of(one)] for name, one in self.layouts.items()}
        return _made(self.quantity, right, axes, shapes, letters, applied)

    def _size(self, axis: Axis, values: Mapping[str, int]) -> sp.Expr:
        symbols = self.geometry.writer.symbols
        written = self.geometry.writer.polynomial(axis.size)
        return written.xreplace({symbols[name]: sp.Integer(value) for name, value in values.items() if name in symbols})

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of what has no number yet."""
        reader = self.geometry.table.reader
        free = self.form.free.union(*(axis.size.names for axis in self._all_axes)) - {a.letter for a in self.axes}
        named = {name for defined in reader.defined.values() for name in defined.names}
        return tuple(sorted(name for name in reader.symbols if name in free | named))

    @property
    def _all_axes(self) -> list[Axis]:
        return [*self.axes, *(axis for layout in self.layouts.values() for axis in axes_of(layout))]

    def evaluate(self, **arrays: Any) -> npt.NDArray[Any]:
        """The numbers, sizes taken from the arrays' shapes; other symbols have theirs from ``at``.

        Raises:
            FormulaError: a tensor is missing, unknown, of another shape, or a symbol has no number.
        """
        sizes: dict[str, int] = {}
        for name, array in arrays.items():
            shape = np.shape(array)
            axes = axes_of(self.layouts.get(name, ()))
            if len(axes) == len(shape):
                sizes |= {axis.size.single_name or "": size for axis, size in zip(axes, shape)}
        known = {name: size for name, size in sizes.items() if name in self.symbols}
        made = self.at(**known) if known else self
        if missing := made.symbols:
            values = ", ".join(f"{name}=.." for name in missing)
            raise FormulaError(
                f"the numbers of {self.quantity}", f"{', '.join(missing)} has no number", f"use formula.at({values})"
            )
        return TensorFormula.evaluate(made, **{name: np.asarray(array) for name, array in arrays.items()})


def own_formula(
    given: sp.Basic, shapes: Mapping[str, Sequence[Any]] | None = None, known: Mapping[str, Tensor] | None = None
) -> OwnFormula:
    """A SymPy expression, or an Eq with its entry on the left side, as a formula.

    Raises:
        FormulaError: it is outside the language.
    """
    shapes = read_shapes(shapes)
    left, right = (given.lhs, given.rhs) if isinstance(given, sp.Equality) else (sp.Symbol("f"), given)
    name, indices = (str(left.base.label), left.indices) if isinstance(left, sp.Indexed) else (str(left), ())
    letters = [str(one) for one in indices]
    if not all(isinstance(one, (sp.Symbol, sp.Idx)) for one in indices) or len(set(letters)) < len(letters):
        raise FormulaError(str(given), f"its left side is {left}", "write one letter for each index, y[i] = ..")
    applied = {base for base, tensor in (known or {}).items() if tensor.applied is not None}
    entries = sorted(right.atoms(sp.Indexed), key=str)
    bases = {str(one.base.label): one for one in entries if str(one.base.label) not in applied}
    shaped = {base: tuple(one.base.shape or ()) or None for base, one in bases.items()}
    found: dict[str, Any] = {base: own for base, own in shaped.items() if own is not None}
    ranks = {base: len(one.indices) for base, one in bases.items()}
    if isinstance(left, sp.Indexed):
        ranks[name] = len(indices)
        found |= {name: tuple(left.base.shape)} if left.base.shape else {}
    ranks |= {base: tensor.rank for base, tensor in (known or {}).items() if base not in applied}
    found |= shapes
    along = _along(right)
    sizes = {base: _sizes(base, rank, found.get(base), along) for base, rank in ranks.items()}
    if unknown := sorted(set(shapes) - set(ranks)):
        raise FormulaError(f"a shape of {unknown[0]}", "no such tensor", instead_of(unknown[0], sorted(ranks)))
    axes = list(zip(letters, sizes.pop(name, ())))
    names = _letters(right, sizes, {*letters, *map(str, right.free_symbols)}, known or {})
    return _made(Quantity(name), right, axes, sizes, names, known or {})


def _along(right: sp.Expr) -> dict[tuple[str, int], sp.Expr]:
    """The size of an axis along which an index runs alone from 0 to that size less 1; of two such sizes, neither."""
    found: dict[tuple[str, int], set[sp.Expr]] = {}
    for one in right.atoms(sp.Sum):
        ends = {symbol: high + 1 for symbol, low, high in one.limits if low == 0 and high != sp.oo}
        for access in one.function.atoms(sp.Indexed):
            for at, index in enumerate(access.indices):
                found.setdefault((str(access.base.label), at), set()).update({ends[index]} if index in ends else ())
    return {place: next(iter(sizes)) for place, sizes in found.items() if len(sizes) == 1}


def read_shapes(shapes: Any) -> dict[str, tuple[Any, ...]]:
    """Shapes by the tensor's name; one size stands for one axis.

    Raises:
        FormulaError: it is not a map from names to sizes.
    """
    if shapes is None:
        return {}
    right = 'use shapes={"x": ("n",), "w": (3,)}'
    if not isinstance(shapes, Mapping):
        raise FormulaError(f"shapes={shown(shapes)}", "not a map from names to shapes", right)
    found = {}
    for name, shape in shapes.items():
        if not isinstance(name, str):
            raise FormulaError(f"the shape of {shown(name)}", "not the name of a tensor", right)
        sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        found[name] = tuple(_size(name, size) for size in sizes)
    return found


def _sizes(
    base: str, rank: int, given: Sequence[Any] | None, along: Mapping[tuple[str, int], sp.Expr]
) -> list[sp.Expr]:
    """The sizes of a tensor, its own symbols if nothing says them."""
    if given is None:
        numbers = [""] if rank == 1 else [str(at) for at in range(1, rank + 1)]
        return [along.get((base, at), _symbol(f"n_{base}{number}")) for at, number in enumerate(numbers[:rank])]
    if len(given) != rank:
        raise FormulaError(f"{base} of shape {shown(tuple(given))}", f"it has {rank} indices", f"give {rank} sizes")
    return list(given)


def _size(base: str, size: Any) -> sp.Expr:
    if isinstance(size, str) and size.isidentifier():
        return _symbol(size)
    if isinstance(size, sp.Expr) or (isinstance(size, int) and not isinstance(size, bool) and 0 < size < MOST):
        return sp.Integer(size) if isinstance(size, int) else size
    raise FormulaError(f"{base} with an axis of size {shown(size)}", "not a size", "give a number >= 1 or a name")


def _symbol(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True)


def _owners(name: str, known: Mapping[str, Tensor]) -> tuple[str, ...]:
    """A tensor's name; of a function of another also that one's."""
    return (name, known[name].variable.name) if name in known else (name,)


def _letters(
    right: sp.Expr, sizes: Mapping[str, Sequence[Any]], taken: set[str], known: Mapping[str, Tensor]
) -> dict[str, list[str]]:
    """A letter for every axis of every tensor: the index that runs along it alone, or one that is left."""
    found: dict[str, list[str]] = {}
    summed = {str(limits[0]) for one in right.atoms(sp.Sum) for limits in one.limits}
    symbols = {str(symbol) for own in sizes.values() for size in own for symbol in size.free_symbols}
    for base in sizes:
        accesses = [one for one in right.atoms(sp.Indexed) if base in _owners(str(one.base.label), known)]
        own: list[str] = []
        for at in range(len(sizes[base])):
            alone = sorted({str(one.indices[at]) for one in accesses if isinstance(one.indices[at], sp.Symbol)})
            alone = [one for one in alone if one.isalnum() and one not in symbols]
            free = (
                *sorted(alone, key=lambda one: one not in summed),
                *LETTERS,
                *(f"{LETTERS[0]}{n}" for n in range(99)),
            )
            own.append(next(one for one in free if one not in own and (one in alone or one not in taken)))
        found[base] = own
    return found


def _made(
    quantity: Quantity, right: sp.Expr, axes: Iterable[tuple[str, Any]], shapes: Mapping[str, Sequence[Any]],
    letters: Mapping[str, Sequence[str]], known: Mapping[str, Tensor] | None = None,
) -> OwnFormula:  # fmt: skip
    """The formula of an expression whose tensors have these shapes."""
    reader = Reader()
    polynomials = {name: tuple(map(reader.polynomial, sizes)) for name, sizes in shapes.items()}
    tensors = {name: Tensor(name, len(sizes), sizes, tuple(letters[name])) for name, sizes in polynomials.items()}
    applied = {
        name: tensor.applied.on(tensors[tensor.variable.name])
        for name, tensor in (known or {}).items()
        if tensor.applied
    }
    reader.known.update(tensors)
    reader.known.update({name: _applied(name, tensors[one.argument.name], one) for name, one in applied.items()})
    plain = {one: sp.IndexedBase(one.base.label)[one.indices] for one in right.atoms(sp.Indexed)}
    own = [(letter, reader.polynomial(size)) for letter, size in axes]
    form = reader.form(right.xreplace(plain), [letter for letter, _ in own])
    sized = {name for sizes in polynomials.values() for size in sizes for name in size.names} | {
        name for _, size in own for name in size.names
    }
    for name in sized:
        reader.lower[name] = max(1, reader.lower.get(name, 1))
    for letter, _ in own:
        reader.symbols.pop(letter, None)
        reader.lower.pop(letter, None)
    _without_bound(reader, form, sized)
    facts = [size - 1 for sizes in polynomials.values() for size in sizes if size.single_name is None]
    layouts: dict[str, Layout] = {
        name: tuple((Axis(letter, size),) for letter, size in zip(letters[name], sizes))
        for name, sizes in polynomials.items()
    }
    return OwnFormula(
        quantity, form, tuple((Axis(letter, size),) for letter, size in own), OwnSetting(reader, facts), layouts
    )


def _applied(name: str, argument: Tensor, applied: Any) -> Tensor:
    return replace(argument, name=name, applied=applied)


def _without_bound(reader: Reader, form: Form, sized: set[str]) -> None:
    """Keep the symbols that the formula has free; those that a sum binds are not symbols of it."""
    defined = {name for one in reader.defined.values() for name in one.names}
    kept = form.free | sized | defined
    for name in [name for name in reader.symbols if name not in kept]:
        del reader.symbols[name]
        reader.lower.pop(name, None)
