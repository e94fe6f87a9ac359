"""What stands at a node of a PyTorch model: a module, or a function with its arguments.

PyTorch itself is only used if a module of it is given, so nothing here imports it at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from symconv.models.parts import Array, UnreadError, Weight
from symconv.models.readers import Call, Tensor


@dataclass(frozen=True)
class TorchCall(Call):
    """A module, or a function, at a node.

    Args:
        name, kind, inputs: as in ``Call``.
        module: the module; None for a function.
        args, options: of a function, each a tensor between nodes, a parameter of the model or a plain value.
        weight: makes a ``Weight`` of a parameter or buffer.
    """

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    module: Any
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    weight: Callable[[Any, str], Weight | None]

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

    def tensor(self, value: Any) -> Weight | None:
        """A tensor of the model that is added or multiplied; None if it is something else."""
        return None if not hasattr(value, "detach") else self.weight(value, f"{self.name}.tensor")


def per_axis(value: Any, ndim: int) -> tuple[Any, ...]:
    """One value for every axis, as PyTorch reads it: one for all, or one each."""
    if isinstance(value, (tuple, list)):
        listed = tuple(value)
        return listed * ndim if len(listed) == 1 else listed
    return (value,) * ndim


def both_sides(padding: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """The same number of elements at both ends of every axis."""
    return tuple((one, one) for one in per_axis(padding, ndim))


def pairs_from_last(padding: Sequence[int], ndim: int) -> tuple[tuple[int, int], ...]:
    """PyTorch's list of padding, the last axis first, as a pair for each of the spatial axes.

    Raises:
        UnreadError: it pads channels or the batch.
    """
    listed = list(padding)
    pairs = [(low, high) for low, high in zip(listed[::2], listed[1::2])][::-1]
    beyond = len(pairs) - ndim
    if beyond > 0:
        if any(pair != (0, 0) for pair in pairs[:beyond]):
            raise UnreadError(f"padding={tuple(listed)} is more than that of {ndim} spatial axes")
        pairs = pairs[beyond:]
    return ((0, 0),) * (ndim - len(pairs)) + tuple(pairs)


def numbers_of(tensor: Any) -> Array:
    """A tensor of PyTorch as an array, halves of precision doubled."""
    detached = tensor.detach().cpu()
    return np.array(detached.double().numpy() if detached.dtype.itemsize < 4 else detached.numpy())


@dataclass(frozen=True)
class Own:
    """A tensor of the model: its name, whether it is learned, and, of a view, how a gradient gets the shape it had."""

    name: str
    learned: bool
    restore: Callable[[Array], Array] | None = None


def weight_of(tensor: Any, name: str, known: Mapping[int, Own]) -> Weight | None:
    """A parameter or buffer with the model's first name for it; None if there is none."""
    if tensor is None:
        return None
    shape = tuple(map(int, tensor.shape))
    own = known.get(id(tensor), Own(name, bool(tensor.requires_grad)))
    return Weight(own.name, partial(numbers_of, tensor), None, shape, own.restore, own.learned)


VIEWED = ("view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten", "getitem", "contiguous", "detach")
"""What a model may do with its own tensors: a new shape, in the same order."""
TURNED = ("t", "transpose")
"""And a matrix by its columns."""


def view_of_own(name: str, function: Callable[..., Any], args: Any, options: Any, own: Own | None) -> tuple[Any, Own]:
    """What a function makes of a tensor of the model, whose entries stay as they are.

    Raises:
        UnreadError: it does something else.
    """
    tensor: Any = args[0] if args else None
    if not hasattr(tensor, "detach"):
        raise UnreadError("it is not computed from the input")
    turned = name in TURNED and tensor.dim() == 2
    if not turned and name not in VIEWED:
        raise UnreadError("it is not computed from the input")
    found, shape = function(*args, **options), tuple(tensor.shape)
    if found.numel() != tensor.numel():
        raise UnreadError("it takes a part of a tensor of the model")
    before = Own("", bool(tensor.requires_grad)) if own is None else own
    inner = before.restore

    def restore(gradient: Array) -> Array:
        back = np.transpose(gradient) if turned else gradient.reshape(shape)
        return back if inner is None else inner(back)

    return found, Own(before.name, before.learned and name != "detach", restore)
