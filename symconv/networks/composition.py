"""Composition: parts composed into a network, with the formulas of back-propagation through all of them.

Every part keeps its own formulas: its output in its inputs and parameters, and by the chain rule the derivatives
of the loss with respect to them, given that with respect to its output. Tensors between parts are shared by name,
not copied into each other, so the cost of a network is the sum of its parts' costs. A tensor that several parts read
has a derivative through each of them, a path, and its own is their sum.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import sympy as sp

from symconv.algebra.forms import Access, Form, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import GeometryError, SizeNameError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import FrozenMapping, Value
from symconv.geometry.arguments import Number
from symconv.geometry.axes import axes_of
from symconv.layers import Layer, Lazy
from symconv.networks.arguments import whole
from symconv.networks.binding import Binding, called
from symconv.networks.losses import Loss, LossPart
from symconv.networks.naming import common_notation, for_loss, input_names, output_letter, path_letters, read_loss
from symconv.networks.parts import Given, NetworkPart, Node, Path, at_numbers, common_batch_size, symbols_in
from symconv.networks.signals import PartNotation, PartSetting, Signal
from symconv.printing import jupyter as display
from symconv.printing.latex import Quantity
from symconv.printing.notation import Notation
from symconv.views import VIEWS, Computation

AnyNetwork = TypeVar("AnyNetwork", bound="Composition")


class Composition(Value):
    """Parts that read each other, and a loss; see ``Graph`` for the arguments.

    Args:
        nodes: the parts, each after those that it reads.
        shapes: of one example of every input, by the name under which nodes read it; None if the parts say it.
        outputs: names of the nodes that are outputs.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        shapes: Mapping[str, Any],
        outputs: Sequence[str],
        *,
        loss: Loss | str | None = None,
        batch_size: Number | None = None,
        views: Mapping[Any, str] | None = None,
        index_base: int | None = None,
        bold: bool = False,
        notation: Notation | None = None,
        allow_empty: bool = False,
    ) -> None:
        self.nodes = tuple(nodes)
        self.given: tuple[Given, ...] = tuple(node.given for node in nodes)
        self.output_names = tuple(outputs)
        self.loss = read_loss(loss)
        self.notation = common_notation(self.given, notation, index_base, bold)
        self.batch_size = common_batch_size(self.given, batch_size, 0 if allow_empty else 1)
        self.allow_empty = bool(allow_empty)
        self.chosen_views = self._read_views(views)
        self._users_symbols = symbols_in((self.given, tuple(shapes.values()), batch_size))
        binding = Binding(self.nodes, self.notation, self.batch_size, self.chosen_views, self._users_symbols)
        names = input_names(tuple(shapes), self.notation)
        self.inputs: Mapping[str, Signal] = FrozenMapping(
            {source: binding.input(name, source, shape) for name, (source, shape) in zip(names, shapes.items())}
        )
        signals = dict(self.inputs)
        made: list[NetworkPart] = []
        for number, node in enumerate(self.nodes, 1):
            made.append(binding.part(number, [signals[source] for source in node.sources]))
            signals[node.name] = binding.named(made[-1].after, number)
        self.parts = tuple(made)
        self.sizes = binding.sizes
        self._binding = binding
        self._signals = {signal.name: signal for signal in signals.values()}
        self.loss_part = None if self.loss is None else self._bind_loss(self.loss, signals)
        self._check_names()

    def _key(self) -> tuple[Hashable, ...]:
        views = FrozenMapping(self.chosen_views)
        shapes = tuple(self.inputs.items())
        names = (self.output_names, self.notation)
        return (self.nodes, names, self.loss, shapes, self.batch_size, views, self.allow_empty)

    def _options(self) -> list[str]:
        """The arguments that all networks have, as text."""
        options = [] if self.loss is None else [f"loss={self.loss!r}"]
        if len(self.inputs) > 1 or not isinstance(self.given[0], Layer):
            options.append(f"input_shape={self.input_shapes()}")
        if self.batch_size is not None:
            options.append(f"batch_size={self.batch_size}")
        if self.allow_empty:
            options.append("allow_empty=True")
        if self.chosen_views:
            options.append(f"views={self.chosen_views}")
        return options

    def input_shapes(self) -> Any:
        """The shape of one example; of several inputs by their names."""
        if len(self.inputs) == 1:
            return self.input.features
        return {source: signal.features for source, signal in self.inputs.items()}

    @property
    def input(self) -> Signal:
        """The network's input; the first one of several."""
        return next(iter(self.inputs.values()))

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
        inputs = [signal.name for signal in self.inputs.values()]
        own = (n for one in self._computations() for n in (*one.notation.names, *one.tensors))
        if clash := sorted(self._users_symbols & {*inputs, *own}):
            raise SizeNameError(clash[0], "the network", "use another symbol")

    def _read_views(self, views: Any) -> dict[int, str]:
        """The view of a layer by number of the part; users may also say its name."""
        if views is not None and not isinstance(views, Mapping):
            raise SymconvError(f"views={shown(views)}", "not a map from parts to views", 'use views={1: "patches"}')
        numbers = {node.name: number for number, node in enumerate(self.nodes, 1)}
        found = {}
        for key, view in (views or {}).items():
            number = numbers.get(key) if isinstance(key, str) else key
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(self.nodes):
                raise SymconvError(
                    f"views={{{shown(key)}: ..}}", "there is no part with this number", f"use 1 to {len(self.nodes)}"
                )
            node = self.nodes[number - 1]
            kind = node.given.kind if isinstance(node.given, Lazy) else type(node.given)
            if not issubclass(kind, Layer):
                raise SymconvError(
                    f"a view of {called(number, node)}, {shown(node.given)}", "it has only one", "leave it out"
                )
            if view not in VIEWS:
                raise SymconvError(
                    f"the view {shown(view)} of {called(number, node)}", "no such view", instead_of(view, VIEWS)
                )
            found[number] = view
        return found

    def same_size(self, a: Number, b: Number) -> bool:
        """Whether two sizes are the same, the network's own symbols written out."""
        return self._binding.same_size(a, b)

    def written_out(self, size: Number) -> Number:
        """A size in the users' symbols."""
        return self._binding.written_out(size)

    def _bind_loss(self, loss: Loss, signals: Mapping[str, Signal]) -> LossPart:
        if len(self.output_names) > 1:
            raise SymconvError(
                f"loss={loss!r} of the outputs {', '.join(self.output_names)}", "a loss is one of a single output",
                "name one output, or leave the loss out and give the derivative with respect to every output",
            )  # fmt: skip
        signal = signals[self.output_names[0]]
        number = len(self.given) + 1  # so that no name is one of the last part
        names = PartNotation.numbered(number, signal.name, output_letter("a", self.notation), self.notation)
        return loss.bind(signal, for_loss(names, self.notation))

    # -- nodes ---------------------------------------------------------------------------------------

    def part(self, name: str | int) -> NetworkPart:
        """A part by its name, or its number.

        Raises:
            SymconvError: the network has none.
        """
        for one in self.parts:
            if name in (one.name, one.number) and not isinstance(name, bool):
                return one
        raise SymconvError(f"the part {shown(name)}", "no such part", instead_of(name, [p.name for p in self.parts]))

    @property
    def is_chain(self) -> bool:
        """Whether every part reads the one before it, and nothing else."""
        names = [*self.inputs, *(node.name for node in self.nodes)]
        return len(self.inputs) == 1 and all(node.sources == (before,) for node, before in zip(self.nodes, names))

    @property
    def outputs(self) -> tuple[NetworkPart, ...]:
        """The parts whose outputs are those of the network."""
        return tuple(part for part in self.parts if part.name in self.output_names)

    def signal(self, name: str) -> Signal:
        """An input or an output of a part, by the tensor's name."""
        return self._signals[name]

    # -- formulas ------------------------------------------------------------------------------------

    @property
    def output_shape(self) -> tuple[Number, ...]:
        """The output's shape, before the loss; that of the last of several."""
        return tuple(map(self.written_out, self.outputs[-1].after.shape))

    @cached_property
    def forward(self) -> Mapping[str, TensorFormula]:
        """Every part's output by name, each in the tensors that the part reads; before it, what it is computed from."""
        return FrozenMapping({name: formula for part in self.parts for name, formula in part.outputs.items()})

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
    def paths(self) -> Mapping[str, tuple[Path, ...]]:
        """On which paths the loss depends on an input or an output, by its name, the last one first.

        A path goes through a part that reads it, or, of an output of the network, to the loss.
        """
        readers: dict[str, list[NetworkPart | None]] = {name: [] for name in self._signals}
        for part in self.outputs:
            readers[part.after.name].append(None)
        for part in reversed(self.parts):
            for source in part.sources:
                readers[source.name].append(part)
        numbers = {part.after.name: part.number for part in self.parts}
        inputs = [signal.name for signal in self.inputs.values()]
        shared = sum(len(readers[name]) for name in inputs if len(readers[name]) > 1)
        letters = iter(path_letters(shared))
        found: dict[str, tuple[Path, ...]] = {}
        for name in (*inputs, *numbers):
            own = self.delta(numbers[name]) if name in numbers else self.derivative(name)
            through = readers[name]
            if len(through) == 1:
                found[name] = (Path(own, through[0]),)
                continue
            each = letters if name in inputs else iter(path_letters(len(through)))
            number = numbers.get(name, 0)
            found[name] = tuple(Path(f"{self.notation.grad_output}_{next(each)}{number}", one) for one in through)
        return FrozenMapping(found)

    @cached_property
    def upstream(self) -> Mapping[str, TensorFormula]:
        """dL/d output of every part, the last first, each in those of the parts that read it.

        If several parts read it, the derivative through each of them comes first, and then their sum; so it is with an
        input that several parts read. Without a loss those by the outputs are given, and not in here.
        """
        found: dict[str, TensorFormula] = {}
        for part in reversed(self.parts):
            found |= self._through(part.after.name)
            if len(self.paths[part.after.name]) > 1:
                found[self.delta(part.number)] = self._added(part.after.name)
        for signal in self.inputs.values():
            if len(self.paths[signal.name]) > 1:
                found |= self._through(signal.name)
        return FrozenMapping(found)

    def _through(self, name: str) -> dict[str, TensorFormula]:
        """The derivative with respect to a tensor on every path, but for what is given."""
        found = {}
        for path in self.paths[name]:
            if path.part is not None:
                found[path.name] = _renamed(path.part.grad_by(name), Quantity(path.name))
            elif self.loss_part is not None:
                found[path.name] = _renamed(self.loss_part.grad_input, Quantity(path.name))
        return found

    def _added(self, name: str) -> TensorFormula:
        """The derivative with respect to a tensor, as the sum of those on all paths."""
        signal, paths = self._signals[name], self.paths[name]
        number = next((part.number for part in self.parts if part.after.name == name), 0)
        letter = output_letter("a", self.notation)
        setting = PartSetting(PartNotation.numbered(number, self.input.name, letter, self.notation))
        layout = setting.layout(signal.dimensions)
        at = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout))
        terms = [Term.make(ONE, (Access(tensor_of(path.name, layout), at),)) for path in paths]
        quantity = Quantity(self.delta(number)) if number else Quantity(self.notation.loss, name)
        return TensorFormula(quantity, Form(tuple(terms)), layout, setting, {path.name: layout for path in paths})

    def delta(self, number: int) -> str:
        """The name of the derivative of the loss with respect to the output of part ``number``."""
        return f"{self.notation.grad_output}{number}"

    def derivative(self, name: str) -> str:
        """The name of the derivative of the loss with respect to a tensor."""
        return f"d{self.notation.loss}_d{name}"

    @property
    def grad_input(self) -> TensorFormula:
        """dL/d input; of several, the first."""
        return self.grad_inputs[self.input.name]

    @cached_property
    def grad_inputs(self) -> Mapping[str, TensorFormula]:
        """dL/d input, by the name of the input."""
        found = {}
        for name in (signal.name for signal in self.inputs.values()):
            first, *others = self.paths[name]
            assert first.part is not None
            found[name] = self._added(name) if others else first.part.grad_by(name)
        return FrozenMapping(found)

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

    @cached_property
    def state_names(self) -> Mapping[str, str]:
        """Parameters and buffers as PyTorch's ``state_dict`` calls them, each with its name here.

        >>> from symconv import Linear, Sequential
        >>> Sequential(Linear(4, 2), names=["fc"]).state_names
        {'fc.weight': 'w1', 'fc.bias': 'b1'}
        """
        return FrozenMapping({f"{part.name}.{role}": own for part in self.parts for role, own in part.roles.items()})

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
            SymconvError: the tensor does not exist.
        """
        if not isinstance(name, str):
            raise SymconvError(f"the tensor {shown(name)}", "not a name", "use text")
        if name in self._signals:
            return tuple(map(self.written_out, self._signals[name].shape))
        if name in self.given_deltas:
            return self.shape_of(self.given_deltas[name])
        for computation in self._computations():
            if name in computation.all_layouts:
                shape = computation.setting.shape_of(computation.all_layouts[name])
                return tuple(map(self.written_out, shape))
        known = (*(signal.name for signal in self.inputs.values()), *self.parameters, *self.buffers, *self.forward)
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

        least = 0 if self.allow_empty else 1
        numbers = {name: whole(value, name, least) for name, value in values.items()}
        if letters := [name for name, value in numbers.items() if not isinstance(value, int)]:
            raise GeometryError(f"{letters[0]}={values[letters[0]]}", "not a whole number", "give a whole number")

        def number(size: Number, least: int = 1) -> int:
            expression = sp.sympify(size, strict=True)
            return whole(
                expression.xreplace({s: sp.Integer(numbers[s.name]) for s in expression.free_symbols}), "a size", least
            )

        nodes = [replace(node, given=at_numbers(node.given, number, values)) for node in self.nodes]
        shapes = {source: [number(size) for size in signal.features] for source, signal in self.inputs.items()}
        batch_size = None if self.batch_size is None else number(self.batch_size, least)
        return self._remade(nodes, shapes, batch_size, self.chosen_views)

    def with_views(self: AnyNetwork, views: Mapping[Any, str] | str) -> AnyNetwork:
        """The same network with its layers in other views, by number or name of the part or one for all of them."""
        if isinstance(views, str):
            if views not in VIEWS:
                raise SymconvError(f"the view {shown(views)}", "no such view", instead_of(views, VIEWS))
            views = {part.number: views for part in self.parts if part.layer is not None and views in part.layer.views}
        shapes = {source: signal.features for source, signal in self.inputs.items()}
        return self._remade(self.nodes, shapes, self.batch_size, views)

    def _remade(
        self: AnyNetwork, nodes: Sequence[Node], shapes: Mapping[str, Any], batch_size: Number | None,
        views: Mapping[Any, str],
    ) -> AnyNetwork:  # fmt: skip
        """The same network of other nodes."""
        made = object.__new__(type(self))
        options: dict[str, Any] = {"loss": self.loss, "views": views, "notation": self.notation}
        options["allow_empty"] = self.allow_empty
        Composition.__init__(made, nodes, shapes, self.output_names, batch_size=batch_size, **options)
        return made

    @cached_property
    def given_deltas(self) -> Mapping[str, str]:
        """The derivatives that are given, each with the output that it is by."""
        if self.loss_part is not None:
            return FrozenMapping()
        return FrozenMapping(
            {path.name: name for name, paths in self.paths.items() for path in paths if path.part is None}
        )

    @property
    def wanted(self) -> tuple[str, ...]:
        """The tensors that ``evaluate`` wants."""
        judged = self.loss_part is not None and self.notation.target in self.loss_part.layouts
        last = (self.notation.target,) if judged else tuple(self.given_deltas)
        inputs = (signal.name for signal in self.inputs.values())
        return (*inputs, *self.parameters, *self.buffers, *last)


def _renamed(formula: TensorFormula, quantity: Quantity) -> TensorFormula:
    return TensorFormula(quantity, formula.form, formula.layout, formula.geometry, formula.layouts)
