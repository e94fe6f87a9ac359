"""Claims in SymPy: the entry on the left side of an ``Eq``, and the formula.

Names mean what they mean in text: ``IndexedBase("x")`` is the input, ``Symbol("X1")`` an entry by its printed label,
``Symbol("s")`` the stride. A formula may divide by numbers and sizes that are not 0; nothing else is cancelled.
"""

from __future__ import annotations

from decimal import Decimal

import sympy as sp

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.definitions import Entry
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.parse.labels import meant_label
from symconv.claims.parse.names import Names
from symconv.claims.parse.products import products_of
from symconv.claims.parse.quotients import Quotient
from symconv.errors import ClaimError, FormulaError
from symconv.formulas.labels import Polynomials

MOST_PLACES = 40
"""A decimal number has at most 40 digits before the point and 40 after it."""


# -- numbers -------------------------------------------------------------------------------------------


def decimal(text: str) -> sp.Rational:
    """The number that a decimal text says: 1/10 for 0.1, as claims in text have it."""
    number = Decimal(text)
    if not number.is_finite():
        raise ClaimError(text, "not a number", "use finite entries")
    if number and not -MOST_PLACES <= number.adjusted() <= MOST_PLACES:
        raise ClaimError(text, "it is too large or too small", f"use numbers of at most {MOST_PLACES} places")
    return sp.Rational(*number.as_integer_ratio())


def exact(formula: sp.Expr) -> sp.Expr:
    """The formula with the decimals that its floats are printed as.

    Raises:
        ClaimError: a sum stands in a function or a condition, if SymPy would try to evaluate it.
    """
    _require_plain_sums(formula)
    floats = formula.atoms(sp.Float)
    # A float of Python's precision is printed by Python in full, by SymPy with 15 digits.
    return formula.xreplace({one: decimal(repr(float(one)) if one._prec == 53 else str(one)) for one in floats})


def _require_plain_sums(formula: sp.Basic) -> None:
    """Sums stand in sums, products and powers, and in the values of a Piecewise."""
    if not formula.has(sp.Sum):
        return
    parts, others = list(formula.args), []
    if isinstance(formula, sp.Sum):
        parts, others = [formula.function], list(formula.args[1:])
    elif isinstance(formula, sp.Piecewise):
        parts, others = [value for value, _ in formula.args], [holds for _, holds in formula.args]
    elif isinstance(formula, sp.Pow):
        parts, others = [formula.base], [formula.exp]
        others += parts if formula.exp.is_negative else []
    elif not isinstance(formula, (sp.Add, sp.Mul)):
        parts, others = [], list(formula.args)
    if any(part.has(sp.Sum) for part in others):
        raise ClaimError(type(formula).__name__, "it has a sum inside", "use sums only in sums and products")
    for part in parts:
        _require_plain_sums(part)


# -- the two sides -------------------------------------------------------------------------------------


def read_symbolic(names: Names, item: sp.Basic) -> Meaning:
    """What a claim in SymPy says."""
    left, by_index = None, False
    formula = item
    if isinstance(item, sp.Equality):
        formula = item.rhs
        left = _left_side(names, item)
        by_index = isinstance(item.lhs, sp.Indexed) and all(index.is_Integer for index in left[1])
    if not isinstance(formula, sp.Expr):
        raise ClaimError(str(item), f"{formula} is not a formula", "write Eq(h[i], ..)")
    if (products := products_of(formula)) is None:
        formula = exact(formula)
    letters = set() if left is None else {str(index) for index in left[1] if not index.is_Integer}
    if clash := sorted(name for name in letters if names.is_own(name)):
        raise ClaimError(str(item), f"{', '.join(clash)} is a size of the layer", "use another letter for the index")
    if products is not None and (entries := _entries(names, products)) is not None:
        return Meaning(Quotient(formula), left, (), entries, by_index)
    value, free, labels = _right_side(names, formula, letters)
    indices = [index for access in formula.atoms(sp.Indexed) for index in access.indices]
    inside = set().union(*(index.free_symbols for index in indices)) & formula.free_symbols
    return Meaning(value, left, free, labels, by_index, frozenset(map(str, inside)) & names.sizes.keys())


