"""Numbers for formulas, by every way they are computed: windows, matrix products, slices; exact where they must be.

The oracles are loops: over the definition of a layer with NumPy's own padding, and over all values of the names of a
term.
"""

from __future__ import annotations

import random
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose
from symconv.algebra.concrete import evaluate as evaluate_module
from symconv.algebra.concrete.contract import Strided, contraction
from symconv.algebra.concrete.evaluate import evaluation
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from tests.brute import by_loops
from tests.tools import parts

NUMPY_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}


# -- layers by their definition ------------------------------------------------------------------------


def sources(size: tuple[int, ...], padding: tuple[tuple[int, int], ...], mode: str) -> Any:
    """For every position of the padded input the position that is read there, flat; -1 for a zero."""
    flat = np.arange(int(np.prod(size))).reshape(size)
    return np.pad(flat, padding, NUMPY_MODES[mode], **({"constant_values": -1} if mode == "zeros" else {}))


def by_definition(drawn: dict[str, Any], x: Any, w: Any, b: Any, delta: Any) -> dict[str, Any]:
    """Output and gradients by loops over output entries and kernel offsets; one batch axis and channels always."""
    read = sources(x.shape[2:], drawn["padding"], drawn["padding_mode"])
    (s1, s2), (d1, d2), groups = drawn["stride"], drawn["dilation"], drawn["groups"]
    results = {name: np.zeros_like(array) for name, array in (("output", delta), ("grad_weight", w), ("grad_input", x))}
    flat_x, flat_grad = x.reshape(*x.shape[:2], -1), results["grad_input"].reshape(*x.shape[:2], -1)
    for e, o, i1, i2 in np.ndindex(delta.shape):
        results["output"][e, o, i1, i2] += b[o]
        for c, k1, k2 in np.ndindex(w.shape[1:]):
            at = read[s1 * i1 + d1 * k1, s2 * i2 + d2 * k2]
            channel = o // (len(w) // groups) * w.shape[1] + c
            if at >= 0:
                results["output"][e, o, i1, i2] += w[o, c, k1, k2] * flat_x[e, channel, at]
                results["grad_weight"][o, c, k1, k2] += delta[e, o, i1, i2] * flat_x[e, channel, at]
                flat_grad[e, channel, at] += delta[e, o, i1, i2] * w[o, c, k1, k2]
    results["grad_bias"] = delta.sum(axis=(0, 2, 3))
    return results


def draw(generator: random.Random) -> dict[str, Any]:
    pick = generator.choice
    groups = pick([1, 1, 2, 3])
    return {
        "input_size": (generator.randint(4, 6), generator.randint(4, 6)),
        "kernel_size": (generator.randint(1, 3), generator.randint(1, 3)),
        "in_channels": groups * pick([1, 2]),
        "out_channels": groups * pick([1, 2]),
        "stride": (pick([1, 2, 3]), pick([1, 1, 2])),
        "dilation": (pick([1, 1, 2]), 1),
        "padding": ((pick([0, 1, 2]), pick([0, 1])), (pick([0, 1]), pick([0, 2]))),
        "padding_mode": pick(sorted(NUMPY_MODES)),
        "groups": groups,
        "batch_size": pick([1, 2, 3]),
        "bias": True,
    }


