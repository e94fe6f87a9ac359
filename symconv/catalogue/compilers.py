"""Rewrite rules of tensor compilers, stated with ``arrays.py``, each with a wrong variant.

They are of the kinds that TensorRight (Arora et al., POPL 2025) verifies for XLA's algebraic simplifier, in forms of
our own: every size is a letter, and a condition such as ``start >= low`` is a name for the difference.
"""

from __future__ import annotations

import sympy as sp

from symconv.catalogue.arrays import (
    Array,
    broadcast,
    concatenate,
    constant,
    convolve,
    dot,
    dynamic_slice,
    elementwise,
    pad,
    reduce,
    reverse,
    select,
    slice_,
    tensor,
    transpose,
    update,
)

Rule = tuple[str, Array, Array, Array]
"""What it is called, both sides, and a right side that is wrong."""

n, m, K, a, b, c, s, d, l, C, O = sp.symbols("n m K a b c s d l C O", integer=True, positive=True)
p, q, e, g, u, t = sp.symbols("p q e g u t", integer=True, nonnegative=True)
v, z, r = sp.symbols("v z r", integer=True)
A, B, D, M = tensor("A", n), tensor("B", n), tensor("D", n), tensor("M", n, m)
P, Q, R = tensor("P", a, m), tensor("Q", b, m), tensor("R", c, m)
S, T = tensor("S", a, b), tensor("T", a, b, c)
N = tensor("N", n, b)
w_one, tap = tensor("w", C, 1, K), tensor("w", C, O, 1)
long = tensor("L", u + t + g + 1)
ends = tensor("E", p + q + c)
x, w = tensor("x", C, n), tensor("w", C, O, K)


def const(value: sp.Expr | int) -> Array:
    return constant(value, n)


def plus(one: Array, other: Array) -> Array:
    return elementwise(lambda left, right: left + right, one, other)


def minus(one: Array, other: Array) -> Array:
    return elementwise(lambda left, right: left - right, one, other)


def times(one: Array, other: Array) -> Array:
    return elementwise(lambda left, right: left * right, one, other)


def scaled(number: sp.Expr | int, one: Array) -> Array:
    return elementwise(lambda entry: number * entry, one)


def row(array: Array) -> Array:
    """One row with these entries."""
    return broadcast(array, 0, 1)


ELEMENTS: list[Rule] = [
    ("numbers are added first", plus(plus(A, const(v)), const(z)), plus(A, const(v + z)), plus(A, const(v - z))),
    ("0 is added", plus(A, const(0)), A, plus(A, A)),
    ("a number is added from the left", plus(const(v), A), plus(A, const(v)), A),
    ("a number is subtracted", minus(A, const(v)), plus(A, const(-v)), plus(A, const(v))),
    ("an array from itself", minus(A, A), const(0), A),
    ("times 1", times(A, const(1)), A, const(1)),
    ("times 0", times(A, const(0)), const(0), A),
    ("numbers are multiplied first", times(scaled(v, A), scaled(z, B)), scaled(v * z, times(A, B)), scaled(v + z, times(A, B))),
    ("two numbers", scaled(z, scaled(v, A)), scaled(v * z, A), scaled(v, A)),
    ("a number moves to what is broadcast", times(scaled(v, M), broadcast(A, 1, m)), times(broadcast(scaled(v, A), 1, m), M),
     times(broadcast(A, 1, m), M)),
    ("a common factor", plus(times(A, D), times(B, D)), times(plus(A, B), D), times(A, plus(B, D))),
    ("a choice between equals", select(lambda i: i < r, A, A), A, select(lambda i: i < r, A, const(0))),
    ("a choice that is always one", select(lambda i: i >= 0, A, B), A, B),
    ("a choice that is never one", select(lambda i: i < 0, A, B), B, A),
    ("the other choice", select(lambda i: i >= r, A, B), select(lambda i: i < r, B, A), select(lambda i: i < r, A, B)),
    ("transposed twice", transpose(transpose(T, 1, 2, 0), 2, 1, 0), transpose(T, 0, 2, 1), scaled(2, transpose(T, 0, 2, 1))),
    ("transposed and back", transpose(transpose(M, 1, 0), 1, 0), M, scaled(2, M)),
]  # fmt: skip

