"""Operators on matrices and on whole tensors: transposes, vec, Kronecker products, im2col, sums."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.claims.operators.matrices import kronecker, vec
from symconv.claims.operators.registry import Arguments, Reads, operator
from symconv.claims.operators.sliding import numbers
from symconv.claims.operators.values import Algebra, Index, Whole, misfit, shape_text


@operator("vec", "flatten", "ravel", "vector")
def vectorised(reader: Reads, given: Arguments) -> Whole:
    return vec(given.values[0])


@operator("transpose", "t", "tr")
def transposed(reader: Reads, given: Arguments) -> Whole:
    return given.values[0].transposed


@operator("kron", "kronecker")
def kron(reader: Reads, given: Arguments) -> Whole:
    if len(given.values) != 2:
        raise reader.wrong("kron needs two matrices", "write kron(A, B)")
    return kronecker(*given.values)


@operator("im2col", "patches", "unfold", "img2col")
def im2col(reader: Reads, given: Arguments) -> Whole:
    """The patches as a matrix; only those of the layer's input are known."""
    notation = reader.algebra.layer.notation
    if not given.values or given.values[0].tensor != notation.input:
        raise reader.wrong("im2col is read of the layer's input", f"write im2col({notation.input})")
    return reader.matrix_of(notation.patch)


@operator("toeplitz", "circulant", "convmtx", "doublytoeplitz")
def toeplitz(reader: Reads, given: Arguments) -> Whole:
    """The dense weights of the layer, made of w."""
    notation = reader.algebra.layer.notation
    if not given.values or given.values[0].tensor != notation.weight:
        raise reader.wrong("toeplitz is read of the layer's weights", f"write toeplitz({notation.weight})")
    return reader.matrix_of(notation.dense_weight)


@operator("col2im", "fold")
def col2im(reader: Reads, given: Arguments) -> Whole:
    """The patches laid on the image again, where they overlap added."""
    algebra, layer = reader.algebra, reader.algebra.layer
    if not layer.is_convolution or layer.spreads or layer.padding_mode != "zeros":
        raise reader.wrong("col2im is read of convolutions that pad with zeros", "write a formula with indices")
    patches, image = reader.matrix_of(layer.notation.patch), algebra.tensor(layer.notation.input)
    columns = _places_down(algebra, given.values[0], patches)
    positions = [layer.writer.polynomial(one) for one in layer.read_positions]
    letters = [axis.symbol for axis in (*layer.output_positions, *layer.kernel_offsets)]
    first = len(image.channels)
    channels = [dim.role for dim in image.channels]

    def entry(index: Index) -> sp.Expr:
        def element(at: Index) -> sp.Expr:
            outputs, offsets = at[: layer.ndim], at[layer.ndim :]
            values = dict(zip(letters, at))
            reads = [
                sp.KroneckerDelta(one, position.xreplace(values)) for one, position in zip(index[first:], positions)
            ]
            heads = dict(zip(channels, index[:first]))
            places = iter((*outputs, *offsets))
            inside = [heads[dim.role] if not dim.is_position else next(places) for dim in columns.dims]
            return sp.Mul(*reads) * columns.entry(tuple(inside))

        sizes = [dim.size for dim in columns.dims if dim.is_position]
        return algebra.sum(sizes, element)

    return replace(image, entry=entry, tensor="", bounded=False)


def _places_down(algebra: Algebra, columns: Whole, patches: Whole) -> Whole:
    """A matrix of the patches' shape with a row for each place; of a square one, the orientation is the patches'."""
    places = algebra.tensor(algebra.layer.notation.patch)
    turned = patches.dims != places.dims
    for one in (columns.transposed, columns) if turned else (columns, columns.transposed):
        fits = one.rows == places.rows and len(one.dims) == len(places.dims)
        if fits and all(algebra.same(own.size, dim.size) for own, dim in zip(one.dims, places.dims)):
            return one
    raise misfit(f"col2im needs a matrix of the patches' shape, {shape_text(places.shape)}")


@operator("sum", "total", options="axis keepdims")
def total(reader: Reads, given: Arguments) -> Whole:
    """The sum of all entries, or over axes that are numbered as in PyTorch's shape."""
    value = given.values[0]
    told = [
        *numbers(given.options.get("axis", ())),
        *numbers(given.values[1:]),
        *(n for one in given.groups for n in one),
    ]
    if not all(isinstance(one, sp.Expr) and one.is_Integer for one in told):
        raise reader.wrong("an axis of a sum is not a number", "write sum(axis=(0, 2))")
    axes = [int(one) for one in told]
    if not axes:
        return Whole((), lambda _: reader.algebra.sum(value.shape, value.entry), 0)
    layout = reader.algebra.names.layouts.get(value.tensor, ())
    if not all(-len(layout) <= axis < len(layout) for axis in axes):
        raise reader.wrong("the axes of a sum are not known", "sum over axes of one of the layer's tensors")
    dropped = {axis % len(layout) for axis in axes}
    drops = [at in dropped for at, dimension in enumerate(layout) for _ in dimension]
    kept = [dim for dim, drop in zip(value.dims, drops) if not drop]

    def entry(index: Index) -> sp.Expr:
        def element(bound: Index) -> sp.Expr:
            own, summed = iter(index), iter(bound)
            return value.entry(tuple(next(summed if drop else own) for drop in drops))

        return reader.algebra.sum([dim.size for dim, drop in zip(value.dims, drops) if drop], element)

    return value.derived(kept, entry)
