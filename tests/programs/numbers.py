"""Programs of the corpus run by Python at random shapes, beside what the layer's own forward pass says.

Gradients are found from the forward pass alone: it is linear in each tensor, so that its values on unit vectors are
all there is to know.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np

from symconv.errors import GeometryError
from symconv.layers import Layer
from symconv.numeric.reference import forward
from symconv.programs.arguments import TensorArgument, binding, made_of
from tests.programs.program import Program

MOST = {"s": 3, "d": 3, "p": 2, "N": 2, "C": 2, "F": 3, "G": 2, "M": 3, "K": 3, "K1": 3, "K2": 3, "K3": 2}
"""The largest number for a letter, 6 for others."""


def shapes(layer: Layer, rng: random.Random, count: int) -> Iterator[dict[str, int]]:
    """Random numbers for the letters of a layer, those that describe a layer."""
    while count:
        values = {name: rng.randint(0 if name == "p" else 1, MOST.get(name, 6)) for name in layer.symbol_names}
        try:
            layer.at(**values)
        except GeometryError:
            continue
        yield values
        count -= 1


def tensors(layer: Layer, rng: random.Random) -> dict[str, Any]:
    """Small whole numbers for every tensor, as float64."""
    kinds = {"input": layer.input_shape, "output": layer.output_shape, "grad_output": layer.output_shape}
    if layer.fixed_kernel is None:
        kinds["weight"] = layer.weight_shape
    if layer.bias_term:
        kinds["bias"] = layer.bias_shape
    numbers = np.random.default_rng(rng.randrange(2**32))
    return {role: numbers.integers(-4, 5, shape).astype(float) for role, shape in kinds.items()}


def right_values(layer: Layer, arrays: Mapping[str, Any], of: str) -> Any:
    """The layer's output or gradient."""
    given = {role: arrays[role] for role in ("input", "weight", "bias") if role in arrays}
    if of == "output":
        return forward(layer, given)
    role = of.removeprefix("grad_")
    others = ("bias",) if role != "bias" else ("input", "weight")
    base = {name: np.zeros_like(array) if name in others else array for name, array in given.items()}
    result = np.zeros_like(given[role])
    for at in product(*map(range, result.shape)):
        unit = np.zeros_like(result)
        unit[at] = 1
        result[at] = np.sum(arrays["grad_output"] * forward(layer, {**base, role: unit}))
    return result


def run(program: Program, text: str, values: Mapping[str, int], arrays: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What the program gives, as the layer has it, for every quantity that it computes."""
    general = program.layer()
    layer = general.at(**values)
    sizes = dict(zip((size.single_name for size in general.m), layer.output_size))
    numbers = {**{name: size for name, size in sizes.items() if name is not None}, **values}
    bound = binding(general, program.of, program.arguments, program.layouts)
    module = ModuleType(program.file.removesuffix(".py"))
    exec(compile(text, program.file, "exec"), module.__dict__)
    function = getattr(module, program.name)

    def tensor(argument: TensorArgument) -> Any:
        return converted(program, argument.arrangement.arranged(arrays[argument.role]).copy())

    given = {}
    for name, default in parameters(function).items():
        argument = bound.argument(name)
        if argument is not None:
            given[name] = made_of(argument, tensor, lambda number: int(number.evaluate(numbers)))
        elif default:
            raise AssertionError(f"{program.place}: {name} is not known")
    returned = function(**given)
    found = []
    for result in bound.results:
        one = returned if result.place is None else returned[result.place]
        shape = getattr(layer, f"{result.of.removeprefix('grad_')}_shape")
        one = np.asarray(one)
        wanted = result.arrangement.shape(shape)
        found.append((result.of, result.arrangement.restored(one, shape) if one.shape == tuple(wanted) else one))
    return found


def converted(program: Program, array: Any) -> Any:
    """The array as the program's library has it."""
    if "torch" in program.needs:
        import torch

        return torch.from_numpy(array)
    return array


def parameters(function: Any) -> dict[str, bool]:
    """The names of the parameters, and whether each must be given."""
    import inspect

    return {name: one.default is one.empty for name, one in inspect.signature(function).parameters.items()}


def is_right(program: Program, text: str, values: Mapping[str, int], rng: random.Random) -> bool:
    """Whether all results are right there; False if it raises."""
    layer = program.layer().at(**values)
    arrays = tensors(layer, rng)
    try:
        with np.errstate(all="ignore"):
            found = run(program, text, values, arrays)
    except AssertionError:
        raise
    except Exception:
        return False
    for of, got in found:
        right = right_values(layer, arrays, of)
        if got.shape != right.shape or not np.allclose(got.astype(float), right, rtol=1e-9, atol=1e-9):
            return False
    return True
