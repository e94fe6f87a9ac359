"""What a user writes, for the type checker, which reads it with the rest (see pyproject.toml).

A line with an ignored error is a mistake that the types must find; mypy reports an ignore that ignores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv import (
    Activation,
    CheckReport,
    Conv,
    Equivalence,
    Exercise,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    NotesStyle,
    Report,
    Sequential,
    SpotReport,
    Step,
    TensorFormula,
    Verdict,
    check,
    derive,
    evaluate,
    exercises,
    figures_of,
    linear_is_convolution,
    prove,
    prove_equal,
    sgd_step,
    spot_check,
    write_notes,
)
from symconv.gradient_step.spot_checks import StepSpotReport
from symconv.networks.proofs import NetworkReport
from symconv.networks.spot_checks import NetworkSpotReport


def layers() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    Conv((n, np.int64(5)), [3, 3], padding=((0, 1), (2, 2)), stride=2, notation=Notation(input="x"))
    Conv(5, 3, padding="same", batch_size=None)
    conv: Conv = Conv.general(1, stride=2).at(n=5, K=3, p=0, d=1, C_in=1, C_out=1)
    conv.bias_shape.append(1)  # type: ignore[attr-defined]
    Conv(5, 3, bias="yes")  # type: ignore[arg-type]
    Conv(5, 3, padding_mode=1)  # type: ignore[arg-type]
    Conv(5)  # type: ignore[call-arg]
    MaxPool(4, 2, out_channels=2)  # type: ignore[call-arg]


def formulas(conv: Conv) -> None:
    output: TensorFormula = conv.direct.output
    numbers: npt.NDArray[Any] = output.evaluate(X=[[1, 2, 3]], w=[[[1, 2]]])
    latex: str = output.latex()
    output.latexx()  # type: ignore[attr-defined]
    print(numbers, latex)


def reports(conv: Conv) -> tuple[Report, Verdict, CheckReport, SpotReport, Equivalence]:
    verdict = prove_equal(conv.direct.output, conv.patches.output)
    wrong: int = verdict.scope  # type: ignore[assignment]
    prove(conv, views="direct", of=1)  # type: ignore[call-overload]
    check(conv, "X1*w1 + X2*w2", index_base="1")  # type: ignore[arg-type]
    check(3, "X1*w1")  # type: ignore[arg-type]
    spot_check(conv, trials="two")  # type: ignore[call-overload]
    print(wrong)
    return prove(conv), verdict, check(conv, ["h1 = X1*w1"]), spot_check(conv, trials=2), linear_is_convolution(3)


def training(conv: Conv) -> Step:
    net = Sequential(conv, Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="cross_entropy")
    gradient: TensorFormula = net.gradients["w1"]
    Sequential("relu")  # type: ignore[arg-type]
    print(gradient)
    return sgd_step(conv, learning_rate=Fraction(1, 10), momentum=0.9, schedule="summed")


def verbs(conv: Conv, net: Sequential, step: Step) -> None:
    of_network: NetworkReport = prove(net)
    of_step: Report = prove(step, max_terms=1000)
    prove(net, views=["direct"])  # type: ignore[call-overload]
    prove("a layer")  # type: ignore[call-overload]
    network_in_numbers: NetworkSpotReport = spot_check(net, trials=1)
    step_in_numbers: StepSpotReport = spot_check(step, 1)
    spot_check(step, progress=print)  # type: ignore[call-overload]
    formulas = [derive(conv)["direct"]["output"], derive(net)["gradients"]["w1"], derive(step.layer.direct)["direct"]]
    numbers: npt.NDArray[Any] = evaluate(conv.direct.output, X=[[1, 2, 3]], w=[[[1, 2]]])
    by_name: Mapping[str, npt.NDArray[Any]] = {**evaluate(conv, X=1, w=2), **evaluate(net, X=1), **evaluate(step, w=1)}
    derive(3)  # type: ignore[arg-type]
    figures_of(step)  # type: ignore[arg-type]
    print(of_network, of_step, network_in_numbers, step_in_numbers, formulas, numbers, by_name)


def writing(conv: Conv, net: Sequential, step: Step) -> list[Path]:
    first: Exercise = exercises(conv, 3)[0]
    exercises(conv, 3, "en")  # type: ignore[call-overload]
    print(first.solution)
    write_notes(conv, 1)  # type: ignore[arg-type]
    write_notes(net, "notes", pages=3)  # type: ignore[call-arg]
    write_notes(step, "notes", "all")
    return write_notes(conv, "notes", ("tex", "html"), style=NotesStyle(title="A layer"))
