"""Random sets of claims about single entries, and what must be said of them, by loops over whole numbers.

Every claim is a polynomial with the entry that it is said to be. Its value at large random numbers is compared with the
entry as NumPy computes it; nothing of the reader of claims or of the algebra is used.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from symconv.layers import Layer
from tests.questions.exercise_oracle import Oracle

Place = tuple[int, ...]
Products = dict[tuple[str, ...], Fraction]
"""Sorted labels of every product, with its coefficient."""

GIVEN = {"output": "Xwb", "grad_input": ("delta", "w"), "grad_weight": ("delta", "X"), "grad_bias": ("delta",)}


class Truth:
    """A layer with numbers: every entry of a quantity, as a number and as the sum of products that it is."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.oracle = layer, Oracle(layer)
        self.numbers = {label: self.oracle.entry(label) for label in self.oracle.labels if label[0] != "h"}
        self._labels = {place: label for label, place in self.oracle.labels.items()}
        self._table = dict(self._coefficients())

    @property
    def quantities(self) -> list[str]:
        return [*self.layer.quantities, *(["matrix"] if self.layer.batch_size is None else [])]

    def shape(self, of: str) -> Place:
        if of == "matrix":
            return prod(self.oracle.arrays["X"].shape), prod(self.oracle.arrays["h"].shape)
        return tuple(int(size) for size in self.oracle.arrays[{"output": "h"}.get(of, _tensor(of))].shape)

    def places(self, of: str) -> list[Place]:
        return list(np.ndindex(*self.shape(of)))

    def label(self, name: str, at: Place) -> str:
        return self._labels[name, at]

    def left_label(self, of: str, at: Place) -> str:
        """h12, w12 or v12: the entry by its printed label."""
        if of == "matrix":
            apart = "_" if max(self.shape(of)) > 9 else ""
            return f"v{apart}{at[0] + 1}{apart}{at[1] + 1}"
        return self.label("h" if of == "output" else _tensor(of), at)

    def value(self, of: str, at: Place) -> Any:
        """The entry in numbers, by NumPy."""
        if of == "matrix":
            return self.oracle.dense()[at] if at not in self._dense else self._dense[at]
        return self.oracle.arrays["h"][at] if of == "output" else self._gradient(of, at)

    def products(self, of: str, at: Place) -> Products:
        """The entry as a sum of products."""
        found: Products = {}
        if of == "output" and "b" in self.oracle.arrays:
            found[(self.label("b", (at[-1 - self.layer.ndim],)),)] = Fraction(1)
        if of == "grad_bias":
            places = [place for place in self.places("output") if place[-1 - self.layer.ndim] == at[0]]
            return {(self.label("delta", place),): Fraction(1) for place in places}
        for (output, weight, read), coefficient in self._table.items():
            own = {"output": output, "grad_weight": weight, "grad_input": read}.get(of)
            if of == "matrix":
                own = (self._flat("X", read), self._flat("h", output))
            if own != at:
                continue
            parts = {"X": read, "w": weight, "delta": output}
            kept = {"output": "Xw", "grad_weight": ("delta", "X"), "grad_input": ("delta", "w"), "matrix": "w"}[of]
            labels = tuple(sorted(self.label(name, parts[name]) for name in kept if parts[name] is not None))
            found[labels] = found.get(labels, Fraction(0)) + coefficient
        return {labels: value for labels, value in found.items() if value}

    def evaluated(self, products: Products) -> Any:
        """A sum of products in numbers; a label that the layer does not have makes it no entry at all."""
        total: Any = 0
        for labels, coefficient in products.items():
            term: Any = coefficient
            for label in labels:
                if label not in self.numbers:
                    return None
                term *= self.numbers[label]
            total += term
        return total

    def is_right(self, of: str, at: Place, products: Products) -> bool:
        return bool(self.evaluated(products) == self.value(of, at))

    # -- by linearity ----------------------------------------------------------------------------------

    def _coefficients(self) -> Any:
        """(output, weight, input) and the coefficient of their product, from the outputs for unit tensors."""
        arrays = self.oracle.arrays
        bias = {"b": arrays["b"] * 0} if "b" in arrays else {}
        for weight in np.ndindex(*arrays["w"].shape) if "w" in arrays else [None]:
            for read in np.ndindex(*arrays["X"].shape):
                units = {"X": _unit(arrays["X"].shape, read)}
                if weight is not None:
                    units["w"] = _unit(arrays["w"].shape, weight)
                output = self.oracle.output(**units, **bias)
                for at in np.ndindex(*output.shape):
                    if output[at]:
                        yield (at, weight, read), Fraction(output[at])

    @property
    def _dense(self) -> dict[Place, Any]:
        if not hasattr(self, "_dense_values"):
            dense = self.oracle.dense()
            self._dense_values = {at: dense[at] for at in np.ndindex(*dense.shape)}
        return self._dense_values

    def _gradient(self, of: str, at: Place) -> Any:
        known = self.__dict__.setdefault("_gradients", {})
        if (of, at) not in known:
            known[of, at] = self.oracle.gradient(_tensor(of), at)
        return known[of, at]

    def _flat(self, name: str, at: Place) -> int:
        return int(np.ravel_multi_index(at, self.oracle.arrays[name].shape))


