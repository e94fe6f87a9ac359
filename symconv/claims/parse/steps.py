r"""A step of gradient descent in a claim about a layer: w \leftarrow w - \eta G says that G is dL/dw."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names
from symconv.geometry.axes import axes_of

AFTER = re.compile(
    r"_\s*(?:\{\s*(?:t\s*\+\s*1|new|\\(?:text|mathrm)\{\s*new\s*\})\s*\}|new(?![A-Za-z]))|\^\s*(?:\{\s*\(?\s*(?:t\s*\+\s*1|new)\s*\)?\s*\}|\(t\+1\))"
)
BEFORE = re.compile(
    r"_\s*(?:\{\s*(?:t|old|\\(?:text|mathrm)\{\s*old\s*\})\s*\}|(?:t|old)(?![A-Za-z0-9]))|\^\s*(?:\{\s*\(?\s*(?:t|old)\s*\)?\s*\}|\(t\))"
)
"""Marks of the weights after the step and before it: w_{t+1}, w^{(t)}, w_{old}."""
ARROWS = re.compile(r"\\leftarrow|\\gets|:=|←|<-|≔")
_RATE = (
    r"(?:\\(?:eta|alpha|gamma|epsilon|varepsilon)(?![A-Za-z])|[ηαγε]|(?:eta|alpha|lr|learning_rate|learning\\_rate)"
    r"(?![A-Za-z])|\\(?:text|mathrm)\{\s*(?:lr|learning[ _]rate)\s*\}|0?\.\d+)"
)
_OF_RATE = re.compile(_RATE)
_TIMES = r"\s*(?:\\cdot(?![A-Za-z])|\\times(?![A-Za-z])|\\,|[*·×])?\s*"
_CHANGE = re.compile(rf"(?P<before>.*?)(?P<sign>[-+−])\s*(?P<rate>{_RATE}){_TIMES}(?P<gradient>\S.*)", re.DOTALL)
_DELTA = re.compile(r"\s*(?:\\Delta|Δ|∆)\s*(\S+)\s*")
_TWO_SIGNS = re.compile(r"([-+])\s*([-+])")
_BY = r"(?P<by>\\?[A-Za-z]+)"
_GRADIENT = re.compile(
    rf"^\s*(?:\\[dt]?frac\s*\{{\s*(?:\\partial|d)\s*\\?\w+\s*\}}\s*\{{\s*(?:\\partial\s*|d){_BY}\s*\}}|"
    rf"\\nabla_\{{?{_BY.replace('by', 'of')}\}}?\s*\\?\w*|(?:∂|d)\w\s*/\s*(?:∂|d){_BY.replace('by', 'to')}|"
    rf"d{_BY.replace('by', 'own')}|grad_{_BY.replace('by', 'name')})\s*$"
)
r"""The gradient with respect to a whole tensor: dL/dW, dW, \nabla_W L."""
_STYLES = re.compile(r"\\(?:mathbf|mathrm|boldsymbol|bm|mathsf|mathcal|text|vec)\s*\{\s*(\\?\w+)\s*\}")
_ENDS = re.compile(r"^\s*(?:\$+|\\\[|\\\()|(?:\$+|\\\]|\\\))?\s*[.,;]?\s*(?:\$+|\\\]|\\\))?\s*$")
_NAME = re.compile(r"\\?[A-Za-z]+(?:\{\\?[A-Za-z]+\})?(?:\s*[_^]\s*(?:\{[^{}=]*\}|\w)|\[[^\[\]=]*\]|\([a-z, ]*\)|\d)*")


def with_gradient_of_step(names: Names, claim: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim about the gradient that a step of gradient descent subtracts; None of other claims.

    >>> from symconv import Conv
    >>> with_gradient_of_step(Names.of(Conv(3, 2)), r"w_k \\leftarrow w_k - \\eta \\sum_i \\delta_i x_{i+k}")[0]
    '\\\\frac{\\\\partial L}{\\\\partial w_k} = \\\\sum_i \\\\delta_i x_{i+k}'
    """
    if _OF_RATE.search(claim) is None:
        return None
    text = _ENDS.sub("", ARROWS.sub(" = ", claim))
    left, equals, right = text.partition("=")
    if not equals:
        return None
    if (change := _DELTA.fullmatch(left)) is not None:
        left, right = change[1], f"{change[1]} {right if right.lstrip()[:1] in '-−+' else '+' + right}"
    elif left.rstrip()[-1:] in ("-", "+"):
        sign, left = left.rstrip()[-1], left.rstrip()[:-1]
        right = f"{left} {sign} {right}"
    left, right = left.strip(), _TWO_SIGNS.sub(lambda two: "-" if two[1] != two[2] else "+", right.strip())
    if AFTER.search(left) and not AFTER.search(right):
        left, right = AFTER.sub("", left), BEFORE.sub("", right)
    found = _CHANGE.fullmatch(right)
    if found is None or _NAME.fullmatch(left) is None or _plain(found["before"]) != _plain(left):
        return None
    gradient = found["gradient"]
    if _is_a_sum(gradient):
        return None
    loss, sign = names.layer.notation.loss, "" if found["sign"] != "+" else "-"
    words = f"a step of gradient descent: what is subtracted, over {found['rate']}, is the gradient of {loss} by {left}"
    by = f"\\frac{{\\partial {loss}}}{{\\partial {left}}}"
    if _whole(gradient) == _STYLES.sub(r"\1", left):
        own = names.known.get(_STYLES.sub(r"\1", left).lstrip("\\"), names.layer.notation.weight)
        letters = ", ".join(axis.letter for axis in axes_of(names.layouts.get(own, ())))
        by = gradient = f"d{loss}/d{own}" + (f"[{letters}]" if letters else "")
    return f"{by} = {sign}{gradient}", (words,)


def _whole(gradient: str) -> str | None:
    r"""The tensor of dL/dW, dW or \nabla_W L; None of something else."""
    found = _GRADIENT.match(_STYLES.sub(r"\1", gradient))
    return None if found is None else next(name for name in found.groups() if name)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def _is_a_sum(text: str) -> bool:
    """Whether something is added or subtracted outside of brackets and sums: b in w - eta a + b."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "({[") - (sign in ")}]")
        if not depth and sign in "+-−" and text[:at].rstrip()[-1:] not in ("", "=", "*", "_", "^"):
            return "\\sum" not in text[:at] and "∑" not in text[:at]
    return False
