"""The size of the output, and how many weights and products there are."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.layers.plain import Plain
from symconv.layers.plain_axis import AxisNumbers
from symconv.notes.build.line_breaks import Cells, aligned
from symconv.printing.parts import Fence, Given, line
from symconv.printing.tree import Number, Quotient
from symconv.questions.draft import Different, Draft, Equal, Evidence
from symconv.questions.exercise import Answer, Near
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import display, inline, paragraphs
from symconv.questions.naming import Index
from symconv.questions.subject import Subject

MOST_PER_AXIS = 10_000
"""Windows are counted one by one."""

CHANGED = ("input_size", "kernel_size", "stride", "padding", "dilation")
MORE = (1, 2)


# -- the size of the output ----------------------------------------------------------------------------


def size_places(subject: Subject) -> Sequence[Place]:
    """The layer as it is, and with one parameter made larger."""
    layer = subject.layer
    if not layer.is_concrete or not layer.size_rule:
        return []
    places: list[Place] = [("size", ())]
    for at, name in enumerate(CHANGED):
        places += [(name, (at, more)) for more in MORE if _changed(layer, name, more) is not None]
    return places if max(_sizes(layer)) <= MOST_PER_AXIS else []


def _changed(layer: Layer, name: str, more: int) -> Layer | None:
    """The layer with more of a parameter on every axis; None if that is not a layer."""
    given = layer.arguments()
    if name not in layer.PARAMETERS or isinstance(given[name], str):
        return None
    value: tuple[Any, ...] = layer.padding if name == "padding" else given[name]
    if any(isinstance(one, tuple) for one in value):
        return None
    try:
        return type(layer)(**{**given, name: tuple(int(one) + more for one in value)})
    except SymconvError:
        return None


def _sizes(layer: Layer) -> tuple[int, ...]:
    return tuple(int(size) for size in (*layer.output_size, *layer.arguments()["input_size"]))


def size_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    name, change = place
    texts = subject.texts
    layer = _changed(subject.layer, name, change[1]) if change else subject.layer
    assert layer is not None
    plain = layer.plain()
    axes = [plain.axis_numbers(layer, axis) for axis in range(layer.ndim)]
    sizes = plain.positions
    answer: Answer = sizes if layer.ndim > 1 else sizes[0]
    if change:
        value = layer.padding if name == "padding" else layer.arguments()[name]
        condition = texts(f"changed.{name}", value=inline(times(value)))
        question = texts("output_size.question_changed", condition=condition)
    else:
        question = texts("output_size.question")
    near = tuple(
        Near(wrong if layer.ndim > 1 else wrong[0], texts(f"mistake.{key}"))
        for key, wrong in _wrong_sizes(layer, axes, sizes)
    )
    return Draft(
        "output_size", 1, question,
        paragraphs(
            texts("output_size.solution_transposed" if layer.size_rule == "overlaps" else "output_size.solution"),
            display([_arithmetic(layer, a, size) for a, size in zip(axes, sizes)]),
        ),
        answer, "number" if layer.ndim == 1 else "numbers",
        (
            Equal(tuple(map(int, layer.output_size)), sizes, "the output's size"),
            *(Different(one.value, answer, one.feedback) for one in near),
        ),
        near=near,
    )  # fmt: skip


def times(sizes: Sequence[Any], sign: str = r"\times") -> str:
    """3 x 3."""
    return f" {sign} ".join(map(str, sizes))


def _arithmetic(layer: Layer, a: AxisNumbers, size: int) -> Cells:
    """The size along one axis, with the numbers substituted."""
    low, high = a.ends
    if layer.size_rule == "overlaps":
        extra: list[Given] = ["+", a.extra] if a.extra else []
        strided, extent = line("(", a.n, "-", 1, ")", "·", a.s), line(a.d, "·", "(", a.K, "-", 1, ")")
        return aligned(line(strided, "-", 2, "·", a.p, "+", extent, *extra, "+", 1), Number(size))
    inside = a.l * (a.n - 1) + 1
    padding = line(2, "·", low) if low == high else line(low, "+" if high >= 0 else "-", abs(high))
    above = line(inside, "+", padding, "-", a.d, "·", "(", a.K, "-", 1, ")", "-", 1)
    return aligned(line(Fence("⌊", Quotient(above, Number(a.s)), "⌋"), "+", 1), Number(size))


def _wrong_sizes(
    layer: Layer, axes: Sequence[AxisNumbers], sizes: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Sizes as they come out by usual mistakes, each different from the right ones and from each other."""
    seen = {sizes}
    if layer.size_rule == "overlaps":
        candidates = {
            "as_convolution": [(a.n + 2 * a.p - a.d * (a.K - 1) - 1) // a.s + 1 for a in axes],
            "size.padding": [a.s * (a.n - 1) + a.d * (a.K - 1) + a.extra + 1 for a in axes],
        }
    else:
        rooms = [(a.l * (a.n - 1) + 1, sum(a.ends), a.d * (a.K - 1)) for a in axes]
        candidates = {
            "size.one": [(e + p - k - 1) // a.s for a, (e, p, k) in zip(axes, rooms)],
            "size.padding": [(e - k - 1) // a.s + 1 for a, (e, p, k) in zip(axes, rooms)],
            "size.half": [(e + a.p - k - 1) // a.s + 1 for a, (e, p, k) in zip(axes, rooms)],
            "size.dilation": [(e + p - a.K) // a.s + 1 for a, (e, p, k) in zip(axes, rooms)],
            "size.stride": [e + p - k for a, (e, p, k) in zip(axes, rooms)],
            "size.ceiling": [-(-(e + p - k - 1) // a.s) + 1 for a, (e, p, k) in zip(axes, rooms)],
        }
    for key, wrong in candidates.items():
        if tuple(wrong) not in seen:
            seen.add(tuple(wrong))
            yield key, tuple(wrong)


# -- counting ------------------------------------------------------------------------------------------


def count_places(subject: Subject) -> Sequence[Place]:
    layer = subject.layer
    if not layer.is_concrete or "grad_weight" not in layer.quantities:
        return []
    if subject.plain is None:
        return [("dense", ())]
    zeros = [("zeros", ())] if prod(subject.naming.matrix_shape) <= MOST_COUNTED else []
    return [("parameters", ()), ("dense", ()), ("products", ()), *zeros]


MOST_COUNTED = 2_000
"""Entries of a matrix that is made to count its zeros."""


def count_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    counted, _ = place
    texts, layer, plain = subject.texts, subject.layer, subject.layer.plain()
    inputs, outputs = subject.naming.matrix_shape
    near: list[Near] = []
    key = f"count.{counted}"
    if counted == "parameters":
        weights = _weights(plain)
        biases = plain.out_channels if layer.bias_term else 0
        value = len(weights) + biases
        ours = prod(subject.shape("grad_weight")) + (prod(subject.shape("grad_bias")) if biases else 0)
        sizes = times(subject.shape("grad_weight"), r"\cdot")
        solution = texts(
            f"{key}.solution_bias" if biases else f"{key}.solution",
            sizes=inline(sizes + (f" + {biases}" if biases else "") + f" = {value}"),
        )
        near = _near(texts, value, {"count.bias": len(weights), "count.groups": len(weights) * plain.groups + biases})
    elif counted == "dense":
        value, ours = _count_inputs(plain) * plain.out_channels * prod(plain.positions), inputs * outputs
        solution = texts(f"{key}.solution", sizes=inline(rf"{inputs} \cdot {outputs} = {value}"))
    elif counted == "zeros":
        value = inputs * outputs - len(subject.dense)
        ours = sum(entry == 0 for entry in layer.fully_connected.matrix)
        sizes = inline(f"{inputs * outputs} - {len(subject.dense)} = {value}")
        solution = texts(f"{key}.solution", sizes=sizes, joined=len(subject.dense))
    else:
        value = sum(len(plain.products(output)) for output in plain.outputs)
        ours = _ones(subject)
        window = len(plain.window(plain.outputs[0]))
        whole, outputs = window * len(plain.outputs), len(plain.outputs)
        if whole == value:
            sizes = inline(rf"{window} \cdot {outputs} = {value}")
            solution = texts(f"{key}.solution_inside", window=window, outputs=outputs, sizes=sizes)
        else:
            solution = texts(f"{key}.solution", window=window, outputs=outputs, products=value)
        near = _near(texts, value, {"count.padding": whole})
    evidence: tuple[Evidence, ...] = (Equal(ours, value, counted),)
    evidence += tuple(Different(one.value, value, one.feedback) for one in near)
    return Draft("count", 1, texts(f"{key}.question"), solution, value, "number", evidence, near=tuple(near))


def _near(texts: Any, value: int, wrong: dict[str, int]) -> list[Near]:
    return [Near(number, texts(f"mistake.{key}")) for key, number in wrong.items() if number != value]


def _count_inputs(plain: Plain) -> int:
    axes = [plain.axis_numbers(plain.layer, axis).n for axis in range(plain.layer.ndim)]
    return plain.in_channels * prod(axes)


def _weights(plain: Plain) -> set[Index | None]:
    """The weights of the first window of every channel: all that there are."""
    first, place = (0,) * len(plain.batch), (0,) * plain.layer.ndim
    return {
        reading.weight for channel in range(plain.out_channels) for reading in plain.window((*first, channel, *place))
    }


def _ones(subject: Subject) -> int:
    """The number of products: the sum of all outputs if every input and every weight is one."""
    numbers = {role: array * 0 + (role != "bias") for role, array in subject.numbers.items()}
    return int(subject.evaluated("output", numbers).sum())


KINDS = (
    Kind("output_size", size_places, size_draft, "easy"),
    Kind("count", count_places, count_draft, "easy"),
)
