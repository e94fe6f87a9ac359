"""Derivatives of people's own formulas: against SymPy's, entry by entry, of sums that are written out in loops."""

from __future__ import annotations

import itertools
import random
import re
from typing import ClassVar

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, check, differentiate, prove_equal
from symconv.derivatives import formula_of
from symconv.errors import ClaimError, FormulaError, SymconvError
from symconv.formulas.own import OwnFormula


class Drawn:
    """A random formula: a sum of products of entries, as text, and the same in loops."""

    RANKS: ClassVar = {"x": 1, "w": 1, "a": 2}

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.bound = self.draw.randint(1, 2)
        self.terms = [self.term() for _ in range(self.draw.randint(1, 2))]
        self.sizes = {name: [self.draw.randint(1, 3) for _ in range(rank)] for name, rank in self.RANKS.items()}
        self.size = self.draw.randint(1, 3)

    def term(self) -> tuple[int, list[tuple[str, list[tuple[int, int, int, int]]]]]:
        """A coefficient, and entries with indices c + a i + b k + d l; each summed letter stands alone once."""
        letters = [[0, 0, 1, 0], [0, 0, 0, 1]][: self.bound]
        factors = []
        for own in letters:
            name = self.draw.choice(["x", "w", "a"])
            factors.append((name, [tuple(own), *(self.index() for _ in range(self.RANKS[name] - 1))]))
        for _ in range(self.draw.randint(1, 2)):
            name = self.draw.choice(list(self.RANKS))
            factors.append((name, [self.index() for _ in range(self.RANKS[name])]))
        return self.draw.choice([1, -1, 2, 3]), factors

    def index(self) -> tuple[int, int, int, int]:
        step = self.draw.choice([(0, 1), (-1, 1), (1, 2), (0, 0)])
        parts = [self.draw.choice([0, 0, 1, -1, 2]) for _ in range(1 + self.bound)]
        return (self.draw.choice(step), *parts, *([0] * (2 - self.bound)))  # type: ignore[return-value]

    @property
    def text(self) -> str:
        def index(one: tuple[int, ...]) -> str:
            constant, *rest = one
            parts = [f"{c}*{letter}" for c, letter in zip(rest, "ikl") if c]
            return " + ".join([*parts, str(constant)] if constant or not parts else parts).replace("+ -", "- ")

        over = ", ".join("kl"[: self.bound])
        products = [
            f"{c}*" + "*".join(f"{name}[{', '.join(map(index, at))}]" for name, at in factors)
            for c, factors in self.terms
        ]
        return f"y[i] = sum({over}, {' + '.join(products).replace('+ -', '- ')})"

    def entry(self, i: int) -> sp.Expr:
        """The entry in a loop; every number that a summed letter can be is inside some tensor."""
        total = sp.S.Zero
        for c, factors in self.terms:
            for numbers in itertools.product(range(3), repeat=self.bound):
                values = (1, i, *numbers, *([0] * (2 - self.bound)))
                product = sp.Integer(c)
                for name, at in factors:
                    place = [sum(a * b for a, b in zip(one, values)) for one in at]
                    inside = all(0 <= n < size for n, size in zip(place, self.sizes[name]))
                    product *= self.symbol(name, place) if inside else 0
                total += product
        return sp.expand(total)

    @staticmethod
    def symbol(name: str, place: list[int] | tuple[int, ...]) -> sp.Symbol:
        return sp.Symbol(f"{name}_{'_'.join(map(str, place))}")

    def entries(self, name: str) -> list[sp.Symbol]:
        return [self.symbol(name, place) for place in itertools.product(*map(range, self.sizes[name]))]


def assert_right(seed: int) -> None:
    drawn = Drawn(seed)
    used = [name for name in drawn.RANKS if f"{name}[" in drawn.text]
    numbers = {name: np.array([drawn.draw.randint(-3, 3) for _ in drawn.entries(name)], dtype=object) for name in used}
    values = {one: int(v) for name in used for one, v in zip(drawn.entries(name), numbers[name])}
    arrays = {name: numbers[name].reshape(drawn.sizes[name]) for name in used}
    first, second = drawn.draw.choice(used), drawn.draw.choice(used)
    found = differentiate(drawn.text, first)
    twice = differentiate(found, second)
    sizes = {"n_y": drawn.size}
    for formula, by in ((formula_of(drawn.text), ()), (found, (first,)), (twice, (first, second))):
        expected = []
        for i in range(drawn.size):
            row = [drawn.entry(i)]
            for name in by:
                row = [sp.diff(one, entry) for one in row for entry in drawn.entries(name)]
            expected += [int(one.subs(values)) for one in row]
        needed = {name: arrays[name] for name in used}
        concrete = formula.at(**sizes, **_sizes(formula, arrays))
        got = concrete.evaluate(**{name: needed[name] for name in concrete.tensors_needed})
        assert got.ravel().tolist() == expected, (drawn.text, by, formula.text())


