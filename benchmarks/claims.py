"""How many claims are checked in a second, and whether every verdict is the known one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from benchmarks import concrete_claims, general_claims
from benchmarks.checks import same_verdicts
from benchmarks.concrete_claims import ConcreteClaim
from benchmarks.general_claims import GeneralClaim
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, measure
from benchmarks.plain_layer import PlainLayer, PlainSymbols
from benchmarks.rows import Limit, Row

TITLE = "Claims"
ABOUT = f"""\
`check(conv, claim)` for a thousand claims, new ones in every repetition: entries of small layers in text and LaTeX,
all entries of a quantity as SymPy expressions; general formulas in text and LaTeX for layers with letters for their
sizes. About half are changed at random. Nobody else checks text; plain SymPy is compared where a claim is SymPy
expressions, with `expand(claim - truth) == 0` for every entry, the truth built within the clock. Check: every
verdict is the one known from how the claim was made (a concrete one is right where its products are those of plain
loops; a general one where it has the same value by plain loops over integers, at several shapes). Clock: {CLOCK}.
Making the claims is outside the clock."""

CONCRETE = Limit("value", "at least", 300, "a second")
GENERAL = Limit("value", "at least", 100, "a second")
Layers = dict[PlainLayer, Any]


def rows(effort: Effort) -> Iterator[Row]:
    yield from map(measure, comparisons(effort))


def comparisons(effort: Effort) -> Iterator[Comparison]:
    count, repetitions = effort.choose(full=1000, quick=10), effort.choose(full=3, quick=1)
    yield concrete("claims about concrete layers, each with a fresh layer", count, repetitions, shared=False)
    yield concrete("claims about concrete layers, six fresh layers for all", count, repetitions, shared=True)
    yield against_sympy(effort.choose(full=200, quick=4), repetitions)
    yield general("claims about general layers, each with a fresh layer", count, repetitions, shared=False)
    yield general("claims about general layers, three fresh layers for all", count, repetitions, shared=True)


# -- concrete ------------------------------------------------------------------------------------------


def concrete(name: str, count: int, repetitions: int, shared: bool) -> Comparison:
    claims: dict[int, list[ConcreteClaim]] = {}
    return Comparison(
        f"{count:,} {name}",
        Side("symconv", lambda given: concrete_verdicts(given, shared)),
        [],
        lambda ours, _: same_verdicts(ours, [claim.expected for claim in claims[1]]),
        prepare=lambda seed: claims.setdefault(seed, concrete_claims.some_claims(count, seed)),
        repetitions=repetitions,
        limit=CONCRETE,
        count=count,
        note=concrete_claims.SINGLE_ENTRIES,
    )


def concrete_verdicts(claims: Sequence[ConcreteClaim], shared: bool) -> list[str]:
    """symconv's verdicts, on a fresh layer for every claim, or on one fresh layer for all claims about it."""
    from symconv import Conv, check

    layers: Layers = {layer: Conv(**layer.arguments) for layer in concrete_claims.LAYERS}
    verdicts = []
    for one in claims:
        conv = layers[one.layer] if shared else Conv(**one.layer.arguments)
        verdicts.append(check(conv, one.claim, one.quantity).status)
    return verdicts


def against_sympy(count: int, repetitions: int) -> Comparison:
    claims: dict[int, list[ConcreteClaim]] = {}

    def same(ours: list[str], theirs: list[str]) -> str:
        expected = [claim.expected for claim in claims[1]]
        same_verdicts(theirs, expected)
        return same_verdicts(ours, expected)

    return Comparison(
        f"{count:,} claims of up to 200 entries in SymPy, each with a fresh layer",
        Side("symconv", lambda given: concrete_verdicts(given, shared=False)),
        [Side("SymPy", sympy_verdicts)],
        same,
        prepare=lambda seed: claims.setdefault(
            seed, concrete_claims.some_claims(count, seed, ("SymPy",), most_entries=200)
        ),
        repetitions=repetitions,
        count=count,
    )


def sympy_verdicts(claims: Sequence[ConcreteClaim]) -> list[str]:
    """Plain SymPy's: the difference to the truth, entry by entry, is expanded to zero."""
    verdicts = []
    for one in claims:
        truth = plain_truth(one.layer, one.quantity)
        equal = all(sympy.expand(claimed - right) == 0 for claimed, right in zip(one.claim, truth))
        verdicts.append("proved" if equal else "refuted")
    return verdicts


def plain_truth(layer: PlainLayer, quantity: str) -> list[Any]:
    """All entries of a quantity in plain SymPy, by loops."""
    if quantity == "output":
        return PlainSymbols(sympy, layer).direct()
    own, place = ("weight", 1) if quantity == "grad_weight" else ("input", 2)
    products: dict[str, list[Any]] = {name: [] for name in layer.names(own)}
    for names in layer.product_names():
        others = [sympy.Symbol(name) for at, name in enumerate(names) if at != place]
        products[names[place]].append(others[0] * others[1])
    return [sympy.Add(*terms) for terms in products.values()]


# -- general -------------------------------------------------------------------------------------------


def general(name: str, count: int, repetitions: int, shared: bool) -> Comparison:
    claims: dict[int, list[tuple[GeneralClaim, str]]] = {}
    return Comparison(
        f"{count:,} {name}",
        Side("symconv", lambda given: general_verdicts(given, shared)),
        [],
        lambda ours, _: same_verdicts(ours, [claim.expected for claim, _ in claims[1]]),
        prepare=lambda seed: claims.setdefault(seed, general_claims.some_claims(count, seed)),
        repetitions=repetitions,
        limit=GENERAL,
        count=count,
    )


def general_verdicts(claims: Sequence[tuple[GeneralClaim, str]], shared: bool) -> list[str]:
    from symconv import check

    layers = {family: general_layer(family) for family in general_claims.READ}
    verdicts = []
    for claim, text in claims:
        conv = layers[claim.family] if shared else general_layer(claim.family)
        verdicts.append(check(conv, text, claim.quantity).status)
    return verdicts


def general_layer(family: str) -> Any:
    """A fresh layer on one axis with letters for its sizes."""
    from symconv import Conv

    single = {"in_channels": 1, "out_channels": 1}
    plain = {"stride": 1, "padding": 0, "dilation": 1}
    options = {"all letters": single, "channels": {}, "plain": {**single, **plain}}
    return Conv.general(1, bias=False, **options[family])
