"""Arrays and entries of SymPy expressions are what plain ``Add`` and ``Mul`` make, to the order of the arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given, settings, strategies as st

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    Upsample,
    sgd_step,
)
from symconv.algebra import concrete
from symconv.algebra.concrete.sorted_sums import Products, plain_sums, sorted_sums, sums_of_products
from symconv.formulas.tensor_formula import TensorFormula
from symconv.networks.signals import PartNotation
from tests.tools import thinned


def assert_identical(one: sp.Basic, other: sp.Basic) -> None:
    """SymPy's ``==`` compares arguments in their order, at every depth; its printers sort them again."""
    assert one == other
    assert one.args == other.args
    assert hash(one) == hash(other)
    assert sp.srepr(one) == sp.srepr(other)
    for left, right in zip((one, *one.args), (other, *other.args)):
        assert type(left) is type(right)
        assert left.is_commutative == right.is_commutative


# -- sums of any products ------------------------------------------------------------------------------

Row = tuple[int, Any, tuple[sp.Expr, ...]]
"""The number of the sum, the coefficient, the factors."""

x, y, z = sp.symbols("x y z")
X1, X2, X10, X_1_1, w1, delta1 = sp.symbols("X1 X2 X10 X_1_1 w1 delta1")
PLAIN = [x, y, z, X1, X2, X10, X_1_1, w1, delta1]
ASSUMED = [sp.Symbol("eta", positive=True), sp.Symbol("N", integer=True), sp.Symbol("a", real=True)]
OTHERS = [sp.Function("f")(x), sp.Derivative(sp.Function("f")(x), x), 1 - sp.tanh(x) ** 2, sp.sqrt(2), 1 / x, sp.pi]
COEFFICIENTS = [1, 1, 1, -1, 2, 3, -5, Fraction(1, 2), Fraction(1, 4), Fraction(-7, 3), Fraction(1, 3)]


def rows(factors: Sequence[sp.Expr], repeated: bool) -> st.SearchStrategy[list[Row]]:
    """Products, none with the same factors as another in its sum."""
    several = st.lists(st.sampled_from(factors), max_size=4, unique=not repeated)
    row = st.tuples(st.integers(0, 3), st.sampled_from(COEFFICIENTS), several.map(tuple))
    return st.lists(row, max_size=14, unique_by=lambda row: (row[0], tuple(sorted(map(str, row[2])))))


def by_hand(count: int, given: list[Row]) -> list[sp.Expr]:
    """Plain SymPy: every product and every sum is left to it."""
    return [
        sp.Add(*(sp.Mul(sp.Rational(c), *factors) for at, c, factors in given if at == number))
        for number in range(count)
    ]


def grouped(given: list[Row], expressions: Sequence[sp.Expr]) -> list[Products]:
    """The same as columns of numbers, a group for every number of factors."""
    place = {one: at for at, one in enumerate(expressions)}
    groups = []
    for length in sorted({len(factors) for _, _, factors in given}):
        own = [row for row in given if len(row[2]) == length]
        columns = [np.array([place[row[2][at]] for row in own]) for at in range(length)]
        coefficients = [row[1] for row in own]
        whole = all(isinstance(c, int) for c in coefficients)
        array = np.array(coefficients, dtype=np.int64 if whole else object)
        groups.append(Products(np.array([row[0] for row in own]), columns, array))
    return groups


@settings(max_examples=400, deadline=None)
@given(given=rows(PLAIN + ASSUMED, repeated=False))
@example(given=[])
@example(given=[(0, 3, ())])
@example(given=[(0, 3, ()), (0, 2, (x,))])
@example(given=[(1, Fraction(1, 2), ()), (1, 1, (x, y)), (1, 2, (x, y, z)), (1, 1, (X10,)), (1, -1, (X2,))])
@example(given=[(2, 1, (y, x)), (2, 2, (x, z)), (2, -1, (z, y)), (2, 1, (x,)), (2, Fraction(1, 4), (y, x, z))])
def test_sorted_sums_are_those_of_add_and_mul(given: list[Row]) -> None:
    expressions = PLAIN + ASSUMED
    groups = grouped(given, expressions)
    for make in (sorted_sums, plain_sums, sums_of_products):
        for one, other in zip(make(4, expressions, groups), by_hand(4, given), strict=True):
            assert_identical(one, other)


