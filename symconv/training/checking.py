"""Spot checks of networks: outputs and all gradients in numbers, against passes that know none of the formulas.

The forward pass is plain NumPy: ``numeric/reference.py`` for layers with local connections, and this file for the
rest. Gradients are checked against central differences of that pass, and against PyTorch's autograd where it is
installed. A difference across a kink (relu at 0, another largest element of a window) is no derivative: such an
entry is skipped, another is drawn for it, and the row says how many there were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from math import erfc, prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from tabulate import tabulate

from symconv.errors import GeometryError, SymconvError
from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Layer, MaxPool, Unfold, Upsample, ZeroInsertion
from symconv.numeric.reference import PAD_MODES, forward, reference
from symconv.numeric.spot import Progress, finite
from symconv.training.losses import TARGET, GenericLoss, Loss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.training.modules import Activation, BatchNorm, Flatten, Linear
from symconv.training.network import INPUT, NetworkPart, Sequential

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

DIFFERENCES = 12
"""At most so many entries of a gradient are differenced in one trial; they are drawn at random."""
STEP = 1e-5
DIFFERENCE_TOLERANCE = 1e-6
"""Step of the central difference, and the largest error relative to the gradient's size."""
TOLERANCE = 1e-10
"""The largest error against NumPy and PyTorch, relative to the largest entry."""
CANCELLED = 1e-4
"""A tensor smaller than this, relative to what it is computed from, is a difference of nearly equal numbers."""


@dataclass(frozen=True)
class NetworkSpotRow:
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
    def passed(self) -> bool:
        """Whether the error is within the tolerance; a nan is not."""
        return self.error <= self.tolerance

    @property
    def verdict(self) -> str:
        """yes or NO; a row of which every entry was skipped has judged nothing, and says so."""
        return ("yes" if self.entries else "not judged") if self.passed else "NO"

    def to_dict(self) -> dict[str, Any]:
        return {
            "quantity": self.quantity, "against": self.against, "entries": self.entries, "skipped": self.skipped,
            "error": finite(self.error), "tolerance": self.tolerance, "passed": self.passed,
        }  # fmt: skip


@dataclass(frozen=True)
class NetworkSpotReport:
    """What ``spot_check_network`` found: one row a check. ``autograd`` says what PyTorch was asked, in words."""

    network: Sequential
    seed: int
    trials: int
    rows: tuple[NetworkSpotRow, ...]
    autograd: str

    @property
    def passed(self) -> bool:
        """Whether no row's error passes its tolerance."""
        return all(row.passed for row in self.rows)

    @property
    def max_error(self) -> float:
        """The largest error of all rows; nan where a row has one."""
        return float(np.max([row.error for row in self.rows]))

    def _table(self, style: str) -> str:
        rows = [
            [r.quantity, r.against, r.entries, r.skipped, f"{r.error:.1e}" if r.error else "0", f"{r.tolerance:.0e}",
             r.verdict] for r in self.rows
        ]  # fmt: skip
        head = ["quantity", "against", "entries", "skipped", "error", "tolerance", "passed"]
        align = ["left"] * 2 + ["right"] * 4 + ["left"]
        return str(tabulate(rows, head, tablefmt=style, disable_numparse=True, colalign=align))

    def __str__(self) -> str:
        result = "all passed" if self.passed else "FAILED"
        head = f"{self.network!r}: {self.trials} trials, seed {self.seed}, {result}"
        return f"{head}\n{self.autograd}\n\n{self._table('simple')}"

    def _repr_html_(self) -> str:
        return self._table("html")

    def to_dict(self) -> dict[str, Any]:
        return {
            "network": repr(self.network), "seed": self.seed, "trials": self.trials, "passed": self.passed,
            "max_error": finite(self.max_error), "autograd": self.autograd,
            "rows": [row.to_dict() for row in self.rows],
        }  # fmt: skip


