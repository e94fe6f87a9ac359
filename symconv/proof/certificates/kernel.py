"""Theorem files in the few steps of ``checker.v``, each with all that a checker needs to look at it without a search.

A step there moves one term to another by a bijection of what is summed, splits a term at a condition, adds or removes a
quotient, or adds like terms; the rules of a theorem file are made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

from symconv import verify
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

Frozen: TypeAlias = "tuple[tuple[tuple[int, ...], int], ...]"


LACKING = ("adds up to one", "bilinear identity", "join residues")
"""Rules of theorem files that are not made of the steps of ``checker.v``."""


class Untranslated(Exception):  # noqa: N818
    """What could not be shown, in words."""


def frozen(p: Poly) -> Frozen:
    return tuple(sorted(p.items()))


@dataclass(frozen=True, eq=False)
class KernelTerm:
    """A term of ``checker.v``; two of them are never the same one."""

    numerator: Frozen
    denominator: int
    entries: tuple[tuple[str, tuple[Frozen, ...]], ...]
    brackets: tuple[Frozen, ...]
    ranges: tuple[Frozen, ...]
    bound: tuple[int, ...]

    @property
    def key(self) -> Any:
        return self.entries, self.brackets, self.ranges, self.bound

    @property
    def coefficient(self) -> tuple[Frozen, int]:
        return self.numerator, self.denominator

    def with_range(self, e: Poly) -> KernelTerm:
        return replace(self, ranges=(frozen(e), *self.ranges))

    def with_bracket(self, e: Poly) -> KernelTerm:
        return replace(self, brackets=(frozen(e), *self.brackets))


@dataclass(frozen=True)
class Multiples:
    """Zero, as a sum of multiples of brackets."""

    of: tuple[tuple[int, Frozen], ...]


@dataclass(frozen=True)
class Between:
    """Zero, as neither positive nor negative."""

    low: Certificate
    high: Certificate


Zero: TypeAlias = "Multiples | Between"


@dataclass(frozen=True)
class Bounds:
    low: Frozen
    high: Frozen
    is_low: Certificate
    is_high: Certificate


@dataclass(frozen=True)
class Transfer:
    result: KernelTerm
    old: tuple[Frozen, ...]
    new: tuple[Frozen, ...]
    there: tuple[Certificate, ...]
    back: tuple[Certificate, ...]
    old_again: tuple[Zero, ...]
    new_again: tuple[Zero, ...]
    matched: tuple[tuple[int, tuple[Zero, ...]], ...]
    same_coefficient: Zero


@dataclass(frozen=True)
class Rule:
    """A constructor of ``rule`` in ``checker.v``, and its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A formula's terms, the bounds of their sums (None if they are not found), and its steps: where, and what."""

    start: tuple[KernelTerm, ...]
    ends: tuple[tuple[Bounds, ...], ...] | None
    steps: tuple[tuple[int, Rule], ...]
    last: tuple[KernelTerm, ...]


@dataclass(frozen=True)
class KernelTheorem:
    """A theorem file for ``checker.v``: ``names`` are free, ``places`` say where last lines have the first's terms."""

    names: tuple[str, ...]
    bound: tuple[str, ...]
    facts: tuple[Frozen, ...]
    maxima: tuple[tuple[int, tuple[Frozen, ...]], ...]
    shapes: tuple[tuple[str, tuple[Frozen, ...] | None], ...]
    formulas: Mapping[str, Formula]
    places: Mapping[str, tuple[int, ...]]

    @property
    def is_finite(self) -> bool:
        """Whether the sums of all formulas are seen to be finite."""
        return all(formula.ends is not None for formula in self.formulas.values())


def translated(theorem: Mapping[str, Any]) -> KernelTheorem:
    """The theorem, as JSON gives it.

    Raises:
        Untranslated: a step is wrong, or it has no translation.
        verify.Rejected: the file cannot be read.
    """
    with verify.work_for(theorem):
        return _Translation(theorem).theorem()


