"""How far floats can be off: a bound that is proved, and what random numbers show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from symconv.bilinear.identity import Identity
from symconv.bilinear.matrices import in_numpy, magnitude, number_of
from symconv.errors import SymconvError, shown
from symconv.foundations.cyclotomic import Number, has_complex
from symconv.foundations.later import np, npt

UNITS = {"float16": 11, "float32": 24, "float64": 53}
"""Bits of a float's mantissa, with the one that is not stored."""


def unit_roundoff(dtype: str) -> Fraction:
    """Half the distance of 1 to the next float.

    Raises:
        SymconvError: the type is not one of ``UNITS``.
    """
    if dtype not in UNITS:
        raise SymconvError(f"dtype={shown(dtype)}", "not a type of floats", f"use {', '.join(UNITS)}")
    return Fraction(1, 2 ** UNITS[dtype])


def growth(factors: Sequence[Identity]) -> Fraction:
    """The largest of sum over l, k, q of |C[i, l] A[l, k] B[l, q]| over all outputs i.

    With weights and inputs of at most 1, no sum on the way to an output exceeds it.
    """
    return prod((_growth(one) for one in factors), start=Fraction(1))


def _growth(one: Identity) -> Fraction:
    sizes = [_sum(a) * _sum(b) for a, b in zip(one.A, one.B)]
    return max(sum((magnitude(c) * size for c, size in zip(row, sizes)), Fraction(0)) for row in one.C)


def _sum(row: Sequence[Number]) -> Fraction:
    return sum(map(magnitude, row), Fraction(0))


def roundings(factors: Sequence[Identity]) -> int:
    """The most roundings that any product on the way to an output meets: of entries, products and sums.

    A product of complex numbers is off by less than three roundings (Higham 2002, lemma 3.5).
    """
    products = 3 if is_complex(factors) else 1
    total = products  # the product of the two transformed numbers
    for one in factors:
        for rows in (one.A, one.B, one.C):
            most = max(sum(1 for entry in row if entry) for row in rows)
            total += 1 + products + most - 1  # the entry itself, its product, and the additions
    return total


def is_complex(factors: Sequence[Identity]) -> bool:
    """Whether an entry is not real."""
    return any(has_complex(row) for one in factors for rows in (one.A, one.B, one.C) for row in rows)


def error_bound(factors: Sequence[Identity], dtype: str) -> float:
    """What an output can be off by, if no weight and no input is larger than 1 and nothing is as small as underflow.

    growth * (k u / (1 - k u)) for k roundings of at most u each (Higham 2002, lemma 3.1).
    """
    k, u = roundings(factors), unit_roundoff(dtype)
    return float(growth(factors) * k * u / (1 - k * u))


def measured_error(factors: Sequence[Identity], dtype: str, trials: int, seed: int) -> float:
    """The largest error of any output over random numbers from -1 to 1, in NumPy, against exact fractions."""
    unit_roundoff(dtype)
    generator = np.random.default_rng(seed)
    kernel = tuple(r for one in factors for r in one.axes.kernel)
    inputs = tuple(n for one in factors for n in one.axes.inputs)
    exact = [tuple(map(in_numpy, (one.C, one.A, one.B))) for one in factors]
    kind = _complex(dtype) if is_complex(factors) else dtype
    floats = [tuple(matrix.astype(kind) for matrix in three) for three in exact]
    worst = 0.0
    for _ in range(trials):
        w, x = (generator.uniform(-1, 1, shape).astype(dtype) for shape in (kernel, inputs))
        found = _computed(floats, factors, w, x)
        right = _computed(exact, factors, _fractions(w), _fractions(x))
        worst = max(worst, *(abs(_exact(a) - b) for a, b in zip(found.flat, right.flat)))
    return float(worst)


def _exact(one: Any) -> Number:
    return number_of("an output", one)


def _complex(dtype: str) -> str:
    """NumPy's complex numbers whose parts are such floats."""
    if dtype == "float16":
        raise SymconvError("complex numbers in float16", "NumPy has none", "use float32 or float64")
    return {"float32": "complex64", "float64": "complex128"}[dtype]


def _fractions(array: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    made = np.empty(array.shape, dtype=object)
    for place, one in np.ndenumerate(array):
        made[place] = Fraction(float(one))
    return made


def _computed(
    matrices: Sequence[tuple[npt.NDArray[Any], ...]], factors: Sequence[Identity],
    w: npt.NDArray[Any], x: npt.NDArray[Any],
) -> npt.NDArray[Any]:  # fmt: skip
    """C (A w * B x), axis by axis."""
    shapes = [(one.axes.kernel, one.axes.inputs) for one in factors]
    w = w.reshape([prod(kernel) for kernel, _ in shapes])
    x = x.reshape([prod(inputs) for _, inputs in shapes])
    for at, (_, A, B) in enumerate(matrices):
        w, x = _along(A, w, at), _along(B, x, at)
    h: npt.NDArray[Any] = w * x
    for at, (C, _, _) in enumerate(matrices):
        h = _along(C, h, at)
    return h


def _along(matrix: npt.NDArray[Any], array: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
    result: npt.NDArray[Any] = np.moveaxis(np.tensordot(matrix, array, (1, axis)), 0, axis)
    return result
