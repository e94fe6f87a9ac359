"""Claims about whole tensors: each reading becomes a formula for one entry, which is judged as every formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.algebra.polynomial import ONE, ZERO
from symconv.claims.interpret.definitions import quantity_names
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.judge.reasons import differs, trials
from symconv.claims.operators.convolutions import padded
from symconv.claims.operators.reading import MOST_OPERATORS, NAMES, Choices, Repairs, WholeReader, operators_in, ways
from symconv.claims.operators.values import CHANNELS, MisfitError, Whole, shape_text
from symconv.claims.parse.names import Names
from symconv.claims.parse.symbolic import quotient
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.errors import ClaimError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, axes_of
from symconv.layers import Layer
from symconv.proof.equality import why_equal

TURNED = {"matrix": "dense_weight", "grad_matrix": "dense_weight", "patches": "patch", "grad_patches": "patch"}
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
class WholeCheck:
    """The check of one claim about whole tensors."""

    names: Names
    text: str
    tree: Any
    of: str | None
    max_terms: int = DEFAULT_MAX_TERMS

    def run(self) -> CheckReport:
        """The verdict: proved if one reading of every side is, refuted if all of them are wrong.

        Raises:
            ClaimError: the claim cannot be read.
        """
        if (count := operators_in(self.tree)) > MOST_OPERATORS:
            raise ClaimError(self.text, f"it has {count} operators", f"use at most {MOST_OPERATORS}")
        of, sides = self.subject()
        reports = [self.side(of, side) for side in sides]
        return next((report for report in reports if not report.holds), reports[0])

    def subject(self) -> tuple[str, Sequence[Any]]:
        """The quantity, which is a side by itself or the one given, and the other sides."""
        reader = WholeReader(self.names, self.text, Choices())
        sides = list(self.tree.children)
        roles = quantity_names(self.names.layer)
        named = [reader.quantity(side) for side in sides]
        at = next((at for at, name in enumerate(named) if name is not None), None) if len(sides) > 1 else None
        if at is None:
            return self.of or "output", sides
        quantity = roles.get(str(named[at]), str(named[at]))
        if quantity not in QUANTITIES:
            raise ClaimError(self.text, f"check knows no quantity {quantity}", instead_of(quantity, QUANTITIES))
        if self.of not in (None, quantity):
            raise ClaimError(self.text, f"its left side is {quantity}, but of={self.of!r}", "leave one of the two out")
        letters = next((str(one.children[1]) for one in sides[at].iter_subtrees() if one.data == "placed"), "")
        object.__setattr__(self, "_letters", tuple(c for c in letters if c.isalpha()))
        return quantity, [side for other, side in enumerate(sides) if other != at]

    @property
    def formula(self) -> Callable[[str], TensorFormula]:
        return lambda of: formula_of(self.names.layer, of)

    # -- one side ------------------------------------------------------------------------------------

    def side(self, of: str, side: Any) -> CheckReport:
        layer = self.names.layer
        if of in ("grad_input", "grad_weight", "grad_bias") and of not in layer.quantities:
            raise SymconvError(f"of={shown(of)}", "the layer has no such quantity", instead_of(of, layer.quantities))
        found: list[_Found] = []
        for one in self.readings(of, side):
            if one.report is not None and one.report.holds:
                return self.said(of, side, one)
            found.append(one)
        best = next((one for one in found if one.report is not None), found[0])
        undecided = next((one for one in found if one.report is not None and one.report.status == "undecided"), None)
        if undecided is not None:
            best = undecided
        status = "refuted" if all(one.is_certain for one in found) else "undecided"
        report = best.report
        if report is None:
            report = CheckReport(layer, of, (self.text,), status, remaining="" if status == "refuted" else best.misfit)
        if report.status == "undecided":
            return replace(report, read_as=_sentences(best.reader))
        return replace(
            report, read_as=_sentences(best.reader), explain=lambda: tuple(self.explain(of, side, best)),
            write_right=lambda: self.written(of),
        )  # fmt: skip

    def readings(self, of: str, side: Any, repairs: Repairs | None = None) -> Iterator[_Found]:
        """Every reading of a side, the likeliest first; those that come to the same once."""
        seen: set[tuple[Any, ...]] = set()
        for choices in ways(self.names, self.text):
            reader = WholeReader(self.names, self.text, choices, repairs)
            reader.letters = getattr(self, "_letters", ())
            found: _Found | Whole
            try:
                found = reader.read(side)
                if of in TURNED:
                    oriented = reader.matrix_of(getattr(self.names.layer.notation, TURNED[of]))
                    plain = reader.algebra.tensor(oriented.tensor or getattr(self.names.layer.notation, TURNED[of]))
                    found = found if oriented.dims == plain.dims else found.transposed
            except MisfitError as misfit:
                found = _Found(reader, misfit=misfit.wrong)
            names = ("flips", "mode", "exchanged", "turned")
            key = tuple(getattr(choices, name) for name in names if name in reader.used)
            if key not in seen:
                seen.add(key)
                yield self.judged(of, found, reader) if isinstance(found, Whole) else found

    def judged(self, of: str, value: Whole, reader: WholeReader) -> _Found:
        """The verdict on a value, if its shape is right."""
        formula = self.formula(of)
        if reader.repairs.cropped:
            write = self.names.layer.writer.polynomial
            value = padded(reader.algebra, value, [(-write(s.low), -write(s.high)) for s in self.names.layer.schemes])
        places = self.places(value, formula, reader)
        if places is None:
            return self.misfit(of, value, formula, reader)
        if reader.algebra.written_out:
            report = self.entries(of, value, places, reader)
            return _Found(reader, report, is_proved=report.holds)
        letters = [sp.Symbol(axis.letter, integer=True) for axis in formula.axes]
        expression = value.entry(tuple(letters[at] for at in places))
        left = next(name for name, quantity in quantity_names(self.names.layer).items() if quantity == of)
        meaning = Meaning(quotient(expression, self.names.layer.assumptions), (left, tuple(letters)), (), {})
        definitions = self.names.definitions
        check = GeneralCheck(self.names.layer, of, formula, (self.text,), 0, self.max_terms, definitions)
        if reader.repairs != Repairs():
            (names,) = check.index_names(meaning)
            equation = check.equation(meaning, names, 0)
            if differs(equation, trials(equation)):
                return _Found(reader)
            sides = [check.normal(one, equation) for one in (equation.left, equation.right)]
            return _Found(reader, is_proved=why_equal(equation, *sides) is not None)
        report = check.run(meaning)
        report = replace(report, unfolded=definitions.named([expression], ()))
        return _Found(reader, report, only_where=self.only_where(value, formula, places, reader))

    def places(self, value: Whole, formula: TensorFormula, reader: WholeReader) -> list[int] | None:
        """Of every axis of the value, which axis of the quantity it is; None if the shapes differ."""
        own = axes_of(formula.layout)
        roles = [dim.role for dim in reader.algebra.roles_of(own)]
        if len(value.dims) != len(own):
            return None
        places: list[int] = []
        for dim in value.dims:
            fits = [
                at
                for at in range(len(own))
                if at not in places
                and (dim.role == roles[at] if dim.role in CHANNELS else not dim.role or roles[at] not in CHANNELS)
            ]
            if not fits or not self.fits(dim.size, reader.algebra.size(own[fits[0]]), own[fits[0]]):
                return None
            places.append(fits[0])
        return places

    def fits(self, given: sp.Expr, wanted: sp.Expr, axis: Axis) -> bool:
        """Whether two sizes are equal, or differ by what the stride leaves over at the end of the input."""
        sizes = self.names.sizes_of_layer
        left_over = self.left_over(axis)
        return sizes.equal(given, wanted) or (
            left_over is not None and any(sizes.equal(given + sign * left_over, wanted) for sign in (1, -1))
        )

    def left_over(self, axis: Axis) -> sp.Expr | None:
        """The elements at the end of the input's axis, or of the kernel's, that no window reaches."""
        layer = self.names.layer
        at = next(
            (
                at
                for some in (layer.input_positions, layer.kernel_offsets)
                for at, own in enumerate(some)
                if own == axis
            ),
            None,
        )
        if at is None or layer.spreads:
            return None
        scheme = layer.schemes[at]
        return layer.writer.polynomial(scheme.room - scheme.s * (layer.m[at] - 1))

    def only_where(self, value: Whole, formula: TensorFormula, places: Sequence[int], reader: WholeReader) -> str:
        """Where alone the shape is right, if it is not everywhere."""
        for dim, place in zip(value.dims, places):
            own = formula.axes[place]
            if not self.names.sizes_of_layer.equal(dim.size, reader.algebra.size(own)):
                return f"the shape is right only where {self.left_over(own)} = 0; else there are elements left over"
        return ""

    def misfit(self, of: str, value: Whole, formula: TensorFormula, reader: WholeReader) -> _Found:
        """A value of the wrong shape, with the sizes at which that is seen."""
        wanted = tuple(reader.algebra.size(axis) for axis in formula.axes)
        words = f"its shape is {shape_text(value.shape)}, but {of} has the shape {shape_text(wanted)}"
        if len(value.dims) != len(wanted):
            return _Found(reader, misfit=words)
        sizes = self.names.sizes_of_layer
        for given, size in zip(value.shape, wanted):
            at = sizes.difference_at(given, size)
            if at is not None:
                numbers = ", ".join(f"{name} = {number}" for name, number in at.items())
                where = f", {sizes.at(given, at)} and {sizes.at(size, at)} at {numbers}" if at else ""
                return _Found(reader, misfit=words + where)
        return _Found(reader, misfit=words, is_certain=False)

    def entries(self, of: str, value: Whole, places: Sequence[int], reader: WholeReader) -> CheckReport:
        """The verdict on a tensor that is given entry by entry."""
        formula, layer, names = self.formula(of), self.names.layer, self.names
        sizes = [int(axis.size.value or 0) for axis in formula.axes]
        meanings = []
        for index in product(*map(range, sizes)):
            at = tuple(sp.Integer(index[place]) for place in places)
            expression = sp.sympify(value.entry(at), strict=True)
            texts = {symbol.name for symbol in expression.free_symbols}
            read = quotient(expression, layer.assumptions)
            meanings.append(Meaning(read, None, (), {**names.labels(texts), **reader.unknown}))
        items = (self.text,) * len(meanings)
        check = EntriesCheck(layer, of, formula, items, 0, self.max_terms, names.definitions)
        layer.require_concrete("a matrix of entries")
        report = check.run(meanings, tuple(int(size) for size in formula.shape))
        return replace(report, items=(self.text,), entries=())

    # -- in words ------------------------------------------------------------------------------------

    def said(self, of: str, side: Any, one: _Found) -> CheckReport:
        """The proved report with how the claim was read, and whether only one meaning of * makes it right."""
        assert one.report is not None
        return replace(one.report, read_as=_sentences(one.reader), remark=lambda: tuple(self.remarks(of, side, one)))

    def remarks(self, of: str, side: Any, one: _Found) -> Iterator[str]:
        """Whether only one meaning of * makes a proved claim right, and whether the shape is always right."""
        if "flips" in one.reader.used:
            other = replace(one.reader.choices, flips=not one.reader.choices.flips)
            found = self.with_choices(of, side, other)
            if found is None or not found.holds:
                yield f"with * as the {NAMES[other.flips]} it is wrong"
        if one.only_where:
            yield one.only_where

    def written(self, of: str) -> str:
        equation = self.formula(of).formula
        return f"{equation.lhs} = {equation.rhs}"

    def with_choices(self, of: str, side: Any, choices: Choices) -> CheckReport | None:
        reader = WholeReader(self.names, self.text, choices)
        reader.letters = getattr(self, "_letters", ())
        try:
            return self.judged(of, reader.read(side), reader).report
        except SymconvError:
            return None

    def explain(self, of: str, side: Any, best: _Found) -> Iterator[str]:
        """What is wrong: a change that makes the claim right, proved; else how the shapes differ."""
        given = best.reader.algebra.written_out  # of a matrix with entries, the wrong entry is said
        for repairs, words in () if given else _repairs(self.names.layer):
            try:
                if any(one.is_proved for one in self.readings(of, side, repairs)):
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


def _repairs(layer: Layer) -> Iterator[tuple[Repairs, str]]:
    """Changes to a claim, the simplest first, each with what is wrong if it helps."""
    mode = {
        "full": "the convolution must be full", "valid": "the convolution must be valid",
        "same": 'the convolution must be "same"',
    }  # fmt: skip
    single: list[tuple[dict[str, Any], str]] = [
        ({"turned_weight": True}, "the kernel must be flipped the other way: {w} and rot180({w}) are exchanged"),
        ({"other_meaning": True}, "it is right with the other meaning of the operation: "
         "cross-correlation and convolution are exchanged"),
        *(({"mode": name}, words) for name, words in mode.items()),
    ]  # fmt: skip
    if any(scheme.s != ONE for scheme in layer.schemes):
        words = "the stride is left out: insert stride - 1 zeros between the elements of {delta} first"
        single.append(({"zeros_in_delta": True}, words))
    if any(scheme.d != ONE for scheme in layer.schemes):
        words = "the dilation is left out: insert dilation - 1 zeros between the elements of {w} first"
        single.append(({"zeros_in_weight": True}, words))
    if any(scheme.low != ZERO for scheme in layer.schemes):
        single.append(({"padded_input": True}, "the padding is left out: pad {x} first"))
        single.append(({"cropped": True}, "the padding is left out: crop the result by it"))
    yield from ((Repairs(**changes), words) for changes, words in single)
    for first in range(len(single)):
        for second in range(first + 1, len(single)):
            changes: dict[str, Any] = {**single[first][0], **single[second][0]}
            if len(changes) == 2:
                yield Repairs(**changes), f"{single[first][1]}; and {single[second][1]}"
    for padding in ("padded_input", "cropped"):
        everything: dict[str, Any] = {"zeros_in_delta": True, "zeros_in_weight": True, padding: True}
        yield Repairs(**everything), "stride, dilation and padding are left out"


def _sentences(reader: WholeReader) -> tuple[str, ...]:
    """How the claim was read."""
    used = dict(reader.used)
    mode = used.pop("mode", "")
    if mode == "layer":
        return ("* is the layer's own operation, with its stride, padding and dilation", *_rest(used))
    words = {
        "valid": "valid, only where one operand is inside the other", "full": "full, wherever the operands meet",
        "same": "of the first operand's size", "": "",
    }[mode]  # fmt: skip
    meaning = used.pop("flips", "") or used.pop("meaning", "")
    first = f"{meaning}, {words}" if meaning and words else meaning or words
    return tuple(filter(None, (first, *_rest(used))))


def _rest(used: dict[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in used.items() if name in ("exchanged", "turned") and value)
