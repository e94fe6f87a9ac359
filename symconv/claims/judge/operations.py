"""Claims about how much a layer computes: MACs = 28*28*6*5*5, FLOPs = 2*MACs, "it needs 9 multiplications"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import sympy as sp

from symconv.algebra.polynomial import ZERO
from symconv.claims.judge.parameters import CountNames, counts
from symconv.claims.judge.sizes import SizeCheck
from symconv.claims.parse.counts import counted
from symconv.claims.parse.names import Names
from symconv.claims.parse.size_formulas import size_tree
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError
from symconv.geometry.axes import Axis

COUNT = "operationcount"
"""The name of the number of operations while the claim is read."""
OF_OUTPUT = frozenset("HWhw")
"""Letters that stand for sizes of the output in counts as often as for those of the input."""
WORDS = {
    "macs": "MACs", "flops": "FLOPs", "products": "multiplications", "additions": "additions",
}  # fmt: skip
PADDED = "products with the zeros of the padding are counted"


def about_operations(names: Names, text: str, of: str | None) -> CheckReport | None:
    """The verdict on a claim about the number of operations; None of other claims.

    Raises:
        ClaimError: it is one, and a name in it is not known, or the layer has no weights to multiply by.
    """
    said = counted(text) if of in (None, "operations") else None
    if said is None and of == "operations":
        raise ClaimError(
            text, "it does not say which operations", "write MACs = .., FLOPs = .. or multiplications = .."
        )
    if said is None or said.kind not in WORDS:
        return None
    if not (names.layer.is_convolution or (names.layer.spreads and counts(names)[0] != 0)):
        wrong = "operations are counted of convolutions, and the layer is not one"
        raise ClaimError(text, wrong, "state the size of its output, m = ..", text)
    tree = size_tree(f"{COUNT} = {said.right}")
    report = None if tree is None else OperationCheck(names, text, tree, kind=said.kind).run()
    if report is None:
        known = ", ".join(sorted(names.sizes))
        raise ClaimError(text, "a name in it is not a size of the layer", f"sizes are {known or 'numbers'}", text)
    return report


class OperationNames(CountNames):
    """The sizes of one layer and of its channels, and the number of its operations."""

    operations: sp.Expr = sp.S.Zero

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        if name == COUNT:
            return self.operations, None
        if name.strip("\\{} ").lower() in ("macs", "mac", "madds"):
            return products_of(self.names), None
        return super().meaning(name, axis)


@dataclass(frozen=True)
class OperationCheck(SizeCheck):
    """The check of one claim about the number of operations.

    Args:
        kind: what is counted.
        way: how it is counted: a phrase, and the number.
    """

    kind: str = "macs"
    way: tuple[str, sp.Expr] = field(default=("", sp.S.Zero))
    of: ClassVar[str] = "operations"
    on_axes: ClassVar[bool] = False

    @property
    def sizes(self) -> SizeNames:
        found = OperationNames(self.names, self.chosen)
        found.operations = self.way[1]
        return found

    def readings(self) -> Iterator[SizeCheck]:
        """Every usual way to count, the most usual first; H and W are also sizes of the output."""
        names = {str(node.children[0]) for node in self.tree.iter_subtrees() if node.data == "name"}
        of_output = dict.fromkeys(names & OF_OUTPUT, "output")
        for chosen in ({}, of_output) if of_output else ({},):
            for way in ways(self.names, self.kind):
                yield replace(self, way=way, chosen=chosen)

    def own(self, left: sp.Expr) -> str:
        return str(left)

    def words(self, side: int) -> str:
        return WORDS[self.kind] if not side else super().words(side)

    def told(self) -> Iterator[str]:
        """How operations are counted."""
        if self.way[0]:
            yield self.way[0]
        layer = self.names.layer
        if not layer.spreads and any(scheme.low != ZERO or scheme.high != ZERO for scheme in layer.schemes):
            yield PADDED
        yield from (sentence for sentence in super().told() if not sentence.startswith(COUNT))

    def explain(self, left: sp.Expr, right: sp.Expr) -> Iterator[str]:
        """What is left out: positions, channels, or the second of two operations."""
        layer, write = self.names.layer, self.names.layer.writer.polynomial
        products, (weights, biases) = products_of(self.names), counts(self.names)
        inputs, outputs = (_size(self.names, axes) for axes in (layer.input_channels, layer.output_channels))
        others = _places(self.names, not layer.spreads)
        where, instead = ("input", "output") if layer.spreads else ("output", "input")
        mistakes = [
            (weights, f"every weight is used at each place of the {where}, and is counted once"),
            (weights * others, f"every weight is used at each place of the {where}, not of the {instead}"),
            (products / inputs, "there is a product for every input channel"),
            (products / outputs, "there is a product for every output channel"),
            *((products / write(scheme.K), "the kernel has more than one axis") for scheme in layer.schemes[1:]),
        ]
        if biases != 0:
            mistakes.append(((weights + biases) * others, mistakes[1][1]))
        for wrong, words in mistakes:
            if wrong != products and any(self.equal(number * wrong, right) for number in (1, 2)):
                yield words
                return


def products_of(names: Names) -> sp.Expr:
    """How many products a layer computes: each weight times each place at which it is used."""
    return sp.expand(counts(names)[0] * _places(names, names.layer.spreads))


def _places(names: Names, of_input: bool) -> sp.Expr:
    """How many positions the input has, or the output."""
    layer = names.layer
    sizes = (scheme.n for scheme in layer.schemes) if of_input else layer.m
    return sp.Mul(*map(layer.writer.polynomial, sizes))


def _size(names: Names, axes: Sequence[Axis]) -> sp.Expr:
    return sp.Mul(*(names.layer.writer.polynomial(axis.size) for axis in axes))


def ways(names: Names, kind: str) -> Iterator[tuple[str, sp.Expr]]:
    """What may be meant by the number of operations of one example, and of the batch if there is one."""
    layer, products = names.layer, products_of(names)
    has_bias = counts(names)[1] != 0
    outputs = _size(names, (*layer.group_axes, *layer.output_channels)) * _places(names, False)
    found: list[tuple[str, sp.Expr]]
    if kind in ("macs", "products"):
        found = [("", products)]
        if has_bias and kind == "macs":
            found.append(("the bias is counted too, once for each output", products + outputs))
    elif kind == "additions":
        found = []
        if not layer.spreads:
            sums = products if has_bias else products - outputs
            found.append(("K products take K - 1 additions, and a bias one more", sums))
        each = products + outputs if has_bias else products
        found.append(("each product is added to a sum that begins at zero", each))
    else:
        found = [("a product and its addition are two operations", 2 * products)]
        if has_bias:
            found.append(("a product and its addition are two operations, a bias is one", 2 * products + outputs))
            found.append(("a product and its addition are two operations, and so is a bias", 2 * (products + outputs)))
        elif not layer.spreads:
            words = "K products and the K - 1 additions of them are 2 K - 1 operations"
            found.append((words, 2 * products - outputs))
        found.append(("a product with its addition is one operation", products))
    examples = _size(names, layer.batch_axes)
    for words, number in found:
        yield words, sp.expand(number)
        if examples != 1:
            yield ", ".join(filter(None, (words, "for all examples"))), sp.expand(number * examples)
