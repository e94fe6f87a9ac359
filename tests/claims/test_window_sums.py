r"""Sums over positions of filters and windows, dA += \sum_h \sum_w W_c \times dZ_{hw}, judged by loops of NumPy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from sympy import symbols

from symconv import Conv, check
from symconv.errors import ClaimError
from tests.views.test_families import random_arrays, truth

n1, n2, K1, K2, s, p, d, C, F, B = symbols("n1 n2 K1 K2 s p d C F B", integer=True, positive=True)
IMAGES = Conv((n1, n2), (K1, K2), in_channels=C, out_channels=F, stride=s, bias=True)
LAYERS = [
    IMAGES,
    Conv((n1, n2), (K1, K2), bias=True),
    Conv((n1, n2), (K1, K2), in_channels=C, out_channels=F, stride=s, padding=p, dilation=d, bias=True, batch_size=B),
    Conv((5, 4), (3, 2), in_channels=2, out_channels=2, padding=1, bias=True),
]
Array = Any


def added(layer: Any, arrays: dict[str, Array], of: str, factor: int, turned: bool) -> Array:
    """What the loops over examples, positions and filters add up, as the course writes them."""
    x, w, g = (np.asarray(arrays[name]) for name in ("input", "weight", "grad_output"))
    x, g = (one if layer.batch_size else one[None] for one in (x, g))
    pads = [(0, 0), (0, 0), *((one, one) for one in layer.padding)]
    a = np.pad(x, pads)
    dA, dW, db = np.zeros_like(a), np.zeros_like(w), np.zeros(len(w), dtype=object)
    spans = [step * (size - 1) + 1 for step, size in zip(layer.dilation, layer.kernel_size)]
    for i, c, h, q in np.ndindex(g.shape):
        starts = [step * at for step, at in zip(layer.stride, (h, q))]
        window = tuple(slice(at, at + span, step) for at, span, step in zip(starts, spans, layer.dilation))
        if turned and not (q < g.shape[2] and h < g.shape[3]):
            continue
        number = factor * (g[i, c, q, h] if turned else g[i, c, h, q])
        dA[(i, slice(None), *window)] += w[c] * number
        dW[c] += a[(i, slice(None), *window)] * number
        db[c] += number
    inner = tuple(slice(one, size - one) for one, size in zip(layer.padding, a.shape[2:]))
    found = {"grad_input": dA[(slice(None), slice(None), *inner)], "grad_weight": dW, "grad_bias": db}[of]
    return found if layer.batch_size or of != "grad_input" else found[0]


CLAIMS = [
    (r"dA += \sum_h\sum_w W_c \times dZ_{hw}", "grad_input", 1, False),
    (r"dA += \sum _{h=0} ^{n_H} \sum_{w=0} ^{n_W} W_c \times dZ_{hw}", "grad_input", 1, False),
    (r"$$ dA = \sum_{h=1}^{n_H} \sum_{w=1}^{n_W} W_c \, dZ_{h,w,c} $$", "grad_input", 1, False),
    (r"dW_c  += \sum _{h=0} ^{n_H} \sum_{w=0} ^ {n_W} a_{slice} \times dZ_{hw}", "grad_weight", 1, False),
    (r"dW_c += \sum_h \sum_w a_{\text{slice}} dZ_{hw}", "grad_weight", 1, False),
    (r"db = \sum_h \sum_w dZ_{hw}", "grad_bias", 1, False),
    (r"dA += 2 \sum_h\sum_w W_c \times dZ_{hw}", "grad_input", 2, False),
    (r"dA += -\sum_h\sum_w W_c \times dZ_{hw}", "grad_input", -1, False),
    (r"dA += \sum_h\sum_w W_c \times dZ_{wh}", "grad_input", 1, True),
    (r"dW_c += \sum_h \sum_w 3 a_{slice} \times dZ_{hw}", "grad_weight", 3, False),
    (r"dW_c += \sum_h \sum_w a_{slice} \times dZ_{wh}", "grad_weight", 1, True),
    (r"db = - \sum_h \sum_w dZ_{hw}", "grad_bias", -1, False),
]


@pytest.mark.parametrize("layer", LAYERS, ids=[f"{layer!r}" for layer in LAYERS])
@pytest.mark.parametrize(("claim", "of", "factor", "turned"), CLAIMS, ids=[row[0] for row in CLAIMS])
def test_sums_of_windows(layer: Any, claim: str, of: str, factor: int, turned: bool) -> None:
    report = check(layer, claim)
    chance = random.Random(1)
    agree = []
    for trial in range(1 if layer.is_concrete else 4):
        sizes = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, chance, 4)
        concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
        arrays = random_arrays(concrete, trial)
        found = added(concrete, arrays, of, factor, turned)
        right = [truth(concrete, of, arrays, at) for at in np.ndindex(found.shape)]
        agree.append(found.ravel().tolist() == right)
    assert report.of == of
    assert report.status == ("proved" if all(agree) else "refuted"), str(report)


UNREAD = [
    r"dW_c += \sum_{h=1}^{n_H-1} \sum_w a_{slice} \times dZ_{hw}",  # neither from 0 nor from 1
    r"dW_c += \sum_{h=0}^{n_H-2} \sum_w a_{slice} \times dZ_{hw}",
    r"dW_c += \sum_{h=0}^{n_W} \sum_{w=0}^{n_H} a_{slice} \times dZ_{hw}",
    r"dW_c += \sum_h a_{slice} \times dZ_{hw}",
    r"dW_c += \sum_h \sum_w a_{slice} \times dZ_{hw} + W_c",
]


@pytest.mark.parametrize("claim", UNREAD)
def test_other_sums_of_windows_are_not_guessed(claim: str) -> None:
    with pytest.raises(ClaimError):
        check(IMAGES, claim)
    with pytest.raises(ClaimError):  # the filter that is read backwards is not a window's
        check(Conv((n1, n2), (K1, K2), out_channels=F, flip=True), r"dA += \sum_h\sum_w W_c \times dZ_{hw}")
