r"""Convolutions in claims about a network: \delta^l = \delta^{l+1} *_{full} rot180(w^{l+1}) \odot f'(z^l).

A convolution is that of one part with weights. The claim is written in the names of that part, without the derivative
of the activation in front of it, and judged as a claim about whole tensors of a layer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.algebra.forms import Access
from symconv.claims.judge.whole import about_whole
from symconv.claims.operators.channels import without_channels
from symconv.claims.operators.registry import OPERATORS, plain_name
from symconv.claims.operators.syntax import ENTRYWISE, PRODUCTS, sign_of, tree_of
from symconv.claims.parse.names import Names
from symconv.claims.report import CheckReport
from symconv.claims.subjects.reading import Known
from symconv.claims.subjects.report import SubjectReport
from symconv.errors import ClaimError
from symconv.networks.functions import GENERIC
from symconv.networks.network import Graph

ANY_FUNCTION = (GENERIC, "g", "sigma", "phi", "psi", "act", "activation")
"""Names under which textbooks have an activation, whichever it is."""

_NUMBER = r"\s*\^\s*(?:\{\s*[\[(]?\s*([l\d]\s*(?:[+-]\s*\d+)?)\s*[\])]?\s*\}|([l\d])(?![A-Za-z0-9])|[(\[]([l\d])[)\]])"
_RAISED = re.compile(rf"(\\delta|\\?[A-Za-z]+|δ){_NUMBER}")
_SIGN = r"(?:\\odot|\\circ|\\cdot|\\times|\\ast|⊙|∘|·|×|\*)"
_FUNCTION = r"\\?[A-Za-z]+"
_PRIMED = r"(?:'|′|\^\s*\{?\s*\\prime\s*\}?)"
_TURN = r"\\?(?:text|mathrm|operatorname)?\{?(?:rot|ROT|Rot)_?\{?180\}?\}?"
_APPLIED = re.compile(
    rf"(?P<before>{_SIGN}\s*)?(?P<name>{_FUNCTION})\s*(?P<prime>{_PRIMED})?\s*(?:\\left\s*)?\(\s*(?P<turn>{_TURN}\s*\()?"
    rf"\s*(?P<of>[A-Za-z]+\d+)\s*(?:_\{{?\s*[a-z]\s*\}}?)?\s*(?(turn)\)\s*)(?:\\right\s*)?\)(?P<after>\s*{_SIGN})?"
)
_INDEXED = re.compile(r"(?<=[A-Za-z}])_(\{[a-z](?:\s*,\s*[a-z])*\}|[a-z](?![A-Za-z]))")
_DERIVATIVE = re.compile(
    r"\\[dt]?frac\s*\{[^{}]*\}\s*\{\s*(?:\\partial|d)\s*(\S+?)\s*\}|\\nabla_\{?\s*(\S+?)\s*\}?\s*\S+"
)
_BELOW = re.compile(r"_(?:\{[a-z](?:\s*,?\s*[a-z])?\}|[a-z](?![A-Za-z]))|\[[a-z](?:\s*,\s*[a-z])?\]")
_WORDS = re.compile(r"(?<![A-Za-z\\])[A-Za-z]+\d*(?![A-Za-z0-9(])")
SLIDING = (
    "conv", "conv1d", "conv2d", "conv3d", "corr", "crosscorrelation", "xcorr", "correlate", "correlate2d", "convolve",
    "convolve2d", "fftconvolve", "conv2", "convtranspose", "convtranspose1d", "convtranspose2d",
)  # fmt: skip


@dataclass(frozen=True)
class _Factor:
    """A function of a tensor that a claim multiplies by."""

    written: str
    primed: bool
    of: str


def about_convolution(network: Graph, known: Known, claim: str, max_terms: int = DEFAULT_MAX_TERMS) -> Any:
    """The verdict on a claim with a convolution; None of a claim without one.

    Raises:
        ClaimError: it has one, and cannot be read.
    """
    text, factors = _plain(known, claim)
    channels = without_channels(text)
    tree = tree_of(text if channels is None else channels.text)
    if tree is None or not any(map(_slides, tree.iter_subtrees())) or "=" not in text:
        return None
    left, right = (one.strip() for one in text.split("=", 1))
    left = left.removesuffix("+").removesuffix(":").strip()
    below = _BELOW.search(left)
    bare = _BELOW.sub("", left).strip()
    bare = re.sub(r"\s+\}", "}", bare)
    target = _target(known, bare)
    left = left if below is None else bare
    if (inside := _inside(known, target, right)) is not None:
        left, right = inside
        target = left
    part = _part(network, known, target, _WORDS.findall(right))
    if part is None or not hasattr(part.layer, "schemes"):
        return None
    layer, reads = part.layer, part.layer.notation.input
    wanted = None
    if target.startswith("delta") and target != layer.notation.grad_output:
        wanted = _between(known, target, reads)
        left = rf"\frac{{\partial {layer.notation.loss}}}{{\partial {reads}}}"
    elif target.startswith("grad "):
        left = rf"\frac{{\partial {layer.notation.loss}}}{{\partial {target.removeprefix('grad ')}}}"
    if below is not None:
        left = re.sub(r"(?=\}$)|(?<=[A-Za-z0-9])$", below[0], left, count=1)
    own = {reads, layer.notation.weight, layer.notation.bias, layer.notation.output, layer.notation.grad_output}
    own |= {f"d{layer.notation.loss}_d{name}" for name in own}
    foreign = [
        word
        for word in dict.fromkeys(_WORDS.findall(right))
        if (meant := known.aliases.get(word, word)) in known.tensors and meant not in own
    ]
    written = _own_names(known, f"{left} = {right}")
    if foreign:
        return _replaced(network, part, target, claim, written, foreign, own, max_terms)
    try:
        report = _judged(layer, written, max_terms)
    except ClaimError as error:
        wrong = error.wrong.replace(repr(layer), f"part {part.number}")
        raise ClaimError(claim, wrong, error.right) from None
    if report is None:
        return None
    return _report(network, target, claim, report, part.number, _about_factor(wanted, factors))


def _slides(node: Any) -> bool:
    """Whether a node is a convolution of two tensors."""
    if node.data == "call":
        return plain_name(str(node.children[0]))[0] in SLIDING
    if node.data != "joined":
        return False
    return sign_of(str(node.children[1]))[0] not in (*ENTRYWISE, *PRODUCTS)


def _plain(known: Known, claim: str) -> tuple[str, list[_Factor]]:
    """The claim in the network's own names, and the factors that are derivatives of functions, which it is without."""
    text = claim.replace("\\ell", "l").replace("\\partial ", "\\partial  ")
    places = {found[1] for found in _INDEXED.finditer(text)}
    if len(places) == 1 and re.search(rf"{_TURN}\s*\(|full|valid", text):  # \delta_{x,y} of whole tensors
        text = _INDEXED.sub("", text)

    def named(found: re.Match[str]) -> str:
        number = re.sub(r"\s", "", found[2] or found[3] or found[4])
        name = "delta" if found[1] in ("\\delta", "δ") else found[1].removeprefix("\\")
        return f" {known.aliases.get(f'{name}^({number})', found[0])} "

    text = _RAISED.sub(named, text)
    text = re.sub(r"\\delta(?=\d)|δ(?=\d)", "delta", text)
    factors: list[_Factor] = []

    def applied(found: re.Match[str]) -> str:
        tensor = known.tensors.get(known.aliases.get(found["of"], found["of"]))
        name = found["name"].removeprefix("\\")
        if tensor is None or plain_name(f"{name}(")[0] in OPERATORS:
            return found[0]
        if known.function(name, tensor) is None and not (found["prime"] and name in ANY_FUNCTION):
            return found[0]
        made = None if found["prime"] else _made_by(known, name, tensor)
        joined = bool(found["before"]) and "odot" not in str(found["before"])
        if made is not None and (joined or found["after"] or not found["before"]):
            value = f"rot180({made})" if found["turn"] else made
            return f"{found['before'] or ''}{value}{found['after'] or ''}"
        written = f"{found['name']}{chr(39) if found['prime'] else ''}({tensor.name})"
        factors.append(_Factor(written, bool(found["prime"]), tensor.name))
        return found["before"] if found["before"] and found["after"] else " "

    return _APPLIED.sub(applied, text), factors


