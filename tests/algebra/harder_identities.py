"""Random identities with conditions, floors, maxima and shadowed names, beside those of ``true_identities.py``.

A term's coefficient may be a sum here, whose name may be one that is summed or free outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from tests.algebra.true_identities import Form, Maker, Term, Whole


class HarderMaker(Maker):
    """Draws formulas with conditions and floors, and rules about these."""

    def formula(self) -> Form:
        i, j = self.names[:2]
        n, m, s = self.sizes[:3]
        k, t = self.new(), self.new()
        f, g = (sp.IndexedBase(name) for name in self.tensors[:2])
        x, w = sp.IndexedBase(self.tensors[3], (n,)), sp.IndexedBase(self.tensors[4], (m,))
        number = self.random.choice([2, 3])
        below: Callable[[Whole, Whole], Whole] = lambda a, b: self.random.choice([a < b, a <= b])  # noqa: E731
        kinds: list[Callable[[], Term]] = [
            lambda: Term(entries=(w[k], x[i + k]), conditions=(below(k, j),), limits=((k, 0, m - 1),)),
            lambda: Term(entries=(f[k],), conditions=(sp.Or(k < i, k >= j),), limits=((k, 0, n - 1),)),
            lambda: Term(entries=(f[k],), conditions=(sp.Ne(k, i),), limits=((k, 0, n - 1),)),
            lambda: Term(entries=(f[i],), conditions=(sp.Or(i < n, j >= m),)),
            lambda: Term(entries=(f[sp.floor(i / sp.Integer(number))],)),
            lambda: Term(entries=(f[sp.floor((i + 1) / s)],)),
            lambda: Term(entries=(f[sp.floor(k / sp.Integer(number))],), limits=((k, 0, n - 1),)),
            lambda: Term(entries=(f[k],), limits=((k, 0, sp.floor(n / s)),)),
            lambda: Term(entries=(f[k],), limits=((k, 0, sp.floor((n + m) / sp.Integer(number)) - 1),)),
            lambda: Term(entries=(f[k],), limits=((k, sp.Max(0, i), n - 1),)),
            lambda: Term(entries=(f[k], g[i - k]), limits=((k, sp.Max(0, i - m + 1), sp.Min(i, n - 1)),)),
            lambda: Term(entries=(f[k],), conditions=(number * k <= n,), limits=((k, 0, n - 1),)),
            lambda: Term(entries=(x[s * i + k],), conditions=(s * i + k < m,), limits=((k, 0, s - 1),)),
            lambda: Term(entries=(f[k],), limits=((k, t, n - 1), (t, 0, m - 1))),
            lambda: Term(sp.Sum(g[t], (t, 0, m - 1)), (f[k],), limits=((k, 0, n - 1),)),
            lambda: Term(sp.Sum(g[t], (t, 0, k)), (f[k],), limits=((k, 0, n - 1),)),
            lambda: Term(sp.Sum(w[t] * x[t + i], (t, 0, m - 1)), (f[k],), limits=((k, 0, n - 1),)),
        ]
        return tuple(self.random.choice(kinds)() for _ in range(self.random.choice([1, 1, 2])))

    @property
    def rules(self) -> tuple[Callable[[Term], Form | None], ...]:
        own = (
            self.either, self.exclude, self.rounded_index, self.rounded_end, self.stretch, self.between, self.cut,
            self.shadow, self.shadow_inside, self.as_condition, self.product_of_cases,
        )  # fmt: skip
        plain = (self.re_index, self.turn, self.split, self.residues, self.read_by_bracket, self.imply, self.last)
        return (*own, *own, *plain)

    def _condition(self, term: Term) -> Whole:
        """Something that may hold or not."""
        names = [*self.names[:2], *(name for name, low, _ in term.limits if low != -sp.oo)]
        one = self.random.choice(names)
        choices = [one < self.shift(), one >= self.shift(), 2 * one <= self.sizes[0], sp.Eq(one, self.shift())]
        return self.random.choice([choice for choice in choices if choice not in (sp.true, sp.false)])

    def either(self, term: Term) -> Form | None:
        """Where one of two conditions holds, where only the other does, and where none does."""
        one, other = self._condition(term), self._condition(term)
        parts = (sp.Or(one, other), sp.And(sp.Not(one), sp.Not(other)))
        if any(part in (sp.true, sp.false) for part in parts):
            return None
        return tuple(replace(term, conditions=(*term.conditions, part)) for part in parts)

    def exclude(self, term: Term) -> Form | None:
        """All of it, less that where a condition does not hold."""
        one = self._condition(term)
        less = replace(term, coefficient=-term.coefficient, conditions=(*term.conditions, sp.Not(one)))
        return term, less, replace(less, coefficient=term.coefficient)

    def product_of_cases(self, term: Term) -> Form | None:
        """The four cases of two conditions."""
        one, other = self._condition(term), self._condition(term)
        if sp.And(one, other) == sp.false:
            return None
        parts = [(a, b) for a in (one, sp.Not(one)) for b in (other, sp.Not(other))]
        return tuple(replace(term, conditions=(*term.conditions, *part)) for part in parts if sp.And(*part) != sp.false)

    def rounded_index(self, term: Term) -> Form | None:
        """e = floor((S e + r) / S), 0 <= r < S, for an index."""
        if not term.entries:
            return None
        at = self.random.randrange(len(term.entries))
        entry = term.entries[at]
        axis = self.random.randrange(len(entry.indices))
        size = self.random.choice([sp.Integer(2), sp.Integer(3), self.sizes[2]])
        index = sp.floor(sp.expand(size * entry.indices[axis] + self.random.choice([0, size - 1])) / size)
        new = entry.base[(*entry.indices[:axis], index, *entry.indices[axis + 1 :])]
        return (replace(term, entries=(*term.entries[:at], new, *term.entries[at + 1 :])),)

    def rounded_end(self, term: Term) -> Form | None:
        """The last value b as floor((S b + r) / S), or as a condition S v <= S b + r."""
        at = self._limit(term)
        if at is None or sp.oo in (term.limits[at][2], -term.limits[at][1]):
            return None
        name, low, high = term.limits[at]
        size = self.random.choice([sp.Integer(2), sp.Integer(3), self.sizes[2]])
        above = sp.expand(size * high + self.random.choice([0, size - 1]))
        if self.random.random() < 0.5:
            return (self._with(term, at, name, low, sp.floor(above / size)),)
        return (
            replace(self._with(term, at, name, low, high + 1), conditions=(*term.conditions, size * name <= above)),
        )

    def stretch(self, term: Term) -> Form | None:
        """Each place S times, and the S-th part of it."""
        at = self._limit(term)
        if at is None or sp.oo in (term.limits[at][2], -term.limits[at][1]):
            return None
        name, low, high = term.limits[at]
        size, new = self.random.choice([2, 3]), self.new()
        moved = term.put({name: sp.floor(new / sp.Integer(size))})
        moved = replace(moved, coefficient=moved.coefficient / sp.Integer(size))
        return (self._with(moved, at, new, size * low, size * high + size - 1),)

    def between(self, term: Term) -> Form | None:
        """Ends that are a maximum and a minimum with what is further out."""
        at = self._limit(term)
        if at is None or sp.oo in (term.limits[at][2], -term.limits[at][1]):
            return None
        name, low, high = term.limits[at]
        by = self.random.choice([sp.Integer(1), self.sizes[2]])
        if self.random.random() < 0.5:
            return (self._with(term, at, name, sp.Max(low, low - by), high),)
        cut = self.shift()
        return (
            self._with(term, at, name, low, sp.Min(high, cut)),
            self._with(term, at, name, sp.Max(low, cut + 1), high),
        )

    def cut(self, term: Term) -> Form | None:
        """Up to the smaller of the end and a letter, and what is above that letter as a condition."""
        at = self._limit(term)
        if at is None or sp.oo in (term.limits[at][2], -term.limits[at][1]):
            return None
        name, low, high = term.limits[at]
        cut = self.shift()
        return (
            self._with(term, at, name, low, sp.Min(high, cut)),
            replace(term, conditions=(*term.conditions, name > cut)),
        )

    def as_condition(self, term: Term) -> Form | None:
        """Limits as conditions in a wider sum."""
        at = self._limit(term)
        if at is None or sp.oo in (term.limits[at][2], -term.limits[at][1]):
            return None
        name, low, high = term.limits[at]
        more = sp.And(name >= low, name <= high)
        wider = self._with(term, at, name, low - self.sizes[2], high + self.random.choice([1, self.sizes[0]]))
        return (replace(wider, conditions=(*term.conditions, more)),)

    def shadow(self, term: Term) -> Form | None:
        """A summed name called as a free index that is in this term's sum nowhere."""
        at = self._limit(term)
        if at is None or len(term.limits) > 1:
            return None
        name, low, high = term.limits[at]
        free = [one for one in self.names[:2] if not self._body(term).has(one)]
        return (self._with(term.put({name: free[0]}), at, free[0], low, high),) if free else None

    def shadow_inside(self, term: Term) -> Form | None:
        """The name of a sum inside the coefficient called as the name of the sum outside, if it is not in it."""
        if not (isinstance(inside := term.coefficient, sp.Sum) and len(term.limits) == 1):
            return None
        name = term.limits[0][0]
        (old, low, high) = inside.limits[0]
        if inside.function.has(name) or name == old:
            return None
        return (replace(term, coefficient=sp.Sum(inside.function.subs(old, name), (name, low, high))),)

    def _body(self, term: Term) -> sp.Expr:
        return replace(term, limits=()).expression()


def harder_identity(seed: int | str, exchange: int = 0) -> tuple[Form, Form, HarderMaker]:
    """Two formulas of the same value."""
    maker = HarderMaker(f"harder {seed}", exchange)
    left = maker.formula()
    right = maker.changed(left, maker.random.choice([1, 2, 2, 3]))
    return maker.changed(left, maker.random.choice([0, 0, 1])), right, maker
