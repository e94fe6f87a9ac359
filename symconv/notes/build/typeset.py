r"""Mathematics of the texts as it is set: the LaTeX of templates, sheets and docs, read once into a tree.

The kinds of node are closed, and every writer has one method for each. ``\mark{output=3 weight=1}{..}`` is a part that
belongs to entries, and ``{\color{wA} ..}`` one in a color. A command that is not in the tables is an error.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from symconv.errors import FormulaError
from symconv.printing.greek import GREEK_LETTERS

Written = TypeVar("Written")


class Part:
    """A node."""

    __slots__ = ()


@dataclass(frozen=True)
class Symbol(Part):
    """A letter, a Greek letter or a word in one style: "italic", "upright", "bold", "bold-italic", "sans", "script"."""

    text: str
    style: str = "italic"


@dataclass(frozen=True)
class Numeral(Part):
    text: str


@dataclass(frozen=True)
class Sign(Part):
    """An operator, a bracket or punctuation; ``large`` for a sum sign."""

    text: str
    large: bool = False


@dataclass(frozen=True)
class Function(Part):
    """The name of a function, set upright with space around it."""

    text: str


@dataclass(frozen=True)
class Words(Part):
    text: str


@dataclass(frozen=True)
class Space(Part):
    """A space; ``width`` is in ems."""

    width: float


@dataclass(frozen=True)
class Line(Part):
    """Parts side by side."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Scripts(Part):
    base: Part
    below: Part | None
    above: Part | None


@dataclass(frozen=True)
class Underbrace(Part):
    inside: Part
    below: Part | None


@dataclass(frozen=True)
class Fraction(Part):
    above: Part
    below: Part
    small: bool


@dataclass(frozen=True)
class Root(Part):
    inside: Part


@dataclass(frozen=True)
class Fence(Part):
    """Brackets that are as tall as what stands between them."""

    left: str
    inside: Part
    right: str


@dataclass(frozen=True)
class Grid(Part):
    """A matrix in square brackets."""

    rows: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class Coloured(Part):
    color: str
    inside: Part


@dataclass(frozen=True)
class Marked(Part):
    """A part that belongs to entries: ``places`` has a flat index for each kind of tensor."""

    places: tuple[tuple[str, str], ...]
    inside: Part


KINDS: tuple[type[Any], ...] = (
    Symbol, Numeral, Sign, Function, Words, Space, Line, Scripts, Underbrace, Fraction, Root, Fence, Grid, Coloured,
    Marked,
)  # fmt: skip
METHODS = {kind: kind.__name__.lower() for kind in KINDS}


class PartWriter(ABC, Generic[Written]):
    """Makes something of a tree: a subclass has a method for every kind of node."""

    def write(self, part: Part) -> Written:
        method = METHODS.get(type(part))
        if method is None:
            kinds = ", ".join(METHODS.values())
            raise FormulaError(f"{part!r:.80} in mathematics", "it is not a node of the tree", f"use {kinds}")
        made: Written = getattr(self, method)(part)
        return made

    @abstractmethod
    def symbol(self, part: Symbol) -> Written: ...
    @abstractmethod
    def numeral(self, part: Numeral) -> Written: ...
    @abstractmethod
    def sign(self, part: Sign) -> Written: ...
    @abstractmethod
    def function(self, part: Function) -> Written: ...
    @abstractmethod
    def words(self, part: Words) -> Written: ...
    @abstractmethod
    def space(self, part: Space) -> Written: ...
    @abstractmethod
    def line(self, part: Line) -> Written: ...
    @abstractmethod
    def scripts(self, part: Scripts) -> Written: ...
    @abstractmethod
    def underbrace(self, part: Underbrace) -> Written: ...
    @abstractmethod
    def fraction(self, part: Fraction) -> Written: ...
    @abstractmethod
    def root(self, part: Root) -> Written: ...
    @abstractmethod
    def fence(self, part: Fence) -> Written: ...
    @abstractmethod
    def grid(self, part: Grid) -> Written: ...
    @abstractmethod
    def coloured(self, part: Coloured) -> Written: ...
    @abstractmethod
    def marked(self, part: Marked) -> Written: ...


