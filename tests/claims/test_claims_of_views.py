"""Claims that name h, v, a, P or a derivative: they stand for what the layer makes them, never for free numbers.

Every claim is a small tree, printed as text, LaTeX or SymPy for ``check``. Its truth comes from loops over integers,
with h, v, P and the derivatives made by NumPy's forward pass from unit tensors; nothing of the reader or of the algebra
is used for that.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, check
from symconv.errors import InfiniteSumError
from symconv.layers import Layer
from symconv.numeric.reference import forward
from tests.claims.test_random_claims import Product, Tree, _product, affine, changed, evaluated
from tests.views.test_families import Values, random_arrays, tensors_of, truth

positive: dict[str, Any] = {"integer": True, "positive": True}
G, N, L = sp.symbols("G N l", **positive)
ONE: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "bias": False}
LINE = Conv.general(1, **ONE)
FULL = Conv.general(1)
GROUPS = Conv.general(1, groups=G, bias=False)
BATCH = Conv.general(1, batch_size=N, **ONE)
PLANE = Conv.general(2, **ONE)
BACK = ConvTranspose.general(1, **ONE, output_padding=0)
FLIPPED = Conv.general(1, flip=True, padding=0, dilation=1, **ONE)
WRAPPED = Conv.general(1, padding_mode="circular", stride=1, dilation=1, **ONE)
HELD = Conv.general(1, padding_mode="replicate", stride=1, dilation=1, **ONE)
SPREAD = Conv.general(1, input_dilation=L, padding=0, stride=1, dilation=1, **ONE)
SMALL = Conv(5, 3, stride=2, padding=1)
MEAN = AvgPool.general(1, channels=1, padding=0)
MOST = MaxPool.general(1, channels=1, padding=0, dilation=1)
Q = "s*i + d*k - p"


def tree(text: str, bound: str = "", brackets: str = "") -> Tree:
    """One product: "delta[i] v[j, i]" summed over all integers for each of the bound names."""
    entries = tuple(
        (name, tuple(map(affine, inside.split(",") if inside else ())))
        for name, inside in re.findall(r"(\w+)\[([^]]*)\]", text)
    )
    sides = [one.split("=") for one in brackets.split(";") if one]
    pairs = tuple((affine(left), affine(right)) for left, right in sides)
    return (Product(entries, pairs, tuple((name, None, None) for name in bound.split())),)


WINDOW = ((affine("j"), affine("s*i + k")),)
RIGHT: list[tuple[Layer, str, str, Tree]] = [
    (LINE, "output", "i", tree("v[j,i] X[j]", "j")),
    (LINE, "output", "i", tree("w[k] P[i,k]", "k")),
    (LINE, "output", "i", tree("h[i]")),
    (LINE, "matrix", "j i", tree("w[k]", "k", f"j={Q}")),
    (LINE, "grad_input", "j", tree("delta[i] v[j,i]", "i")),
    (LINE, "grad_input", "j", tree("dL_dP[i,k]", "i k", f"j={Q}")),
    (LINE, "grad_weight", "k", tree("delta[i] P[i,k]", "i")),
    (LINE, "grad_weight", "k", tree("dL_dv[j,i]", "i j", f"j={Q}")),
    (LINE, "grad_matrix", "j i", tree("X[j] delta[i]")),
    (LINE, "patches", "i k", tree(f"X[{Q}]")),
    (LINE, "grad_patches", "i k", tree("delta[i] w[k]")),
    (LINE, "grad_patches", "i k", tree("dL_dP[i,k]")),
    (FULL, "output", "o i", (*tree("v[c,j,o,i] X[c,j]", "c j"), *tree("a[o,i]"))),
    (FULL, "output", "o i", (*tree("w[o,c,k] P[i,c,k]", "c k"), *tree("b[o]"))),
    (FULL, "dense_bias", "o i", tree("b[o]")),
    (FULL, "matrix", "c j o i", tree("w[o,c,k]", "k", f"j={Q}")),
    (FULL, "grad_input", "c j", tree("delta[o,i] v[c,j,o,i]", "o i")),
    (FULL, "grad_weight", "o c k", tree("delta[o,i] P[i,c,k]", "i")),
    (FULL, "grad_bias", "o", tree("delta[o,i]", "i")),
    (GROUPS, "output", "g o i", tree("w[g,o,c,k] P[i,g,c,k]", "c k")),
    (GROUPS, "grad_weight", "g o c k", tree("delta[g,o,i] P[i,g,c,k]", "i")),
    (BATCH, "output", "e i", tree("v[j,i] X[e,j]", "j")),
    (BATCH, "output", "e i", tree("w[k] P[e,i,k]", "k")),
    (BATCH, "grad_weight", "k", tree("delta[e,i] P[e,i,k]", "e i")),
    (BATCH, "grad_matrix", "j i", tree("delta[e,i] X[e,j]", "e")),
    (BATCH, "grad_input", "e j", tree("delta[e,i] v[j,i]", "i")),
    (PLANE, "output", "i1 i2", tree("w[k1,k2] P[i1,i2,k1,k2]", "k1 k2")),
    (PLANE, "output", "i1 i2", tree("v[j1,j2,i1,i2] X[j1,j2]", "j1 j2")),
    (PLANE, "grad_weight", "k1 k2", tree("delta[i1,i2] P[i1,i2,k1,k2]", "i1 i2")),
    (BACK, "output", "i", tree("v[j,i] X[j]", "j")),
    (BACK, "grad_input", "j", tree("delta[i] v[j,i]", "i")),
    (BACK, "matrix", "j i", tree("w[k]", "k", "i=s*j + d*k - p")),
    (FLIPPED, "output", "i", tree("v[j,i] X[j]", "j")),
    (FLIPPED, "grad_weight", "k", tree("delta[i] P[i,k]", "i")),
    (WRAPPED, "output", "i", tree("w[k] P[i,k]", "k")),
    (WRAPPED, "grad_input", "j", tree("delta[i] v[j,i]", "i")),
    (HELD, "output", "i", tree("v[j,i] X[j]", "j")),
    (SPREAD, "grad_input", "j", tree("delta[i] v[j,i]", "i")),
    (SPREAD, "grad_weight", "k", tree("delta[i] P[i,k]", "i")),
    (SMALL, "output", "i", tree("v[j,i] X[j]", "j")),
    (SMALL, "grad_weight", "k", tree("delta[i] P[i,k]", "i")),
    (SMALL, "grad_input", "j", tree("delta[i] w[k]", "i k", "j=2*i + k - 1")),
    (MEAN, "output", "i", tree("v[j,i] X[j]", "j")),
    (MEAN, "grad_input", "j", tree("delta[i] v[j,i]", "i")),
    (MEAN, "matrix", "j i", (Product((("D", ()),), WINDOW, (("k", affine("0"), affine("K - 1")),)),)),
    (MOST, "output", "i", tree("S[i,k] X[s*i + k]", "k")),
    (MOST, "output", "i", tree("S[i,k] P[i,k]", "k")),
    (MOST, "grad_input", "j", tree("delta[i] S[i,k]", "i k", "j=s*i + k")),
    (MOST, "grad_patches", "i k", tree("delta[i] S[i,k]")),
]  # fmt: skip
LEFT = {"output": "h", "matrix": "v", "dense_bias": "a", "patches": "P"}
BY = {"grad_input": "X", "grad_weight": "w", "grad_bias": "b", "grad_matrix": "v", "grad_patches": "P"}


# -- writing claims ------------------------------------------------------------------------------------


def as_text(quantity: str, letters: str, claim: Tree, generator: random.Random) -> str:
    latex = generator.random() < 0.4 and not any("dL_d" in name for one in claim for name, _ in one.entries)
    text = ""
    for one in claim:
        sign = (" - " if one.coefficient < 0 else " + ") if text else ("-" if one.coefficient < 0 else "")
        text += sign + _product(one, latex, generator).replace("D[]", "D").replace("D_{}", "D")
    inside = ", ".join(letters.split())
    entry = f"_{{{inside}}}" if latex else f"[{inside}]"
    if quantity in LEFT:
        return f"{LEFT[quantity]}{entry} = {text}"
    by = f"{BY[quantity]}{entry}"
    return rf"\frac{{\partial L}}{{\partial {by}}} = {text}" if latex else f"dL/d{by} = {text}"


def as_sympy(claim: Tree) -> sp.Expr:
    def index(part: Any) -> sp.Expr:
        return sp.Add(*(number * sp.Mul(*(sp.Symbol(n, integer=True) for n in names)) for number, names in part))

    total = sp.Integer(0)
    for one in claim:
        factors: list[sp.Expr] = [sp.Integer(one.coefficient)]
        for name, indices in one.entries:
            factors.append(sp.IndexedBase(name)[tuple(map(index, indices))] if indices else sp.Symbol(name))
        factors += [sp.KroneckerDelta(index(left), index(right)) for left, right in one.brackets]
        limits = [
            (sp.Symbol(name, integer=True), *((-sp.oo, sp.oo) if low is None else (index(low), index(high))))
            for name, low, high in one.bound
        ]
        total += sp.Sum(sp.Mul(*factors), *limits) if limits else sp.Mul(*factors)
    return total


# -- what is right, in numbers --------------------------------------------------------------------------


class Numbers:
    """Every tensor of a layer in numbers, with an axis for each index of its general formulas."""

    def __init__(self, general: Layer, sizes: dict[str, int], arrays: dict[str, Any] | None = None, seed: int = 0):
        self.layer = general if general.is_concrete else general.at(**{n: sizes[n] for n in general.symbol_names})
        self.general, self.sizes = general, sizes
        self.arrays = arrays or random_arrays(self.layer, seed)
        self.given = {role: array for role, array in self.arrays.items() if role != "grad_output"}
        own = dict(self.arrays)
        if isinstance(self.layer, MaxPool):
            self.switch = chosen(self.layer, self.given["input"])
        tensors = {} if isinstance(self.layer, MaxPool) else tensors_of(general, self.layer, own, sizes)
        self.tensors: dict[str, Values] = tensors
        for name, make in self.makers().items():
            self.tensors[name] = Values(self.shaped(name, make()))

    def makers(self) -> dict[str, Any]:
        makers = {
            "X": lambda: self.given["input"], "delta": lambda: self.arrays["grad_output"], "h": self.output,
            "P": self.patches, "dL_dX": lambda: self.gradient("input"),
        }  # fmt: skip
        if self.general in (LINE, MOST):
            makers["dL_dP"] = self.grad_patches
        if isinstance(self.layer, MaxPool):
            return {**makers, "S": lambda: self.switch}
        makers |= {"v": self.dense, "dL_dv": self.grad_dense}
        if "weight" in self.given:
            makers["dL_dw"] = lambda: self.gradient("weight")
        if "bias" in self.given:
            makers |= {"a": self.dense_bias, "dL_db": lambda: self.gradient("bias")}
        return makers

    def layout(self, name: str) -> Any:
        layer, views = self.general, {"P": "patches", "v": "fully_connected", "a": "fully_connected"}
        if name.startswith("dL_d"):
            return self.layout(name.removeprefix("dL_d"))
        return getattr(layer, views.get(name, "direct")).all_layouts[name]

    def shaped(self, name: str, array: Any) -> Any:
        sizes = [int(axis.size.evaluate(self.sizes)) for dimension in self.layout(name) for axis in dimension]
        return np.asarray(array, dtype=object).reshape(sizes)

    def output(self, **changed: Any) -> Any:
        if isinstance(self.layer, MaxPool):
            return np.asarray([sum(x * s for x, s in zip(row, one)) for row, one in zip(self.patches(), self.switch)])
        return forward(self.layer, {**self.given, **changed})

    def without_bias(self) -> dict[str, Any]:
        return {"bias": np.zeros_like(self.given["bias"])} if "bias" in self.given else {}

    def units(self, role: str) -> Any:
        for at in np.ndindex(*self.given[role].shape):
            unit = np.zeros_like(self.given[role])
            unit[at] = 1
            yield at, unit

    def gradient(self, role: str) -> Any:
        result = np.zeros_like(self.given[role])
        if isinstance(self.layer, MaxPool):
            (s,), (K,) = self.layer.stride, self.layer.kernel_size
            for i, k in product(range(int(self.layer.output_size[0])), range(int(K))):
                result[0, int(s) * i + k] += self.arrays["grad_output"][0, i] * self.switch[i][k]
            return result
        for at, _ in self.units(role):
            result[at] = truth(self.layer, f"grad_{role}", self.arrays, at)
        return result

    def dense(self) -> Any:
        """One example's outputs of unit inputs."""
        batched = self.layer.batch_size is not None
        rows = [
            self.output(input=unit, **self.without_bias())[0 if batched else ...].ravel()
            for at, unit in self.units("input")
            if not batched or at[0] == 0
        ]
        return np.array(rows, dtype=object)

    def dense_bias(self) -> Any:
        return self.output(input=np.zeros_like(self.given["input"]))

    def grad_dense(self) -> Any:
        batched = self.layer.batch_size is not None
        x, delta = self.given["input"], self.arrays["grad_output"]
        pairs = zip(x, delta) if batched else [(x, delta)]
        return sum(np.outer(one.ravel(), other.ravel()) for one, other in pairs)

    def patches(self) -> Any:
        """What unit weights read: the first output of every group."""
        if isinstance(self.layer, (AvgPool, MaxPool)):
            (s,), (K,), x = self.layer.stride, self.layer.kernel_size, self.given["input"]
            return [[x[0, int(s) * i + k] for k in range(int(K))] for i in range(int(self.layer.output_size[0]))]
        groups = int(self.layer.groups)
        shape = self.given["weight"].shape
        if isinstance(self.layer, ConvTranspose):
            shape = (shape[1] * groups, shape[0] // groups, *shape[2:])
        outputs = shape[0] // groups
        columns = []
        for at in np.ndindex(groups, *shape[1:]):
            unit = np.zeros(shape, dtype=object)
            unit[(at[0] * outputs, *at[1:])] = 1
            unit = unit if not isinstance(self.layer, ConvTranspose) else unit.reshape(self.given["weight"].shape)
            read = self.output(weight=unit, **self.without_bias())
            columns.append(read.take(at[0] * outputs, axis=-1 - self.layer.ndim))
        stacked = np.array(columns, dtype=object)
        return np.moveaxis(stacked, 0, -1)

    def grad_patches(self) -> Any:
        """dL/dP[i, k] of one channel: delta[i] w[k], or delta[i] S[i, k]."""
        delta = self.arrays["grad_output"].ravel()
        if isinstance(self.layer, MaxPool):
            return [[d * s for s in row] for d, row in zip(delta, self.switch)]
        return np.outer(delta, self.given["weight"].ravel())

    def right(self, quantity: str) -> Values:
        return self.tensors[LEFT[quantity] if quantity in LEFT else f"dL_d{BY[quantity]}"]

    @property
    def usual(self) -> dict[str, int]:
        layer = self.layer
        values: dict[str, int] = {}
        for letter, numbers in (("n", layer.input_size), ("K", layer.kernel_size), ("m", layer.output_size)):
            values |= {letter if layer.ndim == 1 else f"{letter}{at + 1}": int(n) for at, n in enumerate(numbers)}
        for letter, parameter in (("s", "stride"), ("d", "dilation"), ("p", "padding")):
            if layer.ndim == 1 and parameter in layer.PARAMETERS:
                values[letter] = int(getattr(layer, parameter)[0])
        return {**values, **self.sizes}

    def claimed(self, claim: Tree, letters: str, at: tuple[int, ...]) -> Any:
        return evaluated(claim, {**self.usual, **dict(zip(letters.split(), at))}, self.tensors)


def chosen(layer: MaxPool, x: Any) -> list[list[int]]:
    """The switches by looking: 1 at the first largest element of a window."""
    (s,), (K,) = layer.stride, layer.kernel_size
    result = []
    for i in range(int(layer.output_size[0])):
        window = [int(x[0, int(s) * i + k]) for k in range(int(K))]
        result.append([int(k == window.index(max(window))) for k in range(int(K))])
    return result


def drawn(layer: Layer, generator: random.Random, largest: int) -> dict[str, int]:
    values = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, generator, largest)
    assert values is not None
    return values


