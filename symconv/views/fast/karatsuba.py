"""Karatsuba's halves of halves in tiles of as many outputs as there are weights; no fractions and no large numbers."""

from __future__ import annotations

from symconv.bilinear.algorithm import BilinearAlgorithm
from symconv.views.fast.tiles import Tiled
from symconv.views.registry import register_on_request


@register_on_request
class Karatsuba(Tiled):
    """Tiles of as many outputs as weights, each by Karatsuba's algorithm, whose matrices have 0, 1 and -1 alone."""

    name = "karatsuba"
    title = "tiles by Karatsuba's halves of halves"

    def algorithm_for(self, weights: int) -> BilinearAlgorithm:
        return BilinearAlgorithm.karatsuba(weights)
