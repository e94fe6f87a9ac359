"""Calls of objects that nobody knows, such as optimizers: what they return, and all that they may change, is unsaid.

They may change whatever they can reach: their arguments, the layer's tensors, attributes of ``self``, what the module
defines. What a function has computed in memory of its own stays known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.programs.journal import Mutable
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Unread
from symconv.programs.unchanged import is_self
from symconv.programs.unsaid import UNSAID
from symconv.programs.values import (
    Array,
    Cell,
    ClassValue,
    DictValue,
    Dtype,
    FunctionValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ModuleValue,
    Real,
    Unknown,
)

PLAIN = (type(None), bool, str, Polynomial, Real, IndexArray, Dtype, LibraryFunction, Unknown)
"""Values that nothing changes."""


def owner_of(call: ast.expr) -> ast.Attribute | None:
    """``self.optimizer`` of ``self.optimizer(..)`` and of ``self.optimizer.update(..)``."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if is_self(call.func.value):
        return call.func
    inner = call.func.value
    return inner if isinstance(inner, ast.Attribute) and is_self(inner.value) else None


def forget(machine: Machine, text: str, reached: Iterable[Any]) -> Unknown:
    """Let everything that a call may change be unsaid; the value of the call.

    Args:
        text: the call, as it is written.
        reached: what it can reach.

    Raises:
        Unread: one of them is of a kind of which it is not known what it holds.
    """
    why = f"what {text} returns or changes"
    lasting = [one for one in machine.lasting if not isinstance(one, (FunctionValue, ClassValue, ModuleValue))]
    waiting, seen = [*reached, *lasting], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, PLAIN) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, tuple):
            waiting += one
        elif isinstance(one, (Array, Cell)):
            _forget_memory(machine, one.cell if isinstance(one, Array) else one, why)
        elif isinstance(one, Mutable):
            items = list(one.contents.items())
            waiting += [value for _, value in items]
            if items and not isinstance(one, (Instance, DictValue)):
                raise Unread(text, "it may change a list that it is given", "leave the call out")
            for key, _ in items:
                machine.put(one, key, Unknown(why, "leave the call out"))
        else:
            raise Unread(text, "what it may change is not known", "leave the call out")
    return Unknown(why, "leave the call out")


def _forget_memory(machine: Machine, cell: Cell, why: str) -> None:
    tensor = Tensor(f"{UNSAID}{why} {machine.fresh()}", len(cell.axes), tuple(axis.size for axis in cell.axes))
    machine.store(cell, Form.access(tensor, [Polynomial.name(axis.letter) for axis in cell.axes]))
