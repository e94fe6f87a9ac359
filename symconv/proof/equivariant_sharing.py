"""What solve_sharing(symmetry=..) gives back at numbers: the shared weights, and the layer that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.errors import SymconvError
from symconv.foundations.values import Cached
from symconv.layers import Layer
from symconv.printing import jupyter as display
from symconv.printing.notation import Notation
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.equivariance import LayerSharing, convolution_of, entries, layer_sharing
from symconv.proof.linear_equations import Solution
from symconv.proof.sharing_structure import MOST_SHOWN, joined
from symconv.symmetries import MapShape, Symmetry

LARGEST_MATRIX = 40 * 16
"""A matrix of at most 640 entries is written as one."""


@dataclass(frozen=True, repr=False)
class EquivariantSharing(TheoremFiles, Cached):
    """All linear maps that commute with a symmetry, by necessary and sufficient conditions on their weights v.

    Args:
        symmetry: what they commute with.
        shape: channels and sizes of input and output.
        layer: the layer that they are compared with, or None.
        notation: how weights are called.
        solution: the conditions, by the numbers of the weights in row-major order.

    >>> from symconv import Conv, solve_sharing
    >>> sharing = solve_sharing(Conv(3, 2), symmetry="shifts")
    >>> sharing.before, sharing.after, sharing.classes
    (6, 4, ((v11, v22), (v12,), (v21, v32), (v31,)))
    """

    symmetry: Symmetry
    shape: MapShape
    layer: Layer | None
    notation: Notation
    solution: Solution

    # -- the conditions ------------------------------------------------------------------------------

    @cached_property
    def _symbols(self) -> list[sp.Symbol]:
        shape = (self.shape.inputs, self.shape.outputs)
        name, label = self.notation.dense_weight, self.notation.label
        return [sp.Symbol(label(name, (row, column), shape)) for row in range(shape[0]) for column in range(shape[1])]

    @property
    def before(self) -> int:
        """The number of weights of a map of this shape."""
        return self.shape.inputs * self.shape.outputs

    @property
    def after(self) -> int:
        """The number of those that are free."""
        return self.solution.rank

    @property
    def zeros(self) -> tuple[sp.Symbol, ...]:
        """The v_ij that are zero."""
        return tuple(self._symbols[at] for at in self.solution.zeros)

    @property
    def classes(self) -> tuple[tuple[sp.Expr, ...], ...]:
        """The v_ij that are equal, with a minus if one is the opposite of the others."""
        return tuple(tuple(sign * self._symbols[at] for at, sign in one) for one in self.solution.classes)

    @property
    def relations(self) -> tuple[sp.Eq, ...]:
        """The first of a class as a combination of the free ones, if it is not free."""
        return tuple(
            sp.Eq(self._symbols[at], entries(self.solution, self._symbols)[at], evaluate=False)
            for at, _ in self.solution.relations
        )

    @property
    def equations(self) -> tuple[sp.Eq, ...]:
        """All of it as SymPy equations, zeros first."""
        zeros = [sp.Eq(one, 0, evaluate=False) for one in self.zeros]
        equal = [sp.Eq(one[0], other, evaluate=False) for one in self.classes for other in one[1:]]
        return (*zeros, *equal, *self.relations)

    @property
    def free(self) -> tuple[sp.Symbol, ...]:
        """The free weights, the first of each class that shares one."""
        related = {at for at, _ in self.solution.relations}
        return tuple(self._symbols[one[0][0]] for one in self.solution.classes if one[0][0] not in related)

    @cached_property
    def matrix(self) -> sp.ImmutableDenseMatrix:
        """The weights of all such maps by the free ones; inputs down the rows, outputs across the columns."""
        return sp.ImmutableDenseMatrix(self.shape.inputs, self.shape.outputs, entries(self.solution, self._symbols))

    # -- the layer -----------------------------------------------------------------------------------

    @cached_property
    def convolution(self) -> Layer | None:
        """The layer that these maps are, one for each kernel, if shifts along all axes are the symmetry."""
        layer = convolution_of(self.symmetry, self.shape)
        if layer is None:
            return None
        found = layer_sharing(self.symmetry, self.shape, layer, self.solution)
        return layer if found.commutes and found.after == self.after else None

    @cached_property
    def of_layer(self) -> LayerSharing | None:
        """What the symmetry makes of the layer, if there is one."""
        if self.layer is None:
            return None
        return layer_sharing(self.symmetry, self.shape, self.layer, self.solution)

    @property
    def kernel(self) -> sp.ImmutableDenseNDimArray | None:
        """The layer's equivariant kernels, by their free weights."""
        return None if self.of_layer is None else self.of_layer.kernel

    # -- theorem files -------------------------------------------------------------------------------

    def certificates(self) -> list[dict[str, Any]]:
        """Theorem files, one for each step of the proof that maps like the layer are those that commute.

        That the weights above solve all conditions is linear algebra, which is not in the files.

        Raises:
            SymconvError: no layer has this shape, or this symmetry has no such proof.
        """
        from symconv.proof.equivariance_in_general import equivariance_in_general  # which is about layers

        layer = self.layer or self.convolution
        if layer is None:
            raise SymconvError(
                f"theorem files about maps of {self.shape}", "no layer is made of them", "pass a layer with a kernel"
            )
        return equivariance_in_general(self.symmetry, layer).certificates()

    # -- in words ------------------------------------------------------------------------------------

    @property
    def summary(self) -> str:
        """What was found, in a line."""
        return f"{self.before} free weights become {self.after}"

    def __repr__(self) -> str:
        return f"<EquivariantSharing: maps of {self.shape} that commute with {self.symmetry.in_words}: {self.summary}>"

    def __str__(self) -> str:
        lines = [f"maps of {self.shape} that commute with {self.symmetry.in_words}"]
        lines += _shared(self.zeros, self.classes, self.relations)
        lines.append(self.summary)
        if self.convolution is not None:
            lines.append(f"they are {self.convolution!r} with any kernel")
        return "\n".join([*lines, *self._layer_in_words()])

    def _layer_in_words(self) -> list[str]:
        of = self.of_layer
        if of is None or (of.layer == self.convolution):
            return []
        lines = [f"zero wherever {of.layer!r} reads nothing: {_count(of.local_after)}"]
        if of.after == 0:
            lines.append("the layer is one of them with a kernel of zeros only")
            return lines
        which = "any kernel" if of.commutes else "these kernels"
        only = "they are the layer" if of.is_every_map else "among them is the layer"
        more = "" if of.is_every_map else f", which has {_count(of.after)}"
        lines.append(f"{only} with {which}{more}")
        if not of.commutes:
            symbols = list(sp.flatten(of.layer.weight))
            zeros = [symbols[at] for at in of.kernels.zeros]
            classes = [[sign * symbols[at] for at, sign in one] for one in of.kernels.classes]
            values = entries(of.kernels, symbols)
            relations = [sp.Eq(symbols[at], values[at], evaluate=False) for at, _ in of.kernels.relations]
            lines += _shared(zeros, classes, relations)
        return lines

    def latex(self) -> str:
        """The matrix of all such maps; of a large one the equations. Compiles with amsmath."""
        from symconv.printing.latex import expression  # with the tree's nodes: only needed to print

        if self.before <= LARGEST_MATRIX:
            rows = [" & ".join(map(expression, row)) for row in self.matrix.tolist()]
            begin = rf"\left(\begin{{array}}{{{'c' * self.shape.outputs}}}"  # a pmatrix has at most 10 columns
            return f"{begin}\n" + " \\\\\n".join(rows) + "\n\\end{array}\\right)"
        lines = [" = ".join(map(expression, one[:MOST_SHOWN])) for one in self.classes[:MOST_SHOWN] if len(one) > 1]
        return "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_html_(self) -> str:
        return display.block(display.code(str(self)), display.mathematics(self.latex()))

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        of = self.of_layer
        found: dict[str, Any] = {
            "symmetry": repr(self.symmetry), "before": self.before, "after": self.after,
            "zeros": list(map(str, self.zeros)), "classes": [list(map(str, one)) for one in self.classes],
            "relations": [list(map(str, (one.lhs, one.rhs))) for one in self.relations],
            "convolution": None if self.convolution is None else repr(self.convolution),
        }  # fmt: skip
        if of is not None:
            found["layer"] = {
                "layer": repr(of.layer), "commutes": of.commutes, "is_every_local_map": of.is_every_map,
                "after": of.after, "local_after": of.local_after, "kernel": [str(one) for one in sp.flatten(of.kernel)],
            }  # fmt: skip
        return found


def _count(number: int) -> str:
    return f"{number} free weight{'' if number == 1 else 's'}"


def _shared(zeros: Sequence[Any], classes: Sequence[Sequence[Any]], relations: Sequence[sp.Eq]) -> list[str]:
    """Zeros, equal weights and relations, in lines."""
    several = [one for one in classes if len(one) > 1]
    each = max(2, MOST_SHOWN // max(1, len(several)))
    shared = ", ".join(joined(one, " = ", each) for one in several[:MOST_SHOWN]) or "(none)"
    if (more := len(several) - MOST_SHOWN) > 0:
        shared += f", and {more:,} more class{'es' if more > 1 else ''}"
    zero = f"{joined(zeros, ' = ', MOST_SHOWN)} = 0" if zeros else "(none)"
    lines = [f"zero:   {zero}", f"shared: {shared}"]
    lines += [f"and:    {one.lhs} = {one.rhs}" for one in relations[:MOST_SHOWN]]
    if (more := len(relations) - MOST_SHOWN) > 0:
        lines.append(f"and:    {more:,} more relations")
    return lines
