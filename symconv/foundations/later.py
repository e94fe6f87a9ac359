"""What is loaded when it is first used, and loading itself.

NumPy takes half as long as SymPy, and a proof about every shape needs none of it.

``from symconv.foundations.later import np, npt`` stands for ``import numpy as np`` in the rooms that a proof loads.
There an alias of a type is text, such as ``Array: TypeAlias = "npt.NDArray[Any]"``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["collecting_later", "is_truth_value", "np", "npt"]


class Later:
    """A module that is loaded when something of it is asked for.

    >>> Later("math").gcd(4, 6)
    2
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np, npt = Later("numpy"), Later("numpy.typing")


def is_truth_value(value: object) -> bool:
    """Whether it is True or False, Python's or NumPy's."""
    return isinstance(value, bool) or (type(value).__module__ == "numpy" and isinstance(value, np.bool_))


@contextmanager
def collecting_later() -> Iterator[None]:
    """Look for no garbage among what modules make while they are loaded, which stays.

    Python would look through it again and again, a fifth of the time that ``import sympy`` takes. Afterwards all of it
    counts as old, so that it is looked through as seldom as what is old.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if collecting:
            gc.enable()
