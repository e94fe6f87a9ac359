"""Spot checks: every view in numbers against an independent forward pass and finite differences.

The forward pass (``reference.py``) is plain NumPy and knows none of the formulas. The
gradients are checked against central differences of a scalar loss of that forward pass only. On integers
the loss is quadratic, L = 1/2 sum (h - t)^2, so that (L(+1) - L(-1)) / 2 is its derivative exactly; on
floats it is sum log cosh h.

Of large layers some entries are compared, each with the sum of its own products (``sampled.py``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from symconv.errors import GeometryError, SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.given import telling
from symconv.foundations.verbs import verb
from symconv.layers import Layer
from symconv.numeric.bounds import (
    MOST_ELEMENTS,
    OVERHEAD,
    WORK,
    output_products,
    require_draws,
    require_windows,
    require_work,
)
from symconv.numeric.parts_of_layers import has_part, part_of
from symconv.numeric.products import has_products
from symconv.numeric.reference import forward
from symconv.numeric.reports import JUDGED, CheckRow, SpotTable, fewer_trials
from symconv.numeric.sampled import TOLERANCE as SAMPLED_TOLERANCE, Sampling, compare
from symconv.printing.tables import Column

Array = npt.NDArray[Any]

LARGEST_DRAWN, LEAST_DRAWN = 5, 2
"""Sizes of a layer with symbols are drawn up to 4 on three axes, and on more of them up to 3 or 2."""
DIFFERENCES = 24
"""In one trial, at most 24 entries of a gradient, drawn at random, are compared with differences."""
FEWEST, DIFFERENCED = 2, 1_000_000
"""Of a large layer fewer are: about a million product terms are made for the differences of one gradient."""
OF_A_DRAWN_LAYER = 4_000_000
"""What it costs to make a layer and its formulas, in numbers."""
DRAWS = 50
"""So many sizes are drawn until they describe a layer."""
STEP = 1e-5
TOLERANCE = 1e-6
"""Floats: step of the central difference, and the largest error relative to the gradient's size."""


Progress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class SpotRow(CheckRow):
    """One check, over all trials: the worst error and the tolerance that it must not pass.

    ``entries`` is how many entries were compared, in all trials together; of a large layer, how many of the ``of``
    entries that the tensor has were compared in some trial. ``of`` is None if all were computed in every trial.
    """

    view: str
    quantity: str
    numbers: str
    against: str
    entries: int
    error: float
    tolerance: float
    of: int | None = None

    @property
    def check(self) -> str:
        return f"{self.view} {self.quantity} in {self.numbers}"


@dataclass(frozen=True, repr=False)
class SpotReport(SpotTable):
    """What ``spot_check`` found, one row a check.

    Args:
        conv: the layer.
        seed: as it was given.
        trials: how many were done.
        sizes: of a layer with symbols, the numbers that were drawn for them.
        rows: view, quantity, what it was compared with, the greatest error and whether it is small enough.
        asked: the number of trials that was asked for.
        part: of a layer whose tensors do not fit, the part that was checked, as in "2 of 32 batch_size".

    >>> from symconv import Conv, spot_check
    >>> report = spot_check(Conv(3, 2), trials=1)
    >>> report.passed, report.rows[0].view, report.rows[0].quantity
    (True, 'direct', 'output')
    """

    kind: ClassVar = "layer"
    columns: ClassVar = (
        Column("view"), Column("quantity"), Column("numbers"), Column("against"), Column("entries", is_number=True),
        *JUDGED,
    )  # fmt: skip

    conv: Layer
    seed: int
    trials: int
    sizes: tuple[str, ...]
    rows: tuple[SpotRow, ...]
    asked: int
    part: str = ""

    @property
    def sampled(self) -> str:
        """What was left out of a large layer, in words; empty if nothing was.

        >>> from symconv import Conv
        >>> print(spot_check(Conv((3000, 1000), (2, 2)), trials=2).sampled)
        a large layer: compared 32 of 2,996,001 entries of output, 32 of 3,000,000 of grad_input, 4 of 4 of grad_weight
        """
        counted = {row.quantity: f"{row.entries:,} of {row.of:,}" for row in self.rows if row.of is not None}
        entries = [f"{count}{'' if at else ' entries'} of {name}" for at, (name, count) in enumerate(counted.items())]
        parts = [f"compared {', '.join(entries)}"] if entries else []
        if self.part:
            parts.append(f"of a part with {self.part}")
        if self.trials < self.asked:
            parts.append(fewer_trials(self.trials, self.asked))
        return f"{'a large layer: ' if entries or self.part else ''}{'; '.join(parts)}"

    @property
    def subject(self) -> Layer:
        return self.conv

    @property
    def details(self) -> Mapping[str, Any]:
        return {"asked": self.asked, "sizes": list(self.sizes), "sampled": self.sampled}

    @property
    def opening(self) -> str:
        drawn = f"sizes drawn: {'; '.join(self.sizes[:4])}{' ..' if len(self.sizes) > 4 else ''}" if self.sizes else ""
        return "\n".join(filter(None, (super().opening, drawn, self.sampled)))


