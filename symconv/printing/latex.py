"""LaTeX of names, polynomials, forms and formulas: one short function for each kind of thing.

Fragments need amsmath and nothing else. A sum is written over its index names only: tensors are zero
outside their shape, so every sum runs over all integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Term
from symconv.algebra.polynomial import Monomial, Polynomial
from symconv.algebra.sympy_out import sides
from symconv.printing.notation import LETTERS, Notation, latex_name, latex_tensor

READING_ORDER = "".join(letter for letter in LETTERS.values())


@dataclass(frozen=True)
class Quantity:
    """What a formula is the formula of: h, dL/dw or dh/dw.

    The first ``split`` axes index the numerator, the others the denominator.
    """

    numerator: str
    denominator: str | None = None
    split: int = 0

    def __str__(self) -> str:
        return self.numerator if self.denominator is None else f"d{self.numerator}_d{self.denominator}"

    def latex(self, letters: Sequence[str]) -> str:
        if self.denominator is None:
            return subscripted(self.numerator, letters)
        above = subscripted(self.numerator, letters[: self.split])
        below = subscripted(self.denominator, letters[self.split :])
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def subscripted(name: str, indices: Sequence[str]) -> str:
    """A tensor's name with its indices; an exponent-like subscript of the name itself is kept apart."""
    base = latex_tensor(name)
    if not indices:
        return base
    return (f"{{{base}}}" if "_" in base else base) + f"_{{{', '.join(indices)}}}"


def index(polynomial: Polynomial) -> str:
    """An index or size: s i + d k - p, with index letters before sizes.

    >>> s, i, d, k, p = map(Polynomial.name, "sidkp")
    >>> index(s * i + d * k - p)
    's i + d k - p'
    >>> index(k - i - 1)
    'k - i - 1'
    """
    text = ""
    ordered = sorted(polynomial.terms, key=_reading_order)
    first_positive = next((at for at, (_, coefficient) in enumerate(ordered) if coefficient > 0), 0)
    for monomial, coefficient in [ordered.pop(first_positive), *ordered] if ordered else []:
        names = sorted(monomial, key=lambda name: (name[0] in READING_ORDER, name))
        body = " ".join(map(latex_name, names))
        size = abs(coefficient)
        number = "" if size == 1 and body else sp.latex(sp.Rational(size))
        sign = ("- " if text else "-") if coefficient < 0 else ("+ " if text else "")
        text += (" " if text else "") + sign + " ".join(part for part in (number, body) if part)
    return text or "0"


def _reading_order(pair: tuple[Monomial, Any]) -> tuple[Any, ...]:
    monomial, coefficient = pair
    letters = [READING_ORDER.index(name[0]) for name in monomial if name[0] in READING_ORDER and _is_letter(name)]
    first = min(letters, default=len(READING_ORDER))
    return (first, -len(monomial), coefficient < 0, monomial)


def _is_letter(name: str) -> bool:
    return name[1:].strip("'").isdigit() or not name[1:].strip("'")


def access(factor: Access) -> str:
    indices = [index(i) for i in factor.indices]
    if factor.tensor.applied is None:
        return subscripted(factor.tensor.name, indices)
    return factor.tensor.applied.latex(lambda name: subscripted(name, indices))


def delta(factor: Delta) -> str:
    left, right = sides(factor)
    return rf"[{index(left)} = {index(right)}]"


def ranges(factors: Iterable[Range]) -> list[str]:
    """[0 <= e < n] for a pair of ranges, [e >= 0] for one alone."""
    waiting = [factor.expression for factor in factors]
    written = []
    while waiting:
        first = waiting.pop(0)
        partner = next((other for other in waiting if _are_ends(first, other)), None)
        if partner is None:
            written.append(_one_range(first))
            continue
        waiting.remove(partner)
        low = max(first, partner, key=lambda e: sum(c > 0 for _, c in e.terms) - sum(c < 0 for _, c in e.terms))
        written.append(rf"[0 \le {index(low)} < {index(first + partner + 1)}]")
    return written


def _are_ends(one: Polynomial, other: Polynomial) -> bool:
    """Whether two ranges say low <= e < high for the same e: its indices cancel in their sum."""
    both = (one + other).names
    return any(
        any(c > 0 for m, c in end.terms if set(m) & letters) and not letters & both
        for end in (one, other)
        for letters in [{name for name in end.names if name[0] in READING_ORDER and _is_letter(name)}]
    )


def _one_range(expression: Polynomial) -> str:
    """[e >= 0], or [i' < i] if it compares two names."""
    signs = sorted(coefficient for monomial, coefficient in expression.terms if len(monomial) == 1)
    if expression.constant_term == -1 and signs == [-1, 1] and len(expression.terms) == 3:
        less, more = (Polynomial(tuple((m, 1) for m, c in expression.terms if m and c == sign)) for sign in (-1, 1))
        return f"[{index(less)} < {index(more)}]"
    return rf"[{index(expression)} \ge 0]"


def factor(one: Factor | str) -> str:
    """One factor, or a piece of text that a step was applied to."""
    if isinstance(one, str):
        return latex_name(one) if one.isidentifier() else rf"\text{{{one}}}"
    if isinstance(one, Access):
        return access(one)
    return delta(one) if isinstance(one, Delta) else ranges([one])[0]


