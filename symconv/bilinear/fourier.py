"""Fourier matrices of any length, a number or a letter, and the one rule of roots of unity by which they are proved.

With w = exp(2 pi i / N), the sum of w^(l e) over l = 0, .., N - 1 is N if N divides e, and else 0: in a geometric
series, (w^e - 1) times the sum is w^(N e) - 1 = 0. So C[i, l] = w^(l i) / N, A[l, k] = w^(l k) and B[l, q] = w^(-l q)
have

    sum over l of C[i, l] A[l, k] B[l, q] = [N | i + k - q],

which is the identity of a circular correlation, for all N at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symconv.algebra.contraction import Contraction
from symconv.algebra.polynomial import Polynomial
from symconv.bilinear.matrices import Matrix
from symconv.foundations.cyclotomic import root_of_unity
from symconv.foundations.later import np, npt


@dataclass(frozen=True)
class FourierMatrix:
    """w^(sign a b) * factor in row a and column b, for w = exp(2 pi i / order).

    Args:
        rows, columns: how many there are.
        order: N, at least 1.
        sign: 1 or -1, of the exponent.
        inverse: whether the factor is 1 / N; it is 1 if not.
    """

    rows: Polynomial
    columns: Polynomial
    order: Polynomial
    sign: int = 1
    inverse: bool = False

    @property
    def names(self) -> Iterable[str]:
        return self.rows.names | self.columns.names | self.order.names

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        rows, columns, order = (int(one.evaluate(dict(values))) for one in (self.rows, self.columns, self.order))
        roots = [root_of_unity(order, at) for at in range(order)]
        if self.inverse:
            roots = [one / order for one in roots]
        made = np.empty((rows, columns), dtype=object)
        for a in range(rows):
            for b in range(columns):
                made[a, b] = roots[self.sign * a * b % order]
        return made

    def renamed(self, values: Mapping[str, Polynomial]) -> FourierMatrix:
        rows, columns, order = (one.substitute(values) for one in (self.rows, self.columns, self.order))
        return FourierMatrix(rows, columns, order, self.sign, self.inverse)


def fourier_identity(
    names: tuple[str, str, str], C: FourierMatrix, A: FourierMatrix, B: FourierMatrix
) -> Contraction | None:
    """The identity of a circular correlation or convolution, if the rule of roots of unity gives it; None if not.

    The product is w^(l e) times a power of 1 / N, and e must be i + k - q or its negative, or i - k - q. C has the
    products in its columns, A and B in their rows, and there must be N of them.

    >>> n, r = Polynomial.name("n"), Polynomial.name("r")
    >>> C = FourierMatrix(n, n, n, inverse=True)
    >>> A, B = FourierMatrix(n, r, n), FourierMatrix(n, n, n, sign=-1)
    >>> found = fourier_identity(("C", "A", "B"), C, A, B)
    >>> found.flipped, found.period
    (False, n)
    >>> fourier_identity(("C", "A", "B"), C, A, FourierMatrix(n, n, n)) is None
    True
    """
    order = C.order
    is_one = A.order == B.order == order == C.columns == A.rows == B.rows
    if not is_one or C.inverse + A.inverse + B.inverse != 1:
        return None
    signs = (C.sign * A.sign, C.sign * B.sign)  # of k and q beside i
    if signs not in ((1, -1), (-1, -1)):
        return None
    return Contraction(*names, flipped=signs == (-1, -1), period=order, because=(C, A, B))


def fourier(outputs: int, weights: int, length: int, sign: int = 1) -> tuple[Matrix, Matrix, Matrix]:
    """C, A and B of a transform with this number of outputs and weights; with sign -1, of a convolution."""
    rows, columns, order = map(Polynomial.constant, (outputs, weights, length))
    made = (
        FourierMatrix(rows, order, order, inverse=True), FourierMatrix(order, columns, order, sign),
        FourierMatrix(order, order, order, -1),
    )  # fmt: skip
    C, A, B = (tuple(map(tuple, one.at({}).tolist())) for one in made)
    return C, A, B
