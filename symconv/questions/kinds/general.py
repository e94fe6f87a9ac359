"""Formulas for every entry at once, and for every size if the layer has symbols."""

from __future__ import annotations

import random
from collections.abc import Sequence

from symconv.claims.report import pick_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.notes.build.line_breaks import LINE, broken
from symconv.questions.draft import Draft, Evidence, Proved, Refuted
from symconv.questions.exercise import Option
from symconv.questions.kinds.choices import option_is_right
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import display, formulas, inline, options, paragraphs
from symconv.questions.subject import Subject


def places(subject: Subject) -> Sequence[Place]:
    return [(of, ()) for of in subject.general_quantities]


def written_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    of, _ = place
    left = inline(_formula(subject, of).latex_left())
    return Draft(
        "general_formula", 3, subject.texts("general_formula.question", entry=left),
        paragraphs(_reason(subject, of), _displayed(_formula(subject, of))),
        subject.general_claim(of), "formula", subject.general_evidence(of), of,
    )  # fmt: skip


def _reason(subject: Subject, of: str) -> str:
    back = "_back" if of == "output" and subject.layer.spreads else ""
    return subject.texts(f"general_formula.solution_{of}{back}")


def _formula(subject: Subject, of: str) -> TensorFormula:
    return pick_of(of)(subject.layer.direct)


def _displayed(one: TensorFormula) -> str:
    return display(broken(one.tree_left, one.tree_right, LINE, stacking=False))


def _written(several: Sequence[TensorFormula]) -> list[str]:
    return formulas([(one.tree_left, one.tree_right) for one in several])


# -- choose the right formula --------------------------------------------------------------------------


def choice_places(subject: Subject) -> Sequence[Place]:
    if subject.layer.is_concrete and subject.plain is None:
        return []  # a refutation compares all products
    return [place for place in places(subject) if len(subject.wrong_formulas(place[0])) >= 2]


def choice_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    of, _ = place
    texts = subject.texts
    wrong = subject.wrong_formulas(of)
    shown = [("right", _formula(subject, of)), *((one.mistake, one.formula) for one in wrong)]
    chance.shuffle(shown)
    written = _written([one for _, one in shown])
    choices = tuple(
        Option(text, texts("right" if key == "right" else f"mistake.{key}")) for text, (key, _) in zip(written, shown)
    )
    answer = [key for key, _ in shown].index("right")
    evidence: tuple[Evidence, ...] = (
        *subject.general_evidence(of), *(Refuted(one.claim, of) for one in wrong),
    )  # fmt: skip
    left = inline(_formula(subject, of).latex_left())
    return Draft(
        "choose_formula", 2,
        paragraphs(texts("choose_formula.question", entry=left), options([c.text for c in choices])),
        paragraphs(option_is_right(subject, answer), _reason(subject, of), _displayed(_formula(subject, of))), answer,
        "choice", evidence, of, choices,
    )  # fmt: skip


# -- find the wrong formula ----------------------------------------------------------------------------


def wrong_places(subject: Subject) -> Sequence[Place]:
    """Every quantity that may be the wrong one of several."""
    found = choice_places(subject)
    return found if len(subject.general_quantities) > 1 else []


def wrong_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    of, _ = place
    texts = subject.texts
    wrong = chance.choice(subject.wrong_formulas(of))
    mistake = texts(f"mistake.{wrong.mistake}")
    quantities = subject.general_quantities
    number = quantities.index(of)
    shown = [wrong.formula if one == of else _formula(subject, one) for one in quantities]
    choices = tuple(
        Option(text, mistake if at == number else texts("line_is_right")) for at, text in enumerate(_written(shown))
    )
    evidence: list[Evidence] = [Refuted(wrong.claim, of), *subject.general_evidence(of)]
    evidence += [Proved(subject.general_claim(one), one) for one in quantities if one != of]
    return Draft(
        "find_wrong_formula", 2,
        paragraphs(texts("find_wrong_formula.question"), options([one.text for one in choices])),
        paragraphs(
            texts("find_wrong_formula.solution", letter="abcdefgh"[number], mistake=mistake),
            _displayed(_formula(subject, of)),
        ),
        number, "choice", tuple(evidence), of, choices,
    )  # fmt: skip


KINDS = (
    Kind("general_formula", places, written_draft, "hard"),
    Kind("choose_formula", choice_places, choice_draft, "hard"),
    Kind("find_wrong_formula", wrong_places, wrong_draft, "hard"),
)
