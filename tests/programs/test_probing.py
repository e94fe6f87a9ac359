"""probe_code: right functions pass, wrong ones never pass all unit vectors, and what is said of them is so."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from symconv import Conv
from symconv.errors import ArgumentsError, SizeLimitError, SymbolicShapeError
from symconv.programs.probe import probe_code
from tests.programs.layers_in_code import BACKWARD, FORWARD, function_of, mutants
from tests.programs.test_running import GRADIENTS, LAYERS, _is_right
from tests.tools import parts, require_module

TINY = Conv((2, 3), (2, 2), in_channels=1, out_channels=2, padding=1, batch_size=1, bias=True)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", FORWARD)
def test_a_right_forward_pass_passes(name, layer):
    report = probe_code(function_of(FORWARD[name]), layer)
    assert report, str(report)
    assert report.decided_by == "probing" and "probability" in report.scope


@pytest.mark.parametrize("certain", [False, True])
@pytest.mark.parametrize("name", BACKWARD)
def test_a_right_backward_pass_passes(name, certain):
    bare = Conv((2, 3), (2, 2), padding=1, batch_size=1, bias=True)
    assert probe_code(function_of(BACKWARD[name]), bare, of=GRADIENTS, certain=certain)


@pytest.mark.parametrize("part", parts(12, 1))
def test_no_mutant_that_gives_other_numbers_passes(part):
    generator = random.Random(part)
    wrong = 0
    for source in FORWARD.values():
        for mutant in generator.sample(sorted(set(mutants(source))), 6):
            with np.errstate(all="ignore"):
                certain, quick = (probe_code(function_of(mutant), TINY, certain=one) for one in (True, False))
            is_right = _is_right(mutant, TINY, True)
            assert bool(certain) == bool(quick) == (is_right is True), mutant + str(certain)
            wrong += not is_right
    assert wrong > 15


def _correlate(x, w):
    return np.correlate(x[0], w[0, 0])[None]


@pytest.mark.parametrize("certain", [False, True])
def test_a_function_that_is_wrong_in_one_product_does_not_pass(certain):
    """One coefficient of many is off by a little, on any of the terms."""
    layer = Conv(5, 2)
    places = list(itertools.product(range(4), range(5), range(2)))
    for entry, place, offset in random.Random(1).sample(places, 8):
        for coefficient in (1, -1, 0.01):

            def wrong(x, w, entry=entry, place=place, offset=offset, coefficient=coefficient):
                result = _correlate(x, w)
                result[0, entry] += coefficient * x[0, place] * w[0, 0, offset]
                return result

            report = probe_code(wrong, layer, certain=certain)
            assert report.status == "refuted"
            assert f"h[{entry}]" in report.cases[0].reason


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: np.maximum(_correlate(x, w), 0),
        lambda x, w: np.round(_correlate(x, w)),
        lambda x, w: _correlate(x, w) * x[0, 0],
        lambda x, w: _correlate(x, w) + 1e-3 * _correlate(x, w) ** 2,
        lambda x, w: _correlate(x, w).astype(int),
    ],
)
def test_a_function_that_is_not_linear_does_not_pass(function):
    assert "not linear in" in str(probe_code(function, Conv(5, 2)))


def test_a_constant_and_a_scaling_do_not_pass():
    assert not probe_code(lambda x, w: _correlate(x, w) + 1, Conv(5, 2))
    assert not probe_code(lambda x, w: _correlate(x, w) * 1.001, Conv(5, 2))
    assert not probe_code(lambda x, w: _correlate(x, w) * (1 + 1e-12), Conv(5, 2), certain=True)


def test_the_witness_is_so():
    def flipped(x, w):
        return np.convolve(x[0], w[0, 0], "valid")[None]

    report = probe_code(flipped, Conv(6, 3))
    x, w = np.zeros((1, 6)), np.zeros((1, 1, 3))
    for (name, index), value in report.witness.values.items():
        (x if name == "X" else w)[(0, *index) if name == "X" else (0, 0, *index)] = value
    at = report.witness.index["i"]
    assert flipped(x, w)[0, at] == report.witness.right != report.witness.left == _correlate(x, w)[0, at]
    assert report.mistake == "the kernel is read backwards (flipped)"


def test_floats_that_round_pass_with_a_note_and_not_for_certain():
    def transformed(x, w):
        count = x.shape[1]
        return np.fft.ifft(np.fft.fft(x[0]) * np.conj(np.fft.fft(w[0, 0], count))).real[None, : count - 1]

    report = probe_code(transformed, Conv(5, 2))
    assert report and any("round" in note for note in report.notes)
    assert probe_code(transformed, Conv(5, 2), certain=True).status == "undecided"
    assert not probe_code(lambda x, w: transformed(x, w[..., ::-1]), Conv(5, 2))


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_single_precision(kind):
    layer = Conv((5, 5), (3, 3), in_channels=2, out_channels=2, padding=1, batch_size=1, bias=True)
    function = function_of(FORWARD["naive"])

    def single(x, w, b, conv_param):
        return function(x.astype(kind), w.astype(kind), b.astype(kind), conv_param)[0].astype(kind)

    report = probe_code(single, layer)
    assert report, str(report)
    assert not probe_code(lambda x, w, b, conv_param: single(x, w[..., ::-1], b, conv_param), layer)


@pytest.mark.torch
def test_pytorch():
    torch = require_module("torch")
    layer = Conv((32, 32), (3, 3), in_channels=3, out_channels=8, stride=2, padding=1, batch_size=2, bias=True)
    functional = torch.nn.functional
    arguments = {"stride": 2, "padding": 1}

    def swapped(x, w, b, stride, padding):
        return functional.conv2d(x, w.transpose(2, 3), b, stride, padding)

    def gradient(x, w, dout):
        x = x.requires_grad_()
        return torch.autograd.grad(functional.conv2d(x, w, None, 2, 1), x, dout)[0]

    def forward(x, w, b, stride, padding):
        return functional.conv2d(x, w, b, stride, padding)

    assert probe_code(forward, layer, arguments=arguments)
    assert probe_code(swapped, layer, arguments=arguments).mistake == "the kernel's axes are exchanged"
    assert probe_code(gradient, layer, of="grad_input")


def test_bad_input():
    with pytest.raises(SizeLimitError):
        probe_code(_correlate, Conv(2000, 200), certain=True)
    with pytest.raises(SymbolicShapeError):
        probe_code(_correlate, Conv.general(1))
    with pytest.raises(ArgumentsError):
        probe_code(_correlate, Conv(5, 2), probes=0)
    with pytest.raises(ArgumentsError):
        probe_code("text", Conv(5, 2))
    with pytest.raises(ArgumentsError):
        probe_code(lambda what, w: what, Conv(5, 2))
    assert "raises" in str(probe_code(lambda x, w: x @ w[0, 0], Conv(5, 2)))
    assert "cannot depend on w" in str(probe_code(lambda x: x[:, 1:], Conv(5, 2)))
    assert "shape" in str(probe_code(lambda x, w: x, Conv(5, 2)))
