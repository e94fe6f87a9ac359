"""Matrices in a claim: products, vec, Kronecker products, im2col."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symconv.claims.operators.values import Algebra, Dim, Index, MisfitError, Whole, misfit, shape_text, size_text


def multiplied(algebra: Algebra, one: Whole, other: Whole) -> Whole:
    """The product of two matrices, or of a column and a row; channels of a column may be the rows of a matrix."""
    is_outer = one.is_column and other.rows == 0
    if is_outer and not one.channels:
        return outer(algebra, one, other)
    try:
        return product(algebra, one, other)
    except MisfitError:
        if not is_outer:
            raise
        return outer(algebra, one, other)


def product(algebra: Algebra, one: Whole, other: Whole) -> Whole:
    """The matrix product; a tensor is a column, or a row if that fits, or a matrix of channels and positions."""
    for left in _as_matrices(one):
        for right in _as_matrices(other):
            if _fits(algebra, left.dims[left.rows :], right.dims[: right.rows]):
                return _product(algebra, left, right)
    if one.is_column and not other.is_column and _fits(algebra, one.dims, other.dims[: other.rows]):
        return _product(algebra, one.transposed, other).transposed  # the row vector x in x v
    raise misfit(f"matrices of shapes {_matrix_text(one)} and {_matrix_text(other)} cannot be multiplied")


def _fits(algebra: Algebra, one: tuple[Dim, ...], other: tuple[Dim, ...]) -> bool:
    """Whether columns and rows number the same; there must be some."""
    return (
        bool(one)
        and len(one) == len(other)
        and all(
            (not a.role or not b.role or a.role == b.role) and algebra.same(a.size, b.size) for a, b in zip(one, other)
        )
    )


def _as_matrices(value: Whole) -> Iterator[Whole]:
    """The matrix itself; a tensor as a column, or as the matrix with its channels, or examples, down the rows."""
    yield value
    if len(value.dims) > 1 and value.dims[0].role in ("batch", "output channel", "input channel"):
        matrix = Whole(value.dims, value.entry, 1, value.bounded)
        if value.is_column:
            yield matrix
        if value.rows == 0:
            yield matrix.transposed


def _product(algebra: Algebra, left: Whole, right: Whole) -> Whole:
    inner = left.dims[left.rows :]
    rows, columns = left.dims[: left.rows], right.dims[right.rows :]

    def entry(index: Index) -> sp.Expr:
        row, column = index[: len(rows)], index[len(rows) :]
        return algebra.sum(
            [dim.size for dim in inner], lambda at: left.entry((*row, *at)) * right.entry((*at, *column))
        )

    return Whole((*rows, *columns), entry, len(rows), left.bounded and right.bounded)


def outer(algebra: Algebra, one: Whole, other: Whole) -> Whole:
    """The outer product of a column and a row."""
    first = len(one.dims)
    return Whole(
        (*one.dims, *other.dims), lambda index: one.entry(index[:first]) * other.entry(index[first:]), first,
        one.bounded and other.bounded,
    )  # fmt: skip


def vec(value: Whole) -> Whole:
    """All entries of a tensor as one column; the order is that of the matrix it is multiplied by."""
    return Whole(value.dims, value.entry, len(value.dims), value.bounded, value.tensor)


def kronecker(one: Whole, other: Whole) -> Whole:
    """The Kronecker product of matrices: rows are numbered by both rows, columns by both columns."""
    rows = (one.rows, other.rows)
    dims = (*one.dims[: rows[0]], *other.dims[: rows[1]], *one.dims[rows[0] :], *other.dims[rows[1] :])
    columns = len(one.dims) - rows[0]

    def entry(index: Index) -> sp.Expr:
        row, column = index[: sum(rows)], index[sum(rows) :]
        first = one.entry((*row[: rows[0]], *column[:columns]))
        return first * other.entry((*row[rows[0] :], *column[columns:]))

    return Whole(dims, entry, sum(rows), one.bounded and other.bounded)


def _matrix_text(value: Whole) -> str:
    if value.is_column:
        return shape_text(value.shape)
    rows, columns = value.dims[: value.rows], value.dims[value.rows :]
    return " x ".join(size_text(sp.Mul(*(dim.size for dim in some))) for some in (rows, columns))
