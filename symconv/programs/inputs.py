"""Parts of a layer as values of a program: what stands for the parameters of the function that is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import ArgumentsError, SymconvError
from symconv.formulas.tensor_formula import tensor_of
from symconv.geometry.axes import Axis
from symconv.programs.arguments import (
    Argument,
    Binding,
    CacheArgument,
    MappingArgument,
    NumberArgument,
    PlainArgument,
    ResultArgument,
    SequenceArgument,
    TensorArgument,
    without_single_axes,
)
from symconv.programs.caches import cache_of, context_of
from symconv.programs.construction import Construction, has_parameters, identity, shaped
from symconv.programs.conventions import ACTIVATIONS, RATES, SIZES, TENSORS, TRAINING, counts_zeros, role_of
from symconv.programs.forward import (
    Forward,
    context_name,
    defaults_of,
    forward_of,
    is_a_context,
    kept_as_given,
    returns_as_given,
    set_in,
    text_keys,
    unpacked_counts,
    used_as_sequences,
)
from symconv.programs.interpret.attributes import is_property
from symconv.programs.interpret.reader import Reader, made_old
from symconv.programs.interpret.unknown_calls import forget
from symconv.programs.iterables import items_of
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.library.registry import literal
from symconv.programs.outcomes import CodeError, ForwardError, OutOfScope, Unread
from symconv.programs.source import Target, named
from symconv.programs.unsaid import is_unsaid
from symconv.programs.values import Array, Instance, ListValue, Unknown

OF_A_TENSOR = frozenset(("val", "value", "data", "param", "w", "W", "b", "weight", "bias", "x", "X", "input", "A"))
"""The keys of a dictionary under which it has the tensor that its own name says."""
OF_ACCESS = frozenset(("__getattr__", "__getattribute__", "__setattr__"))
"""Methods with which a class decides itself what its attributes are."""
FOR_EACH_AXIS = frozenset(("stride", "padding", "dilation", "kernel_size"))
"""Hyper-parameters that have a value for each axis."""
LEARNED = ("weight", "bias")
"""What the first pass may make."""
PADDINGS = ("valid", "same")
"""Paddings that have a name."""
MOST_INPUTS = 16
"""Inputs of a forward pass that PyTorch calls, each of which is said to need a gradient."""


class Inputs:
    """Values for the parameters of a target.

    Args:
        values: letters of the layer that are replaced.
    """

    def __init__(self, reader: Reader, binding: Binding, values: Mapping[str, Polynomial]) -> None:
        self.reader, self.binding, self.values = reader, binding, values
        self.machine = reader.machine
        self.made: dict[str, Any] = {}
        self.tensors: dict[str, Array] = {}
        self.context: Instance | None = None
        self.left: Any = MISSING
        self.unread: dict[str, str] = {}
        self.why_unread: str | None = None
        self.kind_of_unread: type[Unread] = Unread
        self.constructed: dict[str, Any] = {}
        self.keys = text_keys(reader.target)
        self.counts = unpacked_counts(reader.target)
        self.sequences = used_as_sequences(reader.target)
        self.drawn: dict[str, int] = {}
        self.by_name: dict[str, str] = {}
        self.not_constructed: list[str] = []
        self.machine.missing_attribute = self._attribute
        self.machine.as_named = self._as_named
        self.machine.is_unknown, self.machine.unknown_call = self._is_unknown, self._unknown_call

    @property
    def target(self) -> Target:
        """The function that is read."""
        return self.reader.target

    def run(self) -> Any:
        """What the function returns for these parts of the layer."""
        function = self.target.function
        owner, bound, skip = self.target.owner, None, 0
        if owner is not None and not _is_static(function):
            kind = self.reader.named(owner.name, self.reader.globals)
            bound = Instance(0, kind, {})
            self.made["self"] = bound
            self._construct(owner, kind, bound)
            skip = 1
        self._check_names(function, skip)
        self._go_forward(bound)
        named_values = self._parameters(function, skip)
        only = [one.arg for one in function.args.posonlyargs][skip:]
        positional = [named_values.pop(name) for name in only if name in named_values]
        return self.reader.run(positional, named_values, bound)

    # -- before it is called ---------------------------------------------------------------------------------

    def _construct(self, owner: ast.ClassDef, kind: Any, bound: Instance) -> None:
        """What ``__init__`` sets."""

        def tensor(name: str) -> Any:
            argument = self.binding.argument(f"self.{name}")
            if f"self.{name}" in self.binding.arguments and argument is not None:
                return self.value(argument)
            keys = self.keys.get(f"self.{name}", OF_A_TENSOR)
            if not isinstance(argument, TensorArgument) or keys.isdisjoint(OF_A_TENSOR):
                return MISSING
            try:
                return self._part(argument, f"self.{name}")
            except Unread:
                return MISSING

        def parameter(name: str, default: Any = None) -> Any:
            given = self.binding.arguments.get(f"self.{name}")
            argument = self.binding.argument(name)
            if given is not None:
                return self.value(given)
            if argument is None or isinstance(argument, CacheArgument):
                return MISSING
            return self._in_words(name, default, self._part(argument, name))

        with self._aside():
            layer = self.binding.layer
            construction = Construction(
                self.reader, owner, kind, tensor, parameter, layer.direct.layouts.keys(), bool(layer.bias_term)
            )
            self.drawn, self.by_name = construction.drawn, construction.by_name
            self.not_constructed = construction.unread
            self.constructed = construction.attributes()
        for value in self.constructed.values():
            made_old(value)
        members = {} if kind is None else kind.members
        if own_access := sorted(OF_ACCESS & members.keys()):
            raise Unread(
                f"{own_access[0]} of a class", "attributes are not what they are set to", "use plain attributes"
            )
        for name in self.constructed:
            if name in members and not is_property(members[name]):
                bound.contents[name] = self._instead_of_the_class(bound, name)

    def _as_named(self, owner: Mutable, name: str, value: Any) -> Any:
        """The layer's weight or bias, where the first pass draws it, or sets it to zeros, and keeps it by its name."""
        me = self.made.get("self")
        is_first = owner.contents.get(name) is None and isinstance(value, Array) and role_of(name, TENSORS) in LEARNED
        if not is_first or not isinstance(me, Instance) or not (is_unsaid(value) or not value.cell.form.tensors):
            return value
        known: dict[Any, Any] = {**self.constructed, **me.contents}
        if owner is not me and not any(one is owner and has_parameters(key) for key, one in known.items()):
            return value
        argument = self.binding.argument(f"self.{name}")
        if not isinstance(argument, TensorArgument):
            return value
        self.drawn[name] = value.rank
        with suppress(Unread):
            tensor = shaped(self.machine, value, self._part(argument, f"self.{name}"), name)
            if isinstance(tensor, Array):
                self.machine.note(f"{name} is made in the first pass, and goes by its name")
                return tensor
        return value

    def _is_unknown(self, name: str) -> bool:
        """Whether an attribute of ``self`` is an object that nobody knows, such as an optimizer."""
        is_given = f"self.{name}" in self.binding.arguments or self.binding.argument(f"self.{name}") is not None
        return isinstance(self.constructed.get(name), Unknown) and not is_given

    def _unknown_call(self, text: str, given: list[Any]) -> Unknown:
        """Call an object that nobody knows."""
        me = self.made.get("self")
        value = forget(
            self.machine, text, [*given, *self.made.values(), *self.tensors.values(), *self.constructed.values()]
        )
        if isinstance(me, Instance):
            for name in sorted({*self.constructed, *map(str, me.contents), *set_in(me.kind)}):
                self.machine.put(me, name, value)
        self.machine.note(f"{text} is taken to raise nothing")
        return value

    def _instead_of_the_class(self, bound: Instance, name: str) -> Any:
        """An attribute that ``__init__`` sets and that the class has too."""
        try:
            return self._attribute(bound, name)
        except Unread as outcome:
            return Unknown(outcome.text, "")

    def _go_forward(self, bound: Instance | None) -> None:
        """Read the forward pass first, if the function needs what it leaves."""
        if self.binding.is_forward or (forward := forward_of(self.target)) is None:
            return
        context = context_name(self.target.function)
        if self.target.owner is None and (not self._caches() or returns_as_given(self.target, forward.function)):
            return
        if bound is not None and forward.attributes and forward.attributes <= (kept := self._as_given(forward)).keys():
            bound.contents.update(kept)
            return
        machine, mark = self.machine, self.machine.journal.mark
        function: Any = self.reader.function(forward.function, self.reader.globals)
        with self._aside():
            try:
                if context is not None and self.target.owner is not None:
                    self.context = self._new_context()
                returned = self._called(forward.function, function, self.context or bound)
                self.left = self._cache_in(returned) if self.target.owner is None else MISSING
                return
            except (Unread, CodeError, OutOfScope, SymconvError) as outcome:
                if isinstance(outcome, OutOfScope):
                    raise  # where the forward pass stops, there is no backward pass
                machine.journal.undo(mark)
                self.context = None
                if isinstance(outcome, CodeError):
                    self.kind_of_unread = ForwardError
                    self._without(forward, f"{outcome.kind}: {outcome}", bound)
                else:
                    self._without(forward, str(outcome), bound)

    def _without(self, forward: Forward, why: str, bound: Instance | None) -> None:
        """The forward pass is not read: what it keeps is known only if it is what the forward pass is given."""
        self.why_unread = why
        self.unread = {name: f"the forward pass sets it, and that is not read ({why})" for name in forward.attributes}
        if bound is not None:
            kept = {name: value for name, value in self._as_given(forward).items() if name in self.unread}
            bound.contents.update(kept)
            self.unread = {name: text for name, text in self.unread.items() if name not in kept}

    def _as_given(self, forward: Forward) -> dict[str, Any]:
        """The attributes that a forward pass sets to tensors of the layer that it is given."""
        found = {}
        for name, parameter in kept_as_given(self.target, forward.function).items():
            argument = self.binding.arguments.get(f"self.{name}", self.binding.argument(parameter))
            if isinstance(argument, TensorArgument):
                found[name] = self._part(argument, parameter)
        return found

    def _cache_in(self, returned: Any) -> Any:
        """The last of what a forward pass returns."""
        items = items_of(self.machine, returned) if isinstance(returned, (tuple, ListValue)) else ()
        return items[-1] if len(items) > 1 else MISSING

    def _caches(self) -> list[str]:
        """The parameters that take what the forward pass returned."""
        names = _parameter_names(self.target.function)
        return [name for name in names if isinstance(self.binding.argument(name), CacheArgument)]

    def _new_context(self) -> Instance:
        """What PyTorch hands from one pass to the other."""
        return Instance(0, None, {"needs_input_grad": (True,) * MOST_INPUTS})

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Read something that is not the function itself: its lines are not shown."""
        machine = self.machine
        line, last, steps, machine.steps = machine.line, machine.return_line, machine.steps, None
        try:
            yield
        finally:
            machine.line, machine.return_line, machine.steps = line, last, steps

    def _check_names(self, function: ast.FunctionDef, skip: int) -> None:
        parameters = _parameter_names(function)[skip:]
        for name in self.binding.arguments:
            if name not in parameters and not name.startswith("self.") and function.args.kwarg is None:
                right = f"it has {', '.join(parameters) or 'none'}"
                given = f'arguments={{"{name}": ..}}'
                raise ArgumentsError(given, f"{self.target.name} has no such parameter", right)

    def _parameters(self, function: ast.FunctionDef, skip: int) -> dict[str, Any]:
        """Values for the parameters that are known; others must have a default."""
        defaults = {one.arg: value for one, value in defaults_of(function)}
        found: dict[str, Any] = {}
        for name in _parameter_names(function)[skip:]:
            argument = self.binding.argument(name)
            if isinstance(argument, CacheArgument):
                found[name] = self._kept(function, name)
            elif argument is not None and name in self.binding.arguments:
                found[name] = self.value(argument)
            elif argument is not None:
                default = defaults.get(name)
                usual = literal(default.value) if isinstance(default, ast.Constant) else None
                found[name] = self._part(argument, name)
                if isinstance(found[name], Polynomial) and counts_zeros(name, usual):
                    found[name] = found[name] - ONE
                found[name] = self._in_words(name, usual, found[name])
            elif name not in defaults:
                found[name] = self._other(function, name)
            if name in found:
                self.made.setdefault(name, found[name])
        return found

    def _in_words(self, name: str, default: Any, value: Any) -> Any:
        """A padding as "valid" or "same", if the code has it so and it is the layer's."""
        if not isinstance(default, str) or default.lower() not in PADDINGS or role_of(name, SIZES) != "padding":
            return value
        equal, schemes = self.machine.equal, self.binding.layer.schemes
        sums = [(scheme.low + scheme.high).substitute(self.values) for scheme in schemes]
        wide = [(scheme.d * (scheme.K - 1)).substitute(self.values) for scheme in schemes]
        if all(equal(one, Polynomial()) for one in sums):
            words = "valid"
        elif all(map(equal, sums, wide)) and all(equal(scheme.s.substitute(self.values), ONE) for scheme in schemes):
            words = "same"
        else:
            return value
        self.machine.note(f"{name} is taken to be {words!r}, as the layer has it")
        return words.upper() if default.isupper() else words

    def _other(self, function: ast.FunctionDef, name: str) -> Any:
        """What a parameter is that has an unusual name and no default.

        Raises:
            ArgumentsError: nothing says it.
        """
        if name.strip("_").lower() in RATES:
            cell = self.machine.cell((), Form.access(Tensor(name, 0, (), ()), []), "data", name)
            cell.birth = 0
            return Array((), cell, {}, contiguous=True)
        if name.strip("_").lower() in TRAINING:
            if function is self.target.function:
                self.machine.note(f"{name} is taken to be True")
            return True
        if name.strip("_").lower() in ACTIVATIONS:
            return identity(self.reader, name)
        if any(result.place == name and result.of == "output" for result in self.binding.results):
            return self._tensor(self.binding.tensor("output"))
        if name == self._only_unknown(function):
            role = "input" if self.binding.is_forward else "grad_output"
            self.machine.note(f"{name} is taken to be {'the input' if role == 'input' else 'grad_output'}")
            return self._part(self.binding.tensor(role), name)
        raise self.binding.missing(name, self.target.name)

    def _only_unknown(self, function: ast.FunctionDef) -> str | None:
        """The one parameter that nothing is known of, if no other is what a pass is given."""
        names = _parameter_names(function)[self.target.owner is not None and not _is_static(function) :]
        known = {name: self.binding.argument(name) for name in names}
        role = "input" if self.binding.is_forward else "grad_output"
        if any(isinstance(one, TensorArgument) and one.role == role for one in known.values()):
            return None
        has_default = {one.arg for one, _ in defaults_of(function)}
        usual = {*RATES, *TRAINING, *ACTIVATIONS}
        open_ones = [
            name
            for name, one in known.items()
            if one is None and name not in has_default and name.strip("_").lower() not in usual
        ]
        return open_ones[0] if len(open_ones) == 1 else None

    def _kept(self, function: ast.FunctionDef, name: str) -> Any:
        """What a parameter holds that takes what the forward pass left."""
        if self.context is not None:
            return self.context
        if self.left is not MISSING:
            return self.left
        if name == context_name(function) and is_a_context(function, name):
            contents = {"needs_input_grad": (True,) * MOST_INPUTS}
            for key, argument in context_of(self.binding, function, name).items():
                contents[key] = self.value(argument)
            return Instance(0, None, contents)
        try:
            return self.value(cache_of(self.binding, function, name))
        except ArgumentsError as error:
            if self.why_unread is None:
                raise
            raise self.kind_of_unread(
                name, f"the forward pass is not read ({self.why_unread}), and {error.wrong}"
            ) from None

    # -- values --------------------------------------------------------------------------------------------

    def value(self, argument: Argument) -> Any:
        """A part of the layer as a value."""
        if isinstance(argument, TensorArgument):
            return self._tensor(argument)
        if isinstance(argument, NumberArgument):
            return argument.value.substitute(self.values)
        if isinstance(argument, PlainArgument):
            return literal(argument.value)
        if isinstance(argument, SequenceArgument):
            items = tuple(map(self.value, argument.items))
            return ListValue(0, items) if argument.is_list else items
        if isinstance(argument, MappingArgument):
            value = self.machine.dictionary({name: self.value(one) for name, one in argument.items.items()})
            value.birth = 0
            return value
        if isinstance(argument, ResultArgument):
            return self._result(argument)
        raise self.binding.missing("cache", self.target.name)

    def _part(self, argument: Argument, name: str) -> Any:
        """What a name is by convention; a tensor that is indexed by texts is a dictionary that has it.

        Raises:
            ArgumentsError: none of the texts says that it is the tensor itself.
        """
        argument = self._unpacked(argument, name)
        if isinstance(argument, MappingArgument) and name not in self.binding.arguments:
            value = self.value(argument)
            value.others = self._of_a_dictionary
            return value
        keys = self.keys.get(name, set())
        if not isinstance(argument, TensorArgument) or not keys:
            return self.value(argument)
        right = f'pass arguments={{"{name}": {{"{min(keys)}": ..}}}}'
        if keys.isdisjoint(OF_A_TENSOR):
            wrong = "it is a dictionary, and nobody says what is in it"
            raise ArgumentsError(f"the parameter {name} of {self.target.name}", wrong, right)
        other = Unknown("nobody says what this entry is", right)
        return self.machine.dictionary(
            {key: self.value(argument) if key in OF_A_TENSOR else other for key in sorted(keys)}
        )

    def _of_a_dictionary(self, key: str) -> Any:
        """What a dictionary of parameters has under a key, by its name; ``MISSING`` if that says nothing."""
        argument = self.binding.number("kernel_size") if key == "f" else self.binding.argument(key)
        if not isinstance(argument, (NumberArgument, SequenceArgument, TensorArgument)):
            return MISSING
        return self._part(argument, key)

    def _one_number(self, each: Sequence[Argument], name: str) -> Argument:
        """A hyper-parameter that the code has as one number, for layers whose axes have the same."""
        (first, *others) = each
        for one in others:
            same = isinstance(one, NumberArgument) and isinstance(first, NumberArgument)
            if not same or not self.machine.exactly(self.value(one) - self.value(first)):
                raise OutOfScope(f"{name.removeprefix('self.')} is one number for all axes")
        return first

    def _unpacked(self, argument: Argument, name: str) -> Argument:
        """A part with as many dimensions, or numbers, as the code unpacks it into: one channel may have no axis."""
        role = None if name in self.binding.arguments else role_of(name.removeprefix("self."), SIZES)
        if role in FOR_EACH_AXIS and (each := self.binding.per_axis(role)) is not None:
            if self.binding.numbers == "one" and isinstance(argument, SequenceArgument):
                return self._one_number(each, name)
            is_tuple = self.binding.numbers == "for each axis"
            is_tuple |= self.binding.numbers != "one" and name in self.sequences
            return SequenceArgument(each) if isinstance(argument, NumberArgument) and is_tuple else argument
        if isinstance(argument, TensorArgument) and name not in self.binding.arguments:
            drawn = self.drawn.get(name.removeprefix("self.")) if name.startswith("self.") else None
            count = self.counts.get(f"{name}.shape") if drawn is None else drawn
            if count == len(argument.arrangement.groups) + 1 and self.binding.layer.batch is None:
                self.machine.note(
                    f"{name} has {count} dimensions in the code: one more, as of a layer with batch_size=N"
                )
            if count is None or not (smaller := without_single_axes(argument, count)):
                if drawn not in (None, len(argument.arrangement.groups)):
                    why = f"it has {drawn} dimensions, and the layer's {argument.role} has another number"
                    raise Unread(name, why, f'pass arguments={{"{name}": ..}}')
                return argument
            self.machine.note(f"{name} has {count} dimensions, as the layer has one channel there")
            return smaller
        bare = name.removeprefix("self.")
        if self.binding.numbers == "of one image" and isinstance(argument, SequenceArgument):
            return self._of_one_image(argument, role)
        count = next((self.counts[one] for one in (name, bare, f"self.{bare}") if one in self.counts), None)
        if not isinstance(argument, SequenceArgument) or count is None or not 1 < count < len(argument.items):
            return argument
        sizes = {"weight_shape": "kernel_size", "input_shape": "input_size", "output_shape": "output_size"}
        if (wanted := sizes.get(role_of(bare, SIZES) or "")) is None:
            return argument
        if count == self.binding.layer.ndim:
            found = self.binding.per_axis(wanted) if wanted == "kernel_size" else None
            return self.binding.number(wanted) or argument if found is None else SequenceArgument(found)
        return argument if self.binding.layouts else SequenceArgument(argument.items[-count:])

    def _of_one_image(self, argument: SequenceArgument, role: str | None) -> SequenceArgument:
        """The shape of an image without its batch, or of a kernel without its channels."""
        if role == "weight_shape" and (each := self.binding.per_axis("kernel_size")) is not None:
            return SequenceArgument(each)
        has_batch = role in ("input_shape", "output_shape") and self.binding.layer.batch is not None
        return SequenceArgument(argument.items[1:]) if has_batch else argument

    def _tensor(self, argument: TensorArgument) -> Array:
        """A tensor of the layer as the function has it; asked for twice, the same array."""
        key = f"{argument.name} {argument.arrangement.groups}"
        if key in self.tensors:
            return self.tensors[key]
        tensor = tensor_of(argument.name, argument.layout).resized(self.values)
        renamed = [
            tuple(Axis(self.machine.fresh(), axis.size.substitute(self.values)) for axis in dimension)
            for dimension in argument.layout
        ]
        used = {at for group in argument.arrangement.groups for at in group}
        dims = tuple(tuple(axis for at in group for axis in renamed[at]) for group in argument.arrangement.groups)
        names = [Polynomial.name(axis.letter) for dimension in renamed for axis in dimension]
        values = {
            axis.letter: Polynomial() for at, dimension in enumerate(renamed) if at not in used for axis in dimension
        }
        form = Form.access(tensor, [name.substitute(values) for name in names])
        axes = tuple(axis for dimension in dims for axis in dimension)
        cell = self.machine.cell(axes, form, "data", argument.name, ordered=True)
        cell.birth = 0
        cell.contents["lines"] = ()
        index = {axis.letter: Polynomial.name(axis.letter) for axis in axes}
        self.tensors[key] = Array(dims, cell, index, contiguous=True)
        return self.tensors[key]

    def _result(self, argument: ResultArgument) -> Any:
        """What another function of the same module returns for the layer's parts."""
        other = named(self.target.module, argument.function)
        function = self.reader.named(argument.function, self.reader.globals)
        returned = self._called(other.function, function)
        if argument.part is None:
            return returned
        part = argument.part
        return self.reader.item(returned, literal(part) if not isinstance(part, int) else Polynomial.constant(part))

    def _called(self, definition: ast.FunctionDef, function: Any, first: Any = None) -> Any:
        """What a forward pass returns for the layer's parts, called on an object or with a context."""
        names = _parameter_names(definition)
        only = {name: one for name, one in self.binding.arguments.items() if name in names}
        forward = Inputs.__new__(Inputs)
        forward.reader, forward.values, forward.machine = self.reader, self.values, self.machine
        forward.binding = replace(self.binding, results=(), arguments=only)
        forward.made, forward.tensors = {}, self.tensors
        whole = Target(self.target.module, definition, self.target.owner)
        forward.keys, forward.counts = text_keys(whole), unpacked_counts(whole)
        forward.sequences = self.sequences
        forward.drawn, forward.by_name, forward.not_constructed = self.drawn, {}, []
        forward.context, forward.left, forward.unread, forward.constructed = None, MISSING, {}, {}
        forward.why_unread, forward.kind_of_unread = None, Unread
        given = [] if first is None else [first]
        return self.reader.call(function, given, forward._parameters(definition, len(given)))

    # -- attributes ----------------------------------------------------------------------------------------

    def _attribute(self, instance: Instance, name: str) -> Any:
        """An attribute of ``self`` that no line that is read sets: a part of the layer, or what ``__init__`` sets."""
        if instance is self.context:
            argument = self.binding.argument(name)
            is_number = isinstance(argument, (NumberArgument, SequenceArgument))
            return self._part(argument, name) if is_number and argument is not None else NotImplemented
        if instance is not self.made.get("self"):
            if instance.birth == 0 and name in set_in(instance.kind):
                raise Unread(f".{name}", "a method sets it that is not known to be called before", "set it in __init__")
            return NotImplemented
        argument = self.binding.argument(f"self.{name}")
        if f"self.{name}" not in self.binding.arguments:
            if name in self.unread:
                raise self.kind_of_unread(f"self.{name}", self.unread[name], f'pass arguments={{"self.{name}": ..}}')
            value = self.constructed.get(name, MISSING)
            why = self.by_name.get(name) or next(iter(self.not_constructed if value is MISSING else ()), None)
            if why is not None and isinstance(argument, TensorArgument):
                self.machine.note(f"self.{name} goes by its name, as lines of __init__ are not read ({why})")
            is_known = value is not MISSING and value is not None and not isinstance(value, Unknown)
            if is_known or (value is not MISSING and argument is None):
                if isinstance(value, Unknown):
                    keys = ", ".join(f'"{key}": ..' for key in sorted(self.keys.get(f"self.{name}", ())))
                    right = f'pass arguments={{"self.{name}": {f"{{{keys}}}" if keys else ".."}}}'
                    raise Unread(f"self.{name}", value.why, "" if "pass arguments" in value.why else right)
                return value
        if isinstance(argument, CacheArgument):
            argument = cache_of(self.binding, self.target.function, f"self.{name}")
        if argument is not None:
            is_given = f"self.{name}" in self.binding.arguments
            return self.value(argument) if is_given else self._part(argument, f"self.{name}")
        if name in set_in(instance.kind):
            right = f'pass arguments={{"self.{name}": ..}}'
            raise Unread(f"self.{name}", "a method sets it that is not known to be called before", right)
        return NotImplemented


def _parameter_names(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _is_static(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in function.decorator_list)
