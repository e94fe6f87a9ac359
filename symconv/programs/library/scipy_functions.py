"""SciPy's correlate and convolve, NumPy's on one axis, and Toeplitz matrices."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form, Range, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import axes_of
from symconv.programs import arrays, shaping
from symconv.programs.library.numpy_pad import Pair
from symconv.programs.library.numpy_shape import flip
from symconv.programs.library.registry import function
from symconv.programs.library.sliding import convolved
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array

WHOLE = "in1, in2, mode='full', method='auto'"
PLANE = "in1, in2, mode='full', boundary='fill', fillvalue=0"


@function("scipy.signal.correlate", takes=WHOLE)
def correlate(machine: Machine, in1: Any, in2: Any, mode: Any) -> Array:
    return slid(machine, in1, in2, mode, flipped=False)


@function("scipy.signal.convolve", takes=WHOLE)
def convolve(machine: Machine, in1: Any, in2: Any, mode: Any) -> Array:
    return slid(machine, in1, in2, mode, flipped=True)


@function("scipy.signal.fftconvolve", takes="in1, in2, mode='full', axes=None")
def fftconvolve(machine: Machine, in1: Any, in2: Any, mode: Any) -> Array:
    return slid(machine, in1, in2, mode, flipped=True)


@function("scipy.signal.correlate2d", takes=PLANE)
def correlate2d(machine: Machine, in1: Any, in2: Any, mode: Any) -> Array:
    return slid(machine, in1, in2, mode, flipped=False, rank=2)


@function("scipy.signal.convolve2d", takes=PLANE)
def convolve2d(machine: Machine, in1: Any, in2: Any, mode: Any) -> Array:
    return slid(machine, in1, in2, mode, flipped=True, rank=2)


def slid(machine: Machine, in1: Any, in2: Any, mode: Any, *, flipped: bool, rank: int | None = None) -> Array:
    """in2 over in1 on all axes, with as much of the edges as the mode says."""
    x, w = arrays.data(machine, in1), arrays.data(machine, in2)
    if x.rank != w.rank or x.rank != (rank or x.rank):
        raise CodeError("ValueError", "in1 and in2 should have the same dimensionality")
    if mode not in ("full", "valid", "same"):
        raise CodeError("ValueError", "Acceptable mode flags are 'valid', 'same', or 'full'.")
    if not x.rank:
        raise Unread("a convolution of numbers", "it is not read", "use *")
    if flipped:
        turned = flip(machine, w, None)
        assert isinstance(turned, Array)
        w = turned
    pads: list[Pair] = []
    for size, kernel in zip(x.shape, w.shape):
        if not (machine.choose(size - 1) and machine.choose(kernel - 1)):
            raise Unread("a convolution with an empty array", "it is not read", "make both larger")
        if mode == "valid":
            if not machine.choose(size - kernel):
                raise Unread("mode='valid'", "in2 is larger than in1 on an axis", "exchange them")
            pads.append((ZERO, ZERO))
        elif mode == "full":
            pads.append((kernel - 1, kernel - 1))
        else:
            low = machine.floor(kernel - 1 if rank == 2 and not flipped else kernel, Polynomial.constant(2))
            pads.append((low, kernel - 1 - low))
    return _plain(machine, x, w, pads)


def _plain(machine: Machine, x: Array, w: Array, pads: list[Pair]) -> Array:
    """Without batch and channels."""
    rank = x.rank
    one, two = (shaping.reshaped(machine, array, [ONE, ONE, *array.shape]) for array in (x, w))
    assert isinstance(one, Array) and isinstance(two, Array)
    made = convolved(machine, one, two, [ONE] * rank, pads, [ONE] * rank)
    result = shaping.reshaped(machine, made, made.shape[2:])
    assert isinstance(result, Array)
    return result


@function("numpy.convolve", takes="a, v, mode='full'")
def numpy_convolve(machine: Machine, a: Any, v: Any, mode: Any) -> Array:
    return _on_a_line(machine, a, v, mode, flipped=True)


@function("numpy.correlate", takes="a, v, mode='valid'")
def numpy_correlate(machine: Machine, a: Any, v: Any, mode: Any) -> Array:
    return _on_a_line(machine, a, v, mode, flipped=False)


def _on_a_line(machine: Machine, a: Any, v: Any, mode: Any, *, flipped: bool) -> Array:
    """NumPy exchanges the two if the second is longer."""
    x, w = arrays.data(machine, a), arrays.data(machine, v)
    if x.rank != 1 or w.rank != 1:
        raise Unread("np.convolve or np.correlate", "an operand is not a line", "use .ravel()")
    if not machine.choose(x.shape[0] - w.shape[0]):
        if not flipped:
            raise Unread("np.correlate(..)", "the second is longer than the first", "exchange them")
        x, w = w, x
    if mode == "same":
        raise Unread("mode='same'", "it is not read for np.convolve", "use mode='full' and a slice")
    return slid(machine, x, w, mode, flipped=flipped)


@function("scipy.linalg.toeplitz", takes="c, r=None")
def toeplitz(machine: Machine, c: Any, r: Any) -> Array:
    column = arrays.data(machine, c)
    row = column if r is None else arrays.data(machine, r)
    if column.rank != 1 or row.rank != 1:
        raise Unread("toeplitz(..)", "only of lines it is read", "use .ravel()")
    made = arrays.filled(machine, [column.shape[0], row.shape[0]], Form())
    i, j = (Polynomial.name(axis.letter) for axis in made.axes)
    total = Form()
    for line, at, least in ((column, i - j, i - j), (row, j - i, j - i - 1)):
        dims, form = arrays.relettered(machine, line)
        if len(dims[0]) > 1:
            raise Unread("toeplitz(..)", "of a flattened array it is not read", "copy it first")
        inside = form.substitute({axis.letter: at for axis in dims[0]})
        total = total + inside * Form((Term.make(ONE, (Range(least),)),))
    form = machine.tidy(total, axes_of(made.dims))
    return arrays.make(machine, made.dims, form, arrays.common_kind([column, row]))
