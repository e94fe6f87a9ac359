"""Spot checks of networks: outputs and all gradients in numbers, against passes that know none of the formulas.

The forward pass is plain NumPy (``plain_pass.py``). Gradients are checked against central differences of that pass,
and against PyTorch's autograd if it is installed (``autograd.py``). A difference across a kink (relu at 0,
another largest element of a window) is not a derivative: such an entry is skipped, another is drawn for it, and the
row says how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod, sqrt
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from symconv.errors import GeometryError, SymconvError, shown
from symconv.foundations.given import telling
from symconv.networks.composition import Composition
from symconv.networks.losses import GenericLoss, SoftmaxCrossEntropy
from symconv.networks.modules import Activation
from symconv.networks.parts import NetworkPart
from symconv.networks.passes import evaluate_network
from symconv.networks.plain_forward import PlainPass, plain_pass
from symconv.networks.pytorch import autograd, autograd_for
from symconv.numeric.bounds import (
    MOST_WORK,
    WORK,
    output_products,
    require_draws,
    require_entries,
    require_windows,
    trials_within,
)
from symconv.numeric.reports import CHECK, JUDGED, CheckRow, SpotTable, fewer_trials
from symconv.numeric.spot_checks import Progress
from symconv.printing.tables import Column

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

DIFFERENCES = (12, 2, 1, 0)
"""In one trial, at most 12 entries of a gradient, drawn at random, are compared with differences; of a large network 2
or 1, and in fewer trials; of one for which even these take too long, gradients are compared with PyTorch alone."""
STEP = 1e-5
DIFFERENCE_TOLERANCE = 1e-6
"""Step of the central difference, and the largest error relative to the gradient's size."""
TOLERANCE = 1e-10
"""The largest error against NumPy and PyTorch, relative to the largest entry."""
PASSES, ELEMENT, OF_A_PART = 8, 10, 3_000_000
"""Forward and back by formulas, NumPy and PyTorch takes as long as 8 passes, an entry as long as 10 products, and a
part without any as long as 3 million."""
CANCELLED = 1e-4
"""A tensor smaller than this, relative to what it is computed from, is a difference of nearly equal numbers."""


@dataclass(frozen=True)
class NetworkSpotRow(CheckRow):
    """One check, over all trials: the worst error and the tolerance that it must not pass.

    ``skipped`` counts entries that a difference could not judge, since it would have crossed a kink.
    """

    quantity: str
    against: str
    entries: int
    skipped: int
    error: float
    tolerance: float

    @property
    def verdict(self) -> str:
        """yes or NO; a row of which every entry was skipped has judged nothing, and says so."""
        return ("yes" if self.entries else "not judged") if self.passed else "NO"


@dataclass(frozen=True, repr=False)
class NetworkSpotReport(SpotTable):
    """What ``spot_check_network`` found: one row a check. ``autograd`` says what PyTorch was asked, in words.

    ``asked`` is the number of trials that was asked for.
    """

    kind: ClassVar = "network"
    columns: ClassVar = (*CHECK, Column("entries", is_number=True), Column("skipped", is_number=True), *JUDGED)

    network: Composition
    seed: int
    trials: int
    rows: tuple[NetworkSpotRow, ...]
    autograd: str
    asked: int

    @property
    def sampled(self) -> str:
        """Whether trials were left out, in words; empty if none were."""
        return fewer_trials(self.trials, self.asked)

    @property
    def subject(self) -> Composition:
        return self.network

    @property
    def details(self) -> Mapping[str, Any]:
        return {"autograd": self.autograd, "asked": self.asked, "sampled": self.sampled}

    @property
    def opening(self) -> str:
        return "\n".join(filter(None, (super().opening, self.sampled, self.autograd)))


