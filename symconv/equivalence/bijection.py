"""Two layers compared: a convolution and a fully connected layer, entry by entry under a bijection of their tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.calculus import Definition, unfold
from symconv.algebra.forms import Access, Delta, Factor, Form, Tensor, Term
from symconv.algebra.normal_form import readable
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.errors import FormulaError
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.reports import Judgement
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.layers.convolution import Conv
from symconv.networks.modules import FlattenPart, Linear, LinearPart
from symconv.printing.notation import latex_name
from symconv.printing.tables import Column
from symconv.proof.equality import prove_equal
from symconv.proof.scope import in_words, layer_scope
from symconv.proof.theorem import TheoremsReport
from symconv.proof.verdict import Verdict, Witness


@dataclass(frozen=True)
class Match:
    """Which entry of a tensor of the linear layer is which entry of the convolution's tensor with the same name.

    Args:
        name: the tensors' name.
        linear, convolution: the entry in either, one index for every dimension that PyTorch lists.
        sizes: the letters in them, each with its size; it runs from 0 to below that.
    """

    name: str
    linear: tuple[sp.Expr, ...]
    convolution: tuple[sp.Expr, ...]
    sizes: tuple[tuple[sp.Symbol, Number], ...]

    def __str__(self) -> str:
        one, other = (f"{self.name}[{', '.join(map(str, index))}]" for index in (self.linear, self.convolution))
        return f"{one} is {other}"


@dataclass(frozen=True, repr=False)
class QuantityTheorem(Judgement):
    """One quantity of both layers is the same.

    Args:
        name: "output", "grad_weight", "grad_input" or "grad_bias".
        left: the convolution's formula.
        right: the linear layer's formula, its entries named as in the convolution's tensors.
        verdict: whether they are equal.
    """

    name: str
    left: TensorFormula
    right: TensorFormula
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether both formulas are proved equal."""
        return self.verdict.holds

    @property
    def summary(self) -> str:
        return f"{self.name}: {self.verdict}"

    @property
    def first(self) -> tuple[str, ...]:
        """Letters of axes of one element, whose only index is 0."""
        return tuple(a.letter for a, b in zip(self.left.axes, self.right.axes) if a.size == b.size == ONE)

    @property
    def statement(self) -> str:
        """The equation as text, the convolution's formula first."""
        where = "".join(f", {letter} = 0" for letter in self.first)
        return f"{self.left.left_side} = {self.left.formula.rhs} = {self.right.formula.rhs}{where}"

    def latex(self) -> str:
        """The equation; where both formulas read the same they are written once. Compiles with amsmath."""
        return " = ".join(self.latex_sides())

    def latex_sides(self) -> tuple[str, str]:
        """The left side, and the right one with its condition, in LaTeX."""
        sides = dict.fromkeys(formula.latex_right() for formula in (self.left, self.right))
        where = "".join(rf",\ {latex_name(letter)} = 0" for letter in self.first)
        return self.left.latex_left(), " = ".join(sides) + where

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        return f"{self.name}: {self.statement}\n  {self.verdict}"

    def to_dict(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "name": self.name, "left": str(self.left.formula), "right": str(self.right.formula),
            "verdict": verdict.status, "scope": verdict.scope, "reason": verdict.reason,
            "witness": None if verdict.witness is None else verdict.witness.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Equivalence(TheoremsReport):
    """A convolution and a linear layer with the same outputs and gradients.

    Args:
        title, statement: the theorem's name, and what it says in a sentence.
        layer, linear: the two layers.
        scope: for what it holds, in words.
        theorems: one for every quantity.
        matches: which entries of the two layers' tensors are the same, a bijection for each tensor.

    >>> from symconv import linear_is_convolution
    >>> equivalence = linear_is_convolution(3, 2)
    >>> equivalence.holds, equivalence.layer, equivalence.linear
    (True, Conv(3, 3, out_channels=2, bias=True), Linear(3, 2))
    """

    columns: ClassVar = (
        Column("quantity"), Column("convolution", 40), Column("linear layer", 40), Column("verdict"),
        Column("because", 30),
    )  # fmt: skip

    title: str
    statement: str
    layer: Conv
    linear: Linear
    scope: str
    theorems: tuple[QuantityTheorem, ...]
    matches: tuple[Match, ...]

    @property
    def subject(self) -> str:
        return self.title

    @property
    def correspondence(self) -> str:
        """The bijection of the entries in words."""
        pairs = "; ".join(map(str, self.matches))
        order = "in PyTorch's dimensions, the linear layer's first and the convolution's second"
        return f"Entry for entry, {order}: {pairs}."

    @property
    def opening(self) -> str:
        return f"{self.title}\n\n{self.statement}\n{self.correspondence}"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [
            [one.name, one.left.formula.rhs, one.right.formula.rhs, one.verdict.status, one.verdict.because]
            for one in self.theorems
        ]

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "title": self.title, "statement": self.statement, "convolution": repr(self.layer),
            "linear": repr(self.linear), "correspondence": list(map(str, self.matches)), "holds": self.holds,
            "scope": self.scope, "theorems": [theorem.to_dict() for theorem in self.theorems],
        }  # fmt: skip


