"""Row-major numbers of entries, and sums over axes."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis


def row_major(axes: Sequence[Axis]) -> Polynomial:
    """The flat index of an entry in its axes."""
    total, step = ZERO, ONE
    for axis in reversed(axes):
        total, step = total + step * Polynomial.name(axis.letter), step * axis.size
    return total


def summed(form: Form, axes: Sequence[Axis]) -> Form:
    """The sum of a form over all values of axes."""
    letters = [axis.letter for axis in axes]
    return form.within([Polynomial.name(letter) for letter in letters], [axis.size for axis in axes]).summed(letters)
