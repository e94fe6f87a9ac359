"""NumPy, loaded when it is first used. It takes half as long as SymPy, and a proof about every shape needs none of it.

``from symconv.foundations.later import np, npt`` stands for ``import numpy as np`` in the rooms that a proof loads.
There an alias of a type is text, such as ``Array: TypeAlias = "npt.NDArray[Any]"``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["is_truth_value", "np", "npt"]


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
