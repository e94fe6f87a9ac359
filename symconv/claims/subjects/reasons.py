"""Why a claim about a network or a step is wrong: the change by which it becomes right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, islice

from symconv.algebra.forms import Access, Factor, Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.claims.judge.reasons import ratio
from symconv.claims.subjects.reading import Known
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.networks.functions import Pointwise, pointwise

MOST_CHANGES = 80
"""The most changes of a claim that are tried."""

Change = tuple[str, Form]
Normal = Callable[[Form], tuple[Form, Form]]
"""The normal forms of the right formula and of a claimed one, in the same tensors."""


def reasons(
    known: Known, target: TensorFormula, claimed: Form, normal: Normal, letters: Mapping[str, str]
) -> Iterator[str]:
    """The simplest change that makes the claim right; nothing if no usual one does.

    ``letters`` are the claim's own for those of the axes.
    """
    try:
        right, form = normal(claimed)
        if (factor := ratio(right, form)) is not None:
            wrong = "its sign is wrong: " if factor == Polynomial.constant(-1) else ""
            yield f"{wrong}it is the right formula times {factor}"
            return
    except SymconvError:
        pass
    for words, changed in islice(_changes(known, target, claimed, letters), MOST_CHANGES):
        try:
            right, form = normal(changed)
        except SymconvError:
            continue
        if right == form:
            yield words
            return


def _changes(known: Known, target: TensorFormula, form: Form, own: Mapping[str, str]) -> Iterator[Change]:
    """The claim with one thing changed, in words that say what is wrong with the claim."""
    letters = [axis.letter for axis in target.axes]
    yield from _functions(known, form)
    yield from _left_out(known, target, form)
    for name in sorted({factor.tensor.name for factor in _accesses(form)}):
        rank = next(factor.tensor.rank for factor in _accesses(form) if factor.tensor.name == name)
        for first, second in combinations(range(rank), 2):
            yield f"the indices of {name} are exchanged", _each(form, name, partial(_swapped, first, second))
    for a, b in combinations(letters, 2):
        exchanged = {a: Polynomial.name(b), b: Polynomial.name(a)}
        words = f"the indices {own[a]} and {own[b]} are exchanged" if own else "it is the transpose of the right one"
        yield words, form.substitute(exchanged)
    yield from _others(known, form)


def _accesses(form: Form) -> Iterator[Access]:
    return (factor for term in form for factor in term.factors if isinstance(factor, Access))


def _each(form: Form, name: str, changed: Callable[[Access], Factor]) -> Form:
    """The form with every access of a tensor changed."""
    return Form(
        tuple(
            Term.make(
                term.coefficient,
                [changed(f) if isinstance(f, Access) and f.tensor.name == name else f for f in term.factors],
                term.bound,
            )
            for term in form
        )
    )


def _swapped(a: int, b: int, access: Access) -> Access:
    moved = list(access.indices)
    moved[a], moved[b] = moved[b], moved[a]
    return Access(access.tensor, tuple(moved))


def _functions(known: Known, form: Form) -> Iterator[Change]:
    """A function for its derivative, and a derivative for its function."""
    for name in sorted({factor.tensor.name for factor in _accesses(form)}):
        tensor = next(factor.tensor for factor in _accesses(form) if factor.tensor.name == name)
        if isinstance(applied := tensor.applied, Pointwise):
            for order in {0, 1} - {applied.function.order}:
                other = pointwise(replace(applied.function, order=order), applied.argument)
                words = f"{name} stands where {other.name} belongs"
                edited = _each(form, name, lambda one, other=other: Access(other, one.indices))  # type: ignore[misc]
                yield words, known.tidied(edited)


def _left_out(known: Known, target: TensorFormula, form: Form) -> Iterator[Change]:
    """A factor f'(z) of the right formula that the claim does not have, or a term of one tensor such as a bias."""
    for term in target.form:
        if len(term.factors) == 1 and isinstance(term.factors[0], Access) and len(target.form.terms) > 1:
            yield f"{term.factors[0].tensor.name} is left out", form + Form((term,))
    at = tuple(Polynomial.name(axis.letter) for axis in target.axes)
    for one in dict.fromkeys(factor.tensor for factor in _accesses(known.tidied(target.form))):
        applied = one.applied
        if not isinstance(applied, Pointwise) or one.rank != len(at):
            continue
        for order in (1, 0):
            factor = pointwise(replace(applied.function, order=order), applied.argument)
            words = f"the factor {factor.name} is left out"
            yield words, known.tidied(form * Form.access(factor, at))


def _others(known: Known, form: Form) -> Iterator[Change]:
    """Another tensor with as many indices."""
    used = {factor.tensor.name: factor.tensor for factor in _accesses(form)}
    for name, tensor in sorted(used.items()):
        for other in _alike(known, tensor.rank, name):
            words = f"{name} stands where {other} belongs"
            yield words, _each(form, name, lambda one, other=other: Access(known.tensors[other], one.indices))  # type: ignore[misc]


def _alike(known: Known, rank: int, name: str) -> Sequence[str]:
    kinds = {one: (tensor.rank, tensor.applied) for one, tensor in known.tensors.items()}
    return [one for one, kind in kinds.items() if kind == (rank, None) and one != name]
