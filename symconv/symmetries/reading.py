"""Symmetries as users give them: by a word, as one, or as several."""

from __future__ import annotations

from collections.abc import Sequence

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


def read_symmetry(given: object) -> Symmetry:
    """A symmetry from a word, from one, or from several.

    Raises:
        SymconvError: it is none of these.

    >>> read_symmetry(("shifts", "d4"))
    Shifts() & D4()
    """
    if isinstance(given, Symmetry):
        return given
    if isinstance(given, type) and issubclass(given, Symmetry):
        raise SymconvError(f"symmetry={given.__name__}", "it is a class", f"make one of it: {given.__name__}()")
    if isinstance(given, str):
        return _named(given)
    if isinstance(given, Sequence) and given:
        return Together(tuple(part for one in given for part in read_symmetry(one).parts))
    names = ", ".join(SYMMETRIES)
    raise SymconvError(
        f"symmetry={shown(given)}", "not a symmetry", f"use one of {names}, or Shifts(stride=2) and such"
    )


def _named(given: str) -> Symmetry:
    names = {_plain(name): symmetry for name, symmetry in SYMMETRIES.items()}
    wanted = _plain(given)
    found = names.get(wanted) or names.get(f"{wanted}s")
    if found is None:
        raise SymconvError(f"symmetry={shown(given)}", "no symmetry has that name", instead_of(given, SYMMETRIES))
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", " ").replace("_", " ")
