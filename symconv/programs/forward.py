"""What a forward pass leaves for its backward pass: a cache that it returns, attributes of ``self``, a context.

A backward pass is called after a forward pass of the same layer. If the source has that function, it says what is in
the cache better than any name does: it is read first, for the same parts of the layer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symconv.programs.conventions import BACKWARD_NAMES, CONTEXTS, FORWARD_METHODS
from symconv.programs.source import Target
from symconv.programs.unchanged import hands_on_itself, is_self, may_change, reached
from symconv.programs.values import ClassValue, FunctionValue

CHANGING = frozenset(("update", "append", "extend", "setdefault", "fill", "insert", "pop", "clear"))
"""Methods of lists, dictionaries and arrays that change them."""


@dataclass(frozen=True)
class Forward:
    """The forward pass that belongs to a backward pass.

    Args:
        function: its definition.
        attributes: the attributes of ``self`` that it sets and that the backward pass reads.
    """

    function: ast.FunctionDef
    attributes: frozenset[str] = frozenset()


def forward_of(target: Target) -> Forward | None:
    """The forward pass before the function of a target, if the source has one and the function needs it."""
    return _function_before(target) if target.owner is None else _method_before(target, target.owner)


def context_name(function: ast.FunctionDef) -> str | None:
    """The first parameter of a function that PyTorch calls with a context."""
    first = next(iter((*function.args.posonlyargs, *function.args.args)), None)
    return first.arg if first is not None and first.arg in CONTEXTS else None


def _function_before(target: Target) -> Forward | None:
    definitions = target.module.definitions
    for backward, forward in BACKWARD_NAMES:
        name = target.function.name.replace(backward, forward)
        found = definitions.get(name)
        if name != target.function.name and isinstance(found, ast.FunctionDef):
            return Forward(found)
    return None


def _method_before(target: Target, owner: ast.ClassDef) -> Forward | None:
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
    name = next((name for name in FORWARD_METHODS if name in methods), None)
    if name is None or name == target.function.name:
        return None
    if context_name(methods[name]) is not None:
        return Forward(methods[name]) if context_name(target.function) is not None else None
    read = set(_attributes(_with_called(methods, target.function), ast.Load))
    kept = set(_attributes(_with_called(methods, methods[name]), ast.Store)) & read
    both = _asked(_with_called(methods, target.function)) & _asked(_with_called(methods, methods[name]))
    return Forward(methods[name], frozenset(kept)) if kept or both else None


def _asked(functions: Iterable[ast.AST]) -> set[str]:
    """The attributes of ``self`` of which a method is called."""
    calls = (node.func for one in functions for node in ast.walk(one) if isinstance(node, ast.Call))
    owners = (function.value for function in calls if isinstance(function, ast.Attribute))
    return {one.attr for one in owners if isinstance(one, ast.Attribute) and is_self(one.value)}


def _with_called(methods: dict[str, ast.FunctionDef], start: ast.FunctionDef) -> list[ast.FunctionDef]:
    """A method, and the methods of the same class that it uses."""
    found, waiting = [start], [start]
    while waiting:
        for name in _attributes([waiting.pop()], ast.Load):
            if name in methods and methods[name] not in found:
                found.append(methods[name])
                waiting.append(methods[name])
    return found


def called_by(owner: ast.ClassDef, name: str) -> list[ast.FunctionDef]:
    """A method of a class, and the methods that it uses; nothing if the class does not have it."""
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
    return _with_called(methods, methods[name]) if name in methods else []


def kept_as_given(target: Target, forward: ast.FunctionDef) -> dict[str, str]:
    """Attributes of ``self`` that a forward pass sets once, each to one of its parameters as it is."""
    given = _as_given(target, forward)
    stores = list(_attributes(reached(target, forward), ast.Store))
    found = {}
    for node in ast.walk(forward):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in given:
            for one in node.targets:
                if isinstance(one, ast.Attribute) and is_self(one.value) and stores.count(one.attr) == 1:
                    found[one.attr] = node.value.id
    return found


def returns_as_given(target: Target, forward: ast.FunctionDef) -> bool:
    """Whether the cache that a forward pass returns last is a tuple of its parameters as they are."""
    values = {
        node.targets[0].id: node.value
        for node in ast.walk(forward)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    returned = [node.value for node in ast.walk(forward) if isinstance(node, ast.Return)]
    if len(returned) != 1 or not isinstance(returned[0], ast.Tuple) or len(returned[0].elts) < 2:
        return False
    cache: ast.expr | None = returned[0].elts[-1]
    if isinstance(cache, ast.Name):
        cache = values.get(cache.id)
    names = cache.elts if isinstance(cache, ast.Tuple) else []
    given = _as_given(target, forward)
    return bool(names) and all(isinstance(one, ast.Name) and one.id in given for one in names)


def _as_given(target: Target, function: ast.FunctionDef) -> set[str]:
    """The parameters of a function that it neither sets nor changes; none if it may change one of them."""
    arguments = function.args
    parameters = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    changed = set[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            changed.add(node.id)
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
            changed |= {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
    given, functions = parameters - changed - {"self"}, reached(target, function)
    return set() if hands_on_itself(functions) or may_change(functions, given) else given


def set_in(kind: ClassValue | None) -> set[str]:
    """The attributes of ``self`` that methods of a class and of its bases set."""
    methods = [] if kind is None else [one for one in kind.members.values() if isinstance(one, FunctionValue)]
    return {name for one in methods for name in _attributes(one.body, ast.Store)}


def text_keys(target: Target) -> dict[str, set[str]]:
    """What is indexed by texts, and by which: parameters by their names, attributes as "self.W"."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(target.function if target.owner is None else target.owner):
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, (ast.Name, ast.Attribute)):
            continue
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            found.setdefault(ast.unparse(node.value), set()).add(node.slice.value)
    return found