class _Translation:
    def __init__(self, theorem: Mapping[str, Any]) -> None:
        assumed = self.assumed = verify.Assumed(theorem["assumptions"])
        if assumed.sums:
            raise Untranslated("tensors whose entries add up to 1 are not in checker.v")
        if assumed.identities:
            raise Untranslated("identities of fixed matrices are not in checker.v")
        formulas = {
            label: (verify.read_terms(one["start"], assumed), one["steps"])
            for label, one in theorem["formulas"].items()
        }
        if "steps" in (layer := theorem.get("layer") or {}):
            formulas[verify.DEFINITION] = verify.defined_by(layer, theorem["of"], assumed), layer["steps"]
        self.formulas: Mapping[str, tuple[list[verify.Term], Sequence[Mapping[str, Any]]]] = formulas
        steps = [step for _, of_one in formulas.values() for step in of_one]
        terms = [term for step in steps for term in verify.read_terms(step["result"], assumed)]
        terms += [term for start, _ in formulas.values() for term in start]
        free = assumed.names.union(*(verify.term_names(term) - set(term[2]) for term in terms))
        bound = {n for term in terms for n in term[2]}
        for step in steps:
            bound |= set(step.get("inverse", ())) | set(step.get("names", ()))
            bound |= {n for p in step.get("digits", ()) for _, names in p for n in names}
            free |= {n for p in step.get("digits", ()) for _, names in p for n in names}
        self.free = {n: at for at, n in enumerate(sorted(free), 1)}
        self.bound = {n: at for at, n in enumerate(sorted(bound), max(len(free), 1) + 1)}
        self.shapes = {
            t: None if shape is None else [self.poly(size) for size in shape] for t, shape in assumed.shapes.items()
        }
        facts = [add(var(self.free[n]), const(-low)) for n, low in assumed.lower.items()]
        self.arithmetic = Arithmetic([*facts, *map(self.poly, assumed.facts)])
        self.above = {n: add(var(n), const(low)) for n, low in self.arithmetic.least.items()}
        self.found: dict[Any, Certificate | None] = {}
        self.line: list[KernelTerm] = []
        self.steps: list[tuple[int, Rule]] = []

    # -- reading ---------------------------------------------------------------------------------------

    def poly(self, p: verify.Poly | verify.Frozen, bound: Iterable[str] = ()) -> Poly:
        ids = {**self.free, **{n: self.bound[n] for n in bound}}
        return {tuple(sorted(ids[n] for n in key)): int(value) for key, value in dict(p).items()}

    def term(self, term: verify.Term) -> KernelTerm:
        coefficient, factors, bound = term
        below = lcm(*(Fraction(value).denominator for _, value in coefficient))
        numerator = self.poly({key: value * below for key, value in coefficient}, bound)

        def of(kind: str) -> list[tuple[str, tuple[Frozen, ...]]]:
            return [(t, tuple(frozen(self.poly(p, bound)) for p in ps)) for k, t, ps in factors if k == kind]

        return KernelTerm(
            frozen(numerator), below, tuple(of("access")), tuple(ps[0] for _, ps in of("delta")),
            tuple(ps[0] for _, ps in of("range")), tuple(self.bound[n] for n in bound),
        )  # fmt: skip

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

    # -- steps of the kernel -------------------------------------------------------------------------------

    def apply(self, term: KernelTerm, rule: Rule, results: Sequence[KernelTerm]) -> list[KernelTerm]:
        at = self.line.index(term)
        self.steps.append((at, rule))
        self.line = [*results, *self.line[:at], *self.line[at + 1 :]]
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
            at = self.line.index(term)
            self.line[at] = to
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
        slopes = {(n, frozen(_slope(p, n))) for p in conditions for n in ends}
        known = [
            (dict(slope), add({(n,): side}, end, -side))
            for n, slope in sorted(slopes) if n != v and any(key for key, _ in slope) for side, end in ends[n].items()
        ]  # fmt: skip
        own = [add({}, dict(slope), sign) for n, slope in sorted(slopes) if n == v and slope for sign in (1, -1)]
        own = [slope for slope in own if self.is_positive(slope)]

        def pairs(goal: Poly | None) -> Iterable[Pair]:
            below = add(const(-1), goal or {}, -1)
            return known + [(below, slope) for slope in own if any(slope)]

        return pairs

    def is_positive(self, p: Poly) -> bool:
        """Whether a polynomial is seen to be at least 1: in what its names are above their least values."""
        if not p or any(n not in self.above for key in p for n in key):
            return False
        shifted = substitute(p, self.above)
        return shifted.get((), 0) >= 1 and all(value > 0 for value in shifted.values())

    def _bound_from(self, p: Poly, v: int, ends: dict[int, dict[int, Poly]]) -> None:
        """A bound of v from a condition, the other names at their own bounds; for c v one of v, as c >= 1."""
        slope = _slope(p, v)
        if not slope:
            return
        sign = 1 if self.is_positive(slope) else -1 if self.is_positive(add({}, slope, -1)) else 0
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
        if abs(slope.get((), 0)) != 1 or any(slope.keys() - {()}):
            if any(n not in least for one in total for n in one):
                return
            shifted = substitute(total, self.above)
            back = {n: add(var(n), const(-low)) for n, low in least.items()}
            total = substitute({one: value for one, value in shifted.items() if value > 0}, back)
        ends[v][sign] = add({}, total, -sign)

    # -- rules -------------------------------------------------------------------------------------------------

    def step(self, data: Mapping[str, Any], order: list[KernelTerm]) -> list[KernelTerm]:
        """The line after a step of the file, from the line before."""
        at = verify.whole(data["at"])
        if not 0 <= at < len(order):
            raise Untranslated("there is no such term")
        term = order[at]
        results = verify.read_terms(data["result"], self.assumed)
        to = [self.term(one) for one in results]
        new = [n for one in results for n in one[2]]
        known = {n: i for n, i in self.bound.items() if i in term.bound or n in new}
        if data["rule"] in LACKING:
            raise Untranslated("checker.v has no such step")
        made = _Step(self, term, to, data, known)
        rule = getattr(made, data["rule"].replace(" ", "_").replace("-", "_"), made.same_term)
        rule()
        return [*order[:at], *to, *order[at + 1 :]]

    def formula(self, label: str) -> Formula:
        terms, steps = self.formulas[label]
        start = [self.term(one) for one in terms]
        self.line, self.steps, order = list(start), [], list(start)
        try:
            ends: tuple[tuple[Bounds, ...], ...] | None = tuple(self.bounds(term) for term in start)
        except Untranslated:
            ends = None
        for number, step in enumerate(steps, 1):
            try:
                order = self.step(step, order)
            except (IndexError, KeyError, ValueError):
                raise Untranslated(f"formula {label!r}, step {number} ({step['rule']}): its parts do not fit") from None
            except Untranslated as error:
                raise Untranslated(f"formula {label!r}, step {number} ({step['rule']}): {error}") from None
        self.merge()
        return Formula(tuple(start), ends, tuple(self.steps), tuple(self.line))

    def merge(self) -> None:
        """Like terms are added, and those with the coefficient 0 left out."""
        for key in dict.fromkeys(term.key for term in self.line):
            while len(alike := [term for term in self.line if term.key == key]) > 1:
                one, other = alike[:2]
                at = self.line.index(one)
                rest = [*self.line[:at], *self.line[at + 1 :]]
                place = rest.index(other)
                self.steps.append((at, Rule("Merge", (place,))))
                total = add(
                    mul(const(other.denominator), dict(one.numerator)),
                    mul(const(one.denominator), dict(other.numerator)),
                )
                merged = replace(one, numerator=frozen(total), denominator=one.denominator * other.denominator)
                self.line = [merged, *rest[:place], *rest[place + 1 :]]
        for term in [term for term in self.line if not term.numerator]:
            self.apply(term, Rule("Vanished"), [])

    def theorem(self) -> KernelTheorem:
        formulas = {label: self.formula(label) for label in self.formulas}
        first = next(iter(formulas.values()))
        maxima = tuple((self.free[n], tuple(frozen(self.poly(p)) for p in of)) for n, of in self.assumed.maxima)
        return KernelTheorem(
            tuple(self.free), tuple(self.bound), tuple(map(frozen, self.arithmetic.facts)), maxima,
            tuple((t, None if s is None else tuple(map(frozen, s))) for t, s in self.shapes.items()),
            formulas, {label: _places(first.last, formula.last, label) for label, formula in formulas.items()},
        )  # fmt: skip


