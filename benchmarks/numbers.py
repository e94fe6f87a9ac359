"""Formulas in numbers: TensorFormula.evaluate against NumPy's own best and PyTorch on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.checks import same_numbers
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, measure
from benchmarks.numpy_layer import WAYS, Geometry
from benchmarks.peers import peer
from benchmarks.rows import Row, as_long

TITLE = "Formulas in numbers"
ABOUT = f"""\
`conv.direct.output.evaluate(..)` and that of the gradients, in float64, against plain NumPy and against PyTorch.
NumPy's side is several programs, and the fastest counts: sliding windows with tensordot, with einsum
(optimize=True) or copied for one matrix product (im2col), and loops over the kernel's offsets; the row names it.
Rows called "first" are the first evaluation by a fresh layer, with the derivation of its formula and its planning;
the others are evaluations by a layer that has been evaluated before, with fresh numbers. Check: all entries are the
same to 1e-10 of the largest, on the numbers of one repetition. Clock: {CLOCK}; the limit is about evaluation again."""

QUANTITIES = ("output", "grad_weight", "grad_input")


@dataclass(frozen=True)
class Case:
    name: str
    geometry: Geometry
    repetitions: int = 9


LENET = (
    Case("LeNet conv1, 1 image", Geometry((28, 28), (5, 5), 1, 6, padding=2), 31),
    Case("LeNet conv2, 1 image", Geometry((14, 14), (5, 5), 6, 16), 31),
    Case("LeNet conv1, 32 images", Geometry((28, 28), (5, 5), 1, 6, padding=2, batch=32), 15),
    Case("LeNet conv2, 32 images", Geometry((14, 14), (5, 5), 6, 16, batch=32), 15),
)
RESNET = (
    Case("ResNet 3x3, 64 channels 56x56", Geometry((56, 56), (3, 3), 64, 64, padding=1), 7),
    Case("ResNet 3x3, 256 channels 14x14", Geometry((14, 14), (3, 3), 256, 256, padding=1), 7),
    Case("ResNet 1x1, 64 to 256, 56x56", Geometry((56, 56), (1, 1), 64, 256), 7),
    Case("ResNet first layer, 7x7, stride 2", Geometry((224, 224), (7, 7), 3, 64, stride=2, padding=3), 5),
)
SMALL = Case("a small layer", Geometry((6, 6), (3, 3), 2, 3, stride=2, padding=1, batch=2), 1)


def rows(effort: Effort) -> Iterator[Row]:
    yield from map(measure, comparisons(effort))


def comparisons(effort: Effort) -> Iterator[Comparison]:
    for case in effort.choose(full=(*LENET, *RESNET), quick=(SMALL,)):
        for quantity in QUANTITIES:
            again = against_numpy(case, quantity)
            yield again
            yield replace(again, peers=[torch_side(case, quantity)], needs=("torch",), limit=None)
            if case in LENET or quantity == "output":
                first = Side("symconv", partial(first_time, case, quantity))
                yield replace(again, work=f"{again.work}, first", ours=first, limit=None)


def against_numpy(case: Case, quantity: str) -> Comparison:
    geometry = case.geometry
    return Comparison(
        f"{quantity}: {case.name}",
        Side("symconv", lambda ready: ready[0](**ready[1]), lambda given: evaluated_before(case, quantity, given)),
        [Side(f"NumPy, {name}", numpy_way(way, geometry)) for name, way in WAYS[quantity].items()],
        lambda ours, theirs: same_numbers({quantity: np.asarray(ours).reshape(np.shape(theirs))}, {quantity: theirs}),
        prepare=lambda seed: fresh_numbers(geometry, quantity, seed),
        repetitions=case.repetitions,
        limit=as_long(1.5),
    )


def numpy_way(way: Callable[..., Any], geometry: Geometry) -> Callable[[Any], Any]:
    return lambda given: way(geometry, *given.values())


def fresh_numbers(geometry: Geometry, quantity: str, seed: int) -> dict[str, Any]:
    """Random arrays by the names that symconv's formulas have, in PyTorch's shapes with a batch."""
    generator = np.random.default_rng(seed)
    shapes = {"X": geometry.input_shape, "w": geometry.weight_shape, "delta": geometry.output_shape}
    names = {"output": ("X", "w"), "grad_weight": ("X", "delta"), "grad_input": ("w", "delta")}
    return {name: generator.standard_normal(shapes[name]) for name in names[quantity]}


def formula_of(case: Case, quantity: str) -> Any:
    from symconv import Conv

    return getattr(Conv(**case.geometry.arguments).direct, quantity)


def for_symconv(case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """The arrays without the batch, where the layer has none."""
    if case.geometry.batch is not None:
        return given
    return {name: array if name == "w" else array[0] for name, array in given.items()}


def first_time(case: Case, quantity: str, given: dict[str, Any]) -> Any:
    return formula_of(case, quantity).evaluate(**for_symconv(case, given))


def evaluated_before(case: Case, quantity: str, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The evaluation of a fresh layer's formula that has been evaluated once, on other numbers; and the arrays."""
    formula = formula_of(case, quantity)
    formula.evaluate(**for_symconv(case, fresh_numbers(case.geometry, quantity, 10**6)))
    return formula.evaluate, for_symconv(case, given)


def torch_side(case: Case, quantity: str) -> Side:
    geometry = case.geometry

    def prepare(given: dict[str, Any]) -> Sequence[Any]:
        torch = peer("torch")
        torch.set_num_threads(1)
        return [torch.from_numpy(array) for array in given.values()]

    def run(arrays: Sequence[Any]) -> Any:
        torch = peer("torch")
        how = {"stride": geometry.stride, "padding": geometry.padding}
        one, other = arrays
        if quantity == "output":
            return torch.nn.functional.conv2d(one, other, **how).numpy()
        if quantity == "grad_weight":
            return torch.nn.grad.conv2d_weight(one, geometry.weight_shape, other, **how).numpy()
        return torch.nn.grad.conv2d_input(geometry.input_shape, one, other, **how).numpy()

    return Side("PyTorch", run, prepare=prepare)
