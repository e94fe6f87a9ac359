"""Spot checks of steps: formulas in numbers against the algorithm itself, a dense layer, and torch.optim.SGD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.errors import SizeLimitError, SymconvError
from symconv.gradient_step.algorithm import run
from symconv.gradient_step.differences import value_of
from symconv.gradient_step.formulas import MOST_CASES_AT_NUMBERS, StepFormulas
from symconv.networks.losses import CrossEntropyPart
from symconv.networks.pytorch import loss_in_pytorch, losses_by_position
from symconv.numeric.bounds import WORK, output_products, require_draws, require_windows, trials_within
from symconv.numeric.parts_of_layers import has_part, part_of
from symconv.numeric.reports import CHECK, JUDGED, CheckRow, SpotTable, fewer_trials

Array = npt.NDArray[Any]

TOLERANCE = 1e-10
"""The largest error of a closed form, relative to the largest entry."""
SERIES_TOLERANCE = 1e-4
"""That of the eta^2 term, which is compared with a difference quotient in eta."""
SMALL_RATE = 1e-3
STEPS = 3
"""So many steps in a row are compared with PyTorch."""
FEW_TRIALS = 2
"""If there is not time for two trials, a part of the layer is checked."""
MOST_DENSE = 1_000_000
"""The dense weights are compared if there are at most a million."""
TURN, TOGETHER, FORMULAS = 500_000, 4, 15_000_000
"""What a turn costs beside its products: as much as 500,000 of them; how many passes a view's new weights take;
and what all formulas cost without their products."""


@dataclass(frozen=True)
class StepSpotRow(CheckRow):
    """One check, over all trials: the worst error and the tolerance that it must not pass."""

    quantity: str
    against: str
    error: float
    tolerance: float


@dataclass(frozen=True, repr=False)
class StepSpotReport(SpotTable):
    """What ``spot_check_step`` found: one row a check. ``asked`` is the number of trials that was asked for.

    ``part`` says of a step on a large layer of which part of it numbers were computed, as in "2 of 32 batch_size".
    """

    kind: ClassVar = "step"
    columns: ClassVar = (*CHECK, *JUDGED)

    step: StepFormulas
    seed: int
    trials: int
    rows: tuple[StepSpotRow, ...]
    asked: int
    part: str = ""

    @property
    def sampled(self) -> str:
        """What was left out of a large step, in words; empty if nothing was."""
        dense = "" if _compares_dense(self.step) else "a large layer: the weights of a dense layer are not compared"
        series = "padding with many cases: the eta^2 term is not compared"
        series = series if _has_series(self.step) and not _compares_series(self.step) else ""
        part = f"a large layer: computed for a part with {self.part}" if self.part else ""
        return "\n".join(filter(None, (fewer_trials(self.trials, self.asked), part, dense, series)))

    @property
    def subject(self) -> StepFormulas:
        return self.step

    @property
    def details(self) -> Mapping[str, Any]:
        return {"asked": self.asked, "sampled": self.sampled}

    @property
    def opening(self) -> str:
        return "\n".join(filter(None, (super().opening, self.sampled)))


def spot_check_step(step: StepFormulas, seed: int = 0, trials: int = 5) -> StepSpotReport:
    """Check a step's formulas in numbers; see ``Step.spot_check``."""
    step.layer.require_concrete("a spot check of a step")
    if step.loss_part is not None and step.loss_part.is_generic:
        raise SymconvError(f"a spot check of {step!r}", "nothing is known of the loss", 'use loss="squared"')
    asked, seed = require_draws(trials, seed)
    if not _fits(step) and has_part(step.layer):
        part, words = part_of(step.layer, lambda one: _fits(replace(step, layer=one)))
        smaller = replace(step, layer=part)
        if _fits(smaller):
            return replace(spot_check_step(smaller, seed, asked), step=step, part=words)
    require_windows(step.layer, step)
    trials = trials_within(asked, _work(step), step)
    worst: dict[tuple[str, str], StepSpotRow] = {}
    for trial in range(trials):
        arrays = _drawn(step, np.random.default_rng((seed, trial)))
        for row in _rows(step, arrays):
            known = worst.get((row.quantity, row.against), row)
            error = float(np.maximum(known.error, row.error))  # keeps a nan
            worst[row.quantity, row.against] = StepSpotRow(row.quantity, row.against, error, row.tolerance)
    if not worst:
        raise SymconvError(
            f"a spot check of {step!r}",
            "no formula can be compared, and PyTorch is not installed or has no such layer",
            "install PyTorch, or leave momentum and weight decay out",
        )  # fmt: skip
    return StepSpotReport(step, seed, trials, tuple(worst.values()), asked)


