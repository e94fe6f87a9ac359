"""What is known of fixed matrices: the identity of a bilinear algorithm, by which a sum over its products vanishes.

An algorithm computes h[i] = sum over l of C[i, l] (sum over k of A[l, k] w[k]) (sum over q of B[l, q] x[q]), with one
multiplication for every l. It is a correlation exactly if, for all i, k and q,

    sum over l of C[i, l] A[l, k] B[l, q] = [q = i + k],

a convolution if [i = q + k] stands there; if it is circular, the bracket holds up to multiples of the period. Whoever
assumes a contraction has checked it for the numbers in the matrices (``bilinear/identity.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symconv.algebra.forms import Access, Delta, Term, new_ranges
from symconv.algebra.polynomial import ONE, Polynomial


@dataclass(frozen=True)
class Contraction:
    """The identity for three tensors by name: C[i1, .., l], A[l, k1, ..] and B[l, q1, ..].

    Args:
        outer, left, right: C, A and B.
        flipped: [i = q + k] in place of [q = i + k].
        period: if it is circular, what may be added any number of times.
        because: the numbers of which it was checked, C, A and B; or the three Fourier matrices; None of neither.
    """

    outer: str
    left: str
    right: str
    flipped: bool = False
    period: Polynomial | None = None
    because: Any = None

    def renamed(self, names: Mapping[str, str]) -> Contraction:
        """The same for tensors of other names."""
        outer, left, right = (names.get(one, one) for one in (self.outer, self.left, self.right))
        return replace(self, outer=outer, left=left, right=right)

    def resized(self, values: Mapping[str, Polynomial]) -> Contraction:
        """The same with names in the period replaced."""
        if self.period is None:
            return self
        because = tuple(one.renamed(values) if hasattr(one, "renamed") else one for one in self.because or ())
        return replace(self, period=self.period.substitute(values), because=because or None)

    def applied(self, term: Term, taken: frozenset[str]) -> tuple[tuple[Access, ...], Term] | None:
        """The three entries that are summed over l, and the term with the bracket in their place; None without them.

        Names that are ``taken`` are not summed over.
        """
        accesses = [factor for factor in term.factors if isinstance(factor, Access)]
        for outer in (one for one in accesses if one.tensor.name == self.outer):
            products = outer.indices[-1]
            name = products.single_name
            is_only = products.value == 0 and (outer.tensor.shape or ())[-1:] == (ONE,)
            if not is_only and name not in term.bound:
                continue  # not a sum over all products
            left, right = (self._reading(accesses, tensor, products) for tensor in (self.left, self.right))
            if left is None or right is None:
                continue
            entries = (outer, left, right)
            others = (*outer.indices[:-1], *left.indices[1:], *right.indices[1:])
            if name is None or self._is_theirs_alone(term, name, entries, others):
                return entries, self._without(term, name, entries, taken)
        return None

    @staticmethod
    def _reading(accesses: Sequence[Access], tensor: str, products: Polynomial) -> Access | None:
        """The entry of a tensor that has this first index."""
        return next((one for one in accesses if one.tensor.name == tensor and one.indices[0] == products), None)

    @staticmethod
    def _is_theirs_alone(term: Term, name: str, entries: Sequence[Access], others: Sequence[Polynomial]) -> bool:
        """Whether the summed name is in these entries alone, and in no other index of theirs."""
        using = sum(any(name in one.names for one in factor.polynomials) for factor in term.factors)
        inside = any(name in index.names for index in others)
        return using == len(entries) and not inside and name not in term.coefficient.names

    def _without(self, term: Term, name: str | None, entries: tuple[Access, ...], taken: frozenset[str]) -> Term:
        """The bracket in place of the three entries, zero outside their boxes."""
        kept = list(term.factors)
        for entry in entries:
            kept.remove(entry)
        outer, left, right = entries
        bound = [other for other in term.bound if other != name]
        boxes = ((outer.indices[:-1], 0, -1), (left.indices[1:], 1, None), (right.indices[1:], 1, None))
        for entry, (indices, first, last) in zip(entries, boxes):
            shape = (entry.tensor.shape or ())[first:last]
            kept += new_ranges(kept, indices, shape)
        for i, k, q in zip(outer.indices[:-1], left.indices[1:], right.indices[1:], strict=True):
            one, other = (i, q + k) if self.flipped else (q, i + k)
            if self.period is not None:
                wrap = term.new_name("r", taken)
                taken |= {wrap}
                bound.append(wrap)
                other = other + self.period * Polynomial.name(wrap)
            kept.append(Delta.equal(one, other))
        return Term.make(term.coefficient, kept, bound)
