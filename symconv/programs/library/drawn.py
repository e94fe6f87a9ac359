"""Numbers that are drawn at random: nothing is known of them but their shape."""

from __future__ import annotations

from typing import Any

from symconv.programs import arrays
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.unsaid import unsaid
from symconv.programs.values import Array, ModuleValue

GENERATOR = "numpy.random.Generator"


@function("numpy.random.default_rng", "numpy.random.RandomState", takes="seed=None")
def default_rng(machine: Machine, seed: Any) -> ModuleValue:
    return ModuleValue(GENERATOR)


@function("numpy.random.randn", "numpy.random.rand", f"{GENERATOR}.randn", f"{GENERATOR}.rand", takes="*size")
def randn(machine: Machine, *size: Any) -> Array:
    return _drawn(machine, size)


@function(
    "numpy.random.standard_normal", "numpy.random.random", "numpy.random.random_sample", "numpy.random.ranf",
    f"{GENERATOR}.standard_normal", f"{GENERATOR}.random", takes="size=None",
)  # fmt: skip
def standard_normal(machine: Machine, size: Any) -> Array:
    return _drawn(machine, size)


@function("numpy.random.normal", f"{GENERATOR}.normal", takes="loc=0.0, scale=1.0, size=None")
def normal(machine: Machine, loc: Any, scale: Any, size: Any) -> Array:
    return _drawn(machine, _size_or_of(machine, size, loc, scale))


@function("numpy.random.uniform", f"{GENERATOR}.uniform", takes="low=0.0, high=1.0, size=None")
def uniform(machine: Machine, low: Any, high: Any, size: Any) -> Array:
    return _drawn(machine, _size_or_of(machine, size, low, high))


def _size_or_of(machine: Machine, size: Any, *parameters: Any) -> Any:
    """The shape that is asked for, or that of the parameters."""
    if size is not None:
        return size
    total = arrays.elementwise(machine, lambda a, b: a + b, *(arrays.data(machine, one) for one in parameters))
    return total.shape


def _drawn(machine: Machine, size: Any) -> Array:
    return unsaid(machine, () if size is None else arrays.sizes(machine, size), "numbers that are drawn at random")
