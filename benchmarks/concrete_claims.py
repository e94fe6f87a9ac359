"""Claims about single entries and whole arrays of small layers, right and wrong ones, with what is known of them.

A claim starts from the products that plain loops find, may be changed, and is right where it is still the same sum.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import sympy

from benchmarks.plain_layer import PlainLayer

LAYERS = (
    PlainLayer((3,), (2,)),
    PlainLayer((3, 3), (2, 2), out_channels=2),
    PlainLayer((5,), (3,), stride=2, padding=1),
    PlainLayer((4,), (2,), in_channels=2, out_channels=2),
    PlainLayer((6, 6), (3, 3), stride=2, padding=1),
    PlainLayer((12, 12), (3, 3), out_channels=2),
)
KINDS = ("text", "LaTeX", "SymPy")
SINGLE_ENTRIES = "a claim is one entry in text or LaTeX, or all entries of a quantity (36 at most) as SymPy expressions"

Sum = dict[tuple[str, str], int]
"""Products by the names of their two factors, with their coefficients."""


@dataclass(frozen=True)
class ConcreteClaim:
    """A claim, of which kind, about which quantity of which layer; ``right`` is known from how it was made."""

    layer: PlainLayer
    quantity: str
    kind: str
    claim: Any
    right: bool

    @property
    def expected(self) -> str:
        return "proved" if self.right else "refuted"


@dataclass(frozen=True)
class Truth:
    """The right entries of a layer's quantities: the entry's name, and its sum."""

    layer: PlainLayer

    @cached_property
    def entries(self) -> dict[str, dict[str, Sum]]:
        layer = self.layer
        found: dict[str, dict[str, Sum]] = {
            "output": {name: {} for name in layer.names("output")},
            "grad_weight": {name: {} for name in layer.names("weight")},
            "grad_input": {name: {} for name in layer.names("input")},
        }
        for upstream, weight, at in layer.product_names():
            found["output"][upstream][(at, weight)] = 1
            found["grad_weight"][weight][(upstream, at)] = 1
            found["grad_input"][at][(upstream, weight)] = 1
        return found


TRUTHS = {layer: Truth(layer) for layer in LAYERS}


def concrete_claims(seed: int, kinds: tuple[str, ...] = KINDS, most_entries: int = 36) -> Iterator[ConcreteClaim]:
    """Endless claims of these kinds, about half of them changed; arrays of SymPy have ``most_entries`` at most."""
    generator = random.Random(seed)
    while True:
        layer, kind = generator.choice(LAYERS), generator.choice(kinds)
        quantity = generator.choice(["output", "grad_weight", "grad_input"])
        truth = TRUTHS[layer].entries[quantity]
        if kind == "SymPy" and len(truth) > most_entries:
            continue
        name = generator.choice(list(truth))
        claimed = changed(truth[name], layer, generator) if generator.random() < 0.5 else truth[name]
        right = claimed == truth[name]
        claim: Any
        if kind == "SymPy":
            claim = [expression(claimed if one == name else terms) for one, terms in truth.items()]
        else:
            claim = (text if kind == "text" else latex)(quantity, name, claimed)
        yield ConcreteClaim(layer, quantity, kind, claim, right)


def some_claims(count: int, seed: int, kinds: tuple[str, ...] = KINDS, most_entries: int = 36) -> list[ConcreteClaim]:
    return list(islice(concrete_claims(seed, kinds, most_entries), count))


def changed(terms: Sum, layer: PlainLayer, generator: random.Random) -> Sum:
    """The sum with one thing changed: another entry, another coefficient, a product left out or added."""
    kind = generator.choice(["entry", "coefficient", "left out", "added"])
    new = dict(terms)
    if kind == "added" or not new:
        names = [generator.choice(layer.names(tensor)) for tensor in ("input", "weight")]
        product = (names[0], names[1])
        new[product] = new.get(product, 0) + 1
        return new
    product = generator.choice(list(new))
    coefficient = new.pop(product)
    if kind == "entry":
        tensor = next(one for one in ("input", "weight", "output") if product[1] in layer.names(one))
        other = (product[0], generator.choice(layer.names(tensor)))
        new[other] = new.get(other, 0) + coefficient
    elif kind == "coefficient":
        new[product] = generator.choice([-1, 2])
    return new


# -- how it is said ------------------------------------------------------------------------------------


def expression(terms: Sum) -> Any:
    return sympy.Add(*(number * sympy.Symbol(a) * sympy.Symbol(b) for (a, b), number in terms.items()))


def text(quantity: str, name: str, terms: Sum) -> str:
    """
    >>> text("grad_weight", "w1", {("delta1", "X1"): 1, ("delta2", "X2"): -1})
    'dL/dw1 = delta1*X1 - delta2*X2'
    """
    own = _latex_name(name) if "_" in name else name  # after dL/d, a name with _ is read in braces only
    left = name.replace("delta", "h") if quantity == "output" else f"dL/d{own}"
    return f"{left} = {_sum(terms, {one: one for product in terms for one in product}, '*')}"


def latex(quantity: str, name: str, terms: Sum) -> str:
    r"""
    >>> latex("output", "delta1", {("X1", "w1"): 1, ("X2", "w2"): 2})
    'h_{1} = X_{1} w_{1} + 2 X_{2} w_{2}'
    """
    names = {one: _latex_name(one) for product in terms for one in product}
    if quantity == "output":
        left = _latex_name(name.replace("delta", "h"))
    else:
        left = rf"\frac{{\partial L}}{{\partial {_latex_name(name)}}}"
    return f"{left} = {_sum(terms, names, ' ')}"


def _latex_name(name: str) -> str:
    letters = name.rstrip("0123456789_")
    index = name[len(letters) :].strip("_").replace("_", ",")
    return f"{chr(92) + letters if letters == 'delta' else letters}_{{{index}}}"


def _sum(terms: Sum, names: dict[str, str], times: str) -> str:
    said = ""
    for (a, b), number in terms.items():
        sign = "-" if number < 0 else "+" if said else ""
        factors = [*([str(abs(number))] if abs(number) != 1 else []), names[a], names[b]]
        said += f" {sign} {times.join(factors)}" if said else sign + times.join(factors)
    return said or "0"
