"""Hostile formulas: short, and made to cost as much as can be had for a few characters."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import sympy as sp

NUMBERS = ("0", "1", "2", "7", "0.5", "123456789012345678", "9" * 18, "1" * 40)
LABELS = ("X1", "X2", "w1", "w2", "w9", "X11", "v11", "h1", "X_{1}", "w_2", "b", "b1", "P11", "S1")
ENTRIES = (
    "x[i]", "w[k]", "x[i+k]", "x[s*i+d*k-p]", "w[K-1-k]", "delta[i]", "x_i", "w_{k}", "x[i*k]", "x[(n+K+s)^6*i]",
    "v[i,j]", "x[k^6]", "x[w[k]]", "b[o]", "x[c,i1,i2]", "w[o,c,k1,k2]", "x[10^6^6]",
)  # fmt: skip
NAMES = ("i", "j", "k", "n", "K", "s", "d", "p", "m", "a", "b", "alpha", "z" * 200, "αβγ", "π", "x" * 30, "𝔵", "ⅷ", "٣")
LIMITS = (
    "k", "k = 0..10^18", "k = 0..999999999999999999", "k = 0..K-1", "k=0..K*n*s*d-1", "k=i..n^6", "i,j,k", "a,b,c,e,f",
    "k=-10..K", "K = 0..n", "k=0..0.5", "k = 1..0",
)  # fmt: skip
LEFTS = ("", "", "", "h[i] = ", "h1 = ", "dL/dw[k] = ", r"\frac{\partial L}{\partial w_k} = ", "h_{2} = ", "v[j,i] = ")


CLEAN = ("X1", "X2", "X3", "w1", "w2", "2"), ("x[i]", "x[i+1]", "w[i]", "x[2*i]", "n", "K", "3", "x[s*i-p]", "delta[i]")
"""Of single entries and with indices: formulas of these alone are read to the end."""
SUMS = (
    "sum(k, w[k]*x[i+k])", "sum(k, w[k]*x[s*i+d*k-p])", "sum(k=0..n-1, 1)", "sum(a,b, w[a]*w[b]*x[a+b])",
    "sum(k, x[k])",
    "sum(k=0..10^18, x[k])", "sum(a,b,c, x[a]x[b]x[c])", "sum(k=0..n*K*s, k)", "sum(k, delta[k] w[k] [i = 2*k])",
    "sum(k=i..n^3, w[k])", "sum(a,b,c,e, x[a+b]w[b+c]x[c+e]w[e])", "sum(k=0..999999999999, k*i)",
)  # fmt: skip


def formula(chance: random.Random, most: int = 950) -> str:
    """A formula of fewer characters than that, as a rule one that is nested deep, or long."""
    if chance.random() < 0.6:
        single = chance.random() < 0.4
        own = CLEAN[0] if single else (*CLEAN[1], *SUMS, *SUMS)
        for depth in (chance.choice((1, 2, 3, 4, 5)), 2, 1):
            text = ("h1 = " if single else "h[i] = ") + _clean(chance, depth, own)
            if len(text) <= most:
                return text
    text = chance.choice(LEFTS) + _sum(chance, chance.choice((1, 2, 3, 5, 8)))
    return text[:most]


def claims(chance: random.Random) -> Any:
    """One formula, or several."""
    kind = chance.randrange(8)
    if kind == 0:
        return [formula(chance, 300) for _ in range(chance.choice((1, 2, 3)))]
    if kind == 1:
        return ", ".join(formula(chance, 300) for _ in range(2))
    return formula(chance)


def _sum(chance: random.Random, depth: int) -> str:
    kinds: tuple[Callable[[random.Random, int], str], ...] = (
        _power, _product, _long, _summed, _fraction, _bracket, _tower, _alike,
    )  # fmt: skip
    return chance.choice(kinds)(chance, depth - 1) if depth else _atom(chance, depth)


def _clean(chance: random.Random, depth: int, own: tuple[str, ...]) -> str:
    """A sum of products and powers of these."""
    if not depth:
        return chance.choice(own)
    inside = [_clean(chance, depth - 1, own) for _ in range(chance.choice((1, 2, 2, 3)))]
    text = chance.choice(("+", "*", "-", "+")).join(f"({part})" for part in inside)
    return text if chance.random() < 0.5 else f"({text})^{chance.choice((2, 3, 6))}"


def _atom(chance: random.Random, depth: int) -> str:
    return chance.choice(chance.choice((NUMBERS, LABELS, ENTRIES, ENTRIES, NAMES)))


def _power(chance: random.Random, depth: int) -> str:
    exponent = chance.choice(("2", "6", "6", "20", "1000000000", "n", "{2^6}", "0", "0.5"))
    return f"({_sum(chance, depth)}){chance.choice(('^', '**'))}{exponent}"


def _tower(chance: random.Random, depth: int) -> str:
    levels, inside = chance.choice((3, 10, 50)), _sum(chance, min(depth, 1))
    return "(" * levels + inside + ")^6" * levels


def _product(chance: random.Random, depth: int) -> str:
    times = chance.choice(("*", " ", r"\cdot ", "/"))
    return times.join(f"({_sum(chance, depth)})" for _ in range(chance.choice((2, 3, 12))))


def _long(chance: random.Random, depth: int) -> str:
    parts = [_sum(chance, min(depth, 1)) for _ in range(chance.choice((2, 5)))]
    return chance.choice(("+", "-", " + ")).join(parts * chance.choice((1, 3, 20)))


def _alike(chance: random.Random, depth: int) -> str:
    """The same tensor many times, at indices that differ."""
    count, sign = chance.choice((4, 12, 40)), chance.choice(("*", "+"))
    return f"sum(k, {sign.join(f'x[i+{at}*k]' for at in range(count))})"


def _summed(chance: random.Random, depth: int) -> str:
    inside = _sum(chance, depth)
    if chance.random() < 0.3:
        upper = chance.choice(("K-1", "10^18", "n", "999999999"))
        return rf"\sum_{{k=0}}^{{{upper}}} {inside}"
    return f"sum({chance.choice(LIMITS)}, {inside})"


def _fraction(chance: random.Random, depth: int) -> str:
    inside = _sum(chance, depth)
    for _ in range(chance.choice((1, 1, 20))):
        inside = rf"\frac{{{inside}}}{{{chance.choice(('2', 'n', '(n+K)', '(n+s+d)^6', '999999999999999989', '0'))}}}"
    return inside


def _bracket(chance: random.Random, depth: int) -> str:
    one, other = _atom(chance, 0), _sum(chance, min(depth, 1))
    return f"[{one} = {other}]*{_atom(chance, 0)}"


# -- SymPy expressions ---------------------------------------------------------------------------------

I, J, K, N = sp.symbols("i j k n", integer=True)
X, W, Y = sp.IndexedBase("X"), sp.IndexedBase("w"), sp.IndexedBase("Y", shape=(N,))
SYMBOLS = (I, J, K, N, *sp.symbols("X1 X2 w1 w2 s p"), X[I], W[K], X[I + K], Y[K], sp.Symbol("K", positive=True))


def expression(chance: random.Random, depth: int = 4) -> Any:
    """A SymPy expression of a few lines of code that may be very large."""
    if not depth:
        return chance.choice((*SYMBOLS, sp.Integer(3), sp.Integer(10) ** 2000, sp.Rational(1, 3), sp.Float("1e900")))

    def inside() -> Any:
        return expression(chance, depth - 1)

    if depth == 4 and chance.random() < 0.2:
        return chance.choice((shared, nested))(inside(), chance.choice((5, 20, 60, 400)))
    kind = chance.randrange(11)
    if kind == 0:
        return sp.Pow(inside(), chance.choice((2, 20, 10**6, -1)), evaluate=False)
    if kind == 1:
        return sp.Mul(*(inside() + at for at in range(chance.choice((2, 6, 30)))))
    if kind == 2:
        return sp.Sum(inside(), (K, 0, chance.choice((N, 10**18, N**20, sp.oo))))
    if kind == 3:
        return sp.Sum(X[I] * inside(), *((symbol, 0, N) for symbol in sp.symbols("a b c e f g", integer=True)))
    if kind == 4:
        return sp.Add(*(inside() * at for at in range(chance.choice((2, 300)))))
    if kind == 5:
        return sp.floor(inside() / chance.choice((2, N, N + 1, 7**50)), evaluate=False)
    if kind == 6:
        return sp.Max(I, *(sp.Symbol(f"q{at}") for at in range(chance.choice((2, 12)))), inside(), evaluate=False)
    if kind == 7:
        return sp.KroneckerDelta(I, inside(), evaluate=False) * X[I]
    if kind == 8:
        cases = [(X[I + at], sp.Or(at < I, at > J, sp.Ne(K, at))) for at in range(chance.choice((1, 3, 12)))]
        return sp.Piecewise(*cases, (inside(), True), evaluate=False)
    if kind == 9:
        return X[inside()]
    return chance.choice((sp.sin, sp.exp, sp.Abs))(inside(), evaluate=False)


def shared(start: Any, levels: int) -> Any:
    """A small graph that is very large as a tree."""
    for _ in range(levels):
        start = sp.Mul(sp.Add(start, 1, evaluate=False), sp.Add(start, 2, evaluate=False), evaluate=False)
    return start


def nested(start: Any, levels: int) -> Any:
    for at in range(levels):
        start = sp.Mul(sp.Add(start, at + 1, evaluate=False), I, evaluate=False)
    return start
