"""Brute force: the value of a SymPy formula by summing over integers, one after the other.

The oracle for the algebra. It shares no code with symconv: it reads SymPy's own nodes, runs every sum from
its lower to its upper limit, and gives zero for a tensor outside its box. ``by_loops`` does the same for a form, of
which it reads the names, factors and coefficients.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symconv.algebra.forms import Access, Delta, Factor, Form, Term
from symconv.algebra.polynomial import Polynomial

Environment = dict[str, int]
Tensors = Mapping[str, "Entries"]
Evaluator = Callable[[Environment, Tensors], int]

WINDOW = 15
"""A sum over all integers is run from -WINDOW to WINDOW: far outside every box of the tests."""


class Entries:
    """Random integers on all of Z^r, zero outside the box; given entries override them."""

    def __init__(
        self, shape: tuple[int, ...] | None, seed: int = 0, given: Mapping[tuple[int, ...], int] | None = None
    ):
        self.shape, self.seed, self.given = shape, seed, given

    def __getitem__(self, index: tuple[int, ...]) -> int:
        if self.shape is not None and not all(0 <= i < n for i, n in zip(index, self.shape, strict=True)):
            return 0
        if self.given is not None:
            return self.given.get(index, 0)
        return random.Random(f"{self.seed} {index}").randint(-9, 9)


def compiled(expr: sp.Basic) -> Evaluator:
    """A function of (names, tensors) that evaluates the expression."""
    if isinstance(expr, sp.Integer):
        number = int(expr)
        return lambda env, tensors: number
    if expr in (sp.oo, -sp.oo):
        far = WINDOW if expr == sp.oo else -WINDOW
        return lambda env, tensors: far
    if isinstance(expr, sp.Rational):
        fraction = Fraction(int(expr.p), int(expr.q))  # in comparisons only, where SymPy divides through
        return lambda env, tensors: fraction  # type: ignore[return-value]
    if isinstance(expr, sp.Symbol):
        name = expr.name
        return lambda env, tensors: env[name] if name in env else tensors[name][()]
    if isinstance(expr, sp.Add):
        parts = [compiled(arg) for arg in expr.args]
        return lambda env, tensors: sum(part(env, tensors) for part in parts)
    if isinstance(expr, sp.Mul):
        factors = [compiled(arg) for arg in sorted(expr.args, key=lambda a: not isinstance(a, sp.KroneckerDelta))]

        def multiplied(env: Environment, tensors: Tensors) -> int:
            product = 1
            for factor in factors:
                product *= factor(env, tensors)
                if not product:
                    return 0
            return product

        return multiplied
    if isinstance(expr, sp.Pow):
        base, exponent = compiled(expr.base), int(expr.exp)
        return lambda env, tensors: base(env, tensors) ** exponent
    if isinstance(expr, sp.floor):
        above, below = map(compiled, sp.fraction(sp.together(expr.args[0])))
        return lambda env, tensors: above(env, tensors) // below(env, tensors)
    if isinstance(expr, (sp.Max, sp.Min)):
        choices, best = [compiled(arg) for arg in expr.args], max if isinstance(expr, sp.Max) else min
        return lambda env, tensors: best(choice(env, tensors) for choice in choices)
    if isinstance(expr, sp.KroneckerDelta):
        left, right = compiled(expr.args[0]), compiled(expr.args[1])
        return lambda env, tensors: int(left(env, tensors) == right(env, tensors))
    if isinstance(expr, sp.Indexed):
        label, indices = str(expr.base.label), [compiled(index) for index in expr.indices]
        return lambda env, tensors: tensors[label][tuple(index(env, tensors) for index in indices)]
    if isinstance(expr, sp.Sum):
        return _summed(expr)
    if isinstance(expr, sp.Piecewise):
        pairs = [(compiled(value), compiled(condition)) for value, condition in expr.args]
        return lambda env, tensors: next((v(env, tensors) for v, c in pairs if c(env, tensors)), 0)
    if expr == sp.true:
        return lambda env, tensors: 1
    if isinstance(expr, (sp.And, sp.Or)):
        conditions, together = [compiled(arg) for arg in expr.args], all if isinstance(expr, sp.And) else any
        return lambda env, tensors: int(together(condition(env, tensors) for condition in conditions))
    comparisons = {
        sp.Ge: operator.ge, sp.Gt: operator.gt, sp.Le: operator.le, sp.Lt: operator.lt, sp.Eq: operator.eq,
        sp.Ne: operator.ne,
    }  # fmt: skip
    if type(expr) in comparisons:
        compare = comparisons[type(expr)]
        lhs, rhs = compiled(expr.args[0]), compiled(expr.args[1])
        return lambda env, tensors: int(compare(lhs(env, tensors), rhs(env, tensors)))
    raise TypeError(f"no brute force for {type(expr)}: {expr}")


def _summed(expr: sp.Sum) -> Evaluator:
    body = compiled(expr.function)
    limits = [(symbol.name, compiled(low), compiled(high)) for symbol, low, high in expr.limits]

    def run(env: Environment, tensors: Tensors, depth: int) -> int:
        if depth < 0:
            return body(env, tensors)
        name, low, high = limits[depth]
        outer = env.get(name)
        total = 0
        for value in range(low(env, tensors), high(env, tensors) + 1):
            env[name] = value
            total += run(env, tensors, depth - 1)
        if outer is None:
            env.pop(name, None)
        else:
            env[name] = outer
        return total

    return lambda env, tensors: run(env, tensors, len(limits) - 1)


def number(polynomial: Polynomial, values: dict[str, int]) -> Any:
    total: Any = 0
    for monomial, coefficient in polynomial.terms:
        for name in monomial:
            coefficient = coefficient * values[name]
        total += coefficient
    return total


def factor_value(factor: Factor, values: dict[str, int], arrays: dict[str, Any]) -> Any:
    if isinstance(factor, Access):
        at = tuple(number(index, values) for index in factor.indices)
        array = arrays[factor.tensor.name]
        return array[at] if all(0 <= i < size for i, size in zip(at, array.shape)) else 0
    value = number(factor.expression, values)
    return int(value == 0) if isinstance(factor, Delta) else int(value >= 0)


def by_loops(
    form: Form,
    axes: list[tuple[str, int]],
    arrays: dict[str, Any],
    reach: int,
    others: Mapping[str, int] | None = None,
) -> Any:
    """Every entry of a form, summed over all values of the bound names from -reach to reach.

    ``others`` has a number for every other free name.
    """
    letters = [letter for letter, _ in axes]
    entries = np.zeros([size for _, size in axes], dtype=object)
    loops = [_loops(term, arrays, range(-reach, reach + 1)) for term in form]
    for at in np.ndindex(entries.shape):
        for loop in loops:
            entries[at] += loop({**(others or {}), **dict(zip(letters, at))}, 0)
    return entries


def _loops(term: Term, arrays: dict[str, Any], every: range) -> Callable[[dict[str, int], int], Any]:
    """One loop in another for the bound names; a factor is computed as soon as all its names have numbers.

    Where it is 0, so is the product, and the loops inside are left out.
    """
    known: list[list[Factor]] = [[] for _ in range(len(term.bound) + 1)]
    for factor in term.factors:
        names = frozenset().union(*(polynomial.names for polynomial in factor.polynomials))
        known[max((depth for depth, name in enumerate(term.bound, 1) if name in names), default=0)].append(factor)

    def loop(values: dict[str, int], depth: int) -> Any:
        product: Any = 1
        for factor in known[depth]:
            product = product * factor_value(factor, values, arrays)
            if product == 0:
                return 0
        if depth == len(term.bound):
            return product * number(term.coefficient, values)
        return product * sum(loop({**values, term.bound[depth]: value}, depth + 1) for value in every)

    return loop
