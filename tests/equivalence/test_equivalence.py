"""Fully connected layers as convolutions, and 1x1 convolutions as fully connected layers: proofs, numbers, refutations.

The oracles are loops over the entries in NumPy, written here, and PyTorch if it is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy as sp

from symconv import Conv
from symconv.algebra.polynomial import Polynomial
from symconv.equivalence.conversions import (
    Equivalence,
    arranged,
    flattened_linear_is_convolution,
    formulas_after,
    formulas_of,
    linear_is_convolution,
    pointwise_convolution_is_linear,
    related,
)
from symconv.errors import SymconvError
from symconv.geometry.axes import Layout
from symconv.networks.modules import Flatten, Linear, LinearPart
from symconv.networks.signals import PartNotation, Signal
from tests.tools import parts, require_module

Array = npt.NDArray[Any]

N, n, C, s = sp.symbols("N n C s", integer=True, positive=True)
QUANTITIES = ["output", "grad_weight", "grad_input", "grad_bias"]


# -- oracles -------------------------------------------------------------------------------------------


def convolution_loops(
    x: Array, w: Array, b: Array | None, delta: Array, stride: tuple[int, ...], padding: int = 0
) -> dict[str, Array]:
    """Output and gradients of a convolution with a batch axis, one product after the other."""
    sizes, kernel, outputs = x.shape[2:], w.shape[2:], delta.shape[2:]
    h, dx, dw, db = np.zeros_like(delta), np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[0], dtype=x.dtype)
    for e, o, i in product(range(x.shape[0]), range(w.shape[0]), np.ndindex(outputs)):
        db[o] += delta[(e, o, *i)]
        h[(e, o, *i)] += 0 if b is None else b[o]
        for c, k in product(range(w.shape[1]), np.ndindex(kernel)):
            j = tuple(at * step + offset - padding for at, step, offset in zip(i, stride, k))
            if all(0 <= one < size for one, size in zip(j, sizes)):
                h[(e, o, *i)] += x[(e, c, *j)] * w[(o, c, *k)]
                dw[(o, c, *k)] += x[(e, c, *j)] * delta[(e, o, *i)]
                dx[(e, c, *j)] += w[(o, c, *k)] * delta[(e, o, *i)]
    return {"output": h, "grad_weight": dw, "grad_input": dx, "grad_bias": db}


def linear_loops(x: Array, w: Array, b: Array | None, delta: Array) -> dict[str, Array]:
    """Output and gradients of a linear layer on rows, one product after the other."""
    h, dx, dw, db = np.zeros_like(delta), np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[0], dtype=x.dtype)
    for e, i in np.ndindex(delta.shape):
        db[i] += delta[e, i]
        h[e, i] += 0 if b is None else b[i]
        for j in range(x.shape[1]):
            h[e, i] += w[i, j] * x[e, j]
            dw[i, j] += delta[e, i] * x[e, j]
            dx[e, j] += delta[e, i] * w[i, j]
    return {"output": h, "grad_weight": dw, "grad_input": dx, "grad_bias": db}


KINDS = ["linear", "pointwise", "flattened"]


class Instance:
    """A theorem at random numbers, with random whole numbers in the convolution's tensors (batch axis first)."""

    def __init__(self, kind: str, generator: np.random.Generator) -> None:
        self.kind = kind
        self.ndim = 1 if kind == "linear" else int(generator.integers(1, 4))
        self.sizes = tuple(generator.integers(1, 4 if self.ndim > 1 else 6, self.ndim).tolist())
        self.c_in = 1 if kind == "linear" else int(generator.integers(1, 4))
        self.c_out, examples = (int(number) for number in generator.integers(1, 4, 2))
        self.batch = None if generator.integers(2) else examples
        self.bias = bool(generator.integers(2))
        one = kind == "pointwise"
        self.stride = (1,) * self.ndim if one else tuple(generator.integers(1, 4, self.ndim).tolist())
        kernel, outputs = ((1,) * self.ndim, self.sizes) if one else (self.sizes, (1,) * self.ndim)
        examples = self.batch or 1
        self.x = generator.integers(-9, 10, (examples, self.c_in, *self.sizes))
        self.w = generator.integers(-9, 10, (self.c_out, self.c_in, *kernel))
        self.b = generator.integers(-9, 10, self.c_out) if self.bias else None
        self.delta = generator.integers(-9, 10, (examples, self.c_out, *outputs))

    def theorem(self) -> Equivalence:
        if self.kind == "linear":
            return linear_is_convolution(
                self.sizes[0], self.c_out, stride=self.stride, batch_size=self.batch, bias=self.bias
            )
        common: dict[str, Any] = {"input_size": self.sizes, "in_channels": self.c_in, "batch_size": self.batch}
        if self.kind == "pointwise":
            return pointwise_convolution_is_linear(self.ndim, out_channels=self.c_out, bias=self.bias, **common)
        return flattened_linear_is_convolution(
            self.ndim, out_features=self.c_out, stride=self.stride, bias=self.bias, **common
        )

    def as_linear(self, name: str, array: Array) -> Array:
        """A tensor of the convolution as PyTorch's Linear has it, its examples and pixels as rows."""
        if name in ("output", "grad_input", "X", "delta"):
            channels = array.shape[1]
            if self.kind == "pointwise":
                return np.moveaxis(array, 1, -1).reshape(-1, channels)
            return array.reshape(array.shape[0], -1)
        return array if array.ndim == 1 else array.reshape(array.shape[0], -1)

    def evaluated(self, formula: Any) -> Array:
        """A formula's value, with a batch axis where it has one."""
        single = self.batch is None
        arrays = {"X": self.x[0] if single else self.x, "w": self.w, "delta": self.delta[0] if single else self.delta}
        arrays |= {} if self.b is None else {"b": self.b}
        needed = {tensor.name: arrays[tensor.name] for tensor in formula.form.tensors}
        found: Array = formula.evaluate(**needed)
        return found[None] if single and str(formula.quantity) in ("h", "dL_dX") else found


