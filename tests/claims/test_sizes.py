"""Claims about sizes, against counting the windows one by one."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, SymconvError, check
from symconv.errors import ClaimError

n, K, s, p, d, u = sp.symbols("n K s p d u", integer=True, positive=True)
GENERAL = Conv.general(1, in_channels=1, out_channels=1, bias=False)
TRANSPOSED = ConvTranspose.general(1, in_channels=1, out_channels=1, bias=False)
PLANE = Conv.general(2)
RECTANGLE = Conv((7, 9), (3, 3))

RIGHT = [
    (GENERAL, "m = floor((n + 2p - d(K-1) - 1)/s) + 1"),
    (GENERAL, r"m = \left\lfloor \frac{n + 2p - d(K-1) - 1}{s} \right\rfloor + 1"),
    (GENERAL, r"m = \left\lfloor \frac{n + 2p - d(K-1) - 1}{s} + 1 \right\rfloor"),
    (GENERAL, "m = ceil((n + 2p - d(K - 1))/s)"),
    (GENERAL, "o = (i + 2p - d(k-1) - 1) // s + 1"),
    (GENERAL, "W_out = floor((W - d(F - 1) - 1 + 2P)/S) + 1"),
    (GENERAL, "L_out = floor((L_in + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1)"),
    (GENERAL, "n_{out} = ⌊(n_{in} + 2p - d(k - 1) - 1)/s⌋ + 1"),
    (Conv(n, K), "m = n - K + 1"), (Conv(n, K), "n = m + K - 1"), (Conv(n, K), "m = (n - K)/s + 1"),
    (Conv(n, K, padding=p), r"\text{out} = n + 2p - K + 1"),
    (Conv(n, K, stride=s), "out_height = ceil((in_height - filter_height + 1) / strides[1])"),
    (Conv(n, K, stride=s),
     r"n_H^{[l]} = \lfloor \frac{n_H^{[l-1]} + 2p^{[l]} - f^{[l]}}{s^{[l]}} + 1 \rfloor"),
    (Conv(n, K, padding="same"), "m = n"), (Conv(n, K, padding="full"), "m = n + K - 1"),
    (Conv(7, 3, stride=2), "W2 = (7 - 3)/2 + 1"), (Conv(32, 5, stride=1, padding=2), "W2 = (W1 - F + 2P)/S + 1"),
    (TRANSPOSED, "m = s(n-1) + d(K-1) + 1 - 2p + u"),
    (TRANSPOSED, r"L_{out} = (L_{in} - 1) \times \text{stride} - 2 \times \text{padding} + \text{dilation} \times "
     r"(\text{kernel\_size} - 1) + \text{output\_padding} + 1"),
    (PLANE, r"H_{out} = \left\lfloor\frac{H_{in} + 2 \times \text{padding}[0] - \text{dilation}[0] \times "
     r"(\text{kernel\_size}[0] - 1) - 1}{\text{stride}[0]} + 1\right\rfloor"),
    (PLANE, r"W_{out} = \left\lfloor\frac{W_{in} + 2 \times \text{padding}[1] - \text{dilation}[1] \times "
     r"(\text{kernel\_size}[1] - 1) - 1}{\text{stride}[1]} + 1\right\rfloor"),
    (PLANE, "m1 = floor((n1 + 2p1 - d1(K1-1) - 1)/s1) + 1"),
    (PLANE, "out = floor((in + 2*padding - dilation*(kernel_size - 1) - 1)/stride) + 1"),
    (PLANE, "O = floor((W + 2P - D(F - 1) - 1)/S) + 1"), (RECTANGLE, "out = n - K + 1"),
    (AvgPool(n, K, stride=s), "m = floor((n - K)/s) + 1"),
]  # fmt: skip
WRONG = [
    (GENERAL, "m = (n + 2p - d(K-1) - 1)/s + 1", "the floor is left out"),
    (GENERAL, "m = floor((n + 2p - K)/s) + 1", "the dilation is left out"),
    (GENERAL, "m = floor((n + 2p - d(K-1))/s) + 1", "a 1 is missing in the numerator"),
    (GENERAL, "m = floor((n + 2p - d(K-1) - 1)/s)", "it is 1 too small"),
    (GENERAL, "m = floor((n + p - d(K-1) - 1)/s) + 1", "the padding is on one side only"),
    (GENERAL, "m = floor((n - d(K-1) - 1)/s) + 1", "the padding is left out"),
    (GENERAL, "m = ceil((n + 2p - d(K-1) - 1)/s) + 1", "floor and ceiling are exchanged"),
    (Conv(n, K), "m = n - K", "it is 1 too small"),
    (Conv(n, K, stride=s), "m = n - K + 1", "the stride is left out"),
    (Conv(n, K, stride=s), "n = s(m - 1) + K", "right only where the stride leaves nothing over"),
    (Conv(7, 3, stride=2), "m = 4", "it is 1 too large"),
    (TRANSPOSED, "m = s(n-1) + K - 2p", ""),
    (PLANE, "out = floor((n + 2p - d(K-1))/s) + 1", "a 1 is missing in the numerator"),
    (PLANE, "out = floor((n + 2p - K)/s) + 1", "the dilation is left out on axis 0"),
    (RECTANGLE, "out = n - K", "it is 1 too small"), (RECTANGLE, "out = 5", ""),
    (PLANE, r"W_{out} = \lfloor (W_{in} + 2 p_1 - d_2 (K_2 - 1) - 1)/s_2 + 1 \rfloor", ""),
]  # fmt: skip


def counted(inputs: int, kernel: int, stride: int, pad: int, dilation: int) -> int:
    """How many windows fit, one by one."""
    found = 0
    while stride * found + dilation * (kernel - 1) < inputs + 2 * pad:
        found += 1
    return found


@pytest.mark.parametrize(("layer", "claim"), RIGHT, ids=[row[1] for row in RIGHT])
def test_a_size_that_is_right(layer: Any, claim: str) -> None:
    report = check(layer, claim)
    assert (report.status, report.of) == ("proved", "output_size")


@pytest.mark.parametrize(("layer", "claim", "reason"), WRONG, ids=[row[1] for row in WRONG])
def test_a_size_that_is_wrong(layer: Any, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted"
    assert reason in " ".join(report.explanation)
    assert report.witness is not None
    assert report.witness.left != report.witness.right
    if layer is GENERAL:
        at = report.witness.sizes
        assert report.witness.left == counted(*(at[name] for name in ("n", "K", "s", "p", "d")))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("m = floor((n + 2p - d(K-1) - 1)/s) + 1", lambda n, K, s, p, d: (n + 2 * p - d * (K - 1) - 1) // s + 1),
        ("m = ceil((n + 2p - d(K-1))/s)", lambda n, K, s, p, d: -(-(n + 2 * p - d * (K - 1)) // s)),
        ("m = floor((n + 2p - d K)/s) + 1", lambda n, K, s, p, d: (n + 2 * p - d * K) // s + 1),
        ("m = floor((n + 2p + s - d(K-1) - 1)/s)", lambda n, K, s, p, d: (n + 2 * p + s - d * (K - 1) - 1) // s),
        ("m = floor((n + 2p)/s) - d(K-1)", lambda n, K, s, p, d: (n + 2 * p) // s - d * (K - 1)),
    ],
)
def test_sizes_are_right_where_counting_says_so(claim: str, value: Any) -> None:
    sizes = [at for at in product(range(1, 7), range(1, 4), range(1, 4), range(3), range(1, 4))]
    fits = [at for at in sizes if at[0] + 2 * at[3] >= at[4] * (at[1] - 1) + 1]
    right = all(value(*at) == counted(*at) for at in fits)
    assert check(GENERAL, claim).status == ("proved" if right else "refuted")


def test_it_is_said_for_which_sizes_and_nothing_of_tensors() -> None:
    assert check(Conv(5, 2), "m = n - K + 1").scope == "this shape"
    assert check(Conv(5, 2), "parameters = 2").scope == "this shape"
    scope = check(Conv.general(1), "m = floor((n + 2p - d(K-1) - 1)/s) + 1").scope
    assert scope.startswith("all whole numbers ") and scope.endswith("(the kernel fits)")


def test_a_size_that_divides_by_zero_is_an_error() -> None:
    with pytest.raises(SymconvError):
        check(Conv(n, K, stride=s), "m = (n - K)/p + 1")


def test_a_size_of_no_axis_is_claimed_on_each() -> None:
    report = check(RECTANGLE, "out = n - K + 1")
    assert report.reading[:2] == ("it is claimed on each axis", "out is 5 and 7")
    one = check(PLANE, "O = floor((W + 2P - D(F - 1) - 1)/S) + 1")
    assert "O is m2" in one.reading  # W is the width: the claim is about that axis


def test_a_number_of_parameters_has_no_axis() -> None:
    assert check(PLANE, "parameters = C_out*C_in*K1*K2 + C_out").holds
    with pytest.raises(SymconvError, match="not a size"):
        check(PLANE, "parameters = C_out*C_in*K*K + C_out")


IMAGE = Conv((32, 32), (5, 5), in_channels=3, out_channels=6, padding=2, bias=True)
LONG = Conv(7, 3, stride=2)


@pytest.mark.parametrize(
    ("layer", "claim"),
    [
        (IMAGE, "y.shape == (6, 32, 32)"),
        (IMAGE, "out.shape = (1, 6, 32, 32)"),
        (IMAGE, "y.size() = torch.Size([1, 6, 32, 32])"),
        (IMAGE, "output volume = 32 x 32 x 6"),
        (IMAGE, "Output: 32x32x6"),
        (IMAGE, r"the output is 6 \times 32 \times 32"),
        (IMAGE, "the output has shape (N, 6, 32, 32)"),
        (IMAGE, "the input is 32x32x3"),
        (IMAGE, "W.shape == (6, 3, 5, 5)"),
        (IMAGE, "W.shape == (5, 5, 3, 6)"),
        (IMAGE, "dW.shape = (6, 3, 5, 5)"),
        (IMAGE, "b.shape = (6,)"),
        (IMAGE, "number of weights = 5*5*3*6"),
        (IMAGE, "#weights = 450"),
        (IMAGE, "weights = 5 x 5 x 3 x 6 = 450"),
        (LONG, "y.shape = (3,)"),
        (LONG, "y.shape = (1, 3)"),
        (LONG, "the output size is 3"),
        (LONG, "output length: floor((7 - 3)/2) + 1 = 3"),
        (Conv.general(2), "y.shape = (C_out, H_out, W_out)"),
        (Conv.general(2), "output height = floor((H + 2P - d(K-1) - 1)/S) + 1"),
    ],
)
def test_shapes_that_are_right(layer: Any, claim: str) -> None:
    assert check(layer, claim).holds, str(check(layer, claim))


@pytest.mark.parametrize(
    ("layer", "claim", "reason"),
    [
        (IMAGE, "output: 28x28x6", "the padding is left out"),
        (IMAGE, "y.shape = (6, 28, 28)", "the padding is left out"),
        (LONG, "y.shape = (1, 5)", "the stride is left out"),
        (IMAGE, "the output has shape (6, 32, 31)", "it is 1 too small"),
        (IMAGE, "y.shape = (32, 32)", "it has 2 sizes, and the shape of h is (6, 32, 32)"),
        (IMAGE, "W.shape = (3, 6, 5, 5)", ""),
        (IMAGE, "number of weights = 456", "the biases are counted too"),
        (IMAGE, "y.shape = (3, 32, 32)", ""),
        (Conv.general(2), "y.shape = (C_in, H_out, W_out)", ""),
        (Conv.general(2), "y.shape = (C_out, W_out, H_out)", ""),
    ],
)
def test_shapes_that_are_wrong(layer: Any, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted", str(report)
    assert not reason or reason in report.explanation, report.explanation
    assert report.right.startswith(("h.shape = (", "w.shape = (", "parameters = "))


def test_shapes_are_those_of_numpy() -> None:
    draw = random.Random(5)
    for _ in range(40):
        n, k = draw.randint(4, 9), draw.randint(1, 3)
        options = {"stride": draw.randint(1, 3), "padding": draw.randint(0, 2), "dilation": draw.randint(1, 2)}
        span = options["dilation"] * (k - 1) + 1
        right = len(range(0, n + 2 * options["padding"] - span + 1, options["stride"]))
        layer = Conv((n, n), (k, k), in_channels=2, out_channels=3, **options)
        for claimed in {right, right + 1, n - k + 1}:
            assert check(layer, f"y.shape = (3, {claimed}, {claimed})").holds == (claimed == right)


def test_the_shape_of_a_matrix_of_a_view_is_not_judged_as_that_of_a_tensor() -> None:
    for claim in ("V.shape = (9, 4)", "W.shape = (4, 9)"):
        with pytest.raises(ClaimError):
            check(Conv((3, 3), (2, 2)), claim)
    assert check(Conv((3, 3), (2, 2)), "W.shape = (2, 2)").holds


def test_a_name_in_a_shape_that_is_not_a_size_is_said() -> None:
    with pytest.raises(ClaimError, match="foo is not a size of the layer"):
        check(IMAGE, "y.shape = (6, foo, 32)")
    with pytest.raises(ClaimError, match="use at most 8"):
        check(IMAGE, "y.shape = (1, 1, 1, 1, 1, 1, 6, 32, 32)")
