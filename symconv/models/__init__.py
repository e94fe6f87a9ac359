"""Models of PyTorch, ONNX and Keras, read as layers and networks of ours."""

from __future__ import annotations

from symconv.models.model import Model
from symconv.models.torch_graph import from_torch

__all__ = ["Model", "from_torch"]