def assert_same(found: Array, expected: Array, label: str) -> None:
    assert found.shape == expected.shape and (found == expected).all(), label


# -- proofs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("batch", [None, N])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_theorems_hold_for_every_size(ndim: int, batch: Any, bias: bool) -> None:
    theorems = [
        pointwise_convolution_is_linear(ndim, batch_size=batch, bias=bias),
        flattened_linear_is_convolution(ndim, batch_size=batch, bias=bias),
    ]
    theorems += [linear_is_convolution(batch_size=batch, bias=bias)] if ndim == 1 else []
    for theorem in theorems:
        assert [t.name for t in theorem.theorems] == QUANTITIES[: 3 + bias]
        assert all(t.verdict.proved for t in theorem.theorems), str(theorem)
        assert theorem.holds and "holds for every shape: all whole numbers" in str(theorem)
        assert not theorem.layer.is_concrete and theorem.layer.bias_term is theorem.linear.bias is bias
        assert theorem.layer.batch_size == batch


def test_the_general_layers_have_a_letter_for_every_size() -> None:
    letters = {
        linear_is_convolution(batch_size=N): "C_out N n s",
        pointwise_convolution_is_linear(batch_size=N): "C_in C_out N n",
        pointwise_convolution_is_linear(3): "C_in C_out n1 n2 n3",
        flattened_linear_is_convolution(1): "C_in C_out n s",
        flattened_linear_is_convolution(): "C_in C_out n1 n2 s1 s2",
    }
    for theorem, names in letters.items():
        assert " ".join(theorem.layer.symbol_names) == names
        assert all(f"{name}" in theorem.scope for name in names.split())


def test_the_layers_are_those_of_the_statement() -> None:
    one = linear_is_convolution(batch_size=N)
    assert one.layer.kernel_size == one.layer.input_size == (one.linear.in_features,)
    assert one.layer.output_shape == (N, one.linear.out_features, 1)
    point = pointwise_convolution_is_linear(2)
    assert point.layer.kernel_size == point.layer.stride == (1, 1)
    assert (point.linear.in_features, point.linear.out_features) == (point.layer.in_channels, point.layer.out_channels)
    flat = flattened_linear_is_convolution(3)
    assert flat.layer.kernel_size == flat.layer.input_size and flat.layer.output_size == (1, 1, 1)
    assert sp.expand(flat.linear.in_features - sp.prod((flat.layer.in_channels, *flat.layer.input_size))) == 0


