"""What stands at a layer of a Keras model: its description, checked value by value, and its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symconv.models.keras_file import KerasFile
from symconv.models.parts import Array, Piece, UnreadError, Weight
from symconv.models.readers import Call, Shape, Tensor
from symconv.networks.rearranging import Permute


@dataclass(frozen=True)
class KerasCall(Call):
    """A layer of a model.

    Args:
        name, kind, inputs: as in ``Call``.
        config: its own description.
        file: whose weights it has, ``place`` where among them, and ``owner`` what the model calls the layer.
        last: whether the model has the channels last.
        flattened: the shape that an input had before it was flattened from channels last; empty if it was not.
    """

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    config: Mapping[str, Any]
    file: KerasFile
    place: str
    owner: str
    last: bool
    flattened: Shape = ()

    def axis(self, default: int = -1) -> int:
        """The axis of one example that is meant, as it is here, with channels first."""
        said = self.config.get("axis", default)
        said = said[0] if isinstance(said, list) and len(said) == 1 else said
        rank = len(self.inputs[0].shape or ()) + 1
        if isinstance(said, bool) or not isinstance(said, int) or not -rank <= said < rank:
            raise UnreadError(f"axis={said!r} for {rank} dimensions")
        at = said % rank
        if at == 0:
            raise UnreadError("it goes along the batch")
        return at - 1 if not self.last else 0 if at == rank - 1 else at

    def in_its_order(self, piece: Piece, rank: int) -> Piece | list[Piece]:
        """A part that has the channels last, as the model has; ``rank`` is the number of axes of its output."""
        before, before_rank = [], len(self.inputs[0].shape or ())
        if self.last and before_rank > 1:
            before = [Piece(Permute((*range(1, before_rank), 0)), step="to_last")]
        if not self.last or rank == 1:
            return [*before, piece]
        return [*before, replace(piece, step="own"), Piece(Permute((rank - 1, *range(rank - 1))))]

    def whole(self, name: str, default: Any = None) -> int:
        """A whole number of at least 1."""
        value = self.config.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UnreadError(f"{name}={value!r}, which is not a whole number of at least 1")
        return value

    def per_axis(self, name: str, default: Any = 1) -> tuple[int, ...]:
        """A whole number for each spatial axis; one stands for all."""
        value = self.config.get(name, default)
        value = default if value is None else value
        listed = list(value) if isinstance(value, (list, tuple)) else [value] * self.ndim
        if len(listed) != self.ndim or not all(isinstance(one, int) and one >= 1 for one in listed):
            raise UnreadError(f"{name}={value!r} for {self.ndim} spatial axes")
        return tuple(listed)

    def pairs(self, name: str) -> tuple[tuple[int, int], ...]:
        """Numbers at both ends of each spatial axis: a pair for each, a number for each, or one number."""
        value = self.config.get(name)
        listed = [value] * self.ndim if isinstance(value, int) else value
        if self.ndim == 1 and isinstance(listed, (list, tuple)) and len(listed) == 2:
            listed = [listed]
        found = [(one, one) if isinstance(one, int) else tuple(one) for one in listed or ()]
        if len(found) != self.ndim or not all(len(one) == 2 and all(isinstance(e, int) for e in one) for one in found):
            raise UnreadError(f"{name}={value!r} for {self.ndim} spatial axes")
        return tuple((int(low), int(high)) for low, high in found)

    def flag(self, name: str, default: bool) -> bool:
        return bool(self.config.get(name, default))

    def weight(self, name: str, at: int, arrange: Callable[[Array], Array] | None = None) -> Weight:
        """A tensor that the layer learns or keeps, by its number among them."""
        return self.file.weight(f"{self.owner}/{name}", f"{self.place}/vars/{at}", arrange)
