"""A line of terms, and the steps of ``checker.v`` that change it, with the multipliers that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

from symconv.proof.certificates.kernel import (
    Between,
    Bounds,
    KernelTerm,
    Multiples,
    Rule,
    Transfer,
    Untranslated,
    Zero,
    divided,
    frozen,
    slope,
)  # fmt: skip
from symconv.proof.certificates.multipliers import (
    Arithmetic,
    Certificate,
    Pair,
    Poly,
    add,
    const,
    mul,
    multiples,
    substitute,
    var,
)  # fmt: skip

Hints: TypeAlias = "Callable[[Poly | None], Iterable[Pair]] | None"


class Line:
    """The terms of a line, and the steps that led there.

    ``facts`` are what is assumed of free names (each >= 0), ``shapes`` the sizes of tensors.
    """

    def __init__(self, facts: Sequence[Poly], shapes: Mapping[str, list[Poly] | None]) -> None:
        self.arithmetic, self.shapes = Arithmetic(facts), shapes
        self.above = {n: add(var(n), const(low)) for n, low in self.arithmetic.least.items()}
        self.found: dict[Any, Certificate | None] = {}
        self.terms: list[KernelTerm] = []
        self.steps: list[tuple[int, Rule]] = []

    def begin(self, terms: Sequence[KernelTerm]) -> None:
        """The line of a formula, which no step has changed."""
        self.terms, self.steps = list(terms), []

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo the steps inside if something cannot be shown."""
        terms, steps = list(self.terms), list(self.steps)
        try:
            yield
        except Untranslated:
            self.terms, self.steps = terms, steps
            raise

    # -- arithmetic --------------------------------------------------------------------------------------

    def conditions(self, term: KernelTerm) -> list[Poly]:
        found = [side for e in term.brackets for side in (dict(e), add({}, dict(e), -1))]
        found += map(dict, term.ranges)
        for tensor, indices in term.entries:
            for e, size in zip(indices, self.shapes[tensor] or ()):
                found += [dict(e), add(add(size, const(-1)), dict(e), -1)]
        return found

    def follows(self, goal: Poly | None, term: KernelTerm, hints: Hints = None) -> Certificate:
        pairs = list(hints(goal)) if hints else []
        key = (None if goal is None else frozen(goal), term.key, repr(pairs))
        if key not in self.found:
            brackets = list(map(dict, term.brackets))
            self.found[key] = self.arithmetic.follows(goal, self.conditions(term), brackets, pairs)
        certificate = self.found[key]
        if certificate is None:
            raise Untranslated("an inequality does not follow" if goal is not None else "there is no contradiction")
        return certificate

    def zero(self, p: Poly, term: KernelTerm, hints: Hints = None) -> Zero:
        used = multiples(p, list(map(dict, term.brackets)))
        if used is not None:
            return Multiples(tuple((at, frozen(m)) for at, m in used))
        return Between(self.follows(p, term, hints), self.follows(add({}, p, -1), term, hints))

    # -- steps -------------------------------------------------------------------------------

    def apply(self, term: KernelTerm, rule: Rule, results: Sequence[KernelTerm]) -> list[KernelTerm]:
        at = self.terms.index(term)
        self.steps.append((at, rule))
        self.terms = [*results, *self.terms[:at], *self.terms[at + 1 :]]
        return list(results)

    def move(
        self,
        term: KernelTerm,
        to: KernelTerm,
        old: Mapping[int, Poly] | None = None,
        new: Mapping[int, Poly] | None = None,
        hints: Hints = None,
    ) -> KernelTerm:
        """One term to another, whose bound names are the same but for those in ``old`` and ``new``."""
        if term.key == to.key and term.coefficient == to.coefficient and not old:
            at = self.terms.index(term)
            self.terms[at] = to
            return to
        old_ones = [dict((old or {}).get(v, var(v))) for v in term.bound]
        new_ones = [dict((new or {}).get(v, var(v))) for v in to.bound]
        f, g = dict(zip(to.bound, new_ones)), dict(zip(term.bound, old_ones))
        there = [self.follows(substitute(p, f), term, hints) for p in self.conditions(to)]
        back = [self.follows(substitute(p, g), to, hints) for p in self.conditions(term)]
        old_again = [self.zero(add(substitute(p, f), var(v), -1), term, hints) for v, p in zip(term.bound, old_ones)]
        new_again = [self.zero(add(substitute(p, g), var(v), -1), to, hints) for v, p in zip(to.bound, new_ones)]
        difference = add(
            mul(const(term.denominator), substitute(dict(to.numerator), f)),
            mul(const(to.denominator), dict(term.numerator)), -1,
        )  # fmt: skip
        transfer = Transfer(
            to, tuple(map(frozen, old_ones)), tuple(map(frozen, new_ones)), tuple(there), tuple(back),
            tuple(old_again), tuple(new_again), tuple(self.matched(term, to, f, hints)),
            self.zero(difference, term, hints),
        )  # fmt: skip
        return self.apply(term, Rule("Moved", (transfer,)), [to])[0]

    def matched(
        self, term: KernelTerm, to: KernelTerm, f: Mapping[int, Poly], hints: Hints
    ) -> Iterable[tuple[int, tuple[Zero, ...]]]:
        left = list(term.entries)
        for tensor, indices in to.entries:
            moved = [substitute(dict(e), f) for e in indices]
            same = [at for at, (t, es) in enumerate(left) if t == tensor and [dict(e) for e in es] == moved]
            for at in same or [at for at, (t, _) in enumerate(left) if t == tensor]:
                try:
                    zeros = [
                        self.zero(add(p, dict(e), -1), term, hints) for p, e in zip(moved, left[at][1], strict=True)
                    ]
                except Untranslated:
                    continue
                del left[at]
                yield at, tuple(zeros)
                break
            else:
                raise Untranslated(f"there is no such entry of {tensor}")
        if left:
            raise Untranslated(f"an entry of {left[0][0]} is left out")

    def split(self, term: KernelTerm, e: Poly) -> list[KernelTerm]:
        return self.apply(
            term, Rule("Split", (frozen(e),)), [term.with_range(e), term.with_range(add(const(-1), e, -1))]
        )

    def unsplit(self, one: KernelTerm, other: KernelTerm, whole: KernelTerm) -> KernelTerm:
        """Two parts of a term, as ``split`` makes them."""
        at = self.terms.index(one)
        rest = [*self.terms[:at], *self.terms[at + 1 :]]
        place = rest.index(other)
        self.steps.append((at, Rule("Unsplit", (place,))))
        self.terms = [whole, *rest[:place], *rest[place + 1 :]]
        return whole

    def insert(self, term: KernelTerm, more: KernelTerm) -> tuple[KernelTerm, KernelTerm]:
        """A term that is a finite sum, and the same taken away."""
        less = negative(more)
        self.apply(term, Rule("Insert", (more, self.bounds(more))), [term, more, less])
        return more, less

    def merge(self, one: KernelTerm, other: KernelTerm) -> KernelTerm:
        at = self.terms.index(one)
        rest = [*self.terms[:at], *self.terms[at + 1 :]]
        place = rest.index(other)
        self.steps.append((at, Rule("Merge", (place,))))
        total = add(
            mul(const(other.denominator), dict(one.numerator)), mul(const(one.denominator), dict(other.numerator))
        )
        merged = replace(one, numerator=frozen(total), denominator=one.denominator * other.denominator)
        self.terms = [merged, *rest[:place], *rest[place + 1 :]]
        return merged

    def cancel(self, one: KernelTerm, other: KernelTerm) -> None:
        """Two terms whose sum is 0."""
        self.apply(self.merge(one, other), Rule("Vanished"), [])

    def join(self, term: KernelTerm, whole: KernelTerm, e: Poly) -> KernelTerm:
        """The term is the whole where e >= 0: the whole, less the rest of it, which is given back."""
        whole, less = self.insert(term, whole)
        part, rest = self.split(less, e)
        self.cancel(term, part)
        return rest

    def always(self, goal: Poly) -> Certificate:
        """Why goal >= 0 by what is assumed alone."""
        found = self.arithmetic.follows(goal, [], [])
        if found is None:
            raise Untranslated("an inequality does not follow from what is assumed")
        return found

    def empty(self, term: KernelTerm, hints: Hints = None) -> list[KernelTerm]:
        return self.apply(term, Rule("Empty", (self.follows(None, term, hints),)), [])

    def bracketed(self, term: KernelTerm, e: Poly, hints: Hints = None) -> KernelTerm:
        """The term with a bracket that follows."""
        return self.move(term, term.with_bracket(e), hints=hints)

    def quotient(self, term: KernelTerm, q: int, e: Poly, size: Poly) -> KernelTerm:
        """The term with floor(e / size) as another bound name."""
        why = self.follows(add(size, const(-1)), term)
        return self.apply(term, Rule("Quotient", (q, frozen(e), frozen(size), why)), [divided(term, q, e, size)])[0]

    def bounds(self, term: KernelTerm) -> tuple[Bounds, ...]:
        """Between what each bound name is."""
        ends: dict[int, dict[int, Poly]] = {v: {} for v in term.bound}
        conditions = self.conditions(term)
        for _ in term.bound:
            for p in conditions:
                for v in term.bound:
                    self._bound_from(p, v, ends)
        result = []
        for v in term.bound:
            if len(ends[v]) < 2:
                raise Untranslated("a sum is not seen to be finite")
            low, high = ends[v][1], ends[v][-1]
            whys = [self.follows(goal, term, self._slopes(conditions, ends, v)) for goal in
                    (add(var(v), low, -1), add(high, var(v), -1))]  # fmt: skip
            result.append(Bounds(frozen(low), frozen(high), *whys))
        return tuple(result)

    def _slopes(self, conditions: Sequence[Poly], ends: Mapping[int, Mapping[int, Poly]], v: int) -> Hints:
        """What multiplies each bound name times what the name is at least and at most."""
        slopes = {(n, frozen(slope(p, n))) for p in conditions for n in ends}
        known = [
            (dict(by), add({(n,): side}, end, -side))
            for n, by in sorted(slopes) if n != v and any(key for key, _ in by) for side, end in ends[n].items()
        ]  # fmt: skip
        own = [add({}, dict(by), sign) for n, by in sorted(slopes) if n == v and by for sign in (1, -1)]
        own = [by for by in own if self.is_positive(by)]

        def pairs(goal: Poly | None) -> Iterable[Pair]:
            below = add(const(-1), goal or {}, -1)
            return known + [(below, by) for by in own if any(by)]

        return pairs

    def is_positive(self, p: Poly) -> bool:
        """Whether a polynomial is seen to be at least 1: in what its names are above their least values."""
        if not p or any(n not in self.above for key in p for n in key):
            return False
        shifted = substitute(p, self.above)
        return shifted.get((), 0) >= 1 and all(value > 0 for value in shifted.values())

    def _bound_from(self, p: Poly, v: int, ends: dict[int, dict[int, Poly]]) -> None:
        """A bound of v from a condition, the other names at their own bounds; for c v one of v, as c >= 1."""
        by = slope(p, v)
        if not by:
            return
        sign = 1 if self.is_positive(by) else -1 if self.is_positive(add({}, by, -1)) else 0
        if not sign or sign in ends[v] or any(key.count(v) > 1 for key in p):
            return
        least, total = self.arithmetic.least, dict[tuple[int, ...], int]()
        for other, value in p.items():
            loose = [n for n in other if n in ends]
            rest = tuple(n for n in other if n not in ends)
            if v in other:
                continue
            most = ends[loose[0]].get(-1 if value > 0 else 1) if loose else const(1)
            if len(loose) > 1 or most is None or (loose and any(least.get(n, -1) < 0 for n in rest)):
                return
            total = add(total, mul({rest: value}, most))
        if abs(by.get((), 0)) != 1 or any(by.keys() - {()}):
            if any(n not in least for one in total for n in one):
                return
            shifted = substitute(total, self.above)
            back = {n: add(var(n), const(-low)) for n, low in least.items()}
            total = substitute({one: value for one, value in shifted.items() if value > 0}, back)
        ends[v][sign] = add({}, total, -sign)

    def end(self) -> None:
        """Like terms are added, and those with the coefficient 0 left out."""
        for key in dict.fromkeys(term.key for term in self.terms):
            while len(alike := [term for term in self.terms if term.key == key]) > 1:
                self.merge(*alike[:2])
        for term in [term for term in self.terms if not term.numerator]:
            self.apply(term, Rule("Vanished"), [])


def negative(term: KernelTerm) -> KernelTerm:
    return replace(term, numerator=frozen(add({}, dict(term.numerator), -1)))
