"""Second derivatives of networks: every block of the Hessian, and products with vectors in two passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.derivatives.matrices import block
from symconv.derivatives.passes import of_network
from symconv.derivatives.second import SecondDerivative, all_values
from symconv.derivatives.tables import Table
from symconv.derivatives.tangents import Tangents
from symconv.errors import FormulaError, SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.foundations.values import Cached
from symconv.networks.composition import Composition

Blocks = Mapping[tuple[str, str], SecondDerivative]


def hessian_of_network(network: Composition, of: str | None = None, by: str | None = None) -> SecondDerivative | Blocks:
    """A block of the Hessian of a network's loss, or all of those of its parameters if none is named."""
    return _blocks(network, of, by, True)


def gauss_newton_of_network(
    network: Composition, of: str | None = None, by: str | None = None
) -> SecondDerivative | Blocks:
    """The same of the generalized Gauss-Newton matrix."""
    return _blocks(network, of, by, False)


def _blocks(network: Composition, of: str | None, by: str | None, curved: bool) -> SecondDerivative | Blocks:
    passes = of_network(network)
    if of is not None:
        return block(passes, of, by, curved)
    pairs = [(one, other) for one in network.parameters for other in network.parameters]
    title = f"the {'Hessian' if curved else 'Gauss-Newton matrix'}, by parameters"
    return Table(title, pairs, lambda pair: block(passes, *pair, curved), lambda one: (one,))


@dataclass(frozen=True, repr=False)
class VectorProducts(Cached, Mapping[str, TensorFormula]):
    """The Hessian of a network times a vector, part by part; made by ``hessian_vector_product(net)``.

    By the name of a parameter or input it has how that gradient changes. ``forward`` and ``backward`` have the changes
    that it is made of, v_z1 and v_delta1, in the order in which they are computed. No matrix is made, and the work is
    that of a few gradients.

    Args:
        network: the network.
        moving: names of the tensors that move.
        curved: whether it is the Hessian; if not, the Gauss-Newton matrix.

    >>> from symconv import Linear, Sequential, hessian_vector_product
    >>> print(hessian_vector_product(Sequential(Linear(2, 2, bias=False), loss="squared"))["w1"].text())
    Hv_w1[i, j] = X[j]*v_delta1[i]
    """

    network: Composition
    moving: tuple[str, ...]
    curved: bool = True

    @cached_property
    def tangents(self) -> Tangents:
        """What all of these are made from."""
        return Tangents(of_network(self.network), self.moving, self.curved)

    @property
    def forward(self) -> Mapping[str, TensorFormula]:
        """How every output changes."""
        return {str(one.quantity): one for one in self.tangents.forward.values()}

    @property
    def backward(self) -> Mapping[str, TensorFormula]:
        """How the derivative of the loss by every output changes."""
        return {str(one.quantity): one for one in self.tangents.backward.values()}

    def __getitem__(self, name: str) -> TensorFormula:
        return self.tangents.gradients[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tangents.gradients)

    def __len__(self) -> int:
        return len(self.tangents.gradients)

    def __repr__(self) -> str:
        kind = "Hessian" if self.curved else "Gauss-Newton"
        return f"<{kind}-vector products of {self.network!r:.200}: {', '.join(self)}>"

    def __str__(self) -> str:
        return "\n".join(one.text() for one in (*self.forward.values(), *self.backward.values(), *self.values()))

    def evaluate(self, **arrays: Any) -> dict[str, npt.NDArray[Any]]:
        """All products in numbers, by the name of the parameter or input.

        Args:
            arrays: those of the network, and the direction of everything that moves: v_w1 and so on. A direction that
                is not given is 0.

        Raises:
            SymconvError: an array is missing, unknown or of another shape, or a size is a symbol.
        """
        directions = {f"v_{name}": tuple(map(int, self.network.shape_of(name))) for name in self.moving}
        own = {name: array for name, array in arrays.items() if name not in directions}
        if unknown := sorted(name for name in own if name.startswith("v_")):
            raise FormulaError(f"an array {unknown[0]}", "that does not move", f"use {', '.join(directions)}")
        values = all_values(self.network, own)
        for name, shape in directions.items():
            values[name] = np.asarray(arrays.get(name, np.zeros(shape)))
        for name, one in (*self.forward.items(), *self.backward.items()):
            values[name] = _value(one, values)
        return {name: _value(one, values) for name, one in self.items()}


def _value(formula: TensorFormula, values: Mapping[str, Any]) -> npt.NDArray[Any]:
    if not formula.form.terms:
        return np.zeros(tuple(map(int, formula.shape)))
    return formula.evaluate(**{name: values[name] for name in formula.tensors_needed})


def products_of_network(network: Composition, of: str | None = None) -> VectorProducts:
    """The Hessian of a network's loss times a vector."""
    return _products(network, of, True)


def gauss_newton_vector_product(network: Composition, of: str | None = None) -> VectorProducts:
    """The Gauss-Newton matrix of a network's loss times a vector, part by part.

    Args:
        network: a network, with its loss or any.
        of: what moves, a tensor's name; None for all parameters.

    Returns:
        Formulas by the tensor's name, and ``evaluate`` for their numbers, as of ``hessian_vector_product(net)``.

    Raises:
        SymconvError: the tensor does not exist, or it is not a network.

    >>> from symconv import Linear, Sequential
    >>> net = Sequential(Linear(2, 2, bias=False), loss="squared")
    >>> product = gauss_newton_vector_product(net)
    >>> product.evaluate(X=[1, 2], w1=[[1, 0], [0, 1]], t=[0, 0], v_w1=[[1.0, 1], [0, 0]])["w1"]
    array([[3., 6.],
           [0., 0.]])
    """
    if not isinstance(network, Composition):
        raise SymconvError(f"{shown(network)}"[:200], "it is not a network", "pass Sequential(..) or Graph(..)")
    return _products(network, of, False)


def _products(network: Composition, of: str | None, curved: bool) -> VectorProducts:
    moving = network.parameters if of is None else (of_network(network).named(of),)
    if not moving:
        raise FormulaError("a network without parameters", "nothing moves", "name an input: of='X'")
    return VectorProducts(network, moving, curved)
