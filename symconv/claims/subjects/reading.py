"""Formulas about a network or a step: the same language as for layers, with functions of tensors and whole tensors.

Whole tensors are read entry by entry: delta1 = delta2 \\odot f'(z1) says it of every entry, W^T delta is a product of a
matrix and a vector, and delta a^T is an outer product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import sympy as sp
from lark import Tree

from symconv.algebra.calculus import Definition
from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.definitions import Entry
from symconv.claims.interpret.meaning import Reading
from symconv.claims.parse.quotients import Quotient
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.parse.symbolic import quotient
from symconv.claims.parse.text import Node, chain_of, plain
from symconv.claims.parse.written import Written
from symconv.errors import ClaimError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Setting

TRANSPOSES = ("T", "top")


@dataclass(frozen=True)
class Known:
    """What a claim may name.

    Args:
        setting: the names, symbols and assumptions of the formula that is claimed.
        tensors, layouts: by the subject's own names.
        aliases: other names, with the subject's own.
        targets: what has a formula, by name.
        definitions: what tensors are made of, by name.
        function: the tensor f(z) of a function's name and z, or None.
        tidied: a form in which what is known of the tensors has been used.
        values: numbers for all tensors that belong together, if the sizes are known.
    """

    setting: Setting
    tensors: Mapping[str, Tensor]
    layouts: Mapping[str, Layout]
    aliases: Mapping[str, str]
    targets: Mapping[str, TensorFormula]
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    function: Callable[[str, Tensor], Tensor | None] = lambda name, tensor: None
    tidied: Callable[[Form], Form] = lambda form: form
    values: Callable[[Random], Mapping[str, Any]] | None = None


class SubjectNames:
    """The names in a claim, as ``Expressions`` asks for them."""

    def __init__(self, known: Known) -> None:
        self.given = known
        self.layer: Any = known.setting
        self.tensors = dict(known.tensors)
        self.known = {**{name: name for name in known.tensors}, **known.aliases}
        own = (*known.setting.symbol_names, *known.setting.defined)
        self.sizes = {name: known.setting.writer.symbol(name) for name in own}
        self.layouts = {name: () for name in known.tensors}
        self.definitions: Any = None

    @property
    def listed(self) -> str:
        return ", ".join(sorted(self.tensors))

    def missing(self, name: str) -> str | None:
        return None

    def differentiated(self, name: str) -> str | None:
        return self.known.get(name)

    def index(self, name: str) -> sp.Symbol:
        return sp.Symbol(f"{name}'" if name in self.sizes else name, integer=True)

    def example(self, tensor: str) -> str:
        return f"{tensor}[{', '.join(self.tensors[tensor].letters)}]"

    def label(self, text: str) -> None:
        return None

    def is_short(self, name: str) -> bool:
        """Whether a name is short for another: none is, of a network."""
        return False

    def is_own(self, name: str) -> bool:
        return name in self.sizes

    def split(self, name: str, indices: Sequence[str]) -> list[str] | None:
        letters = list(name)
        return letters if 1 < len(letters) < 5 and all(one in indices or one in self.sizes for one in letters) else None


class _NoSizes(SizeNames):
    """Sizes have the names that the subject gives them, and no others."""

    def meaning(self, name: str, axis: int | None) -> None:
        return None


class SubjectReading(Reading):
    """Reads one claim; the left side is a tensor at letters, or a whole tensor."""

    def __init__(self, names: SubjectNames, text: str) -> None:
        super().__init__(names, text)  # type: ignore[arg-type]
        self.subject = names
        self.size_names = _NoSizes(names)  # type: ignore[arg-type]
        self.everywhere: tuple[sp.Symbol, ...] = ()

    def claim(self, written: Written) -> tuple[str, tuple[str, ...], Quotient]:
        """The name on the left side, its letters, and the right side.

        Raises:
            ClaimError: it cannot be read.
        """
        if written.left is None:
            raise ClaimError(written.whole, "it has no left side", "write delta1[i] = .. or dL/dw1[k] = ..")
        self.by_index = True
        name, given = self.left(written.left)
        if name not in self.subject.given.targets:
            known = ", ".join(sorted(self.subject.given.targets))
            raise self.error(written.left, f"{name} has no formula here", f"write one of {known} on the left side")
        rank = len(self.subject.given.targets[name].axes)
        if not given:
            self.everywhere = tuple(sp.Symbol(f"u{at}'", integer=True) for at in range(1, rank + 1))
        letters = given or tuple(map(str, self.everywhere))
        if len(letters) != rank or len(set(letters)) != rank:
            raise self.error(written.left, f"{name} has {rank} indices, not {len(given)}", f"write {rank} letters")
        value = self.read(written.right)
        if unbound := ", ".join(index for index in self.free if index not in letters):
            wrong = f"no sum binds {unbound}, and the left side does not have it"
            raise self.error(written.right, wrong, f"write a sum over it: sum({unbound}, ..)")
        return name, letters, value

    def left(self, node: Node) -> tuple[str, tuple[str, ...]]:
        if node.data == "name":
            name = plain(node.children[0])
            if name in self.names.known:
                return self.names.known[name], ()
        if node.data in ("derivative_entry", "derivative", "gradient") and not _has_items(node):
            return self.names.known.get(self.derivative_of(node), self.derivative_of(node)), ()
        name, given = self.left_side(node)
        if not all(isinstance(index, sp.Symbol) for index in given):
            raise self.error(node, "the left side has an index that is not a letter", "write delta1[i] = ..")
        return self.names.known.get(name, name), tuple(map(str, given))

    def printed(self, tensor: str, items: Sequence[Node]) -> Entry:
        """Single entries by their labels are not claimed of networks and steps."""
        letters = ", ".join(self.names.tensors[tensor].letters)
        raise self.error(items[0], f"a single entry of {tensor} is not read here", f"write {tensor}[{letters}]")

    def derivative_of(self, node: Node) -> str:
        """dL_dw1 of a derivative with respect to a whole tensor."""
        tensor, _, _ = self.differentiated(node)
        return f"d{self.layer.notation.loss}_d{tensor}"

    # -- whole tensors and functions -----------------------------------------------------------------

    def symbol(self, node: Node, name: str) -> sp.Expr:
        tensor = self.names.known.get(name)
        if self.everywhere and tensor is not None and name not in self.bound and self.names.tensors[tensor].rank:
            return self.at(node, self.names.tensors[tensor], self.everywhere)
        return super().symbol(node, name)

    def spelled_size(self, name: str) -> None:
        """Sizes have the names that the subject gives them."""

    def _access(self, node: Node) -> Quotient:
        return Quotient(self.tensor_entry(node, plain(node.children[0]), node.children[1:]))

    def part_of_gradient(self, node: Node) -> None:
        """Only whole gradients are claimed of networks and steps."""

    def at(self, node: Node, tensor: Tensor, letters: Sequence[sp.Symbol]) -> sp.Expr:
        if tensor.rank != len(letters):
            wrong = f"{tensor.name} has {tensor.rank} axes where {len(letters)} are needed"
            raise self.error(node, wrong, "write it with indices")
        return sp.IndexedBase(tensor.name)[tuple(letters)]

    def is_tensor(self, node: Node) -> bool:
        if node.data == "name" and self.is_function(plain(node.children[0])):
            return True
        return not self.everywhere and super().is_tensor(node)  # a (1 - a) of whole tensors is a product

    def is_function(self, name: str) -> bool:
        some = next((one for one in self.names.tensors.values() if one.rank), None)
        return (
            name not in self.names.known
            and some is not None
            and any(self.subject.given.function(name, tensor) is not None for tensor in self.names.tensors.values())
        )

    def tensor_entry(self, node: Node, name: str, items: Sequence[Node]) -> sp.Expr:
        if not self.is_function(name):
            return super().tensor_entry(node, name, items)
        inner = self.read(items[0]).above if len(items) == 1 else None
        if not isinstance(inner, sp.Indexed):
            raise self.error(node, f"{name} is applied to something else than a tensor's entry", f"write {name}(z1[i])")
        applied = self.subject.given.function(name, self.names.tensors[str(inner.base.label)])
        if applied is None:
            raise self.error(node, f"{name} is not applied to {inner.base.label} here", "use the part's own function")
        self.subject.tensors[applied.name] = applied
        return sp.IndexedBase(applied.name)[inner.indices]

    def _derivative(self, node: Node) -> Quotient:
        if self.everywhere and not _has_items(node):
            name = self.derivative_of(node)
            own = self.names.known.get(name)
            if own is None:
                raise self.unknown(node, name)
            return Quotient(self.at(node, self.names.tensors[own], self.everywhere))
        tensor, items, printed = self.differentiated(node)
        name = f"d{self.layer.notation.loss}_d{tensor}"
        own = self.names.known.get(name)
        if own is None or not isinstance(items, Sequence):
            raise self.unknown(node, name)
        return Quotient(self.entry_of(node, own, items, printed, name))

    _derivative_access = _derivative_entry = _gradient = _derivative

    def _times(self, node: Node) -> Quotient:
        """A product; of whole tensors W v, W^T v and v a^T are read as products of matrices."""
        parts = chain_of(node, ("times", "divided"))
        if self.everywhere:
            for at in range(len(parts) - 1):
                if parts[at + 1][0] == "times" and (value := self.matrix_product(parts[at][1], parts[at + 1][1])):
                    rest = [(kind, part) for kind, part in parts[:at] + parts[at + 2 :]]
                    factors = [
                        self.inverse(part) if kind == "divided" else self.read(part) for kind, part in _calls(rest)
                    ]
                    return Quotient.product([value, *factors])
        return super()._times(node)

    _divided = _times

    def matrix_product(self, one: Node, other: Node) -> Quotient | None:
        """The entry of W v, W^T v or v a^T; None if it is something else."""
        left, right = self.operand(one), self.operand(other)
        if left is None or right is None:
            return None
        (first, turned), (second, other_turned) = left, right
        if first.rank == 2 and second.rank == 1 and not other_turned and len(self.everywhere) == 1:
            (letter,), bound = self.everywhere, sp.Symbol(f"u9{len(self.bound)}'", integer=True)
            matrix = sp.IndexedBase(first.name)[(bound, letter) if turned else (letter, bound)]
            assert second.shape is not None
            size = self.layer.writer.polynomial(second.shape[0])
            return Quotient(sp.Sum(matrix * sp.IndexedBase(second.name)[bound], (bound, 0, size - 1)))
        if first.rank == 1 and second.rank == 1 and other_turned and not turned and len(self.everywhere) == 2:
            return Quotient(
                sp.IndexedBase(first.name)[self.everywhere[0]] * sp.IndexedBase(second.name)[self.everywhere[1]]
            )
        return None

    def operand(self, node: Node) -> tuple[Tensor, bool] | None:
        """A whole tensor, and whether it is transposed."""
        turned = False
        while node.data in ("parens", "powered") and (node.data == "powered" or len(node.children) == 1):
            if node.data == "powered":
                exponent = node.children[1]
                if exponent.data != "name" or plain(exponent.children[0]) not in TRANSPOSES:
                    return None
                turned = not turned
            node = node.children[0]
        if node.data != "name":
            return None
        tensor = self.names.known.get(plain(node.children[0]))
        return None if tensor is None else (self.names.tensors[tensor], turned)


def _calls(parts: Sequence[tuple[str, Node]]) -> list[tuple[str, Node]]:
    """f'(z) again as one factor, where the name and the bracket stand side by side."""
    result: list[tuple[str, Node]] = []
    for kind, part in parts:
        if result and part.data == "parens" and kind == "times" and result[-1][1].data == "name":
            before, name = result.pop()
            result.append((before, Tree("times", [name, part])))
        else:
            result.append((kind, part))
    return result


def _has_items(node: Node) -> bool:
    """Whether a derivative is by an entry, and not by a whole tensor."""
    if node.data == "derivative":
        return bool(node.children[-1].data != "name")
    if node.data == "gradient":
        return bool(node.children[0].data != "name")
    return len(node.children) > 1


def form_of(known: Known, reading: SubjectReading, value: Quotient, letters: Mapping[str, str], base: int) -> Form:
    """The right side as a form over the axes of the target, times nothing: what it divides by is a number.

    Raises:
        ClaimError: it divides by something else.
    """
    below = sp.sympify(value.below, strict=True)
    read = quotient(value.above / below if below.is_Rational else value.above, known.setting.assumptions)
    if not below.is_Rational:
        raise ClaimError(str(below), "it divides by a size", "divide by numbers")
    reader = Reader(known=dict(reading.names.tensors))
    form = reader.form(sp.expand(read.above / read.below) if read.below != 1 else read.above)
    moved = {name: Polynomial.name(letter) + base for name, letter in letters.items()}
    return known.tidied(form.substitute(moved))
