"""Questions about a step of gradient descent: the gradient, a weight after the step, and what sharing does.

The step's own algorithm and loops over the layer's products give the numbers, independently.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symconv.gradient_step import Step
from symconv.networks import SquaredError
from symconv.printing.parts import equation as equals
from symconv.printing.tree import Node, Number
from symconv.questions.draft import Different, Draft, Equal
from symconv.questions.exercise import Exercise, Near, Option
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.languages import Texts
from symconv.questions.markup import arrays_display, display, inline, named_array, options as listed, paragraphs
from symconv.questions.naming import Index, Naming
from symconv.questions.subject import About, Subject
from symconv.questions.terms import fraction

RATE = Fraction(1, 10)
"""The learning rate of the exercises, if it is a letter."""

LARGEST_NUMBER, MOST_NUMBERS, MOST_COLUMNS = 3, 60, 9
"""A step with more numbers is not computed by hand."""

Arrays = Mapping[str, Any]


class StepSubject(About):
    """A step that questions are about."""

    def __init__(self, step: Step, texts: Texts) -> None:
        self.asked, self.step, self.texts = step, step, texts

    @cached_property
    def of_layer(self) -> Subject:
        """The layer whose weights move."""
        return Subject(self.step.layer, self.texts)

    @property
    def about(self) -> str:
        return self.texts("about.step")

    @property
    def naming(self) -> Naming:
        return self.of_layer.naming

    @property
    def rate(self) -> Fraction:
        given = self.step.learning_rate
        return RATE if isinstance(given, sp.Symbol) else Fraction(given)

    def introduction(self, exercises: Sequence[Exercise]) -> str:
        texts, naming = self.texts, self.naming
        output, target = naming.name("output"), naming.name("target")
        loss = inline(rf"\frac{{1}}{{2}} \sum ({output} - {target})^{{2}}")
        if self.step.loss is None:
            said = texts("step.loss.given", upstream=inline(naming.name("grad_output")))
        else:
            said = texts("step.loss.squared", loss=loss, target=inline(target))
        schedule = texts(f"step.{self.step.schedule}")
        about = texts("step.introduction", schedule=schedule, rate=inline(fraction(self.rate)), loss=said)
        return paragraphs(self.of_layer.introduction(exercises), about)

    @property
    def is_plain(self) -> bool:
        """Whether the loops below are this step's algorithm, and its numbers few."""
        step, layer = self.step, self.step.layer
        usual = step.momentum == 0 and step.weight_decay == 0 and isinstance(step.loss, (SquaredError, type(None)))
        if not usual or layer.batch_size is not None or layer.bias_term or self.of_layer.plain is None:
            return False
        if step.schedule == "sequential" and step.loss is None:
            return False  # the derivative of the loss would have to be given again after every patch
        shapes = [self.of_layer.shape(of) for of in ("grad_input", "grad_weight", "output")]
        few = sum(int(np.prod(shape)) for shape in shapes) <= MOST_NUMBERS
        return few and all(max(shape[-2:]) <= MOST_COLUMNS for shape in shapes)

    # -- by loops --------------------------------------------------------------------------------------

    def drawn(self, chance: random.Random) -> dict[str, Any]:
        """Small whole numbers for the input, the weights, and the target or the derivative of the loss, by role."""
        numbers = self.of_layer.drawn(chance, LARGEST_NUMBER)
        if self.step.loss is not None:
            numbers["target"] = numbers.pop("grad_output")
        return numbers

    def errors(self, arrays: Arrays, weight: Any) -> Any:
        """dL/dh of every output."""
        if "grad_output" in arrays:
            return arrays["grad_output"].astype(object)
        plain, shape = self.of_layer.arithmetic, self.of_layer.shape("output")
        found = np.empty(shape, dtype=object)
        for at in np.ndindex(*shape):
            found[at] = sum(
                one.coefficient * weight[one.weight] * int(arrays["input"][one.input]) for one in plain.products(at)
            ) - int(arrays["target"][at])
        return found

    def gradient(self, arrays: Arrays, weight: Any, position: Index | None = None) -> Any:
        """dL/dw of all patches, or of the one at a position."""
        plain, errors = self.of_layer.arithmetic, self.errors(arrays, weight)
        found = np.array([Fraction(0)] * weight.size, dtype=object).reshape(weight.shape)
        for at in np.ndindex(*errors.shape):
            if position is None or at[1:] == position:
                for one in plain.products(at):
                    found[one.weight] += one.coefficient * errors[at] * int(arrays["input"][one.input])
        return found

    def path(self, arrays: Arrays) -> Iterator[Any]:
        """The weights from the start of the step to its end."""
        weight = np.array([Fraction(int(one)) for one in arrays["weight"].ravel()], dtype=object)
        weight = weight.reshape(arrays["weight"].shape)
        yield weight
        positions = list(np.ndindex(*self.of_layer.shape("output")[1:]))
        if self.step.schedule == "sequential":
            for position in positions:
                weight = weight - self.rate * self.gradient(arrays, weight, position)
                yield weight
            return
        count = len(positions) if self.step.schedule == "mean" and self.step.mean_over == "patches" else 1
        yield weight - self.rate * self.gradient(arrays, weight) / count

    def shown(self, arrays: Arrays) -> str:
        """The numbers, as arrays."""
        lines: list[Node] = []
        for role in ("input", "weight", "target", "grad_output"):
            if role in arrays:
                name = self.naming.tensor.node(getattr(self.naming.notation, role))
                kept = self.naming.has_index("grad_output" if role == "target" else role)
                lines += named_array(name, arrays[role], kept, self.naming.notation.index_base)
        return arrays_display(lines)


