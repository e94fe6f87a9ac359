"""The views of a layer: one file a view. A class with ``@register`` is proved, printed and checked.

Fast algorithms are in ``symconv.views.fast``, which is loaded when a view on request is asked for.
"""

from __future__ import annotations

from symconv.formulas.computation import Computation, Stage
from symconv.views.direct import Direct
from symconv.views.fully_connected import FullyConnected
from symconv.views.locally_connected import LocallyConnected
from symconv.views.patches import Patches
from symconv.views.registry import ON_REQUEST, VIEWS, register, register_on_request
from symconv.views.view import View

__all__ = [
    "ON_REQUEST",
    "VIEWS",
    "Computation",
    "Direct",
    "FullyConnected",
    "LocallyConnected",
    "Patches",
    "Stage",
    "View",
    "register",
    "register_on_request",
]
