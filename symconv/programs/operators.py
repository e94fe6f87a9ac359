"""Operators and comparisons on numbers, arrays and sequences."""

from __future__ import annotations

import operator as operators_of
from collections.abc import Callable
from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.axes import axes_of
from symconv.programs import arrays, dictionaries, lists, reduce, sets
from symconv.programs.division import exact_quotient
from symconv.programs.iterables import items_of, whole_segment
from symconv.programs.library.registry import FUNCTIONS
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.unsaid import is_unsaid, unsaid, why_unsaid
from symconv.programs.values import (
    Array,
    ClassValue,
    Condition,
    DictValue,
    Dtype,
    FunctionValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ListValue,
    ModuleValue,
    Real,
    Repeated,
    SetValue,
    Text,
    size_of,
)

SIGNS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "MatMult": "@",
    "LShift": "<<", "RShift": ">>", "BitAnd": "&", "BitOr": "|", "BitXor": "^",
}  # fmt: skip
HIGHEST_POWER = 8
OF_FUNCTIONS = frozenset((
    "numpy", "builtins", "functional", "nn", "activation", "lax", "optim", "init", "signal", "ndimage", "linalg",
    "random",
))  # fmt: skip
"""Modules of libraries that have functions and classes, which are not None and count as true."""


def binary(machine: Machine, sign: str, left: Any, right: Any) -> Any:
    """left (sign) right, the sign as in ``SIGNS``."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, Polynomial) and isinstance(right, Polynomial):
        return _whole(machine, sign, left, right)
    if isinstance(left, (Polynomial, Real)) and isinstance(right, (Polynomial, Real)):
        return _real(machine, sign, left, right)
    if sign == "@":
        return reduce.matmul(machine, left, right)
    if isinstance(left, (tuple, ListValue)) or isinstance(right, (tuple, ListValue)):
        found = _sequences(machine, sign, left, right)
        if found is not None:
            return found
    if isinstance(left, Repeated) or isinstance(right, Repeated):
        raise Unread(sign, "it is not read for lists whose length depends on sizes", "use arrays")
    if isinstance(left, str) or isinstance(right, str):
        if sign in ("+", "%", "*"):
            return Text("text")
        raise CodeError("TypeError", f"unsupported operand types for {sign}")
    for one in (left, right):
        if one is None or isinstance(one, (FunctionValue, ClassValue, Instance, DictValue)):
            raise CodeError("TypeError", f"unsupported operand type for {sign}: {arrays.described(one)}")
    return _arrays(machine, sign, left, right)


def _plain(value: Any) -> Any:
    """A truth value as the number that it is in arithmetic."""
    return Polynomial.constant(int(value)) if isinstance(value, bool) else value


def _whole(machine: Machine, sign: str, left: Polynomial, right: Polynomial) -> Any:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if sign == "//":
        return machine.floor(left, right)
    if sign == "%":
        return left - right * machine.floor(left, right)
    if sign == "/":
        return quotient(machine, left, right)
    if sign == "**" and (power := right.value) is not None and 0 <= power <= HIGHEST_POWER:
        result = ONE
        for _ in range(int(power)):
            result = result * left
        return result
    if sign in ("<<", ">>") and (bits := right.value) is not None and 0 <= bits <= HIGHEST_POWER:
        by = Polynomial.constant(2 ** int(bits))
        return left * by if sign == "<<" else machine.floor(left, by)
    raise Unread(sign, f"{left!r} {sign} {right!r} is not read for whole numbers", "use +, -, *, // and %")


def quotient(machine: Machine, left: Polynomial, right: Polynomial) -> Any:
    """left / right, a float in Python 3; a whole number in Python 2."""
    if machine.old_division:
        return machine.floor(left, right)
    if machine.exactly(right):
        raise CodeError("ZeroDivisionError", "division by zero")
    return real(left, right)


def real(numerator: Polynomial, denominator: Polynomial) -> Real:
    """A float, in lowest terms if that is a whole number."""
    whole = exact_quotient(numerator, denominator)
    return Real(numerator, denominator) if whole is None else Real(whole, ONE)


def _real(machine: Machine, sign: str, left: Polynomial | Real, right: Polynomial | Real) -> Any:
    a, b = (one if isinstance(one, Real) else Real(one, ONE) for one in (left, right))
    if sign in ("+", "-"):
        other = b.numerator if sign == "+" else -b.numerator
        if a.denominator == b.denominator:
            return real(a.numerator + other, a.denominator)
        return real(a.numerator * b.denominator + other * a.denominator, a.denominator * b.denominator)
    if sign == "*":
        return real(a.numerator * b.numerator, a.denominator * b.denominator)
    numerator, denominator = a.numerator * b.denominator, a.denominator * b.numerator
    if sign in ("/", "//", "%") and machine.exactly(b.numerator):
        raise CodeError("ZeroDivisionError", "float division by zero")
    if sign == "/":
        return real(numerator, denominator)
    if sign == "//":
        return real(machine.floor(numerator, denominator), ONE)
    if sign == "%":
        return _real(machine, "-", a, _real(machine, "*", b, Real(machine.floor(numerator, denominator), ONE)))
    power = b.numerator * 2 - b.denominator
    if sign == "**" and not power and (found := root(machine, a)) is not None:
        return found
    raise Unread(sign, "it is not read for floats", "use +, -, * and /")


def root(machine: Machine, number: Polynomial | Real) -> Array | None:
    """The square root of a number that is more than 0, as one that is not known; None if it may be less."""
    real = number if isinstance(number, Real) else Real(number, ONE)
    if not machine.implies(real.numerator - 1) or not machine.implies(real.denominator - 1):
        return None
    return unsaid(machine, (), "a square root of sizes")


def _sequences(machine: Machine, sign: str, left: Any, right: Any) -> Any:
    """Tuples and lists put together or repeated; None if it is arithmetic with an array."""
    kinds = (tuple, ListValue)
    if sign == "+" and isinstance(left, kinds) and isinstance(right, kinds):
        if isinstance(left, tuple) != isinstance(right, tuple):
            raise CodeError("TypeError", "can only concatenate tuple to tuple, and list to list")
        return _like(machine, left, items_of(machine, left) + items_of(machine, right))
    if sign == "*":
        items, count = (left, right) if isinstance(left, kinds) else (right, left)
        if isinstance(count, Polynomial):
            number = count.value
            if isinstance(items, ListValue) and (segment := whole_segment(machine, items)) is not None:
                return lists.several_times(machine, segment, count)
            if number is None and isinstance(items, ListValue) and len(items_of(machine, items)) == 1:
                return lists.of_copies(machine, items_of(machine, items)[0], count)
            if number is None or number > 1000:
                raise Unread("a list that is repeated", "its length depends on sizes", "use np.zeros or np.full")
            return _like(machine, items, items_of(machine, items) * int(number))
    if isinstance(left, (Array, IndexArray)) or isinstance(right, (Array, IndexArray)):
        return None
    raise CodeError("TypeError", f"unsupported operand types for {sign}")


def _like(machine: Machine, kind: Any, items: tuple[Any, ...]) -> Any:
    return items if isinstance(kind, tuple) else ListValue(machine.journal.tick(), items)


def _arrays(machine: Machine, sign: str, left: Any, right: Any) -> Any:
    if sign in COMBINED:
        return arrays.elementwise(machine, COMBINED[sign], left, right)
    if sign in ("//", "%") and isinstance(left, IndexArray) and isinstance(right, Polynomial):
        return _divided(machine, sign, left, right)
    if sign == "/":
        if isinstance(right, (Polynomial, Real)):
            divisor = arrays.as_written(right) if isinstance(right, Real) else Real(right, ONE)
            by = arrays.reciprocal(machine, divisor.numerator) * Form.constant(divisor.denominator)
            return arrays.elementwise(machine, lambda form: form * by, arrays.data(machine, left), kind="data")
        if is_unsaid(right):
            dims, _ = arrays.aligned(machine, [arrays.data(machine, one) for one in (left, right)])
            return unsaid(machine, list(map(size_of, dims)), f"a division by {why_unsaid(right.form)}")
        raise Unread("a division by an array", "quotients of data are not read", "divide by sizes")
    if sign == "**" and isinstance(right, Polynomial) and (power := right.value) is not None and 1 <= power <= 4:
        result = left
        for _ in range(int(power) - 1):
            result = _arrays(machine, "*", result, left)
        return result if power > 1 else arrays.copy(machine, arrays.data(machine, left))
    raise Unread(sign, "it is not read for arrays", "use +, -, * and @")


COMBINED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


def _divided(machine: Machine, sign: str, left: IndexArray, by: Polynomial) -> IndexArray:
    """An array of indices // or % a number, if the quotient shows."""
    whole, rest = left.value.divided_by_term(by)
    for axis in left.axes:
        if (more := exact_quotient(axis.size, by)) is not None and axis.letter in rest.names and more != axis.size:
            high, low = type(axis)(machine.fresh(), more), type(axis)(machine.fresh(), by)
            dims = tuple(
                tuple(new for one in dimension for new in ((high, low) if one == axis else (one,)))
                for dimension in left.dims
            )
            number = by * Polynomial.name(high.letter) + Polynomial.name(low.letter)
            return _divided(machine, sign, IndexArray(dims, left.value.substitute({axis.letter: number})), by)
    if machine.implies(rest, left.axes) and machine.implies(by - 1 - rest, left.axes):
        return IndexArray(left.dims, whole if sign == "//" else rest)
    raise Unread(f"{sign} of an array of indices", "the quotient does not show", "make it with np.arange, + and *")


