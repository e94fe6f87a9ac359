"""Arrays of symbolic entries, and NumPy as a function sees it while it runs on them.

NumPy's own functions work on arrays of objects; what makes new arrays of floats makes arrays of objects here, so that
buffers keep what is written into them. Arrays of whole numbers and of truth values, which are for indices, stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from symconv.foundations.arrays import Array
from symconv.programs.exact import Entry, refuse


class CodeFaultError(Exception):
    """The function does what NumPy would not forgive, though it may not notice."""


class Unset:
    """An entry of np.empty that was not written yet."""

    def _used(self, *others: Any) -> Any:
        raise CodeFaultError("an entry of np.empty is used before it is set")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __float__ = __int__ = _used
    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __abs__ = _used

    def __repr__(self) -> str:
        return "unset"


UNSET = Unset()


class Symbols(np.ndarray):
    """An array of objects, entries of tensors or numbers, which stays one where floats would be made of it.

    >>> symbols_of_shape((2,), 0)[0] + 1
    Entry({(0,): 1, (): 1})
    """

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        """A copy; whole numbers are not made of symbols."""
        if is_real(dtype):
            return self.copy()
        if any(type(entry) is Entry for entry in self.flat):
            refuse("the code rounds its data, or makes plain numbers of them")
        return np.asarray(self).astype(dtype, *args, **options)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        """The sum, whatever type of floats is asked for."""
        return _seen(super().sum(axis, None if is_real(dtype) else dtype, out, **options))

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        """The mean, whatever type of floats is asked for."""
        total = self.sum(axis, dtype, None, **options)
        mean = total / (self.size // max(np.size(total), 1))
        if out is None:
            return mean
        out[...] = mean
        return out


def is_real(dtype: Any) -> bool:
    """Whether it is a type of floats, or of objects; also if no type is said."""
    return dtype is None or np.dtype(dtype).kind in ("f", "O")


def symbols_of_shape(shape: Sequence[int], first: int) -> Any:
    """An array of variables, numbered row-major from a first number."""
    return objects([Entry({(first + at,): 1}) for at in range(int(np.prod(shape, dtype=int)))], shape)


def objects(entries: Sequence[Any], shape: Sequence[int]) -> Any:
    """An array of these objects."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape).view(Symbols)


def _filled(shape: Any, value: Any) -> Any:
    array = np.empty(shape, dtype=object).view(Symbols)
    array.fill(value)
    return array


def _seen(result: Any) -> Any:
    """What a function of NumPy gives, with arrays of objects as ``Symbols``, and one object as itself."""
    if isinstance(result, np.ndarray) and result.shape == () and result.dtype == object:
        return result.item()
    if type(result) is np.ndarray and result.dtype == object:
        return result.view(Symbols)
    return type(result)(map(_seen, result)) if type(result) in (tuple, list) else result


