"""Products of two tensors that are both computed from the input, as in attention: all of them as one matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.models import making
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import Joined, Step, Steps, Tensor
from symconv.networks.arguments import same
from symconv.networks.products import MatMul

LOWEST = -1e300
"""Stands for minus infinity in front of a softmax, which makes 0 of both."""


def multiplied(left: Tensor, right: Tensor) -> Joined:
    """The matrix product along the last two axes of an example.

    Raises:
        UnreadError: the tensors have different numbers of axes, or it is a product of examples.
    """
    shapes = left.whole, right.whole
    if min(map(len, shapes)) < 3:
        raise UnreadError("it multiplies examples of the batch with each other")
    if len(shapes[0]) != len(shapes[1]):
        raise UnreadError(f"it multiplies a tensor of {len(shapes[0])} dimensions with one of {len(shapes[1])}")
    return Joined(MatMul(), (left, right))


def contracted(left: Tensor, of_left: str, right: Tensor, of_right: str, out: str) -> Steps:
    """The product of two tensors whose axes have letters, summed over the letters of both that are not in the output.

    Raises:
        UnreadError: examples are mixed, an axis is there twice, or one tensor alone is summed over.
    """
    for tensor, letters in ((left, of_left), (right, of_right)):
        if len(letters) != len(tensor.whole) or len(set(letters)) != len(letters):
            raise UnreadError(f"the letters {letters} for a tensor of {len(tensor.whole)} dimensions")
    batch = of_left[0]
    if not batch == of_right[0] == out[:1] or len(set(out)) != len(out):
        raise UnreadError(f"the product {of_left},{of_right}->{out} does not keep the batch as the first axis of all")
    kept = [one for one in of_left[1:] if one in of_right and one in out]
    summed = [one for one in of_left if one in of_right and one not in out]
    rows = [one for one in of_left if one not in of_right]
    columns = [one for one in of_right if one not in of_left]
    if sorted(out) != sorted([batch, *kept, *rows, *columns]):
        raise UnreadError(f"the product {of_left},{of_right}->{out} sums one of the two tensors alone")
    sizes = {**dict(zip(of_right, right.whole)), **dict(zip(of_left, left.whole))}
    matrices = (
        ("left", left, of_left, kept + rows + summed, _counts(sizes, kept, rows, summed)),
        ("right", right, of_right, kept + summed + columns, _counts(sizes, kept, summed, columns)),
    )
    steps: list[Step] = []
    for name, tensor, letters, wanted, shape in matrices:
        steps += _as_matrix(name, tensor, [letters.index(one) for one in (batch, *wanted)], shape)
    ends = [steps_of[-1].name if (steps_of := [one for one in steps if one.name.startswith(name)]) else tensor
            for name, tensor, *_ in matrices]  # fmt: skip
    steps.append(Step("product", MatMul(), (ends[0], ends[1])))
    found = [*kept, *rows, *columns]
    if len(rows) != 1 or len(columns) != 1:
        steps.append(Step("axes", making.reshape([sizes[one] for one in found]), (steps[-1].name,)))
    order = [0, *(found.index(one) + 1 for one in out[1:])]
    if order != sorted(order):
        steps.append(Step("order", making.permuted(order), (steps[-1].name,)))
    return Steps(tuple(steps))


def _counts(sizes: Any, kept: Sequence[str], *others: Sequence[str]) -> list[Any]:
    """The sizes of axes that are kept, and the product of the sizes of each of the others."""
    return [*(sizes[one] for one in kept), *(making.product(sizes[one] for one in each) for each in others)]


def _as_matrix(name: str, tensor: Tensor, order: Sequence[int], shape: Sequence[Any]) -> list[Step]:
    steps: list[Step] = []
    last: Tensor | str = tensor
    if list(order) != sorted(order):
        steps.append(Step(f"{name} order", making.permuted(order), (last,)))
        last = steps[-1].name
    sizes = [tensor.whole[at] for at in order[1:]]
    if len(shape) != len(sizes) or not all(map(same, shape, sizes)):
        steps.append(Step(f"{name} matrix", making.reshape(shape), (last,)))
    return steps


def attended(query: Tensor | str, key: Tensor | str, value: Tensor | str, scale: Any, rank: int,
             mask: Piece | None = None, last: str = "out") -> list[Step]:  # fmt: skip
    """softmax(scale q k^T + mask) v over the last two of ``rank`` dimensions; the softmax is the step "weights"."""
    turned = (*range(rank - 2), rank - 1, rank - 2)
    steps = [
        Step("turned", making.permuted(turned), (key,)),
        Step("scores", MatMul(), (query, "turned")),
        Step("scaled", making.rescaling(scale), ("scores",)),
    ]  # fmt: skip
    if mask is not None:
        steps.append(Step("masked", replace(mask, step=""), ("scaled",)))
    steps.append(Step("weights", making.softmax(rank - 1, (sp.S.One,) * (rank - 1)), (steps[-1].name,)))
    return [*steps, Step(last, MatMul(), ("weights", value))]
