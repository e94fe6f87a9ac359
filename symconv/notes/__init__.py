"""Lecture notes: a layer, its views, the proof that they agree, in every format."""

from __future__ import annotations

from symconv.notes.fragments import fragments
from symconv.notes.style import NotesStyle
from symconv.notes.write import write_notes

__all__ = ["NotesStyle", "fragments", "write_notes"]
