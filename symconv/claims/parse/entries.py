"""Entries in a formula: x[i + k], w_{o,c}[k], \\delta_{i,j}, with indices that may be rounded."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sympy as sp

from symconv.claims.interpret.definitions import Entry
from symconv.claims.parse.flat import entry_without_ones, flat_entry, flat_words, is_flat
from symconv.claims.parse.names import MADE
from symconv.claims.parse.quotients import Quotient, where
from symconv.claims.parse.symbols import Symbols
from symconv.claims.parse.text import Node, chain_of, is_whole, names_in, plain, subscript_text

PRINTED = ("entry", "derivative_entry")
"""Nodes in which numbers are those of a printed label, such as w_{12}."""


class Entries(Symbols):
    """Reads entries of tensors."""

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
        if whole in self.given_sizes:
            return Quotient(self.given_sizes[whole])
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

    def is_tensor(self, node: Node) -> bool:
        """Whether a name is a tensor with indices, and nothing else."""
        if node.data != "name":
            return False
        name = plain(node.children[0])
        tensor = self.names.known.get(name)
        elsewhere = name in self.bound or name in self.indices or name in self.names.sizes
        return tensor is not None and not elsewhere and self.names.tensors[tensor].rank > 0

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

    def tensor_entry(self, node: Node, name: str, items: Sequence[Node]) -> sp.Expr:
        tensor = self.names.known.get(name)
        if name == "delta" and not all(map(is_whole, items)):
            outside, self.rounded = self.rounded, {}
            if (pair := self.pair(items)) is not None:
                return self.with_rounded(self.delta(node, tensor, items, pair), outside)
            self.rounded = outside
        if tensor is None:
            raise self.unknown(node, name)
        return self.entry_of(node, tensor, items, node.data in PRINTED, name)

    def size_of_axis(self, name: str, items: Sequence[Node]) -> sp.Expr | None:
        """K_h in an index or a limit, a size though K is a tensor of the claim; None of other entries."""
        letters = [plain(one.children[0]) for one in items if one.data == "name"]
        spelled = f"{name}_{letters[0]}" if len(letters) == len(items) == 1 else ""
        meant = self.size_names.meaning(spelled, None) if spelled and letters[0] in "hwHW" else None
        if meant is None:
            return None
        self.readings.setdefault(f"{spelled} is {meant[0]}")
        return meant[0]

    def entry_of(self, node: Node, tensor: str, items: Sequence[Node], printed: bool, written: str) -> sp.Expr:
        """The tensor, ``written`` so, at these indices; ``printed`` says that numbers are those of a label."""
        if self.indexing and (size := self.size_of_axis(written, items)) is not None:
            return size
        if self.indexing:
            raise self.error(node, "an entry of a tensor stands in an index", "write x[i + k], with letters and sizes")
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
        if is_flat(self.names, tensor, indices) and (len(indices) != rank or self.is_read_flat()):
            access = flat_entry(self.names, tensor, indices, self.fresh)
            self.readings.setdefault(flat_words(self.names, tensor))
            return self.with_rounded(access, outside)
        if written in getattr(self.names, "padded", ()) and len(indices) == rank:
            self.readings.setdefault(f"{written.partition('_by_')[0]} is {tensor} with its padding")
            lows = [self.layer.writer.polynomial(scheme.low) for scheme in self.layer.schemes]
            first = rank - len(lows)
            indices = (*indices[:first], *(index - low for index, low in zip(indices[first:], lows)))
        if len(indices) < rank and (only := entry_without_ones(self.names, tensor, indices, self.fresh)) is not None:
            self.readings.setdefault(f"{written} is read without the axes that have one element")
            return self.with_rounded(only, outside)
        if len(indices) != rank:
            wrong = f"{written} has {indices_of(rank)}, not {len(indices)}"
            right = f"write {self.names.example(tensor)}"
            if len(indices) == self.layer.ndim and "in_channels" in self.layer.PARAMETERS:
                right += ", or check a layer with in_channels=1 and out_channels=1"
            raise self.error(node, wrong, right)
        return self.with_rounded(self.layer.writer.access(self.names.tensors[tensor], indices), outside)

    def is_read_flat(self) -> bool:
        """Whether w[o, 0, k] has the indices of PyTorch's shape, where formulas have as many; both ways are tried."""
        at = self.deltas.setdefault("flat", len(self.ambiguous))
        flat = at >= len(self.choices) or not self.choices[at]
        if at == len(self.ambiguous):
            self.kronecker.append(False)
            self.ambiguous.append("indices are those of " + ("PyTorch's shapes" if flat else "formulas, with groups"))
        return flat

    def with_rounded(self, access: sp.Expr, outside: dict[sp.Symbol, list[sp.Basic]]) -> sp.Expr:
        """An entry, with what is known of the indices in it that are rounded; after it ``outside`` are those known.

        There is one sum for all of them: SymPy would take conditions on the index of an inner sum out of it.
        """
        rounded, self.rounded = self.rounded, outside
        used = [name for name in rounded if name in access.free_symbols]
        if not used:
            return access
        facts = [fact for name in used for fact in rounded[name]]
        return sp.Sum(where(access, facts), *((name, -sp.oo, sp.oo) for name in used))

    def slices(self, items: Sequence[Node], tensor: str) -> tuple[sp.Expr, ...]:
        """The indices of an access with slices."""
        raise NotImplementedError

    def index(self, node: Node) -> sp.Expr:
        """An index of an entry; a quotient is rounded down, or up for a ceiling."""
        value = self.of_letters(node.children[0] if node.data in ("floor", "ceiling") else node)
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
        self.quotients[name] = value, up
        self.rounded[name] = [sp.Ge(rest, 0, evaluate=False), sp.Ge(value.below - 1 - rest, 0, evaluate=False)]
        return name

    def _floor(self, node: Node) -> Quotient:
        value = self.read(node.children[0])
        return value if value.below == 1 else Quotient(self.rounded_index(value, node.data == "ceiling"))

    _ceiling = _floor

    def _floor_divided(self, node: Node) -> Quotient:
        value = Quotient.product([self.read(node.children[0]), self.inverse(node.children[1])])
        return value if value.below == 1 else Quotient(self.rounded_index(value, False))

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

    def of_letters(self, node: Node) -> Quotient:
        """An index or a limit, which has no entries of tensors in it."""
        self.indexing += 1
        value = self.within(node)
        self.indexing -= 1
        return value

    def whole(self, node: Node) -> sp.Expr:
        """An index: no quotient."""
        value = self.of_letters(node)
        if value.below != 1:
            raise self.error(node, "an index must be a whole number", "write x[i + 1] or x_1")
        return value.above

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
        flat = (
            tensor is not None and len(items) != self.names.tensors[tensor].rank and is_flat(self.names, tensor, pair)
        )
        if tensor is None or (self.names.tensors[tensor].rank not in (len(items), 2) and not flat):
            return bracket[0]
        letters = self.names.tensors[tensor].letters
        indices = pair if flat else self.index_list(items, len(letters))
        if len(indices) != len(letters) and not flat:
            return bracket[0]
        if flat:
            letters = tuple(dimension[-1].letter if dimension else "" for dimension in self.names.layouts[tensor])
            entry = flat_entry(self.names, tensor, indices, self.fresh)
            self.readings.setdefault(flat_words(self.names, tensor))
        else:
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


def indices_of(rank: int) -> str:
    """A number of indices."""
    return "1 index" if rank == 1 else f"{rank} indices"
