"""The parts of a network other than convolutions: Linear, Activation, Flatten, Dropout.

A module says what it is; ``bind`` makes its formulas for a given input. Each declares its own formula, and its
derivatives follow from that. Shapes are PyTorch's, with or without a batch axis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.forms import Tensor
from symconv.errors import GeometryError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Reciprocal
from symconv.networks.activations import KNOWN
from symconv.networks.arguments import Exact, exact, same, whole
from symconv.networks.functions import GENERIC, Function, pointwise
from symconv.networks.signals import PartNotation, PartSetting, Signal, as_read, dimensions_of
from symconv.printing.notation import Notation
from symconv.views import Computation, Stage

LEARNED = ("weight", "bias")
"""What is learned, by the names that PyTorch gives it in a module."""


class Module(ABC):
    """A part of a network, without sizes that follow from its input."""

    LETTER: ClassVar[str] = "a"
    """The letter of its output: z before an activation, a after one."""

    @property
    def kinks(self) -> tuple[Fraction, ...]:
        """The inputs at which it has no derivative."""
        return ()

    @abstractmethod
    def bind(self, signal: Signal, names: Notation) -> Part:
        """The part for an input.

        Raises:
            GeometryError: the input's shape does not fit.
        """

    def at(self, number: Callable[[Number], int]) -> Module:
        """The module with numbers for its symbols."""
        return self

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        """How many elements of the input a block of ``asked`` outputs needs, on each axis behind the channels.

        ``whole`` is the size of these axes. Statistics of the data, which depend on all of them, do not count.
        """
        return asked if len(asked) == len(whole) else whole


class Part(Computation):
    """A module with its input: formulas of the output and of all gradients.

    ``roles`` are its tensors by what PyTorch calls them; ``parameters`` are those that are learned, ``buffers`` those
    that are fixed.
    """

    @property
    def roles(self) -> Mapping[str, str]:
        """Parameters and buffers by role: weight, bias, running_mean, .."""
        return {}

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(name for role, name in self.roles.items() if role in LEARNED)

    @property
    def buffers(self) -> tuple[str, ...]:
        return tuple(name for role, name in self.roles.items() if role not in LEARNED)

    def __init__(self, module: Any, setting: PartSetting, signal: Signal) -> None:
        self.module, self.signal = module, signal
        self.input_layout = self.make_input(setting)
        self.output_layout = self.make_output(setting)
        self.part_setting = setting.fixing(self.make_reciprocals(setting.notation))
        super().__init__(self.part_setting)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.module, self.setting, self.signal)

    def __repr__(self) -> str:
        return f"{self.module!r} of {self.signal.name} of shape {self.signal.spelled_shape}"

    rereads: ClassVar[bool] = False
    """Whether the input's axes have letters of their own: c, j for the output's o, i."""

    def make_input(self, setting: PartSetting) -> Layout:
        """The input's layout."""
        return setting.layout(as_read(self.signal.dimensions) if self.rereads else self.signal.dimensions)

    def make_output(self, setting: PartSetting) -> Layout:
        """The output's layout; the input's by default. Sizes that are new are read in the setting."""
        return self.input_layout

    def make_reciprocals(self, names: Notation) -> Mapping[str, Reciprocal]:
        """Tensors without axes that are 1 over a product of sizes, which are symbols."""
        return {}

    def own_layouts(self) -> Mapping[str, Layout]:
        """Layouts of parameters and buffers."""
        return {}

    def functions(self) -> Sequence[Tensor]:
        """Tensors that are functions of others."""
        return ()

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        names = self.notation
        return {names.input: self.input_layout, names.grad_output: self.output_layout, **self.own_layouts()}

    def stage_layouts(self) -> dict[str, Layout]:
        return {self.notation.output: self.output_layout}

    @property
    def saved(self) -> tuple[str, ...]:
        """Tensors that are computed before the output, in order: means, variances."""
        return ()

    def numbered(self, name: str) -> str:
        """The name of a tensor of this part."""
        assert isinstance(self.notation, PartNotation)
        return f"{name}{self.notation.number}"

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        plain = {name: tensor_of(name, layout) for name, layout in self.all_layouts.items()}
        return {**plain, **{tensor.name: tensor for tensor in self.functions()}}

    @property
    def fixed_numbers(self) -> dict[sp.Expr, sp.Expr]:
        """Factors that are 1 over sizes, with what they stand for."""
        written = self.setting.writer.polynomial
        return {sp.Symbol(name): 1 / written(one.divisor) for name, one in self.part_setting.reciprocals.items()}

    def plain(self, name: str) -> Tensor:
        return tensor_of(name, self.all_layouts[name])

    @cached_property
    def after(self) -> Signal:
        """The output as a signal."""
        dimensions = dimensions_of(self.output_layout, self.setting.written)
        return Signal(self.notation.output, dimensions, self.signal.batched)

    @property
    def grad_input(self) -> TensorFormula:
        """dL/d input."""
        return self.gradient(self.notation.input)

    @property
    def words(self) -> str:
        """Conventions that a reader should know; may be empty."""
        return ""