def spot_check_network(
    network: Sequential, seed: int = 0, trials: int = 5, *, progress: Progress | None = None
) -> NetworkSpotReport:
    """Check every output and every gradient of a network in numbers.

    Args:
        network: one whose sizes are numbers. Without a loss, L = sum of delta * output is taken, with a drawn delta.
        seed: of all random numbers, >= 0.
        trials: >= 1; each draws all tensors anew. The targets of cross-entropy are by turns classes, in the first
            trial, and probabilities.
        progress: called with (trials done, trials in all, what is done).

    Raises:
        GeometryError: a size of the network is a symbol.
        SymconvError: it has a function of which nothing is known, it is no network, or ``trials`` or ``seed`` is no
            such number.

    >>> from symconv.layers import Conv
    >>> report = spot_check_network(Sequential(Conv(3, 2), Activation("tanh"), loss="squared"), trials=2)
    >>> report.passed, report.max_error < 1e-6
    (True, True)
    """
    _require_numbers(network)
    for name, value, least in (("trials", trials, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise SymconvError(f"{name}={value!r}", f"it is no whole number of at least {least}", f"use {name}={least}")
    seed, trials = int(seed), int(trials)
    torch, words = _autograd_for(network)
    rows: dict[tuple[str, str], NetworkSpotRow] = {}
    for trial in range(trials):
        if progress is not None:
            progress(trial, trials, "checking numbers")
        generator = np.random.default_rng((seed, trial))
        for row in _trial(network, _drawn(network, generator, trial), generator, torch):
            key = (row.quantity, row.against)
            rows[key] = row if key not in rows else _both(rows[key], row)
    return NetworkSpotReport(network, seed, trials, tuple(rows.values()), words)


def _require_numbers(network: Sequential) -> None:
    if not isinstance(network, Sequential):
        raise SymconvError(
            f"a spot check of {network!r}"[:200], "it is no network", "pass a Sequential, or use spot_check"
        )
    if not network.is_concrete:
        raise GeometryError(
            f"a spot check of a network with the symbols {', '.join(network.symbol_names)}", "its sizes are not known",
            "give them with network.at(..)",
        )  # fmt: skip
    for given in (*network.given, network.loss):
        if isinstance(given, GenericLoss) or (isinstance(given, Activation) and given.function.is_generic):
            raise SymconvError(
                f"a spot check of a network with {given!r}", f"nothing is known of {given.name}, so it has no numbers",
                "use a function that has some, such as Activation('tanh') and SquaredError()",
            )  # fmt: skip


def _both(one: NetworkSpotRow, other: NetworkSpotRow) -> NetworkSpotRow:
    error = float(np.maximum(one.error, other.error))  # keeps a nan
    return replace(one, entries=one.entries + other.entries, skipped=one.skipped + other.skipped, error=error)


# -- one trial -----------------------------------------------------------------------------------------


def _drawn(network: Sequential, generator: np.random.Generator, trial: int) -> dict[str, Array]:
    """All tensors that ``evaluate`` wants; weights so small that numbers do not grow from part to part."""
    arrays: dict[str, Array] = {}
    for name in network.wanted:
        shape = tuple(int(size) for size in network.shape_of(name))
        if name == TARGET and isinstance(network.loss, SoftmaxCrossEntropy):
            at = int(network.batch_size is not None)
            if trial % 2 == 0:
                arrays[name] = generator.integers(0, shape[at], (*shape[:at], *shape[at + 1 :]))
            else:
                weights = generator.uniform(0.1, 1, shape)
                arrays[name] = weights / weights.sum(axis=at, keepdims=True)
        elif name.startswith("var"):
            arrays[name] = generator.uniform(0.5, 2, shape)
        else:
            arrays[name] = generator.standard_normal(shape)
            if name in network.parameters and len(shape) > 1:
                arrays[name] /= sqrt(prod(shape[1:]))
    return arrays


def _trial(network: Sequential, arrays: Arrays, generator: np.random.Generator, torch: Any) -> Iterator[NetworkSpotRow]:
    found = network.evaluate(**arrays)
    run = _pass(network, arrays, arrays[INPUT])
    sources = (arrays[INPUT], *run.outputs)
    for part, source, output in zip(network.parts, sources, run.outputs):
        yield _compared(part.after.name, f"NumPy, {_method(part)}", found, output, source)
    if network.loss is not None:
        yield _compared("L", "NumPy, its definition", found, np.asarray(run.loss), np.asarray(run.size))
    expected = {} if torch is None else _autograd(torch, network, arrays)
    for name, parameter, first in _gradients(network):
        yield _differenced(network, arrays, name, parameter, first, sources[first], found[name], generator)
        if name in expected:
            upstream = f"delta{first + 1}"
            source = found.get(upstream, arrays.get(upstream, np.zeros(())))
            yield _compared(name, "PyTorch's autograd", found, expected[name], source)


def _method(part: NetworkPart) -> str:
    return "its definition" if part.layer is None or isinstance(part.layer, MaxPool) else reference(part.layer).method


def _gradients(network: Sequential) -> Iterator[tuple[str, str | None, int]]:
    """Every gradient, the last first: its name, the parameter, and how many parts come before that one is read.

    For no parameter, it is the derivative by the input of the part after so many others.
    """
    for name in network.upstream:
        yield name, None, int(name.removeprefix("delta"))
    for part in reversed(network.parts):
        for name in part.parameters:
            yield f"dL_d{name}", name, part.number - 1
    yield f"dL_d{INPUT}", None, 0


def _compared(quantity: str, against: str, found: Arrays, expected: Array, source: Array) -> NetworkSpotRow:
    floor = CANCELLED * float(np.abs(source).max())
    error = _distance(found[quantity], expected, max(float(np.abs(expected).max()), floor))
    return NetworkSpotRow(quantity, against, expected.size, 0, error, TOLERANCE)


def _distance(found: Array, expected: Array, scale: float) -> float:
    """The largest error as a part of the scale; inf for another shape, nan where there is one."""
    if np.shape(found) != np.shape(expected):
        return float("inf")
    largest = float(np.abs(found - expected).max()) if np.size(found) else 0.0
    return largest / scale if largest and scale else largest


# -- central differences -------------------------------------------------------------------------------


def _differenced(
    network: Sequential, arrays: Arrays, name: str, parameter: str | None, first: int, source: Array, found: Array,
    generator: np.random.Generator,
) -> NetworkSpotRow:  # fmt: skip
    """The gradient by the parameter, or, for None, by ``source``, the input of the part after ``first`` others."""
    array = source if parameter is None else arrays[parameter]

    def run(changed: Array) -> _Pass:
        if parameter is None:
            return _pass(network, arrays, changed, first)
        return _pass(network, {**arrays, parameter: changed}, source, first)

    here, skipped = run(array), 0
    places: list[tuple[Any, ...]] = []
    slopes: list[float] = []
    for flat in generator.permutation(array.size)[: 2 * DIFFERENCES].tolist():
        if len(places) == DIFFERENCES:
            break
        at = np.unravel_index(flat, array.shape)
        step = np.zeros(array.shape)
        step[at] = STEP
        above, below = run(array + step), run(array - step)
        if above.pieces == here.pieces == below.pieces:
            places.append(at)
            slopes.append((above.loss - below.loss) / (2 * STEP))
        else:
            skipped += 1
    # A difference of two losses cannot be more exact than the losses themselves.
    noise = 10 * float(np.finfo(float).eps) * (1 + here.size) / (STEP * DIFFERENCE_TOLERANCE)
    scale = max(noise, float(np.abs(slopes).max(initial=0)))
    if found.shape != array.shape:
        error = float("inf")
    elif not np.isfinite(found).all():  # also where no difference was taken
        error = float("nan")
    else:
        error = _distance(np.array([found[at] for at in places]), np.array(slopes), scale)
    return NetworkSpotRow(name, "central differences", len(places), skipped, error, DIFFERENCE_TOLERANCE)


# -- forward in NumPy ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pass:
    """Outputs of all parts from the first one on; the loss, and the size of what it is added up from.

    ``pieces`` says on which side of every kink the numbers are: equal pieces, no kink between.
    """

    outputs: tuple[Array, ...]
    loss: float
    size: float
    pieces: bytes


def _pass(network: Sequential, arrays: Arrays, source: Array, first: int = 0) -> _Pass:
    """The network from the part after ``first`` others on, with ``source`` for its input."""
    outputs, pieces = [source], []
    for part in network.parts[first:]:
        output, sides = _part(part, outputs[-1], arrays, network.batch_size is not None)
        outputs.append(output)
        pieces.append(sides.tobytes())
    if network.loss is None:
        terms = arrays[f"delta{len(network)}"] * outputs[-1]
    else:
        terms = _loss_terms(network.loss, outputs[-1], arrays[TARGET], int(network.batch_size is not None))
    size = max(float(np.abs(terms).sum()), float(np.abs(outputs[-1]).max()))
    return _Pass(tuple(outputs[1:]), float(terms.sum()), size, b"".join(pieces))


def _part(part: NetworkPart, x: Array, arrays: Arrays, batched: bool) -> tuple[Array, Array]:
    """The part's output, and the sides of its kinks."""
    smooth, given, names = np.zeros(0), part.given, part.computation.notation
    if isinstance(part.layer, MaxPool):
        return _max_pool(part.layer, x)
    if part.layer is not None:
        roles = {"weight": names.weight, "bias": names.bias}
        own = {role: arrays[name] for role, name in roles.items() if name in part.parameters}
        return forward(part.layer, {"input": x, **own}), smooth
    if isinstance(given, Linear):
        product = x @ arrays[names.weight].T
        return (product + arrays[names.bias] if given.bias else product), smooth
    if isinstance(given, Activation):
        sides = np.sign(x).astype(np.int8) if given.name in ("relu", "leaky_relu") else smooth
        return ACTIVATIONS[given.name](x, float(given.negative_slope)), sides
    if isinstance(given, Flatten):
        return x.reshape((len(x), -1) if batched else -1), smooth
    if isinstance(given, BatchNorm):
        shape = (-1, *[1] * (x.ndim - 1 - batched))
        own = {name.rstrip("0123456789"): arrays[name].reshape(shape) for name in (*part.parameters, *part.buffers)}
        z = (x - own["mean"]) / np.sqrt(own["var"] + float(given.eps))
        return (z * own["gamma"] + own["beta"] if given.affine else z), smooth
    raise SymconvError(f"a spot check of {given!r}", "there is no NumPy pass for this kind of part", "add it to _part")


ACTIVATIONS: Mapping[str, Callable[[Array, float], Array]] = {
    "relu": lambda z, slope: np.maximum(z, 0),
    "leaky_relu": lambda z, slope: np.maximum(z, 0) + slope * np.minimum(z, 0),
    "sigmoid": lambda z, slope: (1 + np.tanh(z / 2)) / 2,
    "tanh": lambda z, slope: np.tanh(z),
    "softplus": lambda z, slope: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
    "gelu": lambda z, slope: z * np.vectorize(erfc, otypes=[float])(-z / sqrt(2)) / 2,
}


def _max_pool(layer: MaxPool, x: Array) -> tuple[Array, Array]:
    """The largest element of every window, and its place in it; padding is never the largest."""
    axes = tuple(range(-layer.ndim, 0))
    kernel, stride, dilation, padding = (
        tuple(map(int, numbers))  # type: ignore[arg-type]
        for numbers in (layer.kernel_size, layer.stride, layer.dilation, layer.padding)
    )
    padded = np.pad(x, [(0, 0)] * (x.ndim - layer.ndim) + [(p, p) for p in padding], constant_values=-np.inf)
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel))
    windows = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)
    every: Any = (..., *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))
    chosen = windows[every]
    elements = chosen.reshape(*chosen.shape[: -layer.ndim], -1)
    return elements.max(axis=-1), elements.argmax(axis=-1)


