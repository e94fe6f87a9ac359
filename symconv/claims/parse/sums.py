r"""Sums over indices: \sum_{k=0}^{K-1}, sum(k, ..), sum(.. for k in range(K)), and what stands below a sum sign.

Below a sum sign stand indices, with limits or without, sets, and conditions. A condition without an index is about the
letters in it that nothing else binds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import sympy as sp
from lark import Tree

from symconv.claims.interpret.uses import entry_in, looped_in
from symconv.claims.parse.ends import Ends
from symconv.claims.parse.offsets import window_of
from symconv.claims.parse.quotients import Quotient, where
from symconv.claims.parse.text import Node, chain_of, names_in, nodes_of, plain, subscript_text


@dataclass
class Below:
    """What stands below a sum sign: the limits of every index, and conditions: ``facts`` are read, the rest is not."""

    limits: dict[str, tuple[sp.Expr, sp.Expr]] = field(default_factory=dict)
    facts: list[sp.Basic] = field(default_factory=list)
    equal: list[tuple[Node, Node]] = field(default_factory=list)
    compared: list[Node] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    """The indices of which an end is written, which may be an infinity."""


class Sums(Ends):
    """Reads sums."""

    alone: frozenset[str] = frozenset()
    """Names that stand alone as an index in the sum that is read."""

    def _summed(self, node: Node) -> Quotient:
        return self._with_sum(*node.children)

    def _times_sum(self, node: Node) -> Quotient:
        factor, head, body = node.children
        return Quotient.product([self.read(factor), self._with_sum(head, body)])

    def _with_sum(self, head: Node, body: Node) -> Quotient:
        items: list[Node] = []
        upper = None
        for child in head.children:
            if child.data == "limits":
                items = list(child.children)
            else:
                upper = child
        if not items:
            raise self.error(head, "the sum does not say over which index", r"write \sum_k or \sum_{k=0}^{K-1}")
        return self.over(self.below(items, upper, body), body)

    def _generated(self, node: Node) -> Quotient:
        """sum(w[k]*x[i + k] for k in range(K))."""
        head, body, *loops = node.children
        if str(head).strip() not in ("sum", "Sum"):
            raise self.error(node, "only sums run over loops", "write sum(w[k]*x[i + k] for k in range(K))")
        return self.over(self.below(loops, None, body), body)

    def _call(self, node: Node) -> Quotient:
        head, *arguments = node.children
        name = re.sub(r"[\s(]", "", str(head))
        if name == "Piecewise":
            return self.cases(node, arguments)
        if name.lower() in ("kroneckerdelta", "kronecker", "delta_"):
            if len(arguments) != 2:
                raise self.error(node, "it needs two indices", "write KroneckerDelta(i, j) or [i = j]")
            return Quotient(sp.KroneckerDelta(*map(self.whole, arguments)))
        if name in ("max", "min"):
            raise self.error(
                node, f"{name} is read at the end of a sum", r"write \sum_{k=\max(0, p-i)}^{\min(K-1, n-1)}"
            )
        if name not in ("sum", "Sum"):
            return self.function(node, name, arguments)
        ranges = [argument for argument in arguments if argument.data == "range"]
        body = [argument for argument in arguments if argument.data != "range"]
        names: list[Node] = []
        if len(arguments) < 2:
            return self.function(node, "sum", arguments)
        if not ranges or len(body) > 1:
            *names, last = body
            body = [last]
        if len(body) != 1:
            raise self.error(node, "the sum has nothing to sum", "write sum(k, w[k]*x[i + k])")
        below = Below()
        for one in names:
            self._index(below, one)
        for one in ranges:
            self._index(
                below, one.children[0], self.bounds(one.children[-2], "max"), self.bounds(one.children[-1], "min")
            )
        return self.over(below, body[0])

    def function(self, node: Node, name: str, arguments: Sequence[Node]) -> Quotient:
        """A function that is not a sum over letters."""
        raise self.error(node, "the sum does not say over which index", "write sum(k, w[k]*x[i + k])")

    # -- what stands below ---------------------------------------------------------------------------

    def below(self, items: Sequence[Node], upper: Node | None, body: Node | None = None) -> Below:
        """What the parts below a sum sign, and what stands above it, say."""
        below = Below()
        self.alone = frozenset() if body is None else looped_in(list(nodes_of(body)), self.names)
        if body is not None:
            for item in items:
                self.sizes_by_place(item, upper, body)
        for item in items:
            if item.data == "comparison":
                below.compared.append(item)
            elif item.data == "member":
                self._index(below, item.children[0], *self.ends(item.children[-1]))
            elif item.data != "limit":
                self._index(below, item)
            else:
                first, *ends = item.children
                if len(ends) == 1 and upper is None and self._is_condition(below, first):
                    below.equal.append((first, ends[0]))
                else:
                    low, high = (ends[0] if ends else None), (ends[1] if len(ends) > 1 else upper if ends else None)
                    self._index(below, first, self.bounds(low, "max"), self.bounds(high, "min"))
        if not below.limits:
            self._letters(below)
        below.compared = [one for one in below.compared if not self._is_limit(below, one)]
        return below

    def _index(
        self, below: Below, node: Node, lows: Sequence[sp.Expr] | None = None, highs: Sequence[sp.Expr] | None = None
    ) -> None:
        """Take an index from the largest of ``lows`` to the smallest of ``highs``, as far as they are said."""
        is_said = lows is not None or highs is not None
        ends = [self.exact(node, lows or (-sp.oo,), False), self.exact(node, highs or (sp.oo,), True)]
        for name in self.summed_names(node):
            below.said |= {name} if is_said else set()
            index = self.names.index(name)
            below.limits[name] = ends[0][0], ends[1][0]
            below.facts += [fact for _, facts in ends for fact in facts(index)]

    def sizes_by_place(self, item: Node, upper: Node | None, body: Node) -> None:
        """A new letter at the end of a sum is the size of the axis along which the sum's index runs: w_m, m < M."""
        head = item.children[0] if item.data in ("limit", "member") else None
        nodes = [item] if head is None else [*item.children[1:], *([] if upper is None else [upper])]
        for name in filter(None, map(self.last_of, (side for node in nodes for side in _sides(node)))):
            usual = name in self.names.sizes and not self.names.is_own(name)  # m of a layer with n and K
            if not self.is_known(name) and _is_centered(item, upper, name) and not self.is_half(item, name, body):
                wrong = f"the sum runs from -{name} to {name}, but kernels have indices from 0 to their size less 1"
                raise self.error(item, wrong, "shift it, as in sum(k = 0..K-1, w[k] x[i + k - r])")
            if (len(name) > 1 and "_" not in name) or (self.is_known(name) and name not in self.by_place and not usual):
                continue
            indices = [plain(head.children[0])] if head is not None and head.data == "name" else self.letters_in(item)
            sizes = [self.size_along(index, body) for index in indices if index != name]
            size = next((one for one in sizes if one is not None), None)
            if usual:
                if size is not None and size != self.names.sizes[name]:
                    self.placed[name] = size
                continue
            if size is not None and self.given_sizes.get(name, size) != size:
                wrong = f"{name} stands for {self.given_sizes[name]} and for {size}"
                raise self.error(item, wrong, "use a letter for each, or a layer in which they are equal")
            if size is not None:
                self.given_sizes[name] = size
                self.by_place.add(name)
                self.readings.setdefault(f"{name} is {size}")

    def is_half(self, item: Node, name: str, body: Node) -> bool:
        """Whether r of a sum from -r to r is (K - 1)/2 for the number K of the kernel along which it runs."""
        sizes = [self.size_along(index, body) for index in names_in(item.children[0]) if index != name]
        half = next(((one - 1) / 2 for one in sizes if one is not None), None)
        if half is None or not half.is_Integer:
            return False
        self.given_sizes[name] = half
        self.readings.setdefault(f"{name} is {half}")
        return True

    def last_of(self, node: Node) -> str | None:
        """M of M and of M - 1; n_f of n_f, unless that is the name of a size."""
        if node.data in ("add", "subtract") and node.children[1].data == "number":
            node = node.children[0]
        if node.data == "entry" and not self.is_size(node):
            name, below = plain(node.children[0].children[0]), subscript_text(node.children[1])
            is_word = below.isalpha() and (len(below) > 1 or name not in self.names.known)
            is_new = is_word and self.spelled_size(f"{name}_{below}") is None
            return f"{name}_{below}" if is_new else None
        return plain(node.children[0]) if node.data == "name" else None

    def letters_in(self, node: Node) -> list[str]:
        """The letters of a condition that are not sizes."""
        return [name for name in names_in(node) if len(name) == 1 and name.islower() and not self.is_known(name)]

    def is_known(self, name: str) -> bool:
        """Whether a name has a meaning already."""
        tensor = self.names.known.get(name)
        is_scalar = tensor is not None and not self.names.tensors[tensor].rank
        if name in self.bound or name in self.indices:
            return True
        known = {*self.names.sizes, *self.given_sizes} - self.alone
        return is_scalar or name in known or self.names.label(name) is not None

    def size_along(self, index: str, body: Node) -> sp.Expr | None:
        """The size of the axis of a tensor in the body along which an index runs by itself."""
        for name, items in self.entries_in(body):
            tensor = self.names.tensors.get(self.names.known.get(name, ""))
            if tensor is None or tensor.shape is None:
                continue
            letters = [plain(one.children[0]) if one.data == "name" else "" for one in items]
            if len(letters) == 1 != tensor.rank and letters[0]:
                letters = list(letters[0])
            if len(letters) == tensor.rank and index in letters:
                return self.layer.writer.polynomial(tensor.shape[letters.index(index)])
        return None

    def entries_in(self, body: Node) -> Iterator[tuple[str, Sequence[Node]]]:
        """The names of entries and their indices: of x[i], x_i and x(i)."""
        for node in nodes_of(body):
            if (entry := entry_in(node)) is not None and node.data in ("entry", "access"):
                yield entry
            elif node.data == "times":
                for head, arguments in pairwise([part for _, part in chain_of(node, ("times",))]):
                    if arguments.data == "parens" and head.data == "name":
                        yield plain(head.children[0]), arguments.children

    def _is_condition(self, below: Below, node: Node) -> bool:
        """Whether what stands in front of = is not an index of the sum: i + k = j, or j = i + k of an entry j."""
        if node.data != "name":
            return bool(node.data != "entry")
        name = plain(node.children[0])
        return bool(name in below.limits or name in self.bound or name in self.indices)

    def _letters(self, below: Below) -> None:
        """The letters that conditions without an index are about."""
        sides: Iterable[Node] = [side for pair in below.equal for side in pair]
        for node in (*sides, *(side for one in below.compared for side in one.children if isinstance(side, Tree))):
            for name in names_in(node, self.is_size):
                for letter in self.parts_of(name):
                    is_size = letter in self.names.sizes and letter not in self.alone
                    known = is_size or letter in self.bound or letter in self.indices
                    if not known and letter not in self.names.known:
                        below.limits.setdefault(letter, (-sp.oo, sp.oo))

    def is_size(self, node: Node) -> bool:
        """Whether an entry is the name of a size: C_in, K_1."""
        if node.data != "entry":
            return False
        name, subscript = plain(node.children[0].children[0]), node.children[1]
        below = {subscript_text(subscript, between) for between in ("", "_")}
        spelled = {f"{name}{between}{one}" for between in ("", "_") for one in below}
        return not spelled.isdisjoint(self.names.sizes)

    def parts_of(self, name: str) -> list[str]:
        """si as s and i, unless it is one name."""
        if name in self.words or name in self.names.sizes or not name.isalpha() or name in self.bound:
            return [name]
        return list(name)

    def _is_limit(self, below: Below, node: Node) -> bool:
        """Take 0 <= k < K as limits of k, if it is an index that has none."""
        left, *rest = node.children
        sides, signs = [left, *rest[1::2]], [str(sign) for sign in rest[::2]]
        places = [
            at for at, side in enumerate(sides) if side.data == "name" and plain(side.children[0]) in below.limits
        ]
        if len(places) != 1 or len(sides) > 3 or (len(sides) == 3 and places != [1]):
            return False
        at = places[0]
        name = plain(sides[at].children[0])
        low, high = below.limits[name]
        for number, sign in enumerate(signs):
            other = sides[number if number < at else number + 1]
            value, upward = self.whole(other), (sign[0] == "<") == (number >= at)
            strict = 0 if sign.endswith("=") else 1
            if (high if upward else low) not in (sp.oo, -sp.oo):
                return False
            low, high = (low, value - strict) if upward else (value + strict, high)
        below.limits[name] = low, high
        return True

    def over(self, below: Below, body: Node) -> Quotient:
        """The sum of the body over the indices, where the conditions hold."""
        if not below.limits:
            raise self.error(body, "the sum does not say over which index", r"write \sum_k or \sum_{k=0}^{K-1}")
        self.bound += below.limits
        value = self.read(body)
        above = without_cases(value.above)
        for left, right in below.equal:
            above *= sp.KroneckerDelta(self.whole(left), self.whole(right))
        facts = [*below.facts, *(fact for one in below.compared for fact in self.comparisons(one))]
        above = where(above, facts) if facts else above
        del self.bound[len(self.bound) - len(below.limits) :]
        limits = []
        for name, pair in below.limits.items():
            index = self.names.index(name)
            limits.append((index, *(pair if name in below.said else self.in_window(index, pair, above, self.ordered))))
        self.from_one = self.from_one or any(low == 1 for _, low, _ in limits)
        # made as it is: sp.Sum(..) would first take the cases of every factor out of the sum, which may take seconds
        ends = (sp.Tuple(name, *map(sp.sympify, bounds)) for name, *bounds in reversed(limits))
        total = sp.Expr.__new__(sp.Sum, above, *ends)
        total.is_commutative = above.is_commutative
        return Quotient(total, value.below)

    def in_window(
        self, index: sp.Symbol, ends: Sequence[sp.Expr], value: sp.Expr, left: Sequence[str]
    ) -> Sequence[sp.Expr]:
        """The ends of a sum; those of the window, if none are said and no weight says them."""
        window = window_of(self.names, left, index, value) if tuple(ends) == (-sp.oo, sp.oo) else None
        if window is None:
            return ends
        self.readings.setdefault(f"{index} runs over the elements of a window, 0 to {window[1]}")
        return window

    def summed_names(self, node: Node) -> list[str]:
        """The index of a sum; several letters that run together are several indices."""
        if node.data == "limit" and len(node.children) == 1:
            return self.summed_names(node.children[0])
        if node.data == "entry":  # i_1
            return [f"{plain(node.children[0].children[0])}{subscript_text(node.children[1])}"]
        if node.data == "parens":
            return [name for one in node.children for name in self.summed_names(one)]
        letters = self.letters_of(node)
        if letters is None and node.data == "name":
            letters = [plain(node.children[0])]
        if letters is None:
            raise self.error(node, "a sum runs over a letter", r"write sum(k, ..) or \sum_{k=0}^{K-1}")
        name = plain(node.children[0]) if node.data == "name" else ""
        return [name] if name and len(name) > 1 and name[1:].strip("'").isdigit() else letters


