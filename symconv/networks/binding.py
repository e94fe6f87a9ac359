"""Binding: the parts of a network made for the inputs that they get, one after the other.

A size between parts that is an expression gets a letter of its own, so that sizes do not grow from part to part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.errors import GeometryError, SymconvError, instead_of, shown
from symconv.geometry.arguments import Number
from symconv.layers import Layer, Lazy
from symconv.networks.arguments import same, whole
from symconv.networks.joins import Join
from symconv.networks.losses import Loss
from symconv.networks.modules import Linear, Module
from symconv.networks.naming import output_letter
from symconv.networks.parts import Given, NetworkPart, Node, has_weights, listed
from symconv.networks.signals import BATCH, Dimension, PartNotation, Signal, dimensions_of
from symconv.printing.notation import Notation


class Binding:
    """What parts are made with.

    Args:
        nodes: all nodes, in order.
        notation: the network's.
        batch_size: its number of examples, or None.
        views: the view of a layer, by number of the part.
        users_symbols: names that no size between parts may have.
    """

    def __init__(
        self, nodes: Sequence[Node], notation: Notation, batch_size: Number | None, views: Mapping[int, str],
        users_symbols: Iterable[str],
    ) -> None:  # fmt: skip
        self.nodes, self.notation, self.batch_size, self.views = nodes, notation, batch_size, views
        self.users_symbols = frozenset(users_symbols)
        self.sizes: dict[sp.Symbol, sp.Expr] = {}

    # -- inputs --------------------------------------------------------------------------------------

    def input(self, name: str, source: str, input_shape: Any) -> Signal:
        """An input of the network, a tensor called ``name`` that nodes read as ``source``.

        Raises:
            GeometryError: its shape is not one, or is not known.
        """
        readers = [node.given for node in self.nodes if source in node.sources]
        own = next((shape for one in readers if (shape := _own_shape(one)) is not None), None)
        if input_shape is None and own is None:
            raise GeometryError(
                f"{shown(readers[0])} as the first part",
                "its input's size is not known",
                "give input_shape=(channels, *size)",
            )
        shape = own if input_shape is None else tuple(whole(size, "input_shape") for size in listed(input_shape))
        assert shape is not None
        names = [f"j{at}" for at in range(1, len(shape))] if len(shape) > 2 else ["j"] * (len(shape) - 1)
        has_channels = len(shape) > 1 or any(isinstance(one, (Layer, Lazy)) for one in readers)
        letters = ["c", *names] if has_channels else ["j"]
        dimensions: list[Dimension] = [
            () if same(size, 1) and letter == "c" else ((letter, size),) for letter, size in zip(letters, shape)
        ]
        if self.batch_size is not None:
            dimensions.insert(0, () if same(self.batch_size, 1) else ((BATCH, self.batch_size),))
        return Signal(name, tuple(dimensions), self.batch_size is not None)

    # -- parts ---------------------------------------------------------------------------------------

    def named(self, signal: Signal, number: int) -> Signal:
        """The output of part ``number`` with letters for sizes that are expressions."""
        seen = 0

        def named(size: Number) -> Number:
            nonlocal seen
            if isinstance(size, int) or size.is_Symbol:
                return size
            for symbol, meaning in self.sizes.items():
                if meaning == size:
                    return symbol
            seen += 1
            name = f"m{number}_{seen}"
            while name in self.users_symbols:
                name = f"m{name}"
            symbol = sp.Symbol(name, integer=True, positive=True)
            self.sizes[symbol] = size
            return symbol

        dimensions = tuple(
            tuple((letter, named(size)) for letter, size in dimension) for dimension in signal.dimensions
        )
        return Signal(signal.name, dimensions, signal.batched, tuple(self.sizes.items()))

    def part(self, number: int, signals: Sequence[Signal]) -> NetworkPart:
        """Part ``number``, for what it reads.

        Raises:
            GeometryError: the inputs do not fit; the message names the part and what is before it, with shapes.
            SymconvError: it is not a part.
        """
        node, signal = self.nodes[number - 1], signals[0]
        given = node.given
        kind = given.LETTER if isinstance(given, Module) else "z" if has_weights(given) else "a"
        names = PartNotation.numbered(number, signal.name, output_letter(kind, self.notation), self.notation)
        try:
            if isinstance(given, Join) and len(signals) > 1:
                joined = given.join(signals, names)
                return NetworkPart(number, node, joined, (), (), joined.after, joined.signals)
            if isinstance(given, (Layer, Lazy, Module)) and not isinstance(given, Loss):
                if len(signals) > 1:
                    raise GeometryError(f"{len(signals)} inputs", "it reads one", "join them with Add() or Concat()")
                if isinstance(given, Module):
                    part = given.bind(signal, names)
                    return NetworkPart(number, node, part, part.parameters, part.buffers, part.after, (signal,))
                return self._layer_part(number, node, signal, names)
        except GeometryError as error:
            before = " and ".join(map(self._before, node.sources, signals))
            raise GeometryError(
                f"{before}, then {called(number, node)}, {given!r}", str(error),
                "change one of the two" if len(signals) == 1 else "change one of them",
            ) from error  # fmt: skip
        raise SymconvError(
            f"{shown(given)} as {called(number, node)}", "it is neither a layer nor a module of a network",
            "use Conv, ConvTranspose, AvgPool, MaxPool, Upsample, Linear, Activation, Flatten or BatchNorm",
        )  # fmt: skip

    def _before(self, source: str, signal: Signal) -> str:
        """What a part reads, in words, with its shape."""
        for number, node in enumerate(self.nodes, 1):
            if node.name == source:
                return f"{called(number, node)}, {node.given!r}, with an output of shape {signal.spelled_shape}"
        return f"an input of shape {signal.spelled_shape}"

    def _layer_part(self, number: int, node: Node, signal: Signal, names: PartNotation) -> NetworkPart:
        given = node.given
        if isinstance(given, Lazy):
            if len(signal.features) < 2:
                raise GeometryError(
                    f"an input of shape {signal.spelled_shape}",
                    "it has no spatial dimensions",
                    "shape (channels, *size) is read",
                )
            lazy = Lazy(given.kind, {**given.options, **self._of_no_examples(given.kind)})
            layer = lazy.layer(signal.features, self.batch_size, names)
        else:
            assert isinstance(given, Layer)
            options = {"notation": names, "batch_size": self.batch_size}
            layer = type(given)(**{**given.arguments(), **self._of_no_examples(type(given)), **options})
            if len(layer.input_shape) != len(signal.shape) or not all(
                self.same_size(a, b) for a, b in zip(layer.input_shape, signal.shape)
            ):
                raise GeometryError(
                    f"an input of shape {signal.spelled_shape}", f"it reads shape {layer.input_shape}",
                    f"make it for an input of shape {signal.features}, or use {type(given).__name__}.lazy(..)",
                )  # fmt: skip
        assert isinstance(layer, Layer)
        chosen = self.views.get(number, "direct")
        if chosen not in layer.views:
            raise SymconvError(
                f"the view {shown(chosen)} of {called(number, node)}, {shown(given)}", "the layer has no such view",
                instead_of(chosen, layer.views),
            )  # fmt: skip
        view = layer.views[chosen]
        weight = (names.weight,) if layer.fixed_kernel is None else ()
        parameters = (*weight, *((names.bias,) if layer.bias_term else ()))
        after = Signal(names.output, dimensions_of(layer.output_layout, layer.written), signal.batched)
        return NetworkPart(number, node, view, parameters, (), after, (signal,))

    def _of_no_examples(self, kind: type[Any]) -> dict[str, bool]:
        """What a layer needs to be told if the batch is empty."""
        return {"allow_empty": True} if self.batch_size == 0 and "allow_empty" in kind.PARAMETERS else {}

    def same_size(self, a: Number, b: Number) -> bool:
        """Whether two sizes are the same, the network's own symbols written out."""
        return same(self.written_out(a), self.written_out(b))

    def written_out(self, size: Number) -> Number:
        """A size in the users' symbols."""
        return Signal("", (), False, tuple(self.sizes.items())).spelled(size)


def called(number: int, node: Node) -> str:
    """A part in words: by its number, or by its name if it has one."""
    return f"part {number}" if node.name == str(number) else f"the node {node.name}"


def _own_shape(given: Given) -> tuple[Number, ...] | None:
    """The shape of one example that a part reads, if it says so itself."""
    if isinstance(given, Layer):
        return given.input_shape if given.batch_size is None else given.input_shape[1:]
    if isinstance(given, Linear) and given.in_features is not None:
        return (given.in_features,)
    return None
