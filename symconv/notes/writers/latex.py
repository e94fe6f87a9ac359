"""A document as a LaTeX article for pdflatex."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from symconv.figures.drawing import Drawing
from symconv.figures.printed import printed
from symconv.figures.writers.tikz import colour_definitions, tikz
from symconv.foundations.files import MARKER
from symconv.notes.build.templates import environment
from symconv.notes.languages import words_in
from symconv.notes.model import (
    Block,
    Code,
    CodeLine,
    Display,
    Document,
    Emphasis,
    Figure,
    Heading,
    Items,
    Listing,
    Math,
    Proof,
    Reference,
    Row,
    Table,
    Tables,
    Text,
    Theorem,
)  # fmt: skip
from symconv.notes.writers.block_writer import BlockWriter
from symconv.printing.latex import cells_of, latex_of
from symconv.printing.layout import children
from symconv.printing.parts import NOTHING, Grid
from symconv.printing.tree import Node

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "^": r"\^{}", "_": r"\_",
    "~": r"\textasciitilde{}", "%": r"\%", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "×": r"$\times$",
    "–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\dots{}",
    "\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": r"\,",
}  # fmt: skip
"""How characters that mean something to LaTeX are written."""

LATIN = re.compile("[ -~\N{INVERTED EXCLAMATION MARK}-\N{LATIN SMALL LETTER Z WITH CARON}‘’“”„‚‹›«»–—…€]")
"""The characters that the fonts of the preamble have."""


def escaped(text: str) -> str:
    r"""Plain text as LaTeX; characters that pdflatex's fonts do not have are named by their number.

    >>> escaped("a_b & 50%"), escaped("\N{GRINNING FACE}")
    ('a\\_b \\& 50\\%', '[U+1F600]')
    """
    plain = "".join(map(_escaped, unicodedata.normalize("NFC", text)))
    return re.sub("-(?=-)", "-{}", plain)  # two hyphens would join to a dash


def _escaped(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character.isspace():
        return " "
    return character if LATIN.fullmatch(character) else f"[U+{ord(character):04X}]"


MOST_ROWS, MOST_ROWS_OF_WORDS = 36, 22
"""A page has room for a table of 36 rows, or of 22 with a column of words, each on up to two lines."""
MOST_TOGETHER = 6
"""A formula of more lines may go on on the next page."""


def _lines(row: Row) -> int:
    """How many lines a row of a display takes: the rows of the highest matrix in it."""
    return max(map(_matrix_rows, row.cells), default=1)


def _matrix_rows(node: Node) -> int:
    own = len(node.rows) if isinstance(node, Grid) else 1
    return max([own, *map(_matrix_rows, children(node))])


def _pages(table: Table) -> list[Table]:
    """A table in pieces that fit on a page, each with the head; a row with words may take two lines."""
    most = MOST_ROWS_OF_WORDS if "p" in table.columns else MOST_ROWS
    return [replace(table, rows=table.rows[at : at + most]) for at in range(0, len(table.rows), most)]


def _inside(rows: Sequence[Row]) -> Iterator[int]:
    """The rows after which a formula of a few lines goes on; it begins where the first cell is not empty."""
    starts = [at for at, row in enumerate(rows) if row.cells[:1] != (NOTHING,)]
    for start, end in zip(starts, [*starts[1:], len(rows)]):
        if end - start <= MOST_TOGETHER:
            yield from range(start, end - 1)


class LatexWriter(BlockWriter):
    """Writes blocks as LaTeX: one short method for each kind.

    Args:
        drawn: whether figures have their drawings, or their numbers and captions alone.
    """

    def __init__(self, drawn: bool = True) -> None:
        self.drawn = drawn

    template = "article.tex.jinja"
    room = (16.0, 20.0)
    """Most width and height of a figure, in centimetres."""
    least = 6.0
    """The smallest letters in a figure, in points."""
    largest = 1.0
    """How much larger than it is drawn a figure may be printed."""
    most_whole_rows = 12
    """A display of more rows goes on on the next page; a shorter one stands on one page."""

    def document(self, document: Document) -> str:
        self.numbers = self.numbers_of(document)
        self.words = words_in(document.language)
        template = environment("templates").get_template(self.template)
        return template.render(
            marker=MARKER, document=document, body=self.body(document), title=escaped(document.title),
            author=escaped(document.author), date=escaped(document.date), words=self.words,
            subscripts=self.subscripts, colours=colour_definitions(),
            figures=any(isinstance(block, Figure) for block in document.walk()),
        )  # fmt: skip

    def numbers_of(self, document: Document) -> Mapping[str, int]:
        """The numbers of theorems and figures."""
        return document.numbers

    def subscripts(self, size: float) -> float:
        """The size of subscripts beside letters of a size, in points."""
        return max(0.7 * size, self.least)

    def body(self, document: Document) -> str:
        return self.blocks(document.blocks)

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """The blocks one after the other; mathematics on its own lines belongs to the paragraph around it."""
        text, joins = "", False
        for block in blocks:
            displayed = isinstance(block, Display)
            if written := self.block(block):
                text += ("" if not text else "\n" if joins or displayed else "\n\n") + written
                joins = displayed
        return text

    # -- inlines ----------------------------------------------------------------------------------------

    def text(self, inline: Text) -> str:
        return escaped(inline.text)

    def math(self, inline: Math) -> str:
        return f"${latex_of(inline.node)}$"

    def code(self, inline: Code) -> str:
        return rf"\texttt{{{escaped(inline.text)}}}"

    def emphasis(self, inline: Emphasis) -> str:
        return rf"\{'textbf' if inline.strong else 'emph'}{{{self.inlines(inline.inlines)}}}"

    def reference(self, inline: Reference) -> str:
        return rf"{escaped(inline.words)}~\ref{{{inline.label}}}"

    # -- blocks -----------------------------------------------------------------------------------------

    def heading(self, block: Heading) -> str:
        label = rf"\label{{{block.label}}}" if block.label else ""
        return rf"\{'sub' * (block.level - 2)}section{{{self.inlines(block.inlines)}}}{label}"

    def display(self, block: Display) -> str:
        mark = f"% symconv: {block.mark}\n" if block.mark else ""
        return mark + self.displayed(block)

    def displayed(self, block: Display) -> str:
        """Mathematics on its own lines."""
        if len(block.rows) == 1 and len(block.rows[0].cells) == 1 and not block.aligned:
            return f"\\[\n{self.row(block.rows[0])}\n\\]"
        kind = "align*" if block.aligned else "gather*"
        text = f"\\begin{{{kind}}}\n{self.rows(block.rows)}\n\\end{{{kind}}}"
        return text if sum(map(_lines, block.rows)) <= self.most_whole_rows else f"{{\\allowdisplaybreaks\n{text}}}"

    def rows(self, rows: Sequence[Row]) -> str:
        """The rows; a page does not break between words and their line, in a short formula, or beside the last row."""
        together = {at for at, row in enumerate(rows) if not row.cells} | {0, len(rows) - 2} | set(_inside(rows))
        ends = [rf" \\{'*' * (at in together)}" for at in range(len(rows) - 1)]
        return "\n".join([*(f"{self.row(row)}{end}" for row, end in zip(rows, ends)), self.row(rows[-1])])

    def row(self, row: Row) -> str:
        note = rf"{' &&' if row.cells else '&'} \rulename{{{self.inlines(row.note)}}}" if row.note else ""
        return cells_of(row.cells) + note

    def tables(self, block: Tables) -> str:
        if len(block.tables) == 1 and len(pieces := _pages(block.tables[0])) > 1:
            return "\n\n".join(self.tables(replace(block, tables=(piece,))) for piece in pieces)
        size = "\\small\n" if block.small else ""
        tables = "\n\\qquad\n".join(map(self.table, block.tables))
        is_short = all(len(table.rows) <= self.most_whole_rows for table in block.tables)
        kind = "centred" if is_short else "center"
        return f"\\begin{{{kind}}}\n{size}{tables}\n\\end{{{kind}}}"

    def table(self, table: Table) -> str:
        columns = "".join({"p": r">{\raggedright\arraybackslash}p{5.4cm}"}.get(one, one) for one in table.columns)
        rows = [" & ".join(map(self.inlines, row)) + r" \\" for row in table.rows]
        head = [" & ".join(map(self.inlines, table.head)) + r" \\", r"\midrule"] if table.head else []
        lines = [rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", *head, *rows, r"\bottomrule"]
        return "\n".join([*lines, r"\end{tabular}"])

    def listing(self, block: Listing) -> str:
        lines = [self.code_line(one) for one in block.lines]
        return "\n".join([r"\begin{listing}", *lines, r"\end{listing}"])

    def code_line(self, line: CodeLine) -> str:
        """Number, code and what it computes; the code goes on under itself if it is long."""
        code = line.code.lstrip(" ")
        indent = len(line.code) - len(code)
        meaning = r" \newline ".join(map(self.inlines, line.meaning))
        command = "wrongline" if line.is_wrong else "codeline"
        return rf"\{command}{{{line.number}}}{{{indent}}}{{{escaped(code)}}}{{{meaning}}}"

    def items(self, block: Items) -> str:
        kind = "enumerate" if block.numbered else "itemize"
        items = [rf"\item {self.blocks(item)}" for item in block.items]
        return "\n".join([rf"\begin{{{kind}}}", *items, rf"\end{{{kind}}}"])

    def theorem(self, block: Theorem) -> str:
        return f"\\begin{{theorem}}\\label{{{block.label}}}\n{self.blocks(block.blocks)}\n\\end{{theorem}}"

    def proof(self, block: Proof) -> str:
        return f"\\begin{{proof}}\n{self.blocks(block.blocks)}\n\\end{{proof}}"

    def figure(self, block: Figure) -> str:
        caption = self.inlines(block.caption)
        lines = [r"\begin{figure}[tbp]", r"\centering", self.drawing(block.drawing), rf"\caption{{{caption}}}"]
        return "\n".join([*lines, rf"\label{{{block.label}}}", r"\end{figure}"])

    def drawing(self, drawing: Drawing) -> str:
        """A figure, made smaller if it does not fit."""
        if not self.drawn:
            return ""
        return tikz(printed(drawing, *self.room, self.least, self.largest))
