"""prove_equal: two formulas, one verdict.

The normal forms are compared first; where they differ, numbers are looked for that refute the equation;
with neither, the verdict is undecided. At concrete sizes the exact comparison of all collected product
terms decides every case.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.algebra.assumptions import Floor
from symconv.algebra.concrete import DEFAULT_MAX_TERMS, first_difference
from symconv.algebra.forms import Form, Tensor
from symconv.algebra.from_sympy import Reader
from symconv.algebra.normal import Derivation, normal_form, readable
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.to_sympy import Writer
from symconv.errors import FormulaError
from symconv.proof.refutation import Equation, find_witness, witness
from symconv.proof.scope import in_words
from symconv.proof.verdict import Verdict
from symconv.tensors import TensorFormula, tensor_of


def prove_equal(a: Any, b: Any, *, max_terms: int = DEFAULT_MAX_TERMS) -> Verdict:
    """Whether two formulas are equal for all values of everything in them.

    Args:
        a, b: TensorFormulas, or SymPy expressions in Sum, Indexed, KroneckerDelta, Piecewise, floor. A
            symbol with SymPy's ``positive`` or ``nonnegative`` is taken at its word; a symbol that is a
            size of an IndexedBase, or multiplies a summed index, stands for any number >= 1; any other
            symbol for any integer. An IndexedBase with a shape is zero outside it.
        max_terms: limit for the exact comparison at concrete sizes.

    Returns:
        A Verdict: proved (with its scope), refuted (with a witness) or undecided (with what is left).

    Raises:
        FormulaError: a side is outside the language, or the sides have different shapes.
        InfiniteSumError: a sum has infinitely many terms.

    >>> from sympy import IndexedBase, KroneckerDelta, Sum, symbols
    >>> i, j, k, n, K = symbols("i j k n K", integer=True)
    >>> x, w = IndexedBase("x", shape=(n,)), IndexedBase("w", shape=(K,))
    >>> dense = Sum(w[k] * KroneckerDelta(j, i + k) * x[j], (j, 0, n - 1), (k, 0, K - 1))
    >>> prove_equal(dense, Sum(w[k] * x[i + k], (k, 0, K - 1))).status
    'proved'
    >>> print(prove_equal(dense, Sum(w[k] * x[i - k], (k, 0, K - 1))).witness.left)
    0
    """
    equation, symbols = _equation(a, b)
    return decide(equation, Writer(symbols, equation.assumptions.definitions), max_terms=max_terms)


def _equation(a: Any, b: Any) -> tuple[Equation, dict[str, sp.Symbol]]:
    formulas = [side for side in (a, b) if isinstance(side, TensorFormula)]
    known: dict[str, Tensor] = {}
    floors: dict[str, Floor] = {}
    for formula in formulas:
        for name, layout in formula.layouts.items():
            tensor = tensor_of(name, layout)
            if known.setdefault(name, tensor) != tensor:
                raise FormulaError(
                    f"two formulas in {name}", f"{name} has different shapes in them", "compare formulas of one layer"
                )
        for name, floor in formula.geometry.assumptions.floors:
            if floors.setdefault(name, floor) != floor:
                raise FormulaError(
                    f"two formulas in {name}",
                    f"the size {name} is defined differently in them",
                    "compare formulas of one layer",
                )
    if isinstance(a, sp.Equality) and isinstance(b, sp.Equality) and a.lhs != b.lhs:
        raise FormulaError(f"{a} and {b}", "their left sides differ", "compare equations for the same entry")
    reader = Reader(known=known)
    for formula in formulas:
        reader.symbols.update(formula.geometry.writer.symbols)
    axes = tuple((axis.letter, axis.size) for axis in formulas[0].axes) if formulas else ()
    forms = [_form(side, axes, reader) for side in (a, b)]
    letters = {letter for letter, _ in axes}
    for name in reader.floors:
        if inside := letters & reader.made_of(name):
            raise FormulaError(
                name, f"the entry's index {', '.join(inside)} is inside a floor", "use indices outside any floor"
            )
    assumptions = reader.assumptions
    for formula in formulas:
        assumptions = assumptions.and_also((), formula.assumptions)
    facts = [fact for letter, size in axes for fact in (Polynomial.name(letter), size - 1 - Polynomial.name(letter))]
    order = formulas[0].geometry.reading_order if formulas else ()
    return Equation(forms[0], forms[1], axes, assumptions.and_also(facts), order), reader.symbols


def _form(side: Any, axes: tuple[tuple[str, Polynomial], ...], reader: Reader) -> Form:
    """The form of one side, its entry indices named as ``axes``."""
    if not isinstance(side, TensorFormula):
        if isinstance(side, sp.Equality):
            side = side.rhs
        return reader.form(side)
    if [axis.size for axis in side.axes] != [size for _, size in axes]:
        raise FormulaError(
            f"formulas of shape {side.shape} and axes {[str(size) for _, size in axes]}",
            "formulas of different shapes are not compared",
            "compare formulas of the same tensor",
        )
    return side.form.substitute({axis.letter: Polynomial.name(letter) for axis, (letter, _) in zip(side.axes, axes)})


def decide(
    equation: Equation,
    writer: Writer,
    left: Derivation | None = None,
    right: Derivation | None = None,
    max_terms: int = DEFAULT_MAX_TERMS,
) -> Verdict:
    """The verdict on an equation; ``left`` and ``right`` are its normal forms where they are known."""
    assumptions = equation.assumptions
    left = left or normal_form(equation.left, assumptions, equation.order)
    right = right or normal_form(equation.right, assumptions, equation.order)
    letters = {letter for letter, _ in equation.axes}
    scope = in_words(assumptions, equation.parameters, writer, hidden=letters)
    if left.result == right.result:
        return Verdict("proved", scope, "both sides have the same normal form", left, right)
    difference = normal_form(equation.left - equation.right, assumptions, equation.order)
    if not difference.result.terms:
        return Verdict("proved", scope, "the difference has the normal form 0", left, right)
    if not equation.parameters:
        return _decide_concrete(equation, scope, left, right, max_terms)
    found = find_witness(equation)
    if found is not None:
        return Verdict("refuted", scope, "numbers that differ", left, right, witness=found)
    remaining = Form(tuple(map(readable, difference.result)))
    reason = "the normal forms differ, but no numbers were found that do"
    text = str(writer.form(remaining))
    return Verdict("undecided", scope, reason, left, right, remaining=remaining, remaining_text=text)


def _decide_concrete(equation: Equation, scope: str, left: Derivation, right: Derivation, max_terms: int) -> Verdict:
    sides = equation.collected({}, max_terms)
    difference = first_difference(*sides)
    if difference is None:
        return Verdict("proved", scope, f"the same {sides[0].count:,} collected product terms", left, right)
    found = witness(equation, {}, *sides, difference)
    return Verdict("refuted", scope, "numbers that differ", left, right, witness=found)
