"""Runs what ``said_again.py`` says of claims: loops over arrays of numbers at random shapes, without ``symconv``.

What a layer's entries are is found by the forward pass of the tests' own, which is linear in each tensor, so that unit
tensors give the derivatives. Networks have derivatives by complex steps, receptive fields are sets of inputs.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from symconv import AvgPool, MaxPool, Sequential
from symconv.layers import Layer
from tests.claims.by_loops import REACH
from tests.claims.said_again import BY_HAND, Again
from tests.views.test_families import Values, forward, letters_at, random_arrays, tensors_of, truth

TRIALS, LAYERS, MOST = 8, 3, 16
"""Shapes that are drawn, arrays for a layer with numbers, and the most entries of each that are compared."""


def programs_of(subject: Any, claim: Any) -> list[Again]:
    """What is said of a claim by hand; of the programs whose starts fit, those with the longest."""
    text = claim if isinstance(claim, str) else claim[0]
    fitting = [one for one in BY_HAND if f"{text}$".startswith(one.claims)]
    longest = max((len(one.claims) for one in fitting), default=0)
    found = [one for one in fitting if len(one.claims) == longest]
    is_layer = isinstance(subject, Layer)
    return found if is_layer else [one for one in found if one.of in ("holds", "step")]


def program_agrees(subject: Any, program: Again, base: int, text: str = "value") -> bool:
    """Whether a program gives what is true, at every shape that is drawn."""
    return all(same(found, right) for found, right in answers(subject, program, base, text))


def mistake_is_the_claim(subject: Any, program: Again, base: int) -> bool:
    """Whether the right formula with the mistake in it is what is claimed, at every shape that is drawn."""
    claimed = [found for found, _ in answers(subject, program, base)]
    made = [found for found, _ in answers(subject, program, base, "mistake")]
    return len(claimed) == len(made) and all(map(same, claimed, made))


def same(one: Any, other: Any) -> bool:
    """Whether two numbers or arrays are the same, without axes of one entry."""
    left, right = (np.squeeze(np.array(side, dtype=object)) for side in (one, other))
    return left.shape == right.shape and bool(np.all(left == right))


def answers(subject: Any, program: Again, base: int, text: str = "value") -> Iterator[tuple[Any, Any]]:
    """What a program gives and what is right, at shapes and entries that are drawn, the same ones each time."""
    code = getattr(program, text)
    if isinstance(subject, Sequential):
        names = network(subject) if "loss" in repr(subject) else fields(subject)
        yield run(code, names), True
        return
    layer = getattr(subject, "layer", subject)
    chance = random.Random(0)
    for trial in range(LAYERS if layer.is_concrete else TRIALS):
        sizes, concrete = drawn(layer, chance, trial)
        arrays = random_arrays(concrete, trial)
        names = environment(layer, concrete, arrays, sizes, base)
        if program.of in ("holds", "size", "parameters", "step"):
            right = {
                "holds": True, "size": names["counted"], "parameters": names["parameters"], "step": names["stepped"],
            }[program.of]  # fmt: skip
            yield run(code, names), right
            continue
        quantity = program.of if program.of != "jacobian" else "output"
        formula, general = getattr(concrete.direct, quantity), getattr(layer.direct, quantity)
        shape = concrete.output_shape if quantity == "output" else formula.shape
        right = values_of(concrete, quantity, arrays, shape)
        if not program.letters:
            yield run(code, names), right
            continue
        places_of = list(np.ndindex(*shape))
        for at in chance.sample(places_of, min(len(places_of), MOST)):
            index = [number + base for number in letters_at(general.layout, at, sizes).values()]
            letters = program.letters.split()
            if program.of == "jacobian":
                for j in range(concrete.input_size[0]):
                    yield run(code, {**names, **dict(zip(letters, (*index, j)))}), names["d_out"](*index, j)
                continue
            yield run(code, {**names, **dict(zip(letters, index, strict=True))}), right[at]


def drawn(layer: Any, chance: random.Random, trial: int) -> tuple[dict[str, int], Any]:
    """Sizes and the layer with them; at every other trial, of several those with a stride and more outputs."""
    if layer.is_concrete:
        return {}, layer
    found = []
    for _ in range(1 + 15 * (trial % 2)):
        sizes = layer.assumptions.draw(layer.symbol_names, chance, largest(layer, trial))
        found.append((sizes, layer.at(**{name: sizes[name] for name in layer.symbol_names})))
    return max(found, key=lambda one: (max(one[1].stride) > 1 < min(one[1].output_size), prod(one[1].output_size)))


def largest(layer: Layer, trial: int) -> int:
    """The largest size of a trial: later ones are larger, and layers of several axes are smaller."""
    return 4 + trial // 2 if layer.ndim == 1 else 3 + trial // 3


def run(code: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression, or what lines of a program leave in y."""
    inside = dict(names)
    if "\n" not in code:
        return eval(code, inside)
    exec(code, inside)
    return inside["y"]


