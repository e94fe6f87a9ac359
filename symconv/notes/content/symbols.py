"""The list of symbols of a layer's notes: its indices, and the tensors that its views define."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.notes.build.templates import Said, enumerated
from symconv.notes.languages import Words
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.notation import LETTERS
from symconv.printing.parts import LOW_DOTS, listed
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Node, Number, Relation
from symconv.views import View


def symbol_rows(
    conv: Layer, views: Sequence[View], tensor: TensorNodes, words: Words, sizes: Mapping[Polynomial, str]
) -> list[tuple[Said, str, Said]]:
    """Rows (symbol, what it is, from where to where); ``sizes`` has letters for long sizes."""
    names = conv.notation
    stages = [(name, layout) for view in views for name, layout in view.stage_layouts().items()]
    found: dict[str, dict[str, Polynomial]] = {}
    for layout in (conv.input_layout, conv.weight_layout, conv.output_layout, *(layout for _, layout in stages)):
        for axis in axes_of(layout):
            role = next((role for role in LETTERS if _is_of(axis.letter, names.letter_of(role))), None)
            if role is not None:
                found.setdefault(role, {}).setdefault(axis.letter, axis.size)
    rows: list[tuple[Said, str, Said]] = [
        (_some(list(map(name_of, axes))), words(f"symbol.{role}"), _range(axes, names.formula_base, sizes))
        for role, axes in found.items()
    ]
    defined = {names.dense_weight: "dense_weight", names.patch: "patch"}
    for name, layout in stages:
        if name in defined:
            symbol = tensor.entry(name, [name_of(axis.letter) for axis in axes_of(layout)])
            rows.append((symbol, words(f"symbol.{defined.pop(name)}"), ""))
    return rows


def has_letters(value: Any) -> bool:
    """Whether a parameter, or one of its numbers, has letters in it."""
    if isinstance(value, tuple):
        return any(map(has_letters, value))
    return not isinstance(value, (bool, int, str)) and bool(getattr(value, "free_symbols", ()))


def _is_of(letter: str, usual: str) -> bool:
    """Whether a letter is the usual one, or one of several axes: i, i1."""
    return letter == usual or (letter.startswith(usual) and letter[len(usual) :].isdigit())


def _range(axes: Mapping[str, Polynomial], base: int, sizes: Mapping[Polynomial, str]) -> Said:
    """From where to where the indices count, at once if it is the same for all."""
    ends: list[Node] = [name_of(sizes[size]) if size in sizes else index(size) for size in axes.values()]
    letters: list[Node] = list(map(name_of, axes))
    if len(set(ends)) == 1:
        ends, letters = ends[:1], [listed(_few(letters))]
    signs = ("<=", "<=" if base else "<")
    return _some([Relation((Number(base), letter, end), signs) for letter, end in zip(letters, ends)])


def _some(items: Sequence[Node]) -> Said:
    """The items with commas; of more than three the first and the last."""
    return enumerated(_few(items))


def _few(items: Sequence[Node]) -> Sequence[Node]:
    return items if len(items) <= 3 else [items[0], LOW_DOTS, items[-1]]
