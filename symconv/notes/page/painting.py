"""Drawings on a page: what they are painted with is in the page's style sheet, once, and not in every shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from symconv.figures.drawing import Drawing
from symconv.figures.lettering import SMALL
from symconv.figures.writers.svg import Look, Paint, svg

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LENGTHS = ("width", "height", "rx", "r", "font-size")
"""Attributes that need a unit in CSS, if their value has none."""
BELOW = f"font-style:normal;font-size:{SMALL:g}em"
"""What most letters inside a label look like: those below a name. They need no class."""
PLAIN = "font-size:1em"
"""What tells letters inside a label from those below a name, if they look as the label does."""


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

    def small(self, size: float) -> str:
        """The same for all sizes, as a part of the size around."""
        return f"{SMALL:g}em"

    def tag(self, name: str, place: str, look: Look) -> str:
        """The tag with a class in place of the attributes."""
        declarations = ";".join(
            f"{key}:{value}{'px' if key in LENGTHS and value[-1].isdigit() else ''}" for key, value in look
        )
        if name == "tspan":
            declarations = "" if declarations == BELOW else declarations or PLAIN
        if not declarations:
            return f"<{name}{place}"
        return f'<{name} class="{self.classes.setdefault(declarations, _name(len(self.classes)))}"{place}'

    def drawn(self, drawing: Drawing, prefix: str) -> str:
        """The drawing as SVG that stands in this page."""
        return svg(drawing, prefix=prefix, paint=self)

    @property
    def rules(self) -> str:
        """The style sheet of the classes."""
        own = "\n".join(f".{name}{{{declarations}}}" for declarations, name in self.classes.items())
        return f"tspan:not([class]){{{BELOW}}}\n{own}"


def _name(number: int) -> str:
    """The name of a class: p, and the number in digits and letters.

    >>> _name(7), _name(35), _name(36)
    ('p7', 'pz', 'p10')
    """
    text = ""
    while number or not text:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return f"p{text}"
