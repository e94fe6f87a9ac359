r"""Claims about counts: parameters, multiplications, FLOPs, shapes in LaTeX; every number is counted by a loop."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, check
from symconv.errors import ClaimError
from symconv.layers import Layer

LENET = Conv((32, 32), (5, 5), in_channels=3, out_channels=6, bias=True)
LINE = Conv(5, 3)
DEEP = Conv((9, 8), (3, 2), in_channels=4, out_channels=4, groups=2, stride=2, padding=1, dilation=(1, 2))
BACK = ConvTranspose((4, 4), (3, 3), in_channels=2, out_channels=3, stride=2)
n, K, s, p, C, F, N = sp.symbols("n K s p C F N", integer=True, positive=True)
SQUARE = Conv((n, n), (K, K), in_channels=C, out_channels=F, stride=s, padding=p)


def products_in_loops(layer: Layer) -> int:
    """One product after the other, as a program computes the layer."""
    places = layer.input_shape[1:] if isinstance(layer, ConvTranspose) else layer.output_shape[1:]
    heads = layer.in_channels if isinstance(layer, ConvTranspose) else layer.out_channels
    rest = layer.weight_shape[1:]
    count = 0
    for _ in product(range(int(heads)), *(range(int(one)) for one in places)):
        for _ in product(*(range(int(one)) for one in rest)):
            count += 1
    return count


def outputs_of(layer: Layer) -> int:
    return prod(map(int, layer.output_shape))


@pytest.mark.parametrize("layer", [LENET, LINE, DEEP, BACK], ids=repr)
def test_multiplications_are_those_of_a_program(layer: Layer) -> None:
    count = products_in_loops(layer)
    for words in (
        "MACs = {}",
        "number of multiplications: {}",
        "the layer needs {} multiply-adds",
        r"\text{MACs} = {}",
    ):
        assert check(layer, words.replace("{}", str(count))).holds
        assert check(layer, words.replace("{}", str(count + 7))).status == "refuted"
    operations = check(layer, f"FLOPs = {2 * count}")
    assert operations.holds and "two operations" in str(operations)
    assert "one operation" in str(check(layer, f"FLOPs = {count}"))


def test_additions() -> None:
    assert check(LINE, "additions = 6").holds  # 3 outputs, each of 3 products
    assert check(LINE, "FLOPs = 15").holds
    assert check(LENET, f"additions = {products_in_loops(LENET)}").holds  # the bias takes the place of the first
    assert check(LENET, f"FLOPs = {2 * products_in_loops(LENET) + outputs_of(LENET)}").holds
    assert check(LINE, "additions = 7").status == "refuted"


RIGHT = (
    ("the layer has 456 parameters", LENET),
    ("456 trainable parameters", LENET),
    ("456 parameters in total.", LENET),
    ("The convolutional layer has (5*5*3+1)*6 = 456 parameters.", LENET),
    ("This layer has 450 weights", LENET),
    ("6 x 28 x 28 x 5 x 5 x 3 = 352,800 multiplications", LENET),
    ("FLOPs = 2*MACs", LENET),
    (r"FLOPs = 2 H_{out} W_{out} K^2 C_{in} C_{out}", SQUARE),
    (r"\text{MACs} = K \times K \times C_{in} \times H_{out} \times W_{out} \times C_{out}", SQUARE),
    (r"\text{FLOPs} = 2 \cdot H \cdot W \cdot K^2 \cdot C_{in} \cdot C_{out}", SQUARE),
    ("MACs = K*K*C*H_out*W_out", Conv((n, n), (K, K), in_channels=C, out_channels=C, groups=C)),
    ("MACs = N*C*F*K*(n - K + 1)", Conv(n, K, in_channels=C, out_channels=F, batch_size=N)),
)


@pytest.mark.parametrize(("claim", "layer"), RIGHT)
def test_right_counts(claim: str, layer: Layer) -> None:
    assert check(layer, claim).holds, claim


@pytest.mark.parametrize(
    ("claim", "layer", "reason"),
    [
        ("MACs = 3", LINE, "is counted once"),
        ("MACs = 15", LINE, "place of the output, not of the input"),
        ("MACs = 28*28*6*5*5", LENET, "for every input channel"),
        ("MACs = 28*28*5*5*3", LENET, "for every output channel"),
        ("MACs = 28*28*6*5*3", LENET, "more than one axis"),
        ("FLOPs = 2*9*9*3*3*2*3", BACK, "place of the input, not of the output"),
        ("450 parameters", LENET, "biases are left out"),
    ],
)
def test_wrong_counts_have_their_reason(claim: str, layer: Layer, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted" and reason in str(report)
    assert "every entry" not in str(report)


SHAPES = (
    (r"Y \in \mathbb{R}^{6 \times 28 \times 28}", LENET),
    (r"$\mathbf{W} \in \mathbb{R}^{6\times 3\times 5\times 5}$", LENET),
    ("Y ∈ ℝ^{28×28×6}", LENET),
    (r"b \in \mathbb{R}^6", LENET),
    (r"\frac{\partial L}{\partial W} \in \mathbb{R}^{6 \times 3 \times 5 \times 5}", LENET),
    (r"h \in \mathbb{R}^{n-K+1}", Conv(n, K)),
    (r"X \in \mathbb{R}^{N \times C \times H \times W}", Conv((n, n), (K, K), in_channels=C, batch_size=N)),
)


@pytest.mark.parametrize(("claim", "layer"), SHAPES)
def test_shapes_in_latex(claim: str, layer: Layer) -> None:
    assert check(layer, claim).holds, claim
    longer = claim.replace("28", "29").replace(" 5", " 4").replace("^6", "^7").replace("K+1", "K").replace("C", "2C")
    assert check(layer, longer).status == "refuted", longer


def test_a_matrix_of_weights_is_not_the_kernel() -> None:
    """W may be the dense matrix, or the kernels in rows; its shape is not that of the kernel."""
    for layer, claim in (
        (LENET, r"W \in \mathbb{R}^{6 \times 75}"),
        (Conv(n, K), r"W \in \mathbb{R}^{n \times m}"),
        (Conv((5, 5), 3), r"W \in \mathbb{R}^{25 \times 9}"),
    ):
        with pytest.raises(ClaimError, match="as a matrix"):
            check(layer, claim)


def test_layers_without_products() -> None:
    with pytest.raises(ClaimError, match="counted of convolutions"):
        check(AvgPool(6, 2), "MACs = 6")


@pytest.mark.parametrize(
    "claim",
    ["9" + " " * 5_000 + "multiplications!", "9 " + "total " * 160 + "weights x", "y[i] = " + "x[(i) % 5] " * 400],
)
def test_long_texts_are_errors_of_ours(claim: str) -> None:
    with pytest.raises(ClaimError):
        check(LINE, claim)
