"""Small changes of the trusted parts that no other test would notice: for each a value or a verdict that it breaks.

The oracles are numbers: every law is tried at all small integers, and what is refuted is a formula that is wrong.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, check, prove, prove_equal
from symconv.algebra.assumptions import Assumptions
from symconv.algebra.concrete.collect import collect_terms
from symconv.algebra.digits import drop_implied_bracket, one_element, only_value, range_at_its_edge
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term, new_ranges
from symconv.algebra.normal_form import normal_form, simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import ClaimError, FormulaError
from symconv.views import Direct, Stage
from tests.brute import by_loops, number

Name = Polynomial.name
i, j, k, n, m = map(Name, "ijknm")
n_, K_, i_ = sp.symbols("n K i", integer=True, positive=True)


def constant(value: int) -> Polynomial:
    return Polynomial.constant(value)


# -- linear arithmetic ---------------------------------------------------------------------------------

SIGNS = [
    ("n j may be negative", {"n": 1}, [], n * j, False),
    ("so may n j - 1", {"n": 1}, [n * j], n * j - 1, False),
    ("n m is not, of two that are not", {"n": 0, "m": 1}, [], n * m, True),
    ("n m - 1 needs n >= 1", {"n": 0, "m": 1}, [], n * m - 1, False),
    ("n m >= 1", {"n": 1, "m": 1}, [], n * m - 1, True),
    ("n j >= j needs j >= 0", {"n": 1}, [], n * j - j, False),
    ("n m >= n of m >= 1", {"n": 1, "m": 1}, [], n * m - n, True),
    ("j j is not known to have a sign", {}, [], j * j, False),
]


@pytest.mark.parametrize(("what", "least", "facts", "wanted", "follows"), SIGNS, ids=[row[0] for row in SIGNS])
def test_signs_of_products(
    what: str, least: dict[str, int], facts: list[Polynomial], wanted: Polynomial, follows: bool
) -> None:
    assert Assumptions(tuple(least.items())).implies(wanted, facts) is follows


def test_a_product_with_one_bounded_name_contradicts_nothing() -> None:
    """-n j - 1 >= 0 holds at n = 1, j = -1; with i <= 0 and n j + i >= 0 the products are judged together."""
    least = Assumptions((("n", 1),))
    assert not least.contradicts([-(n * j) - 1])
    assert not least.contradicts([-(n * j) - 1 + i, -i])
    both = Assumptions((("j", 0), ("n", 1)))
    assert both.contradicts([-(n * j) - 1])
    assert both.contradicts([-(n * j) - 1 + i, -i])


def random_polynomial(generator: random.Random, names: list[str], degree: int = 2) -> Polynomial:
    total = constant(generator.randint(-3, 3))
    for _ in range(generator.randint(1, 3)):
        term = constant(generator.choice([-2, -1, 1, 1, 2]))
        for _ in range(generator.randint(1, degree)):
            term = term * Name(generator.choice(names))
        total = total + term
    return total


@pytest.mark.parametrize("seed", range(12))
def test_what_follows_holds_at_all_small_numbers(seed: int) -> None:
    """Facts and what follows from them, or that they contradict each other, against every value from -4 to 4."""
    generator = random.Random(seed)
    names = ["i", "j", "n", "m"]
    found = 0
    for _ in range(60):
        least = {name: generator.choice([0, 1]) for name in names if generator.random() < 0.6}
        known = Assumptions(tuple(least.items()))
        facts = [random_polynomial(generator, names) for _ in range(generator.randint(0, 3))]
        wanted = random_polynomial(generator, names)
        if facts and generator.random() < 0.5:  # something that is likely to follow
            wanted = facts[0] * generator.choice([1, 2]) + Name(generator.choice(names)) + generator.randint(-1, 1)
        implied, contradicted = known.implies(wanted, facts), known.contradicts(facts)
        found += implied or contradicted
        if implied or contradicted:
            for values in product(*(range(least.get(name, -4), 5) for name in names)):
                at = dict(zip(names, values))
                if all(number(fact, at) >= 0 for fact in facts):
                    assert not contradicted, (least, facts, at)
                    assert number(wanted, at) >= 0, (least, facts, wanted, at)
    assert found > 8


def test_the_greatest_are_as_great_as_all() -> None:
    """Of names with bounds, at every value up to 4; and none that a different one is never below is kept."""
    generator = random.Random(3)
    names, dropped = ["i", "n", "m"], 0
    for _ in range(80):
        least = {name: generator.choice([0, 1]) for name in names if generator.random() < 0.8}
        known = Assumptions(tuple(least.items()))
        given = [random_polynomial(generator, names, 1) for _ in range(generator.randint(2, 4))]
        given.append(given[0] + Name(generator.choice(names)))
        kept = known.greatest(given)
        dropped += len(set(given)) - len(kept)
        for values in product(*(range(least.get(name, -3), 5) for name in names)):
            at = dict(zip(names, values))
            assert max(number(one, at) for one in kept) == max(number(one, at) for one in given), (least, given)
    assert dropped > 40
    assert set(Assumptions((("m", 1), ("n", 1))).greatest([n, m, n + m - 1])) == {n + m - 1}
    assert set(Assumptions((("m", 1), ("n", 1))).greatest([n, m])) == {n, m}


# -- polynomials ---------------------------------------------------------------------------------------


def test_division_by_a_term_takes_out_what_it_divides() -> None:
    """self = divisor * quotient + rest, and no term of the rest could still be divided."""
    generator = random.Random(0)
    for _ in range(300):
        given = random_polynomial(generator, ["n", "m", "i"])
        divisor = constant(generator.randint(1, 3))
        for _ in range(generator.randint(0, 2)):
            divisor = divisor * Name(generator.choice("nm"))
        quotient, rest = given.divided_by_term(divisor)
        ((names, size),) = divisor.terms
        assert divisor * quotient + rest == given
        for monomial, coefficient in rest.terms:
            divided = all(monomial.count(name) >= names.count(name) for name in names)
            if not monomial and not names:
                assert 0 <= coefficient < size
            else:
                assert not divided or coefficient % size
    assert (5 * n + 7).divided_by_term(constant(2)) == (constant(3), 5 * n + 1)
    assert (4 * n * m + 3 * n).divided_by_term(2 * n) == (2 * m, 3 * n)
    assert (n + m).divided_by_term(n + m) == (ONE, Polynomial())


# -- reading SymPy ---------------------------------------------------------------------------------------

RELATIONS = [
    (sp.Lt, operator.lt), (sp.Le, operator.le), (sp.Gt, operator.gt),
    (sp.Ge, operator.ge), (sp.Eq, operator.eq), (sp.Ne, operator.ne),
]  # fmt: skip


@pytest.mark.parametrize(("relation", "holds"), RELATIONS, ids=[row[0].__name__ for row in RELATIONS])
def test_comparisons_are_read_as_they_are(relation: Any, holds: Callable[[int, int], bool]) -> None:
    u, v = sp.symbols("u v", integer=True)
    for left, right in ((u, v), (2 * u, v + 1), (u, sp.Integer(2)), (3 * u - v, 2 * v), (u / 2, v)):
        read = Reader().form(sp.Piecewise((1, relation(left, right, evaluate=False)), (0, True), evaluate=False))
        for at in product(range(-3, 4), repeat=2):
            values = dict(zip("uv", at))
            expected = holds(
                *(Fraction(int(e.p), int(e.q)) for e in (s.subs({u: at[0], v: at[1]}) for s in (left, right)))
            )
            assert by_loops(read, [], {}, 0, values)[()] == int(expected), (relation, left, right, values)


@pytest.mark.parametrize("joined", [sp.And, sp.Or, sp.Not])
def test_conditions_are_joined_as_they_are(joined: Any) -> None:
    u, v = sp.symbols("u v", integer=True)
    one, other = sp.Lt(u, v), sp.Ge(u + v, 1)
    condition = joined(one) if joined is sp.Not else joined(one, other)
    read = Reader().form(sp.Piecewise((5, condition), (7, sp.Gt(u, 1)), (1, True)))
    for a, b in product(range(-3, 4), repeat=2):
        first = {sp.And: a < b and a + b >= 1, sp.Or: a < b or a + b >= 1, sp.Not: a >= b}[joined]
        assert by_loops(read, [], {}, 0, {"u": a, "v": b})[()] == (5 if first else 7 if a > 1 else 1)


def test_floors_and_powers_are_read_as_they_are() -> None:
    """A ceiling has its own sign, a letter that divides is at least 1 and no more, and nothing else is divided by."""
    u, v, q = sp.symbols("u v q", integer=True)
    for expr in (sp.ceiling(u / v), sp.floor(u / v), sp.Max(u, v), sp.Min(u, v), sp.ceiling(u / 3), u**0 + u**2):
        reader = Reader()
        read = reader.polynomial(expr)
        for at in product(range(-4, 5), range(1, 4)):
            values = dict(zip("uv", at))
            values |= {name: one.evaluate(values) for name, one in reader.defined.items()}
            assert number(read, values) == expr.subs({u: at[0], v: at[1]})
    reader = Reader()
    reader.form(sp.floor(u / v) + sp.IndexedBase("x", shape=(q,))[u])
    assert reader.lower == {"v": 1, "q": 1}
    x = sp.IndexedBase("x", shape=(q,))
    for wrong in (1 / u, u**-2, 1 / x[u], sp.floor(u / (v + q)), sp.floor(u / (v - q)), sp.floor(u / x[u])):
        with pytest.raises(FormulaError):
            Reader().form(wrong)


# -- forms -----------------------------------------------------------------------------------------------

X, Y = (Tensor(name, 1, (constant(size),)) for name, size in (("X", 4), ("Y", 3)))
ARRAYS = {"X": np.array([2, 3, 5, 7]), "Y": np.array([11, 13, 17])}


def test_a_product_of_sums_keeps_their_names_apart() -> None:
    """The names that one sum binds may be free in the other, or bound there too."""
    generator = random.Random(0)
    for _ in range(60):
        terms = []
        for _ in range(2):
            bound = tuple(generator.sample(["i", "k", "k'"], generator.randint(0, 2)))
            names = [Name(name) for name in ("i", "k", "k'")]
            factors: list[Factor] = [
                Access(generator.choice([X, Y]), (generator.choice(names) + generator.randint(-1, 1),))
                for _ in range(generator.randint(1, 2))
            ]
            factors += [Range(Name(name) + 2) for name in bound] + [Range(3 - Name(name)) for name in bound]
            terms.append(Term.make(generator.choice(names) + 1, factors, bound))
        for values in ({"i": 0, "k": 1, "k'": 2}, {"i": 2, "k": 0, "k'": 1}):
            one, other = (by_loops(Form((term,)), [], ARRAYS, 5, values)[()] for term in terms)
            assert by_loops(Form((terms[0] * terms[1],)), [], ARRAYS, 5, values)[()] == one * other
    summed = Term.make(ONE, [Access(X, (k,))], ("k",))
    assert by_loops(Form((summed * Term.make(ONE, [Access(Y, (k,))]),)), [], ARRAYS, 5, {"k": 1})[()] == 17 * 13
    assert by_loops(Form((Term.make(ONE, [Access(Y, (k,))]) * summed,)), [], ARRAYS, 5, {"k": 1})[()] == 17 * 13


def test_two_sums_of_which_each_has_the_other_ones_letter_free() -> None:
    """f[k] sum_k' y[k'] times g[k'] sum_k y[k] has the square of a sum in it, and not a sum of squares."""
    k, primed, l = (sp.Symbol(name, integer=True) for name in ("k", "k'", "l"))
    y, f, g = sp.IndexedBase("y", shape=(3,)), sp.IndexedBase("f"), sp.IndexedBase("g")
    given = sp.Sum(f[k] * y[primed], (primed, 0, 2)) * sp.Sum(g[primed] * y[k], (k, 0, 2))
    assert prove_equal(given, f[k] * g[primed] * sp.Sum(y[l], (l, 0, 2)) ** 2).proved
    assert prove_equal(given, f[k] * g[primed] * sp.Sum(y[l] ** 2, (l, 0, 2))).refuted


def test_ranges_that_an_access_says_are_left_out() -> None:
    """But not on an axis of one element, where they meet in a bracket; the value is the same at every size."""
    for size in (1, 2, 4):
        tensor = Tensor("T", 1, (constant(size),))
        access = Access(tensor, (i - 1,))
        assert len(new_ranges([access], [i - 1], [constant(size)])) == (2 if size == 1 else 0)
        assert len(new_ranges([access], [i], [constant(size)])) == 2
        assert len(new_ranges([access], [i - 1], [constant(size + 1)])) == 2
        array = {"T": np.arange(3, 3 + size)}
        for at in range(-2, 6):
            with_ranges = Term.make(ONE, [access, Range(i - 1), Range(constant(size) - i)])
            plain = by_loops(Form((Term.make(ONE, [access]),)), [], array, 0, {"i": at})
            assert plain == by_loops(Form((with_ranges,)), [], array, 0, {"i": at})


def test_factors_with_one_value_become_brackets_of_the_same_value() -> None:
    generator = random.Random(1)
    single = Tensor("T", 2, (ONE, constant(3)))
    arrays = {**ARRAYS, "T": np.array([[2, 3, 5]])}
    known = Assumptions((), (i, 2 - i))
    changed = 0
    for _ in range(80):
        factors: list[Factor] = [
            Access(single, (generator.choice([i - j, i, k + i, constant(0)]), k)), Access(X, (k + j,)),
            Range(generator.choice([-i, i - 2, 1 - i, j - 3, -j])), Range(generator.choice([i - k, k - 2, j])),
        ]  # fmt: skip
        form = Form((Term.make(j + 1, factors, ("k",)),))
        after = simplify(form, known, (one_element, range_at_its_edge, drop_implied_bracket, only_value)).result
        changed += after != form
        for a, b in product(range(3), range(-2, 5)):
            values = {"i": a, "j": b}
            assert by_loops(form, [], arrays, 5, values) == by_loops(after, [], arrays, 5, values), (form, values)
    assert changed > 40


def test_coefficients_are_added_past_64_bits() -> None:
    for power in (30, 31, 32, 61, 62, 63):
        form = Form(tuple(Term.make(constant(2**power), [Access(X, (i + at,))]) for at in (0, 0, 0, 1, 0)))
        ((_, names, flats, coefficient), *_) = sorted(collect_terms(form, [], {"i": 1}).terms(), key=lambda t: t[2])
        assert (names, [int(flat) for flat in flats], int(coefficient)) == (("X",), [1], 4 * 2**power)
        named = Form((Term.make(i * 2**power, [Access(X, (constant(0),)), Range(i), Range(4 - i)], ("i",)),))
        ((*_, coefficient),) = collect_terms(named, [], {}).terms()
        assert int(coefficient) == 10 * 2**power


# -- equality --------------------------------------------------------------------------------------------


def test_letters_of_one_side_are_not_sizes_of_the_other() -> None:
    """The dilation is called i: were it the entry's index too, h[0], at which the sides differ, would be left out."""
    plain = Conv(n_, 1, padding=((1, 0),)).direct.output
    repeated = Conv(n_, 1, padding=((1, 0),), padding_mode="replicate", dilation=i_).direct.output
    for verdict in (prove_equal(plain, repeated), prove_equal(repeated, plain)):
        assert verdict.refuted, str(verdict)
        assert verdict.witness is not None and sorted((verdict.witness.left, verdict.witness.right)) == [0, 1]
    assert prove_equal(plain, Conv(n_, 1, padding=((1, 0),), dilation=i_).direct.output).proved


def test_fixed_factors_of_one_name_are_not_one() -> None:
    """A window with one element inside and one in the padding: X/2 where the padding counts, else X."""
    counted = AvgPool(1, 2, padding=1).direct.output
    inside = AvgPool(1, 2, padding=1, count_include_pad=False).direct.output
    for left, right in ((counted, inside), (inside, counted)):
        verdict = prove_equal(left, right)
        assert verdict.refuted and verdict.witness is not None
        assert {verdict.witness.left, verdict.witness.right} == {Fraction(1, 2), 1}
    assert prove_equal(counted, AvgPool(1, 2, padding=1).patches.output).proved


def test_sizes_that_differ_are_seen() -> None:
    """K more outputs, all of them zero, and the same formula for those that both have."""
    plain, longer = Conv(n_, K_).direct, Conv(n_, K_, padding=((0, K_),)).direct
    for left, right in ((plain, longer), (longer, plain)):
        verdict = prove_equal(left.output, right.output)
        assert verdict.refuted, str(verdict)
    more = Conv(n_ + 1, K_).direct.grad_weight
    assert prove_equal(plain.grad_weight, plain.grad_weight).proved
    assert not prove_equal(plain.grad_weight, longer.grad_weight).proved
    with pytest.raises(Exception, match="size"):
        prove_equal(plain.grad_weight, more)


class Shifted(Direct):
    """A view that reads the input one element further on."""

    name = "shifted"
    title = "a shifted window"

    def stages(self) -> list[Stage]:
        stage = super().stages()[0]
        last = self.geometry.input_positions[-1].size
        shifted = {e: e.base[(*e.indices[:-1], e.indices[-1] + 1)] for e in stage.formula.atoms(sp.Indexed)
                   if str(e.base) == "X"}  # fmt: skip
        assert last is not None
        return [Stage(stage.name, stage.layout, stage.formula.xreplace(shifted))]


@pytest.mark.parametrize("conv", [Conv.general(1), Conv(n_, 2), Conv(4, 2)], ids=["general", "letters", "numbers"])
def test_every_view_is_compared(conv: Conv) -> None:
    """A wrong view is found at the second and at the third place, and as the first."""
    wrong = Shifted(conv)
    for views in (["direct", wrong, "patches"], ["direct", "fully_connected", wrong], [wrong, "direct", "patches"]):
        report = prove(conv, views=views, of=["output", "grad_weight", "grad_input"])
        assert [theorem.verdict.status for theorem in report.theorems] == ["refuted"] * 3
    assert prove(conv, views=["direct", "fully_connected", "patches"]).holds


# -- claims ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [Conv(3, 2), Conv(n_, K_)], ids=["numbers", "letters"])
@pytest.mark.parametrize(
    "claim", ["h[i] = sum(k, w[k]*X[i+k]) + 0*w[k]", "h[i] = sum(k, w[k]*X[i+k])*w[k]", "sum(k, w[k])*X[i + k]"]
)
def test_a_summed_letter_is_free_after_its_sum(layer: Conv, claim: str) -> None:
    with pytest.raises(ClaimError, match="k"):
        check(layer, claim)


@pytest.mark.parametrize("layer", [Conv(3, 2), Conv(n_, K_)], ids=["numbers", "letters"])
@pytest.mark.parametrize("divisor", [2, 3, 7])
def test_a_witness_has_the_claim_and_not_a_multiple_of_it(layer: Conv, divisor: int) -> None:
    report = check(layer, f"h[i] = sum(k, w[k]*X[i+k])/({divisor})")
    witness = report.witness
    assert report.status == "refuted" and witness is not None
    values = {(name, index[-1]): value for (name, index), value in witness.values.items()}
    at = witness.index["i"]
    right = sum(values.get(("w", k), 0) * values.get(("X", at + k), 0) for k in range(10))
    assert {Fraction(witness.left), Fraction(witness.right)} == {Fraction(right), Fraction(right, divisor)}


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("h[i] = sum(k, w/(k)*X[i+k])", "w"),
        ("h[i] = sum(k, w[k]/(X)*w[k])", "X"),
        ("h[0] = sum(w[0]*X[0])", "to sum over"),
        ("h[0] = sum((k, 0, 1))", "cannot stand here"),
    ],
)
def test_what_is_not_an_entry_or_a_sum_is_refused(claim: str, words: str) -> None:
    """w/(k) is not w(k), and sum(w[0]) sums over nothing."""
    with pytest.raises(ClaimError, match=words):
        check(Conv(n_, K_), claim)


