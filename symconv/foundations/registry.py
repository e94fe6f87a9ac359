"""Registries: open sets whose members are known by name and loaded when somebody asks which there are."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TypeVar

V = TypeVar("V")


class Registry(MutableMapping[str, V]):
    """Members by name, in the order in which they were registered.

    Args:
        module: the module that registers those which symconv has itself. It is imported when members are asked for,
            not when one is added.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._members: dict[str, V] = {}

    def __repr__(self) -> str:
        return f"<registry of {', '.join(self)}>"

    def _loaded(self) -> dict[str, V]:
        import_module(self._module)
        return self._members

    def __getitem__(self, name: str) -> V:
        return self._loaded()[name]

    def __setitem__(self, name: str, member: V) -> None:
        self._members[name] = member

    def __delitem__(self, name: str) -> None:
        del self._loaded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())
