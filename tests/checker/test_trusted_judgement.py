"""Small changes of the rules and of the claims' judgement that no other test would notice.

The oracles are sums over small integers, ranks of matrices, and the windows of one small layer counted by hand.
"""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, MaxPool, Upsample, check
from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.rules import (
    Rule,
    apply_first,
    drop_implied_range,
    empty_range,
    evaluate_brackets,
    meeting_ranges,
    rename_by_delta,
    rewrite_under_delta,
    sift,
)  # fmt: skip
from symconv.errors import ClaimError, SymconvError
from symconv.layers import Layer
from tests.brute import by_loops

SMALL, SQUARE = Conv(3, 2), Conv((3, 3), (2, 2))

# -- rules -----------------------------------------------------------------------------------------------

RULES: list[Rule] = [
    evaluate_brackets, sift, rewrite_under_delta, drop_implied_range, meeting_ranges, empty_range, rename_by_delta,
]  # fmt: skip
X = Tensor("X", 1, (Polynomial.constant(4),))
i, k, m, n = map(Polynomial.name, "ikmn")


def random_factor(generator: random.Random) -> Factor:
    """A bracket, a range or an access; with a factor that may be 0 (m), that is not 0 (n) or a number, or without."""
    inner = generator.choice([i, k, i - k, k + i, 2 * i, i + m, k - m, n * i + n + i, i * 0]) + generator.randint(-2, 2)
    times = generator.choice([ONE, ONE, 2 * ONE, m, n, 2 * n, -ONE])
    kind = generator.choice([Delta, Delta, Range, Access])
    if kind is Access:
        return Access(X, (inner,))
    return Delta.equal(inner * times, Polynomial()) if kind is Delta else Range(inner * times)


@pytest.mark.parametrize(("number", "rule"), [*enumerate(RULES)], ids=[rule.__name__ for rule in RULES])
def test_a_rule_keeps_the_value(number: int, rule: Rule) -> None:
    """At every small value of the free names, with the bound name summed over all that its range leaves."""
    generator = random.Random(number)
    known, applied = Assumptions((("m", 0), ("n", 1))), 0
    for _ in range(500):
        factors = [random_factor(generator) for _ in range(generator.randint(1, 3))]
        factors += [Range(-one.expression) for one in factors if isinstance(one, Range) and generator.random() < 0.3]
        term = Term.make(i + 1, [*factors, Access(X, (k + generator.randint(-1, 1),))], ("k",))
        if (found := apply_first(term, (rule,), known)) is None:
            continue
        applied += 1
        for at_i, at_m, at_n in product(range(-2, 4), range(3), range(1, 3)):
            values = {"i": at_i, "m": at_m, "n": at_n}
            before, after = (
                by_loops(Form(terms), [], {"X": np.array([2, 3, 5, 7])}, 9, values)[()]
                for terms in ((term,), found.result)
            )
            assert before == after, (term, found, values)
        if applied == 40:
            break
    assert applied > 10


@pytest.mark.parametrize("value", [-2, -1, 0, 1])
def test_a_range_of_a_number_is_one_or_zero(value: int) -> None:
    number, access = Range(Polynomial.constant(value)), Access(X, (i,))
    found = evaluate_brackets(Term(ONE, (access, number), ()), Assumptions())
    assert found is not None
    assert found.result == ((Term(ONE, (access,), ()),) if value >= 0 else ())


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (2 * n, ONE),
        (2 * (n * i + n + i), n * i + n + i),
        (2 * n * i + 2 * n * k, i + k),
        (2 * m * i, m * i),
        (2 * (n + Polynomial.name("z")), n + Polynomial.name("z")),
    ],
    ids=["n > 0", "n is not in all", "n is in all", "m may be 0", "n is in the first"],
)
def test_a_bracket_is_divided_by_what_is_in_all_its_terms(given: Polynomial, left: Polynomial) -> None:
    found = evaluate_brackets(Term(ONE, (Delta(given),), ()), Assumptions((("m", 0), ("n", 1))))
    assert found is not None and found.result == (Term(ONE, (Delta.equal(left, Polynomial()),), ()),)


# -- claims about entries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [0, 1])
def test_which_entry_a_claim_is_about(base: int) -> None:
    """h[..] counts from the base, h1 from 1; beyond the two entries there is nothing to claim."""
    for window in range(2):
        right = f"X{window + 1}*w1 + X{window + 2}*w2"
        for at in range(-2, 5):
            if not 0 <= at - base < 2:
                with pytest.raises(ClaimError):
                    check(SMALL, f"h[{at}] = {right}", index_base=base)
                continue
            expected = "proved" if at - base == window else "refuted"
            assert check(SMALL, f"h[{at}] = {right}", index_base=base).status == expected
            assert check(SMALL, f"h{at - base + 1} = {right}", index_base=base).status == expected
        by_index = f"X[{window + base}]*w[{base}] + X[{window + 1 + base}]*w[{base + 1}]"
        for entry in range(2):
            status = check(SMALL, f"h{entry + 1} = {by_index}", index_base=base).status
            assert status == ("proved" if entry == window else "refuted")


