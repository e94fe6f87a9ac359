"""Index letters and the order of factors, as the notation says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from symconv import AvgPool, Conv, ConvTranspose, Notation, check, prove
from symconv.cli.main import main
from symconv.errors import NotationError
from symconv.layers import Layer

OWN = Notation(letters={"output": "a", "kernel": "u", "input": "z", "input channel": "q"}, factors="x w")
SIZES = Notation(letters={"output": "m", "kernel": "n", "input": "s"}, factors="x w", limits=True)
"""Letters that sizes have otherwise."""
LAYERS: list[Layer] = [
    Conv.general(1, notation=OWN),
    Conv.general(2, notation=OWN),
    Conv.general(1, notation=SIZES),
    Conv(5, 3, stride=2, padding=1, notation=SIZES),
    Conv(6, 3, padding=1, padding_mode="circular", notation=OWN),
    Conv(6, 3, padding=1, padding_mode="reflect", groups=2, in_channels=2, out_channels=4, notation=OWN),
    ConvTranspose(4, 3, stride=2, batch_size=2, notation=OWN),
    AvgPool(6, 2, notation=OWN),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_every_formula_is_read_back(layer: Layer) -> None:
    for view in layer.views.values():
        for quantity in layer.quantities:
            formula = getattr(view, quantity)
            for text in (formula.text(), formula.latex(), formula.unicode()):
                assert check(layer, text, quantity).status == "proved", text
    assert prove(layer).holds


def test_formulas_by_hand() -> None:
    layer = Conv.general(1, notation=OWN)
    assert layer.direct.output.text() == "h[o, a] = b[o] + sum(q, u, X[q, s*a + d*u - p]*w[o, q, u])"
    assert layer.direct.grad_input.text() == "dL_dX[q, z] = sum(o, a, u, delta[o, a]*w[o, q, u]*[z = s*a + d*u - p])"
    small = Conv(3, 2, notation=OWN)
    assert [str(symbol) for symbol in small.direct.output.formula.lhs.indices] == ["a"]
    assert small.direct.output.text() == "h[a] = sum(u, X[a + u]*w[u])"
    assert Conv(3, 2).direct.output.text() == "h[i] = sum(k, w[k]*X[i + k])"


def test_the_same_layer_is_proved_equal_by_any_letters() -> None:
    """Letters are what is printed: a formula in the usual ones is right for a layer with others."""
    layer, usual = Conv.general(1, notation=OWN), Conv.general(1)
    assert check(layer, usual.direct.output.text()).status == "proved"
    assert check(usual, layer.direct.output.text().replace("a]", "t]").replace("s*a", "s*t")).status == "proved"
    assert check(layer, layer.direct.output.text().replace("d*u", "d*a")).status == "refuted"


@pytest.mark.parametrize(
    ("letters", "message"),
    [
        ({"output": "k"}, "the kernel has it"),
        ({"outputs": "a"}, "no axis runs along that"),
        ({"output": "ab"}, "not one letter"),
        ({"output": "1"}, "not one letter"),
        ({"output": "\u03b1"}, "not one letter"),
        ({"output": None}, "not one letter"),
        ({"output": "w"}, "the index of the output has that name"),
        (3, "not a map"),
        ("output", "not a map"),
    ],
)
def test_letters_that_cannot_be_used(letters: Any, message: str) -> None:
    with pytest.raises(NotationError, match=message):
        Notation(letters=letters)


def test_a_notation_shows_what_differs() -> None:
    assert repr(Notation()) == "Notation()"
    for notation in (
        OWN, SIZES, Notation(index_base=1), Notation(index_base=0), Notation(formula_base=1),
        Notation(index_base=0, formula_base=1), Notation(input="x", bold=True),
    ):  # fmt: skip
        assert eval(repr(notation), {"Notation": Notation}) == notation  # its own text, not a user's
    assert len(repr(Conv.general(3, notation=OWN))) < 400


def test_the_command_line_has_the_same_options(capsys: pytest.CaptureFixture[str]) -> None:
    layer = ["derive", "--input-size", "n", "--kernel-size", "K", "--view", "direct", "--of", "output", "--latex"]
    assert main([*layer, "--letter", "output=a", "--letter", "kernel=u", "--factors", "xw"]) == 0
    assert r"h_{a} = \sum_{u} X_{a + u} \, w_{u}" in capsys.readouterr().out
    for wrong in ("output", "outpt=a", "output=ab"):
        assert main([*layer, "--letter", wrong]) == 2
        assert re.search("AXIS=LETTER|did you mean output|not one letter", capsys.readouterr().err)
