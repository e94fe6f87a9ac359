"""Pages about a reader's function: what is said of each line is what Python computes there."""

from __future__ import annotations

import sys
from functools import cache
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import CodeReport, Conv, NotesStyle, prove, prove_code, view_of, write_notes
from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.cli.main import main
from symconv.errors import OutputError
from tests.brute import Entries, compiled

FORWARD = """
def forward(x, w, b, stride, pad, dilation):
    C, n = x.shape
    O, _, K = w.shape
    m = (n + 2 * pad - dilation * (K - 1) - 1) // stride + 1
    xp = np.pad(x, ((0, 0), (pad, pad)))
    out = np.zeros((O, m))
    for o in range(O):
        for i in range(m):
            acc = 0.0
            for c in range(C):
                for k in range(K):
                    acc += w[o, c, k] * xp[c, i * stride + k * dilation]
            out[o, i] = acc + b[o]
    return out
"""
BACKWARD = """
def backward(dout, x, w, stride, pad):
    C, H, W = x.shape
    F, _, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    for f in range(F):
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                top, left = i, j * stride
                dx_pad[:, top:top + HH, left:left + WW] += w[f] * dout[f, i, j]
                dw[f] += x_pad[:, top:top + HH, left:left + WW] * dout[f, i, j]
    return dx_pad[:, pad:pad + H, pad:pad + W], dw
"""
RIGHT = BACKWARD.replace("top, left = i, j", "top, left = i * stride, j")
C, F, H, W, HH, WW, s, p = sp.symbols("C F H W HH WW s p", integer=True)
PLANE = Conv((H, W), (HH, WW), in_channels=C, out_channels=F, stride=s, padding=p)
SIZES = {"C": 2, "F": 2, "H": 4, "W": 5, "HH": 2, "WW": 3, "s": 2, "p": 1}
OF = ("grad_input", "grad_weight")


@cache
def report(text: str, layer: Any = PLANE, of: Any = OF) -> CodeReport:
    """The report on a function, made once."""
    return prove_code(text, layer, of=of)


# -- the lines -----------------------------------------------------------------------------------------


def names_at_the_end(text: str, function: str, *given: Any) -> dict[str, Any]:
    """The local names of a function when it returns."""
    known: dict[str, Any] = {"np": np}
    exec(text, known)
    found: dict[str, Any] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_name == function and event == "return":
            found.update(frame.f_locals)
        return trace

    sys.settrace(trace)
    try:
        known[function](*given)
    finally:
        sys.settrace(None)
    return found


def whole(array: Any) -> Entries:
    return Entries(array.shape, given=dict(np.ndenumerate(array)))


def compare(
    found: CodeReport, layer: Any, sizes: dict[str, int], tensors: dict[str, Any], names: dict[str, Any]
) -> int:
    """Every array at the end is the sum of what the lines say of it; the number of names that were compared."""
    entries = {name: whole(array) for name, array in tensors.items()}
    compared = set()
    loops: dict[str, int] = {}
    for step in (step for line in found.lines.steps.values() for step in line):
        if step.sign == "in" and isinstance(step.value, Polynomial):
            loops[step.name] = int(step.value.evaluate(sizes)) + 1
        array = names.get(step.name)
        if not isinstance(step.value, Form) or not step.value.terms or not isinstance(array, np.ndarray):
            continue
        letters = [letter for letter in loops if any(letter in at.names for at in (*step.index, *_names(step.value)))]
        free = sorted({name for at in step.index for name in at.names} - {*letters, *sizes})
        value = compiled(layer.writer.form(step.value))
        total = np.zeros(array.shape, dtype=object)
        for at in product(*(range(loops[letter]) for letter in letters), *(range(max(array.shape)) for _ in free)):
            env = {**sizes, **dict(zip((*letters, *free), at))}
            index = tuple(int(one.evaluate(env)) for one in step.index)
            if all(place < size for place, size in zip(index, array.shape, strict=True)) and _inside(free, env, step):
                total[index] += value(dict(env), entries)
        assert (total == array).all(), step
        compared.add(step.name)
    return len(compared)


def _names(form: Form) -> list[Polynomial]:
    return [Polynomial.name(name) for term in form.terms for name in term.free]


def _inside(free: list[str], env: dict[str, int], step: Any) -> bool:
    """A letter of a slice of the kernel's length runs along the kernel."""
    ends = {"k1": env.get("HH"), "k2": env.get("WW")}
    return all(ends.get(letter) is None or env[letter] < ends[letter] for letter in free)