Hints: TypeAlias = "Callable[[Poly | None], Iterable[Pair]] | None"


def _slope(p: Poly, v: int) -> Poly:
    """What multiplies a name that stands alone or in products with others."""
    return {tuple(n for n in key if n != v): value for key, value in p.items() if v in key}


def divided(term: KernelTerm, q: int, e: Poly, size: Poly) -> KernelTerm:
    rest = add(e, mul(size, var(q)), -1)
    ranges = (frozen(rest), frozen(add(add(size, const(-1)), rest, -1)), *term.ranges)
    return replace(term, ranges=ranges, bound=(q, *term.bound))


def _total(terms: Iterable[KernelTerm]) -> dict[tuple[int, ...], Fraction]:
    """The sum of coefficients."""
    total: dict[tuple[int, ...], Fraction] = {}
    for term in terms:
        for key, value in term.numerator:
            total[key] = total.get(key, Fraction(0)) + Fraction(value, term.denominator)
    return {key: value for key, value in total.items() if value}


def _places(first: Sequence[KernelTerm], other: Sequence[KernelTerm], label: str) -> tuple[int, ...]:
    left, places = list(other), []
    for term in first:
        same = (at for at, one in enumerate(left) if one.key == term.key and _total([one]) == _total([term]))
        at = next(same, None)
        if at is None:
            break
        places.append(at)
        del left[at]
    if left or len(places) < len(first):
        raise Untranslated(f"formula {label!r}: its last line is not that of the first")
    return tuple(places)


