"""The interactive part of the HTML page: what its explorers show, its words, its colours, its style and its scripts."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def page_file(name: str) -> str:
    """A script or style sheet of the page."""
    return files("symconv.notes.page").joinpath(name).read_text(encoding="utf-8")


@cache
def short_script(name: str) -> str:
    """A script of the page without its comments and its indentation, which are for those who change it."""
    return re.sub(r"^\s+", "", re.sub(r"/\*.*?\*/", "", page_file(name), flags=re.DOTALL), flags=re.MULTILINE)
