"""The other direction: fully connected layers as convolutions, and a convolution as a fully connected layer.

Three theorems, each about outputs and all gradients. One side is the convolution's direct formula; the other is
``Linear``'s own formula, with its entries under the names that they have in the convolution's tensors. Which entry
is which is a bijection, the ``correspondence``, and nothing else is done to Linear's formulas here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symconv.algebra.forms import fresh
from symconv.equivalence.bijection import Equivalence, arranged, formulas_after, formulas_of, related
from symconv.errors import GeometryError, shown
from symconv.geometry.arguments import SEQUENCES, Number, Size, Whole, require_axes
from symconv.geometry.shapes import separate
from symconv.layers.convolution import Conv
from symconv.networks.arguments import whole
from symconv.networks.modules import Flatten, Linear, LinearPart
from symconv.networks.signals import Dimension, PartNotation, Signal


def linear_is_convolution(
    in_features: Whole | None = None,
    out_features: Whole | None = None,
    *,
    stride: Size | None = None,
    batch_size: Whole | None = None,
    bias: bool = True,
) -> Equivalence:
    """A fully connected layer is a convolution with a kernel as large as its input.

    The features lie along one spatial axis, in one input channel; output feature i is output channel i, at the only
    position if the kernel fits, whatever the stride is.

    Args:
        in_features: n >= 1, the size of the input and of the kernel; the letter n by default.
        out_features: >= 1; C_out by default.
        stride: s >= 1; the letter s by default, or 1 where all other sizes are numbers.
        batch_size: N >= 1, the number of examples; None for one example without a batch axis.
        bias: whether both layers have one.

    Returns:
        An Equivalence; ``equivalence.holds`` if outputs and gradients are proved to be the same.

    Raises:
        GeometryError: a number does not describe a layer.

    >>> theorem = linear_is_convolution()
    >>> theorem.holds, theorem.layer
    (True, Conv(n, n, out_channels=C_out, stride=s, bias=True))
    >>> print(theorem.theorems[0].statement)
    h[o, i] = b[o] + Sum(X[i*s + k]*w[o, k], (k, 0, n - 1)) = b[o] + Sum(X[j]*w[o, j], (j, 0, n - 1)), i = 0
    """
    n, channels = whole(_given(in_features, "n"), "in_features"), whole(_given(out_features, "C_out"), "out_features")
    layer = _one_window((n,), stride, out_channels=channels, batch_size=batch_size, bias=bias)
    part = _linear(layer, _signal(layer, _pixels(layer)))
    (*examples, features), outputs = part.input_layout, part.output_layout[-1]
    return related(
        "A linear layer is a convolution",
        f"{part.module!r} is {layer!r}: one input channel, a kernel as large as the input, and so one output position.",
        layer, part, formulas_of(part),
        arranged(layer, part, (*examples, (), features), (outputs, (), features), (*examples, outputs, ())),
    )  # fmt: skip


def pointwise_convolution_is_linear(
    ndim: int = 1,
    *,
    input_size: Size | None = None,
    in_channels: Whole | None = None,
    out_channels: Whole | None = None,
    batch_size: Whole | None = None,
    bias: bool = True,
) -> Equivalence:
    """A 1x1 convolution is one fully connected layer, applied to the channels of every pixel.

    Linear acts on the last dimension, so its input has the pixels' axes first and the channels last; the
    convolution's has the channels first.

    Args:
        ndim: number of spatial axes, >= 1.
        input_size: n >= 1, one number or one for every axis; the letters n, or n1, n2, .. by default.
        in_channels, out_channels: >= 1; C_in and C_out by default.
        batch_size: N >= 1, the number of examples; None for one example without a batch axis.
        bias: whether both layers have one.

    Returns:
        An Equivalence; ``equivalence.holds`` if outputs and gradients are proved to be the same.

    Raises:
        GeometryError: a number does not describe a layer.

    >>> theorem = pointwise_convolution_is_linear(2)
    >>> theorem.holds, theorem.layer
    (True, Conv((n1, n2), (1, 1), in_channels=C_in, out_channels=C_out, bias=True))
    >>> [str(match) for match in theorem.matches][:2]
    ['X[j1, j2, c] is X[c, j1, j2]', 'w[i, c] is w[i, c, 0, 0]']
    """
    sizes = _per_axis(input_size, "n", ndim)
    layer = Conv(
        sizes, (1,) * ndim, in_channels=_given(in_channels, "C_in"),
        out_channels=_given(out_channels, "C_out"), batch_size=batch_size, bias=bias,
    )  # fmt: skip
    part = _linear(layer, _signal(layer, (*_pixels(layer), _channels(layer))))
    (*others, channels), outputs = part.input_layout, part.output_layout[-1]
    examples, pixels, weight = others[:-ndim], others[-ndim:], (outputs, channels, *((),) * ndim)
    return related(
        "A 1x1 convolution is one linear layer at every pixel",
        f"{layer!r} is {part.module!r}, applied to the channels of every pixel.",
        layer, part, formulas_of(part),
        arranged(layer, part, (*examples, channels, *pixels), weight, (*examples, outputs, *pixels)),
    )  # fmt: skip


def flattened_linear_is_convolution(
    ndim: int = 2,
    *,
    input_size: Size | None = None,
    in_channels: Whole | None = None,
    out_features: Whole | None = None,
    stride: Size | None = None,
    batch_size: Whole | None = None,
    bias: bool = True,
) -> Equivalence:
    """Flatten and then a fully connected layer is a convolution with a kernel as large as the feature map.

    The weights of one output feature are one filter in row-major order: channel, then position.

    Args:
        ndim: number of spatial axes of the feature map, >= 1.
        input_size: n >= 1, one number or one for every axis; the letters n, or n1, n2, .. by default.
        in_channels, out_features: >= 1; C_in and C_out by default.
        stride: s >= 1, one number or one for every axis; the letters s, or s1, s2, .. by default, or 1 where all other
            sizes are numbers.
        batch_size: N >= 1, the number of examples; None for one example without a batch axis.
        bias: whether both layers have one.

    Returns:
        An Equivalence; ``equivalence.holds`` if outputs and gradients are proved to be the same.

    Raises:
        GeometryError: a number does not describe a layer.

    >>> theorem = flattened_linear_is_convolution(2, batch_size=sp.Symbol("N", integer=True, positive=True))
    >>> theorem.holds
    True
    >>> print(theorem.matches[1])
    w[i, c*n1*n2 + j1*n2 + j2] is w[i, c, j1, j2]
    """
    layer = _one_window(
        _per_axis(input_size, "n", ndim), stride, in_channels=_given(in_channels, "C_in"),
        out_channels=_given(out_features, "C_out"), batch_size=batch_size, bias=bias,
    )  # fmt: skip
    image = _signal(layer, (_channels(layer), *_pixels(layer)))
    flat = Flatten().bind(image, PartNotation.numbered(1, image.name, "a"))
    part = _linear(layer, flat.after)
    (*examples, features), outputs = part.input_layout, part.output_layout[-1]
    return related(
        "A linear layer on a flattened feature map is a convolution",
        f"Flatten() and then {part.module!r} is {layer!r}: a kernel as large as the feature map, and so one output "
        "position.",
        layer, part, formulas_after(flat, part),
        arranged(layer, part, flat.input_layout, (outputs, *separate(features)), (*examples, outputs, *((),) * ndim)),
    )  # fmt: skip


def _one_window(sizes: Sequence[Whole], stride: Size | None, **options: Any) -> Conv:
    """The convolution whose kernel is as large as its input."""
    window = tuple(sizes)
    if stride is None:
        known = Conv(window, window, **options).is_concrete
        stride = 1 if known else _per_axis(None, "s", len(window))
    return Conv(window, window, stride=stride, **options)


def _linear(layer: Conv, signal: Signal) -> LinearPart:
    """The linear layer on that input, with as many outputs as the convolution has channels."""
    names = PartNotation(input=signal.name)
    return Linear(signal.shape[-1], layer.out_channels, layer.bias_term).bind(signal, names)


def _signal(layer: Conv, dimensions: Sequence[Dimension]) -> Signal:
    examples = () if layer.batch_size is None else (_dimension(layer, "e", layer.batch_size),)
    return Signal(layer.notation.input, (*examples, *dimensions), layer.batch_size is not None)


def _channels(layer: Conv) -> Dimension:
    return _dimension(layer, "c", layer.in_channels)


def _pixels(layer: Conv) -> tuple[Dimension, ...]:
    names = ["j"] if layer.ndim == 1 else [f"j{axis + 1}" for axis in range(layer.ndim)]
    return tuple(_dimension(layer, name, size) for name, size in zip(names, layer.input_size))


def _dimension(layer: Conv, letter: str, size: Number) -> Dimension:
    """A dimension of one axis, whose letter is not a symbol of either layer."""
    return ((fresh(letter, layer.symbol_names), size),)


def _given(value: Whole | None, letter: str) -> Whole:
    return sp.Symbol(letter, integer=True, positive=True) if value is None else value


def _per_axis(value: Size | None, letter: str, ndim: int) -> tuple[Whole, ...]:
    """One number for every axis.

    Raises:
        GeometryError: ``ndim`` is not a number of axes, or there are more or fewer numbers.
    """
    if isinstance(ndim, bool) or not isinstance(ndim, int) or ndim < 1:
        raise GeometryError(f"ndim={shown(ndim)}", "not a number of spatial axes", "use 1, 2, 3, ..")
    require_axes(ndim)
    if value is None:
        return tuple(_given(None, letter if ndim == 1 else f"{letter}{axis + 1}") for axis in range(ndim))
    if not isinstance(value, SEQUENCES):
        return (value,) * ndim
    if len(value) != ndim:
        raise GeometryError(f"input_size={shown(value)}", f"ndim is {ndim}", f"use one number, or {ndim} of them")
    return tuple(value)
