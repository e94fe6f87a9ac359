"""Random calls of Python's own functions, windows, SciPy, PyTorch, einops and JAX."""

from __future__ import annotations

from typing import Any

from tests.programs.calls import Call, Draw, calls
from tests.programs.lifting import Fixed

# -- Python


@calls("builtins.int", "builtins.float", "math.floor", "math.ceil", "numpy.floor", "numpy.ceil", "builtins.bool")
def _(d: Draw) -> Call:
    return (d.rng.choice([d.size(0, 5), Fixed(-d.size()), d.rng.randint(-20, 20) / 4, d.rng.randint(-9, 9) / 2]),), {}


@calls("builtins.abs", "builtins.round")
def _(d: Draw) -> Call:
    return (d.rng.choice([d.size(0, 5), Fixed(-d.size())]),), {}


@calls("builtins.divmod", "numpy.floor_divide", "numpy.mod", "numpy.remainder")
def _(d: Draw) -> Call:
    return (d.rng.choice([d.size(0, 9), Fixed(-d.size())]), d.rng.choice([d.size(), Fixed(-d.size())])), {}


@calls("builtins.max", "builtins.min")
def _(d: Draw) -> Call:
    numbers = [d.rng.choice([d.size(0, 6), Fixed(-d.size()), d.size() / 2]) for _ in range(d.size(2))]
    return (numbers,) if d.chance(0.4) else tuple(numbers), {}


@calls("numpy.max", "numpy.amax", "numpy.min", "numpy.amin")
def _(d: Draw) -> Call:
    return ([d.size(0, 6) for _ in range(d.size(2))],), {}


@calls("numpy.maximum", "numpy.minimum")
def _(d: Draw) -> Call:
    return (d.size(0, 6), d.size(0, 6)), {}


@calls("builtins.sum", "math.prod")
def _(d: Draw) -> Call:
    return ([d.size(0, 6) for _ in range(d.size())],), {}


@calls("builtins.len", "builtins.tuple", "builtins.list", "builtins.reversed")
def _(d: Draw) -> Call:
    return (d.rng.choice([[d.size(), d.size()], (d.size(), d.size(), d.size())]),), {}


@calls("builtins.range", "numba.prange")
def _(d: Draw) -> Call:
    if d.chance(0.4):
        return (d.size(0, 5),), {}
    return (d.size(0, 3), d.size(0, 6), Fixed(d.rng.choice([1, 2, 3, -1, 0]))), {}


@calls("numpy.add", "numpy.subtract", "numpy.multiply")
def _(d: Draw) -> Call:
    shape = d.shape()
    other = [1 if d.chance(0.3) else size for size in shape[d.size(0, len(shape) - 1) :]]
    if d.chance(0.05):
        other[-1] += 1
    return (d.array(*shape), d.array(*other)), {}


@calls("numpy.divide", "numpy.true_divide")
def _(d: Draw) -> Call:
    return (d.array(), d.rng.choice([d.size(), Fixed(2), 4.0])), {}


@calls("numpy.negative", "numpy.square", "numpy.shape", "numpy.ndim", "numpy.size")
def _(d: Draw) -> Call:
    return (d.array(),), {}


@calls("numpy.unravel_index")
def _(d: Draw) -> Call:
    shape = d.shape(d.size(1, 3))
    return (Fixed(d.rng.randint(-1, 8)), tuple(map(Fixed, shape))), {}


@calls("numpy.ravel_multi_index")
def _(d: Draw) -> Call:
    shape = d.shape(d.size(1, 3))
    return (tuple(Fixed(d.rng.randrange(size + d.chance(0.1))) for size in shape), shape), {}


@calls("numpy.add.at", "numpy.subtract.at")
def _(d: Draw) -> Call:
    x = d.array(d.size(3, 5))
    step = d.rng.choice([0, 0, 1])
    places = [Fixed(d.rng.randrange(2) + step * k) for k in range(3)]
    return (x, places[0], 2.0) if d.chance(0.3) else (x, [places[0] + step * k for k in range(3)], d.array(3)), {}


# -- windows and strides


@calls("numpy.lib.stride_tricks.sliding_window_view")
def _(d: Draw) -> Call:
    x = d.array()
    if d.chance(0.3):
        return (x, tuple(d.size(0 if d.chance(0.1) else 1, size + d.chance(0.1)) for size in x.shape)), {}
    at = d.rng.randrange(x.ndim)
    return (x, d.size(1, x.shape[at]), Fixed(at - x.ndim if d.chance(0.5) else at)), {}


# -- SciPy


def sized(d: Draw, rank: int, x: Any) -> Any:
    return d.array(*(d.size(1, size + d.chance(0.1)) for size in x.shape)) if rank else x


