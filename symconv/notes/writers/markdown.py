"""A document as Markdown with ``$..$``, for Jupyter, Quarto, MyST and GitHub; figures are SVG files beside it."""

from __future__ import annotations

import re

from symconv.figures.palette import BASE
from symconv.figures.writers.svg import compact_svg
from symconv.foundations.files import MARKER
from symconv.notes.build.line_breaks import Cells
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
    Inline,
    Inlines,
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
from symconv.printing.latex import LatexWriter, cells_of
from symconv.printing.parts import THICK, THIN, Coloured, Grid
from symconv.printing.tree import Node

SHOWN = {**BASE, "zero": "8C8C8C"}
"""Colours by name: of the weights, and of the zeros of a matrix."""

SPECIAL = re.compile(r"([\\`*_{}\[\]#$|~^@]|(?<=-)-|:(?=//))")
"""What means something to one Markdown or another, within a line or at its start."""


def escaped(text: str) -> str:
    r"""Plain text as Markdown, in which nothing is markup.

    >>> escaped("a_b <i> $x$")
    'a\\_b &lt;i&gt; \\$x\\$'
    """
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    plain = re.sub(r"^(\s*)([-+=:])", r"\1\\\2", SPECIAL.sub(r"\\\1", plain))
    plain = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", plain)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class MarkdownMathematics(LatexWriter):
    r"""LaTeX as MathJax, KaTeX and pandoc read it, in which CommonMark finds no markup either.

    Colours, which GitHub shows and pandoc does not read, are left out unless they are wanted; products need no space.
    Every row of a matrix has a line of its own.

    >>> from symconv.printing.parts import Symbol, line
    >>> weight = Coloured("wA", Symbol("w"))
    >>> print(MarkdownMathematics().formula(line(weight, THIN, "<")))
    w <
    >>> print(MarkdownMathematics(coloured=True).formula(weight))
    \textcolor{#0069FF}{w}
    """

    SPACES = {**LatexWriter.SPACES, THIN.width: "", THICK.width: r"\text{ }"}  # noqa: RUF012  (nothing writes it)

    def __init__(self, coloured: bool = False) -> None:
        self.are_coloured = coloured

    def formula(self, node: Node) -> str:
        """A formula within a line."""
        return apart(self.write(node)).strip()

    def row(self, cells: Cells) -> str:
        """A line of a display, none of whose lines begins like a list."""
        return re.sub(r"^ *([-+=]) +", r"\1", apart(cells_of(cells, self)), flags=re.MULTILINE)

    def coloured(self, node: Coloured) -> str:
        inside = self.write(node.inside)
        return rf"\textcolor{{#{SHOWN[node.color]}}}{{{inside}}}" if self.are_coloured else inside

    def grid(self, node: Grid) -> str:
        rows = " \\\\\n".join(" & ".join(self.each(row)) for row in node.rows)
        return f"\\begin{{bmatrix}}\n{rows}\n\\end{{bmatrix}}"


def apart(latex: str) -> str:
    r"""LaTeX with spaces where Markdown, which GitHub reads before mathematics, would find markup.

    An underscore between two braces may begin emphasis, ``*`` too, a bracket behind another a link, ``<`` before a
    letter an element. A space, or a command, keeps them apart and means the same to TeX.

    >>> apart(r"\mathbf{W}_{2} [j<n](a)")
    '\\mathbf{W}_ {2} [j < n] (a)'
    """
    text = re.sub(r" *([<>]) *", r" \1 ", latex).replace("](", "] (").replace("*_", r"\ast_")
    text = re.sub(r"(?<! )\*|\*(?! )", r"\\ast ", text)
    text = re.sub(r"([^\w\s])_(?=[^\w\s])", r"\1_ ", text)
    return re.sub(r"  +", " ", text)


