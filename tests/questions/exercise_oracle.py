"""The oracle for exercises: layers by NumPy, and LaTeX read and evaluated, sharing no code with symconv's formulas.

Derivatives come from linearity: the output is linear in every single entry of the input, the weights and the biases.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from symconv import AvgPool, ConvTranspose, MaxPool
from symconv.layers import Layer

NUMPY_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}

Arrays = dict[str, Any]


def forward(layer: Layer, x: Any, w: Any = None, b: Any = None) -> Any:
    """The output, of exact numbers."""
    given = layer.arguments()
    x = np.asarray(x, dtype=object)
    batched = given["batch_size"] is not None
    examples = [_one(layer, given, one, w, b) for one in (x if batched else x[None])]
    return np.stack(examples) if batched else examples[0]


def _one(layer: Layer, given: Mapping[str, Any], x: Any, w: Any, b: Any) -> Any:
    result = _spread(given, x, w) if isinstance(layer, ConvTranspose) else _slid(layer, given, x, w)
    if b is not None:
        result = result + np.asarray(b, dtype=object).reshape(-1, *[1] * (result.ndim - 1))
    return result


def _slid(layer: Layer, given: Mapping[str, Any], x: Any, w: Any) -> Any:
    """Windows of the padded input, one after the other."""
    ends = [(p, p) if isinstance(p, int) else p for p in layer.padding]
    mode = NUMPY_MODES[given.get("padding_mode", "zeros")]
    spread = given.get("input_dilation", (1,) * layer.ndim)
    larger = np.zeros([x.shape[0], *(l * (n - 1) + 1 for n, l in zip(x.shape[1:], spread))], dtype=object)
    larger[(slice(None), *(slice(None, None, l) for l in spread))] = x
    mask = np.pad(larger * 0 + 1, [(0, 0), *((max(a, 0), max(c, 0)) for a, c in ends)])
    padded = np.pad(larger, [(0, 0), *((max(a, 0), max(c, 0)) for a, c in ends)], mode=mode)  # type: ignore[call-overload]
    crop = (slice(None), *(slice(max(-a, 0), n - max(-c, 0)) for (a, c), n in zip(ends, padded.shape[1:])))
    padded, mask = padded[crop], mask[crop]
    kernel, stride, dilation = given["kernel_size"], given["stride"], given.get("dilation", (1,) * layer.ndim)
    counts = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded.shape[1:], kernel, stride, dilation)]
    channels, groups = given.get("out_channels", x.shape[0]), given.get("groups", 1)
    result = np.zeros([channels, *counts], dtype=object)
    for at in np.ndindex(*counts):
        window = tuple(slice(s * i, s * i + d * (k - 1) + 1, d) for i, s, d, k in zip(at, stride, dilation, kernel))
        for channel in range(channels):
            if isinstance(layer, MaxPool):
                inside = mask[(channel, *window)].astype(bool)
                result[(channel, *at)] = padded[(channel, *window)][inside].max()
            elif isinstance(layer, AvgPool):
                read, size = padded[(channel, *window)], mask[(channel, *window)]
                count = size.size if layer.count_include_pad else size.sum()
                result[(channel, *at)] = Fraction(int(read.sum()), int(count))
            else:
                each = x.shape[0] // groups
                first = channel // (channels // groups) * each
                weights = np.flip(w[channel], tuple(range(1, layer.ndim + 1))) if given.get("flip") else w[channel]
                result[(channel, *at)] = (padded[(slice(first, first + each), *window)] * weights).sum()
    return result


def _spread(given: Mapping[str, Any], x: Any, w: Any) -> Any:
    """Every input spreads over the outputs, which are then cropped."""
    kernel, stride, dilation = given["kernel_size"], given["stride"], given["dilation"]
    sizes = [s * (n - 1) + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[1:], kernel, stride, dilation)]
    groups, each = given["groups"], given["out_channels"] // given["groups"]
    result = np.zeros([given["out_channels"], *sizes], dtype=object)
    for channel in range(x.shape[0]):
        group = channel // (x.shape[0] // groups)
        for at in np.ndindex(*x.shape[1:]):
            window = tuple(slice(s * i, s * i + d * (k - 1) + 1, d) for i, s, d, k in zip(at, stride, dilation, kernel))
            result[(slice(group * each, (group + 1) * each), *window)] += x[(channel, *at)] * w[channel]
    for axis, (p, extra) in enumerate(zip(given["padding"], given["output_padding"]), start=1):
        p = p if isinstance(p, int) else p[0]
        grown = np.pad(result, [(0, extra if one == axis else 0) for one in range(result.ndim)])
        result = np.take(grown, range(p, grown.shape[axis] - p), axis=axis)
    return result


class Oracle:
    """A layer with numbers for its tensors: the value of every entry, and of what is written about them in LaTeX."""

    def __init__(self, layer: Layer, arrays: Arrays | None = None, seed: int = 0, general: bool = False) -> None:
        self.layer, self.general = layer, general  # in general formulas channels have an index, however many
        self.shapes = {"X": layer.input_shape, "h": layer.output_shape}
        if "grad_weight" in layer.quantities:
            self.shapes["w"] = layer.weight_shape
        if layer.bias_term:
            self.shapes["b"] = layer.bias_shape
        random = np.random.default_rng(seed)
        self.arrays: Arrays = {
            name: random.integers(1, 10**6, [int(n) for n in shape]).astype(object)
            for name, shape in {**self.shapes, "delta": layer.output_shape}.items()
        }
        self.arrays.update(arrays or {})
        self.arrays["h"] = self.output()
        self.labels = {
            label: (name, at) for name in ("X", "w", "b", "h", "delta") if name in self.arrays
            for at, label in self._labels(name)
        }  # fmt: skip

    def output(self, **other: Any) -> Any:
        now = {**self.arrays, **other}
        return forward(self.layer, now["X"], now.get("w"), now.get("b"))

    def _labels(self, name: str) -> Iterator[tuple[tuple[int, ...], str]]:
        """Labels count from 1 and skip channels, examples and groups of which there is one."""
        shape = self.arrays[name].shape
        spatial = 0 if name == "b" else self.layer.ndim
        kept = [axis for axis, size in enumerate(shape) if size > 1 or axis >= len(shape) - spatial]
        apart = "_" if len(kept) > 1 and max(shape[axis] for axis in kept) > 9 else ""
        for at in np.ndindex(*shape):
            yield at, name + apart + apart.join(str(at[axis] + 1) for axis in kept)

    # -- derivatives -----------------------------------------------------------------------------------

    def derivative(self, name: str, at: tuple[int, ...]) -> Any:
        """Of all outputs by one entry: the difference that one more of it makes."""
        more = self.arrays[name].copy()
        more[at] += 1
        return self.output(**{name: more}) - self.arrays["h"]

    def gradient(self, name: str, at: tuple[int, ...]) -> Any:
        return (self.arrays["delta"] * self.derivative(name, at)).sum()

    def dense(self) -> Any:
        """The matrix of the fully connected layer of one example, inputs down the rows."""
        first = (0,) if self.layer.batch_size is not None else ()
        bare = Oracle(self.layer, {**self.arrays, "b": self.arrays["b"] * 0} if "b" in self.arrays else self.arrays)
        shape = self.arrays["X"].shape[len(first) :]
        return np.array([bare.derivative("X", (*first, *at))[first].ravel() if first else
                         bare.derivative("X", at).ravel() for at in np.ndindex(*shape)], dtype=object)  # fmt: skip

    # -- entries in LaTeX ------------------------------------------------------------------------------

    def entry(self, label: str) -> Any:
        name, at = self.labels[label]
        return self.arrays[name][at]

    def left(self, latex: str) -> Any:
        """What the left side of an equation is: an entry of the output, or a derivative of the loss."""
        latex = latex.strip()
        if match := re.fullmatch(r"\\frac\{\\partial L\}\{\\partial (.*)\}|dL/d(.*)", latex):
            name, at = self.labels[plain(match[1] or match[2])]
            return self.gradient(name, at)
        return self.entry(plain(latex))

    def right(self, latex: str) -> Any:
        """A sum of products of entries and derivatives."""
        return compiled(latex, lambda label: lambda env: self.entry(label), self._of_output)({})

    def _of_output(self, above: str, below: str) -> Any:
        (_, output), (name, at) = self.labels[above], self.labels[below]
        return self.derivative(name, at)[output]

    def holds(self, equation: str) -> bool:
        left, right = equation.replace("&", "").split("=", 1)
        return bool(self.left(left) == self.right(right))

    # -- formulas with indices -------------------------------------------------------------------------

    def holds_for_all(self, equation: str, symbols: Mapping[str, int], most: int = 6) -> bool:
        """Whether a formula is right at some entries, with numbers for the layer's symbols."""
        left, right = re.split(r"(?<=\})\s*=", equation.replace("&", "").replace(r"\quad", ""), maxsplit=1)
        match = re.fullmatch(r"\\frac\{\\partial L\}\{\\partial (.*)\}", left.strip())
        name, letters = _access(match[1] if match else left.strip())
        arrays = {one: self._with_axes(one) for one in self.arrays}
        if "count_include_pad" in self.layer.arguments():
            arrays["D"] = self._shares()
        value = compiled(right, lambda text: _entry(text, arrays), None)
        places = list(np.ndindex(*arrays[name].shape))
        chosen = [places[at] for at in np.random.default_rng(0).permutation(len(places))[:most]]
        for at in chosen:
            index = self._unsplit(name, at)
            wanted = self.gradient(name, index) if match else self.arrays[name][index]
            bound = {letter: int(number) for letter, number in zip(letters, at)}
            if value({**symbols, **bound, "": max(max(a.shape, default=1) for a in arrays.values())}) != wanted:
                return False
        return True

    def _shares(self) -> Any:
        """One over the number of elements that an average pooling divides by; for each window if they differ."""
        given = self.layer.arguments()
        if given["count_include_pad"]:
            return np.array(Fraction(1, int(np.prod(given["kernel_size"]))), dtype=object)
        counts = []
        for n, k, s, p in zip(given["input_size"], given["kernel_size"], given["stride"], self.layer.padding):
            starts = range(-p, n + p - k + 1, s)
            counts.append([sum(0 <= start + at < n for at in range(k)) for start in starts])
        sizes = np.array([Fraction(1, int(np.prod(each))) for each in product(*counts)], dtype=object)
        return sizes.reshape([len(each) for each in counts])

    def _split_shape(self, name: str) -> list[tuple[int, bool]]:
        """Sizes with groups apart, and whether one has an index though it is one."""
        groups, shape = int(self.layer.arguments().get("groups", 1)), list(self.arrays[name].shape)
        batch = [] if self.layer.batch_size is None or name in "wb" else [(shape.pop(0), False)]
        channels = [(groups, False), (shape.pop(0) // groups, False)]
        if name == "w":
            channels.append((shape.pop(0), False))
        return [*batch, *channels, *((size, True) for size in shape)]

    def _with_axes(self, name: str) -> Any:
        groups_at = 1 if self.layer.batch_size is not None and name not in "wb" else 0
        sizes = [size for at, (size, always) in enumerate(self._split_shape(name))
                 if always or size > 1 or (self.general and at != groups_at)]  # fmt: skip
        return self.arrays[name].reshape(sizes)

    def _unsplit(self, name: str, at: tuple[int, ...]) -> tuple[int, ...]:
        flat = int(np.ravel_multi_index(at, self._with_axes(name).shape)) if at else 0
        return tuple(int(i) for i in np.unravel_index(flat, self.arrays[name].shape))


def plain(latex: str) -> str:
    r"""X_{12} as X12, v_{10,3} as v_10_3, \delta_{1} as delta1."""
    match = re.fullmatch(r"\\?([A-Za-z]+)(?:_\{([\d,]+)\})?", latex.strip())
    if match is None:
        return latex.strip()
    digits = match[2] or ""
    return match[1] + ("_" + digits.replace(",", "_") if "," in digits else digits)


# -- reading LaTeX -------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"\\frac\{\\partial (?P<above>[^{}]*(?:\{[^{}]*\})?)\}\{\\partial (?P<below>[^{}]*(?:\{[^{}]*\})?)\}"
    r"|\\frac\{(?P<over>\d+)\}\{(?P<under>\d+)\}|(?P<rational>\d+/\d+)|(?P<number>\d+)"
    r"|\\sum_\{(?P<bound>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|(?P<relation>\\le|\\ge)(?![A-Za-z])"
    r"|(?P<name>\\?[A-Za-z]+(?:_\{(?:[^{}]|\{[^{}]*\})*\}|\d[\d_]*|_\d[\d_]*)?)|(?P<mark>[-+()=<\[\]])|\\cdot|\\,|\*|\s+"
)

RELATIONS = {"=": operator.eq, "<": operator.lt, r"\le": operator.le, r"\ge": operator.ge}

Environment = Mapping[str, int]
Value = Callable[[Environment], Any]


def compiled(text: str, entry: Callable[[str], Value], of_output: Callable[[str, str], Any] | None) -> Value:
    """A function of the indices, for a sum of products; ``entry`` gives the value of a name."""
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup]
    assert "".join(match[0] for match in TOKEN.finditer(text)).replace(" ", "") == text.replace(" ", ""), text
    value, rest = _sum(tokens, entry, of_output)
    assert not rest, text
    return value


