"""Thousands of random claims: the verdict agrees with brute force, and what is wrong is never proved.

A claim is made as a small tree, printed as text or as LaTeX for ``check``, and evaluated by loops over integers; the
right value comes from NumPy's own forward pass. Nothing of the reader or of the algebra is used for either.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, check
from symconv.errors import InfiniteSumError
from symconv.layers import Layer
from tests.tools import parts
from tests.views.test_families import letters_at, random_arrays, tensors_of, truth

CLAIMS, PARTS = 5000, 20
Affine = tuple[tuple[int, tuple[str, ...]], ...]
"""A sum of whole numbers times products of names."""
REACH = range(-14, 15)
"""A sum without limits runs over these; every box of the tests is well inside."""


@dataclass(frozen=True)
class Product:
    """coefficient * entries * brackets, summed over ``bound`` (each with limits, or over all integers)."""

    entries: tuple[tuple[str, tuple[Affine, ...]], ...]
    brackets: tuple[tuple[Affine, Affine], ...] = ()
    bound: tuple[tuple[str, Affine | None, Affine | None], ...] = ()
    coefficient: int = 1


Tree = tuple[Product, ...]


def affine(text: str) -> Affine:
    """ "s*i + d*k - p" as an Affine: products of names and numbers, added."""
    terms = []
    for term in text.replace("-", "+-").replace(" ", "").split("+"):
        if term:
            sign, names = (-1, term[1:]) if term[0] == "-" else (1, term)
            parts = names.split("*")
            number = sign
            for part in parts:
                number *= int(part) if part.isdigit() else 1
            terms.append((number, tuple(part for part in parts if not part.isdigit())))
    return tuple(terms)


def access(name: str, *indices: str) -> tuple[str, tuple[Affine, ...]]:
    return name, tuple(map(affine, indices))


def whole(name: str, size: str) -> tuple[str, Affine, Affine]:
    return name, affine("0"), affine(f"{size} - 1")


@cache
def starts() -> tuple[tuple[Layer, str, Tree], ...]:
    """Right formulas to begin with, for general layers and for concrete ones."""
    q = "s*i + d*k - p"
    one = {"in_channels": 1, "out_channels": 1, "bias": False}
    line, full = Conv.general(1, **one), Conv.general(1)
    n, K = sp.symbols("n K", integer=True, positive=True)
    plain, small = Conv(n, K), Conv(5, 3, stride=2, padding=1)
    back = ConvTranspose.general(1, **one, output_padding=0)
    k, i, j = ("k", None, None), ("i", None, None), ("j", None, None)
    return (
        (line, "output", (Product((access("w", "k"), access("X", q)), bound=(k,)),)),
        (line, "output", (Product((access("w", "k"), access("X", q)), bound=(whole("k", "K"),)),)),
        (line, "grad_weight", (Product((access("delta", "i"), access("X", q)), bound=(i,)),)),
        (line, "grad_input", (Product((access("delta", "i"), access("w", "k")), ((affine("j"), affine(q)),), (i, k)),)),
        (
            full,
            "output",
            (
                Product((access("b", "o"),)),
                Product((access("w", "o", "c", "k"), access("X", "c", q)), bound=(("c", None, None), k)),
            ),
        ),
        (full, "grad_bias", (Product((access("delta", "o", "i"),), bound=(i,)),)),
        (full, "grad_weight", (Product((access("delta", "o", "i"), access("X", "c", q)), bound=(i,)),)),
        (plain, "output", (Product((access("w", "k"), access("X", "i + k")), bound=(whole("k", "K"),)),)),
        (plain, "grad_input", (Product((access("delta", "j - k"), access("w", "k")), bound=(k,)),)),
        (plain, "output", (Product((access("w", "k"), access("X", "j")), ((affine("j"), affine("i + k")),), (j, k)),)),
        (small, "output", (Product((access("w", "k"), access("X", "2*i + k - 1")), bound=(k,)),)),
        (small, "grad_weight", (Product((access("delta", "i"), access("X", "2*i + k - 1")), bound=(i,)),)),
        (
            back,
            "output",
            (Product((access("w", "k"), access("X", "j")), ((affine("i"), affine("s*j + d*k - p")),), (j, k)),),
        ),
        (back, "grad_input", (Product((access("w", "k"), access("delta", "s*j + d*k - p")), bound=(k,)),)),
    )


# -- changing it at random -----------------------------------------------------------------------------


def changed(tree: Tree, generator: random.Random) -> Tree:
    """One random change, which may or may not keep the value."""
    at = generator.randrange(len(tree))
    one = tree[at]
    kind = generator.choice(["index", "index", "name", "coefficient", "limits", "bracket", "split", "twice", "rename"])
    if kind == "index" and one.entries:
        which = generator.randrange(len(one.entries))
        name, indices = one.entries[which]
        if indices:
            place = generator.randrange(len(indices))
            new = other_affine(indices[place], generator)
            entry = (name, (*indices[:place], new, *indices[place + 1 :]))
            one = replace(one, entries=(*one.entries[:which], entry, *one.entries[which + 1 :]))
    elif kind == "name":
        one = renamed(one, {"s": "d", "d": "s"}, indices_only=True)
    elif kind == "coefficient":
        one = replace(one, coefficient=one.coefficient * generator.choice([-1, 2, 3]))
    elif kind == "limits" and one.bound:
        which = generator.randrange(len(one.bound))
        name, low, high = one.bound[which]
        if low is None or high is None:
            low, high = affine("0"), affine({"k": "K", "i": "m", "j": "n", "c": "C_in"}.get(name, "n") + " - 1")
        else:
            step = generator.choice([-1, 1])
            low, high = generator.choice([((*low, (step, ())), high), (low, (*high, (step, ())))])
        one = replace(one, bound=(*one.bound[:which], (name, low, high), *one.bound[which + 1 :]))
    elif kind == "bracket" and one.brackets:
        left, right = one.brackets[0]
        one = replace(one, brackets=((left, other_affine(right, generator)), *one.brackets[1:]))
    elif kind == "split":
        return (*tree, replace(one, coefficient=2), replace(one, coefficient=-2))
    elif kind == "twice":
        return (*tree, one)
    elif kind == "rename" and one.bound:
        unused = [name for name in "qt" if name not in {bound for bound, _, _ in one.bound}]
        one = renamed(one, {generator.choice(one.bound)[0]: unused[0]})
    return (*tree[:at], one, *tree[at + 1 :])


def other_affine(index: Affine, generator: random.Random) -> Affine:
    kind = generator.choice(["add", "sign", "drop"])
    if kind == "add" or not index:
        return (*index, (generator.choice([-1, 1, 2]), ()))
    place = generator.randrange(len(index))
    number, names = index[place]
    if kind == "sign":
        return (*index[:place], (-number, names), *index[place + 1 :])
    return (*index[:place], *index[place + 1 :])


def renamed(one: Product, names: dict[str, str], indices_only: bool = False) -> Product:
    def index(part: Affine) -> Affine:
        return tuple((number, tuple(names.get(name, name) for name in product)) for number, product in part)

    bound = one.bound if indices_only else tuple((names.get(name, name), low, high) for name, low, high in one.bound)
    return replace(
        one,
        entries=tuple((name, tuple(map(index, indices))) for name, indices in one.entries),
        brackets=tuple((index(left), index(right)) for left, right in one.brackets),
        bound=bound,
    )


# -- printing it ---------------------------------------------------------------------------------------


def printed(tree: Tree, generator: random.Random, quantity: str, letters: list[str]) -> str:
    latex = generator.random() < 0.5
    text = ""
    for one in tree:
        body = _product(one, latex, generator)
        negative = one.coefficient < 0
        text += (" - " if negative else " + ") if text else ("-" if negative else "")
        text += body
    return f"{_left_side(quantity, letters, latex)} = {text}"


def _left_side(quantity: str, letters: list[str], latex: bool) -> str:
    name = {"output": "h", "grad_input": "X", "grad_weight": "w", "grad_bias": "b"}[quantity]
    entry = f"{name}_{{{', '.join(letters)}}}" if latex else f"{name}[{', '.join(letters)}]"
    if quantity == "output":
        return entry
    return rf"\frac{{\partial L}}{{\partial {entry}}}" if latex else f"dL/d{entry}"


def _product(one: Product, latex: bool, generator: random.Random) -> str:
    times = generator.choice(["*", " "])
    factors = [str(abs(one.coefficient))] if abs(one.coefficient) != 1 else []
    for name, indices in one.entries:
        inside = ", ".join(_affine(index, times) for index in indices)
        shown = {"delta": r"\delta", "X": "x"}.get(name, name)
        factors.append(f"{shown}_{{{inside}}}" if latex else f"{name}[{inside}]")
    for left, right in one.brackets:
        factors.append(f"[{_affine(left, times)} = {_affine(right, times)}]")
    body = (r" \, " if latex else times).join(factors) or "1"
    for name, low, high in one.bound:
        if low is None or high is None:
            body = rf"\sum_{{{name}}} {body}" if latex else f"sum({name}, {body})"
        elif latex:
            body = rf"\sum_{{{name}={_affine(low, times)}}}^{{{_affine(high, times)}}} {body}"
        else:
            body = f"sum({name} = {_affine(low, times)}..{_affine(high, times)}, {body})"
    return body


def _affine(index: Affine, times: str) -> str:
    text = ""
    for number, names in index:
        sign = "-" if number < 0 else "+" if text else ""
        parts = [*([str(abs(number))] if abs(number) != 1 or not names else []), *names]
        text += f" {sign} {times.join(parts)}" if text else sign + times.join(parts)
    return text or "0"


# -- evaluating it -------------------------------------------------------------------------------------


def value(index: Affine, names: dict[str, int]) -> int:
    total = 0
    for number, factors in index:
        term = number
        for part in factors:
            term *= names[part]
        total += term
    return total


def evaluated(tree: Tree, names: dict[str, int], tensors: Any) -> Any:
    total = 0
    for one in tree:
        loops = []
        for _, low, high in one.bound:
            everywhere = low is None or high is None
            loops.append(REACH if everywhere else range(value(low, names), value(high, names) + 1))
        for values in product(*loops):
            inner = {**names, **{name: at for (name, _, _), at in zip(one.bound, values)}}
            if all(value(left, inner) == value(right, inner) for left, right in one.brackets):
                term = one.coefficient
                for name, indices in one.entries:
                    term *= tensors[name][tuple(value(index, inner) for index in indices)]
                    if not term:
                        break
                total += term
    return total


def agrees(layer: Layer, quantity: str, tree: Tree, names: dict[str, str], generator: random.Random) -> bool:
    """Whether the claim has the right value at random shapes, entries and numbers."""
    for trial in range(10):
        if layer.is_concrete:
            sizes, concrete = {}, layer
        else:
            drawn = layer.assumptions.draw(layer.symbol_names, generator, 1 + trial // 3)
            assert drawn is not None
            sizes = drawn
            concrete = layer.at(**{name: sizes[name] for name in layer.symbol_names})
        arrays = random_arrays(concrete, generator.randrange(10**6))
        tensors = tensors_of(layer, concrete, arrays, sizes)
        usual = {"n": concrete.input_size[0], "K": concrete.kernel_size[0], "m": concrete.output_size[0]}
        usual |= {"s": concrete.stride[0], "d": concrete.dilation[0], "p": concrete.padding[0]}
        formula, general = getattr(concrete.direct, quantity), getattr(layer.direct, quantity)
        at = tuple(generator.randrange(size) for size in formula.shape)
        index = {names[letter]: number for letter, number in letters_at(general.layout, at, sizes).items()}
        if evaluated(tree, {**usual, **sizes, **index}, tensors) != truth(concrete, quantity, arrays, at):
            return False
    return True


@pytest.mark.parametrize("part", parts(PARTS, 1))
def test_verdicts_agree_with_brute_force(part: int) -> None:
    generator = random.Random(part)
    counts: Counter[tuple[str, bool]] = Counter()
    for _ in range(CLAIMS // PARTS):
        layer, quantity, tree = generator.choice(starts())
        for _ in range(generator.choice([0, 1, 1, 1, 2])):
            tree = changed(tree, generator)
        letters = [axis.letter for axis in getattr(layer.direct, quantity).axes]
        text = printed(tree, generator, quantity, letters)
        right = agrees(layer, quantity, tree, {letter: letter for letter in letters}, generator)
        try:
            report = check(layer, text)
        except InfiniteSumError:
            assert any(endless(one) for one in tree), text
            counts["endless", right] += 1
            continue
        counts[report.status, right] += 1
        if report.status == "proved":
            assert right, (layer, text)
        elif report.status == "refuted":
            assert report.witness is not None
            if right:  # ten random shapes may miss a difference: the witness must show it
                assert differs(layer, quantity, tree, report.witness), (layer, text, str(report))
        else:
            assert report.remaining, text
    undecided = counts["undecided", True] + counts["undecided", False]
    assert undecided <= CLAIMS // PARTS // 200, counts
    assert counts["proved", True] > 25 and counts["refuted", False] > 75, counts


def endless(one: Product) -> bool:
    """Whether a sum over all integers has no index with only it, or only it and what ends."""
    unlimited = {name for name, low, _ in one.bound if low is None}
    held = [index for _, indices in one.entries for index in indices] + [side for pair in one.brackets for side in pair]
    names = [{name for _, product in index for name in product} & unlimited for index in held]
    return any({name} not in names for name in unlimited)


def differs(layer: Layer, quantity: str, tree: Tree, witness: Any) -> bool:
    """Whether the claim and the right formula have different values at a witness."""
    sizes = dict(witness.sizes)
    concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
    arrays = {role: np.zeros_like(array) for role, array in random_arrays(concrete, 0).items()}
    tensors = tensors_of(layer, concrete, arrays, sizes)
    for (name, at), number in witness.values.items():
        tensors[name].array[at] = number
    usual = {"n": concrete.input_size[0], "K": concrete.kernel_size[0], "m": concrete.output_size[0]}
    usual |= {"s": concrete.stride[0], "d": concrete.dilation[0], "p": concrete.padding[0]}
    claimed = evaluated(tree, {**usual, **sizes, **witness.index}, tensors)
    return bool(claimed == witness.right and witness.left != witness.right)
