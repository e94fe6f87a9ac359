"""prove_equal: two formulas, one verdict.

Both become forms over the same axes, in which letters of one layer do not stand for anything in the other;
``deciding.py`` has the verdict on the equation that they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, TypeAlias

import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined, Floor
from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.algebra.extent import extent
from symconv.algebra.forms import Access, Form, Tensor, fresh
from symconv.algebra.normal_form import require_few_steps
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.given import term_limit
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Fixed
from symconv.proof.deciding import decide
from symconv.proof.equation import Equation, SizePair, tied
from symconv.proof.verdict import Verdict

Side: TypeAlias = "TensorFormula | sp.Expr | sp.Eq"
"""One of two formulas that are compared."""


def prove_equal(a: Side, b: Side, *, max_terms: int = DEFAULT_MAX_TERMS, effort: int = 1) -> Verdict:
    """Whether two formulas are equal for all values of everything in them.

    Args:
        a, b: TensorFormulas, or SymPy expressions in Sum, Indexed, KroneckerDelta, Piecewise, floor. A
            symbol with SymPy's ``positive`` or ``nonnegative`` is taken at its word; a symbol that is a
            size of an IndexedBase, that multiplies a summed index (s k, -s k, 2 s k), or by which a floor
            divides, stands for any number >= 1; an Idx for any number in its range; any other symbol for any
            integer. A layer's own symbols are what the layer says. An IndexedBase with a shape is zero outside it.
            An ``Eq`` is a formula with its name: beside a TensorFormula its left side must be an entry of that
            tensor, such as h[i2, i1], and the right side is compared with that entry; beside another ``Eq`` the
            left sides must be the same entry, and the right sides are compared. An ``Eq`` beside a bare
            expression is refused.
        max_terms: limit for the exact comparison at concrete sizes.
        effort: how long to search before the verdict is undecided; 1 is some tenths of a second, and 10 allows ten
            times the work.

    Returns:
        A Verdict: proved (with its scope), refuted (with a witness) or undecided (with what is left).

    Raises:
        FormulaError: a side is outside the language, the sides have different shapes, left sides of equations
            are not the same entry, or ``effort`` is not a whole number from 1 to 100.
        InfiniteSumError: a sum has infinitely many terms.

    >>> from sympy import IndexedBase, KroneckerDelta, Sum, symbols
    >>> i, j, k, n, K = symbols("i j k n K", integer=True)
    >>> x, w = IndexedBase("x", shape=(n,)), IndexedBase("w", shape=(K,))
    >>> dense = Sum(w[k] * KroneckerDelta(j, i + k) * x[j], (j, 0, n - 1), (k, 0, K - 1))
    >>> prove_equal(dense, Sum(w[k] * x[i + k], (k, 0, K - 1))).status
    'proved'
    >>> verdict = prove_equal(dense, Sum(w[k] * x[i - k], (k, 0, K - 1)))
    >>> verdict.status, verdict.witness.left != verdict.witness.right
    ('refuted', True)
    """
    if isinstance(effort, bool) or not isinstance(effort, int) or not 1 <= effort <= MOST_EFFORT:
        raise FormulaError(f"effort={shown(effort)}", "not a whole number from 1 to 100", "effort=1 is the default")
    equation, symbols = equation_of(a, b)
    writer = Writer(symbols, equation.assumptions.definitions)
    return decide(equation, writer, max_terms=term_limit(max_terms), effort=effort)


def equation_of(a: Any, b: Any) -> tuple[Equation, dict[str, sp.Symbol]]:
    a, b = right_sides(a, b)
    sides = [_Side.of(side) for side in (a, b) if isinstance(side, TensorFormula)]
    names: dict[Defined, Polynomial] = {}
    reader = Reader(meanings=names)
    for formula in (side for side in (a, b) if isinstance(side, TensorFormula)):
        for name, symbol in formula.geometry.writer.symbols.items():
            if reader.symbols.setdefault(name, symbol) != symbol:
                raise FormulaError(
                    f"two layers with the symbol {name}",
                    "its assumptions differ in them",
                    "use one Symbol object",
                )
    taken = {name for side in sides for name in side.own_names}
    sides = _with_own_constants([side.with_names(names, taken) for side in sides])
    if len(sides) == 2:
        sides[0] = sides[0].with_letters_apart(sides[1])
    for side in sides:
        for name, tensor in side.tensors.items():
            reader.known.setdefault(name, tensor)
    axes = sides[0].axes if sides else ()
    taken_over = iter(sides)
    both = [
        next(taken_over) if isinstance(side, TensorFormula) else _Side(_read(side, reader, axes), axes)
        for side in (a, b)
    ]
    letters = {letter for letter, _ in axes}
    # An entry's index is any inside the tensor, and a layer's symbol is what the layer says, whatever a symbol with
    # this name is declared to be.
    known = letters.union(*(side.assumptions.names for side in both))
    read = reader.assumptions
    assumptions = replace(read, lower=tuple((name, low) for name, low in read.lower if name not in known))
    for side in both:
        assumptions = assumptions.and_also((), side.assumptions)
    facts = [fact for letter, size in axes for fact in (Polynomial.name(letter), size - 1 - Polynomial.name(letter))]
    ranges = _ranges(reader, letters, assumptions.and_also(facts))
    assumptions = assumptions.and_also(ranges)
    _require_divisors(reader, assumptions)
    if assumptions.contradicts(()):
        raise FormulaError(
            "two formulas", "no sizes satisfy the conditions of both", "compare formulas of layers that can be alike"
        )
    order = next((side.geometry.reading_order for side in (a, b) if isinstance(side, TensorFormula)), ())
    left, right = both[0].form, both[1].over(axes)
    shapes = tuple(_different_sizes(*both))
    fixed = tuple(pair for side in both for pair in side.fixed)
    formulas = [side for side in (a, b) if isinstance(side, TensorFormula)]
    constrained = any(map(tied, formulas))
    if len(formulas) == 2 and _computed_differently(*formulas):
        right, constrained = _functions_apart(right), True
    facts_too = assumptions.and_also(facts)
    equation = Equation(left, right, axes, facts_too, order, shapes, fixed, constrained)
    free = frozenset[str]().union(*map(_free_names, (a, b))) & reader.symbols.keys()
    return replace(equation, cancelled=free - letters - equation.parameters), reader.symbols


def _free_names(side: Any) -> frozenset[str]:
    """Free names of a formula from outside."""
    if isinstance(side, Claimed):
        return _free_names(side.expression) - side.names.keys()
    found = side.free_symbols if isinstance(side, sp.Basic) else ()
    return frozenset(str(one) for one in found if isinstance(one, (sp.Symbol, sp.Idx)))


def right_sides(a: Any, b: Any) -> tuple[Any, Any]:
    """What is compared: right sides of equations whose left sides are the same entry."""
    if isinstance(a, sp.Equality) and isinstance(b, sp.Equality):
        if a.lhs != b.lhs:
            raise FormulaError(f"{a} and {b}", "their left sides differ", "compare equations for the same entry")
        if not isinstance(a.lhs, (sp.Indexed, sp.Symbol)):
            raise FormulaError(f"{a} and {b}", f"{a.lhs} is not an entry", "write Eq(h[i], ..), or compare formulas")
        return Claimed(a.rhs, {}, 0, (a.lhs,)), Claimed(b.rhs, {}, 0, (b.lhs,))
    if isinstance(a, sp.Equality):
        return _named(a, b), b
    return a, _named(b, a) if isinstance(b, sp.Equality) else b


def _named(equation: sp.Eq, formula: Any) -> Claimed:
    """An equation beside a formula: its right side, which is that of the entry on its left side."""
    if not isinstance(formula, TensorFormula):
        raise FormulaError(
            f"{equation} and {formula}", "an equation and a formula are not the same kind of thing",
            "compare the formula with the equation's right side, equation.rhs",
        )  # fmt: skip
    left, letters = equation.lhs, [axis.letter for axis in formula.axes]
    name = str(left.base.label) if isinstance(left, sp.Indexed) else str(left)
    indices = left.indices if isinstance(left, sp.Indexed) else ()
    names = [str(index) for index in indices if isinstance(index, (sp.Symbol, sp.Idx))]
    if name != str(formula.quantity) or not len(set(names)) == len(indices) == len(letters):
        raise FormulaError(
            str(equation), f"its left side is not {formula.left_side} with one letter for each index",
            f"write Eq({formula.left_side}, ..)",
        )  # fmt: skip
    free = {str(symbol) for symbol in equation.rhs.free_symbols if isinstance(symbol, (sp.Symbol, sp.Idx))}
    if missing := sorted(free & set(letters) - set(names)):
        raise FormulaError(str(equation), f"{', '.join(missing)} is not on its left side", "use the same letters there")
    clash = sorted(set(names) & {*formula.geometry.symbol_names, *formula.geometry.defined})
    if clash:
        raise FormulaError(str(equation), f"{', '.join(clash)} is a size of the layer", "use another letter")
    return Claimed(equation.rhs, dict(zip(names, letters)), 0, tuple(indices))


def _ranges(reader: Reader, letters: set[str], inside: Assumptions) -> tuple[Polynomial, ...]:
    """What ranges of indices say of names; that of an entry's index must have all of the tensor in it."""
    for fact in reader.ranges:
        if fact.names & letters and not inside.implies(fact):
            raise FormulaError(
                f"the range of the index {', '.join(sorted(fact.names & letters))}",
                f"it does not hold every entry: {fact!r} may be negative", "use the whole axis, or a plain symbol",
            )  # fmt: skip
    return tuple(fact for fact in reader.ranges if not fact.names & letters)


