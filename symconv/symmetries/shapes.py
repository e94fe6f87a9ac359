"""The shapes of a linear map between images, and how its inputs and outputs are numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from symconv.errors import GeometryError, shown
from symconv.geometry.axes import raveled

Index = tuple[int, ...]
"""A channel and a place on every axis."""


@dataclass(frozen=True)
class MapShape:
    """A linear map from images to images, by channels and sizes.

    Inputs and outputs are numbered in row-major order, channels first.

    >>> MapShape(1, (3,), 1, (2,))
    MapShape(in_channels=1, input_size=(3,), out_channels=1, output_size=(2,))
    """

    in_channels: Any
    input_size: tuple[Any, ...]
    out_channels: Any
    output_size: tuple[Any, ...]

    def __post_init__(self) -> None:
        if len(self.input_size) != len(self.output_size):
            raise GeometryError(
                f"input_size={shown(self.input_size)} and output_size={shown(self.output_size)}",
                f"{len(self.input_size)} and {len(self.output_size)} axes", "give both the same number of axes",
            )  # fmt: skip

    @property
    def ndim(self) -> int:
        return len(self.input_size)

    @property
    def is_concrete(self) -> bool:
        """Whether all sizes are numbers."""
        sizes = (self.in_channels, *self.input_size, self.out_channels, *self.output_size)
        return all(isinstance(size, int) for size in sizes)

    @property
    def input(self) -> tuple[Any, ...]:
        """Channels and sizes of the input."""
        return (self.in_channels, *self.input_size)

    @property
    def output(self) -> tuple[Any, ...]:
        """Channels and sizes of the output."""
        return (self.out_channels, *self.output_size)

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return prod(self.input)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return prod(self.output)

    def __str__(self) -> str:
        return f"{_sizes(self.input, 'input')} to {_sizes(self.output, 'output')}"


def _sizes(shape: Sequence[Any], what: str) -> str:
    """Sizes for a reader; one channel goes without saying.

    >>> _sizes((1, 3), "input"), _sizes((2, 4, 4), "input"), _sizes((1, 1), "output")
    ('3 inputs', '2x4x4 inputs', '1 output')
    """
    sizes = "x".join(str(size) for at, size in enumerate(shape) if at or size != 1)
    return f"{sizes} {what}{'' if sizes == '1' else 's'}"


def images(shape: Sequence[int], image: Callable[[Index], Index | None]) -> tuple[int, ...]:
    """For every index of a box in row-major order the number of its image, and -1 if that is outside.

    >>> images((1, 3), lambda at: (at[0], at[1] + 1))
    (1, 2, -1)
    """
    found = []
    for index in product(*map(range, shape)):
        to = image(index)
        inside = to is not None and all(0 <= at < size for at, size in zip(to, shape))
        found.append(raveled(to, shape) if inside and to is not None else -1)
    return tuple(found)