@settings(max_examples=150, deadline=None)
@given(given=rows(PLAIN[:4] + OTHERS, repeated=True))
@example(given=[(0, 1, (x, x)), (0, 1, (y, x))])
@example(given=[(0, 2, (x, x, y)), (0, 1, (OTHERS[4], x))])
@example(given=[(0, 1, (OTHERS[2], y)), (0, 1, (OTHERS[3], OTHERS[3]))])
def test_functions_and_powers_are_combined_as_ever(given: list[Row]) -> None:
    expressions = PLAIN[:4] + OTHERS
    used = [one for one in expressions if any(one in factors for _, _, factors in given)]
    for one, other in zip(sums_of_products(4, used, grouped(given, used)), by_hand(4, given), strict=True):
        assert one == other
        assert one.args == other.args


def test_symbols_that_do_not_commute_keep_their_order() -> None:
    a, b = sp.symbols("a b", commutative=False)
    both = Products(np.array([0, 0]), [np.array([1, 0]), np.array([0, 1])], np.array([1, 1]))
    assert sums_of_products(1, [a, b], [both]) == [a * b + b * a]


def test_two_symbols_of_one_name_are_one_or_two() -> None:
    """Equal ones are added up; those that differ in what is assumed are not."""
    rows = Products(np.array([0, 0]), [np.array([0, 1])], np.array([1, 1]))
    assert sums_of_products(1, [sp.Symbol("q"), sp.Symbol("q")], [rows]) == [2 * sp.Symbol("q")]
    whole = sp.Symbol("q", integer=True)
    assert sums_of_products(1, [sp.Symbol("q"), whole], [rows]) == [sp.Symbol("q") + whole]


