"""Normalisation: BatchNorm, LayerNorm, GroupNorm, InstanceNorm.

Every entry is compared with the mean and the variance of the entries that are normalised together:

    z = gamma xhat + beta,  xhat = (x - mean) / sqrt(var + eps).

What varies is along which axes these are taken, and which axes gamma and beta have. With statistics of the data itself
a part has a stage for each step, so that its gradients follow by the chain rule like all others; ``closed_form.py``
makes the known formula of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.forms import Access, Form, Tensor, Term
from symconv.algebra.normal_form import normal_form, readable
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import GeometryError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Reciprocal
from symconv.networks.arguments import Exact, exact, same, whole
from symconv.networks.closed_form import Normal, agree
from symconv.networks.functions import inverse_root
from symconv.networks.modules import Module, Part
from symconv.networks.signals import Dimension, PartNotation, PartSetting, Signal
from symconv.printing.notation import Notation
from symconv.printing.quantity import Quantity
from symconv.views import Stage

EPS = Fraction(1, 100_000)


# -- parts -------------------------------------------------------------------------------------------------


class NormPart(Part):
    """What all normalisations share: gamma and beta."""

    @property
    def affine(self) -> Layout:
        """The dimensions of gamma and beta."""
        affine: Layout = self.module.affine_dimensions(self.input_layout, int(self.signal.batched))
        return affine

    @property
    def kept(self) -> Layout:
        """The dimensions of mean and variance."""
        kept: Layout = self.module.kept_dimensions(self.input_layout, int(self.signal.batched))
        return kept

    @property
    def roles(self) -> Mapping[str, str]:
        learned = {"weight": self.numbered("gamma"), "bias": self.numbered("beta")}
        return {role: name for role, name in learned.items() if role in self.module.learned}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {name: self.affine for name in self.parameters}

    def make_input(self, setting: PartSetting) -> Layout:
        return setting.layout(self.module.dimensions(self.signal))

    @cached_property
    def after(self) -> Signal:
        return Signal(self.notation.output, self.signal.dimensions, self.signal.batched)

    @property
    def root(self) -> Tensor:
        """1 / sqrt(var + eps)."""
        return inverse_root(self.plain(self.numbered("var")), self.module.eps)

    def functions(self) -> Sequence[Tensor]:
        return (self.root,)

    def affinely(self, body: sp.Expr) -> sp.Expr:
        """gamma times the body, plus beta, as far as they are learned."""
        if "weight" in self.roles:
            body = self.entry(self.roles["weight"], axes_of(self.affine)) * body
        if "bias" in self.roles:
            body += self.entry(self.roles["bias"], axes_of(self.affine))
        return body


class FixedNormPart(NormPart):
    """With a mean and a variance that are given."""

    @property
    def roles(self) -> Mapping[str, str]:
        return {**super().roles, "running_mean": self.numbered("mean"), "running_var": self.numbered("var")}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {**super().own_layouts(), **{name: self.kept for name in self.buffers}}

    def stages(self) -> Sequence[Stage]:
        names, c = self.notation, axes_of(self.kept)
        scale = self.entry(self.root.name, c)
        centered = self.entry(names.input, axes_of(self.input_layout)) - self.entry(self.numbered("mean"), c)
        if "weight" in self.roles:
            scale *= self.entry(self.roles["weight"], c)
        body = sp.expand(scale * centered)
        if "bias" in self.roles:
            body += self.entry(self.roles["bias"], c)
        return [Stage(names.output, self.output_layout, body)]


class DataNormPart(NormPart):
    """With the mean and the variance of the data, which depend on every entry."""

    SAVED: ClassVar[tuple[str, ...]] = ("mean", "centered", "var", "xhat")

    @property
    def saved(self) -> tuple[str, ...]:
        return tuple(map(self.numbered, self.SAVED))

    @property
    def reduced(self) -> tuple[Axis, ...]:
        """The axes of the entries that are normalised together."""
        kept = axes_of(self.kept)
        return tuple(axis for axis in axes_of(self.input_layout) if axis not in kept)

    @property
    def _symbolic(self) -> tuple[int, tuple[Polynomial, ...]]:
        """The count as a number times sizes that are symbols."""
        values = [axis.size.value for axis in self.reduced]
        sizes = tuple(axis.size for axis in self.reduced if axis.size.value is None)
        return prod(int(value) for value in values if value is not None), sizes

    def make_reciprocals(self, names: Notation) -> Mapping[str, Reciprocal]:
        _, sizes = self._symbolic
        return {names.scale: Reciprocal(prod(sizes, start=ONE))} if sizes else {}

    def own_layouts(self) -> Mapping[str, Layout]:
        return {**super().own_layouts(), **{name: () for name in self.part_setting.reciprocals}}

    def stage_layouts(self) -> dict[str, Layout]:
        mean, centered, var, xhat = self.saved
        own = {mean: self.kept, centered: self.input_layout, var: self.kept, xhat: self.input_layout}
        return {**own, **super().stage_layouts()}

    @property
    def share(self) -> sp.Expr:
        """1 over the count."""
        number, sizes = self._symbolic
        share = sp.Rational(1, number)
        return share * self.entry(self.notation.scale) if sizes else share

    def stages(self) -> Sequence[Stage]:
        names, (mean, centered, var, xhat) = self.notation, self.saved
        all_axes, kept = axes_of(self.input_layout), axes_of(self.kept)
        x, u = self.entry(names.input, all_axes), self.entry(centered, all_axes)
        return [
            Stage(mean, self.kept, self.sum(self.share * x, self.reduced)),
            Stage(centered, self.input_layout, x - self.entry(mean, kept)),
            Stage(var, self.kept, self.sum(self.share * u**2, self.reduced)),
            Stage(xhat, self.input_layout, u * self.entry(self.root.name, kept)),
            Stage(names.output, self.output_layout, self.affinely(self.entry(xhat, all_axes))),
        ]

    def _formula(self, quantity: Quantity, form: Form, layout: Layout, unfolded: bool = True) -> TensorFormula:
        """In the tensors of the stages, which are computed once."""
        return super()._formula(quantity, form, layout, False)

    # -- the gradient with respect to the input --------------------------------------------------------

    @property
    def normal(self) -> Normal:
        """The tensors of which two facts are known."""
        _, centered, _, xhat = (self.tensors[name] for name in self.saved)
        axes, kept = axes_of(self.input_layout), axes_of(self.kept)
        return Normal(centered, xhat, self.root, tuple(n for n, axis in enumerate(axes) if axis in kept))

    @cached_property
    def by_chain_rule(self) -> Mapping[str, Form]:
        """Every derivative as the chain rule gives it."""
        return self.derived()

    @cached_property
    def sifted(self) -> Mapping[str, Form]:
        """The same without deltas."""
        found = {}
        for name, form in self.by_chain_rule.items():
            terms = normal_form(form, self.inside(name), self.setting.reading_order).result
            letters = self.tensors[name].letters  # no sum is over a letter of the entry itself
            found[name] = Form(tuple(readable(term).renamed_apart(letters) for term in terms))
        return found

    @cached_property
    def _adjoints(self) -> dict[str, Form]:
        return {name: self.normal.closed(form) for name, form in self.sifted.items()}

    @property
    def textbook(self) -> Form:
        """The known closed form of dL/d input."""
        letters = [axis.letter for axis in axes_of(self.input_layout)]
        gamma = None
        if "weight" in self.roles:
            affine = [Polynomial.name(axis.letter) for axis in axes_of(self.affine)]
            gamma = Access(self.tensors[self.roles["weight"]], tuple(affine))
        number, sizes = self._symbolic
        factors = (Access(self.tensors[self.notation.scale], ()),) if sizes else ()
        share = Form((Term.make(Polynomial.constant(Fraction(1, number)), factors),))
        return self.normal.textbook(self.tensors[self.notation.grad_output], gamma, share, letters)

    def agrees(self) -> tuple[bool, int]:
        """Whether what the chain rule gives, the closed form here, and the known one are the same."""
        source = self.notation.input
        forms = [self.by_chain_rule[source], self._adjoints[source], self.textbook]
        return agree(forms, self.definitions, self.inside(source), self.share_of)

    @property
    def share_of(self) -> Mapping[Tensor, Sequence[Polynomial]]:
        """The tensor that is 1 over the count, if that has symbols, with the factors of the count."""
        _, sizes = self._symbolic
        return {self.tensors[self.notation.scale]: sizes} if sizes else {}


# -- modules -----------------------------------------------------------------------------------------------


class Norm(Module):
    """What all normalisations ask for."""

    LETTER: ClassVar[str] = "z"
    eps: Exact

    def __post_init__(self) -> None:
        object.__setattr__(self, "eps", exact(self.eps, "eps"))
        if exact(self.eps, "eps") <= 0:
            raise GeometryError(f"eps={self.eps}", "it is not positive", "use a small positive number")
        for name in ("affine", "elementwise_affine", "bias", "training"):
            value = getattr(self, name, False)
            if not isinstance(value, bool):
                raise GeometryError(f"{name}={shown(value)}", "it is neither True nor False", "use True or False")

    @property
    def learned(self) -> tuple[str, ...]:
        """The roles of what is learned."""
        return ("weight", "bias") if getattr(self, "affine", False) else ()

    def dimensions(self, signal: Signal) -> tuple[Dimension, ...]:
        """The input's dimensions, as they are read."""
        return signal.dimensions

    @abstractmethod
    def kept_dimensions(self, layout: Layout, batched: int) -> Layout:
        """The dimensions of mean and variance."""

    def affine_dimensions(self, layout: Layout, batched: int) -> Layout:
        """The dimensions of gamma and beta, by default the channels."""
        return (layout[batched],)

    def bind(self, signal: Signal, names: Notation) -> NormPart:
        if not signal.features:
            raise GeometryError(f"an input of shape {signal.shape}", "it has no channels", "use one dimension or more")
        self.check(signal)
        assert isinstance(names, PartNotation)
        number = names.number
        own = ("gamma", "R", "beta", "mean", "var")
        return self.part(PartSetting(names, (names.grad_output, *(f"{name}{number}" for name in own))), signal)

    def part(self, setting: PartSetting, signal: Signal) -> NormPart:
        """The part with its formulas."""
        return DataNormPart(self, setting, signal)

    def check(self, signal: Signal) -> None:
        """Raise if the input does not fit."""

    def check_channels(self, signal: Signal, name: str) -> None:
        """Raise if the number of channels that is given is not the input's."""
        found, given = signal.spelled(signal.features[0]), getattr(self, name)
        if given is not None and not same(given, found):
            raise GeometryError(
                f"an input of shape {signal.spelled_shape} for {self!r}",
                f"it has {found} channels, not {given}",
                f"use {name}={found}",
            )

    def check_several(self, signal: Signal, sizes: Sequence[Number]) -> None:
        """Raise if every entry is normalised alone, so that all of them become 0, or if there are not any."""
        if any(same(size, 0) for size in sizes):
            given = f"an input of shape {signal.spelled_shape} for {self!r}"
            raise GeometryError(given, "the mean of no entries is not a number", "use a batch with an example")
        if all(same(size, 1) for size in sizes):
            raise GeometryError(
                f"an input of shape {signal.spelled_shape} for {self!r}",
                "it normalises single entries, which makes all of them 0", "use an input with more than one of them",
            )  # fmt: skip


