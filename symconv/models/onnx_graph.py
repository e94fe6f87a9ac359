"""``from_onnx``: a model in a file of ONNX as a layer, a ``Sequential`` or a ``Graph``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy as sp

from symconv.errors import GeometryError, SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.layers import Layer
from symconv.models import onnx_elementary, onnx_nodes
from symconv.models.assembling import Network
from symconv.models.model import Model, made
from symconv.models.onnx_calls import Attributes, Constant, OnnxCall, Operand, constants_of
from symconv.models.onnx_file import OnnxFile, load, onnx_package
from symconv.models.onnx_shapes import computed_sizes
from symconv.models.onnx_sizes import added_biases, dimensions_of, numbers_in, read_as_data, stated_shapes
from symconv.models.parts import UnreadError
from symconv.models.readers import Shape, Tensor
from symconv.models.reading import Reading
from symconv.networks.arguments import whole
from symconv.printing.notation import valid_name

SOURCE = onnx_nodes.ONNX
READERS = (onnx_nodes, onnx_elementary)
"""Whose readers are in the table."""
OWN = ("", "ai.onnx")
"""The names of ONNX's own operators."""


def from_onnx(path: Any, input_size: Any = None) -> Layer | Network | Model:
    """Read a model of ONNX.

    Args:
        path: of the file; or a ``ModelProto`` in memory. No code of it is run, and weights in other files are read
            from its own directory alone.
        input_size: the shape of the first input, where the file leaves a size open: one example, such as
            (3, 224, 224), or with a batch in front. By default an open batch is one example without a batch axis, and
            other open sizes are symbols.

    Returns:
        What ``from_torch`` returns. Numbers are those of the file; a weight that is an input of the model has none.

    Raises:
        SymconvError: the file cannot be read, is too large, names files outside its directory, or has no input; or the
            onnx package is not installed.

    >>> from importlib.util import find_spec
    >>> if find_spec("onnx"):
    ...     from onnx import helper as h
    ...     images = [h.make_tensor_value_info(name, 1, shape) for name, shape in (("x", [1, 2, 4, 4]), ("y", None))]
    ...     graph = h.make_graph([h.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2])], "pool", *zip(images))
    ...     assert from_onnx(h.make_model(graph)).output_shape == (1, 2, 3, 3)
    """
    model = read_onnx(path, input_size)
    if model.unread:
        return model
    return (model.nodes[0].layer if len(model.nodes) == 1 else None) or model.network


def read_onnx(path: Any, input_size: Any = None) -> Model:
    """The table of a model of ONNX; see ``from_onnx``."""
    file = load(path)
    try:
        return _read_file(file, input_size)
    except SymconvError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise SymconvError(
            f"the model {file.title}", f"it does not fit together: {type(error).__name__}: {error}"[:300],
            "use a file that torch.onnx or onnx wrote",
        ) from error  # fmt: skip


def _read_file(file: OnnxFile, input_size: Any) -> Model:
    graph = file.proto.graph
    values: dict[str, Operand] = dict(constants_of(file, graph.initializer))
    entries, batch_size = _entries(file, values, input_size)
    reading = Reading(SOURCE, entries, batch_size)
    values |= {entry.name: entry for entry in reading.entries}
    version = max((one.version for one in file.proto.opset_import if one.domain in OWN), default=1)
    biases = added_biases(graph, values)
    stated = stated_shapes(file, entries, batch_size)
    names = _names(graph)
    for at, node in enumerate(graph.node):
        call = _call(values, node, names[at], version, biases.get(at))
        _read_node(file, reading, values, node, call, at in biases, stated)
    return made(file.title, reading, _outputs(graph, values))


# -- inputs and outputs --------------------------------------------------------------------------------


def _entries(
    file: OnnxFile, values: dict[str, Operand], size: Any
) -> tuple[tuple[Tensor, ...], Number | None]:  # fmt: skip
    """The inputs, the first and those that are read like it, and the number of examples.

    Other inputs are weights, whose numbers the file does not have.
    """
    inputs = [one for one in file.proto.graph.input if one.name not in values]
    if not inputs:
        raise SymconvError(f"the model {file.title}", "it has no input", "use a model that computes something of one")
    data = read_as_data(file.proto.graph)
    first, batch_size = _first(file, inputs[0], size)
    entries = [first]
    for one in inputs[1:]:
        if one.name in data:
            entry, batch = _by_file(file, one)
            if batch is not None and batch_size is not None and batch != batch_size:
                raise GeometryError(
                    f"the inputs {first.name} and {one.name} of {file.title}",
                    f"they have batches of {batch_size} and {batch}", "use one number of examples",
                )  # fmt: skip
            entries.append(entry)
        else:
            values[one.name] = Constant(one.name, numbers_in(dimensions_of(one)), file, None)
    return tuple(entries), batch_size


def _first(file: OnnxFile, first: Any, size: Any) -> tuple[Tensor, Number | None]:
    if size is None:
        return _by_file(file, first)
    shape = tuple(whole(one, "input_size") for one in (size if isinstance(size, (tuple, list)) else (size,)))
    rank = len(dimensions_of(first) or ())
    if rank and len(shape) not in (rank, rank - 1):
        raise GeometryError(
            f"input_size={shown(size)}", f"the input {first.name} has {rank} dimensions with its batch",
            f"give {rank - 1} sizes, or {rank} with the batch",
        )  # fmt: skip
    return (Tensor(first.name, shape[1:]), shape[0]) if len(shape) == rank else (Tensor(first.name, shape), None)


