"""The sizes of a convolution layer: validation, output sizes, axes and letters.

``Geometry`` describes a layer; it knows no formula. A size, stride, padding or dilation is an int or a
SymPy integer expression; inside they are polynomials, so a number and a letter are treated alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.forms import fresh
from symconv.algebra.from_sympy import Reader
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.to_sympy import Writer
from symconv.axes import Axis, Layout
from symconv.errors import FormulaError, GeometryError, NotationError, SymbolicShapeError
from symconv.notation import LETTERS, Notation

Number: TypeAlias = "int | sp.Expr"
Size = Any
"""What users pass: an int, a NumPy int, a SymPy integer or expression, or a tuple or list of them."""

LEAST = {
    "input_size": 1,
    "kernel_size": 1,
    "in_channels": 1,
    "out_channels": 1,
    "stride": 1,
    "dilation": 1,
    "padding": 0,
}


def output_size(
    input_size: Number, kernel_size: Number, stride: Number = 1, padding: Number = 0, dilation: Number = 1
) -> Number:
    """Number of positions at which the kernel fits, along one axis.

    floor((n + 2p - d (k - 1) - 1) / s) + 1, the count of i >= 0 with
    s i + d (k - 1) <= n + 2p - 1 (Dumoulin and Visin 2016, relationship 6, with dilation).

    Args:
        input_size: n >= 1, in elements.
        kernel_size: k >= 1, in elements.
        stride, dilation: s, d >= 1.  padding: p >= 0, added on both sides.

    Returns:
        int where all arguments are ints, else a SymPy expression.

    Raises:
        GeometryError: the dilated kernel is longer than the padded input.

    >>> output_size(5, 3, stride=2, padding=1)
    3
    """
    return Geometry(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation).output_size[0]


class Geometry:
    """Sizes and hyper-parameters of a layer. See ``symconv.Conv`` for the arguments."""

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        *,
        in_channels: Size = 1,
        out_channels: Size = 1,
        stride: Size = 1,
        padding: Size = 0,
        dilation: Size = 1,
        bias: bool = False,
        notation: Notation | None = None,
    ) -> None:
        if not isinstance(bias, (bool, np.bool_)):
            raise GeometryError(
                f"bias={bias!r}", "it must be True or False", "bias=True adds one number per output channel"
            )
        if notation is not None and not isinstance(notation, Notation):
            raise NotationError(f"notation={notation!r}", "it is no Notation", "pass symconv.Notation(input='x', ...)")
        self.notation = notation or Notation()
        self.bias_term = bool(bias)
        self._reader = Reader()
        self.ndim = _ndim(input_size, kernel_size, stride, padding, dilation)
        spatial = {
            "input_size": input_size,
            "kernel_size": kernel_size,
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
        }
        read = {name: self._per_axis(name, value) for name, value in spatial.items()}
        self.n, self.K = read["input_size"], read["kernel_size"]
        self.s, self.p, self.d = read["stride"], read["padding"], read["dilation"]
        self.C_in = self._number("in_channels", in_channels)
        self.C_out = self._number("out_channels", out_channels)
        self._check_names()
        self.floors: dict[str, Floor] = {}
        self.m = tuple(self._output_size(axis) for axis in range(self.ndim))
        if not self.is_concrete and self.assumptions.contradicts(()):
            raise GeometryError(
                f"sizes in {', '.join(self.symbol_names)}",
                "no numbers make all sizes, strides and dilations at least 1 and let the kernel fit",
                "look at the signs",
            )

    # -- reading what was given --------------------------------------------------------------------

    def _per_axis(self, name: str, value: Size) -> tuple[Polynomial, ...]:
        values = tuple(value) if isinstance(value, (tuple, list, sp.Tuple)) else (value,) * self.ndim
        if len(values) != self.ndim:
            raise GeometryError(
                f"{name}={value!r}",
                f"it has {len(values)} entries but the layer has {self.ndim} spatial axes",
                f"give one number, or {self.ndim}",
            )
        return tuple(self._number(name, v) for v in values)

    def _number(self, name: str, value: Size) -> Polynomial:
        given = f"{name}={value!r}"
        right = f"use a whole number of at least {LEAST[name]} or a SymPy integer expression"
        if isinstance(value, (bool, np.bool_)):
            raise GeometryError(given, "True and False are no sizes", right)
        if isinstance(value, (int, np.integer)):
            number = Polynomial.constant(int(value))
        elif isinstance(value, sp.Expr):
            if value.is_integer is False:
                raise GeometryError(given, "it is not a whole number", right)
            try:
                number = self._reader.polynomial(value, given)
            except FormulaError as error:
                raise GeometryError(given, error.wrong, right) from error
        elif isinstance(value, str):
            usable = "use a whole number or sympy.Symbol('n')"
            right = "use the number of zeros on both sides" if name == "padding" else usable
            raise GeometryError(given, "text is not read as a size", right)
        else:
            raise GeometryError(given, f"a {type(value).__name__} is not a whole number", right)
        if (known := number.value) is not None and known < LEAST[name]:
            raise GeometryError(given, f"it must be at least {LEAST[name]}", right)
        self._assume_at_least(number, LEAST[name])
        return number

    def _assume_at_least(self, number: Polynomial, least: int) -> None:
        if (symbol := number.single_name) is not None:
            self._reader.lower[symbol] = max(least, self._reader.lower.get(symbol, least))

    def _check_names(self) -> None:
        for name in self._reader.symbols:
            if name in self.notation.names:
                raise NotationError(
                    f"the symbol {name} as a size",
                    "a tensor of the layer has that name",
                    "use another symbol, or Notation(...) with another name",
                )

    def _output_size(self, axis: int) -> Polynomial:
        room = self._room(axis)
        if ((value := room.value) is not None and value < 0) or self._assumed.contradicts([room]):
            raise GeometryError(
                f"kernel_size {self._show(self.K[axis])} with dilation {self._show(self.d[axis])} on axis {axis}",
                f"it spans {self._show(self.d[axis] * (self.K[axis] - 1) + 1)} elements, but the padded input has "
                f"only {self._show(self.n[axis] + 2 * self.p[axis])}",
                "use a smaller kernel or dilation, or more padding",
            )
        stride = self.s[axis]
        if stride.value == 1:
            return room + 1
        if value is not None and stride.value is not None:
            return Polynomial.constant(int(value) // int(stride.value) + 1)
        name = fresh("m" if self.ndim == 1 else f"m{axis + 1}", self._reader.symbols)
        self.floors[name] = Floor(room, stride, 1)
        return Polynomial.name(name)

    def _room(self, axis: int) -> Polynomial:
        """Steps of one element that the kernel can make: n + 2p - d (K - 1) - 1, not negative where it fits."""
        return self.n[axis] + 2 * self.p[axis] - self.d[axis] * (self.K[axis] - 1) - 1

    @property
    def _assumed(self) -> Assumptions:
        return self._reader.assumptions

    def _show(self, number: Polynomial) -> str:
        return str(self.writer.polynomial(number))

    # -- what it is ----------------------------------------------------------------------------------

    @property
    def symbol_names(self) -> tuple[str, ...]:
        """The names of the layer's symbols."""
        return tuple(sorted(self._reader.symbols))

    @cached_property
    def is_concrete(self) -> bool:
        """Whether every size and hyper-parameter is a number."""
        return not self._reader.symbols

    def require_concrete(self, what: str) -> None:
        if not self.is_concrete:
            letters = ", ".join(sorted(self._reader.symbols))
            raise SymbolicShapeError(
                f"{what} of a layer with the symbols {letters}",
                "it has a number of entries that is not known",
                "give numbers with conv.at("
                + ", ".join(f"{name}=.." for name in sorted(self._reader.symbols))
                + "), or use the general formula",
            )

    @cached_property
    def assumptions(self) -> Assumptions:
        """Sizes, strides and dilations are at least 1, padding at least 0, and the kernel fits."""
        facts = [
            number - LEAST[name] for name, number in self._numbers() if number.single_name is None and number.names
        ]
        facts += [room for axis in range(self.ndim) if (room := self._room(axis)).names]
        lower = {name: 1 for name in self.floors}
        return self._assumed.and_also(facts, Assumptions(tuple(lower.items()), (), tuple(self.floors.items())))

    def _numbers(self) -> Iterable[tuple[str, Polynomial]]:
        for name, values in (
            ("input_size", self.n),
            ("kernel_size", self.K),
            ("stride", self.s),
            ("dilation", self.d),
            ("padding", self.p),
        ):
            yield from ((name, value) for value in values)
        yield "in_channels", self.C_in
        yield "out_channels", self.C_out

    @cached_property
    def writer(self) -> Writer:
        """Writes formulas with the user's own symbols."""
        symbols = dict(self._reader.symbols)
        return Writer(symbols, self._reader.floors)

    def _written(self, numbers: Iterable[Polynomial]) -> tuple[Number, ...]:
        return tuple(
            int(v) if (v := number.value) is not None else self.writer.polynomial(number) for number in numbers
        )

    @property
    def input_size(self) -> tuple[Number, ...]:
        return self._written(self.n)

    @property
    def kernel_size(self) -> tuple[Number, ...]:
        return self._written(self.K)

    @property
    def stride(self) -> tuple[Number, ...]:
        return self._written(self.s)

    @property
    def padding(self) -> tuple[Number, ...]:
        return self._written(self.p)

    @property
    def dilation(self) -> tuple[Number, ...]:
        return self._written(self.d)

    @property
    def in_channels(self) -> Number:
        return self._written([self.C_in])[0]

    @property
    def out_channels(self) -> Number:
        return self._written([self.C_out])[0]

    @property
    def definitions(self) -> dict[sp.Symbol, sp.Expr]:
        """Letters that formulas use for output sizes, each with its floor."""
        expand = Writer(self.writer.symbols, {**self._reader.floors, **self.floors})
        return {self.writer.symbol(name): expand.symbol(name) for name in self.floors}

    @property
    def output_size(self) -> tuple[Number, ...]:
        """Sizes of the output's spatial axes, floors written out."""
        expand = Writer(self.writer.symbols, {**self._reader.floors, **self.floors})
        return tuple(int(v) if (v := m.value) is not None else expand.polynomial(m) for m in self.m)

    @property
    def input_shape(self) -> tuple[Number, ...]:
        return (self.in_channels, *self.input_size)

    @property
    def weight_shape(self) -> tuple[Number, ...]:
        return (self.out_channels, self.in_channels, *self.kernel_size)

    @property
    def bias_shape(self) -> tuple[Number, ...]:
        return (self.out_channels,)

    @property
    def output_shape(self) -> tuple[Number, ...]:
        return (self.out_channels, *self.output_size)

    @property
    def reading_order(self) -> tuple[str, ...]:
        """Tensors in the order in which a product is read."""
        names = self.notation
        return (names.grad_output, names.dense_weight, names.weight, names.patch, names.input)

    # -- axes ----------------------------------------------------------------------------------------

    def _axes(self, role: str, sizes: tuple[Polynomial, ...]) -> tuple[Axis, ...]:
        letter = LETTERS[role]
        names = [letter] if len(sizes) == 1 else [f"{letter}{at + 1}" for at in range(len(sizes))]
        taken = {*self._reader.symbols, *self.floors, *self.notation.names}
        return tuple(Axis(fresh(name, taken), size) for name, size in zip(names, sizes))

    def _channels(self, role: str, count: Polynomial) -> tuple[Axis, ...]:
        """A channel axis; none where there is just the one channel."""
        return () if count.value == 1 else self._axes(role, (count,))

    @cached_property
    def output_channels(self) -> tuple[Axis, ...]:
        return self._channels("output channel", self.C_out)

    @cached_property
    def input_channels(self) -> tuple[Axis, ...]:
        return self._channels("input channel", self.C_in)

    @cached_property
    def output_positions(self) -> tuple[Axis, ...]:
        return self._axes("output", self.m)

    @cached_property
    def input_positions(self) -> tuple[Axis, ...]:
        return self._axes("input", self.n)

    @cached_property
    def kernel_offsets(self) -> tuple[Axis, ...]:
        return self._axes("kernel", self.K)

    @property
    def input_layout(self) -> Layout:
        return (self.input_channels, *((axis,) for axis in self.input_positions))

    @property
    def weight_layout(self) -> Layout:
        return (self.output_channels, self.input_channels, *((axis,) for axis in self.kernel_offsets))

    @property
    def bias_layout(self) -> Layout:
        return (self.output_channels,)

    @property
    def output_layout(self) -> Layout:
        return (self.output_channels, *((axis,) for axis in self.output_positions))

    # -- other layers --------------------------------------------------------------------------------

    def arguments(self, values: Mapping[str, int] | None = None) -> dict[str, Any]:
        """The constructor's arguments; with ``values``, numbers in place of symbols."""
        known = dict(values or {})
        for name, floor in self._reader.floors.items() if values else ():
            known[name] = floor.evaluate(known)

        def written(numbers: tuple[Polynomial, ...]) -> tuple[Number, ...]:
            return tuple(int(n.evaluate(known)) for n in numbers) if values else self._written(numbers)

        return {
            "input_size": written(self.n), "kernel_size": written(self.K), "in_channels": written((self.C_in,))[0],
            "out_channels": written((self.C_out,))[0], "stride": written(self.s), "padding": written(self.p),
            "dilation": written(self.d), "bias": self.bias_term, "notation": self.notation,
        }  # fmt: skip

    def _key(self) -> tuple[Any, ...]:
        return (self.n, self.K, self.s, self.p, self.d, self.C_in, self.C_out, self.bias_term, self.notation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Geometry) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def _ndim(*sizes: Size) -> int:
    lengths = {len(size) for size in sizes if isinstance(size, (tuple, list, sp.Tuple))}
    if not lengths:
        return 1
    if len(lengths) > 1:
        raise GeometryError(
            ", ".join(map(repr, sizes)),
            "input_size, kernel_size, stride, padding and dilation have different numbers of axes",
            "give each of them one number, or one per spatial axis",
        )
    if lengths == {0}:
        raise GeometryError(
            "an empty tuple", "a layer needs at least one spatial axis", "Conv(5, 3) has one, Conv((5, 5), (3, 3)) two"
        )
    return lengths.pop()
