"""The names of what second derivatives add to the tensors of a layer or a network."""

from __future__ import annotations

VECTOR, SECOND = "v_", "H_"
"""How names begin: of the direction in which a tensor moves, and of the loss's own second derivative."""
EXAMPLES, POSITIONS = "D_N", "D_T"
"""1 over the number of examples, and of positions."""
ASSUMED = "Gamma"
"""The second moment of derivatives, if it is the same everywhere."""
