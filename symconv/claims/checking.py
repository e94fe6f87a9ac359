"""check: is this formula right, and if not, what is wrong with it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from symconv.algebra.concrete import DEFAULT_MAX_TERMS
from symconv.algebra.forms import Form, Term
from symconv.algebra.from_sympy import Reader
from symconv.algebra.normal import Derivation, normal_form, write_out
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.to_sympy import Writer
from symconv.claims.meaning import Meaning, Quotient, Reading
from symconv.claims.nearest import mistakes
from symconv.claims.text import parse, several
from symconv.errors import ClaimError, SymconvError
from symconv.layers import Layer, require_layer
from symconv.proof.equality import Claimed, decide, equation_of
from symconv.proof.refutation import Equation
from symconv.proof.verdict import Verdict, Witness
from symconv.tensors import TensorFormula

QUANTITIES = (
    "output", "grad_input", "grad_weight", "grad_bias", "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix",
    "constraints",
)  # fmt: skip


@dataclass(frozen=True)
class CheckReport:
    """What ``check`` found.

    Args:
        of: the quantity.
        status: "proved", "refuted" or "undecided".
        scope: for what it is proved, in words.
        right: the right formula, as text.
        entry: of a refuted claim about single entries, the first wrong one, counted from 0.
        explanation: what is wrong, a sentence each; proved, where it names a mistake.
        witness: numbers that show it.
        remaining: of an undecided claim, what is left of the difference.
    """

    layer: Layer
    of: str
    claims: tuple[str, ...]
    status: str
    scope: str = ""
    right: str = ""
    entry: tuple[int, ...] | None = None
    explanation: tuple[str, ...] = ()
    witness: Witness | None = None
    remaining: str = ""

    @property
    def holds(self) -> bool:
        return self.status == "proved"

    def __str__(self) -> str:
        lines = [f"{self.of} of {self.layer!r}: {self.status}" + (f" for {self.scope}" if self.holds else "")]
        if self.entry is not None:
            number = int(np.ravel_multi_index(self.entry, self._shape)) + 1
            lines.append(f"wrong:   number {number} of {prod(self._shape)}, at index {list(self.entry)}")
        lines += [f"because: {sentence}" for sentence in self.explanation]
        if self.right and not self.holds:
            lines.append(f"right:   {self.right}")
        if self.witness is not None:
            lines.append(f"numbers: {_in_numbers(self.witness)}")
        if self.remaining:
            lines.append(f"left over: {self.remaining}")
        return "\n".join(lines)

    @property
    def _shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in _formula(self.layer, self.of).shape)

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": repr(self.layer), "of": self.of, "claims": list(self.claims), "status": self.status,
            "scope": self.scope, "right": self.right, "entry": None if self.entry is None else list(self.entry),
            "explanation": list(self.explanation), "remaining": self.remaining,
            "witness": None if self.witness is None else self.witness.to_dict(),
        }  # fmt: skip


def _in_numbers(witness: Witness) -> str:
    """A witness whose left is the right formula and whose right is the claim."""
    place = {**{name: size for name, size in witness.sizes.items() if name.isidentifier()}, **witness.index}
    where = f"at {', '.join(f'{name} = {value}' for name, value in place.items())}, " if place else ""
    entries = ", ".join(f"{name}{list(at) if at else ''} = {value}" for (name, at), value in witness.values.items())
    others = " and all others 0" if entries else "every entry 0"
    return f"{where}with {entries}{others}: {witness.right} claimed, {witness.left} right"


def _formula(layer: Layer, of: str) -> TensorFormula:
    """The right formula of a quantity."""
    formula = _pick(of)(layer.fully_connected if of == "matrix" else layer.direct)
    assert isinstance(formula, TensorFormula)
    return formula


def _pick(of: str) -> Any:
    if of == "matrix":
        return lambda view: view.shared_weight
    if of.startswith("jacobian_"):
        return lambda view: view.jacobian(of.removeprefix("jacobian_"))
    return lambda view: getattr(view, of)


def check(
    layer: Layer, claim: Any, of: str | None = None, *, index_base: int = 0, max_terms: int = DEFAULT_MAX_TERMS
) -> CheckReport:
    """Check a formula that somebody claims.

    Args:
        layer: a layer, concrete or with symbols.
        claim: text (plain or LaTeX), a SymPy expression, or several of them, one for every entry in row-major
            order; or a SymPy or NumPy array of the quantity's shape. Single entries have their printed labels
            (``X1*w1 + X2*w2``); a general formula has indices (``sum(k, w[k]*x[i + k])``,
            ``\\\\sum_k w_k x_{i+k}``) and may have its name in front (``dL/dw[k] = ..``). For "constraints": equations
            among the v_ij, such as "v31 = v12 = 0".
        of: the quantity: "output" (unless the claim says another), "grad_input", "grad_weight", "grad_bias",
            "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints".
        index_base: the number from which indices of general formulas count, 0 or 1.
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
    because: X3*w3 should be X3*w2; there is no w3 in this layer
    right:   X2*w1 + X3*w2
    numbers: with X3 = 1, w2 = 1 and all others 0: 0 claimed, 1 right
    """
    require_layer(layer, "a claim")
    if index_base not in (0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={index_base!r}", "indices count from 0 or 1", "use 0 or 1")
    if of is not None and of not in QUANTITIES:
        raise SymconvError(f"of={of!r}", "there is no such quantity", f"use {', '.join(QUANTITIES)}")
    shape, items = _items(claim, of)
    texts = tuple(str(item) for item in items)
    if of == "constraints":
        from symconv.claims.constraints import check_constraints

        return check_constraints(layer, items, texts)
    readings = [_read_one(layer, item, of) for item in items]
    of = _quantity(layer, readings, of, texts)
    formula = _formula(layer, of)
    job = _Job(layer, of, formula, texts, index_base, max_terms)
    if len(readings) == 1 and not _about_entries(readings[0], layer, formula):
        return job.general(readings[0])
    layer.require_concrete(f"the entries of {of}")
    return job.entries(readings, shape)


def _items(claim: Any, of: str | None) -> tuple[tuple[int, ...] | None, list[Any]]:
    """The claim as a list of texts and expressions, and its shape where it is an array."""
    if isinstance(claim, str):
        return None, several(claim) if of != "constraints" else [claim]
    if isinstance(claim, (sp.MatrixBase, sp.NDimArray)):
        return tuple(map(int, claim.shape)), [_sympified(item) for item in sp.flatten(claim)]
    if isinstance(claim, (sp.Expr, sp.Equality)):
        return None, [_sympified(claim)]
    try:
        array = np.asarray(claim, dtype=object)
    except ValueError:
        array = np.empty(0)
    if array.size == 0 or array.ndim == 0:
        raise ClaimError(
            repr(claim)[:60], "it is no formula", "give text, a SymPy expression, or a list or array of them"
        )
    return (array.shape if array.ndim > 1 else None), [_sympified(item) for item in array.ravel()]


def _sympified(item: Any) -> Any:
    if isinstance(item, str):
        return item
    if isinstance(item, (sp.Expr, sp.Equality)):
        if item.has(sp.nan, sp.oo, -sp.oo, sp.zoo) and not item.has(sp.Sum):
            raise ClaimError(str(item)[:60], "it is no number", "use finite entries")
        return item.xreplace({number: sp.Rational(number) for number in item.atoms(sp.Float)})
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return sp.Integer(int(item))
    raise ClaimError(repr(item)[:60], "it is no entry of a formula", "use text, SymPy expressions or whole numbers")


def _read_one(layer: Layer, item: Any, of: str | None) -> Meaning:
    if isinstance(item, str):
        layouts = {**layer.fully_connected.layouts, **layer.fully_connected.stage_layouts()}
        return Reading(layer, layouts, item).sides(parse(item))
    if isinstance(item, sp.Equality):
        item = item.rhs
    ours = layer.writer.symbols  # a symbol of a size is that size, whatever else it is declared to be
    item = item.xreplace({one: ours[one.name] for one in item.free_symbols if one.is_Symbol and one.name in ours})
    indices = {str(symbol) for symbol in item.free_symbols if not isinstance(symbol, sp.Indexed)}
    known = {*layer.symbol_names, *layer.defined} | {
        str(base) for i in item.atoms(sp.Indexed) for base in [i.base.label]
    }
    known |= {name for name, layout in layer.direct.layouts.items() if not any(layout)}
    labels = _labels_in(layer, item) if layer.is_concrete else {}
    above, below = sp.fraction(sp.together(item)) if item.is_Mul and not labels else (item, sp.Integer(1))
    free = tuple(sorted(indices - known - labels.keys()))
    return Meaning(Quotient(above, below), None, () if labels else free, labels)


def _labels_in(layer: Layer, item: sp.Expr) -> dict[str, tuple[str, tuple[int, ...] | None]]:
    """The layer's entries among the symbols of an expression."""
    layouts = {**layer.fully_connected.layouts, **layer.fully_connected.stage_layouts()}
    reading = Reading(layer, layouts, str(item)[:200])
    for symbol in sorted(item.free_symbols, key=str):
        if symbol.is_Symbol:
            reading.label(symbol.name)
    return reading.labels


