"""Exercises: every solution again by brute force, wrong solutions refused, sheets that compile."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv import AvgPool, Conv, ConvTranspose, Exercise, ExerciseError, MaxPool, Notation, SymconvError, exercises
from symconv.cli.main import main
from symconv.errors import OutputError
from symconv.figures import reads
from symconv.layers import Layer
from symconv.notes.languages import places_of
from symconv.questions.draft import Draft, Proved
from symconv.questions.kinds import KINDS
from symconv.questions.languages import CATALOGUES, Texts
from symconv.questions.subject import Subject
from tests.questions.exercise_oracle import Oracle, forward, plain
from tests.tools import require_module, thinned

LAYERS = [
    Conv(3, 2),
    Conv((3, 3), (2, 2), out_channels=2),
    Conv(7, 3, stride=2, padding=1, dilation=2, bias=True),
    Conv((4, 4), (3, 3), stride=2, padding=1, bias=True),
    Conv((5, 4), (3, 2), in_channels=4, out_channels=2, groups=2, stride=(2, 1), padding=1, bias=True),
    Conv((3, 3, 3), (2, 2, 2), stride=2, padding=1),
    Conv((4, 4), (3, 3), padding=1, padding_mode="circular"),
    Conv(4, 3, padding=1, padding_mode="reflect", out_channels=2),
    Conv(5, 3, padding=1, padding_mode="replicate"),
    Conv(5, 3, padding=((-1, 2),), in_channels=2),
    Conv(4, 3, batch_size=2, bias=True),
    Conv(3, 2, input_dilation=2, flip=True),
    Conv(12, 2, stride=3),
    ConvTranspose((2, 3), (2, 2), stride=2, in_channels=2, out_channels=2, groups=2),
    ConvTranspose(3, 3, stride=2, padding=1, output_padding=1, bias=True),
    AvgPool((4, 4), 2),
    AvgPool(4, 3, stride=1, padding=1, count_include_pad=False),
    MaxPool(5, 3, stride=2, padding=1, channels=2),
]
SYMBOLIC = [Conv.general(1), Conv.general(2), ConvTranspose.general(1), Conv.general(1, padding_mode="circular")]
NUMBERS = {"n": 6, "K": 2, "s": 2, "p": 1, "d": 3, "C_in": 2, "C_out": 2, "u": 1}
"""For the symbols of general layers, on every axis."""


@pytest.mark.parametrize("layer", thinned(LAYERS, 5), ids=repr)
def test_every_solution_by_brute_force(layer: Layer) -> None:
    oracle = Oracle(layer)
    kinds = set()
    for seed in range(2):
        for exercise in exercises(layer, 12, seed):
            BY_KIND[exercise.kind](oracle, exercise)
            kinds.add(exercise.kind)
    assert kinds >= {"output_size", "output_number", "read_inputs", "reading_outputs"} - set(
        () if max(map(int, layer.input_shape)) < 10 else ("output_number",)
    )


@pytest.mark.parametrize("layer", thinned(SYMBOLIC, 2), ids=repr)
def test_every_solution_for_symbols(layer: Layer) -> None:
    numbers = {name: NUMBERS[name.rstrip("12")] for name in layer.symbol_names}
    oracle = Oracle(layer.at(**numbers), general=True)
    latex = {re.sub(r"C_(\w+)", r"C_{\\mathrm{\1}}", name): number for name, number in numbers.items()}
    for exercise in exercises(layer, 9, 1):
        BY_KIND[exercise.kind](oracle, exercise, latex)


# -- the kinds, each checked in its own way --------------------------------------------------------------


def entry_formula(oracle: Oracle, exercise: Exercise) -> None:
    assert oracle.holds(str(exercise.answer))
    displayed = re.search(r"\$\$\n(.*)\n\$\$", exercise.solution, re.DOTALL)
    assert displayed is not None
    left, *sides = re.sub(r"\\(begin|end)\{aligned\}|\\quad|\\\\|&|\n", "", displayed[1]).split("=")
    assert all(oracle.right(side) == oracle.left(left) for side in sides)


def output_number(oracle: Oracle, exercise: Exercise) -> None:
    """With the numbers that the question prints."""
    arrays: dict[str, list[int]] = {}
    for name, body in re.findall(r"([Xwb])(?:\^\{\([\d, ]+\)\})? = \\begin\{bmatrix\}(.*?)\\end", exercise.question):
        arrays.setdefault(name, []).extend(map(int, re.findall(r"-?\d+", body)))
    shaped = {name: np.array(flat, dtype=object).reshape(oracle.arrays[name].shape) for name, flat in arrays.items()}
    asked = re.search(r"\$h(_\{[\d,]+\})\$", exercise.question)
    assert asked is not None
    right = Oracle(oracle.layer, shaped).entry(plain(f"h{asked[1]}"))
    assert right == exercise.answer
    assert exercise.answer not in [near.value for near in exercise.near]


def output_size(oracle: Oracle, exercise: Exercise) -> None:
    given = oracle.layer.arguments()
    names = {
        "input": "input_size",
        "kernel": "kernel_size",
        "stride": "stride",
        "padding": "padding",
        "dilation": "dilation",
    }
    if match := re.search(r"with (?:an? )?(\w+) .*?\$([\d \\times]+)\$", exercise.question):
        given[names[match[1]]] = tuple(map(int, re.findall(r"\d+", match[2])))
    layer = type(oracle.layer)(**given)
    zeros = [np.zeros([int(n) for n in shape], dtype=object) for shape in (layer.input_shape, _weights(layer))]
    size = forward(layer, *zeros).shape[-layer.ndim :]
    assert exercise.answer == (size if layer.ndim > 1 else size[0])
    assert exercise.answer not in [near.value for near in exercise.near]


def _weights(layer: Layer) -> Any:
    return layer.weight_shape if "grad_weight" in layer.quantities else (1,)


def count(oracle: Oracle, exercise: Exercise) -> None:
    layer, arrays = oracle.layer, oracle.arrays
    if "parameters" in exercise.question:
        right = arrays["w"].size + (arrays["b"].size if "b" in arrays else 0)
    elif "must be zero" in exercise.question:
        right = int((oracle.dense() == 0).sum())
    elif "fully connected" in exercise.question:
        examples = 1 if layer.batch_size is None else int(layer.batch_size)
        right = arrays["X"].size * arrays["h"].size // examples**2
    else:
        ones = forward(layer, arrays["X"] * 0 + 1, arrays["w"] * 0 + 1)
        right = int(ones.sum())
    assert exercise.answer == right


def read_inputs(oracle: Oracle, exercise: Exercise) -> None:
    label = plain(re.findall(r"\$(h[^$]*)\$", exercise.question)[0])
    _, output = oracle.labels[label]
    inputs = {one for one, (name, at) in oracle.labels.items() if name == "X" and _reads(oracle, at)[output]}
    assert set(exercise.answer) == inputs  # type: ignore[arg-type]


def reading_outputs(oracle: Oracle, exercise: Exercise) -> None:
    _, at = oracle.labels[plain(re.findall(r"\$(X[^$]*)\$", exercise.question)[0])]
    reads = _reads(oracle, at)
    outputs = {one for one, (name, place) in oracle.labels.items() if name == "h" and reads[place]}
    assert set(exercise.answer) == outputs  # type: ignore[arg-type]


def _reads(oracle: Oracle, at: tuple[int, ...]) -> Any:
    """Which outputs see an input that alone is not zero, with positive weights."""
    alone = oracle.arrays["X"] * 0
    alone[at] = 7
    weights = oracle.arrays["w"] * 0 + 1 if "w" in oracle.arrays else None
    return forward(oracle.layer, alone, weights) != 0


def tied_weights(oracle: Oracle, exercise: Exercise) -> None:
    i, j = _dense_at(re.findall(r"\$(v[^$]*)\$", exercise.question)[0])
    matrix = oracle.dense()
    assert {_dense_at(one) for one in exercise.answer} | {(i, j)} == _places(matrix == matrix[i, j])  # type: ignore[union-attr]


def zero_weights(oracle: Oracle, exercise: Exercise) -> None:
    column = int(re.findall(r"number (\d+)", exercise.question)[0]) - 1
    zeros = {at for at in _places(oracle.dense() == 0) if at[1] == column}
    assert {_dense_at(one) for one in exercise.answer} == zeros  # type: ignore[union-attr]


def constraints(oracle: Oracle, exercise: Exercise) -> None:
    """The chains are the classes of equal entries."""
    matrix = oracle.dense()
    chains = [chain.split(" = ") for chain in str(exercise.answer).split(", ")]
    classes = {frozenset(_dense_at(one) for one in chain if one != "0") for chain in chains}
    equal = {frozenset(_places(matrix == value)) for value in set(matrix.ravel())}
    assert classes == {one for one in equal if len(one) > 1 or matrix[next(iter(one))] == 0}


def _dense_at(label: str) -> tuple[int, int]:
    digits = plain(label)[1:]
    numbers = digits[1:].split("_") if digits.startswith("_") else list(digits)
    i, j = map(int, numbers)
    return i - 1, j - 1


def _places(mask: Any) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in np.argwhere(mask)}


def choose_entry(oracle: Oracle, exercise: Exercise) -> None:
    right = [oracle.holds(option.text.strip("$")) for option in exercise.options]
    assert right.count(True) == 1 and right[int(exercise.answer)]  # type: ignore[arg-type]


def find_error(oracle: Oracle, exercise: Exercise) -> None:
    lines = re.findall(r"\\text\{\(\d\)\} && (.*?)(?: \\\\|\n)", exercise.question)
    right = [oracle.holds(line) for line in lines]
    assert len(lines) == len(exercise.options)
    assert right.count(False) == 1 and not right[int(exercise.answer)]  # type: ignore[arg-type]


def general_formula(oracle: Oracle, exercise: Exercise, symbols: dict[str, int] | None = None) -> None:
    assert oracle.holds_for_all(str(exercise.answer), symbols or {})


def choose_formula(oracle: Oracle, exercise: Exercise, symbols: dict[str, int] | None = None) -> None:
    right = [oracle.holds_for_all(_line(option.text), symbols or {}, most=20) for option in exercise.options]
    assert right.count(True) == 1 and right[int(exercise.answer)]  # type: ignore[arg-type]


def find_wrong_formula(oracle: Oracle, exercise: Exercise, symbols: dict[str, int] | None = None) -> None:
    right = [oracle.holds_for_all(_line(option.text), symbols or {}, most=20) for option in exercise.options]
    assert right.count(False) == 1 and not right[int(exercise.answer)]  # type: ignore[arg-type]


def _line(text: str) -> str:
    return re.sub(r"\$|\\(begin|end)\{aligned\}|\\quad|\\\\|&|\n", "", text)


def size_formula(oracle: Oracle, exercise: Exercise, symbols: dict[str, int]) -> None:
    size = oracle.arrays["h"].shape[-1]
    found = []
    for option in exercise.options:
        text = re.sub(r"_\{1\}", "", option.text.strip("$"))
        text = re.sub(r"\\left\\lfloor \\frac\{(.*)\}\{(.*)\} \\right\\rfloor", r"((\1)//(\2))", text)
        text = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text)
        assert re.fullmatch(r"[\w\s()+*/-]+", text)
        found.append(eval(text, {}, {name.rstrip("1"): number for name, number in symbols.items()}) == size)
    assert found[int(exercise.answer)]  # type: ignore[arg-type]


BY_KIND: dict[str, Any] = {
    "output_size": output_size, "size_formula": size_formula, "count": count, "output_number": output_number,
    "read_inputs": read_inputs, "reading_outputs": reading_outputs, "zero_weights": zero_weights,
    "tied_weights": tied_weights, "constraints": constraints, "output_entry": entry_formula,
    "weight_gradient": entry_formula, "input_gradient": entry_formula, "bias_gradient": entry_formula,
    "choose_entry": choose_entry, "find_error": find_error, "general_formula": general_formula,
    "choose_formula": choose_formula, "find_wrong_formula": find_wrong_formula,
}  # fmt: skip


def test_every_kind_is_checked() -> None:
    assert set(BY_KIND) == {kind.name for kind in KINDS}


# -- nothing unverified is given out ---------------------------------------------------------------------

STRIDED = Conv(5, 3, stride=2, padding=1)


def drafted(kind: str) -> tuple[Subject, Draft]:
    import random

    subject = Subject(STRIDED, Texts("en"))
    one = next(one for one in KINDS if one.name == kind)
    return subject, one.draft(subject, one.places(subject)[0], random.Random(0))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("weight_gradient", "dL/dw1 = delta2*X2"),  # a term is dropped
        ("weight_gradient", "dL/dw1 = delta2*X2 + delta3*X3"),  # an index is shifted
        ("weight_gradient", "dL/dw1 = delta2*X1 + delta3*X2"),  # the stride is one
        ("output_entry", "h1 = w1*X1 + w2*X2 + w3*X3"),  # the padding is left out
        ("input_gradient", "dL/dX1 = delta1*w1"),
        ("general_formula", r"h_{i} = \sum_{k} w_{k} \, X_{i + k - 1}"),
        ("constraints", "v11 = v32"),
    ],
)
def test_a_wrong_solution_is_refused(kind: str, wrong: str) -> None:
    subject, draft = drafted(kind)
    of = draft.quantity or "constraints"
    assert subject.verified(draft, 1).answer == draft.answer
    swapped = tuple(Proved(wrong, of) if one == Proved(str(draft.answer), of) else one for one in draft.evidence)
    with pytest.raises(ExerciseError, match="should be proved and is refuted"):
        subject.verified(replace(draft, answer=wrong, evidence=swapped), 1)
    with pytest.raises(ExerciseError, match="not among what is checked"):
        subject.verified(replace(draft, answer=wrong), 1)


def test_a_right_distractor_and_a_solution_without_evidence_are_refused() -> None:
    from symconv.questions.draft import Different, Equal, Refuted

    subject, draft = drafted("output_entry")
    right = str(draft.answer)
    for evidence, message in (
        (Refuted(right, "output"), "should be refuted and is proved"),
        (Different(3, 3, "one"), "is said to be wrong, and is right"),
        (Equal(3, 4, "one"), "3 here, 4 by plain arithmetic"),
        (Proved("h1 = ?", "output"), "cannot be read"),
    ):
        with pytest.raises(ExerciseError, match=re.escape(message)):
            subject.verified(replace(draft, evidence=(*draft.evidence, evidence)), 1)
    with pytest.raises(ExerciseError, match="nothing of it is checked"):
        subject.verified(replace(draft, answer=1, answer_type="number", evidence=()), 1)


# -- the sheet -------------------------------------------------------------------------------------------


def test_there_are_so_many_questions_and_they_differ() -> None:
    with pytest.raises(ExerciseError, match=r"there are (\d+) different questions") as caught:
        exercises(Conv(3, 2), 10_000)
    available = int(re.findall(r"there are (\d+)", str(caught.value))[0])
    every = exercises(Conv(3, 2), available)
    assert len({(one.kind, one.question) for one in every}) == available
    assert [one.number for one in every] == list(range(1, available + 1))
    with pytest.raises(ExerciseError):
        exercises(Conv(3, 2), available + 1)


@pytest.mark.parametrize("given", [{"n": 0}, {"n": True}, {"n": 2.0}, {"n": 2, "seed": "a"}])
def test_bad_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(ExerciseError, match="whole number"):
        exercises(Conv(3, 2), **given)


def test_bad_input() -> None:
    with pytest.raises(SymconvError, match="no such language"):
        exercises(Conv(3, 2), 2, language="xx")
    with pytest.raises(SymconvError, match="not a layer"):
        exercises("Conv(3, 2)", 2)  # type: ignore[arg-type]


def test_the_same_arguments_give_the_same_bytes() -> None:
    conv = Conv((3, 3), (2, 2), out_channels=2)
    one, again, other = (exercises(conv, 9, seed) for seed in (4, 4, 5))
    assert one.to_json() == again.to_json() and one.sheet(True) == again.sheet(True)
    assert one.to_json() != other.to_json()


def test_both_languages_have_the_same_texts() -> None:
    english, german = CATALOGUES["en"], CATALOGUES["de"]
    assert list(english) == list(german)
    for key in english:
        assert places_of(english[key]) == places_of(german[key]), key
    pairs = zip(exercises(STRIDED, 12, 1), exercises(STRIDED, 12, 1, language="de"))
    assert all(one.answer == other.answer and one.question != other.question for one, other in pairs)


@pytest.mark.slow
def test_json_follows_the_schema() -> None:
    jsonschema = require_module("jsonschema")
    page = (Path(symconv.__file__).parent.parent / "docs" / "exercises.md").read_text(encoding="utf-8")
    schema = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    for layer in (*LAYERS[::3], Conv.general(1)):
        sheet = exercises(layer, 9, 2)
        made = json.loads(sheet.to_json())
        jsonschema.validate(made, schema)
        assert made == sheet.to_dict()
        for exercise, kept in zip(sheet, made["exercises"]):
            assert sheet.grade(exercise.number, kept["answer"]).right, kept


def test_answers_are_marked() -> None:
    sheet = exercises(STRIDED, 60, 0)
    by_kind = {exercise.kind: exercise for exercise in sheet}
    for exercise in sheet:
        assert sheet.grade(exercise.number, exercise.answer).right
        for wrong in exercise.near:
            mark = sheet.grade(exercise.number, wrong.value)
            assert not mark.right and mark.feedback.endswith(wrong.feedback)
        for at, option in enumerate(exercise.options):
            mark = sheet.grade(exercise.number, "abcdefgh"[at])
            assert mark.right == (at == exercise.answer) and mark.feedback == option.feedback
    gradient = by_kind["weight_gradient"]
    _, _, right = str(gradient.answer).partition(" = ")
    assert sheet.grade(gradient.number, right).right
    assert sheet.grade(gradient.number, f"{right} + delta1*X1").status == "wrong"
    assert sheet.grade(gradient.number, "import os").status == "unreadable"
    assert sheet.grade(gradient.number, str(gradient.answer).partition(" = ")[0]).status != "right"
    general = by_kind["general_formula"]
    assert sheet.grade(general.number, "h_{i} = h_{i}").status != "right"
    for kind in ("output_size", "tied_weights", "find_error"):
        assert sheet.grade(by_kind[kind].number, None).status == "unreadable"
    with pytest.raises(ExerciseError, match="no such exercise"):
        sheet.grade(len(sheet) + 1, 1)


@pytest.mark.tex
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("layer", [LAYERS[4], LAYERS[13], Conv.general(2)], ids=repr)
def test_sheets_compile_without_overfull_lines(layer: Layer, language: str, tmp_path: Path) -> None:
    count = 11 if not layer.is_concrete else 24
    for path in exercises(layer, count, 3, language=language).write(tmp_path, "tex", name="sheet"):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", path.name],
            cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
        wide = [float(size) for size in re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout)]
        assert not [size for size in wide if size > 5], wide


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("layer", thinned([*LAYERS[::4], Conv.general(1)], 2), ids=repr)
def test_sheets_are_written_in_every_format(layer: Layer, language: str, seed: int, tmp_path: Path) -> None:
    _require_written(layer, language, seed, tmp_path)


OWN = [
    Notation(input="x", weight=r"\mathbf{W}", output="y", index_base=1, limits=True, bold=True),
    Notation(input="a", output="z", index_base=0, vectors="column"),
    Notation(input="I", weight=("K", r"\mathcal{K}"), output="S", formula_base=1),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("at", range(len(LAYERS) + len(SYMBOLIC)))
def test_sheets_in_any_notation_are_written_in_every_format(at: int, language: str, tmp_path: Path) -> None:
    layer, notation = [*LAYERS, *SYMBOLIC][at], OWN[at % len(OWN)]
    if notation.weight not in layer.symbol_names:
        layer = type(layer)(**{**layer.arguments(), "notation": notation})
    _require_written(layer, language, at, tmp_path)


def _require_written(layer: Layer, language: str, seed: int, tmp_path: Path) -> None:
    html5lib = require_module("html5lib")
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    formats = ["tex", "beamer", "md", "ipynb", "html", "json"]
    sheet = exercises(layer, 11, seed, language=language)
    paths = sheet.write(tmp_path, formats, name="sheet", force=True)
    for path in (path for path in paths if path.suffix == ".html"):
        page = path.read_text(encoding="utf-8")
        strong = ["".join(one.itertext()) for one in parser.parse(page).iter("strong")]
        word = {"en": "Exercise", "de": "Aufgabe"}[language]
        assert [one for one in strong if one.startswith(word)] == [f"{word} {n}" for n in range(1, 12)]
        assert "aligned}" not in page and "gathered}" not in page


def test_files(tmp_path: Path) -> None:
    sheet = exercises(Conv(3, 2), 4)
    names = {path.name for path in sheet.write(tmp_path, ["tex", "md", "html", "json"], name="one")}
    stems = ("one", "one-solutions")
    assert names >= {f"{stem}.{ending}" for stem in stems for ending in ("tex", "md", "html")} | {"one.json"}
    assert "Solution." not in (tmp_path / "one.tex").read_text(encoding="utf-8")
    assert "Solution." in (tmp_path / "one-solutions.tex").read_text(encoding="utf-8")
    sheet.write(tmp_path, name="one")  # over its own
    (tmp_path / "other.json").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="symconv did not write it"):
        sheet.write(tmp_path, name="other")
    for wrong in ({"name": "../a"}, {"formats": "docx"}, {"formats": ()}):
        with pytest.raises(OutputError):
            sheet.write(tmp_path, **wrong)  # type: ignore[arg-type]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--input-size", "5", "--kernel-size", "3", "--stride", "2"]
    assert main(["exercises", str(tmp_path), *given, "--count", "5", "--seed", "1", "--language", "de", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [Path(file).suffix for file in files] == [".tex", ".tex", ".json"]
    made = json.loads(Path(files[2]).read_text(encoding="utf-8"))
    assert made["language"] == "de" and len(made["exercises"]) == 5
    assert main(["exercises", str(tmp_path), *given, "--count", "5000"]) == 2


WINDOWS = [
    Conv(3, 2), Conv(7, 3, stride=2, padding=1), Conv(5, 3, padding=1, padding_mode="circular"),
    Conv(5, 3, padding=2, padding_mode="reflect"), ConvTranspose(3, 3, stride=2, padding=1),
    AvgPool(5, 2, ceil_mode=True), Conv((3, 4), (2, 3), padding=(0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("layer", WINDOWS, ids=repr)
def test_what_is_said_of_a_window_is_true(layer: Any) -> None:
    """Inside, outside, or between zeros, by a loop over all that the window reads."""
    subject = Subject(layer, Texts("en"))
    for output in subject.indices("output"):
        found = [read.position for read in reads(layer)[subject.indices("output").index(output)]]
        axes = reads(layer).axes
        leaves = any(not 0 <= q < axis.dilated for position in found for q, axis in zip(position, axes))
        spread = any(axis.l > 1 for axis in axes)
        key = subject.window_words(output)
        assert key == (
            "output_entry.solution_spread" if spread
            else "output_entry.solution" if not leaves
            else "output_entry.solution_outside" if isinstance(layer, AvgPool)
            else "output_entry.solution_padded"
        )  # fmt: skip


@pytest.mark.parametrize(
    "layer", [Conv(1, 1, bias=True), Conv(2, 1, bias=True), Conv((1, 1), 1), Conv(3, 3), AvgPool(2, 1)], ids=repr
)
def test_no_two_options_are_the_same(layer: Any) -> None:
    for seed in range(3):
        for one in exercises(layer, 6, seed=seed):
            texts = [option.text for option in one.options or ()]
            assert len(set(texts)) == len(texts), texts
