"""Lecture notes: a layer, its views, the proof that they agree, as a LaTeX article."""

from __future__ import annotations

from symconv.notes.writing import write_notes

__all__ = ["write_notes"]
