"""Networks: gradients of every part against plain SymPy, numbers against PyTorch, conventions, cost, bad input.

The oracles share no code with symconv: loops over entries written here and differentiated by ``sympy.diff``, NumPy
written here, and PyTorch's autograd.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    MaxPool,
    SymconvError,
    Unfold,
    Upsample,
    ZeroInsertion,
    prove_equal,
)
from symconv.errors import GeometryError
from symconv.formulas.labels import symbols_of
from symconv.networks import (
    Activation,
    BatchNorm,
    Flatten,
    GenericLoss,
    Linear,
    MeanSquaredError,
    Sequential,
    SoftmaxCrossEntropy,
    SquaredError,
    spot_checks as checking,
)
from symconv.networks.activations import KNOWN
from symconv.networks.functions import Function
from symconv.networks.parts import NetworkPart
from symconv.networks.spot_checks import spot_check_network
from tests.brute import Entries, compiled
from tests.tools import require_module, thinned

Array = Any
RELATIVE = 1e-10
"""Against PyTorch in float64, relative to the largest entry."""


def drawn(network: Sequential, generator: np.random.Generator, scale: float = 1.0) -> dict[str, Array]:
    """Floats for every tensor that a network wants; variances positive, targets of cross-entropy classes."""
    arrays = {name: scale * generator.standard_normal(network.shape_of(name)) for name in network.wanted}
    for name in network.wanted:
        if name.startswith("var"):
            arrays[name] = generator.uniform(0.5, 2, network.shape_of(name))
        if name == "t" and isinstance(network.loss, SoftmaxCrossEntropy):
            at, shape = int(network.batch_size is not None), network.shape_of("t")
            arrays[name] = generator.integers(0, shape[at], (*shape[:at], *shape[at + 1 :]))
    return arrays


def one_threaded_torch() -> Any:
    """PyTorch on one thread; the tests themselves run on all of them."""
    torch = require_module("torch")
    torch.set_num_threads(1)
    return torch


def whole_numbers(network: Sequential, generator: np.random.Generator) -> dict[str, Array]:
    return {name: generator.integers(-4, 5, network.shape_of(name)) for name in network.wanted}


def assert_close(found: Array, expected: Array, label: str, source: float = 0.0) -> None:
    """To 1e-10 of the largest entry; ``source`` is the size of what was added up, where that cancels."""
    assert found.shape == expected.shape, f"{label}: {found.shape} and {expected.shape}"
    scale = max(float(np.abs(expected).max()), 1e-4 * source)
    assert np.abs(found - expected).max() <= RELATIVE * scale, f"{label}: {found} and {expected}"


# -- acceptance: LeNet-5 with letters for all sizes ----------------------------------------------------


@pytest.mark.torch
def test_lenet_with_letters_for_all_sizes_is_pytorchs_at_the_real_ones() -> None:
    torch = one_threaded_torch()
    N, C, H, W, K1, K2, P1, P2, O1, O2, F1, F2, F3 = sp.symbols(
        "N C H W K_1 K_2 P_1 P_2 O_1 O_2 F_1 F_2 F_3", integer=True, positive=True
    )
    padding = sp.Symbol("p", integer=True, nonnegative=True)
    general = Sequential(
        Conv.lazy(kernel_size=(K1, K1), out_channels=O1, padding=padding, bias=True),
        Activation("tanh"),
        AvgPool.lazy(kernel_size=P1),
        Conv.lazy(kernel_size=(K2, K2), out_channels=O2, bias=True),
        Activation("relu"),
        AvgPool.lazy(kernel_size=P2),
        Flatten(),
        Linear.lazy(out_features=F1),
        Activation("sigmoid"),
        Linear.lazy(out_features=F2),
        Activation("tanh"),
        Linear.lazy(out_features=F3),
        loss="cross_entropy", input_shape=(C, H, W), batch_size=N,
    )  # fmt: skip
    parameters = [f"{kind}{part}" for part in (12, 10, 8, 4, 1) for kind in ("w", "b")]
    assert list(general.gradients) == parameters
    assert all(str(formula.formula.lhs).startswith(f"dL_d{name}") for name, formula in general.gradients.items())
    sizes = {"N": 3, "C": 1, "H": 28, "W": 28, "K_1": 5, "K_2": 5, "P_1": 2, "P_2": 2, "O_1": 6, "O_2": 16, "p": 2}
    network = general.at(**sizes, F_1=120, F_2=84, F_3=10)
    nn = torch.nn
    oracle = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    ).double()  # fmt: skip
    names = [f"{kind}{part}" for part in (1, 4, 8, 10, 12) for kind in ("w", "b")]
    for seed in range(50):
        arrays = drawn(network, np.random.default_rng(seed), 0.3)
        for name, parameter in zip(names, oracle.parameters()):
            parameter.data, parameter.grad = torch.tensor(arrays[name]), None
        x = torch.tensor(arrays["X"], requires_grad=True)
        loss = nn.functional.cross_entropy(oracle(x), torch.tensor(arrays["t"]))
        loss.backward()
        found = network.evaluate(**arrays)
        assert_close(found["L"], loss.detach().numpy(), f"L, draw {seed}")
        assert_close(found["dL_dX"], x.grad.numpy(), f"dL_dX, draw {seed}")
        for name, parameter in zip(names, oracle.parameters()):
            assert_close(found[f"dL_d{name}"], parameter.grad.numpy(), f"dL_d{name}, draw {seed}")


# -- by hand: entries as SymPy expressions -------------------------------------------------------------
# Arrays are of shape (examples, channels, *size) or (examples, .., features), with Python loops over all entries.


def linear(x: Array, w: Array, b: Array | None) -> Array:
    result = np.full((*x.shape[:-1], len(w)), sp.S.Zero, dtype=object)
    for at in np.ndindex(result.shape):
        result[at] = sum(
            (w[at[-1], j] * x[(*at[:-1], j)] for j in range(x.shape[-1])), b[at[-1]] if b is not None else 0
        )
    return result


def convolution(
    x: Array, w: Array, b: Array | None, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1
) -> Array:
    sizes = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:])]
    result = np.full((len(x), len(w), *sizes), sp.S.Zero, dtype=object)
    each = len(w) // groups
    for e, o, *i in np.ndindex(result.shape):
        for c, *k in np.ndindex(w.shape[1:]):
            at = [stride * one + dilation * two - padding for one, two in zip(i, k)]
            if all(0 <= place < n for place, n in zip(at, x.shape[2:])):
                result[(e, o, *i)] += w[(o, c, *k)] * x[(e, o // each * w.shape[1] + c, *at)]
        result[(e, o, *i)] += b[o] if b is not None else 0
    return result


def transposed(x: Array, w: Array, b: Array | None, stride: int = 1, padding: int = 0, groups: int = 1) -> Array:
    """Every input is spread over the outputs that its kernel reaches."""
    sizes = [(n - 1) * stride + k - 2 * padding for n, k in zip(x.shape[2:], w.shape[2:])]
    result = np.full((len(x), w.shape[1] * groups, *sizes), sp.S.Zero, dtype=object)
    for (e, c, *j), (o, *k) in product(np.ndindex(x.shape), np.ndindex(w.shape[1:])):
        at = [stride * one + two - padding for one, two in zip(j, k)]
        if all(0 <= place < n for place, n in zip(at, sizes)):
            result[(e, c // (x.shape[1] // groups) * w.shape[1] + o, *at)] += w[(c, o, *k)] * x[(e, c, *j)]
    for at in np.ndindex(result.shape):
        result[at] += b[at[1]] if b is not None else 0
    return result


Windows = dict[tuple[int, ...], dict[tuple[int, ...], Any]]


def windows(x: Array, kernel: int, stride: int, padding: int = 0) -> Windows:
    """By the place of the window and the offset in it, row-major: the elements of the input that it has."""
    sizes = [(n + 2 * padding - kernel) // stride + 1 for n in x.shape[2:]]
    found: Windows = {}
    for e, c, *i in np.ndindex(*x.shape[:2], *sizes):
        window = found[(e, c, *i)] = {}
        for k in product(range(kernel), repeat=len(sizes)):
            at = [stride * one + two - padding for one, two in zip(i, k)]
            if all(0 <= place < n for place, n in zip(at, x.shape[2:])):
                window[k] = x[(e, c, *at)]
    return found


def pooled(found: Windows, value: Callable[[list[Any]], Any]) -> Array:
    result = np.full([size + 1 for size in map(max, *found)], sp.S.Zero, dtype=object)
    for at, window in found.items():
        result[at] = value(list(window.values()))
    return result


def average(elements: list[Any]) -> sp.Expr:
    return sp.Add(*elements) / len(elements)


def normalised(x: Array, mean: Array, var: Array, gamma: Array | None, beta: Array | None) -> Array:
    result = x.copy()
    for at in np.ndindex(x.shape):
        c = at[1]
        result[at] = (x[at] - mean[c]) / sp.sqrt(var[c] + sp.Rational(1, 100_000))
        result[at] = result[at] if gamma is None else gamma[c] * result[at] + beta[c]
    return result


slope = sp.Rational(1, 100)
FUNCTIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "relu": lambda z: sp.Piecewise((z, z > 0), (0, True)),
    "leaky_relu": lambda z: sp.Piecewise((z, z > 0), (slope * z, True)),
    "sigmoid": lambda z: 1 / (1 + sp.exp(-z)),
    "tanh": lambda z: (sp.exp(2 * z) - 1) / (sp.exp(2 * z) + 1),
    "softplus": lambda z: sp.log(1 + sp.exp(z)),
    "gelu": lambda z: z * (1 + sp.erf(z / sp.sqrt(2))) / 2,
    "f": lambda z: sp.sin(z) + z**2,  # what f is taken to be in the end
}


def squared(h: Array, t: Array) -> Any:
    return sum((h[at] - t[at]) ** 2 for at in np.ndindex(h.shape))


def cross_entropy(h: Array, t: Array) -> Any:
    """The sum over examples and positions; classes are the second axis."""
    total = 0
    for e, c, *i in np.ndindex(h.shape):
        total -= t[(e, c, *i)] * (h[(e, c, *i)] - sp.log(sum(sp.exp(h[(e, o, *i)]) for o in range(h.shape[1]))))
    return total


Values = Mapping[str, Array]
ByHand = Callable[[Array, Values], Array]


def linear_case(part: Linear) -> tuple[Any, ByHand]:
    return part, lambda x, v: linear(x, v["w"], v.get("b"))


def conv_case(part: Any, **options: int) -> tuple[Any, ByHand]:
    return part, lambda x, v: convolution(x, v["w"], v.get("b"), **options)


def max_case(part: Any, *sizes: int) -> tuple[Any, ByHand]:
    return part, lambda x, v: pooled(windows(x, *sizes), lambda elements: max(elements, key=at_a_point))


def function_case(name: str) -> tuple[Any, ByHand]:
    return Activation(name), lambda x, v: np.vectorize(FUNCTIONS[name], otypes=[object])(x)


def at_a_point(expression: sp.Expr) -> sp.Rational:
    """The value where every symbol has a number of its own, by which max pooling chooses."""
    point = {s: sp.Rational(random.Random(s.name).randint(-999, 999), 100) for s in expression.free_symbols}
    return expression.xreplace(point)


CASES: dict[str, tuple[list[tuple[Any, ByHand]], dict[str, Any]]] = {
    "linear": ([linear_case(Linear(3, 2))], {}),
    "linear without bias": ([linear_case(Linear(3, 2, bias=False))], {}),
    "linear of a batch": ([linear_case(Linear(3, 2))], {"batch_size": 2}),
    "linear with more dimensions": (
        [linear_case(Linear(None, 2))], {"input_shape": (2, 2, 3), "batch_size": 2}
    ),
    "two linear": ([linear_case(Linear(2, 3)), linear_case(Linear(3, 2))], {}),
    "one output": ([linear_case(Linear(2, 1))], {"batch_size": 1}),
    "conv": ([conv_case(Conv(4, 2, bias=True))], {}),
    "conv with groups, stride, padding and dilation": (
        [conv_case(
            Conv(5, 2, in_channels=4, out_channels=2, groups=2, stride=2, padding=1, dilation=2, bias=True),
            groups=2, stride=2, padding=1, dilation=2)],
        {"batch_size": 2},
    ),
    "conv of an image": ([conv_case(Conv((3, 3), (2, 2), in_channels=2, out_channels=2))], {}),
    "two conv": (
        [conv_case(Conv(4, 2, out_channels=2)), conv_case(Conv.lazy(kernel_size=2, bias=True))], {}
    ),
    "conv in the fully connected view": (
        [conv_case(Conv(5, 2, stride=2, padding=1, bias=True), stride=2, padding=1)], {"views": {1: "fully_connected"}}
    ),
    "conv over patches": (
        [conv_case(Conv(5, 2, stride=2, padding=1, bias=True), stride=2, padding=1)], {"views": {1: "patches"}}
    ),
    "transposed conv": (
        [(ConvTranspose(3, 2, in_channels=2, out_channels=2, groups=2, stride=2, padding=1, bias=True),
          lambda x, v: transposed(x, v["w"], v["b"], stride=2, padding=1, groups=2))], {"batch_size": 2}
    ),
    "average pooling": (
        [(AvgPool((3, 3), 2, stride=1, channels=2),
          lambda x, v: pooled(windows(x, 2, 1), average))], {}
    ),
    "average pooling of what is inside": (
        [(AvgPool(4, 3, stride=2, padding=1, count_include_pad=False),
          lambda x, v: pooled(windows(x, 3, 2, 1), average))], {"batch_size": 2}
    ),
    "max pooling": ([max_case(MaxPool((3, 3), 2, stride=1, channels=2), 2, 1)], {}),
    "max pooling, padded": ([max_case(MaxPool(5, 3, stride=2, padding=1), 3, 2, 1)], {"batch_size": 2}),
    "conv, max pooling over patches": (
        [conv_case(Conv(4, 2, out_channels=2, bias=True)), max_case(MaxPool.lazy(kernel_size=2, stride=1), 2, 1)],
        {"views": {2: "patches"}},
    ),
    "flatten": ([(Flatten(), lambda x, v: x.reshape(len(x), -1))], {"input_shape": (2, 2, 2)}),
    "flatten a batch": ([(Flatten(), lambda x, v: x.reshape(len(x), -1))], {"input_shape": (2, 3), "batch_size": 2}),
    "conv, flatten, linear": (
        [conv_case(Conv(3, 2, out_channels=2)), (Flatten(), lambda x, v: x.reshape(len(x), -1)),
         linear_case(Linear(4, 2))], {}
    ),
    "batch norm": (
        [(BatchNorm(2), lambda x, v: normalised(x, v["mean"], v["var"], v["gamma"], v["beta"]))],
        {"input_shape": (2, 3), "batch_size": 2},
    ),
    "batch norm without gamma and beta": (
        [(BatchNorm(affine=False), lambda x, v: normalised(x, v["mean"], v["var"], None, None))],
        {"input_shape": (2, 3)},
    ),
    "conv, batch norm": (
        [conv_case(Conv(3, 2, out_channels=2)),
         (BatchNorm(), lambda x, v: normalised(x, v["mean"], v["var"], v["gamma"], v["beta"]))], {}
    ),
    **{
        f"linear, {name}": (
            [linear_case(Linear(2, 2)), function_case(name)], {}
        )
        for name in FUNCTIONS
    },
    "f of f": ([function_case("f"), function_case("f")], {"input_shape": (2,)}),
}  # fmt: skip


LOSSES: dict[str, tuple[Any, Callable[[Array, Array], Any]]] = {
    "squared": (SquaredError(), lambda h, t: squared(h, t) / 2),
    "squared, mean": (SquaredError("mean"), lambda h, t: squared(h, t) / 2 / h.size),
    "mse": (MeanSquaredError(), lambda h, t: squared(h, t) / h.size),
    "mse, sum": (MeanSquaredError("sum"), squared),
    "cross entropy": (SoftmaxCrossEntropy(), lambda h, t: cross_entropy(h, t) * h.shape[1] / h.size),
    "cross entropy, sum": (SoftmaxCrossEntropy("sum"), cross_entropy),
    "generic": (GenericLoss(), lambda h, t: sum(map(FUNCTIONS["f"], h.ravel()))),
    "generic, mean": (GenericLoss("mean", "g"), lambda h, t: sum(map(FUNCTIONS["f"], h.ravel())) / h.size),
    "any": (None, lambda h, t: sum(t[at] * h[at] for at in np.ndindex(h.shape))),
}


def entries(computation: Any, name: str) -> Array:
    """The symbols of a tensor's entries, in PyTorch's shape."""
    return np.array(symbols_of(name, computation.all_layouts[name], computation.setting).tolist(), dtype=object)


def known(expression: sp.Expr) -> sp.Expr:
    """The functions f, g and ell of which nothing is known as the one that they are taken to be."""
    for name in ("f", "g", "ell"):
        expression = expression.replace(sp.Function(name), FUNCTIONS["f"])
    return expression.doit()


def is_zero(expression: sp.Expr) -> bool:
    """Expanded, or, where a function stands in the way, at three random points to 40 digits."""
    if sp.expand(expression) == 0:
        return True
    generator = random.Random(0)
    for _ in range(3):
        point = {s: sp.Rational(generator.randint(1, 99), generator.randint(30, 60)) for s in expression.free_symbols}
        point = {s: -value if generator.random() < 0.4 and "var" not in s.name else value for s, value in point.items()}
        if abs(expression.xreplace(point).evalf(60)) > 1e-40:
            return False
    return True


def assert_derived(network: Sequential, by_hand: list[ByHand], loss: Callable[[Array, Array], Any]) -> None:
    """Outputs, the loss, and every gradient in the formulas' own symbols, against loops and ``sympy.diff``."""
    batched = network.batch_size is not None
    computations: dict[str, Any] = {"X": network.parts[0].computation}
    computations |= {name: part.computation for part in network.parts for name in (*part.parameters, *part.buffers)}
    target, judge = "t", network.loss_part or network.parts[-1].computation
    if network.loss is None:
        target = f"delta{len(network)}"
    if not isinstance(network.loss, GenericLoss):
        computations[target] = judge
    symbols = {name: entries(computation, name) for name, computation in computations.items()}

    # Forward: the symbols of every output stand for what the loops make of them.
    meanings: dict[sp.Symbol, sp.Expr] = {}
    x = symbols["X"] if batched else symbols["X"][None]
    for part, run in zip(network.parts, by_hand):
        if isinstance(part.layer, MaxPool):
            meanings |= switches(part, x)
        x = run(x, {name.rstrip("0123456789"): symbols[name] for name in (*part.parameters, *part.buffers)})
        formula = part.output.array()
        assert formula.shape == (x.shape if batched else x.shape[1:])
        for found, expected in zip(sp.flatten(formula), x.ravel()):
            assert is_zero(known(found).xreplace(meanings) - expected), (part, found, expected)
        meanings |= zip(entries(part.computation, part.after.name).ravel(), x.ravel())
    t = symbols.get(target, x)
    total = sp.sympify(loss(x, t.reshape(x.shape)))
    if isinstance(network.loss, SoftmaxCrossEntropy):
        meanings |= probabilities(network.loss_part, x)
    if network.loss is not None:
        found = network.loss_formula[()]
        assert is_zero(known(found).xreplace(meanings) - total), (found, total)

    # Back: the symbols of every delta stand for its formula in what comes before it.
    for name, formula in network.upstream.items():
        of = network.parts[int(name.removeprefix("delta")) - 1]
        values = [known(entry).xreplace(meanings) for entry in sp.flatten(formula.array())]
        meanings |= zip(entries(of.computation, name).ravel(), values)
    gradients = {**network.gradients, "X": network.grad_input}
    assert set(gradients) == {"X", *network.parameters}
    for name, formula in gradients.items():
        array = formula.array()
        assert array.shape == symbols[name].shape
        for found, symbol in zip(sp.flatten(array), symbols[name].ravel()):
            difference = known(found).xreplace(meanings) - sp.diff(total, symbol)
            assert is_zero(difference), (network, name, symbol, found)