@verb(Layer, "a spot check", "a layer, a network or a step")
def spot_check(conv: Layer, seed: int = 0, trials: int = 20, *, progress: Progress | None = None) -> SpotReport:
    """Check outputs and gradients of every view in numbers.

    Of a large layer some entries are compared: the corners of every tensor, and others that are drawn; of one whose
    tensors do not fit, those of a part with fewer examples and channels. Then the report's ``sampled`` says how many
    of how many.

    Of a network: outputs and gradients of all parts. Of a step of gradient descent: the weights after it.

    Args:
        conv: a layer; the sizes of one with symbols are drawn anew in every trial. Or a Sequential, or a Step.
        seed: of all random numbers.
        trials: >= 1; each draws integers (compared exactly) and floats. Of a large layer there may be fewer, and the
            report says so.
        progress: called with (trials done, trials in all, what is done).

    Returns:
        A SpotReport; ``report.passed`` if every check passed.

    Raises:
        SymconvError: ``trials`` or ``seed`` is no such number.

    >>> from symconv import Conv
    >>> report = spot_check(Conv(3, 2), trials=2)
    >>> report.passed, report.max_error < 1e-6
    (True, True)
    """
    (trials, seed), tell = require_draws(trials, seed), telling(progress)
    if conv.is_concrete and conv.largest_tensor > MOST_ELEMENTS and has_part(conv):
        part, words = part_of(conv)
        part.require_elements(MOST_ELEMENTS, "a spot check")
        return replace(spot_check(part, seed, trials, progress=progress), conv=conv, part=words)
    if conv.is_concrete and has_products(conv):
        conv.require_elements(MOST_ELEMENTS, "a spot check")
    if conv.is_concrete and has_products(conv) and trials * _work(conv) > WORK:
        return _sampled(conv, seed, trials, tell)
    sizes: list[str] = []
    rows: dict[str, SpotRow] = {}
    done = work = 0
    for trial, layer in enumerate(_layers(conv, seed, trials, sizes)):
        if not (trial and conv.is_concrete):
            require_windows(layer)
        work += require_work(_work(layer), layer) + (0 if conv.is_concrete else OF_A_DRAWN_LAYER)
        if trial and work > WORK:
            break
        done += 1
        tell(trial, trials, "checking numbers")
        generator = np.random.default_rng((seed, trial))
        for row in (*_on_integers(layer, generator), *_on_floats(layer, generator)):
            so_far = rows.get(row.check)
            rows[row.check] = row if so_far is None else _both(so_far, row)
    return SpotReport(conv, seed, done, tuple(sizes[:done]), tuple(rows.values()), trials)


def _sampled(conv: Layer, seed: int, asked: int, tell: Progress) -> SpotReport:
    """The check of a large layer."""
    sampling = Sampling(conv, asked)
    entries: dict[str, set[int]] = {quantity: set() for quantity in sampling.quantities}
    rows: dict[str, SpotRow] = {}
    for trial in range(sampling.trials):
        tell(trial, sampling.trials, "checking numbers")
        for quantity, numbers, compared in compare(sampling, np.random.default_rng((seed, trial)), trial):
            entries[quantity] |= compared.entries
            tolerance = 0.0 if numbers == "integers" else SAMPLED_TOLERANCE
            for view, error in compared.errors.items():
                count, of = len(entries[quantity]), prod(sampling.shape(quantity))
                row = SpotRow(view, quantity, numbers, "sums of products", count, error, tolerance, of)
                error = float(np.maximum(error, rows.get(row.check, row).error))  # keeps a nan
                rows[row.check] = replace(row, error=error)
    return SpotReport(conv, seed, sampling.trials, (), tuple(rows.values()), asked)


