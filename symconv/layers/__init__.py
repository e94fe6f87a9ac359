"""The layers: convolution, its transpose, and the linear layers that share their scheme. A kind is one file.

``kinds.py`` has those that users can make. It is loaded when somebody asks for all of them.
"""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.layers.formulas_of import derive_layer, evaluate_layer
from symconv.layers.layer import Layer, not_available, require_layer
from symconv.layers.lazy import Lazy
from symconv.layers.registry import KINDS, kinds_by_name, register

__all__ = ["KINDS", "Layer", "Lazy", "kinds_by_name", "not_available", "register", "require_layer"]

derive.register(Layer, derive_layer)
evaluate.register(Layer, evaluate_layer)
