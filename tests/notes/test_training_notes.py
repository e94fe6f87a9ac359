"""Lectures on networks and on steps: they compile, and every line of their numbers is right."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    Activation,
    Add,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Dropout,
    Flatten,
    GenericLoss,
    Graph,
    LayerNorm,
    Linear,
    MaxPool,
    MeanSquaredError,
    Multiply,
    Notation,
    Sequential,
    Softmax,
    sgd_step,
    write_notes,
)
from symconv.cli.main import main
from symconv.errors import OutputError, SymconvError
from symconv.notes.content.network import NetworkContent
from symconv.notes.content.numbers import number
from symconv.notes.content.step import StepContent
from symconv.notes.content.step_example import Example
from symconv.printing.latex import TensorNames, latex_of
from tests.notes.test_notes import run_latex
from tests.tools import thinned

P = {"integer": True, "positive": True}
n, n1, n2, N, K, C, q = sp.symbols("n n1 n2 N K C q", **P)
ETA = sp.Symbol("eta")

NETWORKS = {
    "pencil": (
        Sequential(
            Conv((4, 4), 2, out_channels=2, bias=True), Activation("relu"), AvgPool.lazy(kernel_size=3), Flatten(),
            Linear.lazy(out_features=2), loss="cross_entropy",
        ),
        11,
    ),
    "max pooling": (
        Sequential(
            Conv(6, 3, out_channels=2), Activation("leaky_relu"), MaxPool.lazy(kernel_size=2, stride=1), Flatten(),
            Linear.lazy(out_features=1), loss="squared",
        ),
        10,
    ),
    "batch": (
        Sequential(
            Conv(4, 2, out_channels=2), BatchNorm(), Activation("tanh"), Flatten(), Linear.lazy(out_features=2),
            loss=MeanSquaredError(), batch_size=2,
        ),
        13,
    ),
    "one neuron": (Sequential(Linear(3, 1, bias=False), Activation("sigmoid"), loss="squared"), 4),
    "no loss": (Sequential(Conv((3, 3), 2), Activation(), ConvTranspose.lazy(kernel_size=2, stride=2)), 6),
    "generic": (Sequential(Conv(5, 3), Activation("g"), loss=GenericLoss()), 5),
    "every size": (
        Sequential(
            Conv.lazy(kernel_size=K, out_channels=C, bias=True), Activation("gelu"), AvgPool.lazy(kernel_size=q),
            Conv.lazy(kernel_size=K, out_channels=C, padding=1), Activation("softplus"), Flatten(),
            Linear.lazy(out_features=10), loss="cross_entropy", input_shape=(3, n1, n2), batch_size=N,
        ),
        9,
    ),
    "residual": (
        Graph(
            {
                "conv_1": Conv.lazy(kernel_size=3, out_channels=C, padding=1), "bn.1": BatchNorm(training=True),
                "relu": Activation("relu"), "drop": Dropout(0.5), "add": (Add(), "drop", "input", "bn.1"),
                "both": (Concat(), "add", "input"),
            },
            input_shape=(C, n), batch_size=N,
        ),
        9,
    ),
    "layer norm": (
        Graph(
            {
                "norm": LayerNorm(), "fc": Linear.lazy(out_features=2), "gate": (Multiply(), "norm", "input"),
                "out": (Concat(), "fc", "gate"),
            },
            input_shape=(3,), loss="squared",
        ),
        12,
    ),
    "softmax": (
        Sequential(
            Conv.lazy(kernel_size=2, out_channels=C), Softmax(), Flatten(), Linear.lazy(out_features=K), Softmax(),
            loss="squared", input_shape=(2, n),
        ),
        12,
    ),
    "images": (
        Sequential(
            Conv((28, 28), 5, padding=2, out_channels=6, bias=True), Activation("tanh"), AvgPool.lazy(kernel_size=2),
            Flatten(), Linear.lazy(out_features=10), loss="cross_entropy", batch_size=4,
        ),
        8,
    ),
}  # fmt: skip
STEPS = {
    "two patches": (sgd_step(Conv(3, 2), schedule="sequential"), 5),
    "two patches with a bias": (sgd_step(Conv(3, 2, bias=True, out_channels=2), schedule="sequential"), 6),
    "two filters": (sgd_step(Conv((3, 3), (2, 2), out_channels=2), schedule="sequential"), 8),
    "mean": (sgd_step(Conv(4, 2), "mse", schedule="mean", momentum=sp.Symbol("mu"), weight_decay=Fraction(1, 100)), 5),
    "one position": (sgd_step(Conv(3, 3)), 5),
    "any loss": (sgd_step(Conv((4, 4), 3, padding=1, in_channels=2), None), 5),
    "every shape": (sgd_step(Conv.general(2), "generic", schedule="sequential"), 6),
    "every shape, squared": (sgd_step(Conv.general(1), schedule="sequential"), 6),
    "groups and batch": (
        sgd_step(
            Conv(5, 2, in_channels=2, out_channels=2, groups=2, batch_size=2), "cross_entropy", schedule="sequential"
        ),
        6,
    ),
    "transposed": (sgd_step(ConvTranspose(3, 2, stride=2), "squared"), 5),
}  # fmt: skip
BY_NAME = {**NETWORKS, **STEPS}
SUBJECTS = [pytest.param(*value, id=name) for name, value in BY_NAME.items()]


@pytest.mark.tex
@pytest.mark.parametrize(("subject", "most_pages"), SUBJECTS)
def test_notes_compile_without_overfull_lines(subject: Any, most_pages: int, tmp_path: Path) -> None:
    (path,) = write_notes(subject, tmp_path)
    log = run_latex(path)
    assert "undefined" not in log.lower()
    wide = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) <= 5, wide
    pages = re.search(r"Output written on .*\((\d+) pages?", log.replace("\n", ""))
    assert pages is not None and int(pages[1]) <= most_pages


@pytest.mark.parametrize(("subject", "most_pages"), thinned(BY_NAME.values(), 3), ids=list(BY_NAME))
def test_the_same_subject_gives_the_same_bytes_and_plain_words(subject: Any, most_pages: int, tmp_path: Path) -> None:
    one = write_notes(subject, tmp_path / "one")[0].read_text(encoding="utf-8")
    assert one == write_notes(subject, tmp_path / "two")[0].read_text(encoding="utf-8")
    for wrong in ("None", "nan", "Traceback", "<<", "<%", "frozenset", "Fraction"):
        assert wrong not in one, wrong
    assert one.count("{") - one.count(r"\{") == one.count("}") - one.count(r"\}")
    assert one.startswith("% Written by symconv")


# -- the numbers ---------------------------------------------------------------------------------------


def computed(text: str) -> Fraction:
    """The value of a line of numbers, by a grammar of its own: sums of products of numbers, relu and lrelu of them."""
    text = text.replace(r"\cdot", "*").replace("&", " ").replace(r"\quad", " ").replace(r"\,", " ")
    text = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"(\1/\2)", text)
    text = re.sub(r"\\operatorname\{(\w+)\}('?)\\left\(([^()]*)\\right\)", _function, text)
    assert re.fullmatch(r"[\d.\s+*/()-]+", text), text
    exact = sp.sympify(re.sub(r"\d+\.\d+", lambda m: str(sp.Rational(m[0])), text))
    return Fraction(int(exact.p), int(exact.q))


def _function(match: re.Match[str]) -> str:
    value = computed(match[3])
    slope = Fraction(1, 100) if match[1] == "lrelu" else Fraction(0)
    assert match[1] in ("relu", "lrelu")
    factor = Fraction(1) if value > 0 else slope
    return f"({factor if match[2] else factor * value})"


def worked_lines(text: str) -> Iterator[tuple[str, str]]:
    """(numbers, value) of every line of the article's examples that is written with numbers alone."""
    numbers = text[text.index(r"\section{With numbers}") :]
    for block in re.findall(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", numbers, re.DOTALL):
        block = block.replace("\\\\*\n", "\\\\\n")  # lines that stay on one page
        joined = re.sub(r"\\\\\n\s*&\\quad", " ", block)  # lines that go on
        for line in joined.split("\\\\\n"):
            sides = [side.strip(" &,\n") for side in re.split(r"=", line.split(", &")[0])]
            for left, right in pairwise(sides):
                plain = left.replace(r"\operatorname{relu}", "").replace(r"\operatorname{lrelu}", "")
                if not re.search(r"[a-zA-Z]", re.sub(r"\\(cdot|tfrac|left|right|quad|,)", "", plain)) and left:
                    yield left, right


@pytest.mark.parametrize("name", ["max pooling", "pencil"])
def test_every_line_of_numbers_in_a_network_is_right(name: str, tmp_path: Path) -> None:
    text = write_notes(NETWORKS[name][0], tmp_path)[0].read_text(encoding="utf-8")
    lines = list(worked_lines(text))
    assert len(lines) > 15
    for left, right in lines:
        if re.fullmatch(r"[\d.+-]+|-?\\tfrac\{\d+\}\{\d+\}", right):
            off = abs(computed(left) - computed(right))
            assert off == 0 or (name == "pencil" and off < Fraction(1, 500)), (left, right)


@pytest.mark.parametrize("name", ["two patches", "two patches with a bias", "two filters"])
def test_every_line_of_numbers_in_a_step_is_right(name: str, tmp_path: Path) -> None:
    text = write_notes(STEPS[name][0], tmp_path)[0].read_text(encoding="utf-8")
    checked = 0
    for left, right in worked_lines(text):
        if "matrix" not in left + right and re.fullmatch(r"-?[\d.]+|-?\\tfrac\{\d+\}\{\d+\}", right):
            assert computed(left) == computed(right), (left, right)
            checked += 1
    assert checked >= 4


def test_a_networks_example_is_what_plain_python_computes() -> None:
    """The whole of one network by loops: forwards, back, and the update."""
    network = NETWORKS["max pooling"][0]
    notes = NetworkContent(network)
    assert notes.example is not None
    found = {name: np.asarray(value, dtype=float) for name, value in notes.example.items()}
    x, w, v, b, t = (found[name] for name in ("X", "w1", "w5", "b5", "t"))
    z = np.array([[sum(w[o, 0, k] * x[0, i + k] for k in range(3)) for i in range(4)] for o in range(2)])
    a = np.where(z > 0, z, z / 100)
    pooled = np.array([[max(a[o, i], a[o, i + 1]) for i in range(3)] for o in range(2)])
    h = v @ pooled.ravel() + b
    delta = h - t
    back = (v.T @ delta).reshape(2, 3)
    at = np.array([[i + (a[o, i + 1] > a[o, i]) for i in range(3)] for o in range(2)])
    inner = np.zeros((2, 4))
    for o in range(2):
        for i in range(3):
            inner[o, at[o, i]] += back[o, i]
    inner = inner * np.where(z > 0, 1, 0.01)
    grad = np.array([[[sum(inner[o, i] * x[0, i + k] for i in range(4)) for k in range(3)]] for o in range(2)])
    assert np.allclose(found["z1"], z) and np.allclose(found["a3"], pooled) and np.allclose(found["z5"], h)
    assert np.allclose(found["dL_dw1"], grad) and np.allclose(found["dL_dw5"], np.outer(delta, pooled.ravel()))
    assert np.allclose(found["L"], ((h - t) ** 2).sum() / 2)


@pytest.mark.parametrize("bias", [False, True])
def test_a_steps_example_is_what_plain_python_computes(bias: bool) -> None:
    layer, names = Conv((3, 3), (2, 2), out_channels=2, bias=bias), TensorNames(Notation(), frozenset())
    example = Example(layer, Fraction(1, 10), random.Random(5), names)
    x, w, t = (example.given[name] for name in ("X", "w", "t"))
    b = example.given["b"] if bias else [0, 0]
    patches = [x[0, i : i + 2, j : j + 2] for i in range(2) for j in range(2)]
    for channel in range(2):
        weight, shift = w[channel, 0] + Fraction(0), Fraction(b[channel])
        errors = [(weight * p).sum() + shift - t[channel].ravel()[at] for at, p in enumerate(patches)]
        together = weight - Fraction(1, 10) * sum(e * p for e, p in zip(errors, patches))
        assert (example.together.parameters["weight"][channel, 0] == together).all()
        for at, patch in enumerate(patches):
            error = (weight * patch).sum() + shift - t[channel].ravel()[at]
            assert example.turns[at].errors[channel] == error
            weight, shift = weight - Fraction(1, 10) * error * patch, shift - Fraction(1, 10) * error * bias
        assert (example.turns[-1].new_weight[channel, 0] == weight).all()


def test_numbers_as_a_pencil_writes_them() -> None:
    table = {3: "3", Fraction(-7, 4): "-1.75", Fraction(2, 3): r"\tfrac{2}{3}", Fraction(0): "0", 1e-9: "0",
             -0.00001: "0", 2.5: "2.5", Fraction(1, 10**6): "0.000001", Fraction(100): "100", 120.0: "120"}  # fmt: skip
    assert {value: latex_of(number(value)) for value in table} == table


def test_a_large_network_has_no_example_and_a_general_one_has_none_either() -> None:
    assert NetworkContent(NETWORKS["images"][0]).example is None
    assert NetworkContent(NETWORKS["every size"][0]).example is None
    assert StepContent(sgd_step(Conv((9, 9), 3))).example is None
    assert StepContent(sgd_step(Conv.general(1))).example is None


# -- what they say -------------------------------------------------------------------------------------


def test_the_question_is_a_section_of_its_own(tmp_path: Path) -> None:
    step = write_notes(STEPS["two patches"][0], tmp_path)[0].read_text(encoding="utf-8")
    assert r"\section{The answer}" in step and r"\eta^{2} \, \delta_{1} \, (x_{1} \cdot x_{2}) \, x_{2}" in step
    network = write_notes(NETWORKS["pencil"][0], tmp_path)[0].read_text(encoding="utf-8")
    assert r"\section{Is it the same as training the small network?}" in network
    assert "relu'(0) = 0" in network.replace("$", "") or r"\operatorname{relu}'(z) &= [z > 0]" in network


def test_a_layer_with_one_output_has_nothing_to_share(tmp_path: Path) -> None:
    text = write_notes(STEPS["one position"][0], tmp_path)[0].read_text(encoding="utf-8")
    assert "For this layer there is no difference" in text and "drift apart" not in text
    assert "There is one patch" in text and "a different algorithm" not in text.split(r"\section{The layer}")[1]


def test_an_input_that_no_output_reads_makes_a_difference(tmp_path: Path) -> None:
    """One position, but its dense layer gets a weight where the kernel makes none."""
    step = sgd_step(Conv(2, 1, stride=2))
    assert step.prove_unshared().theorems[0].verdict.refuted
    assert "the zeros fill in" in write_notes(step, tmp_path)[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "step",
    [
        sgd_step(Conv(3, 2), schedule="sequential", momentum=0.5, weight_decay=0.25),
        sgd_step(Conv(3, 2), momentum=sp.Symbol("mu")),
        sgd_step(Conv(3, 2), "mse", schedule="mean"),
        sgd_step(Conv(3, 2, batch_size=2), schedule="mean", mean_over="batch"),
    ],
)
def test_of_other_steps_the_series_is_not_claimed(step: Any, tmp_path: Path) -> None:
    """With momentum, decay or a mean the schedules differ at first order: no eta^2, no numbers of a plain step."""
    text = write_notes(step, tmp_path)[0].read_text(encoding="utf-8")
    assert r"\section{Patch by patch}" not in text and r"\section{With numbers}" not in text
    assert r"\section{The answer}" in text and "number of batch" not in text


def test_notes_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SymconvError, match="not a layer"):
        write_notes(Linear(3, 2), tmp_path)  # type: ignore[arg-type]
    with pytest.raises(OutputError):
        write_notes(NETWORKS["pencil"][0], tmp_path, name="../x")
    assert list(tmp_path.iterdir()) == []


