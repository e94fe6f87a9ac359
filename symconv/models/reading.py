"""Reading a model: its nodes one after the other, each with the shapes of its inputs and of its output.

What cannot be represented becomes a node with a reason, and reading goes on from the shape that the model itself
states for it, if it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.errors import SizeLimitError, SymconvError, shown
from symconv.foundations.values import FrozenMapping
from symconv.geometry.arguments import Number
from symconv.layers import Layer, Lazy
from symconv.models.parts import Piece, UnreadError, Weight
from symconv.models.readers import BATCH, MOVING, Call, Joined, Moved, Shape, Steps, Tensor, reader_of
from symconv.networks.naming import path_letters
from symconv.networks.network import Graph
from symconv.networks.parts import Given

MOST_NODES = 5_000
LONGEST_NAME = 1_000


@dataclass(frozen=True)
class Node:
    """One row of a model's table.

    Args:
        name: what the model calls it. ``kind``: its kind there.
        sources: the tensors that it reads, by the names of the nodes that make them.
        shape: of one example of its output; None if it is not known.
        reason: why it is not read; empty if it is.
        given: the layer or module, and ``alone`` the network of it alone.
        weights: the model's tensors by their roles.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    shape: Shape | None
    reason: str = ""
    given: Given | None = None
    alone: Graph | None = None
    weights: Mapping[str, Weight] = FrozenMapping()

    @cached_property
    def layer(self) -> Layer | None:
        """The layer with its sizes, if it is one."""
        if self.alone is None or (made := self.alone.parts[0].layer) is None:
            return None
        return type(made)(**{**made.arguments(), "notation": None})


