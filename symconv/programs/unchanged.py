"""Whether a function may change the arrays that it is given, in place, seen from its text. In doubt it may.

A name may share memory with an array that is given if it is assigned something that may be a view of it. Names of all
functions that are reached count as one, which only finds more of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from symconv.programs.source import Target

OF_SHAPE = frozenset(("shape", "ndim", "size", "dtype"))
"""Attributes of an array that do not share its memory."""
FRESH = frozenset((
    "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like", "array", "tensor", "pad",
    "sum", "mean", "dot", "matmul", "tensordot", "outer", "exp", "log", "sqrt", "abs", "max", "min", "maximum",
    "minimum", "argmax", "argmin", "concatenate", "stack", "copy", "clone", "deepcopy", "len", "range", "int",
    "float", "astype", "size", "dim", "numel", "item", "tolist",
))  # fmt: skip
"""Functions and methods whose result is an array of its own, or a number."""
VIEWS = frozenset((
    "reshape", "view", "transpose", "permute", "swapaxes", "moveaxis", "ravel", "flatten", "squeeze", "unsqueeze",
    "expand", "expand_dims", "unfold", "repeat", "einsum", "sliding_window_view", "as_strided", "asarray",
    "ascontiguousarray", "contiguous", "detach", "flip", "rot90", "broadcast_to", "rearrange", "enumerate", "zip",
    "reversed", "tuple", "list", "isinstance", "type", "print", "conv1d", "conv2d", "conv3d", "correlate", "convolve",
    "relu", "where",
))  # fmt: skip
"""The others that leave their arguments as they are."""
BEFORE_OUT = {
    "exp": 1, "log": 1, "sqrt": 1, "abs": 1, "maximum": 2, "minimum": 2, "dot": 2, "matmul": 2, "outer": 2,
    "concatenate": 2, "stack": 2, "sum": 3, "mean": 3, "max": 2, "min": 2, "argmax": 2, "argmin": 2,
}  # fmt: skip
"""Of those that may be given an array for their result by its place: how many arguments there are before it."""


def reached(target: Target, start: ast.FunctionDef) -> list[ast.FunctionDef]:
    """A function, and the functions of the same text that it calls."""
    methods = {} if target.owner is None else {o.name: o for o in target.owner.body if isinstance(o, ast.FunctionDef)}
    found, waiting = [start], [start]
    while waiting:
        for node in ast.walk(waiting.pop()):
            called = node.func if isinstance(node, ast.Call) else None
            one = target.module.definitions.get(called.id) if isinstance(called, ast.Name) else None
            if isinstance(called, ast.Attribute) and is_self(called.value):
                one = methods.get(called.attr)
            if isinstance(one, ast.FunctionDef) and one not in found:
                found.append(one)
                waiting.append(one)
    return found


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def hands_on_itself(functions: Sequence[ast.FunctionDef]) -> bool:
    """Whether ``self`` is used for more than its attributes by name, so that any of them may be set."""
    nodes = [node for function in functions for node in ast.walk(function)]
    named = [node for node in nodes if isinstance(node, ast.Attribute) and is_self(node.value)]
    whole = [node for node in nodes if isinstance(node, ast.Name) and node.id in ("self", "super")]
    return len(whole) > len(named) or any(node.attr == "__dict__" for node in named)


def may_change(functions: Sequence[ast.FunctionDef], names: set[str]) -> bool:
    """Whether arrays that the names stand for may be changed by one of the functions."""
    nodes = [node for function in functions for node in ast.walk(function)]
    own = {function.name for function in functions}
    shared = _Shared(set(names))
    before = -1
    while before != len(shared.names):
        before = len(shared.names)
        for node in nodes:
            shared.follow(node)
            if isinstance(node, ast.Call) and _last(node.func) in own and any(map(shared.has, _given(node))):
                shared.names |= {one.arg for f in functions if f.name == _last(node.func) for one in ast.walk(f.args)
                                 if isinstance(one, ast.arg)} - {"self"}  # fmt: skip
    return any(shared.is_changed_by(node, own) for node in nodes)


class _Shared:
    """What may share memory with some arrays: names, and attributes of ``self`` as "self.x"."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def has(self, node: ast.AST) -> bool:
        """Whether the value of an expression may share their memory."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            if is_self(node.value):
                return f"self.{node.attr}" in self.names
            return node.attr not in OF_SHAPE and self.has(node.value)
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Constant)):
            return False
        if isinstance(node, ast.Subscript):
            return self.has(node.value)
        if isinstance(node, ast.Call):
            is_fresh = _last(node.func) in FRESH and all(one.arg != "copy" for one in node.keywords)
            return not is_fresh and any(map(self.has, (node.func, *_given(node))))
        return any(map(self.has, ast.iter_child_nodes(node)))

    def follow(self, node: ast.AST) -> None:
        """Take over the names that a statement gives to what may share their memory."""
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value: ast.AST | None = node.value
        elif isinstance(node, (ast.For, ast.comprehension)):
            targets, value = [node.target], node.iter
        elif isinstance(node, ast.withitem):
            targets, value = [] if node.optional_vars is None else [node.optional_vars], node.context_expr
        else:
            return
        if value is not None and self.has(value):
            self.names |= {name for target in targets for name in _set(target)}

    def is_changed_by(self, node: ast.AST, own: set[str]) -> bool:
        if isinstance(node, ast.AugAssign):
            return self.has(node.target)
        if isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
            return self.has(node.value)
        if not isinstance(node, ast.Call):
            return False
        name, given = _last(node.func), [*_given(node)]
        if isinstance(node.func, ast.Attribute) and self.has(node.func.value):
            given.append(node.func.value)
        is_out = len(node.args) > BEFORE_OUT.get(name, len(node.args))
        if is_out or any(one.arg in ("out", "inplace", None) for one in node.keywords):
            return any(map(self.has, given))
        return name not in FRESH | VIEWS | own and any(map(self.has, given))


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _given(node: ast.Call) -> Iterator[ast.expr]:
    yield from node.args
    yield from (one.value for one in node.keywords)


def _set(target: ast.expr) -> Iterator[str]:
    """The names and attributes of ``self`` that an assignment to a target sets."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not is_self(node):
            yield node.id
        elif isinstance(node, ast.Attribute) and is_self(node.value):
            yield f"self.{node.attr}"
