"""The views of a layer, by name: whatever goes through all views goes through ``VIEWS``."""

from __future__ import annotations

from typing import TypeVar

from symconv.foundations.registry import Registry
from symconv.views.view import View

VIEWS: dict[str, type[View]] = {}
"""The views that every proof, note and check is about, in the order in which they are registered."""

ON_REQUEST: Registry[type[View]] = Registry("symconv.views.fast")
"""Views that are there by name: steps between the others, and fast algorithms."""

AnyKind = TypeVar("AnyKind", bound="type[View]")


def register(kind: AnyKind) -> AnyKind:
    """A view joins ``VIEWS``; use it as a decorator of the class."""
    VIEWS[kind.name] = kind
    return kind


def register_on_request(kind: AnyKind) -> AnyKind:
    """A view joins ``ON_REQUEST``; use it as a decorator of the class."""
    ON_REQUEST[kind.name] = kind
    return kind
