"""The closed form of the gradient of a normalisation, from what the chain rule gives.

Two facts are used, about x minus its mean, called centered: its sum is 0, and centered / sqrt(var + eps) is xhat. With
them, what the chain rule adds up through mean and variance becomes (Ioffe and Szegedy 2015, simplified)

    dL/dx = 1 / (N sqrt(var + eps)) * (N g - sum g - xhat sum g xhat),  g = gamma dL/dz,

where the sums are over the N entries that are normalised together. ``agree`` proves that both are the same, for all
sizes, without these two facts: with centered and xhat written out in x, and N times 1/N for 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.budget import Budget
from symconv.algebra.calculus import Definition, unfold
from symconv.algebra.forms import Access, Form, Tensor, Term, fresh
from symconv.algebra.normal_form import Derivation, normal_form
from symconv.algebra.polynomial import Polynomial
from symconv.errors import SizeLimitError

MOST_SEARCHED = 10_000_000
"""How many steps products of facts are searched for in all formulas."""
ROUNDS = 6
"""Sums over the data and their counts are nested three deep, so this is more than enough."""


@dataclass(frozen=True)
class Normal:
    """The tensors of a normalisation.

    Args:
        centered, xhat: x - mean, and that times ``root``, 1 / sqrt(var + eps).
        kept: places of the axes that mean and variance have, among those of x.
    """

    centered: Tensor
    xhat: Tensor
    root: Tensor
    kept: tuple[int, ...]

    def closed(self, form: Form) -> Form:
        """The form without sums of centered, and with xhat for centered times the root."""
        return Form(tuple(self._scaled(term) for term in form if not self._vanishes(term)))

    def _vanishes(self, term: Term) -> bool:
        """Whether it has the sum of centered over all entries that are normalised together as a factor."""
        for at, factor in enumerate(term.factors):
            if isinstance(factor, Access) and factor.tensor == self.centered:
                own = [index.single_name for n, index in enumerate(factor.indices) if n not in self.kept]
                rest = Term(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]))
                others = [factor.indices[n].names for n in self.kept]
                taken = rest.names.union(*others)
                if all(name in term.bound and name not in taken for name in own) and len({*own}) == len(own):
                    return True
        return False

    def _scaled(self, term: Term) -> Term:
        """Every centered that has a root at the same place, as xhat."""
        factors = list(term.factors)
        for factor in term.factors:
            if isinstance(factor, Access) and factor.tensor == self.centered:
                root = Access(self.root, tuple(factor.indices[n] for n in self.kept))
                if root in factors:
                    factors.remove(root)
                    factors[factors.index(factor)] = Access(self.xhat, factor.indices)
        return Term.make(term.coefficient, factors, term.bound)

    def textbook(self, grad_output: Tensor, gamma: Access | None, share: Form, letters: Sequence[str]) -> Form:
        """The known formula of dL/dx at ``letters``; ``share`` is 1 / N, and gamma stands at those letters too."""
        at = {letter: Polynomial.name(letter) for letter in letters}
        others: dict[str, str] = {}
        for n, letter in enumerate(letters):
            if n not in self.kept:
                others[letter] = fresh(letter, {*letters, *others.values()})
        primed = {letter: Polynomial.name(other) for letter, other in others.items()}
        plain = [at[letter] for letter in letters]

        def entry(tensor: Tensor) -> Form:
            return Form.access(tensor, plain)

        g = entry(grad_output) if gamma is None else entry(grad_output) * Form((Term.make(_ONE, (gamma,)),))
        g_hat = g * entry(self.xhat)
        total, total_hat = (one.substitute(primed).summed(others.values()) for one in (g, g_hat))
        root = Form.access(self.root, [plain[n] for n in self.kept])
        return root * (g - share * (total + entry(self.xhat) * total_hat))


_ONE = Polynomial.constant(1)


def agree(
    forms: Sequence[Form],
    definitions: Mapping[str, Definition],
    assumptions: Assumptions,
    share: Mapping[Tensor, Sequence[Polynomial]],
) -> tuple[bool, int]:
    """Whether forms are the same once their definitions are written out; and in how many steps that was found.

    Args:
        share: tensors without axes that are 1 over a number, with the factors of that number.
    """
    found, steps = [], 0
    assumptions = assumptions.with_budget(Budget(MOST_SEARCHED))
    for form in forms:
        reduced = unfold(form, definitions)
        for _ in range(ROUNDS):
            try:
                derivation: Derivation = normal_form(reduced, assumptions, products=True)
            except SizeLimitError:
                return False, steps
            steps += len(derivation.steps)
            before, reduced = derivation.result, _cancelled(derivation.result, share)
            if before == reduced:
                break
        found.append(reduced)
    return all(one == found[0] for one in found), steps


def _cancelled(form: Form, share: Mapping[Tensor, Sequence[Polynomial]]) -> Form:
    """N times 1/N as 1, wherever a coefficient is a multiple of N."""
    terms = []
    for term in form:
        for tensor, number in share.items():
            factor = Access(tensor, ())
            while factor in term.factors and (quotient := _quotient(term.coefficient, number)) is not None:
                left = list(term.factors)
                left.remove(factor)
                term = Term.make(quotient, left, term.bound)
        terms.append(term)
    return Form(tuple(terms))


def _quotient(number: Polynomial, factors: Sequence[Polynomial]) -> Polynomial | None:
    """The number divided by all factors, or None if it is not a multiple."""
    common = lcm(*(Fraction(part).denominator for _, part in number.terms))
    number = number * common
    for factor in factors:
        number, rest = number.divided_by_term(factor)
        if rest:
            return None
    return number * Fraction(1, common)
