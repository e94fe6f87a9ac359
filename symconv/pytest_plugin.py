"""A plugin for pytest: every marked formula of a repository's documents and docstrings is a test.

It is off unless ``--symconv`` or the ini setting ``symconv = true`` asks for it, and imports nothing until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from symconv.documents.check import Claimed

SUFFIXES = (".tex", ".md", ".ipynb", ".py")
WORD = b"symconv:"
"""What every mark begins with: a file without it has no formula to check."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("symconv")
    group.addoption("--symconv", action="store_true", default=False,
                    help="check the marked formulas of .tex, .md and .ipynb files and of docstrings")  # fmt: skip
    parser.addini("symconv", "check the marked formulas, as --symconv does", type="bool", default=False)
    parser.addini("symconv_layer", 'the layer of marks that name none, such as "Conv(n, K)"', default="")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    config = parent.config
    if file_path.suffix.lower() not in SUFFIXES or not (config.getoption("--symconv") or config.getini("symconv")):
        return None
    if WORD not in file_path.read_bytes():
        return None
    document: Document = Document.from_parent(parent, path=file_path)
    return document


class Document(pytest.File):
    """A file with marked formulas."""

    def collect(self) -> Iterator[pytest.Item]:
        from symconv.documents.check import claimed, marks_of
        from symconv.documents.layer_text import require_layer
        from symconv.documents.marks import Mark
        from symconv.errors import SymconvError

        given = self.config.getini("symconv_layer")
        try:
            defaults = Mark(require_layer(given)) if given else Mark()
            formulas = list(claimed(marks_of(self.path), defaults))
        except SymconvError as error:
            raise self.CollectError(str(error)) from None
        names: dict[str, int] = {}
        for formula in formulas:
            name = formula.name
            names[name] = names.get(name, 0) + 1
            again = f" ({names[name]})" if names[name] > 1 else ""
            yield Formula.from_parent(self, name=f"{name}{again}", formula=formula)


class Formula(pytest.Item):
    """One marked formula."""

    def __init__(self, *, formula: Claimed, **given: Any) -> None:
        super().__init__(**given)
        self.formula = formula

    def runtest(self) -> None:
        result = self.formula.judged()
        if not result.holds:
            raise NotAsMarkedError(str(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotAsMarkedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.formula.line - 1, f"{self.path.name}: {self.name}"


class NotAsMarkedError(AssertionError):
    """A formula is not as its mark says; the message has the file and the line, and what is wrong."""
