"""The interactive part of the HTML page: what its explorers show, its words, its colours, its style and its scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def page_file(name: str) -> str:
    """A script or style sheet of the page."""
    return files("symconv.notes.page").joinpath(name).read_text(encoding="utf-8")
