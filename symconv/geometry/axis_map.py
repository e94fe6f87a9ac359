"""One axis of a layer: which position of the extended input each output reads, as numbers or letters."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.foundations.values import Cached, cached_property


@dataclass(frozen=True)
class AxisScheme(Cached):
    """The scheme on one axis: input size n, kernel size K, stride s, dilation d, input dilation l, padding."""

    n: Polynomial
    K: Polynomial
    s: Polynomial = ONE
    d: Polynomial = ONE
    l: Polynomial = ONE  # noqa: E741
    low: Polynomial = ZERO
    high: Polynomial = ZERO
    outputs: Polynomial | None = None
    """The number of outputs, where padding is made for one; else as many as fit."""

    @cached_property
    def dilated(self) -> Polynomial:
        """e: elements of the input with l - 1 zeros between neighbours."""
        return self.l * (self.n - 1) + 1

    @cached_property
    def padded(self) -> Polynomial:
        return self.dilated + self.low + self.high

    @cached_property
    def span(self) -> Polynomial:
        """Elements that the dilated kernel covers."""
        return self.d * (self.K - 1) + 1

    @cached_property
    def room(self) -> Polynomial:
        """Steps of one element that the kernel can make; not negative if it fits."""
        return self.padded - self.span

    @property
    def transposed(self) -> AxisScheme:
        """The adjoint, of n elements too: [l j = s i + d k - low] is [s i = l j - d k + low].

        That is, stride and input dilation change places, and the kernel, flipped, is padded by d (K - 1) - low.
        The adjoint of the adjoint is the scheme itself.
        """
        low = self.span - 1 - self.low
        return AxisScheme(self.n, self.K, self.l, self.d, self.s, low, low)
