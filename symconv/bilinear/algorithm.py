"""BilinearAlgorithm: three matrices that compute a convolution, proved with its gradients, or what is wrong."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from math import ceil, prod
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.agreement import agreement
from symconv.algebra.normal_form import Derivation, normal_form
from symconv.bilinear import rounding
from symconv.bilinear.computation import PlainSum, Stages
from symconv.bilinear.fourier import fourier
from symconv.bilinear.identity import KINDS, Axes, Identity, WrongEntry, WrongValue
from symconv.bilinear.matrices import Matrix, counted, in_sympy, kronecker, matrix_of
from symconv.bilinear.toom_cook import karatsuba, points_of, size_of, toom_cook
from symconv.errors import SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import Value
from symconv.printing.tables import Column, TableReport

QUANTITIES = ("output", "grad_weight", "grad_input")
MOST_SHOWN, FEW = 6, 3
"""Places at which an identity fails that a report prints; and entries that alone explain it that its line names."""


@dataclass(frozen=True)
class AlgorithmTheorem:
    """One quantity of an algorithm is what it must be, or is not.

    Args:
        of: "output", "grad_weight" or "grad_input".
        formula: by the algorithm's own stages, a gradient by the chain rule through them.
        right: by the sum that is to be computed.
        derivations: the steps that bring both to their normal form.
    """

    of: str
    formula: TensorFormula
    right: TensorFormula
    derivations: tuple[Derivation, Derivation]

    @property
    def holds(self) -> bool:
        """Whether both have the same normal form."""
        own, right = self.derivations
        if own.result == right.result:
            return True
        forms = (self.formula.form, self.right.form)
        return agreement(forms, self.formula.assumptions) is not None


class BilinearAlgorithm(TableReport, Value):
    """An algorithm h = C (A w * B x), given by its matrices, with a multiplication for every row of A and B.

    It is proved by one identity, sum over l of C[i, l] A[l, k] B[l, q] = [q = i + k] for all i, k, q, checked exactly.
    Outputs and both gradients are derived from the algorithm's own stages, A w, B x and their product, and follow from
    the identity.

    Args:
        C: m x L, a row for every output.
        A: L x r, a column for every weight; C, A and B are A^T, G and B^T in Winograd's letters.
        B: L x n, a column for every input, n = m + r - 1.
        computes: "correlation", h[i] = sum over k of w[k] x[i + k], as layers have it; "convolution", x[i - k], all
            n + r - 1 of it; or one of both that is "circular ..", of as many outputs as inputs.
        sizes: for matrices on several axes in row-major order, (m, r) of every axis; ``nested`` makes such ones.

    Lists, arrays of NumPy and matrices of SymPy are read, floats by their exact value; text is not. Entries are
    rational, or made of square roots and roots of unity, as ``sqrt(2)``, ``exp(2*pi*I/8)`` and ``cos(pi/16)`` of SymPy.

    Raises:
        SymconvError: a matrix is not one of exact numbers, or their sizes do not belong together.

    >>> from fractions import Fraction
    >>> half = Fraction(1, 2)
    >>> AT = [[1, 1, 1, 0], [0, 1, -1, 1]]
    >>> G = [[1, 0, 0], [half, half, half], [half, -half, half], [0, 0, 1]]
    >>> BT = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
    >>> BilinearAlgorithm(AT, G, BT)
    <BilinearAlgorithm: correlation F(2, 3), 4 multiplications in place of 6: proved, with both gradients>
    >>> G[1][2] = 1
    >>> wrong = BilinearAlgorithm(AT, G, BT)
    >>> wrong.holds, str(wrong.wrong_entries[0])
    (False, 'A[1, 2] is 1, right is 1/2')
    """

    columns: ClassVar = (Column("quantity"), Column("by the algorithm", 60), Column("verdict"))

    def __init__(
        self,
        C: Any,
        A: Any,
        B: Any,
        *,
        computes: str = "correlation",
        sizes: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        if computes not in KINDS:
            raise SymconvError(f"computes={shown(computes)}", "no such sum", instead_of(computes, KINDS))
        outer, left, right = matrix_of("C", C), matrix_of("A", A), matrix_of("B", B)
        axes = Axes(((len(outer), len(left[0])),) if sizes is None else _sizes_of(sizes), computes)
        self.factors: tuple[Identity, ...] = (Identity(outer, left, right, axes),)

    @classmethod
    def winograd(cls, m: int, r: int, points: Sequence[Any] | None = None) -> BilinearAlgorithm:
        """Winograd's minimal filtering F(m, r), by Toom-Cook's construction, with m + r - 1 multiplications.

        Args:
            m: outputs of a tile, from 1 to 64.
            r: weights, from 1 to 64.
            points: m + r - 2 different exact numbers, beside which infinity is a point; by default 0, 1, -1, 2,
                -2, 1/2, -1/2, .. as wincnn's users choose them.

        Raises:
            SymconvError: a size or a point cannot be used.

        >>> BilinearAlgorithm.winograd(2, 3).A
        Matrix([
        [  1,    0,   0],
        [1/2,  1/2, 1/2],
        [1/2, -1/2, 1/2],
        [  0,    0,   1]])
        """
        outputs, weights = size_of("m", m), size_of("r", r)
        return cls(*toom_cook(outputs, weights, points_of(points, outputs + weights - 2)))

    @classmethod
    def karatsuba(cls, size: int) -> BilinearAlgorithm:
        """Karatsuba's halves of halves, as a correlation of as many outputs as weights; all entries are 0, 1 or -1.

        >>> BilinearAlgorithm.karatsuba(4).multiplications
        9
        """
        return cls(*karatsuba(size_of("size", size)))

    @classmethod
    def fourier(
        cls, size: int, weights: int | None = None, computes: str = "circular correlation"
    ) -> BilinearAlgorithm:
        """The discrete Fourier transform, with w^(l i) in C and A, w^(-l q) in B, and a product at every frequency.

        Args:
            size: N, outputs of a circular sum; with ``weights``, outputs m of a tile, and N = m + r - 1.
            weights: r, if the sum is not circular; the output is F(m, r), whose transform is long enough.
            computes: "circular correlation" or "circular convolution" without ``weights``.

        >>> BilinearAlgorithm.fourier(3)
        <BilinearAlgorithm: circular correlation F(3, 3), 3 multiplications in place of 9: proved, with both gradients>
        >>> BilinearAlgorithm.fourier(2, 3).A.row(1)
        Matrix([[1, I, -1]])
        """
        if weights is None:
            if not computes.startswith("circular"):
                raise SymconvError(f"computes={shown(computes)}", "without weights the sum is circular",
                                   "give weights, or use a circular sum")  # fmt: skip
            own = size_of("size", size)
            return cls(*fourier(own, own, own, -1 if computes.endswith("convolution") else 1), computes=computes)
        m, r = size_of("size", size), size_of("weights", weights)
        return cls(*fourier(m, r, m + r - 1))

    def nested(self, *others: BilinearAlgorithm) -> BilinearAlgorithm:
        """This algorithm on the first axis and the others on the next ones; with itself if no other is given.

        Its matrices are Kronecker products, and its identity holds because that of every axis does.

        >>> BilinearAlgorithm.winograd(2, 3).nested()
        <BilinearAlgorithm: correlation F(2x2, 3x3), 16 multiplications in place of 36: proved, with both gradients>
        """
        chosen = others or (self,)
        for one in chosen:
            if not isinstance(one, BilinearAlgorithm):
                raise SymconvError(f"nested with {shown(one)}", "not an algorithm", "pass BilinearAlgorithm(C, A, B)")
            if one.computes != self.computes:
                wrong = f"one computes a {self.computes} and one a {one.computes}"
                raise SymconvError("nested algorithms", wrong, "nest algorithms for the same sum")
        made = BilinearAlgorithm.__new__(BilinearAlgorithm)
        made.factors = tuple(factor for one in (self, *chosen) for factor in one.factors)
        return made

    def _key(self) -> tuple[Hashable, ...]:
        return (self.factors,)

    # -- the matrices ----------------------------------------------------------------------------------

    @property
    def computes(self) -> str:
        """What is computed, "correlation" if nothing else was said."""
        return self.axes.kind

    @cached_property
    def axes(self) -> Axes:
        """The sizes on all axes."""
        return Axes(tuple(pair for one in self.factors for pair in one.axes.sizes), self.factors[0].axes.kind)

    @cached_property
    def C(self) -> sp.ImmutableDenseMatrix:
        """From products to outputs, m x L."""
        return in_sympy(self._flat("C"))

    @cached_property
    def A(self) -> sp.ImmutableDenseMatrix:
        """From weights to what is multiplied, L x r."""
        return in_sympy(self._flat("A"))

    @cached_property
    def B(self) -> sp.ImmutableDenseMatrix:
        """From inputs to what is multiplied, L x n."""
        return in_sympy(self._flat("B"))

    def _flat(self, name: str) -> Matrix:
        matrices: list[Matrix] = [getattr(one, name) for one in self.factors]
        return reduce(kronecker, matrices)

    @property
    def multiplications(self) -> int:
        """L, the products of a transformed weight and a transformed input."""
        return prod(len(one.A) for one in self.factors)

    @property
    def direct_multiplications(self) -> int:
        """The products of the sum itself."""
        m, r, n = self.axes.counts
        return n * r if self.axes.is_flipped and not self.axes.is_circular else m * r

    # -- what is proved --------------------------------------------------------------------------------

    @property
    def holds(self) -> bool:
        """Whether the identity holds, and the output and both gradients follow from it."""
        return not self.wrong and all(theorem.holds for theorem in self.theorems)

    @cached_property
    def wrong(self) -> tuple[WrongValue, ...]:
        """The places (i, k, q) at which the identity fails, with the sum that is claimed and the right one."""
        return tuple(found for one in self.factors for found in one.wrong())

    @cached_property
    def wrong_entries(self) -> tuple[WrongEntry, ...]:
        """The entries of C, A and B each of which alone would mend the identity, with their right value."""
        return tuple(found for one in self.factors for found in one.wrong_entries())

    @cached_property
    def stages(self) -> Stages:
        """The algorithm as formulas."""
        return Stages(self.factors, self.axes, checked=not self.wrong)

    @cached_property
    def theorems(self) -> tuple[AlgorithmTheorem, ...]:
        """Output and gradients by the algorithm's own stages, beside those of the sum that it is to compute."""
        plain = PlainSum(self.axes)
        pairs = [(of, self.stages.quantity(of), plain.quantity(of)) for of in QUANTITIES]
        return tuple(AlgorithmTheorem(of, own, right, (_normal(own), _normal(right))) for of, own, right in pairs)

    @property
    def output(self) -> TensorFormula:
        """h[i] by the algorithm."""
        return self.stages.output

    @property
    def grad_weight(self) -> TensorFormula:
        """dL/dw[k] by the chain rule through the algorithm's own stages."""
        return self.stages.quantity("grad_weight")

    @property
    def grad_input(self) -> TensorFormula:
        """dL/dx[q] by the chain rule through the algorithm's own stages."""
        return self.stages.quantity("grad_input")

    # -- floats ----------------------------------------------------------------------------------------

    @property
    def growth(self) -> Fraction:
        """How large a sum on the way to an output can be, for weights and inputs of at most 1."""
        return rounding.growth(self.factors)

    def error_bound(self, dtype: str = "float32") -> float:
        """What an output can be off by in floats, for weights and inputs of at most 1 (Higham 2002, lemma 3.1).

        Args:
            dtype: "float16", "float32" or "float64".
        """
        return rounding.error_bound(self.factors, dtype)

    def measured_error(self, dtype: str = "float32", trials: int = 20, seed: int = 0) -> float:
        """The largest error of an output in NumPy, over random weights and inputs from -1 to 1."""
        return rounding.measured_error(self.factors, dtype, trials, seed)

    @property
    def _growth_text(self) -> str:
        exact = self.growth.denominator < 2**10
        return str(self.growth) if exact else f"{ceil(self.growth * 1000) / 1000:g}"

    # -- the report ------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Its sizes, as F(m, r)."""
        sizes = ("x".join(map(str, some)) for some in (self.axes.outputs, self.axes.kernel))
        return f"{self.computes} F({', '.join(sizes)})"

    @property
    def summary(self) -> str:
        return f"{self.opening}: {'proved, with both gradients' if self.holds else self._why_not()}"

    def _why_not(self) -> str:
        if 1 <= len(self.wrong_entries) <= FEW:
            return ", or ".join(map(str, self.wrong_entries))
        more = len(self.wrong) - 1
        return f"{self.wrong[0]}" + (f" (and {counted(more, 'more place')})" if more else "")

    @property
    def opening(self) -> str:
        own = counted(self.multiplications, "multiplication")
        return f"{self.title}, {own} in place of {self.direct_multiplications}"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[theorem.of, theorem.formula.text(), self._status(theorem)] for theorem in self.theorems]

    def _status(self, theorem: AlgorithmTheorem) -> str:
        return "refuted" if self.wrong else "proved" if theorem.holds else "undecided"

    @property
    def ending(self) -> str:
        if not self.wrong:
            floats = f"off by at most {self.error_bound():.1e}, sums of at most {self._growth_text}"
            return f"identity: holds for all i, k and q\nfloat32, numbers of at most 1: {floats}"
        lines = [f"one entry explains it: {one}" for one in self.wrong_entries[:MOST_SHOWN]]
        lines += [f"identity: {one}" for one in self.wrong[:MOST_SHOWN]]
        more = len(self.wrong) - MOST_SHOWN
        return "\n".join([*lines, *([f".. and {counted(more, 'more place')}"] if more > 0 else [])])

    def latex(self) -> str:
        """The matrices and what is done with them, as one aligned block; compiles with amsmath."""
        from symconv.printing.latex import expression  # with the tree's nodes: only needed to print

        names = self.stages.notation
        product = rf"h = C \left( A {names.weight} \odot B {names.input} \right)"
        lines = [product, *(f"{name} = {expression(getattr(self, name))}" for name in "CAB")]
        aligned = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines)
        return f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values; fractions as text "p/q"."""
        matrices = {name: [[str(one) for one in row] for row in self._flat(name)] for name in "CAB"}
        return {
            "computes": self.computes, "sizes": [list(pair) for pair in self.axes.sizes],
            "multiplications": self.multiplications, "direct_multiplications": self.direct_multiplications,
            "holds": self.holds, "matrices": matrices,
            "theorems": [{"of": one.of, "formula": one.formula.text()} for one in self.theorems],
            "wrong_entries": [
                {"matrix": one.matrix, "row": one.row, "column": one.column, "claimed": str(one.claimed),
                 "right": str(one.right)} for one in self.wrong_entries
            ],
            "wrong": [
                {"place": [list(part) for part in one.place], "claimed": str(one.claimed), "right": one.right}
                for one in self.wrong
            ],
            "error_bound": {"float32": self.error_bound("float32"), "float64": self.error_bound("float64")},
        }  # fmt: skip

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.to_dict(), indent=1)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _normal(formula: TensorFormula) -> Derivation:
    return normal_form(formula.form, formula.assumptions, ())


def _sizes_of(given: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(given, (list, tuple)) or not all(
        isinstance(one, (list, tuple)) and len(one) == 2 for one in given
    ):
        raise SymconvError(f"sizes={shown(given)}", "not a pair (m, r) for every axis", "use ((2, 3), (2, 3))")
    if not given:
        raise SymconvError("sizes=()", "an algorithm needs at least one axis", "use ((2, 3), (2, 3))")
    return tuple((size_of("m", m), size_of("r", r)) for m, r in given)
