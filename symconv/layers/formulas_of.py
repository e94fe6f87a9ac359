"""derive and evaluate of a layer."""

from __future__ import annotations

from typing import Any

from symconv.formulas.derived import Derived, evaluated
from symconv.layers.layer import Layer


def derive_layer(layer: Layer) -> Derived:
    """All quantities in every view."""
    quantities = layer.quantities
    groups = {name: {of: getattr(view, of) for of in quantities} for name, view in layer.views.items()}
    return Derived(layer, groups)


def evaluate_layer(layer: Layer, **arrays: Any) -> dict[str, Any]:
    """The output, and the derivatives whose tensors are given, by quantity.

    Raises:
        SymconvError: a size is a symbol, or the arrays are not enough, unknown or of other shapes.
    """
    layer.require_concrete("numbers")
    return evaluated(layer, {of: getattr(layer.direct, of) for of in layer.quantities}, arrays)
