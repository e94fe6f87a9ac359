"""The words of exercises: one catalogue per language, with the same keys and the same places, written <<so>>."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.errors import SymconvError, instead_of, shown
from symconv.notes.languages import Words
from symconv.questions.languages.english import TEXTS as ENGLISH
from symconv.questions.languages.german import TEXTS as GERMAN

CATALOGUES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


class Texts(Words):
    """The texts of one language.

    Raises:
        SymconvError: there is no catalogue for the language.

    >>> Texts("en")("points", count=2)
    '2 points'
    """

    def __init__(self, language: str) -> None:
        if not isinstance(language, str) or language not in CATALOGUES:
            raise SymconvError(f"language={shown(language)}", "no such language", instead_of(language, CATALOGUES))
        super().__init__(language, CATALOGUES[language])

    def __reduce__(self) -> tuple[Any, ...]:
        return Texts, (self.language,)

    def count(self, key: str, count: int) -> str:
        """The text for one, or for several."""
        return self(f"{key}.one") if count == 1 else self(key, count=count)
