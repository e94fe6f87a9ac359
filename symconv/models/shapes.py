"""A new shape for a tensor, of which only one row for each example is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp

from symconv.geometry.arguments import Number
from symconv.models import making
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import BATCH, Tensor
from symconv.networks.arguments import same


def reshaped(tensor: Tensor, shape: Sequence[Any]) -> Tensor | Piece:
    """The tensor in a new shape, where one size may be -1, for what is left.

    Raises:
        UnreadError: the new shape is neither the old one nor one row for each example.
    """
    whole = tensor.whole
    wanted = _without_hole(shape, whole)
    if len(wanted) == len(whole) and all(map(same, wanted, whole)):
        return tensor
    if len(wanted) == 2 and same(wanted[0], tensor.batch):
        return making.flatten()
    raise UnreadError(f"it reshapes {_spelled(whole)} to {_spelled(wanted)}, which is not one row for each example")


def _without_hole(shape: Sequence[Any], whole: tuple[Number, ...]) -> tuple[Number, ...]:
    sizes = [sp.sympify(size, strict=True) for size in shape if isinstance(size, (int, sp.Expr))]
    if len(sizes) != len(shape) or sizes.count(sp.Integer(-1)) > 1:
        raise UnreadError(f"the new shape {tuple(shape)} is not made of sizes")
    total = sp.Mul(*whole)
    if sp.Integer(-1) in sizes:
        at = sizes.index(sp.Integer(-1))
        sizes[at] = sp.cancel(total / sp.Mul(*(size for n, size in enumerate(sizes) if n != at)))
    if not same(sp.Mul(*sizes), total):
        raise UnreadError(f"the new shape {_spelled(sizes)} is not known to have as many entries as {_spelled(whole)}")
    return tuple(sizes)


def _spelled(shape: Iterable[Any]) -> str:
    return f"({', '.join('batch' if size == BATCH else str(size) for size in shape)})"
