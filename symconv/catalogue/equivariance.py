"""What commutes with what: layers with shifts, reflections and quarter turns; and maps that do, which are layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sympy as sp

from symconv.catalogue.entry import Identity
from symconv.layers import Layer
from symconv.layers.convolution import Conv
from symconv.layers.transposed import ConvTranspose

GROUPS, BOOK = "Cohen and Welling 2016", "Goodfellow, Bengio and Courville 2016, chapter 9"
i, j, t, z, q, r, k = sp.symbols("i j t z q r k", integer=True)
i1, i2, j1, j2, k1, k2 = sp.symbols("i1 i2 j1 j2 k1 k2", integer=True)
n, m, s, d, K, C = sp.symbols("n m s d K C", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
o, c, e = sp.symbols("o c e", integer=True)
X, u, v = sp.IndexedBase("X", (n,)), sp.IndexedBase("u"), sp.IndexedBase("v")
circle_u = sp.IndexedBase("u", (n,))
a, b = sp.symbols("a b", integer=True)
F = sp.IndexedBase("F", (C, n))
oo, Sum = sp.oo, sp.Sum

Side = Callable[[], Any]


def _matrix(layer: Layer) -> sp.Expr:
    """The layer's dense matrix, at input j and output i."""
    written: sp.Expr = layer.fully_connected.shared_weight.formula.rhs
    return written


def _plain(**given: Any) -> sp.Expr:
    return _matrix(Conv(n, K, **{"stride": s, "padding": p, "dilation": d, **given}))


def _at(expression: sp.Expr, places: Mapping[sp.Symbol, Any]) -> sp.Expr:
    return expression.subs(places, simultaneous=True)


def _circular(sizes: Any = None) -> sp.Expr:
    return _plain(padding_mode="circular").subs(sizes or {})


def _of_kernel(expression: sp.Expr, places: Mapping[sp.Symbol, Any]) -> sp.Expr:
    """The same matrix with its weights read at other places of the kernel."""
    (weight,) = expression.atoms(sp.Indexed)
    return expression.xreplace({weight: _at(weight, places)})


def _square() -> sp.Expr:
    return _matrix(Conv((n, n), (K, K), padding=p, dilation=d))


def _spread() -> sp.Expr:
    return _matrix(ConvTranspose(n, K, stride=s, padding=p, dilation=d))


CHANNELS = sp.Piecewise((1, sp.And(*(sp.And(at >= 0, at < C) for at in (o, q, r)))), (0, True))


def _channel(at: Any) -> sp.Expr:
    return F[at, i]


def _exchanged(at: Any, of: Callable[[Any], Any] = _channel) -> sp.Expr:
    """A function of channels at one of them, after channels q and r are exchanged."""
    first, second = sp.KroneckerDelta(at, q), sp.KroneckerDelta(at, r)
    kept = sp.KroneckerDelta(at, c) * (1 - first - second)
    exchange = kept + first * sp.KroneckerDelta(c, r) + second * sp.KroneckerDelta(c, q)
    return Sum(exchange * of(c), (c, 0, C - 1))


