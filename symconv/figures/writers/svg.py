"""Drawings as SVG, valid on its own and inside HTML.

Colours are CSS custom properties with fallbacks (``--symconv-wA``), so that a page can restyle them. Groups carry
their marks as ``data-output="3 4"`` and their role as a class. Everything that is text goes through ``escaped``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatch
from html import escape
from math import hypot
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any
from zlib import crc32

from symconv.errors import SymconvError, shown
from symconv.figures.drawing import WRITERS, Circle, Drawing, Group, Label, Line, Rectangle
from symconv.figures.lettering import DIGIT, LETTER, SMALL, pieces_of, width_of, width_of_piece
from symconv.figures.palette import COLOURS
from symconv.figures.parts import moved

Shape = Rectangle | Circle | Label | Line
Key = Shape | tuple[Any, ...]
"""What may stand in several places, at the origin: a shape, or those of a group."""

SCALE = 40.0
"""Units of the SVG (pixels if it is shown in its own size) for a centimetre."""

THICKNESS = 0.02
"""Of lines, in centimetres, unless they say another."""

FONTS = "'STIX Two Text', 'Latin Modern Roman', Cambria, Georgia, 'DejaVu Serif', serif"

PLAIN_SIZE = 0.82
"""Of letters in plain SVG, where the font is not known, so that a wide one has room too."""


Point = tuple[float, float]
Run = tuple[str, tuple[tuple[str, str], ...]]
"""Symbols in a row ("x") or a column ("y"), each with its distance from the first."""
SHORTEST_RUN = 3
"""Symbols beside each other that are written as one."""
DIGITS = ascii_lowercase + ascii_uppercase + digits
"""What short names are made of."""
Look = tuple[tuple[str, str], ...]
"""Attributes that are properties of CSS too, with their values."""


@dataclass(frozen=True)
class Paint:
    """How elements say what they look like.

    Args:
        plain: for programs that know little of CSS.
        marked: whether they say to which entries they belong, for a script that lights them up.
        symbols: the ids of shapes that are drawn once, at the origin, and used wherever they stand.
        runs: the ids of rows and columns of such shapes that there are several times.
        looks: classes by what they stand for, of files that are as short as can be and have no marks.
        prefix: what the names of these classes start with.
    """

    plain: bool = False
    marked: bool = True
    symbols: Mapping[Key, str] = field(default_factory=dict, compare=False)
    runs: Mapping[Run, str] = field(default_factory=dict, compare=False)
    looks: dict[str, str] | None = field(default=None, compare=False)
    prefix: str = ""

    @property
    def namespace(self) -> str:
        """What the element of the whole drawing begins with."""
        return ' xmlns="http://www.w3.org/2000/svg"'

    def __call__(self, name: str) -> str:
        """What stands for a colour, by its name."""
        return f"#{COLOURS[name]}" if self.plain else f"var(--symconv-{name},#{COLOURS[name]})"

    def small(self, size: float) -> str:
        """The size of the letters below and above those of a size."""
        return _units(SMALL * size)

    def tag(self, name: str, place: str, look: Look) -> str:
        """The tag of an element, up to the bracket that ends it."""
        if self.looks is None:
            return f"<{name}{place}" + "".join(f' {key}="{value}"' for key, value in look)
        place = AT_ORIGIN.sub("", place)
        sizes = "".join(f' {key}="{value}"' for key, value in look if key in SIZES)
        rules = ";".join(
            f"{key}:{value}{'px' if key == 'font-size' else ''}" for key, value in look if key not in SIZES
        )
        kind = f' class="{self.looks.setdefault(rules, short_name(self.prefix, len(self.looks)))}"' if rules else ""
        return f"<{name}{place}{sizes}{kind}"


AT_ORIGIN = re.compile(r' (?:c?[xy]|[xy][12])="0"')
"""Places that need not be said."""

LARGEST_SYMBOL = 8
"""Shapes of a group that may be drawn once and used."""

SIZES = ("width", "height", "rx", "r")
"""Attributes that some readers do not know as properties of CSS."""


def svg(drawing: Drawing, *, prefix: str = "", paint: Paint | None = None) -> str:
    """The drawing as one ``<svg>`` element.

    Args:
        prefix: what every id in it starts with, letters, digits and ``-``; without one there are no ids.
        paint: how elements say what they look like; in attributes unless told otherwise.

    Raises:
        SymconvError: the prefix is not an identifier.

    >>> print(svg(Drawing(1, 1, (Circle(0.5, 0.5, 0.4, fill="wA", stroke=None),), "a dot")).splitlines()[2])
    <circle cx="20" cy="20" r="16" fill="var(--symconv-wA,#0069FF)"/>
    """
    return _written(drawing, prefix, paint or Paint())


WRITERS["svg"] = svg


def plain_svg(drawing: Drawing) -> str:
    """The same with fixed colours and the letters of names placed one by one, for cairosvg."""
    return _written(drawing, "", Paint(plain=True))


def compact_svg(drawing: Drawing) -> str:
    """The same, as short as can be, for a file of its own: no marks, and every shape that there is several times once.

    >>> dots = tuple(Circle(x, 0.5, 0.1) for x in (0.1, 0.5, 0.9))
    >>> text = compact_svg(Drawing(1, 1, dots, "dots"))
    >>> text.count("<circle"), text.count("<use")
    (1, 3)
    """
    paint = short_paint([drawing], Counter(keys_of(drawing)))
    first, second = head(drawing, paint)
    body = [*definitions(paint), *lines_of(drawing, paint), "</svg>"]
    rules = "".join(f".{name}{{{rule}}}" for rule, name in (paint.looks or {}).items())
    return "\n".join([first, f"<style>{rules}</style>", second, *body])


def short_paint(drawings: Sequence[Drawing], counts: Mapping[Any, int]) -> Paint:
    """How the elements of a file that is as short as can be say what they look like; ``counts`` is of all its keys."""
    repeated = [key for key, count in counts.items() if count > 1]
    shapes = drawings[0].shapes if len(drawings) == 1 else [one.shapes for one in drawings]
    number = crc32(repr(shapes).encode())  # a page may hold several of these files
    own = ascii_letters[number % 52] + DIGITS[number // 52 % 62] + DIGITS[number // 52 // 62 % 62]
    symbols = {key: short_name(own, at) for at, key in enumerate(repeated)}
    paint = Paint(plain=True, marked=False, symbols=symbols, looks={}, prefix=own)
    runs = Counter(one.key for drawing in drawings for one in _pieces_in_runs(drawing.shapes, paint) if one.is_long)
    known = [key for key, count in runs.items() if count > 1]
    names = {key: short_name(own, len(symbols) + at) for at, key in enumerate(known)}
    return replace(paint, runs=names, looks={})


def short_name(prefix: str, number: int) -> str:
    """The prefix, and the number in digits and letters.

    >>> short_name("abc", 0), short_name("abc", 62)
    ('abca', 'abcba')
    """
    number, last = divmod(number, len(DIGITS))
    return (short_name(prefix, number) if number else prefix) + DIGITS[last]


def keys_of(drawing: Drawing) -> Iterator[Key]:
    """All of a drawing that may stand in several places."""
    return _keys(drawing.shapes, set())


def lines_of(drawing: Drawing, paint: Paint) -> Iterator[str]:
    """The elements of a drawing."""
    return _lines(drawing.shapes, paint)


def _keys(shapes: Iterable[Any], known: set[Key]) -> Iterator[Key]:
    """All that may stand in several places; what is in a group once, wherever the group stands."""
    for shape in shapes:
        if _corner(shape) is None:
            yield from _keys(shape.shapes, known) if isinstance(shape, Group) else ()
            continue
        key = _at_origin(shape)
        yield key
        if isinstance(key, tuple) and key not in known:
            known.add(key)
            yield from _keys(_parts(shape) if isinstance(shape, Group) else shape, known)


def _corner(shape: Any) -> Point | None:
    """The place of a shape; of a group of a few shapes that of the first, None of others."""
    if isinstance(shape, (Group, tuple)):
        shapes = shape.shapes if isinstance(shape, Group) else shape
        first = shapes[0] if 1 < len(shapes) <= LARGEST_SYMBOL else None
        return None if any(isinstance(one, Group) for one in shapes) or first is None else _corner(first)
    if isinstance(shape, Line):
        return None if shape.arrow else (shape.x1, shape.y1)
    return shape.x, shape.y


def _at_origin(shape: Any) -> Key:
    x, y = _corner(shape) or (0.0, 0.0)
    if not isinstance(shape, Group):
        return _placed_at(moved(shape, -x, -y))  # type: ignore[no-any-return]
    return tuple(_placed_at(moved(one, -x, -y)) for one in shape.shapes)


def _parts(group: Group) -> tuple[Any, ...]:
    """What a group is made of: a label that is drawn last, and all before it as a group of its own."""
    *before, last = group.shapes or (None,)
    if len(before) > 1 and isinstance(last, Label) and not any(isinstance(one, Group) for one in before):
        return Group(tuple(before)), last
    return group.shapes


def _placed_at(shape: Any) -> Any:
    """The shape, its place without what is left of rounding."""
    names = ("x1", "y1", "x2", "y2") if isinstance(shape, Line) else ("x", "y")
    return replace(shape, **{name: round(getattr(shape, name), 4) + 0.0 for name in names})


def _drawn(shape: Any, paint: Paint) -> str:
    """A shape, or the use of the symbol that it is."""
    use = _use(shape, paint)
    return _shape(shape, paint) if use is None else use.written


@dataclass(frozen=True)
class Use:
    """A symbol at a place, in units."""

    symbol: str
    x: float
    y: float

    @property
    def written(self) -> str:
        return _used(self.symbol, x=_units(self.x), y=_units(self.y))


def _used(symbol: str, **places: str) -> str:
    """The element that uses a symbol."""
    said = "".join(f' {name}="{at}"' for name, at in places.items() if at != "0")
    return f'<use href="#{symbol}"{said}/>'


@dataclass(frozen=True)
class Pieces:
    """Uses of symbols in a row or a column, or one element as it is written."""

    parts: tuple[Use | str, ...]
    axis: str = ""

    @property
    def uses(self) -> list[Use]:
        return [one for one in self.parts if isinstance(one, Use)]

    @property
    def is_long(self) -> bool:
        return len(self.uses) >= SHORTEST_RUN

    @property
    def key(self) -> Run:
        first = getattr(self.uses[0], self.axis)
        return self.axis, tuple((one.symbol, _units(getattr(one, self.axis) - first)) for one in self.uses)

    def axis_with(self, piece: Use | str) -> str:
        """The axis on which a use goes on with these, if it does."""
        last = self.parts[-1]
        if isinstance(last, str) or isinstance(piece, str):
            return ""
        shared = [axis for axis, other in (("x", "y"), ("y", "x")) if getattr(last, other) == getattr(piece, other)]
        return next((axis for axis in shared if self.axis in ("", axis)), "")


def _use(shape: Any, paint: Paint) -> Use | None:
    corner = _corner(shape) if paint.symbols else None
    symbol = None if corner is None else paint.symbols.get(_at_origin(shape))
    return None if symbol is None or corner is None else Use(symbol, round(corner[0], 4), round(corner[1], 4))


def _lines(shapes: Iterable[Any], paint: Paint) -> Iterator[str]:
    """All shapes; symbols beside each other are written as one."""
    if not paint.symbols:
        yield from (_drawn(shape, paint) for shape in shapes)
        return
    for one in _pieces_in_runs(shapes, paint):
        if not one.is_long:
            yield from (part if isinstance(part, str) else part.written for part in one.parts)
            continue
        x, y = _units(one.uses[0].x), _units(one.uses[0].y)
        name = paint.runs.get(one.key)
        yield f'<g transform="translate({x} {y})">{_run(one.key)}</g>' if name is None else _used(name, x=x, y=y)


def _run(key: Run) -> str:
    """The symbols of a run that starts at the origin."""
    axis, symbols = key
    return "".join(_used(symbol, **{axis: place}) for symbol, place in symbols)


def _pieces_in_runs(shapes: Iterable[Any], paint: Paint) -> Iterator[Pieces]:
    """Pieces, uses in a row or in a column together."""
    run: Pieces | None = None
    for piece in _pieces(shapes, paint):
        axis = run.axis_with(piece) if run is not None else ""
        if run is not None and axis:
            run = Pieces((*run.parts, piece), axis)
            continue
        if run is not None:
            yield run
        run = Pieces((piece,))
    if run is not None:
        yield run


def _pieces(shapes: Iterable[Any], paint: Paint) -> Iterator[Use | str]:
    """Uses of symbols, and other shapes as they are written."""
    for shape in shapes:
        use = _use(shape, paint)
        if use is None and isinstance(shape, Group) and not paint.marked:
            yield from _pieces(_parts(shape), paint)
        else:
            yield _shape(shape, paint) if use is None else use


def escaped(text: str) -> str:
    """Text for an element or an attribute; characters that XML does not have are left out.

    >>> escaped('<b> & "c"\\0')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text))


