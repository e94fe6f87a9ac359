"""A function as a view: its formula is the code's, and proofs, LaTeX and numbers work with it."""

from __future__ import annotations

import numpy as np
import pytest

from symconv import Conv, prove, view_of
from symconv.errors import SymconvError
from tests.programs.layers_in_code import plain_backward
from tests.programs.test_explaining import BACKWARD, FORWARD, IN_ONE, ONE_AXIS, STRIDED


def test_right_code_is_proved_as_a_view():
    view = view_of(FORWARD, ONE_AXIS, **IN_ONE)
    report = prove(ONE_AXIS, views=["direct", "patches", view])
    assert report.holds and {theorem.of for theorem in report.theorems} == {"output", "grad_weight", "grad_input"}
    assert "your code" in repr(view) and "w_{" in view.latex()


def test_wrong_code_is_refuted_as_a_view():
    view = view_of(FORWARD.replace("i * stride + k", "i + k"), ONE_AXIS, **IN_ONE)
    assert not prove(ONE_AXIS, views=["direct", view]).holds


def test_gradients_are_those_of_the_code():
    layer = STRIDED
    view = view_of(BACKWARD, layer, of=("grad_input", "grad_weight"))
    assert prove(layer, views=["direct", view], of=["grad_input", "grad_weight"]).holds
    with pytest.raises(SymconvError, match="the function gives"):
        _ = view.output


def test_numbers_of_a_view():
    layer = Conv((4, 5), (2, 2), in_channels=2, out_channels=3, stride=2, padding=1)
    view = view_of(BACKWARD, layer, of=("grad_input", "grad_weight"))
    generator = np.random.default_rng(0)
    x, w, g = (generator.integers(-9, 9, shape) for shape in ((2, 4, 5), (3, 2, 2, 2), layer.output_shape))
    dx, dw, _ = plain_backward(x[None], w, g[None], 2, 1)
    assert np.array_equal(view.grad_input.evaluate(w=w, delta=g), dx[0])
    assert np.array_equal(view.grad_weight.evaluate(X=x, delta=g), dw)


def test_code_without_one_formula_is_refused():
    for text, words in (
        ("def f(x, w):\n    return np.sort(x)\n", "sort"),
        ("def f(x, w):\n    return x[0][:, None][w.shape]\n", "."),
        (FORWARD.replace("out = np.zeros(m)", "out = np.zeros(m + 1)"), "shape"),
    ):
        with pytest.raises(SymconvError, match=words):
            view_of(text, ONE_AXIS, **IN_ONE)
