"""Composition: parts composed into a network, with the formulas of back-propagation through all of them.

Every part keeps its own formulas: its output in its input and parameters, and by the chain rule the derivatives
of the loss with respect to both, given that with respect to its output. Tensors between parts are shared by name,
not copied into each other, so the cost of a network is the sum of its parts' costs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import sympy as sp

from symconv.errors import GeometryError, NotationError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import FrozenMapping, Value
from symconv.geometry.arguments import Number
from symconv.layers import Layer, Lazy
from symconv.networks.arguments import same, whole
from symconv.networks.losses import LOSSES, Loss, LossPart
from symconv.networks.modules import Linear, Module
from symconv.networks.parts import Given, NetworkPart, at_numbers, common_batch_size, has_weights, listed, symbols_in
from symconv.networks.signals import Dimension, PartNotation, Signal, dimensions_of
from symconv.printing import jupyter as display
from symconv.printing.latex import Quantity
from symconv.printing.notation import NOT_GIVEN, Notation
from symconv.views import VIEWS, Computation

AnyNetwork = TypeVar("AnyNetwork", bound="Composition")


class Composition(Value):
    """Parts one after the other, and a loss; see ``Sequential`` for the arguments."""

    def __init__(
        self,
        *parts: Given,
        loss: Loss | str | None = None,
        input_shape: Sequence[Number] | None = None,
        batch_size: Number | None = None,
        views: Mapping[int, str] | None = None,
        index_base: int | None = None,
        bold: bool = False,
        notation: Notation | None = None,
    ) -> None:
        if not parts:
            raise SymconvError("a network without parts", "there is nothing to compute", "give a layer or more")
        self.given = tuple(parts)
        self.loss = read_loss(loss)
        if views is not None and not isinstance(views, Mapping):
            raise SymconvError(f"views={shown(views)}", "not a map from parts to views", 'use views={1: "patches"}')
        self.chosen_views = dict(views or {})
        self.notation = common_notation(parts, notation, index_base, bold)
        self.sizes: dict[sp.Symbol, sp.Expr] = {}
        self.batch_size = common_batch_size(parts, batch_size)
        self._check_views()
        self._users_symbols = symbols_in((parts, input_shape, batch_size))
        signal = self.input = self._first(parts[0], input_shape)
        made: list[NetworkPart] = []
        for number, given in enumerate(parts, 1):
            made.append(self._part(number, given, signal))
            signal = self._named(made[-1].after, number)
        self.parts = tuple(made)
        self.loss_part = None if self.loss is None else self._bind_loss(self.loss, signal)
        self._check_names()

    def _key(self) -> tuple[Hashable, ...]:
        views = FrozenMapping(self.chosen_views)
        return (self.given, self.loss, self.input, self.batch_size, views, self.notation)

    def __repr__(self) -> str:
        arguments = [repr(given) for given in self.given]
        if self.loss is not None:
            arguments.append(f"loss={self.loss!r}")
        if not isinstance(self.given[0], Layer):
            arguments.append(f"input_shape={self.input.features}")
        if self.batch_size is not None:
            arguments.append(f"batch_size={self.batch_size}")
        if self.chosen_views:
            arguments.append(f"views={self.chosen_views}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def _repr_html_(self) -> str:
        formulas = [*self.forward.values(), *([self.loss_formula] if self.loss is not None else [])]
        return display.block(display.code(repr(self)), *(display.mathematics(one.latex()) for one in formulas))

    @property
    def index_base(self) -> int:
        """The number from which labels count."""
        return self.notation.index_base

    @property
    def bold(self) -> bool:
        """Whether letters of tensors are bold."""
        return self.notation.bold

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[NetworkPart]:
        return iter(self.parts)

    # -- composing -----------------------------------------------------------------------------------

    def _check_names(self) -> None:
        tensors = {self.input.name, *(n for one in self._computations() for n in (*one.notation.names, *one.tensors))}
        if clash := sorted(self._users_symbols & tensors):
            raise NotationError(
                f"the symbol {clash[0]} as a size", "a tensor of the network has that name", "use another symbol"
            )

    def _check_views(self) -> None:
        for number, view in self.chosen_views.items():
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(self.given):
                raise SymconvError(
                    f"views={{{shown(number)}: ..}}", "there is no part with this number", f"use 1 to {len(self.given)}"
                )
            given = self.given[number - 1]
            kind = given.kind if isinstance(given, Lazy) else type(given)
            if not issubclass(kind, Layer):
                raise SymconvError(f"a view of part {number}, {shown(given)}", "it has only one", "leave it out")
            if view not in VIEWS:
                raise SymconvError(
                    f"the view {shown(view)} of part {number}", "no such view", instead_of(view, VIEWS)
                )  # fmt: skip

    def _first(self, first: Given, input_shape: Sequence[Number] | None) -> Signal:
        """The network's input."""
        own: tuple[Number, ...] | None = None
        if isinstance(first, Layer):
            own = first.input_shape if first.batch_size is None else first.input_shape[1:]
        elif isinstance(first, Linear) and first.in_features is not None:
            own = (first.in_features,)
        if input_shape is None and own is None:
            raise GeometryError(
                f"{shown(first)} as the first part",
                "its input's size is not known",
                "give input_shape=(channels, *size)",
            )
        shape = own if input_shape is None else tuple(whole(size, "input_shape") for size in listed(input_shape))
        assert shape is not None
        names = [f"j{at}" for at in range(1, len(shape))] if len(shape) > 2 else ["j"] * (len(shape) - 1)
        letters = ["c", *names] if len(shape) > 1 or isinstance(first, (Layer, Lazy)) else ["j"]
        dimensions: list[Dimension] = [
            () if same(size, 1) and letter == "c" else ((letter, size),) for letter, size in zip(letters, shape)
        ]
        if self.batch_size is not None:
            dimensions.insert(0, () if same(self.batch_size, 1) else (("e", self.batch_size),))
        return Signal(self.notation.input, tuple(dimensions), self.batch_size is not None)

    def _named(self, signal: Signal, number: int) -> Signal:
        """The signal with symbols for sizes that are expressions, so that they do not grow from part to part."""
        seen = 0

        def named(size: Number) -> Number:
            nonlocal seen
            if isinstance(size, int) or size.is_Symbol:
                return size
            for symbol, meaning in self.sizes.items():
                if meaning == size:
                    return symbol
            seen += 1
            name = f"m{number}_{seen}"
            while name in self._users_symbols:
                name = f"m{name}"
            symbol = sp.Symbol(name, integer=True, positive=True)
            self.sizes[symbol] = size
            return symbol

        dimensions = tuple(
            tuple((letter, named(size)) for letter, size in dimension) for dimension in signal.dimensions
        )
        return Signal(signal.name, dimensions, signal.batched, tuple(self.sizes.items()))

    def _part(self, number: int, given: Given, signal: Signal) -> NetworkPart:
        kind = given.LETTER if isinstance(given, Module) else "z" if has_weights(given) else "a"
        names = PartNotation.numbered(number, signal.name, output_letter(kind, self.notation), self.notation)
        try:
            if isinstance(given, (Layer, Lazy)):
                return self._layer_part(number, given, signal, names)
            if isinstance(given, Module) and not isinstance(given, Loss):
                part = given.bind(signal, names)
                return NetworkPart(number, given, part, part.parameters, part.buffers, part.after)
        except GeometryError as error:
            raise GeometryError(
                f"{self._before(number)} of shape {signal.spelled_shape}, then part {number}, {given!r}", str(error),
                "change one of the two",
            ) from error  # fmt: skip
        raise SymconvError(
            f"{shown(given)} as part {number}", "it is neither a layer nor a module of a network",
            "use Conv, ConvTranspose, AvgPool, MaxPool, Upsample, Linear, Activation, Flatten or BatchNorm",
        )  # fmt: skip

    def _before(self, number: int) -> str:
        return "an input" if number == 1 else f"part {number - 1}, {self.given[number - 2]!r}, with an output"

    def _layer_part(self, number: int, given: Layer | Lazy, signal: Signal, names: PartNotation) -> NetworkPart:
        if isinstance(given, Lazy):
            if len(signal.features) < 2:
                raise GeometryError(
                    f"an input of shape {signal.spelled_shape}",
                    "it has no spatial dimensions",
                    "shape (channels, *size) is read",
                )
            layer = given.layer(signal.features, self.batch_size, names)
            assert isinstance(layer, Layer)
        else:
            layer = type(given)(**{**given.arguments(), "notation": names, "batch_size": self.batch_size})
            if len(layer.input_shape) != len(signal.shape) or not all(
                self.same_size(a, b) for a, b in zip(layer.input_shape, signal.shape)
            ):
                raise GeometryError(
                    f"an input of shape {signal.spelled_shape}", f"it reads shape {layer.input_shape}",
                    f"make it for an input of shape {signal.features}, or use {type(given).__name__}.lazy(..)",
                )  # fmt: skip
        chosen = self.chosen_views.get(number, "direct")
        if chosen not in layer.views:
            raise SymconvError(
                f"the view {shown(chosen)} of part {number}, {shown(given)}", "the layer has no such view",
                instead_of(chosen, layer.views),
            )  # fmt: skip
        view = layer.views[chosen]
        weight = (names.weight,) if layer.fixed_kernel is None else ()
        parameters = (*weight, *((names.bias,) if layer.bias_term else ()))
        after = Signal(names.output, dimensions_of(layer.output_layout, layer.written), signal.batched)
        return NetworkPart(number, given, view, parameters, (), after)

    def same_size(self, a: Number, b: Number) -> bool:
        """Whether two sizes are the same, the network's own symbols written out."""
        return same(self.written_out(a), self.written_out(b))

    def written_out(self, size: Number) -> Number:
        """A size in the users' symbols."""
        return Signal("", (), False, tuple(self.sizes.items())).spelled(size)

    def _bind_loss(self, loss: Loss, signal: Signal) -> LossPart:
        number = len(self.given) + 1  # so that no name is one of the last part
        names = PartNotation.numbered(number, signal.name, output_letter("a", self.notation), self.notation)
        return loss.bind(signal, _for_loss(names, self.notation))

    # -- formulas ------------------------------------------------------------------------------------

    @property
    def output_shape(self) -> tuple[Number, ...]:
        """The output's shape, before the loss."""
        return tuple(map(self.written_out, self.parts[-1].after.shape))

    @cached_property
    def forward(self) -> Mapping[str, TensorFormula]:
        """Every part's output by name, each in the output of the part before."""
        return FrozenMapping({part.after.name: part.output for part in self.parts})

    @property
    def loss_formula(self) -> TensorFormula:
        """L in the last output and the target.

        Raises:
            SymconvError: the network has no loss.
        """
        return self.required_loss().output

    def required_loss(self) -> LossPart:
        """The loss, or an error if there is none."""
        if self.loss_part is None:
            raise SymconvError("a network without a loss", "its loss is any function of the output", "give loss=..")
        return self.loss_part

    @cached_property
    def upstream(self) -> Mapping[str, TensorFormula]:
        """dL/d output of every part, the last first, each in that of the part after it.

        Without a loss the last one, delta<number of parts>, is given and not in here.
        """
        found = {}
        if self.loss_part is not None:
            found[self.delta(len(self))] = self.loss_part.grad_input
        for part in reversed(self.parts[1:]):
            found[self.delta(part.number - 1)] = part.grad_input
        return FrozenMapping({name: _renamed(formula, Quantity(name)) for name, formula in found.items()})

    def delta(self, number: int) -> str:
        """The name of the derivative of the loss with respect to the output of part ``number``."""
        return f"{self.notation.grad_output}{number}"

    def derivative(self, name: str) -> str:
        """The name of the derivative of the loss with respect to a tensor."""
        return f"d{self.notation.loss}_d{name}"

    @property
    def grad_input(self) -> TensorFormula:
        """dL/d input."""
        return self.parts[0].grad_input

    @cached_property
    def gradients(self) -> Mapping[str, TensorFormula]:
        """dL/d parameter by its name, the last part's first, as back-propagation finds them."""
        return FrozenMapping({name: part.gradient(name) for part in reversed(self.parts) for name in part.parameters})

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of what is learned, in order of the parts."""
        return tuple(name for part in self.parts for name in part.parameters)

    @property
    def buffers(self) -> tuple[str, ...]:
        """Names of what is fixed, means and variances."""
        return tuple(name for part in self.parts for name in part.buffers)

    @property
    def symbol_names(self) -> tuple[str, ...]:
        """The users' symbols for sizes."""
        return tuple(sorted(self._users_symbols))

    @property
    def is_concrete(self) -> bool:
        """Whether every size is a number."""
        return not self.symbol_names

    def shape_of(self, name: str) -> tuple[Number, ...]:
        """The shape of the input, of a part's output, a parameter, a buffer or the target.

        Raises:
            SymconvError: there is no such tensor.
        """
        if not isinstance(name, str):
            raise SymconvError(f"the tensor {shown(name)}", "not a name", "use text")
        if name == self.input.name:
            return self.input.shape
        for computation in self._computations():
            if name in computation.all_layouts:
                shape = computation.setting.shape_of(computation.all_layouts[name])
                return tuple(map(self.written_out, shape))
        known = (self.input.name, *self.parameters, *self.buffers, *self.forward)
        raise SymconvError(f"the tensor {shown(name)}", "no such tensor", instead_of(name, known))

    def _computations(self) -> Iterator[Computation]:
        yield from (part.computation for part in self.parts)
        if self.loss_part is not None:
            yield self.loss_part

    # -- other networks ------------------------------------------------------------------------------

    def at(self: AnyNetwork, /, **values: int) -> AnyNetwork:
        """The network with numbers for its symbols, by name.

        Raises:
            GeometryError: a symbol has no number, or the numbers do not describe a network.
        """
        if set(values) != set(self.symbol_names):
            raise GeometryError(
                f"values for {', '.join(sorted(values)) or 'nothing'}",
                f"the network's symbols are {', '.join(self.symbol_names) or 'none'}",
                "give a whole number for each of them",
            )

        numbers = {name: whole(value, name) for name, value in values.items()}
        if letters := [name for name, value in numbers.items() if not isinstance(value, int)]:
            raise GeometryError(f"{letters[0]}={values[letters[0]]}", "not a whole number", "give a whole number")

        def number(size: Number) -> int:
            expression = sp.sympify(size, strict=True)
            return whole(
                expression.xreplace({s: sp.Integer(numbers[s.name]) for s in expression.free_symbols}), "a size"
            )

        given = [at_numbers(part, number, values) for part in self.given]
        own = isinstance(self.given[0], Layer)
        return type(self)(
            *given, loss=self.loss, input_shape=None if own else [number(size) for size in self.input.features],
            batch_size=None if self.batch_size is None else number(self.batch_size), views=self.chosen_views,
            notation=self.notation,
        )  # fmt: skip

    def with_views(self: AnyNetwork, views: Mapping[int, str] | str) -> AnyNetwork:
        """The same network with its layers in other views, by number of the part or one for all of them."""
        if isinstance(views, str):
            if views not in VIEWS:
                raise SymconvError(f"the view {shown(views)}", "no such view", instead_of(views, VIEWS))
            views = {part.number: views for part in self.parts if part.layer is not None and views in part.layer.views}
        own = isinstance(self.given[0], Layer)
        return type(self)(
            *self.given, loss=self.loss, input_shape=None if own else self.input.features, batch_size=self.batch_size,
            views=views, notation=self.notation,
        )  # fmt: skip

    @property
    def wanted(self) -> tuple[str, ...]:
        """The tensors that ``evaluate`` wants."""
        last = self.delta(len(self)) if self.loss_part is None else self.notation.target
        judged = self.loss_part is None or self.notation.target in self.loss_part.layouts
        return (self.input.name, *self.parameters, *self.buffers, *((last,) if judged else ()))


