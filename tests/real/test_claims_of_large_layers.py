"""Claims about layers of real networks: right ones are proved, wrong ones refuted by numbers that do differ."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import sympy as sp

from symconv import Conv, check
from symconv.claims import CheckReport
from symconv.layers import Layer
from tests.real.networks import NETWORKS

LAYERS = [(f"{network} {name}", layer) for network, made in NETWORKS.items() for name, layer in made()]
MANY = [pytest.param(*one, marks=() if at < 4 else pytest.mark.exhaustive, id=one[0])
        for at, one in enumerate(random.Random(2).sample(LAYERS, 40))]  # fmt: skip
CONV1 = dict(LAYERS)["ResNet-50 conv1"]


def require_true(report: CheckReport, claimed: sp.Expr, right: sp.Expr) -> None:
    """The witness is one: both sides, with every entry 0 but its own, are the numbers that it states, and differ."""
    witness = report.witness
    assert witness is not None and witness.left != witness.right
    for expression, value in ((right, witness.left), (claimed, witness.right)):
        assert value_at(expression, witness.index, witness.values) == value


def value_at(expression: sp.Expr, index: dict, values: dict) -> sp.Expr:
    """By the meaning of a sum of products alone: for each product, all ways to give its factors the witness' places."""
    fixed = {sp.Symbol(name): value for name, value in index.items()}
    named = {
        symbol: fixed[sp.Symbol(str(symbol))] for symbol in expression.free_symbols if sp.Symbol(str(symbol)) in fixed
    }
    total = sp.Integer(0)
    for term in sp.Add.make_args(expression.xreplace(named)):
        coefficient, sums = term.as_independent(sp.Sum)
        limits = sums.limits if isinstance(sums, sp.Sum) else ()
        factors = sp.Mul.make_args(sums.function if isinstance(sums, sp.Sum) else sums)
        total += coefficient * sum(solutions(factors, limits, values))
    return total


def solutions(factors: tuple, limits: tuple, values: dict) -> Iterator[sp.Expr]:
    accesses = [factor for factor in factors if isinstance(factor, sp.Indexed)]
    others = [factor for factor in factors if not isinstance(factor, sp.Indexed)]
    variables = [limit[0] for limit in limits]

    def choose(at: int, equations: list, product: int) -> Iterator[sp.Expr]:
        if at < len(accesses):
            one = accesses[at]
            for (name, place), value in values.items():
                if name == str(one.base.label):
                    yield from choose(
                        at + 1, [*equations, *(a - b for a, b in zip(one.indices, place))], product * value
                    )
            return
        deltas = [
            sp.Add(*(factor.args[0], -factor.args[1])) for factor in others if isinstance(factor, sp.KroneckerDelta)
        ]
        for found in sp.linsolve([*equations, *deltas], variables) if variables else [()]:
            numbers = dict(zip(variables, found))
            whole = all(value.is_Integer for value in numbers.values())
            inside = whole and all(low <= numbers[name] <= high for name, low, high in limits)
            if inside and all(sp.expand(one.subs(numbers)) == 0 for one in [*equations, *deltas]):
                yield sp.Integer(product)

    return choose(0, [], 1)


def shifted(layer: Layer, of: str) -> tuple[sp.Eq, sp.Eq]:
    """The right formula, and one whose last index is one too large."""
    equation = getattr(layer.direct, of).formula
    last = equation.lhs.indices[-1]
    return equation, sp.Eq(equation.lhs, equation.rhs.xreplace({last: last + 1}))


@pytest.mark.parametrize(("name", "layer"), MANY)
@pytest.mark.parametrize("of", ["output", "grad_weight", "grad_input"])
def test_right_and_wrong_formulas(name: str, layer: Layer, of: str) -> None:
    if of not in layer.quantities:
        pytest.skip("the layer has no weights")
    right, wrong = shifted(layer, of)
    assert check(layer, right, of=of).holds
    report = check(layer, wrong, of=of)
    assert report.status == "refuted" and len(str(report)) < 10_000
    if "Max" not in type(layer).__name__ and "Avg" not in type(layer).__name__:
        require_true(report, wrong.rhs, right.rhs)


STRIDE = "h[o, i1, i2] = sum(c, k1, k2, w[o, c, k1, k2]*X[c, i1 + k1 - 3, i2 + k2 - 3])"


def test_the_first_layer_of_resnet() -> None:
    report = check(CONV1, STRIDE)
    assert report.status == "refuted" and report.explanation == ("the stride is left out",)
    witness = report.witness
    assert witness is not None and dict(witness.index) == {"o": 0, "i1": 0, "i2": 1}  # the first wrong entry
    assert set(witness.values.values()) == {1} and len(witness.values) == 2


def test_a_claim_that_is_wrong_at_one_place_alone() -> None:
    """The difference names the place, far from every corner."""
    i1, i2, o = sp.symbols("i1 i2 o", integer=True)
    right = CONV1.direct.output.formula
    for place in (57, 111):
        extra = sp.KroneckerDelta(i1, place) * sp.IndexedBase("X")[0, i1, i2] * sp.IndexedBase("w")[o, 0, 0, 0]
        report = check(CONV1, sp.Eq(right.lhs, right.rhs + extra))
        assert report.status == "refuted" and report.witness is not None
        assert report.witness.index["i1"] == place


def test_a_sum_that_ends_too_early() -> None:
    layer = Conv((224, 224), (3, 3), in_channels=64, out_channels=64, padding=1, batch_size=32)
    right = "dL/dw[o,c,k1,k2] = sum(n=0..31, i1=0..223, i2=0..{}, delta[n,o,i1,i2]*X[n,c,i1+k1-1,i2+k2-1])"
    assert check(layer, right.format(223)).holds
    report = check(layer, right.format(222))
    assert report.status == "refuted" and report.witness is not None
    assert any(name == "delta" and at[3] == 223 for name, at in report.witness.values)
