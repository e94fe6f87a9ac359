"""check: is this formula right, and if not, what is wrong with it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from math import prod
from typing import Any, TypeAlias

import numpy.typing as npt
import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.claims.interpret.counting import bases, counted
from symconv.claims.interpret.definitions import Definitions, derivative_name, quantity_names
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.interpret.naming import Claimed, namings
from symconv.claims.interpret.orders import channels_from_one, channels_last, turned_matrix, turned_patches
from symconv.claims.interpret.readings import judged, readings_of
from symconv.claims.interpret.told import kernel_in_m, remarks, told
from symconv.claims.judge.constraints import check_constraints
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.judge.lists import long_loops, of_a_list
from symconv.claims.judge.maximum import as_sum, judged_maximum
from symconv.claims.judge.parameters import about_parameters
from symconv.claims.judge.sizes import SizeCheck, may_be_likely, size_tree
from symconv.claims.judge.whole import about_a_matrix, about_whole, about_whole_side, is_whole, is_whole_side
from symconv.claims.operators.values import MissingError
from symconv.claims.parse.array_axes import with_letters_for_axes
from symconv.claims.parse.given import items_of
from symconv.claims.parse.index_names import with_single_letters
from symconv.claims.parse.inner_products import with_inner_products
from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import equations, item_by_item, with_gradient_names, written_out
from symconv.claims.parse.signed_operations import without_steps
from symconv.claims.parse.spelled_names import with_own_names
from symconv.claims.parse.symbolic import read_symbolic
from symconv.claims.parse.windows import with_known_windows
from symconv.claims.parse.written import Group, Written, groups_of, single
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.errors import ClaimError, FormulaError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.given import term_limit
from symconv.foundations.verbs import verb
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.proof.verdict import Witness

MATRICES = ("matrix", "grad_matrix", "jacobian_input", "jacobian_weight", "jacobian_bias")
"""Quantities of which a row is not a column."""

SUMMED = re.compile(r"sum|∑|Σ|partial|∂|d[A-Z]/d|delta|δ")
"""Signs of a claim that is not about sizes."""

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
    if isinstance(claim, str) and (items_of_list := item_by_item(claim))[1]:
        of_items = check(layer, items_of_list[0], of, index_base=index_base, max_terms=max_terms)
        return of_a_list(Names.of(layer), of_items, items_of_list[1]) if of_items.holds else of_items
    if isinstance(claim, str) and (in_own_sizes := with_known_windows(Names.of(layer), claim)) is not None:
        in_sizes = check(layer, in_own_sizes[0], of, index_base=index_base, max_terms=max_terms)
        return replace(in_sizes, read_as=(*in_own_sizes[1], *in_sizes.read_as))
    if isinstance(claim, str):
        names = Names.of(layer)
        said_otherwise = (
            with_own_names(names, claim)
            or without_steps(names, claim)
            or with_single_letters(names, claim)
            or with_inner_products(claim)
        )
        if said_otherwise is not None:
            again = check(layer, said_otherwise[0], of, index_base=index_base, max_terms=max_terms)
            return replace(again, read_as=(*said_otherwise[1], *again.read_as))
    if isinstance(claim, str):
        claim = with_letters_for_axes(Names.of(layer), with_gradient_names(Names.of(layer), claim))
    shape, items = items_of(claim)
    max_terms = term_limit(max_terms)
    if of == "constraints":
        return check_constraints(layer, items)
    base = index_base if index_base is not None else _base_of(layer, items)
    names = Names.of(layer)
    is_text = isinstance(claim, str)
    if is_text and (of_parameters := about_parameters(names, str(claim), of)) is not None:
        return of_parameters
    if (sized := _about_sizes(names, items, of, likely=of is None)) is not None:
        return sized
    if of == "output_size":
        wrong = "it is not a formula of sizes, or a name in it is not a size of the layer"
        raise ClaimError(str(items[0]), wrong, "write m = floor((n + 2p - K)/s) + 1")
    if (pooled := _about_a_maximum(names, items, of, base, max_terms)) is not None:
        return pooled
    try:
        return _by_groups(names, items, shape, of, base, max_terms, is_text, index_base is not None)
    except ClaimError as error:
        report = _about_sizes(names, items, of)
        if report is None and len(items) == 1:
            report = _in_other_words(names, items[0], of, index_base, max_terms)
        lacks = error
        if report is None and len(items) == 1:
            try:
                report = about_whole(names, items[0], of, max_terms, error)
            except MissingError as missing:
                lacks = missing
        if report is None:
            report = _with_a_bias(layer, claim, of, index_base, max_terms, lacks)
        if report is None:
            raise lacks from None
        return report


def _with_a_bias(
    layer: Layer, claim: Claim, of: str | None, index_base: int | None, max_terms: int, error: ClaimError
) -> CheckReport | None:
    """Refuted if the claim is right of the layer with a bias, which this one has not; None of other claims."""
    if of not in (None, "output") or not error.wrong.endswith("has no bias") or "bias" not in layer.PARAMETERS:
        return None
    biased = type(layer)(**{**layer.arguments(), "bias": True})
    report = check(biased, claim, index_base=index_base, max_terms=max_terms)
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


def _in_other_words(
    names: Names, text: Any, of: str | None, index_base: int | None, max_terms: int
) -> CheckReport | None:
    """The verdict on a text that is read when it is written out, or equation by equation; None of others."""
    layer = names.layer
    if not isinstance(text, str):
        return None
    if (written := written_out(names, text)) is not None:
        report = check(layer, written, of, index_base=0, max_terms=max_terms)
        return replace(report, read_as=(f"the star is the layer's own operation: {written}", *report.read_as))
    parts = equations(text)
    if len(parts) == 1 or not any(is_whole(names, part) for part in parts):
        return None
    read_as: dict[str, None] = {}
    for part in parts:
        report = check(layer, part, of, index_base=index_base, max_terms=max_terms)
        read_as |= dict.fromkeys(report.read_as)
        if not report.holds:
            break
    return replace(report, read_as=tuple(read_as))


def _about_sizes(names: Names, items: Sequence[Any], of: str | None, likely: bool = False) -> CheckReport | None:
    """The verdict on a claim about sizes; None if it is not one, or if it may be another and must be ``likely``."""
    text = items[0]
    if of == "output_size" and len(items) == 1 and isinstance(text, str) and "=" not in text:
        text = f"out = {text}"
    if likely and (not isinstance(text, str) or SUMMED.search(text) or not may_be_likely(text)):
        return None
    tree = size_tree(text) if len(items) == 1 and isinstance(text, str) and of in (None, "output_size") else None
    if tree is None:
        return None
    checked = SizeCheck(names, text, tree)
    if likely and not checked.is_likely:
        return None
    if not likely and not checked.is_about_the_output and is_whole(names, text):
        return None
    report = checked.run()
    if report is None and likely:
        checked.require_sizes()
    return report


def _about_a_maximum(
    names: Names, items: Sequence[Any], of: str | None, base: int, max_terms: int
) -> CheckReport | None:
    """The verdict on a claim about max pooling that says max; None if it does not."""
    texts = [as_sum(names, item) if isinstance(item, str) else None for item in items]
    if of not in (None, "output") or not texts or None in texts:
        return None
    written = [one for text in texts for group in groups_of(str(text), names.known) for one in group.claims]
    names = next(namings(names, Claimed(written, of)))
    read = [next(readings_of(names, one)) for one in written]
    report = judged_maximum(names, ", ".join(map(str, items)), read, base, max_terms)
    return replace(report, tell=partial(told, names, read, base), read_as=(*names.said, *report.read_as))


def _by_groups(
    names: Names, items: Sequence[Any], shape: tuple[int, ...] | None, of: str | None, base: int, max_terms: int,
    is_text: bool, given: bool, positions: bool = False,
) -> CheckReport:  # fmt: skip
    """The verdict on formulas with indices or entries: the first of them that is not proved, or the last."""
    report = None
    read_as: dict[str, None] = {}
    try:
        for group in _groups(names, items, shape, is_text, positions):
            report = _on_group(names, group, of, base, max_terms, is_text, given)
            read_as |= dict.fromkeys(report.read_as)
            if not report.holds:
                break
    except ClaimError as error:  # once more, for the place of what is wrong
        if positions or error.position is not None or not any(isinstance(item, str) for item in items):
            raise
        return _by_groups(names, items, shape, of, base, max_terms, is_text, given, True)
    assert report is not None
    return replace(report, read_as=tuple(read_as))


def _on_group(
    names: Names, group: Group, of: str | None, base: int, max_terms: int, is_text: bool, given: bool
) -> CheckReport:
    """The verdict on claims that are judged together, in the way of naming the tensors in which they are right."""
    written = [one for one in (*group.claims, *group.others) if isinstance(one, Written)]
    reports: list[CheckReport] = []
    errors: list[FormulaError] = []
    if (given_matrix := about_a_matrix(names, group, of, max_terms)) is not None:
        return given_matrix
    for named in namings(names, Claimed(written, of)):
        if (whole := about_whole_side(named, group, of, max_terms)) is not None:
            reports.append(whole)
        for from_number in bases(named, written, base, given) if whole is None else ():
            try:
                counting = counted(named, written)
                reports.append(
                    _in_names(counting, group.claims, group.shape, of, from_number, max_terms, is_text, given)
                )
            except FormulaError as error:
                errors.append(error)
                continue
            if reports[-1].holds:
                break
        if reports and reports[-1].holds:
            return reports[-1]
    if not reports:
        raise errors[0]
    return reports[0]


def _in_names(
    names: Names, group: Sequence[Any], shape: tuple[int, ...] | None, of: str | None, base: int, max_terms: int,
    is_text: bool, given: bool,
) -> CheckReport:  # fmt: skip
    """The verdict on claims whose names are known, in the meaning of usual letters of sizes in which they are right."""
    task = (group, shape, of, base, max_terms, is_text, given)
    report, placed = _with_sizes(names, *task)
    texts = [one.text if isinstance(one, Written) else one for one in group]
    kernel = kernel_in_m(names, texts) if not report.holds else None
    for sizes in ({} if kernel is None else {"m": kernel}, placed):
        if sizes and not report.holds:
            other, _ = _with_sizes(names.with_sizes(sizes), *task)
            report = other if other.holds else report
    return report


def _in_some_order(explain: Callable[[], Iterable[str]], others: Sequence[tuple[CheckReport, str]]) -> Iterator[str]:
    """Why a claim is wrong; if no mistake gives it as it stands, then in the first other order in which one does."""
    yield from (own := tuple(explain()))
    for report, words in others if not own else ():
        if report.explanation:
            yield from (f"{sentence}, if {words}" for sentence in report.explanation)
            return


def _with_sizes(
    names: Names, group: Sequence[Any], shape: tuple[int, ...] | None, of: str | None, base: int, max_terms: int,
    is_text: bool, given: bool,
) -> tuple[CheckReport, dict[str, sp.Expr]]:  # fmt: skip
    """The verdict on claims whose names and sizes are known, and other sizes that letters may mean by their place."""
    ways = [readings_of(names, one) if isinstance(one, Written) else iter([read_symbolic(names, one)]) for one in group]
    texts = [one.text if isinstance(one, Written) else one for one in group]
    placed: dict[str, sp.Expr] = {}

    def judge(readings: Sequence[Meaning]) -> CheckReport:
        readings = [_of_entry(names, reading, of) for reading in readings]
        if not given and not base:
            readings = [channels_from_one(names, reading) for reading in readings]
        for reading in readings:
            placed.update(reading.placed)
        report = in_order(readings)
        others = chain(*(turn(names, readings) for turn in (channels_last, turned_matrix, turned_patches)))
        refuted: list[tuple[CheckReport, str]] = []
        for turned, words in others if not report.holds and not report.entries else ():
            try:
                other = in_order(turned)
            except FormulaError:
                continue
            if other.holds:
                return replace(other, read_as=(*other.read_as, words))
            refuted.append((other, words))
        return replace(report, explain=partial(_in_some_order, report.explain, refuted)) if refuted else report

    def in_order(readings: Sequence[Meaning]) -> CheckReport:
        report = _judged(names.definitions, readings, shape, of, texts, base, max_terms, is_text)
        expressions = [reading.value.above for reading in readings]
        labels = [entry for reading in readings for entry in reading.labels.values()]
        said = dict.fromkeys(words for reading in readings for words in reading.readings)
        return replace(
            report, unfolded=names.definitions.named(expressions, labels), tell=partial(told, names, readings, base),
            remark=partial(_remarks, names, readings, base, report.of),
            read_as=(*said, *report.read_as),
        )  # fmt: skip

    return judged(names, ways, judge), placed


def _remarks(names: Names, readings: Sequence[Meaning], base: int, of: str) -> Iterator[str]:
    """What there is to say of claims besides the verdict."""
    yield from remarks(names, readings, base)
    for reading in readings:
        yield from long_loops(names.layer, formula_of(names.layer, of), reading, base)


def _groups(
    names: Names, items: Sequence[Any], shape: tuple[int, ...] | None, is_text: bool, positions: bool
) -> list[Group]:
    """The claims that are judged together, each with the shape of an array: text as it is written, SymPy as it is."""
    if is_text:
        return [group for one in groups_of(items[0], names.known, positions) for group in _apart(names, one)]
    return [Group(tuple(single(one, names.known, positions) if isinstance(one, str) else one for one in items), shape)]


def _apart(names: Names, group: Group) -> list[Group]:
    """The group; formulas with indices, each for all entries, one by one."""
    if len(group.claims) == 1 or group.shape is not None:
        return [group]
    named = next(namings(names, Claimed(group.claims, None)))
    readings = [next(readings_of(named, claim)) for claim in group.claims if not is_whole_side(named, claim)]
    general = [one.free or (one.left and not all(index.is_Integer for index in one.left[1])) for one in readings]
    if any(general) or len(readings) < len(group.claims) or not names.layer.is_concrete:
        return [Group((claim,), others=group.claims) for claim in group.claims]
    return [group]


def _judged(
    definitions: Definitions, readings: Sequence[Meaning], shape: tuple[int, ...] | None, of: str | None,
    items: Sequence[Any], index_base: int, max_terms: int, is_text: bool,
) -> CheckReport:  # fmt: skip
    """The verdict on claims that have been read."""
    layer = definitions.layer
    of = _quantity(layer, readings, of, items)
    formula = formula_of(layer, of)
    task = (layer, of, formula, tuple(items), index_base, max_terms, definitions)
    if is_text and shape is not None and len(shape) == 2 and 1 in shape and of not in MATRICES:
        shape = None  # a row or a column of entries
    if len(readings) == 1 and of == "output" and readings[0].left is None and _is_of_sizes(readings[0]):
        raise ClaimError(str(items[0]), "it names no entry and no tensor", "write a formula such as h1 = X1*w1 + X2*w2")
    if shape is None and len(readings) == 1 and not _about_entries(readings[0], layer, formula):
        return GeneralCheck(*task).run(readings[0])
    layer.require_concrete(f"the entries of {of}")
    if of == "matrix" and shape is not None and len(shape) == 2 and layer.notation.vectors == "column":
        turned = [readings[row * shape[1] + column] for column in range(shape[1]) for row in range(shape[0])]
        report = EntriesCheck(*task).run(turned, shape[::-1])
        if report.holds:
            return replace(report, read_as=(*report.read_as, "the outputs are down the rows"))
    return EntriesCheck(*task).run(readings, shape)


def _of_entry(names: Names, reading: Meaning, of: str | None) -> Meaning:
    """The claim about an entry of its left side, or of what it is said to be of, in the order that it states."""
    if not reading.kept:
        return reading
    tensors = {quantity: tensor for tensor, quantity in quantity_names(names.layer).items()}
    name = tensors.get(of or "output", "") if reading.left is None else reading.left[0]
    return reading.of_entry(names, name) if name in names.layouts else reading


def _is_of_sizes(reading: Meaning) -> bool:
    """Whether a formula has numbers and sizes, and neither an index nor an entry."""
    return not reading.free and not reading.labels and not reading.value.above.has(sp.Indexed)


def _base_of(layer: Layer, items: Sequence[Any]) -> int:
    """The number from which indices count in claims of that kind."""
    in_sympy = any(not isinstance(item, str) or item.lstrip().startswith("Eq(") for item in items)
    return 0 if in_sympy else layer.notation.formula_base


def read_one(layer: Layer, item: Any, names: Names | None = None) -> Meaning:
    """What a claim says, in its likeliest reading; ``names`` are the layer's, if they are known."""
    names = names or Names.of(layer)
    return next(readings_of(names, single(item, names.known))) if isinstance(item, str) else read_symbolic(names, item)


