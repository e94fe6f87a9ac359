"""Products of facts: what follows from inequalities that are multiplied with each other.

f >= 0 and g >= 0 give f g >= 0; with a few of those products, linear arithmetic often decides what it cannot decide
alone: s >= 1 and j >= 0 give s j >= 0. Which products help is searched for; the answer is the list of them, so that
whoever checks it multiplies and needs no search (Handelman 1988 on products of linear inequalities).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, lcm

from symconv.algebra.budget import Budget
from symconv.algebra.polynomial import ONE, Monomial, Polynomial

Product = tuple[Polynomial, Polynomial]
"""Two polynomials that are not negative, whose product is used as a fact."""

MOST_PRODUCTS = 120
"""At most 120 products are tried at once."""
MOST_DEGREE = 4
"""Products of at most four names are made."""
SEARCH, PRODUCT, NUMBERS = 200, 20, 8
"""What a search takes of a budget, and a product that it makes; of a table eight numbers take a step."""
MOST_WORK = 10_000
"""The simplex method gives up (answers "no contradiction found") after this many steps, or a share of the budget."""


class Ready:
    """Facts as the search has them, each made ready once: the same ones are asked about again and again.

    Args:
        least: the least value of names that have one.
    """

    def __init__(self, least: Mapping[str, int]) -> None:
        self.least = least
        self._shifts = {name: Polynomial.name(name) + low for name, low in least.items() if low}
        self._shifted: dict[Polynomial, Polynomial] = {}
        self._whole: dict[Polynomial, WholeFact] = {}
        self._products: dict[tuple[Polynomial, Polynomial], Polynomial] = {}

    def shifted(self, fact: Polynomial) -> Polynomial:
        """Every name with a least value written as that value plus something not negative."""
        if (known := self._shifted.get(fact)) is None:
            known = self._shifted[fact] = fact.substitute(self._shifts)
        return known

    def whole(self, fact: Polynomial) -> WholeFact:
        """Its coefficients, as whole numbers."""
        if (known := self._whole.get(fact)) is None:
            known = self._whole[fact] = _whole(fact)
        return known

    def product(self, one: Polynomial, other: Polynomial) -> Polynomial:
        """The product of two facts."""
        if (known := self._products.get((one, other))) is None:
            known = self._products[one, other] = one * other
        return known

    def has_no_sign(self, monomial: Monomial) -> bool:
        """Whether a product of names, shifted, is never negative."""
        return all([name in self.least for name in monomial])


def contradiction(
    facts: Iterable[Polynomial], least: Mapping[str, int], budget: Budget | None = None, ready: Ready | None = None
) -> tuple[Product, ...] | None:
    """Products with which the facts (each >= 0) contradict each other over the integers; None if none were found.

    ``least`` has the least value of names that have one; of ``ready`` they are those. The search is paid from the
    budget.

    >>> s, j = Polynomial.name("s"), Polynomial.name("j")
    >>> contradiction([j, -s * j - 1], {"s": 1})
    ((j, -1 + s),)
    """
    if budget is not None:
        budget.spend(SEARCH)
    ready = ready or Ready(least)
    given = list(dict.fromkeys(facts))
    rows = {ready.shifted(fact): (fact, ONE) for fact in reversed(given)}
    whole = [ready.whole(row) for row in rows]
    if _conflict(whole, ready.has_no_sign, budget) is not None:
        return ()
    products: dict[Polynomial, tuple[Polynomial, Polynomial]] = {}
    for product, pair in _products(list(rows), ready):
        if budget is not None:
            budget.spend(PRODUCT)
        if product not in rows:
            products.setdefault(product, pair)
    used = _conflict([*whole, *map(ready.whole, products)], ready.has_no_sign, budget)
    if used is None:
        return None
    pairs = [*products.values()]
    found = (pairs[at - len(rows)] for at in used if at >= len(rows))
    return tuple([(rows[shifted][0], _unshifted(by, least, rows)) for shifted, by in found])


def _unshifted(by: Polynomial, least: Mapping[str, int], rows: Mapping[Polynomial, Product]) -> Polynomial:
    """What a fact is multiplied by, in the names as they are given."""
    if by in rows:
        return rows[by][0]
    return by.substitute({name: Polynomial.name(name) - least[name] for name in by.names})


def _products(facts: Sequence[Polynomial], ready: Ready) -> Iterator[tuple[Polynomial, tuple[Polynomial, Polynomial]]]:
    """Products of a fact and what is not negative, for every product of names that stands in the facts.

    A fact with the name n, times the other names of a product that has n, brings in that product; so do the products
    that such pairs bring in, three times over.
    """
    linear: dict[str, list[Polynomial]] = {}
    for fact in facts:
        for monomial, _ in fact.terms:
            if len(monomial) == 1:
                linear.setdefault(monomial[0], []).append(fact)
    wanted = {monomial for fact in facts for monomial, _ in fact.terms if len(monomial) > 1}
    seen: set[tuple[Polynomial, Polynomial]] = set()
    count = 0
    for _ in range(3):
        more: set[Monomial] = set()
        for monomial in sorted(wanted):
            for pair in _pairs(monomial, linear, ready.least):
                if pair in seen:
                    continue
                seen.add(pair)
                made = ready.product(*pair)
                if max((len(m) for m, _ in made.terms), default=0) > MOST_DEGREE:
                    continue
                yield made, pair
                count += 1
                if count >= MOST_PRODUCTS:
                    return
                more.update(m for m, _ in made.terms if len(m) > 1)
        if more <= wanted:
            return
        wanted |= more


def _pairs(
    monomial: Monomial, linear: Mapping[str, list[Polynomial]], least: Mapping[str, int]
) -> Iterator[tuple[Polynomial, Polynomial]]:
    for at, name in enumerate(monomial):
        rest = (*monomial[:at], *monomial[at + 1 :])
        if all(other in least for other in rest):
            by = Polynomial(((rest, 1),))
            yield from ((fact, by) for fact in linear.get(name, ()))
        elif len(rest) == 1 and name not in least:
            yield from ((fact, by) for fact in linear.get(name, ()) for by in linear.get(rest[0], ()) if not by < fact)


# -- the simplex method --------------------------------------------------------------------------------


def conflict(
    facts: Sequence[Polynomial], has_no_sign: Callable[[Monomial], bool], budget: Budget | None = None
) -> tuple[int, ...] | None:
    """The numbers of facts (each >= 0) that contradict each other; None if the search finds no contradiction.

    Every product of names is a variable, not negative if ``has_no_sign`` says so. This is the simplex method for
    bounds (Dutertre and de Moura, "A fast linear-arithmetic solver for DPLL(T)", 2006) with Bland's rule, in fractions:
    a variable below its bound is raised by another that can still move; if none can, the row that says so is the
    contradiction, a sum of positive multiples of facts. That sum is made once more and looked at.

    >>> n, k = Polynomial.name("n"), Polynomial.name("k")
    >>> conflict([n - k, k - 5, 3 - n], lambda monomial: False)
    (0, 1, 2)
    """
    return _conflict([*map(_whole, facts)], has_no_sign, budget)


WholeFact = Mapping[Monomial, int]
"""A fact as its coefficients, whole numbers with nothing in common."""


def _whole(fact: Polynomial) -> WholeFact:
    """A fact with whole coefficients that have nothing in common, its number rounded down: names are whole."""
    terms = fact.terms
    if not all([type(c) is int for _, c in terms]):
        scale = lcm(*(c.denominator for _, c in terms))
        terms = tuple([(m, int(c * scale)) for m, c in terms])
    common = gcd(*[int(c) for m, c in terms if m]) or 1
    return dict(terms) if common == 1 else {m: int(c) // common for m, c in terms}  # type: ignore[arg-type]


@dataclass(slots=True)
class _Row:
    """A variable that depends on others: its value, and coefficients by their numbers, all by one denominator > 0."""

    above: dict[int, int]
    below: int
    value: int

    def shorten(self) -> None:
        if self.below != 1 and (common := gcd(self.below, self.value, *self.above.values())) != 1:
            self.above = {j: c // common for j, c in self.above.items()}
            self.below //= common
            self.value //= common


def _conflict(
    rows: Sequence[WholeFact], has_no_sign: Callable[[Monomial], bool], budget: Budget | None
) -> tuple[int, ...] | None:
    """The same for facts as their coefficients.

    Variables that others depend on stand at whole numbers, so that nothing but whole numbers is computed with.
    """
    monomials = sorted({m for row in rows for m in row if m})
    number = {monomial: at for at, monomial in enumerate(monomials)}
    count = len(monomials)
    low: list[int | None] = [0 if has_no_sign(m) else None for m in monomials]
    low += [-row.get((), 0) for row in rows]
    free: dict[int, int] = dict.fromkeys(range(count), 0)
    basis = {count + at: _Row({number[m]: c for m, c in row.items() if m}, 1, 0) for at, row in enumerate(rows)}
    left = MOST_WORK if budget is None else budget.share
    while left > 0:
        steps = 1 + sum([len(row.above) for row in basis.values()]) // NUMBERS
        left -= steps
        if budget is not None:
            budget.spend(steps)
        broken = min(
            [b for b, row in basis.items() if (least := low[b]) is not None and row.value < least * row.below],
            default=None,
        )
        if broken is None:
            return None
        above = basis[broken].above
        movable = (j for j in sorted(above) if above[j] > 0 or (bound := low[j]) is None or free[j] > bound)
        entering = next(movable, None)
        if entering is None:
            multipliers = {broken: basis[broken].below, **{j: -c for j, c in above.items()}}
            return _seen(rows, {j - count: c for j, c in multipliers.items() if j >= count}, has_no_sign)
        _exchange(basis, free, broken, entering, low[broken])  # type: ignore[arg-type]
    return None


def _exchange(basis: dict[int, _Row], free: dict[int, int], leaving: int, entering: int, bound: int) -> None:
    """Move ``leaving`` to its bound by the variable ``entering``, which depends on others from then on."""
    row = basis.pop(leaving)
    coefficient = row.above.pop(entering)
    was = free.pop(entering)
    free[leaving] = bound
    sign = 1 if coefficient > 0 else -1
    solved = {j: -sign * c for j, c in row.above.items()}
    solved[leaving] = sign * row.below
    new = _Row(solved, abs(coefficient), sum([c * free[j] for j, c in solved.items()]))
    new.shorten()
    for other in basis.values():
        if (times := other.above.pop(entering, None)) is not None:
            below = new.below
            above = {j: c * below for j, c in other.above.items()} if below != 1 else other.above
            for j, c in new.above.items():
                if total := above.get(j, 0) + times * c:
                    above[j] = total
                else:
                    del above[j]
            other.value = (other.value - times * was) * below + times * new.value
            other.above = above
            other.below *= below
            other.shorten()
    basis[entering] = new


def _seen(
    rows: Sequence[WholeFact], multipliers: Mapping[int, int], has_no_sign: Callable[[Monomial], bool]
) -> tuple[int, ...] | None:
    """The numbers of the facts whose sum of multiples is seen to be negative everywhere."""
    total: dict[Monomial, int] = {}
    for at, times in multipliers.items():
        for monomial, c in rows[at].items():
            total[monomial] = total.get(monomial, 0) + times * c
    negative = total.pop((), 0) < 0 and all(
        c == 0 or (c < 0 and has_no_sign(monomial)) for monomial, c in total.items()
    )
    if not negative or any(times < 0 for times in multipliers.values()):
        return None
    return tuple(sorted(at for at, times in multipliers.items() if times))