def _require_divisors(reader: Reader, assumptions: Assumptions) -> None:
    """What a floor divides by is not 0, also if it is a layer's symbol; its own definition does not say so."""
    given = tuple((name, one) for name, one in assumptions.defined if name not in reader.defined)
    assumptions = replace(assumptions, defined=given)
    for defined in reader.defined.values():
        if isinstance(defined, Floor) and not assumptions.is_positive(defined.denominator):
            raise FormulaError(
                f"a floor over {defined.denominator!r}", f"{defined.denominator!r} may be 0", "divide by sizes >= 1"
            )


def _computed_differently(one: TensorFormula, other: TensorFormula) -> bool:
    """Whether the formulas have functions of a tensor of one name that two different layers compute."""
    used = ({t.variable.name for t in side.form.tensors if t.applied is not None} for side in (one, other))
    common = set.intersection(*used)
    return any(one.geometry.inner.get(name) != other.geometry.inner.get(name) for name in common)


def _functions_apart(form: Form) -> Form:
    """Functions of tensors under other names, so that nothing is concluded from the names being the same."""

    def apart(access: Access) -> Access:
        tensor = access.tensor
        return access if tensor.applied is None else Access(replace(tensor, name=f"{tensor.name}'"), access.indices)

    return form.with_accesses(apart)


