"""Wrong formulas for all indices, each as it comes out by a usual mistake, and refuted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from symconv.claims import check
from symconv.claims.mistakes import mistakes
from symconv.claims.report import pick_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer

MOST = 3
"""So many wrong formulas are looked for."""

KEYS = {
    "the kernel is read backwards (flipped)": "flip",
    "the kernel is read forwards, not flipped": "flip",
    "stride and dilation are exchanged": "exchanged",
    "the stride multiplies the kernel's index, not the output's": "exchanged",
    "the stride is left out": "stride",
    "the dilation is left out": "dilation",
    "the padding is left out": "padding",
    "the padding has the wrong sign": "padding_sign",
    "the kernel's index has the wrong sign": "minus",
    "the dilation has the wrong sign": "minus",
    "the position that is read is one too small": "shift",
    "the position that is written is one too small": "shift",
    "the weight's index is one too large": "weight_index",
}
"""Mistakes that ``nearest`` knows, by its words, with the key of the text that says the same."""


@dataclass(frozen=True)
class WrongFormula:
    """A wrong formula.

    Args:
        mistake: the key of its text.
        formula: with the layer's names.
        claim: with names that ``check`` reads.
    """

    mistake: str
    formula: TensorFormula
    claim: str


def wrong_formulas(layer: Layer, checked: Layer, of: str) -> list[WrongFormula]:
    """Some wrong formulas of a quantity; ``checked`` is the layer with names that ``check`` reads."""
    return list(islice(_refuted(layer, checked, of), MOST))


def _refuted(layer: Layer, checked: Layer, of: str) -> Iterator[WrongFormula]:
    seen: set[str] = set()
    pairs = zip(mistakes(layer, pick_of(of)), mistakes(checked, pick_of(of)))
    for (words, formula), (_, claimed) in pairs:
        key = KEYS.get(words.removesuffix(" on axis 0"))
        if key is None or key in seen:
            continue
        claim = str(claimed.latex())
        if check(checked, claim, of).status == "refuted":
            seen.add(key)
            yield WrongFormula(key, formula, claim)
