"""QTI 2.1: a content package with an item for every exercise, a test of all of them, and a manifest.

A choice and a list are choice interactions, numbers text entries, formulas texts that a person marks. Items refer to
nothing outside the package. https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from symconv.foundations.files import MARKER
from symconv.foundations.seals import SEAL_LENGTH
from symconv.questions.exercise import Exercise
from symconv.questions.exports.export import Sheet, printable, spellings
from symconv.questions.exports.markup import elements

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
LOCATIONS = {
    QTI: "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    PACKAGE: "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
}
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the package, so that the same exercises give the same bytes."""

RESPONSE, SCORE, FEEDBACK, SOLUTION = "RESPONSE", "SCORE", "FEEDBACK", "SOLUTION"


def package(sheet: Sheet, stem: str) -> bytes:
    """The package: a ZIP archive, whose comment says who wrote it."""
    items = {f"items/{one.id}.xml": item(sheet, one) for one in sheet}
    files = {"imsmanifest.xml": _manifest(sheet, stem, items), "test.xml": _test(sheet, stem), **items}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), text.encode(), zipfile.ZIP_DEFLATED)
        archive.comment = (MARKER + " " * SEAL_LENGTH).encode()
    return data.getvalue()[:-SEAL_LENGTH]


def item(sheet: Sheet, exercise: Exercise) -> str:
    """One assessment item."""
    root = _root("assessmentItem", QTI, identifier=_identifier(exercise), adaptive="false", timeDependent="false",
                 title=f"{exercise.number:02d} {sheet.words('kind.' + exercise.kind)}")  # fmt: skip
    root.set("xml:lang", sheet.language)
    _declarations(root, exercise)
    body = _add(root, "itemBody")
    context = _add(body, "div")
    context.set("class", "introduction")
    context.extend(elements(sheet.introduction))
    _add(body, "div").extend(elements(exercise.question))
    _interaction(body, sheet, exercise)
    _processing(root, exercise)
    _feedback(root, sheet, exercise)
    return _text(root)


# -- what is declared ----------------------------------------------------------------------------------


def _declarations(root: Element, exercise: Exercise) -> None:
    chosen = exercise.answer_type in ("choice", "list")
    response = _add(root, "responseDeclaration", identifier=RESPONSE,
                    cardinality="multiple" if exercise.answer_type == "list" else "single",
                    baseType="identifier" if chosen else "string")  # fmt: skip
    if right := _right(exercise):
        correct = _add(response, "correctResponse")
        for value in right:
            _add(correct, "value").text = value
    if exercise.answer_type in ("number", "numbers"):
        mapping = _add(response, "mapping", defaultValue="0")
        for text in spellings(exercise.answer):
            _add(mapping, "mapEntry", mapKey=text, mappedValue=str(exercise.points), caseSensitive="false")
    _outcome(root, SCORE, "float", "0").set("normalMaximum", str(exercise.points))
    _outcome(root, FEEDBACK, "identifier", "none")
    _outcome(root, SOLUTION, "identifier", "hidden")


def _right(exercise: Exercise) -> list[str]:
    """The values of the right response; none if a person marks it."""
    if exercise.answer_type == "choice":
        return [f"choice_{exercise.answer}"]
    if exercise.answer_type == "list":
        assert isinstance(exercise.answer, tuple)
        names = _names(exercise)
        return [f"choice_{names.index(str(one))}" for one in exercise.answer]
    return spellings(exercise.answer)[:1] if exercise.answer_type in ("number", "numbers") else []


def _names(exercise: Exercise) -> tuple[str, ...]:
    assert isinstance(exercise.answer, tuple)
    return exercise.among or tuple(map(str, exercise.answer))


def _outcome(root: Element, name: str, base: str, default: str) -> Element:
    outcome = _add(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType=base)
    _add(_add(outcome, "defaultValue"), "value").text = default
    return outcome


# -- what is shown -------------------------------------------------------------------------------------


def _interaction(body: Element, sheet: Sheet, exercise: Exercise) -> None:
    if exercise.answer_type in ("choice", "list"):
        single = exercise.answer_type == "choice"
        texts = [one.text for one in exercise.options] if single else list(map(sheet.shown_name, _names(exercise)))
        choices = _add(body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle=str(single).lower(),
                       maxChoices="1" if single else "0")  # fmt: skip
        for at, text in enumerate(texts):
            _add(choices, "simpleChoice", identifier=f"choice_{at}").extend(elements(text))
    elif exercise.answer_type in ("number", "numbers"):
        _add(_add(body, "p"), "textEntryInteraction", responseIdentifier=RESPONSE, expectedLength="12")
    else:
        _add(body, "extendedTextInteraction", responseIdentifier=RESPONSE, expectedLines="3")


