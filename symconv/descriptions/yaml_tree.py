"""The text of a description as words, lists and maps, each with its line; and the error that names the line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symconv.errors import DescriptionError, SymconvError

MAXIMUM_CHARACTERS = 100_000
"""A description is no longer than this."""
MAXIMUM_DEPTH = 8
"""Lists and maps are nested no deeper than this; the format needs 6."""


@dataclass(frozen=True)
class Scalar:
    """A word or a number, as it is written; empty if nothing is."""

    line: int
    text: str
    quoted: bool = False

    def __str__(self) -> str:
        text = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        return repr(text) if self.quoted or not text.isprintable() else text or "(nothing)"

    @property
    def is_nothing(self) -> bool:
        return not self.text and not self.quoted


@dataclass(frozen=True)
class Items:
    """A list."""

    line: int
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return "a list"


@dataclass(frozen=True)
class Pairs:
    """A map, whose keys are words that differ."""

    line: int
    values: tuple[tuple[Scalar, Value], ...]

    def __str__(self) -> str:
        return "a map"


Value = Scalar | Items | Pairs


def _yaml() -> ModuleType:
    try:
        import yaml
    except ImportError:
        raise SymconvError(
            "a network's description", "PyYAML, which reads it, is not installed", 'pip install "symconv[network]"'
        ) from None
    return yaml


@dataclass(frozen=True)
class Parser:
    """Makes a tree of a text. It follows PyYAML's events: there, unlike in its nodes, aliases and tags are seen."""

    text: str
    source: str

    def error(self, line: int, given: str, wrong: str, right: str) -> DescriptionError:
        return DescriptionError(given, wrong, right, line, self.source)

    def tree(self) -> Value:
        """The whole text.

        Raises:
            DescriptionError: it is not YAML, or more than words, lists and maps.
        """
        yaml = _yaml()
        try:
            return self._document(yaml.parse(self.text, Loader=yaml.SafeLoader))
        except SymconvError:
            raise
        except yaml.reader.ReaderError as error:
            given = f"a character with the code {error.character}"
            raise self.error(self._line(error.position), given, "it cannot be printed", "leave it out") from None
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except (ValueError, OverflowError):
            # PyYAML lets chr() and int() complain of an escape or a version that is out of range, without its place
            place = re.search(r"\\U|^%", self.text, re.MULTILINE)
            line = self._line(place.start() if place else 0)
            raise self.error(line, "an escape or a directive", "it has no meaning", "leave it out") from None

    def _line(self, position: int) -> int:
        return len(re.findall(r"\r\n|[\n\r\x85\u2028\u2029]", self.text[:position])) + 1

    def _syntax(self, error: Any) -> DescriptionError:
        mark = error.problem_mark
        if mark.index >= len(self.text.rstrip()) and error.context_mark is not None:
            # of what is never closed, the line where it begins
            mark = error.context_mark
        if self.text[mark.index : mark.index + 1] == "\t":
            return self.error(mark.line + 1, "a tab", "YAML has none here", "use spaces")
        wrong = "not a YAML: " + ", ".join(words for words in (error.context, error.problem) if words)
        return self.error(mark.line + 1, "a text", wrong, "look at its brackets, colons and indentation")

    def _document(self, events: Iterator[Any]) -> Value:
        found: Value = Scalar(1, "")
        started = False
        for event in events:
            line, kind = event.start_mark.line + 1, type(event).__name__
            if kind == "DocumentStartEvent":
                if event.version or event.tags:
                    raise self.error(line, "a directive, %..", "none is read", "leave it out")
                if started:
                    raise self.error(line, "a second document", "one network is read", "leave it out")
                started = True
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                found = self._value(event, events, 1)
        if isinstance(found, Scalar) and found.is_nothing:
            raise self.error(1, "nothing", "the text is empty", "give input and layers")
        return found

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Value:
        line, kind = event.start_mark.line + 1, type(event).__name__
        if event.anchor is not None:
            sign = "the alias *" if kind == "AliasEvent" else "the anchor &"
            raise self.error(line, sign + event.anchor, "nothing refers to another place", "write it out")
        if event.tag is not None:
            raise self.error(line, f"the tag {event.tag}", "no tags are read", "leave it out")
        if kind == "ScalarEvent":
            if event.style in ("|", ">"):
                raise self.error(line, f"a block of text, {event.style}", "none is read", "write the word alone")
            return Scalar(line, event.value, event.style is not None)
        if depth > MAXIMUM_DEPTH:
            raise self.error(line, f"{depth} lists and maps in each other", "that is too deep", "look at the brackets")
        return self._list(line, events, depth) if kind == "SequenceStartEvent" else self._map(line, events, depth)

    def _list(self, line: int, events: Iterator[Any], depth: int) -> Items:
        values = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            values.append(self._value(event, events, depth + 1))
        return Items(line, tuple(values))

    def _map(self, line: int, events: Iterator[Any], depth: int) -> Pairs:
        found: dict[str, tuple[Scalar, Value]] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key = self._value(event, events, depth + 1)
            if not isinstance(key, Scalar):
                raise self.error(key.line, f"{key} as a key", "not a word", "use a word or a number")
            value = self._value(next(events), events, depth + 1)
            if key.text in found:
                first = found[key.text][0].line
                raise self.error(key.line, f"the key {key}", f"line {first} has it already", "leave out one of the two")
            found[key.text] = (key, value)
        return Pairs(line, tuple(found.values()))
