"""Reading arrays of numbers that users pass: what they hold, without losing anything, or an error that says why not."""

from __future__ import annotations

from decimal import Decimal
from numbers import Number
from typing import Any, TypeAlias

import sympy as sp
from sympy.polys.domains.domainelement import DomainElement

from symconv.errors import FormulaError
from symconv.foundations.later import np, npt

Array: TypeAlias = "npt.NDArray[Any]"


def array_of(name: str, given: Any, shape: tuple[int, ...] | None = None) -> Array:
    """What is given for the tensor ``name``, as an array: of one of NumPy's types of numbers, or of objects.

    Raises:
        FormulaError: it is not an array, holds something else than numbers, has masked entries, or another shape.
    """
    array, masked = _as_array(name, given)
    if masked:
        entries = "entry" if masked == 1 else "entries"
        raise FormulaError(
            f"{name} with {masked} masked {entries}", "a masked entry has no value", "fill it, as in X.filled(0)"
        )
    if array.dtype.kind == "O":
        array = _objects(name, array)
    elif array.dtype.kind not in "biufc":
        raise FormulaError(f"{name} of type {array.dtype}", "it holds no numbers", "use integers or floats")
    if shape is not None and array.shape != shape:
        raise FormulaError(f"{name} of shape {array.shape}", "the layer has another shape", f"use shape {shape}")
    return array


def _as_array(name: str, given: Any) -> tuple[Array, int]:
    """The array, and how many of its entries are masked."""
    if type(given) is np.ndarray:
        return given, 0
    try:
        masked = _masked(given)
        array = np.asarray(given)
        if isinstance(given, (list, tuple)) and array.dtype.kind == "f":
            exact = np.array(given, dtype=object)  # of integers past 64 bits, which NumPy takes for floats
            array = exact if all(isinstance(entry, int) for entry in exact.flat) else array
    except Exception:  # whatever NumPy, or the object that is asked for an array, raises
        reason = "its rows have different lengths" if _is_ragged(given) else "NumPy makes no array of it"
        raise FormulaError(f"{name} of type {type(given).__name__}", reason, "use an array of numbers") from None
    return array, masked


def _is_ragged(given: Any) -> bool:
    """Whether it is lists in which rows of one level have different lengths."""
    waiting, seen = [given], set[int]()
    while waiting:
        rows = waiting.pop()
        if not isinstance(rows, (list, tuple)) or id(rows) in seen:  # a list may be in itself
            continue
        seen.add(id(rows))
        if len({len(row) if isinstance(row, (list, tuple)) else -1 for row in rows}) > 1:
            return True
        waiting += rows
    return False


def _masked(given: Any) -> int:
    if isinstance(given, np.ma.MaskedArray):
        return int(np.sum(np.ma.getmaskarray(given)))
    return sum(map(_masked, given)) if isinstance(given, (list, tuple)) else 0


def _objects(name: str, array: Array) -> Array:
    """The objects, with NumPy's numbers, which overflow, replaced by Python's."""
    for entry in array.flat:
        if not isinstance(entry, (Number, sp.Expr, DomainElement)) or isinstance(entry, Decimal):
            raise FormulaError(
                f"{name} with an entry of type {type(entry).__name__}", "not a number",
                "use ints, Fractions or floats",
            )  # fmt: skip
    if any(isinstance(entry, np.generic) for entry in array.flat):
        entries = [entry.item() if isinstance(entry, np.generic) else entry for entry in array.flat]
        made = np.empty(len(entries), dtype=object)
        made[:] = entries
        return made.reshape(array.shape)
    return array


WEAK = {bool: 0, int: 0, float: 0.5, complex: 0.5j}
"""One for all of Python's own numbers of a type, which take that of the arrays beside them."""


def type_of(given: Any, array: Array) -> Any:
    """The type of what was given, as ``common_type`` takes it; ``array`` is what was read."""
    return array.dtype if array.dtype.hasobject else WEAK.get(type(given), array.dtype)