def _written(drawing: Drawing, prefix: str, paint: Paint) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*|", prefix):
        raise SymconvError(f"prefix={shown(prefix)}", "ids start with it", "use letters, digits and -, a letter first")
    return "\n".join([*head(drawing, paint, prefix), *definitions(paint), *_lines(drawing.shapes, paint), "</svg>"])


def head(drawing: Drawing, paint: Paint, prefix: str = "") -> tuple[str, str]:
    """How the element of a drawing begins, and its title and description."""
    width, height = _number(drawing.width * SCALE), _number(drawing.height * SCALE)
    names, title, description = "", "<title>", "<desc>"
    if prefix:
        names = f' aria-labelledby="{prefix}-title {prefix}-description"'
        title, description = f'<title id="{prefix}-title">', f'<desc id="{prefix}-description">'
    return (
        f'<svg{paint.namespace} width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img"{names} font-family="{"serif" if paint.plain else FONTS}" '
        f'text-anchor="middle" fill="{paint("ink")}" stroke-width="{_units(THICKNESS)}">',
        f"{title}{escaped(drawing.title)}</title>{description}{escaped(drawing.description)}</desc>",
    )


def definitions(paint: Paint) -> Iterator[str]:
    """The shapes that are used, at the origin."""
    if paint.symbols:
        symbols = (f'<g id="{symbol}">{_defined(key, paint)}</g>' for key, symbol in paint.symbols.items())
        runs = (f'<g id="{name}">{_run(key)}</g>' for key, name in paint.runs.items())
        yield f"<defs>{''.join(symbols)}{''.join(runs)}</defs>"


