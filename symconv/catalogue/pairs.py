"""Pairs of formulas of whole layers: transposed and padded layers, and branches that are merged into one layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sympy as sp

from symconv.catalogue.entry import Equation, Identity
from symconv.catalogue.letters import exchanged
from symconv.catalogue.mistakes import forgotten, one_further
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.layers.convolution import Conv
from symconv.layers.pad import Pad
from symconv.printing.notation import Notation

GUIDE, ALGEBRA = "Dumoulin and Visin 2016", "Claerbout 1992, chapter 5"

Pair = tuple[str, Callable[[], Sequence[Equation]], Callable[[], Any]]
"""Its reference, its equations, and a right side of the first one that is wrong."""


def pair_identities() -> list[Identity]:
    return [
        Identity(title, "layers", reference, equations, near_miss, typeset=partial(_with_letters_of_one, equations))
        for title, (reference, equations, near_miss) in PAIRS.items()
    ]


def _with_letters_of_one(equations: Callable[[], Sequence[Equation]]) -> list[tuple[Any, Any]]:
    """Both sides of every equation, as the first layer calls inputs and outputs."""
    return [(left, exchanged(right) if isinstance(right, TensorFormula) else right) for _, left, right in equations()]


# -- adjoints --------------------------------------------------------------------------------------------


def _transposed_is_the_gradient() -> Sequence[Equation]:
    conv = Conv.general(2, bias=False)
    adjoint = conv.adjoint
    assert isinstance(adjoint, Layer)
    return [("the gradient of a layer", conv.direct.grad_input, adjoint.direct.output),
            ("the gradient of its adjoint", conv.direct.output, adjoint.direct.grad_input)]  # fmt: skip


def _padding_is_a_layer_before() -> Sequence[Equation]:
    pad = Pad.general(1)
    return [("the adjoint of padding crops", pad.direct.grad_input, pad.adjoint.direct.output)]


# -- branches --------------------------------------------------------------------------------------------

n1, n2 = sp.symbols("n1 n2", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
C = sp.Symbol("C", integer=True, positive=True)
o, c, i1, i2, k1, k2 = sp.symbols("o c i1 i2 k1 k2", integer=True)
K = 2 * p + 1
X, out = sp.IndexedBase("X", (C, n1, n2)), (o, i1, i2)
Bracket = sp.KroneckerDelta


def _branch(weight: str, kernel: tuple[Any, Any], padding: tuple[Any, Any]) -> sp.Expr:
    """The output of a layer of C channels whose weights have a name of their own."""
    notation = Notation(weight=weight)
    layer = Conv((n1, n2), kernel, in_channels=C, out_channels=C, padding=padding, notation=notation)
    formula = layer.direct.output.formula
    written: sp.Expr = formula.rhs.xreplace(dict(zip(formula.lhs.indices, out)))
    return written


def _merged(kernel: sp.Expr) -> sp.Expr:
    """The output of one layer with this kernel, an expression in o, c, k1 and k2."""
    read = X[c, i1 + k1 - p, i2 + k2 - p]
    return sp.Sum(kernel * read, (k1, 0, K - 1), (k2, 0, K - 1), (c, 0, C - 1))


def _base(name: str, *shape: Any) -> sp.IndexedBase:
    return sp.IndexedBase(name, (C, C, *shape))


W, V, A, B = _base("W", K, K), _base("V", 1, 1), _base("A", 1, K), _base("B", K, 1)
alpha, beta, gamma = (sp.IndexedBase(name, (C,)) for name in ("alpha", "beta", "gamma"))
MIDDLE = Bracket(k1, p) * Bracket(k2, p)
INSIDE = sp.Piecewise((1, sp.And(i1 >= 0, i1 < n1, i2 >= 0, i2 < n2, o >= 0, o < C)), (0, True))


def _repvgg(middle: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    branches = (
        alpha[o] * _branch("W", (K, K), (p, p)) + beta[o] * _branch("V", (1, 1), (0, 0)) + gamma[o] * X[o, i1, i2]
    )
    kernel = alpha[o] * W[o, c, k1, k2] + (beta[o] * V[o, c, 0, 0] + gamma[o] * Bracket(o, c)) * middle
    return INSIDE * branches, INSIDE * _merged(kernel)


def _acnet(column: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    branches = _branch("W", (K, K), (p, p)) + _branch("A", (1, K), (0, p)) + _branch("B", (K, 1), (p, 0))
    kernel = W[o, c, k1, k2] + Bracket(k1, p) * A[o, c, 0, k2] + Bracket(k2, column) * B[o, c, k1, 0]
    return INSIDE * branches, INSIDE * _merged(kernel)


PAIRS: dict[str, Pair] = {
    "a transposed layer is the gradient of a layer": (
        GUIDE, _transposed_is_the_gradient, lambda: forgotten(_transposed_is_the_gradient()[0][2], "d1"),
    ),
    "the adjoint of padding crops": (
        ALGEBRA, _padding_is_a_layer_before, lambda: one_further(_padding_is_a_layer_before()[0][2], "delta"),
    ),
    "layers of KxK, 1x1 and the identity, each scaled, are one layer": (
        "Ding et al. 2021 (RepVGG)", lambda: [("every output", *_repvgg(MIDDLE))],
        lambda: _repvgg(Bracket(k1, 0) * Bracket(k2, 0))[1],
    ),
    "layers of KxK, 1xK and Kx1 are one layer": (
        "Ding et al. 2019 (ACNet)", lambda: [("every output", *_acnet(p))], lambda: _acnet(p + 1)[1],
    ),
}  # fmt: skip
