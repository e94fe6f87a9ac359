"""A document as Markdown with ``$..$``, for Jupyter, Quarto, MyST and GitHub; figures are SVG files beside it."""

from __future__ import annotations

import re

from symconv.figures.palette import BASE
from symconv.figures.writers.svg import plain_svg
from symconv.foundations.files import MARKER
from symconv.notes.build.marks import COMMAND, unmarked
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
    Table,
    Tables,
    Text,
    Theorem,
)  # fmt: skip
from symconv.notes.writers.block_writer import BlockWriter

SPECIAL = re.compile(r"([\\`*_{}\[\]#$|~^@]|(?<=-)-|:(?=//))")
"""What means something to one Markdown or another, within a line or at its start."""

SPELLED = {r"\,": " ", r"\;": r"\text{ }", r"\!": "", r"\zero": "0", r"\thinspace": " ", r"\thickspace": r"\text{ }"}
"""Commands that some reader takes for escapes, or does not know, in what all know; products need no space."""

GRAY_ZERO = r"\textcolor{#8C8C8C}{0}"

COLOURED = re.compile(r"\{\\color\{w[A-H]\}((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
"""A weight in its colour, with at most two levels of braces in it."""


def escaped(text: str) -> str:
    r"""Plain text as Markdown, in which nothing is markup.

    >>> escaped("a_b <i> $x$")
    'a\\_b &lt;i&gt; \\$x\\$'
    """
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    plain = re.sub(r"^(\s*)([-+=:])", r"\1\\\2", SPECIAL.sub(r"\\\1", plain))
    plain = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", plain)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mathematics(latex: str, coloured: bool = False) -> str:
    r"""LaTeX as MathJax, KaTeX and pandoc read it, in which CommonMark finds no markup either.

    GitHub reads Markdown before mathematics: an underscore between two braces may begin emphasis, ``*`` too, a bracket
    behind another a link, ``<`` before a letter an element. A space, or a command, keeps them apart and means the same
    to TeX. Colours, which GitHub shows and pandoc does not read, are left out unless they are wanted.

    >>> mathematics(r"{\color{wA}w_{1}} \, [0 \le j < n]")
    'w_{1} [0 \\le j < n]'
    >>> mathematics(r"{\color{wA}w_{1}} + \mathbf{W}_{2}", coloured=True)
    '\\textcolor{#0069FF}{w_{1}} + \\mathbf{W}_ {2}'
    """
    text = unmarked(latex)
    if coloured:
        text = re.sub(r"\{\\color\{(w[A-H])\}", lambda match: rf"\textcolor{{#{BASE[match[1]]}}}{{", text)
        text = text.replace(r"\zero", GRAY_ZERO)
    else:
        text = COLOURED.sub(r"\1", text)
    text = COMMAND.sub(lambda command: SPELLED.get(command[0], command[0]), text)
    text = re.sub(r" *([<>]) *", r" \1 ", text).replace("](", "] (").replace("*_", r"\ast_")
    text = re.sub(r"(?<! )\*|\*(?! )", r"\\ast ", text)
    text = re.sub(r"([^\w\s])_(?=[^\w\s])", r"\1_ ", text)
    return re.sub(r"  +", " ", text)


ROW_END = re.compile(r" *\\\\ +")


def one_row_a_line(latex: str) -> str:
    r"""Displayed mathematics with every row of a matrix on a line of its own, none of which begins like a list.

    >>> print(one_row_a_line(r"X = \begin{bmatrix} - a & b \\ 3 & 4 \end{bmatrix}"))
    X = \begin{bmatrix}
    -a & b \\
    3 & 4
    \end{bmatrix}
    """
    text = re.sub(r"(\\begin\{[bp]matrix\})\s*", r"\1\n", latex)
    text = re.sub(r"\s*(\\end\{[bp]matrix\})", r"\n\1", text)
    text = ROW_END.sub(" \\\\\\\\\n", text)
    return re.sub(r"^ *([-+=]) +", r"\1", text, flags=re.MULTILINE)


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
        self.coloured = document.coloured_formulas or self.always_coloured
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
        return f"${self.mathematics(inline.latex).strip()}$"

    def mathematics(self, latex: str) -> str:
        """LaTeX as this document has it."""
        return mathematics(latex, self.coloured)

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
        rows = [one_row_a_line(self.mathematics(row.latex)) + self.note(row.note) for row in block.rows]
        if len(rows) == 1 and "&" not in unmarked(block.rows[0].latex) and not block.aligned:
            return f"$$\n{rows[0]}\n$$"
        kind = "aligned" if block.aligned else "gathered"
        lines = " \\\\\n".join(rows)
        return f"$$\n\\begin{{{kind}}}\n{lines}\n\\end{{{kind}}}\n$$"

    def note(self, note: Inlines) -> str:
        """Words about a line, as a last column of it."""
        if not note:
            return ""
        parts = [
            self.mathematics(one.latex) if isinstance(one, Math) else rf"\textit{{{self.plain(one)}}}" for one in note
        ]
        return rf" && {' '.join(parts)}"

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
        self.figures[file] = f"<!-- {MARKER} -->\n{plain_svg(block.drawing)}\n"
        return f"![{escaped(self.words('figure'))} {number}]({file})\n\n{self.caption(block)}"

    def caption(self, block: Figure) -> str:
        name = f"{escaped(self.words('figure'))} {self.numbers[block.label]}"
        return f"*{name}.* {self.inlines(block.caption)}"


def _continued(text: str, more: str) -> str:
    """Two texts in one paragraph, or in two where one of them is mathematics on its own lines there."""
    return f"{text}\n\n{more}" if text.endswith("$$") or more.startswith("$$") else f"{text} {more}"
