"""Claims about max pooling that say max: h_i = \\max_k x_{s i + k}, h1 = max(X1, X2).

A maximum is that over the elements of a window that are inside the input. If the sums over two windows are equal for
all numbers, they have the same elements; if one has another element, the maxima differ where it is 1 and all else 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.forms import Access, Form
from symconv.algebra.polynomial import ONE
from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.interpret.naming import Claimed, namings
from symconv.claims.interpret.readings import readings_of
from symconv.claims.interpret.told import told
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import groups_of
from symconv.claims.report import CheckReport, formula_of
from symconv.errors import ClaimError
from symconv.formulas.tensor_formula import TensorFormula

WORDS = "a maximum is that over the elements of a window that are inside the input; padding is never the largest"
MOST_WRITTEN = 64
"""A window of at most 64 elements is written out, to be compared with a list of them."""
_LISTED = re.compile(r"(?:np\.|torch\.|tf\.)?\\?max\s*(?:\\left)?\(([^()=:]*?)(?:\\right)?\)")
_ENTRY = re.compile(r"\s*(?:[A-Za-z]+[0-9]+|[A-Za-z]+_(?:\w|\{[^{}]*\})|[A-Za-z]+\[[^\[\]]*\])\s*")
_MAXIMUM = re.compile(r"(?:np\.|torch\.|tf\.)?\\?max(?=\s*[_({\\])(?:\\limits)?")


_NESTED = re.compile(r"(?:\\max\s*_\s*\{[^{}]*\}\s*)+\\max")
r"""\max_{m} \max_{n}, which is one maximum over both."""


def as_sum(names: Names, claim: str) -> str | None:
    """The claim with a sum for its maximum; None if it has none, or if the layer has no maximum."""
    if not names.layer.has_switch or not _MAXIMUM.search(claim):
        return None
    plain = _LISTED.sub(
        lambda found: f"({' + '.join(_elements(found[1]))})" if _elements(found[1]) else found[0], claim
    )
    if (left := len(_MAXIMUM.findall(_NESTED.sub(r"\\max", plain)))) != 1:
        return None if left else plain
    return _MAXIMUM.sub(lambda found: r"\sum" if found[0].startswith("\\") else "sum", plain)


def _elements(inside: str) -> list[str]:
    """The entries between commas outside brackets; none of what is not two or more of them."""
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts] if len(parts) > 1 and all(map(_ENTRY.fullmatch, parts)) else []


def without_switch(names: Names, formula: TensorFormula, written_out: bool = False) -> TensorFormula:
    """The sum over the elements of a window instead of the largest of them; ``written_out`` if it is short."""
    equation, switch = formula.formula, names.layer.notation.switch
    chosen = {one: sp.S.One for one in equation.rhs.atoms(sp.Indexed) if str(one.base.label) == switch}
    total = equation.rhs.xreplace(chosen)
    sizes = [axis.size.value for axis in names.layer.kernel_offsets]
    if (
        written_out
        and all(size is not None for size in sizes)
        and prod(int(size or 0) for size in sizes) <= MOST_WRITTEN
    ):
        total = total.doit()
    return formula.replaced(Reader(known=dict(names.tensors)).form(total))


def written(formula: TensorFormula) -> str:
    """The right formula with max, as in h[i] = max(X[i*s + k] for k in range(K))."""
    equation = formula.formula
    if not isinstance(equation.rhs, sp.Sum):
        return f"{equation.lhs} = max({', '.join(map(str, sp.Add.make_args(equation.rhs)))})"
    loops = [f"for {name} in range({high - low + 1})" for name, low, high in equation.rhs.limits]
    return f"{equation.lhs} = max({equation.rhs.function} {' '.join(loops)})"


class MaximumCheck(GeneralCheck):
    """The check of a formula with a maximum, of which the sum is compared."""

    def written(self) -> str:
        return written(self.formula)

    @property
    def candidates(self) -> Iterator[tuple[str, TensorFormula]]:
        names = Names.of(self.layer)
        for words, formula in super().candidates:
            yield words, without_switch(names, formula)

    @property
    def pairs(self) -> Iterator[tuple[str, TensorFormula]]:
        return iter(())


class MaximumOfEntries(EntriesCheck):
    """The check of maxima of single entries."""

    @property
    def switches(self) -> None:
        """No switch stands in what is compared."""


def judged_maximum(names: Names, text: str, meanings: Sequence[Meaning], base: int, max_terms: int) -> CheckReport:
    """The verdict on claims about the output with a maximum, which have been read with a sum for it."""
    layer = names.layer
    listed = not any(meaning.value.above.has(sp.Sum) for meaning in meanings)
    formula = without_switch(names, formula_of(layer, "output"), listed)
    task: tuple[Any, ...] = (layer, "output", formula, (text,) * len(meanings), base, max_terms, names.definitions)
    if any(meaning.labels for meaning in meanings):
        report = MaximumOfEntries(*task).run(meanings, None)
    else:
        reports = [_of_one(names, text, MaximumCheck(*task), meaning) for meaning in meanings]
        report = next((one for one in reports if not one.holds), reports[0])
    if report.entry is not None:
        right = report.right
        report = replace(
            report, write_right=lambda: f"max({', '.join(right.split(' + '))})" if " + " in right else right
        )
    witness = report.witness
    if report.status == "refuted" and witness is not None and 0 not in (witness.left, witness.right):
        return replace(report, status="undecided", witness=None, read_as=(WORDS,))
    return replace(report, items=(text,), read_as=(*report.read_as, WORDS))


def _of_one(names: Names, text: str, task: MaximumCheck, meaning: Meaning) -> CheckReport:
    """The verdict on one maximum with indices."""
    bounded = replace(meaning, value=replace(meaning.value, above=_over_the_kernel(names, meaning.value.above)))
    _require_elements(names, text, bounded)
    return task.run(bounded)


def _over_the_kernel(names: Names, formula: sp.Expr) -> sp.Expr:
    """The sums over all whole numbers as sums over the kernel, axis by axis."""
    sizes = [axis.size for axis in names.layer.kernel_offsets]
    endless = [one for total in formula.atoms(sp.Sum) for one in total.limits if -sp.oo in one or sp.oo in one]
    if len(endless) != len(sizes):
        return formula
    order = sorted(endless, key=lambda one: _place(formula, one[0]))
    kernel = {one[0]: (one[0], sp.S.Zero, names.layer.writer.polynomial(size - 1)) for one, size in zip(order, sizes)}

    def bounded(total: sp.Sum) -> sp.Expr:
        return sp.Sum(total.function, *(kernel.get(limits[0], limits) for limits in total.limits))

    return formula.replace(lambda one: isinstance(one, sp.Sum), bounded)


def _place(formula: sp.Expr, letter: sp.Symbol) -> int:
    """At which index of the entries a letter stands."""
    for entry in formula.atoms(sp.Indexed):
        for place, index in enumerate(entry.indices):
            if letter in index.free_symbols:
                return place
    return 0


def _require_elements(names: Names, text: str, meaning: Meaning) -> None:
    """What is inside the maximum is one entry of the input."""
    form: Form = Reader(known=dict(names.tensors)).form(meaning.value.above)
    for term in form:
        entries = [factor for factor in term.factors if isinstance(factor, Access)]
        if len(entries) != 1 or entries[0].tensor.name != names.layer.notation.input or term.coefficient != ONE:
            wrong = "the maximum is not that of entries of the input"
            raise ClaimError(text, wrong, r"write h_i = \max_k x_{s i + k}", text)
    if meaning.value.below != 1:
        raise ClaimError(text, "the maximum is divided", r"write h_i = \max_k x_{s i + k}", text)


def about_a_maximum(
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