REST = sp.Symbol("rest'", integer=True)
"""How much the larger side of a comparison is larger."""


def without_cases(formula: sp.Expr) -> sp.Expr:
    """The formula with [e >= 0] in its sums as the sum of [e = rest] over rest >= 0.

    SymPy takes the cases of an inner sum out of it when an outer one is made, whatever they depend on.
    """
    cases = {one for total in formula.atoms(sp.Sum) for one in total.atoms(sp.Piecewise)}
    if not cases:
        return formula
    others = {}
    for one in cases:
        (value, condition), _ = one.args
        for fact in sp.And.make_args(condition):
            value *= sp.Sum(sp.KroneckerDelta(_least(fact), REST), (REST, 0, sp.oo))
        others[one] = value
    return formula.xreplace(others)


def _least(fact: sp.Basic) -> sp.Expr:
    """What a comparison says to be at least 0."""
    difference = fact.lhs - fact.rhs
    strict = 1 if isinstance(fact, (sp.Gt, sp.Lt)) else 0
    return (difference if isinstance(fact, (sp.Ge, sp.Gt)) else -difference) - strict


def _sides(node: Node) -> list[Node]:
    """The ends of a set, the sides of a comparison; else the node itself."""
    if node.data in ("listed", "counted", "comparison"):
        return [child for child in node.children if isinstance(child, Tree)]
    return [node]


def _is_centered(item: Node, upper: Node | None, name: str) -> bool:
    """Whether a sum runs from -r to r."""
    if item.data != "limit" or len(item.children) < 2 or upper is None:
        return False
    low = item.children[1]
    ends = [low.children[0] if low.data == "negative" else None, upper]
    return all(one is not None and one.data == "name" and plain(one.children[0]) == name for one in ends)