def _said(kind: str, *options: str) -> str:
    return f"{kind}({', '.join(filter(None, options))})"


@dataclass(frozen=True, repr=False)
class BatchNorm(Norm):
    """Batch normalisation, as PyTorch's BatchNorm in inference form, after ``eval()``, or in training form.

    z[c, i] = gamma[c] (x[c, i] - mean[c]) / sqrt(var[c] + eps) + beta[c].

    Args:
        num_features: number of channels; None to take it from the input.
        eps: > 0.
        affine: whether gamma and beta are learned; else they are 1 and 0.
        training: False if mean and var are fixed numbers, into which no gradient flows; True if they are the mean and
            the variance (divided by the number of entries) of a channel in all examples and positions.

    Raises:
        GeometryError: a size is not a whole number of at least 1, eps is not positive, or within a network a channel
            has only one entry to normalise in training form.

    >>> from symconv import Sequential
    >>> Sequential(BatchNorm(affine=False), input_shape=(1, 2)).forward["z1"].shape
    (1, 2)
    >>> net = Sequential(BatchNorm(training=True), input_shape=(3, 8), batch_size=16)
    >>> net.gradients["gamma1"].formula
    Eq(dL_dgamma1[c], Sum(delta1[e, c, j]*xhat1[e, c, j], (e, 0, 15), (j, 0, 7)))
    """

    num_features: Number | None = None
    eps: Exact = EPS
    affine: bool = True
    training: bool = False

    def __post_init__(self) -> None:
        if self.num_features is not None:
            object.__setattr__(self, "num_features", whole(self.num_features, "num_features"))
        super().__post_init__()

    def __repr__(self) -> str:
        return _said(
            "BatchNorm", _if(self.num_features is not None, str(self.num_features)), _eps(self.eps),
            _if(not self.affine, "affine=False"), _if(self.training, "training=True"),
        )  # fmt: skip

    def at(self, number: Callable[[Number], int]) -> BatchNorm:
        return self if self.num_features is None else replace(self, num_features=number(self.num_features))

    def check(self, signal: Signal) -> None:
        self.check_channels(signal, "num_features")
        if self.training:
            self.check_several(signal, [*signal.shape[: signal.batched], *signal.features[1:]])

    def kept_dimensions(self, layout: Layout, batched: int) -> Layout:
        return (layout[batched],)

    def part(self, setting: PartSetting, signal: Signal) -> NormPart:
        """The part with its formulas, in one of the two forms."""
        return (DataNormPart if self.training else FixedNormPart)(self, setting, signal)


