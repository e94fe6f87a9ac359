"""Exercises as Moodle XML, GIFT and QTI: read back, held against the published formats, safe with any characters."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    ExerciseError,
    Exercises,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    exercises,
    read_moodle,
    sgd_step,
)
from symconv.cli import options
from symconv.cli.main import main
from symconv.questions.exercise import Exercise, Near, Option
from symconv.questions.exports import EXPORTS
from symconv.questions.exports.export import spellings
from symconv.questions.grading import _number, _numbers
from symconv.questions.languages import CATALOGUES
from symconv.questions.make import DIFFICULTIES
from tests.tools import thinned

NET = Sequential(
    Conv((4, 4), 2, out_channels=2, bias=True), Activation("relu"), AvgPool.lazy(kernel_size=3), Flatten(),
    Linear.lazy(out_features=2), loss="cross_entropy",
)  # fmt: skip
SUBJECTS: dict[str, tuple[Any, int]] = {
    "strided": (Conv(5, 3, stride=2, padding=1), 24),
    "channels": (Conv((4, 4), (3, 3), in_channels=2, out_channels=2, padding=1, bias=True), 24),
    "network": (NET, 10),
    "step": (sgd_step(Conv(4, 2)), 5),
    "every size": (Conv.general(2), 6),
    "transposed": (ConvTranspose(3, 3, stride=2, padding=1), 20),
    "pooling": (MaxPool(5, 3, stride=2, padding=1, channels=2), 8),
    "mean": (AvgPool((4, 4), 2), 12),
    "other names": (Conv(4, 2, notation=Notation(weight=r"\mathbf{W}", input="x", index_base=0)), 18),
    "chain": (Sequential(Conv(6, 3), Activation("tanh"), MaxPool.lazy(kernel_size=2), loss="squared"), 4),
    "patch by patch": (sgd_step(Conv(4, 2), schedule="sequential"), 4),
    "mean of patches": (sgd_step(Conv((3, 3), 2), schedule="mean"), 8),
    "no loss": (sgd_step(Conv((3, 3), 2, out_channels=2), loss=None), 10),
}
HOSTILE = r"A ~ = # { } : \n \\ ]]> <b> & ' \" $x$ // $CATEGORY: ::t:: ####"

_sheets: dict[tuple[str, str], Exercises] = {}


def sheet(name: str, language: str = "en") -> Exercises:
    if (name, language) not in _sheets:
        subject, count = SUBJECTS[name]
        _sheets[name, language] = exercises(subject, count, 1, language=language, title=HOSTILE)
    return _sheets[name, language]


CASES = thinned([(name, language) for name in SUBJECTS for language in ("en", "de")], 13)


def made_up(sheet: Exercises) -> Exercises:
    """Exercises in which every text has every sign."""
    text = "Is $a < b$ & \\# ~ = { } : # ]]> <i> \\n\n\n$$\nx_{1} &= 2 \\\\ y &> 3\n$$\n\nnot // this ::"
    free = Exercise("output_number", 1, 2, text, text, Fraction(-1, 4), "number", near=(Near(3, "no: = ~ # ]]>"),))
    chosen = Exercise(
        "choose_entry", 2, 1, text, text, 1, "choice",
        options=(Option("$a = b$ ~ # }", "no ]]>"), Option("$$\nx < 1\n$$", "yes {:}"), Option("*a*", "**b** `c < d`")),
    )  # fmt: skip
    return replace(sheet, items=(free, chosen))


# -- Moodle --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), CASES)
def test_moodle_xml_reads_back_to_the_same_exercises(name: str, language: str) -> None:
    one = sheet(name, language)
    text = str(EXPORTS["moodle"].written(one, "s")["s-moodle.xml"])
    assert read_moodle(text) == tuple(one)
    quiz = ElementTree.fromstring(text.encode())
    assert quiz.findtext("question/category/text") == "$course$/top/" + HOSTILE.replace("/", "//")
    for question in quiz.findall("question")[1:]:
        _require_moodle(question)


SHARES = {100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
          10, 5, 0}  # fmt: skip
"""Shares of the points that Moodle accepts (question/engine/bank.php), and their negatives."""
FIELDS = {"single", "shuffleanswers", "answernumbering", "showstandardinstruction", "usecase", "responseformat",
          "responserequired", "responsefieldlines", "attachments", "attachmentsrequired", "graderinfo",
          "responsetemplate", "answer", "name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden",
          "idnumber", "tags"}  # fmt: skip


def _require_moodle(question: ElementTree.Element) -> None:
    """What Moodle's importer asks of a question."""
    kind = question.get("type")
    assert kind in ("multichoice", "numerical", "shortanswer", "essay")
    assert {child.tag for child in question} <= FIELDS
    assert question.findtext("name/text") and question.findtext("questiontext/text")
    assert float(question.findtext("defaultgrade") or 0) >= 1
    answers = question.findall("answer")
    shares = [float(one.get("fraction", "nan")) for one in answers]
    assert {abs(share) for share in shares} <= SHARES
    if kind == "essay":
        assert not answers and question.findtext("graderinfo/text")
        return
    assert all(one.findtext("text") for one in answers)
    several = question.findtext("single") == "false"
    assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=1e-3) if several else 100 in shares
    if kind == "numerical":
        assert all(float(one.findtext("tolerance") or "nan") == 0 for one in answers)
        assert all(
            re.fullmatch(r"-?\d+", one.findtext("text") or "") for one in answers if one.get("fraction") == "100"
        )
    for text in question.iter("text"):
        if text.text and text.text.startswith("<"):
            assert ElementTree.fromstring(f"<div>{text.text}</div>") is not None  # HTML that is XML, too


