"""Differentiation with respect to a tensor's entry, and unfolding of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

from symconv.algebra.forms import Access, Delta, Form, Tensor, Term, fresh, new_ranges
from symconv.algebra.polynomial import Polynomial

Places = tuple[Sequence[Polynomial], Sequence[Polynomial]]
"""Indices, and the shape of the box that they are in."""


def derivative(form: Form, tensor: Tensor, indices: Sequence[Polynomial]) -> Form:
    """The partial derivative of ``form`` by the entry ``tensor[indices]``.

    The product rule over the factors, with d T[e] / d T[m] = [e_1 = m_1] .. [e_r = m_r], and the chain rule for
    a function applied to T. ``indices`` must lie in the tensor's box (outside it the tensor is zero, not a variable).
    """
    found = [one.term for term in form for one in _partials(term, tensor, indices)]
    return Form(tuple([Term.make(one.coefficient, one.factors, one.bound) for one in found]))


class _Partial(NamedTuple):
    """A term of a derivative, its factors in no order.

    ``summed`` are other names over which it is still to be summed, and ``values`` what names became that were summed.
    """

    term: Term
    summed: tuple[str, ...]
    values: Mapping[str, Polynomial]


def _partials(
    term: Term, tensor: Tensor, by: Sequence[Polynomial], others: Sequence[str] = (), brackets: bool = False
) -> Iterator[_Partial]:
    """The terms of the derivative of a term that is going to be summed over ``others``, too.

    Where T is read at a summed name, no bracket is made unless all ``brackets`` are wanted: sum_v f(v) [v = m] is f(m).
    """
    free = frozenset[str]().union(*[index.names for index in by])
    for at, factor in enumerate(term.factors):
        if not isinstance(factor, Access) or not factor.depends_on(tensor):
            continue
        own, summed = term.bound, tuple(others)
        values: dict[str, Polynomial] = {}
        if factor.tensor.applied is None and not brackets:
            for index, entry in zip(factor.indices, by):
                name = index.single_name
                if name is not None and name not in values and (name in own or name in summed):
                    values[name] = entry
            own, summed = (tuple([name for name in names if name not in values]) for names in (own, summed))
        if not (free.isdisjoint(own) and free.isdisjoint(summed)):
            new = _new_names([*own, *summed], free, {*term.names, *free, *others})
            own, summed = (tuple([new.get(name, name) for name in names]) for names in (own, summed))
            values |= {name: Polynomial.name(one) for name, one in new.items()}
        rest = Term(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), own)
        if values := {name: value for name, value in values.items() if value.single_name != name}:
            factor = factor.substitute(values)
            rest = Term(rest.coefficient.substitute(values), tuple([f.substitute(values) for f in rest.factors]), own)
        if factor.tensor.applied is None:
            same = tuple([Delta.equal(e, m) for e, m in zip(factor.indices, by) if e != m])
            yield _Partial(Term(rest.coefficient, rest.factors + same, own), summed, values)
        else:
            for one in factor.tensor.applied.derivative(factor.indices, by):
                yield _Partial(_under(rest, one), summed, values)


def _new_names(names: Iterable[str], clashing: frozenset[str], taken: set[str]) -> dict[str, str]:
    """New names for those that clash."""
    found = {}
    for name in names:
        if name in clashing:
            found[name] = fresh(name, taken)
            taken.add(found[name])
    return found


def along(form: Form, directions: Mapping[str, str]) -> Form:
    """The derivative of a form along directions: what it changes by when each tensor T changes by ``directions[T]``.

    sum over T and m of d form / d T[m] * v[m], where v is the tensor called ``directions[T]``: the Jacobian times a
    vector. The vector stands where T stood, since sum over m of [e = m] v[m] is v[e].
    """
    return Form(tuple(_along(form, directions)))


def _along(form: Form, directions: Mapping[str, str]) -> Iterator[Term]:
    for term in form:
        for at, factor in enumerate(term.factors):
            if not isinstance(factor, Access) or factor.tensor.variable.name not in directions:
                continue
            rest = (*term.factors[:at], *term.factors[at + 1 :])
            moved, applied = factor.tensor.variable, factor.tensor.applied
            towards = replace(moved, name=directions[moved.name])
            if applied is None:
                yield Term.make(term.coefficient, (*rest, Access(towards, factor.indices)), term.bound)
                continue
            taken = {*term.names}
            own = [fresh(f"u{place}", taken) for place in range(len(factor.indices))]
            by = tuple(map(Polynomial.name, own))
            change = applied.derivative(factor.indices, by).times((Access(towards, by),)).summed(own)
            yield from (_under(Term(term.coefficient, rest, term.bound), one) for one in change)


def vjp(
    upstream: Form,
    definition: Definition,
    tensor: Tensor,
    entry: Sequence[str],
    keep: Sequence[str] = (),
    brackets: bool = False,
) -> Form:
    """The sum of upstream * d body / d tensor[entry] over the defined tensor's box, but for parameters to ``keep``.

    ``upstream`` and the body have the same parameters; ``entry`` are free names, other than those that are kept.
    With ``brackets`` every index of the entry is said by one, as on a blackboard, before any is sifted.
    """
    by = [Polynomial.name(letter) for letter in entry]
    parameters, shape = definition.parameters, definition.tensor.shape or ()
    summed = [name for name in parameters if name not in keep]
    taken = frozenset(entry).union(parameters, *[size.names for size in shape])
    return Form(
        tuple(
            [
                _joined(left, one, parameters, shape, taken)
                for left in upstream.terms
                for right in definition.body.terms
                for one in _partials(right, tensor, by, summed, brackets)
            ]
        )
    )


def _joined(
    left: Term, partial: _Partial, parameters: Sequence[str], shape: Sequence[Polynomial], taken: frozenset[str]
) -> Term:
    """The product inside a box, the bound names of each part kept apart from all names of the other."""
    right, summed, values = partial
    if left.bound or values:
        left = left.put({name: values[name] for name in parameters if name in values}, right.names.union(taken, summed))
    if right.bound:
        right = right.renamed_apart(left.names.union(taken, summed))
    factors = left.factors + right.factors
    places = [values[name] if name in values else Polynomial.name(name) for name in parameters]
    factors += new_ranges(factors, places, shape)
    return Term.make(left.coefficient * right.coefficient, factors, (*left.bound, *right.bound, *summed))


def same_entry(at: Sequence[Polynomial], by: Sequence[Polynomial]) -> tuple[Delta, ...]:
    """[e_1 = m_1] .. [e_r = m_r]."""
    return tuple([Delta.equal(e, m) for e, m in zip(at, by)])


@dataclass(frozen=True)
class Definition:
    """``tensor[parameters] = body`` inside the tensor's box (and zero outside it)."""

    tensor: Tensor
    parameters: tuple[str, ...]
    body: Form

    def times(self, rest: Term, indices: Sequence[Polynomial]) -> Form:
        """``rest`` times the entry at the given indices, which is zero outside the box.

        The names in ``indices`` are those of ``rest``, also its bound ones.
        """
        assert self.tensor.shape is not None
        entry = self.body.substitute(dict(zip(self.parameters, indices)))
        return Form(tuple([_under(rest, inner, (indices, self.tensor.shape)) for inner in entry.terms]))