BROADCASTS: list[Rule] = [
    ("broadcast, then added", plus(broadcast(A, 1, m), broadcast(B, 1, m)), broadcast(plus(A, B), 1, m), broadcast(A, 1, m)),
    ("broadcast, then multiplied", times(broadcast(A, 1, m), broadcast(B, 1, m)), broadcast(times(A, B), 1, m),
     broadcast(plus(A, B), 1, m)),
    ("a number, transposed", transpose(constant(v, n, m), 1, 0), constant(v, m, n), constant(z, m, n)),
    ("a number, reversed", reverse(const(v)), const(v), const(-v)),
    ("a part of a number", slice_(const(v), p, p + q, s), constant(v, sp.ceiling(q / s)), constant(v + 1, sp.ceiling(q / s))),
    ("a moving part of a number", dynamic_slice(const(v), r, a), constant(v, a), constant(0, a)),
    ("broadcast twice", broadcast(broadcast(A, 1, m), 2, K), broadcast(broadcast(A, 1, K), 1, m),
     broadcast(broadcast(scaled(2, A), 1, K), 1, m)),
    ("a number before", concatenate(constant(v, p, m), Q), pad(Q, v, p, 0, 0), pad(Q, 0, p, 0, 0)),
    ("a number after", concatenate(P, constant(v, p, m)), pad(P, v, 0, 0, p), pad(P, v + 1, 0, 0, p)),
    ("a number with a part overwritten", update(constant(v, p + a + q), tensor("X", a), p), pad(tensor("X", a), v, p, 0, q),
     pad(tensor("X", a), z, p, 0, q)),
]  # fmt: skip

PARTS: list[Rule] = [
    ("all of it", slice_(A, 0, n), A, reverse(A)),
    ("broadcast, then cut", slice_(slice_(broadcast(A, 1, m), p, p + q, s), u, u + t, d, axis=1),
     broadcast(slice_(A, p, p + q, s), 1, sp.ceiling(t / d)), broadcast(slice_(A, p + 1, p + 1 + q, s), 1, sp.ceiling(t / d))),
    ("only the new axis is cut", slice_(broadcast(A, 1, m), u, u + t, d, axis=1), broadcast(A, 1, sp.ceiling(t / d)),
     broadcast(reverse(A), 1, sp.ceiling(t / d))),
    ("cut off all that was padded", slice_(pad(A, v, p, e, g), p, p + n + (n - 1) * e, e + 1), A, scaled(2, A)),
    ("cut before what was padded", slice_(pad(A, v, p + q, e, g), p, p + q, s), constant(v, sp.ceiling(q / s)),
     constant(0, sp.ceiling(q / s))),
    ("cut after what was padded", slice_(pad(A, v, p, e, u + t + g), p + n + (n - 1) * e + u, p + n + (n - 1) * e + u + t, s),
     constant(v, sp.ceiling(t / s)), constant(v + 1, sp.ceiling(t / s))),
    ("cut inside what was padded", slice_(pad(long, v, p, 0, q), p + u, p + u + t), slice_(long, u, u + t), slice_(long, u + 1, u + 1 + t)),
    ("cut twice", slice_(slice_(A, p, p + q), u, u + t), slice_(A, p + u, p + u + t), slice_(A, u, u + t)),
    ("cut the second of two", slice_(concatenate(P, Q), a, a + b), Q, slice_(concatenate(P, Q), a - 1, a + b - 1)),
    ("cut in the first of two", slice_(concatenate(ends, A), p, p + q, s), slice_(ends, p, p + q, s), slice_(ends, p + 1, p + 1 + q, s)),
    ("cut in the second of two", slice_(concatenate(S, N), a + u, a + u + t, s), slice_(N, u, u + t, s), slice_(N, u + 1, u + 1 + t, s)),
    ("cut behind the first of three", slice_(concatenate(P, Q, R), a + u, a + u + t, s), slice_(concatenate(Q, R), u, u + t, s),
     slice_(concatenate(R, Q), u, u + t, s)),
    ("reversed, then cut", slice_(reverse(A), u, u + s * t + 1, s), reverse(slice_(A, n - u - s * t - 1, n - u, s)),
     reverse(slice_(A, n - u - s * t, n - u + 1, s))),
    ("a moving part", dynamic_slice(A, r, a), slice_(A, r, r + a), slice_(A, r + 1, r + a + 1)),
    ("the moving part that is all", dynamic_slice(A, 0, n), A, dynamic_slice(A, 1, n)),
    ("broadcast, then a moving part", dynamic_slice(dynamic_slice(broadcast(A, 1, m), r, a), z, b, axis=1),
     broadcast(dynamic_slice(A, r, a), 1, b), broadcast(dynamic_slice(A, z, a), 1, b)),
    ("transposed, then a moving part", dynamic_slice(transpose(M, 1, 0), r, a), transpose(dynamic_slice(M, r, a, axis=1), 1, 0),
     transpose(dynamic_slice(M, r + 1, a, axis=1), 1, 0)),
    ("a moving part of a moving part", dynamic_slice(dynamic_slice(A, r, a), z, b), dynamic_slice(A, r + z, b), dynamic_slice(A, r - z, b)),
    ("an update of 0 is added", plus(A, update(const(0), tensor("X", a), r)),
     update(A, plus(tensor("X", a), dynamic_slice(A, r, a)), r), update(A, tensor("X", a), r)),
    ("a part that is updated and put back", update(A, update(dynamic_slice(A, p, u + b + g), tensor("Y", b), u), p),
     update(A, tensor("Y", b), p + u), update(A, tensor("Y", b), p)),
    ("all is overwritten", update(A, B, 0), B, A),
]  # fmt: skip

