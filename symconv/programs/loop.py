"""A loop while one iteration of it is read: its index, what is known there, and what it carries from round to round."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from symconv.algebra.forms import Range, Tensor, box
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Layout
from symconv.programs.division import exact_quotient
from symconv.programs.journal import Mutable
from symconv.programs.values import Cell

Slot = tuple[Mutable, Hashable]
"""A place where a value is kept: a name, an attribute, an item."""


class Restart(Exception):  # noqa: N818 - not an error
    """More has been found out about a loop: it is read again."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self.loop = loop


@dataclass
class Linear:
    """A number that grows by the same in every round."""

    first: Polynomial
    step: Polynomial

    @property
    def before(self) -> Polynomial:
        """What it is before the loop."""
        return self.first


@dataclass
class State:
    """A number or array that every round computes from what it was; in a round, ``tensor`` stands for that."""

    before: Any
    shape: tuple[Polynomial, ...]
    dims: Layout = ()
    tensor: Tensor | None = None


@dataclass
class Grows:
    """The items of a list to which every round adds one."""

    items: tuple[Any, ...]

    @property
    def before(self) -> tuple[Any, ...]:
        """What it is before the loop."""
        return self.items


class Loop:
    """A loop of ``trips`` rounds, the round is a polynomial in the letters of its ``parts`` (row-major).

    What is found out while it is read stays known when it is read again:
        cells: arrays that it changes, each with the tensor that stands for what it holds when a round starts.
        carried: slots whose value a round takes from the one before it, with what they hold when a round starts.
        once: every round leaves the loop, so that there is only the first.
        cut: a round may leave the loop, and all later ones would.
    """

    def __init__(self, name: str, trips: Polynomial) -> None:
        self.trips = trips
        self.parts: list[tuple[str, Polynomial]] = [(name, trips)]
        self.quotients: list[tuple[str, Polynomial, Polynomial]] = []
        self.path: tuple[Polynomial, ...] = ()
        self.cells: dict[Cell, Tensor | None] = {}
        self.carried: dict[Slot, Linear | State | Grows] = {}
        self.once = self.cut = False
        self.birth = 0
        self.reads: dict[Slot, None] = {}
        self.writes: set[Slot] = set()

    def begin(self, birth: int) -> None:
        """Start a new reading of it."""
        self.birth = birth
        self.path = ()
        self.cut = False
        self.quotients.clear()
        self.reads.clear()
        self.writes.clear()

    def set_trips(self, trips: Polynomial) -> None:
        """The number of rounds, if that is found out while it is read."""
        self.trips = trips
        self.parts = [(self.parts[0][0], trips)]

    @property
    def states(self) -> list[Tensor]:
        """The tensors that stand for what earlier rounds left."""
        tensors = [tensor for tensor in self.cells.values() if tensor is not None]
        held = [one.tensor for one in self.carried.values() if isinstance(one, State)]
        return tensors + [tensor for tensor in held if tensor is not None]

    @property
    def key(self) -> Hashable:
        """What is known in it."""
        return tuple(self.parts), tuple(self.quotients), self.path

    @property
    def index(self) -> Polynomial:
        """The number of the round."""
        total, step = ZERO, ONE
        for name, size in reversed(self.parts):
            total, step = total + step * Polynomial.name(name), step * size
        return total

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that are summed over."""
        return (*(name for name, _ in self.parts), *(name for name, _, _ in self.quotients))

    @property
    def names(self) -> frozenset[str]:
        """The same as a set."""
        return frozenset(self.letters)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """What holds in every round, as factors."""
        parts = [(Polynomial.name(name), size) for name, size in self.parts]
        quotients = [
            Range(fact) for name, numerator, size in self.quotients for fact in _quotient_facts(name, numerator, size)
        ]
        return (*box((name for name, _ in parts), (size for _, size in parts)), *quotients)

    @property
    def facts(self) -> list[Polynomial]:
        """What is not negative in this round, on the path that is read; the letters themselves aside."""
        facts = [size - 1 - Polynomial.name(name) for name, size in self.parts]
        for name, numerator, size in self.quotients:
            facts += _quotient_facts(name, numerator, size)
        return [*facts, *self.path]

    def split(self, name: str, radix: Polynomial) -> Restart:
        """Its index as two digits, the last one below ``radix``, which divides the size."""
        at = [part for part, _ in self.parts].index(name)
        count = exact_quotient(self.parts[at][1], radix)
        assert count is not None
        self.parts[at : at + 1] = [(f"{name}a", count), (f"{name}b", radix)]
        self.carried.clear()
        return Restart(self)

    def quotient(self, numerator: Polynomial, size: Polynomial, fresh: Callable[[str], str]) -> Polynomial:
        """The letter that stands for numerator // size."""
        for name, known, by in self.quotients:
            if (known, by) == (numerator, size):
                return Polynomial.name(name)
        self.quotients.append((fresh("q"), numerator, size))
        return Polynomial.name(self.quotients[-1][0])

    # -- what is carried from round to round ---------------------------------------------------------------

    def has_read(self, what: Mutable, key: Hashable) -> None:
        """A slot was read; if it was set before the loop and not in this round, its value is the last round's."""
        if what.birth < self.birth and (what, key) not in self.writes:
            self.reads[what, key] = None

    def has_written(self, what: Mutable, key: Hashable) -> None:
        """A slot was set in this round."""
        self.writes.add((what, key))

    def require_state(self, cell: Cell) -> None:
        """An array is changed in this round; if it was made before the loop, what it holds is the last round's."""
        if cell.birth < self.birth and cell not in self.cells:
            self.cells[cell] = None
            raise Restart(self)


def _quotient_facts(name: str, numerator: Polynomial, size: Polynomial) -> tuple[Polynomial, Polynomial]:
    rest = numerator - size * Polynomial.name(name)
    return rest, size - 1 - rest