MOST_EFFORT = 100
RESULT = "the result"
"""What the tensor is called that a formula is the formula of."""


@dataclass(frozen=True)
class _Side:
    """One side of an equation: its form over its own axes, its tensors, what is assumed."""

    form: Form
    axes: tuple[tuple[str, Polynomial], ...] = ()
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    assumptions: Assumptions = field(default_factory=Assumptions)
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    fixed: tuple[tuple[str, Fixed], ...] = ()

    @staticmethod
    def of(formula: TensorFormula) -> _Side:
        axes = tuple((axis.letter, axis.size) for axis in formula.axes)
        tensors = {name: tensor_of(name, layout) for name, layout in formula.layouts.items()}
        layer = formula.geometry
        used = {tensor.name for tensor in formula.form.tensors}
        fixed = tuple((name, one) for name, one in layer.fixed.items() if name in used)
        layouts = {RESULT: formula.layout, **formula.layouts}
        return _Side(formula.form, axes, tensors, layer.assumptions, layouts, fixed)

    @property
    def own_names(self) -> frozenset[str]:
        """The names with no definition."""
        letters = {letter for letter, _ in self.axes}
        return (self.assumptions.names | self.form.free | letters) - self.assumptions.definitions.keys()

    def with_names(self, known: dict[Defined, Polynomial], taken: set[str]) -> _Side:
        """The same with one name for one thing: see ``Assumptions.renaming``."""
        values = self.assumptions.renaming(known, taken)
        if all(value.single_name == name for name, value in values.items()):
            return self
        axes = tuple((letter, size.substitute(values)) for letter, size in self.axes)
        tensors = {name: tensor.resized(values) for name, tensor in self.tensors.items()}
        assumptions = self.assumptions.renamed(values)
        fixed = tuple((name, one.renamed(values)) for name, one in self.fixed)
        form = self.form.resized(values)
        return replace(self, form=form, axes=axes, tensors=tensors, assumptions=assumptions, fixed=fixed)

    def with_letters_apart(self, other: _Side) -> _Side:
        """Other letters for the entry's indices if the other side has a size with the same name."""
        taken = {*self.own_names, *other.assumptions.names, *other.form.free}
        letters = {letter: fresh(letter, taken) for letter, _ in self.axes if letter in other.assumptions.names}
        if not letters:
            return self
        axes = tuple((letters.get(letter, letter), size) for letter, size in self.axes)
        return replace(self, axes=axes, form=replace(self, axes=self.axes).over(axes))

    def with_constant(self, old: str, new: str) -> _Side:
        """A fixed tensor by another name."""
        tensor = replace(self.tensors[old], name=new)

        form = self.form.with_accesses(lambda a: Access(tensor, a.indices) if a.tensor.name == old else a)
        tensors = {new if name == old else name: tensor if name == old else one for name, one in self.tensors.items()}
        fixed = tuple((new if name == old else name, layer) for name, layer in self.fixed)
        known = self.assumptions.contractions
        assumptions = replace(self.assumptions, contractions=tuple(one.renamed({old: new}) for one in known))
        return replace(self, form=form, tensors=tensors, fixed=fixed, assumptions=assumptions)

    def over(self, axes: tuple[tuple[str, Polynomial], ...]) -> Form:
        """The form with the letters of other axes for its own."""
        pairs = zip(self.axes, axes)
        return self.form.substitute({own: Polynomial.name(other) for (own, _), (other, _) in pairs if own != other})


