"""The values of the algebra: tensors, the four kinds of factor, terms and forms.

A **form** is a finite sum of **terms**; a term is a coefficient times a product of **factors**, summed
over all integer values of its **bound** names. The kinds of factor are closed:

* ``Access``:  T[e1, .., er], a tensor at indices, zero wherever an index leaves the tensor's box;
* ``Delta``:   [e = 0], one where e is zero and else zero;
* ``Range``:   [e >= 0], one where e is not negative and else zero;
* the constant, a polynomial kept as the term's ``coefficient``.

All values are immutable and hashable. What can be done with them lives in the other modules, one
operation a module.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter, is_
from typing import Any, TypeVar

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.foundations.values import setters


@dataclass(frozen=True, slots=True)
class Tensor:
    """A function on Z^r, zero outside 0 <= index < shape.

    ``shape`` is None where no box is known: the tensor is then any function on Z^rank. ``letters`` are
    the names under which its axes are usually written; they are for display and no part of the value.
    ``applied`` says how it is made from another tensor, if it is; its name then says so too.
    """

    name: str
    rank: int
    shape: tuple[Polynomial, ...] | None = None
    letters: tuple[str, ...] = field(default=(), compare=False)
    applied: Applied | None = field(default=None, compare=False)

    def resized(self, values: Mapping[str, Polynomial]) -> Tensor:
        """The tensor with names in its shape replaced."""
        shape = None if self.shape is None else tuple(size.substitute(values) for size in self.shape)
        applied = None if self.applied is None else self.applied.on(self.applied.argument.resized(values))
        return replace(self, shape=shape, applied=applied)

    @property
    def variable(self) -> Tensor:
        """The tensor whose entries this one's depend on: itself, or what a function is applied to."""
        return self if self.applied is None else self.applied.argument


class Applied(ABC):
    """A function of another tensor, of the same shape: f(z) entry by entry, or softmax(z)."""

    argument: Tensor

    @property
    def is_free(self) -> bool:
        """Whether its entries may be any numbers, so that numbers for them can refute an equation."""
        return False

    @property
    def adds_up_to_one(self) -> tuple[int, ...]:
        """Axes over which the sum of all entries is 1, for every index on the others; none if there are none."""
        return ()

    @abstractmethod
    def on(self, argument: Tensor) -> Applied:
        """The same function of another tensor."""

    @abstractmethod
    def derivative(self, at: Sequence[Polynomial], by: Sequence[Polynomial]) -> Form:
        """The derivative of the entry ``at`` by the argument's entry ``by``."""

    @abstractmethod
    def expression(self, entry: Callable[[str], Any]) -> Any:
        """The entry in SymPy, given the entry there of a tensor by name."""

    @abstractmethod
    def tree(self, entry: Callable[[str], Any]) -> Any:
        """The entry as a tree of mathematics, given the entry there of a tensor by name."""

    @abstractmethod
    def values(self, argument: Any) -> Any:
        """All entries in numbers, given the argument's as an array."""


SortKey = tuple[int, str, tuple[Any, ...]]
"""The place of a factor in a product: accesses by name and indices, then brackets, then ranges."""