def test_any_characters_survive_moodle() -> None:
    one = made_up(sheet("step"))
    assert read_moodle(str(EXPORTS["moodle"].written(one, "s")["s-moodle.xml"])) == tuple(one)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "not XML"),
        ("<quiz", "not XML"),
        ("<html/>", "not Moodle XML"),
        ("<quiz><question type='essay'><name><text>other</text></name></question></quiz>", "symconv did not write it"),
        ('<!DOCTYPE q [<!ENTITY a "b">]><quiz/>', "entities"),
    ],
)
def test_other_files_are_refused(text: str, wrong: str) -> None:
    with pytest.raises(ExerciseError, match=wrong):
        read_moodle(text)


# -- GIFT ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), CASES)
def test_gift_has_every_question_and_answer(name: str, language: str) -> None:
    one = sheet(name, language)
    _require_gift(one, str(EXPORTS["gift"].written(one, "s")["s.gift.txt"]))


def _require_gift(one: Exercises, text: str) -> None:
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    assert paragraphs[0].startswith("// Written by symconv") and paragraphs[1].startswith("$CATEGORY: $course$/top/")
    assert len(paragraphs) == len(one) + 2  # no empty line within a question
    for exercise, part in zip(one, paragraphs[2:]):
        signs = re.sub(r"\\[\\~=#{}:]", "", part.partition("\n")[2])
        assert signs.startswith("::") and signs.count("::") == 2 and "[html]" in signs
        assert signs.count("{") == signs.count("}") == 1 and signs.rstrip().endswith("}")
        body = signs[signs.index("{") + 1 : signs.rindex("}")].partition("####")[0]
        marks = {"choice": (1, len(exercise.options) - 1), "list": (0, len(exercise.among))}
        if exercise.answer_type in marks:
            assert (body.count("="), body.count("~")) == marks[exercise.answer_type], part
        elif exercise.answer_type in ("number", "numbers"):
            wrong = sum(len(spellings(near.value)) for near in exercise.near)
            assert body.count("=") == len(spellings(exercise.answer)) + wrong
        else:
            assert not body.strip()


def test_any_characters_survive_gift() -> None:
    one = made_up(sheet("step"))
    _require_gift(one, str(EXPORTS["gift"].written(one, "s")["s.gift.txt"]))


@pytest.mark.slow
def test_a_parser_of_gift_reads_it(tmp_path: Path) -> None:
    """gift-pegjs, if Node finds it."""
    script = "const {parse} = require('gift-pegjs'); const fs = require('fs');" \
        "console.log(JSON.stringify(parse(fs.readFileSync(process.argv[1], 'utf8'))))"  # fmt: skip
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    for name in SUBJECTS:
        for one in (sheet(name), made_up(sheet(name))):
            path = tmp_path / "s.txt"
            path.write_text(str(EXPORTS["gift"].written(one, "s")["s.gift.txt"]), encoding="utf-8")
            done = subprocess.run(["node", "-e", script, str(path)], capture_output=True, text=True)
            if "Cannot find module" in done.stderr:
                pytest.skip("gift-pegjs is not installed")
            assert done.returncode == 0, done.stderr[-500:]
            read = [question for question in json.loads(done.stdout) if question["type"] != "Category"]
            assert [question["type"] for question in read] == list(map(_gift_type, one))


