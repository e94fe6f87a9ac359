r"""Mathematics that people write in LaTeX, read into the tree: what texts, docs and sheets have between dollars.

A command that is not in the tables is an error. What symconv prints itself is a tree already and never comes here; a
text has it by number, in the place of a ``hole``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from symconv.errors import FormulaError
from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.parts import (
    ZERO,
    Coloured,
    Fence,
    Grid,
    Line,
    Numeral,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
)
from symconv.printing.tree import Node, Operator, Quotient, Root, Text

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

HOLE = re.compile("\ue000(\\d+)\ue001")
"""Where a text has a node that is made already, by its number."""

TOKEN = re.compile(
    HOLE.pattern.replace("(", "").replace(")", "") + r"|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]|\s+|'+|.", re.DOTALL
)


def hole(number: int) -> str:
    """What stands in a text for the node with a number."""
    return f"\ue000{number}\ue001"


@lru_cache(maxsize=8192)
def read(latex: str, nodes: tuple[Node, ...] = ()) -> Node:
    r"""The tree of a formula, whose holes have these nodes.

    >>> read(r"\frac{1}{n}")
    Quotient(above=Numeral(text='1'), below=Symbol(text='n', style='italic'), small=False)

    Raises:
        FormulaError: a command is not known, or braces do not match.
    """
    return _Reader(latex, nodes).all()


@lru_cache(maxsize=8192)
def columns(latex: str, nodes: tuple[Node, ...] = ()) -> tuple[Node, ...]:
    """The cells of a line that is aligned at its &."""
    (cells,) = _Reader(latex, nodes).rows("")
    return cells


class _Reader:
    """Reads one formula from its first token to its last."""

    def __init__(self, latex: str, nodes: Sequence[Node]) -> None:
        self.latex, self.nodes = latex, nodes
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

    def all(self) -> Node:
        line = self.until("")
        if self.peek():
            raise self.error(f"{self.peek()!r} has no beginning")
        return line

    def until(self, *ends: str) -> Node:
        """Everything up to one of the tokens, which is left."""
        parts: list[Node] = []
        while (token := self.peek()) and token not in (*ends, "}", r"\right", "&", r"\\", r"\end"):
            parts += self.scripted()
        return parts[0] if len(parts) == 1 else Line(tuple(parts))

    def rows(self, end: str) -> Iterator[tuple[Node, ...]]:
        """Rows of cells up to the token ``end``."""
        row: list[Node] = [self.until(end)]
        while (token := self.peek()) in ("&", r"\\"):
            self.at += 1
            if token == r"\\":
                yield tuple(row)
                row = []
            row.append(self.until(end))
        if self.peek() != end:
            raise self.error(f"{self.peek()!r} is not expected")
        yield tuple(row)

    def group(self) -> Node:
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

    def scripted(self) -> list[Node]:
        """A part with its scripts; none for a command that sets nothing."""
        atoms = self.atom()
        if len(atoms) != 1:
            return atoms
        base, below, above = atoms[0], None, None
        primes: list[Node] = []
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

    def atom(self) -> list[Node]:
        token = self.peek()
        if token == "{":
            return [self.group()]
        if token in ("_", "^"):
            return [Line(())]
        self.next()
        if known := HOLE.fullmatch(token):
            return [self.nodes[int(known[1])]]
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
            return [Operator(name, token)]
        if name in LETTERS:
            return [Symbol(LETTERS[name])]
        if token in SIGNS:
            return [Sign(SIGNS[token])]
        if (read_command := getattr(self, f"read_{name}", None)) is None:
            raise self.error(f"the command {token} is not known")
        return [read_command()]

    def styled(self, style: str) -> Node:
        """A letter or a word in one style, which may stand in braces of its own style."""
        inside = self.group()
        if isinstance(inside, Symbol):
            return Symbol(inside.text, style if style != "bold-italic" or inside.style == "italic" else inside.style)
        if isinstance(inside, Line) and all(isinstance(part, Symbol) for part in inside.parts):
            return Symbol("".join(part.text for part in inside.parts if isinstance(part, Symbol)), style)
        return inside

    def read_sum(self) -> Node:
        return Sign("∑", large=True)

    def read_prod(self) -> Node:
        return Sign("∏", large=True)

    def read_frac(self) -> Node:
        return Quotient(self.group(), self.group())

    def read_tfrac(self) -> Node:
        return Quotient(self.group(), self.group(), small=True)

    def read_sqrt(self) -> Node:
        return Root(self.group())

    def read_text(self) -> Node:
        return Text(self.verbatim())

    def read_operatorname(self) -> Node:
        name = self.verbatim()
        return Operator(name, rf"\operatorname{{{name}}}")

    def read_underbrace(self) -> Node:
        return Underbrace(self.group(), None)

    def read_zero(self) -> Node:
        """The gray 0 of matrices."""
        return ZERO

    def read_left(self) -> Node:
        left = self.bracket()
        inside = self.until(r"\right")
        self.expect(r"\right")
        return Fence(left, inside, self.bracket())

    def bracket(self) -> str:
        token = self.next()
        return SIGNS.get(token, token)

    def read_begin(self) -> Node:
        kind = self.verbatim()
        if kind != "bmatrix":
            raise self.error(f"the environment {kind} is not known")
        rows = tuple(self.rows(r"\end"))
        self.expect(r"\end")
        self.verbatim()
        return Grid(rows)


def _plain(token: str) -> Node:
    if token.isalpha():
        return Symbol(token)
    if token[0].isdigit():
        return Numeral(token)
    return Sign("−" if token == "-" else token)


def _joined(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Line(tuple(parts))
