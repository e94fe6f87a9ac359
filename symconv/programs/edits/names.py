"""Names that are taken for each other, and names that an index is multiplied by or moved by."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

PAIRS = (
    "HW", "hw", "ij", "uv", "ab", "xy", "rc", "sd", ("HH", "WW"), ("kh", "kw"), ("KH", "KW"), ("mh", "mw"),
    ("oh", "ow"), ("ph", "pw"), ("sh", "sw"), ("dh", "dw"), ("stride", "dilation"), ("H_out", "W_out"),
    ("h_out", "w_out"),
    ("out_h", "out_w"), ("H_prime", "W_prime"), ("height", "width"), ("rows", "cols"), ("kernel_h", "kernel_w"),
    ("Hp", "Wp"), ("i1", "i2"), ("k1", "k2"), ("out_height", "out_width"), ("kernel_height", "kernel_width"),
)  # fmt: skip
"""Names that are taken for each other."""
OF_ARRAYS = {
    **dict.fromkeys(("pad", "flip", "rot90", "transpose", "roll", "sliding_window_view", "unfold"), 1),
    **dict.fromkeys(("convolve", "correlate", "convolve2d", "correlate2d", "dot", "matmul", "tensordot", "kron"), 2),
    **dict.fromkeys(("conv1d", "conv2d", "conv_transpose2d"), 2),
}
"""How many of the first arguments of a function are arrays."""
STRIDES, PADS = ("stride", "s", "S", "strides"), ("pad", "padding", "p", "P")
DILATIONS = ("dilation", "d", "dh", "dw", "dilation_h", "dilation_w")
FACTORS = (*STRIDES, "stride_h", "stride_w", "sh", "sw", *DILATIONS)
"""Names by which an index is multiplied."""
KERNELS = ("size", "k", "K", "pool_size", "kernel_size", "pool", "F", "f", "kh", "KH", "HH")
"""Names by whose square a mean divides."""


WORDS = (
    ("height", "width"), ("rows", "cols"), ("row", "col"), ("vert", "horiz"), ("top", "left"), ("bottom", "right"),
    ("h", "w"), ("H", "W"), ("y", "x"), ("i", "j"), ("0", "1"), ("1", "2"),
)  # fmt: skip
"""Parts of names by which names of the two axes differ: field_height and field_width."""


def twins(name: str) -> set[str]:
    """The names that are taken for a name: those of the other axis."""
    pairs: list[Sequence[str]] = [tuple(pair) for pair in PAIRS]
    found = {other for pair in pairs if name in pair for other in pair}
    for pair in WORDS:
        for one, other in (pair, pair[::-1]):
            if len(one) > 1:
                found.add(name.replace(one, other))
            else:
                found |= {re.sub(pattern, other, name) for pattern in (rf"(?<![a-zA-Z]){one}", rf"{one}(?![a-zA-Z])")}
    return found - {name}


def is_array(node: ast.Name, parent: ast.AST | None) -> bool:
    """Whether a name is used as an array is: indexed, or asked for its shape."""
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        return node in parent.args[: OF_ARRAYS.get(parent.func.attr, 0)]
    indexed = isinstance(parent, ast.Subscript) and parent.value is node
    return indexed or (
        isinstance(parent, ast.Attribute) and parent.attr in ("shape", "T", "sum", "reshape", "transpose")
    )


def is_turned(items: Sequence[ast.expr]) -> bool:
    """Whether a slice turns an axis round."""
    steps = [one.step for one in items if isinstance(one, ast.Slice) and one.step is not None]
    return any(isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub) for step in steps)