def _inside(known: Known, target: str, right: str) -> tuple[str, str] | None:
    """z1 and the inner side of a2 = f(..), if a2 is that function of z1."""
    found = re.fullmatch(rf"({_FUNCTION})\s*(?:\\left\s*)?\((.*?)(?:\\right\s*)?\)", right.strip())
    formula = known.targets.get(target)
    factors = [factor for term in formula.form for factor in term.factors] if formula is not None else []
    if (
        found is None
        or len(factors) != 1
        or not isinstance(factors[0], Access)
        or found[2].count("(") != found[2].count(")")
    ):
        return None
    applied = factors[0].tensor.applied
    argument = known.tensors.get(str(getattr(getattr(applied, "argument", None), "name", "")))
    if argument is None or known.function(found[1].removeprefix("\\"), argument) != factors[0].tensor:
        return None
    return argument.name, found[2]


def _made_by(known: Known, name: str, tensor: Any) -> str | None:
    """The tensor that is this function of another, as a2 is of z1."""
    applied = known.function(name, tensor)
    for own, formula in known.targets.items():
        terms = formula.form.terms
        factors = terms[0].factors if len(terms) == 1 else ()
        names = [factor.tensor.name for factor in factors if isinstance(factor, Access)]
        if len(factors) == 1 and applied is not None and names == [applied.name]:
            return own
    return None


