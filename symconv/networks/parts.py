"""Parts of a network, and what is asked of them before it is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import sympy as sp

from symconv.errors import GeometryError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.arguments import Number
from symconv.layers import Layer, Lazy
from symconv.networks.arguments import same, whole
from symconv.networks.modules import Module, Part
from symconv.networks.signals import Signal
from symconv.views import Computation, View

Given: TypeAlias = Layer | Lazy | Module
"""A part as users give it."""


@dataclass(frozen=True)
class Node:
    """A part of a network as it is given: its name, the layer or module, and the names of what it reads."""

    name: str
    given: Given
    sources: tuple[str, ...]


@dataclass(frozen=True)
class NetworkPart:
    """One part of a network.

    Args:
        number: its place, from 1; its tensors carry it.
        node: the layer or module, with its name and the names of what it reads.
        computation: its formulas.
        parameters: names of what it learns. ``buffers``: of what is fixed.
        after: its output.
        reads: what it reads, in order; a tensor may be there twice.
    """

    number: int
    node: Node
    computation: Computation
    parameters: tuple[str, ...]
    buffers: tuple[str, ...]
    after: Signal
    reads: tuple[Signal, ...]

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def given(self) -> Given:
        return self.node.given

    @property
    def sources(self) -> tuple[Signal, ...]:
        """What it reads, each once."""
        return tuple({signal.name: signal for signal in self.reads}.values())

    @property
    def output(self) -> TensorFormula:
        return self.computation.output

    @property
    def saved(self) -> tuple[str, ...]:
        """Tensors that are computed before the output, in order: means, variances."""
        return self.computation.saved if isinstance(self.computation, Part) else ()

    @property
    def outputs(self) -> Mapping[str, TensorFormula]:
        """What it computes, by name, in order; the output comes last."""
        return {**{name: self.computation.stage(name) for name in self.saved}, self.after.name: self.output}

    @property
    def grad_input(self) -> TensorFormula:
        """dL/d input, in dL/d output."""
        return self.computation.gradient(self.computation.notation.input)

    def grad_by(self, source: str) -> TensorFormula:
        """dL/d of one of the tensors that it reads, as far as it goes through this part."""
        return self.computation.gradient(source)

    def gradient(self, name: str) -> TensorFormula:
        return self.computation.gradient(name)

    @property
    def layer(self) -> Layer | None:
        """The part's convolution-like layer, or None."""
        layer = self.computation.geometry if isinstance(self.computation, View) else None
        assert layer is None or isinstance(layer, Layer)
        return layer

    @property
    def roles(self) -> Mapping[str, str]:
        """Its parameters and buffers by what PyTorch calls them: weight, bias, running_mean, .."""
        if isinstance(self.computation, Part):
            return self.computation.roles
        names = self.computation.notation
        roles = {"weight": names.weight, "bias": names.bias}
        return {role: name for role, name in roles.items() if name in self.parameters}

    @property
    def words(self) -> str:
        """Conventions that a reader should know."""
        if self.layer is not None:
            return self.layer.convention
        return self.computation.words if isinstance(self.computation, Part) else ""


@dataclass(frozen=True)
class Path:
    """One way on which the loss depends on a tensor: through a part that reads it, or, for None, directly.

    ``name`` is that of the derivative of the loss on this path alone.
    """

    name: str
    part: NetworkPart | None


def has_weights(given: Given) -> bool:
    """Whether a part is a layer with weights, so that an activation is yet to come."""
    kind = given.kind if isinstance(given, Lazy) else type(given)
    return "out_channels" in getattr(kind, "PARAMETERS", {})


def common_batch_size(parts: Sequence[Given], batch_size: Number | None, least: int = 1) -> Number | None:
    """The batch size of a network, which its layers may say as well.

    Raises:
        GeometryError: two of them differ.
    """
    sizes = {repr(part): part.batch_size for part in parts if isinstance(part, Layer) and part.batch_size is not None}
    if batch_size is not None:
        sizes = {"batch_size": whole(batch_size, "batch_size", least), **sizes}
    different = list(sizes.items())
    for (one, a), (other, b) in pairwise(different):
        if not same(a, b):
            raise GeometryError(f"{one} with a batch of {a}, and {other} with a batch of {b}", "they differ", "use one")
    return different[0][1] if different else None


def listed(shape: Any) -> list[Any]:
    """The sizes of an input's shape; one number stands for one dimension.

    Raises:
        GeometryError: ``shape`` is not a shape.
    """
    if isinstance(shape, (str, bytes)):
        raise GeometryError(f"input_shape={shown(shape)}", "not a shape", "use a tuple such as (1, 28, 28)")
    try:
        sizes = list(shape)
    except TypeError:
        sizes = [shape]
    if not sizes:
        raise GeometryError("input_shape=()", "it is empty", "use a tuple such as (1, 28, 28)")
    return sizes


def at_numbers(part: Given, number: Callable[[Number], int], values: Mapping[str, int]) -> Given:
    """The part with numbers for its symbols."""
    if isinstance(part, Layer):
        return part.at(**{name: values[name] for name in part.symbol_names})
    if isinstance(part, Lazy):
        return Lazy(part.kind, {name: numbers_in(value, number) for name, value in part.options.items()})
    return part.at(number)


def symbols_in(value: Any) -> set[str]:
    """Names of the symbols in what users pass: parts, sizes, and tuples of them."""
    if isinstance(value, (tuple, list)):
        return {name for one in value for name in symbols_in(one)}
    if isinstance(value, Layer):
        return set(value.symbol_names)
    if isinstance(value, Lazy):
        return symbols_in(tuple(value.options.values()))
    if isinstance(value, Module):
        return symbols_in(tuple(vars(value).values()))
    return {symbol.name for symbol in value.free_symbols} if isinstance(value, sp.Expr) else set()


def numbers_in(value: Any, number: Callable[[Number], int]) -> Any:
    """Numbers for the symbols in an option: a size, or tuples of them."""
    if isinstance(value, (tuple, list)):
        return tuple(numbers_in(one, number) for one in value)
    if isinstance(value, sp.Expr) and value.free_symbols:
        return number(value)
    return value
