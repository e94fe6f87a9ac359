"""A reading of a program: the machine, the module's names, and how a function is called."""

from __future__ import annotations

import ast
import builtins
from typing import Any

from symconv.programs.interpret.attributes import of_module
from symconv.programs.interpret.calls import Calls, memory_of
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.library.registry import FUNCTIONS, literal, load
from symconv.programs.machine import Machine
from symconv.programs.neighbours import neighbour, neighbour_of
from symconv.programs.outcomes import CodeError, OutOfScope, Unread
from symconv.programs.source import LIBRARIES, USUAL_MODULES, Module, Target, as_library, imported
from symconv.programs.values import Array, FunctionValue, LibraryFunction, ModuleValue, Namespace, Text


class Reader(Calls):
    """Reads the function of a target on symbolic arguments."""

    def __init__(self, target: Target, machine: Machine) -> None:
        super().__init__()
        load()
        self.target, self.machine = target, machine
        self.globals = Namespace(0, {name: literal(value) for name, value in target.around.items()})
        self._modules: dict[Namespace, Module] = {self.globals: target.module}
        self._resolving: set[tuple[Namespace, str]] = set()
        machine.call = self.call
        machine.old_division = target.module.has_old_division
        around = target.module.libraries_in(target.function if target.owner is None else target.owner)
        self._only = next(iter(around & {"torch", "numpy"})) if len(around & {"torch", "numpy"}) == 1 else ""
        machine.uses_torch = "torch" in target.module.libraries and self._only != "numpy"
        if target.module.is_python_2:
            machine.scope["in Python 2"] = None
            division = ", in which / of whole numbers rounds down" if machine.old_division else ""
            machine.note(f"xrange is of Python 2{division}; Python 3 raises a NameError")

    def run(self, positional: list[Any], named: dict[str, Any], bound: Any = None) -> Any:
        """What the function returns.

        Raises:
            Outcome: it cannot be read, or raises; with the line.
        """
        try:
            function = self.function(self.target.function, self.globals)
            mark = self.machine.journal.mark
            returned = self.call(function, [*([] if bound is None else [bound]), *positional], named)
            self._require_as_before(mark)
            return returned
        except (Unread, CodeError, OutOfScope) as outcome:
            outcome.line = outcome.line or self.machine.line
            raise
        except (LookupError, TypeError, AttributeError, AssertionError, ArithmeticError) as error:
            why = f"reading stops here ({type(error).__name__})"
            raise Unread("the program", why, "write it another way", self.machine.line) from error
        except RecursionError:
            raise Unread("the program", "it is nested too deeply", "use fewer brackets", self.machine.line) from None

    def _require_as_before(self, mark: int) -> None:
        """The next call starts from what this one did."""
        lasting = {id(one) for one in (*self.machine.lasting, *self._modules)}
        for what, _, old in self.machine.journal.since(mark):
            if old is not MISSING and id(what) in lasting:
                why = "the call changes it, and the next one starts from that"
                raise Unread("a default, or a name of the module", why, "make it inside the function")

    @property
    def is_of_torch(self) -> bool:
        libraries = frozenset[str]().union(*(module.libraries for module in self._modules.values()))
        return libraries & {"torch", "numpy", "jax"} == {"torch"}

    def method(self, name: str) -> str | None:
        found = {module.method(name, FUNCTIONS, self._only) for module in self._modules.values()}
        return found.pop() if len(found) == 1 else None

    def named(self, name: str, names: Namespace) -> Any:
        """What a name stands for: of the function, of the functions around it, of the module, or of Python."""
        inner: Namespace | None = names
        while inner is not None:
            inner = inner.of(name)
            if name in inner.contents:
                return self.machine.get(inner, name)
            if name in inner.local:
                raise CodeError("UnboundLocalError", f"{name} is used before it is set")
            names, inner = inner, inner.outer
        module = self._module_of(names)
        if module.may_change_anything:
            raise Unread(name, "the module calls exec or the like, which may change it", "leave that out")
        if name in module.definitions:
            value = self._defined(names, module, name)
            self._require_last(module, name, value)
            return value
        for star in module.stars:
            if (found := self._of_star(module, star, name)) is not MISSING:
                return found
        if name in USUAL_MODULES:
            return ModuleValue(USUAL_MODULES[name])
        if name in ("__name__", "__file__"):
            return Text(name)
        if f"builtins.{name}" in FUNCTIONS or (callable(getattr(builtins, name, None)) and not name.startswith("_")):
            return LibraryFunction(f"builtins.{name}")
        where = "the text" if module.path is None else module.name
        raise Unread(name, f"{where} does not define or import it", "pass the whole file, or define it")

    def of_module(self, module: ModuleValue, name: str) -> Any:
        """What a module of the same project says that a name is."""
        assert module.names is not None
        if name not in self._modules[module.names].definitions:
            why = f"{self._modules[module.names].name} does not define it"
            raise Unread(f"{module.name}.{name}", why, "import it from the file that does")
        return self.named(name, module.names)

    def _starred(self, module: Module, name: str) -> Any:
        """A name that a module has from another module, all of whose names it imports."""
        for star in module.stars:
            if (found := self._of_star(module, star, name)) is not MISSING:
                return found
        raise Unread(name, f"{module.name} does not define it", "import it from the file that does")

    def _require_last(self, module: Module, name: str, value: Any) -> None:
        """No import of all names of another module comes after a definition, and sets it to something else."""
        node = module.definitions[name]
        for star in module.stars:
            if node is None or star.lineno < node.lineno:
                continue
            other = self._of_star(module, star, name)
            same = isinstance(value, (ModuleValue, LibraryFunction)) and other == value
            if other is not MISSING and not same:
                raise Unread(name, f"it is set, and {star.module} sets it again", "set it once")

    def _of_star(self, module: Module, star: ast.ImportFrom, name: str) -> Any:
        """What ``from module import *`` sets a name to, ``MISSING`` if it does not set it."""
        other = neighbour_of(module, star)
        if other is None:
            library = f"{star.module}.{name}"
            if star.level or (star.module or "").split(".")[0] not in LIBRARIES:
                if name in USUAL_MODULES or f"builtins.{name}" in FUNCTIONS:
                    self.machine.note(f"the file of {star.module} is not found; {name} is taken not to be of it")
                    return MISSING
                raise Unread(name, f"it may be of {star.module}, whose file is not found", "import names one by one")
            return of_module(library) if library in FUNCTIONS else MISSING
        if name.startswith("_") or (name not in other.definitions and not other.stars):
            return MISSING
        names = self._namespace(other)
        if (names, name) in self._resolving and isinstance(other.definitions[name], ast.ImportFrom):
            return MISSING  # it imports the name from where it is sought, and so does not set it to something else
        return self.named(name, names) if name in other.definitions else MISSING

    def _namespace(self, module: Module) -> Namespace:
        """The names of another module of the project."""
        for names, known in self._modules.items():
            if known is module or (known.path is not None and known.path.resolve() == module.path):
                return names
        names = Namespace(0, {})
        self._modules[names] = module
        self.machine.note(f"{module.name} is read too")
        if module.has_old_division != self.machine.old_division:
            raise Unread(module.name, "it is written for another version of Python", "write both for Python 3")
        return names

    def _imported(self, module: Module, node: ast.Import | ast.ImportFrom, name: str) -> Any:
        """What an import sets a name to: what is defined in a file of the same project, or what a library has."""
        for one in node.names:
            whole = one.name if isinstance(node, ast.Import) else f"{node.module}.{one.name}"
            if as_library(whole) != whole and name in (one.asname, one.name, whole.split(".")[0]):
                self.machine.note(f"{whole.split('.')[0]} is read as NumPy")
        if isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in LIBRARIES and not node.level:
                return imported(node)[name]
            (member,) = {one.name for one in node.names if (one.asname or one.name) == name}
            if (other := neighbour_of(module, node)) is not None and member in other.definitions:
                return self.named(member, self._namespace(other))
            inner = neighbour(module, ".".join(filter(None, (node.module, member))), node.level)
            if inner is not None:
                return ModuleValue(member, self._namespace(inner))
            return imported(node)[name] if other is None or not other.stars else self._starred(other, member)
        (whole,) = {one.name for one in node.names if (one.asname or one.name.split(".")[0]) == name}
        other = None if whole.split(".")[0] in LIBRARIES else neighbour(module, whole, 0)
        if other is not None and ("." not in whole or any(one.asname == name for one in node.names)):
            return ModuleValue(whole, self._namespace(other))
        return imported(node)[name]

    def imports(self, node: ast.Import | ast.ImportFrom, names: Namespace) -> dict[str, Any]:
        if any(one.name == "*" for one in node.names):
            return imported(node)
        module = self._module_of(names)
        found = {
            one.asname or (one.name if isinstance(node, ast.ImportFrom) else one.name.split(".")[0])
            for one in node.names
        }
        return {name: self._imported(module, node, name) for name in sorted(found)}

    def _module_of(self, names: Namespace) -> Module:
        """The module whose names are around those of a function."""
        while names.outer is not None:
            names = names.outer
        return self._modules.get(names, self.target.module)

    def _run(self, function: FunctionValue, positional: list[Any], named: dict[str, Any]) -> Any:
        machine, module = self.machine, self._module_of(function.names)
        if module is self.target.module or machine.elsewhere is not None:
            return super()._run(function, positional, named)
        steps, machine.steps, machine.elsewhere = machine.steps, None, module.name
        try:
            return super()._run(function, positional, named)
        except (Unread, CodeError) as outcome:
            outcome.text += f" (in {module.name})"
            raise
        finally:
            machine.steps, machine.elsewhere = steps, None

    def _defined(self, names: Namespace, module: Module, name: str) -> Any:
        """What a module says that a name is; made once, as if before everything else."""
        node = module.definitions[name]
        key = (names, name)
        if node is None or key in self._resolving:
            raise Unread(name, "the module sets it more than once or in a condition, or changes it", "set it once")
        self._resolving.add(key)
        machine = self.machine
        line, loops, machine.loops = machine.line, machine.loops, []
        try:
            value = self._value_of(names, module, name, node)
        finally:
            machine.line, machine.loops = line, loops
            self._resolving.discard(key)
        made_old(value)
        machine.lasting.append(memory_of(value))
        names.contents[name] = value
        return value

    def _value_of(self, names: Namespace, module: Module, name: str, node: Any) -> Any:
        if isinstance(node, ast.FunctionDef):
            return self.function(node, names)
        if isinstance(node, ast.ClassDef):
            return self.class_value(node, names)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._imported(module, node, name)
        return self.value(node, names)


def made_old(value: Any) -> None:
    """What a module defines is there before any loop."""
    if isinstance(value, Mutable):
        value.birth = 0
    elif isinstance(value, Array):
        value.cell.birth = 0
    elif isinstance(value, tuple):
        for one in value:
            made_old(one)