# -- layers by loops -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_outputs_and_gradients_are_the_sums_of_loops(data: st.DataObject) -> None:
    """Every entry of a convolution against products of symbols that a loop picks by their printed names."""

    def number(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    groups, s, d, p, base = number(1, 2), number(1, 2), number(1, 2), number(0, 2), number(0, 1)
    c_in, c_out, K = groups * number(1, 2), groups * number(1, 2), number(1, 3)
    n, bias = d * (K - 1) + number(1, 10), data.draw(st.booleans())
    conv = Conv(
        n, K, in_channels=c_in, out_channels=c_out, stride=s, dilation=d, padding=p, groups=groups, bias=bias,
        notation=Notation(index_base=base),
    )  # fmt: skip
    m = (n + 2 * p - d * (K - 1) - 1) // s + 1
    own_in, own_out = c_in // groups, c_out // groups

    def named(name: str, shape: tuple[int, ...], *index: int) -> sp.Symbol:
        kept = [(i + base, size) for at, (i, size) in enumerate(zip(index, shape)) if shown[name][at]]
        wide = len(kept) > 1 and max(size for _, size in kept) - 1 + base > 9
        return sp.Symbol(name + "".join(f"_{i}" if wide else str(i) for i, _ in kept))

    # A dimension of channels shows in a label where there is more than one channel (or group) of the kind.
    shown = {
        "X": (c_in > 1, True),
        "delta": (c_out > 1, True),
        "w": (c_out > 1, own_in > 1, True),
        "b": (c_out > 1,),
    }
    output: dict[Any, list[sp.Expr]] = {(o, i): [] for o in range(c_out) for i in range(m)}
    grad_input: dict[Any, list[sp.Expr]] = {(c, j): [] for c in range(c_in) for j in range(n)}
    grad_weight: dict[Any, list[sp.Expr]] = {at: [] for at in product(range(c_out), range(own_in), range(K))}
    for o, i, c, k in product(range(c_out), range(m), range(own_in), range(K)):
        j, channel = s * i + d * k - p, (o // own_out) * own_in + c
        if 0 <= j < n:
            read, weight = named("X", (c_in, n), channel, j), named("w", (c_out, own_in, K), o, c, k)
            upstream = named("delta", (c_out, m), o, i)
            output[o, i].append(sp.Mul(weight, read))
            grad_input[channel, j].append(sp.Mul(weight, upstream))
            grad_weight[o, c, k].append(sp.Mul(upstream, read))
    if bias:
        for o, i in output:
            output[o, i].append(named("b", (c_out,), o))
    expected = {"output": output, "grad_input": grad_input, "grad_weight": grad_weight}
    for view, (quantity, entries) in product(conv.views.values(), expected.items()):
        formula = getattr(view, quantity)
        array = formula.array()
        assert array.shape == formula.shape
        for at, terms in entries.items():
            assert_identical(array[at], sp.Add(*terms))
        at = data.draw(st.sampled_from(sorted(entries)))
        assert_identical(formula[at], sp.Add(*entries[at]))


# -- all kinds of layers and networks: the same as by the plain sums ---------------------------------------

LAYERS = [
    Conv((5, 12), (2, 3), in_channels=2, out_channels=2, bias=True),
    Conv(5, 3, padding=2, padding_mode="circular"),
    Conv((4, 4), (3, 3), padding=1, padding_mode="reflect", bias=True),
    Conv((3, 3), (3, 3), padding=2, padding_mode="replicate", batch_size=2),
    Conv(5, 2, stride=2, input_dilation=2, flip=True),
    Conv(3, 1, padding=3),
    ConvTranspose((3, 3), (2, 2), in_channels=2, out_channels=2, stride=2, groups=2),
    AvgPool((4, 4), (2, 2), padding=1, count_include_pad=False, channels=2),
    AvgPool(6, 3, stride=1),
    MaxPool(6, 2),
    Upsample((2, 3), (2, 2)),
]


def all_formulas() -> Iterator[tuple[str, TensorFormula]]:
    for layer in LAYERS:
        for view, quantity in product(layer.views.values(), layer.quantities):
            yield f"{layer!r}.{view.name}.{quantity}", getattr(view, quantity)
    conv = Conv(4, 2, bias=True)
    for name, view in conv.views.items():
        for of in ("input", "weight", "bias"):
            yield f"{name}.jacobian({of})", view.jacobian(of)
    yield "matrix", conv.fully_connected.shared_weight
    yield "matrix of the gradient", conv.fully_connected.grad_dense_weight
    network = Sequential(
        Conv(6, 3, bias=True), Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="cross_entropy"
    )
    for at, part in enumerate(network.parts):
        yield f"part {at}", part.output
        yield f"part {at}, backwards", part.grad_input
    yield "cross entropy", network.loss_part.output
    yield "squared error", Sequential(Conv(4, 2), loss="squared").loss_part.output
    yield "a step", sgd_step(conv, "squared", sp.Symbol("eta", positive=True)).weight


ALL = dict(all_formulas())


@pytest.mark.parametrize("name", thinned(ALL, 3))
def test_every_array_is_that_of_the_plain_sums(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula = ALL[name]
    array = formula.array()
    single = [formula[at] for at in np.ndindex(*array.shape)]
    monkeypatch.setattr(concrete, "sums_of_products", plain_sums)
    plain = formula.array()
    assert array.shape == plain.shape
    for one, two, other in zip(sp.flatten(array), single, sp.flatten(plain), strict=True):
        assert_identical(one, other)
        assert_identical(two, other)


# -- labels --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [Notation(), Notation(index_base=0), PartNotation.numbered(2, "h1", "h")])
@pytest.mark.parametrize("shape", [(3,), (12,), (3, 3), (2, 9), (2, 10), (9, 2, 3), (2, 3, 11)])
@pytest.mark.parametrize("name", ["X", "x_in", "w2"])
def test_labels_of_many_entries_are_those_of_each(names: Notation, shape: tuple[int, ...], name: str) -> None:
    index = list(np.ndindex(*shape))
    many = names.labels(name, [np.array(column) for column in zip(*index)], shape)
    assert many == [names.label(name, at, shape) for at in index]
    assert len(set(many)) == len(many)