def values_of(concrete: Layer, quantity: str, arrays: Mapping[str, Any], shape: Sequence[int]) -> Any:
    """A quantity of a layer with numbers, by windows for pooling and by unit tensors for the others."""
    pooled = isinstance(concrete, (AvgPool, MaxPool))
    if pooled and quantity == "output":
        return windows(concrete, arrays["input"])
    if pooled:  # the average is linear in its input
        found = np.zeros(arrays["input"].shape, dtype=object)
        for at in np.ndindex(found.shape):
            unit = np.zeros(found.shape, dtype=object)
            unit[at] = 1
            found[at] = (windows(concrete, unit) * arrays["grad_output"]).sum()
        return found
    if quantity == "output":
        return forward(concrete, {role: array for role, array in arrays.items() if role != "grad_output"})
    found = np.zeros(tuple(shape), dtype=object)
    for at in np.ndindex(*found.shape):
        found[at] = truth(concrete, quantity, dict(arrays), at)
    return found


def windows(concrete: Any, x: Any) -> Any:
    """The maximum or the average of every window."""
    found = np.zeros(concrete.output_shape, dtype=object)
    for channel, *at in np.ndindex(*concrete.output_shape):
        slices = tuple(slice(i * s, i * s + K) for i, s, K in zip(at, concrete.stride, concrete.kernel_size))
        window = x[(channel, *slices)]
        found[(channel, *at)] = window.max() if isinstance(concrete, MaxPool) else Fraction(window.sum(), window.size)
    return found


# -- what programs may use -----------------------------------------------------------------------------


class Counted:
    """A tensor that is zero outside its box, with indices that count from a base."""

    def __init__(self, values: Any, base: int) -> None:
        self.values, self.base = values, base

    def __getitem__(self, index: Any) -> Any:
        at = tuple(number - self.base for number in (index if isinstance(index, tuple) else (index,)))
        return self.values[at]


