"""Bilinear algorithms: Winograd's, Toom-Cook's, Karatsuba's and anybody's, each proved by one identity of its matrices.

``matrices.py`` reads matrices exactly, ``identity.py`` checks them, ``toom_cook.py`` makes those that are known,
``computation.py`` has the stages from which outputs and gradients follow, ``rounding.py`` what floats do;
``algorithm.py`` is the face.
"""

from __future__ import annotations

from symconv.bilinear.algorithm import AlgorithmTheorem, BilinearAlgorithm
from symconv.bilinear.identity import WrongEntry, WrongValue

__all__ = ["AlgorithmTheorem", "BilinearAlgorithm", "WrongEntry", "WrongValue"]
