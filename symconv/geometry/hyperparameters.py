"""Hyper-parameters: what users pass for a layer, made into one scheme an axis.

What a kind of layer calls its sizes, and how they become the scheme, is its own (``layers/``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.errors import GeometryError, NotationError, shown
from symconv.foundations.later import is_truth_value
from symconv.foundations.values import cached_property
from symconv.geometry.arguments import Kind, Number, Pads, ParameterReader, Ratios, Value, number_of_axes
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.padding import MODES, WORDS, Added, Extension, Pair, Window
from symconv.geometry.symbols import Setting
from symconv.printing.notation import USUAL, Notation

Requirement = tuple[Polynomial, Callable[[], GeometryError]]
"""A polynomial that must not be negative, and the error if it is."""


@dataclass(frozen=True)
class AxisLetters:
    """Gives letters to what is defined on one axis of a layer: m, or m1, m2, .. on several axes."""

    layer: Hyperparameters
    axis: int

    def _letter(self, letter: str) -> str:
        return letter if self.layer.ndim == 1 else f"{letter}{self.axis + 1}"

    def floor(self, letter: str, numerator: Polynomial, denominator: Polynomial, offset: int = 0) -> Polynomial:
        """floor(numerator / denominator) + offset, known to be at least ``offset``."""
        return self.layer.floor(self._letter(letter), numerator, denominator, offset)

    def maximum(self, letter: str, polynomials: Sequence[Polynomial]) -> Polynomial:
        """The greatest of some polynomials, one of which is at least 0."""
        greatest = self.layer.table.assumptions.greatest(polynomials)
        return greatest[0] if len(greatest) == 1 else self.layer.define(self._letter(letter), Maximum(greatest), 0)


class Hyperparameters(Setting, ABC):
    """Sizes and hyper-parameters of a layer.

    A subclass lists its ``PARAMETERS``, and says in the methods below how they make up
    the scheme. ``given`` has what the user passed for each of them, and may have more.
    """

    PARAMETERS: ClassVar[Mapping[str, Kind]]
    FITS: ClassVar[str] = "the kernel fits"
    MAY_BE_EMPTY: ClassVar[str] = "the output may be empty"
    """The requirement in words; empty where sizes of at least 1 are enough."""
    is_convolution: ClassVar[bool] = False
    """Whether it is one convolution of its input with its weights, as the sign * says."""
    has_switch: ClassVar[bool] = False
    """Whether the input chooses which of its elements are read."""

    def __init__(self, given: Mapping[str, Any], notation: Notation | None) -> None:
        if notation is not None and not isinstance(notation, Notation):
            raise NotationError(
                f"notation={shown(notation)}", "not a Notation", "pass symconv.Notation(input='x', ...)"
            )
        super().__init__(notation or USUAL)
        self.ndim = number_of_axes(self.PARAMETERS, given)
        empty = given.get("allow_empty", False)
        parameters = ParameterReader(self.table.reader, self.ndim, is_truth_value(empty) and bool(empty))
        self.values: dict[str, Value] = {
            name: parameters.read(name, kind, given[name]) for name, kind in self.PARAMETERS.items()
        }
        self.table.assume(parameters.facts)
        self._check_names()
        self._names_of_channels()
        self.schemes = tuple(self.completed(self._padded(axis), axis) for axis in range(self.ndim))
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
        """The scheme on one axis; ``low`` and ``high`` only if there is no parameter ``padding`` for them."""

    def completed(self, scheme: AxisScheme, axis: int) -> AxisScheme:
        """The scheme, whose padding is known, with what follows from it."""
        return scheme

    def requirements(self, axis: int) -> Iterator[Requirement]:
        """What must not be negative for the layer to exist. Symbols are assumed to satisfy it."""
        yield self.fits(self.schemes[axis], axis)

    def fits(self, scheme: AxisScheme, axis: int, what: str = "input") -> Requirement:
        """The kernel is not longer than what it slides over, the padded input or, for an adjoint, the output.

        If the output may be empty, that is no more than what cropping can cut off.
        """

        def too_short() -> GeometryError:
            ends = self.show(-scheme.low), self.show(-scheme.high)
            return GeometryError(
                f"padding ({self.show(scheme.low)}, {self.show(scheme.high)}) on axis {axis}",
                f"it crops {ends[0]} + {ends[1]} elements, {self.show(-scheme.padded)} more than the {what} has",
                "crop less",
            )

        if self.allows_empty:
            return scheme.padded, too_short

        def too_small() -> GeometryError:
            span, padded = self.show(scheme.span), self.show(scheme.padded)
            return GeometryError(
                f"kernel_size {self.show(scheme.K)} with dilation {self.show(scheme.d)} on axis {axis}",
                f"it spans {span} elements, but the padded {what} has only {padded}",
                "use a smaller kernel or dilation, or more padding",
            )

        return scheme.room, too_small

    def channels(self) -> tuple[Polynomial, Polynomial]:
        """In and out channels, all groups together."""
        return self.count("in_channels"), self.count("out_channels")

    def group_count(self) -> Polynomial:
        """The number of groups."""
        return self.count("groups")

    @property
    def batch(self) -> Polynomial | None:
        """The number of examples, None for one example without a batch axis."""
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

    @property
    def pads(self) -> Pads:
        """The padding as it was given."""
        if "padding" not in self.PARAMETERS:
            raise AttributeError(f"{type(self).__name__} has no padding")
        value = self.values["padding"]
        assert isinstance(value, Pads)
        return value

    @property
    def has_scale(self) -> bool:
        """Whether a fixed factor multiplies every output."""
        return False

    @property
    def bias_term(self) -> bool:
        """Whether one number per output channel is added."""
        return bool(self.values.get("bias", False))

    @property
    def allows_empty(self) -> bool:
        """Whether a batch of 0 and outputs of size 0 are allowed."""
        return bool(self.values.get("allow_empty", False))

    @property
    def fitting(self) -> str:
        """What is required in words, or that nothing is, since the output may be empty."""
        return self.MAY_BE_EMPTY if self.allows_empty else self.FITS

    @property
    def flip(self) -> bool:
        """Whether the kernel is read backwards."""
        return bool(self.values.get("flip", False))

    @property
    def padding_mode(self) -> str:
        """What stands beyond the input's ends, a key of ``MODES``."""
        return str(self.values.get("padding_mode", "zeros"))

    def _require(self, requirements: Iterable[Requirement]) -> None:
        assumptions = self.table.reader.assumptions
        for number, error in requirements:
            if assumptions.implies(number):
                continue
            if number.value is not None or assumptions.contradicts([number]):
                raise error()
            self.table.assume([number])

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

    def _padded(self, axis: int) -> AxisScheme:
        """The scheme with the padding that a word stands for."""
        scheme = self.scheme(axis)
        if "padding" not in self.PARAMETERS or self.pads.word is None:
            return scheme
        added = self._from_word(self.pads.word, scheme, axis)
        return replace(scheme, low=added.low, high=added.high, outputs=added.outputs)

    @cached_property
    def ends(self) -> tuple[Pair, ...]:
        """The padding at both ends of every axis, words as numbers."""
        if self.pads.word is None:
            return self.pads.pairs
        return tuple((scheme.low, scheme.high) for scheme in map(self._padded, range(self.ndim)))

    def _from_word(self, word: str, scheme: AxisScheme, axis: int) -> Added:
        if word == "same" and scheme.s != ONE:
            raise GeometryError(
                f'padding="same" with stride {self.show(scheme.s)} on axis {axis}',
                "the output cannot be as large as the input (PyTorch refuses it too)",
                'use stride 1, numbers, or padding="same_tf", which gives ceil(n / stride) outputs',
            )
        return WORDS[word](Window(scheme.dilated, scheme.span - 1, scheme.s), AxisLetters(self, axis))

    def _output_size(self, axis: int) -> Polynomial:
        scheme = self.schemes[axis]
        if scheme.outputs is not None:
            return scheme.outputs
        if self.allows_empty and not self.table.assumptions.implies(scheme.room):
            return self._perhaps_empty(scheme, AxisLetters(self, axis))
        return AxisLetters(self, axis).floor("m", scheme.room, scheme.s, 1)

    @staticmethod
    def _perhaps_empty(scheme: AxisScheme, letters: AxisLetters) -> Polynomial:
        """floor((room + s) / s), and 0 if the kernel does not fit."""
        reach = scheme.room + scheme.s
        if (known := reach.value) is not None:
            return letters.floor("m", Polynomial.constant(max(0, int(known))), scheme.s)
        return letters.floor("m", letters.maximum("e", [ZERO, reach]), scheme.s)

    @cached_property
    def _tensor_names(self) -> set[str]:
        unused = {self.notation.scale: self.has_scale, self.notation.switch: self.has_switch}
        return super()._tensor_names - {name for name, used in unused.items() if not used}

    # -- what it is ----------------------------------------------------------------------------------

    @property
    def extension(self) -> Extension:
        """What is read beyond the input's ends, by the padding mode."""
        return MODES[self.padding_mode]

    # -- sizes ---------------------------------------------------------------------------------------

    @property
    def input_size(self) -> tuple[Number, ...]:
        """Sizes of the input's spatial axes."""
        return self.written(scheme.n for scheme in self.schemes)

    @property
    def kernel_size(self) -> tuple[Number, ...]:
        """Sizes of the kernel's spatial axes, without dilation."""
        return self.written(scheme.K for scheme in self.schemes)

    @property
    def output_size(self) -> tuple[Number, ...]:
        """Sizes of the output's spatial axes, floors written out."""
        return self.written(self.m)

    @property
    def in_channels(self) -> Number:
        """The number of input channels, all groups together."""
        return self.written([self.C_in])[0]

    @property
    def out_channels(self) -> Number:
        """The number of output channels, all groups together."""
        return self.written([self.C_out])[0]

    @property
    def groups(self) -> Number:
        """The number of groups."""
        return self.written([self.G])[0]

    @property
    def batch_size(self) -> Number | None:
        """The number of examples, None for one example without a batch axis."""
        return None if self.batch is None else self.written([self.batch])[0]

    # -- parameters as users read them -----------------------------------------------------------------

    @property
    def stride(self) -> tuple[Number, ...]:
        """The distance of neighbouring windows, for every axis."""
        return self._per_axis("stride")

    @property
    def dilation(self) -> tuple[Number, ...]:
        """The distance of the elements that a kernel reads, for every axis."""
        return self._per_axis("dilation")

    @property
    def input_dilation(self) -> tuple[Number, ...]:
        """The distance to which neighbours of the input are moved apart, for every axis."""
        return self._per_axis("input_dilation")

    @property
    def output_padding(self) -> tuple[Number, ...]:
        """Outputs added at the end of every axis."""
        return self._per_axis("output_padding")

    @property
    def padding(self) -> tuple[Number | tuple[Number, Number], ...]:
        """On every axis a number, or a pair (low, high) if they differ; words as numbers."""
        written = [self.written(pair) for pair in self.ends]
        return tuple(low if pair[0] == pair[1] else (low, high) for pair, (low, high) in zip(self.ends, written))

    def _per_axis(self, name: str) -> tuple[Number, ...]:
        if name not in self.PARAMETERS:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self.written(self.axis_numbers(name))

    # -- other layers --------------------------------------------------------------------------------

    def arguments(self, values: Mapping[str, int] | None = None) -> dict[str, Any]:
        """The constructor's arguments; with ``values``, numbers in place of symbols."""
        return dict(self._own_arguments) if not values else self._arguments(values)

    @cached_property
    def _own_arguments(self) -> dict[str, Any]:
        return self._arguments({})

    def _arguments(self, values: Mapping[str, int]) -> dict[str, Any]:
        known = dict(values)
        for name, defined in self.table.reader.defined.items() if values else ():
            known[name] = defined.evaluate(known)

        def one(number: Polynomial) -> Number:
            return int(number.evaluate(known)) if values else self.written([number])[0]

        def pair(ends: Pair) -> Number | tuple[Number, Number]:
            return one(ends[0]) if ends[0] == ends[1] else (one(ends[0]), one(ends[1]))

        result: dict[str, Any] = {}
        for name, value in self.values.items():
            if isinstance(value, Pads):
                result[name] = value.word or tuple(map(pair, value.pairs))
            elif isinstance(value, Ratios):
                result[name] = value.written
            elif isinstance(value, tuple):
                result[name] = tuple(map(one, value))
            else:
                result[name] = one(value) if isinstance(value, Polynomial) else value
        return {**result, "notation": self.notation}

    def _key(self) -> tuple[Hashable, ...]:
        return (*self.values.values(), self.notation)
