"""Formulas in numbers of every type: which type comes out, that nothing is lost, and what is refused.

The oracle sums products one by one in exact numbers, over the general formula as SymPy has it (``tests/brute.py``), or
by loops over a layer's definition.
"""

from __future__ import annotations

import datetime
import decimal
import random
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import prod
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
    sgd_step,
)
from symconv.algebra.concrete import evaluate as evaluate_module
from symconv.algebra.concrete.evaluate import evaluation
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from tests.brute import compiled

LAYERS: list[Layer] = [
    Conv(4, 2, padding=1, stride=2, bias=True),
    Conv(1, 1, padding=1, padding_mode="replicate", input_dilation=2),
    Conv((3, 2), (2, 1), padding=1, padding_mode="reflect", in_channels=2, out_channels=2, groups=2),
    Conv(3, 2, padding=2, padding_mode="circular", flip=True, batch_size=2),
    ConvTranspose(3, 2, stride=2, padding=1),
    AvgPool(4, 3, stride=1, padding=1, count_include_pad=False),
    AvgPool((3, 3), 2, stride=1),
    MaxPool(4, 2),
    Unfold(3, 2, padding=1),
    Fold(3, 2),
    Upsample(2, 2),
    ZeroInsertion(2, 2),
]
WHOLE = ["bool", "int8", "uint8", "int16", "int64", "uint64"]
FLOATS = ["float16", "float32", "float64", "longdouble", "complex64", "complex128"]


def formulas(layer: Layer) -> Iterator[tuple[str, TensorFormula]]:
    for name, view in layer.views.items():
        for quantity in layer.quantities:
            yield f"{name}.{quantity}", getattr(view, quantity)
        for stage in view.definitions:
            yield f"{name}.{stage}", view.stage(stage)


def operands(formula: TensorFormula) -> dict[str, tuple[int, ...]]:
    """The tensors that ``evaluate`` wants, with their shapes in PyTorch's layout."""
    constants = formula.geometry.constants
    names = [tensor.name for tensor in formula.form.tensors if tensor.name not in constants]
    return {name: tuple(int(size) for size in formula.geometry.shape_of(formula.layouts[name])) for name in names}


class Numbers:
    """A tensor's numbers by the indices of the formula, zero outside; exact."""

    def __init__(self, formula: TensorFormula, name: str, array: Any) -> None:
        self.array = np.asarray(array, dtype=object).reshape(sizes(formula.layouts[name]))

    def __getitem__(self, index: tuple[int, ...]) -> Any:
        inside = all(0 <= at < size for at, size in zip(index, self.array.shape, strict=True))
        return self.array[tuple(index)] if inside else 0


def sizes(layout: Any) -> tuple[int, ...]:
    return tuple(int(axis.size.value) for dimension in layout for axis in dimension)


def one_by_one(formula: TensorFormula, arrays: dict[str, Any]) -> Any:
    """Every entry in exact numbers, from the formula as SymPy has it."""
    known = {**formula.geometry.constants, **arrays}
    tensors: Any = {name: Numbers(formula, name, array) for name, array in known.items() if name in formula.layouts}
    entry = compiled(formula.formula.rhs)
    letters = [axis.letter for axis in formula.axes]
    values = [entry(dict(zip(letters, index)), tensors) for index in np.ndindex(sizes(formula.layout))]
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result.reshape([int(size) for size in formula.shape])


def drawn(shapes: dict[str, tuple[int, ...]], entry: Callable[[], Any]) -> dict[str, Any]:
    """Object arrays of what ``entry`` draws."""
    arrays = {}
    for name, shape in shapes.items():
        arrays[name] = np.empty(prod(shape), dtype=object)
        arrays[name][:] = [entry() for _ in range(prod(shape))]
        arrays[name] = arrays[name].reshape(shape)
    return arrays


CASES = [(name, formula) for layer in LAYERS for name, formula in formulas(layer)]
IDS = [f"{type(formula.geometry).__name__}-{at}-{name}" for at, (name, formula) in enumerate(CASES)]


