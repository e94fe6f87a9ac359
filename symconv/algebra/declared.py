"""Formulas as views declare them: SymPy's expressions, made when somebody asks for them, with the forms they stand for.

A view writes its formula once, with the operators + and *. What it is made of says the same in two languages, so that
the form need not be read back from SymPy, where nobody looks at the expression. Whatever meets another object of SymPy
is SymPy's expression from then on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import reduce
from operator import mul
from typing import Any, TypeVar

import sympy as sp

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_out import Writer

D = TypeVar("D", bound="_Declared")


class _Declared(ABC):
    """What can be asked for as SymPy's expression, and acts as that but for sums and products with its like."""

    @property
    @abstractmethod
    def expression(self) -> sp.Expr:
        """In SymPy."""

    @abstractmethod
    def _like(self: D, other: Any) -> D | None:
        """Another value of this kind, or None if it is SymPy's."""

    @abstractmethod
    def _plus(self: D, other: D) -> D: ...

    @abstractmethod
    def _times(self: D, other: D) -> D: ...

    def _sympy_(self) -> sp.Expr:
        return self.expression

    def __getattr__(self, name: str) -> Any:
        """What SymPy's expression has; not what SymPy asks other objects for."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.expression, name)

    def __add__(self, other: Any) -> Any:
        one = self._like(other)
        return self.expression + other if one is None else self._plus(one)

    def __mul__(self, other: Any) -> Any:
        one = self._like(other)
        return self.expression * other if one is None else self._times(one)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        return self.expression / other

    def __pow__(self, other: Any) -> Any:
        return self.expression**other

    def __eq__(self, other: object) -> bool:
        return bool(self.expression == (other.expression if isinstance(other, _Declared) else other))

    def __hash__(self) -> int:
        return hash(self.expression)

    def __repr__(self) -> str:
        return repr(self.expression)


class Index(_Declared):
    """A whole number, such as a position on an axis.

    >>> i, s = (Index(Polynomial.name(name), Writer()) for name in "is")
    >>> (2 * (i - 1) - s).polynomial, sp.Le(i, -1)
    (-2 + 2*i - s, i <= -1)
    """

    def __init__(self, polynomial: Polynomial, writer: Writer) -> None:
        self.polynomial, self.writer = polynomial, writer

    @property
    def expression(self) -> sp.Expr:
        return self.writer.polynomial(self.polynomial)

    def _like(self, other: Any) -> Index | None:
        if isinstance(other, int) and not isinstance(other, bool):
            return Index(Polynomial.constant(other), self.writer)
        return other if isinstance(other, Index) else None

    def _plus(self, other: Index) -> Index:
        return Index(self.polynomial + other.polynomial, self.writer)

    def _times(self, other: Index) -> Index:
        return Index(self.polynomial * other.polynomial, self.writer)


class Declared(_Declared):
    """A formula, or a part of one.

    Args:
        form: what it stands for.
        write: makes SymPy's expression.
    """

    def __init__(self, form: Form, write: Callable[[], sp.Expr]) -> None:
        self.form, self._write = form, write
        self._written: sp.Expr | None = None

    @property
    def expression(self) -> sp.Expr:
        if self._written is None:
            self._written = self._write()
        return self._written

    def _like(self, other: Any) -> Declared | None:
        return other if isinstance(other, Declared) else None

    def _plus(self, other: Declared) -> Declared:
        """Terms with fewer sums come first, as SymPy has them."""
        terms = sorted((*self.form, *other.form), key=lambda term: len(term.bound))
        return Declared(Form(tuple(terms)), lambda: self.expression + other.expression)

    def _times(self, other: Declared) -> Declared:
        return Declared(self.form * other.form, lambda: self.expression * other.expression)


def product(factors: Iterable[Declared | sp.Expr]) -> Any:
    """The product of some formulas, 1 if there are none."""
    return reduce(mul, factors, Declared(Form.constant(ONE), lambda: sp.S.One))
