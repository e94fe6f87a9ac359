"""Every reason is true: the mistake that it names, made in plain loops, gives exactly what the claim gives.

A row has a claim, the reason, the mistake in a layer of plain Python, and the claim's own value as its writer means it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, check
from symconv.layers import Layer

n, K, s, d, p = sp.symbols("n K s d p", integer=True, positive=True)
PLAIN, STRIDED, BIASED = Conv(n, K), Conv(n, K, stride=s), Conv(n, K, bias=True)
LINE, FLIPPED = Conv(n, K, stride=s, dilation=d, padding=p), Conv(n, K, flip=True)


@dataclass(frozen=True)
class Given:
    """A layer's sizes and random numbers for its tensors, each zero outside."""

    sizes: dict[str, int]
    numbers: dict[str, list[int]]

    def __getattr__(self, name: str) -> Any:
        if name in ("x", "w", "delta"):
            entries = self.numbers[name]
            return lambda at: entries[at] if 0 <= at < len(entries) else 0
        return self.sizes[name]

    @property
    def m(self) -> int:
        return (self.n + 2 * self.p - self.d * (self.K - 1) - 1) // self.s + 1

    def sum(self, term: Callable[[int], int]) -> int:
        """The sum over all whole numbers, of a term that is zero far away."""
        return sum(term(at) for at in range(-60, 61))


