"""Choose the formula of the output's size, if the layer has symbols."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symconv.algebra.polynomial import Polynomial
from symconv.layers.plain_axis import AxisNumbers
from symconv.printing import latex
from symconv.questions.draft import Different, Draft, Equal
from symconv.questions.exercise import Option
from symconv.questions.kinds.choices import option_is_right
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import inline, options, paragraphs
from symconv.questions.subject import Subject


@dataclass(frozen=True)
class SizeFormula:
    """A size in LaTeX, with places for n, K, s, p, d and u, and in numbers."""

    written: str
    value: Callable[[AxisNumbers], int]


FORWARDS: Mapping[str, SizeFormula] = {
    "right": SizeFormula(
        r"\left\lfloor \frac{{{n} + 2 {p} - {d} ({K} - 1) - 1}}{{{s}}} \right\rfloor + 1",
        lambda a: (a.n + 2 * a.p - a.d * (a.K - 1) - 1) // a.s + 1,
    ),
    "size.one": SizeFormula(
        r"\left\lfloor \frac{{{n} + 2 {p} - {d} ({K} - 1) - 1}}{{{s}}} \right\rfloor",
        lambda a: (a.n + 2 * a.p - a.d * (a.K - 1) - 1) // a.s,
    ),
    "size.half": SizeFormula(
        r"\left\lfloor \frac{{{n} + {p} - {d} ({K} - 1) - 1}}{{{s}}} \right\rfloor + 1",
        lambda a: (a.n + a.p - a.d * (a.K - 1) - 1) // a.s + 1,
    ),
    "size.extent": SizeFormula(
        r"\left\lfloor \frac{{{n} + 2 {p} - {d} {K} - 1}}{{{s}}} \right\rfloor + 1",
        lambda a: (a.n + 2 * a.p - a.d * a.K - 1) // a.s + 1,
    ),
}
"""By the mistake that leads to them."""

BACKWARDS: Mapping[str, SizeFormula] = {
    "right": SizeFormula(
        "({n} - 1) {s} - 2 {p} + {d} ({K} - 1) + {u} + 1",
        lambda a: (a.n - 1) * a.s - 2 * a.p + a.d * (a.K - 1) + a.extra + 1,
    ),
    "size.padding": SizeFormula(
        "({n} - 1) {s} + {d} ({K} - 1) + {u} + 1", lambda a: (a.n - 1) * a.s + a.d * (a.K - 1) + a.extra + 1
    ),
    "size.extent": SizeFormula(
        "({n} - 1) {s} - 2 {p} + {d} {K} + {u} + 1", lambda a: (a.n - 1) * a.s - 2 * a.p + a.d * a.K + a.extra + 1
    ),
    "as_convolution": FORWARDS["right"],
}

PARAMETERS = {"n": "input_size", "K": "kernel_size", "s": "stride", "d": "dilation", "u": "output_padding"}


def places(subject: Subject) -> Sequence[Place]:
    layer = subject.layer
    if layer.is_concrete or not layer.size_rule or layer.pads.word:
        return []
    if "input_dilation" in layer.PARAMETERS and not layer.is_default("input_dilation"):
        return []
    # One axis is as good as another.
    axes = [axis for axis, (low, high) in enumerate(layer.pads.pairs) if low == high and _is_general(subject, axis)]
    return [("size", (axis,)) for axis in axes[:1] if len(subject.many_instances) > 1 and _wrong(subject, axis)]


def _is_general(subject: Subject, axis: int) -> bool:
    """Whether all that the formula speaks of are letters, so that it reads as one."""
    return all(value.single_name is not None for value in _values(subject, axis).values())


def _values(subject: Subject, axis: int) -> dict[str, Polynomial]:
    layer = subject.layer
    values = {letter: layer.axis_numbers(name)[axis] for letter, name in PARAMETERS.items() if name in layer.PARAMETERS}
    return {**values, "p": layer.pads.pairs[axis][0]}


def _formulas(subject: Subject) -> Mapping[str, SizeFormula]:
    return BACKWARDS if subject.layer.size_rule == "overlaps" else FORWARDS


def _numbers(subject: Subject, axis: int, one: SizeFormula) -> list[int]:
    return [one.value(instance.arithmetic.axis_numbers(instance.layer, axis)) for instance in subject.many_instances]


def _wrong(subject: Subject, axis: int) -> list[str]:
    """The keys of the formulas that give another size somewhere."""
    formulas = _formulas(subject)
    right = _numbers(subject, axis, formulas["right"])
    return [key for key, one in formulas.items() if _numbers(subject, axis, one) != right]


def draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    (axis,) = place[1]
    texts, formulas = subject.texts, _formulas(subject)
    keys = ["right", *_wrong(subject, axis)]
    chance.shuffle(keys)
    letters = {"d": "", "u": "", **{name: latex.index(value) for name, value in _values(subject, axis).items()}}
    choices = tuple(
        Option(inline(formulas[key].written.format(**letters)), texts("right" if key == "right" else f"mistake.{key}"))
        for key in keys
    )
    counted = [instance.arithmetic.positions[axis] for instance in subject.many_instances]
    right = _numbers(subject, axis, formulas["right"])
    ours = [int(instance.layer.output_size[axis]) for instance in subject.many_instances]
    ndim = subject.layer.ndim
    question = texts("size_formula.question") if ndim == 1 else texts("size_formula.question_axis", axis=axis + 1)
    answer = keys.index("right")
    return Draft(
        "size_formula", 1, paragraphs(question, options([one.text for one in choices])),
        paragraphs(
            option_is_right(subject, answer),
            texts("output_size.solution_transposed" if formulas is BACKWARDS else "output_size.solution"),
        ),
        answer, "choice",
        (
            Equal(right, counted, "the size of the output"), Equal(ours, counted, "the size of the output"),
            *(Different(_numbers(subject, axis, formulas[key]), counted, key) for key in keys if key != "right"),
        ),
        options=choices,
    )  # fmt: skip


KINDS = (Kind("size_formula", places, draft),)
