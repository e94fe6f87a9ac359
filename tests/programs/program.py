"""A program of the corpus: which function, which layer, and what its parameters and results are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symconv.layers import Layer

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Program:
    """A function of a file of the corpus, and the layer's quantity that it is meant to compute.

    Args:
        place: "FILE.py::function".
        layer: with a letter for every size that may be any.
        of: a quantity, or one for each result, None for a result that is none.
        arguments: what parameters are, if their names do not say it.
        layouts: by role.
        needs: packages besides NumPy.
    """

    place: str
    layer: Callable[[], Layer]
    of: Any = "output"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    layouts: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return self.place.partition("::")[0]

    @property
    def name(self) -> str:
        return self.place.partition("::")[2]

    @property
    def text(self) -> str:
        """The whole file."""
        return (CORPUS / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class WrongProgram:
    """A right program with one line changed, as people get it wrong.

    Args:
        right: the right program.
        after: a line of its file (without the blanks around it); the right line is the next one that is ``line``.
        line: the right line.
        planted: what stands there instead.
        mistake: what is wrong, in words.
    """

    right: Program
    line: str
    planted: str
    mistake: str
    after: str = ""

    @property
    def number(self) -> int:
        """The number of the wrong line, counted from 1."""
        lines = [line.strip() for line in self.right.text.splitlines()]
        after = self.after or next(line for line in lines if line.startswith(f"def {self.right.name}("))
        return lines.index(self.line, lines.index(after)) + 1

    @property
    def text(self) -> str:
        """The whole file, with the mistake."""
        lines = self.right.text.splitlines()
        old = lines[self.number - 1]
        indent = old[: len(old) - len(old.lstrip())]
        lines[self.number - 1] = "\n".join(indent + line for line in self.planted.split("\n"))
        return "\n".join(lines) + "\n"
