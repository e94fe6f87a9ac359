"""The network of neurons: inputs on the left, outputs on the right, an edge for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Literal

from symconv.errors import SymconvError, instead_of, shown as in_words
from symconv.figures.drawing import Circle, Drawing, Group, Line, Rectangle, Shape
from symconv.figures.lettering import width_of
from symconv.figures.of_layers.connections import Index
from symconv.figures.palette import Colour, fixed
from symconv.figures.parts import Box, dots, label, paper
from symconv.figures.subject import Subject, excerpt, shown
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.geometry.axes import unraveled
from symconv.layers import Layer

Kind = Literal["free", "local", "shared"]
KINDS: tuple[Kind, ...] = ("free", "local", "shared")

SHOWN_INPUTS = (16, 11)
SHOWN_OUTPUTS = (9, 6)
"""Up to 16 inputs (9 outputs) are all drawn; of more, only 11 (6)."""
SHOWN_LABELS = 40
"""Of edges without a shared weight; of more only those of the first output have one."""

RADIUS = 0.27
LABEL = 0.29
"""Of the letters on edges."""
STEP = 0.66
ROW_GAP = 0.2
CHANNEL_GAP = 0.35
"""More between rows of an image, and still more between channels."""


def neurons(layer: Layer, kind: Kind = "shared", *, reverse: bool = False) -> Drawing:
    """The layer as neurons.

    Args:
        kind: "free" joins every input to every output, each edge with a weight v_ij of its own; "local" only those
            that a window joins; "shared" gives edges with the same weight the same colour, dash and label.
        reverse: the upstream gradient enters on the right, and flows back along the same edges.

    Raises:
        SymbolicShapeError: a size is a letter.
        SymconvError: the kind is unknown.

    >>> from symconv import Conv
    >>> [group.marks["weight"] for group in neurons(Conv(3, 2)).groups("edge")]
    [(0,), (1,), (0,), (1,)]
    """
    if kind not in KINDS:
        raise SymconvError(f"kind={in_words(kind)}", "no such figure", instead_of(kind, KINDS))
    subject = Subject(layer)
    key = "backward-neurons" if reverse else f"neurons-{kind}"
    return paper(_Network(subject, kind, reverse).shapes(), TITLES[key], DESCRIPTIONS[key])


def neuron(layer: Layer, at: int | None = None) -> Drawing:
    """One output of a large layer, with its edges and with neighbours that have none drawn.

    Args:
        at: its flat index; one in the middle by default.

    Raises:
        SymbolicShapeError: a size is a letter.
    """
    subject = Subject(layer)
    output = middle_output(subject) if at is None else at
    sources = excerpt(sorted(subject.edges(output)), SHOWN_SOURCES, last=2)
    inputs = _with_ends(sources, subject.inputs)
    outputs = _with_ends(
        [one for one in (output - 1, output, output + 1) if 0 <= one < subject.outputs], subject.outputs
    )
    network = _Network(subject, "shared", False, (inputs, outputs), output)
    return paper(network.shapes(), TITLES["neuron"], DESCRIPTIONS["neuron"])


def is_large(subject: Subject) -> bool:
    """Whether not all neurons are drawn."""
    return subject.inputs > SHOWN_INPUTS[0] or subject.outputs > SHOWN_OUTPUTS[0]


def middle_output(subject: Subject) -> int:
    """An output in the middle of the first channel."""
    number = 0
    for size in subject.output_size:
        number = number * size + size // 2
    return number


SHOWN_SOURCES = 9
"""The inputs of one output, of which more are left out."""


def _with_ends(shown_ones: Sequence[int | None], count: int) -> list[int | None]:
    """The first and the last as well, and None wherever some are left out."""
    items: list[int | None] = []
    for one in (0, *shown_ones, count - 1):
        if one is None or one in items:
            continue
        before = next((at for at in reversed(items) if at is not None), None)
        if before is not None and one != before + 1:
            items.append(None)
        items.append(one)
    return items


def outputs_shown(subject: Subject) -> list[int | None]:
    """The outputs that are drawn, None for those left out; of several channels some of each."""
    return _some(subject.outputs, subject.positions, SHOWN_OUTPUTS)


def inputs_shown(subject: Subject) -> list[int | None]:
    """The inputs that are drawn: all, or the first ones, of each of the first channels, and the last."""
    return _some(subject.inputs, subject.inputs // subject.input_channels, SHOWN_INPUTS)


def _some(count: int, in_a_channel: int, limits: tuple[int, int]) -> list[int | None]:
    channels = count // in_a_channel
    if count <= limits[0]:
        return list(range(count))
    if channels == 1:
        return excerpt(range(count), limits[1], last=2)
    each = limits[0] // 2
    first = excerpt(range(in_a_channel), each)
    second: list[int | None] = [None if at is None else at + (channels - 1) * in_a_channel for at in first]
    return [*first, *([None] if channels > 2 else []), *second]


class _Network:
    """Where the neurons are, and what joins them."""

    def __init__(
        self, subject: Subject, kind: Kind, reverse: bool,
        items: tuple[list[int | None], list[int | None]] | None = None, only: int | None = None,
    ) -> None:  # fmt: skip
        self.subject, self.kind, self.reverse, self.only = subject, kind, reverse, only
        inputs, outputs = items or (inputs_shown(subject), outputs_shown(subject))
        left = _heights(inputs, subject.input_size)
        right = _heights(outputs, subject.output_size)
        high = max(left[-1], right[-1])
        edges = len(shown(inputs)) * len(shown(outputs))
        self.width = 7.0 if edges <= 30 else 9.0
        self.inputs = [(at, y + (high - left[-1]) / 2) for at, y in zip(inputs, left)]
        right = [y * min(1.9, max(1.0, 0.75 * high / (right[-1] or 1.0))) for y in right]
        self.outputs = [(at, y + (high - right[-1]) / 2) for at, y in zip(outputs, right)]
        self.left = {at: y for at, y in self.inputs if at is not None}

    def shapes(self) -> list[Shape]:
        found: list[Shape] = []
        self.taken: list[Box] = []
        lines, letters = [], []
        for output, y in self.outputs:
            if output is not None and self.only in (None, output):
                for line, words in self._edges_of(output, y):
                    lines.append(line)
                    letters += [words] if words else []
        found += lines + letters
        for source, y in self.inputs:
            found += self._neuron(source, 0, y)
        for output, y in self.outputs:
            found += self._neuron(output, self.width, y, right=True)
        return found

    # -- edges ---------------------------------------------------------------------------------------

    def _edges_of(self, output: int, y: float) -> list[tuple[Group, Group | None]]:
        subject = self.subject
        existing = subject.edges(output)
        sources = [source for source in self.left if self.kind == "free" or source in existing]
        drawn: list[tuple[Group, Group | None]] = []
        for source in sources:
            text, look = subject.dense_label(source, output), fixed()
            colours: tuple[tuple[str, str], ...] = ()
            marks: dict[str, tuple[int, ...]] = {
                "output": (output,),
                "input": (source,),
                "dense": (subject.dense(source, output),),
            }
            if self.kind == "shared":
                edge = existing[source]
                text, look, colours, marks = edge.label, edge.colour, edge.colours, edge.marks
            elif self.kind == "local":
                marks = existing[source].marks
            ends = _between((0, self.left[source]), (self.width, y))
            line = self._line(ends, look)
            words = self._words(ends, text, look, colours) if self._labelled(output, len(sources)) else None
            drawn.append((Group((line,), marks, "edge"), Group(words, marks, "edge-label") if words else None))
        return drawn

    def _labelled(self, output: int, edges: int) -> bool:
        """Whether there is room for labels on the edges of an output."""
        if self.kind == "shared" or edges * len(self.outputs) <= SHOWN_LABELS:
            return True
        return output == self.outputs[0][0]

    def _line(self, ends: tuple[float, float, float, float], look: Colour) -> Line:
        shared = self.kind == "shared"
        x1, y1, x2, y2 = ends if not self.reverse else (*ends[2:], *ends[:2])
        if not shared:
            return Line(x1, y1, x2, y2, "faint" if self.kind == "free" else "muted", 0.025)
        return Line(x1, y1, x2, y2, look.name, 0.045, look.dash, arrow=self.reverse)

    def _words(
        self, ends: tuple[float, float, float, float], text: str, look: Colour, colours: Sequence[tuple[str, str]]
    ) -> tuple[Shape, ...]:
        """The label on its edge, where no other one is; nearer to the input, where edges are apart."""
        x1, y1, x2, y2 = ends
        for share in (0.2, 0.26, 0.32, 0.38, 0.44, 0.5, 0.56, 0.62, 0.68, 0.74, 0.14):
            x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
            (made,) = label(x, y, text, size=LABEL, colour=look.name, colours=tuple(colours))
            half, height = width_of(made) / 2 + 0.04, 0.65 * LABEL
            box = (x - half, y - height, x + half, y + height)
            if not any(_meet(box, other) for other in self.taken):
                self.taken.append(box)
                return (Rectangle(box[0], box[1], 2 * half, 2 * height, "paper", None), made)
        return ()

    # -- neurons -------------------------------------------------------------------------------------

    def _neuron(self, flat: int | None, x: float, y: float, right: bool = False) -> list[Shape]:
        if flat is None:
            return dots(x, y, upright=True)
        subject = self.subject
        if right:
            text = subject.gradient_label(flat) if self.reverse else subject.output_label(flat)
            marks: dict[str, tuple[int, ...]] = {"output": (flat,), "position": (subject.position_of(flat),)}
            fill = "gradientfill" if self.reverse else "outputfill"
        else:
            text = subject.input_label(flat)
            marks = {"input": (flat,)}
            fill = "gradientfill" if self.reverse else "inputfill"
        circle = Circle(x, y, RADIUS, fill)
        if self.reverse and not right:
            words = label(x - RADIUS - 0.12, y, subject.derivative(text), size=0.22, anchor="end")
            return [Group((circle, *words), marks, "neuron")]
        words = label(x, y, text, size=0.24, room=1.6 * RADIUS)
        return [Group((circle, *words), marks, "neuron")]


def _heights(items: Sequence[int | None], size: Index) -> list[float]:
    """The height of each neuron, with more room between rows and channels."""
    heights: list[float] = []
    before: tuple[int, Index] | None = None
    y = 0.0
    count = 1
    for axis in size:
        count *= axis
    for item in items:
        if item is None:
            y += STEP if heights else 0.0
            heights.append(y)
            before = None
            continue
        channel, place = item // count, unraveled(item % count, size)
        if heights:
            y += STEP
        if before is not None and before[0] != channel:
            y += CHANNEL_GAP
        elif before is not None and len(size) > 1 and before[1][:-1] != place[:-1]:
            y += ROW_GAP
        heights.append(y)
        before = channel, place
    return heights


def _between(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float, float, float]:
    """The line between two neurons, from rim to rim."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = RADIUS * (x2 - x1) / length, RADIUS * (y2 - y1) / length
    return x1 + dx, y1 + dy, x2 - dx, y2 - dy


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
