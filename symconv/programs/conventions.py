"""What the parameters of published functions are called, and which part of a layer each of them is.

The names are those of PyTorch, of courses and of textbooks. Case does not matter unless both cases are listed.
"""

from __future__ import annotations

import re

from symconv.algebra.polynomial import Polynomial

TENSORS: dict[str, tuple[str, ...]] = {
    "input": (
        "x", "X", "input", "inputs", "image", "images", "img", "inp", "x_in", "A_prev", "a_prev", "input_data",
        "in_data", "data", "last_input", "input_tensor", "input_image", "x_data", "conv_in", "input_batch", "x_input",
        "in_feat", "feature_map", "im", "arr", "inputarray", "input_array", "layer_input", "input_feature",
        "input_features", "input_map", "input_volume", "input_img", "input_images", "x_batch", "layer_inputs",
        "activations_prev", "prev_activation", "input_activation", "signal", "inpt",
    ),
    "weight": (
        "w", "W", "weight", "weights", "kernel", "kernels", "filter", "filters", "filt", "ker", "kernel_weights",
        "W1", "Wt", "conv_filter", "conv_kernel", "kernel_matrix", "filter_weights", "conv_weight", "wgt",
        "conv_w", "w_conv", "conv_weights", "conv_filters", "conv_kernels", "filter_kernel", "weight_matrix",
        "filter_kernels", "params_w", "kernel_tensor", "filter_bank", "filters_w",
    ),
    "bias": (
        "b", "bias", "biases", "b1", "conv_bias", "conv_b", "b_conv", "bias_vector", "params_b", "conv_biases", "biais",
        "w0",
    ),
    "grad_output": (
        "dout", "dy", "dz", "da", "dh", "g", "gy", "grad_output", "grad_out", "grad_outputs", "grad", "grads",
        "upstream", "delta", "gout", "gradout", "d_out", "dl_dout", "output_gradient", "grad_y", "d_output", "dY", "dZ",
        "dA", "dH", "d_l_d_out", "out_grad", "output_grad", "top_diff", "upstream_gradient", "eta", "prev_grad",
        "accum_grad", "dldz",
        "dl_dy", "dldy", "da_curr", "error", "error_tensor", "d_error", "dconv", "dconv_prev", "next_grad", "grad_in",
        "output_grads", "d_y", "dl_dz", "dl_dh", "dl_do", "dnext", "gradient", "loss_gradient", "dvalues",
        "output_error", "out_error", "upstream_gradients", "upstream_grad", "upstream_grads", "output_gradients",
        "gradients", "deltas", "output_delta", "delta_out", "next_delta", "grad_next", "next_gradient", "loss_grad",
        "dloss", "d_next", "grad_z", "grad_from_next", "de_dy", "dedy", "errors", "top_grad", "gradient_output",
        "grad_from_above", "chain_grad", "d_values", "d_z", "d_a", "backward_grad", "back_grad", "outgrad", "out_grads",
        "grad_upstream", "dl", "d_out_", "error_signal", "output_gradient_tensor", "dout_", "gradients_output",
        "gradient_values", "grad_values", "output_gradient_values",
    ),
    "output": ("out", "output", "y", "h", "z"),
}  # fmt: skip
"""Names of tensors by role."""

SIZES: dict[str, tuple[str, ...]] = {
    "stride": ("stride", "strides", "s", "step", "stride_size"),
    "padding": ("padding", "pad", "p", "paddings", "pad_size", "zero_padding"),
    "dilation": ("dilation", "dilations", "dil", "d", "rate", "dilation_rate"),
    "kernel_size": (
        "kernel_size", "ksize", "k", "filter_size", "window", "pool_size", "kernel_dim",
        "window_size", "conv_size", "kernal_size", "filters_size", "field_size", "k_size", "patch_size", "conv_shape",
        "kernel_sizes", "filter_dim",
    ),
    "groups": ("groups", "n_groups", "num_groups"),
    "in_channels": (
        "in_channels", "c_in", "cin", "input_channels", "n_c_prev", "in_planes", "in_chan", "in_channel", "in_ch",
        "n_channels", "num_channels", "nb_channels", "in_features", "input_depth", "channels_in", "in_depth", "inc",
        "num_input_channels", "n_in_channels", "n_input_channels", "channel_in", "channels_input", "ch_in", "in_chnls",
    ),
    "out_channels": (
        "out_channels", "c_out", "cout", "output_channels", "n_filters", "num_filters", "out_planes", "num_kernels",
        "out_chan", "out_channel", "out_ch", "nb_filters", "filters_num", "n_filter", "filter_num", "n_f", "depth",
        "nb_kernels", "channels_out", "num_filter", "nfilters", "out_depth", "outc", "n_kernels", "nb_filter",
        "num_output_channels", "n_out_channels", "filters_count", "number_of_filters", "num_of_filters", "filter_count",
        "kernel_num", "kernel_count", "n_feats", "n_feature_maps", "n_maps", "num_maps",
        "channel_out", "channels_output", "ch_out", "filternumber", "out_chnls",
    ),
    "batch_size": ("batch_size", "n_batch"),
    "input_shape": ("x_shape", "input_shape", "in_shape", "image_shape", "img_shape", "x_size", "x_dim"),
    "weight_shape": ("w_shape", "weight_shape", "kernel_shape", "filter_shape", "filters_shape"),
    "output_shape": ("out_shape", "output_shape", "y_shape", "dout_shape"),
    "output_padding": ("output_padding", "out_pad"),
    "input_dilation": ("input_dilation", "lhs_dilation"),
}  # fmt: skip
"""Names of numbers, by the layer's own name for them."""

