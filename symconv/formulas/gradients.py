"""The derivative of a formula with respect to a whole tensor: a formula again, which can be differentiated again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from symconv.algebra.calculus import derivative
from symconv.algebra.forms import fresh
from symconv.algebra.normal_form import require_few_steps, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import drop_implied_range, evaluate_brackets, meeting_ranges, sift
from symconv.errors import FormulaError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.geometry.axes import Axis, Layout, axes_of

AnyFormula = TypeVar("AnyFormula", bound=TensorFormula)

SIFTING = (evaluate_brackets, sift, meeting_ranges, drop_implied_range)
"""Rules that take sums out of a derivative; what is left reads as the formula does."""


def gradient(formula: AnyFormula, by: str, letters: Sequence[str] = ()) -> AnyFormula:
    """d formula / d ``by``: the axes of the formula, then those of the tensor, with these letters if they are given.

    Raises:
        FormulaError: the formula has no tensor of this name, or the letters are not as many as its axes.
    """
    known = [name for name in formula.layouts if name not in formula.geometry.fixed]
    if by not in known:
        raise FormulaError(f"by={shown(by)}", f"{formula.quantity} has no such tensor", instead_of(by, known))
    taken = {axis.letter for axis in formula.axes} | formula.form.free | formula.geometry.assumptions.names
    layout = formula.layouts[by]
    layout = _lettered(by, layout, letters, taken) if letters else apart(layout, taken)
    tensor = tensor_of(by, formula.layouts[by])
    indices = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout))
    form = derivative(formula.form, tensor, indices)
    require_few_steps(form)
    inside = formula.geometry.inside((*formula.axes, *axes_of(layout)))
    quantity = formula.quantity.by(by, len(formula.axes))
    whole = (*formula.layout, *layout)
    return formula.like(quantity, simplify(form, inside, SIFTING).result, whole)


def _lettered(by: str, layout: Layout, letters: Sequence[str], taken: Collection[str]) -> Layout:
    """The layout with the user's own letters."""
    given = f"by={by}[{', '.join(letters)}]"
    if len(letters) != len(axes_of(layout)) or len(set(letters)) < len(letters):
        raise FormulaError(given, f"{by} has {len(axes_of(layout))} axes", "give a letter for each")
    if clash := [one for one in letters if one in taken]:
        raise FormulaError(given, f"{clash[0]} stands for something else in the formula", "use another letter")
    own = iter(letters)
    return tuple(tuple(Axis(next(own), axis.size) for axis in dimension) for dimension in layout)


def apart(layout: Layout, taken: Collection[str]) -> Layout:
    """The layout with letters that nothing else has."""
    used = set(taken)
    made = []
    for dimension in layout:
        axes = []
        for axis in dimension:
            letter = fresh(axis.letter, used)
            used.add(letter)
            axes.append(Axis(letter, axis.size))
        made.append(tuple(axes))
    return tuple(made)
