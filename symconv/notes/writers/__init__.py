"""One writer for each format: a document in, files out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symconv.notes.document import Document
from symconv.notes.writers.beamer import BeamerWriter
from symconv.notes.writers.html import HtmlWriter
from symconv.notes.writers.latex import LatexWriter
from symconv.notes.writers.markdown import MarkdownWriter
from symconv.notes.writers.notebook import NotebookWriter
from symconv.notes.writers.pdf import pdf

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Format:
    """A format: what it is, and the files that it makes of a document.

    Args:
        words: what it is, for the command line's help.
        written: the files by name, of a document and the stem of their names.
        needs_latex: whether a LaTeX program must be installed.
    """

    words: str
    written: Callable[[Document, str], Files]
    needs_latex: bool = False


def _pdf(writer: type[LatexWriter], document: Document) -> bytes:
    return pdf(writer().document(document), numbers_from=writer(drawn=False).document(document))


FORMATS: Mapping[str, Format] = {
    "tex": Format("a LaTeX article", lambda document, stem: {f"{stem}.tex": LatexWriter().document(document)}),
    "beamer": Format("LaTeX slides", lambda document, stem: {f"{stem}-slides.tex": BeamerWriter().document(document)}),
    "pdf": Format("the article as PDF", lambda document, stem: {f"{stem}.pdf": _pdf(LatexWriter, document)}, True),
    "beamer-pdf": Format(
        "the slides as PDF", lambda document, stem: {f"{stem}-slides.pdf": _pdf(BeamerWriter, document)}, True
    ),
    "md": Format("Markdown and SVG", lambda document, stem: MarkdownWriter(stem).document(document)),
    "ipynb": Format(
        "a Jupyter notebook", lambda document, stem: {f"{stem}.ipynb": NotebookWriter(stem).notebook(document)}
    ),
    "html": Format("one interactive page", lambda document, stem: {f"{stem}.html": HtmlWriter().document(document)}),
}
"""Every format by its name."""

ALL = "all"
"""Stands for every format that can be made here."""
