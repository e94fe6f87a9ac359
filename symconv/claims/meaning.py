"""From a syntax tree to a formula of a layer: what the names in a claim mean.

A claim is read as a numerator over a denominator, both SymPy expressions in ``Sum``, ``Indexed`` and
``KroneckerDelta`` of the layer's tensors; the algebra reads them as it reads every formula. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import sympy as sp
from lark import Token, Tree

from symconv.algebra.from_sympy import Reader
from symconv.algebra.polynomial import Polynomial
from symconv.axes import Layout
from symconv.errors import ClaimError, FormulaError
from symconv.layers import Layer
from symconv.tensors import tensor_of

Node = Any
"""A lark Tree or Token."""

ALIASES = {
    "input": ("x", "X", "input"),
    "weight": ("w", "W", "weight"),
    "bias": ("b", "bias"),
    "grad_output": ("delta", "grad_output"),
    "output": ("h", "y", "output"),
    "dense_weight": ("v", "V"),
    "patch": ("P",),
}
"""Names that people use for a tensor, besides the layer's own."""

LETTERS = {
    "input_size": "n", "output_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "dilation": "d",
    "input_dilation": "l", "output_padding": "u", "in_channels": "C_in", "out_channels": "C_out", "groups": "G",
    "batch_size": "N", "channels": "C", "scale_factor": "f",
}  # fmt: skip
"""The usual letters of the parameters: known in a claim about any layer that has no symbol of that name."""


GREEK_LETTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta", "κ": "kappa", "λ": "lambda",
    "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega",
}  # fmt: skip
MOST_SUMS = 12
SUMS = ("summed", "times_sum", "call")
"""Nodes of the syntax tree that are sums or brackets over indices."""


@dataclass(frozen=True)
class Quotient:
    """A formula, over a product of sizes."""

    above: sp.Expr
    below: sp.Expr = sp.S.One

    def __add__(self, other: Quotient) -> Quotient:
        if self.below == other.below:
            return Quotient(self.above + other.above, self.below)
        return Quotient(self.above * other.below + other.above * self.below, self.below * other.below)

    def __mul__(self, other: Quotient) -> Quotient:
        return Quotient(self.above * other.above, self.below * other.below)


@dataclass(frozen=True)
class Meaning:
    """A claim that has been read.

    Args:
        value: its right side.
        left: the name on its left side and the indices there, where it has one.
        free: names of indices that no sum binds, in the order in which they come.
        labels: single entries such as X1 that it names: text, tensor, index; the index is None where the layer
            has no such entry.
    """

    value: Quotient
    left: tuple[str, tuple[sp.Expr, ...]] | None
    free: tuple[str, ...]
    labels: Mapping[str, tuple[str, tuple[int, ...] | None]]
    left_by_index: bool = False
    """Whether the left side's numbers are indices (h[1]) and not a printed label (h1)."""


