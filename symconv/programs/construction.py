"""An object of the user's class as its ``__init__`` leaves it, read as far as it can be read.

The parameters of ``__init__`` go by the same names as those of other functions. A statement that is not read, such as
one that draws weights, leaves what it sets unknown; the layer's own tensors take the place of what has their names.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs.conventions import ACTIVATIONS, SIZES, TENSORS, counts_zeros, role_of
from symconv.programs.forward import called_by, set_in
from symconv.programs.interpret.control import Jump
from symconv.programs.interpret.reader import Reader, made_old
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, OutOfScope, TooLarge, Unread
from symconv.programs.unchanged import BEFORE_OUT, FRESH, is_self
from symconv.programs.unsaid import is_unsaid, unsaid
from symconv.programs.values import Array, ClassValue, DictValue, FunctionValue, Instance, Namespace, Unknown

BUILDERS = ("build", "setup", "init_params", "init_weights", "initialize", "initialise", "set_input_shape", "compile")
"""Methods that make the weights when the input's shape is known."""
FLAGS = frozenset(("is_initialized", "initialized", "_initialized", "is_initialised", "is_built", "built", "_built",
                   "is_init", "_is_init"))  # fmt: skip
"""Attributes that say whether the weights are made, as they are after the first pass."""
LIBRARIES = (["np"], ["numpy"], ["math"])
"""Names of modules by which libraries are called."""
DRAWN = frozenset((
    "randn", "rand", "normal", "uniform", "randint", "random", "standard_normal", "random_sample",
))  # fmt: skip
"""Functions of ``np.random`` that change none of their arguments."""
IDENTITY = ast.parse("lambda z: z", mode="eval").body
COUNTS = ("filters", "kernels")
"""Parameters of ``__init__`` that are numbers if it has a kernel's size too."""
Known = Callable[..., Any]
"""What a name is by the binding, in the way of its default; ``MISSING`` if it says nothing."""


