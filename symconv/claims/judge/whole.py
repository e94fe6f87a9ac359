"""Claims about whole tensors: the quantity that a claim is about, and each of its other sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lark import Tree

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.claims.interpret.counting import counted
from symconv.claims.interpret.definitions import quantity_names
from symconv.claims.interpret.uses import left_of
from symconv.claims.judge.whole_side import TURNED, SideCheck
from symconv.claims.operators.channels import namings_of_channels, without_channels
from symconv.claims.operators.left_sides import TensorNames, with_dense_weight
from symconv.claims.operators.naming import whole_namings
from symconv.claims.operators.syntax import (
    MOST_OPERATORS,
    has_operators,
    is_about_whole,
    operators_in,
    rows_of,
    tree_of,
)
from symconv.claims.operators.values import MissingError
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import Group, Written, single
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.errors import ClaimError, SymconvError, instead_of, shown


def about_whole(
    names: Names, text: Any, of: str | None, max_terms: int, error: ClaimError | None = None
) -> CheckReport | None:
    """The verdict on a claim about whole tensors; None if it is not one.

    Raises:
        ClaimError: it is one, and cannot be read: ``error`` if it may be something else.
    """
    if isinstance(text, str) and (of_channels := about_channels(names, text, of, max_terms)) is not None:
        return of_channels
    tree = tree_of(text) if isinstance(text, str) and is_whole(names, text) else None
    if tree is None:
        return None
    try:
        return WholeCheck(names, text, tree, of, max_terms).run()
    except MissingError:
        raise
    except ClaimError:
        if error is None or has_operators(tree):
            raise
        raise error from None


def about_channels(names: Names, text: str, of: str | None, max_terms: int) -> CheckReport | None:
    """The verdict on a claim whose operators are between single channels; None of others."""
    channels = without_channels(text)
    reports: list[CheckReport] = []
    for named in () if channels is None else namings_of_channels(names, channels):
        assert channels is not None
        tree = tree_of(channels.text)
        reports.append(WholeCheck(named, channels.text, tree, of, max_terms).in_these_names())
        if reports[-1].holds:
            return replace(reports[-1], items=(text,))
    return replace(reports[0], items=(text,)) if reports else None


def is_whole(names: Names, text: str) -> bool:
    """Whether a claim is about whole tensors, in some way of naming them."""
    tree = tree_of(text)
    return tree is not None and any(is_about_whole(named, tree) for named in whole_namings(names, tree))


def is_whole_side(names: Names, claim: Written) -> bool:
    """Whether one equality of a = b = c is about whole tensors: S(i, j) = (I * K)(i, j)."""
    tree = tree_of(claim.text) if claim.in_chain else None
    kinds = {node.data for node in tree.iter_subtrees()} if tree is not None else set()
    joined = not kinds.isdisjoint(("joined", "product", "transposed")) or (tree is not None and has_operators(tree))
    return joined and is_about_whole(names, tree)


def about_whole_side(names: Names, group: Group, of: str | None, max_terms: int) -> CheckReport | None:
    """The verdict on such an equality, in the names that the whole claim gives to its tensors; None of others."""
    (claim, *others) = group.claims
    if others or not isinstance(claim, Written) or not is_whole_side(names, claim):
        return None
    return about_whole(names, claim.text, of, max_terms)


def about_a_matrix(names: Names, group: Group, of: str | None, max_terms: int) -> CheckReport | None:
    """The verdict on an array with a capital letter for its name and the shape of the dense weight; None of others."""
    claim = group.claims[0]
    if of is not None or group.shape is None or len(group.shape) != 2 or not isinstance(claim, Written):
        return None
    left, layer = left_of(claim.left), names.layer
    if left is None or not (left.name.isupper() and len(left.name) == 1) or "fully_connected" not in layer.views:
        return None
    if names.role(left.name) not in (None, "weight") or not layer.is_concrete:
        return None
    own, output = (tuple(map(int, formula_of(layer, one).shape)) for one in ("matrix", "output"))
    if group.shape not in (own, own[::-1]) or group.shape in (output, output[1:]):
        return None
    tree = tree_of(claim.whole)
    return None if tree is None else WholeCheck(names, claim.whole, tree, of, max_terms).run()


@dataclass(frozen=True)
class WholeCheck:
    """The check of one claim about whole tensors."""

    names: Names
    text: str
    tree: Any
    of: str | None
    max_terms: int = DEFAULT_MAX_TERMS

    def run(self) -> CheckReport:
        """The verdict in the layer's names; and with W as the dense weight, if it is multiplied as a matrix.

        Raises:
            ClaimError: the claim cannot be read.
        """
        if (count := operators_in(self.tree)) > MOST_OPERATORS:
            raise ClaimError(self.text, f"it has {count} operators", f"use at most {MOST_OPERATORS}")
        reports: list[CheckReport] = []
        errors: list[ClaimError] = []
        entries = self.entries()
        named = (counted(one, entries) if entries else one for one in whole_namings(self.names, self.tree))
        for names in (way for one in named for way in with_dense_weight(one, self.tree)):
            try:
                report = replace(self, names=names).in_these_names()
            except ClaimError as error:
                errors.append(error)
                continue
            if report.holds:
                return report
            reports.append(report)
        if not reports:
            raise errors[-1]
        return next((one for one in reports if one.status == "undecided"), reports[-1])

    def entries(self) -> list[Written]:
        """The entries of all matrices in the claim, by which it is known from which number labels count."""
        texts = [text for node in self.tree.iter_subtrees() if node.data == "matrix"
                 for row in rows_of(str(node.children[0])) for text in row]  # fmt: skip
        try:
            return [single(text) for text in texts]
        except ClaimError:
            return []

    def in_these_names(self) -> CheckReport:
        """Proved if one reading of every side is, refuted if all of them are wrong."""
        of, letters, sides = self.subject()
        layer = self.names.layer
        if of in ("grad_input", "grad_weight", "grad_bias") and of not in layer.quantities:
            raise SymconvError(f"of={shown(of)}", "the layer has no such quantity", instead_of(of, layer.quantities))
        if of in TURNED and getattr(layer.notation, TURNED[of]) not in self.names.layouts:
            wrong = self.names.missing(getattr(layer.notation, TURNED[of])) or "the layer has no such quantity"
            raise SymconvError(f"of={shown(of)}", wrong, instead_of(of, layer.quantities))
        reports = [SideCheck(self.names, self.text, of, letters, side, self.max_terms).run() for side in sides]
        report = next((report for report in reports if not report.holds), reports[0])
        tensors = TensorNames(self.names, self.text)
        said = dict.fromkeys((*self.names.said, *tensors.said_of(self.tree.children)))
        return replace(report, read_as=(*said, *report.read_as))

    def subject(self) -> tuple[str, tuple[str, ...], Sequence[Any]]:
        """The quantity, which is a side by itself or the one given, the letters of its entry, and the other sides."""
        tensors = TensorNames(self.names, self.text)
        sides = list(self.tree.children)
        roles = quantity_names(self.names.layer)
        named = [tensors.quantity(side) for side in sides]
        at = next((at for at, name in enumerate(named) if name is not None), None) if len(sides) > 1 else None
        if at is None and len(sides) > 1 and sides[0].data == "transposed":  # V^T = M is V = M^T
            below, mark = sides[0].children
            if (name := tensors.quantity(below)) is not None:
                at, named[0] = 0, name
                sides = [below, *(Tree("transposed", [side, mark]) for side in sides[1:])]
        if at is None:
            return self.of or "output", (), sides
        quantity = roles.get(str(named[at]), str(named[at]))
        if quantity not in QUANTITIES:
            raise ClaimError(self.text, f"check knows no quantity {quantity}", instead_of(quantity, QUANTITIES))
        if self.of not in (None, quantity):
            raise ClaimError(self.text, f"its left side is {quantity}, but of={self.of!r}", "leave one of the two out")
        return quantity, tensors.letters(sides[at]), [side for other, side in enumerate(sides) if other != at]
