"""The table of what the parts of a network cost, against PyTorch's counts and plain arithmetic; deep networks."""

from __future__ import annotations

import pytest
import sympy as sp

from symconv import (
    Activation,
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Conv,
    Flatten,
    Interpolate,
    Linear,
    MaxPool,
    NotesStyle,
    Sequential,
    write_notes,
)
from symconv.notes.content.costs import cost_rows, parameters, products, receptive_fields


def lenet(batch_size: int | None) -> Sequential:
    return Sequential(
        Conv.lazy(kernel_size=5, out_channels=6, padding=2, bias=True), Activation("tanh"),
        AvgPool.lazy(kernel_size=2),
        Conv.lazy(kernel_size=5, out_channels=16, bias=True), Activation("tanh"), AvgPool.lazy(kernel_size=2),
        Flatten(), Linear.lazy(out_features=120), Activation("tanh"), Linear.lazy(out_features=84),
        Activation("tanh"), Linear.lazy(out_features=10), loss="cross_entropy", input_shape=(1, 28, 28),
        batch_size=batch_size,
    )  # fmt: skip


@pytest.mark.parametrize("batch_size", [None, 32])
def test_lenet(batch_size: int | None) -> None:
    net = lenet(batch_size)
    learned = [parameters(net, part) for part in net.parts]
    assert learned == [156, 0, 0, 2416, 0, 0, 0, 48120, 0, 10164, 0, 850]  # 61,706 in all, as in LeCun et al. 1998
    done = [products(net, part) for part in net.parts]
    assert done == [28 * 28 * 6 * 25, 0, 0, 10 * 10 * 16 * 6 * 25, 0, 0, 0, 400 * 120, 0, 120 * 84, 0, 840]
    fields = [receptive_fields(net)[part.after.name][0] for part in net.parts]
    assert fields == [5, 5, 6, 14, 14, 16, 28, 28, 28, 28, 28, 28]
    assert cost_rows(net)[-1] == ("", "", "61,706", f"{sum(done):,}")


def test_the_receptive_field_of_the_first_layers_of_resnet() -> None:
    """7, then 11 behind the pooling (Araujo, Norris and Sim 2019, appendix), then 4 more for each 3 x 3."""
    net = Sequential(
        Conv.lazy(kernel_size=7, out_channels=4, stride=2, padding=3), MaxPool.lazy(kernel_size=3, stride=2, padding=1),
        Conv.lazy(kernel_size=3, out_channels=4, padding=1), Conv.lazy(kernel_size=3, out_channels=4, padding=1),
        input_shape=(3, 224, 224),
    )  # fmt: skip
    assert [receptive_fields(net)[part.after.name] for part in net.parts] == [(7, 7), (11, 11), (19, 19), (27, 27)]


def test_a_network_with_letters_has_no_numbers() -> None:
    net = Sequential(Conv.lazy(kernel_size=2), input_shape=(1, sp.Symbol("n", integer=True, positive=True)))
    assert cost_rows(net) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_table_is_in_the_notes(tmp_path, language: str) -> None:
    path, *_ = write_notes(lenet(32), tmp_path, formats=("md",), style=NotesStyle(language=language))
    text = path.read_text(encoding="utf-8")
    between = {"en": ",", "de": "\u202f"}[language]
    assert f"61{between}706" in text and f"240{between}000" in text and "14 \\times 14" in text


@pytest.mark.slow
def test_a_deep_network_is_written_in_excerpts(tmp_path) -> None:
    pair = (Conv.lazy(kernel_size=3, out_channels=8, padding=1), Activation("relu"))
    net = Sequential(*pair * 60, Flatten(), Linear.lazy(out_features=10), loss="cross_entropy", input_shape=(3, 32, 32))
    path, *_ = write_notes(net, tmp_path, formats=("md",))
    text = path.read_text(encoding="utf-8")
    assert "Of the 122 parts one of each kind" in text and len(text) < 40_000


@pytest.mark.slow
def test_resampling_layers_read_their_windows_alone() -> None:
    """A convolution of 3 behind a layer of which the windows are known by plain arithmetic."""
    cases = [
        (Interpolate(8, scale_factor=2), 1, 2), (Interpolate(8, scale_factor=2, mode="linear"), 2, 3),
        (AdaptiveMaxPool(12, 6), 2, 6), (AdaptiveAvgPool(7, 3), 3, 7), (AdaptiveMaxPool(9, 3), 3, 9),
    ]  # fmt: skip
    for layer, alone, behind in cases:
        net = Sequential(layer, Conv.lazy(kernel_size=3))
        assert [receptive_fields(net)[part.after.name] for part in net.parts] == [(alone,), (behind,)], layer
