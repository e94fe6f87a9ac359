"""What is known of activations: their formulas in SymPy and NumPy, with derivatives.

Where a derivative does not exist, it is what PyTorch has there: relu'(0) = 0, and leaky relu has its negative slope
at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.foundations.values import FrozenMapping, freeze

Array = npt.NDArray[Any]
Of = Callable[..., Any]
"""Of z and the options: a value, or a condition."""


def _smooth(*options: Fraction) -> tuple[Fraction, ...]:
    return ()


@dataclass(frozen=True)
class Known:
    """What is known of a function: its formulas in SymPy and in NumPy, and those of its derivatives, in order.

    Each takes z and the ``options``, numbers with the names that PyTorch gives them, here with their usual values.
    ``latex`` is the function's sign, without its argument. ``words`` is the convention at points where it has no
    derivative, if there are any, and ``kinks`` are these points.
    """

    latex: str
    formulas: tuple[Of, ...]
    numbers: tuple[Of, ...]
    words: str = ""
    options: Mapping[str, Fraction] = FrozenMapping()
    kinks: Callable[..., tuple[Fraction, ...]] = _smooth

    def __post_init__(self) -> None:
        freeze(self, "options")


def _piecewise(latex: str, pieces: tuple[tuple[Of, tuple[Of, ...]], ...], **more: Any) -> Known:
    """A function in pieces: each a condition, for the first that holds, with its values and derivatives.

    All of them are written in what SymPy and NumPy both have.
    """
    orders = range(len(pieces[0][1]))

    def formula(order: int) -> Of:
        def of(z: sp.Expr, *options: sp.Expr) -> sp.Expr:
            found = [(sp.sympify(own[order](z, *options)), holds(z, *options)) for holds, own in pieces]
            return sp.Piecewise(*found[:-1], (found[-1][0], True))

        return of

    def numbers(order: int) -> Of:
        def of(z: Array, *options: float) -> Array:
            conditions = [holds(z, *options) for holds, _ in pieces]
            return np.select(conditions, [own[order](z, *options) + z * 0 for _, own in pieces])

        return of

    return Known(f"\\operatorname{{{latex}}}", tuple(map(formula, orders)), tuple(map(numbers, orders)), **more)


def _step(z: sp.Expr, above: sp.Expr, else_: sp.Expr) -> sp.Expr:
    return sp.Piecewise((above, z > 0), (else_, True))


def _always(z: Any, *options: Any) -> Any:
    return z == z


def _zero(z: Any, *options: Any) -> Any:
    return 0


def _one(z: Any, *options: Any) -> Any:
    return 1


def _same(z: Any, *options: Any) -> Any:
    return z


def _logistic(z: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-z))


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


_erfc = np.vectorize(math.erfc, otypes=[float])


def _normal(z: Array) -> Array:
    """The normal density; 0 past 40, where a float underflows."""
    return np.exp(-(np.clip(z, -40, 40) ** 2) / 2) / math.sqrt(2 * math.pi)


def _below(z: Array) -> Array:
    """The normal distribution."""
    return np.asarray(_erfc(-z / math.sqrt(2)) / 2)


def _density(z: sp.Expr) -> sp.Expr:
    return sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


def _cumulative(z: sp.Expr) -> sp.Expr:
    return (1 + sp.erf(z / sp.sqrt(2))) / 2


def _hill(z: Array) -> Array:
    """1 / cosh(z)^2."""
    return np.asarray(1 / np.cosh(np.clip(z, -350, 350)) ** 2)


def _exponential(z: Any) -> Any:
    """e^z for z <= 0, in SymPy or NumPy."""
    return sp.exp(z) if isinstance(z, sp.Expr) else np.exp(np.minimum(z, 0))


def _less_one(z: Any) -> Any:
    """e^z - 1 for z <= 0."""
    return sp.exp(z) - 1 if isinstance(z, sp.Expr) else np.expm1(np.minimum(z, 0))


SELU_ALPHA = Fraction("1.6732632423543772848170429916717")
SELU_SCALE = Fraction("1.0507009873554804934193349852946")
"""As Klambauer et al. (2017) have them."""


def _exact(number: Fraction, z: Any) -> Any:
    return sp.Rational(number) if isinstance(z, sp.Expr) else float(number)


def _selu(factor: Fraction, of: Of = _one) -> Of:
    return lambda z: _exact(factor, z) * of(z)


_TABLE: dict[str, Known] = {
    "relu": Known(
        r"\operatorname{relu}",
        (lambda z: _step(z, z, sp.S.Zero), lambda z: _step(z, sp.S.One, sp.S.Zero), lambda z: sp.S.Zero),
        (lambda z: np.where(z > 0, z, z * 0), lambda z: np.where(z > 0, 1, 0) + z * 0, lambda z: z * 0),
        "relu'(0) = 0",
        kinks=lambda: (Fraction(0),),
    ),
    "leaky_relu": Known(
        r"\operatorname{lrelu}",
        (lambda z, a: _step(z, z, a * z), lambda z, a: _step(z, sp.S.One, a), lambda z, a: sp.S.Zero),
        (lambda z, a: np.where(z > 0, z, a * z), lambda z, a: np.where(z > 0, 1.0, a), lambda z, a: z * 0),
        "lrelu'(0) is the negative slope",
        {"negative_slope": Fraction(1, 100)},
        lambda a: (Fraction(0),),
    ),
    "sigmoid": Known(
        r"\sigma",
        (
            _logistic,
            lambda z: _logistic(z) * (1 - _logistic(z)),
            lambda z: _logistic(z) * (1 - _logistic(z)) * (1 - 2 * _logistic(z)),
        ),
        (
            _sigmoid,
            lambda z: _sigmoid(z) * _sigmoid(-z),
            lambda z: _sigmoid(z) * _sigmoid(-z) * (_sigmoid(-z) - _sigmoid(z)),
        ),
    ),
    "tanh": Known(
        r"\tanh",
        (sp.tanh, lambda z: 1 - sp.tanh(z) ** 2, lambda z: -2 * sp.tanh(z) * (1 - sp.tanh(z) ** 2)),
        (np.tanh, _hill, lambda z: -2 * np.tanh(z) * _hill(z)),
    ),
    "softplus": Known(
        r"\operatorname{softplus}",
        (lambda z: sp.log(1 + sp.exp(z)), _logistic, lambda z: _logistic(z) * (1 - _logistic(z))),
        (lambda z: np.logaddexp(0, z), _sigmoid, lambda z: _sigmoid(z) * _sigmoid(-z)),
    ),
    "gelu": Known(
        r"\operatorname{gelu}",
        (
            lambda z: z * _cumulative(z),
            lambda z: _cumulative(z) + z * _density(z),
            lambda z: (2 - z**2) * _density(z),
        ),
        (
            lambda z: z * _below(z),
            lambda z: _below(z) + z * _normal(z),
            lambda z: (2 - np.clip(z, -40, 40) ** 2) * _normal(z),
        ),
    ),
    "silu": Known(
        r"\operatorname{silu}",
        (
            lambda z: z * _logistic(z),
            lambda z: _logistic(z) * (1 + z * (1 - _logistic(z))),
            lambda z: _logistic(z) * (1 - _logistic(z)) * (2 + z * (1 - 2 * _logistic(z))),
        ),
        (
            lambda z: z * _sigmoid(z),
            lambda z: _sigmoid(z) + np.clip(z, -1e3, 1e3) * _sigmoid(z) * _sigmoid(-z),
            lambda z: _sigmoid(z) * _sigmoid(-z) * (2 + np.clip(z, -1e3, 1e3) * (_sigmoid(-z) - _sigmoid(z))),
        ),
    ),
    "gelu_tanh": Known(
        r"\operatorname{gelutanh}",
        (
            lambda z: z * (1 + sp.tanh(_bent(z))) / 2,
            lambda z: (1 + sp.tanh(_bent(z))) / 2 + z * (1 - sp.tanh(_bent(z)) ** 2) * _slope(z) / 2,
            lambda z: (1 - sp.tanh(_bent(z)) ** 2)
            * (_slope(z) + z * _curve(z) / 2 - z * sp.tanh(_bent(z)) * _slope(z) ** 2),
        ),
        (
            lambda z: z * _sigmoid(2 * _bent(z)),
            lambda z: _sigmoid(2 * _bent(z)) + _near(z) * _peak(_bent(z)) * _slope(z) / 2,
            lambda z: _peak(_bent(z))
            * (_slope(z) + _near(z) * _curve(z) / 2 - _near(z) * np.tanh(_bent(z)) * _slope(z) ** 2),
        ),
    ),
    "mish": Known(
        r"\operatorname{mish}",
        (
            lambda z: z * sp.tanh(sp.log(1 + sp.exp(z))),
            lambda z: sp.tanh(sp.log(1 + sp.exp(z)))
            + z * (1 - sp.tanh(sp.log(1 + sp.exp(z))) ** 2) * _logistic(z),
            lambda z: (1 - sp.tanh(sp.log(1 + sp.exp(z))) ** 2)
            * (2 * _logistic(z) + z * _logistic(z) * (1 - _logistic(z))
               - 2 * z * sp.tanh(sp.log(1 + sp.exp(z))) * _logistic(z) ** 2),
        ),
        (
            lambda z: z * np.tanh(np.logaddexp(0, z)),
            lambda z: np.tanh(np.logaddexp(0, z)) + _near(z, 1e3) * _hill(np.logaddexp(0, z)) * _sigmoid(z),
            lambda z: _hill(np.logaddexp(0, z))
            * _sigmoid(z) * (2 + _near(z, 1e3) * (_sigmoid(-z) - 2 * np.tanh(np.logaddexp(0, z)) * _sigmoid(z))),
        ),
    ),
    "logsigmoid": Known(
        r"\operatorname{logsigmoid}",
        (
            lambda z: -sp.log(1 + sp.exp(-z)),
            lambda z: 1 - _logistic(z),
            lambda z: -_logistic(z) * (1 - _logistic(z)),
        ),
        (lambda z: -np.logaddexp(0, -z), lambda z: _sigmoid(-z), lambda z: -_sigmoid(z) * _sigmoid(-z)),
    ),
    "tanhshrink": Known(
        r"\operatorname{tanhshrink}",
        (lambda z: z - sp.tanh(z), lambda z: sp.tanh(z) ** 2, lambda z: 2 * sp.tanh(z) * (1 - sp.tanh(z) ** 2)),
        (lambda z: z - np.tanh(z), lambda z: np.tanh(z) ** 2, lambda z: 2 * np.tanh(z) * _hill(z)),
    ),
    "softsign": _piecewise(
        "softsign",
        (
            (lambda z: z >= 0, (lambda z: z / (1 + _absolute(z)), lambda z: _closeness(z) ** 2,
                                lambda z: -2 * _closeness(z) ** 3)),
            (_always, (lambda z: z / (1 + _absolute(z)), lambda z: _closeness(z) ** 2,
                       lambda z: 2 * _closeness(z) ** 3)),
        ),
    ),
    "relu6": _piecewise(
        "relu6",
        (
            (lambda z: z <= 0, (_zero, _zero, _zero)),
            (lambda z: z < 6, (_same, _one, _zero)),
            (_always, (lambda z: 6, _zero, _zero)),
        ),
        words="relu6'(0) = relu6'(6) = 0",
        kinks=lambda: (Fraction(0), Fraction(6)),
    ),
    "hardtanh": _piecewise(
        "hardtanh",
        (
            (lambda z, low, high: z <= low, (lambda z, low, high: low, _zero, _zero)),
            (lambda z, low, high: z < high, (_same, _one, _zero)),
            (_always, (lambda z, low, high: high, _zero, _zero)),
        ),
        words="hardtanh' is 0 at both of its ends",
        options={"min_val": Fraction(-1), "max_val": Fraction(1)},
        kinks=lambda low, high: (low, high),
    ),
    "hardsigmoid": _piecewise(
        "hardsigmoid",
        (
            (lambda z: z <= -3, (_zero, _zero, _zero)),
            (lambda z: z < 3, (lambda z: (z + 3) / 6, lambda z: _exact(Fraction(1, 6), z), _zero)),
            (_always, (_one, _zero, _zero)),
        ),
        words="hardsigmoid'(-3) = hardsigmoid'(3) = 0",
        kinks=lambda: (Fraction(-3), Fraction(3)),
    ),
    "hardswish": _piecewise(
        "hardswish",
        (
            (lambda z: z <= -3, (_zero, _zero, _zero)),
            (lambda z: z < 3, (lambda z: _within(z) * (_within(z) + 3) / 6, lambda z: (2 * _within(z) + 3) / 6,
                               lambda z: _exact(Fraction(1, 3), z))),
            (_always, (_same, _one, _zero)),
        ),
        words="hardswish'(-3) = 0 and hardswish'(3) = 1",
        kinks=lambda: (Fraction(-3), Fraction(3)),
    ),
    "elu": _piecewise(
        "elu",
        (
            (lambda z, a: z > 0, (_same, _one, _zero)),
            (_always, (lambda z, a: a * _less_one(z), lambda z, a: a * _exponential(z),
                       lambda z, a: a * _exponential(z))),
        ),
        words="elu'(0) is alpha",
        options={"alpha": Fraction(1)},
        kinks=lambda a: (Fraction(0),),
    ),
    "celu": _piecewise(
        "celu",
        (
            (lambda z, a: z > 0, (_same, _one, _zero)),
            (_always, (lambda z, a: a * _less_one(z / a), lambda z, a: _exponential(z / a),
                       lambda z, a: _exponential(z / a) / a)),
        ),
        options={"alpha": Fraction(1)},
    ),
    "selu": _piecewise(
        "selu",
        (
            (lambda z: z > 0, (_selu(SELU_SCALE, _same), _selu(SELU_SCALE), _zero)),
            (_always, (_selu(SELU_SCALE * SELU_ALPHA, _less_one), _selu(SELU_SCALE * SELU_ALPHA, _exponential),
                       _selu(SELU_SCALE * SELU_ALPHA, _exponential))),
        ),
        words="selu'(0) is that from below",
        kinks=lambda: (Fraction(0),),
    ),
    "softshrink": _piecewise(
        "softshrink",
        (
            (lambda z, a: z > a, (lambda z, a: z - a, _one, _zero)),
            (lambda z, a: z < -a, (lambda z, a: z + a, _one, _zero)),
            (_always, (_zero, _zero, _zero)),
        ),
        words="softshrink' is 0 at both of its kinks",
        options={"lambd": Fraction(1, 2)},
        kinks=lambda a: (-a, a),
    ),
    "hardshrink": _piecewise(
        "hardshrink",
        (
            (lambda z, a: z > a, (_same, _one, _zero)),
            (lambda z, a: z < -a, (_same, _one, _zero)),
            (_always, (_zero, _zero, _zero)),
        ),
        words="hardshrink and its derivative are 0 at both of its jumps",
        options={"lambd": Fraction(1, 2)},
        kinks=lambda a: (-a, a),
    ),
    "exp": Known(r"\exp", (sp.exp,) * 3, (np.exp,) * 3),
    "log": Known(
        r"\log",
        (sp.log, lambda z: 1 / z, lambda z: -1 / z**2),
        (np.log, lambda z: 1 / z, lambda z: -1 / z**2),
        "log has a value for positive numbers alone",
    ),
    "sin": Known(
        r"\sin", (sp.sin, sp.cos, lambda z: -sp.sin(z)), (np.sin, np.cos, lambda z: -np.sin(z)),
    ),
    "cos": Known(
        r"\cos", (sp.cos, lambda z: -sp.sin(z), lambda z: -sp.cos(z)), 
        (np.cos, lambda z: -np.sin(z), lambda z: -np.cos(z)),
    ),
    "power": Known(
        r"\operatorname{power}",
        (lambda z, p: z**p, lambda z, p: p * z ** (p - 1), lambda z, p: p * (p - 1) * z ** (p - 2)),
        (lambda z, p: z**p, lambda z, p: p * z ** (p - 1),
         lambda z, p: z * 0 if p == 1 else p * (p - 1) * z ** (p - 2)),
        "a power that is not a whole number has a value for positive numbers alone, a negative one not for 0",
        {"exponent": Fraction(2)},
    ),
}  # fmt: skip
KNOWN: Mapping[str, Known] = MappingProxyType(_TABLE)
"""Functions with known formulas; gelu is the exact one, z times the normal distribution (Hendrycks and Gimpel 2016)."""


def _bent(z: Any) -> Any:
    """sqrt(2 / pi) (z + 0.044715 z^3), whose tanh is about 2 Phi(z) - 1; in NumPy cut off where tanh is 1."""
    if isinstance(z, sp.Expr):
        return sp.sqrt(2 / sp.pi) * (z + BEND * z**3)
    z = _near(z)
    return math.sqrt(2 / math.pi) * (z + float(BEND) * z**3)


def _peak(u: Array) -> Array:
    """1 / cosh(u)^2, which is 0 far from 0."""
    return 4 * _sigmoid(2 * u) * _sigmoid(-2 * u)


def _slope(z: Any) -> Any:
    """The derivative of what is bent."""
    if isinstance(z, sp.Expr):
        return sp.sqrt(2 / sp.pi) * (1 + 3 * BEND * z**2)
    return math.sqrt(2 / math.pi) * (1 + 3 * float(BEND) * _near(z) ** 2)


def _curve(z: Any) -> Any:
    """The second one."""
    return (
        sp.sqrt(2 / sp.pi) * 6 * BEND * z
        if isinstance(z, sp.Expr)
        else math.sqrt(2 / math.pi) * 6 * float(BEND) * _near(z)
    )


def _near(z: Array, most: float = 100) -> Array:
    """The nearest number that is not far from 0; past it the factor beside it is 0."""
    return np.clip(z, -most, most)


BEND = sp.Rational("0.044715")
"""As Hendrycks and Gimpel (2016) have it."""


def _absolute(z: Any) -> Any:
    """|z|, for the pieces of softsign."""
    return sp.Abs(z) if isinstance(z, sp.Expr) else np.abs(z)


def _closeness(z: Any) -> Any:
    """1 / (1 + |z|)."""
    return 1 / (1 + _absolute(z))


def _within(z: Any) -> Any:
    """z, or in NumPy the nearest number from -3 to 3, so that no product overflows."""
    return z if isinstance(z, sp.Expr) else np.clip(z, -3, 3)