ENDS: list[Rule] = [
    ("nothing is padded", pad(A, v, 0, 0, 0), A, pad(A, v, 0, 1, 0)),
    ("one entry has no inside", pad(tensor("F", n, 1), v, p, e, q, axis=1), pad(tensor("F", n, 1), v, p, 0, q, axis=1),
     pad(tensor("F", n, 1), z, p, 0, q, axis=1)),
    ("broadcast, then padded", pad(pad(broadcast(broadcast(A, 1, m), 2, K), v, p, e, q), v, u, g, t, axis=1),
     broadcast(pad(pad(broadcast(A, 1, m), v, p, e, q), v, u, g, t, axis=1), 2, K),
     broadcast(pad(pad(broadcast(A, 1, m), v, p, e, q), z, u, g, t, axis=1), 2, K)),
    ("a negative end is a cut", Array((p + n - q,), pad(A, v, p, 0, 0).entry), slice_(pad(A, v, p, 0, 0), 0, p + n - q),
     slice_(pad(A, z, p, 0, 0), 0, p + n - q)),
    ("a negative start is a cut", pad(A, v, -p, 0, q), slice_(pad(A, v, 0, 0, q), p, n + q), slice_(pad(A, v, 0, 0, q), p + 1, n + q + 1)),
    ("both are negative", pad(A, v, -p, 0, -q), slice_(A, p, n - q), slice_(A, p + 1, n - q + 1)),
    ("padded twice with one value", pad(pad(A, v, p, 0, q), v, u, 0, t), pad(A, v, p + u, 0, q + t), pad(A, 0, p + u, 0, q + t)),
    ("nothing is reversed", reverse(tensor("F", n, 1), 1), tensor("F", n, 1), reverse(tensor("F", n, 1), 0)),
    ("reversed twice", reverse(reverse(A)), A, reverse(A)),
    ("reversed on two axes, and on one", reverse(reverse(reverse(M, 0), 1), 0), reverse(M, 1), reverse(M, 0)),
    ("reversed, with a number", reverse(plus(A, const(v))), plus(reverse(A), const(v)), plus(A, const(v))),
    ("one of two", concatenate(P, concatenate(Q, R)), concatenate(concatenate(P, Q), R), concatenate(concatenate(P, R), Q)),
    ("three in a list", concatenate(P, Q, R), concatenate(P, concatenate(Q, R)), concatenate(Q, concatenate(P, R))),
    ("two parts that meet", concatenate(slice_(A, p, p + q), slice_(A, p + q, p + q + u)), slice_(A, p, p + q + u),
     slice_(A, p + 1, p + q + u + 1)),
]  # fmt: skip