class _Step:
    """One step of a theorem file in the kernel's; a method a rule, and ``same_term`` for most."""

    def __init__(
        self,
        to: _Translation,
        term: KernelTerm,
        results: Sequence[KernelTerm],
        data: Mapping[str, Any],
        bound: Mapping[str, int],
    ) -> None:
        self.to, self.term, self.results, self.data, self.bound = to, term, results, data, bound
        self.products = [(self.poly(p), self.poly(q)) for p, q in data.get("products", ())]

    def poly(self, data: Any) -> Poly:
        """Names that are bound before or after the step are; all others are free."""
        return self.to.poly(verify.poly(data), self.bound)

    def digits(self) -> list[Poly]:
        return [self.poly(p) for p in self.data["digits"]]

    def new_name(self, p: Any) -> int:
        ((_, (n,)),) = p
        return self.to.bound[n]

    def hints(self, goal: Poly | None) -> Iterable[Pair]:
        return self.products

    def scaled(self, size: Poly, *others: Poly) -> Hints:
        """What is to be refuted, and other facts, times something that is not negative."""

        def pairs(goal: Poly | None) -> Iterable[Pair]:
            below = [] if goal is None else [add(const(-1), goal, -1)]
            return [*self.products, *((p, size) for p in (*below, *others))]

        return pairs

    def one(self) -> KernelTerm:
        if len(self.results) != 1:
            raise Untranslated("it is not one term")
        return self.results[0]

    def same_term(self) -> None:
        if self.results:
            self.to.move(self.term, self.one(), hints=self.hints)
        elif not self.term.numerator:
            self.to.apply(self.term, Rule("Vanished"), [])
        else:
            self.to.empty(self.term, self.hints)

    def re_index(self) -> None:
        old = {self.to.bound[n]: self.poly(p) for n, p in self.data["names"].items()}
        new = {self.to.bound[n]: self.poly(p) for n, p in self.data["inverse"].items()}
        self.to.move(self.term, self.one(), old, new, self.hints)

    def sift(self) -> None:
        (n,) = self.data["names"]
        v = self.to.bound[n]
        for e in map(dict, self.term.brackets):
            if abs(e.get((v,), 0)) == 1 and not any(v in key for key in e if key != (v,)):
                value = add({}, {key: c for key, c in e.items() if key != (v,)}, -e[v,])
                try:
                    self.to.move(self.term, self.one(), {v: value}, hints=self.hints)
                    return
                except Untranslated:
                    continue
        raise Untranslated("no bracket gives it")

    def cancel_factor(self) -> None:
        gone = [dict(e) for e in self.term.brackets if e not in self.one().brackets]
        came = [dict(e) for e in self.one().brackets if e not in self.term.brackets]
        factor = _less(max(gone[0]), max(came[0])) if gone and came else None
        self.to.move(self.term, self.one(), hints=self.scaled({tuple(factor or ()): 1}))

    def split_bracket(self) -> None:
        size, a, _ = self.digits()
        between = self.to.bracketed(self.term, a, self.scaled(size))
        self.to.move(between, self.one(), hints=self.hints)

    def divide_range(self) -> None:
        size, a, _ = self.digits()
        self.to.move(self.term, self.one(), hints=self.scaled(size, a))

    multiply_range = divide_range

    def only_value(self) -> None:
        (value,) = self.digits()
        for n in self.data["names"]:
            v = self.bound.get(n, self.to.free.get(n, 0))
            term = self.to.bracketed(self.term, add(var(v), value, -1), self.hints)
            self.to.move(term, self.one(), {v: value} if v in term.bound else None, hints=self.hints)
            return

    def split_at_a_condition(self) -> None:
        (e,) = self.digits()
        for part, result in zip(self.to.split(self.term, e), self.results, strict=True):
            self.to.move(part, result, hints=self.hints)

    def join_at_a_condition(self) -> None:
        (e,) = self.digits()
        whole, other = self.results
        term = self.to.move(self.term, whole.with_range(e), hints=self.hints)
        part = replace(whole.with_range(add(const(-1), e, -1)), numerator=frozen(add({}, dict(whole.numerator), -1)))
        _, part = self.to.apply(term, Rule("Join", (self.to.bounds(whole),)), [whole, part])
        self.to.move(part, other, hints=self.hints)

    def split_a_coefficient(self) -> None:
        left = self.term
        if _total(self.results) != _total([left]):
            raise Untranslated("the coefficients do not add up")
        for at, result in enumerate(self.results[:-1]):
            below = lcm(*(one.denominator for one in self.results[at + 1 :]))
            total = {key: int(value * below) for key, value in _total(self.results[at + 1 :]).items()}
            other = replace(left, numerator=frozen(total), denominator=below)
            part = replace(left, numerator=result.numerator, denominator=result.denominator)
            part, left = self.to.apply(left, Rule("Apart", (part.coefficient, other.coefficient)), [part, other])
            self.to.move(part, result, hints=self.hints)
        self.to.move(left, self.results[-1], hints=self.hints)

    # -- one by one ------------------------------------------------------------------------------------------

    def chain(self, term: KernelTerm, number: Poly, count: int, use: Callable[[int, KernelTerm], None]) -> None:
        """Use the parts of a term where a number is 0, 1, .., count - 1, which are all that there are."""
        for at in range(count):
            e = add(number, const(-at))
            part = term
            if at < count - 1:
                part, term = self.to.split(term, add({}, e, -1))
            use(at, self.to.bracketed(part, e, self.hints))

    def _values(self, bound: bool) -> None:
        first, last = self.digits()
        count = add(last, first, -1).get((), 0) + 1
        for n in self.data["names"]:
            v = self.bound.get(n, self.to.free.get(n, 0))
            if (v in self.term.bound) or not bound:

                def use(at: int, part: KernelTerm, v: int = v) -> None:
                    value = add(first, const(at))
                    self.to.move(part, self.results[at], {v: value} if bound else None, hints=self.hints)

                self.chain(self.term, add(var(v), first, -1), count, use)
                return

    def cases_of_a_name(self) -> None:
        self._values(False)

    def write_out(self) -> None:
        self._values(True)

    def residues(self) -> None:
        size, _, c = self.digits()
        q = self.new_name(self.data["digits"][1])
        for n in self.data["names"]:
            v = self.to.bound[n]
            e = add(var(v), c, -1)
            term = self.to.quotient(self.term, q, e, size)
            start = add(mul(size, var(q)), c)

            def use(at: int, part: KernelTerm, v: int = v, start: Poly = start) -> None:
                self.to.move(part, self.results[at], {v: add(start, const(at))}, hints=self.hints)

            self.chain(term, add(e, mul(size, var(q)), -1), size[()], use)
            return

    def split_by_a_remainder(self) -> None:
        size, _, e = self.digits()
        q = self.new_name(self.data["digits"][1])
        term = self.to.quotient(self.term, q, e, size)

        def use(at: int, part: KernelTerm) -> None:
            self.to.move(part, self.results[at], hints=self.hints)

        self.chain(term, add(e, mul(size, var(q)), -1), size[()], use)

    def split_a_quotient(self) -> None:
        size, e, _, *cuts = self.digits()
        q = self.new_name(self.data["digits"][2])
        term = self.to.quotient(self.term, q, e, size)
        rest = add(e, mul(size, var(q)), -1)
        for cut, result in zip(cuts, self.results):
            part, term = self.to.split(term, add(add(cut, const(-1)), rest, -1))
            self.to.move(part, result, hints=self.hints)
        self.to.move(term, self.results[-1], hints=self.hints)

    def cases_of_a_maximum(self) -> None:
        for m, parts in self.to.assumed.maxima:
            if m in self.data["names"] and len(parts) == 2:
                of = [self.to.poly(p) for p in parts]
                for at, part in enumerate(self.to.split(self.term, add(of[0], of[1], -1))):
                    n, p = self.to.free[m], of[at]
                    whys = tuple(self.to.follows(add(p, o, -1), part) for o in of)
                    least = part.with_range(add(p, var(n), -1))
                    (part,) = self.to.apply(part, Rule("Greatest", (n, frozen(p), whys)), [least])
                    self.to.move(self.to.bracketed(part, add(var(n), p, -1)), self.results[at], hints=self.hints)
                return
        raise Untranslated("it is not a maximum of two")

    def divisors(self) -> None:
        size, a, rest = self.digits()
        c, used = rest[()], 0
        term = self.term
        for d in range(1, abs(c) + 1):
            part, term = self.to.split(term, add(const(d), size, -1))
            part = self.to.bracketed(part, add(size, const(-d)), self.hints)
            if c % d == 0:
                self.to.move(part, self.results[used], hints=self.hints)
                used += 1
            else:
                self.to.empty(self.to.move(part, part.with_bracket(add(mul(const(d), a), rest)), hints=self.hints))
        for e in (add(a, const(-1)), add(const(-1), a, -1)):
            part, term = self.to.split(term, e)
            self.to.empty(part, lambda goal, e=e: [(e, size)])  # type: ignore[misc]
        self.to.empty(term, lambda goal: [(a, size), (add({}, a, -1), size)])

    def count(self) -> None:
        self._telescoped(lambda v: mul(dict(self.term.numerator), var(v)), 1)

    def telescope(self) -> None:
        total, scale = self.digits()
        self._telescoped(lambda v: mul(const(self.term.denominator), total), scale[()])

    def _telescoped(self, total: Callable[[int], Poly], scale: int) -> None:
        """A sum from a to b, as what ``total`` is at b + 1 less what it is at a."""
        for n in self.data["names"]:
            v = self.to.bound[n]
            held = [r for r in self.term.ranges if any(v in key for key, _ in r)]
            low, high = sorted(held, key=lambda r: -dict(r).get((v,), 0))
            a, b = add(var(v), dict(low), -1), add(dict(high), var(v))
            others = tuple(r for r in self.term.ranges if r not in held)
            bound = tuple(n for n in self.term.bound if n != v)
            term = self.to.move(self.term, replace(self.term, ranges=(low, high, *others), bound=(v, *bound)))
            whole_sum = total(v)
            difference = add(substitute(whole_sum, {v: add(b, const(1))}), substitute(whole_sum, {v: a}), -1)
            made = KernelTerm(
                frozen(difference), term.denominator * scale, term.entries, term.brackets,
                (frozen(add(b, a, -1)), *others), bound,
            )  # fmt: skip
            rule = Rule("Telescope", (frozen(whole_sum), frozen(a), frozen(b), scale))
            (term,) = self.to.apply(term, rule, [made])
            self._or_nothing(term, add(b, a, -1))
            return

    def _or_nothing(self, term: KernelTerm, e: Poly) -> None:
        """From e >= 0 to e >= -1, where the coefficient is 0 if e = -1."""
        try:
            self.to.move(term, self.one(), hints=self.hints)
            return
        except Untranslated:
            pass
        wider = add(e, const(1))
        whole = replace(term, ranges=(frozen(wider), *term.ranges[1:]))
        term = self.to.move(term, whole.with_range(e))
        part = replace(whole.with_range(add(const(-1), e, -1)), numerator=frozen(add({}, dict(whole.numerator), -1)))
        whole, part = self.to.apply(term, Rule("Join", (self.to.bounds(whole),)), [whole, part])
        part = self.to.bracketed(part, wider)
        self.to.apply(self.to.move(part, replace(part, numerator=())), Rule("Vanished"), [])
        self.to.move(whole, self.one(), hints=self.hints)

    def one_quotient(self) -> None:
        size, e = self.digits()
        (n,) = self.data["names"]
        self._without_quotient(self.term, self.to.bound[n], e, size)

    def _without_quotient(self, term: KernelTerm, v: int, e: Poly, size: Poly) -> None:
        low = add(e, mul(size, var(v)), -1)
        held = {frozen(low), frozen(add(add(size, const(-1)), low, -1))}
        others = [dict(r) for r in term.ranges if r not in held and any(v in key for key, _ in r)]
        kept = [r for r in term.ranges if r not in held and dict(r) not in others]
        new = [_of_quotient(r, v, size, e) for r in others]
        bound = tuple(n for n in term.bound if n != v)
        bare = replace(term, ranges=(*kept, *map(frozen, new)), bound=bound)
        hints = self.scaled(size, *others)
        term = self.to.move(term, divided(bare, v, e, size), hints=hints)
        why = self.to.follows(add(size, const(-1)), bare)
        (term,) = self.to.apply(term, Rule("Unquotient", (v, frozen(e), frozen(size), why)), [bare])
        self.to.move(term, self.one(), hints=self.hints)

    def join_digits(self) -> None:
        size, q, r, u = self.digits()
        old, ((new,),) = next(iter(r))[0], [key for key in u]
        values = {old: add(u, mul(size, q), -1)}

        def moved(p: Frozen) -> Frozen:
            return frozen(substitute(dict(p), values))

        term = KernelTerm(
            moved(self.term.numerator), self.term.denominator,
            tuple((t, tuple(map(moved, ps))) for t, ps in self.term.entries),
            tuple(map(moved, self.term.brackets)), tuple(map(moved, self.term.ranges)),
            tuple(new if n == old else n for n in self.term.bound),
        )  # fmt: skip
        term = self.to.move(self.term, term, values, {new: add(r, mul(size, q))}, self.hints)
        self._without_quotient(term, next(iter(q))[0], u, size)


def _less(key: tuple[int, ...], other: tuple[int, ...]) -> list[int] | None:
    left = list(key)
    for n in other:
        if n not in left:
            return None
        left.remove(n)
    return left


def _of_quotient(p: Poly, v: int, size: Poly, e: Poly) -> Poly:
    """What v - a >= 0 or b - v >= 0 says of e if v = floor(e / S)."""
    rest = {key: value for key, value in p.items() if v not in key}
    if p.get((v,), 0) == 1:
        return add(e, mul(size, rest))
    return add(add(add(mul(size, rest), size), const(-1)), e, -1)
