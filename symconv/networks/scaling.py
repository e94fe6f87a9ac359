"""Modules that scale and shift every entry: by numbers that are given, or by ones that are learned.

``Rescaling`` has fixed numbers. ``Scale`` and ``Shift`` learn a tensor that is repeated along axes of size 1, and
``PReLU`` the slope of its negative side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import sympy as sp

from symconv.algebra.forms import Tensor
from symconv.errors import GeometryError, shown
from symconv.geometry.arguments import SEQUENCES, Number
from symconv.geometry.axes import Layout, axes_of
from symconv.networks.arguments import Exact, exact, same, whole
from symconv.networks.functions import Function, pointwise
from symconv.networks.modules import Module, Part
from symconv.networks.signals import PartSetting, Signal
from symconv.printing.notation import Notation
from symconv.views import Stage

# -- by numbers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Rescaling(Module):
    """Every entry times a number, plus a number, as Keras's Rescaling.

    a[i] = scale x[i] + offset, such as -x, x / 2 and 1 - x.

    Args:
        scale, offset: exact numbers; a float is taken as it is written.

    Raises:
        SymconvError: one of them is not a number.

    >>> from symconv import Sequential
    >>> net = Sequential(Rescaling(-1, 1), input_shape=(2,))
    >>> net.forward["a1"].array(), net.grad_input.array()
    ([1 - X1, 1 - X2], [-delta1_1, -delta1_2])
    """

    scale: Exact
    offset: Exact = Fraction(0)

    def __post_init__(self) -> None:
        for name in ("scale", "offset"):
            object.__setattr__(self, name, exact(getattr(self, name), name))

    def __repr__(self) -> str:
        return f"Rescaling({self.scale}{f', {self.offset}' if self.offset else ''})"

    def bind(self, signal: Signal, names: Notation) -> RescalingPart:
        return RescalingPart(self, PartSetting(names), signal)


class RescalingPart(Part):
    def stages(self) -> Sequence[Stage]:
        scale, offset = (sp.Rational(exact(one, "a number")) for one in (self.module.scale, self.module.offset))
        body = scale * self.entry(self.notation.input, axes_of(self.input_layout)) + offset
        return [Stage(self.notation.output, self.output_layout, body)]


# -- by what is learned --------------------------------------------------------------------------------


class _Learned(Module):
    """A tensor of a shape of its own, which meets the input's last axes, as PyTorch broadcasts."""

    shape: tuple[Number, ...]
    learned: bool
    ROLE: ClassVar[str]

    @property
    def role(self) -> str:
        """What its tensor is called in a state dict; one that is fixed is a buffer."""
        return self.ROLE if self.learned else f"fixed_{self.ROLE}"

    def __post_init__(self) -> None:
        if not isinstance(self.learned, bool):
            raise GeometryError(f"learned={shown(self.learned)}", "it is neither True nor False", "use True or False")
        given = tuple(self.shape) if isinstance(self.shape, SEQUENCES) else (self.shape,)
        object.__setattr__(self, "shape", tuple(whole(size, "shape") for size in given))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.shape}{'' if self.learned else ', learned=False'})"

    def at(self, number: Callable[[Number], int]) -> Module:
        return replace(self, shape=tuple(map(number, self.shape)))  # type: ignore[type-var]

    def bind(self, signal: Signal, names: Notation) -> LearnedPart:
        order = (names.grad_output, names.weight, names.input)
        features = tuple(map(signal.spelled, signal.features))
        for at, size in enumerate(reversed(self.shape), 1):
            own = features[-at] if at <= len(features) else 1
            if not same(size, 1) and not same(size, own):
                raise GeometryError(
                    f"{self!r} of an input of shape {features}", f"axis {-at} has {own} entries, not {size}",
                    "use the input's size there, or 1",
                )  # fmt: skip
        return LearnedPart(self, PartSetting(names, order), signal)


class LearnedPart(Part):
    @property
    def own(self) -> Layout:
        """The layout of what is learned: the input's axes, but for those that it has once."""
        last = self.input_layout[::-1]
        made = []
        for at, size in enumerate(reversed(self.module.shape)):
            made.append(last[at] if at < len(last) and not same(size, 1) else ())
        return tuple(made[::-1])

    @property
    def roles(self) -> Mapping[str, str]:
        return {self.module.role: getattr(self.notation, self.module.ROLE)}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {name: self.own for name in self.roles.values()}

    def stages(self) -> Sequence[Stage]:
        (name,) = self.roles.values()
        learned = self.entry(name, axes_of(self.own))
        x = self.entry(self.notation.input, axes_of(self.input_layout))
        body = learned * x if self.module.ROLE == "weight" else x + learned
        return [Stage(self.notation.output, self.output_layout, body)]