def _quantity(layer: Layer, readings: Sequence[Meaning], of: str | None, items: Sequence[Any]) -> str:
    """The quantity that the claims are about: the one given, or the one on their left sides."""
    roles = quantity_names(layer)
    found: dict[str, Any] = {}
    for reading, item in zip(readings, items):
        if reading.left is None:
            continue
        one = roles.get(reading.left[0], reading.left[0])
        if one == derivative_name(layer, layer.notation.output):
            wrong = f"its left side is the upstream gradient {layer.notation.grad_output}, which is given"
            raise ClaimError(str(item), wrong, "use it on the right side", str(item), 0)
        if one not in QUANTITIES:
            raise ClaimError(str(item), f"check knows no quantity {one}", instead_of(one, QUANTITIES), str(item), 0)
        if of is not None and one != of:
            raise ClaimError(str(item), f"its left side is {one}, but of={shown(of)}", "leave one of the two out")
        found.setdefault(one, item)
    if len(found) > 1:
        raise ClaimError(
            str([*found.values()][1]), f"the claims are about {' and '.join(sorted(found))}",
            "check one quantity at a time",
        )  # fmt: skip
    chosen = of or next(iter(found), "output")
    if chosen in ("grad_input", "grad_weight", "grad_bias") and chosen not in layer.quantities:
        raise SymconvError(
            f"of={shown(chosen)}", "the layer has no such quantity", instead_of(chosen, layer.quantities)
        )
    return chosen


def _about_entries(reading: Meaning, layer: Layer, formula: TensorFormula) -> bool:
    """Whether a claim is about one entry, by labels or numbers, and not about all of them."""
    if reading.labels:
        return True
    if reading.left is not None and reading.left[1]:
        return layer.is_concrete and all(index.is_Integer for index in reading.left[1])
    has_one = layer.is_concrete and bool(formula.axes) and prod(map(int, formula.shape)) == 1
    return has_one and not reading.free and not reading.value.above.has(sp.Sum)
