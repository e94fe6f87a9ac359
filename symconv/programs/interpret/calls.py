"""Calls: functions of the source are read where they are called, those of libraries have their meaning."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial
from typing import Any

from symconv.algebra.polynomial import ZERO
from symconv.programs import dictionaries, lists, operators
from symconv.programs.arrays import described
from symconv.programs.interpret import classes, special_methods
from symconv.programs.interpret.attributes import attribute, bound
from symconv.programs.interpret.control import Return
from symconv.programs.interpret.expressions import Expressions, is_builtin
from symconv.programs.interpret.statements import Statements, local_names, setter_of
from symconv.programs.iterables import kept, whole_segment
from symconv.programs.library.registry import FUNCTIONS
from symconv.programs.outcomes import CodeError, Unread, WrongArgumentsError
from symconv.programs.source import LIBRARIES
from symconv.programs.values import (
    Array,
    ClassValue,
    Dtype,
    FunctionValue,
    GeneratorValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ListValue,
    ModuleValue,
    Namespace,
    Segment,
    Text,
)

DEEPEST = 30
"""Functions that call each other are read up to 30 deep."""
HARMLESS_DECORATORS = frozenset(
    (
        "staticmethod",
        "property",
        "njit",
        "jit",
        "classmethod",
        "no_grad",
        "abstractmethod",
        "once_differentiable",
        "abstractclassmethod",
        "abstractstaticmethod",
        "override",
        "final",
        "inference_mode",
        "custom_fwd",
        "custom_bwd",
    )
)
"""Decorators that do not change what a function computes."""
ARRAY_MODULE = frozenset(("get_array_module", "get_array_modules"))
"""Functions of CuPy, Chainer and their like, which say whether an array is of NumPy or of CuPy."""
SMALL = frozenset(("int8", "int16"))
"""Types that do not have all numbers that sizes are."""
CLASS = "__class__"
"""The name under which methods find their class."""
BASES_WITHOUT_ATTRIBUTES = frozenset(("builtins.object", "abc.ABC", "typing.Protocol", "typing.Generic"))
"""Bases from which a class inherits nothing that a method would use."""


class Calls(Statements, Expressions):
    """Calls, definitions and comprehensions."""

    _depth = 0

    def call(self, function: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        if isinstance(function, FunctionValue):
            return self._run(function, positional, named)
        if isinstance(function, LibraryFunction):
            own = [] if function.bound is None else [function.bound]
            for read in (self._by_name, partial(special_methods.of_function, self)):
                if not named and (found := read(function.name, [*own, *positional])) is not NotImplemented:
                    return found
            if (known := FUNCTIONS.get(function.name)) is None:
                raise not_known(function.name)
            try:
                return known.call(self.machine, [*own, *positional], named)
            except CodeError as error:
                if any(map(special_methods.is_own, (*positional, *named.values()))):
                    raise Unread(
                        function.name, "what it makes of an object is not read", "pass what is in it"
                    ) from None
                if isinstance(error, WrongArgumentsError) and "cupy is read as NumPy" in self.machine.notes:
                    raise Unread(
                        function.name, "CuPy may take these arguments, NumPy does not", "use NumPy's"
                    ) from None
                raise
        if isinstance(function, Dtype):
            return self.call(LibraryFunction(self._conversion(function, positional)), positional, named)
        if isinstance(function, ClassValue):
            return self.made(function, positional, named)
        if isinstance(function, Instance) and function.kind is not None:
            for name in ("__call__", "forward"):
                if name in function.kind.members:
                    return self.call(bound(function.kind.members[name], function), positional, named)
        if isinstance(function, ModuleValue) and function.name.split(".")[0] not in LIBRARIES:
            raise not_known(function.name)
        if isinstance(function, ModuleValue):
            raise CodeError("TypeError", f"module '{function.name}' is not callable")
        raise CodeError("TypeError", f"'{described(function)}' object is not callable")

    def _by_name(self, function: str, arguments: list[Any]) -> Any:
        """getattr(..) and setattr(..) with a text that is known; ``NotImplemented`` if it is something else."""
        if len(arguments) < 2 or not isinstance(arguments[1], str) or isinstance(arguments[1], Text):
            return NotImplemented
        what, name, *more = arguments
        if function in ("builtins.setattr", "builtins.object.__setattr__") and len(more) == 1:
            if isinstance(what, Instance) and function == "builtins.object.__setattr__":
                return self.set_own(what, name, more[0])
            return self.set_attribute(what, name, more[0])
        if function != "builtins.getattr" or len(more) > 1:
            return NotImplemented
        try:
            return attribute(self, what, name)
        except CodeError as error:
            if not more or error.kind != "AttributeError":
                raise
            return more[0]

    def _conversion(self, kind: Dtype, values: list[Any]) -> str:
        """The function that makes a number of a type, as ``np.float32(x)`` does."""
        name = {"integer": "builtins.int", "data": "builtins.float", "boolean": "builtins.bool"}.get(kind.kind)
        if (
            name is None
            or kind.name in SMALL
            or any(isinstance(one, (Array, IndexArray)) and one.rank for one in values)
        ):
            raise Unread(f"np.{kind.name}(..)", "what it makes of this is not read", "use int(..), float(..) or astype")
        return name

    def made(self, kind: ClassValue, positional: list[Any], named: dict[str, Any]) -> Instance:
        """A new object of a class of the source."""
        new = Instance(self.machine.journal.tick(), kind, {})
        if "__init__" in kind.members:
            mark = self.machine.journal.mark
            try:
                self.call(bound(kind.members["__init__"], new), positional, named)
            except (Unread, CodeError):
                if self.machine.construct is None:
                    raise
                self.machine.journal.undo(mark)
                return self.machine.construct(kind, positional, named)
        elif positional or named:
            raise CodeError("TypeError", f"{kind.name}() takes no arguments")
        return new

    def _run(self, function: FunctionValue, positional: list[Any], named: dict[str, Any]) -> Any:
        """Read the body of a function for the arguments of one call."""
        if function.unread is not None:
            raise Unread(function.name, function.unread, "")
        own = [] if function.bound is None else [function.bound]
        names = Namespace(
            self.machine.journal.tick(), self.parameters_of(function, [*own, *positional], named), function.names,
            function.local,
        )  # fmt: skip
        if function.is_generator:
            return GeneratorValue(function, names)
        line = self.machine.line
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unread(f"{function.name}()", f"functions that call each other more than {DEEPEST} deep", "use a loop")
        value = None
        try:
            self.block(function.body, names)
        except Return as found:
            value = found.value
        finally:
            self._depth -= 1
        self.machine.line = line
        return value

    def parameters_of(self, function: FunctionValue, positional: list[Any], named: dict[str, Any]) -> dict[Any, Any]:
        """Parameters with their values, by Python's rules."""
        parameters, name = function.parameters, f"{function.name}()"
        plain = [one.arg for one in (*parameters.posonlyargs, *parameters.args)]
        only = {one.arg for one in parameters.posonlyargs}
        for value in (*positional, *named.values()):
            kept(value)
        values: dict[Any, Any] = dict(zip(plain, positional))
        rest = positional[len(plain) :]
        if parameters.vararg is not None:
            values[parameters.vararg.arg] = tuple(rest)
        elif rest:
            raise CodeError("TypeError", f"{name} takes {len(plain)} arguments but {len(positional)} were given")
        more: dict[Any, Any] = {}
        allowed = {*plain, *(one.arg for one in parameters.kwonlyargs)} - only
        for key, value in named.items():
            if key in allowed:
                if key in values:
                    raise CodeError("TypeError", f"{name} got multiple values for argument '{key}'")
                values[key] = value
            elif parameters.kwarg is not None:
                more[key] = value
            else:
                raise CodeError("TypeError", f"{name} got an unexpected keyword argument '{key}'")
        if parameters.kwarg is not None:
            values[parameters.kwarg.arg] = self.machine.dictionary(more)
        for one in (*plain, *(one.arg for one in parameters.kwonlyargs)):
            if one not in values:
                if one not in function.defaults:
                    raise CodeError("TypeError", f"{name} missing a required argument: '{one}'")
                values[one] = function.defaults[one]
        return values

    # -- definitions ---------------------------------------------------------------------------------------

    def function(self, node: ast.FunctionDef | ast.Lambda, names: Namespace) -> FunctionValue:
        arguments = node.args
        plain = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        given = dict(zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults))
        given.update({one.arg: value for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults) if value})
        defaults = {name: self.value(default, names) for name, default in given.items()}
        if names.outer is None:
            self.machine.lasting += map(memory_of, defaults.values())
        if isinstance(node, ast.Lambda):
            body: tuple[ast.stmt, ...] = (ast.copy_location(ast.Return(node.body), node),)
            local = local_names(node)
            return FunctionValue("<lambda>", arguments, body, names, defaults, line=node.lineno, local=local)
        decorators = tuple(_last_name(one) for one in node.decorator_list)
        is_generator = any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in _own_nodes(node))
        made = FunctionValue(
            node.name, arguments, tuple(node.body), names, defaults, None, node.lineno, is_generator, decorators,
            local_names(node),
        )  # fmt: skip
        for one, decorator in zip(decorators[::-1], node.decorator_list[::-1]):
            is_usual = one in HARMLESS_DECORATORS or one.endswith(("setter", "computes"))
            if not is_usual or self._is_of_source(decorator, names):
                made = self._decorated(made, one, decorator, names)
        return made

    def _is_of_source(self, decorator: ast.expr, names: Namespace) -> bool:
        """Whether a decorator is a function of the source, whatever its name."""
        mark = self.machine.journal.mark
        try:
            value = self.value(decorator.func if isinstance(decorator, ast.Call) else decorator, names)
        except (Unread, CodeError):
            self.machine.journal.undo(mark)
            return False
        return isinstance(value, (FunctionValue, ClassValue))

    def _decorated(self, function: FunctionValue, name: str, decorator: ast.expr, names: Namespace) -> FunctionValue:
        """What a decorator makes of a function; one that is not of the project makes what is not read if it is used."""
        mark, line = self.machine.journal.mark, self.machine.line
        try:
            value = self.value(decorator, names)
            made = self.call(value, [function], {}) if isinstance(value, (FunctionValue, LibraryFunction)) else None
            if isinstance(made, FunctionValue) and function.unread is None:
                return replace(made, decorators=function.decorators)
        except (Unread, CodeError):
            self.machine.journal.undo(mark)
        finally:
            self.machine.line = line
        return replace(function, unread=f"@{name}: it may change what the function computes; leave it out")

    def class_value(self, node: ast.ClassDef, names: Namespace) -> ClassValue:
        """The value of a class definition, with what it inherits from classes of the same file."""
        bases: list[ClassValue] = []
        unread: str | None = None
        for base in node.bases:
            value = self.value(base, names)
            if isinstance(value, ClassValue):
                bases.append(value)
                unread = unread or value.unread
            elif not isinstance(value, LibraryFunction):
                raise Unread(f"class {node.name}", "a base of it is not read", "write it without")
            elif value.name not in BASES_WITHOUT_ATTRIBUTES:
                unread = ast.unparse(base)
        classes.require_usual(node)
        body = Namespace(self.machine.journal.tick(), {}, names)
        around = Namespace(0, {}, names)
        for statement in node.body:
            self.machine.line = statement.lineno
            if isinstance(statement, ast.FunctionDef):
                is_setter = any(_last_name(one) == "setter" for one in statement.decorator_list)
                name = setter_of(statement.name) if is_setter else statement.name
                body.contents[name] = self.function(statement, around)
            elif not isinstance(statement, (ast.Pass, ast.AnnAssign)) or getattr(statement, "value", None) is not None:
                self.statement(statement, body)
        if (start := classes.start_of_dataclass(node, bases)) is not None:
            body.contents["__init__"] = self.function(start, around)
        own = {str(name): one for name, one in body.contents.items()}
        mro = classes.linearized(node.name, bases)
        members = {name: one for base in reversed(mro) for name, one in base.own.items()} | own
        made = ClassValue(node.name, members, tuple(bases), unread, own, mro, node)
        around.contents[CLASS] = made
        return self._decorated_class(made, node, names)

    def _decorated_class(self, made: ClassValue, node: ast.ClassDef, names: Namespace) -> ClassValue:
        """What the decorators of a class make of it."""
        for decorator in reversed(node.decorator_list):
            value = made if classes.is_harmless(decorator) and not self._is_of_source(decorator, names) else None
            if value is None:
                value = self.call(self.value(decorator, names), [made], {})
            if not isinstance(value, ClassValue):
                raise Unread(f"class {node.name}", "a decorator makes something else of it", "write it without")
            made = value
        return made

    # -- calls that are read as a whole ----------------------------------------------------------------------

    def special_call(self, node: ast.Call, names: Namespace) -> Any:
        function, arguments = node.func, node.args
        if _last_name(function) in ARRAY_MODULE:
            self.machine.note("arrays are taken to be NumPy's, not CuPy's")
            return ModuleValue("numpy")
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
            inner = function.value.func
            if isinstance(inner, ast.Name) and inner.id == "super":
                return self._of_base(function.attr, node, names)
        if isinstance(function, ast.Name) and len(arguments) == 1 and not node.keywords:
            (argument,) = arguments
            if function.id == "sum" and isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
                return self._sum(argument, names) if is_builtin(self.named("sum", names), "sum") else NotImplemented
        return NotImplemented

    def _of_base(self, name: str, node: ast.Call, names: Namespace) -> Any:
        """The value of ``super().name(..)``."""
        kind, me = self._around(CLASS, names), self._around("self", names)
        given = node.func.value.args if isinstance(node.func, ast.Attribute) else []  # type: ignore[attr-defined]
        if given and self.value(given[0], names) is not kind:
            raise Unread(f"super(..).{name}", "it is of another class than the one around it", "write super()")
        if isinstance(kind, ClassValue) and isinstance(me, Instance) and me.kind is not None:
            order = (me.kind, *me.kind.mro)
            after = order[order.index(kind) + 1 :] if kind in order else ()
            positional = list(self._elements(node.args, names))
            for base in after:
                if isinstance(base.own.get(name), FunctionValue):
                    named = {one.arg: self.value(one.value, names) for one in node.keywords if one.arg is not None}
                    if len(named) < len(node.keywords):
                        raise Unread(f"super().{name}(**..)", "it is not read", "write its arguments")
                    return self.call(bound(base.own[name], me), positional, named)
            if name == "__init__" and kind in order:
                return None
            if name == "__setattr__" and len(positional) == 2 and isinstance(positional[0], str) and kind in order:
                return self.set_own(me, positional[0], positional[1])
        raise Unread(f"super().{name}", "methods of a base are not read", "call it by its name")

    def _around(self, name: str, names: Namespace) -> Any:
        """A name of the function or of those around it; None if they do not have it."""
        inner: Namespace | None = names
        while inner is not None:
            if name in inner.contents:
                return self.machine.get(inner, name)
            inner = inner.outer
        return None

    def _sum(self, node: ast.GeneratorExp | ast.ListComp, names: Namespace) -> Any:
        """sum(.. for ..): added up in a loop."""
        inner = Namespace(self.machine.journal.tick(), {"sum": ZERO}, names)

        def add(own: Namespace) -> None:
            item = self.value(node.elt, own)
            total = self.machine.get(inner, "sum")
            self.machine.put(inner, "sum", operators.binary(self.machine, "+", total, item))

        self._generate(node.generators, Namespace(self.machine.journal.tick(), {}, names), add)
        return self.machine.get(inner, "sum")

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, names: Namespace) -> ListValue:
        made = ListValue(self.machine.journal.tick(), ())

        def add(own: Namespace) -> None:
            item = self.value(node.elt, own)
            self.machine.put(made, "items", (*self.machine.get(made, "items"), item))

        self._generate(node.generators, Namespace(self.machine.journal.tick(), {}, names), add)
        repeated = whole_segment(self.machine, made) if _is_new(node.elt) else None
        if repeated is not None:
            segment = Segment(lists.with_memory(self.machine, repeated))
            self.machine.journal.put(made, "items", (segment,))
        return made

    def _DictComp(self, node: ast.DictComp, names: Namespace) -> Any:
        made = self.machine.dictionary({})

        def add(own: Namespace) -> None:
            key, item = self.value(node.key, own), kept(self.value(node.value, own))
            dictionaries.set_item(self.machine, made, key, item)

        self._generate(node.generators, Namespace(self.machine.journal.tick(), {}, names), add)
        return made

    def _generate(self, generators: list[ast.comprehension], names: Namespace, body: Any) -> None:
        """Read what a comprehension does for each choice of its names."""
        if not generators:
            body(names)
            return
        first, *others = generators

        def one(value: Any) -> None:
            self.assign(first.target, value, names)
            if all(self.truth(test, names) for test in first.ifs):
                self._generate(others, names, body)

        self.over(self.value(first.iter, names), one)


def _is_new(node: ast.expr) -> bool:
    """Whether an expression makes a list, or lists in a list, that nothing else knows."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mult) and (_is_new(node.left) or _is_new(node.right))
    if isinstance(node, ast.List):
        return all(isinstance(one, ast.Constant) or _is_new(one) for one in node.elts)
    return isinstance(node, ast.ListComp)


def _last_name(node: ast.expr) -> str:
    """The last part of the name of a decorator."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "?"


def _own_nodes(function: ast.FunctionDef) -> list[ast.AST]:
    """The nodes of a function, without those of functions in it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return found


def memory_of(value: Any) -> Any:
    """What is changed if a value is changed in place."""
    return value.cell if isinstance(value, Array) else value


def not_known(name: str) -> Unread:
    """The reason if a function of Python or of a library is called that has no meaning here."""
    short = name.removeprefix("builtins.")
    whose = "of Python " if short != name else ""
    return Unread(f"{short}()", f"this function {whose}is not read", "write out what it computes")