# -- Linear --------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Linear(Module):
    """A fully connected layer, as PyTorch's Linear.

    h[i] = sum over j of w[i, j] x[j] + b[i].

    Args:
        in_features: size of the input's last dimension; None to take it from the input.
        out_features: size of the output's last dimension, >= 1.
        bias: whether b is added.

    Any dimensions before the last are kept, as in PyTorch.

    Raises:
        GeometryError: a size is not a whole number of at least 1.

    >>> from symconv import Sequential
    >>> Sequential(Linear(2, 1)).forward["z1"].array()
    [X1*w1_11 + X2*w1_12 + b1_1]
    """

    in_features: Number | None
    out_features: Number
    bias: bool = True
    LETTER: ClassVar[str] = "z"

    def __post_init__(self) -> None:
        for name in ("in_features", "out_features"):
            value = getattr(self, name)
            if not (name == "in_features" and value is None):
                object.__setattr__(self, name, whole(value, name))
        if not isinstance(self.bias, bool):
            raise GeometryError(f"bias={shown(self.bias)}", "it is neither True nor False", "use True or False")

    @classmethod
    def lazy(cls, *, out_features: Number, bias: bool = True) -> Linear:
        """The layer with the input's features, as PyTorch's LazyLinear."""
        return cls(None, out_features, bias)

    def __repr__(self) -> str:
        bias = "" if self.bias else ", bias=False"
        if self.in_features is None:
            return f"Linear.lazy(out_features={self.out_features}{bias})"
        return f"Linear({self.in_features}, {self.out_features}{bias})"

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        return (*asked[:-1], *whole[-1:])

    def at(self, number: Callable[[Number], int]) -> Linear:
        features = None if self.in_features is None else number(self.in_features)
        return replace(self, in_features=features, out_features=number(self.out_features))

    def bind(self, signal: Signal, names: Notation) -> LinearPart:
        if not signal.features:
            raise GeometryError(f"an input of shape {signal.shape}", "it has no features", "use one dimension or more")
        order = (names.grad_output, names.weight, names.input)
        setting = PartSetting(names, order)
        setting.size(self.out_features, "out_features")  # known before letters are chosen
        part = LinearPart(self, setting, signal)
        found = signal.spelled(signal.shape[-1])
        if self.in_features is not None and not same(self.in_features, found):
            raise GeometryError(
                f"an input of shape {signal.spelled_shape} for {self!r}",
                f"its last dimension is {found}, not {self.in_features}",
                f"use in_features={found}",
            )
        return part


