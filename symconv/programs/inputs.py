"""Parts of a layer as values of a program: what stands for the parameters of the function that is read."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.errors import ArgumentsError
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
)
from symconv.programs.caches import cache_of
from symconv.programs.interpret.reader import Reader
from symconv.programs.iterables import items_of
from symconv.programs.library.registry import literal
from symconv.programs.outcomes import CodeError
from symconv.programs.source import Target, named
from symconv.programs.values import Array, Instance, ListValue, Namespace


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
        self.machine.missing_attribute = self._attribute

    @property
    def target(self) -> Target:
        """The function that is read."""
        return self.reader.target

    def run(self) -> Any:
        """What the function returns for these parts of the layer."""
        function = self.target.function
        bound = None
        skip = 0
        if self.target.owner is not None and not _is_static(function):
            kind = self.reader.named(self.target.owner.name, self.reader.globals)
            bound = Instance(0, kind, {})
            self.made["self"] = bound
            skip = 1
        self._check_names(function, skip)
        named_values = self._parameters(function, skip)
        only = [one.arg for one in function.args.posonlyargs][skip:]
        positional = [named_values.pop(name) for name in only if name in named_values]
        return self.reader.run(positional, named_values, bound)

    def _check_names(self, function: ast.FunctionDef, skip: int) -> None:
        parameters = _parameter_names(function)[skip:]
        for name in self.binding.arguments:
            if name not in parameters and not name.startswith("self.") and function.args.kwarg is None:
                right = f"it has {', '.join(parameters) or 'none'}"
                given = f'arguments={{"{name}": ..}}'
                raise ArgumentsError(given, f"{self.target.name} has no such parameter", right)

    def _parameters(self, function: ast.FunctionDef, skip: int) -> dict[str, Any]:
        """Values for the parameters that are known; others must have a default."""
        arguments = function.args
        plain = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        with_default = set(plain[len(plain) - len(arguments.defaults) :])
        with_default |= {one.arg for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults) if value}
        found: dict[str, Any] = {}
        for name in _parameter_names(function)[skip:]:
            argument = self.binding.argument(name)
            if isinstance(argument, CacheArgument):
                argument = cache_of(self.binding, function, name)
            if argument is not None:
                found[name] = self.value(argument)
                self.made.setdefault(name, found[name])
            elif name not in with_default:
                raise self.binding.missing(name, self.target.name)
        return found

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
        cell = self.machine.cell(axes, form, "data", argument.name)
        cell.birth = 0
        cell.contents["lines"] = ()
        index = {axis.letter: Polynomial.name(axis.letter) for axis in axes}
        self.tensors[key] = Array(dims, cell, index, contiguous=True)
        return self.tensors[key]

    def _result(self, argument: ResultArgument) -> Any:
        """What another function of the same module returns for the layer's parts."""
        other = named(self.target.module, argument.function)
        names = _parameter_names(other.function)
        only = {name: one for name, one in self.binding.arguments.items() if name in names}
        forward = Inputs.__new__(Inputs)
        forward.reader, forward.values, forward.machine = self.reader, self.values, self.machine
        forward.binding = Binding(self.binding.layer, (), only, self.binding.layouts)
        forward.made, forward.tensors = {}, self.tensors
        function = self.reader.named(argument.function, self.reader.globals)
        returned = self.reader.call(function, [], forward._parameters(other.function, 0))
        if argument.part is None:
            return returned
        part = argument.part
        return self.reader.item(returned, literal(part) if not isinstance(part, int) else Polynomial.constant(part))

    # -- attributes ----------------------------------------------------------------------------------------

    def _attribute(self, instance: Instance, name: str) -> Any:
        """An attribute of ``self`` that no line that is read sets: a part of the layer, or what ``__init__`` sets."""
        if instance is not self.made.get("self"):
            return NotImplemented
        argument = self.binding.argument(f"self.{name}")
        if isinstance(argument, CacheArgument):
            argument = cache_of(self.binding, self.target.function, f"self.{name}")
        if argument is not None:
            return self.value(argument)
        methods = [] if self.target.owner is None else self.target.owner.body
        start = next((one for one in methods if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
        if start is None:
            return NotImplemented
        values = [
            node.value
            for node in start.body
            if isinstance(node, ast.Assign) and any(_is_attribute(one, name) for one in node.targets)
        ]
        if len(values) != 1:
            return NotImplemented
        known = {**self._defaults(start), **self._parameters_of_init(start), "self": instance}
        loops, self.machine.loops = self.machine.loops, []
        try:
            return self.reader.value(values[0], Namespace(0, known, self.reader.globals))
        finally:
            self.machine.loops = loops

    def _defaults(self, function: ast.FunctionDef) -> dict[str, Any]:
        return dict(self.reader.function(function, self.reader.globals).defaults)

    def _parameters_of_init(self, function: ast.FunctionDef) -> dict[str, Any]:
        found = {}
        for name in _parameter_names(function)[1:]:
            argument = self.binding.argument(name)
            if argument is not None and not isinstance(argument, CacheArgument):
                found[name] = self.value(argument)
        return found

    # -- results -------------------------------------------------------------------------------------------

    def result(self, returned: Any, place: int | str | None, of: str) -> Any:
        """One of the function's results.

        Raises:
            CodeError: it is not there.
        """
        machine = self.machine
        if place is None:
            if isinstance(returned, (tuple, ListValue)) and of == "output":
                items = items_of(machine, returned)
                if len(items) > 1:
                    machine.note(f"the first of {len(items)} results is judged")
                return items[0] if items else None
            return returned
        if isinstance(place, int):
            if not isinstance(returned, (tuple, ListValue)):
                raise CodeError("TypeError", f"it returns one value, which has no result number {place}")
            items = items_of(machine, returned)
            if not -len(items) <= place < len(items):
                raise CodeError("IndexError", f"it returns {len(items)} results, and number {place} is asked for")
            return items[place]
        if place.startswith("self.") and isinstance(self.made.get("self"), Instance):
            from symconv.programs.interpret.attributes import attribute

            return attribute(self.reader, self.made["self"], place.removeprefix("self."))
        if place in self.made:
            return self.made[place]
        return self.reader.item(returned, place)


def _parameter_names(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _is_static(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in function.decorator_list)


def _is_attribute(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name and ast.unparse(node.value) == "self"
