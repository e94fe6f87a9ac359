"""Readers of PyTorch's functions that join tensors or change their shape, and of what is asked of a shape."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.geometry.arguments import Number
from symconv.models import making
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import Joined, Made, Step, Steps, Tensor, reads
from symconv.models.shapes import reshaped
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
    return making.with_number(call.x, -1, _number(call.given("other", 1)))


def _summed(call: TorchCall, sign: int) -> Made:
    """x + y or x - y, where one of them may be a number or a tensor of the model, and alpha multiplies y."""
    left, right = call.given("input", 0), call.given("other", 1)
    alpha = sign * _number(call.given("alpha", 2, 1))
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return Joined(Add() if alpha == 1 else Add((1, alpha)), (left, right))
    x, other, scale, factor = (left, right, 1, alpha) if isinstance(left, Tensor) else (right, left, alpha, 1)
    if (weight := call.tensor(other)) is None:
        return making.with_number(x, scale, factor * _number(other))
    if abs(factor) != 1:
        raise UnreadError(f"alpha={factor} scales a tensor of the model that is added")
    return making.with_tensor(scale, factor, weight)


def _number(value: Any) -> Any:
    """A number of Python, or the only one of a tensor of the model that is not learned."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnreadError("one of its two arguments is neither a number nor computed from the input")
    return value if isinstance(value, int) else exact(value, "a number")


@reads(FUNCTION, "neg", "neg_", "negative")
def negative(call: TorchCall) -> Made:
    return making.rescaling(-1)


@reads(FUNCTION, "mul", "imul", "mul_", "multiply")
def multiply(call: TorchCall) -> Made:
    left, right = call.given("input", 0), call.given("other", 1)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return Joined(Multiply(), (left, right))
    other = right if isinstance(left, Tensor) else left
    if (weight := call.tensor(other)) is None:
        return making.with_number(call.x, _number(other))
    return making.scaled(weight)


@reads(FUNCTION, "truediv", "itruediv", "div", "div_", "divide", "true_divide")
def divide(call: TorchCall) -> Made:
    left, right = call.given("input", 0), call.given("other", 1)
    if not isinstance(left, Tensor) or isinstance(right, Tensor) or call.given("rounding_mode", 2) is not None:
        raise UnreadError("it divides by what is computed from the input, or rounds")
    if (weight := call.tensor(right)) is not None:
        if weight.learned:
            raise UnreadError("it divides by what the model learns; multiply by the inverse")
        return making.scaled(replace(weight, arrange=lambda array: 1 / weight.arranged(array)))
    if (divisor := _number(right)) == 0:
        raise UnreadError("it divides by 0")
    return making.with_number(left, Fraction(1) / divisor)


@reads(FUNCTION, "pow", "pow_", "ipow")
def power(call: TorchCall) -> Made:
    if call.given("exponent", 1) != 2 or not isinstance(call.given("input", 0), Tensor):
        raise UnreadError(f"to the power of {call.given('exponent', 1)}; only squares are read")
    return Joined(Multiply(), (call.x, call.x))


@reads(FUNCTION, "square", "square_")
def square(call: TorchCall) -> Made:
    return Joined(Multiply(), (call.x, call.x))


@reads(FUNCTION, "cat", "concat", "concatenate")
def cat(call: TorchCall) -> Made:
    axis, rank = call.given("dim", 1, 0), len(call.inputs[0].shape or ()) + 1
    if not isinstance(call.given("tensors", 0), (list, tuple)) or len(call.inputs) != len(call.given("tensors", 0)):
        raise UnreadError("not all that it joins is computed from the input")
    if axis % rank == 0:
        raise UnreadError("it joins along the batch")
    return call.inputs[0] if len(call.inputs) == 1 else Joined(Concat(axis % rank - 1), call.inputs)


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
def permute(call: TorchCall) -> Made:
    given = call.args[1:] or (call.options.get("dims"),)
    return making.permuted(given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given)


@reads(FUNCTION, "transpose", "transpose_", "swapaxes", "swapdims")
def transpose(call: TorchCall) -> Made:
    first, second = (
        call.given(name, at, call.given(other, at))
        for at, (name, other) in enumerate((("dim0", "axis0"), ("dim1", "axis1")), 1)
    )
    dims = list(range(len(call.x.whole)))
    dims[first], dims[second] = dims[second], dims[first]
    return making.permuted(dims)


@reads(FUNCTION, "movedim", "moveaxis")
def movedim(call: TorchCall) -> Made:
    source, to = call.given("source", 1), call.given("destination", 2)
    if not isinstance(source, int) or not isinstance(to, int):
        raise UnreadError("it moves several dimensions")
    dims = list(range(len(call.x.whole)))
    dims.insert(to % len(dims), dims.pop(source))
    return making.permuted(dims)


