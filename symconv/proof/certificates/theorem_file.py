"""A theorem as JSON, for a checker that does not trust the prover (docs/theorem-format.md; ``symconv/verify.py``)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv import verify
from symconv.algebra.agreement import attempt
from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.budget import Budget
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term, fresh
from symconv.algebra.normal_form import Derivation, Move, normal_form
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import RuleName
from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.proof.certificates.multiplied import with_multipliers
from symconv.verify import VERSION, digest

MOST_WORK = 100_000
"""How much work the derivation of a layer's definition may take, if it needs rules that cost more."""
MOST_EFFORT = 10
"""How long to search for a last line that the layer's definition has too."""
SMALL_EXAMPLES = 200
"""How many small sizes are tried for an example, before some are drawn."""


def certificate(
    of: str,
    statement: str,
    scope: str,
    derivations: Mapping[str, Derivation],
    assumptions: Assumptions,
    layer: Layer | None = None,
    entry: Sequence[str] = (),
) -> dict[str, Any]:
    """The theorem that all derivations end with one form.

    ``layer`` is what it is about, if it is about one, and ``entry`` has the letters of the entry of its quantity.

    Raises:
        SymconvError: they do not.
    """
    theorem, start = _theorem(of, statement, scope, derivations, assumptions, layer, entry)
    if start is not None and "steps" not in theorem["layer"] and layer is not None:
        forms = [start, *(derivation.plain_start for derivation in derivations.values())]
        agreed = attempt(forms, assumptions, layer.reading_order, MOST_EFFORT).agreed
        if agreed is not None:
            names = dict(zip(derivations, agreed[1:]))
            theorem, _ = _theorem(of, statement, scope, names, assumptions, layer, entry, agreed[0])
    theorem = with_multipliers(theorem)
    return {**theorem, "sha256": digest(theorem)}


def _theorem(
    of: str,
    statement: str,
    scope: str,
    derivations: Mapping[str, Derivation],
    assumptions: Assumptions,
    layer: Layer | None,
    entry: Sequence[str],
    of_definition: Derivation | None = None,
) -> tuple[dict[str, Any], Form | None]:
    """The theorem without multipliers, and the formula of the layer's definition, if it has one."""
    results = [derivation.result for derivation in derivations.values()]
    if any(result != results[0] for result in results[1:]):
        raise SymconvError(
            f"the theorem about {of}",
            "it is proved by comparing all product terms, so its formulas have no common last line",
            "use the general layer, conv.family(), whose proof has one",
        )
    forms = [derivation.plain_start for derivation in derivations.values()]
    forms += [Form(move.result) for derivation in derivations.values() for move in derivation.moves]
    tensors = {tensor.name: tensor for form in (*forms, *results) for tensor in form.tensors}
    theorem: dict[str, Any] = {
        "format": "symconv theorem", "version": VERSION, "of": of, "statement": statement, "scope": scope,
        "layer": None if layer is None else _layer(layer),
        "assumptions": _assumptions(assumptions, tensors), **_example(assumptions, tensors),
        "formulas": {
            name: {"start": _form(derivation.plain_start), "steps": _steps(derivation.moves, assumptions)}
            for name, derivation in derivations.items()
        },
        "final": _form(results[0]),
    }  # fmt: skip
    if layer is None or of not in verify.DEFINED:
        return theorem, None
    parts, start = _definition(theorem, layer, entry, tensors)
    if start is not None:
        found = of_definition or _derived(start, results[0], assumptions, layer)
        if found is not None and found.plain_start == start and found.result == results[0]:
            theorem["layer"] |= {**parts, "steps": _steps(found.moves, assumptions)}
    return theorem, start


def _derived(start: Form, last: Form, assumptions: Assumptions, layer: Layer) -> Derivation | None:
    """A derivation of the last line; the formulas may have needed rules that cost more."""
    for products in (False, True):
        inside = assumptions.with_budget(Budget(MOST_WORK)) if products else assumptions
        found = normal_form(start, inside, layer.reading_order, products=products)
        if found.result == last:
            return found
    return None


