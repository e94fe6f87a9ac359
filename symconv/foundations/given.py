"""Reading what users pass to functions: one thing or several, and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from symconv.errors import SymconvError, shown


def several(given: Any, one: type | tuple[type, ...], what: str, right: str) -> list[Any]:
    """One thing of a kind, or several, as a list.

    Raises:
        SymconvError: it is neither; ``right`` says what would be.

    >>> several("output", str, "of", ""), several(("output", "grad_input"), str, "of", "")
    (['output'], ['output', 'grad_input'])
    """
    if isinstance(given, one):
        return [given]
    if not isinstance(given, Iterable):
        raise SymconvError(f"{what}={shown(given)}", "neither one name nor several", right)
    return list(given)


def term_limit(max_terms: object) -> int:
    """The most product terms that a user allows.

    Raises:
        SymconvError: it is not a whole number of at least 0.
    """
    if not isinstance(max_terms, int) or isinstance(max_terms, bool) or max_terms < 0:
        raise SymconvError(f"max_terms={shown(max_terms)}", "not a whole number of at least 0", "use 1_000_000")
    return max_terms


def telling(progress: object) -> Callable[[int, int, str], object]:
    """What is called while something is done: what a user passes, or nothing.

    Raises:
        SymconvError: it cannot be called.
    """
    if progress is None:
        return lambda done, total, step: None
    if not callable(progress):
        raise SymconvError(f"progress={shown(progress)}", "it cannot be called", "use a function of 3 arguments")
    return progress
