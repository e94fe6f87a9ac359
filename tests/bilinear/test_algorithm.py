"""Bilinear algorithms: right ones are proved, one wrong number is named with its place, and bad input is refused."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import BilinearAlgorithm, SymconvError
from symconv.bilinear.algorithm import QUANTITIES
from symconv.bilinear.identity import KINDS

SIZES = [(1, 1), (1, 3), (3, 1), (2, 2), (2, 3), (3, 2), (4, 3), (6, 3), (10, 5)]


def exact(matrix: Any) -> list[list[Fraction]]:
    return [[Fraction(int(one.p), int(one.q)) for one in row] for row in sp.Matrix(matrix).tolist()]


def by_loops(C: Any, A: Any, B: Any, w: list[Any], x: list[Any]) -> list[Any]:
    """h = C (A w * B x), in plain Python."""
    products = [sum(a * k for a, k in zip(left, w)) * sum(b * q for b, q in zip(right, x)) for left, right in zip(A, B)]
    return [sum(c * one for c, one in zip(row, products)) for row in C]


@pytest.mark.parametrize(("m", "r"), SIZES)
def test_winograd_for_any_sizes(m: int, r: int) -> None:
    """The matrices compute the sums in exact numbers, and the report holds."""
    algorithm = BilinearAlgorithm.winograd(m, r)
    draw = random.Random(m * 100 + r)
    w, x = ([draw.randint(-9, 9) for _ in range(size)] for size in (r, m + r - 1))
    h = by_loops(*map(exact, (algorithm.C, algorithm.A, algorithm.B)), w, x)
    assert h == [sum(w[k] * x[i + k] for k in range(r)) for i in range(m)]
    assert algorithm.holds and algorithm.multiplications == m + r - 1
    assert [theorem.of for theorem in algorithm.theorems] == list(QUANTITIES)


@pytest.mark.parametrize("points", [(0, 1, -1), (0, 1, 2), (Fraction(1, 3), sp.Rational(-5, 7), 3), [5, 7, -9]])
def test_winograd_with_given_points(points: Any) -> None:
    assert BilinearAlgorithm.winograd(2, 3, points).holds
    assert BilinearAlgorithm.winograd(3, 2, points).holds


def test_the_matrices_are_those_of_lavin_and_gray() -> None:
    """F(2, 3) and F(4, 3) as in the paper of 2016, up to the order and signs of its points 0, 1, -1, 2, -2."""
    paper = BilinearAlgorithm(
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
        [[Fraction(1, 4), 0, 0], *([Fraction(-1, 6), Fraction(s, 6), Fraction(-1, 6)] for s in (-1, 1)),
         *([Fraction(1, 24), Fraction(s, 12), Fraction(1, 6)] for s in (1, -1)), [0, 0, 1]],
        [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0],
         [0, 4, 0, -5, 0, 1]],
    )  # fmt: skip
    assert paper.holds
    own = BilinearAlgorithm.winograd(4, 3)
    assert own.C == paper.C and own.B == paper.B and own.A == paper.A


@pytest.mark.parametrize("size", range(1, 10))
def test_karatsuba(size: int) -> None:
    algorithm = BilinearAlgorithm.karatsuba(size)
    assert algorithm.holds
    assert set(algorithm.A) | set(algorithm.B) | set(algorithm.C) <= {-1, 0, 1}
    if size & (size - 1) == 0:
        assert algorithm.multiplications == 3 ** (size.bit_length() - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sum(kind: str) -> None:
    """A convolution is the transpose of a correlation; two points are a circle of which the sums and differences do."""
    if kind.startswith("circular"):
        signs, half = [[1, 1], [1, -1]], Fraction(1, 2)
        algorithm = BilinearAlgorithm([[half, half], [half, -half]], signs, signs, computes=kind)
    else:
        own = BilinearAlgorithm.winograd(3, 2)
        matrices = (own.C, own.A, own.B) if kind == "correlation" else (own.B.T, own.A, own.C.T)
        algorithm = BilinearAlgorithm(*matrices, computes=kind)
    assert algorithm.holds and kind in repr(algorithm)


def test_the_gradients_in_numbers() -> None:
    """By the algorithm's own formulas, against sums by loops."""
    algorithm, draw = BilinearAlgorithm.winograd(3, 4), random.Random(0)
    w, x, delta = ([draw.randint(-9, 9) for _ in range(size)] for size in (4, 6, 3))
    assert algorithm.output.evaluate(w=w, X=x).tolist() == [sum(w[k] * x[i + k] for k in range(4)) for i in range(3)]
    assert algorithm.grad_weight.evaluate(X=x, delta=delta).tolist() == [
        sum(delta[i] * x[i + k] for i in range(3)) for k in range(4)
    ]
    assert algorithm.grad_input.evaluate(w=w, delta=delta).tolist() == [
        sum(delta[i] * w[q - i] for i in range(3) if 0 <= q - i < 4) for q in range(6)
    ]