def _defined(key: Key, paint: Paint) -> str:
    return "".join(_drawn(one, paint) for one in key) if isinstance(key, tuple) else _shape(key, paint)


@singledispatch
def _shape(shape: object, paint: Paint) -> str:
    raise TypeError(f"{shown(shape)} is not a shape")


@_shape.register
def _(shape: Rectangle, paint: Paint) -> str:
    look = [("width", _units(shape.width)), ("height", _units(shape.height))]
    look += [("rx", _units(shape.rounded))] if shape.rounded else []
    place = f' x="{_units(shape.x)}" y="{_units(shape.y)}"'
    return f"{paint.tag('rect', place, (*look, *_filled(shape, paint)))}/>"


@_shape.register
def _(shape: Circle, paint: Paint) -> str:
    place = f' cx="{_units(shape.x)}" cy="{_units(shape.y)}"'
    return f"{paint.tag('circle', place, (('r', _units(shape.radius)), *_filled(shape, paint)))}/>"


def _filled(shape: Rectangle | Circle, paint: Paint) -> Look:
    fill = ("fill", paint(shape.fill) if shape.fill else "none")
    return (fill, *(_stroked(shape.stroke, shape.thickness, shape.dash, paint) if shape.stroke is not None else ()))


def _stroked(colour: str, thickness: float, dash: tuple[float, ...], paint: Paint) -> Look:
    width = () if thickness == THICKNESS else (("stroke-width", _units(thickness)),)
    dashes = (("stroke-dasharray", " ".join(map(_units, dash))),) if dash else ()
    return (("stroke", paint(colour)), *width, *dashes)