@dataclass(frozen=True, repr=False)
class LayerNorm(Norm):
    """Layer normalisation of the last dimensions of every example, as PyTorch's LayerNorm.

    z[j] = gamma[j] (x[j] - mean) / sqrt(var + eps) + beta[j].

    Args:
        normalized_shape: sizes of the last dimensions, which are normalised together; None for all but the batch.
        eps: > 0.
        elementwise_affine: whether gamma and beta are learned.
        bias: whether beta is; only with ``elementwise_affine``.

    Raises:
        GeometryError: a size is not a whole number of at least 1, eps is not positive, or within a network the input
            has other sizes.

    >>> from symconv import Sequential
    >>> net = Sequential(LayerNorm(), input_shape=(4,), batch_size=2)
    >>> net.parameters, net.shape_of("mean1"), net.shape_of("gamma1")
    (('gamma1', 'beta1'), (2,), (4,))
    """

    normalized_shape: Number | tuple[Number, ...] | None = None
    eps: Exact = EPS
    elementwise_affine: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        if self.normalized_shape is not None:
            given = self.normalized_shape
            sizes = tuple(given) if isinstance(given, (tuple, list)) else (given,)
            if not sizes:
                raise GeometryError("normalized_shape=()", "it is empty", "use a size, or a tuple such as (3, 8, 8)")
            object.__setattr__(self, "normalized_shape", tuple(whole(size, "normalized_shape") for size in sizes))
        super().__post_init__()

    def __repr__(self) -> str:
        sizes = self.sizes
        shape = "" if sizes is None else str(sizes[0]) if len(sizes) == 1 else f"({', '.join(map(str, sizes))})"
        affine = _if(not self.elementwise_affine, "elementwise_affine=False")
        return _said("LayerNorm", shape, _eps(self.eps), affine, _if(not self.bias, "bias=False"))

    @property
    def sizes(self) -> tuple[Number, ...] | None:
        """The sizes that are normalised together."""
        assert self.normalized_shape is None or isinstance(self.normalized_shape, tuple)
        return self.normalized_shape

    @property
    def learned(self) -> tuple[str, ...]:
        return () if not self.elementwise_affine else ("weight", "bias") if self.bias else ("weight",)

    def at(self, number: Callable[[Number], int]) -> LayerNorm:
        return self if self.sizes is None else replace(self, normalized_shape=tuple(map(number, self.sizes)))

    def check(self, signal: Signal) -> None:
        if self.sizes is None:
            return
        found = tuple(map(signal.spelled, signal.features[-len(self.sizes) :]))
        if len(found) != len(self.sizes) or not all(map(same, found, self.sizes)):
            raise GeometryError(
                f"an input of shape {signal.spelled_shape} for {self!r}", f"its last dimensions are {found}",
                f"use normalized_shape={found}",
            )  # fmt: skip

    def kept_dimensions(self, layout: Layout, batched: int) -> Layout:
        return layout[:batched] if self.sizes is None else layout[: len(layout) - len(self.sizes)]

    def affine_dimensions(self, layout: Layout, batched: int) -> Layout:
        return layout[len(self.kept_dimensions(layout, batched)) :]


