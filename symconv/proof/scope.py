"""In words: for what a theorem holds."""

from __future__ import annotations

from collections.abc import Iterable

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.sympy_out import Writer
from symconv.geometry.shapes import Geometry


def in_words(assumptions: Assumptions, names: Iterable[str], writer: Writer, hidden: Iterable[str] = ()) -> str:
    """All whole numbers .. >= 1, .. >= 0 and every .., such that ..; "this shape" if there is no name.

    ``hidden`` are facts left out because they only say that an index is inside its tensor.
    """
    wanted = assumptions.underlying(names)
    if not wanted:
        return "this shape"
    by_bound: dict[int | None, list[str]] = {}
    for name in sorted(wanted):
        by_bound.setdefault(assumptions.bounds.get(name), []).append(name)
    parts = [
        ", ".join(group) + (f" >= {bound}" if bound is not None else "")
        for bound, group in sorted(by_bound.items(), key=lambda item: (item[0] is None, -(item[0] or 0)))
    ]
    text = "all whole numbers " + " and ".join(parts)
    conditions = [f"{writer.text(fact)} >= 0" for fact in assumptions.facts if not fact.names & set(hidden)]
    conditions += [
        f"{writer.text(defined.denominator)} dividing {writer.text(defined.numerator)}"
        for defined in assumptions.definitions.values()
        if isinstance(defined, Floor) and defined.exact
    ]
    return text + (" with " + " and ".join(conditions) if conditions else "")


def layer_scope(layer: Geometry) -> str:
    """For what a statement about a layer's tensors holds."""
    if layer.is_concrete:
        weights = ", the weights" if layer.fixed_kernel is None else ""
        return f"{shape_scope(layer)}, and all values of the input{weights} and the upstream gradient"
    return f"every shape: {shape_scope(layer)}, and all values of the tensors"


def shape_scope(layer: Geometry) -> str:
    """For what a statement about a layer's sizes holds, which has no tensors."""
    if layer.is_concrete:
        return "this shape"
    sizes = in_words(layer.assumptions, layer.symbol_names, layer.writer)
    return f"{sizes}{layer.fitting and f' ({layer.fitting})'}"
