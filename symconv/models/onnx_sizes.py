"""What is known of an ONNX graph before its nodes are read: shapes that onnx infers, and biases that stand alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from symconv.geometry.arguments import Number
from symconv.models.onnx_calls import Constant, Operand
from symconv.models.onnx_file import OnnxFile, onnx_package
from symconv.models.readers import Shape, Tensor

MOST_COPIED = 1024
"""Constants with at most this many entries are passed on when shapes are inferred: they may say sizes."""
BIASED = ("MatMul", "Conv", "ConvTranspose")


def dimensions_of(value: Any) -> list[int | str] | None:
    """The sizes of an input, a text for one that is open; None if it is not a tensor, or of any shape."""
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.HasField("shape"):
        return None
    return [
        int(one.dim_value) if one.HasField("dim_value") and one.dim_value > 0 else str(one.dim_param)
        for one in kind.shape.dim
    ]


def numbers_in(dimensions: list[int | str] | None) -> tuple[int, ...]:
    return tuple(one for one in dimensions or () if isinstance(one, int))


def stated_shapes(file: OnnxFile, entries: Sequence[Tensor], batch_size: Number | None) -> dict[str, Shape]:
    """The shape of one example of every tensor, as the onnx package infers it; without what it does not know."""
    onnx = onnx_package()
    try:
        inferred = onnx.shape_inference.infer_shapes(_without_weights(onnx, file.proto, entries, batch_size)).graph
    except Exception:  # of the package, for whatever it does not like; its shapes are then not compared
        return {}
    found: dict[str, Shape] = {}
    for value in (*inferred.value_info, *inferred.output):
        sizes = dimensions_of(value)
        if sizes and len(sizes) > 1 and all(isinstance(one, int) for one in sizes[1:]):
            found[value.name] = numbers_in(sizes[1:])
    return found


def _without_weights(onnx: Any, proto: Any, entries: Sequence[Tensor], batch_size: Number | None) -> Any:
    """The model with inputs in place of its weights, for an input of this shape."""
    small = onnx.ModelProto(ir_version=proto.ir_version, opset_import=proto.opset_import)
    given = proto.graph
    small.graph.name = given.name or "graph"
    small.graph.node.extend(given.node)
    small.graph.output.extend(given.output)
    constants = {tensor.name for tensor in given.initializer}
    for value in given.input:
        if value.name not in constants:
            copied = small.graph.input.add()
            copied.CopyFrom(value)
            for entry in entries:
                if value.name == entry.name:
                    _set_sizes(copied.type.tensor_type.shape, (batch_size, *(entry.shape or ())))
    for tensor in given.initializer:
        count = 1
        for size in tensor.dims:
            count *= size
        if count <= MOST_COPIED and tensor.data_location != onnx.TensorProto.EXTERNAL:
            small.graph.initializer.add().CopyFrom(tensor)
        else:
            small.graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
            )
    return small


def _set_sizes(shape: Any, sizes: tuple[Number | None, ...]) -> None:
    del shape.dim[:]
    for size in sizes:
        one = shape.dim.add()
        if isinstance(size, int):
            one.dim_value = size


EVERY = ("Add", "Sub", "Sum", "Mul", "Concat")
"""Operators all of whose inputs are of the same kind."""


def read_as_data(graph: Any) -> set[str]:
    """The tensors that stand where computed ones do, and not where weights or sizes do."""
    return {
        name for node in graph.node for at, name in enumerate(node.input) if at == 0 or node.op_type in EVERY
    }  # fmt: skip


def added_biases(graph: Any, values: Mapping[str, Operand]) -> dict[int, Constant]:
    """Constants that are added to the output of a linear node, which nothing else reads.

    By the number of the linear node, and of the node that adds it.
    """
    uses = Counter([*(name for node in graph.node for name in node.input), *(one.name for one in graph.output)])
    makers = {name: at for at, node in enumerate(graph.node) for name in node.output}
    found: dict[int, Constant] = {}
    for at, node in enumerate(graph.node):
        if node.op_type != "Add" or len(node.input) != 2:
            continue
        for read, added in (tuple(node.input), tuple(node.input)[::-1]):
            bias, maker = values.get(added), makers.get(read)
            if not isinstance(bias, Constant) or maker is None or maker in found or uses[read] != 1:
                continue
            if _takes(graph.node[maker], bias, values):
                found[maker] = found[at] = bias
    return found


def _takes(node: Any, bias: Constant, values: Mapping[str, Operand]) -> bool:
    """Whether a node is linear without a bias, and what is added is a number for each of its output channels."""
    weight = values.get(node.input[1]) if len(node.input) == 2 else None
    if node.op_type not in BIASED or not isinstance(weight, Constant) or not bias.shape:
        return False
    spatial = len(weight.shape) - 2
    front, ones = bias.shape[: len(bias.shape) - spatial], bias.shape[len(bias.shape) - spatial :]
    return bool(front) and all(size == 1 for size in (*front[:-1], *ones))
