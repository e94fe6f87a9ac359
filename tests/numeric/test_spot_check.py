"""Spot checks pass for the views, fail for a wrong one, and say what was done."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest
import sympy as sp

from symconv import (
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    Interpolate,
    Unfold,
    Upsample,
    ZeroInsertion,
    prove,
    sgd_step,
    spot_check,
)
from symconv.layers import Layer
from symconv.numeric.reference import forward
from symconv.numeric.sampled import Sampling, compare
from symconv.views import Direct, Stage

LAYERS = [
    Conv(3, 2),
    Conv((3, 3), (2, 2), out_channels=2),
    Conv((6, 5), (3, 2), stride=(2, 1), padding=(1, 2), dilation=(2, 1), in_channels=2, out_channels=3, bias=True),
    Conv((3, 3, 3), (2, 2, 2), padding=1),
    Conv.general(1),
    Conv.general(2),
    Conv(sp.Symbol("n"), 3, stride=2),
    Conv((32, 32), (5, 5), out_channels=6),
]


@pytest.mark.parametrize("conv", LAYERS, ids=repr)
def test_all_views_pass(conv: Conv) -> None:
    report = spot_check(conv, seed=3, trials=4)
    assert report.passed
    assert report.max_error < 1e-6
    quantities = {"output", "grad_input", "grad_weight", *(["grad_bias"] if conv.bias_term else [])}
    checks = {(row.view, row.quantity, row.numbers) for row in report.rows}
    assert checks == {(v, q, k) for v in conv.views for q in quantities for k in ("integers", "floats")}
    assert all(row.error == 0 for row in report.rows if row.numbers == "integers")
    assert len(report.sizes) == (0 if conv.is_concrete else 4)
    assert json.loads(json.dumps(report.to_dict()))["passed"] is True
    assert "all passed" in str(report)


class Shifted(Direct):
    """Reads one element too far to the right."""

    name = "shifted"

    def stages(self) -> list[Stage]:
        stage = super().stages()[0]
        k = self.geometry.kernel_offsets[-1].symbol
        wrong = stage.formula.replace(
            lambda e: isinstance(e, sp.Indexed) and str(e.base) == "X", lambda e: e.subs(k, k + 1)
        )
        return [Stage(stage.name, stage.layout, wrong)]


def test_a_wrong_view_fails() -> None:
    conv = Conv((4, 5), (2, 3), out_channels=2)
    conv.__dict__["views"] = MappingProxyType({**conv.views, "shifted": Shifted(conv)})
    report = spot_check(conv, trials=2)
    assert not report.passed
    assert "FAILED" in str(report)
    failed = {(row.view, row.quantity, row.numbers) for row in report.rows if not row.passed}
    quantities = ("output", "grad_input", "grad_weight")
    assert failed == {("shifted", quantity, numbers) for quantity in quantities for numbers in ("integers", "floats")}


class Copy(Direct):
    """The direct view under another name, to be made wrong."""

    name = "copy"


Change = Callable[[np.ndarray], np.ndarray]


def off_by_one(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values.flat[-1] += 1
    return values


def infinite(values: np.ndarray) -> np.ndarray:
    values = values.astype(float)
    values.flat[-1] = np.inf
    return values


WRONG = [off_by_one, infinite, lambda values: values[None], lambda values: np.concatenate([values, values])]


@pytest.mark.parametrize("change", WRONG, ids=["one entry", "infinite", "one more axis", "twice the length"])
@pytest.mark.parametrize("quantity", ["output", "grad_weight", "grad_input"])
def test_one_wrong_entry_or_another_shape_fails(quantity: str, change: Change) -> None:
    """On integers and on floats, also where the entry is not among those that are differenced."""
    conv = Conv((34, 34), (32, 32))
    wrong = Copy(conv)
    formula = getattr(wrong, quantity)
    evaluate = formula.evaluate
    formula.__dict__["evaluate"] = lambda **arrays: change(evaluate(**arrays))
    conv.__dict__["views"] = MappingProxyType({**conv.views, "copy": wrong})
    failed = {(r.view, r.quantity, r.numbers) for r in spot_check(conv, trials=1).rows if not r.passed}
    assert failed == {("copy", quantity, "integers"), ("copy", quantity, "floats")}


def test_a_nan_fails_and_stays_in_the_report() -> None:
    """In one trial of three, the middle one; JSON has null for it."""
    conv = Conv(3, 2)
    wrong = Copy(conv)
    evaluate, calls = wrong.output.evaluate, iter(range(100))
    wrong.output.__dict__["evaluate"] = lambda **arrays: evaluate(**arrays) * (np.nan if next(calls) == 3 else 1)
    conv.__dict__["views"] = MappingProxyType({**conv.views, "copy": wrong})
    report = spot_check(conv, seed=np.int64(1), trials=3)
    assert not report.passed
    assert np.isnan(report.max_error)
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["max_error"] is None


def test_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    spot_check(Conv(3, 2), trials=2, progress=lambda *step: told.append(step))
    prove(Conv(3, 2), progress=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]


def test_the_independent_forward_pass_is_the_published_example() -> None:
    """A 4x4 input and a 3x3 kernel, unit strides, no padding (Dumoulin and Visin 2016, figure 2.1): a 2x2 output."""
    x = np.arange(16).reshape(1, 4, 4)
    w = np.zeros((1, 1, 3, 3), dtype=int)
    w[0, 0, 1, 1] = 1
    assert forward(Conv((4, 4), (3, 3)), {"input": x, "weight": w}).tolist() == [[[5, 6], [9, 10]]]


def test_same_seed_same_report() -> None:
    assert spot_check(Conv.general(1), seed=5, trials=3) == spot_check(Conv.general(1), seed=5, trials=3)
    assert spot_check(Conv.general(1), seed=5, trials=3).sizes != spot_check(Conv.general(1), seed=6, trials=3).sizes


# -- large layers ----------------------------------------------------------------------------------------

LARGE = Conv((64, 62), (3, 3), in_channels=32, out_channels=64, groups=2, stride=(2, 1), padding=1, bias=True)


def test_of_a_large_layer_some_entries_are_compared_and_the_report_says_how_many() -> None:
    report = spot_check(LARGE, trials=3)
    assert report.passed and report.trials == report.asked == 3
    for row in report.rows:
        shape = getattr(LARGE, f"{row.quantity.removeprefix('grad_')}_shape")
        assert row.of == np.prod(shape) and 0 < row.entries <= row.of
        assert f"{row.entries:,} of {row.of:,}" in str(report)
    assert all(row.error == 0 for row in report.rows if row.numbers == "integers")
    assert report == spot_check(LARGE, trials=3)
    assert spot_check(Conv(3, 2), trials=2).sampled == ""


def test_fewer_trials_are_not_silent() -> None:
    report = spot_check(Conv((512, 512), (3, 3), in_channels=8, out_channels=8, padding=1))
    assert report.passed and report.trials < report.asked == 20
    assert f"{report.trials} of 20 trials" in str(report)
    assert report.to_dict()["asked"] == 20


SOME = [
    Conv((7, 6), (3, 2), in_channels=4, out_channels=6, groups=2, stride=(2, 1), padding=1, bias=True, batch_size=2),
    Conv((6, 5), (2, 3), padding=2, padding_mode="reflect", input_dilation=2, flip=True),
    Conv(7, 3, padding=(4, 2), padding_mode="circular", dilation=2),
    Conv(7, 3, padding=3, padding_mode="replicate", stride=2),
    ConvTranspose((4, 5), (3, 2), in_channels=4, out_channels=6, groups=2, stride=2, padding=1, bias=True),
    AvgPool((7, 6), 3, 2, padding=1, channels=2),
    AvgPool((7, 6), 3, 2, padding=1, count_include_pad=False),
    Unfold((5, 6), (2, 3), padding=1, stride=2, channels=2),
    Fold((5, 6), (2, 3), padding=1, stride=2, channels=2),
    Upsample((3, 2), 2, channels=2),
    ZeroInsertion((3, 4), 3, batch_size=2),
]


@pytest.mark.parametrize("layer", SOME, ids=repr)
def test_entries_summed_from_their_products_are_those_of_the_forward_pass(layer: Layer) -> None:
    """Every one; and gradients are the differences of sum delta * output, which is linear in each tensor."""
    sampling, generator = Sampling(layer, 1), np.random.default_rng(0)
    shapes = {role: tuple(map(int, getattr(layer, f"{role}_shape"))) for role in (*sampling.roles, "output")}
    floats = {role: generator.integers(-9, 10, shape).astype(float) for role, shape in shapes.items()}
    floats["upstream"] = floats.pop("output")
    given = {role: floats[role] for role in sampling.roles}
    output = forward(layer, given)
    for at in np.ndindex(output.shape):
        assert sampling.of_entry("output", at, floats) == pytest.approx(output[at])
    for role in sampling.roles:
        for at in np.ndindex(given[role].shape):
            moved = given[role].copy()
            moved[at] += 1
            slope = (floats["upstream"] * (forward(layer, {**given, role: moved}) - output)).sum()
            assert sampling.of_entry(f"grad_{role}", at, floats) == pytest.approx(slope)


def test_corners_are_among_the_sampled_entries() -> None:
    """The first and the last entry of every group, channel, row and column, in all combinations, in the first trial."""
    sampling = Sampling(LARGE, 1)
    for _, _, compared in compare(sampling, np.random.default_rng(0), 0):
        assert len(compared.entries) > 0
    blocks = sampling.blocks("output", np.random.default_rng(0), True)
    seen = {
        tuple(first + more for first, more in zip(start, inside)) for start, shape in blocks
        for inside in np.ndindex(*shape)
    }  # fmt: skip
    sizes = (2, 32, 32, 62)  # group, channel of the group, row, column
    assert set(itertools.product(*((0, size - 1) for size in sizes))) <= seen


class LastRow(Direct):
    """Wrong in one corner of every channel only: twice what it should be."""

    name = "last"

    def stages(self) -> list[Stage]:
        stage = super().stages()[0]
        letters = [axis.symbol for axis in self.geometry.output_positions]
        last = [int(size) - 1 for size in self.geometry.output_size]
        wrong = sp.Mul(*(sp.KroneckerDelta(letter, at) for letter, at in zip(letters, last)))
        return [Stage(stage.name, stage.layout, stage.formula + stage.formula * wrong)]


@pytest.mark.parametrize("view", [Shifted, LastRow])
def test_a_wrong_view_of_a_large_layer_fails(view: type[Direct]) -> None:
    conv = Conv((64, 62), (3, 3), in_channels=16, out_channels=16)
    conv.__dict__["views"] = MappingProxyType({**conv.views, "wrong": view(conv)})
    report = spot_check(conv, trials=12)
    assert report.sampled and not report.passed
    assert {row.view for row in report.rows if not row.passed} == {"wrong"}


def test_another_shape_fails_in_a_large_layer() -> None:
    conv = Conv((64, 62), (3, 3), in_channels=16, out_channels=16)
    other = Copy(conv)
    other.output.__dict__["shape"] = (16, 62, 61)
    conv.__dict__["views"] = MappingProxyType({**conv.views, "copy": other})
    failed = {row.quantity for row in spot_check(conv, trials=12).rows if not row.passed}
    assert failed == {"output"}


@pytest.mark.parametrize("layer", [
    AdaptiveAvgPool((56, 56), 7, channels=64), AdaptiveAvgPool((224, 200), (7, 6), channels=3, batch_size=8),
    Interpolate((56, 40), size=(112, 90), mode="bilinear", channels=16),
    Interpolate((56, 40), size=(31, 90), mode="nearest", channels=16),
])  # fmt: skip
def test_large_layers_with_a_matrix_are_sampled(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    report = spot_check(layer, trials=2)
    assert report.passed and "entries of output" in report.sampled
    right = type(layer).matrix
    monkeypatch.setattr(type(layer), "matrix", lambda self, axis: [row[::-1] for row in right(self, axis)])
    assert not spot_check(layer, trials=1).passed


@pytest.mark.slow
def test_a_step_on_a_large_layer_is_checked_on_a_part() -> None:
    step = sgd_step(Conv((56, 56), (3, 3), in_channels=64, out_channels=64, padding=1, batch_size=32))
    report = spot_check(step, trials=1)
    assert report.passed and "of 64 in_channels" in report.sampled and report.subject == step