# -- the command line ----------------------------------------------------------------------------------

DESCRIPTION = """\
input: [1, 4]
loss: squared
learning_rate: 1/4
layers:
  - conv: {kernel_size: 2, bias: true}
  - activation: relu
  - flatten
  - linear: {out_features: 1}
"""


@pytest.fixture
def described(tmp_path: Path) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(DESCRIPTION, encoding="utf-8")
    return str(path)


def test_a_described_network_on_the_command_line(
    described: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", "--network", described]) == 0
    assert "dL_dw1[k] = Sum(X[i + k]*delta1[i], (i, 0, 2))" in capsys.readouterr().out
    assert main(["derive", "--network", described, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["gradients"]["w4"]["entries"]
    assert entries == [f"a3_{at}*delta4_1" for at in (1, 2, 3)]
    assert main(["prove", "--network", described, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    assert main(["spot-check", "--network", described, "--trials", "1"]) == 0
    assert "all passed" in capsys.readouterr().out
    assert main(["notes", str(tmp_path / "notes"), "--network", described]) == 0
    assert r"\eta = 0.25" in (tmp_path / "notes" / "network-4-parts.tex").read_text(encoding="utf-8")


def test_a_described_step_is_about_that_step(tmp_path: Path) -> None:
    path = tmp_path / "step.yaml"
    path.write_text(
        "input: [1, 3]\nloss: squared\nschedule: sequential\nlayers:\n  - conv: {kernel_size: 2}\n", encoding="utf-8"
    )
    assert main(["notes", str(tmp_path / "notes"), "--network", str(path)]) == 0
    assert (tmp_path / "notes" / "step-sequential-conv-3-kernel-2.tex").is_file()
    path.write_text(DESCRIPTION + "momentum: 0.9\n", encoding="utf-8")
    assert main(["notes", str(tmp_path / "notes"), "--network", str(path)]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["notes", "out", "--network", "none.yaml"], "none.yaml: No such file"),
        (["notes", "out", "--network", "NET", "--kernel-size", "2"], "--network with --kernel-size"),
        (["notes", "out", "--network", "NET", "--step", "mean"], "--network with --step"),
        (["notes", "out", "--input-size", "3", "--kernel-size", "2", "--loss", "mse"], "--loss without --step"),
        (["notes", "out", "--input-size", "3", "--kernel-size", "2", "--step", "mean", "--learning-rate", "x"],
         "--learning-rate x: not a number"),
        (["prove", "--network", "NET", "--rocq", "x.v"], "--rocq with --network"),
        (["derive", "--network", "NET", "--general", "2"], "--network with --general"),
        (["prove", "--network", "NET", "--layer", "fold"], "--network with --layer"),
    ],
)  # fmt: skip
def test_bad_usage(
    arguments: list[str],
    message: str,
    described: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: Any,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([described if one == "NET" else one for one in arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_learning_rate_stands_before_the_sum_and_a_mean_is_explained(tmp_path: Path) -> None:
    """Cross-entropy is p - t, with the factor of a mean and why it is there."""
    step = sgd_step(Conv((4, 4), 2, out_channels=2, bias=True), loss="cross_entropy", schedule="mean")
    text = write_notes(step, tmp_path)[0].read_text(encoding="utf-8")
    assert r"w_{o, k_{1}, k_{2}} - \frac{1}{9} \, \eta \, \sum_{i_{1},\, i_{2}} \delta_{o, i_{1}, i_{2}}" in text
    assert r"$\delta = \frac{1}{9} \, (p - t)$, the softmax minus the target." in text
    assert r"The factor $\frac{1}{9}$ is there because $L$ is a mean." in text
    batched = Sequential(Conv(4, 2), Flatten(), Linear.lazy(out_features=2), loss="cross_entropy", batch_size=4)
    text = write_notes(batched, tmp_path, name="net")[0].read_text(encoding="utf-8")
    assert r"= \frac{1}{4} \, (p^{(3)} - t)$, the softmax minus the target. The factor" in text
    assert r"\sum_{i} \eta" not in text
