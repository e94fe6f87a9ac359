"""What fast views share: axes, tensors and fixed matrices of their own, and which layers they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from symconv.algebra.contraction import Contraction
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.geometry.matrix_setting import MatrixSetting
from symconv.geometry.shapes import Geometry
from symconv.geometry.symbols import Fixed
from symconv.printing.notation import SPARE
from symconv.views.view import View


class FastView(View):
    """A view with letters of its own for axes, sizes and tensors."""

    effort = 20

    @classmethod
    def why_not(cls, geometry: Geometry) -> str:
        if geometry.switch_layout is not None:
            return "it chooses elements of its input, so it is not a sum of weights times inputs"
        return "it has no weights" if geometry.fixed_kernel is not None else ""

    def own_setting(self) -> MatrixSetting:
        """The layer's names and assumptions, with what else the view needs."""
        return MatrixSetting(self.geometry.notation, self.matrices, self.contractions, self.geometry)

    @property
    def matrices(self) -> Mapping[str, Fixed]:
        """Fixed matrices by name."""
        return {}

    @property
    def contractions(self) -> tuple[Contraction, ...]:
        """Identities that hold for them, each checked."""
        return ()

    @cached_property
    def _letters(self) -> frozenset[str]:
        """The letters that are taken by the layer's own axes."""
        g = self.geometry
        layouts = (g.input_layout, g.weight_layout, g.output_layout, g.bias_layout, (g.input_groups, g.wraps))
        return g.taken_names.union(axis.letter for layout in layouts for axis in axes_of(layout))

    def own_axes(self, letter: str, sizes: Sequence[Polynomial]) -> tuple[Axis, ...]:
        """One axis for every size, with this letter, numbered if the layer has several spatial axes."""
        several = self.geometry.ndim > 1
        names = [f"{letter}{at + 1}" if several else letter for at in range(len(sizes))]
        return tuple(Axis(fresh(name, self._letters), size) for name, size in zip(names, sizes))

    def own_name(self, letter: str) -> str:
        """A name for a tensor of the view, this letter if no tensor and no size has it."""
        taken = self.geometry.taken_names
        others = (letter, *SPARE, *(one + one for one in SPARE))
        return str(next(name for name in others if name not in taken))

    def numbered(self, letter: str, axis: int) -> str:
        """The letter of a size on one axis."""
        return letter if self.geometry.ndim == 1 else f"{letter}{axis + 1}"


def names(axes: Sequence[Axis]) -> list[Polynomial]:
    """The axes' indices."""
    return [Polynomial.name(axis.letter) for axis in axes]


def dropped(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The axes that have more than one element."""
    return tuple(axis for axis in axes if axis.size != ONE)
