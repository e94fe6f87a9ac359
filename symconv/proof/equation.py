"""Equation: two forms of which somebody says that they are equal, with what is assumed of their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.concrete.compare import Comparison, compare
from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.geometry.symbols import Fixed


@dataclass(frozen=True)
class SizePair:
    """An axis of the result or of the tensor ``name``, whose size is written differently on the two sides."""

    name: str
    left: Polynomial
    right: Polynomial


@dataclass(frozen=True)
class Equation:
    """Two forms over the same entry axes (letter, size), and what is assumed of their names.

    ``order`` is that in which tensors are re-indexed. ``shapes`` are sizes that may differ between the sides.
    ``fixed`` are tensors whose numbers follow from the sizes, each with how they do. ``constrained`` says that
    others are not free numbers either, such as the switches of max pooling. ``cancelled`` are free names of the
    formulas that are not in the forms any more; a witness has numbers for them too.
    """

    left: Form
    right: Form
    axes: tuple[tuple[str, Polynomial], ...]
    assumptions: Assumptions
    order: tuple[str, ...] = ()
    shapes: tuple[SizePair, ...] = ()
    fixed: tuple[tuple[str, Fixed], ...] = ()
    constrained: bool = False
    cancelled: frozenset[str] = frozenset()

    @property
    def inside(self) -> Assumptions:
        """What is assumed, and that the entry's index is inside the tensor."""
        names = [(Polynomial.name(letter), size) for letter, size in self.axes]
        return self.assumptions.and_also([fact for name, size in names for fact in (name, size - 1 - name)])

    @property
    def sides(self) -> tuple[Form, Form]:
        return self.left, self.right

    @property
    def parameters(self) -> frozenset[str]:
        """Free names other than entry axes: sizes, hyper-parameters, free indices."""
        letters = {letter for letter, _ in self.axes}
        names = self.left.free | self.right.free
        sizes = {
            name for tensor in (*self.left.tensors, *self.right.tensors) for s in tensor.shape or () for name in s.names
        }
        axis_sizes = {name for _, size in self.axes for name in size.names}
        axis_sizes |= {name for _, fixed in self.fixed for name in fixed.names}
        axis_sizes |= {name for pair in self.shapes for name in pair.left.names | pair.right.names}
        return (names | sizes | axis_sizes) - letters

    @property
    def is_free(self) -> bool:
        """Whether numbers for the entries of all tensors can be chosen."""
        return not self.constrained and self.left.is_free and self.right.is_free

    def at_numbers(self) -> tuple[list[tuple[str, int]], dict[str, npt.NDArray[np.object_]]]:
        """The axes and the numbers of fixed tensors, of an equation without parameters."""
        return [(letter, int(size.value or 0)) for letter, size in self.axes], {n: one.at({}) for n, one in self.fixed}

    def compare(self, values: Mapping[str, int], max_terms: int) -> Comparison:
        """The two sides at concrete sizes."""
        axes = [(letter, int(size.evaluate(values))) for letter, size in self.axes]
        constants = {name: fixed.at(values) for name, fixed in self.fixed}
        return compare((self.left, self.right), axes, values, max_terms, "a side", constants)


def tied(formula: TensorFormula) -> bool:
    """Whether a formula reads tensors whose entries cannot be any numbers, such as the switches of max pooling."""
    return any(tensor.name in formula.geometry.tied_names for tensor in formula.form.tensors)
