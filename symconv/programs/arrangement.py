"""In which order a function has a tensor's dimensions: NCHW, NHWC, HWIO, flattened as O(IHW), a batch of one.

symconv has every tensor as PyTorch does. A function may have it otherwise; an ``Arrangement`` says how, and is the
same for arrays of symbols, for arrays of numbers and for tensors that are only read about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SymconvError
from symconv.foundations.arrays import Array
from symconv.foundations.later import np
from symconv.geometry.axes import Layout
from symconv.layers import Layer

Size = TypeVar("Size", int, Polynomial)

SPATIAL = {1: ("W", "L"), 2: ("HW",), 3: ("DHW",)}
"""Letters of the spatial axes, by their number; the first is the usual one."""
SAME = {"F": "O", "K": "O"}
"""Letters that some use for the output channels of weights."""


@dataclass(frozen=True)
class Arrangement:
    """How a function has a tensor: each of its dimensions is some of the tensor's, flattened row-major.

    Args:
        groups: for every dimension of the function's array, which dimensions of the tensor it is made of, by number;
            none for a dimension of one element that the tensor does not have.
        rank: the number of the tensor's dimensions. One that is in no group has one element.

    >>> nhwc = Arrangement(((0,), (2,), (3,), (1,)), 4)
    >>> nhwc.shape((8, 3, 32, 30))
    (8, 32, 30, 3)
    """

    groups: tuple[tuple[int, ...], ...]
    rank: int

    @staticmethod
    def usual(rank: int) -> Arrangement:
        """As PyTorch has it."""
        return Arrangement(tuple((at,) for at in range(rank)), rank)

    @property
    def is_usual(self) -> bool:
        """Whether it is as PyTorch has it."""
        return self == Arrangement.usual(self.rank)

    @property
    def order(self) -> tuple[int, ...]:
        """The tensor's dimensions in the order in which the function has them; first those of one element."""
        used = [at for group in self.groups for at in group]
        return (*(at for at in range(self.rank) if at not in used), *used)

    def shape(self, shape: Sequence[Size]) -> tuple[Any, ...]:
        """The shape of the function's array, by the tensor's."""
        return tuple(_product([shape[at] for at in group]) for group in self.groups)

    def original(self, shape: Sequence[int]) -> tuple[int, ...] | None:
        """The tensor's shape by that of the function's array; None if dimensions are flattened or left out."""
        if len(shape) != len(self.groups) or any(len(group) > 1 for group in self.groups):
            return None
        sizes = {group[0]: size for group, size in zip(self.groups, shape) if group}
        return tuple(sizes.get(at, 1) for at in range(self.rank))

    def arranged(self, tensor: Array) -> Array:
        """The tensor as the function has it."""
        return np.reshape(np.transpose(tensor, self.order), self.shape(tensor.shape))

    def restored(self, array: Array, shape: Sequence[int]) -> Array:
        """The function's array as the tensor, of that shape."""
        moved = np.reshape(array, [shape[at] for at in self.order])
        return np.transpose(moved, np.argsort(self.order))


def _product(sizes: Sequence[Any]) -> Any:
    if len(sizes) == 1:
        return sizes[0]
    return prod(sizes, start=ONE if any(isinstance(size, Polynomial) for size in sizes) else 1)


def letters_of(layer: Layer, role: str) -> str:
    """A letter for every dimension of a tensor as PyTorch has it: NCHW, OIHW, O.

    >>> from symconv import Conv
    >>> letters_of(Conv((5, 5), (3, 3)), "weight"), letters_of(Conv(5, 3, batch_size=2), "input")
    ('OIHW', 'NCW')
    """
    spatial = SPATIAL.get(layer.ndim, ("",))[0]
    if role in ("weight", "grad_weight"):
        return ("IO" if layer.inputs_first else "OI") + spatial
    if role in ("bias", "grad_bias"):
        return "O"
    return ("N" if layer.batch is not None else "") + "C" + spatial


def arrangement(layer: Layer, role: str, layout: Layout, text: str | None) -> Arrangement:
    """How a function has a tensor, by letters such as NHWC, HWIO, O(IHW), 1HW; None for as PyTorch has it.

    Args:
        role: "input", "weight", "bias", "output", or a gradient.
        layout: of the tensor.

    Raises:
        SymconvError: a letter is unknown, comes twice, or is missing though its dimension may have several elements.

    >>> from symconv import Conv
    >>> conv = Conv((5, 5), (3, 3), in_channels=2, batch_size=4)
    >>> arrangement(conv, "input", conv.input_layout, "NHWC").groups
    ((0,), (2,), (3,), (1,))
    """
    rank = len(layout)
    if text is None:
        return Arrangement.usual(rank)
    letters = letters_of(layer, role)
    if len(letters) != rank:
        raise SymconvError(f"the layout {text[:40]} of {role}", "this tensor has no letters", "leave the layout out")
    groups = tuple(_group(layer, role, letters, part, text) for part in _parts(text))
    used = [at for group in groups for at in group]
    if len(set(used)) < len(used):
        raise SymconvError(f"the layout {text[:40]} of {role}", "a letter comes twice", f"use {letters} in any order")
    for at, dimension in enumerate(layout):
        if at not in used and prod((axis.size for axis in dimension), start=ONE) != ONE:
            wrong = f"{letters[at]} is missing, which may have several elements"
            raise SymconvError(f"the layout {text[:40]} of {role}", wrong, f"use {letters} in any order")
    return Arrangement(groups, rank)


def _group(layer: Layer, role: str, letters: str, part: str, text: str) -> tuple[int, ...]:
    """The dimensions that one part of the text names."""
    if part == "1" or (part == "N" and "N" not in letters and letters[0] == "C"):
        return ()
    group = []
    for letter in part:
        letter = letter if letter in letters else _other_letter(letters, letter)
        if letter not in letters:
            right = f"use {letters} in any order, brackets around axes that are flattened, 1 for an axis of one element"
            raise SymconvError(f"the layout {text[:40]} of {role}", f"{letter} is not one of its axes", right)
        group.append(letters.index(letter))
    return tuple(group)


def _other_letter(letters: str, letter: str) -> str:
    """The usual letter where another is written: L for the one spatial axis, C and F in weights."""
    if letter in ("L", "T") and "W" in letters and "H" not in letters:
        return "W"
    if letter == "C" and "I" in letters:
        return "I"
    return SAME.get(letter, letter) if "O" in letters else letter


def _parts(text: str) -> list[str]:
    """A text such as O(IHW) as its parts, O and IHW."""
    parts: list[str] = []
    rest = text.replace(" ", "")
    while rest:
        if rest[0] == "(":
            inside, closing, rest = rest[1:].partition(")")
            if not closing or "(" in inside:
                raise SymconvError(f"the layout {text[:40]}", "its brackets do not match", "write O(IHW)")
            parts.append(inside)
        else:
            parts.append(rest[0])
            rest = rest[1:]
    return parts
