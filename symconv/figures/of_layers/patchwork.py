"""Patches: cut from the image, each through the same small network, merged into the output; or all of it backwards."""

from __future__ import annotations

from symconv.figures.drawing import Circle, Drawing, Group, Line, Rectangle, Shape
from symconv.figures.lettering import width_of
from symconv.figures.of_layers.connections import Index, Read
from symconv.figures.of_layers.planes import (
    SHOWN_PANELS,
    At,
    Panel,
    around,
    cells_of,
    extended,
    flat,
    place,
    ranges,
    read_panels,
    standing,
)
from symconv.figures.parts import PADDED, Cell, Grid, arrow, cell, dots, extent_of, in_a_row, label, moved, paper
from symconv.figures.subject import Subject, excerpt, shown, with_indices
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.layers import Layer

SHOWN_PATCHES = 4
SHOWN_CHANNELS = 2
SHOWN_ELEMENTS = 9
"""Inputs of the small network."""

SIZE = 0.6
BETWEEN = 1.0
"""Between the parts, from left to right."""


def patches(layer: Layer, *, reverse: bool = False) -> Drawing:
    """The image, its patches, the one small network, and the output put together again.

    A cell of a patch has the marks of its input, position, and of the outputs and weights that it goes into; an edge of
    the small network those of its weight, and of the outputs shown that are made with it.

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> [group.marks["weight"] for group in patches(Conv(3, 2)).groups("edge")]
    [(0,), (1,)]
    """
    subject = Subject(layer)
    key = "backward-patches" if reverse else "patches"
    return paper(_Patches(subject, reverse).shapes(), TITLES[key], DESCRIPTIONS[key])


def positions_shown(subject: Subject) -> list[int | None]:
    """The positions whose patches are drawn."""
    return excerpt(range(subject.positions), SHOWN_PATCHES)


