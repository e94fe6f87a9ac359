"""What all writers of a document share: a method for every kind of block and of text, the kinds being closed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from symconv.errors import SymconvError, shown
from symconv.notes.model import (
    Block,
    Citation,
    Code,
    Display,
    Emphasis,
    Explorer,
    Figure,
    Heading,
    Inline,
    Inlines,
    Items,
    Listing,
    Math,
    Paragraph,
    Program,
    Proof,
    Reference,
    Tables,
    Text,
    Theorem,
    Values,
)  # fmt: skip
from symconv.notes.references import SOURCES


class BlockWriter(ABC):
    """Writes a document's parts as text: a subclass has a method for every kind of them."""

    def block(self, block: Block) -> str:
        return self._by_kind(block)

    def inlines(self, inlines: Inlines) -> str:
        return "".join(map(self.inline, inlines))

    def inline(self, inline: Inline) -> str:
        return self._by_kind(inline)

    def _by_kind(self, part: object) -> str:
        method = METHODS.get(type(part))
        if method is None:
            kinds = ", ".join(kind.__name__ for kind in METHODS)
            raise SymconvError(f"{shown(part)} in a document", "it is not a part of documents", f"use {kinds}")
        text: str = getattr(self, method)(part)
        return text

    @abstractmethod
    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """The blocks one after the other."""

    @abstractmethod
    def text(self, inline: Text) -> str: ...
    @abstractmethod
    def math(self, inline: Math) -> str: ...
    @abstractmethod
    def code(self, inline: Code) -> str: ...
    @abstractmethod
    def emphasis(self, inline: Emphasis) -> str: ...
    @abstractmethod
    def reference(self, inline: Reference) -> str: ...

    def citation(self, inline: Citation) -> str:
        """The source's authors and year; the list of references has the rest."""
        return self.text(Text(f"{inline.words} ({SOURCES[inline.key].year})"))

    @abstractmethod
    def heading(self, block: Heading) -> str: ...
    @abstractmethod
    def display(self, block: Display) -> str: ...
    @abstractmethod
    def tables(self, block: Tables) -> str: ...
    @abstractmethod
    def items(self, block: Items) -> str: ...
    @abstractmethod
    def theorem(self, block: Theorem) -> str: ...
    @abstractmethod
    def proof(self, block: Proof) -> str: ...
    @abstractmethod
    def figure(self, block: Figure) -> str: ...
    @abstractmethod
    def listing(self, block: Listing) -> str: ...

    def paragraph(self, block: Paragraph) -> str:
        return self.inlines(block.inlines)

    def program(self, block: Program) -> str:
        """Nothing: a notebook runs programs."""
        return ""

    def explorer(self, block: Explorer) -> str:
        """Nothing: a page shows it."""
        return ""

    def values(self, block: Values) -> str:
        """Nothing: a page shows them."""
        return ""


KINDS: tuple[type[Any], ...] = (
    Text, Math, Code, Emphasis, Reference, Citation, Heading, Paragraph, Display, Tables, Items, Theorem, Proof, Figure,
    Program, Listing, Explorer, Values,
)  # fmt: skip
METHODS = {kind: kind.__name__.lower() for kind in KINDS}