@dataclass(frozen=True, repr=False)
class GroupNorm(Norm):
    """Group normalisation of the channels of every example, as PyTorch's GroupNorm.

    Channel c is in group c // (C / num_groups); z[c, i] = gamma[c] (x[c, i] - mean[g]) / sqrt(var[g] + eps) + beta[c].

    Args:
        num_groups: number of groups, which divides the number of channels C.
        num_channels: C; None to take it from the input.
        eps: > 0.
        affine: whether gamma and beta are learned.

    Raises:
        GeometryError: a size is not a whole number of at least 1, eps is not positive, or within a network the number
            of channels is different, or not a multiple of the groups.

    >>> from symconv import Sequential
    >>> Sequential(GroupNorm(2), input_shape=(4, 8)).shape_of("mean1")
    (2,)
    """

    num_groups: Number
    num_channels: Number | None = None
    eps: Exact = EPS
    affine: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "num_groups", whole(self.num_groups, "num_groups"))
        if self.num_channels is not None:
            object.__setattr__(self, "num_channels", whole(self.num_channels, "num_channels"))
            self._of_a_group(self.num_channels)
        super().__post_init__()

    def __repr__(self) -> str:
        channels = _if(self.num_channels is not None, str(self.num_channels))
        return _said("GroupNorm", str(self.num_groups), channels, _eps(self.eps), _if(not self.affine, "affine=False"))

    def at(self, number: Callable[[Number], int]) -> GroupNorm:
        channels = None if self.num_channels is None else number(self.num_channels)
        return replace(self, num_groups=number(self.num_groups), num_channels=channels)

    def check(self, signal: Signal) -> None:
        self.check_channels(signal, "num_channels")
        self._of_a_group(signal.spelled(signal.features[0]))

    def _of_a_group(self, channels: Number) -> Number:
        """How many channels a group has."""
        each = sp.cancel(sp.sympify(channels, strict=True) / sp.sympify(self.num_groups, strict=True))
        if sp.denom(sp.together(each)) != 1:
            raise GeometryError(
                f"{channels} channels in {self.num_groups} groups", "the groups do not have the same size",
                "use a number of groups that divides the channels, such as G of G*Q channels",
            )  # fmt: skip
        return int(each) if each.is_Integer else each

    def dimensions(self, signal: Signal) -> tuple[Dimension, ...]:
        at = int(signal.batched)
        each = self._of_a_group(signal.spelled(signal.features[0]))
        sizes = [("g", self.num_groups), ("c", each)]
        channels = tuple((letter, size) for letter, size in sizes if not same(size, 1))
        return (*signal.dimensions[:at], channels, *signal.dimensions[at + 1 :])

    def kept_dimensions(self, layout: Layout, batched: int) -> Layout:
        return (*layout[:batched], () if same(self.num_groups, 1) else layout[batched][:1])


