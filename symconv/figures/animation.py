"""The window as it moves: a drawing for each of its positions, shown one after the other.

As SVG it is a file that plays wherever SVG is shown, in a browser, a README or slides in HTML; as PNG (APNG), by the
optional package cairosvg, the pictures of it. A reader who wants no motion sees the first picture of the SVG.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from symconv.errors import OutputError, SizeLimitError, SymconvError, shown
from symconv.figures.drawing import Drawing
from symconv.figures.of_layers.windows import windows
from symconv.figures.subject import Subject
from symconv.figures.words import MOVING, MOVING_DESCRIPTION
from symconv.figures.writers.animated import animated_png, animated_svg
from symconv.foundations.files import MARKER, write_files
from symconv.layers import Layer

MOST_FRAMES = 150
"""Positions that an animation shows."""

SHORTEST, LONGEST = 0.05, 60.0
"""Seconds that a picture may stand."""


@dataclass(frozen=True, repr=False)
class Animation:
    """Drawings of one size, shown one after the other, again and again.

    Args:
        frames: the drawings.
        seconds: how long each stands.

    Raises:
        SymconvError: there are no drawings, or a picture stands for less than 0.05 seconds or more than 60.
    """

    frames: tuple[Drawing, ...]
    seconds: float = 0.8

    def __post_init__(self) -> None:
        if not self.frames:
            raise SymconvError("an animation of no drawings", "there is nothing to show", "pass at least one drawing")
        seconds = self.seconds
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not SHORTEST <= seconds <= LONGEST:
            right = f"use a number from {SHORTEST} to {LONGEST:g}"
            raise SymconvError(f"seconds={shown(seconds)}", "not how long a picture can stand", right)
        width, height = (max(getattr(one, side) for one in self.frames) for side in ("width", "height"))
        object.__setattr__(self, "frames", tuple(replace(one, width=width, height=height) for one in self.frames))

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write it; the name's ending says how: ``.svg`` or ``.png``.

        Args:
            path: of the file.
            force: overwrite a file that symconv did not write, or that was changed since.

        Raises:
            OutputError: another ending, PNG without cairosvg, or the file cannot be written.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise OutputError(f"path={shown(path)}", "not a path", "use text or a pathlib.Path")
        return write_files({Path(path): self.content(Path(path).suffix.lower())}, force)[0]

    def content(self, ending: str) -> str | bytes:
        """What is in a file with this ending."""
        if ending == ".svg":
            return f"<!-- {MARKER} -->\n{animated_svg(self.frames, self.seconds)}\n"
        if ending == ".png":
            return animated_png(self.frames, self.seconds)
        raise OutputError(f"an animation as {shown(ending)}", "its ending is not known", "use .svg or .png")

    def __repr__(self) -> str:
        return f"<Animation of {len(self.frames)} drawings, {self.seconds:g} s each>"

    def _repr_svg_(self) -> str:
        return animated_svg(self.frames, self.seconds)


def animated_window(layer: Layer, channel: int = 0, *, seconds: float = 0.8) -> Animation:
    """The window at each position of one output channel, in row-major order.

    A transposed convolution has its input with the zeros between the elements, a dilated one the gaps in its window.

    Args:
        layer: a layer whose sizes are numbers.
        channel: of the output, from 0.
        seconds: how long a position is shown.

    Raises:
        SymbolicShapeError: a size is a letter.
        SymconvError: the output has no such channel.
        SizeLimitError: it has more than 150 positions.

    >>> from symconv import Conv
    >>> animated_window(Conv((4, 4), 3, padding=1, stride=2))
    <Animation of 4 drawings, 0.8 s each>
    """
    subject = Subject(layer)
    if isinstance(channel, bool) or not isinstance(channel, int) or not 0 <= channel < subject.output_channels:
        right = f"use 0 to {subject.output_channels - 1}" if subject.output_channels > 1 else "use 0"
        raise SymconvError(f"channel={shown(channel)}", "the output has no such channel", right)
    if subject.positions > MOST_FRAMES:
        wrong = f"its window has {subject.positions:,} positions"
        raise SizeLimitError(f"an animation of {layer!r}", wrong, f"the limit is {MOST_FRAMES}; use smaller sizes")
    outputs = range(channel * subject.positions, (channel + 1) * subject.positions)
    drawings = (windows(subject, [at]) for at in outputs)
    frames = (replace(one, title=MOVING, description=MOVING_DESCRIPTION) for one in drawings)
    return Animation(tuple(frames), seconds)