def _loss_terms(loss: Loss, h: Array, t: Array, classes: int) -> Array:
    """What the loss adds up; the classes of cross-entropy are along the axis ``classes``."""
    if isinstance(loss, SoftmaxCrossEntropy):
        logarithms = h - np.logaddexp.reduce(h, axis=classes, keepdims=True)
        if t.ndim < h.ndim:
            terms = -np.take_along_axis(logarithms, np.expand_dims(t, classes), axis=classes)
        else:
            terms = -t * logarithms
        count = h.size // h.shape[classes]
    elif isinstance(loss, (SquaredError, MeanSquaredError)):
        terms, count = (h - t) ** 2 * (0.5 if isinstance(loss, SquaredError) else 1.0), h.size
    else:
        raise SymconvError(f"a spot check of {loss!r}", "there is no NumPy pass for it", "add it to _loss_terms")
    return np.asarray(terms / count if loss.reduction == "mean" else terms)


# -- PyTorch -------------------------------------------------------------------------------------------


def _autograd_for(network: Sequential) -> tuple[Any, str]:
    """PyTorch, if it is installed and has all parts of the network; and what it was asked, in words."""
    for part in network.parts:
        if part.layer is not None and not _in_pytorch(part.layer):
            return None, f"not compared with PyTorch, which has no {part.layer!r}"
    try:
        torch = import_module("torch")
    except ImportError:
        return None, "not compared with PyTorch, which is not installed"
    return torch, f"gradients compared with autograd of PyTorch {torch.__version__}"


