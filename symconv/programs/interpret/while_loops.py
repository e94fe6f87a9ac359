"""``while`` loops: one whose test bounds a number that changes by the same in every round is read as a whole."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs.division import exact_quotient
from symconv.programs.interpret import loops
from symconv.programs.interpret.control import Break, Continue
from symconv.programs.loop import Loop
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Fork, TooLarge, Unread
from symconv.programs.values import Condition

INSTEAD = "use for .. in range(..)"


@dataclass(frozen=True)
class While:
    """A loop that goes on while a test holds.

    Args:
        test: what it goes on with, known or not.
        body: reads one round.
        after: whether ``test``, asked before a round, is what is tested after it; then the first round always runs.
    """

    test: Callable[[], bool | Condition]
    body: Callable[[], None]
    after: bool = False


def run(machine: Machine, loop: While) -> None:
    """Read it as a whole, or written out if its test is known in every round."""
    mark, depth = machine.journal.mark, len(machine.loops)
    try:
        _read(machine, loop)
    except (Unread, CodeError) as reason:
        if isinstance(reason, TooLarge):
            raise
        machine.journal.undo(mark)
        del machine.loops[depth:]
        _write_out(loop, reason)


def _write_out(loop: While, reason: Unread | CodeError) -> None:
    rounds = 0
    try:
        while rounds < loops.MOST_UNROLLED:
            holds = loop.test()
            if not isinstance(holds, bool):
                break
            if not holds and not loop.after:
                return
            try:
                loop.body()
            except Continue:
                pass
            except Break:
                return
            if not holds:
                return
            rounds += 1
    except Fork as fork:
        if rounds and fork.region is None:
            raise reason from None  # each round would tell sizes apart
        raise
    raise reason from None


def _read(machine: Machine, given: While) -> None:
    if not given.after and given.test() is False:
        return
    loop = Loop(machine.fresh("t"), Polynomial.name(machine.fresh("n")))

    def trips() -> None:
        condition = given.test()
        if condition is False and given.after and not loop.carried:
            loop.set_trips(ONE)
        elif not isinstance(condition, bool):
            found = _rounds(machine, loop, condition)
            if found is not None:
                loop.set_trips(found + 1 if given.after else found)
        elif loop.carried:
            raise Unread("while", "its condition is not one bound on a number", INSTEAD)

    unknown = loop.trips

    def round_of(_: Polynomial) -> None:
        if not given.after:
            given.test()
        given.body()

    loops.read(machine, loop, round_of, trips)
    if loop.trips == unknown and not loop.once:
        raise Unread("while", "no number in its condition changes by the same in every round", INSTEAD)


def _rounds(machine: Machine, loop: Loop, condition: Condition) -> Polynomial | None:
    """How many rounds the condition holds; None if no number in it is known to change."""
    if len(loop.parts) > 1:
        raise Unread("while", "the number that it counts is divided", INSTEAD)
    ((letter, _),) = loop.parts
    differs = _difference(condition)
    bound = condition.parts[0] if len(condition.parts) == 1 else differs
    if not isinstance(bound, Polynomial):
        if not loop.carried:
            return None
        raise Unread("while", "its condition is not one bound on a number", INSTEAD)
    step, least = -bound.coefficient(letter), bound.without(letter)
    if not loop.carried and not step:
        return None
    if differs is not None:
        rounds = exact_quotient(least, step) if step else None
        if rounds is None or bound.degree({letter}) > 1 or not machine.choose(rounds):
            raise Unread("while", "it is not seen to end", INSTEAD)
        return rounds
    if bound.degree({letter}) > 1 or not machine.implies(step - 1):
        raise Unread("while", "it is not seen to end", INSTEAD)
    return machine.floor(least, step) + 1 if machine.choose(least) else ZERO


def _difference(condition: Condition) -> Polynomial | None:
    """e if the condition is that e is not 0."""
    if condition.every or len(condition.parts) != 2:
        return None
    one, other = condition.parts
    if isinstance(one, Polynomial) and isinstance(other, Polynomial) and one + other == Polynomial.constant(-2):
        return one + 1
    return None


# -- while True ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """``while True: first; if test: break; rest``."""

    first: tuple[ast.stmt, ...]
    test: ast.expr
    rest: tuple[ast.stmt, ...]


def left_at(node: ast.While) -> Left | None:
    """A ``while True`` that is left at one place of its body; None if it is something else."""
    if not (isinstance(node.test, ast.Constant) and node.test.value):
        return None
    places = [at for at, one in enumerate(node.body) if _leaves(one)]
    if len(places) != 1 or sum(isinstance(one, ast.Break) for one in jumps(node.body)) != 1:
        return None
    (at,) = places
    if at and any(isinstance(one, ast.Continue) for one in jumps(node.body)):
        return None
    leave = node.body[at]
    assert isinstance(leave, ast.If)
    return Left(tuple(node.body[:at]), leave.test, (*leave.orelse, *node.body[at + 1 :]))


def _leaves(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Break)


def jumps(body: Sequence[ast.stmt]) -> Iterator[ast.Break | ast.Continue]:
    """The jumps of a loop's body, without those of loops in it."""
    for node in body:
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, (ast.For, ast.While)):
            yield from jumps(node.orelse)
        elif isinstance(node, ast.If):
            yield from jumps((*node.body, *node.orelse))
        elif isinstance(node, (ast.With, ast.Try)):
            yield from jumps(node.body)


def counting(body: Sequence[ast.stmt], test: ast.expr) -> list[ast.stmt]:
    """The statements of a body that set the names of a test.

    Raises:
        Unread: they are set elsewhere too.
    """
    needed = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    chosen: list[ast.stmt] = []
    for node in reversed(body):
        sets = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        if not sets & needed:
            continue
        if not isinstance(node, (ast.Assign, ast.AugAssign)):
            raise Unread("while True", "what its test needs is set in a loop or a condition", INSTEAD)
        chosen.append(node)
        needed |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return chosen[::-1]