@dataclass
class Reading:
    """Reads one claim about one layer."""

    layer: Layer
    layouts: Mapping[str, Layout]
    text: str
    bound: list[str] = field(default_factory=list)
    free: dict[str, None] = field(default_factory=dict)
    labels: dict[str, tuple[str, tuple[int, ...] | None]] = field(default_factory=dict)
    indices: frozenset[str] = frozenset()
    left_by_index: bool = False
    by_index: bool = False
    """Whether it is a formula with indices, in which w_1 is no label but the entry at index 1."""

    def __post_init__(self) -> None:
        self.tensors = {name: tensor_of(name, layout) for name, layout in self.layouts.items()}
        self.known_tensors = dict(_tensor_names(self.layer, self.layouts))
        self.sizes = dict(_size_names(self.layer))

    # -- errors --------------------------------------------------------------------------------------

    def error(self, node: Node, wrong: str, right: str) -> ClaimError:
        at = node.start_pos if isinstance(node, Token) else getattr(node.meta, "start_pos", None)
        return ClaimError(self.text, wrong, right, self.text, at)

    def unknown(self, node: Node, name: str) -> ClaimError:
        tensors = sorted({*self.layouts, *self.known_tensors})
        sizes = sorted(self.sizes)
        return self.error(
            node,
            f"the name {name!r} is not known",
            f"tensors are {', '.join(tensors)}; sizes are {', '.join(sizes) or 'numbers'}; an index is a single letter",
        )

    # -- sides ---------------------------------------------------------------------------------------

    def sides(self, tree: Node) -> Meaning:
        *lefts, right = tree.children
        left = None
        if len(lefts) > 1:
            raise self.error(tree, "it has several equals signs", "write one formula, with its name in front or not")
        if lefts:
            left = self.left_side(lefts[0])
            self.indices |= frozenset(str(index) for index in left[1] if index.is_Symbol)
        sums = sum(1 for kind in SUMS for _ in right.find_data(kind))
        if sums > MOST_SUMS:
            raise self.error(right, f"it has {sums} sums", f"use at most {MOST_SUMS}")
        self.by_index = bool(self.indices) or sums > 0
        value = self.read(right)
        return Meaning(value, left, tuple(self.free), dict(self.labels), self.left_by_index)

    def left_side(self, node: Node) -> tuple[str, tuple[sp.Expr, ...]]:
        """The name of the quantity and the indices of its entry."""
        if node.data in ("derivative", "derivative_access", "derivative_entry"):
            tensor, indices = self.derivative(node)
            return f"d{self.layer.notation.loss}_d{tensor}", indices
        if node.data == "times" and len(node.children) == 2 and node.children[1].data == "parens":
            head, items = node.children[0], node.children[1].children
            if self.is_tensor(head):  # y(i) for y[i]
                tensor = self.known_tensors[plain(head.children[0])]
                return tensor, self.left_indices(head, tensor, items)
        if node.data in ("entry", "access", "name"):
            name, items = self.named_entry(node)
            if name.startswith("grad_"):
                by = self.known_tensors.get(name.removeprefix("grad_"))
                if by is not None:
                    return f"d{self.layer.notation.loss}_d{by}", self.left_indices(node, by, items)
            if name in self.known_tensors:
                tensor = self.known_tensors[name]
                return tensor, self.left_indices(node, tensor, items)
            if (label := self.label(name)) is not None:
                tensor, index = self.labels.pop(str(label))
                if index is None:
                    raise self.error(node, f"there is no {name} in this layer", "use an entry that there is")
                return tensor, tuple(map(sp.Integer, index))
        if node.data == "divided" and all(part.data in ("name", "entry", "access") for part in node.children):
            above, (by, items) = plain(node.children[0].children[0]), self.named_entry(node.children[1])
            if above == f"d{self.layer.notation.loss}" and by[:1] == "d" and by[1:] in self.known_tensors:
                tensor = self.known_tensors[by[1:]]
                return f"d{self.layer.notation.loss}_d{tensor}", self.left_indices(node.children[1], tensor, items)
        raise self.error(
            node, "the left side is no quantity", r"write h[i] = .., dL/dw[k] = .. or \frac{\partial L}{..} = .."
        )

    def derivative(self, node: Node) -> tuple[str, tuple[sp.Expr, ...]]:
        """The tensor by which L is differentiated, and the entry."""
        if node.data == "derivative":
            loss, by = [child for child in node.children if isinstance(child, Tree)]
            if str(loss.children[0]) != self.layer.notation.loss:
                raise self.error(loss, "only derivatives of the loss are read", f"write {self.layer.notation.loss}")
            name, items = self.named_entry(by)
        else:
            head, *rest = node.children
            name = re.split(r"d", str(head).rstrip("["), maxsplit=2)[2].strip().lstrip("\\")
            items = rest[0].children if node.data == "derivative_entry" and rest else rest
        if name not in self.known_tensors and (label := self.label(name)) is not None:
            tensor, index = self.labels.pop(str(label))
            if index is not None:
                return tensor, tuple(map(sp.Integer, index))
        if name not in self.known_tensors:
            raise self.unknown(node, name)
        return self.known_tensors[name], self.left_indices(node, self.known_tensors[name], items)

    def left_indices(self, node: Node, tensor: str, items: Sequence[Node]) -> tuple[sp.Expr, ...]:
        """The indices of an entry on the left side; printed numbers (h_1, h_{12}) counted from 0."""
        numbers = all(map(is_whole, items))
        if self.layer.is_concrete and numbers and items and node.data in ("entry", "derivative", "derivative_entry"):
            digits = "".join(str(item.children[0]) for item in items)
            label = self.label(f"{tensor}{digits}" if len(items) == 1 else f"{tensor}_" + "_".join(
                str(item.children[0]) for item in items
            ))  # fmt: skip
            found, index = self.labels.pop(str(label))
            if index is None:
                raise self.error(node, f"there is no {found}_{digits} in this layer", "use an entry that there is")
            return tuple(map(sp.Integer, index))
        self.left_by_index = numbers and bool(items)
        for item in items:
            for name in names_in(item):  # on the left side a letter is an index, whatever size has that name
                self.indices |= {name} if len(name) == 1 or name[1:].isdigit() else frozenset(name)
        return self.index_list(items, len_of(self.layouts, tensor))

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
            return plain(node.children[0])[:-1], node.children[1:]
        raise self.error(node, "a tensor or one of its entries is expected there", "write w[k] or w_k")

    # -- expressions ---------------------------------------------------------------------------------

    def read(self, node: Node) -> Quotient:
        handler = getattr(self, f"_{node.data}", None)
        if handler is None:
            raise self.error(node, "it is not read there", "write a formula")
        result: Quotient = handler(node)
        return result

    def _add(self, node: Node) -> Quotient:
        first, *rest = chain_of(node, ("add", "subtract"))
        total = self.read(first[1])
        for kind, part in rest:
            value = self.read(part)
            total += Quotient(-value.above, value.below) if kind == "subtract" else value
        return total

    _subtract = _add

    def _negative(self, node: Node) -> Quotient:
        value = self.read(node.children[0])
        return Quotient(-value.above, value.below)

    def _times(self, node: Node) -> Quotient:
        parts = chain_of(node, ("times", "divided"))
        product = Quotient(sp.S.One)
        while parts:
            kind, part = parts.pop(0)
            if kind == "divided":
                product *= self.inverse(part)
                continue
            if parts and parts[0][0] == "times" and parts[0][1].data == "parens" and self.is_tensor(part):
                name = plain(part.children[0])  # w(k) for w[k]
                product *= Quotient(self.tensor_entry(part, name, parts.pop(0)[1].children))
            else:
                product *= self.read(part)
        return product

    def is_tensor(self, node: Node) -> bool:
        """Whether a name is a tensor with indices, and nothing else."""
        if node.data != "name":
            return False
        name = plain(node.children[0])
        tensor = self.known_tensors.get(name)
        elsewhere = name in self.bound or name in self.indices or name in self.sizes
        return tensor is not None and not elsewhere and self.tensors[tensor].rank > 0

    def _parens(self, node: Node) -> Quotient:
        if len(node.children) != 1:
            raise self.error(node, "a list is not read there", "write w[o, c, k] for an entry")
        return self.read(node.children[0])

    def _times_sum(self, node: Node) -> Quotient:
        factor, head, body = node.children
        return self.read(factor) * self._with_sum(head, body)

    _divided = _times

    def inverse(self, node: Node) -> Quotient:
        """One over a number or a product of sizes, which is never zero."""
        value = self.read(node)
        try:
            number = Reader().polynomial(value.above)
        except FormulaError:
            number = Polynomial()
        if not self.layer.assumptions.is_positive(number):
            raise self.error(node, "it cannot be divided by, it may be 0", "divide by numbers and sizes")
        return Quotient(value.below, value.above)

    def _powered(self, node: Node) -> Quotient:
        base, exponent = self.read(node.children[0]), sp.Integer(-1)
        if node.children[1].data == "number":
            exponent = self._number(node.children[1]).above
        if not 0 <= exponent <= 6:
            raise self.error(node.children[1], "a power is a whole number from 0 to 6", "write it as a product")
        return Quotient(base.above ** int(exponent), base.below ** int(exponent))

    def _number(self, node: Node) -> Quotient:
        digits = str(node.children[0])
        if len(digits) > 18:
            raise self.error(node, f"a number of {len(digits)} digits", "use at most 18 digits")
        number = sp.Rational(digits)
        return Quotient(sp.Integer(number.p), sp.Integer(number.q))

    def _name(self, node: Node) -> Quotient:
        return Quotient(self.symbol(node, plain(node.children[0])))

    def symbol(self, node: Node, name: str) -> sp.Expr:
        """A bound index, an index on the left side, a size, a tensor without indices, an entry's label, or an index."""
        if name in self.bound or name in self.indices:
            return self.index(name)
        if name in self.sizes:
            return self.sizes[name]
        tensor = self.known_tensors.get(name)
        if tensor is not None and not self.tensors[tensor].rank:
            return self.layer.writer.access(self.tensors[tensor], ())
        if (label := self.label(name)) is not None:
            return label
        if tensor is not None:
            raise self.error(node, f"{name} has indices", f"write {self.example(tensor)}")
        if re.fullmatch(r"[A-Za-z]\d*'*", name) or name in ("alpha", "beta", "ell", "iota", "kappa", "mu", "nu"):
            self.free.setdefault(name)
            return sp.Symbol(name, integer=True)
        if (parts := self.split(name)) is not None:
            return sp.Mul(*(self.symbol(node, part) for part in parts))
        raise self.unknown(node, name)

    def index(self, name: str) -> sp.Symbol:
        """The symbol of an index; primed where a size has that name."""
        return sp.Symbol(
            f"{name}'" if name in self.layer.symbol_names or name in self.layer.defined else name, integer=True
        )

    def split(self, name: str) -> list[str] | None:
        """si as s i, where every letter is known; X1w1 as X1 w1."""
        pairs = re.findall(r"([A-Za-z]+?)(\d+)", name)
        run_together = len(pairs) > 1 and "".join(map("".join, pairs)) == name
        if self.layer.is_concrete and run_together and all(tensor in self.known_tensors for tensor, _ in pairs):
            return list(map("".join, pairs))
        letters = list(name)
        known = {*self.bound, *self.indices, *self.sizes}
        new = [letter for letter in letters if letter not in known and letter in "ijkmtuv"]
        few = len(new) < len(letters) and len(set(new)) < 2
        fits = 1 < len(letters) <= 4 and all(letter in known or letter in new for letter in letters)
        return letters if fits and few else None

    def label(self, text: str) -> sp.Symbol | None:
        """The entry X12 of a concrete layer, by its printed label."""
        match = re.fullmatch(r"([A-Za-z]+?)(\d+|(?:_\d+)+)", text)
        if match is None or not self.layer.is_concrete or match[1] not in self.known_tensors:
            return None
        tensor = self.known_tensors[match[1]]
        numbers = match[2].split("_")[1:] if "_" in match[2] else list(match[2])
        return self.entry_label(tensor, [int(number) for number in numbers], text)

    def entry_label(self, tensor: str, numbers: Sequence[int], text: str) -> sp.Symbol:
        """The symbol of an entry by its printed numbers; noted as missing where the layer has none."""
        base = self.layer.notation.index_base
        kept = [dimension for dimension in self.layouts[tensor] if dimension]
        shape = [prod(int(axis.size.value or 0) for axis in dimension) for dimension in kept]
        if len(numbers) != len(shape) and len(shape) == 1:
            numbers = [int("".join(map(str, numbers)))]
        index = tuple(number - base for number in numbers)
        inside = len(index) == len(shape) and all(0 <= at < size for at, size in zip(index, shape))
        label = self.layer.notation.label(tensor, index, shape) if inside else text
        self.labels[label] = (tensor, index if inside else None)
        return sp.Symbol(label)

    def example(self, tensor: str) -> str:
        letters = ", ".join(self.tensors[tensor].letters)
        return f"{tensor}[{letters}]"

    # -- entries -------------------------------------------------------------------------------------

    def _access(self, node: Node) -> Quotient:
        name = plain(node.children[0])[:-1]
        return Quotient(self.tensor_entry(node, name, node.children[1:]))

    def _entry(self, node: Node) -> Quotient:
        name, subscript = plain(node.children[0].children[0]), node.children[1]
        whole = f"{name}_{subscript_text(subscript)}"
        for spelled in (whole, f"{name}{subscript_text(subscript)}"):
            if spelled in self.sizes and name not in self.known_tensors:
                return Quotient(self.sizes[spelled])
        if name in self.known_tensors or name == "delta":
            return Quotient(self.tensor_entry(node, name, subscript.children))
        letter = f"{name}{subscript_text(subscript)}"
        if letter in self.bound or re.fullmatch(r"[A-Za-z]\d+", letter):
            return Quotient(self.symbol(node, letter))
        raise self.unknown(node, whole)

    def tensor_entry(self, node: Node, name: str, items: Sequence[Node]) -> sp.Expr:
        tensor = self.known_tensors.get(name)
        if tensor is None:
            raise self.unknown(node, name)
        printed = node.data == "entry" and all(map(is_whole, items))
        rank = self.tensors[tensor].rank
        if self.layer.is_concrete and printed and not self.by_index and rank:
            numbers = [int(item.children[0]) for item in items]
            if len(items) == 1 and len(digits := str(items[0].children[0])) > 1:
                numbers = list(map(int, digits))
            return self.entry_label(tensor, numbers, f"{tensor}{'_'.join(str(n) for n in numbers)}")
        rank = self.tensors[tensor].rank
        if not rank and printed:  # b_1 of a layer with one output channel
            return self.layer.writer.access(self.tensors[tensor], ())
        indices = self.index_list(items, rank)
        if name == "delta" and len(indices) == 2 != rank:
            return sp.KroneckerDelta(*indices)
        if len(indices) != rank:
            raise self.error(node, f"{name} has {rank} indices, not {len(indices)}", f"write {self.example(tensor)}")
        return self.layer.writer.access(self.tensors[tensor], indices)

    def index_list(self, items: Sequence[Node], rank: int) -> tuple[sp.Expr, ...]:
        """The indices; one item of several letters stands for as many indices where that fits."""
        if len(items) == 1 and rank != 1:
            parts = self.letters_of(items[0])
            if parts is not None and len(parts) > 1:
                return tuple(self.symbol(items[0], part) for part in parts)
        return tuple(self.whole(item) for item in items)

    def letters_of(self, node: Node) -> list[str] | None:
        """i, j of w_{ij} and of w_{i j}; None where it is more than letters."""
        if node.data == "name":
            name = plain(node.children[0])
            if node.children[0].type != "NAME" or len(set(name)) < len(name):
                return [name]
            return list(name) if name.isalpha() and name not in self.sizes and len(name) <= 6 else None
        if node.data == "times":
            left, right = map(self.letters_of, node.children)
            return None if left is None or right is None else left + right
        return None

    def whole(self, node: Node) -> sp.Expr:
        """An index: no quotient."""
        value = self.read(node)
        if value.below != 1:
            raise self.error(node, "an index is no fraction", "use whole numbers")
        return value.above

    def _bracket(self, node: Node) -> Quotient:
        left, right = [self.whole(child) for child in node.children if isinstance(child, Tree)]
        return Quotient(sp.KroneckerDelta(left, right))

    def _derivative(self, node: Node) -> Quotient:
        """dL/dh[i] is the upstream gradient; other derivatives are what is to be found."""
        before = self.indices, self.left_by_index
        tensor, indices = self.derivative(node)
        self.indices, self.left_by_index = before
        if tensor != self.layer.notation.output:
            raise self.error(node, f"the derivative by {tensor} is no part of a formula", "use delta for dL/dh")
        name = self.layer.notation.grad_output
        return Quotient(self.layer.writer.access(self.tensors[name], indices))

    _derivative_access = _derivative_entry = _derivative

    # -- sums ----------------------------------------------------------------------------------------

    def _summed(self, node: Node) -> Quotient:
        return self._with_sum(*node.children)

    def _with_sum(self, head: Node, body: Node) -> Quotient:
        lower, upper = [], None
        for child in head.children:
            if isinstance(child, Tree) and child.data == "limits":
                lower = list(child.children)
            elif isinstance(child, Tree):
                upper = child
        if not lower:
            raise self.error(head, "the sum does not say over which index", r"write \sum_k or \sum_{k=0}^{K-1}")
        ranges = []
        for limit in lower:
            name, *start = limit.children if limit.data == "limit" else (limit,)
            ranges.append((name, start[0] if start else None, upper if start else None))
        return self._over(ranges, body)

    def _call(self, node: Node) -> Quotient:
        head, *arguments = node.children
        name = re.sub(r"[\s(]", "", str(head))
        if name.lower() in ("kroneckerdelta", "kronecker", "delta_"):
            if len(arguments) != 2:
                raise self.error(node, "it needs two indices", "write KroneckerDelta(i, j) or [i = j]")
            return Quotient(sp.KroneckerDelta(*map(self.whole, arguments)))
        ranges = [argument for argument in arguments if argument.data == "range"]
        body = [argument for argument in arguments if argument.data != "range"]
        names = []
        if len(arguments) < 2:
            raise self.error(node, "the sum does not say over which index", "write sum(k, w[k]*x[i + k])")
        if not ranges or len(body) > 1:
            *names, last = body
            body = [last]
        if len(body) != 1:
            raise self.error(node, "the sum has nothing to sum", "write sum(k, w[k]*x[i + k])")
        limits: list[tuple[Node, Node | None, Node | None]] = [(one, None, None) for one in names]
        limits += [(one.children[0], one.children[-2], one.children[-1]) for one in ranges]
        return self._over(limits, body[0])

    def _over(self, ranges: Sequence[tuple[Node, Node | None, Node | None]], body: Node) -> Quotient:
        names = []
        for node, _, _ in ranges:
            names += self.summed_names(node)
        limits = []
        for node, low, high in ranges:
            lower = -sp.oo if low is None else self.whole(low)
            upper = sp.oo if high is None else self.whole(high)
            limits += [(self.index(name), lower, upper) for name in self.summed_names(node)]
        self.bound += names
        value = self.read(body)
        del self.bound[len(self.bound) - len(names) :]
        return Quotient(sp.Sum(value.above, *reversed(limits)), value.below)

    def summed_names(self, node: Node) -> list[str]:
        """The index of a sum; several letters that run together are several indices."""
        if node.data == "entry":  # i_1
            return [f"{plain(node.children[0].children[0])}{subscript_text(node.children[1])}"]
        letters = self.letters_of(node)
        if letters is None and node.data == "name":
            letters = [plain(node.children[0])]
        if letters is None:
            raise self.error(node, "a sum runs over a letter", r"write sum(k, ..) or \sum_{k=0}^{K-1}")
        name = plain(node.children[0]) if node.data == "name" else ""
        return [name] if name and len(name) > 1 and name[1:].strip("'").isdigit() else letters


