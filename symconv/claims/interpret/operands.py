"""The layer's operation on a left side: [X1 X2 X3] conv [w1 w2] = .., and x * w = .., are about the output."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from symconv.claims.parse.names import Names
from symconv.claims.parse.statements import Container
from symconv.claims.parse.text import Node, parse, plain
from symconv.errors import ClaimError


def is_operation(names: Names, node: Node, text: str, containers: Mapping[str, Container]) -> bool:
    """Whether a side is the input and the kernel with a sign between, by name or entry by entry.

    Raises:
        ClaimError: a list of it has other entries; the message has the place.
    """
    if node.data not in ("times", "convolved") or len(node.children) != 2:
        return False
    own = names.layer.notation
    roles = [_tensor(names, one, text, containers) for one in node.children]
    return sorted(map(str, roles)) == sorted((own.input, own.weight))


def _tensor(names: Names, node: Node, text: str, containers: Mapping[str, Container]) -> str | None:
    """The tensor that an operand is; a list is the one of which it has every entry in order."""
    if node.data == "name":
        return names.known.get(plain(node.children[0]))
    if node.data != "matrix" or not names.layer.is_concrete:
        return None
    container = containers[str(node.children[0])]
    cells = [_label(names, parse(text, cell)) for cell in container.cells]
    for tensor in (names.layer.notation.input, names.layer.notation.weight):
        if tensor in names.layouts and cells == _labels(names, tensor):
            return tensor
    at = getattr(node.meta, "start_pos", None)
    wrong = "the operands of conv are not the entries of the input and of the kernel in their order"
    raise ClaimError(text, wrong, "write h = .., or the labels as they are printed", text, at)


def _label(names: Names, node: Node) -> str:
    """The printed label of one entry."""
    text = "".join(map(plain, node.scan_values(lambda token: True)))
    if node.data == "entry":
        name, *numbers = map(plain, node.scan_values(lambda token: True))
        text = name + ("_" + "_".join(numbers) if len(numbers) > 1 else "".join(numbers))
    entry = names.label(text)
    return text if entry is None else entry.label


def _labels(names: Names, tensor: str) -> list[str]:
    """Every label of a tensor, in row-major order."""
    return [names.entry_at(tensor, index).label for index in product(*map(range, names.shape(tensor)))]
