"""Wrong variants of formulas and algorithms, of the kinds that people write; each is refuted when it is asked for."""

from __future__ import annotations

from symconv.algebra.forms import Access
from symconv.algebra.polynomial import Polynomial
from symconv.bilinear import BilinearAlgorithm
from symconv.formulas.tensor_formula import TensorFormula


def forgotten(formula: TensorFormula, letter: str, value: int = 1) -> TensorFormula:
    """The formula without a hyper-parameter, such as the dilation; of padding the value is 0."""
    return formula.replaced(formula.form.substitute({letter: Polynomial.constant(value)}))


def one_further(formula: TensorFormula, tensor: str) -> TensorFormula:
    """The formula with a tensor read one place further along its last axis."""

    def moved(access: Access) -> Access:
        if access.tensor.name != tensor:
            return access
        return Access(access.tensor, (*access.indices[:-1], access.indices[-1] + 1))

    return formula.replaced(formula.form.with_accesses(moved))


def with_a_wrong_number(algorithm: BilinearAlgorithm) -> BilinearAlgorithm:
    """The algorithm with 1 more in the first corner of C."""
    C = algorithm.C.as_mutable()
    C[0, 0] += 1
    return BilinearAlgorithm(C, algorithm.A, algorithm.B, sizes=algorithm.axes.sizes)
