"""Nothing short takes long: hostile formulas and extreme layers are answered or refused, in bounded time and memory.

Every action runs in a child under the kernel's limits (``limited.py``); the estimates are compared with what SymPy
makes when it multiplies out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    MaxPool,
    Notation,
    Sequential,
    check,
    exercises,
    figures_of,
    pointwise_convolution_is_linear,
    prove,
    prove_equal,
    sgd_step,
    spot_check,
)
from symconv.algebra.extent import about, digits_of, extent
from symconv.errors import ClaimError, GeometryError, SizeLimitError, SymconvError
from tests.foundations.extremes import LAYERS, questions
from tests.foundations.hostile import claims, nested, shared
from tests.foundations.limited import load_torch, outcomes, unbounded
from tests.tools import parts

SMALL = Conv(3, 2)
LINE = Conv.general(1, in_channels=1, out_channels=1, bias=False)
KINDS = (
    SMALL, LINE, Conv.general(2), Conv((4, 4), (2, 2), in_channels=2, out_channels=2, bias=True), AvgPool.general(1),
    ConvTranspose.general(1),
)  # fmt: skip
X1, W1, X, I = sp.Symbol("X1"), sp.Symbol("w1"), sp.IndexedBase("X"), sp.Symbol("i", integer=True)
SUM = "sum(k, w[k]*x[s*i+d*k-p])"


def towers(inside: str, levels: int) -> str:
    return "(" * levels + inside + ")^6" * levels


REFUSED: list[tuple[Any, Any, str]] = [
    (SMALL, f"{towers('X1+w1', 6)}, 0", "up to 1,296 digits; the limit is 1,000"),
    (SMALL, f"{towers('X1+w1', 25)}, 0", "digits; the limit is 1,000"),
    (SMALL, f"{towers('2', 5)}, 0", "up to 1,296 digits; the limit is 1,000"),
    (SMALL, f"{towers('2', 25)}, 0", r"digits; the limit is 1,000"),
    (SMALL, "((X1+X2+X3+w1+w2)^6)^6, 0", "it expands to up to 91,390 terms; the limit is 10,000"),
    (SMALL, [(X1 + W1) ** 1_000_000, 0], "up to 3,000,000 digits"),
    (SMALL, [X1**1_000_000, 0], "1,000,000 factors"),
    (SMALL, [sp.Integer(10) ** 100_000, 0], "100,0.. digits; the limit is 1,000"),
    (SMALL, [10**5000, 0], "digits"),
    (SMALL, [sp.Float("1e100000"), 0], "digits"),
    (SMALL, [sp.prod(X1 + at for at in range(40)), 0], r"terms; the limit is 10,000"),
    (SMALL, shared(X1, 60), "parts; the limit is 20,000"),
    (SMALL, nested(X1, 400), "levels; the limit is 100"),
    (SMALL, "h[i] = sum(k = 0..999999999999999999, 1)", "about .* terms: the limit is 1,000,000"),
    (LINE, f"({SUM} + sum(k, w[k] x[i-k]) + 1)^6", "steps; the limit is 25,000"),
    (LINE, f"(({SUM} + 1)^6 + 1)^6", "product of sums"),
    (LINE, "x[i]/" + "/".join(f"(n+K+s+d+{at})^6" for at in range(1, 30)), "product of sums with .* terms"),
]
"""Formulas that would take gigabytes or minutes."""


@pytest.mark.parametrize("layer, claim, words", REFUSED)
def test_large_formulas_are_refused_with_an_estimate(layer: Any, claim: Any, words: str) -> None:
    with pytest.raises((SizeLimitError, ClaimError), match=words):
        check(layer, claim)


ANSWERED: list[tuple[Any, Any, str]] = [
    (SMALL, ["X1*w1 + X2*w2", "(X1+w1)^6 - X1^6"], "refuted"),
    (SMALL, [(X1 + W1) ** 100 - (X1 + W1) ** 100 + X1 * W1, "X1"], "refuted"),
    (SMALL, ["12345678901234567*X1", "0"], "refuted"),
    (LINE, f"({SUM})^6", "refuted"),
    (LINE, "+".join(["x[i]"] * 600), "refuted"),
    (LINE, "x[i]*" + "*".join(f"x[i+{at}]" for at in range(40)), "refuted"),
    (SMALL, "h[i] = sum(k = 0..999999999999999999, w[k] x[i+k])", "proved"),
    (LINE, f"h[i] = {SUM} + sum(k = 0..n-1, 1) - n", "proved"),
    (LINE, f"h[i] = {SUM} + sum(k = 0..n-1, k) - n*(n - 1)/2", "proved"),
    (LINE, "+".join(f"x[i]/(n+{at})" for at in range(1, 40)), "refuted"),
]


@pytest.mark.parametrize("layer, claim, status", ANSWERED)
def test_formulas_within_the_limits_are_judged(layer: Any, claim: Any, status: str) -> None:
    assert check(layer, claim).status == status


@pytest.mark.parametrize("part", parts(10, 1))
def test_the_bounds_are_bounds(part: int) -> None:
    """Terms, degree and digits of random polynomials are at most what was estimated of them."""
    chance = random.Random(part + 1)
    letters = sp.symbols("a b c")

    def drawn(depth: int) -> Any:
        if not depth:
            return chance.choice((*letters, sp.Integer(chance.randint(-99, 99)), sp.Rational(1, chance.randint(1, 99))))
        parts = [drawn(depth - 1) for _ in range(chance.randint(1, 3))]
        whole = chance.choice((sp.Add, sp.Mul))(*parts)
        return whole ** chance.choice((1, 1, 2, 3))

    for _ in range(30):
        expression = drawn(3)
        bound, terms = extent(expression), sp.Add.make_args(sp.expand(expression))
        assert bound.terms >= len(terms), expression
        for term in terms:
            coefficient, rest = term.as_coeff_Mul()
            degree = sum(power for _, power in rest.as_powers_dict().items() if rest is not sp.S.One)
            assert bound.degree >= degree, expression
            assert max(bound.digits, 1) >= len(str(abs(coefficient.p))) and max(bound.below, 1) >= len(
                str(coefficient.q)
            )


def test_digits_are_not_counted_too_few() -> None:
    numbers = [*range(2000), *(10**power + more for power in range(1, 60) for more in (-1, 0, 1))]
    assert all(len(str(number)) <= digits_of(number) <= len(str(number)) + 1 for number in numbers)
    assert about(1234567) == "1,234,567" and about(10**30) == "10^30"


SIZES: list[tuple[Callable[[], Any], type[SymconvError], str]] = [
    (lambda: Conv((2,) * 70, 2), GeometryError, "70 spatial axes: a layer has at most 12"),
    (lambda: Conv.general(10**9), GeometryError, "at most 12"),
    (lambda: Conv(10**100_000, 3), GeometryError, "100,0.. digits; use a number of at most 100"),
    (lambda: Conv(sp.Symbol("n") ** (10**9), 3), SizeLimitError, "factors"),
    (lambda: Conv(10**9, 3).unread_in_words(), SizeLimitError, "about 3,999,999,994 terms"),
    (lambda: Conv(10**9, 3, bias=True).direct.jacobian("bias").evaluate(), SizeLimitError, "about 999,999,998"),
    (lambda: sgd_step(Conv.general(6), "squared").term(4), SizeLimitError, "has 144 products; the limit is 100"),
    (lambda: sgd_step(Conv(3, 2), "squared").term(10**5000), SizeLimitError, "order=about 10.5000: the limit is 100"),
    (lambda: sgd_step(Conv(3, 2)).after(10**9, max_terms=9999), SizeLimitError, "1,000,000,000 steps"),
    (lambda: figures_of(Conv((10**4, 10**4), 3)), SizeLimitError, "100,000,000 elements in a channel"),
    (lambda: figures_of(Conv(10**4, 9 * 10**3)), SizeLimitError, "9,000 elements in a kernel"),
    (lambda: spot_check(Conv(10**12, 3)), SizeLimitError, "about 1,000,000,000,000 elements; the limit is 10,000,000"),
    (lambda: spot_check(Conv(5, 3, input_dilation=10**18)), SizeLimitError, "elements"),
    (lambda: Conv((3,) * 8, 2, padding=1, padding_mode="reflect").direct.output, SizeLimitError, "6,561 cases"),
    (lambda: spot_check(Conv(3, 2), trials=10**9), SizeLimitError, "use at most 10,000"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=10**5000), SizeLimitError, "about 5,001 digits"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=Decimal("1e999999")), SizeLimitError, "about 999,999 digits"),
    (lambda: pointwise_convolution_is_linear(10**9), GeometryError, "at most 12"),
    (lambda: prove_equal(shared(X[I], 60), X[I]), SizeLimitError, "parts"),
    (lambda: Conv(5, 3, in_channels=10**6).direct.output[0, 0], SizeLimitError, "about 3,000,000 terms"),
    (lambda: figures_of(Conv(5, 3, in_channels=10**6)), SizeLimitError, "3,000,000 elements in the windows of all"),
    (
        lambda: sgd_step(Conv.general(3, padding_mode="reflect"), "squared", 1).weight,
        SizeLimitError,
        "a sum of about 756 cases; the limit is 200",
    ),
    (lambda: sgd_step(Conv.general(3, padding_mode="reflect"), "squared", 1).shared, SizeLimitError, "756 cases"),
    (lambda: check(Conv((3,) * 4, 2, padding=2), "v11 = v22", "constraints"), SizeLimitError, "the limit is 10,000"),
    (lambda: check(AvgPool.general(1), "m = n/(n+2p-K)"), SymconvError, "divide"),
    (lambda: Conv(10**9, 3).plain().outputs, SizeLimitError, "about 999,999,998 outputs; the limit is 1,000,000"),
    (lambda: Conv(10**30, 10**29).plain().tables, SizeLimitError, "elements in its windows"),
    (lambda: Conv(5, 3, in_channels=10**6).plain().window((0, 0)), SizeLimitError, "3,000,000 elements in a window"),
    (lambda: Conv.general(1).plain(), SymconvError, "depends on symbols"),
    (lambda: Conv(3, 2).scale_latex(), SymconvError, "use AvgPool"),
    (lambda: MaxPool(10**6, 1000, 1).switch(np.zeros((1, 10**6))), SizeLimitError, "the limit is 50,000,000"),
    (lambda: Conv(10**9, 3).direct.output.array(), SizeLimitError, "the limit is 600,000"),
]  # fmt: skip


@pytest.mark.parametrize("action, kind, words", SIZES)
def test_large_sizes_are_refused_with_an_estimate(action: Any, kind: type[SymconvError], words: str) -> None:
    with pytest.raises(kind, match=words):
        action()


def test_what_patches_lose_is_found_at_their_ends() -> None:
    assert Fold((10**9, 10**9), 3).unread_in_words() == ""
    for n, K, s, d, p in ((9, 3, 1, 1, 1), (7, 2, 3, 2, 2), (5, 3, 2, 1, 3), (4, 4, 1, 1, 0)):
        layer = Fold(n, K, stride=s, dilation=d, padding=p)
        patches = (n + 2 * p - d * (K - 1) - 1) // s + 1
        lost = [(k, j) for j in range(patches) for k in range(K) if not 0 <= s * j + d * k - p < n]
        words = layer.unread_in_words()
        assert all(str(one) in words for one in lost[:6]) and ("in all" not in words or f"({len(lost)} in all" in words)
        assert bool(words) == bool(lost)


@pytest.mark.slow
def test_arrays_of_symbols_are_listed_at_once() -> None:
    """Each entry once, not by its index."""
    layer = Conv((60, 60), 3)
    assert not unbounded(
        {"patches": lambda: layer.patches.patches, "matrix": lambda: Conv(540, 3).fully_connected.matrix}
    )


LONG_NUMBERS: list[Callable[[int], Any]] = [
    lambda number: SMALL.direct.output[0, number],
    lambda number: spot_check(SMALL, trials=number),
    lambda number: spot_check(SMALL, seed=number),
    lambda number: exercises(SMALL, number),
    lambda number: exercises(SMALL, 1, seed=number),
    lambda number: Notation(index_base=number),
    lambda number: Conv(sp.Symbol("n"), 2).at(n=number),
    lambda number: sgd_step(SMALL, "squared", 1).after(number, max_terms=9999),
    lambda number: Sequential(SMALL, views={number: "patches"}),
]


@pytest.mark.parametrize("action", LONG_NUMBERS)
def test_errors_about_long_numbers_are_short(action: Callable[[int], Any]) -> None:
    """Python refuses to write a number of more than 4,300 digits, with an error of its own."""
    for number in (10**5000, -(10**5000)):
        with pytest.raises(SymconvError) as caught:
            action(number)
        assert type(caught.value) is not ValueError and len(str(caught.value)) < 500


@pytest.mark.slow
def test_many_axes_and_cases_are_answered_in_time() -> None:
    reflect = Conv.general(3, padding_mode="reflect")
    actions = {
        "exercises": lambda: exercises(Conv.general(6), 5),
        "steps": lambda: prove(reflect).theorems[0].to_dict(),
    }
    assert not unbounded(actions)


def test_general_work_does_not_depend_on_sizes() -> None:
    large = Conv(10**30, 10**29, stride=2**63, in_channels=10**20, out_channels=10**20)
    assert large.direct.grad_weight.formula.lhs == large.patches.grad_weight.formula.lhs
    assert prove(Conv.general(12)).holds
    (entry,) = [Conv(10**9, 3).direct.output[0, 10**8]]
    assert entry == sum(sp.Symbol(f"X{10**8 + k}") * sp.Symbol(f"w{k}") for k in (1, 2, 3))


def test_unread_inputs_of_long_axes_agree_with_windows_one_by_one() -> None:
    for mode in ("zeros", "reflect", "replicate", "circular"):
        layer = Conv(7, 2, stride=5, padding=3, padding_mode=mode)
        wrapped = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
        read = np.pad(np.arange(1, 8), 3, mode=wrapped)  # type: ignore[call-overload]
        seen = {int(read[5 * i + k]) for i in range(int(layer.output_size[0])) for k in range(2)}
        assert layer.unread == (tuple(j for j in range(7) if j + 1 not in seen),)


# -- searches ------------------------------------------------------------------------------------------


def hostile(seed: int, count: int) -> dict[str, Callable[[], object]]:
    """So many claims about layers; a report is asked for everything that it says."""

    def action(chance: random.Random) -> Callable[[], object]:
        claim = claims(chance)
        layer = (
            LINE if str(claim).startswith("h[i]") else SMALL if str(claim).startswith("h1") else chance.choice(KINDS)
        )
        of = chance.choice((None, None, None, "grad_weight", "matrix", "constraints", "jacobian_input"))

        def judged() -> object:
            report = check(layer, claim, of)
            return str(report), report.to_dict()

        return judged

    return {str(at): action(random.Random(f"{seed} {at}")) for at in range(count)}


def test_hostile_claims_are_answered_or_refused() -> None:
    assert not unbounded(hostile(0, 20))


@pytest.mark.exhaustive
def test_hostile_claims_are_answered_or_refused_2000() -> None:
    assert not unbounded(hostile(1, 2000))


FEW = ("long input", "stride", "huge", "input dilation", "long names")
"""Extreme layers in the default run; the others are exhaustive tests."""
ASKED = ("repr", "unread", "prove", "spot_check", "figures_of", "exercises", "notes md", "step after", "check label")


def test_extreme_layers_answer_or_refuse() -> None:
    load_torch()
    for name in FEW:
        (made,) = outcomes({name: LAYERS[name]}).values()
        assert made.is_bounded, (name, made)
        if made.status == "done":
            asked = questions(LAYERS[name]())
            assert not unbounded({key: asked[key] for key in asked if key.startswith(ASKED)}), name


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", LAYERS)
def test_extreme_layers_answer_or_refuse_everything(name: str) -> None:
    load_torch()
    (made,) = outcomes({name: LAYERS[name]}).values()
    assert made.is_bounded
    if made.status == "done":
        assert not unbounded(questions(LAYERS[name]()))
