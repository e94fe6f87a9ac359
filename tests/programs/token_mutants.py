"""Right programs with one token changed: an operator, a number, a comparison, a name for another, a slice."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator

from tests.programs.program import Program

SWAPPED: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.FloorDiv: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt,), ast.GtE: (ast.Gt,), ast.Gt: (ast.GtE,), ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,), ast.USub: (ast.UAdd,),
}  # fmt: skip
NAMES = (
    ("H", "W"), ("KH", "KW"), ("HH", "WW"), ("OH", "OW"), ("i", "j"), ("k", "l"), ("H_out", "W_out"), ("kh", "kw"),
    ("stride", "pad"), ("stride", "dilation"), ("N", "C"), ("out_h", "out_w"), ("F", "C"), ("r", "q"), ("u", "v"),
    ("FH", "FW"), ("t", "tap"), ("x", "w"), ("h", "w"), ("rows", "cols"), ("c", "f"), ("oh", "ow"), ("n", "k"),
)  # fmt: skip
OTHER = {**dict(NAMES), **{b: a for a, b in NAMES}}


def mutants(program: Program, rng: random.Random, count: int) -> Iterator[str]:
    """Texts of the file in which one token of the program's function is changed, in random order."""
    tree = ast.parse(program.text)
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == program.name]
    places = [(at, way) for at, node in enumerate(ast.walk(bodies[0])) for way in range(_ways(node))]
    for at, way in rng.sample(places, min(count, len(places))):
        changed = copy.deepcopy(tree)
        function = next(
            node for node in changed.body if isinstance(node, ast.FunctionDef) and node.name == program.name
        )
        _change(list(ast.walk(function))[at], way)
        yield ast.unparse(ast.fix_missing_locations(changed)) + "\n"


def _ways(node: ast.AST) -> int:
    """In how many ways a node is changed."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return len(SWAPPED.get(type(node.op), ()))
    if isinstance(node, ast.Compare):
        return len(SWAPPED.get(type(node.ops[0]), ()))
    if isinstance(node, ast.Constant):
        return 2 if type(node.value) is int else 0
    if isinstance(node, ast.Name):
        return int(node.id in OTHER and isinstance(node.ctx, ast.Load))
    if isinstance(node, ast.Slice):
        return int(node.step is not None) + int(node.lower is not None)
    return int(isinstance(node, ast.AugAssign))


def _change(node: ast.AST, way: int) -> None:
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        node.op = SWAPPED[type(node.op)][way]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare):
        node.ops[0] = SWAPPED[type(node.ops[0])][way]()
    elif isinstance(node, ast.Constant):
        node.value = node.value + (1, -1)[way]  # type: ignore[operator]
    elif isinstance(node, ast.Name):
        node.id = OTHER[node.id]
    elif isinstance(node, ast.Slice):
        if node.step is not None and way == 0:
            node.step = None
        else:
            node.lower = None
    elif isinstance(node, ast.AugAssign):
        node.op = ast.Sub()
