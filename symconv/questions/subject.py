"""What all kinds of exercise ask about: a layer with its names, its plain arithmetic, and the words."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from math import prod
from typing import Any, Protocol

import numpy as np

from symconv.errors import SymconvError
from symconv.foundations.values import Value
from symconv.layers import Layer
from symconv.layers.plain import Plain
from symconv.printing.tree import Node
from symconv.questions.draft import Draft, Equal, Evidence, Proved
from symconv.questions.exercise import Difficulty, Exercise
from symconv.questions.formulas import WrongFormula, wrong_formulas
from symconv.questions.introduction import introduction
from symconv.questions.languages import Texts
from symconv.questions.naming import Index, Naming
from symconv.questions.terms import Sum, entry_sum

MOST_PRODUCTS = 20_000
"""The entries of layers with more products are not asked for."""

MOST_TERMS = 12
"""Nobody writes longer sums by hand."""

INSTANCES, MOST_INSTANCES, MOST_TRIES, MOST_COMPARED = 2, 12, 300, 60
"""Of a layer with symbols, 2 to 12 layers with numbers are sought in 300 tries; of each, 60 entries are compared."""


class About(Value, ABC):
    """What the exercises of a sheet are about, with the words of their language.

    Args:
        asked: a layer, a network or a step.
        texts: the words.
    """

    asked: Any
    texts: Texts

    def _key(self) -> tuple[Hashable, ...]:
        return (self.asked, self.texts)

    @property
    @abstractmethod
    def about(self) -> str:
        """What it is, for the title."""

    @property
    @abstractmethod
    def naming(self) -> Named:
        """How entries are written."""

    @abstractmethod
    def introduction(self, exercises: Sequence[Exercise]) -> str:
        """What stands above the exercises, as Markdown."""

    def verified(self, draft: Draft, number: int, difficulty: Difficulty = "medium") -> Exercise:
        """The draft as an exercise; an ExerciseError where its solution does not hold."""
        return draft.verified(None, number, difficulty)


class Named(Protocol):
    """What a sheet asks of names."""

    @property
    def tensor(self) -> Callable[[str], Node | str]: ...


class Subject(About):
    """A layer, and what questions about it are made of.

    Args:
        layer: concrete, or with symbols.
        texts: the words.
    """

    def __init__(self, layer: Layer, texts: Texts) -> None:
        self.layer, self.asked, self.texts = layer, layer, texts

    @cached_property
    def naming(self) -> Naming:
        return Naming(self.layer)

    @property
    def about(self) -> str:
        return self.texts.kind("about", type(self.layer).__name__)

    def introduction(self, exercises: Sequence[Exercise]) -> str:
        return introduction(self, exercises)

    # -- what there is ---------------------------------------------------------------------------------

    @cached_property
    def plain(self) -> Plain | None:
        """The layer by plain arithmetic; None with symbols or too many products."""
        if not self.layer.is_concrete:
            return None
        kind = self.layer.arithmetic
        if kind is not None and any(kind.products_on(self.layer, i) > MOST_PRODUCTS for i in range(self.layer.ndim)):
            return None
        plain = self.layer.plain()
        return plain if plain.size <= MOST_PRODUCTS else None

    @property
    def arithmetic(self) -> Plain:
        """The same, if it is known to be there."""
        assert self.plain is not None
        return self.plain

    @property
    def claimed(self) -> Plain | None:
        """The same, of a layer about which ``check`` reads claims."""
        return self.plain if self.naming.readable else None

    @property
    def checked_layer(self) -> Layer:
        """The layer, with names that ``check`` reads if there are such."""
        return self.naming.spelled if self.naming.readable else self.layer

    def verified(self, draft: Draft, number: int, difficulty: Difficulty = "medium") -> Exercise:
        return draft.verified(self.checked_layer, number, difficulty)

    # -- entries ---------------------------------------------------------------------------------------

    def shape(self, of: str) -> Index:
        """The shape of a quantity."""
        shapes = {
            "output": lambda: self.layer.output_shape, "grad_input": lambda: self.layer.input_shape,
            "grad_weight": lambda: self.layer.weight_shape, "grad_bias": lambda: self.layer.bias_shape,
        }  # fmt: skip
        return tuple(int(size) for size in shapes[of]())

    def indices(self, of: str) -> list[Index]:
        """Every index of a quantity, in row-major order."""
        return [tuple(map(int, index)) for index in np.ndindex(*self.shape(of))]

    def sum(self, of: str, at: Index) -> Sum:
        return entry_sum(self.arithmetic, of, at)

    def claim(self, of: str, at: Index, value: Sum) -> str:
        """A claim about one entry: "h1 = w1*X1 + w2*X2"."""
        return f"{self.naming.claim_left(of, at)} = {value.claim(self.naming)}"

    def evidence(self, of: str, at: Index) -> tuple[Evidence, ...]:
        """That an entry is its sum: by ``check``, and in numbers against the view's own formula."""
        value, name = self.sum(of, at), f"{of} at {at}"
        ours = self.in_numbers(of)[at]
        return Proved(self.claim(of, at, value), of), Equal(ours, value.value(self.numbers), name)

    def window_is_inside(self, output: Index) -> bool:
        """Whether the window of an output lies inside the input, with the zeros between its elements."""
        for axis, i in zip(self.layer.schemes, output[-self.layer.ndim :]):
            first = int(axis.s.value or 0) * i - int(axis.low.value or 0)
            last = first + int(axis.d.value or 0) * (int(axis.K.value or 0) - 1)
            if first < 0 or last > int(axis.l.value or 0) * (int(axis.n.value or 0) - 1):
                return False
        return True

    def window_words(self, output: Index) -> str:
        """The key of what is said of an output's window before its entry."""
        if any(scheme.l.value != 1 for scheme in self.layer.schemes):
            return "output_entry.solution_spread"
        if self.window_is_inside(output):
            return "output_entry.solution"
        return "output_entry.solution_padded" if self.layer.fixed_kernel is None else "output_entry.solution_outside"

    def outputs_with(self, of: str, at: Index) -> list[Index]:
        """The outputs through which a gradient flows to an entry, in row-major order."""
        if of == "grad_bias":
            return self.arithmetic.through_bias(at[0])
        through = self.arithmetic.through_weight if of == "grad_weight" else self.arithmetic.through_input
        return list(dict.fromkeys(output for output, _ in through(at)))

    @cached_property
    def dense(self) -> dict[tuple[int, int], tuple[Index | None, ...]]:
        """The weights that the fully connected layer has from input i to output j, by (i, j); of one example."""
        plain, skipped = self.arithmetic, len(self.arithmetic.batch)
        inputs, outputs = self.layer.example_shape, self.layer.output_shape[skipped:]
        result: dict[tuple[int, int], tuple[Index | None, ...]] = {}
        for output in plain.outputs:
            if any(output[:skipped]):
                continue
            for one in plain.products(output):
                place = _flat(self.layer.in_example(one.input), inputs), _flat(output[skipped:], outputs)
                result[place] = (*result.get(place, ()), one.weight)
        return result

    # -- numbers ---------------------------------------------------------------------------------------

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """Whole numbers for every tensor, by role; always the same."""
        return self.drawn(random.Random(self.layer.ndim), 9)

    def drawn(self, chance: random.Random, most: int) -> dict[str, Any]:
        """Numbers from -most to most for the input, the weights, the biases and the upstream gradient, by role."""
        shapes = {"input": self.layer.input_shape, "grad_output": self.layer.output_shape}
        if "grad_weight" in self.layer.quantities:
            shapes["weight"] = self.layer.weight_shape
        if self.layer.bias_term:
            shapes["bias"] = self.layer.bias_shape
        return {role: _drawn(chance, tuple(int(size) for size in shape), most) for role, shape in shapes.items()}

    def in_numbers(self, of: str) -> Any:
        """A quantity for ``numbers``, by the formula of the direct view."""
        if of not in self._evaluated:
            self._evaluated[of] = self.evaluated(of, self.numbers)
        return self._evaluated[of]

    @cached_property
    def _evaluated(self) -> dict[str, Any]:
        return {}

    def evaluated(self, of: str, numbers: dict[str, Any]) -> Any:
        """A quantity in numbers, by the formula of the direct view."""
        formula = getattr(self.layer.direct, of)
        arrays = {getattr(self.layer.notation, role): array for role, array in numbers.items()}
        arrays |= self.layer.chosen(numbers["input"])
        return formula.evaluate(**{name: array for name, array in arrays.items() if name in formula.layouts})

    # -- reading claims --------------------------------------------------------------------------------

    @cached_property
    def general_quantities(self) -> tuple[str, ...]:
        """The quantities whose general formula ``check`` reads."""
        if not self.naming.readable or not self.instances:
            return ()
        return tuple(of for of in self.layer.quantities if self._is_proved(of))

    def _is_proved(self, of: str) -> bool:
        from symconv.claims import check

        try:
            return check(self.checked_layer, self.general_claim(of), of).status == "proved"
        except SymconvError:
            return False

    def general_claim(self, of: str) -> str:
        """The formula for every entry of a quantity, as a claim in LaTeX."""
        return str(getattr(self.checked_layer.direct, of).latex())

    def general_evidence(self, of: str) -> tuple[Evidence, ...]:
        """That the formula is proved, and gives at small sizes what plain arithmetic gives."""
        parts: list[Evidence] = [Proved(self.general_claim(of), of)]
        for instance in self.instances:
            some = instance.indices(of)[:MOST_COMPARED]
            ours = [instance.in_numbers(of)[at] for at in some]
            parts.append(Equal(ours, [instance.sum(of, at).value(instance.numbers) for at in some], f"{of} in numbers"))
        return tuple(parts)

    @property
    def instances(self) -> tuple[Subject, ...]:
        """Small layers at which a formula for all sizes is compared with plain arithmetic."""
        return self.many_instances[:INSTANCES]

    @cached_property
    def many_instances(self) -> tuple[Subject, ...]:
        """The layer with numbers for its symbols; itself if it has none, or a smaller one if it is too large."""
        if self.layer.is_concrete:
            one = self if self.plain is not None else Subject(shrunk(self.layer), self.texts)
            return () if one.plain is None else (one,)
        chance = random.Random(0)
        found: list[Subject] = []
        for _ in range(MOST_TRIES):
            try:
                layer = self.layer.at(**{name: chance.randint(1, 5) for name in sorted(self.layer.symbol_names)})
            except SymconvError:
                continue
            subject = Subject(layer, self.texts)
            if subject.plain is not None:
                found.append(subject)
            if len(found) == MOST_INSTANCES:
                break
        return tuple(found)

    def wrong_formulas(self, of: str) -> list[WrongFormula]:
        """Formulas for all indices that are refuted, by usual mistakes; the same every time."""
        if of not in self._wrong_formulas:
            found = wrong_formulas(self.layer, self.checked_layer, of)
            self._wrong_formulas[of] = list({one.formula.latex(): one for one in reversed(found)}.values())[::-1]
        return self._wrong_formulas[of]

    @cached_property
    def _wrong_formulas(self) -> dict[str, list[WrongFormula]]:
        return {}


def shrunk(layer: Layer) -> Layer:
    """The layer with a smaller input and fewer channels; the formulas for all indices are the same."""
    given = layer.arguments()
    windows = [int(scheme.d.value or 1) * (int(scheme.K.value or 1) - 1) + int(scheme.s.value or 1) + 1
               for scheme in layer.schemes]  # fmt: skip
    given["input_size"] = tuple(min(n, window) for n, window in zip(given["input_size"], windows))
    for name in ("in_channels", "out_channels", "channels"):
        if name in given:
            groups = given.get("groups", 1)
            given[name] = groups * min(given[name] // groups, 2)
    try:
        return type(layer)(**given)
    except (SymconvError, KeyError):
        return layer


def _drawn(chance: random.Random, shape: Index, most: int) -> Any:
    values = [number for number in range(-most, most + 1) if number]
    return np.array([chance.choice(values) for _ in range(prod(shape))], dtype=np.int64).reshape(shape)


def _flat(index: Index, shape: Sequence[Any]) -> int:
    return int(np.ravel_multi_index(index, tuple(map(int, shape))))