def channels_shown(subject: Subject) -> list[int]:
    """The output channels that are drawn, all of the first group."""
    groups = 1 if not subject.has_weights else int(subject.layer.groups)
    return list(range(min(SHOWN_CHANNELS, subject.output_channels // groups)))


def panels_shown(subject: Subject) -> int:
    """How many planes of each patch are drawn, of channels and slices: as many as there is room for."""
    return min(len(read_panels(subject.reads[0])), SHOWN_PANELS, max(1, 8 // subject.kernel_size[-1]))


class _Patches:
    """The parts of the figure, and where they are."""

    def __init__(self, subject: Subject, reverse: bool) -> None:
        self.subject, self.reverse = subject, reverse
        self.kernels: dict[int, dict[tuple[int, Index], Read]] = {}
        self.channels = channels_shown(subject) if subject.has_weights else [0]
        groups = int(subject.layer.groups) if subject.has_weights else 1
        self.more_channels = subject.has_weights and len(self.channels) < subject.output_channels // groups
        self.positions = positions_shown(subject)
        self.patch_size = 0.85 if reverse else 0.0
        self.panels = panels_shown(subject)
        wide = self.panels * subject.kernel_size[-1]
        self.size = SIZE if wide <= 4 else 0.5
        self.patch_size = self.patch_size or self.size
        self.inputfill = "gradientfill" if reverse else "inputfill"
        self.outputfill = "gradientfill" if reverse else "outputfill"

    def output(self, channel: int, position: int) -> int:
        return channel * self.subject.positions + position

    def _kernel(self, output: int) -> dict[tuple[int, Index], Read]:
        """What an output reads, by channel and offset."""
        if output not in self.kernels:
            self.kernels[output] = {(read.channel, read.offset): read for read in self.subject.reads[output]}
        return self.kernels[output]

    def shapes(self) -> list[Shape]:
        image = self._image()
        rows = [self._patch(at) for at in self.positions]
        results = [self._result(at) for at in self.positions]
        heights = [max(_height(row), _height(result), 0.3) for row, result in zip(rows, results)]
        tops, y = [], 0.0
        for height in heights:
            tops.append(y)
            y += height + 0.4
        total = y - 0.4
        network = self._network()
        merged = self._merged()
        widths = [max(_width(row) for row in rows), _width(network), max(_width(result) for result in results)]
        x_rows = _width(image) + BETWEEN
        x_network = x_rows + widths[0] + BETWEEN
        x_results = x_network + widths[1] + BETWEEN
        x_merged = x_results + widths[2] + BETWEEN
        middle = total / 2
        found = _at(image, 0, middle)
        for row, result, top, height, at in zip(rows, results, tops, heights, self.positions):
            y = top + height / 2
            found += _at(row, x_rows + (widths[0] - _width(row)) / 2, y)
            found += _at(result, x_results + (widths[2] - _width(result)) / 2, y)
            if at is not None:
                marks = {"position": (at,), "output": tuple(self.output(channel, at) for channel in self.channels)}
                lines = (
                    self._arrow(_width(image) + 0.12, middle + 0.25 * (y - middle), x_rows - 0.12, y),
                    self._arrow(x_rows + widths[0] + 0.12, y, x_network - 0.12, middle + 0.3 * (y - middle)),
                    self._arrow(x_network + widths[1] + 0.12, middle + 0.3 * (y - middle), x_results - 0.12, y),
                    self._arrow(x_results + widths[2] + 0.12, y, x_merged - 0.12, middle + 0.25 * (y - middle)),
                )
                found.append(Group(lines, marks, "flow"))
        found += _at(network, x_network, middle)
        found += _at(merged, x_merged, middle)
        return found

    def _arrow(self, x1: float, y1: float, x2: float, y2: float) -> Line:
        if self.reverse:
            x1, y1, x2, y2 = x2, y2, x1, y1
        return arrow(x1, y1, x2, y2, "muted", 0.02)

    # -- parts ---------------------------------------------------------------------------------------

    def _image(self) -> list[Shape]:
        """The planes of the extended input, as far as they are shown."""
        subject = self.subject
        panels = [Panel(one.channel, one.slices) for one in read_panels(subject.reads[0])]
        whole = ranges([extended(axis) for axis in subject.axes])
        limit = 5 if len(subject.axes) > 1 else 7
        rows, columns = (around(one, range(one.start, one.start + 1), limit) for one in whole)
        planes: list[list[Shape]] = []
        y = 0.0
        stacked: list[Shape] = []
        for one in panels[: min(2, self.panels)]:
            board = Grid(0, y, 0.5, rows, columns)
            cells = {at: self._image_cell(standing(subject, one, at)) for at in cells_of(rows, columns)}
            stacked += [*board.drawn(cells), *board.open_sides(*whole)]
            y = extent_of(stacked)[3] + 0.25
        if len(panels) > min(2, self.panels):
            stacked += dots(0.25 * len(columns), y, upright=True)
        planes.append(stacked)
        shapes = in_a_row(planes, 0)
        if self.reverse:
            words = label(extent_of(shapes)[2] / 2, -0.3, subject.derivative(subject.layer.notation.input), size=0.28)
            return [*shapes, *words, Rectangle(0, extent_of(shapes)[3], 0.1, 0.44, None, None)]
        return shapes

    def _image_cell(self, what: Cell) -> Cell:
        if what.role != "pixel":
            return what
        return Cell(what.text, fill=self.inputfill, marks=what.marks)

    def _patch(self, position: int | None) -> list[Shape]:
        """The small input at one position, cell by cell as the kernel lies."""
        subject = self.subject
        if position is None:
            return dots(0, 0, upright=True)
        by_panel = read_panels(subject.reads[self.output(self.channels[0], position)])
        boards: list[list[Shape]] = []
        for one in list(by_panel)[: self.panels]:
            cells = {self._offset_place(read): self._patch_cell(read, position) for read in by_panel[one]}
            rows, columns = ranges([range(K) for K in subject.kernel_size])
            board = Grid(0, 0, self.patch_size, rows, columns)
            boards.append([*board.drawn(cells), *board.frame(rows, columns, thickness=0.04)])
        shapes = in_a_row(boards, 0.12)
        if len(by_panel) > self.panels:
            shapes += dots(extent_of(shapes)[2] + 0.2, self.patch_size * len(rows) / 2)
        marks = {"position": (position,)}
        return [Group(tuple(shapes), marks, "patch")]

    def _offset_place(self, read: Read) -> At:
        """Where a kernel element lies on the image, which is flipped if the kernel is."""
        offset = tuple(
            K - 1 - k if self.subject.layer.flip else k for K, k in zip(self.subject.kernel_size, read.offset)
        )
        return place(offset)

    def _patch_cell(self, read: Read, position: int) -> Cell:
        subject = self.subject
        outputs, weights, products, colours = [], [], [], []
        for channel in self.channels:
            output = self.output(channel, position)
            other = self._kernel(output).get((read.channel, read.offset))
            if other is not None:
                outputs.append(output)
                weights += [] if other.weight is None else [other.weight]
                products.append((subject.factor_label(other), subject.gradient_label(output)))
                colours.append((subject.factor_label(other), subject.colour(other).name))
        sources = () if read.input is None else (read.input,)
        marks = with_indices(
            {"output": tuple(outputs), "weight": tuple(weights), "input": sources, "position": (position,)}
        )
        if self.reverse:
            terms = [f"{factor} {gradient}" for factor, gradient in products]
            more = "+".join(["", *terms[1:], *(["⋯"] if self.more_channels else [])])
            named = tuple(colours) if subject.has_weights else ()
            return Cell(terms[0], more, colours=named, fill=self.inputfill, marks=marks, role="pixel")
        if read.input is None:
            return Cell("0", fill="padfill", ink="muted", dash=PADDED, marks=marks, role="padding")
        return Cell(subject.input_label(read.input), fill=self.inputfill, marks=marks)

    def _network(self) -> list[Shape]:
        """The small network in its frame: one neuron for each cell of a patch, one for each channel."""
        elements = self._elements()
        picked = excerpt(range(len(elements)), SHOWN_ELEMENTS)
        step, width, radius = 0.36 + 0.12 * len(self.channels), 2.1, 0.13
        heights = {at: step * row for row, at in enumerate(picked) if at is not None}
        bottom = step * (len(picked) - 1)
        ends = {
            channel: bottom / 2 + 1.1 * (number - (len(self.channels) - 1) / 2)
            for number, channel in enumerate(self.channels)
        }
        lines: list[Shape] = []
        letters: list[Shape] = []
        for channel, y in ends.items():
            for at, high in heights.items():
                edge = self._edge(elements[at], channel, (0, high), (width, y))
                lines += edge[:1]
                letters += edge[1:]
        neurons: list[Shape] = [Circle(0, high, radius, self.inputfill) for high in heights.values()]
        neurons += [Circle(width, y, radius, self.outputfill) for y in ends.values()]
        if None in picked:
            neurons += dots(0, step * picked.index(None), upright=True)
        left, top, right, low = extent_of([*lines, *neurons])
        frame = Rectangle(
            left - 0.15, top - 0.15, right - left + 0.3, low - top + 0.3, "paper", "ink", 0.03, rounded=0.15
        )
        return [frame, *lines, *letters, *neurons]

    def _elements(self) -> list[tuple[int, Index]]:
        """The elements of a patch, channel and kernel offset, in the order of its cells."""
        elements = list(self._kernel(self.output(self.channels[0], 0)))
        turned = -1 if self.subject.layer.flip else 1
        return sorted(elements, key=lambda one: (one[0], tuple(turned * k for k in one[1])))

    def _edge(
        self, element: tuple[int, Index], channel: int, start: tuple[float, float], end: tuple[float, float]
    ) -> list[Shape]:
        """The edge of one element, and its label if it has one that is the same at all positions."""
        subject = self.subject
        read = self._kernel(self.output(channel, 0)).get(element)
        if read is None:
            return []
        outputs = tuple(self.output(channel, at) for at in shown(self.positions))
        marks = with_indices({"weight": () if read.weight is None else (read.weight,), "output": outputs})
        look = subject.colour(read)
        edge = Group((Line(*start, *end, look.name, 0.04, look.dash),), marks, "edge")
        if read.switch is not None or subject.layer.scale_layout:
            return [edge]
        share = 0.27 if channel == self.channels[0] else 0.52
        x, y = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        words = label(x, y, subject.factor_label(read), size=0.19, colour=look.name)
        half = width_of(words[0]) / 2 + 0.03
        behind = Rectangle(x - half, y - 0.1, 2 * half, 0.2, "paper", None)
        return [edge, Group((behind, *words), marks, "edge-label")]

    def _result(self, position: int | None) -> list[Shape]:
        if position is None:
            return dots(0, 0, upright=True)
        shapes: list[Shape] = []
        for number, channel in enumerate(self.channels):
            output = self.output(channel, position)
            shapes.append(self._output_cell(output, 0, number * self.size))
        return shapes

    def _output_cell(self, output: int, x: float, y: float) -> Group:
        subject = self.subject
        text = subject.gradient_label(output) if self.reverse else subject.output_label(output)
        marks = {"output": (output,), "position": (subject.position_of(output),)}
        return cell(x, y, self.size, self.size, Cell(text, fill=self.outputfill, marks=marks, role="output"))

    def _merged(self) -> list[Shape]:
        """The output's planes, one below the other."""
        subject = self.subject
        whole = ranges([range(axis.m) for axis in subject.axes])
        limit = 4 if len(subject.axes) > 1 else 5
        rows, columns = (around(one, range(one.start, one.start + 1), limit) for one in whole)
        shapes: list[Shape] = []
        y = 0.0
        for channel in self.channels:
            board = Grid(0, y, self.size, rows, columns)
            for at in cells_of(rows, columns):
                here = Panel(channel, (0,) * max(0, len(subject.axes) - 2)).position(at, len(subject.axes))
                output = self.output(channel, flat(here, subject.output_size))
                shapes.append(self._output_cell(output, *board.corner(*at)))
            shapes += board.open_sides(*whole)
            y = extent_of(shapes)[3] + 0.25
        return shapes


def _width(shapes: list[Shape]) -> float:
    left, _, right, _ = extent_of(shapes)
    return right - left


def _height(shapes: list[Shape]) -> float:
    _, top, _, bottom = extent_of(shapes)
    return bottom - top


def _at(shapes: list[Shape], x: float, middle: float) -> list[Shape]:
    """The shapes with their left side at x and their middle at that height."""
    left, top, _, bottom = extent_of(shapes)
    return [moved(shape, x - left, middle - (top + bottom) / 2) for shape in shapes]
