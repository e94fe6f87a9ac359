"""A step in small whole numbers, exactly, with every product: all patches together, and patch by patch."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.gradient_step.algorithm import Iteration
from symconv.gradient_step.sgd import sgd_step
from symconv.layers import Layer
from symconv.notes.build.line_breaks import COMMA_QUAD, Cells, aligned, broken, lines_of
from symconv.notes.content.numbers import factor, matrix, number, small_numbers, squeezed
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.names import name_of
from symconv.printing.parts import (
    THIN,
    Given,
    Numeral,
    Scripts,
    Sign,
    derivative,
    equation,
    joined,
    line,
    listed,
    plus,
    words as said,
)
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Name, Node, Number

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
        self, layer: Layer, rate: Fraction, generator: random.Random, tensor: TensorNodes, words: Words = ENGLISH
    ) -> None:
        self.layer, self.rate, self.tensor, self.words = layer, rate, tensor, words
        names = layer.notation
        self.w, self.b, self.h = map(tensor, (names.weight, names.bias, names.output))
        self.delta, self.y, self.epsilon = map(tensor, (names.grad_output, names.turn_output, names.turn_error))
        self.eta = name_of("eta")
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
    def given_lines(self) -> list[Node]:
        lines = [equation(self.tensor(name), matrix(squeezed(value))) for name, value in self.given.items()]
        return [*lines, equation(self.eta, number(self.rate))]

    @property
    def _is_one(self) -> bool:
        """Whether there is one output channel."""
        return int(self.layer.weight_shape[0]) == 1

    def _of(self, tensor: Node, channel: int, at: int | str) -> Node:
        """A tensor of a patch, and of a channel if there are several."""
        place = Number(at) if isinstance(at, int) else Name(at)
        return Scripts(tensor, place if self._is_one else listed([Number(channel + 1), place]))

    def _own(self, tensor: Node, channel: int, above: Node | None = None) -> Node:
        """A parameter of a channel, if there are several."""
        below = None if self._is_one else Number(channel + 1)
        return tensor if below is None and above is None else Scripts(tensor, below, above)

    def output_line(self, turn: Turn, channel: int, outputs: list[Any], bias: Any, weight: Array) -> Node:
        """h_p = w . x_p (+ b) = .. with every product."""
        products = [
            line(factor(number(w)), "·", factor(number(x))) for w, x in zip(weight[channel].ravel(), turn.patch.ravel())
        ]
        if bias is not None:
            products.append(factor(number(bias[channel])))
        return equation(joined(products, "+"), number(outputs[channel]))

    @property
    def together_lines(self) -> list[Cells]:
        """Every patch's output and error with the weights at the start, as lines of an align."""
        lines: list[Cells] = []
        bias = self.given.get(self.layer.notation.bias)
        weight = self.given[self.layer.notation.weight]
        for turn in self.turns:
            for channel in range(int(self.layer.weight_shape[0])):
                outputs = list(self.start_outputs[turn.number - 1])
                error, target = self.start_errors[turn.number - 1][channel], turn.targets[channel]
                computed = line("=", self.output_line(turn, channel, outputs, bias, weight), ",")
                left = aligned(self._of(self.delta, channel, turn.number), _error(outputs[channel], target, error))
                lines.append((self._of(self.h, channel, turn.number), computed, *left))
        return lines

    @property
    def sum_lines(self) -> list[Cells]:
        """sum over p of delta_p x_p, and the new weights, for every output channel."""
        lines: list[Cells] = []
        for channel in range(int(self.layer.weight_shape[0])):
            errors = [rows[channel] for rows in self.start_errors]
            pieces = [
                line(factor(number(error)), matrix(squeezed(turn.patch))) for error, turn in zip(errors, self.turns)
            ]
            total = sum((turn.patch * error for error, turn in zip(errors, self.turns)), start=0 * self.turns[0].patch)
            loss = self.tensor(self.layer.notation.loss)
            over = Scripts(Sign("∑", large=True), Name("p"))
            products = line(over, self._of(self.delta, channel, "p"), THIN, Scripts(Name("x"), Name("p")))
            left = equation(derivative(loss, self._own(self.w, channel)), products)
            first, *rest = pieces
            lines += broken(left, [first, *map(plus, rest), line("=", matrix(squeezed(total)))])
            old = self.given[self.layer.notation.weight][channel]
            new = self.together.parameters["weight"][channel]
            lines += broken(
                self._own(primed(self.w), channel),
                [
                    line(matrix(squeezed(old)), "-", number(self.rate), matrix(squeezed(total))),
                    line("=", matrix(squeezed(new))),
                ],
            )
            if self.layer.bias_term:
                bias = number(self.given[self.layer.notation.bias][channel])
                moved = line(bias, "-", number(self.rate), "·", factor(number(sum(errors))))
                after = number(self.together.parameters["bias"][channel])
                lines += broken(self._own(primed(self.b), channel), equation(moved, after))
        return lines

    @property
    def turn_blocks(self) -> list[tuple[int, list[Cells]]]:
        """For every patch, what is computed at its turn."""
        blocks = []
        for turn in self.turns:
            lines: list[Cells] = []
            for channel in range(int(self.layer.weight_shape[0])):
                output = self.output_line(turn, channel, turn.outputs, turn.bias, turn.weight)
                error, target = turn.errors[channel], turn.targets[channel]
                lines.append(aligned(self._of(self.y, channel, turn.number), output))
                less = _error(turn.outputs[channel], target, error)
                lines.append(aligned(self._of(self.epsilon, channel, turn.number), less))
                old, new = squeezed(turn.weight[channel]), squeezed(turn.new_weight[channel])
                moved: list[Given] = ["-", number(self.rate), "·", factor(number(error))]
                pieces = [matrix(old), line(*moved, matrix(squeezed(turn.patch))), line("=", matrix(new))]
                lines += broken(self._own(self.w, channel), pieces, sign="←")
                if turn.new_bias is not None and turn.bias is not None:
                    less = line(number(turn.bias[channel]), *moved)
                    after = equation(less, number(turn.new_bias[channel]))
                    lines += broken(self._own(self.b, channel), after, sign="←")
            blocks.append((turn.number, lines))
        return blocks

    @property
    def difference_lines(self) -> list[Cells]:
        """Patch by patch minus together, in numbers."""
        new, old = self.turns[-1].new_weight, self.together.parameters["weight"]
        one_by_one, together = (said(self.words(key)) for key in ("patch_by_patch", "together"))
        lines: list[Cells] = []
        for channel in range(int(self.layer.weight_shape[0])):
            difference = squeezed(new[channel] - old[channel])
            lines += broken(
                line(self._own(self.w, channel, one_by_one), "-", self._own(self.w, channel, together)),
                [
                    line(matrix(squeezed(new[channel])), "-", matrix(squeezed(old[channel]))),
                    line("=", matrix(difference)),
                ],
            )
        return lines

    @property
    def formula_lines(self) -> list[Cells]:
        """The same from the formula, for two patches: eta^2 delta_1 (x_1 . x_2) x_2."""
        if len(self.turns) != 2:
            return []
        first, second = self.turns
        inner = [
            line(factor(number(a)), "·", factor(number(b))) for a, b in zip(first.patch.ravel(), second.patch.ravel())
        ]
        product: Any = sum(a * b for a, b in zip(first.patch.ravel(), second.patch.ravel()))
        one: list[Given] = ["+", 1] if self.layer.bias_term else []
        product += bool(one)
        x_1, x_2 = (Scripts(Name("x"), Numeral(at)) for at in "12")
        overlap = line(x_1, "·", x_2, *one)
        lines = [aligned(overlap, equation(line(joined(inner, "+"), *one), number(product)))]
        for channel in range(int(self.layer.weight_shape[0])):
            error = self.start_errors[0][channel]
            value = second.patch * (self.rate**2 * error * product)
            squared = [Scripts(one, None, Number(2)) for one in (self.eta, number(self.rate))]
            factors = joined([squared[1], factor(number(error)), factor(number(product))], "·")
            text = equation(line(factors, matrix(squeezed(second.patch))), matrix(squeezed(value)))
            delta = self._of(self.delta, channel, 1)
            lines.append(aligned(line(squared[0], THIN, delta, THIN, "(", overlap, ")", THIN, x_2), text))
        return lines

    @property
    def unshared(self) -> list[Node]:
        """The dense weights before, after a step without sharing, and after one with it, as many to a line as fit."""
        layer, names = self.layer, self.layer.notation
        step = sgd_step(layer, "squared", self.rate)
        values = {name: self.given[name] for name in self.given}
        before = layer.fully_connected.shared_weight.evaluate(**{names.weight: values[names.weight]})
        wanted = {tensor.name for tensor in step.unshared.form.operands}
        after = step.unshared.evaluate(**{name: values[name] for name in wanted})
        shared = layer.fully_connected.shared_weight.evaluate(**{names.weight: self.together.parameters["weight"]})
        matrices = [one if names.vectors == "row" else one.T for one in (before, after, shared)]
        return lines_of(list(map(matrix, matrices)))

    @property
    def patch_line(self) -> Node:
        """x_1 = .., x_2 = .., the patches."""
        patches = (
            equation(Scripts(Name("x"), Number(turn.number)), matrix(squeezed(turn.patch))) for turn in self.turns
        )
        return joined(patches, *COMMA_QUAD)


def _error(output: Any, target: Any, error: Any) -> Node:
    """3 - (-1) = 4, the output minus the target."""
    return equation(line(number(output), "-", factor(number(target))), number(error))


def primed(name: Name) -> Name:
    return replace(name, primes=name.primes + 1)
