"""Models of PyTorch, ONNX and Keras, read as layers and networks of ours."""

from __future__ import annotations

from symconv.models.keras_graph import from_keras
from symconv.models.model import Model
from symconv.models.onnx_graph import from_onnx
from symconv.models.torch_graph import from_torch

__all__ = ["Model", "from_keras", "from_onnx", "from_torch"]