def _sizes(formula: OwnFormula, arrays: dict[str, np.ndarray]) -> dict[str, int]:
    """n_x, n_a1, n_a2 of the arrays."""
    found = {}
    for name, array in arrays.items():
        numbers = [""] if array.ndim == 1 else range(1, array.ndim + 1)
        found |= {f"n_{name}{number}": size for number, size in zip(numbers, array.shape)}
    return {name: size for name, size in found.items() if name in formula.symbols}


def test_random_formulas_are_differentiated_once_and_twice() -> None:
    for seed in range(5):
        assert_right(seed)


@pytest.mark.exhaustive
def test_many_random_formulas_are_differentiated_once_and_twice() -> None:
    for seed in range(5, 400):
        assert_right(seed)


def test_a_derivative_is_a_formula_again() -> None:
    slope = differentiate("y[i] = sum(k, w[k]^2*x[i + k])", "w")
    assert slope.text() == "dy_dw[i, k] = 2*w[k]*x[i + k]"
    assert slope.latex() == r"\frac{\partial y_{i}}{\partial w_{k}} = 2 \, w_{k} \, x_{i + k}"
    twice = differentiate(slope, "x")
    assert str(twice.quantity) == "d2y_dw_dx"
    assert twice.unicode() == "∂²y[i]/(∂w[k] ∂x[j]) = 2 w[k] [j = i + k]"
    assert twice.at(n_y=1).evaluate(w=[3, 4], x=[0, 0]).tolist() == [[[6, 0], [0, 8]]]
    assert twice == differentiate("y[i] = sum(k, w[k]^2*x[i + k])", "w", "x")
    assert differentiate(twice, "w").text() == "d3y_dw_dx_dw[i, k, j, k'] = 2*[j = i + k]*[k = k']"


def test_formulas_are_read_in_every_spelling() -> None:
    x, w, y = map(sp.IndexedBase, "xwy")
    i, k, K = sp.symbols("i k K", integer=True)
    ways = [
        "y[i] = sum(k = 0..K-1, w[k]*x[i + k])",
        r"y_i = \sum_{k=0}^{K-1} w_k x_{i+k}",
        "y[i] = sum(w[k]*x[i + k] for k in range(K))",
        sp.Eq(y[i], sp.Sum(w[k] * x[i + k], (k, 0, K - 1))),
    ]
    first, *others = [differentiate(way, "w") for way in ways]
    assert all(prove_equal(first, other).proved for other in others)
    assert differentiate(ways[0], w).text() == differentiate(ways[0], "w").text()
    assert differentiate(ways[0], "x[m]").text() == "dy_dx[i, m] = w[m - i]"


def test_products_of_letters_in_an_index() -> None:
    """In brackets a product, in a subscript two indices."""
    assert differentiate("y[i] = sum(k, w[k]*x[i*k])", "x").text() == "dy_dx[i, j] = sum(k, w[k]*[j = i*k])"
    assert differentiate(r"y_i = \sum_k w_{i k} x_k", "w").text() == "dy_dw[i, i', k] = x[k]*[i = i']"
    assert differentiate("y = a*b^2", "b").text() == "dy_db = 2*a*b"


def test_own_derivatives_are_proved_and_refuted() -> None:
    x, w = (
        sp.IndexedBase("x", (sp.Symbol("n_x", integer=True),)),
        sp.IndexedBase("w", (sp.Symbol("n_w", integer=True),)),
    )
    i, k = sp.symbols("i k", integer=True)
    slope = differentiate("y[i] = sum(k, w[k]^2*x[i + k])", "w")
    assert prove_equal(slope, 2 * w[k] * x[i + k]).proved
    assert prove_equal(slope, 2 * w[k] * x[i - k]).refuted


@pytest.mark.parametrize(
    "text",
    [
        "y[i] = tanh(z[i])^2*w[i]",
        "y[o, i] = sum(c, k, w[o, c, k]*X[c, s*i + d*k - p]) + b[o]",
        "L = sum(i, (h[i] - t[i])^2)/2",
        "y[i] = sum(k = 0..K-1, w[k]*x[floor((i + k)/2)])",
    ],
)
def test_what_is_printed_is_read(text: str) -> None:
    for name in formula_of(text).layouts:
        for found in (differentiate(text, name), differentiate(text, name, name)):
            assert check(found, found.text()).holds, found.text()


