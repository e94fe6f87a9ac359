"""Sentences that other languages can say: English text that remembers its pattern and what stands in its places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Phrase(str):
    """Text made of a pattern, by which a catalogue of another language knows it, and of parts.

    Args:
        pattern: English, with the parts' names in braces.
        parts: numbers, code, or phrases again.

    >>> left_out = Phrase("{what} on axis {axis}", what="the stride is left out", axis=1)
    >>> left_out
    'the stride is left out on axis 1'
    >>> german = {"{what} on axis {axis}": "{what} auf Achse {axis}"}
    >>> german["the stride is left out"] = "die Schrittweite fehlt"
    >>> in_words_of(german.get, left_out)
    'die Schrittweite fehlt auf Achse 1'
    """

    pattern: str
    parts: Mapping[str, str]

    def __new__(cls, pattern: str, **parts: Any) -> Phrase:
        texts = {name: part if isinstance(part, str) else str(part) for name, part in parts.items()}
        made = super().__new__(cls, pattern.format(**texts))
        made.pattern, made.parts = pattern, texts
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.pattern, dict(self.parts))


def _made(pattern: str, parts: Mapping[str, str]) -> Phrase:
    return Phrase(pattern, **parts)


def in_words_of(catalogue: Callable[[str], str | None], text: str) -> str:
    """A text in the words of a catalogue, by its pattern; what it does not have stays as it is.

    Args:
        catalogue: gives for an English pattern that of the language.
    """
    if not isinstance(text, Phrase):
        return catalogue(text) or text
    parts = {name: in_words_of(catalogue, part) for name, part in text.parts.items()}
    return (catalogue(text.pattern) or text.pattern).format(**parts)