def test_every_index_of_an_entry_is_in_the_shape() -> None:
    for entry in product(range(-1, 3), repeat=2):
        right = "X11*w11 + X12*w12 + X21*w21 + X22*w22"
        claim = f"h[{entry[0]}, {entry[1]}] = {right}"
        if set(entry) <= {0, 1}:
            assert check(SQUARE, claim).status == ("proved" if entry == (0, 0) else "refuted")
        else:
            with pytest.raises(ClaimError):
                check(SQUARE, claim)


ENTRIES = ["X1*w1 + X2*w2", "X2*w1 + X3*w2"]


def test_left_sides_are_taken_at_their_word() -> None:
    one, two = ENTRIES
    assert check(SMALL, [f"h2 = {two}", f"h1 = {one}"]).holds
    assert check(SMALL, [f"h2 = {one}", f"h1 = {two}"]).status == "refuted"
    for mixed in (
        [f"h2 = {two}", one],
        [one, f"h1 = {two}"],
        [f"h2 = {one}", two],
        [f"h2 = {one}", f"h1 = {two}", one],
    ):
        with pytest.raises(ClaimError):
            check(SMALL, mixed)
    for of, left in (("output", "dL/dw1"), ("grad_weight", "h1")):
        with pytest.raises(ClaimError, match="but of="):
            check(SMALL, f"{left} = {one}", of)
    gradient = "X2*delta1 + X3*delta2"
    assert check(SMALL, [f"h1 = {one}", f"dL/dw2 = {gradient}"]).holds
    for pair in ([f"h1 = {one}", f"dL/dw2 = {two}"], [f"h1 = {gradient}", f"dL/dw2 = {gradient}"],
                 [f"dL/dw2 = {gradient}", f"h1 = {two}"], [f"dL/dw1 = {gradient}", f"h1 = {one}"]):  # fmt: skip
        assert check(SMALL, pair).status == "refuted"


@pytest.mark.parametrize("product", ["- X3*w1", "+ X3*w1", "- 2*X3*w1"])
def test_a_product_too_many_is_named(product: str) -> None:
    report = check(SMALL, f"h1 = {ENTRIES[0]} {product}")
    assert report.status == "refuted"
    assert f"{product.lstrip('+ ').replace(' ', '')} should not be there" in str(report)


@pytest.mark.parametrize("left", ["h[i + 1, j]", "h[i, 0]"])
def test_a_left_side_at_other_entries_is_judged_there(left: str) -> None:
    """A formula of the entry (i, j) is not one of its neighbor or of an edge."""
    for right in ("sum(k, sum(l, w[k, l]*X[i + k, i + l]))", "7"):
        assert check(SQUARE, f"{left} = {right}").status == "refuted"
    right = "sum(k, sum(l, w[k, l]*X[i + k, j + l]))"
    if "j" in left:
        assert check(SQUARE, f"{left} = {right}").status == "refuted"
    else:
        with pytest.raises(ClaimError, match="j"):
            check(SQUARE, f"{left} = {right}")


@pytest.mark.parametrize("left", ["h[i, i]", "h[i]", "h[i, j, k]", "h[2*i, j]"])
def test_a_left_side_has_one_letter_for_each_index(left: str) -> None:
    for right in ("sum(k, sum(l, w[k, l]*X[i + k, i + l]))", "sum(k, sum(l, w[k, l]*X[i + k, j + l]))", "7"):
        with pytest.raises(ClaimError):
            check(SQUARE, f"{left} = {right}")


@pytest.mark.parametrize("claim", ["X[0]*w[0] + X[1]*w[1]", "h[i] = 7", "X[2]*w[1]"])
def test_a_formula_without_an_index_is_the_same_at_every_entry(claim: str) -> None:
    assert check(SMALL, claim).status == "refuted"
    one_entry = check(Conv(2, 2), claim) if "2" not in claim else None
    assert one_entry is None or one_entry.status == ("proved" if "+" in claim else "refuted")


@pytest.mark.parametrize("entry", [sp.nan, sp.zoo, sp.oo, -sp.oo], ids=str)
def test_what_is_not_a_number_is_refused(entry: sp.Expr) -> None:
    for claim in (entry, [entry, 1], sp.Array([[entry, 1]]), sp.Symbol("X1") + entry):
        with pytest.raises(ClaimError, match="not a number"):
            check(SMALL, claim)


