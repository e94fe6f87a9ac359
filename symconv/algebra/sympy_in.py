"""From SymPy to forms: Sum, Indexed, KroneckerDelta, Piecewise, floor, and polynomials of symbols.

The only way in. Everything is read by type, an unknown node is an error, and no text is evaluated. A
Sum whose upper limit is below its lower one is read as empty (SymPy's own convention for such limits,
a negated sum, is never meant by a formula over positions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symconv.algebra.assumptions import Assumptions, Defined, Floor, Maximum
from symconv.algebra.forms import Delta, Form, Range, Tensor, Term, fresh
from symconv.algebra.inside_sums import above, made_of, maxima, without_defined
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_out import Writer
from symconv.errors import FormulaError, NotationError, SizeLimitError, shown

MAXIMUM_PRODUCT = 10_000
"""A product of sums may expand to at most 10,000 terms."""
FEWER_SUMS = f"the limit is {MAXIMUM_PRODUCT:,}; write it with fewer sums"

NO_SCALARS = (sp.Indexed, sp.Sum, sp.KroneckerDelta, sp.Piecewise)
"""What a coefficient does not have."""
IN_THE_LANGUAGE = (
    "a formula is made of integers, symbols, +, *, Sum, Indexed, KroneckerDelta, Piecewise, floor, ceiling, Max, Min, "
    "with indices that are affine in the summed names"
)


@dataclass(frozen=True)
class Letter:
    """A name for a whole number that is at least 0 or 1; SymPy's symbol of it is made when somebody asks for it."""

    name: str
    least: int

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol(self.name, integer=True, **{"positive" if self.least else "nonnegative": True})

    def __mul__(self, other: Letter) -> sp.Expr:
        return self.symbol * other.symbol

    def __neg__(self) -> sp.Expr:
        return -self.symbol


