"""Claims said in other words, which are checked again as they are said then, and what that was is reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from symconv.claims.beside import is_a_definition
from symconv.claims.judge.about_sizes import about_sizes
from symconv.claims.judge.lists import of_a_list
from symconv.claims.judge.whole import is_whole
from symconv.claims.parse.flat import with_channels_apart
from symconv.claims.parse.flat_letters import with_letters_for_numbers
from symconv.claims.parse.index_names import with_single_letters
from symconv.claims.parse.inner_products import with_inner_products
from symconv.claims.parse.names import Names
from symconv.claims.parse.reshaped import with_flat_tensors, with_wrapped_indices
from symconv.claims.parse.rewriting import equations, item_by_item, written_out
from symconv.claims.parse.signed_operations import without_steps
from symconv.claims.parse.spelled_names import with_letter_for_bias, with_own_names
from symconv.claims.parse.spoken_operations import with_named_operations
from symconv.claims.parse.steps import with_gradient_of_step
from symconv.claims.parse.vector_indices import with_components
from symconv.claims.parse.window_sums import with_windows_of_sums
from symconv.claims.parse.windows import with_known_windows
from symconv.claims.report import CheckReport, formula_of
from symconv.errors import ClaimError
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.proof.verdict import Witness

Again: TypeAlias = Callable[[Layer, Any], CheckReport]
"""Checks another claim, of the same quantity and with the same options."""


def in_plainer_words(layer: Layer, claim: Any, again: Again) -> CheckReport | None:
    """The verdict on a text that is first said in plainer words; None of a text that needs none."""
    if not isinstance(claim, str):
        return None
    of_items, lengths = item_by_item(claim)
    if lengths:
        report = again(layer, of_items)
        return of_a_list(Names.of(layer), report, lengths) if report.holds else report
    said_otherwise = next(_plainer(Names.of(layer), claim), None)
    if said_otherwise is None:
        return None
    plainer, words = said_otherwise
    report = again(layer, plainer)
    return replace(report, read_as=(*words, *report.read_as))


def _plainer(names: Names, claim: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The claim in other words, and what was said otherwise."""
    for said in (
        with_gradient_of_step,
        with_flat_tensors,
        with_wrapped_indices,
        with_windows_of_sums,
        with_channels_apart,
        with_letters_for_numbers,
        with_known_windows,
        with_named_operations,
        with_own_names,
        with_letter_for_bias,
        without_steps,
        with_components,
        with_single_letters,
    ):
        if (found := said(names, claim)) is not None:
            yield found
    if (found := with_inner_products(claim)) is not None:
        yield found


def in_other_words(names: Names, text: Any, again: Again, from_0: Again) -> CheckReport | None:
    """The verdict on a text that is read when it is written out, or equation by equation; None of others.

    Args:
        from_0: checks a claim whose indices count from 0.
    """
    layer = names.layer
    if not isinstance(text, str):
        return None
    if (written := written_out(names, text)) is not None:
        report = from_0(layer, written)
        return replace(report, read_as=(f"the star is the layer's own operation: {written}", *report.read_as))
    said = [re.sub(r"^(?:\\q?quad|\\[,;:!]|\s)+|(?:\\q?quad|\\[,;:!]|\s)+$", "", part) for part in equations(text)]
    defined = [part for part in said if is_a_definition(part)]
    parts = [part for part in said if part not in defined]
    of_sizes = all(about_sizes(names, [part], None, likely=True) is not None for part in parts)
    if not parts or len(said) == 1 or not (of_sizes or any(is_whole(names, part) for part in parts)):
        return None
    read_as = dict.fromkeys(f"{part} holds by definition" for part in defined)
    proved: dict[str, None] = {}
    for part in parts:
        report = again(layer, part)
        read_as |= dict.fromkeys(report.read_as)
        if not report.holds:
            break
        proved[report.of] = None
    others = [f"what is said of {quantity} is proved" for quantity in proved if quantity != report.of]
    return replace(report, read_as=(*read_as, *others))


def with_a_bias(layer: Layer, claim: Any, of: str | None, again: Again, error: ClaimError) -> CheckReport | None:
    """Refuted if the claim is right of the layer with a bias, which this one has not; None of other claims."""
    if of not in (None, "output") or not error.wrong.endswith("has no bias") or "bias" not in layer.PARAMETERS:
        return None
    biased = type(layer)(**{**layer.arguments(), "bias": True})
    report = again(biased, claim)
    if not report.holds or report.of != "output":
        return None
    right = formula_of(layer, "output").formula
    sizes = next(layer.assumptions.smallest(layer.symbol_names, 1), {})
    first = (0,) * len(axes_of(biased.direct.layouts[layer.notation.bias]))
    witness = Witness(sizes, {}, {(layer.notation.bias, first): 1}, 0, 1, ("right", "claimed"))
    words = "the layer has no bias; the rest is right"
    return replace(
        report, layer=layer, status="refuted", scope="", entries=(), witness=witness,
        write_right=lambda: f"{right.lhs} = {right.rhs}", explain=lambda: (words,),
    )  # fmt: skip
