"""The letters of labels: names with their subscripts, and how wide a text is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symconv.errors import SymconvError
from symconv.figures.drawing import Label
from symconv.printing import names
from symconv.printing.greek import GREEK_LETTERS

SIGNS = "+-=/()[],.:∂·×⋯⋮⋱Σ "
"""What a mathematical label may have between names and numbers."""

TOKEN = re.compile(rf"(?P<name>[A-Za-z]\w*'*(?:\^\d+)?)|(?P<number>\d+)|(?P<sign>[{re.escape(SIGNS)}])", re.ASCII)


@dataclass(frozen=True)
class Name:
    """A name as it is written: letters, with what stands above and below on their right."""

    source: str
    letters: str
    above: str = ""
    below: str = ""


def pieces_of(text: str) -> list[Name | str]:
    """A mathematical label as names, numbers and signs.

    Raises:
        SymconvError: something else is in it.

    >>> pieces_of("2 w12")
    ['2', ' ', Name(source='w12', letters='w', above='', below='12')]
    """
    pieces: list[Name | str] = []
    at = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise SymconvError(
                f"the mathematical label {text[:60]!r}", f"{text[at]!r} cannot be in it", "use names, numbers and signs"
            )
        pieces.append(name_of(token[0]) if token["name"] else token[0])
        at = token.end()
    return pieces


def name_of(source: str) -> Name:
    """The name of a tensor or of an entry, read as ``notation.latex_name`` does; z^1 is the z of part 1.

    >>> name_of("delta12")
    Name(source='delta12', letters='δ', above='', below='12')
    >>> name_of("z^1").above
    '(1)'
    """
    head, _, part = source.partition("^")
    name = names.name_of(head)
    above = f"({part or name.above})" if part or name.above else ""
    return Name(source, GREEK_LETTERS.get(name.letters, name.letters), above + "′" * name.primes, ",".join(name.below))


SMALL = 0.72
"""The size of what stands above or below a name, relative to it."""


LETTER = 0.58
DIGIT = 0.5
"""About how wide they are, relative to the size of the letters."""


def width_of(label: Label) -> float:
    """About how wide a label is, in centimetres; it only decides if there is room."""
    if not label.mathematical:
        return len(label.text) * 0.48 * label.size
    return sum(map(width_of_piece, pieces_of(label.text))) * label.size


def width_of_piece(piece: Name | str) -> float:
    """The same of a piece, relative to the size."""
    if isinstance(piece, Name):
        return LETTER * len(piece.letters) + DIGIT * SMALL * (len(piece.above) + len(piece.below))
    return {" ": 0.25, "+": 0.8, "=": 0.8, "-": 0.8}.get(piece, DIGIT * len(piece))
