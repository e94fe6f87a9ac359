"""Numbers that refute an equation are of its sizes alone; all of its entries are compared at them."""

from __future__ import annotations

import random

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Form, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from symconv.proof.refute import Equation, find_witness, sizes_to_try

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
