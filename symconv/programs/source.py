"""Where a function's text is: in a text, in a file, or in the file that a function object comes from.

The text is parsed, never imported or run.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from symconv.errors import CodeSourceError, instead_of, shown
from symconv.programs.interpret.attributes import of_module
from symconv.programs.module_effects import ANYTHING, changed_names
from symconv.programs.outcomes import Unread
from symconv.programs.values import ModuleValue

MOST_CHARACTERS = 2_000_000
"""A file of up to two million characters is read."""
MAX_FOLDERS = 5
"""Modules that a file imports are sought in its folder and up to four folders above it."""
USUAL_MODULES = {
    "np": "numpy", "numpy": "numpy", "torch": "torch", "F": "torch.nn.functional", "nn": "torch.nn", "jnp": "jax.numpy",
    "jax": "jax", "lax": "jax.lax", "einops": "einops", "math": "math", "itertools": "itertools", "scipy": "scipy",
}  # fmt: skip
"""What names of modules mean in a text that does not import them."""

LIBRARIES = frozenset(name.split(".")[0] for name in USUAL_MODULES.values()) | {
    "abc", "builtins", "collections", "copy", "cupy", "cv2", "dataclasses", "functools", "keras", "logging",
    "matplotlib", "numba", "operator", "os", "past", "random", "six", "sklearn", "sys", "tensorflow", "time", "tqdm",
    "typing",
}  # fmt: skip
"""Modules that are libraries, whatever files there are."""

Definition = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.expr


@dataclass(frozen=True, eq=False)
class Module:
    """A text with what it defines.

    Args:
        text: the source.
        name: what the text is called in messages.
        path: the file that it is in, beside which other files of the project may be.
    """

    text: str
    name: str
    path: Path | None = None

    @cached_property
    def tree(self) -> ast.Module:
        """The text, parsed.

        Raises:
            CodeSourceError: it is not Python, or too large.
        """
        if len(self.text) > MOST_CHARACTERS:
            raise CodeSourceError(self.name, f"more than {MOST_CHARACTERS:,} characters", "pass the function alone")
        try:
            return ast.parse(self.text)
        except SyntaxError as error:
            wrong = f"line {error.lineno} is not Python: {error.msg}"
            raise CodeSourceError(self.name, wrong, "pass a text that Python 3 can parse") from None
        except (ValueError, RecursionError, MemoryError, OverflowError):
            wrong = "Python cannot parse it"
            raise CodeSourceError(self.name, wrong, "pass the text of one function") from None

    @cached_property
    def definitions(self) -> Mapping[str, Definition | None]:
        """What the names of the module stand for.

        None for a name that is set more than once, or in a condition, or that stands for something that a statement of
        the module may change.
        """
        found: dict[str, Definition | None] = {}

        def define(name: str, value: Definition | None) -> None:
            known = found.get(name, value)
            same = known is value or (isinstance(known, ast.FunctionDef) and isinstance(value, ast.FunctionDef))
            found[name] = value if same or _is_same_import(name, known, value) else None

        for node in self.tree.body:
            for name, value in _defined(node, found):
                define(name, value)
        changed, perhaps = self._changes
        values = {name for name, node in found.items() if isinstance(node, ast.expr) and not _is_constant(node)}
        return {**found, **dict.fromkeys(changed | (perhaps & values))}

    @cached_property
    def _changes(self) -> tuple[frozenset[str], frozenset[str]]:
        return changed_names(self.tree.body)

    def with_statement(self, text: str, at: int, new: ast.stmt) -> Module:
        """The module with another text, in which one definition differs: the one with that number."""
        module = Module(text, self.name, self.path)
        body = [*self.tree.body[:at], new, *self.tree.body[at + 1 :]]
        same = {"libraries": self.libraries, "is_python_2": self.is_python_2, "_changes": self._changes}
        module.__dict__.update(same, tree=ast.Module(body, self.tree.type_ignores))
        name = getattr(new, "name", "")
        known = self.definitions.get(name)
        module.__dict__["definitions"] = {**self.definitions, **({name: new} if known is self.tree.body[at] else {})}
        return module

    @cached_property
    def stars(self) -> tuple[ast.ImportFrom, ...]:
        """The imports of all names of a module, the last one first."""
        found = (node for node in self.tree.body if isinstance(node, ast.ImportFrom))
        return tuple(node for node in found if node.names[0].name == "*")[::-1]

    @property
    def may_change_anything(self) -> bool:
        """Whether it calls ``exec`` or the like when it is imported."""
        return not self._changes[0].isdisjoint(ANYTHING)

    @cached_property
    def is_python_2(self) -> bool:
        """Whether it is written for Python 2: it uses ``xrange``, and neither imports nor sets it."""
        uses = [node for node in ast.walk(self.tree) if isinstance(node, ast.Name) and node.id == "xrange"]
        imports = [node for node in ast.walk(self.tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        sets = any(isinstance(node.ctx, ast.Store) for node in uses)
        sets |= any("xrange" in (one.name, one.asname) for node in imports for one in node.names)
        return bool(uses) and not sets

    @cached_property
    def has_old_division(self) -> bool:
        """Whether / of whole numbers rounds down."""
        nodes = [node for node in self.tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        return self.is_python_2 and not any(one.name == "division" for node in nodes for one in node.names)

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The first names of the libraries that it uses, such as ``numpy``."""
        found, used, own = set[str](), set[str](), set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level:
                continue
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else own).add(node.id)
            elif isinstance(node, ast.arg):
                own.add(node.arg)
        found |= {USUAL_MODULES.get(name, "") for name in used - own}
        return frozenset(name.split(".")[0] for name in found if name)

    def libraries_in(self, tree: ast.AST) -> frozenset[str]:
        """The libraries that a part of the module uses, and the functions and classes of the module that it names."""
        waiting, seen, found = [tree], set[str](), set[str]()
        while waiting:
            for node in ast.walk(waiting.pop()):
                if not isinstance(node, ast.Name) or node.id in seen:
                    continue
                seen.add(node.id)
                what = self.definitions.get(node.id)
                if isinstance(what, (ast.Import, ast.ImportFrom)):
                    names = [one.name for one in what.names] if isinstance(what, ast.Import) else [what.module or ""]
                    found |= {name.split(".")[0] for name in names}
                elif isinstance(what, (ast.FunctionDef, ast.ClassDef)):
                    waiting.append(what)
                elif node.id in self.definitions or node.id in USUAL_MODULES:
                    found |= self.libraries  # it may be of any of them
        return frozenset(found)

    def method(self, name: str, known: Container[str], only: str = "") -> str | None:
        """The method of an array as the library calls it: PyTorch's tensors have others than NumPy's arrays.

        None if both have it, and both libraries are used.

        Args:
            only: the library whose arrays they are, if it is known.
        """
        uses_torch, uses_numpy = ("torch" in self.libraries, "numpy" in self.libraries)
        if uses_torch and uses_numpy and only:
            uses_torch, uses_numpy = only == "torch", only == "numpy"
        if not uses_torch:
            return f"array.{name}"
        both = f"tensor.{name}" in known and f"array.{name}" in known
        if uses_numpy and both and name not in ALIKE:
            return None
        return f"tensor.{name}" if f"tensor.{name}" in known or not uses_numpy else f"array.{name}"


