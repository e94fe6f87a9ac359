"""Arrays on Z^r: made, copied, brought to common axes, and combined entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.programs.division import exact_quotient
from symconv.programs.flat import row_major, summed
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, NoCommonFactorsError, Unread
from symconv.programs.values import (
    Array,
    Condition,
    Dtype,
    Entry,
    IndexArray,
    Instance,
    Kind,
    LibraryFunction,
    ListValue,
    Real,
    Repeated,
    Segment,
    size_of,
)

Content = Any
"""The entry of an array, in the letters of its axes: a form, or of an index array a polynomial."""
Numbers = Array | IndexArray

# -- making ------------------------------------------------------------------------------------------------


def make(
    machine: Machine, dims: Iterable[tuple[Axis, ...]], form: Form, kind: Kind = "data", *, contiguous: bool = False
) -> Array:
    """A new array whose entry is the form in the letters of its axes.

    Args:
        contiguous: whether NumPy lays it out in row-major order. What is computed from arrays in another order keeps
            theirs, so that a reshape of it is a copy.
    """
    layout = tuple(map(tuple, dims))
    axes = axes_of(layout)
    ordered = contiguous or len(layout) < 2
    return Array(layout, machine.cell(axes, form, kind, ordered=ordered), same_letters(axes), ordered)


def same_letters(axes: Iterable[Axis]) -> dict[str, Polynomial]:
    """Every letter as itself."""
    return {axis.letter: Polynomial.name(axis.letter) for axis in axes}


def new_dims(machine: Machine, sizes: Iterable[Polynomial]) -> Layout:
    """A dimension with a letter of its own for each size."""
    return tuple((Axis(machine.fresh(), size),) for size in sizes)


def filled(machine: Machine, shape: Sequence[Polynomial], form: Form, kind: Kind = "data") -> Array:
    """A new array with the same in every entry."""
    for size in shape:
        if not machine.always(size):
            raise CodeError("ValueError", f"an array has a dimension of size {size!r}, which is negative")
    return make(machine, new_dims(machine, shape), form, kind, contiguous=True)


def unset(machine: Machine, shape: Sequence[Polynomial], kind: Kind = "data") -> Array:
    """A new array as ``np.empty`` makes it: its entries must be set before they are used."""
    array = filled(machine, shape, Form(), kind)
    name = f"{UNSET}{machine.line} {machine.fresh()}"
    tensor = Tensor(name, len(shape), tuple(axis.size for axis in array.axes))
    machine.journal.put(array.cell, "form", Form.access(tensor, map(Polynomial.name, array.index)))
    return array


UNSET = "not set, line "
"""How the tensors are called that stand for entries that were not set; the line and a letter follow."""


def number(machine: Machine, form: Form, kind: Kind = "data") -> Array:
    """A number that depends on tensors: an array of no dimensions."""
    return make(machine, (), form, kind)


def copy(machine: Machine, array: Numbers, *, keeps_order: bool = True) -> Numbers:
    """The same in memory of its own, in the order of the array's, or in one that is not known."""
    if isinstance(array, IndexArray):
        return array
    dims, form = relettered(machine, array)
    return make(machine, dims, form, array.kind, contiguous=keeps_order and in_order(array))


def in_order(array: Array) -> bool:
    """Whether what is computed from it alone is in row-major order: a part of such memory, its axes in their order."""
    if array.contiguous:
        return True
    if not array.cell.ordered:
        return False
    place = {axis.letter: at for at, dimension in enumerate(array.dims) for axis in dimension}
    used = list[int]()
    for cell_axis in array.cell.axes:
        at = array.index[cell_axis.letter]
        letters = [name for name in at.names if name in place]
        if (
            len(letters) > 1
            or at.degree(set(letters)) > 1
            or any((at.coefficient(one).value or 0) < 1 for one in letters)
        ):
            return False
        used += [place[one] for one in letters]
    return used == sorted(used) and len(set(used)) == len(used) == array.rank


def relettered(machine: Machine, array: Numbers) -> tuple[Layout, Content]:
    """Its dimensions with new letters, and its entry in these."""
    values: dict[str, Polynomial] = {}
    dims = []
    for dimension in array.dims:
        new = tuple(Axis(machine.fresh(), axis.size) for axis in dimension)
        values.update({old.letter: Polynomial.name(axis.letter) for old, axis in zip(dimension, new)})
        dims.append(new)
    content = array.value if isinstance(array, IndexArray) else array.form
    return tuple(dims), content.substitute(values)


