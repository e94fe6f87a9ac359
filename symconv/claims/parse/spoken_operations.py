r"""Operations said in words: Full Convolution(180° rotated F, dL/dO), \text{full-conv}(\text{flipped } w, \delta)."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names
from symconv.printing.greek import GREEK_LETTERS

GREEK = {letter: name for name, letter in GREEK_LETTERS.items()}
_TEXT = r"(?:\\(?:text|mathrm|textrm|textit|operatorname)\s*\{\s*)?"
_END = r"\s*\}?\s*"
_NAME = r"(?P<{}>(?:\\?[A-Za-z]+|[α-ω])(?:_\{{\w+\}}|_\w)?)"
_OPERATION = re.compile(
    rf"{_TEXT}\b(?P<mode>full|valid|same)[-\s]+"
    rf"(?P<what>conv(?:olution|olve)?|cross-?\s?correlation|correlation|xcorr|corr){_END}(?=\()",
    re.IGNORECASE,
)
_DEGREES = rf"180\s*(?:°|\^\s*\{{?\s*\\circ\s*\}}?|[-\s]*{_TEXT}deg(?:rees?)?{_END})?"
_FIRST = re.compile(
    rf"(?:{_DEGREES}[-\s]*{_TEXT}(?:rotated|flipped|rot){_END}|{_TEXT}\b(?:flipped|rotated){_END})"
    rf"(?:{_TEXT}(?:kernel|filter)\s+(?=[A-Za-z]\b))?{_NAME.format('name')}",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"{_TEXT}(?<![A-Za-z])rot(?:ate)?{_END}_?\s*\{{?\s*180\s*(?:°|\^?\s*\{{?\\circ\s*\}}?)?\s*\}}?\s*"
    rf"(?!\\(?:left|big|Big))(?=[A-Za-z\\]){_NAME.format('name')}(?!\s*\()"
)
_BEHIND = re.compile(rf"(?<![A-Za-z]){_NAME.format('name')}\s+{_TEXT}rotated(?:\s+by)?{_END}{_DEGREES}", re.IGNORECASE)
_TOTAL = re.compile(rf"(?:\\sum(?![A-Za-z])|[Σ∑])(?!\s*[_^{{(])\s*{_NAME.format('name')}(?=\s*(?:$|[.,;$]))")
_WORDS = re.compile(r"(?:full|valid|same)[-\s]|rot|flipp|\\sum\s*[\\A-Za-zα-ω]|[Σ∑]", re.IGNORECASE)
"""What a text has that says anything of this."""


def with_named_operations(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim with full_conv(..) and rot180(..) for words that mean them, and what was said so; None without such.

    >>> from symconv import Conv
    >>> with_named_operations(Names.of(Conv(3, 2)), "dX = Full Convolution(180° rotated W, dY)")
    ('dX = full_conv(rot180(W), dY)', ('180° rotated W is rot180(W)',))
    """
    if _WORDS.search(text) is None:
        return None
    said: dict[str, None] = {}

    def turned(found: re.Match[str]) -> str:
        words = re.sub(r"\s+", " ", re.sub(r"\\[a-z]+\s*\{\s*|[{}]", "", found[0]).replace("^\\circ", "°")).strip()
        said[f"{words} is rot180({found['name']})"] = None
        return f"rot180({found['name']})"

    def operation(found: re.Match[str]) -> str:
        return f"{found['mode'].lower()}_{'conv' if found['what'].lower().startswith('conv') else 'corr'}"

    def total(found: re.Match[str]) -> str:
        tensor = names.known.get(GREEK.get(found["name"], found["name"].lstrip("\\")))
        if tensor is None or names.tensors[tensor].rank != names.layer.ndim:  # with channels, not all are meant
            return found[0]
        said[f"the sum of {found['name']} is over all entries"] = None
        return f"sum({found['name']})"

    changed = _TOTAL.sub(total, _OPERATION.sub(operation, text))
    for words in (_BEHIND, _FIRST, _BARE):
        changed = words.sub(turned, changed)
    return None if changed == text else (changed, tuple(said))
