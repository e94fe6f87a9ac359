r"""Other orders and numbers of indices: channels last, as in TensorFlow, and \sum_{c=1}^{C} over channels.

There x[b, i, j, c] and filter[a, b, c, o] are entries, and channels and examples may count from 1 where positions count
from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, permutations
from typing import Any

import sympy as sp

from symconv.claims.interpret.definitions import derivative_name
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.parse.names import Names
from symconv.geometry.axes import Layout, axes_of

Order = dict[str, tuple[int, ...]]
"""For every tensor, at which place of the written indices each of its own indices stands."""


def channels_last(names: Names, readings: Sequence[Meaning]) -> Iterator[tuple[list[Meaning], str]]:
    """The claims with their indices in another order, each with how they were read."""
    layer = names.layer
    if (not layer.input_channels and not layer.output_channels) or any(map(_is_of_entries, readings)):
        return
    if all(_is_channels_first(names, reading) for reading in readings):
        return
    images = _images(names)
    both, deep = {**images, **_kernels(names)}, {**images, **_kernels(names, of_depth=True)}
    of_depth = [(deep, "of images and kernels, with the group first,")] if layer.group_axes else []
    for order, words in ((both, "of images and kernels"), (images, "of images"), *of_depth):
        turned = [_in_order(reading, order) for reading in readings]
        if any(new is not old for new, old in zip(turned, readings)):
            yield turned, f"the channels {words} are their last indices"


def _is_channels_first(names: Names, reading: Meaning) -> bool:
    """Whether indices show that channels come first: x[c, s i + k], or a left side h[o, i] in the axes' letters."""
    layer = names.layer
    channels = {axis.letter for axis in (*layer.input_channels, *layer.output_channels, *layer.group_axes)}
    left = reading.left
    if left is not None and left[0] in names.tensors and not reading.scattered:
        own = names.tensors[left[0]].letters
        if any(str(index) == letter for index, letter in zip(left[1], own) if letter in channels):
            return True
    for entry in reading.value.above.atoms(sp.Indexed):
        tensor = names.tensors.get(str(entry.base.label))
        pairs = list(zip(tensor.letters, entry.indices)) if tensor is not None else []
        plain = all(index.is_Symbol or index.is_Integer for letter, index in pairs if letter in channels)
        if plain and any(not index.is_Symbol for letter, index in pairs if letter not in channels):
            return any(letter in channels for letter, _ in pairs)
    return False


def turned_matrix(names: Names, readings: Sequence[Meaning]) -> Iterator[tuple[list[Meaning], str]]:
    """W[i, j] = w[j - i] with the outputs down the rows, if W is a name of the claim for the dense weight."""
    own = names.layer.notation.dense_weight
    letters = [words.split()[0] for words in names.said if words.endswith("is the dense weight")]
    for reading in readings if letters and len(readings) == 1 else ():
        if reading.left is not None and reading.left[0] == own:
            first = sum(len(one) for one in names.layouts[own][: len(names.layouts[own]) - names.layer.ndim - 1])
            first = len(reading.left[1]) // 2 if len(names.layouts[own]) == 2 else first
            indices = reading.left[1][first:] + reading.left[1][:first]
            yield [replace(reading, left=(own, indices))], f"{letters[0]} has the outputs down the rows"


def turned_patches(names: Names, readings: Sequence[Meaning]) -> Iterator[tuple[list[Meaning], str]]:
    """P[c, i, j, a, b] and the like: positions, channels and kernel offsets of the patches in any order."""
    layer = names.layer
    own = layer.notation.patch
    if own not in names.layouts or any(map(_is_of_entries, readings)) or not any(_has(one, own) for one in readings):
        return
    letters, first = names.tensors[own].letters, len(layer.batch_axes)
    parts = range(first, len(letters))
    positions, channels, offsets = parts[: layer.ndim], parts[layer.ndim : -layer.ndim], parts[-layer.ndim :]
    for blocks in list(permutations(filter(None, (positions, channels, offsets))))[1:]:
        written = (*range(first), *chain(*blocks))
        turned = [_in_order(reading, {own: tuple(map(written.index, range(len(written))))}) for reading in readings]
        if any(new is not old for new, old in zip(turned, readings)):
            yield turned, f"the indices of {own} are written in the order {', '.join(letters[at] for at in written)}"


def _has(reading: Meaning, tensor: str) -> bool:
    """Whether a tensor is on the left side of a claim or on its right."""
    entries = reading.value.above.atoms(sp.Indexed)
    return (reading.left is not None and reading.left[0] == tensor) or any(str(one.base) == tensor for one in entries)


