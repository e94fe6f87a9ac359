"""What an array holds after a loop, by what one round makes of it.

A round takes S to M S + C, entry by entry, M and C forms in the round's letters. If M is 1, all C are added. If M is
1 - R, where no later round changes what an earlier one wrote, all C are added too, and the rest stays:
S (1 - sum R) + sum C. If every round replaces the same, or all (M is 0), the last round is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from symconv.algebra.calculus import Definition, unfold
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.normal_form import readable
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.rules import facts_of
from symconv.geometry.axes import Axis
from symconv.programs.loop import Loop
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Unread

ALL = Form.constant(ONE)


@dataclass(frozen=True)
class Held:
    """An array that a loop changes.

    Args:
        axes: of the array.
        form: what one round makes, where ``tensor`` stands for what is held before it.
        initial: what is held before the loop.
    """

    axes: tuple[Axis, ...]
    form: Form
    tensor: Tensor
    initial: Form


def after(machine: Machine, loop: Loop, held: Held, others: Sequence[Held] = ()) -> Form:
    """What is held after all rounds, if there are any; ``others`` are more arrays that the loop changes."""
    multiplier, added = _parts(machine, held.axes, held.form, held.tensor)
    added = _with_states(machine, loop, held.axes, added, others)
    require_no_state(loop, added + multiplier)
    if _replaces_the_same(machine, loop, held.axes, multiplier, added):
        if loop.quotients:
            raise Unread("an assignment in a loop", "each round replaces what the last one did", "compute it once")
        last = added.substitute({name: size - 1 for name, size in loop.parts})
        runs, kept = Form((Term.make(ONE, (Range(loop.trips - 1),)),)), held.initial * (multiplier - ALL)
        return held.initial + (kept + last) * runs
    return _summed_up(machine, loop, held, multiplier, added, lambda form: _over_rounds(loop, form))


def _replaces_the_same(machine: Machine, loop: Loop, axes: Sequence[Axis], multiplier: Form, added: Form) -> bool:
    """Whether every round replaces the same entries, and changes no others: then the last round counts."""
    names = {name for term in multiplier for name in term.names}
    if multiplier == ALL or not names.isdisjoint(loop.names):
        return False
    twice = multiplier * multiplier + multiplier * Form.constant(-ONE)
    return machine.vanishes(twice, axes) and machine.vanishes(multiplier * added, axes)


def _summed_up(
    machine: Machine, loop: Loop, held: Held, multiplier: Form, added: Form, total: Callable[[Form], Form]
) -> Form:
    """What is held after the rounds that ``total`` sums over."""
    if multiplier == ALL:
        return held.initial + total(added)
    replaced = machine.normal(ALL - multiplier, held.axes)
    _require_disjoint(machine, loop, held.axes, replaced, added, held.initial)
    return held.initial * (ALL - total(replaced)) + total(added)


def _with_states(machine: Machine, loop: Loop, axes: tuple[Axis, ...], form: Form, others: Sequence[Held]) -> Form:
    """A form in which other arrays, as they are when a round starts, are written as what the earlier rounds made."""
    names = {tensor.name for tensor in form.tensors}
    definitions = {}
    for other in others:
        if other.tensor.name in names:
            multiplier, added = _parts(machine, other.axes, other.form, other.tensor)
            require_no_state(loop, added + multiplier)
            if not multiplier.terms:
                return form
            state = _summed_up(machine, loop, other, multiplier, added, lambda one: _before(loop, one))
            letters = tuple(axis.letter for axis in other.axes)
            definitions[other.tensor.name] = Definition(other.tensor, letters, state)
    return machine.normal(unfold(form, definitions), axes) if definitions else form


def _before(loop: Loop, form: Form) -> Form:
    """The sum over the rounds before this one."""
    earlier = {name: Polynomial.name(f"{name}-") for name in loop.letters}
    ranges = [Range(factor.expression.substitute(earlier)) for factor in loop.ranges]
    order = Range(loop.index - loop.index.substitute(earlier) - 1)
    names = [str(name.single_name) for name in earlier.values()]
    return form.substitute(earlier).times([*ranges, order]).summed(names)


def _over_rounds(loop: Loop, form: Form) -> Form:
    return form.times(loop.ranges).summed(loop.letters)


def _parts(machine: Machine, axes: Sequence[Axis], form: Form, tensor: Tensor) -> tuple[Form, Form]:
    """(M, C) of one round."""
    letters = [Polynomial.name(axis.letter) for axis in axes]
    known = machine.assumptions(axes)
    multiplier: list[Term] = []
    added: list[Term] = []
    for term in machine.normal(form, axes):
        uses = [f for f in term.factors if isinstance(f, Access) and f.tensor.name == tensor.name]
        if not uses:
            added.append(term)
            continue
        rest = list(term.factors)
        rest.remove(uses[0])
        facts = [fact for factor in rest for fact in facts_of(factor)]
        for own, read in zip(letters, uses[0].indices):
            same = own == read or Delta.equal(own, read) in rest
            same = same or (known.implies(own - read, facts) and known.implies(read - own, facts))
            if len(uses) > 1 or not same:
                raise Unread("a loop", "a round needs other entries of an array that it changes", "use another array")
        multiplier.append(readable(Term.make(term.coefficient, rest, term.bound)))
    return machine.normal(Form(tuple(multiplier)), axes), Form(tuple(added))


def require_no_state(loop: Loop, form: Form) -> None:
    """That a form does not depend on what earlier rounds left in an array."""
    states = {state.name for state in loop.states}
    if any(one.name in states for one in form.tensors):
        raise Unread("a loop", "a round needs what an earlier one left in another array", "use two loops")


def _require_disjoint(
    machine: Machine, loop: Loop, axes: Sequence[Axis], replaced: Form, added: Form, initial: Form
) -> None:
    """That no round replaces what an earlier one replaced or added."""
    later = {name: Polynomial.name(f"{name}*") for name in loop.letters}
    ranges = [Range(factor.expression.substitute(later)) for factor in loop.ranges]
    order = Range(loop.index.substitute(later) - loop.index - 1)
    again = replaced.substitute(later).times([*ranges, *loop.ranges, order])
    for earlier in (added, replaced if initial.terms else Form()):
        if all(_is_apart(machine, loop, axes, one, other) for one in earlier for other in replaced):
            continue
        if not machine.vanishes(earlier * again, axes):
            raise Unread(
                "an assignment in a loop", "a round may replace what an earlier one wrote, and this is not read",
                "use +=, or write each entry once",
            )  # fmt: skip


def _is_apart(machine: Machine, loop: Loop, axes: Sequence[Axis], one: Term, other: Term) -> bool:
    """Whether ``other`` in later rounds starts behind the place at which ``one`` ends, along one of the axes."""
    if len(loop.letters) != 1:
        return False
    (name,) = loop.letters
    after = {name: Polynomial.name(name) + 1}
    for axis in axes:
        ends = [number for number, is_end in _limits(machine, one, axis.letter) if is_end]
        for start, is_end in _limits(machine, other, axis.letter):
            if is_end or start.degree({name}) > 1 or not machine.implies(start.coefficient(name)):
                continue
            if any(machine.implies(start.substitute(after) - end - 1) for end in ends):
                return True
    return False


def _limits(machine: Machine, term: Term, letter: str) -> Iterator[tuple[Polynomial, bool]]:
    """Numbers between which a term says that a letter lies, and whether one is the end; free of its bound names."""
    facts = [fact for factor in term.factors for fact in facts_of(factor)]
    others = [fact for fact in facts if letter not in fact.names]
    for fact in facts:
        step = fact.unit(letter)
        if step in (1, -1):
            limit = fact.without(letter) * -step
            for found in _extremes(machine, limit, frozenset(term.bound), others, least=step == 1):
                yield found, step == -1


def _extremes(
    machine: Machine, number: Polynomial, bound: frozenset[str], facts: Sequence[Polynomial], *, least: bool
) -> Iterator[Polynomial]:
    """What a number is at least, or at most, for all values of its bound names that satisfy the facts."""
    name = min(number.names & bound, default=None)
    if name is None:
        yield number
        return
    slope = number.coefficient(name)
    if number.degree({name}) > 1 or not slope.names.isdisjoint(bound):
        return
    rises = machine.implies(slope)
    if not rises and not machine.implies(-slope):
        return
    wanted = 1 if least == rises else -1  # the fact name - .. >= 0 says what it is at least
    for fact in facts:
        if fact.unit(name) == wanted:
            other = number.without(name) + slope * (fact.without(name) * -wanted)
            yield from _extremes(machine, other, bound - {name}, facts, least=least)
