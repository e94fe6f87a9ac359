"""The named rules: each rewrites one term into an equal sum of terms, or does not apply.

Every rule here is an equality of functions on Z^r for all values of the free names that satisfy the
assumptions; ``docs/algebra.md`` says why, rule by rule. A rule looks at one term and knows nothing of
where the term came from. Only unit coefficients are ever solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Factor, Range, Term, in_order
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.products import Product


class RuleName(str, Enum):
    """The names of the rules, as reports, notes and theorem files have them.

    The last three are steps of the normal form; the others rewrite one term.
    """

    EVALUATE_BRACKET = "evaluate bracket"
    CANCEL_FACTOR = "cancel factor"
    SIFT = "sift"
    REWRITE_UNDER_BRACKET = "rewrite under bracket"
    DROP_IMPLIED_RANGE = "drop implied range"
    RANGES_THAT_MEET = "ranges that meet"
    EMPTY_RANGE = "empty range"
    ONE_ELEMENT = "one element"
    INDEX_AT_ITS_EDGE = "index at its edge"
    RANGE_AT_ITS_EDGE = "range at its edge"
    DROP_IMPLIED_BRACKET = "drop implied bracket"
    ONLY_VALUE = "only value"
    SPLIT_BRACKET = "split bracket"
    COMBINE_BRACKETS = "combine brackets"
    DIVISORS = "divisors"
    DIVIDE_RANGE = "divide range"
    MULTIPLY_RANGE = "multiply range"
    ONE_QUOTIENT = "one quotient"
    JOIN_DIGITS = "join digits"
    COUNT = "count"
    TELESCOPE = "telescope"
    SPLIT = "split at a condition"
    RESIDUES = "residues"
    REMAINDERS = "split by a remainder"
    SPLIT_QUOTIENT = "split a quotient"
    WRITE_OUT = "write out"
    CASES = "cases of a name"
    GREATEST = "cases of a maximum"
    ADD_IMPLIED_RANGE = "add implied range"
    JOIN = "join at a condition"
    JOIN_RESIDUES = "join residues"
    SPLIT_COEFFICIENT = "split a coefficient"
    ADDS_UP_TO_ONE = "adds up to one"
    BILINEAR = "bilinear identity"
    RE_INDEX = "re-index"
    COLLECT = "collect"
    VANISH = "vanish"

    def __str__(self) -> str:
        return self.value

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)


@dataclass(frozen=True, slots=True)
class Application:
    """A rule applied to a term: its name, what it was applied to, and the terms that replace the term.

    ``products`` are products of facts that its conditions follow with (``algebra/products.py``), and ``digits`` has
    the polynomials of a rule of ``algebra/digits.py``. What is applied ``first`` makes one term of the term each time.
    """

    rule: RuleName
    target: tuple[Factor | str, ...]
    result: tuple[Term, ...]
    products: tuple[Product, ...] = ()
    digits: tuple[Polynomial, ...] = ()
    first: tuple[Application, ...] = ()


Rule = Callable[[Term, Assumptions], Application | None]


def evaluate_brackets(term: Term, assumptions: Assumptions) -> Application | None:
    """[0 = 0] is one; [5 = 0] and [2 a + 1 = 0] are zero; [c e = 0] is [e = 0] for c other than zero."""
    for factor in term.factors:
        if isinstance(factor, Delta):
            if factor.expression.is_primitive:
                continue
            simpler = _divided(factor.expression, assumptions)
            if simpler is None:
                return Application(RuleName.EVALUATE_BRACKET, (factor,), ())
            if not simpler:
                return Application(RuleName.EVALUATE_BRACKET, (factor,), (replaced(term, factor),))
            if simpler != factor.expression:
                divided = Delta.equal(simpler, Polynomial())
                return Application(RuleName.CANCEL_FACTOR, (factor,), (replaced(term, factor, divided),))
        elif isinstance(factor, Range) and (value := factor.expression.value) is not None:
            result = (replaced(term, factor),) if value >= 0 else ()
            return Application(RuleName.EVALUATE_BRACKET, (factor,), result)
    return None


def _divided(expression: Polynomial, assumptions: Assumptions) -> Polynomial | None:
    """The expression without a common factor that cannot be zero; None if it is never zero."""
    if (value := expression.value) is not None:
        return Polynomial() if value == 0 else None
    content = expression.content()
    if expression.constant_term % content:
        return None
    if content > 1:
        expression = Polynomial(tuple((m, c // content) for m, c in expression.terms))
    (first, _), *rest = expression.terms
    for name in sorted(set(first)):
        if all(name in m for m, _ in rest) and assumptions.is_positive(Polynomial.name(name)):
            expression = Polynomial(tuple((_minus_one(m, name), c) for m, c in expression.terms))
    return expression


def _minus_one(monomial: tuple[str, ...], name: str) -> tuple[str, ...]:
    at = monomial.index(name)
    return monomial[:at] + monomial[at + 1 :]


def sift(term: Term, assumptions: Assumptions, order: Sequence[str] = ()) -> Application | None:
    """sum_v f(v) [v = e] = f(e), where v has coefficient 1 or -1 in the bracket and e is free of v.

    A name with any other coefficient is left alone: over the integers s v = e has no solution for
    most e, and f(e / s) would be wrong. Of several names the one that indexes the last tensor in
    ``order`` is solved for.
    """
    return _solved(term, partial(_unit, term=term, order=order), 1)


def sift_all(term: Term, assumptions: Assumptions, order: Sequence[str] = ()) -> Application | None:
    """``sift``, again and again, with all values substituted at once."""
    if assumptions.contractions:  # which may apply after any of them
        return sift(term, assumptions, order)
    return _solved(term, partial(_unit, term=term, order=order), len(term.bound))


Choice = Callable[[Delta, set[str], bool], "str | None"]
"""The summed name that a bracket is solved for, None for none, and "" if it depends on the term as it is by then.