def switches(part: NetworkPart, x: Array) -> dict[sp.Symbol, int]:
    """1 for the symbols S of the elements that are chosen at the point, else 0."""
    (kernel, *_), (stride, *_), (padding, *_) = (
        getattr(part.layer, name) for name in ("kernel_size", "stride", "padding")
    )
    labels = entries(part.computation, part.computation.notation.switch)
    labels = labels.reshape(len(x), *labels.shape[-1 - 2 * part.layer.ndim :])
    result = dict.fromkeys(labels.ravel(), 0)
    for at, window in windows(x, kernel, stride, padding).items():
        result[labels[(*at, *max(window, key=lambda k: at_a_point(window[k])))]] = 1
    return result


def probabilities(part: Any, h: Array) -> dict[sp.Symbol, sp.Expr]:
    """What the symbols p stand for; they have the labels of the output's entries, with another letter."""
    name = part.notation.input
    letters = [
        sp.Symbol(f"p{name.lstrip('az')}{label.name.removeprefix(name)}") for label in entries(part, name).ravel()
    ]
    total = np.vectorize(sp.exp, otypes=[object])(h).sum(axis=1, keepdims=True)
    return dict(zip(letters, (np.vectorize(sp.exp, otypes=[object])(h) / total).ravel()))


@pytest.mark.parametrize("loss", ["squared", "any"])
@pytest.mark.parametrize("case", thinned(CASES, 3))
def test_every_part_by_hand(case: str, loss: str) -> None:
    parts, options = CASES[case]
    made, value = LOSSES[loss]
    assert_derived(Sequential(*(part for part, _ in parts), loss=made, **options), [run for _, run in parts], value)


