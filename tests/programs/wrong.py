"""Wrong programs of the corpus: right ones with one line changed, as public trackers and course work show it."""

from __future__ import annotations

from tests.programs.program import WrongProgram
from tests.programs.right import BY_PLACE


def wrong(place: str, line: str, planted: str, mistake: str, after: str = "") -> WrongProgram:
    return WrongProgram(BY_PLACE[place], line, planted, mistake, after)


STRIDE, DILATION, PADDING = "stride left out", "dilation left out", "padding not removed"

WRONG = (
    # loops
    wrong(
        "loops.py::conv_forward_naive",
        "window = x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]",
        "window = x_pad[n, :, i : i + HH, j : j + WW]", STRIDE,
    ),
    wrong(
        "loops.py::conv_forward_naive", "H_out = 1 + (H + 2 * pad - HH) // stride",
        "H_out = 1 + (H + 2 * pad - HH)", "output size forgets the stride",
    ),
    wrong(
        "loops.py::conv_forward_naive", "W_out = 1 + (W + 2 * pad - WW) // stride",
        "W_out = 1 + (H + 2 * pad - HH) // stride", "height for width",
    ),
    wrong(
        "loops.py::conv_forward_naive", "out[n, f, i, j] = np.sum(window * w[f]) + b[f]",
        "out[n, f, i, j] = np.sum(window * w[f] + b[f])", "bias counted for every element of the window",
    ),
    wrong("loops.py::conv_backward_naive", "hs, ws = i * stride, j * stride", "hs, ws = i, j", STRIDE),
    wrong(
        "loops.py::conv_backward_naive", "dx = dx_pad[:, :, pad : pad + H, pad : pad + W]",
        "dx = dx_pad[:, :, pad:-pad, pad:-pad]", "empty for padding 0",
    ),
    wrong(
        "loops.py::conv_backward_naive", "db[f] += np.sum(dout[n, f])", "db[f] = np.sum(dout[n, f])",
        "= in place of +=",
    ),
    wrong(
        "loops.py::conv_backward_naive",
        "dw[f] += x_pad[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]",
        "dw[f] = x_pad[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]", "= in place of +=",
    ),
    wrong("loops.py::filter_image", "total = 0.0", "total = kernel[0, 0]", "sum does not start from 0"),
    wrong(
        "loops.py::filter_image", "for y in range(result.shape[0]):", "for y in range(result.shape[0] - 1):",
        "last row missing",
    ),
    wrong(
        "loops.py::filter_image", "total += image[y + i, x + j] * kernel[i, j]",
        "total += image[y + i, x + j] * kernel[size_y - 1 - i, size_x - 1 - j]", "kernel flipped",
    ),
    wrong("loops.py::conv_seven_loops", "if 0 <= r < H and 0 <= q < W:", "if 0 < r < H and 0 < q < W:", "off by one"),
    wrong("loops.py::conv_seven_loops", "q = j * stride + l - pad", "q = j * stride + l", "padding left out"),
    wrong(
        "loops.py::conv_dilated", "patch = x[:, :, top : top + span_h : dilation, left : left + span_w : dilation]",
        "patch = x[:, :, top : top + span_h : stride, left : left + span_w : stride]",
        "stride and dilation exchanged",
    ),
    wrong("loops.py::conv_dilated", "span_w = dilation * (kw - 1) + 1", "span_w = dilation * (kh - 1) + 1",
          "height for width"),
    wrong(
        "loops.py::conv_grouped", "window = x[:, g * Cg : (g + 1) * Cg, i : i + KH, j : j + KW]",
        "window = x[:, :Cg, i : i + KH, j : j + KW]", "all groups read the first channels",
    ),
    wrong(
        "loops.py::conv_backward_entries", "r, q = i * stride - pad + k, j * stride - pad + l",
        "r, q = i * stride + pad + k, j * stride + pad + l", "sign of the padding",
    ),
    wrong(
        "loops.py::conv_backward_entries", "if r < 0 or r >= H or q < 0 or q >= W:",
        "if r >= H or q >= W:", "negative indices wrap",
    ),
    wrong(
        "loops.py::conv1d_forward", "y[:, :, t] += x[:, :, t * stride + tap * dilation] @ w[:, :, tap].T",
        "y[:, :, t] += x[:, :, t * stride + tap] @ w[:, :, tap].T", DILATION,
    ),
    wrong("loops.py::conv1d_forward", "y[:, :, t] += b", "    y[:, :, t] += b", "bias counted for every tap"),
    wrong("loops.py::conv1d_backward", "return grad_x, grad_w, grad.sum(axis=(0, 2))",
          "return grad_x, grad_w, grad.mean(axis=(0, 2))", "divided by the number of positions"),
    wrong("loops.py::conv3d", "out[z, y, x] = np.sum(cube * kernel)", "out[z, x, y] = np.sum(cube * kernel)",
          "axes exchanged"),
    wrong("loops.py::bias_gradient", "db[f] = dout[:, f, :, :].sum()", "db[f] = dout[:, f, :, :].sum() / N",
          "divided by the batch"),
    wrong("loops.py::true_convolution", "y[i] += signal[i + k - 1 - j] * taps[j]", "y[i] += signal[i + j] * taps[j]",
          "kernel not flipped"),
    wrong(
        "loops.py::gradient_by_gathering", "i, j = (r - k) // stride, (q - l) // stride",
        "i, j = (r - k) // stride, (r - l) // stride", "row for column",
    ),
    # channels last
    wrong(
        "channels_last.py::conv_forward", "horiz_start = w * stride", "horiz_start = w", STRIDE,
    ),
    wrong(
        "channels_last.py::conv_forward", "return np.sum(s) + b", "return np.sum(s + b)",
        "bias counted for every element of the window", "def conv_single_step(a_slice_prev, W, b):",
    ),
    wrong(
        "channels_last.py::conv_backward",
        "dA_prev[i, :, :, :] = da_prev_pad[pad : pad + n_H_prev, pad : pad + n_W_prev, :]",
        "dA_prev[i, :, :, :] = da_prev_pad[pad:-pad, pad:-pad, :]", "raises for padding 0",
    ),
    wrong("channels_last.py::conv_backward", "dW[:, :, :, c] += a_slice * dZ[i, h, w, c]",
          "dW[:, :, :, c] += a_slice * dZ[i, w, h, c]", "row and column exchanged"),
    wrong("channels_last.py::conv_matmul", "out += images[:, u : u + oh, v : v + ow, :] @ kernel[u, v]",
          "out += images[:, u : u + oh, v : v + ow, :] @ kernel[v, u]", "kernel transposed"),
    wrong(
        "channels_last.py::conv_tensordot", "oh, ow = (h - kh) // s + 1, (wd - kw) // s + 1",
        "oh, ow = (h - kh) // s, (wd - kw) // s", "last row missing",
    ),
    wrong("channels_last.py::depthwise", "out[i, j] = (x[i : i + kh, j : j + kw] * w).sum(axis=0).sum(axis=0)",
          "out[i, j] = (x[i : i + kh, j : j + kw] * w).sum(axis=0).sum(axis=1)", "wrong axis in the sum"),
    # columns
    wrong(
        "columns.py::forward_by_indices", "j0 = np.tile(np.arange(field_width), field_height * C)",
        "j0 = np.tile(np.arange(field_height), field_width * C)", "height for width",
        "def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):",
    ),
    wrong(
        "columns.py::forward_by_indices", "return out.transpose(3, 0, 1, 2)", "return out.transpose(3, 0, 2, 1)",
        "axes exchanged",
    ),
    wrong(
        "columns.py::backward_by_indices", "np.add.at(x_padded, (slice(None), k, i, j), cols_reshaped)",
        "x_padded[:, k, i, j] += cols_reshaped", "repeated indices add once",
        "def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):",
    ),
    wrong(
        "columns.py::backward_by_indices", "return x_padded[:, :, padding : padding + H, padding : padding + W]",
        "return x_padded[:, :, padding:-padding, padding:-padding]", "empty for padding 0",
        "def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):",
    ),
    wrong(
        "columns.py::forward_by_slices", "y_max = y + stride * out_h", "y_max = y + out_h", STRIDE,
        "def im2col(input_data, filter_h, filter_w, stride=1, pad=0):",
    ),
    wrong("columns.py::forward_by_slices", "return out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)",
          "return out.reshape(N, -1, out_h, out_w)", "order of a reshape"),
    wrong("columns.py::backward_by_slices", "dW = dW.transpose(1, 0).reshape(FN, C, FH, FW)",
          "dW = dW.reshape(FN, C, FH, FW)", "order of a reshape"),
    wrong(
        "columns.py::backward_by_slices", "img[:, :, y:y_max:stride, x:x_max:stride] += col[:, :, y, x, :, :]",
        "img[:, :, y:y_max:stride, x:x_max:stride] = col[:, :, y, x, :, :]", "= in place of +=",
        "def col2im(col, input_shape, filter_h, filter_w, stride=1, pad=0):",
    ),
    wrong("columns.py::forward_by_patches", "for j in range(W - k2 + 1):", "for j in range(W - k1 + 1):",
          "height for width"),
    wrong(
        "columns.py::conv1d_by_index",
        "index = stride * np.arange(m)[:, None] + dilation * np.arange(k)[None, :]",
        "index = dilation * np.arange(m)[:, None] + stride * np.arange(k)[None, :]",
        "stride and dilation exchanged",
    ),
    wrong("columns.py::conv1d_matrix_gradient", "T[i, i + j] = w[j]", "T[i, i + j] = w[k - 1 - j]", "kernel flipped"),
    wrong(
        "columns.py::forward_by_flat_index", "offset = np.arange(kh)[:, None] * W + np.arange(kw)",
        "offset = np.arange(kh)[:, None] * kw + np.arange(kw)", "width of the kernel for width of the image",
    ),
    # windows
    wrong(
        "windows.py::forward_windows",
        "windows = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]",
        "windows = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride]", "stride of the width left out",
    ),
    wrong(
        "windows.py::forward_strided", "strides = (sn, sc, sh * stride, sw * stride, sh, sw)",
        "strides = (sn, sc, sh * stride, sw * stride, sh * stride, sw * stride)", "stride within the window",
    ),
    wrong("windows.py::forward_strided_last", "return np.tensordot(view, w, axes=3)",
          "return np.tensordot(view, w.transpose(1, 0, 2, 3), axes=3)", "kernel transposed"),
    wrong("windows.py::weight_gradient_windows", 'return np.einsum("nchwij,nfhw->fcij", windows, dout)',
          'return np.einsum("nchwij,nfhw->fcij", windows, dout) / x.shape[0]', "divided by the batch"),
    wrong("windows.py::input_gradient_rotated", "rotated = np.rot90(w, 2, axes=(2, 3))",
          "rotated = w.transpose(0, 1, 3, 2)", "kernel transposed instead of rotated"),
    wrong("windows.py::input_gradient_rotated", "rotated = np.rot90(w, 2, axes=(2, 3))", "rotated = w",
          "kernel not rotated"),
    wrong(
        "windows.py::input_gradient_dilated", "wide = np.zeros((N, F, H - KH + 1, W - KW + 1))",
        "wide = np.zeros((N, F, stride * (dout.shape[2] - 1) + 1, stride * (dout.shape[3] - 1) + 1))",
        "last rows missing where the stride does not divide",
    ),
    wrong(
        "windows.py::backward_shifted",
        "dw[:, :, i, j] = np.tensordot(dout, xp[:, :, rows, cols], axes=([0, 2, 3], [0, 2, 3]))",
        "dw[:, :, i, j] = np.tensordot(dout, x[:, :, rows, cols], axes=([0, 2, 3], [0, 2, 3]))",
        "padding left out",
    ),
    wrong("windows.py::forward_shifted", "out = np.zeros((N, F, OH, OW)) + b[None, :, None, None]",
          "out = np.zeros((N, F, OH, OW)) + b", "wrong axis of the bias"),
    wrong("windows.py::grouped_einsum", "wg = w.reshape(g, F // g, Cg, KH, KW)",
          "wg = w.reshape(F // g, g, Cg, KH, KW).swapaxes(0, 1)", "order of a reshape"),
    wrong("windows.py::circular_roll", "out = out + w[k] * np.roll(x, -k)", "out = out + w[k] * np.roll(x, k)",
          "kernel read backwards"),
    # pooling
    wrong("pooling.py::average_pool", "out[:, :, i, j] = np.mean(window, axis=(2, 3))",
          "out[:, :, i, j] = np.sum(window, axis=(2, 3))", "not divided by the window"),
    wrong("pooling.py::average_pool_backward", "share = dout[:, :, i, j][:, :, None, None] / (size * size)",
          "share = dout[:, :, i, j][:, :, None, None] / size", "divided by one side of the window"),
    wrong("pooling.py::average_pool_reshape",
          "return x.reshape(N, C, H // size, size, W // size, size).mean(axis=(3, 5))",
          "return x.reshape(N, C, size, H // size, size, W // size).mean(axis=(2, 4))", "order of a reshape"),
    wrong("pooling.py::nearest_upsample", "return np.repeat(np.repeat(x, factor, axis=-2), factor, axis=-1)",
          "return np.tile(x, (1, 1, factor, factor))", "tile for repeat"),
    # transposed
    wrong("transposed.py::conv_transpose_stamps",
          "out[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += stamp",
          "out[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = stamp", "= in place of +="),
    wrong("transposed.py::conv_transpose_zeros_between", "flipped = np.flip(w, axis=(2, 3))",
          "flipped = np.flip(w, axis=2)", "kernel flipped on one axis only"),
    wrong("transposed.py::conv_transpose1d", "return full[:, :, padding : full.shape[2] - padding]",
          "return full[:, :, padding:-padding]", "empty for padding 0"),
    wrong("transposed.py::conv_transpose_entries", "OH = (H - 1) * stride - 2 * padding + KH",
          "OH = (H - 1) * stride - padding + KH", "padding removed once"),
    wrong("transposed.py::conv_transpose_backward",
          "dw += np.tensordot(x[:, :, i, j], window, axes=(0, 0))",
          "dw = np.tensordot(x[:, :, i, j], window, axes=(0, 0))", "= in place of +="),
    # classes
    wrong("classes.py::conv2d_class_backward",
          "return dxp[:, :, self.pad : self.pad + H, self.pad : self.pad + W]",
          "return dxp[:, :, self.pad : -self.pad, self.pad : -self.pad]", "empty for padding 0",
          "def backward(self, dout):"),
    wrong("classes.py::conv2d_class_backward", "self.db = dout.sum(axis=(0, 2, 3))",
          "self.db = dout.sum(axis=(1, 2, 3))", "wrong axis in the sum", "def backward(self, dout):"),
    wrong("windows.py::circular_roll", "return out", "    return out", "return inside the loop"),
    wrong("classes.py::conv3x3_forward", "for j in range(w - 2):", "for j in range(h - 2):", "height for width",
          "def iterate_regions(self, image):"),
    # SciPy
    wrong("scientific.py::forward_correlate2d",
          'out[n, f] += correlate2d(x[n, c], w[f, c], mode="valid")',
          'out[n, f] += convolve2d(x[n, c], w[f, c], mode="valid")', "kernel flipped"),
    wrong("scientific.py::forward_correlate2d", "out[n, f] += b[f]", "    out[n, f] += b[f]",
          "bias counted for every channel"),
    wrong("scientific.py::input_gradient_convolve2d",
          'dx[n, c] += convolve2d(dout[n, f], w[f, c], mode="full")',
          'dx[n, c] += correlate2d(dout[n, f], w[f, c], mode="full")', "kernel not flipped"),
    wrong("scientific.py::conv1d_numpy", 'return np.convolve(x, w[::-1], mode="valid")',
          'return np.convolve(x, w, mode="valid")', "kernel not flipped"),
    # PyTorch
    wrong("torch_layers.py::unfold_forward",
          "columns = F.unfold(x, (kh, kw), stride=stride, padding=padding)",
          "columns = F.unfold(x, (kh, kw), dilation=stride, padding=padding)", "stride and dilation exchanged"),
    wrong("torch_layers.py::weight_gradient_conv",
          "full = F.conv2d(x.transpose(0, 1), grad_output.transpose(0, 1), padding=padding, dilation=stride)",
          "full = F.conv2d(x.transpose(0, 1), grad_output.transpose(0, 1), padding=padding, stride=stride)",
          "stride and dilation not exchanged"),
    wrong("torch_layers.py::function_backward",
          "padded = F.pad(grad_output, (kw - 1, kw - 1, kh - 1, kh - 1))",
          "padded = F.pad(grad_output, (kh - 1, kh - 1, kw - 1, kw - 1))", "height for width",
          "def backward(ctx, grad_output):"),
    wrong("torch_layers.py::function_backward",
          "grad_x = F.conv2d(padded, weight.flip(2, 3).transpose(0, 1))",
          "grad_x = F.conv2d(padded, weight.transpose(0, 1))", "kernel not rotated",
          "def backward(ctx, grad_output):"),
    # einops
    wrong("patterns.py::forward_rearranged",
          'columns = rearrange(windows, "n c oh ow kh kw -> (n oh ow) (c kh kw)")',
          'columns = rearrange(windows, "n c oh ow kh kw -> (n oh ow) (kh kw c)")', "order of a reshape"),
    # kernels
    wrong("kernels.py::launch_conv1d", "blocks = (total + threads - 1) // threads", "blocks = total // threads",
          "last threads missing"),
    wrong("kernels.py::launch_conv2d", "row = index // OW", "row = index // OH", "height for width",
          "def conv2d_thread(index, image, kernel, out, padding):"),
    wrong("kernels.py::flat_buffers", "acc += x[(i + u) * W + (j + v)] * w[u * KW + v]",
          "acc += x[(i + u) * H + (j + v)] * w[u * KW + v]", "height for width"),
    wrong("kernels.py::scatter_input_gradient", "np.add.at(dx, t * stride + tap, g[t] * w[tap])",
          "np.add.at(dx, t + tap, g[t] * w[tap])", STRIDE),
)  # fmt: skip