class LinearPart(Part):
    rereads = True

    @property
    def features(self) -> tuple[Axis, ...]:
        return self.input_layout[-1]

    def make_output(self, setting: PartSetting) -> Layout:
        taken = [axis.letter for axis in axes_of(self.input_layout)]
        (last,) = setting.layout(((("i", self.module.out_features),),), taken)
        return (*self.input_layout[:-1], last)

    @property
    def roles(self) -> Mapping[str, str]:
        bias = {"bias": self.notation.bias} if self.module.bias else {}
        return {"weight": self.notation.weight, **bias}

    def own_layouts(self) -> Mapping[str, Layout]:
        out = self.output_layout[-1]
        layouts = {self.notation.weight: (out, self.features)}
        return {**layouts, self.notation.bias: (out,)} if self.module.bias else layouts

    def stages(self) -> Sequence[Stage]:
        names, out = self.notation, self.output_layout[-1]
        others = axes_of(self.input_layout[:-1])
        product = self.entry(names.weight, out, self.features) * self.entry(names.input, others, self.features)
        body = self.sum(product, self.features)
        if self.module.bias:
            body += self.entry(names.bias, out)
        return [Stage(names.output, self.output_layout, body)]


# -- Activation ----------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Activation(Module):
    """A function applied to every entry, a[i] = f(z[i]).

    Args:
        name: "relu", "leaky_relu", "sigmoid", "tanh", "softplus", "gelu", "gelu_tanh", "silu", "mish", "logsigmoid",
            "tanhshrink", "softsign", "relu6", "hardtanh", "hardsigmoid", "hardswish", "elu", "celu", "selu",
            "softshrink", "hardshrink", "exp", "log", "sin", "cos" or "power"; or a single letter for a function of
            which nothing is known, "f" by default.
            "gelu_tanh" is PyTorch's GELU(approximate="tanh").
        negative_slope: of leaky relu.
        alpha: of elu and celu.
        min_val, max_val: of hardtanh.
        lambd: of softshrink and hardshrink, >= 0.
        exponent: of power, which is z ** exponent; not 0. -1 is the reciprocal, 1/2 the square root.

    Conventions where there is no derivative are PyTorch's: relu'(0) = 0, and leaky relu has its negative slope at 0.

    Raises:
        SymconvError: the function is unknown, or an option is not a number that it can have.

    >>> from symconv import Sequential
    >>> Sequential(Activation("relu"), input_shape=(2,)).forward["a1"].formula
    Eq(a1[j], Piecewise((X[j], X[j] > 0), (0, True)))
    """

    name: str = GENERIC
    negative_slope: Exact = Fraction(1, 100)
    alpha: Exact = Fraction(1)
    min_val: Exact = Fraction(-1)
    max_val: Exact = Fraction(1)
    lambd: Exact = Fraction(1, 2)
    exponent: Exact = Fraction(2)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or (self.name not in KNOWN and not _is_letter(self.name)):
            raise SymconvError(
                f"the activation {shown(self.name)}", "no such activation",
                f"{instead_of(self.name, KNOWN)} (or a single letter for any function)",
            )  # fmt: skip
        for option in ("negative_slope", "alpha", "min_val", "max_val", "lambd", "exponent"):
            object.__setattr__(self, option, exact(getattr(self, option), option))
        if exact(self.min_val, "min_val") >= exact(self.max_val, "max_val"):
            raise SymconvError(
                f"min_val={self.min_val}, max_val={self.max_val}", "there is nothing between them",
                "use a min_val below max_val",
            )  # fmt: skip
        if exact(self.lambd, "lambd") < 0:
            raise SymconvError(f"lambd={self.lambd}", "it is negative", "use a number of at least 0")
        for option in ("alpha", "exponent"):
            if getattr(self, option) == 0:
                raise SymconvError(f"{option}=0", "it is 0", "use a number such as 1")

    def __repr__(self) -> str:
        options = KNOWN[self.name].options if self.name in KNOWN else {}
        said = [f", {float(exact(self.negative_slope, 'negative_slope'))}"] if self.name == "leaky_relu" else []
        said += [
            f", {option}={float(getattr(self, option))}"
            for option, usual in options.items()
            if option != "negative_slope" and getattr(self, option) != usual
        ]
        return f"Activation({self.name!r}{''.join(said)})"

    @property
    def function(self) -> Function:
        """The function, with its options."""
        options = KNOWN[self.name].options if self.name in KNOWN else {}
        return Function(self.name, 0, tuple(exact(getattr(self, option), option) for option in options))

    @property
    def kinks(self) -> tuple[Fraction, ...]:
        return self.function.kinks

    def bind(self, signal: Signal, names: Notation) -> ActivationPart:
        return ActivationPart(self, PartSetting(names, (names.grad_output,)), signal)


