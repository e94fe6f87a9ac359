r"""Claims about a step of gradient descent: w \leftarrow w - \eta dL/dw, entry by entry or of the whole tensor."""

from __future__ import annotations

import re
from dataclasses import replace

from symconv.algebra.calculus import Definition
from symconv.algebra.forms import Tensor
from symconv.claims.parse.names import Names
from symconv.claims.parse.spelled_names import with_own_names
from symconv.claims.parse.steps import AFTER, ARROWS, BEFORE
from symconv.claims.subjects.judging import judge
from symconv.claims.subjects.reading import Known
from symconv.claims.subjects.report import SubjectReport
from symconv.errors import ClaimError, SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.gradient_step.step import Step

UPHILL = re.compile(r"[-+](?=[\s(]*(?:\\eta|eta|η|\\alpha|alpha|lr)(?![A-Za-z]))")
"""The sign in front of the learning rate."""


def check_step(step: Step, claim: str, *, index_base: int = 0) -> SubjectReport:
    r"""Check a formula that somebody claims of a step of gradient descent.

    Args:
        step: a step, made by ``sgd_step``.
        claim: text or LaTeX, ``w[k] = w[k] - eta*dL/dw[k]`` or ``w \leftarrow w - \eta \frac{\partial L}{\partial w}``.
            On the left side w, or w_new, stands for the weights after the step, on the right side for those before.
        index_base: the number from which indices count, 0 or 1.

    Returns:
        A SubjectReport; ``report.holds`` if the claim is proved.

    Raises:
        ClaimError: the claim cannot be read; the message has the place.
        SymconvError: the step has no closed form.

    >>> from symconv import Conv, sgd_step
    >>> print(check_step(sgd_step(Conv(3, 2), loss=None), "w[k] = w[k] - eta*sum(i, delta[i]*X[i + k])").status)
    proved
    """
    if not isinstance(claim, str):
        raise ClaimError(shown(claim), "not a formula in text", "write w[k] = w[k] - eta*dL/dw[k]")
    if index_base not in (0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={shown(index_base)}", "indices count from 0 or 1", "use 0 or 1")
    text, said = _in_own_names(step, _with_equals(claim))
    report = judge(step, _known(step), text, index_base)
    if report.status == "refuted" and judge(step, _known(step), UPHILL.sub(_turned, text), index_base).holds:
        report = replace(report, explanation=("the gradient must be subtracted: the step has the wrong sign",))
    of = tuple(f"{name}, after the step" for name in report.of)
    return replace(
        report, claims=(claim,), of=of,
        read_as=(f"{report.of[0]} on the left side is what it is after the step", *said),
    )  # fmt: skip


PARAMETERS = re.compile(r"\\theta(?![A-Za-z])|θ|(?<![A-Za-z_])theta(?![A-Za-z_])")


def _in_own_names(step: Step, text: str) -> tuple[str, tuple[str, ...]]:
    """The claim with the layer's own names for those that programs have, and for the parameters theta."""
    text = re.sub(r"(?<![A-Za-z_])(?:learning_rate|learning_?rate)(?![A-Za-z_])", "eta", text)
    changed, said = with_own_names(Names.of(step.layer), text) or (text, ())
    own = step.layer.notation
    if PARAMETERS.search(changed) and "weight" in step.roles:
        said = (*said, f"theta is the weight {own.weight}")
        changed = PARAMETERS.sub(own.weight, changed)
    return changed, said


def _turned(sign: re.Match[str]) -> str:
    return "+" if sign[0] == "-" else "-"


def _with_equals(claim: str) -> str:
    """An arrow, or -=, as an equals sign."""
    left, equals, right = ARROWS.sub(" = ", claim).partition("=")
    if AFTER.search(left) and not AFTER.search(right):
        left, right = AFTER.sub("", left), BEFORE.sub("", right)
    if change := re.fullmatch(r"\s*(?:\\Delta|Δ|∆)\s*(\S+)\s*", left):
        left, right = change[1], f"{change[1]} + ({right})"
    changed = f"{left}{equals}{right}"
    if match := re.fullmatch(r"\s*(\S+)\s*([-+])=\s*(.*)", changed, re.DOTALL):
        changed = f"{match[1]} = {match[1]} {match[2]} ({match[3]})"
    return changed


def _known(step: Step) -> Known:
    layer, names = step.layer, step.layer.notation
    tensors: dict[str, Tensor] = {name: tensor_of(name, layout) for name, layout in step.layouts.items()}
    targets: dict[str, TensorFormula] = {}
    aliases: dict[str, str] = {"x": names.input, "y": names.output, "alpha": "eta", "lr": "eta"}
    for role, formula in step.after_step.items():
        own = getattr(names, role)
        targets[own] = formula
        aliases |= {f"{own}_new": own, f"{own}'": own, f"new_{own}": own}
        aliases.setdefault(own.upper(), own)
    definitions: dict[str, Definition] = {}
    for role in step.roles:
        own = getattr(names, role)
        gradient = layer.direct.gradient(own)
        name = f"d{names.loss}_d{own}"
        tensors[name] = tensor_of(name, gradient.layout)
        aliases |= {f"d{own}": name, f"d{own.upper()}": name, f"grad_{role}": name}
        definitions[name] = Definition(tensors[name], tuple(axis.letter for axis in gradient.axes), gradient.form)
    output = layer.direct.output
    definitions[names.output] = Definition(
        tensor_of(names.output, output.layout), tuple(axis.letter for axis in output.axes), output.form
    )
    if step.loss_part is not None:
        delta = tensor_of(names.grad_output, layer.output_layout)
        definitions[names.grad_output] = Definition(delta, delta.letters, step.error)
    setting = next(iter(targets.values())).geometry
    known = {name: own for name, own in aliases.items() if own in tensors}
    return Known(setting, tensors, step.layouts, known, targets, definitions)
