"""The kinds of layer, by the name of their class: whatever goes through all kinds goes through ``KINDS``."""

from __future__ import annotations

import re
from typing import TypeVar

from symconv.foundations.registry import Registry
from symconv.layers.layer import Layer

KINDS: Registry[type[Layer]] = Registry("symconv.layers.kinds")
"""Every kind of layer that users can make, in the order in which they were registered."""

AnyKind = TypeVar("AnyKind", bound="type[Layer]")


def register(kind: AnyKind) -> AnyKind:
    """A kind of layer joins ``KINDS``; use it as a decorator of the class."""
    KINDS[kind.__name__] = kind
    return kind


def words_of(kind: type[Layer]) -> tuple[str, ...]:
    """The words of the class's name in small letters.

    >>> from symconv import ConvTranspose
    >>> words_of(ConvTranspose)
    ('conv', 'transpose')
    """
    return tuple(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+", kind.__name__))


def kinds_by_name(joint: str) -> dict[str, type[Layer]]:
    """The kinds as the command line ("-", as in max-pool) or a network's file ("_", as in max_pool) says them."""
    return {joint.join(words_of(kind)): kind for kind in KINDS.values()}
