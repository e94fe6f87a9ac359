"""The Fisher information matrix of a layer and of a network.

F = 1/D times the mean of (dL/dw) (dL/dw)^T over the targets that the network itself predicts, for a loss L = D sum of
-log p(t | h): the true Fisher, which is the Gauss-Newton matrix for the losses here (Martens 2014). The empirical one
has the targets as they are, and is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.algebra.calculus import derivative, same_entry
from symconv.algebra.digits import adds_up_to_one
from symconv.algebra.forms import Access, Form, Term, fresh
from symconv.algebra.normal_form import added_up, simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.derivatives.joined import JoinedSetting
from symconv.derivatives.matrices import SUBJECTS, block
from symconv.derivatives.naming import EXAMPLES, VECTOR
from symconv.derivatives.passes import Passes, of_layer, of_network
from symconv.derivatives.second import SecondDerivative
from symconv.derivatives.tables import Table
from symconv.errors import SymconvError, shown
from symconv.formulas.gradients import SIFTING
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.verbs import verb
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.symbols import Reciprocal
from symconv.layers import Layer
from symconv.networks.composition import Composition
from symconv.networks.functions import Softmax, softmax
from symconv.networks.losses import LossPart
from symconv.printing.quantity import Quantity


@verb(Layer, "the Fisher matrix", SUBJECTS)
def fisher(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative:
    """A block of the empirical Fisher matrix of a layer, the mean of g g^T over the examples of a batch.

    F = 1/N sum over e of (dl_e/d ``of``) (dl_e/d ``by``)^T, where delta[e] is the derivative of example e's own loss
    l_e by its output, not divided by N.

    Args:
        layer: the layer; or a network with its loss, ``fisher(net, "w1", "w2")``: then the true Fisher matrix,
            the mean over the targets that the network predicts; ``fisher(net, empirical=True)`` has the targets as
            they are.
        of, by: as for ``hessian``.

    Returns:
        A TensorFormula with the axes of ``of`` and then those of ``by``.

    Raises:
        SymconvError: the tensor does not exist, or no distribution belongs to the loss.

    >>> from symconv import Conv
    >>> fisher(Conv(4, 2)).text()
    "F_w_w[k, k'] = sum(i, i', delta[i]*delta[i']*X[i + k]*X[i' + k'])"
    """
    passes = with_examples(of_layer(layer), layer)
    delta, (formula,) = layer.notation.grad_output, passes.forward.values()
    middle = _empirical(formula, delta, layer.batch_size is not None, mean_of(passes))
    return named_block(replace(passes, given={delta: middle}), of, by, "F")


def fisher_of_network(
    network: Composition, of: str | None = None, by: str | None = None, *, empirical: bool = False
) -> SecondDerivative | Mapping[tuple[str, str], SecondDerivative]:
    """A block of the Fisher matrix of a network, or all of those of its parameters."""
    require_flag("empirical", empirical)
    passes = judged(network, empirical)
    if of is not None:
        return named_block(passes, of, by, "F")
    pairs = [(one, other) for one in network.parameters for other in network.parameters]
    title = f"the {'empirical ' if empirical else ''}Fisher matrix, by parameters"
    return Table(title, pairs, lambda pair: named_block(passes, *pair, "F"), lambda one: (one,))


def require_flag(name: str, value: Any) -> None:
    """Raise if a value is neither True nor False."""
    if not isinstance(value, bool):
        raise SymconvError(f"{name}={shown(value)}", "neither True nor False", "use True or False")


def named_block(passes: Passes, of: str, by: str | None, letter: str) -> SecondDerivative:
    """J^T M J, where M is how the derivative of the loss by the output changes."""
    made = block(passes, of, by, False)
    return made.like(Quantity(letter + str(made.quantity)[1:]), made.form, made.layout)


# -- what stands between the Jacobians -----------------------------------------------------------------


def judged(network: Composition, empirical: bool) -> Passes:
    """The passes of a network, its loss's second derivative replaced by the second moment of its first."""
    passes = of_network(network)
    loss = network.loss_part
    if loss is None:
        raise SymconvError("the Fisher matrix of a network without a loss", "it has no targets", "give loss=..")
    output = loss.notation.input
    (delta,) = (path.name for path in network.paths[output] if path.part is None)
    formula = passes.forward[output]
    if empirical:
        signal = network.signal(output)
        count = axes_of((formula.layout[0],)) if signal.batched else ()
        number = count[0].size if count and loss.module.reduction == "mean" else ONE
        middle = _empirical(formula, delta, signal.batched, Form.constant(number))
    else:
        middle = _expected(passes.backward[delta], formula, delta, loss)
    rest = {name: one for name, one in passes.backward.items() if name != delta}
    return replace(passes, backward=rest, given={delta: middle})


