"""Hessian and Gauss-Newton matrix of a layer: blocks in closed form, and their products with vectors."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.algebra.normal_form import simplify
from symconv.derivatives.naming import VECTOR
from symconv.derivatives.passes import Passes, of_layer
from symconv.derivatives.second import SecondDerivative
from symconv.derivatives.tangents import Tangents
from symconv.formulas.gradients import SIFTING, apart
from symconv.foundations.values import FrozenMapping
from symconv.foundations.verbs import verb
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.printing.quantity import Quantity

SUBJECTS = "a layer or a network"


@verb(Layer, "the Hessian", SUBJECTS)
def hessian(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative:
    """The second derivative d2L / d ``of`` d ``by`` of any loss L(h) behind the layer.

    d2L/dw dw' = sum over i, i' of dh[i]/dw H_h[i, i'] dh[i']/dw' + sum over i of delta[i] d2h[i]/dw dw'

    with H_h = d2L/dh dh, the loss's own second derivative, and delta = dL/dh. A layer is linear in its weights, so the
    second sum is 0 but for the mixed derivatives of weights and input.

    Args:
        layer: the layer; or a network, whose loss is its own, with names of its tensors: ``hessian(net, "w1", "w2")``.
        of, by: what is differentiated by, "weight", "bias" or "input", or by the tensor's name; ``by`` is ``of`` if it
            is not given.

    Returns:
        A TensorFormula with the axes of ``of`` and then those of ``by``.

    Raises:
        FormulaError: the tensor does not exist.

    >>> from symconv import Conv
    >>> hessian(Conv(4, 2)).text()
    "d2L_dw_dw[k, k'] = sum(i, i', X[i + k]*X[i' + k']*H_h[i, i'])"
    >>> hessian(Conv(4, 2), "weight", "input").text().partition(" = ")[2]
    "delta[j - k] + sum(i, i', w[j - i']*X[i + k]*H_h[i, i'])"
    """
    return block(of_layer(layer), of, by, True)


@verb(Layer, "the Gauss-Newton matrix", SUBJECTS)
def gauss_newton(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative:
    """A block of the generalized Gauss-Newton matrix, J^T H J with J = dh / d ``of`` and the loss's own H = H_h.

    It is the Hessian without the part in which the network itself is curved, so both are the same where the output is
    linear in what is differentiated by, as for the weights of one layer.

    Args:
        layer, of, by: as for ``hessian``.

    Returns:
        A TensorFormula with the axes of ``of`` and then those of ``by``.

    Raises:
        FormulaError: the tensor does not exist.

    >>> from symconv import Conv
    >>> gauss_newton(Conv(4, 2), "weight", "input").text()
    "G_w_X[k, j] = sum(i, i', w[j - i']*X[i + k]*H_h[i, i'])"
    """
    return block(of_layer(layer), of, by, False)


@verb(Layer, "Hessian-vector products", SUBJECTS)
def hessian_vector_product(layer: Layer, of: str | None = None) -> Mapping[str, SecondDerivative]:
    """The Hessian times a vector, without the Hessian, as the change of gradients when tensors move by v_w, v_b, v_X.

    Args:
        layer: the layer; or a network, where the changes go forwards and then backwards, part by part.
        of: what moves, "weight", "bias" or "input", or a tensor's name; None for all parameters.

    Returns:
        Formulas by the tensor's name, each with the shape of that gradient, in v_w and so on.

    Raises:
        FormulaError: the tensor does not exist.

    >>> from symconv import Conv
    >>> hessian_vector_product(Conv(4, 2), "weight")["w"].text()
    "Hv_w[k] = sum(i, i', k', X[i + k]*X[i' + k']*H_h[i, i']*v_w[k'])"
    """
    passes = of_layer(layer)
    moving = [passes.named(of)] if of is not None else [n for n in passes.gradients if n != layer.notation.input]
    tangents = Tangents(passes, moving or list(passes.gradients))
    return FrozenMapping({name: in_one(tangents, name) for name in passes.gradients})


def block(passes: Passes, of: str, by: str | None, curved: bool) -> SecondDerivative:
    """A block of the Hessian, or of the Gauss-Newton matrix if it is not ``curved``."""
    first = passes.named(of)
    second = first if by is None else passes.named(by)
    tangents = Tangents(passes, (second,), curved)
    gradient, other = passes.gradients[first], passes.gradients[second].layout
    taken = {axis.letter for axis in gradient.axes}
    layout = apart(other, taken)
    quantity = Quantity(passes.loss, first).by(second, len(gradient.axes))
    if not curved:
        quantity = Quantity(f"G_{first}_{second}")
    whole = (*gradient.layout, *layout)
    inside = gradient.geometry.inside(axes_of(whole))
    form = simplify(tangents.matrix(first, second, layout), inside, SIFTING).result
    return SecondDerivative(quantity, form, whole, gradient.geometry, tangents.layouts)


def in_one(tangents: Tangents, of: str) -> SecondDerivative:
    """The change of a gradient in the directions alone."""
    gradient = tangents.passes.gradients[of]
    form = simplify(tangents.product(of), gradient.assumptions, SIFTING).result
    layouts = {**tangents.layouts, **{VECTOR + n: tangents.passes.gradients[n].layout for n in tangents.moving}}
    return SecondDerivative(Quantity(f"H{VECTOR}{of}"), form, gradient.layout, gradient.geometry, layouts)
