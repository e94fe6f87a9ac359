r"""Claims about networks in convolutions, and operators on single channels: which was right was found by hand first.

That \delta^l = (\delta^{l+1} *_{full} rot180(w^{l+1})) \odot f'(z^l) and dL/dw^l = a^{l-1} \star \delta^l is the chain
rule for cross-correlations; ``test_the_chain_rule_by_loops`` has it in plain loops.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from sympy import symbols

from symconv import Activation, Conv, Linear, Sequential, check
from symconv.errors import ClaimError

n, K, C, F = symbols("n K C F", integer=True, positive=True)
LINE = Sequential(Conv(8, 3), Activation("relu"), Conv(6, 2), input_shape=(1, 8), loss="squared")
DEEP = Sequential(
    Conv(8, 3, out_channels=2), Activation("relu"), Conv(6, 2, in_channels=2, out_channels=3), input_shape=(1, 8),
    loss="squared",
)  # fmt: skip
PLANE = Sequential(
    Conv((5, 5), (2, 2)), Activation("sigmoid"), Conv((4, 4), (3, 3)), input_shape=(1, 5, 5), loss="squared"
)
DENSE = Sequential(Linear(4, 3), Activation("sigmoid"), Linear(3, 2), input_shape=(4,), loss="squared")
CHANNELS = Conv(n, K, in_channels=C, out_channels=F)
IMAGES = Conv.general(2, stride=1, padding=0, dilation=1, bias=True)

RIGHT: list[tuple[Any, str]] = [
    (LINE, r"\delta^{l} = \delta^{l+1} * \text{rot}_{180}(w^{l+1}) \odot f'(z^l)"),
    (LINE, r"\delta^l = (\delta^{l+1} *_{full} rot180(w^{l+1})) \odot f'(z^l)"),
    (LINE, r"\delta^l = f'(z^l) \odot (\delta^{l+1} *_{full} rot_{180}(w^{l+1}))"),
    (LINE, r"\delta^l = \delta^{l+1} * rot180(w^{l+1}) \cdot \sigma'(z^l)"),
    (LINE, r"\frac{\partial L}{\partial w^l} = a^{l-1} * \delta^l"),
    (LINE, r"\frac{\partial C}{\partial w^l} = \delta^l * \sigma(z^{l-1})"),
    (LINE, r"\frac{\partial L}{\partial W^{[l]}} = A^{[l-1]} * \delta^{[l]}"),
    (LINE, r"\frac{\partial L}{\partial a^{l}} = \delta^{l+1} *_{full} \text{rot}_{180}(w^{l+1})"),
    (LINE, r"z^l = w^l * a^{l-1}"),
    (LINE, r"z^l = a^{l-1} \star w^l"),
    (LINE, r"a^l = f(a^{l-1} * w^l)"),
    (LINE, "dL/dw3 = conv(a2, delta3)"),
    (LINE, "dw1 = np.correlate(x, delta1, 'valid')"),
    (LINE, "z1 = np.convolve(x, w1[::-1], 'valid')"),
    (LINE, "da2 = np.convolve(delta3, w3, 'full')"),
    (LINE, "delta1 = np.convolve(delta3, w3, 'full') * relu'(z1)"),
    (DEEP, r"\delta^l = \delta^{l+1} *_{full} rot180(w^{l+1}) \odot f'(z^l)"),
    (DEEP, r"\delta^l_c = \sum_o \delta^{l+1}_o *_{full} rot180(w^{l+1}_{o,c}) \odot f'(z^l_c)"),
    (DEEP, r"z^l_o = \sum_c w^l_{o,c} * a^{l-1}_c"),
    (DEEP, r"\frac{\partial L}{\partial w^l_{oc}} = a^{l-1}_c * \delta^l_o"),
    (PLANE, r"\delta^l = \delta^{l+1} * ROT180(w^{l+1}) \odot f'(z^l)"),
    (PLANE, r"\delta_{x,y}^l = \delta^{l+1} * ROT180(w_{x,y}^{l+1}) f'(z_{x,y}^l)"),
    (CHANNELS, r"y_o = \sum_c w_{oc} * x_c"),
    (CHANNELS, r"y_o = \sum_{c=1}^{C} x_c \star w_{o,c}"),
    (CHANNELS, r"\frac{\partial L}{\partial x_c} = \sum_o \delta_o *_{full} rot180(w_{oc})"),
    (CHANNELS, r"\frac{\partial L}{\partial w_{oc}} = x_c * \delta_o"),
    (IMAGES, r"Y_i = B_i + \sum_{j=1}^n X_j \star K_{i,j}, \quad i = 1 \dots d"),
    (IMAGES, r"\frac{\partial E}{\partial K_{ij}} = X_j \star \frac{\partial E}{\partial Y_i}"),
    (IMAGES, r"\frac{\partial E}{\partial X_j} = \sum_{i=1}^d \frac{\partial E}{\partial Y_i} *_{full} K_{ij}"),
    (IMAGES, "y[o] = b[o] + sum(correlate2d(x[c], w[o, c], 'valid') for c in range(C_in))"),
    (IMAGES, 'dw[o,c] = signal.correlate2d(x[c], dy[o], "valid")'),
    (IMAGES, 'dx[c] += signal.convolve2d(dy[o], w[o,c], "full")'),
]

WRONG: list[tuple[Any, str, str]] = [
    (LINE, r"\delta^l = \delta^{l+1} *_{full} rot180(w^{l+1})", "the derivative f'(z1) of the activation is left out"),
    (LINE, r"\delta^l = (\delta^{l+1} *_{full} rot180(w^{l+1})) \odot f(z^l)", "f(z1) stands where f'(z1) belongs"),
    (LINE, r"\delta^l = \delta^{l+1} *_{full} w^{l+1} \odot f'(z^{l+1})", "f'(z3) stands where f'(z1) belongs"),
    (LINE, r"\delta^l = (\delta^{l+1} \star_{full} w^{l+1}) \odot f'(z^l)", "must be flipped the other way"),
    (LINE, r"\frac{\partial L}{\partial w^l} = a^{l} * \delta^l", "a2 stands where X belongs"),
    (LINE, r"\frac{\partial L}{\partial w^l} = \delta^l *_{full} a^{l-1}", "the convolution must be valid"),
    (LINE, "z1 = np.convolve(x, w1, 'valid')", "must be flipped the other way"),
    (LINE, "z3 = x * w3", "x stands where a2 belongs"),
    (PLANE, r"\frac{\partial C}{\partial w^l} = \delta^l * \sigma(ROT180(z^{l-1}))", "the input is read backwards"),
    (DEEP, r"\delta^l_c = \sum_o \delta^{l+1}_o *_{full} rot180(w^{l+1}_{o,c})", "is left out"),
    (DENSE, r"\delta^l = w^{l+1} \delta^{l+1} \odot \sigma'(z^l)", "the indices of w3 are exchanged"),
    (DENSE, r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma(z^l)", "sigmoid(z1) stands where sigmoid'(z1) belongs"),
    (DENSE, r"\delta^l = (w^{l+1})^T \delta^{l+1}", "the factor sigmoid'(z1) is left out"),
    (DENSE, "delta3[i] = t[i] - z3[i]", "its sign is wrong"),
    (DENSE, "delta3[i] = 2*(z3[i] - t[i])", "times 2"),
    (DENSE, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_j \delta^l_k", "the indices j and k are exchanged"),
    (DENSE, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l}_k \delta^l_j", "a2 stands where X belongs"),
    (DENSE, "z^l = w^l a^{l-1}", "b1 is left out"),
    (IMAGES, r"h_o = \sum_c w_{oc} \star x_c", "the bias is left out"),
    (
        IMAGES,
        r"\frac{\partial L}{\partial x_c} = \sum_o \delta_o \star_{full} w_{o,c}",
        "must be flipped the other way",
    ),
    (CHANNELS, r"h_o = \sum_{c} x_c *_{full} w_{o,c}", "the convolution must be valid"),
]

UNREAD: list[tuple[Any, str]] = [
    (CHANNELS, r"h_o = \sum_{c} x_c * w_{c,o}"),  # exchanged channels
    (CHANNELS, r"h_o = x_c * w_{o,c}"),  # nothing says that c is summed over
    (CHANNELS, r"\frac{\partial L}{\partial w_{o,c}} = \sum_o x_c \star \delta_o"),  # o is on the left too
    (IMAGES, r"h_o = \sum_c (b_o + w_{oc} \star x_c)"),  # the bias is added C_in times
    (IMAGES, "y[o] = sum(b[o] + correlate2d(x[c], w[o, c], 'valid') for c in range(C_in))"),
]


def some(rows: list[Any]) -> list[Any]:
    """Every sixth row by default, and the others if all are asked for."""
    return [row if at % 6 == 0 else pytest.param(*row, marks=pytest.mark.exhaustive) for at, row in enumerate(rows)]


@pytest.mark.parametrize(("subject", "claim"), some(RIGHT))
def test_right_claims(subject: Any, claim: str) -> None:
    assert check(subject, claim).status == "proved"


@pytest.mark.parametrize(("subject", "claim", "words"), some(WRONG))
def test_wrong_claims_with_their_reason(subject: Any, claim: str, words: str) -> None:
    report = check(subject, claim)
    assert report.status == "refuted"
    assert words in "; ".join(report.explanation)


@pytest.mark.parametrize(("subject", "claim"), UNREAD)
def test_what_is_not_the_same_as_whole_tensors_is_not_read_as_such(subject: Any, claim: str) -> None:
    with pytest.raises(ClaimError):
        check(subject, claim)


def test_the_chain_rule_by_loops() -> None:
    """delta1 and dL/dw3 of the network on a line against differences of the loss, which is quadratic in each weight."""
    chance = random.Random(0)
    x, t = ([chance.randint(-3, 3) for _ in range(size)] for size in (8, 5))
    w1, w3 = ([chance.randint(-3, 3) for _ in range(size)] for size in (3, 2))

    def slid(a: list[int], w: list[int]) -> list[int]:
        return [sum(w[k] * a[i + k] for k in range(len(w))) for i in range(len(a) - len(w) + 1)]

    def loss(w: list[int], z: list[int]) -> float:
        return sum((a - b) ** 2 for a, b in zip(slid([max(one, 0) for one in z], w), t)) / 2

    z1 = slid(x, w1)
    a2 = [max(one, 0) for one in z1]
    delta3 = [a - b for a, b in zip(slid(a2, w3), t)]
    padded = [0] * (len(w3) - 1) + delta3 + [0] * (len(w3) - 1)
    delta1 = [one * (z > 0) for one, z in zip(slid(padded, w3[::-1]), z1)]
    for at in range(len(z1)):
        if abs(z1[at]) > 0:  # the loss is quadratic on this side of the corner
            ends = [loss(w3, [z + step * (i == at) / 4 for i, z in enumerate(z1)]) for step in (-1, 1)]  # type: ignore[misc]
            assert delta1[at] == (ends[1] - ends[0]) * 2
    for at in range(len(w3)):
        ends = [loss([w + step * (k == at) for k, w in enumerate(w3)], z1) for step in (-1, 1)]
        assert slid(a2, delta3)[at] == (ends[1] - ends[0]) / 2