def spot_check_network(
    network: Composition, seed: int = 0, trials: int = 5, *, progress: Progress | None = None
) -> NetworkSpotReport:
    """Check every output and every gradient of a network in numbers.

    Args:
        network: one whose sizes are numbers. Without a loss, L = sum of delta * output is taken, with a drawn delta.
        seed: of all random numbers, >= 0.
        trials: >= 1; each draws all tensors anew. The targets of cross-entropy are by turns classes, in the first
            trial, and probabilities. Of a large network there may be fewer, and the report says so.
        progress: called with (trials done, trials in all, what is done).

    Raises:
        GeometryError: a size of the network is a symbol.
        SymconvError: it has a function of which nothing is known, it is not a network, or ``trials`` or ``seed`` is no
            such number.
        SizeLimitError: its tensors do not fit into memory, or a single trial takes too long.

    >>> from symconv import Conv, Sequential
    >>> report = spot_check_network(Sequential(Conv(3, 2), Activation("tanh"), loss="squared"), trials=2)
    >>> report.passed, report.max_error < 1e-6
    (True, True)
    """
    _require_numbers(network)
    (trials, seed), tell = require_draws(trials, seed), telling(progress)
    cost = _Cost(network)
    torch, words = autograd_for(network)
    differences = _differences(cost, trials, torch is not None)
    asked, trials = trials, trials_within(trials, cost.of_trial(differences), network)
    words = words if differences else f"{words} alone, since differences would take too long"
    rows: dict[tuple[str, str], NetworkSpotRow] = {}
    for trial in range(trials):
        tell(trial, trials, "checking numbers")
        generator = np.random.default_rng((seed, trial))
        for row in _trial(network, _drawn(network, generator, trial), generator, torch, differences):
            key = (row.quantity, row.against)
            rows[key] = row if key not in rows else _both(rows[key], row)
    return NetworkSpotReport(network, seed, trials, tuple(rows.values()), words, asked)


def _differences(cost: _Cost, trials: int, has_autograd: bool) -> int:
    """How many entries of a gradient are compared with differences in one trial."""
    most, *fewer, none = DIFFERENCES
    if trials * cost.of_trial(most) <= WORK:
        return most
    affordable = [one for one in fewer if cost.of_trial(one) <= MOST_WORK]
    return affordable[0] if affordable else none if has_autograd else fewer[-1]


def _require_numbers(network: Composition) -> None:
    if not isinstance(network, Composition):
        raise SymconvError(
            f"a spot check of {shown(network)}"[:200], "not a network", "pass a Sequential, or use spot_check"
        )
    if not network.is_concrete:
        raise GeometryError(
            f"a spot check of a network with the symbols {', '.join(network.symbol_names)}", "its sizes are not known",
            "give them with network.at(..)",
        )  # fmt: skip
    for given in (*network.given, network.loss):
        if isinstance(given, GenericLoss) or (isinstance(given, Activation) and given.function.is_generic):
            raise SymconvError(
                f"a spot check of a network with {given!r}", f"{given.name} is an unknown function without numbers",
                "use a function that has some, such as Activation('tanh') and SquaredError()",
            )  # fmt: skip


class _Cost:
    """About how many numbers are computed.

    Raises:
        SizeLimitError: the network's tensors do not fit into memory.
    """

    def __init__(self, network: Composition) -> None:
        self.network = network
        sizes = {name: _count(network, name) for name in (*network.wanted, *network.forward)}
        require_entries(sum(sizes.values()), network)
        for part in network.parts:
            if part.layer is not None:
                require_windows(part.layer, network)
        self.own = {part.number: _products(part) + ELEMENT * sizes[part.after.name] for part in network.parts}
        self.sizes = sizes

    def of_trial(self, differences: int) -> int:
        """The passes by formulas, by NumPy and by PyTorch, and two more for a difference, or four if it is skipped."""
        total = PASSES * sum(self.own.values()) + OF_A_PART * len(self.network)
        for one in _derivatives(self.network):
            run = sum(self.own[part.number] for part in one.rerun)
            total += (1 + 4 * differences) * (run + self.sizes[one.by]) if differences else 0
        return total


def _products(part: NetworkPart) -> int:
    return part.output.estimated_terms if part.layer is None else output_products(part.layer)


