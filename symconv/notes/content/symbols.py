"""The list of symbols of a layer's notes: its indices, and the tensors that its views define."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.notes.languages import Words
from symconv.printing import latex
from symconv.printing.latex import TensorNames
from symconv.printing.notation import LETTERS, latex_name
from symconv.views import View


def symbol_rows(
    conv: Layer, views: Sequence[View], tensor: TensorNames, words: Words, sizes: Mapping[Polynomial, str]
) -> list[tuple[str, str, str]]:
    """Rows (symbol, what it is, from where to where); ``sizes`` has letters for long sizes."""
    names = conv.notation
    stages = [(name, layout) for view in views for name, layout in view.stage_layouts().items()]
    found: dict[str, dict[str, Polynomial]] = {}
    for layout in (conv.input_layout, conv.weight_layout, conv.output_layout, *(layout for _, layout in stages)):
        for axis in axes_of(layout):
            role = next((role for role in LETTERS if _is_of(axis.letter, names.letter_of(role))), None)
            if role is not None:
                found.setdefault(role, {}).setdefault(axis.letter, axis.size)
    rows = [
        (_some([f"${latex_name(letter)}$" for letter in axes]), words(f"symbol.{role}"),
         _range(axes, names.formula_base, sizes))
        for role, axes in found.items()
    ]  # fmt: skip
    defined = {names.dense_weight: "dense_weight", names.patch: "patch"}
    for name, layout in stages:
        if name in defined:
            symbol = tensor.entry(name, [latex_name(axis.letter) for axis in axes_of(layout)])
            rows.append((f"${symbol}$", words(f"symbol.{defined.pop(name)}"), ""))
    return rows


def has_letters(value: Any) -> bool:
    """Whether a parameter, or one of its numbers, has letters in it."""
    if isinstance(value, tuple):
        return any(map(has_letters, value))
    return not isinstance(value, (bool, int, str)) and bool(getattr(value, "free_symbols", ()))


def _is_of(letter: str, usual: str) -> bool:
    """Whether a letter is the usual one, or one of several axes: i, i1."""
    return letter == usual or (letter.startswith(usual) and letter[len(usual) :].isdigit())


def _range(axes: Mapping[str, Polynomial], base: int, sizes: Mapping[Polynomial, str]) -> str:
    """From where to where the indices count, at once if it is the same for all."""
    ends = [latex_name(sizes[size]) if size in sizes else latex.index(size) for size in axes.values()]
    letters = list(map(latex_name, axes))
    if len(set(ends)) == 1:
        ends, letters = ends[:1], [_some(letters, r"\dots")]
    relation = r"\le" if base else "<"
    return _some([rf"${base} \le {letter} {relation} {end}$" for letter, end in zip(letters, ends)])


def _some(items: Sequence[str], dots: str = r"$\dots$") -> str:
    """The items with commas; of more than three the first and the last."""
    return ", ".join(items if len(items) <= 3 else [items[0], dots, items[-1]])
