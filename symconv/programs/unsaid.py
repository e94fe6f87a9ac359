"""Numbers that no formula says, such as drawn weights: tensors of their own, on which no verdict may depend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.programs import arrays
from symconv.programs.machine import Machine
from symconv.programs.values import Array

UNSAID = "unsaid: "
"""How the tensors are called; why they are not known, and a letter follow."""


def unsaid(machine: Machine, shape: Sequence[Polynomial], why: str) -> Array:
    """A new array of numbers that are not known."""
    array = arrays.filled(machine, shape, Form())
    tensor = Tensor(f"{UNSAID}{why} {machine.fresh()}", len(shape), tuple(axis.size for axis in array.axes))
    machine.journal.put(array.cell, "form", Form.access(tensor, map(Polynomial.name, array.index)))
    return array


def why_unsaid(form: Form) -> str | None:
    """Why numbers that a form depends on are not known; None if all are."""
    names = (tensor.name for tensor in form.tensors)
    return next((name.removeprefix(UNSAID).rsplit(" ", 1)[0] for name in names if name.startswith(UNSAID)), None)


def is_unsaid(value: Any) -> TypeGuard[Array]:
    """Whether a value is made of numbers that are not known, and of no tensor of the layer."""
    if not isinstance(value, Array):
        return False
    names = [tensor.name for tensor in value.cell.form.tensors]
    return bool(names) and all(name.startswith(UNSAID) for name in names)
