"""The Fourier basis as a view: transforms of any length, each wrong variant refuted, and NumPy's own transforms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, SymconvError, prove, prove_equal
from symconv.bilinear.fourier import FourierMatrix, fourier_identity
from symconv.views.fast import Fft

N = sp.Symbol("N", integer=True, positive=True)
general = Conv.general(1, in_channels=1, out_channels=1, bias=False)
USUAL = Conv.general(1, in_channels=1, out_channels=1, bias=False, stride=1, dilation=1)
Three = tuple[FourierMatrix, FourierMatrix, FourierMatrix]


class NoScale(Fft):
    """1/N is missing."""

    def matrices_of(self, axis: int) -> Three:
        C, A, B = super().matrices_of(axis)
        return replace(C, inverse=False), A, B


class NotConjugate(Fft):
    """The weights are transformed as the input is, which makes a convolution."""

    def matrices_of(self, axis: int) -> Three:
        C, A, B = super().matrices_of(axis)
        return C, replace(A, sign=-1), B


class NoInverse(Fft):
    """The second transform of the input in place of its inverse."""

    def matrices_of(self, axis: int) -> Three:
        C, A, B = super().matrices_of(axis)
        return C, A, replace(B, sign=1)


def statuses(layer: Conv, view: Fft) -> list[str]:
    return [theorem.verdict.status for theorem in prove(layer, views=["direct", view]).theorems][:3]


@pytest.mark.parametrize("kind", [NoScale, NotConjugate, NoInverse])
@pytest.mark.parametrize("layer", [general, Conv(7, 3, padding=1), Conv(5, 2, padding=1, padding_mode="circular")])
def test_wrong_transforms_are_refuted(kind: type[Fft], layer: Conv) -> None:
    assert statuses(layer, kind(layer)) == ["refuted"] * 3


def test_lengths() -> None:
    """A letter is any length that is large enough; a length that is not is refuted."""
    assert statuses(USUAL, USUAL.fft.of_length(N)) == ["proved"] * 3
    assert statuses(USUAL, USUAL.fft.of_length(USUAL.table.symbols["n"])) == ["refuted"] * 3
    layer = Conv((3, 4), (2, 2))
    assert statuses(layer, layer.fft.of_length(3, 5)) == ["proved"] * 3
    assert statuses(layer, layer.fft.of_length(3, 3)) == ["refuted"] * 3
    padded = Conv(4, 3, padding=1)  # one short, a zero meets a zero
    assert [statuses(padded, padded.fft.of_length(length))[0] for length in (6, 5, 4)] == [
        "proved",
        "proved",
        "refuted",
    ]
    assert layer.fft.of_length(8).label == "fft(8, 8)" and layer.fft.label == "fft"


def test_a_length_that_may_be_0_proves_nothing() -> None:
    n = USUAL.table.symbols["n"]
    assert not USUAL.fft.of_length(n - 1).contractions and USUAL.fft.of_length(n).contractions
    assert statuses(USUAL, USUAL.fft.of_length(n - 1)) == ["refuted"] * 3


@pytest.mark.exhaustive
def test_lengths_that_are_expressions() -> None:
    n, K, p, d = (general.table.symbols[name] for name in "nKpd")
    for length in (n + 2 * p, n + 2 * p + d * (K - 1)):
        assert statuses(general, general.fft.of_length(length)) == ["proved"] * 3


def test_lengths_that_are_none() -> None:
    for given in (0, -3, True, 1.5, "8", N + 1, sp.Symbol("K"), sp.Rational(1, 2)):
        with pytest.raises(SymconvError, match="of_length"):
            general.fft.of_length(given)
    with pytest.raises(SymconvError, match="2 axes"):
        Conv((4, 4), 2).fft.of_length(4, 5, 6)


def test_a_circle_is_transformed_as_it_is() -> None:
    layer = Conv(5, 3, padding=1, padding_mode="circular")
    assert layer.fft.lengths[0].value == 5 and Conv(5, 3, padding=1).fft.lengths[0].value == 7


@pytest.mark.parametrize("stride", [1, 2])
def test_spectra_are_those_of_numpy(stride: int) -> None:
    """Stage by stage, and the whole computation by numpy.fft, two axes and several channels."""
    layer = Conv((5, 6), (3, 2), in_channels=2, out_channels=3, padding=1, dilation=(1, 2), stride=stride)
    view, generator = layer.fft, np.random.default_rng(0)
    x, w, delta = (
        generator.normal(size=shape) for shape in (layer.input_shape, layer.weight_shape, layer.output_shape)
    )
    length = (7, 8)
    padded = np.fft.fft2(np.pad(x, ((0, 0), (1, 1), (1, 1))))
    dilated = np.zeros((3, 2, 3, 3))
    dilated[:, :, :, ::2] = w
    kernel = np.fft.fft2(dilated, length).conj()
    np.testing.assert_allclose(np.moveaxis(view.input_spectrum.evaluate(X=x), -1, 0), padded, atol=1e-12)
    np.testing.assert_allclose(np.moveaxis(view.weight_spectrum.evaluate(w=w), (2, 3), (0, 1)), kernel, atol=1e-12)
    full = np.fft.ifft2(np.einsum("oclm,clm->olm", kernel, padded)).real
    output = view.output.evaluate(X=x, w=w)
    own = full[:, : layer.output_shape[1] * stride : stride, : layer.output_shape[2] * stride : stride]
    np.testing.assert_allclose(output, own, atol=1e-12)
    assert output.dtype == np.float64
    spread = np.zeros((3, *length))
    spread[:, : delta.shape[1] * stride : stride, : delta.shape[2] * stride : stride] = delta
    back = np.einsum("oclm,olm->clm", kernel.conj(), np.fft.fft2(spread))
    found = view.grad_input.evaluate(w=w, delta=delta)
    np.testing.assert_allclose(found, np.fft.ifft2(back).real[:, 1:-1, 1:-1], atol=1e-12)
    assert found.dtype == np.float64


def test_exact_numbers_stay_exact() -> None:
    layer = Conv(5, 3)
    x, w = np.array([[1, -2, 3, 0, 5]]), np.array([[[1, 2, -1]]])
    assert layer.fft.output.evaluate(X=x, w=w).tolist() == layer.direct.output.evaluate(X=x, w=w).tolist()


def test_the_rule_of_roots_of_unity() -> None:
    """By brute force over all signs, with and without 1/N: the identity holds only if the rule says so."""
    from itertools import product

    from symconv.algebra.polynomial import Polynomial

    order, names = 3, ("C", "A", "B")
    size = Polynomial.constant(order)
    for signs in product((1, -1), repeat=3):
        for inverses in product((False, True), repeat=3):
            three: Any = [FourierMatrix(size, size, size, *pair) for pair in zip(signs, inverses)]
            C, A, B = (one.at({}) for one in three)
            rule = fourier_identity(names, *three)
            for flipped in (False, True):
                holds = all(
                    sum(C[i, at] * A[at, k] * B[at, q] for at in range(order))
                    == int((i - k - q if flipped else i + k - q) % order == 0)
                    for i, k, q in product(range(order), repeat=3)
                )
                assert holds == (rule is not None and rule.flipped == flipped)


def test_views_with_other_numbers_in_their_matrices_are_told_apart() -> None:
    """No identity of one view's matrices is used for another's, whatever their names and letters are."""

    class Short(NoScale):
        label = "wrong"

    class Turned(NotConjugate):
        label = "turned"

    for layer in (USUAL, Conv(5, 3)):
        for pair in (["fft", Short(layer)], [Short(layer), "fft"], [Short(layer), Turned(layer)]):
            assert prove(layer, views=pair, of="grad_weight").theorems[0].verdict.refuted
        assert prove_equal(layer.fft.output, Short(layer).output).refuted
        assert prove_equal(Short(layer).output, Turned(layer).output).refuted
    three = Conv.general(1, kernel_size=3, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
    assert prove(three, views=[three.winograd(2), three.winograd(4)], of="output").holds
