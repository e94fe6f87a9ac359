"""Questions about a network: shapes, parameters, an output in numbers, and what a gradient is made of.

Shapes and numbers are those of the network's formulas and of a forward pass in plain NumPy, which know nothing of each
other.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from symconv.networks import Activation, Flatten, Graph, Linear
from symconv.networks.parts import NetworkPart
from symconv.networks.plain_forward import plain_pass
from symconv.notes.content.network import NetworkContent
from symconv.notes.languages import words_in
from symconv.printing.parts import Scripts, equation, grid, listed as line_of
from symconv.printing.tree import Node, Number
from symconv.questions.draft import Draft, Equal
from symconv.questions.exercise import Exercise, Option
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.languages import Texts
from symconv.questions.markup import arrays_display, display, inline, options as listed, paragraphs, text_of
from symconv.questions.subject import About

MOST_NUMBERS, MOST_COLUMNS, LARGEST_NUMBER = 60, 9, 3
"""A network with more numbers is not computed by hand."""


class NetworkSubject(About):
    """A network that questions are about."""

    def __init__(self, network: Graph, texts: Texts) -> None:
        self.asked, self.network, self.texts = network, network, texts

    @property
    def about(self) -> str:
        return self.texts("about.network")

    @cached_property
    def naming(self) -> NetworkContent:
        """The network's names, and its parts in words."""
        return NetworkContent(self.network, words=words_in(self.texts.language))

    def introduction(self, exercises: Sequence[Exercise]) -> str:
        source = self.network.input
        parts = [
            self.texts(
                "network.part", number=part.number, words=self.described(part), output=self.tensor(part.after.name),
                reads=self.texts.listed([self.tensor(one.name) for one in part.sources]),
            )
            for part in self.network.parts
        ]  # fmt: skip
        upstream = self.texts(
            "network.loss", loss=inline(self.naming.loss_name), upstream=inline(self.naming.upstream("l")), number="$l$"
        )
        first = self.texts("network.introduction", input=self.tensor(source.name), shape=inline(times(source.shape)))
        return paragraphs(first, *parts, upstream)

    def described(self, part: NetworkPart) -> str:
        """A part in words, with the number of its outputs if it says one."""
        words, given = text_of(self.naming.part_words(part)), part.given
        if isinstance(given, Linear):
            return f"{words} ${given.out_features}$"
        layer = part.layer
        if layer is not None and "out_channels" in layer.PARAMETERS:
            return f"{words}, {self.naming.words('parameter.out_channels')} ${part.after.shape[-1 - layer.ndim]}$"
        return words

    def tensor(self, name: str) -> str:
        return inline(self.naming.tensor(name))

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(int(size) for size in self.network.shape_of(name))

    # -- numbers ---------------------------------------------------------------------------------------

    def drawn(self, chance: random.Random) -> dict[str, Any]:
        """Small whole numbers for the input and every parameter, by name."""
        names = [signal.name for signal in self.network.inputs.values()]
        names += [*self.network.parameters, *self.network.buffers]
        return {name: _numbers(chance, self.shape(name)) for name in names}

    def forward(self, arrays: Mapping[str, Any]) -> Mapping[str, Any]:
        """Every output by name, in plain NumPy."""
        network = self.network
        more = {name: np.zeros(self.shape(name)) for name in network.given_deltas}
        if network.loss is not None:
            more[network.notation.target] = np.zeros(self.shape(network.outputs[0].after.name))
        known = {signal.name: arrays[signal.name].astype(float) for signal in network.inputs.values()}
        return plain_pass(network, {**more, **arrays}, known).outputs


def _numbers(chance: random.Random, shape: tuple[int, ...]) -> Any:
    values = [number for number in range(-LARGEST_NUMBER, LARGEST_NUMBER + 1) if number]
    return np.array([chance.choice(values) for _ in range(prod(shape))], dtype=np.int64).reshape(shape)


def times(sizes: Sequence[Any]) -> str:
    return r" \times ".join(map(str, sizes)) or "1"


# -- shapes --------------------------------------------------------------------------------------------


def _shape_places(subject: NetworkSubject) -> Sequence[Place]:
    if prod(subject.shape(subject.network.input.name)) > 10**5 or not _runs(subject):
        return []
    return [("shape", (part.number,)) for part in subject.network.parts if not isinstance(part.given, Activation)]