def numbers(*shape: int) -> Any:
    return np.arange(1, 1 + int(np.prod(shape)), dtype=object).reshape(shape) ** 2 % 17 - 5


def test_lines_of_a_forward_pass_are_what_python_computes() -> None:
    layer = Conv.general(1)
    found = report(FORWARD, layer, "output")
    assert found.holds
    sizes = {"C_in": 2, "C_out": 2, "n": 6, "K": 2, "s": 2, "p": 1, "d": 2, "m": 3}
    x, w, b = numbers(2, 6), numbers(2, 2, 2), numbers(2)
    names = names_at_the_end(FORWARD, "forward", x, w, b, 2, 1, 2)
    assert compare(found, layer, sizes, {"X": x, "w": w, "b": b}, names) == 2


@pytest.mark.parametrize("text", [BACKWARD, RIGHT])
def test_lines_of_a_backward_pass_are_what_python_computes(text: str) -> None:
    """Of the wrong one too."""
    found = report(text)
    x, w, dout = numbers(2, 4, 5), numbers(2, 2, 2, 3), numbers(2, 3, 3)
    names = names_at_the_end(text, "backward", dout, x, w, 2, 1)
    sizes = {**SIZES, "m1": 3, "m2": 3}
    assert compare(found, PLANE, sizes, {"X": x, "w": w, "delta": dout}, names) == 3


# -- pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Line by line", "The stride is left out on axis 0", "as it should be; proved for every shape")),
     pytest.param("de", ("Zeile für Zeile", "Die Schrittweite fehlt auf Achse 0", "bewiesen für jede Form"),
                  marks=pytest.mark.slow)],
)  # fmt: skip
def test_a_page_about_a_wrong_function(language: str, words: tuple[str, ...], tmp_path: Path) -> None:
    paths = write_notes(report(BACKWARD), tmp_path, ["tex", "beamer", "md", "ipynb", "html"],
                        style=NotesStyle(language=language))  # fmt: skip
    assert [path.name for path in paths][:2] == ["code-backward.tex", "code-backward-slides.tex"]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert all(one in text for one in words), path
        assert "top, left = i * stride, j * stride" in text and "top, left = i, j * stride" in text
    marked = [line for line in paths[2].read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    assert "top, left = i, j * stride" in marked[0]


def test_a_page_about_a_right_function_has_its_proof(tmp_path: Path) -> None:
    (path,) = write_notes(report(RIGHT), tmp_path, "md")
    text = path.read_text(encoding="utf-8")
    assert text.count("Both end with the same expression.") == 2 and "The mistake" not in text
    assert "$\\mathit{dx}_ {\\mathrm{pad}}[c, s i + k_{1}, s j + k_{2}]" in text.replace("k_{2} + s j", "s j + k_{2}")


def test_notes_of_a_layer_take_functions_as_sections(tmp_path: Path) -> None:
    layer = Conv.general(1)
    view = view_of(FORWARD, layer)
    assert prove(layer, views=["direct", view]).holds
    (path,) = write_notes(layer, tmp_path, "md", views=["direct", view])
    text = path.read_text(encoding="utf-8")
    assert "## Your code: forward" in text and "### Line by line" in text
    with pytest.raises(OutputError, match="use view_of"):
        write_notes(Conv.general(2), tmp_path, "md", views=[view])


def test_what_raises_or_is_not_read_has_a_page_too(tmp_path: Path) -> None:
    for text, words in (
        ("def f(x, w):\n    return x[0, 10**6]", "not right"),
        ("def f(x, w):\n    return mystery(x)", "not read"),
    ):
        found = prove_code(text, Conv(5, 2))
        (path,) = write_notes(found, tmp_path, "md", force=True)
        assert found.status in ("refuted", "not read"), words
        assert "It computes something else." in path.read_text(encoding="utf-8") or "not read" in path.read_text(
            encoding="utf-8"
        )


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "layers.py"
    file.write_text(FORWARD, encoding="utf-8")
    command = ["prove-code", f"{file}::forward", "--general", "1", "--bias", "--notes", str(tmp_path)]
    assert main([*command, "--format", "md,html", "--language", "de"]) == 0
    assert "code-forward.md" in capsys.readouterr().out
    assert "berechnet etwas anderes" not in (tmp_path / "code-forward.md").read_text(encoding="utf-8")


@pytest.mark.tex
@pytest.mark.parametrize("text", [BACKWARD, RIGHT])
def test_pages_compile(text: str, tmp_path: Path) -> None:
    paths = write_notes(report(text), tmp_path, ["pdf", "beamer-pdf"])
    assert all(path.read_bytes().startswith(b"%PDF") for path in paths)
