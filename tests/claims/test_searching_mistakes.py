"""The search for a mistake by one product and by letters for what is misread, against the long ways."""

from __future__ import annotations

from random import Random

import pytest

from symconv import AvgPool, Conv, ConvTranspose
from symconv.algebra.concrete.few import terms_of_entry
from symconv.algebra.concrete.one_product import coefficient_of
from symconv.claims.mistakes import mistakes, pairs_of_mistakes
from symconv.claims.mistakes.formulas import MisreadFormulas
from symconv.claims.mistakes.misreadings import misreadings, several_left_out
from symconv.claims.report import pick_of
from symconv.errors import InfiniteSumError
from symconv.layers import Layer
from symconv.proof.equality import prove_equal

LAYERS = (
    Conv(7, 3, stride=2, padding=1, dilation=2, bias=True),
    Conv((5, 6), (2, 3), in_channels=2, out_channels=3, stride=(2, 1), padding=(0, 1)),
    Conv(6, 2, groups=2, in_channels=4, out_channels=2, flip=True),
    Conv(6, 3, padding=1, padding_mode="reflect"),
    ConvTranspose(4, 3, stride=2, padding=1),
    AvgPool(8, 2),
)
QUANTITIES = ("output", "grad_input", "grad_weight")


def asked(layer: Layer) -> tuple[str, ...]:
    return QUANTITIES[:2] if isinstance(layer, AvgPool) else QUANTITIES


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_one_product_is_counted_as_among_all(layer: Layer) -> None:
    """Every mistake is asked for products of its own, of another mistake, and for one that is nowhere."""
    chance, decided = Random(0), 0
    for of in asked(layer):
        pick = pick_of(of)
        found = [*mistakes(layer, pick), *pairs_of_mistakes(layer, pick)]
        for _, formula in chance.sample(found, min(len(found), 40)):
            at = formula.numbers_at(tuple(chance.randrange(int(size)) for size in formula.shape))
            other = chance.choice(found)[1]
            try:
                own, others = (terms_of_entry(one.form, (), at, ()) for one in (formula, other))
            except InfiniteSumError:
                continue
            for key in [*(own or {}), *(others or {})][:6]:
                known = coefficient_of(formula.form, key[1], at)
                if own is not None and known is not None:
                    assert known == own.get(key, 0), (of, formula.form, key)
                    decided += 1
    assert decided > 40


@pytest.mark.parametrize("layer", LAYERS[:3] + LAYERS[4:5], ids=str)
def test_misread_layers_by_letters_are_those_of_views(layer: Layer) -> None:
    """The formula with letters for stride, dilation and padding, at a misreading's, is that of the view itself."""
    for of in asked(layer)[:2]:
        formulas = MisreadFormulas(layer, pick_of(of), "direct")
        for one in [*misreadings(layer), *several_left_out(layer)][::3]:
            view = type(layer.direct)(layer, schemes=one.schemes, flip=one.flip)
            assert prove_equal(formulas.of(one), pick_of(of)(view)).proved, (of, one.words)
