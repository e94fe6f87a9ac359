"""Special methods of the user's own classes: what operators, brackets, loops and functions of Python do with objects.

What Python would ask an object's class is asked here. An object that says nothing is left to ``operators``; one whose
class has a base that is not read may inherit anything, and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.programs import arrays, operators
from symconv.programs.interpret.attributes import Reading, bound
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, ClassValue, FunctionValue, IndexArray, Instance, Real

OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
COMPARISONS = {
    "Eq": ("__eq__", "__eq__"), "NotEq": ("__ne__", "__ne__"), "Lt": ("__lt__", "__gt__"), "Gt": ("__gt__", "__lt__"),
    "LtE": ("__le__", "__ge__"), "GtE": ("__ge__", "__le__"),
}  # fmt: skip
"""What is asked of the left side, and else of the right one."""
OF_FUNCTIONS = {"builtins.len": "__len__", "builtins.abs": "__abs__"}
"""What Python's own functions ask of an object."""
PRIORITY, DEFERS = "__array_priority__", "__array_ufunc__"
"""Attributes of a class by which a NumPy array leaves an operator to it."""
REFUSED = frozenset(("__getattribute__", "__new__", "__delattr__", "__init_subclass__"))
"""Members by which an object is no longer what its class and ``__init__`` say."""


def is_own(value: Any) -> bool:
    """Whether it is an object of a class of the source."""
    return isinstance(value, Instance) and value.kind is not None


def method(value: Any, name: str) -> FunctionValue | None:
    """A special method of an object, bound to it; None if its class has none.

    Raises:
        Unread: the class has something else under the name, or may inherit it.
    """
    if not is_own(value):
        return None
    kind: ClassValue = value.kind
    found = kind.members.get(name)
    if isinstance(found, FunctionValue) and found.unread is None:
        return bound(found, value)
    if found is not None or (kind.unread is not None and kind.unread not in WITHOUT_OPERATORS):
        raise Unread(
            f"{name} of {kind.name}", f"it may be of {kind.unread}, which is not read", "write it in the class"
        )
    return None


WITHOUT_OPERATORS = frozenset(("nn.Module", "torch.nn.Module", "Module", "Function", "torch.autograd.Function"))
"""Bases of libraries whose objects have no operators, no length and no items."""


def binary(reader: Reading, sign: str, left: Any, right: Any) -> Any:
    """left (sign) right, by the methods of the objects if there are some."""
    if not (is_own(left) or is_own(right)):
        return operators.binary(reader.machine, sign, left, right)
    special = OPERATORS[sign]
    asked = [(left, f"__{special}__", right), (right, f"__r{special}__", left)]
    if is_own(left) and is_own(right):
        if left.kind is right.kind:
            del asked[1]
        elif left.kind in right.kind.mro and right.kind.members.get(asked[1][1]) is not left.kind.members.get(
            asked[1][1]
        ):
            asked.reverse()
    for one, name, other in asked:
        if one is left and not is_own(left):
            _require_deferring(reader, left, right)
        elif (found := method(one, name)) is not None:
            return reader.call(found, [other], {})
    raise CodeError("TypeError", f"unsupported operand types for {sign}: {_kind(left)} and {_kind(right)}")


def _require_deferring(reader: Reading, array: Any, value: Instance) -> None:
    """An array on the left leaves the operator to an object only if the object's class says so."""
    if not isinstance(array, (Array, IndexArray)) or not array.rank:
        return
    members = value.kind.members if value.kind is not None else {}
    if DEFERS in members and members[DEFERS] is None:
        return
    has_priority = isinstance(members.get(PRIORITY), (Real, Polynomial)) and DEFERS not in members
    if not has_priority and not reader.is_of_torch:
        raise Unread(
            "an array and an object", "NumPy makes an array of objects", f"write the object first, or set {PRIORITY}"
        )


def in_place(reader: Reading, sign: str, old: Any, value: Any) -> Any:
    """old (sign)= value for two values of which one is an object: what the name stands for then."""
    if isinstance(old, (Array, IndexArray)) and old.rank:
        raise Unread(f"{sign}= of an array and an object", "it is not read", "write it with the object's data")
    found = method(old, f"__i{OPERATORS[sign]}__")
    return binary(reader, sign, old, value) if found is None else reader.call(found, [value], {})


def compare(reader: Reading, operator: str, left: Any, right: Any) -> Any:
    """left (operator) right, the operator as the class of its node is called."""
    if operator in ("Is", "IsNot") or not (is_own(left) or is_own(right)):
        return operators.compare(reader.machine, operator, left, right)
    if operator in ("In", "NotIn"):
        if not is_own(right):
            return operators.compare(reader.machine, operator, left, right)
        if (found := method(right, "__contains__")) is None:
            raise Unread("in", f"of an object of {_kind(right)}", "write __contains__")
        is_in = truth(reader, reader.call(found, [left], {}))
        return is_in == (operator == "In")
    for one, name, other in zip((left, right), COMPARISONS[operator], (right, left)):
        if (found := method(one, name)) is not None:
            return reader.call(found, [other], {})
    if operator == "NotEq" and (method(left, "__eq__") or method(right, "__eq__")):
        raise Unread("!=", f"{_kind(left)} has only __eq__", "write not a == b")
    if operator in ("Eq", "NotEq") and is_own(left) and is_own(right):
        return (left is right) == (operator == "Eq")
    return operators.compare(reader.machine, operator, left, right)


def truth(reader: Reading, value: Any) -> bool:
    """Whether a value counts as true; an object may say so itself."""
    for name in ("__bool__", "__len__") if is_own(value) else ():
        if (found := method(value, name)) is not None:
            return truth(reader, reader.call(found, [], {}))
    return operators.truth(reader.machine, value)


def of_function(reader: Reading, function: str, arguments: Sequence[Any]) -> Any:
    """What a function of Python makes of an object; ``NotImplemented`` if it does not ask it."""
    if len(arguments) == 1 and function in OF_FUNCTIONS:
        found = method(arguments[0], OF_FUNCTIONS[function])
        if found is not None:
            return reader.call(found, [], {})
    return NotImplemented


def unary(reader: Reading, name: str, value: Instance) -> Any:
    """-value and +value of an object."""
    if (found := method(value, name)) is None:
        raise CodeError("TypeError", f"bad operand type for unary operator: {_kind(value)}")
    return reader.call(found, [], {})


def iterated(reader: Reading, value: Any) -> Any:
    """What a loop over an object goes through."""
    if not is_own(value):
        return value
    if (found := method(value, "__iter__")) is None:
        if method(value, "__getitem__") is not None:
            raise Unread("a loop over an object", "it has only __getitem__", "write __iter__")
        raise CodeError("TypeError", f"'{_kind(value)}' object is not iterable")
    items = reader.call(found, [], {})
    if is_own(items):
        raise Unread("a loop over an object", "__next__ is not read", "let __iter__ yield, or give a list")
    return items


def _kind(value: Any) -> str:
    return str(value.kind.name) if is_own(value) else arrays.described(value)
