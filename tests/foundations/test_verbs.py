"""Verbs work on every subject that they say they take, and say which those are."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv import (
    Activation,
    Conv,
    Sequential,
    Step,
    SymconvError,
    TensorFormula,
    check,
    derive,
    evaluate,
    exercises,
    figures_of,
    prove,
    sgd_step,
    spot_check,
    write_notes,
)

SUBJECTS: dict[str, Callable[[], Any]] = {
    "layer": lambda: Conv(3, 2),
    "network": lambda: Sequential(Conv(3, 2), Activation("relu"), loss="squared"),
    "step": lambda: sgd_step(Conv(3, 2)),
    "text": lambda: "conv",
    "nothing": lambda: None,
}
CLAIMS = {
    Conv: "h1 = X1*w1 + X2*w2",
    Sequential: "delta1[i] = delta2[i] relu'(z1[i])",
    Step: "w[k] = w[k] - eta dL/dw[k]",
}
X, w, t = np.array([[1, -2, 3]]), np.array([[[1, 2]]]), np.array([[1, 1]])
VERBS: dict[str, tuple[Callable[[Any, Path], Any], tuple[str, ...]]] = {
    "prove": (lambda subject, folder: prove(subject), ("layer", "network", "step")),
    "spot_check": (lambda subject, folder: spot_check(subject, trials=1), ("layer", "network", "step")),
    "derive": (lambda subject, folder: derive(subject), ("layer", "network", "step")),
    "write_notes": (lambda subject, folder: write_notes(subject, folder), ("layer", "network", "step")),
    "check": (lambda subject, folder: check(subject, CLAIMS.get(type(subject), "h = x")), ("layer", "network", "step")),
    "figures_of": (lambda subject, folder: figures_of(subject), ("layer", "network")),
    "exercises": (lambda subject, folder: exercises(subject, 1), ("layer", "network", "step")),
}


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_works_on_what_it_takes_and_says_what_that_is(verb: str, subject: str, tmp_path: Path) -> None:
    does, takes = VERBS[verb]
    if subject in takes:
        assert does(SUBJECTS[subject](), tmp_path)
        return
    with pytest.raises(SymconvError) as error:
        does(SUBJECTS[subject](), tmp_path)
    assert all(one in error.value.wrong for one in takes)
    assert error.value.wrong.startswith("it is not a layer")


@pytest.mark.parametrize("subject", ["network", "step"])
def test_methods_give_what_verbs_give(subject: str) -> None:
    one = SUBJECTS[subject]()
    assert str(one.prove()) == str(prove(one))
    assert str(one.spot_check(trials=1)) == str(spot_check(one, trials=1))


def test_evaluate_a_layer() -> None:
    found = evaluate(Conv(3, 2), X=X, w=w, delta=t)
    assert {name: value.tolist() for name, value in found.items()} == {
        "output": [[1 - 4, -2 + 6]], "grad_weight": [[[1 - 2, -2 + 3]]], "grad_input": [[1, 3, 2]],
    }  # fmt: skip
    assert set(evaluate(Conv(3, 2), X=X, w=w)) == {"output"}
    assert evaluate(Conv(3, 2).direct.output, X=X, w=w).tolist() == [[-3, 4]]


def test_evaluate_a_network_and_a_step() -> None:
    found = evaluate(SUBJECTS["network"](), X=X, w1=w, t=t)
    assert found["a2"].tolist() == [[0, 4]] and found["L"] == (1 + 9) / 2
    moved = evaluate(SUBJECTS["step"](), X=X, w=w, t=t, eta=1)
    error = np.array([-3 - 1, 4 - 1])
    assert moved["w"].tolist() == [[[1 - error @ [1, -2], 2 - error @ [-2, 3]]]]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [({}, "not enough"), ({"X": X}, "not enough"), ({"X": X, "w": w, "q": t}, "no such tensor")],
)
def test_evaluate_says_which_arrays_it_needs(arrays: dict[str, Any], words: str) -> None:
    with pytest.raises(SymconvError, match=words):
        evaluate(Conv(3, 2), **arrays)


def test_derive_gives_the_formulas_in_groups() -> None:
    of_layer = derive(Conv.general(1))
    assert list(of_layer) == ["direct", "fully_connected", "patches"]
    assert all(isinstance(f, TensorFormula) for formulas in of_layer.values() for f in formulas.values())
    assert list(derive(SUBJECTS["network"]())["forwards"]) == ["z1", "a2", "L"]
    assert list(derive(SUBJECTS["step"]())["after the step"]) == ["weight"]
    assert "dL_dX" in derive(Conv(3, 2).patches)["patches"]
    assert "dL_db[o] = Sum(" in str(of_layer) and len(repr(of_layer)) < 400


def test_a_verb_keeps_its_signature_and_words() -> None:
    assert list(inspect.signature(prove).parameters)[:3] == ["conv", "views", "of"]
    assert prove.__doc__ and prove.__name__ == "prove"
    assert prove(conv=Conv(3, 2)).holds
    with pytest.raises(TypeError, match="conv"):
        prove()  # type: ignore[call-overload]


def test_a_verb_works_with_nothing_else_imported() -> None:
    program = "from symconv import prove, Sequential, Conv; assert prove(Sequential(Conv(3, 2))).holds"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_no_module_has_the_name_of_a_public_function() -> None:
    modules = {path.stem for path in Path(symconv.__file__).parent.iterdir()}
    assert not modules & set(symconv.__all__)
