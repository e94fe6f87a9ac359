"""What running and probing share: the task, and what is found of one result."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symconv.errors import ArgumentsError
from symconv.layers import Layer
from symconv.programs.arguments import Binding, TensorArgument
from symconv.programs.black_box import Box
from symconv.programs.calling import Called
from symconv.programs.differences import Difference, Variables
from symconv.programs.report import Case


@dataclass(frozen=True)
class Task:
    """A function that is run, and the layer that it should compute."""

    called: Called
    layer: Layer
    variables: Variables
    binding: Binding

    @staticmethod
    def of(function: Any, layer: Layer, bound: Binding) -> Task:
        """The task, with the parameters read.

        Raises:
            ArgumentsError: a parameter is not known, or the layer is not linear in its tensors.
        """
        if layer.has_switch:
            raise ArgumentsError(
                f"running a function for {layer!r}", "its output is not linear in its input", "use prove_code(..)"
            )
        called = Called.of(function, bound)
        _ = called.parameters
        return Task(called, layer, Variables(layer), bound)

    def tensors(self, arrays: Mapping[str, Any]) -> Any:
        """Makes a parameter's array from the layer's tensors by name."""

        def array(argument: TensorArgument) -> Any:
            return argument.arrangement.arranged(arrays[argument.name]).copy()

        return array

    def line_of(self, error: BaseException) -> int | None:
        """The line of the user's file at which an exception came up."""
        frames = traceback.extract_tb(error.__traceback__)
        return next((frame.lineno for frame in reversed(frames) if frame.filename == self.called.file), None)


@dataclass(frozen=True)
class Finding:
    """What is found of one result, and what it computes if that is known.

    Args:
        of: the quantity.
        case: the verdict.
        difference: what is computed, by product terms.
        shape: of a result of the wrong shape, as the layer has its dimensions.
        box: the function itself, if it is known by its numbers alone.
    """

    of: str
    case: Case
    difference: Difference | None = None
    shape: tuple[int, ...] | None = None
    box: Box | None = None
