"""Softmax as a part: outputs and gradients against SymPy and PyTorch, wrong ones refuted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Activation, Conv, Flatten, Graph, Linear, Sequential, Softmax, SymconvError, check, spot_check
from symconv.errors import GeometryError
from symconv.networks.softmax import SoftmaxPart
from symconv.printing.latex import latex_of
from tests.tools import require_module

C, n = sp.symbols("C n", integer=True, positive=True)
RIGHT = "dL_dX[i] = a1[i] (delta1[i] - sum(j, delta1[j] a1[j]))"


@pytest.mark.parametrize(
    ("shape", "axis", "batch"), [((3,), 0, None), ((3,), -1, 2), ((2, 3), 0, 2), ((2, 3), 1, None), ((2, 1, 2), -1, 2)]
)
def test_outputs_and_gradients_are_those_of_sympy(shape: tuple[int, ...], axis: int, batch: int | None) -> None:
    network = Sequential(Softmax(axis), input_shape=shape, batch_size=batch)
    whole = shape if batch is None else (batch, *shape)
    along = axis % len(shape) + (batch is not None)
    random = np.random.default_rng(0)
    numbers, delta = random.normal(size=whole), random.normal(size=whole)
    symbols = {at: sp.Symbol("x" + "_".join(map(str, at))) for at in np.ndindex(*whole)}
    values = {symbols[at]: numbers[at] for at in symbols}

    def total(at: tuple[int, ...]) -> sp.Expr:
        return sp.Add(*(sp.exp(symbols[(*at[:along], j, *at[along + 1 :])]) for j in range(whole[along])))

    soft = {at: sp.exp(x) / total(at) for at, x in symbols.items()}
    loss = sp.Add(*(delta[at] * one for at, one in soft.items()))
    found = network.evaluate(X=numbers, delta1=delta)
    for at, x in symbols.items():
        assert abs(found["a1"][at] - float(soft[at].subs(values))) < 1e-12
        assert abs(found["dL_dX"][at] - float(sp.diff(loss, x).subs(values))) < 1e-12


@pytest.mark.parametrize(
    ("shape", "batch", "axis"), [((3,), None, 0), ((C,), n, 0), ((C, n), 4, 0), ((C, n, 5), None, -1), ((C, n), n, 1)]
)
def test_what_is_printed_is_read_and_proved(shape: tuple[Any, ...], batch: Any, axis: int) -> None:
    network = Sequential(Softmax(axis), input_shape=shape, batch_size=batch)
    for formula in (network.forward["a1"], network.grad_input):
        assert check(network, formula.text()).status == "proved"


@pytest.mark.parametrize("size", [3, n])
def test_right_and_wrong_gradients(size: Any) -> None:
    network = Sequential(Softmax(), input_shape=(size,))
    for right in (RIGHT, "dL_dX[i] = softmax(X[i]) (delta1[i] - sum(j, delta1[j] softmax(X[j])))"):
        assert check(network, right).status == "proved"
    for wrong in (
        "dL_dX[i] = a1[i] delta1[i]",
        "dL_dX[i] = a1[i] (1 - a1[i]) delta1[i]",
        "dL_dX[i] = a1[i] (delta1[i] + sum(j, delta1[j] a1[j]))",
        "dL_dX[i] = delta1[i] - sum(j, delta1[j] a1[j])",
    ):
        found = check(network, wrong).status
        assert found == "refuted" if size == 3 else found != "proved"  # numbers are drawn for known sizes only


def test_the_same_gradient_in_other_words_is_not_refuted() -> None:
    """It is the same only because the softmax adds up to 1."""
    network = Sequential(Softmax(), input_shape=(3,))
    assert check(network, "dL_dX[i] = sum(j, a1[i] a1[j] (delta1[i] - delta1[j]))").status != "refuted"


def test_two_axes_of_one_tensor_are_not_taken_for_each_other() -> None:
    network = Graph({"rows": (Softmax(0), "input"), "columns": (Softmax(1), "input")}, input_shape=(2, 3),
                    outputs=("rows", "columns"))  # fmt: skip
    assert len({formula.form for formula in network.forward.values()}) == 2
    with pytest.raises(SymconvError):
        check(network, "a1[c, j] = softmax(X[c, j])")
    assert check(network, "a1[c, j] = a2[c, j]").status != "proved"


def test_numbers_do_not_overflow() -> None:
    network = Sequential(Softmax(), input_shape=(3,))
    found = network.evaluate(X=[1e300, -1e300, 0.0], delta1=[1.0, 2.0, 3.0])
    assert found["a1"].tolist() == [1, 0, 0] and found["dL_dX"].tolist() == [0, 0, 0]
    found = network.evaluate(X=[5000, 5000, -5000])
    assert np.allclose(found["a1"], [0.5, 0.5, 0], atol=1e-15)


def network_with_softmax() -> Sequential:
    return Sequential(
        Conv.lazy(kernel_size=3, out_channels=2), Softmax(), Activation("tanh"), Softmax(-1), Flatten(),
        Linear.lazy(out_features=3), Softmax(), loss="mse", input_shape=(1, 5), batch_size=2,
    )  # fmt: skip


def test_spot_checks() -> None:
    assert spot_check(network_with_softmax(), trials=2).passed


@pytest.mark.torch
@pytest.mark.parametrize(("axis", "dim"), [(0, 1), (1, 2), (-1, -1)])
def test_outputs_and_gradients_are_those_of_pytorch(axis: int, dim: int) -> None:
    torch = require_module("torch")
    random = np.random.default_rng(1)
    x, delta = random.normal(size=(2, 3, 4, 2)), random.normal(size=(2, 3, 4, 2))
    found = Sequential(Softmax(axis), input_shape=(3, 4, 2), batch_size=2).evaluate(X=x, delta1=delta)
    given = torch.tensor(x, requires_grad=True)
    output = torch.softmax(given, dim)
    output.backward(torch.tensor(delta))
    assert np.allclose(found["a1"], output.detach().numpy(), atol=1e-14)
    assert np.allclose(found["dL_dX"], given.grad.numpy(), atol=1e-14)


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(SymconvError, match="axis='channels': not a whole number"):
        Softmax("channels")  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match=r"Softmax.axis=2. of an input with 2 dimensions: the axis is outside them"):
        Sequential(Softmax(2), input_shape=(2, 3))


def test_it_is_said_by_exponentials() -> None:
    part = Sequential(Softmax(-1), input_shape=(C, n)).parts[0].computation
    assert isinstance(part, SoftmaxPart)
    assert latex_of(part.said()).endswith(r"= \frac{\exp X_{c, j}}{\sum_{j'} \exp X_{c, j'}}")
