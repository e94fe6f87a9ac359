"""Sums that people take apart: split, by parity, in phases, telescoped. Name, both sides, and a near miss."""

from __future__ import annotations

from typing import Any

import sympy as sp

i, j, k, q, r, t, z = sp.symbols("i j k q r t z", integer=True)
n, m, K, S, T = sp.symbols("n m K S T", integer=True, positive=True)
x, f = sp.IndexedBase("x", shape=(n,)), sp.IndexedBase("f")
w, long_w = sp.IndexedBase("w", shape=(K,)), sp.IndexedBase("w", shape=(S * K,))
oo, Sum, Bracket = sp.oo, sp.Sum, sp.KroneckerDelta


def where(*conditions: Any) -> sp.Expr:
    """One if all conditions hold, else zero."""
    return sp.Piecewise((1, sp.And(*conditions)), (0, True))


def circular(base: sp.IndexedBase, index: sp.Expr) -> sp.Expr:
    """An entry on a circle of n."""
    return Sum(base[index + n * q], (q, -oo, oo))


def shifted(index: sp.Expr, by: sp.Expr) -> sp.Expr:
    """An entry of x turned by a number of places, for an index inside it."""
    return Sum(x[index + by + n * t], (t, -oo, oo)) * where(index >= 0, index < n)


SUMS: dict[str, tuple[Any, Any, Any]] = {
    "a sum split at a letter": (
        Sum(f[k], (k, 0, m - 1)) * where(q >= 0, q <= m),
        (Sum(f[k], (k, 0, q - 1)) + Sum(f[k], (k, q, m - 1))) * where(q >= 0, q <= m),
        (Sum(f[k], (k, 0, q)) + Sum(f[k], (k, q, m - 1))) * where(q >= 0, q <= m),
    ),
    "a sum split by parity": (
        Sum(f[k], (k, 0, m - 1)),
        Sum(f[2 * k], (k, 0, sp.floor((m - 1) / 2))) + Sum(f[2 * k + 1], (k, 0, sp.floor(m / 2) - 1)),
        Sum(f[2 * k], (k, 0, sp.floor(m / 2))) + Sum(f[2 * k + 1], (k, 0, sp.floor(m / 2) - 1)),
    ),
    "the phases of a kernel": (
        Sum(long_w[k] * x[i + k], (k, 0, S * K - 1)),
        Sum(long_w[S * k + r] * x[i + S * k + r], (r, 0, S - 1), (k, 0, K - 1)),
        Sum(long_w[S * k + r] * x[i + S * k], (r, 0, S - 1), (k, 0, K - 1)),
    ),
    "the phases of an input with a stride": (
        Sum(long_w[k] * x[S * i + k], (k, 0, S * K - 1)),
        Sum(long_w[S * k + r] * x[S * (i + k) + r], (r, 0, S - 1), (k, 0, K - 1)),
        Sum(long_w[S * k + r] * x[S * (i + k + 1) + r], (r, 0, S - 1), (k, 0, K - 1)),
    ),
    "space to depth": (
        Sum(long_w[k] * x[S * i + k], (k, 0, S * K - 1)),
        Sum(long_w[S * k + r] * Bracket(j, S * (i + k) + r) * x[j], (j, 0, n - 1), (r, 0, S - 1), (k, 0, K - 1)),
        Sum(long_w[S * k + r] * Bracket(j, S * (i + k) - r) * x[j], (j, 0, n - 1), (r, 0, S - 1), (k, 0, K - 1)),
    ),
    "a cyclic shift of a circular convolution": (
        Sum(w[k] * shifted(i + k + n * q, z), (q, -oo, oo), (k, 0, K - 1)),
        Sum(w[k] * x[i + z + k + n * q], (q, -oo, oo), (k, 0, K - 1)),
        Sum(w[k] * x[i - z + k + n * q], (q, -oo, oo), (k, 0, K - 1)),
    ),
    "a circle turned by its length": (circular(x, i + n), circular(x, i), circular(x, i + 1)),
    "a pool of pools": (
        Sum(x[T * (S * i + r) + t], (t, 0, T - 1), (r, 0, S - 1)),
        Sum(x[S * T * i + k], (k, 0, S * T - 1)),
        Sum(x[S * T * i + k], (k, 0, S * T)),
    ),
    "a pool of pools, by numbers": (
        Sum(Sum(x[2 * (2 * i + r) + t], (t, 0, 1)) / 2, (r, 0, 1)) / 2,
        Sum(x[4 * i + k], (k, 0, 3)) / 4,
        Sum(x[4 * i + k], (k, 0, 3)) / 2,
    ),
    "a sum of differences": (
        Sum(f[k + 1] - f[k], (k, 0, m - 1)), f[m] - f[0], f[m - 1] - f[0],
    ),
    "a number of places": (Sum(q, (k, 0, K - 1)), K * q, (K - 1) * q),
    "a box as a difference of running sums": (
        Sum(f[j], (j, i, i + K - 1)) * where(i >= 0),
        (Sum(f[j], (j, 0, i + K - 1)) - Sum(f[j], (j, 0, i - 1))) * where(i >= 0),
        (Sum(f[j], (j, 0, i + K - 1)) - Sum(f[j], (j, 0, i))) * where(i >= 0),
    ),
    "nearest up-sampling": (
        Sum(f[k] * where(S * k <= i, i < S * k + S), (k, -oo, oo)), f[sp.floor(i / S)], f[sp.floor((i + 1) / S)],
    ),
    "nearest up-sampling, read at multiples": (
        Sum(f[k] * where(S * k <= S * i, S * i < S * k + S), (k, -oo, oo)), f[i], f[i + 1],
    ),
    "a transposed convolution on zeros between the entries": (
        Sum(f[i] * w[k] * Bracket(j, S * i + k), (k, 0, K - 1), (i, 0, m - 1)),
        Sum(w[j - z] * Sum(f[i] * Bracket(z, S * i), (i, 0, m - 1)), (z, -oo, oo)),
        Sum(w[j + z] * Sum(f[i] * Bracket(z, S * i), (i, 0, m - 1)), (z, -oo, oo)),
    ),
}  # fmt: skip
