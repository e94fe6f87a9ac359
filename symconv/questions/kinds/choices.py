"""Choose the right entry among wrong ones; find the wrong line among right ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from symconv.notes.build.line_breaks import LINE, Cells, aligned, width_of
from symconv.questions.draft import Different, Draft, Equal, Evidence, Proved, Refuted
from symconv.questions.exercise import Option
from symconv.questions.kinds.entries import chain, entry_solution, upstream
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import display, formulas, inline, numbered_lines, options, paragraphs
from symconv.questions.mistakes import misreadings
from symconv.questions.naming import GRADIENTS, Index
from symconv.questions.subject import Subject
from symconv.questions.terms import Sum

CHOSEN_TERMS = 6
"""Longer sums are not options to choose from."""
WRONG_OPTIONS = 3
MOST_LINES = 7
MOST_PLACES = 60
"""So many entries of a quantity are looked at for one to choose."""


# -- choose the right entry ----------------------------------------------------------------------------


def choice_places(subject: Subject) -> Sequence[Place]:
    """Every short entry for which there are wrong ones."""
    if subject.claimed is None:
        return []
    return [
        (of, at) for of in subject.layer.quantities for at in some(subject.indices(of))
        if 0 < len(subject.sum(of, at)) <= CHOSEN_TERMS and len(_wrong(subject, of, at)) >= 2
    ]  # fmt: skip


def some(indices: Sequence[Index]) -> Sequence[Index]:
    """All of them, or some that are spread evenly if there are many."""
    return indices[:: -(-len(indices) // MOST_PLACES)] if indices else indices


def _wrong(subject: Subject, of: str, at: Index) -> list[tuple[str, Sum]]:
    return [(key, one) for key, one in misreadings(subject.arithmetic, of, at) if len(one) <= CHOSEN_TERMS + 1]


def choice_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    of, at = place
    texts, naming, left = subject.texts, subject.naming, subject.naming.left_side(of, at)
    right = subject.sum(of, at)
    wrong = _wrong(subject, of, at)[:WRONG_OPTIONS]
    shown = [("right", right), *wrong]
    chance.shuffle(shown)
    written = formulas([(left, one.tree(naming)) for _, one in shown])
    choices = tuple(
        Option(text, texts("right" if key == "right" else f"mistake.{key}")) for text, (key, _) in zip(written, shown)
    )
    evidence: tuple[Evidence, ...] = (
        *subject.evidence(of, at),
        *(Refuted(subject.claim(of, at, one), of) for _, one in wrong),
        *(Different(one.collected, right.collected, key) for key, one in wrong),
    )
    answer = [key for key, _ in shown].index("right")
    what = {"entry": inline(left)} if of == "output" else {"entry": inline(left), "upstream": upstream(subject)}
    question = texts("choose_entry.question" if of == "output" else "choose_entry.question_gradient", **what)
    return Draft(
        "choose_entry", 1, paragraphs(question, options([choice.text for choice in choices])),
        paragraphs(option_is_right(subject, answer), entry_solution(subject, of, at)), answer, "choice", evidence, of,
        choices,
    )  # fmt: skip


def option_is_right(subject: Subject, answer: int) -> str:
    return subject.texts("choose.solution", letter="abcdefgh"[answer])


# -- find the wrong line -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a derivation: what it is about, and its sum; a line of the chain rule has outputs instead."""

    of: str
    at: Index
    value: Sum
    outputs: tuple[Index, ...] = ()

    def cells(self, subject: Subject) -> Cells:
        naming = subject.naming
        left = naming.left_side(self.of, self.at)
        if not self.outputs:
            return aligned(left, self.value.tree(naming))
        return aligned(left, chain(subject, self.outputs, GRADIENTS[self.of], self.at))


def derivation_places(subject: Subject) -> Sequence[Place]:
    """Every gradient whose derivation is short, for each of its lines."""
    if subject.claimed is None:
        return []
    places: list[Place] = []
    for of in ("grad_weight", "grad_input"):
        if of in subject.layer.quantities:
            for at in some(subject.indices(of)):
                if 2 <= len(subject.outputs_with(of, at)) <= MOST_LINES - 2:
                    places += [(of, at)] if _is_short(subject, of, at) else []
    return places


def _lines(subject: Subject, of: str, at: Index) -> list[Line]:
    """The outputs that the entry is in, the chain rule, and the gradient."""
    outputs = subject.outputs_with(of, at)
    lines = [Line("output", output, subject.sum("output", output)) for output in outputs]
    return [*lines, Line(of, at, subject.sum(of, at), tuple(outputs)), Line(of, at, subject.sum(of, at))]


def _is_short(subject: Subject, of: str, at: Index) -> bool:
    lines = _lines(subject, of, at)
    return all(width_of(line.cells(subject)) < LINE - 5 for line in lines) and len(_wrong(subject, of, at)) > 0


def _wrong_lines(subject: Subject, line: Line) -> list[tuple[str, Line]]:
    """The line with a usual mistake in it."""
    if line.outputs:
        kept = line.outputs[:-1]
        value = Sum(tuple(term for term in line.value.terms if term.factors[0][1] in kept))
        return [("output", Line(line.of, line.at, value, kept))]
    found = [(key, Line(line.of, line.at, one)) for key, one in misreadings(subject.arithmetic, line.of, line.at)]
    return [(key, one) for key, one in found if width_of(one.cells(subject)) < LINE - 5]


def derivation_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    of, at = place
    texts, naming = subject.texts, subject.naming
    lines = _lines(subject, of, at)
    mistakes = [_wrong_lines(subject, line) for line in lines]
    number = chance.choice([number for number, found in enumerate(mistakes) if found])
    key, wrong = chance.choice(mistakes[number])
    shown = [*lines[:number], wrong, *lines[number + 1 :]]
    evidence: list[Evidence] = [*subject.evidence(of, at)]
    for line in shown:
        claim = subject.claim(line.of, line.at, line.value)
        evidence.append(Refuted(claim, line.of) if line is wrong else Proved(claim, line.of))
    ours = {str(symbol) for symbol in getattr(subject.layer.direct, of)[at].free_symbols}
    outputs = {naming.label("grad_output", output) for output in subject.outputs_with(of, at)}
    every = {naming.label("grad_output", output) for output in subject.arithmetic.outputs}
    evidence.append(Equal(ours & every, outputs, "the outputs of the chain rule"))
    evidence.append(Different(wrong.value.collected, lines[number].value.collected, key))
    choices = tuple(
        Option(texts("line", number=line + 1), texts(f"mistake.{key}") if line == number else texts("line_is_right"))
        for line in range(len(shown))
    )
    return Draft(
        "find_error", 2,
        paragraphs(
            texts("find_error.question", entry=inline(naming.left(of, at)), upstream=upstream(subject)),
            numbered_lines([line.cells(subject) for line in shown]),
            texts("find_error.ask"),
        ),
        paragraphs(
            texts("find_error.solution", number=number + 1, mistake=texts(f"mistake.{key}")),
            display([lines[number].cells(subject)]),
        ),
        number, "choice", tuple(evidence), of, choices,
    )  # fmt: skip


KINDS = (
    Kind("choose_entry", choice_places, choice_draft),
    Kind("find_error", derivation_places, derivation_draft, "hard"),
)