@pytest.mark.parametrize("batch_size", [None, 1, 2])
@pytest.mark.parametrize("loss", thinned(LOSSES, 2))
def test_every_loss_by_hand(loss: str, batch_size: int | None) -> None:
    """Of classes alone, and of classes at every position."""
    made, value = LOSSES[loss]
    for part, run in (linear_case(Linear(2, 2)), conv_case(Conv(3, 2, out_channels=2))):
        assert_derived(Sequential(part, loss=made, batch_size=batch_size), [run], value)


def test_what_the_entries_are_called() -> None:
    """A convolution of three inputs, relu and half the squared error, written out by hand."""
    network = Sequential(Conv(3, 2), Activation("relu"), loss="squared")
    X1, X2, X3, w1, w2, z1, z2, a1, a2, t1, t2, d1, d2, e1, e2 = sp.symbols(
        "X1:4 w1_1 w1_2 z1_1 z1_2 a2_1 a2_2 t1:3 delta1_1 delta1_2 delta2_1 delta2_2"
    )
    step1, step2 = (sp.Piecewise((1, z > 0), (0, True)) for z in (z1, z2))
    assert sp.flatten(network.forward["z1"].array()) == [X1 * w1 + X2 * w2, X2 * w1 + X3 * w2]
    assert sp.expand(network.loss_formula[()] - ((a1 - t1) ** 2 + (a2 - t2) ** 2) / 2) == 0
    assert sp.flatten(network.upstream["delta2"].array()) == [a1 - t1, a2 - t2]
    assert sp.flatten(network.upstream["delta1"].array()) == [step1 * e1, step2 * e2]
    assert sp.flatten(network.gradients["w1"].array()) == [X1 * d1 + X2 * d2, X2 * d1 + X3 * d2]
    assert sp.flatten(network.grad_input.array()) == [d1 * w1, d1 * w2 + d2 * w1, d2 * w2]


# -- general formulas ----------------------------------------------------------------------------------

SIZES = {"N": 2, "C": 2, "n": 5, "K": 2, "O": 2, "s": 2, "p": 1, "P": 2, "F": 2}