def chain_of(node: Node, kinds: Sequence[str]) -> list[tuple[str, Node]]:
    """The parts of a + b - c or a b c, without recursion: each with the operator in front of it."""
    parts: list[tuple[str, Node]] = []
    while node.data in kinds:
        left, right = node.children
        parts.append((str(node.data), right))
        node = left
    return [("", node), *reversed(parts)]


def plain(token: Any) -> str:
    r"""The name in a token: delta of \delta, in of \mathrm{in}."""
    text = str(token)
    if text in GREEK_LETTERS:
        return GREEK_LETTERS[text]
    styled = re.fullmatch(r"\\[a-z]+\s*\{\s*([A-Za-z0-9]+)\s*\}", text)
    return styled[1] if styled else text.lstrip("\\")


def is_whole(node: Node) -> bool:
    """Whether it is a whole number as it stands."""
    return bool(node.data == "number" and str(node.children[0]).isdigit())


def names_in(node: Node) -> list[str]:
    """The names of an index on the left side."""
    if node.data == "name":
        return [plain(node.children[0])]
    return [name for child in node.children if isinstance(child, Tree) for name in names_in(child)]


def subscript_text(node: Node) -> str:
    """The subscript as text, where it is only names and numbers."""
    parts = [plain(child.children[0]) for child in node.children if child.data in ("name", "number")]
    return "".join(parts) if len(parts) == len(node.children) else "?"


