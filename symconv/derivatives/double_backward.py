"""The backward pass of the backward pass of a layer, which for a convolution is made of convolutions again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from symconv.algebra.forms import Access, Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.derivatives.naming import VECTOR
from symconv.derivatives.passes import of_layer
from symconv.derivatives.statements import DerivativeReport, stated
from symconv.errors import SymconvError, shown
from symconv.formulas.gradients import gradient
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import Cached, FrozenMapping
from symconv.layers import Layer
from symconv.printing.quantity import Quantity


@dataclass(frozen=True, repr=False)
class DoubleBackward(Cached, Mapping[str, TensorFormula]):
    """The derivatives of S = sum of v_X dL/dX + v_w dL/dw + v_b dL/db, where the sums are over all entries.

    v_X, v_w and v_b are what PyTorch calls the gradients with respect to the outputs of the backward pass (ggI, ggW,
    ggb), and this is what its double backward computes. Made by ``double_backward``.

    Args:
        of: the layer.

    >>> from symconv import Conv, double_backward
    >>> double_backward(Conv(3, 2))["X"].text()
    'dS_dX[j] = sum(i, delta[i]*v_w[j - i])'
    """

    of: Layer

    @cached_property
    def scalar(self) -> TensorFormula:
        """S, whose derivatives these are."""
        passes = of_layer(self.of)
        form, layouts = Form(), dict(self.of.direct.all_layouts)
        for name, one in passes.gradients.items():
            letters = [axis.letter for axis in one.axes]
            vector = Access(tensor_of(VECTOR + name, one.layout), tuple(map(Polynomial.name, letters)))
            form = form + (one.form.times((vector,))).within(vector.indices, vector.tensor.shape or ()).summed(letters)
            layouts[vector.tensor.name] = one.layout
        setting = next(iter(passes.gradients.values())).geometry
        return TensorFormula(Quantity("S"), form, (), setting, layouts)

    @cached_property
    def _formulas(self) -> Mapping[str, TensorFormula]:
        found = {name: gradient(self.scalar, name) for name in self._names}
        return FrozenMapping({name: one for name, one in found.items() if one.form.terms})

    @property
    def _names(self) -> list[str]:
        own = self.of.notation
        return [own.grad_output, *(name for name in of_layer(self.of).gradients if name != own.bias)]

    def __getitem__(self, name: str) -> TensorFormula:
        return self._formulas[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._formulas)

    def __len__(self) -> int:
        return len(self._formulas)

    def __repr__(self) -> str:
        return f"<double backward of {self.of!r:.200}: {', '.join(self)}>"

    def __str__(self) -> str:
        return "\n".join(one.text() for one in self.values())

    @cached_property
    def passes(self) -> Mapping[str, TensorFormula]:
        """The same as sums of the layer's own passes, forwards and backwards, with v in place of what moves."""
        names, view = self.of.notation, self.of.views.get("patches", self.of.direct)
        output = view.output
        shared = Form(tuple(one for one in output.form if not _has(one, names.bias)))
        alone = Form(tuple(one for one in output.form if _has(one, names.bias)))
        forward = Form()
        for name in (names.input, names.weight):
            forward = forward + _with(shared, name)
        found = {names.grad_output: output.replaced(forward + _with(alone, names.bias))}
        if names.weight in of_layer(self.of).gradients:
            found[names.input] = view.grad_input.replaced(_with(view.grad_input.form, names.weight))
            found[names.weight] = view.grad_weight.replaced(_with(view.grad_weight.form, names.input))
        layouts = self.scalar.layouts
        return FrozenMapping(
            {
                name: TensorFormula(self[name].quantity, one.form, one.layout, self.scalar.geometry, layouts)
                for name, one in found.items()
            }
        )

    def prove(self) -> DerivativeReport:
        """Prove that each is the sum of the layer's own passes, for every size that is a letter."""
        names, words = self.of.notation, {}
        words[names.grad_output] = "by the upstream gradient: the forward pass of v, by input, weight and bias"
        words[names.input] = "by the input: the layer's gradient by the input, with v for the weight"
        words[names.weight] = "by the weight: the layer's gradient by the weight, with v for the input"
        rows = tuple(stated(words[name], self[name], right) for name, right in self.passes.items() if name in self)
        return DerivativeReport(f"double backward of {self.of!r}", rows)


def double_backward(layer: Layer) -> DoubleBackward:
    """The backward pass of a layer's backward pass, as formulas by the tensor's name.

    Args:
        layer: any layer with one output, such as Conv.

    Returns:
        The derivatives of S = <v_X, dL/dX> + <v_w, dL/dw> + <v_b, dL/db>; ``prove()`` proves that they are the layer's
        own passes again: for a convolution, convolutions.

    Raises:
        SymconvError: it is not a layer.

    >>> from symconv import Conv
    >>> print(double_backward(Conv(3, 2)))
    dS_ddelta[i] = sum(j, w[j - i]*v_X[j]) + sum(k, X[i + k]*v_w[k])
    dS_dX[j] = sum(i, delta[i]*v_w[j - i])
    dS_dw[k] = sum(i, delta[i]*v_X[i + k])
    >>> double_backward(Conv.general(1)).prove().holds
    True
    """
    if not isinstance(layer, Layer):
        raise SymconvError(
            f"double_backward({shown(layer)})"[:200], "it is not a layer", "pass one, such as Conv(3, 2)"
        )
    return DoubleBackward(layer)


def _has(term: Term, name: str) -> bool:
    return any(isinstance(one, Access) and one.tensor.name == name for one in term.factors)


def _with(form: Form, name: str) -> Form:
    """The terms that have a tensor, with its v in its place; each has it once."""
    kept = Form(tuple(one for one in form if _has(one, name)))

    def moved(access: Access) -> Access:
        own = access.tensor
        return access if own.name != name else Access(replace(own, name=VECTOR + name), access.indices)

    return kept.with_accesses(moved)
