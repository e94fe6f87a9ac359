"""The state of a reading: what is assumed, which loops are open, and what the program has changed.

A condition on sizes or indices is asked with ``choose``. If both answers are possible, it raises ``Fork``, and what
depends on it (an iteration of a loop, or the whole program) is read once for each answer. So the rest of the
interpreter never meets a condition that is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import added_up, normal_form, readable, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import Rule, drop_implied_range, evaluate_brackets, meeting_ranges, sift
from symconv.errors import SizeLimitError
from symconv.geometry.axes import Axis
from symconv.programs import samples
from symconv.programs.division import exact_quotient, with_rest
from symconv.programs.journal import Journal, Mutable
from symconv.programs.loop import Loop
from symconv.programs.outcomes import CodeError, Fork, TooLarge, Unread
from symconv.programs.steps import Steps
from symconv.programs.values import Cell, ClassValue, Condition, DictValue, Instance, Kind, Unknown
from symconv.programs.work import OF_A_SEARCH, Work

MOST_TERMS, MOST_SEARCHES = 3_000, 3_000
"""A reading stops at a formula of more than 3,000 terms, or after 3,000 searches for products of facts."""
MOST_DIVISIONS = 2
"""A number is divided by what is not negative, and what comes out once more."""
TIDYING: tuple[Rule, ...] = (evaluate_brackets, sift, meeting_ranges, drop_implied_range)
"""Rules that keep formulas small while a program is read."""


@dataclass(frozen=True)
class Deferred:
    """A value that depends on whether something happened: ``then`` if the condition is not negative."""

    condition: Polynomial
    then: Any
    otherwise: Any


class Machine:
    """What holds at the place of the program that is read.

    Args:
        assumptions: what is known of the sizes.
        work: what all readings of the function may take together.
    """

    def __init__(self, assumptions: Assumptions, work: Work | None = None) -> None:
        self.base = assumptions
        self.work = Work() if work is None else work
        self.journal = Journal()
        self.loops: list[Loop] = []
        self._line = self.return_line = 0
        self.elsewhere: str | None = None
        self.notes: dict[str, None] = {}
        self.scope: dict[str, None] = {}
        """In what respect alone a result is judged, in words."""
        self.divisors: dict[str, Polynomial] = {}
        self.known: set[Hashable] = set()
        self.lasting: list[Any] = []
        """What a call leaves for the next one: defaults, and what the module defines."""
        self.old_division = self.uses_torch = False
        self.steps: Steps | None = None
        self.is_tolerant = False
        self.gradients = DictValue(0)
        """What is set as ``.grad`` of the layer's tensors, by their names."""
        self.call: Callable[..., Any] = _no_call
        self.missing_attribute: Callable[[Instance, str], Any] = _no_attribute
        self.as_named: Callable[[Mutable, str, Any], Any] = lambda owner, name, value: value
        """What is kept in an object or a dictionary under a name, where a value is set that no formula says."""
        self.is_unknown: Callable[[str], bool] = lambda name: False
        """Whether an attribute of ``self`` is an object that nobody knows."""
        self.unknown_call: Callable[[str, list[Any]], Unknown] = _no_call
        """Calls such an object: what the call may change is not known after it."""
        self.construct: Callable[[ClassValue, list[Any], dict[str, Any]], Instance] | None = None
        """Makes an object of which ``__init__`` is read as far as it can be; None unless such a one is around it."""
        self._floors = _known_floors(assumptions)
        self._letters = 0
        self._searches = 0
        self._assumptions: dict[Hashable, Assumptions] = {}
        self._answers: dict[Hashable, bool] = {}
        self._samples: dict[Hashable, list[samples.Point]] = {}

    @property
    def line(self) -> int:
        """The line that is read; of what another file defines, the line that calls it."""
        return self._line

    @line.setter
    def line(self, line: int) -> None:
        if self.elsewhere is None:
            self._line = line

    # -- work ------------------------------------------------------------------------------------------

    def spend(self, steps: int = 1) -> None:
        """Count work; a reading that takes too much ends."""
        self.work.spend(steps)

    def fresh(self, prefix: str = "u") -> str:
        """A new letter, which is not a name of the user's."""
        self._letters += 1
        return f"{prefix}.{self._letters}"

    def note(self, text: str) -> None:
        """Something that the report says."""
        self.notes[text] = None

    # -- what is known ---------------------------------------------------------------------------------

    def assumptions(self, axes: Iterable[Axis] = ()) -> Assumptions:
        """What holds here, with the letters of ``axes`` inside their sizes."""
        axes = tuple(axes)
        key = (self.base, axes, tuple(loop.key for loop in self.loops))
        if key not in self._assumptions:
            lower, facts = dict(self.base.lower), list[Polynomial]()
            for loop in self.loops:
                lower.update(dict.fromkeys((name for name, _ in loop.parts), 0))
                facts += loop.facts
            for axis in axes:
                lower[axis.letter] = 0
                facts.append(axis.size - 1 - Polynomial.name(axis.letter))
            known = replace(self.base, lower=tuple(sorted(lower.items())))
            self._assumptions[key] = known.and_also(fact for fact in facts if fact.value is None or fact.value < 0)
        return self._assumptions[key]

    def implies(self, fact: Polynomial, axes: Iterable[Axis] = ()) -> bool:
        """Whether fact >= 0 follows from what is known."""
        if (value := fact.value) is not None:
            return value >= 0
        axes = tuple(axes)
        known = self.assumptions(axes)
        key = (id(known), fact)
        if key not in self._answers:
            self._answers[key] = not samples.is_negative_somewhere(fact, self._points(axes)) and (
                self._is_product_or_multiple(known, fact, MOST_DIVISIONS) or self._by_products(known, fact, axes)
            )
        return self._answers[key]

    def _points(self, axes: tuple[Axis, ...] = ()) -> list[samples.Point]:
        """Numbers that satisfy what is known here."""
        key = (self.base, axes, tuple(loop.key for loop in self.loops))
        if key not in self._samples:
            if self.base not in self._samples:
                self._samples[self.base] = samples.of_sizes(self.base)
            if axes:
                self._samples[key] = list(samples.with_axes(self._points(), axes))
            else:
                self._samples[key] = samples.in_loops(self._samples[self.base], self.loops)
        return self._samples[key]

    def _by_factors(self, known: Assumptions, fact: Polynomial) -> bool:
        """Whether it is a product of two numbers that are not negative, as a size is."""
        for name in sorted(fact.names):
            first = fact.coefficient(name)
            if fact.degree({name}) == 1 and len(first.terms) > 1:
                second = exact_quotient(fact, first)
                if second is not None and known.implies(first) and known.implies(second):
                    return True
        return False

    def _is_product_or_multiple(self, known: Assumptions, fact: Polynomial, depth: int) -> bool:
        """Whether it follows at once, or is a product, or a multiple of what is not negative and more.

        (h - k + 1) (w - k + 1) - 1 is (h - k + 1) times w - k, and h - k.
        """
        if known.implies(fact) or self._by_factors(known, fact):
            return True
        if not depth or all(len(monomial) < 2 for monomial, _ in fact.terms):
            return False
        for one in known.facts:
            for name, unit in one.units.items():
                if unit == 1 and name in fact.names:
                    quotient, rest = with_rest(fact, one, name)
                    if quotient and all(
                        self._is_product_or_multiple(known, part, depth - 1) for part in (quotient, rest)
                    ):
                        return True
        return False

    def _by_products(self, known: Assumptions, fact: Polynomial, axes: tuple[Axis, ...]) -> bool:
        if all(len(monomial) < 2 for monomial, _ in fact.terms):
            return False
        key = self._without_letters(fact, axes)
        if key not in self._answers:
            self._searches += 1
            self.work.spend(OF_A_SEARCH)
            if self._searches > MOST_SEARCHES:
                wrong = f"reading it takes more than {MOST_SEARCHES:,} searches"
                raise TooLarge("the program", wrong, "prove parts of it")
            self._answers[key] = known.products_for(fact) is not None
        return self._answers[key]

    def _without_letters(self, fact: Polynomial, axes: tuple[Axis, ...]) -> Hashable:
        """A question with numbers for the letters of loops and axes, which are others if a loop is read again."""
        letters = [letter for loop in self.loops for letter in loop.letters] + [axis.letter for axis in axes]
        values = {letter: Polynomial.name(f"#{at}") for at, letter in enumerate(letters)}
        loops = tuple(
            (
                tuple(size.substitute(values) for _, size in loop.parts),
                tuple((one.substitute(values), by.substitute(values)) for _, one, by in loop.quotients),
                tuple(one.substitute(values) for one in loop.path),
            )
            for loop in self.loops
        )
        return self.base, loops, tuple(axis.size.substitute(values) for axis in axes), fact.substitute(values)

    def implied_outside(self, loop: Loop, fact: Polynomial) -> bool:
        """Whether fact >= 0 follows from what is known outside a loop."""
        loops = self.loops
        self.loops = [one for one in loops if one is not loop]
        try:
            return self.implies(fact)
        finally:
            self.loops = loops

    @property
    def is_certain(self) -> bool:
        """Whether this place is reached at all sizes that are considered."""
        return all(not loop.path and self.base.implies(loop.trips - 1) for loop in self.loops)

    def is_impossible(self) -> bool:
        """Whether what is known here contradicts itself."""
        if self._points():
            return False
        known = self.assumptions()
        return known.contradicts(()) or known.products_against(()) is not None

    def equal(self, left: Polynomial, right: Polynomial) -> bool:
        """Whether two numbers are known to be the same."""
        difference = left - right
        return not difference or (self.implies(difference) and self.implies(-difference))

    def are_sizes(self, *numbers: Polynomial) -> bool:
        """Whether they are made of sizes alone, not of indices."""
        known = self.base.bounds.keys() | self.base.definitions.keys()
        return all(number.names <= known for number in numbers)

    # -- decisions -------------------------------------------------------------------------------------

    def choose(self, fact: Polynomial) -> bool:
        """Whether fact >= 0; if both are possible, what depends on it is read for each."""
        if self.implies(fact):
            return True
        if self.implies(-fact - 1):
            return False
        raise Fork(self._owner(fact), fact)

    def _owner(self, fact: Polynomial) -> Loop | None:
        """The innermost loop on whose index it depends, or None if it depends on sizes alone."""
        for loop in reversed(self.loops):
            if not loop.names.isdisjoint(fact.names):
                return loop
        if not self.are_sizes(fact):
            raise Unread("a condition", "it depends on the index of an array's entry", "use a loop and an if")
        return None

    def holds(self, condition: bool | Condition) -> bool:
        """Whether a condition holds; see ``choose``."""
        if isinstance(condition, bool):
            return condition
        for part in condition.parts:
            holds = self.choose(part) if isinstance(part, Polynomial) else self.holds(part)
            if holds != condition.every:
                return holds
        return condition.every

    def always(self, fact: Polynomial, axes: Iterable[Axis] = ()) -> bool:
        """Whether fact >= 0 in every round of the loops and for all letters of the axes; else as ``choose``.

        If it depends on sizes, these are told apart first: a fact that rises or falls in a letter is least at an
        end of it.
        """
        axes = tuple(axes)
        if self.implies(fact, axes):
            return True
        if self.implies(-fact - 1, axes):
            return False
        least = self.extreme(fact, axes, least=True)
        if least is not None and self.are_sizes(least) and self.choose(least):
            return True
        return self.choose(fact)

    def extreme(self, number: Polynomial, axes: Iterable[Axis] = (), *, least: bool) -> Polynomial | None:
        """The least (or greatest) value over all rounds of loops and letters of axes; None if it is not seen."""
        letters = [(axis.letter, axis.size) for axis in axes]
        letters = [*(part for loop in self.loops for part in loop.parts), *letters]
        for name, size in reversed(letters):
            if name not in number.names:
                continue
            if number.degree({name}) > 1:
                return None
            slope = number.coefficient(name)
            if self.implies(slope, axes):
                end = Polynomial() if least else size - 1
            elif self.implies(-slope, axes):
                end = size - 1 if least else Polynomial()
            else:
                return None
            number = number.without(name) + slope * end
        return number

    def exactly(self, difference: Polynomial) -> bool:
        """Whether a number is 0."""
        if (value := difference.value) is not None:
            return value == 0
        return self.holds(Condition((difference, -difference)))

    # -- whole numbers ---------------------------------------------------------------------------------

    def floor(self, numerator: Polynomial, denominator: Polynomial) -> Polynomial:
        """numerator // denominator."""
        if (number := denominator.value) is not None and number < 0:
            return self.floor(-numerator, -denominator)
        if (quotient := exact_quotient(numerator, denominator)) is not None and denominator:
            return quotient
        if not self.always(denominator - 1):
            if not self.always(-denominator - 1):
                raise CodeError("ZeroDivisionError", f"{numerator!r} is divided by 0")
            return self.floor(-numerator, -denominator)
        whole, rest = Floor(numerator, denominator).reduced()
        least = rest.numerator
        for shift in (0, -1, 1):
            over = least - denominator * shift
            if self.implies(over) and self.implies(denominator - 1 - over):
                return whole + shift
        if (quotient := self._minus_an_exact_one(least, denominator)) is not None:
            return whole + quotient
        if not self.are_sizes(least, denominator):
            return whole + self._quotient_of_index(least, denominator)
        return whole + self._named_floor(rest)

    def _minus_an_exact_one(self, numerator: Polynomial, denominator: Polynomial) -> Polynomial | None:
        """floor(-a / D) = -floor(a / D) if D divides a, which the code may have asked."""
        for known, value in self._floors.items():
            rest = exact_quotient(known.numerator + numerator, denominator)
            if known.denominator == denominator and rest is not None:
                over = numerator - denominator * (rest - value)
                if self.implies(over) and self.implies(-over):
                    return rest - value
        return None

    def _named_floor(self, floor: Floor) -> Polynomial:
        """The name of a floor of sizes: the layer's own, or a new one."""
        for known, value in self._floors.items():
            if (found := floor.by(known, value)) is not None:
                return found
        if not self.base.is_positive(floor.denominator):
            raise Fork(None, floor.denominator - 1)
        name = f"floor(({floor.numerator!r})/({floor.denominator!r}))"
        self._floors[floor] = Polynomial.name(name)
        lower = {**self.base.bounds, **({name: 0} if self.base.implies(floor.numerator) else {})}
        self.base = Assumptions(tuple(sorted(lower.items())), self.base.facts, (*self.base.defined, (name, floor)))
        return self._floors[floor]

    def _quotient_of_index(self, numerator: Polynomial, denominator: Polynomial) -> Polynomial:
        """The quotient of a loop's index: a name of its own, which is summed with the loop."""
        loop = self._owner(numerator)
        if loop is None or not self.are_sizes(denominator):
            raise Unread("//", f"({numerator!r}) // ({denominator!r}) is not read", "use two loops")
        for name, size in loop.parts:
            if numerator.unit(name) == 1 and exact_quotient(size, denominator) not in (None, size):
                raise loop.split(name, denominator)
        return loop.quotient(numerator, denominator, self.fresh)

    # -- formulas --------------------------------------------------------------------------------------

    def tidy(self, form: Form, axes: Iterable[Axis] = ()) -> Form:
        """The form without what is known of sizes, loops and the letters of its axes."""
        if not form.terms:
            return form
        result = added_up(simplify(form, self.assumptions(axes), TIDYING).result)
        self.spend(len(result.terms))
        if len(result.terms) > MOST_TERMS:
            raise TooLarge("the program", f"a formula in it has more than {MOST_TERMS:,} terms", "prove parts of it")
        return result

    def normal(self, form: Form, axes: Iterable[Axis] = ()) -> Form:
        """The normal form, in readable names."""
        result = normal_form(self.tidy(form, axes), self.assumptions(axes)).result
        self.spend(len(result.terms))
        return Form(tuple(map(readable, result)))

    def vanishes(self, form: Form, axes: Iterable[Axis] = ()) -> bool:
        """Whether the form is seen to be 0."""
        left = self.normal(form, axes)
        if not left.terms:
            return True
        self._searches += len(left.terms)
        try:
            return not normal_form(left, replace(self.assumptions(axes)), products=True).result.terms
        except SizeLimitError:  # too much work to see it
            return False

    # -- memory ----------------------------------------------------------------------------------------

    def cell(
        self, axes: Iterable[Axis], form: Form, kind: Kind = "data", role: str = "", ordered: bool = False
    ) -> Cell:
        """New memory."""
        self.spend()
        cell = Cell(self.journal.tick(), tuple(axes), form, kind, role, ordered)
        cell.contents["lines"] = (self.line,) if self.line else ()
        return cell

    def get(self, what: Mutable, key: Hashable) -> Any:
        """One of the contents of something that a program changes; ``KeyError`` if it has none."""
        value = self.resolved(what.contents[key])
        for loop in self.loops:
            loop.has_read(what, key)
        if isinstance(value, Unknown):
            raise Unread(str(key), value.why, value.instead)
        return value

    def resolved(self, value: Any) -> Any:
        """What a value is that depends on whether a loop ran."""
        while isinstance(value, Deferred):
            value = value.then if self.choose(value.condition) else value.otherwise
        return value

    def put(self, what: Mutable, key: Hashable, value: Any) -> None:
        """Change one of the contents of something."""
        self.journal.put(what, key, value)
        for loop in self.loops:
            loop.has_written(what, key)

    def dictionary(self, contents: dict[Any, Any]) -> DictValue:
        """A new dictionary."""
        return DictValue(self.journal.tick(), contents)

    def store(self, cell: Cell, form: Form) -> None:
        """Change what an array's memory holds; every loop around it must know that it does."""
        if cell.contents["frozen"]:
            raise Unread("an assignment to an array", cell.contents["frozen"], "work on a copy")
        for loop in self.loops:
            loop.require_state(cell)
        self.journal.put(cell, "form", form)
        lines = tuple(line for line in cell.lines if line != self.line)
        self.journal.put(cell, "lines", (*lines, self.line))


def _no_call(*given: Any) -> Any:
    raise Unread("a call", "no program is read")


def _no_attribute(instance: Instance, name: str) -> Any:
    return NotImplemented


def _known_floors(assumptions: Assumptions) -> dict[Floor, Polynomial]:
    """Floors that have a name, without an offset, each with what it is."""
    found = {}
    for name, floor in assumptions.defined:
        if isinstance(floor, Floor) and not floor.exact:
            whole, core = floor.reduced()
            found[core] = Polynomial.name(name) - whole
    return found
