"""What a model of PyTorch computes from its own tensors alone: a kernel times a mask, a normalised weight, positions.

Such a node has the same numbers for every input, so PyTorch itself computes it once. If it comes from one parameter,
it has that parameter's name, and a gradient goes back to it by PyTorch's own derivative of what was computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from symconv.models.parts import Array, UnreadError, Weight
from symconv.models.torch_calls import numbers_of

Function: TypeAlias = Callable[..., Any]
Change: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class Own:
    """A tensor of the model.

    Args:
        name: of the parameter or buffer that it is or comes from, else that of the node that computes it.
        learned: whether the model learns it.
        first: the parameter or buffer itself if something was computed from it; None if it has those entries itself.
        arrange: computes it anew from other numbers for ``first``.
        restore: brings a gradient with respect to it to one with respect to the parameter or buffer.
    """

    name: str
    learned: bool
    first: Any = None
    arrange: Change | None = None
    restore: Change | None = None


def weight_of(tensor: Any, name: str, known: Mapping[int, Own]) -> Weight | None:
    """A parameter or buffer with the model's first name for it; None if there is none."""
    if tensor is None:
        return None
    shape = tuple(map(int, tensor.shape))
    own = known.get(id(tensor), Own(name, bool(tensor.requires_grad)))
    read = partial(numbers_of, tensor if own.first is None else own.first)
    return Weight(own.name, read, own.arrange, shape, own.restore, own.learned)


RESHAPING = ("view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten", "contiguous", "detach")
"""What leaves all entries as they are: in a new shape, in the same order."""
DRAWN = re.compile(
    r"rand(n|int|perm)?(_like)?|bernoulli|normal|multinomial|poisson|.*dropout.*|.*_?uniform", re.IGNORECASE
)
"""What gives other numbers every time."""
CHANGING = re.compile(r"\w*[a-z0-9]_|i(add|sub|mul|truediv|floordiv|mod|pow|matmul|and|or|xor|lshift|rshift)")
"""What changes its first argument."""


def computed(kind: str, node: str, function: Function, args: Any, options: Any, known: Mapping[int, Own]) -> Any:
    """What a function makes of tensors of the model and plain values, and what is known of it if it is a tensor.

    Args:
        kind: the function's name. ``node``: that of the node.
        function, args, options: which to call with what.
        known: what is known of the model's tensors, by identity.

    Raises:
        UnreadError: it would be other numbers every time, or the function changes a tensor.
    """
    if DRAWN.fullmatch(kind):
        raise UnreadError("it is drawn at random")
    tensors = list(_tensors((args, options)))
    if tensors and CHANGING.fullmatch(kind) and not kind.startswith("__"):
        raise UnreadError("it changes a tensor of the model in place")
    torch = import_module("torch")
    try:
        with torch.no_grad():
            found = function(*args, **options)
    except Exception as error:  # whatever PyTorch raises
        raise UnreadError(f"PyTorch cannot compute it: {str(error).strip().splitlines()[0][:200]}") from error
    if not isinstance(found, torch.Tensor):
        return found, None
    learned = [one for one in tensors if _own(one, known).learned]
    if not learned:
        return found, Own(node, False)
    if len({id(one) for one in learned}) > 1 or (own := _own(learned[0], known)).name == "":
        return found, Own(node, True)
    first = learned[0] if own.first is None else own.first
    change = _Change(torch, learned[0], function, args, options)
    anew, back = _moves(kind, args, found) or (change.anew, change.back)
    return found, Own(own.name, kind != "detach", first, _after(own.arrange, anew), _after(back, own.restore))


def _own(tensor: Any, known: Mapping[int, Own]) -> Own:
    return known.get(id(tensor), Own("", bool(tensor.requires_grad)))


def _moves(kind: str, args: Any, found: Any) -> tuple[Change, Change] | None:
    """Forwards and backwards, for numbers of any kind, if all entries are left: in a new shape, or a matrix turned."""
    tensor, *rest = args
    if not hasattr(tensor, "detach") or found.numel() != tensor.numel():
        return None
    if kind == "t" or (kind == "transpose" and sorted(rest) in ([0, 1], [-2, -1], [-2, 1], [-1, 0])):
        return (np.transpose, np.transpose) if tensor.dim() == 2 else None
    if kind == "getitem":
        index = rest[0] if isinstance(rest[0], tuple) else (rest[0],)
        if not all(one is None or one is Ellipsis or isinstance(one, (int, slice)) for one in index):
            return None
    elif kind not in RESHAPING:
        return None
    before, after = tuple(tensor.shape), tuple(found.shape)
    return lambda array: array.reshape(after), lambda gradient: gradient.reshape(before)


def _after(first: Change | None, then: Change | None) -> Any:
    """One change after the other."""
    if first is None or then is None:
        return first or then
    return lambda array: then(first(array))


@dataclass(frozen=True)
class _Change:
    """What a function makes of one tensor, with all other arguments as they are, in double precision."""

    torch: Any
    tensor: Any
    function: Function
    args: Any
    options: Any

    def anew(self, array: Array) -> Array:
        """From other numbers."""
        with self.torch.no_grad():
            return numbers_of(self._of(self.torch.as_tensor(np.asarray(array, dtype=float))))

    def back(self, gradient: Array) -> Array:
        """The gradient with respect to the tensor, by that with respect to what is made of it."""
        leaf = self.tensor.detach().double().requires_grad_()
        with self.torch.enable_grad():
            made = self._of(leaf)
        upstream = self.torch.as_tensor(np.asarray(gradient, dtype=float)).to(made.dtype)
        (found,) = self.torch.autograd.grad(made, leaf, upstream)
        return numbers_of(found)

    def _of(self, leaf: Any) -> Any:
        args, options = self._replaced(leaf, self.args), self._replaced(leaf, self.options)
        return self.function(*args, **options)

    def _replaced(self, leaf: Any, value: Any) -> Any:
        if value is self.tensor:
            return leaf
        if isinstance(value, self.torch.Tensor):
            return value.detach().double() if value.is_floating_point() else value
        if isinstance(value, Mapping):
            return {name: self._replaced(leaf, one) for name, one in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)(self._replaced(leaf, one) for one in value)
        return value


def _tensors(value: Any) -> Iterator[Any]:
    if hasattr(value, "detach"):
        yield value
    elif isinstance(value, Mapping):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