def unpacked_counts(target: Target) -> dict[str, int]:
    """How many names what is unpacked has: by the function or its class, and else, but "x.shape", by the module."""
    tree = target.function if target.owner is None else target.owner
    own = _unpacked_in(tree)
    for one in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for parameter, default in defaults_of(one):
            if isinstance(default, ast.Tuple):
                own.setdefault(parameter.arg, {len(default.elts)})
    found = {name: counts for name, counts in _unpacked_in(target.module.tree).items() if not name.endswith(".shape")}
    return {name: min(counts) for name, counts in {**found, **own}.items() if len(counts) == 1}


def _unpacked_in(tree: ast.AST) -> dict[str, set[int]]:
    """Into how many names something is unpacked."""
    found: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        (names,) = node.targets
        if not isinstance(names, (ast.Tuple, ast.List)) or any(isinstance(one, ast.Starred) for one in names.elts):
            continue
        if isinstance(node.value, (ast.Name, ast.Attribute)):
            found.setdefault(ast.unparse(node.value), set()).add(len(names.elts))
    return found


def used_as_sequences(target: Target) -> set[str]:
    """Parameters and attributes ("self.stride") of which items or the length are asked, or that are unpacked."""
    tree = target.function if target.owner is None else target.owner
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = set[str]()
    for _ in range(2):  # what one method keeps in an attribute another may use
        for one in functions:
            parameters = {each.arg for each in ast.walk(one.args) if isinstance(each, ast.arg)}
            used = _used_as_sequences(one, {name for name in found if name.startswith("self.")})
            found |= {name for name in used if name.startswith("self.") or name in parameters}
            found |= {each.arg for each, default in defaults_of(one) if isinstance(default, (ast.Tuple, ast.List))}
    return found


def _used_as_sequences(function: ast.FunctionDef, known: set[str]) -> set[str]:
    found, same = set(known), list[tuple[str, str]]()
    for node in ast.walk(function):
        if isinstance(node, (ast.Subscript, ast.Starred)):
            found.add(_plain(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "zip"):
            found |= set(map(_plain, node.args))
        elif isinstance(node, ast.Assign):
            for names in node.targets:
                is_several = isinstance(names, (ast.Tuple, ast.List))
                if is_several and isinstance(node.value, (ast.Tuple, ast.List)):
                    same += [(_plain(one), _plain(other)) for one, other in zip(names.elts, node.value.elts)]  # type: ignore[attr-defined]
                elif is_several:
                    found.add(_plain(node.value))
                else:
                    same.append((_plain(names), _plain(node.value)))
    values: dict[str, list[str]] = {}
    for name, value in same:
        values.setdefault(name, []).append(value)
    waiting = [*found]
    while waiting:
        new = [value for value in values.pop(waiting.pop(), ()) if value not in found]
        found.update(new)
        waiting += new
    return found - {""}


def defaults_of(function: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters of a function that have a default, with it."""
    plain = [*function.args.posonlyargs, *function.args.args]
    yield from zip(plain[len(plain) - len(function.args.defaults) :], function.args.defaults)
    yield from ((one, value) for one, value in zip(function.args.kwonlyargs, function.args.kw_defaults) if value)


def _plain(node: ast.AST) -> str:
    """A name, or an attribute of ``self``; else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return f"self.{node.attr}" if isinstance(node, ast.Attribute) and is_self(node.value) else ""


def is_a_context(function: ast.FunctionDef, name: str) -> bool:
    """Whether a parameter is used as PyTorch's context: attributes of it are set or read."""
    nodes = (node for node in ast.walk(function) if isinstance(node, ast.Attribute))
    return any(isinstance(node.value, ast.Name) and node.value.id == name for node in nodes)


def _attributes(functions: Iterable[ast.AST], how: type[ast.expr_context]) -> Iterator[str]:
    """The attributes of ``self`` that functions read, or that they set or change."""
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, how) and is_self(node.value):
                yield node.attr
            elif how is ast.Store and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                whole = node.value
                if isinstance(whole, ast.Attribute) and is_self(whole.value):
                    yield whole.attr
            elif how is ast.Store and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                whole = node.func.value
                if node.func.attr in CHANGING and isinstance(whole, ast.Attribute) and is_self(whole.value):
                    yield whole.attr
