"""Readers of PyTorch's functions that join tensors or change their shape, and of what is asked of a shape."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from symconv.models import making
from symconv.models.padding import joined
from symconv.models.parts import UnreadError
from symconv.models.readers import Joined, Made, Step, Steps, Tensor, moving, reads
from symconv.models.shapes import reordered, reshaped
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_modules import FUNCTION
from symconv.networks.arguments import exact
from symconv.networks.joins import Add, Concat, Multiply

ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "floordiv", "getitem", "neg", "iadd", "isub", "imul", "ifloordiv")
}
"""What a model may do with sizes."""


@reads(FUNCTION, "add", "iadd", "add_")
def add(call: TorchCall) -> Made:
    return _summed(call, 1)


@reads(FUNCTION, "sub", "isub", "sub_", "subtract")
def subtract(call: TorchCall) -> Made:
    return _summed(call, -1)


@reads(FUNCTION, "rsub")
def subtract_from(call: TorchCall) -> Made:
    return making.with_number(call.x, -1, number(call.given("other", 1)))


def _summed(call: TorchCall, sign: int) -> Made:
    """x + y or x - y, where one of them may be a number or a tensor of the model, and alpha multiplies y."""
    left, right = call.given("input", 0), call.given("other", 1)
    alpha = sign * number(call.given("alpha", 2, 1))
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return Joined(Add() if alpha == 1 else Add((1, alpha)), (left, right))
    x, other, scale, factor = (left, right, 1, alpha) if isinstance(left, Tensor) else (right, left, alpha, 1)
    if (weight := call.tensor(other, x)) is None:
        return making.with_number(x, scale, factor * number(other))
    if abs(factor) != 1:
        raise UnreadError(f"alpha={factor} scales a tensor of the model that is added")
    return making.with_tensor(scale, factor, weight)


def number(value: Any) -> Any:
    """A number of Python, or the only one of a tensor of the model that is not learned."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnreadError("one of its two arguments is neither a number nor computed from the input")
    return value if isinstance(value, int) else exact(value, "a number")


@reads(FUNCTION, "lerp")
def lerp(call: TorchCall) -> Made:
    """(1 - t) x + t y."""
    left, right, part = (call.given(name, at) for at, name in enumerate(("input", "end", "weight")))
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        raise UnreadError("one of its two arguments is not computed from the input")
    return Joined(Add((1 - number(part), number(part))), (left, right))


@reads(FUNCTION, "addcmul", "addcmul_")
def add_product(call: TorchCall) -> Made:
    """x + value y z."""
    tensors = [call.given(name, at) for at, name in enumerate(("input", "tensor1", "tensor2"))]
    if not all(isinstance(one, Tensor) for one in tensors):
        raise UnreadError("one of its arguments is not computed from the input")
    scales = (1, number(call.given("value", 3, 1)))
    return Steps((
        Step("product", Multiply(), (tensors[1], tensors[2])),
        Step("out", Add() if scales == (1, 1) else Add(scales), (tensors[0], "product")),
    ))  # fmt: skip


@reads(FUNCTION, "neg", "neg_", "negative")
def negative(call: TorchCall) -> Made:
    return making.rescaling(-1)


@reads(FUNCTION, "mul", "imul", "mul_", "multiply")
def multiply(call: TorchCall) -> Made:
    left, right = call.given("input", 0), call.given("other", 1)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return Joined(Multiply(), (left, right))
    other = right if isinstance(left, Tensor) else left
    if (weight := call.tensor(other, call.x)) is None:
        return making.with_number(call.x, number(other))
    return making.scaled(weight)


@reads(FUNCTION, "square", "square_")
def square(call: TorchCall) -> Made:
    return Joined(Multiply(), (call.x, call.x))


