"""What a claim says: the quantity on its left side, if it has one, and the formula on its right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp
from lark import Tree

from symconv.claims.interpret.definitions import Entry, derivative_name
from symconv.claims.interpret.naming import LOSSES
from symconv.claims.interpret.operands import is_operation
from symconv.claims.interpret.unbound import (
    added_up,
    loops_on_the_left,
    repeated,
    scattered,
    sizes_in_small_letters,
)
from symconv.claims.interpret.uses import added_in, looped_in, words_of
from symconv.claims.parse.entries import PRINTED, indices_of
from symconv.claims.parse.flat import flat_words, is_flat, split_indices, with_ones
from symconv.claims.parse.labels import meant_label
from symconv.claims.parse.names import Names
from symconv.claims.parse.offsets import has_no_weights
from symconv.claims.parse.quotients import Quotient, index_text
from symconv.claims.parse.series import Series
from symconv.claims.parse.text import Node, is_whole, names_in, plain, subscript_text
from symconv.claims.parse.written import Written
from symconv.errors import ClaimError

MOST_SUMS = 12
SUMS = ("summed", "times_sum", "call")
"""Nodes of the syntax tree that are sums or brackets over indices."""


Trips = tuple[int, sp.Expr, sp.Expr]


@dataclass(frozen=True)
class Meaning:
    """A claim that has been read.

    Args:
        value: its right side.
        left: the name on its left side and the indices there, if it has one.
        free: names of indices that no sum binds, in the order in which they come.
        labels: single entries such as X1 that it names, by their labels.
    """

    value: Quotient
    left: tuple[str, tuple[sp.Expr, ...]] | None
    free: tuple[str, ...]
    labels: Mapping[str, Entry]
    left_by_index: bool = False
    """Whether the left side's numbers are indices (h[1]) and not a printed label (h1)."""
    sizes: frozenset[str] = frozenset()
    """Letters of sizes that stand in an index: without a left side, they may be meant for the entry's index."""
    read_as: tuple[str, ...] = ()
    """How each place was read that can be read in two ways."""
    readings: tuple[str, ...] = ()
    """What names and signs were taken for that can be taken in no other way here, a sentence each."""
    kronecker: bool = False
    """Whether one of them is Kronecker's delta."""
    named_sizes: frozenset[str] = frozenset()
    """The letters of sizes that it has, anywhere."""
    placed: Mapping[str, sp.Expr] = field(default_factory=dict)
    """What usual letters of sizes, such as m, may mean by the sum at whose end they stand."""
    from_one: bool = False
    """Whether one of its sums starts at 1."""
    loops: tuple[Trips, ...] = ()
    """Of every loop over an index of the left side: the place of the index, its first and its last number."""
    kept: tuple[str, ...] = ()
    """The letters of the entry in the order of its axes, if the right side says them, as einsum does."""
    scattered: bool = False
    """Whether the letters of the left side are not the writer's own."""

    def of_entry(self, names: Names, name: str) -> Meaning:
        """The claim about an entry of ``name``, whose letters the right side says.

        Raises:
            ClaimError: the entry has another number of indices.
        """
        if not self.kept or (self.left is not None and self.left[1]):
            return self
        rank = names.tensors[name].rank
        letters = tuple(sp.Symbol(letter, integer=True) for letter in self.kept)
        fresh = iter(one for one in "qrtuz" if one not in self.kept)
        letters = with_ones(names, name, letters, lambda: next(fresh)) or letters
        if len(letters) != rank:
            kept = "".join(self.kept)
            raise ClaimError(kept, f"einsum gives an array with {len(kept)} axes, and {name} has {rank}",
                             f"write {rank} letters after the arrow")  # fmt: skip
        return replace(self, left=(name, letters), free=tuple(one for one in self.free if one not in self.kept))


Part = tuple[str, Sequence[Node], bool]
"""A tensor, its indices as they are written, and whether they are those of a label."""


