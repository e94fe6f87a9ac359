"""An independent checker of theorems: standard library only, and nothing else of symconv.

    python -m symconv.verify theorem.json

A theorem file (docs/theorem-format.md) has two or more formulas, what is assumed of their names, and for each
formula the steps that bring it to one final form. A formula is a sum of terms; a term is a coefficient times
factors (an entry of a tensor, which is zero outside its shape; a bracket [e = 0]; a range [e >= 0]), summed over all
integers for each of its bound names. This module applies the rule of every step itself and compares.

What "verified" means: take any integers for the free names that satisfy all the assumptions, and any tensors of the
given shapes. Then every sum in the theorem is finite, and all formulas have the same value. Each rule below carries
the reason why it keeps the value of a term; all of them keep the **support** as well, the bound names' values at
which no factor is zero, up to the bijection that they name, so finite sums stay finite.

A polynomial is a dictionary from sorted tuples of names (a product) to coefficients, and its frozen form the sorted
tuple of the items. All work is counted and limited, so no file takes for ever.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as combinations_of
from math import gcd
from os import PathLike
from typing import Any, NoReturn, TypeAlias

Number: TypeAlias = "int | Fraction"
Product: TypeAlias = tuple[str, ...]
Poly: TypeAlias = dict[Product, Number]
Frozen: TypeAlias = tuple[tuple[Product, Number], ...]
Factor: TypeAlias = tuple[str, str, tuple[Frozen, ...]]
Term: TypeAlias = tuple[Frozen, tuple[Factor, ...], tuple[str, ...]]
Collected: TypeAlias = dict[tuple[tuple[Factor, ...], tuple[str, ...]], Poly]
Inequalities: TypeAlias = dict[Frozen, Number]
Pairs: TypeAlias = "Sequence[tuple[Poly, Poly]]"
Step: TypeAlias = Mapping[str, Any]
Unsorted: TypeAlias = tuple[list[Factor], list[str]]
"""The factors and bound names of a term, in the order of a layer's definition; its coefficient is 1."""

DEFINITION = "definition of the layer"
VERSION, BY_SEARCH = 3, 2
"""A file of version 3 has multipliers, and the layer that it is about. For one of version 2, this searches."""
MOST_BYTES, MOST_LISTS, MOST_DEPTH, MOST_DIGITS, MOST_LETTERS = 20_000_000, 4_000_000, 20, 60, 200
MOST_PRODUCTS, MOST_NAMES_IN_A_PRODUCT, MOST_INEQUALITIES, MOST_RESIDUES = 2_000, 40, 400, 1_000
FRACTION = rf"-?[0-9]{{1,{MOST_DIGITS}}}/0*[1-9][0-9]{{0,{MOST_DIGITS}}}"
WORK, WORK_PER_VALUE = 300_000, 20
"""Elementary steps allowed to check a file: a fixed number, and a number for every number and text in it."""


class Rejected(Exception):  # noqa: N818
    """The file does not prove what it says; ``step`` counts from 1 within ``formula``, 0 if it is about no step."""

    def __init__(self, why: str, formula: str = "", step: int = 0) -> None:
        self.why, self.formula, self.step = why, formula, step
        where = f"formula {shown(formula)}" + (f", step {step}" if step else "") + ": " if formula else ""
        super().__init__(where + why)


def shown(value: object, most: int = 60) -> str:
    """A value for a message: ASCII, escaped, cut."""
    text = ascii(value)
    return text if len(text) <= most else text[: most - 3] + "..."


# -- work --------------------------------------------------------------------------------------------------

_left: ContextVar[list[int]] = ContextVar("work left")


def spend(steps: int) -> None:
    left = _left.get()
    left[0] -= steps
    if left[0] < 0:
        raise Rejected("checking it takes more work than is allowed for a file of its length")


@contextmanager
def work_for(data: Any) -> Iterator[None]:
    """Allow the work for some data, after a look at what it is made of."""
    token = _left.set([WORK + WORK_PER_VALUE * values_in(data)])
    try:
        yield
    finally:
        _left.reset(token)


def values_in(data: Any, depth: int = 0, most: int = MOST_BYTES) -> int:
    """How many values there are; only dictionaries, lists, texts, whole numbers and None are."""
    kind, count = type(data), 1
    if kind not in (list, dict):
        if data is None or kind in (int, str, bool):
            return 1
        raise Rejected(f"a theorem has no {kind.__name__}")
    if kind is dict and not all(type(key) is str for key in data):
        raise Rejected(f"a key is not text in {shown(data)}")
    if data and depth == MOST_DEPTH:
        raise Rejected(f"it is nested more than {MOST_DEPTH} deep")
    for value in data.values() if kind is dict else data:
        count += 2 if type(value) in (int, str) else 1 + values_in(value, depth + 1, most - count)
        if count > most:
            raise Rejected(f"it has more than {MOST_BYTES:,} values")
    return count


# -- reading -----------------------------------------------------------------------------------------------


def whole(data: Any) -> int:
    """A whole number; True is not one."""
    if type(data) is not int or abs(data) >= 10**MOST_DIGITS:
        raise Rejected(f"{shown(data)} is not a whole number of at most {MOST_DIGITS} digits")
    return data


def text(data: Any) -> str:
    """A name: no control characters, and none that change the direction of writing."""
    if type(data) is not str or not 0 < len(data) <= MOST_LETTERS or not data.isprintable():
        raise Rejected(f"{shown(data)} is not a name of 1 to {MOST_LETTERS} printable characters")
    return data


def rows(data: Any, length: int | None = None) -> list[Any]:
    if type(data) is not list or length not in (None, len(data)):
        raise Rejected(f"{shown(data)} is not a list" + ("" if length is None else f" of {length}"))
    return data