@dataclass(frozen=True, repr=False)
class Scale(_Learned):
    """Every entry times a number that is learned, as the layer scale of ConvNeXt and the scale of a residual branch.

    a[c, i] = w[c] x[c, i], if the shape is (C, 1).

    Args:
        shape: of what is learned. It meets the last axes of the input, and an axis of size 1 is repeated: (C, 1, 1)
            has a number for each channel of an image, () one for all.
        learned: whether it is a parameter; if not, it is a buffer, which is fixed.

    Raises:
        GeometryError: a size is not one; within a network, the shape does not fit the input.

    >>> from symconv import Sequential
    >>> net = Sequential(Scale((2, 1)), input_shape=(2, 2))
    >>> net.gradients["w1"].formula
    Eq(dL_dw1[c], Sum(X[c, j]*delta1[c, j], (j, 0, 1)))
    """

    shape: tuple[Number, ...] = ()
    learned: bool = True
    ROLE = "weight"


@dataclass(frozen=True, repr=False)
class Shift(_Learned):
    """Every entry plus a number that is learned, as a bias of its own or a code of positions.

    a[c, i] = x[c, i] + b[c, i].

    Args:
        shape, learned: as for ``Scale``.

    Raises:
        GeometryError: a size is not one; within a network, the shape does not fit the input.

    >>> from symconv import Sequential
    >>> Sequential(Shift((2,)), input_shape=(2, 2)).gradients["b1"].formula
    Eq(dL_db1[j], Sum(delta1[c, j], (c, 0, 1)))
    """

    shape: tuple[Number, ...] = ()
    learned: bool = True
    ROLE = "bias"


# -- PReLU ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class PReLU(Module):
    """relu with a slope for negative numbers that is learned, as PyTorch's PReLU (He et al. 2015).

    a[c, i] = relu(z[c, i]) + w[c] (z[c, i] - relu(z[c, i])), that is z for z > 0, else w z. At 0 the derivative is w.

    Args:
        num_parameters: 1, or as many as the input has channels.

    Raises:
        GeometryError: it is not a whole number of at least 1; within a network, it is not that of the channels.

    >>> from symconv import Sequential
    >>> net = Sequential(PReLU(), input_shape=(2,))
    >>> net.evaluate(X=[3, -2], w1=[1], delta1=[1, 10])["dL_dw1"].tolist()
    [-20]
    """

    num_parameters: Number = 1
    kinks: ClassVar = (Fraction(0),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "num_parameters", whole(self.num_parameters, "num_parameters"))

    def __repr__(self) -> str:
        return f"PReLU({'' if self.num_parameters == 1 else self.num_parameters})"

    def at(self, number: Callable[[Number], int]) -> PReLU:
        return replace(self, num_parameters=number(self.num_parameters))

    def bind(self, signal: Signal, names: Notation) -> PReLUPart:
        channels = signal.spelled(signal.features[0]) if signal.features else 1
        if not same(self.num_parameters, 1) and not same(self.num_parameters, channels):
            wrong = f"it has {channels} channels, not {self.num_parameters}"
            raise GeometryError(f"{self!r} of an input of shape {signal.spelled_shape}", wrong, "use 1, or as many")
        return PReLUPart(self, PartSetting(names, (names.grad_output, names.weight, names.input)), signal)


class PReLUPart(Part):
    @property
    def own(self) -> Layout:
        """One slope, or one for every channel."""
        return ((),) if same(self.module.num_parameters, 1) else (self.input_layout[int(self.signal.batched)],)

    @property
    def roles(self) -> Mapping[str, str]:
        return {"weight": self.notation.weight}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {self.notation.weight: self.own}

    def functions(self) -> Sequence[Tensor]:
        return (pointwise(Function("relu"), self.plain(self.notation.input)),)

    def stages(self) -> Sequence[Stage]:
        (applied,) = self.functions()
        z, positive = (self.entry(name, axes_of(self.input_layout)) for name in (self.notation.input, applied.name))
        slope = self.entry(self.notation.weight, axes_of(self.own))
        return [Stage(self.notation.output, self.output_layout, sp.expand(positive + slope * (z - positive)))]
