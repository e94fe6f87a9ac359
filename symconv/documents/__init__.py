"""Documents whose marked formulas are checked where they stand: LaTeX, Markdown, notebooks, docstrings."""

from __future__ import annotations

from symconv.documents.check import check_document
from symconv.documents.report import DocumentReport, FormulaResult

__all__ = ["DocumentReport", "FormulaResult", "check_document"]