def _in_pytorch(layer: Layer) -> bool:
    if isinstance(layer, (Unfold, Fold)):
        return layer.ndim == 2
    if isinstance(layer, (AvgPool, MaxPool)) and layer.ndim == 3:  # it refuses a kernel larger than the input
        return all(k <= n for k, n in zip(layer.kernel_size, layer.input_size))
    return isinstance(layer, (Conv, ConvTranspose, AvgPool, MaxPool, Upsample, ZeroInsertion)) and layer.ndim <= 3


def _autograd(torch: Any, network: Sequential, arrays: Arrays) -> dict[str, Array]:
    """Every gradient by PyTorch, by the names of ``network.evaluate``."""
    values = {name: torch.tensor(array) for name, array in arrays.items()}
    learned = [INPUT, *network.parameters]
    for name in learned:
        values[name].requires_grad_()
    x, outputs = values[INPUT], {}
    for part in network.parts:
        x = outputs[f"delta{part.number}"] = _torch_part(torch, part, x, values, network.batch_size is not None)
        x.retain_grad()
    _torch_loss(torch, network, x, values).backward()
    found = {**{f"dL_d{name}": values[name] for name in learned}, **{name: outputs[name] for name in network.upstream}}
    return {name: tensor.grad.numpy() for name, tensor in found.items()}


