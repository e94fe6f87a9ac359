"""Lecture notes: a layer, its views, the proof that they agree, in every format."""

from __future__ import annotations

from symconv.catalogue.entries import Catalogue
from symconv.catalogue.entry import Identity
from symconv.notes.fragments import fragments
from symconv.notes.style import NotesStyle
from symconv.notes.write import write_notes

for _kind in (Identity, Catalogue):
    write_notes.register(_kind, "symconv.notes.of_identities:write_identities")

__all__ = ["NotesStyle", "fragments", "write_notes"]
