"""One of the results of a function that was read: all that it returns, a part of that, or what it writes into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.programs.interpret.attributes import attribute
from symconv.programs.interpret.reader import Reader
from symconv.programs.iterables import items_of
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, Instance, ListValue


def result_of(reader: Reader, made: Mapping[str, Any], returned: Any, place: int | str | None, of: str) -> Any:
    """What is judged; of an object that has an array as its ``data``, that.

    Args:
        made: the arguments of the function by name, and "self".
        returned: what it returned.
        place: where it is; see ``Result``.
        of: the quantity.

    Raises:
        CodeError: it is not there.
    """
    found = _found(reader, made, returned, place, of)
    if isinstance(found, Instance) and isinstance(data := found.contents.get("data"), Array):
        reader.machine.note("the result is an object, of which .data is judged")
        return data
    return found


def _found(reader: Reader, made: Mapping[str, Any], returned: Any, place: int | str | None, of: str) -> Any:
    """What is returned, or the part of it, or what is written into."""
    machine = reader.machine
    if place is None:
        if isinstance(returned, (tuple, ListValue)) and of == "output":
            items = items_of(machine, returned)
            if len(items) > 1:
                machine.note(f"the first of {len(items)} results is judged")
            return items[0] if items else None
        return returned
    if isinstance(place, int):
        if not isinstance(returned, (tuple, ListValue)):
            raise CodeError("TypeError", f"it returns one value, which has no result number {place}")
        items = items_of(machine, returned)
        if not -len(items) <= place < len(items):
            raise CodeError("IndexError", f"it returns {len(items)} results, and number {place} is asked for")
        return items[place]
    if place.startswith("self.") and isinstance(made.get("self"), Instance):
        found: Any = made["self"]
        for name in place.split(".")[1:]:
            found = attribute(reader, found, name)
        return found
    if place in made:
        return made[place]
    return reader.item(returned, place)
