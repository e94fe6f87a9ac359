"""A theorem as JSON, for a checker that does not trust the prover (docs/theorem-format.md; ``symconv/verify.py``)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.forms import Access, Delta, Factor, Form, Tensor, Term, fresh
from symconv.algebra.normal_form import Derivation, Move
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import RuleName
from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.proof.certificates.multiplied import with_multipliers
from symconv.verify import VERSION, digest

SMALL_EXAMPLES = 200
"""How many small sizes are tried for an example, before some are drawn."""


def certificate(
    of: str,
    statement: str,
    scope: str,
    derivations: Mapping[str, Derivation],
    assumptions: Assumptions,
    layer: Layer | None = None,
) -> dict[str, Any]:
    """The theorem that all derivations end with one form.

    Raises:
        SymconvError: they do not.
    """
    results = [derivation.result for derivation in derivations.values()]
    if any(result != results[0] for result in results[1:]):
        raise SymconvError(
            f"the theorem about {of}",
            "it is proved by comparing all product terms, so its formulas have no common last line",
            "use the general layer, conv.family(), whose proof has one",
        )
    if any(move.rule is RuleName.BILINEAR for derivation in derivations.values() for move in derivation.moves):
        raise SymconvError(
            f"the theorem about {of}",
            "it rests on an identity of fixed matrices, which the checker does not have",
            "leave out the views with such matrices, or look at BilinearAlgorithm(C, A, B)",
        )
    forms = [derivation.plain_start for derivation in derivations.values()]
    forms += [Form(move.result) for derivation in derivations.values() for move in derivation.moves]
    tensors = {tensor.name: tensor for form in (*forms, *results) for tensor in form.tensors}
    theorem = {
        "format": "symconv theorem", "version": VERSION, "of": of, "statement": statement, "scope": scope,
        "layer": None if layer is None else _layer(layer),
        "assumptions": _assumptions(assumptions, tensors), **_example(assumptions, tensors),
        "formulas": {
            name: {"start": _form(derivation.plain_start), "steps": _steps(derivation.moves, assumptions)}
            for name, derivation in derivations.items()
        },
        "final": _form(results[0]),
    }  # fmt: skip
    theorem = with_multipliers(theorem)
    return {**theorem, "sha256": digest(theorem)}


def _layer(layer: Layer) -> dict[str, Any]:
    """What the theorem is about: the layer, and its numbers, one for each axis where there are axes."""
    axes, options = layer.schemes, {"padding_mode": layer.padding_mode}
    numbers = {
        "input_size": [one.n for one in axes], "kernel_size": [one.K for one in axes],
        "output_size": list(layer.m), "stride": [one.s for one in axes], "dilation": [one.d for one in axes],
        "padding": [side for one in axes for side in (one.low, one.high)],
        "input_dilation": [one.l for one in axes],
        "in_channels": [layer.C_in], "out_channels": [layer.C_out], "groups": [layer.G],
        "batch_size": [] if layer.batch is None else [layer.batch],
    }  # fmt: skip
    return {
        "text": repr(layer), "kind": type(layer).__name__, "options": options,
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
    }


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