@dataclass
class Reader:
    """Reads SymPy expressions that belong together, so that one name means one thing in all of them.

    After reading, ``assumptions`` holds what the expressions say of their names: symbols that SymPy
    knows to be positive or not negative, names defined by a floor or a maximum, and a lower bound of 1 for every
    symbol that is a size of a tensor or multiplies a summed name in an index (s k, -s k or 2 s k). ``ranges`` has
    what is not negative by the range of an ``Idx`` that no sum binds.

    ``known`` holds tensors by name: it gives axes their letters, and tells which plain symbols are tensors
    without indices. ``opaque`` are names of any spelling that a formula of ours has as symbols, and
    that are known elsewhere. ``meanings`` has floors and maxima that other formulas have a name for.
    """

    known: dict[str, Tensor] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()
    meanings: Mapping[Defined, Polynomial] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    """Names that have been read and whose symbols nobody has asked for."""
    _symbols: dict[str, sp.Symbol] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    lower: dict[str, int] = field(default_factory=dict)
    defined: dict[str, Defined] = field(default_factory=dict)
    ranges: dict[Polynomial, None] = field(default_factory=dict)
    _names: dict[sp.Symbol, str] = field(default_factory=dict)
    """Names of the symbols that have been read."""
    _scalars: dict[sp.Basic, Polynomial] = field(default_factory=dict)
    """What has been read as a polynomial."""
    _inside: frozenset[str] = frozenset()
    """Floors and maxima of summed names, which are fixed for no formula."""
    _kept: frozenset[str] = frozenset()
    """Free names of the formulas that have been read."""
    _indexed: dict[tuple[sp.IndexedBase, int], Tensor] = field(default_factory=dict)
    """Tensors that have been read, by their base and the number of their indices."""

    @property
    def symbols(self) -> dict[str, sp.Symbol]:
        """The symbol of every name that has been read."""
        self._symbols.update({name: letter.symbol for name, letter in self.letters.items()})
        self.letters.clear()
        return self._symbols

    @property
    def names(self) -> set[str]:
        """The names that have been read."""
        return {*self._symbols, *self.letters}

    def letter(self, letter: Letter) -> Polynomial:
        """The name of a letter; as ``polynomial`` of its symbol."""
        if letter.name in self._symbols or not letter.name.isidentifier():
            return self.polynomial(letter.symbol)
        self.letters[letter.name] = letter
        self.lower.setdefault(letter.name, min(letter.least, 1))
        return Polynomial.name(letter.name)

    def recognise(self, writer: Writer) -> None:
        """Remember what a written expression was made from, so that it need not be read again."""
        self._scalars.update({written: polynomial for polynomial, written in writer.polynomials.items()})
        self._indexed.update({(base, tensor.rank): tensor for tensor, base in writer.bases.items()})

    @property
    def assumptions(self) -> Assumptions:
        kept = self._kept.union(*(made_of(name, self.defined) for name in self._kept)) if self._inside else frozenset()
        defined = {name: one for name, one in self.defined.items() if name not in self._inside or name in kept}
        return Assumptions(tuple(sorted(self.lower.items())), (), tuple(defined.items()))

    # -- integers ------------------------------------------------------------------------------------

    def polynomial(self, expr: sp.Basic, given: object = None) -> Polynomial:
        """An integer-valued polynomial: a size, a hyper-parameter or an index."""
        result = self._scalar(expr, expr if given is None else given)
        if any(coefficient != int(coefficient) for _, coefficient in result.terms):
            raise FormulaError(
                str(expr if given is None else given), "not a whole number for all sizes", "use floor(...)"
            )
        return result

    def _scalar(self, expr: sp.Basic, given: object) -> Polynomial:
        known = self._scalars.get(expr)
        if known is None:
            known = self._scalars[expr] = self._read_scalar(expr, given)
        return known

    def _read_scalar(self, expr: sp.Basic, given: object) -> Polynomial:
        if isinstance(expr, sp.Integer):
            return Polynomial.constant(int(expr))
        if isinstance(expr, sp.Rational):
            return Polynomial.constant(Fraction(int(expr.p), int(expr.q)))
        if isinstance(expr, sp.Symbol):
            return Polynomial.name(self.symbol(expr))
        if isinstance(expr, sp.Idx):
            return self._scalar(expr.label, given)
        if isinstance(expr, sp.Add):
            return sum((self._scalar(arg, given) for arg in expr.args), Polynomial())
        if isinstance(expr, sp.Mul):
            return self._scalars_product((self._scalar(arg, given) for arg in expr.args), given)
        if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Integer) and int(expr.exp) >= 0:
            return self._power(self._scalar(expr.base, given), int(expr.exp), given)
        if isinstance(expr, sp.floor):
            return self._floor(expr.args[0], given)
        if isinstance(expr, sp.ceiling):
            return -self._floor(-expr.args[0], given)
        if isinstance(expr, sp.Max):
            return self.maximum(self._scalar(arg, given) for arg in expr.args)
        if isinstance(expr, sp.Min):
            return -self.maximum(-self._scalar(arg, given) for arg in expr.args)
        raise FormulaError(str(given), f"{expr} is not a polynomial of whole numbers and symbols", IN_THE_LANGUAGE)

    def _power(self, base: Polynomial, exponent: int, given: object) -> Polynomial:
        if exponent > 20:
            raise FormulaError(str(given), f"the power {exponent} is too high to expand", "powers up to 20 are read")
        return self._scalars_product((base for _ in range(exponent)), given)

    @staticmethod
    def _scalars_product(factors: Iterable[Polynomial], given: object) -> Polynomial:
        product = ONE
        for factor in factors:
            if (count := len(product.terms) * len(factor.terms)) > MAXIMUM_PRODUCT:
                raise SizeLimitError(str(given), f"it has a product of sums with {count:,} terms", FEWER_SUMS)
            product = product * factor
        return product

    def _floor(self, argument: sp.Expr, given: object) -> Polynomial:
        numerator, denominator = (self._scalar(part, given) for part in sp.fraction(sp.together(argument)))
        self._require_divisor(denominator, given)
        for power in argument.atoms(sp.Pow):  # every divisor, also one that SymPy cancels
            if power.exp.is_negative:
                self._require_divisor(self._scalar(power.base, given), given)
        return self.floor(numerator, denominator)

    def _require_divisor(self, denominator: Polynomial, given: object) -> None:
        """A product of names that a floor divides by stands for numbers >= 1; of a sum that must be known."""
        if denominator.value is None and (len(denominator.terms) != 1 or denominator.terms[0][1] < 0):
            if Assumptions(tuple(self.lower.items())).is_positive(denominator):
                return
            raise FormulaError(
                str(given),
                f"the denominator {denominator!r} may be 0 or negative",
                "divide by a positive number or symbol",
            )
        for name in denominator.names - self.defined.keys():
            self.lower[name] = max(1, self.lower.get(name, 1))

    def _at_least_one(self, names: Iterable[str]) -> None:
        """Assume it of names that stand for nothing else."""
        for name in names:
            if name not in self.defined:
                self.lower.setdefault(name, 1)

    def floor(self, numerator: Polynomial, denominator: Polynomial) -> Polynomial:
        """floor(numerator / denominator), for a denominator that is at least 1; a name if it is not a polynomial."""
        whole, rest = Floor(numerator, denominator).reduced()
        if not rest.numerator:
            return whole
        if (value := rest.numerator.value) is not None and denominator.value is not None:
            return whole + value // denominator.value
        if rest in self.meanings:
            return whole + self.meanings[rest]
        named = ((one, Polynomial.name(name)) for name, one in self.defined.items())
        for one, meaning in (*self.meanings.items(), *named):
            if isinstance(one, Floor) and not one.exact:
                known = rest.by(one, meaning - one.offset)
                if known is not None:
                    return whole + known
        name = f"floor(({rest.numerator!r})/({denominator!r}))"
        self.defined[name] = rest
        return whole + Polynomial.name(name)

    def maximum(self, polynomials: Iterable[Polynomial]) -> Polynomial:
        """The greatest of the polynomials; a name where that depends on the names in them."""
        kept = Assumptions().greatest(polynomials)  # a name may yet be summed over: nothing is known of it
        if len(kept) == 1:
            return kept[0]
        if (greatest := Maximum(kept)) in self.meanings:
            return self.meanings[greatest]
        name = f"Max({', '.join(map(repr, kept))})"
        self.defined[name] = greatest
        return Polynomial.name(name)

    def symbol(self, symbol: sp.Symbol) -> str:
        """The name of a symbol; two different symbols of one name are told apart or refused."""
        if symbol not in self._names:
            self._names[symbol] = self._new_name(symbol)
        return self._names[symbol]

    def _new_name(self, symbol: sp.Symbol) -> str:
        name = f"{symbol.name}_{symbol.dummy_index}" if isinstance(symbol, sp.Dummy) else str(symbol.name)
        known = self.symbols.setdefault(name, symbol)
        if name in self.opaque:
            return name
        if known != symbol:
            raise FormulaError(
                f"two symbols called {name}",
                "they have different assumptions, so SymPy takes them for different ones",
                "use one Symbol object throughout",
            )
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}'*", name):
            raise NotationError(f"the symbol {shown(name)}", "not a plain identifier", "use letters, digits and _")
        facts = symbol.assumptions0  # what is declared and what follows; to ask for one that is not, SymPy searches
        unusual = (
            facts.get("nonpositive")
            or facts.get("prime")
            or facts.get("composite")
            or facts.get("even") is not None
            or (facts.get("zero") is False and not facts.get("positive"))
        )
        if unusual:
            raise FormulaError(
                f"the symbol {name}",
                "it has an assumption that symconv does not use, such as negative, nonzero, even or odd",
                "use integer=True, with positive=True or nonnegative=True if it holds",
            )
        if facts.get("integer") is False:
            raise FormulaError(f"the symbol {name}", "it is declared not to be an integer", "use integer=True")
        if "'" in name and (facts.get("positive") or facts.get("nonnegative")):
            raise NotationError(
                f"the symbol {shown(name)}", "names with a prime are kept for summed indices", "use another name"
            )
        if facts.get("positive"):
            self.lower.setdefault(name, 1)
        elif facts.get("nonnegative"):
            self.lower.setdefault(name, 0)
        return name

    # -- formulas ------------------------------------------------------------------------------------

    def form(self, expr: Any, indices: Iterable[str] = ()) -> Form:
        """The form of a formula; ``indices`` are free names that get many values, so no floor of them is fixed.

        Raises:
            FormulaError: something in it is outside the language; the message names the part.
        """
        expr = sp.sympify(expr, strict=True) if isinstance(expr, (int, Fraction)) else expr
        if not isinstance(expr, sp.Basic):
            raise FormulaError(f"{shown(expr)}", "not a SymPy expression", IN_THE_LANGUAGE)
        form = self._without_defined(self._form(expr), frozenset(indices))
        form = self._without_defined(form, maxima(self.defined))  # of which there are cases, each with its own floor
        self._check_affine(form)
        self.read_ranges(expr)
        sizes = (size.names for tensor in form.tensors for size in tensor.shape or ())
        self._kept |= form.free.union(*sizes)
        return form

    def _without_defined(self, form: Form, inside: frozenset[str]) -> Form:
        """The form with no floor or maximum of the names that get values of their own."""
        if not self.defined or not inside:
            return form
        self._inside |= {name for name in self.defined if not made_of(name, self.defined).isdisjoint(inside)}
        return without_defined(form, self.defined, inside)

    def _require_own_floors(self, name: str, symbol: sp.Symbol, expr: sp.Sum) -> None:
        """A summed name in a floor must not be a layer's, of which such a floor is another number."""
        if any(name in one.names for one in self.meanings):
            for floor in expr.atoms(sp.floor, sp.ceiling, sp.Max, sp.Min):
                if symbol in floor.free_symbols:
                    raise FormulaError(
                        str(expr), f"the summed name {name} is inside {floor}, and a size", "sum over another name"
                    )

    def read_ranges(self, expr: sp.Basic) -> None:
        """Note what the ranges of the indices in an expression say that no sum binds."""
        if expr.has(sp.Idx):
            for index in self._free_indices(expr):
                self.ranges.update(dict.fromkeys(self._within(index)))

    def _free_indices(self, expr: sp.Basic) -> set[sp.Idx]:
        """Every Idx that no sum binds; a sum must stay within the range of one that it binds."""
        if isinstance(expr, sp.Idx):
            return {expr}
        if not isinstance(expr, sp.Sum):
            return set().union(*map(self._free_indices, expr.args))
        free = self._free_indices(expr.function)
        for symbol, *limits in expr.limits:
            index = self._scalar(symbol, expr)
            bounds = [index - self.polynomial(low, expr) for low in limits[:1] if low != -sp.oo]
            bounds += [self.polynomial(high, expr) - index for high in limits[1:] if high != sp.oo]
            for one in [one for one in free if self._scalar(one, expr).names & index.names]:
                if not all(self.assumptions.implies(fact, bounds) for fact in self._within(one)):
                    raise FormulaError(
                        str(expr), f"the sum may leave the range of the Idx {one}, {one.lower} to {one.upper}",
                        "sum within the range, or use an Idx without one",
                    )  # fmt: skip
                free.remove(one)
            free = free.union(*map(self._free_indices, limits))
        return free

    def _within(self, index: sp.Idx) -> list[Polynomial]:
        """What is not negative by the range of an Idx."""
        value = self._scalar(index, index)
        facts = [] if index.lower in (None, -sp.oo) else [value - self.polynomial(index.lower, index)]
        return facts if index.upper in (None, sp.oo) else [*facts, self.polynomial(index.upper, index) - value]

    def _form(self, expr: sp.Basic) -> Form:
        if isinstance(expr, sp.Add):
            if not expr.has(*NO_SCALARS) and not any(self._is_tensor(symbol) for symbol in expr.free_symbols):
                return Form.constant(self._scalar(expr, expr))  # one coefficient, not one term each
            return sum((self._form(arg) for arg in expr.args), Form())
        if isinstance(expr, sp.Mul):
            return self._product(self._form(arg) for arg in expr.args)
        if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Integer) and 0 <= int(expr.exp) <= 20:
            return self._product(self._form(expr.base) for _ in range(int(expr.exp)))
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        if isinstance(expr, sp.Indexed):
            tensor = self._tensor(expr)
            return Form.access(tensor, (self.polynomial(index, expr) for index in expr.indices))
        if isinstance(expr, sp.KroneckerDelta):
            if len(expr.args) > 2:
                raise FormulaError(str(expr), "a KroneckerDelta with a range is not read", "use KroneckerDelta(i, j)")
            left, right = (self.polynomial(arg, expr) for arg in expr.args)
            return Form((Term(ONE, (Delta.equal(left, right),)),))
        if isinstance(expr, sp.Piecewise):
            return self._piecewise(expr)
        if self._is_tensor(expr):
            return Form.access(self.known[expr.name], ())
        return Form.constant(self._scalar(expr, expr))

    def _is_tensor(self, expr: sp.Basic) -> bool:
        """Whether a symbol is a tensor without indices."""
        return isinstance(expr, sp.Symbol) and expr.name in self.known and self.known[expr.name].rank == 0

    @staticmethod
    def _product(factors: Iterable[Form]) -> Form:
        product = Form.constant(ONE)
        for factor in factors:
            count = len(product.terms) * len(factor.terms)
            if count > MAXIMUM_PRODUCT:
                raise SizeLimitError("a formula", f"it has a product of sums with {count:,} terms", FEWER_SUMS)
            product = product * factor
        return product

    def _sum(self, expr: sp.Sum) -> Form:
        form = self._form(expr.function)
        sizes = frozenset().union(*(size.names for tensor in form.tensors for size in tensor.shape or ()))
        for symbol, *limits in expr.limits:
            name = self.symbol(symbol.label if isinstance(symbol, sp.Idx) else symbol)
            low = self.polynomial(limits[0], expr) if limits and limits[0] != -sp.oo else None
            high = self.polynomial(limits[-1], expr) if limits and limits[-1] != sp.oo else None
            outer = frozenset().union(*(limit.names for limit in (low, high) if limit is not None))
            outer = outer.union(*(made_of(one, self.defined) for one in outer))
            if name in sizes:
                self._require_bindable(name, form, expr)
            self._require_own_floors(name, symbol, expr)
            form = self._without_defined(form, frozenset((name,)))
            if name in outer:  # a name in its own limits is that of an outer sum
                inner = fresh(name, outer | form.free)
                form, name = form.substitute({name: Polynomial.name(inner)}), inner
            index = Polynomial.name(name)
            if low is not None and high is not None and not low and high.names.isdisjoint(self.defined):
                form = form.within((index,), (high + 1,)).summed((name,))
                continue
            ranges = [Range(index - low)] if low is not None else []
            ranges += [Range(high - index)] if high is not None else []
            apart = Form(tuple(term.renamed_apart((name,)) for term in form))
            form = apart.times(one for limit in ranges for one in above(limit, self.defined)).summed((name,))
        return form

    @staticmethod
    def _require_bindable(name: str, form: Form, expr: sp.Sum) -> None:
        """A summed name must not be in a tensor's shape, which is fixed for the whole formula."""
        for tensor in form.tensors:
            if any(name in size.names for size in tensor.shape or ()):
                raise FormulaError(
                    str(expr), f"the summed name {name} is in the shape of {tensor.name}", "use another name"
                )

    def _tensor(self, expr: sp.Indexed) -> Tensor:
        key = (expr.base, len(expr.indices))
        if key not in self._indexed:
            self._indexed[key] = self._read_tensor(expr)
        return self._indexed[key]

    def _read_tensor(self, expr: sp.Indexed) -> Tensor:
        if expr.base.offset not in (None, 0) or expr.base.strides is not None:
            raise FormulaError(str(expr), "its IndexedBase has an offset or strides", "use a plain IndexedBase")
        name = str(expr.base.name)
        shape = tuple(self.polynomial(size, name) for size in expr.base.shape) if expr.base.shape else None
        display = self.known.get(name) or Tensor(name, 0)
        tensor = replace(display, rank=len(expr.indices), shape=shape)
        if name in self.known and shape is None and self.known[name].rank == tensor.rank:
            tensor = self.known[name]
        known = self.known.get(name) or self.tensors.setdefault(name, tensor)
        if known != tensor or (shape is not None and len(shape) != tensor.rank):
            raise FormulaError(
                str(expr),
                f"{name} has {tensor.rank} indices and shape {expr.base.shape} here, but "
                f"{known.rank} indices or another shape elsewhere",
                "use one IndexedBase of one shape throughout",
            )
        for size in shape or ():
            if (size_name := size.single_name) is not None:
                self._at_least_one([size_name])
        return tensor

    def _piecewise(self, expr: sp.Piecewise) -> Form:
        total, remaining = Form(), Form.constant(ONE)
        for value, condition in expr.args:
            holds = self.indicator(condition)
            total = total + self._product((self._form(value), remaining, holds))
            remaining = self._product((remaining, self.indicator(condition, False)))
        return total

    def indicator(self, condition: sp.Basic, holds: bool = True) -> Form:
        """The form that is one where the condition holds, or where it does not, and else zero."""
        if condition in (sp.true, sp.false):
            return Form.constant(ONE) if (condition == sp.true) == holds else Form()
        if isinstance(condition, sp.Not):
            return self.indicator(condition.args[0], not holds)
        if isinstance(condition, (sp.And, sp.Or)):
            if isinstance(condition, sp.And) == holds:
                return self._product(self.indicator(arg, holds) for arg in condition.args)
            return self._first_of(condition.args, holds)
        if isinstance(condition, Relational):
            difference = _whole(self._scalar(condition.lhs, condition) - self._scalar(condition.rhs, condition))
            if isinstance(condition, (sp.Eq, sp.Ne)):
                equal = Form((Term(ONE, (Delta.equal(difference, Polynomial()),)),))
                return equal if isinstance(condition, sp.Eq) == holds else Form.constant(ONE) - equal
            bound = {sp.Ge: difference, sp.Gt: difference - 1, sp.Le: -difference, sp.Lt: -difference - 1}
            bounded = bound[type(condition)]
            ranges = above(Range(bounded if holds else -bounded - 1), self.defined)
            return Form((Term.make(ONE, ranges),))
        raise FormulaError(str(condition), "not a comparison of integers", IN_THE_LANGUAGE)

    def _first_of(self, conditions: Iterable[sp.Basic], hold: bool) -> Form:
        """One where any of the conditions holds, or does not: one case for each, in which it is the first."""
        total, before = Form(), Form.constant(ONE)
        for condition in conditions:
            total = total + self._product((before, self.indicator(condition, hold)))
            before = self._product((before, self.indicator(condition, not hold)))
        return total

    def _check_affine(self, form: Form) -> None:
        for term in form:
            bound = frozenset(term.bound)
            for factor in term.factors:
                for index in factor.polynomials:
                    if index.degree(bound) > 1:
                        raise FormulaError(f"the index {index!r}", "it multiplies two summed names", IN_THE_LANGUAGE)
                    for name in index.names & bound:
                        multiplier = index.coefficient(name)
                        if len(multiplier.terms) == 1:
                            self._at_least_one(multiplier.names)


def _whole(difference: Polynomial) -> Polynomial:
    """A positive multiple with whole coefficients: SymPy writes 2 n <= q as n <= q / 2."""
    denominators = (Fraction(coefficient).denominator for _, coefficient in difference.terms)
    return Polynomial([(m, int(c * scale)) for scale in [lcm(*denominators)] for m, c in difference.terms])