@calls("scipy.signal.correlate", "scipy.signal.convolve")
def _(d: Draw) -> Call:
    x = d.array(rank=d.size(1, 2))
    return (x, sized(d, 1, x)), {"mode": d.rng.choice(["full", "valid", "same"])}


@calls("scipy.signal.fftconvolve", "scipy.signal.correlate2d", "scipy.signal.convolve2d")
def _(d: Draw) -> Call:
    x = d.array(rank=2)
    return (x, sized(d, 1, x)), {"mode": d.rng.choice(["full", "valid", "same"])}


@calls("numpy.convolve", "numpy.correlate")
def _(d: Draw) -> Call:
    return (d.array(rank=1), d.array(rank=1)), {"mode": d.rng.choice(["full", "valid"])}


@calls("scipy.linalg.toeplitz")
def _(d: Draw) -> Call:
    return (d.array(rank=1), d.array(rank=1)) if d.chance(0.7) else (d.array(rank=1),), {}


# -- PyTorch


def sizes(d: Draw, axes: int) -> Any:
    return d.size(1, 2) if d.chance(0.5) else tuple(d.size(1, 2) for _ in range(axes))


def pads(d: Draw, axes: int, most: int = 2) -> Any:
    return d.size(0, most) if d.chance(0.5) else tuple(d.size(0, most) for _ in range(axes))


def _convolution(axes: int) -> Any:
    def draw(d: Draw) -> Call:
        n, c, o, g = d.size(1, 2), d.size(1, 2), d.size(1, 2), d.rng.choice([1, 1, 2])
        spatial = tuple(d.size(2, 5) for _ in range(axes))
        kernel = tuple(d.size(1, 3) for _ in range(axes))
        x = d.array(*(() if d.chance(0.2) else (n,)), c * g + d.chance(0.03), *spatial)
        named: dict[str, Any] = {"stride": sizes(d, axes), "padding": pads(d, axes), "dilation": sizes(d, axes)}
        if d.chance(0.2):
            named = {"padding": d.rng.choice(["same", "valid"])}
        if d.chance(0.5):
            named["bias"] = d.array(o * g)
        if g > 1:
            named["groups"] = g
        return (x, d.array(o * g, c, *kernel)), named

    return draw


def _transposed(axes: int) -> Any:
    def draw(d: Draw) -> Call:
        n, c, o, g = d.size(1, 2), d.size(1, 2), d.size(1, 2), d.rng.choice([1, 1, 2])
        spatial = tuple(d.size(1, 4) for _ in range(axes))
        kernel = tuple(d.size(1, 3) for _ in range(axes))
        named: dict[str, Any] = {"stride": sizes(d, axes), "padding": pads(d, axes, 1), "dilation": sizes(d, axes)}
        if d.chance(0.2):
            named["output_padding"] = d.size(0, 1)
        if d.chance(0.5):
            named["bias"] = d.array(o * g)
        if g > 1:
            named["groups"] = g
        return (d.array(n, c * g, *spatial), d.array(c * g, o, *kernel)), named

    return draw


def _gradient(axes: int, of: str) -> Any:
    def draw(d: Draw) -> Call:
        n, c, o, g = d.size(1, 2), d.size(1, 2), d.size(1, 2), d.rng.choice([1, 1, 2])
        spatial, kernel = [d.size(3, 5) for _ in range(axes)], [d.size(1, 2) for _ in range(axes)]
        stride, pad, dilation = d.size(1, 2), d.size(0, 2), d.size(1, 2)
        outputs = [(one + 2 * pad - dilation * (k - 1) - 1) // stride + 1 for one, k in zip(spatial, kernel)]
        shape, weight = (n, c * g, *spatial), (o * g, c, *kernel)
        upstream = d.array(n, o * g, *outputs)
        named = {"stride": stride, "padding": pad, "dilation": dilation, **({"groups": g} if g > 1 else {})}
        given = (shape, d.array(*weight)) if of == "input" else (d.array(*shape), weight)
        return (*given, upstream), named

    return draw


for _axes in (1, 2, 3):
    calls(f"torch.nn.grad.conv{_axes}d_input")(_gradient(_axes, "input"))
    calls(f"torch.nn.grad.conv{_axes}d_weight")(_gradient(_axes, "weight"))
for _axes in (1, 2, 3):
    calls(f"torch.nn.functional.conv{_axes}d", f"torch.conv{_axes}d")(_convolution(_axes))
    calls(f"torch.nn.functional.conv_transpose{_axes}d", f"torch.conv_transpose{_axes}d")(_transposed(_axes))


@calls("torch.nn.functional.pad")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, tuple(d.size(0, 2) for _ in range(2 * d.size(1, x.ndim)))), d.rng.choice([{}, {"value": 1.5}])