def formulas_of(part: LinearPart) -> dict[str, TensorFormula]:
    """Linear's own formulas by quantity."""
    names = part.notation
    tensors = {"grad_weight": names.weight, "grad_input": names.input, "grad_bias": names.bias}
    gradients = {quantity: part.gradient(name) for quantity, name in tensors.items() if name in part.layouts}
    return {"output": part.output, **gradients}


def formulas_after(flat: FlattenPart, part: LinearPart) -> dict[str, TensorFormula]:
    """Formulas of Flatten followed by Linear, in the feature map: each part's own, put into the other's."""
    own = formulas_of(part)
    upstream, tensor = own["grad_input"], flat.tensors[flat.notation.grad_output]
    back = Definition(tensor, tuple(axis.letter for axis in upstream.axes), upstream.form)
    definitions = {**flat.definitions, tensor.name: back}
    layouts = {**part.all_layouts, **flat.layouts}
    return {
        quantity: TensorFormula(f.quantity, unfold(f.form, definitions), f.layout, part.setting, layouts)
        for quantity, f in {**own, "grad_input": flat.grad_input}.items()
    }


def arranged(layer: Conv, part: LinearPart, input: Layout, weight: Layout, output: Layout) -> dict[str, Layout]:
    """The arrangement of every tensor by name, given those of three: see ``related``."""
    names = layer.notation
    bias = {names.bias: (part.output_layout[-1],)} if part.module.bias else {}
    return {names.input: input, names.weight: weight, **bias, names.output: output, names.grad_output: output}


def related(
    title: str,
    statement: str,
    layer: Conv,
    part: LinearPart,
    formulas: Mapping[str, TensorFormula],
    arrangement: Mapping[str, Layout],
) -> Equivalence:
    """Compare a convolution with a linear layer; it need not be true that they are the same.

    Args:
        title, statement: what is claimed.
        layer, part: the convolution; the linear layer with its input.
        formulas: the linear layer's, by quantity.
        arrangement: for every tensor the axes of the linear layer's, in the order of the convolution's dimensions. An
            axis that only one of the layers has is of size 1, and its index 0.

    Raises:
        FormulaError: an axis that only one of the layers has is of another size.
    """
    names = layer.notation
    targets = {names.input: layer.input_layout, names.weight: layer.weight_layout, names.bias: layer.bias_layout,
               names.output: layer.output_layout, names.grad_output: layer.output_layout}  # fmt: skip
    tensors = {name: _Renamed.of(name, targets[name], axes) for name, axes in arrangement.items()}
    theorems = []
    for quantity in (name for name in layer.quantities if name in formulas):
        left, role = getattr(layer.direct, quantity), quantity.removeprefix("grad_")
        right = _translated(formulas[quantity], left, tensors[getattr(names, role)], tensors)
        different = _different_shapes(layer, left, right)
        verdict = _verdict(left, right) if different is None else different
        theorems.append(QuantityTheorem(quantity, left, right, verdict))
    own = {name: axes for formula in formulas.values() for name, axes in formula.layouts.items()}
    matches = tuple(_match(name, own[name], axes, part) for name, axes in arrangement.items())
    return Equivalence(title, statement, layer, part.module, _scope(layer), tuple(theorems), matches)


def _scope(layer: Conv) -> str:
    if layer.is_concrete:
        return layer_scope(layer)
    sizes = in_words(layer.assumptions, layer.symbol_names, layer.writer)
    return f"every shape: {sizes}, and all values of the tensors"