def term_pieces(one: Term, order: Sequence[str] = ()) -> list[str]:
    """A term as pieces between which a line may break: sum sign with the first factor, then the factors.

    ``order`` says which tensors come first.
    """
    parts = []
    value = one.coefficient
    if value.value != 1 or not one.factors:
        parts.append(index(value) if len(value.terms) < 2 else rf"\left({index(value)}\right)")
    accesses = [f for f in one.factors if isinstance(f, Access)]
    accesses.sort(key=lambda f: order.index(f.tensor.name) if f.tensor.name in order else len(order))
    parts += [_power(access(first), len(list(same))) for first, same in groupby(accesses)]
    parts += [delta(f) for f in one.factors if isinstance(f, Delta)]
    parts += ranges(f for f in one.factors if isinstance(f, Range))
    if one.bound:
        names = sorted(one.bound, key=lambda name: (_letter_rank(name), name))
        parts[0] = sum_sign(names) + " " + parts[0]
    return parts


def _power(base: str, exponent: int) -> str:
    if exponent == 1:
        return base
    return rf"\left({base}\right)^{{{exponent}}}" if "^" in base or "(" in base else f"{base}^{{{exponent}}}"


def _letter_rank(name: str) -> int:
    return READING_ORDER.index(name[0]) if name[0] in READING_ORDER and _is_letter(name) else len(READING_ORDER)


def sum_sign(names: Sequence[str]) -> str:
    return r"\sum_{" + r",\, ".join(map(latex_name, names)) + "}"


def form_pieces(one: Form, order: Sequence[str] = ()) -> list[str]:
    """A form as pieces between which a line may break; a piece starts with its sign or a thin space."""
    pieces: list[str] = []
    for piece in sorted(one.terms, key=lambda term: bool(term.bound)):
        negative = piece.coefficient.value is not None and piece.coefficient.value < 0
        shown = term_pieces(Term(-piece.coefficient, piece.factors, piece.bound) if negative else piece, order)
        sign = "- " if negative else "+ " if pieces else ""
        pieces += [sign + shown[0], *(rf"\, {part}" for part in shown[1:])]
    return pieces or ["0"]


def form(one: Form, order: Sequence[str] = ()) -> str:
    """A form: its terms, added."""
    return " ".join(form_pieces(one, order))


class EntryPrinter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX with our names: X_{12}, \\delta_{1}, v_{10,3}, each in its colour if it has one."""

    def __init__(self, colours: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.colours = colours or {}

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        name = latex_name(expr.name)
        return rf"{{\color{{{self.colours[expr.name]}}}{name}}}" if expr.name in self.colours else name


def expression(expr: Any, colours: Mapping[str, str] | None = None) -> str:
    """LaTeX of a SymPy expression, matrix or array of entries; ``colours`` by symbol name."""
    return str(EntryPrinter(colours).doprint(expr))


# -- notation --------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\\(?:text|mathrm|mathit|operatorname|boldsymbol|color|mark|begin|end)\{[^{}]*\}|\\[A-Za-z]+|.", re.S
)
"""A token of LaTeX; what names and words stand in is one with them."""


def emboldened(latex: str, names: Iterable[str]) -> str:
    r"""The LaTeX with the letters of the named tensors bold, of whole tensors and of their entries.

    >>> emboldened(r"h_{i} = \sum_{k} w_{k} \, X_{i + k}", ["h", "w", "X"])
    '\\boldsymbol{h}_{i} = \\sum_{k} \\boldsymbol{w}_{k} \\, \\boldsymbol{X}_{i + k}'
    """
    heads = sorted(map(_head, names))
    written, at = [], 0
    while (token := _TOKEN.match(latex, at)) is not None:
        at = token.end()
        is_tensor = any(token[0] == letter and latex.startswith(rest, at) for letter, rest in heads)
        written.append(rf"\boldsymbol{{{token[0]}}}" if is_tensor else token[0])
    return "".join(written)


def _head(name: str) -> tuple[str, str]:
    """How a tensor's name begins in LaTeX, also with the indices of an entry: its letter, and what follows it."""
    written = latex_tensor(name)
    letter = _TOKEN.match(written)
    assert letter is not None
    return letter[0], written[letter.end() :].removesuffix("}")


def convolved(notation: Notation, has_bias: bool) -> str:
    """The layer as one operation on whole tensors: h = X * w + b."""
    names = map(latex_name, (notation.output, notation.input, notation.weight, notation.bias))
    output, read, weight, bias = names
    return f"{output} = {read} {notation.convolution} {weight}" + (f" + {bias}" if has_bias else "")


def multiplied(notation: Notation, has_bias: bool) -> str:
    """The dense layer as one product of whole tensors: h = X v + a, or h = v^T X + a."""
    names = map(latex_name, (notation.output, notation.input, notation.dense_weight, notation.dense_bias))
    output, read, weight, bias = names
    factors = [read, weight] if notation.vectors == "row" else [transposed(weight), read]
    return rf"{output} = {factors[0]} \, {factors[1]}" + (f" + {bias}" if has_bias else "")


def transposed(matrix: str) -> str:
    return rf"{matrix}^{{\mathsf{{T}}}}"
