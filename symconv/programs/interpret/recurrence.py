"""What an array holds after a loop, by what one round makes of it.

A round takes S to M S + C, entry by entry, M and C forms in the round's letters. If M is 1, all C are added. If M is
1 - R, where no later round changes what an earlier one wrote, all C are added too, and the rest stays:
S (1 - sum R) + sum C. If M is 0, the last round is what counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.normal_form import readable
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.rules import facts_of
from symconv.geometry.axes import Axis
from symconv.programs.loop import Loop
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Unread

ALL = Form.constant(ONE)


def after(machine: Machine, loop: Loop, axes: Sequence[Axis], form: Form, tensor: Tensor, initial: Form) -> Form:
    """What is held after all rounds, if there are any.

    Args:
        axes: of the array.
        form: what one round makes, where ``tensor`` stands for what is held before it.
        initial: what is held before the loop.
    """
    multiplier, added = _parts(machine, axes, form, tensor)
    require_no_state(loop, added + multiplier)
    if multiplier == ALL:
        return initial + _over_rounds(loop, added)
    replaced = machine.normal(ALL - multiplier, axes)
    if not multiplier.terms:
        if loop.quotients:
            raise Unread("an assignment in a loop", "each round replaces what the last one did", "compute it once")
        last = added.substitute({name: size - 1 for name, size in loop.parts})
        return last.times([Range(loop.trips - 1)]) + initial.times([Range(-loop.trips)])
    _require_disjoint(machine, loop, axes, replaced, added, initial)
    kept = ALL - _over_rounds(loop, replaced)
    return initial * kept + _over_rounds(loop, added)


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
        both = machine.normal(earlier * again, axes)
        if both.terms:
            raise Unread(
                "an assignment in a loop", "a round may replace what an earlier one wrote, and this is not read",
                "use +=, or write each entry once",
            )  # fmt: skip
