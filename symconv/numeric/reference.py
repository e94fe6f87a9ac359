"""Every layer in plain NumPy, as its kind computes it (``Layer.plain_output``) without the formulas of the views.

Shapes are PyTorch's; a layer without a batch axis is run as a batch of one.
"""

from __future__ import annotations

import numpy as np

from symconv.layers import Layer
from symconv.layers.plain_numpy import Array, Arrays


def forward(layer: Layer, arrays: Arrays) -> Array:
    """The layer's output, shape ``output_shape``, of its input, weight and bias, by these words.

    An output or a batch of size 0 has no number to compute; its shape is that which counting windows gives.

    Raises:
        SymconvError: the kind of layer has no such way to compute it.
    """
    if layer.allows_empty and 0 in (shape := _shape(layer)):
        return np.zeros(shape, dtype=arrays["input"].dtype)
    given = dict(arrays)
    if layer.batch_size is None:
        given["input"] = given["input"][None]
    output = layer.plain_output(given)
    if layer.bias_term:
        output = output + given["bias"].reshape(-1, *[1] * layer.ndim)
    return np.asarray(output[0] if layer.batch_size is None else output)


def _shape(layer: Layer) -> tuple[int, ...]:
    if layer.arithmetic is None:
        return tuple(int(size) for size in layer.output_shape)
    return layer.plain().output_shape
