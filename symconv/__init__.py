"""symconv: convolution layers derived, differentiated, proved and typeset, symbolically.

Names are loaded when they are first used, so that ``import symconv`` and ``symconv --help`` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.claims import CheckReport as CheckReport, check as check
    from symconv.documents import DocumentReport as DocumentReport, check_document as check_document
    from symconv.equivalence import (
        Equivalence as Equivalence,
        flattened_linear_is_convolution as flattened_linear_is_convolution,
        linear_is_convolution as linear_is_convolution,
        pointwise_convolution_is_linear as pointwise_convolution_is_linear,
    )
    from symconv.errors import SymconvError as SymconvError
    from symconv.figures import figures_of as figures_of
    from symconv.formulas.derived import derive as derive, evaluate as evaluate
    from symconv.formulas.tensor_formula import TensorFormula as TensorFormula
    from symconv.gradient_step import Step as Step, sgd_step as sgd_step
    from symconv.layers import (
        AvgPool as AvgPool,
        Conv as Conv,
        ConvTranspose as ConvTranspose,
        Fold as Fold,
        MaxPool as MaxPool,
        Unfold as Unfold,
        Upsample as Upsample,
        ZeroInsertion as ZeroInsertion,
        output_size as output_size,
    )
    from symconv.networks import (
        Activation as Activation,
        BatchNorm as BatchNorm,
        Flatten as Flatten,
        GenericLoss as GenericLoss,
        Linear as Linear,
        MeanSquaredError as MeanSquaredError,
        Sequential as Sequential,
        SoftmaxCrossEntropy as SoftmaxCrossEntropy,
        SquaredError as SquaredError,
    )
    from symconv.notes import NotesStyle as NotesStyle, write_notes as write_notes
    from symconv.numeric import SpotReport as SpotReport, spot_check as spot_check
    from symconv.printing.notation import Notation as Notation
    from symconv.proof import (
        GeneralSharing as GeneralSharing,
        Report as Report,
        Sharing as Sharing,
        Theorem as Theorem,
        Verdict as Verdict,
        Witness as Witness,
        prove as prove,
        prove_equal as prove_equal,
        solve_sharing as solve_sharing,
    )
    from symconv.questions import (
        Exercise as Exercise,
        ExerciseError as ExerciseError,
        Exercises as Exercises,
        exercises as exercises,
    )

__version__ = "0.1.0"

_ROOMS = {
    "claims": ("CheckReport", "check"),
    "documents": ("DocumentReport", "check_document"),
    "equivalence": (
        "Equivalence",
        "flattened_linear_is_convolution",
        "linear_is_convolution",
        "pointwise_convolution_is_linear",
    ),
    "errors": ("SymconvError",),
    "figures": ("figures_of",),
    "formulas.derived": ("derive", "evaluate"),
    "formulas.tensor_formula": ("TensorFormula",),
    "gradient_step": ("Step", "sgd_step"),
    "layers": (
        "AvgPool",
        "Conv",
        "ConvTranspose",
        "Fold",
        "MaxPool",
        "Unfold",
        "Upsample",
        "ZeroInsertion",
        "output_size",
    ),
    "networks": (
        "Activation",
        "BatchNorm",
        "Flatten",
        "GenericLoss",
        "Linear",
        "MeanSquaredError",
        "Sequential",
        "SoftmaxCrossEntropy",
        "SquaredError",
    ),
    "notes": ("NotesStyle", "write_notes"),
    "numeric": ("SpotReport", "spot_check"),
    "printing.notation": ("Notation",),
    "proof": (
        "GeneralSharing",
        "Report",
        "Sharing",
        "Theorem",
        "Verdict",
        "Witness",
        "prove",
        "prove_equal",
        "solve_sharing",
    ),
    "questions": ("Exercise", "ExerciseError", "Exercises", "exercises"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'symconv' has no attribute {name!r}")
    return getattr(import_module(f"symconv.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
