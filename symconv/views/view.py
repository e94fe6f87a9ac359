"""What all views of a layer share: they read the input through the layer's extension, and have its gradients."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial, reduce
from operator import add
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.calculus import derivative, unfold
from symconv.algebra.declared import Declared, Index, product
from symconv.algebra.forms import Delta, Form, Term, fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import against_zero, bracket
from symconv.errors import SymconvError, shown
from symconv.formulas.computation import Computation
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import cached_property
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.padding import Branch
from symconv.geometry.shapes import Branches, Geometry
from symconv.geometry.symbols import Setting
from symconv.printing.quantity import Quantity


class View(Computation):
    """One way to compute the layer.

    A subclass gives ``name``, ``title`` and ``stages``; what it inherits follows from its own stages:
    ``output``, ``grad_input``, ``grad_weight``, ``grad_bias`` and ``jacobian``.

    Args:
        geometry: the layer.
        schemes, flip: how the input is read, if not as the layer reads it: a misreading of the same layer.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    effort: ClassVar[int] = 1
    """How long a proof of its formulas may search, as in ``prove_equal``."""

    def __init__(
        self, geometry: Geometry, *, schemes: tuple[AxisScheme, ...] | None = None, flip: bool | None = None
    ) -> None:
        self.geometry = geometry
        self.schemes = geometry.schemes if schemes is None else schemes
        self.flip = geometry.flip if flip is None else flip
        super().__init__(self.own_setting())

    def _key(self) -> tuple[Hashable, ...]:
        return (self.geometry, self.schemes, self.flip)

    def own_setting(self) -> Setting:
        """What the formulas need to know, the layer itself if the view has no letters and no matrices of its own."""
        return self.geometry

    @classmethod
    def why_not(cls, geometry: Geometry) -> str:
        """Why a layer does not have this view, in words; empty if it has."""
        return ""

    @classmethod
    def of(cls, geometry: Geometry) -> Any:
        """What ``layer.NAME`` is, the view; or of a view that takes arguments, what makes one."""
        return cls(geometry)

    @property
    def label(self) -> str:
        """The name with the arguments, if it takes any."""
        return self.name

    def __repr__(self) -> str:
        return f"{self.title}: {self.output.formula}"

    def _repr_latex_(self) -> str:
        return self.output._repr_latex_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"{self.title}: {self.output.unicode()}")

    def latex(self) -> str:
        """The layer in this view: one operation on whole tensors if there is a sign for it, else its formula.

        >>> from symconv import Conv
        >>> Conv(3, 2).direct.latex(), Conv(3, 2).fully_connected.latex()
        ('h = X * w', 'h = X \\\\, v')
        """
        return self.output.latex()

    # -- what a stage is written in ------------------------------------------------------------------

    @cached_property
    def kernel(self) -> sp.Expr:
        """The factor that joins input channel c, output channel o and kernel offset k."""
        fixed = self.geometry.fixed_kernel
        return self.entry(self.notation.weight, axes_of(self.geometry.weight_layout)) if fixed is None else fixed

    def entry(self, name: str, *indices: Sequence[sp.Expr] | tuple[Axis, ...]) -> sp.Expr:
        written = partial(super().entry, name, *indices)
        flat = [_polynomial(one) for group in indices for one in group]
        if None in flat:
            return written()
        return Declared(Form.access(self.tensors[name], [index for index in flat if index is not None]), written)

    def sum(self, body: sp.Expr, *axes: tuple[Axis, ...]) -> sp.Expr:
        written = super().sum
        if not isinstance(body, Declared):
            return written(body, *axes)
        over = axes_of(axes)
        letters = [axis.letter for axis in over]
        form = body.form.within([*map(Polynomial.name, letters)], [axis.size for axis in over]).summed(letters)
        return Declared(form, lambda: written(body.expression, *axes))

    def equal(self, left: sp.Expr | Axis, right: sp.Expr | Axis) -> sp.Expr:
        """[left = right]."""
        sides = _polynomial(left), _polynomial(right)
        written = [one.symbol if isinstance(one, Axis) else one for one in (left, right)]
        if sides[0] is None or sides[1] is None:
            return bracket(*map(sp.sympify, written))
        form = Form((Term(ONE, (Delta.equal(sides[0], sides[1]),)),))
        return Declared(form, lambda: bracket(*map(sp.sympify, written)))

    def scaled(self, body: sp.Expr) -> sp.Expr:
        """The body times the layer's fixed factor, if it has one."""
        layout = self.geometry.scale_layout
        return body if layout is None else self.entry(self.notation.scale, axes_of(layout)) * body

    def with_bias(self, body: sp.Expr, name: str, axes: tuple[Axis, ...]) -> sp.Expr:
        """The body plus the tensor ``name``, if the layer has a bias."""
        return body + self.entry(name, axes) if self.geometry.bias_term else body

    @property
    def branches(self) -> Branches:
        """What the extension reads at the positions of output i and kernel offset k; see ``Geometry.branches``."""
        return self.geometry.branches(self.schemes, self.flip)

    def read(self, *before: tuple[Axis, ...]) -> sp.Expr:
        """The value that output i reads with kernel offset k; ``before`` are the input's axes before the positions."""
        return self.read_at(self.branches, self.notation.input, self.geometry.as_in_input(*before))

    def read_at(self, places: Branches, name: str, axes: tuple[Axis, ...]) -> sp.Expr:
        """What the tensor ``name``, whose first axes are given and whose others are the input's, has at places."""
        g = self.geometry
        parts = []
        for branches in places:
            factors, indices, dilated = [], [], []
            for branch, scheme, j in zip(branches, self.schemes, g.input_positions):
                if scheme.l == ONE:
                    indices.append(branch.index)
                else:  # only every l-th position holds an element, number j
                    indices.append(j.symbol)
                    dilated.append(j)
                    factors.append(self._holds(scheme, j, branch))
            entry = product([*factors, self.entry(name, axes, indices)])
            parts.append(_over_branches(self.sum(entry, tuple(dilated)), branches))
        return reduce(add, parts)

    def reads(self) -> sp.Expr:
        """How often output i reads input j with kernel offset k."""
        g = self.geometry
        parts = []
        for branches in self.branches:
            holds = map(self._holds, self.schemes, g.input_positions, branches)
            parts.append(_over_branches(product(holds), branches))
        return reduce(add, parts)

    def _holds(self, scheme: AxisScheme, j: Axis, branch: Branch) -> sp.Expr:
        """[l j = index]."""
        return self.equal(Index(scheme.l * Polynomial.name(j.letter), self.geometry.stage_writer), branch.index)

    # -- tensors and gradients -----------------------------------------------------------------------

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of input and dL/d output, and of weight, bias and fixed factor if the layer has them."""
        g, names = self.geometry, self.notation
        layouts = {names.input: g.input_layout, names.grad_output: g.output_layout}
        if g.fixed_kernel is None:
            layouts[names.weight] = g.weight_layout
        if g.bias_term:
            layouts[names.bias] = g.bias_layout
        if g.scale_layout is not None:
            layouts[names.scale] = g.scale_layout
        if g.switch_layout is not None:
            layouts[names.switch] = g.switch_layout
        return layouts

    def stage_layouts(self) -> dict[str, Layout]:
        """Layouts of the tensors that the view's stages define; known before their formulas."""
        return {self.notation.output: self.geometry.output_layout}

    @cached_property
    def grad_input(self) -> TensorFormula:
        """dL/d input, of ``input_shape``."""
        return self.gradient(self.notation.input)

    @cached_property
    def grad_weight(self) -> TensorFormula:
        """dL/d weight, of ``weight_shape``; a batch's examples are added."""
        self.geometry.require("weight")
        return self.gradient(self.notation.weight)

    @cached_property
    def grad_bias(self) -> TensorFormula:
        """dL/d bias, shape (C_out,)."""
        self.geometry.require("bias")
        return self.gradient(self.notation.bias)

    def jacobian(self, of: str) -> TensorFormula:
        """d output / d ``of``, where ``of`` is "input", "weight" or "bias".

        Shape: output_shape followed by the shape of ``of``.

        Raises:
            SymconvError: another name, or "bias" of a layer without one.
        """
        g = self.geometry
        choices = {"input": g.input_layout, "weight": g.weight_layout, "bias": g.bias_layout}
        if not isinstance(of, str) or of not in choices:
            raise SymconvError(f"jacobian({shown(of)})", "no such derivative", 'use "input", "weight" or "bias"')
        g.require(of)
        name = getattr(self.notation, of)
        taken = {axis.letter for axis in axes_of(g.output_layout)}
        layout = tuple(tuple(Axis(fresh(a.letter, taken), a.size) for a in dimension) for dimension in choices[of])
        indices = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout))
        unfolded_output = unfold(self.definitions[self.notation.output].body, self.definitions)
        form = derivative(unfolded_output, self.tensors[name], indices)
        quantity = Quantity(self.notation.output, name, len(taken))
        return self._formula(quantity, form, (*g.output_layout, *layout))


