"""A mistake in words by the change that mends it, for what no usual mistake is proved to be."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from difflib import SequenceMatcher

from symconv.foundations.phrases import Phrase
from symconv.programs.edits.names import DILATIONS, PADS, STRIDES, twins
from symconv.programs.report import Repair

NEGATIVE = r"(?<!:):\s*-\s*([A-Za-z_][\w.]*)\s*[,\]]"
"""The end of a slice that is counted from the end by a name."""
MOST_LETTERS = 60
"""Longer pieces of a line are cut."""
NAMED = (("stride", STRIDES), ("padding", PADS), ("dilation", ("dilation", "d")))
SWAPPED = "{one} and {other} are exchanged"
OTHER_AXIS = "the numbers of one axis are used on another: {wrong} stands where {right} belongs"
TURNING = {"T", "t", "transpose", "swapaxes", "permute", "moveaxis"}


@dataclass(frozen=True)
class Piece:
    """Words of a line, those that belong in their place, and the words before and after them."""

    wrong: tuple[str, ...]
    right: tuple[str, ...]
    before: str = ""
    after: str = ""


def mistake_of(repair: Repair) -> str:
    """What is wrong in the line that a proved change mends."""
    before, after = ("\n".join(line.strip() for line in text.splitlines()) for text in (repair.before, repair.after))
    if before == after:
        return "the line is done in a loop, and belongs behind it"
    one, other = _words(before), _words(after)
    pieces = _pieces(one, other)
    if (negative := re.search(NEGATIVE, before)) and not re.search(NEGATIVE, after):
        return Phrase("a slice that ends at -{name} is empty where {name} is 0", name=negative.group(1))
    special = _special(pieces, one, other)
    if special is not None:
        return special
    same = len({(piece.wrong, piece.right) for piece in pieces}) == 1
    if same and _is_whole(pieces[0].wrong) and _is_whole(pieces[0].right):
        return _phrase(pieces[0].wrong, pieces[0].right)
    whole = _difference(one, other)
    wrong, right = whole.wrong, whole.right
    moved = sorted(one) == sorted(other)
    first, last = pieces[0], pieces[-1]
    if moved and {*first.wrong, *first.right, *last.wrong, *last.right} <= {")"}:
        return Phrase("a term is inside a call that it belongs behind: {what}", what=_phrase(wrong, right))
    names = dict.fromkeys(a for a, b in zip(wrong, right) if a != b and a.isidentifier())
    if moved and len(names) == 2 and len(wrong) == len(right):
        one_name, other_name = names
        return Phrase(SWAPPED, one=one_name, other=other_name)
    words = _phrase(wrong, right)
    return Phrase("the order is wrong: {what}", what=words) if moved else words


def _difference(one: list[str], other: list[str]) -> Piece:
    """From the first word that differs to the last, and as many more as make both sides whole."""
    alike = [a == b for a, b in zip(one, other)]
    start = alike.index(False) if False in alike else len(alike)
    ends = [a == b for a, b in zip(one[start:][::-1], other[start:][::-1])]
    end = ends.index(False) if False in ends else len(ends)
    while True:
        wrong, right = (tuple(words[start : len(words) - end]) for words in (one, other))
        if (_is_whole(wrong) and _is_whole(right)) or not (start or end):
            return Piece(wrong, right, "".join(one[:start][-1:]), "".join(one[len(one) - end :][:1]))
        if end and (not start or not _ends_whole(wrong) or not _ends_whole(right)):
            end -= 1
        else:
            start -= 1


def _is_whole(words: tuple[str, ...]) -> bool:
    """Whether words read as a piece: parentheses are closed, and no sign waits for what it joins."""
    return (
        _ends_whole(words) and words[:1] not in (("*",), ("/",), ("//",), (":",), (".",), (",",)) and not _open(words)
    )


def _ends_whole(words: tuple[str, ...]) -> bool:
    return words[-1:] not in (("*",), ("/",), ("//",), ("+",), (":",), (".",), (",",)) and _open(words) <= 0


def _open(words: tuple[str, ...]) -> int:
    """How many brackets are opened and not closed; -1 if one is closed that is not opened."""
    count = 0
    for word in words:
        count += (word in ("(", "[")) - (word in (")", "]"))
        if count < 0:
            return -1
    return count


def _special(pieces: list[Piece], one: list[str], other: list[str]) -> str | None:
    """The words for changes that people know by a name."""
    wrong = [word for piece in pieces for word in piece.wrong]
    right = [word for piece in pieces for word in piece.right]
    if right == ["+="] and wrong == ["="]:
        return "it is overwritten, where += belongs"
    if {*wrong[:1]} <= {"np", "numpy"} and "." in wrong and not right:
        return "a name that NumPy no longer has (np.int and the like): Python's own type belongs there"
    if {*wrong} == {"/"} and {*right} == {"//"}:
        return "/ makes a float, where // belongs"
    if wrong == ["mean"] and right == ["sum"]:
        return "the result is divided by a size: mean stands where sum belongs"
    if "+=" in wrong and other[2:5] == ["add", ".", "at"]:
        return "an index may be there twice, and += adds it once: np.add.at adds it each time"
    if one[1:2] == ["="] and other[2:] == ["0"] and one[:2] == other[:2]:
        return Phrase("the sum does not start from 0: {wrong} stands where 0 belongs", wrong=_text(tuple(one[2:])))
    text = "".join(right)
    if not wrong and "::-1" in text:
        return "it is not flipped"
    if not right and "".join(wrong) in (":-1", "::-1"):
        return "an axis is flipped that should not be"
    if not wrong and "shape" in right and set(PADS) & set(right):
        return "the padding is not removed"
    if not wrong and "0" in right and set(right) & {"<", "<="} and set(right) & {"or", *one}:
        return "the lower bound is missing: a negative index counts from the end"
    if "reshape" in (*one, *other) and TURNING & set(right) and not TURNING & set(wrong):
        return "the entries are in another order: the reshape needs a transpose"
    return (
        _of_one(pieces[0], one)
        or _of_one(_difference(one, other), one)
        or _of_letters(wrong, right)
        or _of_names(
            [
                pair
                for piece in pieces
                for pair in zip(piece.wrong, piece.right)
                if len(piece.wrong) == len(piece.right)
            ],
            len(pieces),
        )
    )


def _of_one(piece: Piece, line: list[str]) -> str | None:
    """The words for a sign, a factor, a divisor, an axis."""
    wrong, right = piece.wrong, piece.right
    if right == ("-",) and not wrong:
        return Phrase("the sign is wrong: -{name} belongs where {name} stands", name=piece.after)
    if {wrong, right} == {("+",), ("-",)}:
        return Phrase("the sign is wrong: {wrong} stands where {right} belongs", wrong=wrong[0], right=right[0])
    if not wrong and right in (("2", "*"), ("*", "2")) and {piece.before, piece.after} & set(PADS):
        return "the padding is counted once, not at both ends"
    if wrong[:1] == ("/",) and not right:
        by = _text(wrong[1:]).strip("()")
        return Phrase("it is divided by {wrong}, which does not belong there", wrong=by)
    if piece.before == "/" and wrong and right:
        by = _text(right).strip("()")
        return Phrase("it is divided by {wrong}, not by {right}", wrong=_text(wrong), right=by)
    numbers = all(word.isdigit() or word in ("(", ")", ",") for word in (*wrong, *right))
    if {"axis", "axes", "dim"} & set(line) and wrong and right and numbers and piece.before in ("=", "(", ","):
        return Phrase("the axis is wrong: {wrong} stands where {right} belongs", wrong=_text(wrong), right=_text(right))
    return None


def _of_letters(wrong: list[str], right: list[str]) -> str | None:
    """The words for a stride, a padding or a dilation that is missing, or that does not belong there."""
    for what, names in NAMED:
        if not wrong and any(word in names for word in right):
            return f"the {what} is left out"
        if not right and any(word in names for word in wrong):
            return Phrase("{wrong} does not belong there", wrong=f"the {what}")
    return None


def _of_names(pairs: list[tuple[str, str]], count: int) -> str | None:
    """The words for names that stand where others belong; ``count`` pieces of the line are wrong."""
    swapped = [pair for pair in pairs if pair[::-1] in pairs]
    if swapped:
        return Phrase(SWAPPED, one=swapped[0][0], other=swapped[0][1])
    if not pairs or len(pairs) != count:
        return None
    if all(set(pair) == {"stride", "dilation"} for pair in pairs):
        return "stride and dilation are exchanged"
    letters = {*STRIDES, *PADS, *DILATIONS}
    if all(other in twins(one) and one.isidentifier() and not {one, other} <= letters for one, other in pairs):
        return Phrase(OTHER_AXIS, wrong=pairs[0][0], right=pairs[0][1])
    return None


def _phrase(wrong: tuple[str, ...], right: tuple[str, ...]) -> str:
    one, other = _text(wrong), _text(right)
    if not wrong:
        return Phrase("{right} is missing", right=other)
    if not right:
        return Phrase("{wrong} does not belong there", wrong=one)
    return Phrase("{wrong} stands where {right} belongs", wrong=one, right=other)


def _pieces(before: list[str], after: list[str]) -> list[Piece]:
    """What is replaced by what."""
    matched = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [
        Piece(tuple(before[a:b]), tuple(after[c:d]), "".join(after[max(c - 1, 0) : c]), "".join(after[d : d + 1]))
        for tag, a, b, c, d in matched
        if tag != "equal"
    ]


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
    if len(words) == 1:
        return words[0]
    text = " ".join(words)
    text = re.sub(r"\s*([.:,\])(\[])\s*", r"\1", text)
    text = re.sub(r"\s*,\s*", ", ", text).strip()
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}.."
