"""Every padding mode of a layer with letters for all its numbers: formulas by brute force, proofs, and no endless loop.

The oracle puts zeros between the elements, pads by NumPy and slides the kernel.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Unfold, prove, prove_equal
from symconv.algebra.sympy_out import against_zero
from symconv.layers import Layer
from tests.brute import Entries, compiled

NUMPY_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}
n, p, l, s, d = sp.symbols("n p l s d", integer=True, positive=True)
NUMBERS = [(n, [1, 2, 3]), (p, [1, 2]), (l, [1, 2]), (s, [1, 2]), (d, [1, 2])]
"""Symbols with the numbers at which their formulas are tried."""


def slid(x: list[int], w: list[int], values: dict[sp.Symbol, int], mode: str, flip: bool) -> list[int]:
    dilated = np.zeros(values[l] * (len(x) - 1) + 1, dtype=int)
    dilated[:: values[l]] = x
    padded = np.pad(dilated, values[p], NUMPY_MODES[mode]).tolist()  # type: ignore[call-overload]
    kernel = w[::-1] if flip else w
    starts = range(0, len(padded) - values[d] * (len(w) - 1), values[s])
    return [sum(weight * padded[i + values[d] * k] for k, weight in enumerate(kernel)) for i in starts]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_outputs_with_letters_have_the_values_of_slid_kernels(mode: str, flip: bool) -> None:
    layer = Conv(n, 2, padding=p, padding_mode=mode, input_dilation=l, stride=s, dilation=d, flip=flip)
    assert prove(layer).holds
    formula = compiled(layer.direct.output.formula.rhs)
    tried = 0
    for numbers in itertools.product(*(choices for _, choices in NUMBERS)):
        values = dict(zip((symbol for symbol, _ in NUMBERS), numbers))
        most = {"reflect": values[l] * (values[n] - 1), "circular": values[l] * (values[n] - 1) + 1}
        if values[p] > most.get(mode, values[p]) or values[d] > values[l] * (values[n] - 1) + 2 * values[p]:
            continue
        x, w = Entries((values[n],), 1), Entries((2,), 2)
        expected = slid([x[at,] for at in range(values[n])], [w[0,], w[1,]], values, mode, flip)
        environment = {symbol.name: value for symbol, value in values.items()}
        assert [formula({**environment, "i": i}, {"X": x, "w": w}) for i in range(len(expected))] == expected, values
        tried += 1
    assert tried > 20


def test_a_mirror_under_a_flipped_kernel() -> None:
    """SymPy goes in circles over i - k - p + 1 >= n s - s + 1 if that is the condition of a Piecewise."""
    layer = Conv(n, 2, padding=p, padding_mode="reflect", input_dilation=s, flip=True)
    assert prove(layer).holds
    for view in layer.views.values():
        assert view.output.formula.has(sp.Piecewise)
        assert view.output.formula.subs(n, 3).has(sp.Piecewise)


def test_a_window_counts_its_elements_whatever_the_letters() -> None:
    i = sp.Symbol("i", integer=True)
    pool = AvgPool(n * s - s + 1, 2 * d, stride=l * s, padding=d, count_include_pad=False)
    (count,) = (value for name, value in pool.definitions.items() if isinstance(name, sp.Indexed))
    counted = compiled((1 / count).subs({axis.symbol: i for axis in pool.output_positions}))
    for numbers in itertools.product([1, 2, 3], repeat=4):
        at = dict(zip("nlsd", numbers))
        size = at["n"] * at["s"] - at["s"] + 1
        first = at["l"] * at["s"] * 1 - at["d"]
        expected = sum(0 <= first + k < size for k in range(2 * at["d"]))
        assert counted({**at, "i": 1}, {}) == expected


def test_conditions_against_zero_hold_at_the_same_numbers() -> None:
    i, k = sp.symbols("i k", integer=True)
    generator = random.Random(0)
    letters = [i, k, n, s, p, n * s]

    def side() -> sp.Expr:
        return sum((generator.randint(-2, 2) * one for one in letters), sp.Integer(generator.randint(-2, 2)))

    for _ in range(12):
        comparisons = [generator.choice([sp.Ge, sp.Gt, sp.Le, sp.Lt])(side(), side()) for _ in range(2)]
        condition = sp.And(*comparisons) if generator.random() < 0.5 else comparisons[0]
        piecewise: Any = sp.Piecewise((i, against_zero(condition)), (0, True))
        for _ in range(5):
            values = {one: generator.randint(1, 4) for one in (i, k, n, s, p)}
            expected = values[i] if condition.subs(values) == sp.true else 0
            assert piecewise.subs(values) == expected


K = sp.Symbol("K", integer=True, positive=True)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(1, K, stride=2, bias=True),
        Conv((n, 1), (K, 1), padding=(p, p), dilation=(1, d)),
        Conv((n, 1), (1, 2), padding=(1, p), padding_mode="circular", input_dilation=2),
        ConvTranspose(1, K, padding=1, bias=True),
        AvgPool(1, 2, padding=1),
        Unfold((3, 1), (1, 2), padding=p),
        Unfold(n, 1, padding=p, stride=s),
        Conv(n, 1, padding=1, padding_mode="replicate", dilation=d),
        Conv(2, 1, padding=1, padding_mode="reflect", out_channels=n),
        Conv((n, l), (1, 2), padding="same_tf", padding_mode="replicate", input_dilation=3, stride=2, dilation=d),
    ],
    ids=repr,
)
def test_an_axis_of_one_element_is_like_any_other(layer: Layer) -> None:
    """An index along it is 0 wherever a tensor is not, in whatever words a view says so."""
    assert prove(layer).holds
    for view in layer.views.values():
        for quantity in layer.quantities:
            formula = getattr(view, quantity)
            assert prove_equal(formula, formula.formula).proved
