"""Lists that a claim makes item by item, and loops over entries: they must be as long as the quantity that they are."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import sympy as sp

from symconv.claims.interpret.meaning import Meaning
from symconv.claims.interpret.readings import readings_of
from symconv.claims.interpret.sizes import Sizes
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import single
from symconv.claims.report import CheckReport, formula_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer

DRAWS, LARGEST = 200, 6
"""Lengths are compared at 200 draws of sizes up to 6."""


def of_a_list(names: Names, report: CheckReport, lengths: Sequence[str]) -> CheckReport:
    """The verdict on a list whose items are right: it is wrong if it has more or fewer of them than there are."""
    layer = names.layer
    write = layer.writer.polynomial
    own = [axis.size for axis in formula_of(layer, report.of).axes][-len(lengths) :]
    for text, size in zip(lengths, own, strict=True):
        said = next(readings_of(names, single(f"1 + {text}", names.known))).value
        claimed = said.above / said.below - 1
        if sp.expand(claimed - write(size)) == 0:
            continue
        chance = random.Random(0)
        for draw in range(DRAWS):
            sizes = layer.assumptions.draw(layer.symbol_names, chance, 1 + draw * LARGEST // DRAWS)
            if sizes is None:
                break
            numbers = {symbol: sizes[symbol.name] for symbol in claimed.free_symbols if symbol.name in sizes}
            found, right = claimed.subs(numbers), int(size.evaluate(sizes))
            if found.is_Integer and max(int(found), 0) != right:
                where = ", ".join(f"{name} = {sizes[name]}" for name in layer.symbol_names)
                words = f"the list has {int(found)} items{f' at {where}' if where else ''}, and {right} are right"
                return replace(report, status="refuted", explain=partial(tuple, [words]))
    return report


def short_loops(layer: Layer, formula: TensorFormula, reading: Meaning, base: int) -> Iterator[str]:
    """What loops over the entries leave out, a sentence each, with sizes at which they do."""
    sizes = layer.once(Sizes)
    for words, low, high in _ends_of_loops(layer, formula, reading, base):
        if sizes.at_least(high, low):
            continue
        for values in sizes.numbers():
            if sizes.at(high, values) < sizes.at(low, values):
                where = ", ".join(f"{name} = {values[name]}" for name in layer.symbol_names)
                yield f"{words}{f': an entry is left out at {where}' if where else ''}"
                break


def long_loops(layer: Layer, formula: TensorFormula, reading: Meaning, base: int) -> Iterator[str]:
    """What loops over the entries name that there is not, a sentence each."""
    sizes = layer.once(Sizes)
    for words, low, high in _ends_of_loops(layer, formula, reading, base):
        if not sizes.at_least(low, high):
            yield f"{words}; a program would fail"


def _ends_of_loops(
    layer: Layer, formula: TensorFormula, reading: Meaning, base: int
) -> Iterator[tuple[str, sp.Expr, sp.Expr]]:
    """Both ends of every loop, in words, each with what must be at most the other if no entry is left out."""
    letters = () if reading.left is None else reading.left[1]
    for at, first, last in reading.loops:
        letter, end = str(letters[at]).rstrip("'"), layer.writer.polynomial(formula.axes[at].size) - 1 + base
        yield f"the loop over {letter} starts at {first}, but the first {letter} is {base}", first, sp.Integer(base)
        yield f"the loop over {letter} ends at {last}, but the last {letter} is {end}", end, last
