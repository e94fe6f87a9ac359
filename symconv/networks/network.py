"""Sequential: what a network is to its users. Its formulas are in ``composition.py``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy.typing as npt

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.networks.backward import Gradient, backward
from symconv.networks.composition import Composition
from symconv.networks.passes import evaluate_network
from symconv.networks.proofs import NetworkReport, prove_network
from symconv.networks.spot_checks import NetworkSpotReport, spot_check_network
from symconv.numeric.spot_checks import Progress


class Sequential(Composition):
    """A network of parts one after the other, as PyTorch's Sequential, and a loss.

    Args:
        parts: layers such as ``Conv(..)``, layers whose input's sizes follow, ``Conv.lazy(..)``, and the modules
            Linear, Activation, Flatten, BatchNorm.
        loss: a loss, or its word: "squared", "mse", "cross_entropy", "generic". None for any function of the output,
            whose derivative with respect to the output is given.
        input_shape: shape of one example; needed where the first part does not say it.
        batch_size: number of examples, or None for one without a batch axis.
        views: by number of the part, the view in which a layer is computed: "direct" (as by default), "patches" or
            "fully_connected".
        index_base, bold: as in ``Notation``.
        notation: the names of the tensors, without numbers of parts, and how formulas are printed; by default those of
            the layers.

    Part number l has the output z<l> (of a linear part) or a<l>, the parameters w<l> and b<l>, and the derivative
    delta<l> of the loss by its output. The input is X, the target t, the loss L; with a
    notation the names are its own, such as W<l>. The output of a linear part has the notation's name if that is not h.

    Raises:
        GeometryError: two parts do not compose; the message names both, with their shapes.
        SymconvError: an item is not a part, the loss or view is unknown, or the layers have different notations.

    >>> from symconv import Activation, Conv
    >>> net = Sequential(Conv(3, 2), Activation("relu"), loss="squared")
    >>> net.gradients["w1"].formula
    Eq(dL_dw1[k], Sum(X[i + k]*delta1[i], (i, 0, 1)))
    >>> net.upstream["delta1"].formula.rhs
    Piecewise((1, z1[i] > 0), (0, True))*delta2[i]
    >>> net.upstream["delta2"].formula.rhs
    a2[i] - t[i]
    """

    # -- derivations and proofs ----------------------------------------------------------------------

    @cached_property
    def backward(self) -> tuple[Gradient, ...]:
        """Every gradient with its derivation, in the order in which one finds them by hand.

        >>> from symconv import Conv
        >>> [gradient.name for gradient in Sequential(Conv(3, 2), loss="squared").backward]
        ['z1', 'w1', 'X']
        """
        return backward(self)

    def prove(self, *, max_terms: int = DEFAULT_MAX_TERMS) -> NetworkReport:
        """Prove that every layer may be replaced by any of its views, with the same outputs and gradients.

        Raises:
            SymconvError: there is no layer with several views.
            SizeLimitError: a concrete layer with more than ``max_terms`` product terms.
        """
        return prove_network(self, max_terms)

    # -- numbers -------------------------------------------------------------------------------------

    def evaluate(self, **arrays: Any) -> dict[str, npt.NDArray[Any]]:
        """The network in numbers, forward and then back.

        Args:
            arrays: the input X, every parameter and buffer by name, and the target t of a loss (for cross-entropy
                probabilities or indices of classes); without a loss the last delta.

        Returns:
            Every output, switches of max pooling, L, every delta, dL_dX, and dL_d<name> for every parameter, by name.

        Raises:
            SymconvError: an array is missing, unknown, or of another shape.
        """
        return evaluate_network(self, arrays)

    def spot_check(self, seed: int = 0, trials: int = 5, *, progress: Progress | None = None) -> NetworkSpotReport:
        """Outputs and gradients in numbers, against plain NumPy, central differences and PyTorch if it is installed.

        Raises:
            SymconvError: a size is a symbol, or nothing is known of a function.
        """
        return spot_check_network(self, seed, trials, progress=progress)
