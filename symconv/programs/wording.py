"""A mistake in words by the change that mends it, for what no usual mistake is proved to be."""

from __future__ import annotations

import io
import re
import tokenize
from difflib import SequenceMatcher

from symconv.programs.edits.names import PADS, STRIDES, twins
from symconv.programs.report import Repair

MOST_LETTERS = 60
"""Longer pieces of a line are cut."""
NAMED = (("stride", STRIDES), ("padding", PADS), ("dilation", ("dilation", "d")))
Piece = tuple[tuple[str, ...], tuple[str, ...]]
"""Words of a line, and those that belong in their place."""


def mistake_of(repair: Repair) -> str:
    """What is wrong in the line that a proved change mends."""
    before, after = repair.before.strip(), repair.after.strip()
    if before == after:
        return "the line is done in a loop, and belongs behind it"
    pieces = _pieces(_words(before), _words(after))
    if (negative := re.search(r":\s*-\s*([\w.]+)\s*[,\]]", before)) and not re.search(r":\s*-\s*\w", after):
        return f"a slice that ends at -{negative.group(1)} is empty where {negative.group(1)} is 0"
    special = _special(pieces)
    if special is not None:
        return special
    first, last = pieces[0], pieces[-1]
    if len(set(pieces)) == 1:
        return _phrase(*first)
    one, other = _words(before), _words(after)
    start = next(at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1])
    end = next(at for at, pair in enumerate(zip(one[::-1], other[::-1])) if pair[0] != pair[1])
    wrong, right = (tuple(words[start : len(words) - end]) for words in (one, other))
    moved = sorted(one) == sorted(other)
    if moved and {*first[0], *first[1], *last[0], *last[1]} <= {")"}:
        return f"a term is inside a call that it belongs behind: {_phrase(wrong, right)}"
    return ("the order is wrong: " if moved else "") + _phrase(wrong, right)


def _special(pieces: list[Piece]) -> str | None:
    """The words for changes that people know by a name."""
    wrong = [word for piece in pieces for word in piece[0]]
    right = [word for piece in pieces for word in piece[1]]
    if right == ["+="] and wrong == ["="]:
        return "it is overwritten, where += belongs"
    if wrong == ["mean"] and right == ["sum"]:
        return "the result is divided by a size: mean stands where sum belongs"
    if not wrong and {"[", ":", "-", "1"} <= set(right) and right.count(":") >= 2:
        return "it is not flipped"
    for what, names in NAMED:
        if not wrong and any(word in names for word in right):
            return f"the {what} is left out"
        if not right and any(word in names for word in wrong):
            return f"the {what} does not belong there"
    return _of_names([pair for left, now in pieces for pair in zip(left, now) if len(left) == len(now)], len(pieces))


def _of_names(pairs: list[tuple[str, str]], count: int) -> str | None:
    """The words for names that stand where others belong; ``count`` pieces of the line are wrong."""
    swapped = [pair for pair in pairs if pair[::-1] in pairs]
    if swapped:
        return f"{swapped[0][0]} and {swapped[0][1]} are exchanged"
    if not pairs or len(pairs) != count:
        return None
    if all(set(pair) == {"stride", "dilation"} for pair in pairs):
        return "stride and dilation are exchanged"
    if all(other in twins(one) and one.isidentifier() for one, other in pairs):
        return f"the numbers of one axis are used on another: {pairs[0][0]} stands where {pairs[0][1]} belongs"
    return None


def _phrase(wrong: tuple[str, ...], right: tuple[str, ...]) -> str:
    one, other = _text(wrong), _text(right)
    if not wrong:
        return f"{other} is missing"
    if not right:
        return f"{one} does not belong there"
    return f"{one} stands where {other} belongs"


def _pieces(before: list[str], after: list[str]) -> list[Piece]:
    """What is replaced by what."""
    matched = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(tuple(before[a:b]), tuple(after[c:d])) for tag, a, b, c, d in matched if tag != "equal"]


def _words(line: str) -> list[str]:
    """A line as names, numbers and signs."""
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            if token.string.strip():
                found.append(token.string)
    except (tokenize.TokenError, IndentationError):
        pass  # a line that goes on: what there is of it
    return found


def _text(words: tuple[str, ...]) -> str:
    """Words as they stand in a line."""
    text = " ".join(words)
    text = re.sub(r"\s*([.:,\])(\[])\s*", r"\1", text)
    text = re.sub(r"\s*,\s*", ", ", text).strip()
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}.."
