"""Did both sides compute the same? One function a kind of result; each says in words what it found.

Every check gets the results themselves, symconv's and the peer's, and raises ``CheckError`` where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Term = tuple[str, ...]
"""The names of the factors of a product, sorted."""
Polynomial = Mapping[Term, int]
"""Products with their coefficients; none is zero."""


class CheckError(Exception):
    """The two sides did not compute the same; the message says where."""


def require(condition: bool, problem: str) -> None:
    """
    >>> require(1 + 1 == 3, "the sum differs")
    Traceback (most recent call last):
    benchmarks.checks.CheckError: the sum differs
    """
    if not condition:
        raise CheckError(problem)


def same_numbers(ours: Mapping[str, Any], theirs: Mapping[str, Any], tolerance: float = 1e-10) -> str:
    """Arrays by name: the same shapes, and entries that differ by less than the tolerance (0: exactly the same).

    The tolerance is relative to the largest entry of an array, since entries are sums that may cancel.

    >>> same_numbers({"output": [1, 2]}, {"output": [1, 2]}, tolerance=0)
    'the same 2 numbers, exactly'
    """
    require(ours.keys() == theirs.keys(), f"one side has {sorted(ours)}, the other {sorted(theirs)}")
    count = 0
    for name, array in ours.items():
        one, other = np.asarray(array), np.asarray(theirs[name])
        require(one.shape == other.shape, f"{name}: shape {one.shape} against {other.shape}")
        close = np.abs(one - other) <= tolerance * np.abs(other).max(initial=0)
        require(bool(close.all()), f"{name}: {np.size(close) - int(close.sum())} of {np.size(close)} numbers differ")
        count += one.size
    return f"the same {count:,} numbers, " + (f"to {tolerance:g}" if tolerance else "exactly")


def polynomial(expression: Any) -> dict[Term, int]:
    """The products of an expanded expression (SymPy's or SymEngine's), by the names of its symbols.

    >>> import sympy
    >>> polynomial(sympy.sympify("2*a*b - c"))
    {('a', 'b'): 2, ('c',): -1}
    """
    terms: dict[Term, int] = {}
    for product in expression.args if expression.is_Add else (expression,):
        coefficient, names = 1, []
        for factor in product.args if product.is_Mul else (product,):
            if factor.is_Number:
                coefficient *= int(factor)
            else:
                require(bool(factor.is_Symbol), f"{factor} is neither a number nor a symbol")
                names.append(str(factor))
        key = tuple(sorted(names))
        terms[key] = terms.get(key, 0) + coefficient
    return dict(sorted((key, number) for key, number in terms.items() if number))


def same_polynomials(ours: Mapping[str, Sequence[Any]], theirs: Mapping[str, Sequence[Any]]) -> str:
    """Lists of expressions by quantity: every entry has the same products with the same coefficients.

    Where the peer has None for an entry, it was not asked for it.
    """
    require(ours.keys() == theirs.keys(), f"one side has {sorted(ours)}, the other {sorted(theirs)}")
    entries = terms = 0
    for name, expressions in ours.items():
        require(len(expressions) == len(theirs[name]), f"{name}: {len(expressions)} and {len(theirs[name])} entries")
        for at, (one, other) in enumerate(zip(expressions, theirs[name])):
            if other is not None:
                products = polynomial(one)
                require(products == polynomial(other), f"{name}: entry {at} differs")
                entries, terms = entries + 1, terms + len(products)
    require(entries > 0, "no entry was compared")
    return f"the same polynomials: {entries:,} entries, {terms:,} products"


def same_expressions(ours: Sequence[Any], theirs: Sequence[Any]) -> str:
    """SymPy expressions that are equal (==), one by one."""
    require(len(ours) == len(theirs) > 0, f"{len(ours)} against {len(theirs)} expressions")
    for at, (one, other) in enumerate(zip(ours, theirs)):
        require(bool(one == other), f"expression {at} differs")
    return f"{len(ours):,} equal expression{'s' if len(ours) > 1 else ''} (==)"


def same_verdicts(given: Sequence[str], expected: Sequence[str]) -> str:
    """Verdicts, claim by claim, against the ones that are known."""
    require(len(given) == len(expected) > 0, f"{len(given)} verdicts for {len(expected)} claims")
    wrong = [at for at, (one, other) in enumerate(zip(given, expected)) if one != other]
    first = f"number {wrong[0]} is {given[wrong[0]]}, not {expected[wrong[0]]}" if wrong else ""
    require(not wrong, f"{len(wrong)} of {len(given)} verdicts differ: {first}")
    kinds = ", ".join(f"{expected.count(kind):,} {kind}" for kind in sorted(set(expected)))
    return f"all {len(given):,} verdicts as known beforehand: {kinds}"


def same_keys(
    reported: Mapping[str, int],
    keys: Mapping[str, Mapping[str, np.ndarray]],
) -> str:
    """For every quantity: as many keys as symconv reports product terms, and the sorted keys of all views agree."""
    require(reported.keys() == keys.keys(), f"one side has {sorted(reported)}, the other {sorted(keys)}")
    for name, views in keys.items():
        first, *others = views.values()
        require(reported[name] == len(first), f"{name}: {reported[name]:,} product terms, {len(first):,} keys")
        for other in others:
            require(bool(np.array_equal(first, other)), f"{name}: the sorted keys of two views differ")
    return f"the same count, {sum(reported.values()):,} in all, and the same sorted keys in every view"


def same_answers(ours: Any, theirs: Any, what: str) -> str:
    """Plain values (text, numbers, dictionaries) that are equal."""
    require(ours == theirs, f"{what}: {str(ours)[:80]} against {str(theirs)[:80]}")
    return f"the same {what}"
