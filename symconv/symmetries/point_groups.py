"""Reflections and rotations of a box, and what they do to channels.

Cohen and Welling 2016 (group equivariant convolutional networks) and 2017 (steerable ones) call what happens to the
channels a representation: with the trivial one a channel is an image that turns; with the regular one a group of
channels, one for each element of the group, is permuted as well.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.errors import SymconvError, instead_of, shown
from symconv.symmetries.shapes import Index, MapShape, images
from symconv.symmetries.symmetry import MovingGenerator, Symmetry, require_equal_axes

REPRESENTATIONS = ("trivial", "sign", "regular")


@dataclass(frozen=True)
class Turn:
    """A reflection or rotation of a box: place j goes to the place with ``j[source[a]]`` on axis a, flipped or not."""

    source: tuple[int, ...]
    flipped: tuple[bool, ...]

    def then(self, other: Turn) -> Turn:
        """First this one, then the other."""
        source = tuple(self.source[at] for at in other.source)
        return Turn(source, tuple(self.flipped[at] != flip for at, flip in zip(other.source, other.flipped)))

    @property
    def sign(self) -> int:
        """The determinant: -1 if it turns an image into its mirror image."""
        inversions = sum(a > b for at, a in enumerate(self.source) for b in self.source[at + 1 :])
        return -1 if (inversions + sum(self.flipped)) % 2 else 1

    def of(self, place: Index, size: Index) -> Index:
        """Where a place of a box goes."""
        turned = (place[at] for at in self.source)
        return tuple(n - 1 - j if flip else j for j, n, flip in zip(turned, size, self.flipped))


@dataclass(frozen=True, repr=False)
class PointGroup(Symmetry):
    """Turns of the whole box. A subclass says which turns generate it.

    Args:
        inputs, outputs: what the turns do to the channels. "trivial": nothing. "sign": a mirror image changes its
            sign. "regular": channels come in fields of one for each element of the group, and are permuted as its
            elements are when they are multiplied from the left.

    Raises:
        SymconvError: the representation is unknown.
    """

    inputs: str = "trivial"
    outputs: str = "trivial"

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            given = getattr(self, name)
            if given not in REPRESENTATIONS:
                right = instead_of(given, REPRESENTATIONS)
                raise SymconvError(f"{name}={shown(given)}", "not a representation", right)

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        usual = {name: field.default for name, field in self.__dataclass_fields__.items()}
        changed = ", ".join(f"{name}={value!r}" for name, value in given.items() if value != usual[name])
        return f"{type(self).__name__}({changed})"

    @abstractmethod
    def turns(self, ndim: int) -> tuple[tuple[str, Turn], ...]:
        """What generates the group on this number of axes, each with its name.

        Raises:
            SymconvError: the group does not act on that many axes.
        """

    def elements(self, ndim: int) -> tuple[Turn, ...]:
        """The whole group, the identity first."""
        found = [Turn(tuple(range(ndim)), (False,) * ndim)]
        for element in found:
            found += [new for _, turn in self.turns(ndim) if (new := element.then(turn)) not in found]
        return tuple(found)

    @property
    def of_channels(self) -> str:
        """What it does to channels, in words."""
        told = [f"{name} {value}" for name, value in (("inputs", self.inputs), ("outputs", self.outputs))]
        return "" if {self.inputs, self.outputs} == {"trivial"} else f" ({', '.join(told)})"

    def generators(self, shape: MapShape) -> Iterator[MovingGenerator]:
        turns = self.turns(shape.ndim)
        for size, what in ((shape.input_size, "input"), (shape.output_size, "output")):
            for _, turn in turns:
                moved = [at for at, source in enumerate(turn.source) if at != source]
                require_equal_axes([size[at] for at in moved], what, self)
        for name, turn in turns:
            sides = ((shape.input, self.inputs), (shape.output, self.outputs))
            one, other = (images(box, self._image(turn, kind, box)) for box, kind in sides)
            signs = [turn.sign if kind == "sign" else 1 for _, kind in sides]
            yield MovingGenerator(name, one, other, signs[0] * signs[1])

    def _image(self, turn: Turn, kind: str, box: Any) -> Callable[[Index], Index]:
        """Where a channel and a place go."""
        channels, *size = box
        channel = self._permuted(turn, channels, len(size)) if kind == "regular" else range(channels)
        return lambda index: (channel[index[0]], *turn.of(index[1:], tuple(size)))

    def _permuted(self, turn: Turn, channels: int, ndim: int) -> list[int]:
        """Where every channel of regular fields goes."""
        group = self.elements(ndim)
        if channels % len(group):
            raise SymconvError(
                f"{channels} channels with {self!r}", f"regular fields have {len(group)} channels each",
                f"use a multiple of {len(group)}, or the trivial representation",
            )  # fmt: skip
        to = [group.index(element.then(turn)) for element in group]
        return [field + at for field in range(0, channels, len(group)) for at in to]


@dataclass(frozen=True, repr=False)
class Reflections(PointGroup):
    """Every axis turned end for end, so that index j of n goes to n - 1 - j, in input and output alike.

    Args:
        inputs, outputs: what reflections do to the channels, "trivial", "sign" or "regular".
        axis: the axis, or several, that may be reflected; by default all.

    Raises:
        SymconvError: the representation is unknown, or the map does not have the axis.

    >>> from symconv import solve_sharing
    >>> print(solve_sharing(symmetry=Reflections(), input_size=2, output_size=2))
    maps of 2 inputs to 2 outputs that commute with reflections
    zero:   (none)
    shared: v11 = v22, v12 = v21
    4 free weights become 2
    """

    name: ClassVar[str] = "reflections"

    axis: int | tuple[int, ...] | None = None

    @property
    def in_words(self) -> str:
        return f"reflections{'' if self.axis is None else f' of axis {self.axis}'}{self.of_channels}"

    def turns(self, ndim: int) -> tuple[tuple[str, Turn], ...]:
        own = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        axes = range(ndim) if self.axis is None else own
        for axis in axes:
            if not isinstance(axis, int) or isinstance(axis, bool) or not -ndim <= axis < ndim:
                raise SymconvError(f"axis={shown(self.axis)}", f"the map has {ndim} axes", f"use 0 to {ndim - 1}")
        chosen = {axis % ndim for axis in axes if isinstance(axis, int)}
        order = tuple(range(ndim))
        return tuple((f"reflection of axis {at}", Turn(order, tuple(at == a for a in order))) for at in sorted(chosen))


@dataclass(frozen=True, repr=False)
class Rotations(PointGroup):
    """Quarter turns of a square image, the group p4 without its shifts; of a cube all its rotations.

    Args:
        inputs, outputs: what it does to the channels, "trivial", "sign" or "regular".

    Raises:
        SymconvError: the representation is unknown.

    >>> from symconv import solve_sharing
    >>> solve_sharing(symmetry=Rotations(), input_size=(3, 3), output_size=(1, 1)).after
    3
    """

    name: ClassVar[str] = "rotations"

    @property
    def in_words(self) -> str:
        return f"rotations{self.of_channels}"

    def turns(self, ndim: int) -> tuple[tuple[str, Turn], ...]:
        if ndim < 2:
            raise SymconvError(f"{self!r} on {ndim} axis", "a rotation needs two", "use Reflections()")
        return tuple((f"rotation of axes {a} and {a + 1}", _quarter(a, ndim)) for a in range(ndim - 1))


@dataclass(frozen=True, repr=False)
class D4(PointGroup):
    """The eight rotations and reflections of a square, the group p4m without its shifts.

    Args:
        inputs, outputs: what it does to the channels, "trivial", "sign" or "regular".

    Raises:
        SymconvError: the representation is unknown.

    >>> from symconv import Conv, solve_sharing
    >>> solve_sharing(Conv((4, 4), (3, 3)), symmetry=("shifts", "D4")).kernel
    [[w11, w12, w11], [w12, w22, w12], [w11, w12, w11]]
    """

    name: ClassVar[str] = "D4"

    @property
    def in_words(self) -> str:
        return f"the rotations and reflections of a square{self.of_channels}"

    def turns(self, ndim: int) -> tuple[tuple[str, Turn], ...]:
        if ndim != 2:
            raise SymconvError(f"{self!r} on {ndim} axes", "a square has two", "use Reflections() or Rotations()")
        return ("quarter turn", _quarter(0, 2)), ("reflection", Turn((0, 1), (False, True)))


def _quarter(axis: int, ndim: int) -> Turn:
    """A quarter turn of an axis to the next."""
    source = list(range(ndim))
    source[axis], source[axis + 1] = axis + 1, axis
    return Turn(tuple(source), tuple(at == axis for at in range(ndim)))
