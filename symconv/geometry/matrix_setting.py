"""MatrixSetting: a setting with fixed matrices, whose numbers are known and of which an identity may be assumed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import cached_property

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.contraction import Contraction
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Fixed, Setting
from symconv.printing.notation import Notation


class MatrixSetting(Setting):
    """Names and symbols, those of another setting if there is one, and fixed matrices by name.

    Args:
        notation: names of the other tensors.
        matrices: each with how its numbers follow from the sizes.
        contractions: identities that hold for the numbers in the matrices.
        shared: the setting of a layer, whose symbols and assumptions hold here too.
    """

    def __init__(
        self,
        notation: Notation,
        matrices: Mapping[str, Fixed],
        contractions: tuple[Contraction, ...],
        shared: Setting | None = None,
    ) -> None:
        super().__init__(notation, shared)
        self.table.defined = dict(self.table.defined)  # letters that are defined here are not the layer's
        self.matrices = dict(matrices)
        self.contractions = contractions
        self.shared = shared

    def _key(self) -> tuple[Hashable, ...]:
        return (self.shared, self.notation, tuple(self.matrices.items()), self.contractions, *super()._key())

    def with_matrices_named(self, names: Mapping[str, str]) -> Setting:
        named = {names.get(name, name): one for name, one in self.matrices.items()}
        identities = tuple(one.renamed(names) for one in self.contractions)
        made = MatrixSetting(self.notation, named, identities, self.shared)
        vars(made)["table"] = self.table
        return made

    @cached_property
    def assumptions(self) -> Assumptions:
        own = self.table.assumptions
        own = own if self.shared is None else self.shared.assumptions.and_also((), own)
        return replace(own, contractions=(*own.contractions, *self.contractions))

    def shape_of(self, layout: Layout) -> tuple[Number, ...]:
        return super().shape_of(layout) if self.shared is None else self.shared.shape_of(layout)

    @property
    def reading_order(self) -> tuple[str, ...]:
        return (*self.matrices, *(() if self.shared is None else self.shared.reading_order))

    @property
    def fixed(self) -> dict[str, Fixed]:
        return {**({} if self.shared is None else self.shared.fixed), **self.matrices}

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        shared = {} if self.shared is None else self.shared.constants
        return {**shared, **{name: one.at({}) for name, one in self.matrices.items()}}
