"""All words of the notes, by language: texts in a folder of templates, and short words in a catalogue.

A catalogue maps keys to words, whose places are written <<so>>. Every language has the same keys with the same
places. What the mathematics below the notes says in words of its own, such as the name of a rule, is a key here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from symconv.figures import words
from symconv.foundations.phrases import in_words_of
from symconv.notes.languages import english, german, german_figures, view_words
from symconv.notes.languages.german_mistakes import MISTAKES, SIZES


def _of_figures(titles: Mapping[str, str], descriptions: Mapping[str, str]) -> dict[str, str]:
    """The keys of what figures say to readers who cannot see them."""
    return {f"{kind}.{key}": text for kind, of in (("title", titles), ("description", descriptions))
            for key, text in of.items()}  # fmt: skip


CATALOGUES: dict[str, Mapping[str, str]] = {
    "en": {**english.WORDS, **view_words.ENGLISH, **_of_figures(words.TITLES, words.DESCRIPTIONS),
           **{f"mistake.{pattern}": pattern for pattern in MISTAKES},
           **{f"code.sizes.{pattern}": pattern for pattern in SIZES}},
    "de": {**german.WORDS, **view_words.GERMAN, **_of_figures(german_figures.TITLES, german_figures.DESCRIPTIONS),
           **{f"mistake.{pattern}": text for pattern, text in MISTAKES.items()},
           **{f"code.sizes.{pattern}": text for pattern, text in SIZES.items()}},
}  # fmt: skip
PLACE = re.compile(r"<<(\w+)>>")


def places_of(text: str) -> set[str]:
    """The names of a text's places."""
    return set(PLACE.findall(text))


@dataclass(frozen=True)
class Words:
    """The short words of one language.

    >>> words_in("de")("theorem"), words_in("en")("part", number=2)
    ('Satz', 'part 2')
    """

    language: str
    catalogue: Mapping[str, str] = field(repr=False, compare=False)

    def __call__(self, key: str, **values: object) -> str:
        """The words, with every place filled.

        Raises:
            KeyError: the key is unknown, a value is missing, or the text has no place for one.
        """
        return PLACE.sub(lambda match: str(values[match[1]]), self.text(key, *values))

    def text(self, key: str, *places: str) -> str:
        """The words with their places as they stand.

        Raises:
            KeyError: the key is unknown, or the text has other places.
        """
        text = self.catalogue[key]
        if places_of(text) != set(places):
            raise KeyError(f"{key} has the places {sorted(places_of(text))}, not {sorted(places)}")
        return text

    def get(self, key: str, otherwise: str) -> str:
        """The words of a key, or others where users may have made what it names."""
        return self.catalogue.get(key, otherwise)

    def mistake(self, text: str) -> str:
        """A mistake as ``prove_code`` or a claim's reason says it, in words of this language.

        >>> words_in("de").mistake("the stride is left out")
        'die Schrittweite fehlt'
        """
        return self.phrase("mistake", text)

    def phrase(self, kind: str, text: str) -> str:
        """A text of the kinds that phrases are in the catalogue; one that it does not have stays as it is.

        >>> words_in("de").phrase("code.sizes", "every shape")
        'jede Form'
        """
        return in_words_of(lambda pattern: self.catalogue.get(f"{kind}.{pattern}"), text)

    def kind(self, key: str, name: str) -> str:
        """The words of a kind of layer; one that users have made may have none, and then its name stands for them.

        >>> words_in("en").kind("a_layer", "Fold"), words_in("en").kind("a_layer", "Blur")
        ('a folding layer', 'a layer of the kind Blur')
        """
        own = f"{key}.{name}"
        return self(own) if own in self.catalogue else self(f"{key}.other", name=name)

    def counted(self, number: int) -> str:
        """A small number as a word.

        >>> words_in("de").counted(4), words_in("de").counted(12)
        ('vier', '12')
        """
        return self.get(f"count.{number}", str(number))

    def amount(self, number: int) -> str:
        """A number in digits, in groups of three.

        >>> words_in("en").amount(61706), words_in("de").amount(840)
        ('61,706', '840')
        """
        return f"{number:,}".replace(",", self("number.thousands"))

    def heads(self, *names: str) -> tuple[str, ...]:
        """The heads of a table's columns."""
        return tuple(self(f"head.{name}") for name in names)

    def listed(self, items: Sequence[str]) -> str:
        """The items with commas, and "and" before the last."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"


@cache
def words_in(language: str) -> Words:
    """The short words of a language of ``CATALOGUES``."""
    if language not in CATALOGUES:
        raise KeyError(language)
    return Words(language, CATALOGUES[language])


def words_of_page(language: str) -> Mapping[str, str]:
    """The words that only the HTML page has, in a language.

    >>> words_of_page("de")["forward"]
    'Vorwärts'
    """
    return {key.removeprefix("page."): text for key, text in CATALOGUES[language].items() if key.startswith("page.")}


ENGLISH = words_in("en")