_sort_key, _name = attrgetter("sort_key"), attrgetter("name")


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Access:
    tensor: Tensor
    indices: tuple[Polynomial, ...]
    sort_key: SortKey = field(init=False, repr=False)

    def __init__(self, tensor: Tensor, indices: tuple[Polynomial, ...]) -> None:
        _set_tensor(self, tensor)
        _set_indices(self, indices)
        _set_key_of_access(self, (0, tensor.name, tuple([index.terms for index in indices])))

    def __eq__(self, other: object) -> bool:
        """By the sort key, a tuple that Python compares fast; it says all but the shape of the tensor."""
        if self is other:
            return True
        return isinstance(other, Access) and self.sort_key == other.sort_key and self.tensor == other.tensor

    def __hash__(self) -> int:
        return hash(self.sort_key)

    @property
    def polynomials(self) -> tuple[Polynomial, ...]:
        return self.indices

    def depends_on(self, tensor: Tensor) -> bool:
        """Whether it is an entry of the tensor, or of a function of it."""
        variable = self.tensor if self.tensor.applied is None else self.tensor.variable
        return variable is tensor or variable == tensor

    def substitute(self, values: Mapping[str, Polynomial]) -> Access:
        indices = tuple([index.substitute(values) for index in self.indices])
        return self if all(map(is_, indices, self.indices)) else Access(self.tensor, indices)


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Delta:
    """[expression = 0]. Its sign carries no meaning, so it is stored with its first coefficient positive."""

    expression: Polynomial
    sort_key: SortKey = field(init=False, repr=False)

    def __init__(self, expression: Polynomial) -> None:
        _set_delta(self, expression)
        _set_key_of_delta(self, (1, "", (expression.terms,)))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Delta) and self.sort_key == other.sort_key)

    def __hash__(self) -> int:
        return hash(self.sort_key)

    @staticmethod
    def equal(left: Polynomial, right: Polynomial) -> Delta:
        return Delta.zero(left - right)

    @staticmethod
    def zero(expression: Polynomial) -> Delta:
        """[expression = 0], in the sign in which it is stored."""
        leading = expression.terms[-1][1] if expression.terms else 1
        return Delta(expression if leading > 0 else -expression)

    @property
    def polynomials(self) -> tuple[Polynomial, ...]:
        return (self.expression,)

    def substitute(self, values: Mapping[str, Polynomial]) -> Delta:
        expression = self.expression.substitute(values)
        return self if expression is self.expression else Delta.zero(expression)


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Range:
    """[expression >= 0]."""

    expression: Polynomial
    sort_key: SortKey = field(init=False, repr=False)

    def __init__(self, expression: Polynomial) -> None:
        _set_range(self, expression)
        _set_key_of_range(self, (2, "", (expression.terms,)))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Range) and self.sort_key == other.sort_key)

    def __hash__(self) -> int:
        return hash(self.sort_key)

    @property
    def polynomials(self) -> tuple[Polynomial, ...]:
        return (self.expression,)

    def substitute(self, values: Mapping[str, Polynomial]) -> Range:
        expression = self.expression.substitute(values)
        return self if expression is self.expression else Range(expression)


_set_tensor, _set_indices, _set_key_of_access = setters(Access, "tensor", "indices", "sort_key")
_set_delta, _set_key_of_delta = setters(Delta, "expression", "sort_key")
_set_range, _set_key_of_range = setters(Range, "expression", "sort_key")
Factor = Access | Delta | Range
F = TypeVar("F", bound=Factor)


def box(indices: Iterable[Polynomial], shape: Iterable[Polynomial]) -> tuple[Range, ...]:
    """The ranges that say 0 <= index < size on every axis: zero extension made explicit."""
    return tuple(r for index, size in zip(indices, shape) for r in (Range(index), Range(size - 1 - index)))


def new_ranges(
    factors: Sequence[Factor], indices: Sequence[Polynomial], shape: Sequence[Polynomial]
) -> tuple[Range, ...]:
    """The box, without what the factors say: where an access has that very index and size, it is zero outside.

    An axis of one element keeps its ranges, which changes no value: they meet in a bracket, of which more is known.
    """
    if not indices:
        return ()
    said = [
        (index.terms, size.terms)
        for factor in factors
        if isinstance(factor, Access) and factor.tensor.shape is not None
        for index, size in zip(factor.indices, factor.tensor.shape)
    ]
    pairs = zip(indices, shape)
    new = [(index, size) for index, size in pairs if (index.terms, size.terms) not in said or size == ONE]
    return tuple([side for index, size in new for side in (Range(index), Range(size - 1 - index))])


def in_order(factors: Iterable[F]) -> list[F]:
    """The factors in the standard order, equal brackets and ranges once."""
    ordered = sorted(factors, key=_sort_key)
    keys = [factor.sort_key for factor in ordered]
    again = [at for at, key in enumerate(keys[1:], 1) if key == keys[at - 1]]
    for at in reversed(again):
        if not isinstance(ordered[at], Access):
            del ordered[at]
    return ordered


