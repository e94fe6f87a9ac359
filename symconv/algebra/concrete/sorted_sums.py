"""Sums of products of symbols in SymPy, their arguments ordered by one sort in NumPy.

``Add`` and ``Mul`` search their arguments for what can be combined, and then sort them by ``Basic.compare``. In
collected product terms nothing can be combined: the symbols of a product differ, and so do the products of a sum.
And the order is known beforehand. In a product the number comes first, then the symbols by name. In a sum the
number comes first, then the symbols, then the products, those with fewer arguments first; of two with as many, the
first arguments that differ decide (``Basic.compare`` and ``ordering_of_classes`` in SymPy's ``core/basic.py``). So the
places of all arguments in that order are found once, and sorting rows of places sorts the sums. SymPy cannot tell the
results from its own: they are equal, with the same arguments in the same order.

Whatever is not a plain symbol, or is twice in a product, goes through ``Add`` and ``Mul`` themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import combinations
from typing import Any

import sympy as sp

from symconv.algebra.concrete.plan import Integers
from symconv.foundations.later import np, npt


@dataclass(frozen=True)
class Products:
    """Products with the same number of factors, one a row.

    Args:
        sums: the number of the sum that each product belongs to.
        factors: one column for every factor, of places in a list of expressions.
        coefficients: ints or fractions other than 0.
    """

    sums: Integers
    factors: Sequence[Integers]
    coefficients: npt.NDArray[Any]


def sums_of_products(count: int, expressions: Sequence[sp.Expr], groups: Sequence[Products]) -> list[sp.Expr]:
    """The sums number 0 to ``count`` - 1, as ``Add`` and ``Mul`` make them.

    Args:
        expressions: what the factors are places in.
        groups: the products. No sum has the same factors twice, in one order or another.

    >>> x, y, z = sp.symbols("x y z")
    >>> pairs = Products(np.array([0, 0, 2]), [np.array([2, 1, 0]), np.array([0, 0, 1])], np.array([1, 1, 3]))
    >>> sums_of_products(3, [x, y, z], [pairs])
    [x*y + x*z, 0, 3*x*y]
    """
    if _are_different_symbols(expressions) and not any(map(_has_powers, groups)):
        return sorted_sums(count, expressions, groups)
    return plain_sums(count, expressions, groups)


def plain_sums(count: int, expressions: Sequence[sp.Expr], groups: Sequence[Products]) -> list[sp.Expr]:
    """The sums of any products of any expressions, by ``Add`` and ``Mul``."""
    sums: list[list[sp.Expr]] = [[] for _ in range(count)]
    for group in groups:
        columns = [group.sums, group.coefficients, *group.factors]
        for at, coefficient, *factors in zip(*(column.tolist() for column in columns)):
            sums[at].append(sp.Mul(sp.Rational(coefficient), *(expressions[factor] for factor in factors)))
    return [sp.Add(*products) for products in sums]


def sorted_sums(count: int, symbols: Sequence[sp.Symbol], groups: Sequence[Products]) -> list[sp.Expr]:
    """The sums of different products of different symbols, by one sort."""
    arguments = _Arguments.of(symbols, groups)
    rows = [row for group in groups for row in arguments.rows(group)]
    width = max((len(columns) for _, columns in rows), default=0)
    products, keys = [], [np.zeros((2 + width, 0), dtype=np.int64)]
    for sums, columns in rows:
        products += [sp.Mul._from_args(args, True) for args in zip(*map(arguments.at, columns))]
        unused = [np.zeros_like(sums)] * (width - len(columns))
        keys.append(np.stack([sums, np.full_like(sums, len(columns)), *columns, *unused]))
    key = np.concatenate(keys, axis=1)
    ordered = [products[at] for at in np.lexsort(key[::-1]).tolist()]
    ends = np.cumsum(np.bincount(key[0], minlength=count)).tolist()
    return [sp.Add._from_args(tuple(ordered[start:end]), True) for start, end in zip([0, *ends], ends)]


@dataclass(frozen=True)
class _Arguments:
    """All arguments of products in SymPy's order: the coefficients, then the symbols.

    ``symbols`` has the place of every symbol, and ``numbers`` that of every coefficient.
    """

    ordered: npt.NDArray[np.object_]
    symbols: Integers
    numbers: dict[Any, int]

    @staticmethod
    def of(symbols: Sequence[sp.Symbol], groups: Sequence[Products]) -> _Arguments:
        different = {value for group in groups for value in group.coefficients.tolist()}
        comparable = {value: cmp_to_key(sp.Basic.compare)(sp.Rational(value)) for value in different}
        numbers = sorted(different, key=comparable.__getitem__)
        order = sorted(range(len(symbols)), key=[symbol.name for symbol in symbols].__getitem__)
        order.sort(key=lambda at: len(symbols[at]._hashable_content()))  # less is assumed of the first
        ordered = np.empty(len(numbers) + len(symbols), dtype=object)
        ordered[:] = [*map(sp.Rational, numbers), *(symbols[at] for at in order)]
        places = np.empty(len(symbols), dtype=np.int64)
        places[order] = np.arange(len(numbers), len(ordered))
        return _Arguments(ordered, places, {value: at for at, value in enumerate(numbers)})

    def rows(self, group: Products) -> Iterator[tuple[Integers, list[Integers]]]:
        """The sum of each product and the places of its arguments, once without and once with a coefficient."""
        factors = list(np.sort([self.symbols[column] for column in group.factors], axis=0))
        bare = group.coefficients == 1 if factors else np.zeros(len(group.sums), dtype=bool)
        if bare.all():
            yield group.sums, factors
            return
        yield group.sums[bare], [column[bare] for column in factors]
        coefficients = group.coefficients[~bare].tolist()
        numbers = np.array([self.numbers[value] for value in coefficients], dtype=np.int64)
        yield group.sums[~bare], [numbers, *(column[~bare] for column in factors)]

    def at(self, places: Integers) -> list[sp.Expr]:
        return self.ordered[places].tolist()  # type: ignore[no-any-return]


def _are_different_symbols(expressions: Sequence[sp.Expr]) -> bool:
    """Whether all are commutative symbols, no two of one name."""
    plain = all(type(one) is sp.Symbol and one.is_commutative for one in expressions)
    return plain and len({one.name for one in expressions}) == len(expressions)


def _has_powers(group: Products) -> bool:
    """Whether a factor is twice in a product."""
    return any(bool((one == other).any()) for one, other in combinations(group.factors, 2))
