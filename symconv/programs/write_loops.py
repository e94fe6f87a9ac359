"""A formula in loops: one product after the other, as its sums say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symconv.algebra.forms import Access, Delta, Range, Term
from symconv.algebra.polynomial import Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Reciprocal
from symconv.programs.write_parts import LONG, Sizes, function, named, not_written, number, size_of, tensors_of, wrapped

Position = tuple[str, Polynomial, Polynomial]
"""A letter, what it is, and its size."""


def loops(formula: TensorFormula, name: str, library: str) -> str:
    """The text of a function that adds the products of a formula one by one."""
    tensors, long = tensors_of(formula), _long_sizes(formula)
    bodies = [_Nest(formula, term, long).lines() for term in formula.readable_form]
    used = {letter for _, letters in bodies for letter in letters}
    shape = [size_of(dimension) for dimension in formula.layout]
    used |= {letter for size in (*shape, *long) for letter in size.names}
    sizes = Sizes(formula)
    sizes.from_shapes(tensors, used)
    sizes.define(sorted(used))
    zeros = "np.zeros" if library == "numpy" else "torch.zeros"
    kind = "" if library == "numpy" else f", dtype={named(tensors[0])}.dtype"
    comma = "," if len(shape) == 1 else ""
    result = named(str(formula.quantity))
    named_sizes = [f"{called} = {number(size)}" for size, called in long.items()]
    lines = [
        *sizes.lines,
        *named_sizes,
        f"{result} = {zeros}(({', '.join(long.get(one, number(one)) for one in shape)}{comma}){kind})",
    ]
    for body, _ in bodies:
        lines += body
    return function(name, sizes.parameters(tensors), [*lines, f"return {result}"], library)


def _long_sizes(formula: TensorFormula) -> dict[Polynomial, str]:
    """Names for the sizes of axes that are long expressions."""
    taken = formula.geometry.symbol_names
    layouts = (formula.layout, *(formula.layouts[name] for name in tensors_of(formula)))
    sizes = dict.fromkeys(axis.size for layout in layouts for dimension in layout for axis in dimension)
    long = [size for size in sizes if len(size.terms) >= LONG]
    names = ["m"] if len(long) == 1 else [f"m{at + 1}" for at in range(len(long))]
    return {size: name if name not in taken else f"{name}_" for size, name in zip(long, names)}


@dataclass
class _Nest:
    """The loops of one term of a formula."""

    formula: TensorFormula
    term: Term
    long: Mapping[Polynomial, str]

    def lines(self) -> tuple[list[str], set[str]]:
        """The lines, and the letters of sizes that they use."""
        axes = {axis.letter: axis.size for axis in self.formula.axes}
        ranges = {**axes, **self._ranges()}
        positions, tests = self._solved(ranges, set(axes))
        solved = {letter for letter, _, _ in positions}
        loop_over = [one for one in (*axes, *self.term.bound) if one not in solved]
        loop_over = list(dict.fromkeys(loop_over))
        lines, depth = [], 0
        for letter in loop_over:
            lines.append("    " * depth + f"for {named(letter)} in range({self._size(ranges[letter])}):")
            depth += 1
        guards: list[str] = []
        reads = []
        for access in self._accesses:
            index = []
            for at, one, size in zip(access.tensor.letters, access.indices, access.tensor.shape or ()):
                if self._is_inside(one, size, ranges):
                    index.append(one)
                    continue
                letter = at if at not in ranges and at not in {p[0] for p in positions} else f"{at}_{len(positions)}"
                positions.append((letter, one, size))
                index.append(Polynomial.name(letter))
            reads.append((access.tensor.name, index))
        for letter, value, size in positions:
            lines.append("    " * depth + f"{named(letter)} = {number(value, loop_over)}")
            guards.append(f"0 <= {named(letter)} < {self._size(size)}")
        guards += tests
        if guards:
            lines.append("    " * depth + f"if {' and '.join(guards)}:")
            depth += 1
        target = self._at(str(self.formula.quantity), self.formula.layout, [Polynomial.name(one) for one in axes])
        lines.append("    " * depth + f"{target} += {self._product(reads)}")
        letters = {name for size in ranges.values() for name in size.names}
        letters |= {name for _, value, size in positions for name in value.names | size.names}
        letters |= {name for factor in self.term.factors for one in factor.polynomials for name in one.names}
        letters |= set(self.term.coefficient.names) | {n for one in self._divisors for n in one.names}
        return lines, letters - ranges.keys() - {letter for letter, _, _ in positions}

    def _size(self, size: Polynomial) -> str:
        return self.long.get(size, number(size))

    @property
    def _accesses(self) -> list[Access]:
        fixed = dict(self.formula.geometry.fixed)
        return [one for one in self.term.factors if isinstance(one, Access) and one.tensor.name not in fixed]

    @property
    def _divisors(self) -> list[Polynomial]:
        """What the fixed factors divide by."""
        found = []
        for one in self.term.factors:
            fixed = self.formula.geometry.fixed.get(one.tensor.name) if isinstance(one, Access) else None
            if isinstance(fixed, Reciprocal):
                found.append(fixed.divisor)
            elif fixed is not None and isinstance(one, Access) and not one.tensor.rank:  # of average pooling
                found += [scheme.K for scheme in getattr(self.formula.geometry, "schemes", ())]
            elif fixed is not None:
                raise not_written(self.formula, "its fixed factor is another number for every entry")
        return found

    def _ranges(self) -> dict[str, Polynomial]:
        """The number of values of every bound letter that is an index by itself, or has a range of its own."""
        found: dict[str, Polynomial] = {}
        for access in self._accesses:
            for index, size in zip(access.indices, access.tensor.shape or ()):
                if (name := index.single_name) in self.term.bound:
                    found.setdefault(str(name), size)
        ends = [factor.expression for factor in self.term.factors if isinstance(factor, Range)]
        for name in self.term.bound:
            letter = Polynomial.name(name)
            if name not in found and letter in ends:
                for end in ends:
                    if name not in (end + letter).names and end != letter:
                        found[name] = end + letter + 1
        return found

    def _solved(self, ranges: dict[str, Polynomial], axes: set[str]) -> tuple[list[Position], list[str]]:
        """Letters that a delta gives, and what else has to hold."""
        positions: list[Position] = []
        tests: list[str] = []
        taken: set[str] = set()
        for factor in self.term.factors:
            if isinstance(factor, Delta):
                expression = factor.expression
                free = [
                    name
                    for name in expression.names & (axes | set(self.term.bound))
                    if expression.unit(name) and name in ranges and not any(name in p[1].names for p in positions)
                ]
                free = [name for name in free if not (expression.names & taken)]
                if not free:
                    tests.append(f"{number(expression)} == 0")
                    continue
                letter = min(free, key=lambda name: (len(_coefficient(expression, name)), name not in axes, name))
                value = expression.without(letter) * -expression.unit(letter)
                positions.append((letter, value, ranges[letter]))
                taken.add(letter)
            elif isinstance(factor, Range) and not self._is_range(factor, ranges):
                tests.append(f"{number(factor.expression)} >= 0")
        left = [one for one in self.term.bound if one not in ranges]
        if left:
            raise not_written(self.formula, f"its sum over {', '.join(left)} has no limits of its own")
        return positions, tests

    @staticmethod
    def _is_range(factor: Range, ranges: dict[str, Polynomial]) -> bool:
        """Whether a loop's own range says it."""
        return any(
            factor.expression in (Polynomial.name(name), size - 1 - Polynomial.name(name))
            for name, size in ranges.items()
        )

    def _is_inside(self, index: Polynomial, size: Polynomial, ranges: dict[str, Polynomial]) -> bool:
        """Whether an index is inside its dimension for all values of the loops."""
        if (name := index.single_name) is not None and ranges.get(name) == size:
            return True
        facts = [
            fact for name, most in ranges.items() for fact in (Polynomial.name(name), most - 1 - Polynomial.name(name))
        ]
        known = self.formula.geometry.assumptions.and_also(facts)
        return known.implies(index) and known.implies(size - 1 - index)

    def _product(self, reads: Sequence[tuple[str, list[Polynomial]]]) -> str:
        order = {one: at for at, one in enumerate(self.formula.geometry.reading_order)}
        factors = [
            self._at(name, self.formula.layouts[name], index)
            for name, index in sorted(reads, key=lambda read: order.get(read[0], 99))
        ]
        coefficient = number(self.term.coefficient)
        if coefficient != "1" or not factors:
            factors.insert(0, wrapped(coefficient))
        return " * ".join(factors) + "".join(f" / {wrapped(number(one))}" for one in self._divisors)

    @staticmethod
    def _at(name: str, layout: Layout, index: Sequence[Polynomial]) -> str:
        """An entry of an array, whose dimensions may be several axes flattened."""
        left = list(index)
        places = []
        for dimension in layout:
            flat = Polynomial()
            for axis in dimension:
                flat = flat * axis.size + left.pop(0)
            places.append(number(flat))
        return f"{named(name)}[{', '.join(places)}]" if places else named(name)


def _coefficient(expression: Polynomial, name: str) -> tuple[str, ...]:
    """Letters that multiply a name; none if its coefficient is 1 or -1."""
    return tuple(one for names, _ in expression.terms if name in names for one in names if one != name)
