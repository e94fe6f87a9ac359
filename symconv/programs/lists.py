"""Lists of symbolic length: their items by index, read and set, as in ``y = [0.0] * m`` and ``y[i] = ..``.

The numbers of such a list, or of the lists in it, are kept in one memory, of which the list at an index is a part; so
what is set in it is seen wherever the list has a name, as in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis
from symconv.programs import arrays, index, writing
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Unread
from symconv.programs.values import (
    Array,
    Cell,
    Entry,
    Filled,
    IndexArray,
    ListValue,
    Real,
    Repeated,
    Segment,
    Unknown,
    as_made,
    is_number,
)

MADE_IN_ROUNDS = "each round of a loop made one, and it may have other names"
"""Why memory is frozen of which every round of a loop made one; its form is for any round."""


def of_copies(machine: Machine, item: Any, count: Polynomial) -> ListValue:
    """``[item] * count``."""
    if not machine.always(count):
        return ListValue(machine.journal.tick(), ())
    axis = Axis(machine.fresh(), count)
    if item is None or is_single(item):
        made = Repeated((axis,), entry(machine, (axis,), item))
    elif isinstance(item, (Array, IndexArray, ListValue)):
        made = Repeated((axis,), item)
    else:
        raise Unread("a list that is repeated", f"a {arrays.described(item)} in it is not read", "use np.zeros")
    return ListValue(machine.journal.tick(), (Segment(made),))


def several_times(machine: Machine, value: Repeated, count: Polynomial) -> ListValue:
    """A list of whole numbers, ``count`` times one after the other."""
    item = as_made(value.item)
    if not isinstance(item, Polynomial):
        raise Unread("a list that is repeated", f"{arrays.described(item)} in it is not read", "use np.tile")
    if not machine.always(count):
        return ListValue(machine.journal.tick(), ())
    own = tuple(Axis(machine.fresh(), axis.size) for axis in value.axes)
    names = {old.letter: Polynomial.name(new.letter) for old, new in zip(value.axes, own)}
    made = Repeated((Axis(machine.fresh(), count), *own), item.substitute(names))
    return ListValue(machine.journal.tick(), (Segment(with_memory(machine, made)),))


def copied(machine: Machine, value: Repeated) -> ListValue:
    """A new list with the items of one; numbers are kept in memory of their own."""
    item = value.item
    if isinstance(item, Entry):
        item = item.value if item.is_as_made else arrays.copy(machine, item.array)
        if item is None or len(value.axes) > 1:
            raise Unread("a copy of a list", "its items may be None", "use an array")
    if is_single(item):
        value = with_memory(machine, replace(value, item=item))
    return ListValue(machine.journal.tick(), (Segment(value),))


def is_single(item: Any) -> bool:
    """Whether it is one number."""
    return is_number(item) or (isinstance(item, Array) and not item.rank)


def entry(machine: Machine, axes: tuple[Axis, ...], item: Any) -> Entry:
    """Numbers at every index of the axes, in memory of their own; None is a number that is not set."""
    own = tuple(Axis(machine.fresh(), axis.size) for axis in axes)
    names = {old.letter: Polynomial.name(new.letter) for old, new in zip(axes, own)}
    if item is None:
        tensor = Tensor(f"{arrays.UNSET}{machine.line} {machine.fresh()}", len(own), tuple(axis.size for axis in own))
        form = Form.access(tensor, names.values())
    else:
        form = arrays.data(machine, item).form.substitute(names)
        form = machine.tidy(form.within(list(names.values()), [axis.size for axis in own]))
    cell = machine.cell(own, form, "mixed" if isinstance(item, (Polynomial, bool)) else "data")
    index_of = {new.letter: Polynomial.name(old.letter) for old, new in zip(axes, own)}
    return Entry(Array((), cell, index_of), item, form)


def with_memory(machine: Machine, made: Repeated) -> Repeated:
    """A list that nothing else knows, with memory of its own for the numbers in it and in its lists."""
    if is_single(made.item):
        return replace(made, item=entry(machine, made.axes, made.item))
    inner, path = made.item, [made]
    while isinstance(inner, Repeated):
        path.append(inner)
        inner = inner.item
    if not isinstance(inner, Entry):
        return made
    outer = tuple(Axis(machine.fresh(), axis.size) for axis in made.axes)
    names = {old.letter: Polynomial.name(new.letter) for old, new in zip(made.axes, outer)}
    old = inner.array
    form = old.cell.form.substitute(names).within(list(names.values()), [axis.size for axis in outer])
    axes = (*outer, *old.cell.axes)
    cell = machine.cell(axes, machine.tidy(form, axes), old.cell.kind)
    index_of = {new.letter: Polynomial.name(axis.letter) for axis, new in zip(made.axes, outer)}
    item: Any = Entry(Array((), cell, {**index_of, **old.index}), inner.value, cell.form if inner.is_as_made else None)
    for one in reversed(path):
        item = replace(one, item=item)
    assert isinstance(item, Repeated)
    return item


def freeze(machine: Machine, item: Any, birth: int) -> None:
    """Let nothing be written to memory in an item of a list that a round of a loop made, which began at ``birth``."""
    if isinstance(item, Repeated):
        freeze(machine, item.item, birth)
    elif isinstance(item, tuple):
        for one in item:
            freeze(machine, one, birth)
    array = item.array if isinstance(item, Entry) else item
    if isinstance(array, Array) and array.cell.birth >= birth:
        machine.journal.put(array.cell, "frozen", MADE_IN_ROUNDS)


# -- items -------------------------------------------------------------------------------------------------


def nth(machine: Machine, value: Repeated, at: Polynomial) -> Any:
    """The item at an index that is inside."""
    if len(value.axes) != 1:
        found = index.select(machine, arrays.data(machine, value), at)
        if isinstance(found, Array):
            machine.journal.put(found.cell, "frozen", MADE_IN_ROUNDS)
        return found
    return read_item(machine, at_indices(machine, value.item, {value.axes[0].letter: at}))


def read_item(machine: Machine, item: Any) -> Any:
    """An item as a value: of an entry, the number that it is now."""
    if not isinstance(item, Entry):
        return arrays.copy(machine, item) if isinstance(item, Array) and not item.rank else item
    if item.is_as_made:
        return item.value
    number = arrays.number(machine, machine.tidy(item.array.form), item.array.kind)
    earlier = {state.name for loop in machine.loops for state in loop.states}
    may_be_none = arrays.unset_line(number.form) or earlier & {tensor.name for tensor in number.form.tensors}
    if item.value is None and may_be_none:
        raise Unread("an item of a list", "it may be None", "fill the list with numbers")
    return number


def at_indices(machine: Machine, item: Any, values: Mapping[str, Polynomial]) -> Any:
    """An item in the letters of a list's axes at an index."""
    if isinstance(item, Polynomial):
        return item.substitute(values)
    if isinstance(item, Real):
        return Real(item.numerator.substitute(values), item.denominator.substitute(values))
    if isinstance(item, tuple):
        return tuple(at_indices(machine, one, values) for one in item)
    if isinstance(item, IndexArray):
        return IndexArray(_dims(item.dims, values), item.value.substitute(values))
    if isinstance(item, Array):
        cell = _cell(machine, item.cell, values)
        at = {letter: one.substitute(values) for letter, one in item.index.items()}
        return replace(item, dims=_dims(item.dims, values), cell=cell, index=at)
    if isinstance(item, Repeated):
        axes = tuple(Axis(axis.letter, axis.size.substitute(values)) for axis in item.axes)
        return Repeated(axes, at_indices(machine, item.item, values))
    if isinstance(item, Entry):
        array = at_indices(machine, item.array, values)
        kept = item.form if array.cell is item.array.cell else array.cell.form
        form = kept if item.is_as_made else None
        return Entry(array, at_indices(machine, item.value, values), form)
    if item is None or isinstance(item, (bool, str, ListValue)):
        return item
    raise Unread("an item of a list", f"a {arrays.described(item)} whose index depends on sizes", "use an array")


