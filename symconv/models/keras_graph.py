"""``from_keras``: a description of a Keras model as a layer, a ``Sequential`` or a ``Graph``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import sympy as sp

from symconv.errors import GeometryError, SizeLimitError, SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.layers import Layer
from symconv.models.assembling import Network
from symconv.models.keras_calls import KerasCall
from symconv.models.keras_file import KerasFile, load, places
from symconv.models.keras_layers import KERAS
from symconv.models.model import Model, made
from symconv.models.readers import Shape, Tensor
from symconv.models.reading import Reading
from symconv.networks.arguments import whole

MODELS = ("Sequential", "Functional", "Model")
MOST_LAYERS, DEEPEST = 10_000, 20
RESET = ("Dense", "Embedding")
"""Kinds behind which it does not matter in which order an example was flattened."""


def from_keras(config: Any, input_size: Any = None) -> Layer | Network | Model:
    """Read a description of a Keras model; Keras is not needed.

    Args:
        config: ``model.to_json()`` as text or as a mapping, or the path of a .keras or .json file. Nothing of it is
            run. Weights are those of a .keras file, read by h5py when they are asked for.
        input_size: the shape of the input as Keras has it, such as (224, 224, 3), where the description leaves a size
            open; with a batch in front if there is to be one. By default an open batch is one example without a batch
            axis, and other open sizes are symbols.

    Returns:
        What ``from_torch`` returns. Channels are first here, whatever the model has: an image of shape (224, 224, 3)
        is read as (3, 224, 224), and weights and flattened examples are in that order too.

    Raises:
        SymconvError: it cannot be read, is too large, or has no input.

    >>> layer = {"class_name": "MaxPooling2D", "config": {"name": "pool", "pool_size": [2, 2]}}
    >>> entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3]}}
    >>> from_keras({"class_name": "Sequential", "config": {"layers": [entry, layer]}}).output_shape
    (3, 4, 4)
    """
    model = read_keras(config, input_size)
    if model.unread:
        return model
    return (model.nodes[0].layer if len(model.nodes) == 1 else None) or model.network


def read_keras(config: Any, input_size: Any = None) -> Model:
    """The table of a Keras model; see ``from_keras``."""
    file = load(config)
    try:
        return _read_file(file, input_size)
    except SymconvError:
        raise
    except (AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError) as error:
        raise SymconvError(
            f"the description of {file.title}", f"it does not fit together: {type(error).__name__}: {error}"[:300],
            "use what model.to_json() gives",
        ) from error  # fmt: skip


def _read_file(file: KerasFile, input_size: Any) -> Model:
    kind, inner = _model(file.config, file.title)
    layers = _layers(inner, file.title)
    entries = _entries(kind, inner, layers, file.title)
    sizes = _given_sizes(entries, input_size, file.title)
    last = _channels_last(layers, file.title)
    shapes = {name: _example(name, said, len(entries), last) for name, said in sizes.items()}
    batches = {said[0] for said in sizes.values() if isinstance(said[0], int)}
    if len(batches) > 1:
        raise GeometryError(f"the inputs of {file.title}", f"they have batches of {sorted(batches)}", "use one")
    reading = Reading(KERAS, [Tensor(name, shape) for name, shape in shapes.items()], next(iter(batches), None))
    walk = _Walk(file, reading, last)
    outputs = walk.model(kind, inner, list(reading.entries), "", "", 0)
    return made(file.title, reading, outputs)


def _channels_last(layers: Sequence[Mapping[str, Any]], title: str) -> bool:
    """Whether the layers have the channels last, as they do unless one says otherwise."""
    said = {layer["config"].get("data_format") for layer in _all_layers(layers, title, 0)} - {None}
    if odd := said - {"channels_first", "channels_last"}:
        raise SymconvError(f"data_format={shown(odd.pop())} of {title}", "no such order", "channels_last is one")
    if len(said) > 1:
        raise SymconvError(f"the layers of {title}", "some have channels first and others last", "use one order")
    return said != {"channels_first"}


def _all_layers(layers: Sequence[Mapping[str, Any]], title: str, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > DEEPEST:
        raise SizeLimitError(f"the model {title}", f"models are nested more than {DEEPEST} deep", "use a flat one")
    for layer in layers:
        yield layer
        if layer.get("class_name") in MODELS:
            yield from _all_layers(_layers(layer["config"], title), title, depth + 1)


def _model(config: Mapping[str, Any], title: str) -> tuple[str, Mapping[str, Any]]:
    """Which kind of model a description is of, and what is inside."""
    kind, inner = config.get("class_name"), config.get("config")
    if kind is None and "layers" in config:  # model.get_config()
        return ("Functional" if "input_layers" in config else "Sequential"), config
    if kind not in MODELS or not isinstance(inner, Mapping):
        raise SymconvError(
            f"the description of {title}", f"it is of {shown(kind)}, and not of a Sequential or Functional model",
            "use what model.to_json() gives; a model with a call of its own has its layers only in its code",
        )  # fmt: skip
    return str(kind), inner


def _layers(inner: Mapping[str, Any], title: str) -> list[Mapping[str, Any]]:
    layers = inner.get("layers")
    if not isinstance(layers, (list, tuple)) or not layers:
        raise SymconvError(f"the description of {title}", "it has no layers", "use what model.to_json() gives")
    if len(layers) > MOST_LAYERS:
        raise SizeLimitError(f"{len(layers):,} layers of {title}", "too many", f"at most {MOST_LAYERS:,} are read")
    for layer in layers:
        if not isinstance(layer, Mapping) or not isinstance(layer.get("config"), Mapping):
            raise SymconvError(f"a layer of {title}: {shown(layer)}", "not a description", "use model.to_json()")
    return list(layers)


def _name(layer: Mapping[str, Any]) -> str:
    return str(layer["config"].get("name") or layer.get("name") or layer.get("class_name"))


def _entries(
    kind: str, inner: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], title: str
) -> dict[str, list[Any]]:
    """The inputs with their shapes as Keras has them, the batch first."""
    if kind == "Sequential":
        config = layers[0]["config"]
        shape = config.get("batch_shape") or config.get("batch_input_shape") or inner.get("build_input_shape")
        name = _name(layers[0]) if layers[0].get("class_name") == "InputLayer" else "input"
        return {name: _checked_shape(shape, name, title)}
    inputs = [layer for layer in layers if layer.get("class_name") == "InputLayer"]
    if not inputs:
        raise SymconvError(f"the description of {title}", "it has no input", "use what model.to_json() gives")
    return {
        _name(one): _checked_shape(
            one["config"].get("batch_shape") or one["config"].get("batch_input_shape"), _name(one), title
        )
        for one in inputs
    }


def _checked_shape(shape: Any, name: str, title: str) -> list[Any]:
    if not isinstance(shape, (list, tuple)) or len(shape) < 2:
        raise SymconvError(
            f"the input {shown(name)} of {title}", f"its shape is {shown(shape)}", "build the model, or give input_size"
        )
    return [None if one is None else whole(one, f"the shape of {name}") for one in shape]


def _given_sizes(entries: Mapping[str, list[Any]], size: Any, title: str) -> dict[str, list[Any]]:
    """The shapes, with the one that the user gives for the first input."""
    found = dict(entries)
    if size is not None:
        first = next(iter(entries))
        given = [whole(one, "input_size") for one in (size if isinstance(size, (tuple, list)) else (size,))]
        rank = len(entries[first])
        if len(given) not in (rank, rank - 1):
            raise GeometryError(
                f"input_size={shown(size)}", f"the input {first} of {title} has {rank} dimensions with its batch",
                f"give {rank - 1} sizes, the channels where the model has them, or {rank}",
            )  # fmt: skip
        found[first] = given if len(given) == rank else [None, *given]
    return found


def _example(name: str, said: Sequence[Any], inputs: int, last: bool) -> Shape:
    """One example with channels first; an open size is a symbol."""
    more = "" if inputs == 1 else f"_{name}"
    sizes: list[Number] = [
        sp.Symbol(f"n{more}_{at}", integer=True, positive=True) if one is None else one
        for at, one in enumerate(said[1:], 1)
    ]
    return tuple([sizes[-1], *sizes[:-1]] if last else sizes)


class _Walk:
    """Reads the layers of a model, and of models that are layers of it."""

    def __init__(self, file: KerasFile, reading: Reading, last: bool) -> None:
        self.file, self.reading, self.last = file, reading, last
        self.flattened: dict[str, Shape] = {}
        self.taken: dict[str, int] = {one.name: 1 for one in reading.entries}

    def model(
        self, kind: str, inner: Mapping[str, Any], inputs: Sequence[Tensor], prefix: str, place: str, depth: int
    ) -> list[Tensor]:
        """The outputs of a model for its inputs."""
        if depth > DEEPEST:
            raise SizeLimitError(f"the model {prefix}", f"models are nested more than {DEEPEST} deep", "use a flat one")
        layers = _layers(inner, prefix or self.file.title)
        where = dict(zip(map(_name, layers), places(layers, place)))
        if kind == "Sequential":
            current = list(inputs)
            for layer in layers:
                if layer.get("class_name") != "InputLayer":
                    current = self.layer(layer, current, prefix, where[_name(layer)], depth)
            return current
        return self._functional(inner, layers, inputs, prefix, where, depth)

    def _functional(
        self, inner: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], inputs: Sequence[Tensor], prefix: str,
        where: Mapping[str, str], depth: int,
    ) -> list[Tensor]:  # fmt: skip
        values: dict[tuple[str, int], list[Tensor]] = {}
        waiting = iter(inputs)
        calls: dict[tuple[str, int], tuple[Mapping[str, Any], list[tuple[str, int, int]]]] = {}
        for layer in layers:
            if layer.get("class_name") == "InputLayer":
                values[_name(layer), 0] = [next(waiting)]
            for at, node in enumerate(layer.get("inbound_nodes") or ()):
                calls[_name(layer), at] = layer, list(_sources(node))
        for called in _in_order(calls, set(values), self.file.title):
            layer, sources = calls[called]
            read = [values[name, node][output] for name, node, output in sources]
            values[called] = self.layer(layer, read, prefix, where[called[0]], depth)
        return [values[name, node][output] for name, node, output in _outputs(inner.get("output_layers"))]

    def layer(
        self, layer: Mapping[str, Any], inputs: Sequence[Tensor], prefix: str, place: str, depth: int
    ) -> list[Tensor]:
        """The outputs of one layer."""
        kind, config, own = str(layer.get("class_name")), layer["config"], prefix + _name(layer)
        if kind in MODELS:
            return self.model(kind, config, inputs, f"{own}/", f"{place}/", depth + 1)
        output = self._read(self._free(own), kind, inputs, config, place, own)
        said = config.get("activation")
        if kind != "Activation" and said not in (None, "linear"):
            name = self._free(f"{own}.{said if isinstance(said, str) else 'activation'}")
            output = self._read(name, "Activation", [output], config, place, own)
        return [output]

    def _free(self, name: str) -> str:
        """The name, with a number if a layer is used again."""
        self.taken[name] = self.taken.get(name, 0) + 1
        return name if self.taken[name] == 1 else f"{name}:{self.taken[name]}"

    def _read(
        self, name: str, kind: str, inputs: Sequence[Tensor], config: Mapping[str, Any], place: str, owner: str
    ) -> Tensor:
        if not inputs:
            return self.reading.skip(name, kind, (), "it is not computed from the input")
        orders = {self.flattened.get(one.name, ()) for one in inputs}
        if len(orders) > 1:
            wrong = "it joins examples that were flattened from different shapes, with channels last"
            return self.reading.skip(name, kind, inputs, wrong)
        (order,) = orders
        output = self.reading.read(
            KerasCall(name, kind, tuple(inputs), config, self.file, place, owner, self.last, order)
        )
        assert isinstance(output, Tensor)  # no layer of Keras that is read has several outputs
        before = inputs[0].shape
        is_row = output.shape is not None and len(output.shape) == 1
        if self.last and kind in ("Flatten", "Reshape") and is_row and before is not None and len(before) > 1:
            order = before
        if order and kind not in RESET:
            self.flattened[output.name] = order
        return output


def _in_order(
    calls: Mapping[tuple[str, int], tuple[Any, list[tuple[str, int, int]]]], known: set[tuple[str, int]], title: str
) -> list[tuple[str, int]]:
    """The uses of layers, each after those that it reads.

    Raises:
        SymconvError: they read each other in a cycle, or a layer that is not there.
    """
    needs = {called: {(name, node) for name, node, _ in sources} - known for called, (_, sources) in calls.items()}
    for (name, _), read in needs.items():
        if missing := read - calls.keys():
            raise SymconvError(
                f"the layer {name} of {title}", f"it reads {min(missing)[0]}, which the model does not have",
                "use what model.to_json() gives",
            )  # fmt: skip
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        around = " -> ".join(name for name, _ in reversed(error.args[1]))
        raise SymconvError(
            f"the layers {around} of {title}"[:300], "each reads the one before, in a cycle",
            "use what model.to_json() gives",
        ) from None  # fmt: skip


def _sources(node: Any) -> Iterator[tuple[str, int, int]]:
    """What a layer reads at one of its uses: layer, use and output, of Keras 3 or of Keras 2."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            name, use, output = node["config"]["keras_history"]
            yield str(name), int(use), int(output)
        else:
            for one in (node.get("args"), node.get("kwargs")):
                yield from _sources(one)
            if "args" not in node:
                for one in node.values():
                    yield from _sources(one)
    elif isinstance(node, (list, tuple)):
        if len(node) >= 3 and isinstance(node[0], str) and all(isinstance(one, int) for one in node[1:3]):
            yield node[0], node[1], node[2]
        else:
            for one in node:
                yield from _sources(one)


def _outputs(said: Any) -> list[tuple[str, int, int]]:
    found = list(_sources(said))
    if not found:
        raise SymconvError("a description of a model", "it says no output", "use what model.to_json() gives")
    return found