def _sum(tokens: list[Any], entry: Any, of_output: Any) -> tuple[Value, list[Any]]:
    parts: list[tuple[int, Value]] = []
    sign = 1
    while tokens and tokens[0][0] not in (*RELATIONS, "]", ")"):
        if tokens[0][0] in ("+", "-"):
            sign = -1 if tokens[0][0] == "-" else 1
            tokens = tokens[1:]
        value, tokens = _product(tokens, entry, of_output)
        parts.append((sign, value))
        sign = 1
    return (lambda env: sum(s * value(env) for s, value in parts)), tokens


def _product(tokens: list[Any], entry: Any, of_output: Any) -> tuple[Value, list[Any]]:
    factors: list[Value] = []
    while tokens and tokens[0][0] not in (*RELATIONS, "+", "-", "]", ")"):
        token, tokens = tokens[0], tokens[1:]
        if token["bound"]:
            rest, tokens = _product(tokens, entry, of_output)
            factors.append(_summed([plain(one) for one in re.split(r",(?:\\,)?\s*", token["bound"])], rest))
        elif token["above"]:
            number = of_output(plain(token["above"]), plain(token["below"]))
            factors.append(lambda env, number=number: number)  # type: ignore[misc]
        elif token["over"] or token["number"] or token["rational"]:
            size = Fraction(token["number"] or token["rational"] or f"{token['over']}/{token['under']}")
            factors.append(lambda env, size=size: size)  # type: ignore[misc]
        elif token["name"]:
            factors.append(entry(plain(token["name"])))
        else:
            left, tokens = _sum(tokens, entry, of_output)
            if tokens[0][0] not in RELATIONS:
                factors.append(left)
            while tokens[0][0] in RELATIONS:
                holds = RELATIONS[tokens[0][0]]
                right, tokens = _sum(tokens[1:], entry, of_output)
                factors.insert(0, lambda env, l=left, r=right, h=holds: int(h(l(env), r(env))))  # type: ignore[misc]
                left = right
            tokens = tokens[1:]

    def multiplied(env: Environment) -> Any:
        result: Any = 1
        for factor in factors:
            result *= factor(env)
            if result == 0:
                break
        return result

    return multiplied, tokens


