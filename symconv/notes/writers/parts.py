"""A document as parts: a LaTeX file for each section, to \\input in any document, with their macros and sources.

A part needs ``symconv.sty`` alone. Whatever may be wider than a column is made as narrow as it, so that a part fits an
article, a book, slides and two columns. Sections, theorems and figures have labels, for cleveref too.
"""

from __future__ import annotations

from collections.abc import Mapping

from symconv.figures.writers.tikz import colour_definitions
from symconv.foundations.files import MARKER
from symconv.notes.build.templates import environment
from symconv.notes.languages import words_in
from symconv.notes.model import Block, Citation, Display, Document, Figure, Heading, Tables, inlines_of
from symconv.notes.references import bibtex
from symconv.notes.writers.latex import LatexWriter, escaped

STYLE = "symconv.sty"
OPENING = "opening"
MOST_ROWS = 12
"""A display of more lines is made of several."""


class PartsWriter(LatexWriter):
    """Writes every section as a file of its own.

    Args:
        stem: the beginning of the files' names.
    """

    def __init__(self, stem: str) -> None:
        super().__init__()
        self.stem = stem

    def files(self, document: Document) -> dict[str, str]:
        """The parts, an article that has all of them, the macros, and the sources if some are cited."""
        self.numbers, self.words = document.numbers, words_in(document.language)
        parts = sections_of(document)
        written = {
            f"{self.stem}-{name}.tex": self._made("part.tex.jinja", document, body=self.blocks(blocks))
            for name, blocks in parts.items()
        }
        cited = sorted({one.key for one in inlines_of(document.blocks) if isinstance(one, Citation)})
        sources = f"{self.stem}-sources" if cited else ""
        written[f"{self.stem}-parts.tex"] = self._made(
            "parts.tex.jinja", document, names=[name.removesuffix(".tex") for name in written], bibliography=sources
        )
        written[STYLE] = self._made("symconv.sty.jinja", document, colours=colour_definitions())
        if cited:
            written[f"{sources}.bib"] = f"% {MARKER}\n\n{bibtex(cited)}"
        return written

    def _made(self, template: str, document: Document, **values: object) -> str:
        page = environment("templates").get_template(template)
        return page.render(
            marker=MARKER, document=document, words=self.words, title=escaped(document.title),
            author=escaped(document.author), date=escaped(document.date), **values,
        )  # fmt: skip

    def citation(self, inline: Citation) -> str:
        return rf"{escaped(inline.words)}~\cite{{{inline.key}}}"

    def displayed(self, block: Display) -> str:
        kind = "aligned" if block.aligned else "gathered"
        groups = [block.rows[at : at + MOST_ROWS] for at in range(0, len(block.rows), MOST_ROWS)]
        displays = []
        for rows in groups:
            body = " \\\\\n".join(map(self.row, rows))
            if len(rows) > 1 or block.aligned:
                body = f"\\begin{{{kind}}}\n{body}\n\\end{{{kind}}}"
            displays.append(f"\\[\n\\symconvdisplay{{{body}}}\n\\]")
        return "\n".join(displays)

    def tables(self, block: Tables) -> str:
        size = "\\small\n" if block.small else ""
        tables = "\n\n".join(f"\\symconvnarrow{{{self.table(table)}}}" for table in block.tables)
        return f"\\begin{{center}}\n{size}{tables}\n\\end{{center}}"

    def figure(self, block: Figure) -> str:
        lines = [r"\begin{figure}[htbp]", r"\centering", rf"\symconvfigure{{{self.drawing(block.drawing)}}}"]
        return "\n".join(
            [*lines, rf"\caption{{{self.inlines(block.caption)}}}", rf"\label{{{block.label}}}", r"\end{figure}"]
        )


def sections_of(document: Document) -> Mapping[str, tuple[Block, ...]]:
    """The blocks of each section by its name, what stands before the first one, and no list of sources."""
    parts: dict[str, tuple[Block, ...]] = {}
    name = OPENING
    for block in document.blocks:
        if isinstance(block, Heading) and block.label:
            name = block.label.removeprefix("sec:")
        parts[name] = (*parts.get(name, ()), block)
    return {name: blocks for name, blocks in parts.items() if name != "references"}
