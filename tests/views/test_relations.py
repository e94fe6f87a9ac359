"""How sizes depend on each other: the relations of Dumoulin and Visin's guide (2016), in our own words, and ours.

A statement about all sizes is checked with letters; where parity or divisibility matters, the letters say so.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, Unfold, prove, prove_equal
from symconv.numeric.reference import forward
from tests.tools import thinned

n, K, s, d, t, m = sp.symbols("n K s d t m", integer=True, positive=True)
p, u = sp.symbols("p u", integer=True, nonnegative=True)


def same(one: Any, other: Any) -> bool:
    return bool(sp.expand(one - other) == 0)


# -- sizes of a convolution ----------------------------------------------------------------------------


def test_without_padding_the_kernel_has_one_place_for_every_start_that_fits() -> None:
    assert same(Conv(n, K).output_size[0], n - K + 1)


def test_every_element_of_padding_adds_one_place() -> None:
    assert same(Conv(n, K, padding=p).output_size[0], n - K + 2 * p + 1)
    low, high = sp.symbols("low high", integer=True, nonnegative=True)
    assert same(Conv(n, K, padding=((low, high),)).output_size[0], n - K + low + high + 1)
    assert same(Conv(n, K, padding=((-low, -high),)).output_size[0], n - K - low - high + 1)


def test_half_padding_keeps_the_size() -> None:
    """An odd kernel, 2t + 1, padded by its half."""
    assert same(Conv(n, 2 * t + 1, padding=t).output_size[0], n)
    assert same(Conv(n, K, dilation=d, padding="same").output_size[0], n)
    odd = Conv(n, 2 * t + 1, padding="same")
    assert odd.padding == (t,)


def test_full_padding_grows_by_the_kernel() -> None:
    assert same(Conv(n, K, padding="full").output_size[0], n + K - 1)
    assert same(Conv(n, K, padding=K - 1).output_size[0], n + K - 1)
    assert prove_equal(Conv(n, K, padding="full").direct.output, Conv(n, K, padding=K - 1).direct.output).proved


def test_stride_without_padding() -> None:
    assert same(Conv(n, K, stride=s).output_size[0], sp.floor((n - K) / s) + 1)


def test_stride_with_padding_and_dilation() -> None:
    layer = Conv(n, K, stride=s, padding=p, dilation=d)
    assert same(layer.output_size[0], sp.floor((n + 2 * p - d * (K - 1) - 1) / s) + 1)
    for a, b, c, e, f in product((1, 4, 7), (1, 2, 3), (1, 2, 3), (0, 1), (1, 2)):
        places = len([i for i in range(0, 100, c) if i + f * (b - 1) < a + 2 * e])
        if places:
            assert Conv(a, b, stride=c, padding=e, dilation=f).output_size == (places,)


def test_tensorflows_same_covers_every_stride() -> None:
    assert same(Conv(n, K, stride=s, padding="same_tf").output_size[0], sp.floor((n - 1) / s) + 1)


def test_a_dilated_kernel_is_a_kernel_with_zeros_between() -> None:
    """d (K - 1) + 1 elements, and the same outputs."""
    layer = Conv(9, 3, dilation=2)
    spread = Conv(9, 5)
    x, w = np.arange(9)[None] ** 2, np.array([[[2, 3, 5]]])
    wide = np.zeros((1, 1, 5), dtype=int)
    wide[..., ::2] = w
    assert layer.output_size == spread.output_size
    assert (layer.direct.output.evaluate(X=x, w=w) == spread.direct.output.evaluate(X=x, w=wide)).all()


# -- sizes of a transposed convolution -----------------------------------------------------------------


def test_transposed_without_padding_is_a_full_convolution() -> None:
    """Stride 1: output m + K - 1; the kernel backwards, padded by K - 1."""
    back = ConvTranspose(m, K)
    assert same(back.output_size[0], m + K - 1)
    assert prove_equal(back.direct.output, Conv(m, K, padding="full", flip=True).direct.output).proved


def test_transposed_with_padding_is_padded_by_what_is_left() -> None:
    """Stride 1: K - 1 - p in place of p."""
    back = ConvTranspose(m, K, padding=p)
    assert same(back.output_size[0], m + K - 1 - 2 * p)
    left = K - 1 - p
    assert prove_equal(back.direct.output, Conv(m, K, padding=((left, left),), flip=True).direct.output).proved


def test_transposed_half_padding_keeps_the_size() -> None:
    assert same(ConvTranspose(m, 2 * t + 1, padding=t).output_size[0], m)


def test_transposed_full_padding_is_no_padding() -> None:
    back = ConvTranspose(m, K, padding=K - 1)
    assert same(back.output_size[0], m - K + 1)
    assert prove_equal(back.direct.output, Conv(m, K, flip=True).direct.output).proved


def test_transposed_with_stride_puts_zeros_between() -> None:
    """s - 1 zeros between inputs, then a stride of 1: a convolution with input dilation s."""
    back = ConvTranspose(m, K, stride=s)
    assert same(back.output_size[0], s * (m - 1) + K)
    dilated = Conv(m, K, input_dilation=s, padding="full", flip=True)
    assert prove_equal(back.direct.output, dilated.direct.output).proved


def test_transposed_in_general() -> None:
    back = ConvTranspose(m, K, stride=s, padding=p, output_padding=u, dilation=d)
    assert same(back.output_size[0], s * (m - 1) + d * (K - 1) - 2 * p + u + 1)


def test_the_transpose_has_the_shape_that_the_convolution_came_from() -> None:
    """With output_padding the remainder of the division, for every shape."""
    conv = Conv.general(2)
    back = conv.adjoint
    assert all(same(a, b) for a, b in zip(back.output_shape, conv.input_shape))
    assert all(same(a, b) for a, b in zip(back.input_shape, conv.output_shape))


def test_where_the_division_is_exact_no_output_padding_is_needed() -> None:
    conv = Conv(s * (m - 1) + K - 2 * p, K, stride=s, padding=p)
    assert same(conv.output_size[0], m)
    assert conv.leftover == (0,)
    assert conv.adjoint.output_padding == (0,)


# -- what is lost --------------------------------------------------------------------------------------


def test_elements_at_the_end_that_no_window_reaches() -> None:
    """Public failures: backward passes that broke wherever n + 2p - d (K - 1) - 1 was no multiple of the stride."""
    layer = Conv(6, 3, stride=2)
    assert (layer.output_size, layer.leftover, layer.unread) == ((2,), (1,), ((5,),))
    assert "index 5" in layer.unread_in_words()
    assert prove(layer).holds
    for view in layer.views.values():
        assert view.grad_input[0, 5] == 0
        assert view.grad_input[0, 4] != 0
    general = Conv(n, 3, stride=2)
    assert same(general.leftover[0], n - 3 - 2 * (sp.floor((n - 3) / 2)))
    assert prove(general).holds


@pytest.mark.parametrize("mode", thinned(["zeros", "circular", "reflect", "replicate"], 2))
def test_unread_inputs_are_those_with_no_derivative(mode: str) -> None:
    """Against numbers: an input is read where moving it moves an output."""
    some = 0
    for size, kernel, stride, dilation, spread, low, high in product(
        (2, 4, 5), (1, 2), (1, 2, 3), (1, 2), (1, 2), (-1, 0, 1), (0, 1)
    ):
        dilated = spread * (size - 1) + 1
        if dilated + low + high < dilation * (kernel - 1) + 1:
            continue
        layer = Conv(
            size, kernel, stride=stride, dilation=dilation, input_dilation=spread, padding=((low, high),),
            padding_mode=mode,
        )  # fmt: skip
        weight = np.ones((1, 1, kernel), dtype=int)
        moved = [
            forward(layer, {"input": np.eye(size, dtype=int)[at][None], "weight": weight}).any() for at in range(size)
        ]
        assert layer.unread == (tuple(at for at, any_output in enumerate(moved) if not any_output),), layer
        some += not all(moved)
    assert some > 20


def test_unread_on_two_axes() -> None:
    layer = Conv((5, 4), (2, 2), stride=(2, 1), dilation=(1, 3))
    assert layer.unread == ((4,), (1, 2))
    assert layer.leftover == (1, 0)
    gradient = layer.direct.grad_input.array()
    zero = {at for at in product(range(5), range(4)) if gradient[(0, *at)] == 0}
    assert zero == {(row, column) for row, column in product(range(5), range(4)) if row == 4 or column in (1, 2)}


# -- patches -------------------------------------------------------------------------------------------


def test_unfold_is_the_patches_of_the_convolution() -> None:
    layer = Conv((4, 5), (2, 3), in_channels=2, stride=(1, 2), padding=1)
    columns = Unfold((4, 5), (2, 3), stride=(1, 2), padding=1, channels=2).direct.output.array()
    patches = [sp.flatten(patch) for patch in layer.patches.patches]
    assert [[columns[row, place] for row in range(12)] for place in range(len(patches))] == patches
