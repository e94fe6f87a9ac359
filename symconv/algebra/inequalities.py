"""Linear arithmetic: what follows from inequalities e >= 0 over the rationals.

Every product of names is a variable of its own, so an answer of "it follows" is sound, and incomplete where
products interact. A name with a least value is written as that value plus something not negative (*shifted*).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd, lcm

from symconv.algebra.polynomial import Coefficient, Monomial, Polynomial

FACT = 40
"""About how many steps elimination takes for an inequality."""
MAXIMUM_CONSTRAINTS = 120
"""Fourier-Motzkin elimination gives up (answers "not infeasible") past this many inequalities."""


class Inequalities:
    """Decides whether inequalities can all hold, for names with the given least values.

    What has been found is kept: a proof asks for the same few polynomials, and the same few sets of them, again
    and again.

    >>> n, k = Polynomial.name("n"), Polynomial.name("k")
    >>> Inequalities({"n": 1}).infeasible([k - n, -k])
    True
    """

    def __init__(self, least: Mapping[str, int]) -> None:
        self.least = least
        self._shifts = {name: Polynomial.name(name) + bound for name, bound in least.items() if bound}
        self._shifted: dict[Polynomial, Polynomial] = {}
        self._monomials: dict[Polynomial, frozenset[Monomial]] = {}
        self._decided: dict[frozenset[Polynomial], bool] = {}
        self.worked = 0

    def implied(self, polynomial: Polynomial, facts: Iterable[Polynomial]) -> bool:
        """Whether polynomial >= 0 follows from the facts (each >= 0)."""
        wanted = self._shift(polynomial)
        if all(c > 0 and self._has_no_sign(m) for m, c in wanted.terms):
            return True
        return self._group_infeasible(self._connected(-wanted - 1, list(map(self._shift, facts))))

    def infeasible(self, facts: Iterable[Polynomial]) -> bool:
        """Whether the facts (each >= 0) cannot all hold."""
        facts = [*dict.fromkeys(facts)]
        if all([self._at_least_values(fact) >= 0 for fact in facts]):
            return False
        waiting = list(dict.fromkeys(map(self._shift, facts)))
        while waiting:  # facts that share no product of names do not touch each other
            group = self._connected(waiting[0], waiting[1:])
            if self._group_infeasible(group):
                return True
            waiting = [fact for fact in waiting if fact not in group]
        return False

    def _shift(self, polynomial: Polynomial) -> Polynomial:
        """Every name with a least value written as that value plus something not negative."""
        known = self._shifted.get(polynomial)
        if known is None:
            known = self._shifted[polynomial] = polynomial.substitute(self._shifts)
        return known

    def _at_least_values(self, polynomial: Polynomial) -> Coefficient:
        """The value at the least number of every name, 0 if it has none."""
        total: Coefficient = 0
        for monomial, number in polynomial.terms:
            for name in monomial:
                number *= self.least.get(name, 0)
            total += number
        return total

    def _has_no_sign(self, monomial: Monomial) -> bool:
        """Whether a product, shifted, is never negative."""
        return all(name in self.least for name in monomial)

    def _connected(self, start: Polynomial, facts: Sequence[Polynomial]) -> frozenset[Polynomial]:
        """``start`` and the facts that share a product of names with it, directly or through others."""
        connected = [start]
        reached = set(self._products(start))
        waiting = [(fact, self._products(fact)) for fact in facts]
        while touching := [pair for pair in waiting if not reached.isdisjoint(pair[1])]:
            waiting = [pair for pair in waiting if reached.isdisjoint(pair[1])]
            for fact, products in touching:
                connected.append(fact)
                reached |= products
        return frozenset(connected)

    def _products(self, polynomial: Polynomial) -> frozenset[Monomial]:
        known = self._monomials.get(polynomial)
        if known is None:
            known = self._monomials[polynomial] = frozenset([m for m, _ in polynomial.terms if m])
        return known

    def _group_infeasible(self, group: frozenset[Polynomial]) -> bool:
        known = self._decided.get(group)
        if known is None:
            known = self._decided[group] = self._alone(*group) if len(group) == 1 else self._together(group)
        return known

    def _alone(self, fact: Polynomial) -> bool:
        """Whether one inequality cannot hold: its products are never negative, and none of them helps."""
        return fact.constant_term < 0 and all(c < 0 and self._has_no_sign(m) for m, c in fact.variable_terms)

    def _together(self, group: frozenset[Polynomial]) -> bool:
        if _hold_at_least_values(group):
            return False
        products = frozenset().union(*map(self._products, group))
        facts = [*group, *(Polynomial(((m, 1),)) for m in products if self._has_no_sign(m))]
        self.worked += FACT * len(facts)
        return eliminate(facts)


def _hold_at_least_values(facts: Iterable[Polynomial]) -> bool:
    """Whether shifted facts all hold where every name is 0, so that they do not contradict each other."""
    return all([fact.constant_term >= 0 for fact in facts])


Row = tuple[tuple[Monomial, int], ...]
"""The part of an inequality with names: coefficients of products, in order."""


def eliminate(inequalities: Iterable[Polynomial]) -> bool:
    """Fourier-Motzkin: True where the inequalities (each >= 0) are infeasible over the rationals.

    ``rows`` has the least constant of all inequalities with the same names, which is the strongest of them.
    """
    rows: dict[Row, int] = {}
    for inequality in inequalities:
        scale = lcm(*(c.denominator for _, c in inequality.terms))
        _add(rows, {m: int(c * scale) for m, c in inequality.terms})
    while True:
        if rows.get((), 0) < 0:
            return True
        counts = _signs(rows)
        if one_sided := {m for m, (negative, positive) in counts.items() if not negative or not positive}:
            rows = {row: constant for row, constant in rows.items() if not any(m in one_sided for m, _ in row)}
            continue
        if not counts or len(rows) > MAXIMUM_CONSTRAINTS:
            return False
        variable = min(counts, key=lambda m: (counts[m][0] * counts[m][1] - sum(counts[m]), m))
        rows = _without(variable, rows)


def _signs(rows: Mapping[Row, int]) -> dict[Monomial, list[int]]:
    """How often every product has a negative and a positive coefficient."""
    counts: dict[Monomial, list[int]] = {}
    for row in rows:
        for monomial, coefficient in row:
            counts.setdefault(monomial, [0, 0])[coefficient > 0] += 1
    return counts


def _without(variable: Monomial, rows: Mapping[Row, int]) -> dict[Row, int]:
    """The inequalities that follow without the variable: each lower bound of it with each upper bound."""
    rest: dict[Row, int] = {}
    lower: list[tuple[int, dict[Monomial, int]]] = []
    upper: list[tuple[int, dict[Monomial, int]]] = []
    for row, constant in rows.items():
        inequality = {**dict(row), (): constant}
        coefficient = inequality.pop(variable, 0)
        if not coefficient:
            rest[row] = constant
        else:
            (lower if coefficient > 0 else upper).append((abs(coefficient), inequality))
    for a, low in lower:
        for b, high in upper:
            _add(rest, {m: b * low.get(m, 0) + a * high.get(m, 0) for m in low.keys() | high.keys()})
    return rest


def _add(rows: dict[Row, int], inequality: Mapping[Monomial, int]) -> None:
    """Take in an inequality, divided by what all its coefficients have in common."""
    common = gcd(*inequality.values()) or 1
    row = tuple(sorted([(m, c // common) for m, c in inequality.items() if c and m]))
    constant = inequality.get((), 0) // common
    if row not in rows or constant < rows[row]:
        rows[row] = constant
