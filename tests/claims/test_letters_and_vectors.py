r"""Letters that number all entries, vectors for indices, operands with new names, and sums with a colon."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import symbols

from symconv import Conv, check
from symconv.errors import ClaimError

n, K, d, n1, n2, K1, K2, C, F = symbols("n K d n1 n2 K1 K2 C F", integer=True, positive=True)
SMALL, PLANE, STRIDED = Conv((3, 3), (2, 2)), Conv((n1, n2), (K1, K2)), Conv((4, 4), (2, 2), stride=2, padding=1)
FULL, PLAIN = Conv(n, K, padding="full", flip=True), Conv(n, K)
DILATED, TWO = Conv(n, K, padding="full", dilation=d, flip=True), Conv(n, K, padding="full", dilation=2, flip=True)
VECTORS = Conv((n1, n2), (K1, K2), padding="full", dilation=d, flip=True)
CHANNELS = Conv(n, K, in_channels=C, out_channels=F)
CHAIN = (
    r"\frac{\partial L}{\partial F_i} = \sum_{k=1}^{M} "
    r"\frac{\partial L}{\partial O_k} * \frac{\partial O_k}{\partial F_i}"
)
FIRST = r"\frac{\partial L}{\partial F_1} = "
TERMS = [rf"\frac{{\partial L}}{{\partial O_{at}}} \frac{{\partial O_{at}}}{{\partial F_1}}" for at in (1, 2, 3, 4)]
YU = r"(F *_l k)(\mathbf{p}) = \sum_{\mathbf{s} + l\mathbf{t} = \mathbf{p}} F(\mathbf{s}) \, k(\mathbf{t})"

ROWS: list[tuple[Any, str, bool, str]] = [
    # layer, claim, whether it is right, what the report says
    *((layer, CHAIN, True, "k numbers entries row by row") for layer in (SMALL, PLANE, STRIDED)),
    *((layer, CHAIN.replace("F", "X"), True, "O is the output") for layer in (SMALL, PLANE)),
    (PLANE, CHAIN.replace(r"\sum", r"2 \sum"), False, "it is the right formula times 2"),
    (PLANE, CHAIN.replace(r"\partial O_k}{\partial F", r"\partial O_k}{\partial X"), False, ""),
    (SMALL, "∂L/∂F_i = \\sum_k ∂L/∂O_k ∂O_k/∂F_i", True, ""),
    (SMALL, CHAIN.replace("M", "4"), True, ""),
    (SMALL, FIRST + " + ".join(TERMS), True, "w is numbered row by row"),
    (SMALL, FIRST + " + ".join(TERMS[:3]), False, "is missing"),
    (STRIDED, FIRST + " + ".join(TERMS), False, "F is the kernel"),  # it has nine outputs
    (FULL, r"(F * k)(p) = \sum_{s+t=p} F(s) k(t)", True, "F is the input"),
    (FULL, r"(f * g)(i) = \sum_{a+b=i} f(a) g(b)", True, "g is the kernel"),
    (FULL, r"(F * k)(p) = \sum_{s-t=p} F(s) k(t)", False, "the kernel's index has the wrong sign"),
    (FULL, r"(F * k)(p) = \sum_{s+t=p+1} F(s) k(t)", False, ""),
    (PLAIN, r"(f \star g)(i) = \sum_a f(a) g(a+i)", True, "f is the kernel"),
    (DILATED, r"(F *_l k)(p) = \sum_{s+lt=p} F(s) k(t)", True, "the l of *_l is the dilation"),
    (TWO, r"(F *_l k)(p) = \sum_{s+lt=p} F(s) k(t)", True, "the l of *_l is the dilation"),
    (DILATED, r"(F *_l k)(p) = \sum_{s+t=p} F(s) k(t)", False, ""),
    (DILATED, r"(F *_l k)(p) = \sum_{ls+t=p} F(s) k(t)", False, ""),
    (DILATED, YU, True, ""),
    (VECTORS, YU, True, "p is the vector"),
    (VECTORS, r"(F *_l k)(p) = \sum_{s+lt=p} F(s) k(t)", True, "t is the vector"),
    (VECTORS, YU.replace(r"l\mathbf{t}", r"\mathbf{t}"), False, ""),
    (VECTORS, YU.replace(r"+ l", "- l"), False, ""),
    (CHANNELS, "y[o,i] = sum(c,k: w[o,c,k]*x[c,i+k])", True, ""),
    (CHANNELS, "y[o,i] = sum(c, k | w[o,c,k]*x[c,i-k])", False, ""),
    (PLAIN, "y[i] = sum(k: w[k]*x[i+k])", True, ""),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "right", "words"), ROWS, ids=[f"{row[0]!r} {row[1]}" for row in ROWS])
def test_letters_and_vectors(layer: Any, claim: str, right: bool, words: str) -> None:
    report = check(layer, claim)
    assert report.status == ("proved" if right else "refuted"), str(report)
    assert words in str(report)


UNREAD = [
    (SMALL, CHAIN.replace("M", "3"), "k numbers entries row by row, and the sum is not over all of them"),
    (PLANE, CHAIN.replace("M", "4"), "k numbers entries row by row, and the sum is not over all of them"),
    (SMALL, CHAIN.replace("k=1", "k=0"), "k numbers entries row by row, and the sum is not over all of them"),
    (DILATED, r"(F *_q k)(p) = \sum_{s+qt=p} F(s) k(t)", "the q of *_q is neither the layer's dilation nor its stride"),
]


@pytest.mark.parametrize(("layer", "claim", "words"), UNREAD)
def test_what_is_not_read_is_said_with_its_place(layer: Any, claim: str, words: str) -> None:
    with pytest.raises(ClaimError) as raised:
        check(layer, claim)
    assert words in str(raised.value)
    assert raised.value.position is not None