def _runs(subject: NetworkSubject) -> bool:
    """Whether there is a plain pass for every part, and it is short."""
    shapes = [subject.shape(name) for name in (*subject.network.parameters, *subject.network.buffers)]
    return sum(map(prod, shapes)) <= 10**6 and not subject.network.buffers


def _shape_draft(subject: NetworkSubject, place: Place, chance: random.Random) -> Draft:
    part = subject.network.part(place[1][0])
    found = subject.forward(subject.drawn(chance))
    shape = tuple(map(int, found[part.after.name].shape))
    before = [one for one in subject.network.parts if one.number <= part.number]
    chain = ", ".join(
        f"{subject.tensor(one.after.name)}: {inline(times(found[one.after.name].shape))}" for one in before
    )
    return Draft(
        "network_shape", 1,
        subject.texts("network_shape.question", output=subject.tensor(part.after.name), number=part.number),
        subject.texts("network_shape.solution", shapes=chain),
        shape if len(shape) > 1 else shape[0], "numbers" if len(shape) > 1 else "number",
        (Equal(subject.shape(part.after.name), shape, f"the shape of {part.after.name}"),),
    )  # fmt: skip


# -- parameters ----------------------------------------------------------------------------------------


def _parameter_places(subject: NetworkSubject) -> Sequence[Place]:
    learned = [part for part in subject.network.parts if part.parameters]
    if any(part.layer is None and not isinstance(part.given, Linear) for part in learned) or not _runs(subject):
        return []
    whole: list[Place] = [("parameters", ())] if len(learned) > 1 else []
    return [*whole, *(("parameters", (part.number,)) for part in learned)]


def _parameter_draft(subject: NetworkSubject, place: Place, chance: random.Random) -> Draft:
    network, texts = subject.network, subject.texts
    parts = [part for part in network.parts if part.parameters and place[1] in ((), (part.number,))]
    shapes = [subject.shape(name) for part in parts for name in part.parameters]
    value = sum(_count(subject, part) for part in parts)
    sizes = " + ".join(r" \cdot ".join(map(str, shape)) for shape in shapes)
    question = (
        texts("network_parameters.question", number=place[1][0])
        if place[1]
        else texts("network_parameters.question_all")
    )
    return Draft(
        "network_parameters", 1, question, texts("network_parameters.solution", sizes=inline(f"{sizes} = {value}")),
        value, "number", (Equal(sum(map(prod, shapes)), value, "the number of parameters"),),
    )  # fmt: skip


def _count(subject: NetworkSubject, part: NetworkPart) -> int:
    """By what the part is said to be, not by the shapes of its tensors."""
    inputs = subject.shape(part.reads[0].name)
    if part.layer is None:
        outputs = subject.shape(part.after.name)[-1]
        batched = subject.network.batch_size is not None
        return outputs * prod(inputs[int(batched) :]) + (outputs if len(part.parameters) > 1 else 0)
    layer = part.layer
    kernel, groups = layer.arguments()["kernel_size"], int(layer.arguments().get("groups", 1))
    channels = int(inputs[-1 - layer.ndim]), int(subject.shape(part.after.name)[-1 - layer.ndim])
    return prod(map(int, kernel)) * channels[0] * channels[1] // groups + (channels[1] if layer.bias_term else 0)


# -- numbers -------------------------------------------------------------------------------------------


def _number_places(subject: NetworkSubject) -> Sequence[Place]:
    network = subject.network
    names = [signal.name for signal in network.inputs.values()] + [*network.parameters, *network.buffers]
    shapes = [subject.shape(name) for name in names]
    exact = all(
        part.layer is not None or isinstance(part.given, (Linear, Flatten)) or _is_relu(part) for part in network.parts
    )
    small = sum(map(prod, shapes)) <= MOST_NUMBERS and all(
        max(shape[-2:], default=1) <= MOST_COLUMNS for shape in shapes
    )
    outputs = subject.shape(network.outputs[-1].after.name)
    if not exact or not small or prod(outputs) > MOST_NUMBERS or network.buffers:
        return []
    return [("number", tuple(map(int, at))) for at in np.ndindex(*outputs)]


def _is_relu(part: NetworkPart) -> bool:
    return isinstance(part.given, Activation) and part.given.name == "relu"


