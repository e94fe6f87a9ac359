"""Joins of several tensors: the shape of what comes out, and the module of a graph that does it."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symconv.models.parts import NotRead
from symconv.models.readers import Shape
from symconv.networks.arguments import same

WORDS = {"add": "added", "multiply": "multiplied", "concatenate": "concatenated"}
"""The joins, and what is done with the tensors."""


def join_shape(how: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of tensors that are joined.

    Raises:
        NotRead: the shapes do not go together.
    """
    first = shapes[0]
    start = 1 if how == "concatenate" else 0
    for other in shapes[1:]:
        if len(other) != len(first) or not all(map(same, first[start:], other[start:])):
            raise NotRead(f"tensors of shapes {', '.join(map(str, shapes))} are {WORDS[how]}")
    if how != "concatenate":
        return first
    channels = sp.Add(*(shape[0] for shape in shapes))
    return (int(channels) if channels.is_Integer else channels, *first[1:])
