"""Models of PyTorch, ONNX and Keras, read as layers and networks of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symconv.errors import SymconvError, shown
from symconv.models.files import refuse_programs
from symconv.models.keras_graph import from_keras, read_keras
from symconv.models.model import Model, prove_model
from symconv.models.onnx_graph import from_onnx, read_onnx
from symconv.models.torch_graph import from_torch
from symconv.proof import prove

__all__ = ["Model", "from_keras", "from_onnx", "from_torch", "read_model"]

READERS = {".onnx": read_onnx, ".keras": read_keras, ".json": read_keras}
"""The readers of files, by how the file's name ends."""

prove.register(Model, prove_model)


def read_model(file: str, input_size: Any = None) -> Model:
    """The table of a model in a file, of whichever kind.

    Raises:
        SymconvError: its name does not end as one of them; or it cannot be read.
    """
    suffix = Path(file).suffix.lower()
    refuse_programs(Path(file))
    if suffix not in READERS:
        raise SymconvError(f"the file {shown(file)}", "its kind is not known", f"use one of {', '.join(READERS)}")
    return READERS[suffix](file, input_size)
