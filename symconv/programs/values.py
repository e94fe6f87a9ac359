"""The values of a program that is read: what its names stand for.

Python's ``None``, ``bool``, ``str``, ``...`` and ``tuple`` are themselves. An ``int`` is a ``Polynomial`` in sizes and
indices of loops. Everything else is one of these classes. Nothing here knows how it is computed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.programs.journal import Mutable
from symconv.programs.outcomes import Unread

Kind = Literal["data", "mixed", "integer", "boolean"]
"""What an array holds: real numbers, in exact arithmetic; these or whole numbers, which of them is not known; whole
numbers; truth values."""


def size_of(dimension: tuple[Axis, ...]) -> Polynomial:
    """The size of a dimension that is the row-major flattening of some axes."""
    return prod((axis.size for axis in dimension), start=ONE)


@dataclass(frozen=True)
class Real:
    """A ``float`` made of sizes: numerator / denominator. Every float is one, also 2.0."""

    numerator: Polynomial
    denominator: Polynomial


class Cell(Mutable):
    """The memory of an array: a form over its axes, zero outside them. Views of one cell share it, as in NumPy.

    ``contents`` has "form"; "lines", those that wrote it; and "frozen", why it cannot be changed, if it cannot.
    ``ordered`` if its entries are known to lie in memory in row-major order.
    """

    __slots__ = ("axes", "kind", "ordered", "role")

    def __init__(
        self, birth: int, axes: tuple[Axis, ...], form: Form, kind: Kind = "data", role: str = "", ordered: bool = False
    ) -> None:
        super().__init__(birth, {"form": form, "lines": (), "frozen": ""})
        self.axes, self.kind, self.role, self.ordered = axes, kind, role, ordered

    @property
    def form(self) -> Form:
        """What it holds now."""
        form: Form = self.contents["form"]
        return form

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of the source that wrote it."""
        lines: tuple[int, ...] = self.contents["lines"]
        return lines


class Dimensioned:
    """What has dimensions, each the row-major flattening of some axes."""

    dims: Layout

    @property
    def axes(self) -> tuple[Axis, ...]:
        return axes_of(self.dims)

    @property
    def shape(self) -> tuple[Polynomial, ...]:
        return tuple(map(size_of, self.dims))

    @property
    def rank(self) -> int:
        return len(self.dims)


@dataclass(frozen=True, eq=False)
class Array(Dimensioned):
    """An array of NumPy or a tensor of PyTorch: a view of a cell.

    Args:
        dims: the axes that each dimension is the row-major flattening of; one of size 1 may have none.
        cell: where its entries are.
        index: for each letter of the cell's axes, the index there, in the letters of ``dims``.
        contiguous: whether it is the whole cell in its order, so that a reshape of it is a view.
        loose: the cells that it may be a view or a copy of, and what they held when it was made. With any, it cannot
            be written, nor read once one of them has changed.
    """

    dims: Layout
    cell: Cell
    index: Mapping[str, Polynomial]
    contiguous: bool = False
    loose: tuple[tuple[Cell, Form], ...] = ()

    @property
    def form(self) -> Form:
        """Its entry, in the letters of its axes; right inside its box only."""
        if any(cell.form is not form for cell, form in self.loose):
            raise Unread("an array that may share its memory", "its source has changed since", "add .copy()")
        return self.cell.form.substitute(self.index)

    @property
    def kind(self) -> Kind:
        return self.cell.kind


@dataclass(frozen=True)
class IndexArray(Dimensioned):
    """An array of whole numbers that is a polynomial in the letters of its axes, such as ``np.arange(n) * s``."""

    dims: Layout
    value: Polynomial


@dataclass(frozen=True)
class Condition:
    """A truth value that depends on sizes or indices: all (or any) of some facts e >= 0 and conditions hold.

    ``[e = 0]`` is all of e >= 0 and -e >= 0.
    """

    parts: tuple[Polynomial | Condition, ...]
    every: bool = True

    @property
    def negated(self) -> Condition:
        """The condition that holds where this one does not."""
        return Condition(
            tuple(-part - 1 if isinstance(part, Polynomial) else part.negated for part in self.parts), not self.every
        )

    @staticmethod
    def equal(left: Polynomial, right: Polynomial) -> Condition:
        return Condition((left - right, right - left))


@dataclass(frozen=True)
class Slice:
    """start:stop:step."""

    start: Any
    stop: Any
    step: Any


class ListValue(Mutable):
    """A list. Its items are ``contents["items"]``."""

    __slots__ = ()

    def __init__(self, birth: int, items: tuple[Any, ...]) -> None:
        super().__init__(birth, {"items": items})

    @property
    def items(self) -> tuple[Any, ...]:
        items: tuple[Any, ...] = self.contents["items"]
        return items


class SetValue(Mutable):
    """A set. What is in it is ``contents["members"]``, in no order that a program may use."""

    __slots__ = ()

    def __init__(self, birth: int, members: tuple[Any, ...]) -> None:
        super().__init__(birth, {"members": members})


class DictValue(Mutable):
    """A dictionary. Its items are its contents; ``others`` says what it has under names that are not there."""

    __slots__ = ("others",)

    def __init__(self, birth: int, contents: dict[Hashable, Any] | None = None) -> None:
        super().__init__(birth, contents)
        self.others: Callable[[str], Any] | None = None


@dataclass(frozen=True)
class Repeated:
    """A list of symbolic length: the item at every index of ``axes`` (row-major), in their letters."""

    axes: tuple[Axis, ...]
    item: Any

    @property
    def length(self) -> Polynomial:
        return size_of(self.axes)


