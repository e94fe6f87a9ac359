"""A convolution layer in plain Python: its product terms by loops, and what plain SymPy (or SymEngine) makes of them.

The other side of the symbolic benchmarks. It shares nothing with symconv but the names of the entries, so that
expressions of both sides can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

Index = tuple[int, ...]


@dataclass(frozen=True)
class PlainLayer:
    """A layer without dilation, groups or bias; the same arguments as ``symconv.Conv`` has.

    >>> layer = PlainLayer((3,), (2,))
    >>> layer.output_size, layer.names("input"), [names for _, *names in layer.product_names()][:2]
    ((2,), ['X1', 'X2', 'X3'], [['w1', 'X1'], ['w2', 'X2']])
    """

    input_size: Index
    kernel_size: Index
    in_channels: int = 1
    out_channels: int = 1
    stride: int = 1
    padding: int = 0

    @property
    def arguments(self) -> dict[str, Any]:
        """What to pass to ``symconv.Conv``."""
        names = ("input_size", "kernel_size", "in_channels", "out_channels", "stride", "padding")
        return {name: getattr(self, name) for name in names}

    @property
    def output_size(self) -> Index:
        return tuple((n + 2 * self.padding - k) // self.stride + 1 for n, k in zip(self.input_size, self.kernel_size))

    @cached_property
    def shapes(self) -> dict[str, Index]:
        return {
            "input": (self.in_channels, *self.input_size),
            "weight": (self.out_channels, self.in_channels, *self.kernel_size),
            "output": (self.out_channels, *self.output_size),
        }

    def products(self) -> Iterator[tuple[Index, Index, Index]]:
        """The index of an output, and those of the weight and of the input that it sums the product of."""
        for o in range(self.out_channels):
            for i in product(*map(range, self.output_size)):
                yield from self.products_of((o, *i))

    def products_of(self, output: Index) -> Iterator[tuple[Index, Index, Index]]:
        """The same of one output."""
        o, *i = output
        for c, *k in product(range(self.in_channels), *map(range, self.kernel_size)):
            at = tuple(self.stride * position + offset - self.padding for position, offset in zip(i, k))
            if all(0 <= j < n for j, n in zip(at, self.input_size)):
                yield output, (o, c, *k), (c, *at)

    def product_names(self) -> Iterator[tuple[str, str, str]]:
        """The names of the upstream gradient, the weight and the input of every product."""
        for output, weight, at in self.products():
            yield self.name("output", output), self.name("weight", weight), self.name("input", at)

    def name(self, tensor: str, index: Index) -> str:
        """The printed name of an entry: counted from 1, without the index of a single channel."""
        shape, channels = self.shapes[tensor], 2 if tensor == "weight" else 1
        kept = [(at + 1, size) for place, (at, size) in enumerate(zip(index, shape)) if place >= channels or size > 1]
        letters = {"input": "X", "weight": "w", "output": "delta"}[tensor]
        long = len(kept) > 1 and max(size for _, size in kept) > 9
        return ("_" if long else "").join([letters, *(str(at) for at, _ in kept)])

    def names(self, tensor: str) -> list[str]:
        """The names of all entries of a tensor, in row-major order."""
        return [self.name(tensor, index) for index in product(*map(range, self.shapes[tensor]))]


@dataclass(frozen=True)
class PlainSymbols:
    """A layer's entries as symbols of SymPy or of SymEngine (``algebra``), by tensor and index."""

    algebra: Any
    layer: PlainLayer

    @cached_property
    def entries(self) -> dict[str, dict[Index, Any]]:
        layer, symbol = self.layer, self.algebra.Symbol
        return {
            tensor: {index: symbol(layer.name(tensor, index)) for index in product(*map(range, shape))}
            for tensor, shape in layer.shapes.items()
        }

    def direct(self) -> list[Any]:
        """Every output as the sum over the kernel."""
        X, w = self.entries["input"], self.entries["weight"]
        products: dict[Index, list[Any]] = {index: [] for index in self.entries["output"]}
        for output, weight, at in self.layer.products():
            products[output].append(w[weight] * X[at])
        return [self.algebra.Add(*terms) for terms in products.values()]

    def fully_connected(self) -> list[Any]:
        """Every output as a column of the dense matrix times the input; only what is not zero is multiplied."""
        X, w = self.entries["input"], self.entries["weight"]
        columns: dict[Index, dict[Index, Any]] = {index: {} for index in self.entries["output"]}
        for output, weight, at in self.layer.products():
            columns[output][at] = w[weight]
        return [self.algebra.Add(*(v * X[at] for at, v in column.items())) for column in columns.values()]

    def patches(self) -> list[Any]:
        """Every output as a filter times a patch, the patches cut out first."""
        X, w, layer = self.entries["input"], self.entries["weight"], self.layer
        spans = (range(layer.in_channels), *map(range, layer.kernel_size))
        offsets = list(product(*spans))
        zero = self.algebra.Integer(0)
        cut = {}
        for i in product(*map(range, layer.output_size)):
            places = [
                (c, *(layer.stride * position + offset - layer.padding for position, offset in zip(i, k)))
                for c, *k in offsets
            ]
            cut[i] = [X.get(place, zero) for place in places]
        filters = [[w[index] for index in product((o,), *spans)] for o in range(layer.out_channels)]
        return [
            self.algebra.Add(*(weight * x for weight, x in zip(one, patch)))
            for one in filters
            for patch in cut.values()
        ]

    def views(self) -> list[list[Any]]:
        return [self.direct(), self.fully_connected(), self.patches()]

    def loss(self, outputs: Sequence[Any]) -> Any:
        """The scalar whose derivatives are the gradients: the outputs, weighed by the upstream gradient."""
        return self.algebra.Add(*(d * h for d, h in zip(self.entries["output"].values(), outputs)))

    def parameters(self) -> list[Any]:
        """Everything that the loss is differentiated by: weights, then inputs."""
        return [*self.entries["weight"].values(), *self.entries["input"].values()]

    @property
    def weights(self) -> int:
        return prod(self.layer.shapes["weight"])
