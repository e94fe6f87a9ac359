"""The normal form: simplify each term, re-index its sums canonically, collect like terms.

Two formulas with the same normal form are equal for all values of their free names that satisfy the
assumptions; the converse need not hold (``docs/algebra.md`` says where the method is incomplete).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import factorial, perm
from typing import TYPE_CHECKING, NamedTuple, Protocol

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.budget import Budget
from symconv.algebra.digits import with_products, with_ranges
from symconv.algebra.forms import Access, Factor, Form, Range, Term, fresh
from symconv.algebra.found import Found
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.products import Product
from symconv.algebra.reindexing import MAXIMUM_ORDERS, Reindexed, reindex, term_key
from symconv.algebra.rules import (
    Application,
    Rule,
    RuleName,
    apply_first,
    empty_range,
    one_by_one,
    sift,
    simplifying,
)
from symconv.errors import SizeLimitError
from symconv.foundations.values import Cached

if TYPE_CHECKING:
    from symconv.algebra.splitting import Asked

MOST_MOVES = 5_000
"""Rules are applied at most 5,000 times to simplify a formula."""
TERM, MOST_STEPS, MOST_IN_PARTS = 10, 25_000, 2_000
"""What a term with a sum costs, in orders tried; the limit for a formula from outside, and for sums in parts."""


MOST_SEARCHED = 250_000
"""How many steps products of facts are searched for in one formula, if nothing else is said."""
APPLICATION, ORDER = 60, 80
"""What looking for a rule takes beside the searches, and to re-index a term in one order."""
NOTHING: frozenset[Asked] = frozenset()
"""No splits."""


class Splitting(Protocol):
    """What replaces finished terms by others."""

    def split(self, term: Term, assumptions: Assumptions, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        """The first rule that is wanted of a term that is not ``done``, with what asks for it."""


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


class Record(NamedTuple):
    """What was done at a place of the terms: a rule, a re-indexing, or None if a term with coefficient 0 went."""

    at: int
    done: Application | Reindexed | None

    @property
    def result(self) -> tuple[Term, ...]:
        """The terms that replace the one at the place."""
        if self.done is None:
            return ()
        return self.done.result if isinstance(self.done, Application) else (self.done.term,)


@dataclass(frozen=True)
class Derivation(Cached):
    """A formula, what was done to it, and its normal form.

    ``result`` names the bound indices #1, #2, .. so that equal results compare equal. ``records`` say what was done,
    from ``plain_start``, which is the start with its bound names kept apart from all others; they end
    with the terms that are ``finished``, of which like ones are added up in the result. Lines for a reader and
    moves for a checker are made of the records when somebody asks for them.
    """

    start: Form
    plain_start: Form
    records: tuple[Record, ...]
    finished: tuple[Term, ...]
    result: Form

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What a reader sees: the rules, each with the whole expression after it."""
        steps: list[Step] = []
        terms = list(self.plain_start)
        for at, done in self.one_by_one:
            before, after = terms[:at], terms[at + 1 :]
            terms = [*before, *Record(at, done).result, *after]
            if isinstance(done, Application):
                steps.append(Step(done.rule, done.target, Form(tuple(terms))))
            elif done is not None and done.changes:
                shown = Form((*before, readable(done.term), *after))
                steps.append(Step(RuleName.RE_INDEX, done.changes, shown))
        if len(self.result.terms) < len(self.finished):
            steps.append(Step(RuleName.COLLECT, (), Form(tuple(map(readable, self.result)))))
        return tuple(steps)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """What a checker follows."""
        return tuple(map(_move, self.one_by_one))

    @cached_property
    def one_by_one(self) -> tuple[Record, ...]:
        """The records with one bracket solved at a time."""
        found: list[Record] = []
        terms = list(self.plain_start)
        for record in self.records:
            at, done = record
            parts = one_by_one(done, terms[at]) if isinstance(done, Application) else (done,)
            found += [Record(at, part) for part in parts]
            terms[at : at + 1] = record.result
        return tuple(found)


@dataclass(frozen=True)
class Shared:
    """What was found out about terms under some assumptions, shared by formulas that are read in the same order."""

    assumptions: Assumptions
    rules: Found[tuple[Application | None, bool]] = field(default_factory=Found)
    again: Found[bool] = field(default_factory=Found)
    reindexed: Found[Reindexed] = field(default_factory=Found)


