"""Colours: one for each weight, in the formulas, the matrix, the network and the figures alike.

The first eight weights (in row-major order) have a colour each; then the colours come again, with tally marks in cells
and other dashes on lines. Colour is never alone: a weight also has its label wherever there is room.

The tests compute contrasts and distances, in normal and colour-blind vision, and hold the colours to them.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST_CONTRAST = 4.5
"""Of every colour of text on white (WCAG 2.2, success criterion 1.4.3)."""

LEAST_DISTANCE = 13.0
"""Of any two of the eight colours, CIEDE2000, in normal, protan, deutan and tritan vision.

A greedy search over colours of that contrast, with the hue of each slot kept, ended at 13.9; without regard for hues,
and with colours that are nearly black, at 18.5.
"""

TINT = 0.24
"""The share of a weight's colour in its tint; the rest is white."""


def mixed(code: str, other: str, share: float) -> str:
    """``share`` of the one colour and the rest of the other, mixed as their sRGB numbers.

    >>> mixed("000000", "FFFFFF", 0.2)
    'CCCCCC'
    """
    pairs = [(int(code[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (0, 2, 4)]
    return "".join(f"{round(share * one + (1 - share) * two):02X}" for one, two in pairs)


BASE = {
    "wA": "0069FF",  # blue
    "wB": "C34B0F",  # vermilion
    "wC": "00875A",  # green
    "wD": "965A96",  # mauve
    "wE": "3C3C00",  # dark olive
    "wF": "3C0087",  # indigo
    "wG": "5A0F2D",  # burgundy
    "wH": "4B5A5A",  # slate
}

COLOURS: dict[str, str] = {
    "ink": "1A1A1A",
    "muted": "5A5A5A",
    "faint": "B4B4B4",
    "paper": "FFFFFF",
    "inputfill": "DCE9F8",
    "outputfill": "D5EFE6",
    "gradientfill": "FFEFCC",
    "fixedfill": "E6E6E6",
    "padfill": "FAFAFA",
    **BASE,
    **{f"{name}tint": mixed(code, "FFFFFF", TINT) for name, code in BASE.items()},
}
"""Every colour of a drawing: name and six hexadecimal digits."""

DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (0.16, 0.08),
    (0.03, 0.07),
    (0.18, 0.06, 0.03, 0.06),
    (0.3, 0.1),
    (0.08, 0.05),
    (0.22, 0.05, 0.03, 0.05, 0.03, 0.05),
    (0.02, 0.12),
)
"""Lengths on and off, in centimetres."""

TALLIES = 5
"""From none to four tally marks; after 8 times 5 weights only the label tells them apart."""


@dataclass(frozen=True)
class Colour:
    """How a weight looks.

    Args:
        name: of its colour in ``COLOURS``, for lines and letters.
        tint: name of the light one, for what is behind letters.
        tally: how many small marks a cell has.
        dash: of a line that has no room for a label.
    """

    name: str
    tint: str
    tally: int
    dash: tuple[float, ...]

    @property
    def code(self) -> str:
        return COLOURS[self.name]


def colour_of(index: int) -> Colour:
    """The look of the weight with this flat index, from 0.

    >>> colour_of(1).name, colour_of(9).name, colour_of(9).tally
    ('wB', 'wB', 1)
    """
    cycle, at = divmod(index, len(BASE))
    name = [*BASE][at]
    return Colour(name, f"{name}tint", cycle % TALLIES, DASHES[(at + cycle) % len(DASHES)])


def fixed() -> Colour:
    """The look of a factor that is not a weight: a number or a switch."""
    return Colour("muted", "fixedfill", 0, ())
