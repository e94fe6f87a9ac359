"""Files of ONNX: checked before they are read, and read by the onnx package.

Weights in other files are read from the model's own directory alone, and when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from symconv.errors import SymconvError, shown
from symconv.models.files import confined, model_file
from symconv.models.parts import Array
from symconv.models.wire import require_small

MOST_BYTES = 2**31 - 1
"""The largest file of protocol buffers."""
INNER = {
    "model": {7: "graph", 8: "opset", 14: "entry", 20: "training", 25: "function", 26: "device"},
    "training": {1: "graph", 2: "graph", 3: "entry", 4: "entry"},
    "function": {7: "node", 9: "opset", 11: "attribute", 12: "value", 14: "entry"},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 14: "annotation", 15: "sparse",
              16: "entry"},
    "node": {5: "attribute", 9: "entry", 10: "entry"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 14: "type", 15: "type", 22: "sparse",
                  23: "sparse"},
    "tensor": {3: "segment", 13: "entry", 16: "entry"},
    "sparse": {1: "tensor", 2: "tensor"},
    "value": {2: "type", 4: "entry"},
    "type": {1: "tensor type", 4: "sequence", 5: "map", 7: "tensor type", 8: "tensor type", 9: "sequence"},
    "sequence": {1: "type"}, "map": {2: "type"}, "tensor type": {2: "shape"}, "shape": {1: "dimension"},
    "annotation": {2: "entry"},
}  # fmt: skip
"""onnx/onnx.proto: the fields that are messages."""
WEIGHTS = {"tensor": frozenset({4, 9, 10})}
"""float_data, raw_data and double_data."""


def onnx_package() -> Any:
    """The onnx package.

    Raises:
        SymconvError: it is not installed.
    """
    try:
        return import_module("onnx")
    except ImportError:
        raise SymconvError(
            "a model of ONNX", "the onnx package is not installed", 'pip install "symconv[onnx]"'
        ) from None


@dataclass(frozen=True)
class OnnxFile:
    """A model of ONNX: its title, its parsed proto, and the directory in which its weights may be."""

    title: str
    proto: Any
    directory: Path | None = None


def load(path: Any) -> OnnxFile:
    """A model from a path, or one that onnx has made in memory.

    Raises:
        SymconvError: it is not a model of ONNX, or names files outside its directory.
        SizeLimitError: it is too large.
    """
    onnx = onnx_package()
    if isinstance(path, onnx.ModelProto):
        found = OnnxFile(path.graph.name or "model", path)
    else:
        file = model_file(path, MOST_BYTES, (".onnx",))
        found = OnnxFile(file.name, _parsed(onnx, file), file.parent)
    for tensor in _tensors(found.proto.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _external(found, tensor)
    return found


def _parsed(onnx: Any, file: Path) -> Any:
    name = f"the file {file}"
    if file.stat().st_size == 0:
        raise SymconvError(name, "it is empty", "use a file that torch.onnx or onnx wrote")
    data = file.read_bytes()
    require_small(data, "model", INNER, WEIGHTS, name)
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except Exception as error:  # DecodeError of protobuf, which onnx does not pass on by name
        wrong = f"it cannot be read as ONNX: {error}"[:300]
        raise SymconvError(name, wrong, "use a file that torch.onnx or onnx wrote") from None
    if not proto.HasField("graph"):
        raise SymconvError(name, "it has no graph", "use a file that torch.onnx or onnx wrote")
    return proto


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _external(file: OnnxFile, tensor: Any) -> tuple[Path, int, int]:
    """Where the bytes of a tensor are: the file, the first byte and how many.

    Raises:
        SymconvError: the file is elsewhere, or has fewer bytes.
    """
    said = {entry.key: entry.value for entry in tensor.external_data}
    place = confined(file.directory, said.get("location", ""))
    try:
        offset = int(said.get("offset", "0"))
        length = int(said.get("length", "-1"))
    except ValueError:
        raise _beyond(tensor, place, "its place in the file is not a whole number") from None
    size = place.stat().st_size
    length = size - offset if length == -1 else length
    if offset < 0 or length < 0 or offset + length > size:
        raise _beyond(tensor, place, f"it has bytes {offset} to {offset + length}, and the file {size}")
    return place, offset, length


def _beyond(tensor: Any, place: Path, wrong: str) -> SymconvError:
    return SymconvError(f"the tensor {shown(tensor.name)} in {place.name}", wrong, "use the file that belongs to it")


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The shape of a tensor in the file."""
    return tuple(int(size) for size in tensor.dims)


def numbers(file: OnnxFile, tensor: Any) -> Array:
    """The numbers of a tensor.

    Raises:
        SymconvError: it does not have as many as its shape says, or a type that is not one of numbers.
    """
    onnx = onnx_package()
    try:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            return np.asarray(onnx.numpy_helper.to_array(tensor))
        place, offset, length = _external(file, tensor)
        kind = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)).newbyteorder("<")
        if length != prod(shape_of(tensor)) * kind.itemsize:
            raise _beyond(tensor, place, f"it has {length} bytes, which is not what its shape {shape_of(tensor)} says")
        with place.open("rb") as opened:
            opened.seek(offset)
            return np.frombuffer(opened.read(length), kind).reshape(shape_of(tensor))
    except SymconvError:
        raise
    except Exception as error:  # of onnx or NumPy, for what does not fit together
        raise SymconvError(
            f"the tensor {shown(tensor.name)} of {file.title}", f"its numbers cannot be read: {error}"[:300],
            "use a file that torch.onnx or onnx wrote",
        ) from None  # fmt: skip


def later(file: OnnxFile, tensor: Any) -> Any:
    """A function that gives the numbers when they are asked for."""
    return partial(numbers, file, tensor)
