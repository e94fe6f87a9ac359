"""Back-propagation on the board: every gradient of a network, in the order in which one finds it by hand.

From the loss back to the input; at every part first the gradients of its parameters, then of its input. A gradient
starts with the chain rule; then the derivative of the part's own formula is substituted, which leaves Kronecker deltas;
then they are sifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symconv.algebra.calculus import Definition
from symconv.algebra.forms import Form, fresh
from symconv.algebra.normal_form import simplify
from symconv.algebra.rules import drop_implied_range
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.networks.composition import Composition
from symconv.networks.normalisation import DataNormPart
from symconv.networks.parts import NetworkPart
from symconv.printing.latex import Quantity, latex_of
from symconv.printing.mathematics import Style
from symconv.printing.names import name_of
from symconv.printing.text import text_of
from symconv.printing.tree import Added, Node, Product, Summation
from symconv.proof.blackboard import board
from symconv.views import Computation

PATHS, CLOSED = "sum over all paths", "closed form"
CHAIN, LOCAL = "chain rule", "derivative of the formula"
"""The first two rules of a gradient."""


@dataclass(frozen=True)
class Line:
    """One line: what was done, and the right-hand side after it; ``form`` if it is a formula."""

    rule: str
    right: Node
    form: Form | None = None

    @property
    def latex(self) -> str:
        return latex_of(self.right)


@dataclass(frozen=True, repr=False)
class Gradient:
    """One gradient with its derivation.

    Args:
        part: number of the part; that of the last part for the loss's own derivative.
        name: what is differentiated by: a parameter, or the output of a part.
        formula: the gradient as the network has it.
        lines: from the chain rule to the last formula.
        by_loss: whether it is the derivative of the loss's own formula.
    """

    part: int
    name: str
    formula: TensorFormula
    lines: tuple[Line, ...]
    by_loss: bool = False

    def latex(self) -> str:
        """The derivation as an aligned block; compiles with amsmath."""
        first, *rest = self.lines
        rows = [rf"{self.formula.latex_left()} &= {first.latex} && \text{{({first.rule})}}"]
        rows += [rf"&= {line.latex} && \text{{({line.rule})}}" for line in rest]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        return f"<Gradient by {self.name}: {len(self.lines)} lines, to {self.formula.formula!s:.200}>"

    def __str__(self) -> str:
        write = self.formula.geometry.writer.form
        lines = [str(self.formula.formula)]
        lines += [
            f"  {line.rule}: {text_of(line.right) if line.form is None else write(line.form)}" for line in self.lines
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        lines = [{"rule": line.rule, "latex": line.latex} for line in self.lines]
        return {"part": self.part, "name": self.name, "formula": str(self.formula.formula), "lines": lines}


def backward(network: Composition) -> tuple[Gradient, ...]:
    """Every gradient of a network with its derivation, the last part's first."""
    return tuple(_gradients(network))


def _gradients(network: Composition) -> Iterator[Gradient]:
    for one in reversed(network.parts):
        yield from _of_output(network, one)
        computation = one.computation
        derivation = _through_stages if isinstance(computation, DataNormPart) else _lines
        for name in one.parameters:
            yield Gradient(one.number, name, network.gradients[name], derivation(computation, name))
        for name in reversed(one.saved):
            yield Gradient(one.number, name, computation.gradient(name), derivation(computation, name))
        for source in one.sources:
            formula = _through(network, source.name, one)
            yield Gradient(one.number, source.name, formula, derivation(computation, source.name))
    for name, formula in network.grad_inputs.items():
        if len(network.paths[name]) > 1:
            yield Gradient(1, name, formula, (Line(PATHS, formula.tree_of(formula.form), formula.form),))


def _of_output(network: Composition, part: NetworkPart) -> Iterator[Gradient]:
    """The derivative with respect to a part's output that belongs to no part: that of the loss, and the sum of all."""
    name = part.after.name
    paths = network.paths[name]
    loss = network.loss_part
    for path in paths:
        if path.part is None and loss is not None:
            yield Gradient(part.number, name, network.upstream[path.name], _lines(loss, name), True)
    if len(paths) > 1:
        formula = network.upstream[network.delta(part.number)]
        yield Gradient(part.number, name, formula, (Line(PATHS, formula.tree_of(formula.form), formula.form),))


