"""Names of tensors that programs spell out: self.kernels, output_gradient, a_prev, X_col, W_row."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names

_GRADIENT = r"(?:gradients?|grads?)"
_WEIGHTS, _INPUTS = r"(?:kernels?|weights?|filters?|w|W|K)", r"(?:inputs?|x|X)"
_OUTPUTS, _BIASES = r"(?:outputs?|out|y|Y|z|Z)", r"(?:bias(?:es)?|b)"
SPELLED = {
    "grad_weight": rf"{_WEIGHTS}(?:_{_GRADIENT}|\.grad)|"
    r"d_?(?:kernels?|weights?|filters?)|grad_(?:kernels?|weights|filters?)",
    "grad_input": rf"{_INPUTS}(?:_{_GRADIENT}|\.grad)|d_?inputs?|grad_inputs",
    "grad_output": rf"{_OUTPUTS}(?:_{_GRADIENT}|\.grad)|d_?outputs?|d_out|grad_outputs?|grad_out",
    "grad_bias": rf"{_BIASES}(?:_{_GRADIENT}|\.grad)|d_?bias(?:es)?|grad_biases",
    "weight": r"kernels|weights|filters|[wW]_(?:\{(?:\\(?:text|mathrm)\{)?)?(?:row|flat|mat|col)(?:\}\}?)?",
    "padded": r"[aA]_prev_pad|(?:input|image|img)_padd?(?:ed)?|padded_(?:input|image|img)",
    "padded_gradient": r"d[aA]_prev_pad|(?:input|x|X)_grad_padd?(?:ed)?|d_?input_padd?(?:ed)?|grad_input_padd?(?:ed)?",
    "input": r"inputs|input_data|[aA]_prev|[xX]_\{?(?:\\(?:text|mathrm)\{)?in(?:put)?\}?\}",
    "bias": r"biases",
    "patch": r"[xX]_?(?:cols?|patches)|[xX]_\{(?:\\(?:text|mathrm)\{)?(?:cols?|patches)\}?\}",
}
"""What programs call each tensor and each gradient."""
_SPELLED = re.compile(
    r"(?<![A-Za-z0-9_\\.])(?:(?:self|layer|conv\d?)\s*\.\s*)?(?:"
    + "|".join(f"(?P<{role}>{spelled})" for role, spelled in SPELLED.items())
    + r")(?![A-Za-z0-9_]|\s*\()"
)
_MODULES = re.compile(r"(?<![A-Za-z0-9_.])(?:self|(?:scipy\.|sp\.|cp_|cupyx\.scipy\.)?signal)\s*\.\s*(?=[A-Za-z])")
PADDED = {"padded": "x_pad", "padded_gradient": "dx_pad"}
MEANS = {
    "padded": "the input with its padding", "padded_gradient": "the gradient with respect to the padded input",
    "grad_weight": "the gradient with respect to the weight", "grad_input": "the gradient with respect to the input",
    "grad_output": "the gradient with respect to the output", "grad_bias": "the gradient with respect to the bias",
    "weight": "the kernel", "input": "the input", "bias": "the bias", "patch": "the patches",
}  # fmt: skip


def with_own_names(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim with the layer's own names for such names, and what they are; None if it has none.

    >>> from symconv import Conv
    >>> with_own_names(Names.of(Conv(5, 3)), "kernels_gradient = signal.correlate2d(self.inputs, output_gradient)")[0]
    'grad_weight = correlate2d(X, grad_output)'
    """
    said: dict[str, None] = {}

    def own(found: re.Match[str]) -> str:
        role, written = str(found.lastgroup), found[0].removeprefix("self.")
        if role in PADDED:
            name = PADDED[role]
        else:
            name = role if role.startswith("grad_") else str(getattr(names.layer.notation, role))
        known = written in names.known or written in names.sizes
        if known or (not role.startswith("grad_") and name not in names.known):
            return written
        said[f"{written} is {MEANS[role]}"] = None
        return name

    changed = _SPELLED.sub(own, _MODULES.sub("", text))
    return None if changed == text else (changed, tuple(said))