@_shape.register
def _(shape: Line, paint: Paint) -> str:
    end, head = arrow_head(shape) if shape.arrow else ((shape.x2, shape.y2), ())
    place = f' x1="{_units(shape.x1)}" y1="{_units(shape.y1)}" x2="{_units(end[0])}" y2="{_units(end[1])}"'
    line = f"{paint.tag('line', place, _stroked(shape.colour, shape.thickness, shape.dash, paint))}/>"
    if not head:
        return line
    points = " ".join(f"{_units(x)},{_units(y)}" for x, y in head)
    place = f' points="{points}"'
    return f"{line}{paint.tag('polygon', place, (('fill', paint(shape.colour)),))}/>"


def arrow_head(line: Line) -> tuple[Point, tuple[Point, ...]]:
    """Where the shaft of an arrow ends, and the three corners of its head."""
    length = hypot(line.x2 - line.x1, line.y2 - line.y1) or 1.0
    dx, dy = (line.x2 - line.x1) / length, (line.y2 - line.y1) / length
    size = 0.1 + 2 * line.thickness
    back = (line.x2 - size * dx, line.y2 - size * dy)
    half = 0.42 * size
    corners = (
        (line.x2, line.y2),
        (back[0] - half * dy, back[1] + half * dx),
        (back[0] + half * dy, back[1] - half * dx),
    )
    return back, corners


