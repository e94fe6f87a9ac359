"""Products of facts, digits, counting, and sums in parts: each rule by brute force, and what they decide together."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings, strategies as st

from symconv import AvgPool, Conv, ConvTranspose, prove, prove_equal, verify
from symconv.algebra.agreement import agreement
from symconv.algebra.assumptions import Assumptions, Floor, Maximum
from symconv.algebra.counting import count, telescope
from symconv.algebra.digits import (
    divide_range,
    drop_implied_bracket,
    index_at_its_edge,
    join_digits,
    one_element,
    one_quotient,
    only_value,
    range_at_its_edge,
    rewrite_multiples,
    split_bracket,
)
from symconv.algebra.floors import (
    cases_of_a_maximum,
    cases_of_a_size,
    combine_brackets,
    divisors,
    multiply_range,
    settle_floor,
)
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.joining import at_condition as join_at, of_residues
from symconv.algebra.normal_form import Derivation, in_parts, normal_form, readable
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.algebra.products import conflict, contradiction
from symconv.algebra.splitting import Splits, at_condition, by_remainder, by_residues, split_quotient, write_out
from symconv.errors import InfiniteSumError, SizeLimitError
from symconv.layers import Layer
from symconv.networks.functions import softmax
from symconv.proof.certificates.theorem_file import certificate
from symconv.proof.equality import equation_of
from tests.algebra.test_algebra import lowered, sums, value
from tests.brute import Entries, by_loops, compiled
from tests.tools import thinned

NAME = Polynomial.name

# -- contradictions ------------------------------------------------------------------------------------


def drawn(generator: random.Random, names: str, degree: int) -> Polynomial:
    """A random polynomial of up to three products of names and a number."""
    total = Polynomial.constant(generator.randint(-4, 4))
    for _ in range(generator.randint(1, 3)):
        part = Polynomial.constant(generator.choice([-2, -1, 1, 1, 2]))
        for _ in range(generator.randint(1, degree)):
            part = part * NAME(generator.choice(names))
        total = total + part
    return total


@pytest.mark.parametrize("seed", range(4))
def test_a_contradiction_has_no_integer_solution(seed: int) -> None:
    """Facts about three names, one with a least value, against all integers from -6 to 6 that satisfy it."""
    generator, found = random.Random(seed), 0
    for _ in range(150):
        least = {"s": generator.choice([0, 1, 2])}
        facts = [drawn(generator, "sij", 2) for _ in range(generator.randint(2, 5))]
        products = contradiction(facts, least)
        if products is not None:
            found += 1
            points = (dict(zip("sij", at)) for at in product(range(least["s"], 7), range(-6, 7), range(-6, 7)))
            holding = [at for at in points if all(fact.evaluate(at) >= 0 for fact in facts)]
            assert not holding, (facts, least)
    assert found > 20


def test_factors_of_products_are_facts() -> None:
    """Every factor is a given fact, or a name minus its least value."""
    s, i, m = map(NAME, "sim")
    products = contradiction([i, m - 1 - i, s * i - s * m], {"s": 1, "m": 1})
    assert products
    given = {i, m - 1 - i, s * i - s * m, s - 1, m - 1}
    assert {factor for pair in products for factor in pair} <= given


def test_rational_solutions_are_not_contradicted() -> None:
    """Each set holds at the point beside it, so no sum of multiples is negative."""
    n, k = map(NAME, "nk")
    held = [([n - k, k - 1, 5 - n], (2, 1)), ([n * 2 - 3, 4 - n * 2], (2, 0)), ([n * k - 6, 3 - n, 2 - k], (3, 2))]
    for facts, (at_n, at_k) in held:
        assert all(fact.evaluate({"n": at_n, "k": at_k}) >= 0 for fact in facts)
        assert conflict(facts, lambda monomial: False) is None
        assert contradiction(facts, {}) is None


# -- rules ---------------------------------------------------------------------------------------------

X, ONLY, W = Tensor("X", 1, (Polynomial.constant(5),)), Tensor("Y", 1, (ONE,)), NAME("W")
v, e, a, b, c, d, s_ = map(NAME, "veabcds")
QUOTIENT = [Range(e - W * v), Range(W - 1 - e + W * v)]
DIGITS = [Range(d), Range(W - 1 - d), Range(b), Range(W - 1 - b)]

HALF, MORE = NAME("half"), NAME("more")
HALVES = (("half", Floor(e, ZERO + 2)), ("more", Floor(e + 1, ZERO + 2, 3)), ("third", Floor(HALF, ZERO + 3)))
MOST, MAXIMUM = NAME("most"), (("most", Maximum((a, b, c * 2))),)
BRACKETS = Term.make(ONE, [Access(X, (a,)), Delta.equal(v * 3, b + 1), Delta.equal(d * 3, b + e * 3 + 1)], ["d", "v"])
RULES: list[tuple[str, Any, Term, dict[str, int]]] = [
    ("one element", one_element, Term.make(ONE, [Access(ONLY, (a + b,))]), {}),
    ("an only value", only_value, Term.make(v + 2, [Access(ONLY, (v,)), Range(a - v)], ["v"]), {}),
    ("a range at its edge", range_at_its_edge, Term.make(ONE, [Range(a), Range(b - a), Range(-b)]), {}),
    ("a bracket that holds", drop_implied_bracket, Term.make(a + 2, [Access(ONLY, (b,)), Delta.equal(b, ZERO)]), {}),
    ("two digits", split_bracket, Term.make(ONE, [Delta.equal(a * W + b, c * W + d), *DIGITS]), {"W": 1}),
    ("a number's digits", split_bracket, Term.make(ONE, [Delta.equal(a * 3 + b, ZERO), Range(b), Range(2 - b)]), {}),
    ("a stride", divide_range, Term.make(ONE, [Range(a * W + b), Range(b), Range(W - 1 - b)]), {"W": 1}),
    ("a rest below 0", divide_range, Term.make(ONE, [Range(a * 3 - b), Range(b - 1), Range(3 - b)]), {}),
    ("a quotient", one_quotient, Term.make(e, QUOTIENT, ["v"]), {"W": 1}),
    ("a length", count, Term.make(e, [Range(v - a), Range(b - v), Range(b - a + 1)], ["v"]), {}),
    ("a length or nothing", count, Term.make(e, [Range(v - a), Range(b - v)], ["v"]), {}),
    ("powers added up", telescope, Term.make(v * v * 2 + v * e + 1, [Range(v - a), Range(b - v)], ["v"]), {}),
    (
        "digits joined",
        join_digits,
        Term.make(v * W + b, [Access(X, (v * W + b,)), Range(b), Range(W - 1 - b), Range(v - a)], ["b", "v"]),
        {"W": 1},
    ),
    (
        "multiples under a bracket",
        rewrite_multiples,
        Term.make(ONE, [Access(X, (v * 2 + a,)), Delta.equal(v * 2, b * 3)], ["v"]),
        {},
    ),
    ("parts", lambda term, _: at_condition(term, v - a), Term.make(ONE, [Access(X, (v,))], ["v"]), {}),
    ("parity", lambda term, known: by_residues(term, known, "v", 2), Term.make(v, [Access(X, (v,))], ["v"]), {}),
    (
        "residues of a shift",
        lambda term, known: by_residues(term, known, "v", 2, a),
        Term.make(v, [Access(X, (v - a,))], ["v"]),
        {},
    ),
    (
        "remainders",
        lambda term, known: by_remainder(term, known, 3, a * 2 + b),
        Term.make(v, [Access(X, (v - a,))], ["v"]),
        {},
    ),
    (
        "a quotient in parts",
        lambda term, known: split_quotient(term, known, W + 1, a + b, [W]),
        Term.make(ONE, [Access(X, (a,))]),
        {"W": 1},
    ),
    (
        "a short sum",
        lambda term, _: write_out(term, "v", ZERO, ZERO + 4),
        Term.make(v, [Access(X, (v,)), Range(v - a)], ["v"]),
        {},
    ),
    ("a quotient in bounds", one_quotient, Term.make(ONE, [*QUOTIENT, Range(v - a), Range(b - v)], ["v"]), {"W": 1}),
    (
        "quotients in three parts",
        lambda term, known: split_quotient(term, known, W * 3, a + b, [W, W * 2]),
        Term.make(ONE, [Access(X, (a,))]),
        {"W": 1},
    ),
    ("a range over 3", multiply_range, Term.make(ONE, [Access(X, (a,)), Range(HALF - a)]), {}),
    ("a range under a half", multiply_range, Term.make(ONE, [Access(X, (a,)), Range(a - HALF + 1)]), {}),
    ("a floor under a bracket", settle_floor, Term.make(HALF, [Access(X, (a,)), Delta.equal(e, v * 2 + 1)], ["v"]), {}),
    ("a floor by another", settle_floor, Term.make(MORE, [Access(X, (a,)), Delta.equal(e, HALF * 2 + 1)]), {}),
    (
        "a floor of a floor under a bracket",
        settle_floor,
        Term.make(NAME("third"), [Access(X, (a,)), Delta.equal(e, v * 6 + 5)], ["v"]),
        {},
    ),
    (
        "a sum of two digits by a floor",
        split_bracket,
        Term.make(ONE, [Access(X, (v,)), Access(X, (b,)), Delta.equal(e, v * 2 + b * 2)], ["b", "v"]),
        {},
    ),
    ("two brackets by one number", combine_brackets, BRACKETS, {}),
    (
        "divisors of a number",
        divisors,
        Term.make(ONE, [Access(X, (a,)), Delta.equal(W * a - W * b, ZERO + 4)]),
        {"W": 1},
    ),
    ("cases of a size", cases_of_a_size, Term.make(W, [Access(X, (W - 1,)), Range(ZERO + 3 - W)]), {"W": 1}),
    ("cases of an index", cases_of_a_size, Term.make(a, [Access(X, (a + b,)), Range(a + 1), Range(ZERO + 2 - a)]), {}),
    ("cases of a maximum", cases_of_a_maximum, Term.make(MOST, [Access(X, (MOST + a,)), Range(MOST - 1)]), {}),
    (
        "a part of a sum",
        lambda term, _: join_at(term, Range(v - a)),
        Term.make(v, [Access(X, (v,)), Range(v - a)], ["v"]),
        {},
    ),
    (
        "evens of a sum",
        lambda term, known: of_residues(term, "v", 2, known),
        Term.make(v, [Access(X, (v * 2 + a,)), Range(v * 2 + 1), Range(b - v * 4)], ["v"]),
        {},
    ),
    (
        "every third of a sum",
        lambda term, known: of_residues(term, "v", 3, known),
        Term.make(e, [Access(X, (v * 3 + a - 1,))], ["v"]),
        {},
    ),
    (
        "a quotient with a name",
        only_value,
        Term.make(v, [Access(X, (v + a,)), Range(e - v * 2), Range(v * 2 + 1 - e)], ["v"]),
        {},
    ),
    (
        "a quotient turned",
        only_value,
        Term.make(v, [Access(X, (a - v,)), Range(e + v * 2), Range(1 - e - v * 2)], ["v"]),
        {},
    ),
    (
        "a box that a bracket makes one element",
        index_at_its_edge,
        Term.make(ONE, [Access(Tensor("Z", 1, (W,)), (a * 2 + b,)), Delta.equal(W, ONE)]),
        {"W": 1},
    ),
    (
        "three residues",
        lambda term, known: by_residues(term, known, "v", 3),
        Term.make(ONE, [Access(X, (v + a,))], ["v"]),
        {},
    ),
]


@pytest.mark.parametrize(("what", "rule", "term", "lower"), thinned(RULES, 2), ids=[row[0] for row in RULES])
def test_a_rule_keeps_the_value(what: str, rule: Any, term: Term, lower: dict[str, int]) -> None:
    assumptions = Assumptions(tuple(lower.items()), (), (*HALVES, *MAXIMUM))
    application = rule(term, assumptions)
    assert application is not None and application.result != (term,)
    names = sorted(assumptions.underlying({*Form((term, *application.result)).free, *lower}))
    tensors = {"X": np.array([3, -5, 7, 11, -2]), "Y": np.array([6])}
    seen = set()
    for at in product(range(-4, 5), repeat=len(names)):
        values = dict(zip(names, at))
        for name, one in assumptions.defined:
            if one.names <= values.keys():
                values[name] = one.evaluate(values)
        tensors["Z"] = np.arange(2, 2 + max(values.get("W", 1), 0))
        if all(values.get(name, low) >= low for name, low in lower.items()):
            before, after = (
                by_loops(Form(terms), [], tensors, 25, values)[()] for terms in ((term,), application.result)
            )
            assert before == after, values
            seen.add(before)
    assert seen - {0}


NOT: list[tuple[str, Any, Term, dict[str, int]]] = [
    ("a large digit", split_bracket, Term.make(ONE, [Delta.equal(a * 3 + b, ZERO), Range(b), Range(3 - b)]), {}),
    ("a size of 0", one_quotient, Term.make(ONE, QUOTIENT, ["v"]), {"W": 0}),
    ("a factor v", one_quotient, Term.make(v, QUOTIENT, ["v"]), {"W": 1}),
    ("the rest may be below 0", divide_range, Term.make(ONE, [Range(a * 3 + b), Range(b + 1), Range(2 - b)]), {}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "rule", "term", "lower"), NOT, ids=[row[0] for row in NOT])
def test_a_rule_does_not_apply(what: str, rule: Any, term: Term, lower: dict[str, int]) -> None:
    assert rule(term, Assumptions(tuple(lower.items()))) is None


TAKEN = sp.symbols("u q r v", integer=True, positive=True)


@pytest.mark.parametrize("size", TAKEN, ids=str)
def test_names_of_new_sums_are_those_of_no_size(size: sp.Symbol) -> None:
    """Digits are joined under a name that no size has, or all that is known of a size would hold of it.

    The two differ where n is at least 60, at the places below 5: numbers that no search finds soon.
    """
    digits = sp.Sum(x[s * k + j + 5] * where(s * k + j >= 0), (j, 0, s - 1), (k, -oo, oo))
    beside = sp.IndexedBase("z", (size,))[0] * where(n >= 60)
    assert not prove_equal(digits * beside, sp.Sum(x[k + 5], (k, -oo, oo)) * beside).proved
    assert prove_equal(digits * beside, sp.Sum(x[k], (k, 5, n - 1)) * beside).proved


NEW_SUMS: list[tuple[str, Any, Term]] = [
    ("join digits", join_digits, Term.make(ONE, [Access(X, (v * s_ + b,)), Range(b), Range(s_ - 1 - b)], ["b", "v"])),
    ("residues", lambda term, known: by_residues(term, known, "v", 2), Term.make(ONE, [Access(X, (v,))], ["v"])),
    ("remainders", lambda term, known: by_remainder(term, known, 2, a), Term.make(ONE, [Access(X, (a,))])),
    ("quotients", lambda term, known: split_quotient(term, known, s_, a, []), Term.make(ONE, [Access(X, (a,))])),
    ("whole", lambda term, known: of_residues(term, "v", 2, known), Term.make(ONE, [Access(X, (v * 2,))], ["v"])),
]


@pytest.mark.parametrize(("what", "rule", "term"), NEW_SUMS, ids=[row[0] for row in NEW_SUMS])
def test_a_new_sum_has_a_name_of_its_own(what: str, rule: Any, term: Term) -> None:
    """Not one of which something is assumed, and not one that only a tensor's shape has."""
    sized = Tensor("Z", 1, (NAME("u'") + NAME("q'"),))
    term = Term.make(term.coefficient, (*term.factors, Access(sized, (a,))), term.bound)
    application = rule(term, Assumptions((("q", 1), ("s", 1), ("u", 1))))
    new = {name for part in application.result for name in part.bound} - set(term.bound)
    assert new in ({"u''"}, {"q''"})


