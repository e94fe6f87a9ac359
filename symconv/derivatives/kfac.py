"""kfac and kfc: the Kronecker factors of a layer, and of every layer of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symconv.algebra.calculus import same_entry
from symconv.algebra.forms import Access, Form, Tensor, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.derivatives.fisher import fixing, judged, mean_of, require_flag, with_examples
from symconv.derivatives.kronecker import APPROXIMATIONS, KroneckerFactors, count
from symconv.derivatives.matrices import SUBJECTS, block
from symconv.derivatives.naming import EXAMPLES, POSITIONS
from symconv.derivatives.passes import Passes, of_layer
from symconv.derivatives.patched import Patched
from symconv.derivatives.tables import Table
from symconv.errors import SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import FrozenMapping
from symconv.foundations.verbs import verb
from symconv.geometry.axes import Layout
from symconv.layers import Layer
from symconv.networks.composition import Composition
from symconv.networks.parts import NetworkPart
from symconv.printing.quantity import Quantity


@verb(Layer, "Kronecker factors", SUBJECTS)
def kfac(layer: Layer, *, approximation: str = "expand", bias: bool = False) -> KroneckerFactors:
    """The Kronecker factors of the Fisher block of a layer's weights (K-FAC; for a convolution "expand" is KFC).

    "expand": A = 1/N sum over examples and positions of P P^T, with P the patches of the input (im2col), and B = 1/(N
    T) sum over examples and positions of delta delta^T, with N examples and T positions; delta[e] is the derivative of
    example e's own loss, not divided by N. "reduce": A = 1/N sum over examples of the mean patch times itself, B = 1/N
    sum over examples of (sum of delta over the positions) times itself. A is as einconv computes it.

    The product of A and B is an approximation of the block; ``prove()`` says under which condition it is exact.

    Args:
        layer: a layer with weights; or a network with its loss, where the factors are those of the true Fisher matrix:
            ``kfac(net)`` has those of every layer by the name of its weight, ``kfac(net, "w1")`` one layer's.
        approximation: "expand" or "reduce".
        bias: whether the bias is one more entry behind those of the kernel, with a patch entry of 1.

    Returns:
        The factors ``input`` and ``output``, their ``product``, and the ``fisher`` block that it approximates.

    Raises:
        SymconvError: the layer has no weights, or no bias if it is wanted, or the approximation is not known.

    >>> from symconv import Conv
    >>> print(kfac(Conv(4, 2)))
    A_w[k, k'] = sum(i, X[i + k]*X[i + k']*[0 <= i < 3])
    B_w = sum(i, 1/3*delta[i]**2)
    >>> kfac(Conv.general(1)).prove().holds
    True
    """
    _require(approximation, bias=bias)
    own = of_layer(layer)
    weight = own.named("weight")
    if bias:
        own.named("bias")
    (output,) = own.forward.values()
    sizes = _sizes(Patched(output, weight, layer.batch_size is not None))
    passes = with_examples(own, layer, sizes)
    (output,) = passes.forward.values()
    patched = Patched(output, weight, layer.batch_size is not None, bias)
    delta = tensor_of(layer.notation.grad_output, output.layout)
    return _factors(patched, passes, _outer(patched, delta, mean_of(passes)), approximation)


def kfc(subject: Layer | Composition, of: str | None = None, *, bias: bool = False) -> Any:
    """KFC's factors for convolutions (Grosse and Martens 2016), which are those of ``kfac`` with "expand".

    Args:
        subject: a layer, or a network with its loss.
        of: of a network, the name of a weight; None for all of them.
        bias: whether the bias is one more entry behind those of the kernel.

    Returns:
        The factors, or of a network those of every layer by the name of its weight.

    Raises:
        SymconvError: the layer has no weights, or no bias if it is wanted.

    >>> from symconv import Conv
    >>> kfc(Conv(4, 2)).input.text()
    "A_w[k, k'] = sum(i, X[i + k]*X[i + k']*[0 <= i < 3])"
    """
    named: dict[str, Any] = {} if of is None else {"of": of}
    given: Any = subject
    return kfac(given, approximation="expand", bias=bias, **named)


def kfac_of_network(
    network: Composition, of: str | None = None, *, approximation: str = "expand", bias: bool = False,
    empirical: bool = False,
) -> KroneckerFactors | Mapping[str, KroneckerFactors]:  # fmt: skip
    """The Kronecker factors of the layer with a weight, or of all layers that have one, by the weight's name."""
    _require(approximation, bias=bias, empirical=empirical)
    passes = judged(network, empirical)

    def made(name: str) -> KroneckerFactors:
        return _of_part(passes, _part_of(network, name), approximation, bias)

    if of is not None:
        return made(passes.named(of))
    names = [name for name in network.parameters if _has_factors(network, name)]
    title = f"Kronecker factors ({approximation}), by layers' weights"
    return Table(title, names, made, lambda one: (one.input, one.output))