def _quantity(layer: Layer, readings: Sequence[Meaning], of: str | None, texts: Sequence[str]) -> str:
    """The quantity that the claims are about: the one given, or the one on their left side."""
    names, loss = layer.notation, layer.notation.loss
    roles = {names.output: "output", names.dense_weight: "matrix"}
    roles.update({f"d{loss}_d{getattr(names, role)}": f"grad_{role}" for role in ("input", "weight", "bias")})
    found = {roles.get(reading.left[0], reading.left[0]) for reading in readings if reading.left is not None}
    for one in found:
        if one not in QUANTITIES:
            raise ClaimError(texts[0], f"{one} is no quantity that is checked", f"use {', '.join(QUANTITIES)}")
        if of is not None and one != of:
            raise ClaimError(texts[0], f"its left side is {one}, but of is {of}", "leave one of them out")
    if len(found) > 1:
        raise ClaimError(
            texts[0], f"the claims are about {' and '.join(sorted(found))}", "check one quantity at a time"
        )
    chosen = of or next(iter(found), "output")
    if chosen.startswith("grad_") and chosen not in layer.quantities:
        raise SymconvError(f"of={chosen!r}", "the layer has no such quantity", f"use {', '.join(layer.quantities)}")
    return chosen


def _about_entries(reading: Meaning, layer: Layer, formula: TensorFormula) -> bool:
    """Whether a claim is about one entry, by labels or numbers, and not about all of them."""
    if reading.labels:
        return True
    if reading.left is not None and reading.left[1]:
        return all(index.is_Integer for index in reading.left[1])
    return layer.is_concrete and bool(formula.axes) and not reading.free and prod(map(int, formula.shape)) == 1


