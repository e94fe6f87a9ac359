"""Differentiation by a tensor's entry, and unfolding of a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symconv.algebra.forms import Access, Delta, Form, Tensor, Term, box
from symconv.algebra.polynomial import ONE, Polynomial


def derivative(form: Form, tensor: Tensor, indices: Sequence[Polynomial]) -> Form:
    """The partial derivative of ``form`` by the entry ``tensor[indices]``.

    The product rule over the factors, with d T[e] / d T[m] = [e_1 = m_1] .. [e_r = m_r], and the chain rule for
    a function applied to T. ``indices`` must lie in the tensor's box (outside it the tensor is zero, not a variable).
    """
    free: set[str] = set().union(*(index.names for index in indices))
    result: list[Term] = []
    for original in form:
        term = original.renamed_apart(free)
        for at, factor in enumerate(term.factors):
            if not isinstance(factor, Access):
                continue
            rest = Term(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), term.bound)
            if factor.tensor == tensor:
                result.append(_under(rest, Term(ONE, same_entry(factor.indices, indices))))
            elif factor.tensor.applied is not None and factor.tensor.variable == tensor:
                inner = factor.tensor.applied.derivative(factor.indices, indices)
                result += [_under(rest, one) for one in inner]
    return Form(tuple(result))


def same_entry(at: Sequence[Polynomial], by: Sequence[Polynomial]) -> tuple[Delta, ...]:
    """[e_1 = m_1] .. [e_r = m_r]."""
    return tuple(Delta.equal(e, m) for e, m in zip(at, by))


@dataclass(frozen=True)
class Definition:
    """``tensor[parameters] = body`` inside the tensor's box (and zero outside it)."""

    tensor: Tensor
    parameters: tuple[str, ...]
    body: Form

    def at(self, indices: Sequence[Polynomial]) -> Form:
        """The body at the given indices, with the range that makes it zero outside the box."""
        values = dict(zip(self.parameters, indices))
        entry = self.body.substitute(values)
        assert self.tensor.shape is not None
        return entry.times(box(indices, self.tensor.shape))


def unfold(form: Form, definitions: Mapping[str, Definition]) -> Form:
    """Replace every access to a defined tensor by its definition, until none is left.

    Each definition brings its own range as factors, so a sum that reaches beyond the box stays right.
    """
    result = Form()
    for term in form:
        defined = next((f for f in term.factors if isinstance(f, Access) and f.tensor.name in definitions), None)
        if defined is None:
            result = result + Form((term,))
            continue
        at = term.factors.index(defined)
        rest = Term.make(term.coefficient, (*term.factors[:at], *term.factors[at + 1 :]), term.bound)
        body = definitions[defined.tensor.name].at(defined.indices)
        # The body's free names include the bound names of ``rest``: they are those of the term.
        product = Form(tuple(_under(rest, inner) for inner in body))
        result = result + unfold(product, definitions)
    return result


def _under(outer: Term, inner: Term) -> Term:
    """outer * inner where the bound names of ``outer`` also bind ``inner``."""
    inner = inner.renamed_apart(outer.names)
    return Term.make(outer.coefficient * inner.coefficient, outer.factors + inner.factors, outer.bound + inner.bound)