def _left_side(names: Names, equation: sp.Equality) -> tuple[str, tuple[sp.Expr, ...]]:
    """The name of the quantity, and the indices of its entry."""
    left = equation.lhs
    if isinstance(left, sp.Indexed):
        _require_plain(left.base)
        if (quantity := _quantity(names, str(left.base.label))) is not None:
            return quantity, left.indices
    if isinstance(left, sp.Symbol) and not isinstance(left, sp.Dummy):
        if (quantity := _quantity(names, left.name)) is not None:
            return quantity, ()
        loss = f"d{names.layer.notation.loss}_d"
        entry = names.label(left.name.removeprefix(loss))
        if entry is not None and entry.index is None:
            right = meant_label(names.definitions, entry) or "use an entry that there is"
            raise ClaimError(str(equation), f"this layer has no {entry.label}", right)
        if entry is not None and entry.index is not None:
            prefix = loss if left.name.startswith(loss) else ""
            return f"{prefix}{entry.tensor}", tuple(map(sp.Integer, entry.index))
    notation = names.layer.notation
    raise ClaimError(
        str(equation), f"its left side {left} is not an entry of a quantity",
        f"write Eq({notation.output}[i], ..) or Eq(d{notation.loss}_d{notation.weight}[k], ..), names as IndexedBase",
    )  # fmt: skip


def _quantity(names: Names, name: str) -> str | None:
    """The own name of a quantity: h for y, dL_dX for dL_dx and grad_input, dh_dw for a Jacobian."""
    notation = names.layer.notation
    if name.startswith("grad_") and name != notation.grad_output:
        by = names.known.get(name.removeprefix("grad_"))
        return None if by is None else f"d{notation.loss}_d{by}"
    if name in names.known:
        return names.known[name]
    for above, shown in ((notation.loss, notation.loss), *names.known.items()):
        by = names.known.get(name.removeprefix(f"d{above}_d"))
        if by is not None and name == f"d{above}_d{name.removeprefix(f'd{above}_d')}":
            return f"d{shown}_d{by}"
    return None


def _entries(names: Names, products: Polynomials) -> dict[str, Entry] | None:
    """The entries in a sum of products of a concrete layer; None if it has other names."""
    if not names.layer.is_concrete:
        return None
    texts = {label for product in products for label in product}
    labels = names.labels(texts)
    return labels if all(text in labels or names.definitions.scalar(text) is not None for text in texts) else None


def _right_side(
    names: Names, formula: sp.Expr, letters: set[str]
) -> tuple[Quotient, tuple[str, ...], dict[str, Entry]]:
    """The formula in the layer's own names, the indices that nothing binds, and the entries that it names.

    ``letters`` are the indices of the left side.
    """
    formula = _with_own_tensors(names, formula)
    tensors = {str(base.label) for base in formula.atoms(sp.IndexedBase)}
    formula = _with_own_sizes(names, formula, tensors | letters)
    free = {_name(symbol): symbol for symbol in _symbols(formula)}
    entries = {name: names.label(name) for name in free if name not in letters}
    labels = {entry.label: entry for entry in entries.values() if entry is not None}
    spelled = {free[name]: sp.Symbol(entry.label) for name, entry in entries.items() if entry is not None}
    indices = free.keys() - tensors - {*names.layer.symbol_names, *names.layer.defined}
    indices = {name for name in indices if entries.get(name) is None and names.definitions.scalar(name) is None}
    value = quotient(formula.xreplace(spelled), names.layer.assumptions)
    return value, tuple(sorted(indices)), labels


def _symbols(formula: sp.Expr) -> list[sp.Expr]:
    return [one for one in formula.free_symbols if isinstance(one, (sp.Symbol, sp.Idx))]


def _name(symbol: sp.Expr) -> str:
    if isinstance(symbol, sp.Dummy):
        raise ClaimError(str(symbol), "a Dummy must be bound by a sum", "use a Symbol")
    return str(symbol)