# -- the work ------------------------------------------------------------------------------------------

Polynomials = dict[tuple[str, ...], Any]
"""A polynomial in labels: the sorted labels of every product, with its coefficient."""


@dataclass
class _Job:
    layer: Layer
    of: str
    formula: TensorFormula
    texts: tuple[str, ...]
    index_base: int
    max_terms: int

    def report(self, status: str, **more: Any) -> CheckReport:
        return CheckReport(self.layer, self.of, self.texts, status, **more)

    @property
    def candidates(self) -> Iterator[tuple[str, TensorFormula]]:
        return mistakes(self.layer, _pick(self.of), dense=self.of == "matrix")

    # -- general formulas ----------------------------------------------------------------------------

    def general(self, reading: Meaning) -> CheckReport:
        names = self.index_names(reading)
        equation = self.equation(reading.value, names, self.index_base)
        left, right = (self.normal(side, equation) for side in (equation.left, equation.right))
        writer = Writer(self.layer.writer.symbols, equation.assumptions.definitions)
        verdict = decide(equation, writer, left, right, self.max_terms)
        if verdict.proved:
            return self.report("proved", scope=verdict.scope)
        shown = f"{self.formula.formula.lhs} = {self.formula.formula.rhs}"
        explanation = self.explain(reading, names, equation, right, verdict)
        return self.report(
            verdict.status, right=shown, explanation=tuple(explanation), witness=_divided(verdict.witness, reading),
            remaining=verdict.remaining_text,
        )  # fmt: skip

    @staticmethod
    def normal(form: Form, equation: Equation) -> Derivation:
        return normal_form(form, equation.assumptions, equation.order)

    def equation(self, value: Quotient, names: Mapping[str, str], base: int) -> Equation:
        """The right formula, times the claim's denominator, and its numerator."""
        right = self.formula
        if value.below != 1:
            below = Form.constant(_polynomial(value.below))
            right = right.replaced(right.form * below)
        equation, _ = equation_of(right, Claimed(value.above, names, base))
        return equation

    def index_names(self, reading: Meaning) -> dict[str, str]:
        """The claim's free indices, each with the letter of the axis that it stands for."""
        letters = [axis.letter for axis in self.formula.axes]
        if reading.left is not None and (reading.left[1] or not letters):
            given = [str(index) for index in reading.left[1]]
            if (
                len(given) != len(letters)
                or len(set(given)) < len(given)
                or not all(i.is_Symbol for i in reading.left[1])
            ):
                raise ClaimError(
                    self.texts[0], f"the left side has the indices {', '.join(given) or '(none)'}",
                    f"give one letter for each of {', '.join(letters) or '(none)'}",
                )  # fmt: skip
            names = dict(zip(given, letters))
        else:
            free = [name for name in reading.free if name not in self.layer.defined]
            names = {name: name for name in free if name in letters}
            others = [name for name in free if name not in letters]
            left = [letter for letter in letters if letter not in names]
            if len(left) == 1 and not others and (m := self.size_letter_used(reading)):
                others = [m]
            if others and len(others) == len(left):
                names.update(zip(others, left))
            elif others:
                raise ClaimError(
                    self.texts[0], f"the indices {', '.join(others)} are bound by no sum",
                    f"the entry's indices are {', '.join(letters) or '(none)'}; put the left side in front",
                )  # fmt: skip
        unbound = [name for name in reading.free if name not in names]
        if unbound:
            raise ClaimError(
                self.texts[0], f"the indices {', '.join(unbound)} are bound by no sum and not on the left side",
                "write a sum over them",
            )  # fmt: skip
        return names

    def size_letter_used(self, reading: Meaning) -> str | None:
        """m, the output's size, where it can only be meant for an index."""
        symbols = {
            str(s) for i in reading.value.above.atoms(sp.Indexed) for index in i.indices for s in index.free_symbols
        }
        return next((name for name in self.layer.defined if name in symbols and name[0] == "m"), None)

    def explain(
        self, reading: Meaning, names: Mapping[str, str], equation: Equation, claimed: Derivation, verdict: Verdict
    ) -> Iterator[str]:
        """The nearest right formula: what was done to it, proved to give the claim."""
        value = reading.value
        if self.of == "matrix":
            transposed = list(self.exchanged(reading, names, equation))
            if transposed:
                yield f"it is the transpose of the right matrix: {transposed[0]}"
                return
        ratio = _ratio(self.normal(equation.left, equation).result, claimed.result)
        if ratio is not None:
            yield f"it is the right formula times {ratio}"
            return
        if value.below != 1 and self.same(self.formula.form, equation, claimed):
            yield f"the right formula is not divided by {value.below}"
            return
        for base in {0, 1} - {self.index_base}:
            other = self.equation(value, names, base)
            if self.proved(other):
                yield f"it is right where indices count from {base}"
                return
        for words, formula in self.candidates:
            if self.same(formula.form, equation, claimed):
                yield words
                return
        yield from self.exchanged(reading, names, equation)

    def proved(self, equation: Equation) -> bool:
        """Whether the sides are the same, with sums of known length written out where that is needed."""
        difference = self.normal(equation.left - equation.right, equation).result
        short = write_out(difference)
        return short is not None and not self.normal(short, equation).result.terms

    def same(self, form: Form, equation: Equation, claimed: Derivation) -> bool:
        try:
            return self.normal(form, equation).result == claimed.result
        except SymconvError:
            return False

    def exchanged(self, reading: Meaning, names: Mapping[str, str], equation: Equation) -> Iterator[str]:
        """The sum runs over an index of the entry, and the entry has the sum's; or two of its indices are exchanged."""
        right = self.normal(equation.left, equation).result
        letters = [letter for letter, _ in equation.axes]
        for one in {name for term in equation.right for name in term.bound}:
            for letter in letters:
                terms = tuple(_swapped(term, one, letter) for term in equation.right if one in term.bound)
                if len(terms) == len(equation.right.terms):
                    try:
                        found = self.normal(Form(terms), equation).result
                    except SymconvError:
                        continue
                    if found == right:
                        own = next((name for name, axis in names.items() if axis == letter), letter)
                        bound = one.rstrip("'")
                        yield f"the sum runs over {bound}; it should run over {own}"
                        return
        sizes = dict(equation.axes)
        for order in permutations(letters):
            pairs = [(a, b) for a, b in zip(letters, order) if a != b]
            if len(pairs) == 2 and all(a in sizes and b in sizes for a, b in pairs):
                exchanged = equation.right.substitute({a: Polynomial.name(b) for a, b in pairs})
                if self.normal(exchanged, equation).result == right:
                    yield f"the indices {pairs[0][0]} and {pairs[0][1]} are exchanged"
                    return

    # -- single entries ------------------------------------------------------------------------------

    def entries(self, readings: Sequence[Meaning], shape: tuple[int, ...] | None) -> CheckReport:
        full = tuple(int(size) for size in self.formula.shape)
        if shape is not None and shape != full:
            return self.other_shape(readings, shape, full)
        places = self.places(readings, full)
        claimed = [self.polynomial(reading) for reading in readings]
        for at, reading, polynomial in zip(places, readings, claimed):
            right = _terms(self.formula[at])
            if polynomial != right:
                return self.refuted(at, reading, polynomial, right, list(zip(places, claimed)))
        return self.report("proved", scope=f"this shape, {len(places)} of {prod(full)} entries")

    def places(self, readings: Sequence[Meaning], full: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The entry of every claim: the one on its left side, or all in row-major order."""
        if all(reading.left is not None and reading.left[1] for reading in readings):
            return [self.place(reading, text, full) for reading, text in zip(readings, self.texts)]
        if len(readings) != prod(full):
            raise ClaimError(
                self.texts[0], f"there are {len(readings)} claims; {self.of} has {prod(full)} entries, shape {full}",
                "give one for each in row-major order, or say which in front: h2 = ..",
            )  # fmt: skip
        return [tuple(int(i) for i in index) for index in np.ndindex(*full)]

    def place(self, reading: Meaning, text: str, full: tuple[int, ...]) -> tuple[int, ...]:
        assert reading.left is not None
        if not all(index.is_Integer for index in reading.left[1]):
            raise ClaimError(
                text, f"it has the labels {', '.join(reading.labels)} and indices", "use either labels or indices"
            )
        base = self.index_base if reading.left_by_index else 0
        given = [int(index) - base for index in reading.left[1]]
        kept = [size for size, dimension in zip(full, self.formula.layout) if dimension]
        sizes = kept if len(given) == len(kept) else list(full)
        if len(given) != len(sizes) or not all(0 <= at < size for at, size in zip(given, sizes)):
            raise ClaimError(text, f"{self.of} has shape {full}", "use an entry of it")
        rest = iter(given)
        return tuple(next(rest) if dimension or len(given) == len(full) else 0 for dimension in self.formula.layout)

    def polynomial(self, reading: Meaning) -> Polynomials:
        """A claim about single entries as a polynomial in their labels."""
        names = self.layer.notation
        labelled = {}
        for indexed in reading.value.above.atoms(sp.Indexed):
            layout = self.formula.layouts.get(str(indexed.base.label))
            if layout is None or not all(index.is_Integer for index in indexed.indices):
                raise ClaimError(str(indexed), "it is no single entry", "use numbers for its indices")
            shape = [int(axis.size.value or 0) for dimension in layout for axis in dimension]
            flat = tuple(int(i) - self.index_base for i in indexed.indices)
            inside = all(0 <= i < size for i, size in zip(flat, shape))
            labelled[indexed] = (
                sp.Symbol(names.label(str(indexed.base.label), flat, shape)) if inside else sp.Integer(0)
            )
        return _terms((reading.value.above / reading.value.below).xreplace(labelled))

    def refuted(
        self, at: tuple[int, ...], reading: Meaning, claimed: Polynomials, right: Polynomials,
        all_claimed: Sequence[tuple[tuple[int, ...], Polynomials]],
    ) -> CheckReport:  # fmt: skip
        missing = {m: c for m, c in right.items() if claimed.get(m, 0) != c}
        extra = {m: c for m, c in claimed.items() if right.get(m, 0) != c}
        explanation = [_difference(missing, extra, reading.labels)]
        for words, formula in self.candidates if len(all_claimed) > 1 or len(claimed) > 1 else ():
            if all(_terms(formula[place]) == polynomial for place, polynomial in all_claimed):
                explanation.insert(0, words)
                break
        monomial = min(missing or extra, key=lambda m: (len(m), m))
        numbers = dict.fromkeys(monomial, 1)
        left, truth = _value(claimed, numbers), _value(right, numbers)
        if left == truth:  # the two products share their labels: tell them apart by primes
            numbers = {
                label: 2 + number for number, label in enumerate(sorted({x for m in (*missing, *extra) for x in m}))
            }
            left, truth = _value(claimed, numbers), _value(right, numbers)
        witness = Witness({}, {}, {(label, ()): number for label, number in numbers.items()}, truth, left)
        return self.report(
            "refuted", right=str(self.formula[at]), entry=at, explanation=tuple(explanation), witness=witness
        )

    def other_shape(self, readings: Sequence[Meaning], shape: tuple[int, ...], full: tuple[int, ...]) -> CheckReport:
        words = [f"its shape is {shape}, but {self.of} has shape {full}"]
        if len(full) == 2 and shape == full[::-1]:
            claimed = [self.polynomial(reading) for reading in readings]
            turned = [tuple(int(i) for i in index[::-1]) for index in np.ndindex(*shape)]
            if all(_terms(self.formula[at]) == one for at, one in zip(turned, claimed)):
                words = ["it is the transpose of the right matrix"]
        return self.report("refuted", explanation=tuple(words))


def _divided(witness: Witness | None, reading: Meaning) -> Witness | None:
    """The witness of a claim with a denominator, by which both sides were multiplied."""
    if witness is None or reading.value.below == 1:
        return witness
    below = int(_polynomial(reading.value.below).evaluate(dict(witness.sizes)))
    return replace(witness, left=Fraction(witness.left, below), right=Fraction(witness.right, below))


def _polynomial(below: sp.Expr) -> Polynomial:
    return Reader().polynomial(below)


def _ratio(right: Form, claimed: Form) -> sp.Rational | None:
    """The number q with claimed = q * right, where there is one other than 1."""
    if not right.terms or len(right.terms) != len(claimed.terms):
        return None
    ratios = set()
    for one, other in zip(right, claimed):
        if (one.factors, one.bound) != (other.factors, other.bound):
            return None
        a, b = one.coefficient.value, other.coefficient.value
        if a is None or b is None or not a:
            return None
        ratios.add(sp.Rational(b) / sp.Rational(a))
    return ratios.pop() if len(ratios) == 1 else None


def _swapped(term: Term, bound: str, free: str) -> Term:
    """A bound and a free name exchanged."""
    aside = Polynomial.name(f"{bound}{free}''")
    moved = term.substitute({bound: aside}, ())
    moved = moved.substitute({free: Polynomial.name(bound)})
    moved = moved.substitute({str(aside.single_name): Polynomial.name(free)})
    return Term.make(moved.coefficient, moved.factors, term.bound)


def _terms(expression: sp.Expr) -> Polynomials:
    """The products of an expanded expression."""
    result: Polynomials = {}
    for term in sp.Add.make_args(sp.expand(expression)):
        coefficient, factors = term.as_coeff_mul()
        labels: list[str] = []
        for factor in factors:
            base, exponent = factor.as_base_exp()
            if not base.is_Symbol or not exponent.is_Integer or exponent < 1:
                raise ClaimError(str(factor)[:60], "it is no product of entries", "write a polynomial in the entries")
            labels += [str(base)] * int(exponent)
        key = tuple(sorted(labels))
        result[key] = result.get(key, 0) + coefficient
    return {key: value for key, value in result.items() if value}


def _value(polynomial: Polynomials, numbers: Mapping[str, int]) -> Any:
    return sum(c * prod(numbers.get(label, 0) for label in m) for m, c in polynomial.items())


def _difference(
    missing: Polynomials, extra: Polynomials, labels: Mapping[str, tuple[str, tuple[int, ...] | None]]
) -> str:
    """The products that differ, in words: what stands there and what should."""
    unknown = sorted({label for m in extra for label in m if label in labels and labels[label][1] is None})
    suffix = f"; there is no {' and no '.join(unknown)} in this layer" if unknown else ""
    for wrong, coefficient in sorted(extra.items()):
        if wrong in missing:
            return f"{_product(wrong, coefficient)} should be {_product(wrong, missing[wrong])}{suffix}"
        for right, wanted in sorted(missing.items()):
            shared = sum(min(wrong.count(label), right.count(label)) for label in set(wrong))
            if coefficient == wanted and len(wrong) == len(right) == shared + 1:
                return f"{_product(wrong, coefficient)} should be {_product(right, wanted)}{suffix}"
    parts = []
    if extra:
        parts.append(f"{', '.join(_product(m, c) for m, c in sorted(extra.items())[:4])} should not be there")
    if missing:
        parts.append(f"{', '.join(_product(m, c) for m, c in sorted(missing.items())[:4])} is missing")
    return " and ".join(parts) + suffix


def _product(labels: tuple[str, ...], coefficient: Any) -> str:
    return str(sp.Mul(coefficient, *map(sp.Symbol, labels))) if labels else str(coefficient)