class MarkdownWriter(BlockWriter):
    """Writes blocks as Markdown: one short method for each kind.

    Args:
        stem: of the names of the figures' files, "STEM-figure-1.svg".
    """

    always_coloured = False
    """Whether weights have colours even if none are asked for."""

    def __init__(self, stem: str) -> None:
        self.stem = stem

    def document(self, document: Document) -> dict[str, str]:
        """The text as "STEM.md", and the figures, by file name."""
        self.begin(document)
        title = [f"<!-- {MARKER} -->", f"# {escaped(document.title)}", *self.byline(document)]
        text = "\n\n".join([*title, self.blocks(document.blocks)])
        return {f"{self.stem}.md": f"{text}\n", **self.figures}

    def begin(self, document: Document) -> None:
        self.numbers, self.words = document.numbers, words_in(document.language)
        self.mathematics = MarkdownMathematics(document.coloured_formulas or self.always_coloured)
        self.figures: dict[str, str] = {}

    @staticmethod
    def byline(document: Document) -> list[str]:
        """Author and date, if they are given."""
        return [escaped(text) for text in (document.author, document.date) if text]

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(written for block in blocks if (written := self.block(block)))

    # -- inlines ----------------------------------------------------------------------------------------

    def text(self, inline: Text) -> str:
        return escaped(inline.text)

    def math(self, inline: Math) -> str:
        return f"${self.mathematics.formula(inline.node)}$"

    def code(self, inline: Code) -> str:
        return f"`{inline.text}`"

    def emphasis(self, inline: Emphasis) -> str:
        mark = "**" if inline.strong else "*"
        return f"{mark}{self.inlines(inline.inlines)}{mark}"

    def reference(self, inline: Reference) -> str:
        return f"{escaped(inline.words)} {self.numbers[inline.label]}"

    # -- blocks -----------------------------------------------------------------------------------------

    def heading(self, block: Heading) -> str:
        return f"{'#' * block.level} {self.inlines(block.inlines)}"

    def display(self, block: Display) -> str:
        mark = f"<!-- symconv: {block.mark} -->\n" if block.mark else ""
        return mark + self.displayed(block)

    def displayed(self, block: Display) -> str:
        """Mathematics on its own lines."""
        rows = list(map(self.row, block.rows))
        if len(rows) == 1 and len(block.rows[0].cells) == 1 and not block.aligned:
            return f"$$\n{rows[0]}\n$$"
        kind = "aligned" if block.aligned else "gathered"
        lines = " \\\\\n".join(rows)
        return f"$$\n\\begin{{{kind}}}\n{lines}\n\\end{{{kind}}}\n$$"

    def row(self, row: Row) -> str:
        return self.mathematics.row(row.cells) + self.note(row.note, " &&" if row.cells else "&")

    def note(self, note: Inlines, columns: str = " &&") -> str:
        """Words about a line, as a last column of it."""
        if not note:
            return ""
        parts = [
            self.mathematics.formula(one.node) if isinstance(one, Math) else rf"\textit{{{self.plain(one)}}}"
            for one in note
        ]
        return rf"{columns} {' '.join(parts)}"

    @staticmethod
    def plain(inline: Inline) -> str:
        """Words inside mathematics; rules have no characters that mean something to TeX."""
        return inline.text if isinstance(inline, (Text, Code)) else ""

    def tables(self, block: Tables) -> str:
        return "\n\n".join(map(self.table, block.tables))

    def table(self, table: Table) -> str:
        head = table.head or ((),) * len(table.columns)
        rule = [{"r": "---:"}.get(one, "---") for one in table.columns]
        rows = [[*map(self.inlines, head)], rule, *([*map(self.inlines, row)] for row in table.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def listing(self, block: Listing) -> str:
        return "\n".join(["| | | |", "| ---: | --- | --- |", *map(self.code_line, block.lines)])

    def code_line(self, line: CodeLine) -> str:
        """A row of a table; spaces in front of the code that no reader leaves out."""
        stripped = line.code.lstrip(" ")
        code = "\N{NO-BREAK SPACE}" * (len(line.code) - len(stripped)) + stripped.replace("|", "\\|")
        ticks = "``" if "`" in code else "`"
        shown = f"{ticks} {code} {ticks}" if "`" in code else f"`{code}`" if stripped else ""
        number = f"**{line.number}**" if line.is_wrong else str(line.number)
        return f"| {number} | {shown} | {'<br>'.join(map(self.inlines, line.meaning))} |"

    def items(self, block: Items) -> str:
        items = []
        for at, item in enumerate(block.items, start=1):
            mark = f"{at}. " if block.numbered else "- "
            items.append(mark + self.blocks(item).replace("\n", "\n" + " " * len(mark)))
        return "\n".join(items)

    def theorem(self, block: Theorem) -> str:
        name = f"**{escaped(self.words('theorem'))} {self.numbers[block.label]}.**"
        return _continued(name, self.blocks(block.blocks))

    def proof(self, block: Proof) -> str:
        begun = _continued(f"*{escaped(self.words('proof'))}.*", self.blocks(block.blocks))
        return _continued(begun, r"$\square$")

    def figure(self, block: Figure) -> str:
        number = self.numbers[block.label]
        file = f"{self.stem}-figure-{number}.svg"
        self.figures[file] = f"<!-- {MARKER} -->\n{compact_svg(block.drawing)}\n"
        return f"![{escaped(self.words('figure'))} {number}]({file})\n\n{self.caption(block)}"

    def caption(self, block: Figure) -> str:
        name = f"{escaped(self.words('figure'))} {self.numbers[block.label]}"
        return f"*{name}.* {self.inlines(block.caption)}"


def _continued(text: str, more: str) -> str:
    """Two texts in one paragraph, or in two where one of them is mathematics on its own lines there."""
    return f"{text}\n\n{more}" if text.endswith("$$") or more.startswith("$$") else f"{text} {more}"