@pytest.mark.parametrize("seed", parts(40, 20))
def test_random_layers_by_loops(seed: int) -> None:
    drawn = draw(random.Random(seed))
    layer = Conv(**drawn)
    generator = np.random.default_rng(seed)
    names = {"X": layer.input_shape, "w": layer.weight_shape, "b": layer.bias_shape, "delta": layer.output_shape}
    whole = {name: generator.integers(-9, 10, shape) for name, shape in names.items()}
    floats = {name: generator.standard_normal(shape) for name, shape in names.items()}
    imaginary = {name: array + 1j * generator.standard_normal(array.shape) for name, array in floats.items()}
    objects = {name: array.astype(object) * Fraction(1, 3) for name, array in whole.items()}
    for arrays in (whole, floats, imaginary, objects):
        expected = by_definition(drawn, *(arrays[name] for name in names))
        for name, view in layer.views.items():
            for quantity, values in expected.items():
                formula = getattr(view, quantity)
                found = formula.evaluate(**{t.name: arrays[t.name] for t in formula.form.operands})
                assert found.dtype == values.dtype and found.shape == values.shape
                if arrays is whole or arrays is objects:
                    assert (found == values).all(), (drawn, name, quantity)
                else:
                    assert np.allclose(found, values, rtol=1e-12, atol=1e-12), (drawn, name, quantity)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_transposed_convolution_by_loops(stride: int) -> None:
    layer = ConvTranspose((4, 3), (3, 2), in_channels=2, out_channels=3, stride=stride, padding=1)
    generator = np.random.default_rng(stride)
    x, w = generator.integers(-9, 10, layer.input_shape), generator.integers(-9, 10, layer.weight_shape)
    expected = np.zeros(layer.output_shape, dtype=int)
    for c, o, j1, j2, k1, k2 in np.ndindex(2, 3, 4, 3, 3, 2):
        i1, i2 = stride * j1 + k1 - 1, stride * j2 + k2 - 1
        if 0 <= i1 < expected.shape[1] and 0 <= i2 < expected.shape[2]:
            expected[o, i1, i2] += x[c, j1, j2] * w[c, o, k1, k2]
    for view in layer.views.values():
        assert (view.output.evaluate(X=x, w=w) == expected).all()


def test_average_pooling_by_loops() -> None:
    x = np.random.default_rng(0).integers(-9, 10, (1, 5, 4))
    layer = AvgPool((5, 4), (2, 3), stride=(2, 1))
    found = layer.direct.output.evaluate(X=x)
    for i1, i2 in np.ndindex(*found.shape[1:]):
        assert found[0, i1, i2] == Fraction(int(x[0, 2 * i1 : 2 * i1 + 2, i2 : i2 + 3].sum()), 6)


# -- terms by loops over all their names ---------------------------------------------------------------


X, Y, Z = (
    Tensor(name, rank, tuple(map(Polynomial.constant, shape)))
    for name, rank, shape in (
        ("X", 2, (4, 3)),
        ("Y", 1, (5,)),
        ("Z", 1, (3,)),
    )
)
i, j, a, b = map(Polynomial.name, "ijab")
ONE = Polynomial.constant(1)
BOX = [Range(a + 2), Range(3 - a), Range(b + 2), Range(3 - b)]


def term(coefficient: Any, *factors: Factor) -> Form:
    return Form((Term.make(Polynomial.of(coefficient), [*factors, *BOX], ("a", "b")),))


PATHS = [
    ("a window", term(1, Access(Y, (i + a,)), Access(Z, (a,)), Delta.equal(b, Polynomial()))),
    ("a window backwards", term(1, Access(Y, (4 - i - a,)), Access(Z, (b,)))),
    ("zeros around it", term(1, Access(X, (i + a - 1, j - b)), Access(Z, (a,)))),
    ("few entries far apart", term(1, Access(Y, (3 * i - 3 * a,)), Access(Z, (b,)))),
    ("entries hundreds apart", term(1, Access(X, (100 * i - 100 * a, j)), Access(Z, (b,)))),
    ("the same name in two indices", term(1, Access(X, (a, a)), Access(Y, (i + j,)))),
    ("the same tensor twice", term(3, Access(Y, (a + i,)), Access(Y, (b + i,)))),
    ("three tensors", term(1, Access(X, (a, b)), Access(Y, (a + i,)), Access(Z, (b - j,)))),
    ("scattered, stride 2", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(i, 2 * a + b - 1))),
    ("scattered backwards", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(i, 3 - 2 * a - b))),
    ("a diagonal", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(i, a), Delta.equal(j, a))),
    ("two axes shifted by one name", term(1, Access(X, (a, b)), Delta.equal(i, a + b), Delta.equal(j, 2 * a))),
    ("one entry only", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(i, ONE), Delta.equal(j, ONE))),
    ("a bracket that stays", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(2 * a, 2 * b + 2 * i - 2 * j))),
    ("a bracket with strides", term(1, Access(Y, (a,)), Access(Z, (b,)), Delta.equal(2 * a, 3 * b + 2 * i - 2))),
    ("a range that stays", term(1, Access(Y, (a,)), Access(Z, (b,)), Range(a + b - i), Range(2 - a + j))),
    ("a coefficient with names", term(a * i - 2 * b, Access(Y, (a,)), Access(Z, (b,)))),
    ("a fraction", term(Fraction(2, 3), Access(Y, (a,)), Access(Z, (b,)))),
    ("no tensor", term(5, Range(i - a))),
    ("names in no factor", term(-1, Access(Y, (i,)))),
    ("several terms", term(2, Access(Y, (i + a,))) + term(-1, Access(Z, (b - j,))) + term(1, Access(X, (a, b)))),
    ("never anything", term(1, Access(Y, (a + 10,)))),
]


