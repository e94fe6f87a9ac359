"""Jumps of a program, as exceptions of the interpreter."""

from __future__ import annotations

from typing import Any


class Jump(Exception):  # noqa: N818 - not an error
    """``continue``, ``break`` or ``return``."""


class Continue(Jump):
    """``continue``."""


class Break(Jump):
    """``break``."""


class Return(Jump):
    """``return value``."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value
