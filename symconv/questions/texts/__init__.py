"""The words of exercises: one catalogue per language, with the same keys and the same places, written <<so>>."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symconv.errors import SymconvError
from symconv.notes.texts import PLACE, places_of
from symconv.questions.texts.english import TEXTS as ENGLISH
from symconv.questions.texts.german import TEXTS as GERMAN

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


class Texts:
    """The texts of one language.

    Raises:
        SymconvError: there is no catalogue for the language.

    >>> Texts("en")("points", count=2)
    '2 points'
    """

    def __init__(self, language: str) -> None:
        if not isinstance(language, str) or language not in CATALOGUES:
            raise SymconvError(f"language={language!r}", "there are no texts in it", f"use {', '.join(CATALOGUES)}")
        self.language, self._texts = language, CATALOGUES[language]

    def __call__(self, key: str, **values: object) -> str:
        """The text, with every place filled; a missing value, or one without a place, is a KeyError."""
        text = self._texts[key]
        if places_of(text) != set(values):
            raise KeyError(f"{key} has the places {sorted(places_of(text))}, not {sorted(values)}")
        return PLACE.sub(lambda match: str(values[match[1]]), text)

    def count(self, key: str, count: int) -> str:
        """The text for one, or for several."""
        return self(f"{key}.one") if count == 1 else self(key, count=count)

    def listed(self, items: Sequence[str]) -> str:
        """The items with commas, and "and" before the last."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"