@reads(FUNCTION, "expand", "expand_as", "broadcast_to")
def expand(call: TorchCall) -> Made:
    other = call.given("other", 1)
    if isinstance(other, Tensor):
        return making.expanded(call.inputs[0], other.whole)
    given = call.args[1:] or (call.options.get("size"),)
    sizes = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    whole = call.x.whole
    return making.expanded(call.x, [own if one == -1 else one for own, one in zip(whole, sizes)])


# -- parts of a tensor ---------------------------------------------------------------------------------


@reads(FUNCTION, "chunk")
def chunk(call: TorchCall) -> Made:
    at, count = call.given("dim", 2, 0) % len(call.x.whole), call.given("chunks", 1)
    size = call.x.whole[at]
    if not isinstance(size, int):
        raise UnreadError(f"dimension {at} has a size that is a symbol")
    return making.split(call.x, at, _pieces(size, -(-size // count)))


@reads(FUNCTION, "split", "split_with_sizes")
def split(call: TorchCall) -> Made:
    at = call.given("dim", 2, 0) % len(call.x.whole)
    said = call.given("split_size_or_sections", 1, call.given("split_size", 1, call.given("split_sizes", 1)))
    size = call.x.whole[at]
    if isinstance(said, (tuple, list)):
        return making.split(call.x, at, said)
    if not isinstance(size, int) or not isinstance(said, int):
        raise UnreadError(f"dimension {at} has a size that is a symbol")
    return making.split(call.x, at, _pieces(size, said))


def _pieces(size: int, each: int) -> list[int]:
    return [min(each, size - start) for start in range(0, size, each)]


@reads(FUNCTION, "narrow")
def narrow(call: TorchCall) -> Made:
    start, length = call.given("start", 2), call.given("length", 3)
    return making.sliced(call.given("dim", 1) % len(call.x.whole), start, start + length)


@reads(FUNCTION, "select")
def select(call: TorchCall) -> Made:
    at = call.given("dim", 1) % len(call.x.whole)
    return _indexed(call.x, [slice(None)] * at + [call.given("index", 2)])


@reads(FUNCTION, "getitem")
def item(call: TorchCall) -> Made:
    """x[:, :, 1:-1], x[:, 0], x[:, :, None], x[..., ::2]; of spatial axes it takes elements off the ends."""
    index = call.given("index", 1)
    return _indexed(call.x, list(index) if isinstance(index, tuple) else [index])


def _indexed(x: Tensor, index: list[Any]) -> Made:
    whole = x.whole
    named = [one for one in index if one is not None and one is not Ellipsis]
    if any(not isinstance(one, (int, slice)) or isinstance(one, bool) for one in named):
        raise UnreadError("it takes entries at places that are computed, or given as a list")
    rest = [slice(None)] * (len(whole) - len(named))
    at = next((at for at, one in enumerate(index) if one is Ellipsis), len(index))
    index = [*index[:at], *rest, *index[at + 1 :]]
    said = [one for one in index if one is not None]
    if _cuts_ends(said, whole):
        return making.pad([_cut(one, size) for one, size in zip(said[2:], whole[2:])], "constant", 0)
    pieces, sizes = [], list(whole)
    for at, one in enumerate(said):
        if one != slice(None):
            if isinstance(one, int):
                one = slice(one, one + 1 if one != -1 else None)
            pieces.append(making.sliced(at, one.start or 0, one.stop, one.step or 1, f"axis{at}"))
            sizes[at] = _length(one, whole[at])
    shape = [*sizes]
    for at in (at for at, one in reversed([*enumerate(said)]) if isinstance(one, int)):
        del shape[at]
    for at, one in enumerate(index):
        if one is None:
            shape.insert(at - sum(isinstance(before, int) for before in index[:at]), 1)
    last = reshaped(Tensor(x.name, tuple(sizes[1:]), x.batch), shape)
    if isinstance(last, Piece):
        pieces.append(last)
    if not pieces:
        return x
    return [*pieces[:-1], replace(pieces[-1], step="")]


def _cuts_ends(said: list[Any], whole: Sequence[Number]) -> bool:
    """Whether it only takes elements off the ends of spatial axes."""
    plain = all(isinstance(one, slice) and one.step in (None, 1) for one in said)
    known = all(isinstance(size, int) for size in whole[2:])
    return plain and known and said[:2] == [slice(None)] * 2 and said[2:] != [slice(None)] * len(said[2:])


def _length(part: slice, size: Number) -> Number:
    """How many entries a slice takes."""
    if isinstance(size, int):
        return len(range(*part.indices(size)))
    start, stop = part.start or 0, size if part.stop is None else part.stop
    start, stop = (size + end if isinstance(end, int) and end < 0 else end for end in (start, stop))
    return stop - start


def _cut(part: slice, size: Number) -> tuple[int, int]:
    """What a slice takes off both ends, as negative padding."""
    assert isinstance(size, int)
    start, stop, _ = part.indices(size)
    return -start, stop - size


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