@dataclass(frozen=True)
class _Renamed:
    """A tensor of the linear layer in the convolution's dimensions: with those letters, and with its own sizes.

    ``letters`` has the convolution's letter for each of its own, None if there is only the index 0.
    """

    tensor: Tensor
    layout: Layout
    letters: Mapping[str, str | None]

    @staticmethod
    def of(name: str, target: Layout, axes: Layout) -> _Renamed:
        layout: list[tuple[Axis, ...]] = []
        letters: dict[str, str | None] = {}
        for pairs in (zip_longest(*both) for both in zip(target, axes, strict=True)):
            dimension = []
            for there, here in pairs:
                if there is None and here.size != ONE:
                    wrong = f"only one of the two has an axis of size {here.size!r}"
                    raise FormulaError(f"two layers with the tensor {name}", wrong, "compare layers of the same shapes")
                if there is not None:
                    dimension.append(Axis(there.letter, ONE if here is None else here.size))
                if here is not None:
                    letters[here.letter] = None if there is None else there.letter
            layout.append(tuple(dimension))
        return _Renamed(tensor_of(name, tuple(layout)), tuple(layout), letters)

    @property
    def values(self) -> dict[str, Polynomial]:
        """Its own letters in the convolution's."""
        return {own: Polynomial.name(there) if there else ZERO for own, there in self.letters.items()}

    def entry(self, access: Access) -> tuple[Factor, ...]:
        """An entry of its own as one of the convolution's; zero where an index that has no place there is not 0."""
        own = dict(zip(access.tensor.letters, access.indices))
        at = {there: own[letter] for letter, there in self.letters.items() if there}
        inside = (Delta.equal(own[letter], ZERO) for letter, there in self.letters.items() if not there)
        return (Access(self.tensor, tuple(at.get(letter, ZERO) for letter in self.tensor.letters)), *inside)


def _translated(
    formula: TensorFormula, like: TensorFormula, tensor: _Renamed, tensors: Mapping[str, _Renamed]
) -> TensorFormula:
    """The linear layer's formula with its entries named as in the convolution's tensors."""
    terms = []
    for term in formula.form:
        factors: list[Factor] = []
        for factor in term.factors:
            factors += tensors[factor.tensor.name].entry(factor) if isinstance(factor, Access) else (factor,)
        terms.append(Term.make(term.coefficient, factors, term.bound))
    form = Form(tuple(map(readable, Form(tuple(terms)).substitute(tensor.values))))
    layouts = {name: renamed.layout for name, renamed in tensors.items()}
    return TensorFormula(like.quantity, form, tensor.layout, formula.geometry, layouts)


def _verdict(left: TensorFormula, right: TensorFormula) -> Verdict:
    """Whether the formulas are equal, at index 0 of axes of one element."""
    first = {a.letter: ZERO for a, b in zip(left.axes, right.axes) if a.size == b.size == ONE}
    sides = []
    for f in (left, right):
        layout = tuple(tuple(axis for axis in dimension if axis.letter not in first) for dimension in f.layout)
        sides.append(TensorFormula(f.quantity, f.form.substitute(first), layout, f.geometry, f.layouts))
    return prove_equal(*sides)


def _different_shapes(layer: Conv, left: TensorFormula, right: TensorFormula) -> Verdict | None:
    """The refutation where two sizes differ by a number, whatever the symbols are."""
    used = [tensor.name for tensor in left.form.tensors if tensor.name in right.layouts]
    pairs = [(str(left.quantity), left.layout, right.layout)]
    for name, *layouts in pairs + [(name, left.layouts[name], right.layouts[name]) for name in used]:
        for one, other in zip(*map(axes_of, layouts)):
            if (one.size - other.size).value:
                sizes = next(layer.assumptions.smallest(layer.symbol_names, 1000), {})
                first, second = (f"an axis of size {axis.size.evaluate(sizes)} in {name}" for axis in (one, other))
                found = Witness(sizes, {}, {}, first, second)
                return Verdict("refuted", _scope(layer), "shapes that differ", witness=found)
    return None


def _match(name: str, own: Layout, arranged: Layout, part: LinearPart) -> Match:
    def index(dimension: tuple[Axis, ...]) -> sp.Expr:
        """The row-major number that the axes of a dimension make up."""
        place = ZERO
        for axis in dimension:
            place = place * axis.size + Polynomial.name(axis.letter)
        return part.setting.writer.polynomial(place)

    sizes = tuple((axis.symbol, part.setting.written([axis.size])[0]) for axis in axes_of(own))
    return Match(name, tuple(map(index, own)), tuple(map(index, arranged)), sizes)
