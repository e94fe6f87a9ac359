"""A document as slides for LaTeX's beamer: a frame for every heading, theorem and proof, continued where it is long."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatchmethod

from symconv.notes.document import Block, Display, Document, Figure, Heading, Proof, Row, Tables, Theorem
from symconv.notes.writers.latex import LatexWriter

MOST_ROWS = 9
"""A table with more rows goes on in another."""

MOST_LINES = 13
"""Rows of matrices that fit on a slide."""


class BeamerWriter(LatexWriter):
    """Writes the same blocks as the article, in frames that beamer breaks."""

    template = "slides.tex.jinja"
    room = (15.6, 5.8)

    def body(self, document: Document) -> str:
        return "\n\n".join(
            f"\\begin{{frame}}[allowframebreaks]{{{title}}}\n{self.blocks(blocks)}\n\\end{{frame}}"
            for title, blocks in self.frames(document)
            if self.blocks(blocks)
        )

    def frames(self, document: Document) -> list[tuple[str, tuple[Block, ...]]]:
        """Titles and blocks: a heading begins a frame, and so does a theorem, proof or figure, and what follows it.

        A theorem stays with a few words that lead to it.
        """
        frames: list[tuple[str, tuple[Block, ...]]] = []
        title = ""
        blocks: tuple[Block, ...] = ()
        alone = False

        def close() -> None:
            if blocks:
                frames.append((title, blocks))

        for block in document.blocks:
            if isinstance(block, Heading):
                close()
                title, blocks, alone = self.inlines(block.inlines), (), False
                continue
            stands_alone = isinstance(block, (Theorem, Proof, Figure))
            if alone or (stands_alone and (isinstance(block, (Proof, Figure)) or not _is_short(blocks))):
                close()
                blocks = ()
            blocks, alone = (*blocks, block), stands_alone
        close()
        return frames

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """The blocks; what does not fit on a slide begins another, tables and displays in parts of about one size."""
        parts: list[tuple[Block, ...]] = [()]
        used = 0
        for block in blocks:
            for one in _slices(block):
                lines = _lines(one)
                if parts[-1] and _is_solid(one) and used + lines > MOST_LINES:
                    parts.append(())
                    used = 0
                parts[-1] = (*parts[-1], one)
                used += lines
        return "\n\\framebreak\n".join(map(super().blocks, parts))

    @singledispatchmethod
    def block(self, block: Block) -> str:
        return super().block(block)

    @block.register
    def _(self, block: Figure) -> str:
        caption = f"{self.words('figure')} {self.numbers[block.label]}. {self.inlines(block.caption)}"
        return f"\\begin{{center}}\n{self.drawing(block.drawing)}\n\n\\small {caption}\n\\end{{center}}"


def _slices(block: Block) -> list[Block]:
    """Long tables, and displays of several matrices, in parts that fit on a slide; anything else as it is."""
    if isinstance(block, Tables) and any(len(table.rows) > MOST_ROWS for table in block.tables):
        return [
            Tables((replace(table, rows=table.rows[at : at + MOST_ROWS]),), block.small)
            for table in block.tables
            for at in range(0, len(table.rows), MOST_ROWS)
        ]
    if isinstance(block, Display) and _is_solid(block):
        parts: list[tuple[Row, ...]] = [()]
        for row in block.rows:
            if parts[-1] and sum(map(_height, (*parts[-1], row))) > MOST_LINES:
                parts.append(())
            parts[-1] = (*parts[-1], row)
        return [replace(block, rows=part) for part in parts]
    return [block]


def _is_solid(block: Block) -> bool:
    """Whether it is a table, or has a matrix in it."""
    return isinstance(block, Tables) or (isinstance(block, Display) and any(_height(row) > 2 for row in block.rows))


def _lines(block: Block) -> int:
    """About how many lines of a slide a block takes."""
    if isinstance(block, Tables):
        return 3 + max(len(table.rows) for table in block.tables)
    if isinstance(block, Display):
        return sum(map(_height, block.rows))
    return 1 + sum(len(getattr(inline, "text", "w_1")) for inline in getattr(block, "inlines", ())) // WORDS


WORDS = 90
"""About how many characters a line of words has."""


def _height(row: Row) -> int:
    """About how many lines a row of mathematics is high; the rows of matrices in it count, fractions twice."""
    lines = row.latex.split(r"\\")
    return len(lines) + sum(r"\frac" in line for line in lines)