def _dims(dims: tuple[tuple[Axis, ...], ...], values: Mapping[str, Polynomial]) -> tuple[tuple[Axis, ...], ...]:
    return tuple(tuple(Axis(axis.letter, axis.size.substitute(values)) for axis in one) for one in dims)


def _cell(machine: Machine, cell: Cell, values: Mapping[str, Polynomial]) -> Cell:
    """The memory of one round, if every round of a loop made one."""
    if cell.contents["frozen"] != MADE_IN_ROUNDS:
        return cell
    axes = tuple(Axis(axis.letter, axis.size.substitute(values)) for axis in cell.axes)
    new = machine.cell(axes, cell.form.substitute(values), cell.kind)
    machine.journal.put(new, "lines", cell.lines)
    machine.journal.put(new, "frozen", MADE_IN_ROUNDS)
    return new


def to_set(machine: Machine, container: Any) -> Repeated | None:
    """A list whose length depends on sizes as the item at every index; no item of it counts as read."""
    if not isinstance(container, ListValue):
        return container if isinstance(container, Repeated) else None
    items = machine.resolved(container.items)
    if isinstance(items, Unknown):
        raise Unread("a list", items.why, "use an array")
    return items[0].repeated if len(items) == 1 and isinstance(items[0], Segment) else None


def place(machine: Machine, value: Repeated, at: Polynomial) -> index.Part | None:
    """Where the number at an index is kept; None if an item is not a number that can be set."""
    if len(value.axes) != 1 or not isinstance(value.item, Entry):
        return None
    return index.Part(at_indices(machine, value.item.array, {value.axes[0].letter: at}), False)


def may_be_none(value: Repeated) -> bool:
    """Whether the list was made of None."""
    return isinstance(value.item, Entry) and value.item.value is None


def set_nth(machine: Machine, container: Any, value: Repeated, at: Polynomial, new: Any) -> None:
    """container[at] = new, the index inside, where ``value`` is what the container is."""
    part = place(machine, value, at)
    if part is not None and is_single(new):
        writing.assign(machine, part, new, converts=False)
    elif part is not None and isinstance(container, ListValue):
        machine.put(container, "items", (Filled(value, at, new),))
    else:
        raise Unread("an item of a list", "setting it is not read, as each round made one", "use an array")
