"""Functions that networks apply to tensors: entry by entry, with their derivatives, and softmax.

Conventions where a derivative does not exist are PyTorch's: relu'(0) = 0, and leaky relu has its negative slope
at 0. ``log`` is only ever applied to a softmax, and computed from its argument, so no logarithm of 0 is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.algebra.calculus import same_entry
from symconv.algebra.forms import Access, Applied, Form, Tensor, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SymconvError
from symconv.printing.tree import Added, Call, Name, Node, Number, Operator, Quotient, Root

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Known:
    """What is known of a function: its formulas in SymPy and in NumPy, and those of its derivatives, in order.

    ``latex`` is the function's sign, without its argument. ``words`` is the convention at points where it has no
    derivative, if there are any.
    """

    latex: str
    formulas: tuple[Callable[[sp.Expr, sp.Expr], sp.Expr], ...]
    numbers: tuple[Callable[[Array, float], Array], ...]
    words: str = ""


def _step(z: sp.Expr, above: sp.Expr, else_: sp.Expr) -> sp.Expr:
    return sp.Piecewise((above, z > 0), (else_, True))


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


_erfc = np.vectorize(math.erfc, otypes=[float])


def _normal(z: Array) -> Array:
    """The normal density; 0 past 40, where a float underflows."""
    return np.exp(-(np.clip(z, -40, 40) ** 2) / 2) / math.sqrt(2 * math.pi)


def _below(z: Array) -> Array:
    """The normal distribution."""
    return np.asarray(_erfc(-z / math.sqrt(2)) / 2)


def _logistic(z: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-z))


def _density(z: sp.Expr) -> sp.Expr:
    return sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


def _cumulative(z: sp.Expr) -> sp.Expr:
    return (1 + sp.erf(z / sp.sqrt(2))) / 2


KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "relu": Known(
            r"\operatorname{relu}",
            (lambda z, a: _step(z, z, sp.S.Zero), lambda z, a: _step(z, sp.S.One, sp.S.Zero), lambda z, a: sp.S.Zero),
            (
                lambda z, a: np.where(z > 0, z, z * 0),
                lambda z, a: np.where(z > 0, 1, 0) + z * 0,
                lambda z, a: z * 0,
            ),
            "relu'(0) = 0",
        ),
        "leaky_relu": Known(
            r"\operatorname{lrelu}",
            (lambda z, a: _step(z, z, a * z), lambda z, a: _step(z, sp.S.One, a), lambda z, a: sp.S.Zero),
            (lambda z, a: np.where(z > 0, z, a * z), lambda z, a: np.where(z > 0, 1.0, a), lambda z, a: z * 0),
            "lrelu'(0) is the negative slope",
        ),
        "sigmoid": Known(
            r"\sigma",
            (
                lambda z, a: _logistic(z),
                lambda z, a: _logistic(z) * (1 - _logistic(z)),
                lambda z, a: _logistic(z) * (1 - _logistic(z)) * (1 - 2 * _logistic(z)),
            ),
            (
                lambda z, a: _sigmoid(z),
                lambda z, a: _sigmoid(z) * _sigmoid(-z),
                lambda z, a: _sigmoid(z) * _sigmoid(-z) * (_sigmoid(-z) - _sigmoid(z)),
            ),
        ),
        "tanh": Known(
            r"\tanh",
            (
                lambda z, a: sp.tanh(z),
                lambda z, a: 1 - sp.tanh(z) ** 2,
                lambda z, a: -2 * sp.tanh(z) * (1 - sp.tanh(z) ** 2),
            ),
            (
                lambda z, a: np.tanh(z),
                lambda z, a: 1 / np.cosh(np.clip(z, -350, 350)) ** 2,
                lambda z, a: -2 * np.tanh(z) / np.cosh(np.clip(z, -350, 350)) ** 2,
            ),
        ),
        "softplus": Known(
            r"\operatorname{softplus}",
            (
                lambda z, a: sp.log(1 + sp.exp(z)),
                lambda z, a: _logistic(z),
                lambda z, a: _logistic(z) * (1 - _logistic(z)),
            ),
            (
                lambda z, a: np.logaddexp(0, z),
                lambda z, a: _sigmoid(z),
                lambda z, a: _sigmoid(z) * _sigmoid(-z),
            ),
        ),
        "gelu": Known(
            r"\operatorname{gelu}",
            (
                lambda z, a: z * _cumulative(z),
                lambda z, a: _cumulative(z) + z * _density(z),
                lambda z, a: (2 - z**2) * _density(z),
            ),
            (
                lambda z, a: z * _below(z),
                lambda z, a: _below(z) + z * _normal(z),
                lambda z, a: (2 - np.clip(z, -40, 40) ** 2) * _normal(z),
            ),
        ),
    }
)
"""Functions with known formulas. ``a`` is the negative slope; gelu is the exact one, z times the normal
distribution (Hendrycks and Gimpel 2016)."""

SPOKEN = {"leaky_relu": "lrelu", "sigmoid": "sigma"}
"""Functions whose sign is not their name, with its letters."""

LOG, EXP = Operator("log", r"\log"), Operator("exp", r"\exp")
"""Functions that are written without brackets."""

GENERIC = "f"
"""A function of which nothing is known but that it can be differentiated."""


@dataclass(frozen=True)
class Function:
    """A function of one number, or one of its derivatives.

    Args:
        name: a key of ``KNOWN``, or any other name for a generic function.
        order: how often it is differentiated.
        slope: the negative slope of leaky relu.

    >>> z = sp.Symbol("z")
    >>> Function("tanh").differentiated().expression(z)
    1 - tanh(z)**2
    >>> Function("f").differentiated().expression(z)
    Derivative(f(z), z)
    """

    name: str
    order: int = 0
    slope: Fraction = Fraction(1, 100)

    @property
    def is_generic(self) -> bool:
        return self.name not in KNOWN

    def differentiated(self) -> Function:
        return replace(self, order=self.order + 1)

    def expression(self, z: sp.Expr) -> sp.Expr:
        """The value at z in SymPy."""
        if self.is_generic:
            function = sp.Function(self.name)(z)
            return sp.Derivative(function, *([z] * self.order)) if self.order else function
        formulas, a = KNOWN[self.name].formulas, sp.Rational(self.slope)
        if self.order < len(formulas):
            return formulas[self.order](z, a)
        last = sp.Dummy("z", real=True)
        return sp.diff(formulas[-1](last, a), last, self.order - len(formulas) + 1).subs(last, z)

    def tree(self, z: Node) -> Node:
        """The function of an entry."""
        sign = self.name if self.is_generic and len(self.name) == 1 else rf"\mathit{{{self.name}}}"
        if self.name in ("ell", "phi", "psi", "sigma"):
            sign = "\\" + self.name
        if not self.is_generic:
            sign = KNOWN[self.name].latex
        return Call(Operator(SPOKEN.get(self.name, self.name), sign, self.order), z)

    def values(self, z: Array) -> Array:
        """The values in NumPy; on exact numbers of object arrays, through SymPy.

        Raises:
            SymconvError: a generic function has no numbers.
        """
        if self.is_generic:
            raise SymconvError(f"the numbers of {self.name}", "nothing is known of it", f"use {', '.join(KNOWN)}")
        if z.dtype == object or self.order >= len(KNOWN[self.name].numbers):
            try:
                exact = [self.expression(sp.sympify(value, strict=True)) for value in z.ravel().tolist()]
            except sp.SympifyError:  # strict: text is not read, and never evaluated
                raise SymconvError(
                    f"numbers for {self.name}", "some entries are not numbers", "use ints, floats or Fractions"
                ) from None
            return np.array([_number(value) for value in exact], dtype=object).reshape(z.shape)
        if self.name not in ("relu", "leaky_relu"):  # which are exact on whole numbers
            z = z.astype(float)
        return KNOWN[self.name].numbers[self.order](z, float(self.slope))


def _number(value: sp.Expr) -> Any:
    if value.is_Integer:
        return int(value)
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else float(value)


@dataclass(frozen=True)
class Pointwise(Applied):
    """f(z), entry by entry."""

    function: Function
    argument: Tensor

    @property
    def is_free(self) -> bool:
        """An unknown function may differ from entry to entry."""
        return self.function.is_generic

    def on(self, argument: Tensor) -> Pointwise:
        return replace(self, argument=argument)

    def derivative(self, at: Sequence[Polynomial], by: Sequence[Polynomial]) -> Form:
        outer = pointwise(self.function.differentiated(), self.argument)
        return Form((Term.make(ONE, (Access(outer, tuple(at)), *same_entry(at, by))),))

    def expression(self, entry: Callable[[str], Any]) -> Any:
        return self.function.expression(entry(self.argument.name))

    def tree(self, entry: Callable[[str], Node]) -> Node:
        return self.function.tree(entry(self.argument.name))

    def values(self, argument: Any) -> Any:
        return self.function.values(argument)


def pointwise(function: Function, argument: Tensor) -> Tensor:
    """The tensor f(z)."""
    slope = f",{function.slope}" if function.name == "leaky_relu" else ""
    name = f"{function.name}{slope}{chr(39) * function.order}({argument.name})"
    return replace(argument, name=name, applied=Pointwise(function, argument))


@dataclass(frozen=True)
class InverseRoot(Applied):
    """1 / sqrt(v + eps), entry by entry: what normalisation divides by. Its derivative is -1/2 of its third power."""

    argument: Tensor
    eps: Fraction

    def on(self, argument: Tensor) -> InverseRoot:
        return replace(self, argument=argument)

    def derivative(self, at: Sequence[Polynomial], by: Sequence[Polynomial]) -> Form:
        root = Access(inverse_root(self.argument, self.eps), tuple(at))
        return Form((Term.make(Polynomial.constant(Fraction(-1, 2)), (root, root, root, *same_entry(at, by))),))

    def expression(self, entry: Callable[[str], Any]) -> Any:
        return 1 / sp.sqrt(entry(self.argument.name) + sp.Rational(self.eps))

    def tree(self, entry: Callable[[str], Node]) -> Node:
        return Quotient(Number(1), Root(Added((entry(self.argument.name), Name("epsilon")))))

    def values(self, argument: Any) -> Any:
        return 1 / np.sqrt(np.asarray(argument, dtype=float) + float(self.eps))


def inverse_root(argument: Tensor, eps: Fraction) -> Tensor:
    """The tensor 1 / sqrt(v + eps)."""
    return replace(argument, name=f"1/sqrt({argument.name}+{eps})", applied=InverseRoot(argument, eps))


@dataclass(frozen=True)
class Softmax(Applied):
    """p = softmax(z) along the last axes, or log p; ``rank`` axes before them are examples and positions.

    d p[a] / d z[b] = p[a] ([a = b] - p[b]), and d log p[a] / d z[b] = [a = b] - p[b].
    """

    name: str
    argument: Tensor
    classes: tuple[int, ...]
    """Places of the axes along which the numbers add up to 1."""
    log: bool = False

    def on(self, argument: Tensor) -> Softmax:
        return replace(self, argument=argument)

    def derivative(self, at: Sequence[Polynomial], by: Sequence[Polynomial]) -> Form:
        p = softmax(self.name, self.argument, self.classes)
        outer = () if self.log else (Access(p, tuple(at)),)
        others = tuple(delta for place, delta in enumerate(same_entry(at, by)) if place not in self.classes)
        other = Access(p, tuple(by[n] if n in self.classes else at[n] for n in range(len(at))))
        return Form(
            (
                Term.make(ONE, (*outer, *same_entry(at, by))),
                Term.make(-ONE, (*outer, other, *others)),
            )
        )

    def expression(self, entry: Callable[[str], Any]) -> Any:
        return sp.log(entry(self.name)) if self.log else entry(self.name)

    def tree(self, entry: Callable[[str], Node]) -> Node:
        return Call(LOG, entry(self.name), bare=True) if self.log else entry(self.name)

    def values(self, argument: Any) -> Any:
        z = np.asarray(argument, dtype=float)
        with np.errstate(over="ignore"):
            shifted = z - z.max(axis=self.classes, keepdims=True)
        if not np.isfinite(shifted).all():
            raise SymconvError(
                f"{self.argument.name} from {z.min()} to {z.max()}",
                "no float holds the difference",
                "use smaller numbers",
            )
        logarithms = shifted - np.log(np.exp(shifted).sum(axis=self.classes, keepdims=True))
        return logarithms if self.log else np.exp(logarithms)


def softmax(name: str, argument: Tensor, classes: Sequence[int], log: bool = False) -> Tensor:
    """The tensor softmax(z), called ``name``; or its logarithm."""
    applied = Softmax(name, argument, tuple(classes), log)
    return replace(argument, name=f"log {name}" if log else name, applied=applied)
