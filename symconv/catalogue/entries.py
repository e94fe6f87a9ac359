"""All entries by name, made when the first is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import sympy as sp

from symconv.catalogue.arrays import Array
from symconv.catalogue.entry import Identity
from symconv.errors import SymconvError, instead_of, shown

INDICES = sp.symbols("i1:4", integer=True)
RULES = "Arora et al. 2025 (TensorRight), XLA's algebraic simplifier"


class Catalogue(Mapping[str, Identity]):
    """Identities by name, in groups.

    >>> from symconv import identities
    >>> len(identities) >= 100, identities.groups
    (True, ('convolutions', 'sums', 'compilers', 'adjoints', 'algorithms', 'layers', 'equivariance'))
    >>> identities["a convolution commutes"].prove().holds
    True
    """

    @cached_property
    def _entries(self) -> dict[str, Identity]:
        return {entry.name: entry for entry in _all()}

    def __hash__(self) -> int:
        return hash(Catalogue)

    def __reduce__(self) -> str:
        """There is one catalogue in every process."""
        return "identities"

    def __getitem__(self, name: str) -> Identity:
        if name not in self._entries:
            right = instead_of(name, self._entries)
            raise UnknownIdentityError(f"the identity {shown(name)}", "the catalogue has none with this name", right)
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} identities: {', '.join(self.groups)}>"

    @property
    def groups(self) -> tuple[str, ...]:
        """The kinds of identity."""
        return tuple(dict.fromkeys(entry.group for entry in self.values()))

    def of_group(self, group: str) -> tuple[Identity, ...]:
        """The entries of one kind.

        Raises:
            UnknownIdentityError: no group has that name.
        """
        if group not in self.groups:
            raise UnknownIdentityError(f"the group {shown(group)}", "no such group", instead_of(group, self.groups))
        return tuple(entry for entry in self.values() if entry.group == group)


class UnknownIdentityError(SymconvError, KeyError):
    """A name that the catalogue does not have."""

    def __str__(self) -> str:
        return Exception.__str__(self)


def _all() -> Iterator[Identity]:
    from symconv.catalogue import compilers, convolutions, equivariance, layers, sums  # made of many formulas

    for name, (left, right, near_miss, reference) in convolutions.CONVOLUTIONS.items():
        yield _formula(name, "convolutions", reference, left, right, near_miss)
    for name, (left, right, near_miss) in sums.SUMS.items():
        yield _formula(name, "sums", "Graham, Knuth and Patashnik 1994, chapter 2", left, right, near_miss)
    for table, rules in compilers.TABLES.items():
        for name, one, other, wrong in rules:
            sides = tuple(partial(_entry, array, one) for array in (one, other, wrong))
            yield _lazy(f"{table}: {name}", *sides)
    yield from layers.layer_identities()
    yield from equivariance.equivariance_identities()


def _formula(name: str, group: str, reference: str, left: Any, right: Any, near_miss: Any) -> Identity:
    return Identity(name, group, reference, lambda: [("every entry", left, right)], lambda: near_miss)


def _lazy(name: str, left: Callable[[], Any], right: Callable[[], Any], near_miss: Callable[[], Any]) -> Identity:
    return Identity(name, "compilers", RULES, lambda: [("every entry", left(), right())], near_miss)


def _entry(array: Array, inside: Array) -> sp.Expr:
    """The entry at any index inside another array, and zero elsewhere."""
    index = INDICES[: len(inside.shape)]
    return array[tuple(index)] * inside.inside(index)


identities = Catalogue()
"""What people know about convolutions, by name."""


def entry_named(name: str) -> Identity:
    """The entry with a name."""
    return identities[name]
