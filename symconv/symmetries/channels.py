"""Permutations of channels: layers of sets (Zaheer et al. 2017, Deep Sets)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from symconv.errors import SymconvError, shown
from symconv.symmetries.shapes import MapShape, images
from symconv.symmetries.symmetry import MovingGenerator, Symmetry


@dataclass(frozen=True, repr=False)
class ChannelPermutations(Symmetry):
    """Every permutation of the channels, of input and output alike, so that the map mixes channels by a I + b 11^T.

    Args:
        outputs: whether the output's channels are permuted, too. If not, the map is invariant.

    Raises:
        SymconvError: ``outputs`` is not true or false.

    >>> from symconv import Conv, solve_sharing
    >>> sharing = solve_sharing(Conv(1, 1, in_channels=3, out_channels=3), symmetry=ChannelPermutations())
    >>> sharing.matrix
    Matrix([
    [v11, v12, v12],
    [v12, v11, v12],
    [v12, v12, v11]])
    """

    name: ClassVar[str] = "channel permutations"

    outputs: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.outputs, bool):
            raise SymconvError(f"outputs={shown(self.outputs)}", "neither true nor false", "use outputs=False")

    def __repr__(self) -> str:
        return f"ChannelPermutations({'' if self.outputs else 'outputs=False'})"

    @property
    def in_words(self) -> str:
        return f"permutations of the {'' if self.outputs else 'input '}channels"

    def generators(self, shape: MapShape) -> Iterator[MovingGenerator]:
        C = shape.in_channels
        if self.outputs and shape.out_channels != C:
            raise SymconvError(
                f"{self!r} of {C} input and {shape.out_channels} output channels", "both are permuted alike",
                "use as many output channels as input channels, or ChannelPermutations(outputs=False)",
            )  # fmt: skip
        exchange = [1, 0, *range(2, C)] if C > 1 else [0]
        cycle = [(c + 1) % C for c in range(C)]
        for name, to in (("exchange of two channels", exchange), ("cycle of all channels", cycle)):
            one = images(shape.input, lambda index, to=to: (to[index[0]], *index[1:]))  # type: ignore[misc]
            fixed = to if self.outputs else range(shape.out_channels)
            other = images(shape.output, lambda index, to=fixed: (to[index[0]], *index[1:]))  # type: ignore[misc]
            yield MovingGenerator(name, one, other)
