"""The views of a convolution: one file a view. Add a class here and it is proved, printed and checked."""

from __future__ import annotations

from symconv.views.direct import Direct
from symconv.views.fully_connected import FullyConnected
from symconv.views.patches import Patches
from symconv.views.view import Stage, View

VIEWS: tuple[type[View], ...] = (Direct, FullyConnected, Patches)

__all__ = ["VIEWS", "Direct", "FullyConnected", "Patches", "Stage", "View"]
