"""Winograd's minimal filtering in tiles: ``conv.winograd(m)`` computes m outputs with m + r - 1 multiplications."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from symconv.bilinear.algorithm import BilinearAlgorithm
from symconv.bilinear.toom_cook import size_of
from symconv.errors import ViewError
from symconv.geometry.shapes import Geometry
from symconv.views.fast.tiles import Tiled
from symconv.views.registry import register_on_request


@register_on_request
class Winograd(Tiled):
    """Tiles of m outputs on every axis, each by Winograd's F(m, r).

    Args:
        geometry: the layer, of which kernel size and stride are numbers.
        m: outputs of a tile on every axis.
        points: where polynomials are evaluated, beside infinity; the usual ones by default.

    >>> from symconv import Conv, prove
    >>> conv = Conv.general(1, kernel_size=3, stride=1, dilation=1)
    >>> view = conv.winograd(4)
    >>> view.algorithm.multiplications, prove(conv, views=["direct", view]).holds
    (6, True)
    """

    name = "winograd"
    title = "tiles by Winograd's minimal filtering"

    def __init__(self, geometry: Geometry, m: int = 2, points: Sequence[Any] | None = None, **misread: Any) -> None:
        self.size = size_of("m", m)
        self.points = None if points is None else tuple(points)
        if why := self.why_not(geometry):
            raise ViewError(f"the view winograd({m}) of {geometry!r}"[:300], why, "use another view, or another layer")
        super().__init__(geometry, **misread)

    def _key(self) -> tuple[Hashable, ...]:
        return (*super()._key(), self.size, self.points)

    @classmethod
    def of(cls, geometry: Geometry) -> Callable[..., Winograd]:
        """What makes the view, given m and, if they are not the usual ones, the points."""
        return partial(cls, geometry)

    @property
    def label(self) -> str:
        points = "" if self.points is None else f"; {', '.join(map(str, self.points))}"
        return f"{self.name}({self.size}{points})"

    def algorithm_for(self, weights: int) -> BilinearAlgorithm:
        return BilinearAlgorithm.winograd(self.size, weights, self.points)
