"""What stands at a node of a PyTorch model: a module, or a function with its arguments.

PyTorch itself is only used if a module of it is given, so nothing here imports it at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.models.parts import Array, UnreadError, Weight
from symconv.models.readers import Call, Tensor

CASTS = ("to", "type_as", "type", "float", "double", "half", "bfloat16", "cpu", "cuda")
"""What changes how the numbers of a tensor are stored."""


@dataclass(frozen=True)
class TorchCall(Call):
    """A module, or a function, at a node.

    Args:
        name, kind, inputs: as in ``Call``.
        module: the module; None for a function.
        args, options: of a function, each a tensor between nodes, a parameter of the model or a plain value.
        weight: makes a ``Weight`` of a parameter or buffer.
        made: computes a tensor of the model from others, by a function and its arguments.
        users: the kinds of the nodes that read it.
    """

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    module: Any
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    weight: Callable[[Any, str], Weight | None]
    made: Callable[..., Any]
    users: tuple[str, ...] = ()

    def given(self, name: str, at: int, default: Any = None) -> Any:
        """An argument of a function, by its name or by its place."""
        if name in self.options:
            return self.options[name]
        return self.args[at] if at < len(self.args) else default

    def own(self, name: str) -> Weight | None:
        """A parameter or buffer of the module."""
        return self.weight(getattr(self.module, name, None), f"{self.name}.{name}" if self.name else name)

    def passed(self, name: str, at: int) -> Weight | None:
        """A parameter or buffer that is passed to a function."""
        value = self.given(name, at)
        if isinstance(value, Tensor):
            raise UnreadError(f"its {name} is computed by {value.name or 'the model'}, and is not a parameter")
        return self.weight(value, f"{self.name}.{name}")

    def tensor(self, value: Any, x: Tensor) -> Weight | None:
        """A tensor of the model that is added to x or multiplied by it; None if it is something else."""
        if not hasattr(value, "detach"):
            return None
        return self.weight(self.for_one(value, x), f"{self.name}.tensor")

    def for_one(self, value: Any, x: Tensor) -> Any:
        """A tensor of the model that has the same numbers for every example of x, for one example.

        Raises:
            UnreadError: its examples differ.
        """
        shape, whole = tuple(value.shape), x.whole
        if len(shape) != len(whole) or shape[0] == 1 or shape[0] != whole[0]:
            return value
        if not bool((value == value[:1]).all()):
            raise UnreadError("it has other numbers for every example of the batch")
        return self.made(_first, value)


def _first(value: Any) -> Any:
    return value[:1]


def per_axis(value: Any, ndim: int) -> tuple[Any, ...]:
    """One value for every axis, as PyTorch reads it: one for all, or one each."""
    if isinstance(value, (tuple, list)):
        listed = tuple(value)
        return listed * ndim if len(listed) == 1 else listed
    return (value,) * ndim


def both_sides(padding: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """The same number of elements at both ends of every axis."""
    return tuple((one, one) for one in per_axis(padding, ndim))


def pairs_from_last(padding: Sequence[int]) -> list[tuple[int, int]]:
    """PyTorch's list of padding, the last axis first, as a pair for each of the last axes."""
    listed = list(padding)
    return [(low, high) for low, high in zip(listed[::2], listed[1::2])][::-1]


def numbers_of(tensor: Any) -> Array:
    """A tensor of PyTorch as an array, halves of precision doubled."""
    detached = tensor.detach().cpu()
    return np.array(detached.double().numpy() if detached.dtype.itemsize < 4 else detached.numpy())