BASELINE = 0.33
"""How far the middle of the letters is above their base line, relative to their size."""


@_shape.register
def _(shape: Label, paint: Paint) -> str:
    y = f' y="{_units(shape.y + BASELINE * shape.size)}"'
    look: Look = (("font-weight", "bold"),) if shape.bold else ()
    look += (("fill", paint(shape.colour)),) if shape.colour != "ink" else ()
    if paint.plain and shape.mathematical and paint.looks is None:
        look = (("font-size", _units(PLAIN_SIZE * shape.size)), *look)
        look = (("text-anchor", "start"), *look)
        return f"{paint.tag('text', y, look)}>{_placed(shape, paint)}</text>"
    anchor = "" if shape.anchor == "middle" else f' text-anchor="{shape.anchor}"'
    spans = list(_spans(shape)) if shape.mathematical else []
    first = spans[0] if spans and spans[0].italic else Span("", colour=shape.colour)
    look = (("font-weight", "bold"),) if shape.bold else ()
    look += first.look(shape.size, paint, Span("", colour="ink"))
    inner = _mathematics(shape, spans, first, paint) if shape.mathematical else escaped(shape.text)
    place = f' x="{_units(shape.x)}"{y}{anchor}'
    return f"{paint.tag('text', place, (('font-size', _units(shape.size)), *look))}>{inner}</text>"


@dataclass(frozen=True)
class Span:
    """Some letters of a label: where their base line is below the label's, and what else they have."""

    text: str
    below: float = 0.0
    width: float = 0.0
    small: bool = False
    italic: bool = False
    colour: str = ""

    def look(self, size: float, paint: Paint, around: Span | None = None) -> Look:
        """What it looks like, beside what the element around it says."""
        around = around or Span("")
        style = () if self.italic == around.italic else (("font-style", "italic" if self.italic else "normal"),)
        small = (("font-size", paint.small(size)),) if self.small else ()
        fill = () if self.colour == around.colour else (("fill", paint(self.colour)),)
        return (*style, *small, *fill)

    @property
    def written(self) -> str:
        return escaped(self.text).replace("-", "−")


def _spans(label: Label) -> Iterator[Span]:
    colours = dict(label.colours)
    size = label.size
    for piece in pieces_of(label.text):
        if isinstance(piece, str):
            yield Span(piece, width=width_of_piece(piece) * size, colour=label.colour)
            continue
        colour = colours.get(piece.source, label.colour)
        yield Span(piece.letters, 0.0, LETTER * len(piece.letters) * size, False, True, colour)
        for text, below in ((piece.above, -0.35), (piece.below, 0.18)):
            if text:
                yield Span(text, below * size, DIGIT * SMALL * len(text) * size, True, False, colour)


def _mathematics(label: Label, spans: Iterable[Span], around: Span, paint: Paint) -> str:
    """The label's spans, of which only what is not as ``around`` them has an element of its own."""
    written: list[str] = []
    low = 0.0  # how far below the base line the last span stood
    for span in spans:
        shift = f' dy="{_units(span.below - low)}"' if abs(span.below - low) > 1e-9 else ""
        low = span.below
        look = span.look(label.size, paint, around)
        tagged = shift or look
        written.append(f"{paint.tag('tspan', shift, look)}>{span.written}</tspan>" if tagged else span.written)
    return "".join(written)


def _placed(label: Label, paint: Paint) -> str:
    x = label.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * width_of(label)
    spans = []
    for span in _spans(label):
        y = label.y + BASELINE * label.size + span.below
        look = span.look(PLAIN_SIZE * label.size, paint, Span("", colour=label.colour))
        tag = paint.tag("tspan", f' x="{_units(x)}" y="{_units(y)}"', look)
        spans.append(f"{tag}>{span.written}</tspan>")
        x += span.width
    return "".join(spans)


@_shape.register
def _(shape: Group, paint: Paint) -> str:
    if not paint.marked:
        return "".join(_drawn(inner, paint) for inner in shape.shapes)
    role = f' class="{shape.role}"' if shape.role else ""
    marks = "".join(f' data-{name}="{" ".join(map(str, indices))}"' for name, indices in shape.marks.items() if indices)
    return f"<g{role}{marks}>{''.join(_drawn(inner, paint) for inner in shape.shapes)}</g>"


def _units(centimetres: float) -> str:
    return _number(centimetres * SCALE)


def _number(value: float) -> str:
    """With one digit after the point: a tenth of a pixel."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