@dataclass(frozen=True, slots=True, init=False)
class Term:
    """coefficient * product of factors, summed over Z for every bound name."""

    coefficient: Polynomial
    factors: tuple[Factor, ...]
    bound: tuple[str, ...] = ()

    def __init__(self, coefficient: Polynomial, factors: tuple[Factor, ...], bound: tuple[str, ...] = ()) -> None:
        _set_coefficient(self, coefficient)
        _set_factors(self, factors)
        _set_bound(self, bound)

    @staticmethod
    def make(coefficient: Polynomial, factors: Iterable[Factor], bound: Iterable[str] = ()) -> Term:
        """A term in the standard order: factors sorted, equal deltas and ranges kept once."""
        return Term(coefficient, tuple(in_order(factors)), tuple(sorted(bound)))

    @property
    def names(self) -> frozenset[str]:
        """Every name that occurs, bound or not."""
        inside = [p.names for factor in self.factors for p in factor.polynomials]
        return self.coefficient.names.union(self.bound, *inside)

    @property
    def free(self) -> frozenset[str]:
        return self.names.difference(self.bound)

    def new_name(self, letter: str, taken: Iterable[str], *others: Polynomial) -> str:
        """A name to sum over that is no other one: not of a tensor's size either, of which more is known."""
        shapes = [f.tensor.shape for f in self.factors if isinstance(f, Access) and f.tensor.shape is not None]
        inside = [one.names for shape in (others, *shapes) for one in shape]
        return fresh(letter, self.names.union(taken, *inside))

    def substitute(self, values: Mapping[str, Polynomial], bound: Iterable[str] | None = None) -> Term:
        """Replace names by polynomials. The caller keeps bound names and substituted ones apart."""
        factors = [factor.substitute(values) for factor in self.factors]
        return Term.make(self.coefficient.substitute(values), factors, self.bound if bound is None else bound)

    def renamed_apart(self, taken: Iterable[str]) -> Term:
        """The same term, its bound names changed where they clash with ``taken``."""
        return self.put({}, taken) if self.bound else self

    def put(self, values: Mapping[str, Polynomial], taken: Iterable[str]) -> Term:
        """Replace free names, bound names changed where they clash with ``taken``."""
        taken = taken if isinstance(taken, frozenset) else frozenset(taken)
        if taken.isdisjoint(self.bound):
            return self.substitute(values) if values else self
        clashes = [name for name in self.bound if name in taken]
        known = {*taken, *self.names}
        renaming = {}
        for name in clashes:
            renaming[name] = fresh(name, known)
            known.add(renaming[name])
        values = {**values, **{old: Polynomial.name(new) for old, new in renaming.items()}}
        return self.substitute(values, [renaming.get(name, name) for name in self.bound])

    def reads(self, tensor: Tensor) -> bool:
        """Whether it has the tensor, or a function of it."""
        accesses = [one.tensor for one in self.factors if isinstance(one, Access)]
        return tensor in [one if one.applied is None else one.variable for one in accesses]

    def within(self, indices: Sequence[Polynomial], shape: Sequence[Polynomial]) -> Term:
        """The term where every index is inside its box, and zero elsewhere."""
        term = self.renamed_apart(frozenset[str]().union(*(p.names for p in (*indices, *shape))))
        ranges = new_ranges(term.factors, indices, shape)
        return Term.make(term.coefficient, term.factors + ranges, term.bound) if ranges else term

    def with_accesses(self, change: Callable[[Access], Access]) -> Term:
        """Every access replaced by another."""
        factors = (change(factor) if isinstance(factor, Access) else factor for factor in self.factors)
        return Term.make(self.coefficient, factors, self.bound)

    def __mul__(self, other: Term) -> Term:
        other = other.renamed_apart(self.names) if other.bound else other
        left = self.renamed_apart(other.names) if self.bound else self  # also from its new names
        return Term.make(left.coefficient * other.coefficient, left.factors + other.factors, left.bound + other.bound)


