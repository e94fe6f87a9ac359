"""NumPy's functions that make one number of many."""

from __future__ import annotations

from typing import Any

from symconv.programs import reduce
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.values import Array


@function("numpy.sum", "array.sum", takes="a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True")
def numpy_sum(machine: Machine, a: Any, axis: Any, keepdims: Any) -> Array:
    return reduce.total(machine, a, axis, keepdims=machine.truth(keepdims))
