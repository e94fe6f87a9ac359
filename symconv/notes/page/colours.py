"""The colours of a page, light and dark: the palette, with letters that can be read wherever they stand.

Coloured labels stand on the paper, on their own tint, on the fills of tensors and on the highlight. Each colour is
moved towards black (or white, in the dark) until its contrast is enough on all of them: 4.5 to 1, of the Web Content
Accessibility Guidelines 2.2, 1.4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from symconv.figures.palette import BASE, COLOURS, mixed

ENOUGH = 4.5
STEP = 0.02
"""How far a colour is moved at a time."""

LIGHT_GROUNDS = {
    "paper": "FFFFFF", "panel": "F5F7FA", "highlight": "FFF0B3", "inputfill": "E6F0FA", "outputfill": "E2F4EE",
    "gradientfill": "FFF5DF", "fixedfill": "EEEEEE", "padfill": "FAFAFA", "wrong": "FBE9E2",
}  # fmt: skip
LIGHT_LETTERS = {"ink": "1A1A1A", "muted": "5A5A5A", "good": "006B47", "bad": "A02000"}
DARK_GROUNDS = {
    "paper": "15181D", "panel": "1F242B", "highlight": "4A3F00", "inputfill": "1D2A3A", "outputfill": "1B332B",
    "gradientfill": "3A3016", "fixedfill": "2C2F33", "padfill": "1C1F24", "wrong": "3D211B",
}  # fmt: skip
DARK_LETTERS = {"ink": "E8E6E3", "muted": "B4BAC1", "good": "4CC38A", "bad": "FF9A80"}
FAINT = {"light": "B4B4B4", "dark": "565D66"}
"""Of lines that nothing depends on."""

LIGHT_TINT, DARK_TINT = 0.14, 0.22
"""How much of a weight's colour is in its tint."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21.

    >>> round(contrast("000000", "FFFFFF"))
    21
    """
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(code: str) -> float:
    parts = [int(code[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(code: str, grounds: Sequence[str], towards: str) -> str:
    """The colour, moved towards another until letters in it can be read on all the grounds.

    >>> readable("0069FF", ["FFFFFF"], "000000")
    '0069FF'
    """
    share = 1.0
    while (
        (moved := mixed(code, towards, share)) and min(contrast(moved, one) for one in grounds) < ENOUGH and share > 0
    ):
        share -= STEP
    return moved


@cache
def palette(dark: bool, accent: str) -> Mapping[str, str]:
    """The colours of a page by name, as six hexadecimal digits."""
    grounds, letters = (DARK_GROUNDS, DARK_LETTERS) if dark else (LIGHT_GROUNDS, LIGHT_LETTERS)
    towards, paper = ("FFFFFF" if dark else "000000"), grounds["paper"]
    found = {**grounds, **letters, "faint": FAINT["dark" if dark else "light"]}
    for name, code in BASE.items():
        tint = mixed(code, paper, DARK_TINT if dark else LIGHT_TINT)
        found |= {name: readable(code, [*grounds.values(), tint], towards), f"{name}tint": tint}
    found["accent"] = readable(accent.upper(), [paper, grounds["panel"]], towards)
    assert set(found) >= set(COLOURS), "every colour of drawings has one on the page"
    return found


def rules(accent: str) -> str:
    """The style sheet's custom properties; in the dark if the reader's system is."""
    light, dark = (_properties(palette(one, accent)) for one in (False, True))
    short = "".join(f"--{name}:var(--symconv-{name});" for name in palette(False, accent) if name != "accent")
    return (
        f":root{{color-scheme:light dark;{short}{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media print{{:root{{color-scheme:light;{light}}}}}"
    )


def _properties(colours: Mapping[str, str]) -> str:
    codes = "".join(f"--symconv-{name}:#{code};" for name, code in colours.items() if name != "accent")
    return f"--accent:#{colours['accent']};{codes}"
