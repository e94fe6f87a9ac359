"""check: is this formula right, and if not, what is wrong with it?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy.typing as npt
import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.claims.beside import beside_the_layer
from symconv.claims.judge.about_sizes import about_sizes, is_a_product
from symconv.claims.judge.combined import about_a_combination
from symconv.claims.judge.constraints import check_constraints
from symconv.claims.judge.groups import Asked, by_groups
from symconv.claims.judge.maximum import about_a_maximum
from symconv.claims.judge.operations import about_operations
from symconv.claims.judge.parameters import about_parameters
from symconv.claims.judge.shapes import about_a_shape
from symconv.claims.judge.whole import about_whole
from symconv.claims.operators.values import MissingError
from symconv.claims.other_words import Again, in_other_words, in_plainer_words, with_a_bias
from symconv.claims.parse.array_axes import with_letters_for_axes
from symconv.claims.parse.given import items_of
from symconv.claims.parse.names import Names
from symconv.claims.parse.plain_signs import in_plain_signs
from symconv.claims.parse.rewriting import with_commas, with_gradient_names
from symconv.claims.report import QUANTITIES, CheckReport
from symconv.errors import ClaimError, SymconvError, instead_of, shown
from symconv.foundations.given import term_limit
from symconv.foundations.verbs import verb
from symconv.layers import Layer

Claim: TypeAlias = "str | sp.Basic | Sequence[str | sp.Basic] | sp.NDimArray | npt.NDArray[Any]"
"""What users pass for a claim: text or SymPy, one or several, or an array."""


@verb(Layer, "a claim", "a layer, a network or a step")
def check(
    layer: Layer,
    claim: Claim,
    of: str | None = None,
    *,
    index_base: int | None = None,
    max_terms: int = DEFAULT_MAX_TERMS,
) -> CheckReport:
    """Check a formula that somebody claims.

    Args:
        layer: a layer, concrete or with symbols.
        claim: text (plain or LaTeX), a SymPy expression or Eq, or several of them, each with its entry in front
            (``h2 = ..``) or one for every entry in row-major order; or a SymPy or NumPy array of the quantity's
            shape. Single entries have their printed labels (``X1*w1 + X2*w2``); a general formula has indices
            (``sum(k, w[k]*x[i + k])``, ``\\\\sum_k w_k x_{i+k}``) and may have its name in front
            (``dL/dw[k] = ..``). A left side is always taken at its word. For "constraints": equations among the
            v_ij, such as "v31 = v12 = 0".
        of: the quantity: "output" (unless the claim says another), "grad_input", "grad_weight", "grad_bias",
            "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints", "grad_matrix", "dense_bias",
            "patches", "grad_patches".
        index_base: the number from which indices of general formulas count, 0 or 1; in text that of the layer's
            notation unless told otherwise. SymPy's formulas count from 0, as Python does.
        max_terms: limit for the exact comparison at concrete sizes.

    Returns:
        A CheckReport; ``report.holds`` where the claim is proved.

    Raises:
        ClaimError: the claim cannot be read; the message has the place.
        SymconvError: no such quantity.

    >>> from symconv import Conv
    >>> print(check(Conv(3, 2), ["X1*w1 + X2*w2", "X2*w1 + X3*w3"]))
    output of Conv(3, 2): refuted
    wrong:   number 2 of 2, at index [0, 1]
    read as: labels count from 1; one claim for each entry, in row-major order
    because: X3*w3 should be X3*w2; this layer has no w3
    right:   X2*w1 + X3*w2
    numbers: with X3 = 1, w2 = 1 and all others 0: 0 claimed, 1 right
    """
    if index_base not in (None, 0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={shown(index_base)}", "indices count from 0 or 1", "use 0 or 1")
    if of is not None and (not isinstance(of, str) or of not in QUANTITIES):
        raise SymconvError(f"of={shown(of)}", "no such quantity", instead_of(of, QUANTITIES))
    again = partial(check, of=of, index_base=index_base, max_terms=max_terms)
    names = Names.of(layer)
    if isinstance(claim, str) and (counted := _about_numbers(names, claim, of)) is not None:
        return counted
    if (plainer := in_plainer_words(layer, claim, again)) is not None:
        return plainer
    if isinstance(claim, str):
        claim = in_plain_signs(names, claim)
        claim = with_letters_for_axes(names, with_gradient_names(names, with_commas(claim)))
    shape, items = items_of(claim)
    max_terms = term_limit(max_terms)
    if of == "constraints":
        return check_constraints(layer, items)
    is_text = isinstance(claim, str)
    if (sized := about_sizes(names, items, of, likely=of is None)) is not None:
        return sized
    if of == "output_size":
        wrong = "it is not a formula of sizes, or a name in it is not a size of the layer"
        raise ClaimError(str(items[0]), wrong, "write m = floor((n + 2p - K)/s) + 1")
    base = index_base if index_base is not None else _base_of(layer, items)
    if (pooled := about_a_maximum(names, items, of, base, max_terms)) is not None:
        return pooled
    try:
        return by_groups(names, items, shape, Asked(of, base, max_terms, is_text, index_base is not None))
    except ClaimError as error:
        from_0 = partial(check, of=of, index_base=0, max_terms=max_terms)
        if len(items) == 1:
            return _otherwise(names, claim, items[0], of, (base, max_terms), (again, from_0), error)
        if (biased := with_a_bias(layer, claim, of, again, error)) is None:
            raise
        return biased


def _about_numbers(names: Names, claim: str, of: str | None) -> CheckReport | None:
    """The verdict on a claim about the number of parameters or operations, or the shape of a tensor; None of others."""
    for about in (about_parameters, about_operations, about_a_shape):
        if (report := about(names, claim, of)) is not None:
            return report
    return None


def _otherwise(
    names: Names, claim: Any, item: Any, of: str | None, limits: tuple[int, int], checks: tuple[Again, Again],
    error: ClaimError,
) -> CheckReport:  # fmt: skip
    """The verdict on a claim that is read in neither indices nor entries.

    Raises:
        ClaimError: it cannot be read in any other way either.
    """
    base, max_terms = limits
    sized = about_sizes(names, [item], of)
    if sized is not None and (sized.holds or not is_a_product(item)):
        return sized
    report = in_other_words(names, item, *checks)
    if report is None and of is None:
        report = about_a_combination(names, item, max_terms, base)
    if report is not None:
        return report
    lacks = error
    try:
        report = about_whole(names, item, of, max_terms, error)
    except MissingError as missing:
        lacks = missing
    except ClaimError as unread:
        raise (beside_the_layer(claim) or unread) from None
    report = sized if report is None else report
    report = with_a_bias(names.layer, claim, of, checks[0], lacks) if report is None else report
    if report is None:
        raise lacks from None
    return report


def _base_of(layer: Layer, items: Sequence[Any]) -> int:
    """The number from which indices count in claims of that kind."""
    in_sympy = any(not isinstance(item, str) or item.lstrip().startswith("Eq(") for item in items)
    return 0 if in_sympy else layer.notation.formula_base
