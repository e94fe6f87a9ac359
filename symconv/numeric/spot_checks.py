"""Spot checks: every view in numbers against an independent forward pass and finite differences.

The forward pass (``reference.py``) is plain NumPy and knows none of the formulas. The
gradients are checked against central differences of a scalar loss of that forward pass only. On integers
the loss is quadratic, L = 1/2 sum (h - t)^2, so that (L(+1) - L(-1)) / 2 is its derivative exactly; on
floats it is sum log cosh h.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer, require_layer
from symconv.numeric.reference import forward, reference
from symconv.numeric.reports import SpotTable, finite, require_draws, require_spot_check

Array = npt.NDArray[Any]

LARGEST_DRAWN = 4
"""Sizes of a layer with symbols are drawn up to this."""
DIFFERENCES = 24
"""In one trial, at most 24 entries of a gradient, drawn at random, are compared with differences."""
WORK = 20_000_000
"""Of a large layer fewer: about 20,000,000 product terms are made for one gradient and trial."""
STEP = 1e-5
TOLERANCE = 1e-6
"""Floats: step of the central difference, and the largest error relative to the gradient's size."""


Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class SpotRow:
    """One check, over all trials: the worst error and the tolerance that it must not pass."""

    view: str
    quantity: str
    numbers: str
    against: str
    entries: int
    error: float
    tolerance: float

    @property
    def check(self) -> str:
        return f"{self.view} {self.quantity} in {self.numbers}"

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance

    def to_dict(self) -> dict[str, Any]:
        return {
            "view": self.view, "quantity": self.quantity, "numbers": self.numbers, "against": self.against,
            "entries": self.entries, "error": finite(self.error), "tolerance": self.tolerance, "passed": self.passed,
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class SpotReport(SpotTable):
    """What ``spot_check`` found: one row a check."""

    conv: Layer
    seed: int
    trials: int
    sizes: tuple[str, ...]
    rows: tuple[SpotRow, ...]

    def _table(self, style: str) -> str:
        from tabulate import tabulate  # slow to load, and only needed to print

        rows = [
            [r.view, r.quantity, r.numbers, r.against, r.entries, f"{r.error:.1e}" if r.error else "0",
             f"{r.tolerance:.0e}" if r.tolerance else "exact", "yes" if r.passed else "NO"]
            for r in self.rows
        ]  # fmt: skip
        head = ["view", "quantity", "numbers", "against", "entries", "error", "tolerance", "passed"]
        return str(
            tabulate(
                rows, head, tablefmt=style, disable_numparse=True, colalign=["left"] * 4 + ["right"] * 3 + ["left"]
            )
        )

    def __str__(self) -> str:
        drawn = (
            f"\nsizes drawn: {'; '.join(self.sizes[:4])}{' ..' if len(self.sizes) > 4 else ''}" if self.sizes else ""
        )
        result = "all passed" if self.passed else "FAILED"
        return f"{self.conv!r}: {self.trials} trials, seed {self.seed}, {result}{drawn}\n\n{self._table('simple')}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": repr(self.conv), "seed": self.seed, "trials": self.trials, "passed": self.passed,
            "max_error": finite(self.max_error), "sizes": list(self.sizes),
            "rows": [row.to_dict() for row in self.rows],
        }  # fmt: skip


def spot_check(conv: Layer, seed: int = 0, trials: int = 20, *, progress: Progress | None = None) -> SpotReport:
    """Check outputs and gradients of every view in numbers.

    Args:
        conv: a layer; the sizes of one with symbols are drawn anew in every trial.
        seed: of all random numbers.
        trials: >= 1; each draws integers (compared exactly) and floats.
        progress: called with (trials done, trials in all, what is done).

    Raises:
        SymconvError: ``trials`` or ``seed`` is no such number.

    >>> from symconv.layers import Conv
    >>> report = spot_check(Conv(3, 2), trials=2)
    >>> report.passed, report.max_error < 1e-6
    (True, True)
    """
    require_layer(conv, "a spot check")
    trials, seed = require_draws(trials, seed)
    sizes: list[str] = []
    rows: dict[str, SpotRow] = {}
    for trial, layer in enumerate(_layers(conv, seed, trials, sizes)):
        require_spot_check(layer, trials)
        if progress is not None:
            progress(trial, trials, "checking numbers")
        generator = np.random.default_rng((seed, trial))
        for row in (*_on_integers(layer, generator), *_on_floats(layer, generator)):
            so_far = rows.get(row.check)
            rows[row.check] = row if so_far is None else _both(so_far, row)
    return SpotReport(conv, seed, trials, tuple(sizes), tuple(rows.values()))


def _both(one: SpotRow, other: SpotRow) -> SpotRow:
    return replace(
        one, entries=one.entries + other.entries, error=float(np.maximum(one.error, other.error))
    )  # keeps a nan


def _layers(conv: Layer, seed: int, trials: int, sizes: list[str]) -> Iterator[Layer]:
    """The layer, once a trial; one with symbols gets sizes, which are noted in ``sizes``."""
    generator = random.Random(seed)
    for _ in range(trials):
        if conv.is_concrete:
            yield conv
            continue
        values = conv.assumptions.draw(conv.symbol_names, generator, LARGEST_DRAWN)
        if values is None:
            raise SymconvError(
                repr(conv), "no sizes were found at which the kernel fits", "check one layer with conv.at(..)"
            )
        chosen = {name: values[name] for name in conv.symbol_names}
        sizes.append(", ".join(f"{name}={value}" for name, value in chosen.items()))
        yield conv.at(**chosen)


