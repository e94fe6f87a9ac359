"""Sums split into parts, so that two normal forms have the same parts: at a condition, and by residues.

The normal form keeps a sum as it is: a sum over all k, and one over the even and one over the odd k, have the same
value and two normal forms. Where two normal forms differ, the conditions and strides of each are a reason to split the
other. Each split alone keeps the value of a term; which ones are made is only a matter of success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import lcm

from symconv.algebra.assumptions import Assumptions, Floor, Maximum
from symconv.algebra.counting import count, names_in_ranges, telescope, where_bounds_meet, where_multiples_meet
from symconv.algebra.digits import divide_range
from symconv.algebra.floors import cases_of_a_maximum, cases_of_a_size
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Term
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.algebra.products import Product
from symconv.algebra.rules import Application, RuleName, known_facts

LONGEST_WRITTEN_OUT, MOST_TERMS = 16, 400
"""Sums over up to 16 values are written out; in a whole form, if it has at most 400 terms then."""
LARGEST_STRIDE, LARGEST_TOGETHER = 8, 36
"""Sums are split by the residues of numbers up to 8, and again if the stride that comes out is up to 36."""
MOST_CONDITIONS, MOST_COMMON = 12, 4
"""Sums over the same entries are split at up to 12 conditions at once, and of more at the 4 that most of them have."""

Entries = tuple[tuple[Factor, ...], tuple[str, ...]]


def entries_of(term: Term) -> Entries:
    """Everything but the conditions, and the bound names: terms with the same can be parts of one sum.

    The conditions of one are about the bound names of the other, so these must be the same.
    """
    return tuple(factor for factor in term.factors if not _is_condition(factor, term)), term.bound


def _is_condition(factor: Factor, term: Term) -> bool:
    """A range, or a bracket of free names."""
    return isinstance(factor, Range) or (isinstance(factor, Delta) and factor.expression.names.isdisjoint(term.bound))


def _conditions(term: Term) -> Iterator[Polynomial]:
    """What the conditions of a term ask, each question once: whether e >= 0, or whether its opposite holds."""
    for factor in term.factors:
        if not isinstance(factor, Access) and _is_condition(factor, term):
            yield min(_sides(factor.expression))
            if isinstance(factor, Delta):
                yield min(_sides(-factor.expression))


def _sides(condition: Polynomial) -> tuple[Polynomial, Polynomial]:
    """A condition and its opposite: a whole number is at least 0 or at most -1."""
    return condition, -condition - 1


@dataclass(frozen=True)
class Stride:
    """An index of a tensor that is S v + rest, v a bound name, somewhere; and the rests of all its indices there."""

    tensor: str
    axis: int
    size: int
    rest: Polynomial
    rests: tuple[Polynomial, ...] = ()


Remainder = tuple[int, Polynomial]
"""S and e, of a bracket [e = S q + r]."""


Quotient = tuple[Polynomial, ...]
"""S, e and t, of ranges 0 <= e - S q <= t - 1 of a name q; if S is a number times t, all multiples of t below it."""


Asked = Remainder | Quotient | None
"""What asks for a split that does not show in all of its parts."""


@dataclass(frozen=True)
class Splits:
    """Where to split: conditions by the entries of a term, strides and remainders by its tensors' names, short sums."""

    conditions: Mapping[Entries, tuple[Polynomial, ...]] = field(default_factory=dict)
    strides: Mapping[tuple[str, ...], tuple[Stride, ...]] = field(default_factory=dict)
    remainders: Mapping[tuple[str, ...], tuple[Remainder, ...]] = field(default_factory=dict)
    quotients: Mapping[Entries, tuple[Quotient, ...]] = field(default_factory=dict)
    short: bool = False

    @staticmethod
    def between(forms: Iterable[Form], assumptions: Assumptions, floors: bool = False) -> Splits:
        """The splits that normal forms ask for; by the rests of ``floors`` too, which make many parts."""
        conditions: dict[Entries, Counter[Polynomial]] = {}
        counts: dict[Entries, int] = {}
        strides: dict[tuple[str, ...], dict[Stride, None]] = {}
        remainders: dict[tuple[str, ...], dict[Remainder, None]] = {}
        quotients: dict[Entries, dict[Quotient, None]] = {}
        for term in (term for form in forms for term in form):
            found = conditions.setdefault(entries_of(term), Counter())
            counts[entries_of(term)] = counts.get(entries_of(term), 0) + 1
            found.update(_conditions(term))
            strides.setdefault(tensors_of(term), {}).update(dict.fromkeys(_strides(term)))
            of_floors = _remainders_of_floors(term, assumptions) if floors else ()
            remainders.setdefault(tensors_of(term), {}).update(dict.fromkeys((*_remainders(term), *of_floors)))
            for entries, quotient in _quotients(term):
                quotients.setdefault(entries, {})[quotient] = None
        several = {
            entries: tuple(sorted(_most_common(found))) for entries, found in conditions.items() if counts[entries] > 1
        }
        for tensors, found_strides in strides.items():
            remainders.setdefault(tensors, {}).update(dict.fromkeys(_remainders_of_strides(list(found_strides))))
        by_stride = {tensors: tuple(found) for tensors, found in strides.items() if found}
        by_remainder = {tensors: tuple(found) for tensors, found in remainders.items() if found}
        return Splits(several, by_stride, by_remainder, {one: tuple(found) for one, found in quotients.items()}, True)

    def split(self, term: Term, assumptions: Assumptions, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        """The first split of a term that is not ``done``, and of which it is not a part; with what asks for it."""
        written = _written_out(term, assumptions) or cases_of_a_size(term, assumptions) if self.short else None
        if written is not None:
            return written, None
        for stride in self.strides.get(tensors_of(term), ()):
            if (found := _step(term, stride)) is not None:
                return by_residues(term, assumptions, *found), None
        for remainder in self.remainders.get(tensors_of(term), ()):
            if remainder[1].names.isdisjoint(term.bound) and not (remainder in done or remainder in _remainders(term)):
                return by_remainder(term, assumptions, *remainder), remainder
        for quotient in self.quotients.get(entries_of(term), ()):
            size, of, *cuts = quotient
            if (products := _inside(size, cuts, known_facts(term), assumptions)) is not None:
                return split_quotient(term, assumptions, size, of, cuts, products), quotient
            for between in (high - low for low, high in pairwise((ZERO, *cuts, size))):
                if between.names.isdisjoint(term.bound) and _is_open(between, known_facts(term), assumptions):
                    return at_condition(term, between), None
        facts, loose = known_facts(term), names_in_ranges(term)
        maxima = {name for name, one in assumptions.defined if isinstance(one, Maximum)}
        asked = [one for one in self.conditions.get(entries_of(term), ()) if (loose | maxima).isdisjoint(one.names)]
        where = where_bounds_meet(term) if self.short else ()
        still_open = (one for one in (*where, *asked) if _is_open(one, facts, assumptions))
        if (condition := next(still_open, None)) is not None:
            return at_condition(term, condition), None
        if self.short and (counted := count_to_quotients(term, assumptions)) is not None:
            return counted, None
        if self.short and (written := _few_values(term, assumptions)) is not None:
            return written, None
        if asked and tuple(asked) not in done and (more := _implied(term, asked, assumptions)):
            return replace(more[-1], first=more[:-1]), tuple(asked)
        multiples = where_multiples_meet(term, assumptions) if self.short else ()
        if (condition := next((one for one in multiples if _is_open(one, facts, assumptions)), None)) is not None:
            return at_condition(term, condition), None
        greatest = cases_of_a_maximum(term, assumptions) if self.short else None
        return None if greatest is None else (greatest, None)


class _MaximaInIndices:
    """The cases of maxima that indices have: parts of one sum that start at a maximum are alike only in each case."""

    def split(self, term: Term, assumptions: Assumptions, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        """The cases of the last maximum, if an index has one."""
        indices = frozenset[str]().union(*(index.names for _, _, index in _indices(term)))
        if all(indices.isdisjoint([name]) for name, one in assumptions.defined if isinstance(one, Maximum)):
            return None
        found = cases_of_a_maximum(term, assumptions)
        return None if found is None else (found, None)


MAXIMA = _MaximaInIndices()
"""They come before sums are joined, and are not asked for by what differs."""


def _most_common(found: Counter[Polynomial]) -> Iterable[Polynomial]:
    if len(found) <= MOST_CONDITIONS:
        return found
    return sorted(found, key=lambda one: (-found[one], one))[:MOST_COMMON]


def _implied(term: Term, asked: Sequence[Polynomial], assumptions: Assumptions) -> tuple[Application, ...]:
    """The steps that add the conditions of like terms that follow: of all of them, the same ones are dropped then."""
    there = {factor.expression for factor in term.factors if isinstance(factor, Range)}
    sides = (side for one in asked for side in _sides(one) if side not in there)
    more = [one for one in sides if assumptions.products_for(one, known_facts(term)) is not None]
    return with_implied(term, more, assumptions) or ()


def _is_open(condition: Polynomial, facts: tuple[Polynomial, ...], assumptions: Assumptions) -> bool:
    """Whether neither the condition nor its opposite is seen to hold."""
    return all(assumptions.products_for(side, facts) is None for side in _sides(condition))


def with_implied(term: Term, ranges: Sequence[Polynomial], assumptions: Assumptions) -> tuple[Application, ...] | None:
    """The steps that add ranges, each of which follows; None if one does not."""
    steps: list[Application] = []
    for one in ranges:
        if (products := assumptions.products_for(one, known_facts(term))) is None:
            return None
        term = Term.make(term.coefficient, (*term.factors, Range(one)), term.bound)
        steps.append(Application(RuleName.ADD_IMPLIED_RANGE, (Range(one),), (term,), products, (one,)))
    return tuple(steps)


def at_condition(term: Term, condition: Polynomial) -> Application:
    """g = g [e >= 0] + g [-e - 1 >= 0]."""
    parts = tuple(Term.make(term.coefficient, (*term.factors, Range(one)), term.bound) for one in _sides(condition))
    return Application(RuleName.SPLIT, (Range(condition),), parts, (), (condition,))


def by_residues(term: Term, assumptions: Assumptions, name: str, stride: int, start: Polynomial = ZERO) -> Application:
    """sum_v g(v) = sum_{r < S} sum_q g(S q + r + c), for a number S >= 1 and c free of v: S q + r is v - c once."""
    new = term.new_name("q", assumptions.names, start)
    bound = (*(other for other in term.bound if other != name), new)
    step = Polynomial.name(new) * stride + start
    parts = tuple(term.substitute({name: step + rest}, bound) for rest in range(stride))
    digits = (Polynomial.constant(stride), Polynomial.name(new), start)
    return Application(RuleName.RESIDUES, (name,), parts, (), digits)


def by_remainder(term: Term, assumptions: Assumptions, size: int, of: Polynomial) -> Application:
    """g = sum_{r < S} sum_q [e - S q - r = 0] g, for a number S >= 1: every e is S q + r for one q and one r."""
    new = term.new_name("q", assumptions.names, of)
    start = of - Polynomial.name(new) * size
    parts = tuple(
        Term.make(term.coefficient, (*term.factors, Delta.equal(start, ZERO + rest)), (*term.bound, new))
        for rest in range(size)
    )
    digits = (Polynomial.constant(size), Polynomial.name(new), of)
    return Application(RuleName.REMAINDERS, (new,), parts, (), digits)


def split_quotient(
    term: Term,
    assumptions: Assumptions,
    size: Polynomial,
    of: Polynomial,
    cuts: Sequence[Polynomial],
    products: tuple[Product, ...] = (),
) -> Application:
    """g = sum_q [0 <= e - S q <= t - 1] g + sum_q [t <= e - S q <= S - 1] g, S >= 1 and 0 <= t <= S; or more cuts."""
    new = term.new_name("q", assumptions.names, size, of, *cuts)
    rest = of - size * Polynomial.name(new)
    ends = pairwise((ZERO, *cuts, size))
    parts = tuple(
        Term.make(term.coefficient, (*term.factors, Range(rest - low), Range(high - 1 - rest)), (*term.bound, new))
        for low, high in ends
    )
    return Application(RuleName.SPLIT_QUOTIENT, (new,), parts, products, (size, of, Polynomial.name(new), *cuts))


def write_out(
    term: Term, name: str, first: Polynomial, last: Polynomial, products: tuple[Product, ...] = ()
) -> Application:
    """sum_v g(v) = g(a) + .. + g(b), if a <= v <= b wherever g(v) is not 0, and b - a is a number."""
    bound = tuple(other for other in term.bound if other != name)
    values = (first + more for more in range(int((last - first).constant_term) + 1))
    parts = tuple(term.substitute({name: at}, bound) for at in values)
    return Application(RuleName.WRITE_OUT, (name,), parts, products, (first, last))


def _few_values(term: Term, assumptions: Assumptions) -> Application | None:
    """A sum written out whose name is between near ends by products of facts: x[i + n q] for -n <= i < n."""
    facts = known_facts(term)
    for name in term.bound:
        v = Polynomial.name(name)
        if all(fact.coefficient(name).value is not None for fact in facts):
            continue  # its ends are seen without
        for end in (ZERO, *_given_ends(name, term)):
            low = _first_shown(((end + at, v - end - at) for at in NEAR), facts, assumptions)
            high = None if low is None else _first_shown(((end - at, end - v - at) for at in NEAR), facts, assumptions)
            if low is not None and high is not None:
                return write_out(term, name, low[0], high[0], tuple(dict.fromkeys((*low[1], *high[1]))))
    return None


def _given_ends(name: str, term: Term) -> Iterator[Polynomial]:
    """The ends that ranges give a name."""
    for factor in term.factors:
        if isinstance(factor, Range) and (sign := factor.expression.unit(name)):
            end = factor.expression.without(name) * -sign
            if end.value is None and end.names.isdisjoint(term.bound):
                yield end


NEAR = (1, 0, -1, -2)
"""How far from 0, or from a given end, the least value of a name may be, and the greatest with the other sign."""


def _first_shown(
    ends: Iterable[tuple[Polynomial, Polynomial]], facts: tuple[Polynomial, ...], assumptions: Assumptions
) -> tuple[Polynomial, tuple[Product, ...]] | None:
    """The first end of which what it says is not negative, and the products that show it."""
    shown = ((end, assumptions.products_for(wanted, facts)) for end, wanted in ends)
    return next(((end, products) for end, products in shown if products is not None), None)


def with_short_sums_written_out(form: Form) -> Form | None:
    """The form with every sum over few values written as its terms; None if those are too many."""
    waiting, finished = list(form.terms), []
    while waiting:
        term = waiting.pop()
        if (written := _written_out(term, Assumptions())) is None:
            finished.append(term)
        else:
            waiting += written.result
        if len(waiting) + len(finished) > MOST_TERMS:
            return None
    return Form(tuple(finished))


def _written_out(term: Term, assumptions: Assumptions) -> Application | None:
    """The sum over the first bound name that has few values, from one end to another that is a number away."""
    for name in term.bound:
        lows, highs = _ends(term, name, assumptions)
        ends = ((low, high) for low in lows for high in highs)
        lengths = [(length, low, high) for low, high in ends if (length := (high - low).value) is not None]
        if lengths:
            length, low, high = min(lengths)
            if length < LONGEST_WRITTEN_OUT:
                return write_out(term, name, low, high)
    return None


def _ends(term: Term, name: str, assumptions: Assumptions) -> tuple[dict[Polynomial, None], dict[Polynomial, None]]:
    """The values between which a name is held: a of v - a >= 0, b of b - v >= 0, and i - 1 of 2 v + 3 - 2 i >= 0.

    A name of which a bracket says what number it is stands for that, and others for the least that they may be.
    """
    lows: dict[Polynomial, None] = {}
    highs: dict[Polynomial, None] = {}
    settled = dict(_numbers(term))
    for fact in known_facts(term):
        rest, factor = fact.without(name).substitute(settled), fact.coefficient(name).value
        if isinstance(factor, int) and factor:
            size = Polynomial.constant(abs(factor))
            most = _most(rest, assumptions)
            for end in (rest, *([] if most is None else [most])):
                whole = end.whole_quotient(size)  # v + end >= 0, or end - v >= 0, as v is whole
                if (end - whole * size).value is not None:
                    (lows if factor > 0 else highs)[whole * (-1 if factor > 0 else 1)] = None
    return lows, highs


def _numbers(term: Term) -> Iterator[tuple[str, Polynomial]]:
    """Free names of which a bracket says what number they are."""
    for factor in term.factors:
        if isinstance(factor, Delta) and len(factor.expression.names) == 1:
            (name,) = factor.expression.names
            if name not in term.bound and (sign := factor.expression.unit(name)):
                yield name, factor.expression.without(name) * -sign


def _most(expression: Polynomial, assumptions: Assumptions) -> Polynomial | None:
    """The greatest number that an expression may be, if names that have a least number are all that makes it less."""
    least = {name: bound for name, bound in assumptions.bounds.items() if bound >= 0}
    if all(number < 0 and least.keys() >= set(names) for names, number in expression.variable_terms):
        return expression.substitute({name: Polynomial.constant(least[name]) for name in expression.names})
    return None


def tensors_of(term: Term) -> tuple[str, ...]:
    return tuple(sorted(factor.tensor.name for factor in term.factors if isinstance(factor, Access)))


def _strides(term: Term) -> Iterator[Stride]:
    """Indices in which a bound name has a number above 1 as its coefficient, the others being indices themselves."""
    settled = {index.single_name for _, _, index in _indices(term)}
    for tensor, axis, index in _indices(term):
        for names, number in index.terms:
            if len(names) == 1 and names[0] in term.bound and isinstance(number, int):
                size, rest = abs(number), index.without(names[0])
                if 1 < size <= LARGEST_TOGETHER and settled.issuperset(rest.names.intersection(term.bound)):
                    start = Polynomial([(m, c) for m, c in rest.terms if m and c % size])
                    yield Stride(tensor, axis, size, start, _rests(term, tensor, axis))


def _remainders(term: Term) -> Iterator[Remainder]:
    """Brackets [e = S q + r] with a bound name q, a number S and e of free names: S, and e without its number."""
    for factor in term.factors:
        for name in term.bound if isinstance(factor, Delta) else ():
            size, rest = factor.polynomials[0].coefficient(name).value, factor.polynomials[0].without(name)
            if isinstance(size, int) and 1 < abs(size) <= LARGEST_STRIDE and rest.names.isdisjoint(term.bound):
                of = _remainder(rest, abs(size))
                yield from [(abs(size), of)] if of else []


def _remainders_of_strides(strides: Sequence[Stride]) -> Iterator[Remainder]:
    """By what the rests of indices with one stride differ: their parity, say, is not known."""
    for one, other in combinations(strides, 2):
        if (one.tensor, one.axis, one.size) == (other.tensor, other.axis, other.size):
            of = _remainder(one.rest - other.rest, one.size)
            if of and one.size <= LARGEST_STRIDE:
                yield one.size, of


def _remainder(of: Polynomial, size: int) -> Polynomial:
    """Without its number and multiples of S, and the same for its negative, which has the same rests in reverse."""
    both = (Polynomial([(m, sign * int(c) % size) for m, c in of.terms if m]) for sign in (1, -1))
    return min(both, key=lambda one: one.terms)


def _remainders_of_floors(term: Term, assumptions: Assumptions) -> Iterator[Remainder]:
    """S and e of the floors by numbers that a term has, e without its number."""
    for name in term.names & assumptions.definitions.keys():
        one = assumptions.definitions[name]
        if isinstance(one, Floor) and not one.exact and isinstance(size := one.denominator.value, int):
            of = _remainder(one.numerator, size)
            if of and size <= LARGEST_STRIDE:
                yield size, of


def _quotients(term: Term) -> Iterator[tuple[Entries, Quotient]]:
    """Bound names q that only ranges have, as e - S q >= 0 and t - 1 - e + S q >= 0; and the entries without q.

    If S is a number times t, the cuts are t, 2 t, ..
    """
    for name in names_in_ranges(term) - term.coefficient.names:
        ranges = [factor.expression for factor in term.factors if isinstance(factor, Range)]
        held = [one for one in ranges if name in one.names and not one.unit(name)]
        for low, high in permutations(held, 2):
            size, at = -low.coefficient(name), low + high + 1
            is_size = size and size.terms[-1][1] > 0 and size.value != 1
            if is_size and at != size and at.names.isdisjoint(term.bound):
                factors, bound = entries_of(term)
                others = (factors, tuple(one for one in bound if one != name))
                yield others, (size, low.without(name), *_cuts(size, at))


def count_to_quotients(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v c(v) [v >= a] [e - S v >= 0] = sum_q (F(q + 1) - F(a)) [q + 1 >= a] [0 <= e - S q <= S - 1].

    F(v + 1) - F(v) = c(v). That is ``split_quotient`` with one part, in which [e - S v >= 0] is [q - v >= 0], and then
    the sum is counted; so for lower bounds.
    """
    for name in sorted(names_in_ranges(term)):
        steps: list[Application] = []
        part = term
        while (bound := _multiple_in_a_bound(part, name, assumptions)) is not None and len(steps) < 4:
            quotient = split_quotient(part, assumptions, *bound, ())
            divided = divide_range(quotient.result[0], assumptions)
            if divided is None:
                break
            steps += [quotient, divided]
            part = divided.result[0]
        counted = (count(part, assumptions) or telescope(part, assumptions)) if steps else None
        if counted is not None and name in counted.target:
            return replace(counted, first=tuple(steps))
    return None


def _multiple_in_a_bound(term: Term, name: str, assumptions: Assumptions) -> tuple[Polynomial, Polynomial] | None:
    """S and e of a bound e - S v >= 0, if the name has two bounds and is not a quotient itself."""
    bounds = [f.expression for f in term.factors if isinstance(f, Range) and name in f.expression.names]
    sizes = [(one.coefficient(name), one.without(name)) for one in bounds if not one.unit(name)]
    if len(bounds) == 2 and not (len(sizes) == 2 and (sizes[0][1] + sizes[1][1] + 1) in [one for one, _ in sizes]):
        for size, e in sizes:
            is_above = size.terms[-1][1] > 0
            if assumptions.is_positive(size if is_above else -size) and e.names.isdisjoint(term.bound):
                numerator = Floor(-e - 1 if is_above else e, size if is_above else -size).least()
                return (size if is_above else -size), numerator
    return None


def _cuts(size: Polynomial, at: Polynomial) -> tuple[Polynomial, ...]:
    if len(size.terms) == len(at.terms) == 1 and size.terms[0][0] == at.terms[0][0]:
        times = size.terms[0][1] // at.terms[0][1]
        if at * times == size and times <= LARGEST_STRIDE:
            return tuple(at * more for more in range(1, int(times)))
    return (at,)


def _inside(
    size: Polynomial, cuts: Sequence[Polynomial], facts: tuple[Polynomial, ...], assumptions: Assumptions
) -> tuple[Product, ...] | None:
    """Products with which S >= 1 and 0 <= t <= .. <= S follow."""
    shown: list[Product] = []
    for low, high in pairwise((ZERO, *cuts, size)):
        products = assumptions.products_for(high - low, facts) if assumptions.is_positive(size) else None
        if products is None:
            return None
        shown += products
    return tuple(dict.fromkeys(shown))


def _rests(term: Term, tensor: str, axis: int) -> tuple[Polynomial, ...]:
    """What the indices of a tensor on an axis have beside bound names and numbers."""
    indices = (index for name, at, index in _indices(term) if (name, at) == (tensor, axis))
    bound = set(term.bound)
    return tuple(sorted(Polynomial([(m, c) for m, c in index.terms if m and bound.isdisjoint(m)]) for index in indices))


Step = tuple[str, int, Polynomial]
"""A bound name, by how many residues its sum is split, and from where."""


def _step(term: Term, stride: Stride) -> Step | None:
    """The split after which an index is S q + r + rest; of several that by which all have the wanted rests."""
    found = list(_steps(term, stride))
    alike = (one for one in found if _rests(_shifted(term, one), stride.tensor, stride.axis) == stride.rests)
    return next(alike, found[0] if found else None)


def _steps(term: Term, stride: Stride) -> Iterator[Step]:
    for tensor, axis, index in _indices(term):
        if (tensor, axis) == (stride.tensor, stride.axis):
            for name in sorted(set(term.bound) - stride.rest.names):
                number = index.coefficient(name).value
                together = lcm(number, stride.size) if isinstance(number, int) else 0
                if not isinstance(number, int) or not together or together > LARGEST_TOGETHER:
                    continue
                if 1 < (times := together // abs(number)) <= LARGEST_STRIDE:
                    start = (stride.rest - index.without(name)) * Fraction(1, number)
                    if together == stride.size and all(c == int(c) for _, c in start.terms):
                        yield name, times, Polynomial([(m, int(c)) for m, c in start.terms])
                    elif abs(number) > 1:
                        yield name, times, ZERO


def _shifted(term: Term, step: Step) -> Term:
    name, _, start = step
    return term.substitute({name: Polynomial.name(name) + start}) if start else term


def _indices(term: Term) -> Iterator[tuple[str, int, Polynomial]]:
    for factor in term.factors:
        if isinstance(factor, Access):
            for axis, index in enumerate(factor.indices):
                yield factor.tensor.name, axis, index
