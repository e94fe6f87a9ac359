"""Mutants of the trusted parts: one small change each, and whether the tests see it.

    python -m tests.checker.mutation --count 60 --seed 0

changes a comparison, a sum, an integer, a connective or a condition in a copy of the package, and runs the tests of
``TESTS`` in it, which stop at the first failure. Mutants that live are printed: each asks for a test, or for the reason
why it changes nothing. Give ``--module`` and ``--tests`` for other rooms.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = [
    *(f"algebra/{name}" for name in
      ("normal", "rules", "inequalities", "assumptions", "forms", "polynomial", "from_sympy", "calculus")),
    "proof/equality",
]  # fmt: skip
TESTS = [
    "tests/checker/test_trusted_parts.py",
    "tests/algebra/test_symbolic_padding.py",
    "tests/algebra/test_algebra.py",
]
SECONDS = 300
"""A mutant whose tests take longer runs in circles, and counts as seen."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand for a node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from (ast.BoolOp(node.op, [*node.values[:at], *node.values[at + 1 :]]) for at in range(len(node.values)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand
    if isinstance(node, ast.If) and not node.orelse:
        yield ast.If(ast.Constant(False), node.body, [])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("all", "any"):
        other = ast.Name("any" if node.func.id == "all" else "all", ast.Load())
        yield ast.Call(other, node.args, node.keywords)


class Replacing(ast.NodeTransformer):
    """Puts a node in the place of the one with a number."""

    def __init__(self, number: int, new: ast.AST) -> None:
        self.left, self.new = number, new

    def visit(self, node: ast.AST) -> ast.AST:
        if self.left == 0:
            self.left -= 1
            return ast.copy_location(self.new, node)
        self.left -= 1
        return self.generic_visit(node)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Every mutant of a module: the line, what changed in words, and the whole text."""
    tree = ast.parse(source)
    order: list[ast.AST] = []

    class Counting(ast.NodeVisitor):
        def visit(self, node: ast.AST) -> None:
            order.append(node)
            self.generic_visit(node)

    Counting().visit(tree)
    for number, node in enumerate(order):
        for new in changes(node):
            changed = ast.fix_missing_locations(Replacing(number, new).visit(deepcopy(tree)))
            old = ast.unparse(node.test if isinstance(node, ast.If) else node)
            text = (
                "the condition is dropped" if isinstance(node, ast.If) else ast.unparse(ast.fix_missing_locations(new))
            )
            yield getattr(node, "lineno", 0), f"{old}  ->  {text}", ast.unparse(changed)


def is_seen(module: str, text: str, tests: list[str]) -> bool:
    """Whether the tests fail, or do not end, with the text for the module."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("symconv", "tests"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        Path(folder, "symconv", f"{module}.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            return (
                subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False
                ).returncode
                != 0
            )
        except subprocess.TimeoutExpired:
            return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--module", action="append", help="such as algebra/rules; all of MODULES by default")
    parser.add_argument("--tests", nargs="+", default=TESTS)
    options = parser.parse_args()
    every = [
        (module, *mutant)
        for module in options.module or MODULES
        for mutant in mutants((ROOT / "symconv" / f"{module}.py").read_text(encoding="utf-8"))
    ]
    chosen = random.Random(options.seed).sample(every, min(options.count, len(every)))
    living = 0
    for module, line, words, text in sorted(chosen):
        if not is_seen(module, text, options.tests):
            living += 1
            print(f"lives: {module}.py:{line}: {words}", flush=True)
    print(f"{living} of {len(chosen)} mutants live, out of {len(every)} that there are")
    return min(living, 1)


if __name__ == "__main__":
    sys.exit(main())
