"""JAX: jax.numpy as NumPy has it, on arrays that cannot be assigned to, and lax.conv_general_dilated."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, shaping
from symconv.programs.library import maths, numpy_join, numpy_make, numpy_pad, numpy_reduce, numpy_shape
from symconv.programs.library.axes import one_or_more
from symconv.programs.library.numpy_pad import Pair
from symconv.programs.library.registry import FUNCTIONS, Function, function
from symconv.programs.library.sliding import convolved, with_zeros_between
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, ListValue

NUMPY = (maths, numpy_join, numpy_make, numpy_pad, numpy_reduce, numpy_shape)
"""The rooms whose functions jax.numpy has too."""
SAME = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "negative",
    "arange",
    "array",
    "asarray",
    "concatenate",
    "dot",
    "einsum",
    "expand_dims",
    "eye",
    "flip",
    "flipud",
    "fliplr",
    "full",
    "inner",
    "kron",
    "matmul",
    "mean",
    "meshgrid",
    "moveaxis",
    "ones",
    "ones_like",
    "outer",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "squeeze",
    "stack",
    "sum",
    "swapaxes",
    "tensordot",
    "tile",
    "transpose",
    "zeros",
    "zeros_like",
    "vstack",
    "hstack",
    "prod",
    "broadcast_to",
]


def _declared(name: str) -> None:
    """jax.numpy's function with this name, with the arguments of NumPy's."""
    known = FUNCTIONS[f"numpy.{name}"]
    meaning = known.meaning

    def frozen(machine: Machine, *args: Any, **named: Any) -> Any:
        result = meaning(machine, *args, **named)
        if isinstance(result, Array):
            result = arrays.make(machine, *arrays.relettered(machine, result), result.kind)
            machine.journal.put(result.cell, "frozen", "arrays of JAX cannot be changed; use x.at[..].set(..)")
        return result

    FUNCTIONS[f"jax.numpy.{name}"] = Function(f"jax.numpy.{name}", known.signature, known.modelled, frozen)


for _name in SAME:
    _declared(_name)

USUAL = {0: ("NC", "OI", "NC"), 1: ("NCW", "OIW", "NCW"), 2: ("NCHW", "OIHW", "NCHW"), 3: ("NCDHW", "OIDHW", "NCDHW")}


@function(
    "jax.lax.conv_general_dilated",
    takes="lhs, rhs, window_strides, padding, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None, "
    "feature_group_count=1, batch_group_count=1, precision=None, preferred_element_type=None",
)
def conv_general_dilated(
    machine: Machine, lhs: Any, rhs: Any, window_strides: Any, padding: Any, lhs_dilation: Any, rhs_dilation: Any,
    dimension_numbers: Any, feature_group_count: Any,
) -> Array:  # fmt: skip
    x, w = arrays.data(machine, lhs), arrays.data(machine, rhs)
    axes = x.rank - 2
    if axes < 1 or axes > 3 or w.rank != x.rank:
        raise CodeError("ValueError", "lhs and rhs must have the same number of dimensions, 3 to 5")
    texts = _layouts(machine, dimension_numbers, axes)
    usual = USUAL[axes]
    x, w = (_ordered(machine, one, text, goal) for one, text, goal in zip((x, w), texts, usual))
    strides = _numbers(machine, window_strides, axes)
    between = _numbers(machine, lhs_dilation, axes)
    dilations = _numbers(machine, rhs_dilation, axes)
    if isinstance(padding, str) and not all([machine.exactly(one - 1) for one in between]):
        raise CodeError("ValueError", "String padding is not implemented for transposed convolution")
    wide = with_zeros_between(machine, x, range(2, x.rank), between)
    pads = _padding(machine, padding, wide, w, strides, dilations)
    made = convolved(machine, wide, w, strides, pads, dilations, arrays.integer(machine, feature_group_count))
    result = _ordered(machine, made, usual[2], texts[2])
    result = arrays.make(machine, *arrays.relettered(machine, result), result.kind)
    machine.journal.put(result.cell, "frozen", "arrays of JAX cannot be changed; use x.at[..].set(..)")
    return result


def _numbers(machine: Machine, value: Any, axes: int) -> list[Polynomial]:
    if value is None:
        return [ONE] * axes
    numbers = [arrays.integer(machine, one) for one in one_or_more(machine, value)]
    if len(numbers) != axes:
        raise CodeError("ValueError", f"{len(numbers)} numbers for {axes} axes")
    for one in numbers:
        if not machine.choose(one - 1):
            raise CodeError("ValueError", f"{one!r} must be positive")
    return numbers


def _layouts(machine: Machine, numbers: Any, axes: int) -> tuple[str, str, str]:
    if numbers is None:
        return USUAL[axes]
    items = one_or_more(machine, numbers)
    if len(items) != 3 or not all(isinstance(one, str) for one in items):
        raise Unread("dimension_numbers=..", "only three texts are read", "write ('NHWC', 'HWIO', 'NHWC')")
    for one, usual in zip(items, USUAL[axes]):
        if sorted(one) != sorted(usual):
            raise Unread("dimension_numbers=..", f"{one!r} has other letters than {usual}", f"use the letters {usual}")
    return items[0], items[1], items[2]


def _ordered(machine: Machine, array: Array, text: str, goal: str) -> Array:
    made = shaping.transposed(machine, array, [text.index(letter) for letter in goal])
    assert isinstance(made, Array)
    return made


def _padding(machine: Machine, padding: Any, x: Array, w: Array, strides: Any, dilations: Any) -> list[Pair]:
    axes = x.rank - 2
    if isinstance(padding, str):
        if padding.upper() == "VALID":
            return [(ZERO, ZERO)] * axes
        raise Unread(f"padding={padding!r}", "it is not read", "give a pair for every axis")
    items = one_or_more(machine, padding)
    if len(items) != axes or not all(isinstance(one, (tuple, ListValue)) for one in items):
        raise CodeError("ValueError", "padding is a text, or a pair for every axis")
    pairs = []
    for one in items:
        low, high = (arrays.integer(machine, end) for end in one_or_more(machine, one))
        if not (machine.choose(low) and machine.choose(high)):
            raise Unread("padding=..", "negative padding crops, which is not read", "use a slice")
        pairs.append((low, high))
    return pairs
