"""check_document: the marked formulas of a file, judged where they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from symconv.algebra.normal_form import work
from symconv.claims import check
from symconv.claims.report import NUMBERS, formula_of
from symconv.documents.docstrings import in_module
from symconv.documents.layer_text import require_layer
from symconv.documents.markdown import in_markdown
from symconv.documents.marks import Mark, read_mark
from symconv.documents.places import WORD, Found
from symconv.documents.report import DocumentReport, FormulaResult
from symconv.documents.tex import in_tex
from symconv.errors import DocumentError, SymconvError, instead_of, shown
from symconv.layers import Layer

LARGEST, MOST_FORMULAS = 1_000_000, 300
"""A document has at most 1 MB and 300 marked formulas."""

MOST_REASONS, EASY = 16, 50
"""How many reasons of easy formulas a document has room for; one whose normal form takes 50 steps counts as two."""
LEFT_OUT = "reasons are left out, since the document has many wrong formulas; check this one by itself"


@dataclass(frozen=True)
class Marked:
    """A mark in a document with its formula, not yet judged; ``cell`` is a notebook's, counted from 1."""

    path: str
    found: Found
    cell: int | None = None


def check_document(path: Any, *, layer: Any = None, index_base: int | None = None) -> DocumentReport:
    """Check the formulas of a document that are marked in a comment.

    Args:
        path: a file, of LaTeX (.tex), Markdown (.md), a notebook (.ipynb), or Python (.py), whose docstrings are read.
        layer: the layer of marks that name none, or its text, "Conv(n, K)"; a ``symconv: defaults`` says it too.
        index_base: the number from which indices count, unless a mark says it.

    Returns:
        A DocumentReport with a result for each mark; it is true if every formula is as its mark says.

    Raises:
        DocumentError: the file cannot be read, is not of a kind that is read, is too large, or has too many marks.
        SymconvError: ``layer`` or ``index_base`` cannot be used.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as directory:
    ...     file = Path(directory, "lecture.tex")
    ...     _ = file.write_text("% symconv: Conv(n, K)\\n\\\\[ h_i = \\\\sum_k w_k x_{i+k} \\\\]\\n", encoding="utf-8")
    ...     report = check_document(file)
    >>> [(result.line, result.status) for result in report.results]
    [(2, 'proved')]
    """
    if index_base not in (None, 0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={shown(index_base)}", "indices count from 0 or 1", "use 0 or 1")
    defaults = Mark(None if layer is None else require_layer(layer), index_base=index_base)
    marks = marks_of(path)
    return DocumentReport(str(path), with_few_reasons([one.judged() for one in claimed(marks, defaults)]))


def marks_of(path: Any) -> list[Marked]:
    """The marks of a document, in their order.

    Raises:
        DocumentError: the file cannot be read, is not of a kind that is read, is too large, or has too many marks.
    """
    if not isinstance(path, (str, PathLike)):
        raise DocumentError(f"path={shown(path)}", "not a path", "use text or a pathlib.Path")
    file = Path(path)
    kind = file.suffix.lower()
    if kind not in KINDS:
        raise DocumentError(str(path), "not a kind of document that is read", instead_of(kind, KINDS))
    text = _text_of(file)
    found = list(KINDS[kind](str(path), text)) if WORD in text else []
    if len(found) > MOST_FORMULAS:
        raise DocumentError(
            str(path), f"it has {len(found):,} marked formulas", f"use at most {MOST_FORMULAS} in a file"
        )
    return found


def with_few_reasons(results: Sequence[FormulaResult]) -> tuple[FormulaResult, ...]:
    """The results, with the reasons of some wrong formulas left out if there are too many to search for them all.

    Formulas that are not as their mark says come first, in their order.
    """
    kept = list(results)
    left = float(MOST_REASONS)
    for at in sorted(range(len(kept)), key=lambda at: kept[at].holds):
        report = kept[at].report
        if report is None or report.status != "refuted":
            continue
        if report.of not in (*NUMBERS, "constraints"):
            left -= 1 + work(formula_of(report.layer, report.of).form) / EASY
        if left < 0:
            kept[at] = replace(kept[at], report=replace(report, explain=lambda: (LEFT_OUT,)))
    return tuple(kept)


@dataclass(frozen=True)
class Claimed:
    """A marked formula that can be judged: with its mark in full, or with what is wrong with the mark."""

    marked: Marked
    mark: Mark | None = None
    error: SymconvError | None = None

    @property
    def line(self) -> int:
        """The formula's line, counted from 1."""
        return self.marked.found.line

    @property
    def name(self) -> str:
        """Where it stands in its file."""
        cell = "" if self.marked.cell is None else f"cell {self.marked.cell}, "
        return f"{cell}line {self.line}"

    def judged(self) -> FormulaResult:
        """What ``check`` says of it."""
        found, mark = self.marked.found, self.mark or Mark()
        result = FormulaResult(
            self.marked.path, found.line, found.words, found.formula or "", error=self.error, cell=self.marked.cell,
            wrong=mark.wrong,
        )  # fmt: skip
        if self.error is not None:
            return result
        if found.formula is None:
            wrong = "no formula follows it"
            return replace(result, error=DocumentError(f"the mark {found.words!r}", wrong, "put it before a formula"))
        if mark.layer is None:
            wrong = "it names no layer, and no mark before it does"
            return replace(result, error=DocumentError(f"the mark {found.words!r}", wrong, "name one, Conv(n, K)"))
        try:
            return replace(result, report=check(mark.layer, found.formula, mark.of, index_base=mark.index_base))
        except SymconvError as error:
            return replace(result, error=error)


def claimed(marks: Iterable[Marked], defaults: Mark) -> Iterator[Claimed]:
    """Every mark that is about a formula, with what the defaults before it say."""
    known: dict[str, Layer] = {}
    for marked in marks:
        try:
            mark = read_mark(marked.found.words, defaults, known)
        except SymconvError as error:
            yield Claimed(marked, error=error)
            continue
        if mark.is_default:
            defaults = replace(mark, is_default=False)
        else:
            yield Claimed(marked, mark)


def _text_of(file: Path) -> str:
    """The text of a file that is not too large."""
    try:
        with file.open("rb") as handle:
            content = handle.read(LARGEST + 1)
    except OSError as error:
        raise DocumentError(str(file), error.strerror or str(error), "name a file that can be read") from None
    except ValueError:
        raise DocumentError(ascii(str(file)), "there can be no file with that name", "name another") from None
    if len(content) > LARGEST:
        raise DocumentError(str(file), f"it has more than {LARGEST:,} bytes", "split it")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DocumentError(
            str(file), f"not UTF-8: {error.reason} at byte {error.start:,}", "save it as UTF-8"
        ) from None


# -- kinds of document ---------------------------------------------------------------------------------


def _tex(path: str, text: str) -> Iterator[Marked]:
    return (Marked(path, found) for found in in_tex(text))


def _markdown(path: str, text: str) -> Iterator[Marked]:
    return (Marked(path, found) for found in in_markdown(text))


def _notebook(path: str, text: str) -> Iterator[Marked]:
    """The Markdown cells of a notebook."""
    try:
        cells = json.loads(text)["cells"]
        sources = [(cell.get("cell_type"), cell.get("source", "")) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DocumentError(path, "not a notebook", "save it as a Jupyter notebook, version 4") from None
    for number, (kind, source) in enumerate(sources, 1):
        lines = source if isinstance(source, list) else [source]
        if kind == "markdown" and all(isinstance(line, str) for line in lines):
            yield from (Marked(path, found, number) for found in in_markdown("".join(lines)))


def _python(path: str, text: str) -> Iterator[Marked]:
    """The docstrings of a module."""
    try:
        return iter([Marked(path, found) for found in in_module(text)])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DocumentError(path, "not a Python module", "mend its syntax first") from None


KINDS: dict[str, Callable[[str, str], Iterator[Marked]]] = {
    ".tex": _tex, ".md": _markdown, ".ipynb": _notebook, ".py": _python,
}  # fmt: skip
"""Kinds of document, by the end of a file's name."""
