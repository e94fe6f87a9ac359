"""Symmetries that a linear map may commute with: shifts, reflections, rotations, permutations of channels, matrices."""

from __future__ import annotations

from symconv.symmetries.channels import ChannelPermutations
from symconv.symmetries.matrices import Intertwiner
from symconv.symmetries.point_groups import D4, PointGroup, Reflections, Rotations
from symconv.symmetries.reading import SYMMETRIES, read_symmetry
from symconv.symmetries.shapes import MapShape
from symconv.symmetries.shifts import Shifts
from symconv.symmetries.symmetry import LinearGenerator, MovingGenerator, Symmetry, Together

__all__ = [
    "D4",
    "SYMMETRIES",
    "ChannelPermutations",
    "Intertwiner",
    "LinearGenerator",
    "MapShape",
    "MovingGenerator",
    "PointGroup",
    "Reflections",
    "Rotations",
    "Shifts",
    "Symmetry",
    "Together",
    "read_symmetry",
]
