"""Floors and maxima of names that are summed over, written as sums and cases.

A name that stands for a floor is fixed for a whole formula. Of a summed name k, floor((k + 1) / s) is another number
for each k: the one q with 0 <= k + 1 - s q <= s - 1. A maximum is the greatest in each of its cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symconv.algebra.assumptions import Defined, Floor, Maximum
from symconv.algebra.forms import Form, Range, Term, fresh
from symconv.algebra.polynomial import Polynomial
from symconv.errors import FormulaError


def without_defined(form: Form, defined: Mapping[str, Defined], inside: frozenset[str]) -> Form:
    """The form without the defined names that are made of the names ``inside``.

    Raises:
        FormulaError: a floor divides by one of them.

    >>> k, q = Polynomial.name("k"), Polynomial.name("floor(k/2)")
    >>> (term,) = without_defined(Form.constant(q), {"floor(k/2)": Floor(k, Polynomial.constant(2))}, frozenset("k"))
    >>> term.coefficient, [factor.expression for factor in term.factors], term.bound
    (q, [1 - k + 2*q, k - 2*q], ('q',))
    """
    for name in reversed(list(defined)):  # what it is made of was defined before
        if name in form.free and not made_of(name, defined).isdisjoint(inside):
            one = defined[name]
            form = _summed(form, name, one, inside) if isinstance(one, Floor) else _in_cases(form, name, one)
    return form


def made_of(name: str, defined: Mapping[str, Defined]) -> frozenset[str]:
    """The names inside a floor's or maximum's name, at any depth; none for other names."""
    one = defined.get(name)
    return frozenset() if one is None else one.names.union(*(made_of(part, defined) for part in one.names))


def maxima(defined: Mapping[str, Defined]) -> frozenset[str]:
    """The names of maxima."""
    return frozenset(name for name, one in defined.items() if isinstance(one, Maximum))


def _summed(form: Form, name: str, floor: Floor, inside: frozenset[str]) -> Form:
    """f(floor(a / D)) = sum_q f(q) [a - D q >= 0] [D - 1 - a + D q >= 0]."""
    if not floor.denominator.names.isdisjoint(inside):
        raise FormulaError(name, "it divides by a summed name", "divide by numbers and by names that are not summed")
    new = fresh("q", form.free | floor.names)
    ranges = map(Range, floor.facts(new))
    return form.substitute({name: Polynomial.name(new)}).times(ranges).summed((new,))


def _in_cases(form: Form, name: str, maximum: Defined) -> Form:
    """f(max(a, b)) = f(a) [a - b >= 0] + f(b) [b - a - 1 >= 0]; of what is above a maximum there are no cases."""
    assert isinstance(maximum, Maximum)
    form = Form(tuple(_above_all(term, name, maximum) for term in form))
    if name not in form.free:
        return form
    result = Form()
    for at, greatest in enumerate(maximum.of):
        result = result + form.substitute({name: greatest}).times(greatest_of(maximum, at))
    return result


def _above_all(term: Term, name: str, maximum: Maximum) -> Term:
    """The term with ranges that are above a maximum as ranges that are above each part of it."""
    term = term.renamed_apart(maximum.names)
    ranges = [one for factor in term.factors if isinstance(factor, Range) for one in above(factor, {name: maximum})]
    others = (factor for factor in term.factors if not isinstance(factor, Range))
    return Term.make(term.coefficient, (*others, *ranges), term.bound)


def above(condition: Range, defined: Mapping[str, Defined]) -> list[Range]:
    """[e - c max(a, b) >= 0] = [e - c a >= 0] [e - c b >= 0] for a number c > 0; all others stay as they are.

    >>> m, k = Polynomial.name("m"), Polynomial.name("k")
    >>> above(Range(k - m), {"m": Maximum((Polynomial.name("a"), Polynomial.name("b")))})
    [Range(expression=-a + k), Range(expression=-b + k)]
    """
    expression = condition.expression
    for name in sorted(expression.names & defined.keys()):
        one, times = defined[name], expression.coefficient(name).value
        if isinstance(one, Maximum) and times is not None and times < 0 and expression.degree({name}) == 1:
            parts = (condition.substitute({name: greatest}) for greatest in one.of)
            return [range_ for part in parts for range_ in above(part, defined)]
    return [condition]


def greatest_of(maximum: Maximum, at: int) -> Iterator[Range]:
    """That one of the polynomials is the greatest, and the first of those."""
    for other, polynomial in enumerate(maximum.of):
        if other != at:
            yield Range(maximum.of[at] - polynomial - (other < at))