NEVER_AT_IMPORT = frozenset(
    ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'", "'__main__' == __name__")
)
"""What does not hold when a module is imported."""
ALIKE = frozenset(("sum", "mean", "reshape", "item", "swapaxes", "dot"))
"""Methods that mean the same in NumPy and in PyTorch, as far as they are read."""


def _is_same_import(name: str, one: Definition | None, other: Definition | None) -> bool:
    """Whether two imports set a name to the same."""
    if not isinstance(one, (ast.Import, ast.ImportFrom)) or type(one) is not type(other):
        return False
    assert isinstance(other, (ast.Import, ast.ImportFrom))
    texts = []
    for node in (one, other):
        source = (node.module, node.level) if isinstance(node, ast.ImportFrom) else ()
        (alias,) = {ast.dump(a) for a in node.names if (a.asname or a.name.split(".")[0]) == name}
        texts.append((source, alias))
    return texts[0] == texts[1]


def _taken(node: ast.If, known: Mapping[str, Definition | None]) -> list[ast.stmt] | None:
    """The statements of an ``if`` that an import runs, if its test is known; else None."""
    test: Definition | None = node.test
    if ast.unparse(node.test) in NEVER_AT_IMPORT:
        return node.orelse
    if isinstance(test, ast.Name):
        test = known.get(test.id)
    is_known = isinstance(test, ast.Constant) and isinstance(test.value, bool)
    return (node.body if test.value else node.orelse) if is_known else None  # type: ignore[union-attr]


