"""The module math, and NumPy's functions of numbers entry by entry."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import axes_of
from symconv.programs import arrays, iterables, operators
from symconv.programs.library.numpy_reduce import product_of
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, ListValue, Real

TWO_OPERANDS = "x1, x2, /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, subok=True"
ONE_OPERAND = "x, /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, subok=True"
EXTREME = "a, axis=None, out=None, keepdims=False, initial=None, where=True"
NOT_LINEAR = "it is not linear in data, and what depends on it is not a sum of products"


@function("math.floor", takes="x, /")
def floor(machine: Machine, x: Any) -> Polynomial:
    return _rounded(machine, x, up=False)


@function("math.ceil", takes="x, /")
def ceil(machine: Machine, x: Any) -> Polynomial:
    return _rounded(machine, x, up=True)


def _rounded(machine: Machine, x: Any, *, up: bool) -> Polynomial:
    if isinstance(x, Real):
        if x.denominator != ONE:
            machine.note("math.floor and math.ceil of a / b are exact as long as a has at most 15 digits")
        sign = -1 if up else 1
        return machine.floor(x.numerator * sign, x.denominator) * sign
    if isinstance(x, (Array, IndexArray)) and getattr(x, "kind", "integer") in ("data", "mixed"):
        raise Unread("math.floor or math.ceil of data", NOT_LINEAR, "use whole numbers")
    return arrays.integer(machine, x)


@function("numpy.floor", takes=ONE_OPERAND)
def numpy_floor(machine: Machine, x: Any) -> Any:
    return _float_of(machine, x, up=False)


@function("numpy.ceil", takes=ONE_OPERAND)
def numpy_ceil(machine: Machine, x: Any) -> Any:
    return _float_of(machine, x, up=True)


def _float_of(machine: Machine, x: Any, *, up: bool) -> Any:
    """A rounded number; NumPy gives a float."""
    if isinstance(x, (Polynomial, Real)):
        return Real(_rounded(machine, x, up=up), ONE)
    raise Unread("np.floor or np.ceil of an array", NOT_LINEAR, "use // for whole numbers")


@function("math.prod", takes="iterable, /, *, start=1")
def prod(machine: Machine, iterable: Any, start: Any) -> Any:
    items = (start, *iterables.items_of(machine, iterable))
    if not all(isinstance(one, Polynomial) for one in items):
        raise Unread("math.prod(..)", "only of whole numbers it is read", "use *")
    return product_of(items)


# -- arithmetic by name --------------------------------------------------------------------------------------


def _sign(value: str) -> Any:
    def combined(machine: Machine, x1: Any, x2: Any) -> Any:
        return operators.binary(machine, value, _listed(machine, x1), _listed(machine, x2))

    return combined


def _listed(machine: Machine, value: Any) -> Any:
    """A tuple or list as the array that NumPy makes of it."""
    from symconv.programs.library.numpy_make import as_array

    return as_array(machine, value) if isinstance(value, (tuple, ListValue)) else value


for _name, _text in {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "floor_divide": "//",
    "mod": "%", "remainder": "%",
}.items():  # fmt: skip
    function(f"numpy.{_name}", takes=TWO_OPERANDS)(_sign(_text))


@function("numpy.negative", takes=ONE_OPERAND)
def negative(machine: Machine, x: Any) -> Any:
    return operators.negative(machine, _listed(machine, x))


@function("numpy.square", takes=ONE_OPERAND)
def square(machine: Machine, x: Any) -> Any:
    return operators.binary(machine, "*", _listed(machine, x), _listed(machine, x))


def _not_linear(name: str) -> Any:
    def refused(machine: Machine, *args: Any) -> Any:
        raise Unread(f"{name}(..)", NOT_LINEAR, "prove the parts that are convolutions")

    return refused


@function("numpy.sqrt", takes=ONE_OPERAND)
def sqrt(machine: Machine, x: Any) -> Array:
    return _root(machine, x, "numpy.sqrt")


@function("math.sqrt", takes="x, /")
def math_sqrt(machine: Machine, x: Any) -> Array:
    return _root(machine, x, "math.sqrt")


def _root(machine: Machine, x: Any, name: str) -> Array:
    """The square root of a number, of which nothing is known but that it is one."""
    found = operators.root(machine, x) if isinstance(x, (Polynomial, Real)) else None
    if found is None:
        raise Unread(f"{name}(..)", NOT_LINEAR, "prove the parts that are convolutions")
    return found


for _name in (
    "numpy.exp", "numpy.log", "numpy.tanh", "numpy.abs", "numpy.absolute", "numpy.sign", "numpy.power",
    "numpy.argmax", "numpy.argmin", "numpy.sort", "numpy.clip", "numpy.var", "numpy.std",
    "numpy.median", "numpy.expm1", "numpy.log1p",
    "array.argmax", "array.argmin", "array.var", "array.std", "array.clip", "array.sort",
    "torch.nn.functional.relu", "torch.nn.functional.max_pool2d", "torch.relu", "torch.exp", "torch.sigmoid",
    "torch.tanh", "torch.max", "torch.amax", "tensor.argmax", "tensor.clamp", "tensor.relu",
    "math.exp", "math.log",
):  # fmt: skip
    function(_name, takes="*args")(_not_linear(_name))


@function("numpy.max", "numpy.amax", "array.max", takes=EXTREME)
def amax(machine: Machine, a: Any, axis: Any) -> Any:
    return _extreme_of_sizes(machine, a, axis, "max")


@function("numpy.min", "numpy.amin", "array.min", takes=EXTREME)
def amin(machine: Machine, a: Any, axis: Any) -> Any:
    return _extreme_of_sizes(machine, a, axis, "min")


def _extreme_of_sizes(machine: Machine, a: Any, axis: Any, name: str) -> Any:
    from symconv.programs.library.whole_numbers import extreme

    if isinstance(a, (tuple, ListValue)) and axis is None:
        return extreme(machine, (a,), name)
    raise Unread(f"np.{name}(..) of an array", NOT_LINEAR, "max pooling is not read: run it, or probe it")


@function("numpy.maximum", takes=TWO_OPERANDS)
def maximum(machine: Machine, x1: Any, x2: Any) -> Any:
    return _larger(machine, x1, x2, "max")


@function("numpy.minimum", takes=TWO_OPERANDS)
def minimum(machine: Machine, x1: Any, x2: Any) -> Any:
    return _larger(machine, x1, x2, "min")


def _larger(machine: Machine, x1: Any, x2: Any, name: str) -> Any:
    from symconv.programs.library.whole_numbers import extreme

    if all(isinstance(one, (Polynomial, Real)) for one in (x1, x2)):
        return extreme(machine, (x1, x2), name)
    if ZERO in (x1, x2) and name == "max":
        raise Unread("a relu", "the layer has none, so this is another function", "prove what it is applied to")
    raise Unread(f"np.{name}imum(..) of arrays", NOT_LINEAR, "prove the parts beside it")


@function("numpy.where", takes="condition, x=None, y=None, /")
def where(machine: Machine, condition: Any, x: Any, y: Any) -> Any:
    if x is None or y is None:
        raise Unread("np.where(condition)", "the places of a mask are not read", "use np.where(condition, x, y)")
    mask = arrays.data(machine, condition)
    if mask.kind != "boolean":
        raise Unread("np.where(..)", "its condition is not a comparison", "compare indices and sizes")
    chosen = [arrays.data(machine, one) for one in (x, y)]
    dims, (holds, one, other) = arrays.aligned(machine, [mask, *chosen])
    form = machine.tidy(holds * one + other - holds * other, axes_of(dims))
    return arrays.make(machine, dims, form, arrays.common_kind(chosen))


@function("numpy.shape", takes="a")
def shape(machine: Machine, a: Any) -> tuple[Polynomial, ...]:
    return arrays.data(machine, a).shape


@function("numpy.ndim", takes="a")
def ndim(machine: Machine, a: Any) -> Polynomial:
    return Polynomial.constant(arrays.data(machine, a).rank)


@function("numpy.size", takes="a, axis=None")
def size(machine: Machine, a: Any) -> Polynomial:
    return product_of(arrays.data(machine, a).shape)


@function("numpy.unravel_index", takes="indices, shape, order='C'")
def unravel_index(machine: Machine, indices: Any, shape: Any) -> tuple[Any, ...]:
    sizes = arrays.sizes(machine, shape)
    rest = indices if isinstance(indices, (Polynomial, IndexArray)) else arrays.integer(machine, indices)
    total = product_of(sizes)
    low, letters = (rest.value, rest.axes) if isinstance(rest, IndexArray) else (rest, ())
    if not machine.always(low, letters) or not machine.always(total - 1 - low, letters):
        raise CodeError("ValueError", "index is out of bounds for array with that size")
    found: list[Any] = []
    for one in reversed(sizes):
        found.insert(0, operators.binary(machine, "%", rest, one))
        rest = operators.binary(machine, "//", rest, one)
    return tuple(found)


@function("numpy.ravel_multi_index", takes="multi_index, dims, mode='raise', order='C'")
def ravel_multi_index(machine: Machine, multi_index: Any, dims: Any) -> Any:
    sizes = arrays.sizes(machine, dims)
    items = iterables.items_of(machine, multi_index)
    if len(items) != len(sizes):
        raise CodeError("ValueError", f"parameter multi_index must be a sequence of length {len(sizes)}")
    total: Any = Polynomial()
    for at, size in zip(items, sizes):
        low, letters = (at.value, at.axes) if isinstance(at, IndexArray) else (arrays.integer(machine, at), ())
        if not machine.always(low, letters) or not machine.always(size - 1 - low, letters):
            raise CodeError("ValueError", "invalid entry in coordinates array")
        total = operators.binary(machine, "+", operators.binary(machine, "*", total, size), at)
    return total


@function("numpy.add.at", takes="a, indices, b=None, /")
def add_at(machine: Machine, a: Any, indices: Any, b: Any) -> None:
    _scattered(machine, a, indices, b, 1)


@function("numpy.subtract.at", takes="a, indices, b=None, /")
def subtract_at(machine: Machine, a: Any, indices: Any, b: Any) -> None:
    _scattered(machine, a, indices, b, -1)


def _scattered(machine: Machine, a: Any, indices: Any, b: Any, sign: int) -> None:
    from symconv.programs import index, writing

    if not isinstance(a, Array):
        raise Unread("np.add.at(..)", "its first argument is not an array", "use an array of floats")
    writing.add(machine, index.view(machine, a, indices), b, sign, repeats=True)
