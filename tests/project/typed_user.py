"""What a user writes, for the type checker, which reads it with the rest (see pyproject.toml).

A line with an ignored error is a mistake that the types must find; mypy reports an ignore that ignores nothing.
"""

from __future__ import annotations

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
    exercises,
    linear_is_convolution,
    prove,
    prove_equal,
    sgd_step,
    spot_check,
    write_notes,
)


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
    print(wrong)
    return prove(conv), verdict, check(conv, ["h1 = X1*w1"]), spot_check(conv, trials=2), linear_is_convolution(3)


def training(conv: Conv) -> Step:
    net = Sequential(conv, Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="cross_entropy")
    gradient: TensorFormula = net.gradients["w1"]
    Sequential("relu")  # type: ignore[arg-type]
    print(gradient)
    return sgd_step(conv, learning_rate=Fraction(1, 10), momentum=0.9, schedule="summed")


def writing(conv: Conv) -> list[Path]:
    first: Exercise = exercises(conv, 3)[0]
    print(first.solution)
    return write_notes(conv, "notes", ("tex", "html"), style=NotesStyle(title="A layer"))