class Construction:
    """Reads an ``__init__``.

    Args:
        tensor: what an attribute is if it is one of the layer's tensors.
        parameter: what a parameter of ``__init__`` is.
        own: the names of the layer's tensors.
        own_bias: whether the layer has a bias.
    """

    def __init__(
        self, reader: Reader, owner: ast.ClassDef, kind: Any, tensor: Known, parameter: Known, own: Set[str],
        own_bias: bool,
    ) -> None:  # fmt: skip
        self.own_bias = own_bias
        self.of_others = (tensor, parameter, own, own_bias)
        self.reader, self.machine, self.owner = reader, reader.machine, owner
        self.tensor, self.parameter, self.own = tensor, parameter, own
        self.instance = Instance(0, kind, {})
        self.by_name: dict[str, str] = {}
        """The attributes that are tensors of the layer by their names, with the reason why nothing else says it."""
        self.unread: list[str] = []
        """Why statements were not read."""
        self.drawn: dict[str, int] = {}
        """The number of dimensions of attributes that are drawn at random."""
        self.empty = set[str]()
        """What ``__init__`` leaves None of tensors, as it is written: "self.W", "self.params['W']"."""

    def attributes(self) -> dict[str, Any]:
        """The attributes that ``__init__`` sets, and a method that builds the layer after it.

        ``Unknown`` if it is not read to what.
        """
        self._read_method("__init__")
        for name in self._builders():
            self._read_method(name)
        for flag, value in list(self.instance.contents.items()):
            if flag in FLAGS and value is False:
                self.instance.contents[flag] = True
                self.machine.note(f"self.{flag} is taken to be True, as after the first pass")
        return {str(name): value for name, value in self.instance.contents.items()}

    def _read_method(self, name: str) -> None:
        start = self.instance.kind.members.get(name) if self.instance.kind is not None else None
        if isinstance(start, FunctionValue):
            self._read(start)

    def _builders(self) -> list[str]:
        """Methods that are called between ``__init__`` and the first pass, by their names."""
        used = set(_attributes(self.owner))
        tests = [node for node in ast.walk(self.owner) if isinstance(node, ast.If)]
        once = {name for node in tests if not FLAGS.isdisjoint(_attributes(node.test)) or self._asks_for_empty(node)
                for one in node.body for name in _attributes(one)}  # fmt: skip
        methods = [one.name for one in self.owner.body if isinstance(one, ast.FunctionDef)]
        return [name for name in methods if name in once or (name in BUILDERS and name not in used)]

    def _asks_for_empty(self, statement: ast.If) -> bool:
        """Whether it is ``if self.W is None``, of what ``__init__`` leaves empty: it is run at the first pass."""
        match statement.test:
            case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)]):
                starts = [one for one in self.owner.body if getattr(one, "name", "") == "__init__"]
                counts = [_attributes(start).count(name) for start in starts for name in _attributes(left)]
                return counts == [1] and ast.unparse(left) in self.empty
        return False

    def _read(self, start: FunctionValue, given: dict[Any, Any] | None = None) -> None:
        """Read a method statement by statement, with its parameters by their names or as they are given."""
        if start.unread is not None:
            raise Unread(start.name, start.unread)
        names = Namespace(0, self._parameters(start) if given is None else given, start.names, start.local)
        with suppress(Jump):
            self._statements(start.body, names)

    def _inner(self, kind: ClassValue, positional: list[Any], named: dict[str, Any]) -> Instance:
        """An object that ``__init__`` makes, whose own ``__init__`` is read as far as it can be."""
        start = kind.members["__init__"]
        if kind.node is None or not isinstance(start, FunctionValue):
            raise Unread(f"{kind.name}(..)", "its __init__ is not read")
        inner = Construction(self.reader, kind.node, kind, *self.of_others)
        inner._read(start, self.reader.parameters_of(start, [inner.instance, *positional], named))
        self.unread += inner.unread
        made_old(inner.instance)
        return inner.instance

    def _statements(self, body: Sequence[ast.stmt], names: Namespace) -> None:
        for statement in body:
            taken = self._taken(statement, names) if isinstance(statement, ast.If) else None
            if taken is None:
                self._statement(statement, names)
            else:
                self._statements(taken, names)

    def _taken(self, statement: ast.If, names: Namespace) -> list[ast.stmt] | None:
        """The statements of an ``if`` that are run; None if its test is not read."""
        mark = self.machine.journal.mark
        try:
            return statement.body if self.reader.truth(statement.test, names) else statement.orelse
        except TooLarge:
            raise
        except (Unread, CodeError):
            self.machine.journal.undo(mark)
            return None

    def _statement(self, statement: ast.stmt, names: Namespace) -> None:
        """Read a statement, or forget what it may change; then take the layer's tensors for what has their names."""
        mark = self.machine.journal.mark
        before = self.machine.is_tolerant, self.machine.construct
        self.machine.is_tolerant, self.machine.construct = True, self._inner
        try:
            self.reader.statement(statement, names)
        except TooLarge:
            raise
        except (Unread, CodeError, OutOfScope) as outcome:
            if isinstance(outcome, OutOfScope) and isinstance(statement, (ast.Raise, ast.Assert)):
                raise  # the layer cannot be made
            self.machine.journal.undo(mark)
            if "random" not in ast.unparse(statement):
                self.unread.append(outcome.text)
            self._forget(statement, names, outcome.text)
            self._draw(statement, names)
        finally:
            self.machine.is_tolerant, self.machine.construct = before
        for name, old in list(self.instance.contents.items()):
            self.empty |= _left_empty(f"self.{name}", old)
            if isinstance(old, Instance) and any(map(self._is_own, old.contents.values())):
                continue
            if old is not None and not isinstance(old, (Unknown, Array, DictValue, Instance)):
                continue  # whatever it is called, a number is not a tensor
            if self._is_own(old):
                continue  # it is computed from one of the layer's tensors, and is what comes out
            if is_unsaid(old):
                self.drawn[str(name)] = old.rank
            if (value := self.tensor(str(name))) is not MISSING:
                self.instance.contents[name] = self._with(old, shaped(self.machine, old, value, str(name)))
                if isinstance(old, Unknown) and "random" not in ast.unparse(statement):
                    self.by_name[str(name)] = old.why
            elif is_unsaid(old):
                shape = ", ".join(map(repr, old.shape))
                why = f"self.{name}, numbers that are drawn at random in shape ({shape})"
                self.instance.contents[name] = unsaid(self.machine, old.shape, why)
            elif isinstance(old, DictValue) and has_parameters(str(name)):
                self._name_entries(old)

    def _is_own(self, value: Any) -> bool:
        """Whether it is computed from one of the layer's tensors."""
        return isinstance(value, Array) and not self.own.isdisjoint({one.name for one in value.cell.form.tensors})

    def _name_entries(self, dictionary: DictValue) -> None:
        """Entries of a dictionary that are not known, or not yet set, are tensors of the layer if their keys say so."""
        for key, old in list(dictionary.contents.items()):
            is_free = old is None or isinstance(old, (Unknown, Array))
            if not isinstance(key, str) or not is_free or self._is_own(old):
                continue
            if (value := self.tensor(key.rpartition("/")[2])) is not MISSING:
                dictionary.contents[key] = shaped(self.machine, old, value, key)

    def _with(self, old: Any, tensor: Any) -> Any:
        """A dictionary with the tensor in it and what else it has; or the tensor itself."""
        if not isinstance(old, DictValue) or not isinstance(tensor, DictValue):
            return tensor
        known = {key: one for key, one in tensor.contents.items() if not isinstance(one, Unknown)}
        return self.machine.dictionary({**old.contents, **known})

    def _parameters(self, start: FunctionValue) -> dict[Any, Any]:
        arguments = start.parameters
        (me, *names) = (one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
        found: dict[Any, Any] = {}
        has_sizes = any(role_of(name, SIZES) in ("kernel_size", "weight_shape") for name in names)
        for name in names:
            default = start.defaults.get(name)
            if isinstance(default, bool) and role_of(name, TENSORS) is not None:
                value: Any = self.own_bias if role_of(name, TENSORS) == "bias" else default
            elif has_sizes and name.lower() in COUNTS:
                value = self.parameter("out_channels")
            else:
                value = self.parameter(name, default)
            if isinstance(value, Polynomial) and counts_zeros(name, default):
                value = value - ONE
            missing = Unknown("nobody says what this argument of __init__ is", f'pass arguments={{"self.{name}": ..}}')
            if value is MISSING and name not in start.defaults and name.strip("_").lower() in ACTIVATIONS:
                value = identity(self.reader, name)
            found[name] = start.defaults.get(name, missing) if value is MISSING else value
        more = (one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None)
        return {
            **found,
            **dict.fromkeys(more, Unknown("what else __init__ is given is not known", "")),
            me: self.instance,
        }

    def _draw(self, statement: ast.stmt, names: Namespace) -> None:
        """How many dimensions an attribute has that a statement draws."""
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Attribute):
            return
        calls = (node for node in ast.walk(statement.value) if isinstance(node, ast.Call))
        for call in calls:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            sizes = [one.value for one in call.keywords if one.arg == "size"]
            if name not in ("randn", "rand") and not sizes:
                continue
            shape = ast.Tuple(call.args, ast.Load()) if name in ("randn", "rand") else sizes[0]
            with suppress(Unread, CodeError):
                value = self.reader.value(ast.copy_location(shape, call), names)
                count = len(value) if isinstance(value, tuple) else 1
                self.drawn[statement.targets[0].attr] = count

    def _entry(self, statement: ast.stmt) -> tuple[DictValue, str] | None:
        """The dictionary and the key of ``self.params["W"] = ..``, if nothing else of the object may be changed."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        (target,) = statement.targets
        if not isinstance(target, ast.Subscript) or not isinstance(target.slice, ast.Constant):
            return None
        whole, key = target.value, target.slice.value
        if not isinstance(whole, ast.Attribute) or not isinstance(whole.value, ast.Name) or whole.value.id != "self":
            return None
        value = self.instance.contents.get(whole.attr)
        nodes = list(ast.walk(statement.value))
        changes = any(_is_whole(node) for node in nodes) or any(
            self._may_be_changed(name) for node in nodes for name in _changed(node, self.owner)
        )
        changes |= any(isinstance(node, ast.NamedExpr) for node in nodes)
        return (value, key) if isinstance(value, DictValue) and isinstance(key, str) and not changes else None

    def _may_be_changed(self, name: str) -> bool:
        """Whether a call that is given an attribute may change what is in it."""
        old = self.instance.contents.get(name)
        return old is None or isinstance(old, (Mutable, Array, Unknown))

    def _forget(self, statement: ast.stmt, names: Namespace, why: str) -> None:
        """What a statement that is not read may have set, or changed, is unknown."""
        unknown = Unknown(why, "")
        if (entry := self._entry(statement)) is not None:
            dictionary, key = entry
            dictionary.contents[key] = unknown
            return
        if any(_is_whole(node) for node in ast.walk(statement)):
            known = {*self.instance.contents, *set_in(self.instance.kind)}
            self.instance.contents.update(dict.fromkeys(known, unknown))
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.contents[node.id] = unknown
            for name in _changed(node, self.owner):
                is_known = not isinstance(self.instance.contents.get(name), Unknown)
                if not isinstance(node, ast.Call) or (is_known and self._may_be_changed(name)):
                    self.instance.contents[name] = unknown
            if isinstance(node, ast.Call):
                for root in _roots(node):
                    if isinstance(names.contents.get(root), Mutable) and names.contents[root] is not self.instance:
                        names.contents[root] = unknown


def identity(reader: Reader, name: str) -> Any:
    """What stands for an activation that nobody gives."""
    reader.machine.note(f"{name} is taken to be the identity: what is judged is the layer without it")
    return reader.value(IDENTITY, reader.globals)


def shaped(machine: Machine, old: Any, tensor: Any, name: str) -> Any:
    """A tensor of the layer in the shape that the code makes, which may have axes of one element more."""
    if not isinstance(old, Array) or not isinstance(tensor, Array) or old.rank == tensor.rank:
        return tensor
    sizes = [size for size in old.shape if size != ONE]
    if len(sizes) != tensor.rank or not all(map(machine.equal, sizes, tensor.shape)):
        return Unknown(f"{name} has another shape in __init__ than in the layer")
    dims = iter(tensor.dims)
    return replace(tensor, dims=tuple(() if size == ONE else next(dims) for size in old.shape))


def _left_empty(name: str, value: Any) -> set[str]:
    """An attribute that is None, or the entries of a dictionary that are."""
    if isinstance(value, DictValue):
        return {f"{name}[{key!r}]" for key, one in value.contents.items() if one is None}
    return {name} if value is None else set()


def has_parameters(name: str) -> bool:
    """Whether a dictionary is called what the weights are kept in, not their gradients."""
    return any(word in name.lower() for word in ("param", "weight", "state")) and "grad" not in name.lower()


def _attributes(tree: ast.AST) -> list[str]:
    """The attributes of ``self`` that a tree names."""
    return [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_self(node.value)]


def _is_whole(node: ast.AST) -> bool:
    """Whether a node hands on the object as a whole, or calls its base."""
    if isinstance(node, ast.Name):
        return node.id == "super"
    given = [*node.args, *(one.value for one in node.keywords)] if isinstance(node, ast.Call) else []
    return any(isinstance(one, ast.Name) and one.id == "self" for one in given)


def _changed(node: ast.AST, owner: ast.ClassDef) -> Iterator[str]:
    """The attributes of ``self``, or of its class, that a node sets, or may change."""
    yield from _set_by(node, owner)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        for method in called_by(owner, node.attr):
            yield from (name for one in ast.walk(method) for name in _set_by(one, owner))


def _set_by(node: ast.AST, kind: ast.ClassDef) -> Iterator[str]:
    """Attributes of ``self`` or its class that a node sets, a part of which it sets, or that it calls or hands on."""
    parts: list[ast.expr] = []
    mine = ("self", kind.name)
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        parts = [node]
    elif isinstance(node, ast.Call) and not _only_reads(node):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        parts = [*owner, *node.args, *(one.value for one in node.keywords)]
    for part in parts:
        inner: ast.expr = part
        while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Starred)):
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in mine:
                yield inner.attr
                break
            inner = inner.value


def _only_reads(call: ast.Call) -> bool:
    """Whether it is a function of a library that leaves its arguments as they are, such as ``np.random.randn(..)``."""
    *root, name = ast.unparse(call.func).split(".")
    known = DRAWN if root[1:] == ["random"] else FRESH - BEFORE_OUT.keys()
    return root[:1] in LIBRARIES and name in known and all(one.arg != "out" for one in call.keywords)


def _roots(call: ast.Call) -> Iterator[str]:
    """The names that a call may change: of its method's owner, and of its arguments."""
    for node in (call.func, *call.args, *(one.value for one in call.keywords)):
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id
