"""How notes look and who wrote them: everything about a document that is not mathematics."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symconv.errors import OutputError, instead_of, shown
from symconv.notes.languages import CATALOGUES


@dataclass(frozen=True)
class NotesStyle:
    """Options of ``write_notes``.

    Args:
        title: of the document; by default it says what it is about.
        author, date: shown under the title. Nothing is shown unless given, so that the same layer gives the same bytes.
        language: "en" or "de".
        accent: the colour of headings and links, as six hexadecimal digits.
        coloured_formulas: give weights their colours in Markdown; GitHub, Quarto and MyST show them, pandoc does not
            read them. Other formats always have them.

    Raises:
        OutputError: an option has no meaning.

    >>> NotesStyle(author="Emmy Noether").language
    'en'
    """

    title: str = ""
    author: str = ""
    date: str = ""
    language: str = "en"
    accent: str = "0072B2"
    coloured_formulas: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.coloured_formulas, bool):
            raise OutputError(f"coloured_formulas={shown(self.coloured_formulas)}", "not True or False", "use True")
        for role in ("title", "author", "date"):
            text = getattr(self, role)
            if not isinstance(text, str) or len(text) > 300 or not text.isprintable():
                raise OutputError(f"{role}={shown(text)}", "not a line of text", "use at most 300 printable characters")
        if not isinstance(self.language, str) or self.language not in CATALOGUES:
            raise OutputError(
                f"language={shown(self.language)}", "no such language", instead_of(self.language, CATALOGUES)
            )
        if not isinstance(self.accent, str) or not re.fullmatch("[0-9A-Fa-f]{6}", self.accent):
            raise OutputError(
                f"accent={shown(self.accent)}", "not a colour", "use six hexadecimal digits, as in 0072B2"
            )
