"""Random identities that hold for every size: a formula, and the same after rules that are applied backwards.

A formula is a list of terms in SymPy's own words; each rule below is a fact about sums over the integers, written here
without symconv. ``identity`` gives both sides, ``mutated`` a side with one small change.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

Whole = Any
"""A whole number or an expression of names."""

LETTERS = ("n", "K", "m", "s", "d", "a", "b", "H", "W", "L")
NAMES = ("i", "j", "k", "u", "q", "r", "t", "v", "y", "z")
TENSORS = ("x", "w", "f", "g", "h", "X", "A", "V", "E", "o")


@dataclass(frozen=True)
class Term:
    """coefficient * entries * conditions, summed over names from a first to a last value, inner names first."""

    coefficient: Any = 1
    entries: tuple[sp.Indexed, ...] = ()
    brackets: tuple[tuple[Whole, Whole], ...] = ()
    conditions: tuple[Any, ...] = ()
    limits: tuple[tuple[sp.Symbol, Whole, Whole], ...] = ()

    def expression(self) -> sp.Expr:
        product = self.coefficient * sp.Mul(*self.entries)
        product *= sp.Mul(*(sp.KroneckerDelta(one, other) for one, other in self.brackets))
        if self.conditions:
            product *= sp.Piecewise((1, sp.And(*self.conditions)), (0, True))
        return sp.Sum(product, *self.limits) if self.limits else product

    def put(self, values: dict[sp.Symbol, Whole]) -> Term:
        """Names in everything but the limits replaced."""

        def moved(one: Any) -> Any:
            return one.subs(values, simultaneous=True) if isinstance(one, sp.Basic) else one

        return replace(
            self,
            coefficient=moved(self.coefficient),
            entries=tuple(entry.base[tuple(map(moved, entry.indices))] for entry in self.entries),
            brackets=tuple((moved(one), moved(other)) for one, other in self.brackets),
            conditions=tuple(map(moved, self.conditions)),
        )


Form = tuple[Term, ...]


class Maker:
    """Draws names, formulas and rules; the names of a formula are its own."""

    def __init__(self, seed: int | str, exchange: int = 0) -> None:
        """The same draws with another ``exchange`` make the same formulas in other names."""
        self.random = random.Random(seed)
        pick = random.Random(f"{seed} {exchange}").sample
        self.sizes = [sp.Symbol(name, integer=True, positive=True) for name in pick(LETTERS, len(LETTERS))]
        self.names = [sp.Symbol(name, integer=True) for name in pick(NAMES, len(NAMES))]
        self.tensors = pick(TENSORS, len(TENSORS))
        self.count = 0

    def new(self) -> sp.Symbol:
        """A name to sum over, other than all that are free."""
        self.count += 1
        name = self.names[2 + self.count % (len(self.names) - 2)]
        return sp.Symbol(f"{name.name}{self.count}", integer=True)

    def shift(self) -> Whole:
        """A small number or a letter, as what an index is moved by."""
        return self.random.choice([-2, -1, 1, 2, self.names[0], self.names[1], self.sizes[2]])

    # -- formulas ------------------------------------------------------------------------------------

    def formula(self) -> Form:
        """A formula of a kind that layers and compilers have."""
        i = self.names[0]
        n, m, s, d, p = self.sizes[:5]
        k, t = self.new(), self.new()
        f, g, h = (sp.IndexedBase(name) for name in self.tensors[:3])
        two = sp.IndexedBase(self.tensors[7])
        x, w, y = (
            sp.IndexedBase(self.tensors[3], (n,)),
            sp.IndexedBase(self.tensors[4], (m,)),
            sp.IndexedBase(self.tensors[5], (m, n)),
        )
        number = self.random.choice([2, 3, 4])
        kinds: list[Callable[[], Term]] = [
            lambda: Term(entries=(w[k], x[s * i + d * k - p]), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(w[k], f[i + k]), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(f[k], x[i - k]), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(y[t, k], two[t, i + k]), limits=((k, 0, n - 1), (t, 0, m - 1))),
            lambda: Term(entries=(x[s * i + k],), limits=((k, 0, s - 1),)),
            lambda: Term(entries=(f[k], g[t]), limits=((t, 0, k), (k, 0, m - 1))),
            lambda: Term(entries=(f[k],), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(f[k],), limits=((k, 0, number - 1),)),
            lambda: Term(coefficient=k, entries=(f[k],), limits=((k, 0, m),)),
            lambda: Term(entries=(y[t, k], h[t * n + k]), limits=((k, 0, n - 1), (t, 0, m - 1))),
            lambda: Term(entries=(f[i],), conditions=(i < m,)),
            lambda: Term(entries=(w[k], x[t]), brackets=((t, s * i + k),), limits=((k, 0, m - 1), (t, 0, n - 1))),
            lambda: Term(entries=(f[k],), conditions=(k >= i,), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(x[k], x[k + i]), limits=((k, 0, n - 1),)),
            lambda: Term(entries=(f[i],), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(w[k], x[number * i + k]), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(f[k],), limits=((k, 0, s * m - 1),)),
        ]  # fmt: skip
        count = self.random.choice([1, 1, 2])
        return tuple(self.random.choice(kinds)() for _ in range(count))

    # -- rules, each from a term to terms with the same value -------------------------------------------

    @property
    def rules(self) -> tuple[Callable[[Term], Form | None], ...]:
        """Those of which ``changed`` draws."""
        return (
            self.re_index, self.turn, self.split, self.first, self.last, self.residues, self.read_by_bracket,
            self.imply, self.flatten, self.unflatten, self.digits, self.quotient, self.add_nothing,
            self.other_order, self.scale, self.repeat, self.by_letter,
        )  # fmt: skip

    def changed(self, form: Form, times: int) -> Form:
        """A formula after some rules, each on one of its terms."""
        for _ in range(times):
            at = self.random.randrange(len(form))
            for rule in self.random.sample(self.rules, len(self.rules)):
                new = rule(form[at])
                if new is not None:
                    form = (*form[:at], *new, *form[at + 1 :])
                    break
        return form

    def _limit(self, term: Term) -> int | None:
        """A sum of which no other sum's limits have the name."""
        free = [
            at for at, (name, _, _) in enumerate(term.limits)
            if not any(name in sp.sympify(end).free_symbols for _, low, high in term.limits for end in (low, high))
        ]  # fmt: skip
        return self.random.choice(free) if free else None

    def _with(self, term: Term, at: int, *limit: Any) -> Term:
        new = (limit,) if limit else ()
        return replace(term, limits=(*term.limits[:at], *new, *term.limits[at + 1 :]))

    def _moved(self, term: Term, at: int, sign: int, by: Whole) -> Term:
        """v = sign * u + by."""
        name, low, high = term.limits[at]
        new = self.new()
        if low != -sp.oo:
            low, high = (low - by, high - by) if sign == 1 else (by - high, by - low)
        return self._with(term.put({name: sign * new + by}), at, new, low, high)

    def re_index(self, term: Term) -> Form | None:
        at = self._limit(term)
        return None if at is None else (self._moved(term, at, 1, self.shift()),)

    def turn(self, term: Term) -> Form | None:
        """Count from the other end."""
        at = self._limit(term)
        if at is None:
            return None
        _, low, high = term.limits[at]
        by = self.shift() if low == -sp.oo else high + self.random.choice([0, low])
        return (self._moved(term, at, -1, by),)

    def split(self, term: Term) -> Form | None:
        """The terms below a letter, and the others."""
        at = self._limit(term)
        if at is None:
            return None
        name, point = term.limits[at][0], self.shift()
        return tuple(replace(term, conditions=(*term.conditions, one)) for one in (name < point, name >= point))

    def first(self, term: Term) -> Form | None:
        return self._end(term, False)

    def last(self, term: Term) -> Form | None:
        return self._end(term, True)

    def _end(self, term: Term, last: bool) -> Form | None:
        """A sum that is not empty, as one term and the others."""
        at = self._limit(term)
        if at is None:
            return None
        name, low, high = term.limits[at]
        if low == -sp.oo or not sp.sympify(high - low).is_nonnegative:
            return None
        one = self._with(term.put({name: high if last else low}), at)
        return one, self._with(term, at, name, *((low, high - 1) if last else (low + 1, high)))

    def residues(self, term: Term) -> Form | None:
        """The even and the odd places, or those of every third."""
        at = self._limit(term)
        if at is None:
            return None
        name, low, high = term.limits[at]
        by, new = self.random.choice([2, 2, 3]), self.new()
        if low == -sp.oo:
            return tuple(self._with(term.put({name: by * new + rest}), at, new, low, high) for rest in range(by))
        return tuple(
            self._with(
                term.put({name: low + by * new + rest}), at, new, 0, sp.floor((high - low - rest) / sp.Integer(by))
            )
            for rest in range(by)
        )

    def by_letter(self, term: Term) -> Form | None:
        """A sum over s m places, as m sums over s places."""
        for at, (name, low, high) in enumerate(term.limits):
            if low == -sp.oo:
                continue
            length = sp.factor(sp.expand(high - low + 1))
            if (
                isinstance(length, sp.Mul)
                and len(length.args) == 2
                and all(arg.is_Symbol for arg in length.args)
                and at == self._limit(term)
            ):
                one, other = length.args
                u, r = self.new(), self.new()
                new = replace(
                    term.put({name: low + u * one + r}),
                    limits=(*term.limits[:at], (r, 0, one - 1), (u, 0, other - 1), *term.limits[at + 1 :]),
                )
                return (new,)
        return None

    def read_by_bracket(self, term: Term) -> Form | None:
        """f(e) = sum_j f(j) [j = e], also where the tensor's box is the limit."""
        if not term.entries:
            return None
        at = self.random.randrange(len(term.entries))
        entry, new = term.entries[at], self.new()
        axis = self.random.randrange(len(entry.indices))
        index = entry.indices[axis]
        size = entry.base.shape[axis] if entry.base.shape else None
        indices = (*entry.indices[:axis], new, *entry.indices[axis + 1 :])
        limit = (new, -sp.oo, sp.oo) if size is None else (new, 0, size - 1)
        entries = (*term.entries[:at], entry.base[indices], *term.entries[at + 1 :])
        return (replace(term, entries=entries, brackets=(*term.brackets, (new, index)), limits=(limit, *term.limits)),)

    def imply(self, term: Term) -> Form | None:
        """A condition that the limits imply."""
        if not term.limits:
            return None
        name, low, high = self.random.choice(term.limits)
        if sp.oo in (high, -low):
            return None
        s = self.sizes[self.random.randrange(3)]
        more = [name >= low, name <= high + 1, s * name >= s * low, s * name <= s * high, name - low + s >= 1]
        return (replace(term, conditions=(*term.conditions, self.random.choice(more))),)

    def flatten(self, term: Term) -> Form | None:
        """Two sums from 0, the inner one over W places, as one sum over u = W t + k, read with floor-free digits."""
        for at in range(len(term.limits) - 1):
            (k, low, high), (t, first, last) = term.limits[at], term.limits[at + 1]
            if low == 0 and first == 0 and t not in sp.sympify(high).free_symbols and sp.oo not in (high, last):
                width, u = high + 1, self.new()
                inside = self._with(term.put({k: u - width * t}), at, u, 0, width * (last + 1) - 1)
                return (replace(inside, conditions=(*inside.conditions, u - width * t >= 0, u - width * t <= high)),)
        return None

    def unflatten(self, term: Term) -> Form | None:
        """A sum over all integers of v, as sums over its digits."""
        at = self._limit(term)
        if at is None:
            return None
        name, low, high = term.limits[at]
        s, q, r = self.sizes[self.random.randrange(4)], self.new(), self.new()
        inside = term.put({name: s * q + r})
        ends = [
            end
            for end in ((s * q + r >= low) if low != -sp.oo else None, (s * q + r <= high) if high != sp.oo else None)
            if end is not None
        ]
        limits = (*term.limits[:at], (r, 0, s - 1), (q, -sp.oo, sp.oo), *term.limits[at + 1 :])
        return (replace(inside, conditions=(*inside.conditions, *ends), limits=limits),) if len(ends) == 2 else None

    def digits(self, term: Term) -> Form | None:
        """1 = sum_{a, b} [a W + b = e W + f], for 0 <= f < W."""
        width, a, b = self.sizes[self.random.randrange(4)], self.new(), self.new()
        i = self.names[self.random.randrange(2)]
        f = self.random.choice([0, width - 1])
        return (
            replace(
                term,
                brackets=(*term.brackets, (a * width + b, i * width + f)),
                limits=((b, 0, width - 1), (a, -sp.oo, sp.oo), *term.limits),
            ),
        )

    def quotient(self, term: Term) -> Form | None:
        """1 = sum_v [0 <= e - S v < S]."""
        size, new = self.random.choice([*self.sizes[:3], 2, 3]), self.new()
        e = self.random.choice([*self.names[:2], *(name for name, _, _ in term.limits)]) + self.random.choice(
            [0, 1, -1]
        )
        inside = (e - size * new >= 0, e - size * new <= size - 1)
        return (replace(term, conditions=(*term.conditions, *inside), limits=((new, -sp.oo, sp.oo), *term.limits)),)

    def add_nothing(self, term: Term) -> Form | None:
        """Something that is subtracted again, written in another way."""
        more = Term(entries=(sp.IndexedBase(self.tensors[6])[self.names[1] + self.random.choice([0, 1])],))
        less = replace(more, coefficient=sp.Integer(-1))
        other = self.read_by_bracket(less)
        return (term, more, *(other or (less,)))

    def other_order(self, term: Term) -> Form | None:
        """The sums in another order, where no limit has another's name."""
        names = {name for name, _, _ in term.limits}
        if len(names) < 2 or any(names & sp.sympify(end).free_symbols for _, *ends in term.limits for end in ends):
            return None
        return (replace(term, limits=tuple(self.random.sample(term.limits, len(term.limits)))),)

    def scale(self, term: Term) -> Form | None:
        """One and a half of it, without the half."""
        half = sp.Rational(1, 2)
        return replace(term, coefficient=term.coefficient * (1 + half)), replace(
            term, coefficient=-half * term.coefficient
        )

    def repeat(self, term: Term) -> Form | None:
        """S times it, as a sum over S places, and S - 1 times it less."""
        size, new = self.sizes[self.random.randrange(4)], self.new()
        return replace(term, limits=((new, 1, size), *term.limits)), replace(
            term, coefficient=term.coefficient * (1 - size)
        )