def _definition(
    theorem: Mapping[str, Any], layer: Layer, entry: Sequence[str], tensors: Mapping[str, Tensor]
) -> tuple[dict[str, Any], Form | None]:
    """What the checker makes a layer's formula of, and that formula; nothing for layers that have none there."""
    names, kind = layer.notation, type(layer).__name__
    called = {"w": names.switch if kind == "MaxPool" else names.weight, "a": names.scale}
    roles = {"X": names.input, "D": names.grad_output}
    roles |= {role: called[role] for role in verify.KINDS.get(kind, {}) if role in called}
    if names.bias in tensors:
        roles["b"] = names.bias
    parts = {"tensors": roles, "entry": list(entry)}
    try:
        with verify.work_for(theorem):
            terms = verify.defined_by(theorem["layer"] | parts, theorem["of"], verify.Assumed(theorem["assumptions"]))
    except verify.Rejected:
        return {}, None
    return parts, Form(tuple(_read_term(term, tensors) for term in terms))


def _read_term(term: verify.Term, tensors: Mapping[str, Tensor]) -> Term:
    coefficient, factors, bound = term
    read: list[Factor] = []
    for kind, tensor, indices in factors:
        polynomials = [Polynomial(index) for index in indices]
        if kind == "access":
            read.append(Access(tensors[tensor], tuple(polynomials)))
        else:
            read.append(Delta.zero(polynomials[0]) if kind == "delta" else Range(polynomials[0]))
    return Term.make(Polynomial(coefficient), read, bound)


def _layer(layer: Layer) -> dict[str, Any]:
    """What the theorem is about: the layer, and its numbers, one for each axis where there are axes."""
    axes, kind = layer.schemes, type(layer).__name__
    options = {"padding_mode": layer.padding_mode}
    if kind in verify.WRITING:
        axes = tuple(replace(one.transposed, high=one.span - 1 - one.high) for one in axes)
    elif layer.flip:
        options["flip"] = "yes"
    if "padding" in layer.values and not layer.is_concrete and layer.pads.word in ("same", "same_tf"):
        options["padding"] = layer.pads.word
    numbers = {
        "input_size": [one.n for one in axes], "kernel_size": [one.K for one in axes],
        "output_size": list(layer.m), "stride": [one.s for one in axes], "dilation": [one.d for one in axes],
        "padding": [side for one in axes for side in (one.low, one.high)],
        "input_dilation": [one.l for one in axes],
        "in_channels": [layer.C_in], "out_channels": [layer.C_out], "groups": [layer.G],
        "group_in_channels": [layer.c_in], "group_out_channels": [layer.c_out],
        "batch_size": [] if layer.batch is None else [layer.batch], **layer.divisor_numbers,
    }  # fmt: skip
    return {
        "text": layer.described(without=("notation",)), "kind": kind, "options": options,
        "numbers": {name: [_polynomial(number) for number in found] for name, found in numbers.items()},
    }  # fmt: skip


