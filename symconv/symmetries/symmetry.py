"""Symmetry: what acts on the inputs and outputs of a linear map, by its generators.

A group element g acts on inputs by a matrix R(g) and on outputs by S(g). A linear map A commutes with g if
S(g) A = A R(g). Maps that commute with two elements commute with their product, so that generators decide.

If g moves places, (R x)[g j] = x[j], then that says of the weights v[j, i], which join input j to output i,

    v[g j, g i] = v[j, i]     wherever j, i, g j and g i are inside.

This is the definition where places may leave the box, too: g is compared on inputs that it keeps inside, at outputs
that it keeps inside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from symconv.errors import SymconvError, shown
from symconv.symmetries.shapes import MapShape

if TYPE_CHECKING:
    from collections.abc import Sequence

AnySymmetry = TypeVar("AnySymmetry", bound="Symmetry")
Rows = tuple[Mapping[int, Fraction], ...]
"""A matrix, row by row, without its zeros."""


@dataclass(frozen=True)
class MovingGenerator:
    """A group element that moves places: v[g j, g i] = sign v[j, i].

    Args:
        name: what it is, in words.
        on_input, on_output: for every place the number of its image; -1 if that is outside.
        sign: 1 or -1, the product of the signs with which it acts on inputs and outputs.
    """

    name: str
    on_input: tuple[int, ...]
    on_output: tuple[int, ...]
    sign: int = 1


@dataclass(frozen=True)
class LinearGenerator:
    """A group element that acts by matrices: sum_j' v[j', i] R[j', j] = sum_i' S[i, i'] v[j, i'].

    Args:
        name: what it is, in words.
        on_input: R, row by row.
        on_output: S, row by row.
    """

    name: str
    on_input: Rows
    on_output: Rows


Generator = MovingGenerator | LinearGenerator


class Symmetry(ABC):
    """What a linear map may commute with. A subclass says how its generators act on a map's inputs and outputs.

    Symmetries are joined by ``&``; a map then commutes with both.

    Raises:
        SymconvError: what is joined is not a symmetry.

    >>> from symconv import D4, Shifts
    >>> Shifts() & D4()
    Shifts() & D4()
    """

    name: ClassVar[str] = ""
    """Its name as a word, as in ``solve_sharing(conv, symmetry="shifts")``."""

    @property
    @abstractmethod
    def in_words(self) -> str:
        """What it is, behind "maps that commute with"."""

    @abstractmethod
    def generators(self, shape: MapShape) -> Iterator[Generator]:
        """The elements that generate the group, acting on a map of this shape (numbers only).

        Raises:
            SymconvError: the symmetry does not act on maps of this shape.
        """

    def fitted(self: AnySymmetry, **of_layer: Any) -> AnySymmetry:
        """The same symmetry, with what is not given taken from a layer, its ``border`` and ``steps``."""
        return self

    @property
    def parts(self) -> tuple[Symmetry, ...]:
        """The symmetries that this one joins; itself if it is one."""
        return (self,)

    def __and__(self, other: object) -> Together:
        if not isinstance(other, Symmetry):
            raise SymconvError(f"& {shown(other)}", "not a symmetry", "join symmetries, as in Shifts() & D4()")
        return Together((*self.parts, *other.parts))


@dataclass(frozen=True, repr=False)
class Together(Symmetry):
    """Several symmetries at once: maps that commute with each of them.

    Args:
        parts: the symmetries.
    """

    several: tuple[Symmetry, ...]

    @property
    def parts(self) -> tuple[Symmetry, ...]:
        return self.several

    @property
    def in_words(self) -> str:
        *first, last = (part.in_words for part in self.several)
        return f"{', '.join(first)} and {last}" if first else last

    def generators(self, shape: MapShape) -> Iterator[Generator]:
        for part in self.several:
            yield from part.generators(shape)

    def fitted(self, **of_layer: Any) -> Together:
        return Together(tuple(part.fitted(**of_layer) for part in self.several))

    def __repr__(self) -> str:
        return " & ".join(map(repr, self.several))


def require_equal_axes(sizes: Sequence[int], what: str, symmetry: Symmetry) -> None:
    """That an image is as long on one axis as on the others.

    Raises:
        SymconvError: it is not.
    """
    if len(set(sizes)) > 1:
        wrong = (
            f"{symmetry.in_words} exchange axes, and the {what} has {' and '.join(map(str, sizes))} elements on them"
        )
        raise SymconvError(f"{symmetry!r}", wrong, "use square images, or Reflections()")