_set_coefficient, _set_factors, _set_bound = setters(Term, "coefficient", "factors", "bound")


def fresh(name: str, taken: Iterable[str]) -> str:
    """``name`` with as many primes as make it new."""
    taken = taken if isinstance(taken, (set, frozenset)) else set(taken)
    while name in taken:
        name += "'"
    return name


@dataclass(frozen=True, slots=True, init=False)
class Form:
    """A sum of terms: a function of its free names."""

    terms: tuple[Term, ...] = ()

    def __init__(self, terms: tuple[Term, ...] = ()) -> None:
        _set_terms(self, terms)

    @staticmethod
    def constant(value: Polynomial) -> Form:
        return Form((Term(value, ()),)) if value else Form()

    @staticmethod
    def access(tensor: Tensor, indices: Iterable[Polynomial]) -> Form:
        return Form((Term(ONE, (Access(tensor, tuple(indices)),)),))

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def __add__(self, other: Form) -> Form:
        return Form(self.terms + other.terms)

    def __neg__(self) -> Form:
        return Form(tuple(Term(-t.coefficient, t.factors, t.bound) for t in self.terms))

    def __sub__(self, other: Form) -> Form:
        return self + -other

    def __mul__(self, other: Form) -> Form:
        """Distribute: sums run over all of Z, so a product of sums is the sum of the products."""
        return Form(tuple(a * b for a in self.terms for b in other.terms))

    @property
    def free(self) -> frozenset[str]:
        return frozenset().union(*(term.free for term in self.terms))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor that is accessed, once, in order of name."""
        found = {f.tensor for term in self.terms for f in term.factors if isinstance(f, Access)}
        return tuple(sorted(found, key=_name))

    @property
    def is_free(self) -> bool:
        """Whether the entries of all its tensors may be any numbers."""
        return all(tensor.applied is None or tensor.applied.is_free for tensor in self.tensors)

    @property
    def operands(self) -> tuple[Tensor, ...]:
        """Every tensor by which the form can be differentiated: of f(z), that is z."""
        found = {tensor if tensor.applied is None else tensor.variable for tensor in self.tensors}
        return tuple(sorted(found, key=_name))

    def substitute(self, values: Mapping[str, Polynomial], apart: frozenset[str] = frozenset()) -> Form:
        """Replace free names; bound names are renamed out of the way, also of those that are to be ``apart``."""
        values = {name: value for name, value in values.items() if value.terms != (((name,), 1),)}
        taken = apart.union(values, *[value.names for value in values.values()])
        return Form(tuple([term.put(values, taken) for term in self.terms])) if taken else self

    def reading(self, tensor: Tensor) -> Form:
        """The terms that have the tensor, or a function of it."""
        return Form(tuple([term for term in self.terms if term.reads(tensor)]))

    def with_accesses(self, change: Callable[[Access], Access]) -> Form:
        """Every access replaced by another."""
        return Form(tuple(term.with_accesses(change) for term in self.terms))

    def resized(self, values: Mapping[str, Polynomial]) -> Form:
        """Replace names in the shapes of the tensors too; they must be no bound names."""
        return self.substitute(values).with_accesses(lambda a: Access(a.tensor.resized(values), a.indices))

    def summed(self, names: Iterable[str]) -> Form:
        """The sum of this form over all integer values of the given free names."""
        extra = tuple(names)
        return Form(tuple(Term(t.coefficient, t.factors, tuple(sorted(t.bound + extra))) for t in self.terms))

    def within(self, indices: Sequence[Polynomial], shape: Sequence[Polynomial]) -> Form:
        """The form where every index is inside its box, and zero elsewhere."""
        return Form(tuple(term.within(indices, shape) for term in self.terms))

    def times(self, factors: Iterable[Factor]) -> Form:
        """Every term multiplied by the given factors."""
        return self * Form((Term.make(ONE, factors),))


(_set_terms,) = setters(Form, "terms")
