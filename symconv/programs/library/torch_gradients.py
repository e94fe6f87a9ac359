"""torch.nn.grad: the gradients of convolutions with respect to input and weight."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.programs import arrays, reduce, shaping
from symconv.programs.index import FULL, view
from symconv.programs.library import sliding
from symconv.programs.library.axes import one_or_more
from symconv.programs.library.numpy_pad import padded
from symconv.programs.library.registry import function
from symconv.programs.library.torch_layers import per_axis
from symconv.programs.library.windows import windows
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, Slice

OPTIONS = "stride=1, padding=0, dilation=1, groups=1"


class Scheme:
    """The numbers of a convolution, one for each axis; it is seen whether they fit the sizes of both sides."""

    def __init__(self, machine: Machine, axes: int, stride: Any, padding: Any, dilation: Any, groups: Any) -> None:
        self.machine = machine
        self.strides = per_axis(machine, stride, axes, 1, "stride")
        self.pads = per_axis(machine, padding, axes, 0, "padding")
        self.dilations = per_axis(machine, dilation, axes, 1, "dilation")
        self.groups = arrays.integer(machine, groups)

    def require(self, sizes: list[Polynomial], kernel: list[Polynomial], outputs: list[Polynomial]) -> None:
        """The output has the size that the input and the kernel give it."""
        parts = zip(sizes, kernel, outputs, self.strides, self.pads, self.dilations)
        for n, size, m, s, p, d in parts:
            rest = n + 2 * p - d * (size - 1) - 1 - s * (m - 1)
            if not self.machine.choose(rest) or not self.machine.choose(s - 1 - rest):
                raise CodeError("RuntimeError", "grad_output has another size than the convolution's output")


def _sizes(machine: Machine, shape: Any, rank: int, what: str) -> list[Polynomial]:
    sizes = [arrays.integer(machine, one) for one in one_or_more(machine, shape)]
    if len(sizes) != rank:
        raise CodeError("RuntimeError", f"{what} needs {rank} numbers, not {len(sizes)}")
    return sizes


def _require_same(machine: Machine, given: Polynomial, right: Polynomial, what: str) -> None:
    if not machine.exactly(given - right):
        raise CodeError("RuntimeError", f"{what}: {given!r} in place of {right!r}")


def _tensor(machine: Machine, value: Any, rank: int, what: str) -> Array:
    made = arrays.data(machine, value)
    if made.rank != rank:
        raise CodeError("RuntimeError", f"{what} has {made.rank} dimensions, {rank} are needed")
    return made


def _of_input(axes: int) -> Any:
    def gradient(
        machine: Machine, input_size: Any, weight: Any, grad_output: Any, stride: Any, padding: Any, dilation: Any,
        groups: Any,
    ) -> Array:  # fmt: skip
        scheme = Scheme(machine, axes, stride, padding, dilation, groups)
        w, g = _tensor(machine, weight, axes + 2, "weight"), _tensor(machine, grad_output, axes + 2, "grad_output")
        sizes = _sizes(machine, input_size, axes + 2, "input_size")
        scheme.require(sizes[2:], list(w.shape[2:]), list(g.shape[2:]))
        _require_same(machine, sizes[0], g.shape[0], "batches of the input")
        _require_same(machine, sizes[1], w.shape[1] * scheme.groups, "channels of the input")
        extra = [
            n + 2 * p - d * (size - 1) - 1 - s * (m - 1)
            for n, size, m, s, p, d in zip(
                sizes[2:], w.shape[2:], g.shape[2:], scheme.strides, scheme.pads, scheme.dilations
            )
        ]
        none = [ZERO] * axes
        whole = sliding.transposed(machine, g, w, scheme.strides, none, extra, scheme.dilations, scheme.groups)
        inside = (Slice(one, one + n, None) for one, n in zip(scheme.pads, sizes[2:]))
        made = arrays.copy(machine, view(machine, whole, (FULL, FULL, *inside)).array)
        assert isinstance(made, Array)
        return made

    return gradient


def _of_weight(axes: int) -> Any:
    def gradient(
        machine: Machine, input: Any, weight_size: Any, grad_output: Any, stride: Any, padding: Any, dilation: Any,
        groups: Any,
    ) -> Array:  # fmt: skip
        scheme = Scheme(machine, axes, stride, padding, dilation, groups)
        x, g = _tensor(machine, input, axes + 2, "input"), _tensor(machine, grad_output, axes + 2, "grad_output")
        sizes = _sizes(machine, weight_size, axes + 2, "weight_size")
        scheme.require(list(x.shape[2:]), sizes[2:], list(g.shape[2:]))
        _require_same(machine, g.shape[0], x.shape[0], "batches of grad_output")
        _require_same(machine, g.shape[1], sizes[0], "channels of grad_output")
        _require_same(machine, x.shape[1], sizes[1] * scheme.groups, "channels of the input")
        x = padded(machine, x, [(ZERO, ZERO), (ZERO, ZERO), *((one, one) for one in scheme.pads)])
        x, g = sliding.grouped(machine, x, 1, scheme.groups), sliding.grouped(machine, g, 1, scheme.groups)
        spans = [s * (m - 1) + 1 for s, m in zip(scheme.strides, g.shape[3:])]
        every = windows(machine, x, list(range(3, 3 + axes)), spans, scheme.dilations)
        read = sliding.spaced(machine, every, range(3 + axes, 3 + 2 * axes), scheme.strides)
        read = view(machine, read, (*[FULL] * 3, *(Slice(None, size, None) for size in sizes[2:]))).array
        inner: list[Hashable] = [f"k{at}" for at in range(axes)]
        outer: list[Hashable] = [f"o{at}" for at in range(axes)]
        product = reduce.contracted(
            machine, [(read, ["n", "g", "c", *inner, *outer]), (g, ["n", "g", "f", *outer])], ["g", "f", "c", *inner]
        )
        made = shaping.reshaped(machine, product, sizes)
        assert isinstance(made, Array)
        return made

    return gradient


for _axes in (1, 2, 3):
    function(
        f"torch.nn.grad.conv{_axes}d_input", takes=f"input_size, weight, grad_output, {OPTIONS}"
    )(_of_input(_axes))  # fmt: skip
    function(
        f"torch.nn.grad.conv{_axes}d_weight", takes=f"input, weight_size, grad_output, {OPTIONS}"
    )(_of_weight(_axes))  # fmt: skip
