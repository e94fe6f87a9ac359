"""How the parts of a network are connected: which node reads which, in an order in which they can be computed.

Nothing here knows a shape or a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symconv.errors import SymconvError, instead_of, shown
from symconv.layers import Layer, Lazy
from symconv.networks.modules import Module
from symconv.networks.parts import Given, Node

INPUT = "input"
"""The name under which nodes read the input of a network, if it has only one."""
MOST_NODES = 100_000
LONGEST_NAME = 200


def chain(parts: Sequence[Given], names: Sequence[str] | None) -> tuple[Node, ...]:
    """Parts one after the other; without names each is called by its number.

    Raises:
        SymconvError: there are no parts, not as many names as parts, or a name that cannot be one or is there twice.
    """
    if not parts:
        raise SymconvError("a network without parts", "there is nothing to compute", "give a layer or more")
    if names is None:
        names = [str(number) for number in range(1, len(parts) + 1)]
    elif isinstance(names, str) or not isinstance(names, Sequence):
        raise SymconvError(f"names={shown(names)}", "not a list of names", "give one name for each part")
    elif len(names) != len(parts):
        raise SymconvError(
            f"names={shown(names)}", f"the network has {len(parts)} parts", "give one name for each part"
        )
    taken = {INPUT}
    for name in names:
        _require_name(name, taken)
        taken.add(name)
    return tuple(Node(name, part, (before,)) for name, part, before in zip(names, parts, (INPUT, *names)))


def read_nodes(nodes: Any, inputs: Sequence[str]) -> tuple[Node, ...]:
    """The nodes of a graph, each after those that it reads, and else as they are written.

    Args:
        nodes: by name, each a layer or module, which reads the node before it, or a tuple of it and names.
        inputs: the names of the network's inputs.

    Raises:
        SymconvError: a node is not one, reads something that does not exist, or, through others, itself.
    """
    if not isinstance(nodes, Mapping) or not nodes:
        raise SymconvError(
            f"nodes {shown(nodes)}", "not a map from names to layers",
            'use Graph({"conv": Conv.lazy(..), "add": (Add(), "conv", "input")}, input_shape=..)',
        )  # fmt: skip
    if len(nodes) > MOST_NODES:
        raise SymconvError(f"a graph of {len(nodes):,} nodes", "it is too large", f"use at most {MOST_NODES:,}")
    made: dict[str, Node] = {}
    before: tuple[str, ...] = tuple(inputs)
    for name, said in nodes.items():
        _require_name(name, inputs)
        made[name] = _node(name, said, before)
        before = (name,)
    for node in made.values():
        for source in node.sources:
            if source not in made and source not in inputs:
                raise SymconvError(
                    f"the node {node.name}, which reads {shown(source)}", "not a node of the network",
                    instead_of(source, [*inputs, *made]) if isinstance(source, str) else "name a node, in text",
                )  # fmt: skip
    return tuple(_in_order(made))


def _node(name: str, said: Any, before: tuple[str, ...]) -> Node:
    if not isinstance(said, tuple):
        if len(before) > 1:
            raise SymconvError(
                f"the node {name} without what it reads", f"there are several inputs, {', '.join(before)}",
                f'name one: "{name}": ({said!r}, "{before[0]}")',
            )  # fmt: skip
        return Node(name, said, before)
    if len(said) < 2 or not isinstance(said[0], (Layer, Lazy, Module)):
        raise SymconvError(
            f"the node {name}: {shown(said)}", "it is not a layer or module with names of what it reads",
            f'use "{name}": (Add(), "{before[0]}", ..)',
        )  # fmt: skip
    return Node(name, said[0], said[1:])


def _require_name(name: Any, taken: Iterable[str]) -> None:
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise SymconvError(f"{shown(name)} as the name of a node", "not a name", "use text such as conv1")
    if name in taken:
        raise SymconvError(f"a node called {name}", "another node or the input has that name", "use another name")


def _in_order(nodes: Mapping[str, Node]) -> list[Node]:
    """Every node after those that it reads; a depth-first walk, which keeps the order as far as it can.

    Raises:
        SymconvError: there is a cycle.
    """
    done: dict[str, Node] = {}
    for first in nodes:
        path: dict[str, list[str]] = {}
        if first not in done:
            path[first] = [source for source in nodes[first].sources if source in nodes]
        while path:
            name, left = next(reversed(path.items()))
            if not left:
                done[name] = nodes[name]
                del path[name]
                continue
            source = left.pop(0)
            if source in path:
                around = [*path][[*path].index(source) :]
                raise SymconvError(
                    f"the nodes {' -> '.join(shown_few([*around, source]))}",
                    "each reads the next one, so none of them can be computed first", "leave one of these edges out",
                )  # fmt: skip
            if source not in done:
                path[source] = [one for one in nodes[source].sources if one in nodes]
    return list(done.values())


def shown_few(names: Sequence[str], most: int = 12) -> list[str]:
    """The names, or the first and last of many."""
    return [*names] if len(names) <= most else [*names[: most // 2], "..", *names[-(most // 2) :]]


def read_outputs(outputs: Any, nodes: Sequence[Node], inputs: Sequence[str]) -> tuple[str, ...]:
    """The names of the nodes that are outputs: those that are given, or else the one that no other node reads.

    Raises:
        SymconvError: a node is unknown, or a node or an input that is not an output is read by none.
    """
    names = [node.name for node in nodes]
    read = {source for node in nodes for source in node.sources}
    ends = [name for name in names if name not in read]
    if unread := [name for name in inputs if name not in read]:
        raise SymconvError(f"the input {unread[0]}", "no node reads it", "leave it out")
    if outputs is None:
        if len(ends) > 1:
            raise SymconvError(
                f"the nodes {', '.join(shown_few(ends))}", "no node reads them",
                f"leave all but one out, or say that they are outputs: outputs=({', '.join(map(repr, ends))})",
            )  # fmt: skip
        return tuple(ends)
    listed = (outputs,) if isinstance(outputs, str) else tuple(outputs) if isinstance(outputs, (tuple, list)) else ()
    if not listed or len(set(map(repr, listed))) < len(listed):
        raise SymconvError(f"outputs={shown(outputs)}", "not names of nodes, each once", "use outputs=('out', ..)")
    for name in listed:
        if name not in names:
            raise SymconvError(
                f"the output {shown(name)}", "not a node of the network",
                instead_of(name, names) if isinstance(name, str) else "name a node, in text",
            )  # fmt: skip
    if unused := [name for name in ends if name not in listed]:
        raise SymconvError(
            f"the node {unused[0]}", "no node reads it, and it is not an output", "leave it out, or name it in outputs"
        )
    return tuple(name for name in names if name in listed)