def _count(network: Composition, name: str) -> int:
    return prod(map(int, network.shape_of(name)))


def _both(one: NetworkSpotRow, other: NetworkSpotRow) -> NetworkSpotRow:
    error = float(np.maximum(one.error, other.error))  # keeps a nan
    return replace(one, entries=one.entries + other.entries, skipped=one.skipped + other.skipped, error=error)


# -- one trial -----------------------------------------------------------------------------------------


def _drawn(network: Composition, generator: np.random.Generator, trial: int) -> dict[str, Array]:
    """All tensors that ``evaluate`` wants; weights so small that numbers do not grow from part to part."""
    arrays: dict[str, Array] = {}
    for name in network.wanted:
        shape = tuple(int(size) for size in network.shape_of(name))
        if name == network.notation.target and isinstance(network.loss, SoftmaxCrossEntropy):
            at = int(network.batch_size is not None)
            if trial % 2 == 0:
                arrays[name] = generator.integers(0, shape[at], (*shape[:at], *shape[at + 1 :]))
            else:
                weights = generator.uniform(0.1, 1, shape)
                arrays[name] = weights / weights.sum(axis=at, keepdims=True)
        elif name.startswith("var"):
            arrays[name] = generator.uniform(0.5, 2, shape)
        elif name.startswith("mask"):
            arrays[name] = generator.integers(0, 2, shape).astype(float)
        else:
            arrays[name] = generator.standard_normal(shape)
            if name in network.parameters and len(shape) > 1:
                arrays[name] /= sqrt(prod(shape[1:]))
    return arrays


def _trial(
    network: Composition, arrays: Arrays, generator: np.random.Generator, torch: Any, differences: int
) -> Iterator[NetworkSpotRow]:
    found = evaluate_network(network, arrays)
    known = {signal.name: arrays[signal.name] for signal in network.inputs.values()}
    run = plain_pass(network, arrays, known)
    values = {**known, **run.outputs}
    for part in network.parts:
        source = max((values[one.name] for one in part.reads), key=lambda array: float(np.abs(array).max(initial=0.0)))
        yield _compared(part.after.name, f"NumPy, {_method(part)}", found, values[part.after.name], source)
    if network.loss is not None:
        yield _compared(
            network.notation.loss, "NumPy, its definition", found, np.asarray(run.loss), np.asarray(run.size)
        )
    expected = {} if torch is None else autograd(torch, network, arrays)
    for one in _derivatives(network):
        if differences:
            yield _differenced(network, arrays, one, values, found[one.name], generator, differences)
        if one.name in expected:
            source = found.get(one.upstream, arrays.get(one.upstream, np.zeros(())))
            yield _compared(one.name, "PyTorch's autograd", found, expected[one.name], source)


def _method(part: NetworkPart) -> str:
    return "its definition" if part.layer is None else part.layer.plain_method


@dataclass(frozen=True)
class _Derivative:
    """A derivative that is checked.

    Args:
        name: its name.
        by: what it is by: an input, an output, or a parameter.
        rerun: the parts that depend on it, whose outputs are computed anew.
        upstream: the derivative that it is computed from.
    """

    name: str
    by: str
    rerun: tuple[NetworkPart, ...]
    upstream: str


def _derivatives(network: Composition) -> Iterator[_Derivative]:
    """Every derivative, the last first, but for those on one of several paths, whose sum is checked."""
    after: dict[str, set[int]] = {}
    for part in reversed(network.parts):
        readers = [path.part for path in network.paths[part.after.name] if path.part is not None]
        after[part.after.name] = {part.number, *(n for one in readers for n in after[one.after.name])}

    def parts(numbers: set[int]) -> tuple[NetworkPart, ...]:
        return tuple(part for part in network.parts if part.number in numbers)

    for part in reversed(network.parts):
        name = part.after.name
        if network.delta(part.number) in network.upstream:
            first = network.paths[name][0]
            upstream = "" if first.part is None else network.delta(first.part.number)
            yield _Derivative(network.delta(part.number), name, parts(after[name] - {part.number}), upstream)
    for part in reversed(network.parts):
        for name in part.parameters:
            rerun = parts(after[part.after.name])
            yield _Derivative(network.derivative(name), name, rerun, network.delta(part.number))
    for name in network.grad_inputs:
        readers = [path.part for path in network.paths[name] if path.part is not None]
        rerun = parts({n for one in readers for n in after[one.after.name]})
        yield _Derivative(network.derivative(name), name, rerun, network.delta(readers[0].number))


