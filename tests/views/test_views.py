"""The three views against plain SymPy, loops over integers, and PyTorch."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy import Eq, Matrix, symbols

from symconv import Conv, Notation, prove, spot_check
from symconv.errors import FormulaError, SymconvError
from tests.tools import parts

X1, X2, X3, w1, w2, delta1, delta2 = symbols("X1 X2 X3 w1 w2 delta1 delta2")

# -- the three views are one layer ----------------------------------------------------------------------


def test_the_smallest_layer() -> None:
    conv = Conv(3, 2)
    assert conv.direct.output.array().tolist() == [[X1 * w1 + X2 * w2, X2 * w1 + X3 * w2]]
    assert conv.fully_connected.matrix == Matrix([[w1, 0], [w2, w1], [0, w2]])
    v11, v12, v21, v22, v31 = symbols("v11 v12 v21 v22 v31")
    constraints = conv.fully_connected.constraints
    assert {*constraints[:2]} == {Eq(v31, 0), Eq(v12, 0)}
    assert {*constraints[2:]} == {Eq(v11, v22), Eq(v21, v32 := symbols("v32"))}
    assert v32 in constraints[-1].free_symbols
    for view in conv.views.values():
        expected = [[[X1 * delta1 + X2 * delta2, X2 * delta1 + X3 * delta2]]]
        assert view.grad_weight.array().tolist() == expected
        assert view.output.array() == conv.direct.output.array()


def test_the_question() -> None:
    """A 3x3 image, two 2x2 filters."""
    conv = Conv((3, 3), (2, 2), out_channels=2)
    assert conv.output_shape == (2, 2, 2)
    assert len(sp.flatten(conv.direct.output.array())) == 8
    assert len(conv.patches.patches) == 4
    assert [patch.shape for patch in conv.patches.patches] == [(1, 2, 2)] * 4
    assert prove(conv).holds
    matrix = conv.fully_connected.matrix
    assert matrix.shape == (9, 8)
    nonzero = [entry for entry in matrix if entry != 0]
    assert len(nonzero) == 32
    assert len(set(nonzero)) == 8
    assert sorted(map(len, conv.fully_connected.weight_classes)) == [4] * 8
    assert len(conv.fully_connected.constraints) == 40 + 24


# -- every small shape against expand and diff ----------------------------------------------


def plain(conv: Conv) -> tuple[dict[str, np.ndarray], np.ndarray, sp.Expr]:
    """Symbols, outputs and the loss sum(delta h), by loops; nothing of symconv but the layer's numbers."""
    spatial = tuple(range(conv.ndim))
    tensors = {
        "input": np.array(conv.input.tolist(), dtype=object),
        "weight": np.array(conv.weight.tolist(), dtype=object),
        "grad_output": np.array(conv.grad_output.tolist(), dtype=object),
    }
    if conv.bias_term:
        tensors["bias"] = np.array(conv.bias.tolist(), dtype=object)
    x, w = tensors["input"], tensors["weight"]
    output = np.full(conv.output_shape, sp.Integer(0), dtype=object)
    for at in np.ndindex(*conv.output_shape):
        o, i = at[0], at[1:]
        for c, *k in np.ndindex(*w.shape[1:]):
            read = tuple(conv.stride[a] * i[a] + conv.dilation[a] * k[a] - conv.padding[a] for a in spatial)
            if all(0 <= read[a] < conv.input_size[a] for a in spatial):
                output[at] += x[(c, *read)] * w[(o, c, *k)]
        if conv.bias_term:
            output[at] += tensors["bias"][o]
    loss = sp.Add(*(d * h for d, h in zip(tensors["grad_output"].flat, output.flat)))
    return tensors, output, loss


