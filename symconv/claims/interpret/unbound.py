"""Letters that no sum sign binds: indices that are summed over all the same, and sizes at the ends of sums.

dx[s*i + k] += delta[i]*w[k] adds up, for every j, the products with s i + k = j. In x_{i+k} delta_i of an entry k, the
index i stands twice, and Einstein's convention sums over it. At the end of a sum, as in H - k_1, the letter k_1 is the
size K_1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.claims.parse.quotients import Quotient, index_text, where
from symconv.claims.parse.series import Series
from symconv.claims.parse.text import Node, plain
from symconv.claims.parse.written import Written

Left = tuple[str, tuple[sp.Expr, ...]]


def scattered(reading: Series, tensor: str, items: Sequence[Node]) -> tuple[tuple[sp.Expr, ...], list[sp.Expr]]:
    """New indices for a left side, and what each is equal to; slices and missing indices make axes of arrays."""
    letters = reading.names.tensors[tensor].letters
    if any(item.data == "slice" for item in items) or len(items) < len(letters):
        reading.axes = []
        values = list(reading.slices(items, tensor) if items else reading.whole_indices(tensor))
    else:
        values = [reading.index(item) for item in items]
    taken = {str(symbol) for value in values for symbol in value.free_symbols}
    taken |= reading.names.sizes.keys() | reading.looped
    names = [letter if letter not in taken else f"{letter}''" for letter in letters]
    return tuple(sp.Symbol(name, integer=True) for name in names), values


def added_up(
    reading: Series, value: Quotient, left: Left | None, written: Written, equal: Sequence[sp.Expr]
) -> Quotient:
    """The value of y[i] += .., summed over every index that is not on the left, within its loop."""
    kept = [] if left is None else [str(index) for index in left[1]]
    loops = {plain(loop.children[0].children[0]): loop.children[-1] for loop in written.loops}
    above = value.above
    for index, other in zip(() if left is None else left[1], equal):
        above *= sp.KroneckerDelta(index, other)
    names = [name for name in dict.fromkeys((*reading.free, *loops)) if name not in kept]
    limits = [(name, sp.Integer(0), length - 1) for name, length in reading.axes or ()]
    for name in names:
        index = reading.names.index(name)
        within = reading.in_window(index, (-sp.oo, sp.oo), above, kept)
        low, high, facts = reading.loop(loops[name], index) if name in loops else (*within, [])
        limits.append((index, low, high))
        above = where(above, facts) if facts else above
    reading.free = {name: None for name in reading.free if name in kept}
    if names and not loops:
        reading.readings.setdefault(f"it is added up over {', '.join(names)}")
    return Quotient(sp.Sum(above, *reversed(limits)), value.below) if limits else value


def loops_on_the_left(reading: Series, left: Left | None, written: Written) -> Iterator[tuple[int, sp.Expr, sp.Expr]]:
    """The loops over indices of the left side: the place of the index, its first and its last number."""
    if left is None or not written.loops:
        return
    places = {str(index): at for at, index in enumerate(left[1])}
    tensor = reading.names.tensors.get(left[0])
    shape = () if tensor is None or tensor.shape is None else tensor.shape
    for loop in written.loops if shape else ():
        name = plain(loop.children[0].children[0])
        if name in places:
            lows, highs = ([reading.in_floors(end) for end in ends] for ends in reading.ends(loop.children[-1]))
            first, last = sp.Max(*lows), sp.Min(*highs)
            for unknown in sorted({one.name for one in first.free_symbols | last.free_symbols} & reading.free.keys()):
                last = _to_the_end(reading, loop, shape[places[name]], unknown, last)
            yield places[name], first, last


def _to_the_end(reading: Series, loop: Node, size: Polynomial, name: str, last: sp.Expr) -> sp.Expr:
    """The last number of range(R), of which nothing else is known: R is the size of the axis of the left side."""
    if str(last) != f"{name} - 1":
        known = ", ".join(sorted(reading.names.sizes))
        raise reading.error(loop, f"{name} is not a size of the layer", f"sizes are {known}")
    del reading.free[name]
    end = reading.layer.writer.polynomial(size)
    reading.readings.setdefault(f"{name} is {end}")
    return end - 1


def repeated(reading: Series, value: Quotient, left: Left | None) -> Quotient:
    """A product summed over indices that stand in two of its entries and not on the left side."""
    if left is None or not any(index.is_Symbol for index in left[1]):
        return value
    kept = {index_text(index) for index in left[1]}
    unbound = [name for name in reading.free if name not in kept]
    if not unbound:
        return value
    terms = [[f for f in sp.Mul.make_args(term) if isinstance(f, sp.Indexed)] for term in sp.Add.make_args(value.above)]
    for name in unbound:
        if not all(sum(sp.Symbol(name, integer=True) in f.free_symbols for f in term) > 1 for term in terms):
            return value
    if value.above.has(sp.Sum):
        return value
    for name in unbound:
        del reading.free[name]
        reading.readings.setdefault(f"{name} stands twice and is summed over")
    limits = [(sp.Symbol(name, integer=True), -sp.oo, sp.oo) for name in unbound]
    return Quotient(sp.Sum(value.above, *limits), value.below)


def sizes_in_small_letters(reading: Series, value: Quotient) -> Quotient:
    """The value with k_1 as K_1 and k as K, if such a letter stands at the ends of sums and in no index."""
    sums = value.above.atoms(sp.Sum)
    ends = {one for total in sums for _, *limits in total.limits for end in limits for one in end.free_symbols}
    inside = {
        one for part in value.above.atoms(sp.Indexed, sp.KroneckerDelta, sp.Piecewise)
        for index in (part.indices if isinstance(part, sp.Indexed) else part.args) for one in index.free_symbols
    }  # fmt: skip
    meant: dict[sp.Expr, sp.Expr] = {}
    for name in tuple(reading.free):
        letter, size = sp.Symbol(name, integer=True), reading.names.sizes.get(name[:1].upper() + name[1:])
        if size is not None and letter in ends and letter not in inside:
            meant[letter] = size
            del reading.free[name]
            reading.readings.setdefault(f"{name} is {size}")
    return Quotient(value.above.xreplace(meant), value.below) if meant else value