def _compared(quantity: str, against: str, found: Arrays, expected: Array, source: Array) -> NetworkSpotRow:
    floor = CANCELLED * float(np.abs(source).max(initial=0.0))
    error = _distance(found[quantity], expected, max(float(np.abs(expected).max(initial=0.0)), floor))
    return NetworkSpotRow(quantity, against, expected.size, 0, error, TOLERANCE)


def _distance(found: Array, expected: Array, scale: float) -> float:
    """The largest error as a part of the scale; inf for another shape, nan if there is one."""
    if np.shape(found) != np.shape(expected):
        return float("inf")
    largest = float(np.abs(found - expected).max()) if np.size(found) else 0.0
    return largest / scale if largest and scale else largest


def _settled(slope: float, closer: float | None, scale: float) -> bool:
    """Whether a difference quotient stays as it is with a smaller step, so that it is the derivative."""
    return closer is not None and abs(closer - slope) <= DIFFERENCE_TOLERANCE * scale


# -- central differences -------------------------------------------------------------------------------


def _differenced(
    network: Composition, arrays: Arrays, one: _Derivative, values: Arrays, found: Array,
    generator: np.random.Generator, most: int,
) -> NetworkSpotRow:  # fmt: skip
    """The derivative, compared with differences of the parts that depend on what it is by."""
    array = values[one.by] if one.by in values else arrays[one.by]
    rerun = {part.after.name for part in one.rerun}
    known = {name: value for name, value in values.items() if name not in rerun}

    def run(changed: Array) -> PlainPass:
        if one.by in values:
            return plain_pass(network, arrays, {**known, one.by: changed})
        return plain_pass(network, {**arrays, one.by: changed}, known)

    def slope_at(at: tuple[Any, ...], size: float) -> float | None:
        """The difference quotient; None if there is a kink between."""
        step = np.zeros(array.shape)
        step[at] = size
        above, below = run(array + step), run(array - step)
        return (above.loss - below.loss) / (2 * size) if above.pieces == here.pieces == below.pieces else None

    here, skipped = run(array), 0
    places: list[tuple[Any, ...]] = []
    slopes: list[float] = []
    for flat in generator.permutation(array.size)[: 2 * most].tolist():
        if len(places) == most:
            break
        at = np.unravel_index(flat, array.shape)
        if (slope := slope_at(at, STEP)) is None:
            skipped += 1
        else:
            places.append(at)
            slopes.append(slope)
    # A difference of two losses cannot be more exact than the losses themselves.
    noise = 10 * float(np.finfo(float).eps) * (1 + here.size) / (STEP * DIFFERENCE_TOLERANCE)
    scale = max(noise, float(np.abs(slopes).max(initial=0)))
    if found.shape != array.shape:
        error = float("inf")
    elif not np.isfinite(found).all():  # also where no difference was taken
        error = float("nan")
    else:
        error = _distance(np.array([found[at] for at in places]), np.array(slopes), scale)
        if error > DIFFERENCE_TOLERANCE:  # it may be the difference that is not exact, as near the pole of a quotient
            kept = [n for n, at in enumerate(places) if _settled(slopes[n], slope_at(at, STEP / 4), scale)]
            skipped += len(places) - len(kept)
            places, slopes = [places[n] for n in kept], [slopes[n] for n in kept]
            error = _distance(np.array([found[at] for at in places]), np.array(slopes), scale)
    return NetworkSpotRow(one.name, "central differences", len(places), skipped, error, DIFFERENCE_TOLERANCE)
