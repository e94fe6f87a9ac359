"""Differentiation with respect to a tensor's entry, and unfolding of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from symconv.algebra.forms import Access, Delta, Form, Tensor, Term, fresh, new_ranges
from symconv.algebra.polynomial import Polynomial

Places = tuple[Sequence[Polynomial], Sequence[Polynomial]]
"""Indices, and the shape of the box that they are in."""


def derivative(form: Form, tensor: Tensor, indices: Sequence[Polynomial]) -> Form:
    """The partial derivative of ``form`` by the entry ``tensor[indices]``.

    The product rule over the factors, with d T[e] / d T[m] = [e_1 = m_1] .. [e_r = m_r], and the chain rule for
    a function applied to T. ``indices`` must lie in the tensor's box (outside it the tensor is zero, not a variable).
    """
    return Form(tuple([Term.make(one.coefficient, one.factors, one.bound) for one in _partial(form, tensor, indices)]))


def _partial(form: Form, tensor: Tensor, indices: Sequence[Polynomial]) -> Iterator[Term]:
    """The terms of the derivative, their factors in no order."""
    free = frozenset[str]().union(*[index.names for index in indices])
    for original in form:
        term = original.renamed_apart(free)
        for at, factor in enumerate(term.factors):
            if not isinstance(factor, Access):
                continue
            rest = (*term.factors[:at], *term.factors[at + 1 :])
            if factor.tensor == tensor:
                yield Term(term.coefficient, rest + same_entry(factor.indices, indices), term.bound)
            elif factor.tensor.applied is not None and factor.tensor.variable == tensor:
                outer = Term(term.coefficient, rest, term.bound)
                yield from (_under(outer, one) for one in factor.tensor.applied.derivative(factor.indices, indices))


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
    upstream: Form, body: Form, tensor: Tensor, entry: Sequence[Polynomial], over: Places, summed: Sequence[str]
) -> Form:
    """upstream * d body / d tensor[entry] inside a box, and zero outside it, summed over some names."""
    names = frozenset[str]().union(*[place.names for places in over for place in places])
    return Form(
        tuple(
            [
                _joined(*_apart(left, right), names, over, summed)
                for left in upstream
                for right in _partial(body, tensor, entry)
            ]
        )
    )


def _apart(left: Term, right: Term) -> tuple[Term, Term]:
    """The factors of a product, their bound names kept apart from all names of the other; as ``Term.__mul__``."""
    right = right.renamed_apart(left.names) if right.bound else right
    return (left.renamed_apart(right.names) if left.bound else left), right


def _joined(left: Term, right: Term, names: frozenset[str], inside: Places, summed: Sequence[str]) -> Term:
    """The product of terms that are apart, inside a box with these names."""
    factors, bound = left.factors + right.factors, left.bound + right.bound
    coefficient = left.coefficient * right.coefficient
    if not names.isdisjoint(bound):
        product = Term(coefficient, factors, tuple(sorted(bound))).renamed_apart(names)
        coefficient, factors, bound = product.coefficient, product.factors, product.bound
    factors += new_ranges(factors, *inside)
    return Term.make(coefficient, factors, (*bound, *summed))


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