def _target(known: Known, left: str) -> str:
    """The tensor that a left side is: z1, delta1, and grad w1 of the derivative with respect to it."""
    if known.aliases.get(left, left) in known.tensors:
        return known.aliases.get(left, left)
    if found := _DERIVATIVE.fullmatch(left):
        by = found[1] or found[2]
    elif found := re.fullmatch(r"(?:d[A-Z]\s*/\s*d|∂[A-Z]\s*/\s*∂|grad_|d)([A-Za-z]+\d*)", left):
        by = found[1]
    else:
        return left
    return f"grad {known.aliases.get(by, by)}"


def _part(network: Graph, known: Known, target: str, words: list[str]) -> Any:
    """The part whose convolution it is: that of the weights that are named, or else of the left side."""
    named = {known.aliases.get(word, word) for word in words}
    by = target.removeprefix("grad ")
    for part in network.parts:
        weights = {name for name in part.parameters if name.startswith("w")}
        if weights & named or by in weights:
            return part
    return None


def _between(known: Known, target: str, reads: str) -> tuple[str, str] | None:
    r"""z1 and a2 if the part reads a2 = f(z1) and \delta^1 is claimed; None if it reads z1 itself.

    Raises:
        ClaimError: something else stands between them.
    """
    output = next((name for name in known.tensors if known.aliases.get(f"dL_d{name}") == target), None)
    if output == reads:
        return None
    tensor = known.tensors.get(output or "")
    if tensor is None or _made_by(known, "f", tensor) != reads:
        wrong = f"{reads} is not an activation of {output or target}"
        raise ClaimError(target, wrong, f"claim dL/d{reads}, which is the gradient that the layer gives")
    return str(output), reads


def _own_names(known: Known, text: str) -> str:
    """The text with the network's own names for those that people have."""

    def own(found: re.Match[str]) -> str:
        name = known.aliases.get(found[0], found[0])
        return name if name in known.tensors and not name.startswith("dL_d") else found[0]

    return _WORDS.sub(own, text)


def _judged(layer: Any, text: str, max_terms: int) -> CheckReport | None:
    return about_whole(Names.of(layer), text, None, max_terms)


def _about_factor(wanted: tuple[str, str] | None, factors: list[_Factor]) -> tuple[str, ...]:
    """What is wrong with the factors that are functions."""
    if wanted is None:
        return tuple(f"{one.written} should not be there" for one in factors)
    output, _ = wanted
    right = f"f'({output})"
    if not factors:
        return (f"the derivative {right} of the activation is left out",)
    first, *more = factors
    found = [] if first.primed and first.of == output else [f"{first.written} stands where {right} belongs"]
    return (*found, *(f"{one.written} should not be there" for one in more))


def _replaced(
    network: Graph, part: Any, target: str, claim: str, text: str, foreign: list[str], own: set[str], max_terms: int
) -> SubjectReport:
    """Refuted if the claim is right with a tensor of the part in place of one that it does not have.

    Raises:
        ClaimError: it is not.
    """
    names = part.layer.notation
    for word in foreign:
        for other in (names.input, names.grad_output, names.weight):
            changed = re.sub(rf"(?<![A-Za-z\\]){word}(?![A-Za-z0-9])", other, text)
            with_other = _judged(part.layer, changed, max_terms)
            if len(foreign) == 1 and with_other is not None and with_other.holds:
                wrong = (f"{word} stands where {other} belongs",)
                return _report(network, target, claim, with_other, part.number, wrong)
    known = ", ".join((names.input, names.weight, names.grad_output))
    wrong_words = f"{foreign[0]} is not a tensor of part {part.number}, whose convolution it is"
    raise ClaimError(claim, wrong_words, f"write {known}, or a formula with indices")


def _report(
    network: Graph, target: str, claim: str, report: CheckReport, number: int, wrong: tuple[str, ...]
) -> SubjectReport:
    """The report on the layer's claim as one on the network's."""
    status = "refuted" if wrong and report.holds else report.status
    because = (*report.explanation, *wrong) if report.holds or report.explanation or not wrong else ()
    name = target.replace("grad ", "dL_d")
    return SubjectReport(
        network, (name,), (claim,), status, report.scope if status == "proved" else "", report.right,
        (f"the convolution is that of part {number}", *report.reading), report.remarks if status == "proved" else (),
        because, report.witness,
    )  # fmt: skip