def _part_of(network: Composition, weight: str) -> NetworkPart:
    found = [part for part in network.parts if weight in part.parameters]
    if not found or not _has_factors(network, weight):
        known = [name for name in network.parameters if _has_factors(network, name)]
        raise SymconvError(f"Kronecker factors of {weight}", "not the weight of a layer", instead_of(weight, known))
    return found[0]


def _has_factors(network: Composition, name: str) -> bool:
    """Whether a parameter is the weight of a convolution or of a dense layer."""
    part = next(part for part in network.parts if name in part.parameters)
    is_linear = part.layer is not None or type(part.given).__name__ == "Linear"
    return is_linear and part.roles.get("weight") == name


def _of_part(passes: Passes, part: NetworkPart, approximation: str, bias: bool) -> KroneckerFactors:
    weight, network = part.roles["weight"], passes.of
    if bias and "bias" not in part.roles:
        raise SymconvError(f"Kronecker factors of {weight} with the bias", "the layer has none", "leave bias=True out")
    batched = part.after.batched
    fixed = fixing(passes, _sizes(Patched(passes.forward[part.after.name], weight, batched)))
    output = fixed.forward[part.after.name]
    patched = Patched(output, weight, batched, bias)
    delta = tensor_of(network.delta(part.number), output.layout)
    at = tuple(Polynomial.name(axis.letter) for axis in output.axes)
    slope = TensorFormula(
        Quantity(passes.loss, part.after.name), Form.access(delta, at), output.layout, output.geometry,
        {**output.layouts, delta.name: output.layout},
    )  # fmt: skip
    second = block(replace(fixed, gradients={part.after.name: slope}), part.after.name, None, False)
    rank = len(output.axes)
    primes = [axis.letter for axis in patched.primed(output.axes).values()]
    values = {axis.letter: Polynomial.name(new) for axis, new in zip(second.axes[rank:], primes)}
    return _factors(patched, fixed, second.form.substitute(values), approximation, second.layouts)


def _factors(
    patched: Patched, passes: Passes, between: Form, approximation: str, more: Mapping[str, Layout] | None = None
) -> KroneckerFactors:
    layouts = {name: layout for one in passes.forward.values() for name, layout in one.layouts.items()}
    return KroneckerFactors(patched, between, approximation, FrozenMapping({**layouts, **(more or {})}))


def _require(approximation: Any, **flags: Any) -> None:
    """Raise if the approximation is not known, or a flag is neither True nor False."""
    if not isinstance(approximation, str) or approximation not in APPROXIMATIONS:
        raise SymconvError(
            f"approximation={shown(approximation)}", "no such approximation", instead_of(approximation, APPROXIMATIONS)
        )
    for name, value in flags.items():
        require_flag(name, value)


def _outer(patched: Patched, delta: Tensor, mean: Form) -> Form:
    """mean * [the same example] delta[e, o, i] delta[e', o', i']."""
    own, other = patched.own, patched.primed(patched.own)
    at, to = (tuple(Polynomial.name(letter) for letter in letters) for letters in (
        [axis.letter for axis in own], [other[axis.letter].letter for axis in own]))  # fmt: skip
    examples = len(patched.examples)
    both = Form((Term.make(ONE, (Access(delta, at), Access(delta, to))),))
    return mean * both.times(same_entry(at[:examples], to[:examples]))


def _sizes(patched: Patched) -> dict[str, Polynomial]:
    """What factors divide by, the numbers of examples and of positions."""
    return {EXAMPLES: count(patched.examples), POSITIONS: count(patched.positions)}
