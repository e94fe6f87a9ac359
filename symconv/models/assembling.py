"""Nodes as a network of ours: a row of them as a ``Sequential``, branches as a ``Graph``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from symconv.errors import SymconvError
from symconv.foundations.values import FrozenMapping, Lazy
from symconv.geometry.arguments import Number
from symconv.models.parts import Array, Weight
from symconv.models.readers import Tensor
from symconv.models.reading import Node
from symconv.networks.composition import Composition
from symconv.networks.network import Sequential

AnyRead = TypeVar("AnyRead", bound="FromModel")


class FromModel(Composition):
    """What a network has that was read from a model: the model's names and numbers, for the tensors that it learns."""

    weights: Mapping[str, Weight]
    """The model's tensors by their names here."""

    def with_weights(self: AnyRead, weights: Mapping[str, Weight]) -> AnyRead:
        """The same network, with the model's tensors."""
        self.weights = FrozenMapping(weights)
        return self

    @property
    def tensor_names(self) -> Mapping[str, str]:
        """The model's names of what is learned and kept, by the names here, such as "conv1.weight" for w1."""
        return FrozenMapping({name: weight.name for name, weight in self.weights.items()})

    @property
    def numbers(self) -> Mapping[str, Array]:
        """The model's numbers by the names here, read when they are asked for."""
        reads = {name: weight.read for name, weight in self.weights.items() if weight.read is not None}
        return Lazy(reads, lambda name: reads[name]())

    def evaluate(self, **arrays: Any) -> dict[str, Array]:
        """The network in numbers, as ``Sequential.evaluate``; what is learned and kept is the model's if not given."""
        return super().evaluate(**{**dict(self.numbers), **arrays})  # type: ignore[misc, no-any-return]

    def at(self: AnyRead, /, **values: int) -> AnyRead:
        return super().at(**values).with_weights(self.weights)

    def with_views(self: AnyRead, views: Mapping[int, str] | str) -> AnyRead:
        return super().with_views(views).with_weights(self.weights)

    def by_model(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """The gradients among what ``evaluate`` gives, by the model's names of what they are gradients of.

        A tensor that the model uses several times has the sum of the gradients of all its uses.
        """
        found: dict[str, Array] = {}
        for name in self.parameters:
            if name in self.weights and (derivative := self.derivative(name)) in values:
                own = self.weights[name].name
                found[own] = found[own] + values[derivative] if own in found else values[derivative]
        return found


class ModelSequential(FromModel, Sequential):
    """A ``Sequential`` that was read from a model."""


Network: TypeAlias = ModelSequential


def assembled(nodes: Sequence[Node], entry: Tensor, output: str, batch_size: Number | None) -> Network:
    """The network of all nodes.

    Raises:
        SymconvError: there are none.
    """
    if not nodes:
        raise SymconvError("a model without layers", "its output is its input", "there is nothing to derive")
    parts = [node.part for node in nodes if node.part is not None]
    network = ModelSequential(*parts, input_shape=entry.shape, batch_size=batch_size)
    own = {}
    for part, node in zip(network.parts, nodes):
        own |= dict(zip((*part.parameters, *part.buffers), node.weights))
    return network.with_weights(own)