# -- reading -------------------------------------------------------------------------------------------

SPACES = {
    r"\,": 0.167, r"\thinspace": 0.167, r"\;": 0.278, r"\thickspace": 0.278, r"\ ": 0.25, r"\quad": 1.0,
    r"\qquad": 2.0,
}  # fmt: skip
SKIPPED = (r"\!", r"\displaystyle", r"\limits", r"\bigl", r"\bigr")
STYLES = {
    r"\mathit": "italic", r"\mathrm": "upright", r"\mathbf": "bold", r"\boldsymbol": "bold-italic", r"\mathsf": "sans",
    r"\mathcal": "script",
}  # fmt: skip
SIGNS = {
    r"\cdot": "·", r"\times": "×", r"\star": "⋆", r"\le": "≤", r"\ge": "≥", r"\lt": "<", r"\gt": ">", r"\ne": "≠",
    r"\partial": "∂", r"\cdots": "⋯", r"\dots": "…", r"\ldots": "…", r"\vdots": "⋮", r"\ddots": "⋱", r"\leftarrow": "←",
    r"\to": "→", r"\mapsto": "↦",
    r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉", r"\in": "∈", r"\infty": "∞", r"\odot": "⊙",
    r"\otimes": "⊗", r"\{": "{", r"\}": "}", r"\mid": "∣", r"\approx": "≈", r"\ast": "∗", r"\pm": "±", r"\square": "□",
}  # fmt: skip
FUNCTIONS = ("log", "exp", "max", "min", "tanh", "sin", "cos")
LETTERS = {**GREEK_LETTERS, "ell": "ℓ", "varphi": "φ", "epsilon": "ϵ", "phi": "ϕ"}
"""Other letters that have a command; TeX's epsilon and phi are not the ones of running text."""

PRIMES = ("", "′", "″", "‴")

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]|\s+|'+|.", re.DOTALL)


@lru_cache(maxsize=8192)
def read(latex: str) -> Part:
    r"""The tree of a formula.

    >>> read(r"\frac{1}{n}")
    Fraction(above=Numeral(text='1'), below=Symbol(text='n', style='italic'), small=False)

    Raises:
        FormulaError: a command is not known, or braces do not match.
    """
    return _Reader(latex).all()


@lru_cache(maxsize=8192)
def columns(latex: str) -> tuple[Part, ...]:
    """The cells of a line that is aligned at its &."""
    (cells,) = _Reader(latex).rows("")
    return cells


