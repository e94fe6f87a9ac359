"""Drawings on a page: what they are painted with is in the page's style sheet, once, and not in every shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from symconv.figures.drawing import Drawing
from symconv.figures.writers.svg import Look, Paint, svg

LENGTHS = ("width", "height", "rx", "r", "font-size")
"""Attributes that need a unit in CSS."""


@dataclass(frozen=True)
class Painting(Paint):
    """The classes of all drawings of one page, by what they stand for; the page defines all colours."""

    classes: dict[str, str] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """Nothing: inside HTML it is known."""
        return ""

    def __call__(self, name: str) -> str:
        return f"var(--{name})"

    def tag(self, name: str, place: str, look: Look) -> str:
        """The tag with a class in place of the attributes."""
        if not look:
            return f"<{name}{place}"
        declarations = ";".join(f"{key}:{value}{'px' if key in LENGTHS else ''}" for key, value in look)
        return f'<{name} class="{self.classes.setdefault(declarations, f"p{len(self.classes)}")}"{place}'

    def drawn(self, drawing: Drawing, prefix: str) -> str:
        """The drawing as SVG that stands in this page."""
        return svg(drawing, prefix=prefix, paint=self)

    @property
    def rules(self) -> str:
        """The style sheet of the classes."""
        return "\n".join(f".{name}{{{declarations}}}" for declarations, name in self.classes.items())
