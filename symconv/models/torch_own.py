"""What a model of PyTorch computes from its own tensors alone: a kernel times a mask, a normalised weight, positions.

Such a node has the same numbers for every input, so PyTorch itself computes it once, and its recipe is kept: which
function of which tensors. From one parameter it has that parameter's name, from several that of the node; a gradient
goes back to all of them by PyTorch's own derivative of the recipe. What asks for the number of examples is computed for
several such numbers, and has to be the same for every example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symconv.models.parts import Array, Sources, UnreadError, Weight
from symconv.models.readers import BATCH
from symconv.models.torch_calls import numbers_of

Function: TypeAlias = Callable[..., Any]
Change: TypeAlias = Callable[[Array], Array]
OTHER_BATCHES = (2, 5)
"""For how many examples a tensor is computed again that asks for their number; first it is for one."""


@dataclass(frozen=True)
class Own:
    """A tensor of the model.

    Args:
        name: of the parameter or buffer that it is, else of the node that computes it.
        learned: whether the model learns it.
        recipe: how it is computed; None for a parameter or buffer.
        moved: forwards and backwards, if it has the entries of one parameter in another shape or order.
        tensor: itself if it is computed, so that no other has its identity.
    """

    name: str
    learned: bool
    recipe: Recipe | None = None
    moved: tuple[Change, Change] | None = None
    tensor: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Recipe:
    """A function with its arguments, among them tensors of the model; ``take`` is the place if it gives several."""

    function: Function
    args: Any
    options: Any
    known: Mapping[int, Own]
    take: tuple[int, ...] = ()
    asks: bool = field(default=False)
    """Whether it asks for the number of examples, or reads what does."""

    def value(self, done: dict[int, Any], batch: int) -> Any:
        """What it gives; ``done`` has tensors by identity that are known, and gets those that are found."""
        found = self.function(*self._filled(self.args, done, batch), **self._filled(self.options, done, batch))
        for place in self.take:
            found = found[place]
        return found

    def _filled(self, value: Any, done: dict[int, Any], batch: int) -> Any:
        if hasattr(value, "detach"):
            if id(value) not in done:
                own = self.known.get(id(value))
                plain = own is None or own.recipe is None
                done[id(value)] = doubled(value) if plain else own.recipe.value(done, batch)  # type: ignore[union-attr]
            return done[id(value)]
        return mapped(value, lambda one: self._filled(one, done, batch), batch)

    def leaves(self) -> dict[int, Any]:
        """The parameters that it is learned through, by identity."""
        found: dict[int, Any] = {}
        waiting, seen = [self], {id(self)}
        while waiting:
            recipe = waiting.pop()
            for tensor in _tensors((recipe.args, recipe.options)):
                own = self.known.get(id(tensor))
                if own is not None and own.recipe is not None:
                    if own.learned and id(own.recipe) not in seen:
                        seen.add(id(own.recipe))
                        waiting.append(own.recipe)
                elif own.learned if own is not None else tensor.requires_grad:
                    found[id(tensor)] = tensor
        return dict(sorted(found.items(), key=lambda one: self._name(one[0])))

    def _name(self, identity: int) -> str:
        return self.known[identity].name if identity in self.known else ""

    def sources(self) -> Sources:
        """The parameters by name, and both ways between them and what is made."""
        leaves = {self._name(identity): tensor for identity, tensor in self.leaves().items()}
        return Sources(tuple(leaves), partial(self._anew, leaves), partial(self._back, leaves))

    def _anew(self, leaves: Mapping[str, Any], given: Mapping[str, Array]) -> Array:
        torch = import_module("torch")
        done = {id(leaves[name]): torch.as_tensor(np.asarray(array, dtype=float)) for name, array in given.items()}
        with torch.no_grad():
            return numbers_of(self.value(done, 1))

    def _back(self, leaves: Mapping[str, Any], gradient: Array) -> dict[str, Array]:
        torch = import_module("torch")
        own = {name: tensor.detach().double().requires_grad_() for name, tensor in leaves.items()}
        with torch.enable_grad():
            made = self.value({id(leaves[name]): tensor for name, tensor in own.items()}, 1)
        upstream = torch.as_tensor(np.asarray(gradient, dtype=float)).to(made.dtype)
        found = torch.autograd.grad(made, list(own.values()), upstream.reshape(made.shape), allow_unused=True)
        zeros = (torch.zeros_like(tensor) if one is None else one for one, tensor in zip(found, own.values()))
        return {name: numbers_of(one) for name, one in zip(own, zeros)}


def doubled(tensor: Any) -> Any:
    """The tensor in double precision, if it has floating numbers."""
    return tensor.detach().double() if tensor.is_floating_point() else tensor


def mapped(value: Any, change: Callable[[Any], Any], batch: int) -> Any:
    """What stands in a list, tuple or mapping, changed; the number of examples if it is asked for."""
    if isinstance(value, Mapping):
        return {name: change(one) for name, one in value.items()}
    if isinstance(value, slice):
        return slice(*(change(one) for one in (value.start, value.stop, value.step)))
    if isinstance(value, (tuple, list)):
        return type(value)(change(one) for one in value)
    if isinstance(value, sp.Expr):
        if value.free_symbols - {BATCH}:
            raise UnreadError("it has a size that is a symbol")
        return int(value.subs(BATCH, batch))
    return value


def weight_of(tensor: Any, name: str, known: Mapping[int, Own]) -> Weight | None:
    """A tensor of the model with the model's first name for it; None if there is none.

    Raises:
        UnreadError: it depends on the number of examples, or a hook may change its gradient.
    """
    if tensor is None:
        return None
    shape = tuple(map(int, tensor.shape))
    own = known.get(id(tensor), Own(name, bool(tensor.requires_grad)))
    for leaf in [tensor] if own.recipe is None else own.recipe.leaves().values():
        if leaf._backward_hooks:
            leaf_name = known[id(leaf)].name if id(leaf) in known else name
            raise UnreadError(f"{leaf_name} has a hook, which may change its gradient; remove it")
    if own.recipe is None:
        return Weight(own.name, partial(numbers_of, tensor), None, shape, None, own.learned)
    if own.recipe.asks:
        _require_alike(own.recipe)
    if not own.learned:
        return Weight(own.name, partial(numbers_of, tensor), None, shape, None, False)
    sources = own.recipe.sources()
    if sources.names[:-1]:
        return Weight(own.name, partial(numbers_of, tensor), None, shape, None, True, sources)
    (leaf,), (first,) = own.recipe.leaves().values(), sources.names
    anew, back = own.moved or (lambda array: sources.anew({first: array}), lambda array: sources.back(array)[first])
    return Weight(first, partial(numbers_of, leaf), anew, shape, back, True)


def _require_alike(recipe: Recipe) -> None:
    torch = import_module("torch")
    with torch.no_grad():
        first, *others = (recipe.value({}, batch) for batch in (1, *OTHER_BATCHES))
    for batch, other in zip(OTHER_BATCHES, others):
        repeated = other.dim() == first.dim() > 0 and first.shape[0] == 1 and other.shape[0] == batch
        whole = first.expand_as(other) if repeated and other.shape[1:] == first.shape[1:] else first
        if whole.shape != other.shape or not torch.equal(whole, other):
            raise UnreadError("its numbers depend on how many examples there are")


RESHAPING = ("view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten", "contiguous", "clone", "detach")
"""What leaves all entries as they are: in a new shape, in the same order."""
DRAWN = re.compile(
    r"rand(n|int|perm)?(_like)?|bernoulli|normal|multinomial|poisson|.*dropout.*|.*_?uniform", re.IGNORECASE
)
"""What gives other numbers every time."""
CHANGING = re.compile(r"\w*[a-z0-9]_|i(add|sub|mul|truediv|floordiv|mod|pow|matmul|and|or|xor|lshift|rshift)")
"""What changes its first argument."""


def computed(
    kind: str, node: str, function: Function, args: Any, options: Any, known: dict[int, Own], learns: bool = True
) -> Any:
    """What a function makes of tensors of the model and plain values; ``known`` gets what is known of its tensors.

    Args:
        kind: the function's name. ``node``: that of the node.
        function, args, options: which to call with what.
        known: what is known of the model's tensors, by identity.
        learns: whether the tensors are learned through what it makes.

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
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            before = torch.get_rng_state()
            found = function(*_with_one(args), **_with_one(options))
            if not torch.equal(before, torch.get_rng_state()):
                raise UnreadError("it is drawn at random")
    except UnreadError:
        raise
    except Exception as error:  # whatever PyTorch raises
        raise UnreadError(f"PyTorch cannot compute it: {str(error).strip().splitlines()[0][:200]}") from error
    learned = learns and kind != "detach" and any(_own(one, known).learned for one in tensors)
    recipes = (one.recipe for one in (_own(tensor, known) for tensor in tensors) if one.recipe is not None)
    asks = _asks((args, options)) or any(one.asks for one in recipes)
    for place, tensor in _placed(found):
        if id(tensor) not in {id(one) for one in tensors} and id(tensor) not in known:
            recipe = Recipe(function, args, options, known, place, asks)
            moved = None if place else _moved(kind, args, tensor, known)
            known[id(tensor)] = Own(node, learned, recipe, moved, tensor)
    return found


