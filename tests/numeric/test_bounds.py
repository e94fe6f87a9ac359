"""Spot checks are bounded: of large subjects there are fewer trials, which the report says, and none is too long."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv import Activation, AvgPool, Conv, MaxPool, Sequential, sgd_step, spot_check
from symconv.errors import GeometryError, SizeLimitError
from symconv.layers import Layer
from symconv.networks.modules import Linear
from symconv.numeric.bounds import WORK
from tests.foundations.limited import load_torch, unbounded
from tests.tools import parts

LARGE: dict[str, Callable[[], Any]] = {
    "network": lambda: Sequential(Conv((160, 160), 3, out_channels=4), Activation("relu"), loss="squared"),
    "channels": lambda: Sequential(Conv((100, 100), 3, in_channels=3, out_channels=16, bias=True), loss="squared"),
    "dense": lambda: Sequential(Linear(1000, 1000), Activation("gelu"), loss="squared"),
    "step": lambda: sgd_step(Conv((160, 160), 3, out_channels=8, bias=True), "squared", 0.001),
    "turns": lambda: sgd_step(Conv((13, 13), 3, bias=True), "squared", 0.001, "sequential"),
    "maximum": lambda: MaxPool(10**6, 7),
    "maximum of an image": lambda: MaxPool((1000, 1000), 3, 1),
    "fractions": lambda: AvgPool((300, 300), 2),
    "small": lambda: Conv(3, 2),
    "small network": lambda: Sequential(Conv(3, 2), Activation("relu"), loss="squared"),
    "symbols": lambda: Conv.general(6),
}
"""A thousand trials of each take too long, and a single one does not."""


@pytest.mark.parametrize("part", parts(4, 1))
def test_large_subjects_are_checked_within_the_limits(part: int) -> None:
    load_torch()

    def checked(subject: Any) -> str:
        report = spot_check(subject(), trials=1000)
        assert report.passed and report.trials < report.asked == 1000, report
        assert "of 1000 trials, since more take long" in str(report)
        return str(report.to_dict()["sampled"])

    assert not unbounded({name: lambda made=made: checked(made) for name, made in list(LARGE.items())[part::4]})


def test_small_subjects_have_all_their_trials() -> None:
    small = Conv(5, 2)
    for subject in (small, MaxPool(6, 2), Sequential(small, loss="squared"), sgd_step(small, "squared", 0.1)):
        report = spot_check(subject, trials=12)
        assert (report.trials, report.asked, report.sampled) == (12, 12, "")


TOO_LARGE: list[tuple[Callable[[], Any], str]] = [
    (lambda: Sequential(Conv((1000, 1000), 5, in_channels=3, out_channels=3), loss="squared"), "windows have about 74"),
    (lambda: Sequential(Conv((700, 700), 9, out_channels=3), Conv.lazy(kernel_size=1)), "windows have about"),
    (lambda: Sequential(Conv((200, 200), 5, in_channels=64, out_channels=64)), "windows have about 61,4"),
    (lambda: Sequential(Linear(4000, 4000)), "tensors with about 16,016,000 entries"),
    (lambda: MaxPool((3000, 3000), 3, 1), "its windows have about 80,892,036 entries; the limit is 30,000,000"),
]  # fmt: skip


@pytest.mark.parametrize("subject, words", TOO_LARGE)
def test_a_trial_that_takes_too_long_is_refused_with_an_estimate(subject: Callable[[], Any], words: str) -> None:
    with pytest.raises(SizeLimitError, match=words):
        spot_check(subject())


def test_a_large_step_says_that_dense_weights_are_left_out() -> None:
    report = spot_check(sgd_step(Conv((100, 100), 3), "squared", 0.001), trials=1)
    assert report.passed and report.sampled == "a large layer: the weights of a dense layer are not compared"
    assert not any("dense" in row.quantity for row in report.rows)
    assert any("dense" in row.quantity for row in spot_check(sgd_step(Conv(9, 3), "squared", 0.001), trials=1).rows)


def test_trials_of_a_layer_with_symbols_are_counted_by_their_work() -> None:
    report = spot_check(Conv.general(8), trials=50)
    assert report.passed and 1 <= report.trials < 50 == report.asked and len(report.sizes) == report.trials
    assert WORK > 0 and spot_check(MaxPool.general(3), seed=1).passed


def test_switches_agree_with_loops() -> None:
    """The first largest element of every window, by loops over the definition."""
    chance, numbers, seen = random.Random(0), np.random.default_rng(0), 0
    while seen < 60:
        ndim = chance.choice((1, 1, 2, 3))
        drawn = [
            tuple(chance.randint(low, high) for _ in range(ndim))
            for low, high in ((1, 6), (1, 4), (1, 3), (0, 2), (1, 2))
        ]
        try:
            layer = MaxPool(*drawn, channels=chance.randint(1, 2), batch_size=chance.choice((None, 2)))
        except GeometryError:
            continue
        seen += 1
        x = numbers.integers(-3, 3, layer.input_shape)
        assert layer.switch(x).ravel().tolist() == _switch_by_loops(layer, drawn, x).ravel().tolist(), layer


def _switch_by_loops(layer: Layer, drawn: list[tuple[int, ...]], x: Any) -> Any:
    n, K, s, p, d = drawn
    examples = x if layer.batch_size is not None else x[None]
    positions = [(n + 2 * p - d * (K - 1) - 1) // s + 1 for n, K, s, p, d in zip(*drawn)]
    switch = np.zeros((*examples.shape[:2], *positions, *K), dtype=int)
    for at in np.ndindex(*examples.shape[:2], *positions):
        best: tuple[Any, tuple[int, ...]] | None = None
        for k in np.ndindex(*K):
            read = [s * i + d * k - p for s, i, d, k, p in zip(s, at[2:], d, k, p)]
            if all(0 <= q < size for q, size in zip(read, n)):
                value = examples[(*at[:2], *read)]
                best = (value, k) if best is None or value > best[0] else best
        assert best is not None
        switch[(*at, *best[1])] = 1
    return switch
