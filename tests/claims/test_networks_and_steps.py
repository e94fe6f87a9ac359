"""Claims about networks and steps, each with whether it is right, re-checked in numbers by plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Activation, Add, AvgPool, Conv, Graph, Linear, Sequential, SymconvError, check, sgd_step

n, K = sp.symbols("n K", integer=True, positive=True)
DENSE = Sequential(
    Linear(4, 3), Activation("sigmoid"), Linear(3, 2), Activation("tanh"), input_shape=(4,), loss="squared"
)
SOFTMAX = Sequential(Linear(4, 3), input_shape=(4,), loss="cross_entropy")
DEEP = Sequential(Conv(n, K), Activation("f"), Conv.lazy(kernel_size=3), loss=None)
Array = Any


def forward(seed: int) -> dict[str, Array]:
    """The dense network by hand, with its derivatives by central differences."""
    draw = np.random.default_rng(seed)
    x, t = draw.normal(size=4), draw.normal(size=2)
    shapes = {"w1": (3, 4), "b1": 3, "w3": (2, 3), "b3": 2}
    parameters = {name: draw.normal(size=shape) for name, shape in shapes.items()}

    def run(
        w1: Array, b1: Array, w3: Array, b3: Array, shift: tuple[str, int, float] = ("", 0, 0.0)
    ) -> dict[str, Array]:
        def moved(name: str, value: Array) -> Array:
            value = value.copy()
            if shift[0] == name:
                value[shift[1]] += shift[2]
            return value

        z1 = moved("z1", w1 @ x + b1)
        a2 = moved("a2", 1 / (1 + np.exp(-z1)))
        z3 = moved("z3", w3 @ a2 + b3)
        a4 = moved("a4", np.tanh(z3))
        return {"z1": z1, "a2": a2, "z3": z3, "a4": a4, "L": ((a4 - t) ** 2).sum() / 2}

    values = run(**parameters)
    step = 1e-6
    for number, name in ((1, "z1"), (2, "a2"), (3, "z3"), (4, "a4")):
        sides = [
            [run(**parameters, shift=(name, at, way))["L"] for way in (step, -step)] for at in range(len(values[name]))
        ]
        values[f"delta{number}"] = np.array([(up - down) / (2 * step) for up, down in sides])
    return {**values, **parameters, "x": x, "t": t}


Says = Callable[[dict[str, Array]], Array]
ROWS: list[tuple[str, str, Says, bool]] = [
    # claim, the tensor it is about in numbers, the claim in NumPy, whether it is right
    (r"\delta^{l} = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)", "delta1",
     lambda v: (v["w3"].T @ v["delta3"]) * v["a2"] * (1 - v["a2"]), True),
    (r"\delta^{l} = (W^{l+1})^{\top} \delta^{l+1} \odot f'(z^{l})", "delta1",
     lambda v: (v["w3"].T @ v["delta3"]) * v["a2"] * (1 - v["a2"]), True),
    (r"\delta^{l} = (w^{l+1})^T \delta^{l+1}", "delta1", lambda v: v["w3"].T @ v["delta3"], False),
    (r"\delta^{l} = (w^{l+1})^T \delta^{l+1} \odot \sigma(z^l)", "delta1",
     lambda v: (v["w3"].T @ v["delta3"]) * v["a2"], False),
    (r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k f'(z^l_j)", "delta1",
     lambda v: (v["w3"].T @ v["delta3"]) * v["a2"] * (1 - v["a2"]), True),
    ("delta1[i] = sum(j, w3[j,i] delta3[j]) f'(z1[i])", "delta1",
     lambda v: (v["w3"].T @ v["delta3"]) * v["a2"] * (1 - v["a2"]), True),
    ("delta1[i] = delta2[i] a2[i] (1 - a2[i])", "delta1", lambda v: v["delta2"] * v["a2"] * (1 - v["a2"]), True),
    ("delta1[i] = delta2[i] a2[i]", "delta1", lambda v: v["delta2"] * v["a2"], False),
    ("delta1[i] = delta2[i] sigmoid(z1[i]) (1 - sigmoid(z1[i]))", "delta1",
     lambda v: v["delta2"] * v["a2"] * (1 - v["a2"]), True),
    ("delta3[i] = delta4[i] (1 - a4[i]^2)", "delta3", lambda v: v["delta4"] * (1 - v["a4"] ** 2), True),
    ("delta3[i] = delta4[i] (1 + a4[i]^2)", "delta3", lambda v: v["delta4"] * (1 + v["a4"] ** 2), False),
    ("delta4[i] = a4[i] - t[i]", "delta4", lambda v: v["a4"] - v["t"], True),
    ("delta4[i] = t[i] - a4[i]", "delta4", lambda v: v["t"] - v["a4"], False),
    ("delta3[i] = (a4[i] - t[i]) tanh'(z3[i])", "delta3", lambda v: (v["a4"] - v["t"]) * (1 - v["a4"] ** 2), True),
    ("delta2 = w3^T delta3", "delta2", lambda v: v["w3"].T @ v["delta3"], True),
    ("z3 = w3 a2 + b3", "z3", lambda v: v["w3"] @ v["a2"] + v["b3"], True),
    ("z3 = w3 a2", "z3", lambda v: v["w3"] @ v["a2"], False),
    ("a2[i] = f(z1[i])", "a2", lambda v: v["a2"], True),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "tensor", "says", "right"), ROWS, ids=[row[0] for row in ROWS])
def test_a_claim_about_a_network(claim: str, tensor: str, says: Says, right: bool) -> None:
    report = check(DENSE, claim)
    assert report.status == ("proved" if right else "refuted")
    assert right or report.witness is not None
    close = [np.allclose(says(values), values[tensor], atol=1e-5) for values in map(forward, range(3))]
    assert all(close) if right else not any(close)


MORE = [
    (DENSE, r"\frac{\partial L}{\partial w^{l}} = \delta^l (a^{l-1})^T", True),
    (DENSE, r"\frac{\partial L}{\partial w^{l}} = a^{l-1} (\delta^l)^T", False),
    (DENSE, r"\frac{\partial L}{\partial b^{l}} = \delta^l", True),
    (DENSE, "z^l = w^l a^{l-1} + b^l", True),
    (DENSE, "dL/dw1[i,j] = delta1[i] X[j]", True),
    (DENSE, r"\frac{\partial L}{\partial w^{(3)}_{ij}} = \delta^{(3)}_i a^{(2)}_j", True),
    (DENSE, "dL/dw3[i,j] = delta3[j] a2[i]", False),
    (SOFTMAX, "delta1[i] = p[i] - t[i]", True), (SOFTMAX, r"\delta_i = p_i - t_i", True),
    (SOFTMAX, "delta = p - t", True), (SOFTMAX, "delta1[i] = t[i] - p[i]", False),
    (SOFTMAX, "delta1[i] = p[i] - 2 t[i]", False), (SOFTMAX, "dL/dw1[i,j] = (p[i] - t[i]) X[j]", True),
    (DEEP, "dL/dw1[k] = sum(i, delta1[i] X[i+k])", True), (DEEP, "dL/dw1[k] = sum(i, delta1[i] X[i-k])", False),
    (DEEP, "delta1[i] = delta2[i] f'(z1[i])", True), (DEEP, "delta1[j] = f'(z1[j]) sum(k, delta3[j-k] w3[k])", True),
    (DEEP, "delta1[j] = f'(z1[j]) sum(k, delta3[j+k] w3[k])", False),
    (DEEP, "z3[i] = sum(k, w3[k] f(z1[i+k]))", True), (DEEP, "z3[i] = sum(k, w3[k] z1[i+k])", False),
]  # fmt: skip


@pytest.mark.parametrize(("network", "claim", "right"), MORE, ids=[row[1] for row in MORE])
def test_more_claims_about_networks(network: Any, claim: str, right: bool) -> None:
    assert check(network, claim).status == ("proved" if right else "refuted")


FREE, SQUARED = sgd_step(Conv(n, K), loss=None), sgd_step(Conv(5, 2), loss="squared")
STEPS = [
    (FREE, r"w_k \leftarrow w_k - \eta \frac{\partial L}{\partial w_k}", True),
    (FREE, r"w \leftarrow w - \eta \frac{\partial L}{\partial w}", True),
    (FREE, r"w \leftarrow w + \eta \frac{\partial L}{\partial w}", False),
    (FREE, "w[k] = w[k] - eta*dL_dw[k]", True), (FREE, "w = w - eta * dw", True), (FREE, "w = w - eta", False),
    (FREE, "w[k] -= eta*sum(i, delta[i] x[i+k])", True), (FREE, "w[k] -= eta*sum(i, delta[i] x[i-k])", False),
    (FREE, "w_new[k] = w[k] - eta sum(i, delta[i] x[i+k])", True), (FREE, "w[k] := w[k] - 2 eta dL/dw[k]", False),
    (SQUARED, "w[k] = w[k] - eta sum(i, (h[i] - t[i]) x[i+k])", True),
    (SQUARED, "w[k] = w[k] - eta sum(i, (t[i] - h[i]) x[i+k])", False),
    (SQUARED, "w = w - eta dL/dw", True),
]  # fmt: skip


@pytest.mark.parametrize(("step", "claim", "right"), STEPS, ids=[row[1] for row in STEPS])
def test_a_claim_about_a_step(step: Any, claim: str, right: bool) -> None:
    report = check(step, claim)
    assert report.status == ("proved" if right else "refuted")
    assert "after the step" in report.of[0]


@pytest.mark.parametrize(
    ("subject", "claim"),
    [
        (DENSE, "delta1[i] = g2[i]"), (DENSE, "q[i] = X[i]"), (DENSE, "X[i]"), (DENSE, 5), (DENSE, "delta1[i] = "),
        (DENSE, r"\delta^{l} = (w^{l+5})^T"), (FREE, "h[i] = 1"), (FREE, "w[k, i] = 0"), (FREE, "w[k] = w[k]/n"),
        (FREE, None), (DENSE, "delta1[i] = sigmoid'(2 z1[i])"), (DENSE, "delta1[i] = relu'(z1[i])"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(subject: Any, claim: Any) -> None:
    with pytest.raises(SymconvError):
        check(subject, claim)


def test_a_report_says_what_it_found() -> None:
    report = check(DENSE, "delta1[i] = delta2[i]")
    assert not report
    assert "refuted" in str(report)
    assert "right:" in str(report)
    assert report.to_dict()["status"] == "refuted"
    assert report.to_dict()["witness"].keys() >= {"right", "claimed"}


# -- the receptive field ------------------------------------------------------------------------------

STRIDES = Sequential(Conv(40, 3, stride=2), Activation("relu"), AvgPool(19, 2), Conv(9, 3), input_shape=(1, 40))
DILATED = Sequential(
    Conv(40, 3, stride=2), Activation("relu"), AvgPool(19, 2), Conv(9, 3, dilation=2), input_shape=(1, 40)
)
ALIKE = Sequential(Conv(40, 3), Conv(38, 3), Conv(36, 3), input_shape=(1, 40))
FIELDS: list[tuple[Sequential, str, str, str]] = [
    (DILATED, "r = 21", "proved", ""),
    (DILATED, "RF = 1 + 2 + 2 + 2*2*4", "proved", ""),
    (DILATED, r"r_{l} = r_{l-1} + (k_l - 1) \cdot j_{l-1}", "refuted", "the dilation is left out"),
    (STRIDES, "r = 13", "proved", ""),
    (STRIDES, "r = 12", "refuted", "12 claimed, 13 right"),
    (STRIDES, r"r_{l} = r_{l-1} + (k_l - 1) \cdot j_{l-1}", "proved", "r_0 = 1"),
    (STRIDES, "j_l = j_{l-1} s_l", "proved", ""),
    (STRIDES, "j_l = j_{l-1} + s_l", "refuted", ""),
    (STRIDES, r"r_l = r_{l-1} + \left[ (f_l - 1) \times \prod_{i=1}^{l-1} s_i \right]", "proved", ""),
    (STRIDES, r"r_l = r_{l-1} + (f_l - 1) \times \prod_{i=1}^{l} s_i", "refuted", "own stride does not count"),
    (STRIDES, "r_l = r_{l-1} + (k_l - 1) s_{l-1}", "refuted", "of all layers before are multiplied"),
    (STRIDES, "r_{l+1} = r_l + (k_{l+1} - 1) j_l", "proved", ""),
    (STRIDES, r"r = 1 + \sum_{l=1}^{L} (k_l - 1) \prod_{i=1}^{l-1} s_i", "proved", ""),
    (STRIDES, "r_2 = K_1 + K_2 s_1", "refuted", "K - 1 further, not K"),
    (ALIKE, "r = 1 + 3 (K - 1)", "proved", ""),
    (ALIKE, "r_2 = 5", "proved", ""),
]


@pytest.mark.parametrize(("network", "claim", "status", "words"), FIELDS, ids=[row[1][:60] for row in FIELDS])
def test_the_receptive_field(network: Sequential, claim: str, status: str, words: str) -> None:
    report = check(network, claim)
    assert report.status == status and words in str(report), str(report)


@pytest.mark.parametrize(("network", "field"), [(STRIDES, 13), (DILATED, 21), (ALIKE, 7)])
def test_the_receptive_field_is_what_an_output_reads(network: Sequential, field: int) -> None:
    """Steps back through the windows, one input at a time."""
    reached = {0}
    for part in reversed(network.parts):
        if part.layer is not None:
            (scheme,) = part.layer.schemes
            K, stride, dilation = (int(one.value or 0) for one in (scheme.K, scheme.s, scheme.d))
            reached = {stride * at + dilation * k for at in reached for k in range(K)}
    assert max(reached) - min(reached) + 1 == field and check(network, f"r = {field}").holds


def test_a_name_that_is_no_size_of_a_layer_is_an_error() -> None:
    with pytest.raises(SymconvError, match="not a size of the network's layers"):
        check(STRIDES, "r = q")


# -- branches ------------------------------------------------------------------------------------------

RESIDUAL = Graph(
    {
        "conv": Conv.lazy(kernel_size=3, out_channels=2, padding=1),
        "relu": Activation("relu"),
        "add": (Add(), "relu", "input"),
    },
    input_shape=(2, 3),
)


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ("a3[c, i] = X[c, i] + a2[c, i]", "proved"),
        ("delta2[c, i] = delta3[c, i]", "proved"),
        ("dL_dX[c, j] = delta3[c, j] + delta_b0[c, j]", "proved"),
        ("dL_dX[c, j] = delta3[c, j]", "refuted"),  # the path through the convolution is forgotten
        ("dL_dX[c, j] = 2*delta3[c, j]", "refuted"),
    ],
)
def test_claims_about_a_network_with_branches(claim: str, status: str) -> None:
    assert check(RESIDUAL, claim).status == status


@pytest.mark.parametrize("claim", [r"\delta^{l} = (w^{l+1})^T \delta^{l+1}", "r = 3"])
def test_claims_about_chains_are_not_read_of_branches(claim: str) -> None:
    with pytest.raises(SymconvError):
        check(RESIDUAL, claim)
