"""The one identity that a bilinear algorithm must satisfy, checked exactly; and which entry of a matrix is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, TypeAlias

from symconv.bilinear.matrices import MOST_PLACES, Matrix, counted, in_powers, largest, order_of
from symconv.errors import SizeLimitError, SymconvError
from symconv.foundations.cyclotomic import Number, over_powers
from symconv.foundations.later import np, npt

Place: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""i, k and q, one number for every axis."""

KINDS = ("correlation", "convolution", "circular correlation", "circular convolution")
"""What an algorithm may compute: h[i] = sum over k of w[k] x[i + k], or x[i - k]; circular, up to multiples of n."""


@dataclass(frozen=True)
class Axes:
    """The sizes on every axis, of outputs, kernel and inputs, and what is computed.

    >>> Axes(((2, 3),)).inputs, Axes(((4, 3),), "convolution").inputs
    ((4,), (2,))
    """

    sizes: tuple[tuple[int, int], ...]
    kind: str = "correlation"

    @property
    def outputs(self) -> tuple[int, ...]:
        return tuple(m for m, _ in self.sizes)

    @property
    def kernel(self) -> tuple[int, ...]:
        return tuple(r for _, r in self.sizes)

    @property
    def inputs(self) -> tuple[int, ...]:
        """m + r - 1 elements make m outputs of a correlation; a convolution of n makes n + r - 1 outputs."""
        if self.is_circular:
            return self.outputs
        return tuple(m - r + 1 if self.is_flipped else m + r - 1 for m, r in self.sizes)

    @property
    def is_circular(self) -> bool:
        return self.kind.startswith("circular")

    @property
    def is_flipped(self) -> bool:
        return self.kind.endswith("convolution")

    def offset(self, place: Place) -> tuple[int, ...]:
        """What must be zero on every axis, for the product of w[k] and x[q] to be part of h[i]."""
        i, k, q = place
        apart = ((a - b - c) if self.is_flipped else (c - a - b) for a, b, c in zip(i, k, q))
        return tuple(one % m if self.is_circular else one for one, m in zip(apart, self.outputs))

    def right(self, place: Place) -> int:
        """The value of the bracket."""
        return int(not any(self.offset(place)))

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many outputs, weights and inputs there are."""
        return prod(self.outputs), prod(self.kernel), prod(self.inputs)

    def brackets(self) -> npt.NDArray[Any]:
        """The right side of the identity for all i, k and q."""
        result = np.ones((1, 1, 1), dtype=np.int64)
        for m, r, n in zip(self.outputs, self.kernel, self.inputs):
            i, k, q = np.ogrid[:m, :r, :n]
            apart = i - k - q if self.is_flipped else q - i - k
            result = np.kron(result, (apart % m if self.is_circular else apart) == 0)
        return result

    def place(self, i: int, k: int, q: int) -> Place:
        """Flat numbers as indices."""
        shapes = self.outputs, self.kernel, self.inputs
        found = [tuple(map(int, np.unravel_index(at, shape))) for at, shape in zip((i, k, q), shapes)]
        return found[0], found[1], found[2]


@dataclass(frozen=True)
class WrongValue:
    """A place (i, k, q) of the identity at which the sum is not what it must be."""

    place: Place
    claimed: Number
    right: int

    def __str__(self) -> str:
        i, k, q = (str(one[0] if len(one) == 1 else one) for one in self.place)
        return f"sum over l of C[{i}, l] A[l, {k}] B[l, {q}] is {self.claimed}, right is {self.right}"


@dataclass(frozen=True)
class WrongEntry:
    """The only entry of the matrices that has to change for the identity to hold, if there is one."""

    matrix: str
    row: int
    column: int
    claimed: Number
    right: Number

    def __str__(self) -> str:
        return f"{self.matrix}[{self.row}, {self.column}] is {self.claimed}, right is {self.right}"


@dataclass(frozen=True)
class Identity:
    """sum over l of C[i, l] A[l, k] B[l, q] for given matrices, beside what it must be.

    Raises:
        SymconvError: the sizes of the matrices do not belong together.
        SizeLimitError: there are too many places (i, k, q).
    """

    C: Matrix
    A: Matrix
    B: Matrix
    axes: Axes

    def __post_init__(self) -> None:
        products = len(self.A)
        for name, matrix, is_transposed in (("C", self.C, True), ("B", self.B, False)):
            length = len(matrix[0]) if is_transposed else len(matrix)
            if length != products:
                what = counted(length, "column" if is_transposed else "row")
                wrong = f"A has {counted(products, 'row')}, one for every multiplication, and {name} has {what}"
                raise SymconvError(f"the matrices C, A and B with {name} of {_size(matrix)}", wrong,
                                   "give C of m x L, A of L x r and B of L x n entries")  # fmt: skip
        found = len(self.C), len(self.A[0]), len(self.B[0])
        if found != self.axes.counts:
            m, r, n = self.axes.counts
            few = counted(found[0], "output"), counted(found[1], "weight"), counted(n, "input")
            wrong = f"a {self.axes.kind} with {few[0]} and {few[1]} has {few[2]}, and B has {found[2]}"
            if found[:2] != (m, r):
                wrong = f"the sizes say {counted(m, 'output')} and {counted(r, 'weight')}"
            given = f"C of {_size(self.C)}, A of {_size(self.A)}, B of {_size(self.B)}"
            right = "give C a row for every output, A and B a column for every weight and input"
            raise SymconvError(given, wrong, right)
        if prod(found) * products > 100 * MOST_PLACES:
            raise SizeLimitError(f"an identity with {prod(found):,} places", "it takes too long", "use fewer outputs")

    def differences(self) -> dict[tuple[int, int, int], Number]:
        """The sums minus what they must be, where that is not 0, in row-major order.

        Every matrix is a sum of whole numbers times powers of one root of unity, and so are the sums.
        """
        order, count = order_of(self.C, self.A, self.B), len(self.A)
        (C, c), (A, a), (B, b) = (in_powers(one, order) for one in (self.C, self.A, self.B))
        bound = count * order**2 * prod(max(map(largest, one.values()), default=1) for one in (C, A, B))
        kind: Any = np.int64 if max(bound, c * a * b) < 2**62 else object
        outer, left, right = ({at: np.array(rows, dtype=kind) for at, rows in one.items()} for one in (C, A, B))
        pairs: dict[int, npt.NDArray[Any]] = {}
        for (one, rows), (other, columns) in product(left.items(), right.items()):
            _add(pairs, (one + other) % order, rows[:, :, None] * columns[:, None, :])
        sums = {0: -self.axes.brackets().astype(kind) * (c * a * b)}
        for (one, rows), (other, pair) in product(outer.items(), pairs.items()):
            _add(sums, (one + other) % order, rows.dot(pair.reshape(count, -1)).reshape(self.axes.counts))
        return over_powers(sums, order, c * a * b)

    def wrong(self) -> tuple[WrongValue, ...]:
        """Every place at which the identity fails, in row-major order."""
        places = ((self.axes.place(*at), off) for at, off in self.differences().items())
        return tuple(WrongValue(place, off + self.axes.right(place), self.axes.right(place)) for place, off in places)

    def wrong_entries(self) -> tuple[WrongEntry, ...]:
        """All entries, each of which makes the identity hold if it alone is changed, and to what.

        If C[i, l] is off by e, then the sums are off by e A[l, k] B[l, q] at this i, and nowhere else; A and B alike.
        """
        differences = self.differences()
        failing = [sorted(set(axis)) for axis in zip(*differences)]
        return tuple(found for role, places in enumerate(failing) if len(places) == 1
                     for found in self._candidates(role, places[0], differences))  # fmt: skip

    def _candidates(
        self, role: int, at: int, differences: Mapping[tuple[int, int, int], Number]
    ) -> Iterator[WrongEntry]:
        """Entries of C (0), A (1) or B (2) for the index ``at`` that explain all errors."""
        own = {(*place[:role], *place[role + 1 :]): off for place, off in differences.items()}
        columns: list[list[Any]] = [[list(column) for column in zip(*self.C)], list(self.A), list(self.B)]
        first, second = (columns[other] for other in range(3) if other != role)
        for product_at in range(len(self.A)):
            one, other = first[product_at], second[product_at]
            place = next(((i, j) for i, j in product(range(len(one)), range(len(other))) if one[i] * other[j]), None)
            if place is None:
                continue
            off = own.get(place, Fraction(0)) / (one[place[0]] * other[place[1]])
            if off and all(
                one[i] * other[j] * off == own.get((i, j), 0) for i, j in product(range(len(one)), range(len(other)))
            ):
                row, column = (at, product_at) if role == 0 else (product_at, at)
                claimed = (self.C, self.A, self.B)[role][row][column]
                yield WrongEntry("CAB"[role], row, column, claimed, claimed - off)


def _add(sums: dict[int, npt.NDArray[Any]], power: int, array: npt.NDArray[Any]) -> None:
    sums[power] = sums[power] + array if power in sums else array


def _size(matrix: Matrix) -> str:
    return f"{len(matrix)} x {len(matrix[0])}"