def small_layers() -> list[Conv]:
    layers = []
    for n, k, c_in, c_out in itertools.product(range(1, 5), range(1, 4), (1, 2), (1, 2)):
        if k <= n:
            layers.append(Conv(n, k, in_channels=c_in, out_channels=c_out))
    for sizes in itertools.product(range(1, 5), range(1, 5), range(1, 4), range(1, 4), (1, 2), (1, 2)):
        n1, n2, k1, k2, c_in, c_out = sizes
        if k1 <= n1 and k2 <= n2:
            layers.append(Conv((n1, n2), (k1, k2), in_channels=c_in, out_channels=c_out))
    generator = random.Random(5)
    while len(layers) < 500:
        ndim = generator.choice([1, 2, 2, 3])

        def draw(low: int, high: int, ndim: int = ndim) -> tuple[int, ...]:
            return tuple(generator.randint(low, high) for _ in range(ndim))

        top = 2 if ndim == 3 else 4
        try:
            layers.append(
                Conv(
                    draw(1, top),
                    draw(1, min(top, 3)),
                    stride=draw(1, 3),
                    padding=draw(0, 2),
                    dilation=draw(1, 2),
                    in_channels=generator.randint(1, 2),
                    out_channels=generator.randint(1, 2),
                    bias=generator.random() < 0.5,
                )
            )
        except SymconvError:
            continue
    return layers


@pytest.mark.parametrize("part", parts(12, 1))
def test_every_small_shape_agrees_with_expand_and_diff(part: int) -> None:
    layers = small_layers()
    assert len(layers) >= 500
    for conv in layers[part::12]:
        tensors, output, loss = plain(conv)
        assert prove(conv).holds
        gradients = {
            role: [sp.diff(loss, symbol) for symbol in tensors[role].flat] for role in tensors if role != "grad_output"
        }
        for view in conv.views.values():
            assert [sp.expand(e) for e in sp.flatten(view.output.array())] == [sp.expand(e) for e in output.flat], conv
            for role, expected in gradients.items():
                found = sp.flatten(getattr(view, f"grad_{role}").array())
                assert all(sp.expand(a - b) == 0 for a, b in zip(found, expected, strict=True)), (conv, view.name, role)


LAYERS = [
    Conv(5, 3, stride=2, padding=1, in_channels=2, out_channels=3, bias=True),
    Conv((4, 3), (2, 2), padding=(1, 0), dilation=(1, 2), out_channels=2),
    Conv((3, 4), (1, 3), stride=(2, 1), in_channels=2, bias=True),
    Conv((2, 3, 2), (2, 2, 1), out_channels=2),
]


@pytest.mark.parametrize("conv", LAYERS, ids=repr)
def test_the_dense_layer_by_its_matrix(conv: Conv) -> None:
    """h = V^T x + a; the constraints, substituted into the free matrix, give the shared one."""
    dense = conv.fully_connected
    x = Matrix(sp.flatten(conv.input))
    bias = sp.Matrix([conv.bias[at[0]] if conv.bias_term else 0 for at in np.ndindex(*conv.output_shape)])
    assert (dense.matrix.T * x + bias - Matrix(sp.flatten(conv.direct.output.array()))).expand() == sp.zeros(
        len(bias), 1
    )
    rows, columns = dense.matrix.shape
    zero = {equation.lhs for equation in dense.constraints if equation.rhs == 0}
    assert zero == {dense.free_matrix[at] for at in np.ndindex(rows, columns) if dense.matrix[at] == 0}
    representative = {equation.rhs: equation.lhs for equation in dense.constraints if equation.rhs != 0}
    held: dict[sp.Symbol, set[sp.Expr]] = {}
    for at in np.ndindex(rows, columns):
        if dense.matrix[at] != 0:
            symbol = dense.free_matrix[at]
            held.setdefault(representative.get(symbol, symbol), set()).add(dense.matrix[at])
    assert all(len(weights) == 1 for weights in held.values())
    assert len(set().union(*held.values())) == len(held)


@pytest.mark.parametrize("conv", LAYERS, ids=repr)
def test_free_gradients_then_sharing(conv: Conv) -> None:
    """dL/dv_ij = x_i delta_j for every pair, and dL/dw is their sum over the places that hold w."""
    dense = conv.fully_connected
    outer = Matrix(sp.flatten(conv.input)) * Matrix(sp.flatten(conv.grad_output)).T
    assert dense.grad_matrix == outer
    totals: dict[sp.Symbol, sp.Expr] = dict.fromkeys(sp.flatten(conv.weight), sp.Integer(0))
    for at in np.ndindex(*outer.shape):
        if dense.matrix[at] != 0:
            totals[dense.matrix[at]] += outer[at]
    assert [sp.expand(total) for total in totals.values()] == [
        sp.expand(e) for e in sp.flatten(dense.grad_weight.array())
    ]