def _torch_loss(torch: Any, network: Sequential, h: Any, values: Mapping[str, Any]) -> Any:
    functional, loss = torch.nn.functional, network.loss
    if loss is None:
        return (values[f"delta{len(network)}"] * h).sum()
    t = values[TARGET]
    if isinstance(loss, SoftmaxCrossEntropy):
        h, t = (h, t) if network.batch_size is not None else (h[None], t[None])
        return functional.cross_entropy(h, t, reduction=loss.reduction)
    squared = functional.mse_loss(h, t, reduction=loss.reduction)
    return squared / 2 if isinstance(loss, SquaredError) else squared


def _torch_part(torch: Any, part: NetworkPart, x: Any, values: Mapping[str, Any], batched: bool) -> Any:
    functional, given = torch.nn.functional, part.given
    x = x if batched else x[None]
    if part.layer is not None or isinstance(given, Linear):
        names = part.computation.notation
        w, b = (values[name] if name in part.parameters else None for name in (names.weight, names.bias))
        x = functional.linear(x, w, b) if part.layer is None else _torch_layer(torch, part.layer, x, w, b)
    elif isinstance(given, Activation):
        # Its softplus is the identity above a threshold, 20 by default, where it is wrong by 2e-9.
        options = {"leaky_relu": {"negative_slope": float(given.negative_slope)}, "softplus": {"threshold": 500.0}}
        x = getattr(functional, given.name)(x, **options.get(given.name, {}))
    elif isinstance(given, Flatten):
        x = x.flatten(1)
    else:
        own = [values[name] for name in part.parameters] or [None, None]
        x = functional.batch_norm(x, *(values[name] for name in part.buffers), *own, eps=float(given.eps))
    return x if batched else x[0]


def _torch_layer(torch: Any, layer: Layer, x: Any, w: Any, b: Any) -> Any:
    functional, axes = torch.nn.functional, range(2, 2 + layer.ndim)

    def named(name: str) -> Any:
        return getattr(functional, f"{name}{layer.ndim}d")

    if isinstance(layer, Conv):
        x = _torch_padded(functional, layer, _torch_spread(x, layer.input_dilation))
        w = w.flip(tuple(axes)) if layer.flip else w
        return named("conv")(x, w, b, layer.stride, 0, layer.dilation, layer.groups)
    if isinstance(layer, ConvTranspose):
        extra = layer.output_padding
        return named("conv_transpose")(x, w, b, layer.stride, layer.padding, extra, layer.groups, layer.dilation)
    if isinstance(layer, AvgPool):
        counted = layer.count_include_pad
        return named("avg_pool")(x, layer.kernel_size, layer.stride, layer.padding, count_include_pad=counted)
    if isinstance(layer, MaxPool):
        return named("max_pool")(x, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    if isinstance(layer, Unfold):
        return functional.unfold(x, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
    if isinstance(layer, Fold):
        size = layer.output_size
        return functional.fold(x, size, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
    if isinstance(layer, Upsample):
        for axis, factor in zip(axes, layer.kernel_size):
            x = x.repeat_interleave(factor, axis)
        return x
    return _torch_spread(x, layer.input_dilation)


def _torch_padded(functional: Any, layer: Conv, x: Any) -> Any:
    """Elements added as the layer says; negative numbers crop afterwards."""
    pairs = [p if isinstance(p, tuple) else (p, p) for p in layer.padding]
    added = [max(int(end), 0) for pair in reversed(pairs) for end in pair]
    if any(added):
        modes = {**PAD_MODES, "circular": "circular", "replicate": "replicate"}
        x = functional.pad(x, added, mode=modes[layer.padding_mode])
    for axis, (low, high) in enumerate(pairs):
        cut = [max(-int(end), 0) for end in (low, high)]
        x = x.narrow(2 + axis, cut[0], x.shape[2 + axis] - sum(cut))
    return x


def _torch_spread(x: Any, factors: Any) -> Any:
    """Zeros between neighbours."""
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[2:])]
    result = x.new_zeros(*x.shape[:2], *sizes)
    places = (..., *(slice(None, None, f) for f in factors))
    result[places] = x
    return result
