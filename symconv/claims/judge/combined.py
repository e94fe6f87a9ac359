r"""Claims whose left side is made of several entries: h1 + h2 = .., 2*h1 = .., sum(h) = .., \sum_i h_i = ..."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.algebra.forms import Form
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.claims.interpret.counting import counted
from symconv.claims.interpret.definitions import quantity_names
from symconv.claims.interpret.meaning import Meaning, Reading
from symconv.claims.interpret.naming import Claimed, namings
from symconv.claims.interpret.readings import readings_of
from symconv.claims.judge.entries import EntriesCheck, numbers_that_differ, value_at
from symconv.claims.judge.wrong_entries import difference, written
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import Written, groups_of
from symconv.claims.report import CheckReport, Task, formula_of
from symconv.errors import ClaimError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.proof.deciding import decide
from symconv.proof.equality import Claimed as Equated
from symconv.proof.verdict import Witness

_ALL = re.compile(r"(?:(?:np|torch|tf)\.)?sum\(\s*(\w+)\s*\)|(?<![\w.])([A-Za-z]\w*)\.sum\(\)")
"""The sum of all entries of a tensor."""


def about_a_combination(names: Names, text: Any, max_terms: int, base: int) -> CheckReport | None:
    """The verdict on an equation with outputs or gradients in it whose left side is not one of them; None of others.

    Raises:
        ClaimError: it is one, and an entry in it is not known.
    """
    if not isinstance(text, str) or "=" not in text:
        return None
    try:
        groups = groups_of(_with_sums(names, text), names.known, positions=False)
    except ClaimError:
        return None
    if len(groups) != 1 or groups[0].shape is not None or len(groups[0].claims) != 1:
        return None
    (claim,) = groups[0].claims
    if claim.left is None or claim.adds or claim.in_chain or claim.loops or claim.containers:
        return None
    reports: list[CheckReport] = []
    sides = [replace(claim, left=None), replace(claim, left=None, right=claim.left)]
    for named in namings(names, Claimed(sides, None)):
        report = _in_names(counted(named, sides), claim, text, max_terms, base)
        if report is not None and report.holds:
            return report
        reports += [] if report is None else [report]
    return reports[0] if reports else None


def _in_names(names: Names, claim: Written, text: str, max_terms: int, base: int) -> CheckReport | None:
    assert claim.left is not None
    try:
        Reading(names, claim.whole).left_side(claim.left)
        return None
    except ClaimError:
        pass
    try:
        left, right = (
            next(readings_of(names, replace(claim, left=None, right=side))) for side in (claim.left, claim.right)
        )
    except ClaimError:
        return None
    found = {str(one.base.label) for side in (left, right) for one in side.value.above.atoms(sp.Indexed)}
    found |= {entry.tensor for side in (left, right) for entry in side.labels.values()}
    quantities = [of for name, of in quantity_names(names.layer).items() if name in found]
    missing = any(entry.index is None for side in (left, right) for entry in side.labels.values())
    if not quantities or left.free or right.free or missing:
        return None
    of = quantities[0]
    task = (names.layer, of, formula_of(names.layer, of), (text,), base, max_terms, names.definitions)
    said = tuple(dict.fromkeys((*left.readings, *right.readings)))
    if left.labels or right.labels:
        names.layer.require_concrete("a sum of entries")
        report = CombinedEntries(*task).compared(left, right)
    else:
        report = CombinedFormulas(*task).compared(left, right)
    if report.status == "refuted" and (left.read_as or right.read_as):
        return None  # another reading may be right
    return replace(report, read_as=(*said, *report.read_as))


class CombinedEntries(EntriesCheck):
    """Both sides as polynomials in the labels of the layer's own tensors."""

    def compared(self, left: Meaning, right: Meaning) -> CheckReport:
        wanted, claimed = (self.polynomial(one, self.items[0]) for one in (left, right))
        if wanted == claimed:
            return self.report("proved", scope="this shape")
        missing = {m: c for m, c in wanted.items() if claimed.get(m, 0) != c}
        extra = {m: c for m, c in claimed.items() if wanted.get(m, 0) != c}
        numbers = numbers_that_differ(claimed, wanted)
        witness = Witness(
            {}, {}, {(label, ()): number for label, number in numbers.items()},
            value_at(wanted, numbers), value_at(claimed, numbers),
        )  # fmt: skip
        right_one = " + ".join(written(m, c) for m, c in sorted(wanted.items()))
        return self.report(
            "refuted", witness=witness, write_right=lambda: right_one,
            explain=lambda: (difference(missing, extra, {**left.labels, **right.labels}),),
        )  # fmt: skip


class CombinedFormulas(Task):
    """Both sides as formulas without indices."""

    def compared(self, left: Meaning, right: Meaning) -> CheckReport:
        above = [one.value.above * other.value.below for one, other in ((left, right), (right, left))]
        nothing = self.scalar(Form.constant(Reader().polynomial(sp.S.Zero)))
        first = self.definitions.equation(nothing, Equated(above[0], {}, self.index_base, ()))
        equation = self.definitions.equation(self.scalar(first.right), Equated(above[1], {}, self.index_base, ()))
        writer = Writer(self.layer.writer.symbols, equation.assumptions.definitions)
        verdict = decide(equation, writer, max_terms=self.max_terms)
        if verdict.proved:
            return self.report("proved", scope=verdict.scope)
        return self.report(verdict.status, witness=verdict.witness, remaining=verdict.remaining_text)

    def scalar(self, form: Form) -> TensorFormula:
        """A number given by a form."""
        own = self.formula
        return TensorFormula(own.quantity, form, (), own.geometry, self.definitions.layouts)


def _with_sums(names: Names, text: str) -> str:
    """Every sum(h) written out, h1 + h2 + h3, or with a sum sign if the layer has letters."""

    def all_of(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        tensor = names.known.get(name)
        if tensor is None:
            return found[0]
        axes = axes_of(names.layouts[tensor])
        letters = [letter for letter in "abcdefgqrtuz" if letter not in names.sizes and letter not in names.known]
        index = ", ".join(letters[: len(axes)])
        entry = f"{name}[{index}]" if axes else name
        return f"sum({index}, {entry})" if axes else name

    return _ALL.sub(all_of, text)
