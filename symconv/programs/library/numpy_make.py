"""NumPy's functions that make arrays."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE
from symconv.programs import arrays
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.values import Array


@function("numpy.zeros", takes="shape, dtype=None, order='C', *, like=None")
def zeros(machine: Machine, shape: Any, dtype: Any) -> Array:
    return arrays.filled(machine, arrays.sizes(machine, shape), Form(), arrays.kind_of(dtype))


@function("numpy.ones", takes="shape, dtype=None, order='C', *, like=None")
def ones(machine: Machine, shape: Any, dtype: Any) -> Array:
    return arrays.filled(machine, arrays.sizes(machine, shape), Form.constant(ONE), arrays.kind_of(dtype))


@function("numpy.zeros_like", takes="a, dtype=None, order='K', subok=True, shape=None, *, device=None")
def zeros_like(machine: Machine, a: Any, dtype: Any) -> Array:
    like = arrays.data(machine, a)
    return arrays.filled(machine, like.shape, Form(), like.kind if dtype is None else arrays.kind_of(dtype))
