r"""Moodle XML: questions for Moodle's question bank, and back.

A choice is a multiple-choice question, a list one with several right answers, whole numbers are numerical, other
numbers short answers, and formulas essays with the solution for whoever marks. Tags keep what Moodle has no field for.
https://docs.moodle.org/en/Moodle_XML_format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, indent, tostring

from symconv.errors import ExerciseError, shown
from symconv.foundations.files import MARKER
from symconv.questions.exercise import Answer, AnswerType, Exercise, Near, Option
from symconv.questions.exports.export import Sheet, answer_of, printable, shares, spellings
from symconv.questions.exports.markup import html, inline_html, markup

INTRODUCTION = '<div class="introduction">'


def written(sheet: Sheet) -> str:
    """The file: a category with the sheet's title, and its questions."""
    quiz = Element("quiz")
    category = SubElement(quiz, "question", type="category")
    _text(SubElement(category, "category"), f"$course$/top/{_category(sheet.title)}")
    for exercise in sheet:
        quiz.append(_question(sheet, exercise))
    indent(quiz, " ")
    text = tostring(quiz, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?><!-- {MARKER} -->\n{text}\n'


def _category(title: str) -> str:
    """A title as the name of one category: Moodle reads / as the next one and // as a slash."""
    return printable(title).replace("/", "//").strip() or "symconv"


def _question(sheet: Sheet, exercise: Exercise) -> Element:
    question = Element("question", type=_kind(exercise))
    _text(SubElement(question, "name"), f"{exercise.number:02d} {sheet.words('kind.' + exercise.kind)}")
    asked = f"{INTRODUCTION}{html(sheet.introduction)}</div>{html(exercise.question)}"
    _text(SubElement(question, "questiontext", format="html"), asked)
    _text(SubElement(question, "generalfeedback", format="html"), html(exercise.solution))
    for name, value in (("defaultgrade", exercise.points), ("penalty", 0), ("hidden", 0), ("idnumber", exercise.id)):
        SubElement(question, name).text = str(value)
    ANSWERS[_kind(exercise)](sheet, exercise, question)
    tags = SubElement(question, "tags")
    for tag in _tags(exercise):
        _text(SubElement(tags, "tag"), tag)
    return question


def _kind(exercise: Exercise) -> str:
    """Moodle's type of question for an exercise."""
    if exercise.answer_type in ("formula", "constraints"):
        return "essay"
    if exercise.answer_type in ("choice", "list"):
        return "multichoice"
    return "numerical" if isinstance(exercise.answer, int) else "shortanswer"


def _tags(exercise: Exercise) -> Iterator[str]:
    yield "symconv"
    yield f"kind:{exercise.kind}"
    yield f"difficulty:{exercise.difficulty}"
    yield f"answer:{exercise.answer_type}"
    if exercise.quantity is not None:
        yield f"quantity:{exercise.quantity}"


# -- answers -------------------------------------------------------------------------------------------


def _multiple_choice(sheet: Sheet, exercise: Exercise, question: Element) -> None:
    single = exercise.answer_type == "choice"
    for name, value in (("single", str(single).lower()), ("shuffleanswers", "true" if single else "false"),
                        ("answernumbering", "abc"), ("showstandardinstruction", "1")):  # fmt: skip
        SubElement(question, name).text = value
    if single:
        for at, option in enumerate(exercise.options):
            _answer(
                question, inline_html(option.text), 100 if at == exercise.answer else 0, inline_html(option.feedback)
            )
        return
    assert isinstance(exercise.answer, tuple)
    right, names = set(map(str, exercise.answer)), _names(exercise)
    gains, losses = iter(shares(len(right))), iter(shares(len(names) - len(right)))
    for name in names:
        share = next(gains) if name in right else -next(losses)
        shown = inline_html(sheet.shown_name(name))
        _answer(question, f'<span title="{name}">{shown}</span>', share, "")


def _names(exercise: Exercise) -> Sequence[str]:
    """The names to choose from."""
    assert isinstance(exercise.answer, tuple)
    return exercise.among or tuple(map(str, exercise.answer))


def _numerical(sheet: Sheet, exercise: Exercise, question: Element) -> None:
    _numbered(question, exercise, "moodle_auto_format", tolerance=True)


def _short_answer(sheet: Sheet, exercise: Exercise, question: Element) -> None:
    SubElement(question, "usecase").text = "0"
    _numbered(question, exercise, "moodle_auto_format", tolerance=False)


def _numbered(question: Element, exercise: Exercise, form: str, tolerance: bool) -> None:
    """Every spelling of the right answer and of the wrong ones whose cause is known."""
    answers = [(one, 100, "") for one in spellings(exercise.answer)]
    answers += [(one, 0, near.feedback) for near in exercise.near for one in spellings(near.value)]
    for text, share, feedback in answers:
        element = _answer(question, text, share, inline_html(feedback), form)
        if tolerance:
            SubElement(element, "tolerance").text = "0"


def _essay(sheet: Sheet, exercise: Exercise, question: Element) -> None:
    for name, value in (("responseformat", "editor"), ("responserequired", "1"), ("responsefieldlines", "5"),
                        ("attachments", "0"), ("attachmentsrequired", "0")):  # fmt: skip
        SubElement(question, name).text = value
    answer = f"<pre>{_escaped(str(exercise.answer))}</pre>"
    _text(SubElement(question, "graderinfo", format="html"), answer + html(exercise.solution))
    _text(SubElement(question, "responsetemplate", format="html"), "")


ANSWERS = {
    "multichoice": _multiple_choice,
    "numerical": _numerical,
    "shortanswer": _short_answer,
    "essay": _essay,
}
"""What writes the answers of each of Moodle's types."""


def _answer(question: Element, text: str, share: float, feedback: str, form: str = "html") -> Element:
    element = SubElement(question, "answer", fraction=f"{share:.5f}".rstrip("0").rstrip("."), format=form)
    _text(element, text)
    _text(SubElement(element, "feedback", format="html"), feedback)
    return element


def _text(element: Element, text: str) -> None:
    SubElement(element, "text").text = printable(text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# -- back ----------------------------------------------------------------------------------------------


def read_moodle(text: str) -> tuple[Exercise, ...]:
    """The exercises of a file of Moodle XML that symconv wrote, equal to those it was made of.

    Args:
        text: of the file.

    Returns:
        The exercises, in order; they know no layer, so that a sheet marks answers and they do not.

    Raises:
        ExerciseError: it is not XML, not of Moodle, or has questions that symconv did not write.

    >>> import tempfile
    >>> from symconv import Conv, exercises
    >>> sheet = exercises(Conv(3, 2), 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_moodle(sheet.write(folder, "moodle")[0].read_text(encoding="utf-8")) == tuple(sheet)
    True
    """
    if not isinstance(text, str):
        raise ExerciseError(f"text={shown(text)}", "not text", "pass what a file of Moodle XML holds")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ExerciseError("a file of questions", "it defines entities", "use a file that symconv wrote")
    try:
        quiz = fromstring(text.encode())
    except ParseError as error:
        raise ExerciseError(
            "a file of questions", f"it is not XML: {error}", "use a file that symconv wrote"
        ) from error
    if quiz.tag != "quiz":
        raise ExerciseError(f"a file of <{quiz.tag}>", "it is not Moodle XML", "use a file that begins with <quiz>")
    return tuple(_exercise(one) for one in quiz.iter("question") if one.get("type") != "category")


def _exercise(question: Element) -> Exercise:
    tags = dict(tag.partition(":")[::2] for tag in map(_said, question.iter("tag")))
    number, _, _ = (question.findtext("idnumber") or "").partition("-")
    if not {"kind", "difficulty", "answer"} <= set(tags) or not number.isdigit():
        raise ExerciseError(
            f"the question {_said(question.find('name'))[:80]!r}", "symconv did not write it", "read it with Moodle"
        )
    answer_type: AnswerType = tags["answer"]  # type: ignore[assignment]
    answers = [
        (_said(one), float(one.get("fraction", "0")), _said(one.find("feedback"))) for one in question.iter("answer")
    ]
    chosen = [markup(text) for text, _, _ in answers] if answer_type == "choice" else []
    names = [(_name(text), share > 0) for text, share, _ in answers] if answer_type == "list" else []
    return Exercise(
        kind=tags["kind"], number=int(number), points=int(question.findtext("defaultgrade") or "1"),
        question=markup(_said(question.find("questiontext")).partition("</div>")[2]),
        solution=markup(_said(question.find("generalfeedback"))),
        answer=_right(question, answer_type, answers), answer_type=answer_type, quantity=tags.get("quantity"),
        options=tuple(Option(text, markup(feedback)) for text, (_, _, feedback) in zip(chosen, answers)),
        near=_near(answer_type, answers), difficulty=tags["difficulty"],  # type: ignore[arg-type]
        among=tuple(name for name, _ in names),
    )  # fmt: skip


Answers = Sequence[tuple[str, float, str]]
"""Text, share of the points and feedback."""


def _right(question: Element, answer_type: str, answers: Answers) -> Answer:
    if answer_type in ("formula", "constraints"):
        root = fromstring(f"<div>{_said(question.find('graderinfo'))}</div>")
        return root.findtext("pre") or ""
    if answer_type == "choice":
        return next(at for at, (_, share, _) in enumerate(answers) if share > 0)
    if answer_type == "list":
        return tuple(_name(text) for text, share, _ in answers if share > 0)
    return answer_of(answers[0][0], answer_type)


def _near(answer_type: str, answers: Answers) -> tuple[Near, ...]:
    if answer_type not in ("number", "numbers"):
        return ()
    found = {
        answer_of(text, answer_type): markup(feedback)
        for text, share, feedback in answers
        if share == 0 and _is_first(text, answer_type)
    }
    return tuple(Near(value, feedback) for value, feedback in found.items())


def _is_first(text: str, answer_type: str) -> bool:
    """Whether a text is the first spelling of what it says."""
    pattern = r"-?\d+(, -?\d+)+" if answer_type == "numbers" else r"-?\d+(/\d+)?"
    return re.fullmatch(pattern, text) is not None


def _name(text: str) -> str:
    return fromstring(f"<div>{text}</div>")[0].get("title") or ""


def _said(element: Element | None) -> str:
    return "" if element is None else element.findtext("text") or ""
