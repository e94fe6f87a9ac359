r"""A second reader of claims for the tests, of sums with indices and of single entries: it adds up numbers in loops.

It shares nothing with ``symconv``. What it does not read it refuses by ``UnreadError``; of what it reads it gives the
number that the claim says an entry is, with tensors of numbers that are zero outside their boxes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

REACH = range(-9, 17)
"""A sum without limits runs over these; every box of the tests is inside."""
UPSTREAM = re.compile(
    r"\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*[A-Z]\s*\}\s*\{\s*(?:\\partial|d)\s*[hyzxZO]"
    r"(\s*_\s*(?:\{[^{}]*\}|\w)|\d+)?\s*\}"
)
"""A derivative on the right side, of the loss by an output."""
SIGNS = str.maketrans({"∑": "\\sum ", "Σ": "\\sum ", "·": "*", "−": "-", "δ": "\\delta ", "∂": "d"})
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ₊₋", "0123456789aeoxhklmnpstij+-")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ᴷᴺ⁺⁻", "0123456789KN+-")
Names = Mapping[str, int]
Value = Callable[[Names], Any]
GREEK = "alpha|beta|gamma|delta|epsilon|theta|omega|Gamma"
ROLES = {
    "x": "input", "X": "input", "I": "input", "a": "input", "o": "input", "input": "input", "in": "input",
    "w": "weight", "W": "weight", "f": "weight", "kernel": "weight", "weight": "weight", "omega": "weight",
    "b": "bias", "bias": "bias", "delta": "grad_output", "d": "grad_output", "dy": "grad_output",
    "dout": "grad_output", "G": "grad_output",
}  # fmt: skip
OUTPUTS = ("y", "h", "z", "s", "S", "O", "Y", "out", "output")
TOKEN = re.compile(
    rf"\\?(?:sum|frac|{GREEK})(?![a-z])|\\(?:le|lt|dots|cdot|times|mathbb|in)(?![a-z])|\d+|[A-Za-z]+\d*|∑|\S"
)


class UnreadError(Exception):
    """The claim is written in a way that this reader does not have."""


def sides(text: str) -> tuple[str, str]:
    r"""The left and the right side, without what only shapes them.

    >>> sides(r"$$ y_i = \sum_k w_k \, x_{i+k} $$")
    ('y_i', '\\sum_k w_k   x_{i+k}')
    """
    text = re.sub(r"(?<!\\)%.*", "", text).translate(SIGNS)
    text = re.sub(r"([₀-₉ₐ-ₜᵢⱼ₊₋]+)", lambda one: "_{" + one[1].translate(LOWERED) + "}", text)
    text = re.sub(r"([⁰-⁹ᴷᴺ⁺⁻¹]+)", lambda one: "^{" + one[1].translate(RAISED) + "}", text)
    text = re.sub(r"\\(?:begin|end)\{(?:split|equation\*?)\}|\\mathbb\{1\}|&(?==)", " ", text)
    text = re.sub(r"\\(?:equiv|triangleq)(?![a-z])|:=", "=", text)
    text = re.sub(r"(?<![a-zA-Z\\])sum_", r"\\sum_", text)
    text = re.sub(r"dL/d([yh])(?=[_\[])", r"delta", text) if text.count("dL/d") > 1 else text
    text = re.sub(r"\]\s*\[", ", ", text)
    text = re.sub(r"\\(?:left|right|limits|displaystyle|boxed|big|Big)(?![a-z])|\$|\\[\[\]()]", " ", text)
    text = re.sub(r"\\(?:[,;!: ]|q?quad(?![a-z]))", " ", text)
    text = re.sub(r"\\(?:mathbf|mathrm|mathcal|mathsf|text|boldsymbol|mathit)\s*\{\s*([A-Za-z]+)\s*\}", r" \1 ", text)
    text = re.sub(r"\\ell", "l", text)
    text = re.sub(r"\[\s*([A-Z])\s*\](?=\s*_)", r"\1", text)
    text = re.sub(r"(?<![a-zA-Z\\])([xwIKWXfgyhs]|in|input|weight)\s*\(([^()]*)\)", r"\1[\2]", text)
    text = re.sub(r"_\{([^{}]*)\}\s*\[([^\[\]]*)\]", r"_{\1, \2}", text)
    text = re.sub(r"([bxwy])\^\{\(([a-z](?:,[a-z])?)\)\}_\{([^{}]*)\}", r"\1_{\2,\3}", text)
    text = re.sub(r"([bxwy])\^\{\(([a-z])\)\}", r"\1_{\2}", text)
    text = re.sub(r"\^\s*(?:\{\s*[\[(]?l\s*(?:[+-]\s*1)?[\])]?\s*\}|l(?![a-z]))", "", text)
    text = re.sub(r"\^\s*\{?\s*\\prime\s*\}?", "'", text)
    left, _, right = text.partition("=")
    if re.match(r"\s*\([a-zA-Z]\s*\*\s*[a-zA-Z]\)[\[(]", right):  # S(i, j) = (I * K)(i, j) = ..
        right = right.partition("=")[2]
    if not right or "\\\\" in text or "&" in text or "==" in text:
        raise UnreadError(text)
    right = re.split(r"\s(?:for|quad)\s|,\s*(?:for|i\s*=)", right)[0]
    return left.strip(), UPSTREAM.sub(lambda one: f" delta{one[1] or ''} ", right).strip().rstrip(".,; ")


def left_side(text: str, layer: Any) -> tuple[str, list[str]]:
    """The quantity and the letters of its entry."""
    found = re.fullmatch(
        r"(?:\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*[A-Za-z]+\s*\}\s*\{\s*(?:\\partial|d)\s*(.*)\}"
        r"|grad_((?:input|weight|bias).*)|\\nabla_\s*\{?(.*?)\}?\s*L|d[A-Z]\s*/\s*d(.*))",
        text,
    )
    by = next((one for one in found.groups() if one), None) if found else None
    entry = re.fullmatch(r"\\?([A-Za-z]+?)\s*(?:(\d+)|_\s*\{(.*)\}|_\s*(\w)|\[(.*)\]|\((.*)\))?\s*", by or text)
    if entry is None:
        raise UnreadError(text)
    inside = next((one for one in entry.groups()[1:] if one), "")
    letters = re.findall(r"[a-z]'?|\d", inside)
    if re.sub(r"[\s,]", "", inside) != "".join(letters):
        raise UnreadError(text)
    role = role_of(entry[1], layer) if by else "output"
    if by and role not in ("input", "weight", "bias"):
        raise UnreadError(text)
    if not by and entry[1] not in (layer.notation.output, *OUTPUTS):
        raise UnreadError(entry[1])
    return f"grad_{role}" if by else "output", letters


def role_of(name: str, layer: Any) -> str:
    own = {getattr(layer.notation, role): role for role in ("input", "weight", "bias", "grad_output")}
    role = own.get(name) or ROLES.get(name)
    if role is None:
        raise UnreadError(name)
    return role


class Reader:
    """Reads a right side; ``tensors`` have the numbers by role, ``ranks`` how many indices each has."""

    def __init__(self, text: str, layer: Any, tensors: Mapping[str, Any], ranks: Mapping[str, int], base: int) -> None:
        self.layer, self.tensors, self.ranks, self.base = layer, tensors, ranks, base
        self.signs = TOKEN.findall(text)
        self.at = 0

    def whole(self) -> Value:
        value = self.sum()
        if self.at != len(self.signs):
            raise UnreadError(" ".join(self.signs[self.at :]))
        return value

    # -- signs -----------------------------------------------------------------------------------------

    @property
    def next(self) -> str:
        return self.signs[self.at] if self.at < len(self.signs) else ""

    def take(self, sign: str = "") -> str:
        found = self.next
        if not found or (sign and found != sign):
            raise UnreadError(f"{found!r} where {sign!r} is expected")
        self.at += 1
        return found

    def group(self) -> list[str]:
        """The signs in curly brackets, or one sign."""
        if self.next != "{":
            return [self.take()]
        self.take("{")
        depth, found = 1, []
        while depth:
            sign = self.take()
            depth += (sign == "{") - (sign == "}")
            found.append(sign)
        return found[:-1]

    def inner(self, signs: Sequence[str]) -> Value:
        """The value of some signs: an index or an end, in which letters that run together are a product."""
        reader = Reader("", self.layer, self.tensors, self.ranks, self.base)
        known = {*map(str, self.layer.symbol_names), "K1", "K2", "n1", "n2", "s1", "s2"}
        reader.signs = [
            part for sign in signs
            for part in ([sign] if not sign.isalpha() or sign in known or sign in ("sum", "frac") else sign)
        ]  # fmt: skip
        return reader.whole()

    # -- formulas --------------------------------------------------------------------------------------

    def sum(self) -> Value:
        negative = self.next == "-"
        if self.next in ("-", "+"):
            self.take()
        value = self.product()
        value = _scaled(value, -1) if negative else value
        while self.next in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
            value = _added(value, self.product(), sign)
        return value

    def product(self) -> Value:
        values = [self.factor()]
        over: list[Value] = []
        while self.next and self.next not in "+-)]},=}":
            sign = self.next
            if sign in ("*", "\\cdot", "\\times", "·"):
                self.take()
                values.append(self.factor())
            elif sign == "/":
                self.take()
                over.append(self.factor())
            else:
                values.append(self.factor())
        return _product(values, over)

    def factor(self) -> Value:
        sign = self.take()
        if sign.isdigit():
            number = int(sign)
            return lambda names: number
        if sign in ("(", "{"):
            value = self.sum()
            self.take(")" if sign == "(" else "}")
            return value
        if sign == "[":
            return self.bracket()
        if sign.lstrip("\\") == "frac":
            return self.quotient()
        if sign.lstrip("\\") in ("sum", "∑"):
            return self.summed()
        if re.fullmatch(r"\\?[A-Za-z]+\d*", sign):
            return self.named(sign.lstrip("\\"))
        raise UnreadError(sign)

    def bracket(self) -> Value:
        """[j = i + k], 1 where it holds."""
        left = self.sum()
        self.take("=")
        right = self.sum()
        self.take("]")
        return lambda names: int(left(names) == right(names))

    def quotient(self) -> Value:
        above, below = self.group(), self.group()
        if above[0] in ("\\", "\\partial", "partial", "d") or "partial" in above:
            raise UnreadError("a derivative")
        return _product([self.inner(above)], [self.inner(below)])

    def named(self, name: str) -> Value:
        if (label := re.fullmatch(r"([A-Za-z]+?)(\d+)", name)) and name not in ("K1", "K2", "n1", "n2", "s1", "s2"):
            return self.entry(role_of(label[1], self.layer), [label[2]], self.layer.notation.index_base)
        if self.next == "_":
            self.take()
            items = self.group()
            if self.layer.is_concrete and all(sign.isdigit() or sign == "," for sign in items):
                return self.entry(role_of(name, self.layer), items, self.layer.notation.index_base)
        elif self.next == "[":
            self.take("[")
            items = []
            while self.next != "]":
                items.append(self.take())
            self.take("]")
        else:
            if len(name) > 1 and not name[-1].isdigit() and name not in map(str, self.layer.symbol_names):
                raise UnreadError(name)
            if ROLES.get(name) == "bias" and not self.ranks.get("bias", 1):
                bias = self.tensors["bias"]
                return lambda names: bias[()]
            return lambda names: names[name]
        return self.entry(role_of(name, self.layer), items)

    def entry(self, role: str, items: Sequence[str], base: int | None = None) -> Value:
        if role not in self.ranks:
            raise UnreadError(role)
        parts: list[list[str]] = [[]]
        depth = 0
        for sign in items:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "," and not depth:
                parts.append([])
            else:
                parts[-1].append(sign)
        rank = self.ranks[role]
        if len(parts) == 1 and rank > 1:  # ij and (i+a)(j+b)
            text = "".join(parts[0])
            groups = re.findall(r"\(([^()]*)\)", text)
            if groups and "".join(f"({one})" for one in groups) == text:
                parts = [TOKEN.findall(one) for one in groups]
            elif (text.isalpha() or text.isdigit()) and len(text) == rank:
                parts = [[letter] for letter in text]
        if len(parts) != rank:
            raise UnreadError(f"{role} with {len(parts)} indices")
        indices = [self.inner(part) for part in parts]
        tensor, first = self.tensors[role], self.base if base is None else base
        return lambda names: tensor[tuple(index(names) - first for index in indices)]

    def summed(self) -> Value:
        below, above = [], []
        for _ in range(2):
            if self.next == "_":
                self.take()
                below = self.group()
            elif self.next == "^":
                self.take()
                above = self.group()
        letters: list[str] = []
        text = " ".join(below)
        where: Value = lambda names: 1  # noqa: E731
        if found := re.fullmatch(r"([a-z](?: , [a-z])*) (?::|\|) (.*) = (.*)", text):
            one, other = (self.inner(found[at].split()) for at in (2, 3))
            where = lambda names: int(one(names) == other(names))  # noqa: E731
            text = found[1]
        if found := re.fullmatch(r"0 \\\\le ([a-z](?: , [a-z])*) < (.*)", text):
            below, above, text = [], [*found[2].split(), "-", "1"], f"{found[1]} = 0"
        if found := re.fullmatch(r"([a-z](?: , [a-z])*) = (.*)", text):
            letters = found[1].split(" , ")
            low, high = self.inner(found[2].split()), self.inner(above)
        elif re.fullmatch(r"[a-z](?: , [a-z])*", text) and not above:
            letters, low, high = text.split(" , "), (lambda names: REACH[0]), (lambda names: REACH[-1])
        else:
            raise UnreadError(text)
        body = self.product()

        def value(names: Names) -> Any:
            span = range(low(names), high(names) + 1)
            inner = ({**names, **dict(zip(letters, at))} for at in product(span, repeat=len(letters)))
            return sum(body(one) for one in inner if where(one))

        return value


def _scaled(value: Value, number: int) -> Value:
    return lambda names: number * value(names)


def _added(one: Value, other: Value, sign: int) -> Value:
    return lambda names: one(names) + sign * other(names)


def _product(values: Sequence[Value], over: Sequence[Value]) -> Value:
    def value(names: Names) -> Any:
        result: Any = 1
        for one in values:
            result = result * one(names)
            if not result:
                return 0
        for one in over:
            result = Fraction(result) / one(names)
        return result

    return value


# -- sizes and programs ----------------------------------------------------------------------------------

SIZES = {
    "input_size": "n i i' W H W1 H1 L_in H_in W_in n_in n_h in_width in_height h w nh i_",
    "kernel_size": "k K f F kernel_size HH WW k_h filter_width filter_height kh K_h",
    "stride": "s S stride s_h strides", "padding": "p P pad padding p_h", "dilation": "d D dilation",
    "output_padding": "output_padding u",
}  # fmt: skip
"""The names that people have for sizes."""


def size_of(text: str, names: Names) -> Any:
    r"""The number that a formula of sizes gives, as a program.

    >>> size_of(r"\left\lfloor \frac{n + 2p - K}{s} \right\rfloor + 1", {"n": 7, "p": 1, "K": 3, "s": 2})
    Fraction(4, 1)
    """
    text = re.sub(r"\\(?:left|right)(?![a-z])|\\[,;!: ]|\\q?quad", " ", text)
    text = re.sub(r"\\(?:text|mathrm|mathit)\s*\{([^{}]*)\}", r"\1", text).replace("\\_", "_")
    text = re.sub(r"_\s*\{\s*(\w+)\s*\}", r"_\1", text)
    while found := re.search(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", text):
        text = f"{text[: found.start()]}(({found[1]})/({found[2]})){text[found.end() :]}"
    for written, meant in (
        ("\\lfloor", " floor("), ("\\rfloor", ")"), ("\\lceil", " ceil("), ("\\rceil", ")"), ("\\times", "*"),
        ("\\cdot", "*"), ("float(", "("), ("math.", ""), ("{", ""), ("}", ""), ("'", "_"),
    ):  # fmt: skip
        text = text.replace(written, meant)
    text = re.sub(r"(?<![\w])\[", "(", text)
    text = re.sub(r"(?<![\d\w])\]", ")", text) if "(" in text else text
    text = re.sub(r"(\w)\[(\d)\]", r"\1_\2", text).replace("]", ")")
    text = re.sub(r"(?<![\w.])(\d+)\s*(?=[A-Za-z(])", r"\1*", text)
    text = re.sub(r"(?<=[\w)])\s+(?=[\w(])|(?<=\))(?=[\w(])", "*", text)
    text = re.sub(r"(?<![\w])(\d+)(?!\w)", r"exactly(\1)", text)
    text = re.sub(r"\b(?!floor|ceil|exactly)([A-Za-z]\w*)\s*(?=\()", r"\1*", text)
    if not re.fullmatch(r"[\w\s+*/()-]*", text):
        raise UnreadError(text)
    known = {"floor": lambda one: Fraction(math.floor(one)), "ceil": lambda one: Fraction(math.ceil(one))}
    try:
        return Fraction(
            eval(text, {**known, "exactly": Fraction, **{name: Fraction(value) for name, value in names.items()}})
        )
    except (NameError, SyntaxError, TypeError) as error:
        raise UnreadError(text) from error