def test_nested_algorithms() -> None:
    """On several axes the matrices are Kronecker products, for which the identity on all axes holds as well."""
    one, other = BilinearAlgorithm.winograd(2, 3), BilinearAlgorithm.winograd(3, 2)
    nested = one.nested(other)
    assert nested.holds and nested.multiplications == 16
    flat = BilinearAlgorithm(nested.C, nested.A, nested.B, sizes=((2, 3), (3, 2)))
    assert flat.holds and not BilinearAlgorithm(nested.C, nested.A, nested.B, sizes=((3, 2), (2, 3))).holds
    assert one.nested(one, one).multiplications == 64 and one.nested() == one.nested(one)
    w, x = np.arange(6).reshape(3, 2), np.arange(16).reshape(4, 4) % 7
    right = [[sum(w[k, u] * x[i + k, j + u] for k in range(3) for u in range(2)) for j in range(3)] for i in range(2)]
    assert nested.output.evaluate(w=w, X=x).tolist() == right
    assert not one.nested(BilinearAlgorithm(-other.C, other.A, other.B)).holds


@pytest.mark.parametrize("matrix", "CAB")
@pytest.mark.parametrize("seed", range(4))
def test_one_wrong_number_is_named(matrix: str, seed: int) -> None:
    """The entry that was changed is named with what stood there; each that is named mends the matrices alone."""
    draw = random.Random(f"{matrix} {seed}")
    m, r = draw.choice(SIZES[3:8])
    right = BilinearAlgorithm.winograd(m, r)
    matrices = {name: exact(getattr(right, name)) for name in "CAB"}
    rows = matrices[matrix]
    at = draw.randrange(len(rows)), draw.randrange(len(rows[0]))
    before = rows[at[0]][at[1]]
    rows[at[0]][at[1]] = before + draw.choice([Fraction(1, 3), -1, 2, -2 * before or 1])
    wrong = BilinearAlgorithm(*matrices.values())
    assert not wrong.holds and not wrong
    found = [(one.matrix, one.row, one.column, one.right) for one in wrong.wrong_entries]
    assert (matrix, *at, before) in found
    for name, row, column, value in found:
        mended = {one: [list(line) for line in lines] for one, lines in matrices.items()}
        mended[name][row][column] = value
        assert BilinearAlgorithm(*mended.values()).holds
    for one in wrong.wrong:
        (i,), (k,), (q,) = one.place
        C, A, B = matrices.values()
        assert one.claimed == sum(C[i][l] * A[l][k] * B[l][q] for l in range(len(A))) != one.right == (q == i + k)
    assert f"{matrix}[{at[0]}, {at[1]}] is {rows[at[0]][at[1]]}, right is {before}" in str(wrong)


def test_two_wrong_numbers_have_no_single_cause() -> None:
    right = BilinearAlgorithm.winograd(4, 3)
    C = exact(right.C)
    C[0][0] += 1
    C[2][1] += 1
    wrong = BilinearAlgorithm(C, right.A, right.B)
    assert not wrong.holds and wrong.wrong_entries == () and "sum over l of C[0, l]" in repr(wrong)


def test_what_may_be_given() -> None:
    """Lists, arrays and SymPy's matrices are the same; floats are read exactly, so 1/6 as a float is not a sixth."""
    own = BilinearAlgorithm.winograd(2, 3)
    lists = [exact(one) for one in (own.C, own.A, own.B)]
    assert BilinearAlgorithm(*lists) == own == BilinearAlgorithm(*(np.array(one, dtype=float) for one in lists))
    assert BilinearAlgorithm(*(sp.Array(one) for one in (own.C, own.A, own.B))) == own
    assert hash(BilinearAlgorithm(*lists)) == hash(own)
    four = [exact(one) for one in (lambda a: (a.C, a.A, a.B))(BilinearAlgorithm.winograd(4, 3))]
    inexact = BilinearAlgorithm(four[0], np.array(four[1], dtype=float), four[2])
    assert not inexact.holds and abs(float(inexact.wrong[0].claimed) - inexact.wrong[0].right) < 1e-15


