"""Names in a formula: indices, sizes, tensors without indices, labels of entries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import sympy as sp
from lark import Token

from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.definitions import Entry
from symconv.claims.parse.names import GREEK_INDICES, Names, remedy
from symconv.claims.parse.quotients import Quotient
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.parse.statements import Container
from symconv.claims.parse.text import Node, chain_of, plain
from symconv.errors import ClaimError, FormulaError

NEAR = 0.7
"""How like a known name must be one that may be meant."""


class Symbols:
    """Reads the formulas of one claim, and notes the free indices and the single entries that they name.

    ``by_index`` says that it is a formula with indices, in which w_1 is the entry at index 1, not a label. ``choices``
    says how to read the places that can be read in two ways, the more likely one being 0; ``ambiguous`` has how each
    was read.
    """

    axes: list[tuple[sp.Symbol, sp.Expr]] | None = None
    """Inside a sum of arrays, the axes with their lengths, as far as they are known."""
    looped: frozenset[str] = frozenset()
    """Names over which loops run around y[i] += .."""

    def __init__(self, names: Names, text: str, choices: Sequence[int] = ()) -> None:
        self.layer, self.text = names.layer, text
        self.names = names
        self.choices = choices
        self.ambiguous: list[str] = []
        self.kronecker: list[bool] = []
        self.bound: list[str] = []
        self.indices: frozenset[str] = frozenset()
        self.free: dict[str, None] = {}
        self.labels: dict[str, Entry] = {}
        self.by_index = False
        self.sizes: set[str] = set()  # that stand in an index
        self.readings: dict[str, None] = {}
        self.containers: Mapping[str, Container] = {}
        self.inside = 0  # how many indices, limits and divisors are being read
        self.indexing = 0  # how many indices and limits
        self.deltas: dict[str, int] = {}  # which of the ambiguous places a delta is: the same one is read in one way
        self.by_place: set[str] = set()  # sizes that stand at the end of a sum
        self.from_one = False  # whether a sum starts at 1
        self.placed: dict[str, sp.Expr] = {}  # other sizes that letters may mean by their place
        self.given_sizes: dict[str, sp.Expr] = {}
        self.size_names = SizeNames(names)
        self.rounded: dict[sp.Symbol, list[sp.Basic]] = {}
        self.quotients: dict[sp.Symbol, tuple[Quotient, bool]] = {}  # what they are, and whether they are rounded up
        self.made: list[str] = []
        self.words: frozenset[str] = frozenset()  # names of several letters that are one index
        self.ordered: tuple[str, ...] = ()  # the indices on the left side
        self.kept: tuple[str, ...] = ()  # those of the entry in their order, where the right side says it
        self.named_sizes: set[str] = set()  # that stand anywhere

    def error(self, node: Node, wrong: str, right: str) -> ClaimError:
        at = node.start_pos if isinstance(node, Token) else getattr(node.meta, "start_pos", None)
        return ClaimError(self.text, wrong, right, self.text, at)

    def unknown(self, node: Node, name: str) -> ClaimError:
        sizes = sorted(self.names.sizes)
        near = get_close_matches(name, sorted({*self.names.known, *sizes}), 1, NEAR) if len(name) > 2 else []
        meant = f"did you mean {near[0]}? " if near else ""
        known = f"tensors are {self.names.listed}; sizes are {', '.join(sizes) or 'numbers'}"
        lacks = self.names.missing(name)
        applied = rf"(?<![A-Za-z]){re.escape(name)}\s*\([^()]*[\[_(]"  # to a formula, and not to indices
        if lacks is None and not near and len(name) > 1 and re.search(applied, self.text):
            right = "write sums of products, such as sum(k, w[k]*x[i + k])"
            return self.error(node, f"the function {name!r} is not read", right)
        wrong = lacks or f"the name {name!r} is not known"
        return self.error(node, wrong, remedy(lacks) or f"{meant}{known}; an index is a single letter")

    def read(self, node: Node) -> Quotient:
        handler = getattr(self, f"_{node.data}", None)
        if handler is None:
            raise self.error(node, "it cannot stand here", "write a formula")
        result: Quotient = handler(node)
        return result

    def within(self, node: Node) -> Quotient:
        """An index, a limit or a divisor, in which capital letters may be sizes."""
        self.inside += 1
        value = self.read(node)
        self.inside -= 1
        return value

    def is_positive(self, factor: sp.Expr) -> bool:
        """Whether a factor is a size that is at least 1 for every such layer."""
        try:
            return self.layer.assumptions.is_positive(Reader().polynomial(factor))
        except FormulaError:
            return False

    def inverse(self, node: Node) -> Quotient:
        """One over a number or a product of sizes, which is never zero."""
        parts = node.children if node.data == "parens" and len(node.children) == 1 else [node]
        if len(factors := chain_of(parts[0], ("times",))) > 1:
            return Quotient.product([self.inverse(factor) for _, factor in factors])
        if node.data == "name" and (size := self.divisor(plain(node.children[0]))) is not None:
            return Quotient(sp.S.One, size)
        value = self.within(node)
        if not all(map(self.is_positive, sp.Mul.make_args(value.above))):
            raise self.error(node, "the divisor may be 0", "divide by numbers and sizes")
        return Quotient(value.below, value.above)

    def divisor(self, name: str) -> sp.Expr | None:
        """A size by a small letter that nothing else has, as k of 1/k."""
        known = {*self.bound, *self.indices, *self.names.sizes, *self.given_sizes}
        meant = self.size_names.meaning(name, None) if len(name) == 1 and name not in known else None
        if meant is None or not self.is_positive(meant[0]):
            return None
        self.given_sizes[name] = meant[0]
        self.readings.setdefault(f"{name} is {meant[0]}")
        return meant[0]

    def fresh(self) -> str:
        """A letter that nothing else has."""
        taken = {*self.bound, *self.indices, *self.free, *self.names.sizes, *map(str, self.rounded), *self.made}
        name: str = next(one for one in (*"qrtuz", *(f"q{at}" for at in range(90))) if one not in taken)
        self.made.append(name)
        return name

    def _name(self, node: Node) -> Quotient:
        return Quotient(self.symbol(node, plain(node.children[0])))

    def symbol(self, node: Node, name: str) -> sp.Expr:
        """A bound index, an index on the left side, a size, a tensor without indices, an entry's label, or an index."""
        if name in self.bound or name in self.indices:
            return self.names.index(name)
        if name in self.looped and (self.inside or self.indexing):
            self.free.setdefault(name)
            return self.names.index(name)
        if name in self.names.sizes:
            self.named_sizes.add(name)
            return self.names.sizes[name]
        if name in self.given_sizes:
            return self.given_sizes[name]
        tensor = self.names.known.get(name)
        if tensor is not None and not self.names.tensors[tensor].rank:
            return self.layer.writer.access(self.names.tensors[tensor], ())
        if (label := self.label(name)) is not None:
            return label
        if tensor is not None and self.axes is not None:
            return self.whole_array(node, tensor)
        if (size := self.spelled_size(name)) is not None:
            return size
        if tensor is not None and not self.names.is_short(name):
            raise self.error(node, f"{name} has indices", f"write {self.names.example(tensor)}")
        if re.fullmatch(r"[A-Za-z]\d*'*", name) or name in GREEK_INDICES:
            if not self.inside and remedy(self.names.missing(name)) is not None:
                raise self.unknown(node, name)
            self.free.setdefault(name)
            return sp.Symbol(name, integer=True)
        capitals = [one for one in name if self.inside and one.isupper() and self.size_names.meaning(one, None)]
        if (parts := self.names.split(name, [*self.bound, *self.indices, *capitals])) is not None:
            return sp.Mul(*(self.symbol(node, part) for part in parts))
        if tensor is not None:
            raise self.error(node, f"{name} has indices", f"write {self.names.example(tensor)}")
        raise self.unknown(node, name)

    def spelled_size(self, name: str) -> sp.Expr | None:
        """A size by a name that people have for it, which is a word or a capital letter: stride, H_in, S."""
        if (len(name) < 2 and not (name.isupper() and self.inside)) or name in self.layer.direct.layouts or "^" in name:
            return None
        if not self.inside and name[:1] == "d" and (name[1:] in self.names.known or name == "dout"):
            return None  # dw is a gradient; in an index, the dilation on the axis w
        meant = self.size_names.meaning("dilation" if name == "D" else name, None)
        if meant is None or name.lower() in ("in", "input", "output", "out", "filter", "kernel"):
            return None
        self.given_sizes[name] = meant[0]
        self.readings.setdefault(f"{name} is {meant[0]}")
        return meant[0]

    def label(self, name: str) -> sp.Symbol | None:
        """The symbol of a single entry by its printed label."""
        entry = self.names.label(name)
        return None if entry is None else self.noted(entry)

    def noted(self, entry: Entry) -> sp.Symbol:
        self.labels[entry.label] = entry
        return sp.Symbol(entry.label)

    def whole_array(self, node: Node, tensor: str) -> sp.Expr:
        """A tensor without an index, inside a sum of arrays."""
        raise NotImplementedError
