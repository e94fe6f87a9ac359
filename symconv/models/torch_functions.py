"""Readers of PyTorch's functions that join tensors or change their shape, and of what is asked of a shape."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from symconv.geometry.arguments import Number
from symconv.models import making
from symconv.models.parts import UnreadError
from symconv.models.readers import Joined, Made, reads
from symconv.models.shapes import reshaped
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_modules import FUNCTION
from symconv.networks.joins import Add, Concat, Join, Multiply

ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "floordiv", "getitem", "neg", "iadd", "isub", "imul", "ifloordiv")
}
"""What a model may do with sizes."""


@reads(FUNCTION, "add", "iadd", "add_")
def add(call: TorchCall) -> Made:
    if call.given("alpha", 2, 1) != 1:
        raise UnreadError(f"alpha={call.given('alpha', 2, 1)} scales what is added")
    return _entrywise(call, Add())


@reads(FUNCTION, "mul", "imul", "mul_", "multiply")
def multiply(call: TorchCall) -> Made:
    return _entrywise(call, Multiply())


def _entrywise(call: TorchCall, how: Join) -> Made:
    if len(call.inputs) != 2:
        raise UnreadError("one of its two arguments is a number or a parameter, and not computed from the input")
    return Joined(how, call.inputs)


@reads(FUNCTION, "cat", "concat", "concatenate")
def cat(call: TorchCall) -> Made:
    axis, rank = call.given("dim", 1, 0), len(call.inputs[0].shape or ()) + 1
    if not isinstance(call.given("tensors", 0), (list, tuple)) or len(call.inputs) != len(call.given("tensors", 0)):
        raise UnreadError("not all that it joins is computed from the input")
    if axis % rank == 0:
        raise UnreadError("it joins along the batch")
    return call.inputs[0] if len(call.inputs) == 1 else Joined(Concat(axis % rank - 1), call.inputs)


@reads(FUNCTION, "view", "reshape")
def reshape(call: TorchCall) -> Made:
    given = call.args[1:] or (call.options.get("shape"),)
    return reshaped(call.x, given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given)


@reads(FUNCTION, "squeeze")
def squeeze(call: TorchCall) -> Made:
    whole, axis = call.x.whole, call.given("dim", 1)
    if axis is None or isinstance(axis, tuple):
        raise UnreadError("only one dimension is squeezed, squeeze(-1)")
    gone = axis % len(whole)
    return reshaped(call.x, whole if whole[gone] != 1 else whole[:gone] + whole[gone + 1 :])


@reads(FUNCTION, "mean")
def mean(call: TorchCall) -> Made:
    axes = call.given("dim", 1)
    rank = len(call.shape) + 1
    listed = sorted(axis % rank for axis in (axes if isinstance(axes, (tuple, list)) else (axes,)) if axis is not None)
    if listed != list(range(2, rank)) or rank < 3:
        raise UnreadError("it averages other dimensions than all spatial ones")
    pool = making.global_pool("average", call.shape, "pool")
    return pool if call.given("keepdim", 2, False) else [pool, making.flatten()]


@reads(FUNCTION, "getitem")
def crop(call: TorchCall) -> Made:
    """x[:, :, 1:-1] takes elements off the ends of axes."""
    index = call.given("index", 1)
    listed = list(index) if isinstance(index, tuple) else [index]
    whole = call.x.whole
    if Ellipsis in listed:
        at = listed.index(Ellipsis)
        listed[at : at + 1] = [slice(None)] * (len(whole) - len(listed) + 1)
    listed += [slice(None)] * (len(whole) - len(listed))
    if any(not isinstance(one, slice) for one in listed) or any(one != slice(None) for one in listed[:2]):
        raise UnreadError(f"it takes {index} of a tensor, and not all channels without ends of spatial axes")
    return making.pad([_cut(one, size) for one, size in zip(listed[2:], whole[2:])], "constant", 0)


def _cut(part: slice, size: Number) -> tuple[int, int]:
    """What a slice takes off both ends, as negative padding."""
    if not isinstance(size, int) or part.step not in (None, 1):
        raise UnreadError("a slice with a step, or of a size that is a symbol")
    start, stop, _ = part.indices(size)
    return -start, stop - size
