"""Polynomials with integer (or rational) coefficients over names: the scalars of the algebra.

Indices such as ``s*i + d*k - p`` and coefficients such as ``2*n`` are values of this one kind. A name is
a string and stands for an integer; whether it is bound by a sum, free, or a size of the layer is not
known here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import FrozenInstanceError
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any

from symconv.foundations.values import setters

Monomial = tuple[str, ...]
Coefficient = int | Fraction


class _Open:
    """A polynomial in the making; it becomes a ``Polynomial``, the cheapest way to freeze it."""

    __slots__ = ("_hash", "_names", "_primitive", "_units", "terms")
    terms: tuple[tuple[Monomial, Coefficient], ...]
    _hash: int | None
    _names: frozenset[str] | None
    _primitive: bool | None
    _units: Mapping[str, int] | None


class Polynomial(_Open):
    """An immutable polynomial: sorted pairs of (sorted names with repetition, coefficient).

    >>> s, i, p = map(Polynomial.name, "sip")
    >>> s * i - p + 1
    1 + i*s - p
    """

    __slots__ = ()

    def __new__(cls, terms: dict[Monomial, Coefficient] | Iterable[tuple[Monomial, Coefficient]] = ()) -> Polynomial:
        pairs = terms.items() if isinstance(terms, dict) else terms
        return cls._of_sorted(tuple(sorted([pair for pair in pairs if pair[1]])))

    @staticmethod
    def _of_sums(sums: dict[Monomial, Coefficient]) -> Polynomial:
        """From the coefficients of products, which may be zero."""
        return Polynomial._of_sorted(tuple(sorted([pair for pair in sums.items() if pair[1]])))

    @staticmethod
    def _of_sorted(terms: tuple[tuple[Monomial, Coefficient], ...]) -> Polynomial:
        """From terms that are in order and not zero."""
        new: Any = _Open()
        new.terms = terms
        new._hash = new._names = new._primitive = new._units = None
        new.__class__ = Polynomial
        return new  # type: ignore[no-any-return]

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"a polynomial cannot be changed: {name} of {self!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"a polynomial cannot be changed: {name} of {self!r}")

    @staticmethod
    @lru_cache(maxsize=1024)
    def name(name: str) -> Polynomial:
        return Polynomial._of_sorted((((name,), 1),))

    @staticmethod
    def constant(value: Coefficient) -> Polynomial:
        return Polynomial._of_sorted((((), value),) if value else ())

    @staticmethod
    def of(value: Polynomial | Coefficient) -> Polynomial:
        return value if isinstance(value, Polynomial) else Polynomial.constant(value)

    def __reduce__(self) -> tuple[Any, ...]:
        """The terms alone: a hash is another number in another process."""
        return Polynomial._of_sorted, (self.terms,)

    def __hash__(self) -> int:
        if (known := self._hash) is None:
            _keep_hash(self, known := hash(self.terms))
        return known

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Polynomial) and self.terms == other.terms)

    def __lt__(self, other: Polynomial) -> bool:
        return self.terms < other.terms

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Polynomial | Coefficient) -> Polynomial:
        return self._plus(other, 1) if isinstance(other, Polynomial) else self._plus_number(other)

    def _plus(self, other: Polynomial, times: int) -> Polynomial:
        if len(other.terms) < 2:
            return self._plus_term(*other.terms[0], times) if other.terms else self
        total = dict(self.terms)
        for monomial, coefficient in other.terms:
            total[monomial] = total.get(monomial, 0) + times * coefficient
        return Polynomial._of_sums(total)

    def _plus_term(self, monomial: Monomial, coefficient: Coefficient, times: int) -> Polynomial:
        """A product added in its place."""
        terms = self.terms
        at = bisect_left(terms, (monomial,))
        total, rest = times * coefficient, terms[at:]
        if rest and rest[0][0] == monomial:
            total, rest = total + rest[0][1], rest[1:]
        return Polynomial._of_sorted((*terms[:at], (monomial, total), *rest) if total else terms[:at] + rest)

    def _plus_number(self, number: Coefficient) -> Polynomial:
        """A number added: it is the first of the terms."""
        terms = self.terms
        if not terms or terms[0][0]:
            return Polynomial._of_sorted((((), number), *terms)) if number else self
        total = terms[0][1] + number
        return Polynomial._of_sorted((((), total), *terms[1:]) if total else terms[1:])

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial._of_sorted(tuple([(m, -c) for m, c in self.terms]))

    def __sub__(self, other: Polynomial | Coefficient) -> Polynomial:
        return self._plus(other, -1) if isinstance(other, Polynomial) else self._plus_number(-other)

    def __rsub__(self, other: Coefficient) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | Coefficient) -> Polynomial:
        if not isinstance(other, Polynomial):
            return self._times_number(other)
        if (number := other.value) is not None:
            return self._times_number(number)
        if (number := self.value) is not None:
            return other._times_number(number)
        product: dict[Monomial, Coefficient] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                monomial = tuple(sorted(left + right))
                product[monomial] = product.get(monomial, 0) + a * b
        return Polynomial._of_sums(product)

    def _times_number(self, number: Coefficient) -> Polynomial:
        if number == 1:
            return self
        return Polynomial._of_sorted(tuple([(m, c * number) for m, c in self.terms]) if number else ())

    __rmul__ = __mul__

    @property
    def names(self) -> frozenset[str]:
        if (known := self._names) is None:
            terms = self.terms
            found = terms[0][0] if len(terms) == 1 else [name for monomial, _ in terms for name in monomial]
            _keep_names(self, known := frozenset(found))
        return known

    @property
    def value(self) -> Coefficient | None:
        """The number that this polynomial is, or None where a name occurs in it."""
        terms = self.terms
        if not terms:
            return 0
        return None if terms[-1][0] else terms[-1][1]  # the product of no name comes first

    @property
    def single_name(self) -> str | None:
        """The name that this polynomial is, or None if it is anything else."""
        if len(self.terms) == 1 and len(self.terms[0][0]) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0][0]
        return None

    @property
    def constant_term(self) -> Coefficient:
        return self.terms[0][1] if self.terms and not self.terms[0][0] else 0

    @property
    def variable_terms(self) -> tuple[tuple[Monomial, Coefficient], ...]:
        """The terms with a name in them."""
        return self.terms[1:] if self.terms and not self.terms[0][0] else self.terms

    def degree(self, names: frozenset[str] | set[str]) -> int:
        """The highest total degree in the given names."""
        return max((sum(name in names for name in monomial) for monomial, _ in self.terms), default=0)

    def coefficient(self, name: str) -> Polynomial:
        """The polynomial that multiplies ``name``, where the degree in ``name`` is at most one."""
        return Polynomial([(tuple([n for n in m if n != name]), c) for m, c in self.terms if name in m])

    def unit(self, name: str) -> int:
        """The coefficient of ``name`` if that is exactly 1 or -1, else 0."""
        found = 0
        for monomial, coefficient in self.terms:
            if name in monomial:
                if len(monomial) > 1 or coefficient not in (1, -1):
                    return 0
                found = int(coefficient)
        return found

    @property
    def units(self) -> Mapping[str, int]:
        """The names whose coefficient is exactly 1 or -1, with it."""
        if (known := self._units) is None:
            found: dict[str, int] = {}
            more: list[str] = []
            for monomial, coefficient in self.terms:
                if len(monomial) == 1 and coefficient in (1, -1):
                    found[monomial[0]] = int(coefficient)
                else:
                    more += monomial
            for name in more:
                found.pop(name, None)
            _keep_units(self, known := found)
        return known

    def without(self, name: str) -> Polynomial:
        return Polynomial._of_sorted(tuple([(m, c) for m, c in self.terms if name not in m]))

    @property
    def is_primitive(self) -> bool:
        """Whether it has whole coefficients, 1 or -1 among those of names, and no name is in all terms."""
        if (known := self._primitive) is None:
            whole = all([isinstance(c, int) for _, c in self.terms])
            if whole and self.units and len(self.terms) > 1:
                _keep_primitive(self, True)
                return True
            has_unit = any([m and c in (1, -1) for m, c in self.terms])
            common = self.terms and any(all(name in m for m, _ in self.terms) for name in self.terms[0][0])
            _keep_primitive(self, known := bool(whole and has_unit and not common))
        return known

    def content(self) -> int:
        """The greatest common divisor of the coefficients of all names (integer coefficients only)."""
        return gcd(*(int(c) for m, c in self.terms if m))

    def divided_by_term(self, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
        """(quotient, rest) with self = divisor * quotient + rest: the terms that the divisor's only term divides.

        Of a divisor of several terms a name with coefficient 1 or -1 goes, if there is one. Of numbers the rest is from
        0 to divisor - 1.
        """
        if len(divisor.terms) != 1:
            return self._divided_by_sum(divisor)
        ((names, size),) = divisor.terms
        quotient: list[tuple[Monomial, Coefficient]] = []
        rest: list[tuple[Monomial, Coefficient]] = []
        for monomial, coefficient in self.terms:
            left = without_names(monomial, names)
            whole, over = divmod(coefficient, size)
            if left is None or (over and monomial):
                rest.append((monomial, coefficient))
            else:
                quotient.append((left, whole))
                rest.append((monomial, over))  # of names nothing is over here
        return Polynomial(quotient), Polynomial(rest)

    def whole_quotient(self, divisor: Polynomial) -> Polynomial:
        """The whole multiple of a divisor of one term that leaves its products with numbers from 0 to below its own."""
        ((names, size),) = divisor.terms
        parts = ((without_names(monomial, names), coefficient // size) for monomial, coefficient in self.terms)
        return Polynomial([(left, whole) for left, whole in parts if left is not None])

    def _divided_by_sum(self, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
        """Written in D = u + r for the name u, self is the sum of c_k D^k, and the quotient that of c_k D^(k - 1)."""
        name = next((name for name in sorted(divisor.names, reverse=True) if divisor.unit(name)), None)
        if name is None:
            return (ONE, Polynomial()) if self == divisor else (Polynomial(), self)
        whole = Polynomial.name(name) * divisor.unit(name)  # of D, which has the name's place
        written = self.substitute({name: whole - divisor.without(name) * divisor.unit(name)})
        lower = Polynomial([(without_names(m, (name,)) or (), c) for m, c in written.terms if name in m])
        return lower.substitute({name: divisor}), written.without(name)

    def substitute(self, values: Mapping[str, Polynomial]) -> Polynomial:
        terms = self.terms
        if len(terms) == 1 and len(terms[0][0]) == 1:
            monomial, times = terms[0]
            value = values.get(monomial[0])
            return self if value is None else value if times == 1 else value._times_number(times)
        if (self._names or self.names).isdisjoint(values):
            return self
        total: dict[Monomial, Coefficient] = {}
        for monomial, coefficient in terms:
            if len(monomial) == 1:
                for m, c in values[monomial[0]].terms if monomial[0] in values else ((monomial, 1),):
                    total[m] = total[m] + coefficient * c if m in total else coefficient * c
                continue
            replaced = [name for name in monomial if name in values]
            if not replaced:
                total[monomial] = total[monomial] + coefficient if monomial in total else coefficient
                continue
            rest = tuple([n for n in monomial if n not in values])
            value = values[replaced[0]]
            for name in replaced[1:]:
                value = value * values[name]
            for m, c in value.terms:
                product = tuple(sorted(rest + m)) if rest and m else rest or m
                total[product] = total[product] + coefficient * c if product in total else coefficient * c
        return Polynomial._of_sums(total)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value at integers or NumPy arrays (which broadcast) for every name."""
        total: Any = 0
        for monomial, coefficient in self.terms:
            product: Any = coefficient
            for name in monomial:
                product = product * values[name]
            total = total + product
        return total

    def __repr__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, coefficient in self.terms:
            sign = " - " if coefficient < 0 else " + "
            body = "*".join(monomial)
            size = abs(coefficient)
            text += sign + (body if body and size == 1 else f"{size}*{body}" if body else str(size))
        return text.removeprefix(" + ").replace(" - ", "-", 1) if text.startswith(" - ") else text[3:]


def without_names(monomial: Monomial, names: Monomial) -> Monomial | None:
    """The product without the given names; None where they do not divide it."""
    left = list(monomial)
    for name in names:
        if name not in left:
            return None
        left.remove(name)
    return tuple(left)


# What is computed once is kept past ``__setattr__``, by the slots themselves.
_keep_hash, _keep_names, _keep_primitive, _keep_units = setters(_Open, "_hash", "_names", "_primitive", "_units")

ZERO, ONE = Polynomial(), Polynomial.constant(1)
