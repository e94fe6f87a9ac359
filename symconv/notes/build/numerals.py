"""Numbers as the language of a document writes them: one pass over what is made, so that no maker knows of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from symconv.notes.languages import words_in
from symconv.notes.model import Document, Explorer, Figure, Program
from symconv.printing.parts import Numeral

AS_THEY_ARE = (Figure, Program, Explorer)
"""Blocks without numbers of their own."""


def localized(document: Document) -> Document:
    """The document with the decimal mark of its language in all mathematics.

    >>> from symconv.notes.model import Math, Paragraph
    >>> page = localized(Document("", (Paragraph((Math(Numeral("0.5")),)),), language="de"))
    >>> page.blocks[0].inlines[0].node
    Numeral(text='0,5')
    """
    mark = words_in(document.language)("number.decimal")
    if mark == ".":
        return document
    return replace(document, blocks=_with(mark, document.blocks), slides=_with(mark, document.slides))


def _with(mark: str, part: Any) -> Any:
    """A part of a document, or of a formula, with another decimal mark; itself if nothing in it changes."""
    if isinstance(part, tuple):
        parts = tuple(_with(mark, one) for one in part)
        return part if all(new is old for new, old in zip(parts, part)) else parts
    if isinstance(part, Numeral):
        return Numeral(part.text.replace(".", mark)) if "." in part.text else part
    if not is_dataclass(part) or isinstance(part, (*AS_THEY_ARE, type)):
        return part
    found = {one.name: getattr(part, one.name) for one in fields(part)}
    changed = {name: new for name, old in found.items() if (new := _with(mark, old)) is not old}
    return replace(part, **changed) if changed else part