@dataclass(frozen=True, repr=False)
class InstanceNorm(Norm):
    """Instance normalisation of every channel of every example, as PyTorch's InstanceNorm.

    z[c, i] = gamma[c] (x[c, i] - mean[c]) / sqrt(var[c] + eps) + beta[c]; group normalisation with a group per channel.

    Args:
        num_features: number of channels; None to take it from the input.
        eps: > 0.
        affine: whether gamma and beta are learned.

    Raises:
        GeometryError: a size is not a whole number of at least 1, eps is not positive, or within a network a channel
            has only one position.

    >>> from symconv import Sequential
    >>> Sequential(InstanceNorm(), input_shape=(4, 8), batch_size=2).shape_of("mean1")
    (2, 4)
    """

    num_features: Number | None = None
    eps: Exact = EPS
    affine: bool = False

    def __post_init__(self) -> None:
        if self.num_features is not None:
            object.__setattr__(self, "num_features", whole(self.num_features, "num_features"))
        super().__post_init__()

    def __repr__(self) -> str:
        channels = _if(self.num_features is not None, str(self.num_features))
        return _said("InstanceNorm", channels, _eps(self.eps), _if(self.affine, "affine=True"))

    def at(self, number: Callable[[Number], int]) -> InstanceNorm:
        return self if self.num_features is None else replace(self, num_features=number(self.num_features))

    def check(self, signal: Signal) -> None:
        self.check_channels(signal, "num_features")
        self.check_several(signal, signal.features[1:])

    def kept_dimensions(self, layout: Layout, batched: int) -> Layout:
        return layout[: batched + 1]


def _if(said: bool, text: str) -> str:
    return text if said else ""


def _eps(eps: Any) -> str:
    return _if(eps != EPS, f"eps={float(eps)}")
