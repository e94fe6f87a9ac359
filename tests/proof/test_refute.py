"""Numbers that refute an equation are of its sizes alone; all of its entries are compared at them."""

from __future__ import annotations

import random

import sympy as sp

from symconv import prove_equal
from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from symconv.proof.aiming import where_not_zero
from symconv.proof.equation import Equation
from symconv.proof.refute import find_witness, sizes_to_try

i, n = Polynomial.name("i"), Polynomial.name("n")
X = Tensor("X", 1, (n,), ("j",))


def equation(at: Polynomial) -> Equation:
    """X[at] [at = 0] = 0 for 0 <= i < n."""
    term = Term(Polynomial.constant(1), (Access(X, (at,)), Delta.zero(at)), ())
    return Equation(Form((term,)), Form(()), (("i", n),), Assumptions((("n", 1),)))


def test_a_term_that_is_zero_inside_refutes_nothing() -> None:
    """[i + 1 = 0] holds for i = -1 alone, which is not an entry."""
    one = equation(i + 1)
    terms = tuple(one.left)
    assert all("i" not in values for values in sizes_to_try(one, random.Random(0), terms=terms))
    assert find_witness(one, terms=terms) is None


def test_a_term_that_is_not_zero_somewhere_inside_is_found() -> None:
    one = equation(i - 2)
    found = find_witness(one, terms=tuple(one.left))
    assert found is not None and found.index == {"i": 2} and found.sizes["n"] >= 3


def test_a_witness_has_numbers_for_names_that_cancel() -> None:
    """Whoever puts a witness into the formulas as they are written needs a number for every name in them."""
    i, r = sp.symbols("i r", integer=True)
    k, q = sp.symbols("k q", integer=True)
    s = sp.Symbol("s", integer=True, positive=True)
    f = sp.IndexedBase("f")
    digits = sp.Sum(sp.KroneckerDelta(k + s * (q + r), s * r + s - 1), (k, 0, s - 1), (q, -sp.oo, sp.oo))
    for one, other in ((f[i] + r, f[i + 1] + r), (f[i], f[i + 1] * digits), (f[0] + r, 2 * f[0] + r)):
        witness = prove_equal(one, other).witness
        assert witness is not None and "r" in {**witness.sizes, **witness.index}


def test_a_bracket_is_aimed_at_by_a_name_that_has_a_least_value() -> None:
    """[7 a + 11 b = u - 40] holds at no small u >= 0, which is computed from a and b; so is F = floor(u / 2) >= 21."""
    a, b, u, F = map(Polynomial.name, "abuF")
    x = Tensor("x", 2, (n, n), ("a", "b"))
    factors = (Access(x, (a, b)), Delta.zero(7 * a + 11 * b - u + 40), Range(F - 21))
    term = Term.make(Polynomial.constant(1), factors, ("a", "b"))
    known = Assumptions((("n", 1), ("u", 0)), (), (("F", Floor(u, Polynomial.constant(2))),))
    found = list(where_not_zero([term], known, ["n", "u"], random.Random(0)))
    assert found
    for values in found:
        assert values["u"] >= 42
        assert any(7 * i + 11 * j + 40 == values["u"] for i in range(values["n"]) for j in range(values["n"]))


def test_a_bracket_of_a_name_and_a_floor_of_it_is_not_solved_for_the_name() -> None:
    """[u = floor(u / 2) + a]: the value of u would be made of what is made of u."""
    a, u, F = map(Polynomial.name, "auF")
    term = Term.make(Polynomial.constant(1), (Access(X, (a,)), Delta.zero(F + a - u)), ("a",))
    known = Assumptions((("n", 1),), (), (("F", Floor(u, Polynomial.constant(2))),))
    for values in where_not_zero([term], known, ["n", "u"], random.Random(0)):
        assert 0 <= values["u"] - values["u"] // 2 < values["n"]
