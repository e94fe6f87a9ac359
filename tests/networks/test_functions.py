"""Functions of networks: their formulas against ``sympy.diff`` of other definitions, their numbers against mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mpf

import symconv
from symconv import Activation, Sequential, SymconvError
from symconv.algebra.calculus import derivative
from symconv.algebra.forms import Access, Delta, Form, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from symconv.networks.activations import KNOWN
from symconv.networks.functions import Function, InverseRoot, Softmax, pointwise, softmax
from symconv.printing.latex import latex_of
from symconv.printing.tree import Name
from tests.tools import parts, require_module, thinned

z = sp.Symbol("z", real=True)
SLOPE = Fraction(1, 5)
SCALE, ALPHA = sp.Rational("1.0507009873554804934193349852946"), sp.Rational("1.6732632423543772848170429916717")
CUT = sp.Rational(3, 10)
OPTIONS = {
    "leaky_relu": (SLOPE,), "hardtanh": (Fraction(-2), Fraction(5, 2)), "elu": (Fraction(3, 2),),
    "celu": (Fraction(3, 2),), "softshrink": (Fraction(3, 10),), "hardshrink": (Fraction(3, 10),),
}  # fmt: skip

DEFINITIONS: dict[str, sp.Expr] = {
    "relu": (z + sp.Abs(z)) / 2,
    "leaky_relu": (z + sp.Abs(z)) / 2 + sp.Rational(1, 5) * (z - sp.Abs(z)) / 2,
    "sigmoid": (1 + (sp.exp(z / 2) - sp.exp(-z / 2)) / (sp.exp(z / 2) + sp.exp(-z / 2))) / 2,
    "tanh": 1 - 2 / (sp.exp(2 * z) + 1),
    "softplus": z / 2 + sp.log(sp.exp(z / 2) + sp.exp(-z / 2)),
    "gelu": z * sp.erfc(-z / sp.sqrt(2)) / 2,
    "gelu_tanh": z / (1 + sp.exp(-2 * sp.sqrt(2 / sp.pi) * (z + sp.Rational(44715, 10**6) * z**3))),
    "mish": z * ((1 + sp.exp(z)) ** 2 - 1) / ((1 + sp.exp(z)) ** 2 + 1),
    "silu": z / 2 * (1 + sp.tanh(z / 2)),
    "logsigmoid": z / 2 - sp.log(sp.exp(z / 2) + sp.exp(-z / 2)),
    "tanhshrink": z - 1 + 2 / (sp.exp(2 * z) + 1),
    "softsign": z / (1 + sp.Abs(z)),
    "relu6": (sp.Abs(z) - sp.Abs(z - 6) + 6) / 2,
    "hardtanh": (sp.Abs(z + 2) - sp.Abs(z - sp.Rational(5, 2)) + sp.Rational(1, 2)) / 2,
    "hardsigmoid": (sp.Abs(z + 3) - sp.Abs(z - 3) + 6) / 12,
    "hardswish": z * (sp.Abs(z + 3) - sp.Abs(z - 3) + 6) / 12,
    "elu": (z + sp.Abs(z)) / 2 + sp.Rational(3, 2) * (sp.exp((z - sp.Abs(z)) / 2) - 1),
    "celu": (z + sp.Abs(z)) / 2 + sp.Rational(3, 2) * (sp.exp((z - sp.Abs(z)) / 3) - 1),
    "selu": SCALE * ((z + sp.Abs(z)) / 2 + ALPHA * (sp.exp((z - sp.Abs(z)) / 2) - 1)),
    "softshrink": z - (sp.Abs(z + CUT) - sp.Abs(z - CUT)) / 2,
    "hardshrink": z * (1 + (sp.sign(z - CUT) - sp.sign(z + CUT)) / 2),
}
"""Each written otherwise than in symconv."""

RATIONALS = [
    sp.Rational(*pair) for pair in ((-7, 1), (-22, 7), (-1, 1), (-1, 3), (-1, 100), (1, 100), (2, 5), (3, 2), (9, 2))
]


def function(name: str, order: int) -> Function:
    made = Function(name, 0, OPTIONS.get(name, ()))
    for _ in range(order):
        made = made.differentiated()
    return made


def test_every_known_function_has_a_definition_here() -> None:
    assert set(DEFINITIONS) == set(TAILS) == set(KNOWN) - set(ELEMENTARY)


ELEMENTARY = {
    "exp": ((), sp.cosh(z) + sp.sinh(z)), "log": ((), sp.log(2 * z) - sp.log(2)), "sin": ((), sp.cos(z - sp.pi / 2)),
    "cos": ((), sp.sin(z + sp.pi / 2)), "power": ((Fraction(-3, 2),), sp.exp(-3 * sp.log(z) / 2)),
}  # fmt: skip
"""Functions that are not bounded by lines, some with a value for positive numbers alone."""


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_functions_are_those_of_sympy(name: str, order: int) -> None:
    options, definition = ELEMENTARY[name]
    made = Function(name, order, options)
    expected = sp.diff(definition, z, order) if order else definition
    for point in (one for one in RATIONALS if one > 0):
        value = expected.subs(z, point).evalf(60)
        assert abs((made.expression(z).subs(z, point) - value).evalf(60)) < 1e-50 * max(1, abs(value))
        assert made.values(np.array([float(point)]))[0] == pytest.approx(float(value), rel=1e-13)


@pytest.mark.torch
@pytest.mark.parametrize("name", ELEMENTARY)
@pytest.mark.parametrize("exponent", [-1, 0.5, -0.5, 3, 1])
def test_elementary_functions_are_pytorchs(name: str, exponent: float) -> None:
    """On 500 draws, positive ones if the function has a value for these alone."""
    torch = require_module("torch")
    points = np.random.default_rng(0).normal(0, 3, 500)
    points = abs(points) if name == "log" or exponent in (0.5, -0.5) else points
    x = torch.tensor(points, requires_grad=True)
    y = torch.pow(x, exponent) if name == "power" else getattr(torch, name)(x)
    y.sum().backward()
    options = (Fraction(exponent),) if name == "power" else ()
    assert Function(name, 0, options).values(points) == pytest.approx(y.detach().numpy(), rel=1e-12)
    assert Function(name, 1, options).values(points) == pytest.approx(x.grad.numpy(), rel=1e-12)


def test_where_a_function_has_no_value() -> None:
    net = Sequential(Activation("log"), input_shape=(2,))
    for given in ([-1.0, 1.0], np.array([-1, 1], dtype=object)):
        with pytest.raises(SymconvError, match="no value"):
            net.evaluate(X=given)
    with pytest.raises(SymconvError, match="exponent=0"):
        Activation("power", exponent=0)


@pytest.mark.parametrize("order", parts(5, 3))
@pytest.mark.parametrize("name", thinned(DEFINITIONS, 4))
def test_formulas_are_those_of_sympy(name: str, order: int) -> None:
    """At rational points to 50 digits; relu and leaky relu exactly. Past the second, SymPy differentiates ours."""
    expected = sp.diff(DEFINITIONS[name], z, order) if order else DEFINITIONS[name]
    expression = function(name, order).expression(z)
    for point in RATIONALS:
        value = expected.subs(z, point).doit()
        assert abs((expression.subs(z, point) - value).evalf(60)) < 1e-50, point
        assert abs((function(name, order).expression(point) - value).evalf(60)) < 1e-50, point


@pytest.mark.parametrize(
    ("name", "values"), [("relu", [0, 0, 0]), ("leaky_relu", [0, sp.Rational(1, 5), 0])], ids=["relu", "leaky relu"]
)
def test_conventions_at_the_kink(name: str, values: list[sp.Expr]) -> None:
    assert [function(name, order).expression(sp.S.Zero) for order in range(3)] == values
    for order, value in enumerate(values):
        for number in (0, 0.0, -0.0):
            assert function(name, order).values(np.array([number])) == [float(value)]
    assert KNOWN[name].words and not KNOWN["tanh"].words


@pytest.mark.torch
@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_values_and_derivatives_are_pytorchs_at_kinks_too(name: str) -> None:
    """On 500 draws and at every kink, through the numbers and the expressions."""
    torch = require_module("torch")
    kinks = [float(kink) for kink in function(name, 0).kinks]
    points = np.array([*kinks, 0.0, *np.random.default_rng(0).normal(0, 3, 500)])
    x = torch.tensor(points, requires_grad=True)
    options = dict(zip(KNOWN[name].options, map(float, OPTIONS.get(name, ()))))
    options |= {"threshold": 500.0} if name == "softplus" else {}
    options |= {"approximate": "tanh"} if name == "gelu_tanh" else {}
    output = getattr(torch.nn.functional, name.removesuffix("_tanh"))(x, **options)
    output.sum().backward()
    exact = 1e-7 if name == "hardsigmoid" else 1e-10  # its derivative has a sixth in single precision
    assert function(name, 0).values(points) == pytest.approx(output.detach().numpy(), rel=1e-10, abs=1e-14)
    assert function(name, 1).values(points) == pytest.approx(x.grad.numpy(), rel=exact, abs=1e-14)
    for kink, slope in zip(function(name, 0).kinks, x.grad):
        assert float(function(name, 1).expression(sp.Rational(kink))) == pytest.approx(float(slope), rel=exact)


# -- numbers -------------------------------------------------------------------------------------------


def _bell(x: mpf) -> mpf:
    """e^-|x| / (1 + e^-|x|)^2, the derivative of the sigmoid, which is even."""
    e = mpmath.exp(-abs(x))
    return e / (1 + e) ** 2


def _hill(x: mpf) -> mpf:
    """1 / cosh(x)^2."""
    return 4 * _bell(2 * x)


def _softplus(x: mpf) -> mpf:
    return max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def _sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


def _bent(x: mpf) -> tuple[mpf, mpf, mpf]:
    """What tanh is taken of in the approximation of gelu, and its derivatives."""
    root, bend = mpmath.sqrt(2 / mpmath.pi), mpf(44715) / 10**6
    return root * (x + bend * x**3), root * (1 + 3 * bend * x**2), root * 6 * bend * x


def _gelu_by_tanh(x: mpf) -> mpf:
    return x * _sigmoid(2 * _bent(x)[0])


def _slope_by_tanh(x: mpf) -> mpf:
    u, du, _ = _bent(x)
    return _sigmoid(2 * u) + 2 * x * _bell(2 * u) * du


def _bend_by_tanh(x: mpf) -> mpf:
    u, du, ddu = _bent(x)
    return 4 * _bell(2 * u) * du + 2 * x * _bell(2 * u) * (ddu - 2 * mpmath.tanh(u) * du**2)


with mpmath.workdps(40):
    S, A = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")

TAILS: dict[str, Sequence[Callable[[mpf], mpf]]] = {
    "relu": (lambda x: max(x, mpf(0)), lambda x: mpf(x > 0), lambda x: mpf(0)),
    "leaky_relu": (lambda x: max(x, x / 5), lambda x: mpf(1) if x > 0 else mpf(1) / 5, lambda x: mpf(0)),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), _bell, lambda x: -mpmath.tanh(x / 2) * _bell(x)),
    "tanh": (mpmath.tanh, _hill, lambda x: -2 * mpmath.tanh(x) * _hill(x)),
    "softplus": (
        lambda x: max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x))),
        lambda x: 1 / (1 + mpmath.exp(-x)),
        _bell,
    ),
    "gelu": (
        lambda x: x * mpmath.ncdf(x),
        lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
        lambda x: (2 - x * x) * mpmath.npdf(x),
    ),
    "gelu_tanh": (_gelu_by_tanh, lambda x: _slope_by_tanh(x), lambda x: _bend_by_tanh(x)),
    "mish": (
        lambda x: x * mpmath.tanh(_softplus(x)),
        lambda x: mpmath.tanh(_softplus(x)) + x * _hill(_softplus(x)) * _sigmoid(x),
        lambda x: (
            _hill(_softplus(x))
            * (2 * _sigmoid(x) + x * _bell(x) - 2 * x * mpmath.tanh(_softplus(x)) * _sigmoid(x) ** 2)
        ),
    ),
    "silu": (
        lambda x: x / (1 + mpmath.exp(-x)),
        lambda x: 1 / (1 + mpmath.exp(-x)) + x * _bell(x),
        lambda x: (2 - x * mpmath.tanh(x / 2)) * _bell(x),
    ),
    "logsigmoid": (
        lambda x: min(x, mpf(0)) - mpmath.log1p(mpmath.exp(-abs(x))),
        lambda x: 1 / (1 + mpmath.exp(x)),
        lambda x: -_bell(x),
    ),
    "tanhshrink": (
        lambda x: x - mpmath.tanh(x),
        lambda x: mpmath.tanh(x) ** 2,
        lambda x: 2 * mpmath.tanh(x) * _hill(x),
    ),
    "softsign": (
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
        lambda x: mpf(-2 if x >= 0 else 2) / (1 + abs(x)) ** 3,
    ),
    "relu6": (lambda x: min(max(x, mpf(0)), mpf(6)), lambda x: mpf(0 < x < 6), lambda x: mpf(0)),
    "hardtanh": (lambda x: min(max(x, mpf(-2)), mpf(2.5)), lambda x: mpf(-2 < x < 2.5), lambda x: mpf(0)),
    "hardsigmoid": (
        lambda x: min(max(x + 3, mpf(0)), mpf(6)) / 6,
        lambda x: mpf(abs(x) < 3) / 6,
        lambda x: mpf(0),
    ),
    "hardswish": (
        lambda x: x * min(max(x + 3, mpf(0)), mpf(6)) / 6,
        lambda x: (2 * x + 3) / 6 if abs(x) < 3 else mpf(x > 0),
        lambda x: mpf(abs(x) < 3) / 3,
    ),
    "elu": (
        lambda x: x if x > 0 else 1.5 * mpmath.expm1(x),
        lambda x: mpf(1) if x > 0 else 1.5 * mpmath.exp(x),
        lambda x: mpf(0) if x > 0 else 1.5 * mpmath.exp(x),
    ),
    "celu": (
        lambda x: x if x > 0 else 1.5 * mpmath.expm1(x / 1.5),
        lambda x: mpf(1) if x > 0 else mpmath.exp(x / 1.5),
        lambda x: mpf(0) if x > 0 else mpmath.exp(x / 1.5) / 1.5,
    ),
    "selu": (
        lambda x: S * x if x > 0 else S * A * mpmath.expm1(x),
        lambda x: S if x > 0 else S * A * mpmath.exp(x),
        lambda x: mpf(0) if x > 0 else S * A * mpmath.exp(x),
    ),
    "softshrink": (
        lambda x: mpmath.sign(x) * max(abs(x) - mpf(3) / 10, mpf(0)),
        lambda x: mpf(abs(x) > mpf(3) / 10),
        lambda x: mpf(0),
    ),
    "hardshrink": (lambda x: x * (abs(x) > mpf(3) / 10), lambda x: mpf(abs(x) > mpf(3) / 10), lambda x: mpf(0)),
}
"""Values and derivatives in forms without cancellation, so that 40 digits are enough far out."""

ASYMPTOTES = {
    "relu": ((0, 0), (1, 0)),
    "leaky_relu": ((0.2, 0), (1, 0)),
    "sigmoid": ((0, 0), (0, 1)),
    "tanh": ((0, -1), (0, 1)),
    "softplus": ((0, 0), (1, 0)),
    "gelu": ((0, 0), (1, 0)),
    "silu": ((0, 0), (1, 0)),
    "gelu_tanh": ((0, 0), (1, 0)),
    "mish": ((0, 0), (1, 0)),
    "logsigmoid": ((1, 0), (0, 0)),
    "tanhshrink": ((1, 1), (1, -1)),
    "softsign": ((0, -1), (0, 1)),
    "relu6": ((0, 0), (0, 6)),
    "hardtanh": ((0, -2), (0, 2.5)),
    "hardsigmoid": ((0, 0), (0, 1)),
    "hardswish": ((0, 0), (1, 0)),
    "elu": ((0, -1.5), (1, 0)),
    "celu": ((0, -1.5), (1, 0)),
    "selu": ((0, -1.7580993408473768), (1.0507009873554805, 0)),
    "softshrink": ((1, 0.3), (1, -0.3)),
    "hardshrink": ((1, 0), (1, 0)),
}
"""Far below 0 and far above it."""

NEAR = [float(x) for x in np.linspace(-12, 12, 97)]
OUT = (1e-300, 1e-12, 1e-5, 15.0, 20.0, 36.5, 37.5, 100.0, 349.0, 400.0, 709.0, 745.0, 800.0, 1e4, 1e9, 1e100)
FAR = [sign * x for x in OUT for sign in (1, -1)]
EVERY = [(name, order) for name in TAILS for order in (0, 1, 2)]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", TAILS)
def test_the_oracle_in_mpmath_is_the_definition(name: str, order: int) -> None:
    expected = sp.diff(DEFINITIONS[name], z, order) if order else DEFINITIONS[name]
    with mpmath.workdps(40):
        for point in RATIONALS:
            value = TAILS[name][order](mpf(point.p) / point.q)
            assert abs(sp.Float(value, 40) - expected.subs(z, point).doit().evalf(40)) < 1e-30


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", TAILS)
def test_numbers_are_those_of_mpmath(name: str, order: int) -> None:
    """To some units in the last place of the largest number that is added; no warning, which would be an error."""
    points = np.array([*NEAR, *FAR])
    found = function(name, order).values(points)
    assert found.shape == points.shape and found.dtype == np.float64
    with mpmath.workdps(40):
        for point, value in zip(points, found):
            expected = TAILS[name][order](mpf(point))
            assert abs(mpf(value) - expected) <= 4e-15 * max(abs(expected), 1), (point, value)


@pytest.mark.parametrize(("name", "order"), EVERY)
def test_numbers_as_large_as_floats_go(name: str, order: int) -> None:
    """There every function is one of its asymptotes a z + b."""
    points = [-1.7e308, -1e200, 1e200, 1.7e308]
    lines = [ASYMPTOTES[name][point > 0] for point in points]
    expected = [[a * point + b, a, 0][order] for point, (a, b) in zip(points, lines)]
    assert function(name, order).values(np.array(points)) == pytest.approx(expected, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize(("name", "order"), EVERY)
def test_small_numbers_keep_their_digits(name: str, order: int) -> None:
    """Where a value is close to 0 far out, its digits are right too, until numbers end at 1e-300."""
    points = np.array([-700.0, -300.0, -100.0, -38.0, -20.0, -10.0, -6.0, -3.0])
    found = function(name, order).values(points)
    with mpmath.workdps(60):
        for point, value in zip(points, found):
            expected = TAILS[name][order](mpf(point))
            assert abs(mpf(value) - expected) <= 1e-12 * abs(expected) + mpf(10) ** -300, (point, value)


def test_numbers_of_arrays_of_any_shape() -> None:
    values = np.arange(-3.0, 3.0).reshape(1, 2, 3)
    for name, order in product(KNOWN, range(3)):
        made = function(name, order)
        assert made.values(values).shape == (1, 2, 3)
        assert made.values(np.array(0.5)) == pytest.approx(made.values(np.array([0.5]))[0])
        assert made.values(np.zeros((0, 2))).shape == (0, 2)


def test_derivatives_past_the_second_have_numbers_too() -> None:
    for name in ("sigmoid", "gelu"):
        found = function(name, 3).values(np.array([-1.0, 0.5]))
        expected = [sp.diff(DEFINITIONS[name], z, 3).subs(z, point).evalf(30) for point in (-1, sp.Rational(1, 2))]
        assert [float(value) for value in found] == pytest.approx([float(value) for value in expected], rel=1e-14)


def test_whole_numbers_and_fractions_stay_exact() -> None:
    whole = np.array([-(2**60) - 1, 0, 2**60 + 1])
    assert function("relu", 0).values(whole).tolist() == [0, 0, 2**60 + 1]
    assert function("relu", 1).values(whole).tolist() == [0, 0, 1]
    fractions = np.array([Fraction(-1, 3), 0, Fraction(1, 3)], dtype=object)
    assert function("leaky_relu", 0).values(fractions).tolist() == [Fraction(-1, 15), 0, Fraction(1, 3)]
    assert function("leaky_relu", 1).values(fractions).tolist() == [SLOPE, SLOPE, 1]
    assert function("tanh", 1).values(np.array([0], dtype=object)).tolist() == [1]


def test_a_function_of_which_nothing_is_known() -> None:
    f = Function("f")
    assert f.is_generic and not Function("gelu").is_generic
    assert f.expression(z) == sp.Function("f")(z)
    assert f.differentiated().differentiated().expression(z) == sp.diff(sp.Function("f")(z), z, 2)
    assert latex_of(f.differentiated().tree(Name("z"))) == r"f'\left(z\right)"
    with pytest.raises(SymconvError, match=r"the numbers of f: nothing is known of it.*relu"):
        f.values(np.zeros(2))


def test_functions_that_differ_are_different_tensors() -> None:
    """Also in the slope alone, and in the order."""
    argument = Tensor("z", 1, (Polynomial.constant(3),))
    made = [
        Function("relu"),
        Function("relu", 1),
        Function("leaky_relu"),
        Function("leaky_relu", 0, (SLOPE,)),
        Function("f"),
    ]
    assert len({pointwise(one, argument) for one in made}) == len(made)
    assert pointwise(Function("relu"), argument) == pointwise(Function("relu"), argument)


# -- functions of tensors ------------------------------------------------------------------------------


def constant(index: Sequence[int]) -> tuple[Polynomial, ...]:
    return tuple(map(Polynomial.constant, index))


def entry_of(form: Form, entries: dict[str, Callable[[tuple[int, ...]], sp.Expr]]) -> sp.Expr:
    """A form without sums and names, read factor by factor."""
    total = sp.S.Zero
    for term in form:
        assert not term.bound
        value = sp.sympify(term.coefficient.value)
        for factor in term.factors:
            if isinstance(factor, Delta):
                value *= int(factor.expression.value == 0)
            else:
                assert isinstance(factor, Access)
                value *= entries[factor.tensor.name](tuple(int(index.value) for index in factor.indices))
        total += value
    return total


@pytest.mark.parametrize(("at", "by"), [((0,), (0,)), ((1,), (0,)), ((2,), (2,))])
def test_the_product_and_the_chain_rule(at: tuple[int], by: tuple[int]) -> None:
    """Of 3 z f(z) tanh(z)^2 + f(z) + z^2, entry by entry."""
    symbols = sp.symbols("z:3")
    argument = Tensor("z", 1, constant((3,)))
    f, tanh = (pointwise(Function(name), argument) for name in ("f", "tanh"))

    def term(coefficient: int, *tensors: Tensor) -> Term:
        return Term.make(Polynomial.constant(coefficient), [Access(tensor, constant(at)) for tensor in tensors])

    def entry(name: str) -> Callable[[tuple[int, ...]], sp.Expr]:
        function = Function(name.split("(")[0].rstrip("'"), name.count("'"))
        return lambda index: symbols[index[0]] if name == "z" else function.expression(symbols[index[0]])

    form = Form((term(3, argument, f, tanh, tanh), term(1, f), term(1, argument, argument)))
    entries = {name: entry(name) for name in ("z", "f(z)", "f'(z)", "tanh(z)", "tanh'(z)")}
    found = entry_of(derivative(form, argument, constant(by)), entries)
    z, F = symbols[at[0]], sp.Function("f")
    expected = sp.diff(3 * z * F(z) * sp.tanh(z) ** 2 + F(z) + z**2, symbols[by[0]])
    assert sp.expand(found - expected) == 0


SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((3,), (0,)),
    ((2, 3), (1,)),
    ((2, 2, 2), (1,)),
    ((2, 2, 2), (1, 2)),
]


@pytest.mark.parametrize(("shape", "classes"), SHAPES)
@pytest.mark.parametrize("log", [False, True])
def test_the_derivative_of_softmax(shape: tuple[int, ...], classes: tuple[int, ...], log: bool) -> None:
    """For every entry of p, or of log p, by every entry of z."""
    symbols = {at: sp.Symbol("z" + "".join(map(str, at))) for at in np.ndindex(shape)}

    def together(at: tuple[int, ...], by: tuple[int, ...]) -> bool:
        return all(place in classes or one == other for place, (one, other) in enumerate(zip(at, by)))

    def p(at: tuple[int, ...]) -> sp.Expr:
        return sp.exp(symbols[at]) / sum(sp.exp(symbol) for other, symbol in symbols.items() if together(at, other))

    argument = Tensor("z", len(shape), constant(shape))
    applied = softmax("p", argument, classes, log).applied
    assert isinstance(applied, Softmax)
    values = {symbol: sp.Rational(number, 7) for number, symbol in enumerate(symbols.values())}
    for at, by in product(symbols, symbols):
        found = entry_of(applied.derivative(constant(at), constant(by)), {"p": p})
        expected = sp.diff(sp.log(p(at)) if log else p(at), symbols[by])
        assert sp.simplify(found - expected) == 0 or abs((found - expected).subs(values).evalf(50)) < 1e-45, (at, by)


@pytest.mark.parametrize(("shape", "classes"), SHAPES)
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3, 1e150])
def test_the_numbers_of_softmax(shape: tuple[int, ...], classes: tuple[int, ...], scale: float) -> None:
    """log p is finite where p is 0 in float64."""
    argument = Tensor("z", len(shape), constant(shape))
    numbers = scale * np.random.default_rng(0).standard_normal(shape)
    p, logarithm = (softmax("p", argument, classes, log).applied.values(numbers) for log in (False, True))
    assert np.isfinite(logarithm).all()
    with mpmath.workdps(60):
        for at in np.ndindex(shape):
            along = tuple(slice(None) if place in classes else one for place, one in enumerate(at))
            others = [mpf(float(other)) for other in np.ravel(numbers[along])]
            most = max(others)
            expected = mpf(float(numbers[at])) - most - mpmath.log(sum(mpmath.exp(other - most) for other in others))
            assert abs(mpf(float(logarithm[at])) - expected) <= 1e-15 * max(1, 3 * scale)
            assert abs(mpf(float(p[at])) - mpmath.exp(expected)) <= 1e-15 * max(1, 3 * min(scale, 1e3))


def test_the_inverse_root() -> None:
    argument = Tensor("var", 1, constant((3,)))
    applied = InverseRoot(argument, Fraction(1, 4))
    assert applied.values(np.array([0.0, 2.0, 6.0])).tolist() == [2.0, 1 / 1.5, 0.4]
    assert applied.expression(sp.Symbol) == 1 / sp.sqrt(sp.Symbol("var") + sp.Rational(1, 4))
    (slope,) = applied.derivative(constant((0,)), constant((0,)))
    value, v = sp.Integer(1), sp.Symbol("var")
    for factor in slope.factors:
        if isinstance(factor, Access):
            assert factor.tensor.applied is not None
            value *= factor.tensor.applied.expression(sp.Symbol)
    assert slope.coefficient.value is not None
    assert sp.simplify(value * sp.Rational(slope.coefficient.value) - sp.diff(applied.expression(sp.Symbol), v)) == 0


def test_text_among_numbers_is_never_evaluated() -> None:
    """An array of objects may hold text; SymPy would read it as Python."""
    harmful = "__import__('symconv').__setattr__('harmed', True)"
    formula = Sequential(Activation("tanh"), input_shape=(1,)).forward["a1"]
    with pytest.raises(SymconvError, match="an entry of type str: not a number"):
        formula.evaluate(X=np.array([harmful], dtype=object))
    with pytest.raises(SymconvError, match="some entries are not numbers"):
        function("relu", 0).values(np.array([harmful], dtype=object))
    assert not hasattr(symconv, "harmed")
