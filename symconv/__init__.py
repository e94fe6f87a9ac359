"""symconv: convolution layers derived, differentiated, proved and typeset, symbolically.

Names are loaded when they are first used, so that ``import symconv`` and ``symconv --help`` are quick. Their types are
in ``__init__.pyi``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from symconv.foundations.later import collecting_later

__version__ = "0.1.0"

_ROOMS = {
    "bilinear": ("BilinearAlgorithm",),
    "catalogue": ("Identity", "identities"),
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
    "derivatives": (
        "DerivativeReport",
        "DoubleBackward",
        "KroneckerFactors",
        "OwnFormula",
        "SecondDerivative",
        "VectorProducts",
        "differentiate",
        "double_backward",
        "fisher",
        "gauss_newton",
        "gauss_newton_vector_product",
        "hessian",
        "hessian_vector_product",
        "kfac",
        "kfc",
    ),
    "formulas.derived": ("derive", "evaluate"),
    "formulas.tensor_formula": ("TensorFormula",),
    "gradient_step": ("Step", "sgd_step"),
    "layers.adaptive_avg_pool": ("AdaptiveAvgPool",),
    "layers.adaptive_max_pool": ("AdaptiveMaxPool",),
    "layers.avg_pool": ("AvgPool",),
    "layers.batch_grouped": ("BatchGroupedConv",),
    "layers.convolution": ("Conv", "output_size"),
    "layers.fold": ("Fold",),
    "layers.interpolate": ("Interpolate",),
    "layers.max_pool": ("MaxPool",),
    "layers.pad": ("Pad",),
    "layers.shuffling": ("PixelShuffle", "PixelUnshuffle"),
    "layers.transposed": ("ConvTranspose",),
    "layers.unfold": ("Unfold",),
    "layers.upsample": ("Upsample",),
    "layers.zero_insertion": ("ZeroInsertion",),
    "models": ("Model", "from_keras", "from_onnx", "from_torch"),
    "networks": (
        "Activation",
        "Add",
        "BatchNorm",
        "Concat",
        "Dropout",
        "Flatten",
        "GenericLoss",
        "Graph",
        "GroupNorm",
        "InstanceNorm",
        "LayerNorm",
        "Linear",
        "LogSoftmax",
        "MatMul",
        "MeanSquaredError",
        "Multiply",
        "PReLU",
        "Permute",
        "Rescaling",
        "Reshape",
        "Scale",
        "Sequential",
        "Shift",
        "Slice",
        "Softmax",
        "SoftmaxCrossEntropy",
        "SquaredError",
    ),
    "notes": ("NotesStyle", "fragments", "write_notes"),
    "numeric": ("SpotReport", "spot_check"),
    "printing.notation": ("Notation",),
    "proof": ("Report", "Theorem", "Verdict", "Witness", "prove"),
    "proof.equality": ("prove_equal",),
    "proof.equivariance_in_general": ("EquivarianceReport",),
    "proof.equivariant_sharing": ("EquivariantSharing",),
    "proof.sharing": ("GeneralSharing", "Sharing", "solve_sharing"),
    "programs": (
        "CodeReport",
        "check_code",
        "computes",
        "probe_code",
        "prove_code",
        "to_numpy",
        "to_torch",
        "view_of",
    ),
    "questions": ("Exercise", "ExerciseError", "Exercises", "exercises", "read_moodle"),
    "sweeps": ("Sweep", "sweep"),
    "symmetries": (
        "ChannelPermutations",
        "D4",
        "Intertwiner",
        "Reflections",
        "Rotations",
        "Shifts",
        "Symmetry",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'symconv' has no attribute {name!r}")
    with collecting_later():
        value = getattr(import_module(f"symconv.{_ROOM_OF[name]}"), name)
    globals()[name] = value  # so that it is asked for once
    return value


def __dir__() -> list[str]:
    return list(__all__)
