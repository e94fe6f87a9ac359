"""Programs with one token changed: a number, an operator, a comparison, a name, an end of a slice."""

from __future__ import annotations

import ast
from collections.abc import Iterator

OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq}


def mutants(text: str) -> Iterator[str]:
    """Every text with one change."""
    count = len(list(ast.walk(ast.parse(text))))
    for at in range(count):
        for change in range(8):
            tree = ast.parse(text)
            node = list(ast.walk(tree))[at]
            if _changed(tree, node, change):
                yield ast.unparse(tree)


def _changed(tree: ast.Module, node: ast.AST, change: int) -> bool:
    """Change a node in one of several ways; whether there is this way."""
    if isinstance(node, ast.Constant) and type(node.value) is int and change < 2:
        node.value += (1, -1)[change]
        return True
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS and change < 2:
        if change == 0:
            node.op = OPERATORS[type(node.op)]()
        else:
            node.left, node.right = node.right, node.left
        return not (change == 1 and isinstance(node.op, (ast.Add, ast.Mult)))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS and change == 0:
        node.ops[0] = COMPARISONS[type(node.ops[0])]()
        return True
    if isinstance(node, ast.AugAssign) and change < 2:
        if change == 0:
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            return True
        return _plain(tree, node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        names = sorted(
            {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            | {"p", "s"}
        )
        others = [name for name in names if name != node.id and len(name) <= 2]
        if node.id in names and change < min(len(others), 4):
            node.id = others[change]
            return True
    if isinstance(node, ast.Slice) and change < 2:
        if change == 0 and node.lower is not None:
            node.lower = None
            return True
        if change == 1 and node.upper is not None:
            node.upper = None
            return True
    return False


def _plain(tree: ast.Module, old: ast.AugAssign) -> bool:
    """= in place of +=."""
    for parent in ast.walk(tree):
        for name in ("body", "orelse"):
            body = getattr(parent, name, None)
            if isinstance(body, list) and old in body:
                target = old.target
                body[body.index(old)] = ast.copy_location(ast.Assign([target], old.value), old)
                return True
    return False
