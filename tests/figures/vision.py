"""How colours are seen: contrast, distance, and colour-blind vision, by published formulas.

A colour is six hexadecimal digits of sRGB (IEC 61966-2-1).
"""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Triple = tuple[float, float, float]

SIMULATIONS: dict[str, tuple[Triple, Triple, Triple]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""On linear RGB: Machado, Oliveira, Fernandes 2009, "A physiologically-based model for simulation of color vision
deficiency", IEEE TVCG 15(6), severity 1.0. Its authors give the tritan case as an approximation."""

XYZ: tuple[Triple, Triple, Triple] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""From linear sRGB to XYZ, white D65."""


def linear(code: str) -> Triple:
    """Linear red, green and blue, each from 0 to 1."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return _linear(red), _linear(green), _linear(blue)


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def luminance(code: str) -> float:
    """Relative luminance, from 0 for black to 1 for white (WCAG 2.2)."""
    return _dot((0.2126, 0.7152, 0.0722), linear(code))


def contrast(code: str, other: str = "FFFFFF") -> float:
    """Contrast ratio, from 1 to 21 (WCAG 2.2).

    >>> round(contrast("000000"), 1)
    21.0
    """
    darker, lighter = sorted((luminance(code), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def seen(code: str, vision: str = "normal") -> Triple:
    """Lightness L*, a* and b* (CIELAB, D65) of the colour as it looks in a vision of ``SIMULATIONS``."""
    rgb = linear(code)
    shown = tuple(min(1.0, max(0.0, _dot(row, rgb))) for row in SIMULATIONS[vision])
    x, y, z = (_lab(_dot(row, shown) / sum(row)) for row in XYZ)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _lab(value: float) -> float:
    return float(value ** (1 / 3)) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29


def _dot(row: tuple[float, ...], column: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(row, column))


def distance(code: str, other: str, vision: str = "normal") -> float:
    """CIEDE2000 of two colours as they look in that vision; below 2 they can hardly be told apart side by side."""
    return ciede2000(seen(code, vision), seen(other, vision))


def ciede2000(one: Triple, two: Triple) -> float:
    """The colour difference of two CIELAB colours.

    Sharma, Wu, Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
    mathematical observations", Color Research and Application 30(1); equations 2 to 22, all weights 1.
    """
    (l1, a1, b1), (l2, a2, b2) = one, two
    more = 1.5 - 0.5 * _saturation((hypot(a1, b1) + hypot(a2, b2)) / 2)
    a1, a2 = more * a1, more * a2
    c1, c2 = hypot(a1, b1), hypot(a2, b2)
    h1, h2 = degrees(atan2(b1, a1)) % 360, degrees(atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.2 * _cos(4 * hue - 63)
    dl = (l2 - l1) / (1 + 0.015 * (lightness - 50) ** 2 / sqrt(20 + (lightness - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * sqrt(c1 * c2) * sin(radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = -sin(radians(60 * exp(-(((hue - 275) / 25) ** 2)))) * 2 * _saturation(chroma)
    return sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def _saturation(chroma: float) -> float:
    return sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _cos(angle: float) -> float:
    return cos(radians(angle))
