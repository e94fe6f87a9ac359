"""Arrays of a layer's entries as exact symbols."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, SymconvError
from symconv.programs.symbols import expression_of


def test_a_layer_by_loops_on_its_symbols_is_the_layer() -> None:
    conv = Conv((4, 3), (2, 2), in_channels=2, out_channels=2, stride=2, bias=True)
    x, b = conv.symbols("input"), conv.symbols("bias")
    for layout in ("OIHW", "HWIO", "O(IHW)"):
        w = conv.symbols("weight", layout=layout)
        w = {"OIHW": lambda a: a, "HWIO": lambda a: a.transpose(3, 2, 0, 1), "O(IHW)": lambda a: a.reshape(2, 2, 2, 2)}[
            layout
        ](w)
        out = np.zeros_like(x, shape=(2, 2, 1))
        for o, i, j in np.ndindex(2, 2, 1):
            window = x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            out[o, i, j] = (w[o] * window).sum() + b[o]
        expected = conv.direct.output.array()
        for place in np.ndindex(2, 2, 1):
            assert sp.expand(expression_of(conv, out[place]) - expected[place]) == 0


def test_entries_of_different_tensors_are_different() -> None:
    conv = Conv(3, 2, bias=True)
    roles = ("input", "weight", "bias", "grad_output")
    entries = [entry for role in roles for entry in conv.symbols(role).ravel()]
    texts = {str(expression_of(conv, entry)) for entry in entries}
    assert texts == {"X1", "X2", "X3", "w1", "w2", "b", "delta1", "delta2"} and len(entries) == len(texts)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(3, 2).symbols("weights"), "no such tensor.*did you mean weight"),
        (lambda: Conv(3, 2).symbols("bias"), "the layer has no bias"),
        (lambda: AvgPool(4, 2).symbols("weight"), "no weights to learn"),
        (lambda: Conv.general(1).symbols("input"), "an array of its entries"),
        (lambda: Conv(3, 2).symbols("weight", layout="OIX"), "X is not one of its axes"),
        (lambda: Conv(3, 2).symbols("weight", layout=3), "not a layout"),
    ],
)
def test_what_cannot_be_had(make: object, message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        make()  # type: ignore[operator]
