"""The views of a layer, by name: whatever goes through all views goes through ``VIEWS``."""

from __future__ import annotations

from typing import TypeVar

from symconv.views.view import View

VIEWS: dict[str, type[View]] = {}
"""The views that every proof, note and check is about, in the order in which they are registered."""

AnyKind = TypeVar("AnyKind", bound="type[View]")


def register(kind: AnyKind) -> AnyKind:
    """A view joins ``VIEWS``; use it as a decorator of the class."""
    VIEWS[kind.name] = kind
    return kind