def test_the_two_sides_are_different_formulas() -> None:
    """The sliding sum reads X[s i + k], the linear layer X[j]: nothing is compared with itself."""
    for theorem in (linear_is_convolution(), flattened_linear_is_convolution(2)):
        output = theorem.theorems[0]
        assert output.left.form != output.right.form
        strides = {str(symbol) for symbol in output.left.formula.rhs.free_symbols} & {"s", "s1", "s2"}
        assert strides and not {str(symbol) for symbol in output.right.formula.rhs.free_symbols} & {"s", "s1", "s2"}
    weight = pointwise_convolution_is_linear().theorems[1]
    assert weight.left.formula.rhs.has(sp.KroneckerDelta) and not weight.right.formula.rhs.has(sp.KroneckerDelta)


@pytest.mark.parametrize("name", ["e", "i", "j", "c", "o", "k", "j1", "s", "a"])
def test_a_size_may_have_the_letter_of_an_index(name: str) -> None:
    size = sp.Symbol(name, integer=True, positive=True)
    if name == "a":  # the dense view's bias
        with pytest.raises(SymconvError, match="a tensor of the layer has that name"):
            linear_is_convolution(size)
        return
    assert linear_is_convolution(size, batch_size=size).holds
    assert pointwise_convolution_is_linear(2, input_size=size, in_channels=size, out_channels=size + 1).holds
    assert flattened_linear_is_convolution(2, input_size=(3, size), batch_size=2 * size, stride=2).holds
    assert flattened_linear_is_convolution(2, out_features=size).holds
    assert linear_is_convolution(3, size).holds


def test_sizes_that_are_expressions() -> None:
    half = sp.floor(n / 2)
    assert linear_is_convolution(2 * n + 1, half + 1).holds
    assert flattened_linear_is_convolution(2, input_size=(half + 1, sp.floor(C / 3) + 1), in_channels=n + C).holds
    assert pointwise_convolution_is_linear(1, input_size=half + 1, in_channels=sp.floor(C / 3) + 1).holds


def test_numbers_make_it_concrete() -> None:
    theorem = linear_is_convolution(3, 2)
    assert theorem.layer == Conv(3, 3, out_channels=2, bias=True) and theorem.scope.startswith("this shape")
    assert theorem.theorems[0].right.array() == theorem.theorems[0].left.array()
    assert str(theorem.theorems[0].right[1, 0]) == "X1*w21 + X2*w22 + X3*w23 + b2"
    assert pointwise_convolution_is_linear(2, input_size=3, in_channels=2, out_channels=4).layer.is_concrete
    assert flattened_linear_is_convolution(2, input_size=3, in_channels=2, out_features=4, stride=3).layer.stride == (
        3,
        3,
    )


# -- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", parts(5, 1))
@pytest.mark.parametrize("kind", KINDS)
def test_random_instances_against_loops(kind: str, part: int) -> None:
    """20 of 100: the loops of both layers agree with each other and with both sides of every theorem."""
    generator = np.random.default_rng((KINDS.index(kind), part))
    for _ in range(20):
        one = Instance(kind, generator)
        theorem = one.theorem()
        assert theorem.holds and theorem.layer.is_concrete
        as_convolution = convolution_loops(one.x, one.w, one.b, one.delta, one.stride)
        x, w, delta = one.as_linear("X", one.x), one.as_linear("w", one.w), one.as_linear("delta", one.delta)
        as_linear = linear_loops(x, w, one.b, delta)
        assert [t.name for t in theorem.theorems] == QUANTITIES[: 3 + one.bias]
        for t in theorem.theorems:
            expected = as_convolution[t.name]
            assert_same(one.as_linear(t.name, expected), as_linear[t.name], f"loops: {theorem.layer} {t.name}")
            assert_same(one.evaluated(t.left), expected, f"convolution: {theorem.layer} {t.name}")
            assert_same(one.evaluated(t.right), expected, f"linear: {theorem.layer} {t.name}")