@pytest.mark.parametrize("formula", [formula for _, formula in CASES], ids=IDS)
def test_every_type_in_every_view(formula: TensorFormula) -> None:
    generator = random.Random(0)
    shapes = operands(formula)
    whole = drawn(shapes, lambda: generator.randint(0, 1))
    exact = one_by_one(formula, whole)
    exact_type = object if any(isinstance(entry, Fraction) for entry in exact.flat) else np.int64
    for dtype in WHOLE:
        found = formula.evaluate(**{name: array.astype(dtype) for name, array in whole.items()})
        assert found.dtype == exact_type, dtype
        assert (found == exact).all(), dtype
    for dtype in FLOATS:
        found = formula.evaluate(**{name: array.astype(dtype) for name, array in whole.items()})
        assert found.dtype == (dtype if shapes else exact_type), dtype
        assert np.allclose(found.astype(complex), exact.astype(complex), rtol=2e-3 if dtype == "float16" else 1e-6)
    for draw in (
        lambda: generator.randint(-(2**70), 2**70),
        lambda: Fraction(generator.randint(-9, 9), generator.randint(1, 9)),
        lambda: sp.Rational(generator.randint(-9, 9), generator.randint(1, 9)),
    ):
        given = drawn(shapes, draw)
        found = formula.evaluate(**given)
        assert (found == one_by_one(formula, given)).all()


@pytest.mark.parametrize("seed", range(40))
def test_types_that_are_mixed(seed: int) -> None:
    """Whole numbers of several types are exact; with floats, NumPy's common type decides."""
    generator = random.Random(seed)
    numbers = np.random.default_rng(seed)
    _, formula = generator.choice(CASES)
    shapes = operands(formula)
    limits = {name: np.iinfo(name) for name in WHOLE if name != "bool"}
    types = {name: generator.choice(sorted(limits)) for name in shapes}
    whole = {
        name: numbers.integers(limits[types[name]].min, limits[types[name]].max, shape, types[name], endpoint=True)
        for name, shape in shapes.items()
    }
    assert (formula.evaluate(**whole) == one_by_one(formula, whole)).all()
    if shapes:
        types = {name: generator.choice([*WHOLE, *FLOATS]) for name in shapes} | {min(shapes): "float32"}
        found = formula.evaluate(**{name: np.ones(shape, types[name]) for name, shape in shapes.items()})
        assert found.dtype == np.result_type(*map(np.dtype, types.values()))


def test_int64_up_to_its_end() -> None:
    """2**62 and more is computed in Python integers: int64 would turn 2**63 into a negative number."""
    formula = Conv(1, 1).direct.output
    for above, below in ((31, 30), (31, 31), (32, 31), (32, 32), (62, 62)):
        for sign in (1, -1):
            found = formula.evaluate(X=np.array([[2**above]]), w=np.array([[[sign * 2**below]]]))
            assert found.tolist() == [[sign * 2 ** (above + below)]]
    assert formula.evaluate(X=[[-(2**63)]], w=np.array([[[1]]], dtype=np.uint8)).tolist() == [[-(2**63)]]
    assert formula.evaluate(X=[[2**64 - 1]], w=[[[-1]]]).tolist() == [[1 - 2**64]]
    assert Conv(2, 1).direct.output.evaluate(X=[[2**63 + 1, -1]], w=[[[3]]]).tolist() == [[3 * 2**63 + 3, -3]]


def test_a_coefficient_is_part_of_the_bound() -> None:
    tensor = Tensor("x", 1, (ONE,))
    for coefficient in (2**40, -(2**40), 3, 0):
        form = Form((Term(Polynomial.constant(coefficient), (Access(tensor, (Polynomial.name("i"),)),)),))
        found = evaluation(form, [("i", 1)], {}).of({"x": np.array([2**62 - 1])})
        assert found.tolist() == [coefficient * (2**62 - 1)]


@pytest.mark.parametrize("dtype", ["int64", "float64", "object"])
def test_conditions_that_are_numbers(dtype: str) -> None:
    """[0 = 0], [2 = 0] and [3 >= 0] as factors, which have no name to run along."""
    tensor, i = Tensor("x", 1, (Polynomial.constant(2),)), Polynomial.name("i")
    for factor, holds in (
        (Delta(Polynomial()), 1), (Delta(Polynomial.constant(2)), 0),
        (Range(Polynomial.constant(3)), 1), (Range(Polynomial.constant(-1)), 0),
    ):  # fmt: skip
        form = Form((Term(ONE, (Access(tensor, (i,)), factor)),))
        found = evaluation(form, [("i", 2)], {}).of({"x": np.array([5, 7]).astype(dtype)})
        assert found.tolist() == [5 * holds, 7 * holds]


# -- not finite ----------------------------------------------------------------------------------------


