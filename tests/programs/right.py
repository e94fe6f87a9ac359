"""Right programs of the corpus, with their layers: a letter for every size that may be any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Upsample
from symconv.layers import Layer
from tests.programs.program import Program

N, C, F, G, H, W, D, K, T, M, s, d, H1, W1 = sp.symbols("N C F G H W D K T M s d H1 W1", integer=True, positive=True)
K1, K2, K3 = sp.symbols("K1 K2 K3", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
GRADIENTS = ("grad_input", "grad_weight", "grad_bias")


def conv(**more: Any) -> Callable[[], Layer]:
    """Two axes, with channels and a batch."""
    size = more.pop("input_size", (H, W))
    kernel = more.pop("kernel_size", (K1, K2))
    usual = {"in_channels": C, "out_channels": F, "batch_size": N}
    return lambda: Conv(size, kernel, **{**usual, **more})


def conv1d(**more: Any) -> Callable[[], Layer]:
    return conv(input_size=T, kernel_size=K, **more)


def plain(*sizes: Any, **more: Any) -> Callable[[], Layer]:
    """One channel, no batch."""
    names = {1: (K,), 2: (K1, K2), 3: (K1, K2, K3)}[len(sizes)]
    return lambda: Conv(sizes, names, **more)


def transposed(**more: Any) -> Callable[[], Layer]:
    size = more.pop("input_size", (H, W))
    kernel = more.pop("kernel_size", (K1, K2))
    usual = {"in_channels": C, "out_channels": F, "batch_size": N}
    return lambda: ConvTranspose(size, kernel, **{**usual, **more})


def pool(**more: Any) -> Callable[[], Layer]:
    size = more.pop("input_size", (H, W))
    usual = {"channels": C, "batch_size": N}
    return lambda: AvgPool(size, (K, K), **{**usual, **more})


def upsample(**more: Any) -> Callable[[], Layer]:
    return lambda: Upsample((H, W), (M, M), **{"channels": C, **more})


IMAGE = {"input": "HW", "weight": "HW", "output": "HW"}
LINE = {"input": "W", "weight": "W", "output": "W"}
LAST = {"input": "NHWC", "weight": "HWIO", "output": "NHWC"}
VOLUME = {"input": "DHW", "weight": "DHW", "output": "DHW"}
BOTH = {"stride": s, "padding": p}
GIVEN = {"stride": "s", "pad": "p"}
STRIDED_EXACTLY = (s * (H1 - 1) + K1, s * (W1 - 1) + K2)
"""Input sizes for which the last position ends with the last pixel."""

RIGHT = (
    # loops
    Program("loops.py::conv_forward_naive", conv(bias=True, **BOTH), ("output", None), {"conv_param": GIVEN}),
    Program(
        "loops.py::conv_backward_naive", conv(bias=True, **BOTH), GRADIENTS,
        {"dout": "grad_output", "cache": ("input", "weight", "bias", GIVEN)},
    ),
    Program("loops.py::filter_image", plain(H, W), layouts=IMAGE),
    Program("loops.py::conv_seven_loops", conv(**BOTH), arguments=GIVEN),
    Program("loops.py::conv_dilated", conv(stride=s, dilation=d), arguments={"stride": "s", "dilation": "d"}),
    Program(
        "loops.py::conv_grouped", conv(in_channels=G * C, out_channels=G * F, groups=G), arguments={"groups": "G"},
    ),
    Program("loops.py::conv_backward_entries", conv(**BOTH), GRADIENTS[:2], GIVEN),
    Program(
        "loops.py::conv1d_forward", conv1d(bias=True, dilation=d, **BOTH),
        arguments={"stride": "s", "padding": "p", "dilation": "d"},
    ),
    Program("loops.py::conv1d_backward", conv1d(bias=True, stride=s), GRADIENTS, {"stride": "s"}),
    Program(
        "loops.py::conv3d", plain(D, H, W, stride=s),
        arguments={"volume": "input", "stride": "s"}, layouts=VOLUME,
    ),
    Program("loops.py::bias_gradient", conv(bias=True, **BOTH), "grad_bias"),
    Program(
        "loops.py::true_convolution", plain(T, flip=True),
        arguments={"signal": "input", "taps": "weight"}, layouts=LINE,
    ),
    Program("loops.py::full_padding", plain(H, W, padding="full"), layouts=IMAGE),
    Program(
        "loops.py::gradient_by_gathering", conv(stride=s), "grad_input", {"H": "H", "W": "W", "stride": "s"},
    ),
    # channels last
    Program(
        "channels_last.py::conv_forward", conv(kernel_size=(K, K), bias=True, **BOTH), ("output", None),
        {"hparameters": GIVEN}, LAST,
    ),
    Program(
        "channels_last.py::conv_backward", conv(kernel_size=(K, K), bias=True, **BOTH), GRADIENTS,
        {"dZ": "grad_output", "cache": ("input", "weight", "bias", GIVEN)}, LAST,
    ),
    Program("channels_last.py::conv_matmul", conv(), layouts=LAST),
    Program("channels_last.py::conv_tensordot", conv(stride=s), arguments={"s": "s"}, layouts=LAST),
    Program(
        "channels_last.py::depthwise", conv(out_channels=C, groups=C, batch_size=None),
        layouts={"input": "HWC", "weight": "HWO", "output": "HWC"},
    ),
    Program(
        "channels_last.py::pointwise", conv(kernel_size=(1, 1)),
        layouts={"input": "NHWC", "weight": "IO", "output": "NHWC"},
    ),
    # columns
    Program("columns.py::forward_by_indices", conv(bias=True, **BOTH), arguments=GIVEN),
    Program("columns.py::backward_by_indices", conv(bias=True, **BOTH), GRADIENTS, GIVEN),
    Program("columns.py::forward_by_slices", conv(bias=True, **BOTH), arguments=GIVEN),
    Program("columns.py::backward_by_slices", conv(bias=True, **BOTH), GRADIENTS, GIVEN),
    Program("columns.py::forward_by_patches", conv(batch_size=None)),
    Program(
        "columns.py::conv1d_by_index", conv1d(stride=s, dilation=d), arguments={"stride": "s", "dilation": "d"}
    ),
    Program("columns.py::conv1d_matrix", plain(T), layouts=LINE),
    Program("columns.py::conv1d_matrix_gradient", plain(T), "grad_input", layouts=LINE),
    Program("columns.py::forward_by_flat_index", plain(H, W), layouts=IMAGE),
    # windows
    Program("windows.py::forward_windows", conv(**BOTH), arguments={"stride": "s", "padding": "p"}),
    Program("windows.py::forward_windows_dilated", conv(stride=s, dilation=d), arguments={"s": "s", "d": "d"}),
    Program("windows.py::forward_strided", conv(stride=s), arguments={"stride": "s"}),
    Program(
        "windows.py::forward_strided_last", conv(batch_size=None),
        layouts={"input": "HWC", "weight": "HWIO", "output": "HWC"},
    ),
    Program("windows.py::weight_gradient_windows", conv(**BOTH), "grad_weight", {"KH": "K1", "KW": "K2", **GIVEN}),
    Program("windows.py::weight_gradient_correlation", conv(), "grad_weight"),
    Program("windows.py::input_gradient_rotated", conv(), "grad_input"),
    Program("windows.py::input_gradient_dilated", conv(stride=s), "grad_input", {"stride": "s"}),
    Program("windows.py::forward_shifted", conv(bias=True, **BOTH), arguments=GIVEN),
    Program("windows.py::backward_shifted", conv(bias=True, **BOTH), GRADIENTS, GIVEN),
    Program("windows.py::depthwise_einsum", conv(out_channels=C, groups=C)),
    Program(
        "windows.py::grouped_einsum", conv(in_channels=G * C, out_channels=G * F, groups=G), arguments={"g": "G"},
    ),
    Program("windows.py::full_convolution_kron", plain(T, padding="full"), layouts=LINE),
    Program(
        "windows.py::conv3d_windows",
        lambda: Conv((D, H, W), (K1, K2, K3), in_channels=C, out_channels=F),
    ),
    Program(
        "windows.py::circular_roll", plain(T, padding=((0, K - 1),), padding_mode="circular"), layouts=LINE,
    ),
    # pooling
    Program("pooling.py::average_pool", pool(stride=s), arguments={"size": "K", "stride": "s"}),
    Program(
        "pooling.py::average_pool_backward", pool(stride=s), "grad_input",
        {"x_shape": "input_shape", "size": "K", "stride": "s"},
    ),
    Program("pooling.py::average_pool_reshape", pool(input_size=(K * H, K * W)), arguments={"size": "K"}),
    Program(
        "pooling.py::average_pool_repeat_backward", pool(input_size=(K * H, K * W)), "grad_input", {"size": "K"}
    ),
    Program("pooling.py::average_pool_kron_backward", pool(input_size=(K * H, K * W)), "grad_input", {"size": "K"}),
    Program("pooling.py::nearest_upsample", upsample(batch_size=N), arguments={"factor": "M"}),
    Program("pooling.py::nearest_upsample_tile", upsample(), arguments={"factor": "M"}),
    Program("pooling.py::nearest_upsample_backward", upsample(), "grad_input", {"factor": "M"}),
    # transposed
    Program("transposed.py::conv_transpose_stamps", transposed(stride=s), arguments={"stride": "s"}),
    Program(
        "transposed.py::conv_transpose_entries", transposed(batch_size=None, bias=True, **BOTH),
        arguments={"stride": "s", "padding": "p"},
    ),
    Program(
        "transposed.py::conv_transpose_zeros_between", transposed(batch_size=None, stride=s),
        arguments={"stride": "s"},
    ),
    Program(
        "transposed.py::conv_transpose1d", transposed(input_size=T, kernel_size=K, **BOTH),
        arguments={"stride": "s", "padding": "p"},
    ),
    Program("transposed.py::conv_transpose_slices", transposed(stride=s), arguments={"stride": "s"}),
    Program("transposed.py::conv_transpose_backward", transposed(stride=s), GRADIENTS[:2], {"stride": "s"}),
    # classes
    Program("classes.py::conv2d_class_forward", conv(bias=True, **BOTH), arguments=GIVEN),
    Program("classes.py::conv2d_class_backward", conv(bias=True, **BOTH), GRADIENTS, GIVEN),
    Program("classes.py::convolution1d_gradients", conv1d(bias=True, stride=s), GRADIENTS, {"stride": "s"}),
    Program(
        "classes.py::conv3x3_forward", conv(kernel_size=(3, 3), in_channels=1, batch_size=None),
        layouts={"input": "HW", "weight": "OHW", "output": "HWC"},
    ),
    Program(
        "classes.py::conv3x3_backprop", conv(kernel_size=(3, 3), in_channels=1, batch_size=None), "grad_weight",
        {"d_L_d_out": "grad_output"}, {"input": "HW", "weight": "OHW", "output": "HWC"},
    ),
    # SciPy
    Program("scientific.py::forward_correlate2d", conv(bias=True), needs=("scipy",)),
    Program("scientific.py::input_gradient_convolve2d", conv(), "grad_input", needs=("scipy",)),
    Program("scientific.py::weight_gradient_correlate", conv(batch_size=None), "grad_weight", needs=("scipy",)),
    Program("scientific.py::conv1d_toeplitz", plain(T), layouts=LINE, needs=("scipy",)),
    Program("scientific.py::conv1d_numpy", plain(T), layouts=LINE, needs=("scipy",)),
    Program("scientific.py::conv3d_convolve", plain(D, H, W), layouts=VOLUME, needs=("scipy",)),
    # PyTorch
    Program(
        "torch_layers.py::module_forward", conv(bias=True, **BOTH),
        arguments={"stride": "s", "padding": "p"}, needs=("torch",),
    ),
    Program(
        "torch_layers.py::unfold_forward", conv(bias=True, **BOTH),
        arguments={"stride": "s", "padding": "p"}, needs=("torch",),
    ),
    Program("torch_layers.py::fold_transposed", transposed(stride=s), arguments={"stride": "s"}, needs=("torch",)),
    Program(
        "torch_layers.py::input_gradient_transposed",
        conv(input_size=(s * (H1 - 1) + K1 - 2 * p, s * (W1 - 1) + K2 - 2 * p), **BOTH), "grad_input",
        {"stride": "s", "padding": "p"}, needs=("torch",),
    ),
    Program(
        "torch_layers.py::weight_gradient_conv", conv(**BOTH), "grad_weight",
        {"kh": "K1", "kw": "K2", "stride": "s", "padding": "p"}, needs=("torch",),
    ),
    Program("torch_layers.py::function_backward", conv(), GRADIENTS[:2], needs=("torch",)),
    Program("torch_layers.py::tensor_unfold", conv(stride=s), arguments={"stride": "s"}, needs=("torch",)),
    Program(
        "torch_layers.py::conv1d_module",
        conv1d(in_channels=G * C, out_channels=G * F, groups=G, dilation=d, bias=True),
        arguments={"dilation": "d", "groups": "G"}, needs=("torch",),
    ),
    # einops
    Program("patterns.py::forward_rearranged", conv(), needs=("einops",)),
    Program(
        "patterns.py::patch_embedding",
        conv(input_size=(K * H1, K * W1), kernel_size=(K, K), stride=K), layouts=LAST, needs=("einops",),
    ),
    Program(
        "patterns.py::average_pool_reduce", pool(input_size=(K * H, K * W)),
        arguments={"size": "K"}, needs=("einops",),
    ),
    Program("patterns.py::bias_gradient_reduce", conv(bias=True), "grad_bias", needs=("einops",)),
    # JAX
    Program(
        "lax_layers.py::lax_forward", conv(**BOTH), arguments={"stride": "s", "padding": "p"}, needs=("jax",)
    ),
    Program(
        "lax_layers.py::lax_forward_last", conv(dilation=d), arguments={"dilation": "d"}, layouts=LAST,
        needs=("jax",),
    ),
    Program(
        "lax_layers.py::lax_input_gradient", conv(input_size=STRIDED_EXACTLY, stride=s), "grad_input",
        {"stride": "s"}, needs=("jax",),
    ),
    # kernels
    Program(
        "kernels.py::numba_forward", conv(stride=s),
        arguments={"stride": "s"},
    ),
    Program("kernels.py::launch_conv1d", plain(T), arguments={"threads": 4}, layouts=LINE),
    Program("kernels.py::launch_conv2d", plain(H, W, padding=p), arguments={"padding": "p"}, layouts=IMAGE),
    Program(
        "kernels.py::flat_buffers", plain(H, W),
        arguments={"H": "H", "W": "W", "KH": "K1", "KW": "K2"},
        layouts={"input": "(HW)", "weight": "(HW)", "output": "(HW)"},
    ),
    Program(
        "kernels.py::scatter_input_gradient", plain(T, stride=s), "grad_input",
        {"length": "T", "stride": "s"}, LINE,
    ),
)  # fmt: skip

BY_PLACE = {program.place: program for program in RIGHT}
