"""The usual mistakes, each as the formula that one gets by it.

A mistake is made on purpose: a view that misreads the layer (``misreadings.py``: stride and dilation exchanged, the
padding left out), or the right formula with one thing changed (``edits.py``). If a claim is proved equal to one of
these, that is what is wrong with it. Simple mistakes come before those that are two at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, count

from symconv.algebra.normal_form import work
from symconv.claims.mistakes.edits import edits
from symconv.claims.mistakes.formulas import MisreadFormulas, Pick
from symconv.claims.mistakes.misreadings import misreadings, several_left_out
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.phrases import Phrase
from symconv.layers import Layer

Mistake = tuple[str, TensorFormula]

MOST_PAIRS, LONGEST = 250, 150
"""The most pairs of mistakes that are tried, and the longest formula of which some are, in steps of its normal form."""


class Kept(Iterable[Mistake]):
    """Mistakes that are made when they are first asked for, and once."""

    def __init__(self, found: Iterator[Mistake]) -> None:
        self.found, self.made = found, list[Mistake]()

    def __iter__(self) -> Iterator[Mistake]:
        for number in count():
            if number == len(self.made):
                if (one := next(self.found, None)) is None:
                    return
                self.made.append(one)
            yield self.made[number]


def mistakes(layer: Layer, pick: Pick, view: str = "direct") -> Iterator[Mistake]:
    """Wrong formulas of a quantity, each with what went wrong in words, one mistake in each.

    Args:
        pick: the quantity, as a function of a view.
        view: the name of that view.
    """
    right = pick(type(layer.views[view])(layer))
    yield from _new({right.form, right.readable_form}, _single(layer, pick, view, right))


def pairs_of_mistakes(layer: Layer, pick: Pick, view: str = "direct") -> Iterator[Mistake]:
    """Wrong formulas of a quantity with two mistakes at once, or three of the same kind; none of a long formula."""
    right = pick(type(layer.views[view])(layer))
    if work(right.form) <= LONGEST:
        yield from _new({right.form, right.readable_form}, _double(layer, pick, view, right), MOST_PAIRS)


def _single(layer: Layer, pick: Pick, view: str, right: TensorFormula) -> Iterator[Mistake]:
    formulas = MisreadFormulas(layer, pick, view)
    for misreading in misreadings(layer):
        yield misreading.words, formulas.of(misreading)
    for words, form in edits(layer, right):
        yield words, right.replaced(form)


def _double(layer: Layer, pick: Pick, view: str, right: TensorFormula) -> Iterator[Mistake]:
    formulas = MisreadFormulas(layer, pick, view)
    for misreading in several_left_out(layer):
        yield misreading.words, formulas.of(misreading)
    plain = [one for one in misreadings(layer) if not one.on_one_axis]
    for one, other in combinations(plain, 2):
        if (both := one.and_also(other)) is not None:
            yield both.words, formulas.of(both)
    for one in plain:
        misread = formulas.of(one)
        for words, form in edits(layer, misread, simple=True):
            yield Phrase("{one}, and {other}", one=one.words, other=words), misread.replaced(form)
    for words, form in edits(layer, right, simple=True):
        edited = right.replaced(form)
        for more, changed in edits(layer, edited, simple=True):
            yield Phrase("{one}, and {other}", one=words, other=more), right.replaced(changed)


def _new(seen: set[object], found: Iterator[Mistake], most: int | None = None) -> Iterator[Mistake]:
    """Each formula once, and not those that are known."""
    for number, (words, formula) in enumerate(found):
        if most is not None and number >= most:
            return
        if formula.form not in seen:
            seen.add(formula.form)
            yield words, formula