@pytest.mark.torch
@pytest.mark.parametrize("kind", KINDS)
def test_random_instances_against_pytorch(kind: str) -> None:
    """F.conv1d, 2d, 3d and F.linear with autograd, exactly, since all numbers are whole."""
    torch = require_module("torch")
    generator = np.random.default_rng(KINDS.index(kind) + 10)
    for _ in range(40):
        one = Instance(kind, generator)
        x, w, delta = (torch.tensor(a, dtype=torch.float64) for a in (one.x, one.w, one.delta))
        b = None if one.b is None else torch.tensor(one.b, dtype=torch.float64)
        leaves = [tensor.requires_grad_() for tensor in (w, x, *(() if b is None else (b,)))]
        convolve = getattr(torch.nn.functional, f"conv{one.ndim}d")
        if kind == "pointwise":
            rows = torch.nn.functional.linear(x.movedim(1, -1), w.flatten(1), b)
            layers = [convolve(x, w, b, stride=one.stride), rows.movedim(-1, 1)]
        else:
            rows = torch.nn.functional.linear(x.flatten(1), w.flatten(1), b)
            layers = [convolve(x, w, b, stride=one.stride), rows.reshape(delta.shape)]
        theorem = one.theorem()
        for output, side in zip(layers, ("left", "right")):
            gradients = torch.autograd.grad(output, leaves, delta)
            for t, expected in zip(theorem.theorems, (output, *gradients), strict=True):
                assert_same(one.evaluated(getattr(t, side)), expected.detach().numpy(), f"{theorem.layer} {t.name}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_correspondence_is_a_bijection_of_the_entries(kind: str) -> None:
    """Every entry of one tensor is just one of the other's, and the values there are those of reshaped arrays."""
    generator = np.random.default_rng(KINDS.index(kind) + 20)
    for _ in range(4):
        one = Instance(kind, generator)
        theorem = one.theorem()
        arrays = {"X": one.x, "w": one.w, "delta": one.delta, "h": -one.delta} | ({"b": one.b} if one.bias else {})
        assert {match.name for match in theorem.matches} == set(arrays)
        for match in theorem.matches:
            assert str(match) in theorem.correspondence
            there = np.asarray(arrays[match.name])
            here = one.as_linear("delta" if match.name == "h" else match.name, there)
            if match.name in ("X", "delta", "h"):
                there = there if one.batch else there[0]
                examples = (one.batch,) if one.batch else ()
                if kind == "flattened" and match.name == "X":
                    here = there
                else:  # the dimensions before the last, which Linear keeps
                    here = here.reshape(*examples, *(one.sizes if kind == "pointwise" else ()), here.shape[-1])
            letters, sizes = zip(*match.sizes)
            pairs = []
            for numbers in np.ndindex(*map(int, sizes)):
                at = dict(zip(letters, numbers))
                own = tuple(int(index.subs(at)) for index in match.linear)
                other = tuple(int(index.subs(at)) for index in match.convolution)
                assert here[own] == there[other]
                pairs.append((own, other))
            assert sorted(own for own, _ in pairs) == sorted(np.ndindex(*here.shape))
            assert sorted(other for _, other in pairs) == sorted(np.ndindex(*there.shape))


def test_the_bijection_in_words() -> None:
    words = {str(match) for match in flattened_linear_is_convolution(2, batch_size=N).matches}
    assert words == {
        "X[e, c, j1, j2] is X[e, c, j1, j2]",
        "w[i, c*n1*n2 + j1*n2 + j2] is w[i, c, j1, j2]",
        "b[i] is b[i]",
        "h[e, i] is h[e, i, 0, 0]",
        "delta[e, i] is delta[e, i, 0, 0]",
    }


# -- what is not true ----------------------------------------------------------------------------------


def compared(layer: Conv, size: Any, *, bias: bool = False, weight: str = "") -> Equivalence:
    """A Linear on the flattened input compared with any convolution: true only of the right one.

    ``weight`` says what is wrong with the arrangement of the weights.
    """
    size = size if isinstance(size, tuple) else (size,)
    names = ["j"] if len(size) == 1 else [f"j{axis + 1}" for axis in range(len(size))]
    channels = (("c", layer.in_channels),)
    examples = () if layer.batch_size is None else ((("e", layer.batch_size),),)
    dimensions = (*examples, channels, *(((name, one),) for name, one in zip(names, size)))
    image = Signal("X", dimensions, bool(examples))
    flat = Flatten().bind(image, PartNotation.numbered(1, "X", "a"))
    part = Linear(None, layer.out_channels, bias).bind(flat.after, PartNotation(input="a1"))
    (*before, features), out = part.input_layout, part.output_layout[-1]
    channel, *places = ((axis,) for axis in features)
    axes: Layout = (out, channel, *(reversed(places) if weight == "column-major" else places))
    result = (*before, out, *((),) * len(size))
    arrangement = arranged(layer, part, flat.input_layout, axes, result)
    return related("a claim", "it may be wrong", layer, part, formulas_after(flat, part), arrangement)


def status(claim: Equivalence) -> dict[str, str]:
    return {theorem.name: theorem.verdict.status for theorem in claim.theorems}


def test_the_right_one_is_proved() -> None:
    assert compared(Conv(n, n, stride=s, in_channels=C, bias=True), n, bias=True).holds
    assert compared(Conv((n, 3), (n, 3), batch_size=N), (n, 3)).holds


WRONG = {
    "a kernel one element too small": (Conv(n + 1, n), n + 1),
    "a kernel one element too small, in numbers": (Conv(4, 3), 4),
    "a kernel with letters of its own": (Conv(n, s), n),
    "padding, with one position more on both sides": (Conv(n, n, padding=1), n),
    "padding, with a stride that may leave one position": (Conv(n, n, padding=1, stride=s), n),
    "padding, with one position": (Conv(n, n, padding=1, stride=3), n),
    "padding at the start": (Conv(n, n, padding=((1, -1),)), n),
    "a kernel read backwards": (Conv(n, n, flip=True), n),
    "a kernel that skips every other element": (Conv(2 * n + 1, n + 1, dilation=2), 2 * n + 1),
    "another size": (Conv(n, n), n + 1),
    "a second axis that is too small": (Conv((n, 3), (n, 2), stride=2), (n, 3)),
}


@pytest.mark.parametrize("label", WRONG)
def test_wrong_convolutions_are_refuted(label: str) -> None:
    claim = compared(*WRONG[label])
    found = status(claim)
    assert not claim.holds and "holds for" not in str(claim)
    assert found["output"] == found["grad_input"] == found["grad_weight"] == "refuted", (label, found)
    for theorem in claim.theorems:
        witness = theorem.verdict.witness
        assert witness is not None and witness.left != witness.right and str(witness) in str(theorem)


@pytest.mark.parametrize("size", [n, 3])
def test_a_bias_left_out_is_refuted_by_the_output_alone(size: Any) -> None:
    for with_bias in (False, True):
        claim = compared(Conv(size, size, out_channels=2, stride=s, bias=with_bias), size, bias=not with_bias)
        assert status(claim) == {"output": "refuted", "grad_weight": "proved", "grad_input": "proved"}
        assert not claim.holds and claim.to_dict()["holds"] is False
        witness = claim.theorems[0].verdict.witness
        assert witness is not None and {name for name, _ in witness.values} == {"b"}
        assert (witness.left, witness.right) == ((1, 0) if with_bias else (0, 1))


@pytest.mark.parametrize("size", [n, 2])
def test_column_major_weights_are_refuted(size: Any) -> None:
    claim = compared(Conv((size, size), (size, size)), (size, size), weight="column-major")
    assert status(claim) == dict.fromkeys(["output", "grad_weight", "grad_input"], "refuted")


def pointwise(layer: Conv, exchange: str = "") -> Equivalence:
    """A Linear on the channels of two pixel axes compared with any convolution; ``exchange`` says what is swapped."""
    dimensions = tuple(((name, size),) for name, size in zip(("j1", "j2", "c"), (*layer.input_size, layer.in_channels)))
    part: LinearPart = Linear(None, layer.out_channels, False).bind(Signal("X", dimensions), PartNotation())
    first, second, channel = part.input_layout
    out = part.output_layout[-1]
    pixels = (second, first) if exchange == "pixels" else (first, second)
    weight = (channel, out, (), ()) if exchange == "channels" else (out, channel, (), ())
    arrangement = arranged(layer, part, (channel, first, second), weight, (out, *pixels))
    return related("a claim", "it may be wrong", layer, part, formulas_of(part), arrangement)


@pytest.mark.parametrize("size", [n, 3])
def test_wrong_pointwise_convolutions_are_refuted(size: Any) -> None:
    refuted = dict.fromkeys(["output", "grad_weight", "grad_input"], "refuted")
    same = {"in_channels": C, "out_channels": C}
    assert pointwise(Conv((size, size), 1, **same)).holds
    assert status(pointwise(Conv((size, size), 1, **same), "channels")) == refuted
    assert status(pointwise(Conv((size, size), 1, in_channels=2, out_channels=3), "channels")) == refuted
    assert status(pointwise(Conv((size, size), 1, in_channels=C, out_channels=n), "channels")) == refuted
    assert status(pointwise(Conv((size, size), 1, **same), "pixels")) == refuted
    assert status(pointwise(Conv((size, size), 1, stride=2, **same))) == refuted
    assert status(pointwise(Conv((size, size), (1, 2), padding=((0, 0), (0, 1)), **same))) == refuted
    assert status(pointwise(Conv((size, size), 1, padding=((0, 0), (1, -1)), **same))) == refuted


@pytest.mark.parametrize("size", [n, 3])
def test_entries_outside_the_linear_layer_are_zero(size: Any) -> None:
    """h[i + 1] of a layer with one output is zero everywhere, though the convolution has no index for i."""
    layer = Conv(size, size, bias=True)
    part = Linear(size, 1).bind(Signal("X", ((("j", size),),)), PartNotation())
    (features,), out = part.input_layout, part.output_layout[-1]
    arrangement = arranged(layer, part, ((), features), (out, (), features), (out, ()))
    formulas = formulas_of(part)
    assert related("a claim", "it is right", layer, part, formulas, arrangement).holds
    next_one = {out[0].letter: Polynomial.name(out[0].letter) + 1}
    shifted = {name: formula.replaced(formula.form.substitute(next_one)) for name, formula in formulas.items()}
    claim = related("a claim", "it is wrong", layer, part, shifted, arrangement)
    witness = claim.theorems[0].verdict.witness
    assert status(claim)["output"] == "refuted" and not claim.holds
    assert witness is not None and witness.values and witness.right == 0


def test_axes_that_cannot_be_matched_are_an_error() -> None:
    layer = Conv(n, n)
    part = Linear(n, 2, False).bind(Signal("X", ((("j", n),),)), PartNotation())
    (features,), out = part.input_layout, part.output_layout[-1]
    arrangement = arranged(layer, part, ((), features), (out, (), features), (out, ()))
    with pytest.raises(SymconvError, match="only one of the two has an axis of size 2"):
        related("a claim", "it is wrong", layer, part, formulas_of(part), arrangement)


def outputs_at(
    claim: Equivalence, values: Mapping[tuple[str, tuple[int, ...]], int], sizes: Mapping[str, int]
) -> tuple[int, int]:
    """Outputs of both layers at a witness's numbers, by the loops; stride and padding are the layer's."""
    layer = claim.layer.at(**{name: sizes[name] for name in claim.layer.symbol_names})
    x, w = np.zeros((1, *layer.input_shape), dtype=int), np.zeros(layer.weight_shape, dtype=int)
    for (name, index), value in values.items():
        array = {"X": x[0, 0], "w": w[0, 0]}[name]
        array[index] = value
    delta = np.zeros((1, *layer.output_shape), dtype=int)
    padding, stride = int(layer.padding[0]), tuple(map(int, layer.stride))
    one = convolution_loops(x, w, None, delta, stride, padding)["output"]
    other = linear_loops(x.reshape(1, -1), w.reshape(1, -1), None, delta.reshape(1, 1))["output"]
    return int(one.item()), int(other.item())


def test_a_witness_is_right() -> None:
    claim = compared(Conv((n, n), (n, n), padding=1, stride=3), (n, n))
    witness = claim.theorems[0].verdict.witness
    assert witness is not None and witness.values
    assert outputs_at(claim, witness.values, witness.sizes) == (witness.left, witness.right)


@pytest.mark.parametrize("part", range(2))
def test_verdicts_on_random_claims_are_those_of_numbers(part: int) -> None:
    """Any convolution with a kernel as large as its input, right or wrong: proved just where the loops agree."""
    generator = np.random.default_rng(part)
    seen: dict[tuple[str, bool], int] = {}
    for _ in range(60):
        ndim = int(generator.integers(1, 3))
        sizes, stride = (tuple(generator.integers(1, 4, ndim).tolist()) for _ in range(2))
        c_in, c_out, examples = (int(number) for number in generator.integers(1, 3, 3))
        padding, biases = int(generator.integers(0, 2)), generator.integers(0, 2, 2).astype(bool).tolist()
        layer = Conv(
            sizes, sizes, in_channels=c_in, out_channels=c_out, stride=stride, padding=padding, bias=biases[0],
            batch_size=examples,
        )  # fmt: skip
        claim = compared(layer, sizes, bias=biases[1])
        x, w = (generator.integers(1, 10**6, shape) for shape in (layer.input_shape, layer.weight_shape))
        b, delta = generator.integers(1, 10**6, c_out), generator.integers(1, 10**6, layer.output_shape)
        one = convolution_loops(x, w, b if biases[0] else None, delta, stride, padding)
        alike = layer.output_size == (1,) * ndim
        rows = delta.reshape(examples, c_out) if alike else np.zeros((examples, c_out), dtype=int)
        other = linear_loops(x.reshape(examples, -1), w.reshape(c_out, -1), b if biases[1] else None, rows)
        for theorem in claim.theorems:
            name = theorem.name
            equal = alike and bool((one[name].ravel() == other[name].ravel()).all())
            assert theorem.verdict.status == ("proved" if equal else "refuted"), f"{layer} {biases} {name}"
            seen[name, equal] = seen.get((name, equal), 0) + 1
    assert all(seen.get((name, equal), 0) >= 5 for name in QUANTITIES for equal in (False, True)), seen


# -- bad input, and what is printed --------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: linear_is_convolution(0),
        lambda: linear_is_convolution((3, 3)),
        lambda: linear_is_convolution(3, -1),
        lambda: linear_is_convolution(3, True),
        lambda: linear_is_convolution("3"),
        lambda: linear_is_convolution(3, 2.5),
        lambda: linear_is_convolution(3, 2, stride=0),
        lambda: linear_is_convolution(3, 2, stride=(1, 2)),
        lambda: linear_is_convolution(3, 2, batch_size=0),
        lambda: linear_is_convolution(3, 2, bias=1),
        lambda: pointwise_convolution_is_linear(0),
        lambda: pointwise_convolution_is_linear(True),
        lambda: pointwise_convolution_is_linear(2, input_size=(1, 2, 3)),
        lambda: pointwise_convolution_is_linear(2, in_channels=0),
        lambda: flattened_linear_is_convolution(1.5),
        lambda: flattened_linear_is_convolution(2, input_size="ab"),
        lambda: flattened_linear_is_convolution(2, stride=(1, 2, 3)),
        lambda: flattened_linear_is_convolution(2, out_features=0),
    ],
)
def test_bad_input_is_named(call: Any) -> None:
    with pytest.raises(SymconvError) as caught:
        call()
    assert caught.value.given and caught.value.wrong and caught.value.right