def _through(network: Composition, name: str, part: NetworkPart) -> TensorFormula:
    """The derivative with respect to a tensor, as far as it goes through a part that reads it."""
    (path,) = (path for path in network.paths[name] if path.part is part)
    return network.upstream[path.name] if path.name in network.upstream else network.grad_inputs[name]


def _lines(computation: Computation, name: str) -> tuple[Line, ...]:
    """The derivation of dL/d ``name`` in one part."""
    order = computation.setting.reading_order
    formula = computation.gradient(name)
    lines: list[Line] = []
    start = formula.readable_form
    if len(computation.definitions) == 1:  # one formula, so that the chain rule is one line
        (definition,) = computation.definitions.values()
        if definition.parameters:
            lines.append(Line(CHAIN, _chain_rule(computation, definition, name, formula.style)))
        rules = (drop_implied_range,)
        start = simplify(_with_brackets(computation, definition, name), formula.assumptions, rules).result
    written = board(start, formula.assumptions, order)
    for line in written:
        rule = line.rule or (LOCAL if len(computation.definitions) == 1 else "the view's own formula")
        if not any(earlier.right == formula.tree_of(line.form) for earlier in lines):
            lines.append(Line(rule, formula.tree_of(line.form), line.form))
    return tuple(lines)


def _with_brackets(computation: Computation, definition: Definition, name: str) -> Form:
    """The gradient with all Kronecker deltas that the chain rule leaves, if it is what that gives."""
    form, operand = computation.gradient(name).form, computation.tensors[name]
    if computation.chain(computation.seed, definition, operand) != form:
        return form
    return computation.chain(computation.seed, definition, operand, brackets=True)


def _through_stages(computation: Computation, name: str) -> tuple[Line, ...]:
    """The derivation of dL/d ``name`` in a normalisation, through all stages that read it."""
    assert isinstance(computation, DataNormPart)
    formula = computation.gradient(name)
    style, loss = formula.style, computation.notation.loss
    own = computation.tensors[name].letters
    products: list[Node] = []
    for definition in computation.definitions.values():
        if name not in {tensor.name for tensor in definition.body.operands}:
            continue
        reader = definition.tensor.name
        layout = computation.all_layouts[reader]
        letters = [fresh(letter, own) for letter in definition.parameters]
        upstream = style.quantity(Quantity(loss, reader), letters)
        if reader == computation.notation.output:
            upstream = style.entry(computation.notation.grad_output, [*map(name_of, letters)])
        inner = style.quantity(Quantity(reader, name, len(letters)), [*letters, *own])
        sizes = [axis.size for axis in axes_of(layout)]
        product = Product((upstream, inner))
        products.append(Summation(style.over(zip(letters, sizes)), product) if sizes else product)
    sifted = computation.sifted[name]
    lines = [Line(CHAIN, Added(tuple(products)) if len(products) > 1 else products[0])]
    lines.append(Line(LOCAL, formula.tree_of(sifted), sifted))
    if formula.form != sifted:
        lines.append(Line(CLOSED, formula.tree_of(formula.readable_form), formula.readable_form))
    return tuple(lines)


def _chain_rule(computation: Computation, definition: Definition, name: str, style: Style) -> Node:
    """sum over the output's indices of dL/d output times d output / d name."""
    names = computation.notation
    own = computation.tensors[name].letters
    used = {*own}
    letters = []
    for letter in definition.parameters:
        letters.append(fresh(letter, used))
        used.add(letters[-1])
    inner = style.quantity(Quantity(names.output, name, len(letters)), [*letters, *own])
    upstream = style.entry(names.grad_output, [*map(name_of, letters)])
    sizes = (axis.size for axis in axes_of(computation.all_layouts[names.output]))
    return Summation(style.over(zip(letters, sizes)), Product((upstream, inner)))
