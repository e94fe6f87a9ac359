"""Whatever symconv prints of a general formula, ``check`` reads back and proves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Notation, SymconvError, Unfold, Upsample, check
from symconv.errors import NotationError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from tests.tools import thinned

G, N = sp.symbols("G N", integer=True, positive=True)
LAYERS = [
    Conv(3, 2, bias=True),
    Conv((4, 4), (2, 2), stride=2, in_channels=2, out_channels=2, bias=True),
    Conv(5, 3, padding=1, batch_size=2),
    Conv(12, 2, bias=True),
    Conv(3, 2, flip=True),
    Conv(5, 2, in_channels=4, out_channels=4, groups=2),
    *(Conv(4, 3, padding=1, padding_mode=mode) for mode in ("reflect", "circular", "replicate")),
    *(Conv.general(1, padding_mode=mode) for mode in ("zeros", "reflect", "circular", "replicate")),
    Conv.general(2),
    Conv.general(1, groups=G, batch_size=N),
    Conv.general(1, flip=True),
    AvgPool.general(1),
    AvgPool.general(2),
    AvgPool.general(1, count_include_pad=False),
    AvgPool(5, 3, padding=1, count_include_pad=False),
    MaxPool.general(1),
    MaxPool((4, 4), 2),
    ConvTranspose.general(1),
    ConvTranspose.general(2),
    ConvTranspose((3, 3), (2, 2), stride=2, bias=True),
    Unfold.general(1),
    Unfold((3, 3), (2, 2)),
    Upsample.general(1),
    Upsample(3, 2),
]
WAYS = {"str": str, "text": TensorFormula.text, "latex": TensorFormula.latex, "unicode": TensorFormula.unicode}


def formulas(layer: Layer, views: tuple[str, ...]) -> Iterator[TensorFormula]:
    """Every formula that a view of the layer has and that is checked."""
    for view in (view for name, view in layer.views.items() if name in views):
        yield from (getattr(view, name) for name in layer.quantities)
        for role in ("input", "weight", "bias"):
            try:
                yield view.jacobian(role)
            except SymconvError:  # the layer has none
                continue
        yield from (view.stage(name) for name in view.definitions)


def require_proved(layer: Layer, formula: TensorFormula) -> None:
    for way, written in WAYS.items():
        text: Any = written(formula)
        report = check(layer, text)
        assert report.status == "proved", (way, text, str(report))


@pytest.mark.parametrize("layer", thinned(LAYERS, 2), ids=repr)
def test_what_is_printed_is_read_back(layer: Layer) -> None:
    for formula in formulas(layer, ("direct",)):
        require_proved(layer, formula)


@pytest.mark.exhaustive
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_what_any_view_prints_is_read_back(layer: Layer) -> None:
    for formula in formulas(layer, tuple(layer.views)):
        require_proved(layer, formula)


NOTATIONS = [
    Notation(index_base=1, limits=True),
    Notation(formula_base=1),
    Notation(index_base=0, limits=True),
    Notation(limits=True),
    Notation(index_base=1, limits=True, input="x", weight=r"\mathbf{W}", output="y", bold=True),
    Notation(input="I", weight=("K", r"\mathcal{K}"), output="S", formula_base=1, limits=True),
    Notation(input="a", weight="w", output="z", limits=True),
    Notation(input="x_in", weight="theta", output="y_out", index_base=1, bold=True),
]


def named(layer: Layer, notation: Notation) -> Layer | None:
    """The layer with other names; None if a size has one of them."""
    try:
        return type(layer)(**{**layer.arguments(), "notation": notation})
    except NotationError:
        assert notation.weight in layer.symbol_names
        return None


@pytest.mark.parametrize("layer", LAYERS[::9], ids=repr)
@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda one: f"{one.output}{one.formula_base}{one.limits}")
def test_every_notation_is_read_back(layer: Layer, notation: Notation) -> None:
    if (other := named(layer, notation)) is not None:
        for formula in formulas(other, ("direct",)):
            require_proved(other, formula)


@pytest.mark.exhaustive
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda one: f"{one.output}{one.formula_base}{one.limits}")
def test_every_notation_of_every_view_is_read_back(layer: Layer, notation: Notation) -> None:
    if (other := named(layer, notation)) is not None:
        for formula in formulas(other, tuple(layer.views)):
            require_proved(other, formula)


def test_one_field_for_the_base() -> None:
    assert (Notation().index_base, Notation().formula_base) == (1, 0)
    for base in (0, 1):
        notation = Notation(index_base=base)
        assert (notation.index_base, notation.formula_base) == (base, base)
        assert replace(notation, weight="W").formula_base == base
        assert Notation(index_base=base, formula_base=1 - base).formula_base == 1 - base
        assert Notation(formula_base=base).index_base == 1


def test_indices_from_1_by_hand() -> None:
    one = Conv(5, 3, stride=2, padding=1, notation=Notation(index_base=1, limits=True))
    assert one.direct.output.latex() == r"h_{i} = \sum_{k = 1}^{3} w_{k} \, X_{2 i + k - 3}"  # 2 (i-1) + (k-1) - 1 + 1
    assert one.direct.output.text() == "h[i] = sum(k = 1..3, w[k]*X[2*i + k - 3])"
    assert check(one, "h[i] = sum(k, w[k]*X[2*i + k - 2])").status == "refuted"
    assert check(one, "h[i] = sum(k, w[k]*X[2*i + k - 1])", index_base=0).status == "proved"
    assert check(one, one.direct.output.formula).status == "proved"  # SymPy counts from 0


WRONG = [
    "h[i] = b + ∑ₖ w[k] X[i − k]", "h[i] = b + ∑{k=0..0} w[k] X[i + k]", "∂h[i]/∂X[j] = ∑ₖ w[k] [j = i − k]",
    "Eq(dh_dw[i, k], 2*X[i + k])", r"\frac{\partial h_{i}}{\partial w_{k}} = X_{k}", "h[i] = b + ∑ₖ w[k]² X[i + k]",
    "h[i] = b + ∑ₖ w[k] X[i + k] [0 ≤ k < 1]", "h[i] = b + ∑ₖ w[k] X[i + k] [k ≥ 1]",
    "h[i] = b + sum(k, w[k]*X[i+k]*[k > 0])",
    "Eq(h[i], Piecewise((b, i >= 1), (0, True)) + Sum(X[i + k]*w[k], (k, 0, 1)))",
]  # fmt: skip


@pytest.mark.parametrize("claim", WRONG)
def test_a_wrong_formula_in_every_way_of_writing_is_refuted(claim: str) -> None:
    assert check(Conv(3, 2, bias=True), claim).status == "refuted"


RIGHT = [
    "h[i] = b + ∑{k=0..1} w[k] X[i + k]", "h[i] = b + ∑ₖ w[k] X[i + k] [0 ≤ k < 2]",
    "h[i] = b + sum(k, w[k]*X[i+k]*[k > -1])", "h[i] = b + sum(k, w[k]*X[i+k]*[2 > k >= 0])",
    "Eq(h[i], Piecewise((b, (i >= 0) & (i <= 1)), (0, True)) + Sum(X[i + k]*w[k], (k, -oo, oo)))",
]  # fmt: skip


@pytest.mark.parametrize("claim", RIGHT)
def test_brackets_and_limits_mean_what_they_say(claim: str) -> None:
    assert check(Conv(3, 2, bias=True), claim).status == "proved"


@pytest.mark.parametrize(
    "claim",
    ["h[i] = Piecewise((b, i >= 0))", "h[i] = Piecewise(b, i)", "h[i] = Piecewise((b, True), (0, True))",
     "h[i] = Piecewise((b, i >= 0), (1, True))", "Eq(h[i])", "h[i] = w[0]⁹⁹⁹", "dh_dq[i] = 1", "∂q[i]/∂w[k] = 1",
     "h[i] = (b, i >= 0)", "h[i] = ∑ w[k]", "h[i] = [i ≥]"],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(claim: str) -> None:
    with pytest.raises(SymconvError):
        check(Conv(3, 2, bias=True), claim)
