"""A step in small whole numbers, exactly, with every product: all patches together, and patch by patch."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.gradient_step.algorithm import Iteration
from symconv.gradient_step.sgd import sgd_step
from symconv.layers import Layer
from symconv.notes.build.line_breaks import broken, lines_of
from symconv.notes.content.numbers import factor, matrix, number, small_numbers, squeezed
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.latex import TensorNames

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Turn:
    """One patch at its turn: everything that the pencil writes down."""

    number: int
    patch: Array
    weight: Array
    bias: Array | None
    outputs: list[Any]
    targets: list[Any]
    errors: list[Any]
    new_weight: Array
    new_bias: Array | None


class Example:
    """The algorithm in small whole numbers, exactly: together and patch by patch."""

    def __init__(
        self, layer: Layer, rate: Fraction, generator: random.Random, tensor: TensorNames, words: Words = ENGLISH
    ) -> None:
        self.layer, self.rate, self.tensor, self.words = layer, rate, tensor, words
        names = layer.notation
        self.w, self.b, self.h = map(tensor, (names.weight, names.bias, names.output))
        self.delta, self.y, self.epsilon = map(tensor, (names.grad_output, names.turn_output, names.turn_error))
        shapes = {names.input: layer.input_shape, names.weight: layer.weight_shape, names.target: layer.output_shape}
        if layer.bias_term:
            shapes[names.bias] = layer.bias_shape
        self.given = {
            name: small_numbers([int(size) for size in shape], generator, -1, 3) for name, shape in shapes.items()
        }
        self.together = self._run("summed")
        self.turns = self._turns()

    def _iteration(self, schedule: str) -> Iteration:
        step = sgd_step(self.layer, "squared", self.rate, schedule)
        return Iteration(step, self.given, (self.rate, Fraction(0), Fraction(0)))

    def _run(self, schedule: str) -> Iteration:
        state = self._iteration(schedule)
        self.start_outputs = state.to_rows(state.output())
        self.start_errors = state.errors()
        state.once()
        return state

    def _turns(self) -> list[Turn]:
        state = self._iteration("sequential")
        targets = state.to_rows(np.asarray(self.given[self.layer.notation.target]))
        turns = []
        for at in range(len(state.patches)):
            before = dict(state.parameters)
            outputs, errors = state.to_rows(state.output())[at], state.errors()
            state.move(state.gradients(errors, slice(at, at + 1)))
            turns.append(
                Turn(
                    at + 1, self._patch(state.patches[at]), before["weight"], before.get("bias"), list(outputs),
                    list(targets[at]), list(errors[at]), state.parameters["weight"], state.parameters.get("bias"),
                )
            )  # fmt: skip
        return turns

    def _patch(self, patch: Array) -> Array:
        kernel = [int(size) for size in self.layer.weight_shape[1:]]
        return np.asarray(patch, dtype=object).reshape(kernel)

    @property
    def is_lively(self) -> bool:
        """Whether something is to be seen: errors, patches that overlap, and weights that differ in the end."""
        first = self.turns[0]
        inner = sum(int(a) * int(b) for a, b in zip(first.patch.ravel(), self.turns[-1].patch.ravel()))
        zeros = sum(value == 0 for value in self.given[self.layer.notation.weight].ravel())
        inputs = self.given[self.layer.notation.input].ravel()
        errors = [error for turn in self.turns for error in turn.errors]
        lively = sum(error != 0 for error in errors) * 4 >= 3 * len(errors)
        return bool(inner) and lively and zeros == 0 and sum(value == 0 for value in inputs) * 3 <= len(inputs)

    # -- lines ---------------------------------------------------------------------------------------

    @property
    def given_lines(self) -> list[str]:
        lines = [f"{self.tensor(name)} = {matrix(squeezed(value))}" for name, value in self.given.items()]
        return [*lines, rf"\eta = {number(self.rate)}"]

    def _name(self, channel: int, at: int) -> str:
        several = int(self.layer.weight_shape[0]) > 1
        return f"{channel + 1},{at}" if several else str(at)

    def output_line(self, turn: Turn, channel: int, outputs: list[Any], bias: Any, weight: Array) -> str:
        """h_p = w . x_p (+ b) = .. with every product."""
        products = [
            f"{factor(number(w))} \\cdot {factor(number(x))}"
            for w, x in zip(weight[channel].ravel(), turn.patch.ravel())
        ]
        if bias is not None:
            products.append(factor(number(bias[channel])))
        return " + ".join(products) + f" = {number(outputs[channel])}"

    @property
    def together_lines(self) -> list[str]:
        """Every patch's output and error with the weights at the start, as lines of an align."""
        lines = []
        bias = self.given.get(self.layer.notation.bias)
        weight = self.given[self.layer.notation.weight]
        for turn in self.turns:
            for channel in range(int(self.layer.weight_shape[0])):
                name = self._name(channel, turn.number)
                outputs = list(self.start_outputs[turn.number - 1])
                error, target = self.start_errors[turn.number - 1][channel], turn.targets[channel]
                lines.append(
                    rf"{self.h}_{{{name}}} &= {self.output_line(turn, channel, outputs, bias, weight)}, & "
                    rf"{self.delta}_{{{name}}} &= {number(outputs[channel])} - "
                    f"{factor(number(target))} = {number(error)}"
                )
        return lines

    @property
    def sum_lines(self) -> list[str]:
        """sum over p of delta_p x_p, and the new weights, for every output channel."""
        lines = []
        for channel in range(int(self.layer.weight_shape[0])):
            errors = [rows[channel] for rows in self.start_errors]
            pieces = [
                f"{'' if at == 0 else '+ '}{factor(number(error))} {matrix(squeezed(turn.patch))}"
                for at, (error, turn) in enumerate(zip(errors, self.turns))
            ]
            total = sum((turn.patch * error for error, turn in zip(errors, self.turns)), start=0 * self.turns[0].patch)
            of = f"_{{{channel + 1}}}" if int(self.layer.weight_shape[0]) > 1 else ""
            error_name = f"{channel + 1},p" if of else "p"
            loss = self.tensor(self.layer.notation.loss)
            left = rf"\frac{{\partial {loss}}}{{\partial {self.w}{of}}} = \sum_p {self.delta}_{{{error_name}}}\, x_p"
            lines += broken(left, [*pieces, f"= {matrix(squeezed(total))}"])
            old = self.given[self.layer.notation.weight][channel]
            new = self.together.parameters["weight"][channel]
            lines += broken(
                f"{self.w}{of}'",
                [
                    f"{matrix(squeezed(old))} - {number(self.rate)} {matrix(squeezed(total))}",
                    f"= {matrix(squeezed(new))}",
                ],
            )
            if self.layer.bias_term:
                lines += broken(
                    f"{self.b}{of}'",
                    [
                        f"{number(self.given[self.layer.notation.bias][channel])} - {number(self.rate)} \\cdot "
                        f"{factor(number(sum(errors)))} = {number(self.together.parameters['bias'][channel])}"
                    ],
                )
        return lines

    @property
    def turn_blocks(self) -> list[tuple[int, list[str]]]:
        """For every patch, what is computed at its turn."""
        blocks = []
        for turn in self.turns:
            lines = []
            for channel in range(int(self.layer.weight_shape[0])):
                name = self._name(channel, turn.number)
                of = f"_{{{channel + 1}}}" if int(self.layer.weight_shape[0]) > 1 else ""
                output = self.output_line(turn, channel, turn.outputs, turn.bias, turn.weight)
                error, target = turn.errors[channel], turn.targets[channel]
                lines.append(f"{self.y}_{{{name}}} &= {output}")
                less = f"{number(turn.outputs[channel])} - {factor(number(target))}"
                lines.append(rf"{self.epsilon}_{{{name}}} &= {less} = {number(error)}")
                old, new = squeezed(turn.weight[channel]), squeezed(turn.new_weight[channel])
                move = f"- {number(self.rate)} \\cdot {factor(number(error))} {matrix(squeezed(turn.patch))}"
                lines += _replaced(broken(f"{self.w}{of}", [matrix(old), move, f"= {matrix(new)}"]))
                if turn.new_bias is not None and turn.bias is not None:
                    less = f"{number(turn.bias[channel])} - {number(self.rate)} \\cdot {factor(number(error))}"
                    lines += _replaced([f"{self.b}{of} &= {less} = {number(turn.new_bias[channel])}"])
            blocks.append((turn.number, lines))
        return blocks

    @property
    def difference_lines(self) -> list[str]:
        """Patch by patch minus together, in numbers."""
        new, old = self.turns[-1].new_weight, self.together.parameters["weight"]
        one_by_one, together = (rf"\text{{{self.words(key)}}}" for key in ("patch_by_patch", "together"))
        lines = []
        for channel in range(int(self.layer.weight_shape[0])):
            of = f"_{{{channel + 1}}}" if int(self.layer.weight_shape[0]) > 1 else ""
            difference = squeezed(new[channel] - old[channel])
            lines += broken(
                f"{self.w}{of}^{{{one_by_one}}} - {self.w}{of}^{{{together}}}",
                [f"{matrix(squeezed(new[channel]))} - {matrix(squeezed(old[channel]))}", f"= {matrix(difference)}"],
            )
        return lines

    @property
    def formula_lines(self) -> list[str]:
        """The same from the formula, for two patches: eta^2 delta_1 (x_1 . x_2) x_2."""
        if len(self.turns) != 2:
            return []
        first, second = self.turns
        inner = [
            f"{factor(number(a))} \\cdot {factor(number(b))}" for a, b in zip(first.patch.ravel(), second.patch.ravel())
        ]
        product: Any = sum(a * b for a, b in zip(first.patch.ravel(), second.patch.ravel()))
        one = r" + 1" if self.layer.bias_term else ""
        product += bool(one)
        lines = [rf"x_1 \cdot x_2{one} &= {' + '.join(inner)}{one} = {number(product)}"]
        for channel in range(int(self.layer.weight_shape[0])):
            error = self.start_errors[0][channel]
            value = second.patch * (self.rate**2 * error * product)
            text = (
                f"{number(self.rate)}^2 \\cdot {factor(number(error))} \\cdot {factor(number(product))} "
                f"{matrix(squeezed(second.patch))} = {matrix(squeezed(value))}"
            )
            name = f"{self._name(channel, 1)}"
            lines.append(rf"\eta^2\, {self.delta}_{{{name}}}\, (x_1 \cdot x_2{one})\, x_2 &= {text}")
        return lines

    @property
    def unshared(self) -> list[str]:
        """The dense weights before, after a step without sharing, and after one with it, as many to a line as fit."""
        layer, names = self.layer, self.layer.notation
        step = sgd_step(layer, "squared", self.rate)
        values = {name: self.given[name] for name in self.given}
        before = layer.fully_connected.shared_weight.evaluate(**{names.weight: values[names.weight]})
        wanted = {tensor.name for tensor in step.unshared.form.operands}
        after = step.unshared.evaluate(**{name: values[name] for name in wanted})
        shared = layer.fully_connected.shared_weight.evaluate(**{names.weight: self.together.parameters["weight"]})
        matrices = [one if names.vectors == "row" else one.T for one in (before, after, shared)]
        return lines_of(list(map(matrix, matrices)), separator=r" ,\quad ")

    @property
    def patch_lines(self) -> list[str]:
        return [f"x_{{{turn.number}}} = {matrix(squeezed(turn.patch))}" for turn in self.turns]


def _replaced(lines: list[str]) -> list[str]:
    """The lines of a value that takes the place of another."""
    return [lines[0].replace("&=", r"&\leftarrow", 1), *lines[1:]]
