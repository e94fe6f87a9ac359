"""Lecture notes: all formats that ``write_notes`` knows, how long they take and how large they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.checks import require
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, measure
from benchmarks.plain_layer import PlainLayer
from benchmarks.rows import Row

TITLE = "Lecture notes"
ABOUT = f"""\
`write_notes(Conv(..), folder, formats)` with a fresh layer: the proofs, the numbers and the files, in every format
that it knows but PDF, whose time is LaTeX's. There is no peer. Check: every file is there and is not empty, and
where the notes are LaTeX, the first output in them has the products that plain loops give, in their order. Clock:
{CLOCK}."""

LAYERS = (
    ("3x3, kernel 2x2, 2 filters", PlainLayer((3, 3), (2, 2), out_channels=2)),
    ("28x28, kernel 5x5, 6 filters", PlainLayer((28, 28), (5, 5), out_channels=6)),
)
SHOWN = 3
"""Products of the first output that notes show even where they show excerpts."""


def formats() -> tuple[str, ...]:
    """All formats that symconv writes, without PDF."""
    from symconv.notes.write import FORMATS

    return tuple(name for name, one in FORMATS.items() if not one.needs_latex)


def rows(effort: Effort) -> Iterator[Row]:
    for name, layer in LAYERS[: effort.choose(full=None, quick=1)]:
        yield of_layer(name, layer, formats(), effort)
        if len(formats()) > 1:
            for one in formats():
                yield of_layer(name, layer, (one,), effort)


def of_layer(name: str, layer: PlainLayer, wanted: Sequence[str], effort: Effort) -> Row:
    comparison = Comparison(
        f"notes of {name}: {', '.join(wanted)}",
        Side("symconv", lambda _: written(layer, wanted)),
        [],
        lambda files, _: well_written(layer, wanted, files),
        repetitions=effort.choose(full=7, quick=1),
    )
    return measure(comparison)


def written(layer: PlainLayer, wanted: Sequence[str]) -> dict[str, bytes]:
    """The files' contents by name."""
    from symconv import Conv, write_notes

    with tempfile.TemporaryDirectory() as folder:
        write_notes(Conv(**layer.arguments), folder, formats=wanted)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }


def well_written(layer: PlainLayer, wanted: Sequence[str], files: dict[str, bytes]) -> str:
    require(len(files) >= len(wanted), f"{len(files)} files for {len(wanted)} formats")
    for name, content in files.items():
        require(bool(content.strip()), f"{name} is empty")
    sizes = ", ".join(f"{Path(name).suffix or name} {len(content) / 1000:.1f} kB" for name, content in files.items())
    latex = [content.decode() for name, content in files.items() if name.endswith(".tex")]
    if latex:
        require(any(first_products(layer, one) for one in latex), "the first output has other products")
    said = f"; the first {SHOWN} products of the first output as by loops" if latex else ""
    return f"{len(files)} file{'s' if len(files) > 1 else ''}: {sizes}{said}"


def first_products(layer: PlainLayer, article: str) -> bool:
    """Whether a line of the article gives the first output as the products that loops find first."""
    first = next(layer.product_names())[0]
    products = islice((names for names in layer.product_names() if names[0] == first), SHOWN)
    expected = [plain(name) for _, weight, at in products for name in (at, weight)]
    for left, right in re.findall(r"(h_\{[\d,]+\})\s*&?=(.*)", article):
        if plain(left) == plain(first).replace("delta", "h"):
            names = [plain(name) for name in re.findall(r"[Xw]_\{[\d,]+\}", right)]
            return names[: 2 * SHOWN] == expected
    return False


def plain(name: str) -> str:
    """A printed name without what only LaTeX or long labels have: X_{1,2} and X_1_2 are X12.

    >>> plain("X_{1,2}"), plain("X_1_2")
    ('X12', 'X12')
    """
    return re.sub(r"[^A-Za-z0-9]", "", name)