def _number_draft(subject: NetworkSubject, place: Place, chance: random.Random) -> Draft:
    network, at = subject.network, place[1]
    arrays = subject.drawn(chance)
    exact = {name: array.astype(object) for name, array in arrays.items()}
    found = _without_loss(network).evaluate(**exact)
    plain, last = subject.forward(arrays), network.outputs[-1].after.name
    value = Fraction(found[last][at])
    entry = subject.tensor(network.notation.label(last, at, subject.shape(last)))
    steps = [
        line for part in network.parts if not isinstance(part.given, Flatten)
        for line in _array(subject, part.after.name, found[part.after.name])
    ]  # fmt: skip
    given = [line for name, array in arrays.items() for line in _array(subject, name, array)]
    near = [
        abs(float(found[name][one]) - plain[name][one]) < 1e-9
        for name in plain
        for one in np.ndindex(plain[name].shape)
    ]
    return Draft(
        "network_number", 3, paragraphs(subject.texts("network_number.question", entry=entry), arrays_display(given)),
        paragraphs(subject.texts("network_number.solution"), arrays_display(steps)),
        int(value) if value.denominator == 1 else value, "number",
        (Equal(near, [True] * len(near), "the outputs in numbers"),),
    )  # fmt: skip


def _without_loss(network: Graph) -> Graph:
    """The same parts; their outputs need no target."""
    return Graph(
        {node.name: (node.given, *node.sources) for node in network.nodes}, input_shape=network.input_shapes(),
        outputs=network.output_names, batch_size=network.batch_size, notation=network.notation,
    )  # fmt: skip


def _array(subject: NetworkSubject, name: str, array: Any) -> list[Node]:
    """The array as matrices, each with the leading indices as a subscript of its name."""
    entries = np.array([Fraction(one) for one in np.ravel(array)], dtype=object).reshape(np.shape(array))
    sizes = [size for size in entries.shape[:-2] if size > 1]
    inner = entries.shape[-2:] if entries.ndim > 1 else (1, *entries.shape)
    lines: list[Node] = []
    tensor, base = subject.naming.tensor(name), subject.network.index_base
    for at, rows in zip(np.ndindex(*sizes), entries.reshape(-1, *inner)):
        name_of_part = Scripts(tensor, line_of(Number(i + base) for i in at)) if at else tensor
        lines.append(equation(name_of_part, grid([list(map(Number, row)) for row in rows])))
    return lines


# -- what a gradient is made of ------------------------------------------------------------------------


def _tensor_places(subject: NetworkSubject) -> Sequence[Place]:
    linear = [part for part in subject.network.parts if part.layer is not None or isinstance(part.given, Linear)]
    return [("tensors", (part.number,)) for part in linear if part.parameters and len(part.reads) == 1]


def _tensor_draft(subject: NetworkSubject, place: Place, chance: random.Random) -> Draft:
    network, texts, names = subject.network, subject.texts, subject.naming
    part = network.part(place[1][0])
    weight, came_in, upstream = part.parameters[0], part.reads[0].name, network.delta(part.number)
    before = next((one.number for one in network.parts if one.after.name == came_in), None)
    below = network.derivative(came_in) if before is None else network.delta(before)
    pairs = [(upstream, came_in, "right"), (upstream, part.after.name, "output"), (upstream, weight, "itself")]
    if before is not None:
        pairs.append((below, came_in, "below"))
    chance.shuffle(pairs)
    options = tuple(
        Option(f"{inline(names._quantity(a))}, {inline(names._quantity(b))}", texts(f"network_tensors.{key}"))
        for a, b, key in pairs
    )
    formula = network.gradients[weight]
    used = {tensor.name for tensor in formula.form.operands}
    question = texts("network_tensors.question", gradient=inline(names._quantity(network.derivative(weight))))
    return Draft(
        "network_tensors", 2, paragraphs(question, listed([option.text for option in options])),
        paragraphs(texts("network_tensors.solution"), display(formula.latex())),
        [key for _, _, key in pairs].index("right"), "choice",
        (Equal(used, {upstream, came_in}, f"what dL/d{weight} is made of"),), options=options,
    )  # fmt: skip


NETWORK_KINDS: list[Kind[NetworkSubject]] = [
    Kind("network_shape", _shape_places, _shape_draft, "easy"),
    Kind("network_parameters", _parameter_places, _parameter_draft, "easy"),
    Kind("network_number", _number_places, _number_draft, "hard"),
    Kind("network_tensors", _tensor_places, _tensor_draft),
]
"""The kinds of exercise on networks, in the order of a sheet."""