@pytest.mark.parametrize("right", ["w(k)*X[i+k]", "w[k]*X(i+k)", "w(k)*X(i+k)", "2*w(k)*X[i+k]/2"])
def test_round_brackets_hold_indices_too(right: str) -> None:
    assert check(Conv(n_, K_), f"h[i] = sum(k, {right})").status == "proved"
    assert check(Conv(n_, K_), f"h[i] = sum(k, {right.replace('i+k', 'i+k+1')})").status == "refuted"


@pytest.mark.parametrize("name", ["k1", "k_1", "k'", "kappa"])
def test_the_letter_of_a_sum_may_have_a_number(name: str) -> None:
    assert check(Conv(n_, K_), f"h[i] = sum({name}, w[{name}]*X[i+{name}])").status == "proved"


# -- the normal form -------------------------------------------------------------------------------------


def test_a_bracket_of_two_lengths_stays() -> None:
    """[2 k = i]: over whole numbers k = i/2 only for even i."""
    form = Form((Term.make(ONE, [Access(X, (k,)), Delta.equal(2 * k, i)], ("k",)),))
    result = normal_form(form, Assumptions()).result
    for at in range(-2, 9):
        expected = ARRAYS["X"][at // 2] if at % 2 == 0 and 0 <= at // 2 < 4 else 0
        assert by_loops(result, [], ARRAYS, 6, {"i": at})[()] == expected
