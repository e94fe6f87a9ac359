"""Spot checks of large layers: some entries of every tensor, each against the sum of its own products.

The entries lie in small blocks: the corners of the tensor in the first trial (so the first and the last of every
range: rows, columns, channels, groups, examples), and in every trial some that are drawn. What they should be is
summed from the products that plain index arithmetic finds (``products.py``). The loss is L = sum of delta * output
with drawn delta, whose derivatives are those sums exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import raveled
from symconv.layers import Layer
from symconv.numeric.products import Joined, Products

Array = npt.NDArray[Any]

MOST_CORNERS = 16
"""Of a tensor of more axes some of the corners are drawn, with the first entry and the last."""
DRAWN_BLOCKS = 2
"""Blocks of every tensor that are drawn in a trial."""
MOST_IN_BLOCK = 16
"""Entries of a block, of which fewer are taken where each has many products."""
PRODUCTS_OF_BLOCK = 2_000_000
PRODUCTS, ELEMENTS = 40_000_000, 50_000_000
"""In all trials together about 40 million products are made one by one, and 50 million numbers drawn: trials are left
out of a layer that has more."""
MOST_SAMPLED = 100
"""At most 100 trials of a large layer are made."""
TOLERANCE = 1e-9
"""The largest error on floats, relative to the largest entry that is compared."""


@dataclass
class Compared:
    """The entries of one quantity that were compared, and the largest error of a view's."""

    entries: set[int] = field(default_factory=set)
    errors: dict[str, float] = field(default_factory=dict)

    def add(self, view: str, error: float) -> None:
        self.errors[view] = float(np.maximum(self.errors.get(view, 0.0), error))  # keeps a nan


