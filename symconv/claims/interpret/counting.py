r"""From which number labels and indices count, as the claims themselves show.

\sum_{k=1}^{K} counts from 1, and X0 from 0; otherwise the entry would not exist. Labels with one number each, in a
plane, are numbered row by row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from symconv.algebra.polynomial import Polynomial
from symconv.claims.interpret.uses import entry_in
from symconv.claims.parse.names import Names
from symconv.claims.parse.text import Node, is_whole, plain
from symconv.claims.parse.written import Written

_OF_DERIVATIVE = re.compile(r"(?:d[A-Za-z]+\s*[/_]\s*)?d([A-Za-z]+?)(\d+|(?:_\d+)+)")
_LABELS = re.compile(r"(.*?[A-Za-z])(\d+|(?:_\d+)+)")


def bases(names: Names, written: Sequence[Written], base: int, given: bool) -> list[int]:
    """The numbers from which indices may count: one if the caller has said it or nothing shows another."""
    if given or not written or base:
        return [base]
    return [0, 1] if any(_counts_from_1(names, node) for node in _nodes(written)) else [0]


def _nodes(written: Sequence[Written]) -> list[Node]:
    return [node for one in written for node in (*one.left_nodes, *one.right_nodes)]


def counted(names: Names, written: Sequence[Written]) -> Names:
    """The names, with labels read as the claims number them."""
    if not names.layer.is_concrete:
        return names
    nodes = _nodes(written)
    if all(_is_there(names, node) for node in nodes):
        return names
    labels = [label for node in nodes for label in _labels(names, node)]
    own = names.label_base
    ways = [names.renamed({}, (), 1 - own)]
    planes = sorted({tensor for tensor, _ in labels if len(names.shape(tensor)) > 1})
    odd = {tensor for tensor, numbers in labels if not names.is_entry(tensor, numbers)}
    for tensor in planes if odd.issuperset(planes) else ():
        size = prod(names.shape(tensor))
        shown = f"{tensor} is numbered row by row, {tensor}{own} to {tensor}{size - 1 + own}"
        ways[:0] = [ways[0].renamed({}, (shown,), own, frozenset((tensor,)))]
    if len(ways) > 1:
        every = frozenset().union(*(way.flat for way in ways))
        said = tuple(words for way in reversed(ways) for words in way.said)
        ways.insert(0, names.renamed({}, tuple(dict.fromkeys(said)), own, every))
    for way in ways:
        if all(way.is_entry(tensor, numbers) for tensor, numbers in labels):
            return way
    return names


def _is_there(names: Names, node: Node) -> bool:
    """Whether every entry that a node names by its label is one that the layer has."""
    entry = names.label(plain(node.children[0])) if node.data == "name" else None
    return (entry is not None and entry.index is not None) or all(
        names.is_entry(tensor, numbers) for tensor, numbers in _labels(names, node)
    )


def _labels(names: Names, node: Node) -> list[tuple[str, list[str]]]:
    """The tensor and the numbers of every label that a node is."""
    if node.data == "name":
        text = plain(node.children[0])
        pairs = _LABELS.findall(text) if text[-1].isdigit() and text not in names.sizes else []
        if "".join(map("".join, pairs)) == text:  # X1w1 is two labels
            return [(names.known[one], at.strip("_").split("_")) for one, at in pairs if one in names.known]
    elif node.data == "derivative_entry" and len(node.children) == 1:  # dL/dw1, dw1
        label = _OF_DERIVATIVE.fullmatch(plain(node.children[0]))
        if label is not None and label[1] in names.known:
            return [(names.known[label[1]], label[2].strip("_").split("_"))]
    elif node.data == "derivative" and (found := entry_in(node.children[-1])) is not None:  # by an output: delta
        own = names.layer.notation
        if names.known.get(found[0]) == own.output and found[1] and all(map(is_whole, found[1])):
            return [(own.grad_output, [str(item.children[0]) for item in found[1]])]
    elif node.data == "entry" and (found := entry_in(node)) is not None:  # the number of h[0] is an index
        name, items = found
        if name in names.known and items and all(map(is_whole, items)):
            return [(names.known[name], [str(item.children[0]) for item in items])]
    return []


def _counts_from_1(names: Names, node: Node) -> bool:
    """Whether a sum runs from 1 to a size, or a number stands for the last entry of an axis counted from 1."""
    if node.data == "sum_head":
        uppers = [child for child in node.children if child.data != "limits"]
        lows = [one.children[1] for child in node.children if child.data == "limits"
                for one in child.children if one.data == "limit" and len(one.children) > 1]  # fmt: skip
        return bool(uppers) and any(map(_is_one, lows)) and uppers[0].data in ("name", "entry", "number")
    if node.data in ("range", "limit") and len(node.children) == 3:
        _, low, high = node.children
        return _is_one(low) and high.data in ("name", "entry", "number")
    if names.layer.is_concrete or (found := entry_in(node)) is None:
        return False
    name, items = found
    tensor = names.tensors.get(names.known.get(name, ""))
    shape = () if tensor is None else tensor.shape or ()
    return any(_is_last(item, size) for item, size in zip(items, shape))


def _is_last(item: Node, size: Polynomial) -> bool:
    """Whether an index is the number of entries: 3 or K, as in w_1 x_i + .. + w_K x_{i+K-1}."""
    if item.data == "name":
        return size == Polynomial.name(plain(item.children[0]))
    return is_whole(item) and size.value is not None and int(str(item.children[0])) == size.value


def _is_one(node: Node) -> bool:
    return is_whole(node) and str(node.children[0]) == "1"
