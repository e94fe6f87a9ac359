"""Sets of claims about entries: each is compared with the entry that it names."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from symconv import AvgPool, Conv, ConvTranspose, check
from symconv.errors import ClaimError
from symconv.layers import Layer
from tests.claims.claim_sets import Truth, draw_set

SETS, PARTS, SOME = 21_000, 10, 60
"""20,000 sets in all, in 10 parts; 100 of each part in the default run, in which every tenth report is shown."""

LAYERS: list[Layer] = [
    Conv(3, 2),
    Conv(4, 3, stride=2, padding=1, bias=True),
    Conv((3, 2), (2, 2), out_channels=2, bias=True),
    Conv(3, 2, in_channels=4, out_channels=2, groups=2),
    Conv(3, 2, in_channels=2, out_channels=2, groups=2, bias=True),
    Conv(3, 2, batch_size=2),
    Conv(4, 3, padding=1, padding_mode="reflect"),
    Conv(11, 2, stride=3),
    ConvTranspose(2, 2, stride=2, out_channels=2),
    AvgPool(5, 2, stride=1),
    AvgPool((2, 2), 2),
]


@cache
def truth_of(number: int) -> Truth:
    return Truth(LAYERS[number])


@pytest.mark.parametrize("number", range(len(LAYERS)), ids=[repr(layer) for layer in LAYERS])
def test_the_products_of_the_oracle_are_the_entries(number: int) -> None:
    """The oracle's two ways to an entry agree: products from unit tensors, and NumPy at large numbers."""
    truth = truth_of(number)
    for of in truth.quantities:
        assert all(truth.is_right(of, at, truth.products(of, at)) for at in truth.places(of))


def run(part: int, sets: int, shown_each: int = 1) -> Counter[str]:
    draw = random.Random(part)
    counts: Counter[str] = Counter()
    for number in range(sets):
        truth = truth_of(draw.randrange(len(LAYERS)))
        of = draw.choice(truth.quantities)
        drawn = draw_set(truth, of, draw)
        counts[drawn.status] += 1
        if drawn.status == "error":
            with pytest.raises(ClaimError):
                print(truth.layer, of, drawn.claim, check(truth.layer, drawn.claim, of))
            continue
        report = check(truth.layer, drawn.claim, of)
        shown = (truth.layer, of, drawn.claim, report)
        if number % shown_each == 0:
            assert report.status in str(report)
        assert report.status == drawn.status, shown
        if report.holds:
            total = len(truth.places(of))
            assert set(report.entries) == drawn.entries, shown
            assert report.scope == f"this shape, {len(drawn.entries)} of {total} {'entry' if total == 1 else 'entries'}"
        else:
            assert report.entry in drawn.entries, shown
    return counts


@pytest.mark.parametrize("part", range(PARTS))
def test_sets_agree_with_brute_force(part: int) -> None:
    assert min(run(part, SOME, shown_each=10).values()) >= SOME // 20


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_many_sets_agree_with_brute_force(part: int) -> None:
    run(part, SETS // PARTS)
