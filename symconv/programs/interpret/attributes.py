"""Attributes of values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from symconv.algebra.polynomial import Polynomial
from symconv.programs import shaping
from symconv.programs.arrays import KINDS, described
from symconv.programs.library.registry import FUNCTIONS
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    ClassValue,
    DictValue,
    Dtype,
    FunctionValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ListValue,
    ModuleValue,
    Real,
    Text,
    size_of,
)


class Reading(Protocol):
    """What reads the program: it calls functions, and knows which library the program uses."""

    machine: Machine

    def call(self, function: Any, positional: list[Any], named: dict[str, Any]) -> Any: ...

    def method(self, name: str) -> str | None: ...

    def of_module(self, module: ModuleValue, name: str) -> Any: ...

    @property
    def is_of_torch(self) -> bool: ...


PROPERTIES = ("strides", "itemsize")
"""Attributes of arrays that are computed."""
REMOVED = frozenset(("int", "float", "object", "complex", "str"))
"""Names of Python's own types that NumPy had up to version 1.23."""
CONSTANTS: dict[str, Any] = {"newaxis": None}
"""Names of libraries that are values."""


def attribute(reader: Reading, value: Any, name: str) -> Any:
    """value.name."""
    if isinstance(value, ModuleValue) and value.names is not None:
        return reader.of_module(value, name)
    if isinstance(value, ModuleValue):
        return of_module(f"{value.name}.{name}")
    if isinstance(value, LibraryFunction):
        return LibraryFunction(f"{value.name}.{name}", value.bound)
    if isinstance(value, (Array, IndexArray)):
        return _of_array(reader, value, name)
    if isinstance(value, Instance):
        return _of_instance(reader, value, name)
    if isinstance(value, ClassValue):
        if name not in value.members:
            raise CodeError("AttributeError", f"type object '{value.name}' has no attribute '{name}'")
        return _of_class(value, name)
    for kind, text in METHODS:
        if isinstance(value, kind):
            if f"{text}.{name}" in FUNCTIONS:
                return LibraryFunction(f"{text}.{name}", value)
            raise Unread(f".{name} of a {text}", "it is not read", "write it out")
    if value is None:
        raise CodeError("AttributeError", f"'NoneType' object has no attribute '{name}'")
    raise Unread(f".{name} of a {described(value)}", "it is not read", "write it out")


METHODS: tuple[tuple[type, str], ...] = (
    (ListValue, "list"), (tuple, "tuple"), (DictValue, "dict"), (Text, "text"), (str, "str"), (Real, "float"),
    (bool, "int"), (Polynomial, "int"),
)  # fmt: skip


def of_module(name: str) -> Any:
    """What a dotted name of a library stands for."""
    library, _, last = name.rpartition(".")
    if library == "numpy" and last in REMOVED:
        raise CodeError("AttributeError", f"module 'numpy' has no attribute '{last}' since NumPy 1.24; write {last}")
    if last in CONSTANTS:
        return CONSTANTS[last]
    if last in KINDS and name.split(".")[0] in ("numpy", "torch", "jax"):
        return Dtype(last, KINDS[last])
    return LibraryFunction(name)


def _of_array(reader: Reading, array: Array | IndexArray, name: str) -> Any:
    if name == "shape":
        return array.shape
    if name == "ndim":
        return Polynomial.constant(array.rank)
    if name == "data" and array.rank and isinstance(array, Array) and array.cell.role:
        return array  # of a parameter that is an object, or a tensor
    if name == "grad" and isinstance(array, Array) and array.cell.role in reader.machine.gradients.contents:
        return reader.machine.get(reader.machine.gradients, array.cell.role)
    method = reader.method(name)
    if name == "size" and method == "array.size":
        return size_of(array.axes)
    if name in ("T", "mT"):
        order = list(range(array.rank))
        return shaping.transposed(reader.machine, array, order[::-1] if name == "T" else [*order[:-2], -1, -2])
    if name == "dtype":
        kind = "integer" if isinstance(array, IndexArray) else array.kind
        return Dtype(f"dtype of {kind}", kind)
    if name in PROPERTIES:
        return FUNCTIONS[f"array.{name}"].call(reader.machine, [array], {})
    if method is None:
        raise Unread(f".{name} of an array", "NumPy and PyTorch mean different things by it", f"use torch.{name}")
    return LibraryFunction(method, array)


def _of_instance(reader: Reading, value: Instance, name: str) -> Any:
    machine = reader.machine
    members = {} if value.kind is None else value.kind.members
    if name in value.contents and not is_property(members.get(name)):
        return machine.get(value, name)
    if value.kind is None or name not in members:
        if isinstance(finds := members.get("__getattr__"), FunctionValue):
            return reader.call(bound(finds, value), [name], {})
        if name in OF_OBJECTS:
            raise Unread(f".{name} of an object", "it is not read", "name its attributes")
        missing = machine.missing_attribute(value, name)
        if missing is not NotImplemented:
            value.contents[name] = missing
            return missing
        if value.kind is None and f"object.{name}" in FUNCTIONS:
            return LibraryFunction(f"object.{name}", value)
        if value.kind is not None and value.kind.unread is not None:
            why = f"it may be of {value.kind.unread}, a base that is not read"
            raise Unread(f".{name}", why, "set it in the class")
        raise CodeError("AttributeError", f"no attribute '{name}' is set")
    member = _known(value.kind.members[name], name)
    if not isinstance(member, FunctionValue):
        return member
    if "property" in member.decorators:
        return reader.call(bound(member, value), [], {})
    if "classmethod" in member.decorators:
        return bound(member, value.kind)
    return member if "staticmethod" in member.decorators else bound(member, value)


OF_OBJECTS = frozenset(("__dict__", "__class__", "__module__", "__doc__"))
"""Attributes that every object has."""


def is_property(member: Any) -> bool:
    """Whether a class has a property there."""
    return isinstance(member, FunctionValue) and "property" in member.decorators


def _of_class(value: ClassValue, name: str) -> Any:
    """An attribute of a class itself."""
    if value.unread is not None and value.unread.endswith(("Enum", "Flag")):
        raise Unread(f"{value.name}.{name}", f"it is a member of an {value.unread}", "use numbers or texts")
    member = _known(value.members[name], name)
    if is_property(member):
        raise Unread(f"{value.name}.{name}", "it is a property of the class", "ask an object for it")
    is_of_class = isinstance(member, FunctionValue) and "classmethod" in member.decorators
    return bound(member, value) if is_of_class else member


def _known(member: Any, name: str) -> Any:
    """What a class has under a name.

    Raises:
        Unread: it is a method that is not read.
    """
    if isinstance(member, FunctionValue) and member.unread is not None:
        raise Unread(f".{name}", member.unread)
    return member


def bound(function: FunctionValue, to: Any) -> FunctionValue:
    """A method of an object."""
    return replace(function, bound=to)