SUMS: list[Rule] = [
    ("a product of sums", times(reduce(row(A), 1), reduce(row(tensor("Y", b)), 1)),
     reduce(reduce(row(times(broadcast(A, 1, b), broadcast(tensor("Y", b), 0, n))), 1), 1),
     reduce(reduce(row(plus(broadcast(A, 1, b), broadcast(tensor("Y", b), 0, n))), 1), 1)),
    ("a sum of two sums", reduce(concatenate(row(reduce(P)), row(reduce(Q)))), reduce(concatenate(P, Q)), reduce(P)),
    ("a number into the sum", scaled(v, reduce(M)), reduce(scaled(v, M)), reduce(plus(M, constant(v, n, m)))),
    ("transposed, then added up", reduce(transpose(T, 2, 0, 1)), reduce(T, 2), scaled(2, reduce(T, 2))),
    ("added up twice", reduce(reduce(T)), reduce(reduce(T, 1)), reduce(reduce(times(T, T), 1))),
    ("a product over rows, added up", reduce(dot(transpose(T, 0, 1, 2), tensor("U", a, c, d), 1, 1)),
     dot(transpose(T, 1, 0, 2), tensor("U", a, c, d), 2), scaled(2, dot(transpose(T, 1, 0, 2), tensor("U", a, c, d), 2))),
    ("one entry added up", reduce(tensor("F", n, 1), 1), Array((n,), lambda i: tensor("F", n, 1)[i, 0]), constant(0, n)),
    ("one entry in another place", reduce(transpose(tensor("F", n, 1), 1, 0)), reduce(tensor("F", n, 1), 1), A),
    ("products of parts", dot(transpose(concatenate(P, Q), 1, 0), concatenate(tensor("V", a, c), tensor("W", b, c))),
     plus(dot(transpose(P, 1, 0), tensor("V", a, c)), dot(transpose(Q, 1, 0), tensor("W", b, c))), dot(transpose(P, 1, 0), tensor("V", a, c))),
    ("products of parts, as a sum of two", dot(transpose(concatenate(P, Q), 1, 0), concatenate(tensor("V", a, c), tensor("W", b, c))),
     reduce(concatenate(broadcast(dot(transpose(P, 1, 0), tensor("V", a, c)), 0, 1), broadcast(dot(transpose(Q, 1, 0), tensor("W", b, c)), 0, 1))),
     reduce(concatenate(broadcast(dot(transpose(P, 1, 0), tensor("V", a, c)), 0, 1), broadcast(dot(transpose(P, 1, 0), tensor("V", a, c)), 0, 1)))),
    ("in the other order", dot(M, tensor("N", m, K)), transpose(dot(transpose(tensor("N", m, K), 1, 0), transpose(M, 1, 0)), 1, 0),
     scaled(2, dot(M, tensor("N", m, K)))),
    ("three matrices", dot(M, dot(tensor("N", m, K), tensor("G", K, d))), dot(dot(M, tensor("N", m, K)), tensor("G", K, d)),
     dot(dot(M, scaled(v, tensor("N", m, K))), tensor("G", K, d))),
    ("nothing is added up", dot(P, tensor("V", a, c), 0, 1), times(broadcast(P, 2, c), broadcast(tensor("V", a, c), 1, m)),
     plus(broadcast(P, 2, c), broadcast(tensor("V", a, c), 1, m))),
    ("over no entries", dot(tensor("M", n, 0), tensor("N", 0, K)), constant(0, n, K), constant(1, n, K)),
    ("a matrix times a vector", dot(M, tensor("y", m)), reduce(times(M, broadcast(tensor("y", m), 0, n)), 1), reduce(M, 1)),
]  # fmt: skip

