"""Readers of PyTorch's products of a tensor with one of the model: matmul, addmm, einsum.

Each is a linear layer: what is summed over goes to the end as one axis, and what the weight adds takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.models import making, products
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import Made, Tensor, reads
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_modules import FUNCTION


@reads(FUNCTION, "matmul", "mm", "bmm", "imatmul")
def matmul(call: TorchCall) -> Made:
    left, right = call.given("input", 0), call.given("other", 1, call.given("mat2", 1))
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return products.multiplied(left, right)
    return [*_product(call, left, right)]


@reads(FUNCTION, "addmm", "baddbmm")
def addmm(call: TorchCall) -> Made:
    """What is added stands first."""
    added = call.given("input", 0)
    if any(call.given(name, at, 1) != 1 for at, name in ((3, "beta"), (4, "alpha"))) or isinstance(added, Tensor):
        raise UnreadError("what it adds is scaled, or computed from the input")
    pieces = _product(call, call.given("mat1", 1), call.given("mat2", 2))
    weight = call.tensor(added, call.x)
    if weight is None:
        raise UnreadError("what it adds is not a tensor")
    return [*_named(pieces), making.shifted(weight)]


def _product(call: TorchCall, left: Any, right: Any) -> list[Piece]:
    x, own = (left, right) if isinstance(left, Tensor) else (right, left)
    if not hasattr(own, "detach") or own.dim() != 2:
        raise UnreadError("it multiplies with what is not a matrix of the model")
    rank = len(x.whole)
    letters = _letters(rank)
    if x is left:
        return contracted(call, x, letters, own, letters[-1] + "z", letters[:-1] + "z")
    if rank < 3:
        raise UnreadError("it multiplies from the left, which mixes examples of the batch")
    return contracted(call, x, letters, own, "z" + letters[-2], letters[:-2] + "z" + letters[-1])


@reads(FUNCTION, "einsum")
def einsum(call: TorchCall) -> Made:
    pattern, *operands = call.args
    operands = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    sides = str(pattern).replace(" ", "").split("->")
    labels = sides[0].split(",")
    if len(sides) != 2 or "..." in pattern or len(labels) != len(operands):
        raise UnreadError(f"the pattern {pattern!r}")
    if len(operands) != 2:
        raise UnreadError(f"a product of {len(operands)} tensors")
    if all(isinstance(one, Tensor) for one in operands):
        return products.contracted(operands[0], labels[0], operands[1], labels[1], sides[1])
    at = 0 if isinstance(operands[0], Tensor) else 1
    return contracted(call, operands[at], labels[at], operands[1 - at], labels[1 - at], sides[1])


def contracted(call: TorchCall, x: Tensor, of_x: str, own: Any, of_own: str, out: str) -> list[Piece]:
    """The product of a tensor with one of the model, summed over the letters of both that are not in the output.

    Raises:
        UnreadError: an axis is in both and is kept, or there is a sum over an axis of one alone, or over the batch.
    """
    shape = x.whole
    summed = [letter for letter in of_x if letter in of_own]
    kept = [letter for letter in of_x if letter not in of_own]
    new = [letter for letter in of_own if letter not in of_x]
    plain = len(set(of_x)) == len(of_x) == len(shape) and len(set(of_own)) == len(of_own) == own.dim()
    if not plain or not summed or sorted(out) != sorted(kept + new) or kept[:1] != [of_x[0]] or out[0] != of_x[0]:
        raise UnreadError(f"the product {of_x},{of_own}->{out} is not a linear layer along some axes of an example")
    sizes = {**dict(zip(of_own, map(int, own.shape))), **dict(zip(of_x, shape))}
    made = call.made(_matrix, own, tuple(of_own.index(letter) for letter in new + summed), len(new))
    weight = call.weight(made, f"{call.name}.weight")
    assert weight is not None
    features = int(made.shape[0])
    order = [of_x.index(letter) for letter in kept + summed]
    steps: list[Piece] = []
    if order != list(range(len(order))):
        steps.append(replace(making.permuted(order), step="order"))
    if len(summed) > 1:
        shorter = (*(sizes[letter] for letter in kept[1:]), sp.Mul(*(sizes[letter] for letter in summed)))
        steps.append(making.reshape(shorter, "rows"))
    steps.append(making.linear(features, weight, step="product"))
    if len(new) != 1:
        steps.append(making.reshape([sizes[letter] for letter in kept[1:] + new], "columns"))
    back = [(kept + new).index(letter) for letter in out]
    if back != list(range(len(back))):
        steps.append(replace(making.permuted(back), step="back"))
    return [*steps[:-1], replace(steps[-1], step="")]


def _matrix(own: Any, order: Sequence[int], rows: int) -> Any:
    """As a matrix, whose rows are the first axes of this order."""
    turned = own.permute(*order)
    size = 1
    for one in turned.shape[:rows]:
        size *= int(one)
    return turned.reshape(size, -1)


def _named(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece if piece.step else replace(piece, step="product") for piece in pieces]


def _letters(rank: int) -> str:
    return "abcdefghij"[:rank]
