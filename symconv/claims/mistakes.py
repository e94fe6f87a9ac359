"""The usual mistakes, each as the formula that one gets by it.

A mistake is made on purpose: a view that misreads the layer (stride and dilation exchanged, the padding left
out), or the right formula with one thing changed. Where a claim is proved equal to one of these, that is what is
wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from symconv.algebra.forms import Access, Form, Range, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer
from symconv.views import View

Pick = Callable[[View], TensorFormula]
Mistake = tuple[str, TensorFormula]


def mistakes(layer: Layer, pick: Pick, view: str = "direct") -> Iterator[Mistake]:
    """Wrong formulas of a quantity, each with what went wrong in words.

    Args:
        pick: the quantity, as a function of a view.
        view: the name of that view.
    """
    kind = type(layer.views[view])
    right = pick(kind(layer))
    seen = {right.form}
    for words, schemes, flip in _misreadings(layer):
        formula = pick(kind(layer, schemes=schemes, flip=flip))
        if formula.form not in seen:
            seen.add(formula.form)
            yield words, formula
    for words, form in _changes(layer, right):
        if form not in seen:
            seen.add(form)
            yield words, right.replaced(form)


# -- misreading the layer ------------------------------------------------------------------------------


def _misreadings(layer: Layer) -> Iterator[tuple[str, tuple[AxisScheme, ...], bool]]:
    """Other numbers in the scheme; of a transposed layer, in that of the convolution whose adjoint it is."""
    schemes, flip = layer.schemes, layer.flip
    back = layer.spreads
    forward = tuple(scheme.transposed for scheme in schemes) if back else schemes

    def read(changed: Sequence[AxisScheme]) -> tuple[AxisScheme, ...]:
        return tuple(scheme.transposed for scheme in changed) if back else tuple(changed)

    def every(change: Callable[[AxisScheme], AxisScheme]) -> tuple[AxisScheme, ...]:
        return read([change(scheme) for scheme in forward])

    if not back:
        yield "the kernel is read " + ("forwards, not flipped" if flip else "backwards (flipped)"), schemes, not flip
        yield "the input dilation is left out", every(lambda a: replace(a, l=ONE)), flip
    yield "the stride is left out", every(lambda a: replace(a, s=ONE)), flip
    yield "the dilation is left out", every(lambda a: replace(a, d=ONE)), flip
    plain = all(scheme.d == ONE for scheme in forward)
    words = "the kernel's index has the wrong sign" if plain else "the dilation has the wrong sign"
    yield words, every(lambda a: replace(a, d=-a.d)), flip
    yield "the padding is left out", every(lambda a: replace(a, low=ZERO)), flip
    yield "the padding has the wrong sign", every(lambda a: replace(a, low=-a.low)), flip
    yield "stride and dilation are exchanged", every(lambda a: replace(a, s=a.d, d=a.s)), flip
    yield "stride and padding are left out", every(lambda a: replace(a, s=ONE, low=ZERO)), flip
    yield "stride and dilation are left out", every(lambda a: replace(a, s=ONE, d=ONE)), flip
    yield "dilation and padding are left out", every(lambda a: replace(a, d=ONE, low=ZERO)), flip
    yield "stride, dilation and padding are left out", every(lambda a: replace(a, s=ONE, d=ONE, low=ZERO)), flip
    for axis in range(layer.ndim):
        where = "" if layer.ndim == 1 else f" on axis {axis}"
        for step, words in ((1, "one too small"), (-1, "one too large")):
            moved = replace(forward[axis], low=forward[axis].low + step)
            position = "the position that is written" if back else "the position that is read"
            yield f"{position} is {words}{where}", read((*forward[:axis], moved, *forward[axis + 1 :])), flip


# -- changing the right formula ------------------------------------------------------------------------


def _changes(layer: Layer, right: TensorFormula) -> Iterator[tuple[str, Form]]:
    names = layer.notation
    form = right.readable_form
    for tensor, words in ((names.grad_output, "the upstream gradient's"), (names.weight, "the weight's")):
        rank = max((t.rank for t in form.tensors if t.name == tensor), default=0)
        for at in range(rank):
            for step, size in ((1, "large"), (-1, "small")):
                moved = _indices(form, tensor, lambda i, at=at, step=step: _moved(i, at, step))  # type: ignore[misc]
                which = "" if rank == 1 else f" {at + 1}"
                yield f"{words} index{which} is one too {size}", moved
    swapped = _indices(form, names.weight, lambda i: (i[1], i[0], *i[2:]) if len(i) > layer.ndim + 1 else i)
    yield "the weight's channels are exchanged", swapped
    yield from _cut_sums(form)
    for flipped in _flipped_weight(layer, form):
        yield "the kernel is read backwards (flipped)", flipped


def _moved(indices: tuple[Polynomial, ...], at: int, step: int) -> tuple[Polynomial, ...]:
    return (*indices[:at], indices[at] + step, *indices[at + 1 :])


def _indices(form: Form, name: str, change: Callable[[tuple[Polynomial, ...]], tuple[Polynomial, ...]]) -> Form:
    """The indices of one tensor changed."""
    return form.with_accesses(lambda a: Access(a.tensor, change(a.indices)) if a.tensor.name == name else a)


def _cut_sums(form: Form) -> Iterator[tuple[str, Form]]:
    """The first or the last term of one sum left out."""
    for at, term in enumerate(form):
        for name in term.bound:
            size = next(
                (
                    size
                    for f in term.factors
                    if isinstance(f, Access)
                    for index, size in zip(f.indices, f.tensor.shape or ())
                    if index.single_name == name
                ),
                None,
            )
            if size is None:
                continue
            index = Polynomial.name(name)
            for words, kept in (("first", Range(index - 1)), ("last", Range(size - 2 - index))):
                cut = Term.make(term.coefficient, (*term.factors, kept), term.bound)
                yield (
                    f"the sum over {name} leaves out its {words} term",
                    Form((*form.terms[:at], cut, *form.terms[at + 1 :])),
                )


def _flipped_weight(layer: Layer, form: Form) -> Iterator[Form]:
    """The weight read at K - 1 - k, all else as it is."""
    sizes = [scheme.K for scheme in layer.schemes]

    def flip(indices: tuple[Polynomial, ...]) -> tuple[Polynomial, ...]:
        head, tail = indices[: len(indices) - len(sizes)], indices[len(indices) - len(sizes) :]
        return (*head, *(size - 1 - index for size, index in zip(sizes, tail)))

    if any(tensor.name == layer.notation.weight for tensor in form.tensors):
        yield _indices(form, layer.notation.weight, flip)
