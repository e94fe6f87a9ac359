"""symconv: convolution layers derived, differentiated, proved and typeset, symbolically."""

from __future__ import annotations

from symconv.layer import Conv
from symconv.notation import Notation

__all__ = ["Conv", "Notation"]