# -- how it is marked ----------------------------------------------------------------------------------


def _processing(root: Element, exercise: Exercise) -> None:
    """The score, and the feedback of the option or of the wrong number; the solution is shown to everybody."""
    processing = _add(root, "responseProcessing")
    if exercise.answer_type in ("number", "numbers"):
        _set(processing, SCORE, _made("mapResponse", identifier=RESPONSE))
        _feedback_of_numbers(processing, exercise)
    elif exercise.answer_type in ("choice", "list"):
        condition = _add(_add(processing, "responseCondition"), "responseIf")
        match = _add(condition, "match")
        _add(match, "variable", identifier=RESPONSE)
        _add(match, "correct", identifier=RESPONSE)
        _set(condition, SCORE, _value("float", str(exercise.points)))
        if exercise.answer_type == "choice":
            _set(processing, FEEDBACK, _made("variable", identifier=RESPONSE))
    _set(processing, SOLUTION, _value("identifier", "shown"))


def _feedback_of_numbers(processing: Element, exercise: Exercise) -> None:
    condition = _made("responseCondition")
    for at, near in enumerate(exercise.near):
        branch = _add(condition, "responseElseIf" if at else "responseIf")
        either = _add(branch, "or")
        for text in spellings(near.value):
            match = _add(either, "stringMatch", caseSensitive="false")
            _add(match, "variable", identifier=RESPONSE)
            match.append(_value("string", text))
        _set(branch, FEEDBACK, _value("identifier", f"near_{at}"))
    if len(condition):
        processing.append(condition)


def _set(parent: Element, name: str, value: Element) -> None:
    _add(parent, "setOutcomeValue", identifier=name).append(value)


def _value(base: str, text: str) -> Element:
    value = _made("baseValue", baseType=base)
    value.text = text
    return value


def _feedback(root: Element, sheet: Sheet, exercise: Exercise) -> None:
    said = [(FEEDBACK, f"choice_{at}", option.feedback) for at, option in enumerate(exercise.options)]
    said += [(FEEDBACK, f"near_{at}", near.feedback) for at, near in enumerate(exercise.near)]
    for outcome, identifier, text in (*said, (SOLUTION, "shown", exercise.solution)):
        feedback = _add(root, "modalFeedback", outcomeIdentifier=outcome, identifier=identifier, showHide="show")
        feedback.extend(elements(text))


# -- the package ---------------------------------------------------------------------------------------


def _test(sheet: Sheet, stem: str) -> str:
    root = _root("assessmentTest", QTI, identifier=f"test-{_name(stem)}", title=printable(sheet.title))
    part = _add(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    section = _add(part, "assessmentSection", identifier="section", title=printable(sheet.title), visible="true")
    for one in sheet:
        _add(section, "assessmentItemRef", identifier=f"ref-{_identifier(one)}", href=f"items/{one.id}.xml",
             category=one.difficulty)  # fmt: skip
    return _text(root)


def _manifest(sheet: Sheet, stem: str, items: Iterable[str]) -> str:
    root = _root("manifest", PACKAGE, identifier=f"manifest-{_name(stem)}")
    about = _add(root, "metadata")
    _add(about, "schema").text = "QTIv2.1 Package"
    _add(about, "schemaversion").text = "1.0.0"
    _add(root, "organizations")
    resources = _add(root, "resources")
    paths = list(items)
    _resource(resources, "test", "imsqti_test_xmlv2p1", "test.xml", [_identifier(one) for one in sheet])
    for exercise, path in zip(sheet, paths):
        _resource(resources, _identifier(exercise), "imsqti_item_xmlv2p1", path, [])
    return _text(root)


def _resource(resources: Element, name: str, kind: str, path: str, needs: Iterable[str]) -> None:
    resource = _add(resources, "resource", identifier=name, type=kind, href=path)
    _add(resource, "file", href=path)
    for one in needs:
        _add(resource, "dependency", identifierref=one)


# -- elements ------------------------------------------------------------------------------------------


def _root(tag: str, space: str, **attributes: str) -> Element:
    """An element in whose namespace all that it holds is."""
    spaces = {"xmlns": space, "xmlns:xsi": SCHEMA, "xsi:schemaLocation": f"{space} {LOCATIONS[space]}"}
    return Element(tag, spaces | attributes)


def _made(tag: str, **attributes: str) -> Element:
    return Element(tag, attributes)


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return SubElement(parent, tag, attributes)


def _text(root: Element) -> str:
    indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _identifier(exercise: Exercise) -> str:
    return f"item-{exercise.id}"


def _name(stem: str) -> str:
    return stem.replace(" ", "-")
