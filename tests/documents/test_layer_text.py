"""Layers in marks: what the small grammar reads, and what it says of anything else."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Fold, MaxPool, Notation, Unfold, Upsample
from symconv.documents.layer_text import require_layer
from symconv.errors import MarkError, SymconvError
from symconv.layers import KINDS, Layer

n, K, s, p, C = sp.symbols("n K s p C", integer=True)

LAYERS = [
    ("Conv(3, 2)", Conv(3, 2)),
    ("Conv(n, K, stride=s)", Conv(n, K, stride=s)),
    (" Conv ( n , K , ) ", Conv(n, K)),
    ("Conv((n, n), (K, K), padding=(p, p))", Conv((n, n), (K, K), padding=(p, p))),
    ("Conv((5,), (3,), padding=((1, 2),))", Conv((5,), (3,), padding=((1, 2),))),
    ("Conv(n, K, in_channels=C, out_channels=2*C)", Conv(n, K, in_channels=C, out_channels=2 * C)),
    ("Conv(n + K - 1, K, padding=-1)", Conv(n + K - 1, K, padding=-1)),
    ("Conv(n, 3, padding='same', bias=True)", Conv(n, 3, padding="same", bias=True)),
    ('Conv(n, K, padding_mode="circular", padding=1)', Conv(n, K, padding_mode="circular", padding=1)),
    ("Conv(n, K, notation=Notation(weight='F', input='I'))", Conv(n, K, notation=Notation(weight="F", input="I"))),
    ("Conv(n, K, batch_size=None, flip=True)", Conv(n, K, flip=True)),
    ("Conv.general(2, bias=False)", Conv.general(2, bias=False)),
    ("ConvTranspose.general(1)", ConvTranspose.general(1)),
    ("AvgPool(n, K)", AvgPool(n, K)),
]


@pytest.mark.parametrize(("text", "layer"), LAYERS, ids=[text for text, _ in LAYERS])
def test_a_layer_is_read(text: str, layer: Layer) -> None:
    assert repr(require_layer(text)) == repr(layer)
    assert require_layer(layer) is layer


@pytest.mark.parametrize("layer", [
    Conv(3, 2), Conv.general(2, groups=sp.Symbol("G", integer=True)), ConvTranspose.general(2), AvgPool.general(1),
    MaxPool(4, 2), Unfold.general(1), Fold.general(1), Upsample.general(2), Conv(4, 2, notation=Notation(weight="F")),
    Conv(5, 3, padding=((1, 2),), groups=2, in_channels=2, out_channels=2).family(),
], ids=repr)  # fmt: skip
def test_what_a_layer_prints_is_read(layer: Layer) -> None:
    assert repr(require_layer(repr(layer))) == repr(layer)


WRONG = [
    ("Conf(3, 2)", "there is no layer Conf; did you mean Conv"),
    ("Conv(3, 2, strid=1)", "no option strid; did you mean stride"),
    ("Conv(3", "')' is expected"),
    ("Conv(3, 2) x", "'x' stands behind the layer"),
    ("Conv(3, 2, stride=1, stride=1)", "given twice"),
    ("Conv(stride=1, 3)", "without its name"),
    ("Conv(3)", "kernel_size"),
    ("Conv.special(1)", "write Conv.general"),
    ("Conv(3, __import__('os'))", "is expected there"),
    ("Conv(3, (2, 2) + 1)", "a tuple is not a number"),
    ("Conv(-(2, 2), 1)", "a tuple is not a number"),
    ("Conv(" + "(" * 50 + "3" + ")" * 50 + ", 2)", "nested more than 8 deep"),
    ("Conv(3, 2, padding=" + "1+" * 600 + "1)", "characters"),
    ("Conv(3, 4)", "kernel"),
    ("Conv(3, 2, padding='some')", "padding"),
    ("Conv(3, 2, notation=Notation(wight='F'))", "did you mean weight"),
    ("Conv(3, 2, notation=Notation('F'))", "a notation has options only"),
    ("Conv(3, 2, bias=1)", "True or False"),
    ("Conv", "'(' is expected"),
    ("", "a name is expected"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[text[:40] for text, _ in WRONG])
def test_what_is_not_a_layer_is_an_error_that_says_why(text: str, words: str) -> None:
    with pytest.raises(SymconvError) as caught:
        require_layer(text)
    assert words in str(caught.value)
    if isinstance(caught.value, MarkError):
        assert caught.value.position is not None and 0 <= caught.value.position <= len(text)


def test_mutated_layers_are_read_or_refused() -> None:
    """Whatever a text is, it is a layer or one of our errors; nothing is evaluated."""
    chance = random.Random(5)
    texts = [text for text, _ in LAYERS]
    pieces = [*"(),=.+-*'\" 019xKn", "Conv", "None", "stride=", "padding=", "Notation(", "lambda: 0", "**", "[0]", "∂"]
    for _ in range(1500):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(pieces) + text[at + chance.randrange(3) :]
        with suppress(SymconvError):
            assert type(require_layer(text)) in KINDS.values()