@reads(FUNCTION, "cat", "concat", "concatenate")
def cat(call: TorchCall) -> Made:
    axis, items = call.given("dim", 1, 0), call.given("tensors", 0)
    rank = len(call.inputs[0].whole)
    if not isinstance(items, (list, tuple)) or not isinstance(axis, int):
        raise UnreadError("it joins what is not a list of tensors")
    if (axis := axis % rank) == 0:
        raise UnreadError("it joins along the batch")
    if len(items) == len(call.inputs):
        return call.inputs[0] if len(items) == 1 else Joined(Concat(axis - 1), call.inputs)
    own = [one if isinstance(one, Tensor) else call.for_one(one, call.inputs[0]) for one in items]
    sizes = [one.whole[axis] if isinstance(one, Tensor) else int(one.shape[axis]) for one in own]
    if not all(isinstance(size, int) for size in sizes):
        raise UnreadError("it joins a tensor of the model with one whose size there is a symbol")
    made = call.made(_among_zeros, axis, *(size if isinstance(one, Tensor) else one for one, size in zip(own, sizes)))
    added = call.tensor(made, call.inputs[0])
    assert added is not None
    return joined([one if isinstance(one, Tensor) else size for one, size in zip(own, sizes)], axis, added)


def _among_zeros(axis: int, *items: Any) -> Any:
    """Tensors that follow each other, with zeros for a number."""
    like = next(one for one in items if hasattr(one, "detach"))
    sizes = list(like.shape)
    pieces = []
    for one in items:
        sizes[axis] = one if isinstance(one, int) else one.shape[axis]
        pieces.append(like.new_zeros(sizes) if isinstance(one, int) else one)
    return import_module("torch").cat(pieces, axis)


@reads(FUNCTION, "stack")
def stack(call: TorchCall) -> Made:
    """Each with an axis of its own, and one after the other along it."""
    whole = list(call.inputs[0].whole)
    if len(call.inputs) != len(call.given("tensors", 0)):
        raise UnreadError("not all that it joins is computed from the input")
    if (at := call.given("dim", 1, 0) % (len(whole) + 1)) == 0:
        raise UnreadError("it joins along the batch")
    alone = making.reshape((*whole[1:at], 1, *whole[at:]))
    steps = [Step(str(number), alone, (one,)) for number, one in enumerate(call.inputs)]
    return Steps((*steps, Step("out", Concat(at - 1), tuple(step.name for step in steps))))


@reads(FUNCTION, "view", "reshape")
def reshape(call: TorchCall) -> Made:
    given = call.args[1:] or (call.options.get("shape"),)
    return reshaped(call.x, given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given)


@reads(FUNCTION, "unflatten")
def unflatten(call: TorchCall) -> Made:
    return unflattened(call.x, call.given("dim", 1), call.given("sizes", 2))


def unflattened(x: Tensor, dim: int, sizes: Any) -> Made:
    """One dimension as several."""
    at, whole = dim % len(x.whole), x.whole
    return reshaped(x, [*whole[:at], *sizes, *whole[at + 1 :]])


@reads(FUNCTION, "squeeze", "squeeze_")
def squeeze(call: TorchCall) -> Made:
    whole, dim = call.x.whole, call.given("dim", 1)
    if dim is None:
        raise UnreadError("without a dimension it would leave out a batch of 1; use squeeze(-1)")
    gone = {at % len(whole) for at in (dim if isinstance(dim, (tuple, list)) else (dim,))}
    return reshaped(call.x, [size for at, size in enumerate(whole) if at not in gone or size != 1])


@reads(FUNCTION, "unsqueeze", "unsqueeze_")
def unsqueeze(call: TorchCall) -> Made:
    whole, dim = list(call.x.whole), call.given("dim", 1)
    whole.insert(dim % (len(whole) + 1), 1)
    return reshaped(call.x, whole)


@reads(FUNCTION, "permute")
@moving
def permute(call: TorchCall) -> Made:
    given = call.args[1:] or (call.options.get("dims"),)
    return reordered(call.x, given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given)


@reads(FUNCTION, "transpose", "transpose_", "swapaxes", "swapdims")
@moving
def transpose(call: TorchCall) -> Made:
    first, second = (
        call.given(name, at, call.given(other, at))
        for at, (name, other) in enumerate((("dim0", "axis0"), ("dim1", "axis1")), 1)
    )
    dims = list(range(len(call.x.seen)))
    dims[first], dims[second] = dims[second], dims[first]
    return reordered(call.x, dims)


