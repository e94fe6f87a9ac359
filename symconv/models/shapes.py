"""A new shape for a tensor: what regroups the axes of an example is read, what mixes examples is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp

from symconv.geometry.arguments import Number
from symconv.models import making
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import BATCH, Moved, Tensor
from symconv.networks.arguments import same
from symconv.networks.rearranging import Reshape


def reshaped(tensor: Tensor, shape: Sequence[Any], step: str = "") -> Tensor | Piece:
    """The tensor in a new shape with its batch, where one size may be -1, for what is left.

    Raises:
        UnreadError: the new shape has another number of entries, or its first size is not the number of examples.
    """
    whole = tensor.whole
    wanted = _without_hole(shape, whole)
    if len(wanted) == len(whole) and all(map(same, wanted, whole)):
        return tensor
    if not same(wanted[0], tensor.batch):
        raise UnreadError(f"it reshapes {_spelled(whole)} to {_spelled(wanted)}, which mixes examples of the batch")
    if len(wanted) == 1:
        raise UnreadError(f"it reshapes {_spelled(whole)} to {_spelled(wanted)}, which leaves an example no axis")
    if len(wanted) == 2:
        return making.flatten(step)
    return Piece(Reshape(tuple(int(size) if size.is_Integer else size for size in wanted[1:])), step=step)


def reordered(tensor: Tensor, dims: Sequence[int]) -> Moved | Piece:
    """Another order of the axes, which are counted as the model sees them; its batch may go to another place."""
    rank, at = len(tensor.seen), tensor.batch_at
    order = [dim % rank for dim in dims]
    if sorted(order) != list(range(rank)):
        raise UnreadError(f"the order {tuple(dims)} of {rank} dimensions")
    own = [0 if dim == at else dim + 1 if dim < at else dim for dim in order]
    moved = own.index(0)
    own.remove(0)
    if at == moved == 0:
        return making.permuted((0, *own))
    return Moved(tensor if own == sorted(own) else [making.permuted((0, *own))], moved)


def _without_hole(shape: Sequence[Any], whole: tuple[Number, ...]) -> tuple[sp.Expr, ...]:
    sizes = [sp.sympify(size, strict=True) for size in shape if isinstance(size, (int, sp.Expr))]
    if len(sizes) != len(shape) or not sizes or sizes.count(sp.Integer(-1)) > 1:
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