def test_general_formulas_summed_up_over_the_integers_are_the_numbers() -> None:
    """The formulas with letters for all sizes, read by ``tests/brute.py``, entry by entry."""
    N, C, n, K, O, s, P, F = sp.symbols("N C n K O s P F", integer=True, positive=True)
    padding = sp.Symbol("p", integer=True, nonnegative=True)
    general = Sequential(
        Conv.lazy(kernel_size=K, out_channels=O, stride=s, padding=padding, bias=True),
        Activation("relu"),
        MaxPool.lazy(kernel_size=P, stride=1),
        Flatten(),
        Linear.lazy(out_features=F),
        loss=MeanSquaredError("sum"), input_shape=(C, n), batch_size=N,
    )  # fmt: skip
    network = general.at(**SIZES)
    arrays = whole_numbers(network, np.random.default_rng(0))
    values = {**arrays, **network.evaluate(**arrays)}
    assert values["L"] != 0 and values["dL_dw1"].any()
    pool = network.parts[2].layer
    assert isinstance(pool, MaxPool)
    values["S3"] = pool.switch(values["a2"])
    formulas = {**general.forward, "L": general.loss_formula, **general.upstream, "dL_dX": general.grad_input}
    formulas |= {f"dL_d{name}": formula for name, formula in general.gradients.items()}
    symbols = {name: sp.Symbol(name, integer=True, positive=True) for name in SIZES} | {"p": padding}
    numbers = {symbols[name]: number for name, number in SIZES.items()}
    for name, formula in formulas.items():
        sizes = dict(SIZES)
        for symbol, meaning in (*general.sizes.items(), *formula.geometry.definitions.items()):
            sizes[str(symbol)] = int(sp.sympify(general.written_out(meaning)).subs(numbers))

        def axes(layout: Any, sizes: dict[str, int] = sizes) -> tuple[int, ...]:
            return tuple(int(axis.size.evaluate(sizes)) for dimension in layout for axis in dimension)

        tensors = {}
        for tensor, layout in formula.layouts.items():
            if tensor in values:
                boxed = np.asarray(values[tensor]).reshape(axes(layout))
                tensors[tensor] = Entries(boxed.shape, given={at: int(boxed[at]) for at in np.ndindex(boxed.shape)})
        run = compiled(formula.formula.rhs)
        expected = np.asarray(values[name]).reshape(axes(formula.layout))
        letters = [axis.letter for axis in formula.axes]
        for at in np.ndindex(expected.shape):
            assert run({**sizes, **dict(zip(letters, at))}, tensors) == expected[at], (name, at, formula.formula)


# -- PyTorch -------------------------------------------------------------------------------------------

Run = Callable[[Any, Mapping[str, Any]], Any]
"""A part in PyTorch: of a batch, and the part's own tensors by w, b, gamma, beta, mean and var."""


def random_network(torch: Any, seed: int) -> tuple[Sequential, list[Run]]:
    """A small network of random parts that fit, and each part in PyTorch."""
    generator, functional = random.Random(seed), torch.nn.functional
    ndim, parts, runs = generator.choice([1, 1, 2, 2, 3]), [], []
    shape = (generator.randint(1, 3), *(generator.randint(3, 7 - ndim) for _ in range(ndim)))
    if seed % 10 == 9:
        shape = (generator.randint(1, 4),)
    options: dict[str, Any] = {"input_shape": shape, "batch_size": generator.choice([None, None, 1, 2, 3])}
    options["loss"] = generator.choice(
        [
            None,
            "squared",
            "mse",
            MeanSquaredError("sum"),
            SquaredError("mean"),
            "cross_entropy",
            SoftmaxCrossEntropy("sum"),
        ]
    )
    for _ in range(generator.randint(2, 6)):
        part, run = _random_part(functional, generator, shape)
        parts.append(part)
        runs.append(run)
        shape = Sequential(*parts, input_shape=options["input_shape"]).output_shape
    return Sequential(*parts, **options), runs