@pytest.mark.parametrize("conv", LAYERS, ids=repr)
def test_patches_cut_and_add_up(conv: Conv) -> None:
    patches = conv.patches
    positions = list(np.ndindex(*conv.output_size))
    assert len(patches.patches) == len(patches.grad_per_patch) == len(positions)
    total = sum(patches.grad_per_patch[1:], patches.grad_per_patch[0])
    assert sp.flatten(total - patches.grad_weight.array()) == [0] * len(sp.flatten(total))
    for i, patch in zip(positions, patches.patches):
        for c, *k in np.ndindex(*patch.shape):
            read = [s * a + d * b - p for s, a, d, b, p in zip(conv.stride, i, conv.dilation, k, conv.padding)]
            inside = all(0 <= r < n for r, n in zip(read, conv.input_size))
            assert patch[(c, *k)] == (conv.input[(c, *read)] if inside else 0)


@pytest.mark.parametrize("conv", LAYERS, ids=repr)
def test_jacobians_by_diff(conv: Conv) -> None:
    _, output, _ = plain(conv)
    for role in ("input", "weight", *(["bias"] if conv.bias_term else [])):
        symbols_of_role = sp.flatten(getattr(conv, role))
        expected = [sp.diff(h, symbol) for h in output.flat for symbol in symbols_of_role]
        for view in conv.views.values():
            jacobian = view.jacobian(role)
            assert jacobian.shape == (*conv.output_shape, *getattr(conv, f"{role}_shape"))
            assert sp.flatten(jacobian.array()) == expected
            numbers = {symbol: 3 * at + 1 for at, symbol in enumerate(sp.flatten(conv.input) + sp.flatten(conv.weight))}
            arrays = {
                conv.notation.input: np.array([numbers[s] for s in sp.flatten(conv.input)]).reshape(conv.input_shape),
                conv.notation.weight: np.array([numbers[s] for s in sp.flatten(conv.weight)]).reshape(
                    conv.weight_shape
                ),
            }
            found = jacobian.evaluate(**{tensor.name: arrays[tensor.name] for tensor in jacobian.form.tensors})
            assert found.ravel().tolist() == [int(entry.xreplace(numbers)) for entry in expected]


# -- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["int64", "object", "huge", "float"])
def test_evaluate_by_substitution(kind: str) -> None:
    """Numbers put into the symbols of the plain outputs and gradients; integers exactly, however large."""
    conv = LAYERS[0]
    tensors, output, loss = plain(conv)
    generator = random.Random(kind)
    size = 10**15 if kind == "huge" else 9
    values = {
        name: np.vectorize(lambda _: generator.randint(-size, size), otypes=[object])(t) for name, t in tensors.items()
    }
    cast: Any = {"int64": np.int64, "object": object, "huge": np.int64, "float": np.float64}[kind]
    arrays = {getattr(conv.notation, name): value.astype(cast) for name, value in values.items()}
    substitution = {s: v for name, t in tensors.items() for s, v in zip(t.flat, values[name].flat)}
    for view in conv.views.values():
        expected = [int(h.xreplace(substitution)) for h in output.flat]
        found = view.output.evaluate(**arrays)
        assert found.shape == conv.output_shape
        assert [int(v) for v in found.flat] == expected
        for role in ("input", "weight", "bias"):
            expected = [int(sp.diff(loss, s).xreplace(substitution)) for s in tensors[role].flat]
            assert [int(v) for v in getattr(view, f"grad_{role}").evaluate(**arrays).flat] == expected


def test_symbolic_entries() -> None:
    i, K, n = sp.symbols("i K n", integer=True)
    conv = Conv(5, 3)
    X, w = (sp.IndexedBase(name, shape=(size,)) for name, size in (("X", 5), ("w", 3)))
    entry = conv.direct.output[0, 2 * i + 1]
    assert entry.doit() == sum(X[2 * i + 1 + q] * w[q] for q in range(3))
    general = Conv(n, K)
    assert str(general.direct.output[0, 4]) == "Sum(X[k + 4]*w[k], (k, 0, K - 1))"