def by_definition(x: Any, w: Any, padding: int, stride: int) -> list[Any]:
    """Every entry from the products whose element is there; no zero is multiplied."""
    outputs = (len(x) + 2 * padding - len(w)) // stride + 1
    places = [[(stride * i + k - padding, k) for k in range(len(w))] for i in range(outputs)]
    return [sum((w[k] * x[at] for at, k in row if 0 <= at < len(x)), start=0 * x.dtype.type(0)) for row in places]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128", "object"])
@pytest.mark.parametrize("seed", range(6))
def test_nan_and_infinity_stay_where_they_are_read(seed: int, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_module, "PRODUCTS_AT_ONCE", [2**20, 4][seed % 2])
    generator = random.Random(seed)
    padding, stride, size, kernel = generator.choice([1, 2]), generator.choice([1, 2]), 5, generator.choice([2, 3])
    layer = Conv(size, kernel, padding=padding, stride=stride)
    special = [float("inf"), float("-inf"), float("nan"), 0.0, 1.0, -2.0, 3.0]

    def some(count: int) -> Any:
        return np.array([generator.choice(special) if generator.random() < 0.4 else 1.5 for _ in range(count)], dtype)

    with np.errstate(all="ignore"):
        x, w = some(size), some(kernel)
        expected = np.array(by_definition(x, w, padding, stride), dtype=complex)
        for view in layer.views.values():
            found = view.output.evaluate(X=x[None], w=w[None, None])[0]
            assert np.array_equal(np.isnan(found.astype(complex)), np.isnan(expected)), view.name
            finite = ~np.isnan(expected)
            assert found.dtype == np.dtype(dtype)
            assert (found.astype(complex)[finite] == expected[finite]).all(), view.name


def test_a_product_that_overflows_is_not_multiplied_by_a_bracket() -> None:
    layer = Conv(2, 2, padding=1, padding_mode="replicate")
    x, w = np.array([[1e200, 1.0]]), np.array([[[1e200, 1.0]]])
    with np.errstate(over="ignore"):
        for view in layer.views.values():
            assert view.output.evaluate(X=x, w=w).tolist() == [[np.inf, np.inf, 1e200 + 1.0]], view.name


def test_what_is_finite_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, formula in CASES:
            shapes = operands(formula)
            assert formula.evaluate(**{one: np.ones(shape, np.float32) for one, shape in shapes.items()}) is not None, (
                name
            )


# -- how arrays lie in memory --------------------------------------------------------------------------

LYING = {
    "backwards": lambda a: a[..., ::-1].copy()[..., ::-1],
    "Fortran": np.asfortranarray,
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "a list": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else a.tolist(),
    "repeated": lambda a: np.broadcast_to(a, (2, *a.shape))[1],
    "nothing masked": np.ma.array,
    "a subclass": lambda a: a.view(type("Mine", (np.ndarray,), {})),
}


@pytest.mark.parametrize("lying", LYING)
def test_arrays_as_they_lie(lying: str) -> None:
    layer = Conv((3, 4), (2, 2), padding=1, out_channels=2)
    numbers = np.random.default_rng(0)
    for dtype in ("int64", "float64"):
        x, w = (numbers.integers(-9, 9, shape).astype(dtype) for shape in (layer.input_shape, layer.weight_shape))
        expected = layer.direct.output.evaluate(X=x, w=w)
        for array in (x, w):
            array.flags.writeable = False
        found = layer.direct.output.evaluate(X=LYING[lying](x), w=LYING[lying](w))
        assert type(found) is np.ndarray and found.flags.writeable
        assert (found == expected).all() and found.dtype == expected.dtype


def test_a_file_in_memory(tmp_path: Any) -> None:
    mapped = np.memmap(tmp_path / "x", dtype="float32", mode="w+", shape=(1, 5))
    mapped[...] = np.arange(5)
    found = Conv(5, 2).direct.output.evaluate(X=mapped, w=np.ones((1, 1, 2), np.float32))
    assert type(found) is np.ndarray and found.dtype == np.float32
    assert found.tolist() == [[1, 3, 5, 7]]


def test_a_number_beside_arrays_takes_their_type() -> None:
    step = sgd_step(Conv(3, 2), loss=None).weight
    x, w, delta = (np.ones(shape, np.float32) for shape in ((1, 3), (1, 1, 2), (1, 2)))
    found = step.evaluate(X=x, w=w, delta=delta, eta=0.5)
    assert found.dtype == np.float32 and found.tolist() == [[[0, 0]]]
    assert step.evaluate(X=x, w=w, delta=delta, eta=np.float64(0.5)).dtype == np.float64
    whole = {"X": x.astype(int), "w": w.astype(int), "delta": delta.astype(int)}
    assert step.evaluate(**whole, eta=0.5).tolist() == [[[0, 0]]] and step.evaluate(**whole, eta=0.5).dtype == float
    assert step.evaluate(**whole, eta=2**70).dtype == object