def _gift_type(exercise: Exercise) -> str:
    if exercise.answer_type in ("choice", "list"):
        return "MC"
    if exercise.answer_type in ("formula", "constraints"):
        return "Essay"
    return "Numerical" if isinstance(exercise.answer, int) else "Short"


# -- QTI -----------------------------------------------------------------------------------------------

CHILDREN = {
    "assessmentItem": "responseDeclaration* outcomeDeclaration* itemBody responseProcessing modalFeedback*",
    "responseDeclaration": "correctResponse? mapping?",
    "correctResponse": "value+",
    "mapping": "mapEntry+",
    "outcomeDeclaration": "defaultValue?",
    "defaultValue": "value+",
    "itemBody": "div div (choiceInteraction|p|extendedTextInteraction)",
    "choiceInteraction": "simpleChoice+",
    "simpleChoice": "p+",
    "responseProcessing": "(responseCondition|setOutcomeValue)*",
    "responseCondition": "responseIf responseElseIf*",
    "responseIf": "(match|or) setOutcomeValue+",
    "responseElseIf": "or setOutcomeValue+",
    "or": "stringMatch+",
    "match": "variable correct",
    "stringMatch": "variable baseValue",
    "setOutcomeValue": "(baseValue|variable|mapResponse)",
    "modalFeedback": "p+",
    "div": "p+",
    "p": "(em|strong|code|textEntryInteraction)*",
}
"""The part of the published schema (imsqti_v2p1.xsd) that items here use, as patterns of children in order."""
REQUIRED = {
    "assessmentItem": {"identifier", "title", "adaptive", "timeDependent"},
    "responseDeclaration": {"identifier", "cardinality", "baseType"},
    "outcomeDeclaration": {"identifier", "cardinality", "baseType"},
    "mapEntry": {"mapKey", "mappedValue"},
    "choiceInteraction": {"responseIdentifier", "shuffle", "maxChoices"},
    "simpleChoice": {"identifier"},
    "textEntryInteraction": {"responseIdentifier"},
    "extendedTextInteraction": {"responseIdentifier"},
    "setOutcomeValue": {"identifier"},
    "modalFeedback": {"outcomeIdentifier", "identifier", "showHide"},
    "baseValue": {"baseType"},
    "variable": {"identifier"},
    "correct": {"identifier"},
    "stringMatch": {"caseSensitive"},
}
SPACE = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


@pytest.mark.parametrize(("name", "language"), CASES)
def test_qti_follows_its_schema(name: str, language: str) -> None:
    one = sheet(name, language)
    files = _unpacked(one)
    for exercise in one:
        _require_item(exercise, files[f"items/{exercise.id}.xml"])
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    space = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
    assert [child.tag for child in manifest] == [f"{space}{tag}" for tag in ("metadata", "organizations", "resources")]
    assert {resource.get("href") for resource in manifest.iter(f"{space}resource")} == set(files) - {"imsmanifest.xml"}
    test = ElementTree.fromstring(files["test.xml"])
    assert test.get("title") == HOSTILE
    assert [ref.get("href") for ref in test.iter(f"{SPACE}assessmentItemRef")] == [f"items/{e.id}.xml" for e in one]


def test_any_characters_survive_qti() -> None:
    one = made_up(sheet("step"))
    for exercise in one:
        _require_item(exercise, _unpacked(one)[f"items/{exercise.id}.xml"])


