"""What the notes say of a gradient step on one layer: in every view, patch by patch, and in numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

import numpy.typing as npt
import sympy as sp

from symconv.algebra.forms import Form
from symconv.algebra.normal_form import added_up, fewest_primes, simplify
from symconv.algebra.rules import simplifying
from symconv.gradient_step.step import Step
from symconv.networks.losses import CrossEntropyPart, SquaredError
from symconv.notes.build.line_breaks import Cells, broken, lines_of_relation
from symconv.notes.build.templates import Said
from symconv.notes.content.entries import Entries
from symconv.notes.content.layer import Content
from symconv.notes.content.network import loss_remark
from symconv.notes.content.numbers import number
from symconv.notes.content.sharing import Sharing, sharing_of
from symconv.notes.content.step_example import Example
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.mathematics import with_factors_in_front
from symconv.printing.names import name_of
from symconv.printing.parts import (
    THIN,
    Given,
    Scripts,
    Symbol,
    derivative,
    joined,
    line,
    listed,
    plus,
    words,
)
from symconv.printing.tree import Entry, Name, Node, Number
from symconv.proof import Report

FEW_PATCHES = 4
"""A worked example, and the difference written out, have at most 4 patches."""
FEW = 36
""".. and at most 36 entries in a tensor."""
TRIES = 200

Array = npt.NDArray[Any]


class StepContent(Entries):
    """The pieces of the notes on one step. Mathematics are nodes, and lines of them."""

    def __init__(self, step: Step, seed: int = 0, words: Words = ENGLISH, entries: int | None = None) -> None:
        super().__init__(step.layer, 6 if entries is None else entries)
        self.step, self.layer, self.seed, self.words = step, step.layer, seed, words
        self.order = step.layer.reading_order

    # -- notation ------------------------------------------------------------------------------------

    @cached_property
    def tensor_names(self) -> set[str]:
        formulas = [self.together.in_view("direct", role) for role in self.step.roles]
        if self.step.loss_part is not None:
            formulas.append(self.step.loss_part.grad_input)
        if self.by_patch is not None:
            formulas += self.by_patch.turns
        return self.on_layer.tensor_names.union(*(formula.tensor_names for formula in formulas))

    @property
    def h(self) -> Node:
        return self.tensor(self.layer.notation.output)

    @property
    def y(self) -> Node:
        """A patch's output at its turn."""
        return self.tensor(self.layer.notation.turn_output)

    @property
    def delta(self) -> Node:
        return self.tensor(self.layer.notation.grad_output)

    @property
    def epsilon(self) -> Node:
        """A patch's error at its turn."""
        return self.tensor(self.layer.notation.turn_error)

    @property
    def v(self) -> Node:
        return self.tensor(self.layer.notation.dense_weight)

    @property
    def x(self) -> Node:
        return self.tensor(self.layer.notation.input)

    # -- the layer -----------------------------------------------------------------------------------

    @cached_property
    def on_layer(self) -> Content:
        """The same layer's own notes, for its tables and formulas."""
        report = Report(self.layer, "", ())
        return Content(self.layer, report, None, None, self.words)  # type: ignore[arg-type]

    @property
    def gradient_lines(self) -> list[Cells]:
        """dL/dw as every view has it, from direct convolution."""
        formula = self.layer.direct.grad_weight
        return broken(formula.tree_left, formula.tree_right)

    # -- one step on all patches together ------------------------------------------------------------

    @cached_property
    def together(self) -> Step:
        """The step on the sum (or mean), in the given derivative delta."""
        schedule = "summed" if self.step.schedule == "sequential" else self.step.schedule
        return replace(self.step, loss=None, schedule=schedule)

    @cached_property
    def theorem(self) -> Report:
        """All views end with the same shared weights."""
        return self.together.prove()

    @property
    def update_lines(self) -> list[Cells]:
        """The new weights, and the new biases."""
        lines: list[Cells] = []
        for role in self.step.roles:
            formula = self.together.in_view("direct", role)
            lines += broken(self._new(role), with_factors_in_front(formula.tree_right))
        return lines

    def _new(self, role: str) -> Node:
        """w'_{o, c, k}."""
        formula = self.together.in_view("direct", role)
        letters = tuple(name_of(axis.letter) for axis in formula.axes)
        name = replace(self.tensor(getattr(self.layer.notation, role)), primes=1)
        return Entry(name, letters) if letters else name

    @property
    def rate_lines(self) -> list[Cells]:
        """What is known of momentum and weight decay, as lines of an align."""
        lines: list[Cells] = []
        for role in self.step.roles:
            name = self.tensor(getattr(self.layer.notation, role))
            velocity, new_velocity = Scripts(Name("V"), name), Scripts(Name("V", primes=1), name)
            parts: list[Node] = [derivative(self.on_layer.loss, name)]
            if self.step.momentum != 0:
                parts.insert(0, line(self._rate(self.step.momentum), THIN, velocity))
            if self.step.weight_decay != 0:
                parts.append(line(self._rate(self.step.weight_decay), THIN, name))
            moved = line("=", name, "-", self.eta, THIN, new_velocity)
            lines.append((new_velocity, line("=", joined(parts, "+"), ","), replace(name, primes=1), moved))
        return lines if self.step.momentum != 0 or self.step.weight_decay != 0 else []

    @staticmethod
    def _rate(rate: Any) -> Node:
        return name_of(rate.name) if isinstance(rate, sp.Symbol) else number(rate)

    @property
    def eta(self) -> Node:
        return self._rate(self.step.learning_rate)

    @property
    def loss_lines(self) -> list[Cells]:
        """The loss, and its derivative with respect to the output."""
        part = self.step.loss_part
        if part is None:
            return []
        formula = part.grad_input
        names = self.layer.notation
        left = self.tensor.entry(names.grad_output, [name_of(axis.letter) for axis in formula.axes])
        return [*map(lines_of_relation, part.said()), *broken(left, formula.tree_right)]

    @property
    def loss_remark(self) -> Said:
        """What the loss' derivative does not say by itself, as sentences."""
        return loss_remark(self.step.loss_part, self.words, self.delta, self.tensor, self.on_layer.loss)

    # -- without sharing -----------------------------------------------------------------------------

    @cached_property
    def unshared_matrix(self) -> Node:
        """The dense weights after a step in which every one is free."""
        return self.on_layer.oriented(self.together.unshared)

    @property
    def matrix_words(self) -> str:
        """What runs down and what across in it, in short."""
        return self.words(f"matrix.{self.layer.notation.vectors}.short")

    @property
    def drift_lines(self) -> list[Cells]:
        """The difference in index form."""
        formula = self.together.drift
        sifted = simplify(formula.form, formula.assumptions, simplifying(self.order)).result
        letters = [name_of(axis.letter) for axis in formula.axes]
        left = line(Symbol("Δ"), self.tensor.entry(self.layer.notation.dense_weight, letters))
        terms = tuple(fewest_primes(term, self.layer.assumptions.names) for term in sifted)
        return broken(left, with_factors_in_front(formula.tree_of(added_up(Form(terms)))))

    @property
    def is_plain(self) -> bool:
        """Whether the step is that on the sum, without momentum and weight decay."""
        return self.step.schedule != "mean" and self.step.momentum == 0 and self.step.weight_decay == 0

    @property
    def has_one_patch(self) -> bool:
        return self.layer.is_concrete and self.together.patch_count == 1

    @cached_property
    def has_drift(self) -> bool:
        """Whether a step without sharing ends with other dense weights than one with it."""
        return not self.together.prove_unshared().holds

    @cached_property
    def sharing(self) -> Sharing:
        return sharing_of(self.layer)

    @property
    def turn_softmax(self) -> Node | None:
        """The name of the softmax at a patch's turn, if there is one."""
        part = self.step.loss_part
        return self.tensor(f"{part.functions()[0].name}_turn") if isinstance(part, CrossEntropyPart) else None

    @property
    def matrices_fit(self) -> bool:
        return self.layer.is_concrete and self._count(self.layer.fully_connected.shared_weight.shape) <= FEW

    # -- patch by patch ------------------------------------------------------------------------------

    @cached_property
    def by_patch(self) -> Step | None:
        """The step that updates after every patch; None without a loss."""
        if self.step.loss is None or not self.is_plain or self.has_one_patch:
            return None
        return replace(self.step, schedule="sequential", momentum=Fraction(0), weight_decay=Fraction(0))

    @property
    def patch_order(self) -> str:
        """In which order the patches have their turns, in words."""
        order = "batch" if self.layer.batch_size is not None else "line" if self.layer.ndim == 1 else "rows"
        return self.words(f"patch_order.{order}")

    @property
    def patch(self) -> Node:
        return self.tensor(self.layer.notation.patch)

    @property
    def recursion_lines(self) -> list[Cells]:
        """A patch's output and error at its turn, and the weights at the end."""
        assert self.by_patch is not None
        lines: list[Cells] = []
        for formula in self.by_patch.turns:
            lines += broken(formula.tree_left, with_factors_in_front(formula.tree_right))
        for role in self.step.roles:
            form = self.by_patch.parameter(role) - self.by_patch.eta * self.by_patch.patchwise.recursive(role == "bias")
            formula = self.by_patch.weight.replaced(form) if role == "weight" else self.by_patch.bias.replaced(form)
            lines += broken(self._new(role), with_factors_in_front(formula.tree_right))
        return lines

    @property
    def second_order_lines(self) -> list[Cells]:
        """The eta^2 term of the difference in index form."""
        assert self.by_patch is not None
        lines: list[Cells] = []
        for role in self.step.roles:
            formula = self.by_patch.term(2, role)
            letters = [name_of(axis.letter) for axis in formula.axes]
            name = self.tensor(getattr(self.layer.notation, role))
            below = line(name, ";", THIN, listed(letters)) if letters else name
            lines += broken(Scripts(Name("T"), below), formula.tree_right)
        return lines

    @property
    def is_squared(self) -> bool:
        """Whether the loss is half the squared error, for which the series ends and has factors 1."""
        return isinstance(self.step.loss, SquaredError)

    @property
    def written_out(self) -> list[Cells]:
        """The whole difference for few patches and the squared loss: every chain of patches."""
        if not (self.layer.is_concrete and self.is_squared):
            return []
        count = self.together.patch_count
        if not 2 <= count <= FEW_PATCHES:
            return []
        pieces: list[Node] = []
        for length in range(2, count + 1):
            chains = [self._chain(chain) for chain in combinations(range(1, count + 1), length)]
            power = Scripts(self.eta, None, Number(length))
            first, *others = chains
            opened = line(power, THIN, first) if not others else line(power, "[", first)
            negative = length % 2 == 1
            pieces.append(line("-", opened) if negative else plus(opened) if pieces else opened)
            pieces += [plus(line(chain, "]") if chain is others[-1] else chain) for chain in others]
        name = self.tensor(self.layer.notation.weight)
        one_by_one, together = (Scripts(name, None, words(self.words(key))) for key in ("patch_by_patch", "together"))
        return broken(line(one_by_one, "-", together), pieces)

    def _chain(self, chain: tuple[int, ...]) -> Node:
        """delta_1 (x_1 . x_2) x_2: an error, how much each patch has of the next, and the last patch."""
        one: list[Given] = ["+", 1] if self.layer.bias_term else []
        links = [line("(", numbered_patch(p), "·", numbered_patch(q), *one, ")") for p, q in pairwise(chain)]
        error = Scripts(self.tensor(self.layer.notation.grad_output), Number(chain[0]))
        return line(error, THIN, *links, THIN, numbered_patch(chain[-1]))

    # -- numbers -------------------------------------------------------------------------------------

    @property
    def number_rate(self) -> Fraction:
        """The learning rate of the worked example."""
        rate = self.step.learning_rate
        return Fraction(1, 10) if isinstance(rate, sp.Symbol) else rate

    @cached_property
    def example(self) -> Example | None:
        """A worked example: half the squared error, small whole numbers; None if the layer is too large."""
        layer = self.layer
        if not layer.is_concrete or not self.is_squared or self.together.patch_count > FEW_PATCHES:
            return None
        if not layer.is_convolution or not self.is_plain:
            return None
        shapes = [layer.input_shape, layer.weight_shape, layer.output_shape]
        if any(self._count(shape) > FEW for shape in shapes) or layer.groups != 1 or layer.batch_size is not None:
            return None
        found = None
        for attempt in range(TRIES):
            found = Example(layer, self.number_rate, random.Random(f"{self.seed}/{attempt}"), self.tensor, self.words)
            if found.is_lively:
                break
        return found


def numbered_patch(number: int) -> Node:
    """x_1, the first patch."""
    return Scripts(Name("x"), Number(number))
