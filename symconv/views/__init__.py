"""The views of a convolution: one file a view. Add a class here and it is proved, printed and checked."""

from __future__ import annotations

from symconv.formulas.computation import Computation, Stage
from symconv.views.direct import Direct
from symconv.views.fully_connected import FullyConnected
from symconv.views.locally_connected import LocallyConnected
from symconv.views.patches import Patches
from symconv.views.view import View

VIEWS: tuple[type[View], ...] = (Direct, FullyConnected, Patches)
"""The three views that every proof, note and check is about."""

BETWEEN: tuple[type[View], ...] = (LocallyConnected,)
"""Intermediate views, available by name only."""

__all__ = [
    "BETWEEN",
    "VIEWS",
    "Computation",
    "Direct",
    "FullyConnected",
    "LocallyConnected",
    "Patches",
    "Stage",
    "View",
]
