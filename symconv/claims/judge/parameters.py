"""Claims about the number of parameters of a layer: parameters = (F*F*C_in + 1)*C_out = 156."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.claims.judge.sizes import SizeCheck
from symconv.claims.parse.counts import counted, plain_numbers
from symconv.claims.parse.names import Names
from symconv.claims.parse.size_formulas import size_tree
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError
from symconv.geometry.axes import axes_of

COUNT, WEIGHTS = "parametercount", "weightcount"
"""The names of the number of parameters, and of that of weights alone, while the claim is read."""
OTHERS = {
    "in_channels": ("C", "Cin", "inchannels", "D1", "D", "depth", "nc", "channels", "ch"),
    "out_channels": ("Cout", "outchannels", "M", "numfilters", "filters", "nfilters", "nf", "D2", "outputchannels"),
}
"""Names of channels in counts, if they stand for nothing else."""


def about_parameters(names: Names, text: str, of: str | None) -> CheckReport | None:
    """The verdict on a claim about the number of parameters; None of other claims.

    Raises:
        ClaimError: it is one, and a name in it is not known.
    """
    said = counted(text)
    if of not in (None, "parameters") or (said is None and of is None):
        return None
    if said is not None and said.kind not in ("parameters", "weights"):
        return None
    right = plain_numbers(text) if said is None else said.right
    of_weights = said is not None and said.kind == "weights"
    tree = size_tree(f"{WEIGHTS if of_weights else COUNT} = {right}")
    checked = None if tree is None else ParameterCheck(names, text, tree)
    report = None if checked is None else checked.run()
    if report is None:
        known = ", ".join(sorted(names.sizes))
        raise ClaimError(text, "a name in it is not a size of the layer", f"sizes are {known or 'numbers'}", text)
    return report


class CountNames(SizeNames):
    """The sizes of one layer, the numbers of its channels, and the number of its parameters."""

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        if name == COUNT:
            return parameters_of(self.names), None
        if name == WEIGHTS:
            return counts(self.names)[0], None
        bare = re.sub(r"\\(?:text|mathrm)|[{}\\\s_]", "", name)
        for parameter, spelled in OTHERS.items():
            value = self.layer.values.get(parameter)
            if isinstance(value, Polynomial) and bare in spelled and bare not in self.names.sizes:
                return self.layer.writer.polynomial(value), None
        return super().meaning(name, axis)


class ParameterCheck(SizeCheck):
    """The check of one claim about the number of parameters."""

    of: ClassVar[str] = "parameters"
    on_axes: ClassVar[bool] = False

    @property
    def sizes(self) -> SizeNames:
        return CountNames(self.names)

    def readings(self) -> Iterator[SizeCheck]:
        yield self

    def own(self, left: sp.Expr) -> str:
        return str(left)

    def told(self) -> Iterator[str]:
        yield from (sentence for sentence in super().told() if not sentence.startswith((COUNT, WEIGHTS)))

    def words(self, side: int) -> str:
        return "parameters" if not side else super().words(side)

    def explain(self, left: sp.Expr, right: sp.Expr) -> Iterator[str]:
        """What is left out: the bias, or the channels."""
        layer, write = self.names.layer, self.names.layer.writer.polynomial
        weights, biases = counts(self.names)
        inputs, outputs = (layer.values.get(name, ONE) for name in ("in_channels", "out_channels"))
        assert isinstance(inputs, Polynomial) and isinstance(outputs, Polynomial)
        one_filter = sp.expand(weights / write(inputs))
        for wrong, words in (
            (weights, "the biases are left out: there is one for each output channel"),
            (weights + sp.Mul(*(write(one) for one in layer.m)) * biases, "there is one bias for each output channel"),
            (weights + biases, "the biases are counted too"),
            (weights + 1, "there is one bias for each output channel, not one in all"),
            (one_filter + biases, "every filter has weights for all input channels"),
            (one_filter, "every filter has weights for all input channels"),
            (sp.expand(left * write(inputs)), "the weights are counted once for each input channel too often"),
        ):
            if wrong != left and self.equal(wrong, right):
                yield words
                return
        if biases == 0 and self.equal(weights + write(outputs), right):
            yield "this layer has no biases"


def counts(names: Names) -> tuple[sp.Expr, sp.Expr]:
    """How many weights and how many biases a layer has."""
    layer, write = names.layer, names.layer.writer.polynomial
    given = layer.direct.layouts
    found = []
    for tensor in (layer.notation.weight, layer.notation.bias):
        axes = axes_of(given[tensor]) if tensor in given else None
        found.append(sp.S.Zero if axes is None else sp.Mul(*(write(axis.size) for axis in axes)))
    return found[0], found[1]


def parameters_of(names: Names) -> sp.Expr:
    """How many numbers a layer learns."""
    return sp.expand(sum(counts(names), sp.S.Zero))
