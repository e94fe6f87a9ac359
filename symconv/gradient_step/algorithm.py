"""The algorithm of a step itself, on numbers or on exact polynomials: no formula of the other modules is used.

The layer is run as its small network over patches; the loss's derivative is taken where the algorithm stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.algebra.extent import about
from symconv.algebra.sympy_out import entries_of
from symconv.errors import SizeLimitError, SymconvError, shown
from symconv.formulas.labels import symbols_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.gradient_step.formulas import StepFormulas
from symconv.networks.passes import real_array

Array = npt.NDArray[Any]


MOST_EXPONENTS = 40_000_000
"""An exact product has an exponent for every symbol; the first products of a step may have this many together."""
Guard = Callable[[int], None]
"""Told how many product terms are about to be made; raises if they are too many."""


def _terms(entry: Any) -> int:
    """The number of product terms of a polynomial; 1 for a number."""
    return len(entry) if hasattr(entry, "ring") else 1


class Iteration:
    """The state of the algorithm: the parameters and their velocities."""

    def __init__(
        self,
        step: StepFormulas,
        arrays: Mapping[str, Array],
        rates: tuple[Any, Any, Any],
        guard: Guard = lambda count: None,
    ) -> None:
        self.guard = guard
        self.step, self.layer = step, step.layer
        names = self.layer.notation
        self.rate, self.momentum, self.decay = rates
        groups = int(self.layer.groups)
        patches = self.layer.patches.patch.evaluate(**{names.input: arrays[names.input]})
        self.patches = patches.reshape(patches.shape[0], groups, -1)
        self.target = arrays.get(names.target)
        self.given = arrays.get(names.grad_output)
        self.parameters = {role: arrays[getattr(names, role)] for role in step.roles}
        self.inputs_first = self.layer.inputs_first
        self.channels = int(self.layer.out_channels)
        self.velocities: dict[str, Any] = {}
        self.examples = 1 if self.layer.batch_size is None else int(self.layer.batch_size)
        self.output_shape = tuple(int(size) for size in self.layer.output_shape)
        error = None if step.loss_part is None else step.loss_part.grad_input
        self.error: TensorFormula | None = error

    def output(self) -> Array:
        """h in PyTorch's shape, from the small network on every patch."""
        small = self.small_weights(self.parameters["weight"])
        self._guarded(small[None], self.patches[:, :, None])
        rows = (self.patches.swapaxes(0, 1) @ small.swapaxes(1, 2)).swapaxes(0, 1).reshape(len(self.patches), -1)
        if "bias" in self.parameters:
            rows = rows + self.parameters["bias"]
        return self.from_rows(rows)

    def small_weights(self, weight: Array) -> Array:
        """The weights as (group, output channel of the group, element of the patch)."""
        groups, kernel = self.patches.shape[1], weight.shape[2:]
        if self.inputs_first:
            weight = weight.reshape(groups, -1, self.channels // groups, *kernel).swapaxes(1, 2)
        return weight.reshape(groups, self.channels // groups, -1)

    def as_given(self, small: Array) -> Array:
        """The same back in PyTorch's shape."""
        shape = self.parameters["weight"].shape
        if self.inputs_first:
            small = small.reshape(*small.shape[:2], -1, *shape[2:]).swapaxes(1, 2)
        return small.reshape(shape)

    def _guarded(self, one: Array, other: Array) -> None:
        """Asks the guard before polynomials are multiplied: about how many product terms there will be."""
        if one.dtype == object:
            counts = [np.vectorize(_terms, otypes=[np.int64])(array) for array in (one, other)]
            self.guard(int((counts[0] * counts[1]).sum()))

    def from_rows(self, rows: Array) -> Array:
        """(patch, channel) to (examples, channel, positions)."""
        by_example = rows.reshape(self.examples, -1, rows.shape[-1])
        return np.moveaxis(by_example, -1, 1).reshape(self.output_shape)

    def to_rows(self, output: Array) -> Array:
        by_example = output.reshape(self.examples, self.channels, -1)
        return np.moveaxis(by_example, 1, -1).reshape(len(self.patches), -1)

    def errors(self) -> Array:
        """dL/dh at the parameters as they are, (patch, channel)."""
        if self.error is None:
            assert self.given is not None
            return self.to_rows(self.given)
        names = self.layer.notation
        arrays = {names.output: self.output()}
        if names.target in (tensor.name for tensor in self.error.form.operands):
            arrays[names.target] = self.target  # type: ignore[assignment]
        return self.to_rows(self.error.evaluate(**arrays))

    def gradients(self, errors: Array, chosen: slice) -> dict[str, Array]:
        """Of the loss of some patches, given all errors."""
        groups = self.patches.shape[1]
        rows, patches = errors[chosen].reshape(-1, groups, errors.shape[1] // groups), self.patches[chosen]
        self._guarded(rows[..., None], patches[:, :, None])
        weight = rows.transpose(1, 2, 0) @ patches.swapaxes(0, 1)
        return {"weight": self.as_given(weight), "bias": errors[chosen].sum(axis=0)}

    def move(self, gradients: Mapping[str, Array]) -> None:
        """torch.optim.SGD, dampening 0."""
        for role, parameter in self.parameters.items():
            velocity = gradients[role] + parameter * self.decay
            if role in self.velocities:
                velocity = self.velocities[role] * self.momentum + velocity
            self.velocities[role] = velocity
            self.parameters[role] = parameter - velocity * self.rate

    def once(self) -> None:
        """One step of the schedule."""
        if self.step.schedule == "sequential":
            for number in range(len(self.patches)):
                self.move(self.gradients(self.errors(), slice(number, number + 1)))
            return
        found = self.gradients(self.errors(), slice(None))
        if self.step.schedule == "mean":
            count = len(self.patches) if self.step.mean_over == "patches" else self.examples
            found = {role: _divided(value, count) for role, value in found.items()}
        self.move(found)


def _divided(array: Array, count: int) -> Array:
    if array.dtype == object:
        return np.asarray(array * sp.QQ(1, count))
    return array / count


def run(step: StepFormulas, steps: int, arrays: Mapping[str, Any]) -> dict[str, Array]:
    """The parameters and velocities after some steps, in floats."""
    _require_steps(steps)
    step.layer.require_concrete("the numbers of a step")
    names = step.layer.notation
    rates = {
        rate.name: rate
        for rate in (step.learning_rate, step.momentum, step.weight_decay)
        if isinstance(rate, sp.Symbol)
    }
    target = names.target
    last = target if step.loss_part is not None else names.grad_output
    needs_target = step.loss_part is None or target in step.loss_part.own_layouts()
    wanted = [names.input, *(getattr(names, role) for role in step.roles), *([last] if needs_target else []), *rates]
    if set(arrays) != set(wanted):
        raise SymconvError(
            f"arrays {', '.join(sorted(arrays)) or '(none)'}", _difference(set(arrays), wanted),
            f"give {', '.join(wanted)}",
        )  # fmt: skip
    values = {name: real_array(name, array) for name, array in arrays.items()}
    values = {name: value if name == target else _in_floats(name, value) for name, value in values.items()}
    if target in values and step.loss_part is not None:
        values[target] = _in_floats(target, step.loss_part.target_values(values[target]))
    for name, value in values.items():
        shape = () if name in rates else tuple(int(size) for size in step.layer.shape_of(step.layouts[name]))
        if value.shape != shape:
            raise SymconvError(f"{name} of shape {value.shape}", "its shape here is different", f"use shape {shape}")
        if name in rates and (value < 0).any():
            raise SymconvError(f"{name}={value}", "it is negative", "use a number of at least 0")
    numbers = [
        float(values[rate.name]) if isinstance(rate, sp.Symbol) else float(rate)
        for rate in (step.learning_rate, step.momentum, step.weight_decay)
    ]
    state = Iteration(step, values, (numbers[0], numbers[1], numbers[2]))
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            state.once()
    if not all(np.isfinite(value).all() for value in state.parameters.values()):
        raise SymconvError(
            f"{shown(steps)} steps of {step!r}", "the weights grow past what floats hold", "use a smaller rate"
        )
    return {getattr(names, role): value for role, value in state.parameters.items()} | {
        f"V_{getattr(names, role)}": value for role, value in state.velocities.items()
    }


def _in_floats(name: str, array: Array) -> Array:
    try:
        return array.astype(float)
    except OverflowError:
        raise SymconvError(f"{name}", "a number is larger than floats can hold", "use smaller numbers") from None


def run_exactly(step: StepFormulas, steps: int, max_terms: int) -> dict[str, sp.Array]:
    """The parameters after some steps as expanded expressions in the symbols of everything."""
    _require_steps(steps)
    layer, names = step.layer, step.layer.notation
    layer.require_concrete("the weights after a step")
    if step.loss_part is not None and not step.patchwise.is_exact:
        raise SymconvError(f"{step.loss!r}", "its steps are not polynomials", "use step.weight, or step.run in numbers")
    products = prod(map(int, layer.output_shape)) * prod(map(int, layer.weight_shape[1:]))
    shapes = [layer.input_shape, layer.output_shape, *(getattr(layer, f"{role}_shape") for role in step.roles)]
    count = sum(prod(map(int, shape)) for shape in shapes)
    if products * count > MOST_EXPONENTS:
        raise SizeLimitError(
            f"the weights after {shown(steps)} steps of {layer!r}",
            f"they begin with about {about(products)} products in {count:,} symbols",
            f"the limit is {MOST_EXPONENTS:,} exponents; use step.weight, step.run in numbers, or smaller sizes",
        )
    tensors = {names.input: layer.input, **{getattr(names, role): getattr(layer, role) for role in step.roles}}
    last = names.grad_output if step.loss_part is None else names.target
    tensors[last] = symbols_of(last, layer.output_layout, layer)
    rates = [step.learning_rate, step.momentum, step.weight_decay]
    symbols = [symbol for array in tensors.values() for symbol in entries_of(array)]
    ring, *_ = sp.ring([*symbols, *(rate for rate in rates if not _is_number(rate))], sp.QQ)

    def element(expression: sp.Expr) -> Any:
        return ring.from_expr(sp.sympify(expression, strict=True))

    arrays = {
        name: np.array([element(entry) for entry in entries_of(array)], dtype=object).reshape(array.shape)
        for name, array in tensors.items()
    }

    made = 0

    def guard(count: int) -> None:
        nonlocal made
        made += count
        if made > max_terms:
            raise SizeLimitError(
                f"{about(steps)} steps with more than {made:,} product terms", f"the limit is {max_terms:,}",
                "use fewer steps or patches, step.weight in index form, or pass max_terms",
            )  # fmt: skip

    state = Iteration(step, arrays, tuple(element(sp.Rational(r) if _is_number(r) else r) for r in rates), guard)
    for _ in range(steps):
        state.once()
    return {
        getattr(names, role): sp.ImmutableDenseNDimArray([entry.as_expr() for entry in value.ravel()], value.shape)
        for role, value in state.parameters.items()
    }


def _is_number(rate: Any) -> bool:
    return not isinstance(rate, sp.Symbol)


def _require_steps(steps: Any) -> None:
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise SymconvError(f"steps={shown(steps)}", "not a number of steps", "use 1, 2, ..")


def _difference(given: set[str], wanted: Sequence[str]) -> str:
    """Which names are missing, and which are unexpected."""
    lists = {"missing": [name for name in wanted if name not in given], "unexpected": sorted(given - set(wanted))}
    return "; ".join(f"{words}: {', '.join(names)}" for words, names in lists.items() if names)