def normal_form(
    form: Form,
    assumptions: Assumptions,
    order: Sequence[str] = (),
    *,
    products: bool = False,
    ranges: bool = False,
    shared: Shared | None = None,
) -> Derivation:
    """The normal form of ``form``, with every step on the way.

    ``order`` names tensors whose indices become summation variables before those of others (which
    follow by name). ``products`` adds the rules that multiply facts and take numbers apart, which decide more and
    cost more; ``ranges`` those of them that are about ranges. Normal forms are comparable if all of these were the
    same. Formulas that are ``shared`` work out once what they have in common, if their assumptions are the same.

    Raises:
        InfiniteSumError: a sum of the form cannot be seen to be finite.
        SizeLimitError: products of facts take too long to search for.
    """
    if products and assumptions.budget is None:
        assumptions = assumptions.with_budget(Budget(MOST_SEARCHED))
    rules = with_products(order) if products else with_ranges(order) if ranges else simplifying(order)
    again = rules if products else (sift,)  # what may apply to a term that is only re-indexed
    if shared is None or products or ranges or shared.assumptions != assumptions:
        shared = Shared(assumptions)
    simplified = simplify(_with_plain_names(form), assumptions, rules, shared.rules)
    line = _Line(list(simplified.records), [], shared)
    waiting = [(term, NOTHING) for term in simplified.result]
    line.finish(waiting, assumptions, order, rules, again, lambda term, done: None)
    return line.derivation(form, simplified.plain_start)


def in_parts(
    derivation: Derivation,
    assumptions: Assumptions,
    order: Sequence[str],
    splits: Splitting,
    settled: Container[Like] = (),
    most: int = MOST_IN_PARTS,
) -> Derivation:
    """A derivation by all rules, taken on: sums are split as ``splits`` says, but for terms that are ``settled``.

    ``most`` is how much work that may make.

    Raises:
        InfiniteSumError: a sum in it cannot be seen to be finite.
        SizeLimitError: the sums have too many parts.
    """
    line = _Line(list(derivation.records), [], Shared(assumptions))
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
            line.replace(application)
            done = frozenset((asked,))
            line.finish([(part, done) for part in application.result], assumptions, order, rules, rules, split)
    return line.derivation(derivation.start, derivation.plain_start)


@dataclass
class _Line:
    """A derivation under way, and the terms that are finished."""

    records: list[Record]
    finished: list[Term]
    shared: Shared

    def replace(self, application: Application) -> None:
        """The next term replaced by others."""
        self.records += [Record(len(self.finished), one) for one in (*application.first, application)]

    def finish(
        self,
        terms: list[tuple[Term, frozenset[Asked]]],
        assumptions: Assumptions,
        order: Sequence[str],
        rules: tuple[Rule, ...],
        again: tuple[Rule, ...],
        split: Callable[[Term, frozenset[Asked]], tuple[Application, Asked] | None],
    ) -> None:
        """Re-index, simplify and split the terms that come next, until nothing is left to do.

        Each term comes with the splits that it is a part of.
        """
        while terms:
            term, done = terms.pop(0)
            at = len(self.finished)
            if assumptions.budget is not None:
                assumptions.budget.spend(ORDER * _count_of_orders(term))
            reindexed = self.shared.reindexed.of(term, lambda one: reindex(one, assumptions, order))
            if reindexed.names:
                self.records.append(Record(at, reindexed))
            if self.shared.again.of(reindexed.term, lambda one: apply_first(one, again, assumptions) is not None):
                simplified = simplify(Form((reindexed.term,)), assumptions, rules, self.shared.rules)
                self.records += [Record(at + place, one) for place, one in simplified.records]
                terms = [*((one, done) for one in simplified.result), *terms]
            elif parts := split(reindexed.term, done):
                application, asked = parts
                self.replace(application)
                terms = [*((one, done | {asked}) for one in application.result), *terms]
            else:
                self.finished.append(reindexed.term)

    def derivation(self, start: Form, plain_start: Form) -> Derivation:
        finished = tuple(self.finished)
        return Derivation(start, plain_start, tuple(self.records), finished, collect(Form(finished)))


