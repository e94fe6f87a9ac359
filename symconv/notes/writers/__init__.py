"""One writer for each format: a document in, files out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from symconv.notes.model import Document
from symconv.notes.writers.beamer import BeamerWriter
from symconv.notes.writers.html import HtmlWriter
from symconv.notes.writers.latex import LatexWriter
from symconv.notes.writers.markdown import MarkdownWriter
from symconv.notes.writers.notebook import NotebookWriter
from symconv.notes.writers.parts import PartsWriter
from symconv.notes.writers.pdf import has_latex, pdf

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Format:
    """A format: the files that it makes of a document, and what it needs.

    Args:
        written: the files by name, of a document and the stem of their names.
        needs_latex: whether a LaTeX program must be installed.
        needs_package: a package of Python that must be installed.
        is_whole: whether it is a document, of which "all" are made, or pieces for one.
    """

    written: Callable[[Document, str], Files]
    needs_latex: bool = False
    needs_package: str = ""
    is_whole: bool = True

    @property
    def can_be_made(self) -> bool:
        """Whether what it needs is installed."""
        has_package = not self.needs_package or find_spec(self.needs_package) is not None
        return has_package and (has_latex() or not self.needs_latex)


def _pdf(writer: type[LatexWriter], document: Document) -> bytes:
    return pdf(writer().document(document), numbers_from=writer(drawn=False).document(document))


FORMATS: dict[str, Format] = {
    "tex": Format(lambda document, stem: {f"{stem}.tex": LatexWriter().document(document)}),
    "beamer": Format(lambda document, stem: {f"{stem}-slides.tex": BeamerWriter().document(document)}),
    "pdf": Format(lambda document, stem: {f"{stem}.pdf": _pdf(LatexWriter, document)}, True),
    "beamer-pdf": Format(lambda document, stem: {f"{stem}-slides.pdf": _pdf(BeamerWriter, document)}, True),
    "md": Format(lambda document, stem: MarkdownWriter(stem).document(document)),
    "ipynb": Format(
        lambda document, stem: {f"{stem}.ipynb": NotebookWriter(stem).notebook(document)},
        needs_package="nbformat",
    ),
    "parts": Format(lambda document, stem: PartsWriter(stem).files(document), is_whole=False),
    "html": Format(lambda document, stem: {f"{stem}.html": HtmlWriter().document(document)}),
}
"""Every format by its name; a new one is added here."""

ALL = "all"
"""Stands for every document that can be made here."""
