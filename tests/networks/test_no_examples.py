"""Networks of a batch without an example: outputs without entries, and gradients of 0, as PyTorch has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Activation, BatchNorm, Conv, Flatten, LayerNorm, Linear, MaxPool, Sequential, prove, write_notes
from symconv.errors import GeometryError


def network(batch_size: Any = 0, **options: Any) -> Sequential:
    return Sequential(
        Conv((5, 5), 3, in_channels=2, out_channels=3, bias=True), BatchNorm(), Activation("relu"),
        MaxPool.lazy(kernel_size=2, stride=1), Flatten(), Linear(12, 4),
        batch_size=batch_size, **{"allow_empty": True, **options},
    )  # fmt: skip


def test_outputs_have_no_entries_and_gradients_are_zero() -> None:
    net = network()
    assert net.output_shape == (0, 4) and eval(repr(net)) == net
    found = net.evaluate(**{name: np.ones(net.shape_of(name)) for name in net.wanted})
    assert {name: found[f"dL_d{name}"].shape for name in net.parameters} == {
        "w1": (3, 2, 3, 3), "b1": (3,), "gamma2": (3,), "beta2": (3,), "w6": (4, 12), "b6": (4,),
    }  # fmt: skip
    assert not any(found[f"dL_d{name}"].any() for name in net.parameters)
    assert found["dL_dX"].shape == (0, 2, 5, 5)
    assert net.gradients["w6"].array().tolist() == [[0] * 12] * 4


def test_it_is_proved_and_checked() -> None:
    net = network(loss="squared")
    assert prove(net).holds
    report = net.spot_check(trials=1)
    assert report.passed and any(row.quantity == "dL_dw1" and row.entries for row in report.rows)


@pytest.mark.torch
def test_pytorch_has_the_same() -> None:
    rows = network().spot_check(trials=1).rows
    assert any("autograd" in row.against and row.quantity == "dL_dw1" and row.passed for row in rows)


def test_a_network_with_a_letter_may_have_none() -> None:
    n = sp.Symbol("N", integer=True, positive=True)
    assert network(n).at(N=0) == network(0)
    with pytest.raises(GeometryError, match="at least 1"):
        network(n, allow_empty=False).at(N=0)


def test_notes_have_no_example_in_numbers(tmp_path: Path) -> None:
    path, *_ = write_notes(network(), tmp_path, formats=("md",))
    assert "in numbers" not in path.read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(("make", "words"), [
    (lambda: network(allow_empty=False), "batch_size=0: not a whole number of at least 1"),
    (lambda: network(-1), "batch_size=-1: not a whole number of at least 0"),
    (lambda: network(loss="mse"), "mean over no entries"),
    (lambda: network(loss="cross_entropy"), "mean over no entries"),
    (lambda: Sequential(BatchNorm(training=True), input_shape=2, batch_size=0, allow_empty=True), "mean of no entries"),
    (lambda: Sequential(Conv(3, 5), Activation("relu"), batch_size=2, allow_empty=True), "spans 5 elements"),
])  # fmt: skip
def test_what_has_no_meaning_is_an_error(make: Any, words: str) -> None:
    with pytest.raises(GeometryError, match=words):
        make()


def test_statistics_of_each_example_need_none() -> None:
    assert prove(Sequential(LayerNorm(), input_shape=(2, 3), batch_size=0, allow_empty=True)).holds
