"""The usual mistakes in German: every sentence that the code can say has one, with the same places."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import sympy as sp

import symconv
from symconv import Conv, prove_code
from symconv.foundations.phrases import Phrase
from symconv.notes.languages import words_in
from symconv.notes.languages.german_mistakes import MISTAKES
from symconv.programs.mistakes import factors, usual_mistakes
from symconv.programs.repair import Repair
from symconv.programs.sizes import BY_QUANTITY
from symconv.programs.wording import mistake_of

ROOT = Path(symconv.__file__).parent
FILES = (*(ROOT / "claims" / "mistakes").glob("*.py"), *(ROOT / "programs" / name for name in (
    "mistakes.py", "sizes.py", "explain.py", "wording.py",
)))  # fmt: skip
GERMAN = words_in("de")
C, F, H, W, K, KW, s, t, p, q, d = sp.symbols("C F H W K KW s t p q d", integer=True, positive=True)
LAYERS = (
    Conv(H, K, in_channels=C, out_channels=F, stride=s, padding=p, dilation=d, bias=True),
    Conv((H, W), (K, KW), in_channels=C, out_channels=F, stride=(s, t), padding=(p, q), bias=True, batch_size=2),
)


def written() -> Iterator[str]:
    """The patterns that stand in calls of ``Phrase``."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase":
                found = (one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant))
                yield from (one for one in found if isinstance(one, str))


def patterns(text: str) -> Iterator[str]:
    """What a catalogue is asked for: the pattern of a phrase and of its parts that are phrases or sentences."""
    if not isinstance(text, Phrase):
        if any(len(word) > 3 and word.isalpha() and word.islower() for word in text.split()):
            yield text
        return
    yield text.pattern
    for part in text.parts.values():
        yield from patterns(part)


def test_every_pattern_has_german_words() -> None:
    assert not [one for one in written() if "{" in one and one not in MISTAKES]


@pytest.mark.parametrize("of", ["output", "grad_weight", "grad_input", "grad_bias"])
def test_every_usual_mistake_has_german_words(of: str) -> None:
    said = {one for layer in LAYERS for words, _ in usual_mistakes(layer, of) for one in patterns(words)}
    said |= {words for known in BY_QUANTITY.values() for words, _ in known}
    said |= {one for layer in LAYERS for words, _ in factors(layer) for one in patterns(words)}
    assert not {one for one in said if one not in MISTAKES}


def test_the_words_of_repairs_are_german_too() -> None:
    lines = (
        ("y = x * s", "y = x"),
        ("a = b[i, j]", "a = b[j, i]"),
        ("y = x / 2", "y = x"),
        ("y = f(x + 1)", "y = f(x) + 1"),
    )
    for one, other in lines:
        for before, after in ((one, other), (other, one)):
            assert GERMAN.mistake(mistake_of(Repair(1, before, after))) != mistake_of(Repair(1, before, after))


def test_both_languages_say_one_mistake() -> None:
    report = prove_code(
        "import numpy as np\n"
        "def forward(x, w, stride):\n"
        "    y = np.zeros((1, (x.shape[1] - w.shape[2]) // stride + 1))\n"
        "    for i in range(y.shape[1]):\n"
        "        y[0, i] = x[0, i:i + w.shape[2]] @ w[0, 0]\n"
        "    return y\n",
        Conv(H, K, stride=s),
    )
    assert report.mistake == "the stride is left out"
    assert GERMAN.mistake(report.mistake) == "die Schrittweite fehlt"
    assert words_in("en").mistake(report.mistake) == report.mistake


def test_a_phrase_is_the_same_after_pickling() -> None:
    phrase = Phrase("{what} on axis {axis}", what=Phrase("{which} is left out", which="the weight"), axis=1)
    again = pickle.loads(pickle.dumps(phrase))
    assert again == phrase == "the weight is left out on axis 1"
    assert GERMAN.mistake(again) == "das Gewicht fehlt auf Achse 1"