def negative(machine: Machine, value: Any) -> Any:
    """-value."""
    value = _plain(value)
    if isinstance(value, Polynomial):
        return -value
    if isinstance(value, Real):
        return Real(-value.numerator, value.denominator)
    return arrays.elementwise(machine, lambda content: -content, value)


def positive(machine: Machine, value: Any) -> Any:
    """+value: of an array a new one."""
    value = _plain(value)
    return arrays.copy(machine, value) if isinstance(value, (Array, IndexArray)) else value


# -- truth -------------------------------------------------------------------------------------------------


def truth(machine: Machine, value: Any) -> bool:
    """Whether a value counts as true; what can be either is read for each."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Condition):
        return machine.holds(value)
    if value is None:
        return False
    if isinstance(value, Polynomial):
        return not machine.exactly(value)
    if isinstance(value, Real):
        return not machine.exactly(value.numerator)
    if isinstance(value, Text):
        raise Unread("a condition on a text", "its characters are not known", "leave it out")
    if isinstance(value, (str, tuple)):
        return bool(value)
    if isinstance(value, ListValue):
        return bool(items_of(machine, value))
    if isinstance(value, DictValue):
        return bool(dictionaries.contents(machine, value))
    if isinstance(value, LibraryFunction):
        check_known(value)
        return True
    if isinstance(value, (Instance, FunctionValue, ClassValue, ModuleValue)):
        return True
    raise Unread("a condition", "it depends on the entries of an array", "use sizes and indices")


def check_known(value: Any) -> None:
    """Nothing, unless it is a name of another module, which may be anything.

    Raises:
        Unread: it is, such as ``config.USE_BIAS`` or ``sys.platform``.
    """
    if isinstance(value, LibraryFunction) and value.name not in FUNCTIONS:
        *_, inner, _ = ("", *value.name.split("."))
        if value.bound is not None or inner not in OF_FUNCTIONS:
            raise Unread(value.name, "its value is not known", "write its value into the file")


def compare(machine: Machine, operator: str, left: Any, right: Any) -> Any:
    """left (operator) right, the operator as the class of its node is called."""
    if operator in ("Is", "IsNot"):
        return _is(left, right) == (operator == "Is")
    left, right = (truth(machine, one) if isinstance(one, Condition) else one for one in (left, right))
    if operator in ("In", "NotIn"):
        found = _contains(machine, right, left)
        return found if operator == "In" else not found
    left, right = _plain(left), _plain(right)
    if isinstance(left, (Polynomial, Real)) and isinstance(right, (Polynomial, Real)):
        return _ordered(machine, operator, left, right)
    if isinstance(left, (IndexArray, Array)) or isinstance(right, (IndexArray, Array)):
        return _compared_entries(machine, operator, left, right)
    if operator in ORDERS and isinstance(left, tuple) and isinstance(right, tuple):
        return _in_order(machine, operator, left, right)
    if operator not in ("Eq", "NotEq"):
        raise Unread("a comparison", f"of {arrays.described(left)} and {arrays.described(right)}", "compare numbers")
    same = _equal(machine, left, right)
    return same if operator == "Eq" else not same


ORDERS = ("Lt", "LtE", "Gt", "GtE")


def _in_order(machine: Machine, operator: str, left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """A comparison of tuples: of the first items that differ, or of their lengths."""
    for one, other in zip(left, right):
        if not truth(machine, compare(machine, "Eq", one, other)):
            return truth(machine, compare(machine, operator, one, other))
    return _ORDERED[operator](len(left), len(right))


_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "Lt": operators_of.lt, "LtE": operators_of.le, "Gt": operators_of.gt, "GtE": operators_of.ge,
}  # fmt: skip


def _is(left: Any, right: Any) -> bool:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Condition) and other is not None:
            raise Unread("is", "a truth value of NumPy is not Python's True", "use the condition itself")
        if one is not other:
            check_known(one)
    if isinstance(left, (bool, type(None))) or isinstance(right, (bool, type(None))):
        return left is right
    if isinstance(left, (Polynomial, Real, str, tuple, Condition, Repeated)):
        raise Unread("is", "two numbers or texts may or may not be one object", "use ==")
    return left is right or (isinstance(left, (Dtype, LibraryFunction, ModuleValue)) and bool(left == right))


def _contains(machine: Machine, container: Any, value: Any) -> bool:
    if isinstance(container, DictValue):
        return dictionaries.contains(machine, container, value)
    if isinstance(container, SetValue):
        return sets.contains(machine, container, value)
    if isinstance(container, str) and isinstance(value, str) and not isinstance(container, Text):
        return value in container
    return any(truth(machine, compare(machine, "Eq", value, one)) for one in items_of(machine, container))


def _equal(machine: Machine, left: Any, right: Any) -> bool:
    for one in (left, right):
        if left != right:
            check_known(one)
    if isinstance(left, Text) or isinstance(right, Text):
        raise Unread("a comparison of texts", "the characters are not known", "leave it out")
    if isinstance(left, (tuple, ListValue)) and isinstance(right, (tuple, ListValue)):
        if isinstance(left, tuple) != isinstance(right, tuple):
            return False
        one, two = items_of(machine, left), items_of(machine, right)
        return len(one) == len(two) and all(truth(machine, compare(machine, "Eq", a, b)) for a, b in zip(one, two))
    kinds = (Instance, DictValue, Repeated)
    if isinstance(left, (*kinds, FunctionValue)) or isinstance(right, kinds):
        raise Unread("a comparison", "of objects", "compare numbers")
    if (isinstance(left, Dtype) or isinstance(right, Dtype)) and left != right:
        raise Unread("a comparison of types", "two names may mean one type", "leave it out")
    return type(left) is type(right) and bool(left == right)


def _ordered(machine: Machine, operator: str, left: Polynomial | Real, right: Polynomial | Real) -> bool | Condition:
    """A comparison of numbers; floats are compared exactly."""
    a, b = (one if isinstance(one, Real) else Real(one, ONE) for one in (left, right))
    numbers = []
    for one, other in ((a, b), (b, a)):
        if not machine.always(one.denominator - 1):
            raise Unread("a comparison of floats", f"{one.denominator!r} may be negative", "compare whole numbers")
        numbers.append(one.numerator * other.denominator)
    difference = numbers[0] - numbers[1]
    conditions = {
        "Lt": Condition((-difference - 1,)), "LtE": Condition((-difference,)),
        "Gt": Condition((difference - 1,)), "GtE": Condition((difference,)),
        "Eq": Condition((difference, -difference)), "NotEq": Condition((difference, -difference)).negated,
    }  # fmt: skip
    condition = conditions[operator]
    if difference.value is not None:
        holds = [bool(part.evaluate({}) >= 0) for part in condition.parts if isinstance(part, Polynomial)]
        return all(holds) if condition.every else any(holds)

    return condition


def _compared_entries(machine: Machine, operator: str, left: Any, right: Any) -> Any:
    """A mask: arrays of indices compared entry by entry."""
    if not all(isinstance(one, (IndexArray, Polynomial)) for one in (left, right)):
        raise Unread("a comparison of data", "what depends on it is not a sum of products", "compare indices and sizes")
    one, other = (one if isinstance(one, IndexArray) else IndexArray((), one) for one in (left, right))
    dims, (a, b) = arrays.aligned(machine, [one, other])
    condition = _ordered(machine, operator, a, b)
    form = arrays.data(machine, condition).form
    return arrays.make(machine, dims, machine.tidy(form, axes_of(dims)), "boolean")


def together(conditions: list[Any]) -> bool | Condition:
    """All of some truth values, none of which is asked for yet."""
    if any(condition is False for condition in conditions):
        return False
    left = [condition for condition in conditions if condition is not True]
    return Condition(tuple(left)) if left else True