def _with_own_tensors(names: Names, formula: sp.Expr) -> sp.Expr:
    """The layer's own names for tensors: X for x."""
    own = {}
    for base in formula.atoms(sp.IndexedBase):
        _require_plain(base)
        name = str(base.label)
        tensor = names.known.get(name, name)
        if tensor not in names.layouts:
            wrong = names.missing(name) or f"the name {name!r} is not known"
            raise ClaimError(str(formula), wrong, f"tensors are {names.listed}")
        if tensor != name:
            own[base] = sp.IndexedBase(tensor, shape=base.shape)
    return formula.xreplace(own)


def _require_plain(base: sp.IndexedBase) -> None:
    if base.offset not in (None, 0) or base.strides is not None:
        raise ClaimError(str(base), "it has an offset or strides", "use a plain IndexedBase")


def _with_own_sizes(names: Names, formula: sp.Expr, others: set[str]) -> sp.Expr:
    """The layer's own symbols for its sizes, whatever else they are declared to be; numbers if it has numbers."""
    sizes = [one for one in _symbols(formula) if type(one) is sp.Symbol and one.name not in others]
    own = {one: names.sizes[one.name] for one in sizes if one.name in names.layer.symbol_names}
    given = {one: names.sizes[one.name] for one in sizes if one.name in names.sizes and not names.is_own(one.name)}
    formula = formula.xreplace(own)
    if not given:
        return formula
    for power in formula.atoms(sp.Pow):
        if power.exp.is_negative and power.base.subs(given, simultaneous=True).is_zero:
            raise ClaimError(
                str(formula), f"it divides by {power.base}, which is 0 in this layer", "leave the quotient out"
            )
    try:
        return formula.subs(given, simultaneous=True)
    except (TypeError, ValueError) as error:  # SymPy refuses a sum outside the range of its Idx, for example
        raise ClaimError(str(formula), f"it has no value in this layer: {error}", "use the layer's sizes") from None


# -- division ------------------------------------------------------------------------------------------


def quotient(formula: sp.Expr, assumptions: Assumptions, bound: frozenset[str] = frozenset()) -> Quotient:
    """A formula as a numerator over a product of sizes, each of which is positive by the assumptions."""
    if not any(power.exp.is_negative for power in formula.atoms(sp.Pow)):
        return Quotient(formula)

    def read(part: sp.Expr) -> Quotient:
        return quotient(part, assumptions, bound)

    if isinstance(formula, sp.Add):
        return Quotient.sum([read(part) for part in formula.args])
    if isinstance(formula, sp.Mul):
        return Quotient.product([read(part) for part in formula.args])
    if isinstance(formula, sp.Pow) and isinstance(formula.exp, sp.Integer):
        base, exponent = read(formula.base), abs(int(formula.exp))
        if formula.exp.is_negative:
            base = _inverse(base, assumptions, bound)
        return Quotient(base.above**exponent, base.below**exponent)
    if isinstance(formula, sp.Sum):
        summed = {str(limits[0]) for limits in formula.limits}
        inner = quotient(formula.function, assumptions, bound | summed)
        return Quotient(sp.Sum(inner.above, *formula.limits), inner.below)
    if isinstance(formula, sp.Piecewise):
        parts = [read(value) for value, _ in formula.args]
        below = sp.Mul(*dict.fromkeys(part.below for part in parts))
        pairs = [(part.above * (below / part.below), holds) for part, (_, holds) in zip(parts, formula.args)]
        return Quotient(sp.Piecewise(*pairs), below)
    return Quotient(formula)


def _inverse(value: Quotient, assumptions: Assumptions, bound: frozenset[str]) -> Quotient:
    try:
        number = Reader().polynomial(value.above)
    except FormulaError:
        number = Polynomial()
    if not number.names & bound:
        if assumptions.is_positive(number):
            return Quotient(value.below, value.above)
        if assumptions.is_positive(-number):
            return Quotient(-value.below, -value.above)
    raise ClaimError(str(value.above), "the divisor may be 0", "divide by numbers and by sizes that are at least 1")