def test_claims_about_an_own_derivative_are_checked() -> None:
    slope = differentiate("y[i] = sum(k, w[k]^2*x[i + k])", "w")
    right = ("2*w[k]*x[i + k]", "dy_dw[a, b] = 2*w[b]*x[a + b]", "dy_dw[i, k] = w[k]*x[i + k] + x[i + k]*w[k]")
    assert all(check(slope, claim).holds for claim in right)
    for claim in ("w[k]*x[i + k]", "dy_dw[i, k] = 2*w[k]*x[i - k]", "2*w[k]*q[i + k]"):
        assert check(slope, claim).statements[0].verdict.refuted
    for claim in ("dy_dx[i, k] = 2*w[k]", "2*w[k", 3):
        with pytest.raises(SymconvError):
            check(slope, claim)


def test_a_layers_gradients_are_differentiated_again() -> None:
    conv = Conv.general(1)
    assert differentiate(conv.direct.grad_weight, "X").text() == (
        "d2L_dw_dX[o, c, k, c', j] = sum(i, delta[o, i]*[c = c']*[j = s*i + d*k - p])"
    )
    assert prove_equal(differentiate(conv.direct.output, "w"), conv.direct.jacobian("weight")).proved
    mixed = differentiate(conv.direct.output, "w", "X")
    other = differentiate(conv.patches.output, "w", "X")
    assert prove_equal(mixed, other).proved


@pytest.mark.parametrize("text", ["x * exp(x)", "exp(x) * log(x)", "2 * x * sin(x)^2 / 3", "x * cos(x)"])
def test_functions_of_numbers_are_differentiated_as_sympy_does(text: str) -> None:
    found = differentiate(f"y[i] = {re.sub(r'x(?!p)', 'x[i]', text)}", "x")
    x = sp.Symbol("x")
    right = sp.lambdify(x, sp.diff(sp.sympify(text.replace("^", "**")), x))
    numbers = np.array([0.3, 1.2, 2.5])
    np.testing.assert_allclose(found.at(n_y=3).evaluate(x=numbers), np.diag(right(numbers)), atol=1e-12)


def test_functions_are_differentiated_twice() -> None:
    f = "y[i] = tanh(z[i])^2"
    twice = differentiate(f, "z", "z").at(n_y=2)
    z = np.array([0.3, -1.1])
    t = sp.Symbol("t")
    second = sp.lambdify(t, sp.diff(sp.tanh(t) ** 2, t, 2))
    expected = np.zeros((2, 2, 2))
    for n in range(2):
        expected[n, n, n] = second(z[n])
    np.testing.assert_allclose(twice.evaluate(z=z), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("y[i] = x[k]", "no sum binds k"),
        ("y[i] = x[i", "'\\[' is not closed"),
        ("y[i + 1] = x[i]", "left side is not an entry with letters"),
        ("y[i] = foo(x[i])", "foo is not a function that formulas have; use relu"),
        ("L = sum(i, t[i]*tan(p[i]))", "tan is not a function that formulas have"),
        ("y[i] = 2 x[i] sinh(x[i])^2/3", "sinh is not a function that formulas have"),
        ("y[i] = x[i]^2 + y[i]", "y stands on both sides"),
        ("h = erf(x)", "erf is not a function that formulas have"),
        ("y = sum(k, x[k]*x[k, k])", "1 indices in one place and 2 in another"),
        ("y[i] = x[i]/n", "the divisor may be 0"),
        ("__import__('os')", "is not expected there"),
        ("", "it says nothing"),
    ],
)
def test_text_that_is_no_formula_is_an_error_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ClaimError, match=words):
        differentiate(text, "x")


@pytest.mark.parametrize("by", ["z", "x[", "x[1]", "x[i]", "x[m, n]", 3, None, "y", ""])
def test_what_is_no_tensor_is_an_error(by: object) -> None:
    with pytest.raises(FormulaError):
        differentiate("y[i] = sum(k, w[k]*x[i + k])", by)


def test_numbers_that_do_not_fit_are_errors() -> None:
    slope = differentiate("y[i] = sum(k = 0..K-1, w[k]*x[i + s*k])", "w")
    for wrong in ({"K": 0}, {"K": 1.5}, {"Q": 2}, {"s": 0}):
        with pytest.raises(FormulaError):
            slope.at(**wrong)
    with pytest.raises(FormulaError, match="has no number"):
        slope.evaluate(x=[1, 2])
    with pytest.raises(SymconvError):
        slope.at(K=2, s=1, n_y=1, n_x=3).evaluate(x=[1, 2])
    with pytest.raises(SymconvError, match="no such tensor"):
        differentiate("y[i] = x[i]", "x", shapes={"q": (3,)})
    with pytest.raises(SymconvError, match="give 1 sizes"):
        differentiate("y[i] = x[i]", "x", shapes={"x": (3, 4)})
    assert differentiate("y[i] = x[i]", "x", shapes={"x": (3,), "y": ("m",)}).shape[1] == 3
