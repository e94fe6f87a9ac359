"""A network described in a text: a small YAML file in, a ``Sequential`` or ``Graph`` out (docs/network-format.md).

Three steps: ``yaml_tree.py`` makes words, lists and maps of the text, each with its line; ``described.py`` reads them
as the layers' own parameters ask for; here the network is put together. Text is never evaluated: a word is looked up, a
number or a name is matched. Every error names its line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symconv.descriptions.words import (
    KEYS,
    MAXIMUM_LAYERS,
    TRAINING,
    Item,
    Reading,
    inputs_of,
    item_of,
    loss_of,
    outputs_of,
    views_of,
)
from symconv.descriptions.yaml_tree import MAXIMUM_CHARACTERS, Parser
from symconv.errors import DescriptionError, SizeNameError, SymconvError
from symconv.gradient_step.sgd import ETA, SCHEDULES, sgd_step
from symconv.gradient_step.step import Step
from symconv.networks.losses import Loss
from symconv.networks.network import Graph, Sequential
from symconv.networks.wiring import INPUT


@dataclass(frozen=True)
class Description:
    """What a description says: a network, and how it is trained.

    Args:
        network: the network.
        learning_rate: >= 0, exact; None where the text does not say it.
        schedule: "summed", "mean" or "sequential".
        momentum, weight_decay: >= 0, exact.
        seed: >= 0, for numbers that are drawn.
    """

    network: Graph
    learning_rate: Fraction | None = None
    schedule: str = SCHEDULES[0]
    momentum: Fraction = Fraction(0)
    weight_decay: Fraction = Fraction(0)
    seed: int = 0

    @property
    def subject(self) -> Graph | Step:
        """What notes are about: the network; or the step, where another than the plain one is described.

        Raises:
            SymconvError: such a step of a network that is not one layer with weights and a loss.
        """
        plain = self.schedule == SCHEDULES[0] and not self.momentum and not self.weight_decay
        if plain:
            return self.network
        layer = self.network.parts[0].layer
        if len(self.network) > 1 or layer is None or self.network.loss is None:
            raise SymconvError(
                f"a step with schedule {self.schedule}, momentum {self.momentum}, weight_decay {self.weight_decay}",
                "notes on such a step are about one convolution and its loss, and the network has more or less",
                "leave schedule, momentum and weight_decay out, or describe one layer with a loss",
            )
        plainly_named = type(layer)(**{**layer.arguments(), "notation": self.network.notation})
        rate = ETA if self.learning_rate is None else self.learning_rate
        return sgd_step(
            plainly_named,
            self.network.loss,
            rate,
            self.schedule,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
        )


@dataclass(frozen=True)
class _Plan:
    """A network before it is built.

    Args:
        items: the layers.
        loss, views: arguments of ``Sequential``; ``options`` are its others.
        outputs: names of layers; empty for the one that no other reads.
        lines: the line of every layer, and then that of the loss.
    """

    items: tuple[Item, ...]
    loss: Loss | None
    views: Mapping[int, str]
    options: Mapping[str, Any]
    outputs: tuple[str, ...]
    lines: tuple[int, ...]

    def network(self, reading: Reading) -> Graph:
        """The whole network.

        Raises:
            DescriptionError: a part does not fit what is before it, or a size has the name of a tensor; with its line.
        """
        try:
            return self._first(len(self.items), self.outputs or None, self.loss)
        except SizeNameError as error:
            _, line = reading.symbols[error.name]
            given = f"the size {error.name}"
            raise DescriptionError(given, error.wrong, "use another name", line, reading.source) from error
        except SymconvError as error:
            # a part knows nothing of what is behind it, so once one fails, all longer networks do
            place = bisect_left(range(1, len(self.items) + 1), True, key=self._fails)
            raise reading.passed_on(error, self.lines[place]) from error

    def _first(self, count: int, outputs: tuple[str, ...] | None = None, loss: Loss | None = None) -> Graph:
        """The network of the first ``count`` layers; of fewer than all, whatever is not read is an output."""
        items, options = self.items[:count], {**self.options, "loss": loss}
        options["views"] = {number: view for number, view in self.views.items() if number <= count}
        inputs = options["input_shape"]
        if not self.outputs and not isinstance(inputs, Mapping) and not any(item.sources for item in items):
            return Sequential(*(item.given for item in items), names=[item.name for item in items], **options)
        if count < len(self.items):
            first = [*inputs][:1] if isinstance(inputs, Mapping) else [INPUT]
            before = [first, *([item.name] for item in items)]
            read = {source for item, above in zip(items, before) for source in item.sources or above}
            outputs = tuple(item.name for item in items if item.name not in read)
            if isinstance(inputs, Mapping):
                options["input_shape"] = {name: shape for name, shape in inputs.items() if name in read}
        nodes = {item.name: (item.given, *item.sources) if item.sources else item.given for item in items}
        return Graph(nodes, outputs=outputs, **options)

    def _fails(self, count: int) -> bool:
        try:
            self._first(count)
        except SymconvError:
            return True
        return False


def read_description(text: str, source: str = "the description") -> Description:
    """A network and its training, as a text in YAML describes them (docs/network-format.md).

    Args:
        text: the description, at most 100,000 characters. It is never evaluated.
        source: what errors call it, such as a file's name.

    Raises:
        DescriptionError: it cannot be read, or its layers do not compose; with the ``line``.
        SymconvError: ``text`` is not text, or PyYAML is not installed.

    >>> said = read_description("{input: [1, 3], layers: [conv: {kernel_size: 2}], learning_rate: 1/10}")
    >>> said.network, said.learning_rate
    (Sequential(Conv.lazy(kernel_size=2), input_shape=(1, 3)), Fraction(1, 10))
    """
    if not isinstance(text, str):
        raise SymconvError(f"a description of type {type(text).__name__}", "not text", "read the file as text")
    reading, parser = Reading(source), Parser(text, source)
    if len(text) > MAXIMUM_CHARACTERS:
        count = f"a text of {len(text)} characters"
        raise parser.error(1, count, "it is too long", f"use at most {MAXIMUM_CHARACTERS}")
    given = reading.pairs(parser.tree(), "the network", KEYS, ("input", "layers"))
    options: dict[str, Any] = {"input_shape": inputs_of(reading, given["input"])}
    if "batch" in given:
        options["batch_size"] = reading.size(given["batch"], "batch")
    if "index_base" in given:
        options["index_base"] = int(reading.word(given["index_base"], "index_base", ("0", "1")))
    values = reading.items(given["layers"], "layers", "give one layer or more, each behind a '-'", MAXIMUM_LAYERS)
    known = [*options["input_shape"]] if isinstance(options["input_shape"], Mapping) else [INPUT]
    items: list[Item] = []
    for number, value in enumerate(values, 1):
        items.append(item_of(reading, value, number, known))
        known.append(items[-1].name)
    names = [item.name for item in items]
    outputs = outputs_of(reading, given["outputs"], names) if "outputs" in given else ()
    loss = loss_of(reading, given["loss"]) if "loss" in given else None
    views = views_of(reading, given["views"], items) if "views" in given else {}
    training = {key: reader(reading, given[key], key) for key, reader in TRAINING.items() if key in given}
    lines = (*(value.line for value in values), given["loss" if "loss" in given else "layers"].line)
    return Description(_Plan(tuple(items), loss, views, options, outputs, lines).network(reading), **training)


def read_network(text: str, source: str = "the description") -> Graph:
    """The network of a description: as ``read_description``, without the training.

    >>> read_network("{input: n, layers: [linear: {out_features: 2}, activation: tanh]}").output_shape
    (2,)
    """
    return read_description(text, source).network