def _both(one: SpotRow, other: SpotRow) -> SpotRow:
    return replace(
        one, entries=one.entries + other.entries, error=float(np.maximum(one.error, other.error))
    )  # keeps a nan


def _layers(conv: Layer, seed: int, trials: int, sizes: list[str]) -> Iterator[Layer]:
    """The layer, once a trial; one with symbols gets sizes, which are noted in ``sizes``."""
    generator = random.Random(seed)
    for _ in range(trials):
        yield conv if conv.is_concrete else drawn_layer(conv, generator, sizes)


def drawn_layer(conv: Layer, generator: random.Random, sizes: list[str]) -> Layer:
    """A layer with symbols at sizes that are drawn, which are noted in ``sizes``.

    Raises:
        SymconvError: no sizes were found.
    """
    layer, chosen = at_drawn_sizes(conv, generator)
    sizes.append(", ".join(f"{name}={value}" for name, value in chosen.items()))
    return layer


def at_drawn_sizes(conv: Layer, generator: random.Random) -> tuple[Layer, dict[str, int]]:
    """A layer with symbols at sizes that are drawn, and these by the symbols' names.

    Raises:
        SymconvError: no sizes were found.
    """
    largest = max(LEAST_DRAWN, min(LARGEST_DRAWN - 1, LARGEST_DRAWN - conv.ndim // 2))
    for _ in range(DRAWS):
        values = conv.assumptions.draw(conv.symbol_names, generator, largest)
        if values is None:
            break
        chosen = {name: values[name] for name in conv.symbol_names}
        with suppress(GeometryError):  # a kind of layer may want more than the assumptions say
            return conv.at(**chosen), chosen
    raise SymconvError(repr(conv), "no sizes were found at which the kernel fits", "check one layer with conv.at(..)")


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
    parameters["input"] = conv.away_from_kinks(parameters["input"], generator)

    def run(changed: dict[str, Array]) -> Array:
        return forward(conv, changed)

    expected = run(parameters)
    arrays = {getattr(names, role): value for role, value in parameters.items()}
    arrays |= {**conv.chosen(parameters["input"]), names.grad_output: loss_gradient(expected)}
    for name, view in conv.views.items():
        values = view.output.evaluate(**_needed(view.output, arrays))
        error = _distance(values, expected, expected, tolerance)
        yield SpotRow(name, "output", numbers, conv.plain_method, expected.size, error, tolerance)
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
    return max(FEWEST, min(DIFFERENCES, DIFFERENCED // (2 * output_products(conv))))


def _work(conv: Layer) -> int:
    """About how many numbers a trial computes: twice the outputs, all quantities of all views, and the differences."""
    roles = sum(f"grad_{role}" in conv.quantities for role in ("input", "weight", "bias"))
    passes = 1 + len(conv.views) * (1 + roles) + 2 * roles * _differences(conv)
    return OVERHEAD + 2 * passes * output_products(conv)


def _places(array: Array, count: int, generator: np.random.Generator) -> list[tuple[int, ...]]:
    chosen = generator.permutation(array.size)[:count]
    return [tuple(int(i) for i in np.unravel_index(flat, array.shape)) for flat in chosen]


def _distance(values: Array, expected: Array, scale: Array, tolerance: float) -> float:
    """The largest error, on floats as a part of the largest number of ``scale`` (at least 1); inf for another shape."""
    if np.shape(values) != np.shape(expected):
        return float("inf")
    largest = float(np.abs(values - expected).max()) if np.size(values) else 0.0
    return largest if tolerance == 0 else largest / float(np.abs(scale).max(initial=1.0))


def _needed(formula: TensorFormula, arrays: dict[str, Array]) -> dict[str, Array]:
    return {tensor.name: arrays[tensor.name] for tensor in formula.form.tensors if tensor.name in arrays}


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)
