"""Values: equal if they are made of the same, and copied, pickled and sent to other processes without their caches."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801, as the one of the standard library
        """Python's own, as it is from 3.12 on: without a lock, which costs more than most of what is cached here."""

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            value = vars(instance)[self.attrname] = self.func(instance)
            return value


class Cached:
    """A value with cached properties. A copy computes them again: what was asked is not part of a value."""

    @cached_property
    def _once(self) -> dict[Callable[[Any], Any], Any]:
        return {}

    def once(self, made: Callable[[Any], T]) -> T:
        """What a room above makes of this value alone, made once."""
        if made not in self._once:
            self._once[made] = made(self)
        found: T = self._once[made]
        return found

    def __getstate__(self) -> dict[str, Any]:
        kind = type(self)
        return {
            name: value
            for name, value in vars(self).items()
            if not isinstance(getattr(kind, name, None), functools.cached_property)
        }


class Value(Cached):
    """A value that equals every other one of its class with the same ``_key``. What it has is set once, when made."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self) or hasattr(type(self), name):
            right = "make a new one with other arguments"
            raise FrozenInstanceError(f"{name} of a {type(self).__name__}: it cannot be changed; {right}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"{name} of a {type(self).__name__}: it cannot be deleted")

    def _made_of(self, **parts: Any) -> None:
        """Set all parts of a value that is being made."""
        vars(self).update(parts)

    @abstractmethod
    def _key(self) -> tuple[Hashable, ...]:
        """What it is made of."""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and isinstance(other, Value) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self), *self._key()))


def setters(kind: type, *names: str) -> list[Callable[[Any, Any], None]]:
    """What sets the slots of a frozen value that is being made, the cheapest way past its ``__setattr__``."""
    return [vars(kind)[name].__set__ for name in names]


def freeze(value: object, *names: str) -> None:
    """Mappings in fields of a frozen dataclass, made such that nobody changes them and that the value has a hash."""
    for name in names:
        object.__setattr__(value, name, FrozenMapping(getattr(value, name)))


class FrozenMapping(Mapping[K, V]):
    """A mapping that cannot be changed, and can be hashed if its values can.

    >>> FrozenMapping({"a": 1}), FrozenMapping({"a": 1}) == {"a": 1}
    ({'a': 1}, True)
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        self._items: dict[K, V] = items._items if isinstance(items, FrozenMapping) else dict(items)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._items,)


class Lazy(Mapping[K, V]):
    """A mapping whose values are made when they are asked for, each once.

    >>> squares = Lazy(range(3), lambda number: number**2)
    >>> squares[2], 3 in squares, dict(squares)
    (4, False, {0: 0, 1: 1, 2: 4})
    """

    def __init__(self, keys: Iterable[K], make: Callable[[K], V]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make
        self._made: dict[K, V] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} mapping of {', '.join(map(repr, self._keys))}>"

    def __getitem__(self, key: K) -> V:
        if key not in self._made:
            if key not in self._keys:
                raise KeyError(key)
            self._made[key] = self._make(key)
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
