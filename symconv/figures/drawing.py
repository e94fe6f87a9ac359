"""The drawing model: what a figure is made of, before it is TikZ, SVG or PNG.

A ``Drawing`` is a rectangle of paper with shapes on it, in centimetres, x to the right and y downwards. Colours are
names of the palette. Nothing here knows a layer; the writers know nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from symconv.errors import OutputError, SymconvError, instead_of, shown
from symconv.foundations.files import write_files
from symconv.foundations.values import freeze

MARKS = ("output", "weight", "input", "dense", "position")
"""What a group may belong to: entries by their flat index, or a position of the window by its flat number."""

WRITERS: dict[str, Callable[[Drawing], str]] = {}
"""Writers of drawings by the name of their format; they register themselves."""
FILES: dict[str, Callable[[Drawing], str | bytes]] = {}
"""What is in a figure's file, by the ending of its name; the writers register themselves."""
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle by its upper left corner; ``fill`` and ``stroke`` are colour names, None for neither."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = "ink"
    thickness: float = 0.02
    dash: tuple[float, ...] = ()
    rounded: float = 0.0


@dataclass(frozen=True)
class Circle:
    """A circle by its middle."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = "ink"
    thickness: float = 0.02
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Line:
    """A straight line; with an ``arrow`` it has a head at its end. ``dash`` has lengths on and off, in centimetres."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = "ink"
    thickness: float = 0.03
    dash: tuple[float, ...] = ()
    arrow: bool = False


@dataclass(frozen=True)
class Label:
    """Text at a point: its middle in height, and in width its start, middle or end.

    Args:
        text: plain words; where ``mathematical``, the names of entries (w12, v_10_3, delta1, z^1), printed with their
            subscripts and superscripts, with numbers and the signs + - = / ( ) [ ] , between them, and ∂ · × ⋯ ⋮ ⋱ Σ.
        size: of the letters, in centimetres.
        colour: of the text, a name of the palette; ``colours`` has those of single names in it.
    """

    x: float
    y: float
    text: str
    mathematical: bool = False
    anchor: Anchor = "middle"
    size: float = 0.3
    colour: str = "ink"
    bold: bool = False
    colours: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """Shapes that belong together.

    Args:
        shapes: what is drawn.
        marks: for some of ``MARKS``, the flat indices (row-major, in PyTorch's shape of that tensor, from 0) of what
            the group belongs to; for "dense", those in the fully connected layer's matrix of inputs by outputs.
        role: one word for what the group is, such as "pixel", "kernel", "output", "edge", "cell", "neuron", "window".

    Raises:
        SymconvError: the mark is unknown, an index is not a whole number from 0, or the role is not a plain word.
    """

    shapes: tuple[Shape, ...]
    marks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    role: str = ""

    def __post_init__(self) -> None:
        for name, indices in self.marks.items():
            if name not in MARKS:
                raise SymconvError(f"the mark {shown(name)}", "no such mark", instead_of(name, MARKS))
            if any(isinstance(at, bool) or not isinstance(at, int) or at < 0 for at in indices):
                raise SymconvError(f"{name}={shown(indices)}", "marks are flat indices", "use whole numbers from 0")
        if not re.fullmatch(r"[a-z][a-z-]*|", self.role):
            raise SymconvError(f"the role {shown(self.role)}", "not a plain word", "use letters a to z and -")
        freeze(self, "marks")


Shape = Rectangle | Circle | Line | Label | Group


@dataclass(frozen=True, repr=False)
class Drawing:
    """A figure: ``width`` by ``height`` centimetres, with a title and a description for readers who cannot see it.

    >>> drawing = Drawing(1, 1, (Group((Circle(0.5, 0.5, 0.4),), {"input": (3,)}, "neuron"),), "a dot")
    >>> [group.marks for group in drawing.groups("neuron")]
    [{'input': (3,)}]
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""
    description: str = ""

    def walk(self) -> Iterator[Shape]:
        """Every shape, a group before what is in it."""
        return _walk(self.shapes)

    def groups(self, role: str | None = None) -> list[Group]:
        """Every group, or those of one role."""
        return [shape for shape in self.walk() if isinstance(shape, Group) and role in (None, shape.role)]

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the figure; the name's ending says how: ``.svg``, ``.tex`` (TikZ) or ``.png``.

        Args:
            path: of the file.
            force: overwrite a file that symconv did not write, or that was changed since.

        Raises:
            OutputError: another ending, or the file cannot be written.
        """
        return saved(self, path, force)

    def __repr__(self) -> str:
        return f"<Drawing of {self.width} x {self.height} cm: {len(self.shapes)} shapes>"

    def _repr_svg_(self) -> str:
        return WRITERS["svg"](self)


def saved(drawing: Drawing, path: str | os.PathLike[str], force: bool) -> Path:
    """The path of a figure's file, which is written."""
    if not isinstance(path, (str, os.PathLike)):
        raise OutputError(f"path={shown(path)}", "not a path", "use text or a pathlib.Path")
    ending = Path(path).suffix.lower()
    content = FILES.get(ending)
    if content is None:
        raise OutputError(f"the file {shown(str(path))}", "its ending is not known", f"use {', '.join(FILES)}")
    return write_files({Path(path): content(drawing)}, force)[0]


def _walk(shapes: tuple[Shape, ...]) -> Iterator[Shape]:
    for shape in shapes:
        yield shape
        if isinstance(shape, Group):
            yield from _walk(shape.shapes)