def _defined(node: ast.stmt, known: Mapping[str, Definition | None]) -> list[tuple[str, Definition | None]]:
    """The names that a statement of a module sets, by what is known of the names before it."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [(node.name, node)]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(one.asname or one.name.split(".")[0], node) for one in node.names if one.name != "*"]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return [(node.targets[0].id, node.value)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return [(node.target.id, node.value)]
    if isinstance(node, ast.Try):
        return [pair for one in node.body for pair in _defined(one, known)]
    if isinstance(node, ast.If):
        taken = _taken(node, known)
        every = (*node.body, *node.orelse) if taken is None else taken
        found = [pair for one in every for pair in _defined(one, known)]
        return found if taken is not None else [(name, None) for name, _ in found]
    stored = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    return [(one.id, None) for one in stored]


def _is_constant(node: ast.expr) -> bool:
    """Whether it is a number, a text, or a tuple of these, which nothing can change."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, Any]:
    """What an import sets, without importing it."""
    if isinstance(node, ast.Import):
        return {
            one.asname or one.name.split(".")[0]: ModuleValue(
                as_library(one.name if one.asname else one.name.split(".")[0])
            )
            for one in node.names
        }
    found: dict[str, Any] = {}
    for one in node.names:
        if one.name == "*" or node.level:
            raise Unread("an import", "what it brings in is not known", "import names of a library one by one")
        found[one.asname or one.name] = _member(as_library(f"{node.module}.{one.name}"))
    return found


AS_NUMPY = ("cupy", "autograd.numpy")
"""Libraries whose functions have NumPy's names and meanings."""


def as_library(name: str) -> str:
    """A dotted name as the library calls it that it copies.

    >>> as_library("cupy.lib.stride_tricks"), as_library("cupyx")
    ('numpy.lib.stride_tricks', 'cupyx')
    """
    for other in AS_NUMPY:
        if name == other or name.startswith(f"{other}."):
            return f"numpy{name.removeprefix(other)}"
    return name


def _member(name: str) -> Any:
    return ModuleValue(name) if name in MODULES else of_module(name)


MODULES = frozenset(
    (
        "numpy", "torch.nn", "torch.nn.functional", "torch.autograd", "jax.numpy", "jax.lax", "numpy.lib.stride_tricks",
        "numpy.linalg", "scipy.signal", "scipy.linalg", "scipy.ndimage", "numpy.lib",
    )
)  # fmt: skip
"""Names that are modules, where a library is said to have them."""