def _by_file(file: OnnxFile, value: Any) -> tuple[Tensor, Number | None]:
    dimensions = dimensions_of(value)
    if dimensions is None or len(dimensions) < 2:
        raise SymconvError(
            f"the input {value.name} of {file.title}", f"its shape {dimensions} has no batch with examples",
            "give input_size=(channels, *size)",
        )  # fmt: skip
    batch, *rest = dimensions
    shape = tuple(_size(one, f"n_{at}") for at, one in enumerate(rest, 1))
    return Tensor(value.name, shape), batch if isinstance(batch, int) else None


def _size(said: int | str, otherwise: str) -> Number:
    """A size; an open one is the symbol that the file has for it, or another if that is not a name."""
    if isinstance(said, int):
        return whole(said, "a size of the input")
    try:
        name = valid_name(said, "a size")
    except SymconvError:
        name = otherwise
    return sp.Symbol(name, integer=True, positive=True)


def _outputs(graph: Any, values: Mapping[str, Operand]) -> list[Tensor]:
    found = [values.get(one.name) for one in graph.output]
    tensors = [one for one in found if isinstance(one, Tensor)]
    if len(tensors) < len(found) or not tensors:
        missing = next((one.name for one, value in zip(graph.output, found) if not isinstance(value, Tensor)), "")
        raise SymconvError(
            f"the output {shown(missing)}", "it is not computed from the input", "use a model with such outputs"
        )
    return tensors


# -- nodes ---------------------------------------------------------------------------------------------


def _names(graph: Any) -> list[str]:
    """The names of the nodes, or of their first outputs; one that is there twice has a number."""
    said = [node.name or next(iter(node.output), "") or node.op_type for node in graph.node]
    taken: Counter[str] = Counter(one.name for one in graph.input)
    names = []
    for name in said:
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}:{taken[name]}")
    return names


def _call(values: Mapping[str, Operand], node: Any, name: str, version: int, bias: Constant | None) -> OnnxCall:
    operands = tuple(_operand(values, node, one) for one in node.input)
    inputs = tuple(one for one in operands if isinstance(one, Tensor))
    outputs = sum(map(bool, node.output))
    return OnnxCall(name, _kind(node), inputs, operands, Attributes(_attributes(node)), version, outputs, bias)


def _read_node(
    file: OnnxFile, reading: Reading, values: dict[str, Operand], node: Any, call: OnnxCall, has_bias: bool,
    stated: Mapping[str, Shape],
) -> None:  # fmt: skip
    outputs = [one for one in node.output if one]
    for one in outputs:
        if one in values:
            raise SymconvError(
                f"the node {shown(call.name)}", f"it makes {shown(one)}, which there is already",
                "in ONNX every tensor is made once",
            )  # fmt: skip
    if not outputs:
        return
    made_here: Operand | tuple[Tensor, ...] = _known(file, node, call)
    if made_here is None and has_bias and call.kind == "Add":
        made_here = call.x  # the node before it has added it
    if made_here is None:
        shape = stated.get(outputs[0])
        made_here = (
            reading.read(call, shape) if call.inputs else reading.skip(call.name, call.kind, (), NOT_COMPUTED, shape)
        )
    several = made_here if isinstance(made_here, tuple) else (made_here,)
    for at, one in enumerate(outputs):
        values[one] = several[at] if at < len(several) else Tensor(call.name, None, reading.batch)


NOT_COMPUTED = "it is not computed from the input"


def _kind(node: Any) -> str:
    return str(node.op_type) if node.domain in OWN else f"{node.domain}.{node.op_type}"


def _operand(values: Mapping[str, Operand], node: Any, name: str) -> Operand:
    if name and name not in values:
        raise SymconvError(
            f"the node {shown(node.name or node.op_type)}, which reads {shown(name)}",
            "no node before it makes that tensor, so the graph has a cycle or is not in order",
            "use a file that torch.onnx or onnx wrote",
        )  # fmt: skip
    return values[name] if name else None


def _attributes(node: Any) -> dict[str, Any]:
    """Numbers, texts and tensors; graphs inside of nodes are left out, since no reader reads them."""
    helper = onnx_package().helper
    found = {}
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs or attribute.ref_attr_name:
            continue
        value = helper.get_attribute_value(attribute)
        found[attribute.name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def _known(file: OnnxFile, node: Any, call: OnnxCall) -> Operand:
    """What a node makes that is a constant, or sizes."""
    if call.kind == "Constant":
        return _constant(file, node, call.attributes)
    if call.kind == "Identity" and isinstance(call.operands[0], Constant):
        return call.operands[0]
    try:
        return computed_sizes(call.kind, call.operands, call.attributes)
    except (UnreadError, IndexError, TypeError, ZeroDivisionError):
        return None


def _constant(file: OnnxFile, node: Any, attributes: Mapping[str, Any]) -> Operand:
    onnx = onnx_package()
    if (tensor := attributes.get("value")) is not None:
        return constants_of(file, [tensor])[tensor.name]
    for name, kind in (("value_ints", 7), ("value_int", 7), ("value_floats", 1), ("value_float", 1)):
        if (value := attributes.get(name)) is not None:
            listed = list(value) if isinstance(value, (list, tuple)) else [value]
            shape = [len(listed)] if name.endswith("s") else []
            tensor = onnx.helper.make_tensor(node.output[0], kind, shape, listed)
            return constants_of(file, [tensor])[tensor.name]
    return None
