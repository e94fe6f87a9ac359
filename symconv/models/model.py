"""Model: everything that was read of a model, as a table, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.errors import SizeLimitError, SymconvError, instead_of, shown
from symconv.foundations.values import FrozenMapping
from symconv.geometry.arguments import Number
from symconv.layers import Layer
from symconv.models.assembling import Network, assembled
from symconv.models.fields import Field, receptive_fields
from symconv.models.readers import Tensor
from symconv.models.reading import Node, Reading, spelled
from symconv.networks.modules import Linear
from symconv.networks.products import MatMul
from symconv.printing.tables import Column, TableReport
from symconv.proof import prove
from symconv.proof.theorem import Report


@dataclass(frozen=True, repr=False)
class Model(TableReport):
    """What was read of a model, its nodes in order with those that are not read and the reasons.

    It is true if every node is read and every size that the model states is the one that the rules give.

    Args:
        title: what was read, for the first line.
        entries: the inputs, one or more.
        outputs: the names of the nodes whose outputs are the model's.
        nodes: in an order in which every node comes after those that it reads.
        batch_size: the number of examples, or None for one without a batch axis.
        meanings: what the symbols m_1, m_2, .. in the shapes stand for.

    >>> from symconv import from_keras
    >>> entry = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4]}}
    >>> own = {"class_name": "Lambda", "config": {"name": "own"}}
    >>> model = from_keras({"class_name": "Sequential", "config": {"name": "small", "layers": [entry, own]}})
    >>> model.holds, model.unread
    (False, {'own': 'symconv does not read Lambda'})
    """

    columns: ClassVar = (
        Column("node", 32), Column("kind", 22), Column("reads", 32), Column("output"),
        Column("field", is_number=True), Column("parameters", is_number=True), Column("multiply-adds", is_number=True),
        Column("note", 48),
    )  # fmt: skip

    title: str
    entries: tuple[Tensor, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    batch_size: Number | None
    meanings: Mapping[sp.Symbol, sp.Expr]

    @property
    def holds(self) -> bool:
        """Whether all of the model is read."""
        return not self.unread

    @property
    def unread(self) -> Mapping[str, str]:
        """The nodes that are not read, and why."""
        return FrozenMapping({node.name: node.reason for node in self.nodes if node.reason})

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """The layers that slide a window, by name, each with its sizes."""
        return FrozenMapping({node.name: node.layer for node in self.nodes if node.layer is not None})

    @cached_property
    def network(self) -> Network:
        """All of it as a ``Sequential``, or as a ``Graph`` if it has branches.

        Raises:
            SymconvError: a node is not read, or there is nothing to compute.
        """
        if self.unread:
            name, reason = next(iter(self.unread.items()))
            more = f" (and {len(self.unread) - 1} more)" if len(self.unread) > 1 else ""
            raise SymconvError(
                f"the node {name}{more} of {self.title}", f"it is not read: {reason}",
                "use the layers that are read, model.layers and model.prove(), or model.network_to(..) for a part",
            )  # fmt: skip
        return assembled(self.nodes, self.entries, self.outputs, self.batch_size)

    def network_to(self, name: str) -> Network:
        """The part of the model that ends with a node, if all of that part is read.

        Raises:
            SymconvError: the node is unknown, or one on which it depends is not read.
        """
        known = [node.name for node in self.nodes]
        if name not in known:
            raise SymconvError(f"the node {shown(name)} of {self.title}", "no such node", instead_of(name, known))
        return assembled(self.nodes, self.entries, (name,), self.batch_size)

    def prove(self, *, of: Any = None, max_terms: int = DEFAULT_MAX_TERMS) -> ModelProof:
        """Prove every layer that is read in all of its views, equal layers once."""
        return prove_model(self, of=of, max_terms=max_terms)

    # -- the table -----------------------------------------------------------------------------------

    @cached_property
    def fields(self) -> Mapping[str, Field | None]:
        """The receptive field of every node by name, in elements of the first input on every axis."""
        return receptive_fields(self.nodes, self.entries)

    @cached_property
    def _repeated(self) -> frozenset[str]:
        """The nodes whose parameters an earlier node has."""
        first: dict[str, str] = {}
        for node in self.nodes:
            for weight in node.weights.values():
                first.setdefault(weight.name, node.name)
        names = (node.name for node in self.nodes for one in node.weights.values() if first[one.name] != node.name)
        return frozenset(names)

    def parameters(self, node: Node) -> Number:
        """How many numbers a node learns; 0 for a layer that is used again."""
        if node.alone is None or node.name in self._repeated:
            return 0
        return _sum(_product(node.alone.shape_of(name)) for name in node.alone.parameters)

    def products(self, node: Node) -> Number:
        """Multiply-adds of a node for one example; of a layer with weights one for each weight and window."""
        if node.alone is None or node.shape is None:
            return 0
        part, outputs = node.alone.parts[0], _product(node.shape)
        if isinstance(node.given, (Linear, MatMul)):
            return _product([outputs, node.alone.input.features[-1]])
        if (layer := part.layer) is None or layer.fixed_kernel is not None:
            return 0
        weights = _product(layer.weight_shape)
        return _product([weights, *(node.alone.input.features[1:] if layer.spreads else node.shape[1:])])

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [self._cells(node) for node in self.nodes]

    def _cells(self, node: Node) -> list[str]:
        field = self.fields[node.name]
        counts = [self._number(self.parameters(node)), self._number(self.products(node))]
        return [
            node.name, node.kind, ", ".join(node.sources), "?" if node.shape is None else self.shape_of(node),
            "" if not field else " x ".join(map(str, field)), *counts, note(node),
        ]  # fmt: skip

    def shape_of(self, node: Node) -> str:
        """The shape of one example of a node's output, such as 64 x 112 x 112."""
        return " x ".join(str(self.size(one)) for one in node.shape or ())

    def size(self, number: Number) -> Number:
        """A size in the users' symbols."""
        return spelled(number, dict(self.meanings))

    def _number(self, number: Number) -> str:
        number = self.size(number)
        return "" if number == 0 else f"{number:,}" if isinstance(number, int) else str(number)

    @property
    def total(self) -> tuple[Number, Number]:
        """Parameters, and multiply-adds for one example, of all nodes that are read."""
        return self.size(_sum(map(self.parameters, self.nodes))), self.size(_sum(map(self.products, self.nodes)))

    @property
    def summary(self) -> str:
        read = sum(not node.reason for node in self.nodes)
        if self.holds:
            return f"all {read} nodes of {self.title} are read"
        name, reason = next(iter(self.unread.items()))
        more = f" (and {len(self.unread) - 1} more)" if len(self.unread) > 1 else ""
        return f"{read} of {len(self.nodes)} nodes of {self.title} are read; {name}{more} is not: {reason}"

    @property
    def opening(self) -> str:
        batch = "" if self.batch_size is None else f", {self.batch_size} example{'s' * (self.batch_size != 1)}"
        lines = [f"input {one.name}: {' x '.join(map(str, one.shape or ()))}{batch}" for one in self.entries]
        return "\n".join([self.title, *lines])

    @property
    def ending(self) -> str:
        parameters, products = map(self._number, self.total)
        totals = f"{parameters or 0} parameters, {products or 0} multiply-adds for one example"
        lines = [f"not read: {name}: {reason}" for name, reason in self.unread.items()]
        return "\n".join([totals, *lines])

    def to_dict(self) -> dict[str, Any]:
        """All of it for JSON."""
        parameters, products = self.total
        return {
            "model": self.title, "holds": self.holds, "batch_size": _plain(self.batch_size),
            "inputs": {one.name: [_plain(size) for size in one.shape or ()] for one in self.entries},
            "outputs": list(self.outputs), "nodes": [self._row(node) for node in self.nodes],
            "parameters": _plain(parameters), "multiply_adds": _plain(products),
        }  # fmt: skip

    def _row(self, node: Node) -> dict[str, Any]:
        field = self.fields[node.name]
        return {
            "name": node.name, "kind": node.kind, "reads": list(node.sources),
            "part": None if node.given is None else repr(node.layer or node.given),
            "output_shape": None if node.shape is None else [_plain(self.size(size)) for size in node.shape],
            "receptive_field": None if field is None else list(field),
            "parameters": _plain(self.size(self.parameters(node))),
            "multiply_adds": _plain(self.size(self.products(node))), "never_read": never_read(node),
            "not_read_because": node.reason or None,
        }  # fmt: skip