def written(form: Form) -> sp.Expr:
    return sp.Add(*(term.expression() for term in form))


def identity(seed: int | str, exchange: int = 0) -> tuple[Form, Form, Maker]:
    """Two formulas of the same value."""
    maker = Maker(seed, exchange)
    left = maker.formula()
    right = maker.changed(left, maker.random.choice([1, 2, 2, 3]))
    return maker.changed(left, maker.random.choice([0, 0, 1])), right, maker


def mutated(form: Form, maker: Maker) -> Form:
    """A formula with one small change, which may have the same value all the same."""
    at = maker.random.randrange(len(form))
    term = form[at]
    changes: list[Callable[[], Term | None]] = [
        lambda: _entry(term, maker), lambda: _limit(term, maker), lambda: _condition(term, maker),
        lambda: _bracket(term, maker),
        lambda: replace(term, coefficient=term.coefficient * maker.random.choice([-1, 2])),
        lambda: replace(term, coefficient=term.coefficient + 1),
    ]  # fmt: skip
    for change in maker.random.sample(changes, len(changes)):
        if (new := change()) is not None:
            return (*form[:at], new, *form[at + 1 :])
    raise AssertionError("a coefficient can always be changed")


def _entry(term: Term, maker: Maker) -> Term | None:
    if not term.entries:
        return None
    at = maker.random.randrange(len(term.entries))
    entry = term.entries[at]
    axis = maker.random.randrange(len(entry.indices))
    index = entry.indices[axis] + maker.random.choice([-1, 1])
    new = entry.base[(*entry.indices[:axis], index, *entry.indices[axis + 1 :])]
    return replace(term, entries=(*term.entries[:at], new, *term.entries[at + 1 :]))


def _limit(term: Term, maker: Maker) -> Term | None:
    if not term.limits:
        return None
    at = maker.random.randrange(len(term.limits))
    name, low, high = term.limits[at]
    ends = maker.random.choice([(low + 1, high), (low, high - 1), (low - 1, high), (low, high + 1)])
    return replace(term, limits=(*term.limits[:at], (name, *ends), *term.limits[at + 1 :]))


def _condition(term: Term, maker: Maker) -> Term | None:
    if not term.conditions or not all(hasattr(one, "lhs") for one in term.conditions):
        return None
    at = maker.random.randrange(len(term.conditions))
    one = term.conditions[at]
    new = one.func(one.lhs + maker.random.choice([-1, 1]), one.rhs)
    return replace(term, conditions=(*term.conditions[:at], new, *term.conditions[at + 1 :]))


def _bracket(term: Term, maker: Maker) -> Term | None:
    if not term.brackets:
        return None
    (one, other), *rest = term.brackets
    return replace(term, brackets=((one, other + maker.random.choice([-1, 1])), *rest))
