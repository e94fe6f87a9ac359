r"""Claims about a network: \delta^{l} = (w^{l+1})^T \delta^{l+1} \odot f'(z^l), dL/dw1[k] = .., softmax minus target.

A number in a superscript is the number of the part, as the network prints it; a letter l counts the parts with weights,
as textbooks do: z^l is the output of the l-th, a^l that after its activation, and \delta^l is dL/dz^l.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import numpy as np

from symconv.algebra.calculus import Definition
from symconv.algebra.forms import Access, Form, Tensor, Term
from symconv.algebra.polynomial import ONE
from symconv.claims.subjects.convolutions import ANY_FUNCTION, about_convolution
from symconv.claims.subjects.judging import judge
from symconv.claims.subjects.reading import Known
from symconv.claims.subjects.receptive_field import about_receptive_field
from symconv.claims.subjects.report import SubjectReport
from symconv.errors import ClaimError, SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.networks.functions import SPOKEN, Function, Pointwise, Softmax, pointwise, softmax
from symconv.networks.losses import SoftmaxCrossEntropy
from symconv.networks.network import Graph


def check_network(network: Graph, claim: str, *, index_base: int = 0) -> SubjectReport:
    r"""Check a formula that somebody claims of a network.

    Args:
        network: a network, concrete or with symbols.
        claim: text or LaTeX with a left side: an output z1 or a2, the derivative delta1 of the loss by an output, or
            dL/dw1. With a superscript l it is claimed of every l for which the network has what it names.
        index_base: the number from which indices count, 0 or 1.

    Returns:
        A SubjectReport; ``report.holds`` if the claim is proved.

    Raises:
        ClaimError: the claim cannot be read; the message has the place.

    >>> from symconv import Activation, Linear, Sequential
    >>> net = Sequential(Linear(4, 3), Activation("sigmoid"), Linear(3, 2), input_shape=(4,), loss="squared")
    >>> print(check_network(net, r"\delta^{l} = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)").status)
    proved
    """
    if not isinstance(claim, str):
        raise ClaimError(shown(claim), "not a formula in text", "write delta1[i] = .. or dL/dw1[k] = ..")
    if index_base not in (0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={shown(index_base)}", "indices count from 0 or 1", "use 0 or 1")
    if network.is_chain and (field := about_receptive_field(network, claim)) is not None:
        return field
    claim = claim.replace(r"\ell", "l")
    if re.search(r"\^\s*\{?\s*[\[(]?\s*l(?![A-Za-z0-9])", claim) is None:
        return replace(_with_numbers(network, claim, index_base), subject=network)
    if not network.is_chain:
        raise ClaimError(claim, "a layer l of a network with branches has no single layer before it", "write numbers")
    reports: list[SubjectReport] = []
    errors: list[ClaimError] = []
    for known in _for_every_layer(network, claim):
        try:
            reports.append(_judged(network, known, claim, index_base))
        except ClaimError as error:  # of a layer without an activation, for one
            errors.append(error)
    if not reports:
        raise errors[0] if errors else ClaimError(claim, _missing(network, claim), "write part numbers")
    wrong = next((report for report in reports if not report.holds), reports[0])
    layers = tuple(name for report in reports for name in report.of)
    words = "l counts the parts with weights; delta^l is dL/dz^l"
    left_out = tuple(f"not judged for every l: {error.wrong}" for error in errors[:1])
    return replace(wrong, of=layers if wrong.holds else wrong.of, read_as=(words, *wrong.read_as, *left_out))


def _with_numbers(network: Graph, claim: str, index_base: int) -> SubjectReport:
    """The verdict on a claim whose superscripts are numbers: of parts, or of the parts with weights, if it is right."""
    error: ClaimError | None = None
    report = None
    try:
        report = _judged(network, _known(network, claim, {}), claim, index_base)
    except ClaimError as raised:
        error = raised
    if (report is not None and report.holds) or not (network.is_chain and _NUMBERED.search(claim)):
        if report is None:
            assert error is not None
            raise error
        return report
    counted = {
        name.replace("^(l)", f"^({at})"): own
        for at in range(len(_weighted(network)) + 1)
        for name, own in _textbook(network, at).items()
        if name.endswith("^(l)")
    }
    try:
        other = _judged(network, _known(network, claim, counted), claim, index_base)
    except ClaimError:
        other = None
    if other is not None and (other.holds or report is None):
        return replace(other, read_as=("superscripts count the parts with weights", *other.read_as))
    if report is None:
        assert error is not None
        raise error
    return report


_NUMBERED = re.compile(r"\^\s*(?:\{?\s*[\[(]\s*\d+\s*[\])]|\{\s*\d+\s*\}|\d)")


def _missing(network: Graph, claim: str) -> str:
    """Which tensors of a claim about every l the network does not have, for the l for which it has most."""
    lacking = [wanted - aliases.keys() for wanted, aliases in _wanted(network, claim)]
    fewest = min(lacking, key=len, default=set())
    if len(fewest) == 1 and all(fewest <= one for one in lacking):
        return f"the network has no {min(fewest)}"
    return "the network has no l for which it has all of these tensors"


def _judged(network: Graph, known: Known, claim: str, index_base: int) -> SubjectReport:
    """The verdict on a claim in convolutions of one part, or on any other."""
    report = about_convolution(network, known, claim)
    return judge(network, known, claim, index_base) if report is None else report


def _for_every_layer(network: Graph, claim: str) -> Iterator[Known]:
    """What the names are for every l for which all of them have a meaning."""
    for wanted, aliases in _wanted(network, claim):
        if wanted <= aliases.keys():
            yield _known(network, claim, aliases)


def _wanted(network: Graph, claim: str) -> Iterator[tuple[set[str], dict[str, str]]]:
    """The names with an l in the claim, and what they are, for every l."""
    named = set(_WITH_L.findall(claim))
    wanted = {f"{name.lstrip(chr(92))}^({number.replace(' ', '')})" for name, number in named}
    for at in range(len(_weighted(network)) + 1):
        yield wanted, _textbook(network, at)


_WITH_L = re.compile(r"([A-Za-z]+|\\[a-z]+)\s*\^\s*\{?\s*[\[(]?\s*(l\s*(?:[+-]\s*\d+)?)\s*[\])]?\s*\}?")


def _weighted(network: Graph) -> list[int]:
    """The numbers of parts with weights."""
    return [part.number for part in network.parts if any(name.startswith("w") for name in part.parameters)]


def _textbook(network: Graph, layer: int) -> dict[str, str]:
    """What w^(l), z^(l-1) and so on are, for one l that counts from 1."""
    numbers = [0, *_weighted(network)]
    found: dict[str, str] = {}
    for words, at in (("l-1", layer - 1), ("l", layer), ("l+1", layer + 1)):
        if not 0 <= at < len(numbers):
            continue
        number = numbers[at]
        end = numbers[at + 1] - 1 if at + 1 < len(numbers) else len(network.parts)
        after = network.input.name if at == 0 else network.parts[end - 1].after.name
        found.update({f"{name}^({words})": after for name in ("a", "x", "h", "X", "A")})
        if at:
            names = {"z": network.parts[number - 1].after.name, "delta": f"delta{number}", "w": f"w{number}"}
            names |= {"W": f"w{number}", "Z": names["z"], "dZ": f"delta{number}", "dz": f"delta{number}"}
            names |= dict.fromkeys(("dW", "dw"), f"dL_dw{number}")
            if f"b{number}" in network.parameters:
                names["b"] = f"b{number}"
            found.update({f"{name}^({words})": own for name, own in names.items()})
    return found


def _known(network: Graph, claim: str, aliases: Mapping[str, str]) -> Known:
    formulas: dict[str, TensorFormula] = {**network.forward, **network.upstream}
    formulas |= {f"dL_d{name}": formula for name, formula in network.gradients.items()}
    formulas |= {network.derivative(name): formula for name, formula in network.grad_inputs.items()}
    tensors = {name: tensor_of(name, formula.layout) for name, formula in formulas.items()}
    layouts = {name: formula.layout for name, formula in formulas.items()}
    functions: dict[str, Tensor] = {}
    for formula in formulas.values():
        for name, layout in formula.layouts.items():
            tensors.setdefault(name, tensor_of(name, layout))
            layouts.setdefault(name, layout)
        for tensor in formula.form.tensors:
            if tensor.applied is None:
                tensors.setdefault(tensor.name, tensor)
            else:
                functions[tensor.name] = tensor
    softmaxes = [
        one
        for one in functions.values()
        if isinstance(one.applied, Softmax) and one.applied.name and not one.applied.log
    ]
    tensors |= {one.name: one for one in softmaxes}
    other = {**_numbered(tensors), **aliases, **_short(network, tensors)}
    other |= {"p": softmaxes[0].name} if softmaxes else {}
    other |= {f"dL_d{name}": f"delta{number}" for number, name in _outputs(network) if f"delta{number}" in tensors}
    definitions = {
        name: Definition(tensor_of(name, one.layout), tuple(axis.letter for axis in one.axes), one.form)
        for name, one in formulas.items()
    }
    target = _target_of(claim, {**{name: name for name in formulas}, **other}, formulas)
    return Known(
        formulas[target].geometry, tensors, layouts,
        {name: own for name, own in other.items() if own in tensors}, formulas,
        definitions, lambda name, tensor: _function(functions, name, tensor), _tidied(network),
        partial(_values, network) if network.is_concrete and not _is_generic(functions) else None,
    )  # fmt: skip


def _outputs(network: Graph) -> list[tuple[int, str]]:
    return [(part.number, part.after.name) for part in network.parts]


def _numbered(tensors: Mapping[str, Any]) -> dict[str, str]:
    """w^(1) for w1, as the network prints it."""
    found = {}
    for name in tensors:
        if match := re.fullmatch(r"([A-Za-z]+)(\d+)", name):
            found[f"{match[1]}^({match[2]})"] = name
            if match[1] == "w":
                found[f"W^({match[2]})"] = name
                found[f"W{match[2]}"] = name
    return found


def _short(network: Graph, tensors: Mapping[str, Any]) -> dict[str, str]:
    """Names without a number where there is only one tensor of that kind; x for the input, y for the target."""
    found = {"x": network.input.name, "a^(0)": network.input.name}
    for letter in ("w", "b", "z", "a", "delta"):
        of_kind = [name for name in tensors if re.fullmatch(rf"{letter}\d+", name)]
        if len(of_kind) == 1:
            found[letter] = of_kind[0]
    if network.notation.target in tensors:
        found["y"] = network.notation.target
    return found


def _target_of(claim: str, names: Mapping[str, str], formulas: Mapping[str, TensorFormula]) -> str:
    """The tensor on the left side, whose part gives the setting; any if it cannot be seen yet."""
    left = claim.split("=")[0]
    words = re.findall(r"[A-Za-z]+\d*", re.sub(r"\\[dt]?frac|\\partial|\\left|\\right", " ", left))
    for word in words[::-1]:
        own = names.get(word)
        if own in formulas:
            return str(own)
        if (gradient := f"dL_d{own}") in formulas:
            return gradient
    return next(iter(formulas))


def _function(functions: Mapping[str, Tensor], name: str, tensor: Tensor) -> Tensor | None:
    """f'(z) of the function that the network applies to z, by its own name or by that of any function."""
    bare, order = name.rstrip("'"), len(name) - len(name.rstrip("'"))
    if bare in ("softmax", "logsoftmax", "log_softmax") and not order:
        return _softmax(functions, tensor, log=bare != "softmax")
    for one in functions.values():
        applied = one.applied
        if not isinstance(applied, Pointwise) or applied.argument.name != tensor.name:
            continue
        own = applied.function.name
        if bare in (own, SPOKEN.get(own, own), *ANY_FUNCTION):
            return pointwise(Function(own, order, applied.function.options), applied.argument)
    return None