@calls("torch.nn.functional.unfold")
def _(d: Draw) -> Call:
    x = d.array(d.size(1, 2), d.size(1, 2), d.size(2, 5), d.size(2, 5))
    return (x, sizes(d, 2)), {"dilation": sizes(d, 2), "padding": pads(d, 2), "stride": sizes(d, 2)}


@calls("torch.nn.functional.fold")
def _(d: Draw) -> Call:
    size, k, s, p = (d.size(3, 5), d.size(3, 5)), d.size(1, 3), d.size(1, 2), d.size(0, 1)
    blocks = [(one + 2 * p - k) // s + 1 for one in size]
    return (d.array(d.size(1, 2), d.size(1, 2) * k * k, blocks[0] * blocks[1] + d.chance(0.05)), size, (k, k)), {
        "padding": p, "stride": s}  # fmt: skip


@calls("torch.nn.functional.avg_pool2d")
def _(d: Draw) -> Call:
    x = d.array(d.size(1, 2), d.size(1, 2), d.size(2, 5), d.size(2, 5))
    return (x, sizes(d, 2)), {"stride": sizes(d, 2), "padding": pads(d, 2, 1)}


@calls("torch.nn.functional.linear")
def _(d: Draw) -> Call:
    x = d.array()
    o = d.size()
    return (x, d.array(o, x.shape[-1]), *d.rng.choice([(), (d.array(o),)])), {}


@calls("torch.zeros", "torch.ones")
def _(d: Draw) -> Call:
    return d.rng.choice([d.shape(2), (d.shape(2),)]), {}


@calls("torch.zeros_like", "torch.ones_like", "tensor.clone", "tensor.contiguous", "tensor.detach",
       "tensor.cpu",
       "tensor.float", "tensor.double",
       "tensor.numel", "tensor.nelement", "tensor.dim", "tensor.requires_grad_")  # fmt: skip
def _(d: Draw) -> Call:
    return (d.array(),), {}


@calls("torch.arange", "torch.eye")
def _(d: Draw) -> Call:
    return (d.size(1, 5),), {}


@calls("torch.cat", "torch.concat")
def _(d: Draw) -> Call:
    shape = d.shape(2)
    return ([d.array(d.size(), shape[1]) for _ in range(d.size(1, 3))],), {}


@calls("torch.stack")
def _(d: Draw) -> Call:
    shape = d.shape(2)
    return ([d.array(*shape) for _ in range(d.size(1, 3))], d.axis(3)), {}


@calls("torch.flip", "tensor.flip")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, tuple(map(Fixed, d.rng.sample(range(x.ndim), d.size(1, x.ndim))))), {}


@calls("torch.rot90")
def _(d: Draw) -> Call:
    return (d.array(rank=3), Fixed(d.size(0, 4)), (Fixed(1), Fixed(2))), {}


@calls("torch.roll")
def _(d: Draw) -> Call:
    return (d.array(), d.size(0, 4), Fixed(0)), {}


@calls("torch.reshape")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.factored(x.size)), {}


@calls("tensor.reshape", "tensor.view")
def _(d: Draw) -> Call:
    x = d.array()
    shape = d.factored(x.size)
    return (x, *shape) if d.chance(0.5) else (x, shape), {}


@calls("tensor.flatten")
def _(d: Draw) -> Call:
    x = d.array(rank=3)
    return (x, *d.rng.choice([(), (Fixed(1),), (Fixed(0), Fixed(1)), (Fixed(2), Fixed(1))])), {}


@calls("torch.transpose", "torch.swapaxes", "tensor.transpose", "tensor.swapaxes")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axis(x.ndim), d.axis(x.ndim)), {}


@calls("tensor.t")
def _(d: Draw) -> Call:
    return (d.array(),), {}


@calls("torch.permute")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.order(x.ndim)), {}


@calls("tensor.permute")
def _(d: Draw) -> Call:
    x = d.array()
    order = d.order(x.ndim)
    return (x, *order) if d.chance(0.5) else (x, order), {}


@calls("torch.movedim", "torch.moveaxis")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axis(x.ndim), d.axis(x.ndim)), {}


@calls("torch.unsqueeze", "tensor.unsqueeze")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axis(x.ndim + 1)), {}


@calls("tensor.squeeze")
def _(d: Draw) -> Call:
    x = d.array(*(d.rng.choice([1, 2]) for _ in range(3)))
    return (x, *d.rng.choice([(), (d.axis(3),)])), {}


@calls("tensor.expand")
def _(d: Draw) -> Call:
    x = d.array(1, d.size(), 1)
    return (x, d.size(), Fixed(-1), d.size()), {}


@calls("tensor.repeat")
def _(d: Draw) -> Call:
    x = d.array(rank=d.size(1, 2))
    return (x, *d.shape(d.size(1, 3))), {}