_PARAMETERS = {
    "stride": ("stride_", "s"), "padding": ("pad_", "padding_", "p"), "dilation": ("dilation_", "dil_", "d"),
    "kernel_size": ("kernel_", "filter_", "field_", "pool_", "window_", "k"),
    "input_size": ("input_", "image_", "img_", "in_"), "output_size": ("out_", "output_"),
}  # fmt: skip

ON_AN_AXIS: dict[str, tuple[str, int]] = {
    f"{name}{end}": (role, axis)
    for role, names in _PARAMETERS.items()
    for name in names
    for axis, ends in enumerate((("h", "height", "y"), ("w", "width", "x")))
    for end in (ends if name.endswith("_") else ends[:1])
} | {
    f"{end}_{name}": ("kernel_size", axis)
    for name in ("filter", "kernel", "window")
    for axis, ends in enumerate((("h", "height"), ("w", "width")))
    for end in ends
}
"""Names of numbers of one of two axes, such as stride_h and pw: the layer's name, and the axis."""

DICTIONARIES: dict[str, tuple[str, ...]] = {
    "conv_param": ("stride", "pad"),
    "conv_params": ("stride", "pad"),
    "hparameters": ("stride", "pad"),
    "hparams": ("stride", "pad"),
    "hyper_parameters": ("stride", "pad"),
    "hyper_params": ("stride", "pad"),
    "hyperparams": ("stride", "pad"),
    "params": ("stride", "pad"),
    "param": ("stride", "pad"),
    "config": ("stride", "pad"),
}
"""Dictionaries of parameters by name, with the keys that they have at least."""

CACHES = ("cache", "caches", "saved", "ctx", "tape", "memory", "context")
"""What a forward pass hands to its backward pass; the function's own code says what is in it."""

RATES = ("learning_rate", "learn_rate", "lr", "learningrate", "lrate")
"""Numbers of a training step, on which no output or gradient depends."""
TRAINING = ("training", "is_training", "train", "train_mode", "train_flg", "retain_derived", "save_cache")
"""What tells a forward pass that a backward pass follows it."""

ACTIVATIONS = (
    "activation",
    "activation_function",
    "activation_fn",
    "act_fn",
    "act",
    "act_func",
    "nonlinearity",
    "activation_func",
)
"""Functions that are applied after a layer, and belong to no layer."""

CONTEXTS = ("ctx", "context")
"""What PyTorch's context is called."""

FORWARD_METHODS = (
    "forward", "forward_pass", "forward_propagate", "forward_propagation", "forward_prop", "feed_forward", "_forward",
    "_forwards", "fprop", "__call__", "call",
)  # fmt: skip
"""What the method is called that computes a layer's output, in the order in which it is looked for."""

BACKWARD_NAMES = (
    ("backward", "forward"), ("Backward", "Forward"), ("bwd", "fwd"), ("backprop", "forward"), ("back", "forward"),
    ("bprop", "fprop"),
)  # fmt: skip
"""What a backward pass has in its name where its forward pass has the other."""


def role_of(name: str, names: dict[str, tuple[str, ...]]) -> str | None:
    """The role that a name has by convention: as it is written, or else in lower case."""
    bare = snake_case(name.strip("_"), names)
    if bare == "A" and names is TENSORS:
        return "input"  # of courses whose layers map A to Z
    for written, folded in ((bare, False), (bare.lower(), True)):
        for role, known in names.items():
            if written in ([one.lower() for one in known] if folded else known):
                return role
    return None


def snake_case(name: str, names: dict[str, tuple[str, ...]]) -> str:
    """The name as it is, or kernelSize as kernel_size, if only that is among some names."""
    known = {one.lower() for all_names in names.values() for one in all_names}
    other = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return other if other in known and name.lower() not in known else name


def counts_zeros(name: str, default: object) -> bool:
    """Whether a dilation counts the zeros between two elements of the kernel: one that is 0 by default does."""
    return role_of(name, SIZES) == "dilation" and isinstance(default, Polynomial) and default == Polynomial()
