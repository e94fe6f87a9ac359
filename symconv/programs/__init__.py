"""A user's own function as a view of the layer: read for every shape, run at one, or probed with numbers.

``prove_code`` reads the source and never runs it; ``check_code`` and ``probe_code`` run a function that the caller
passes. All three give the same report.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.programs.marks import computes
    from symconv.programs.probe import probe_code
    from symconv.programs.prove import prove_code
    from symconv.programs.report import CodeReport
    from symconv.programs.run import check_code
    from symconv.programs.view import view_of
    from symconv.programs.write import to_numpy, to_torch

_FILES = {
    "CodeReport": "report",
    "check_code": "run",
    "computes": "marks",
    "probe_code": "probe",
    "prove_code": "prove",
    "to_numpy": "write",
    "to_torch": "write",
    "view_of": "view",
}

__all__ = [
    "CodeReport",
    "check_code",
    "computes",
    "probe_code",
    "prove_code",
    "to_numpy",
    "to_torch",
    "view_of",
]


def __getattr__(name: str) -> Any:
    """What reads needs no NumPy, and what runs needs no interpreter: each is loaded when it is used."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
