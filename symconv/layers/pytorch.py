"""What the kinds of layer compute with in PyTorch, which they are handed: nothing here imports it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def spatial(torch: Any, name: str, ndim: int) -> Any:
    """One of PyTorch's functions by the number of spatial axes: conv1d, conv2d, conv3d."""
    return getattr(torch.nn.functional, f"{name}{ndim}d")


def more_axes(ndim: int) -> str:
    """Why PyTorch does not have a layer with ``ndim`` axes; empty if it may."""
    return f"it has layers with 1 to 3 spatial axes, not {ndim}" if ndim > 3 else ""


def padded(torch: Any, x: Any, padding: Iterable[Any], mode: str | None, value: float = 0) -> Any:
    """Elements added as a layer says; negative numbers crop afterwards."""
    pairs = [p if isinstance(p, tuple) else (p, p) for p in padding]
    added = [max(int(end), 0) for pair in reversed(pairs) for end in pair]
    if any(added):
        x = torch.nn.functional.pad(x, added, mode=mode, value=value or None)
    for axis, (low, high) in enumerate(pairs):
        cut = [max(-int(end), 0) for end in (low, high)]
        x = x.narrow(2 + axis, cut[0], x.shape[2 + axis] - sum(cut))
    return x


def spread(x: Any, factors: Sequence[Any]) -> Any:
    """Zeros between neighbours."""
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[2:])]
    result = x.new_zeros(*x.shape[:2], *sizes)
    places = (..., *(slice(None, None, f) for f in factors))
    result[places] = x
    return result
