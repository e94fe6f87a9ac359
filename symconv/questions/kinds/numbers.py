"""Compute an output in numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from symconv.printing.parts import bracketed, line, listed
from symconv.printing.tree import Node, Number, Operator
from symconv.questions.draft import Different, Draft, Equal, Evidence, Proved
from symconv.questions.exercise import Near
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import arrays_display, equation, inline, named_array, paragraphs
from symconv.questions.mistakes import misreadings
from symconv.questions.naming import Index
from symconv.questions.subject import MOST_TERMS, Subject

MAXIMUM = Operator("max", r"\max")
LARGEST_NUMBER = 4
MOST_NUMBERS, MOST_COLUMNS = 80, 9
"""Arrays with more are not printed on a sheet."""


def places(subject: Subject) -> Sequence[Place]:
    if subject.plain is None or not all(map(_is_printable, _shown_shapes(subject).values())):
        return []
    return [("output", at) for at in subject.indices("output") if 0 < len(subject.plain.products(at)) <= MOST_TERMS]


def _is_printable(shape: Index) -> bool:
    return prod(shape) <= MOST_NUMBERS and max(shape[-2:]) <= MOST_COLUMNS


def _shown_shapes(subject: Subject) -> dict[str, Index]:
    return {role: array.shape for role, array in subject.numbers.items() if role != "grad_output"}


def draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    _, at = place
    texts, naming = subject.texts, subject.naming
    numbers = subject.drawn(chance, LARGEST_NUMBER)
    value = subject.arithmetic.value(at, numbers["input"], numbers.get("weight"), numbers.get("bias"))
    entry, arrays = inline(naming.latex("output", at)), _arrays(subject, numbers)
    above = any(len(_kept(subject, role, shape)) > 2 for role, shape in _shown_shapes(subject).items())
    question = [texts("output_number.question", entry=entry), arrays_display(arrays)]
    answer = int(value) if value.denominator == 1 else value
    near = _near(subject, at, numbers, value)
    evidence: tuple[Evidence, ...] = (
        Equal(subject.evaluated("output", numbers)[at], value, f"output at {at} in numbers"),
        *(Different(one.value, answer, one.feedback) for one in near),
    )
    if subject.naming.readable:
        evidence = (Proved(subject.claim("output", at, subject.sum("output", at)), "output"), *evidence)
    return Draft(
        "output_number", 2, paragraphs(*question, texts("output_number.above") if above else ""),
        _solution(subject, at, numbers, value), answer, "number", evidence, near=near,
    )  # fmt: skip


def _arrays(subject: Subject, numbers: Mapping[str, Any]) -> list[Node]:
    naming = subject.naming
    result: list[Node] = []
    for role in ("input", "weight", "bias"):
        if role in numbers:
            name = naming.tensor.node(getattr(naming.notation, role))
            result += named_array(name, numbers[role], naming.has_index(role), naming.notation.index_base)
    return result


def _kept(subject: Subject, role: str, shape: Index) -> list[int]:
    return [size for size, has in zip(shape, subject.naming.has_index(role)) if has]


def _solution(subject: Subject, at: Index, numbers: Mapping[str, Any], value: Fraction) -> str:
    texts, naming, left = subject.texts, subject.naming, subject.naming.entry("output", at)
    if subject.layer.has_switch:
        inputs = [one.input for one in subject.arithmetic.products(at)]
        letters = [naming.entry("input", read) for read in inputs]
        shown = [Number(int(numbers["input"][read])) for read in inputs]
        sides = (*(line(MAXIMUM, bracketed(listed(one))) for one in (letters, shown)), Number(value))
        return paragraphs(texts("output_number.solution_max", entry=inline(left)), equation(left, *sides))
    key = subject.window_words(at)
    entry = subject.sum("output", at)
    sides = (entry.tree(naming), entry.number_tree(numbers), Number(value))
    return paragraphs(texts(key, entry=inline(left)), equation(left, *sides))


def _near(subject: Subject, at: Index, numbers: Mapping[str, Any], value: Fraction) -> tuple[Near, ...]:
    """The numbers that one gets by the usual mistakes."""
    if subject.layer.has_switch:
        return ()
    found: dict[Fraction, str] = {}
    for key, wrong in misreadings(subject.arithmetic, "output", at):
        number = wrong.value(numbers)
        if number != value and number not in found:
            found[number] = subject.texts(f"mistake.{key}")
    return tuple(
        Near(int(number) if number.denominator == 1 else number, feedback) for number, feedback in found.items()
    )


KINDS = (Kind("output_number", places, draft),)
