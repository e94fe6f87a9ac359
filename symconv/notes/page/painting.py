"""Drawings on a page: what they are painted with is in the page's style sheet, once, and not in every shape."""

from __future__ import annotations

import re

from symconv.figures.drawing import Drawing
from symconv.figures.writers.svg import svg

NAMES = "width|height|rx|r|fill|stroke|stroke-width|stroke-dasharray|font-size|font-style|font-weight"
"""Attributes of a shape that are properties of CSS, too."""

LENGTHS = ("width", "height", "rx", "r", "font-size")
"""Those that need a unit in CSS."""

PAINTED = re.compile(rf'<(rect|circle|line|polygon|text|tspan)\b([^>]*?)((?: (?:{NAMES})="[^"]*")+)')
COLOUR = re.compile(r"var\(--symconv-(\w+),#[0-9A-Fa-f]{6}\)")


class Painting:
    """The classes of all drawings of one page, by what they stand for."""

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}

    def drawn(self, drawing: Drawing, prefix: str) -> str:
        """The drawing as SVG, with a class in place of the attributes of every shape; the page defines all colours."""
        text = svg(drawing, prefix=prefix).replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
        head, end, shapes = text.partition("</desc>")
        return COLOUR.sub(r"var(--\1)", head) + end + PAINTED.sub(self._classed, COLOUR.sub(r"var(--\1)", shapes))

    def _classed(self, found: re.Match[str]) -> str:
        name = self.classes.setdefault(_declarations(found[3]), f"p{len(self.classes)}")
        return f'<{found[1]} class="{name}"{found[2]}'

    @property
    def rules(self) -> str:
        """The style sheet of the classes."""
        return "\n".join(f".{name}{{{declarations}}}" for declarations, name in self.classes.items())


def _declarations(attributes: str) -> str:
    """Attributes as they stand in CSS.

    >>> _declarations(' fill="none" font-size="7.3"')
    'fill:none;font-size:7.3px'
    """
    pairs = re.findall(r' ([\w-]+)="([^"]*)"', attributes)
    return ";".join(f"{name}:{value}{'px' if name in LENGTHS else ''}" for name, value in pairs)