@reads(FUNCTION, "movedim", "moveaxis")
@moving
def movedim(call: TorchCall) -> Made:
    source, to = call.given("source", 1), call.given("destination", 2)
    if not isinstance(source, int) or not isinstance(to, int):
        raise UnreadError("it moves several dimensions")
    dims = list(range(len(call.x.seen)))
    dims.insert(to % len(dims), dims.pop(source))
    return reordered(call.x, dims)


@reads(FUNCTION, "expand", "expand_as", "broadcast_to")
def expand(call: TorchCall) -> Made:
    other = call.given("other", 1)
    if isinstance(other, Tensor):
        return making.expanded(call.inputs[0], other.whole)
    given = call.args[1:] or (call.options.get("size"),)
    sizes = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    whole = call.x.whole
    return making.expanded(call.x, [own if one == -1 else one for own, one in zip(whole, sizes)])


# -- over some dimensions ------------------------------------------------------------------------------


@reads(FUNCTION, "mean")
def mean(call: TorchCall) -> Made:
    return _over(call, "average")


@reads(FUNCTION, "sum")
def total(call: TorchCall) -> Made:
    return _over(call, "sum")


@reads(FUNCTION, "amax")
def largest(call: TorchCall) -> Made:
    return _over(call, "max")


@reads(FUNCTION, "amin")
def least(call: TorchCall) -> Made:
    return _over(call, "min")


@reads(FUNCTION, "max")
def greatest(call: TorchCall) -> Made:
    return _over(call, "max") if len(call.inputs) == 1 else _larger(call)


@reads(FUNCTION, "min")
def smallest(call: TorchCall) -> Made:
    return _over(call, "min") if len(call.inputs) == 1 else _smaller(call)


@reads(FUNCTION, "maximum")
def _larger(call: TorchCall) -> Made:
    """y + relu(z - y), so that of two that are equal the first has the gradient."""
    return _of_two(call, (-1, 1), (1, 1))


@reads(FUNCTION, "minimum")
def _smaller(call: TorchCall) -> Made:
    """y - relu(y - z)."""
    return _of_two(call, (1, -1), (1, -1))


def _of_two(call: TorchCall, difference: tuple[int, int], joined: tuple[int, int]) -> Made:
    left, right = call.given("input", 0), call.given("other", 1)
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        raise UnreadError("one of its two arguments is not computed from the input")
    return Steps((
        Step("difference", Add(difference), (left, right)),
        Step("positive", making.activation("relu"), ("difference",)),
        Step("out", Add(() if joined == (1, 1) else joined), (left, "positive")),
    ))  # fmt: skip


@reads(FUNCTION, "abs", "abs_", "absolute")
def absolute(call: TorchCall) -> Made:
    """relu(x) + relu(-x), whose derivative at 0 is 0."""
    return Steps((
        Step("positive", making.activation("relu"), (call.x,)),
        Step("opposite", making.rescaling(-1), (call.x,)),
        Step("negative", making.activation("relu"), ("opposite",)),
        Step("out", Add(), ("positive", "negative")),
    ))  # fmt: skip


def _over(call: TorchCall, kind: str) -> Made:
    """One number for all entries along some dimensions."""
    dims, rank = call.given("dim", 1, call.given("axis", 1)), len(call.x.whole)
    if dims is None:
        raise UnreadError("it goes over all dimensions, and so over the batch")
    over = sorted({dim % rank for dim in (dims if isinstance(dims, (tuple, list)) else (dims,))})
    if 0 in over:
        raise UnreadError("it goes over the batch")
    kept = bool(call.given("keepdim", 2, False))
    if kind in ("average", "max") and over == list(range(2, rank)) and rank > 2:
        pool = making.global_pool(kind, call.shape, "pool")
        return making.global_pool(kind, call.shape) if kept else [pool, making.flatten()]
    return making.reduced(kind, call.x, over, kept)
