"""Misreadings of a layer: other numbers in its scheme, or the kernel read in the other direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.foundations.phrases import Phrase
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer

Change = Callable[[AxisScheme], AxisScheme]

FORWARDS, BACKWARDS = "the kernel is read forwards, not flipped", "the kernel is read backwards (flipped)"
SEVERAL = (
    ("stride and padding are left out", ("s", "low")),
    ("stride and dilation are left out", ("s", "d")),
    ("dilation and padding are left out", ("d", "low")),
    ("stride, dilation and padding are left out", ("s", "d", "low")),
)


@dataclass(frozen=True)
class Misreading:
    """A layer read wrongly, with what went wrong in words.

    ``touched`` are the parameters that are read wrongly; ``change`` does it to one axis of the convolution.
    """

    words: str
    schemes: tuple[AxisScheme, ...]
    flip: bool
    touched: frozenset[str] = frozenset()
    change: Change | None = field(default=None, compare=False)
    on_one_axis: bool = False
    layer: Layer | None = field(default=None, compare=False, repr=False)

    def and_also(self, other: Misreading) -> Misreading | None:
        """Both at once; None if they are about the same parameter."""
        if self.touched & other.touched or self.layer is None:
            return None
        schemes = self.schemes if other.change is None else _read(self.layer, self.schemes, other.change)
        flips = {"flip"} & (self.touched | other.touched)
        flip = (not self.layer.flip) if flips else self.layer.flip
        words = Phrase("{one}, and {other}", one=self.words, other=other.words)
        return Misreading(words, schemes, flip, self.touched | other.touched)


def misreadings(layer: Layer) -> Iterator[Misreading]:
    """One thing misread, on all axes or on one; of a transposed layer, of the convolution whose adjoint it is."""
    if not layer.spreads:
        words = FORWARDS if layer.flip else BACKWARDS
        yield Misreading(words, layer.schemes, not layer.flip, frozenset({"flip"}), layer=layer)
    kinds = list(_kinds(layer))
    for words, touched, change in kinds:
        yield _everywhere(layer, words, touched, change)
    for words, touched, change in _shifts(layer):
        yield from _on_each_axis(layer, words, touched, change)
        if layer.ndim > 1:
            yield _everywhere(layer, _on_all_axes(layer, words), touched, change)
    yield from _by_the_kernel(layer)
    for words, touched, change in kinds if layer.ndim > 1 else ():
        yield from _on_each_axis(layer, words, touched, change)


def several_left_out(layer: Layer) -> Iterator[Misreading]:
    """Several parameters left out at once, each of which the layer has."""
    plain = {"s": ONE, "d": ONE, "low": ZERO}
    forward = _forward(layer, layer.schemes)
    for words, names in SEVERAL:
        if all(any(getattr(scheme, name) != plain[name] for scheme in forward) for name in names):
            yield _everywhere(
                layer, words, frozenset(names), partial(_with_values, {name: plain[name] for name in names})
            )


def _with_values(values: Mapping[str, Polynomial], scheme: AxisScheme) -> AxisScheme:
    return replace(scheme, **values)


def _kinds(layer: Layer) -> Iterator[tuple[str, frozenset[str], Change]]:
    """What can be misread, the likeliest first."""
    forward = _forward(layer, layer.schemes)
    plain = all(scheme.d == ONE for scheme in forward)
    strided = any(scheme.s != ONE for scheme in forward)
    padded = any(scheme.low != ZERO for scheme in forward)
    sign = "the kernel's index has the wrong sign" if plain else "the dilation has the wrong sign"
    s, d, low, both = frozenset({"s"}), frozenset({"d"}), frozenset({"low"}), frozenset({"s", "d"})
    if not layer.spreads:
        yield "the input dilation is left out", frozenset({"l"}), lambda a: replace(a, l=ONE)
    yield "the stride is left out", s, lambda a: replace(a, s=ONE)
    yield "the dilation is left out", d, lambda a: replace(a, d=ONE)
    yield sign, d, lambda a: replace(a, d=-a.d)
    yield "the padding is left out", low, lambda a: replace(a, low=ZERO)
    yield "the padding has the wrong sign", low, lambda a: replace(a, low=-a.low)
    if plain and strided:
        yield "the stride multiplies the kernel's index, not the output's", both, lambda a: replace(a, s=a.d, d=a.s)
    else:
        yield "stride and dilation are exchanged", both, lambda a: replace(a, s=a.d, d=a.s)
    if strided:
        yield "the stride multiplies the kernel's index too", d, lambda a: replace(a, d=a.d * a.s)
    if strided and padded:
        yield "the stride multiplies the padding too", low, lambda a: replace(a, low=a.low * a.s)
        words = "the stride multiplies the kernel's index and the padding too"
        yield words, d | low, lambda a: replace(a, d=a.d * a.s, low=a.low * a.s)


def _shifts(layer: Layer) -> Iterator[tuple[str, frozenset[str], Change]]:
    """Positions that are off by one."""
    position = _position(layer)
    low = frozenset({"low"})
    yield Phrase("{position} is one too small", position=position), low, lambda a: replace(a, low=a.low + 1)
    yield Phrase("{position} is one too large", position=position), low, lambda a: replace(a, low=a.low - 1)


def _by_the_kernel(layer: Layer) -> Iterator[Misreading]:
    """Positions that are off by the kernel's length, on all axes and on one: alignment of a full convolution."""
    position, low = _position(layer), frozenset({"low"})
    spans = [scheme.span - 1 for scheme in _forward(layer, layer.schemes)]
    if all(span.value in (0, 1) for span in spans):
        return
    steps = [str(layer.writer.polynomial(span)) for span in spans]
    for pattern, sign in (("{position} is {by} too small", 1), ("{position} is {by} too large", -1)):

        def change(scheme: AxisScheme, sign: int = sign) -> AxisScheme:
            return replace(scheme, low=scheme.low + sign * (scheme.span - 1))

        by = " and ".join(dict.fromkeys(steps))
        words: str = Phrase(pattern, position=position, by=by)
        yield _everywhere(layer, words if len(set(steps)) > 1 else _on_all_axes(layer, words), low, change)
        for axis, step in enumerate(steps) if layer.ndim > 1 else ():
            yield _on_axis(layer, axis, Phrase(pattern, position=position, by=step), low, change)


