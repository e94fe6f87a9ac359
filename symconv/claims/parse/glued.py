r"""Names that stand together: X11F11 is X11 F11, O11 of \partial O11 is O_{11}, and hs_h is h s_h."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from symconv.claims.parse.tokens import Sign

_PAIR = re.compile(r"([A-Za-z])(\d+)")
_PAIRS = re.compile(rf"(?:{_PAIR.pattern}){{2,}}")

_ON_AXIS = re.compile(r"[a-z][spdSPD]")
"""An index and the stride, padding or dilation of an axis, whose letter stands below: hs_h is h s_h."""


def with_glued_labels(signs: Sequence[Sign], tensors: Collection[str]) -> list[Sign]:
    """The signs with a product of labels as its factors, and what is differentiated with its numbers below it.

    Args:
        tensors: names of tensors, which stay whole: w1 of a network may be one.

    >>> from symconv.claims.parse.tokens import signs_of
    >>> [sign.text for sign in with_glued_labels(signs_of("X1F1"), ("X",))]
    ['X1', 'F1']
    >>> [sign.text for sign in with_glued_labels(signs_of("hs_h"), ("X",))]
    ['h', 's', '_', 'h']
    """
    result: list[Sign] = []
    for at, sign in enumerate(signs):
        if sign.kind == "NAME" and sign.text not in tensors and sign.text[-1:].isdigit():
            result += _parts(sign, bool(result) and result[-1].kind == "PARTIAL")
        elif sign.kind == "NAME" and _ON_AXIS.fullmatch(sign.text) and _is_an_axis(signs[at + 1 : at + 4]):
            middle = sign.at + 1
            result.append(Sign("NAME", sign.text[0], sign.at, middle, sign.spaces))
            result.append(Sign("NAME", sign.text[1], middle, sign.end))
        else:
            result.append(sign)
    return result


def _is_an_axis(after: Sequence[Sign]) -> bool:
    """Whether the letter or the number of an axis stands below, as in hs_h, hs_{h} and is_1."""
    below = [sign for sign in after if sign.kind not in ("LBRACE", "RBRACE")]
    return len(below) > 1 and below[0].kind == "UNDER" and below[1].text in ("h", "w", "x", "y", "H", "W", "1", "2")


def _parts(sign: Sign, differentiated: bool) -> Iterator[Sign]:
    if differentiated and (label := _PAIR.fullmatch(sign.text)) is not None:
        middle = sign.at + 1
        yield Sign("NAME", label[1], sign.at, middle, sign.spaces)
        yield Sign("UNDER", "_", middle, middle)
        yield Sign("INT", label[2], middle, sign.end)
    elif _PAIRS.fullmatch(sign.text) is not None:
        for found in _PAIR.finditer(sign.text):
            spaces = 0 if found.start() else sign.spaces
            yield Sign("NAME", found[0], sign.at + found.start(), sign.at + found.end(), spaces)
    else:
        yield sign
