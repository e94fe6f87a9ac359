"""Readers of ONNX's operators that join tensors, change their shape, or ask for sizes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from symconv.models import making
from symconv.models.onnx_calls import Constant, OnnxCall, Operand, Sizes
from symconv.models.onnx_nodes import ONNX, short
from symconv.models.padding import joined, padded
from symconv.models.parts import Array, UnreadError, Weight
from symconv.models.readers import Joined, Made, Tensor, reads
from symconv.models.shapes import reshaped
from symconv.networks.joins import Add, Concat, Multiply


@reads(ONNX, "Identity", "Cast")
def nothing(call: OnnxCall) -> Made:
    return call.x


@reads(ONNX, "Dropout")
def dropout(call: OnnxCall) -> Made:
    """In training mode since version 12 by an input; before 7 by is_test, which is read as set."""
    mode = call.constant(2, "training_mode")
    if mode is not None and (mode.tensor is None or bool(mode.numbers().reshape(-1)[0])):
        raise UnreadError("it is in training form, and random")
    if call.outputs > 1:
        raise UnreadError("it returns the mask as well")
    return call.x


@reads(ONNX, "Flatten")
def flatten(call: OnnxCall) -> Made:
    axis, rank = call.attributes.get("axis", 1), len(call.shape) + 1
    if axis % rank != 1 or axis == rank:
        raise UnreadError(f"axis={axis} puts the batch and the entries of an example together, or keeps several axes")
    return call.x if rank == 2 else making.flatten()


@reads(ONNX, "Reshape")
def reshape(call: OnnxCall) -> Made:
    said = call.said(1, "shape")
    if said is None:
        raise UnreadError("it has no shape")
    whole = call.x.whole
    kept = not call.attributes.get("allowzero", 0)
    wanted = [whole[at] if kept and size == 0 and at < len(whole) else size for at, size in enumerate(said)]
    return reshaped(call.x, wanted)


@reads(ONNX, "Squeeze")
def squeeze(call: OnnxCall) -> Made:
    whole, axes = call.x.whole, call.said(1, "axes")
    if axes is None:
        raise UnreadError("it says no axes, and would leave out a batch of 1")
    gone = {axis % len(whole) for axis in axes}
    return reshaped(call.x, [size for at, size in enumerate(whole) if at not in gone])


@reads(ONNX, "Unsqueeze")
def unsqueeze(call: OnnxCall) -> Made:
    axes = call.said(1, "axes") or []
    whole = list(call.x.whole)
    rank = len(whole) + len(axes)
    for axis in sorted(int(axis) % rank for axis in axes):
        whole.insert(axis, 1)
    return reshaped(call.x, whole)


@reads(ONNX, "Transpose")
def transpose(call: OnnxCall) -> Made:
    return making.permuted(call.attributes.get("perm") or list(range(len(call.x.whole)))[::-1])


@reads(ONNX, "Split")
def split(call: OnnxCall) -> Made:
    """Before version 13 the sizes are an attribute; without sizes the parts are equal, but for the last one."""
    at = call.attributes.get("axis", 0) % len(call.x.whole)
    sizes, size = call.said(1, "split"), call.x.whole[at]
    if sizes is None and isinstance(size, int):
        each = -(-size // int(call.attributes.get("num_outputs", call.outputs)))
        sizes = [min(each, size - start) for start in range(0, size, each)]
    if sizes is None or len(sizes) != call.outputs:
        raise UnreadError(f"it splits an axis of size {size} into {call.outputs} parts that are not known")
    return making.split(call.x, at, [int(one) for one in sizes])


@reads(ONNX, "Slice")
def slice_(call: OnnxCall) -> Made:
    """Before version 10 the ends are attributes."""
    starts, stops = call.said(1, "starts"), call.said(2, "ends")
    if starts is None or stops is None:
        raise UnreadError("it does not say where it starts and ends")
    axes = call.said(3, "axes") or list(range(len(starts)))
    steps = call.said(4, "steps") or [1] * len(starts)
    pieces = []
    for start, stop, axis, step in zip(starts, stops, axes, steps):
        at = int(axis) % len(call.x.whole)
        size = call.x.whole[at]
        if not isinstance(size, int) or step < 1:
            raise UnreadError(f"it goes backwards, or along an axis with the size {size}")
        first, last, _ = slice(int(start), int(stop), int(step)).indices(size)
        if (first, last, step) != (0, size, 1):
            pieces.append(making.sliced(at, first, last, int(step), f"axis{at}"))
    return [*pieces[:-1], replace(pieces[-1], step="")] if pieces else call.x


# -- arithmetic ----------------------------------------------------------------------------------------


@reads(ONNX, "Add", "Sum")
def add(call: OnnxCall) -> Made:
    return _summed(call, 1)


@reads(ONNX, "Sub")
def subtract(call: OnnxCall) -> Made:
    return _summed(call, -1)


def _summed(call: OnnxCall, sign: int) -> Made:
    require_new(call)
    if len(call.inputs) == len(call.operands):
        how = Add((1, -1)) if sign < 0 else Add()
        return call.inputs[0] if len(call.inputs) == 1 else Joined(how, call.inputs)
    constant, number, is_first = other(call)
    scale, factor = (sign, 1) if is_first else (1, sign)
    if number is not None:
        return making.with_number(call.x, scale, factor * number)
    return making.with_tensor(scale, factor, constant.weight())


@reads(ONNX, "Mul")
def multiply(call: OnnxCall) -> Made:
    require_new(call)
    if len(call.inputs) == len(call.operands):
        return Joined(Multiply(), call.inputs)
    constant, number, _ = other(call)
    return making.scaled(constant.weight()) if number is None else making.with_number(call.x, number)


@reads(ONNX, "Neg")
def negative(call: OnnxCall) -> Made:
    return making.rescaling(-1)


def require_new(call: OnnxCall) -> None:
    """An error for rules of broadcasting that are not PyTorch's."""
    if call.version < 7 and call.attributes.get("broadcast", 0):
        raise UnreadError("broadcasting of versions before 7")


