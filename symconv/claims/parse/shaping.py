r"""From signs to the signs of one alphabet: arguments of \frac, _ and ^ in braces, layer numbers, entries x[i].

What TeX writes in many ways is written in one way here; nothing is read yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from symconv.claims.parse.brackets import CLOSING, NAMED, OPENING, after, brace, closing, require_brackets
from symconv.claims.parse.glued import with_glued_labels
from symconv.claims.parse.raised import with_raised_indices
from symconv.claims.parse.tokens import Sign
from symconv.errors import ClaimError

_OPERATORS = ("PLUS", "MINUS", "AST", "TIMES", "EQ", "CONV", "SLASH")
_LAYER = ("l", "L", "ell")


def shaped(text: str, signs: Sequence[Sign], tensors: Collection[str]) -> list[Sign]:
    """The signs with every argument in brackets of its own; ``tensors`` are names at which letters are parted."""
    signs = with_glued_labels(signs, tensors)
    kinds = {sign.kind for sign in signs}
    signs = _half_open(signs) if "IN" in kinds else list(signs)
    signs = _with_ranges(signs) if "DOTS" in kinds else signs
    require_brackets(text, signs)
    signs = _with_primes(signs) if "PRIME" in kinds else signs
    signs = _applied_derivatives(signs) if "FRAC" in kinds else signs
    result = _without_empty_groups(_with_arguments(text, signs, tensors))
    return _with_entries(_with_layers(with_raised_indices(_without_styles(result))))


def _half_open(signs: Sequence[Sign]) -> list[Sign]:
    r"""k \in [0, K) is k in range(0, K)."""
    result = list(signs)
    for at, sign in enumerate(signs):
        if sign.kind == "LSQB" and at and signs[at - 1].kind == "IN":
            ends = (place for place in range(at, len(signs)) if signs[place].kind in ("RSQB", "RPAR", "RBRACE"))
            end = next(ends, at)
            if signs[end].kind == "RPAR" and not any(one.kind == "LPAR" for one in signs[at:end]):
                result[at] = sign._replace(kind="LPAR", text="(")
                result[at - 1] = sign._replace(kind="OPENED")
    return [
        one
        for sign in result
        for one in ((sign._replace(kind="IN"), sign._replace(kind="RANGE")) if sign.kind == "OPENED" else (sign,))
    ]


def _with_ranges(signs: list[Sign]) -> list[Sign]:
    r"""m = 0, \dots, K - 1 below a sum sign is m = 0..K - 1."""
    result = list(signs)
    for at, sign in enumerate(signs[:-2]):
        if sign.kind == "SUM" and signs[at + 1].kind == "UNDER" and signs[at + 2].kind == "LBRACE":
            depth = 0
            for place in range(at + 3, closing(signs, at + 2) - 2):
                depth += (signs[place].kind in OPENING) - (signs[place].kind in CLOSING)
                if not depth and [one.kind for one in signs[place : place + 3]] == ["COMMA", "DOTS", "COMMA"]:
                    result[place : place + 3] = [sign._replace(kind="GONE"), signs[place + 1]._replace(kind="DOTDOT")]
                    result.insert(place + 2, sign._replace(kind="GONE"))
    return [sign for sign in result if sign.kind != "GONE"]


def _with_primes(signs: list[Sign]) -> list[Sign]:
    r"""m^{\prime} is m'."""
    result: list[Sign] = []
    at = 0
    while at < len(signs):
        end = after(signs, at + 1) if signs[at].kind == "CARET" and at + 1 < len(signs) else at
        primes = [one for one in signs[at + 1 : end] if one.kind not in ("LBRACE", "RBRACE")]
        if result and result[-1].kind in NAMED and primes and all(one.text == "prime" for one in primes):
            result[-1] = result[-1]._replace(text=result[-1].text + "'" * len(primes), end=signs[end - 1].end)
            at = end
            continue
        result.append(signs[at])
        at += 1
    return result