def _is_letter(name: str) -> bool:
    return len(name) == 1 and name.isascii() and name.isalpha()


class ActivationPart(Part):
    def functions(self) -> Sequence[Tensor]:
        return (pointwise(self.module.function, self.plain(self.notation.input)),)

    def stages(self) -> Sequence[Stage]:
        (applied,) = self.functions()
        return [Stage(self.notation.output, self.output_layout, self.entry(applied.name, axes_of(self.input_layout)))]

    @property
    def words(self) -> str:
        return KNOWN[self.module.name].words if self.module.name in KNOWN else ""


# -- Flatten -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flatten(Module):
    """All dimensions of an example as one, in row-major order; a batch axis stays, as in PyTorch's Flatten.

    Its entries and gradients are those of its input, under other numbers.

    Raises:
        GeometryError: within a network, its input's shape is not known.

    >>> from symconv import Sequential
    >>> Sequential(Flatten(), input_shape=(2, 2)).forward["a1"].array()
    [X11, X12, X21, X22]
    """

    def bind(self, signal: Signal, names: Notation) -> FlattenPart:
        return FlattenPart(self, PartSetting(names), signal)


class FlattenPart(Part):
    def make_output(self, setting: PartSetting) -> Layout:
        start = int(self.signal.batched)
        return (*self.input_layout[:start], axes_of(self.input_layout[start:]))

    def stages(self) -> Sequence[Stage]:
        names = self.notation
        return [Stage(names.output, self.output_layout, self.entry(names.input, axes_of(self.input_layout)))]


# -- Dropout -------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Dropout(Module):
    """Dropout with a fixed mask, as PyTorch's Dropout in training form computes it once the mask is drawn.

    a[i] = mask[i] z[i] / (1 - p); the mask is a buffer of the input's shape, with 1 for what is kept and 0 for what is
    dropped.

    Args:
        p: the probability with which an entry is dropped, 0 <= p < 1.

    Raises:
        SymconvError: p is not such a number.

    >>> from symconv import Sequential
    >>> net = Sequential(Dropout(0.2), input_shape=(2,))
    >>> net.buffers, net.forward["a1"].formula.rhs
    (('mask1',), 5*X[j]*mask1[j]/4)
    """

    p: Exact = Fraction(1, 2)

    def __post_init__(self) -> None:
        p = exact(self.p, "p")
        if not 0 <= p < 1:
            raise SymconvError(f"p={shown(self.p)}", "it is not from 0 to below 1", "use a number such as 0.5")
        object.__setattr__(self, "p", p)

    @property
    def scale(self) -> Fraction:
        """What is kept is multiplied by this."""
        return 1 / (1 - exact(self.p, "p"))

    def __repr__(self) -> str:
        return f"Dropout({float(exact(self.p, 'p'))})"

    def bind(self, signal: Signal, names: Notation) -> DropoutPart:
        return DropoutPart(self, PartSetting(names, (names.grad_output,)), signal)


class DropoutPart(Part):
    @property
    def roles(self) -> Mapping[str, str]:
        return {"mask": self.numbered("mask")}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {name: self.input_layout for name in self.buffers}

    def stages(self) -> Sequence[Stage]:
        axes, scale = axes_of(self.input_layout), self.module.scale
        kept = self.entry(self.numbered("mask"), axes) * self.entry(self.notation.input, axes)
        return [Stage(self.notation.output, self.output_layout, sp.Rational(scale) * kept)]
