"""One file for each command, which defines ``COMMAND``. A new file here is a new command."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from symconv.cli.command import Command


def names() -> list[str]:
    """The commands as the user writes them."""
    return [module.name.replace("_", "-") for module in iter_modules(__path__)]


def command(name: str) -> Command:
    """The command of a name in ``names``."""
    found: Command = import_module(f"{__name__}.{name.replace('-', '_')}").COMMAND
    return found
