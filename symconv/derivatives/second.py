"""SecondDerivative: a formula in the tensors of a layer or of a network, with numbers from the network's own input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.derivatives.joined import JoinedSetting
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.networks.composition import Composition
from symconv.networks.passes import checked, evaluate_network, named


class SecondDerivative(TensorFormula):
    """A block of a Hessian, of a Gauss-Newton or Fisher matrix, or a factor of one.

    It is a TensorFormula. That of a network is in the tensors that the network computes, such as z1 and delta2; in
    numbers these follow from the network's own arrays.

    Args:
        quantity, form, layout, geometry, layouts: as of a TensorFormula.

    >>> from symconv import Linear, Sequential, hessian
    >>> block = hessian(Sequential(Linear(2, 1, bias=False), loss="squared"), "w1")
    >>> block.evaluate(X=[1.0, 2], w1=[[1, 1]], t=[0]).shape
    (1, 2, 1, 2)
    """

    @property
    def network(self) -> Composition | None:
        """The network that it is about; None for a layer."""
        return self.geometry.subject if isinstance(self.geometry, JoinedSetting) else None

    def evaluate(self, **arrays: Any) -> npt.NDArray[Any]:
        """The numbers, from every tensor of the formula; of a network also from its input, parameters and target.

        Raises:
            SymconvError: an array is missing, unknown or of another shape, or a size is a symbol.
        """
        network = self.network
        if network is None or set(arrays) == set(self.tensors_needed):
            return super().evaluate(**arrays)
        known = all_values(network, arrays)
        found = super().evaluate(**{name: known[name] for name in self.tensors_needed if name in known})
        exact = all(np.asarray(array).dtype.kind in "buiO" for array in arrays.values())
        return found if exact or found.dtype != object else found.astype(float)


def all_values(network: Composition, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a network computes from its arrays, and what directions and second derivatives are given."""
    own = named(network, arrays)
    beside = {name: array for name, array in own.items() if name not in network.wanted and "_" in name}
    given = {name: array for name, array in own.items() if name not in beside}
    return {**checked(network, given), **evaluate_network(network, given), **beside}