def _random_part(functional: Any, generator: random.Random, shape: Any) -> tuple[Any, Run]:
    """One part for an input of that shape; a layer by turns with its sizes and without."""
    c, *size = shape
    ndim, flag, few = len(size), generator.random() < 0.5, generator.randint(1, 3)
    anywhere = ["linear", "activation", "activation", "norm", "flatten"]
    kind = generator.choice(
        [*anywhere, *(["conv", "conv", "transposed", "average", "max", "upsample"] if size else [])]
    )
    if kind == "linear":
        part = Linear(shape[-1] if flag else None, few, bias=generator.random() < 0.7)
        return part, lambda x, v: functional.linear(x, v["w"], v.get("b"))
    if kind == "activation":
        name = generator.choice(["relu", "leaky_relu", "sigmoid", "tanh", "softplus", "gelu"])
        # PyTorch's softplus is the identity above its threshold, 20 by default, where it is wrong by 2e-9.
        extra = {"leaky_relu": {"negative_slope": 0.25}, "softplus": {"threshold": 500.0}}.get(name, {})
        made = Activation(name, 0.25) if name == "leaky_relu" else Activation(name)
        return made, lambda x, v: getattr(functional, name)(x, **extra)
    if kind == "norm":
        part = BatchNorm(c if flag else None, affine=generator.random() < 0.7, eps=0.125)
        return part, lambda x, v: functional.batch_norm(
            x, v["mean"], v["var"], v.get("gamma"), v.get("beta"), eps=0.125
        )
    if kind == "flatten":
        return Flatten(), lambda x, v: x.flatten(1)
    if kind == "upsample" and max(size) <= 4:
        made = Upsample(tuple(size), 2, channels=c) if flag else Upsample.lazy(scale_factor=2)
        return made, lambda x, v: functional.interpolate(x, scale_factor=2.0)
    K = tuple(generator.randint(1, min(3, n)) for n in size)
    s, p = generator.randint(1, 2), min(generator.randint(0, 1), min(K) // 2)
    if kind in ("average", "max"):
        layer: Any = AvgPool if kind == "average" else MaxPool
        inside = {"count_include_pad": generator.random() < 0.5} if kind == "average" else {}
        sizes = {"kernel_size": K, "stride": s, "padding": p, **inside}
        made = layer(tuple(size), channels=c, **sizes) if flag else layer.lazy(**sizes)
        pool = getattr(functional, f"{'avg' if kind == 'average' else 'max'}_pool{ndim}d")
        return made, lambda x, v: pool(x, K, s, p, **inside)
    groups = generator.choice([g for g in (1, 2, 3) if c % g == 0])
    sizes = {"kernel_size": K, "out_channels": groups * generator.randint(1, 2), "stride": s, "padding": p}
    sizes |= {"groups": groups, "bias": generator.random() < 0.5}
    if kind == "transposed" and all((n - 1) * s + k - 2 * p >= 1 for n, k in zip(size, K)) and max(size) <= 4:
        made = ConvTranspose(tuple(size), in_channels=c, **sizes) if flag else ConvTranspose.lazy(**sizes)
        spread = getattr(functional, f"conv_transpose{ndim}d")
        return made, lambda x, v: spread(x, v["w"], v.get("b"), s, p, 0, groups)
    made = Conv(tuple(size), in_channels=c, **sizes) if flag else Conv.lazy(**sizes)
    slide = getattr(functional, f"conv{ndim}d")
    return made, lambda x, v: slide(x, v["w"], v.get("b"), s, p, 1, groups)


def by_torch(torch: Any, network: Sequential, runs: list[Run], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """All that ``evaluate`` gives, by autograd."""
    functional, batched = torch.nn.functional, network.batch_size is not None
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    learned = ["X", *network.parameters]
    for name in learned:
        tensors[name].requires_grad_()
    x, outputs = tensors["X"], {}
    for part, run in zip(network.parts, runs):
        own = {name.rstrip("0123456789"): tensors[name] for name in (*part.parameters, *part.buffers)}
        x = run(x if batched else x[None], own)
        x = outputs[part.after.name] = x if batched else x[0]
        x.retain_grad()
    if network.loss is None:
        loss = (tensors[f"delta{len(network)}"] * x).sum()
    elif isinstance(network.loss, SoftmaxCrossEntropy):
        h, t = (x, tensors["t"]) if batched else (x[None], tensors["t"][None])
        loss = functional.cross_entropy(h, t, reduction=network.loss.reduction)
    else:
        half = 0.5 if isinstance(network.loss, SquaredError) else 1.0
        loss = half * functional.mse_loss(x, tensors["t"], reduction=network.loss.reduction)
    loss.backward()
    found = {name: tensor.detach().numpy() for name, tensor in outputs.items()}
    found |= {} if network.loss is None else {"L": loss.detach().numpy()}
    found |= {f"dL_d{name}": tensors[name].grad.numpy() for name in learned}
    kept = outputs if network.loss is not None else list(outputs)[:-1]
    return {**found, **{f"delta{name[1:]}": outputs[name].grad.numpy() for name in kept}}


@pytest.mark.torch
def test_random_networks_against_pytorch() -> None:
    torch = one_threaded_torch()
    kinds: set[str] = set()
    for seed in range(60):
        network, runs = random_network(torch, seed)
        generator = np.random.default_rng(seed)
        arrays = drawn(network, generator)
        if isinstance(network.loss, SoftmaxCrossEntropy) and seed % 2:
            arrays["t"] = generator.uniform(0, 1, network.shape_of("t"))
        expected, found = by_torch(torch, network, runs, arrays), network.evaluate(**arrays)
        assert {name for name in found if not name.startswith("S")} == set(expected)
        for name in expected:
            size = max(
                float(np.abs(expected[delta]).max()) for delta in expected if delta.startswith("delta") or delta == name
            )
            assert_close(found[name], expected[name], f"{name} of seed {seed}, {network!r}", size)
        kinds |= {type(part.layer or part.given).__name__ for part in network.parts}
        kinds.add(f"{type(network.loss).__name__}, {network.batch_size and 'batch'}")
    assert {
        "Conv",
        "ConvTranspose",
        "AvgPool",
        "MaxPool",
        "Upsample",
        "Linear",
        "Activation",
        "Flatten",
        "BatchNorm",
    } <= kinds
    losses = ("NoneType", "SquaredError", "MeanSquaredError", "SoftmaxCrossEntropy")
    assert {f"{loss}, {batch}" for loss in losses for batch in (None, "batch")} <= kinds


# -- views and whole numbers ---------------------------------------------------------------------------


def test_every_view_gives_the_same_numbers_exactly() -> None:
    network = Sequential(
        Conv((6, 5), (3, 2), in_channels=2, out_channels=4, stride=(2, 1), padding=1, groups=2, bias=True),
        Activation("relu"),
        ConvTranspose.lazy(kernel_size=2, out_channels=2, stride=2, bias=True),
        Activation("relu"),
        AvgPool.lazy(kernel_size=2),
        Flatten(),
        Linear.lazy(out_features=3),
        loss=MeanSquaredError("sum"), batch_size=2,
    )  # fmt: skip
    arrays = whole_numbers(network, np.random.default_rng(1))
    plain = network.evaluate(**arrays)
    assert plain["L"] > 0 and plain["dL_dw1"].any() and (plain["a2"] == 0).any()
    for views in ("fully_connected", "patches", {1: "patches", 3: "fully_connected"}):
        other = network.with_views(views)
        assert other.chosen_views and other.chosen_views != network.chosen_views
        found = other.evaluate(**arrays)
        assert set(found) == set(plain)
        assert all((found[name] == plain[name]).all() and found[name].dtype.kind != "f" for name in plain)


def test_max_pooling_over_patches_gives_the_same_numbers_exactly() -> None:
    network = Sequential(Conv(7, 2, out_channels=2), MaxPool.lazy(kernel_size=3, stride=2, padding=1), loss=None)
    arrays = whole_numbers(network, np.random.default_rng(2))
    plain, found = network.evaluate(**arrays), network.with_views("patches").evaluate(**arrays)
    assert all((found[name] == plain[name]).all() for name in plain)


WHOLE: list[Any] = [
    pytest.param(MeanSquaredError("sum"), 1),
    pytest.param(MeanSquaredError(), Fraction(1, 2)),
    pytest.param(SquaredError(), Fraction(1, 2)),
    pytest.param(SquaredError("mean"), Fraction(1, 4)),
]


@pytest.mark.parametrize(("loss", "factor"), WHOLE)
def test_losses_are_exact_on_whole_numbers(loss: Any, factor: Any) -> None:
    network = Sequential(Linear(2, 2, bias=False), loss=loss)
    found = network.evaluate(X=np.array([1, 2]), w1=np.eye(2, dtype=int), t=np.array([3, 5]))
    assert found["L"] == factor * 13
    assert found["delta1"].tolist() == [factor * -4, factor * -6]
    assert found["dL_dw1"].tolist() == [[factor * -4, factor * -8], [factor * -6, factor * -12]]


INSIDE = {"exp": [1, 0, 20], "log": [1, 2, 100]}
"""Numbers at which a function has a value that float32 can hold, squared too."""
TYPES = list(product(KNOWN, ["bool", "int8", "uint8", "int32", "float32"]))


@pytest.mark.parametrize(("name", "dtype"), TYPES)
def test_small_number_types_give_what_float64_gives(name: str, dtype: str) -> None:
    """An image of bytes is read as it is: nothing overflows, and nothing is computed in half precision."""
    network = Sequential(Activation(name), loss=MeanSquaredError("sum"), input_shape=(3,))
    given = np.array(INSIDE.get(name, [1, 0, 100])).astype(dtype)
    found = network.evaluate(X=given, t=np.zeros(3))
    expected = network.evaluate(X=given.astype(np.float64), t=np.zeros(3))
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-6, abs=1e-12), key


# -- extremes ------------------------------------------------------------------------------------------


def test_large_logits_have_a_finite_loss() -> None:
    """Of classes with the logits 1000 and -1000 the second: L = 2000, and p - t = (1, -1). The first: 0."""
    network = Sequential(Linear(2, 2, bias=False), loss="cross_entropy")
    arrays = {"X": np.array([1e3, -1e3]), "w1": np.eye(2)}
    for t in (np.array(1), np.array([0, 1]), np.array([0.0, 1.0])):
        found = network.evaluate(**arrays, t=t)
        assert found["L"] == 2000 and found["delta1"].tolist() == [1, -1]
        assert found["dL_dw1"].tolist() == [[1e3, -1e3], [-1e3, 1e3]]
    found = network.evaluate(**arrays, t=np.array(0))
    assert found["L"] == 0 and found["delta1"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("relu", [0, 0, 800], [0, 0, 1]),
        ("leaky_relu", [-8, 0, 800], [0.01, 0.01, 1]),
        ("sigmoid", [0, 0.5, 1], [0, 0.25, 0]),
        ("tanh", [-1, 0, 1], [0, 1, 0]),
        ("softplus", [0, np.log(2), 800], [0, 0.5, 1]),
        ("gelu", [0, 0, 800], [0, 0.5, 1]),
    ],
)
def test_activations_far_out(name: str, value: list[float], slope: list[float]) -> None:
    """At -800, 0 and 800, where exp alone would overflow; the warnings of NumPy are errors here."""
    network = Sequential(Activation(name), input_shape=(3,))
    found = network.evaluate(X=np.array([-800.0, 0.0, 800.0]), delta1=np.ones(3))
    assert found["a1"] == pytest.approx(value, abs=1e-300)
    assert found["dL_dX"] == pytest.approx(slope, abs=1e-300)


# -- conventions ---------------------------------------------------------------------------------------


