"""Wrong entries, each as it comes out by a usual mistake, by plain arithmetic.

A key names the mistake; the texts say it as "mistake.<key>". ``claims/mistakes.py`` has the same mistakes as formulas,
and the two stay apart on purpose: a sheet's wrong answers must come from arithmetic that shares no code with the check
that refutes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symconv.layers.plain import Plain
from symconv.layers.plain_axis import MISTAKES
from symconv.questions.naming import Index
from symconv.questions.terms import Sum, Term, entry_sum


def misreadings(plain: Plain, of: str, at: Index) -> Iterator[tuple[str, Sum]]:
    """Different wrong sums for an entry of a quantity, none of them empty; the plausible ones first."""
    right = entry_sum(plain, of, at)
    seen = [right.collected]
    for key, wrong in (*_by_reading(plain, of, at), *_by_writing(of, right)):
        if wrong.terms and wrong.collected not in seen:
            seen.append(wrong.collected)
            yield key, wrong


def _by_reading(plain: Plain, of: str, at: Index) -> Iterator[tuple[str, Sum]]:
    """The layer read with other numbers; a bias is not read."""
    for key in MISTAKES if of != "grad_bias" else ():
        yield key, entry_sum(plain.misread(key), of, at)


def _by_writing(of: str, right: Sum) -> Iterator[tuple[str, Sum]]:
    """The right sum, with something done to its terms."""
    terms = right.terms
    if of == "output" and any(term.factors[0][0] == "bias" for term in terms):
        yield "bias", Sum(tuple(term for term in terms if term.factors[0][0] != "bias"))
    if len(terms) < 2:
        return
    if of in ("grad_weight", "grad_input"):
        upstream = [term.factors[0] for term in reversed(terms)]
        yield "pairs", Sum(tuple(Term(t.coefficient, (one, *t.factors[1:])) for t, one in zip(terms, upstream)))
    if of == "grad_bias":
        yield "mean", Sum(tuple(Term(term.coefficient * Fraction(1, len(terms)), term.factors) for term in terms))
    yield "last", Sum(terms[:-1])
    yield "first", Sum(terms[1:])
