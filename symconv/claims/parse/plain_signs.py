r"""Plainer signs for some that only few people use: ∑[m] a, {a = b}, \delta_Y, \frac{\partial L}{\partial K}(m, n).

Words between formulas in dollar signs are left out, in whatever language they are.
"""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import LONGEST, closing

_BRACKETED = re.compile(r"([∑Σ])\[\s*([a-z])\s*\]")
_CALLED = re.compile(
    r"(\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*(?:\\math\w+\s*)?\{?[A-Za-z]\}?\s*\}\s*\{\s*(?:\\partial|d)\s*"
    r"(?:\\math\w+\s*)?\{?[A-Za-z]\}?)\s*\}\s*\(([^()=]*)\)(?=\s*=)"
)
_OF_OUTPUT = re.compile(r"(?P<delta>\\delta|δ|(?<![A-Za-z])delta)\s*_\s*\{?\s*(?P<of>[A-Z])\s*\}?(?![A-Za-z_{])")
_OUTPUTS = ("Y", "Z", "O", "H", "S")
_PLACED = re.compile(r"\\text\s*\{\s*([a-z]+)\\?_?([a-z]*)\s*\[(\d)\]\s*\}")
_MATH = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_LABEL = re.compile(
    r"^\s*(?:\$+|\\\[|\\\()?\s*(?:\\text(?:bf|it)?\s*\{\s*[A-Za-z][A-Za-z -]{3,60}:\s*\}|[A-Z][a-z][A-Za-z -]{2,60}:)"
    r"(?=\s*[^=\s].*=)",
    re.DOTALL,
)
"""A word in front of a formula: \\text{convolution: } y_i = .."""
_NABLA = re.compile(
    r"(?:\(|\[|\\left\s*[(\[])\s*\\nabla_\{?\s*(\\?[A-Za-z]+)\s*\}?\s*(\\?[A-Za-z]+(?:\{[A-Za-z]\})?)\s*"
    r"(?:\)|\]|\\right\s*[)\]])\s*_\s*(?:\{([^{}]*)\}|(\w))"
)
"""An entry of a gradient: (\\nabla_w L)_k."""
_BARRED = re.compile(r"\\(?:bar|overline)\s*\{?\s*([A-Za-z])\s*\}?\s*(_\s*(?:\{[^{}]*\}|\w))?")
_ADJOINT = re.compile(rf"\s*(?:\$+|\\\[|\\\()?\s*{_BARRED.pattern}\s*(?:&\s*)?[:+]?=")
"""\\bar{w}_k = .. \\bar{y}_i ..: adjoints, gradients with respect to what is below the bar; one alone is a mean."""
_ONE = r"\\(?:mathbb|mathbf|mathds|mathrm|mathbbm)\s*\{?\s*[1I]\s*\}?\s*"
_INDICATOR = re.compile(
    rf"{_ONE}(?:\\left\s*)?(?:\\\{{([^{{}}\[\]]*=[^{{}}\[\]]*?)(?:\\right\s*)?\\\}}|\[([^\[\]]*=[^\[\]]*?)(?:\\right\s*)?\]|"
    rf"_\s*\{{\s*(?:\\\{{)?([^{{}}\\]*=[^{{}}\\]*)(?:\\\}})?\s*\}})"
)
"""\\mathbb{1}\\{j = s i + k\\}: 1 where it holds, and 0 elsewhere."""
_WRAPPED = re.compile(r"(?<![\w})\]'])\((\s*\\?[A-Za-z]+'?\s*)\)(?=\s*\^\s*\{?\(?[lL]|\s*_\s*\{)")
"""A name in brackets that has a number or indices behind it: (\\omega')^l_{m,n}."""
_ALGORITHM = re.compile(r"^\s*\$*\s*F\s*\(\s*\d+\s*,\s*\d+\s*\)\s*=(?=.*=)", re.DOTALL)
"""F(2, 3) = in front of what Winograd's algorithm F(2, 3) computes."""
_OUTER = re.compile(
    r"\\left\s*[\[(|]\s*(?=\\begin\s*\{(?:array|matrix|smallmatrix)\})|"
    r"(?<=\\end\{array\})\s*\\right\s*[\])|]|(?<=\\end\{matrix\})\s*\\right\s*[\])|]"
)
"""Brackets around a matrix that has none of its own."""
_DOTTED_LINE = re.compile(r"\\\\\s*&?\s*(?:\.\.\.+|…|\\[vlcd]?dots[bc]?)\s*(?=\\\\|$|\\end)")
"""A line of dots: the other entries, which are not written."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_JOINING = frozenset(("and", "or", "for", "all", "with", "where"))


def in_plain_signs(names: Names, text: str) -> str:
    r"""The claim in signs that everybody uses, at the same places where that can be.

    >>> from symconv import Conv
    >>> in_plain_signs(Names.of(Conv(5, 3)), "S(i) = ∑[m] x(i+m) w(m)")
    'S(i) = ∑_m  x(i+m) w(m)'
    """
    if len(text) > LONGEST:
        return text
    text = _without_words(text)
    for sign, pattern in ((":", _LABEL), ("F", _ALGORITHM), ("\\begin", _OUTER), ("\\\\", _DOTTED_LINE)):
        if sign in text:
            text = pattern.sub(lambda one: " " * len(one[0]), text)
    if "\\" in text:
        text = _in_plain_tex(names, text)
    text = _BRACKETED.sub(lambda one: f"{one[1]}_{one[2]}".ljust(len(one[0])), text)
    text = _CALLED.sub(lambda one: f"{one[1]}_{{{one[2]}}}}}", text)
    text = _PLACED.sub(lambda one: f"\\text{{{one[1]}{one[2] and chr(92) + '_'}{one[2]}}}[{one[3]}]", text)
    inner = text.strip()
    if inner.startswith("{") and closing(inner, 0) == len(inner) - 1 and "=" in inner:
        start, end = text.index("{"), text.rindex("}")
        text = f"{text[:start]} {text[start + 1 : end]} {text[end + 1 :]}"
    return _with_one_delta(names, text)


def _in_plain_tex(names: Names, text: str) -> str:
    r"""\nabla_{w_k} L for (\nabla_w L)_k, brackets for \mathbb{1}\{..\}, gradients for adjoints."""
    text = _NABLA.sub(lambda one: f"\\nabla_{{{one[1]}_{{{one[3] or one[4]}}}}} {one[2]}", text)
    if _ADJOINT.match(text) and len({one[1] for one in _BARRED.finditer(text)}) > 1:
        loss = names.layer.notation.loss
        text = _BARRED.sub(lambda one: f"\\frac{{\\partial {loss}}}{{\\partial {one[1]}{one[2] or ''}}}", text)
    text = _INDICATOR.sub(lambda one: f"[{next(filter(None, one.groups()))}]", text)
    text = _WRAPPED.sub(lambda one: f" {one[1]} ", text)
    return text


def _with_one_delta(names: Names, text: str) -> str:
    r"""\delta for \delta_Y, if it is the gradient with respect to the output, and no other delta is there."""
    found = list(_OF_OUTPUT.finditer(text))
    of = {one["of"] for one in found}
    if len(of) != 1 or not of <= set(_OUTPUTS) or len(found) < len(re.findall(r"\\delta|δ|(?<![A-Za-z])delta", text)):
        return text
    (letter,) = of
    if names.is_own(letter) or names.role(letter) not in (None, "output"):
        return text
    return _OF_OUTPUT.sub(lambda one: one["delta"].ljust(len(one[0])), text)


def _without_words(text: str) -> str:
    """Only the equations in dollar signs, if words stand between them; the text itself if it has no such words."""
    math = [next(part for part in one.groups() if part is not None) for one in _MATH.finditer(text)]
    words = {word.lower() for word in _WORD.findall(_MATH.sub(" ", text))}
    said = [one for one in math if re.search(r"(?<![<>!:])=|\+=|\\leftarrow", one)]
    if not said or words <= _JOINING:
        return text
    return " \\\\ ".join(one.strip().rstrip(".,;") for one in said)
