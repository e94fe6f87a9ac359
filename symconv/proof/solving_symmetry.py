"""What users pass to solve_sharing(symmetry=..): a layer or sizes, with numbers or letters."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.errors import GeometryError, SymconvError
from symconv.geometry.arguments import Count, Kind, ParameterReader, PerAxis, number_of_axes
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer, require_layer
from symconv.printing.notation import Notation
from symconv.proof.equivariance import MOST_WEIGHTS, convolution_of, maps_that_commute
from symconv.proof.equivariance_in_general import EquivarianceReport, equivariance_in_general, square_layer
from symconv.proof.equivariant_sharing import EquivariantSharing
from symconv.symmetries import MapShape, read_symmetry

KINDS: Mapping[str, Kind] = {
    "input_size": PerAxis(1), "output_size": PerAxis(1), "in_channels": Count(1), "out_channels": Count(1),
}  # fmt: skip


def solve_symmetry(
    symmetry: object, layer: Layer | None, given: Mapping[str, Any]
) -> EquivariantSharing | EquivarianceReport:
    """All maps of the shape of a layer, or of given sizes, that commute with a symmetry.

    Raises:
        SymconvError: there is neither a layer nor sizes, or both; or the symmetry does not act on such maps.
    """
    wanted = read_symmetry(symmetry)
    if layer is None:
        return _without_layer(wanted, given)
    require_layer(layer, "weight sharing")
    layer.require("weight")
    if extra := [name for name, value in given.items() if value is not None]:
        raise SymconvError(f"a layer and {extra[0]}", "the layer has its own sizes", "leave one of them out")
    if not layer.is_concrete:
        layer = square_layer(wanted, layer)
    fitted = wanted.fitted(border="circular" if layer.padding_mode == "circular" else "zeros", steps=_steps(layer))
    if not layer.is_concrete:
        return equivariance_in_general(fitted, layer)
    shape = MapShape(
        int(layer.in_channels), tuple(map(int, layer.input_size)),
        int(layer.out_channels), tuple(map(int, layer.output_size)),
    )  # fmt: skip
    if shape.inputs * shape.outputs > MOST_WEIGHTS:
        return equivariance_in_general(fitted, layer)
    return EquivariantSharing(fitted, shape, layer, layer.notation, maps_that_commute(fitted, shape))


def _without_layer(symmetry: Any, given: Mapping[str, Any]) -> EquivariantSharing | EquivarianceReport:
    for name in ("input_size", "output_size"):
        if given[name] is None:
            raise GeometryError(f"no {name}", "a map needs its sizes", f"pass a layer, or add {name}=3")
    shape = _shape({name: 1 if value is None else value for name, value in given.items()})
    if shape.is_concrete and shape.inputs * shape.outputs <= MOST_WEIGHTS:
        return EquivariantSharing(symmetry, shape, None, Notation(), maps_that_commute(symmetry, shape))
    layer = convolution_of(symmetry.parts[0], shape)
    if layer is None:
        wrong = "without a layer only shifts along all axes are proved"
        raise GeometryError(f"letters, or large sizes, and {symmetry!r}", wrong, "give small numbers, or a layer")
    return equivariance_in_general(symmetry, layer)


def _shape(given: Mapping[str, Any]) -> MapShape:
    """Sizes as users pass them."""
    ndim = number_of_axes(KINDS, given)
    reader = ParameterReader(Reader(), ndim)
    read: dict[str, Any] = {name: reader.read(name, kind, given[name]) for name, kind in KINDS.items()}
    write = Writer().polynomial

    def plain(size: Polynomial) -> Any:
        return int(size.value) if size.value is not None else write(size)

    return MapShape(
        plain(read["in_channels"]), tuple(map(plain, read["input_size"])),
        plain(read["out_channels"]), tuple(map(plain, read["output_size"])),
    )  # fmt: skip


def _steps(layer: Layer) -> tuple[tuple[Any, Any], ...]:
    """By how much input and output move on every axis, [l j = s i + ..]: by s and l, without what they share."""
    return tuple(_step(scheme, layer) for scheme in layer.schemes)


def _step(scheme: AxisScheme, layer: Layer) -> tuple[Any, Any]:
    s, l = scheme.s.value, scheme.l.value  # noqa: E741
    if s is None or l is None:
        return tuple(layer.written((scheme.s, scheme.l)))  # type: ignore[return-value]
    common = gcd(int(s), int(l))
    return int(s) // common, int(l) // common
