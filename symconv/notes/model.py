"""The document model: what a page says, before it is LaTeX, slides, Markdown, a notebook or HTML.

A ``Document`` is a sequence of blocks; text is made of inlines. Mathematics is a tree, whose names are validated; all
other text is plain, and every writer escapes it in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symconv.printing.tree import Node

if TYPE_CHECKING:
    from symconv.figures.drawing import Drawing
    from symconv.layers import Layer

# -- inlines -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class Math:
    """Mathematics within a line."""

    node: Node


@dataclass(frozen=True)
class Code:
    """Words of a program."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """What is said with emphasis; ``strong`` for a heading that stands in its paragraph."""

    inlines: tuple[Inline, ...]
    strong: bool = False


@dataclass(frozen=True)
class Reference:
    """The word for a theorem or figure, such as "Theorem"; a writer adds the number of ``label``."""

    words: str
    label: str


@dataclass(frozen=True)
class Citation:
    """The words that name a source, whose ``key`` is in ``references.SOURCES``; writers add its year."""

    words: str
    key: str


Inline = Text | Math | Code | Emphasis | Reference | Citation
Inlines = tuple[Inline, ...]

# -- blocks --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A section (level 2) or a part of one (level 3), to which ``label`` refers; level 1 is the title."""

    level: int
    inlines: Inlines
    label: str = ""


@dataclass(frozen=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True)
class Row:
    """One line of displayed mathematics: its columns, and words about the line; or words alone, above the next line."""

    cells: tuple[Node, ...]
    note: Inlines = ()


@dataclass(frozen=True)
class Display:
    """Lines of mathematics on their own; aligned at their &, or each in the middle.

    ``mark`` says what they are about, so that ``check_document`` can check them where they stand.
    """

    rows: tuple[Row, ...]
    aligned: bool = True
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; ``columns`` has l, r or p (words that wrap) for every column."""

    columns: str
    rows: tuple[tuple[Inlines, ...], ...]
    head: tuple[Inlines, ...] = ()


@dataclass(frozen=True)
class Tables:
    """Tables side by side if there is room."""

    tables: tuple[Table, ...]
    small: bool = False


@dataclass(frozen=True)
class Items:
    """A list, of blocks each; numbered or not."""

    items: tuple[tuple[Block, ...], ...]
    numbered: bool


@dataclass(frozen=True)
class Theorem:
    """A numbered statement, to which ``label`` refers."""

    label: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Proof:
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Figure:
    """A drawing with words under it, to which ``label`` refers."""

    label: str
    drawing: Drawing
    caption: Inlines


@dataclass(frozen=True)
class Program:
    """Lines of Python that say the same; a notebook runs them, other formats leave them out."""

    source: str


@dataclass(frozen=True)
class Explorer:
    """A layer to look at and to compute with; a page shows it, other formats leave it out."""

    layer: Layer


@dataclass(frozen=True)
class PartValues:
    """A part of a network in numbers: its number, what it is, its output, and output and derivative with numbers."""

    number: int
    what: Inlines
    output: Node
    lines: tuple[Node, ...]


@dataclass(frozen=True)
class Values:
    """The parts of a network in numbers, to look at one by one; a page shows it, other formats leave it out."""

    parts: tuple[PartValues, ...]


@dataclass(frozen=True)
class CodeLine:
    """A line of a program with its number, and in words and mathematics what it computes.

    ``is_wrong`` marks the line that a mistake comes from.
    """

    number: int
    code: str
    meaning: tuple[Inlines, ...] = ()
    is_wrong: bool = False


@dataclass(frozen=True)
class Listing:
    """A reader's program, line by line, beside what the lines compute."""

    lines: tuple[CodeLine, ...]


Block = (
    Heading | Paragraph | Display | Tables | Items | Theorem | Proof | Figure | Program | Listing | Explorer | Values
)


@dataclass(frozen=True)
class Document:
    """One article.

    Args:
        title, author, date: plain text; the date is fixed, so that the same document gives the same bytes.
        blocks: what it says.
        language: "en", "de".
        size: relative size of the text, 0 as usual, -1 and -2 smaller, for formulas with many indices.
        accent: colour of headings and links, six hexadecimal digits.
        slides: what slides say, if they have a text of their own.
        coloured_formulas: whether weights have colours in Markdown, which not every reader of it knows.
    """

    title: str
    blocks: tuple[Block, ...]
    author: str = ""
    date: str = ""
    language: str = "en"
    size: int = 0
    accent: str = "0072B2"
    slides: tuple[Block, ...] = ()
    coloured_formulas: bool = False

    def walk(self) -> Iterator[Block]:
        """Every block, also those inside theorems, proofs and lists, in reading order."""
        return _walk(self.blocks)

    @property
    def numbers(self) -> dict[str, int]:
        """The number of every theorem and every figure, by label."""
        numbers: dict[str, int] = {}
        for kind in (Theorem, Figure):
            labelled = (block.label for block in self.walk() if isinstance(block, kind))
            numbers.update({label: at for at, label in enumerate(labelled, start=1)})
        return numbers


def inlines_of(blocks: Iterable[Block]) -> Iterator[Inline]:
    """Every inline in the text of the blocks, also inside emphasis."""
    for block in _walk(tuple(blocks)):
        for inline in getattr(block, "inlines", ()):
            yield inline
            if isinstance(inline, Emphasis):
                yield from inline.inlines


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, (Theorem, Proof)):
            yield from _walk(block.blocks)
        elif isinstance(block, Items):
            for item in block.items:
                yield from _walk(item)
