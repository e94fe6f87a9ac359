"""Layers of ordinary size are proved by their normal forms, whatever the number of their product terms."""

from __future__ import annotations

from typing import Any

import pytest

from symconv import AvgPool, Conv, ConvTranspose, Unfold, prove
from symconv.errors import SizeLimitError, SymconvError
from symconv.layers import Layer
from symconv.views import Direct, Stage

LARGE: list[Layer] = [
    Conv((32, 32), (3, 3), in_channels=16, out_channels=16, padding=1),
    Conv((224, 224), (7, 7), in_channels=3, out_channels=64, stride=2, padding=3, batch_size=32),
    Conv((56, 56), (3, 3), in_channels=64, out_channels=64, padding=1, groups=64, bias=True),
    Conv((56, 56), (1, 1), in_channels=256, out_channels=512, stride=2),
    Conv(16_000, 2, in_channels=64, out_channels=64, dilation=512),
    Conv((16, 112, 112), (3, 7, 7), in_channels=3, out_channels=64, stride=(1, 2, 2), padding=(1, 3, 3)),
    Conv((64, 64), (3, 3), in_channels=32, out_channels=32, padding=1, padding_mode="circular"),
    ConvTranspose((128, 128), (2, 2), in_channels=64, out_channels=32, stride=2),
    AvgPool((224, 224), (3, 3), stride=2, channels=64),
    Unfold((224, 224), (3, 3), channels=64),
]


@pytest.mark.parametrize("layer", LARGE, ids=repr)
def test_a_large_layer_is_proved(layer: Layer) -> None:
    report = prove(layer)
    assert report.holds
    assert [theorem.of for theorem in report.theorems] == list(layer.quantities)
    reasons = {theorem.of: theorem.verdict.reason for theorem in report.theorems}
    assert all("product terms not compared" in reason for of, reason in reasons.items() if of != "grad_bias")


def test_sizes_past_64_bits_are_proved() -> None:
    assert prove(Conv(3, 2, stride=10**30))
    assert prove(Conv(10**30, 2, dilation=10**12))


class Late(Direct):
    """Reads the input one position too late."""

    name = "late"
    title = "a wrong view"

    def stages(self) -> list[Stage]:
        (stage,) = super().stages()
        moved = {axis.symbol: axis.symbol + 1 for axis in self.geometry.output_positions}
        return [Stage(stage.name, stage.layout, stage.formula.subs(moved, simultaneous=True))]


@pytest.mark.parametrize(
    ("large", "small"),
    [
        pytest.param(
            Conv((32, 32), (3, 3), in_channels=16, out_channels=16, padding=1),
            Conv((4, 4), (3, 3), padding=1),
            marks=pytest.mark.slow,
        ),
        (Conv(16_000, 2, in_channels=64, out_channels=64, dilation=512), Conv(7, 2, dilation=3)),
    ],
)
def test_a_wrong_view_of_a_large_layer_is_refuted(large: Any, small: Any) -> None:
    assert prove(small, views=["direct", Late(small)], of="output").theorems[0].verdict.refuted
    for by in (None, "normal form", "theorem"):
        report = prove(large, views=["direct", Late(large)], by=by)
        assert all(theorem.verdict.refuted and theorem.verdict.witness for theorem in report.theorems)


class Direct2(Late):
    """A wrong view with the name of a right one."""

    name = "direct"


def test_a_view_is_not_proved_by_its_name() -> None:
    layer = Conv((32, 32), (3, 3), in_channels=16, out_channels=16, padding=1)
    assert prove(layer, views=[Direct2(layer), "patches"], by="theorem").theorems[0].verdict.refuted


@pytest.mark.parametrize("layer", LARGE, ids=repr)
def test_a_large_layer_is_an_instance_of_the_general_theorem(layer: Layer) -> None:
    report = prove(layer, by="theorem")
    assert {theorem.verdict.by for theorem in report.theorems} == {"an instance of the general theorem"}


def test_the_report_says_which_way_decided() -> None:
    small, large = Conv(5, 3), LARGE[0]
    assert prove(small).theorems[0].verdict.by == "normal form and 9 collected terms"
    assert prove(small, by="normal form").theorems[0].verdict.by == "normal form"
    assert prove(large).theorems[0].verdict.by == "normal form"
    assert prove(large).to_dict()["theorems"][0]["by"] == "normal form"
    with pytest.raises(SizeLimitError, match="max_terms=2359296"):
        prove(large, by="terms")
    terms = prove(large, by="terms", max_terms=3_000_000, of="output").theorems[0].verdict
    assert terms.by == "normal form and 2,262,016 collected terms"  # 16 * 16 * 94 * 94: 94 = 32 * 3 - 2 are inside


def test_ways_that_there_are_not() -> None:
    with pytest.raises(SymconvError, match="did you mean terms"):
        prove(Conv(3, 2), by="term")
    with pytest.raises(SymconvError, match="it has symbols"):
        prove(Conv.general(1), by="terms")
