r"""Random claims in operators, right ones and wrong ones: each is written as text, and computed by loops of NumPy.

A claim slides one tensor over another, in some mode; the tensors may be flipped, padded, or have zeros between their
elements. What a sign leaves open (correlation or convolution, the mode, which operand slides) makes several readings.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
Tensor: TypeAlias = tuple[str, Array]
"""The channels of a tensor, which are its first axes, and its numbers."""
CHANNELS = {"X": "c", "w": "oc", "delta": "o"}
OF = {"output": "o", "grad_weight": "oc", "grad_input": "c"}


@dataclass(frozen=True)
class Kind:
    """A layer by its parameters: how many axes and channels, the stride, the padding, and whether it flips."""

    ndim: int = 1
    channels: bool = False
    stride: bool = False
    padding: bool = False
    flip: bool = False


@dataclass(frozen=True)
class Operand:
    """A tensor, and what is done to it."""

    name: str
    flipped: bool = False
    spread: bool = False
    padded: bool = False


@dataclass(frozen=True)
class Slide:
    """factor * (one sliding over another); ``sign`` is correlation, convolution, either or layer; "" says no mode."""

    one: Operand
    other: Operand
    sign: str
    mode: str
    factor: int = 1
    turned: bool = False


def right(kind: Kind, of: str, chance: random.Random) -> Slide:
    """A right formula."""
    x = Operand("X", padded=kind.padding)
    delta, w = Operand("delta", spread=kind.stride), Operand("w")
    if of == "output":
        return Slide(x, w, chance.choice(["layer", "convolution" if kind.flip else "correlation"]), "valid")
    if of == "grad_weight":
        return Slide(x, delta, "correlation", "valid", turned=kind.flip)
    if chance.random() < 0.5:
        return Slide(delta, w, "correlation" if kind.flip else "convolution", "full")
    return Slide(delta, replace(w, flipped=True), "convolution" if kind.flip else "correlation", "full")


def changed(one: Slide, chance: random.Random) -> Slide:
    """A change, which may keep the value."""
    what = chance.choice(["flip", "mode", "sign", "factor", "spread", "tensor", "pad", "turn"])
    if what == "flip":
        return replace(one, other=replace(one.other, flipped=not one.other.flipped))
    if what == "mode":
        return replace(one, mode=chance.choice(["valid", "full"]))
    if what == "sign":
        return replace(one, sign=chance.choice(["correlation", "convolution"]))
    if what == "factor":
        return replace(one, factor=chance.choice([2, -1, 3]))
    if what == "spread":
        return replace(one, one=replace(one.one, spread=not one.one.spread))
    if what == "tensor":
        return replace(one, other=replace(one.other, name=chance.choice(["X", "w", "delta"])))
    if what == "pad":
        return replace(one, one=replace(one.one, padded=not one.one.padded))
    return replace(one, turned=not one.turned)


def vaguer(one: Slide, chance: random.Random) -> Slide:
    """The claim with a sign that may be two things, or without its mode."""
    sign = "either" if chance.random() < 0.4 and one.sign != "layer" else one.sign
    vague = chance.random() < 0.25 and sign != "convolution"  # np.convolve has a mode of its own
    return replace(one, sign=sign, mode="" if vague else one.mode)


# -- written -------------------------------------------------------------------------------------------


def written(one: Slide, kind: Kind, of: str, chance: random.Random) -> str:
    """The claim as text or LaTeX."""
    latex = chance.random() < 0.5
    a, b = (_operand(operand, kind, latex, chance) for operand in (one.one, one.other))
    body = _slide(one, kind, a, b, latex, chance)
    if one.turned:
        body = rf"\text{{rot}}_{{180}}({body})" if latex else f"{chance.choice(['rot180', 'flip'])}({body})"
    elif one.factor != 1 and not body.endswith(")"):
        body = f"({body})"
    factor = {1: "", -1: "-"}.get(one.factor, f"{one.factor} " if latex else f"{one.factor}*")
    return f"{_left(of, latex, chance)} = {factor}{body}"


def _left(of: str, latex: bool, chance: random.Random) -> str:
    name = {"output": "y", "grad_weight": "W", "grad_input": "X"}[of]
    if of == "output":
        return chance.choice(["y", "h", "Y"])
    if latex:
        return chance.choice([rf"\frac{{\partial L}}{{\partial {name}}}", rf"\nabla_{name} L"])
    return chance.choice([f"dL/d{name}", f"d{name}", f"∂L/∂{name}"])


def _operand(one: Operand, kind: Kind, latex: bool, chance: random.Random) -> str:
    spelled = {"X": ["X", "x"], "w": ["w", "W"], "delta": [r"\delta" if latex else "delta", "dy"]}[one.name]
    text = chance.choice(spelled)
    if latex and one.name == "delta" and text == "dy":
        text = r"\frac{\partial L}{\partial y}"
    if one.padded:
        text = f"pad({text}, p)" if kind.padding else f"pad({text}, 0)"
    if one.spread:
        text = f"{chance.choice(['upsample', 'dilate'])}({text}, {'s' if kind.stride else '1'})"
    if one.flipped:
        ways = ["rot180({})", "flip({})", r"\text{{rot}}_{{180}}({})" if latex else "rot180({})"]
        text = chance.choice(ways).format(text)
    return text


def _slide(one: Slide, kind: Kind, a: str, b: str, latex: bool, chance: random.Random) -> str:
    if one.sign == "layer":
        return f"conv({a}, {b})" if not one.mode else f"conv({a}, {b}, '{one.mode}')"
    below = rf"_{{\text{{{one.mode}}}}}" if latex and chance.random() < 0.5 else f"_{{{one.mode}}}"
    below = below if one.mode else ""
    if one.sign == "either":
        return f"{a} {chance.choice([chr(92) + 'ast', '*']) if latex else '*'}{below} {b}"
    if one.sign == "correlation" and (not one.mode or chance.random() < 0.6):
        return f"{a} {chr(92) + 'star' if latex else '⋆'}{below} {b}"
    name = {"correlation": "correlate", "convolution": "convolve"}[one.sign]
    called = f"np.{name}" if kind.ndim == 1 else f"scipy.signal.{name}2d"
    return f"{called}({a}, {b}, mode='{one.mode}')"


# -- computed ------------------------------------------------------------------------------------------


def sizes_of(kind: Kind, chance: random.Random) -> dict[str, Any]:
    """Random numbers for a layer of that kind."""
    K = [chance.randint(1, 3) for _ in range(kind.ndim)]
    p = chance.randint(1, 2) if kind.padding else 0
    s = chance.randint(1, 3) if kind.stride else 1
    n = [chance.randint(max(1, k - 2 * p), 7) for k in K]
    m = [(a + 2 * p - k) // s + 1 for a, k in zip(n, K)]
    C, F = (chance.randint(1, 2), chance.randint(1, 2)) if kind.channels else (1, 1)
    return {"n": n, "K": K, "m": m, "s": s, "p": p, "c": C, "o": F}


def tensors_of(sizes: Mapping[str, Any], chance: random.Random) -> dict[str, Array]:
    draw = np.random.default_rng(chance.randrange(10**9))
    shapes = {"X": sizes["n"], "w": sizes["K"], "delta": sizes["m"]}
    return {
        name: draw.integers(-9, 10, (*(sizes[one] for one in CHANNELS[name]), *shape)) for name, shape in shapes.items()
    }


def truth(kind: Kind, of: str, sizes: Mapping[str, Any], tensors: Mapping[str, Array]) -> Array:
    """The quantity, product by product."""
    X, w, delta = tensors["X"], tensors["w"], tensors["delta"]
    result = np.zeros({"output": delta, "grad_weight": w, "grad_input": X}[of].shape, dtype=int)
    s, p, K = sizes["s"], sizes["p"], sizes["K"]
    for o, c in product(range(sizes["o"]), range(sizes["c"])):
        for i in np.ndindex(*sizes["m"]):
            for k in np.ndindex(*K):
                at = tuple(s * a + b - p for a, b in zip(i, k))
                if all(0 <= one < n for one, n in zip(at, sizes["n"])):
                    by = tuple(size - 1 - one for one, size in zip(k, K)) if kind.flip else k
                    if of == "output":
                        result[(o, *i)] += w[(o, c, *by)] * X[(c, *at)]
                    elif of == "grad_weight":
                        result[(o, c, *by)] += delta[(o, *i)] * X[(c, *at)]
                    else:
                        result[(c, *at)] += delta[(o, *i)] * w[(o, c, *by)]
    return result


def readings(one: Slide, kind: Kind) -> Iterator[tuple[bool, str, bool]]:
    """What the claim may mean: whether the sign flips, the mode, and which operand slides."""
    flips = {"correlation": [False], "convolution": [True], "layer": [kind.flip], "either": [False, True]}[one.sign]
    modes = [one.mode] if one.mode else ["valid", "full", "same", "layer"]
    yield from product(flips, modes, [False, True])


def value(one: Slide, sizes: Mapping[str, Any], tensors: Mapping[str, Array], reading: Any) -> Tensor | None:
    """The claim's tensor in one reading; None if the operands do not fit or it has no elements."""
    flips, mode, exchanged = reading
    pair = [_made(operand, sizes, tensors) for operand in (one.one, one.other)]
    (first, a), (second, b) = pair[::-1] if exchanged else pair
    ndim = len(sizes["n"])
    b = _flipped(b, ndim) if flips else b
    lengths, kernel = a.shape[-ndim:], b.shape[-ndim:]
    step = sizes["s"] if mode == "layer" else 1
    ends = {
        "valid": [(0, 0)] * ndim, "full": [(k - 1, k - 1) for k in kernel], "layer": [(sizes["p"],) * 2] * ndim,
        "same": [((k - 1) // 2, k - 1 - (k - 1) // 2) for k in kernel],
    }[mode]  # fmt: skip
    if mode == "same" and flips:
        ends = [(high, low) for low, high in ends]
    a = np.pad(a, [(0, 0)] * len(first) + ends)
    shape = [(n + low + high - k) // step + 1 for n, (low, high), k in zip(lengths, ends, kernel)]
    if min(shape) < 1:
        return None
    kept = "".join(letter for letter in "oc" if (letter in first) != (letter in second))
    result = np.zeros((*(sizes[letter] for letter in kept), *shape), dtype=int)
    for i in np.ndindex(*shape):
        window = a[(..., *(slice(step * at, step * at + k) for at, k in zip(i, kernel)))]
        axes = "xyz"[:ndim]
        result[(..., *i)] = np.einsum(f"{first}{axes},{second}{axes}->{kept}", window, b)
    result = one.factor * (_flipped(result, ndim) if one.turned else result)
    return kept, result


def _made(one: Operand, sizes: Mapping[str, Any], tensors: Mapping[str, Array]) -> Tensor:
    array, ndim = tensors[one.name], len(sizes["n"])
    if one.padded:
        array = np.pad(array, [(0, 0)] * (array.ndim - ndim) + [(sizes["p"],) * 2] * ndim)
    if one.spread:
        wide = np.zeros((*array.shape[:-ndim], *(sizes["s"] * (n - 1) + 1 for n in array.shape[-ndim:])), dtype=int)
        wide[(..., *[slice(None, None, sizes["s"])] * ndim)] = array
        array = wide
    return CHANNELS[one.name], _flipped(array, ndim) if one.flipped else array


def _flipped(array: Array, ndim: int) -> Array:
    return array[(..., *[slice(None, None, -1)] * ndim)]


def agrees(one: Slide, kind: Kind, of: str, shots: Sequence[Any], reading: Any, exact: bool) -> bool:
    """Whether a reading has the right entries at some sizes, 0 beyond its ends; if ``exact``, the right shape too."""
    for sizes, tensors in shots:
        found, wanted = value(one, sizes, tensors, reading), truth(kind, of, sizes, tensors)
        if found is None or found[0] != OF[of]:
            return False
        got = found[1]
        if got.shape != wanted.shape and exact:
            return False
        common = tuple(slice(0, min(a, b)) for a, b in zip(got.shape, wanted.shape))
        filled = np.zeros_like(wanted)
        filled[common] = got[common]
        if not (filled == wanted).all():
            return False
    return True
