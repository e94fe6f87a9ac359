"""Forms at concrete sizes. The functions that work with arrays are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected as Collected, collect_terms as collect_terms
    from symconv.algebra.concrete.evaluate import (
        EXACT as EXACT,
        Evaluation as Evaluation,
        common_type as common_type,
        evaluation as evaluation,
    )
    from symconv.algebra.concrete.sorted_sums import Products as Products, sums_of_products as sums_of_products

_FILE_OF = {
    "Collected": "collect",
    "collect_terms": "collect",
    "EXACT": "evaluate",
    "Evaluation": "evaluate",
    "common_type": "evaluate",
    "evaluation": "evaluate",
    "Products": "sorted_sums",
    "sums_of_products": "sorted_sums",
}


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)
