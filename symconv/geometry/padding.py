"""Padding: how many elements are added at both ends of an axis, and what stands there.

Two open sets, each a dictionary of functions:

* ``WORDS``: "valid", "same", "same_tf", "full" as numbers of elements added at the low and the high end;
* ``MODES``: the extension of an input beyond its ends, as a formula in the algebra.

An extension says what is read at any position q of the integers as a sum of **branches**: an entry of the
input each, where a condition holds, for all values of the summed symbols. Derivatives, proofs and
numbers follow from it by the rules that hold for every formula, so a new mode is one new entry of ``MODES``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sympy as sp

from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.errors import SymconvError

Pair = tuple[Polynomial, Polynomial]
TWO = Polynomial.constant(2)


# -- how many elements: words --------------------------------------------------------------------------


@dataclass(frozen=True)
class Added:
    """Elements added at both ends, and the number of outputs where the padding is made for one."""

    low: Polynomial
    high: Polynomial
    outputs: Polynomial | None = None


class Definer(Protocol):
    """Gives letters to numbers that are not polynomials of the layer's symbols."""

    def floor(self, letter: str, numerator: Polynomial, denominator: Polynomial, offset: int = 0) -> Polynomial:
        """floor(numerator / denominator) + offset."""

    def maximum(self, letter: str, polynomials: Sequence[Polynomial]) -> Polynomial: ...


@dataclass(frozen=True)
class Window:
    """One axis of a layer: size of the (dilated) input, steps of the (dilated) kernel, stride."""

    size: Polynomial
    steps: Polynomial
    stride: Polynomial


def valid(window: Window, define: Definer) -> Added:
    """No padding: the kernel stays inside the input."""
    return Added(ZERO, ZERO)


def same(window: Window, define: Definer) -> Added:
    """d (K - 1) elements in all, the odd one at the end: the output is as large as the input (PyTorch)."""
    low = define.floor("p_l", window.steps, TWO)
    return Added(low, window.steps - low)


def same_tf(window: Window, define: Definer) -> Added:
    """As many as ceil(n / s) outputs need, the odd one at the end (TensorFlow, XLA)."""
    outputs = define.floor("m", window.size - 1, window.stride, 1)
    needed = (outputs - 1) * window.stride + window.steps + 1 - window.size
    total = define.maximum("p", [ZERO, needed])
    low = define.floor("p_l", total, TWO)
    return Added(low, total - low, outputs)


def full(window: Window, define: Definer) -> Added:
    """d (K - 1) on both sides: every position at which kernel and input share an element."""
    return Added(window.steps, window.steps)


WORDS: dict[str, Callable[[Window, Definer], Added]] = {"valid": valid, "same": same, "same_tf": same_tf, "full": full}


# -- what stands there: extensions ---------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """The input's entry at ``index`` where ``condition`` holds, summed over all integers for each of ``summed``."""

    index: sp.Expr
    condition: sp.Basic = sp.true
    summed: tuple[sp.Symbol, ...] = ()


@dataclass(frozen=True)
class Extension:
    """What is read at position q of an axis with n elements.

    Args:
        branches: a function of (q, n, r), where r is a symbol that a branch may sum over. The input is zero
            outside 0 <= index < n.
        most: the most elements of padding on one side, a function of n; None if there is no limit.
        limit: the same in words.
        position: the element that stands at position q of n by plain arithmetic, None for a zero; a function of
            (q, n), both whole numbers. Exercises compute with it; it must not share the formula of ``branches``.
        numpy, pytorch: what ``numpy.pad`` and ``torch.nn.functional.pad`` call it. A spot check and a comparison
            with PyTorch are not available without them.
    """

    branches: Callable[[sp.Expr, sp.Expr, sp.Symbol], Sequence[Branch]]
    most: Callable[[Polynomial], Polynomial] | None = None
    limit: str = ""
    position: Callable[[int, int], int | None] | None = None
    numpy: str | None = None
    pytorch: str | None = None

    def require_numpy(self, name: str) -> str:
        """NumPy's name of the mode.

        Raises:
            SymconvError: NumPy does not have the mode.
        """
        if self.numpy is None:
            given, wrong = f"padding_mode={name!r}", "it is not available in NumPy: its Extension has no numpy=.."
            raise SymconvError(given, wrong, "give the name that numpy.pad has for it, or use prove(..)")
        return self.numpy


def zeros(q: sp.Expr, n: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """x[q]: zero outside."""
    return [Branch(q)]


def circular(q: sp.Expr, n: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """The sum over all r of x[q + n r]: exactly one of these indices is inside."""
    return [Branch(q + n * r, summed=(r,))]


def reflect(q: sp.Expr, n: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """x[q], mirrored at the first and at the last element, which are not repeated."""
    return [Branch(q), Branch(-q, sp.Le(q, -1)), Branch(2 * (n - 1) - q, sp.Ge(q, n))]


def replicate(q: sp.Expr, n: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """x[q], with the first and the last element repeated."""
    return [Branch(q), Branch(sp.Integer(0), sp.Le(q, -1)), Branch(n - 1, sp.Ge(q, n))]


MODES: dict[str, Extension] = {
    "zeros": Extension(zeros, position=lambda q, n: None, numpy="constant", pytorch="constant"),
    "circular": Extension(
        circular, lambda n: n, "the input may be wrapped around once", lambda q, n: q % n, "wrap", "circular"
    ),
    "reflect": Extension(
        reflect, lambda n: n - 1, "the mirrored elements must be there",
        lambda q, n: -q if q < 0 else 2 * (n - 1) - q, "reflect", "reflect",
    ),
    "replicate": Extension(
        replicate, position=lambda q, n: min(max(q, 0), n - 1), numpy="edge", pytorch="replicate"
    ),
}  # fmt: skip