# -- from other values -----------------------------------------------------------------------------------


def data(machine: Machine, value: Any) -> Array:
    """A value as an array of numbers."""
    if isinstance(value, Array):
        return value
    if isinstance(value, IndexArray):
        dims, content = relettered(machine, value)
        return make(machine, dims, Form.constant(content), "integer")
    if isinstance(value, Polynomial):
        return number(machine, Form.constant(value), "integer")
    if isinstance(value, bool):
        return number(machine, Form.constant(Polynomial.constant(int(value))), "boolean")
    if isinstance(value, Real):
        value = as_written(value)
        return number(machine, Form.constant(value.numerator) * reciprocal(machine, value.denominator))
    if isinstance(value, Condition):
        return number(machine, indicator(value), "boolean")
    if isinstance(value, (tuple, ListValue)):
        return stacked(machine, value if isinstance(value, tuple) else machine.get(value, "items"))
    if isinstance(value, Repeated):
        return repeated(machine, value)
    if isinstance(value, Entry):
        return data(machine, value.value) if value.is_as_made else value.array
    raise Unread(f"a {described(value)} as an array", "it is not numbers", "use an array or a number")


def as_written(value: Real) -> Real:
    """A float among data as the shortest decimal that it is: 0.1 times 10 is 1 there, but for rounding.

    >>> as_written(Real(*map(Polynomial.constant, (0.1).as_integer_ratio())))
    Real(numerator=1, denominator=10)
    """
    above, below = value.numerator.value, value.denominator.value
    if above is None or below is None or below < LONG or int(below) & int(below - 1):
        return value
    shortest = Fraction(repr(float(above / below)))
    return Real(*map(Polynomial.constant, shortest.as_integer_ratio()))


LONG = 2**20
"""Fractions with a power of two below this are as they are."""


def described(value: Any) -> str:
    """What kind of value it is, in Python's words."""
    if value is None:
        return "None"
    names = {
        "Polynomial": "int",
        "Real": "float",
        "ListValue": "list",
        "DictValue": "dict",
        "SetValue": "set",
        "FunctionValue": "function",
        "LibraryFunction": "function",
        "ClassValue": "class",
        "ModuleValue": "module",
        "Text": "str",
        "RangeValue": "range",
        "ZipValue": "zip",
        "EnumerateValue": "enumerate",
        "Condition": "bool",
        "IndexArray": "array",
        "Array": "array",
    }
    if isinstance(value, Instance):
        return getattr(value.kind, "name", "") or "object"
    return names.get(type(value).__name__, type(value).__name__)


def stacked(machine: Machine, items: Sequence[Any]) -> Array:
    """Arrays of one shape as the entries of a new first dimension."""
    if not items:
        raise Unread("an empty list as an array", "its shape is not known", "use np.zeros")
    if len(items) == 1 and isinstance(items[0], Segment):
        return repeated(machine, items[0].repeated)
    arrays = [data(machine, item) for item in items]
    dims, forms = aligned(machine, arrays)
    if any(array.rank != len(dims) for array in arrays):
        raise Unread("a list as an array", "its items have different shapes", "use arrays of one shape")
    first = Axis(machine.fresh(), Polynomial.constant(len(items)))
    total = Form()
    for at, form in enumerate(forms):
        total = total + form.times((Delta.equal(Polynomial.name(first.letter), Polynomial.constant(at)),))
    kind = common_kind(arrays)
    return make(machine, ((first,), *dims), total, kind, contiguous=True)


def repeated(machine: Machine, value: Repeated) -> Array:
    """A list of symbolic length as an array."""
    item = data(machine, value.item)
    dims, form = relettered(machine, item)
    letters = {axis.letter: machine.fresh() for axis in value.axes}
    first = tuple(Axis(letters[axis.letter], axis.size) for axis in value.axes)
    renamed = form.substitute({old: Polynomial.name(new) for old, new in letters.items()})
    return make(machine, (first, *dims), renamed, item.kind, contiguous=True)


def indicator(condition: Condition) -> Form:
    """1 where the condition holds, else 0."""
    one = Form.constant(ONE)
    product = one
    for part in condition.parts:
        holds = Form((Term.make(ONE, (Range(part),)),)) if isinstance(part, Polynomial) else indicator(part)
        product = product * (holds if condition.every else one - holds)
    return product if condition.every else one - product


