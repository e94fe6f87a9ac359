"""Every argument of every public function and class, with values that it does not mean: symconv's own errors alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import symconv
from symconv import Conv, Sequential, SymconvError, sgd_step
from symconv.errors import shown

LONG = 10**5000
"""Python refuses to write a number of more than 4,300 digits, with an error of its own."""

HOSTILE: tuple[Any, ...] = (
    LONG, -LONG, -1, 1.5, "x", None, object(), [], (LONG,), [[LONG]], {"a": LONG}, True, b"x", float("nan"),
)  # fmt: skip

LAYER = Conv(3, 2)
NETWORK, STEP = Sequential(LAYER, loss="squared"), sgd_step(LAYER, "squared", 1)
SIZED = (
    "Conv", "AvgPool", "MaxPool", "ConvTranspose", "Fold", "Unfold", "Upsample", "ZeroInsertion", "output_size",
    "Linear",
)  # fmt: skip
SUBJECTS: dict[str, list[tuple[Any, ...]]] = {
    **{kind: [(3, 2)] for kind in SIZED},
    "Activation": [("relu",)],
    "Sequential": [(LAYER,)],
    "check": [(LAYER, "X1*w1"), (NETWORK, "y = x"), (STEP, "w = w")],
    "check_document": [("none.md",)],
    "derive": [(LAYER,)],
    "double_backward": [(LAYER,)],
    "hessian": [(LAYER,), (NETWORK, "w1")],
    "gauss_newton": [(LAYER,), (NETWORK, "w1")],
    "gauss_newton_vector_product": [(NETWORK,)],
    "hessian_vector_product": [(LAYER,), (NETWORK,)],
    "fisher": [(LAYER,), (NETWORK, "w1")],
    "kfac": [(LAYER,), (NETWORK, "w1")],
    "kfc": [(LAYER,), (NETWORK, "w1")],
    "evaluate": [(LAYER,), (NETWORK,), (STEP,), (LAYER.direct.output,)],
    "exercises": [(LAYER, 2)],
    "figures_of": [(LAYER,)],
    "prove": [(LAYER,), (NETWORK,), (STEP,)],
    "prove_equal": [(LAYER.direct.output, LAYER.patches.output)],
    "sgd_step": [(LAYER, "squared", 1)],
    "Intertwiner": [([[1]], [[1]])],
    "solve_sharing": [(LAYER,), (LAYER, "shifts"), (None, "shifts", 3, 2)],
    "spot_check": [(LAYER, 0, 1), (NETWORK, 0, 1), (STEP, 0, 1)],
    "write_notes": [(Conv(1, 1), "notes")],
}
"""Arguments that each is called with; one of them at a time is replaced."""

DONE = {"Equivalence", "Exercise", "Exercises", "GeneralSharing", "Report", "Sharing", "SpotReport", "Theorem"}
DONE |= {"EquivarianceReport", "EquivariantSharing", "Symmetry"}
RESULTS = DONE | {"CheckReport", "DocumentReport", "Step", "SymconvError", "TensorFormula", "Verdict", "Witness"}
RESULTS |= {
    "DerivativeReport",
    "DoubleBackward",
    "KroneckerFactors",
    "OwnFormula",
    "SecondDerivative",
    "VectorProducts",
}
RESULTS |= {"ExerciseError", "__version__"}
"""What symconv makes and users do not."""


def calls(name: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Calls of a public function or class, each with one hostile value."""
    function = getattr(symconv, name)
    for made in (function, *(getattr(function, way) for way in ("general", "lazy") if hasattr(function, way))):
        for given in SUBJECTS.get(name, [()]) if made is function else [()]:
            for parameter in inspect.signature(made).parameters.values():
                for value in HOSTILE:
                    where = f"{name}({type(given[0]).__name__ if given else ''}.. {parameter.name}={shown(value)})"
                    yield where, lambda m=made, g=given, p=parameter, v=value: _called(m, g, p, v)


def _called(made: Callable[..., object], given: tuple[Any, ...], parameter: inspect.Parameter, value: Any) -> object:
    parameters = list(inspect.signature(made).parameters.values())
    if parameter.kind is parameter.VAR_POSITIONAL:
        return made(*given, value)
    if parameter.kind is parameter.VAR_KEYWORD:
        return made(*given, X=value)
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return made(*given, **{parameter.name: value})
    return made(**{**{one.name: one_given for one, one_given in zip(parameters, given)}, parameter.name: value})


def fault(call: Callable[[], object]) -> str:
    """What came other than a result, an error of symconv's, or Python's word that an argument is missing."""
    try:
        call()
    except SymconvError as error:
        return "" if len(str(error)) < 2000 else f"a long message: {str(error)[:80]}"
    except TypeError as error:
        missing = "missing" in str(error) or "unexpected keyword" in str(error)
        return "" if missing else repr(error)
    except Exception as error:  # every other one is a fault
        return f"{type(error).__name__} {str(error)[:80]}"
    return ""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "write_notes" else name
        for name in symconv.__all__
        if name not in RESULTS and callable(getattr(symconv, name))
    ],
)
def test_arguments_that_are_not_meant(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    faults = {where: found for where, call in calls(name) if (found := fault(call))}
    assert not faults


def test_whatever_is_given_is_shown_in_one_short_line() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    for value in (*HOSTILE, "a" * 10**6, list(range(10**5)), Broken(), [[[[[[LONG]]]]]], {LONG: {LONG}}):
        assert len(shown(value)) < 2000 and "\n" not in shown(value)
    assert shown([(LONG,), 3]) == "[(about 10^5000,), 3]"
