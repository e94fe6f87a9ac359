"""Products of facts: what follows from inequalities that are multiplied with each other.

f >= 0 and g >= 0 give f g >= 0; with a few of those products, linear arithmetic often decides what it cannot decide
alone: s >= 1 and j >= 0 give s j >= 0. Which products help is searched for; the answer is the list of them, so that
whoever checks it multiplies and needs no search (Handelman 1988 on products of linear inequalities).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

from symconv.algebra.budget import Budget
from symconv.algebra.polynomial import ONE, Monomial, Polynomial

Product = tuple[Polynomial, Polynomial]
"""Two polynomials that are not negative, whose product is used as a fact."""

MOST_PRODUCTS = 120
"""At most 120 products are tried at once."""
MOST_DEGREE = 4
"""Products of at most four names are made."""
MOST_WORK = 60_000
"""The simplex method gives up (answers "no contradiction found") after this many steps, or a share of the budget."""


def contradiction(
    facts: Iterable[Polynomial], least: Mapping[str, int], budget: Budget | None = None
) -> tuple[Product, ...] | None:
    """Products with which the facts (each >= 0) contradict each other over the integers; None if none were found.

    ``least`` has the least value of names that have one. The search is paid from the budget.

    >>> s, j = Polynomial.name("s"), Polynomial.name("j")
    >>> contradiction([j, -s * j - 1], {"s": 1})
    ((j, -1 + s),)
    """
    shifts = {name: Polynomial.name(name) + low for name, low in least.items() if low}
    given = list(dict.fromkeys(facts))
    rows = {fact.substitute(shifts): (fact, ONE) for fact in reversed(given)}
    if conflict([*rows], lambda monomial: all(name in least for name in monomial), budget) is not None:
        return ()
    products = {}
    for shifted, by in _products(list(rows), least):
        product = shifted * by
        if product not in rows and product not in products:
            products[product] = (rows[shifted][0], _unshifted(by, least, rows))
    every = [*rows, *products]
    used = conflict(every, lambda monomial: all(name in least for name in monomial), budget)
    return None if used is None else tuple(products[every[at]] for at in used if at >= len(rows))


def _unshifted(by: Polynomial, least: Mapping[str, int], rows: Mapping[Polynomial, Product]) -> Polynomial:
    """What a fact is multiplied by, in the names as they are given."""
    if by in rows:
        return rows[by][0]
    return by.substitute({name: Polynomial.name(name) - least[name] for name in by.names})


def _products(facts: Sequence[Polynomial], least: Mapping[str, int]) -> Iterator[tuple[Polynomial, Polynomial]]:
    """Pairs of a fact and what is not negative, for every product of names that stands in the facts.

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
            for pair in _pairs(monomial, linear, least):
                if pair in seen:
                    continue
                seen.add(pair)
                made = pair[0] * pair[1]
                if max((len(m) for m, _ in made.terms), default=0) > MOST_DEGREE:
                    continue
                yield pair
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

Exact = int | Fraction
"""A number; a whole one is an int, with which Python computes several times as fast."""

Row = dict[int, Exact]
"""A variable that depends on others, as their coefficients."""


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
    rows = [_whole(fact) for fact in facts]
    monomials = sorted({m for row in rows for m in row if m})
    number = {monomial: at for at, monomial in enumerate(monomials)}
    count = len(monomials)
    low: list[int | None] = [0 if has_no_sign(m) else None for m in monomials]
    low += [-row.get((), 0) for row in rows]
    value: list[Exact] = [0] * (count + len(rows))
    basis: dict[int, Row] = {count + at: {number[m]: c for m, c in row.items() if m} for at, row in enumerate(rows)}
    left = MOST_WORK if budget is None else budget.share
    while left > 0:
        steps = sum(map(len, basis.values()))
        left -= steps
        if budget is not None:
            budget.spend(steps)
        broken = min((b for b in basis if (least := low[b]) is not None and value[b] < least), default=None)
        if broken is None:
            return None
        row = basis[broken]
        free = (j for j in sorted(row) if row[j] > 0 or (bound := low[j]) is None or value[j] > bound)
        entering = next(free, None)
        if entering is None:
            multipliers = {broken: 1, **{j: -c for j, c in row.items()}}
            return _seen(rows, {j - count: c for j, c in multipliers.items() if j >= count}, has_no_sign)
        _exchange(basis, value, broken, entering, low[broken])  # type: ignore[arg-type]
    return None


def _whole(fact: Polynomial) -> dict[Monomial, int]:
    """A fact with whole coefficients that have nothing in common, its number rounded down: names are whole."""
    scale = lcm(*(c.denominator for _, c in fact.terms))
    row = {m: int(c * scale) for m, c in fact.terms}
    common = gcd(*(c for m, c in row.items() if m)) or 1
    return {m: c // common for m, c in row.items()}


def _exchange(basis: dict[int, Row], value: list[Exact], leaving: int, entering: int, bound: int) -> None:
    """Move ``leaving`` to its bound by the variable ``entering``, which depends on others from then on."""
    row = basis.pop(leaving)
    coefficient = row.pop(entering)
    inverse = _exact(1 / Fraction(coefficient))
    step = (bound - value[leaving]) * inverse
    value[leaving] = bound
    value[entering] = _exact(value[entering] + step)
    solved = {j: _exact(-c * inverse) for j, c in row.items()}
    solved[leaving] = inverse
    for other, old in basis.items():
        if (times := old.pop(entering, None)) is not None:
            value[other] = _exact(value[other] + times * step)
            for j, c in solved.items():
                if total := old.get(j, 0) + times * c:
                    old[j] = _exact(total)
                else:
                    del old[j]
    basis[entering] = solved


def _exact(number: Exact) -> Exact:
    return number.numerator if number.denominator == 1 else number


def _seen(
    rows: Sequence[Mapping[Monomial, int]], multipliers: Mapping[int, Exact], has_no_sign: Callable[[Monomial], bool]
) -> tuple[int, ...] | None:
    """The numbers of the facts whose sum of multiples is seen to be negative everywhere."""
    total: dict[Monomial, Exact] = {}
    for at, times in multipliers.items():
        for monomial, c in rows[at].items():
            total[monomial] = total.get(monomial, 0) + times * c
    negative = total.pop((), 0) < 0 and all(
        c == 0 or (c < 0 and has_no_sign(monomial)) for monomial, c in total.items()
    )
    if not negative or any(times < 0 for times in multipliers.values()):
        return None
    return tuple(sorted(at for at, times in multipliers.items() if times))