def agrees(layer: Layer, quantity: str, letters: str, claim: Tree, generator: random.Random) -> bool:
    """Whether every entry has the right value at some random shapes."""
    for trial in range(6):
        sizes = drawn(layer, generator, 1 + (trial + 1) // (2 * layer.ndim))
        numbers = Numbers(layer, sizes, seed=generator.randrange(10**6))
        right = numbers.right(quantity)
        places = list(np.ndindex(*right.array.shape))
        for at in generator.sample(places, min(len(places), 8)):
            if numbers.claimed(claim, letters, at) != right[at]:
                return False
    return True


def shows(layer: Layer, quantity: str, letters: str, claim: Tree, witness: Any) -> bool:
    """Whether a witness has the numbers that it says."""
    sizes = dict(witness.sizes)
    concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
    arrays = {role: np.zeros_like(array) for role, array in random_arrays(concrete, 0).items()}
    roles = {"X": "input", "w": "weight", "b": "bias", "delta": "grad_output"}
    for (name, at), number in witness.values.items():
        if name in roles:
            shape = tensors_shape(layer, name, sizes)
            flat = int(np.ravel_multi_index(at, shape)) if at else 0
            arrays[roles[name]].reshape(-1)[flat] = number
        else:
            assert name == "S", name
    numbers = Numbers(layer, sizes, arrays)
    for (name, at), number in witness.values.items():
        if name == "S":
            assert numbers.tensors["S"][at] == number
    at = tuple(witness.index[letter] for letter in letters.split())
    values = numbers.right(quantity)[at], numbers.claimed(claim, letters, at)
    return bool(values == (witness.left, witness.right) and values[0] != values[1])


def tensors_shape(layer: Layer, name: str, sizes: dict[str, int]) -> list[int]:
    return [int(axis.size.evaluate(sizes)) for dimension in layer.direct.layouts[name] for axis in dimension]


# -- verdicts ------------------------------------------------------------------------------------------


def judged(row: tuple[Layer, str, str, Tree], generator: random.Random, how: str) -> str:
    """The verdict of ``check``, held against brute force; how the claim fares is returned."""
    layer, quantity, letters, claim = row
    right = agrees(layer, quantity, letters, claim, generator)
    try:
        if how == "sympy":
            report = check(layer, as_sympy(claim), quantity)
        else:
            report = check(layer, as_text(quantity, letters, claim, generator))
    except InfiniteSumError:
        return "endless"
    if report.status == "proved":
        assert right, (row, str(report))
    if any(" is 1 where " in words for words in report.read_as):
        return "read otherwise"
    if report.status == "refuted":
        assert report.witness is not None
        if report.witness.index or not letters:
            assert shows(layer, quantity, letters, claim, report.witness), (row, str(report))
    return report.status if report.status != "refuted" or not right else "refuted at larger sizes"


@pytest.mark.parametrize("at", range(len(RIGHT)))
@pytest.mark.parametrize("how", ["text", "sympy"])
def test_right_claims_are_proved(at: int, how: str) -> None:
    generator = random.Random(at)
    assert judged(RIGHT[at], generator, how) == "proved"


CHANGES = 2


def change(row: tuple[Layer, str, str, Tree], generator: random.Random) -> tuple[Layer, str, str, Tree]:
    """The claim with one or two changes, in sizes that the layer has (n on one axis, d of a convolution)."""
    layer, quantity, letters, right = row
    while True:
        claim = right
        for _ in range(generator.choice([1, 1, 2])):
            claim = changed(claim, generator)
        limits = any(low is not None for one in claim for _, low, _ in one.bound)
        exchanged = layer is MEAN and any("d" in names for one in claim for part in parts(one) for _, names in part)
        if not ((limits and layer is PLANE) or exchanged):
            return layer, quantity, letters, claim


def parts(one: Product) -> list[Any]:
    """Every index and side of a bracket."""
    return [index for _, indices in one.entries for index in indices] + [side for pair in one.brackets for side in pair]


@pytest.mark.parametrize("count", [CHANGES, pytest.param(40, marks=pytest.mark.exhaustive)])
def test_changed_claims_are_judged_as_brute_force_does(count: int) -> None:
    counts: Counter[str] = Counter()
    for number, row in enumerate(RIGHT):
        generator = random.Random(number)
        for _ in range(count):
            counts[judged(change(row, generator), generator, "text")] += 1
    assert counts["refuted"] > len(RIGHT) * count // 3
    assert counts["undecided"] + counts["refuted at larger sizes"] <= len(RIGHT) * count // 20, counts
