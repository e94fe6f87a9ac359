"""Bad input: each has its own clear error, at the earliest moment, and nothing is left half done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    Interpolate,
    MaxPool,
    Notation,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
    ZeroInsertion,
    output_size,
    prove,
    prove_equal,
    spot_check,
)
from symconv.errors import (
    FormulaError,
    GeometryError,
    NotationError,
    SizeLimitError,
    SymbolicShapeError,
    SymconvError,
)

n, K, half = sp.Symbol("n"), sp.Symbol("K"), sp.Symbol("h2", integer=False)

LAYERS: list[tuple[Callable[[], Any], type[SymconvError], str]] = [
    (lambda: Conv(3, 5), GeometryError, "spans 5 elements, but the padded input has only 3"),
    (lambda: Conv((9, 3), (2, 2), dilation=(1, 3)), GeometryError, "axis 1"),
    (lambda: Conv(n, n + 1), GeometryError, "padded input has only n"),
    (lambda: Conv(0, 1), GeometryError, "input_size=0.*at least 1"),
    (lambda: Conv(-3, 2), GeometryError, "input_size=-3.*at least 1"),
    (lambda: Conv(3, 0), GeometryError, "kernel_size=0.*at least 1"),
    (lambda: Conv(3, 2, in_channels=0), GeometryError, "in_channels=0.*at least 1"),
    (lambda: Conv(3, 2, stride=0), GeometryError, "stride=0.*at least 1"),
    (lambda: Conv(3, 2, stride=-1), GeometryError, "stride=-1.*at least 1"),
    (lambda: Conv(3, 2, dilation=0), GeometryError, "dilation=0.*at least 1"),
    (lambda: Conv(3, 2, padding=-1), GeometryError, "the padded input has only 1"),
    (lambda: Conv(3.0, 2), GeometryError, "float is not a whole number"),
    (lambda: Conv(3, np.float64(2)), GeometryError, "whole number"),
    (lambda: Conv(sp.Rational(5, 2), 2), GeometryError, "not a whole number"),
    (lambda: Conv(sp.Float(3), 2), GeometryError, "whole number"),
    (lambda: Conv(n / 2, 2), GeometryError, "not a whole number for all sizes.*"),
    (lambda: Conv(sp.sqrt(n), 2), GeometryError, "polynomial"),
    (lambda: Conv(half, 2), GeometryError, "not a whole number"),
    (lambda: Conv(True, 1), GeometryError, "True and False are not sizes"),
    (lambda: Conv("3", 2), GeometryError, "text is not read as a size"),
    (lambda: Conv(3, None), GeometryError, "NoneType is not a whole number"),  # type: ignore[arg-type]
    (lambda: Conv(3, 2, padding="weird"), GeometryError, 'padding=\'weird\'.*"valid", "same", "same_tf", "full"'),
    (lambda: Conv(3, 2, padding=((1, 2, 3),)), GeometryError, r"\(1, 2, 3\) is not a padding of one axis"),
    (lambda: Conv(3, 2, padding=((1, "2"),)), GeometryError, "text is not read as a size"),
    (lambda: Conv(3, 2, padding=1.0), GeometryError, "float is not a whole number"),
    (lambda: Conv((3, 3), 2, padding=((1, 2), (0, 1), 2)), GeometryError, "numbers of axes.*pair"),
    (lambda: Conv(3, 2, padding=-2), GeometryError, "crops all of the input's 3 elements"),
    (lambda: Conv(3, 1, padding=((-3, 0),)), GeometryError, "crops all.*leave at least one"),
    (lambda: Conv(3, 2, stride=2, padding="same"), GeometryError, 'stride 2.*PyTorch refuses.*"same_tf"'),
    (lambda: Conv(3, 2, stride=n, padding="same"), GeometryError, "stride n"),
    (lambda: Conv(3, 2, padding=3, padding_mode="reflect"), GeometryError, "of 3 elements at most 2.*use at most 2"),
    (lambda: Conv(3, 2, padding=4, padding_mode="circular"), GeometryError, "at most 3.*wrapped around once"),
    (lambda: Conv(n, 2, padding=n, padding_mode="reflect"), GeometryError, "at most n - 1"),
    (lambda: Conv(1, 1, padding=((0, 1),), padding_mode="reflect"), GeometryError, "at most 0"),
    (lambda: Conv(3, 2, padding_mode="mirror"), GeometryError, "use zeros, circular, reflect or replicate"),
    (lambda: Conv(3, 2, padding_mode=None), GeometryError, "no such padding mode"),  # type: ignore[arg-type]
    (lambda: Conv(3, 2, groups=2), GeometryError, "2 groups do not divide 1 channels.*multiple of groups"),
    (lambda: Conv(3, 2, in_channels=4, out_channels=3, groups=2), GeometryError, "out_channels=3.*do not divide"),
    (lambda: Conv(3, 2, groups=0), GeometryError, "groups=0.*at least 1"),
    (lambda: Conv(3, 2, in_channels=2, out_channels=2, groups=-2), GeometryError, "groups=-2.*at least 1"),
    (lambda: Conv(3, 2, groups=(1, 1)), GeometryError, "a tuple is not a whole number"),
    (lambda: Conv(3, 2, batch_size=0), GeometryError, "batch_size=0.*at least 1"),
    (lambda: Conv(3, 2, batch_size=True), GeometryError, "True and False are not sizes"),
    (lambda: Conv(3, 2, input_dilation=0), GeometryError, "input_dilation=0.*at least 1"),
    (lambda: Conv((3, 3), 2, input_dilation=(1, 2, 3)), GeometryError, "numbers of axes"),
    (lambda: Conv(3, 2, flip="yes"), GeometryError, "flip=True reads the kernel backwards"),  # type: ignore[arg-type]
    (
        lambda: ConvTranspose(3, 2, output_padding=1),
        GeometryError,
        "smaller than the stride.*at most 0",
    ),
    (lambda: ConvTranspose(3, 2, stride=2, dilation=3, output_padding=3), GeometryError, "at most 2"),
    (lambda: ConvTranspose(3, 2, stride=2, output_padding=-1), GeometryError, "output_padding=-1.*at least 0"),
    (lambda: ConvTranspose(n, 2, stride=2, output_padding=2), GeometryError, "output_padding=2"),
    (lambda: ConvTranspose(2, 2, padding=2), GeometryError, "the output would have -1 elements"),
    (lambda: ConvTranspose(2, 2, padding="same"), GeometryError, "words are for a convolution's padding"),
    (lambda: ConvTranspose(2, 2, padding=((1, 2),)), GeometryError, "leaves out all outputs"),
    (lambda: Fold(3, 2, padding=((1, 0),)), GeometryError, "use one number per axis"),
    (lambda: AvgPool(4, 3, padding=((3, 0),)), GeometryError, "less than the kernel spans"),
    (lambda: AvgPool(4, 3, padding=-1), GeometryError, "at least 0"),
    (lambda: AvgPool(4, 3, divisor_override=0), GeometryError, "at least 1"),
    (lambda: MaxPool(4, 3, ceil_mode=1), GeometryError, "True or False"),  # type: ignore[arg-type]
    (lambda: AdaptiveAvgPool(4, 0), GeometryError, "at least 1"),
    (lambda: AdaptiveAvgPool((4, 4), (2, 2, 2)), GeometryError, "different numbers of axes"),
    (lambda: Pad(3, ((-1, -2),)), GeometryError, "crops all"),
    (lambda: Pad(3, 3, padding_mode="reflect"), GeometryError, "at most 2"),
    (lambda: PixelUnshuffle(5, 2), GeometryError, "use a multiple of the factor"),
    (lambda: PixelUnshuffle(n, 2), GeometryError, "with letters the product"),
    (lambda: PixelShuffle(5, 0), GeometryError, "at least 1"),
    (lambda: Interpolate(3), GeometryError, "neither size nor scale_factor"),
    (lambda: Interpolate(3, 4, 2), GeometryError, "not the same size"),
    (lambda: Interpolate(3, scale_factor=0), GeometryError, "positive number"),
    (lambda: Interpolate(3, scale_factor=float("nan")), GeometryError, "positive number"),
    (lambda: Interpolate(3, scale_factor=0.1), GeometryError, "at least 1"),
    (lambda: Interpolate(3, 4, mode="spline"), GeometryError, "no such mode"),
    (lambda: Interpolate(3, 4, mode="bilinear"), GeometryError, "a name for 2 axes"),
    (lambda: Interpolate(3, 4, mode="bicubic"), GeometryError, 'mode="cubic" on any number'),
    (lambda: Interpolate(3, 4, mode="cubic", rounding="floor"), GeometryError, "a cubic mode rounds nothing"),
    (lambda: Interpolate(3, 4, align_corners=True), GeometryError, "for linear and cubic modes"),
    (lambda: Interpolate(3, 4, mode="linear", rounding="floor"), GeometryError, "rounds nothing"),
    (lambda: Interpolate(3, n, coordinates="pytorch_half_pixel"), GeometryError, "or numbers"),
    (lambda: Pad(3, "same"), GeometryError, "words are for"),
    (lambda: ConvTranspose(2, 2, padding=-1), GeometryError, "padding=-1.*at least 0"),
    (lambda: ConvTranspose(3, 2, out_channels=3, in_channels=2, groups=2), GeometryError, "out_channels=3"),
    (lambda: AvgPool(4, 2, padding=2), GeometryError, "at most half of the kernel"),
    (lambda: AvgPool(2, 3), GeometryError, "only 2"),
    (lambda: AvgPool(4, 2, count_include_pad=2), GeometryError, "True or False"),  # type: ignore[arg-type]
    (lambda: AvgPool(sp.Symbol("D"), 2), NotationError, "a tensor of the layer has that name"),
    (lambda: Unfold(2, 3), GeometryError, "only 2"),
    (lambda: Fold(2, 3), GeometryError, "the padded output has only 2"),
    (lambda: Upsample(2, 0), GeometryError, "scale_factor=0"),
    (lambda: ZeroInsertion(2, 1.5), GeometryError, "whole number"),
    (lambda: Conv.general(1, stride=0), GeometryError, "stride=0"),
    (lambda: Conv((3, 3), (2, 2, 2)), GeometryError, "different numbers of axes"),
    (lambda: Conv((3, 3), 2, stride=(1, 1, 1)), GeometryError, "different numbers of axes"),
    (lambda: Conv((), ()), GeometryError, "at least one spatial axis"),
    (lambda: Conv(3, 2, bias="yes"), GeometryError, "True or False"),  # type: ignore[arg-type]
    (lambda: Conv(3, 2, notation="X"), NotationError, "not a Notation"),  # type: ignore[arg-type]
    (lambda: Conv(sp.Symbol("w"), 2), NotationError, "a tensor of the layer has that name"),
    (lambda: Conv(sp.Symbol("n"), sp.Symbol("n", integer=True)), GeometryError, "different assumptions"),
    (lambda: Conv.general(0), GeometryError, "ndim=0"),
    (lambda: Conv.general(2.0), GeometryError, "ndim=2.0"),  # type: ignore[arg-type]
    (lambda: output_size(3, 5), GeometryError, "only 3"),
    (lambda: Conv(3, 2).at(n=3), GeometryError, "symbols are none"),
    (lambda: Conv(n, 2).at(m=3), GeometryError, "symbols are n"),
    (lambda: Conv(n, 3).at(n=2), GeometryError, "only 2"),
    (lambda: Conv(n, 1).at(n=True), GeometryError, "n=True.*whole number"),
]


@pytest.mark.parametrize(("make", "kind", "message"), LAYERS, ids=[row[2] for row in LAYERS])
def test_a_layer_that_is_none(make: Callable[[], Any], kind: type[SymconvError], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        make()
    assert str(caught.value).startswith("given ")
    assert caught.value.right


NAMES = [
    "\\input{x}",
    "a b",
    "<b>",
    "",
    "x1",
    "1x",
    "x_",
    "_x",
    "x__y",
    "$x$",
    "a\nb",
    "a\n",
    "x{",
    "é",
    "x²",
    "a" * 41,
    "\\write",
    3,
    None,
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_that_is_no_identifier(name: Any) -> None:
    with pytest.raises(NotationError, match="given input="):
        Notation(input=name)


@pytest.mark.parametrize("name", ["x", "theta", "\\theta", "x_in", "Xin", "lambda"])
def test_a_name_that_is_one(name: str) -> None:
    conv = Conv(3, 2, notation=Notation(input=name))
    labels = {symbol.name for symbol in conv.direct.output[0, 0].free_symbols}
    plain = name.lstrip("\\")
    assert labels == {f"{plain}1", f"{plain}2", "w1", "w2"}
    assert conv.notation.input == plain


def test_names_used_twice() -> None:
    with pytest.raises(NotationError, match="input has that name already"):
        Notation(weight="X")
    with pytest.raises(NotationError, match="0 or 1"):
        Notation(index_base=2)


USES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Conv(n, 2).direct.output.array(), SymbolicShapeError, r"conv\.at\(n="),
    (lambda: Conv(n, 2).input, SymbolicShapeError, "symbols n"),
    (lambda: Conv(n, 2).fully_connected.matrix, SymbolicShapeError, "the matrix|array v"),
    (lambda: Conv(n, 2).patches.patches, SymbolicShapeError, "array P"),
    (lambda: Conv(n, 2).direct.output.evaluate(X=[[1]]), SymbolicShapeError, "numbers"),
    (lambda: Conv((1001, 1001), (1, 1)).direct.output.array(), SizeLimitError, r"1,002,001.*max_terms=1002001"),
    (lambda: Conv((1001, 1001), (1, 1)).input, SizeLimitError, "1,002,001"),
    (lambda: Conv((300, 300), (3, 3)).fully_connected.matrix, SizeLimitError, "the limit is 600,000"),
    (lambda: Conv(3, 2).direct.output[0], FormulaError, "give 2 indices"),
    (lambda: Conv(3, 2).direct.output[0, 2], IndexError, "out of range"),
    (lambda: Conv(3, 2).direct.output[1, 0], IndexError, "out of range"),
    (lambda: Conv(3, 2).direct.output[0, 0.5], FormulaError, "index 0.5"),
    (lambda: Conv(3, 2).direct.output[0, "i"], FormulaError, "index 'i'"),
    (lambda: Conv(3, 2).direct.grad_bias, SymconvError, "the layer has no bias"),
    (lambda: Conv(3, 2).bias, SymconvError, "bias=True"),
    (lambda: Conv(3, 2).direct.jacobian("output"), SymconvError, 'use "input"'),
    (lambda: Conv(3, 2).direct.jacobian("bias"), SymconvError, "the layer has no bias"),
    (lambda: prove(Conv(3, 2), of="outputs"), SymconvError, "use output, grad_weight, grad_input"),
    (lambda: prove(Conv(3, 2), views=["direct"]), SymconvError, "at least two"),
    (lambda: prove(Conv(3, 2), views=["direct", "dense"]), SymconvError, "use direct, fully_connected, patches"),
    (lambda: prove_equal(Conv(3, 2).direct.output, Conv(4, 2).direct.output), FormulaError, "different shapes"),
    (lambda: spot_check(Conv(3, 2), trials=0), SymconvError, "trials=0"),
    (lambda: spot_check(Conv(3, 2), seed=-1), SymconvError, "seed=-1"),
    (lambda: spot_check(Conv(3, 2), trials=1.5), SymconvError, "trials=1.5"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("use", "kind", "message"), USES, ids=[row[2] for row in USES])
def test_a_use_that_cannot_be(use: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        use()


def test_what_numpy_and_sympy_users_pass_is_accepted() -> None:
    same = Conv((5, 4), (3, 2), stride=2, padding=(1, 0), out_channels=2)
    assert (
        Conv(
            [np.int64(5), sp.Integer(4)],
            sp.Tuple(3, 2),
            stride=[2, 2],
            padding=(np.int8(1), 0),
            out_channels=sp.Integer(2),
        )
        == same
    )
    assert hash(same) == hash(Conv((5, 4), (3, 2), stride=(2, 2), padding=(1, 0), out_channels=2))
    assert repr(same) == "Conv((5, 4), (3, 2), out_channels=2, stride=(2, 2), padding=(1, 0))"
    assert Conv(3, 2, notation=Notation(input="x")) != Conv(3, 2)
    assert Conv(3, 2, bias=True) != Conv(3, 2)


def test_the_limit_can_be_raised() -> None:
    conv = Conv((40, 40), (2, 2))
    with pytest.raises(SizeLimitError):
        conv.direct.output.array(max_terms=100)
    assert conv.direct.output.array(max_terms=10_000).shape == (1, 39, 39)