class Padded:
    """An input with zeros around it, by its own positions."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, at: int) -> Any:
        return self.array[at] if 0 <= at < len(self.array) else 0


def environment(layer: Any, concrete: Any, arrays: Any, sizes: Mapping[str, int], base: int) -> dict[str, Any]:
    """The names of programs about one layer; see ``said_again.py``."""
    roles = {"x": "input", "w": "weight", "g": "grad_output", "b": "bias"}
    ndim, whole = concrete.ndim, {short: arrays.get(role) for short, role in roles.items()}
    if isinstance(concrete, (AvgPool, MaxPool)):
        named = {short: Values(whole[short][0]) for short in "xg"}
    else:
        tensors = tensors_of(layer, concrete, arrays, sizes)
        named = {short: tensors[getattr(layer.notation, role)] for short, role in roles.items() if role in arrays}

    def shown(array: Any) -> Any:
        plain = array is not None and array.ndim > ndim and all(size == 1 for size in array.shape[: array.ndim - ndim])
        return array[(0,) * (array.ndim - ndim)] if plain else array

    found: dict[str, Any] = {
        "np": np,
        "Fraction": Fraction,
        "Z": REACH,
        "tensors": [one for one in "b" if "b" in named],
    }
    found |= {short: Counted(tensor, base) for short, tensor in named.items()}
    found |= {short.upper(): shown(array) for short, array in whole.items() if short != "b"}
    found |= {f"{short.upper()}4": array for short, array in whole.items() if short != "b"}
    found |= {"b_": arrays.get("bias"), "corr": corr, "convolved": convolved, "rot": rot}
    found |= numbers(concrete) | {name: size for name, size in sizes.items() if name not in ("H", "W")}
    found |= {f"{name}_": size for name, size in sizes.items() if name in ("H", "W")}
    found["parameters"] = sum(arrays[role].size for role in ("weight", "bias") if role in arrays)
    found["counted"] = places(concrete)
    found["stepped"] = None
    if isinstance(concrete, (AvgPool, MaxPool)):
        return found
    own = {role: array for role, array in arrays.items() if role != "grad_output"}
    if "bias" in own:
        own["bias"] = np.zeros_like(own["bias"])
    output = values_of(concrete, "output", own, concrete.output_shape)
    found |= {"H": shown(output), "Y4": output}
    pads = [(0, 0)] * (arrays["input"].ndim - ndim) + [(p, p) for p in concrete.padding]
    found |= {"padded_4": np.pad(arrays["input"], pads), "strides": concrete.stride}
    found["padded"] = Padded(np.ravel(found["padded_4"]))
    found["dilations"] = getattr(concrete, "dilation", (1,) * ndim)

    def entry_by(role: str, at: tuple[int, ...]) -> Any:
        unit = np.zeros_like(own[role])
        unit[at] = 1
        return values_of(concrete, "output", {**own, role: unit}, concrete.output_shape)

    known: dict[Any, Any] = {}

    def derivative(role: str, *index: int) -> Any:
        numbers_of = tuple(number - base for number in index)
        rank = len(concrete.output_shape)
        axes = 1 if rank > ndim and len(index) % 2 == 0 and len(index) == 2 * ndim else 0
        left, right = (0,) * axes + numbers_of[: rank - axes], numbers_of[rank - axes :]
        right = (0,) * (own[role].ndim - len(right)) + right
        if (role, right) not in known:
            known[role, right] = entry_by(role, right)
        return known[role, right][left]

    found["d_out"] = lambda *index: derivative("input", *index)
    found["d_out_w"] = lambda *index: derivative("weight", *index)
    return found | formulas(found, named, ndim) | matrices(found, concrete, ndim)


def numbers(concrete: Any) -> dict[str, int]:
    """Sizes and settings, of the first axis and of all of them."""
    pairs = {
        "n": concrete.input_size, "K": concrete.kernel_size, "m": concrete.output_size, "s": concrete.stride,
        "p": concrete.padding, "d": getattr(concrete, "dilation", (1,)),
    }  # fmt: skip
    found = {name: values[0] for name, values in pairs.items()}
    found |= {f"{name}{at + 1}": value for name in ("n", "K", "m") for at, value in enumerate(pairs[name])}
    return found | {"C_in": concrete.in_channels, "C_out": concrete.out_channels}


def places(concrete: Any) -> int:
    """The number of outputs on the first axis, one place of the kernel after the other."""
    n, K, s, p = (getattr(concrete, name)[0] for name in ("input_size", "kernel_size", "stride", "padding"))
    d = getattr(concrete, "dilation", (1,))[0]
    if hasattr(concrete, "output_padding"):
        return int(max(s * i + d * k for i in range(n) for k in range(K)) + 1 - 2 * p + concrete.output_padding[0])
    if getattr(concrete, "ceil_mode", False):
        return sum(1 for i in range(n + 2 * p) if s * i < n + p and s * (i - 1) + d * (K - 1) < n + 2 * p - 1)
    return sum(1 for i in range(n + 2 * p) if s * i + d * (K - 1) <= n + 2 * p - 1)


def formulas(names: Mapping[str, Any], named: Mapping[str, Any], ndim: int) -> dict[str, Any]:
    """The right formulas of one channel, with the settings as arguments, so that a mistake can be made in one."""
    x, w, g, b = (named.get(short) for short in "xwgb")
    N = dict(names)

    def out(i: int, s: int = N["s"], d: int = N["d"], p: int = N["p"]) -> Any:
        return sum(w[k,] * x[s * i + d * k - p,] for k in range(N["K"])) + (b[()] if b is not None else 0)  # type: ignore[index]

    def out2(i: int, j: int, s: Any = (1, 1), d: Any = (1, 1)) -> Any:
        grid = itertools.product(range(N["K1"]), range(N["K2"]))
        return sum(w[k, q] * x[s[0] * i + d[0] * k, s[1] * j + d[1] * q] for k, q in grid)  # type: ignore[index]

    def gx(j: int, s: int = N["s"], d: int = N["d"], p: int = N["p"]) -> Any:
        grid = itertools.product(range(N["m"]), range(N["K"]))
        return sum(g[i,] * w[k,] for i, k in grid if s * i + d * k - p == j)  # type: ignore[index]

    def gw(k: int, s: int = N["s"], d: int = N["d"], p: int = N["p"]) -> Any:
        return sum(g[i,] * x[s * i + d * k - p,] for i in range(N["m"]))  # type: ignore[index]

    return {"out": out, "out2": out2, "gx": gx, "gw": gw}


def matrices(names: Mapping[str, Any], concrete: Any, ndim: int) -> dict[str, Any]:
    """On one axis with one channel: patches, the dense weight and its gradient, and one step of descent."""
    if ndim > 1 or concrete.in_channels > 1 or concrete.out_channels > 1 or names["X"].ndim > 1:
        return {"stepped": None}
    X, G, n, m, K = (names[name] for name in ("X", "G", "n", "m", "K"))
    s, d, p = (names[name] for name in ("s", "d", "p"))
    dense = np.array([[names["d_out"](i, j) for i in range(m)] for j in range(n)], dtype=object)
    padded = Padded(X)
    patches = np.array([[padded[s * i + d * k - p] for k in range(K)] for i in range(m)], dtype=object)
    eta, unit = 7, np.eye(K, dtype=object)
    gradient = np.array([sum(G[i] * (patches[i] @ unit[k]) for i in range(m)) for k in range(K)], dtype=object)
    stepped = np.array([names["W"][k] - eta * gradient[k] for k in range(K)], dtype=object)
    return {
        "V": dense, "DV": np.outer(X, G), "P": patches, "eta": eta, "gradient": gradient, "stepped": stepped,
    }  # fmt: skip


def corr(x: Any, w: Any, s: Any = 1, d: Any = 1) -> Any:
    """The cross-correlation where the kernel lies inside, by its own loops."""
    strides = s if isinstance(s, tuple) else (s,) * x.ndim
    dilations = d if isinstance(d, tuple) else (d,) * x.ndim
    sizes = [(n - e * (k - 1) - 1) // t + 1 for n, k, t, e in zip(x.shape, w.shape, strides, dilations)]
    found = np.zeros([max(size, 0) for size in sizes], dtype=object)
    for at in np.ndindex(*found.shape):
        for k in np.ndindex(*w.shape):
            place = tuple(t * i + e * q for t, i, e, q in zip(strides, at, dilations, k))
            found[at] += w[k] * x[place]
    return found


def convolved(x: Any, w: Any) -> Any:
    """The convolution of mathematics, all of it."""
    found = np.zeros([n + k - 1 for n, k in zip(x.shape, w.shape)], dtype=object)
    for at in np.ndindex(*x.shape):
        for k in np.ndindex(*w.shape):
            found[tuple(map(sum, zip(at, k)))] += x[at] * w[k]
    return found


def rot(w: Any) -> Any:
    return w[(slice(None, None, -1),) * w.ndim]


# -- networks and receptive fields ---------------------------------------------------------------------


def network(net: Any) -> dict[str, Any]:
    """Numbers of a network of two parts with weights, and derivatives of its loss by complex steps."""
    draw = np.random.default_rng(3)
    dense = "Linear" in repr(net)
    shapes = {1: (3, 4), 2: (2, 3)} if dense else {1: (3,), 2: (2,)}
    w = {l: draw.normal(size=shape) for l, shape in shapes.items()}
    bias = {l: draw.normal(size=w[l].shape[0]) if dense else np.zeros(1) for l in w}
    x, target = draw.normal(size=4 if dense else 8), draw.normal(size=2 if dense else 5)

    def act(z: Any) -> Any:
        return 1 / (1 + np.exp(-z)) if dense else np.where(z.real > 0, z, 0)

    def slope(z: Any) -> Any:
        return (act(z) * (1 - act(z))) if dense else (np.asarray(z) > 0).astype(float)

    def apply(w: Any, a: Any) -> Any:
        return (
            w @ a
            if dense
            else np.array([sum(w[k] * a[i + k] for k in range(len(w))) for i in range(len(a) - len(w) + 1)])
        )

    def passed(w: Any, bias: Any, add: Any) -> tuple[Any, Any, Any]:
        z1 = apply(w[1], x) + bias[1] + add.get(1, 0)
        z2 = apply(w[2], act(z1)) + bias[2] + add.get(2, 0)
        return z1, z2, ((z2 - target) ** 2).sum() / 2

    def by(part: Any, change: Any) -> Any:
        found = np.zeros(part.shape)
        for at in np.ndindex(*part.shape):
            step = np.zeros(part.shape, dtype=complex)
            step[at] = 1e-30j
            found[at] = change(step)[2].imag / 1e-30
        return found

    z1, z2, _ = passed(w, bias, {})
    delta = {l: by(z, lambda step, l=l: passed(w, bias, {l: step})) for l, z in ((1, z1), (2, z2))}
    gw = {l: by(w[l], lambda step, l=l: passed({**w, l: w[l] + step}, bias, {})) for l in w}
    gb = {l: by(bias[l], lambda step, l=l: passed(w, {**bias, l: bias[l] + step}, {})) for l in w}
    return {
        "np": np, "w": w, "bias": bias, "z": {1: z1, 2: z2}, "a": {0: x, 1: act(z1), 2: act(z2)}, "delta": delta,
        "gw": gw, "gb": gb, "slope": slope, "close": lambda one, other: bool(np.allclose(one, other)),
    }  # fmt: skip


def fields(net: Any) -> dict[str, Any]:
    """What the outputs of three parts see, as sets of inputs: kernels 3, 2, 3 and strides 2, 2, 1."""
    kernel, stride = {1: 3, 2: 2, 3: 3}, [1, 2, 2, 1]

    def inputs(top: int, at: int, down_to: int = 0) -> set[int]:
        found = {at}
        for l in range(top, down_to, -1):
            found = {stride[l] * i + k for i in found for k in range(kernel[l])}
        return found

    return {
        "field": lambda l: len(inputs(l, 0)), "seen": lambda l: len(inputs(3, 0, l)),
        "jump": lambda l: min(inputs(l, 1)) - min(inputs(l, 0)), "kernel": kernel, "stride": stride, "prod": prod,
    }  # fmt: skip
