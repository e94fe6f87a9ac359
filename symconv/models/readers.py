"""The table of readers: one entry for a kind of node, whatever it is called in PyTorch, ONNX or Keras.

A reader gets a ``Call``, what stands at the node, and answers with pieces, with a join of several inputs, with its
input itself if the node changes nothing, or raises ``UnreadError`` with the reason. To read one more kind of node is to
add an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import sympy as sp

from symconv.geometry.arguments import Number
from symconv.models.parts import Piece, UnreadError
from symconv.networks.joins import Join

Shape: TypeAlias = tuple[Number, ...]


BATCH = sp.Symbol("batch size of the model", integer=True, positive=True)
"""Stands for the number of examples where a model asks for it, if the input has no batch axis."""


@dataclass(frozen=True)
class Tensor:
    """A tensor between two nodes.

    Args:
        name: the node that makes it, or the model's input.
        shape: of one example, channels first; None if it is not known.
        batch: the number of examples.
        batch_at: which axis the batch is as the model sees it, if it has moved it; here it is always the first.
    """

    name: str
    shape: Shape | None
    batch: Number = BATCH
    batch_at: int = 0

    @property
    def whole(self) -> Shape:
        """The shape with its batch, as the model sees it.

        Raises:
            UnreadError: it is not known, or the batch is not the first axis.
        """
        if self.batch_at:
            raise UnreadError(f"the batch is axis {self.batch_at} of {self.name}, and not its first")
        return self.seen

    @property
    def seen(self) -> Shape:
        """The shape with its batch, wherever the model has moved it."""
        if self.shape is None:
            raise UnreadError(f"the shape of {self.name} is not known")
        return (*self.shape[: self.batch_at], self.batch, *self.shape[self.batch_at :])


@dataclass(frozen=True)
class Joined:
    """Several tensors as one: the module that joins them, and the tensors, two or more."""

    how: Join
    inputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class Moved:
    """Pieces in a row, or the input itself, behind which the model has its batch at another place."""

    made: list[Piece] | Tensor
    batch_at: int


@dataclass(frozen=True)
class Step:
    """One of the steps of a node: what it is called, the part or join, and what it reads.

    ``reads`` has tensors, and the names of steps before it.
    """

    name: str
    what: Piece | Join
    reads: tuple[Tensor | str, ...]


@dataclass(frozen=True)
class Steps:
    """A node that is several parts of ours; ``outputs`` are the steps whose outputs it gives, as a tuple.

    Without ``outputs`` it gives that of the last step alone, which has the name of the node.
    """

    steps: tuple[Step, ...]
    outputs: tuple[str, ...] | None = None


Made: TypeAlias = "Piece | list[Piece] | Joined | Steps | Moved | Tensor"


class Call:
    """What stands at a node: its kind, its name and the tensors that it reads."""

    name: str
    kind: str
    inputs: tuple[Tensor, ...]

    @property
    def passed_over(self) -> Sequence[str]:
        """What stands at the node that its reader never asked for, and that may change what it computes."""
        return ()

    @property
    def x(self) -> Tensor:
        """The only tensor that the node reads.

        Raises:
            UnreadError: it reads none, or several.
        """
        if len(self.inputs) != 1:
            raise UnreadError(f"it reads {len(self.inputs)} tensors and not one")
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of one example of the input.

        Raises:
            UnreadError: it is not known.
        """
        if self.x.shape is None:
            raise UnreadError(f"the shape of its input {self.x.name} is not known")
        return self.x.whole[1:]

    @property
    def ndim(self) -> int:
        """The number of spatial axes of the input."""
        return len(self.shape) - 1


Reader: TypeAlias = "Callable[[Any], Made]"
AnyReader = TypeVar("AnyReader", bound="Callable[[Any], Made]")

TABLE: dict[tuple[str, str], Reader] = {}
"""Every reader, by where the node is from and its kind there."""


MOVING: set[Reader] = set()
"""The readers that take a tensor whose batch is not its first axis."""


def moving(reader: AnyReader) -> AnyReader:
    """A reader takes tensors whose batch the model has moved; use it as a decorator."""
    MOVING.add(reader)
    return reader


def reads(source: str, *kinds: str) -> Callable[[AnyReader], AnyReader]:
    """A reader joins the table for these kinds; use it as a decorator."""

    def joined(reader: AnyReader) -> AnyReader:
        TABLE.update({(source, kind): reader for kind in kinds})
        return reader

    return joined


def reader_of(source: str, kind: str) -> Reader:
    """The reader of a kind of node.

    Raises:
        UnreadError: there is none.
    """
    if (source, kind) not in TABLE:
        raise UnreadError(f"symconv does not read {kind}")
    return TABLE[source, kind]
