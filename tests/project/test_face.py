"""The face, and what the type checker reads instead of it, have the same names and the same signatures."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import symconv
from symconv.foundations.verbs import loaded

FACE = [getattr(symconv, name) for name in symconv.__all__]
"""Everything, so that every room has registered its verbs."""
STUB = ast.parse(Path(symconv.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
OVERLOADS = [
    pytest.param(node, id=f"{node.name}({ast.unparse(node.args.args[0])})")
    for node in STUB.body
    if isinstance(node, ast.FunctionDef)
]


def test_the_stub_has_the_names_of_the_face() -> None:
    stated = {node.name for node in STUB.body if isinstance(node, ast.FunctionDef)}
    passed_on = {
        alias.asname: node.module
        for node in STUB.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    assert len(FACE) == len(symconv.__all__)
    assert stated | passed_on.keys() == set(symconv.__all__) - {"__version__"}
    assert {name: f"symconv.{symconv._ROOM_OF[name]}" for name in passed_on} == passed_on


@pytest.mark.parametrize("stated", OVERLOADS)
def test_an_overload_is_the_signature_of_what_is_called(stated: ast.FunctionDef) -> None:
    """Names, order, what is keyword-only and what may be left out; of a union, for each of its kinds."""
    verb = getattr(symconv, stated.name)
    for kind in ast.unparse(stated.args.args[0].annotation).split(" | "):  # type: ignore[arg-type]
        called = next(loaded(one) for known, one in verb.does.items() if known.__name__ == kind)
        assert parameters(stated) == [
            (one.name, one.kind, one.default is not one.empty)
            for one in [*inspect.signature(called).parameters.values()][1:]
        ]


def parameters(function: ast.FunctionDef) -> list[tuple[str, object, bool]]:
    """Those after the subject: name, kind, and whether there is a default."""
    kinds, given = inspect.Parameter, function.args
    positional = [(one.arg, kinds.POSITIONAL_OR_KEYWORD) for one in given.args]
    have_defaults = [False] * (len(positional) - len(given.defaults)) + [True] * len(given.defaults)
    found: list[tuple[str, object, bool]] = [(*one, has) for one, has in zip(positional, have_defaults)][1:]
    found += [(given.vararg.arg, kinds.VAR_POSITIONAL, False)] if given.vararg else []
    found += [(one.arg, kinds.KEYWORD_ONLY, has is not None) for one, has in zip(given.kwonlyargs, given.kw_defaults)]
    return found + ([(given.kwarg.arg, kinds.VAR_KEYWORD, False)] if given.kwarg else [])
