r"""Inner products with a window: w^T x_{i:i+K-1} and \langle w, x_{i:i+K} \rangle are sum(w * x[i:i+K])."""

from __future__ import annotations

import re

_NAME = r"(?:\\(?:mathbf|boldsymbol|bm|vec|mathrm)\s*\{\s*)?([A-Za-z])\s*\}?"
_WINDOW = rf"{_NAME}\s*_\s*\{{\s*([^{{}}:]+?)\s*:\s*([^{{}}:]+?)\s*\}}"
_SIGN = r"(?:\\top|\\intercal|\\mathsf\s*\{?T\}?|\\mathrm\s*\{?T\}?|T)"
_TURN = rf"\s*\^\s*(?:\{{\s*{_SIGN}\s*\}}|{_SIGN})\s*(?:\\[,;!:]\s*)?"
_PRODUCTS = (
    re.compile(rf"(?<![A-Za-z\\]){_NAME}{_TURN}{_WINDOW}"),
    re.compile(rf"\\langle\s*{_NAME}\s*,\s*(?:\\[,;!:]\s*)?{_WINDOW}\s*\\rangle"),
    re.compile(rf"(?<![A-Za-z\\]){_NAME}\s*\\cdot\s*{_WINDOW}"),
)


def with_inner_products(text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with sums for such products, and how many entries a window was read to have; None if it has none.

    >>> with_inner_products(r"y_i = \mathbf{w}^\top \mathbf{x}_{i:i+K-1}")
    ('y_i = sum(w * x[i:i+K])', ('x_{i:i+K-1} is the K entries from i',))
    """
    said: dict[str, None] = {}

    def summed(found: re.Match[str]) -> str:
        kernel, array, start, end = found.groups()
        size = re.fullmatch(rf"{re.escape(start)}\s*\+\s*([A-Za-z]\w*)(\s*-\s*1)?", end)
        if size is None:
            return found[0]
        said[f"{array}_{{{start}:{end}}} is the {size[1]} entries from {start}"] = None
        return f"sum({kernel} * {array}[{start}:{start}+{size[1]}])"

    for product in _PRODUCTS:
        text = product.sub(summed, text)
    return (text, tuple(said)) if said else None