def _summed(names: list[str], body: Value) -> Value:
    def run(env: Environment) -> Any:
        ranges = [range(-1, 2) if name.startswith("r") else range(env[""]) for name in names]
        return sum(body({**env, **dict(zip(names, at))}) for at in product(*ranges))

    return run


def _access(latex: str) -> tuple[str, list[str]]:
    match = re.fullmatch(r"\\?([A-Za-z]+)(?:_\{(.*)\})?", latex)
    assert match is not None, latex
    return match[1], [plain(one) for one in re.split(r",\s*", match[2])] if match[2] else []


def _entry(text: str, arrays: Arrays) -> Value:
    """A tensor at its indices, zero outside; or an index or a size."""
    if (label := re.fullmatch(r"([A-Za-z]+)(\d+)", text)) and label[1] in arrays:
        text = f"{label[1]}_{{{label[2]}}}"
    match = re.fullmatch(r"\\?([A-Za-z]+)_\{(.*)\}", text)
    name = match[1] if match else text
    if name not in arrays:
        return lambda env: env[text]
    array = arrays[name]
    if match is None:
        return lambda env: array[()]
    indices = [compiled(one, lambda letter: _entry(letter, {}), None) for one in re.split(r",\s*", match[2])]

    def read(env: Environment) -> Any:
        at = tuple(int(index(env)) for index in indices)
        inside = len(at) == array.ndim and all(0 <= i < n for i, n in zip(at, array.shape))
        return array[at] if inside else 0

    return read