def _maker(function: Callable[..., Any], value: Any) -> Callable[..., Any]:
    """np.zeros and the like."""

    def make(shape: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
        return _filled(shape, value) if is_real(dtype) else function(shape, dtype, *args, **options)

    return make


def _like(function: Callable[..., Any], value: Any) -> Callable[..., Any]:
    """np.zeros_like and the like; of whole numbers they make whole numbers."""

    def make(array: Any, dtype: Any = None, *args: Any, shape: Any = None, **options: Any) -> Any:
        if is_real(np.asarray(array).dtype if dtype is None else dtype):
            return _filled(np.shape(array) if shape is None else shape, value)
        return function(array, dtype, *args, shape=shape, **options)

    return make


def _full(shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    whole = dtype is None and isinstance(fill_value, (int, np.integer))
    return np.full(shape, fill_value, dtype, **options) if whole or not is_real(dtype) else _filled(shape, fill_value)


def _full_like(array: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if is_real(np.asarray(array).dtype if dtype is None else dtype):
        return _filled(np.shape(array), fill_value)
    return np.full_like(array, fill_value, dtype, **options)


def _reader(function: Callable[..., Any]) -> Callable[..., Any]:
    """np.array and the like: symbols are not made floats."""

    def make(given: Any, dtype: Any = None, **options: Any) -> Any:
        plain = function(given, **options)
        if plain.dtype != object:
            return plain if dtype is None else function(given, dtype, **options)
        return plain.view(Symbols) if is_real(dtype) else plain.view(Symbols).astype(dtype)

    return make


def _as_strided(x: Any, shape: Any = None, strides: Any = None, **options: Any) -> Any:
    """A view with any strides, if all of it is inside the array's memory."""
    array = np.asarray(x)
    shape = tuple(array.shape if shape is None else np.atleast_1d(shape).tolist())
    strides = tuple(array.strides if strides is None else np.atleast_1d(strides).tolist())
    require_inside(array, shape, strides)
    return np.lib.stride_tricks.as_strided(array, shape, strides).view(
        type(x) if isinstance(x, Symbols) else np.ndarray
    )


def require_inside(array: Array, shape: Sequence[int], strides: Sequence[int]) -> None:
    """That a view with these strides stays inside the memory of what the array is a view of.

    Raises:
        CodeFaultError: it does not, or its entries are not whole entries of it.
    """
    if len(shape) != len(strides) or any(size < 0 for size in shape):
        raise CodeFaultError(f"as_strided with shape {shape} and strides {strides}")
    if 0 in shape:
        return
    owner: Any = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base  # has its memory to itself, without gaps
    if any(stride % array.itemsize for stride, size in zip(strides, shape) if size > 1):
        raise CodeFaultError("as_strided reads between the entries of its array")
    ends = [(size - 1) * stride for size, stride in zip(shape, strides)]
    start = array.__array_interface__["data"][0]
    low = owner.__array_interface__["data"][0] + sum(
        min(0, (n - 1) * step) for n, step in zip(owner.shape, owner.strides)
    )
    high = low + owner.size * owner.itemsize
    first, last = start + sum(min(end, 0) for end in ends), start + sum(max(end, 0) for end in ends)
    if first < low or last + array.itemsize > high:
        raise CodeFaultError("as_strided reads outside the memory of its array")


def _einsum(*operands: Any, **options: Any) -> Any:
    options.pop("dtype", None)
    return _seen(np.einsum(*operands, **options))


class StandIn:
    """A module of NumPy in which some functions are others."""

    def __init__(self, module: ModuleType, others: dict[str, Any]) -> None:
        self._module, self._others = module, others

    def __getattr__(self, name: str) -> Any:
        if name in self._others:
            return self._others[name]
        found = getattr(self._module, name)
        if not callable(found) or isinstance(found, (type, np.ufunc)):
            return found

        def call(*args: Any, **options: Any) -> Any:
            return _seen(found(*args, **options))

        return call


STRIDES = StandIn(np.lib.stride_tricks, {"as_strided": _as_strided})
LIB = StandIn(np.lib, {"stride_tricks": STRIDES})
OTHERS: dict[str, Any] = {
    "zeros": _maker(np.zeros, 0),
    "ones": _maker(np.ones, 1),
    "empty": _maker(np.empty, UNSET),
    "full": _full,
    "zeros_like": _like(np.zeros_like, 0),
    "ones_like": _like(np.ones_like, 1),
    "empty_like": _like(np.empty_like, UNSET),
    "full_like": _full_like,
    "array": _reader(np.array),
    "asarray": _reader(np.asarray),
    "asanyarray": _reader(np.asanyarray),
    "ascontiguousarray": _reader(np.ascontiguousarray),
    "einsum": _einsum,
    "lib": LIB,
}
NUMPY = StandIn(np, OTHERS)

STAND_INS: dict[int, Any] = {
    id(np): NUMPY,
    id(np.lib): LIB,
    id(np.lib.stride_tricks): STRIDES,
    id(np.lib.stride_tricks.as_strided): _as_strided,
    **{id(getattr(np, name)): other for name, other in OTHERS.items()},
}
"""What stands for a module or a function of NumPy, by its identity."""