def test_numbers_of_all_of_pythons_types_at_once() -> None:
    formula = sgd_step(Conv(1, 1, bias=True), loss=None).bias
    for b, eta, expected in (
        (1, 0.25, 0.5),
        (0.5, 1, -1.5),
        (True, 2, -3),
        (1, 0.5j, 1 - 1j),
        (1, Fraction(1, 3), 1 / 3),
    ):
        found = formula.evaluate(b=[b], delta=[[2]], eta=eta)
        assert np.allclose(complex(found[0]), expected), (b, eta)


def test_steps_in_exact_numbers() -> None:
    """One step of the squared loss on h = X1 w1 at X1 = 3, w1 = 1/2, t = 1: w1 - eta (h - t) X1."""
    for schedule in ("sequential", "summed", "mean"):
        for layer, positions in ((Conv(1, 1), 1), (Conv(1, 1, padding=1, padding_mode="replicate"), 3)):
            formula = sgd_step(layer, schedule=schedule).weight
            x, w, t, eta = Fraction(3), Fraction(1, 2), Fraction(1), Fraction(1, 7)
            found = formula.evaluate(
                X=np.array([[x]]), w=np.array([[[w]]]), t=np.full((1, positions), t), eta=np.array(eta)
            )
            expected = w
            if schedule == "sequential":
                for _ in range(positions):
                    expected -= eta * (x * expected - t) * x
            else:
                expected -= eta * (x * w - t) * x * (positions if schedule == "summed" else 1)
            assert found.tolist() == [[[expected]]] and found.dtype == object


# -- what is refused -----------------------------------------------------------------------------------

ITSELF: list[Any] = []
ITSELF.append(ITSELF)
REFUSED = [
    (None, "type NoneType: not a number"),
    ([[None] * 4], "type NoneType: not a number"),
    ("X", "holds no numbers"),
    (b"X", "holds no numbers"),
    ([["1", "2", "3", "4"]], "holds no numbers"),
    ([[datetime.date(2020, 1, 1)] * 4], "type date: not a number"),
    (np.zeros((1, 4), "datetime64[s]"), "holds no numbers"),
    (np.zeros((1, 4), "timedelta64[s]"), "holds no numbers"),
    (np.zeros((1, 4), [("a", int)]), "holds no numbers"),
    ([[1, 2], [3]], "rows have different lengths"),
    (np.array([[1, 2], [3]], dtype=object), "type list: not a number"),
    ({1: 2}, "type dict: not a number"),
    (object(), "type object: not a number"),
    ([[decimal.Decimal(1)] * 4], "type Decimal: not a number"),
    (np.ma.masked_less([[0, 1, 2, 3]], 2), "2 masked entries"),
    ([np.ma.masked_less([0, 1, 2, 3], 1)], "1 masked entry"),
    (ITSELF, "NumPy makes no array"),
    (3, r"shape \(\)"),
    (np.ones((4, 1)), r"shape \(4, 1\)"),
    (np.ones((1, 0)), r"shape \(1, 0\)"),
    ([], r"shape \(0,\)"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_holds_no_numbers_is_refused(given: Any, message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        Conv(4, 2).direct.output.evaluate(X=given, w=np.ones((1, 1, 2)))
    with pytest.raises(SymconvError):
        MaxPool(4, 2).switch(given)
    with pytest.raises(SymconvError):
        sgd_step(Conv(4, 2), loss=None, learning_rate=0.5).run(X=given, w=np.ones((1, 1, 2)), delta=np.ones((1, 3)))


def test_an_integer_that_no_float_holds() -> None:
    with pytest.raises(SymconvError, match="larger than floats can hold"):
        Conv(4, 2).direct.output.evaluate(X=[[10**400, 1, 1, 1]], w=[[[0.5, 1]]])
    with pytest.raises(SymconvError, match="larger than floats can hold"):
        sgd_step(Conv(4, 2), loss=None, learning_rate=0.5).run(
            X=[[10**400, 1, 1, 1]], w=np.ones((1, 1, 2)), delta=np.ones((1, 3))
        )
