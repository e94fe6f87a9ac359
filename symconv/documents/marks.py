"""Marks: what a comment says about the formula beside it.

symconv: Conv(n, K, stride=s) grad_weight       the layer, and the quantity if the formula does not say it
symconv: grad_weight                            the layer of the defaults
symconv: defaults Conv(n, K) index_base=1       for all marks that follow
symconv: wrong Conv(n, K)                       a formula that is wrong on purpose
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from symconv.claims.report import QUANTITIES
from symconv.documents.layer_text import end_of_brackets, require_layer, starts_a_layer
from symconv.documents.places import WORD
from symconv.errors import MarkError, instead_of
from symconv.layers import Layer

OPTIONS = ("index_base",)
RIGHT = f"write {WORD} Conv(n, K, stride=s) grad_weight"


@dataclass(frozen=True)
class Mark:
    """What is claimed of a formula.

    Args:
        layer: the layer that it is about.
        of: the quantity; None if its left side says it.
        index_base: the number from which indices count; None for that of the layer's notation.
        wrong: whether it is there as a wrong formula, which must be refuted.
        is_default: whether the mark is about all that follow.
    """

    layer: Layer | None = None
    of: str | None = None
    index_base: int | None = None
    wrong: bool = False
    is_default: bool = field(default=False, compare=False)


def read_mark(text: str, defaults: Mark, known: dict[str, Layer]) -> Mark:
    """What stands behind "symconv:".

    Args:
        defaults: what is meant where the mark says nothing.
        known: the layers that were read already, by their text; a new one is added.

    Raises:
        MarkError: it cannot be read.
        SymconvError: the layer's arguments do not describe one.
    """
    rest = text.strip()
    mark = replace(defaults, wrong=False, of=None, is_default=False)
    if found := re.match(r"(defaults|wrong)\b(?!\s*[.(=])", rest):
        rest = rest[found.end() :].strip()
        mark = replace(mark, is_default=found[1] == "defaults", wrong=found[1] == "wrong")
    if starts_a_layer(rest):
        end = end_of_brackets(rest)
        if (given := rest[:end]) not in known:
            known[given] = require_layer(given)
        mark, rest = replace(mark, layer=known[given]), rest[end:]
    for word in rest.split():
        mark = replace(mark, **_said(word, text, mark))
    if mark.layer is None and not mark.is_default:
        raise MarkError(text, "it does not say which layer", RIGHT)
    return mark


def _said(word: str, text: str, mark: Mark) -> dict[str, Any]:
    """One word of a mark: a quantity, or an option with its value."""
    name, equals, value = word.partition("=")
    at = text.rfind(word)
    if equals and name in OPTIONS:
        if value not in ("0", "1"):
            raise MarkError(text, f"{name}={value}: indices count from 0 or 1", "use 0 or 1", at)
        return {name: int(value)}
    if not equals and name in QUANTITIES:
        if mark.of is not None:
            raise MarkError(text, f"it has two quantities, {mark.of} and {name}", "name one of them", at)
        return {"of": name}
    kind = "option" if equals else "quantity"
    raise MarkError(text, f"there is no {kind} {name[:30]}", instead_of(name, OPTIONS if equals else QUANTITIES), at)