def other(call: OnnxCall) -> tuple[Constant, Any, bool]:
    """The constant of two operands, its only number if there is one, and whether it is the first."""
    constants = [one for one in call.operands if isinstance(one, Constant)]
    if len(call.operands) != 2 or len(constants) != 1:
        raise UnreadError("it has several constants, or sizes")
    (constant,) = constants
    alone = prod(constant.shape) == 1 and constant.tensor is not None
    number = short(float(constant.numbers().reshape(-1)[0])) if alone else None
    return constant, number, call.operands[0] is constant


@reads(ONNX, "Concat")
def concat(call: OnnxCall) -> Made:
    axis, rank = call.attributes.get("axis", 1), len(call.inputs[0].shape or ()) + 1
    if (axis := axis % rank) == 0:
        raise UnreadError("it joins along the batch")
    if len(call.inputs) != len(call.operands):
        return _with_constants(call, axis)
    return call.inputs[0] if len(call.inputs) == 1 else Joined(Concat(axis - 1), call.inputs)


def _with_constants(call: OnnxCall, axis: int) -> Made:
    """Constants have the same numbers for every example, and are added to zeros in their places."""
    items: list[Tensor | int] = []
    places: list[Array | int] = []
    for one in call.operands:
        if isinstance(one, Tensor) and isinstance(size := one.whole[axis], int):
            items.append(one)
            places.append(size)
        elif isinstance(one, Constant) and len(one.shape) == len(call.inputs[0].whole):
            array = one.numbers()
            if array.shape[0] != call.inputs[0].batch or not (array == array[:1]).all():
                raise UnreadError(f"{one.name} has other numbers for every example of the batch")
            items.append(array.shape[axis])
            places.append(array[:1])
        else:
            raise UnreadError("it joins what has another number of dimensions, or a size that is a symbol")
    like = next(one for one in places if not isinstance(one, int))
    lengths = [one if isinstance(one, int) else one.shape[axis] for one in places]
    zeros = [np.zeros((*like.shape[:axis], size, *like.shape[axis + 1 :])) for size in lengths]
    added = np.concatenate([zero if isinstance(one, int) else one for one, zero in zip(places, zeros)], axis)
    return joined(items, axis, Weight(call.name, lambda: added, None, added.shape, None, learned=False))


@reads(ONNX, "Pad")
def pad(call: OnnxCall) -> Made:
    pads, value = call.said(1, "pads") or call.said(1, "paddings"), call.said(2, "value")
    rank = len(call.shape) + 1
    axes = [int(axis) % rank for axis in call.said(3, "axes") or range(rank)]
    if pads is None or len(pads) != 2 * len(axes):
        raise UnreadError(f"pads={pads} for {len(axes)} axes")
    pairs = {axis: (int(low), int(high)) for axis, low, high in zip(axes, pads, pads[len(axes) :])}
    if pairs.get(0, (0, 0)) != (0, 0):
        raise UnreadError("it pads the batch")
    modes = {"edge": "replicate", "wrap": "circular"}
    mode = call.attributes.get("mode", "constant")
    listed = [pairs.get(axis, (0, 0)) for axis in range(1, rank)]
    return padded(call.x, listed, modes.get(mode, mode), value[0] if value else 0)


