"""Random claims in operators, in every way of writing: none is judged wrongly, and nearly all are read."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sympy import symbols

from symconv import Conv, check
from symconv.errors import SymconvError
from tests.claims.operator_claims import (
    Kind,
    Operand,
    Slide,
    agrees,
    changed,
    readings,
    right,
    sizes_of,
    tensors_of,
    vaguer,
    written,
)

n, K, s, p, C, F, n1, n2, K1, K2 = symbols("n K s p C F n1 n2 K1 K2", integer=True, positive=True)
LAYERS = [
    (Kind(), Conv(n, K)),
    (Kind(stride=True), Conv(n, K, stride=s)),
    (Kind(padding=True), Conv(n, K, padding=p)),
    (Kind(channels=True), Conv(n, K, in_channels=C, out_channels=F)),
    (Kind(ndim=2), Conv((n1, n2), (K1, K2))),
    (Kind(flip=True), Conv(n, K, flip=True)),
]
SHOTS = 8


def pads_input(one: Slide, of: str) -> bool:
    """Whether a sign without a mode may stand for the layer's padding."""
    return of == "output" or (of == "grad_weight" and one.one == Operand("X"))


def run(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many claims came to what; what was not read or not decided. A wrong verdict fails."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    open_claims: list[str] = []
    for _ in range(count):
        kind, layer = chance.choice(LAYERS)
        of = chance.choice(["output", "grad_weight", "grad_input"])
        if kind.padding and of == "grad_input":
            of = "output"
        one = right(kind, of, chance)
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            one = changed(one, chance)
        one = vaguer(one, chance)
        text = written(one, kind, of, chance)
        try:
            report = check(layer, text)
        except SymconvError as error:
            open_claims.append(f"{layer!r} {text!r}: {error}")
            continue
        counts[report.status] += 1
        shots = [(sizes, tensors_of(sizes, chance)) for sizes in (sizes_of(kind, chance) for _ in range(SHOTS))]
        shown = (layer, text, str(report))
        meant = list(readings(one, kind))
        if report.status == "proved":
            assert any(agrees(one, kind, of, shots, reading, False) for reading in meant), shown
        elif report.status == "refuted":
            own = [
                (flips, mode, exchanged)
                for flips, mode, exchanged in meant
                if not exchanged
                and mode != "same"
                and (mode != "layer" or (flips == kind.flip and pads_input(one, of)))
            ]  # * pads the layer's input as the layer does, and nothing else
            assert not any(agrees(one, kind, of, shots, reading, True) for reading in own), shown
        else:
            open_claims.append(f"{layer!r} {text!r}: {report.remaining}")
    return counts, open_claims


@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.exhaustive)])
def test_random_claims_in_operators(count: int) -> None:
    counts, open_claims = run(count, 7)
    assert len(open_claims) <= count // 250, open_claims[:5]
    assert min(counts["proved"], counts["refuted"]) > count // 5, counts
