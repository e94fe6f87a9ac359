"""PyTorch: functions, modules and an autograd function."""

import torch
import torch.nn.functional as F
from torch import nn


class SmallNet(nn.Module):
    def __init__(self, weight, bias, stride=1, padding=0):
        super().__init__()
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, stride=self.stride, padding=self.padding)


def module_forward(x, weight, bias, stride, padding):
    return SmallNet(weight, bias, stride, padding).forward(x)


def unfold_forward(x, weight, bias, stride, padding):
    N, C, H, W = x.shape
    out_channels, _, kh, kw = weight.shape
    out_h = (H + 2 * padding - kh) // stride + 1
    out_w = (W + 2 * padding - kw) // stride + 1
    columns = F.unfold(x, (kh, kw), stride=stride, padding=padding)
    out = weight.view(out_channels, -1) @ columns
    return out.view(N, out_channels, out_h, out_w) + bias.view(1, -1, 1, 1)


def fold_transposed(x, weight, stride):
    """A transposed convolution; weights are (C_in, C_out, KH, KW)."""
    N, C, H, W = x.shape
    _, out_channels, kh, kw = weight.shape
    size = ((H - 1) * stride + kh, (W - 1) * stride + kw)
    columns = weight.reshape(C, -1).t() @ x.reshape(N, C, H * W)
    return F.fold(columns, size, (kh, kw), stride=stride)


def input_gradient_transposed(weight, grad_output, stride, padding):
    """Right if the kernel uses every pixel up to the end; the layer says when."""
    return F.conv_transpose2d(grad_output, weight, stride=stride, padding=padding)


def weight_gradient_conv(x, grad_output, kh, kw, stride, padding):
    """Stride and dilation change places, batch and channels too."""
    full = F.conv2d(x.transpose(0, 1), grad_output.transpose(0, 1), padding=padding, dilation=stride)
    return full.transpose(0, 1)[:, :, :kh, :kw]


class ConvFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        kh, kw = weight.shape[2:]
        padded = F.pad(grad_output, (kw - 1, kw - 1, kh - 1, kh - 1))
        grad_x = F.conv2d(padded, weight.flip(2, 3).transpose(0, 1))
        grad_weight = F.conv2d(x.transpose(0, 1), grad_output.transpose(0, 1)).transpose(0, 1)
        return grad_x, grad_weight


class Saved:
    """What autograd hands from one pass to the other."""

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors


def function_backward(x, weight, grad_output):
    ctx = Saved()
    ConvFunction.forward(ctx, x, weight)
    return ConvFunction.backward(ctx, grad_output)


def tensor_unfold(x, weight, stride):
    kh, kw = weight.shape[-2:]
    patches = x.unfold(2, kh, stride).unfold(3, kw, stride)
    return torch.einsum("bchwij,ocij->bohw", patches, weight)


def conv1d_module(x, weight, bias, dilation, groups):
    return F.conv1d(x, weight, bias, dilation=dilation, groups=groups)
