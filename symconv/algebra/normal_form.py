"""The normal form: simplify each term, re-index its sums canonically, collect like terms.

Two formulas with the same normal form are equal for all values of their free names that satisfy the
assumptions; the converse need not hold (``docs/algebra.md`` says where the method is incomplete).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import factorial

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.digits import with_products
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Term, fresh
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.products import Product
from symconv.algebra.rules import Application, Rule, RuleName, apply_first, empty_range, known_facts, sift, simplifying
from symconv.algebra.splitting import Asked, Splits
from symconv.errors import InfiniteSumError, SizeLimitError

MAXIMUM_ORDERS = 120
"""Ties between like factors are broken by trying every order, up to this many; past it, one is taken."""
MOST_MOVES = 5_000
"""Rules are applied at most 5,000 times to simplify a formula."""
TERM, MOST_STEPS, MOST_IN_PARTS = 10, 25_000, 2_000
"""What a term with a sum costs, in orders tried; the limit for a formula from outside, and for sums in parts."""


NOTHING: frozenset[Asked] = frozenset()
"""No splits."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: the rule, what it was applied to, and the whole expression after it."""

    rule: RuleName
    target: tuple[Factor | str, ...]
    after: Form


@dataclass(frozen=True, slots=True)
class Move:
    """What a step did, for a checker: the term at a place of the list of terms replaced by others.

    ``names`` has for "sift" the name that was solved for; for "re-index" every old name in the new ones, and
    ``inverse`` every new name in the old ones; ``dropped`` has the ranges that were left out, in order; ``products``
    and ``digits`` are those of the rule's ``Application``.
    """

    rule: RuleName
    at: int
    result: tuple[Term, ...]
    names: tuple[tuple[str, Polynomial], ...] = ()
    inverse: tuple[tuple[str, Polynomial], ...] = ()
    dropped: tuple[Factor, ...] = ()
    products: tuple[Product, ...] = ()
    digits: tuple[Polynomial, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """A formula, the steps from it, and its normal form.

    ``result`` names the bound indices #1, #2, .. so that equal results compare equal. ``moves`` are the
    steps again, from ``plain_start``, which is the start with its bound names kept apart from all others; they end
    with the terms that are ``finished``, of which like ones are added up in the result.
    """

    start: Form
    steps: tuple[Step, ...]
    result: Form
    plain_start: Form = field(default_factory=Form)
    moves: tuple[Move, ...] = ()
    finished: tuple[Term, ...] = ()


def normal_form(
    form: Form, assumptions: Assumptions, order: Sequence[str] = (), *, products: bool = False
) -> Derivation:
    """The normal form of ``form``, with every step on the way.

    ``order`` names tensors whose indices become summation variables before those of others (which
    follow by name). ``products`` adds the rules that multiply facts and take numbers apart, which decide more and
    cost more. Normal forms are comparable if all of these were the same.

    Raises:
        InfiniteSumError: a sum of the form cannot be seen to be finite.
    """
    rules = with_products(order) if products else simplifying(order)
    line = _Line([], [], [])
    simplified = simplify(_with_plain_names(form), assumptions, rules)
    line.take_over(simplified)
    line.finish([(term, NOTHING) for term in simplified.result], assumptions, order, rules, lambda term, done: None)
    return line.derivation(form, simplified.plain_start)


def in_parts(
    derivation: Derivation,
    assumptions: Assumptions,
    order: Sequence[str],
    splits: Splits,
    settled: Container[Like] = (),
    most: int = MOST_IN_PARTS,
) -> Derivation:
    """A derivation by all rules, taken on: sums are split as ``splits`` says, but for terms that are ``settled``.

    ``most`` is how much work that may make.

    Raises:
        InfiniteSumError: a sum in it cannot be seen to be finite.
        SizeLimitError: the sums have too many parts.
    """
    steps = [step for step in derivation.steps if step.rule is not RuleName.COLLECT]
    line = _Line(steps, list(derivation.moves), [])
    made = 0

    def split(term: Term, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        nonlocal made
        parts = None if like(term) in settled else splits.split(term, assumptions, done)
        if parts is not None:
            made += work(Form(parts[0].result))
            if made > most:
                wrong = f"comparing its parts takes more than {most:,} steps"
                raise SizeLimitError("a formula", wrong, "compare parts of it")
        return parts

    rules = with_products(order)
    waiting = list(derivation.finished)
    while waiting:
        term = waiting.pop(0)
        if (parts := split(term, NOTHING)) is None:
            line.finished.append(term)
        else:
            application, asked = parts
            line.replace(application, waiting)
            done = frozenset((asked,))
            line.finish([(part, done) for part in application.result], assumptions, order, rules, split, waiting)
    return line.derivation(derivation.start, derivation.plain_start)


@dataclass
class _Line:
    """The steps of a derivation under way, and the terms that are finished."""

    steps: list[Step]
    moves: list[Move]
    finished: list[Term]

    def take_over(self, part: Derivation, after: Sequence[Term] = ()) -> None:
        """Steps on the terms that come next."""
        self.steps += [replace(step, after=Form((*self.finished, *step.after, *after))) for step in part.steps]
        self.moves += [replace(move, at=move.at + len(self.finished)) for move in part.moves]

    def replace(self, application: Application, after: Sequence[Term]) -> None:
        """The next term replaced by others."""
        shown = Form((*self.finished, *application.result, *after))
        self.steps.append(Step(application.rule, application.target, shown))
        self.moves.append(_move(application, len(self.finished)))

    def finish(
        self,
        terms: list[tuple[Term, frozenset[Asked]]],
        assumptions: Assumptions,
        order: Sequence[str],
        rules: tuple[Rule, ...],
        split: Callable[[Term, frozenset[Asked]], tuple[Application, Asked] | None],
        after: Sequence[Term] = (),
    ) -> None:
        """Re-index and simplify the terms that come next, and split them as they are asked to be, until nothing is left.

        Each term comes with the splits that it is a part of.
        """
        while terms:
            term, done = terms.pop(0)
            rest = (*(other for other, _ in terms), *after)
            reindexed = reindex(term, assumptions, order)
            if reindexed.names:
                result = (reindexed.term,)
                self.moves.append(
                    Move(RuleName.RE_INDEX, len(self.finished), result, reindexed.names, reindexed.inverse)
                )
            if reindexed.changes:
                shown = Form((*self.finished, readable(reindexed.term), *rest))
                self.steps.append(Step(RuleName.RE_INDEX, reindexed.changes, shown))
            if apply_first(reindexed.term, rules, assumptions):
                again = simplify(Form((reindexed.term,)), assumptions, rules)
                self.take_over(again, rest)
                terms = [*((one, done) for one in again.result), *terms]
            elif parts := split(reindexed.term, done):
                application, asked = parts
                self.replace(application, rest)
                terms = [*((one, done | {asked}) for one in application.result), *terms]
            else:
                self.finished.append(reindexed.term)

    def derivation(self, start: Form, plain_start: Form) -> Derivation:
        collected = collect(Form(tuple(self.finished)))
        if len(collected.terms) < len(self.finished):
            self.steps.append(Step(RuleName.COLLECT, (), Form(tuple(map(readable, collected)))))
        return Derivation(start, tuple(self.steps), collected, plain_start, tuple(self.moves), tuple(self.finished))


def work(form: Form) -> int:
    """About how many orders of like factors the normal form of all terms tries, more for large terms."""
    return sum((TERM + _count_of_orders(term)) * (1 + _size(term) // TERM) if term.bound else 1 for term in form)


def _size(term: Term) -> int:
    """What is rewritten in every order: indices in bound names, and a coefficient that is multiplied out again."""
    bound = frozenset(term.bound)
    degrees = (sum(name in bound for name in monomial) for monomial, _ in term.coefficient.terms)
    return len(term.factors) * len(bound) + sum(1 << min(degree, 20) for degree in degrees)


def _count_of_orders(term: Term) -> int:
    """Like accesses in every order, and ranges if a name is loose without them."""
    loose = set(term.bound)
    for factor in term.factors:
        for index in factor.polynomials if isinstance(factor, Access) else ():
            loose.discard(next((name for name in sorted(loose) if index.unit(name)), ""))
    counted = (f for f in term.factors if isinstance(f, Access) or (loose and isinstance(f, Range)))
    alike = Counter(f.tensor.name if isinstance(f, Access) else "" for f in counted)
    count = 1
    for size in alike.values():
        count *= factorial(min(size, 6))
    return min(count, MAXIMUM_ORDERS)


def require_few_steps(form: Form) -> None:
    """That the normal form is found soon.

    Raises:
        SizeLimitError: the form has too many terms, or terms with too many like factors.
    """
    if (steps := work(form)) > MOST_STEPS:
        wrong = f"it expands to {len(form.terms):,} terms, and comparing them takes {steps:,} steps"
        raise SizeLimitError("a formula", wrong, f"the limit is {MOST_STEPS:,}; write it with fewer sums in products")


def _with_plain_names(form: Form) -> Form:
    """A normal form's own names #1, #2, .. replaced, so that it can be brought to normal form again."""
    if not any(name.startswith("#") for term in form for name in term.bound):
        return form
    return Form(tuple(map(readable, form)))


def simplify(form: Form, assumptions: Assumptions, rules: tuple[Rule, ...]) -> Derivation:
    """Apply the simplifying rules to every term until none applies."""
    steps: list[Step] = []
    moves: list[Move] = []
    finished: list[Term] = []
    waiting = [term.renamed_apart(assumptions.names) for term in form.terms]
    plain_start = Form(tuple(waiting))
    while waiting:
        term = waiting.pop(0)
        if not term.coefficient:
            moves.append(Move(RuleName.VANISH, len(finished), ()))
            continue
        application = apply_first(term, rules, assumptions)
        if application is None and (application := empty_range(term, assumptions)):
            while moves and (moves[-1].rule, moves[-1].at) == (RuleName.DROP_IMPLIED_RANGE, len(finished)):
                moves.pop()  # the term was empty before: from a contradiction any range follows, also one that
                steps.pop()  # keeps the sum finite
        if application is None:
            finished.append(term)
            continue
        if len(moves) >= MOST_MOVES:
            raise SizeLimitError(
                "a formula", f"it takes more than {MOST_MOVES:,} steps to simplify", "compare parts of it"
            )
        waiting = [*application.result, *waiting]
        steps.append(Step(application.rule, application.target, Form((*finished, *waiting))))
        moves.append(_move(application, len(finished)))
    return Derivation(form, tuple(steps), Form(tuple(finished)), plain_start, tuple(moves))


def _move(application: Application, at: int) -> Move:
    names = tuple((name, Polynomial.name(name)) for name in application.target if isinstance(name, str))
    dropped = tuple(factor for factor in application.target if isinstance(factor, Range))
    return Move(application.rule, at, application.result, names, (), dropped, application.products, application.digits)


def collect(form: Form) -> Form:
    """Add the coefficients of terms that are alike, and drop those that vanish."""
    return Form(tuple(sorted(added_up(form), key=term_key)))


def fewest_primes(term: Term, others: Iterable[str]) -> Term:
    """The term with its bound names written with as few primes as keep them apart, from each other and ``others``.

    ``others`` are names that are not indices: sizes, which may stand in the tensors' shapes alone.
    """
    taken = {*term.free, *others}
    renaming: dict[str, Polynomial] = {}
    for name in sorted(term.bound, key=lambda n: (n.count("'"), n)):
        new = fresh(name.rstrip("'"), taken)
        taken.add(new)
        renaming[name] = Polynomial.name(new)
    return term.substitute(renaming, (renaming[name].single_name or name for name in term.bound))


Like = tuple[tuple[Factor, ...], tuple[str, ...]]
"""What like terms have in common."""


def like(term: Term) -> Like:
    return term.factors, term.bound


def added_up(form: Form) -> Form:
    """The same without sorting the terms."""
    totals: dict[Like, Polynomial] = {}
    for term in form:
        key = like(term)
        totals[key] = totals[key] + term.coefficient if key in totals else term.coefficient
    return Form(tuple(Term(coefficient, *key) for key, coefficient in totals.items() if coefficient))


def term_key(term: Term) -> tuple:  # type: ignore[type-arg]
    return (tuple(factor.sort_key for factor in term.factors), term.bound, term.coefficient.terms)


# -- re-indexing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reindexed:
    term: Term
    changes: tuple[str, ...]
    names: tuple[tuple[str, Polynomial], ...] = ()
    inverse: tuple[tuple[str, Polynomial], ...] = ()


@dataclass(frozen=True, slots=True)
class _Pinning:
    """A choice of new variables #1, #2, .. under way: old names written in the new, names still loose."""

    values: dict[str, Polynomial]
    loose: tuple[str, ...]
    changes: tuple[str, ...] = ()
    inverse: tuple[Polynomial, ...] = ()

    def pin(self, name: str, index: Polynomial, original: Polynomial) -> _Pinning:
        """Make ``index``, with ``name`` at coefficient 1 or -1, the new variable; ``original`` is it in old names."""
        new = Polynomial.name(_new_name(len(self.values) + 1))
        solution = (new - index.without(name)) * index.unit(name)
        values = {old: value.substitute({name: solution}) for old, value in self.values.items()}
        changes = self.changes if index.single_name == name else (*self.changes, repr(index))
        loose = tuple(n for n in self.loose if n != name)
        return _Pinning({**values, name: solution}, loose, changes, (*self.inverse, original))

    def final_values(self) -> dict[str, Polynomial]:
        """The old names written in #1, #2, .."""
        final = {_new_name(at + 1): Polynomial.name(f"#{at + 1}") for at in range(len(self.values))}
        return {old: value.substitute(final) for old, value in self.values.items()}


def _new_name(number: int) -> str:
    """A new variable while names are pinned: the term may have a #1 of its own, from an earlier re-indexing."""
    return f"#{number}*"


def reindex(term: Term, assumptions: Assumptions, order: Sequence[str] = ()) -> Reindexed:
    """Choose canonical bound variables: whole indices of the accesses, in the order of the factors.

    Replacing v by u = v + e (or e - v) is a bijection of Z for every value of the other names, so the
    sum does not change. Where factors tie (the same tensor twice, or several names to choose from)
    every choice is tried and the least result kept.
    """
    if not term.bound:
        return Reindexed(term, ())
    best: Reindexed | None = None
    for count, pinning in enumerate(_pinnings(term, order)):
        if count == MAXIMUM_ORDERS:
            break
        inverse = tuple((f"#{at + 1}", old) for at, old in enumerate(pinning.inverse))
        values = pinning.final_values()
        renamed = term.substitute(values, (name for name, _ in inverse))
        candidate = Reindexed(renamed, pinning.changes, tuple(values.items()), inverse)
        if best is None or term_key(candidate.term) < term_key(best.term):
            best = candidate
    assert best is not None
    require_finite(best.term, assumptions)
    return best


def _pinnings(term: Term, preferred: Sequence[str]) -> Iterator[_Pinning]:
    """Indices of the accesses first; ranges, in every order, only for the names that these leave loose."""
    groups: dict[tuple[int, str], list[Factor]] = {}
    for factor in term.factors:
        if isinstance(factor, Access):
            name = factor.tensor.name
            place = preferred.index(name) if name in preferred else len(preferred)
            groups.setdefault((place, name), []).append(factor)
    brackets: list[Factor] = [_turned(factor, term) for factor in term.factors if isinstance(factor, Delta)]
    ranges: list[Factor] = [factor for factor in term.factors if isinstance(factor, Range)]
    for entries in _arrangements([group for _, group in sorted(groups.items())]):
        for pinning in _pinned(_Pinning({}, term.bound), entries):
            held = _by_quotients(pinning, entries)
            yield from _pinned_by_conditions(held, brackets, ranges) if held.loose else (held,)


def _turned(bracket: Delta, term: Term) -> Delta:
    """[e = 0] or [-e = 0], that in which the rest by a summed name's number is less."""
    expression = bracket.expression
    sizes = [expression.coefficient(name) for name in term.bound if name in expression.names]
    if len(sizes) != 1 or (number := sizes[0].value) is None:
        return bracket

    def rest(one: Polynomial) -> Polynomial:
        return one - one.whole_quotient(Polynomial.constant(abs(number))) * abs(number)

    return min(bracket, Delta(-expression), key=lambda one: rest(one.expression).terms[::-1])


def _pinned_by_conditions(pinning: _Pinning, brackets: list[Factor], ranges: list[Factor]) -> Iterator[_Pinning]:
    """Brackets first, so that what they say does not depend on the ranges."""
    for first in _arrangements([brackets]):
        by_brackets = _by_quotients(pinning, first)
        for conditions in _arrangements([ranges]) if by_brackets.loose else ((),):
            for pinned in _pinned(by_brackets, conditions):
                held = _by_quotients(pinned, conditions)
                for rest in permutations(held.loose):
                    complete = held
                    for name in rest:
                        complete = complete.pin(name, Polynomial.name(name), Polynomial.name(name))
                    yield complete


Order = tuple[Polynomial, ...]


def _arrangements(groups: Sequence[list[Factor]]) -> Iterator[Order]:
    """Every order within every group, one at a time (there can be very many)."""
    if not groups:
        yield ()
        return
    for group in permutations(groups[0]):
        for rest in _arrangements(groups[1:]):
            yield (*(index for factor in group for index in factor.polynomials), *rest)


def _pinned(pinning: _Pinning, order: Order) -> Iterator[_Pinning]:
    """Pin names along the order; branch where an index offers several."""
    for at, original in enumerate(order):
        index = original.substitute(pinning.values)
        candidates = [name for name in pinning.loose if index.unit(name)]
        if len(candidates) > 1:
            for name in candidates:
                yield from _pinned(pinning.pin(name, index, original), order[at + 1 :])
            return
        if candidates:
            pinning = pinning.pin(candidates[0], index, original)
    yield pinning


def _by_quotients(pinning: _Pinning, order: Order) -> _Pinning:
    """Pin names that no index has with coefficient 1 or -1: of an index S e + rest, e becomes the new variable.

    So 3 k + 4 and 3 k + 1 are both 3 u + 1, and 2 i + 2 j is 2 u.
    """
    for original in order if pinning.loose else ():
        index = original.substitute(pinning.values)
        for name in pinning.loose:
            size = index.coefficient(name)
            if len(size.terms) == 1:
                quotient = index.whole_quotient(size if size.terms[0][1] > 0 else -size)
                if quotient.unit(name):
                    old = {_new_name(at + 1): value for at, value in enumerate(pinning.inverse)}
                    pinning = pinning.pin(name, quotient, quotient.substitute(old))
                    break
    return pinning


# -- finiteness ----------------------------------------------------------------------------------------


def require_finite(term: Term, assumptions: Assumptions) -> None:
    """Every bound name must be held between bounds by accesses, brackets and ranges.

    A name is pinned by an index in which it has a coefficient that cannot be zero, once every other
    bound name in that index is pinned. Names that only hold each other are judged together: they are
    bounded where no direction leaves all the factors' bounds unbroken.
    """
    loose = set(term.bound)
    while pinned := {name for name in loose if _is_pinned(name, term, loose, assumptions)}:
        loose -= pinned
    if loose and not _bounded_together(term, loose, assumptions):
        names = ", ".join(sorted(name.replace("#", "index ") for name in loose))
        raise InfiniteSumError(
            f"a sum over {names}",
            "no tensor of known shape, bracket or pair of limits keeps it finite for all sizes",
            "give the sum limits, the IndexedBase a shape, or a stride or dilation positive=True",
        )


def _bounded_together(term: Term, loose: set[str], assumptions: Assumptions) -> bool:
    """Whether the bounds leave no direction in which a loose name can run off.

    A direction d has whole numbers, and if d >= 1 then s d >= d for a product s of names that are at least 1.
    """
    slopes = [Polynomial(tuple((m, c) for m, c in fact.terms if loose.intersection(m))) for fact in known_facts(term)]
    slopes = [slope for slope in slopes if slope.degree(loose) == 1]
    alone = {(slope.single_name, 1) for slope in slopes} | {((-slope).single_name, -1) for slope in slopes}
    linear = Assumptions()

    def runs_off(name: str, sign: int) -> bool:
        known = [Polynomial.name(one) * up for one, up in {*alone, (name, sign)} if one is not None]
        scaled = [one * (by - 1) for one in known for by in _multipliers(slopes, one, assumptions)]
        return not linear.contradicts([*slopes, *scaled, Polynomial.name(name) * sign - 1])

    return not any(runs_off(name, sign) for name in loose for sign in (1, -1))


def _multipliers(slopes: Sequence[Polynomial], one: Polynomial, assumptions: Assumptions) -> set[Polynomial]:
    """The products of names, each at least 1, that multiply a name somewhere."""
    (name,) = one.names
    found = {tuple(n for n in m if n != name) for slope in slopes for m, _ in slope.terms if name in m}
    return {Polynomial([(m, 1)]) for m in found if m and all(assumptions.bounds.get(n, 0) >= 1 for n in m)}


def _is_pinned(name: str, term: Term, loose: set[str], assumptions: Assumptions) -> bool:
    below = above = False
    for factor in term.factors:
        if isinstance(factor, Access) and factor.tensor.shape is None:
            continue
        for index in factor.polynomials:
            if index.names & loose != {name}:
                continue
            coefficient = index.coefficient(name)
            rising = assumptions.is_positive(coefficient)
            falling = not rising and assumptions.is_positive(-coefficient)
            if not isinstance(factor, Range) and (rising or falling):
                return True
            below, above = below or rising, above or falling
    return below and above


# -- reading -------------------------------------------------------------------------------------------


def readable(term: Term) -> Term:
    """The term with its bound names #1, #2, .. replaced by the letters of the axes that pin them."""
    taken = set(term.free)
    renaming: dict[str, Polynomial] = {}
    for factor in term.factors:
        if isinstance(factor, Access):
            letters = factor.tensor.letters or ("t",) * factor.tensor.rank
            for letter, index in zip(letters, factor.indices):
                name = index.single_name
                if name in term.bound and name not in renaming:
                    new = fresh(letter, taken)
                    taken.add(new)
                    renaming[name] = Polynomial.name(new)
    for name in term.bound:
        if name not in renaming:
            new = fresh("t" if name.startswith("#") else name, taken)
            taken.add(new)
            renaming[name] = Polynomial.name(new)
    return term.substitute(renaming, (str(renaming[name].single_name) for name in term.bound))