def _draw(layer: Layer, chance: random.Random) -> Given:
    while True:
        small = {name: chance.randint(1, 4) for name in ("K", "s", "d", "p")}
        sizes = {"s": 1, "d": 1, "p": 0, **{name: value for name, value in small.items() if name in layer.symbol_names}}
        sizes["K"] = small["K"]
        sizes["n"] = chance.randint(1, 9)
        given = Given(sizes, {})
        if sizes["n"] + 2 * sizes["p"] > sizes["d"] * (sizes["K"] - 1):
            lengths = {"x": sizes["n"], "w": sizes["K"], "delta": given.m}
            numbers = {name: [chance.randint(-9, 9) for _ in range(length)] for name, length in lengths.items()}
            return Given(sizes, {**numbers, "b": [chance.randint(-9, 9) if layer.bias_term else 0]})


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a layer of plain loops: its own numbers, unless they are changed here."""

    at: Callable[[Given, int, int], int] | None = None
    weight: Callable[[Given, int], int] | None = None
    bias: Callable[[Given], int] = lambda g: 1
    factor: Callable[[Given], Fraction] = lambda g: Fraction(1)
    flip: bool | None = None

    def output(self, g: Given, flip: bool, x: Any, w: Any, b: int, i: int) -> Fraction:
        """One output."""
        flip = flip if self.flip is None else self.flip
        total = Fraction(0)
        for k in range(-3, g.K + 3):  # the kernel is zero outside
            turned = g.K - 1 - k if flip else k
            at = g.s * i + g.d * turned - g.p if self.at is None else self.at(g, i, k)
            total += w(k if self.weight is None else self.weight(g, k)) * x(at)
        return total * self.factor(g) + b * self.bias(g)

    def entries(self, of: str, g: Given, flip: bool) -> list[Fraction]:
        """A quantity, gradients from what unit vectors give: the layer is linear."""
        zero = lambda at: 0  # noqa: E731

        def unit(place: int) -> Callable[[int], int]:
            return lambda at: int(at == place)

        if of == "output":
            return [self.output(g, flip, g.x, g.w, g.numbers["b"][0], i) for i in range(g.m)]
        if of == "grad_weight":
            return [sum((g.delta(i) * self.output(g, flip, g.x, unit(k), 0, i) for i in range(g.m)), Fraction(0))
                    for k in range(g.K)]  # fmt: skip
        if of == "grad_input":
            return [sum((g.delta(i) * self.output(g, flip, unit(j), g.w, 0, i) for i in range(g.m)), Fraction(0))
                    for j in range(g.n)]  # fmt: skip
        return [sum((g.delta(i) * self.output(g, flip, zero, zero, 1, i) for i in range(g.m)), Fraction(0))]


Row = tuple[Layer, str, str, str, Mistake, Callable[[Given, int], Any]]
ROWS: list[Row] = [
    (STRIDED, "h[i] = sum(k, w[k] x[i+k])", "output", "the stride is left out",
     Mistake(at=lambda g, i, k: i + k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + k))),
    (STRIDED, "dL/dw[k] = sum(i, delta[i] x[i+k])", "grad_weight", "the stride is left out",
     Mistake(at=lambda g, i, k: i + k), lambda g, k: g.sum(lambda i: g.delta(i) * g.x(i + k))),
    (STRIDED, "dL/dx[j] = sum(k, delta[j-k] w[k])", "grad_input", "the stride is left out",
     Mistake(at=lambda g, i, k: i + k), lambda g, j: g.sum(lambda k: g.delta(j - k) * g.w(k))),
    (STRIDED, "dL/dw[k] = 1/m sum(i, delta[i] x[i+k])", "grad_weight", "the stride is left out, and it is divided by m",
     Mistake(at=lambda g, i, k: i + k, factor=lambda g: Fraction(1, g.m)),
     lambda g, k: Fraction(g.sum(lambda i: g.delta(i) * g.x(i + k)), g.m)),
    (STRIDED, "h[i] = sum(k, w[k] x[s (i+k)])", "output", "the stride multiplies the kernel's index too",
     Mistake(at=lambda g, i, k: g.s * i + g.s * k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(g.s * (i + k)))),
    (STRIDED, "h[i] = sum(k, w[k] x[i + s k])", "output", "the stride multiplies the kernel's index, not the output's",
     Mistake(at=lambda g, i, k: i + g.s * k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + g.s * k))),
    (LINE, "h[i] = sum(k, w[k] x[d i + s k - p])", "output", "stride and dilation are exchanged",
     Mistake(at=lambda g, i, k: g.d * i + g.s * k - g.p),
     lambda g, i: g.sum(lambda k: g.w(k) * g.x(g.d * i + g.s * k - g.p))),
    (LINE, "h[i] = sum(k, w[k] x[s i + d k + p])", "output", "the padding has the wrong sign",
     Mistake(at=lambda g, i, k: g.s * i + g.d * k + g.p),
     lambda g, i: g.sum(lambda k: g.w(k) * g.x(g.s * i + g.d * k + g.p))),
    (LINE, "h[i] = sum(k, w[k] x[i + k])", "output", "stride, dilation and padding are left out",
     Mistake(at=lambda g, i, k: i + k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + k))),
    (LINE, "h[i] = sum(k, w[k] x[s i + d k])", "output", "the padding is left out",
     Mistake(at=lambda g, i, k: g.s * i + g.d * k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(g.s * i + g.d * k))),
    (LINE, "dL/dw[k] = sum(i, delta[i] x[s i + k - p])", "grad_weight", "the dilation is left out",
     Mistake(at=lambda g, i, k: g.s * i + k - g.p),
     lambda g, k: g.sum(lambda i: g.delta(i) * g.x(g.s * i + k - g.p))),
    (PLAIN, "y[i] = sum(k, w[K-1-k] x[i+k])", "output", "the kernel is read backwards (flipped)",
     Mistake(flip=True), lambda g, i: g.sum(lambda k: g.w(g.K - 1 - k) * g.x(i + k))),
    (PLAIN, "y[i] = 1/2 sum(k, w[K-1-k] x[i+k])", "output",
     "the kernel is read backwards (flipped), and it is divided by 2",
     Mistake(flip=True, factor=lambda g: Fraction(1, 2)),
     lambda g, i: Fraction(g.sum(lambda k: g.w(g.K - 1 - k) * g.x(i + k)), 2)),
    (FLIPPED, "y[i] = sum(k, w[k] x[i+k])", "output", "the kernel is read forwards, not flipped",
     Mistake(flip=False), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + k))),
    (FLIPPED, "y[i] = sum(k, w[k] x[i-k])", "output", "the position that is read is K - 1 too small",
     Mistake(at=lambda g, i, k: i + g.K - 1 - k - (g.K - 1)), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i - k))),
    (PLAIN, "dL/dx[j] = sum(k, delta[j+k] w[k])", "grad_input", "the kernel's index has the wrong sign",
     Mistake(at=lambda g, i, k: i - k), lambda g, j: g.sum(lambda k: g.delta(j + k) * g.w(k))),
    (PLAIN, "y[i] = sum(k, w[k] x[i-k])", "output", "the kernel's index has the wrong sign",
     Mistake(at=lambda g, i, k: i - k), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i - k))),
    (PLAIN, "y[i] = sum(k, w[k] x[i+k+1])", "output", "the position that is read is one too large",
     Mistake(at=lambda g, i, k: i + k + 1), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + k + 1))),
    (LINE, "y[i] = sum(k, w[k+1] x[s i+d k-p])", "output", "the weight's index is one too large",
     Mistake(weight=lambda g, k: k + 1), lambda g, i: g.sum(lambda k: g.w(k + 1) * g.x(g.s * i + g.d * k - g.p))),
    (PLAIN, "y[i] = sum(k=0..K-2, w[k] x[i+k])", "output", "the sum over k leaves out its last term",
     Mistake(weight=lambda g, k: k if k < g.K - 1 else -1),
     lambda g, i: sum(g.w(k) * g.x(i + k) for k in range(g.K - 1))),
    (PLAIN, "y[i] = sum(k=1..K-1, w[k] x[i+k])", "output", "the sum over k leaves out its first term",
     Mistake(weight=lambda g, k: k or -1), lambda g, i: sum(g.w(k) * g.x(i + k) for k in range(1, g.K))),
    (PLAIN, "y[i] = w[0] x[i]", "output", "the sum over k is missing: it has only the term k = 0",
     Mistake(weight=lambda g, k: -1 if k else 0), lambda g, i: g.w(0) * g.x(i)),
    (PLAIN, "y[i] = sum(k, w[k] x[n-1-i-k])", "output", "the input is read backwards",
     Mistake(at=lambda g, i, k: g.n - 1 - (i + k)), lambda g, i: g.sum(lambda k: g.w(k) * g.x(g.n - 1 - i - k))),
    (PLAIN, "y[i] = 1/K sum(k, w[k] x[i+k])", "output", "the right formula is not divided by K",
     Mistake(factor=lambda g: Fraction(1, g.K)), lambda g, i: Fraction(g.sum(lambda k: g.w(k) * g.x(i + k)), g.K)),
    (PLAIN, "y[i] = 3 sum(k, w[k] x[i+k])", "output", "it is the right formula times 3",
     Mistake(factor=lambda g: Fraction(3)), lambda g, i: 3 * g.sum(lambda k: g.w(k) * g.x(i + k))),
    (PLAIN, "dL/dw[k] = m sum(i, delta[i] x[i+k])", "grad_weight", "it is the right formula times 1 - K + n",
     Mistake(factor=lambda g: Fraction(g.m)), lambda g, k: g.m * g.sum(lambda i: g.delta(i) * g.x(i + k))),
    (PLAIN, "dL/dw[k] = -sum(i, delta[i] x[i+k])", "grad_weight", "its sign is wrong: it is the right formula times -1",
     Mistake(factor=lambda g: Fraction(-1)), lambda g, k: -g.sum(lambda i: g.delta(i) * g.x(i + k))),
    (BIASED, "h[i] = sum(k, w[k] x[i+k])", "output", "the bias is left out",
     Mistake(bias=lambda g: 0), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i + k))),
    (BIASED, "h[i] = 2 b + sum(k, w[k] x[i+k])", "output", "the bias is added twice",
     Mistake(bias=lambda g: 2), lambda g, i: 2 * g.numbers["b"][0] + g.sum(lambda k: g.w(k) * g.x(i + k))),
    (BIASED, "h[i] = sum(k=0..K-1, w[k] x[i+k] + b)", "output", "the bias is inside the sum, and so added K times",
     Mistake(bias=lambda g: g.K), lambda g, i: sum(g.w(k) * g.x(i + k) + g.numbers["b"][0] for k in range(g.K))),
    (BIASED, "h[i] = sum(k, w[k] x[i-k])", "output", "the kernel's index has the wrong sign, and the bias is left out",
     Mistake(at=lambda g, i, k: i - k, bias=lambda g: 0), lambda g, i: g.sum(lambda k: g.w(k) * g.x(i - k))),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[1] for row in ROWS])
def test_the_mistake_gives_the_claim(row: Row) -> None:
    layer, claim, of, reason, mistake, value = row
    report = check(layer, claim)
    assert (report.of, report.status, report.explanation) == (of, "refuted", (reason,)), str(report)
    flip, chance = bool(layer.flip), random.Random(claim)
    differs = False
    for _ in range(40):
        given = _draw(layer, chance)
        made = mistake.entries(of, given, flip)
        assert made == [value(given, at) for at in range(len(made))], given
        differs |= made != Mistake().entries(of, given, flip)
    assert differs


OVERWRITTEN = ": products must be added (+=), not overwritten (=)"
TWO, THREE = Conv((n, n), (K, K)), Conv((4, 4), (2, 2))
SENTENCES = [
    (TWO, "y[i,j] = sum(a,b, w[b,a] x[i+a,j+b])", "the kernel's axes are exchanged"),
    (TWO, "y[i,j] = sum(a,b, w[a,b] x[j+b,i+a])", "the input's axes are exchanged"),
    (TWO, "y[i,j] = sum(a,b, w[a,b] x[i+a+1,j+b+1])", "the position that is read is one too large on both axes"),
    (TWO, "y[i,j] = sum(a,b, w[a,b] x[i+a,j+b+1])", "the position that is read is one too large on axis 1"),
    (TWO, "y[i,j] = sum(a,b, w[a,b] x[i-a,j-b])", "the kernel's index has the wrong sign"),
    (TWO, "y[i,j] = sum(a,b, w[a,b] x[i+a,j-b])", "the kernel's index has the wrong sign on axis 1"),
    (Conv((n, n), (K, K), stride=(s, s)), "y[i,j] = sum(a,b, w[a,b] x[s i+a,j+b])", "the stride is left out on axis 1"),
    (Conv((n, n), (K, K), dilation=(d, d)), "y[i,j] = sum(a,b, w[a,b] x[i+a,j+d b])",
     "the dilation is left out on axis 0"),
    (PLAIN, "dL/dw[k] = sum(i, y[i] x[i+k])", "the output h stands where the upstream gradient belongs"),
    (PLAIN, "dL/dx[j] = sum(k, y[j-k] w[k])", "the output h stands where the upstream gradient belongs"),
    (PLAIN, "dL/dw[k] = sum(i, x[i+k])", "the upstream gradient is left out"),
    (PLAIN, "dL/dw[k] = sum(i=0..m-1, x[i+k])", "the upstream gradient is left out"),
    (Conv(n, K, in_channels=2, out_channels=2), "y[o,i] = sum(c,k, w[c,o,k] x[c,i+k])",
     "the weight's channels are exchanged"),
    (THREE, "h[i,j] = sum(a,b, w[b,a] x[i+a,j+b])", "the kernel's axes are exchanged"),
    (ConvTranspose(n, K, stride=s), "dL/dw[k] = sum(j, x[j] delta[j+k])", "the stride is left out"),
    (Conv(3, 2), ["delta1*w1", "delta2*w1", "delta2*w2"], f"every entry has only its last product{OVERWRITTEN}"),
    (Conv(3, 2), ["delta1*w1", "delta1*w2", "delta2*w2"], f"every entry has only its first product{OVERWRITTEN}"),
    (Conv(3, 2), ["(X1*delta1+X2*delta2)/2", "(X2*delta1+X3*delta2)/2"], "all of them are the right ones times 1/2"),
    (Conv(3, 2), ["-X1*w1-X2*w2", "-X2*w1-X3*w2"], "its sign is wrong: all of them are the right ones times -1"),
    (Conv(3, 2, bias=True), ["X1*w1+X2*w2+2*b", "X2*w1+X3*w2+2*b"], "the bias is added twice"),
    (Conv(3, 2), ["X2*w1+X3*w2", "X1*w1+X2*w2"], "they are right, the first of them for the entry at index [0, 1]"),
    (Conv(5, 1, stride=2), "X1*w1, X2*w1, X3*w1", "the stride is left out"),
    # Howard et al. 2017, of a layer without padding: in its order of axes, and from 1
    (Conv.general(2, stride=1, padding=0, dilation=1, bias=False),
     r"\mathbf{G}_{k,l,n} = \sum_{i,j,m} \mathbf{K}_{i,j,m,n} \cdot \mathbf{F}_{k+i-1,l+j-1,m}",
     "it is right where indices count from 1, if the channels of images and kernels are their last indices"),
    (Conv.general(2, padding=0, dilation=1, bias=False),
     "y[i, j, o] = sum(a, b, c, w[a, b, c, o]*x[i + a, j + b, c])",
     "the stride is left out, if the channels of images and kernels are their last indices"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "reason"), SENTENCES, ids=[str(row[1])[:60] for row in SENTENCES])
def test_the_reason_is_named(layer: Layer, claim: Any, reason: str) -> None:
    of = {"delta1": "grad_input", "(X1*de": "grad_weight"}.get(str(claim[0])[:6])
    report = check(layer, claim, of)
    assert report.status == "refuted" and report.explanation[0] == reason, str(report)


SILENT = [
    (PLAIN, "y[i] = sum(k, w[k]^2 x[i+k])"),
    (PLAIN, "y[i] = sum(k, w[k] x[i+k]^2)"),
    (STRIDED, "y[i] = sum(k, w[k] x[2 s i+k])"),
    (PLAIN, "dL/dx[j] = sum(k, delta[2 j-k] w[k])"),
]


@pytest.mark.parametrize(("layer", "claim"), SILENT, ids=[claim for _, claim in SILENT])
def test_no_reason_is_better_than_a_false_one(layer: Layer, claim: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted" and report.explanation == () and report.witness is not None