class Reading:
    """Collects the nodes of a model.

    Args:
        source: where the model is from, as the table of readers has it.
        entries: the model's inputs.
        batch_size: the number of examples, or None for one without a batch axis.
    """

    def __init__(self, source: str, entries: Sequence[Tensor], batch_size: Number | None) -> None:
        self.source, self.batch_size = source, batch_size
        self.entries = tuple(replace(one, batch=self.batch) for one in entries)
        self.nodes: list[Node] = []
        self.sizes: dict[sp.Symbol, sp.Expr] = {}

    @property
    def batch(self) -> Number:
        """The number of examples, or what stands for it."""
        return BATCH if self.batch_size is None else self.batch_size

    def read(self, call: Call, stated: Shape | None = None) -> Tensor | tuple[Tensor, ...]:
        """Read one node, and give its output, or outputs; ``stated`` is the shape that the model states for it."""
        try:
            for one in call.inputs:
                if one.shape is None:
                    raise UnreadError(f"the shape of its input {one.name} is not known")
            reader = reader_of(self.source, call.kind)
            if any(one.batch_at for one in call.inputs) and reader not in MOVING:
                name, at = next((one.name, one.batch_at) for one in call.inputs if one.batch_at)
                raise UnreadError(f"the batch is axis {at} of {name}, and not its first")
            made = reader(call)
            if call.passed_over:
                raise UnreadError(f"symconv does not know its {' and '.join(call.passed_over)}")
            if isinstance(made, Tensor):
                return made
            at = made.batch_at if isinstance(made, Moved) else 0
            made = made.made if isinstance(made, Moved) else made
            if isinstance(made, Tensor):
                return replace(made, batch_at=at)
            if isinstance(made, (Piece, list)) and stated is not None and 0 in stated:
                made = [_perhaps_empty(piece) for piece in (made if isinstance(made, list) else [made])]
            nodes = self._nodes(call, made)
            given = tuple(replace(one, batch_at=at) for one in self._outputs(call, made, nodes))
            if not at:
                _require_stated(given[0].shape, stated)
        except UnreadError as error:
            return self.skip(call.name, call.kind, call.inputs, str(error), stated)
        except SymconvError as error:
            return self.skip(call.name, call.kind, call.inputs, f"{error.given}: {error.wrong}", stated)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            wrong = f"what it says does not fit together: {type(error).__name__}: {error}"
            return self.skip(call.name, call.kind, call.inputs, wrong[:300], stated)
        for node in nodes:
            self._add(node)
        return given if isinstance(made, Steps) and made.outputs is not None else given[0]

    def _outputs(self, call: Call, made: Any, nodes: Sequence[Node]) -> tuple[Tensor, ...]:
        """What a node gives, of which all but ``Steps`` with several outputs give one."""
        if not isinstance(made, Steps) or made.outputs is None:
            return (self._output(nodes[-1]),)
        by_name = {node.name: node for node in nodes}
        return tuple(self._output(by_name[f"{call.name}.{name}"]) for name in made.outputs)

    def _output(self, node: Node) -> Tensor:
        return Tensor(node.name, node.shape, self.batch)

    def skip(self, name: str, kind: str, inputs: Sequence[Tensor], reason: str, stated: Shape | None = None) -> Tensor:
        """A node that is not read."""
        self._add(Node(name, kind, tuple(one.name for one in inputs), stated, reason))
        return Tensor(name, stated, self.batch)

    def _add(self, node: Node) -> None:
        if len(self.nodes) >= MOST_NODES:
            raise SizeLimitError("a model", f"it has more than {MOST_NODES:,} nodes", "read a part of it")
        if len(node.name) > LONGEST_NAME:
            wrong = f"its name has {len(node.name):,} characters, and at most {LONGEST_NAME} are read"
            raise SizeLimitError(f"the node {shown(node.name)}", wrong, "rename it")
        self.nodes.append(node)

    def _nodes(self, call: Call, made: Piece | list[Piece] | Joined | Steps) -> list[Node]:
        if isinstance(made, Joined):
            return [self._bound(call.name, call.kind, Piece(made.how), made.inputs)]
        if isinstance(made, Steps):
            return list(self._steps(call, made))
        return list(self._pieces(call, made if isinstance(made, list) else [made]))

    def _pieces(self, call: Call, pieces: Sequence[Piece]) -> Iterator[Node]:
        current = call.x
        for piece in pieces:
            name = f"{call.name}.{piece.step}" if piece.step else call.name
            yield (node := self._bound(name, call.kind, piece, (current,)))
            current = self._output(node)

    def _steps(self, call: Call, made: Steps) -> Iterator[Node]:
        found: dict[str, Tensor] = {}
        for at, step in enumerate(made.steps, 1):
            is_last = made.outputs is None and at == len(made.steps)
            name = call.name if is_last else f"{call.name}.{step.name}"
            piece = step.what if isinstance(step.what, Piece) else Piece(step.what)
            inputs = tuple(found[one] if isinstance(one, str) else one for one in step.reads)
            yield (node := self._bound(name, call.kind, piece, inputs))
            found[step.name] = self._output(node)

    def _bound(self, name: str, kind: str, piece: Piece, inputs: Sequence[Tensor]) -> Node:
        """The node of a piece, in a network of its own, which finds its output's shape."""
        shapes = {f"x_{letter}": one.shape for letter, one in zip(path_letters(len(inputs)), inputs)}
        alone = Graph({name: (piece.part, *shapes)}, input_shape=shapes, batch_size=self.batch_size)
        shape = alone.output_shape if self.batch_size is None else alone.output_shape[1:]
        for role, weight in piece.weights.items():
            needed = alone.shape_of(alone.part(name).roles[role])
            if weight.arrange is None and weight.shape is not None and not _fits(weight.shape, needed):
                raise UnreadError(f"{weight.name} has shape {weight.shape}, and its input needs shape {needed}")
        sources = tuple(one.name for one in inputs)
        return Node(name, kind, sources, tuple(map(self._named, shape)), "", piece.part, alone, piece.weights)

    def _named(self, size: Number) -> Number:
        """A symbol for a size that is an expression, so that sizes do not grow from node to node."""
        if isinstance(size, int) or size.is_Symbol:
            return size
        if size.is_Integer:
            return int(size)
        for symbol, meaning in self.sizes.items():
            if meaning == size:
                return symbol
        symbol = sp.Symbol(f"m_{len(self.sizes) + 1}", integer=True, positive=True)
        self.sizes[symbol] = size
        return symbol

    def spelled(self, shape: Any) -> Any:
        """A shape in the users' symbols."""
        return tuple(spelled(size, self.sizes) for size in shape)


def _perhaps_empty(piece: Piece) -> Piece:
    """A piece of a node whose output has no elements, as the model states."""
    part = piece.part
    if not isinstance(part, Lazy) or "allow_empty" not in part.kind.PARAMETERS:
        return piece
    return replace(piece, part=Lazy(part.kind, {**part.options, "allow_empty": True}))


def spelled(size: Number, meanings: dict[sp.Symbol, sp.Expr]) -> Number:
    """A size with the meanings of its symbols."""
    expression = sp.sympify(size, strict=True)
    while expression.free_symbols & meanings.keys():
        expression = expression.xreplace(meanings)
    return int(expression) if expression.is_Integer else expression


def _fits(found: Shape, stated: Shape) -> bool:
    """Whether two shapes are the same as far as they are numbers."""
    agree = (a == b or not (isinstance(a, int) and isinstance(b, int)) for a, b in zip(found, stated))
    return len(found) == len(stated) and all(agree)


def _require_stated(found: Shape | None, stated: Shape | None) -> None:
    """An error if the model states another shape than the rules of sizes give; letters are not compared."""
    if found is not None and stated is not None and not _fits(found, stated):
        raise UnreadError(f"the model states the output shape {stated}, and the rule of sizes gives {found}")