def reciprocal(machine: Machine, divisor: Polynomial) -> Form:
    """1 over a size: a number, or a tensor without indices that follows from the sizes."""
    if (value := divisor.value) is not None:
        if not value:
            raise CodeError("ZeroDivisionError", "division by zero")
        inverse = Fraction(1) / Fraction(value)
        return Form.constant(Polynomial.constant(inverse.numerator if inverse.denominator == 1 else inverse))
    if not machine.are_sizes(divisor):
        raise Unread("a division", f"by {divisor!r}, which depends on an index", "divide by sizes")
    if machine.exactly(divisor):
        raise CodeError("ZeroDivisionError", f"{divisor!r} is 0")
    if len(divisor.terms) > 1:
        return _one_over(machine, divisor)
    ((names, number),) = divisor.terms
    product = reciprocal(machine, Polynomial.constant(number))
    for name in names:
        product = product * _one_over(machine, Polynomial.name(name))
    return product


def _one_over(machine: Machine, divisor: Polynomial) -> Form:
    """1 over something that is not a product, as a tensor without indices."""
    name = f"1/({divisor!r})"
    machine.divisors[name] = divisor
    return Form.access(Tensor(name, 0, ()), ())


def cancelled(machine: Machine, form: Form) -> Form:
    """The form with n times 1/n left out, for divisors that are a letter."""
    return Form(tuple(_cancelled(machine, term) for term in form))


def _cancelled(machine: Machine, term: Term) -> Term:
    for factor in term.factors:
        if isinstance(factor, Access) and (divisor := machine.divisors.get(factor.tensor.name)) is not None:
            quotient = exact_quotient(term.coefficient, divisor)
            if quotient is not None:
                rest = list(term.factors)
                rest.remove(factor)
                return _cancelled(machine, Term(quotient, tuple(rest), term.bound))
    return term


def sizes(machine: Machine, shape: Any) -> list[Polynomial]:
    """A shape argument: a number, or a tuple, list or array of numbers."""
    if isinstance(shape, ListValue):
        shape = machine.get(shape, "items")
    elif isinstance(shape, (Array, IndexArray)) and shape.rank == 1:
        shape = listed(machine, shape)
    return [integer(machine, size) for size in (shape if isinstance(shape, tuple) else (shape,))]


def listed(machine: Machine, array: Numbers) -> tuple[Polynomial, ...]:
    """The entries of a row of whole numbers, such as ``np.array(x.shape)``.

    Raises:
        Unread: they, or their number, are not known.
    """
    count = array.shape[0].value if array.rank == 1 else None
    if count is None or count > MOST_LISTED or (isinstance(array, Array) and array.kind != "integer"):
        raise Unread("an array of sizes", "its entries are not known", "use a tuple")
    entries = []
    for at in range(int(count)):
        here = {axis.letter: value for axis, value in zip(array.axes, _place_of(array, at))}
        if isinstance(array, IndexArray):
            entries.append(array.value.substitute(here))
        else:
            single = Array((), array.cell, {name: one.substitute(here) for name, one in array.index.items()}, False,
                           array.loose)  # fmt: skip
            entries.append(whole_number(machine, single))
    return tuple(entries)


MOST_LISTED = 16
"""Rows of up to 16 sizes are taken apart."""


