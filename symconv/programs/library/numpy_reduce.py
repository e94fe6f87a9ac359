"""NumPy's functions that make fewer numbers of many, and those that multiply whole arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, index, reduce, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library.axes import axis_numbers, one_or_more
from symconv.programs.library.numpy_make import as_array, as_kind
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, ListValue


@function("numpy.sum", "array.sum", takes="a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True")
def numpy_sum(machine: Machine, a: Any, axis: Any, dtype: Any, keepdims: Any) -> Any:
    if isinstance(a, tuple) and a and axis is None and dtype is None and all(isinstance(one, Polynomial) for one in a):
        return sum(a, ZERO)  # a whole number, as a size is
    return summed(machine, a, axis, dtype, keepdims)


def summed(machine: Machine, a: Any, axis: Any, dtype: Any, keepdims: Any) -> Array:
    """The sum over some axes or all."""
    array = arrays.data(machine, a)
    alone = not array.rank and isinstance(axis, Polynomial) and axis in (ZERO, -ONE)  # NumPy lets this pass for sums
    numbers = [] if axis is None or alone else axis_numbers(machine, axis, array.rank, lists=False)
    axes = None if axis is None or alone else tuple(_constants(numbers))
    total = reduce.total(machine, array, axes, keepdims=machine.holds(keepdims))
    return total if dtype is None else as_kind(machine, total, arrays.kind_of(dtype))


def _constants(numbers: Sequence[int]) -> list[Polynomial]:
    return [Polynomial.constant(number) for number in numbers]


@function(
    "numpy.mean",
    "numpy.nanmean",
    "array.mean",
    takes="a, axis=None, dtype=None, out=None, keepdims=False, *, where=True",
)
def mean(machine: Machine, a: Any, axis: Any, keepdims: Any) -> Any:
    array = arrays.data(machine, a)
    axes = range(array.rank) if axis is None else axis_numbers(machine, axis, array.rank, lists=False)
    total = summed(machine, array, axis, None, keepdims)
    return divided(machine, total, product_of([array.shape[at] for at in axes]))


def product_of(sizes: Sequence[Polynomial]) -> Polynomial:
    """The product of some sizes."""
    product = ONE
    for size in sizes:
        product = product * size
    return product


def divided(machine: Machine, array: Array, number: Polynomial) -> Array:
    """An array divided by a number of entries, which must not be 0."""
    if not machine.choose(number - 1):
        raise Unread("a mean of no entries", "NumPy gives nan", "make the array larger")
    form = array.form * arrays.reciprocal(machine, number)
    return arrays.make(machine, *arrays.relettered(machine, arrays.make(machine, array.dims, form)), "data")


@function("numpy.average", takes="a, axis=None, weights=None, returned=False, *, keepdims=False")
def average(machine: Machine, a: Any, axis: Any, keepdims: Any) -> Any:
    if isinstance(axis, ListValue):
        raise Unread("np.average(..) with a list of axes", "some versions of NumPy refuse it", "write a tuple of axes")
    return mean(machine, a, axis, keepdims)


@function("numpy.prod", "array.prod", takes="a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True")
def prod(machine: Machine, a: Any, axis: Any) -> Polynomial:
    items = one_or_more(machine, a) if isinstance(a, (tuple, ListValue)) else ()
    if isinstance(a, (Array, IndexArray)) and a.rank == 1:
        items = arrays.listed(machine, a)
    if axis is not None or not items or not all(isinstance(one, Polynomial) for one in items):
        raise Unread("np.prod(..)", "only a product of sizes is read", "give it a tuple of sizes")
    return product_of(items)


@function("numpy.cumsum", "array.cumsum", takes="a, axis=None, dtype=None, out=None")
def cumsum(machine: Machine, a: Any, axis: Any) -> Array:
    from symconv.programs.library.numpy_make import tri

    array = as_array(machine, a)
    if axis is None or not array.rank:
        array = shaping.reshaped(machine, array, [-ONE])
    (at,) = [0] if axis is None else axis_numbers(machine, axis, array.rank)
    lower = tri(machine, array.shape[at], None, ZERO, None)
    labels: list[Hashable] = list(range(array.rank))
    kept = [*labels[:at], "new", *labels[at + 1 :]]
    given = arrays.data(machine, array)
    made = reduce.contracted(machine, [(lower, ["new", at]), (given, labels)], kept)
    kind = "integer" if given.kind == "boolean" else given.kind
    return arrays.make(machine, *arrays.relettered(machine, made), kind)


# -- products ------------------------------------------------------------------------------------------------


def numbers(machine: Machine, *values: Any) -> list[Array]:
    """Operands of a product that is summed."""
    found = [arrays.data(machine, value) for value in values]
    if all(one.kind == "boolean" for one in found):
        raise Unread("a product of arrays of truth values", "its sum is a truth value in NumPy", "use .astype(float)")
    return found


@function("numpy.dot", "array.dot", takes="a, b, out=None")
def dot(machine: Machine, a: Any, b: Any) -> Any:
    made = reduce.dot(machine, *numbers(machine, a, b))
    return replace(made, contiguous=True) if isinstance(made, Array) and made.rank == 2 else made


@function("numpy.matmul", takes="x1, x2, out=None, *, casting='same_kind', order='K', dtype=None, subok=True")
def matmul(machine: Machine, x1: Any, x2: Any) -> Array:
    return reduce.matmul(machine, *numbers(machine, x1, x2))


@function("numpy.inner", takes="a, b")
def inner(machine: Machine, a: Any, b: Any) -> Any:
    one, two = numbers(machine, a, b)
    if not one.rank or not two.rank:
        return arrays.elementwise(machine, lambda x, y: x * y, one, two)
    left: list[Hashable] = [("a", at) for at in range(one.rank - 1)]
    right: list[Hashable] = [("b", at) for at in range(two.rank - 1)]
    return reduce.contracted(machine, [(one, [*left, "k"]), (two, [*right, "k"])], [*left, *right])


@function("numpy.outer", takes="a, b, out=None")
def outer(machine: Machine, a: Any, b: Any) -> Array:
    one, two = (_flat(machine, value) for value in (a, b))
    return reduce.contracted(machine, [(one, ["i"]), (two, ["j"])], ["i", "j"])


@function("numpy.vdot", takes="a, b")
def vdot(machine: Machine, a: Any, b: Any) -> Array:
    one, two = numbers(machine, _flat(machine, a), _flat(machine, b))
    return reduce.contracted(machine, [(one, ["k"]), (two, ["k"])], [])


def _flat(machine: Machine, value: Any) -> Array:
    flat = shaping.reshaped(machine, arrays.data(machine, value), [-ONE])
    assert isinstance(flat, Array)
    return flat


@function("numpy.kron", takes="a, b")
def kron(machine: Machine, a: Any, b: Any) -> Numbers:
    one, two = (arrays.data(machine, value) for value in (a, b))
    rank = max(one.rank, two.rank)
    one, two = (index.view(machine, v, (*(None,) * (rank - v.rank), Ellipsis)).array for v in (one, two))
    labels = [(at, part) for at in range(rank) for part in (0, 1)]
    made = reduce.contracted(
        machine, [(one, [(at, 0) for at in range(rank)]), (two, [(at, 1) for at in range(rank)])], labels
    )
    return shaping.reshaped(machine, made, [made.shape[2 * at] * made.shape[2 * at + 1] for at in range(rank)])


@function("numpy.tensordot", takes="a, b, axes=2")
def tensordot(machine: Machine, a: Any, b: Any, axes: Any) -> Array:
    one, two = numbers(machine, a, b)
    if isinstance(axes, (tuple, ListValue)):
        pair = one_or_more(machine, axes)
        if len(pair) != 2:
            raise CodeError("ValueError", f"axes has {len(pair)} items, not 2")
        left, right = one_or_more(machine, pair[0]), one_or_more(machine, pair[1])
    else:
        count = arrays.integer(machine, axes).value
        if count is None:
            raise Unread("np.tensordot(.., axes=..)", "it depends on sizes", "write a number")
        left = _constants(range(-int(count), 0))
        right = _constants(range(int(count)))
    if len(left) != len(right):
        raise CodeError("ValueError", "shape-mismatch for sum")
    ours, theirs = list[int](), list[int]()
    for first, second in zip(left, right):  # one after the other, as NumPy does: the first fault counts
        ours.append(_place(machine, first, one.rank))
        theirs.append(_place(machine, second, two.rank))
        if not arrays.same_size(machine, one.shape[ours[-1]], two.shape[theirs[-1]]):
            raise CodeError("ValueError", "shape-mismatch for sum")
    if len(set(ours)) < len(ours) or len(set(theirs)) < len(theirs):
        raise Unread("np.tensordot(..)", "an axis comes twice", "name every axis once")
    names: list[Hashable] = [("a", at) for at in range(one.rank)]
    others: list[Hashable] = [("b", at) for at in range(two.rank)]
    for label, (at, to) in enumerate(zip(ours, theirs)):
        names[at] = others[to] = ("sum", label)
    kept = [label for label in (*names, *others) if not (isinstance(label, tuple) and label[0] == "sum")]
    return reduce.contracted(machine, [(one, names), (two, others)], kept)


def _place(machine: Machine, axis: Any, rank: int) -> int:
    """An axis, as tensordot counts them: one that there is not is an IndexError."""
    at = arrays.integer(machine, axis).value
    if at is None:
        raise Unread("np.tensordot(.., axes=..)", "it depends on sizes", "write numbers")
    if not -rank <= at < rank:
        raise CodeError("IndexError", "tuple index out of range")
    return int(at) % rank


# -- einsum --------------------------------------------------------------------------------------------------


@function(
    "numpy.einsum", takes="subscripts, *operands, out=None, dtype=None, order='K', casting='safe', optimize=False"
)
def einsum(machine: Machine, subscripts: Any, *operands: Any, optimize: Any) -> Array:
    if not isinstance(subscripts, str):
        raise Unread("np.einsum(..)", "only the form with a text is read", "write 'ij,jk->ik'")
    return contracted_by(machine, subscripts, numbers(machine, *operands), sums_the_rest=optimize is not False)


def contracted_by(
    machine: Machine, subscripts: str, operands: Sequence[Array], *, sums_the_rest: bool = False
) -> Array:
    """einsum by its text: letters for dimensions, ``...`` for those that are broadcast.

    Args:
        sums_the_rest: whether dimensions of ``...`` that the result does not have are summed over, as NumPy does if
            it optimizes; else it raises.

    Raises:
        CodeError: as NumPy says of a text that is wrong, or of sizes that differ.
    """
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    parts = inputs.split(",")
    letters = text.replace("->", "").replace("...", "").replace(",", "")
    if not all(letter.isalpha() and letter.isascii() for letter in letters) or "," in output:
        raise CodeError("ValueError", f"einsum: {subscripts!r} has characters other than letters")
    if len(parts) != len(operands):
        raise CodeError("ValueError", f"einsum: {len(parts)} terms for {len(operands)} operands")
    if any(part.count("...") > 1 for part in (*parts, output)):
        raise CodeError("ValueError", "einsum: more than one ellipsis in a term")
    spare = [one.rank - len(part.replace("...", "")) for part, one in zip(parts, operands)]
    for part, left in zip(parts, spare):
        if left < 0 or (left and "..." not in part):
            raise CodeError("ValueError", f"einsum: the term {part!r} does not have a letter for each dimension")
    ellipsis = max((left for part, left in zip(parts, spare) if "..." in part), default=0)
    if not arrow:
        counts = Counter(inputs.replace(",", "").replace("...", ""))
        output = ("..." if "..." in inputs else "") + "".join(sorted(one for one in counts if counts[one] == 1))
    known = set("".join(parts))
    if any(one not in known for one in output.replace("...", "")):
        raise CodeError("ValueError", "einsum: the result has a letter that no operand has")
    plain = output.replace("...", "")
    if len(set(plain)) < len(plain):
        raise CodeError("ValueError", "einsum: the result has a letter twice")
    if ellipsis and arrow and "..." not in output and not sums_the_rest:
        raise CodeError("ValueError", "einsum: the result must have the ellipsis")
    given = [(one, _labels(part, left, ellipsis)) for part, one, left in zip(parts, operands, spare)]
    kept = _labels(output, ellipsis, ellipsis)
    if len(given) == 1 and set(kept) == set(given[0][1]):
        return _view(machine, *given[0], kept)
    return product(machine, given, kept)


def _view(machine: Machine, array: Array, labels: list[Hashable], kept: list[Hashable]) -> Array:
    """What einsum gives of one operand if nothing is summed, which is a view."""
    if len(labels) > len(kept):
        made = product(machine, [(array, labels)], kept)
        return replace(made, loose=((array.cell, array.cell.form),))
    found = shaping.transposed(machine, array, [labels.index(label) for label in kept])
    assert isinstance(found, Array)
    return found


def _labels(part: str, count: int, ellipsis: int) -> list[Hashable]:
    """The labels of a term, those of an ellipsis numbered so that the last ones meet."""
    if "..." not in part:
        return list(part)
    before, after = part.split("...")
    return [*before, *range(ellipsis - count, ellipsis), *after]


def product(machine: Machine, operands: Sequence[tuple[Array, list[Hashable]]], out: list[Hashable]) -> Array:
    """A product of labelled arrays, where dimensions of one element are stretched and labels may come twice in one."""
    given = [_diagonal(machine, array, labels) for array, labels in operands]
    for label in dict.fromkeys(one for _, labels in given for one in labels):
        sizes = [array.shape[labels.index(label)] for array, labels in given if label in labels]
        if all(size == sizes[0] for size in sizes):
            continue
        if len(sizes) > 1 and not all(arrays.same_size(machine, size, sizes[0]) for size in sizes[1:]):
            given = [_without_ones(machine, array, labels, label) for array, labels in given]
    return reduce.contracted(machine, given, out)


def _without_ones(
    machine: Machine, array: Array, labels: list[Hashable], label: Hashable
) -> tuple[Array, list[Hashable]]:
    """The array without the dimension of that label, if it has one element."""
    if label not in labels:
        return array, labels
    at = labels.index(label)
    if not machine.exactly(array.shape[at] - 1):
        return array, labels
    less = shaping.squeezed(machine, array, [at])
    assert isinstance(less, Array)
    return less, [*labels[:at], *labels[at + 1 :]]


def _diagonal(machine: Machine, array: Array, labels: list[Hashable]) -> tuple[Array, list[Hashable]]:
    """The entries at which dimensions of one label have the same index."""
    names = list(labels)
    while len(set(names)) < len(names):
        second = next(at for at, label in enumerate(names) if label in names[:at])
        first = names.index(names[second])
        sizes = array.shape[first], array.shape[second]
        if not arrays.same_size(machine, *sizes):
            raise CodeError("ValueError", f"einsum: dimensions of one letter have sizes {sizes[0]!r} and {sizes[1]!r}")
        dims, form = arrays.relettered(machine, array)
        shared, values = arrays.common(machine, [(dims[first],), (dims[second],)])
        whole = list(dims)
        whole[first] = shared[0]
        del whole[second], names[second]
        array = arrays.make(machine, whole, form.substitute(values), array.kind)
    return array, names


@function("numpy.trace", "array.trace", takes="a, offset=0, axis1=0, axis2=1, dtype=None, out=None")
def trace(machine: Machine, a: Any) -> Array:
    given = arrays.data(machine, a)
    if given.rank < 2:
        raise CodeError("ValueError", "diag requires an array of at least two dimensions")
    if given.rank > 2:
        raise Unread("np.trace(..)", "only of a matrix it is read", "use np.einsum")
    if not arrays.same_size(machine, *given.shape):
        raise Unread("np.trace(..)", "the matrix is not square", "use a loop")
    return contracted_by(machine, "ii->", [given])
