"""Lists that a claim makes item by item: they must be as long as the quantity that they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import sympy as sp

from symconv.claims.interpret.readings import readings_of
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import single
from symconv.claims.report import CheckReport, formula_of

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
