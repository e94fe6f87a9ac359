"""PyTorch's functions that make, shape and combine tensors."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, operators, reduce, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library import numpy_join, numpy_make, numpy_reduce, numpy_shape
from symconv.programs.library.axes import axis_numbers, one_or_more
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, ListValue

MAKE = "*size, out=None, dtype=None, layout=None, device=None, requires_grad=False"


# -- making ------------------------------------------------------------------------------------------------


def sizes_of(machine: Machine, size: tuple[Any, ...]) -> list[Polynomial]:
    """A size given as numbers, or as one tuple of them."""
    if len(size) == 1 and isinstance(size[0], (tuple, ListValue)):
        size = tuple(one_or_more(machine, size[0]))
    sizes = [arrays.integer(machine, one) for one in size]
    for one in sizes:
        if one != -ONE and not machine.always(one):
            raise CodeError("RuntimeError", f"invalid shape dimension {one!r}")
    return sizes


@function("torch.zeros", takes=MAKE)
def zeros(machine: Machine, *size: Any, dtype: Any) -> Array:
    return arrays.filled(machine, sizes_of(machine, size), Form(), arrays.kind_of(dtype))


@function("torch.ones", takes=MAKE)
def ones(machine: Machine, *size: Any, dtype: Any) -> Array:
    return arrays.filled(machine, sizes_of(machine, size), Form.constant(ONE), arrays.kind_of(dtype))


@function("torch.empty", takes=MAKE)
def empty(machine: Machine, *size: Any, dtype: Any) -> Array:
    return arrays.unset(machine, sizes_of(machine, size), arrays.kind_of(dtype))


LIKE = "input, *, dtype=None, layout=None, device=None, requires_grad=False"


@function("torch.zeros_like", takes=LIKE)
def zeros_like(machine: Machine, input: Any) -> Array:
    return numpy_make.zeros_like(machine, input, None, None)


@function("torch.ones_like", takes=LIKE)
def ones_like(machine: Machine, input: Any) -> Array:
    return numpy_make.ones_like(machine, input, None, None)


@function("torch.arange", takes="start, end=None, step=1, *, out=None, dtype=None, device=None, requires_grad=False")
def arange(machine: Machine, start: Any, end: Any, step: Any) -> Numbers:
    return numpy_make.arange(machine, start, end, step, None)


@function("torch.eye", takes="n, m=None, *, dtype=None, device=None")
def eye(machine: Machine, n: Any, m: Any) -> Array:
    return numpy_make.eye(machine, n, m, ZERO, None)


@function(
    "torch.tensor", "torch.as_tensor", "torch.from_numpy", takes="data, *, dtype=None, device=None, requires_grad=False"
)
def tensor(machine: Machine, data: Any, dtype: Any) -> Numbers:
    return numpy_make.array(machine, data, dtype)


# -- shapes ------------------------------------------------------------------------------------------------


@function("torch.cat", "torch.concat", takes="tensors, dim=0, *, out=None")
def cat(machine: Machine, tensors: Any, dim: Any) -> Numbers:
    return numpy_join.concatenate(machine, tensors, dim)


@function("torch.stack", takes="tensors, dim=0, *, out=None")
def stack(machine: Machine, tensors: Any, dim: Any) -> Numbers:
    return numpy_join.stack(machine, tensors, dim)


@function("torch.flip", takes="input, dims")
def flip(machine: Machine, input: Any, dims: Any) -> Numbers:
    return _copied(machine, numpy_shape.flip(machine, input, tuple(one_or_more(machine, dims))))


def _copied(machine: Machine, array: Numbers) -> Numbers:
    return arrays.copy(machine, array)


@function("torch.rot90", takes="input, k=1, dims=(0, 1)")
def rot90(machine: Machine, input: Any, k: Any, dims: Any) -> Numbers:
    return _copied(machine, numpy_shape.rot90(machine, input, k, dims))


@function("torch.roll", takes="input, shifts, dims=None")
def roll(machine: Machine, input: Any, shifts: Any, dims: Any) -> Numbers:
    return numpy_join.roll(machine, input, shifts, dims)


@function("torch.reshape", takes="input, shape")
def reshape(machine: Machine, input: Any, shape: Any) -> Numbers:
    return shaping.reshaped(machine, input, sizes_of(machine, (shape,)))


@function("torch.transpose", "torch.swapaxes", takes="input, dim0, dim1")
def transpose(machine: Machine, input: Any, dim0: Any, dim1: Any) -> Numbers:
    return numpy_shape.swapaxes(machine, input, dim0, dim1)


@function("torch.permute", takes="input, dims")
def permute(machine: Machine, input: Any, dims: Any) -> Numbers:
    return numpy_shape.transpose(machine, input, dims)


@function("torch.movedim", "torch.moveaxis", takes="input, source, destination")
def movedim(machine: Machine, input: Any, source: Any, destination: Any) -> Numbers:
    return numpy_shape.moveaxis(machine, input, source, destination)


@function("torch.unsqueeze", takes="input, dim")
def unsqueeze(machine: Machine, input: Any, dim: Any) -> Numbers:
    return numpy_shape.expand_dims(machine, input, dim)


# -- sums and products ---------------------------------------------------------------------------------------


SUM = "input, dim=None, keepdim=False, *, dtype=None, out=None, axis=None, keepdims=False"
"""PyTorch takes NumPy's names of these arguments too."""