def _is_of_entries(reading: Meaning) -> bool:
    """Whether a claim is about single entries, whose labels and numbers have the layer's own order."""
    left = () if reading.left is None else reading.left[1]
    return bool(reading.labels) or any(index.is_Integer for index in left)


def _images(names: Names) -> Order:
    """x[b, i, j, c]: the channels after the positions."""
    layer, notation = names.layer, names.layer.notation
    tensors = {
        notation.input: layer.input_layout, derivative_name(layer, notation.input): layer.input_layout,
        notation.output: layer.output_layout, notation.grad_output: layer.output_layout,
    }  # fmt: skip
    first = len(layer.batch_axes)
    found: Order = {}
    for name, layout in tensors.items():
        rank = len(axes_of(layout))
        channels, positions = rank - first - layer.ndim, layer.ndim
        places = (*range(first), *(first + positions + at for at in range(channels)), *range(first, first + positions))
        found[name] = places
    return found


def _kernels(names: Names, of_depth: bool = False) -> Order:
    """filter[a, b, c, o]: positions, then input channels, then output channels.

    ``of_depth`` is filter[a, b, k, q] of a depthwise layer: positions, then the group, then its output channel.
    """
    layer, notation = names.layer, names.layer.notation
    layout: Layout = layer.weight_layout if layer.fixed_kernel is None else ()
    axes = axes_of(layout)
    channels = len(axes) - layer.ndim
    if channels < 1:
        return {}
    heads = range(channels) if of_depth else range(channels)[::-1]
    places = (*(layer.ndim + at for at in heads), *range(layer.ndim))
    return {notation.weight: places, derivative_name(layer, notation.weight): places}


def _in_order(reading: Meaning, order: Order) -> Meaning:
    """The claim with every entry's indices where the order has them."""

    def own(name: str, written: Sequence[Any]) -> tuple[Any, ...]:
        places = order.get(name, ())
        return tuple(written[at] for at in places) if len(places) == len(written) else tuple(written)

    entries = reading.value.above.atoms(sp.Indexed)
    turned = {one: one.base[own(str(one.base.label), one.indices)] for one in entries}
    left = None if reading.left is None else (reading.left[0], own(*reading.left))
    if left == reading.left and all(new == old for old, new in turned.items()):
        return reading
    return replace(reading, left=left, value=replace(reading.value, above=reading.value.above.xreplace(turned)))


def channels_from_one(names: Names, reading: Meaning) -> Meaning:
    r"""The claim with channels and examples counted from 0, if it has sums from 1 to their number."""
    formula = reading.value.above
    if not reading.from_one:
        return reading
    sums = {total: _from_zero(names, total) for total in formula.atoms(sp.Sum)}
    turned = {total: other for total, (other, _) in sums.items() if other is not total}
    if not turned:
        return reading
    letters = dict.fromkeys(sorted(str(name) for _, moved in sums.values() for name in moved))
    said = f"{', '.join(letters)} count{'s' if len(letters) == 1 else ''} from 1"
    while (other := formula.xreplace(turned)) != formula:
        formula = other
        turned = {t: o for t in formula.atoms(sp.Sum) if (o := _from_zero(names, t)[0]) is not t}
    return replace(reading, value=replace(reading.value, above=formula), readings=(*reading.readings, said))


def _from_zero(names: Names, total: sp.Sum) -> tuple[sp.Sum, list[sp.Symbol]]:
    """A sum with the limits 0 and C - 1 for 1 and C, where its index is that of channels or examples by itself."""
    limits, moved = [], []
    for name, low, high in total.limits:
        if low == 1 and _numbers_channels(names, total.function, name, high):
            limits.append((name, 0, high - 1))
            moved.append(name)
        else:
            limits.append((name, low, high))
    return (sp.Sum(total.function, *limits), moved) if moved else (total, [])


def _numbers_channels(names: Names, body: sp.Expr, name: sp.Symbol, size: sp.Expr) -> bool:
    """Whether an index stands only by itself, on axes of channels or examples of that size."""
    layer = names.layer
    some = (*layer.batch_axes, *layer.group_axes, *layer.output_channels, *layer.input_channels)
    letters = {axis.letter: layer.writer.polynomial(axis.size) for axis in some}
    entries = [one for one in body.atoms(sp.Indexed) if name in one.free_symbols]
    if not entries or body.xreplace(dict.fromkeys(entries, sp.S.One)).has(name):
        return False
    for entry in entries:
        tensor = names.tensors.get(str(entry.base.label))
        own = tensor.letters if tensor is not None else ()
        for letter, index in zip(own, entry.indices):
            if index.has(name) and (index != name or letters.get(letter) != size):
                return False
    return True
