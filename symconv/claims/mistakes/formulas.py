"""The formulas of misread layers: one with letters for what is misread, of which each is the one with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.claims.mistakes.misreadings import Misreading
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.views import View

Pick = Callable[[View], TensorFormula]
LETTERS = ("s", "d", "l", "low")
"""What a misreading changes on an axis."""


class MisreadFormulas:
    """A quantity of a layer in one of its views, for every way to misread the layer.

    Args:
        pick: the quantity, as a function of a view.
    """

    def __init__(self, layer: Layer, pick: Pick, view: str) -> None:
        self.layer, self.pick, self.kind = layer, pick, type(layer.views[view])
        self._known: dict[object, TensorFormula] = {}

    def of(self, misreading: Misreading) -> TensorFormula:
        """The formula that one gets by a misreading."""
        dilated = tuple(scheme.l != ONE for scheme in misreading.schemes)
        others = tuple(
            replace(scheme, **{name: Polynomial.name(text) for name, text in letters(axis, dilated[axis])})
            for axis, scheme in enumerate(misreading.schemes)
        )
        key = (others, misreading.flip)
        if key not in self._known:
            self._known[key] = self.pick(self.kind(self.layer, schemes=others, flip=misreading.flip))
        values = {
            text: getattr(scheme, name)
            for axis, scheme in enumerate(misreading.schemes)
            for name, text in letters(axis, dilated[axis])
        }
        general = self._known[key]
        return general.replaced(general.form.substitute(values))


def letters(axis: int, dilated: bool) -> Iterator[tuple[str, str]]:
    """The parameters of an axis, each with its letter; an input dilation of 1 makes another formula and has none."""
    return ((name, f"{name}''{axis}") for name in LETTERS if dilated or name != "l")
