"""A document as a Jupyter notebook: its text in Markdown, its programs and figures in cells that run."""

from __future__ import annotations

import json
from typing import Any

from symconv.errors import OutputError
from symconv.figures.writers.svg import plain_svg
from symconv.foundations.files import MARKER
from symconv.notes.model import Block, Document, Figure, Heading, Program
from symconv.notes.writers.markdown import MarkdownWriter, escaped

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


INSTALL = """\
# Where symconv is missing, as in Colab, install it. From a clone: %pip install -q PATH
try:
    import symconv
except ImportError:
    %pip install -q symconv"""
"""The first cell that runs: a notebook is opened where nothing is installed."""


class NotebookWriter(MarkdownWriter):
    """Writes the same text as Markdown, cut into cells at headings, programs and figures."""

    always_coloured = True

    def notebook(self, document: Document) -> str:
        """The notebook as JSON.

        Raises:
            OutputError: nbformat is not installed.
        """
        try:
            from nbformat import validate
        except ImportError as error:
            raise OutputError(
                "the format ipynb",
                "nbformat, which makes notebooks, is not installed",
                'pip install "symconv[notebook]"',
            ) from error
        self.begin(document)
        cells = self.cells(document)
        for number, cell in enumerate(cells, start=1):
            cell["id"] = f"cell-{number}"
        metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "symconv": MARKER}
        notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        validate(notebook)
        return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def cells(self, document: Document) -> list[dict[str, Any]]:
        cells = [_text("\n\n".join([f"# {escaped(document.title)}", *self.byline(document)])), _program(INSTALL)]
        waiting: list[Block] = []

        def close() -> None:
            if text := self.blocks(tuple(waiting)):
                cells.append(_text(text))
            waiting.clear()

        for block in document.blocks:
            if isinstance(block, (Heading, Program, Figure)):
                close()
            if isinstance(block, Program):
                cells.append(_program(block.source))
            elif isinstance(block, Figure):
                cells += [self.figure_cell(block), _text(self.caption(block))]
            else:
                waiting.append(block)
        close()
        return cells

    def figure_cell(self, block: Figure) -> dict[str, Any]:
        """A cell that makes a figure again, and has it already."""
        key = block.label.removeprefix("fig:")
        shown = {"data": {"image/svg+xml": plain_svg(block.drawing), "text/plain": block.drawing.title}, "metadata": {}}
        cell = _program(f'figures["{key}"]')
        cell["outputs"] = [{"output_type": "display_data", **shown}]
        return cell


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _program(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
