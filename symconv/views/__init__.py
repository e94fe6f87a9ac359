"""The views of a layer: one file a view. A class with ``@register`` is proved, printed and checked."""

from __future__ import annotations

from symconv.formulas.computation import Computation, Stage
from symconv.views.direct import Direct
from symconv.views.fast import Circulant, Im2col, Karatsuba, Kn2row, Polyphase, Winograd
from symconv.views.fully_connected import FullyConnected
from symconv.views.locally_connected import LocallyConnected
from symconv.views.patches import Patches
from symconv.views.registry import ON_REQUEST, VIEWS, register, register_on_request
from symconv.views.view import View

__all__ = [
    "ON_REQUEST",
    "VIEWS",
    "Circulant",
    "Computation",
    "Direct",
    "FullyConnected",
    "Im2col",
    "Karatsuba",
    "Kn2row",
    "LocallyConnected",
    "Patches",
    "Polyphase",
    "Stage",
    "View",
    "Winograd",
    "register",
    "register_on_request",
]
