"""Conv: the layer as users meet it, with its symbols and its views."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import sympy as sp

from symconv.errors import GeometryError, SymconvError
from symconv.geometry import Geometry
from symconv.notation import Notation
from symconv.tensors import symbols_of
from symconv.views import VIEWS, Direct, FullyConnected, Patches, View

AnyView = TypeVar("AnyView", bound=View)


class Conv(Geometry):
    """A convolution layer (cross-correlation with zero padding, as in PyTorch).

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise; its dilated span must fit in the padded input.
        in_channels, out_channels: >= 1.
        stride, dilation: >= 1, one number or one per axis.
        padding: >= 0, zeros added on both sides.
        bias: whether one number per output channel is added.
        notation: names of the tensors and the base of printed labels.

    Any number may be a SymPy integer expression; its symbols then stand for all whole numbers for which
    the sizes, strides and dilations are at least 1, the padding at least 0, and the kernel fits.

    Raises:
        GeometryError: the numbers do not describe a layer.
        NotationError: a symbol and a tensor have the same name.

    >>> conv = Conv(3, 2)
    >>> conv.direct.output.array()
    [[X1*w1 + X2*w2, X2*w1 + X3*w2]]
    >>> conv.fully_connected.matrix
    Matrix([
    [w1,  0],
    [w2, w1],
    [ 0, w2]])
    """

    @staticmethod
    def general(ndim: int = 1, *, bias: bool = True, notation: Notation | None = None) -> Conv:
        """The layer with every size and hyper-parameter a letter, on 1 or more spatial axes.

        Letters: input n, kernel K, stride s, padding p, dilation d (numbered n1, n2, .. on several axes),
        channels C_in and C_out; the output size is written m.
        """
        if isinstance(ndim, bool) or not isinstance(ndim, int) or ndim < 1:
            raise GeometryError(f"ndim={ndim!r}", "it is no number of spatial axes", "use 1, 2, 3, ..")

        def letters(letter: str, least: int) -> tuple[sp.Symbol, ...]:
            names = [letter] if ndim == 1 else [f"{letter}{axis + 1}" for axis in range(ndim)]
            return tuple(
                sp.Symbol(name, integer=True, **{"positive" if least else "nonnegative": True}) for name in names
            )

        channels = sp.symbols("C_in C_out", integer=True, positive=True)
        return Conv(
            letters("n", 1), letters("K", 1), in_channels=channels[0], out_channels=channels[1], stride=letters("s", 1),
            padding=letters("p", 0), dilation=letters("d", 1), bias=bias, notation=notation,
        )  # fmt: skip

    def at(self, **values: int) -> Conv:
        """This layer with numbers for its symbols, by name.

        >>> Conv.general(1).at(n=5, K=3, s=2, p=1, d=1, C_in=1, C_out=1).output_shape
        (1, 3)
        """
        names = set(self._reader.symbols)
        if set(values) != names:
            raise GeometryError(
                f"values for {', '.join(sorted(values)) or 'nothing'}",
                f"the layer's symbols are {', '.join(sorted(names)) or 'none'}",
                "give a whole number for each of them",
            )
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, (int, np.integer, sp.Integer)):
                raise GeometryError(f"{name}={value!r}", "it is not a whole number", "give a whole number")
        return Conv(**self.arguments({name: int(value) for name, value in values.items()}))

    def __repr__(self) -> str:
        one = {
            name: value[0] if isinstance(value, tuple) and len(value) == 1 else value
            for name, value in self.arguments().items()
        }
        defaults = {
            "in_channels": 1,
            "out_channels": 1,
            "stride": 1,
            "padding": 0,
            "dilation": 1,
            "bias": False,
            "notation": Notation(),
        }
        for name, default in defaults.items():
            if one[name] == default or one[name] == (default,) * self.ndim:
                del one[name]
        head = f"Conv({one.pop('input_size')}, {one.pop('kernel_size')}"
        return head + "".join(f", {name}={value}" for name, value in one.items()) + ")"

    def _repr_latex_(self) -> str:
        return self.direct.output._repr_latex_()

    # -- views ---------------------------------------------------------------------------------------

    @cached_property
    def views(self) -> Mapping[str, View]:
        """All views by name."""
        return MappingProxyType({view.name: view(self) for view in VIEWS})

    @property
    def direct(self) -> Direct:
        """The sliding sum."""
        return self._view("direct", Direct)

    @property
    def fully_connected(self) -> FullyConnected:
        """A fully connected layer with shared weights."""
        return self._view("fully_connected", FullyConnected)

    @property
    def patches(self) -> Patches:
        """One shared small network over patches."""
        return self._view("patches", Patches)

    def _view(self, name: str, kind: type[AnyView]) -> AnyView:
        view = self.views[name]
        assert isinstance(view, kind)
        return view

    # -- symbols -------------------------------------------------------------------------------------

    @cached_property
    def input(self) -> sp.Array:
        """The input's symbols, shape (C_in, *input). Concrete sizes only."""
        return symbols_of(self.notation.input, self.input_layout, self)

    @cached_property
    def weight(self) -> sp.Array:
        """The weights' symbols, shape (C_out, C_in, *kernel). Concrete sizes only."""
        return symbols_of(self.notation.weight, self.weight_layout, self)

    @cached_property
    def bias(self) -> sp.Array:
        """The biases' symbols, shape (C_out,). Concrete sizes only."""
        if not self.bias_term:
            raise SymconvError("the bias of a layer without bias", "there is none", "make it with Conv(..., bias=True)")
        return symbols_of(self.notation.bias, self.bias_layout, self)

    @cached_property
    def grad_output(self) -> sp.Array:
        """The symbols of dL/d output, shape (C_out, *output). Concrete sizes only."""
        return symbols_of(self.notation.grad_output, self.output_layout, self)


def require_layer(conv: object, what: str) -> None:
    """An error where something else was passed for a layer."""
    if not isinstance(conv, Conv):
        raise SymconvError(f"{what} of {conv!r}"[:200], "it is no layer", "pass a Conv, such as Conv(3, 2)")