BAD: list[tuple[Any, Any, Any, str]] = [
    ("[[1]]", [[1]], [[1]], "not a matrix"),
    ([["1"]], [[1]], [[1]], "text"),
    ([[1]], [["__import__('os')"]], [[1]], "text"),
    ([[1, 2], [3]], [[1]], [[1]], "row 1 has 1 entry and row 0 has 2"),
    ([[1]], [[1], [2]], [[1]], "A has 2 rows"),
    ([[1]], [[1, 2]], [[1]], "1 output and 2 weights has 2 inputs, and B has 1"),
    ([[float("nan")]], [[1]], [[1]], "not an exact number"),
    ([[float("inf")]], [[1]], [[1]], "not an exact number"),
    ([[complex("nan")]], [[1]], [[1]], "not an exact number"),
    ([[True]], [[1]], [[1]], "not an exact number"),
    ([[sp.Symbol("a")]], [[1]], [[1]], "not an exact number"),
    ([[10**500]], [[1]], [[1]], "too large"),
    ([], [[1]], [[1]], "without entries"),
    (None, [[1]], [[1]], "not a matrix"),
    (np.ma.masked_array([[1]], mask=[[True]]), [[1]], [[1]], "masked"),
]  # fmt: skip


@pytest.mark.parametrize(("C", "A", "B", "why"), BAD, ids=range(len(BAD)))
def test_bad_matrices(C: Any, A: Any, B: Any, why: str) -> None:
    with pytest.raises(SymconvError, match=r"(?s).*") as error:
        BilinearAlgorithm(C, A, B)
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [((0, 3), "m=0"), ((2, 65), "r=65"), ((2, "3"), "r='3'"), ((True, 3), "m=True"), ((2.0, 3), "m=2.0"),
     ((2, 3, (0, 1)), "2 points"), ((2, 3, (0, 1, 1)), "the point 1 twice"), ((2, 3, "012"), "points='012'"),
     ((2, 3, ("0", 1, 2)), "text"), ((2, 3, 5), "points=5")],
)  # fmt: skip
def test_bad_sizes_and_points(arguments: Any, why: str) -> None:
    with pytest.raises(SymconvError) as error:
        BilinearAlgorithm.winograd(*arguments)
    assert why in str(error.value)


def test_other_bad_arguments() -> None:
    one = BilinearAlgorithm.winograd(2, 3)
    for bad in (lambda: one.nested(3), lambda: BilinearAlgorithm(one.C, one.A, one.B, computes="sum"),
                lambda: one.error_bound("float8"), lambda: one.measured_error("int"),
                lambda: BilinearAlgorithm(one.C, one.A, one.B, sizes=(2, 3)),
                lambda: BilinearAlgorithm(one.C, one.A, one.B, sizes=()),
                lambda: one.nested(BilinearAlgorithm([[1]], [[1]], [[1]], computes="convolution"))):  # fmt: skip
        with pytest.raises(SymconvError):
            bad()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "r"), [(2, 3), (6, 3), (10, 5)])
def test_measured_errors_are_below_the_bound(m: int, r: int, dtype: str) -> None:
    algorithm = BilinearAlgorithm.winograd(m, r)
    assert 0 < algorithm.measured_error(dtype, trials=5) <= algorithm.error_bound(dtype)


def test_larger_tiles_round_worse() -> None:
    bounds = [BilinearAlgorithm.winograd(m, 3).error_bound() for m in (2, 4, 6, 8)]
    assert bounds == sorted(bounds)


def test_the_report() -> None:
    algorithm = BilinearAlgorithm.winograd(2, 3)
    assert "4 multiplications in place of 6" in str(algorithm) and "grad_weight" in str(algorithm)
    assert algorithm.latex().startswith("\\begin{aligned}") and "<table>" in algorithm._repr_html_()
    data = json.loads(algorithm.to_json())
    assert data["holds"] and data["matrices"]["A"][1] == ["1/2", "1/2", "1/2"] and data["wrong"] == []
    with pytest.raises(AttributeError):
        algorithm.factors = ()  # type: ignore[misc]


