"""Exercises: a problem sheet, with and without solutions, as Markdown, as a document, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from symconv.errors import ExerciseError, OutputError, shown
from symconv.foundations.files import MARKER, write_files
from symconv.foundations.values import Cached
from symconv.notes.build.templates import read
from symconv.notes.model import Document
from symconv.notes.style import NotesStyle
from symconv.notes.write import default_name, formats_of
from symconv.notes.writers import ALL, FORMATS
from symconv.questions.exercise import Exercise
from symconv.questions.exports import EXPORTS
from symconv.questions.grading import Mark, marked
from symconv.questions.markup import inline
from symconv.questions.subject import About

MOST_SHOWN = 10
"""Exercises of a sheet that a notebook shows by itself."""

SCHEMA = "symconv-exercises-1"
"""The name of what docs/exercises.md describes."""


@dataclass(frozen=True)
class Exercises(Cached, Sequence[Exercise]):
    """A sheet of exercises about one layer, a sequence that writes itself.

    Made by ``exercises``.

    Args:
        subject: what they are about, with the words of its language.
        seed: what the questions were drawn with.
        items: the exercises, in order.
        heading: the title; by default it says what the exercises are about.

    >>> from symconv import Conv, exercises
    >>> sheet = exercises(Conv(3, 2), 3)
    >>> sheet
    <3 exercises on Conv(3, 2)>
    >>> print(sheet[2].answer)
    dL/dX2 = delta1*w2 + delta2*w1
    >>> print(sheet.grade(3, r"w_1 \\delta_2"))
    This is not right. delta1*w2 is missing.
    """

    subject: About
    seed: int
    items: tuple[Exercise, ...]
    heading: str = ""

    @overload
    def __getitem__(self, at: int) -> Exercise: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Exercise, ...]: ...
    def __getitem__(self, at: int | slice) -> Exercise | tuple[Exercise, ...]:
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"<{len(self)} exercises on {self.subject.asked!r}>"

    def _repr_markdown_(self) -> str:
        """The sheet in a notebook, the first exercises of a long one, with their mathematics."""
        shown = replace(self, items=self.items[:MOST_SHOWN]).sheet()
        left = len(self) - MOST_SHOWN
        return f"{shown}\n\n.. ({left})\n" if left > 0 else shown

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    @property
    def language(self) -> str:
        """The language of the sheet, "en" or "de"."""
        return self.subject.texts.language

    @property
    def points(self) -> int:
        """What all of them are worth."""
        return sum(exercise.points for exercise in self)

    @cached_property
    def introduction(self) -> str:
        """The layer and the names, as Markdown, which every exercise relies on."""
        return self.subject.introduction(self.items)

    @property
    def title(self) -> str:
        """The title of the sheet without solutions."""
        return self._title(solutions=False)

    def _title(self, solutions: bool) -> str:
        texts = self.subject.texts
        if self.heading:
            return texts("with_solutions", title=self.heading) if solutions else self.heading
        return texts("title_solutions" if solutions else "title", layer=self.subject.about)

    def words(self, key: str) -> str:
        """A text of the sheet's language; of a kind that has none, its name."""
        return self.subject.texts.get(key, key.rpartition(".")[2].replace("_", " "))

    def shown_name(self, label: str) -> str:
        """A name that answers a question, in the markup of questions."""
        return inline(self.subject.naming.tensor(label))

    # -- writing ---------------------------------------------------------------------------------------

    def sheet(self, solutions: bool = False) -> str:
        """The problem sheet as Markdown with mathematics between ``$``."""
        return f"# {self._title(solutions)}\n\n{self._body(solutions)}\n"

    def _body(self, solutions: bool) -> str:
        return "\n\n".join([self.introduction, *(self._written(exercise, solutions) for exercise in self)])

    def _written(self, exercise: Exercise, solutions: bool) -> str:
        texts = self.subject.texts
        head = texts("head", number=exercise.number, points=texts.count("points", exercise.points))
        parts = [f"{head} {exercise.question}"]
        if solutions:
            parts.append(f"{texts('solution')} {exercise.solution}")
        return "\n\n".join(parts)

    def document(self, solutions: bool = False, style: NotesStyle | None = None) -> Document:
        """The problem sheet for the writers of ``symconv.notes``; its language is the sheet's."""
        style = style or NotesStyle()
        return Document(
            style.title or self._title(solutions), read(self._body(solutions)), style.author, style.date, self.language,
            accent=style.accent, coloured_formulas=style.coloured_formulas,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The exercises as plain JSON values; docs/exercises.md has the schema."""
        return {
            "about": MARKER, "schema": SCHEMA, "title": self.title, "layer": repr(self.subject.asked),
            "language": self.language, "seed": self.seed, "introduction": self.introduction,
            "exercises": [exercise.to_dict() for exercise in self],
        }  # fmt: skip

    def to_json(self) -> str:
        """The exercises as JSON, for quizzes."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
        return "{" + text.removeprefix("{\n ") + "\n"  # the first line says whose file it is

    def write(
        self,
        directory: str | Path,
        formats: Sequence[str] = ("tex", "json"),
        *,
        name: str | None = None,
        force: bool = False,
        style: NotesStyle | None = None,
    ) -> list[Path]:
        """Write the problem sheet, the sheet with solutions, and the JSON, and return the paths of the files.

        Args:
            directory: where to write; made if it is not there.
            formats: for quizzes "json", "moodle" (Moodle XML), "gift" and "qti" (QTI 2.1, a package), and for both
                sheets those of ``write_notes``; "all" for all of them.
            name: of the files, without ending; by default it says the layer's sizes.
            force: overwrite files that symconv did not write, or that were changed since, and replace links.
            style: title, author, date and colour.

        Raises:
            OutputError: an unknown format, a name that is not a plain file name, or a file that cannot be written.
        """
        if not isinstance(directory, (str, Path)):
            raise OutputError(f"directory={shown(directory)}", "not a path", "use text or a pathlib.Path")
        wanted = (formats,) if isinstance(formats, str) else tuple(formats or ())
        for one in wanted:
            if one not in (*EXPORTS, *FORMATS, ALL):
                known = ", ".join([*EXPORTS, *FORMATS, ALL])
                raise OutputError(f"the format {shown(one)}", "it is not written", f"use {known}")
        documents = [one for one in wanted if one not in EXPORTS]
        others = formats_of(documents) if documents or not wanted else ()
        stem = f"exercises-{default_name(self.subject.asked)}"[:100] if name is None else name
        if not isinstance(stem, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", stem):
            raise OutputError(f"name={shown(stem)}", "not a plain file name", "use letters, digits, - and _")
        files: dict[str, str | bytes] = {}
        for one in others:
            files.update(FORMATS[one].written(self.document(False, style), stem))
            files.update(FORMATS[one].written(self.document(True, style), f"{stem}-solutions"))
        for key, export in EXPORTS.items():
            if key in wanted or ALL in wanted:
                files.update(export.written(self, stem))
        return write_files({Path(directory) / file: content for file, content in files.items()}, force)

    # -- marking ---------------------------------------------------------------------------------------

    def grade(self, number: int, answer: Any) -> Mark:
        """What is to be said to an answer.

        Args:
            number: of the exercise, from 1.
            answer: by the exercise's ``answer_type``: a formula as text or LaTeX; a number; numbers or names in a list
                or with commas; an option's letter, or its place counted from 0.

        Raises:
            ExerciseError: there is no exercise of that number.
        """
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(self):
            raise ExerciseError(f"exercise {shown(number)}", "no such exercise", f"use 1 to {len(self)}")
        return marked(self[number - 1], answer, self.subject.texts)