The last argument says whether the term is as it was, nothing substituted yet.
"""


def _unit(bracket: Delta, bound: set[str], is_first: bool, term: Term, order: Sequence[str]) -> str | None:
    units = bound.intersection(bracket.expression.units)
    if len(units) < 2:
        return units.pop() if units else None
    return max(units, key=lambda n: (_place(n, term, order), n)) if is_first else ""


def _solved(term: Term, choose: Choice, most: int) -> Application | None:
    """Brackets solved one after the other, as long as none that changed has to be evaluated first."""
    brackets = [factor for factor in term.factors if isinstance(factor, Delta)]
    bound, values, target = set(term.bound), dict[str, Polynomial](), list[Factor | str]()
    while brackets and len(values) < most:
        for bracket in brackets:
            if (name := choose(bracket, bound, not values)) is not None:
                break
        if not name:
            break
        new = {name: _solution(bracket, name)}
        target += (bracket, name)
        bound.remove(name)
        brackets.remove(bracket)
        values = {old: value.substitute(new) if name in value.names else value for old, value in values.items()} | new
        if changed := [other for other in brackets if name in other.expression.names]:
            others = [other for other in brackets if name not in other.expression.names]
            changed = [other.substitute(new) for other in changed]
            brackets = in_order([*others, *changed])
            if not all([other.expression.is_primitive for other in changed]):
                break
    if not target:
        return None
    factors = [factor.substitute(values) for factor in term.factors if not isinstance(factor, Delta)]
    result = Term.make(term.coefficient.substitute(values), (*factors, *brackets), bound)
    return Application(RuleName.SIFT, tuple(target), (result,))


def one_by_one(application: Application, term: Term) -> Iterator[Application]:
    """The same as rules that solve one bracket each, and then itself if it is any other rule."""
    if application.rule is not RuleName.SIFT or len(application.target) == 2:
        yield application
        return
    for bracket, name in zip(application.target[::2], application.target[1::2]):
        assert isinstance(bracket, Delta) and isinstance(name, str)
        values = {name: _solution(bracket, name)}
        rest = replaced(term, bracket).substitute(values, [other for other in term.bound if other != name])
        yield Application(RuleName.SIFT, (bracket, name), (term := rest,))
    assert term == application.result[0]


def _solution(bracket: Delta, name: str) -> Polynomial:
    rest = bracket.expression.without(name)
    return rest if bracket.expression.units[name] < 0 else -rest


def _place(name: str, term: Term, order: Sequence[str]) -> int:
    """The place in ``order`` of the first tensor that the name alone indexes; past the end if there is none."""
    places = [
        order.index(factor.tensor.name) if factor.tensor.name in order else len(order)
        for factor in term.factors
        if isinstance(factor, Access) and any(index.single_name == name for index in factor.indices)
    ]
    return min(places, default=len(order) + 1)


def rewrite_under_delta(term: Term, assumptions: Assumptions) -> Application | None:
    """f(m) [m = e] = f(e) [m = e] for a free index m with coefficient 1 or -1; the bracket stays."""
    for factor in term.factors:
        if isinstance(factor, Delta):
            candidates = solvable_names(factor, term, assumptions)
            if not candidates:
                continue
            name = max(candidates)
            solution = factor.expression.without(name) * -factor.expression.unit(name)
            rest = replaced(term, factor)
            if name in rest.names:
                rewritten = rest.substitute({name: solution})
                result = Term.make(rewritten.coefficient, (*rewritten.factors, factor), term.bound)
                return Application(RuleName.REWRITE_UNDER_BRACKET, (factor,), (result,))
    return None


def solvable_names(factor: Delta, term: Term, assumptions: Assumptions) -> list[str]:
    """Free names with coefficient 1 or -1 but for sizes and hyper-parameters (which have a lower bound or definition).

    To rewrite those would be as right, but the tensors' shapes and what is assumed have them too.
    """
    fixed = assumptions.bounds.keys() | assumptions.definitions.keys() | set(term.bound)
    return [name for name in factor.expression.names - fixed if factor.expression.unit(name)]


def drop_implied_range(term: Term, assumptions: Assumptions) -> Application | None:
    """[e >= 0] is one wherever the other factors are not zero, so it may be left out.

    Ranges are dropped one after the other, each judged by those that are still there.
    """
    ranges = [factor for factor in term.factors if isinstance(factor, Range)]
    if not ranges:
        return None
    gone = {id(factor) for factor in ranges if assumptions.knows(factor.expression)}
    if len(gone) < len(ranges):
        facts = {factor: tuple(facts_of(factor)) for factor in term.factors if id(factor) not in gone}
        for factor in [factor for factor in ranges if id(factor) not in gone]:
            del facts[factor]
            known = [fact for facts_of_other in facts.values() for fact in facts_of_other]
            if assumptions.implies(factor.expression, known):
                gone.add(id(factor))
            else:
                facts[factor] = (factor.expression,)
    if not gone:
        return None
    dropped = [factor for factor in ranges if id(factor) in gone]
    kept = tuple([factor for factor in term.factors if id(factor) not in gone])
    return Application(RuleName.DROP_IMPLIED_RANGE, tuple(dropped), (Term(term.coefficient, kept, term.bound),))


def drop_range_by_products(term: Term, assumptions: Assumptions) -> Application | None:
    """``drop_implied_range`` for one range that follows with products of facts."""
    for factor in term.factors:
        if isinstance(factor, Range):
            rest = replaced(term, factor)
            products = assumptions.products_for(factor.expression, known_facts(rest))
            if products is not None:
                return Application(RuleName.DROP_IMPLIED_RANGE, (factor,), (rest,), products)
    return None


def meeting_ranges(term: Term, assumptions: Assumptions) -> Application | None:
    """[e >= 0] [-e >= 0] = [e = 0]."""
    later = {factor.expression.terms: factor for factor in term.factors if isinstance(factor, Range)}
    if len(later) < 2:
        return None
    for terms, one in [*later.items()]:
        del later[terms]
        if (other := later.get(tuple([(m, -c) for m, c in terms]))) is not None:
            met = Delta.equal(one.expression, Polynomial())
            return Application(RuleName.RANGES_THAT_MEET, (one, other), (replaced(replaced(term, one), other, met),))
    return None


def empty_range(term: Term, assumptions: Assumptions) -> Application | None:
    """Ranges that cannot all hold, or an index that is outside its box, make the term zero."""
    suspects = tuple([factor for factor in term.factors if isinstance(factor, Range) or _is_numbered(factor)])
    if suspects and assumptions.contradicts(known_facts(term)):
        return Application(RuleName.EMPTY_RANGE, suspects, ())
    return None


def empty_by_products(term: Term, assumptions: Assumptions) -> Application | None:
    """``empty_range`` for ranges that contradict each other with products of facts."""
    suspects = tuple(factor for factor in term.factors if isinstance(factor, Range) or _is_settled(factor, term))
    if suspects and (products := assumptions.products_against(known_facts(term))) is not None:
        return Application(RuleName.EMPTY_RANGE, suspects, (), products)
    return None


def _is_numbered(factor: Factor) -> bool:
    """An access with a number for an index, which may be outside the box."""
    return isinstance(factor, Access) and any([index.value is not None for index in factor.indices])


def _is_settled(factor: Factor, term: Term) -> bool:
    """An access with an index of free names, or a bracket of them: with others it may contradict what is assumed."""
    is_free = any(one.names.isdisjoint(term.bound) for one in factor.polynomials)
    return is_free and (isinstance(factor, Delta) or factor.tensor.shape is not None)  # type: ignore[union-attr]


def known_facts(term: Term) -> tuple[Polynomial, ...]:
    """Polynomials that are not negative wherever the term is not zero."""
    return _all_facts(term.factors)


def _all_facts(factors: Sequence[Factor]) -> tuple[Polynomial, ...]:
    return tuple(fact for factor in factors for fact in facts_of(factor))


def facts_of(factor: Factor) -> Iterator[Polynomial]:
    if isinstance(factor, Range):
        yield factor.expression
    elif isinstance(factor, Delta):
        yield factor.expression
        yield -factor.expression
    elif factor.tensor.shape is not None:
        for index, size in zip(factor.indices, factor.tensor.shape):
            yield index
            yield size - 1 - index


def replaced(term: Term, old: Factor, *new: Factor) -> Term:
    """The term with one occurrence of ``old`` replaced."""
    at = term.factors.index(old)
    return Term.make(term.coefficient, (*term.factors[:at], *new, *term.factors[at + 1 :]), term.bound)


def bilinear_identity(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_l C[i, l] A[l, k] B[l, q] = [q = i + k], for matrices of which that is known."""
    for contraction in assumptions.contractions:
        if (found := contraction.applied(term, assumptions.names)) is not None:
            entries, result = found
            return Application(RuleName.BILINEAR, entries, (result,))
    return None