def work(form: Form) -> int:
    """About how many orders of like factors the normal form of all terms tries, more for large terms."""
    return sum([(TERM + _count_of_orders(one)) * (1 + _size(one) // TERM) if one.bound else 1 for one in form.terms])


def most_work(form: Form) -> int:
    """At least that much, found sooner."""
    return sum([(TERM + MAXIMUM_ORDERS) * (1 + _size(term) // TERM) for term in form.terms])


def _size(term: Term) -> int:
    """What is rewritten in every order: indices in bound names, and a coefficient that is multiplied out again."""
    bound = frozenset(term.bound)
    degrees = [sum([name in bound for name in monomial]) if monomial else 0 for monomial, _ in term.coefficient.terms]
    return len(term.factors) * len(bound) + sum([1 << min(degree, 20) for degree in degrees])


def _count_of_orders(term: Term) -> int:
    """Like accesses in every order, and for names that are loose without them the choices of a range each."""
    names = [factor.tensor.name for factor in term.factors if isinstance(factor, Access)]
    ranges = len([None for factor in term.factors if isinstance(factor, Range)])
    loose = set(term.bound) if ranges > 1 else set[str]()
    for factor in term.factors if loose else ():
        for index in factor.indices if isinstance(factor, Access) else ():
            if held := loose.intersection(index.units):
                loose.remove(min(held))
    count = perm(ranges, min(len(loose), ranges, 6)) if loose else 1
    if len(names) > len(set(names)):
        for size in Counter(names).values():
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
    if not any(["#" in name for term in form.terms for name in term.bound]):
        return form
    return Form(tuple(map(readable, form)))


def simplify(
    form: Form,
    assumptions: Assumptions,
    rules: tuple[Rule, ...],
    found: Found[tuple[Application | None, bool]] | None = None,
) -> Derivation:
    """Apply the simplifying rules to every term until none applies; ``found`` has what is known of terms already."""

    def first(term: Term) -> tuple[Application | None, bool]:
        """The rule that applies to a term, and whether it is only that the term is empty."""
        applied = apply_first(term, rules, assumptions)
        return (empty_range(term, assumptions), True) if applied is None else (applied, False)

    records: list[Record] = []
    finished: list[Term] = []
    waiting = [term.renamed_apart(assumptions.names) for term in form.terms]
    plain_start = Form(tuple(waiting))
    while waiting:
        term = waiting.pop(0)
        at = len(finished)
        if not term.coefficient:
            records.append(Record(at, None))
            continue
        if assumptions.budget is not None:
            assumptions.budget.spend(APPLICATION)
        application, is_empty = first(term) if found is None else found.of(term, first)
        if application is None:
            finished.append(term)
            continue
        while is_empty and records and _drops_ranges(records[-1], at):
            records.pop()  # the term was empty before: from a contradiction any range follows, also one that
            # keeps the sum finite
        if len(records) >= MOST_MOVES:
            raise SizeLimitError(
                "a formula", f"it takes more than {MOST_MOVES:,} steps to simplify", "compare parts of it"
            )
        assert all(assumptions.names.isdisjoint(part.bound) for part in application.result), (
            "what is assumed of is summed"
        )
        waiting = [*application.result, *waiting]
        records.append(Record(at, application))
    result = tuple(finished)
    return Derivation(form, plain_start, tuple(records), result, Form(result))


def _drops_ranges(record: Record, at: int) -> bool:
    """Whether ranges were left out of the term at a place."""
    done = record.done
    return record.at == at and isinstance(done, Application) and done.rule is RuleName.DROP_IMPLIED_RANGE


def _move(record: Record) -> Move:
    done = record.done
    if done is None:
        return Move(RuleName.VANISH, record.at, ())
    if not isinstance(done, Application):
        return Move(RuleName.RE_INDEX, record.at, (done.term,), done.names, done.inverse)
    names = tuple([(name, Polynomial.name(name)) for name in done.target if isinstance(name, str)])
    dropped = tuple([factor for factor in done.target if isinstance(factor, Range)])
    return Move(done.rule, record.at, done.result, names, (), dropped, done.products, done.digits)


def collect(form: Form) -> Form:
    """Add the coefficients of terms that are alike, and drop those that vanish."""
    if len(form.terms) == 1 and form.terms[0].coefficient:
        return form
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