def _unit(shape: Place, at: Place) -> Any:
    array = np.zeros(shape, dtype=object)
    array[at] = 1
    return array


def _tensor(of: str) -> str:
    return {"grad_input": "X", "grad_weight": "w", "grad_bias": "b"}.get(of, of)


# -- claims --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A claim: the products, and the entry on its left side, where it has one."""

    products: Products
    left: Place | None


def some_products(truth: Truth, of: str, at: Place, draw: random.Random) -> Products:
    """What is claimed of an entry: the truth, that of another entry, or a change of it."""
    kind = draw.choices(["right", "other", "changed"], [14, 2, 2])[0]
    if kind == "other":
        return truth.products(of, draw.choice(truth.places(of)))
    products = dict(truth.products(of, at))
    if kind == "right" or not products:
        return products
    labels = draw.choice(sorted(products))
    value = products.pop(labels)
    change = draw.choice(["drop", "times", "label"])
    if change == "times":
        products[labels] = value * draw.choice([2, -1, Fraction(1, 2)])
    if change == "label" and labels:
        other = draw.choice(sorted(label for label in truth.numbers if label.rstrip("0123456789_") in labels[0]))
        moved = tuple(sorted((*labels[1:], other)))
        products[moved] = products.get(moved, Fraction(0)) + value
    return {labels: value for labels, value in products.items() if value}


# -- writing them --------------------------------------------------------------------------------------


def latex(label: str) -> str:
    name, digits = label.rstrip("0123456789_"), label[len(label.rstrip("0123456789_")) :]
    numbers = digits.strip("_").replace("_", ",")
    greek = "\\" + name if name == "delta" else name
    return f"{greek}_{{{numbers}}}" if digits else greek


def right_text(products: Products, draw: random.Random, in_latex: bool) -> str:
    terms, text = list(products.items()), ""
    draw.shuffle(terms)
    for labels, value in terms:
        factors = list(map(latex, labels)) if in_latex else list(labels)
        draw.shuffle(factors)
        size = abs(value)
        if size != 1 or not factors:
            number = str(size)
            if in_latex and size.denominator > 1:
                number = rf"\frac{{{size.numerator}}}{{{size.denominator}}}"
            elif size.denominator in (2, 4, 5, 10) and draw.random() < 0.5:
                number = str(float(size))
            factors.insert(0, number)
        sign = "-" if value < 0 else "+" if text else ""
        text += f" {sign} " + draw.choice([" ", r" \, "] if in_latex else ["*", " * "]).join(factors)
    return text.strip() or "0"


def left_text(truth: Truth, of: str, at: Place, draw: random.Random, in_latex: bool) -> str:
    label = truth.left_label(of, at)
    indexed = at if of == "matrix" else _of_axes(truth, of, at)
    if of in ("output", "matrix"):
        if in_latex:
            return latex(label)
        by_index = f"{label[0]}[{', '.join(map(str, indexed))}]" if indexed and of == "output" else label
        return draw.choice([label, by_index])
    if in_latex:
        return rf"\frac{{\partial L}}{{\partial {latex(label)}}}"
    name = label.rstrip("0123456789_")
    by_index = f"dL/d{name}[{', '.join(map(str, indexed))}]" if indexed else f"dL/d{name}"
    return draw.choice([f"dL/d{label}", f"dL_d{label}", by_index])


