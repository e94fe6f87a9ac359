"""What the statements of a module may change when it is imported, beside the names that they set."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping

ANYTHING = frozenset(("exec", "eval", "globals", "locals", "vars", "__import__", "compile"))
"""A module that calls one of these while it is imported may have changed anything."""
CHANGING = frozenset(("setattr", "delattr", "next"))
"""Functions of Python that change what they are given; the others do not."""


def changed_names(body: Iterable[ast.stmt]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of what is changed, whatever it is, and of values that a call may change.

    The first are W of ``W[0] = 1`` and np of ``np.sum = ..``; a name of ``ANYTHING`` among them says that such a
    function is called. The second are what is passed to an unknown function, or has a method called.

    >>> changed, perhaps = changed_names(ast.parse("W[0] = 1; np.sum = mean; scale(V, 2); U.fill(0); n = len(x)").body)
    >>> sorted(changed), sorted(perhaps)
    (['W', 'np'], ['U', 'V'])
    """
    changed, perhaps = set[str](), set[str]()
    body = list(body)
    functions = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
    for statement in body:
        for node in _run_at_import(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                changed |= _changed_in(node.func.id, functions, set())
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                changed |= _roots(node)
            elif isinstance(node, ast.AugAssign):
                changed |= _roots(node.target)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
                changed.add(node.id)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHANGING:
                changed |= _roots(*node.args)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ANYTHING:
                changed.add(node.func.id)
            elif isinstance(node, ast.Call):
                perhaps |= _changed_by(node)
    return frozenset(changed), frozenset(perhaps)


def _changed_in(name: str, functions: Mapping[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    """The names of the module that a function changes, or what it calls, if the module calls it when it is imported."""
    if name in seen or name not in functions:
        return set()
    seen.add(name)
    nodes = list(ast.walk(functions[name]))
    shared = {one for node in nodes if isinstance(node, ast.Global) for one in node.names}
    own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    changed = set(shared)
    for node in nodes:
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            changed |= _roots(node) - (own - shared)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHANGING:
            changed |= _roots(*node.args) - (own - shared)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in own:
            changed |= _changed_in(node.func.id, functions, seen)
    return changed


def _run_at_import(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without the bodies of functions, which are not run then."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if _only_looks(node):
            continue
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _only_looks(node: ast.AST) -> bool:
    """Whether it is ``"name" in globals()``, which changes nothing."""
    return isinstance(node, ast.Compare) and ast.unparse(node).endswith((" in globals()", " in locals()", " in vars()"))


def _changed_by(call: ast.Call) -> set[str]:
    """What a call may change: what its method belongs to, and its arguments; the functions of Python change nothing."""
    function = call.func
    if isinstance(function, ast.Name) and hasattr(builtins, function.id):
        return set()
    owner = [] if isinstance(function, ast.Name) else [function]
    return _roots(*owner, *call.args, *(one.value for one in call.keywords))


def _roots(*nodes: ast.AST) -> set[str]:
    """The names that expressions start with: W of W[0].T."""
    found = set()
    for node in nodes:
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found