@reads(ONNX, "Resize", "Upsample")
def resize(call: OnnxCall) -> Made:
    """Before version 11 scales are the second input; Upsample is the older name, with floor."""
    first = call.kind == "Upsample" or call.version < 11
    said = call.attributes
    if said.get("antialias", 0) or said.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnreadError("antialias, or a policy for the ratio of the sides")
    scales = call.said(1 if first else 2, "scales") or None
    sizes = None if first else call.said(3, "sizes") or None
    return making.resize(call.shape, **_resizing(call, said, scales, sizes, first))


def _resizing(call: OnnxCall, said: Any, scales: Any, sizes: Any, first: bool) -> dict[str, Any]:
    rank, axes = len(call.shape) + 1, said.get("axes")
    axes = [axis % rank for axis in axes] if axes else list(range(rank))
    for what, values, still in (("scales", scales, (1, 1)), ("sizes", sizes, (None, call.shape[0]))):
        if values is None:
            continue
        by_axis = dict(zip(axes, values))
        if what == "scales":
            by_axis = {axis: short(value) for axis, value in by_axis.items()}
        if what == "scales" and any(by_axis.get(at, 1) != still[at] for at in (0, 1)):
            raise UnreadError("it resizes the batch or the channels")
        if what == "sizes" and by_axis.get(1, call.shape[0]) != call.shape[0]:
            raise UnreadError("it resizes the channels")
        spatial = [by_axis.get(at, 1 if what == "scales" else call.shape[at - 1]) for at in range(2, rank)]
        scales, sizes = (spatial, None) if what == "scales" else (None, spatial)
        break
    mode = said.get("mode", "nearest")
    if mode == "cubic" and (said.get("cubic_coeff_a", -0.75) != -0.75 or said.get("exclude_outside", 0)):
        raise UnreadError("a cubic with another coefficient than -0.75, or whose weights beyond the ends are left out")
    usual = "asymmetric" if first else "half_pixel"
    how = said.get("coordinate_transformation_mode", usual)
    if how == "align_corners" and scales is not None and any(scale * n % 1 for scale, n in zip(scales, call.shape[1:])):
        raise UnreadError("align_corners by scales that give a size which is not whole; ONNX does not round it here")
    rounding = "floor" if first else said.get("nearest_mode", "round_prefer_floor")
    return {"size": sizes, "scale": scales, **making.interpolation(mode, how, rounding)}


@reads(ONNX, "DepthToSpace")
def depth_to_space(call: OnnxCall) -> Made:
    return making.pixel_shuffle(int(call.attributes["blocksize"]), call.attributes.get("mode", "DCR") != "CRD")


@reads(ONNX, "SpaceToDepth")
def space_to_depth(call: OnnxCall) -> Made:
    mode = call.attributes.get("mode", "DCR")
    return making.pixel_unshuffle(int(call.attributes["blocksize"]), depth_first=mode != "CRD")


# -- sizes ---------------------------------------------------------------------------------------------


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "Mul": operator.mul, "Add": operator.add, "Sub": operator.sub, "Div": operator.floordiv,
}  # fmt: skip
"""What a graph may do with sizes; they are not negative, so that division rounds down."""


def computed_sizes(kind: str, operands: tuple[Operand, ...], attributes: Any) -> Sizes | None:
    """What a node computes with sizes alone; None if it does something else."""
    first = operands[0] if operands else None
    if kind == "Shape" and isinstance(first, Tensor) and first.shape is not None:
        return Sizes(first.whole[attributes.get("start", 0) : attributes.get("end")])
    if not any(isinstance(one, Sizes) for one in operands):
        return None
    if kind == "Gather" and isinstance(first, Sizes) and isinstance(index := operands[1], Constant):
        at = index.numbers()
        values = tuple(first.values[int(one)] for one in at.reshape(-1))
        return Sizes(values, at.ndim == 0)
    if kind in ("Unsqueeze", "Squeeze", "Cast", "Identity") and isinstance(first, Sizes):
        return Sizes(first.values, kind == "Squeeze")
    if kind == "Concat":
        return Sizes(tuple(size for one in operands for size in _listed(one)))
    if kind in ARITHMETIC and len(operands) == 2:
        return _arithmetic(kind, *(_listed(one) for one in operands))
    return None


def _listed(operand: Operand) -> tuple[Any, ...]:
    if isinstance(operand, Sizes):
        return operand.values
    if isinstance(operand, Constant):
        return tuple(int(one) for one in operand.numbers().reshape(-1))
    raise UnreadError("sizes are computed of a tensor")


def _arithmetic(kind: str, left: tuple[Any, ...], right: tuple[Any, ...]) -> Sizes | None:
    if len(left) != len(right):
        return None
    return Sizes(tuple(map(ARITHMETIC[kind], left, right)), len(left) == 1)