class _Reader:
    """Reads one formula from its first token to its last."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [token for token in TOKEN.findall(latex)]
        self.at = 0

    def error(self, wrong: str) -> FormulaError:
        return FormulaError(self.latex[:120], wrong, "use the commands that docs/style.md lists")

    # -- tokens --------------------------------------------------------------------------------------

    def peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        if (found := self.next()) != token:
            raise self.error(f"{token!r} is missing before {found!r}")

    def verbatim(self) -> str:
        """The text in braces as it stands."""
        self.expect("{")
        text, depth = "", 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if depth == 0:
                return text
            text += token
        raise self.error("a brace is not closed")

    # -- lines and rows ------------------------------------------------------------------------------

    def all(self) -> Part:
        line = self.until("")
        if self.peek():
            raise self.error(f"{self.peek()!r} has no beginning")
        return line

    def until(self, *ends: str) -> Part:
        """Everything up to one of the tokens, which is left."""
        parts: list[Part] = []
        while (token := self.peek()) and token not in (*ends, "}", r"\right", "&", r"\\", r"\end"):
            parts += self.scripted()
        return parts[0] if len(parts) == 1 else Line(tuple(parts))

    def rows(self, end: str) -> Iterator[tuple[Part, ...]]:
        """Rows of cells up to the token ``end``."""
        row: list[Part] = [self.until(end)]
        while (token := self.peek()) in ("&", r"\\"):
            self.at += 1
            if token == r"\\":
                yield tuple(row)
                row = []
            row.append(self.until(end))
        if self.peek() != end:
            raise self.error(f"{self.peek()!r} is not expected")
        yield tuple(row)

    def group(self) -> Part:
        """What stands in braces, or the next token alone."""
        if self.peek() != "{":
            if len(token := self.peek()) > 1 and token.isdigit():  # \frac12
                self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
            (part,) = self.atom() or (Line(()),)
            return part
        self.next()
        if self.peek() == r"\color":
            self.next()
            color = self.verbatim()
            part = Coloured(color, self.until())
        else:
            part = self.until()
        self.expect("}")
        return part

    def scripted(self) -> list[Part]:
        """A part with its scripts; none for a command that sets nothing."""
        atoms = self.atom()
        if len(atoms) != 1:
            return atoms
        base, below, above = atoms[0], None, None
        primes: list[Part] = []
        while (token := self.peek()) in ("_", "^") or token.startswith("'"):
            self.next()
            if token.startswith("'"):
                primes.append(Symbol(PRIMES[len(token)] if len(token) < 4 else "′" * len(token)))
            elif token == "_":
                below = self.group()
            else:
                above = self.group()
        if primes:
            above = _joined(primes if above is None else [*primes, above])
        if isinstance(base, Underbrace) and above is None:
            return [Underbrace(base.inside, below)]
        return [base] if below is None and above is None else [Scripts(base, below, above)]

    # -- what a token begins -------------------------------------------------------------------------

    def atom(self) -> list[Part]:
        token = self.peek()
        if token == "{":
            return [self.group()]
        if token in ("_", "^"):
            return [Line(())]
        self.next()
        if not token.startswith("\\"):
            return [_plain(token)]
        name = token[1:]
        if token in SKIPPED:
            return []
        if token in SPACES:
            return [Space(SPACES[token])]
        if token in STYLES:
            return [self.styled(STYLES[token])]
        if name in FUNCTIONS:
            return [Function(name)]
        if name in LETTERS:
            return [Symbol(LETTERS[name])]
        if token in SIGNS:
            return [Sign(SIGNS[token])]
        if (read_command := getattr(self, f"read_{name}", None)) is None:
            raise self.error(f"the command {token} is not known")
        return [read_command()]

    def styled(self, style: str) -> Part:
        """A letter or a word in one style, which may stand in braces of its own style."""
        inside = self.group()
        if isinstance(inside, Symbol):
            return Symbol(inside.text, style if style != "bold-italic" or inside.style == "italic" else inside.style)
        if isinstance(inside, Line) and all(isinstance(part, Symbol) for part in inside.parts):
            return Symbol("".join(part.text for part in inside.parts if isinstance(part, Symbol)), style)
        return inside

    def read_sum(self) -> Part:
        return Sign("∑", large=True)

    def read_prod(self) -> Part:
        return Sign("∏", large=True)

    def read_frac(self) -> Part:
        return Fraction(self.group(), self.group(), small=False)

    def read_tfrac(self) -> Part:
        return Fraction(self.group(), self.group(), small=True)

    def read_sqrt(self) -> Part:
        return Root(self.group())

    def read_text(self) -> Part:
        return Words(self.verbatim())

    def read_operatorname(self) -> Part:
        return Function(self.verbatim())

    def read_underbrace(self) -> Part:
        return Underbrace(self.group(), None)

    def read_zero(self) -> Part:
        """The gray 0 of matrices."""
        return Coloured("zero", Numeral("0"))

    def read_mark(self) -> Part:
        places = tuple((kind, at) for kind, _, at in (place.partition("=") for place in self.verbatim().split()))
        return Marked(places, self.group())

    def read_left(self) -> Part:
        left = self.bracket()
        inside = self.until(r"\right")
        self.expect(r"\right")
        return Fence(left, inside, self.bracket())

    def bracket(self) -> str:
        token = self.next()
        return SIGNS.get(token, token)

    def read_begin(self) -> Part:
        kind = self.verbatim()
        if kind != "bmatrix":
            raise self.error(f"the environment {kind} is not known")
        rows = tuple(self.rows(r"\end"))
        self.expect(r"\end")
        self.verbatim()
        return Grid(rows)


def _plain(token: str) -> Part:
    if token.isalpha():
        return Symbol(token)
    if token[0].isdigit():
        return Numeral(token)
    return Sign("−" if token == "-" else token)


def _joined(parts: list[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Line(tuple(parts))
