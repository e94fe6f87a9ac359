"""symconv: convolution layers derived, differentiated, proved and typeset, symbolically.

Names are loaded when they are first used, so that ``import symconv`` and ``symconv --help`` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.claims import CheckReport, check
    from symconv.errors import SymconvError
    from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Unfold, Upsample, ZeroInsertion, output_size
    from symconv.notation import Notation
    from symconv.notes import write_notes
    from symconv.numeric import SpotReport, spot_check
    from symconv.proof import (
        GeneralSharing,
        Report,
        Sharing,
        Theorem,
        Verdict,
        Witness,
        prove,
        prove_equal,
        solve_sharing,
    )
    from symconv.tensors import TensorFormula

__version__ = "0.1.0"

_HOMES = {
    "AvgPool": "layers",
    "CheckReport": "claims",
    "Conv": "layers",
    "ConvTranspose": "layers",
    "Fold": "layers",
    "GeneralSharing": "proof",
    "Notation": "notation",
    "Report": "proof",
    "Sharing": "proof",
    "SpotReport": "numeric",
    "SymconvError": "errors",
    "TensorFormula": "tensors",
    "Theorem": "proof",
    "Verdict": "proof",
    "Witness": "proof",
    "Unfold": "layers",
    "Upsample": "layers",
    "ZeroInsertion": "layers",
    "check": "claims",
    "output_size": "layers",
    "prove": "proof",
    "prove_equal": "proof",
    "solve_sharing": "proof",
    "spot_check": "numeric",
    "write_notes": "notes",
}

__all__ = [
    "AvgPool",
    "CheckReport",
    "Conv",
    "ConvTranspose",
    "Fold",
    "GeneralSharing",
    "Notation",
    "Report",
    "Sharing",
    "SpotReport",
    "SymconvError",
    "TensorFormula",
    "Theorem",
    "Unfold",
    "Upsample",
    "Verdict",
    "Witness",
    "ZeroInsertion",
    "__version__",
    "check",
    "output_size",
    "prove",
    "prove_equal",
    "solve_sharing",
    "spot_check",
    "write_notes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symconv' has no attribute {name!r}")
    return getattr(import_module(f"symconv.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
