"""symconv: convolution layers derived, differentiated, proved and typeset, symbolically.

Names are loaded when they are first used, so that ``import symconv`` and ``symconv --help`` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.claims import CheckReport, check
    from symconv.errors import SymconvError
    from symconv.figures import figures_of
    from symconv.layers import (
        AvgPool,
        Conv,
        ConvTranspose,
        Fold,
        MaxPool,
        Unfold,
        Upsample,
        ZeroInsertion,
        output_size,
    )
    from symconv.notation import Notation
    from symconv.notes import NotesStyle, write_notes
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
    from symconv.questions import Exercise, ExerciseError, Exercises, exercises
    from symconv.tensors import TensorFormula
    from symconv.training import (
        Activation,
        BatchNorm,
        Equivalence,
        Flatten,
        GenericLoss,
        Linear,
        MeanSquaredError,
        Sequential,
        SoftmaxCrossEntropy,
        SquaredError,
        Step,
        flattened_linear_is_convolution,
        linear_is_convolution,
        pointwise_convolution_is_linear,
        sgd_step,
    )

__version__ = "0.1.0"

_HOMES = {
    "Activation": "training",
    "AvgPool": "layers",
    "BatchNorm": "training",
    "CheckReport": "claims",
    "Conv": "layers",
    "ConvTranspose": "layers",
    "Equivalence": "training",
    "Exercise": "questions",
    "ExerciseError": "questions",
    "Exercises": "questions",
    "Flatten": "training",
    "Fold": "layers",
    "GeneralSharing": "proof",
    "GenericLoss": "training",
    "Linear": "training",
    "MaxPool": "layers",
    "MeanSquaredError": "training",
    "Notation": "notation",
    "NotesStyle": "notes",
    "Report": "proof",
    "Sequential": "training",
    "Sharing": "proof",
    "SoftmaxCrossEntropy": "training",
    "SpotReport": "numeric",
    "SquaredError": "training",
    "Step": "training",
    "SymconvError": "errors",
    "TensorFormula": "tensors",
    "Theorem": "proof",
    "Unfold": "layers",
    "Upsample": "layers",
    "Verdict": "proof",
    "Witness": "proof",
    "ZeroInsertion": "layers",
    "check": "claims",
    "exercises": "questions",
    "figures_of": "figures",
    "flattened_linear_is_convolution": "training",
    "linear_is_convolution": "training",
    "output_size": "layers",
    "pointwise_convolution_is_linear": "training",
    "prove": "proof",
    "prove_equal": "proof",
    "sgd_step": "training",
    "solve_sharing": "proof",
    "spot_check": "numeric",
    "write_notes": "notes",
}

__all__ = [
    "Activation",
    "AvgPool",
    "BatchNorm",
    "CheckReport",
    "Conv",
    "ConvTranspose",
    "Equivalence",
    "Exercise",
    "ExerciseError",
    "Exercises",
    "Flatten",
    "Fold",
    "GeneralSharing",
    "GenericLoss",
    "Linear",
    "MaxPool",
    "MeanSquaredError",
    "Notation",
    "NotesStyle",
    "Report",
    "Sequential",
    "Sharing",
    "SoftmaxCrossEntropy",
    "SpotReport",
    "SquaredError",
    "Step",
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
    "exercises",
    "figures_of",
    "flattened_linear_is_convolution",
    "linear_is_convolution",
    "output_size",
    "pointwise_convolution_is_linear",
    "prove",
    "prove_equal",
    "sgd_step",
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
