"""Nodes as a network of ours: a row of them as a ``Sequential``, branches as a ``Graph``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from symconv.errors import SymconvError, instead_of, shown
from symconv.foundations.later import np
from symconv.foundations.values import FrozenMapping, Lazy
from symconv.geometry.arguments import Number
from symconv.models.parts import Array, Weight
from symconv.models.readers import Tensor
from symconv.models.reading import Node
from symconv.networks.naming import path_letters
from symconv.networks.network import Graph, Sequential
from symconv.printing.notation import valid_name

AnyRead = TypeVar("AnyRead", bound="FromModel")


class FromModel(Graph):
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
        known = (name for name, weight in self.weights.items() if weight.read is not None)
        return Lazy(known, lambda name: self.weights[name].numbers())

    def arranged(self, tensors: Mapping[str, Any]) -> dict[str, Array]:
        """Tensors by the model's names and in its order of axes, by the names and in the order here.

        Raises:
            SymconvError: the model has no such tensor.
        """
        own = dict.fromkeys(name for weight in self.weights.values() for name in weight.names)
        if unknown := [name for name in tensors if name not in own]:
            raise SymconvError(
                f"the tensor {shown(unknown[0])}", "the model has no such tensor", instead_of(unknown[0], own)
            )
        arrays = {name: np.asarray(tensor) for name, tensor in tensors.items()}
        found = {name: weight.given(arrays) for name, weight in self.weights.items()}
        return {name: array for name, array in found.items() if array is not None}

    def evaluate(self, **arrays: Any) -> dict[str, Array]:
        """The network in numbers, as ``Sequential.evaluate``; what is learned and kept is the model's if not given."""
        given = {self.state_names.get(name, name) for name in arrays}
        own = {name: self.numbers[name] for name in self.numbers if name not in given}
        return super().evaluate(**own, **arrays)

    def _remade(self: AnyRead, *arguments: Any) -> AnyRead:
        return super()._remade(*arguments).with_weights(self.weights)

    def __repr__(self) -> str:
        return super().__repr__().removeprefix("Model")

    def by_model(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """The gradients among what ``evaluate`` gives, by the model's names of what they are gradients of.

        A tensor that the model uses several times, also within others that it computes from it, has the sum of the
        gradients of all its uses.
        """
        found: dict[str, Array] = {}
        for name in self.parameters:
            if name in self.weights and (derivative := self.derivative(name)) in values:
                for own, gradient in self.weights[name].gradients(values[derivative]).items():
                    found[own] = found.get(own, 0) + gradient
        return found


class ModelSequential(FromModel, Sequential):
    """A ``Sequential`` that was read from a model."""


class ModelGraph(FromModel, Graph):
    """A ``Graph`` that was read from a model."""


Network: TypeAlias = ModelSequential | ModelGraph


def assembled(
    nodes: Sequence[Node], entries: Sequence[Tensor], outputs: Sequence[str], batch_size: Number | None
) -> Network:
    """The network of all nodes on which an output depends.

    Raises:
        SymconvError: there are none.
    """
    used = _used(nodes, outputs)
    if not used or any(entry.name in outputs for entry in entries):
        raise SymconvError("a model whose output is its input", "there is nothing to derive", "give a layer or more")
    for node in used:
        if node.reason:
            right = "use a part that ends before it"
            raise SymconvError(f"a network with the node {node.name}", f"it is not read: {node.reason}", right)
    network = _composed(used, entries, outputs, batch_size)
    own = {
        name: node.weights[role]
        for node in used
        for role, name in network.part(node.name).roles.items()
        if role in node.weights
    }
    return network.with_weights(own)


def _used(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    wanted, found = set(outputs), []
    for node in reversed(nodes):
        if node.name in wanted:
            found.append(node)
            wanted.update(node.sources)
    return found[::-1]


def _composed(
    nodes: Sequence[Node], entries: Sequence[Tensor], outputs: Sequence[str], batch_size: Number | None
) -> Network:
    given = [(node.name, node.given, node.sources) for node in nodes if node.given is not None]
    before = [(entries[0].name,), *((node.name,) for node in nodes)]
    if all(node.sources == source for node, source in zip(nodes, before)) and len(outputs) == 1:
        names = [name for name, _, _ in given]
        parts = [part for _, part, _ in given]
        return ModelSequential(*parts, names=names, input_shape=entries[0].shape, batch_size=batch_size)
    read = {source for node in nodes for source in node.sources}
    named = _input_names([entry for entry in entries if entry.name in read])
    return ModelGraph(
        {name: (part, *(named.get(source, source) for source in sources)) for name, part, sources in given},
        input_shape={named[entry.name]: entry.shape for entry in entries if entry.name in named},
        outputs=tuple(outputs), batch_size=batch_size,
    )  # fmt: skip


def _input_names(entries: Sequence[Tensor]) -> dict[str, str]:
    """What inputs are called: as in the model if all those names are names of tensors, else x_a, x_b, .."""
    names = [entry.name for entry in entries]
    try:
        for name in names if len(names) > 1 else ():
            valid_name(name, "an input")
    except SymconvError:
        return {name: f"x_{letters}" for name, letters in zip(names, path_letters(len(names)))}
    return dict(zip(names, names))
