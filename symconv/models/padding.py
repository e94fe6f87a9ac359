"""Padding on any axis of an example, with any value, and tensors of the model among those that are joined.

[x, c] along an axis is x with zeros behind it, plus a tensor that is c there and zero where x is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symconv.models import making
from symconv.models.making import Pairs
from symconv.models.parts import Piece, UnreadError, Weight
from symconv.models.readers import Step, Steps, Tensor
from symconv.networks.joins import Concat

PADDING_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def padded(x: Tensor, pairs: Pairs, mode: str = "constant", value: Any = 0) -> list[Piece]:
    """Padding on the last axes of an example; negative numbers take elements off.

    Args:
        pairs: before and behind each of them, in the order of the axes.
        mode: as PyTorch calls it. ``value``: what is put there if it is "constant".

    Raises:
        UnreadError: the batch would be padded, or the mode is unknown.
    """
    shape = x.whole[1:]
    pairs = list(pairs)
    while len(pairs) > len(shape) and pairs[0] == (0, 0):
        pairs.pop(0)
    if mode not in PADDING_MODES:
        raise UnreadError(f"padding with mode={mode!r}")
    ours = PADDING_MODES[mode]
    if len(pairs) > len(shape):
        raise UnreadError(f"it pads {len(pairs)} axes, and an example has {len(shape)}")
    if len(pairs) < len(shape):
        pieces = [replace(making.pad(((0, 0),) * (len(shape) - 1 - len(pairs)) + tuple(pairs), ours), step="pad")]
    elif len(shape) > 1 and pairs[0] == (0, 0):
        pieces = [replace(making.pad(pairs[1:], ours), step="pad")]
    else:
        longer = tuple(low + size + high for size, (low, high) in zip(shape, pairs))
        pieces = [
            making.reshape((1, *shape), "one"), replace(making.pad(pairs, ours), step="pad"),
            making.reshape(longer, "back"),
        ]  # fmt: skip
    if mode == "constant" and value != 0:
        less, more = replace(making.rescaling(1, -value), step="less"), replace(making.rescaling(1, value), step="more")
        pieces = [less, *pieces, more]
    return [*pieces[:-1], replace(pieces[-1], step="")]


def joined(items: Sequence[Tensor | int], axis: int, added: Weight) -> Steps:
    """Tensors that follow each other along an axis, which is counted with the batch, some of them of the model.

    Args:
        items: tensors between nodes, and sizes along the axis of those that are the model's.
        added: what is added to all: the model's tensors in their places, zeros elsewhere.
    """
    steps: list[Step] = []
    pads: list[list[int]] = []
    tensors: list[Tensor] = []
    waiting = 0
    for item in items:
        if isinstance(item, Tensor):
            tensors.append(item)
            pads.append([waiting, 0])
            waiting = 0
        elif pads:
            pads[-1][1] += item
        else:
            waiting += item
    names: list[Tensor | str] = []
    for number, (tensor, pad) in enumerate(zip(tensors, pads)):
        last: Tensor | str = tensor
        if any(pad):
            pairs = [(0, 0)] * (len(tensor.whole) - 1)
            pairs[axis - 1] = (pad[0], pad[1])
            for piece in padded(tensor, pairs):
                name = f"{number}.{piece.step}" if piece.step else str(number)
                steps.append(Step(name, piece, (last,)))
                last = name
        names.append(last)
    if names[1:]:
        steps.append(Step("join", Concat(axis - 1), tuple(names)))
        names = ["join"]
    return Steps((*steps, Step("with", making.shifted(added), (names[0],))))
