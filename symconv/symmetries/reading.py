"""Symmetries as users give them: by a word, as one, or as several."""

from __future__ import annotations

from collections.abc import Iterable

from symconv.errors import SymconvError, instead_of, shown
from symconv.symmetries.channels import ChannelPermutations
from symconv.symmetries.point_groups import D4, Reflections, Rotations
from symconv.symmetries.shifts import Shifts
from symconv.symmetries.symmetry import Symmetry, Together

SYMMETRIES: dict[str, Symmetry] = {
    "shifts": Shifts(),
    "circular shifts": Shifts("circular"),
    "reflections": Reflections(),
    "rotations": Rotations(),
    "D4": D4(),
    "channel permutations": ChannelPermutations(),
}
"""Symmetries that have a word; a new one joins here, or is used as an object without one."""
SYNONYMS = {
    "translations": "shifts", "circular translations": "circular shifts", "permutations": "channel permutations",
    "p4": "shifts & rotations", "p4m": "shifts & D4",
}  # fmt: skip
"""Other names in the field; p4 and p4m are groups of the plane."""


def read_symmetry(given: object) -> Symmetry:
    """A symmetry from a word, from one, or from several.

    Raises:
        SymconvError: it is none of these.

    >>> read_symmetry(("shifts", "d4")), read_symmetry("shifts & D4"), read_symmetry("p4m")
    (Shifts() & D4(), Shifts() & D4(), Shifts() & D4())
    """
    if isinstance(given, Symmetry):
        return given
    if isinstance(given, type) and issubclass(given, Symmetry):
        raise SymconvError(f"symmetry={given.__name__}", "it is a class", f"make one of it: {given.__name__}()")
    if isinstance(given, str):
        return _named(given)
    several = list(given) if isinstance(given, Iterable) else []
    if several:
        parts = tuple(part for one in several for part in read_symmetry(one).parts)
        return parts[0] if len(parts) == 1 else Together(parts)
    names = ", ".join(SYMMETRIES)
    raise SymconvError(
        f"symmetry={shown(given)}", "not a symmetry", f"use one of {names}, or Shifts(stride=2) and such"
    )


def _named(given: str) -> Symmetry:
    if "&" in given:
        return read_symmetry(given.split("&"))
    names = {_plain(name): symmetry for name, symmetry in SYMMETRIES.items()}
    wanted = _plain(given)
    if (other := SYNONYMS.get(wanted) or SYNONYMS.get(f"{wanted}s")) is not None:
        return read_symmetry(other)
    found = names.get(wanted) or names.get(f"{wanted}s")
    if found is None:
        raise SymconvError(f"symmetry={shown(given)}", "no symmetry has that name", instead_of(given, SYMMETRIES))
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", " ").replace("_", " ")
