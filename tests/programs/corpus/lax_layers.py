"""JAX: the general convolution, and jax.numpy."""

import jax.numpy as jnp
from jax import lax


def lax_forward(x, w, stride, padding):
    return lax.conv_general_dilated(
        x, w, window_strides=(stride, stride), padding=[(padding, padding), (padding, padding)]
    )


def lax_forward_last(x, w, dilation):
    return lax.conv_general_dilated(
        x,
        w,
        window_strides=(1, 1),
        padding="VALID",
        rhs_dilation=(dilation, dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def lax_input_gradient(w, g, stride):
    """The input's gradient as a convolution with the input dilated; no pixel is left over at the end."""
    kh, kw = w.shape[2:]
    flipped = jnp.transpose(jnp.flip(w, axis=(2, 3)), (1, 0, 2, 3))
    return lax.conv_general_dilated(
        g, flipped, (1, 1), [(kh - 1, kh - 1), (kw - 1, kw - 1)], lhs_dilation=(stride, stride)
    )
