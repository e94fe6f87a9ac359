"""Sums of arrays along some axes, as programs have them: NumPy itself says which right sides are right."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from sympy import symbols

from symconv import Conv, ConvTranspose, check
from symconv.errors import ClaimError

n, K, s, n1, n2, K1, K2, B = symbols("n K s n1 n2 K1 K2 B", integer=True, positive=True)
PLANE = Conv((n1, n2), (K1, K2))
CHANNELS = Conv.general(2, stride=1, padding=0, dilation=1, bias=False)
BATCH = Conv.general(2, dilation=1, batch_size=B, stride=s, padding=0)
SIZES = {"n1": 6, "n2": 5, "K1": 2, "K2": 3, "s": 2}

RIGHT: list[tuple[Any, str]] = [
    (PLANE, "y[i, j] = np.tensordot(x[i:i+K1, j:j+K2], w)"),
    (PLANE, "y[i, j] = np.tensordot(x[i:i+K1, j:j+K2], w, axes=2)"),
    (PLANE, "y[i, j] = np.tensordot(x[i:i+K1, j:j+K2], w, axes=((0, 1), (0, 1)))"),
    (CHANNELS, "y[:, i, j] = np.tensordot(w, x[:, i:i+K1, j:j+K2], axes=3)"),
    (CHANNELS, "y[:, i, j] = np.tensordot(w, x[:, i:i+K1, j:j+K2], axes=([1, 2, 3], [0, 1, 2]))"),
    (CHANNELS, "y[:, i, j] = np.tensordot(x[:, i:i+K1, j:j+K2], w, axes=([0, 1, 2], [1, 2, 3]))"),
    (CHANNELS, "y[:, i, j] = np.sum(w * x[:, i:i+K1, j:j+K2], axis=(1, 2, 3))"),
    (BATCH, "y[:, :, i, j] = np.tensordot(x[:, :, i*s:i*s+K1, j*s:j*s+K2], w, axes=([1, 2, 3], [1, 2, 3])) + b"),
    (BATCH, "y[:, f, i, j] = np.sum(x[:, :, i*s:i*s+K1, j*s:j*s+K2] * w[f], axis=(1, 2, 3)) + b[f]"),
]

WRONG: list[tuple[Any, str, str]] = [
    (
        BATCH,
        "y[:, :, i, j] = np.tensordot(x[:, :, i:i+K1, j:j+K2], w, axes=([1, 2, 3], [1, 2, 3])) + b",
        "the stride is left out",
    ),
    (
        BATCH,
        "y[:, f, i, j] = np.sum(x[:, :, i:i+K1, j:j+K2] * w[f], axis=(1, 2, 3)) + b[f]",
        "the stride is left out",
    ),
    (Conv(n, K, stride=s), "dw = sum(dy[i] * x[i:i+K] for i in range(m))", "the stride is left out"),
    (Conv(n, K), "dw = sum(dy[i] * x[i:i+K] for i in range(n-K))", "leaves out its last term"),
]


@pytest.mark.parametrize(("layer", "claim"), RIGHT)
def test_what_numpy_computes_is_proved(layer: Any, claim: str) -> None:
    assert _of_numpy(layer, claim) == _by_loops(layer)
    assert check(layer, claim).status == "proved"


@pytest.mark.parametrize(("layer", "claim", "words"), WRONG)
def test_wrong_sums_have_their_reason(layer: Any, claim: str, words: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted" and words in report.explanation[0]


def test_arrays_that_are_added_up() -> None:
    assert check(Conv(n, K, stride=s), "dw = sum(dy[i]*x[i*s:i*s+K] for i in range(m))").status == "proved"
    added = "dw[f] += np.sum(x[:, :, i*s:i*s+K1, j*s:j*s+K2] * dy[:, f, i, j][:, None, None, None], axis=0)"
    assert check(BATCH, added).status == "proved"


def test_entries_of_tensordot_have_the_axes_of_the_left_side() -> None:
    with pytest.raises(ClaimError, match="the entries of tensordot have 3 indices, not 1"):
        check(CHANNELS, "y[:, i, j] = np.tensordot(w, x[:, i:i+K1, j:j+K2], axes=2)")


def test_windows_of_other_letters() -> None:
    spread = ConvTranspose((n1, n2), (K1, K2))
    report = check(spread, "Y[i: i + h, j: j + w] += X[i, j] * K")
    assert report.status == "proved"
    assert {"K is the kernel", "h is K1", "w is K2"} <= set(report.read_as)
    assert check(PLANE, "Y[i, j] = (X[i:i + h, j:j + w] * K).sum()").status == "proved"
    with pytest.raises(ClaimError, match="one letter is the size on several axes"):
        check(PLANE, "Y[i, j] = (X[i:i + h, j:j + h] * K).sum()")


def test_a_letter_is_not_both_a_size_and_an_array() -> None:
    with pytest.raises(ClaimError, match=r"K is a size in the slice, and an array as a factor; write w"):
        check(ConvTranspose(n, K), "Y[i:i+K] += X[i]*K")


def _arrays(layer: Any) -> tuple[Any, Any, Any]:
    generator = np.random.default_rng(0)
    stem = {PLANE: (), CHANNELS: (3,), BATCH: (2, 3)}[layer]
    x = generator.integers(-9, 9, (*stem, SIZES["n1"], SIZES["n2"]))
    w = generator.integers(-9, 9, (*((4, 3) if stem else ()), SIZES["K1"], SIZES["K2"]))
    return x, w, generator.integers(-9, 9, 4)


def _of_numpy(layer: Any, claim: str) -> dict[tuple[int, ...], int]:
    """The entries that the claim's right side has as a program."""
    x, w, b = _arrays(layer)
    left, right = claim.split(" = ", 1)
    stride = SIZES["s"] if layer is BATCH else 1
    m1, m2 = ((SIZES[f"n{axis}"] - SIZES[f"K{axis}"]) // stride + 1 for axis in (1, 2))
    found: dict[tuple[int, ...], int] = {}
    for f, i, j in product(range(4), range(m1), range(m2)):
        value = eval(right, {"np": np, "x": x, "w": w, "b": b, "f": f, "i": i, "j": j, **SIZES})
        outer = value[..., None] if "f," in left else value
        for at in np.ndindex(np.shape(outer)):
            channel = (*at[:-1], f) if "f," in left else at
            found[(*channel, i, j)] = int(outer[at])
    return found


def _by_loops(layer: Any) -> dict[tuple[int, ...], int]:
    x, w, b = _arrays(layer)
    stride = SIZES["s"] if layer is BATCH else 1
    m1, m2 = ((SIZES[f"n{axis}"] - SIZES[f"K{axis}"]) // stride + 1 for axis in (1, 2))
    offsets = list(product(range(SIZES["K1"]), range(SIZES["K2"])))
    found: dict[tuple[int, ...], int] = {}
    for i, j in product(range(m1), range(m2)):
        places = [(a, c, i * stride + a, j * stride + c) for a, c in offsets]
        if layer is PLANE:
            found[i, j] = sum(int(w[a, c] * x[u, v]) for a, c, u, v in places)
            continue
        for example, o in product(range(2 if layer is BATCH else 1), range(4)):
            image = x[example] if layer is BATCH else x
            value = sum(int(w[o, ch, a, c] * image[ch, u, v]) for ch in range(3) for a, c, u, v in places)
            found[(example, o, i, j) if layer is BATCH else (o, i, j)] = value + (int(b[o]) if layer is BATCH else 0)
    return found