def fields(data: Any, needed: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    """A dictionary with these keys and no others."""
    if type(data) is not dict:
        raise Rejected(f"{shown(data)} is not an object with the keys {', '.join(needed)}")
    for key in needed:
        if key not in data:
            raise Rejected(f"the key {key!r} is missing in {shown(data)}")
    for key in data:
        if key not in needed and key not in optional:
            raise Rejected(f"the key {shown(key)} is unknown here")
    return data


def named(data: Any) -> list[tuple[str, Any]]:
    """The items of a dictionary from names."""
    if type(data) is not dict:
        raise Rejected(f"{shown(data)} is not an object with names as keys")
    return [(text(key), value) for key, value in data.items()]


def distinct(data: Any) -> tuple[str, ...]:
    found = [text(n) for n in rows(data)]
    if len(set(found)) < len(found):
        raise Rejected(f"a name is twice in {shown(data)}")
    return tuple(sorted(found))


# -- polynomials -------------------------------------------------------------------------------------------


def poly(data: Any, fractions: bool = False) -> Poly:
    """A polynomial with whole coefficients, or with fractions too, which only the coefficient of a term may have.

    So indices, brackets and ranges are whole numbers if all names are.
    """
    result: Poly = {}
    for row in rows(data):
        coefficient, names = rows(row, 2)
        key = product([text(n) for n in rows(names)])
        if fractions and type(coefficient) is str and re.fullmatch(FRACTION, coefficient):
            coefficient = Fraction(coefficient)
        else:
            coefficient = whole(coefficient)
        result[key] = result.get(key, 0) + coefficient
    return small(result)


def product(names: Iterable[str]) -> Product:
    key = tuple(sorted(names))
    if len(key) > MOST_NAMES_IN_A_PRODUCT:
        raise Rejected(f"a product has more than {MOST_NAMES_IN_A_PRODUCT} names")
    return key


def small(p: Poly) -> Poly:
    """The polynomial without zeros, if it is not too large."""
    p = p if all(p.values()) else {key: value for key, value in p.items() if value}
    if len(p) > MOST_PRODUCTS:
        raise Rejected(f"a polynomial has more than {MOST_PRODUCTS:,} products")
    return p


def frozen(p: Poly) -> Frozen:
    return tuple(sorted(p.items()) if len(p) > 1 else p.items())


def add(one: Poly, other: Poly, times: Number = 1) -> Poly:
    result = dict(one)
    for key, value in other.items():
        result[key] = result.get(key, 0) + times * value
    return small(result)


def negative(p: Poly) -> Poly:
    return {key: -value for key, value in p.items()}


def mul(one: Poly, other: Poly) -> Poly:
    result: Poly = {}
    spend(len(one) * len(other))
    for a, x in one.items():
        for b, y in other.items():
            key = product(a + b)
            result[key] = result.get(key, 0) + x * y
    return small(result)


def name(n: str) -> Poly:
    return {(n,): 1}


def const(value: int) -> Poly:
    return {(): value} if value else {}


def common_divisor(p: Poly) -> int:
    """Of the coefficients of names in an index, a bracket or a range, which are whole numbers (see ``poly``)."""
    return gcd(*(value for key, value in p.items() if key))  # type: ignore[arg-type]


def names_of(p: Poly) -> set[str]:
    return {n for key in p for n in key}


def substitute(p: Poly, values: Mapping[str, Poly]) -> Poly:
    """The polynomial with polynomials for some names, all at once."""
    spend(1 + len(p))
    if len(p) == 1 and isinstance(alone := single(p), str):
        return small(values.get(alone, p))
    result: Poly = {}
    for key, value in p.items():
        expanded = {tuple(n for n in key if n not in values): value}
        for n in key:
            expanded = mul(expanded, values[n]) if n in values else expanded
        for moved, times in expanded.items():
            result[moved] = result.get(moved, 0) + times
    return small(result)


def unit(p: Poly, n: str) -> Number:
    """The coefficient of a name if that is exactly 1 or -1 and the name is nowhere else, else 0."""
    found = [(key, value) for key, value in p.items() if n in key]
    return found[0][1] if len(found) == 1 and found[0][0] == (n,) and abs(found[0][1]) == 1 else 0


def solved(p: Poly, n: str) -> Poly:
    """What n must be for p = 0, where its coefficient is 1 or -1; a whole number if all other names are."""
    return {key: -value * unit(p, n) for key, value in p.items() if n not in key}


# -- terms -------------------------------------------------------------------------------------------------
#
# A factor is (kind, tensor or "", frozen polynomials); a term is (frozen coefficient, factors, bound names).


def read_factor(data: Any, assumed: "Assumed") -> Factor:
    kind = rows(data)[0] if data else None
    if kind == "access":
        _, tensor, indices = rows(data, 3)
        factor = (kind, text(tensor), tuple(frozen(poly(index)) for index in rows(indices)))
        assumed.require_access(factor)
        return factor
    if kind in ("delta", "range"):
        return (kind, "", (frozen(sign(poly(rows(data, 2)[1]), kind)),))
    raise Rejected(f"there is no factor {shown(kind)}")


def sign(p: Poly, kind: str) -> Poly:
    """A bracket [e = 0] is [-e = 0]: the first coefficient is made positive."""
    return negative(p) if kind == "delta" and p and p[max(p)] < 0 else p


def read_term(data: Any, assumed: "Assumed") -> Term:
    fields(data, ("coefficient", "factors", "bound"))
    factors = [read_factor(factor, assumed) for factor in rows(data["factors"])]
    term = make(poly(data["coefficient"], fractions=True), factors, distinct(data["bound"]))
    if shared := assumed.names.intersection(term[2]):
        raise Rejected(f"a bound name has assumptions: {shown(min(shared))}")
    if term in assumed.finite:
        return term
    if not finite(term, assumed):
        raise Rejected(f"the sum over {shown(', '.join(term[2]))} may be infinite: {shown(term_text(term), 200)}")
    assumed.finite.add(term)
    return term


def read_terms(data: Any, assumed: "Assumed") -> list[Term]:
    return [read_term(term, assumed) for term in rows(data)]


def make(coefficient: Poly, factors: Sequence[Factor], bound: Iterable[str]) -> Term:
    """A term, its factors in a fixed order, equal brackets and ranges once: [e = 0] [e = 0] = [e = 0]."""
    spend(1 + 4 * len(factors))  # they are sorted
    accesses = [factor for factor in factors if factor[0] == "access"]
    others = {factor for factor in factors if factor[0] != "access"}
    return (frozen(coefficient), (*sorted(accesses), *sorted(others)), tuple(sorted(bound)))


def replaced(term: Term, values: Mapping[str, Poly], bound: Iterable[str]) -> Term:
    """The term with polynomials for names."""
    coefficient, factors, _ = term
    moved = []
    for kind, tensor, indices in factors:
        new = (sign(substitute(dict(index), values), kind) for index in indices)
        moved.append((kind, tensor, tuple(map(frozen, new))))
    return make(substitute(dict(coefficient), values), moved, bound)


def without(term: Term, factor: Factor, *more: Factor) -> Term:
    """The term with one occurrence of a factor replaced by others."""
    coefficient, factors, bound = term
    at = factors.index(factor)
    return make(dict(coefficient), [*factors[:at], *more, *factors[at + 1 :]], bound)


def bracket(p: Poly) -> Factor:
    return ("delta", "", (frozen(sign(p, "delta")),))


def condition(p: Poly) -> Factor:
    return ("range", "", (frozen(p),))


def below(p: Poly) -> Poly:
    """What is not negative where p is negative."""
    return add(negative(p), const(1), -1)


def within(index: Poly, size: Poly) -> tuple[Poly, Poly]:
    """What is not negative where 0 <= index <= size - 1."""
    return index, add(add(size, const(-1)), index, -1)


def the(factor: Factor) -> Poly:
    """The polynomial of a bracket or range."""
    return dict(factor[2][0])


def deltas(term: Term) -> list[Factor]:
    return [factor for factor in term[1] if factor[0] == "delta"]


def ranges(term: Term) -> list[Factor]:
    return [factor for factor in term[1] if factor[0] == "range"]


def term_names(term: Term) -> set[str]:
    coefficient, factors, bound = term
    inside = (names_of(dict(index)) for _, _, indices in factors for index in indices)
    return names_of(dict(coefficient)).union(bound, *inside)


# -- what is assumed ---------------------------------------------------------------------------------------


class Assumed:
    """Lower bounds, facts (each >= 0), and names that stand for floors, exact quotients and maxima.

    All of them are conditions on integers: of n = floor(a / b) + c, that 0 <= a - b (n - c) <= b - 1. With a >= 0 and
    b >= 1 that says n >= c: else b (n - c) <= -b, and a - b (n - c) >= b.
    """

    def __init__(self, data: Any, version: int = BY_SEARCH) -> None:
        fields(data, ("lower", "facts", "defined", "shapes"), ("sums", "identities"))
        self.version = version
        self.lower = {n: whole(low) for n, low in named(data["lower"])}
        self.facts = [poly(fact) for fact in rows(data["facts"])]
        self.shapes = {t: None if s is None else [poly(size) for size in rows(s)] for t, s in named(data["shapes"])}
        self.ranks = {t: len(shape) for t, shape in self.shapes.items() if shape is not None}
        self.sums = {t: tuple(map(whole, rows(axes))) for t, axes in named(data.get("sums", {}))}
        if any(t not in self.ranks or not set(axes) <= set(range(self.ranks[t])) for t, axes in self.sums.items()):
            raise Rejected("a tensor whose entries add up to 1 has no shape, or not that axis")
        self.shifts = {n: add(name(n), const(low)) for n, low in self.lower.items() if low}
        self.shifted = [substitute(fact, self.shifts) for fact in self.facts]
        self.said = [f"{shown_name(n)} >= {low}" for n, low in self.lower.items()]
        self.said += [f"{poly_text(fact)} >= 0" for fact in self.facts]
        self.said += [
            f"the sum of {shown_name(t)} over axis {' and '.join(map(str, axes))} is 1" for t, axes in self.sums.items()
        ]
        self.rows = [add(name(n), const(-low)) for n, low in self.lower.items()] + self.facts
        self.maxima: list[tuple[str, list[Poly]]] = []
        self.floors: list[tuple[str, Poly, Poly, str, int]] = []
        self.signs: dict[Frozen, bool] = {}
        self.finite: set[Term] = set()
        self.define(rows(data["defined"]))
        sizes = [size for shape in self.shapes.values() for size in shape or ()]
        self.names = set(self.lower).union(self.defined, *map(names_of, [*self.facts, *sizes]))
        if self.contradicts([]):
            raise Rejected("the assumptions contradict each other")
        self.identities: dict[tuple[str, ...], tuple[bool, Poly]] = {}
        self.given: dict[tuple[str, ...], Mapping[str, Any]] = {}
        for identity in rows(data.get("identities", [])):
            self.identify(identity)

    def identify(self, data: Any) -> None:
        """Three fixed matrices C, A and B, and that sum_l C[i, l] A[l, k] B[l, q] is 1 or 0 as ``identities`` says.

        It is 1 for q = i + k, or i = q + k, up to multiples of a period, which is 0 if there are none. With numbers all
        of them are added up. With entries w^(+-a b) for w = exp(2 pi i / N) and one factor 1/N, the sum is 1/N times a
        geometric series of N terms, which is N if N divides the exponent beside l, and else 0.
        """
        names = tuple(map(text, rows(data.get("tensors") if type(data) is dict else None, 3)))
        known = {t for one in self.identities for t in one}.union(self.sums)
        if len({*names}) < 3 or any(self.ranks.get(t) != 2 or t in known for t in names):
            raise Rejected("the matrices of an identity are not matrices, or are those of another too")
        shapes = [self.shapes[t] or [] for t in names]
        self.given[names] = data
        if "matrices" in data:
            fields(data, ("tensors", "matrices", "flipped"))
            flipped = bool(whole(data["flipped"]))
            self.require_identity([read_matrix(m, s) for m, s in zip(rows(data["matrices"], 3), shapes)], flipped)
            self.identities[names] = flipped, {}
            self.said += [f"{shown_name(t)} = {json.dumps(m)}" for t, m in zip(names, data["matrices"])]
            return
        fields(data, ("tensors", "order", "signs", "inverse"))
        order = poly(data["order"])
        signs, inverse = ([whole(n) for n in rows(data[key], 3)] for key in ("signs", "inverse"))
        if not self.positive(order) or any(s[at] != order for s, at in zip(shapes, (1, 0, 0))):
            raise Rejected("the order of roots of unity may be 0 or negative, or is not the number of products")
        if {*signs} - {1, -1} or signs[2] != -signs[0]:
            raise Rejected("the exponents of the roots of unity do not add up to l (i + k - q) or l (i - k - q)")
        if sorted(inverse) != [0, 0, 1]:
            raise Rejected("the roots of unity are not divided by their number once")
        self.identities[names] = signs[1] != signs[0], order
        for t, s, over in zip(names, signs, inverse):
            words = f"exp({'-' if s < 0 else ''}2 pi sqrt(-1) a b / ({poly_text(order)}))"
            self.said.append(f"{shown_name(t)}[a, b] = {words}" + (f" / ({poly_text(order)})" if over else ""))

    def require_identity(self, matrices: "list[list[list[Number]]]", flipped: bool) -> None:
        C, A, B = matrices
        spend(len(C) * len(A[0]) * len(B[0]) * len(A))
        for i, k, q in ((i, k, q) for i in range(len(C)) for k in range(len(A[0])) for q in range(len(B[0]))):
            total = sum(c * a[k] * b[q] for c, a, b in zip(C[i], A, B))
            if total != (i == q + k if flipped else q == i + k):
                raise Rejected(f"the sum of C[{i}, l] A[l, {k}] B[l, {q}] over l is {total}")

    def define(self, entries: list[Any]) -> None:
        later = [text(fields(entry, ("name", "kind", "of", "offset"))["name"]) for entry in entries]
        self.defined = distinct(later)
        for entry in entries:
            n, kind, offset = later[0], entry["kind"], whole(entry["offset"])
            parts = [poly(p) for p in rows(entry["of"])]
            if any(names_of(p).intersection(later) for p in parts):
                raise Rejected(f"{shown(n)} is defined by itself, or by what is defined later")
            later.pop(0)
            if kind == "maximum" and parts and not offset:
                new = [add(name(n), p, -1) for p in parts]
                self.maxima.append((n, parts))
                self.said.append(f"{shown_name(n)} = max({', '.join(map(poly_text, parts))})")
            elif kind in ("floor", "quotient") and len(parts) == 2:
                self.floors.append((n, *parts, kind, offset))
                new = self.quotient(n, parts[0], parts[1], offset, kind == "quotient")
            else:
                raise Rejected(f"{shown(n)} is not a maximum, nor a floor or quotient of two polynomials")
            self.facts += new
            self.rows += new
            self.shifted += [substitute(fact, self.shifts) for fact in new]

    def quotient(self, n: str, above: Poly, by: Poly, offset: int, exact: bool) -> list[Poly]:
        if not self.positive(by):
            raise Rejected(f"the denominator of {shown(n)} may be 0 or negative")
        rest = add(above, mul(by, add(name(n), const(offset), -1)), -1)
        words = f"({poly_text(above)})/({poly_text(by)})"
        words = f"{words}, which is whole," if exact else f"floor({words})"
        self.said.append(f"{shown_name(n)} = {words}" + (f" + {offset}" if offset else ""))
        new = [rest, negative(rest) if exact else within(rest, by)[1]]
        return [*new, add(name(n), const(offset), -1)] if self.implies(above, []) else new

    def is_quotient(self, m: Poly, above: Poly, by: Poly, offset: int) -> bool:
        """Whether m is floor(above / by) + offset: a name that stands for it, or by what is left over, as a number."""
        if not self.positive(by):
            return False
        left, most = add(above, mul(by, add(m, const(offset), -1)), -1), by.get((), 0) if set(by) == {()} else 1
        if set(left) <= {()} and 0 <= left.get((), 0) < most:
            return True
        return any((m, above, by, "floor", offset) == (name(n), *rest) for n, *rest in self.floors)

    def is_greatest(self, m: Poly, of: list[Poly]) -> bool:
        """Whether m is the greatest of some polynomials: a name that stands for it, or all are numbers."""
        if all(set(p) <= {()} for p in (m, *of)):
            return m.get((), 0) == max(p.get((), 0) for p in of)
        return any(m == name(n) and parts == of for n, parts in self.maxima)

    def require_access(self, factor: Factor) -> None:
        """A tensor has a shape, or none for any function on Z^r, and always as many indices."""
        _, tensor, indices = factor
        if tensor not in self.shapes or self.ranks.setdefault(tensor, len(indices)) != len(indices):
            raise Rejected(f"the tensor {shown(tensor)} has no shape, or another number of indices")

    def require_example(self, example: Any) -> dict[str, Number]:
        """Numbers that satisfy all assumptions, so that the theorem says something."""
        values = {n: const(whole(value)) for n, value in named(example)}
        missing = self.names.union(*map(names_of, self.facts)) - values.keys()
        if missing:
            raise Rejected(f"the example has no number for {shown(min(missing))}")

        def at(p: Poly) -> Number:
            return substitute(p, values).get((), 0)

        low = all(at(name(n)) >= low for n, low in self.lower.items())
        greatest = all(at(name(n)) == max(map(at, parts)) for n, parts in self.maxima)
        if not (low and greatest and all(at(fact) >= 0 for fact in self.facts)):
            raise Rejected("the example does not satisfy the assumptions")
        return {n: value.get((), 0) for n, value in values.items()}

    def implies(self, p: Poly, facts: list[Poly], pairs: Pairs = ()) -> bool:
        """Whether p >= 0, for whole numbers, wherever all facts hold: p <= -1 contradicts them, or they each other.

        ``pairs`` are factors of products that may be used as facts (see ``products``).
        """
        facts = [*facts, *self.products(pairs, [below(p), *facts])]
        return self.no_solution([below(p)], facts) or (bool(facts) and self.contradicts(facts))

    def contradicts(self, facts: list[Poly], pairs: Pairs = ()) -> bool:
        """Whether the facts and the assumptions have no solution."""
        facts = [*facts, *self.products(pairs, facts)]
        return self.no_solution(facts or self.facts, [])

    def products(self, pairs: Pairs, facts: list[Poly]) -> list[Poly]:
        """p q of each pair of which p >= 0 and q >= 0 follow from the facts: then p q >= 0 follows too."""
        return [mul(p, q) for p, q in pairs if all(one in facts or self.implies(one, facts) for one in (p, q))]

    def no_solution(self, facts: list[Poly], others: list[Poly]) -> bool:
        """Whether facts contradict others and the assumptions, by linear arithmetic over the rationals.

        With every bounded name written as its least value plus something not negative; each product of names is a
        variable of its own, not negative if all its names are bounded.
        """
        start, others = ([substitute(fact, self.shifts) for fact in some] for some in (facts, others))
        inequalities = connected(start, [*others, *self.shifted])
        products = {key for row in inequalities for key in row if key}
        inequalities += [{key: 1} for key in products if all(n in self.lower for n in key)]
        return infeasible(inequalities)

    def positive(self, p: Poly) -> bool:
        key = frozen(p)
        if key not in self.signs:
            self.signs[key] = self.implies(add(p, const(1), -1), [])
        return self.signs[key]


def read_matrix(data: Any, shape: list[Poly]) -> "list[list[Number]]":
    """Rows of whole numbers and fractions, of this shape."""
    found = [[poly([[one, []]], fractions=True).get((), 0) for one in rows(row)] for row in rows(data)]
    widths = {len(row) for row in found}
    if len(widths) != 1 or [const(len(found)), const(*widths)] != shape:
        raise Rejected("the numbers of a matrix do not have its shape")
    return found


class Multiplied(Assumed):
    """What is assumed, for a step that has certificates: they are multiplied out, and nothing is searched."""

    def __init__(self, assumed: Assumed, certificates: "list[Certificate]") -> None:
        self.__dict__.update(assumed.__dict__)
        self.certificates = certificates

    def implies(self, p: Poly, facts: list[Poly], pairs: Pairs = ()) -> bool:
        return self.contradicts([below(p), *facts])

    def contradicts(self, facts: list[Poly], pairs: Pairs = ()) -> bool:
        return any(contradicted([*facts, *self.rows], *one) for one in self.certificates)

    def positive(self, p: Poly) -> bool:
        return self.implies(add(p, const(-1)), [])


def contradicted(given: list[Poly], lemmas: "Sequence[tuple[Poly, list[Line]]]", lines: "list[Line]") -> bool:
    """Whether a certificate shows that rows, each >= 0, contradict each other.

    Each lemma is a row that follows, as the rows contradict its negation.
    """
    made = list(given)
    for p, why in lemmas:
        if not negative_at_last([below(p), *made], why):
            return False
        made.append(p)
    return negative_at_last(made, lines)


def negative_at_last(made: list[Poly], lines: "list[Line]") -> bool:
    """Whether the last of the rows that the lines make, one after the other, is a negative number.

    A line makes a sum of rows with multipliers that are not negative, over a number c: c e + b >= 0 is
    e + floor(b / c) >= 0, as e is whole; or the product of two rows; or a row times any polynomial, where its negative
    is a row too, so that it is 0.
    """
    made = list(made)
    spend(1 + len(made))
    for kind, parts, by in lines:
        places = [at for _, at in parts]
        if any(not 0 <= at < len(made) for at in places):
            return False
        spend(1 + sum(1 + len(made[at]) for at in places))
        if kind == "sum":
            if min([1, *(times for times, _ in parts)]) < 0:
                return False
            total: Poly = {}
            for times, at in parts:
                for key, value in made[at].items():
                    total[key] = total.get(key, 0) + times * value
            c = int(by.get((), 0))
            if c < 1 or any(value % c for key, value in total.items() if key):
                return False
            row = small({key: value // c for key, value in total.items()})
        else:
            one, other = (made[at] for at in places)
            if kind == "multiple" and add(one, other):
                return False
            row = mul(one, by if kind == "multiple" else other)
        if any(abs(value) >= 10 ** (3 * MOST_DIGITS) for value in row.values()):
            raise Rejected("a multiplier leads to a number that is too large")
        made.append(row)
    return bool(lines) and set(made[-1]) == {()} and made[-1][()] < 0


Line: TypeAlias = "tuple[str, list[tuple[int, int]], Poly]"
Certificate: TypeAlias = "tuple[list[tuple[Poly, list[Line]]], list[Line]]"


def read_certificate(data: Any) -> Certificate:
    lemmas, lines = rows(data, 2)
    shown_first = (rows(one, 2) for one in rows(lemmas))
    return [(poly(p), list(map(read_line, rows(why)))) for p, why in shown_first], list(map(read_line, rows(lines)))


def read_line(data: Any) -> Line:
    """["sum", [[multiplier, row], ..], divisor], ["product", row, row] or ["multiple", row, row, polynomial]."""
    kind, *more = rows(data) or [None]
    if kind == "sum" and len(more) == 2:
        parts = [(whole(times), whole(at)) for times, at in (rows(one, 2) for one in rows(more[0]))]
        return kind, parts, const(whole(more[1]))
    if (kind, len(more)) in (("product", 2), ("multiple", 3)):
        return kind, [(1, whole(at)) for at in more[:2]], poly(more[2]) if more[2:] else {}
    raise Rejected(f"there is no line {shown(data)} in a certificate")


def connected(start: Iterable[Poly], others: list[Poly]) -> list[Poly]:
    """Inequalities, and those of the others that share products with them, directly or through each other."""
    found, reached = list(start), {key for p in start for key in p if key}
    while near := [p for p in others if not reached.isdisjoint(p)]:
        spend(len(others))
        others = [p for p in others if reached.isdisjoint(p)]
        found += near
        reached.update(key for p in near for key in p if key)
    return found


def infeasible(inequalities: Iterable[Poly]) -> bool:
    """Fourier-Motzkin elimination: whether no whole numbers make all inequalities (each >= 0) hold.

    Every inequality made on the way is a sum of positive multiples of given ones, with its constant rounded down as
    whole numbers allow (see ``reduced``), so "infeasible" is right. To leave inequalities out, or to give up, only
    makes fewer things follow.
    """
    kept = reduced(inequalities)
    while True:
        if kept.get((), 0) < 0:
            return True
        counts: dict[Product, list[int]] = {}
        for row in kept:
            spend(1 + len(row))
            for key, value in row:
                counts.setdefault(key, [0, 0])[value > 0] += 1
        if not counts or len(kept) > MOST_INEQUALITIES:
            return False
        key = min(counts, key=lambda key: (counts[key][0] * counts[key][1] - sum(counts[key]), key))
        kept = reduced(eliminated(key, kept))


def eliminated(key: Product, kept: Inequalities) -> Iterator[Poly]:
    """What follows without one variable: the other inequalities, and each lower bound of it with each upper bound."""
    both = {row: {**dict(row), (): constant} for row, constant in kept.items()}
    lower = [p for p in both.values() if p.get(key, 0) > 0]
    upper = [p for p in both.values() if p.get(key, 0) < 0]
    yield from (p for p in both.values() if key not in p)
    for a in lower:
        for b in upper:
            yield add({k: -b[key] * v for k, v in a.items()}, b, a[key])


def reduced(inequalities: Iterable[Poly]) -> Inequalities:
    """From the part with names to the least constant, which is the strongest.

    c e + b >= 0 for a number c > 0 is e + floor(b / c) >= 0: e is whole, as names and coefficients are.
    """
    kept: Inequalities = {}
    for p in inequalities:
        spend(1 + len(p))
        common = common_divisor(p) or 1
        row = tuple(sorted((key, value // common) for key, value in p.items() if key and value))
        constant = p.get((), 0) // common
        if all(abs(value) < 10 ** (3 * MOST_DIGITS) for _, value in row):
            kept[row] = min(constant, kept.get(row, constant))
    return kept


def facts_of(factors: Iterable[Factor], assumed: Assumed) -> Iterator[Poly]:
    """What is not negative wherever none of the factors is zero."""
    for kind, tensor, indices in factors:
        for at, index in enumerate(indices):
            p = dict(index)
            if kind == "range":
                yield p
            elif kind == "delta":
                yield p
                yield negative(p)
            elif (shape := assumed.shapes[tensor]) is not None:
                yield from within(p, shape[at])


def finite(term: Term, assumed: Assumed) -> bool:
    """Whether the support of a term can be seen to be finite, whatever the free names are.

    Fix the free names. The support is inside the polyhedron of those facts that are affine in the bound names, and a
    polyhedron that is not bounded has a direction d, not 0, in which no fact falls: for each of them the sum of
    coefficient * d over the bound names is >= 0. Here d is shown to be 0, name after name. What a fact says of d is
    used if the coefficients of the names not yet shown are numbers, or if there is one such name and its coefficient
    has a known sign, which is all that then matters. The polyhedron's numbers are rational, so directions can be scaled
    to whole numbers, and d = 0 if neither d >= 1 nor d <= -1.
    """
    loose, slopes = set(term[2]), []
    for fact in facts_of(term[1], assumed) if loose else ():
        slope: dict[str, Poly] = {}
        for key, value in fact.items():
            spend(1)
            inside = [n for n in key if n in loose]
            if len(inside) > 1:
                break
            for n in inside:
                rest = tuple(other for other in key if other != n)
                slope.setdefault(n, {})[rest] = value
        else:
            slopes.append(slope)
    while loose:
        known = [row for slope in slopes if (row := direction(slope, loose, assumed))]
        up, down = ({n for row in known if len(row) == 1 for (n,), v in row.items() if s * v > 0} for s in (1, -1))
        held = (up & down) or {
            n for n in loose if not any(runs_off(n, s, slopes, known, up, down, assumed) for s in (1, -1))
        }
        if not held:
            return False
        loose -= held
    return True


def runs_off(
    n: str, s: int, slopes: list[dict[str, Poly]], known: list[Poly], up: set[str], down: set[str], assumed: Assumed
) -> bool:
    """Whether a direction with d >= 1, or d <= -1, for a name is not excluded.

    For a product c of names that are at least 1, c d >= d if d >= 0 and c d <= d if d <= 0; other products of d with
    names are variables of their own.
    """
    rows = [{product((*c, m)): v for m, p in slope.items() for c, v in p.items()} for slope in slopes]
    signs = {*((m, 1) for m in up), *((m, -1) for m in down), (n, s)}
    every = ((c, m) for slope in slopes for m, p in slope.items() for c in p)
    products = {(c, m) for c, m in every if c and all(assumed.lower.get(k, 0) >= 1 for k in c)}
    rows += [{product((*c, m)): sign, (m,): -sign} for c, m in products for one, sign in signs if one == m]
    return not infeasible([*known, *rows, {(n,): s, (): -1}])


def direction(slope: Mapping[str, Poly], loose: set[str], assumed: Assumed) -> Poly:
    """What a fact says of the direction in the loose names, as an inequality without a constant; empty if nothing."""
    left = {n: p for n, p in slope.items() if n in loose}
    spend(1 + len(slope))
    if all(not any(p) for p in left.values()):
        return {(n,): p[()] for n, p in left.items()}
    if len(left) == 1:
        ((n, p),) = left.items()
        return {(n,): 1} if assumed.positive(p) else {(n,): -1} if assumed.positive(negative(p)) else {}
    return {}


# -- rules: each gives the lists of terms that a term may become -----------------------------------------------


def evaluate_bracket(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[0 = 0] = 1 and [5 = 0] = 0, [3 >= 0] = 1 and [-3 >= 0] = 0: what the bracket means.

    [c e + b = 0] = 0 if c does not divide the number b: c e is a multiple of c, as names and coefficients are whole.
    """
    for factor in ranges(term):
        p = the(factor)
        if not any(p):
            yield [without(term, factor)] if p.get((), 0) >= 0 else []
    for factor in deltas(term):
        p = the(factor)
        if not p:
            yield [without(term, factor)]
        common = common_divisor(p)
        if p and (not common or p.get((), 0) % common):
            yield []


def cancel_factor(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[c e = 0] = [e = 0] if c is a number other than 0 times names that the assumptions make positive."""
    new_ones = [new for result in step["result"][:1] for new in deltas(result) if the(new)]
    for factor, new in combinations_of(deltas(term), new_ones):
        p, q = the(factor), the(new)
        spend(1 + len(p) + len(q))
        key_of_q, lead = max(q.items())
        for key, value in p.items():
            by = left_of(key, key_of_q)
            made = by is not None and mul(q, {by: Fraction(value, lead)}) == p
            if made and all(assumed.positive(name(n)) for n in by or ()):
                yield [without(term, factor, new)]


def left_of(key: Product, by: Product) -> Product | None:
    """A product of names without some of them, if it has these."""
    rest = list(key)
    return tuple(rest) if all(n in rest and not rest.remove(n) for n in by) else None  # type: ignore[func-returns-value]


def sift(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v f(v) [v = e] = f(e), e free of v.

    The support has v = e, which is an integer because v has coefficient 1 or -1 and nothing else has v; so it is in
    bijection with that of f(e).
    """
    for v, p in step["names"].items():
        for factor in deltas(term) if p == name(v) and v in term[2] else ():
            if unit(the(factor), v):
                rest = tuple(n for n in term[2] if n != v)
                yield [replaced(without(term, factor), {v: solved(the(factor), v)}, rest)]


def ranges_that_meet(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[e >= 0] [-e >= 0] = [e = 0]."""
    there = set(ranges(term))
    for one in ranges(term):
        other = condition(negative(the(one)))
        if one != other and other in there:
            yield [without(without(term, one), other, bracket(the(one)))]


def drop_implied_range(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[e >= 0] g = g if e >= 0 wherever g is not 0. One after the other, each judged by what is left."""
    for dropped in step["dropped"]:
        if dropped[0] != "range" or dropped not in term[1]:
            return
        term = without(term, dropped)
        if not assumed.implies(the(dropped), list(facts_of(term[1], assumed)), step["products"]):
            return
    yield [term]


def rewrite_under_bracket(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """f(m) [m = e] = f(e) [m = e]: where the bracket is not 0, m and e are the same number.

    That holds for any name m. A size m in the shape of a tensor stays: the tensor is the same function on both sides.
    Also f(p) [e = 0] = f(p') [e = 0] if p and p' are the same but for multiples of e, fractions of e among them: so
    they are if nothing is left of a product of names in e that differs, once its multiples are taken out of both.
    """
    for factor in deltas(term):
        for m in sorted(names_of(the(factor))):
            if unit(the(factor), m):
                coefficient, factors, bound = replaced(without(term, factor), {m: solved(the(factor), m)}, term[2])
                yield [make(dict(coefficient), [*factors, factor], bound)]
        for result in (one for one in step["result"][:1] if factor in one[1]):
            old, new = without(term, factor), without(result, factor)
            if any(less(old, the(factor), key) == less(new, the(factor), key) for key in the(factor)):
                yield [result]


def less(term: Term, e: Poly, key: Product) -> Term:
    """The term without the multiples of a product of names of e: each p as p - m e, with m a polynomial."""

    def of(frozen_p: Frozen) -> Poly:
        p = dict(frozen_p)
        times: Poly = {}
        for names, coefficient in p.items():
            if (left := left_of(names, key)) is not None:
                times[left] = Fraction(coefficient) / e[key]
        return add(p, mul(times, e), -1)

    coefficient, factors, bound = term
    moved = [(kind, t, tuple(frozen(sign(of(p), kind)) for p in ps)) for kind, t, ps in factors]
    return make(of(coefficient), moved, bound)


def empty_range(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g = 0 if no numbers make all factors of g other than 0."""
    if assumed.contradicts(list(facts_of(term[1], assumed)), step["products"]):
        yield []


def one_element(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """T[.., e, ..] = [e = 0] T[.., 0, ..] on an axis of one element: elsewhere both sides are 0."""
    (e,) = digits(step, 1)
    for size, new in with_index(e, {}, term, assumed):
        if size == const(1):
            yield [new]


def index_at_its_edge(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """T[.., e, ..] g = [e = c] T[.., c, ..] g if e = c wherever the left side is not 0."""
    e, c = digits(step, 2)
    there = add(e, c, -1)
    if all(follows(side, term, step, assumed) for side in (there, negative(there))):
        yield from ([new] for _, new in with_index(e, c, term, assumed))


def with_index(e: Poly, c: Poly, term: Term, assumed: Assumed) -> Iterator[tuple[Poly | None, Term]]:
    """The term with [e = c] and one index c for e, and the size of its axis, if it has one."""
    for factor in (one for one in term[1] if one[0] == "access"):
        kind, tensor, indices = factor
        shape = assumed.shapes[tensor]
        for at, index in enumerate(indices):
            if dict(index) == e:
                moved = (kind, tensor, (*indices[:at], frozen(c), *indices[at + 1 :]))
                yield None if shape is None else shape[at], without(term, factor, moved, bracket(add(e, c, -1)))


def range_at_its_edge(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[e >= 0] g = [e = 0] g if e <= 0 wherever g is not 0."""
    for factor in ranges(term):
        if follows(negative(the(factor)), without(term, factor), step, assumed):
            yield [without(term, factor, bracket(the(factor)))]


def drop_implied_bracket(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[e = 0] g = g if e >= 0 and e <= 0 wherever g is not 0."""
    for factor in deltas(term):
        rest = without(term, factor)
        if all(follows(side, rest, step, assumed) for side in (the(factor), negative(the(factor)))):
            yield [rest]


def only_value(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v g(v) = g(e) if v = e wherever g(v) is not 0, e free of v; also g(v) = g(e) for a free v assumed to be e.

    Nothing is assumed of bound names, so what a free v is assumed to be has none of them.
    """
    (e,) = digits(step, 1)
    for v in step["names"]:
        facts = list(facts_of(term[1], assumed)) if v in term[2] else []
        rest = add(name(v), e, -1)
        held = all(assumed.implies(side, facts, step["products"]) for side in (rest, negative(rest)))
        if v not in names_of(e) and held:
            yield [replaced(term, {v: e}, (n for n in term[2] if n != v))]


def split_bracket(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[S a + b = 0] = [a = 0] [b = 0] if -S < b < S wherever the other factors are not 0.

    If S a + b = 0 and a is not 0, then b is at least S away from 0.
    """
    size, a, b = digits(step, 3)
    factor = bracket(add(mul(size, a), b))
    if factor in term[1]:
        rest = without(term, factor)
        if between(negative(b), size, rest, step, assumed) and between(b, size, rest, step, assumed):
            yield [without(term, factor, bracket(a), bracket(b))]


def divide_range(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[S a + b >= 0] = [a >= 0] if 0 <= b < S wherever the other factors are not 0.

    If a >= 0, so is S a + b, as S >= 1; if a <= -1, it is at most b - S.
    """
    size, a, b = digits(step, 3)
    yield from of_one_sign(add(mul(size, a), b), a, term, step, assumed)


def multiply_range(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[a >= 0] = [S a + b >= 0] if 0 <= b < S wherever the other factors are not 0: the same from right to left."""
    size, a, b = digits(step, 3)
    yield from of_one_sign(a, add(mul(size, a), b), term, step, assumed)


def of_one_sign(old: Poly, new: Poly, term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    size, _, b = digits(step, 3)
    if (factor := condition(old)) in term[1]:
        rest = without(term, factor)
        if between(b, size, rest, step, assumed) and follows(b, rest, step, assumed):
            yield [without(term, factor, condition(new))]


def combine_brackets(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[e = 0] [f = 0] = [e = 0] [f + k e = 0]: where e is 0, f and f + k e are the same number."""
    e, f, k = digits(step, 3)
    one, other = bracket(e), bracket(f)
    if one in term[1] and other in term[1] and one != other:
        yield [without(term, other, bracket(add(f, mul(k, e))))]


def divisors(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """[S a + c = 0] = sum_{d | c} [S = d] [d a + c = 0] for a number c other than 0: S >= 1 divides it."""
    size, a, rest = digits(step, 3)
    c = single(rest)
    factor = bracket(add(mul(size, a), rest))
    if type(c) is int and 0 < abs(c) <= MOST_RESIDUES and factor in term[1] and assumed.positive(size):
        found = (d for d in range(1, abs(c) + 1) if c % d == 0)
        pairs = [(bracket(add(size, const(d), -1)), bracket(add(mul(const(d), a), rest))) for d in found]
        yield [without(term, factor, *pair) for pair in pairs]


def cases_of_a_name(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g(v) = [v = a] g(a) + .. + [v = b] g(b), b - a a number, if a <= v <= b wherever g(v) is not 0.

    Each v is one of a, .., b then, and where v = c, g(v) and g(c) are the same.
    """
    first, last = digits(step, 2)
    values = from_to(first, last)
    for v in step["names"]:
        if is_held(v, first, last, term, step, assumed):
            there = [(value, replaced(term, {v: value}, term[2])) for value in values]
            yield [make(dict(g[0]), [*g[1], bracket(add(name(v), value, -1))], g[2]) for value, g in there]


def cases_of_a_maximum(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g(m) = g(a) [a >= b] + g(b) [b >= a + 1] for a free name m that stands for max(a, b); and so for more.

    One of them is the greatest, and the first of those that are is m: no one before it is as great.
    """
    for n, of in assumed.maxima:
        if n in step["names"]:
            there = [replaced(term, {n: p}, term[2]) for p in of]
            every = list(enumerate(of))
            apart = [[add(add(p, q, -1), const(int(b < a)), -1) for b, q in every if b != a] for a, p in every]
            yield [make(dict(g[0]), [*g[1], *map(condition, ps)], g[2]) for g, ps in zip(there, apart)]


def from_to(first: Poly, last: Poly) -> list[Poly]:
    """a, a + 1, .., b if they are a number apart."""
    more = single(add(last, first, -1))
    if type(more) is not int or more >= MOST_RESIDUES:
        raise Rejected(f"the ends are not a number below {MOST_RESIDUES:,} apart")
    return [add(first, const(at)) for at in range(more + 1)]


def is_held(v: str, first: Poly, last: Poly, term: Term, step: Step, assumed: Assumed) -> bool:
    """Whether a <= v <= b wherever no factor of the term is 0."""
    return all(follows(end, term, step, assumed) for end in (add(name(v), first, -1), add(last, name(v), -1)))


def follows(p: Poly, term: Term, step: Step, assumed: Assumed) -> bool:
    """Whether p >= 0 wherever no factor of the term is 0."""
    return assumed.implies(p, list(facts_of(term[1], assumed)), step["products"])


def between(p: Poly, size: Poly, term: Term, step: Step, assumed: Assumed) -> bool:
    """Whether p <= size - 1 wherever no factor of the term is 0."""
    return follows(within(p, size)[1], term, step, assumed)


def digits(step: Step, count: int) -> list[Poly]:
    if len(step["digits"]) != count:
        raise Rejected(f"there are {len(step['digits'])} polynomials in digits, not {count}")
    return step["digits"]  # type: ignore[no-any-return]


def without_name(term: Term, v: str, factors: Sequence[Factor]) -> Term | None:
    """The term without a bound name and some factors, if the name is only in these."""
    if v not in term[2] or any(factor not in term[1] for factor in factors):
        return None
    for factor in factors:
        term = without(term, factor)
    rest = (term[0], term[1], tuple(n for n in term[2] if n != v))
    return None if v in term_names(rest) else rest


def one_quotient(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v [e - S v >= 0] [S - 1 - e + S v >= 0] = 1, e and S free of v, S >= 1: v is floor(e / S).

    With other conditions on v: floor(e / S) >= a if e - S a >= 0, and floor(e / S) <= b if S b + S - 1 - e >= 0.
    """
    size, e = digits(step, 2)
    for v in step["names"]:
        low = add(e, mul(size, name(v)), -1)
        held = list(map(condition, within(low, size)))
        free = v not in names_of(size) | names_of(e)
        others = [r for r in ranges(term) if unit(the(r), v) and r not in held]
        if free and assumed.positive(size) and (rest := without_name(term, v, [*held, *others])) is not None:
            new = [condition(of_quotient(the(r), v, size, e)) for r in others]
            yield [make(dict(rest[0]), [*rest[1], *new], rest[2])]


def join_digits(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_{q, r} [r >= 0] [S - 1 - r >= 0] g(S q + r) = sum_u g(u), S >= 1: u is S q + r for one q and one such r.

    For each q, r = u - S q is a bijection, u new; then q is floor(u / S), as in ``one_quotient``.
    """
    size, *given = digits(step, 4)
    q, r, u = map(single, given)
    new = type(u) is str and u not in term_names(term)
    if type(q) is str and type(r) is str and new and {q, r} <= set(term[2]):
        bound = [*(n for n in term[2] if n != r), str(u)]
        moved = replaced(term, {r: add(given[2], mul(size, given[0]), -1)}, bound)
        yield from one_quotient(moved, {**step, "names": {q: {}}, "digits": [size, given[2]]}, assumed)


def of_quotient(p: Poly, v: str, size: Poly, e: Poly) -> Poly:
    """What v - a >= 0 or b - v >= 0 says of e if v = floor(e / S)."""
    rest = {key: value for key, value in p.items() if v not in key}
    if unit(p, v) == 1:
        return add(e, mul(size, rest))
    return add(add(add(mul(size, rest), size), const(1), -1), e, -1)


def count(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v [v - a >= 0] [b - v >= 0] = (b - a + 1) [b - a + 1 >= 0], a and b free of v; see ``between_ends``."""
    for v, low, high, rest in between_ends(term, step):
        length = add(add(low, high), const(1))
        if v not in names_of(dict(term[0])):
            yield from if_not_empty(mul(dict(term[0]), length), rest, length, step, assumed)


def telescope(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v c(v) [v - a >= 0] [b - v >= 0] = (F(b + 1) - F(a)) [b - a + 1 >= 0] where F(v + 1) - F(v) = c(v).

    All but the first and the last cancel. ``digits`` has D F and the number D >= 1.
    """
    total, scale = digits(step, 2)
    by = single(scale)
    if type(by) is not int or by < 1:
        return
    for v, low, high, rest in between_ends(term, step):
        difference = add(substitute(total, {v: add(name(v), const(1))}), total, -1)
        if difference == mul(dict(term[0]), scale):
            last, first = substitute(total, {v: add(solved(high, v), const(1))}), substitute(total, {v: solved(low, v)})
            value: Poly = {key: Fraction(number, by) for key, number in add(last, first, -1).items()}
            yield from if_not_empty(value, rest, add(add(low, high), const(1)), step, assumed)


def between_ends(term: Term, step: Step) -> Iterator[tuple[str, Poly, Poly, Term]]:
    """v, v - a and b - v for ranges that hold a bound name which no other factor has, and the term without these.

    That term has no coefficient.
    """
    for v in step["names"]:
        for low in ranges(term):
            for high in ranges(term):
                if unit(the(low), v) == 1 and unit(the(high), v) == -1:
                    rest = without_name(((), *term[1:]), v, [low, high])
                    if rest is not None:
                        yield v, the(low), the(high), rest


def if_not_empty(value: Poly, rest: Term, length: Poly, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """A number times the rest if the length is not negative, which is written as a range or follows from the rest."""
    yield [make(value, [*rest[1], condition(length)], rest[2])]
    if follows(length, rest, step, assumed):
        yield [make(value, rest[1], rest[2])]


def split_at_a_condition(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g = g [e >= 0] + g [-e - 1 >= 0]: a whole number is at least 0 or at most -1, and not both."""
    (e,) = digits(step, 1)
    yield [make(dict(term[0]), [*term[1], condition(side)], term[2]) for side in (e, below(e))]


def join_at_a_condition(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g [e >= 0] = g - g [-e - 1 >= 0]: a whole number is at least 0 or at most -1, and not both.

    The support of g is that of both sides together; that it is finite is seen as for every term.
    """
    (e,) = digits(step, 1)
    if (factor := condition(e)) in term[1]:
        yield [without(term, factor), minus(without(term, factor, condition(below(e))))]


def minus(term: Term) -> Term:
    return (frozen(negative(dict(term[0]))), *term[1:])


def add_implied_range(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g = [e >= 0] g if e >= 0 wherever g is not 0."""
    (e,) = digits(step, 1)
    if follows(e, term, step, assumed):
        yield [make(dict(term[0]), [*term[1], condition(e)], term[2])]


def adds_up_to_one(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_c p[.., c] = 1 where the other indices are inside the shape, and 0 where they are not.

    For a tensor of which that is assumed, with one element or more on each of the axes; each c is in no other place.
    """
    for factor in term[1]:
        kind, tensor, indices = factor
        axes = assumed.sums.get(tensor, ()) if kind == "access" else ()
        names = [single(dict(indices[axis])) for axis in axes]
        shape = assumed.shapes[tensor] or [] if axes else []
        boxes = [(dict(indices[at]), shape[at]) for at in range(len(shape)) if at not in axes]
        inside = [condition(p) for e, size in boxes for p in within(e, size)]
        rest = make(dict(term[0]), [*without(term, factor)[1], *inside], [n for n in term[2] if n not in names])
        alone = len(set(names)) == len(axes) > 0 and set(names) <= set(term[2]) and term_names(rest).isdisjoint(names)
        if alone and all(assumed.positive(shape[axis]) for axis in axes):
            yield [rest]


def bilinear_identity(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_l C[i, l] A[l, k] B[l, q] = [q = i + k], or [i = q + k], up to a period: one identity of ``Assumed``.

    l is in no other place, or it is 0 and there is one product. Outside the matrices the left side is 0, so their
    ranges stand on the right, unless they follow from the rest of it.
    """
    new = [n for (_, _, bound) in step["result"] for n in bound if n not in term[2]]
    for names, (flipped, period) in assumed.identities.items():
        for three in combinations_of(*([one for one in term[1] if one[:2] == ("access", t)] for t in names)):
            (i, at), (left, k), (right, q) = ([dict(index) for index in factor[2]] for factor in three)
            v, rest = single(at), term
            for factor in three:
                rest = without(rest, factor)
            rest = make(dict(rest[0]), rest[1], [*(n for n in rest[2] if n != v), *new])
            used = term_names(make({(): 1}, rest[1], ())).union(names_of(dict(rest[0])), *map(names_of, (i, k, q)))
            shape = assumed.shapes[names[0]] or []
            fits = v in term[2] and v not in used if type(v) is str else not at and shape[1] == const(1)
            if not (fits and at == left == right) or len(new) != bool(period) or used & {*new}:
                continue
            apart = add(add(add(i, q, -1), k, -1 if flipped else 1), mul(period, name(new[0])) if new else {})
            boxes = [(e, (assumed.shapes[t] or [])[axis]) for e, t, axis in zip((i, k, q), names, (0, 1, 1))]
            inside = [condition(p) for e, size in boxes for p in within(e, size)]
            for p in (apart, add(apart, mul(period, name(new[0])), -2) if new else apart):
                yield from with_ranges(make(dict(rest[0]), [*rest[1], bracket(p)], rest[2]), inside, step, assumed)


def with_ranges(term: Term, inside: list[Factor], step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """The term with those of the ranges that the result has, if the others follow from it."""
    if len(step["result"]) == 1:
        whole_result = step["result"][0]
        with_them = make(dict(term[0]), [*term[1], *(one for one in inside if one in whole_result[1])], term[2])
        if with_them == whole_result and all(
            one in whole_result[1] or follows(the(one), with_them, step, assumed) for one in inside
        ):
            yield [with_them]


def split_a_coefficient(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """(a + b) g = a g + b g."""
    parts = [(one[0], *term[1:]) for one in step["result"]]
    if collected(parts) == collected([term]):
        yield parts


def join_residues(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_q g(S q) = sum_v g(v) - sum_q g(S q + 1) - .. - sum_q g(S q + S - 1): ``residues`` of the first result.

    The support of g is that of all residues together; that it is finite is seen as for every term.
    """
    size, q = digits(step, 2)
    for whole in step["result"][:1]:
        for first, *others in residues(whole, {**step, "digits": [size, q, {}]}, assumed):
            if first == term:
                yield [whole, *map(minus, others)]


def residues(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v g(v) = sum_{r < S} sum_q g(S q + r + c) for any c: v - c is S q + r for one q and one r below S."""
    *given, c = digits(step, 3)
    size, q = map(single, given)
    if type(size) is int and 1 <= size <= MOST_RESIDUES and type(q) is str and q not in term_names(term):
        for v in step["names"]:
            if v in term[2] and q not in names_of(c):
                bound = [*(n for n in term[2] if n != v), q]
                start = add(mul(const(size), name(q)), c)
                yield [replaced(term, {v: add(start, const(rest))}, bound) for rest in range(size)]


def split_a_quotient(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g = sum_q [0 <= e - S q <= t - 1] g + sum_q [t <= e - S q <= S - 1] g, S >= 1 and 0 <= t <= S, q new.

    There is one q with 0 <= e - S q <= S - 1, and e - S q is below t or not. There may be more cuts, t <= t' <= S.
    """
    if len(step["digits"]) < 3:
        raise Rejected("there are fewer than three polynomials in digits")
    size, e, given, *cuts = step["digits"]
    q = single(given)
    ends = list(zip([{}, *cuts], [*cuts, size]))
    new = type(q) is str and q not in term_names(term).union(*map(names_of, (size, e, *cuts)))
    inside = assumed.positive(size) and all(follows(add(high, low, -1), term, step, assumed) for low, high in ends)
    if new and inside:
        rest = add(e, mul(size, given), -1)
        pairs = [(add(rest, low, -1), add(add(high, const(1), -1), rest, -1)) for low, high in ends]
        bound = [*term[2], str(q)]
        yield [make(dict(term[0]), [*term[1], *map(condition, pair)], bound) for pair in pairs]


def split_by_a_remainder(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """g = sum_{r < S} sum_q [e - S q - r = 0] g for any e: e is S q + r for one q and one r below S."""
    *given, e = digits(step, 3)
    size, q = map(single, given)
    if type(size) is int and 1 <= size <= MOST_RESIDUES and type(q) is str and q not in term_names(term) | names_of(e):
        start = add(e, mul(const(size), name(q)), -1)
        brackets = [bracket(add(start, const(-rest))) for rest in range(size)]
        yield [make(dict(term[0]), [*term[1], one], [*term[2], q]) for one in brackets]


def write_out(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v g(v) = g(a) + .. + g(b) for a and b free of v, b - a a number, if a <= v <= b wherever g(v) is not 0."""
    first, last = digits(step, 2)
    values = from_to(first, last)
    for v in step["names"]:
        free = v not in names_of(first) | names_of(last)
        if v in term[2] and free and is_held(v, first, last, term, step, assumed):
            bound = [n for n in term[2] if n != v]
            yield [replaced(term, {v: value}, bound) for value in values]


def single(p: Poly) -> int | str | None:
    """The number that a polynomial is, or the name."""
    if set(p) <= {()}:
        return int(p.get((), 0))
    ((key, value), *more) = p.items()
    return key[0] if not more and len(key) == 1 and value == 1 else None


def reindex(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """sum_v f(v) = sum_u f(N(u)) for a bijection N of Z^k, whatever the free names are.

    ``names`` has N, ``inverse`` has M. N gives each old name by new names and free ones; M gives each new name by old
    names and free ones; both have whole coefficients, so for fixed free names they are maps N: Z^new -> Z^old and
    M: Z^old -> Z^new. As polynomials N(M(v)) = v and M(N(u)) = u, so each undoes the other; hence there are as many
    new names as old, and N needs each of them. New names are not in the term, where they would be captured, and have
    no assumptions (``read_term`` sees to that), so they run through all integers.
    """
    names, inverse = step["names"], step["inverse"]
    old, new = set(term[2]), set(inverse)
    free = (term_names(term) | assumed.names) - old
    maps = all(names_of(p) <= new | free for p in names.values())
    maps = maps and all(names_of(p) <= old | free for p in inverse.values())
    fresh = not new & term_names(term)
    if set(names) == old and fresh and maps and undoes(inverse, names) and undoes(names, inverse):
        yield [replaced(term, names, tuple(inverse))]


def undoes(one: Mapping[str, Poly], other: Mapping[str, Poly]) -> bool:
    """Whether what one map gives is taken back by the other, name by name."""
    return all(substitute(p, one) == name(n) for n, p in other.items())


def vanish(term: Term, step: Step, assumed: Assumed) -> Iterator[list[Term]]:
    """0 g = 0."""
    if not term[0]:
        yield []


Rule: TypeAlias = Callable[[Term, Step, Assumed], Iterator[list[Term]]]


def having(keys: tuple[str, ...], *rules: Rule) -> dict[str, tuple[Rule, tuple[str, ...]]]:
    """Rules by the names of their functions, whose steps have these keys."""
    return {rule.__name__.replace("_", " "): (rule, keys) for rule in rules}


RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    **having((), evaluate_bracket, cancel_factor, ranges_that_meet, rewrite_under_bracket, empty_range, vanish),
    **having((), range_at_its_edge, drop_implied_bracket, bilinear_identity, split_a_coefficient),
    **having(("names",), sift, count, cases_of_a_maximum, adds_up_to_one),
    **having(("digits",), split_bracket, divide_range, multiply_range, combine_brackets, divisors, one_element),
    **having(("digits",), index_at_its_edge, add_implied_range, split_at_a_condition, join_at_a_condition),
    **having(("names", "digits"), only_value, one_quotient, join_digits, telescope, cases_of_a_name, write_out),
    **having(("names", "digits"), residues, join_residues, split_by_a_remainder, split_a_quotient),
    **having(("dropped",), drop_implied_range),
    "re-index": (reindex, ("names", "inverse")),
}
"""The function of each rule, and the keys that its steps have beside ``rule``, ``at`` and ``result``."""


def apply(data: Any, terms: list[Term], assumed: Assumed) -> list[Term]:
    """The terms after a step."""
    rule, step = read_step(data, terms, assumed)
    if assumed.version != BY_SEARCH:
        assumed = Multiplied(assumed, list(map(read_certificate, rows(data.get("multipliers", [])))))
    if not any(found == step["result"] for found in RULES[rule][0](terms[step["at"]], step, assumed)):
        raise Rejected(f"the rule {rule!r} does not give this")
    return [*terms[: step["at"]], *step["result"], *terms[step["at"] + 1 :]]


def read_step(data: Any, terms: list[Term], assumed: Assumed) -> tuple[str, dict[str, Any]]:
    """The rule of a step, and its data but for multipliers."""
    rule = data.get("rule") if type(data) is dict else None
    if type(rule) is not str or rule not in RULES:
        raise Rejected(f"there is no rule {shown(rule)}")
    keys = RULES[rule][1]
    fields(data, ("rule", "at", "result", *keys), ("products" if assumed.version == BY_SEARCH else "multipliers",))
    at = whole(data["at"])
    if not 0 <= at < len(terms):
        raise Rejected(f"there is no term {at}")
    step: dict[str, Any] = {"at": at, "result": read_terms(data["result"], assumed)}
    step["products"] = [tuple(map(poly, rows(pair, 2))) for pair in rows(data.get("products", []))]
    for key in keys:
        if key == "digits":
            step[key] = list(map(poly, rows(data[key])))
        elif key == "dropped":
            step[key] = [read_factor(factor, assumed) for factor in rows(data[key])]
        else:
            step[key] = {n: poly(p) for n, p in named(data[key])}
    return rule, step


# -- layers --------------------------------------------------------------------------------------------------


def defined_by(layer: Mapping[str, Any], of: str, assumed: Assumed) -> list[Term]:
    """The terms of what a layer is."""

    def signed(factor: Factor) -> Factor:
        return (*factor[:2], tuple(frozen(sign(dict(p), factor[0])) for p in factor[2]))

    found = definition_of(layer, of, assumed)
    return [make(const(1), list(map(signed, factors)), bound) for factors, bound in found]


def definition_of(layer: Mapping[str, Any], of: str, assumed: Assumed) -> list[Unsorted]:
    """What a layer is, from its parameters: an output, or a derivative of a loss L by an entry.

        output       h[e, g, o, i] = b[g, o] + a sum over c, k, j, r of w[g, o, c, k] X[e, g, c, j] J
        grad_weight  dL/dw[g, o, c, k]     = sum over e, i, j, r of D[e, g, o, i] X[e, g, c, j] J
        grad_input   dL/dX[e, g, c, j]     = sum over o, i, k, r of a D[e, g, o, i] w[g, o, c, k] J
        grad_bias    dL/db[g, o]           = sum over e, i of D[e, g, o, i],      D = dL/dh

    J says on every axis which input the output i reads through k (see ``meetings``). i, j and k are one index for each
    axis; the example e, the group g and the channels o and c are left out if there is one. Without weights, w is 1 for
    0 <= k <= K - 1; only an average has a factor a, one over what it divides by (see ``divisor_of``). Tensors are zero
    outside their boxes. Of the entry, nothing may be assumed but that it is inside its box.
    """
    numbers = numbers_of(layer)
    tensors = {role: text(t) for role, t in named(fields(layer["tensors"], ("X", "D"), ("w", "b", "a")))}
    options = fields(layer["options"], ("padding_mode",), ("flip", "padding"))
    kind, mode, flip = KINDS.get(text(layer["kind"])), options["padding_mode"], options.get("flip")
    has_weight = kind is not None and "w" in kind
    may_flip = has_weight and layer["kind"] not in WRITING
    dividing = numbers.keys() & {"divisor_override", "counted"}
    strange = (flip and not may_flip) or len(dividing) > (kind is not None and "a" in kind)
    if kind is None or mode not in MODES or flip not in (None, "yes") or strange:
        raise Rejected("layers of this kind, or with these options, have no definition here")
    if of not in DEFINED or (of in ("grad_weight", "grad_bias") and "o" not in kind.get("w", "")):
        raise Rejected(f"{shown(of)} is not an output or a derivative of it")
    if ("w" in tensors, "a" in tensors) != (has_weight, "a" in kind) or ("b" in tensors and not has_weight):
        raise Rejected("the layer has other tensors than layers of its kind")
    special = {*assumed.sums}.union(*assumed.identities).intersection(tensors.values())
    if len({*tensors.values()}) < len(tensors) or special:
        raise Rejected("two tensors of the layer are one, or something is assumed of them")
    require_numbers(numbers, layer["kind"], mode, options.get("padding"), assumed)
    axes = range(len(numbers["stride"]))
    places = {letter: [f"{letter}{at}" for at in axes] for letter in "ijkr"}
    sizes = {role: numbers[key][0] for role, key in CHANNELS.items() if numbers[key] not in ([], [const(1)])}
    for letter, key in (("j", "input_size"), ("k", "kernel_size"), ("i", "output_size")):
        sizes |= dict(zip(places[letter], numbers[key]))
    every = {"X": "egcj", "D": "egoi", "b": "go", **kind}
    if "counted" not in numbers:
        every["a"] = ""
    roles = {
        tensor: [role for letter in found for role in places.get(letter, [letter]) if role in sizes]
        for tensor, found in every.items()
    }
    used, entry = DEFINED[of]
    free = [text(n) for n in rows(layer["entry"], len(roles[entry]))]
    at = {role: f"${role}" for role in (*sizes, *places["r"])} | dict(zip(roles[entry], free))
    taken = set().union(*(names_of(p) for ps in numbers.values() for p in ps))
    if len(set(at.values())) < len(at) or taken.intersection(at.values()) or assumed.names & ({*at.values()} - {*free}):
        raise Rejected("a name of the layer's definition means two things")
    inside = [p for axis in roles[entry] for p in within(name(at[axis]), sizes[axis])]
    stands_for = {*assumed.defined}.union(*(names_of(p) for _, of in assumed.maxima for p in of))
    if any(p not in inside for p in assumed.facts if names_of(p) & {*free}) or any(
        assumed.lower.get(n, 0) or n in stands_for for n in free
    ):
        raise Rejected("something else is assumed of the entry than that it is inside")

    def factor(role: str) -> Factor:
        if assumed.shapes.get(tensors[role]) != [sizes[axis] for axis in roles[role]]:
            raise Rejected(f"the shape of {shown(tensors[role])} is not that of the layer")
        return ("access", tensors[role], tuple(frozen(name(at[axis])) for axis in roles[role]))

    def made(tensors_used: Iterable[str], more: Iterable[Factor], names: Iterable[str]) -> Unsorted:
        bound = [at[axis] for axis in dict.fromkeys(names) if axis not in roles[entry]]
        return [*map(factor, tensors_used), *more], bound

    if of == "grad_bias":
        return [made(used, [], roles["D"])]
    if "a" in tensors:
        assumed.said.append(f"{factor_text(factor('a'))} times {term_text(divisor_of(numbers, at, assumed))} is 1")
    bound = [axis for role in used if role in roles for axis in roles[role]]
    bound += [*places["i"], *places["j"], *places["k"], *(places["r"] if mode == "circular" else ())]
    factors = [role for role in used if role in tensors] + ["a"] * ("a" in tensors)
    ends = [condition(p) for k in places["k"] for p in within(name(at[k]), sizes[k])] if not has_weight else []
    met = [meetings(numbers, a, [name(at[places[x][a]]) for x in "ijkr"], layer["kind"], mode, flip) for a in axes]
    bias = [made("b", [], ())] if of == "output" and "b" in tensors else []
    every_way = ([one for axis in each for one in axis] for each in combinations_of(*met))
    return bias + [made(factors, [*ends, *meeting], bound) for meeting in every_way]


DEFINED = {"output": ("wX", "D"), "grad_weight": ("DX", "w"), "grad_input": ("Dw", "X"), "grad_bias": ("D", "b")}
"""The tensors whose product is summed, and the one that has the indices of the entry."""
KINDS: dict[str, dict[str, str]] = {
    "Conv": {"w": "gock"}, "BatchGroupedConv": {"w": "gock", "X": "gecj"}, "ConvTranspose": {"w": "gcok"},
    "AvgPool": {"a": "i"}, "Upsample": {}, "MaxPool": {"w": "egik"},
}  # fmt: skip
"""Indices of their tensors, in order, if they are not those of ``defined_by``; a maximum has switches for weights."""
WRITING = ("ConvTranspose", "Upsample")
"""Kinds whose inputs say where they write, instead of outputs that say what they read."""
MODES = ("zeros", "circular", "reflect", "replicate")
CHANNELS = {"e": "batch_size", "g": "groups", "c": "group_in_channels", "o": "group_out_channels"}
MORE = ("in_channels", "out_channels", "divisor_override", "counted")
ON_AXES = ("input_size", "kernel_size", "output_size", "stride", "dilation", "input_dilation")


def numbers_of(layer: Mapping[str, Any]) -> dict[str, list[Poly]]:
    """The layer's numbers: one for each axis, two of padding for each axis, and one or none of the others."""
    data = fields(layer["numbers"], (*ON_AXES, "padding", *CHANNELS.values()), MORE)
    numbers = {key: list(map(poly, rows(ps))) for key, ps in named(data)}
    axes = len(numbers["stride"])
    counts = {
        **dict.fromkeys(ON_AXES, (axes,)),
        **dict.fromkeys(("padding", "counted"), (2 * axes,)),
        "batch_size": (0, 1),
    }
    if any(len(ps) not in counts.get(key, (1,)) for key, ps in numbers.items()):
        raise Rejected("the layer's numbers do not have one value, or one for each axis")
    return numbers


def meetings(
    numbers: Mapping[str, list[Poly]], axis: int, names: Sequence[Poly], kind: str, mode: str, flip: str | None
) -> list[list[Factor]]:
    """Where output i and input j meet through k: any of these, each a product of brackets and ranges.

    Output i reads what stands at q = s i + d k - p, or with K - 1 - k for k if the kernel is flipped. Input j stands at
    l j, so l j = q; with circular padding, up to a multiple r of the period l (n - 1) + 1. The others have l = 1, and
    more for a q outside: reflect, j = -q if q <= -1 and j = 2 (n - 1) - q if q >= n; replicate, j = 0 and j = n - 1.
    A kind that writes has i = s j + d k - p instead.
    """
    n, K, _, s, d, spread = (numbers[key][axis] for key in ON_AXES)

    def zero(p: Poly) -> Factor:
        return ("delta", "", (frozen(p),))

    (i, j, k, r), low = names, numbers["padding"][2 * axis]
    if kind in WRITING:
        return [[zero(add(add(add(mul(s, j), mul(d, k)), low, -1), i, -1))]]
    k = add(add(K, const(-1)), k, -1) if flip else k
    q, last = add(add(mul(s, i), mul(d, k)), low, -1), add(n, const(-1))
    if mode == "circular":
        q = add(q, mul(add(mul(spread, last), const(1)), r))
    found = [[zero(add(q, mul(spread, j), -1))]]
    if mode in ("reflect", "replicate"):
        ends = (negative(q), add(add(last, last), q, -1)) if mode == "reflect" else (const(0), last)
        outside = (condition(below(q)), condition(add(q, n, -1)))
        found += [[zero(add(end, j, -1)), side] for end, side in zip(ends, outside)]
    return found


def divisor_of(numbers: Mapping[str, list[Poly]], at: Mapping[str, str], assumed: Assumed) -> Term:
    """What an average divides by: the kernel's size; a number that is given; or how many elements of a window count.

    The elements -a .. n + b - 1 of an axis count, for ``counted`` a, b. The first window reaches them, and the last
    does, so that all do, if they have no gaps.
    """
    size, needed, inside, bound = const(1), list[Poly](), list[Factor](), list[str]()
    if "counted" not in numbers:
        for one in numbers.get("divisor_override", numbers["kernel_size"]):
            size = mul(size, one)
        needed = [add(size, const(-1))]
    ends = numbers.get("counted", [])
    for axis, (first, behind) in enumerate(zip(ends[::2], ends[1::2])):
        n, K, m, s, d, spread = (numbers[key][axis] for key in ON_AXES)
        bound.append(at[f"k{axis}"])
        i, k, low = name(at[f"i{axis}"]), name(bound[-1]), numbers["padding"][2 * axis]
        q, last = add(add(mul(s, i), k), low, -1), add(add(n, const(-1)), behind)
        start = add(mul(s, add(m, const(-1))), low, -1)
        needed += [add(first, last), add(add(first, add(K, const(-1))), low, -1), add(last, start, -1)]
        needed += [add(const(1), d, -1), add(const(1), spread, -1)]
        inside += map(condition, (*within(k, K), add(q, first), add(last, q, -1)))
    if not all(assumed.implies(p, []) for p in needed):
        raise Rejected("what an average divides by may be 0 or negative")
    return frozen(size), tuple(inside), tuple(bound)


def require_numbers(
    numbers: Mapping[str, list[Poly]], kind: str, mode: str, padding: str | None, assumed: Assumed
) -> None:
    """That the numbers are those of a layer of this kind, and that there are as many outputs as it has."""
    pads, groups = numbers["padding"], numbers["groups"][0]
    for key in ("in_channels", "out_channels"):
        for more in (add(p, mul(groups, numbers[f"group_{key}"][0]), -1) for p in numbers.get(key, ())):
            if not (assumed.implies(more, []) and assumed.implies(negative(more), [])):
                raise Rejected("the channels are not those of the groups together")
    for n, K, m, s, d, spread, low, high in zip(*(numbers[key] for key in ON_AXES), pads[::2], pads[1::2]):
        if (kind in WRITING or mode in ("reflect", "replicate")) and spread != const(1):
            raise Rejected("a layer of this kind, or with this padding, has no input dilation here")
        if kind in WRITING and (mode != "zeros" or padding is not None):
            raise Rejected("a layer of this kind has no padding in words, and no other padding than zeros")
        if not all(map(assumed.positive, (K, s, d, spread))):
            raise Rejected("a kernel size, a stride or a dilation may be 0 or negative")
        if mode == "reflect" and not all(assumed.implies(add(add(n, const(1), -1), p, -1), []) for p in (low, high)):
            raise Rejected("the padding may reach beyond what is reflected")
        if kind == "Upsample" and [K, d, low, high] != [s, const(1), {}, {}]:
            raise Rejected("an input of an up-sampling is not written as often as its stride says")
        steps, added = mul(d, add(K, const(-1))), add(low, high)
        last, reach = add(n, const(-1)), mul(s, add(m, const(-1)))
        if kind in WRITING:
            right = m == add(add(add(mul(s, last), steps), const(1)), added, -1)
        elif padding == "same_tf":
            needed = add(add(reach, steps), last, -1)
            right = assumed.is_quotient(m, last, s, 1) and assumed.is_greatest(added, [const(0), needed])
            right = right and assumed.is_quotient(low, added, const(2), 0)
        else:
            right = assumed.is_quotient(m, add(add(mul(spread, last), added), steps, -1), s, 1)
        if padding == "same":
            right = right and added == steps and assumed.is_quotient(low, steps, const(2), 0)
        if not right or padding not in (None, "same", "same_tf"):
            raise Rejected(f"the output size {poly_text(m)}, or the padding, is not what the layer's parameters give")


# -- in words ----------------------------------------------------------------------------------------------


def shown_name(n: str) -> str:
    """A name as it is if it cannot be taken for something else, and quoted if it can."""
    return n if re.fullmatch(r"[$]?[A-Za-z_][A-Za-z0-9_]*'*|#[0-9]+", n) else ascii(n)


def poly_text(p: Poly | Frozen) -> str:
    parts = []
    for key, value in sorted(dict(p).items(), key=lambda item: (-len(item[0]), item[0])):
        factors = [*([str(abs(value))] if abs(value) != 1 or not key else []), *map(shown_name, key)]
        parts.append(("-" if value < 0 else "+", "*".join(factors)))
    written = " ".join(f"{one} {other}" for one, other in parts).removeprefix("+ ")
    return "-" + written[2:] if written.startswith("- ") else written or "0"


def factor_text(factor: Factor) -> str:
    kind, tensor, indices = factor
    inside = ", ".join(map(poly_text, indices))
    return {"access": f"{shown_name(tensor)}[{inside}]", "delta": f"[{inside} = 0]"}.get(kind, f"[{inside} >= 0]")


def term_text(term: Term) -> str:
    coefficient, factors, bound = term
    number = [] if coefficient == (((), 1),) else [f"({poly_text(coefficient)})"]
    product = "*".join([*number, *map(factor_text, factors)]) or "1"
    return f"sum_{{{', '.join(map(shown_name, bound))}}} {product}" if bound else product


def form_text(terms: Iterable[Term]) -> str:
    written = list(map(term_text, terms))
    return " + ".join(f"({one})" if len(written) > 1 else one for one in written) or "0"


def listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "-"


@dataclass(frozen=True)
class Verified:
    """What was verified, from the formulas themselves; in ASCII.

    ``formulas`` has each formula by its label, ``final`` the line that all of them end with, ``names`` the free names,
    ``assumptions`` what is assumed of them, ``tensors`` what the tensors are, ``example`` numbers that satisfy the
    assumptions, or None if the file has none: then it may be about nothing. ``layer`` says which layer the file is
    about, and its parameters, in the words of the file; if ``is_defined``, the formulas are equal to what a layer with
    these parameters is defined to be (see ``defined_by``). ``claimed`` has the words of whoever wrote
    the file, ``of``, ``statement``, ``scope`` and the layer's text, which nothing ties to the formulas, nor the labels.
    """

    formulas: dict[str, str]
    final: str
    names: tuple[str, ...]
    assumptions: tuple[str, ...]
    tensors: tuple[str, ...]
    example: dict[str, Number] | None
    steps: int
    layer: str
    is_defined: bool
    claimed: dict[str, str]

    def __str__(self) -> str:
        why = "as defined here" if self.is_defined else "as the file says"
        layer = f" of {self.layer}" if self.layer else ""
        example = "none is given, so there may be no such integers"
        if self.example is not None:
            example = listed(f"{shown_name(n)} = {value}" for n, value in self.example.items())
        lines = [
            f"about {shown(self.claimed['of'])}{layer}, {why}",
            f"{len(self.formulas)} formulas have the same value, by {counted(self.steps, 'step')}",
            f"for all integers: {listed(map(shown_name, self.names))}",
            f"such that: {listed(self.assumptions)}",
            f"for example: {example}",
            f"for all tensors: {listed(self.tensors)}",
            *(f"  {shown(label)}: {formula}" for label, formula in self.formulas.items()),
            f"  all equal to: {self.final}",
            "not checked, the words of the file: the labels of the formulas"
            + "".join(f", {key} {shown(words, 300)}" for key, words in self.claimed.items()),
        ]
        return "\n".join(lines)


# -- theorems ----------------------------------------------------------------------------------------------


def collected(terms: Iterable[Term]) -> Collected:
    """a g + b g = (a + b) g, and 0 g = 0."""
    totals: Collected = {}
    for coefficient, factors, bound in terms:
        totals[factors, bound] = add(totals.get((factors, bound), {}), dict(coefficient))
    return {key: value for key, value in totals.items() if value}


def digest(theorem: Mapping[str, Any]) -> str:
    """Of everything but the digest itself."""
    rest = {key: value for key, value in theorem.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def check(theorem: Any) -> "Verified":
    """Check one theorem, as JSON gives it, and say what was verified.

    Raises Rejected, and nothing else: it does not prove what it says, it is damaged, or it takes too much work.
    """
    with work_for(theorem):
        return checked(theorem)


def checked(theorem: Any) -> "Verified":
    words, parts = ("of", "statement", "scope"), ("assumptions", "formulas", "final")
    if type(theorem) is not dict or theorem.get("format") != "symconv theorem":
        raise Rejected("not a symconv theorem")
    version = theorem.get("version")
    if version not in (BY_SEARCH, VERSION):
        raise Rejected(f"not a theorem of version {BY_SEARCH} or {VERSION}; save it again with this symconv")
    more = ("layer",) if version == VERSION else ()
    fields(theorem, ("format", "version", *words, *more, *parts, "sha256"), ("example",))
    if any(type(theorem[key]) is not str for key in words) or type(version) is not int:
        raise Rejected(f"{listed(words)} are not text, or the version is not a whole number")
    layer = layer_text(theorem["layer"]) if more else ""
    assumed = Assumed(theorem["assumptions"], version)
    example = assumed.require_example(theorem["example"]) if "example" in theorem else None
    final = collected(read_terms(theorem["final"], assumed))
    formulas = named(theorem["formulas"])
    if len(formulas) < 2:
        raise Rejected("it has fewer than two formulas")
    if DEFINITION in theorem["formulas"]:
        raise Rejected(f"a formula is called {DEFINITION!r}")
    count, starts = 0, {}
    definition = bool(layer) and "steps" in theorem["layer"]
    for label, formula in [*([("", theorem["layer"])] if definition else []), *formulas]:
        number = 0
        try:
            if label:
                fields(formula, ("start", "steps"))
                terms = starts[label] = read_terms(formula["start"], assumed)
            else:
                fields(formula, ("text", "kind", "options", "numbers", "tensors", "entry", "steps"))
                terms = defined_by(formula, theorem["of"], assumed)
            for number, data in enumerate(rows(formula["steps"]), 1):  # noqa: B007
                terms = apply(data, terms, assumed)
        except Rejected as error:
            raise Rejected(error.why, label or DEFINITION, number) from None
        if collected(terms) != final:
            raise Rejected("its last line is not the final form", label or DEFINITION)
        count += number if label else 0
    if theorem["sha256"] != digest(theorem):
        raise Rejected("what it states was changed after it was written: the digest differs")
    return Verified(
        formulas={label: form_text(start) for label, start in starts.items()},
        final=form_text([(frozen(coefficient), *key) for key, coefficient in final.items()]),
        names=tuple(sorted(free_names(starts, assumed))),
        assumptions=tuple(assumed.said),
        tensors=tuple(map(tensor_text, *zip(*assumed.shapes.items()))) if assumed.shapes else (),
        example=example,
        steps=count,
        layer=layer,
        is_defined=definition,
        claimed={key: theorem[key] for key in words} | ({"layer": theorem["layer"]["text"]} if layer else {}),
    )


def layer_text(data: Any) -> str:
    """The layer that a file is about, with its parameters: numbers by name, one or one for each axis."""
    if data is None:
        return ""
    fields(data, ("text", "kind", "options", "numbers"), ("tensors", "entry", "steps"))
    if type(data["text"]) is not str:
        raise Rejected("the layer's text is not text")
    options = [f"{shown_name(key)} {shown_name(text(value))}" for key, value in named(data["options"])]
    numbers = [f"{shown_name(key)} {listed(map(poly_text, map(poly, rows(ps))))}" for key, ps in named(data["numbers"])]
    return f"{shown_name(text(data['kind']))} ({'; '.join([*options, *numbers])})"


def free_names(starts: Mapping[str, list[Term]], assumed: Assumed) -> set[str]:
    return assumed.names.union(*(term_names(term) - set(term[2]) for terms in starts.values() for term in terms))


def tensor_text(tensor: str, shape: list[Poly] | None) -> str:
    if shape is None:
        return f"{shown_name(tensor)} (any function of its indices)"
    return f"{shown_name(tensor)}[{', '.join(map(poly_text, shape))}]"


def check_file(path: str | PathLike[str] | int) -> list[Verified]:
    """Check a file with one theorem or several, and say what was verified of each. Raises Rejected."""
    try:
        with open(path, "rb") as file:
            read = file.read(MOST_BYTES + 1)
    except (OSError, ValueError, TypeError) as error:
        raise Rejected(f"it cannot be read: {shown(str(error), 200)}") from None
    if len(read) > MOST_BYTES:
        raise Rejected(f"it has more than {MOST_BYTES:,} bytes, the most that is read")
    if read.count(b"[") + read.count(b"{") > MOST_LISTS:  # each takes memory, of which a theorem needs less
        raise Rejected(f"it has more than {MOST_LISTS:,} lists and objects, the most that are read")
    data = parsed(read)
    with work_for(data):
        if type(data) is dict and "theorems" in data:
            data = rows(fields(data, ("theorems",), ("about",))["theorems"])
        else:
            data = [data]
        if not data:
            raise Rejected("there is no theorem in it")
        return [checked(theorem) for theorem in data]


def parsed(read: bytes) -> Any:
    """JSON with whole numbers and texts, and no key twice in one object."""

    def number(digits: str) -> int:
        if len(digits) > MOST_DIGITS + 1:
            raise Rejected(f"{shown(digits)} is not a whole number of at most {MOST_DIGITS} digits")
        return int(digits)

    def no_number(digits: str) -> NoReturn:
        raise Rejected(f"{shown(digits)} is not a whole number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) < len(pairs):
            raise Rejected(f"a key is twice in an object with the keys {shown(sorted(data))}")
        return data

    try:
        return json.loads(
            read.decode("utf-8"),
            parse_int=number, parse_float=no_number, parse_constant=no_number, object_pairs_hook=once,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise Rejected(f"not a theorem file: {shown(str(error), 200)}") from None


def report(path: str | PathLike[str], found: Sequence[Verified], why: str) -> list[str]:
    """The lines that say what was verified in a file, or why it was rejected."""
    file = ascii(str(path))[1:-1]
    if why:
        return [f"{file}: rejected: {why}"]
    counts = counted(len(found), "theorem"), counted(sum(one.steps for one in found), "step")
    lines = [f"{file}: verified, {listed(counts)}"]
    return [*lines, *(line for number, one in enumerate(found, 1) for line in ("", f"{number}. {one}"))]


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def main(paths: Sequence[str]) -> None:
    if not paths:
        sys.exit("usage: python -m symconv.verify FILE ..")
    for path in paths:
        try:
            print("\n".join(report(path, check_file(path), "")))
        except Rejected as error:
            sys.exit(report(path, [], str(error))[0])


if __name__ == "__main__":
    main(sys.argv[1:])