def _fits(step: StepFormulas) -> bool:
    """Whether some trials can be computed."""
    try:
        require_windows(step.layer, step)
    except SizeLimitError:
        return False
    return FEW_TRIALS * _work(step) <= WORK


def _work(step: StepFormulas) -> int:
    """About how many numbers a trial computes."""
    layer, own = step.layer, output_products(step.layer)
    runs = 1 + 2 * STEPS  # and for the series in eta, two runs with each of three rates
    if step.schedule == "sequential":
        return FORMULAS + (runs + 6) * step.patch_count * (own + TURN)
    dense = _dense_count(step) * (1 if layer.batch_size is None else int(layer.batch_size))
    return FORMULAS + 2 * (runs + TOGETHER * len(layer.views) * len(step.roles)) * own + min(dense, MOST_DENSE)


def _has_dense(step: StepFormulas) -> bool:
    """Whether a dense layer's step is the layer's."""
    together = step.schedule != "sequential" and step.momentum == 0 and step.weight_decay == 0
    return together and "fully_connected" in step.layer.views


def _has_series(step: StepFormulas) -> bool:
    """Whether the weights after the step are a series in eta."""
    return step.schedule == "sequential" and step.momentum == 0 and step.weight_decay == 0


def _compares_series(step: StepFormulas) -> bool:
    return _has_series(step) and step.cases([2]) <= MOST_CASES_AT_NUMBERS


def _compares_dense(step: StepFormulas) -> bool:
    return not _has_dense(step) or _dense_count(step) <= MOST_DENSE


def _dense_count(step: StepFormulas) -> int:
    """How many weights a dense layer of the same size has."""
    examples = 1 if step.layer.batch_size is None else int(step.layer.batch_size)
    return prod(map(int, (*step.layer.input_shape, *step.layer.output_shape))) // examples**2


def _drawn(step: StepFormulas, generator: np.random.Generator) -> dict[str, Array]:
    """Everything that ``Step.run`` wants."""
    layer, names = step.layer, step.layer.notation
    given = [names.input, *(getattr(names, role) for role in step.roles)]
    given.append(names.grad_output if step.loss_part is None else names.target)
    shapes = {name: tuple(int(size) for size in layer.shape_of(step.layouts[name])) for name in given}
    arrays = {name: generator.standard_normal(shape) for name, shape in shapes.items()}
    if isinstance(step.loss_part, CrossEntropyPart):
        weights = np.abs(arrays[names.target])
        arrays[names.target] = weights / weights.sum(axis=int(layer.batch_size is not None), keepdims=True)
    for rate in (step.learning_rate, step.momentum, step.weight_decay):
        if isinstance(rate, sp.Symbol):
            arrays[rate.name] = np.asarray(generator.uniform(0.01, 0.1))
    return arrays


def _rows(step: StepFormulas, arrays: Mapping[str, Array]) -> Iterator[StepSpotRow]:
    after = run(step, 1, arrays)
    names = {role: getattr(step.layer.notation, role) for role in step.roles}
    if step.schedule == "sequential":
        if step.is_written_out and step.momentum == 0 and step.weight_decay == 0:
            for role, name in names.items():
                formula = step.weight if role == "weight" else step.bias
                yield _row(f"{role}, written out", "the algorithm", value_of(step, formula, arrays), after[name])
        if _compares_series(step):
            yield from _second_order(step, arrays, names)
        yield from _against_pytorch(step, arrays, names)
        return
    for view in step.layer.views:
        for role, name in names.items():
            found = value_of(step, step.in_view(view, role), arrays)
            yield _row(f"{role}, {view.replace('_', ' ')}", "the algorithm", found, after[name])
    if _has_dense(step) and _compares_dense(step):
        free, expected = value_of(step, step.unshared, arrays), _dense(step, arrays)
        yield _row("dense weights without sharing", "a dense layer in NumPy", free, expected)
    yield from _against_pytorch(step, arrays, names)


def _row(quantity: str, against: str, found: Array, expected: Array, tolerance: float = TOLERANCE) -> StepSpotRow:
    if np.shape(found) != np.shape(expected):
        return StepSpotRow(quantity, against, float("inf"), tolerance)
    scale = float(np.abs(expected).max()) or 1.0
    return StepSpotRow(quantity, against, float(np.abs(found - expected).max()) / scale, tolerance)


