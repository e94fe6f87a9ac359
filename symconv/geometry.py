"""The geometry of a layer: which input is read at which output with which kernel offset, and what shapes follow.

Every layer here is one scheme, on each spatial axis. The input of n elements is dilated to
e = l (n - 1) + 1 elements and extended beyond its ends; output i with kernel offset k reads position

    q = s i + d k - low      (K - 1 - k in place of k where the kernel is flipped)

of that, for 0 <= i < m, where m = floor((e + low + high - d (K - 1) - 1) / s) + 1 (Dumoulin and Visin
2016, relationship 6, with dilation and uneven padding). Channels come in G groups that do not see each other.

``Geometry`` holds these numbers and knows no formula. What users pass, and how it becomes this scheme, is
each layer's own (``layers/``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined, Floor, Maximum
from symconv.algebra.forms import fresh
from symconv.algebra.from_sympy import Reader
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.algebra.to_sympy import Writer
from symconv.axes import Axis, Layout
from symconv.errors import GeometryError, NotationError, SymbolicShapeError, SymconvError
from symconv.notation import LETTERS, Notation
from symconv.padding import MODES, WORDS, Extension, Pair, Window
from symconv.parameters import Kind, Number, Pads, ParameterReader, Size, Value, number_of_axes

__all__ = ["AxisScheme", "Geometry", "Number", "Size"]


Requirement = tuple[Polynomial, Callable[[], GeometryError]]
"""A polynomial that must not be negative, and the error where it is."""


@dataclass(frozen=True)
class AxisScheme:
    """The scheme on one axis: input size n, kernel size K, stride s, dilation d, input dilation l, padding."""

    n: Polynomial
    K: Polynomial
    s: Polynomial = ONE
    d: Polynomial = ONE
    l: Polynomial = ONE  # noqa: E741
    low: Polynomial = ZERO
    high: Polynomial = ZERO

    @property
    def dilated(self) -> Polynomial:
        """e: elements of the input with l - 1 zeros between neighbours."""
        return self.l * (self.n - 1) + 1

    @property
    def padded(self) -> Polynomial:
        return self.dilated + self.low + self.high

    @property
    def span(self) -> Polynomial:
        """Elements that the dilated kernel covers."""
        return self.d * (self.K - 1) + 1

    @property
    def room(self) -> Polynomial:
        """Steps of one element that the kernel can make; not negative where it fits."""
        return self.padded - self.span


@dataclass(frozen=True)
class AxisLetters:
    """Gives letters to what is defined on one axis of a layer: m, or m1, m2, .. on several axes."""

    geometry: Geometry
    axis: int

    def _letter(self, letter: str) -> str:
        return letter if self.geometry.ndim == 1 else f"{letter}{self.axis + 1}"

    def floor(self, letter: str, numerator: Polynomial, denominator: Polynomial, offset: int = 0) -> Polynomial:
        """floor(numerator / denominator) + offset, known to be at least ``offset``."""
        floor = Floor(numerator, denominator, offset)
        whole, rest = floor.reduced()
        if not rest.numerator:
            return whole
        if rest.numerator.value is not None and denominator.value is not None:
            return whole + rest.numerator.value // denominator.value
        return self.geometry.define(self._letter(letter), floor, offset)

    def maximum(self, letter: str, polynomials: Sequence[Polynomial]) -> Polynomial:
        """The greatest of some polynomials, one of which is at least 0."""
        greatest = self.geometry.assumed.greatest(polynomials)
        return greatest[0] if len(greatest) == 1 else self.geometry.define(self._letter(letter), Maximum(greatest), 0)


class Geometry(ABC):
    """Sizes and hyper-parameters of a layer.

    A subclass lists its ``PARAMETERS``, and says in the methods below how they make up
    the scheme. ``given`` has what the user passed for each of them.
    """

    PARAMETERS: ClassVar[Mapping[str, Kind]]
    FITS: ClassVar[str] = "the kernel fits"
    """The requirement in words; empty where sizes of at least 1 are enough."""
    has_scale: ClassVar[bool] = False
    """Whether a fixed factor multiplies every output."""

    def __init__(self, given: Mapping[str, Any], notation: Notation | None) -> None:
        if notation is not None and not isinstance(notation, Notation):
            raise NotationError(f"notation={notation!r}", "it is no Notation", "pass symconv.Notation(input='x', ...)")
        self.notation = notation or Notation()
        self.ndim = number_of_axes(self.PARAMETERS, given)
        self._reader = Reader()
        parameters = ParameterReader(self._reader, self.ndim)
        self.values: dict[str, Value] = {
            name: parameters.read(name, kind, given[name]) for name, kind in self.PARAMETERS.items()
        }
        self._facts = parameters.facts
        self._check_names()
        self.defined: dict[str, Defined] = {}
        self._least: dict[str, int] = {}
        self._names_of_channels()
        self.schemes = tuple(self._scheme(axis) for axis in range(self.ndim))
        self._require(requirement for axis in range(self.ndim) for requirement in self.requirements(axis))
        self.m = tuple(self._output_size(axis) for axis in range(self.ndim))
        if not self.is_concrete and self.assumptions.contradicts(()):
            raise GeometryError(
                f"sizes in {', '.join(self.symbol_names)}",
                "no numbers make all sizes, strides and dilations at least 1 and let the kernel fit",
                "look at the signs",
            )

    # -- what a kind of layer says -------------------------------------------------------------------

    @abstractmethod
    def scheme(self, axis: int) -> AxisScheme:
        """The scheme on one axis; ``low`` and ``high`` only where there is no parameter ``padding`` for them."""

    def requirements(self, axis: int) -> Iterator[Requirement]:
        """What must not be negative for the layer to exist. Symbols are assumed to satisfy it."""
        scheme = self.schemes[axis]

        def too_small() -> GeometryError:
            return GeometryError(
                f"kernel_size {self.show(scheme.K)} with dilation {self.show(scheme.d)} on axis {axis}",
                f"it spans {self.show(scheme.span)} elements, but the padded input has only {self.show(scheme.padded)}",
                "use a smaller kernel or dilation, or more padding",
            )

        yield scheme.room, too_small

    @property
    def fixed_kernel(self) -> sp.Expr | None:
        """What stands in the place of the weights, where the layer has none to learn."""
        return None

    @property
    def scale_layout(self) -> Layout | None:
        """Axes of the fixed factor that multiplies every output, where there is one."""
        return None

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        """Fixed tensors of a concrete layer by name, as fractions, with one axis for every index."""
        return {}

    def channels(self) -> tuple[Polynomial, Polynomial]:
        """In and out channels, all groups together."""
        return self.count("in_channels"), self.count("out_channels")

    def group_count(self) -> Polynomial:
        return self.count("groups")

    @property
    def batch(self) -> Polynomial | None:
        value = self.values["batch_size"]
        assert value is None or isinstance(value, Polynomial)
        return value

    # -- parameters ----------------------------------------------------------------------------------

    def axis_numbers(self, name: str) -> tuple[Polynomial, ...]:
        """A parameter with a number for every axis."""
        value = self.values[name]
        assert isinstance(value, tuple)
        return value

    def count(self, name: str) -> Polynomial:
        """A parameter that is one number."""
        value = self.values[name]
        assert isinstance(value, Polynomial)
        return value

    @abstractmethod
    def at(self, /, **values: int) -> Geometry:
        """This layer with numbers for its symbols, by name."""

    @property
    def pads(self) -> Pads:
        value = self.values["padding"]
        assert isinstance(value, Pads)
        return value

    @property
    def bias_term(self) -> bool:
        """Whether one number per output channel is added."""
        return bool(self.values.get("bias", False))

    @property
    def flip(self) -> bool:
        """Whether the kernel is read backwards."""
        return bool(self.values.get("flip", False))

    @property
    def padding_mode(self) -> str:
        """What stands beyond the input's ends: a key of ``MODES``."""
        return str(self.values.get("padding_mode", "zeros"))

    @property
    def quantities(self) -> tuple[str, ...]:
        """What every view has: the output, and the derivatives by what the layer has."""
        weight = ("grad_weight",) if self.fixed_kernel is None else ()
        return ("output", *weight, "grad_input", *(("grad_bias",) if self.bias_term else ()))

    def require(self, quantity: str) -> None:
        """Raise where the layer has no weight or no bias to speak of."""
        if quantity == "weight" and self.fixed_kernel is not None:
            raise SymconvError(f"the weight of {self!r}", "it has no weights to learn", "use its output and grad_input")
        if quantity == "bias" and not self.bias_term:
            raise SymconvError("the bias of a layer without bias", "there is none", "make it with bias=True")

    def _require(self, requirements: Iterable[Requirement]) -> None:
        for number, error in requirements:
            if (value := number.value) is not None:
                if value < 0:
                    raise error()
            elif self._reader.assumptions.contradicts([number]):
                raise error()
            elif not self._reader.assumptions.implies(number):
                self._facts.append(number)

    def show(self, number: Polynomial) -> str:
        return str(self.writer.polynomial(number))

    def _check_names(self) -> None:
        for name in self._reader.symbols:
            if name in self._tensor_names:
                raise NotationError(
                    f"the symbol {name} as a size",
                    "a tensor of the layer has that name",
                    "use another symbol, or Notation(...) with another name",
                )

    # -- from parameters to the scheme ---------------------------------------------------------------

    def _names_of_channels(self) -> None:
        self.G = self.group_count()
        self.C_in, self.C_out = self.channels()
        self.c_in = self._per_group("in_channels", self.C_in)
        self.c_out = self._per_group("out_channels", self.C_out)

    def _per_group(self, name: str, total: Polynomial) -> Polynomial:
        """Channels of one group; a name where groups divide the channels only by assumption."""
        quotient, rest = total.divided_by_term(self.G)
        if not rest:
            return quotient
        if rest.value is not None and self.G.value is not None:
            raise GeometryError(
                f"{name}={self.show(total)} with groups={self.show(self.G)}",
                f"{self.show(self.G)} groups do not divide {self.show(total)} channels",
                f"make {name} a multiple of groups",
            )
        return self.define("C_in_g" if name == "in_channels" else "C_out_g", Floor(total, self.G, exact=True), 1)

    def define(self, letter: str, defined: Defined, least: int) -> Polynomial:
        """The letter that stands for something known to be at least ``least``; the same one for the same thing."""
        for name, known in self.defined.items():
            if known == defined:
                return Polynomial.name(name)
        name = fresh(letter, self._taken())
        self.defined[name], self._least[name] = defined, least
        return Polynomial.name(name)

    def _scheme(self, axis: int) -> AxisScheme:
        scheme = self.scheme(axis)
        if "padding" not in self.PARAMETERS or self.pads.word is None:
            return scheme
        low, high = self._from_word(self.pads.word, scheme, axis)
        return AxisScheme(scheme.n, scheme.K, scheme.s, scheme.d, scheme.l, low, high)

    def _from_word(self, word: str, scheme: AxisScheme, axis: int) -> Pair:
        if word == "same" and scheme.s != ONE:
            raise GeometryError(
                f'padding="same" with stride {self.show(scheme.s)} on axis {axis}',
                "the output cannot be as large as the input (PyTorch refuses it too)",
                'use stride 1, numbers, or padding="same_tf", which gives ceil(n / stride) outputs',
            )
        return WORDS[word](Window(scheme.dilated, scheme.span - 1, scheme.s), AxisLetters(self, axis))

    def _output_size(self, axis: int) -> Polynomial:
        scheme = self.schemes[axis]
        counted = scheme.room
        if "padding" in self.PARAMETERS and self.pads.word == "same_tf":
            counted = scheme.dilated - 1  # ceil(e / s) outputs is what this padding is made for
        return AxisLetters(self, axis).floor("m", counted, scheme.s, 1)

    def _taken(self) -> set[str]:
        return {*self._reader.symbols, *self.defined, *self._tensor_names}

    @property
    def _tensor_names(self) -> set[str]:
        return set(self.notation.names) - (set() if self.has_scale else {self.notation.scale})

    # -- what it is ----------------------------------------------------------------------------------

    @property
    def assumed(self) -> Assumptions:
        """What is known so far, while the layer is being read."""
        own = Assumptions(tuple(self._least.items()), (), tuple(self.defined.items()))
        return self._reader.assumptions.and_also(self._facts, own)

    @property
    def extension(self) -> Extension:
        return MODES[self.padding_mode]

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
        """Sizes, strides and dilations are at least 1, groups divide the channels, and the kernel fits."""
        return self.assumed

    @cached_property
    def writer(self) -> Writer:
        """Writes formulas with the user's own symbols."""
        return Writer(dict(self._reader.symbols), self._reader.defined)

    @cached_property
    def stage_writer(self) -> Writer:
        """Writes formulas that are read back: every name is a symbol, so that SymPy rewrites no floor."""
        return Writer(dict(self._reader.symbols))

    @cached_property
    def _expanding_writer(self) -> Writer:
        """The same with the letters of ``definitions`` written out."""
        return Writer(self.writer.symbols, {**self._reader.defined, **self.defined})

    def written(self, numbers: Iterable[Polynomial]) -> tuple[Number, ...]:
        """Ints, or SymPy expressions in the layer's symbols."""
        return tuple(
            int(v) if (v := number.value) is not None else self._expanding_writer.polynomial(number)
            for number in numbers
        )

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        """Letters that formulas use for output sizes, channels of a group and padding, each with what it stands for."""
        known = self._reader.defined
        return {
            self.writer.symbol(name): Writer(self.writer.symbols, {**known, name: defined}).symbol(name)
            for name, defined in self.defined.items()
        }

    @property
    def reading_order(self) -> tuple[str, ...]:
        """Tensors in the order in which a product is read."""
        names = self.notation
        order = (names.scale, names.grad_output, names.dense_weight, names.local_weight, names.weight)
        return (*order, names.patch, names.input)

    # -- sizes and shapes ----------------------------------------------------------------------------

    @property
    def input_size(self) -> tuple[Number, ...]:
        """Sizes of the input's spatial axes."""
        return self.written(scheme.n for scheme in self.schemes)

    @property
    def kernel_size(self) -> tuple[Number, ...]:
        return self.written(scheme.K for scheme in self.schemes)

    @property
    def output_size(self) -> tuple[Number, ...]:
        """Sizes of the output's spatial axes, floors written out."""
        return self.written(self.m)

    @property
    def in_channels(self) -> Number:
        return self.written([self.C_in])[0]

    @property
    def out_channels(self) -> Number:
        return self.written([self.C_out])[0]

    @property
    def groups(self) -> Number:
        return self.written([self.G])[0]

    @property
    def batch_size(self) -> Number | None:
        return None if self.batch is None else self.written([self.batch])[0]

    def shape_of(self, layout: Layout) -> tuple[Number, ...]:
        """The shape of a tensor, in PyTorch's dimensions; ints where they are known."""
        whole = {self.G * self.c_in: self.C_in, self.G * self.c_out: self.C_out}
        products = [prod((axis.size for axis in dimension), start=ONE) for dimension in layout]
        return self.written(whole.get(size, size) for size in products)

    @property
    def input_shape(self) -> tuple[Number, ...]:
        return self.shape_of(self.input_layout)

    @property
    def weight_shape(self) -> tuple[Number, ...]:
        return self.shape_of(self.weight_layout)

    @property
    def bias_shape(self) -> tuple[Number, ...]:
        return self.shape_of(self.bias_layout)

    @property
    def output_shape(self) -> tuple[Number, ...]:
        return self.shape_of(self.output_layout)

    # -- what is lost --------------------------------------------------------------------------------

    @property
    def leftover(self) -> tuple[Number, ...]:
        """On every axis, how many elements at the end of the padded input no window reaches.

        (e + low + high - d (K - 1) - 1) mod s: zero where the division in the output's size is exact.
        """
        return self.written(scheme.room - scheme.s * (m - 1) for scheme, m in zip(self.schemes, self.m))

    @property
    def unread(self) -> tuple[tuple[int, ...], ...]:
        """On every axis, the input indices that no output reads (concrete sizes only).

        An input is read where on every axis its index is read. Its derivative is zero where it is not: at
        the end where elements are left over, and between windows or kernel elements that are far apart.
        """
        self.require_concrete("the unread inputs")
        return tuple(self._unread(axis) for axis in range(self.ndim))

    def _unread(self, axis: int) -> tuple[int, ...]:
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        n, K, s, d, l, low = (  # noqa: E741
            int(number.value or 0) for number in (scheme.n, scheme.K, scheme.s, scheme.d, scheme.l, scheme.low)
        )
        r, e = sp.Symbol("r", integer=True), l * (n - 1) + 1
        read: set[int] = set()
        for q in {s * i + d * k - low for i in range(m) for k in range(K)}:
            for branch in self.extension.branches(sp.Integer(q), sp.Integer(e), r):
                if branch.condition == sp.true:
                    wraps = range(-(abs(q) // e) - 1, abs(q) // e + 2) if branch.summed else (0,)
                    read.update(int(branch.index.subs(r, wrap)) for wrap in wraps)
        return tuple(j for j in range(n) if l * j not in read)

    # -- axes ----------------------------------------------------------------------------------------

    def axes(self, role: str, sizes: tuple[Polynomial, ...], taken: Iterable[Axis] = ()) -> tuple[Axis, ...]:
        """Axes with the letter of their role, numbered where there are several."""
        letter = LETTERS[role]
        names = [letter] if len(sizes) == 1 else [f"{letter}{at + 1}" for at in range(len(sizes))]
        others = self._taken() | {axis.letter for axis in taken}
        return tuple(Axis(fresh(name, others), size) for name, size in zip(names, sizes))

    def _counted(self, role: str, count: Polynomial, taken: Iterable[Axis] = ()) -> tuple[Axis, ...]:
        """An axis for channels, groups or examples; none where there is just one of them."""
        return () if count == ONE else self.axes(role, (count,), taken)

    @cached_property
    def batch_axes(self) -> tuple[Axis, ...]:
        return () if self.batch is None else self._counted("batch", self.batch)

    @cached_property
    def group_axes(self) -> tuple[Axis, ...]:
        return self._counted("group", self.G)

    @cached_property
    def input_groups(self) -> tuple[Axis, ...]:
        """The groups again, where input and output are joined: a dense layer joins all of them."""
        return self._counted("group", self.G, self.group_axes)

    @cached_property
    def output_channels(self) -> tuple[Axis, ...]:
        """The channels of one group."""
        return self._counted("output channel", self.c_out)

    @cached_property
    def input_channels(self) -> tuple[Axis, ...]:
        """The channels of one group."""
        return self._counted("input channel", self.c_in)

    @cached_property
    def output_positions(self) -> tuple[Axis, ...]:
        return self.axes("output", self.m)

    @cached_property
    def input_positions(self) -> tuple[Axis, ...]:
        return self.axes("input", tuple(scheme.n for scheme in self.schemes))

    @cached_property
    def kernel_offsets(self) -> tuple[Axis, ...]:
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes))

    @cached_property
    def read_positions(self) -> tuple[Polynomial, ...]:
        """s i + d k - low on every axis: the position that output i reads with kernel offset k."""
        return self.positions(self.schemes, self.flip)

    def positions(self, schemes: Sequence[AxisScheme], flip: bool) -> tuple[Polynomial, ...]:
        """The same for other numbers than this layer's, with this layer's indices."""
        positions = []
        for scheme, i, k in zip(schemes, self.output_positions, self.kernel_offsets):
            at, offset = Polynomial.name(i.letter), Polynomial.name(k.letter)
            positions.append(scheme.s * at + scheme.d * (scheme.K - 1 - offset if flip else offset) - scheme.low)
        return tuple(positions)

    @cached_property
    def wraps(self) -> tuple[Axis, ...]:
        """Indices for an extension to sum over; their size has no meaning."""
        return self.axes("wrap", (ONE,) * self.ndim)

    # -- layouts -------------------------------------------------------------------------------------

    @property
    def batch_dimension(self) -> Layout:
        return () if self.batch is None else (self.batch_axes,)

    @property
    def input_layout(self) -> Layout:
        return (*self.batch_dimension, self.group_axes + self.input_channels, *separate(self.input_positions))

    @property
    def weight_layout(self) -> Layout:
        return (self.group_axes + self.output_channels, self.input_channels, *separate(self.kernel_offsets))

    @property
    def bias_layout(self) -> Layout:
        return (self.group_axes + self.output_channels,)

    @property
    def output_layout(self) -> Layout:
        return (*self.batch_dimension, self.group_axes + self.output_channels, *separate(self.output_positions))

    # -- other layers --------------------------------------------------------------------------------

    def arguments(self, values: Mapping[str, int] | None = None) -> dict[str, Any]:
        """The constructor's arguments; with ``values``, numbers in place of symbols."""
        known = dict(values or {})
        for name, defined in self._reader.defined.items() if values else ():
            known[name] = defined.evaluate(known)

        def one(number: Polynomial) -> Number:
            return int(number.evaluate(known)) if values else self.written([number])[0]

        def pair(ends: Pair) -> Number | tuple[Number, Number]:
            return one(ends[0]) if ends[0] == ends[1] else (one(ends[0]), one(ends[1]))

        result: dict[str, Any] = {}
        for name, value in self.values.items():
            if isinstance(value, Pads):
                result[name] = value.word or tuple(map(pair, value.pairs))
            elif isinstance(value, tuple):
                result[name] = tuple(map(one, value))
            else:
                result[name] = one(value) if isinstance(value, Polynomial) else value
        return {**result, "notation": self.notation}

    def _key(self) -> tuple[Any, ...]:
        return (type(self), *self.values.values(), self.notation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Geometry) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def separate(axes: Iterable[Axis]) -> Layout:
    """Every axis a dimension of its own."""
    return tuple((axis,) for axis in axes)
