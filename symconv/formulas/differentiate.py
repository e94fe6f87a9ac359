"""The derivative of a formula, of a layer's or of one's own, with respect to a tensor or to an entry of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import sympy as sp

from symconv.algebra.calculus import derivative
from symconv.algebra.extent import extent
from symconv.algebra.forms import Access, Form
from symconv.algebra.normal_form import normal_form, readable, require_few_steps
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, shown
from symconv.formulas.gradients import gradient
from symconv.formulas.own import own_formula
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.verbs import verb

By: TypeAlias = "sp.Indexed | sp.IndexedBase | str"
"""What a formula is differentiated by: an entry, or a whole tensor."""


@verb((TensorFormula, sp.Basic), "a derivative", "a formula, as text, in SymPy or of a layer")
def differentiate(
    formula: TensorFormula | sp.Expr, by: By, *more: By, shapes: Mapping[str, Sequence[Any]] | None = None
) -> Any:
    """The partial derivative of a formula, with respect to an entry of a tensor or to all of them.

    Every entry of the tensor is a variable of its own: d x[e] / d x[m] = [e = m], with the product rule, and sums are
    linear (docs/algebra.md). Brackets are solved for summed names where their coefficient is 1 or -1, and stay if not.

    Args:
        formula: text in the grammar of claims, ``"y[i] = sum(k, w[k]*x[i + k])"``; a TensorFormula, of which the
            general entry is differentiated; or a SymPy expression (or Eq) in Sum, Indexed, KroneckerDelta, Piecewise,
            floor, read as in ``prove_equal``. Text is never evaluated.
        by: a tensor, by its name or IndexedBase; or an entry of one, such as x[m], inside the tensor's shape.
        more: what the derivative is differentiated by in turn.
        shapes: of tensors in a text or an expression, by name, as numbers or names of sizes; a size that is not said
            is n_x, any number.

    Returns:
        By a tensor, a TensorFormula with the formula's axes and then the tensor's, which can be differentiated again;
        by an entry in SymPy, a SymPy expression in the same language.

    Raises:
        FormulaError: the formula is outside the language, or ``by`` is not a tensor of it, nor an entry of one.
        ClaimError: a text cannot be read; the message has the place.
        InfiniteSumError: a sum of the formula or of its derivative has infinitely many terms.

    >>> from sympy import IndexedBase, Sum, symbols
    >>> i, k, m, n = symbols("i k m n", integer=True)
    >>> x, w = IndexedBase("x", shape=(n,)), IndexedBase("w", shape=(3,))
    >>> differentiate(Sum(w[k] * x[i + k], (k, 0, 2)), x[m])
    w[-i + m]
    >>> differentiate(Sum(x[k] ** 2, (k, 0, n - 1)), x[m])
    2*x[m]
    >>> differentiate(Sum(w[k] * x[k] ** 2, (k, 0, 2)), "x", "w").text()
    "d2f_dx_dw[k, k'] = 2*x[k]*[k = k']"
    """
    found: Any = formula
    for one in (by, *more):
        found = _by_entry(found, one) if isinstance(one, sp.Indexed) else _by_tensor(found, one, shapes)
    return found


def _by_tensor(formula: TensorFormula | sp.Expr, by: Any, shapes: Mapping[str, Sequence[Any]] | None) -> TensorFormula:
    name, letters = named(by)
    whole = formula if isinstance(formula, TensorFormula) else own_formula(formula, shapes)
    return gradient(whole, name, letters)


def named(by: Any) -> tuple[str, tuple[str, ...]]:
    """The tensor that a user names, and the letters of an entry: x of x, x and m of x[m].

    Raises:
        FormulaError: it is something else.
    """
    if isinstance(by, sp.IndexedBase):
        return str(by.label), ()
    if not isinstance(by, str):
        raise FormulaError(f"by={shown(by)}", "not a tensor, nor an entry of one", 'use "x", x or x[m]')
    name, bracket, rest = by.replace(" ", "").partition("[")
    letters = tuple(rest.removesuffix("]").split(",")) if bracket else ()
    if not name.isidentifier() or (bracket and not (rest.endswith("]") and all(map(str.isidentifier, letters)))):
        raise FormulaError(f"by={shown(by)}", "not a tensor, nor an entry with letters", 'use "x" or "x[m]"')
    return name, letters


def _by_entry(formula: TensorFormula | sp.Expr, by: sp.Indexed) -> sp.Expr:
    """The derivative with respect to one entry, in SymPy."""
    reader = Reader()
    if isinstance(formula, TensorFormula):
        layer = formula.geometry
        reader.symbols.update(layer.writer.symbols)
        reader.known.update({name: tensor_of(name, layout) for name, layout in formula.layouts.items()})
        letters = [(Polynomial.name(axis.letter), axis.size) for axis in formula.axes]
        facts = [fact for letter, size in letters for fact in (letter, size - 1 - letter)]
        form, known = formula.form, layer.assumptions.and_also(facts)
    else:
        if isinstance(formula, sp.Basic):
            extent(formula).require_small("a SymPy expression")
        form, known = reader.form(formula), None
    entry = _entry(reader.form(by), by)
    assumptions = reader.assumptions if known is None else known.and_also((), _of_names(reader, known.names))
    shape = entry.tensor.shape or ()
    inside = [fact for index, size in zip(entry.indices, shape) for fact in (index, size - 1 - index)]
    result = derivative(form, entry.tensor, entry.indices)
    require_few_steps(result)
    final = normal_form(result, assumptions.and_also(inside)).result
    defined = {**assumptions.definitions, **reader.assumptions.definitions}
    return Writer(reader.symbols, defined).form(Form(tuple(map(readable, final))))


def _entry(form: Form, by: sp.Indexed) -> Access:
    """The one access that an entry is."""
    factors = [factor for term in form for factor in term.factors]
    if len(factors) != 1 or not isinstance(factors[0], Access):
        raise FormulaError(f"by={by}", "an entry with a floor of a summed name", "use an entry, such as x[m]")
    return factors[0]


def _of_names(reader: Reader, known: frozenset[str]) -> Any:
    """What the reader assumes of names of which nothing is known yet."""
    read = reader.assumptions
    return replace(read, lower=tuple((name, low) for name, low in read.lower if name not in known))
