"""Several drawings of one size in one file: SVG whose groups are shown in turn, and PNG with several pictures (APNG).

APNG is PNG with three more kinds of chunk (PNG, third edition, section 11.3.6): how many pictures there are, where and
how long each stands, and the data of all but the first. Programs that do not know them show the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from struct import pack
from zlib import crc32

from symconv.figures.drawing import Drawing
from symconv.figures.writers.png import png
from symconv.figures.writers.svg import definitions, head, keys_of, lines_of, short_paint

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def animated_svg(frames: Sequence[Drawing], seconds: float) -> str:
    """The drawings in one ``<svg>``, every shape that there is several times once."""
    known: Counter[object] = Counter()
    for one in frames:
        known.update(keys_of(one))
    paint = short_paint(frames, known)
    shown = [
        f'<g class="{paint.prefix}-f" style="animation-delay:{at * seconds:g}s">{"".join(lines_of(one, paint))}</g>'
        for at, one in enumerate(frames)
    ]
    drawn = "".join(definitions(paint))
    rules = "".join(f".{name}{{{rule}}}" for rule, name in (paint.looks or {}).items())
    name, whole = paint.prefix, len(frames) * seconds
    motion = (
        f".{name}-f{{visibility:hidden;animation:{name}-a {whole:g}s step-end infinite}}"
        f"@keyframes {name}-a{{0%{{visibility:visible}}{100 / len(frames):.6g}%{{visibility:hidden}}}}"
        f"@media (prefers-reduced-motion:reduce){{.{name}-f{{animation:none}}"
        f".{name}-f:nth-of-type(1){{visibility:visible}}}}"
    )
    if len(frames) == 1:
        motion = ""
    first, second = head(frames[0], paint)
    return "\n".join([first, f"<style>{rules}{motion}</style>", second, drawn, *shown, "</svg>"])


def animated_png(frames: Sequence[Drawing], seconds: float) -> bytes:
    """The drawings as the pictures of one PNG.

    Raises:
        OutputError: cairosvg, or the cairo library that it needs, is not there.
    """
    pictures = [list(_chunks(png(one))) for one in frames]
    header = next(data for kind, data in pictures[0] if kind == b"IHDR")
    chunks = [_chunk(b"IHDR", header), _chunk(b"acTL", pack(">II", len(pictures), 0))]
    number = 0
    for at, picture in enumerate(pictures):
        place = pack(">IIIII", number, *_size(header), 0, 0)
        chunks.append(_chunk(b"fcTL", place + pack(">HHBB", round(1000 * seconds), 1000, 0, 0)))
        number += 1
        for kind, data in picture:
            if kind != b"IDAT":
                continue
            chunks.append(_chunk(b"IDAT", data) if at == 0 else _chunk(b"fdAT", pack(">I", number) + data))
            number += at > 0
    return SIGNATURE + b"".join([*chunks, _chunk(b"IEND", b"")])


def _size(header: bytes) -> tuple[int, int]:
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, (kind, content)."""
    at = len(SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", crc32(kind + content))