# -- constraints ---------------------------------------------------------------------------------------------

LABELS = ["v11", "v12", "v21", "v22", "v31", "v32"]
OWN = np.array([[0, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0], [1, 0, 0, -1, 0, 0], [0, 0, 1, 0, 0, -1]])
"""v31 = 0, v12 = 0, v11 = v22 and v21 = v32, counted by hand."""


def test_constraints_are_judged_as_the_ranks_of_their_matrices_say() -> None:
    """Combinations of the right equations, some too few, some with a wrong one beside them."""
    generator = np.random.default_rng(0)
    proved = 0
    for _ in range(60):
        rows = generator.integers(-2, 3, (int(generator.integers(3, 6)), 4)) @ OWN
        if generator.random() < 0.3:
            rows = np.vstack([rows, generator.integers(-1, 2, (1, 6))])
        rows = rows[np.any(rows, axis=1)]
        claim = ", ".join(" + ".join(f"({c})*{v}" for c, v in zip(row, LABELS) if c) + " = 0" for row in rows)
        holds = np.linalg.matrix_rank(rows) == 4 == np.linalg.matrix_rank(np.vstack([rows, OWN]))
        assert check(SMALL, claim, "constraints").status == ("proved" if holds else "refuted"), claim
        proved += bool(holds)
    assert 10 < proved < 50


def test_a_constant_in_an_equation_of_weights_is_refused() -> None:
    for claim in ("v11 + 1 = v22 - 1", "v11 + 1 = v22", "1 = -1", "v31 = 2"):
        with pytest.raises(ClaimError, match="is not a weight"):
            check(SMALL, claim, "constraints")


@pytest.mark.parametrize(
    ("layer", "of"), [(SMALL, "grad_bias"), (MaxPool(3, 2), "grad_weight")], ids=["bias", "weight"]
)
def test_a_quantity_that_the_layer_does_not_have_is_refused(layer: Layer, of: str) -> None:
    for claim in ("0", "1", "sum(i, dL/dh[i])"):
        with pytest.raises(SymconvError, match="the layer has no such quantity"):
            check(layer, claim, of)


# -- max pooling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("claim", "window", "of"), [("h1 = X1", 0, 0), ("h1 = X2", 0, 1), ("h2 = X3", 1, 2)])
def test_the_numbers_of_a_wrong_maximum_make_it_wrong(claim: str, window: int, of: int) -> None:
    """The witness shows the input, and it has the claim's number and the greatest of the window."""
    witness = check(MaxPool(3, 2, stride=1), claim).witness
    assert witness is not None
    x = [witness.values.get((f"X{at + 1}", ()), 0) for at in range(3)]
    assert {witness.left, witness.right} == {x[of], max(x[window : window + 2])}
    assert len({witness.left, witness.right}) == 2


def test_infinite_limits_have_a_sign() -> None:
    """From -oo to oo is over all integers; the limits the other way round are not."""
    conv = Conv.general(1, bias=False)
    claim = "h[o, i] = Sum(w[o, c, k]*X[c, s*i + d*k - p], {}, (c, -oo, oo))"
    assert check(conv, claim.format("(k, -oo, oo)")).status == "proved"
    for limits in ("(k, oo, -oo)", "(k, oo, K - 1)", "(k, 0, -oo)"):
        assert check(conv, claim.format(limits)).status != "proved"


def test_a_case_has_a_value_and_else_zero() -> None:
    """The condition k >= 0 says what the kernel's box says too; k >= 1 does not, and one alone is refused."""
    conv = Conv.general(1, bias=False)
    claim = "h[o, i] = Sum(Piecewise((w[o, c, k]*X[c, s*i + d*k - p], {})), (k, -oo, oo), (c, -oo, oo))"
    assert check(conv, claim.format("k >= 0), (0, True")).status == "proved"
    assert check(conv, claim.format("k >= 1), (0, True")).status == "refuted"
    with pytest.raises(ClaimError, match="one value with its condition"):
        check(conv, claim.format("k >= 0"))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("h[i] = X[i//3]", True),
        ("h[i] = X[ceiling((i - 2)/3)]", True),
        ("h[i] = X[(i + 1)//3]", False),
        ("h[i] = X[ceiling((i - 1)/3)]", False),
        ("h[i] = X[ceiling(i/3)]", False),
    ],
)
def test_an_index_is_rounded_for_every_remainder(written: str, right: bool) -> None:
    """Nearest up-sampling by 3, at all of the three outputs that read one input."""
    size = sp.Symbol("n", integer=True, positive=True)
    for layer in (Upsample(size, scale_factor=3), Upsample(4, scale_factor=3)):
        assert check(layer, written).status == ("proved" if right else "refuted")