@pytest.mark.parametrize("ndim", [1, 2, 3, 4, 5])
def test_any_number_of_axes(ndim: int) -> None:
    conv = Conv((3,) * ndim, (2,) * ndim)
    assert conv.output_shape == (1,) + (2,) * ndim
    assert prove(conv).holds
    assert prove(Conv.general(ndim)).holds
    assert len(conv.direct.output[(0,) * (ndim + 1)].args) == 2**ndim


def test_labels_follow_the_notation() -> None:
    conv = Conv(12, 2, notation=Notation(input="x", weight="theta", index_base=0))
    assert str(conv.direct.output[0, 10]) == "theta0*x10 + theta1*x11"
    assert str(Conv((12, 2), (1, 1)).direct.output[0, 10, 1]) == "X_11_2*w11"
    assert conv.direct.output.latex() == r"h_{i} = \sum_{k} \theta_{k} \, x_{i + k}"


def test_general_letters_are_defined() -> None:
    conv = Conv.general(1)
    n, K, s, p, d = (conv.writer.symbols[name] for name in "nKspd")
    assert conv.output_size == (sp.floor((n + 2 * p - d * (K - 1) - 1).expand() / s) + 1,)
    assert conv.at(n=7, K=3, s=2, p=1, d=2, C_in=1, C_out=4).output_shape == (4, 3)
    assert str(next(iter(conv.definitions))) == "m"


def test_a_formula_can_be_proved_again_from_sympy() -> None:
    from symconv import prove_equal

    for view in Conv.general(2).views.values():
        for formula in (view.output, view.grad_weight, view.grad_input, view.grad_bias):
            assert prove_equal(formula, formula.formula.rhs).proved


def test_wrong_arrays_are_named() -> None:
    conv = Conv(3, 2)
    with pytest.raises(FormulaError, match="missing: w"):
        conv.direct.output.evaluate(X=[[1, 2, 3]])
    with pytest.raises(FormulaError, match=r"use shape \(1, 3\)"):
        conv.direct.output.evaluate(X=[1, 2, 3], w=[[[1, 2]]])
    with pytest.raises(FormulaError, match="unknown: y"):
        conv.direct.output.evaluate(X=[[1, 2, 3]], w=[[[1, 2]]], y=1)


# -- PyTorch ---------------------------------------------------------------------------------------------


@pytest.mark.torch
def test_against_pytorch() -> None:
    """200 random layers, one to three axes, integers stored as float64: exactly equal."""
    import torch

    functions = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
    generator = random.Random(11)
    done = 0
    while done < 200:
        ndim = generator.choice([1, 2, 3])

        def draw(low: int, high: int, ndim: int = ndim) -> tuple[int, ...]:
            return tuple(generator.randint(low, high) for _ in range(ndim))

        try:
            conv = Conv(
                draw(1, 6), draw(1, 3), stride=draw(1, 3), padding=draw(0, 2), dilation=draw(1, 2),
                in_channels=generator.randint(1, 3), out_channels=generator.randint(1, 3), bias=True,
            )  # fmt: skip
        except SymconvError:
            continue
        numbers = np.random.default_rng(done)
        done += 1
        names = conv.notation
        arrays = {
            name: numbers.integers(-5, 6, shape).astype(np.float64)
            for name, shape in (
                (names.input, conv.input_shape), (names.weight, conv.weight_shape),
                (names.bias, conv.bias_shape), (names.grad_output, conv.output_shape),
            )
        }  # fmt: skip
        x, w, b = (torch.tensor(arrays[name], requires_grad=True) for name in (names.input, names.weight, names.bias))
        output = functions[ndim](x[None], w, b, stride=conv.stride, padding=conv.padding, dilation=conv.dilation)[0]
        output.backward(torch.tensor(arrays[names.grad_output]))
        for view in conv.views.values():
            assert np.array_equal(view.output.evaluate(**arrays), output.detach().numpy())
            for role, tensor in (("input", x), ("weight", w), ("bias", b)):
                assert np.array_equal(getattr(view, f"grad_{role}").evaluate(**arrays), tensor.grad.numpy())