def _on_all_axes(layer: Layer, words: str) -> str:
    if layer.ndim == 1:
        return words
    return Phrase("{what} on both axes" if layer.ndim == 2 else "{what} on every axis", what=words)


def _position(layer: Layer) -> str:
    return "the position that is written" if layer.spreads else "the position that is read"


def _forward(layer: Layer, schemes: Sequence[AxisScheme]) -> tuple[AxisScheme, ...]:
    """The schemes as a convolution has them."""
    return tuple(scheme.transposed for scheme in schemes) if layer.spreads else tuple(schemes)


def _read(
    layer: Layer, schemes: Sequence[AxisScheme], change: Change, only: int | None = None
) -> tuple[AxisScheme, ...]:
    """The schemes with a change on all axes of the convolution, or on one."""
    changed = [change(a) if only in (None, axis) else a for axis, a in enumerate(_forward(layer, schemes))]
    return _forward(layer, changed)


def _everywhere(layer: Layer, words: str, touched: frozenset[str], change: Change) -> Misreading:
    return Misreading(words, _read(layer, layer.schemes, change), layer.flip, touched, change, layer=layer)


def _on_each_axis(layer: Layer, words: str, touched: frozenset[str], change: Change) -> Iterator[Misreading]:
    for axis in range(layer.ndim):
        yield _on_axis(layer, axis, words, touched, change)


def _on_axis(layer: Layer, axis: int, words: str, touched: frozenset[str], change: Change) -> Misreading:
    where = words if layer.ndim == 1 else Phrase("{what} on axis {axis}", what=words, axis=axis)
    schemes = _read(layer, layer.schemes, change, axis)
    return Misreading(where, schemes, layer.flip, touched, change, layer.ndim > 1, layer)