def _place_of(array: Numbers, at: int) -> Iterator[Polynomial]:
    """The index on each axis of a flat index."""
    rest = at
    sizes = [axis.size.value for axis in array.axes]
    for place in range(len(sizes)):
        below = prod(int(size or 1) for size in sizes[place + 1 :])
        yield Polynomial.constant(rest // below)
        rest %= below


def integer(machine: Machine, value: Any) -> Polynomial:
    """A value where Python wants an ``int``."""
    if isinstance(value, bool):
        return Polynomial.constant(int(value))
    if isinstance(value, Polynomial):
        return value
    if isinstance(value, Real):
        text = f"({value.numerator!r})/({value.denominator!r})"
        raise CodeError("TypeError", f"{text} is a float in Python 3, and an int is needed; // divides whole numbers")
    if isinstance(value, Condition):
        return ONE if machine.holds(value) else ZERO
    if isinstance(value, IndexArray) and value.rank == 0:
        return value.value
    if isinstance(value, Array) and value.rank == 0 and value.kind in ("integer", "boolean"):
        return whole_number(machine, value)
    if isinstance(value, Array):
        raise Unread("an entry of an array as an index or a size", "its value is not known", "use sizes")
    raise CodeError("TypeError", f"{described(value)} where an int is needed")


def whole_number(machine: Machine, array: Array) -> Polynomial:
    """The entry of an array of whole numbers, if it is known."""
    form = machine.tidy(array.form)
    if not form.terms:
        return ZERO
    if len(form.terms) == 1 and not form.terms[0].factors and not form.terms[0].bound:
        return form.terms[0].coefficient
    raise Unread("an entry of an array as an index or a size", "its value is not known", "use sizes")


def kind_of(dtype: Any) -> Kind:
    """What an array of this dtype holds."""
    if dtype is None:
        return "data"
    if isinstance(dtype, Dtype):
        return dtype.kind
    if isinstance(dtype, LibraryFunction):
        dtype = dtype.name.rsplit(".", 1)[-1]
    if isinstance(dtype, str) and dtype in KINDS:
        return KINDS[dtype]
    raise Unread("dtype=..", "this type is not known", "leave it out")


KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("float", "float64", "float32", "float_", "double", "single", "longdouble", "float128"), "data"),
    **dict.fromkeys(("f", "d", "f4", "f8", "object", "object_"), "data"),
    **dict.fromkeys(("int", "int64", "int32", "int_", "intp", "int16", "int8", "long", "i4", "i8", "i"), "integer"),
    **dict.fromkeys(("bool", "bool_"), "boolean"),
}  # fmt: skip
"""What arrays of a dtype hold. Unsigned and half-precision numbers are not here: their limits are met in practice."""


def common_kind(arrays: Iterable[Numbers]) -> Kind:
    """What a sum of these arrays holds."""
    kinds = {"integer" if isinstance(array, IndexArray) else array.kind for array in arrays}
    order: tuple[Kind, ...] = ("data", "mixed", "integer", "boolean")
    return next(kind for kind in order if kind in kinds)


# -- common axes -------------------------------------------------------------------------------------------


def refined(
    machine: Machine, left: Sequence[Axis], right: Sequence[Axis]
) -> tuple[tuple[Axis, ...], dict[str, Polynomial]] | None:
    """Axes that two factorizations of one size both are made of, and every letter in theirs; None if there are none."""
    values = {axis.letter: ZERO for axis in (*left, *right)}
    steps = {axis.letter: ONE for axis in (*left, *right)}
    parts: list[Axis] = []
    rest = (list(left), list(right))
    while True:
        for side in rest:
            while side and side[-1].size == ONE:
                side.pop()
        if not all(rest):
            return None if any(rest) else (tuple(reversed(parts)), values)
        one, two = (side.pop() for side in rest)
        if machine.equal(one.size, two.size):
            size = one.size
        elif (more := exact_quotient(one.size, two.size)) is not None:
            size = two.size
            rest[0].append(Axis(one.letter, more))
        elif (more := exact_quotient(two.size, one.size)) is not None:
            size = one.size
            rest[1].append(Axis(two.letter, more))
        else:
            return None
        new = Axis(machine.fresh(), size)
        parts.append(new)
        for letter in (one.letter, two.letter):
            values[letter] = values[letter] + steps[letter] * Polynomial.name(new.letter)
            steps[letter] = steps[letter] * size


def aligned(machine: Machine, arrays: Sequence[Numbers]) -> tuple[Layout, list[Content]]:
    """Arrays broadcast to one shape: its dimensions, and every array's entry in their letters.

    Raises:
        CodeError: the shapes do not broadcast.
    """
    parts = [relettered(machine, array) for array in arrays]
    try:
        dims, values = common(machine, [dims for dims, _ in parts])
    except NoCommonFactorsError as error:
        return aligned(machine, [flat_at(machine, array, error.at, error) for array in arrays])
    return dims, [content.substitute(values) for _, content in parts]


def flat_at(machine: Machine, array: Numbers, at: int, error: NoCommonFactorsError) -> Numbers:
    """The array with a dimension, counted from the last, as a single axis, which has factors with any other.

    Raises:
        NoCommonFactorsError: it has no numbers of its own for its entries, since it is an array of indices.
    """
    if array.rank + at < 0 or len(array.dims[at]) < 2:
        return array
    if isinstance(array, IndexArray):
        raise error
    return flattened(machine, array, array.rank + at)