class Sampling:
    """What is compared of one layer, in which trials."""

    def __init__(self, layer: Layer, trials: int) -> None:
        self.layer, self.joined = layer, Joined(layer)
        self.roles = [role for role in ("input", "weight", "bias") if f"grad_{role}" in layer.quantities]
        self.quantities = ("output", *(f"grad_{role}" for role in self.roles))
        # An average of whole numbers is none that floats hold exactly.
        self.numbers = ("floats",) if self.joined.is_fractional else ("integers", "floats")
        shapes = [getattr(layer, f"{role}_shape") for role in (*self.roles, "output")]
        drawn = sum(prod(map(int, shape)) for shape in shapes)
        made = (
            2 * DRAWN_BLOCKS * sum(self._products(quantity) * self._in_block(quantity) for quantity in self.quantities)
        )
        self.trials = max(1, min(trials, PRODUCTS // made, ELEMENTS // drawn, MOST_SAMPLED))

    def shape(self, quantity: str) -> tuple[int, ...]:
        """The shape that it should have."""
        return _whole(getattr(self.layer, f"{quantity.removeprefix('grad_')}_shape"))

    def formula(self, quantity: str) -> TensorFormula:
        return getattr(self.layer.direct, quantity)  # type: ignore[no-any-return]

    def _products(self, quantity: str) -> int:
        """About how many products an entry has."""
        shapes, axes = self.joined.shapes, self.joined.axes
        kernel, windows = prod(axis.kernel for axis in axes), prod(axis.windows for axis in axes)
        if quantity in ("grad_weight", "grad_bias"):
            return self.joined.examples * windows
        return kernel * (max(shapes["weight"][:2]) if self.joined.has_weight else 1)

    def _in_block(self, quantity: str) -> int:
        return max(1, min(MOST_IN_BLOCK, PRODUCTS_OF_BLOCK // self._products(quantity)))

    def blocks(self, quantity: str, generator: np.random.Generator, corners: bool) -> list[tuple[list[int], list[int]]]:
        """The start and the shape of every block, along the axes of the general formula."""
        sizes = [int(axis.size.value or 0) for axis in self.formula(quantity).axes]
        shape, room = [1] * len(sizes), self._in_block(quantity)
        for at in reversed(range(len(sizes))):
            shape[at] = min(2, sizes[at], max(1, room // prod(shape)))
        last = [size - length for size, length in zip(sizes, shape)]
        starts = [[int(generator.integers(0, end + 1)) for end in last] for _ in range(DRAWN_BLOCKS)]
        if corners:
            starts = _corners(last, generator) + starts
        return [(start, shape) for start in starts]

    def of_entry(self, quantity: str, index: tuple[int, ...], floats: Mapping[str, Array]) -> Any:
        """An entry from its products, given the input, the weight, the bias and the upstream gradient."""
        batched = self.layer.batch_size is not None
        upstream, entry = floats["upstream"], index if batched else (0, *index)
        if quantity == "grad_bias":
            channels = upstream if batched else upstream[None]
            return np.asarray(channels[:, index[0]]).sum()
        if quantity == "grad_weight":
            return _sum(self.joined, self.joined.of("weight", index), self._sides(floats["input"], upstream), None)
        to_image = self.joined.to_image
        tensor = "image" if (quantity == "output") == to_image else "windows"
        other = floats["input"] if quantity == "output" else upstream
        sides = {"windows": other, "image": other}
        total = _sum(self.joined, self.joined.of(tensor, entry), sides, floats.get("weight"))
        if tensor == "windows" and self.joined.is_average:
            total = total / self.joined.share(np.array([raveled(entry, self.joined.shapes["windows"])]))
            total = np.asarray(total).reshape(-1)[0]
        return total + floats["bias"][entry[1]] if quantity == "output" and self.layer.bias_term else total

    def _sides(self, inputs: Array, upstream: Array) -> dict[str, Array]:
        windows, image = (inputs, upstream) if self.joined.to_image else (upstream, inputs)
        return {"windows": windows, "image": image}


def _sum(joined: Joined, products: Products, sides: Mapping[str, Array], weight: Array | None) -> Any:
    """The sum of the products of an entry."""
    total: Any = 1 if products.factors is None else products.factors
    if products.windows is not None:
        total = total * sides["windows"].reshape(-1)[products.windows]
        if joined.is_average:
            total = total / joined.share(products.windows)
    for side, at in ((sides["image"], products.image), (weight, products.weight)):
        if at is not None and side is not None:
            total = total * side.reshape(-1)[at]
    return total.sum()


def _corners(last: Sequence[int], generator: np.random.Generator) -> list[list[int]]:
    """Starts of blocks at the corners: the first, the last, and all others, or some if there are many."""
    ends = [sorted({0, end}) for end in last]
    count = prod(map(len, ends))
    if count <= MOST_CORNERS:
        return [list(corner) for corner in product(*ends)]
    drawn = [[int(generator.choice(end)) for end in ends] for _ in range(MOST_CORNERS - 2)]
    return [[0] * len(last), list(last), *drawn]


# -- one trial -----------------------------------------------------------------------------------------


def compare(sampling: Sampling, generator: np.random.Generator, trial: int) -> Iterator[tuple[str, str, Compared]]:
    """For every quantity and kind of numbers, what was compared in a trial."""
    layer, names = sampling.layer, sampling.layer.notation
    chosen = {quantity: sampling.blocks(quantity, generator, trial == 0) for quantity in sampling.quantities}
    computed = {
        (quantity, view): [getattr(one, quantity).block(*block) for block in blocks]
        for quantity, blocks in chosen.items()
        for view, one in layer.views.items()
        if sampling.shape(quantity) == _whole(getattr(one, quantity).shape)
    }
    for numbers in sampling.numbers:
        floats = _drawn(sampling, generator, numbers)
        arrays = {getattr(names, role): array for role, array in floats.items() if role != "upstream"}
        arrays[names.grad_output] = floats["upstream"]
        for quantity, blocks in chosen.items():
            yield quantity, numbers, _compared(sampling, quantity, blocks, computed, floats, arrays)
        del floats, arrays  # before the next are drawn


def _drawn(sampling: Sampling, generator: np.random.Generator, numbers: str) -> dict[str, Array]:
    """Integers too come as floats, which hold them and their sums exactly."""
    draw: Callable[[tuple[int, ...]], Array] = (
        generator.standard_normal
        if numbers == "floats"
        else lambda shape: generator.integers(-9, 10, shape, dtype=np.int8).astype(np.float64)
    )
    shapes = {role: getattr(sampling.layer, f"{role}_shape") for role in sampling.roles}
    shapes["upstream"] = sampling.layer.output_shape
    return {role: draw(_whole(shape)) for role, shape in shapes.items()}


def _compared(
    sampling: Sampling,
    quantity: str,
    blocks: Sequence[tuple[list[int], list[int]]],
    computed: Mapping[tuple[str, str], Sequence[Callable[..., Array]]],
    floats: Mapping[str, Array],
    arrays: Mapping[str, Array],
) -> Compared:
    formula, result = sampling.formula(quantity), Compared()
    sizes = [int(axis.size.value or 0) for axis in formula.axes]
    shape = sampling.shape(quantity)
    places = [
        [raveled([a + b for a, b in zip(start, inside)], sizes) for inside in np.ndindex(*lengths)]
        for start, lengths in blocks
    ]
    expected = [
        np.array([sampling.of_entry(quantity, tuple(map(int, np.unravel_index(at, shape))), floats) for at in block])
        for block in places
    ]
    largest = max(1.0, *(float(np.abs(block).max()) for block in expected))
    result.entries.update(at for block in places for at in block)
    for view in sampling.layer.views:
        if (quantity, view) not in computed:
            result.add(view, float("inf"))
            continue
        for of, right in zip(computed[quantity, view], expected):
            found = of(
                **{name: arrays[name] for name in _needed(getattr(sampling.layer.views[view], quantity), arrays)}
            )
            result.add(view, float(np.abs(found.reshape(-1) - right).max()) / largest)
    return result


def _needed(formula: TensorFormula, arrays: Mapping[str, Array]) -> list[str]:
    return [tensor.name for tensor in formula.form.tensors if tensor.name in arrays]


def _whole(sizes: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in sizes)