# -- numbers -------------------------------------------------------------------------------------------


def _weights(what: str) -> Callable[[StepSubject], Sequence[Place]]:
    def places(subject: StepSubject) -> Sequence[Place]:
        if not subject.is_plain or "grad_weight" not in subject.step.layer.quantities:
            return []
        return [(what, at) for at in subject.of_layer.indices("grad_weight")]

    return places


def _gradient_draft(subject: StepSubject, place: Place, chance: random.Random) -> Draft:
    at, naming, arrays, texts = place[1], subject.naming, subject.drawn(chance), subject.texts
    weight = next(subject.path(arrays))
    value = subject.gradient(arrays, weight)[at]
    entry, upstream = naming.left_side("grad_weight", at), naming.name("grad_output")
    errors = subject.errors(arrays, weight).astype(np.int64)
    numbers = {"input": arrays["input"], "weight": arrays["weight"], "grad_output": errors}
    names = {getattr(subject.step.layer.notation, role): array for role, array in numbers.items()}
    formula = subject.step.layer.direct.grad_weight
    ours = formula.evaluate(**{name: array for name, array in names.items() if name in formula.layouts})[at]
    products = subject.of_layer.sum("grad_weight", at).number_tree(numbers)
    return Draft(
        "step_gradient", 2, paragraphs(texts("step_gradient.question", entry=inline(entry)), subject.shown(arrays)),
        paragraphs(
            texts("step_gradient.solution", upstream=inline(upstream)),
            display(equals(entry, products, Number(Fraction(value)))),
        ),
        _plain(value), "number", (Equal(Fraction(int(ours)), value, f"the gradient at {at}"),),
    )  # fmt: skip


def _update_draft(subject: StepSubject, place: Place, chance: random.Random) -> Draft:
    at, naming, arrays, step = place[1], subject.naming, subject.drawn(chance), subject.step
    path = list(subject.path(arrays))
    value = path[-1][at]
    given = {getattr(step.layer.notation, role): array for role, array in arrays.items()}
    if isinstance(step.learning_rate, sp.Symbol):
        given[step.learning_rate.name] = float(subject.rate)
    ours = step.run(1, **given)[step.layer.notation.weight][at]
    entry, texts = naming.latex("weight", at), subject.texts
    before, after = (fraction(one[at]) for one in (path[0], path[-1]))
    if step.schedule == "sequential":
        said = texts("step_update.solution_sequential", before=inline(before))
        lines = ", ".join(fraction(one[at]) for one in path[1:])
    else:
        gradient = (path[0] - path[-1])[at] / subject.rate if subject.rate else Fraction(0)
        said = texts("step_update.solution", gradient=inline(fraction(gradient)))
        lines = rf"{before} - {fraction(subject.rate)} \cdot {_bracketed(gradient)} = {after}"
    near = _wrong_updates(subject, path, at)
    return Draft(
        "step_update", 3, paragraphs(texts("step_update.question", entry=inline(entry)), subject.shown(arrays)),
        paragraphs(said, display(lines)), _plain(value), "number",
        (
            Equal(abs(float(ours) - float(value)) < 1e-9, True, f"the weight at {at} after the step"),
            *(Different(one.value, _plain(value), one.feedback) for one in near),
        ),
        near=near,
    )  # fmt: skip


