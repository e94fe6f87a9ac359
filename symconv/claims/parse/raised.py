"""Indices that are written as superscripts: x^{(c)}_i, w^{(o,c)}[k]."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.parse.brackets import NAMED, after, brace, opening
from symconv.claims.parse.tokens import Sign

_INDICES = "bco"
"""Letters of examples and channels, which may be raised."""


def with_raised_indices(signs: list[Sign]) -> list[Sign]:
    """x^{(c)}_i and x_i^{(c)} are x_{c, i}, w^{(o,c)} is w_{o, c}, if sums run over such a letter or there are two."""
    raised = [place for place, sign in enumerate(signs) if sign.kind == "CARET" and _raised_letters(signs, place)]
    letters = {one for place in raised for one in _raised_letters(signs, place)}
    several = any(len(_raised_letters(signs, place)) > 1 for place in raised)
    if not letters or not (several or letters & _summed_letters(signs) or letters <= set(_INDICES)):
        return signs
    signs = list(signs)
    for place in reversed(raised):
        start = place - 1
        if signs[start].kind == "RBRACE":
            start = opening(signs, start)
        if signs[start].kind in NAMED and signs[start - 1].kind == "UNDER":
            start -= 1
        below = start if signs[start].kind == "UNDER" else start - 1 if signs[start - 1].kind == "UNDER" else None
        name = place - 1 if below is None else below - 1
        end = after(signs, place + 1)
        argument = [] if below is None else signs[below + 1 : place]
        if below is None and end < len(signs) and signs[end].kind == "UNDER":
            argument, end = signs[end + 1 : after(signs, end + 1)], after(signs, end + 1)
        if name < 0 or signs[name].kind not in NAMED:
            continue
        inside = argument[1:-1] if argument and argument[0].kind == "LBRACE" else argument
        at = signs[place]
        indices = [one for one in signs[place + 1 : after(signs, place + 1)] if one.kind in (*NAMED, "COMMA")]
        comma = [Sign("COMMA", ",", at.at, at.at)] if inside else []
        under = Sign("UNDER", "_", at.at, at.end)
        signs[name + 1 : end] = [under, brace("LBRACE", at), *indices, *comma, *inside, brace("RBRACE", at)]
    return signs


def _raised_letters(signs: Sequence[Sign], at: int) -> list[str]:
    """o, c of ^{(o,c)}; none of ^{(l)} and ^{(l-1)}, which number layers."""
    inside = [one for one in signs[at + 1 : after(signs, at + 1)] if one.kind not in ("LBRACE", "RBRACE")]
    if len(inside) < 3 or inside[0].kind != "LPAR" or inside[-1].kind != "RPAR":
        return []
    names = inside[1:-1]
    letters = [one.text for one in names[::2]]
    plain = all(one.kind == "COMMA" for one in names[1::2]) and all(one.kind in NAMED for one in names[::2])
    return letters if plain and len(names) % 2 and all(len(one) == 1 for one in letters) and "l" not in letters else []


def _summed_letters(signs: Sequence[Sign]) -> set[str]:
    """The letters that stand below a sum sign."""
    found: set[str] = set()
    for place, sign in enumerate(signs[:-2]):
        if sign.kind == "SUM" and signs[place + 1].kind == "UNDER":
            found |= {one.text for one in signs[place + 2 : after(signs, place + 2)] if one.kind in NAMED}
    return found