def test_an_index_at_its_edge_keeps_the_value() -> None:
    """q = floor(e / 3) and 3 q >= e: X[3 q] is X[e], where e is the last place."""
    q = NAME("q")
    known = Assumptions((), (e - 4, -e + 4 + NAME("p")), (("q", Floor(e, Polynomial.constant(3))),))
    term = Term.make(ONE, [Access(X, (q * 4 - NAME("p"),)), Range(q * 4 - 4 - NAME("p"))])
    application = index_at_its_edge(term, known)
    assert application is not None
    seen = set()
    for at_e, at_p in product(range(4, 13), range(0, 9)):
        if 4 + at_p >= at_e:
            values = {"e": at_e, "p": at_p, "q": at_e // 3}
            one, other = (
                by_loops(Form(terms), [], {"X": np.array([3, -5, 7, 11, -2])}, 1, values)[()]
                for terms in ((term,), application.result)
            )
            assert one == other
            seen.add(one)
    assert seen - {0}


# -- statements ----------------------------------------------------------------------------------------

i, j, k, u, q, r, t = sp.symbols("i j k u q r t", integer=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
n, K, s, m, H, w = sp.symbols("n K s m H w", integer=True, positive=True)
free, x = sp.IndexedBase("f"), sp.IndexedBase("x", shape=(n,))
f, g, h = sp.IndexedBase("F", shape=(m,)), sp.IndexedBase("g", shape=(H, w)), sp.IndexedBase("h", shape=(H * w,))
w4, v_ = sp.IndexedBase("w", shape=(4,)), sp.IndexedBase("v", shape=(K,))
oo, Delta_, floor = sp.oo, sp.KroneckerDelta, sp.floor


def where(condition: Any) -> sp.Expr:
    return sp.Piecewise((1, condition), (0, True))


DIGIT = where((r >= 0) & (r < w))
WHOLE, WHOLE_TILES = sp.Sum(free[i], (i, 0, m - 1)), floor(n / s)
SECOND, FIRST = where((floor(q / 2) >= i) & (floor(q / 2) < i + m)), sp.Max(0, i - m + 1)
CUTS = (i < 2, i < j, m >= 2 * j, sp.Eq(j, 1))

size_d = sp.Symbol("d", integer=True, positive=True)
ends = sp.IndexedBase("e", shape=(size_d,))

DECIDED: list[tuple[str, sp.Expr, sp.Expr, sp.Expr]] = [
    ("a bracket without a unit", sp.Sum(v_[k] * Delta_(i, 2 * k), (k, 0, K - 1)),
     v_[floor(i / 2)] * Delta_(i, 2 * floor(i / 2)), v_[floor(i / 2)] * Delta_(i, 2 * floor(i / 2) + 1)),
    ("a floor of a floor", free[floor(floor(i / 2) / 3)], free[floor(i / 6)], free[floor((i + 1) / 6)]),
    ("floors that add up", floor(n / 3) + floor((n + 1) / 3) + floor((n + 2) / 3), n, n + 1),
    ("a size that a condition fixes", ends[size_d - 1] * where(size_d <= 2),
     ends[0] * Delta_(size_d, 1) + ends[1] * Delta_(size_d, 2), ends[0] * Delta_(size_d, 1)),
    ("a number's divisors", sp.Sum(free[i] * Delta_(s * q, 2), (q, -oo, oo)), free[i] * where(s <= 2),
     free[i] * where(s <= 3)),
    ("thirds and halves", sum(sp.Sum(free[3 * k + one], (k, 0, floor((m - 1 - one) / 3))) for one in range(3)),
     sum(sp.Sum(free[2 * k + one], (k, 0, floor((m - 1 - one) / 2))) for one in range(2)),
     sp.Sum(free[k], (k, 1, m - 1))),
    ("residues of residues", sum(sp.Sum(free[6 * k + 2 * one], (k, 0, floor((floor((m - 1) / 2) - one) / 3)))
                                  for one in range(3)),
     sp.Sum(free[2 * k], (k, 0, floor((m - 1) / 2))), sp.Sum(free[2 * k], (k, 0, floor(m / 2)))),
    ("the last of an even or odd number", free[m - 1] + sum(
        sp.Sum(free[2 * k + one], (k, 0, floor((m - 2 - one) / 2))) for one in range(2)),
     WHOLE, sp.Sum(free[i], (i, 0, m))),
    ("the first of every s",
     sp.Sum(free[s * k], (k, 0, n - 1)) + sp.Sum(free[s * k + r], (r, 1, s - 1), (k, 0, n - 1)),
     sp.Sum(free[k], (k, 0, s * n - 1)), sp.Sum(free[k], (k, 1, s * n - 1))),
    ("a stride on both sides of a bound", sp.Sum(free[i] * where(s * i <= s * (m - 1)), (i, 0, oo)),
     sp.Sum(free[i], (i, 0, m - 1)), sp.Sum(free[i], (i, 0, m))),
    ("a floor's bound", sp.Sum(free[i] * where(s * i + K <= n), (i, 0, floor((n - K) / s))),
     sp.Sum(free[i], (i, 0, floor((n - K) / s))), sp.Sum(free[i], (i, 1, floor((n - K) / s)))),
    ("a bound that is a floor", sp.Sum(free[i] * where(s * i <= n - 1), (i, 0, oo)),
     sp.Sum(free[i], (i, 0, floor((n - 1) / s))), sp.Sum(free[i], (i, 0, floor(n / s)))),
    ("a box that is a floor", sp.Sum(free[i] * x[s * i], (i, 0, oo)),
     sp.Sum(free[i] * x[s * i], (i, 0, floor((n - 1) / s))),
     sp.Sum(free[i] * x[s * i], (i, 0, floor((n - 1) / s) - 1))),
    ("two digits", sp.Sum(g[i, j] * Delta_(i * w + j, q * w + r) * DIGIT, (i, 0, H - 1), (j, 0, w - 1)),
     g[q, r] * DIGIT, g[q, r] * where((r > 0) & (r < w))),
    ("flatten, then take apart", sp.Sum(Delta_(u, i * w + j) * h[u], (i, 0, H - 1), (j, 0, w - 1)), h[u], h[u + 1]),
    ("a sum by rows", sp.Sum(h[i * w + j], (i, 0, H - 1), (j, 0, w - 1)),
     sp.Sum(h[u], (u, 0, H * w - 1)), sp.Sum(h[u], (u, 0, H * w - 2))),
    ("a sum of a number", sp.Sum(q, (k, 0, K - 1)), K * q, (K - 1) * q),
    ("even and odd", sp.Sum(f[2 * k], (k, -oo, oo)) + sp.Sum(f[2 * k + 1], (k, -oo, oo)),
     sp.Sum(f[k], (k, -oo, oo)), sp.Sum(f[k], (k, 1, oo))),
    ("taps of an input of two phases", sp.Sum(x[k] * free[i - k], (k, 0, n - 1)),
     sum(sp.Sum(x[2 * k + one] * free[i - 2 * k - one], (k, -oo, oo)) for one in range(2)),
     sum(sp.Sum(x[2 * k + one] * free[i - 2 * k], (k, -oo, oo)) for one in range(2))),
    ("a size that a condition pins", free[n] * where(n <= 1), free[1] * where(n <= 1), free[0] * where(n <= 1)),
    ("even and odd, with limits", sp.Sum(free[2 * k], (k, 0, K - 1)) + sp.Sum(free[2 * k + 1], (k, 0, K - 1)),
     sp.Sum(free[k], (k, 0, 2 * K - 1)), sp.Sum(free[k], (k, 0, 2 * K))),
    ("the last term", sp.Sum(free[i], (i, 0, m - 2)) + free[m - 1], WHOLE, sp.Sum(free[i], (i, 0, m))),
    ("the first term", free[0] + sp.Sum(free[i], (i, 1, m - 1)), WHOLE, sp.Sum(free[i], (i, 1, m - 1))),
    ("a sum in two parts", sum(sp.Sum(free[i] * where(part), (i, 0, m - 1)) for part in (i < q, i >= q)),
     WHOLE, sp.Sum(free[i] * where(i < q), (i, 0, m - 1))),
    ("a coefficient that is 0 at the edge", sp.Sum(k * free[k], (k, 0, m)), sp.Sum(k * free[k], (k, 1, m)),
     sp.Sum(k * free[k], (k, 2, m))),
    ("one image of a circle", sp.Sum(x[i + n * k] * where((i >= 0) & (i < n)), (k, -oo, oo)),
     x[i], x[i] * where(i > 0)),
    ("a kernel of four, by parity", sp.Sum(w4[k] * free[i + k], (k, 0, 3)),
     sum(sp.Sum(w4[2 * k + rest] * free[i + 2 * k + rest], (k, 0, 1)) for rest in (0, 1)),
     sum(sp.Sum(w4[2 * k + rest] * free[i + k + rest], (k, 0, 1)) for rest in (0, 1))),
    ("a sum by residues of a letter", sp.Sum(free[s * k + r], (r, 0, s - 1), (k, 0, K - 1)),
     sp.Sum(free[k], (k, 0, s * K - 1)), sp.Sum(free[k], (k, 0, s * K))),
    ("a kernel of letters, three taps written out", sum(v_[tap] * x[i + tap] for tap in range(3)),
     sp.Sum(v_[k] * x[i + k], (k, 0, 2)), sp.Sum(v_[k] * x[i + k], (k, 0, 3))),
    ("nearest", sp.Sum(free[k] * where((s * k <= i) & (i <= s * k + s - 1)), (k, -oo, oo)), free[floor(i / s)],
     free[floor((i + 1) / s)]),
    ("a box as a difference of running sums", sp.Sum(free[j], (j, i, i + K - 1)) * where(i >= 0),
     (sp.Sum(free[j], (j, 0, i + K - 1)) - sp.Sum(free[j], (j, 0, i - 1))) * where(i >= 0),
     (sp.Sum(free[j], (j, 0, i + K - 1)) - sp.Sum(free[j], (j, 0, i))) * where(i >= 0)),
    ("parts of one quotient", sum(
        sp.Sum(where((2 * s * q + rest <= i) & (i < 2 * s * q + rest + s)), (q, -oo, oo)) for rest in (0, s)
    ), sp.Integer(1), sp.Sum(where((2 * s * q <= i) & (i < 2 * s * q + s)), (q, -oo, oo))),
    ("a maximum and a minimum", sp.Max(i, j) + sp.Min(i, j), i + j, sp.Max(i, j) + sp.Min(i, j) + 1),
    ("a floor of a floor, by letters", floor(floor(i / s) / K), floor(i / (s * K)), floor((i + 1) / (s * K))),
    ("a bracket with a stride", sp.Sum(v_[k] * Delta_(i, s * k), (k, 0, K - 1)),
     v_[floor(i / s)] * Delta_(i, s * floor(i / s)), v_[floor(i / s)] * Delta_(i, s * floor(i / s) + 1)),
    ("digits of which one is split", sum(
        sp.Sum(free[K * q + 2 * r + one], (r, 0, floor((K - 1 - one) / 2)), (q, 0, m - 1)) for one in range(2)
    ), sp.Sum(free[k], (k, 0, K * m - 1)), sp.Sum(free[k], (k, 0, K * m))),
    ("the first and the last of as many as a product", free[s * K - 1] + sp.Sum(free[i], (i, 0, s * K - 2)),
     free[0] + sp.Sum(free[i], (i, 1, s * K - 1)), free[0] + sp.Sum(free[i], (i, 1, s * K))),
    ("full tiles and a rest", sp.Sum(free[i], (i, 0, n - 1)),
     sp.Sum(free[s * q + r], (r, 0, s - 1), (q, 0, WHOLE_TILES - 1)) + sp.Sum(free[i], (i, s * WHOLE_TILES, n - 1)),
     sp.Sum(free[s * q + r], (r, 0, s - 1), (q, 0, WHOLE_TILES)) + sp.Sum(free[i], (i, s * WHOLE_TILES, n - 1))),
    ("full tiles and a rest, counted", sp.Sum(1, (i, 0, n - 1)),
     sp.Sum(s, (q, 0, WHOLE_TILES - 1)) + n - s * WHOLE_TILES, sp.Sum(s, (q, 0, WHOLE_TILES)) + n - s * WHOLE_TILES),
    ("a clamped index", free[sp.Max(0, sp.Min(i, n - 1))],
     free[i] * where((i >= 0) & (i < n)) + free[0] * where(i < 0) + free[n - 1] * where(i >= n),
     free[i] * where((i >= 0) & (i < n)) + free[0] * where(i <= 0) + free[n - 1] * where(i >= n)),
    ("an index in a circle", sp.Sum(x[i + n * k], (k, -oo, oo)), x[i - n * floor(i / n)], x[i - n * floor(i / n) + 1]),
    ("bounds that imply each other", sp.Sum(x[3 * i], (i, 0, n - 2)),
     sp.Sum(x[3 * i] * where(2 * i + n > 1), (i, 0, floor((n - 1) / 2))), sp.Sum(x[3 * i], (i, 0, n - 3))),
    ("an image of a circle or the next", sp.Sum(x[i + n * k], (k, -oo, oo)) * where((i >= -n) & (i < n)),
     x[i] + x[i + n] * where(i >= -n), x[i] + x[i + n] * where(i > -n)),
    ("a window of 3 on an input twice as long", sp.Sum(w4[k] * free[floor((2 * i + k) / 2)], (k, 0, 2)),
     (w4[0] + w4[1]) * free[i] + w4[2] * free[i + 1], w4[0] * free[i] + w4[2] * free[i + 1]),
    ("a box of one, and of more", x[4 * j] * where(n <= 1), x[0] * Delta_(j, 0) * Delta_(n, 1), x[0] * Delta_(n, 1)),
    ("digits that are only counted, cut at a letter", sum(
        sp.Sum(where((q * s + r < K) & cut), (r, 0, s - 1), (q, 0, oo)) for cut in (r < j, r >= j)
    ), K, K + 1),
    ("halves, up to a number and above it", sp.Sum(free[floor(k / 2)], (k, 0, n - 1)),
     sp.Sum(free[floor(k / 2)], (k, 0, sp.Min(2, n - 1))) + sp.Sum(free[floor(k / 2)], (k, 3, n - 1)),
     sp.Sum(free[floor(k / 2)], (k, 0, 2)) + sp.Sum(free[floor(k / 2)], (k, 3, n - 1))),
    ("a triangle cut at a multiple", sum(
        sp.Sum(free[i] * where(cut), (i, k, n - 1), (k, 0, m - 1)) for cut in (n >= 2 * k, n < 2 * k)
    ), sp.Sum(free[i], (i, k, n - 1), (k, 0, m - 1)),
     sp.Sum(free[i] * where(n >= 2 * k), (i, k, n - 1), (k, 0, m - 1))),
    ("as many as a letter and half of one", sp.Sum(free[i] * where(2 * k <= m), (k, 0, i), (i, 0, n - 1)),
     sp.Sum(free[i] * (sp.Min(i, floor(m / 2)) + 1), (i, 0, n - 1)),
     sp.Sum(free[i] * sp.Min(i, floor(m / 2)), (i, 0, n - 1))),
    ("two names in a bracket without a unit",
     sp.Sum(v_[i] * free[j] * Delta_(2 * i + 2 * j, q), (i, 0, n - 1), (j, 0, m - 1)),
     sp.Sum(v_[i] * free[floor(q / 2) - i] * SECOND, (i, 0, n - 1)) * Delta_(2 * floor(q / 2), q),
     sp.Sum(v_[i] * free[floor(q / 2) - i] * SECOND, (i, 0, n - 1))),
    ("an entry and that of its double", sp.Sum(v_[k] * free[2 * k] * Delta_(2 * k, i + 1), (k, 0, n - 1)),
     v_[floor((i + 1) / 2)] * free[i + 1] * Delta_(2 * floor((i + 1) / 2), i + 1) * where((i >= -1) & (i < 2 * n - 1)),
     v_[floor((i + 1) / 2)] * free[i + 1] * where((i >= -1) & (i < 2 * n - 1))),
    ("a box that a bracket makes three elements", sp.Sum(x[k + 2] * free[k], (k, 0, m - 1)) * Delta_(n, 3),
     x[2] * free[0] * Delta_(n, 3), x[2] * free[0] * where(n >= 3)),
    ("a floor of a floor of what a bracket fixes", free[floor(floor(floor(i / 2) / 3) / 2)] * Delta_(i, 12 * j + 7),
     free[j] * Delta_(i, 12 * j + 7), free[j + 1] * Delta_(i, 12 * j + 7)),
    ("residues from a maximum on", sum(
        sp.Sum(v_[FIRST + 2 * k + one] * free[i - FIRST - 2 * k - one],
               (k, 0, floor((sp.Min(i, n - 1) - FIRST - one) / 2)))
        for one in (0, 1)
    ), sp.Sum(v_[k] * free[i - k], (k, FIRST, sp.Min(i, n - 1))),
     sp.Sum(v_[k] * free[i - k], (k, sp.Max(0, i - m), sp.Min(i, n - 1)))),
    ("sixteen parts of two", free[i] * where((n <= j) | (i < m)), sum(
        free[i] * where(sp.And(*(cut if at else sp.Not(cut) for cut, at in zip(CUTS, parts))))
        for parts in product((True, False), repeat=4)
    ) * where((n <= j) | (i < m)), free[i] * where((n < j) | (i < m))),
    ("a running sum", sp.Sum(free[i], (i, 0, q)) * where(q >= 1) - sp.Sum(free[i], (i, 0, q - 1)) * where(q >= 1),
     free[q] * where(q >= 1), free[q - 1] * where(q >= 1)),
]  # fmt: skip


FLOORS: list[tuple[sp.Expr, sp.Expr, sp.Expr]] = [
    (sp.ceiling(n / s), floor((n - 1) / s) + 1, floor(n / s) + 1),
    (sp.ceiling((n - K + 1) / s), floor((n - K) / s) + 1, floor((n - K - 1) / s) + 1),
    (floor(3 * n / 2), n + floor(n / 2), n + floor((n + 1) / 2)),
    (sp.ceiling(k / 2), floor((k + 1) / 2), floor(k / 2)),
    (floor((K - n) / 3) + sp.ceiling((n - K) / 3), sp.Integer(0), sp.Integer(1)),
    # padding "same" at any stride: as many outputs as ceil(n / s)
    (sp.ceiling(n / s), floor((n - K + sp.Max(s * (sp.ceiling(n / s) - 1) + K - n, 0)) / s) + 1,
     floor((n - K + sp.Max(s * sp.ceiling(n / s) + K - n, 0)) / s) + 1),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "wrong"), FLOORS, ids=str)
def test_floors_and_ceilings_of_one_thing(left: sp.Expr, right: sp.Expr, wrong: sp.Expr) -> None:
    assert prove_equal(free[left], free[right]).proved and prove_equal(left, right).proved
    assert prove_equal(free[left], free[wrong]).refuted and prove_equal(left, wrong).refuted


def test_a_floor_by_another() -> None:
    """Random numerators over 2, 3 or s, against Python's division."""
    generator, found = random.Random(2), 0
    for _ in range(400):
        below = generator.choice([Polynomial.constant(2), Polynomial.constant(3), NAME("s")])
        one, other = (Floor(drawn(generator, "ij", 1), below) for _ in range(2))
        if generator.random() < 0.7:
            multiple = drawn(generator, "ij", 1) * below
            other = Floor(generator.choice([one.numerator, -one.numerator - 1]) + multiple, below)
        value = one.by(other, NAME("q"))
        if value is not None:
            found += 1
            for at in product(range(-5, 6), range(-5, 6), (1, 2, 5)):
                numbers = dict(zip("ijs", at))
                assert one.evaluate(numbers) == value.evaluate({**numbers, "q": other.evaluate(numbers)})
    assert found > 200


LETTERS = sp.symbols("b1:8", integer=True)


def ring(names: Sequence[sp.Symbol]) -> sp.Expr:
    """A product of seven entries, each of the sum of two names that follow each other, and of one that starts it."""
    pairs = zip(names, (*names[1:], names[0]))
    return sp.Sum(x[2 * names[0]] * sp.Mul(*(x[a + b] for a, b in pairs)), *((name, 0, n - 1) for name in names))


LEFT_OPEN: list[tuple[str, sp.Expr, sp.Expr]] = [
    ("a square", free[i] * where(n**2 + K**2 >= 2 * n * K), free[i]),
    ("eighth powers", sp.Sum(k**8, (k, 0, K)), sp.Sum((k + 1) ** 8, (k, 0, K - 1))),
    ("digits below a letter", sp.Sum(where((q * s + r < K) & (r < j)), (r, 0, s - 1), (q, 0, oo))
     * where((j >= 0) & (j <= s)),
     (floor(K / s) * j + sp.Max(0, sp.Min(j, K - s * floor(K / s)))) * where((j >= 0) & (j <= s))),
    ("floors of opposites", free[-floor(-i / s)], free[floor(i / s)] * Delta_(i, s * floor(i / s))
     + free[floor(i / s) + 1] * where(sp.Ne(i, s * floor(i / s)))),
    ("many cases",
     sp.Mul(*(free[end(a, b)] for a, b in zip(LETTERS[:5:2], LETTERS[1:6:2]) for end in (sp.Max, sp.Min))),
     sp.Mul(*(free[a] for a in LETTERS[:6]))),
    ("ties", ring(LETTERS), ring([LETTERS[at] for at in (4, 1, 6, 0, 3, 5, 2)])),
]  # fmt: skip


@pytest.mark.parametrize(("what", "left", "right"), LEFT_OPEN, ids=[row[0] for row in LEFT_OPEN])
def test_what_is_incomplete(what: str, left: sp.Expr, right: sp.Expr) -> None:
    """True, and undecided: the list of docs/algebra.md."""
    verdict = prove_equal(left, right)
    assert verdict.undecided and "what is missing" in verdict.reason


@pytest.mark.parametrize(("what", "left", "right", "wrong"), DECIDED, ids=[row[0] for row in DECIDED])
def test_decided(what: str, left: sp.Expr, right: sp.Expr, wrong: sp.Expr) -> None:
    """The statement is proved, and the checker accepts the proof; a wrong one is refuted."""
    verdict = prove_equal(left, right)
    assert verdict.proved
    equation, _ = equation_of(left, right)
    assert accepted({"left": verdict.left, "right": verdict.right}, equation.assumptions).steps
    assert prove_equal(left, wrong).refuted and prove_equal(wrong, right).refuted


def accepted(derivations: dict[str, Derivation], assumptions: Assumptions) -> verify.Verified:
    data = certificate("it", "left = right", "all", derivations, assumptions)
    return verify.check(json.loads(json.dumps(data)))


def test_names_change_no_verdict() -> None:
    letters = sp.symbols("a z", integer=True)
    for one, other in (letters, letters[::-1]):
        left = sp.Sum(g[one, other] * Delta_(one * w + other, q), (one, 0, H - 1), (other, 0, w - 1))
        right = sp.Sum(g[i, q - i * w], (i, 0, H - 1))
        assert prove_equal(left, right).proved


LAYERS = [
    Conv(1, K), Conv(1, 1, padding=p), Conv(1, 2, padding=p), ConvTranspose(1, K), AvgPool(1, K, stride=1),
    Conv(n, 1, padding=1, padding_mode="reflect"), Conv(n, 1, padding=1, padding_mode="replicate"),
    Conv(1, 2, padding=p, padding_mode="replicate"),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers_of_one_element(layer: Layer) -> None:
    report = prove(layer)
    assert report.holds
    for theorem in report.theorems:
        verify.check(theorem.certificate())


# -- laws, on random formulas --------------------------------------------------------------------------


@settings(max_examples=20, deadline=None, derandomize=True)
@given(formula=sums(), other=sums(), at=st.integers(-1, 3))
def test_every_rule_keeps_the_value(formula: sp.Expr, other: sp.Expr, at: int) -> None:
    keeps_the_value(formula, other, at)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(formula=sums(), other=sums(), at=st.integers(-1, 3))
def test_every_rule_keeps_the_value_of_many(formula: sp.Expr, other: sp.Expr, at: int) -> None:
    keeps_the_value(formula, other, at)


def keeps_the_value(formula: sp.Expr, other: sp.Expr, at: int) -> None:
    """The last line has the value of the formula, its sums in one piece or in parts; the checker accepts each step."""
    (form, assumptions, writer), (another, *_) = lowered(formula), lowered(other)
    results = [derived(one, assumptions) for one in (form, another)]
    for splits in (Splits(), Splits.between([one.result for one in results if one is not None], assumptions)):
        derivation = derived(form, assumptions, splits)
        if derivation is not None:
            last = writer.form(Form(tuple(map(readable, derivation.result))))
            assert value(last, at) == value(formula, at)
            accepted({"one": derivation, "other": derivation}, assumptions)


def test_a_term_that_is_empty_is_not_shown_by_an_infinite_one() -> None:
    """From the contradiction l >= 0, -l - 1 >= 0 every range follows, also those that keep the sum finite."""
    form, assumptions, _ = lowered(sp.Sum(x[-j - 1], (j, 0, k + 1), (k, 0, K - 1)))
    for products in (False, True):
        derivation = normal_form(form, assumptions, products=products)
        assert not derivation.result.terms
        assert accepted({"one": derivation, "other": derivation}, assumptions).steps


def derived(form: Form, assumptions: Assumptions, splits: Splits | None = None) -> Derivation | None:
    """The derivation by every rule; None if a sum has too many parts, or can be seen to be finite by products alone."""
    try:
        derivation = normal_form(form, assumptions, products=True)
        return derivation if splits is None else in_parts(derivation, assumptions, (), splits)
    except (InfiniteSumError, SizeLimitError):
        return None


@st.composite
def parts_of_a_sum(draw: st.DrawFn) -> tuple[sp.Expr, sp.Expr]:
    """A sum of two terms or more, and the same without its first, last, or odd terms, which are added again."""
    body = draw(st.sampled_from([free[k], free[k] * x[k + 1], k * free[k], free[2 * k + 1]]))
    last = draw(st.sampled_from([m, m + 2, n, 2 * m + 1]))
    whole = sp.Sum(body, (k, 0, last))
    kind = draw(st.sampled_from(["first", "last", "reversed", "parity"]))
    if kind == "first":
        return whole, body.subs(k, 0) + sp.Sum(body, (k, 1, last))
    if kind == "last":
        return whole, sp.Sum(body.subs(k, t - 1), (t, 1, last)) + body.subs(k, last)
    if kind == "reversed":
        return whole, sp.Sum(body.subs(k, last - t), (t, 0, last))
    return whole, sp.Add(*(sp.Sum(body.subs(k, 2 * t + rest), (t, 0, floor((last - rest) / 2))) for rest in (0, 1)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(pair=parts_of_a_sum(), wrong=st.sampled_from([None, 0, 1, 2]))
def test_sums_in_parts(pair: tuple[sp.Expr, sp.Expr], wrong: int | None) -> None:
    """Equal by construction, or with an entry too many; brute force says the same, and so does the verdict."""
    whole, parts = pair
    if wrong is not None:
        parts += free[wrong]
    equal = all(_at(whole, size) == _at(parts, size) for size in range(1, 5))
    assert equal == (wrong is None)
    assert prove_equal(whole, parts).status == ("proved" if equal else "refuted")


def _at(formula: sp.Expr, size: int) -> Any:
    """The value at m = size, n = size + 1, with floors of numbers."""
    numbers = {m: size, n: size + 1}
    tensors = {"f": Entries((40,), 5), "x": Entries((size + 1,), 7)}
    return compiled(formula.subs(numbers))({}, tensors)


# -- numbers that refute, and entries that are known -----------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (x[i - 1], x[i - 1] * where(n > -j - 3)),
        (free[i + j], free[i + j] * where(i - j <= sp.Max(i + 2 * n + 2, 2 * i + 2 * j + 1))),
        (x[2 * i + n], x[2 * i + n] * where(i - n < floor((j + n + 1) / s) + 9)),
        (sp.Sum(free[k], (k, 0, m)), sp.Sum(free[k] * where(q + 2 * k >= -15), (k, 0, m))),
    ],
    ids=str,
)
def test_where_a_rare_condition_holds_formulas_differ(left: sp.Expr, right: sp.Expr) -> None:
    """They differ at numbers that are rare among small ones; the witness is right by brute force."""
    witness = prove_equal(left, right).witness
    assert witness is not None
    numbers = {name: value for name, value in witness.sizes.items() if name.isidentifier()}
    given: dict[str, dict[tuple[int, ...], int]] = {tensor: {} for tensor, _ in witness.values}
    for (tensor, at), one in witness.values.items():
        given[tensor][at] = one
    tensors = {"x": Entries((numbers.get("n", 1),), 0, given.get("x", {})), "f": Entries(None, 0, given.get("f", {}))}
    assert [compiled(side)(dict(numbers), tensors) for side in (left, right)] == [witness.left, witness.right]


def test_a_softmax_adds_up_to_one() -> None:
    """The sum of d p[c] / d z[b] over all classes c is 0; in one place of several, and not of a logarithm."""
    classes, b_, c_, at = NAME("n"), NAME("b"), NAME("c"), NAME("e")
    z = Tensor("z", 2, (NAME("m"), classes))
    known = Assumptions((("m", 1), ("n", 1)))
    p_ = softmax("p", z, (1,))
    assert p_.applied is not None
    found = agreement([p_.applied.derivative((at, c_), (at, b_)).summed(["c"]), Form()], known)
    assert found is not None and "adds up to one" in [str(step.rule) for step in found[0].steps]
    verified = accepted({"sum": found[0], "zero": found[1]}, known)
    assert "the sum of p over axis 1 is 1" in verified.assumptions
    logarithm = softmax("p", z, (1,), log=True)
    for form in (Form.access(logarithm, (at, c_)), Form.access(p_, (c_, c_)), Form.access(p_, (c_, at))):
        one = Form((Term.make(ONE, [Range(at), Range(NAME("m") - 1 - at)]),))
        assert agreement([form.summed(["c"]), one], known) is None


def test_a_softmax_without_classes_is_not_one() -> None:
    """Over no classes the sum is 0."""
    form = Form.access(softmax("p", Tensor("z", 1, (NAME("n"),)), (0,)), (NAME("c"),)).summed(["c"])
    assert agreement([form, Form.constant(ONE)], Assumptions((("n", 0),))) is None
    assert agreement([form, Form.constant(ONE)], Assumptions((("n", 1),))) is not None


def test_multiples_of_indices_inside_their_boxes_need_no_ranges() -> None:
    """sum_i delta[i1, i2] w[p - s i1, p - s i2] needs no [0 <= s i <= s (m - 1)], whatever else is known of the sizes.

    The other facts, as of a gradient by zeros between and a crop that is wider than what it crops, have many products;
    to take indices apart by them is more work than a search may take.
    """
    m, s, p, kernel, height = map(NAME, ("m", "s", "p", "K", "H"))
    delta, w = Tensor("delta", 2, (m, m)), Tensor("w", 2, (kernel, kernel))
    j, i = (NAME("j1"), NAME("j2")), (NAME("i1"), NAME("i2"))
    size = m * s - s + kernel
    facts = [height - kernel + 2 * p, size - p, 2 * p - 1 - size, p - height, size - p - height]
    facts += [fact for at in j for fact in (at, height - 1 - at)]
    least = (("H", 1), ("K", 1), ("m", 1), ("p", 0), ("s", 1))
    known = Assumptions(least, tuple(facts), (("m", Floor(height - kernel + 2 * p, s, 1)),))
    k = [NAME("k1"), NAME("k2")]
    brackets = [Delta(at + p - s * one - other) for at, one, other in zip(j, i, k)]
    ranges = [Range(fact) for one in i for fact in (s * one, s * (m - 1) - s * one)]
    left = Form((Term.make(ONE, [Access(delta, i), Access(w, tuple(k)), *brackets], ["i1", "i2", "k1", "k2"]),))
    inside = tuple(at + p - s * one for at, one in zip(j, i))
    right = Form((Term.make(ONE, [Access(delta, i), Access(w, inside), *ranges], ["i1", "i2"]),))
    found = agreement([left, right], known)
    assert found is not None
    accepted({"left": found[0], "right": found[1]}, known)
