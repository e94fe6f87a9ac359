"""Statements: one method for each kind of node."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from typing import Any

from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.programs import arrays, dictionaries, index, iterables, lists, operators, shaping, writing
from symconv.programs.arrays import described
from symconv.programs.interpret import loops, special_methods, unknown_calls, while_loops
from symconv.programs.interpret.attributes import bound, is_property
from symconv.programs.interpret.control import Break, Continue, Jump, Return
from symconv.programs.interpret.expressions import Expressions, sign_of
from symconv.programs.interpret.while_loops import While
from symconv.programs.outcomes import CodeError, OutOfScope, Unread
from symconv.programs.values import (
    Array,
    Condition,
    DictValue,
    FunctionValue,
    GeneratorValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ListValue,
    Namespace,
    ProductValue,
    Unknown,
)


class Statements(Expressions):
    """What statements do."""

    def __init__(self) -> None:
        self._yields: dict[Namespace, Callable[[Any], None]] = {}

    def block(self, body: Sequence[ast.stmt], names: Namespace) -> None:
        """Read statements one after the other."""
        for node in body:
            self.statement(node, names)

    def statement(self, node: ast.stmt, names: Namespace) -> None:
        """Read one statement."""
        self.machine.line = node.lineno
        self.machine.spend()
        if self.machine.steps is not None:
            self.machine.steps.at(node)
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            word = ast.unparse(node).split(maxsplit=1)[0].rstrip(":")
            right = "use if and elif" if word == "match" else "write it another way"
            raise Unread(word, "this kind of statement is not read", right)
        method(node, names)

    def _Pass(self, node: ast.Pass, names: Namespace) -> None:
        pass

    def _Expr(self, node: ast.Expr, names: Namespace) -> None:
        if not isinstance(node.value, ast.Constant):
            self._called(node.value, names)

    def _called(self, node: ast.expr, names: Namespace) -> Any:
        """A value; of a call of an attribute of ``self`` that nobody knows, one that is not known either."""
        owner = unknown_calls.owner_of(node)
        if owner is None or self.machine.loops or self.machine.is_tolerant:
            return self.value(node, names)
        assert isinstance(node, ast.Call)
        try:
            self.value(owner, names)
        except Unread:
            if not self.machine.is_unknown(owner.attr):
                raise
            given = [self._given(one, names) for one in (*node.args, *(each.value for each in node.keywords))]
            return self.machine.unknown_call(f"{ast.unparse(node.func)}(..)", given)
        return self.value(node, names)

    def _given(self, node: ast.expr, names: Namespace) -> Any:
        """What is handed to a call that is not known, known or not."""
        try:
            return self.value(node, names)
        except Unread as outcome:
            if not isinstance(node, (ast.Name, ast.Attribute)):
                raise
            return Unknown(outcome.text, "")

    # -- definitions ---------------------------------------------------------------------------------------

    def _FunctionDef(self, node: ast.FunctionDef, names: Namespace) -> None:
        self.machine.put(names.of(node.name), node.name, self.function(node, names))

    def _Import(self, node: ast.Import, names: Namespace) -> None:
        for name, value in self.imports(node, names).items():
            self.machine.put(names.of(name), name, value)

    def _ImportFrom(self, node: ast.ImportFrom, names: Namespace) -> None:
        for name, value in self.imports(node, names).items():
            self.machine.put(names.of(name), name, value)

    # -- conditions ----------------------------------------------------------------------------------------

    def _If(self, node: ast.If, names: Namespace) -> None:
        self.block(node.body if self.truth(node.test, names) else node.orelse, names)

    def _Assert(self, node: ast.Assert, names: Namespace) -> None:
        if not self.truth(node.test, names):
            self._leave_scope(node)

    def _Raise(self, node: ast.Raise, names: Namespace) -> None:
        self._leave_scope(node)

    def _leave_scope(self, node: ast.stmt) -> None:
        """The user's own check fails."""
        if not self.machine.is_certain:
            raise Unread("a check in a loop", "whether it fails depends on the loop", "check the sizes before it")
        raise OutOfScope("the code's own check fails", node.lineno)

    def _Try(self, node: ast.Try, names: Namespace) -> None:
        """A body that raises before it has changed anything is left for the handler."""
        mark = self.machine.journal.mark
        jumps = (ast.Return, ast.Break, ast.Continue)
        if any(isinstance(one, jumps) for each in node.finalbody for one in ast.walk(each)):
            raise Unread("finally", "a jump in it is not read", "write it after the try")
        try:
            try:
                self.block(node.body, names)
            except CodeError as error:
                handler = self._handler(node, error)
                if handler is None:
                    raise
                if handler.name is not None or self.machine.journal.mark != mark or not self.machine.is_certain:
                    raise Unread(
                        "try", "what its body has changed before it raises is not read", "test first"
                    ) from None
                self.block(handler.body, names)
            except OutOfScope:
                if node.handlers:
                    raise Unread("raise in try", "it is not read", "use if and else") from None
                raise
            else:
                self.block(node.orelse, names)
        except Jump:
            self.block(node.finalbody, names)
            raise
        self.block(node.finalbody, names)

    def _handler(self, node: ast.Try, error: CodeError) -> ast.ExceptHandler | None:
        """The handler of what is raised, None if there is none."""
        for handler in node.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            names = {"BaseException" if kind is None else ast.unparse(kind).rsplit(".", 1)[-1] for kind in kinds}
            raised = getattr(builtins, error.kind, None)
            if raised is None or not all(isinstance(getattr(builtins, name, None), type) for name in names):
                raise Unread("except", "whether it catches this is not known", "test first")
            if any(issubclass(raised, getattr(builtins, name)) for name in names):
                return handler
        return None

    # -- loops and jumps -----------------------------------------------------------------------------------

    def _For(self, node: ast.For, names: Namespace) -> None:
        def body(value: Any) -> None:
            self.machine.line = node.lineno
            self.assign(node.target, value, names)
            self.block(node.body, names)

        iterable = self.value(node.iter, names)
        self.over(iterable, body)
        self._else(node, names)

    def over(self, iterable: Any, body: Callable[[Any], None]) -> None:
        """Read a body for every item."""
        machine = self.machine
        iterable = special_methods.iterated(self, iterable)
        if isinstance(iterable, GeneratorValue):
            self._over_generator(iterable, body)
        elif isinstance(iterable, ProductValue):
            iterables.nested(machine, iterable, self.over, self._without_jumps(body))
        elif iterables.is_written(machine, iterable):
            sources = iterables.sources(iterable)
            for at, value in enumerate(self._written(iterable), 1):
                before = iterables.still_to_come(sources, at)
                try:
                    body(value)
                except Continue:
                    pass
                except Break:
                    break
                if iterables.still_to_come(sources, at) != before:
                    raise Unread(
                        "a loop over what its body changes", "what comes next is not read", "go through a copy"
                    )
        else:
            count = iterables.length(machine, iterable)
            loops.run(machine, count, lambda at: body(iterables.item(machine, iterable, at)))

    def _written(self, iterable: Any) -> list[Any]:
        count = iterables.length(self.machine, iterable)
        number = count.value
        if number is None:
            raise Unread("a loop over a list and something else", "its length depends on sizes", "use range(..)")
        return [iterables.item(self.machine, iterable, count - count + at) for at in range(int(number))]

    def _without_jumps(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """A body that several loops run: to leave it is to leave only the innermost one."""

        def run(value: Any) -> None:
            try:
                body(value)
            except Continue:
                pass
            except Jump:
                raise Unread("a jump out of a loop", "of product(..) or of a generator", "use nested loops") from None

        return run

    def _over_generator(self, generator: GeneratorValue, body: Callable[[Any], None]) -> None:
        """A generator's own loops with the body at its ``yield``."""
        self._yields[generator.names] = self._without_jumps(body)
        try:
            self.block(generator.function.body, generator.names)
        except Return:
            pass
        finally:
            del self._yields[generator.names]

    def yielded(self, node: ast.Yield, names: Namespace) -> Any:
        if names not in self._yields:
            raise Unread("yield", "of a generator that is not looped over", "use it in a for loop")
        self._yields[names](None if node.value is None else iterables.kept(self.value(node.value, names)))
        return None

    def _While(self, node: ast.While, names: Namespace) -> None:
        left = while_loops.left_at(node)
        if left is None:
            test = self._tested(node.test, names)
            while_loops.run(self.machine, While(test, lambda: self.block(node.body, names)))
            self._else(node, names)
            return
        goes_on = self._tested(ast.copy_location(ast.UnaryOp(ast.Not(), left.test), left.test), names)
        if left.rest or not left.first:
            self.block(left.first, names)
            while_loops.run(self.machine, While(goes_on, lambda: self.block((*left.rest, *left.first), names)))
            return
        counting = while_loops.counting(left.first, left.test)

        def test_after() -> bool | Condition:
            mark = self.machine.journal.mark
            self.block(counting, names)
            holds = goes_on()
            self.machine.journal.undo(mark)
            return holds

        while_loops.run(self.machine, While(test_after, lambda: self.block(left.first, names), after=True))

    def _tested(self, node: ast.expr, names: Namespace) -> Callable[[], bool | Condition]:
        """What asks for a test, which need not be known."""

        def test() -> bool | Condition:
            self.machine.line = node.lineno
            value = self.value(node, names)
            if isinstance(value, Polynomial) and value.value is None:
                return Condition.equal(value, ZERO).negated
            return value if isinstance(value, (bool, Condition)) else special_methods.truth(self, value)

        return test

    def _else(self, node: ast.For | ast.While, names: Namespace) -> None:
        """What follows a loop that is not left."""
        if node.orelse and any(isinstance(one, ast.Break) for one in while_loops.jumps(node.body)):
            raise Unread("else of a loop with break", "it is not read", "write it after the loop, with a condition")
        self.block(node.orelse, names)

    def _Continue(self, node: ast.Continue, names: Namespace) -> None:
        raise Continue

    def _Break(self, node: ast.Break, names: Namespace) -> None:
        raise Break

    def _Return(self, node: ast.Return, names: Namespace) -> None:
        value = None if node.value is None else iterables.kept(self.value(node.value, names))
        if self.machine.steps is not None:
            self.machine.steps.returned(self.machine, value)
        self.machine.return_line = node.lineno
        raise Return(value)

    def _With(self, node: ast.With, names: Namespace) -> None:
        for one in node.items:
            expression = one.context_expr
            function = self.value(expression.func if isinstance(expression, ast.Call) else expression, names)
            if not isinstance(function, LibraryFunction) or function.name not in CONTEXTS or one.optional_vars:
                text = ast.unparse(expression)
                raise Unread(f"with {text}", "only contexts that change no value are read", "leave it out")
        self.block(node.body, names)

    # -- assignments ---------------------------------------------------------------------------------------

    def _Assign(self, node: ast.Assign, names: Namespace) -> None:
        value = self._called(node.value, names)
        for target in node.targets:
            self.assign(target, value, names)

    def _AnnAssign(self, node: ast.AnnAssign, names: Namespace) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, names), names)

    def assign(self, target: ast.expr, value: Any, names: Namespace) -> None:
        """target = value."""
        if isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, Unknown):
                for one in target.elts:
                    self.assign(one, value, names)
            else:
                self._unpack(target.elts, value, names)
            return
        iterables.kept(value)
        if isinstance(target, ast.Name):
            self.machine.put(names.of(target.id), target.id, value)
            if self.machine.steps is not None:
                self.machine.steps.named(self.machine, target.id, value)
        elif isinstance(target, ast.Subscript):
            container = self.value(target.value, names)
            self.set_item(container, self.key(container, target.slice, names), value)
        elif isinstance(target, ast.Attribute):
            what = self.value(target.value, names)
            if target.attr == "shape" and isinstance(what, Array) and isinstance(target.value, ast.Name):
                self._reshape(target.value.id, what, value, names)
            else:
                self.set_attribute(what, target.attr, value)
        else:
            raise Unread("an assignment", "to this it is not read", "assign to a name")

    def _reshape(self, name: str, array: Array, shape: Any, names: Namespace) -> None:
        """name.shape = shape, for an array that has one name."""
        others = [key for key, one in names.contents.items() if one is array and key != name]
        if others or not array.contiguous or names.contents.get(name) is not array or array.cell.role:
            raise Unread(".shape = ..", "the array may have other names, or another order in memory", "use reshape")
        self.machine.put(names, name, shaping.reshaped(self.machine, array, arrays.sizes(self.machine, shape)))

    def _unpack(self, targets: list[ast.expr], value: Any, names: Namespace) -> None:
        items = iterables.items_of(self.machine, value)
        starred = [at for at, one in enumerate(targets) if isinstance(one, ast.Starred)]
        if starred:
            (at,) = starred
            count = len(items) - len(targets) + 1
            if count < 0:
                raise CodeError("ValueError", f"not enough values to unpack ({len(items)})")
            rest = ListValue(self.machine.journal.tick(), items[at : at + count])
            items = (*items[:at], rest, *items[at + count :])
        if len(items) != len(targets):
            raise CodeError("ValueError", f"{len(items)} values for {len(targets)} names")
        for one, item in zip(targets, items):
            self.assign(one.value if isinstance(one, ast.Starred) else one, item, names)

    def set_item(self, container: Any, key: Any, value: Any) -> None:
        """container[key] = value."""
        if (found := special_methods.method(container, "__setitem__")) is not None:
            self.call(found, [key, value], {})
            return
        if isinstance(container, (Array, IndexArray)):
            self._show(container)
            writing.assign(self.machine, index.view(self.machine, container, key), value)
        elif isinstance(container, DictValue):
            kept = self.machine.as_named(container, key, value) if isinstance(key, str) else value
            dictionaries.set_item(self.machine, container, key, kept)
        elif (sequence := lists.to_set(self.machine, container)) is not None:
            lists.set_nth(self.machine, container, sequence, self.inside(sequence, key), value)
        elif isinstance(container, ListValue):
            items = list(iterables.items_of(self.machine, container))
            at = self._number(key)
            if not -len(items) <= at < len(items):
                raise CodeError("IndexError", "list assignment index out of range")
            items[at] = value
            self.machine.put(container, "items", tuple(items))
        else:
            raise CodeError("TypeError", f"'{described(container)}' object does not support item assignment")

    def set_attribute(self, what: Any, name: str, value: Any) -> None:
        """what.name = value."""
        if isinstance(what, Array) and what.cell.role and name == "grad":
            self.machine.put(self.machine.gradients, what.cell.role, value)
            return
        if not isinstance(what, Instance):
            raise Unread(f".{name} = ..", f"of a {described(what)} it is not read", "use reshape, or a new name")
        members = {} if what.kind is None else what.kind.members
        if isinstance(sets := members.get("__setattr__"), FunctionValue):
            self.call(bound(sets, what), [name, value], {})
        else:
            self.set_own(what, name, value)

    def set_own(self, what: Instance, name: str, value: Any) -> None:
        """Set an attribute as ``object`` does: a property by its setter."""
        members = {} if what.kind is None else what.kind.members
        if not is_property(members.get(name)):
            self.machine.put(what, name, self.machine.as_named(what, name, value))
        elif (setter := members.get(setter_of(name))) is not None:
            self.call(bound(setter, what), [value], {})
        else:
            raise CodeError("AttributeError", f"property '{name}' has no setter")

    def _Global(self, node: ast.Global, names: Namespace) -> None:
        root = names
        while root.outer is not None:
            root = root.outer
        names.elsewhere.update(dict.fromkeys(node.names, root))

    def _Nonlocal(self, node: ast.Nonlocal, names: Namespace) -> None:
        for name in node.names:
            around = names.outer
            while around is not None and name not in around.local and name not in around.contents:
                around = around.outer
            if around is None or around.outer is None:
                raise Unread("nonlocal", f"nothing around sets {name}", "pass it as an argument")
            names.elsewhere[name] = around.of(name)

    # -- in place --------------------------------------------------------------------------------------------

    def _AugAssign(self, node: ast.AugAssign, names: Namespace) -> None:
        sign, target = sign_of(node.op), node.target
        if isinstance(target, ast.Name):
            old, value = self.named(target.id, names), self.value(node.value, names)
            self._show(old)
            new = self._in_place(sign, old, value)
            if self.machine.steps is not None and new is not old and sign in ("+", "-"):
                self.machine.steps.named(self.machine, target.id, value, f"{sign}=")
            if new is not old or target.id not in names.of(target.id).contents:
                self.machine.put(names.of(target.id), target.id, new)
        elif isinstance(target, ast.Attribute):
            what = self.value(target.value, names)
            old = self._Attribute(target, names)
            new = self._in_place(sign, old, self.value(node.value, names))
            if new is not old:
                self.set_attribute(what, target.attr, new)
        else:
            container = self.value(target.value, names)
            key = self.key(container, target.slice, names)
            if isinstance(container, Array):
                entries, value = index.view(self.machine, container, key), self.value(node.value, names)
                self._show(container)
                self._in_part(sign, entries, value)
                return
            if (sequence := lists.to_set(self.machine, container)) is not None:
                part = lists.place(self.machine, sequence, self.inside(sequence, key))
                value = self.value(node.value, names)
                if part is not None and lists.is_single(value):
                    if lists.may_be_none(sequence):
                        operators.binary(self.machine, sign, self.item(container, key), value)
                    self._in_part(sign, part, value, converts=False)
                    return
                raise Unread("an item of a list", "it is not a number", "use an array")
            old = self.item(container, key)
            new = self._in_place(sign, old, self.value(node.value, names))
            if new is not old:
                self.set_item(container, key, new)

    def _in_place(self, sign: str, old: Any, value: Any) -> Any:
        """old (sign)= value: what the name stands for then."""
        if special_methods.is_own(old) or special_methods.is_own(value):
            return special_methods.in_place(self, sign, old, value)
        if isinstance(old, Array) and old.rank:
            self._in_part(sign, index.Part(old, False), value)
            return old
        if isinstance(old, IndexArray) and old.rank:
            raise Unread(f"{sign}= on an array of indices", "it may have other names", f"write a = a {sign} ..")
        if isinstance(old, ListValue) and sign == "+":
            items = (*self.machine.get(old, "items"), *iterables.items_of(self.machine, value))
            self.machine.put(old, "items", items)
            return old
        return operators.binary(self.machine, sign, old, value)

    def _show(self, container: Any) -> None:
        """Tell ``Steps`` which array has its entries changed."""
        if self.machine.steps is not None:
            self.machine.steps.container = container

    def _in_part(self, sign: str, part: index.Part, value: Any, *, converts: bool = True) -> None:
        if sign in ("+", "-"):
            writing.add(self.machine, part, value, 1 if sign == "+" else -1, converts=converts)
        else:
            new = operators.binary(self.machine, sign, part.array, value)
            writing.assign(self.machine, part, new, converts=converts)

    def _Delete(self, node: ast.Delete, names: Namespace) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name) or target.id not in names.contents:
                raise Unread("del", "it is not read for this", "leave it out")
            self.machine.get(names, target.id)
            self.machine.journal.drop(names, target.id)


def setter_of(name: str) -> str:
    """The name under which a class keeps the setter of a property, which no attribute has."""
    return f"{name}.setter"


CONTEXTS = frozenset((
    "torch.no_grad", "torch.enable_grad", "torch.inference_mode", "torch.set_grad_enabled", "numpy.errstate",
    "numpy.printoptions",
))  # fmt: skip
"""Contexts that do not change what is computed."""


def local_names(function: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """The names that a function sets somewhere, its parameters among them."""
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    found = {one.arg for one in every if one is not None}
    if isinstance(function, ast.Lambda):
        return frozenset(found)
    declared = set[str]()
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {one.asname or one.name.split(".")[0] for one in node.names}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
            waiting += ast.iter_child_nodes(node)
    return frozenset(found - declared)