def made(title: str, reading: Reading, outputs: Sequence[Tensor]) -> Model:
    """The model of a reading that is finished."""
    names = tuple(dict.fromkeys(one.name for one in outputs))
    return Model(title, reading.entries, names, tuple(reading.nodes), reading.batch_size, FrozenMapping(reading.sizes))


def never_read(node: Node) -> str:
    """What of the node's input no output reads; empty if all of it is read, or a size is a symbol or out of bounds."""
    layer = node.layer
    try:
        return "" if layer is None or not layer.is_concrete else layer.unread_in_words().replace("\n", "; ")
    except SizeLimitError:
        return ""


def note(node: Node) -> str:
    """What stands beside a node in the table."""
    return "not read" if node.reason else never_read(node)


def prove_model(model: Model, *, of: Any = None, max_terms: int = DEFAULT_MAX_TERMS) -> ModelProof:
    """Every layer that is read, in all of its views; equal layers are proved once."""
    found = {layer: prove(layer, of=of, max_terms=max_terms) for layer in dict.fromkeys(model.layers.values())}
    return ModelProof(model, FrozenMapping({name: found[layer] for name, layer in model.layers.items()}))


def _sum(numbers: Any) -> Number:
    total = sp.Add(*numbers)
    return int(total) if total.is_Integer else total


def _product(numbers: Any) -> Number:
    product = prod(map(sp.sympify, numbers), start=sp.Integer(1))
    return int(product) if product.is_Integer else product


def _plain(number: Number | None) -> int | str | None:
    return number if number is None or isinstance(number, int) else str(number)


@dataclass(frozen=True, repr=False)
class ModelProof(TableReport):
    """What ``Model.prove`` found: for every layer that is read, that its views agree."""

    columns: ClassVar = (Column("node", 32), *Report.columns)

    model: Model
    layers: Mapping[str, Report]

    @property
    def holds(self) -> bool:
        """Whether every theorem of every layer that is read is proved, and a layer is read."""
        return bool(self.layers) and all(report.holds for report in self.layers.values())

    @property
    def summary(self) -> str:
        failures = [f"{name}: {report.summary}" for name, report in self.layers.items() if not report.holds]
        unread = f"; not read: {', '.join(self.model.unread)}" if self.model.unread else ""
        count = len(self.layers)
        well = ("the layer is" if count == 1 else f"all {count} layers are") + " proved in all views"
        well = well if count else "it has no layer to prove"
        return (failures[0] if failures else well) + unread

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[name, *row] for name, report in self.layers.items() for row in report.cells]

    @property
    def opening(self) -> str:
        return self.model.title

    @property
    def ending(self) -> str:
        return self.summary

    def to_dict(self) -> dict[str, Any]:
        layers = {name: report.to_dict() for name, report in self.layers.items()}
        return {"model": self.model.title, "holds": self.holds, "layers": layers}
