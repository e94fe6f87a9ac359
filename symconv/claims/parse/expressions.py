"""Formulas in a claim: from their syntax tree to a numerator over a denominator.

Both are SymPy expressions in ``Sum``, ``Indexed`` and ``KroneckerDelta`` of the layer's tensors; the algebra reads
them as it reads every formula. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import sympy as sp
from lark import Token, Tree

from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.definitions import Entry
from symconv.claims.interpret.limits import HIGHEST_POWER
from symconv.claims.parse.flat import flat_entry, flat_words, is_flat
from symconv.claims.parse.names import GREEK_INDICES, MADE, Names, remedy
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.parse.statements import Container
from symconv.claims.parse.text import Node, chain_of, is_whole, names_in, plain, subscript_text
from symconv.errors import ClaimError, FormulaError

PRINTED = ("entry", "derivative_entry")
"""Nodes in which numbers are those of a printed label, such as w_{12}."""


ORDER = {"<=": 1, "<": 2, ">=": -1, ">": -2}
"""Signs of comparison: which side is larger, and whether by 1 at least (2)."""


@dataclass(frozen=True)
class Quotient:
    """A formula, over a product of sizes."""

    above: sp.Expr
    below: sp.Expr = sp.S.One

    @staticmethod
    def sum(parts: Sequence[Quotient]) -> Quotient:
        below = sp.Mul(*dict.fromkeys(part.below for part in parts if part.below is not sp.S.One))
        if below is sp.S.One or all(part.below == below for part in parts):
            return Quotient(sp.Add(*(part.above for part in parts)), below)
        return Quotient(sp.Add(*(part.above * (below / part.below) for part in parts)), below)

    @staticmethod
    def product(parts: Sequence[Quotient]) -> Quotient:
        above = sp.Mul(*(part.above for part in parts))
        return Quotient(above, sp.Mul(*(part.below for part in parts if part.below is not sp.S.One)))


class Expressions:
    """Reads the formulas of one claim, and notes the free indices and the single entries that they name.

    ``by_index`` says that it is a formula with indices, in which w_1 is the entry at index 1, not a label. ``choices``
    says how to read the places that can be read in two ways, the more likely one being 0; ``ambiguous`` has how each
    was read.
    """

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
        self.deltas: dict[str, int] = {}  # which of the ambiguous places a delta is: the same one is read in one way
        self.by_place: set[str] = set()  # sizes that stand at the end of a sum
        self.from_one = False  # whether a sum starts at 1
        self.placed: dict[str, sp.Expr] = {}  # other sizes that letters may mean by their place
        self.given_sizes: dict[str, sp.Expr] = {}
        self.size_names = SizeNames(names)
        self.rounded: dict[sp.Symbol, list[sp.Basic]] = {}
        self.made: list[str] = []
        self.words: frozenset[str] = frozenset()  # names of several letters that are one index
        self.ordered: tuple[str, ...] = ()  # the indices on the left side
        self.named_sizes: set[str] = set()  # that stand anywhere

    # -- errors --------------------------------------------------------------------------------------

    def error(self, node: Node, wrong: str, right: str) -> ClaimError:
        at = node.start_pos if isinstance(node, Token) else getattr(node.meta, "start_pos", None)
        return ClaimError(self.text, wrong, right, self.text, at)

    def unknown(self, node: Node, name: str) -> ClaimError:
        sizes = sorted(self.names.sizes)
        near = get_close_matches(name, sorted({*self.names.known, *sizes}), 1) if len(name) > 2 else []
        meant = f"did you mean {near[0]}? " if near else ""
        known = f"tensors are {self.names.listed}; sizes are {', '.join(sizes) or 'numbers'}"
        lacks = self.names.missing(name)
        wrong = lacks or f"the name {name!r} is not known"
        return self.error(node, wrong, remedy(lacks) or f"{meant}{known}; an index is a single letter")

    # -- sums and products ---------------------------------------------------------------------------

    def read(self, node: Node) -> Quotient:
        handler = getattr(self, f"_{node.data}", None)
        if handler is None:
            raise self.error(node, "it cannot stand here", "write a formula")
        result: Quotient = handler(node)
        return result

    def _add(self, node: Node) -> Quotient:
        parts = []
        for kind, part in chain_of(node, ("add", "subtract")):
            value = self.read(part)
            parts.append(Quotient(-value.above, value.below) if kind == "subtract" else value)
        return Quotient.sum(parts)

    _subtract = _add

    def _positive(self, node: Node) -> Quotient:
        return self.read(node.children[0])

    def _negative(self, node: Node) -> Quotient:
        value = self.read(node.children[0])
        return Quotient(-value.above, value.below)

    def _times(self, node: Node) -> Quotient:
        parts = chain_of(node, ("times", "divided"))
        factors = []
        while parts:
            kind, part = parts.pop(0)
            if kind == "divided":
                factors.append(self.inverse(part))
            elif parts and parts[0][0] == "times" and parts[0][1].data == "parens" and self.is_tensor(part):
                name = plain(part.children[0])  # w(k) for w[k]
                factors.append(Quotient(self.tensor_entry(part, name, parts.pop(0)[1].children)))
            elif parts and parts[0][0] == "times" and (items := self.called(part, parts[0][1])) is not None:
                parts.pop(0)
                factors.append(Quotient(self.tensor_entry(part, plain(part.children[0].children[0]), items)))
            else:
                factors.append(self.read(part))
        return Quotient.product(factors)

    _divided = _times

    def called(self, node: Node, arguments: Node) -> list[Node] | None:
        """o, c, k of w_{oc}(k), which is an entry if the tensor has as many indices; None if it is not."""
        if node.data != "entry" or arguments.data != "parens":
            return None
        tensor = self.names.known.get(plain(node.children[0].children[0]))
        items = [*node.children[1].children, *arguments.children]
        rank = -1 if tensor is None else self.names.tensors[tensor].rank
        if rank <= len(node.children[1].children) or len(self.parted(items, rank)) != rank:
            return None
        return items

    def is_tensor(self, node: Node) -> bool:
        """Whether a name is a tensor with indices, and nothing else."""
        if node.data != "name":
            return False
        name = plain(node.children[0])
        tensor = self.names.known.get(name)
        elsewhere = name in self.bound or name in self.indices or name in self.names.sizes
        return tensor is not None and not elsewhere and self.names.tensors[tensor].rank > 0

    def _parens(self, node: Node) -> Quotient:
        if len(node.children) != 1:
            raise self.error(node, "a list cannot stand here", "write w[o, c, k] for an entry")
        return self.read(node.children[0])

    def _matrix(self, node: Node) -> Quotient:
        raise self.error(node, "a list or a matrix cannot stand in a formula", "write one formula for each entry")

    def _convolved(self, node: Node) -> Quotient:
        raise self.error(node, "conv stands between tensors", "write the sum, such as sum(k, w[k]*x[i + k])")

    def inverse(self, node: Node) -> Quotient:
        """One over a number or a product of sizes, which is never zero."""
        parts = node.children if node.data == "parens" and len(node.children) == 1 else [node]
        if len(factors := chain_of(parts[0], ("times",))) > 1:
            return Quotient.product([self.inverse(factor) for _, factor in factors])
        value = self.within(node)
        if not all(map(self.is_positive, sp.Mul.make_args(value.above))):
            raise self.error(node, "the divisor may be 0", "divide by numbers and sizes")
        return Quotient(value.below, value.above)

    def is_positive(self, factor: sp.Expr) -> bool:
        """Whether a factor is a size that is at least 1 for every such layer."""
        try:
            return self.layer.assumptions.is_positive(Reader().polynomial(factor))
        except FormulaError:
            return False

    def _powered(self, node: Node) -> Quotient:
        base, exponent = self.read(node.children[0]), sp.Integer(-1)
        if node.children[1].data == "number":
            exponent = self._number(node.children[1]).above
        if not 0 <= exponent <= HIGHEST_POWER:
            wrong = f"a power is a whole number from 0 to {HIGHEST_POWER}"
            raise self.error(node.children[1], wrong, "write it as a product")
        return Quotient(base.above ** int(exponent), base.below ** int(exponent))

    def _number(self, node: Node) -> Quotient:
        digits = str(node.children[0])
        if len(digits) > 18:
            raise self.error(node, f"a number of {len(digits)} digits", "use at most 18 digits")
        number = sp.Rational(digits)
        return Quotient(sp.Integer(number.p), sp.Integer(number.q))

    # -- names ---------------------------------------------------------------------------------------

    def _name(self, node: Node) -> Quotient:
        return Quotient(self.symbol(node, plain(node.children[0])))

    def symbol(self, node: Node, name: str) -> sp.Expr:
        """A bound index, an index on the left side, a size, a tensor without indices, an entry's label, or an index."""
        if name in self.bound or name in self.indices:
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
        if (len(name) < 2 and not (name.isupper() and self.inside)) or name in self.layer.direct.layouts:
            return None
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

    def _access(self, node: Node) -> Quotient:
        name = plain(node.children[0])
        if name not in self.names.known and len(node.children) == 2 and is_whole(node.children[1]):
            places = [int(one) for one in re.findall(rf"{name}\[(\d)\]", self.text)]
            skipped = 1 if max(places, default=0) >= self.layer.ndim else 0  # [1, s1, s2, 1], as TensorFlow has them
            place = int(str(node.children[1].children[0])) - skipped
            if (size := self.spelled_size(f"{name}[{place}]")) is not None:
                return Quotient(size)
        return Quotient(self.tensor_entry(node, name, node.children[1:]))

    def _entry(self, node: Node) -> Quotient:
        name, subscript = plain(node.children[0].children[0]), node.children[1]
        primes = "".join(map(plain, node.children[2:]))
        whole = f"{name}_{subscript_text(subscript)}"
        for spelled in (f"{name}_{subscript_text(subscript, '_')}", whole, f"{name}{subscript_text(subscript)}"):
            if spelled in self.names.sizes and not self.has_entry(name, subscript.children):
                self.named_sizes.add(spelled)
                return Quotient(self.names.sizes[spelled])
        if name in self.names.known or name == "delta":
            return Quotient(self.tensor_entry(node, name, subscript.children))
        letter = f"{name}{subscript_text(subscript)}{primes}"
        if not all(map(is_whole, subscript.children)) and (size := self.spelled_size(whole)) is not None:
            return Quotient(size)
        if letter in self.bound or re.fullmatch(r"[A-Za-z]\d+'*", letter):
            return Quotient(self.symbol(node, letter))
        raise self.unknown(node, whole)

    def has_entry(self, name: str, items: Sequence[Node]) -> bool:
        """Whether a name with that subscript is an entry of a tensor; K_1 is a size if K has four."""
        tensor = self.names.known.get(name)
        return tensor is not None and (not all(map(is_whole, items)) or self.names.tensors[tensor].rank == len(items))

    def tensor_entry(self, node: Node, name: str, items: Sequence[Node]) -> sp.Expr:
        tensor = self.names.known.get(name)
        if name == "delta" and not all(map(is_whole, items)) and (pair := self.pair(items)) is not None:
            return self.delta(node, tensor, items, pair)
        if tensor is None:
            raise self.unknown(node, name)
        return self.entry_of(node, tensor, items, node.data in PRINTED, name)

    def entry_of(self, node: Node, tensor: str, items: Sequence[Node], printed: bool, written: str) -> sp.Expr:
        """The tensor, ``written`` so, at these indices; ``printed`` says that numbers are those of a label."""
        printed = printed and all(map(is_whole, items))
        rank = self.names.tensors[tensor].rank
        if self.layer.is_concrete and printed and not self.by_index and rank:
            return self.noted(self.printed(tensor, items))
        if not rank and printed:  # b_1 of a layer with one output channel
            return self.layer.writer.access(self.names.tensors[tensor], ())
        outside, self.rounded = self.rounded, {}
        sliced = any(one.data == "slice" for one in items) or (self.axes is not None and 0 < len(items) < rank)
        indices = self.slices(items, tensor) if sliced else self.index_list(items, rank)
        self.sizes |= {one for item in items for one in names_in(item) if one in self.names.sizes} - set(self.bound)
        if len(indices) != rank and is_flat(self.names, tensor, indices):
            access = flat_entry(self.names, tensor, indices, self.fresh)
            self.readings.setdefault(flat_words(self.names, tensor))
            return self.with_rounded(access, outside)
        if len(indices) != rank:
            wrong = f"{written} has {indices_of(rank)}, not {len(indices)}"
            raise self.error(node, wrong, f"write {self.names.example(tensor)}")
        return self.with_rounded(self.layer.writer.access(self.names.tensors[tensor], indices), outside)

    def with_rounded(self, access: sp.Expr, outside: dict[sp.Symbol, list[sp.Basic]]) -> sp.Expr:
        """An entry, with what is known of the indices in it that are rounded; after it ``outside`` are those known."""
        rounded, self.rounded = self.rounded, outside
        for name, facts in rounded.items():
            access = sp.Sum(where(access, facts), (name, -sp.oo, sp.oo))
        return access

    def index(self, node: Node) -> sp.Expr:
        """An index of an entry; a quotient is rounded down, or up for a ceiling."""
        value = self.within(node.children[0] if node.data in ("floor", "ceiling") else node)
        if value.below == 1:
            return value.above
        if not value.above.free_symbols and node.data not in ("floor", "ceiling", "floor_divided"):
            raise self.error(node, "an index must be a whole number", "write x[i + 1] or x_1")
        return self.rounded_index(value, node.data == "ceiling")

    def rounded_index(self, value: Quotient, up: bool) -> sp.Expr:
        """The whole number below a quotient, or above it: a new index, with what is known of it."""
        if value.below.is_Integer:  # (2 j - 2 k)/2
            common = sp.gcd(value.above.as_content_primitive()[0], value.below)
            value = Quotient(sp.expand(value.above / common), value.below / common)
            if value.below == 1:
                return value.above
        fixed = {str(symbol) for symbol in self.names.sizes.values() for symbol in symbol.free_symbols}
        if {str(symbol) for symbol in value.above.free_symbols} <= fixed:
            return (sp.ceiling if up else sp.floor)(value.above / value.below)
        self.readings.setdefault(f"{value.above / value.below} is rounded {'up' if up else 'down'}")
        name = sp.Symbol(self.fresh() + MADE, integer=True)
        rest = value.below * name - value.above if up else value.above - value.below * name
        self.rounded[name] = [sp.Ge(rest, 0, evaluate=False), sp.Ge(value.below - 1 - rest, 0, evaluate=False)]
        return name

    def fresh(self) -> str:
        """A letter that nothing else has."""
        taken = {*self.bound, *self.indices, *self.free, *self.names.sizes, *map(str, self.rounded), *self.made}
        name: str = next(one for one in (*"qrtuz", *(f"q{at}" for at in range(90))) if one not in taken)
        self.made.append(name)
        return name

    def _floor(self, node: Node) -> Quotient:
        value = self.read(node.children[0])
        return value if value.below == 1 else Quotient(self.rounded_index(value, node.data == "ceiling"))

    _ceiling = _floor

    def _floor_divided(self, node: Node) -> Quotient:
        value = Quotient.product([self.read(node.children[0]), self.inverse(node.children[1])])
        return value if value.below == 1 else Quotient(self.rounded_index(value, False))

    # -- arrays of Python (arrays.py) ------------------------------------------------------------------

    axes: list[tuple[sp.Symbol, sp.Expr]] | None = None
    """Inside a sum of arrays, the axes with their lengths, as far as they are known."""

    def whole_array(self, node: Node, tensor: str) -> sp.Expr:
        """A tensor without an index, inside a sum of arrays."""
        raise NotImplementedError

    def slices(self, items: Sequence[Node], tensor: str) -> tuple[sp.Expr, ...]:
        """The indices of an access with slices."""
        raise NotImplementedError

    # -- delta: the upstream gradient or Kronecker's -------------------------------------------------

    def pair(self, items: Sequence[Node]) -> tuple[sp.Expr, sp.Expr] | None:
        """The two indices of a delta that may be Kronecker's: j, i + k of \\delta_{j, i+k}, or i, j of \\delta_{ij}."""
        letters = self.letters_of(items[0]) if len(items) == 1 else None
        if letters is not None and len(letters) == 2:
            return self.letter(items[0], letters[0]), self.letter(items[0], letters[1])
        return (self.whole(items[0]), self.whole(items[1])) if len(items) == 2 else None

    def delta(self, node: Node, tensor: str | None, items: Sequence[Node], pair: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
        """A delta with two indices, in the way that ``choices`` says if there are two."""
        left, right = pair
        equal = f"1 where {left} = {right}, else 0"
        bracket = sp.KroneckerDelta(left, right), equal, True
        if tensor is None or self.names.tensors[tensor].rank not in (len(items), 2):
            return bracket[0]
        letters = self.names.tensors[tensor].letters
        indices = self.index_list(items, len(letters))
        if len(indices) != len(letters):
            return bracket[0]
        entry = self.layer.writer.access(self.names.tensors[tensor], indices)
        upstream = entry, "the upstream gradient", False
        first = {str(symbol) for symbol in indices[0].free_symbols}
        own = letters[0] in first or not first
        likely = own or (len(letters) == 2 and all(index.is_Symbol for index in indices))
        ways = (upstream, bracket) if likely else (bracket, upstream)
        at = self.deltas.setdefault(f"delta[{', '.join(map(str, pair))}]", len(self.ambiguous))
        value, words, kronecker = ways[self.choices[at] if at < len(self.choices) else 0]
        if at == len(self.ambiguous):
            self.kronecker.append(kronecker)
            self.ambiguous.append(f"delta[{', '.join(map(str, pair))}] is {words}")
        return value

    def printed(self, tensor: str, items: Sequence[Node]) -> Entry:
        """The entry with the label w_{12} or w_{1, 2}."""
        numbers = [str(item.children[0]) for item in items]
        return self.names.entry(tensor, numbers, tensor + ("_" if len(numbers) > 1 else "") + "_".join(numbers))

    def index_list(self, items: Sequence[Node], rank: int) -> tuple[sp.Expr, ...]:
        """The indices; one item of several letters stands for as many indices if that fits."""
        if len(items) == 1 and rank != 1:
            parts = self.letters_of(items[0])
            if parts is not None and len(parts) > 1:
                return tuple(self.letter(items[0], part) for part in parts)
            if len(factors := [part for _, part in chain_of(items[0], ("times",))]) == rank:  # x_{(i+a)(j+b)}
                return tuple(map(self.whole, factors))
        return tuple(self.letter(one[0], one[1]) if isinstance(one, tuple) else self.index(one)
                     for one in self.parted(items, rank))  # fmt: skip

    def parted(self, items: Sequence[Node], rank: int) -> list[Node | tuple[Node, str]]:
        """The indices; oc, k of w_{oc}[k] as o, c, k, with the node of each letter, if there are as many then."""
        result: list[Node | tuple[Node, str]] = []
        for item in items:
            name = plain(item.children[0]) if item.data == "name" else ""
            letters = list(name) if name.isalpha() and name not in self.names.sizes else []
            result += [(item, one) for one in letters] if len(letters) > 1 else [item]
        return result if 1 < len(items) < rank == len(result) else list(items)

    def letter(self, node: Node, name: str) -> sp.Expr:
        """A letter that is an index by itself."""
        self.inside += 1
        value = self.symbol(node, name)
        self.inside -= 1
        return value

    def letters_of(self, node: Node) -> list[str] | None:
        """i, j of w_{ij} and of w_{i j}; None if it is more than letters."""
        if node.data == "name":
            name = plain(node.children[0])
            if name in self.words:
                return [name]
            if node.children[0].type != "NAME" or len(set(name)) < len(name):
                return [name]
            return list(name) if name.isalpha() and name not in self.names.sizes and len(name) <= 6 else None
        if node.data == "times":
            letters: list[str] = []
            for _, part in chain_of(node, ("times",)):
                if (more := self.letters_of(part)) is None:
                    return None
                letters += more
            return letters
        return None

    def within(self, node: Node) -> Quotient:
        """An index, a limit or a divisor, in which capital letters may be sizes."""
        self.inside += 1
        value = self.read(node)
        self.inside -= 1
        return value

    def whole(self, node: Node) -> sp.Expr:
        """An index: no quotient."""
        value = self.within(node)
        if value.below != 1:
            raise self.error(node, "an index must be a whole number", "write x[i + 1] or x_1")
        return value.above

    def _bracket(self, node: Node) -> Quotient:
        left, right = [self.whole(child) for child in node.children if isinstance(child, Tree)]
        return Quotient(sp.KroneckerDelta(left, right))

    def _holds(self, node: Node) -> Quotient:
        """1 where 0 <= e < n, else 0."""
        (comparison,) = [child for child in node.children if isinstance(child, Tree)]
        return Quotient(where(sp.S.One, self.comparisons(comparison)))

    def comparisons(self, node: Node) -> list[sp.Basic]:
        """What says that a chain of comparisons holds, each as something that is at least 0."""
        left, *rest = node.children
        found = []
        for sign, right in zip(rest[::2], rest[1::2]):
            difference = self.whole(right) - self.whole(left)
            least = ORDER[str(sign)]
            found.append(sp.Ge((-difference if least < 0 else difference) - (abs(least) - 1), 0, evaluate=False))
            left = right
        return found

    def cases(self, node: Node, arguments: Sequence[Node]) -> Quotient:
        """A Piecewise with one condition, as formulas are printed: (value, condition), (0, True)."""
        right = "write Piecewise((x[i], i >= 0), (0, True))"
        if len(arguments) != 2 or any(one.data != "case" for one in arguments):
            raise self.error(node, "it is not one value with its condition, and else 0", right)
        (value, condition), (other, always) = (one.children for one in arguments)
        if (
            self.read(other).above != 0
            or isinstance(condition.children[0], Token)
            or (not isinstance(always.children[0], Token))
        ):
            raise self.error(node, "it is not one value with its condition, and else 0", right)
        said = [fact for one in condition.children for fact in self.comparisons(one)]
        inner = self.read(value)
        return Quotient(where(inner.above, said), inner.below)


def where(value: sp.Expr, conditions: Sequence[sp.Basic]) -> sp.Expr:
    """The value if all conditions hold, else 0."""
    return sp.Piecewise((value, sp.And(*conditions)), (0, True))


def is_infinite(node: Node, sign: int) -> bool:
    """Whether a limit is oo, or -oo for a ``sign`` of -1."""
    if sign < 0:
        return bool(node.data == "negative" and is_infinite(node.children[0], 1))
    if node.data == "positive":
        return is_infinite(node.children[0], sign)
    return bool(node.data == "infinity" or (node.data == "name" and str(node.children[0]) == "oo"))


def indices_of(rank: int) -> str:
    """A number of indices."""
    return "1 index" if rank == 1 else f"{rank} indices"