def flattened(machine: Machine, array: Numbers, at: int) -> Numbers:
    """The array with one dimension as a single axis; NumPy's view is a copy here, which is not written."""
    dimension = array.dims[at]
    if isinstance(array, IndexArray):
        raise Unread("an index of a flattened array of indices", "it is not read", "index before the reshape")
    axis = Axis(machine.fresh(), size_of(dimension))
    dims = (*array.dims[:at], (axis,), *array.dims[at + 1 :])
    source = array.form
    form = source.times((Delta.equal(Polynomial.name(axis.letter), row_major(dimension)),))
    form = summed(form, dimension)
    made = make(machine, dims, machine.tidy(form, axes_of(dims)), array.kind)
    return replace(made, contiguous=False, loose=(*array.loose, (array.cell, array.cell.form)))


def common(machine: Machine, layouts: Sequence[Layout]) -> tuple[Layout, dict[str, Polynomial]]:
    """The dimensions to which others broadcast, and all letters in theirs.

    Raises:
        CodeError: the shapes do not broadcast.
        NoCommonFactorsError: a dimension is flattened from other axes in one layout than in the next.
    """
    rank = max(map(len, layouts))
    padded = [((),) * (rank - len(dims)) + dims for dims in layouts]
    values: dict[str, Polynomial] = {}
    result = []
    for at in range(rank):
        try:
            dimension, new = _broadcast(machine, [dims[at] for dims in padded])
        except NoCommonFactorsError as error:
            error.at = at - rank
            raise
        values.update(new)
        result.append(dimension)
    return tuple(result), values


def _broadcast(
    machine: Machine, dimensions: Sequence[tuple[Axis, ...]]
) -> tuple[tuple[Axis, ...], dict[str, Polynomial]]:
    """One dimension of all arrays: its axes, and every letter in theirs."""
    values: dict[str, Polynomial] = {}
    common: tuple[Axis, ...] = ()
    for dimension in dimensions:
        size, known = size_of(dimension), size_of(common)
        if size == ONE or (known != ONE and not same_size(machine, size, known) and machine.exactly(size - 1)):
            values.update({axis.letter: ZERO for axis in dimension})
        elif known == ONE or not same_size(machine, size, known):
            if known != ONE and not machine.exactly(known - 1):
                raise CodeError("ValueError", f"shapes do not broadcast: sizes {known!r} and {size!r}")
            values.update({axis.letter: ZERO for axis in common})
            common = dimension
        else:
            common, new = unified(machine, common, dimension)
            values = {letter: value.substitute(new) for letter, value in values.items()}
            values.update({letter: value for letter, value in new.items() if letter not in values})
    return common, values


def same_size(machine: Machine, one: Polynomial, other: Polynomial) -> bool:
    """Whether two sizes are the same; sizes are told apart if they can be or not."""
    return machine.equal(one, other) or machine.exactly(one - other)


def unified(
    machine: Machine, left: tuple[Axis, ...], right: tuple[Axis, ...]
) -> tuple[tuple[Axis, ...], dict[str, Polynomial]]:
    """Two dimensions of one size as one: its axes, and both sides' letters in theirs."""
    if len(left) == len(right) == 1:
        return left, {right[0].letter: Polynomial.name(left[0].letter)}
    found = refined(machine, left, right)
    if found is None:
        raise NoCommonFactorsError([axis.size for axis in left], [axis.size for axis in right])
    return found


def elementwise(machine: Machine, combine: Callable[..., Any], *values: Any, kind: Kind | None = None) -> Numbers:
    """Arrays or numbers combined entry by entry, broadcast; ``combine`` works on forms and on polynomials."""
    if all(isinstance(value, (IndexArray, Polynomial)) for value in values):
        arrays: list[Numbers] = [v if isinstance(v, IndexArray) else IndexArray((), v) for v in values]
        dims, contents = aligned(machine, arrays)
        return IndexArray(dims, combine(*contents))
    arrays = [data(machine, value) for value in values]
    dims, contents = aligned(machine, arrays)
    form = machine.tidy(combine(*contents), axes_of(dims))
    contiguous = all(in_order(array) for array in arrays if isinstance(array, Array))
    return make(machine, dims, form, kind or common_kind(arrays), contiguous=contiguous)


def unset_line(form: Form) -> int:
    """The line of the ``np.empty`` of which it has entries that were not set, or 0."""
    names = (tensor.name for tensor in form.tensors)
    return next((int(name.removeprefix(UNSET).split()[0]) for name in names if name.startswith(UNSET)), 0)