@pytest.mark.torch
@pytest.mark.parametrize(("part", "torch_name"), [("relu", "relu"), ("leaky_relu", "leaky_relu")])
def test_the_derivative_at_zero_is_pytorchs(part: str, torch_name: str) -> None:
    torch = one_threaded_torch()
    network = Sequential(Activation(part), input_shape=(3,))
    given = np.array([0.0, -0.0, 1.0])
    x = torch.tensor(given, requires_grad=True)
    getattr(torch.nn.functional, torch_name)(x).sum().backward()
    found = network.evaluate(X=given, delta1=np.ones(3))["dL_dX"]
    assert found.tolist() == x.grad.tolist() == [{"relu": 0.0, "leaky_relu": 0.01}[part]] * 2 + [1.0]
    assert network.parts[0].words


@pytest.mark.torch
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_ties_in_max_pooling_are_pytorchs(ndim: int, batch_size: int | None) -> None:
    """Of numbers from 0 to 2 only, so that most windows have ties, with and without overlap and padding."""
    torch = one_threaded_torch()
    generator, ties = np.random.default_rng(ndim), 0
    for kernel, stride, padding, dilation in product((2, 3), (1, 2), (0, 1), (1, 2)):
        layer = MaxPool((6,) * ndim, kernel, stride, padding, dilation, channels=2)
        network = Sequential(layer, batch_size=batch_size)
        arrays = {"X": generator.integers(0, 3, network.shape_of("X")).astype(float)}
        arrays["delta1"] = generator.integers(-9, 10, network.output_shape).astype(float)
        x = torch.tensor(arrays["X"], requires_grad=True)
        h = getattr(torch.nn.functional, f"max_pool{ndim}d")(
            x if batch_size else x[None], kernel, stride, padding, dilation
        )
        (h * torch.tensor(arrays["delta1"])).sum().backward()
        found = network.evaluate(**arrays)
        assert (found["a1"] == h.detach().numpy().reshape(found["a1"].shape)).all()
        assert (found["dL_dX"] == x.grad.numpy()).all(), layer
        ties += int((arrays["X"] == 2).sum())
    assert ties > 20 and "first" in network.parts[0].words


def test_max_pooling_of_nan_is_refused() -> None:
    with pytest.raises(SymconvError, match="nan"):
        MaxPool(4, 2).switch([[1.0, np.nan, 0.0, 0.0]])


# -- cost ----------------------------------------------------------------------------------------------


def chain(length: int) -> list[Any]:
    """All formulas of a chain of convolutions of images, with a letter for every size."""
    N, C, n, K = sp.symbols("N C n K", integer=True, positive=True)
    channels = sp.symbols(f"C_1:{length + 1}", integer=True, positive=True)
    layers = [Conv.lazy(kernel_size=(K, K), out_channels=c, bias=True) for c in channels]
    network = Sequential(*layers, loss="squared", input_shape=(C, n, n), batch_size=N)
    formulas = {**network.forward, "L": network.loss_formula, **network.upstream, "X": network.grad_input}
    formulas |= {f"dL_d{name}": formula for name, formula in network.gradients.items()}
    assert all(formula.formula.lhs for formula in formulas.values())
    for name, formula in formulas.items():
        number = int("".join(filter(str.isdigit, name)) or 0)
        near = {str(number + step) for step in (-1, 0, 1)} | {str(length), ""}
        assert all("".join(filter(str.isdigit, tensor.name)) in near for tensor in formula.form.tensors), name
    return list(formulas.values())


def test_every_further_layer_adds_the_same_number_of_terms() -> None:
    """No formula has a tensor that is further than one part away."""

    def size(length: int) -> tuple[int, int, int]:
        formulas = chain(length)
        terms = [term for formula in formulas for term in formula.form]
        factors = sum(len(term.factors) + len(term.bound) for term in terms)
        return len(terms), factors, sum(sp.count_ops(formula.formula.rhs) for formula in formulas)

    five, ten, twenty = size(5), size(10), size(20)
    assert all(twice - once == 2 * (once - half) for half, once, twice in zip(five, ten, twenty))