ODD = [
    Conv(sp.floor(sp.Symbol("n") / 2), 3),
    Conv(2 * sp.Symbol("n") + 1, 3, stride=2),
    Conv(*sp.symbols("i k"), stride=sp.Symbol("o"), padding=sp.Symbol("c"), dilation=sp.Symbol("m"), bias=True),
    Conv(5, 2, stride=100),
    Conv(sp.Symbol("n"), 17, stride=2),
    Conv(sp.Symbol("n"), 100),
    Conv(sp.Symbol("n") - 70, 3),
    Conv(2, 2, padding=7),
    Conv(1, 2, padding=1, stride=3),
    Conv(3, 2, in_channels=sp.Symbol("C"), out_channels=2),
]


@pytest.mark.parametrize("conv", ODD, ids=repr)
def test_odd_layers(conv: Conv) -> None:
    """Sizes that are floors, letters that are also index letters, strides and paddings past the input."""
    report = prove(conv)
    assert report.holds
    assert "proved" in str(report)
    assert all("=" in str(theorem) for theorem in report.theorems)
    assert spot_check(conv, trials=3).passed


def test_a_flattened_axis_takes_an_index_for_each_part() -> None:
    weight = Conv.general(1).fully_connected.shared_weight
    c, _, o, i = (axis.symbol for axis in weight.axes)
    assert str(weight[(c, 0), (o, i)]) == "Sum(KroneckerDelta(p, d*k + i*s)*w[o, c, k], (k, 0, K - 1))"
    with pytest.raises(FormulaError, match=r"one index for each of \(c, j\)"):
        weight[0, 0]


def test_symbols_are_numbers_too() -> None:
    p, q, r = sp.symbols("p q r")
    assert Conv(3, 2).fully_connected.output.evaluate(X=[[p, q, r]], w=[[[1, 2]]]).tolist() == [[p + 2 * q, q + 2 * r]]
    with pytest.raises(FormulaError, match="it holds no numbers"):
        Conv(3, 2).direct.output.evaluate(X=[["a", "b", "c"]], w=[[[1, 2]]])


def test_dense_biases_are_shared_by_channel() -> None:
    """Two outputs a channel: a1 = a2 holds b1, a3 = a4 holds b2; nothing else about the biases."""
    conv = Conv(3, 2, out_channels=2, bias=True)
    a1, a2, a3, a4 = symbols("a1 a2 a3 a4")
    biases = [equation for equation in conv.fully_connected.constraints if {a1, a2, a3, a4} & equation.free_symbols]
    assert biases == [Eq(a1, a2), Eq(a3, a4)]


def test_gradients_of_the_patches_themselves() -> None:
    """dL/dP[i] = sum over channels of delta w, patch by patch, before overlaps are added; in row-major order."""
    conv = Conv((2, 3), (2, 2), out_channels=2)
    delta, w = conv.grad_output, conv.weight
    for at, (a, b) in enumerate(np.ndindex(1, 2)):
        for k in np.ndindex(2, 2):
            expected = sum(delta[o, a, b] * w[(o, 0, *k)] for o in range(2))
            assert conv.patches.grad_patch[(at, 0, *k)] - expected == 0
            for o in range(2):
                assert conv.patches.grad_per_patch[at][(o, 0, *k)] == delta[o, a, b] * conv.input[0, a + k[0], b + k[1]]


def test_sums_just_past_64_bits_are_exact() -> None:
    """Every product fits 64 bits and their sum does not; negative indices count from the end."""
    big = 2**31
    x, w = np.full((1, 5), big), np.full((1, 1, 4), big)
    conv = Conv(5, 4)
    for view in conv.views.values():
        assert view.output.evaluate(X=x, w=w).tolist() == [[4 * big**2] * 2]
    assert conv.direct.output[-1, -2] == conv.direct.output[0, 0] != conv.direct.output[0, -1]


def test_labels_run_together_only_while_digits_are_single() -> None:
    assert str(Conv((9, 9), (1, 1)).direct.output[0, 8, 8]) == "X99*w11"
    assert str(Conv((10, 9), (1, 1)).direct.output[0, 8, 8]) == "X_9_9*w11"
    zero_based = Conv((10, 9), (1, 1), notation=Notation(index_base=0))
    assert str(zero_based.direct.output[0, 9, 8]) == "X98*w00"