@dataclass(frozen=True, eq=False)
class Entry:
    """The numbers of a list of symbolic length, which can be set: the item at every index of ``Repeated``.

    Args:
        array: the number, of no dimensions, as an entry of memory that all indices share.
        value: what the list was made of.
        form: what the memory held then; while it still does, an item is ``value``.
    """

    array: Array
    value: Any
    form: Form | None

    @property
    def is_as_made(self) -> bool:
        """Whether no item has been set since."""
        return self.array.cell.form is self.form


def as_made(item: Any) -> Any:
    """The item of a list, if it is a number that was not set since the list was made: what it was made of."""
    return item.value if isinstance(item, Entry) and item.is_as_made else item


class Stretch:
    """In the items of a list: items whose number depends on sizes."""


class Segment(Stretch):
    """As many items as a loop had rounds."""

    def __init__(self, repeated: Repeated) -> None:
        self.repeated = repeated


class Earlier(Stretch):
    """The items that earlier rounds of a loop added."""


class Filled(Stretch):
    """All items of a list, of which a round of a loop has set one."""

    def __init__(self, base: Repeated, at: Polynomial, value: Any) -> None:
        self.base, self.at, self.value = base, at, value


@dataclass(frozen=True)
class RangeValue:
    """range(start, stop, step)."""

    start: Polynomial
    stop: Polynomial
    step: Polynomial


@dataclass(frozen=True)
class ZipValue:
    """zip(..) of what need not be written out."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class EnumerateValue:
    """enumerate(.., start)."""

    part: Any
    start: Polynomial


@dataclass(frozen=True, eq=False)
class IteratorValue:
    """What can be gone through once: zip(..), enumerate(..), reversed(..), map(..), or (.. for .. in ..)."""

    items: Any


@dataclass(frozen=True)
class ProductValue:
    """itertools.product(..): nested loops."""

    parts: tuple[Any, ...]


class Namespace(Mutable):
    """The names of a function that is called. ``outer`` has those of the function around it.

    ``local`` are all names that the function sets somewhere: they are never those of a function around it.
    ``elsewhere`` has the names that it declares ``global`` or ``nonlocal``, with where they are.
    """

    __slots__ = ("elsewhere", "local", "outer")

    def __init__(
        self,
        birth: int,
        contents: dict[Any, Any],
        outer: Namespace | None = None,
        local: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(birth, contents)
        self.outer, self.local = outer, local
        self.elsewhere: dict[str, Namespace] = {}

    def of(self, name: str) -> Namespace:
        """Where a name is set: here, or where it is declared to be."""
        return self.elsewhere.get(name, self)


@dataclass(frozen=True, eq=False)
class FunctionValue:
    """A function of the source. ``bound`` is what a method is called on; ``names`` those of the function around it."""

    name: str
    parameters: ast.arguments
    body: tuple[ast.stmt, ...]
    names: Namespace
    defaults: Mapping[str, Any] = field(default_factory=dict)
    bound: Any = None
    line: int = 0
    is_generator: bool = False
    decorators: tuple[str, ...] = ()
    local: frozenset[str] = frozenset()
    unread: str | None = None
    """Why it cannot be called, if a decorator is not read."""


@dataclass(frozen=True, eq=False)
class ClassValue:
    """A class of the source, with what its body and those of its bases define.

    Args:
        bases: the classes of the source that it inherits from.
        unread: the name of a base that is not read, if it has one.
        own: what its own body defines.
        mro: the classes of the source in which Python looks after it, in order.
        node: its definition.
    """

    name: str
    members: Mapping[str, Any]
    bases: tuple[ClassValue, ...] = ()
    unread: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    mro: tuple[ClassValue, ...] = ()
    node: ast.ClassDef | None = None

    def member(self, name: str) -> Any:
        """A member by name; ``KeyError`` if there is none."""
        return self.members[name]


@dataclass(frozen=True, eq=False)
class GeneratorValue:
    """A generator function that is called; it is read where it is looped over."""

    function: FunctionValue
    names: Namespace


class Instance(Mutable):
    """An object of a class of the source, or one that only has attributes (``kind`` is None): they are its contents."""

    __slots__ = ("kind",)

    def __init__(self, birth: int, kind: ClassValue | None, contents: dict[Any, Any]) -> None:
        super().__init__(birth, contents)
        self.kind = kind


@dataclass(frozen=True)
class ModuleValue:
    """A module that is known by its dotted name, such as ``numpy``; nothing is imported.

    Args:
        names: the names of a module of the same project, which is read.
    """

    name: str
    names: Namespace | None = None


@dataclass(frozen=True)
class LibraryFunction:
    """A function of a library by its dotted name, such as ``numpy.zeros``, whether it is known or not.

    A method has the name of what it is a method of, as in ``array.sum``, and ``bound`` to that.
    """

    name: str
    bound: Any = None


@dataclass(frozen=True)
class Dtype:
    """The type of an array's entries."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Unknown:
    """A value that is not known, with the reason, and what could be done; to use it is ``Unread``."""

    why: str
    instead: str = "assign it in each round, or compute it from the loop's index"


class Text(str):
    """A string that was put together from values, so that its characters are not known; to compare it is ``Unread``."""


Value = Any
"""Any of these, or None, bool, str, Ellipsis, Polynomial, or a tuple of values."""


def is_number(value: Value) -> bool:
    """Whether it is an int, a float or a truth value, not an array."""
    return isinstance(value, (bool, Polynomial, Real, Condition))