class Reading(Series):
    """Reads one claim about one layer."""

    def __init__(self, names: Names, text: str, choices: Sequence[int] = ()) -> None:
        super().__init__(names, text, choices)
        self.left_by_index = False
        self.adds = False
        self.equal: list[sp.Expr] = []
        self.flattened: dict[sp.Expr, sp.Expr] = {}

    def sides(self, written: Written) -> Meaning:
        """What the claim says."""
        left, right = None, written.right
        self.containers = written.containers
        self.words = words_of((*written.left_nodes, *written.right_nodes), self.names)
        if written.adds:
            nodes = (*written.left_nodes, *written.right_nodes)
            self.looped = looped_in(nodes, self.names, own=True)
            if has_no_weights(self.names):
                self.looped |= added_in(nodes, self.names)
        if written.left is not None:
            self.adds = written.adds
            left = self.left_side(written.left)
            self.indices |= frozenset(index.name for index in left[1] if index.is_Symbol)
        sums = sum(node.data in SUMS for node in written.right_nodes)
        if sums > MOST_SUMS:
            raise self.error(right, f"it has {sums} sums", f"use at most {MOST_SUMS}")
        self.by_index = bool(self.indices) or sums > 0
        self.ordered = () if left is None else tuple(map(index_text, left[1]))
        value = self.read(right)
        if self.rounded:
            wrong = "a quotient that is rounded stands outside an index"
            raise self.error(right, wrong, "write it in an index, or at the end of a sum")
        value = sizes_in_small_letters(self, value)
        value = added_up(self, value, left, written, self.equal) if written.adds else repeated(self, value, left)
        if flattened := {index: one for index, one in self.flattened.items() if index.is_Symbol}:
            value = Quotient(value.above.xreplace(flattened), value.below)
        trips = tuple(loops_on_the_left(self, left, written))
        if left is not None:
            left, value = self.solved(left, value)
        for words in written.aside:
            self.readings.setdefault(f"{words!r} says which entries are meant, and is not judged")
        return Meaning(
            value,
            left,
            tuple(self.free),
            dict(self.labels),
            self.left_by_index,
            frozenset(self.sizes),
            tuple(self.ambiguous),
            (*self.names.said, *self.readings),
            any(self.kronecker),
            frozenset(self.named_sizes),
            dict(self.placed),
            self.from_one,
            trips,
            self.kept,
            bool(self.equal),
        )

    def solved(
        self, left: tuple[str, tuple[sp.Expr, ...]], value: Quotient
    ) -> tuple[tuple[str, tuple[sp.Expr, ...]], Quotient]:
        r"""The claim with a letter for each index: j for i + k, and j - i for k, in \partial y_i/\partial x_{i+k}."""
        indices = list(left[1])
        for at, index in enumerate(indices):
            if index.is_Symbol or index.is_Integer:
                continue
            used = {one for other, one in enumerate(indices) if other != at}
            own = [one for one in index.free_symbols - used if index.diff(one) in (1, -1) and one.name in self.indices]
            if len(own) != 1:
                continue
            (letter,) = own
            indices[at] = sp.Symbol(self.fresh(), integer=True)
            meant = sp.expand(letter + (indices[at] - index) * index.diff(letter))
            value = Quotient(value.above.subs(letter, meant), value.below)
            self.readings.setdefault(f"{letter} is any whole number")
        return (left[0], tuple(indices)), value

    def left_side(self, node: Node) -> tuple[str, tuple[sp.Expr, ...]]:
        """The name of the quantity and the indices of its entry."""
        if node.data in ("derivative", "derivative_access", "derivative_entry", "gradient"):
            if (above := self.numerator(node)) is not None:
                return self.jacobian(node, above)
            if (part := self.part_of_gradient(node)) is not None:
                return part
            tensor, items, printed = self.differentiated(node)
            if isinstance(items, Entry):
                return derivative_name(self.layer, tensor), self.place(node, items)
            return derivative_name(self.layer, tensor), self.left_indices(node, tensor, items, printed)
        if node.data == "times" and len(node.children) == 2 and node.children[1].data == "parens":
            head, items = node.children[0], node.children[1].children
            if self.is_tensor(head):  # y(i) for y[i]
                tensor = self.names.known[plain(head.children[0])]
                return tensor, self.left_indices(head, tensor, items, False)
            if (several := self.called(head, node.children[1])) is not None:  # y_o(i)
                tensor = self.names.known[plain(head.children[0].children[0])]
                return tensor, self.left_indices(head, tensor, several, False)
            if head.data == "parens" and is_operation(self.names, head.children[0], self.text, self.containers):
                output = self.layer.notation.output  # (x * w)(i)
                return output, self.left_indices(node, output, items, False)
        if is_operation(self.names, node, self.text, self.containers):
            return self.layer.notation.output, ()
        if node.data == "indexed" and is_operation(self.names, node.children[0], self.text, self.containers):
            items = node.children[1:] if node.children[1].data != "subscript" else node.children[1].children
            output = self.layer.notation.output
            return output, self.left_indices(node, output, items, False)
        if node.data in ("entry", "access", "name"):
            name, subscript = self.named_entry(node)
            if name.startswith("grad_"):
                by = self.names.known.get(name.removeprefix("grad_"))
                if by is not None:
                    return derivative_name(self.layer, by), self.left_indices(node, by, subscript, node.data in PRINTED)
            if name in self.names.known:
                tensor = self.names.known[name]
                indices = self.left_indices(node, tensor, subscript, node.data in PRINTED)
                if name in getattr(self.names, "padded_gradients", ()):
                    self.without_padding(node, name, tensor)
                return tensor, indices
            if (entry := self.names.label(name)) is not None:
                return entry.tensor, self.place(node, entry)
        if node.data == "divided" and all(part.data in ("name", "entry", "access") for part in node.children):
            above, (by, items) = plain(node.children[0].children[0]), self.named_entry(node.children[1])
            if above == f"d{self.layer.notation.loss}" and by[:1] == "d" and by[1:] in self.names.known:
                tensor = self.names.known[by[1:]]
                printed = node.children[1].data in PRINTED
                return (
                    derivative_name(self.layer, tensor),
                    self.left_indices(node.children[1], tensor, items, printed),
                )
        name = self.named_entry(node)[0] if node.data in ("entry", "access", "name") else ""
        raise self.error(
            node,
            self.names.missing(name) or "the left side is not a quantity",
            r"write h[i] = .., dL/dw[k] = .. or \frac{\partial L}{..} = ..",
        )

    def without_padding(self, node: Node, name: str, tensor: str) -> None:
        """What is added to dx_pad[i] is added to dx[i - p], if there is one."""
        if not self.equal:
            right = "write dx[j], or dx_pad[s*i + k] += .."
            raise self.error(node, f"{name} is read only where something is added to it", right)
        lows = [self.layer.writer.polynomial(scheme.low) for scheme in self.layer.schemes]
        first = len(self.equal) - len(lows)
        self.equal = [*self.equal[:first], *(at - low for at, low in zip(self.equal[first:], lows))]
        self.readings.setdefault(f"{name} is {tensor} with the padding of the input")

    def part_of_gradient(self, node: Node) -> tuple[str, tuple[sp.Expr, ...]] | None:
        """dL_b/dw[k], what example b or patch i adds to dL/dw[k]; None of a derivative of the loss itself."""
        if node.data != "derivative":
            return None
        (name, above), (by, items) = map(self.named_entry, _parts(node))
        own, tensor = self.layer.notation, self.names.known.get(by)
        if not above or name not in (own.loss, *LOSSES) or tensor != own.weight:
            return None
        count = sum(len(self.letters_of(one) or (one,)) for one in above)
        examples, positions = len(self.layer.batch_axes), self.layer.ndim
        part = "example" if examples and count == examples else "patch" if count == examples + positions else None
        if part is None or any(one.data != "name" for one in above):
            return None
        self.indices |= frozenset(letter for one in above for letter in self.letters_of(one) or ())
        self.said_loss(name)
        letters = self.index_list(above, count)
        shown = ", ".join(map(str, letters))
        self.readings.setdefault(f"{name}_{shown.replace(', ', '')} is what {part} {shown} adds to {own.loss}")
        printed = _parts(node)[1].data in PRINTED
        indices = (*letters, *self.left_indices(node, own.weight, items, printed))
        return f"{part} {derivative_name(self.layer, own.weight)}", indices

    def numerator(self, node: Node) -> str | None:
        """The tensor that is differentiated, in a derivative of something else than the loss."""
        if node.data in ("derivative", "gradient"):
            name, _ = self.named_entry(_parts(node)[0])
        else:
            name = _names_of(node)[0]
        tensor = self.names.known.get(name) if name != self.layer.notation.loss else None
        return tensor if tensor != self.layer.notation.grad_output else None

    def jacobian(self, node: Node, above: str) -> tuple[str, tuple[sp.Expr, ...]]:
        """dh_dX and the indices of both, on a left side."""
        parts = self.parts_of_jacobian(node, above)
        indices = [self.left_indices(node, *part) for part in parts]
        return f"d{above}_d{parts[1][0]}", (*indices[0], *indices[1])

    def parts_of_jacobian(self, node: Node, above: str) -> tuple[Part, Part]:
        """What is differentiated, and by what."""
        if node.data in ("derivative", "gradient"):
            parts = _parts(node)
            pairs = [(self.named_entry(part), part.data in PRINTED) for part in parts]
            (_, first), (name, second) = pairs[0][0], pairs[1][0]
            printed = [is_printed for _, is_printed in pairs]
        else:
            items = [*node.children[1:]]
            items = list(items[0].children) if node.data in PRINTED and items else items
            rank, name = self.names.tensors[above].rank, _names_of(node)[1]
            first, second, printed = items[:rank], items[rank:], [False, False]
        below = self.names.known.get(name)
        if below is None:
            raise self.unknown(node, name)
        return (above, first, printed[0]), (below, second, printed[1])

    def jacobian_entry(self, node: Node, above: str) -> Quotient:
        """The derivative of an entry of a tensor by an entry of another."""
        parts = self.parts_of_jacobian(node, above)
        name = f"d{above}_d{parts[1][0]}"
        if name not in self.names.tensors:
            right = "write derivatives of h, v or P by tensors that they are made of"
            raise self.error(node, f"the derivative of {above} with respect to {parts[1][0]} is not known", right)
        if self.layer.is_concrete and not self.by_index and all(all(map(is_whole, items)) for _, items, _ in parts):
            entries = [self.existing(node, self.printed(tensor, items)) for tensor, items, _ in parts]
            return Quotient(self.noted(self.names.entry_at(name, sum((one.index or () for one in entries), ()))))
        indices = [self.index_list(items, self.names.tensors[tensor].rank) for tensor, items, _ in parts]
        for (tensor, _, _), given in zip(parts, indices):
            if len(given) != (rank := self.names.tensors[tensor].rank):
                wrong = f"{tensor} has {indices_of(rank)}, not {len(given)}"
                raise self.error(node, wrong, f"write {self.names.example(tensor)}")
        return Quotient(self.layer.writer.access(self.names.tensors[name], (*indices[0], *indices[1])))

    def differentiated(self, node: Node) -> tuple[str, Sequence[Node] | Entry, bool]:
        """The tensor by which L is differentiated, the entry, and whether numbers in it are those of a label."""
        if node.data in ("derivative", "gradient"):
            loss, by = _parts(node)
            self.require_loss(loss)
            name, items = self.named_entry(by)
            printed = by.data in PRINTED
        else:
            rest = node.children[1:]
            loss, name = _names_of(node)
            self.said_loss(loss)
            printed = node.data in PRINTED
            items = rest[0].children if printed and rest else rest
        if (tensor := self.names.differentiated(name)) is not None:
            return tensor, items, printed
        if (entry := self.names.label(name)) is not None:
            return entry.tensor, self.existing(node, entry), printed
        raise self.unknown(node, name)

    def require_loss(self, node: Node) -> None:
        """A letter without an index that is not a tensor is the loss; the report says so if it is not the layer's."""
        name, items = self.named_entry(node)
        if items or (name in self.names.known and name != self.layer.notation.loss):
            raise self.error(node, "only derivatives of the loss are read", f"write {self.layer.notation.loss}")
        self.said_loss(name)

    def said_loss(self, name: str) -> None:
        if name != self.layer.notation.loss:
            self.readings.setdefault(f"{name} is the loss")

    def place(self, node: Node, entry: Entry) -> tuple[sp.Expr, ...]:
        """The index of a single entry."""
        return tuple(map(sp.Integer, self.existing(node, entry).index or ()))

    def existing(self, node: Node, entry: Entry) -> Entry:
        """The entry, if the layer has it."""
        if entry.index is None:
            right = meant_label(self.names.definitions, entry) or "use an entry that there is"
            raise self.error(node, f"this layer has no {entry.label}", right)
        return entry

    def left_indices(self, node: Node, tensor: str, items: Sequence[Node], printed: bool) -> tuple[sp.Expr, ...]:
        """The indices of an entry on the left side; printed numbers (h_1, h_{12}) counted from 0."""
        numbers = all(map(is_whole, items))
        if self.layer.is_concrete and numbers and items and printed:
            return self.place(node, self.printed(tensor, items))
        self.left_by_index = bool(items)
        rank = self.names.tensors[tensor].rank
        if self.adds and (
            any(item.data != "name" for item in items) or (len(items) < rank and not self.layer.is_concrete)
        ):
            indices, self.equal = scattered(self, tensor, items)
            return indices
        if any(item.data == "slice" for item in items) and not printed:
            wrong = "= overwrites what is in a slice, where the products of all its places have to be added"
            raise self.error(node, wrong, "write +=, or a formula for one entry")
        for item in items:
            for name in names_in(item):  # on the left side a letter is an index, whatever size has that name
                if item.data != "name" and name in self.names.sizes:  # s of s i + k
                    continue
                one = len(name) == 1 or name[1:].strip("'").isdigit() or name in self.words or name[1:] == "'"
                letters = {name} if one else frozenset(name)
                self.indices |= letters if item.data == "name" else letters - self.names.sizes.keys()
        indices = self.index_list(items, self.names.tensors[tensor].rank)
        if (every := with_ones(self.names, tensor, indices, self.fresh)) is not None:
            self.readings.setdefault(f"{tensor} is read without the axes that have one element")
            return every
        if all(index.is_Integer for index in indices) or not is_flat(self.names, tensor, indices):
            return indices
        self.readings.setdefault(flat_words(self.names, tensor))
        indices, flattened = split_indices(self.names, tensor, indices)
        if not all(index.is_Symbol or index == 0 for index in flattened):
            raise self.error(node, "the left side has an index that is not a letter", "write a letter for each index")
        self.flattened |= flattened
        return indices

    def named_entry(self, node: Node) -> tuple[str, Sequence[Node]]:
        if node.data == "name":
            return plain(node.children[0]), []
        if node.data == "entry":
            name = plain(node.children[0].children[0])
            whole = f"{name}_{subscript_text(node.children[1])}"
            return (
                (whole, [])
                if whole in ("grad_input", "grad_weight", "grad_bias")
                else (name, node.children[1].children)
            )
        if node.data == "access":
            return plain(node.children[0]), node.children[1:]
        raise self.error(node, "a tensor or one of its entries is expected there", "write w[k] or w_k")

    def _derivative(self, node: Node) -> Quotient:
        """dL/dh[i] is the upstream gradient; other derivatives are defined tensors."""
        if (above := self.numerator(node)) is not None:
            return self.jacobian_entry(node, above)
        tensor, items, printed = self.differentiated(node)
        names = self.layer.notation
        name = names.grad_output if tensor == names.output else derivative_name(self.layer, tensor)
        if name not in self.names.tensors:
            raise self.error(
                node, f"the derivative with respect to {tensor} is not part of a formula", "use delta for dL/dh"
            )
        if isinstance(items, Entry):
            assert items.index is not None
            return Quotient(self.noted(self.names.entry_at(name, items.index)))
        return Quotient(self.entry_of(node, name, items, printed, f"d{names.loss}/d{tensor}"))

    _derivative_access = _derivative_entry = _gradient = _derivative


def _parts(node: Node) -> list[Node]:
    """What is differentiated, and by what."""
    parts = [child for child in node.children if isinstance(child, Tree)]
    return parts[::-1] if node.data == "gradient" else parts


def _names_of(node: Node) -> tuple[str, str]:
    """L and w of dL_dw and dL/dw."""
    found = re.fullmatch(r"d(.+?)\s*[/_]\s*d\\?(.+)", str(node.children[0]).rstrip("["))
    assert found is not None
    return found[1], found[2]
