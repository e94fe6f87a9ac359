"""Gradient steps: every schedule against the algorithm by hand, plain SymPy, finite differences and PyTorch.

The oracle is ``Hand``: a layer by loops over its definition, run as one small network over its patches. It shares
no code with symconv, and its numbers may be floats, fractions or SymPy expressions.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Notation, Unfold, Upsample, prove_equal
from symconv.errors import SizeLimitError, SymconvError
from symconv.formulas.labels import symbols_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.gradient_step import Step, sgd_step
from symconv.layers import Layer
from symconv.networks import GenericLoss, MeanSquaredError
from symconv.views import Patches
from tests.brute import Entries, compiled
from tests.tools import parts, require_module, thinned

Array = Any
eta, mu, lam = sp.symbols("eta mu lam")
ell = sp.Function("ell")
RELATIVE = 1e-12
"""Against PyTorch in float64, relative to the largest entry."""

# -- the oracle ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hand:
    """A layer by its definition: output i reads input s i + d k - p with offset k; transposed, i = s j + d k - p."""

    n: tuple[int, ...]
    k: tuple[int, ...]
    c_in: int = 1
    c_out: int = 1
    s: tuple[int, ...] = ()
    p: tuple[int, ...] = ()
    d: tuple[int, ...] = ()
    groups: int = 1
    bias: bool = False
    mode: str = "zeros"
    batch: int | None = None
    transposed: bool = False

    def __str__(self) -> str:
        defaults = {**Hand.__dict__, "s": (1,) * len(self.n), "p": (0,) * len(self.n), "d": (1,) * len(self.n)}
        return " ".join(f"{name}={value}" for name, value in vars(self).items() if defaults.get(name) != value)

    def __post_init__(self) -> None:
        for name, default in (("s", 1), ("p", 0), ("d", 1)):
            object.__setattr__(self, name, getattr(self, name) or (default,) * len(self.n))

    @cached_property
    def layer(self) -> Layer:
        given: dict[str, Any] = dict(
            input_size=self.n, kernel_size=self.k, in_channels=self.c_in, out_channels=self.c_out, stride=self.s,
            padding=self.p, dilation=self.d, groups=self.groups, bias=self.bias, batch_size=self.batch,
        )  # fmt: skip
        return ConvTranspose(**given) if self.transposed else Conv(**given, padding_mode=self.mode)

    # -- shapes ----------------------------------------------------------------------------------------

    @property
    def m(self) -> tuple[int, ...]:
        axes = zip(self.n, self.k, self.s, self.p, self.d)
        if self.transposed:
            return tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in axes)
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes)

    @property
    def examples(self) -> int:
        return self.batch or 1

    @property
    def rows(self) -> int:
        """The number of patches."""
        return self.examples * prod(self.m)

    def shape(self, name: str) -> tuple[int, ...]:
        first, second = (self.c_in, self.c_out) if self.transposed else (self.c_out, self.c_in)
        batch = () if self.batch is None else (self.batch,)
        shapes = {"X": (*batch, self.c_in, *self.n), "w": (first, second // self.groups, *self.k), "b": (self.c_out,)}
        return {**shapes, "t": (*batch, self.c_out, *self.m)}["t" if name in ("t", "delta", "h") else name]

    # -- the small network -----------------------------------------------------------------------------

    def element(self, axis: int, i: int, k: int) -> int | None:
        """The input's element that output i reads with offset k; None for a zero."""
        n, s, p, d = (getattr(self, name)[axis] for name in ("n", "s", "p", "d"))
        if self.transposed:
            j, rest = divmod(i + p - d * k, s)
            return j if rest == 0 and 0 <= j < n else None
        q = s * i + d * k - p
        if 0 <= q < n:
            return q
        beyond = {"zeros": None, "circular": q % n, "replicate": 0 if q < 0 else n - 1}
        return (-q if q < 0 else 2 * (n - 1) - q) if self.mode == "reflect" else beyond[self.mode]

    def patches(self, x: Array) -> Array:
        """(patch, input channel, *kernel), row-major: all positions of the first example, then of the second."""
        x = np.asarray(x).reshape(self.examples, self.c_in, *self.n)
        found = np.zeros((self.rows, self.c_in, *self.k), dtype=x.dtype)
        for row, (e, *i) in enumerate(np.ndindex(self.examples, *self.m)):
            for offset in np.ndindex(*self.k):
                place = [self.element(axis, i[axis], k) for axis, k in enumerate(offset)]
                if None not in place:
                    found[(row, slice(None), *offset)] = x[(e, slice(None), *place)]
        return found

    def links(self) -> Iterator[tuple[tuple[int, ...], int, tuple[int, ...]]]:
        """(index of a weight, its output channel, its input channel and offset)."""
        for index in np.ndindex(*self.shape("w")):
            first, second, *offset = index
            if self.transposed:
                group = first // (self.c_in // self.groups)
                yield index, group * (self.c_out // self.groups) + second, (first, *offset)
            else:
                group = first // (self.c_out // self.groups)
                yield index, first, (group * (self.c_in // self.groups) + second, *offset)

    def outputs(self, patches: Array, w: Array, b: Array | None = None) -> Array:
        """(patch, output channel)."""
        found = np.zeros((len(patches), self.c_out), dtype=np.result_type(patches, w))
        for index, o, place in self.links():
            found[:, o] = found[:, o] + w[index] * patches[(slice(None), *place)]
        return found if b is None else found + b

    def gradients(self, patches: Array, errors: Array) -> dict[str, Array]:
        found = np.zeros(self.shape("w"), dtype=np.result_type(patches, errors))
        for index, o, place in self.links():
            found[index] = (errors[:, o] * patches[(slice(None), *place)]).sum()
        return {"w": found, "b": errors.sum(axis=0)} if self.bias else {"w": found}

    def to_rows(self, output: Array) -> Array:
        by_example = np.asarray(output).reshape(self.examples, self.c_out, -1)
        return np.moveaxis(by_example, 1, -1).reshape(self.rows, self.c_out)

    def from_rows(self, rows: Array) -> Array:
        return np.moveaxis(rows.reshape(self.examples, -1, self.c_out), -1, 1).reshape(self.shape("t"))

    def dense(self, w: Array) -> Array:
        """The matrix of the layer without bias: what every single input does to the outputs, (inputs, outputs)."""
        one = replace(self, batch=None, bias=False)
        columns = [
            one.from_rows(
                one.outputs(one.patches(np.array([int(j == at) for j in range(self.c_in * prod(self.n))])), w)
            )
            for at in range(self.c_in * prod(self.n))
        ]
        return np.array([column.ravel() for column in columns])

    # -- losses ----------------------------------------------------------------------------------------

    def errors(self, loss: str | None, h: Array, t: Array) -> Array:
        """dL/dh of some patches."""
        if loss in SLOPES:
            return np.asarray(SLOPES[loss](h))
        if loss is None:
            return t
        if loss == "squared":
            return h - t
        if loss == "mse":
            return 2 * (h - t) / (self.rows * self.c_out)
        e = np.exp(h - h.max(axis=1, keepdims=True))
        return (e / e.sum(axis=1, keepdims=True) * t.sum(axis=1, keepdims=True) - t) / self.rows

    # -- the algorithm ---------------------------------------------------------------------------------

    def train(
        self, arrays: Mapping[str, Array], loss: Any, schedule: str, rate: Any, momentum: Any = 0, decay: Any = 0,
        over: str = "patches", steps: int = 1,
    ) -> dict[str, Array]:  # fmt: skip
        """The weights and biases after some steps from velocity 0."""
        patches = self.patches(arrays["X"])
        target = self.to_rows(arrays.get("t", arrays.get("delta", np.zeros(self.shape("t")))))
        state = {name: np.asarray(arrays[name]) for name in ("w", "b")[: 1 + self.bias]}
        velocity: dict[str, Array] = {name: np.zeros_like(value) for name, value in state.items()}
        every = slice(0, self.rows)
        turns = [slice(q, q + 1) for q in range(self.rows)] if schedule == "sequential" else [every]
        count = {"patches": self.rows, "batch": self.examples}[over] if schedule == "mean" else 1
        for turn in turns * steps:
            h = self.outputs(patches[turn], state["w"], state.get("b"))
            found = self.gradients(patches[turn], self.errors(loss, h, target[turn]))
            for name, value in state.items():
                gradient = found[name] / count if found[name].dtype == float else found[name] * sp.Rational(1, count)
                velocity[name] = expanded(momentum * velocity[name] + gradient + decay * value)
                state[name] = expanded(value - rate * velocity[name])
        return state


def expanded(array: Array) -> Array:
    return np.vectorize(sp.expand, otypes=[object])(array) if array.dtype == object else array.astype(float)


def symbolic(array: sp.Array) -> Array:
    return np.array(array.tolist(), dtype=object)


def symbols(layer: Layer, last: str = "t") -> dict[str, Array]:
    """All tensors as symbols, by name."""
    names = {"X": layer.input, "w": layer.weight, last: symbols_of(last, layer.output_layout, layer)}
    if layer.bias_term:
        names["b"] = layer.bias
    return {name: symbolic(array) for name, array in names.items()}


def floats(hand: Hand, seed: int, last: str = "t") -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    names = ("X", "w", *(("b",) if hand.bias else ()), last)
    arrays = {name: generator.uniform(-1, 1, hand.shape(name)) for name in names}
    return {**arrays, "t": np.abs(arrays["t"])} if last == "t" else arrays


def assert_same(found: Any, expected: Array, label: str = "") -> None:
    """Equal as polynomials, entry by entry."""
    found = symbolic(found) if isinstance(found, sp.Array) else np.asarray(found)
    assert found.shape == expected.shape, f"{label}: {found.shape} and {expected.shape}"
    for one, other in zip(found.ravel(), expected.ravel()):
        assert sp.expand(one - other) == 0, f"{label}: {one} and {other}"[:500]


def assert_close(found: Array, expected: Array, label: str = "", relative: float = RELATIVE) -> None:
    assert found.shape == expected.shape, f"{label}: {found.shape} and {expected.shape}"
    assert np.isfinite(expected).all() and np.abs(expected).max() > 0
    difference = np.abs(found - expected).max()
    assert difference <= relative * np.abs(expected).max(), f"{label}: {found} and {expected}"


# -- 1. two patches, squared loss ----------------------------------------------------------------------


@pytest.mark.parametrize("rate", [eta, sp.Rational(1, 10)])
def test_two_patches_differ_by_what_the_first_does_to_the_second(rate: sp.Expr) -> None:
    """eta^2 (h1 - t1) (x_1 . x_2) x_2 with x_1 = (X1, X2) and x_2 = (X2, X3): the acceptance formula, by hand."""
    X1, X2, X3, w1, w2, t1 = sp.symbols("X1 X2 X3 w1 w2 t1")
    residual, inner = w1 * X1 + w2 * X2 - t1, X1 * X2 + X2 * X3
    expected = np.array([[[rate**2 * residual * inner * X2, rate**2 * residual * inner * X3]]], dtype=object)
    sequential, summed = (sgd_step(Conv(3, 2), "squared", rate, name) for name in ("sequential", "summed"))
    assert_same(sequential.difference().array(), expected)
    assert_same(symbolic(sequential.weight.array()) - symbolic(summed.weight.array()), expected)
    assert_same(symbolic(sequential.after()["w"]) - symbolic(summed.after()["w"]), expected)


def test_the_second_order_term_of_two_patches_for_any_loss() -> None:
    """ell'(h1) ell''(h2) (x_1 . x_2) x_2."""
    X1, X2, X3, h1, h2 = sp.symbols("X1 X2 X3 h1 h2")
    factor = sp.diff(ell(h1), h1) * sp.diff(ell(h2), h2, 2) * (X1 * X2 + X2 * X3)
    step = sgd_step(Conv(3, 2), "generic", schedule="sequential")
    expected = np.array([[[factor * X2, factor * X3]]], dtype=object)
    assert_same(step.term(2, written_out=True).array(), expected)
    assert_same(step.difference().array(), eta**2 * expected)


# -- 2. the 3x3 image with two filters -----------------------------------------------------------------


def image_by_loops(layer: Layer, schedule: str) -> dict[str, Array]:
    """The algorithm for a 3x3 image and two 2x2 filters, squared loss, in plain SymPy."""
    start = symbols(layer)
    x, t = start.pop("X"), start.pop("t")
    state = {name: array.copy() for name, array in start.items()}
    for r, c in product(range(2), range(2)):
        patch = x[0, r : r + 2, c : c + 2]
        used = {name: array.copy() for name, array in state.items()} if schedule == "sequential" else start
        for o in range(2):
            residual = sp.expand((used["w"][o, 0] * patch).sum() - t[o, r, c] + (used["b"][o] if "b" in used else 0))
            for i, j in product(range(2), range(2)):
                state["w"][o, 0, i, j] = sp.expand(state["w"][o, 0, i, j] - eta * residual * patch[i, j])
            if "b" in state:
                state["b"][o] = sp.expand(state["b"][o] - eta * residual)
    return state


@pytest.mark.slow
@pytest.mark.parametrize("bias", [False, True])
def test_the_image_with_two_filters_is_the_algorithm_exactly(bias: bool) -> None:
    layer = Conv((3, 3), (2, 2), out_channels=2, bias=bias)
    step = sgd_step(layer, schedule="sequential")
    sequential, summed = (image_by_loops(layer, name) for name in ("sequential", "summed"))
    after = step.after()
    for role, name in zip(step.roles, ("w", "b")):
        assert_same(getattr(step, role).array(), sequential[name], name)
        assert_same(step.difference(role).array(), sequential[name] - summed[name], name)
        assert_same(after[name], sequential[name], name)
        assert_same(getattr(sgd_step(layer), role).array(), summed[name], name)
    later = step.term(5, written_out=True).array()
    assert not any(sp.flatten(later)), "with four patches the series ends with the fourth power"


def limit(function: Callable[[float], Array], start: float, levels: int = 5) -> Array:
    """The value at 0 of a function with a power series, by Richardson's extrapolation with halved steps."""
    table = [function(start / 2**level) for level in range(levels)]
    for power in range(1, levels):
        table = [(2**power * fine - coarse) / (2**power - 1) for coarse, fine in pairwise(table)]
    return table[0]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "cubic": lambda z: z**3 / 3 - z**2 / 5 + 2 * z,
    "log cosh": lambda z: sp.log(sp.cosh(z)),
}
SLOPES: dict[str, Callable[[Any], Any]] = {"cubic": lambda z: z**2 - 2 * z / 5 + 2, "log cosh": np.tanh}
"""Losses sum f(h): f in SymPy, and f' in numbers."""


def word_of(loss: str) -> str:
    """What symconv calls the loss."""
    return "generic" if loss in FUNCTIONS else loss


@pytest.mark.parametrize(
    ("hand", "loss"),
    [
        (Hand((3, 3), (2, 2), c_out=2, bias=bias), loss)
        for bias, loss in product([False, True], ["squared", "mse", "cross_entropy", *FUNCTIONS])
    ]
    + [
        (Hand((4,), (2,), c_in=2, c_out=4, groups=2, batch=2, bias=True), "cross_entropy"),
        (Hand((4,), (2,), c_in=2, c_out=4, groups=2, batch=2, bias=True), "log cosh"),
        (Hand((3, 2), (2, 1), c_in=2, c_out=2, batch=2, p=(1, 1), s=(2, 1), mode="circular"), "log cosh"),
        (Hand((2,), (2,), c_in=2, c_out=2, s=(2,), bias=True, transposed=True), "cubic"),
    ],
    ids=str,
)  # fmt: skip
def test_the_second_order_term_is_the_limit_of_the_difference(hand: Hand, loss: str) -> None:
    """(w_sequential - w_summed) / eta^2 as eta goes to 0."""
    step = sgd_step(hand.layer, word_of(loss), schedule="sequential")
    arrays = floats(hand, 3)
    for role, name in zip(step.roles, ("w", "b")):

        def scaled(rate: float, name: str = name) -> Array:
            sides = [hand.train(arrays, loss, schedule, rate)[name] for schedule in ("sequential", "summed")]
            return (sides[0] - sides[1]) / rate**2

        term = step.term(2, role, written_out=True)
        found = (with_function if loss in FUNCTIONS else evaluated)(hand, term, arrays, loss)
        assert_close(found, limit(scaled, 0.02), f"{step!r}, {role}", 1e-7)


def evaluated(hand: Hand, formula: TensorFormula, arrays: Mapping[str, Array], loss: str = "") -> Array:
    """A formula in numbers, with those of its tensors that it wants; h from the algorithm by hand."""
    h = hand.from_rows(hand.outputs(hand.patches(arrays["X"]), arrays["w"], arrays.get("b")))
    wanted = {tensor.name for tensor in formula.form.operands}
    return formula.evaluate(**{name: array for name, array in {**arrays, "h": h}.items() if name in wanted})


def with_function(hand: Hand, formula: TensorFormula, arrays: Mapping[str, Array], loss: str) -> Array:
    """The array of a formula in ell and its derivatives at h1, h2, .. in numbers, with a function for ell."""
    h = hand.from_rows(hand.outputs(hand.patches(arrays["X"]), arrays["w"], arrays.get("b")))
    names = {**symbols(hand.layer), "h": symbolic(symbols_of("h", hand.layer.output_layout, hand.layer))}
    numbers: dict[sp.Expr, sp.Expr] = {}
    for name, values in {**arrays, "h": h}.items():
        numbers |= dict(zip(names[name].ravel(), map(sp.Float, values.ravel())))
    array, z = symbolic(formula.array()), sp.Symbol("z")
    for entry in array.ravel():
        for one in entry.atoms(sp.Derivative):
            at, order = one.variables[0], len(one.variables)
            numbers[one] = sp.diff(FUNCTIONS[loss](z), z, order).subs(z, numbers[at])
    return np.array([float(entry.xreplace(numbers)) for entry in array.ravel()]).reshape(array.shape)


@pytest.mark.parametrize("loss", FUNCTIONS)
def test_the_second_order_term_is_that_of_sympys_series(loss: str) -> None:
    """d^2/d eta^2 / 2 at eta = 0 of the new weights of two patches, with the loss written in the weights."""
    z = sp.Symbol("z")
    slope = sp.Lambda(z, sp.diff(FUNCTIONS[loss](z), z))
    X1, X2, X3, w1, w2 = sp.symbols("X1 X2 X3 w1 w2")
    h1, h2 = w1 * X1 + w2 * X2, w1 * X2 + w2 * X3
    middle = (w1 - eta * slope(h1) * X1, w2 - eta * slope(h1) * X2)
    second = slope(middle[0] * X2 + middle[1] * X3)
    after = (middle[0] - eta * second * X2, middle[1] - eta * second * X3)
    step = sgd_step(Conv(3, 2), GenericLoss(), schedule="sequential")
    numbers = dict(zip((X1, X2, X3, w1, w2), map(sp.Rational, ("1/3", "-2/5", "3/7", "1/2", "4/3"))))
    for order in (1, 2):
        array = sp.flatten(step.term(order, written_out=True).array())
        for found, new in zip(array, after):
            expected = (-1) ** order * sp.diff(new, eta, order).subs(eta, 0) / sp.factorial(order)
            found = found.replace(ell, FUNCTIONS[loss]).doit().subs(dict(zip(sp.symbols("h1 h2"), (h1, h2))))
            assert abs(sp.N((found - expected).subs(numbers), 40)) < 1e-30


# -- 3. one step on the sum, in every view -------------------------------------------------------------

G, N = sp.symbols("G N", integer=True, positive=True)
GENERAL = {
    "1-D": Conv.general(1),
    "2-D": Conv.general(2, bias=False),
    "groups and batch": Conv.general(2, groups=G, batch_size=N),
    "circular": Conv.general(1, padding_mode="circular", batch_size=N),
    "reflect": Conv.general(1, padding_mode="reflect"),
    "replicate": Conv.general(1, padding_mode="replicate", bias=False),
    "no stride": Conv.general(2, stride=1, padding=0, dilation=1, in_channels=1),
    "transposed": ConvTranspose.general(1, groups=G),
    "transposed 2-D": ConvTranspose.general(2, bias=False, batch_size=N),
}
LOSSES = [None, "squared", "generic", "mse", "cross_entropy"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", thinned(GENERAL, 2))
def test_all_views_end_with_the_same_weights(name: str, loss: str | None) -> None:
    layer = GENERAL[name]
    means = ["patches"] if layer.batch_size is None else ["patches", "batch"]
    for schedule, over in [("summed", "patches"), *(("mean", over) for over in means)]:
        report = sgd_step(layer, loss, eta, schedule, momentum=mu, weight_decay=lam, mean_over=over).prove()
        assert report.holds
        outputs = ["output"] if loss in ("generic", "cross_entropy") else []  # their formulas have functions of h
        expected = [*outputs, *(f"{role} after the step" for role in layer_roles(layer))]
        assert [theorem.of for theorem in report.theorems] == expected
        assert all(theorem.views == ("direct", "fully_connected", "patches") for theorem in report.theorems)


def layer_roles(layer: Layer) -> tuple[str, ...]:
    return ("weight", "bias") if layer.bias_term else ("weight",)


def test_a_large_general_layer_with_a_mirrored_input() -> None:
    assert sgd_step(Conv.general(2, padding_mode="reflect"), "generic", weight_decay=lam).prove().holds


def drawn(generator: random.Random) -> Hand | None:
    """A small layer; None where the numbers describe none."""
    ndim = generator.choice([1, 1, 2])
    groups = generator.choice([1, 1, 2])
    transposed = generator.random() < 0.3
    hand = Hand(
        n=tuple(generator.randint(1, 4 if ndim == 1 else 3) for _ in range(ndim)),
        k=tuple(generator.randint(1, 2) for _ in range(ndim)),
        c_in=groups * generator.randint(1, 2), c_out=groups * generator.randint(1, 2), groups=groups,
        s=tuple(generator.randint(1, 2) for _ in range(ndim)), p=tuple(generator.randint(0, 1) for _ in range(ndim)),
        d=tuple(generator.randint(1, 2) for _ in range(ndim)), bias=generator.random() < 0.5,
        mode="zeros" if transposed else generator.choice(["zeros", "zeros", "circular", "reflect", "replicate"]),
        batch=generator.choice([None, 1, 2]), transposed=transposed,
    )  # fmt: skip
    try:
        return hand if hand.layer.is_concrete and hand.rows <= 12 else None
    except SymconvError:
        return None


def draws(seed: int) -> Iterator[Hand]:
    generator = random.Random(seed)
    while True:
        if (hand := drawn(generator)) is not None:
            yield hand


def total_loss(hand: Hand, loss: str | None, arrays: Mapping[str, Array]) -> sp.Expr:
    """L by its definition, in the entries of all tensors."""
    h = hand.outputs(hand.patches(arrays["X"]), arrays["w"], arrays.get("b"))
    t = hand.to_rows(arrays["delta" if loss is None else "t"])
    if loss == "cross_entropy":
        logs = [[z - sp.log(sp.Add(*map(sp.exp, row))) for z in row] for row in h]
        return -(t * np.array(logs, dtype=object)).sum() / hand.rows
    if loss == "generic":
        return sp.Add(*(FUNCTIONS["cubic"](z) for z in h.ravel()))
    if loss is None:
        return (t * h).sum()
    squares = ((h - t) ** 2).sum()
    return squares / 2 if loss == "squared" else squares / h.size


@pytest.mark.parametrize("part", parts(8, 1))
def test_the_new_weights_are_sympys_derivative_of_the_loss(part: int) -> None:
    """40 random layers; eta, mu and lambda symbols, V a symbol for every weight."""
    source, generator = draws(part), random.Random(part)
    for loss in LOSSES:
        hand = next(source)
        layer, last = hand.layer, "delta" if loss is None else "t"
        schedule, over = generator.choice(["summed", "mean"]), "patches" if hand.batch is None else "batch"
        step = sgd_step(layer, loss, eta, schedule, momentum=mu, weight_decay=lam, mean_over=over)
        arrays = symbols(layer, last)
        count = 1 if schedule == "summed" else {"patches": hand.rows, "batch": hand.examples}[over]
        total = total_loss(hand, loss, arrays)
        h = hand.from_rows(hand.outputs(hand.patches(arrays["X"]), arrays["w"], arrays.get("b")))
        meant = meanings(hand, h)
        for role, name, layout in zip(step.roles, "wb", (layer.weight_layout, getattr(layer, "bias_layout", ()))):
            velocity = symbolic(symbols_of(f"V_{name}", layout, layer))
            for own, v, found in zip(
                arrays[name].ravel(), velocity.ravel(), sp.flatten(getattr(step, role).array()), strict=True
            ):
                expected = own - eta * (mu * v + sp.diff(total, own) / count + lam * own)
                found = found.replace(ell, FUNCTIONS["cubic"]).doit().subs(meant)
                if loss in ("cross_entropy", "generic"):  # at a random point, exactly or to 30 digits
                    numbers = {s: sp.Rational(generator.randint(-9, 9), 8) for s in expected.free_symbols}
                    assert abs(sp.N((found - expected).subs(numbers), 30)) < 1e-20, f"{step!r}, {role}"
                else:
                    assert sp.expand(found - expected) == 0, f"{step!r}, {role}"


def meanings(hand: Hand, h: Array) -> dict[sp.Symbol, sp.Expr]:
    """What the symbols h1, .. and p1, .. (softmax over the channels) stand for."""
    rows = hand.to_rows(h)
    p = hand.from_rows(np.array([[sp.exp(z) / sp.Add(*map(sp.exp, row)) for z in row] for row in rows], dtype=object))
    layout = hand.layer.output_layout
    return {
        symbol: value
        for name, values in (("h", h), ("p", p))
        for symbol, value in zip(sp.flatten(symbols_of(name, layout, hand.layer)), values.ravel())
    }


@pytest.mark.parametrize(
    ("layer", "hand"),
    [
        (Conv.general(1), Hand((3,), (2,), 2, 2, (2,), (1,), bias=True)),
        (
            Conv.general(1, groups=G, batch_size=N, bias=False),
            Hand((3,), (2,), 4, 4, (1,), (1,), (2,), groups=2, batch=2),
        ),
        (Conv.general(1, padding_mode="reflect"), Hand((3,), (2,), 2, 2, (2,), (1,), bias=True, mode="reflect")),
        (
            ConvTranspose.general(1, groups=G, output_padding=0),
            Hand((2,), (2,), 4, 4, (2,), (0,), groups=2, bias=True, transposed=True),
        ),
    ],
    ids=["1-D", "groups and batch", "reflect", "transposed"],
)
def test_general_formulas_are_the_algorithm_at_small_sizes(layer: Layer, hand: Hand) -> None:
    """The printed formulas with every size a letter, summed by brute force, in every view."""
    sizes = dict(n=hand.n[0], K=hand.k[0], C_in=hand.c_in, C_out=hand.c_out, s=hand.s[0], p=hand.p[0], d=hand.d[0])
    sizes = {name: {**sizes, "G": hand.groups, "N": hand.batch}[name] for name in layer.symbol_names}
    generator = np.random.default_rng(0)
    names = ("X", "w", *(("b",) if hand.bias else ()), "t")
    arrays = {name: generator.integers(-4, 5, hand.shape(name)).astype(object) for name in names}
    step = sgd_step(layer, "squared", sp.Rational(1, 2), "mean", weight_decay=3)
    expected = hand.train(arrays, "squared", "mean", sp.Rational(1, 2), decay=3)
    for view, role in product(layer.views, step.roles):
        found = by_brute_force(hand, step.in_view(view, role), arrays, {"D_mean": sp.Rational(1, hand.rows)}, sizes)
        assert (found == expected[role[0]]).all(), (view, role)


def axes_form(hand: Hand, name: str, array: Array) -> Array:
    """An array with an axis for every index of a formula: groups apart, and no index where there is just one."""
    inputs, outputs = hand.c_in // hand.groups, hand.c_out // hand.groups

    def counted(*sizes: int) -> tuple[int, ...]:
        return tuple(size for size in sizes if size > 1)

    shapes = {
        "X": (*counted(hand.examples, hand.groups, inputs), *hand.n),
        "w": (*counted(hand.groups, *((inputs, outputs) if hand.transposed else (outputs, inputs))), *hand.k),
        "b": counted(hand.groups, outputs),
        "P": (*counted(hand.examples), *hand.m, *counted(hand.groups, inputs), *hand.k),
    }
    return np.asarray(array).reshape(shapes.get(name, (*counted(hand.examples, hand.groups, outputs), *hand.m)))


class Numbers(Entries):
    """Entries of an array in place of random ones; an entry that is not known yet must not be read."""

    def __init__(self, array: Array) -> None:
        super().__init__(array.shape)
        self.array = array

    def __getitem__(self, index: tuple[int, ...]) -> Any:
        if not all(0 <= i < n for i, n in zip(index, self.array.shape, strict=True)):
            return 0
        value = self.array[index]
        assert value is not None, "an entry that is computed later"
        return value


def by_brute_force(
    hand: Hand, formula: TensorFormula, arrays: Mapping[str, Array], scalars: Mapping[str, Any], sizes: dict[str, int]
) -> Array:
    """Every entry of a printed formula with letters for sizes, in the shape that the layer has at these sizes."""
    tensors = {name: Numbers(axes_form(hand, name, array)) for name, array in arrays.items()}
    tensors |= {name: Numbers(np.array(value, dtype=object)) for name, value in scalars.items()}
    run, letters = compiled(formula.formula.rhs), [axis.letter for axis in formula.axes]
    letter = "m" if len(hand.m) == 1 else "m{}"
    inside = {letter.format(at + 1): m for at, m in enumerate(hand.m)}
    inside |= {"C_in_g": hand.c_in // hand.groups, "C_out_g": hand.c_out // hand.groups}
    name = str(formula.quantity)[-1] if str(formula.quantity).startswith("T_") else str(formula.quantity)[0]
    ranges = [int(axis.size.evaluate({**sizes, **inside})) for axis in formula.axes]
    found = [run({**sizes, **inside, **dict(zip(letters, at))}, tensors) for at in np.ndindex(*ranges)]
    return np.array(found, dtype=object).reshape(hand.shape(name))


@pytest.mark.parametrize(
    "layer",
    [Conv(3, 2, bias=True), Conv(4, 2, in_channels=2, out_channels=2, groups=2), Conv.general(1), Conv.general(2),
     ConvTranspose(3, 2, in_channels=2), Conv.general(1, padding_mode="circular", batch_size=N)],
    ids=repr,
)  # fmt: skip
def test_wrong_steps_are_refuted(layer: Layer) -> None:
    def step(**changed: Any) -> Step:
        return sgd_step(layer, **{"learning_rate": eta, "momentum": mu, "weight_decay": lam, **changed})

    right, still = step().weight, step(learning_rate=0).weight
    wrong = {
        "the sign": still.form + still.form - right.form,
        "the learning rate": step(learning_rate=sp.Symbol("beta")).weight.form,
        "half the learning rate": step(learning_rate=sp.Rational(1, 2)).weight.form,
        "no weight decay": step(weight_decay=0).weight.form,
        "momentum for weight decay": step(weight_decay=mu).weight.form,
        "no momentum": step(momentum=0).weight.form,
        "twice the gradient": step(loss=MeanSquaredError("sum")).weight.form,
        "no step": still.form,
    }
    assert prove_equal(right, right.replaced(step().in_view("patches").form)).proved
    for what, form in wrong.items():
        verdict = prove_equal(right, right.replaced(form))
        assert verdict.refuted and verdict.witness.left != verdict.witness.right, f"{what}: {verdict}"


# -- 4. without sharing --------------------------------------------------------------------------------

UNSHARED = [
    Hand((3,), (2,)),
    Hand((3, 3), (2, 2), c_out=2, bias=True),
    Hand((4,), (2,), c_in=2, c_out=2, groups=2, batch=2),
    Hand((3,), (2,), s=(2,), p=(1,), mode="circular", bias=True),
    Hand((1,), (3,), p=(1,), mode="circular"),
    Hand((3,), (2,), p=(1,), mode="reflect", c_out=2),
    Hand((3,), (2,), c_in=2, s=(2,), transposed=True),
]


def unshared_by_hand(hand: Hand, arrays: Mapping[str, Array], loss: Any, factor: Any) -> tuple[Array, Array]:
    """A dense layer from the same start, every weight free: (weights after a step, the same with sharing)."""
    errors = hand.errors(loss, hand.outputs(hand.patches(arrays["X"]), arrays["w"], arrays.get("b")),
                         hand.to_rows(arrays["t"]))  # fmt: skip
    by_example = hand.from_rows(errors).reshape(hand.examples, -1)
    x = np.asarray(arrays["X"]).reshape(hand.examples, -1)
    gradient = sum(np.multiply.outer(one, other) for one, other in zip(x, by_example))
    free = hand.dense(arrays["w"]) - eta * factor * gradient
    moved = arrays["w"] - eta * factor * hand.gradients(hand.patches(arrays["X"]), errors)["w"]
    return free, hand.dense(moved)


@pytest.mark.parametrize("hand", UNSHARED, ids=str)
@pytest.mark.parametrize("schedule", ["summed", "mean"])
def test_zeros_fill_in_and_copies_drift(hand: Hand, schedule: str) -> None:
    factor = sp.Rational(1, hand.rows) if schedule == "mean" else 1
    step = sgd_step(hand.layer, schedule=schedule)
    free, shared = unshared_by_hand(hand, symbols(hand.layer), "squared", factor)
    assert_same(step.unshared.array(), free, "without sharing")
    assert_same(step.shared.array(), shared, "with sharing")
    assert_same(step.drift.array(), free - shared, "drift")
    report = step.prove_unshared()
    assert not report.holds
    assert_refuted(hand, report.theorems[0].verdict, factor)


def assert_refuted(hand: Hand, verdict: Any, factor: Any = 1, general: bool = False) -> None:
    """The witness's numbers, put into the dense steps by hand, give its two sides."""
    assert verdict.refuted
    arrays = {name: np.zeros(hand.shape(name), dtype=object) for name in "Xwbt"}
    if not general:  # where a number is 1, its index is left out
        arrays = {name: axes_form(hand, name, array) for name, array in arrays.items()}
    rate: Any = 0
    for (name, at), value in verdict.witness.values.items():
        if name == "eta":
            rate = value
        else:
            arrays[name][at] = value
    arrays = {name: array.reshape(hand.shape(name)) for name, array in arrays.items()}
    if not hand.bias:
        del arrays["b"]
    free, shared = unshared_by_hand(hand, arrays, "squared", factor)
    outer = {"j": (hand.groups, hand.c_in // hand.groups), "i": (hand.groups, hand.c_out // hand.groups)}
    letters = {"j": ("g'", "c"), "i": ("g", "o")}
    place = []
    for letter, sizes in (("j", hand.n), ("i", hand.m)):
        names = [letter] if len(sizes) == 1 else [f"{letter}{axis + 1}" for axis in range(len(sizes))]
        index = [verdict.witness.index.get(name, 0) for name in (*letters[letter], *names)]
        place.append(int(np.ravel_multi_index(index, (*outer[letter], *sizes))))
    sides = [sp.sympify(matrix[tuple(place)]).subs(eta, rate) for matrix in (shared, free)]
    assert sides == [sp.Rational(side) for side in (verdict.witness.left, verdict.witness.right)]
    assert sides[0] != sides[1]


@pytest.mark.parametrize("given", [{}, {"padding_mode": "circular"}, {"batch_size": N, "bias": False}], ids=str)
def test_training_without_sharing_is_refuted_in_general(given: dict[str, Any]) -> None:
    layer = Conv.general(1, **given)
    verdict = sgd_step(layer).prove_unshared().theorems[0].verdict
    sizes = verdict.witness.sizes
    concrete = layer.at(**{name: sizes[name] for name in layer.symbol_names})
    hand = Hand(
        concrete.input_size, concrete.kernel_size, sizes["C_in"], sizes["C_out"], concrete.stride, (sizes["p"],),
        concrete.dilation, bias=layer.bias_term, mode=layer.padding_mode, batch=sizes.get("N"),
    )  # fmt: skip
    assert_refuted(hand, verdict, general=True)


@pytest.mark.parametrize("hand", [Hand((2,), (2,)), Hand((2, 3), (2, 3), c_in=2, c_out=2, bias=True, batch=2)], ids=str)
@pytest.mark.parametrize("loss", [None, "squared", "generic", "mse"])
def test_a_kernel_as_large_as_the_input_has_nothing_to_share(hand: Hand, loss: str | None) -> None:
    """One position and one group: every dense weight is one weight of the kernel, so nothing drifts."""
    free, shared = unshared_by_hand(hand, symbols(hand.layer), "squared", 1)
    assert_same(free, shared)
    step = sgd_step(hand.layer, loss)
    assert step.prove_unshared().holds
    assert not any(sp.expand(entry) for entry in sp.flatten(step.drift.array()))


@pytest.mark.parametrize("loss", [None, "squared", "mse"])
def test_a_kernel_as_large_as_the_input_for_every_size(loss: str | None) -> None:
    """One position whatever the sizes are: proved."""
    size, channels, batch = sp.symbols("n C N", integer=True, positive=True)
    assert sgd_step(Conv(size, size), loss).prove_unshared().holds
    layer = Conv((size, 2), (size, 2), in_channels=channels, out_channels=channels, bias=True, batch_size=batch)
    assert sgd_step(layer, loss).prove_unshared().holds


def test_one_position_with_groups_or_wraps_or_unread_inputs_still_drifts() -> None:
    for hand in (Hand((2,), (2,), c_in=2, c_out=2, groups=2), Hand((1,), (3,), p=(1,), mode="circular"),
                 Hand((3,), (2,), s=(2,))):  # fmt: skip
        assert prod(hand.m) == 1
        free, shared = unshared_by_hand(hand, symbols(hand.layer), "squared", 1)
        assert any(sp.expand(entry) for entry in (free - shared).ravel())
        assert_refuted(hand, sgd_step(hand.layer).prove_unshared().theorems[0].verdict)


@pytest.mark.parametrize("rate", [sp.Rational(1, 10), eta], ids=str)
def test_without_sharing_cross_entropy_is_refuted_with_numbers_that_can_be_had(rate: Any) -> None:
    """The witness gives input, weights, target and rate; softmax is computed from them."""
    hand = Hand((3,), (2,), c_out=2)
    assert np.abs(evaluated(hand, sgd_step(hand.layer, "cross_entropy", 0.1).drift, floats(hand, 16))).max() > 1e-4
    verdict = sgd_step(hand.layer, "cross_entropy", rate).prove_unshared().theorems[0].verdict
    assert verdict.refuted
    values = dict(verdict.witness.values)
    number = float(values.pop(("eta", ())) if rate == eta else rate)
    arrays = {name: axes_form(hand, name, np.zeros(hand.shape(name))) for name in "Xwt"}
    for (name, at), value in values.items():
        arrays[name][at] = value
    arrays = {name: array.reshape(hand.shape(name)) for name, array in arrays.items()}
    place = verdict.witness.index["j"], 2 * verdict.witness.index["o"] + verdict.witness.index["i"]
    sides = [float(matrix[place].subs(eta, number)) for matrix in unshared_by_hand(hand, arrays, "cross_entropy", 1)]
    assert np.allclose(sides, [verdict.witness.right, verdict.witness.left], rtol=1e-12) and sides[0] != sides[1]


DECAYS = [dict(weight_decay=lam), dict(momentum=mu), dict(weight_decay=lam, momentum=mu)]


@pytest.mark.parametrize("given", DECAYS, ids=str)
def test_weight_decay_and_momentum_drift_nothing(given: dict[str, Any]) -> None:
    """They act on every dense weight as on the shared one: from the same start, the drift is that of the gradient."""
    hand = Hand((3,), (2,), p=(1,), mode="circular", c_out=2)
    step, arrays = sgd_step(hand.layer, **given), symbols(hand.layer)
    free, shared = unshared_by_hand(hand, arrays, "squared", 1)
    velocity = symbolic(symbols_of("V_w", hand.layer.weight_layout, hand.layer))
    moved = given.get("weight_decay", 0) * hand.dense(arrays["w"]) + given.get("momentum", 0) * hand.dense(velocity)
    assert_same(step.unshared.array(), free - eta * moved)
    assert_same(step.drift.array(), free - shared)
    assert sgd_step(Conv(2, 2), **given).prove_unshared().holds


def test_one_class_has_nothing_to_learn() -> None:
    """With one class p = 1 whatever the weights, so for t = 1 nothing moves and nothing drifts."""
    hand = Hand((3,), (2,))
    arrays = {**floats(hand, 15), "t": np.ones((1, 2))}
    step = sgd_step(hand.layer, "cross_entropy", 0.1)
    assert np.abs(evaluated(hand, step.drift, arrays)).max() < 1e-15
    assert not step.prove_unshared().theorems[0].verdict.refuted


# -- 5. PyTorch ----------------------------------------------------------------------------------------

TORCH_HANDS = [
    Hand((6,), (2,), c_in=2, c_out=3, bias=True),
    Hand((5, 4), (3, 2), c_in=2, c_out=4, groups=2, s=(2, 1), p=(1, 0), d=(1, 2), bias=True, batch=3),
    Hand((5, 5), (3, 3), c_in=1, c_out=2, p=(1, 1), mode="circular", batch=2),
    Hand((4, 3), (2, 2), c_in=2, c_out=2, p=(0, 2), mode="reflect", bias=True),
]


def torch_layer(torch: Any, hand: Hand, x: Any, w: Any, b: Any) -> Any:
    """The output of PyTorch's own convolution, of the layer's output shape."""
    x = x.reshape(hand.examples, hand.c_in, *hand.n)
    F, ndim = torch.nn.functional, len(hand.n)
    if hand.transposed:
        function = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[ndim]
        h = function(x, w, b, hand.s, hand.p, 0, hand.groups, hand.d)
    else:
        function = {1: F.conv1d, 2: F.conv2d}[ndim]
        h = function(torch_padded(F, hand, x), w, b, hand.s, 0, hand.d, hand.groups)
    return h.reshape(hand.shape("t"))


def torch_padded(F: Any, hand: Hand, x: Any) -> Any:
    pads = [p for p in reversed(hand.p) for _ in range(2)]
    return F.pad(x, pads, mode={"zeros": "constant"}.get(hand.mode, hand.mode)) if any(pads) else x


def torch_loss(torch: Any, hand: Hand, loss: str, h: Any, t: Any) -> Any:
    if loss == "squared":
        return ((h - t) ** 2).sum() / 2
    if loss == "mse":
        return torch.nn.functional.mse_loss(h, t)
    at = int(hand.batch is not None)
    return torch.nn.functional.cross_entropy(h.movedim(at, 0).reshape(hand.c_out, -1).T, t.reshape(-1))


def torch_target(hand: Hand, loss: str, arrays: dict[str, Array]) -> dict[str, Array]:
    if loss != "cross_entropy":
        return arrays
    at, shape = int(hand.batch is not None), hand.shape("t")
    classes = np.random.default_rng(1).integers(0, hand.c_out, (*shape[:at], *shape[at + 1 :]))
    return {**arrays, "t": classes}


@pytest.mark.torch
@pytest.mark.parametrize("loss", ["squared", "mse", "cross_entropy"])
@pytest.mark.parametrize("hand", TORCH_HANDS, ids=str)
def test_steps_are_those_of_torch_optim_sgd(hand: Hand, loss: str) -> None:
    torch = require_module("torch")
    for schedule, over in [("summed", "patches"), ("mean", "patches"), ("mean", "batch")]:
        if over == "batch" and hand.batch is None:
            continue
        arrays = torch_target(hand, loss, floats(hand, 5))
        count = {"patches": hand.rows, "batch": hand.examples}[over] if schedule == "mean" else 1
        own = {n: torch.tensor(arrays[n], requires_grad=True) for n in ("w", "b") if n in arrays}
        optimizer = torch.optim.SGD(own.values(), lr=0.05, momentum=0.9, weight_decay=0.02)
        step = sgd_step(hand.layer, loss, 0.05, schedule, momentum=0.9, weight_decay=0.02, mean_over=over)
        for done in range(1, 5):
            optimizer.zero_grad()
            h = torch_layer(torch, hand, torch.tensor(arrays["X"]), own["w"], own.get("b"))
            (torch_loss(torch, hand, loss, h, torch.tensor(arrays["t"])) / count).backward()
            optimizer.step()
            found = step.run(done, **arrays)
            for name, tensor in own.items():
                assert_close(found[name], tensor.detach().numpy(), f"{step!r}, {name} after {done}")
                momentum = optimizer.state[tensor]["momentum_buffer"].numpy()
                assert_close(found[f"V_{name}"], momentum, f"{step!r}, V_{name} after {done}")


@pytest.mark.torch
@pytest.mark.parametrize("hand", TORCH_HANDS, ids=str)
def test_formulas_of_a_step_are_those_of_torch(hand: Hand) -> None:
    """Weight, bias and velocity from a velocity that is not 0: the second step of PyTorch."""
    torch = require_module("torch")
    arrays = floats(hand, 6)
    own = {n: torch.tensor(arrays[n], requires_grad=True) for n in ("w", "b") if n in arrays}
    optimizer = torch.optim.SGD(own.values(), lr=0.05, momentum=0.9, weight_decay=0.02)
    step = sgd_step(hand.layer, "squared", 0.05, momentum=0.9, weight_decay=0.02)
    for turn in range(2):
        start = {n: tensor.detach().numpy().copy() for n, tensor in own.items()}
        before = {f"V_{n}": optimizer.state[v]["momentum_buffer"].numpy().copy() for n, v in own.items() if turn}
        optimizer.zero_grad()
        h = torch_layer(torch, hand, torch.tensor(arrays["X"]), own["w"], own.get("b"))
        torch_loss(torch, hand, "squared", h, torch.tensor(arrays["t"])).backward()
        optimizer.step()
    for view, role in product(hand.layer.views, step.roles):
        name = role[0]
        for formula, expected in ((step.in_view(view, role), own[name].detach()),
                                  (step.velocity(role), optimizer.state[own[name]]["momentum_buffer"])):  # fmt: skip
            wanted = {tensor.name for tensor in formula.form.operands}
            values = {n: a for n, a in {**arrays, **start, **before}.items() if n in wanted}
            assert_close(formula.evaluate(**values), expected.numpy(), f"{view} {formula.quantity}")


@pytest.mark.torch
@pytest.mark.parametrize("loss", ["squared", "mse", "cross_entropy"])
@pytest.mark.parametrize("hand", TORCH_HANDS, ids=str)
def test_the_sequential_step_is_torchs_convolution_on_one_patch_after_the_other(hand: Hand, loss: str) -> None:
    torch = require_module("torch")
    F, ndim = torch.nn.functional, len(hand.n)
    arrays = torch_target(hand, loss, floats(hand, 7))
    x = torch_padded(F, hand, torch.tensor(arrays["X"]).reshape(hand.examples, hand.c_in, *hand.n))
    batch = () if hand.batch is not None else (1,)
    target = torch.tensor(arrays["t"]).reshape(*batch, *np.shape(arrays["t"]))
    own = {n: torch.tensor(arrays[n], requires_grad=True) for n in ("w", "b") if n in arrays}
    optimizer = torch.optim.SGD(own.values(), lr=0.05, momentum=0.9, weight_decay=0.02)
    step = sgd_step(hand.layer, loss, 0.05, "sequential", momentum=0.9, weight_decay=0.02)
    for done in range(1, 3):
        for e, *i in np.ndindex(hand.examples, *hand.m):
            window = tuple(slice(s * at, s * at + d * (k - 1) + 1) for s, at, d, k in zip(hand.s, i, hand.d, hand.k))
            optimizer.zero_grad()
            function = {1: F.conv1d, 2: F.conv2d}[ndim]
            patch = x[(slice(e, e + 1), slice(None), *window)]
            h = function(patch, own["w"], own.get("b"), dilation=hand.d, groups=hand.groups).reshape(hand.c_out)
            if loss == "cross_entropy":
                value = F.cross_entropy(h, target[(e, *i)]) / hand.rows
            else:
                t = target[(e, slice(None), *i)]
                value = ((h - t) ** 2).sum() * (0.5 if loss == "squared" else 1 / (hand.rows * hand.c_out))
            value.backward()
            optimizer.step()
        found = step.run(done, **arrays)
        for name, tensor in own.items():
            assert_close(found[name], tensor.detach().numpy(), f"{step!r}, {name} after {done}")


@pytest.mark.torch
@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
@pytest.mark.parametrize("hand", TORCH_HANDS, ids=str)
def test_training_without_sharing_is_torchs_linear(hand: Hand, loss: str) -> None:
    torch = require_module("torch")
    arrays = floats(hand, 8)
    matrix = hand.dense(arrays["w"])
    linear = torch.nn.Linear(*matrix.shape, dtype=torch.float64)
    linear.weight.data = torch.tensor(matrix.T.copy())
    bias = np.repeat(arrays.get("b", np.zeros(hand.c_out)), prod(hand.m))
    linear.bias.data = torch.tensor(bias)
    optimizer = torch.optim.SGD(linear.parameters(), lr=0.05)
    h = linear(torch.tensor(arrays["X"]).reshape(hand.examples, -1)).reshape(hand.shape("t"))
    if loss == "cross_entropy":
        classes = torch_target(hand, loss, arrays)["t"]
        at = int(hand.batch is not None)
        arrays["t"] = np.moveaxis(np.eye(hand.c_out)[classes], -1, at)
        torch_loss(torch, hand, loss, h, torch.tensor(classes)).backward()
    else:
        torch_loss(torch, hand, loss, h, torch.tensor(arrays["t"])).backward()
    optimizer.step()
    step = sgd_step(hand.layer, loss, 0.05)
    free = linear.weight.detach().numpy().T
    assert_close(evaluated(hand, step.unshared, arrays), free)
    shared = hand.dense(hand.train(arrays, loss, "summed", 0.05)["w"])
    assert_close(evaluated(hand, step.shared, arrays), shared)
    assert_close(evaluated(hand, step.drift, arrays), free - shared, relative=1e-11)


# -- 6. several steps, and the recursion ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("hand", "schedule", "steps"),
    [
        (Hand((3,), (2,)), "summed", 2),
        (Hand((3,), (2,)), "summed", 3),
        (Hand((3,), (2,), bias=True), "mean", 2),
        (Hand((3,), (2,)), "sequential", 2),
        (Hand((2, 2), (1, 2), c_out=2, bias=True), "summed", 2),
        (Hand((2,), (1,), c_in=2, c_out=2, groups=2, batch=2), "summed", 3),
        (Hand((2,), (1,), batch=2, bias=True), "sequential", 1),
    ],
    ids=str,
)
def test_several_steps_exactly(hand: Hand, schedule: str, steps: int) -> None:
    """``after`` is the algorithm by hand in symbols; its numbers are those of ``run``."""
    step = sgd_step(hand.layer, "squared", eta, schedule, momentum=mu, weight_decay=sp.Rational(1, 3))
    found = step.after(steps)
    expected = hand.train(symbols(hand.layer), "squared", schedule, eta, mu, sp.Rational(1, 3), steps=steps)
    arrays = floats(hand, 9)
    run = step.run(steps, **arrays, eta=0.1, mu=0.7)
    numbers = {eta: 0.1, mu: 0.7}
    for name, values in arrays.items():
        numbers |= dict(zip(symbols(hand.layer)[name].ravel(), values.ravel()))
    assert found.keys() == expected.keys() and set(run) == {name for n in found for name in (n, f"V_{n}")}
    for name, array in found.items():
        assert_same(array, expected[name], f"{step!r}, {name} after {steps}")
        values = [float(entry.subs(numbers)) for entry in sp.flatten(array)]
        assert_close(np.array(values).reshape(array.shape), run[name], relative=1e-11)


@pytest.mark.parametrize(
    ("schedule", "loss"),
    [
        *product(["summed", "mean", "sequential"], ["squared", "mse", "cross_entropy"]),
        ("summed", None),
        ("mean", None),
    ],
)
def test_the_run_is_the_algorithm_by_hand(schedule: str, loss: str | None) -> None:
    hand = Hand((3, 4), (2, 2), c_in=2, c_out=4, groups=2, s=(1, 2), p=(1, 0), bias=True, batch=2)
    arrays = floats(hand, 10, "delta" if loss is None else "t")
    step = sgd_step(hand.layer, loss, eta, schedule, momentum=sp.Rational(1, 2), weight_decay=lam)
    found = step.run(3, **arrays, eta=0.2, lam=0.1)
    expected = hand.train(arrays, loss, schedule, 0.2, 0.5, 0.1, steps=3)
    for name, array in expected.items():
        assert_close(found[name], array, f"{step!r}, {name}")


def test_too_many_terms_are_refused() -> None:
    step = sgd_step(Conv(3, 2))
    with pytest.raises(SizeLimitError, match="max_terms"):
        step.after(3, max_terms=100)
    assert step.after(3, max_terms=1000)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_the_cases_of_the_series_are_counted(mode: str) -> None:
    step = sgd_step(Conv(3, 2, padding=1, padding_mode=mode), schedule="sequential")
    for order in (1, 2):
        assert step.cases([order]) == len(step.term(order, written_out=True).form.terms)


def test_a_series_of_many_cases_is_not_written_out() -> None:
    """Reflect padding has three cases on an axis, and a term of order n reads a patch 2 n times."""
    step = sgd_step(Conv((3, 3), 2, padding=1, padding_mode="reflect"), schedule="sequential")
    assert not step.is_written_out
    with pytest.raises(SizeLimitError, match="cases"):
        step.term(2, written_out=True)


@pytest.mark.torch
def test_a_series_of_many_cases_is_not_compared() -> None:
    require_module("torch")
    step = sgd_step(Conv((3, 3), 2, padding=1, padding_mode="reflect"), schedule="sequential")
    report = step.spot_check(trials=1)
    assert report.holds and "the eta^2 term is not compared" in str(report)


def walked(hand: Hand, step: Step, arrays: Mapping[str, Array], rate: float, loss: str) -> dict[str, Array]:
    """The new weights by the printed recursion: y and epsilon of patch after patch, in row-major order.

    At its turn a patch sees nothing of the later ones: their epsilon is not known, and reading it fails the test.
    """
    patches = hand.patches(arrays["X"])
    h = hand.from_rows(hand.outputs(patches, arrays["w"], arrays.get("b")))
    places = hand.m if hand.examples == 1 else (hand.examples, *hand.m)
    channels = [size for size in (hand.groups, hand.c_out // hand.groups) if size > 1]
    known: dict[str, Array] = {name: axes_form(hand, name, arrays[name]) for name in ("w", "b", "t") if name in arrays}
    known |= {"P": axes_form(hand, "P", patches), "h": axes_form(hand, "h", h)}
    waiting = np.full(known["h"].shape, None, dtype=object)
    tensors: dict[str, Any] = {name: Numbers(array) for name, array in known.items()}
    tensors |= {name: Numbers(waiting.copy()) for name in ("y", "epsilon", "p_turn")}
    count = hand.rows * (hand.c_out if loss == "mse" else 1)
    tensors |= {"eta": Numbers(np.array(rate)), "D": Numbers(np.array(1 / count))}
    runs = []
    for turn in step.turns:
        right = turn.formula.rhs
        right = right.replace(ell, FUNCTIONS[loss]).doit() if right.has(ell) else right
        runs.append((str(turn.quantity), [axis.letter for axis in turn.axes], compiled(right)))
    batched = int(hand.examples > 1)
    for place in np.ndindex(*places):
        entries = [(*place[:batched], *c, *place[batched:]) for c in np.ndindex(*channels)]
        for name, letters, run in runs:
            values = [run(dict(zip(letters, at)), tensors) for at in entries]
            for at, value in zip(entries, values):
                tensors[name].array[at] = value
            if name == "y" and loss == "cross_entropy":
                p = np.exp(np.array(values, dtype=float))
                for at, value in zip(entries, p / p.sum()):
                    tensors["p_turn"].array[at] = value
    found = {}
    for role in step.roles:
        formula = getattr(step, role)
        run, letters = compiled(formula.formula.rhs), [axis.letter for axis in formula.axes]
        entries = [run(dict(zip(letters, at)), tensors) for at in np.ndindex(known[role[0]].shape)]
        found[role[0]] = np.array(entries, dtype=float).reshape(hand.shape(role[0]))
    return found


@pytest.mark.parametrize(
    ("hand", "loss"),
    [
        (Hand((7,), (1,)), "squared"),
        (Hand((3, 3), (2, 2), c_out=2, bias=True), "cubic"),
        (Hand((3,), (2,), c_in=2, c_out=4, groups=2, batch=2, bias=True), "cubic"),
        (Hand((3, 2), (2, 1), c_in=2, c_out=2, batch=2, p=(1, 0), mode="reflect"), "cubic"),
        (Hand((3, 3), (2, 2), c_out=3, batch=2, bias=True), "cross_entropy"),
        (Hand((3,), (2,), c_in=2, c_out=4, groups=2, batch=2), "cross_entropy"),
        (Hand((3, 3), (1, 1), c_out=2, bias=True), "mse"),
        (Hand((2, 2), (2, 1), c_in=2, c_out=2, s=(2, 1), transposed=True), "cubic"),
    ],
    ids=str,
)  # fmt: skip
def test_the_recursion_gives_the_algorithms_result(hand: Hand, loss: str) -> None:
    step = sgd_step(hand.layer, word_of(loss), schedule="sequential")
    assert not step.is_written_out
    arrays = floats(hand, 11)
    found = walked(hand, step, arrays, 0.3, loss)
    expected = hand.train(arrays, loss, "sequential", 0.3)
    summed = hand.train(arrays, loss, "summed", 0.3)
    for name, array in expected.items():
        assert_close(found[name], array, f"{step!r}, {name}")
        assert np.abs(array - summed[name]).max() > 1e-4, "the schedules must differ for this to say anything"


# -- 7. sequential with every size a letter ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("given", [{}, {"bias": False, "batch_size": N}], ids=str)
def test_the_general_second_order_term_at_small_sizes(given: dict[str, Any]) -> None:
    """The same from the general formula by brute force, from the layer with numbers, and from the algorithm."""
    layer = Conv.general(2, **given)
    sizes = dict(n1=3, n2=2, K1=2, K2=1, s1=1, s2=2, p1=0, p2=1, d1=1, d2=1, C_in=2, C_out=2, N=2)
    sizes = {name: sizes[name] for name in layer.symbol_names}
    hand = Hand((3, 2), (2, 1), 2, 2, (1, 2), (0, 1), bias=layer.bias_term, batch=sizes.get("N"))
    generator = np.random.default_rng(12)
    names = ("X", "w", *(("b",) if hand.bias else ()), "t")
    arrays = {name: generator.integers(-3, 4, hand.shape(name)).astype(object) for name in names}
    by_hand = hand.train(arrays, "squared", "sequential", eta)
    general = sgd_step(layer, schedule="sequential")
    concrete = sgd_step(layer.at(**sizes), schedule="sequential")
    for role in general.roles:
        entries = [sp.expand(entry).coeff(eta, 2) for entry in by_hand[role[0]].ravel()]
        expected = np.array(entries, dtype=object).reshape(hand.shape(role[0]))
        assert any(expected.ravel())
        term = concrete.term(2, role, written_out=True)
        assert (evaluated(hand, term, arrays) == expected).all()
        general_term = general.term(2, role, written_out=True)
        assert (by_brute_force(hand, general_term, arrays, {}, sizes) == expected).all()


# -- 8. bad input --------------------------------------------------------------------------------------

n = sp.Symbol("n", integer=True, positive=True)
NO_STEPS = [
    (dict(schedule="batch"), "summed, mean or sequential"),
    (dict(schedule=None), "summed, mean or sequential"),
    (dict(schedule="mean", mean_over="pixels"), "patches or batch"),
    (dict(schedule="mean", mean_over="batch"), "has no batch"),
    (dict(loss="hinge"), "squared, mse, cross_entropy or generic"),
    (dict(loss=3), "not a loss"),
    (dict(loss=None, schedule="sequential"), "needs a loss for every patch"),
    (dict(learning_rate=-0.1), "negative"),
    (dict(learning_rate=float("nan")), "not a number"),
    (dict(learning_rate=float("inf")), "not a number"),
    (dict(learning_rate="0.1"), "not a number"),
    (dict(learning_rate=True), "not a number"),
    (dict(learning_rate=None), "not a number"),
    (dict(learning_rate=2 * eta), "not a number"),
    (dict(learning_rate=sp.sqrt(2)), "not a number"),
    (dict(learning_rate=1j), "not a number"),
    (dict(momentum=-1), "momentum=-1: it is negative"),
    (dict(weight_decay=float("nan")), "weight_decay=nan: not a number"),
    (dict(learning_rate=sp.Symbol("eta1")), "plain identifier"),
    *((dict(learning_rate=sp.Symbol(name)), "has that name") for name in ("X", "w", "b", "h", "L", "v", "P", "delta")),
    *((dict(weight_decay=sp.Symbol(name)), "has that name") for name in ("t", "y", "epsilon", "D_mean")),
    (dict(momentum=sp.Symbol("X")), "momentum=X: something of the layer has that name"),
    (dict(layer=Conv(n, 2), learning_rate=sp.Symbol("n")), "has that name"),
    (dict(layer=Conv(sp.Symbol("eta", integer=True, positive=True), 2)), "has that name"),
    (dict(layer=Conv(n, 2), schedule="sequential", momentum=mu), "a sequential step with momentum"),
    (dict(layer=Conv(n, 2), schedule="sequential", weight_decay=0.1), "a sequential step with momentum"),
    (dict(layer=AvgPool(4, 2)), "no weights"),
    (dict(layer=MaxPool(4, 2)), "no weights"),
    (dict(layer=Unfold((3, 3), (2, 2))), "no weights"),
    (dict(layer=Upsample(3, 2)), "no weights"),
    (dict(layer="Conv(3, 2)"), "not a layer"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "words"), NO_STEPS, ids=str)
def test_arguments_that_make_no_step(given: dict[str, Any], words: str) -> None:
    given = {"layer": Conv(3, 2), **given}
    with pytest.raises(SymconvError, match=re.escape(words)) as caught:
        sgd_step(given.pop("layer"), **given)
    assert caught.value.given and caught.value.wrong and caught.value.right


ARRAYS = {"X": np.ones((1, 3)), "w": np.ones((1, 1, 2)), "t": np.ones((1, 2))}
CLASSES = {"X": np.ones((1, 3)), "w": np.ones((2, 1, 2))}
TWO = Conv(3, 2, out_channels=2)
NO_RESULTS: list[tuple[Callable[[], Any], str]] = [
    (lambda: sgd_step(Conv(3, 2)).term(0), "not an order of eta"),
    (lambda: sgd_step(Conv(3, 2)).term(-1), "not an order of eta"),
    (lambda: sgd_step(Conv(3, 2)).term(True), "not an order of eta"),
    (lambda: sgd_step(Conv(3, 2)).term("2"), "not an order of eta"),  # type: ignore[arg-type]
    (lambda: sgd_step(Conv(3, 2), "generic").term(3), "use 1 or 2"),
    (lambda: sgd_step(TWO, "cross_entropy").term(3), "use 1 or 2"),
    (lambda: sgd_step(Conv(3, 2), None).term(2), "second derivative is not known"),
    (lambda: sgd_step(Conv(3, 2)).in_view("dense"), "direct, fully_connected or patches"),
    (lambda: sgd_step(Conv(3, 2), schedule="sequential").in_view("patches"), "use step.weight"),
    (lambda: sgd_step(Conv(3, 2), schedule="sequential").prove(), "use step.weight"),
    (lambda: sgd_step(Conv(3, 2), schedule="sequential").shared, "use step.weight"),
    (lambda: sgd_step(Conv(3, 2), schedule="sequential").drift, "use step.weight"),
    (lambda: sgd_step(Conv(3, 2), schedule="sequential").prove_unshared(), "use step.weight"),
    (lambda: sgd_step(Conv(3, 2)).bias, "the layer has no bias"),
    (lambda: sgd_step(Conv(n, 2)).patch_count, "n=.."),
    (lambda: sgd_step(Conv(3, 2)).run(0, **ARRAYS, eta=1), "not a number of steps"),
    (lambda: sgd_step(Conv(3, 2)).run(True, **ARRAYS, eta=1), "not a number of steps"),
    (lambda: sgd_step(Conv(3, 2)).run(1.5, **ARRAYS, eta=1), "not a number of steps"),  # type: ignore[arg-type]
    (lambda: sgd_step(Conv(3, 2)).run(**ARRAYS), "give X, w, t, eta"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(**ARRAYS, eta=1), "give X, w, t"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(X=ARRAYS["X"], w=ARRAYS["w"]), "give X, w, t"),
    (lambda: sgd_step(Conv(3, 2), None, 1).run(**ARRAYS), "give X, w, delta"),
    (lambda: sgd_step(Conv(3, 2, bias=True), learning_rate=1).run(**ARRAYS), "give X, w, b, t"),
    (lambda: sgd_step(Conv(3, 2)).run(**ARRAYS, eta=[1, 2]), "eta of shape (2,)"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(**{**ARRAYS, "X": np.ones((1, 4))}), "X of shape (1, 4)"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(**{**ARRAYS, "t": np.ones(2)}), "use shape (1, 2)"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(**{**ARRAYS, "w": np.full((1, 1, 2), np.nan)}), "w with nan"),
    (lambda: sgd_step(Conv(3, 2), learning_rate=1).run(**{**ARRAYS, "t": np.full((1, 2), np.inf)}), "t with nan"),
    (lambda: sgd_step(Conv(3, 2)).run(**ARRAYS, eta=np.nan), "eta with nan"),
    (lambda: sgd_step(TWO, "cross_entropy", 1).run(**CLASSES, t=np.array([0, 2])), "class 2"),
    (lambda: sgd_step(TWO, "cross_entropy", 1).run(**CLASSES, t=np.array([-1, 0])), "class -1"),
    (lambda: sgd_step(TWO, "cross_entropy", 1).run(**CLASSES, t=np.array([0.0, 1.0])), "t of shape (2,)"),
    (lambda: sgd_step(Conv(3, 2), "generic", 1).run(X=ARRAYS["X"], w=ARRAYS["w"]), "nothing is known of it"),
    (lambda: sgd_step(Conv(n, 2), learning_rate=1).run(**ARRAYS), "n=.."),
    (lambda: sgd_step(Conv(n, 2)).after(), "n=.."),
    (lambda: sgd_step(Conv(3, 2)).after(0), "not a number of steps"),
    (lambda: sgd_step(Conv(3, 2), "generic").after(), "not polynomials"),
    (lambda: sgd_step(TWO, "cross_entropy").after(), "not polynomials"),
]


@pytest.mark.parametrize("at", range(len(NO_RESULTS)))
def test_what_a_step_does_not_have(at: int) -> None:
    ask, words = NO_RESULTS[at]
    with pytest.raises(SymconvError, match=re.escape(words)):
        ask()


# -- 9. printing ---------------------------------------------------------------------------------------

PRINTED: list[Callable[[], Step]] = [
    lambda: sgd_step(Conv(3, 2)),
    lambda: sgd_step(Conv.general(2), "mse", schedule="mean", momentum=mu, weight_decay=lam),
    lambda: sgd_step(Conv(3, 2), None, sp.Rational(1, 10), momentum=sp.Rational(9, 10)),
    lambda: sgd_step(Conv(4, 2, groups=2, in_channels=2, out_channels=2, batch_size=2, bias=True), "generic",
                     schedule="sequential"),
    lambda: sgd_step(Conv.general(2), "cross_entropy", schedule="sequential"),
    lambda: sgd_step(Conv((3, 3), (2, 2)), schedule="sequential"),
    lambda: sgd_step(ConvTranspose.general(1), GenericLoss(name="f"), schedule="sequential"),
]  # fmt: skip


def all_formulas(step: Step) -> list[TensorFormula]:
    roles = step.roles
    found = [step.weight if role == "weight" else step.bias for role in roles]
    plain = step.momentum == 0 and step.weight_decay == 0
    found += [step.term(1, role) for role in roles if plain]
    if step.loss is not None and plain:
        found += [step.term(2, role, written_out=out) for role in roles for out in (False, True)]
        found += [step.difference(role) for role in roles]
    if step.schedule == "sequential":
        return [*found, *step.turns]
    return [*found, step.velocity(), step.unshared, step.shared, step.drift]


@pytest.mark.parametrize("make", PRINTED, ids=lambda make: repr(make()))
def test_print_is_balanced_and_the_same_every_time(make: Callable[[], Step]) -> None:
    step, again = make(), make()
    assert step == again and hash(step) == hash(again) and repr(step) == repr(again) and str(step) == str(again)
    assert step.to_dict() == again.to_dict()
    printed = [step.latex(), *(formula.latex() for formula in all_formulas(step))]
    assert printed == [again.latex(), *(formula.latex() for formula in all_formulas(again))]
    for text in printed:
        depth = 0
        for mark in re.findall(r"(?<!\\)[{}]", text):
            depth += 1 if mark == "{" else -1
            assert depth >= 0, text
        assert depth == 0, text
        assert text.count(r"\left") == text.count(r"\right") and text.count(r"\begin") == text.count(r"\end")
        for word in ("None", "Sum", "Piecewise", "Derivative", "nan", "log p"):
            assert word not in text.replace(r"\sum", "").replace(r"\log p", ""), (word, text)


def test_steps_that_differ_print_differently() -> None:
    layer = Conv(4, 2, batch_size=2)
    steps = [
        sgd_step(layer), sgd_step(layer, "mse"), sgd_step(layer, None), sgd_step(layer, learning_rate=0.1),
        sgd_step(layer, schedule="mean"), sgd_step(layer, schedule="sequential"), sgd_step(layer, momentum=mu),
        sgd_step(layer, weight_decay=mu), sgd_step(Conv(4, 2, batch_size=3)), sgd_step(layer, momentum=lam),
    ]  # fmt: skip
    assert len(set(steps)) == len({repr(step) for step in steps}) == len(steps)


def test_print_does_not_depend_on_the_order_of_sets() -> None:
    """The same in processes whose strings hash differently."""
    code = (
        "from symconv import Conv\n"
        "from symconv.gradient_step import sgd_step\n"
        "for loss, schedule in (('cross_entropy', 'sequential'), ('mse', 'mean')):\n"
        "    step = sgd_step(Conv.general(2), loss, schedule=schedule, mean_over='patches')\n"
        "    print(step, step.latex(), step.term(2, written_out=True).latex())\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 1 and b"epsilon" in printed.pop()


def test_the_new_weights_as_latex() -> None:
    step = sgd_step(Conv(3, 2), "generic", schedule="sequential")
    assert step.weight.latex() == r"{w_{\mathrm{new}}}_{k} = w_{k} - \sum_{i} \eta \, P_{i, k} \, \epsilon_{i}"
    assert step.turns[1].latex() == r"\epsilon_{i} = \ell'\left(y_{i}\right)"
    assert step.term(1).latex().endswith(r" = \sum_{i} \delta_{i} \, P_{i, k}")


# -- names, and what has no formula --------------------------------------------------------------------


@pytest.mark.parametrize("schedule", ["summed", "sequential"])
def test_transposed_layers_with_channels_run(schedule: str) -> None:
    """A transposed layer's weights have the input channels first."""
    hand = Hand((3,), (2,), c_in=4, c_out=2, groups=2, s=(2,), bias=True, batch=2, transposed=True)
    arrays = floats(hand, 13)
    found = sgd_step(hand.layer, "squared", 0.1, schedule).run(2, **arrays)
    expected = hand.train(arrays, "squared", schedule, 0.1, steps=2)
    for name, array in expected.items():
        assert_close(found[name], array)


def refused_or(step: Callable[[], Any]) -> Any:
    """What is asked for; None if it is refused."""
    try:
        return step()
    except SymconvError:
        return None


@pytest.mark.parametrize("given", DECAYS, ids=str)
def test_formulas_of_a_sequential_step_have_momentum_and_decay_or_are_refused(given: dict[str, Any]) -> None:
    step = sgd_step(Conv(3, 2), schedule="sequential", **given)
    after, summed = (symbolic(sgd_step(Conv(3, 2), schedule=s, **given).after()["w"]) for s in ("sequential", "summed"))
    if (array := refused_or(lambda: step.weight.array())) is not None:
        assert_same(array, after)
    if (array := refused_or(lambda: step.difference().array())) is not None:
        assert_same(array, after - summed)


def test_without_a_loss_there_is_no_difference_to_speak_of() -> None:
    """For a loss of which nothing is known the schedules do differ: 0 is wrong."""
    with pytest.raises(SymconvError):
        sgd_step(Conv(3, 2), None).difference()


@pytest.mark.parametrize("ask", [lambda step: step.velocity(), lambda step: step.unshared], ids=["V", "v"])
def test_a_sequential_step_has_no_formulas_of_the_sum(ask: Callable[[Step], Any]) -> None:
    with pytest.raises(SymconvError):
        ask(sgd_step(Conv(3, 2), schedule="sequential"))


@pytest.mark.parametrize("role", ["bias", "gamma", None])
@pytest.mark.parametrize("name", ["term", "difference", "velocity", "in_view"])
def test_roles_that_the_layer_does_not_have(name: str, role: Any) -> None:
    step, before = sgd_step(Conv(3, 2)), {"term": (1,), "in_view": ("direct",)}.get(name, ())
    with pytest.raises(SymconvError):
        getattr(step, name)(*before, role)


@pytest.mark.parametrize("name", ["y", "t", "epsilon"])
@pytest.mark.parametrize("role", ["input", "output", "weight"])
def test_names_of_a_step_give_way_to_those_of_the_layer(role: str, name: str) -> None:
    hand = Hand((3,), (2,), c_out=2)
    layer = Conv(3, 2, out_channels=2, notation=Notation(**{role: name}))
    step = sgd_step(layer, learning_rate=0.1, schedule="sequential")
    arrays = floats(hand, 14)
    expected = hand.train(arrays, "squared", "sequential", 0.1)["w"]
    renamed = {layer.notation.input: arrays["X"], layer.notation.weight: arrays["w"]}
    renamed[layer.notation.target] = arrays["t"]
    assert len(renamed) == 3
    assert_close(step.run(**renamed)[layer.notation.weight], expected)
    assert_close(step.weight.evaluate(**renamed), expected)
    assert all(str(turn.quantity) not in layer.notation.names for turn in step.turns)


@pytest.mark.parametrize(
    ("name", "given"),
    [("ell", dict(loss="generic")), ("i", {}), ("k", {}), ("V_w", dict(momentum=mu)), ("steps", {})],
)  # fmt: skip
def test_rates_named_as_something_of_the_step(name: str, given: dict[str, Any]) -> None:
    """The loss ell, an index, a velocity, an argument of ``run``."""
    with pytest.raises(SymconvError):
        sgd_step(TWO, learning_rate=sp.Symbol(name), **given)


def test_a_function_of_another_layers_output_is_another_function() -> None:
    """The biases after the step read ell'(h), and h is not the same: nothing may be concluded from the letters."""
    zeros, circular = (Conv(3, 3, padding=1, bias=True, padding_mode=mode) for mode in ("zeros", "circular"))
    for loss in ("generic", "cross_entropy"):
        one, other = (sgd_step(layer, loss).bias for layer in (zeros, circular))
        assert not prove_equal(one, other).proved and not prove_equal(one, other).refuted
        assert prove_equal(one, sgd_step(zeros, loss).bias).proved
    assert prove_equal(*(sgd_step(layer).bias for layer in (zeros, circular))).refuted


def test_the_error_at_a_patchs_turn_reads_the_softmax_there() -> None:
    step = sgd_step(TWO, "cross_entropy", schedule="sequential")
    assert step.loss_part is not None
    error = step.turns[1]
    assert {tensor.variable.name for tensor in error.form.tensors if tensor.applied is not None} == {"y"}
    assert not prove_equal(error, step.loss_part.grad_input).proved


def test_views_with_other_outputs_do_not_end_with_the_same_weights() -> None:
    """Where the loss's derivative is a function of h, the outputs are compared as well."""

    class Shifted(Patches):
        name = "shifted"

        def stages(self) -> Any:
            *first, last = super().stages()
            return [*first, replace(last, formula=last.formula + self.entry("X", self.geometry.output_positions))]

    for loss in ("squared", "generic", "cross_entropy"):
        layer = Conv(3, 3, padding=1)
        layer.__dict__["views"] = {"direct": layer.direct, "shifted": Shifted(layer)}
        assert not sgd_step(layer, loss).prove().holds, loss


def test_a_negative_rate_in_numbers_is_refused() -> None:
    with pytest.raises(SymconvError, match=r"eta=-1.*it is negative"):
        sgd_step(Conv(3, 2)).run(**{name: ARRAYS[name] for name in ("X", "w", "t")}, eta=-1)


def test_a_rate_p_is_told_apart_from_the_softmax() -> None:
    formula = sgd_step(TWO, "cross_entropy", sp.Symbol("p")).weight
    assert {"p", "pi"} <= {tensor.name for tensor in formula.form.tensors}
    assert [tensor.rank for tensor in formula.form.tensors if tensor.name == "p"] == [0]


@pytest.mark.parametrize(
    ("name", "given"),
    [("t", {}), ("y", dict(schedule="sequential")), ("epsilon", dict(schedule="sequential")), ("D", dict(loss="mse"))],
)  # fmt: skip
def test_sizes_named_as_something_of_the_step(name: str, given: dict[str, Any]) -> None:
    with pytest.raises(SymconvError):
        sgd_step(Conv(sp.Symbol(name, integer=True, positive=True), 2), **given)


def test_a_rates_symbol_is_the_users_own() -> None:
    """With its assumptions: else substituting a number for it does nothing."""
    rate = sp.Symbol("eta", positive=True)
    step = sgd_step(Conv(3, 2), learning_rate=rate)
    assert rate in step.weight.array()[0, 0, 0].free_symbols and rate in step.weight.formula.free_symbols
    assert_same(step.weight.array(), symbolic(step.after()["w"]))


def test_a_mean_over_two_numbers_is_a_half() -> None:
    """Of two outputs, the mean squared error is the sum of 1/2 (h - t)^2: the same step."""
    assert prove_equal(sgd_step(Conv(3, 2), "mse").weight, sgd_step(Conv(3, 2)).weight).proved


@pytest.mark.parametrize("given", [dict(loss="mse"), dict(schedule="mean")], ids=str)
def test_the_witness_of_a_mean_has_its_factor(given: dict[str, Any]) -> None:
    """The factor is 1 over the number of what the witness's sizes make, no number of its own."""
    layer = Conv.general(1, bias=False)
    witness = sgd_step(layer, **given).prove_unshared().theorems[0].verdict.witness
    outputs = sgd_step(layer.at(**{name: witness.sizes[name] for name in layer.symbol_names})).patch_count
    count = outputs * (witness.sizes["C_out"] if "loss" in given else 1)
    values = [value for (name, _), value in witness.values.items() if name in ("D", "D_mean")]
    assert all(value == sp.Rational(1, count) for value in values)


def test_every_argument_is_printed() -> None:
    layer = Conv(4, 2, batch_size=2)
    steps = [sgd_step(layer, schedule="mean", mean_over=over) for over in ("patches", "batch")]
    assert repr(steps[0]) != repr(steps[1])


@pytest.mark.parametrize(
    "given", [{"X": "abc"}, {"t": "abc"}, {"w": np.ones((1, 1, 2)) * 1j}], ids=["input", "target", "complex"]
)
def test_arrays_that_hold_no_real_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(SymconvError):
        sgd_step(Conv(3, 2), learning_rate=0.1).run(**{**ARRAYS, **given})


def test_velocities_are_named_after_their_tensor() -> None:
    step = sgd_step(Conv(3, 2, notation=Notation(weight="theta")), learning_rate=0.1, momentum=0.9)
    found = step.run(X=ARRAYS["X"], theta=ARRAYS["w"], t=ARRAYS["t"])
    assert set(found) - {"theta"} <= {tensor.name for tensor in step.velocity().form.tensors}


def test_the_name_of_a_generic_loss_is_printed() -> None:
    assert repr(sgd_step(Conv(3, 2), GenericLoss())) != repr(sgd_step(Conv(3, 2), GenericLoss(name="f")))


def test_a_size_named_as_an_index_is_not_bound() -> None:
    """In a layer of size i no sum runs over i."""
    size = sp.Symbol("i", integer=True, positive=True)
    step = sgd_step(Conv(size, 2), schedule="sequential")
    for formula in (step.weight, *step.turns, step.term(2)):
        bound = {limit[0].name for one in formula.formula.rhs.atoms(sp.Sum) for limit in one.limits}
        assert "i" not in bound, formula


@pytest.mark.parametrize("given", DECAYS, ids=str)
def test_the_difference_from_a_summed_step_has_momentum_and_decay_or_is_refused(given: dict[str, Any]) -> None:
    """With weight decay the schedules differ by more than without: every patch's turn decays the weights."""
    step = sgd_step(Conv(3, 2), **given)
    after, summed = (symbolic(sgd_step(Conv(3, 2), schedule=s, **given).after()["w"]) for s in ("sequential", "summed"))
    if (array := refused_or(lambda: step.difference().array())) is not None:
        assert_same(array, after - summed)


@pytest.mark.parametrize(
    ("name", "given"),
    [("p", dict(loss="cross_entropy")), ("ell", dict(loss="generic"))],
)
def test_tensors_named_as_a_function_of_the_step(name: str, given: dict[str, Any]) -> None:
    """Refused, or told apart: an input p beside the softmax p, an input ell beside the loss ell."""
    notation = Notation(input=name)
    if (step := refused_or(lambda: sgd_step(Conv(3, 2, out_channels=2, notation=notation), **given))) is None:
        return
    assert len({tensor.name.split("'")[0] for tensor in step.weight.form.tensors}) == len(step.weight.form.tensors)
    assert "ell(" not in str(step.weight.formula) or name != "ell"


def test_a_rate_named_as_the_number_of_outputs() -> None:
    """m is the output's size in the formulas of this layer."""
    with pytest.raises(SymconvError):
        sgd_step(Conv.general(1), learning_rate=sp.Symbol("m"))
