"""What a reader makes of a node: parts of ours in a row, each with the tensors of the model that it learns or keeps.

The numbers of a tensor are read when they are asked for: a table of a large model needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy.typing as npt

from symconv.errors import SymconvError
from symconv.foundations.values import FrozenMapping
from symconv.networks.parts import Given

Array: TypeAlias = npt.NDArray[Any]


class UnreadError(Exception):
    """Why a node cannot be represented; whoever reads the model names the node beside it."""


@dataclass(frozen=True)
class Sources:
    """The parameters of a model from which it computes a tensor.

    Args:
        names: what the model calls them, two or more for a ``Weight``.
        anew: the tensor from other numbers for some of them, by their names.
        back: the gradients with respect to them, by that with respect to the tensor.
    """

    names: tuple[str, ...]
    anew: Callable[[Mapping[str, Array]], Array]
    back: Callable[[Array], Mapping[str, Array]]


@dataclass(frozen=True)
class Weight:
    """A tensor that a model learns or keeps.

    Args:
        name: what the model calls it.
        read: gives its numbers as the model has them; None if they are not in it.
        arrange: brings them into the order of axes that the part has.
        shape: of the tensor in the model, if it is known; the part's own shape if nothing is arranged.
        restore: brings a gradient into the model's own shape; None if it has it.
        learned: whether the model learns it.
        sources: the parameters, if it is computed from several.
    """

    name: str
    read: Callable[[], Array] | None
    arrange: Callable[[Array], Array] | None = None
    shape: tuple[int, ...] | None = None
    restore: Callable[[Array], Array] | None = None
    learned: bool = True
    sources: Sources | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The model's names of itself and of what it is computed from."""
        return (self.name, *(self.sources.names if self.sources else ()))

    def gradients(self, gradient: Array) -> Mapping[str, Array]:
        """The gradients with respect to the model's own tensors, by that with respect to this one."""
        if not self.learned:
            return {}
        if self.sources is not None:
            return self.sources.back(gradient)
        return {self.name: gradient if self.restore is None else self.restore(gradient)}

    def given(self, tensors: Mapping[str, Array]) -> Array | None:
        """It with other numbers for the model's tensors, by their names; None if none of them is its own."""
        if self.name in tensors:
            return self.arranged(tensors[self.name])
        own = {name: tensors[name] for name in self.names if name in tensors}
        return self.sources.anew(own) if self.sources and own else None

    def numbers(self) -> Array:
        """The model's numbers, as the part has them.

        Raises:
            SymconvError: the model does not have them.
        """
        if self.read is None:
            raise SymconvError(f"the numbers of {self.name}", "they are not in the model", "give them to evaluate(..)")
        return self.arranged(self.read())

    def arranged(self, array: Array) -> Array:
        """An array as the model has it, as the part has it."""
        return array if self.arrange is None else self.arrange(array)


@dataclass(frozen=True)
class Piece:
    """One part that stands for a node or for a step of it.

    Args:
        part: the layer or module, its sizes left to its input.
        weights: its parameters and buffers by what PyTorch calls them: weight, bias, running_mean, running_var.
        step: what the step is called if a node has several; empty for one that is the whole node.
    """

    part: Given
    weights: Mapping[str, Weight] = FrozenMapping()
    step: str = ""