PADDED = pad(x, 0, p, e, q, axis=1)
CONVOLUTIONS: list[Rule] = [
    ("the input's padding, interior too", convolve(PADDED, w, 1, u, t, 1, d), convolve(x, w, 1, u + p, t + q, e + 1, d),
     convolve(x, w, 1, u + p, t + q, 1, d)),
    ("and at every stride", convolve(PADDED, w, s, u, t, 1, d), convolve(x, w, s, u + p, t + q, e + 1, d),
     convolve(x, w, s, u, t + q + p, e + 1, d)),
    ("of a dilated input", convolve(PADDED, w, s, u, t, l, d), convolve(x, w, s, u + l * p, t + l * q, l * (e + 1), d),
     convolve(x, w, s, u + p, t + l * q + l * p - p, l * (e + 1), d)),
    ("the kernel's interior padding", convolve(x, pad(w, 0, 0, e, 0, axis=2), s, u, t, l, 1), convolve(x, w, s, u, t, l, e + 1),
     convolve(x, w, s, u, t + K * e - e, l, 1)),
    ("of a dilated kernel", convolve(x, pad(w, 0, p, e, q, axis=2), s, u, t, l, d),
     Array(convolve(x, pad(w, 0, p, e, q, axis=2), s, u, t, l, d).shape, convolve(x, w, s, u - d * p, t - d * q, l, d * (e + 1)).entry),
     Array(convolve(x, pad(w, 0, p, e, q, axis=2), s, u, t, l, d).shape, convolve(x, w, s, u - p, t - d * q, l, d * (e + 1)).entry)),
    ("the operands change places", convolve(x, w_one, 1, u, t, l, d),
     convolve(Array((C, K), lambda f, k: w_one[f, 0, K - 1 - k]), Array((C, 1, n), lambda f, o, j: x[f, n - 1 - j]), 1,
              u + l * (n - 1) - d * (K - 1), t + l * (n - 1) - d * (K - 1), d, l),
     convolve(Array((C, K), lambda f, k: w_one[f, 0, K - 1 - k]), Array((C, 1, n), lambda f, o, j: x[f, j]), 1,
              u + l * (n - 1) - d * (K - 1), t + l * (n - 1) - d * (K - 1), d, l)),
    ("a kernel of one is a product", convolve(x, tap), dot(Array((O, C), lambda o, f: tap[f, o, 0]), x),
     reverse(dot(Array((O, C), lambda o, f: tap[f, o, 0]), x), 1)),
    ("one place is a product", convolve(tensor("x", 1, 1), tensor("w", 1, O, 1)), scaled(tensor("x", 1, 1)[0, 0], Array((O, 1), lambda o, i: tensor("w", 1, O, 1)[0, o, 0])),
     Array((O, 1), lambda o, i: tensor("w", 1, O, 1)[0, o, 0])),
    ("a kernel as long as the input is a product", convolve(x, tensor("w", C, O, n)),
     Array((O, 1), lambda o, i: dot(Array((1, C, n), lambda _, f, k: x[f, k]), Array((C, n, O), lambda f, k, o: tensor("w", C, O, n)[f, o, k]), 2)[0, o]),
     Array((O, 1), lambda o, i: dot(Array((1, C, n), lambda _, f, k: x[f, k]), Array((C, n, O), lambda f, k, o: tensor("w", C, O, n)[f, o, n - 1 - k]), 2)[0, o])),
    ("no features", convolve(tensor("x", 0, n), tensor("w", 0, O, K), s, u, t, l, d), constant(0, O, convolve(x, w, s, u, t, l, d).shape[1]),
     constant(1, O, convolve(x, w, s, u, t, l, d).shape[1])),
    ("a scaled input", convolve(scaled(v, x), w, s, u, t, l, d), scaled(v, convolve(x, w, s, u, t, l, d)), convolve(x, w, s, u, t, l, d)),
]  # fmt: skip

TABLES = {
    "elements": ELEMENTS,
    "broadcasts": BROADCASTS,
    "parts": PARTS,
    "ends": ENDS,
    "sums": SUMS,
    "convolutions": CONVOLUTIONS,
}