def _softmax(functions: Mapping[str, Tensor], tensor: Tensor, log: bool) -> Tensor | None:
    """The softmax of a tensor, or its logarithm; none if there are several, along other axes, written alike."""
    own = [one.applied for one in functions.values() if isinstance(one.applied, Softmax)]
    found = [applied for applied in own if applied.argument.name == tensor.name]
    if len({applied.classes for applied in found}) != 1:
        return None
    return softmax(found[0].name, found[0].argument, found[0].classes, log)


def _is_generic(functions: Mapping[str, Tensor]) -> bool:
    """Whether nothing is known of a function, so that it has no numbers."""
    return any(isinstance(one.applied, Pointwise) and one.applied.function.is_generic for one in functions.values())


def _values(network: Graph, chance: Random) -> dict[str, Any]:
    """Numbers for everything in a network: of its input, parameters and target, and what follows from them."""
    given, target = {}, network.notation.target
    for name in network.wanted:
        shape = tuple(int(size) for size in network.shape_of(name))
        low, high = (0, 3) if name.startswith("var") or name == target else (-3, 3)
        count = int(np.prod(shape))
        given[name] = np.array([chance.randint(low, high) for _ in range(count)]).reshape(shape)
    if isinstance(network.loss, SoftmaxCrossEntropy):
        given[target] = np.zeros_like(given[target])
        given[target][..., 0] = 1
    return {**given, **network.evaluate(**given)}


