"""Methods of PyTorch's tensors."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, index, operators, shaping, writing
from symconv.programs.arrays import Numbers
from symconv.programs.library import numpy_join, numpy_make, numpy_reduce, numpy_shape, torch_functions as functions
from symconv.programs.library.axes import axis_numbers, known_int
from symconv.programs.library.numpy_make import as_kind
from symconv.programs.library.registry import function
from symconv.programs.library.windows import windows
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, Instance, Slice


@function("tensor.size", takes="a, dim=None, /")
def size(machine: Machine, a: Any, dim: Any) -> Any:
    return a.shape if dim is None else a.shape[axis_numbers(machine, dim, a.rank)[0]]


@function("tensor.dim", takes="a, /")
def dim(machine: Machine, a: Any) -> Polynomial:
    return Polynomial.constant(a.rank)


@function("tensor.numel", "tensor.nelement", takes="a, /")
def numel(machine: Machine, a: Any) -> Polynomial:
    return numpy_shape.size_of_all(a)


@function("tensor.reshape", "tensor.view", takes="a, /, *shape")
def reshape(machine: Machine, a: Any, *shape: Any) -> Numbers:
    return shaping.reshaped(machine, a, functions.sizes_of(machine, shape))


@function("tensor.flatten", takes="a, /, start_dim=0, end_dim=-1")
def flatten(machine: Machine, a: Any, start_dim: Any, end_dim: Any) -> Numbers:
    first, last = axis_numbers(machine, (start_dim, end_dim), a.rank, repeats=True)
    if first > last:
        raise CodeError("RuntimeError", "flatten() has invalid args: start_dim cannot come after end_dim")
    middle = numpy_reduce.product_of(a.shape[first : last + 1])
    return shaping.reshaped(machine, a, [*a.shape[:first], middle, *a.shape[last + 1 :]])


@function("tensor.transpose", "tensor.swapaxes", takes="a, dim0, dim1, /")
def transpose(machine: Machine, a: Any, dim0: Any, dim1: Any) -> Numbers:
    return numpy_shape.swapaxes(machine, a, dim0, dim1)


@function("tensor.t", takes="a, /")
def t(machine: Machine, a: Any) -> Numbers:
    if a.rank > 2:
        raise CodeError("RuntimeError", "t() expects a tensor with <= 2 dimensions")
    return shaping.transposed(machine, a, range(a.rank)[::-1])


@function("tensor.permute", takes="a, /, *dims")
def permute(machine: Machine, a: Any, *dims: Any) -> Numbers:
    order = functions.dims_given(machine, dims, a.rank)
    if len(order) != a.rank:
        raise CodeError("RuntimeError", "permute: the number of dimensions does not match")
    return shaping.transposed(machine, a, order)


@function("tensor.flip", takes="a, /, *dims")
def flip(machine: Machine, a: Any, *dims: Any) -> Numbers:
    chosen = functions.dims_given(machine, dims, a.rank)
    return arrays.copy(machine, numpy_shape.flip(machine, a, tuple(map(Polynomial.constant, chosen))))


@function("tensor.unsqueeze", takes="a, dim, /")
def unsqueeze(machine: Machine, a: Any, dim: Any) -> Numbers:
    return numpy_shape.expand_dims(machine, a, dim)


@function("tensor.squeeze", takes="a, dim=None, /")
def squeeze(machine: Machine, a: Any, dim: Any) -> Numbers:
    if dim is None:
        return shaping.squeezed(machine, a, None)
    (at,) = axis_numbers(machine, dim, a.rank)
    return shaping.squeezed(machine, a, [at]) if machine.exactly(a.shape[at] - 1) else a


@function("tensor.expand", takes="a, /, *sizes")
def expand(machine: Machine, a: Any, *sizes: Any) -> Numbers:
    wanted = functions.sizes_of(machine, sizes)
    if len(wanted) < a.rank:
        raise CodeError("RuntimeError", "the number of sizes provided must be greater or equal to the dimensions")
    new = len(wanted) - a.rank
    shape = [a.shape[at - new] if one == -ONE and at >= new else one for at, one in enumerate(wanted)]
    return shaping.broadcast(machine, a, shape)


@function("tensor.repeat", takes="a, /, *sizes")
def repeat(machine: Machine, a: Any, *sizes: Any) -> Numbers:
    times = functions.sizes_of(machine, sizes)
    if len(times) < a.rank:
        raise CodeError("RuntimeError", "Number of dimensions of repeat dims can not be smaller than of the tensor")
    return numpy_join.tile(machine, a, tuple(times))


@function("tensor.repeat_interleave", takes="a, repeats, dim=None, /")
def repeat_interleave(machine: Machine, a: Any, repeats: Any, dim: Any) -> Numbers:
    return numpy_join.repeat(machine, a, repeats, dim)


@function("tensor.unfold", takes="a, dimension, size, step, /")
def unfold(machine: Machine, a: Any, dimension: Any, size: Any, step: Any) -> Array:
    array = arrays.data(machine, a)
    (at,) = axis_numbers(machine, dimension, array.rank)
    width, by = arrays.integer(machine, size), arrays.integer(machine, step)
    if not machine.choose(by - 1) or not machine.choose(width):
        raise CodeError("RuntimeError", "the step must be positive, and the size not negative")
    if not machine.choose(array.shape[at] - width):
        raise CodeError("RuntimeError", "maximum size for tensor at this dimension is smaller than size")
    return windows(machine, array, [at], [width], [by])


@function("tensor.matmul", takes="a, other, /")
def matmul(machine: Machine, a: Any, other: Any) -> Array:
    return numpy_reduce.matmul(machine, a, other)


@function("tensor.mm", takes="a, mat2, /")
def mm(machine: Machine, a: Any, mat2: Any) -> Array:
    return functions.mm(machine, a, mat2)


@function("tensor.bmm", takes="a, mat2, /")
def bmm(machine: Machine, a: Any, mat2: Any) -> Array:
    return functions.bmm(machine, a, mat2)


@function("tensor.clone", takes="a, /, *, memory_format=None")
def clone(machine: Machine, a: Any) -> Numbers:
    return arrays.copy(machine, a)


@function("tensor.contiguous", takes="a, /")
def contiguous(machine: Machine, a: Any) -> Numbers:
    return numpy_make.contiguous(machine, a)


def _same(machine: Machine, a: Any) -> Any:
    return a


for _name in ("detach", "cpu", "cuda", "numpy", "requires_grad_"):
    function(f"tensor.{_name}", takes="a, /")(_same)


@function("tensor.float", "tensor.double", takes="a, /")
def tensor_float(machine: Machine, a: Any) -> Numbers:
    return a if isinstance(a, Array) and a.kind == "data" else as_kind(machine, arrays.data(machine, a), "data")


@function("tensor.item", takes="a, /")
def item(machine: Machine, a: Any) -> Any:
    return numpy_shape.item(machine, a)


@function("tensor.new_zeros", takes="a, /, *size, dtype=None, device=None")
def new_zeros(machine: Machine, a: Any, *size: Any) -> Array:
    return arrays.filled(machine, functions.sizes_of(machine, size), Form())


@function("tensor.zero_", takes="a, /")
def zero_(machine: Machine, a: Any) -> Any:
    numpy_shape.fill(machine, a, Polynomial())
    return a


def _in_place(sign: str) -> Any:
    def change(machine: Machine, a: Any, other: Any) -> Any:
        part = index.view(machine, a, Ellipsis)
        if sign == "*":
            writing.assign(machine, part, operators.binary(machine, "*", a, other))
        else:
            writing.add(machine, part, other, 1 if sign == "+" else -1)
        return a

    return change


for _name, _text in {"add_": "+", "sub_": "-", "mul_": "*"}.items():
    function(f"tensor.{_name}", takes="a, other, /")(_in_place(_text))


def _combined(sign: str) -> Any:
    def result(machine: Machine, a: Any, other: Any) -> Any:
        return operators.binary(machine, sign, a, other)

    return result


for _name, _text in {"add": "+", "sub": "-", "mul": "*", "div": "/"}.items():
    function(f"tensor.{_name}", takes="a, other, /")(_combined(_text))


@function("tensor.chunk", takes="a, chunks, dim=0, /")
def chunk(machine: Machine, a: Any, chunks: Any, dim: Any) -> tuple[Any, ...]:
    (at,) = axis_numbers(machine, dim, a.rank)
    count = known_int(machine, chunks, "the number of chunks")
    part = machine.floor(a.shape[at], Polynomial.constant(count))
    if not machine.exactly(a.shape[at] - part * count):
        raise Unread(".chunk(..)", "the chunks are not equally large", "use slices")
    before = (index.FULL,) * at
    return tuple(index.view(machine, a, (*before, Slice(part * k, part * (k + 1), None))).array for k in range(count))


@function("object.save_for_backward", takes="ctx, /, *tensors")
def save_for_backward(machine: Machine, ctx: Instance, *tensors: Any) -> None:
    machine.put(ctx, "saved_tensors", tensors)
