"""Readers of PyTorch's functions of single numbers, and of quotients, norms and deviations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from importlib import import_module
from typing import Any

from symconv.models import composed, making
from symconv.models.composed import in_a_row, norm_of
from symconv.models.parts import UnreadError
from symconv.models.readers import Joined, Made, Step, Steps, Tensor, reads
from symconv.models.torch_calls import TorchCall, per_axis
from symconv.models.torch_functions import number
from symconv.models.torch_modules import FUNCTION, MODULE
from symconv.networks.arguments import exact
from symconv.networks.joins import Add, Multiply


def _same_name(name: str, call: TorchCall) -> Made:
    return making.activation(name)


for _name in ("exp", "log", "sin", "cos"):
    reads(FUNCTION, _name, f"{_name}_")(partial(_same_name, _name))


@reads(FUNCTION, "log1p", "log1p_")
def logarithm_of_more(call: TorchCall) -> Made:
    return [replace(making.rescaling(1, 1), step="more"), making.activation("log")]


@reads(FUNCTION, "expm1", "expm1_")
def exponential_less_one(call: TorchCall) -> Made:
    return [replace(making.activation("exp"), step="exp"), making.rescaling(1, -1)]


ROOTS = {"sqrt": Fraction(1, 2), "rsqrt": Fraction(-1, 2), "reciprocal": Fraction(-1)}


def _root(exponent: Fraction, call: TorchCall) -> Made:
    return making.power(exponent)


for _name, _exponent in ROOTS.items():
    reads(FUNCTION, _name, f"{_name}_")(partial(_root, _exponent))


@reads(FUNCTION, "pow", "pow_", "ipow")
def power(call: TorchCall) -> Made:
    base, exponent = call.given("input", 0), call.given("exponent", 1)
    if not isinstance(base, Tensor) or isinstance(exponent, Tensor) or hasattr(exponent, "detach"):
        raise UnreadError("its exponent is not a number")
    if exponent == 2:
        return Joined(Multiply(), (base, base))
    if exponent == 0:
        raise UnreadError("to the power of 0, which is 1 everywhere")
    return base if exponent == 1 else making.power(number(exponent))


@reads(FUNCTION, "truediv", "itruediv", "div", "div_", "divide", "true_divide")
def divide(call: TorchCall) -> Made:
    left, right = call.given("input", 0), call.given("other", 1)
    if call.given("rounding_mode", 2) is not None:
        raise UnreadError("it rounds")
    if isinstance(right, Tensor):
        return _by_a_tensor(call, left, right)
    if (weight := call.tensor(right, left)) is not None:
        if weight.learned:
            weight = call.tensor(call.made(import_module("torch").reciprocal, right), left)
            assert weight is not None
            return making.scaled(weight)
        return making.scaled(replace(weight, arrange=lambda array: 1 / weight.arranged(array)))
    if (divisor := number(right)) == 0:
        raise UnreadError("it divides by 0")
    return making.with_number(left, Fraction(1) / divisor)


def _by_a_tensor(call: TorchCall, left: Any, right: Tensor) -> Made:
    """Times the inverse of what is computed."""
    inverse = Step("inverse", making.power(-1), (right,))
    if isinstance(left, Tensor):
        return Steps((inverse, Step("out", Multiply(), (left, "inverse"))))
    weight = call.tensor(left, right)
    scaled = making.rescaling(number(left)) if weight is None else making.scaled(weight)
    return Steps((inverse, Step("out", scaled, ("inverse",))))


@reads(FUNCTION, "clamp", "clamp_", "clip", "clip_", "clamp_min", "clamp_max")
def clamp(call: TorchCall) -> Made:
    at = {"clamp_min": (1, 9), "clamp_max": (9, 1)}.get(call.kind, (1, 2))
    low, high = (call.given(name, place) for name, place in zip(("min", "max"), at))
    if isinstance(low, Tensor) or isinstance(high, Tensor) or (low is None and high is None):
        raise UnreadError(f"it clamps between {low} and {high}; at least one must be a number")
    low, high = (None if one is None else number(one) for one in (low, high))
    return composed.clamped(call.x, low, high)


# -- norms ---------------------------------------------------------------------------------------------


def dimensions(call: TorchCall, at: int, name: str = "dim") -> list[int]:
    """The dimensions over which a function goes, which are counted with the batch."""
    given, rank = call.given(name, at), len(call.inputs[0].whole)
    if given is None:
        raise UnreadError("it goes over all dimensions, and so over the batch")
    over = sorted({one % rank for one in (given if isinstance(given, (tuple, list)) else (given,))})
    if 0 in over:
        raise UnreadError("it goes over the batch")
    return over


@reads(FUNCTION, "norm", "torch._C._linalg.linalg_vector_norm")
def norm(call: TorchCall) -> Made:
    order = call.options.get("p", call.options.get("ord", call.given("p", 1)))
    return _norm(call, order, dimensions(call, 2), (None, 2, "fro"))


@reads(FUNCTION, "torch._C._linalg.linalg_norm")
def norm_of_linear_algebra(call: TorchCall) -> Made:
    """Of a vector; over two dimensions that of a matrix, whose order 2 is its largest singular value."""
    over = dimensions(call, 2)
    return _norm(call, call.given("ord", 1), over, (None, "fro") if len(over) > 1 else (None, 2))


@reads(FUNCTION, "torch._C._linalg.linalg_matrix_norm")
def matrix_norm(call: TorchCall) -> Made:
    rank = len(call.x.whole)
    over = [at % rank for at in call.given("dim", 2, (-2, -1))]
    if 0 in over:
        raise UnreadError("it goes over the batch")
    return _norm(call, call.given("ord", 1, "fro"), sorted(over), ("fro",))


def _norm(call: TorchCall, order: Any, over: list[int], read: tuple[Any, ...]) -> Made:
    if order not in read:
        raise UnreadError(f"a norm of order {order}; only that of squares is read")
    keepdim = bool(call.given("keepdim", 3, False))
    return Steps(tuple(in_a_row(norm_of(call.x, over, keepdim), call.x, "norm")))


@reads(FUNCTION, "normalize")
def normalize(call: TorchCall) -> Made:
    """Divided by its norm, which is at least eps."""
    if call.given("p", 1, 2.0) != 2:
        raise UnreadError(f"p={call.given('p', 1)}; only norms of squares are read")
    over = dimensions(call, 2) if call.given("dim", 2, 1) != 1 else [1]
    return composed.normalized(call.x, over, call.given("eps", 3, 1e-12))


@reads(FUNCTION, "cosine_similarity")
def cosine_similarity(call: TorchCall) -> Made:
    left, right = call.given("x1", 0), call.given("x2", 1)
    if not isinstance(left, Tensor) or not isinstance(right, Tensor) or left.whole != right.whole:
        raise UnreadError("its two arguments are not computed from the input with one shape")
    over, eps = [call.given("dim", 2, 1) % len(left.whole)], call.given("eps", 3, 1e-8)
    return Steps((
        *composed.inverse_norm(left, over, eps, " 1"), *composed.inverse_norm(right, over, eps, " 2"),
        Step("product", Multiply(), (left, right, "inverse 1", "inverse 2")),
        *in_a_row(making.reduced("sum", left, over, False), "product", "out"),
    ))  # fmt: skip


@reads(FUNCTION, "var")
def variance(call: TorchCall) -> Made:
    return Steps(tuple(_variance(call, "out")))


@reads(FUNCTION, "std")
def deviation(call: TorchCall) -> Made:
    return Steps((*_variance(call, "variance"), Step("out", making.power(Fraction(1, 2)), ("variance",))))


def _variance(call: TorchCall, last: str) -> list[Step]:
    """The mean of the squares of what differs from the mean, times N / (N - correction)."""
    over, x = dimensions(call, 1), call.x
    count = making.product(x.whole[at] for at in over)
    unbiased = call.given("unbiased", 2, True)
    correction = call.options.get("correction", int(bool(unbiased)))
    if not isinstance(count, int) or count <= correction:
        raise UnreadError(f"the variance of {count} numbers with correction={correction}")
    keepdim = bool(call.given("keepdim", 3, False))
    squares = [making.power(2), *making.reduced("average", x, over, keepdim)]
    return [
        *in_a_row(making.reduced("average", x, over, True), x, "mean"), Step("centered", Add((1, -1)), (x, "mean")),
        *in_a_row([*squares, making.rescaling(Fraction(count, count - correction))], "centered", last),
    ]  # fmt: skip


@reads(MODULE, "RMSNorm")
def rms_norm_module(call: TorchCall) -> Made:
    return _rms_norm(call, call.module.normalized_shape, call.module.weight, call.module.eps)


@reads(FUNCTION, "rms_norm")
def rms_norm(call: TorchCall) -> Made:
    return _rms_norm(call, call.given("normalized_shape", 1), call.given("weight", 2), call.given("eps", 3))


def _rms_norm(call: TorchCall, shape: Sequence[int], given: Any, eps: float | None) -> Made:
    """x / sqrt(mean of the squares + eps), times a weight."""
    x = call.inputs[0]
    torch, over = import_module("torch"), range(len(x.whole) - len(shape), len(x.whole))
    eps = torch.finfo(torch.get_default_dtype() if given is None else given.dtype).eps if eps is None else eps
    squares = [making.power(2), *making.reduced("average", x, list(over), True)]
    inverse = [*squares, making.rescaling(1, exact(eps, "eps")), making.power(Fraction(-1, 2))]
    steps = [*in_a_row(inverse, x, "inverse"), Step("normalized", Multiply(), (x, "inverse"))]
    if (weight := call.weight(given, f"{call.name}.weight")) is not None:
        steps.append(Step("out", making.scaled(weight), ("normalized",)))
    return Steps(tuple(steps))


@reads(MODULE, "LocalResponseNorm")
def local_response_norm_module(call: TorchCall) -> Made:
    m = call.module
    return _local_response_norm(call, m.size, m.alpha, m.beta, m.k)


@reads(FUNCTION, "local_response_norm")
def local_response_norm(call: TorchCall) -> Made:
    usual = (("size", None), ("alpha", 1e-4), ("beta", 0.75), ("k", 1.0))
    return _local_response_norm(call, *(call.given(name, at, one) for at, (name, one) in enumerate(usual, 1)))


def _local_response_norm(call: TorchCall, size: int, alpha: float, beta: float, k: float) -> Made:
    return composed.local_response_norm(call.x, (size // 2, (size - 1) // 2), alpha, beta, k)


@reads(MODULE, "LPPool1d", "LPPool2d", "LPPool3d")
def power_pool_module(call: TorchCall) -> Made:
    """The root of order p of the sum of the powers."""
    m, ndim = call.module, call.ndim
    kernel, stride = (per_axis(one, ndim) for one in (m.kernel_size, m.stride or m.kernel_size))
    order, count = exact(m.norm_type, "norm_type"), making.product(kernel)
    pool = making.avg_pool(kernel, stride, ((0, 0),) * ndim, ceil_mode=bool(m.ceil_mode))
    pieces = [making.power(order), pool, making.rescaling(count), making.power(1 / order)]
    return Steps(tuple(in_a_row(pieces, call.x, "out")))
