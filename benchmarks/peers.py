"""The packages that symconv is measured against, each optional."""

from __future__ import annotations

from importlib import import_module
from typing import Any

INSTALL = {
    "tensorgrad": 'pip install "symconv[bench]"',
    "symengine": 'pip install "symconv[bench]"',
    "wincnn": 'pip install "symconv[bench]"',
    "torch": "pip install torch",
}


class MissingPeerError(Exception):
    """A peer is not installed; the message says how to install it."""


def peer(name: str) -> Any:
    """A peer's package.

    Raises:
        MissingPeerError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        how = INSTALL.get(name, f"pip install {name}")
        raise MissingPeerError(f"{name} is not installed; install it with: {how}") from error