@pytest.mark.parametrize("form", [form for _, form in PATHS], ids=[name for name, _ in PATHS])
@pytest.mark.parametrize("most", [2**24, 4], ids=["at once", "in parts"])
def test_every_way_by_loops(form: Form, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_module, "MOST_ELEMENTS", most)
    generator = np.random.default_rng(1)
    shapes = {"X": (4, 3), "Y": (5,), "Z": (3,)}
    axes = [("i", 4), ("j", 3)]
    whole = {name: generator.integers(-9, 10, shape) for name, shape in shapes.items()}
    arrays = {tensor.name: whole[tensor.name] for tensor in form.tensors}
    expected = by_loops(form, axes, arrays, 4)
    assert (evaluation(form, axes, {}).of(arrays) == expected).all()
    assert (
        evaluation(form, axes, {}).of({name: array.astype(object) for name, array in arrays.items()}) == expected
    ).all()
    floats = evaluation(form, axes, {}).of({name: array * 0.5 for name, array in arrays.items()})
    halves = by_loops(form, axes, {name: array * 0.5 for name, array in arrays.items()}, 4)
    assert np.allclose(floats.astype(float), halves.astype(float), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_random_terms_by_loops(seed: int) -> None:
    generator = random.Random(seed)

    def index() -> Polynomial:
        chosen = generator.sample([i, j, a, b], generator.randint(1, 2))
        start = Polynomial.constant(generator.randint(-2, 3))
        return sum((one * generator.choice([1, 1, -1, 2, -3]) for one in chosen), start)

    factors: list[Factor] = [
        Access(t, tuple(index() for _ in range(t.rank))) for t in (X, Y, Z) if generator.random() < 0.6
    ]
    factors += [Delta.equal(index(), index()) for _ in range(generator.choice([0, 1, 1, 2]))]
    factors += [Range(index()) for _ in range(generator.choice([0, 0, 1]))]
    form = term(generator.choice([1, -2]), *factors)
    numbers = np.random.default_rng(seed)
    shapes = {"X": (4, 3), "Y": (5,), "Z": (3,)}
    arrays = {t.name: numbers.integers(-9, 10, shapes[t.name]) for t in form.tensors}
    axes = [("i", 4), ("j", 3)]
    assert (evaluation(form, axes, {}).of(arrays) == by_loops(form, axes, arrays, 4)).all(), form


# -- products of named arrays --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_contractions_are_those_of_einsum(seed: int) -> None:
    generator = random.Random(seed)
    letters = "abcdef"
    lengths = {name: generator.choice([1, 2, 3, 5, 20]) for name in letters}
    groups = [tuple(generator.sample(letters, generator.randint(0, 4))) for _ in range(generator.randint(1, 4))]
    present = sorted({name for group in groups for name in group})
    order = generator.sample(present, generator.randint(0, len(present)))
    numbers = np.random.default_rng(seed)
    arrays = [numbers.integers(-3, 4, [lengths[name] for name in group]) for group in groups]
    subscripts = ",".join("".join(group) for group in groups) + "->" + "".join(order)
    expected = np.einsum(subscripts, *arrays, optimize="greedy")
    how = contraction([Strided.contiguous(group, lengths) for group in groups], lengths, order)
    assert how.names == tuple(order)
    for dtype in (float, object):
        given = [array.astype(dtype) for array in arrays]
        assert (how.of(given) == expected).all(), subscripts
        out = np.full(expected.shape, 7, dtype=dtype)
        assert (how.of(given, out) == expected).all(), subscripts


# -- exactness, and what is left alone -----------------------------------------------------------------


@pytest.mark.parametrize("largest", [3, 2**20, 2**24, 2**26, 2**31, 2**62, 2**80])
def test_integers_are_exact_at_every_size(largest: int) -> None:
    """Below 2**53 sums are made in floats, below 2**62 in int64, above in Python integers."""
    generator = random.Random(largest)
    layer = Conv((4, 4), (3, 3), in_channels=2, padding=1)
    x, w = (
        np.array([generator.randint(-largest, largest) | 1 for _ in range(int(np.prod(shape)))], dtype=object).reshape(
            shape
        )
        for shape in (layer.input_shape, layer.weight_shape)
    )
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    expected = np.zeros((1, 4, 4), dtype=object)
    for i1, i2, c, k1, k2 in np.ndindex(4, 4, 2, 3, 3):
        expected[0, i1, i2] += w[0, c, k1, k2] * int(padded[c, i1 + k1, i2 + k2])  # np.pad gives NumPy's zeros
    if largest < 2**63:
        x, w = x.astype(np.int64), w.astype(np.int64)
    for view in layer.views.values():
        found = view.output.evaluate(X=x, w=w)
        assert (found == expected).all() and found.dtype == (np.int64 if largest <= 2**26 else object)


def test_types_of_results() -> None:
    formula = Conv(5, 2).direct.output
    for given, expected in ((np.float32, np.float32), (np.float64, np.float64), (np.int8, np.int64), (bool, np.int64)):
        found = formula.evaluate(X=np.ones((1, 5), dtype=given), w=np.ones((1, 1, 2), dtype=given))
        assert found.dtype == expected and (found == 2).all()


def test_one_evaluation_serves_many_arrays_and_leaves_them_alone() -> None:
    formula = Conv((5, 5), (3, 3), padding=1, bias=True).direct.output
    how = evaluation(formula.form, [("i1", 5), ("i2", 5)], {})
    generator = np.random.default_rng(0)
    for _ in range(3):
        x, w = generator.standard_normal((2, 5, 5))[:, ::-1][0], generator.standard_normal((3, 3)).T
        given = {"X": x, "w": w, "b": np.array(2.0)}
        kept = {name: array.copy() for name, array in given.items()}
        padded = np.pad(x, 1)
        expected = [[(w * padded[r : r + 3, s : s + 3]).sum() + 2 for s in range(5)] for r in range(5)]
        first = how.of(given)
        assert np.allclose(first, expected, rtol=1e-12, atol=1e-12)
        first[...] = 0
        assert all((array == kept[name]).all() for name, array in given.items())
        assert np.allclose(how.of(given), expected, rtol=1e-12, atol=1e-12)


def test_a_copy_of_a_tensor_is_a_copy() -> None:
    form = Form.access(Y, [i])
    y = np.arange(5.0)
    found = evaluation(form, [("i", 5)], {}).of({"Y": y})
    found[...] = -1
    assert (y == np.arange(5)).all()


@pytest.mark.parametrize("quantity", ["output", "grad_weight", "grad_input"])
def test_the_dense_matrix_is_never_made(quantity: str) -> None:
    """A 64x64 image, kernel 5: the dense layer's matrix has 4096 * 3600 entries, 118 MB."""
    formula = getattr(Conv((64, 64), (5, 5)).fully_connected, quantity)
    shapes = {"X": (1, 64, 64), "w": (1, 1, 5, 5), "delta": (1, 60, 60)}
    arrays = {t.name: np.ones(shapes[t.name]) for t in formula.form.tensors}
    tracemalloc.start()
    try:
        formula.evaluate(**arrays)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4e6
