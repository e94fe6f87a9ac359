"""The rules of theorem files in the steps of ``checker.v``; a method a rule, and ``same_term`` for most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product as combinations_of
from math import lcm
from typing import Any

from symconv import verify
from symconv.proof.certificates.kernel import (
    Frozen,
    KernelTerm,
    Numbers,
    OneSum,
    Roots,
    Rule,
    Untranslated,
    divided,
    frozen,
    total,
)  # fmt: skip
from symconv.proof.certificates.kernel_line import Hints, Line, negative
from symconv.proof.certificates.multipliers import Certificate, Pair, Poly, add, const, mul, substitute, var
from symconv.proof.certificates.reading import Reading


class Step:
    """One step of a theorem file: a term of the line becomes others."""

    def __init__(
        self,
        reading: Reading,
        line: Line,
        term: KernelTerm,
        results: Sequence[KernelTerm],
        data: Mapping[str, Any],
        bound: Mapping[str, int],
    ) -> None:
        self.reading, self.to = reading, line
        self.term, self.results, self.data, self.bound = term, results, data, bound
        self.products = [(self.poly(p), self.poly(q)) for p, q in data.get("products", ())]

    def poly(self, data: Any) -> Poly:
        """Names that are bound before or after the step are; all others are free."""
        return self.reading.poly(verify.poly(data), self.bound)

    def digits(self) -> list[Poly]:
        return [self.poly(p) for p in self.data["digits"]]

    def new_name(self, p: Any) -> int:
        ((_, (n,)),) = p
        return self.reading.bound[n]

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
        old = {self.reading.bound[n]: self.poly(p) for n, p in self.data["names"].items()}
        new = {self.reading.bound[n]: self.poly(p) for n, p in self.data["inverse"].items()}
        self.to.move(self.term, self.one(), old, new, self.hints)

    def sift(self) -> None:
        (n,) = self.data["names"]
        v = self.reading.bound[n]
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
            v = self.bound.get(n, self.reading.free.get(n, 0))
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
        self.to.move(self.to.join(term, whole, e), other, hints=self.hints)

    def split_a_coefficient(self) -> None:
        left = self.term
        if total(self.results) != total([left]):
            raise Untranslated("the coefficients do not add up")
        for at, result in enumerate(self.results[:-1]):
            below = lcm(*(one.denominator for one in self.results[at + 1 :]))
            rest = {key: int(value * below) for key, value in total(self.results[at + 1 :]).items()}
            other = replace(left, numerator=frozen(rest), denominator=below)
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
            v = self.bound.get(n, self.reading.free.get(n, 0))
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
            v = self.reading.bound[n]
            e = add(var(v), c, -1)
            term = self.to.quotient(self.term, q, e, size)
            start = add(mul(size, var(q)), c)

            def use(at: int, part: KernelTerm, v: int = v, start: Poly = start) -> None:
                self.to.move(part, self.results[at], {v: add(start, const(at))}, hints=self.hints)

            self.chain(term, add(e, mul(size, var(q)), -1), size[()], use)
            return

    def join_residues(self) -> None:
        """The whole is taken away by its residues, of which the first is the term."""
        size, _ = self.digits()
        q = self.new_name(self.data["digits"][1])
        whole, *others = self.results
        (v,) = (self.reading.bound[n] for n in self.data["names"])
        _, less = self.to.insert(self.term, whole)
        less = self.to.quotient(less, q, var(v), size)
        start = mul(size, var(q))
        results = [negative(self.term), *others]

        def use(at: int, part: KernelTerm) -> None:
            self.to.move(part, results[at], {v: add(start, const(at))}, hints=self.hints)

        self.chain(less, add(var(v), start, -1), size[()], use)
        self.to.cancel(self.term, results[0])

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
        for m, parts in self.reading.assumed.maxima:
            if m in self.data["names"]:
                of = [self.reading.poly(p) for p in parts]
                won: list[dict[tuple[bool, ...], KernelTerm]] = [{} for _ in of]
                self._compare(self.term, of, self.reading.free[m], (), 0, won)
                for at in range(len(of)):
                    self._together(at, of, won[at], (), 0, self.results[at])
                return
        raise Untranslated("it is not a maximum")

    def _compare(
        self,
        term: KernelTerm,
        of: list[Poly],
        name: int,
        past: tuple[bool, ...],
        first: int,
        won: list[dict[tuple[bool, ...], KernelTerm]],
    ) -> None:
        """Split a term until it is known which polynomial is the first of the greatest; ``past`` has what was seen."""
        other = len(past) + 1
        if other < len(of):
            here, there = self.to.split(term, add(of[first], of[other], -1))
            self._compare(here, of, name, (*past, True), first, won)
            self._compare(there, of, name, (*past, False), other, won)
            return
        p = of[first]
        rule = Rule("Greatest", (name, frozen(p), self.greatest(p, of, term)))
        (term,) = self.to.apply(term, rule, [term.with_range(add(p, var(name), -1))])
        won[first][past[: max(first - 1, 0)]] = self.to.bracketed(term, add(var(name), p, -1))

    def greatest(self, p: Poly, of: list[Poly], term: KernelTerm) -> tuple[Certificate, ...]:
        """Why a polynomial is not below any other."""
        return tuple(self.to.follows(add(p, o, -1), term) for o in of)

    def _together(
        self,
        at: int,
        of: list[Poly],
        won: Mapping[tuple[bool, ...], KernelTerm],
        past: tuple[bool, ...],
        first: int,
        whole: KernelTerm,
    ) -> KernelTerm:
        """A term from its parts, in all of which one polynomial is the first of the greatest."""
        other = len(past) + 1
        if other >= at:
            p, name = of[at], self.reading.free[next(iter(self.data["names"]))]
            least = whole.with_range(add(p, var(name), -1))
            least = self.to.move(won[past], least, hints=self.hints)
            rule = Rule("Ungreatest", (name, frozen(p), self.greatest(p, of, whole)))
            return self.to.apply(least, rule, [whole])[0]
        e = add(of[first], of[other], -1)
        one = self._together(at, of, won, (*past, True), first, whole.with_range(e))
        two = self._together(at, of, won, (*past, False), other, whole.with_range(add(const(-1), e, -1)))
        return self.to.unsplit(one, two, whole)

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
            v = self.reading.bound[n]
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
        part = self.to.join(self.to.move(term, whole.with_range(e)), whole, e)
        part = self.to.bracketed(part, wider)
        self.to.apply(self.to.move(part, replace(part, numerator=())), Rule("Vanished"), [])
        self.to.move(whole, self.one(), hints=self.hints)

    # -- laws of tensors -------------------------------------------------------------------------------------

    def adds_up_to_one(self) -> None:
        for at, (tensor, indices) in enumerate(self.term.entries):
            for number, law in enumerate(self.reading.laws()):
                if isinstance(law, OneSum) and law.tensor == tensor:
                    with suppress(Untranslated), self.to.attempt():
                        self._added_up(at, number, law, indices)
                        return
        raise Untranslated("no entries add up to 1")

    def _added_up(self, at: int, number: int, law: OneSum, indices: Sequence[Frozen]) -> None:
        names = [single(dict(indices[axis])) for axis in law.axes]
        others = tuple(n for n in self.term.bound if n not in names)
        first = self.to.move(self.term, replace(self.term, bound=(*names, *others)))
        shape = self.reading.shapes[law.tensor] or []
        boxes = tuple(
            frozen(p)
            for axis, (e, size) in enumerate(zip(map(dict, indices), shape)) if axis not in law.axes
            for p in (e, add(add(size, const(-1)), e, -1))
        )  # fmt: skip
        left = KernelTerm(
            first.numerator, first.denominator, (*first.entries[:at], *first.entries[at + 1 :]), first.brackets,
            (*boxes, *first.ranges), others,
        )  # fmt: skip
        whys = tuple(self.to.always(add(shape[axis], const(-1))) for axis in law.axes)
        (left,) = self.to.apply(first, Rule("AddUp", (number, at, whys)), [left])
        self.to.move(left, self.one(), hints=self.hints)

    def bilinear_identity(self) -> None:
        for number, law in enumerate(self.reading.laws()):
            if not isinstance(law, OneSum):
                each = [[at for at, (t, _) in enumerate(self.term.entries) if t == tensor] for tensor in law.tensors]
                for places in combinations_of(*each):
                    with suppress(Untranslated), self.to.attempt():
                        self._contracted(number, law, places)
                        return
        raise Untranslated("no law of three matrices gives it")

    def _contracted(self, number: int, law: Numbers | Roots, places: Sequence[int]) -> None:
        (i, at), (_, k), (_, q) = (map(dict, self.term.entries[place][1]) for place in places)
        v = single(at) if at else self.reading.spare
        term = replace(self.term, bound=(v, *(n for n in self.term.bound if n != v)))
        if not at:  # one product: the sum over it is added
            term = replace(term, entries=_with_index(term.entries, places, frozen(var(v))))
        first = self.to.move(self.term, term, None, None if at else {v: {}}, self.hints)
        sizes = [(self.reading.shapes[t] or [])[axis] for t, axis in zip(law.tensors, (0, 1, 1))]
        boxes = tuple(frozen(p) for e, size in zip((i, k, q), sizes) for p in (e, add(add(size, const(-1)), e, -1)))
        far = add(add(i, k, -1 if law.flipped else 1), q, -1)
        new = [n for n in self.one().bound if n not in self.term.bound]
        n = new[0] if new else self.reading.spare + 1
        if isinstance(law, Roots):
            far = add(far, mul(dict(law.order), var(n)))
        left = KernelTerm(
            first.numerator, first.denominator,
            tuple(one for place, one in enumerate(first.entries) if place not in places),
            (frozen(far), *first.brackets), (*boxes, *first.ranges), (*new, *first.bound[1:]),
        )  # fmt: skip
        size = (self.reading.shapes[law.tensors[0]] or [])[1]
        one, two, three = (place - sum(before < place for before in places[:x]) for x, place in enumerate(places))
        why = self.to.always(add(size, const(-1)))
        (left,) = self.to.apply(first, Rule("Contract", (number, one, two, three, n, why)), [left])
        for turned in ({}, {n: add({}, var(n), -1)}) if new else ({},):
            with suppress(Untranslated), self.to.attempt():
                self.to.move(left, self.one(), turned, turned, self.hints)
                return
        raise Untranslated("the result is another")

    def one_quotient(self) -> None:
        size, e = self.digits()
        (n,) = self.data["names"]
        self._without_quotient(self.term, self.reading.bound[n], e, size)

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


def _with_index(
    entries: tuple[tuple[str, tuple[Frozen, ...]], ...], places: Sequence[int], index: Frozen
) -> tuple[tuple[str, tuple[Frozen, ...]], ...]:
    """With an index for the products of three matrices."""
    changed = list(entries)
    for place, axis in zip(places, (1, 0, 0)):
        tensor, indices = entries[place]
        changed[place] = (tensor, (*indices[:axis], index, *indices[axis + 1 :]))
    return tuple(changed)


def single(p: Poly) -> int:
    """The name that a polynomial is."""
    ((key, value),) = p.items()
    (name,) = key
    if value != 1:
        raise Untranslated("an index is not a name")
    return name
