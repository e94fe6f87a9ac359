"""Unicode mathematics for terminals, from the LaTeX that symconv prints.

Only the LaTeX of ``latex.py`` and of the notes is read, with amsmath's commands and no others.
"""

from __future__ import annotations

import re

from symconv.printing.notation import GREEK

_SIGNS = {
    "sum": "∑", "partial": "∂", "cdot": "·", "cdots": "⋯", "dots": "…", "vdots": "⋮", "le": "≤", "ge": "≥", "ne": "≠",
    "times": "×", "star": "⋆", "lfloor": "⌊", "rfloor": "⌋", "leftarrow": "←", "quad": "  ", "qquad": "    ",
    "ell": "ℓ", "left": "", "right": "", "bigl": "", "bigr": "", ",": " ", ";": " ", "!": "", " ": " ", "{": "{",
    "}": "}", "\\": "\n", "varphi": "φ",
}  # fmt: skip
_LETTERS = {name: letter for name, letter in zip(GREEK, "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ")}
_FONTS = ("mathrm", "mathit", "mathsf", "boldsymbol", "operatorname", "text")
_FRACTIONS = ("frac", "tfrac", "dfrac")
_BELOW = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")) | {"−": "₋", "′": "′"}
_ABOVE = dict(zip("0123456789+-=()nT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀ")) | {"−": "⁻"}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^&]|\s+|.", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}\n?")
_PLAIN = re.compile(r"[\w.]+")
_NUMBERED = re.compile(r"[\d,]+|[\d,]*[A-Za-z]{2,}[\d,]*")
"""Subscripts of a name itself, such as those of n_1, X_12 and C_in; all others are indices of a tensor."""


def unicode(latex: str) -> str:
    r"""LaTeX as symconv prints it, in one line of Unicode (several, if it has several).

    >>> unicode(r"h_{i} = \sum_{k} w_{k} \, X_{s i + d k - p}")
    'h[i] = ∑ₖ w[k] X[s·i + d·k − p]'
    >>> unicode(r"\frac{\partial L}{\partial w^{(2)}_{o, k}} = \sum_{i} \delta^{(2)}_{o, i} \, X_{i + k}")
    '∂L/∂w⁽²⁾[o, k] = ∑ᵢ δ⁽²⁾[o, i] X[i + k]'
    """
    text = _Reader(_ENVIRONMENT.sub("", latex)).group()
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


class _Reader:
    """Reads LaTeX from the left; one method for every kind of token that takes an argument."""

    def __init__(self, latex: str) -> None:
        self.tokens = [token[0] for token in _TOKEN.finditer(latex)]
        self.at = 0

    def group(self) -> str:
        """Everything up to a closing brace, or to the end."""
        text = ""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token == "}":
                break
            text += self.written(token, text)
        return text

    def argument(self) -> str:
        """The group, or the one token, that comes next."""
        while self.tokens[self.at].isspace():
            self.at += 1
        token = self.tokens[self.at]
        self.at += 1
        return self.group() if token == "{" else self.written(token, "")

    def written(self, token: str, before: str) -> str:
        if token == "{":
            return self.group()
        if token == "_":
            return self.index(self.argument(), before)
        if token == "^":
            return _raised(self.argument())
        if token.isspace():
            return self.space(before)
        return self.command(token[1:]) if token.startswith("\\") else {"-": "−", "'": "′", "&": ""}.get(token, token)

    def command(self, name: str) -> str:
        if name in _FONTS:
            return self.argument()
        if name in ("color", "mark"):
            self.argument()
            return ""
        if name == "sqrt":
            return f"√({self.argument()})"
        if name in _FRACTIONS:
            return f"{_in_brackets(self.argument())}/{_in_brackets(self.argument())}"
        if name == "partial" and self.tokens[self.at : self.at + 1] == [" "]:
            self.at += 1
        return _SIGNS.get(name) or _LETTERS.get(name) or ("" if name in _SIGNS else name)

    def index(self, inside: str, before: str) -> str:
        """A subscript of a name, the letters of a sum, or the indices of a tensor in brackets."""
        inside = " ".join(inside.split())
        if before.endswith("∑"):
            return _lowered(inside.replace(", ", ",")) or f"{{{inside}}}"
        if _NUMBERED.fullmatch(inside):
            return _lowered(inside) or f"_{inside}"
        return f"[{inside}]"

    def space(self, before: str) -> str:
        """A product of two names is written with a dot."""
        following = self.tokens[self.at] if self.at < len(self.tokens) else ""
        ends = before[-1:].isalnum() or before[-1:] in ("]", ")", "′") or before[-1:] in _BELOW.values()
        begins = following.isalnum() or following == "(" or following[1:] in _LETTERS
        is_word = re.search(r"[A-Za-z]{2,}$", before) is not None
        is_sum = re.search(r"∑\S*$", before) is not None
        return "·" if ends and begins and not is_word and not is_sum else " "


def _in_brackets(text: str) -> str:
    return f"({text})" if re.search(r"[ ·/]", text) and "∂" not in text else text


def _lowered(text: str) -> str:
    """The text in small letters below the line; empty if one has no such sign."""
    if any(sign not in _BELOW and sign not in "," and sign not in _BELOW.values() for sign in text):
        return ""
    return "".join(_BELOW.get(sign, sign) for sign in text)


def _raised(text: str) -> str:
    return "".join(_ABOVE.get(sign, sign) for sign in text) if set(text) <= _ABOVE.keys() else f"^({text})"
