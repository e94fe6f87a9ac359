"""A network in numbers: forward through its parts, then back, by their own formulas."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.errors import GeometryError, SymconvError
from symconv.formulas.derived import Derived
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.arrays import array_of
from symconv.networks.composition import Composition

Array = npt.NDArray[Any]


def evaluate_network(network: Composition, arrays: Mapping[str, Any]) -> dict[str, Array]:
    """Every output, L, every delta and every gradient, by name; see ``Graph.evaluate``."""
    if not network.is_concrete:
        raise GeometryError(
            f"numbers of a network with the symbols {', '.join(network.symbol_names)}", "its sizes are not known",
            "give them with network.at(..)",
        )  # fmt: skip
    arrays = named(network, arrays)
    backwards = network.loss is not None or any(name in arrays for name in network.given_deltas)
    values = checked(network, arrays, backwards)
    with np.errstate(over="ignore", invalid="ignore"):
        _forwards(network, values)
        if backwards:
            _backwards(network, values)
    return {name: value for name, value in values.items() if name not in arrays}


def named(network: Composition, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays by the names of the network's tensors; those of a part may be called as in PyTorch, conv1.weight.

    Raises:
        SymconvError: a tensor is given under both names.
    """
    found: dict[str, Any] = {}
    for name, array in arrays.items():
        own = network.state_names.get(name, name)
        if own in found:
            raise SymconvError(f"an array {name} and one {own}", "they are the same tensor", "give one of them")
        found[own] = array
    return found


def derive_network(network: Composition) -> Derived:
    """Formulas forwards, with the loss, backwards, and those of the gradients."""
    loss = {} if network.loss is None else {network.notation.loss: network.loss_formula}
    groups = {"forwards": {**network.forward, **loss}, "backwards": network.upstream, "gradients": network.gradients}
    return Derived(network, groups)


def _forwards(network: Composition, values: dict[str, Array]) -> None:
    """Fills in the outputs and the loss."""
    for part in network.parts:
        if part.layer is not None:
            values.update(part.layer.chosen(values[part.layer.notation.input]))
        for name, formula in part.outputs.items():
            values[name] = _value(formula, values)
    if network.loss_part is not None:
        values[network.notation.loss] = _value(network.loss_formula, values)


def _backwards(network: Composition, values: dict[str, Array]) -> None:
    """Fills in every derivative."""
    for name, formula in network.upstream.items():
        values[name] = _value(formula, values)
    for name, formula in network.gradients.items():
        values[network.derivative(name)] = _value(formula, values)
    for name, formula in network.grad_inputs.items():
        values[network.derivative(name)] = _value(formula, values)


def _value(formula: TensorFormula, values: Mapping[str, Array]) -> Array:
    constants = formula.geometry.constants
    needed = {tensor.name: values[tensor.name] for tensor in formula.form.operands if tensor.name not in constants}
    value = formula.evaluate(**needed)
    if value.dtype.kind == "f" and np.isnan(value).any():
        wrong = "a function has no value there, such as the logarithm or the root of a negative number"
        raise SymconvError(f"numbers for {formula.quantity}", wrong, "use numbers for which it has")
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        raise SymconvError(
            f"numbers for {formula.quantity}", "they are larger than floats can hold", "use smaller numbers"
        )
    inexact = value.dtype == object and any(isinstance(entry, float) for entry in value.ravel())
    return value.astype(float) if inexact else value


def real_array(name: str, given: Any) -> Array:
    """What is given as an array of real numbers; halves of precision are doubled.

    Raises:
        SymconvError: it is not an array, or not all entries are real and finite numbers.
    """
    array = array_of(name, given)
    if array.dtype.kind == "c" or (array.dtype.kind == "O" and not all(isinstance(x, REAL) for x in array.flat)):
        raise SymconvError(
            f"{name} of type {array.dtype}", "not all entries are real numbers", "use integers or floats"
        )
    floats = array if array.dtype.kind == "f" else [x for x in array.flat if isinstance(x, float)]
    if not np.isfinite(floats).all():
        raise SymconvError(f"{name} with nan or infinity", "nothing can be computed with it", "use finite numbers")
    return array.astype(float) if array.dtype == np.float16 else array


REAL = (int, float, Fraction, sp.Rational)
"""Objects that are real numbers."""


def checked(network: Composition, arrays: Mapping[str, Any], backwards: bool = True) -> dict[str, Array]:
    """The arrays as NumPy has them; not ``backwards``, without the derivatives by outputs.

    Raises:
        SymconvError: one is missing, unknown, of another shape, or has no finite numbers.
    """
    wanted = network.wanted
    if unknown := sorted(set(arrays) - set(wanted)):
        raise SymconvError(
            f"the array {', '.join(unknown)}", "the network does not want it", f"use {', '.join(wanted)}"
        )
    needed = wanted if backwards else [name for name in wanted if name not in network.given_deltas]
    if missing := [name for name in needed if name not in arrays]:
        raise SymconvError(
            f"arrays {', '.join(sorted(arrays)) or '(none)'}", f"missing: {', '.join(missing)}",
            f"give {', '.join(f'{name} of shape {network.shape_of(name)}' for name in missing)}",
        )  # fmt: skip
    values = {name: real_array(name, array) for name, array in arrays.items()}
    target = network.notation.target
    if target in values:
        values[target] = network.required_loss().target_values(values[target])
    for name, array in values.items():
        shape = network.shape_of(name)
        if array.shape != shape:
            raise SymconvError(f"{name} of shape {array.shape}", "its shape here is different", f"use shape {shape}")
        if name in network.buffers and name.startswith("var") and (array < 0).any():
            raise SymconvError(f"{name} with {array.min()}", "a variance is not negative", "use numbers of at least 0")
    return values