def len_of(layouts: Mapping[str, Layout], tensor: str) -> int:
    return tensor_of(tensor, layouts[tensor]).rank


def _tensor_names(layer: Layer, layouts: Mapping[str, Layout]) -> Iterator[tuple[str, str]]:
    """Names in a claim, each with the tensor that it means."""
    taken = set(layer.symbol_names)
    for role, names in ALIASES.items():
        own = getattr(layer.notation, role)
        if own in layouts:
            yield own, own
            yield from ((name, own) for name in names if name not in taken and name not in layouts)
            yield role, own


def _size_names(layer: Layer) -> Iterator[tuple[str, sp.Expr]]:
    """Names of sizes in a claim, each with what it is in the layer's own symbols."""
    write = layer.writer.polynomial
    for name in layer.symbol_names:
        yield name, layer.writer.symbol(name)
    for name in layer.defined:
        yield name, layer.writer.symbol(name)
    for parameter, letter in LETTERS.items():
        value = layer.values.get(parameter)
        numbers: Sequence[Polynomial] = ()
        if isinstance(value, Polynomial):
            numbers = (value,)
        elif isinstance(value, tuple):
            numbers = value
        elif parameter == "padding" and value is not None:
            numbers = (
                tuple(scheme.low for scheme in layer.schemes)
                if not layer.pads.pairs
                else tuple(low for low, _ in layer.pads.pairs)
            )
        for at, number in enumerate(numbers):
            name = letter if len(numbers) == 1 else f"{letter}{at + 1}"
            if name not in layer.symbol_names and name not in layer.defined:
                yield name, write(number)
    for at, size in enumerate(layer.m):
        name = "m" if layer.ndim == 1 else f"m{at + 1}"
        if name not in layer.symbol_names and name not in layer.defined:
            yield name, write(size)
