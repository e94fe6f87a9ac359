"""Claims about layers with letters for their sizes, right and wrong ones, with what is known of them.

A claim starts from the right formula and may be changed in one or two places. Whether it is still right is found by
plain loops over integers: at several shapes, all entries, with random numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product
from typing import Any

import numpy as np

Affine = tuple[tuple[int, str], ...]
"""A sum of whole numbers times products of letters ("s*i"; "" is 1)."""

READ: dict[str, Affine] = {
    "all letters": ((1, "s*i"), (1, "d*k"), (-1, "p")),
    "channels": ((1, "s*i"), (1, "d*k"), (-1, "p")),
    "plain": ((1, "i"), (1, "k")),
}
"""What the input is read at, by the kind of layer."""
QUANTITIES = ("output", "grad_weight", "grad_input")
REACH = 3
"""Sums run so far beyond the kernel and the outputs, where everything is zero."""
SHAPES = 8


@dataclass(frozen=True)
class GeneralClaim:
    """A formula for every entry; the default is the right one. ``family`` is the kind of layer."""

    family: str
    quantity: str
    read: Affine
    coefficient: int = 1
    weight: Affine = ((1, "k"),)
    upstream: Affine = ((1, "i"),)
    channels_exchanged: bool = False

    @property
    def expected(self) -> str:
        return "proved" if is_right(self) else "refuted"

    def text(self, latex: bool) -> str:
        """The claim as people write it."""
        channels = self.family == "channels"
        c, o = ("o, ", "c, ") if self.channels_exchanged else ("c, ", "o, ")
        x = ("x", f"{'c, ' if channels else ''}{said(self.read, latex)}")
        w = ("w", f"{o + c if channels else ''}{said(self.weight, latex)}")
        delta = ("delta", f"{'o, ' if channels else ''}{said(self.upstream, latex)}")
        if self.quantity == "output":
            left, bound, factors = ("h", "o, i" if channels else "i"), "k", [w, x]
        elif self.quantity == "grad_weight":
            left, bound, factors = ("w", "o, c, k" if channels else "k"), "i", [delta, x]
        else:
            left, bound, factors = ("x", "c, j" if channels else "j"), "i, k", [delta, w]
        summed = {"output": "c, ", "grad_weight": "", "grad_input": "o, "}[self.quantity] if channels else ""
        parts = [f"[j = {said(self.read, latex)}]"] if self.quantity == "grad_input" else []
        number = "" if self.coefficient == 1 else f"{self.coefficient} "
        if latex:
            entries = " ".join([*(f"{_greek(name)}_{{{index}}}" for name, index in factors), *parts])
            body = rf"{number}\sum_{{{summed}{bound}}} {entries}"
            entry = f"{left[0]}_{{{left[1]}}}"
            name = entry if self.quantity == "output" else rf"\frac{{\partial L}}{{\partial {entry}}}"
        else:
            entries = "*".join([*(f"{name}[{index}]" for name, index in factors), *parts])
            body = f"{number}sum({summed}{bound}, {entries})"
            name = f"{'' if self.quantity == 'output' else 'dL/d'}{left[0]}[{left[1]}]"
        return f"{name} = {body}"


def right_claim(family: str, quantity: str) -> GeneralClaim:
    """
    >>> right_claim("all letters", "output").text(latex=False)
    'h[i] = sum(k, w[k]*x[s*i + d*k - p])'
    """
    return GeneralClaim(family, quantity, READ[family])


def general_claims(seed: int) -> Iterator[tuple[GeneralClaim, str]]:
    """Endless claims, about half of them changed, each with its text (plain or LaTeX)."""
    generator = random.Random(seed)
    while True:
        claim = right_claim(generator.choice(list(READ)), generator.choice(QUANTITIES))
        for _ in range(generator.choice([0, 0, 1, 1, 2])):
            claim = changed(claim, generator)
        yield claim, claim.text(generator.random() < 0.5)


def some_claims(count: int, seed: int) -> list[tuple[GeneralClaim, str]]:
    return list(islice(general_claims(seed), count))


def changed(claim: GeneralClaim, generator: random.Random) -> GeneralClaim:
    """One thing changed, which may or may not matter."""
    kind = generator.choice(["one more", "sign", "left out", "exchanged", "factor", "flipped", "shifted", "channels"])
    at = generator.randrange(len(claim.read))
    number, letters = claim.read[at]
    others = (*claim.read[:at], *claim.read[at + 1 :])
    if kind == "one more":
        return replace(claim, read=(*claim.read, (generator.choice([-1, 1]), "")))
    if kind == "sign":
        return replace(claim, read=(*claim.read[:at], (-number, letters), *claim.read[at + 1 :]))
    if kind == "left out" and others and letters in ("p", ""):
        return replace(claim, read=others)
    if kind == "exchanged":
        exchange = str.maketrans("sd", "ds")
        return replace(claim, read=tuple((n, one.translate(exchange)) for n, one in claim.read))
    if kind == "factor":
        return replace(claim, coefficient=claim.coefficient * generator.choice([2, -1]))
    if kind == "flipped" and claim.quantity != "grad_weight":
        return replace(claim, weight=((1, "K"), (-1, ""), (-1, "k")))
    if kind == "shifted" and claim.quantity != "output":
        return replace(claim, upstream=((1, "i"), (generator.choice([-1, 1]), "")))
    if kind == "channels" and claim.family == "channels" and claim.quantity != "grad_weight":
        return replace(claim, channels_exchanged=not claim.channels_exchanged)
    return claim


def said(index: Affine, latex: bool) -> str:
    """
    >>> said(((1, "s*i"), (-1, "p"), (1, "")), latex=True)
    's i - p + 1'
    """
    words = ""
    for number, letters in index:
        sign = "-" if number < 0 else "+" if words else ""
        part = (letters.replace("*", " ") if latex else letters) or str(abs(number))
        words += f" {sign} {part}" if words else sign + part
    return words


def _greek(name: str) -> str:
    return r"\delta" if name == "delta" else name


# -- what is right -------------------------------------------------------------------------------------


def is_right(claim: GeneralClaim) -> bool:
    """Whether the claim has the right value of every entry at several shapes, with random whole numbers."""
    right = right_claim(claim.family, claim.quantity)
    return claim == right or all(values(claim, shape) == values(right, shape) for shape in shapes(claim.family))


@cache
def shapes(family: str) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Sizes at which claims are tried, large enough to tell the letters apart."""
    generator = random.Random(0)
    found: list[tuple[tuple[str, int], ...]] = []
    while len(found) < SHAPES:
        plain = family == "plain"
        s, d, p = (1, 1, 0) if plain else (generator.randint(1, 3), generator.randint(1, 3), generator.randint(0, 2))
        n, K = generator.randint(4, 8), generator.randint(1, 3)
        spare = n + 2 * p - d * (K - 1) - 1
        if spare >= s:
            names = {"n": n, "K": K, "s": s, "d": d, "p": p, "m": spare // s + 1}
            channels = {"C_in": 2, "C_out": 3} if family == "channels" else {"C_in": 1, "C_out": 1}
            found.append(tuple({**names, **channels}.items()))
    return tuple(found)


@cache
def numbers(shape: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    """Random tensors of a shape, zero outside their boxes."""
    sizes, generator = dict(shape), np.random.default_rng(0)
    boxes = {
        "x": (sizes["C_in"], sizes["n"]),
        "w": (sizes["C_out"], sizes["C_in"], sizes["K"]),
        "delta": (sizes["C_out"], sizes["m"]),
    }
    return {
        name: dict(zip(product(*map(range, box)), generator.integers(1, 100, box).ravel().tolist()))
        for name, box in boxes.items()
    }


@cache
def values(claim: GeneralClaim, shape: tuple[tuple[str, int], ...]) -> dict[tuple[int, ...], int]:
    """The claim's value of every entry, summed product by product."""
    sizes, tensors = dict(shape), numbers(shape)
    x, w, delta = tensors["x"], tensors["w"], tensors["delta"]
    own = {"output": delta, "grad_weight": w, "grad_input": x}[claim.quantity]
    result: dict[tuple[int, ...], int] = dict.fromkeys(own, 0)
    entry: tuple[int, ...]
    for i, k in product(range(-REACH, sizes["m"] + REACH), range(-REACH, sizes["K"] + REACH)):
        names = {**sizes, "i": i, "k": k}
        read, weight, upstream = (value(one, names) for one in (claim.read, claim.weight, claim.upstream))
        for c, o in product(range(sizes["C_in"]), range(sizes["C_out"])):
            of_weight = w.get((c, o, weight) if claim.channels_exchanged else (o, c, weight), 0)
            if claim.quantity == "output":
                entry, number = (o, i), of_weight * x.get((c, read), 0)
            elif claim.quantity == "grad_weight":
                entry, number = (o, c, k), delta.get((o, upstream), 0) * x.get((c, read), 0)
            else:
                entry, number = (c, read), delta.get((o, upstream), 0) * of_weight
            if entry in result:
                result[entry] += claim.coefficient * number
    return result


def value(index: Affine, names: dict[str, int]) -> int:
    total = 0
    for number, letters in index:
        term = number
        for letter in filter(None, letters.split("*")):
            term *= names[letter]
        total += term
    return total
