"""The rules of the algebra, one by one, and laws that hold for random formulas (oracle: tests/brute.py)."""

from __future__ import annotations

import random
from itertools import product

import pytest
import sympy as sp
from hypothesis import given, settings, strategies as st

from symconv import Conv
from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.calculus import derivative
from symconv.algebra.concrete.collect import collect_terms
from symconv.algebra.forms import Access, Delta, Form, Tensor, Term
from symconv.algebra.normal_form import normal_form, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.reindexing import reindex
from symconv.algebra.rules import drop_implied_range, evaluate_brackets, rewrite_under_delta, sift, simplifying
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, InfiniteSumError, SymconvError
from symconv.proof.equality import prove_equal
from tests.brute import Entries, compiled

i, j, k, l, m = sp.symbols("i j k l m", integer=True)
n, K, M, s, d = sp.symbols("n K M s d", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
x, w, g = sp.IndexedBase("x", shape=(n,)), sp.IndexedBase("w", shape=(K,)), sp.IndexedBase("g", shape=(M,))
delta = sp.KroneckerDelta


def lowered(expr: sp.Expr) -> tuple[Form, Assumptions, Writer]:
    reader = Reader()
    form = reader.form(expr)
    return form, reader.assumptions, Writer(reader.symbols, reader.defined)


# -- one rule at a time: formula in, formula out ---------------------------------------------------------

RULES = [
    ("a unit bracket is sifted", sift, sp.Sum(x[j] * delta(j, s * i - p), (j, -sp.oo, sp.oo)), x[s * i - p]),
    ("with coefficient -1 too", sift, sp.Sum(x[j] * delta(i, m - j), (j, -sp.oo, sp.oo)), x[m - i]),
    ("never with coefficient s", sift, sp.Sum(w[k] * delta(j, s * k), (k, -sp.oo, sp.oo)), None),
    ("never with coefficient 2", sift, sp.Sum(w[k] * delta(j, 2 * k), (k, -sp.oo, sp.oo)), None),
    ("a free index is not summed away", sift, x[j] * delta(i, j), None),
    ("a common factor goes", evaluate_brackets, x[i] * delta(3 * i, 3 * j), x[i] * delta(i, j)),
    ("so does a positive letter", evaluate_brackets, x[i] * delta(s * i, s * j), x[i] * delta(i, j)),
    ("but not one that may be zero", evaluate_brackets, x[i] * delta(p * i, p * j), None),
    ("what an access implies is dropped", drop_implied_range, sp.Sum(w[k], (k, 0, K)), sp.Sum(w[k], (k, 0, K - 1))),
    ("what it does not is kept", drop_implied_range, sp.Sum(w[k], (k, 1, K - 2)), None),
    ("a free index moves under its bracket", rewrite_under_delta, x[j] * delta(i, j), x[i] * delta(i, j)),
    ("a size does not, though it might", rewrite_under_delta, x[n - 1] * delta(n, s * K), None),
]


@pytest.mark.parametrize(("what", "rule", "before", "after"), RULES, ids=[row[0] for row in RULES])
def test_rule(what: str, rule: object, before: sp.Expr, after: sp.Expr | None) -> None:
    form, assumptions, writer = lowered(before)
    application = rule(form.terms[0], assumptions)  # type: ignore[operator]
    if after is None:
        assert application is None
    else:
        assert sp.simplify(writer.form(Form(application.result)) - after) == 0


def test_a_parity_that_cannot_be_met_is_zero() -> None:
    """[2 i = 4 j + 1]: SymPy evaluates this one itself, so it is built from our own values."""
    odd = Delta.equal(Polynomial.name("i") * 2, Polynomial.name("j") * 4 + 1)
    application = evaluate_brackets(Term.make(Polynomial.constant(1), [odd]), Assumptions())
    assert application is not None and application.result == ()


LINEAR = [
    ("i >= 0 from i - 2 >= 0", [i - 2], i, True),
    ("a sum of two facts", [i - j, j - k], i - k, True),
    ("twice a fact", [2 * i - 1], i, True),
    ("integers, not rationals", [3 * i - 1], i, True),
    ("not from the converse", [-i], i, False),
    ("not one too much", [i], i - 1, False),
    ("products of sizes are not negative", [], s * n + p, True),
    ("n - 1 >= 0 since n >= 1", [], n - 1, True),
    ("n - 2 >= 0 does not follow", [], n - 2, False),
]


@pytest.mark.parametrize(("what", "facts", "wanted", "follows"), LINEAR, ids=[row[0] for row in LINEAR])
def test_linear_arithmetic(what: str, facts: list[sp.Expr], wanted: sp.Expr, follows: bool) -> None:
    reader = Reader()
    known = [reader.polynomial(fact) for fact in facts]
    goal = reader.polynomial(wanted)
    assert reader.assumptions.implies(goal, known) is follows


# -- equal and different formulas ------------------------------------------------------------------------

K1, K2 = sp.symbols("K1 K2", integer=True, positive=True)
a1, a2 = sp.IndexedBase("a", shape=(K1,)), sp.IndexedBase("c", shape=(K2,))
free = sp.IndexedBase("f")
EQUAL = [
    ("shifted sum", sp.Sum(w[k] * x[i + k], (k, 0, K - 1)), sp.Sum(w[k - 1] * x[i + k - 1], (k, 1, K))),
    ("reflected sum", sp.Sum(w[k] * x[i - k], (k, 0, K - 1)), sp.Sum(w[i - l] * x[l], (l, 0, n - 1))),
    ("order of sums", sp.Sum(a1[k] * a2[l] * x[k + l], (k, 0, K1 - 1), (l, 0, K2 - 1)),
     sp.Sum(a2[l] * sp.Sum(a1[k] * x[k + l], (k, 0, K1 - 1)), (l, 0, K2 - 1))),
    ("associative convolution", sp.Sum(a1[k] * sp.Sum(a2[l] * x[m - k - l], (l, 0, K2 - 1)), (k, 0, K1 - 1)),
     sp.Sum(sp.Sum(a1[k] * a2[j - k], (k, 0, K1 - 1)) * x[m - j], (j, 0, K1 + K2 - 2))),
    ("two accesses of one tensor", sp.Sum(x[i] * x[i + m], (i, 0, n - 1)), sp.Sum(x[j - m] * x[j], (j, 0, n - 1))),
    ("a square", sp.Sum(w[k], (k, 0, K - 1)) ** 2, sp.Sum(w[k] * w[l], (k, 0, K - 1), (l, 0, K - 1))),
    ("half of it twice", sp.Rational(1, 2) * x[i] + sp.Rational(1, 2) * x[i], x[i]),
    ("either order of a bracket", x[i] * delta(i, j), x[j] * delta(j, i)),
    ("transposed, written as a scatter", sp.Sum(g[i] * w[k] * delta(j, i + k), (i, 0, M - 1), (k, 0, K - 1)),
     sp.Sum(g[j - k] * w[k], (k, 0, K - 1))),
    ("piecewise range", sp.Piecewise((x[i], i >= 0), (0, True)), x[i]),
    ("a range as cases", sp.Piecewise((free[i], i >= 3), (2 * free[i], True)),
     2 * free[i] - sp.Piecewise((free[i], sp.Gt(i, 2)), (0, True))),
    ("limits of a bracket", sp.Sum(free[k] * delta(k, i), (k, 0, 5)), sp.Piecewise((free[i], (i >= 0) & (i <= 5)), (0, True))),
    ("triangular limits", sp.Sum(free[k] * free[l], (l, 0, k), (k, 0, 3)), sp.Sum(free[k] * free[l], (k, l, 3), (l, 0, 3))),
    ("pinned by two accesses", sp.Sum(x[i + k] * w[i - k], (i, -sp.oo, sp.oo), (k, -sp.oo, sp.oo)),
     sp.Sum(x[i - k] * w[i + k], (i, -sp.oo, sp.oo), (k, -sp.oo, sp.oo))),
    ("floor is a name", sp.Sum(w[k], (k, 0, sp.floor(n / s))), sp.Sum(w[l], (l, 0, sp.floor(n / s)))),
    ("numbers only", sp.Sum(free[2 * k], (k, 0, 3)), sp.Sum(free[6 - 2 * k], (k, 0, 3))),
]  # fmt: skip
DIFFERENT = [
    ("index shifted", sp.Sum(w[k] * x[i + k], (k, 0, K - 1)), sp.Sum(w[k] * x[i + k + 1], (k, 0, K - 1))),
    ("flip forgotten", sp.Sum(w[k] * x[i - k], (k, 0, K - 1)), sp.Sum(w[k] * x[i + k], (k, 0, K - 1))),
    ("stride and dilation swapped", sp.Sum(w[k] * x[s * i + d * k], (k, 0, K - 1)), sp.Sum(w[k] * x[d * i + s * k], (k, 0, K - 1))),
    ("divided by the stride", sp.Sum(w[k] * delta(j, s * k), (k, 0, K - 1)), sp.Sum(w[k] * delta(k, sp.floor(j / s)), (k, 0, K - 1))),
    ("range cut short", sp.Sum(w[k] * x[i + k], (k, 0, K - 1)), sp.Sum(w[k] * x[i + k], (k, 0, K - 2))),
    ("a power", x[i] ** 2, x[i]),
    ("constant", x[i] + 1, x[i] + 2),
    ("zero", sp.Sum(w[k], (k, 0, K - 1)), sp.Integer(0)),
    ("another sum's letter", sp.Sum(w[k] * x[k], (k, 0, K - 1)), sp.Sum(w[k], (k, 0, K - 1)) * sp.Sum(x[k], (k, 0, n - 1))),
]  # fmt: skip


@pytest.mark.parametrize(("what", "left", "right"), EQUAL, ids=[row[0] for row in EQUAL])
def test_equal_formulas_are_proved(what: str, left: sp.Expr, right: sp.Expr) -> None:
    verdict = prove_equal(left, right)
    assert verdict.proved, str(verdict)
    assert str(verdict).startswith("proved for ")


@pytest.mark.parametrize(("what", "left", "right"), DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_different_formulas_are_refuted(what: str, left: sp.Expr, right: sp.Expr) -> None:
    verdict = prove_equal(left, right)
    assert verdict.refuted, str(verdict)
    witness = verdict.witness
    assert witness is not None
    names = {name for name in ("i", "j", "m", "n", "K", "M", "s", "d", "p")}
    env = {**dict.fromkeys(names, 1), **witness.sizes}
    shapes = {"x": (env["n"],), "w": (env["K"],)}
    tensors = {
        name: Entries(shape, given={at: value for (tensor, at), value in witness.values.items() if tensor == name})
        for name, shape in shapes.items()
    }
    values = []
    for side in (left, right):
        numeric = side.replace(
            sp.floor, lambda arg: sp.floor(arg.subs({sp.Symbol(n, **a): env[n] for n, a in DECLARED}))
        )
        values.append(compiled(numeric)(dict(env), tensors))
    assert values == [witness.left, witness.right]
    assert values[0] != values[1]


DECLARED = [("j", {"integer": True}), ("s", {"integer": True, "positive": True})]


def test_undecided_says_what_is_left() -> None:
    """A sum of higher powers than are added up, from another start: true, and outside what the method can see."""
    verdict = prove_equal(sp.Sum(k**8, (k, 0, K)), sp.Sum((k + 1) ** 8, (k, 0, K - 1)))
    assert verdict.undecided
    assert "t**8" in verdict.remaining_text and "undecided" in str(verdict)


INFINITE = [
    sp.Sum(x[i], (k, -sp.oo, sp.oo)),
    sp.Sum(free[k], (k, 0, sp.oo)),
    sp.Sum(w[k] * x[i + k + l], (k, 0, K - 1), (l, 0, sp.oo), (i, -sp.oo, sp.oo)),
    sp.Sum(x[p * k], (k, -sp.oo, sp.oo)),
]


@pytest.mark.parametrize("formula", INFINITE, ids=str)
def test_an_infinite_sum_is_an_error(formula: sp.Expr) -> None:
    with pytest.raises(InfiniteSumError, match="finite"):
        prove_equal(formula, formula)


OUTSIDE = [
    (sp.sin(i) * x[i], "sin"),
    (x[i] / x[j], "polynomial"),
    (sp.Sum(x[i * k], (i, 0, 3), (k, 0, 3)), "multiplies two summed names"),
    (x[sp.Rational(1, 2)], "whole number"),
    (sp.Float(0.5) * x[i], "polynomial"),
    (sp.Piecewise((x[i], sp.Symbol("A", bool=True) > sp.Symbol("q", integer=False)), (0, True)), "integer"),
    (x[i] + sp.IndexedBase("x")[i, j], "another shape elsewhere"),
    (x[i] + sp.IndexedBase("x", shape=(K,))[i], "another shape elsewhere"),
    (sp.Symbol("i") + sp.Symbol("i", integer=True), "different assumptions"),
    (x[i] ** 50, "polynomial"),
]


@pytest.mark.parametrize(("formula", "message"), OUTSIDE, ids=[str(row[0]) for row in OUTSIDE])
def test_a_formula_outside_the_language_is_an_error(formula: sp.Expr, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        prove_equal(formula, formula)


@pytest.mark.parametrize("text", ["x[i]", "__import__('os').system('true')", None, 1.5])
def test_text_is_never_evaluated(text: object) -> None:
    with pytest.raises(SymconvError):
        prove_equal(text, x[i])


# -- laws, on random formulas ----------------------------------------------------------------------------

SMALL = {"n": 4, "K": 3, "M": 3, "s": 2, "d": 1, "p": 1}


@st.composite
def sums(draw: st.DrawFn) -> sp.Expr:
    """A random sum over k and l of one to three accesses and up to one bracket, free in i."""

    def index() -> sp.Expr:
        a, b, c = (draw(st.integers(-2, 2)) for _ in range(3))
        return a * k + b * l + c * i + draw(st.integers(-1, 2))

    body: sp.Expr = sp.Integer(draw(st.integers(1, 3)))
    for base in draw(st.lists(st.sampled_from([x, w, g]), min_size=1, max_size=3)):
        body *= base[index()]
    if draw(st.booleans()):
        body *= delta(index(), index())
    upper = draw(st.sampled_from([M - 1, sp.Integer(2), k + 1]))
    return sp.Sum(body, (l, 0, upper), (k, draw(st.integers(-1, 1)), K - 1))


def value(expr: sp.Expr, at: int) -> int:
    tensors = {"x": Entries((4,), 1), "w": Entries((3,), 2), "g": Entries((3,), 3)}
    return compiled(expr)({**SMALL, "i": at}, tensors)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(formula=sums(), at=st.integers(-1, 3))
def test_every_step_keeps_the_value(formula: sp.Expr, at: int) -> None:
    form, assumptions, writer = lowered(formula)
    derivation = simplify(form, assumptions, simplifying())
    expected = value(formula, at)
    assert value(writer.form(form), at) == expected
    assert [value(writer.form(step.after), at) for step in derivation.steps] == [expected] * len(derivation.steps)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(formula=sums(), other=sums())
def test_verdicts_on_random_pairs(formula: sp.Expr, other: sp.Expr) -> None:
    """A formula re-indexed is never refuted; of two random ones, proved ones agree in numbers."""
    renamed = formula.func(formula.function.xreplace({k: l, l: k}), *(
        (limit[0].xreplace({k: l, l: k}), *(bound.xreplace({k: l, l: k}) for bound in limit[1:])) for limit in formula.limits
    ))  # fmt: skip
    assert not prove_equal(formula, renamed).refuted
    if prove_equal(formula, other).proved:
        assert all(value(formula, at) == value(other, at) for at in range(-1, 4))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(formula=sums(), other=sums())
def test_a_summed_symbol_may_be_declared_anything(formula: sp.Expr, other: sp.Expr) -> None:
    declared_positive(formula, other)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(formula=sums(), other=sums())
def test_many_summed_symbols_may_be_declared_anything(formula: sp.Expr, other: sp.Expr) -> None:
    declared_positive(formula, other)


def declared_positive(formula: sp.Expr, other: sp.Expr) -> None:
    """Summed names declared positive, in either formula: what is proved agrees in numbers all the same."""
    u, v = sp.symbols("u v", integer=True, positive=True)
    renamed = formula.func(*(part.xreplace({k: u, l: v}) for part in formula.args))
    assert value(renamed, 1) == value(formula, 1)
    assert not prove_equal(renamed, formula).refuted
    if prove_equal(renamed, other).proved:
        assert all(value(formula, at) == value(other, at) for at in range(-1, 4))
    narrowed = renamed.func(
        renamed.function, *(limit if limit[0] != v else (v, 1, limit[2]) for limit in renamed.limits)
    )
    if prove_equal(narrowed, formula).proved:
        assert all(value(formula, at) == value(narrowed, at) for at in range(-1, 4))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(formula=sums(), at=st.integers(0, 3), entry=st.integers(0, 3))
def test_derivative_is_the_coefficient(formula: sp.Expr, at: int, entry: int) -> None:
    """d f / d x[entry] by central differences of step 1, exact where f is at most quadratic in x[entry]."""
    if sum(factor.base == x for factor in formula.atoms(sp.Indexed)) > 2 or formula.function.has(sp.Pow):
        return
    form, _, writer = lowered(formula)
    tensor = next((t for t in form.tensors if t.name == "x"), None)
    if tensor is None:
        return
    gradient = writer.form(derivative(form, tensor, (Polynomial.constant(entry),)))
    numbers = [7, -3, 5, 2]

    def at_x(change: int) -> int:
        entries = {(q,): numbers[q] + change * (q == entry) for q in range(4)}
        tensors = {"x": Entries((4,), given=entries), "w": Entries((3,), 2), "g": Entries((3,), 3)}
        return compiled(formula)({**SMALL, "i": at}, tensors)

    tensors = {
        "x": Entries((4,), given={(q,): numbers[q] for q in range(4)}),
        "w": Entries((3,), 2),
        "g": Entries((3,), 3),
    }
    assert 2 * compiled(gradient)({**SMALL, "i": at}, tensors) == at_x(1) - at_x(-1)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(formula=sums())
def test_collected_terms_have_the_value(formula: sp.Expr) -> None:
    form, _, _ = lowered(formula)
    collected = collect_terms(form, [("i", 4)], SMALL)
    tensors = {"x": Entries((4,), 1), "w": Entries((3,), 2), "g": Entries((3,), 3)}
    totals = [0, 0, 0, 0]
    for entry, names, flats, coefficient in collected.terms():
        product = int(coefficient)
        for name, flat in zip(names, flats):
            product *= tensors[name][collected.boxes.index(name, flat)]
        totals[entry] += product
    assert totals == [value(formula, at) for at in range(4)]


def test_numbers_too_big_for_one_key_are_sorted_by_column() -> None:
    """Three tensors of 10^12 entries: each index fits 64 bits and the combined key does not."""
    one, two, three = (sp.IndexedBase(name, shape=(10**6, 10**6)) for name in ("one", "two", "three"))
    product = one[k, 999_999] * two[l, 7] * three[i, k]
    form, _, _ = lowered(sp.Sum(product + product.xreplace({k: l, l: k}), (k, 0, 3), (l, 0, 3)))
    collected = collect_terms(form, [("i", 2)], {})
    assert collected.count == 32
    assert {coefficient for *_, coefficient in collected.terms()} == {2}
    assert {collected.boxes.index("one", flats[0]) for *_, flats, _ in collected.terms()} == {
        (q, 999_999) for q in range(4)
    }


def test_normal_form_of_random_order_is_the_same() -> None:
    generator = random.Random(0)
    factors = [w[k], x[i + k - l], g[l], delta(j, k + 2 * l)]
    results = set()
    for _ in range(12):
        generator.shuffle(factors)
        names = [(k, 0, K - 1), (l, 0, M - 1)]
        generator.shuffle(names)
        form, assumptions, _ = lowered(sp.Sum(sp.Mul(*factors), *names))
        results.add(normal_form(form, assumptions).result)
    assert len(results) == 1


ODD = [
    ("an index outside its box", x[-1], sp.Integer(0), "proved"),
    ("an empty sum", sp.Sum(x[k], (k, 5, 2)), sp.Integer(0), "proved"),
    ("clashing letters", sp.Sum(sp.Sum(x[k], (k, 0, 2)) * x[k], (k, 0, 3)),
     sp.Sum(x[k], (k, 0, 2)) * sp.Sum(x[k], (k, 0, 3)), "proved"),
    ("fractions", n / 2, n / 3, "refuted"),
    ("big coefficients", 10**30 * x[i], 10**30 * x[i] + x[i], "refuted"),
    ("a summed name as coefficient", sp.Sum(k * free[k], (k, 0, 3)), sp.Sum((3 - k) * free[3 - k], (k, 0, 3)), "proved"),
    ("SymPy's Idx", sp.Sum(x[sp.Idx("q")], (sp.Idx("q"), 0, n - 1)), sp.Sum(x[k], (k, 0, n - 1)), "proved"),
    ("numbers", 2, 3, "refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "left", "right", "status"), ODD, ids=[row[0] for row in ODD])
def test_odd_formulas(what: str, left: sp.Expr, right: sp.Expr, status: str) -> None:
    verdict = prove_equal(left, right)
    assert verdict.status == status, str(verdict)
    if verdict.witness is not None:
        assert verdict.witness.left != verdict.witness.right


def test_a_normal_form_is_its_own_normal_form() -> None:
    """Its names #1, #2, .. are taken again, in the same places."""
    form, assumptions, _ = lowered(sp.Sum(x[0], (l, 0, M - 1), (k, 0, K - 1)) - sp.Sum(x[0], (l, 0, 2), (k, 0, K - 1)))
    once = normal_form(form, assumptions).result
    assert normal_form(once, assumptions).result == once
    conv = Conv.general(2)
    for quantity in conv.quantities:
        formula = getattr(conv.direct, quantity)
        once = normal_form(formula.form, formula.assumptions, conv.reading_order).result
        assert normal_form(once, formula.assumptions, conv.reading_order).result == once


def value_of_term(term: Term, tensors: dict[str, list[int]], sizes: dict[str, int], window: int) -> int:
    """The sum over all bound names from -window to window, a tensor being zero outside its list."""
    total = 0
    for places in product(range(-window, window + 1), repeat=len(term.bound)):
        names = {**sizes, **dict(zip(term.bound, places))}
        value = 1
        for factor in term.factors:
            assert isinstance(factor, Access)
            (at,) = (int(index.evaluate(names)) for index in factor.indices)
            numbers = tensors[factor.tensor.name]
            value *= numbers[at] if 0 <= at < len(numbers) else 0
        total += value
    return total


def test_a_term_with_names_of_an_earlier_indexing_is_indexed_again() -> None:
    """#1 and #2 of the first time are other names than those of the second."""
    n, one, two, m = map(Polynomial.name, ("n", "#1", "#2", "m"))
    a, x = Tensor("a", 1, (n,)), Tensor("x", 1, (n,))
    reads = [Access(x, (one,)), Access(x, (one,)), Access(x, (2 * one + two - m,)), Access(x, (two,))]
    term = Term.make(Polynomial.constant(1), (Access(a, (two - 2 * one,)), *reads), ("#1", "#2"))
    again = reindex(term, Assumptions()).term
    tensors = {"a": [2, 3, 5, 7], "x": [11, 13, 17, 19]}
    for shift in (0, 1, 2):
        sizes = {"n": 4, "m": shift}
        assert value_of_term(again, tensors, sizes, 12) == value_of_term(term, tensors, sizes, 4) != 0


def test_definitions_put_together_stand_after_those_that_they_are_made_of() -> None:
    """q = floor((m + 1)/2) is known before m = floor(n/s): whatever comes first, values can be computed in order."""
    m, n, s = map(Polynomial.name, ("m", "n", "s"))
    of_m = Assumptions(lower=(("m", 1),), defined=(("q", Floor(m + 1, Polynomial.constant(2))),))
    sizes = Assumptions(lower=(("n", 1), ("s", 1)), defined=(("m", Floor(n, s)),))
    for both in (of_m.and_also((), sizes), sizes.and_also((), of_m)):
        assert [name for name, _ in both.defined] == ["m", "q"]
        values = {"n": 7, "s": 2}
        assert both.holds(values)
        assert (values["m"], values["q"]) == (3, 2)
