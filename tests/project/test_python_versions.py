"""What Python 3.10 does not have, and no linter says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("symconv", "benchmarks", "docs/_extensions")


def registered_by_annotation(tree: ast.AST) -> Iterator[ast.arg]:
    """The parameter by whose annotation a function is registered with ``functools.singledispatch``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            plain = (one for one in node.decorator_list if isinstance(one, ast.Attribute) and one.attr == "register")
            for _ in plain:
                yield next(one for one in node.args.args if one.arg != "self")


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_are_registered_for_one_class_each(folder: str) -> None:
    """Python 3.10 reads no union there."""
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py")}
    for path, source in sources.items():
        for parameter in registered_by_annotation(ast.parse(source)) if ".register" in source else ():
            assert isinstance(parameter.annotation, (ast.Name, ast.Attribute)), f"{path}:{parameter.lineno}"


def test_a_union_would_be_found() -> None:
    (found,) = registered_by_annotation(ast.parse("@f.register\ndef _(self, block: A | B) -> str: ..."))
    assert isinstance(found.annotation, ast.BinOp)