def _renamed(formula: TensorFormula, quantity: Quantity) -> TensorFormula:
    return TensorFormula(quantity, formula.form, formula.layout, formula.geometry, formula.layouts)


def read_loss(loss: Loss | str | None) -> Loss | None:
    """The loss, from an object or its word.

    Raises:
        SymconvError: there is no such loss.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise SymconvError(f"loss={shown(loss)}", "no such loss", instead_of(loss, LOSSES))
        made = LOSSES[loss]()
        assert isinstance(made, Loss)
        return made
    if loss is not None and not isinstance(loss, Loss):
        raise SymconvError(
            f"loss={shown(loss)}", "not a loss", f"use one such as SquaredError(), or {', '.join(LOSSES)}"
        )
    return loss


def _for_loss(names: PartNotation, own: Notation) -> PartNotation:
    """The loss's own names: L for its result, D for its factor."""
    return replace(names, output=names.loss, loss=f"{names.loss}oss", scale=own.scale)


def common_notation(
    parts: Sequence[Given], notation: Notation | None, index_base: int | None, bold: bool
) -> Notation:  # fmt: skip
    """The names of a network: those that are given, or those of its layers.

    Raises:
        NotationError: it is not a notation, or two layers have different ones and the network has none of its own.
    """
    if notation is not None and not isinstance(notation, Notation):
        raise NotationError(f"notation={shown(notation)}", "not a notation", "use Notation(...)")
    if notation is None:
        said = (part.notation for part in parts if isinstance(part, Layer) and part.notation != Notation())
        first, *others = dict.fromkeys(said) or [Notation()]
        if others:
            raise NotationError(
                "layers with different notations", "the tensors of a network are named in one way",
                "use one notation for all layers, or Sequential(.., notation=Notation(..))",
            )  # fmt: skip
        notation = first
    if index_base is not None:
        notation = replace(notation, index_base=index_base, formula_base=NOT_GIVEN)
    return replace(notation, bold=bold) if bold is not False else notation


def output_letter(kind: str, names: Notation) -> str:
    """The letter of a part's output: z before an activation and a after one, unless the notation says otherwise."""
    own = [names.output] if kind == "z" and names.output != Notation.output else []
    taken = {names.weight, names.bias, names.grad_output, names.loss, names.target}
    return next(one for one in (*own, kind, "h", "y", "u", "s", "q", "f") if one not in taken)
