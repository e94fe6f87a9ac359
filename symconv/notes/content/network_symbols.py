"""The list of symbols of a network's notes: the indices, and every tensor that is not in the table of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from symconv.networks import Graph
from symconv.networks.losses import CrossEntropyPart
from symconv.networks.parts import NetworkPart
from symconv.notes.build.templates import Said, enumerated
from symconv.notes.languages import Words
from symconv.printing.layout import children
from symconv.printing.names import name_of
from symconv.printing.notation import LETTERS
from symconv.printing.parts import Scripts, Symbol, bracketed
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Bound, Name, Node


def network_symbol_rows(network: Graph, tensor: TensorNodes, words: Words) -> list[tuple[Said, str]]:
    """Rows (symbol, what it is)."""
    rows: list[tuple[Said, str]] = [
        (enumerated([*map(name_of, letters)]), words(f"symbol.{role}")) for role, letters in _letters(network).items()
    ]
    if rows:
        rows.append((_primed(network), words("symbol.prime")))
    rows += tensor_rows(network, tensor, words)
    names = network.notation
    loss = network.loss_part
    if loss is not None:
        rows.append((tensor(names.target), words("symbol.target")))
    if isinstance(loss, CrossEntropyPart) and loss.functions():
        rows.append((tensor(loss.functions()[0].name), words("symbol.probability")))
    rows.append((name_of(names.loss), words("symbol.loss")))
    rows.append((_of_part(tensor(names.grad_output)), words("symbol.upstream")))
    if not network.is_chain:
        shares = [_of_part(Scripts(tensor(names.grad_output), Symbol(letter, "upright"))) for letter in "ab"]
        rows.append((enumerated([*shares]), words("symbol.share")))
    return rows


def tensor_rows(network: Graph, tensor: TensorNodes, words: Words) -> list[tuple[Said, str]]:
    """Those of the tensors that parts have beside their outputs."""
    return [(_of_part(tensor(base)), words(f"symbol.{key}")) for key, base in _bases(network)]


def _of_part(node: Node) -> Node:
    """The tensor of part l."""
    if isinstance(node, Scripts):
        return Scripts(node.base, node.below, bracketed(name_of("l")))
    return Scripts(node, None, bracketed(name_of("l")))


def _letters(network: Graph) -> dict[str, list[str]]:
    """The index letters of all formulas by what they run along, in the order of ``LETTERS``."""
    letters: dict[str, None] = {}
    for part in network.parts:
        for formula in part.outputs.values():
            for one in (*(axis.letter for axis in formula.axes), *_read(formula)):
                letters.setdefault(one)
    found: dict[str, list[str]] = {}
    for role in LETTERS:
        own = network.notation.letter_of(role)
        if given := sorted(one for one in letters if one[:1] == own and (one == own or one[1:].isdigit())):
            found[role] = given
    return found


def _read(formula: Any) -> Iterator[str]:
    """The letters of the tensors that a formula reads, and those of its sums."""
    for one in formula.form.operands:
        yield from one.letters
    yield from _summed(formula.tree_right)


def _summed(node: Node) -> Iterator[str]:
    if isinstance(node, Bound) and isinstance(node.name, Name):
        yield node.name.source
    for one in children(node):
        yield from _summed(one)


def _primed(network: Graph) -> Node:
    """A letter with a prime."""
    first = next(iter(_letters(network).values()))[0]
    base = name_of(first)
    assert isinstance(base, Name)
    return Name(base.letters, base.above, base.below, base.primes + 1, base.bold, base.macro)


def _bases(network: Graph) -> list[tuple[str, str]]:
    """What the parts have beside their outputs, (key of its words, name without the part's number), each once."""
    found: dict[str, str] = {}
    for part in network.parts:
        for key, name in _tensors(part):
            found.setdefault(name.removesuffix(str(part.number)), key)
    return [(key, base) for base, key in found.items()]


def _tensors(part: NetworkPart) -> Sequence[tuple[str, str]]:
    names = part.computation.notation
    weights = {names.weight: "weights", names.bias: "bias"}
    made = [(weights.get(name, "parameter"), name) for name in part.parameters]
    made += [("buffer", name) for name in part.buffers]
    made += [("saved", name) for name in part.saved]
    layer = part.layer
    if layer is not None and layer.has_switch:
        made.append(("switch", names.switch))
    if layer is not None and layer.has_scale:
        made.append(("scale", names.scale))
    return made
