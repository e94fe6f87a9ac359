"""What a function computes, as one of the usual mistakes: said only if that mistake gives exactly the same.

The mistakes are those of claims (``symconv/claims/mistakes``), and some that only programs make: a result divided by a
size, entries that are not computed, a sum of which the last term overwrites the others, an axis' numbers used for
another axis.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations, permutations
from math import prod

import numpy as np

from symconv.algebra.forms import Access, Form, Range, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.claims.mistakes import mistakes, pairs_of_mistakes
from symconv.claims.report import formula_of, pick_of, view_of
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.arrays import Array
from symconv.foundations.phrases import Phrase
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.programs.black_box import Box
from symconv.programs.differences import Difference, Polynomials, Variables, right_terms, shape_of, value_of
from symconv.programs.exact import Term as Product
from symconv.programs.findings import Finding, Task
from symconv.programs.report import Explanation
from symconv.programs.sizes import mistakes_by_shape

Mistake = tuple[str, TensorFormula]
Factor = tuple[str, Polynomial]
LARGE = 10**6
MOST_FOR_PAIRS = 5000
"""Two mistakes at once are looked for in a result of at most 5,000 product terms."""
MOST_SUMS = 3
"""Sums of which the last term alone is kept, at once."""
SCALED = {"divided": "the result is divided by {by}", "multiplied": "the result is multiplied by {by}"}
USED = {
    "s": "the stride of axis {one} is used on axis {other}", "d": "the dilation of axis {one} is used on axis {other}",
    "low": "the padding of axis {one} is used on axis {other}",
}  # fmt: skip
EXCHANGED = {
    "s": "the strides of axis {one} and {other} are exchanged",
    "d": "the dilations of axis {one} and {other} are exchanged",
    "low": "the paddings of axis {one} and {other} are exchanged",
}
NOT_COMPUTED = ("the last entries along {axis} are not computed", "the first entries along {axis} are not computed")
ONLY_LAST = "only the last term of the sum over {names} is kept: it is overwritten, where += belongs"


def explanation(task: Task, finding: Finding) -> Explanation:
    """Why a function is wrong that was run or probed: of which all terms, numbers or only the shape are known."""
    if finding.box is not None:
        return Explanation(mistake_by_numbers(task, finding.of, finding.box), finding.case.line)
    difference = finding.difference
    if difference is None:
        right = shape_of(formula_of(task.layer, finding.of).layout)
        words = mistakes_by_shape(task.layer, finding.of, finding.shape, right) if finding.shape else iter(())
        return Explanation(next(words, None), finding.case.line)
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
    for words, kept in chain(_scaled(layer, difference), _overwritten(layer, difference)):
        if kept == list(computed):
            return words
    many = sum(map(len, difference.right)) > MOST_FOR_PAIRS
    two = () if many else pairs_of_mistakes(layer, pick_of(of), view_of(of))
    for words, formula in chain(usual_mistakes(layer, of), two):
        try:
            terms = right_terms(formula, variables)
        except SymconvError:
            continue
        if len(terms) == len(numbers) and value_of(terms[-1], values) == numbers[-1] and terms == list(computed):
            return words
    return next((words for words, kept in _parts(layer, difference) if kept == list(computed)), None)


def mistake_by_numbers(task: Task, of: str, box: Box) -> str | None:
    """The mistake that gives the same numbers in three draws, in words; None if none does."""
    layer = task.layer
    generator = np.random.default_rng(2)
    draws = [box.drawn(generator, -box.largest, box.largest) for _ in range(3)]
    got = [box(arrays) for arrays in draws]
    right = [np.asarray(box.right(arrays)) for arrays in draws]
    if not any(np.any(numbers) for numbers in got):
        return "nothing is computed: every entry is 0"
    close = max(box.tolerance, 1e-6)
    for verb, words, size in scales(layer):
        factor = 1 / size if verb == "divided" else size
        if _same(got, [factor * numbers.astype(float) for numbers in right], close):
            return Phrase(SCALED[verb], by=words)
    for words, formula in usual_mistakes(layer, of):
        try:
            if tuple(map(int, formula.shape)) == got[0].shape and set(formula.tensors_needed) <= set(box.shapes):
                needed = formula.tensors_needed
                numbers_of = (formula.evaluate(**{name: one[name] for name in needed}) for one in draws)
                if _same(got, numbers_of, box.tolerance):
                    return words
        except SymconvError:
            continue
    return None


def _same(got: Iterable[Array], numbers: Iterable[Array], tolerance: float) -> bool:
    """Whether arrays are the same within a tolerance; the first that differs decides."""
    pairs = zip(got, numbers)
    return all(np.all(np.abs(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)) <= tolerance) for a, b in pairs)


def usual_mistakes(layer: Layer, of: str) -> Iterator[Mistake]:
    """Wrong formulas of a quantity of a layer, each with the mistake in words."""
    yield from mistakes(layer, pick_of(of), view_of(of))
    yield from other_axes(layer, of)
    yield from of_programs(layer, formula_of(layer, of))


# -- mistakes that only programs make ------------------------------------------------------------------


def other_axes(layer: Layer, of: str) -> Iterator[Mistake]:
    """The numbers of one axis used for a different axis."""
    if of not in layer.quantities:
        return
    kind = type(layer.views["direct"])
    for one, other in permutations(range(layer.ndim), 2):
        for field, words in USED.items():
            value = getattr(layer.schemes[one], field)
            if value != getattr(layer.schemes[other], field):
                schemes = list(layer.schemes)
                schemes[other] = replace(schemes[other], **{field: value})
                view = kind(layer, schemes=tuple(schemes))
                yield Phrase(words, one=one, other=other), pick_of(of)(view)
        by = layer.schemes[one].K - layer.schemes[other].K
        for low in (layer.schemes[other].low + by, layer.schemes[other].low - by) if by else ():
            schemes = list(layer.schemes)
            schemes[other] = replace(schemes[other], low=low)
            view = kind(layer, schemes=tuple(schemes))
            words = Phrase("the kernel's size on axis {one} is used on axis {other}", one=one, other=other)
            yield words, pick_of(of)(view)
        if one < other:
            for field, words in EXCHANGED.items():
                swapped = list(layer.schemes)
                first, second = getattr(swapped[one], field), getattr(swapped[other], field)
                if first != second:
                    swapped[one] = replace(swapped[one], **{field: second})
                    swapped[other] = replace(swapped[other], **{field: first})
                    view = kind(layer, schemes=tuple(swapped))
                    yield Phrase(words, one=one, other=other), pick_of(of)(view)


def of_programs(layer: Layer, right: TensorFormula) -> Iterator[Mistake]:
    """The right formula with a mistake in how a program goes through the entries or the terms."""
    form = right.readable_form
    for axis in right.axes:
        index = Polynomial.name(axis.letter)
        for words, kept in zip(NOT_COMPUTED, (Range(axis.size - 2 - index), Range(index - 1))):
            cut = Form(tuple(Term.make(term.coefficient, (*term.factors, kept), term.bound) for term in form))
            yield Phrase(words, axis=axis.letter), right.replaced(cut)
    yield from _turned(layer, right)
    sums = sorted({name for term in form for name in term.bound})
    sizes = _sizes_of_sums(form)
    known = [name for name in sums if name in sizes]
    for count in range(1, min(len(known), MOST_SUMS) + 1):
        for names in combinations(known, count):
            last = {name: sizes[name] - 1 for name in names}
            kept_terms = (
                term.substitute(last, tuple(name for name in term.bound if name not in names)) for term in form
            )
            over = ", ".join(names)
            yield Phrase(ONLY_LAST, names=over), right.replaced(Form(tuple(kept_terms)))
            if count > 1:
                zeros = dict.fromkeys(names, Polynomial())
                firsts = (
                    term.substitute(zeros, tuple(name for name in term.bound if name not in names)) for term in form
                )
                yield (
                    Phrase("only the first term of the sum over {names} is there", names=over),
                    right.replaced(Form(tuple(firsts))),
                )


def _turned(layer: Layer, right: TensorFormula) -> Iterator[Mistake]:
    """The kernel transposed, or rotated by the wrong angle."""
    sizes, rotated = [scheme.K for scheme in layer.schemes[-2:]], layer.notation.weight
    if layer.ndim < 2 or layer.fixed_kernel is not None:
        return
    for words, flips in (
        ("the kernel is transposed, not rotated by 180 degrees", (True, True)),
        ("the kernel is rotated by 90 degrees", (False, True)),
        ("the kernel is rotated by 90 degrees, clockwise", (True, False)),
    ):

        def turned(access: Access, flips: tuple[bool, bool] = flips) -> Access:
            if access.tensor.name != rotated:
                return access
            *outer, one, other = access.indices
            last = [size - 1 - index if flip else index for index, size, flip in zip((other, one), sizes, flips)]
            return Access(access.tensor, (*outer, *last))

        yield words, right.replaced(right.readable_form.with_accesses(turned))


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
        which = "the stride" if layer.ndim == 1 else Phrase("the stride of axis {axis}", axis=at)
        named += [(which, scheme.s)]
    named += [("the number of outputs", positions * layer.C_out), ("2", Polynomial.constant(2))]
    yield from ((words, size) for words, size in named if size != ONE)


def scales(layer: Layer) -> Iterator[tuple[str, str, int]]:
    """What a result may be scaled by (concrete sizes only): divided or multiplied, by what, and the number."""
    for words, size in factors(layer):
        yield "divided", words, int(size.evaluate({}))
    yield "multiplied", "2", 2
    for words, size in factors(layer):
        yield "multiplied", words, int(size.evaluate({}))


def _scaled(layer: Layer, difference: Difference) -> Iterator[tuple[str, Polynomials]]:
    """The right terms divided or multiplied by a size (concrete sizes only)."""
    for verb, words, number in scales(layer):
        if _is_scaled(difference, number, verb == "divided"):
            yield Phrase(SCALED[verb], by=words), list(difference.computed)


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


def _parts(layer: Layer, difference: Difference) -> Iterator[tuple[str, Polynomials]]:
    """The right terms in which an index of a tensor has only some of its values (concrete sizes only)."""
    variables = difference.variables
    tensors = dict.fromkeys(variables.place(variable)[0] for terms in difference.right for t in terms for variable in t)
    for name in tensors:
        used = {v for terms in difference.right for term in terms for v in term if variables.place(v)[0] == name}
        index = {v: variables.index(v)[1] for v in used}
        for words, keeps in _some(_indices(variables, name), layer.ndim):
            kept = [
                {term: number for term, number in terms.items() if all(keeps(index[v]) for v in term if v in index)}
                for terms in difference.right
            ]
            yield Phrase("only the terms of {name} with {condition} are added", name=name, condition=words), kept


Keeps = Callable[[tuple[int, ...]], bool]


def _some(indices: list[tuple[str, int]], ndim: int) -> Iterator[tuple[str, Keeps]]:
    """Conditions on the indices of a tensor, in words and as functions."""
    letters = [letter for letter, _ in indices]
    for at, (letter, size) in enumerate(indices):
        if size > 1:
            yield f"{letter} = 0", _on([at], range(1))
            yield Phrase("{index} = {last} (the last)", index=letter, last=size - 1), _on([at], range(size - 1, size))
            yield f"{letter} >= 1", _on([at], range(1, size))
            yield (
                Phrase("{index} <= {last} (all but the last)", index=letter, last=size - 2),
                _on([at], range(size - 1)),
            )
    spatial = [*range(len(indices) - ndim, len(indices))]
    if ndim > 1 and spatial[0] >= 0:
        named = ", ".join(letters[at] for at in spatial)
        yield f"{named} = 0", _on(spatial, range(1))
        yield f"{named} >= 1", _on(spatial, range(1, max(size for _, size in indices)))
        yield Phrase("{indices} the same", indices=named), lambda index: len({index[at] for at in spatial}) == 1


def _on(places: list[int], values: range) -> Keeps:
    """That some indices have some values."""
    return lambda index: all(index[at] in values for at in places)


def _indices(variables: Variables, name: str) -> list[tuple[str, int]]:
    """The letters of a tensor's indices, with their sizes."""
    return [(axis.letter, int(axis.size.evaluate({}))) for axis in axes_of(variables.layouts[name])]
