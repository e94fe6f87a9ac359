"""Claims about counts as text: "parameters = 6*(5*5 + 1)", "the layer has 456 parameters", "MACs: 28*28*6*25"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_OPERATIONS = {
    "flops": r"(?:floating[- ]point\s+|arithmetic\s+)?operations|FLOPS?(?![A-Za-z])|num_flops",
    "products": r"multiplications|multiplies|mults?(?![A-Za-z])",
    "additions": r"additions|adds(?![A-Za-z])",
    "macs": r"multiply[- ]?(?:and[- ])?(?:adds?|accumulates?)(?:\s+operations)?|multiply[- ]accumulate\s+operations|"
            r"MACs?(?![A-Za-z])|MAdds?(?![A-Za-z])|num_macs",
}  # fmt: skip
"""What is counted, with the words for it."""
_TOLD = r"(?:trainable|learnable|total|free|distinct|shared)\s+"
_PARAMETERS = r"parameters|params|parameter\s+count"
_NUMBER_OF = r"(?:the\s+)?(?:(?:total\s+)?number\s+of\s+|\\?#\s*(?:of\s+)?|num_|total\s+)?"
_OPEN, _IS = r"\s*(?:\$+|\\\[|\\\()?\s*(?:\\(?:text|mathrm)\{)?\s*", r"\s*\}?\s*(?:==?|:|\bis\b|\bare\b)\s*"
_KINDS = "|".join(f"(?P<{kind}>{words})" for kind, words in _OPERATIONS.items())
_LEFT = re.compile(
    rf"{_OPEN}{_NUMBER_OF}(?:{_TOLD})*(?:{_KINDS}|(?P<parameters>{_PARAMETERS})|"
    rf"(?P<weights>(?<=of\s)weights|(?<=#)weights|(?<=num_)weights|weights(?=\s*=[\d\s*x×+().=]+$))){_IS}",
    re.IGNORECASE,
)  # fmt: skip
_HAS = (
    r"(?:(?:the|this|a|our)\s+)?(?:(?:conv(?:olution(?:al)?)?\s+)?layer|conv(?:olution)?|it|there|we|you)\s+"
    r"(?:has|have|needs?|takes?|requires?|uses?|contains?|costs?|performs?|does|is|are)\s+(?:exactly\s+)?"
)
_SENTENCE = re.compile(
    rf"\s*(?:{_HAS})?(?P<count>\(?[\dA-Z][\w\s*x×+()=.,^\\-]*?)\s*(?:{_TOLD})*"
    rf"(?:{_KINDS}|(?P<parameters>{_PARAMETERS})|(?P<weights>weights))"
    r"(?:\s+(?:in\s+(?:total|all)|altogether))?\s*\.?\s*",
    re.IGNORECASE,
)  # fmt: skip
LONGEST = 1_000
"""Longer texts are not read as claims about counts."""
_WORD = re.compile(r"param|weights|flop|operations|mac|madd|mult|add", re.IGNORECASE)
_PROSE = re.compile(r"(?<![A-Za-z_\\])[a-z]{2,}(?![A-Za-z_])")
"""A word that is not a name of a size, as "and" of "9 multiplications and 6 additions"."""
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])")


@dataclass(frozen=True)
class Counted:
    """A claim about a count: what is counted, and the sides that are claimed of it."""

    kind: str
    right: str


def counted(text: str) -> Counted | None:
    """What is counted and what it is said to be; None of other claims.

    >>> counted("the layer has 456 trainable parameters")
    Counted(kind='parameters', right='456')
    >>> counted("MACs: 28 x 28 x 6 x 25 = 117,600")
    Counted(kind='macs', right='28 * 28 * 6 * 25 = 117600')
    """
    if len(text) > LONGEST or _WORD.search(text) is None:
        return None
    text = " ".join(text.split())
    if (left := _LEFT.match(text)) is not None:
        return Counted(_kind(left.groupdict()), plain_numbers(text[left.end() :]))
    if (sentence := _SENTENCE.fullmatch(text)) is not None and _PROSE.search(sentence["count"]) is None:
        return Counted(_kind(sentence.groupdict()), plain_numbers(sentence["count"]))
    return None


def plain_numbers(text: str) -> str:
    """The right side with * for x between numbers, and without the commas of thousands."""
    text = re.sub(r"(?<=[\d)])\s*[x×]\s*(?=[\d(])|(?<=\w)\s+[x×]\s+(?=[\w\\(])", " * ", text)
    text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    return text.strip().strip("$").removesuffix("\\]").strip()


def _kind(found: Mapping[str, str | None]) -> str:
    return next(kind for kind, words in found.items() if words and kind != "count")
