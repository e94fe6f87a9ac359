"""Theorem files as data of ``checker.v``: names become numbers, first the free ones, then those that are bound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from symconv import verify
from symconv.proof.certificates.kernel import Frozen, KernelTerm, Law, Numbers, OneSum, Roots, frozen
from symconv.proof.certificates.multipliers import Poly, add, const, var


class Reading:
    """What is assumed in a theorem, its formulas with their steps, and its names.

    Raises:
        verify.Rejected: it cannot be read.
    """

    def __init__(self, theorem: Mapping[str, Any]) -> None:
        assumed = self.assumed = verify.Assumed(theorem["assumptions"], theorem["version"])
        layer = self.layer = theorem.get("layer") or {}
        self.of, formulas = theorem["of"], {}
        if "steps" in layer:
            formulas[verify.DEFINITION] = verify.defined_by(layer, self.of, assumed), layer["steps"]
        for label, one in theorem["formulas"].items():
            formulas[label] = verify.read_terms(one["start"], assumed), one["steps"]
        self.formulas: Mapping[str, tuple[list[verify.Term], Sequence[Mapping[str, Any]]]] = formulas
        steps = [step for _, of_one in formulas.values() for step in of_one]
        terms = [term for step in steps for term in verify.read_terms(step["result"], assumed)]
        terms += [term for start, _ in formulas.values() for term in start]
        free = assumed.names.union(*(verify.term_names(term) - set(term[2]) for term in terms))
        bound = {n for term in terms for n in term[2]}
        for step in steps:
            bound |= set(step.get("inverse", ())) | set(step.get("names", ()))
            digits = {n for p in step.get("digits", ()) for _, names in p for n in names}
            bound, free = bound | digits, free | digits
        self.free = {n: at for at, n in enumerate(sorted(free), 1)}
        last = max(len(free), 1)
        self.bound = {n: last + number for n in bound if (number := _of_definition(n))}
        last = max([last, *self.bound.values()])
        self.bound |= {n: at for at, n in enumerate(sorted(bound - self.bound.keys()), last + 1)}
        self.spare = max([last, *self.bound.values()]) + 1
        self.shapes = {
            t: None if shape is None else [self.poly(size) for size in shape] for t, shape in assumed.shapes.items()
        }
        least = [add(var(self.free[n]), const(-low)) for n, low in assumed.lower.items()]
        self.facts = [*least, *map(self.poly, assumed.facts)]

    def poly(self, p: verify.Poly | verify.Frozen, bound: Iterable[str] = ()) -> Poly:
        """A polynomial, in which all names are free but for those that are said to be bound."""
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

    def start(self, label: str) -> list[KernelTerm]:
        """The terms of a formula; of a layer's definition in the order in which ``checker.v`` makes them."""
        if label != verify.DEFINITION:
            return list(map(self.term, self.formulas[label][0]))
        found = verify.definition_of(self.layer, self.of, self.assumed)
        return [self.term(((((), 1),), tuple(factors), tuple(bound))) for factors, bound in found]

    def maxima(self) -> tuple[tuple[int, tuple[Frozen, ...]], ...]:
        return tuple((self.free[n], tuple(frozen(self.poly(p)) for p in of)) for n, of in self.assumed.maxima)

    def laws(self) -> tuple[Law, ...]:
        """What is assumed of tensors, in the order of the file: sums first."""
        return (*(OneSum(t, axes) for t, axes in self.assumed.sums.items()), *map(self._matrices, self._identities()))

    def _identities(self) -> Iterable[tuple[tuple[str, ...], bool, Mapping[str, Any]]]:
        for names, (flipped, _) in self.assumed.identities.items():
            yield names, flipped, self.assumed.given[names]

    def _matrices(self, one: tuple[tuple[str, ...], bool, Mapping[str, Any]]) -> Law:
        (outer, left, right), flipped, data = one
        names = (outer, left, right)
        if "matrices" in data:
            shapes = [self.assumed.shapes[t] or [] for t in names]
            read = [verify.read_matrix(m, shape) for m, shape in zip(data["matrices"], shapes)]
            return Numbers(names, flipped, tuple(tuple(tuple(map(Fraction, row)) for row in m) for m in read))
        order, signs = frozen(self.poly(verify.poly(data["order"]))), data["signs"]
        return Roots(names, flipped, signs[0] == 1, order, data["inverse"].index(1))


def _of_definition(name: str) -> int:
    """The number of a bound name of a layer's definition, after the last free one; 0 for any other name."""
    found = re.fullmatch(r"\$(?:([egco])|([ijkr])(0|[1-9][0-9]{0,3}))", name)
    return 1 + "egcoijkr".index(found[1] or found[2]) + 8 * (int(found[3] or 0) + 1) if found else 0
