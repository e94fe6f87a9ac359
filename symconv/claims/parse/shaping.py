r"""From signs to the signs of one alphabet: arguments of \frac, _ and ^ in braces, layer numbers, entries x[i].

What TeX writes in many ways is written in one way here; nothing is read yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from symconv.claims.parse.tokens import Sign
from symconv.errors import ClaimError

DEEPEST = 60
"""Brackets are nested at most 60 deep."""

WORDS = "write a sum of products such as sum(k, w[k]*x[i + k]), or \\sum_k w_k x_{i+k}, or X1*w1 + X2*w2"
OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "ACCESS": "RSQB", "CALLED": "RPAR", "LFLOOR": "RFLOOR",
           "LCEIL": "RCEIL", "LBRACE_SET": "RBRACE_SET"}  # fmt: skip
CLOSING = frozenset(OPENING.values())
NAMED = ("NAME", "WHOLE")
_OPERATORS = ("PLUS", "MINUS", "AST", "TIMES", "EQ", "CONV", "SLASH")
_LAYER = ("l", "L", "ell")
_INDICES = "bco"
"""Letters of examples and channels, which may be raised."""


def shaped(text: str, signs: Sequence[Sign], tensors: Collection[str]) -> list[Sign]:
    """The signs with every argument in brackets of its own; ``tensors`` are names at which letters are parted."""
    require_brackets(text, signs)
    result = _without_empty_groups(_with_arguments(text, list(signs), tensors))
    return _with_entries(_with_layers(_with_raised_indices(_without_styles(result))))


def require_brackets(text: str, signs: Sequence[Sign]) -> None:
    """Brackets match and are not nested too deep.

    Raises:
        ClaimError: they do not; the message has the place.
    """
    stack: list[Sign] = []
    for sign in signs:
        if sign.kind in OPENING:
            stack.append(sign)
            if len(stack) > DEEPEST:
                raise ClaimError(text, f"brackets are nested more than {DEEPEST} deep", WORDS, text, sign.at)
        elif sign.kind in CLOSING and (not stack or OPENING[stack.pop().kind] != sign.kind):
            raise ClaimError(text, f"{sign.text!r} closes no bracket", WORDS, text, sign.at)
    if stack:
        raise ClaimError(text, f"{stack[-1].text!r} is not closed", WORDS, text, stack[-1].at)


def closing(signs: Sequence[Sign], at: int) -> int:
    """The place of the bracket that closes the one at ``at``."""
    depth = 0
    for place in range(at, len(signs)):
        depth += (signs[place].kind in OPENING) - (signs[place].kind in CLOSING)
        if not depth:
            return place
    return len(signs) - 1


def _brace(kind: str, sign: Sign) -> Sign:
    return Sign(kind, "{" if kind == "LBRACE" else "}", sign.at, sign.end)


# -- arguments -----------------------------------------------------------------------------------------


def _with_arguments(text: str, signs: list[Sign], tensors: Collection[str]) -> list[Sign]:
    """What follows \frac, _ and ^ is one argument, as in TeX: w_kx is w_k x."""
    result: list[Sign] = []
    at = 0
    while at < len(signs):
        sign = signs[at]
        result.append(sign)
        at += 1
        if sign.kind == "UNDER" and (name := _joined(result, signs, at, tensors)) is not None:
            result[-2:] = [name]
            at = _after(signs, at)
        elif sign.kind in ("UNDER", "CARET"):
            at = _script(signs, at, result, tensors)
        elif sign.kind == "FRAC":
            for _ in range(2):
                at = _fraction_part(text, signs, at, result)
        elif sign.kind == "OVERSET" and at < len(signs) and signs[at].kind == "LBRACE":
            result.pop()
            at = closing(signs, at) + 1
        elif sign.kind == "CALL" and at < len(signs) and signs[at].kind == "LBRACE_SET":  # \max\{a, b\}
            end = closing(signs, at)
            signs[at], signs[end] = signs[at]._replace(kind="LPAR"), signs[end]._replace(kind="RPAR")
        elif sign.kind == "SUBSTACK":
            result.pop()
            if at < len(signs) and signs[at].kind == "LBRACE":
                end = closing(signs, at)
                signs[at : end + 1] = signs[at + 1 : end]
        elif sign.kind == "MATHBB":
            result.pop()
            at = _blackboard(signs, at, result)
    return result


def _blackboard(signs: list[Sign], at: int, result: list[Sign]) -> int:
    r"""\mathbb{Z} is a set, and \mathbb{1}[..] or \mathbb{1}_{..} a bracket; the place after it."""
    end = _after(signs, at)
    inside = [one for one in signs[at:end] if one.kind not in ("LBRACE", "RBRACE")]
    if len(inside) == 1 and inside[0].kind == "NAME":
        result.append(inside[0]._replace(kind="SET"))
    elif end + 1 < len(signs) and signs[end].kind == "UNDER" and signs[end + 1].kind == "LBRACE":
        close = closing(signs, end + 1)
        signs[close] = signs[close]._replace(kind="RSQB", text="]")
        signs[end + 1] = signs[end + 1]._replace(kind="LSQB", text="[", spaces=1)
        return end + 1
    elif end < len(signs):
        signs[end] = signs[end]._replace(spaces=1)
    return end


def _joined(result: Sequence[Sign], signs: Sequence[Sign], at: int, tensors: Collection[str]) -> Sign | None:
    """h_out, if that is the name of a tensor: h_{out} too, and dL_dh_out."""
    inside = [one for one in signs[at : _after(signs, at)] if one.kind not in ("LBRACE", "RBRACE")]
    if len(result) < 2 or result[-2].kind not in (*NAMED, "DNAME") or len(inside) != 1 or inside[0].kind not in NAMED:
        return None
    first, below = result[-2], inside[0].text
    by = re.split("[/_]d", first.text)[-1] if first.kind == "DNAME" else first.text
    kind = "DNAME" if first.kind == "DNAME" else "WHOLE"
    return (
        first._replace(kind=kind, text=f"{first.text}_{below}", end=inside[0].end)
        if f"{by}_{below}" in tensors
        else None
    )


def _script(signs: list[Sign], at: int, result: list[Sign], tensors: Collection[str]) -> int:
    """The argument of _ or ^, put into ``result``; the place after it."""
    if at >= len(signs):
        return at
    sign = signs[at]
    if sign.kind == "LPAR":  # k_(i+1) in Unicode text
        end = closing(signs, at)
        signs[end] = _brace("RBRACE", signs[end])
        signs[at] = _brace("LBRACE", sign)
        return at
    if sign.kind == "NAME":
        after = signs[at + 1].kind if at + 1 < len(signs) else ""
        cut = _cut(sign.text, after, tensors)
        if cut:
            signs[at : at + 1] = _parted(sign, cut)
        result += [_brace("LBRACE", signs[at]), signs[at], _brace("RBRACE", signs[at])] if cut else [signs[at]]
        return at + 1
    return at


def _cut(name: str, after: str, tensors: Collection[str]) -> int:
    """After how many letters a name after _ ends; 0 if it is one name: w_kx_i is w_k x_i, since TeX has no x_{kx}_i."""
    if len(name) < 2 or "_" in name:
        return 0
    for at in range(1, len(name)):
        if name[at:] in tensors and after in ("UNDER", "LPAR", "LSQB", "CARET"):
            return at
    return 1 if after == "UNDER" and not name[1:].isdigit() else 0


def _parted(sign: Sign, cut: int) -> list[Sign]:
    return [
        Sign("NAME", sign.text[:cut], sign.at, sign.at + cut, sign.spaces),
        Sign("NAME", sign.text[cut:], sign.at + cut, sign.end),
    ]


def _fraction_part(text: str, signs: list[Sign], at: int, result: list[Sign]) -> int:
    """One argument of \frac, put into ``result`` in braces; the place after it."""
    if at >= len(signs):
        raise ClaimError(text, "it ends too early", r"write \frac{1}{K}", text, len(text))
    sign = signs[at]
    if sign.kind == "LBRACE":
        end = closing(signs, at)
        inside = signs[at + 1 : end]
        signs[at : end + 1] = [sign, *inside, signs[end]]
        inner: list[Sign] = _with_arguments(text, inside, ())
        result += [sign, *_as_derivative(inner), signs[end]]
        return end + 1
    if sign.kind in ("INT", "NAME") and len(sign.text) > 1:
        signs[at : at + 1] = [
            Sign(sign.kind, sign.text[:1], sign.at, sign.at + 1),
            Sign(sign.kind, sign.text[1:], sign.at + 1, sign.end),
        ]
    result += [_brace("LBRACE", signs[at]), signs[at], _brace("RBRACE", signs[at])]
    return at + 1


def _as_derivative(inside: list[Sign]) -> list[Sign]:
    """d L and dL in a fraction; whether it is a derivative, the grammar sees from both parts."""
    first = inside[0] if inside else None
    if first is None or first.kind not in NAMED or first.text[:1] != "d" or len(inside) == 1 == len(first.text):
        return inside
    mark = Sign("PARTIAL", "d", first.at, first.at + 1)
    if first.text == "d":
        return [mark, *inside[1:]] if inside[1].kind in (*NAMED, "LSQB") else inside
    return [mark, Sign(first.kind, first.text[1:], first.at + 1, first.end), *inside[1:]]


# -- groups, fonts, layer numbers, entries -------------------------------------------------------------


def _without_empty_groups(signs: list[Sign]) -> list[Sign]:
    """{+} is +, and {} is nothing."""
    result: list[Sign] = []
    for sign in signs:
        if sign.kind == "RBRACE" and len(result) > 1:
            if result[-1].kind == "LBRACE":
                if len(result) < 2 or result[-2].kind not in ("UNDER", "CARET", "FRAC", "RBRACE"):
                    result.pop()
                    continue
            elif result[-1].kind in _OPERATORS and result[-2].kind == "LBRACE":
                result[-2:] = [result[-1]]
                continue
        result.append(sign)
    return result


def _without_styles(signs: list[Sign]) -> list[Sign]:
    r"""{X} is X where it is not an argument: \mathbf{\mathit{X}}_{i}."""
    result: list[Sign] = []
    for at, sign in enumerate(signs):
        result.append(sign)
        if sign.kind == "RBRACE" and len(result) > 2 and result[-2].kind in NAMED and result[-3].kind == "LBRACE":
            before = result[-4].kind if len(result) > 3 else ""
            follows = signs[at + 1].kind if at + 1 < len(signs) else ""
            if before not in ("UNDER", "CARET", "FRAC", "MATHBB") and (before != "RBRACE" or follows == "UNDER"):
                result[-3:] = [result[-2]]
    return result


def _with_raised_indices(signs: list[Sign]) -> list[Sign]:
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
            start = _opening(signs, start)
        if signs[start].kind in NAMED and signs[start - 1].kind == "UNDER":
            start -= 1
        below = start if signs[start].kind == "UNDER" else start - 1 if signs[start - 1].kind == "UNDER" else None
        name = place - 1 if below is None else below - 1
        end = _after(signs, place + 1)
        argument = [] if below is None else signs[below + 1 : place]
        if below is None and end < len(signs) and signs[end].kind == "UNDER":
            argument, end = signs[end + 1 : _after(signs, end + 1)], _after(signs, end + 1)
        if name < 0 or signs[name].kind not in NAMED:
            continue
        inside = argument[1:-1] if argument and argument[0].kind == "LBRACE" else argument
        at = signs[place]
        indices = [one for one in signs[place + 1 : _after(signs, place + 1)] if one.kind in (*NAMED, "COMMA")]
        comma = [Sign("COMMA", ",", at.at, at.at)] if inside else []
        under = Sign("UNDER", "_", at.at, at.end)
        signs[name + 1 : end] = [under, _brace("LBRACE", at), *indices, *comma, *inside, _brace("RBRACE", at)]
    return signs


def _raised_letters(signs: Sequence[Sign], at: int) -> list[str]:
    """o, c of ^{(o,c)}; none of ^{(l)} and ^{(l-1)}, which number layers."""
    inside = [one for one in signs[at + 1 : _after(signs, at + 1)] if one.kind not in ("LBRACE", "RBRACE")]
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
            found |= {one.text for one in signs[place + 2 : _after(signs, place + 2)] if one.kind in NAMED}
    return found


def _opening(signs: Sequence[Sign], at: int) -> int:
    """The place of the bracket that the one at ``at`` closes."""
    depth = 0
    for place in range(at, -1, -1):
        depth += (signs[place].kind in CLOSING) - (signs[place].kind in OPENING)
        if not depth:
            return place
    return 0


def _with_layers(signs: list[Sign]) -> list[Sign]:
    """w^{(l)}_{ab} and w_{ab}^{(l)} are entries of one tensor, which is called w^(l)."""
    signs = list(signs)
    at = 0
    while at < len(signs):
        if signs[at].kind in NAMED:
            place = at + 1
            if place < len(signs) and signs[place].kind == "UNDER":
                place = _after(signs, place + 1)
            if place < len(signs) and signs[place].kind == "CARET":
                end = _after(signs, place + 1)
                if (layer := layer_number(signs[place + 1 : end])) is not None:
                    name = signs[at]
                    del signs[place:end]
                    signs[at] = name._replace(kind="WHOLE", text=f"{name.text}^({layer})")
        at += 1
    return signs


def _after(signs: Sequence[Sign], at: int) -> int:
    """The place after the argument that starts at ``at``."""
    if at < len(signs) and signs[at].kind == "LBRACE":
        return closing(signs, at) + 1
    return at + 1


def layer_number(argument: Sequence[Sign]) -> str | None:
    """l - 1 of {l-1}, {(l-1)} and {[l-1]}; None of an exponent that is not the number of a layer."""
    inside = list(argument)
    if len(inside) > 2 and inside[0].kind == "LBRACE":
        inside = inside[1:-1]
    marked = len(inside) > 2 and inside[0].kind in ("LPAR", "LSQB", "LBRACE_SET")
    inside = inside[1:-1] if marked else inside
    kinds = [sign.kind for sign in inside]
    words = "".join(sign.text for sign in inside)
    plain = kinds in (["NAME"], ["WHOLE"], ["INT"]) or (
        len(kinds) == 3 and kinds[0] in NAMED and kinds[1] in ("PLUS", "MINUS") and kinds[2] == "INT"
    )
    if plain and (marked or (kinds[0] in NAMED and inside[0].text in _LAYER and words != "L")):
        return words.replace("ell", "l")
    return None


def _with_entries(signs: list[Sign]) -> list[Sign]:
    """x[i] is an entry where nothing stands between; x [i = j] is a product with a bracket. x[i][j] is x[i,j]."""
    result: list[Sign] = []
    ends: list[int] = []
    for at, sign in enumerate(signs):
        before = result[-1].kind if result else ""
        if before in NAMED and len(result) > 1 and result[-2].kind in ("UNDER", "CARET"):
            before = ""  # w_k[x]_i
        if sign.kind == "LSQB" and not sign.spaces and (start := _subscript_before(result)) is not None:
            end = closing(signs, at)
            follows = signs[end + 1].kind if end + 1 < len(signs) else ""
            if not _is_condition(signs[at + 1 : end]) and follows != "UNDER":  # w_{o,c}[k]
                inside = [one for one in result[start + 1 :] if one.kind not in ("LBRACE", "RBRACE")]
                result[start:] = [
                    Sign("ACCESS", "[", sign.at, sign.end),
                    *inside,
                    Sign("COMMA", ",", sign.at, sign.end),
                ]
                ends.append(end)
                continue
        if sign.kind == "LSQB" and not sign.spaces and before in (*NAMED, "RPAR", "DNAME", "RSQB"):
            end = closing(signs, at)
            if not _is_condition(signs[at + 1 : end]):
                if before == "RSQB" and ends and ends[-1] == at - 1:
                    result[-1] = Sign("COMMA", ",", sign.at, sign.end)
                    ends.append(end)
                    continue
                if before != "RSQB":
                    ends.append(end)
                    sign = sign._replace(kind="ACCESS")
        result.append(sign)
    return result


def _subscript_before(signs: Sequence[Sign]) -> int | None:
    """The place of the _ of a subscript of letters that the signs end with: w_{o,c}, x_c."""
    at = len(signs) - 1
    while at > 0 and signs[at].kind in (*NAMED, "COMMA", "LBRACE", "RBRACE"):
        if signs[at - 1].kind == "UNDER":
            return at - 1 if signs[at - 2].kind in NAMED else None
        if signs[at].kind == "LBRACE" or (signs[at].kind in NAMED and signs[-1].kind != "RBRACE"):
            return None
        at -= 1
    return None


def _is_condition(inside: Sequence[Sign]) -> bool:
    depth = 0
    for sign in inside:
        depth += (sign.kind in OPENING) - (sign.kind in CLOSING)
        if not depth and sign.kind in ("EQ", "COMPARE"):
            return True
    return False