def test_every_entry_of_the_identity_counts() -> None:
    """Random matrices of small numbers: the report holds exactly if plain loops find no place that is wrong."""
    draw, held = random.Random(5), 0
    for _ in range(200):
        (m, r), count = draw.choice([(1, 1), (1, 2), (2, 1)]), 2
        C = [[draw.choice([-1, 0, 1, 1]) for _ in range(count)] for _ in range(m)]
        A = [[draw.choice([0, 1]) for _ in range(r)] for _ in range(count)]
        B = [[draw.choice([0, 1]) for _ in range(m + r - 1)] for _ in range(count)]
        places = product(range(m), range(r), range(m + r - 1))
        wrong = [
            (i, k, q) for i, k, q in places
            if sum(C[i][l] * A[l][k] * B[l][q] for l in range(count)) != (q == i + k)
        ]  # fmt: skip
        found = BilinearAlgorithm(C, A, B)
        assert [(i, k, q) for (i,), (k,), (q,) in (one.place for one in found.wrong)] == wrong
        assert found.holds == (not wrong)
        held += found.holds
    assert held > 5


# -- rings -----------------------------------------------------------------------------------------------


def circular(C: Any, A: Any, B: Any) -> BilinearAlgorithm:
    return BilinearAlgorithm(C, A, B, computes="circular correlation")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 12])
def test_fourier_matrices(size: int) -> None:
    """Those of SymPy's own roots of unity; each is wrong without its 1/N, or with a conjugate forgotten."""
    w = sp.exp(2 * sp.pi * sp.I / size)
    C, A, B = ([[w ** (sign * a * b) for b in range(size)] for a in range(size)] for sign in (1, 1, -1))
    C = [[one / size for one in row] for row in C]
    algorithm = circular(C, A, B)
    assert algorithm.holds and algorithm == BilinearAlgorithm.fourier(size)
    assert algorithm.measured_error(trials=3) <= algorithm.error_bound() and algorithm.growth == size**2
    assert circular(A, A, B).holds == (size == 1)
    assert circular(C, B, B).holds == (size <= 2) and circular(C, A, A).holds == (size <= 2)
    if size > 1:
        A[1][size - 1] = A[1][size - 1] + sp.sqrt(2)
        wrong = circular(C, A, B)
        assert not wrong.holds and (wrong.wrong_entries[0].matrix, wrong.wrong_entries[0].row) == ("A", 1)
        assert str(wrong.wrong_entries[0].right) == str(BilinearAlgorithm.fourier(size).A[1, size - 1])


def test_points_of_a_ring() -> None:
    for points in ((0, 1, sp.sqrt(2), -sp.sqrt(2)), (0, 1, sp.I, -sp.I), (1, -1, sp.I, -sp.I)):
        algorithm = BilinearAlgorithm.winograd(3, 3, points)
        assert algorithm.holds and algorithm.measured_error("float64", trials=3) <= algorithm.error_bound("float64")
    with pytest.raises(SymconvError, match="twice"):
        BilinearAlgorithm.winograd(2, 2, (sp.sqrt(2), sp.sqrt(8) / 2))
    assert BilinearAlgorithm.fourier(4, 3).holds and BilinearAlgorithm.fourier(4, 3).nested().holds
    assert BilinearAlgorithm.fourier(4, computes="circular convolution").holds
    with pytest.raises(SymconvError, match="circular"):
        BilinearAlgorithm.fourier(4, computes="convolution")


def test_complex_numbers_of_numpy() -> None:
    """Of length 4 they are exact."""
    half = np.array([[1, 1], [1, -1]]) * (1 + 0j)
    assert circular(half / 2, half, half).holds
    i = 1j
    A = [[1, 1, 1, 1], [1, i, -1, -i], [1, -1, 1, -1], [1, -i, -1, i]]
    assert circular(np.array(A) / 4, A, np.conj(A)).holds
    with pytest.raises(SymconvError, match="float16"):
        circular(np.array(A) / 4, A, np.conj(A)).measured_error("float16")
