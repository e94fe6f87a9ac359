"""A document as slides for LaTeX's beamer: a frame for every heading, theorem, proof and figure.

A frame that is too long is continued. Documents may have a text of their own for slides, one thought a frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TypeVar

from symconv.figures.printed import printed
from symconv.figures.writers.tikz import tikz
from symconv.notes.model import (
    Block,
    Display,
    Document,
    Explorer,
    Figure,
    Heading,
    Listing,
    Paragraph,
    Program,
    Proof,
    Row,
    Tables,
    Theorem,
    Values,
)  # fmt: skip
from symconv.notes.writers.latex import LatexWriter
from symconv.printing.layout import PartWriter, children, found
from symconv.printing.parts import Coloured, Fence, Grid, Line, Scripts, Sign, Underbrace
from symconv.printing.tree import Marked, Node, Quotient, Root

MOST_ROWS = 10
"""A table with more rows goes on in another."""

MOST_LINES = 14.0
"""About how many lines of words fit on a slide."""

MOST_DISPLAYED = 12.0
"""Lines of a display that fit on a slide together with a line of words that leads to it."""

MOST_LEADING = 2
"""Lines of words that stay with what they lead to."""


class BeamerWriter(LatexWriter):
    """Writes the same blocks as the article, in frames that beamer breaks."""

    template = "slides.tex.jinja"
    room = (14.4, 5.9)
    least = 8.0
    largest = 1.5

    def numbers_of(self, document: Document) -> Mapping[str, int]:
        return replace(document, blocks=document.slides or document.blocks).numbers

    def body(self, document: Document) -> str:
        parts = []
        for title, blocks in self.frames(document):
            if isinstance(title, Heading):
                parts.append(rf"\section{{{self.inlines(title.inlines)}}}")
            elif written := self.blocks(blocks):
                parts.append(f"\\begin{{frame}}[allowframebreaks]{{{title}}}\n{written}\n\\end{{frame}}")
        return "\n\n".join(parts)

    def frames(self, document: Document) -> list[tuple[str | Heading, tuple[Block, ...]]]:
        """Titles and blocks: a heading begins a frame, and so does a theorem, proof or figure, and what follows it.

        A theorem stays with a few words that lead to it. Of slides with a text of their own, a heading of level 2 is
        a section, without a frame.
        """
        frames: list[tuple[str | Heading, tuple[Block, ...]]] = []
        title = ""
        blocks: tuple[Block, ...] = ()
        alone = False

        def close() -> None:
            if blocks:
                frames.append((title, blocks))

        for block in document.slides or document.blocks:
            if isinstance(block, Heading):
                close()
                title, blocks, alone = self.inlines(block.inlines), (), False
                if document.slides and block.level == 2:
                    frames.append((block, ()))
                continue
            stands_alone = isinstance(block, (Theorem, Proof, Figure))
            if alone or (stands_alone and (isinstance(block, (Proof, Figure)) or not _is_short(blocks))):
                close()
                blocks = ()
            blocks, alone = (*blocks, block), stands_alone
        close()
        return frames

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """The blocks; what does not fit on a slide begins another, with the words that lead to it."""
        slides: list[tuple[Block, ...]] = [()]
        written = [block for block in blocks if not isinstance(block, (Program, Explorer, Values))]
        for part in (part for block in written for part in _slices(block)):
            slide = slides[-1]
            if slide and sum(map(_lines, (*slide, part))) > MOST_LINES:
                lead = slide[-1:] if _is_short(slide[-1:]) and not isinstance(part, Paragraph) else ()
                if len(lead) < len(slide):
                    slides[-1:] = [slide[: len(slide) - len(lead)], lead]
                elif _is_solid(part):
                    slides.append(())
            slides[-1] = (*slides[-1], part)
        return "\n\n\\framebreak\n\n".join(map(super().blocks, slides))

    def displayed(self, block: Display) -> str:
        """Mathematics on its own lines, as narrow as the slide; it stays on one, as the frames have it."""
        kind = "aligned" if block.aligned else "gathered"
        rows = " \\\\\n".join(map(self.row, block.rows))
        body = rows if len(block.rows) == 1 and not block.aligned else f"\\begin{{{kind}}}\n{rows}\n\\end{{{kind}}}"
        return f"\\[\n\\fitting{{{body}}}\n\\]"

    def tables(self, block: Tables) -> str:
        tables = "\\quad\n".join(map(self.table, block.tables))
        return f"\\begin{{center}}\n\\fitting{{\\text{{{tables}}}}}\n\\end{{center}}"

    def figure(self, block: Figure) -> str:
        caption = f"{self.words('figure')} {self.numbers[block.label]}. {self.inlines(block.caption)}"
        length = sum(len(getattr(inline, "text", "w_1")) for inline in block.caption)
        width, height = self.room
        room = width, height - LINE_OF_CAPTION * max(0, length // WORDS - 1)
        drawing = tikz(printed(block.drawing, *room, self.least, self.largest)) if self.drawn else ""
        return f"\\begin{{center}}\n{drawing}\n\n\\small {caption}\n\\end{{center}}"


def _slices(block: Block) -> list[Block]:
    """Long tables and displays in parts of about one size that fit on a slide; anything else as it is."""
    if isinstance(block, Tables) and any(len(table.rows) > MOST_ROWS for table in block.tables):
        return [
            Tables((replace(table, rows=rows),), block.small)
            for table in block.tables
            for rows in _even(table.rows, [1.0] * len(table.rows), MOST_ROWS)
        ]
    if isinstance(block, Listing):
        return [Listing(lines) for lines in _even(block.lines, [1.0] * len(block.lines), MOST_ROWS)]
    if isinstance(block, Display):
        return [replace(block, rows=rows) for rows in _even(block.rows, list(map(_height, block.rows)), MOST_DISPLAYED)]
    return [block]


Part = TypeVar("Part")


def _even(parts: Sequence[Part], heights: Sequence[float], most: float) -> list[tuple[Part, ...]]:
    """The parts in as few groups as they need, of about the same height.

    >>> _even("abcdefghi", [1.0] * 9, 8.0)
    [('a', 'b', 'c', 'd', 'e'), ('f', 'g', 'h', 'i')]
    """
    fair = sum(heights) / ceil(sum(heights) / most)
    groups: list[tuple[Part, ...]] = [()]
    height = 0.0
    for part, one in zip(parts, heights):
        if groups[-1] and (height + one / 2 > fair or height + one > most):
            groups.append(())
            height = 0.0
        groups[-1] = (*groups[-1], part)
        height += one
    return groups


def _is_short(blocks: tuple[Block, ...]) -> bool:
    """Whether there are a few words alone, or nothing."""
    return all(isinstance(block, Paragraph) for block in blocks) and sum(map(_lines, blocks)) <= MOST_LEADING


def _is_solid(block: Block) -> bool:
    """Whether it is a table, or has a matrix in it, neither of which TeX breaks."""
    return isinstance(block, Tables) or (
        isinstance(block, Display)
        and any(found(cell, lambda node: isinstance(node, Grid)) for row in block.rows for cell in row.cells)
    )


def _lines(block: Block) -> float:
    """About how many lines of a slide a block takes."""
    if isinstance(block, Tables):
        return 3 + max(len(table.rows) for table in block.tables)
    if isinstance(block, Listing):
        return 1 + len(block.lines)
    if isinstance(block, Display):
        return ABOVE + sum(map(_height, block.rows))
    return 1 + sum(len(getattr(inline, "text", "w_1")) for inline in getattr(block, "inlines", ())) // WORDS


WORDS = 78
"""About how many characters a line of words has."""

LINE_OF_CAPTION = 0.45
"""Of a caption with more than two lines, the height of each further one, in centimetres."""

ABOVE = 0.8
"""Lines that the space around a display takes."""


def _height(row: Row) -> float:
    """About how many lines a row of mathematics takes."""
    return max(map(_HEIGHTS.write, row.cells), default=1.1)


class HeightWriter(PartWriter[float]):
    """About how many lines a formula takes, by the highest thing in it; matrices have all their rows."""

    def _plain(self, part: Node) -> float:
        return 1.1

    symbol = numeral = operator = text = space = _plain

    def sign(self, part: Sign) -> float:
        return 2.0 if part.large else 1.1

    def _inside(self, part: Scripts | Root | Fence | Coloured | Marked) -> float:
        return max((self.write(one) for one in children(part)), default=1.1)

    scripts = root = fence = coloured = marked = _inside

    def line(self, part: Line) -> float:
        return max(map(self.write, part.parts), default=1.1)

    def underbrace(self, part: Underbrace) -> float:
        return 2.8

    def quotient(self, part: Quotient) -> float:
        return 1.1 if part.small else 1.75

    def grid(self, part: Grid) -> float:
        return sum(max(map(self.write, row)) for row in part.rows)


_HEIGHTS = HeightWriter()
