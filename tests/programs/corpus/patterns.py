"""Convolutions in the patterns of einops."""

import numpy as np
from einops import einsum, rearrange, reduce
from numpy.lib.stride_tricks import sliding_window_view


def forward_rearranged(x, w):
    kh, kw = w.shape[2:]
    windows = sliding_window_view(x, (kh, kw), axis=(2, 3))
    oh = windows.shape[2]
    columns = rearrange(windows, "n c oh ow kh kw -> (n oh ow) (c kh kw)")
    out = columns @ rearrange(w, "f c kh kw -> (c kh kw) f")
    return rearrange(out, "(n oh ow) f -> n f oh ow", n=x.shape[0], oh=oh)


def patch_embedding(x, w):
    """A kernel that is as large as its stride, channels last."""
    p = w.shape[0]
    patches = rearrange(x, "n (h p1) (w p2) c -> n h w p1 p2 c", p1=p, p2=p)
    return einsum(patches, w, "n h w p1 p2 c, p1 p2 c f -> n h w f")


def average_pool_reduce(x, size):
    return reduce(x, "n c (h s1) (w s2) -> n c h w", "mean", s1=size, s2=size)


def bias_gradient_reduce(dout):
    return reduce(np.asarray(dout), "n c h w -> c", "sum")
