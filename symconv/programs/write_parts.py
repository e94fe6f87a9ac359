"""What all written code shares: names, sizes that shapes tell, whole numbers as Python has them."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout

LONG = 3
"""A size of 3 terms or more has a name of its own."""
HEADS = {
    "numpy": ("import numpy as np",),
    "torch": ("import torch", "import torch.nn.functional as F"),
}


def not_written(formula: TensorFormula, why: str) -> SymconvError:
    """The error for a formula that has no code."""
    return SymconvError(f"code of {formula.quantity}", why, "use formula.evaluate(..)")


def named(name: str) -> str:
    """A letter as a name of Python.

    >>> named("k'"), named("lambda"), named("C_in")
    ('k_', 'lambda_', 'C_in')
    """
    plain = "".join(one if one.isalnum() or one == "_" else "_" for one in name)
    return f"{plain}_" if keyword.iskeyword(plain) or plain in ("np", "torch", "F", "range", "max") else plain


def number(value: Polynomial, order: Sequence[str] = ()) -> str:
    """A polynomial as Python has it, its terms in the order of some names.

    >>> s, i, p = map(Polynomial.name, "sip")
    >>> number(s * i - p + 1), number(-s), number(2 * s * i, "i")
    ('i * s - p + 1', '-s', '2 * s * i')
    """
    rank = {name: at for at, name in enumerate(order)}
    text = ""
    terms = sorted(
        value.variable_terms,
        key=lambda t: (t[1] < 0, -len(t[0]), min((rank.get(n, 99) for n in t[0]), default=99), t[0]),
    )
    for names, coefficient in [*terms, *([((), value.constant_term)] if value.constant_term or not terms else [])]:
        factors = sorted(map(named, names), key=lambda name: (name in map(named, order), name))
        size = abs(coefficient)
        body = " * ".join([*([str(size)] if size != 1 or not factors else []), *factors])
        text += (" - " if coefficient < 0 else " + ") + body
    return text.removeprefix(" + ") if text.startswith(" + ") else "-" + text.removeprefix(" - ")


def wrapped(text: str) -> str:
    """An expression that may be multiplied."""
    return f"({text})" if " + " in text or " - " in text or text.startswith("-") else text


def tensors_of(formula: TensorFormula) -> list[str]:
    """The tensors that a formula is computed from, in the order in which a product is read."""
    order = {one: at for at, one in enumerate(formula.geometry.reading_order)}
    names = dict.fromkeys(tensor.name for tensor in formula.form.operands)
    found = [name for name in names if name not in dict(formula.geometry.fixed)]
    return sorted(found, key=lambda one: (order.get(one, len(order)), one))


def size_of(dimension: Iterable[object]) -> Polynomial:
    """How many elements a dimension has."""
    return prod((axis.size for axis in dimension), start=ONE)  # type: ignore[attr-defined]


@dataclass
class Sizes:
    """The names of sizes that code uses, and the lines that give them."""

    formula: TensorFormula

    def __post_init__(self) -> None:
        self.lines: list[str] = []
        self.known: set[str] = set()
        self.asked: list[str] = []

    def from_shapes(self, tensors: Sequence[str], wanted: Iterable[str]) -> None:
        """Take sizes from the shapes of tensors, those with most letters first."""
        wanted = set(wanted)
        for name in sorted(tensors, key=lambda one: -len(_letters(self.formula.layouts[one]))):
            layout = self.formula.layouts[name]
            found = [size_of(dimension).single_name for dimension in layout]
            new = [one if one in wanted and one not in self.known else None for one in found]
            new = [one if one not in new[:at] else None for at, one in enumerate(new)]
            if any(new):
                targets = ", ".join(named(one) if one else "_" for one in new)
                comma = "," if len(new) == 1 else ""
                self.lines.append(f"{targets}{comma} = {named(name)}.shape")
                self.known.update(one for one in new if one)

    def define(self, names: Iterable[str]) -> None:
        """Lines for letters that are defined by others; the rest are parameters."""
        definitions = self.formula.geometry.assumptions.definitions
        for name in names:
            if name in self.known:
                continue
            self.known.add(name)
            meaning = definitions.get(name)
            if meaning is None:
                self.asked.append(name)
                continue
            self.define(sorted(meaning.names))
            if isinstance(meaning, Floor):
                rest = f" + {meaning.offset}" if meaning.offset else ""
                over = wrapped(number(meaning.denominator))
                self.lines.append(f"{named(name)} = {wrapped(number(meaning.numerator))} // {over}{rest}")
            elif isinstance(meaning, Maximum):
                self.lines.append(f"{named(name)} = max({', '.join(map(number, meaning.of))})")
            else:
                raise not_written(self.formula, f"{name} is defined in a way that is not written")

    def parameters(self, tensors: Sequence[str]) -> str:
        """The function's parameters."""
        return ", ".join([*map(named, tensors), *map(named, sorted(self.asked))])


def _letters(layout: Layout) -> list[str]:
    return [name for dimension in layout if (name := size_of(dimension).single_name) is not None]


def function(name: str, parameters: str, lines: Iterable[str], library: str, uses_functional: bool = False) -> str:
    """The text of a function with what it imports."""
    heads = [head for head in HEADS[library] if uses_functional or not head.endswith("as F")]
    body = "".join(f"    {line}\n" for line in lines)
    return "\n".join(heads) + f"\n\n\ndef {name}({parameters}):\n{body}"