@dataclass(frozen=True)
class Target:
    """The function that is asked for, in its module.

    Args:
        owner: the class that it is a method of, if it is one.
        around: values of names of a function around it, or of other modules, that are plain.
        arguments: of a method that is bound to an object, its plain attributes.
    """

    module: Module
    function: ast.FunctionDef
    owner: ast.ClassDef | None = None
    around: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the function is called, with its class and its file."""
        name = self.function.name if self.owner is None else f"{self.owner.name}.{self.function.name}"
        return f"{self.module.name}::{name}" if self.module.name.endswith(".py") else name


def find(function: Any, file: str | None = None) -> Target:
    """The text of a function.

    Args:
        function: a function object; a text with one function; "FILE.py::name" or "FILE.py::Class.method"; or, with
            ``file``, a name in it.

    Raises:
        CodeSourceError: the function, or its text, is not found.
    """
    if isinstance(function, str):
        if file is not None:
            return _in_file(file, function)
        path, separator, name = function.partition("::")
        if separator and "\n" not in function:
            return _in_file(path, name)
        return _only(Module(function, "the text"))
    return _of_object(function)


def _in_file(path: str, name: str) -> Target:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        wrong = getattr(error, "strerror", None) or "it cannot be read as text"
        raise CodeSourceError(shown(path), wrong, "pass FILE.py::function") from None
    return named(Module(text, Path(path).name, Path(path)), name)


def named(module: Module, name: str) -> Target:
    """A function or a method of a module by its name."""
    definitions = {key: one for key, one in module.definitions.items()}
    first, _, method = name.partition(".")
    found = definitions.get(first)
    if isinstance(found, ast.ClassDef) and method:
        methods = {one.name: one for one in found.body if isinstance(one, ast.FunctionDef)}
        if method in methods:
            return Target(module, methods[method], found)
        raise CodeSourceError(f"{module.name}::{shown(name)}", "no such method", instead_of(method, methods))
    if isinstance(found, ast.FunctionDef) and not method:
        return Target(module, found)
    functions = [key for key, one in definitions.items() if isinstance(one, ast.FunctionDef)]
    raise CodeSourceError(f"{module.name}::{shown(name)}", "no such function", instead_of(name, functions))


def _only(module: Module) -> Target:
    """The function that a text has; of several, the last one."""
    functions = [node for node in module.tree.body if isinstance(node, ast.FunctionDef)]
    if not functions:
        given = shown(module.text[:60])
        raise CodeSourceError(given, "a text without a function", 'pass "def name(..): .." or FILE.py::name')
    return Target(module, functions[-1])


def _of_object(function: Any) -> Target:
    """The text that a function object comes from; the object is not called."""
    plain = function
    for name in ("__func__", "__wrapped__"):
        while callable(getattr(plain, name, None)):
            plain = getattr(plain, name)
    if not inspect.isfunction(plain):
        right = "pass a function written in Python, or probe it with probe_code"
        raise CodeSourceError(shown(function), "not a function with a source text", right)
    try:
        lines, start = inspect.findsource(plain)
    except (OSError, TypeError):
        wrong = "its text is not in a file"
        raise CodeSourceError(f"the function {plain.__name__}", wrong, "pass the text itself") from None
    path = Path(plain.__code__.co_filename)
    module = Module("".join(lines), path.name, path)
    for owner, node in _functions(module.tree, None):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        if node.name == plain.__name__ and first <= start + 1 <= node.lineno:
            return Target(module, node, owner, _plain_values(plain, module))
    right = "pass a function that is written with def, or its text"
    raise CodeSourceError(f"the function {plain.__name__}", "its definition is not found in its file", right)


def _functions(node: ast.AST, owner: ast.ClassDef | None) -> list[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    """All functions of a tree, each with its class."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            found.append((owner, child))
        inside = child if isinstance(child, ast.ClassDef) else None if isinstance(child, ast.FunctionDef) else owner
        found += _functions(child, inside)
    return found


def _plain_values(function: Any, module: Module) -> dict[str, Any]:
    """Numbers and texts around a function object that its module's text does not set."""
    values = inspect.getclosurevars(function)
    around = {**values.nonlocals, **{n: v for n, v in values.globals.items() if n not in module.definitions}}
    return {name: value for name, value in around.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or type(value) in (bool, int, float, str)
