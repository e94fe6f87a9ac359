"""What a function computes, as one of the usual mistakes: said only if that mistake gives exactly the same.

The mistakes are those of claims (``symconv/claims/mistakes``), and some that only programs make: a result divided by a
size, entries that are not computed, a sum of which the last term overwrites the others, an axis' numbers used for
another axis.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, permutations
from math import prod
from typing import TYPE_CHECKING

from symconv.algebra.forms import Access, Form, Range, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.claims.mistakes import mistakes
from symconv.claims.report import formula_of, pick_of, view_of
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.programs.differences import Difference, Polynomials, right_terms, value_of
from symconv.programs.exact import Term as Product
from symconv.programs.report import Explanation

if TYPE_CHECKING:
    from symconv.programs.run import Finding, Task

Mistake = tuple[str, TensorFormula]
Factor = tuple[str, Polynomial]
LARGE = 10**6
MOST_SUMS = 3
"""Sums of which the last term alone is kept, at once."""


def explained_by_terms(task: Task, finding: Finding) -> Explanation:
    """Why a function is wrong of which all terms are known, or only that its shape is wrong."""
    difference = finding.difference
    if difference is None:
        return Explanation(None, finding.case.line)
    return Explanation(mistake_by_terms(task.layer, finding.of, difference), finding.case.line)


def mistake_by_terms(layer: Layer, of: str, difference: Difference) -> str | None:
    """The mistake that gives all the terms that are computed, in words; None if none does."""
    computed = difference.computed
    if not any(computed):
        return "nothing is computed: every entry is 0"
    generator = random.Random(1)
    variables = difference.variables
    values = {at: generator.randint(1, LARGE) for at in range(sum(map(prod, variables.shapes.values())))}
    numbers = [value_of(terms, values) for terms in computed]
    for words, terms in chain(_scaled(layer, difference), _overwritten(layer, difference)):
        if terms == list(computed):
            return words
    for words, formula in usual_mistakes(layer, of):
        try:
            terms = right_terms(formula, variables)
        except SymconvError:
            continue
        if len(terms) == len(numbers) and value_of(terms[-1], values) == numbers[-1] and terms == list(computed):
            return words
    return None


def usual_mistakes(layer: Layer, of: str) -> Iterator[Mistake]:
    """Wrong formulas of a quantity of a layer, each with the mistake in words."""
    yield from mistakes(layer, pick_of(of), view_of(of))
    yield from other_axes(layer, of)
    yield from of_programs(layer, formula_of(layer, of))


# -- mistakes that only programs make ------------------------------------------------------------------


def other_axes(layer: Layer, of: str) -> Iterator[Mistake]:
    """The numbers of one axis used for another one."""
    if of not in layer.quantities:
        return
    kind, names = type(layer.views["direct"]), {"s": "stride", "d": "dilation", "low": "padding"}
    for one, other in permutations(range(layer.ndim), 2):
        for field, words in names.items():
            value = getattr(layer.schemes[one], field)
            if value != getattr(layer.schemes[other], field):
                schemes = list(layer.schemes)
                schemes[other] = replace(schemes[other], **{field: value})
                view = kind(layer, schemes=tuple(schemes))
                yield f"the {words} of axis {one} is used on axis {other}", pick_of(of)(view)
        if one < other:
            for field, words in names.items():
                swapped = list(layer.schemes)
                first, second = getattr(swapped[one], field), getattr(swapped[other], field)
                if first != second:
                    swapped[one] = replace(swapped[one], **{field: second})
                    swapped[other] = replace(swapped[other], **{field: first})
                    view = kind(layer, schemes=tuple(swapped))
                    yield f"the {words}s of axis {one} and {other} are exchanged", pick_of(of)(view)


def of_programs(layer: Layer, right: TensorFormula) -> Iterator[Mistake]:
    """The right formula with a mistake in how a program goes through the entries or the terms."""
    form = right.readable_form
    for axis in right.axes:
        index = Polynomial.name(axis.letter)
        for words, kept in (("last", Range(axis.size - 2 - index)), ("first", Range(index - 1))):
            cut = Form(tuple(Term.make(term.coefficient, (*term.factors, kept), term.bound) for term in form))
            yield f"the {words} entries along {axis.letter} are not computed", right.replaced(cut)
    sums = sorted({name for term in form for name in term.bound})
    sizes = _sizes_of_sums(form)
    known = [name for name in sums if name in sizes]
    for count in range(1, min(len(known), MOST_SUMS) + 1):
        for names in combinations(known, count):
            last = {name: sizes[name] - 1 for name in names}
            kept_terms = (
                term.substitute(last, tuple(name for name in term.bound if name not in names)) for term in form
            )
            over = f"the sum over {', '.join(names)}"
            words = f"only the last term of {over} is kept: it is overwritten, where += belongs"
            yield words, right.replaced(Form(tuple(kept_terms)))


def _sizes_of_sums(form: Form) -> dict[str, Polynomial]:
    """The size of every axis that is summed over, by its index's name."""
    sizes: dict[str, Polynomial] = {}
    for term in form:
        for name in term.bound:
            for access in (factor for factor in term.factors if isinstance(factor, Access)):
                for index, size in zip(access.indices, access.tensor.shape or ()):
                    if index.single_name == name:
                        sizes.setdefault(name, size)
    return sizes