@function("torch.sum", "tensor.sum", takes=SUM)
def torch_sum(machine: Machine, input: Any, dim: Any, keepdim: Any, axis: Any, keepdims: Any) -> Array:
    given, kept = _named(dim, keepdim, axis, keepdims)
    return numpy_reduce.summed(machine, input, _dims(machine, given), None, kept)


@function("torch.mean", "tensor.mean", takes=SUM)
def mean(machine: Machine, input: Any, dim: Any, keepdim: Any, axis: Any, keepdims: Any) -> Any:
    given, kept = _named(dim, keepdim, axis, keepdims)
    return numpy_reduce.mean(machine, input, _dims(machine, given), kept)


def _named(dim: Any, keepdim: Any, axis: Any, keepdims: Any) -> tuple[Any, Any]:
    """dim and keepdim, by either of their names."""
    if (dim is not None and axis is not None) or (keepdim is not False and keepdims is not False):
        raise CodeError("TypeError", "dim and axis, or keepdim and keepdims, are one argument")
    return (axis if dim is None else dim), (keepdims if keepdim is False else keepdim)


def _dims(machine: Machine, dim: Any) -> Any:
    """PyTorch takes a list too; no dimensions are all."""
    if dim is None or isinstance(dim, Polynomial):
        return dim
    return tuple(one_or_more(machine, dim)) or None


@function("torch.matmul", takes="input, other, *, out=None")
def matmul(machine: Machine, input: Any, other: Any) -> Array:
    return numpy_reduce.matmul(machine, input, other)


@function("torch.mm", takes="input, mat2, *, out=None")
def mm(machine: Machine, input: Any, mat2: Any) -> Array:
    return _ranked(machine, input, mat2, 2)


@function("torch.bmm", takes="input, mat2, *, out=None")
def bmm(machine: Machine, input: Any, mat2: Any) -> Array:
    one, two = _ranked_operands(machine, input, mat2, 3)
    if not arrays.same_size(machine, one.shape[0], two.shape[0]):
        raise CodeError("RuntimeError", "Expected size for first two dimensions of batch2 tensor to be the same")
    return reduce.contracted(machine, [(one, "bij"), (two, "bjk")], "bik")


def _ranked(machine: Machine, one: Any, two: Any, rank: int) -> Array:
    return numpy_reduce.matmul(machine, *_ranked_operands(machine, one, two, rank))


def _ranked_operands(machine: Machine, one: Any, two: Any, rank: int) -> list[Array]:
    found = numpy_reduce.numbers(machine, one, two)
    if any(array.rank != rank for array in found):
        raise CodeError("RuntimeError", f"both operands must have {rank} dimensions")
    return found


@function("torch.einsum", takes="equation, *operands")
def einsum(machine: Machine, equation: Any, *operands: Any) -> Array:
    if len(operands) == 1 and isinstance(operands[0], (ListValue, tuple)):
        operands = tuple(one_or_more(machine, operands[0]))
    return numpy_reduce.einsum(machine, equation, *operands, optimize=False)


@function("torch.tensordot", takes="a, b, dims=2, out=None")
def tensordot(machine: Machine, a: Any, b: Any, dims: Any) -> Array:
    return numpy_reduce.tensordot(machine, a, b, dims)


@function("torch.outer", "torch.ger", takes="input, vec2, *, out=None")
def outer(machine: Machine, input: Any, vec2: Any) -> Array:
    one, two = _ranked_operands(machine, input, vec2, 1)
    return reduce.contracted(machine, [(one, "i"), (two, "j")], "ij")


def _combined(sign: str) -> Any:
    def result(machine: Machine, input: Any, other: Any) -> Any:
        return operators.binary(machine, sign, input, other)

    return result


for _name, _text in {"add": "+", "sub": "-", "mul": "*", "multiply": "*", "div": "/"}.items():
    function(f"torch.{_name}", takes="input, other, *, out=None")(_combined(_text))


def dims_given(machine: Machine, dims: tuple[Any, ...], rank: int) -> list[int]:
    """Dimensions as several arguments, or as one tuple."""
    given = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, ListValue)) else dims
    return axis_numbers(machine, given, rank)
