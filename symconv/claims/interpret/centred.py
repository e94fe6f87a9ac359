r"""Kernels numbered from their middle, as in image processing: y_i = \sum_{u=-1}^{1} w_u x_{i+u}."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import sympy as sp

from symconv.claims.interpret.meaning import Meaning
from symconv.claims.parse.names import Names


def centred_kernel(names: Names, readings: Sequence[Meaning]) -> Iterator[tuple[list[Meaning], str]]:
    """The claims with w[u + r] for w[u], if their sums run from -r to r; then with outputs numbered so too."""
    layer, own = names.layer, names.layer.notation
    kernel = layer.values.get("kernel_size")
    if not isinstance(kernel, tuple) or layer.fixed_kernel is not None or any(one.labels for one in readings):
        return
    middles = [(layer.writer.polynomial(size) - 1) / 2 for size in kernel]
    if not all(one.is_Integer and one > 0 for one in middles):
        return
    shifted = [_shifted(reading, own.weight, middles) for reading in readings]
    if all(new is old for new, old in zip(shifted, readings)):
        return
    numbered = f"{own.weight}[{', '.join('0' for _ in middles)}] is the middle of the kernel"
    yield shifted, numbered
    if len(layer.schemes) == len(middles) and all(layer.writer.polynomial(one.s) == 1 for one in layer.schemes):
        lows = [layer.writer.polynomial(scheme.low) for scheme in layer.schemes]
        steps = [
            layer.writer.polynomial(scheme.d) * one - low for scheme, one, low in zip(layer.schemes, middles, lows)
        ]
        moved = [_moved(reading, own.output, steps) for reading in shifted]
        if all(one is not None for one in moved) and any(steps):
            yield (
                [one for one in moved if one is not None],
                f"{numbered}, and an output has the number of the input there",
            )


def _shifted(reading: Meaning, weight: str, middles: Sequence[sp.Expr]) -> Meaning:
    """The claim with the indices of the kernel counted from 0, if its sums over them are about the middle."""
    ends = {name: (low, high) for total in reading.value.above.atoms(sp.Sum) for name, low, high in total.limits}
    turned = {}
    for entry in reading.value.above.atoms(sp.Indexed):
        if str(entry.base.label) != weight:
            continue
        first = len(entry.indices) - len(middles)
        indices = entry.indices[first:]
        if any(not one.is_Symbol or ends.get(one) != (-middle, middle) for one, middle in zip(indices, middles)):
            return reading
        from_0 = (*entry.indices[:first], *(one + by for one, by in zip(indices, middles)))
        turned[entry] = entry.base[from_0]
    value = replace(reading.value, above=reading.value.above.xreplace(turned))
    return replace(reading, value=value) if turned else reading


def _moved(reading: Meaning, output: str, steps: Sequence[sp.Expr]) -> Meaning | None:
    """The claim about h[i] for one about h[i + step]; None of a claim about something else."""
    if reading.left is None or reading.left[0] != output:
        return None
    letters = reading.left[1][len(reading.left[1]) - len(steps) :]
    if not all(letter.is_Symbol for letter in letters):
        return None
    above = reading.value.above.subs({letter: letter + step for letter, step in zip(letters, steps)}, simultaneous=True)
    return replace(reading, value=replace(reading.value, above=above))