def _with_one(value: Any) -> Any:
    """The arguments for a single example."""
    return value if hasattr(value, "detach") else mapped(value, _with_one, 1)


def _asks(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _asks(tuple(value.values()))
    if isinstance(value, slice):
        return _asks((value.start, value.stop, value.step))
    return any(map(_asks, value)) if isinstance(value, (tuple, list)) else isinstance(value, sp.Expr)


def _placed(found: Any, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every tensor that a function gives, with its place."""
    if hasattr(found, "detach"):
        yield place, found
    elif isinstance(found, (tuple, list)):
        for at, one in enumerate(found):
            yield from _placed(one, (*place, at))


def _own(tensor: Any, known: Mapping[int, Own]) -> Own:
    return known.get(id(tensor), Own("", bool(tensor.requires_grad)))


def _moved(kind: str, args: Any, found: Any, known: Mapping[int, Own]) -> tuple[Change, Change] | None:
    """From a parameter to what is found and back, if all entries are left, for numbers of any kind."""
    if (moves := _moves(kind, args, found)) is None:
        return None
    own = _own(args[0], known)
    if own.recipe is None:
        return moves
    if own.moved is None:
        return None
    (first, back), (then, again) = own.moved, moves
    return lambda array: then(first(array)), lambda gradient: back(again(gradient))


def _moves(kind: str, args: Any, found: Any) -> tuple[Change, Change] | None:
    """Forwards and backwards, if all entries are left: in a new shape, or a matrix turned."""
    if not args or not hasattr(args[0], "detach"):
        return None
    tensor, *rest = args
    if found.numel() != tensor.numel():
        return None
    if kind == "t" or (kind == "transpose" and sorted(rest) in ([0, 1], [-2, -1], [-2, 1], [-1, 0])):
        return (np.transpose, np.transpose) if tensor.dim() == 2 else None
    if kind == "getitem":
        index = rest[0] if isinstance(rest[0], tuple) else (rest[0],)
        plain = all(one is None or one is Ellipsis or isinstance(one, (int, slice)) for one in index)
        if not plain or any(isinstance(one, slice) and (one.step or 1) < 0 for one in index):
            return None
    elif kind not in RESHAPING:
        return None
    before, after = tuple(tensor.shape), tuple(found.shape)
    return lambda array: array.reshape(after), lambda gradient: gradient.reshape(before)


def _tensors(value: Any) -> Iterator[Any]:
    if hasattr(value, "detach"):
        yield value
    elif isinstance(value, Mapping):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