def test_the_table_and_the_dictionary() -> None:
    theorem = flattened_linear_is_convolution(2)
    text = str(theorem)
    for part in (theorem.title, theorem.statement, theorem.correspondence, theorem.scope, *QUANTITIES):
        assert part in text
    assert theorem.statement.endswith("and so one output position.")
    found = theorem.to_dict()
    assert found["holds"] is True and [one["name"] for one in found["theorems"]] == QUANTITIES
    assert {one["verdict"] for one in found["theorems"]} == {"proved"}
    wrong = compared(*WRONG["padding, with one position"]).to_dict()
    assert (
        wrong["holds"] is False and wrong["theorems"][0]["witness"]["left"] != wrong["theorems"][0]["witness"]["right"]
    )


def test_latex() -> None:
    theorem = linear_is_convolution()
    lines = theorem.latex().splitlines()
    assert lines[0] == r"\begin{aligned}" and lines[-1] == r"\end{aligned}" and len(lines) == 2 + len(QUANTITIES)
    assert all(line.count("&=") == 1 for line in lines[1:-1])
    output = theorem.theorems[0].latex()
    assert r"X_{s i + k}" in output and r"X_{j}" in output and output.endswith(r",\ i = 0")
    assert theorem._repr_latex_() == f"$\\displaystyle {theorem.latex()}$"
    assert theorem.theorems[1].latex().count("=") == 1  # both read the same