@dataclass(frozen=True)
class Claimed:
    """A SymPy expression as a side of an equation, with other names for its free indices.

    ``base`` is the number from which its indices count; ``indices`` are those on its left side.
    """

    expression: sp.Expr
    names: Mapping[str, str]
    base: int = 0
    indices: tuple[sp.Expr, ...] = ()

    @property
    def from_zero(self) -> sp.Expr:
        """The expression with indices that count from 0; a form leaves out limits that its tensors say, as they are."""
        if not self.base:
            return self.expression
        accesses = self.expression.atoms(sp.Indexed)
        return self.expression.xreplace({a: a.base[tuple(index - self.base for index in a.indices)] for a in accesses})

    def form(self, reader: Reader) -> Form:
        form = reader.form(self.from_zero, self.names)
        for index in self.indices:
            reader.read_ranges(index)
        moved = {name: Polynomial.name(letter) + self.base for name, letter in self.names.items()}
        reader.ranges = {fact.substitute(moved): None for fact in reader.ranges}
        return form.substitute(moved)


def _read(side: Any, reader: Reader, axes: Sequence[tuple[str, Polynomial]]) -> Form:
    """A formula from outside, not larger than what can be compared soon."""
    if isinstance(side, sp.Basic):
        extent(side).require_small("a SymPy expression")
    form = side.form(reader) if isinstance(side, Claimed) else reader.form(side, (letter for letter, _ in axes))
    require_few_steps(form)
    return form


def _with_own_constants(sides: list[_Side]) -> list[_Side]:
    """Fixed tensors of one name told apart where their numbers are others."""
    if len(sides) < 2:
        return sides
    left, right = sides
    for name, one in right.fixed:
        if dict(left.fixed).get(name, one) != one:
            right = right.with_constant(name, fresh(name, {*left.tensors, *right.tensors}))
    return [left, right]


def _different_sizes(left: _Side, right: _Side) -> Iterator[SizePair]:
    """Sizes of the same thing that are written differently on the two sides.

    Raises:
        FormulaError: two sizes differ whatever the symbols are.
    """
    pairs = [(RESULT, a, b) for (_, a), (_, b) in zip(left.axes, right.axes)]
    used = {tensor.name for tensor in left.form.tensors} & {tensor.name for tensor in right.form.tensors}
    common = sorted(used & left.tensors.keys() & right.tensors.keys())
    for name in (RESULT, *common):
        _require_one_layout(name, left.layouts.get(name), right.layouts.get(name))
    for name in common:
        pairs += [(name, a, b) for a, b in zip(left.tensors[name].shape or (), right.tensors[name].shape or ())]
    for name, a, b in pairs:
        if (difference := (a - b).value) is None:
            yield SizePair(name, a, b)
        elif difference:
            raise FormulaError(
                f"formulas in which {name} has an axis of size {a!r} and of size {b!r}",
                "formulas of different shapes are not compared",
                "compare formulas of the same tensor of one layer",
            )


def _require_one_layout(name: str, left: Layout | None, right: Layout | None) -> None:
    """An entry of a tensor has the same index on both sides only where its axes make up the same dimensions."""
    if left is None or right is None or [*map(len, left)] == [*map(len, right)]:
        return
    shapes = (tuple(prod((axis.size for axis in dimension), start=ONE) for dimension in one) for one in (left, right))
    raise FormulaError(
        f"formulas in which {name} has the shapes {' and '.join(map(str, shapes))}",
        "formulas of different shapes are not compared",
        "compare formulas of the same tensor of one layer",
    )