def test_twice_as_many_layers_take_twice_as_many_function_calls() -> None:
    def calls(length: int) -> int:
        count = 0

        def called(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(called)
        try:
            chain(length)
        finally:
            sys.setprofile(None)
        return count

    calls(20)  # what is kept between calls is filled
    assert calls(20) < 2.2 * calls(10)


# -- bad input -----------------------------------------------------------------------------------------

n = sp.Symbol("n", integer=True, positive=True)
conv = Conv(3, 2)

NETWORKS: list[tuple[Callable[[], Any], str]] = [
    (lambda: Sequential(), "without parts.*give a layer"),
    (
        lambda: Sequential(Conv(5, 3), Conv(4, 2)),
        r"part 1, Conv\(5, 3\).*\(1, 3\).*part 2, Conv\(4, 2\).*\(1, 4\).*lazy",
    ),
    (lambda: Sequential(Conv(5, 3, out_channels=2), conv), r"part 1, .*\(2, 3\).*part 2, Conv\(3, 2\).*\(1, 3\)"),
    (lambda: Sequential(Conv(5, 3), Linear(4, 2)), r"part 1, Conv\(5, 3\).*\(1, 3\).*part 2, Linear.*is 3, not 4"),
    (
        lambda: Sequential(Conv(5, 3), Flatten(), Linear(4, 2)),
        r"part 2, Flatten.*\(3,\).*part 3, Linear.*in_features=3",
    ),
    (lambda: Sequential(Conv(5, 3), Conv.lazy(kernel_size=4)), r"\(1, 3\), then part 2.*spans 4 .* only 3"),
    (lambda: Sequential(conv, MaxPool.lazy(kernel_size=2, padding=2)), "part 2.*padding=2.*at most half"),
    (lambda: Sequential(conv, MaxPool.lazy(kernel_size=3)), r"\(1, 2\), then part 2, MaxPool.* only 2"),
    (lambda: Sequential(Linear(3, 2), Conv.lazy(kernel_size=2)), r"\(2,\), then part 2.*no spatial dimensions"),
    (lambda: Sequential(Linear(3, 2), Conv(2, 2)), r"\(2,\), then part 2, Conv\(2, 2\).*\(1, 2\)"),
    (lambda: Sequential(BatchNorm(3), input_shape=(2, 4)), r"\(2, 4\), then part 1, BatchNorm.*2 channels, not 3"),
    (lambda: Sequential(conv, input_shape=(1, 4)), r"\(1, 4\), then part 1.*\(1, 3\)"),
    (lambda: Sequential(Conv(n, 2), Conv(n, 2)), r"part 1, Conv\(n, 2\).*part 2, Conv\(n, 2\).*\(1, n\)"),
    (lambda: Sequential(Activation("relu")), r"Activation.*first part.*give input_shape"),
    (lambda: Sequential(Linear(None, 2)), "first part.*give input_shape"),
    (lambda: Sequential(Conv.lazy(kernel_size=2)), "first part.*give input_shape"),
    (lambda: Sequential(Conv), "first part|neither a layer"),
    (lambda: Sequential(conv, "relu"), "'relu' as part 2.*neither a layer nor a module.*use Conv, ConvTranspose"),
    (lambda: Sequential(conv, Activation), "as part 2.*neither a layer nor a module"),
    (lambda: Sequential(conv, SquaredError()), "as part 2.*neither a layer nor a module"),
    (lambda: Sequential(conv, loss="hinge"), "loss='hinge'.*squared, mse, cross_entropy or generic"),
    (lambda: Sequential(conv, loss=3), "loss=3.*not a loss"),
    (lambda: Sequential(conv, loss=SquaredError), "not a loss"),
    (lambda: Sequential(conv, views={1: "dense"}), "'dense' of part 1.*direct, fully_connected or patches"),
    (lambda: Sequential(conv, views={2: "direct"}), "no part with this number.*use 1 to 1"),
    (lambda: Sequential(conv, Activation(), views={2: "direct"}), "part 2, Activation.*only one"),
    (lambda: Sequential(conv).with_views({1: "dense"}), "'dense' of part 1"),
    (lambda: Sequential(Flatten(), input_shape=()), "it is empty"),
    (lambda: Sequential(Flatten(), input_shape=(0, 2)), "input_shape=0.*at least 1"),
    (lambda: Sequential(Flatten(), input_shape=(1.5, 2)), "input_shape=1.5"),  # type: ignore[arg-type]
    (lambda: Sequential(Flatten(), input_shape="13"), "not a shape"),  # type: ignore[arg-type]
    (lambda: Sequential(Conv(3, 2, batch_size=2), Conv(2, 1, batch_size=3)), "batch of 2.*batch of 3.*differ"),
    (lambda: Sequential(conv, batch_size=0), "batch_size=0.*at least 1"),
    (lambda: Sequential(conv, index_base=2), "0 or 1"),
    (lambda: Sequential(conv, index_base=True), "0 or 1"),
    (lambda: Sequential(conv, views={True: "patches"}), "no part with this number"),
    (lambda: Linear(3, float("inf")), "out_features=inf"),  # type: ignore[arg-type]
    (lambda: Linear(3, np.array([1, 2])), "out_features=.*not a whole number"),  # type: ignore[arg-type]
    (lambda: Sequential(Activation(), input_shape=(n,)).at(n=5.5), "n=5.5"),  # type: ignore[arg-type]
    (lambda: Sequential(Activation(), input_shape=(n,)).at(n=None), "n=None"),  # type: ignore[arg-type]
    (lambda: Sequential(Activation(), input_shape=(n,)).at(n=n), "n=n"),
    (lambda: Sequential(conv).shape_of([3]), "not a name"),  # type: ignore[arg-type]
    (lambda: Activation("swish"), "'swish'.*did you mean hardswish"),
    (lambda: Activation("relu", negative_slope="x"), "negative_slope='x'.*not a number"),
    (lambda: Activation("leaky_relu", negative_slope=float("nan")), "negative_slope=nan"),
    (lambda: Linear(0, 2), "in_features=0.*at least 1"),
    (lambda: Linear(2, 1.5), "out_features=1.5"),  # type: ignore[arg-type]
    (lambda: Linear(2, 3, bias=1), "neither True nor False"),  # type: ignore[arg-type]
    (lambda: BatchNorm(eps=0), "eps=0.*not positive"),
    (lambda: MeanSquaredError("max"), "reduction='max'.*mean or sum"),
    (lambda: Conv.lazy(kernel_size=2, in_channels=3), "the input gives it"),
    (lambda: Conv.lazy(kernal_size=2), "no such argument.*kernel_size"),
    (lambda: Sequential(MaxPool(4, 2), views={1: "fully_connected"}), "'fully_connected' of part 1.*direct or patches"),
    (lambda: Sequential(Conv.lazy(), input_shape=(1, 3)), "Conv.lazy.*kernel_size"),
    (lambda: Sequential(conv).loss_formula, "without a loss.*give loss="),
    (lambda: Sequential(conv).shape_of("q"), "'q'.*use X, w1 or z1"),
    (lambda: Sequential(Conv(n, 2)).at(m=3), "symbols are n"),
    (lambda: Sequential(Conv(n, 2)).at(n=1), "only 1"),
    (lambda: Sequential(Conv(n, 2)).at(n=2.5), "whole number"),  # type: ignore[arg-type]
    (lambda: Sequential(Conv(n, 2)).evaluate(), "the symbols n.*network.at"),
    (lambda: Sequential(Conv(n, 2), Flatten(), Linear(n, 2)), r"\(n - 1,\).*n - 1, not n.*in_features=n - 1"),
    (lambda: Sequential(conv, views="patches"), "views='patches'"),  # type: ignore[arg-type]
    (lambda: Sequential(conv).with_views("dense"), "'dense'"),
    (lambda: BatchNorm(2, affine="no"), "affine"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "message"), [pytest.param(*row, id=row[1]) for row in NETWORKS])
def test_a_network_that_is_none(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(SymconvError, match=message) as caught:
        make()
    assert caught.value.given and caught.value.wrong and caught.value.right


ARRAYS: list[tuple[dict[str, Any], str]] = [
    ({"X": None}, r"missing: X.*give X of shape \(1, 3\)"),
    ({"Y": 1.0}, "array Y.*does not want it.*use X, w1, t"),
    ({"X": np.ones(3)}, r"X of shape \(3,\).*use shape \(1, 3\)"),
    ({"w1": np.ones((1, 1, 3))}, r"w1 of shape \(1, 1, 3\).*use shape \(1, 1, 2\)"),
    ({"X": np.full((1, 3), np.nan)}, "X with nan or infinity"),
    ({"w1": np.full((1, 1, 2), -np.inf)}, "w1 with nan or infinity"),
    ({"t": np.array([0.5, np.nan])}, "t with nan"),
    ({"X": np.array([["a", "b", "c"]])}, "holds no numbers"),
    ({"X": np.ones((1, 3)) * 1j}, "X of type complex128: not all entries are real"),
    ({"X": [[1, 2j, Fraction(3)]]}, "X of type object: not all entries are real"),
    ({"X": [[1, 2], [3]]}, "its rows have different lengths"),
    ({"X": np.array([[1, "b", 2]], dtype=object)}, "X with an entry of type str: not a number"),
    ({"X": np.full((1, 3), 1e200), "w1": np.full((1, 1, 2), 1e200)}, "z1.*larger than floats can hold"),
    ({"t": 2}, "the class 2.*there are 2 classes.*use 0 to 1"),
    ({"t": -1}, "the class -1.*use 0 to 1"),
    ({"t": 0.0}, r"t of shape \(\).*use shape \(2,\)"),
    ({"t": np.ones(3)}, r"t of shape \(3,\)"),
]


@pytest.mark.parametrize(("change", "message"), ARRAYS, ids=[message for _, message in ARRAYS])
def test_an_array_that_cannot_be_used(change: dict[str, Any], message: str) -> None:
    network = Sequential(conv, Flatten(), loss="cross_entropy")
    arrays = {"X": np.ones((1, 3)), "w1": np.ones((1, 1, 2)), "t": np.array(0), **change}
    with pytest.raises(SymconvError, match=message):
        network.evaluate(**{name: array for name, array in arrays.items() if array is not None})


def test_a_negative_variance_is_refused() -> None:
    network = Sequential(BatchNorm(affine=False), input_shape=(2,))
    with pytest.raises(SymconvError, match="var1"):
        network.evaluate(X=np.ones(2), mean1=np.zeros(2), var1=np.array([1.0, -1.0]), delta1=np.ones(2))


def test_a_nan_among_objects_is_refused() -> None:
    with pytest.raises(SymconvError, match="X with nan"):
        Sequential(conv).evaluate(
            X=np.array([[1, float("nan"), 2]], dtype=object), w1=np.ones((1, 1, 2)), delta1=np.ones((1, 2))
        )


def test_sizes_that_are_the_same_expression_compose() -> None:
    network = Sequential(Conv(n, 2, out_channels=n - 1), Flatten(), BatchNorm((n - 1) ** 2), Linear((n - 1) ** 2, 2))
    assert network.at(n=4).output_shape == (2,)


@pytest.mark.parametrize("letter", ["e", "j"])
def test_a_size_has_another_letter_than_the_indices(letter: str) -> None:
    size = sp.Symbol(letter, integer=True, positive=True)
    network = Sequential(Linear(size, 2, bias=False), loss="squared", batch_size=size)
    for formula in (*network.gradients.values(), *network.upstream.values(), *network.forward.values()):
        limits = [limit for sums in formula.formula.rhs.atoms(sp.Sum) for limit in sums.limits]
        assert letter not in {str(limit[0]) for limit in limits} | {axis.letter for axis in formula.axes}, formula


# -- spot checks ---------------------------------------------------------------------------------------

CHECKED = {
    "kinks and classes": lambda: Sequential(
        Conv((8, 8), (3, 3), out_channels=3, padding=1, bias=True), Activation("relu"), MaxPool.lazy(kernel_size=2),
        Conv.lazy(kernel_size=2, out_channels=2, stride=2), BatchNorm(), Activation("leaky_relu"), Flatten(),
        Linear.lazy(out_features=4), loss="cross_entropy", batch_size=2,
    ),
    "bias that no class feels": lambda: Sequential(Conv(5, 2, bias=True), Flatten(), loss="cross_entropy"),
    "every padding": lambda: Sequential(
        Conv(6, 3, padding=((2, -1),), padding_mode="circular"),
        Conv.lazy(kernel_size=3, padding=1, padding_mode="reflect"),
        Conv.lazy(kernel_size=2, padding=2, padding_mode="replicate", input_dilation=2, flip=True), Activation("gelu"),
        loss="mse",
    ),
    "other layers": lambda: Sequential(
        Unfold((4, 4), 2), Activation("softplus"), Linear.lazy(out_features=9), ZeroInsertion.lazy(input_dilation=2),
        AvgPool.lazy(kernel_size=3, padding=1, count_include_pad=False), Upsample.lazy(scale_factor=2),
        ConvTranspose.lazy(kernel_size=2, stride=2, padding=1, output_padding=1, dilation=2, bias=True),
        Activation("sigmoid"), loss=SquaredError("mean"), batch_size=2,
    ),
    "fold": lambda: Sequential(Fold((4, 4), 2), BatchNorm(affine=False), Activation("tanh"), loss=None),
    "ties everywhere": lambda: Sequential(Upsample(3, 2), MaxPool.lazy(kernel_size=2), loss="mse"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_a_spot_check_passes(name: str) -> None:
    network = CHECKED[name]()
    report = spot_check_network(network, seed=3, trials=2)
    assert report.passed and report.max_error < 1e-6, str(report)
    outputs = [part.after.name for part in network.parts] + ["L"] * (network.loss is not None)
    gradients = [*network.upstream, *(f"dL_d{name}" for name in (*network.parameters, "X"))]
    against: dict[str, set[str]] = {}
    for row in report.rows:
        against.setdefault(row.quantity, set()).add(row.against)
    assert set(against) == {*outputs, *gradients}
    assert all(len(against[output]) == 1 and "NumPy" in min(against[output]) for output in outputs)
    torch_is_asked = "gradients compared with autograd" in report.autograd
    assert all(against[g] == {"central differences", *["PyTorch's autograd"] * torch_is_asked} for g in gradients)
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["passed"] is True
    assert "all passed" in str(report) and "<table>" in report._repr_html_()
    if name == "ties everywhere":  # nothing that a difference could judge, and the table says so
        assert {row.verdict for row in report.rows if row.quantity == "delta1" and "differences" in row.against} == {
            "not judged"
        }


def test_the_same_seed_draws_the_same() -> None:
    network = Sequential(conv, Activation("tanh"), loss="mse")
    one, same, other = (spot_check_network(network, seed=seed, trials=1).rows for seed in (4, 4, 5))
    assert one == same != other


def test_without_pytorch_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_torch(name: str) -> Any:
        if name == "torch":
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr("symconv.networks.pytorch.import_module", no_torch)
    report = spot_check_network(Sequential(conv, Activation("relu"), loss="mse"), trials=1)
    assert report.passed and not any("PyTorch" in row.against for row in report.rows)
    assert "not compared with PyTorch, which is not installed" in str(report)
    assert "not installed" in report.to_dict()["autograd"]


def compute_wrongly(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Array], Array]) -> None:
    """Let spot checks of networks see one of the numbers changed."""

    def wrong(network: Sequential, arrays: dict[str, Array]) -> dict[str, Array]:
        found = network.evaluate(**arrays)
        return {**found, name: change(found[name])}

    monkeypatch.setattr(checking, "evaluate_network", wrong)


CHANGES: dict[str, Callable[[Array], Array]] = {
    "twice": lambda values: 2 * values,
    "nan": lambda values: values * np.nan,
    "infinite": lambda values: values + np.inf,
    "one more axis": lambda values: values[None],
    "slightly": lambda values: values + 1e-4 * np.abs(values).max(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["z1", "a2", "L", "delta3", "delta1", "dL_dw1", "dL_db3", "dL_dX"])
def test_a_wrong_number_fails_and_is_named(name: str, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where PyTorch is not there to find it; a nan is in the report, and null in JSON."""
    monkeypatch.setattr(checking, "autograd_for", lambda network: (None, "not compared"))
    network = Sequential(Conv(5, 2, out_channels=2), Activation("sigmoid"), Linear(4, 2), loss="mse")
    assert spot_check_network(network, trials=2).passed
    compute_wrongly(monkeypatch, name, CHANGES[change])
    report = spot_check_network(network, trials=2)
    assert not report.passed and "FAILED" in str(report)
    assert {row.quantity for row in report.rows if not row.passed} == {name}
    assert not np.isfinite(report.max_error) or change in ("twice", "slightly")
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["passed"] is False


def test_one_nan_among_many_entries_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is most likely not among the entries that are differenced."""
    monkeypatch.setattr(checking, "autograd_for", lambda network: (None, "not compared"))

    def spoilt(values: Array) -> Array:
        values = values.copy()
        values[17, 3] = np.nan
        return values

    compute_wrongly(monkeypatch, "dL_dw1", spoilt)
    report = spot_check_network(Sequential(Linear(20, 40)), trials=1)
    assert {row.quantity for row in report.rows if not row.passed} == {"dL_dw1"}
    assert np.isnan(report.max_error)


def test_a_wrong_formula_fails_against_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relu's derivative as 1 everywhere: the outputs are right, and what flows through it is not."""
    values = Function.values

    def straight(function: Function, z: Array) -> Array:
        return np.ones(z.shape) if function.order else values(function, z)

    monkeypatch.setattr(Function, "values", straight)
    report = spot_check_network(Sequential(Conv(6, 2), Activation("relu"), loss="squared"), trials=3)
    failed = {row.quantity for row in report.rows if not row.passed and row.against == "central differences"}
    assert failed == {"delta1", "dL_dw1", "dL_dX"}
    assert {row.quantity for row in report.rows if not row.passed} == failed


def test_progress_of_a_spot_check_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    spot_check_network(Sequential(conv), trials=2, progress=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(0, 2), (1, 2)]


NOT_CHECKED: list[tuple[Callable[[], Any], type[SymconvError], str]] = [
    (lambda: spot_check_network(Sequential(Conv(n, 2))), GeometryError, r"the symbols n.*network\.at"),
    (lambda: spot_check_network(Sequential(conv, Activation("f"))), SymconvError, "f is an unknown function"),
    (lambda: spot_check_network(Sequential(conv, loss="generic")), SymconvError, "ell is an unknown function"),
    (lambda: spot_check_network(conv), SymconvError, "not a network"),  # type: ignore[arg-type]
    (lambda: spot_check_network(Sequential(conv), trials=0), SymconvError, "trials=0"),
    (lambda: spot_check_network(Sequential(conv), seed=-1), SymconvError, "seed=-1"),
    (lambda: spot_check_network(Sequential(conv), trials=1.5), SymconvError, "trials=1.5"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("check", "kind", "message"), NOT_CHECKED, ids=[message for _, _, message in NOT_CHECKED])
def test_a_spot_check_that_cannot_be(check: Callable[[], Any], kind: type[SymconvError], message: str) -> None:
    with pytest.raises(kind, match=message):
        check()


def test_switches_and_known_functions_are_no_free_numbers() -> None:
    """All of them 0 would tell max pooling from average pooling of 0, but one switch of a window is always 1."""
    pool = MaxPool(4, 2)
    assert prove_equal(pool.direct.output, pool.patches.output).proved
    twice = pool.direct.output.replaced(pool.direct.output.form + pool.direct.output.form)
    assert prove_equal(pool.direct.output, twice).undecided
    slope = Sequential(conv, Activation("relu"), loss="squared").upstream["delta1"]
    assert prove_equal(slope, slope).proved
    assert prove_equal(slope, slope.replaced(slope.form + slope.form)).undecided
    free = Sequential(conv, Activation("f"), loss="squared").upstream["delta1"]
    assert prove_equal(free, free.replaced(free.form + free.form)).refuted