def _over_branches(body: sp.Expr, branches: tuple[Branch, ...]) -> sp.Expr:
    """The body where the branches' conditions hold, summed over the integers that they sum over."""
    conditions = [branch.condition for branch in branches if branch.condition is not sp.true]
    summed = [symbol for branch in branches for symbol in branch.summed]
    if not conditions and not summed:
        return body

    def written() -> sp.Expr:
        whole = sp.sympify(body)
        if conditions:
            whole = sp.Piecewise((whole, sp.And(*map(against_zero, conditions))), (0, True))
        return sp.Sum(whole, *((symbol, -sp.oo, sp.oo) for symbol in summed)) if summed else whole

    form = _form_over_branches(body, conditions, summed)
    return written() if form is None else Declared(form, written)


def _form_over_branches(body: sp.Expr, conditions: Sequence[sp.Basic], summed: Sequence[sp.Expr]) -> Form | None:
    """The same in the algebra; None if a part is known in SymPy alone, or has floors, of which SymPy knows more."""
    names = [_polynomial(one) for one in summed]
    own = frozenset(symbol.name for condition in conditions for symbol in condition.free_symbols)
    reader = Reader(opaque=own)  # of any spelling: they are the layer's own
    if not isinstance(body, Declared) or None in names:
        return None
    form = body.form
    for condition in conditions:
        form = form * reader.indicator(condition)
    return None if reader.defined else form.summed(str(name) for name in names)


def _polynomial(one: Any) -> Polynomial | None:
    """An index of a view's formula; None if it is SymPy's."""
    if isinstance(one, Axis):
        return Polynomial.name(one.letter)
    if isinstance(one, (int, sp.Integer)):
        return Polynomial.constant(int(one))
    return one.polynomial if isinstance(one, Index) else None
