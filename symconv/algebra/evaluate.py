"""NumPy evaluation of a form at concrete sizes: gather, einsum, scatter.

Each access becomes an array over the enumerated names it depends on (zero outside the tensor's box),
one ``einsum`` multiplies and sums them, and entries whose index was solved from a bracket are
scattered. Exact on integers: int64 where no sum can overflow, Python integers where one could.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.algebra.concrete import require_integers
from symconv.algebra.forms import Access, Delta, Form
from symconv.algebra.planning import Plan, concrete_shape, plan

Array = npt.NDArray[Any]


def evaluate(
    form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int], arrays: Mapping[str, Array]
) -> Array:
    """All entries of the form, as an array with one axis per entry index.

    Args:
        axes: the entry's index names with their sizes.
        values: an integer for every other free name.
        arrays: for every tensor its values, in the tensor's shape at these sizes.
    """
    plans = [p for p in (plan(term, axes, values) for term in form) if p is not None]
    for term_plan in plans:
        for index in (*term_plan.axes, *(p for factor in term_plan.factors for p in factor.polynomials)):
            require_integers(term_plan.magnitude(index), f"the index {index!r}")
    arrays = _exact(arrays, plans)
    shape = tuple(size for _, size in axes)
    total = np.zeros(shape, dtype=np.result_type(*arrays.values()) if arrays else np.int64)
    for term_plan in plans:
        _add_term(total, term_plan, values, arrays)
    return total


def _exact(arrays: Mapping[str, Array], plans: Sequence[Plan]) -> dict[str, Array]:
    """Integers as int64 where every sum is known to fit, else as Python integers; so too where a fraction comes in."""
    if any(array.dtype.kind not in "iub" for array in arrays.values()):
        return dict(arrays)
    largest = {
        name: max((abs(int(array.max())), abs(int(array.min())))) if array.size else 0 for name, array in arrays.items()
    }
    bound = 0
    for term_plan in plans:
        factors = [largest[f.tensor.name] for f in term_plan.factors if isinstance(f, Access)]
        coefficient = term_plan.coefficient.value
        if coefficient is None or coefficient != int(coefficient):
            bound += 2**62
        else:
            bound += term_plan.count * prod(factors) * (abs(int(coefficient)) + 1)
    dtype = np.int64 if bound < 2**62 else object
    return {name: array.astype(dtype) for name, array in arrays.items()}


def _add_term(total: Array, term_plan: Plan, values: Mapping[str, int], arrays: Mapping[str, Array]) -> None:
    """Add one term's entries to ``total``."""
    order = tuple(term_plan.ranges)
    operands: list[tuple[Array, tuple[str, ...]]] = []
    for factor in term_plan.factors:
        if isinstance(factor, Access):
            operands.append(_gather(factor, term_plan, values, arrays))
        else:
            names = tuple(name for name in order if name in factor.expression.names)
            value = factor.expression.evaluate(term_plan.mesh(names))
            holds = value == 0 if isinstance(factor, Delta) else value >= 0
            operands.append((np.where(holds, 1, 0).astype(total.dtype), names))
    if term_plan.coefficient.value is None:
        names = tuple(name for name in order if name in term_plan.coefficient.names)
        operands.append((np.asarray(term_plan.coefficient.evaluate(term_plan.mesh(names))), names))
    output = tuple(name for name in order if any(name in axis.names for axis in term_plan.axes))
    entries = _einsum(operands, output, term_plan, total.dtype)
    if (scale := term_plan.coefficient.value) is not None and scale != 1:
        exact = isinstance(scale, int) or total.dtype == object
        entries = np.asarray(entries * (scale if exact else float(scale)), dtype=total.dtype if exact else None)
    _scatter(total, entries, output, term_plan)


def _gather(
    access: Access, term_plan: Plan, values: Mapping[str, int], arrays: Mapping[str, Array]
) -> tuple[Array, tuple[str, ...]]:
    """The tensor at the indices, over the names that occur in them; zero outside its box."""
    names = tuple(name for name in term_plan.ranges if any(name in index.names for index in access.indices))
    mesh = term_plan.mesh(names)
    shape = concrete_shape(access.tensor, values)
    assert shape is not None, f"{access.tensor.name} has no shape"
    inside: Any = None
    indices = []
    for index, size in zip(access.indices, shape):
        at = np.asarray(index.evaluate(mesh))
        low, high = term_plan.interval(index)
        if low < 0 or high >= size:
            valid = (at >= 0) & (at < size)
            inside = valid if inside is None else inside & valid
            at = at.clip(0, size - 1)
        indices.append(at)
    gathered = arrays[access.tensor.name][tuple(indices)]
    return (gathered if inside is None else np.where(inside, gathered, 0)), names


def _einsum(
    operands: list[tuple[Array, tuple[str, ...]]], output: tuple[str, ...], term_plan: Plan, dtype: Any
) -> Array:
    """Multiply the operands and sum over the names that the output does not have."""
    present = {name for _, names in operands for name in names}
    for name, (_, length) in term_plan.ranges.items():
        if name not in present:  # a name in no factor: an entry axis to repeat along, or a sum to count
            operands.append((np.ones(length, dtype=np.int64), (name,)))
    if dtype.hasobject:
        return _product_of_objects(operands, output, term_plan)
    label = {name: at for at, name in enumerate(term_plan.ranges)}
    arguments: list[Any] = []
    for array, names in operands or [(np.ones((), dtype=np.int64), ())]:
        arguments += [np.asarray(array), [label[name] for name in names]]
    return np.asarray(np.einsum(*arguments, [label[name] for name in output], optimize="greedy"))


def _product_of_objects(
    operands: Sequence[tuple[Array, tuple[str, ...]]], output: tuple[str, ...], term_plan: Plan
) -> Array:
    """The same for Python numbers (or anything with + and *), which einsum does not take in general."""
    names = tuple(term_plan.ranges)
    product: Any = np.full((1,) * len(names), 1, dtype=object)
    for array, own in operands:
        shape = tuple(term_plan.ranges[name][1] if name in own else 1 for name in names)
        product = product * np.asarray(array, dtype=object).reshape(shape)
    summed = tuple(at for at, name in enumerate(names) if name not in output)
    # NumPy makes a plain number of a product of arrays without axes.
    return np.asarray(np.asarray(product, dtype=object).sum(axis=summed), dtype=object)


def _scatter(total: Array, entries: Array, output: tuple[str, ...], term_plan: Plan) -> None:
    """Add the entries at the places that the axes' indices say."""
    plain = [axis.single_name for axis in term_plan.axes if axis.single_name is not None]
    if len(set(plain)) == len(plain) == len(term_plan.axes) == len(output):
        window = tuple(slice(start, start + length) for start, length in (term_plan.ranges[name] for name in plain))
        total[window] += entries.transpose([output.index(name) for name in plain])
        return
    mesh = term_plan.mesh(output)
    places = [np.broadcast_to(np.asarray(axis.evaluate(mesh)), entries.shape) for axis in term_plan.axes]
    inside = np.ones(entries.shape, dtype=bool)
    for place, size in zip(places, total.shape):
        inside &= (place >= 0) & (place < size)
    np.add.at(total, tuple(place[inside] for place in places), entries[inside])