def _empirical(output: TensorFormula, delta: str, batched: bool, mean: Form) -> TensorFormula:
    """v_delta[a] = mean * delta[a] * sum over b of [the same example] delta[b] v_h[b]."""
    at, to, other = _letters(output.layout)
    tensor, vector = tensor_of(delta, output.layout), tensor_of(f"{VECTOR}{output.quantity}", output.layout)
    examples = len(axes_of((output.layout[0],))) if batched else 0
    same = same_entry(at[:examples], to[:examples])
    body = Term.make(ONE, (Access(tensor, at), Access(tensor, to), Access(vector, to), *same), other)
    return change(output, delta, mean * Form((body,)))


def _expected(slope: TensorFormula, output: TensorFormula, delta: str, loss: LossPart) -> TensorFormula:
    """The same in the mean over the targets: 1/D times the sum of (d delta/dt) covariance (d delta/dt)^T.

    Raises:
        SymconvError: no distribution belongs to the loss.
    """
    if loss.is_generic:
        raise SymconvError(
            f"the Fisher matrix for {loss.module!r}", "no distribution of targets belongs to it",
            'use loss="squared", "mse" or "cross_entropy", or empirical=True',
        )  # fmt: skip
    target = tensor_of(loss.notation.target, slope.layouts[loss.notation.target])
    taken: set[str] = {*(axis.letter for axis in slope.axes)}
    sets = []
    for _ in range(3):
        own = [fresh(axis.letter, taken) for axis in slope.axes]
        taken.update(own)
        sets.append(tuple(map(Polynomial.name, own)))
    x, y, to = sets
    to_b = slope.form.substitute(dict(zip([axis.letter for axis in slope.axes], to)))
    left, right = derivative(slope.form, target, x), derivative(to_b, target, y)
    vector = Form.access(tensor_of(f"{VECTOR}{output.quantity}", output.layout), to)
    whole = left * _covariance(loss, slope.form, x, y) * right * vector
    for one in (x, y):
        whole = whole.within(one, target.shape or ())
    summed = [index.single_name or "" for one in sets for index in one]
    return change(output, delta, _undivided(whole.summed(summed), loss))


def _covariance(loss: LossPart, slope: Form, x: tuple[Polynomial, ...], y: tuple[Polynomial, ...]) -> Form:
    """The covariance of the targets that the network predicts, of entries x and y: p, or a normal distribution."""
    for tensor in slope.tensors:
        applied = tensor.applied
        if isinstance(applied, Softmax) and not applied.log:
            one, other = Access(tensor, x), Access(tensor, y)
            pairs = same_entry(x, y)
            apart = tuple(pair for place, pair in enumerate(pairs) if place not in applied.classes)
            return Form((Term.make(ONE, (one, *pairs)), Term.make(-ONE, (one, other, *apart))))
    variance = Polynomial.constant(1) if loss.module.weight != 1 else Polynomial.constant(Fraction(1, 2))
    return Form((Term.make(variance, same_entry(x, y)),))