def factors(layer: Layer) -> Iterator[Factor]:
    """Sizes by which programs divide, with their names."""
    positions, kernel = prod(layer.m, start=ONE), prod((scheme.K for scheme in layer.schemes), start=ONE)
    named = [("the number of positions", positions), ("the kernel's size", kernel)]
    if layer.batch is not None:
        named[:0] = [("the batch size", layer.batch)]
        named += [("the number of examples and positions", layer.batch * positions)]
    named += [("the number of input channels", layer.C_in), ("the number of output channels", layer.C_out)]
    named += [("the kernel's size in all channels", kernel * layer.C_in)]
    for at, scheme in enumerate(layer.schemes):
        which = "the stride" if layer.ndim == 1 else f"the stride of axis {at}"
        named += [(which, scheme.s)]
    named += [("the number of outputs", positions * layer.C_out), ("2", Polynomial.constant(2))]
    yield from ((words, size) for words, size in named if size != ONE)


def _scaled(layer: Layer, difference: Difference) -> Iterator[tuple[str, Polynomials]]:
    """The right terms divided or multiplied by a size (concrete sizes only)."""
    for words, size in factors(layer):
        number = int(size.evaluate({}))
        for verb, times in (("divided", True), ("multiplied", False)):
            if _is_scaled(difference, number, times):
                yield f"the result is {verb} by {words}", list(difference.computed)


def _is_scaled(difference: Difference, number: int, divided: bool) -> bool:
    pairs = zip(difference.computed, difference.right)
    if divided:
        return all({t: c * number for t, c in got.items()} == dict(right) for got, right in pairs)
    return all(dict(got) == {t: c * number for t, c in right.items()} for got, right in pairs)


def _overwritten(layer: Layer, difference: Difference) -> Iterator[tuple[str, Polynomials]]:
    """Of every entry only the terms of the last position of the output (concrete sizes only)."""
    variables, name = difference.variables, layer.notation.grad_output
    first, count = variables.first[name], prod(variables.shapes[name])
    spatial = prod(variables.shapes[name][-layer.ndim :])

    def position(term: Product) -> int:
        places = [variable - first for variable in term if first <= variable < first + count]
        return places[0] % spatial if places else -1

    kept = []
    for terms in difference.right:
        last = max(map(position, terms), default=-1)
        kept.append({term: number for term, number in terms.items() if position(term) == last})
    words = "windows overlap, and of an entry only the last window is kept: it is overwritten, where += belongs"
    if kept != [dict(terms) for terms in difference.right]:
        yield words, kept
