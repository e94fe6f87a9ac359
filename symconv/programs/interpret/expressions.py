"""Expressions: one method for each kind of node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.programs import dictionaries, index, lists, operators
from symconv.programs.arrays import described, integer
from symconv.programs.interpret import special_methods
from symconv.programs.interpret.attributes import attribute
from symconv.programs.iterables import is_written, item, items_of, kept, length, whole_segment
from symconv.programs.library.registry import FUNCTIONS, literal
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    Condition,
    DictValue,
    Filled,
    FunctionValue,
    IndexArray,
    IteratorValue,
    LibraryFunction,
    ListValue,
    ModuleValue,
    Namespace,
    RangeValue,
    Real,
    Repeated,
    Slice,
    Stretch,
    Text,
    Unknown,
)


class Expressions:
    """Values of expressions. ``names`` is what names stand for at the place of the expression."""

    machine: Machine

    def call(self, function: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        """The value of a call."""
        raise NotImplementedError

    def named(self, name: str, names: Namespace) -> Any:
        """What a name stands for."""
        raise NotImplementedError

    @property
    def is_of_torch(self) -> bool:
        """Whether all arrays of the program are tensors of PyTorch."""
        raise NotImplementedError

    def method(self, name: str) -> str | None:
        """The name of an array's method in the library that the program uses."""
        raise NotImplementedError

    def imports(self, node: ast.Import | ast.ImportFrom, names: Namespace) -> dict[str, Any]:
        """What an import sets."""
        raise NotImplementedError

    def of_module(self, module: ModuleValue, name: str) -> Any:
        """What a module of the same project says that a name is."""
        raise NotImplementedError

    def function(self, node: ast.FunctionDef | ast.Lambda, names: Namespace) -> FunctionValue:
        """The value of a definition."""
        raise NotImplementedError

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, names: Namespace) -> ListValue:
        """The list that a comprehension makes."""
        raise NotImplementedError

    def special_call(self, node: ast.Call, names: Namespace) -> Any:
        """The value of a call that is not read argument by argument, or ``NotImplemented``."""
        raise NotImplementedError

    def yielded(self, node: ast.Yield, names: Namespace) -> Any:
        """What a ``yield`` gives back."""
        raise NotImplementedError

    def value(self, node: ast.expr, names: Namespace) -> Any:
        """The value of an expression."""
        self.machine.spend()
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise Unread(type(node).__name__, "this kind of expression is not read", "write it another way")
        return method(node, names)

    def truth(self, node: ast.expr, names: Namespace) -> bool:
        """Whether a condition holds."""
        return special_methods.truth(self, self.value(node, names))

    # -- names and constants -------------------------------------------------------------------------------

    def _Constant(self, node: ast.Constant, names: Namespace) -> Any:
        return literal(node.value)

    def _Name(self, node: ast.Name, names: Namespace) -> Any:
        return self.named(node.id, names)

    def _Attribute(self, node: ast.Attribute, names: Namespace) -> Any:
        return attribute(self, self.value(node.value, names), node.attr)

    # -- collections ---------------------------------------------------------------------------------------

    def _Tuple(self, node: ast.Tuple, names: Namespace) -> tuple[Any, ...]:
        return tuple(self._elements(node.elts, names))

    def _List(self, node: ast.List, names: Namespace) -> Any:
        if len(node.elts) == 1 and isinstance(node.elts[0], ast.Starred):
            return self.call(LibraryFunction("builtins.list"), [self.value(node.elts[0].value, names)], {})
        items = tuple(self._elements(node.elts, names))
        return ListValue(self.machine.journal.tick(), items)

    def _elements(self, nodes: list[ast.expr], names: Namespace, at_once: bool = False) -> Iterator[Any]:
        """The values of some expressions; iterators are among them only if they are gone through ``at_once``."""
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from items_of(self.machine, self.value(node.value, names))
            else:
                value = self.value(node, names)
                yield value if at_once else kept(value)

    def _Dict(self, node: ast.Dict, names: Namespace) -> DictValue:
        contents: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values):
            one = self._entry(value, names) if self.machine.is_tolerant else kept(self.value(value, names))
            if key is not None:
                contents[dictionaries.checked(self.value(key, names))] = one
            elif isinstance(one, DictValue):
                contents.update(dictionaries.contents(self.machine, one))
            else:
                raise CodeError("TypeError", f"'{described(one)}' object is not a mapping")
        dictionaries.apart(contents)
        return DictValue(self.machine.journal.tick(), contents)

    def _entry(self, node: ast.expr, names: Namespace) -> Any:
        """An entry of a dictionary, of which others may be known if it is not."""
        mark = self.machine.journal.mark
        try:
            return kept(self.value(node, names))
        except Unread as outcome:
            self.machine.journal.undo(mark)
            return Unknown(outcome.text, "")

    def _JoinedStr(self, node: ast.JoinedStr, names: Namespace) -> str:
        parts = [self._piece(one, names) for one in node.values]
        return Text("text") if None in parts else "".join(one for one in parts if one is not None)

    def _piece(self, node: ast.expr, names: Namespace) -> str | None:
        """A part of an f-string, if it is a text that is known."""
        if isinstance(node, ast.Constant):
            return str(node.value)
        if not isinstance(node, ast.FormattedValue) or node.conversion != -1 or node.format_spec is not None:
            return None
        if not isinstance(node.value, (ast.Name, ast.Attribute)):
            return None
        try:
            value = self.value(node.value, names)
        except Unread:
            return None
        return str(value) if isinstance(value, str) and not isinstance(value, Text) else None

    def _ListComp(self, node: ast.ListComp, names: Namespace) -> ListValue:
        return self.comprehension(node, names)

    def _GeneratorExp(self, node: ast.GeneratorExp, names: Namespace) -> IteratorValue:
        return IteratorValue(self.comprehension(node, names))

    def _Lambda(self, node: ast.Lambda, names: Namespace) -> FunctionValue:
        return self.function(node, names)

    # -- operators -----------------------------------------------------------------------------------------

    def _BinOp(self, node: ast.BinOp, names: Namespace) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        return special_methods.binary(self, sign_of(node.op), left, right)

    def _UnaryOp(self, node: ast.UnaryOp, names: Namespace) -> Any:
        if isinstance(node.op, ast.Not):
            value = self.value(node.operand, names)
            return value.negated if isinstance(value, Condition) else not special_methods.truth(self, value)
        value = self.value(node.operand, names)
        if special_methods.is_own(value) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return special_methods.unary(self, "__neg__" if isinstance(node.op, ast.USub) else "__pos__", value)
        if isinstance(node.op, ast.USub):
            return operators.negative(self.machine, value)
        if isinstance(node.op, ast.UAdd):
            return operators.positive(self.machine, value)
        if isinstance(value, Polynomial):
            return -value - 1
        raise Unread("~", f"of a {described(value)} it is not read", "use not, or 1 - mask")

    def _BoolOp(self, node: ast.BoolOp, names: Namespace) -> Any:
        is_and = isinstance(node.op, ast.And)
        for part in node.values[:-1]:
            value = self.value(part, names)
            if special_methods.truth(self, value) != is_and:
                return (not is_and) if isinstance(value, Condition) else value
        return self.value(node.values[-1], names)

    def _Compare(self, node: ast.Compare, names: Namespace) -> Any:
        left = self.value(node.left, names)
        found = []
        for operator, comparator in zip(node.ops, node.comparators):
            if isinstance(comparator, ast.Set) and isinstance(operator, (ast.In, ast.NotIn)):
                right: Any = tuple(self._elements(comparator.elts, names))
            else:
                right = self.value(comparator, names)
            found.append(special_methods.compare(self, type(operator).__name__, left, right))
            left = right
        return found[0] if len(found) == 1 else operators.together(found)

    def _Set(self, node: ast.Set, names: Namespace) -> tuple[Any, ...]:
        raise Unread("a set", "it is read after in and not in only", "use a list")

    def _IfExp(self, node: ast.IfExp, names: Namespace) -> Any:
        return self.value(node.body if self.truth(node.test, names) else node.orelse, names)

    def _NamedExpr(self, node: ast.NamedExpr, names: Namespace) -> Any:
        value = self.value(node.value, names)
        self.machine.put(names.of(node.target.id), node.target.id, value)
        return value

    # -- items ---------------------------------------------------------------------------------------------

    def _Subscript(self, node: ast.Subscript, names: Namespace) -> Any:
        container = self.value(node.value, names)
        return self.item(container, self.key(container, node.slice, names))

    def key(self, container: Any, node: ast.expr, names: Namespace) -> Any:
        """What stands in the brackets behind a container; tensors of PyTorch have no steps backwards."""
        key = self.value(node, names)
        if self.is_of_torch and isinstance(container, (Array, IndexArray)):
            slices = (one for one in (key if isinstance(key, tuple) else (key,)) if isinstance(one, Slice))
            steps = [integer(self.machine, one.step) for one in slices if one.step is not None]
            if not all(self.machine.always(step - 1) for step in steps):
                raise CodeError("ValueError", "step must be greater than zero")
        return key

    def _Slice(self, node: ast.Slice, names: Namespace) -> Slice:
        ends = (node.lower, node.upper, node.step)
        return Slice(*(None if end is None else self.value(end, names) for end in ends))

    def item(self, container: Any, key: Any) -> Any:
        """container[key]."""
        machine = self.machine
        if (found := special_methods.method(container, "__getitem__")) is not None:
            return self.call(found, [key], {})
        if isinstance(container, (Array, IndexArray)):
            return index.select(machine, container, key)
        if isinstance(container, DictValue):
            return dictionaries.item(machine, container, key)
        if isinstance(container, (ListValue, Repeated, RangeValue)) and not is_written(machine, container):
            return self._item_at(container, key)
        if isinstance(container, (tuple, ListValue, str)):
            return self._item_of(container, key)
        if isinstance(container, (Polynomial, Real, bool, FunctionValue, type(None))):
            raise CodeError("TypeError", f"'{described(container)}' object is not subscriptable")
        raise Unread(f"an item of a {described(container)}", "it is not read", "use arrays, tuples and dictionaries")

    def _item_at(self, container: Any, key: Any) -> Any:
        """An item of what is as long as sizes say."""
        machine = self.machine
        if isinstance(container, RangeValue):
            return self._of_range(container, key)
        sequence = container if isinstance(container, Repeated) else whole_segment(machine, container)
        assert sequence is not None
        return lists.nth(machine, sequence, self.inside(sequence, key))

    def _of_range(self, container: RangeValue, key: Any) -> Any:
        """A number of a range, counted from its end if the index is negative; or the range backwards."""
        count = length(self.machine, container)
        if not isinstance(key, Slice):
            return item(self.machine, container, index.inside(self.machine, integer(self.machine, key), count))
        ends = (key.start, key.stop, None if key.step is None else integer(self.machine, key.step).value)
        if ends != (None, None, -1):
            raise Unread("a slice of a range", "only [::-1] is read", "give range(..) its start, stop and step")
        last = container.start + container.step * (count - 1)
        return RangeValue(last, container.start - container.step, -container.step)

    def inside(self, sequence: Repeated, key: Any) -> Polynomial:
        """An index of a list whose length depends on sizes, counted from 0."""
        if isinstance(key, Slice):
            raise Unread("a slice of a list", "the list's length depends on sizes", "use an array")
        return index.inside(self.machine, integer(self.machine, key), sequence.length)

    def _item_of(self, container: Any, key: Any) -> Any:
        machine = self.machine
        if isinstance(container, ListValue) and (known := self._at_its_end(container, key)) is not None:
            return known[0]
        if isinstance(container, Text):
            raise Unread("a text", "its characters are not known", "leave it out")
        items: Any = container if isinstance(container, str) else items_of(machine, container)
        if isinstance(key, Slice):
            ends = [None if end is None else self._number(end) for end in (key.start, key.stop, key.step)]
            part = items[slice(*ends)]
            return ListValue(machine.journal.tick(), part) if isinstance(container, ListValue) else part
        at = self._number(key)
        if not -len(items) <= at < len(items):
            raise CodeError("IndexError", f"index {at} of {len(items)} items")
        return items[at]

    def _at_its_end(self, container: ListValue, key: Any) -> tuple[Any] | None:
        """The item at an index from the back, or at the index that this round has set, of a list that a loop makes."""
        items = self.machine.get(container, "items")
        number = key.value if isinstance(key, Polynomial) else None
        from_back = number is not None and -len(items) <= number < 0
        if from_back and not any(isinstance(one, Stretch) for one in items[int(number or 0) :]):
            return (items[int(number or 0)],)
        if len(items) == 1 and isinstance(items[0], Filled) and items[0].at == key:
            return (items[0].value,)
        return None

    def _number(self, value: Any) -> int:
        if isinstance(value, Slice):
            raise Unread("a slice of a list", "it is not assigned to", "set one item after the other")
        number = integer(self.machine, value).value
        if number is None:
            raise Unread("an item of a list", "its index depends on sizes or on a loop", "use an array")
        return int(number)

    # -- calls ---------------------------------------------------------------------------------------------

    def _Call(self, node: ast.Call, names: Namespace) -> Any:
        special = self.special_call(node, names)
        if special is not NotImplemented:
            return special
        function = self.value(node.func, names)
        at_once = isinstance(function, LibraryFunction) and function.name in AT_ONCE
        positional = list(self._elements(node.args, names, at_once))
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, names)
            spread = keyword.arg is None and isinstance(value, DictValue)
            new = dictionaries.contents(self.machine, value) if spread else {keyword.arg: value}
            for name, one in new.items():
                if not isinstance(name, str) or name in named:
                    raise CodeError("TypeError", f"keyword argument {name} twice, or not a text")
                named[name] = one
        self.machine.line = node.lineno
        return self.call(function, positional, named)

    def _Yield(self, node: ast.Yield, names: Namespace) -> Any:
        return self.yielded(node, names)


AT_ONCE = frozenset(
    f"builtins.{name}"
    for name in ("all", "any", "enumerate", "list", "map", "max", "min", "sorted", "sum", "tuple", "zip")
)  # fmt: skip
"""Functions that go through an iterator, or are gone through with it, at once."""


def sign_of(operator: ast.operator) -> str:
    """The sign of an operator's node."""
    return operators.SIGNS[type(operator).__name__]


def is_builtin(value: Any, name: str) -> bool:
    """Whether a value is one of Python's own functions."""
    return isinstance(value, LibraryFunction) and value.name == f"builtins.{name}" and f"builtins.{name}" in FUNCTIONS
