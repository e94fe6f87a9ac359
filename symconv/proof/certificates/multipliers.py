"""Multipliers for facts of linear arithmetic, so that a checker multiplies and does not search.

A certificate shows that rows (polynomials, each >= 0) contradict each other: it makes more rows, sums with multipliers
that are not negative and products, until a row is a negative number. It is found by Fourier-Motzkin elimination that
remembers where each row is from. ``checker.v`` says what each line means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

from symconv.algebra import products
from symconv.algebra.polynomial import Polynomial

Monomial: TypeAlias = "tuple[int, ...]"
Poly: TypeAlias = "dict[Monomial, int]"
"""Names are numbers here, from 1."""
Pair: TypeAlias = "tuple[Poly, Poly]"

MOST_ROWS = 400


@dataclass(frozen=True)
class Sum:
    """A sum of rows with multipliers, divided by a number."""

    rows: tuple[tuple[int, int], ...]
    divisor: int = 1


@dataclass(frozen=True)
class Product:
    """The product of two rows."""

    one: int
    other: int


@dataclass(frozen=True)
class Multiple:
    """A row times any polynomial, if its negative is a row too."""

    by: tuple[tuple[Monomial, int], ...]
    row: int
    negative: int


Line: TypeAlias = "Sum | Product | Multiple"


@dataclass(frozen=True)
class Certificate:
    """Facts shown on the way, each by lines that contradict its negation, and the lines of the contradiction."""

    lemmas: tuple[tuple[tuple[tuple[Monomial, int], ...], tuple[Line, ...]], ...]
    lines: tuple[Line, ...]


# -- polynomials -----------------------------------------------------------------------------------------


def clean(p: Mapping[Monomial, int]) -> Poly:
    return {key: value for key, value in p.items() if value}


def add(p: Poly, q: Poly, times: int = 1) -> Poly:
    result = dict(p)
    for key, value in q.items():
        result[key] = result.get(key, 0) + times * value
    return clean(result)


def mul(p: Poly, q: Poly) -> Poly:
    result: Poly = {}
    for a, x in p.items():
        for b, y in q.items():
            key = tuple(sorted(a + b))
            result[key] = result.get(key, 0) + x * y
    return clean(result)


def const(number: int) -> Poly:
    return {(): number} if number else {}


def var(name: int) -> Poly:
    return {(name,): 1}


def negated(p: Poly) -> Poly:
    return add(const(-1), p, -1)


def substitute(p: Poly, values: Mapping[int, Poly]) -> Poly:
    result: Poly = {}
    for key, value in p.items():
        made = {tuple(n for n in key if n not in values): value}
        for n in key:
            made = mul(made, values[n]) if n in values else made
        result = add(result, made)
    return result


# -- elimination -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Node:
    """Where a row is from: given at a place, a product of names with their least values, or a sum of others."""

    given: int = -1
    names: Monomial = ()
    sum_of: tuple[tuple[int, _Node], ...] = ()
    divisor: int = 1


_Kept: TypeAlias = "dict[tuple[tuple[Monomial, int], ...], tuple[int, _Node]]"


def contradiction(rows: Sequence[Poly], least: Mapping[int, tuple[int, int]], start: int) -> tuple[Line, ...] | None:
    """Lines that make a negative number of the rows, or None.

    Args:
        rows: each is >= 0.
        least: of names that have a least value, that and the place of the row that says so.
        start: how many rows at the beginning must be used: others count if they share products of names with these.
    """
    shifts = {n: add(var(n), const(low)) for n, (low, _) in least.items() if low}
    shifted = [substitute(row, shifts) for row in rows]
    places = _connected(shifted, start)
    found = [(shifted[at], _Node(given=at)) for at in places]
    names = sorted({key for at in places for key in shifted[at] if key})
    found += [({key: 1}, _Node(names=key)) for key in names if all(n in least for n in key)]
    end = _infeasible(found)
    return None if end is None else _lines(end, len(rows), least)


def _connected(rows: Sequence[Poly], start: int) -> list[int]:
    reached = {key for p in rows[:start] for key in p if key}
    places, others = list(range(min(start, len(rows)))), list(range(start, len(rows)))
    while near := [at for at in others if not reached.isdisjoint(rows[at])]:
        others = [at for at in others if at not in near]
        places += near
        reached.update(key for at in near for key in rows[at] if key)
    return places


def _infeasible(found: Iterable[tuple[Poly, _Node]]) -> _Node | None:
    kept = _reduced(found)
    while True:
        if () in kept and kept[()][0] < 0:
            return kept[()][1]
        counts: dict[Monomial, list[int]] = {}
        for row in kept:
            for key, value in row:
                counts.setdefault(key, [0, 0])[value > 0] += 1
        if not counts or len(kept) > MOST_ROWS:
            return None
        key = min(counts, key=lambda key: (counts[key][0] * counts[key][1] - sum(counts[key]), key))
        kept = _reduced(_eliminated(key, kept))


def _eliminated(key: Monomial, kept: _Kept) -> Iterator[tuple[Poly, _Node]]:
    both = [({**dict(row), (): constant}, node) for row, (constant, node) in kept.items()]
    yield from ((p, node) for p, node in both if key not in p)
    for a, one in both:
        for b, other in both if a.get(key, 0) > 0 else ():
            if b.get(key, 0) < 0:
                common = gcd(a[key], b[key])
                x, y = -b[key] // common, a[key] // common
                mixed = {k: x * v for k, v in a.items()}
                for k, v in b.items():
                    mixed[k] = mixed.get(k, 0) + y * v
                yield mixed, _Node(sum_of=((x, one), (y, other)))


def _reduced(found: Iterable[tuple[Poly, _Node]]) -> _Kept:
    kept: _Kept = {}
    for p, node in found:
        common = gcd(*(value for key, value in p.items() if key)) or 1
        row = tuple(sorted((key, value // common) for key, value in p.items() if key and value))
        constant = p.get((), 0) // common
        if row not in kept or constant < kept[row][0]:
            if common > 1:
                node = _Node(sum_of=node.sum_of or ((1, node),), divisor=common)
            kept[row] = (constant, node)
    return kept


def _lines(end: _Node, count: int, least: Mapping[int, tuple[int, int]]) -> tuple[Line, ...]:
    """The lines that make the last node, in order; rows are numbered from ``count`` on."""
    lines: list[Line] = []
    places: dict[int, int] = {}
    made: dict[Monomial, int] = {}

    def product(names: Monomial) -> int:
        if len(names) == 1:
            return least[names[0]][1]
        if names not in made:
            lines.append(Product(product(names[:-1]), least[names[-1]][1]))
            made[names] = count + len(lines) - 1
        return made[names]

    def place(node: _Node) -> int:
        if node.given >= 0:
            return node.given
        if node.names:
            return product(node.names)
        if id(node) not in places:
            rows = tuple((times, place(one)) for times, one in node.sum_of)
            lines.append(Sum(rows, node.divisor))
            places[id(node)] = count + len(lines) - 1
        return places[id(node)]

    at = place(end)
    if at != count + len(lines) - 1 or not lines:
        lines.append(Sum(((1, at),)))
    return tuple(lines)


# -- what follows from given rows ----------------------------------------------------------------------------


class Arithmetic:
    """Facts that hold for all terms: their rows come after those of a term."""

    def __init__(self, facts: Sequence[Poly]) -> None:
        self.facts = list(facts)
        self.least: dict[int, int] = {}
        self.places: dict[int, int] = {}
        for at, fact in enumerate(facts):
            names = [key for key in fact if key]
            if len(names) == 1 and len(names[0]) == 1 and fact[names[0]] == 1:
                (n,), low = names[0], -fact.get((), 0)
                if low > self.least.get(n, low - 1):
                    self.least[n], self.places[n] = low, at

    def rows(self, conditions: Sequence[Poly], goal: Poly | None) -> tuple[list[Poly], dict[int, tuple[int, int]]]:
        first = [] if goal is None else [negated(goal)]
        rows = [*first, *conditions, *self.facts]
        start = len(first) + len(conditions)
        return rows, {n: (low, start + self.places[n]) for n, low in self.least.items()}

    def follows(
        self,
        goal: Poly | None,
        conditions: Sequence[Poly],
        brackets: Sequence[Poly],
        pairs: Sequence[Pair] = (),
        search: bool = True,
    ) -> Certificate | None:
        """Why goal >= 0 where the conditions hold, or why they contradict each other (no goal); None if not found.

        ``conditions`` begins with e and -e for each bracket e. ``pairs`` are facts to multiply with each other; if
        they do not help, others are looked for, unless ``search`` says no.
        """
        rows, least = self.rows(conditions, goal)
        if goal is not None and (lines := self._near(goal, rows, brackets)) is not None:
            return Certificate((), lines)
        start = 1 if goal is not None else max(1, len(conditions))
        found = self._with_products(rows, least, pairs, start)
        if found is None and search:
            found = self._with_products(rows, least, self._search(rows), start)
        if found is None and goal is not None:
            found = self._with_products(rows, least, pairs, len(rows) - len(self.facts))
        return found

    def _near(self, goal: Poly, rows: Sequence[Poly], brackets: Sequence[Poly]) -> tuple[Line, ...] | None:
        """If the goal is a row plus a number that is not negative, perhaps up to multiples of brackets."""
        for at, row in enumerate(rows[1:], 1):
            rest = add(goal, row, -1)
            if set(rest) <= {()} and rest.get((), 0) >= 0:
                return (Sum(((1, 0), (1, at))),)
        if set(goal) <= {()}:
            return (Sum(((1, 0),)),) if goal.get((), 0) >= 0 else None
        for at in range(len(rows)) if brackets else ():
            rest = add(goal, rows[at], -1) if at else goal
            used = multiples(rest, brackets, at_least=True)
            if used is not None:
                lines = [Multiple(tuple(sorted(m.items())), 1 + 2 * e, 2 + 2 * e) for e, m in used]
                made = [(1, len(rows) + number) for number in range(len(lines))]
                return (*lines, Sum(((1, 0), *(((1, at),) if at else ()), *made)))
        return None

    def _with_products(
        self, rows: list[Poly], least: Mapping[int, tuple[int, int]], pairs: Sequence[Pair] | None, start: int
    ) -> Certificate | None:
        if pairs is None:
            return None
        lemmas: list[tuple[Poly, tuple[Line, ...]]] = []
        more = list(rows)

        def place(p: Poly) -> int | None:
            if p in more:
                return more.index(p)
            inner = [negated(p), *more]
            lines = contradiction(inner, {n: (low, at + 1) for n, (low, at) in least.items()}, 1)
            if lines is None:
                lines = contradiction(inner, {n: (low, at + 1) for n, (low, at) in least.items()}, len(inner))
            if lines is None:
                return None
            lemmas.append((p, lines))
            more.append(p)
            return len(more) - 1

        places = [(place(p), place(q)) for p, q in pairs]
        made = [Product(one, other) for one, other in places if one is not None and other is not None]
        every = [*more, *(mul(more[line.one], more[line.other]) for line in made)]
        order = [*range(start), *range(len(more), len(every)), *range(start, len(more))]
        back = {at: place for place, at in enumerate(order)}
        lines = contradiction(
            [every[at] for at in order], {n: (low, back[at]) for n, (low, at) in least.items()}, start
        )
        if lines is None:
            return None
        moved = [_moved(line, order, len(every)) for line in lines]
        return Certificate(tuple((tuple(sorted(p.items())), by) for p, by in lemmas), (*made, *moved))

    def _search(self, rows: Sequence[Poly]) -> list[Pair] | None:
        """Products with which the rows contradict each other."""

        def polynomial(p: Poly) -> Polynomial:
            return Polynomial(tuple((tuple(f"{n:06}" for n in key), value) for key, value in p.items()))

        def back(p: Polynomial) -> Poly:
            return {tuple(int(n) for n in key): int(value) for key, value in p.terms}

        found = products.contradiction(map(polynomial, rows), {f"{n:06}": low for n, low in self.least.items()})
        return None if found is None else [(back(p), back(q)) for p, q in found]


def _moved(line: Line, order: Sequence[int], count: int) -> Line:
    """A line about rows in another order."""

    def place(at: int) -> int:
        return order[at] if at < len(order) else at

    assert len(order) == count
    if isinstance(line, Sum):
        return Sum(tuple((times, place(at)) for times, at in line.rows), line.divisor)
    assert isinstance(line, Product)
    return Product(place(line.one), place(line.other))


def multiples(p: Poly, brackets: Sequence[Poly], at_least: bool = False) -> list[tuple[int, Poly]] | None:
    """Multiples of brackets that add up to p, or to p less a number that is not negative; None if not found."""
    seen: set[tuple[tuple[Monomial, int], ...]] = set()

    def search(p: Poly, used: list[tuple[int, Poly]], depth: int) -> list[tuple[int, Poly]] | None:
        if not p or (at_least and set(p) == {()} and p[()] >= 0):
            return used
        key = tuple(sorted(p.items()))
        if depth == 0 or key in seen or len(seen) > 300:
            return None
        seen.add(key)
        for at, e in enumerate(brackets):
            for lead, coefficient in e.items():
                by = _quotient(p, lead, coefficient) if lead else {}
                if by and (found := search(add(p, mul(by, e), -1), [*used, (at, by)], depth - 1)) is not None:
                    return found
        return None

    return search(p, [], 4)


def _quotient(p: Poly, lead: Monomial, coefficient: int) -> Poly:
    """The terms of p that are multiples of a product of names, divided by it."""
    result: Poly = {}
    for key, value in p.items():
        left = list(key)
        if value % coefficient == 0 and all(n in left and not left.remove(n) for n in lead):  # type: ignore[func-returns-value]
            result[tuple(left)] = value // coefficient
    return result
