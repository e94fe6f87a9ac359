"""Docstrings of the public names have the house form, so that the API pages and ``help`` answer a reader's questions.

A sentence that says what it is; every argument; what is returned; what is raised; an example, which the tests run.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import symconv

SECTION = re.compile(r"^(Args|Returns|Raises):\n((?:    .*\n|\n)+)", re.MULTILINE)
NAMES = [name for name in symconv.__all__ if callable(getattr(symconv, name))]
MADE_BY_SYMCONV = {
    "CheckReport", "CodeReport", "DerivativeReport", "DocumentReport", "DoubleBackward", "Equivalence",
    "EquivarianceReport", "EquivariantSharing", "Exercise", "Exercises", "GeneralSharing", "Identity",
    "KroneckerFactors", "Model", "OwnFormula", "Report", "SecondDerivative", "Sharing", "SpotReport", "Step",
    "TensorFormula", "Theorem", "VectorProducts", "Verdict", "Witness",
}  # fmt: skip
"""Values that users read and do not make: they are returned, and refuse nothing."""


def documentation(thing: Any) -> str:
    return (inspect.getdoc(thing) or "") + "\n"


def sections(thing: Any) -> dict[str, str]:
    return {title: text for title, text in SECTION.findall(documentation(thing))}


def parameters(thing: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(thing).parameters if name != "self"]


def described(text: str) -> set[str]:
    """The arguments that a section has, alone or several on a line: ``stride, dilation: >= 1.``"""
    return {
        name.strip()
        for found in re.findall(r"(?:^|  )\s*(\w+(?:, \w+)*):", text, re.MULTILINE)
        for name in found.split(",")
    }


def faults(thing: Any, made_by_symconv: bool = False) -> Iterator[str]:
    """What the docstring of a public function or class lacks."""
    text = documentation(thing)
    first = text.partition("\n")[0]
    if ":" in first or not first.endswith("."):
        yield f"the first line is not one sentence without a colon: {first!r}"
    if ">>> " not in text:
        yield "there is no example"
    has = sections(thing)
    if missing := set(parameters(thing)) - described(has.get("Args", "")):
        yield f"Args lacks {', '.join(sorted(missing))}"
    if inspect.isfunction(thing) and "Returns" not in has:
        yield "there is no section Returns"
    if "Raises" not in has and not made_by_symconv:
        yield "there is no section Raises"


def methods(thing: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that the class itself has, or a class of symconv that it inherits from."""
    own = {name for one in thing.__mro__ if one.__module__.startswith("symconv") for name in vars(one)}
    for name in sorted(own):
        found = inspect.getattr_static(thing, name)
        if isinstance(found, (classmethod, staticmethod)):
            found = getattr(thing, name)
        kept = (property, functools.cached_property)
        if not name.startswith("_") and (isinstance(found, kept) or inspect.isroutine(found)):
            yield name, found


@pytest.mark.parametrize("name", NAMES)
def test_docstrings_have_the_house_form(name: str) -> None:
    assert list(faults(getattr(symconv, name), name in MADE_BY_SYMCONV)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isclass(getattr(symconv, name))])
def test_methods_say_what_they_do_in_a_sentence(name: str) -> None:
    for method, found in methods(getattr(symconv, name)):
        first = documentation(found).partition("\n")[0]
        assert first.endswith(".") and ":" not in first, f"{name}.{method}: {first!r}"


def example(size: int, *, stride: int = 1, dilation: int = 1) -> int:
    """Half of a size.

    Args:
        size: n >= 1.
        stride: s >= 1.  dilation: d >= 1.

    Returns:
        A number.

    Raises:
        ValueError: never.

    >>> example(2)
    1
    """
    return size // 2


def test_a_docstring_of_the_house_form_has_no_faults() -> None:
    assert list(faults(example)) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Half of a size.", "Half: of a size.", "the first line"),
        ("    >>> example(2)\n    1\n", "", "no example"),
        ("  dilation: d >= 1.", "", "Args lacks dilation"),
        ("Returns:", "Gives:", "no section Returns"),
        ("Raises:", "Errors:", "no section Raises"),
    ],
)
def test_faults_are_found(old: str, new: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = (example.__doc__ or "").replace(old, new)
    monkeypatch.setattr(example, "__doc__", changed)
    assert [one for one in faults(example) if found in one]