def _example(assumptions: Assumptions, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Numbers that satisfy the assumptions, the smallest that were found, if any were."""
    sizes = (size.names for tensor in tensors.values() for size in tensor.shape or ())
    names = sorted(assumptions.names.union(*sizes))
    found = next(assumptions.smallest(names, SMALL_EXAMPLES), None)
    found = found or assumptions.draw(names, random.Random(0), 4)
    return {} if found is None else {"example": {name: found[name] for name in names}}


def _assumptions(assumptions: Assumptions, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    defined = []
    for name, what in assumptions.defined:
        if isinstance(what, Floor):
            kind, parts, offset = "quotient" if what.exact else "floor", (what.numerator, what.denominator), what.offset
        else:
            kind, parts, offset = "maximum", what.of, 0  # type: ignore[attr-defined]
        defined.append({"name": name, "kind": kind, "of": [_polynomial(part) for part in parts], "offset": offset})
    return {
        "lower": dict(assumptions.lower),
        "facts": [_polynomial(fact) for fact in assumptions.facts],
        "defined": defined,
        "shapes": {
            name: None if tensor.shape is None else [_polynomial(size) for size in tensor.shape]
            for name, tensor in sorted(tensors.items())
        },
        **({"sums": sums} if (sums := _sums(tensors)) else {}),
        **({"identities": identities} if (identities := list(_identities(assumptions, tensors))) else {}),
    }


def _identities(assumptions: Assumptions, tensors: Mapping[str, Tensor]) -> Iterator[dict[str, Any]]:
    """What the fixed matrices are of which an identity is used, so that the checker finds it right itself."""
    for one in assumptions.contractions:
        names = [one.outer, one.left, one.right]
        if not tensors.keys() >= set(names):
            continue
        if one.because is None or any(tensors[name].rank != 2 for name in names):
            raise _unknown(names, "they are not given as numbers of one axis")
        if isinstance(one.because[0], tuple):
            yield {"tensors": names, "flipped": int(one.flipped), "matrices": [_matrix(m, names) for m in one.because]}
        else:
            signs, inverse = [m.sign for m in one.because], [int(m.inverse) for m in one.because]
            yield {"tensors": names, "order": _polynomial(one.because[0].order), "signs": signs, "inverse": inverse}


def _matrix(matrix: Sequence[Sequence[Any]], names: Sequence[str]) -> list[list[Any]]:
    if not all(isinstance(number, Fraction) for row in matrix for number in row):
        raise _unknown(names, "they have numbers that are not rational")
    return [list(map(_fraction, row)) for row in matrix]


def _unknown(names: Sequence[str], why: str) -> SymconvError:
    return SymconvError(
        f"a theorem with the matrices {', '.join(names)}", f"the checker cannot add up their products: {why}",
        "leave out the view that has them, or use points that are fractions",
    )  # fmt: skip


def _sums(tensors: Mapping[str, Tensor]) -> dict[str, list[int]]:
    """The axes over which the entries of tensors add up to 1."""
    applied = {name: tensor.applied for name, tensor in sorted(tensors.items()) if tensor.shape is not None}
    return {name: list(one.adds_up_to_one) for name, one in applied.items() if one and one.adds_up_to_one}


def _steps(moves: Iterable[Move], assumptions: Assumptions) -> list[dict[str, Any]]:
    return [_move(one) for move in moves for one in _with_new_names(move, assumptions)]


def _with_new_names(move: Move, assumptions: Assumptions) -> tuple[Move, ...]:
    """A re-indexing whose new names are all new: where some are old ones too, those are renamed first."""
    if set(dict(move.names)).isdisjoint(dict(move.inverse)):
        return (move,)
    (result,) = move.result
    taken = {*assumptions.names, *result.names, *dict(move.names)}
    between: dict[str, str] = {}
    for old, _ in move.names:
        between[old] = fresh(old, taken)
        taken.add(between[old])
    renaming = {old: Polynomial.name(new) for old, new in between.items()}
    inverse = tuple((new, value.substitute(renaming)) for new, value in move.inverse)
    back = tuple((new, Polynomial.name(old)) for old, new in between.items())
    renamed = result.substitute(dict(inverse), between.values())
    return (
        replace(move, result=(renamed,), names=tuple(renaming.items()), inverse=back),
        replace(move, names=tuple((between[old], value) for old, value in move.names), inverse=inverse),
    )


def _move(move: Move) -> dict[str, Any]:
    data: dict[str, Any] = {"rule": move.rule.value, "at": move.at, "result": [_term(term) for term in move.result]}
    for key, pairs in (("names", move.names), ("inverse", move.inverse)):
        if pairs:
            data[key] = {name: _polynomial(value) for name, value in pairs}
    if move.dropped and move.rule is RuleName.DROP_IMPLIED_RANGE:
        data["dropped"] = [_factor(factor) for factor in move.dropped]
    if move.digits:
        data["digits"] = [_polynomial(one) for one in move.digits]
    if move.products:
        data["products"] = [[_polynomial(one), _polynomial(other)] for one, other in move.products]
    return data


def _form(form: Form) -> list[Any]:
    return [_term(term) for term in form]


def _term(term: Term) -> dict[str, Any]:
    return {
        "coefficient": _polynomial(term.coefficient), "factors": [_factor(factor) for factor in term.factors],
        "bound": list(term.bound),
    }  # fmt: skip


def _factor(factor: Factor) -> list[Any]:
    if isinstance(factor, Access):
        return ["access", factor.tensor.name, [_polynomial(index) for index in factor.indices]]
    return ["delta" if isinstance(factor, Delta) else "range", _polynomial(factor.expression)]


def _polynomial(polynomial: Polynomial) -> Sequence[Any]:
    """[[coefficient, [name, ..]], ..], a coefficient that is not a whole number as text "p/q"."""
    return [[c if isinstance(c, int) else _fraction(c), list(names)] for names, c in polynomial.terms]


def _fraction(number: Fraction) -> int | str:
    return int(number) if number.denominator == 1 else str(number)
