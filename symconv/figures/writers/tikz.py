"""Drawings as a tikzpicture, which needs tikz, xcolor and amsmath and nothing else.

Colours are defined by the names of the palette, unless the document defines them before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import singledispatch

from symconv.figures.drawing import Circle, Drawing, Group, Label, Line, Rectangle, Shape
from symconv.figures.lettering import Name, pieces_of
from symconv.figures.palette import COLOURS
from symconv.figures.writers.svg import BASELINE, arrow_head
from symconv.printing import names
from symconv.printing.notation import latex_name

POINTS = 28.4527559
"""TeX points in a centimetre."""

NARROWER = 0.86
"""Of mathematics: TeX's letters are wider in small sizes than what ``lettering`` estimates."""

SPECIALS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "×": r"$\times$", "∂": r"$\partial$", "·": r"$\cdot$",
    "⋯": r"$\cdots$", "⋮": r"$\vdots$", "⋱": r"$\ddots$", "–": "--", "—": "---", "’": "'", "−": "$-$", "Σ": r"$\Sigma$",
    "→": r"$\to$", "≥": r"$\ge$", "`": r"\textasciigrave{}",
}  # fmt: skip

SIGNS = {"∂": r"\partial ", "·": r"\cdot ", "×": r"\times ", "⋯": r"\cdots ", "⋮": r"\vdots ", "⋱": r"\ddots ",
         "Σ": r"\Sigma ", " ": r"\,"}  # fmt: skip


def tikz(drawing: Drawing) -> str:
    """The drawing as a ``tikzpicture`` environment.

    >>> print(tikz(Drawing(1, 1, (Circle(0.5, 0.5, 0.4, fill="wA"),))))
    \\begin{tikzpicture}[x=1cm,y=-1cm]
    \\providecolor{ink}{HTML}{1A1A1A}
    \\providecolor{wA}{HTML}{0069FF}
    \\useasboundingbox (0,0) rectangle (1,1);
    \\filldraw[fill=wA,draw=ink,line width=0.57pt] (0.5,0.5) circle[radius=0.4];
    \\end{tikzpicture}
    """
    used = sorted(set(_colours(drawing.walk())))
    lines = [
        r"\begin{tikzpicture}[x=1cm,y=-1cm]",
        *(rf"\providecolor{{{name}}}{{HTML}}{{{COLOURS[name]}}}" for name in used),
        rf"\useasboundingbox (0,0) rectangle {_point(drawing.width, drawing.height)};",
        *(_shape(shape) for shape in drawing.shapes),
        r"\end{tikzpicture}",
    ]
    return "\n".join(lines)


def colour_definitions() -> str:
    """Every colour of the palette as lines for a preamble (xcolor)."""
    return "\n".join(rf"\definecolor{{{name}}}{{HTML}}{{{code}}}" for name, code in COLOURS.items())


def escaped(text: str) -> str:
    """Words for pdfLaTeX: TeX's special characters as text, what a Latin font lacks as a question mark.

    >>> escaped("50% of _x")
    '50\\\\% of \\\\_x'
    """
    return "".join(SPECIALS.get(one, one if " " <= one <= "~" or "À" <= one <= "ÿ" else "?") for one in text)


def _colours(shapes: Iterator[Shape]) -> Iterator[str]:
    for shape in shapes:
        if isinstance(shape, (Rectangle, Circle)):
            yield from (name for name in (shape.fill, shape.stroke) if name)
        elif isinstance(shape, Line):
            yield shape.colour
        elif isinstance(shape, Label):
            yield from (shape.colour, *(colour for _, colour in shape.colours))


@singledispatch
def _shape(shape: object) -> str:
    raise TypeError(f"{shape!r} is not a shape")


@_shape.register
def _(shape: Rectangle) -> str:
    rounded = [f"rounded corners={_number(shape.rounded)}cm"] if shape.rounded else []
    corner = _point(shape.x + shape.width, shape.y + shape.height)
    return f"{_painted(shape, rounded)} {_point(shape.x, shape.y)} rectangle {corner};"


@_shape.register
def _(shape: Circle) -> str:
    return f"{_painted(shape, [])} {_point(shape.x, shape.y)} circle[radius={_number(shape.radius)}];"


def _painted(shape: Rectangle | Circle, more: list[str]) -> str:
    options = [f"fill={shape.fill}"] if shape.fill else []
    if shape.stroke:
        options += [f"draw={shape.stroke}", *_stroke(shape.thickness, shape.dash)]
    command = {(True, True): "filldraw", (True, False): "fill", (False, True): "draw", (False, False): "path"}
    return rf"\{command[bool(shape.fill), bool(shape.stroke)]}[{','.join(options + more)}]"


def _stroke(thickness: float, dash: tuple[float, ...]) -> list[str]:
    options = [f"line width={thickness * POINTS:.2f}pt"]
    if dash:
        pattern = " ".join(f"{'off' if at % 2 else 'on'} {_number(one)}cm" for at, one in enumerate(dash))
        options.append(f"dash pattern={pattern}")
    return options


@_shape.register
def _(shape: Line) -> str:
    end, head = arrow_head(shape) if shape.arrow else ((shape.x2, shape.y2), ())
    options = ",".join([f"draw={shape.colour}", *_stroke(shape.thickness, shape.dash)])
    line = rf"\draw[{options}] {_point(shape.x1, shape.y1)} -- {_point(*end)};"
    if not head:
        return line
    return line + rf" \fill[{shape.colour}] {' -- '.join(_point(*corner) for corner in head)} -- cycle;"


@_shape.register
def _(shape: Label) -> str:
    """By \\pgftext, which takes half of the time of a node."""
    side = {"start": "base,left", "middle": "base", "end": "base,right"}[shape.anchor]
    size = shape.size * POINTS * (NARROWER if shape.mathematical else 1.0)
    x, y = _number(shape.x), _number(shape.y + BASELINE * shape.size)
    font = rf"\fontsize{{{size:.1f}}}{{{1.2 * size:.1f}}}\selectfont" + (r"\bfseries" if shape.bold else "")
    text = f"${_mathematics(shape)}$" if shape.mathematical else escaped(shape.text)
    return rf"\pgftext[{side},at={{\pgfpointxy{{{x}}}{{{y}}}}}]{{{font}\color{{{shape.colour}}}{text}}}"


def _mathematics(label: Label) -> str:
    colours = dict(label.colours)
    written = []
    for piece in pieces_of(label.text):
        if isinstance(piece, Name):
            tensor, _, part = piece.source.partition("^")
            name = names.in_latex(replace(names.name_of(tensor), above=part)) if part else latex_name(tensor)
            written.append(
                rf"{{\color{{{colours[piece.source]}}}{name}}}" if piece.source in colours else f"{{{name}}}"
            )
        else:
            written.append(SIGNS.get(piece, piece))
    return "".join(written)


@_shape.register
def _(shape: Group) -> str:
    return "\n".join(map(_shape, shape.shapes))


def _point(x: float, y: float) -> str:
    return f"({_number(x)},{_number(y)})"


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def document(drawing: Drawing) -> str:
    """A whole LaTeX document with the drawing alone."""
    head = re.sub(
        r"\n\s*",
        "\n",
        r"""\documentclass{standalone}
        \usepackage[T1]{fontenc}
        \usepackage{lmodern}
        \usepackage{amsmath}
        \usepackage{xcolor}
        \usepackage{tikz}
        \begin{document}""",
    )
    return f"{head}\n{tikz(drawing)}\n\\end{{document}}\n"
