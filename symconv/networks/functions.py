"""Functions that networks apply to tensors: entry by entry, with their derivatives, and softmax.

What is known of each is in ``activations.py``. The logarithm of a softmax is
computed from its argument, so no logarithm of 0 is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symconv.algebra.calculus import same_entry
from symconv.algebra.forms import Access, Applied, Form, Tensor, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SymconvError
from symconv.networks.activations import KNOWN, Array
from symconv.printing.tree import Added, Call, Name, Node, Number, Operator, Quotient, Root

SPOKEN = {"leaky_relu": "lrelu", "sigmoid": "sigma", "gelu_tanh": "gelutanh"}
"""Functions whose sign is not their name, with its letters."""

LOG, EXP = Operator("log", r"\log"), Operator("exp", r"\exp")
"""Functions that are written without brackets."""

SOFTMAX = Operator("softmax", r"\operatorname{softmax}")
LOG_SOFTMAX = Operator("logsoftmax", r"\operatorname{logsoftmax}")

GENERIC = "f"
"""A function of which nothing is known but that it can be differentiated."""


@dataclass(frozen=True)
class Function:
    """A function of one number, or one of its derivatives.

    Args:
        name: a key of ``KNOWN``, or any other name for a generic function.
        order: how often it is differentiated.
        options: its numbers, such as the negative slope of leaky relu; the usual ones if there are none.

    >>> z = sp.Symbol("z")
    >>> Function("tanh").differentiated().expression(z)
    1 - tanh(z)**2
    >>> Function("f").differentiated().expression(z)
    Derivative(f(z), z)
    """

    name: str
    order: int = 0
    options: tuple[Fraction, ...] = ()

    @property
    def numbers(self) -> tuple[Fraction, ...]:
        """The options, or the usual ones."""
        return self.options or (() if self.is_generic else tuple(KNOWN[self.name].options.values()))

    @property
    def kinks(self) -> tuple[Fraction, ...]:
        """Where the function or its derivative jumps."""
        return () if self.is_generic else KNOWN[self.name].kinks(*self.numbers)

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
        formulas, options = KNOWN[self.name].formulas, [sp.Rational(one) for one in self.numbers]
        if self.order < len(formulas):
            return sp.sympify(formulas[self.order](z, *options))
        last = sp.Dummy("z", real=True)
        return sp.diff(formulas[-1](last, *options), last, self.order - len(formulas) + 1).subs(last, z)

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
        known = KNOWN[self.name]
        if z.dtype == object or self.order >= len(known.numbers):
            try:
                exact = [self.expression(sp.sympify(value, strict=True)) for value in z.ravel().tolist()]
            except sp.SympifyError:  # strict: text is not read, and never evaluated
                raise SymconvError(
                    f"numbers for {self.name}", "some entries are not numbers", "use ints, floats or Fractions"
                ) from None
            try:
                return np.array([_number(value) for value in exact], dtype=object).reshape(z.shape)
            except TypeError:  # the logarithm of a negative number is complex
                raise SymconvError(
                    f"numbers for {self.name}", "it has no value at some of them", "use numbers at which it has one"
                ) from None
        if self.name not in ("relu", "leaky_relu"):  # which are exact on whole numbers
            z = z.astype(float)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return np.asarray(known.numbers[self.order](z, *map(float, self.numbers)))


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
    options = "".join(f",{one}" for one in function.numbers)
    name = f"{function.name}{options}{chr(39) * function.order}({argument.name})"
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
    """p = softmax(z) along some axes, or log p; the others are examples and positions. Without a name, softmax(z).

    d p[a] / d z[b] = p[a] ([a = b] - p[b]), and d log p[a] / d z[b] = [a = b] - p[b].
    """

    name: str
    argument: Tensor
    classes: tuple[int, ...]
    """Places of the axes along which the numbers add up to 1."""
    log: bool = False

    @property
    def adds_up_to_one(self) -> tuple[int, ...]:
        return () if self.log else self.classes

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
        if not self.name:
            return sp.Function("logsoftmax" if self.log else "softmax")(entry(self.argument.name))
        return sp.log(entry(self.name)) if self.log else entry(self.name)

    def tree(self, entry: Callable[[str], Node]) -> Node:
        if not self.name:
            return Call(LOG_SOFTMAX if self.log else SOFTMAX, entry(self.argument.name))
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
    """The tensor softmax(z), called ``name`` if it has one; or its logarithm."""
    applied = Softmax(name, argument, tuple(classes), log)
    own = name or f"softmax{applied.classes}({argument.name})"
    return replace(argument, name=f"log {own}" if log else own, applied=applied)
