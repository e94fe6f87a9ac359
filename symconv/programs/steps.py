"""What each line of a function computes, as formulas in the layer's tensors: for people, beside the code.

``Steps`` looks on while a program is read. A loop is read several times; what its lines compute in the last reading
stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from symconv.algebra.forms import Access, Form, fresh
from symconv.algebra.normal_form import readable
from symconv.algebra.polynomial import Polynomial
from symconv.foundations.values import FrozenMapping, freeze
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.programs.conditions import Sizes
from symconv.programs.loop import Loop
from symconv.programs.values import Array, IndexArray
from symconv.proof.equation import Equation

MOST_TERMS, MOST_SHOWN = 3, 4
"""A formula of more than 3 terms is not kept, and of a line no more than 4 formulas are."""
LETTERS = "ijklabcefghqrtuv"
"""Letters for the indices of arrays that no tensor of the layer has a letter for."""


class Surroundings(Protocol):
    """What is asked of the machine that reads."""

    loops: list[Loop]

    def tidy(self, form: Form, axes: Iterable[Axis] = ()) -> Form:
        """The form without what is known of sizes, loops and the letters of its axes."""


@dataclass(frozen=True)
class Step:
    """What a line makes of a name: ``name[index] = value``, in the layer's letters.

    Args:
        name: as in the code; empty for what is returned.
        index: of the entry; empty for a number.
        sign: "=", "+=" or "-="; "in" for the index of a loop, which runs from 0 to ``value``.
        value: a formula, or a whole number.
    """

    name: str
    index: tuple[Polynomial, ...]
    sign: str
    value: Form | Polynomial


@dataclass(frozen=True)
class Lines:
    """The lines of a function, and what they compute.

    Args:
        first, last: the numbers of its first and last line.
        steps: by the number of a line.
        where: the sizes for which they are shown.
        equation: the right formula (left) and the code's (right) at these sizes.
    """

    first: int = 0
    last: int = 0
    steps: Mapping[int, tuple[Step, ...]] = field(default_factory=FrozenMapping)
    where: Sizes = field(default_factory=Sizes)
    equation: Equation | None = None

    def __post_init__(self) -> None:
        freeze(self, "steps")

    def __call__(self) -> Lines:
        """Itself, as what finds it out, once it is found out."""
        return self


class Steps:
    """What the lines of a program compute, by their number, while it is read.

    Args:
        letters: names that are the layer's.
        tensors: the names of the layer's tensors; a formula with others is not kept.
    """

    def __init__(self, letters: Iterable[str], tensors: Iterable[str]) -> None:
        self.found: dict[int, dict[str, Step]] = {}
        self.letters, self.tensors = frozenset(letters), frozenset(tensors)
        self.indices: dict[str, str] = {}
        self.container: Any = None
        self._node: ast.stmt | None = None

    def at(self, node: ast.stmt) -> None:
        """A statement begins."""
        self._node, self.container = node, None
        self.found[node.lineno] = {}

    def named(self, machine: Surroundings, name: str, value: Any, sign: str = "=") -> None:
        """A name has a new value, or something is added to it."""
        if isinstance(value, Polynomial):
            loop = machine.loops[-1] if machine.loops else None
            letters = [letter for letter, _ in loop.parts] if loop is not None else []
            if loop is not None and letters == [value.single_name] and letters[0] not in self.indices:
                self.indices[letters[0]] = fresh(name, self.letters)
                self._keep(name, (), "in", loop.trips - 1)
            else:
                self._keep(name, (), sign, value)
        elif isinstance(value, IndexArray):
            self._keep(name, _letters(value.dims), sign, value.value)
        elif isinstance(value, Array):
            self._keep(name, _letters(value.dims), sign, machine.tidy(value.form, value.axes))

    def written(
        self, machine: Surroundings, dims: Layout, index: dict[str, Polynomial], value: Form, sign: str
    ) -> None:
        """Entries of an array are set, or something is added to them.

        Args:
            dims: those of the part that is written.
            index: for every letter of the array's memory, the index there.
            value: the entry, in the letters of ``dims``.
        """
        name, array = _root(self._node), self.container
        if name is None or not isinstance(array, Array) or any(len(dimension) != 1 for dimension in array.dims):
            return
        own = {at.single_name: letter for letter, at in array.index.items()}
        if all(axis.letter in own for axis in array.axes):
            place = tuple(index[own[axis.letter]] for axis in array.axes)
            self._keep(name, place, sign, machine.tidy(value, axes_of(dims)))

    def returned(self, machine: Surroundings, value: Any) -> None:
        """Something is returned that has no name."""
        if isinstance(self._node, ast.Return) and not isinstance(self._node.value, (ast.Name, ast.Tuple)):
            self.named(machine, "", value)

    def lines(self, function: ast.FunctionDef, where: Sizes, equation: Equation | None) -> Lines:
        """The lines of a function; helpers that it calls have theirs too."""
        steps = {line: tuple(steps.values())[:MOST_SHOWN] for line, steps in sorted(self.found.items()) if steps}
        return Lines(function.lineno, function.end_lineno or function.lineno, steps, where, equation)

    def _keep(self, name: str, index: Sequence[Polynomial], sign: str, value: Form | Polynomial) -> None:
        """Keep a step, in names for people, if it can be shown."""
        if isinstance(value, Form) and (
            len(value.terms) > MOST_TERMS or any(tensor.name not in self.tensors for tensor in value.tensors)
        ):
            return
        names = self._names(index, value)
        place = tuple(at.substitute(names) for at in index)
        if isinstance(value, Form):
            value = Form(tuple(map(readable, value.substitute(names).terms)))
            free = set().union(*(term.free for term in value.terms))
        else:
            value = value.substitute(names)
            free = set(value.names)
        if name == "_" or self._node is None:
            return
        plain = all(one.replace("'", "").isidentifier() for one in free.union(*(at.names for at in place)))
        if plain and not (isinstance(value, Polynomial) and value.single_name == name):
            self.found[self._node.lineno][name] = Step(name, place, sign, value)

    def _names(self, index: Sequence[Polynomial], value: Form | Polynomial) -> dict[str, Polynomial]:
        """Names for people in place of those that the reading made."""
        terms = value.terms if isinstance(value, Form) else ()
        used = [*dict.fromkeys(name for at in index for name in sorted(at.names))]
        free = value.names if isinstance(value, Polynomial) else set().union(*(term.free for term in terms))
        used += sorted(free - set(used))
        taken = {*self.letters, *self.indices.values()}
        names = {name: self.indices[name] for name in used if name in self.indices}
        wanted: dict[str, str] = {}
        for access in (one for term in terms for one in term.factors if isinstance(one, Access)):
            for letter, at in zip(access.tensor.letters, access.indices):
                if at.single_name is not None:
                    wanted.setdefault(at.single_name, letter)
        for name in used:
            if name in names or name in self.letters:
                continue
            pool = [wanted[name]] if name in wanted else [one for one in LETTERS if one not in taken] or ["i"]
            names[name] = fresh(pool[0], taken)
            taken.add(names[name])
        return {name: Polynomial.name(new) for name, new in names.items()}


def _letters(dims: Sequence[tuple[Axis, ...]]) -> tuple[Polynomial, ...]:
    """The index of every dimension: the row-major number of its axes."""
    found = []
    for dimension in dims:
        number = Polynomial()
        for axis in dimension:
            number = number * axis.size + Polynomial.name(axis.letter)
        found.append(number)
    return tuple(found)


def _root(node: ast.stmt | None) -> str | None:
    """The name of the array that an assignment changes entries of."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    while isinstance(target, ast.Subscript):
        target = target.value
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return target.attr
    return target.id if isinstance(target, ast.Name) else None