def _second_order(step: StepFormulas, arrays: Mapping[str, Array], names: Mapping[str, str]) -> Iterator[StepSpotRow]:
    """The eta^2 term against (patch by patch minus together) / eta^2, extrapolated to eta = 0."""
    rate = sp.Symbol("eta")
    each, together = replace(step, learning_rate=rate), replace(step, learning_rate=rate, schedule="summed")
    given = {name: value for name, value in arrays.items() if name != getattr(step.learning_rate, "name", None)}
    quotients = []
    for eta in (SMALL_RATE, SMALL_RATE / 2, SMALL_RATE / 4):
        one, other = (run(s, 1, {**given, "eta": np.asarray(eta)}) for s in (each, together))
        quotients.append({role: (one[name] - other[name]) / eta**2 for role, name in names.items()})
    for role in names:
        a, b, c = (quotient[role] for quotient in quotients)
        limit = (8 * c - 6 * b + a) / 3  # the polynomial of degree 2 through the three, at 0
        found = value_of(step, step.term(2, role, written_out=True), arrays)
        yield _row(f"{role}, eta^2 term", "differences in eta", found, limit, SERIES_TOLERANCE)


def _dense(step: StepFormulas, arrays: Mapping[str, Array]) -> Array:
    """One step of a dense layer whose weights are all free, from the convolution's."""
    layer, names = step.layer, step.layer.notation
    dense = layer.fully_connected.shared_weight.evaluate(**{names.weight: arrays[names.weight]})
    x = arrays[names.input].reshape(-1, dense.shape[0])
    errors = _errors(step, x @ dense, arrays).reshape(len(x), -1)
    rate = step.learning_rate
    eta = arrays[rate.name] if isinstance(rate, sp.Symbol) else float(rate)
    count = 1
    if step.schedule == "mean":
        examples = 1 if layer.batch_size is None else int(layer.batch_size)
        count = step.patch_count if step.mean_over == "patches" else examples
    return np.asarray(dense - eta * (x.T @ errors) / count)


def _errors(step: StepFormulas, rows: Array, arrays: Mapping[str, Array]) -> Array:
    """dL/dh of the dense layer's outputs, by the loss's own formula."""
    layer, names = step.layer, step.layer.notation
    if step.loss_part is None:
        return arrays[names.grad_output]
    output = rows.reshape([int(size) for size in layer.output_shape])
    if layer.bias_term:
        output = output + arrays[names.bias].reshape(-1, *[1] * layer.ndim)
    return step.loss_part.grad_input.evaluate(**{names.output: output, names.target: arrays[names.target]})


def _against_pytorch(
    step: StepFormulas, arrays: Mapping[str, Array], names: Mapping[str, str]
) -> Iterator[StepSpotRow]:
    """Some steps of torch.optim.SGD, where PyTorch is installed and has the layer."""
    layer = step.layer
    if step.loss is None or layer.lacks_in_pytorch():
        return
    try:
        torch = import_module("torch")
    except ImportError:
        return
    rates = [
        float(arrays[rate.name]) if isinstance(rate, sp.Symbol) else float(rate)
        for rate in (step.learning_rate, step.momentum, step.weight_decay)
    ]
    learned = {role: torch.tensor(arrays[name], requires_grad=True) for role, name in names.items()}
    optimizer = torch.optim.SGD(learned.values(), lr=rates[0], momentum=rates[1], weight_decay=rates[2])
    x, target = torch.tensor(arrays[layer.notation.input]), torch.tensor(arrays[layer.notation.target])
    batched = layer.batch_size is not None
    count = 1
    if step.schedule == "mean":
        count = step.patch_count if step.mean_over == "patches" else len(x)
    turns = step.patch_count if step.schedule == "sequential" else 1
    for at in [*range(turns)] * STEPS:
        optimizer.zero_grad()
        output = layer.run_in_pytorch(torch, x if batched else x[None], learned["weight"], learned.get("bias"))
        output = output if batched else output[0]
        if step.schedule == "sequential":
            losses_by_position(torch, step.loss, output, target, batched)[at].backward()
        else:
            (loss_in_pytorch(torch, step.loss, output, target, batched) / count).backward()
        optimizer.step()
    after = run(step, STEPS, arrays)
    for role, name in names.items():
        yield _row(f"{role}, {STEPS} steps", "torch.optim.SGD", after[name], learned[role].detach().numpy())
