"""What a function returns beside what is right: one equation, in the letters of the right formula."""

from __future__ import annotations

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis
from symconv.geometry.symbols import Reciprocal
from symconv.programs import arrays
from symconv.programs.arrangement import Arrangement
from symconv.programs.cases import Scope
from symconv.programs.index import flattened, row_major
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, size_of
from symconv.proof.refute import Equation


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
            flat = flattened(machine, array, at)
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
    given = Form(array.form.terms).substitute(letters)
    right = formula.form.resized(values)
    fixed = [(name, one.renamed(values)) for name, one in formula.geometry.fixed.items()]
    names = {tensor.name for tensor in (*given.tensors, *right.tensors)}
    own_fixed = [(name, Reciprocal(divisor)) for name, divisor in machine.divisors.items()]
    used = {name: one for name, one in (*own_fixed, *fixed) if name in names}
    return Equation(
        right, given, axes, machine.base.and_also(inside), formula.geometry.reading_order, (), tuple(used.items())
    )


def _same_rank(machine: Machine, array: Array, wanted: list[tuple[Axis, ...]]) -> tuple[Array, list[tuple[Axis, ...]]]:
    """Both without dimensions of one element, if their numbers of dimensions differ."""
    if array.rank == len(wanted):
        return array, wanted
    kept = [at for at, size in enumerate(array.shape) if size != ONE]
    right = [dimension for dimension in wanted if size_of(dimension) != ONE]
    if len(kept) != len(right):
        raise WrongShapeError(f"it has {array.rank} dimensions, and {len(wanted)} are right")
    machine.note(f"the result has {array.rank} dimensions in place of {len(wanted)}, which have the same entries")
    values = {axis.letter: ZERO for at, one in enumerate(array.dims) if at not in kept for axis in one}
    index = {letter: at.substitute(values) for letter, at in array.index.items()}
    return Array(tuple(array.dims[at] for at in kept), array.cell, index, False, array.loose), right


def _same_factors(machine: Machine, left: tuple[Axis, ...], right: tuple[Axis, ...]) -> bool:
    return len(left) == len(right) and all(machine.equal(a.size, b.size) for a, b in zip(left, right))
