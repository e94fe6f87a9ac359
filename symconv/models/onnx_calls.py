"""What stands at a node of an ONNX graph: its attributes, and inputs that are computed, constant or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.errors import SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.models.onnx_file import OnnxFile, later, numbers, shape_of
from symconv.models.parts import Array, UnreadError, Weight
from symconv.models.readers import Call, Tensor

MOST_CONSTANTS = 10_000
"""A constant that says sizes has at most this many entries."""


@dataclass(frozen=True)
class Constant:
    """A tensor in the file, or an input of the model that is used as one; then ``tensor`` is None."""

    name: str
    shape: tuple[int, ...]
    file: OnnxFile
    tensor: Any

    def numbers(self) -> Array:
        """Its numbers, of a small one.

        Raises:
            UnreadError: they are not in the file, or there are too many.
        """
        if self.tensor is None:
            raise UnreadError(f"{self.name} is an input of the model, and no constant in the file")
        if np.prod(self.shape, dtype=float) > MOST_CONSTANTS:
            raise UnreadError(f"{self.name} has shape {self.shape}, too large for what is read at once")
        return numbers(self.file, self.tensor)

    def weight(self, arrange: Callable[[Array], Array] | None = None) -> Weight:
        """As a parameter; ``arrange`` brings it into the order of axes that the part has."""
        read = None if self.tensor is None else later(self.file, self.tensor)
        return Weight(self.name, read, arrange, self.shape)


@dataclass(frozen=True)
class Sizes:
    """Sizes that a graph computes with: of a shape, or a single one."""

    values: tuple[Number, ...]
    single: bool = False


Operand = Tensor | Constant | Sizes | None
"""What stands at an input of a node; None if it is left out."""


@dataclass(frozen=True)
class OnnxCall(Call):
    """A node of a graph.

    Args:
        name, kind, inputs: as in ``Call``.
        operands: all of its inputs in order.
        attributes: its attributes by name.
        version: of the operators, the graph's opset.
        outputs: how many outputs it has.
        bias: what a later node adds to the output.
    """

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    operands: tuple[Operand, ...]
    attributes: Mapping[str, Any]
    version: int
    outputs: int
    bias: Constant | None = None

    def operand(self, at: int) -> Operand:
        return self.operands[at] if at < len(self.operands) else None

    def constant(self, at: int, what: str) -> Constant | None:
        """An input that must be constant, or is left out."""
        found = self.operand(at)
        if isinstance(found, (Tensor, Sizes)):
            raise UnreadError(f"its {what} is computed, and is not a constant")
        return found

    def needed(self, at: int, what: str) -> Constant:
        """An input that must be a constant."""
        found = self.constant(at, what)
        if found is None:
            raise UnreadError(f"it has no {what}")
        return found

    def said(self, at: int, name: str) -> list[Any] | None:
        """Numbers that are an input since some version, and were an attribute before; None if there are none."""
        found = self.operand(at)
        if isinstance(found, Sizes):
            return list(found.values)
        if isinstance(found, Constant):
            return list(np.ravel(found.numbers()).tolist())
        value = self.attributes.get(name)
        return None if value is None else list(value) if isinstance(value, (list, tuple)) else [value]

    def per_axis(self, name: str, default: int = 1) -> tuple[int, ...]:
        """An attribute with a number for every spatial axis."""
        values = self.attributes.get(name)
        if values is None:
            return (default,) * self.ndim
        if len(values) != self.ndim:
            raise UnreadError(f"{name}={list(values)} for {self.ndim} spatial axes")
        return tuple(map(int, values))


def constants_of(file: OnnxFile, tensors: Sequence[Any]) -> dict[str, Operand]:
    """The tensors of a file by name.

    Raises:
        SymconvError: two have one name.
    """
    twice = [name for name, count in Counter(tensor.name for tensor in tensors).items() if count > 1]
    if twice:
        wrong = "there are two of that name; in ONNX every tensor is made once"
        right = "use a file that torch.onnx or onnx wrote"
        raise SymconvError(f"the tensor {shown(twice[0])} of {file.title}", wrong, right)
    return {tensor.name: Constant(tensor.name, shape_of(tensor), file, tensor) for tensor in tensors}
