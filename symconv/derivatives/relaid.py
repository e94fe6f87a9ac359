"""Tensors that two parts of a network read by different axes, as group normalization reads channels by group.

An entry T[.., g, c, ..] of the dimension with the axes g and c is T[.., C g + c, ..] where it has one axis, and in
general a sum over the other axes of the entries at the same place in row-major order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symconv.algebra.forms import Access, Delta, Factor, Form, Tensor, Term, box, fresh
from symconv.algebra.polynomial import Polynomial
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import tensor_of
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.networks.functions import Softmax


def same_axes(one: Layout, other: Layout) -> bool:
    """Whether every dimension is made of the same axes."""
    return len(one) == len(other) and all(map(_alike, one, other))


def _alike(one: Sequence[Axis], other: Sequence[Axis]) -> bool:
    """Whether a dimension has as many axes, of the same sizes if it has several."""
    sizes = ([axis.size for axis in axes] for axes in (one, other))
    return len(one) == len(other) and (len(one) < 2 or next(sizes) == next(sizes))


def reread(form: Form, layouts: Mapping[str, Layout], usual: Mapping[str, Layout]) -> Form:
    """A form with its tensors by their usual axes.

    Raises:
        SymconvError: a softmax is over axes that are not the usual ones.
    """
    other = {name for name, layout in layouts.items() if name in usual and not same_axes(layout, usual[name])}
    return Form(tuple(_reread(term, layouts, usual, other) for term in form)) if other else form


def _reread(term: Term, layouts: Mapping[str, Layout], usual: Mapping[str, Layout], other: set[str]) -> Term:
    factors: list[Factor] = []
    bound, taken = list(term.bound), set(term.names)
    for factor in term.factors:
        name = factor.tensor.variable.name if isinstance(factor, Access) else ""
        if not isinstance(factor, Access) or name not in other:
            factors.append(factor)
            continue
        indices, more, new = placed(factor.indices, layouts[name], usual[name], taken)
        factors += [Access(_over(factor.tensor, tensor_of(name, usual[name])), indices), *more]
        bound += new
        taken.update(new)
    return Term.make(term.coefficient, factors, bound)


def _over(tensor: Tensor, variable: Tensor) -> Tensor:
    """The tensor, or the function of another, with other axes."""
    if tensor.applied is None:
        return variable
    if isinstance(tensor.applied, Softmax):
        raise SymconvError(
            f"second derivatives through {tensor.name}", "its axes are not those of what it reads",
            "use hessian_vector_product, which needs no matrix",
        )  # fmt: skip
    return replace(variable, name=tensor.name, applied=tensor.applied.on(variable))


def placed(
    indices: Sequence[Polynomial], old: Layout, new: Layout, taken: set[str]
) -> tuple[tuple[Polynomial, ...], list[Factor], list[str]]:
    """Indices by other axes, with what must hold of them, and the names that are summed over."""
    found: list[Polynomial] = []
    factors: list[Factor] = []
    names: list[str] = []
    rest = list(indices)
    for before, after in zip(old, new):
        own, rest = rest[: len(before)], rest[len(before) :]
        if _alike(before, after):
            found += own
            continue
        factors += box(own, [axis.size for axis in before])
        place = flat(own, before)
        if len(after) == 1:
            found.append(place)
            continue
        letters: list[str] = []
        for axis in after:
            letters.append(fresh(axis.letter, {*taken, *names, *letters}))
        at = [Polynomial.name(letter) for letter in letters]
        factors += [Delta.equal(place, flat(at, after)), *box(at, [axis.size for axis in after])]
        found += at
        names += letters
    return tuple(found), factors, names


def flat(at: Sequence[Polynomial], axes: Sequence[Axis]) -> Polynomial:
    """The place of an entry in row-major order."""
    place = Polynomial()
    for index, axis in zip(at, axes):
        place = place * axis.size + index
    return place


def relaid(form: Form, old: Layout, new: Layout) -> Form:
    """A form over the axes of one layout, over those of another."""
    letters = [axis.letter for axis in axes_of(old)]
    apart: dict[str, str] = {}
    taken = {*letters, *(axis.letter for axis in axes_of(new)), *(name for term in form for name in term.names)}
    for letter in letters:
        apart[letter] = fresh(letter, taken)
        taken.add(apart[letter])
    moved = form.substitute({one: Polynomial.name(other) for one, other in apart.items()})
    factors: list[Factor] = []
    rest, others = list(letters), list(axes_of(new))
    for before, after in zip(old, new):
        own = [Polynomial.name(apart[one]) for one in rest[: len(before)]]
        at = [Polynomial.name(axis.letter) for axis in others[: len(after)]]
        rest, others = rest[len(before) :], others[len(after) :]
        factors += [Delta.equal(flat(own, before), flat(at, after)), *box(own, [axis.size for axis in before])]
    kept = Form(tuple(term.renamed_apart({axis.letter for axis in axes_of(new)}) for term in moved))
    return kept.times(factors).summed(apart.values())
