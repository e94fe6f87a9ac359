"""to_numpy, to_torch: a formula as a function that computes it, in loops or in windows.

The code reads as a person would write it, and ``prove_code`` reads it back: code, formula and proof are one object.
"""

from __future__ import annotations

from typing import Any

from symconv.errors import SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.programs.write_loops import loops
from symconv.programs.write_windows import has_windows, windows
from symconv.views import View

STYLES = ("loops", "windows")


def to_numpy(formula: TensorFormula | View, style: str | None = None, name: str | None = None) -> str:
    """The text of a function of NumPy that computes a formula.

    Its parameters are the formula's tensors, in PyTorch's shapes, and those of the layer's letters that no shape tells.

    Args:
        formula: a view's output or gradient; of a view itself, its output.
        style: "loops", one product after the other, for any formula; "windows", np.einsum on sliding windows, for
            convolutions with zero padding. By default windows if they can be used.
        name: of the function; by default the quantity's.

    Returns:
        The text.

    Raises:
        SymconvError: the formula cannot be written in this style.

    >>> from symconv import Conv
    >>> print(to_numpy(Conv.general(1, bias=False).direct.grad_input, "loops"))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def dL_dX(delta, w, d, n, p, s):
        C_out, C_in, K = w.shape
        _, m = delta.shape
        dL_dX = np.zeros((C_in, n))
        for c in range(C_in):
            for i in range(m):
                for k in range(K):
                    for o in range(C_out):
                        j = s * i + d * k - p
                        if 0 <= j < n:
                            dL_dX[c, j] += delta[o, i] * w[o, c, k]
        return dL_dX
    <BLANKLINE>
    """
    return _written(formula, style, name, "numpy")


def to_torch(formula: TensorFormula | View, style: str | None = None, name: str | None = None) -> str:
    """The text of a function of PyTorch that computes a formula; see ``to_numpy``.

    Args:
        formula, style, name: as for ``to_numpy``.

    Returns:
        The text.

    Raises:
        SymconvError: the formula cannot be written in this style.

    >>> from symconv import Conv
    >>> print(to_torch(Conv.general(1, bias=False).direct))
    import torch
    import torch.nn.functional as F
    <BLANKLINE>
    <BLANKLINE>
    def h(X, w, d, p, s):
        _, _, K = w.shape
        X = F.pad(X, (p, p))
        windows = X.unfold(1, d * (K - 1) + 1, s)[:, :, ::d]
        return torch.einsum("ock,cik->oi", w, windows)
    <BLANKLINE>
    """
    return _written(formula, style, name, "torch")


def _written(formula: Any, style: str | None, name: str | None, library: str) -> str:
    if isinstance(formula, View):
        formula = formula.output
    if not isinstance(formula, TensorFormula):
        raise SymconvError(f"code of {shown(formula)}", "not a formula of a layer", "pass conv.direct.grad_input")
    if style is not None and style not in STYLES:
        raise SymconvError(f"style={shown(style)}", "no such style", 'use "loops" or "windows"')
    name = str(formula.quantity) if name is None else name
    if not name.isidentifier():
        raise SymconvError(f"name={shown(name)}", "not a name of a function", 'use name="backward"')
    if style == "windows" or (style is None and has_windows(formula)):
        return windows(formula, name, library)
    return loops(formula, name, library)
