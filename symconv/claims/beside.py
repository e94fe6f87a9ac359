"""Claims about what is beside a layer: an activation behind it, the name of the gradient that comes into it."""

from __future__ import annotations

import re
from typing import Any

from symconv.errors import ClaimError

_ACTIVATION = re.compile(
    r"\\?(?:text\{|mathrm\{|operatorname\{)?\b(ReLU|relu|sigmoid|tanh|softmax|softplus|gelu|sigma|phi|varphi|σ|φ)\}?\s*"
    r"(?:\\left)?[({\[]"
)
_D = r"\\?(?:partial|d)?\s*∂?\s*"
_LOSS = rf"(?:\\frac\s*\{{\s*{_D}[A-Za-z]+\s*\}}\s*\{{\s*{_D}(?:OUT)\s*\}}|[∂d][A-Z]\s*/\s*[∂d](?:OUT))"
_OUTPUT = _LOSS.replace("OUT", "h|y|z|o|H|Y|Z|O|S|out|output")
_DELTA = r"(?:\\?delta|δ|grad_output|dout|dy|dZ|dY)"
_DEFINED = re.compile(rf"\s*\$*\s*(?:{_DELTA}\s*:?=\s*{_OUTPUT}|{_OUTPUT}\s*:?=\s*{_DELTA})\s*\$*\s*[.,;]?\s*")


def is_a_definition(claim: str) -> bool:
    """Whether a claim says what the gradient with respect to the output is called."""
    return _DEFINED.fullmatch(claim) is not None


def beside_the_layer(claim: Any) -> ClaimError | None:
    """What to say of a claim that is about something beside the layer; None of other claims."""
    if not isinstance(claim, str):
        return None
    if is_a_definition(claim):
        wrong = "it says what the gradient with respect to the output is called, which holds by definition"
        return ClaimError(claim, wrong, "state another gradient with it, such as dL/dw = conv(x, delta)")
    if (found := _ACTIVATION.search(claim)) is not None:
        wrong = f"{found[1]} is an activation, and the layer has none"
        right = "state what stands inside it (z = w * x + b), or check a Network with that activation"
        return ClaimError(claim, wrong, right, claim, found.start(1))
    return None
