"""The views of a layer: one file a view. A class with ``@register`` is proved, printed and checked."""

from __future__ import annotations

from symconv.formulas.computation import Computation, Stage
from symconv.views.direct import Direct
from symconv.views.fully_connected import FullyConnected
from symconv.views.locally_connected import LocallyConnected
from symconv.views.patches import Patches
from symconv.views.registry import VIEWS, register
from symconv.views.view import View

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
    "register",
]
