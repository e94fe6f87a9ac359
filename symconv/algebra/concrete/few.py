"""Product terms collected one by one, in Python's numbers: for formulas with so few that arrays do not pay.

NumPy takes longer to load than they take. What the product terms are is said by the same plans, so only the
collecting is done twice; ``collect.py`` does it for any number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from symconv.algebra.concrete.blocks import Block, block_plans
from symconv.algebra.concrete.plan import Plan, concrete_shape
from symconv.algebra.forms import Access, Delta, Form
from symconv.algebra.polynomial import Polynomial

FEW = 256
"""The most product terms of all formulas together that are collected one by one."""

Key = tuple[tuple[int, ...], tuple[Any, ...]]
"""The entry, and the sorted factors of a product, each with its tensor's name and shape and its indices."""


def common_terms(plans: Sequence[Sequence[Plan]], shape: tuple[int, ...], values: Mapping[str, int]) -> int | None:
    """The number of product terms that forms have in common; None if they differ or are not for this module."""
    if not _are_few([plan for planned in plans for plan in planned]):
        return None
    first, *others = (_collected(planned, shape, values) for planned in plans)
    return len(first) if all(first == other for other in others) else None


def terms_of_entry(
    form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int], index: tuple[int, ...],
    most: int = FEW,
) -> dict[Key, Any] | None:  # fmt: skip
    """The coefficient of every product of one entry that is not zero; None if it is not for this module.

    Raises:
        InfiniteSumError: a sum is not finite at these sizes.
    """
    block = Block(index, (1,) * len(axes))
    plans = block_plans(form, axes, values, block)
    return _collected(plans, block.shape, values) if _are_few(plans, most) else None


def _are_few(plans: Sequence[Plan], most: int = FEW) -> bool:
    """Whether these are few product terms, of tensors with shapes."""
    accesses = (factor for plan in plans for factor in plan.factors if isinstance(factor, Access))
    return sum(plan.count for plan in plans) <= most and all(one.tensor.shape is not None for one in accesses)


def _collected(plans: Sequence[Plan], shape: tuple[int, ...], values: Mapping[str, int]) -> dict[Key, Any]:
    """The coefficient of every product that is not zero."""
    totals: dict[Key, Any] = {}
    for plan in plans:
        for key, coefficient in _terms(plan, shape, values):
            totals[key] = totals.get(key, 0) + coefficient
    return {key: total for key, total in totals.items() if total}


def _terms(plan: Plan, shape: tuple[int, ...], values: Mapping[str, int]) -> Iterator[tuple[Key, Any]]:
    accesses = [factor for factor in plan.factors if isinstance(factor, Access)]
    shapes = [concrete_shape(access.tensor, values) or () for access in accesses]
    brackets = [factor for factor in plan.factors if not isinstance(factor, Access)]
    spans = [range(start, start + length) for start, length in plan.ranges.values()]
    for numbers in product(*spans):
        at = dict(zip(plan.ranges, numbers))
        entry = _indices(plan.axes, shape, at)
        places = [_indices(access.indices, size, at) for access, size in zip(accesses, shapes)]
        if entry is None or None in places or not all(holds(bracket, at) for bracket in brackets):
            continue
        factors = sorted((access.tensor.name, size, place) for access, size, place in zip(accesses, shapes, places))
        yield (entry, tuple(factors)), plan.coefficient.evaluate(at)


def _indices(polynomials: Sequence[Polynomial], shape: Sequence[int], at: Mapping[str, int]) -> tuple[int, ...] | None:
    """The indices at some numbers; None outside the box."""
    indices = tuple(int(polynomial.evaluate(at)) for polynomial in polynomials)
    return indices if all(0 <= index < size for index, size in zip(indices, shape)) else None


def holds(bracket: Any, at: Mapping[str, int]) -> bool:
    value = bracket.expression.evaluate(at)
    return bool(value == 0 if isinstance(bracket, Delta) else value >= 0)