def unfold(form: Form, definitions: Mapping[str, Definition]) -> Form:
    """Replace every access to a defined tensor by its definition, until none is left.

    Each definition brings its own range as factors, so a sum that reaches beyond the box stays right.
    """
    result: list[Term] = []
    for term in form.terms:
        for at, factor in enumerate(term.factors):
            if isinstance(factor, Access) and factor.tensor.name in definitions:
                rest = Term(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), term.bound)
                result += unfold(definitions[factor.tensor.name].times(rest, factor.indices), definitions).terms
                break
        else:
            result.append(term)
    return Form(tuple(result))


def unfolded_terms(form: Form, definitions: Mapping[str, Definition]) -> int:
    """How many terms ``unfold`` makes: the product of what each factor is defined by, summed over the terms."""
    counts: dict[str, int] = {}

    def terms_of(body: Form) -> int:
        return sum(prod(terms_at(f.tensor.name) for f in t.factors if isinstance(f, Access)) for t in body)

    def terms_at(name: str) -> int:
        if name not in definitions:
            return 1
        if name not in counts:
            counts[name] = terms_of(definitions[name].body)
        return counts[name]

    return terms_of(form)


def _under(outer: Term, inner: Term, inside: Places = ((), ())) -> Term:
    """outer * inner where the bound names of ``outer`` also bind ``inner``, and zero outside the box."""
    inner = inner.renamed_apart(outer.names) if inner.bound else inner
    factors = outer.factors + inner.factors
    factors += new_ranges(factors, *inside)
    return Term.make(outer.coefficient * inner.coefficient, factors, outer.bound + inner.bound)