def _applied_derivatives(signs: list[Sign]) -> list[Sign]:
    r"""\frac{\partial}{\partial w_k} L(w) is \frac{\partial L}{\partial w_k}."""
    at = 0
    while at < len(signs):
        bare = [one.kind for one in signs[at : at + 4]] == ["FRAC", "LBRACE", "PARTIAL", "RBRACE"]
        end = after(signs, at + 4) if bare and at + 4 < len(signs) else len(signs)
        if end < len(signs) and signs[end].kind in NAMED:
            loss = signs.pop(end)
            if end < len(signs) and signs[end].kind == "LPAR":
                del signs[end : closing(signs, end) + 1]
            signs.insert(at + 3, loss)
        at += 1
    return signs


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
            at = after(signs, at)
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
                signs[at : end + 1] = [one for one in signs[at + 1 : end] if one.kind != "TEXT"]
        elif sign.kind == "MATHBB":
            result.pop()
            at = _blackboard(signs, at, result)
    return result


def _blackboard(signs: list[Sign], at: int, result: list[Sign]) -> int:
    r"""\mathbb{Z} is a set, and \mathbb{1}[..] or \mathbb{1}_{..} a bracket; the place after it."""
    end = after(signs, at)
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
    inside = [one for one in signs[at : after(signs, at)] if one.kind not in ("LBRACE", "RBRACE")]
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
        signs[end] = brace("RBRACE", signs[end])
        signs[at] = brace("LBRACE", sign)
        return at
    if sign.kind == "NAME":
        after = signs[at + 1].kind if at + 1 < len(signs) else ""
        cut = _cut(sign.text, after, tensors)
        if cut:
            signs[at : at + 1] = _parted(sign, cut)
        result += [brace("LBRACE", signs[at]), signs[at], brace("RBRACE", signs[at])] if cut else [signs[at]]
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
        result += [sign, *_with_square_brackets(_as_derivative(inner)), signs[end]]
        return end + 1
    if sign.kind in ("INT", "NAME") and len(sign.text) > 1:
        signs[at : at + 1] = [
            Sign(sign.kind, sign.text[:1], sign.at, sign.at + 1),
            Sign(sign.kind, sign.text[1:], sign.at + 1, sign.end),
        ]
    result += [brace("LBRACE", signs[at]), signs[at], brace("RBRACE", signs[at])]
    return at + 1


def _with_square_brackets(inside: list[Sign]) -> list[Sign]:
    r"""x[i, j] of x(i, j) in \frac{\partial L}{\partial x(i, j)}."""
    kinds = [one.kind for one in inside[:3]]
    named = len(kinds) == 3 and kinds[0] == "PARTIAL" and kinds[1] in NAMED and kinds[2] == "LPAR"
    if not named or closing(inside, 2) != len(inside) - 1:
        return inside
    opened, closed = inside[2]._replace(kind="LSQB", text="[", spaces=0), inside[-1]._replace(kind="RSQB", text="]")
    return [*inside[:2], opened, *inside[3:-1], closed]


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
    r"""{X} is X unless it is an argument: \mathbf{\mathit{X}}_{i}; and so is (X) in (X)_{i}."""
    result: list[Sign] = []
    for at, sign in enumerate(signs):
        result.append(sign)
        if sign.kind == "RPAR" and len(result) > 2 and result[-2].kind in NAMED and result[-3].kind == "LPAR":
            before = result[-4].kind if len(result) > 3 else ""
            if signs[at + 1 : at + 2] and signs[at + 1].kind == "UNDER" and before not in (*NAMED, "CALL", "RPAR"):
                result[-3:] = [result[-2]]
                continue
        if sign.kind == "RBRACE" and len(result) > 2 and result[-2].kind in NAMED and result[-3].kind == "LBRACE":
            before = result[-4].kind if len(result) > 3 else ""
            follows = signs[at + 1].kind if at + 1 < len(signs) else ""
            if before not in ("UNDER", "CARET", "FRAC", "MATHBB") and (before != "RBRACE" or follows == "UNDER"):
                result[-3:] = [result[-2]]
    return result


def _with_layers(signs: list[Sign]) -> list[Sign]:
    """w^{(l)}_{ab} and w_{ab}^{(l)} are entries of one tensor, which is called w^(l)."""
    signs = list(signs)
    at = 0
    while at < len(signs):
        if signs[at].kind in NAMED:
            place = at + 1
            if place < len(signs) and signs[place].kind == "UNDER":
                place = after(signs, place + 1)
            if place < len(signs) and signs[place].kind == "CARET":
                end = after(signs, place + 1)
                if (layer := layer_number(signs[place + 1 : end])) is not None:
                    name = signs[at]
                    del signs[place:end]
                    signs[at] = name._replace(kind="WHOLE", text=f"{name.text}^({layer})")
        at += 1
    return signs


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
