"""The setting of a step: that of the layer, with the tensors that a step brings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

import numpy.typing as npt
import sympy as sp

from symconv.algebra.sympy_out import Writer
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Fixed
from symconv.layers import Layer
from symconv.networks.signals import PartSetting
from symconv.printing.notation import Notation


class StepSetting(PartSetting):
    """A layer's setting with the tensors of a step; ``under`` gives the loss its own names for them."""

    def __init__(
        self, layer: Layer, notation: Notation | None = None, symbols: Mapping[str, sp.Symbol] | None = None
    ) -> None:
        super().__init__(notation or layer.notation, ("eta", *layer.reading_order), layer)
        self.layer, self.symbols = layer, dict(symbols or {})

    def _key(self) -> tuple[Hashable, ...]:
        return (self.layer, self.notation, frozenset(self.symbols.items()), self.reciprocals)

    def under(self, notation: Notation) -> StepSetting:
        """The same with other names."""
        return StepSetting(self.layer, notation, self.symbols).fixing(self.reciprocals)

    @cached_property
    def writer(self) -> Writer:
        """Writes rates with the user's own symbols too."""
        return Writer({**self.table.symbols, **self.symbols}, self.table.reader.defined)

    @cached_property
    def assumptions(self) -> Any:
        return self.layer.assumptions

    @cached_property
    def _tensor_names(self) -> set[str]:
        return {*super()._tensor_names, *self.layer.notation.names}

    @property
    def inner(self) -> dict[str, object]:
        return {self.layer.notation.output: self.layer}

    def shape_of(self, layout: Layout) -> tuple[Any, ...]:
        return self.layer.shape_of(layout)

    def layout(self, dimensions: Any, taken: Any = ()) -> Layout:
        """The loss's input is the layer's output."""
        return self.layer.output_layout

    @property
    def constants(self) -> dict[str, npt.NDArray[Any]]:
        return self.layer.constants

    @property
    def fixed(self) -> dict[str, Fixed]:
        return {**self.layer.fixed, **super().fixed}

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        return {**self.layer.definitions, **super().definitions}
