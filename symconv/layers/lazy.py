"""Layers whose sizes follow from their input: what stands in a network in place of a whole layer."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.errors import GeometryError, instead_of
from symconv.foundations.values import freeze
from symconv.geometry.shapes import Geometry
from symconv.printing import jupyter as display

FROM_INPUT = ("input_size", "in_channels", "channels", "batch_size", "notation")
"""Arguments that the input gives."""


@dataclass(frozen=True)
class Lazy:
    """A layer without its input's size and channels, as PyTorch's lazy modules. Made by ``Conv.lazy(..)``."""

    kind: type[Geometry]
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        if "input_size" not in self.kind.PARAMETERS:
            raise GeometryError(f"{self.kind.__name__}.lazy", "its size is that of its output", "give its sizes")
        arguments = inspect.signature(self.kind).parameters
        known = [name for name in arguments if name not in FROM_INPUT]
        for name in self.options:
            if name in FROM_INPUT:
                raise GeometryError(f"{self.kind.__name__}.lazy({name}=..)", "the input gives it", "leave it out")
            if name not in known:
                raise GeometryError(
                    f"{self.kind.__name__}.lazy({name}=..)", "no such argument", instead_of(name, known)
                )

        if missing := [n for n in known if arguments[n].default is inspect.Parameter.empty and n not in self.options]:
            raise GeometryError(f"{self!r}", f"{', '.join(missing)} is missing", f"give {', '.join(missing)}=..")
        freeze(self, "options")

    def __repr__(self) -> str:
        return f"{self.kind.__name__}.lazy({', '.join(f'{name}={value!r}' for name, value in self.options.items())})"

    def _repr_html_(self) -> str:
        return display.code(repr(self))

    def __hash__(self) -> int:
        return hash((self.kind, repr(self)))

    def layer(self, features: Sequence[Any], batch_size: Any, notation: Any) -> Geometry:
        """The layer for an input of shape (channels, *size), or (batch, channels, *size).

        Raises:
            GeometryError: the numbers do not describe a layer.
        """
        channels, *size = features
        given = self.kind.for_input(channels, tuple(size), self.options)
        return self.kind(**given, **{"batch_size": batch_size, "notation": notation}, **self.options)
