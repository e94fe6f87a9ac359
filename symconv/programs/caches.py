"""What is in a cache: the code that takes it apart says so, by the names that it gives the parts.

``x, w, b, conv_param = cache`` is a tuple of four, ``cache["x"]`` and ``cache.x`` are entries by name. Names go by the
same conventions as parameters.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symconv.errors import ArgumentsError
from symconv.programs.arguments import Argument, Binding, MappingArgument, PlainArgument, SequenceArgument


def cache_of(binding: Binding, function: ast.AST, name: str) -> Argument:
    """What a parameter (or "self.cache") holds, by how the function takes it apart.

    Args:
        function: its syntax.

    Raises:
        ArgumentsError: it does not take it apart, or a part has an unknown name that the function uses.
    """
    for target in _unpacked(function, name):
        return _of_target(binding, function, target)
    by_place = {index: target for index, target in _indexed(function, name) if isinstance(index, int)}
    if by_place:
        targets = [by_place.get(at) for at in range(max(by_place) + 1)]
        return SequenceArgument(
            tuple(PlainArgument(None) if t is None else _named(binding, function, t) for t in targets)
        )
    names = {index: target for index, target in _indexed(function, name) if isinstance(index, str)}
    if names:
        return MappingArgument({key: _named(binding, function, key, target) for key, target in names.items()})
    raise ArgumentsError(
        f"the parameter {name}", "the code does not say what is in it",
        f'pass arguments={{"{name}": ("input", "weight", ..)}} with its parts',
    )  # fmt: skip


def context_of(binding: Binding, function: ast.AST, name: str) -> dict[str, Argument]:
    """What PyTorch's context has: the tensors that were saved, and attributes by their names."""
    found: dict[str, Argument] = {}
    for target in _unpacked(function, name):
        found["saved_tensors"] = found["saved_variables"] = _of_target(binding, function, target)
    for node in ast.walk(function):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != name:
            continue
        if node.attr not in OF_A_CONTEXT and isinstance(node.ctx, ast.Load):
            found[node.attr] = _named(binding, function, node.attr)
    return found


OF_A_CONTEXT = frozenset(
    ("saved_tensors", "saved_variables", "save_for_backward", "needs_input_grad", "mark_dirty",
     "mark_non_differentiable", "set_materialize_grads")
)  # fmt: skip
"""What PyTorch's context has of its own."""


def _unpacked(function: ast.AST, name: str) -> Iterator[ast.Tuple | ast.List]:
    """The targets of ``a, b = name``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _is(node.value, name):
            for target in node.targets:
                if isinstance(target, (ast.Tuple, ast.List)):
                    yield target


def _indexed(function: ast.AST, name: str) -> Iterator[tuple[int | str, str]]:
    """The places and keys at which it is read, each with the name that the part is given, or its key."""
    named = {
        id(node.value): node.targets[0].id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and _is(node.value, name) and isinstance(node.slice, ast.Constant):
            key = node.slice.value
            if isinstance(key, str) or type(key) is int:
                yield key, named.get(id(node), str(key))
        elif isinstance(node, ast.Attribute) and _is(node.value, name) and node.attr != "saved_tensors":
            yield node.attr, named.get(id(node), node.attr)


def _is(node: ast.expr, name: str) -> bool:
    """Whether an expression is the name itself, or what PyTorch saved in it."""
    if isinstance(node, ast.Attribute) and node.attr in ("saved_tensors", "saved_variables"):
        node = node.value
    return ast.unparse(node) == name if isinstance(node, (ast.Name, ast.Attribute)) else False


def _of_target(binding: Binding, function: ast.AST, target: ast.expr) -> Argument:
    if isinstance(target, (ast.Tuple, ast.List)):
        return SequenceArgument(tuple(_of_target(binding, function, one) for one in target.elts))
    return _named(binding, function, ast.unparse(target))


def _named(binding: Binding, function: ast.AST, *names: str) -> Argument:
    """A part by the first of its names that is known; a part that is not used may be anything."""
    for name in names:
        if (found := binding.argument(name)) is not None:
            return found
    if not any(_uses(function, name) for name in names):
        return PlainArgument(None)
    raise binding.missing(names[-1], "the cache")


def _uses(function: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in ast.walk(function)
    )