def _of_axes(truth: Truth, of: str, at: Place) -> Place:
    """The index in a formula: none for a dimension of one element that is not spatial, groups apart."""
    shape, tensor = truth.shape(of), {"output": "h"}.get(of, _tensor(of))
    spatial = 0 if tensor == "b" else truth.layer.ndim
    groups = int(truth.layer.arguments().get("groups", 1))
    channel = 1 if truth.layer.batch_size is not None and tensor in ("X", "h") else 0
    index: list[int] = []
    for place, (number, size) in enumerate(zip(at, shape)):
        if place == channel and groups > 1:
            each = size // groups
            index += [number // each, *([number % each] if each > 1 else [])]
        elif size > 1 or place >= len(shape) - spatial:
            index.append(number)
    return tuple(index)


def written(truth: Truth, of: str, said: Said, draw: random.Random, ways: Sequence[str]) -> Any:
    """The claim as text, LaTeX or SymPy."""
    way = draw.choice(ways)
    if way == "SymPy":
        right: Any = sp.Add(
            *(sp.Rational(value) * sp.Mul(*map(sp.Symbol, labels)) for labels, value in said.products.items())
        )
        if draw.random() < 0.2 and all(value.denominator in (1, 2, 4) for value in said.products.values()):
            right = right.xreplace({number: sp.Float(number) for number in right.atoms(sp.Rational) if number.q > 1})
        if said.left is None:
            return right
        return sp.Eq(_sympy_left(truth, of, said.left, draw), right, evaluate=False)
    in_latex = way == "LaTeX"
    text = right_text(said.products, draw, in_latex)
    return text if said.left is None else f"{left_text(truth, of, said.left, draw, in_latex)} = {text}"


def _sympy_left(truth: Truth, of: str, at: Place, draw: random.Random) -> sp.Expr:
    label = truth.left_label(of, at)
    loss = "" if of in ("output", "matrix") else "dL_d"
    indexed = () if of == "matrix" else _of_axes(truth, of, at)
    if indexed and draw.random() < 0.5:
        return sp.IndexedBase(f"{loss}{label.rstrip('0123456789_')}")[indexed]
    return sp.Symbol(f"{loss}{label}")


# -- sets ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClaimSet:
    """What is passed to ``check``, and what must come out: a status, or "error", and the entries."""

    claim: Any
    status: str
    entries: frozenset[Place]


def judged(truth: Truth, of: str, said: Sequence[Said], is_array: bool) -> tuple[str, frozenset[Place]]:
    """The verdict by the rules: left sides name entries; without them, all in row-major order; a mixture must agree."""
    order, lefts = truth.places(of), [one.left for one in said]
    if not is_array and None not in lefts:
        places: list[Any] = lefts
    elif len(said) != len(order) or any(left not in (None, place) for left, place in zip(lefts, order)):
        return "error", frozenset()
    else:
        places = order
    right = all(truth.is_right(of, place, one.products) for place, one in zip(places, said))
    return ("proved" if right else "refuted"), frozenset(places)


def draw_set(truth: Truth, of: str, draw: random.Random) -> ClaimSet:
    order = truth.places(of)
    kind = draw.choice(["lefts", "lefts", "lefts", "none", "mixed", "mixed in order", "array", "commas"])
    ways = draw.choice([["text"], ["LaTeX"], ["SymPy"], ["text", "LaTeX", "SymPy"]])
    is_array = kind == "array" and len(truth.shape(of)) > 1
    if kind in ("lefts", "commas"):
        places = [draw.choice(order) for _ in range(draw.randint(1, min(6, len(order) + 2)))]
        if draw.random() < 0.4:
            places = draw.sample(order, min(len(order), 12))
        lefts: list[Place | None] = list(places)
    else:
        places = list(order)
        if draw.random() < 0.15 and not is_array:
            places = places[:-1] or places
        if draw.random() < 0.2:
            draw.shuffle(places)
        chance = {"none": 0.0, "array": draw.choice([0, 0, 0.5, 1])}.get(kind, 0.5)
        lefts = [place if draw.random() < chance else None for place in places]
        if kind == "mixed" and draw.random() < 0.5:
            lefts = [left and draw.choice(order) for left in lefts]
    said = [Said(some_products(truth, of, place, draw), left) for place, left in zip(places, lefts)]
    status, entries = judged(truth, of, said, is_array)
    if kind == "commas":
        ways = [draw.choice(["text", "LaTeX"])]
    items = [written(truth, of, one, draw, ways) for one in said]
    if kind == "commas":
        return ClaimSet(", ".join(items), status, entries)
    if is_array:
        nested = np.empty(len(items), dtype=object)
        nested[:] = items
        nested = nested.reshape(truth.shape(of))
        return ClaimSet(draw.choice([nested, nested.tolist()]), status, entries)
    containers: list[Callable[[Any], Any]] = [list, tuple]
    return ClaimSet(draw.choice(containers)(items), status, entries)
