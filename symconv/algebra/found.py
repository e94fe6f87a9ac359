"""What was found out about single terms: formulas with terms in common, such as those of all views, share it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from symconv.algebra.forms import Term

T = TypeVar("T")


class Found(Generic[T]):
    """The answers to one question that is about a term alone, each found once."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, tuple[Term, T]] = {}

    def of(self, term: Term, find: Callable[[Term], T]) -> T:
        """The answer for a term; ``find`` gives it if the term is new."""
        # Sort keys are tuples that Python compares fast; they say all of a factor but the shape of its tensor.
        key = (term.coefficient.terms, term.bound, *[factor.sort_key for factor in term.factors])
        known = self._answers.get(key)
        if known is not None and known[0] == term:
            return known[1]
        answer = find(term)
        self._answers[key] = term, answer
        return answer
