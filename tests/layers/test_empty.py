"""Outputs of size 0: where XLA and PyTorch have them, and where they refuse them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    BatchGroupedConv,
    Conv,
    ConvTranspose,
    Fold,
    Interpolate,
    MaxPool,
    Pad,
    Unfold,
    Upsample,
    check,
    exercises,
    figures_of,
    output_size,
    prove,
    sgd_step,
    solve_sharing,
    spot_check,
    write_notes,
)
from symconv.errors import GeometryError, SymconvError
from symconv.figures import window
from symconv.layers import Layer
from symconv.notes import NotesStyle
from tests.tools import thinned

EMPTY = [
    Conv(3, 5, allow_empty=True),
    Conv((3, 4), (5, 2), in_channels=2, out_channels=3, bias=True, batch_size=2, allow_empty=True),
    Conv(4, 2, batch_size=0, bias=True, allow_empty=True),
    Conv(3, 1, padding=((-1, -2),), allow_empty=True),
    Conv(3, 4, padding=((2, 0),), stride=2, padding_mode="circular", dilation=3, allow_empty=True),
    ConvTranspose(1, 2, padding=1, bias=True, allow_empty=True),
    ConvTranspose((2, 2), (3, 2), padding=(1, 2), stride=(1, 3), batch_size=0, allow_empty=True),
    BatchGroupedConv(3, 5, batch_group_count=2, batch_size=2, out_channels=2, allow_empty=True),
    Pad(3, ((-1, -2),), allow_empty=True),
    AvgPool(3, 4, allow_empty=True),
    AvgPool((4, 4), 2, padding=1, count_include_pad=False, batch_size=0, allow_empty=True),
    MaxPool((3, 3), (4, 2), channels=2, allow_empty=True),
    MaxPool((4, 4), 2, batch_size=0, allow_empty=True),
    AdaptiveAvgPool(4, 0, allow_empty=True),
    AdaptiveMaxPool((4, 4), (0, 2), channels=2, allow_empty=True),
    Unfold((3, 3), (4, 2), allow_empty=True),
    Fold((4, 4), 2, batch_size=0, allow_empty=True),
    Upsample(3, 2, batch_size=0, allow_empty=True),
    Interpolate(3, scale_factor=2, mode="linear", batch_size=0, allow_empty=True),
]


def _ones(layer: Layer) -> dict[str, Any]:
    names = layer.notation
    shapes: dict[str, Any] = {names.input: layer.input_shape, names.grad_output: layer.output_shape}
    if "grad_weight" in layer.quantities:
        shapes[names.weight] = layer.weight_shape
    if layer.bias_term:
        shapes[names.bias] = layer.bias_shape
    arrays = {name: np.ones([int(size) for size in shape]) for name, shape in shapes.items()}
    return {**arrays, **layer.chosen(arrays[names.input])}


@pytest.mark.parametrize("layer", EMPTY, ids=str)
def test_an_empty_output_has_no_entries_and_sums_to_gradients_of_zero(layer: Layer) -> None:
    assert 0 in layer.output_shape
    arrays = _ones(layer)
    for view in layer.views.values():
        for quantity in layer.quantities:
            formula = getattr(view, quantity)
            given = {one.name: arrays[one.name] for one in formula.form.tensors if one.name in arrays}
            found = formula.evaluate(**given)
            assert found.shape == formula.shape
            assert not found.any()
            assert not any(formula.array().reshape(found.size).tolist() if found.size else [])


@pytest.mark.parametrize("layer", EMPTY, ids=str)
@pytest.mark.parametrize("by", [None, "normal form", "terms", "theorem"])
def test_an_empty_output_is_proved_in_every_way(layer: Layer, by: str | None) -> None:
    assert prove(layer, by=by).holds


@pytest.mark.parametrize("layer", EMPTY, ids=str)
def test_nothing_stumbles_over_an_empty_output(layer: Layer) -> None:
    assert spot_check(layer, trials=2).passed
    assert eval(repr(layer), {type(layer).__name__: type(layer)}) == layer
    assert isinstance(layer.unread_in_words(), str)
    assert len(layer.leftover) == layer.ndim
    assert layer.adjoint.output_shape == layer.input_shape
    assert layer.family().allows_empty
    assert figures_of(layer) == ()
    assert layer.grad_output.shape == layer.output_shape
    for view in layer.views_on_request.values():
        assert view.output.array().shape == layer.output_shape


def test_a_dense_matrix_without_columns_has_no_constraints() -> None:
    dense = Conv(3, 5, allow_empty=True).fully_connected
    assert dense.matrix.shape == dense.free_matrix.shape == dense.grad_matrix.shape == (3, 0)
    assert not dense.constraints
    assert str(solve_sharing(Conv(3, 5, allow_empty=True)))
    assert check(Conv(3, 5, allow_empty=True), "h[i] = sum_k w[k] X[i + k]").holds
    assert sgd_step(Conv(3, 5, allow_empty=True)).prove().holds


@pytest.mark.parametrize(
    "kind",
    [Conv, ConvTranspose, Pad, AvgPool, MaxPool, AdaptiveAvgPool, AdaptiveMaxPool, Unfold],
    ids=lambda k: k.__name__,
)
@pytest.mark.parametrize("ndim", [1, 2])
def test_one_theorem_holds_for_empty_outputs_and_all_others(kind: type[Layer], ndim: int) -> None:
    layer = kind.general(ndim, allow_empty=True)
    report = prove(layer)
    assert report.holds
    assert "(the output may be empty)" in report.scope
    assert spot_check(layer, trials=5).passed


def test_the_general_size_is_the_number_of_windows_and_0_if_none_fits() -> None:
    layer, draw = Conv.general(1, allow_empty=True, bias=False), random.Random(0)
    assert str(layer.output_size[0]) == "floor(Max(0, -K*d + d + n + 2*p + s - 1)/s)"
    for _ in range(100):
        n, K, s, d, p = (draw.randint(1, 6) for _ in range(5))
        p -= 1
        numbers = layer.at(n=n, K=K, s=s, d=d, p=p, C_in=1, C_out=1)
        windows = [i for i in range(50) if s * i + d * (K - 1) < n + 2 * p]
        assert numbers.output_size == (len(windows),)


def test_what_no_output_reads_is_all_of_the_input() -> None:
    assert Conv(3, 5, allow_empty=True).unread == ((0, 1, 2),)
    assert AdaptiveMaxPool(2, 0, allow_empty=True).unread == ((0, 1),)
    assert Conv(3, 5, allow_empty=True).unread_in_words() == "axis 0: no output reads the input at index 0, 1, 2"


BAD = [
    (lambda: Conv(3, 5), "spans 5 elements, but the padded input has only 3"),
    (lambda: Conv(3, 5, batch_size=0), "batch_size=0.*at least 1"),
    (lambda: Conv(0, 1, allow_empty=True), "input_size=0.*at least 1"),
    (lambda: Conv(3, 0, allow_empty=True), "kernel_size=0.*at least 1"),
    (lambda: Conv(3, 1, in_channels=0, allow_empty=True), "in_channels=0.*at least 1"),
    (lambda: Conv(3, 1, batch_size=-1, allow_empty=True), "batch_size=-1.*at least 0"),
    (lambda: Conv(3, 1, padding=((-2, -2),), allow_empty=True), "crops all"),
    (lambda: Pad(3, ((-2, -1),)), "crops all"),
    (lambda: Pad(3, ((-2, -2),), allow_empty=True), "crops all"),
    (lambda: ConvTranspose(1, 2, padding=1), "would have 0 elements"),
    (lambda: ConvTranspose(1, 1, padding=1, allow_empty=True), "would have -1 elements"),
    (lambda: AdaptiveAvgPool(4, 0), "output_size=0.*at least 1"),
    (lambda: AdaptiveAvgPool(4, -1, allow_empty=True), "output_size=-1.*at least 0"),
    (lambda: AvgPool(4, 2, divisor_override=0, allow_empty=True), "divisor_override=0.*at least 1"),
    (lambda: Conv(3, 5, allow_empty="yes"), "True or False"),  # type: ignore[arg-type]
    (lambda: output_size(3, 5), "padded input has only 3"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_it_is_an_error_by_default_and_where_the_references_refuse_too(make: Any, words: str) -> None:
    with pytest.raises(GeometryError, match=words):
        make()


@pytest.mark.torch
@pytest.mark.parametrize("layer", [one for one in EMPTY if not isinstance(one, BatchGroupedConv)], ids=str)
def test_pytorch_has_the_same_shapes_and_gradients_or_refuses(layer: Layer) -> None:
    """PyTorch has empty batches, crops, transposed and adaptive layers, and refuses kernels that do not fit."""
    torch = pytest.importorskip("torch")
    x = torch.ones([int(size) for size in layer.input_shape], requires_grad=True)
    batched = x if layer.batch_size is not None else x[None]
    learned = "grad_weight" in layer.quantities
    w = torch.ones([int(size) for size in layer.weight_shape], requires_grad=True) if learned else None
    b = torch.ones([int(size) for size in layer.bias_shape], requires_grad=True) if layer.bias_term else None
    room = [int(scheme.room.value or 0) for scheme in layer.schemes]
    if isinstance(layer, (Conv, AvgPool, MaxPool, Unfold)) and min(room) < 0:
        with pytest.raises(RuntimeError):
            layer.run_in_pytorch(torch, batched, w, b)
        return
    try:
        output = layer.run_in_pytorch(torch, batched, w, b)
        assert tuple(output.shape if layer.batch_size is not None else output[0].shape) == layer.output_shape
        output.sum().backward()
    except RuntimeError as error:
        # Some of the programs that PyTorch chooses from refuse a transposed layer, or the gradient of an adaptive one.
        assert isinstance(layer, (ConvTranspose, AdaptiveAvgPool, AdaptiveMaxPool)), error
        return
    for one in (x, w, b):
        assert one is None or not one.grad.any()


def test_xla_has_the_same_sizes() -> None:
    jax = pytest.importorskip("jax")
    draw, empty = random.Random(1), 0
    for _ in range(60):
        n, K, s, d, dilation = (draw.randint(1, 5) for _ in range(5))
        low, high = draw.randint(-2, 2), draw.randint(-2, 2)
        x, w = jax.numpy.ones((2, 1, n)), jax.numpy.ones((1, 1, K))

        def run(x: Any, w: Any, numbers: Any = (s, low, high, dilation, d)) -> Any:
            s, low, high, dilation, d = numbers
            return jax.lax.conv_general_dilated(
                x, w, (s,), [(low, high)], lhs_dilation=(dilation,), rhs_dilation=(d,)
            ).sum()

        def layer(numbers: Any = (n, K, s, low, high, dilation, d)) -> Conv:
            n, K, s, low, high, dilation, d = numbers
            return Conv(
                n,
                K,
                stride=s,
                padding=((low, high),),
                dilation=d,
                input_dilation=dilation,
                batch_size=2,
                allow_empty=True,
            )

        try:
            shape = jax.eval_shape(
                lambda x, w: jax.lax.conv_general_dilated(
                    x, w, (s,), [(low, high)], lhs_dilation=(dilation,), rhs_dilation=(d,)  # noqa: B023
                ), x, w,
            ).shape  # fmt: skip
        except ValueError:
            with pytest.raises(GeometryError):
                layer()
            continue
        own = layer()
        assert own.output_shape == shape
        if 0 in shape:
            empty += 1
            assert not any(one.any() for one in jax.grad(run, (0, 1))(x, w))
    assert empty > 10


def test_pools_of_xla_have_the_same_sizes() -> None:
    lax = pytest.importorskip("jax.lax")
    for n, K, s in [(3, 5, 1), (3, 4, 2), (4, 9, 3), (5, 3, 2)]:
        found = lax.reduce_window(np.ones((1, n)), 0.0, lax.add, (1, K), (1, s), "VALID").shape
        assert AvgPool(n, K, s, allow_empty=True).output_shape == found
        assert MaxPool(n, K, s, allow_empty=True).output_shape == found


@pytest.mark.parametrize("layer", [EMPTY[0], EMPTY[2], EMPTY[5], EMPTY[13]], ids=str)
def test_what_shows_entries_says_that_there_are_not_any(layer: Layer) -> None:
    for show in (lambda: window(layer), lambda: exercises(layer, 3)):
        with pytest.raises(SymconvError, match="has no entry to show"):
            show()


@pytest.mark.parametrize("layer", thinned(EMPTY, 10), ids=str)
def test_notes_of_an_empty_output_are_general_and_say_what_becomes_of_it(layer: Layer, tmp_path: Any) -> None:
    for language, words in (("en", "all gradients are zero"), ("de", "Alle Gradienten sind null")):
        (path,) = write_notes(layer, tmp_path / language, formats=("md",), style=NotesStyle(language=language))
        text = path.read_text(encoding="utf-8")
        assert words in text and str(layer.output_shape) in text and repr(layer) in text


def test_notes_in_general_say_that_the_output_may_be_empty(tmp_path: Any) -> None:
    (path,) = write_notes(Conv.general(1, allow_empty=True), tmp_path, formats=("md",))
    assert "the output may be empty" in path.read_text(encoding="utf-8")
