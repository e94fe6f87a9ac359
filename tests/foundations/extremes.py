"""Layers of extreme sizes, and everything that can be asked of one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

import symconv
from symconv import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    MaxPool,
    Notation,
    Sequential,
    SquaredError,
    Unfold,
    Upsample,
    ZeroInsertion,
    check,
    exercises,
    figures_of,
    prove,
    prove_equal,
    sgd_step,
    solve_sharing,
    spot_check,
    write_notes,
)

GIGA, HUGE, DIGITS = 10**9, 10**30, 10**10_000
LONG = "a" * 10_000

MOST_PRINTED = 500
"""Printing a long expression is SymPy's work: it takes time that grows faster than the expression."""

LAYERS: dict[str, Callable[[], Any]] = {
    "small": lambda: Conv(5, 3, stride=2, bias=True),
    "long input": lambda: Conv(GIGA, 3, bias=True),
    "input and kernel": lambda: Conv(2 * GIGA, GIGA),
    "middle": lambda: Conv(10**5, 300),
    "stride": lambda: Conv(GIGA, 3, stride=2**63),
    "stride of a small one": lambda: Conv(5, 3, stride=2**63),
    "nothing read": lambda: Conv(GIGA, 1, stride=2),
    "huge": lambda: Conv(HUGE, HUGE // 2),
    "digits": lambda: Conv(DIGITS, DIGITS - 3),
    "padding": lambda: Conv(5, 3, padding=10**18),
    "padding of words": lambda: Conv(GIGA, GIGA, padding="same"),
    "cropped": lambda: Conv(GIGA, 3, padding=5 - GIGA // 2),
    "dilation": lambda: Conv(GIGA, 3, dilation=GIGA // 3),
    "input dilation": lambda: Conv(5, 3, input_dilation=10**18),
    "70 axes of one": lambda: Conv((1,) * 70, 1),
    "70 axes": lambda: Conv((2,) * 70, 2),
    "70 axes, outputs": lambda: Conv((3,) * 70, 2, stride=1, padding=1, bias=True),
    "10 axes": lambda: Conv((3,) * 10, 2),
    "300 axes": lambda: Conv((2,) * 300, 2),
    "channels": lambda: Conv(5, 3, in_channels=10**6, out_channels=10**6, bias=True),
    "groups": lambda: Conv(5, 3, in_channels=10**6, out_channels=10**6, groups=10**6),
    "batch": lambda: Conv(5, 3, batch_size=10**12),
    "image": lambda: Conv((10**4, 10**4), (11, 11), in_channels=3, out_channels=64, padding=5, bias=True),
    "circular": lambda: Conv(GIGA, 3, padding=GIGA, padding_mode="circular"),
    "reflect": lambda: Conv((9,) * 10, 3, padding=1, padding_mode="reflect"),
    "replicate": lambda: Conv((3,) * 4, 2, padding=2, padding_mode="replicate"),
    "reflect, long": lambda: Conv(GIGA, 3, padding=1, padding_mode="reflect"),
    "same_tf": lambda: Conv(GIGA, 3, stride=7, padding="same_tf", bias=True),
    "transposed": lambda: ConvTranspose(GIGA, 3, stride=GIGA, bias=True),
    "transposed, cropped": lambda: ConvTranspose(GIGA, 3, stride=3, padding=10**6),
    "average": lambda: AvgPool(GIGA, GIGA),
    "average, short": lambda: AvgPool(GIGA, 2),
    "maximum": lambda: MaxPool(GIGA, 1000),
    "maximum, image": lambda: MaxPool((10**5, 10**5), 2),
    "unfold": lambda: Unfold((GIGA, GIGA), 3),
    "fold": lambda: Fold((GIGA, GIGA), 3),
    "upsample": lambda: Upsample(GIGA, GIGA),
    "zero insertion": lambda: ZeroInsertion(GIGA, GIGA),
    "general": lambda: Conv.general(1),
    "general, 6 axes": lambda: Conv.general(6),
    "general, 40 axes": lambda: Conv.general(40),
    "general, reflect": lambda: Conv.general(3, padding_mode="reflect"),
    "general, reflect, 10 axes": lambda: Conv.general(10, padding_mode="reflect"),
    "general transposed": lambda: ConvTranspose.general(20),
    "general average": lambda: AvgPool.general(20),
    "partly": lambda: Conv(sp.Symbol("n"), GIGA, stride=sp.Symbol("s")),
    "powers": lambda: Conv(sp.Symbol("n") ** 20, 3),
    "long names": lambda: Conv(5, 3, notation=Notation(input=LONG)),
    "names": lambda: Conv(5, 3, notation=Notation(input="a" * 50, weight="b" * 50)),
    "long size": lambda: Conv(sp.Symbol(LONG), 3),
    "big image": lambda: Conv((4000, 4000), (3, 3)),
    "square matrix": lambda: Conv(3000, 3),
}
"""Each makes a layer, or says why there is none."""

SKIPPED = {
    "PARAMETERS",
    "GENERAL",
    "lazy",
    "general",
    "at",
    "FITS",
    "evaluate",
    "replaced",
    "label",
    "terms",
    "products",
    "polynomial",
    "jacobian",
    "define",
    "show",
    "written",
    "is_default",
    "fits",
    "require",
    "inside",
    "shape_of",
}


def questions(layer: Any) -> dict[str, Callable[[], object]]:
    """Everything that is asked of a layer: each attribute, of its views and formulas too, and every function."""
    found: dict[str, Callable[[], object]] = dict(_functions(layer))
    found.update(_attributes("layer", lambda: layer, layer))
    views = [*("direct", "fully_connected", "patches", "locally_connected")]
    for name in views:
        found.update(_view(name, partial(getattr, layer, name), layer))
    return found


def _functions(layer: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "repr", lambda: repr(layer)
    yield "hash", lambda: hash(layer)
    yield "family", lambda: repr(layer.family())
    yield "prove", lambda: shown(prove(layer))
    yield "prove max_terms", lambda: shown(prove(layer, max_terms=10))
    yield "check output", lambda: shown(check(layer, "sum(k, w[k]*x[i + k])"))
    yield "check wrong", lambda: shown(check(layer, "sum(k, w[k]*x[i - k])"))
    yield "check first", lambda: shown(check(layer, "h[0] = X[0]*w[0] + 1"))
    yield "check label", lambda: shown(check(layer, "X1*w1"))
    yield "check all", lambda: shown(check(layer, ["X1*w1", "X2*w2"]))
    yield "check matrix", lambda: shown(check(layer, [["w1", "w2"], ["w1", "0"]], "matrix"))
    yield "check constraints", lambda: shown(check(layer, "v11 = v22", "constraints"))
    yield "check grad_weight", lambda: shown(check(layer, "dL/dw[k] = sum(i, delta[i] x[i + k])"))
    yield "spot_check", lambda: shown(spot_check(layer, trials=2))
    yield "figures_of", lambda: [shown(figure) for figure in figures_of(layer)]
    yield "solve_sharing", lambda: shown(solve_sharing(layer))
    yield "exercises", lambda: shown(exercises(layer, 5))
    yield "prove_equal", lambda: shown(prove_equal(layer.direct.output, layer.patches.output))
    for format in ("tex", "beamer", "md", "ipynb", "html"):
        yield f"notes {format}", lambda format=format: _notes(layer, format)
    for schedule in ("summed", "mean", "sequential"):
        yield f"step {schedule}", lambda schedule=schedule: _step(layer, schedule)
    yield "step notes", lambda: _notes(sgd_step(layer, SquaredError(), sp.Symbol("eta")), "tex")
    yield "step after", lambda: shown(sgd_step(layer, SquaredError(), sp.Rational(1, 2)).after(3))
    yield "step sequential after", lambda: shown(sgd_step(layer, None, sp.Rational(1, 2), "sequential").after(2))
    yield "step prove", lambda: shown(sgd_step(layer, SquaredError(), sp.Symbol("eta")).prove())
    yield "step spot_check", lambda: shown(sgd_step(layer, SquaredError(), sp.Rational(1, 2)).spot_check(trials=1))
    yield "network", lambda: shown(Sequential(layer, loss=SquaredError()))
    yield "network prove", lambda: shown(Sequential(layer, symconv.Activation("relu"), loss=SquaredError()).prove())
    yield "network spot_check", lambda: shown(Sequential(layer, loss=SquaredError()).spot_check(trials=1))
    yield "network notes", lambda: _notes(Sequential(layer, symconv.Activation("relu"), loss=SquaredError()), "tex")
    yield "adjoint", lambda: repr(getattr(layer, "adjoint", "none"))
    yield "flattened_linear", lambda: shown(symconv.flattened_linear_is_convolution(2, input_size=GIGA))
    yield "linear", lambda: shown(symconv.linear_is_convolution(GIGA, GIGA))


def _step(layer: Any, schedule: str) -> str:
    step = sgd_step(layer, SquaredError(), sp.Symbol("eta"), schedule)
    return shown(step) + shown(step.weight)


def _notes(subject: Any, format: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return str(write_notes(subject, folder, (format,)))


def _view(name: str, view: Callable[[], Any], layer: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    yield from _attributes(name, view, type(layer.views.get(name, layer.direct)))
    formulas = {of: lambda of=of: getattr(view(), of) for of in ("output", "grad_input", "grad_weight", "grad_bias")}
    formulas.update({f"jacobian {of}": lambda of=of: view().jacobian(of) for of in ("input", "weight", "bias")})
    if name == "patches":
        formulas.update({of: lambda of=of: getattr(view(), of) for of in ("patch", "patch_grad_weight")})
    if name == "fully_connected":
        formulas.update({of: lambda of=of: getattr(view(), of) for of in ("shared_weight", "grad_dense_weight")})
    for of, formula in formulas.items():
        yield from _attributes(f"{name}.{of}", formula, symconv.TensorFormula)
        yield f"{name}.{of} first", lambda f=formula: shown(f()[(0,) * len(f().shape)])
        yield f"{name}.{of} last", lambda f=formula: shown(f()[_last(f().shape)])
        yield f"{name}.{of} evaluate", lambda f=formula: f().evaluate(X=np.zeros(5), w=np.zeros(3))
        yield f"{name}.{of} terms", lambda f=formula: len(f().terms((0,) * len(f().shape)))
        yield f"{name}.{of} polynomial", lambda f=formula: len(f().polynomial((0,) * len(f().shape)))


def _attributes(name: str, thing: Callable[[], Any], like: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    for attribute in dir(like):
        public = not attribute.startswith("_") or attribute in ("_repr_html_", "_repr_latex_", "_repr_svg_", "__repr__")
        if public and attribute not in SKIPPED:
            yield f"{name}.{attribute}", lambda attribute=attribute: _has(thing(), attribute)


def _has(thing: Any, attribute: str) -> object:
    """An attribute, or that there is none: a layer has the hyper-parameters of its kind."""
    return _asked(getattr(thing, attribute)) if hasattr(thing, attribute) else "none"


def _asked(value: object) -> object:
    if callable(value):
        try:
            return shown(value())
        except TypeError as error:
            if "required" in str(error) or "takes" in str(error):
                return "needs arguments"
            raise
    return shown(value)


def shown(value: Any) -> str:
    """Everything that a value shows of itself; SymPy's own values say how large they are if they are long."""
    if isinstance(value, sp.Basic) and _parts(value) > MOST_PRINTED:
        return f"{type(value).__name__} of many parts"
    texts = [repr(value), str(value)]
    for show in ("_repr_html_", "_repr_latex_", "_repr_svg_", "to_dict", "latex", "unicode"):
        if hasattr(value, show) and not isinstance(value, sp.Basic):
            texts.append(str(getattr(value, show)()))
    return "\n".join(texts)[:500]


def _parts(value: Any) -> int:
    """About how many parts are printed."""
    inside = sp.flatten(value) if isinstance(value, sp.NDimArray) else [value]
    return sum(1 + len(one.args) for one in inside)


def _last(shape: Any) -> Any:
    return tuple(size - 1 if isinstance(size, int) else size for size in shape)
