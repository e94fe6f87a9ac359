"""The planes that windows slide over: the extended input, and the upstream gradient; with what stands where.

A plane is what the last two axes span, or the only one. Layers with more axes are shown slice by slice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from symconv.figures.of_layers.connections import AxisNumbers, Index, Read
from symconv.figures.parts import APART, CELL, PADDED, PAPER, Cell
from symconv.figures.subject import Subject, with_indices

At = tuple[int, int]

SHOWN_PANELS = 3
"""Channels and slices side by side."""


@dataclass(frozen=True, order=True)
class Panel:
    """One plane of a tensor: its channel, and the positions on the axes before the plane's."""

    channel: int
    slices: Index = ()

    def position(self, at: At, axes: int) -> Index:
        """The position of a cell on all axes."""
        return (*self.slices, *at)[-axes:] if axes > 1 else at[1:]


def place(position: Index) -> At:
    """Row and column of a position in its plane."""
    return (position[-2], position[-1]) if len(position) > 1 else (0, position[0])


def panel(channel: int, position: Index) -> Panel:
    """The plane that a position is in."""
    return Panel(channel, position[:-2])


def flat(position: Index, size: Index) -> int:
    """The flat number of a position."""
    number = 0
    for at, count in zip(position, size):
        number = number * count + at
    return number


def ranges(every: Iterable[range]) -> tuple[range, range]:
    """Rows and columns of the plane of some axes."""
    axes = list(every)
    return (axes[-2], axes[-1]) if len(axes) > 1 else (range(1), axes[0])


def extended(axis: AxisNumbers) -> range:
    """The positions of the dilated input with its padding; also what padding crops."""
    return range(min(-axis.low, 0), max(axis.dilated + axis.high, axis.dilated))


def around(whole: range, covered: range, limit: int) -> range:
    """A part of an axis around what a window covers there, where the whole is too long by more than two.

    >>> around(range(28), range(20, 25), 9)
    range(18, 27)
    """
    if len(whole) <= limit + 2:
        return whole
    before = max(0, (limit - len(covered)) // 2)
    start = min(max(whole.start, covered.start - before), whole.stop - limit)
    return range(start, start + limit)


def standing(subject: Subject, where: Panel, at: At) -> Cell:
    """What stands at a cell of the extended input: an element, a zero between elements, padding, what is cropped."""
    position = where.position(at, len(subject.axes))
    sources = [source for source in subject.reads.sources(where.channel, position) if source is not None]
    text = "+".join(map(subject.input_label, sources)) or "0"
    marks = with_indices({"input": tuple(sources)})
    axes = list(zip(position, subject.axes))
    if not all(0 <= q < axis.dilated for q, axis in axes):
        return Cell(text, fill="padfill", ink="muted", dash=PADDED, marks=marks, role="padding")
    if not sources:
        return Cell("0", ink="muted", stroke="faint", dash=(0.02, 0.06), role="inserted")
    if not all(-axis.low <= q < axis.dilated + axis.high for q, axis in axes):
        return Cell(text, ink="muted", stroke="faint", dash=PADDED, marks=marks, role="cropped")
    return Cell(text, fill="inputfill", marks=marks)


def covered(subject: Subject, cell: Cell, read: Read, output: int) -> Cell:
    """The same cell under the window, with the weight that it is multiplied by."""
    weight = () if read.weight is None else (read.weight,)
    marks = with_indices({**cell.marks, "output": (output,), "weight": weight})
    marks["position"] = (subject.position_of(output),)
    return replace(
        cell, factor=subject.factor_label(read), look=subject.colour(read), ink="ink", stroke="ink", marks=marks
    )


def read_panels(found: Iterable[Read]) -> dict[Panel, list[Read]]:
    """The reads of an output by the plane that they read."""
    panels: dict[Panel, list[Read]] = {}
    for read in found:
        panels.setdefault(panel(read.channel, read.position), []).append(read)
    return dict(sorted(panels.items()))


def spanned(places: Iterable[At]) -> tuple[range, range]:
    """The rows and columns from the first to the last of some cells."""
    rows, columns = zip(*places)
    return range(min(rows), max(rows) + 1), range(min(columns), max(columns) + 1)


def cells_of(rows: range, columns: range) -> list[At]:
    return list(product(rows, columns))


def cell_size(cells: float, gaps: float, in_a_row: int = 1) -> float:
    """The size of a cell at which blocks of ``cells`` cells and ``gaps`` gaps fit side by side on the paper."""
    return min(CELL, (PAPER - APART * (in_a_row - 1) - gaps * in_a_row) / (cells * in_a_row))