def _wrong_updates(subject: StepSubject, path: Sequence[Any], at: Index) -> tuple[Near, ...]:
    before, value = path[0][at], path[-1][at]
    if len(path) > 2 or before == value:
        return ()
    moved = before - value
    found: dict[Fraction, str] = {}
    for key, wrong in (
        ("sign", before + moved),
        ("rate", before - moved / subject.rate),
        ("gradient", moved / subject.rate),
    ):
        if wrong != value:
            found.setdefault(wrong, subject.texts(f"mistake.step.{key}"))
    return tuple(Near(_plain(wrong), text) for wrong, text in found.items())


def _plain(value: Any) -> Any:
    value = Fraction(value)
    return int(value) if value.denominator == 1 else value


def _bracketed(value: Any) -> str:
    return f"({fraction(value)})" if value < 0 else fraction(value)


# -- sharing -------------------------------------------------------------------------------------------


def _sharing_places(subject: StepSubject) -> Sequence[Place]:
    can = subject.is_plain and subject.step.schedule == "summed" and subject.naming.readable
    return [("sharing", ())] if can and "grad_weight" in subject.step.layer.quantities else []


def _sharing_draft(subject: StepSubject, place: Place, chance: random.Random) -> Draft:
    texts, naming = subject.texts, subject.naming
    stays = subject.step.prove_unshared().holds
    key = "yes" if stays else "no"
    options = tuple(
        Option(texts(f"step_sharing.{one}"), texts(f"step_sharing.{'right' if one == key else 'wrong'}"))
        for one in ("yes", "no")
    )
    product = inline(rf"{naming.name('input')}_{{i}} \, {naming.name('grad_output')}_{{j}}")
    question = texts("step_sharing.question", dense=inline(f"{naming.name('dense_weight')}_{{ij}}"))
    solution = texts("step_sharing.solution_yes") if stays else texts(
        "step_sharing.solution_no", input=inline("i"), output=inline("j"), product=product)  # fmt: skip
    return Draft(
        "step_sharing", 2, paragraphs(question, listed([option.text for option in options])), solution,
        ("yes", "no").index(key), "choice", (Equal(stays, _stays(subject, chance), "whether sharing is kept"),),
        options=options,
    )  # fmt: skip


def _stays(subject: StepSubject, chance: random.Random) -> bool:
    """Whether free weights are those of the layer after the step, for some numbers."""
    layer, arrays = subject.of_layer, subject.drawn(chance)
    weight = next(subject.path(arrays))
    outputs, errors = layer.arithmetic.outputs, subject.errors(arrays, weight).ravel()
    inputs, moved, dense = arrays["input"].ravel(), list(subject.path(arrays))[-1], layer.dense
    for i in range(inputs.size):
        for j in range(len(outputs)):
            shared = dense.get((i, j), ())
            before, after = (sum(array[one] for one in shared) for array in (weight, moved))
            if before - subject.rate * int(inputs[i]) * errors[j] != after:
                return False
    return True


STEP_KINDS: list[Kind[StepSubject]] = [
    Kind("step_gradient", _weights("gradient"), _gradient_draft),
    Kind("step_update", _weights("update"), _update_draft),
    Kind("step_sharing", _sharing_places, _sharing_draft, "hard"),
]
"""The kinds of exercise on steps, in the order of a sheet."""