def _tidied(network: Graph) -> Any:
    """Forms with sigmoid' and tanh' said by the functions; the target adds up to 1 if the loss says so."""
    adds_up = isinstance(network.loss, SoftmaxCrossEntropy)

    def tidied(form: Form) -> Form:
        form = Form(tuple(part for term in form for part in _by_the_function(term)))
        return Form(tuple(_without_total(term, network.notation.target) for term in form)) if adds_up else form

    return tidied


def _by_the_function(term: Term) -> Form:
    """The term with sigmoid' = sigmoid - sigmoid^2, and tanh' = 1 - tanh^2."""
    for at, factor in enumerate(term.factors):
        applied = factor.tensor.applied if isinstance(factor, Access) else None
        if not isinstance(factor, Access) or not isinstance(applied, Pointwise) or applied.function.order != 1:
            continue
        function = replace(applied.function, order=0)
        if function.name in ("sigmoid", "tanh"):
            own = Form.access(pointwise(function, applied.argument), factor.indices)
            rest = Term.make(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), ())
            inner = Form((rest,)) * ((own if function.name == "sigmoid" else Form.constant(ONE)) - own * own)
            return Form(tuple(part for one in inner.summed(term.bound) for part in _by_the_function(one)))
    return Form((term,))


def _without_total(term: Term, target: str) -> Term:
    """The term without a sum over the classes of the target alone."""
    for factor in term.factors:
        if not isinstance(factor, Access) or factor.tensor.name != target:
            continue
        others = [one for one in term.factors if one is not factor]
        elsewhere = term.coefficient.names.union(*(p.names for one in others for p in one.polynomials))
        summed = [index.single_name for index in factor.indices if index.single_name in term.bound]
        if len(summed) == 1 and summed[0] not in elsewhere and str(summed[0]):
            bound = tuple(name for name in term.bound if name != summed[0])
            return Term.make(term.coefficient, others, bound)
    return term