def _undivided(form: Form, loss: LossPart) -> Form:
    """The form divided by D, of which every term has two factors."""
    divisor = loss.divisor
    if divisor is None:
        return form
    if divisor.value is not None:
        return form * Form.constant(divisor)
    terms = []
    for term in form:
        scale = next(one for one in term.factors if isinstance(one, Access) and one.tensor.name == loss.notation.scale)
        at = term.factors.index(scale)
        terms.append(Term.make(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), term.bound))
    return Form(tuple(terms))


def of_probabilities(formula: SecondDerivative, loss: LossPart) -> SecondDerivative:
    """A formula for targets that add up to 1 over the classes: numbers that do are a softmax of something."""
    applied = next((one.applied for one in loss.functions() if isinstance(one.applied, Softmax)), None)
    if applied is None:
        return formula
    name = loss.notation.target

    def moved(access: Access) -> Access:
        if access.tensor.name != name:
            return access
        return Access(softmax(name, replace(access.tensor, name=f"log_{name}"), applied.classes), access.indices)

    form = simplify(formula.form.with_accesses(moved), formula.assumptions, (*SIFTING, adds_up_to_one)).result
    return formula.like(formula.quantity, form, formula.layout)


def change(output: TensorFormula, delta: str, form: Form) -> TensorFormula:
    """How the derivative with respect to an output changes, as a formula with the output's axes."""
    name = f"{VECTOR}{output.quantity}"
    layouts = {**output.layouts, name: output.layout, delta: output.layout}
    made = added_up(simplify(form, output.assumptions, (*SIFTING, adds_up_to_one)).result)
    return TensorFormula(Quantity(VECTOR + delta), made, output.layout, output.geometry, layouts)


def _letters(layout: Layout) -> tuple[tuple[Polynomial, ...], tuple[Polynomial, ...], list[str]]:
    """Indices of an entry, those of a second entry, and its letters."""
    own = [axis.letter for axis in axes_of(layout)]
    taken, other = {*own}, []
    for letter in own:
        other.append(fresh(letter, taken))
        taken.add(other[-1])
    return tuple(map(Polynomial.name, own)), tuple(map(Polynomial.name, other)), other


# -- means over the examples of a layer ------------------------------------------------------------------


def with_examples(passes: Passes, layer: Layer, more: Mapping[str, Polynomial] | None = None) -> Passes:
    """The passes of a layer with fixed numbers: 1 over the number of examples, and 1 over other sizes."""
    divisors = {EXAMPLES: _examples(layer), **(more or {})}
    return fixing(replace(passes, given={}), divisors)


def fixing(passes: Passes, divisors: Mapping[str, Polynomial]) -> Passes:
    """The passes in a setting in which 1 over some sizes are tensors, where these sizes are letters."""
    base = next(iter(passes.forward.values())).geometry
    assert isinstance(base, JoinedSetting)
    setting = base.with_reciprocals({n: Reciprocal(one) for n, one in divisors.items() if one.value is None})
    scalars: dict[str, Layout] = {name: () for name in setting.reciprocals}

    def moved(formulas: Mapping[str, TensorFormula]) -> dict[str, TensorFormula]:
        return {
            name: TensorFormula(one.quantity, one.form, one.layout, setting, {**one.layouts, **scalars})
            for name, one in formulas.items()
        }

    own = (passes.forward, passes.backward, passes.gradients, passes.given)
    forward, backward, gradients, given = map(moved, own)
    return replace(passes, forward=forward, backward=backward, gradients=gradients, given=given)


def mean_of(passes: Passes) -> Form:
    """1 over the number of examples, of a layer's own passes."""
    return reciprocal(EXAMPLES, _examples(passes.of))


def _examples(layer: Layer) -> Polynomial:
    axes = axes_of((layer.output_layout[0],)) if layer.batch_size is not None else ()
    return axes[0].size if axes else ONE


def reciprocal(name: str, divisor: Polynomial) -> Form:
    """1 over a size: a number, or a tensor without axes."""
    if divisor.value is not None:
        return Form.constant(Polynomial.constant(Fraction(1, int(divisor.value))))
    return Form.access(tensor_of(name, ()), ())