@calls("tensor.repeat_interleave")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, Fixed(d.size(1, 3)), d.rng.choice([None, Fixed(0), Fixed(-1)])), {}


@calls("tensor.unfold")
def _(d: Draw) -> Call:
    x = d.array(rank=d.size(1, 3))
    at = d.rng.randrange(x.ndim)
    return (x, Fixed(at), d.size(1, x.shape[at] + d.chance(0.05)), d.size(1, 2)), {}


@calls("torch.sum", "tensor.sum", "torch.mean", "tensor.mean")
def _(d: Draw) -> Call:
    x = d.array()
    axes = d.axes(x.ndim)
    return (x,) if axes is None else (x, axes), {} if axes is None else d.rng.choice([{}, {"keepdim": True}])


@calls("torch.matmul", "tensor.matmul", "torch.mm", "tensor.mm")
def _(d: Draw) -> Call:
    k = d.size()
    return (d.array(d.size(), k), d.array(k + d.chance(0.05), d.size())), {}


@calls("torch.bmm", "tensor.bmm")
def _(d: Draw) -> Call:
    n, k = d.size(), d.size()
    return (d.array(n, d.size(), k), d.array(n, k, d.size())), {}


@calls("torch.einsum")
def _(d: Draw) -> Call:
    i, j, k = d.shape(3)
    return (d.rng.choice(["ij,jk->ik", "ij,jk->k", "ij,jk", "ij, jk -> jki"]), d.array(i, j), d.array(j, k)), {}


@calls("torch.tensordot")
def _(d: Draw) -> Call:
    i, j, k = d.shape(3)
    return (d.array(i, j, k), d.array(k, j), ([Fixed(1), Fixed(2)], [Fixed(1), Fixed(0)])), {}


@calls("torch.outer", "torch.ger")
def _(d: Draw) -> Call:
    return (d.array(rank=1), d.array(rank=1)), {}


@calls("torch.add", "torch.sub", "torch.mul", "torch.multiply", "tensor.add", "tensor.sub", "tensor.mul", "tensor.add_",
       "tensor.sub_", "tensor.mul_")  # fmt: skip
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.array(*x.shape)), {}


@calls("torch.div", "tensor.div")
def _(d: Draw) -> Call:
    return (d.array(), Fixed(d.size())), {}


@calls("tensor.chunk")
def _(d: Draw) -> Call:
    return (d.array(4, d.size()), Fixed(2)), {}


@calls("tensor.size")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, *d.rng.choice([(), (d.axis(x.ndim),)])), {}


# -- einops


@calls("einops.rearrange")
def _(d: Draw) -> Call:
    a, b, c, e = d.shape(4)
    pattern = d.rng.choice(
        ["a b c -> c a b", "a b c -> (a c) b", "a b c -> a 1 (c b)", "a b c -> (b a c)", "a b c->a b"]
    )
    if d.chance(0.5):
        return (d.array(a, b, c), pattern), {}
    wrong = d.chance(0.1)
    return (d.array(a * e + wrong, b), "(a e) b -> e (b a)"), {"e": e}


@calls("einops.reduce")
def _(d: Draw) -> Call:
    a, b, e = d.shape(3)
    return (d.array(a * e, b), d.rng.choice(["(a e) b -> a b", "(a e) b -> b", "(a e) b -> b e"]),
            d.rng.choice(["sum", "mean"])), {"e": e}  # fmt: skip


@calls("einops.repeat")
def _(d: Draw) -> Call:
    return (d.array(rank=2), d.rng.choice(["a b -> a b r", "a b -> (a r) b", "a b -> b (r a)"])), {"r": d.size()}


@calls("einops.einsum")
def _(d: Draw) -> Call:
    i, j, k = d.shape(3)
    return (d.array(i, j), d.array(j, k), d.rng.choice(["i j, j k -> i k", "one two, two three -> three"])), {}


# -- JAX


@calls("jax.lax.conv_general_dilated")
def _(d: Draw) -> Call:
    n, c, o = d.shape(3)
    x, w = d.array(n, c, d.size(3, 5), d.size(3, 5)), d.array(o, c, d.size(1, 2), d.size(1, 2))
    pair = lambda least=1: (d.size(least, 2), d.size(least, 2))  # noqa: E731
    named: dict[str, Any] = {"lhs_dilation": pair(), "rhs_dilation": pair()} if d.chance(0.5) else {}
    if d.chance(0.3):
        x, w = x.transpose(0, 2, 3, 1).copy(), w.transpose(2, 3, 1, 0).copy()
        named["dimension_numbers"] = ("NHWC", "HWIO", "NHWC")
    return (x, w, pair(), d.rng.choice(["VALID", [pair(0), pair(0)]])), named
