"""The names of the face with their types: what the type checker reads instead of ``__init__.py``.

A verb whose signature is not the same for every kind of subject has one signature for each;
``tests/project/test_face.py`` compares them with the functions that are called.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy.typing as npt
from sympy import Basic

from symconv.bilinear import BilinearAlgorithm as BilinearAlgorithm
from symconv.catalogue import Identity as Identity, identities as identities
from symconv.claims import CheckReport as CheckReport, check as check
from symconv.derivatives import (
    DerivativeReport as DerivativeReport,
    DoubleBackward as DoubleBackward,
    KroneckerFactors as KroneckerFactors,
    OwnFormula as OwnFormula,
    SecondDerivative as SecondDerivative,
    VectorProducts as VectorProducts,
    double_backward as double_backward,
    gauss_newton_vector_product as gauss_newton_vector_product,
    kfc as kfc,
)
from symconv.documents import DocumentReport as DocumentReport, check_document as check_document
from symconv.equivalence import (
    Equivalence as Equivalence,
    flattened_linear_is_convolution as flattened_linear_is_convolution,
    linear_is_convolution as linear_is_convolution,
    pointwise_convolution_is_linear as pointwise_convolution_is_linear,
)
from symconv.errors import SymconvError as SymconvError
from symconv.figures import LayerFigure
from symconv.formulas.computation import Computation
from symconv.formulas.derived import Derived
from symconv.formulas.tensor_formula import TensorFormula as TensorFormula
from symconv.gradient_step import Step as Step, sgd_step as sgd_step
from symconv.gradient_step.spot_checks import StepSpotReport
from symconv.layers import Layer
from symconv.layers.adaptive_avg_pool import AdaptiveAvgPool as AdaptiveAvgPool
from symconv.layers.adaptive_max_pool import AdaptiveMaxPool as AdaptiveMaxPool
from symconv.layers.avg_pool import AvgPool as AvgPool
from symconv.layers.batch_grouped import BatchGroupedConv as BatchGroupedConv
from symconv.layers.convolution import Conv as Conv, output_size as output_size
from symconv.layers.fold import Fold as Fold
from symconv.layers.interpolate import Interpolate as Interpolate
from symconv.layers.max_pool import MaxPool as MaxPool
from symconv.layers.pad import Pad as Pad
from symconv.layers.shuffling import PixelShuffle as PixelShuffle, PixelUnshuffle as PixelUnshuffle
from symconv.layers.transposed import ConvTranspose as ConvTranspose
from symconv.layers.unfold import Unfold as Unfold
from symconv.layers.upsample import Upsample as Upsample
from symconv.layers.zero_insertion import ZeroInsertion as ZeroInsertion
from symconv.models import (
    Model as Model,
    from_keras as from_keras,
    from_onnx as from_onnx,
    from_torch as from_torch,
)
from symconv.models.model import ModelProof
from symconv.networks import (
    Activation as Activation,
    Add as Add,
    BatchNorm as BatchNorm,
    Concat as Concat,
    Dropout as Dropout,
    Flatten as Flatten,
    GenericLoss as GenericLoss,
    Graph as Graph,
    GroupNorm as GroupNorm,
    InstanceNorm as InstanceNorm,
    LayerNorm as LayerNorm,
    Linear as Linear,
    LogSoftmax as LogSoftmax,
    MatMul as MatMul,
    MeanSquaredError as MeanSquaredError,
    Multiply as Multiply,
    Permute as Permute,
    PReLU as PReLU,
    Rescaling as Rescaling,
    Reshape as Reshape,
    Scale as Scale,
    Sequential as Sequential,
    Shift as Shift,
    Slice as Slice,
    Softmax as Softmax,
    SoftmaxCrossEntropy as SoftmaxCrossEntropy,
    SquaredError as SquaredError,
)
from symconv.networks.proofs import NetworkReport
from symconv.networks.spot_checks import NetworkSpotReport
from symconv.notes import NotesStyle as NotesStyle, fragments as fragments, write_notes as write_notes
from symconv.numeric import Progress, SpotReport as SpotReport
from symconv.printing.notation import Notation as Notation
from symconv.programs import (
    CodeReport as CodeReport,
    check_code as check_code,
    computes as computes,
    probe_code as probe_code,
    prove_code as prove_code,
    to_numpy as to_numpy,
    to_torch as to_torch,
    view_of as view_of,
)
from symconv.proof import (
    Report as Report,
    Theorem as Theorem,
    Verdict as Verdict,
    Witness as Witness,
)
from symconv.proof.equality import prove_equal as prove_equal
from symconv.proof.equivariance_in_general import EquivarianceReport as EquivarianceReport
from symconv.proof.equivariant_sharing import EquivariantSharing as EquivariantSharing
from symconv.proof.sharing import (
    GeneralSharing as GeneralSharing,
    Sharing as Sharing,
    solve_sharing as solve_sharing,
)
from symconv.questions import (
    Exercise as Exercise,
    ExerciseError as ExerciseError,
    Exercises as Exercises,
    read_moodle as read_moodle,
)
from symconv.sweeps import Sweep as Sweep, sweep as sweep
from symconv.symmetries import (
    D4 as D4,
    ChannelPermutations as ChannelPermutations,
    Intertwiner as Intertwiner,
    Reflections as Reflections,
    Rotations as Rotations,
    Shifts as Shifts,
    Symmetry as Symmetry,
)
from symconv.views import View

__all__: list[str]
__version__: str

@overload
def prove(
    conv: Layer,
    views: Sequence[str | View] | None = None,
    of: str | Sequence[str] | None = None,
    *,
    by: str | None = None,
    max_terms: int = ...,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report: ...
@overload
def prove(network: Graph, *, max_terms: int = ...) -> NetworkReport: ...
@overload
def prove(model: Model, *, of: Any = ..., max_terms: int = ...) -> ModelProof: ...
@overload
def prove(step: Step, *, max_terms: int = ...) -> Report: ...
def figures_of(layer: Layer | Graph) -> tuple[LayerFigure, ...]: ...
@overload
def spot_check(conv: Layer, seed: int = 0, trials: int = 20, *, progress: Progress | None = None) -> SpotReport: ...
@overload
def spot_check(
    network: Graph, seed: int = 0, trials: int = 5, *, progress: Progress | None = None
) -> NetworkSpotReport: ...
@overload
def spot_check(step: Step, seed: int = 0, trials: int = 5) -> StepSpotReport: ...
@overload
def evaluate(subject: TensorFormula, **arrays: Any) -> npt.NDArray[Any]: ...
@overload
def evaluate(layer: Layer, **arrays: Any) -> dict[str, npt.NDArray[Any]]: ...
@overload
def evaluate(network: Graph, **arrays: Any) -> dict[str, npt.NDArray[Any]]: ...
@overload
def evaluate(step: Step, steps: int = 1, **arrays: Any) -> Mapping[str, npt.NDArray[Any]]: ...
@overload
def exercises(
    conv: Layer, n: int, seed: int = 0, *, language: str = "en", difficulty: str | None = None, title: str = ""
) -> Exercises: ...
@overload
def exercises(
    network: Graph, n: int, seed: int = 0, *, language: str = "en", difficulty: str | None = None, title: str = ""
) -> Exercises: ...
@overload
def exercises(
    step: Step, n: int, seed: int = 0, *, language: str = "en", difficulty: str | None = None, title: str = ""
) -> Exercises: ...
def derive(subject: Computation | Layer | Graph | Step) -> Derived: ...
def differentiate(
    formula: TensorFormula | Basic | str, by: Any, *more: Any, shapes: Mapping[str, Sequence[Any]] | None = None
) -> Any: ...
@overload
def hessian(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative: ...
@overload
def hessian(network: Graph, of: str | None = None, by: str | None = None) -> Any: ...
@overload
def gauss_newton(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative: ...
@overload
def gauss_newton(network: Graph, of: str | None = None, by: str | None = None) -> Any: ...
@overload
def hessian_vector_product(layer: Layer, of: str | None = None) -> Mapping[str, SecondDerivative]: ...
@overload
def hessian_vector_product(network: Graph, of: str | None = None) -> VectorProducts: ...
@overload
def fisher(layer: Layer, of: str = "weight", by: str | None = None) -> SecondDerivative: ...
@overload
def fisher(network: Graph, of: str | None = None, by: str | None = None, *, empirical: bool = False) -> Any: ...
@overload
def kfac(layer: Layer, *, approximation: str = "expand", bias: bool = False) -> KroneckerFactors: ...
@overload
def kfac(
    network: Graph,
    of: str | None = None,
    *,
    approximation: str = "expand",
    bias: bool = False,
    empirical: bool = False,
) -> Any: ...
