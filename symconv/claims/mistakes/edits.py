"""The right formula with one thing changed: an index, a factor, the range of a sum, the bias."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from math import prod

from symconv.algebra.forms import Access, Form, Range, Tensor, Term, box
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.claims.mistakes.misreadings import BACKWARDS, FORWARDS
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.phrases import Phrase
from symconv.geometry.axes import axes_of
from symconv.layers import Layer

Edit = tuple[str, Form]
INSIDE = (
    "the bias is inside the sum, and so added {often} times",
    "the bias is inside the sum over the kernel, and so added {often} times",
    "the bias is inside the sum over the channels, and so added {often} times",
)
SHIFTED = {
    ("only", "large"): "{which}'s index is one too large",
    ("only", "small"): "{which}'s index is one too small",
    ("one", "large"): "{which}'s index {number} is one too large",
    ("one", "small"): "{which}'s index {number} is one too small",
    ("every", "large"): "{which}'s indices are one too large on every axis",
    ("every", "small"): "{which}'s indices are one too small on every axis",
}
CUT_TOGETHER = ("the sums over {names} leave out their first terms", "the sums over {names} leave out their last terms")
CUT = ("the sum over {name} leaves out its first term", "the sum over {name} leaves out its last term")
Indices = tuple[Polynomial, ...]


def edits(layer: Layer, right: TensorFormula, simple: bool = False) -> Iterator[Edit]:
    """Every change of a formula, with what it is in words.

    Args:
        simple: only what is likely beside another mistake.
    """
    form = right.readable_form
    yield from _bias(layer, form)
    yield from _left_out(layer, form)
    yield from _backwards(layer, form)
    yield from _wrong_sign(layer, form)
    if not simple:
        yield from _output_for_gradient(layer, form)
        yield from _exchanged(layer, form)
        yield from _off_by_one(layer, form)
        yield from _cut_sums(layer, form)
        yield from _first_terms(form)


def _words_of(layer: Layer) -> dict[str, str]:
    """The tensors, as they are called in a sentence."""
    names = layer.notation
    return {names.grad_output: "the upstream gradient", names.weight: "the weight", names.input: "the input"}


def _uses(form: Form, name: str) -> Tensor | None:
    return next((tensor for tensor in form.tensors if tensor.name == name), None)


def _indices(form: Form, name: str, change: Callable[[Indices], Indices]) -> Form:
    """The indices of one tensor changed."""
    return form.with_accesses(lambda a: Access(a.tensor, change(a.indices)) if a.tensor.name == name else a)


# -- bias and factors ----------------------------------------------------------------------------------


def _bias(layer: Layer, form: Form) -> Iterator[Edit]:
    """The bias forgotten, added twice, or added in every summand."""
    bias = layer.notation.bias
    biased = [term for term in form if any(isinstance(f, Access) and f.tensor.name == bias for f in term.factors)]
    if not biased or len(biased) == len(form.terms):
        return
    others = tuple(term for term in form if term not in biased)

    def times(count: Polynomial) -> Form:
        return Form((*others, *(Term.make(term.coefficient * count, term.factors, term.bound) for term in biased)))

    def summed(sizes: Sequence[Polynomial]) -> Form:
        names = [f"b''{at}" for at in range(len(sizes))]
        ranges = box(map(Polynomial.name, names), sizes)
        inside = (Term.make(term.coefficient, (*term.factors, *ranges), (*term.bound, *names)) for term in biased)
        return Form((*others, *inside))

    yield "the bias is left out", Form(others)
    yield "the bias is added twice", times(Polynomial.constant(2))
    kernel, channels = [scheme.K for scheme in layer.schemes], [axis.size for axis in layer.input_channels]
    for words, sizes in zip(INSIDE, ([*channels, *kernel], kernel, channels)):
        count = prod(sizes, start=ONE)
        often = layer.writer.polynomial(count)
        for form_of in (summed(sizes), times(count)) if sizes else ():
            yield Phrase(words, often=often), form_of


def _left_out(layer: Layer, form: Form) -> Iterator[Edit]:
    """A factor forgotten; the sum keeps its range, or runs on, and may then be infinite."""
    names = layer.notation
    words = {**_words_of(layer), names.scale: "the factor that makes it a mean"}
    for name, which in words.items():
        tensor = _uses(form, name)
        if tensor is None or all(len(term.factors) < 2 for term in form):
            continue
        for with_range in (False, True) if tensor.rank else (False,):
            yield (
                Phrase("{which} is left out", which=which),
                Form(tuple(_without(term, name, with_range) for term in form)),
            )


def _without(term: Term, name: str, with_range: bool) -> Term:
    kept = []
    for factor in term.factors:
        if not isinstance(factor, Access) or factor.tensor.name != name:
            kept.append(factor)
        elif with_range:
            kept += box(factor.indices, factor.tensor.shape or ())
    return Term.make(term.coefficient, kept, term.bound)


def _output_for_gradient(layer: Layer, form: Form) -> Iterator[Edit]:
    """The output itself where the upstream gradient belongs."""
    name = layer.notation.grad_output
    if _uses(form, name) is None or layer.has_switch:
        return
    output = layer.direct.output
    letters = [axis.letter for axis in axes_of(output.layout)]
    terms: list[Term] = []
    for term in form:
        found = [f for f in term.factors if isinstance(f, Access) and f.tensor.name == name]
        if len(found) != 1:
            return
        (access,) = found
        # Stand-ins, so that a letter of the output is not taken for an index of the gradient.
        aside = {letter: Polynomial.name(f"{letter}''{at}") for at, letter in enumerate(letters)}
        inside = output.form.substitute(aside).within(
            tuple(aside.values()), tuple(axis.size for axis in axes_of(output.layout))
        )
        rest = Form((Term.make(term.coefficient, (f for f in term.factors if f is not access)),))
        stood = {str(one.single_name): index for one, index in zip(aside.values(), access.indices)}
        product = rest * inside
        moved = Form(tuple(one.renamed_apart(term.names).substitute(stood) for one in product))
        terms += moved.summed(term.bound)
    words = Phrase("the output {output} stands where the upstream gradient belongs", output=layer.notation.output)
    yield words, Form(tuple(terms))


# -- indices -------------------------------------------------------------------------------------------


def _backwards(layer: Layer, form: Form) -> Iterator[Edit]:
    """A tensor read from its other end."""
    names = layer.notation
    forwards = layer.flip and not layer.spreads
    kernel = FORWARDS if forwards else BACKWARDS
    words = (
        (names.weight, kernel, [scheme.K for scheme in layer.schemes]),
        (names.input, "the input is read backwards", [scheme.n for scheme in layer.schemes]),
        (names.grad_output, "the upstream gradient is read backwards", list(layer.m)),
    )
    for name, sentence, sizes in words:
        if _uses(form, name) is not None:
            yield sentence, _indices(form, name, lambda i, sizes=sizes: _turned(i, sizes))  # type: ignore[misc]


def _turned(indices: Indices, sizes: Sequence[Polynomial]) -> Indices:
    """The last indices counted from the other end."""
    head, tail = indices[: len(indices) - len(sizes)], indices[len(indices) - len(sizes) :]
    return (*head, *(size - 1 - index for size, index in zip(sizes, tail)))


def _wrong_sign(layer: Layer, form: Form) -> Iterator[Edit]:
    """The index of the kernel subtracted where it should be added, or added where it should be subtracted."""
    weight, ndim = layer.notation.weight, layer.ndim
    changed = []
    for term in form:
        kernels = [f for f in term.factors if isinstance(f, Access) and f.tensor.name == weight]
        names = [index.single_name for access in kernels for index in access.indices[-ndim:]]
        signs = {name: -Polynomial.name(name) for name in names if name is not None}
        factors = [f if f in kernels else f.substitute(signs) for f in term.factors]
        changed.append(Term.make(term.coefficient, factors, term.bound))
    yield "the kernel's index has the wrong sign", Form(tuple(changed))


def _exchanged(layer: Layer, form: Form) -> Iterator[Edit]:
    """Two indices of a tensor exchanged: its channels and groups, or its axes."""
    names, ndim = layer.notation, layer.ndim
    for name, which in _words_of(layer).items():
        tensor = _uses(form, name)
        if tensor is None:
            continue
        outer = range(tensor.rank - ndim)
        for a, b in combinations(outer, 2):
            plain = name == names.weight and len(outer) == 2
            one, other = tensor.letters[a], tensor.letters[b]
            words = (
                Phrase("{which}'s channels are exchanged", which=which)
                if plain
                else Phrase("{which}'s indices {one} and {other} are exchanged", one=one, other=other, which=which)
            )
            yield words, _indices(form, name, lambda i, a=a, b=b: _swapped(i, a, b))  # type: ignore[misc]
        for a, b in combinations(range(tensor.rank - ndim, tensor.rank), 2):
            of = "the kernel" if name == names.weight else which
            words = (
                Phrase("{which}'s axes are exchanged", which=of)
                if ndim == 2
                else Phrase(
                    "{which}'s axes {one} and {other} are exchanged",
                    one=a - len(outer), other=b - len(outer), which=of,
                )
            )  # fmt: skip
            yield words, _indices(form, name, lambda i, a=a, b=b: _swapped(i, a, b))  # type: ignore[misc]


def _swapped(indices: Indices, a: int, b: int) -> Indices:
    moved = list(indices)
    moved[a], moved[b] = moved[b], moved[a]
    return tuple(moved)


def _off_by_one(layer: Layer, form: Form) -> Iterator[Edit]:
    """An index of the gradient or the weight off by one, on one axis or on all."""
    for name, which in list(_words_of(layer).items())[:2]:
        tensor = _uses(form, name)
        if tensor is None:
            continue
        axes = range(tensor.rank)
        for at in axes:
            for step, size in ((1, "large"), (-1, "small")):
                number = "only" if tensor.rank == 1 else "one"
                words = Phrase(SHIFTED[number, size], which=which, number=at + 1)
                yield words, _moved(form, name, [at], step)
        spatial = [*axes][-layer.ndim :]
        for step, size in ((1, "large"), (-1, "small")) if len(spatial) > 1 else ():
            yield Phrase(SHIFTED["every", size], which=which), _moved(form, name, spatial, step)


def _moved(form: Form, name: str, places: Sequence[int], step: int) -> Form:
    return _indices(form, name, lambda i: tuple(one + step if at in places else one for at, one in enumerate(i)))


# -- sums ----------------------------------------------------------------------------------------------


def _cut_sums(layer: Layer, form: Form) -> Iterator[Edit]:
    """The first or the last term of one sum left out, or of all of them, or of those over positions."""
    for at, term, name, size in _sums(form):
        index = Polynomial.name(name)
        for pattern, kept in zip(CUT, (Range(index - 1), Range(size - 2 - index))):
            cut = Term.make(term.coefficient, (*term.factors, kept), term.bound)
            yield Phrase(pattern, name=name), _with(form, at, cut)
    for at, term in enumerate(form):
        sums = [(name, size) for place, _, name, size in _sums(form) if place == at]
        several = dict.fromkeys((tuple(sums), tuple(sums[-layer.ndim :])))
        for group in (one for one in several if len(one) > 1):
            names = ", ".join(name for name, _ in group)
            for pattern, end in zip(CUT_TOGETHER, (False, True)):
                ends = [Range(size - 2 - Polynomial.name(n) if end else Polynomial.name(n) - 1) for n, size in group]
                cut = Term.make(term.coefficient, (*term.factors, *ends), term.bound)
                yield Phrase(pattern, names=names), _with(form, at, cut)


def _first_terms(form: Form) -> Iterator[Edit]:
    """One term where a sum belongs."""
    for at, term, name, _ in _sums(form):
        rest = tuple(one for one in term.bound if one != name)
        yield (
            Phrase("the sum over {name} is missing: it has only the term {name} = 0", name=name),
            _with(form, at, term.substitute({name: Polynomial()}, rest)),
        )


def _sums(form: Form) -> Iterator[tuple[int, Term, str, Polynomial]]:
    """Every sum over an index of a tensor: the term's number, the term, the index and its size."""
    for at, term in enumerate(form):
        for name in term.bound:
            for f in term.factors:
                pairs = zip(f.indices, f.tensor.shape or ()) if isinstance(f, Access) else ()
                size = next((size for index, size in pairs if index.single_name == name), None)
                if size is not None:
                    yield at, term, name, size
                    break


def _with(form: Form, at: int, term: Term) -> Form:
    return Form((*form.terms[:at], term, *form.terms[at + 1 :]))