# -- one trial -----------------------------------------------------------------------------------------

Draw = Callable[[tuple[int, ...]], Array]


def _on_integers(conv: Layer, generator: np.random.Generator) -> Iterator[SpotRow]:
    """Exact, on integers and fractions: every error must be 0."""

    def draw(shape: tuple[int, ...]) -> Array:
        return generator.integers(-9, 10, shape)

    target = draw(_shape(conv.output_shape))

    def twice_loss(output: Array) -> Any:
        return ((output - target) ** 2).sum()

    def difference(loss_above: Any, loss_below: Any) -> Any:  # of twice the loss, at distance 1 on either side
        return Fraction(loss_above - loss_below) / 4

    yield from _trial(conv, generator, draw, 1, twice_loss, lambda h: h - target, difference, "integers", 0.0)


def _on_floats(conv: Layer, generator: np.random.Generator) -> Iterator[SpotRow]:
    """To within TOLERANCE of the gradient's size."""

    def loss(output: Array) -> Any:
        return np.logaddexp(output, -output).sum()

    def difference(loss_above: Any, loss_below: Any) -> Any:
        return (loss_above - loss_below) / (2 * STEP)

    yield from _trial(conv, generator, generator.standard_normal, STEP, loss, np.tanh, difference, "floats", TOLERANCE)


def _trial(
    conv: Layer,
    generator: np.random.Generator,
    draw: Draw,
    step: float,
    loss: Callable[[Array], Any],
    loss_gradient: Callable[[Array], Array],
    difference: Callable[[Any, Any], Any],
    numbers: str,
    tolerance: float,
) -> Iterator[SpotRow]:
    names = conv.notation
    roles = [role for role in ("input", "weight", "bias") if f"grad_{role}" in conv.quantities]
    parameters = {role: draw(_shape(getattr(conv, f"{role}_shape"))) for role in roles}

    def run(changed: dict[str, Array]) -> Array:
        return forward(conv, changed)

    expected = run(parameters)
    arrays = {getattr(names, role): value for role, value in parameters.items()}
    arrays[names.grad_output] = loss_gradient(expected)
    for name, view in conv.views.items():
        values = view.output.evaluate(**_needed(view.output, arrays))
        error = _distance(values, expected, expected, tolerance)
        yield SpotRow(name, "output", numbers, reference(conv).method, expected.size, error, tolerance)
    # A difference of two losses cannot be more exact than the losses themselves.
    noise = 0.0 if tolerance == 0 else 10 * np.finfo(float).eps * abs(float(loss(expected))) / (step * tolerance)
    for role, parameter in parameters.items():
        places = _places(parameter, _differences(conv), generator)
        slopes = np.array([_slope(parameters, role, at, step, run, loss, difference) for at in places])
        scale = np.append(slopes, noise)
        gradients = {name: getattr(view, f"grad_{role}") for name, view in conv.views.items()}
        found = {name: gradient.evaluate(**_needed(gradient, arrays)) for name, gradient in gradients.items()}
        first = next(iter(found.values()))
        for name, values in found.items():
            # Entries that are not differenced are compared with the first view's.
            error = _distance(values, first, scale, tolerance)
            if values.shape == parameter.shape:
                sampled = np.array([values[at] for at in places])
                error = float(np.maximum(error, _distance(sampled, slopes, scale, tolerance)))
            else:
                error = float("inf")
            yield SpotRow(name, f"grad_{role}", numbers, "central differences", len(places), error, tolerance)


def _slope(
    parameters: dict[str, Array],
    role: str,
    at: tuple[int, ...],
    step: float,
    run: Callable[[dict[str, Array]], Array],
    loss: Callable[[Array], Any],
    difference: Callable[[Any, Any], Any],
) -> Any:
    losses = []
    for sign in (1, -1):
        moved = parameters[role].copy()
        moved[at] += sign * step
        losses.append(loss(run({**parameters, role: moved})))
    return difference(*losses)


def _differences(conv: Layer) -> int:
    terms = prod(_shape(conv.output_shape)) * prod(_shape(conv.kernel_size)) * int(conv.in_channels)
    return max(2, min(DIFFERENCES, WORK // (2 * terms)))


def _places(array: Array, count: int, generator: np.random.Generator) -> list[tuple[int, ...]]:
    chosen = generator.permutation(array.size)[:count]
    return [tuple(int(i) for i in np.unravel_index(flat, array.shape)) for flat in chosen]


def _distance(values: Array, expected: Array, scale: Array, tolerance: float) -> float:
    """The largest error, on floats as a part of the largest number of ``scale`` (at least 1); inf for another shape."""
    if np.shape(values) != np.shape(expected):
        return float("inf")
    largest = float(np.abs(values - expected).max()) if np.size(values) else 0.0
    return largest if tolerance == 0 else largest / max(1.0, float(np.abs(scale).max()))


def _needed(formula: TensorFormula, arrays: dict[str, Array]) -> dict[str, Array]:
    return {tensor.name: arrays[tensor.name] for tensor in formula.form.tensors if tensor.name in arrays}


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)
