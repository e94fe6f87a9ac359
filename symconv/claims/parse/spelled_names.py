"""Names of tensors that programs spell out: self.kernels, output_gradient, a_prev, X_col, W_row."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import outside

_GRADIENT = r"(?:gradients?|grads?)"
_WEIGHTS, _INPUTS = r"(?:kernels?|weights?|filters?|w|W|K)", r"(?:inputs?|x|X)"
_OUTPUTS, _BIASES = r"(?:outputs?|out|y|Y|z|Z)", r"(?:bias(?:es)?|b)"
_FLAT = r"(?:\{(?:\\(?:text|mathrm)\{)?)?(?:cols?|rows?|flat|mat|reshaped|2d)(?:\}\}?)?"
SPELLED = {
    "grad_patch": r"d_?[xX]_?cols?|d_?cols?|d[xX]_\{(?:\\(?:text|mathrm)\{)?cols?\}?\}",
    "grad_weight": rf"d[wW]_{_FLAT}|{_WEIGHTS}(?:_{_GRADIENT}|\.grad)|"
    r"d_?(?:kernels?|weights?|filters?)|grad_(?:kernels?|weights|filters?)",
    "grad_input": rf"{_INPUTS}(?:_{_GRADIENT}|\.grad)|d_?inputs?|grad_inputs",
    "grad_output": rf"d(?:[yYzZ]|out)_{_FLAT}|{_OUTPUTS}(?:_{_GRADIENT}|\.grad)|"
    r"d_?outputs?|d_out|grad_outputs?|grad_out",
    "grad_bias": rf"{_BIASES}(?:_{_GRADIENT}|\.grad)|d_?bias(?:es)?|grad_biases",
    "weight": r"kernels|weights|filters|[wW]_(?:\{(?:\\(?:text|mathrm)\{)?)?(?:row|flat|mat|col)(?:\}\}?)?",
    "padded": r"[aA]_prev_pad|(?:input|image|img)_padd?(?:ed)?|padded_(?:input|image|img)",
    "padded_gradient": r"d[aA]_prev_pad|(?:input|x|X)_grad_padd?(?:ed)?|d_?input_padd?(?:ed)?|grad_input_padd?(?:ed)?",
    "input": r"inputs|input_data|[aA]_prev|[xX]_\{?(?:\\(?:text|mathrm)\{)?in(?:put)?\}?\}",
    "bias": r"biases",
    "output": rf"(?:[yYzZ]|out)_{_FLAT}",
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
    "grad_patch": "the gradient with respect to the patches", "output": "the output",
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
        if role in PADDED or role == "grad_patch":
            name = PADDED.get(role, f"d{names.layer.notation.patch}")
        else:
            name = role if role.startswith("grad_") else str(getattr(names.layer.notation, role))
        if role == "grad_patch" and names.layer.notation.patch not in names.known:
            return written
        known = written in names.known or written in names.sizes
        if known or (not role.startswith("grad_") and name not in names.known):
            return written
        said[f"{written} is {MEANS[role]}"] = None
        return name

    changed = _SPELLED.sub(own, _MODULES.sub("", text))
    return None if changed == text else (changed, tuple(said))


_SUMMAND = re.compile(
    r"=\s*&?\s*(?P<first>\\beta(?![A-Za-z])|β|[a-z])\s*\+|\+\s*(?P<last>\\beta(?![A-Za-z])|β|[a-z])\s*(?:\$|\\\]|\\\)|[.,;])*\s*$"
)


def with_letter_for_bias(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim with the layer's bias for a letter that is added by itself and stands nowhere else: h[i] = u + ..

    >>> from symconv import Conv
    >>> with_letter_for_bias(Names.of(Conv(5, 3, bias=True)), "h[i] = u + sum(k, w[k] x[i + k])")[0]
    'h[i] = b + sum(k, w[k] x[i + k])'
    """
    bias = names.layer.notation.bias
    if bias not in names.tensors or names.tensors[bias].rank or sum(text[at] == "=" for at in outside(text)) != 1:
        return None
    found = _SUMMAND.search(text)
    letter = "" if found is None else found["first"] or found["last"]
    if found is None or letter in names.known or letter in names.sizes or letter == bias:
        return None
    if len(re.findall(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])", text)) != 1:
        return None
    at = found.start("first" if found["first"] else "last")
    return f"{text[:at]}{bias}{text[at + len(letter) :]}", (f"{letter} is the bias",)
