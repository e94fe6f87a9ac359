"""What a function returns beside what is right: one equation, in the letters of the right formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import sympy as sp

from symconv.algebra.forms import Access, Form, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.geometry.axes import Axis
from symconv.geometry.symbols import Fixed, Reciprocal
from symconv.programs import arrays
from symconv.programs.arrangement import Arrangement
from symconv.programs.cases import Scope
from symconv.programs.flat import row_major
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, size_of
from symconv.proof.equation import Equation


class WrongShapeError(Exception):
    """The result has another shape; the message says which."""

    def __init__(self, message: str, shape: tuple[Polynomial, ...] | None = None) -> None:
        super().__init__(message)
        self.shape = shape


def equation(
    machine: Machine, formula: TensorFormula, scope: Scope, result: object, arrangement: Arrangement
) -> Equation:
    """The right formula and the code's, for the same entry.

    Raises:
        WrongShapeError: the result has another shape.
        CodeError: it is not an array.
    """
    if result is None:
        raise CodeError("TypeError", "None is returned")
    array = arrays.data(machine, result)
    values = scope.all_values
    layout = [tuple(Axis(a.letter, a.size.substitute(values)) for a in dimension) for dimension in formula.layout]
    wanted = [tuple(axis for at in group for axis in layout[at]) for group in arrangement.groups]
    array, wanted = _same_rank(machine, array, wanted)
    for at, dimension in enumerate(wanted):
        if len(array.dims[at]) > 1 and not _same_factors(machine, array.dims[at], dimension):
            flat = arrays.flattened(machine, array, at)
            assert isinstance(flat, Array)
            array = flat
    letters: dict[str, Polynomial] = {}
    for own, dimension in zip(array.dims, wanted):
        if not arrays.same_size(machine, size_of(own), size_of(dimension)):
            shape = ", ".join(map(repr, array.shape))
            right = ", ".join(repr(size_of(one)) for one in wanted)
            raise WrongShapeError(f"its shape is ({shape}), and ({right}) is right", array.shape)
        if len(own) == 1:
            letters[own[0].letter] = row_major(dimension)
        else:
            letters.update({axis.letter: Polynomial.name(new.letter) for axis, new in zip(own, dimension)})
    axes = tuple((axis.letter, axis.size.substitute(values)) for axis in formula.axes)
    inside = [fact for letter, size in axes for fact in (Polynomial.name(letter), size - 1 - Polynomial.name(letter))]
    given = arrays.cancelled(machine, array.form.substitute(letters))
    wanted_form = arrays.cancelled(machine, _with_divisors(machine, formula, values))
    fixed: list[tuple[str, Fixed]] = [(name, _Replaced(one, values)) for name, one in formula.geometry.fixed.items()]
    fixed += [(name, Reciprocal(divisor)) for name, divisor in machine.divisors.items()]
    names = {tensor.name for tensor in (*given.tensors, *wanted_form.tensors)}
    used = {name: one for name, one in fixed if name in names}
    return Equation(
        wanted_form, given, axes, machine.base.and_also(inside), formula.geometry.reading_order, (), tuple(used.items())
    )


@dataclass(frozen=True)
class _Replaced:
    """A fixed tensor of a layer some of whose letters are replaced."""

    fixed: Fixed
    values: Mapping[str, Polynomial]

    @property
    def names(self) -> Iterable[str]:
        own = set(self.fixed.names)
        kept = own - self.values.keys()
        return kept.union(*(value.names for name, value in self.values.items() if name in own))

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        more = {
            name: int(value.evaluate(values)) for name, value in self.values.items() if value.names <= values.keys()
        }
        return self.fixed.at({**more, **values})

    def renamed(self, values: Mapping[str, Polynomial]) -> Fixed:
        return self


def _with_divisors(machine: Machine, formula: TensorFormula, values: Mapping[str, Polynomial]) -> Form:
    """The right formula, its fixed factor written as 1 over sizes if it is that."""
    layer = formula.geometry
    form = formula.form.resized(values)
    for symbol, value in layer.definitions.items():
        name = str(symbol)
        if name in layer.fixed and (divisor := _divisor(value)) is not None:
            by = arrays.reciprocal(machine, divisor.substitute(values))
            form = Form(tuple(one for term in form for one in _replaced(term, name, by)))
    return form


def _divisor(value: sp.Expr) -> Polynomial | None:
    """What a fixed factor is 1 over, if that is a product of sizes."""
    try:
        return Reader().polynomial(1 / value)
    except SymconvError:
        return None


def _replaced(term: Term, name: str, by: Form) -> Form:
    """A term with a tensor without indices replaced by a form."""
    found = [factor for factor in term.factors if isinstance(factor, Access) and factor.tensor.name == name]
    if not found or found[0].indices:
        return Form((term,))
    rest = list(term.factors)
    rest.remove(found[0])
    more = Form((Term(term.coefficient, tuple(rest), term.bound),)) * by
    return Form(tuple(one for part in more for one in _replaced(part, name, by)))


def _same_rank(machine: Machine, array: Array, wanted: list[tuple[Axis, ...]]) -> tuple[Array, list[tuple[Axis, ...]]]:
    """Both without dimensions of one element, if their numbers of dimensions differ."""
    if array.rank == len(wanted):
        return array, wanted
    kept = [at for at, size in enumerate(array.shape) if size != ONE]
    right = [dimension for dimension in wanted if size_of(dimension) != ONE]
    if len(kept) != len(right):
        raise WrongShapeError(f"it has {array.rank} dimensions, and {len(wanted)} are right")
    _say_of_shapes(machine, array.shape, [size_of(dimension) for dimension in wanted])
    values = {axis.letter: ZERO for at, one in enumerate(array.dims) if at not in kept for axis in one}
    index = {letter: at.substitute(values) for letter, at in array.index.items()}
    return Array(tuple(array.dims[at] for at in kept), array.cell, index, False, array.loose), right


def _say_of_shapes(machine: Machine, shape: Sequence[Polynomial], right: Sequence[Polynomial]) -> None:
    """Say that the shape alone is wrong, and what comes of adding the result to an array of the right shape."""
    own, whole = (f"({', '.join(map(repr, sizes))}{',' * (len(sizes) == 1)})" for sizes in (shape, right))
    machine.scope[f"up to the shape, which is {own} in place of {whole}"] = None
    rank = max(len(shape), len(right))
    pairs = list(zip(*((*[ONE] * (rank - len(sizes)), *sizes) for sizes in (shape, right))))
    if all(one == other or ONE in (one, other) for one, other in pairs):
        both = [other if one == ONE else one for one, other in pairs]
        if prod(both, start=ONE) != prod(right, start=ONE):
            sums = ", ".join(map(repr, both))
            machine.note(f"the result's shape {own} is not {whole}: added to an array of that shape it makes ({sums})")
            return
    machine.note(f"the result's shape {own} is not {whole}; the entries are the same")


def _same_factors(machine: Machine, left: tuple[Axis, ...], right: tuple[Axis, ...]) -> bool:
    return len(left) == len(right) and all(machine.equal(a.size, b.size) for a, b in zip(left, right))