def _mixed(of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """a x + b sum(x), of a function of channels."""
    return lambda at: a * of(at) + b * Sum(of(e), (e, 0, C - 1))


COVERED = s * (m - 1) + d * (K - 1) + 1 - 2 * p
"""The input size where the windows cover the padded input."""
OUTPUTS = n + 2 * p - d * (K - 1)
"""The output size with stride 1."""

ENTRIES: dict[str, tuple[str, Side, Side, Side]] = {
    "a layer commutes with shifts": (
        BOOK, lambda: _at(_plain(), {j: j + s * z, i: i + z}), _plain, lambda: _at(_plain(), {j: j + s * z}),
    ),
    "a transposed layer commutes with shifts": (
        BOOK, lambda: _at(_spread(), {j: j + z, i: i + s * z}), _spread,
        lambda: _at(_spread(), {j: j + z, i: i - s * z}),
    ),
    "a circular layer commutes with turns of the circle": (
        BOOK, lambda: _at(_circular(), {j: j + s * z, i: i + z}), _circular, lambda: _at(_circular(), {j: j - s * z}),
    ),
    "a circular layer goes once around its output": (
        BOOK, lambda: _at(_circular({n: s * m}), {i: i + m}), lambda: _circular({n: s * m}),
        lambda: _at(_circular({n: s * m}), {i: i + 1}),
    ),
    "a map that commutes with shifts is a convolution": (
        BOOK, lambda: Sum(u[j - s * i] * X[j], (j, 0, n - 1)), lambda: Sum(u[t] * X[s * i + t], (t, -oo, oo)),
        lambda: Sum(u[t] * X[s * i - t], (t, -oo, oo)),
    ),
    "a map that commutes with turns of a circle is a circular convolution": (
        "Davis 1979, section 3.1",
        lambda: Sum(circle_u[j - s * i + n * r] * X[j], (j, 0, n - 1), (r, -oo, oo)),
        lambda: Sum(circle_u[t] * X[s * i + t + n * r], (t, 0, n - 1), (r, -oo, oo)),
        lambda: Sum(circle_u[t] * X[s * i + t], (t, 0, n - 1)),
    ),
    "places with the same offset are a shift apart": (
        BOOK, lambda: v[j + s * (q - i), i + (q - i)], lambda: v[(j - s * i) + s * q, q], lambda: v[j - i + q, q],
    ),
    "a reflection turns the kernel": (
        GROUPS, lambda: _at(_plain(), {j: COVERED - 1 - j, i: m - 1 - i}),
        lambda: _of_kernel(_plain(), {k: K - 1 - k}), _plain,
    ),
    "a quarter turn turns the kernel": (
        GROUPS, lambda: _at(_square(), {j1: n - 1 - j2, j2: j1, i1: OUTPUTS - 1 - i2, i2: i1}),
        lambda: _of_kernel(_square(), {k1: K - 1 - k2, k2: k1}),
        lambda: _of_kernel(_square(), {k1: k2, k2: K - 1 - k1}),
    ),
    "channels mixed alike commute with an exchange of two": (
        "Zaheer et al. 2017", lambda: CHANNELS * _mixed(_exchanged)(o),
        lambda: CHANNELS * _exchanged(o, _mixed(_channel)), lambda: CHANNELS * _mixed(_channel)(o),
    ),
}  # fmt: skip


AT_ONCE = (v[j, i], None)
WRITTEN: dict[str, list[tuple[Any, Any]]] = {
    "a layer commutes with shifts": [(v[j + s * z, i + z], v[j, i]), AT_ONCE],
    "a transposed layer commutes with shifts": [(v[j + z, i + s * z], v[j, i]), AT_ONCE],
    "a circular layer commutes with turns of the circle": [(v[j + s * z, i + z], v[j, i]), AT_ONCE],
    "a circular layer goes once around its output": [(v[j, i + m], v[j, i]), AT_ONCE],
    "places with the same offset are a shift apart": [
        (v[j - s * i + s * q, q], r"v_{j + s z, i + z} \quad \text{with } z = q - i"),
    ],
    "a reflection turns the kernel": [(v[n - 1 - j, m - 1 - i], None)],
    "a quarter turn turns the kernel": [(v[n - 1 - j2, j1, m - 1 - i2, i1], None)],
}  # fmt: skip
"""Of what is about the dense matrix v of a layer, what is typeset; None is the right side of the entry."""
MIXED = r"\left(a I + b \, \mathbf{1} \mathbf{1}^{\mathsf{T}}\right)"


def equivariance_identities() -> list[Identity]:
    return [
        Identity(
            title, "equivariance", reference, partial(_sides, left, right), near_miss,
            typeset=partial(_written, title, right) if title in WRITTEN else _mixing if "mixed" in title else None,
        )
        for title, (reference, left, right, near_miss) in ENTRIES.items()
    ]  # fmt: skip


def _mixing() -> list[tuple[Any, Any]]:
    exchange = _exchanged(o, lambda at: 1).function
    return [(f"P {MIXED}", f"{MIXED} P"), (sp.IndexedBase("P")[o, c], exchange)]


def _written(title: str, right: Side) -> list[tuple[Any, Any]]:
    return [(one, right() if other is None else other) for one, other in WRITTEN[title]]


def _sides(left: Side, right: Side) -> list[tuple[str, Any, Any]]:
    return [("every entry", left(), right())]
