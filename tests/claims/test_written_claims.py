"""Random claims in every way of writing: none is judged wrongly, and nearly all are read."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from symconv import Conv, check
from symconv.errors import InfiniteSumError, SymconvError
from tests.claims.styles import entries_written, plane_outputs, small_outputs, written
from tests.claims.test_random_claims import agrees, changed, differs, endless, starts

EXHAUSTIVE = pytest.param(20_000, marks=pytest.mark.exhaustive)


@pytest.mark.parametrize("count", [150, EXHAUSTIVE])
def test_general_claims_in_every_way_of_writing(count: int) -> None:
    """The verdict is that of brute force; at most 1 in 500 is not read, and at most 1 in 500 not decided."""
    chance = random.Random(16)
    counts: Counter[str] = Counter()
    unread: list[tuple[str, str]] = []
    for _ in range(count):
        layer, quantity, tree = chance.choice(starts())
        for _ in range(chance.choice([0, 1, 1, 2])):
            tree = changed(tree, chance)
        letters = [axis.letter for axis in getattr(layer.direct, quantity).axes]
        text = written(tree, quantity, letters, chance)
        right = agrees(layer, quantity, tree, {letter: letter for letter in letters}, chance)
        try:
            report = check(layer, text)
        except InfiniteSumError:
            assert any(endless(one) for one in tree), text
            continue
        except SymconvError as error:
            unread.append((text, str(error)))
            continue
        counts[report.status] += 1
        assert report.status != "proved" or right, (layer, text, str(report))
        if report.status == "refuted" and right:
            assert report.witness is not None, text
            assert differs(layer, quantity, tree, report.witness), (layer, text, str(report))
    assert len(unread) <= count // 500, unread[:5]
    assert counts["undecided"] <= count // 500, counts
    assert min(counts["proved"], counts["refuted"]) > count // 10, counts


@pytest.mark.parametrize("count", [300, EXHAUSTIVE])
def test_entries_in_every_way_of_writing(count: int) -> None:
    """Lists, matrices and lines of entries, of which some are changed: proved if nothing is, and else refuted."""
    chance = random.Random(5)
    layers = [
        (Conv(3, 2), small_outputs(3, 2)), (Conv(5, 3), small_outputs(5, 3)), (Conv(4, 1), small_outputs(4, 1)),
        (Conv((3, 3), (2, 2)), plane_outputs(3, 2)),
    ]  # fmt: skip
    for _ in range(count):
        layer, right = chance.choice(layers)
        entries = [(label, list(polynomial)) for label, polynomial in right]
        if is_wrong := chance.random() < 0.5:
            at = chance.randrange(len(entries))
            _, polynomial = entries[at]
            place = chance.randrange(len(polynomial))
            number, (one, other) = polynomial[place]
            changes = [(number, (one, one)), (2 * number, (one, other)), (-number, (one, other))]
            polynomial[place] = chance.choice(changes)
        text = entries_written(entries, layer.output_shape, chance)
        report = check(layer, text)
        assert report.status == ("refuted" if is_wrong else "proved"), (layer, text, str(report))