def simplifying(order: Sequence[str] = (), solve: Callable[..., Application | None] = sift_all) -> tuple[Rule, ...]:
    """Rules that make a term simpler, in the order in which they are tried; ``solve`` is one that sifts."""
    return _simplifying(tuple(order), solve)


@lru_cache(maxsize=64)
def _simplifying(order: tuple[str, ...], solve: Callable[..., Application | None]) -> tuple[Rule, ...]:
    first = (evaluate_brackets, bilinear_identity)
    return (*first, partial(solve, order=order), meeting_ranges, drop_implied_range, rewrite_under_delta)


def apply_first(term: Term, rules: tuple[Rule, ...], assumptions: Assumptions) -> Application | None:
    """What the first rule makes of the term that applies to it; of accesses alone, rules of conditions make nothing."""
    for rule in rules if has_conditions(term) else _without_conditions(rules):
        if (found := rule(term, assumptions)) is not None:
            return found
    return None


def has_conditions(term: Term) -> bool:
    """Whether it has a bracket or a range, which come last among the factors."""
    return bool(term.factors) and not isinstance(term.factors[-1], Access)


@lru_cache(maxsize=64)
def _without_conditions(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Those of the rules that may apply to a term of accesses alone."""
    return tuple([rule for rule in rules if getattr(rule, "func", rule) not in OF_CONDITIONS])


def rename_by_delta(term: Term, assumptions: Assumptions) -> Application | None:
    """Sift only brackets that rename a bound index; differentiating with respect to T[m] leaves such brackets."""
    return _solved(term, _renamed, len(term.bound))


def _renamed(bracket: Delta, bound: set[str], is_first: bool) -> str | None:
    """The bound name v that a bracket [v = u] or [v = 3] only renames, primed names first."""
    if len(bracket.expression.terms) > 2:
        return None
    units = bound.intersection(bracket.expression.units)
    for name in sorted(units, key=lambda n: (n.count("'"), n), reverse=True):
        solution = _solution(bracket, name)
        if solution.value is not None or solution.single_name:
            return name
    return None


OF_CONDITIONS = frozenset(
    (
        evaluate_brackets, sift, sift_all, meeting_ranges, drop_implied_range, drop_range_by_products,
        rewrite_under_delta, rename_by_delta,
    )
)  # fmt: skip
"""Rules that apply only to terms with a bracket or a range."""
