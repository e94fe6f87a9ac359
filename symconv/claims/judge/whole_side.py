"""One side of a claim about whole tensors: each reading becomes a formula for one entry, judged as every formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp

from symconv.claims.interpret.definitions import quantity_names
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.judge.reasons import differs, trials
from symconv.claims.judge.whole_reasons import repairs_of
from symconv.claims.judge.whole_shapes import Shapes
from symconv.claims.operators.choices import NAMES, Choices, Repairs, ways
from symconv.claims.operators.convolutions import padded
from symconv.claims.operators.reading import WholeReader
from symconv.claims.operators.registry import plain_name
from symconv.claims.operators.values import MisfitError, UnreadError, Whole
from symconv.claims.parse.names import Names
from symconv.claims.parse.symbolic import quotient
from symconv.claims.report import CheckReport, formula_of
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import Cached
from symconv.proof.deciding import why_equal

TURNED = {"matrix": "dense_weight", "grad_matrix": "dense_weight", "patches": "patch", "grad_patches": "patch"}
LAID_OUT = ("im2col", "col2im", "unfold", "fold")
"""Operators by which frameworks turn a convolution into a product of matrices, with a row for each filter."""
"""Quantities that are matrices, with the tensor whose orientation they have."""


@dataclass(frozen=True)
class _Found:
    """What one reading came to: a report, or how the shape differs."""

    reader: WholeReader
    report: CheckReport | None = None
    misfit: str = ""
    is_certain: bool = True
    """Whether it is known that the shape is wrong."""
    only_where: str = ""
    is_proved: bool = False
    """Whether a repaired claim is proved; of those, nothing else is asked."""


@dataclass(frozen=True)
class SideCheck(Cached):
    """The check of one side against a quantity, at an entry with these letters if the left side has them."""

    names: Names
    text: str
    of: str
    letters: tuple[str, ...]
    tree: Any
    max_terms: int

    @cached_property
    def formula(self) -> TensorFormula:
        return formula_of(self.names.layer, self.of)

    def reader(self, choices: Choices, repairs: Repairs | None = None) -> WholeReader:
        return WholeReader(self.names, self.text, choices, repairs, self.letters)

    def run(self) -> CheckReport:
        """Proved if one reading is, refuted if all of them are wrong.

        Raises:
            ClaimError: the side cannot be read.
        """
        found: list[_Found] = []
        for one in self.readings():
            if one.report is not None and one.report.holds:
                return self.said(one)
            found.append(one)
        best = next((one for one in found if one.report is not None), found[0])
        undecided = next((one for one in found if one.report is not None and one.report.status == "undecided"), None)
        if undecided is not None:
            best = undecided
        status = "refuted" if all(one.is_certain for one in found) else "undecided"
        report = best.report
        if report is None:
            report = CheckReport(
                self.names.layer, self.of, (self.text,), status, remaining="" if status == "refuted" else best.misfit
            )
        if report.status == "undecided":
            return replace(report, read_as=_sentences(best.reader))
        return replace(
            report, read_as=_sentences(best.reader), explain=lambda: tuple(self.explain(best)),
            write_right=self.written,
        )  # fmt: skip

    def readings(self, repairs: Repairs | None = None) -> Iterator[_Found]:
        """Every reading of a side, the likeliest first; those that come to the same once.

        Raises:
            ClaimError: it has no meaning in any of them.
        """
        seen: set[tuple[tuple[str, Any], ...]] = set()
        unread: UnreadError | None = None
        for choices in ways(self.names.layer, any(map(_may_have_rows, self.tree.iter_subtrees()))):
            if any(all(getattr(choices, name) == value for name, value in one) for one in seen):
                continue  # it differs in nothing that a reading before has asked for
            reader = self.reader(choices, repairs)
            found: _Found | Whole
            try:
                found = reader.read(self.tree)
                if self.of in TURNED:
                    oriented = reader.matrix_of(getattr(self.names.layer.notation, TURNED[self.of]))
                    plain = reader.algebra.tensor(
                        oriented.tensor or getattr(self.names.layer.notation, TURNED[self.of])
                    )
                    found = found if oriented.dims == plain.dims else found.transposed
            except MisfitError as misfit:
                found = _Found(reader, misfit=misfit.wrong)
            except UnreadError as error:
                unread = unread or error
                continue
            names = ("flips", "mode", "exchanged", "turned", "rows", "filter_rows")
            seen.add(tuple((name, getattr(choices, name)) for name in names if name in reader.used))
            yield self.judged(found, reader) if isinstance(found, Whole) else found
        if not seen and unread is not None:
            raise unread

    def judged(self, value: Whole, reader: WholeReader) -> _Found:
        """The verdict on a value, if its shape is right."""
        formula = self.formula
        if reader.repairs.cropped:
            write = self.names.layer.writer.polynomial
            value = padded(reader.algebra, value, [(-write(s.low), -write(s.high)) for s in self.names.layer.schemes])
        shapes = Shapes(reader.algebra)
        places = shapes.places(value, formula)
        if places is None and (unwound := shapes.unwound(value, formula)) is not None:
            value, places = unwound, shapes.places(unwound, formula)
            reader.used["unwound"] = f"its entries are those of {self.of}, row by row"
        if places is None and reader.repairs != Repairs():
            return _Found(reader)
        if places is None:
            words, is_certain = shapes.difference(self.of, value, formula)
            return _Found(reader, misfit=words, is_certain=is_certain)
        if reader.algebra.written_out:
            report = self.entries(value, places, reader)
            return _Found(reader, report, is_proved=report.holds)
        letters = [sp.Symbol(axis.letter, integer=True) for axis in formula.axes]
        expression = value.entry(tuple(letters[at] for at in places))
        left = next(name for name, quantity in quantity_names(self.names.layer).items() if quantity == self.of)
        meaning = Meaning(quotient(expression, self.names.layer.assumptions), (left, tuple(letters)), (), {})
        definitions = self.names.definitions
        check = GeneralCheck(self.names.layer, self.of, formula, (self.text,), 0, self.max_terms, definitions)
        if reader.repairs != Repairs():
            (names,) = check.index_names(meaning)
            equation = check.equation(meaning, names, 0)
            if differs(equation, trials(equation)):
                return _Found(reader)
            sides = [check.normal(one, equation) for one in (equation.left, equation.right)]
            return _Found(reader, is_proved=why_equal(equation, *sides) is not None)
        report = check.run(meaning)
        report = replace(report, unfolded=definitions.named([expression], ()))
        return _Found(reader, report, only_where=shapes.only_where(value, formula, places))

    def entries(self, value: Whole, places: Sequence[int], reader: WholeReader) -> CheckReport:
        """The verdict on a tensor that is given entry by entry."""
        formula, layer, names = self.formula, self.names.layer, self.names
        sizes = [int(axis.size.value or 0) for axis in formula.axes]
        printed = Names.of(layer)  # entries have their printed labels, however the claim numbers them
        meanings = []
        for index in product(*map(range, sizes)):
            at = tuple(sp.Integer(index[place]) for place in places)
            expression = sp.sympify(value.entry(at), strict=True)
            texts = {symbol.name for symbol in expression.free_symbols}
            read = quotient(expression, layer.assumptions)
            meanings.append(Meaning(read, None, (), {**printed.labels(texts), **reader.unknown}))
        items = (self.text,) * len(meanings)
        check = EntriesCheck(layer, self.of, formula, items, 0, self.max_terms, names.definitions)
        layer.require_concrete("a matrix of entries")
        report = check.run(meanings, tuple(int(size) for size in formula.shape))
        return replace(report, items=(self.text,), entries=())

    # -- in words ------------------------------------------------------------------------------------

    def said(self, one: _Found) -> CheckReport:
        """The proved report with how the claim was read, and whether only one meaning of * makes it right."""
        assert one.report is not None
        return replace(one.report, read_as=_sentences(one.reader), remark=lambda: tuple(self.remarks(one)))

    def remarks(self, one: _Found) -> Iterator[str]:
        """Whether only one meaning of * makes a proved claim right, and whether the shape is always right."""
        if "flips" in one.reader.used:
            other = replace(one.reader.choices, flips=not one.reader.choices.flips)
            found = self.with_choices(other)
            if found is None or not found.holds:
                yield f"with * as the {NAMES[other.flips]} it is wrong"
        if one.reader.used.get("mode") == "padded":
            yield self.in_words("it is right only with the padded input; with {x} as it is, it is wrong")
        if one.only_where:
            yield one.only_where

    def written(self) -> str:
        equation = self.formula.formula
        return f"{equation.lhs} = {equation.rhs}"

    def with_choices(self, choices: Choices) -> CheckReport | None:
        reader = self.reader(choices)
        try:
            return self.judged(reader.read(self.tree), reader).report
        except SymconvError:
            return None

    def explain(self, best: _Found) -> Iterator[str]:
        """What is wrong: a change that makes the claim right, proved; else how the shapes differ."""
        given = best.reader.algebra.written_out  # of a matrix with entries, the wrong entry is said
        for repairs, words in () if given else repairs_of(self.names.layer):
            try:
                if any(one.is_proved for one in self.readings(repairs)):
                    yield self.in_words(words)
                    break
            except SymconvError:
                continue
        else:
            if best.report is not None:
                yield from best.report.explanation
        if best.misfit:
            yield best.misfit

    def in_words(self, words: str) -> str:
        notation = self.names.layer.notation
        return words.format(x=notation.input, w=notation.weight, delta=notation.grad_output)


def _may_have_rows(node: Any) -> bool:
    """Whether vectors beside it may be rows: something is transposed, or made of patches."""
    return node.data == "transposed" or (node.data == "call" and plain_name(str(node.children[0]))[0] in LAID_OUT)


def _sentences(reader: WholeReader) -> tuple[str, ...]:
    """How the claim was read."""
    used = dict(reader.used)
    mode = used.pop("mode", "")
    if mode == "layer":
        return ("* is the layer's own operation, with its stride, padding and dilation", *_rest(used))
    words = {
        "valid": "valid, only where one operand is inside the other", "full": "full, wherever the operands meet",
        "same": "of the first operand's size", "": "",
        "padded": "valid, with the input padded as the layer pads it",
    }[mode]  # fmt: skip
    meaning = used.pop("flips", "") or used.pop("meaning", "")
    first = f"{meaning}, {words}" if meaning and words else meaning or words
    return tuple(filter(None, (first, *_rest(used))))


def _rest(used: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        value for name, value in used.items() if name in ("exchanged", "turned", "rows", "filter_rows") and value
    )
