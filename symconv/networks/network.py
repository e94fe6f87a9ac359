"""Graph and Sequential: what networks are to their users. Their formulas are in ``composition.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy.typing as npt

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.errors import SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.networks.backward import Gradient, backward
from symconv.networks.composition import Composition
from symconv.networks.losses import Loss
from symconv.networks.parts import Given
from symconv.networks.passes import evaluate_network
from symconv.networks.proofs import NetworkReport, prove_network
from symconv.networks.spot_checks import NetworkSpotReport, spot_check_network
from symconv.networks.wiring import INPUT, chain, read_nodes, read_outputs
from symconv.numeric.spot_checks import Progress
from symconv.printing.notation import Notation


class Graph(Composition):
    """A network whose parts read each other by name, and a loss.

    Args:
        nodes: by name, in any order without a cycle, each a layer such as ``Conv(..)``, a layer whose input's sizes
            follow, ``Conv.lazy(..)``, or a module such as ``Linear``, ``Activation``, ``Add`` or ``Concat``. A tuple
            has the names of what it reads behind it: ``(Add(), "conv2", "input")``. Alone, it reads the node that is
            written before it, and the first one the input.
        input_shape: the shape of one example of the input, which nodes read as "input"; or a map of the shapes of
            several inputs, which nodes read by their names. Needed if the parts that read it do not say it.
        outputs: the name of the node that is the output, or a tuple of several; None for the one that no node reads.
        loss: a loss, or its word: "squared", "mse", "cross_entropy", "generic". None for any function of the outputs,
            whose derivatives with respect to them are given.
        batch_size: number of examples, or None for one without a batch axis.
        views: by name or number of the part, the view in which a layer is computed: "direct" (as by default),
            "patches" or "fully_connected".
        index_base, bold: as in ``Notation``.
        notation: the names of the tensors, without numbers of parts, and how formulas are printed; by default those of
            the layers.
        allow_empty: whether ``batch_size=0`` is allowed: outputs have no entries then, and parameters gradients of 0.

    Parts are numbered from 1, in the order in which they are written if each comes after what it reads. The tensors
    of part number l have the names of ``Sequential``: the output z<l> or a<l>, the parameters w<l> and b<l>, and the
    derivative delta<l> of the loss by the output. If several parts read an output, delta<l> is the sum of
    delta_a<l>, delta_b<l>, .., the derivatives through each of them, the last one first. A single input is X; several
    have their own names.

    Raises:
        GeometryError: what a part reads does not fit; the message names the nodes, with their shapes.
        SymconvError: a node is not a part, reads an unknown name, or is read by none; nodes read each other in a
            cycle; the loss or view is unknown, or the layers have different notations.

    >>> from symconv import Activation, Add, Conv
    >>> block = Graph(
    ...     {
    ...         "conv": Conv.lazy(kernel_size=3, padding=1),
    ...         "relu": Activation("relu"),
    ...         "add": (Add(), "relu", "input"),
    ...     },
    ...     input_shape=(1, 4),
    ... )
    >>> block.forward["a3"].formula
    Eq(a3[i], X[i] + a2[i])
    >>> block.grad_input.formula
    Eq(dL_dX[j], delta_a0[j] + delta_b0[j])
    >>> block.upstream["delta_b0"].formula
    Eq(delta_b0[j], Sum(KroneckerDelta(j, i + k - 1)*delta1[i]*w1[k], (i, 0, 3), (k, 0, 2)))
    """

    def __init__(
        self,
        nodes: Mapping[str, Given | tuple[Any, ...]],
        *,
        input_shape: Sequence[Number] | Number | Mapping[str, Any] | None = None,
        outputs: str | Sequence[str] | None = None,
        loss: Loss | str | None = None,
        batch_size: Number | None = None,
        views: Mapping[str | int, str] | None = None,
        index_base: int | None = None,
        bold: bool = False,
        notation: Notation | None = None,
        allow_empty: bool = False,
    ) -> None:
        shapes = _shapes(input_shape)
        made = read_nodes(nodes, tuple(shapes))
        super().__init__(
            made, shapes, read_outputs(outputs, made, tuple(shapes)), loss=loss, batch_size=batch_size, views=views,
            index_base=index_base, bold=bold, notation=notation, allow_empty=allow_empty,
        )  # fmt: skip

    def __repr__(self) -> str:
        nodes = [f"{node.name!r}: ({', '.join([repr(node.given), *map(repr, node.sources)])})" for node in self.nodes]
        options = self._options()
        if len(self.output_names) > 1:
            options.insert(0, f"outputs={self.output_names}")
        return f"{type(self).__name__}({', '.join(['{' + ', '.join(nodes) + '}', *options])})"

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
                probabilities or indices of classes). Without a loss the delta of every output; without these, only
                outputs are computed. Parameters and buffers may also be called as in PyTorch's ``state_dict``, by the
                name of their part: ``**{"conv1.weight": ..}``.

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


class Sequential(Graph):
    """A network of parts one after the other, as PyTorch's Sequential, and a loss.

    Args:
        parts: layers such as ``Conv(..)``, layers whose input's sizes follow, ``Conv.lazy(..)``, and the modules
            Linear, Activation, Flatten, BatchNorm.
        names: of the parts, one for each; by default their numbers.
        loss: a loss, or its word: "squared", "mse", "cross_entropy", "generic". None for any function of the output,
            whose derivative with respect to the output is given.
        input_shape: shape of one example; needed where the first part does not say it.
        batch_size: number of examples, or None for one without a batch axis.
        views: by number of the part, the view in which a layer is computed: "direct" (as by default), "patches" or
            "fully_connected".
        index_base, bold: as in ``Notation``.
        notation: the names of the tensors, without numbers of parts, and how formulas are printed; by default those of
            the layers.
        allow_empty: whether ``batch_size=0`` is allowed: outputs have no entries then, and parameters gradients of 0.

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

    def __init__(
        self,
        *parts: Given,
        names: Sequence[str] | None = None,
        loss: Loss | str | None = None,
        input_shape: Sequence[Number] | Number | None = None,
        batch_size: Number | None = None,
        views: Mapping[int, str] | Mapping[str, str] | None = None,
        index_base: int | None = None,
        bold: bool = False,
        notation: Notation | None = None,
        allow_empty: bool = False,
    ) -> None:
        nodes = chain(parts, names)
        Composition.__init__(
            self, nodes, {INPUT: input_shape}, (nodes[-1].name,), loss=loss, batch_size=batch_size, views=views,
            index_base=index_base, bold=bold, notation=notation, allow_empty=allow_empty,
        )  # fmt: skip

    def __repr__(self) -> str:
        arguments = [repr(given) for given in self.given]
        names = tuple(node.name for node in self.nodes)
        if names != tuple(map(str, range(1, len(names) + 1))):
            arguments.append(f"names={names}")
        return f"{type(self).__name__}({', '.join([*arguments, *self._options()])})"


def _shapes(input_shape: Any) -> dict[str, Any]:
    """The shape of every input, by the name under which nodes read it."""
    if not isinstance(input_shape, Mapping):
        return {INPUT: input_shape}
    if not input_shape:
        raise SymconvError("input_shape={}", "there is no input in it", "use a shape, or a map from names to shapes")
    for name in input_shape:
        if not isinstance(name, str):
            raise SymconvError(f"an input called {shown(name)}", "not a name", "use text such as left")
    return dict(input_shape)