def _unpacked(one: Exercises) -> dict[str, bytes]:
    data = EXPORTS["qti"].written(one, "s")["s-qti.zip"]
    assert isinstance(data, bytes)
    with zipfile.ZipFile(io.BytesIO(data + b" " * 74)) as archive:  # with room for the seal
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def _require_item(exercise: Exercise, data: bytes) -> None:
    item = ElementTree.fromstring(data)
    for element in item.iter():
        tag = element.tag.removeprefix(SPACE)
        children = "".join(f"{child.tag.removeprefix(SPACE)} " for child in element)
        if tag in CHILDREN:
            pattern = "".join(
                part if part in "()|*+?" else f"(?:{part} )" for part in re.findall(r"\w+|[()|*+?]", CHILDREN[tag])
            )
            assert re.fullmatch(pattern, children), (tag, children, pattern)
        assert REQUIRED.get(tag, set()) <= set(element.attrib), tag
    values = [value.text for value in item.iterfind(f"{SPACE}responseDeclaration/{SPACE}correctResponse/{SPACE}value")]
    if exercise.answer_type == "choice":
        assert values == [f"choice_{exercise.answer}"]
    elif exercise.answer_type == "list":
        assert isinstance(exercise.answer, tuple)
        assert [exercise.among[int((value or "").removeprefix("choice_"))] for value in values] == list(exercise.answer)
    elif exercise.answer_type in ("number", "numbers"):
        read = _numbers if exercise.answer_type == "numbers" else _number
        assert [read(value) for value in values] == [exercise.answer]
    shown = {(one.get("outcomeIdentifier"), one.get("identifier")) for one in item.iter(f"{SPACE}modalFeedback")}
    wanted = {("FEEDBACK", f"choice_{at}") for at in range(len(exercise.options))}
    assert shown == wanted | {("FEEDBACK", f"near_{at}") for at in range(len(exercise.near))} | {("SOLUTION", "shown")}


# -- all of them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", thinned(SUBJECTS, 13))
def test_answers_are_marked_right_and_others_wrong(name: str) -> None:
    one = sheet(name)
    for exercise in one:
        assert one.grade(exercise.number, exercise.answer).right
        for near in exercise.near:
            mark = one.grade(exercise.number, near.value)
            assert not mark.right and mark.feedback.endswith(near.feedback)
        if exercise.answer_type in ("number", "numbers"):
            texts = [text for text in spellings(exercise.answer) if "." not in text and " x " not in text]
            assert all(one.grade(exercise.number, text).right for text in texts), exercise
        if exercise.answer_type == "list":
            assert isinstance(exercise.answer, tuple)
            assert set(exercise.answer) < set(exercise.among) or len(exercise.among) == len(exercise.answer)


def test_difficulty_and_title() -> None:
    conv = Conv(5, 3, stride=2, padding=1)
    for level in DIFFICULTIES:
        made = exercises(conv, 6, difficulty=level, title="Quiz 1")
        assert {exercise.difficulty for exercise in made} == {level}
        assert made.title == "Quiz 1" and made.sheet().startswith("# Quiz 1\n") and made.to_dict()["title"] == "Quiz 1"
    assert exercises(conv, 2).title == "Exercises on a convolution layer"
    for given, wrong in (({"difficulty": "heavy"}, "no such difficulty"), ({"title": "a\nb"}, "not a line"),
                         ({"title": 3}, "not a line"), ({"difficulty": 1}, "no such difficulty")):  # fmt: skip
        with pytest.raises(ExerciseError, match=wrong):
            exercises(conv, 2, **given)  # type: ignore[arg-type]
    with pytest.raises(ExerciseError, match="has symbols"):
        exercises(Sequential(Conv.general(1), loss="squared"), 2)


def test_the_command_line_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(EXPORTS) == options.EXPORTS and options.DIFFICULTIES == DIFFICULTIES
    given = ["exercises", str(tmp_path), "--input-size", "5", "--kernel-size", "3", "--count", "3", "--json"]
    assert main([*given, "--format", "moodle", "gift", "qti", "--difficulty", "easy", "--title", "Quiz"]) == 0
    files = [Path(file) for file in json.loads(capsys.readouterr().out)["files"]]
    assert [file.suffix for file in files] == [".xml", ".txt", ".zip"]
    assert len(read_moodle(files[0].read_text(encoding="utf-8"))) == 3
    assert zipfile.is_zipfile(files[2])
    assert main([*given, "--step", "summed", "--format", "moodle"]) == 0
    assert main([*given, "--format", "moodel"]) == 2
    assert "moodle" in capsys.readouterr().err


def test_every_kind_has_a_name_in_both_languages() -> None:
    from symconv.questions.kinds import KINDS
    from symconv.questions.of_networks import NETWORK_KINDS
    from symconv.questions.of_steps import STEP_KINDS

    for texts in CATALOGUES.values():
        assert all(f"kind.{kind.name}" in texts for kind in (*KINDS, *NETWORK_KINDS, *STEP_KINDS))
