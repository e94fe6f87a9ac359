"""What the names in a claim about sizes mean: n, W_in, kernel_size[0], P, out_height."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sympy as sp

from symconv.claims.parse.names import Names

SPELLINGS = {
    "input": ("n", "i", "I", "W", "H", "L", "D", "N", "w", "h", "in", "input", "inputsize", "insize", "nin", "win",
              "hin", "lin", "din", "inheight", "inwidth", "inlength", "inputheight", "inputwidth", "nh", "nw",
              "iw", "ih", "inh", "inw", "height", "width", "W1", "H1", "i'", "iwidth", "iheight"),
    "kernel_size": ("K", "k", "F", "f", "kernel", "kernelsize", "filtersize", "filterheight", "filterwidth", "kh", "kw",
                    "fh", "fw", "ksize", "ks", "KH", "KW", "filter", "kernelheight", "kernelwidth",
                    "HH", "WW", "kernelsizeh", "kernelsizew", "kH", "kW"),
    "stride": ("s", "S", "stride", "strides", "sh", "sw"),
    "padding": ("p", "P", "padding", "pad", "ph", "pw", "padh", "padw"),
    "dilation": ("d", "D", "dilation", "dh", "dw", "rate"),
    "output_padding": ("op", "outputpadding", "outpad", "a"),
    "output": ("m", "o", "O", "out", "output", "outputsize", "outsize", "nout", "wout", "hout", "lout", "dout",
               "outheight", "outwidth", "outlength", "outputheight", "outputwidth", "ow", "oh", "W2", "H2", "W'", "H'",
               "n'", "o'", "outh", "outw", "outd", "mh", "mw", "ho", "wo", "no", "hi'", "newheight", "newwidth"),
}  # fmt: skip
"""Names of each size, as papers and libraries write them; those in small letters stand for capital ones as well."""


class SizeNames:
    """The sizes of one layer by the names that people have for them."""

    def __init__(self, names: Names) -> None:
        self.names, self.layer = names, names.layer

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        """The size, and its axis if the name says it; None if it is not one.

        Args:
            axis: the axis of the left side, for sizes that differ from axis to axis.
        """
        bare, layer_number, place = _parts(name)
        own = self._axis(bare, place)
        at = own if own is not None else axis
        numbered = self.names.sizes.get(bare.replace("_", "")) or self.names.sizes.get(bare)
        if numbered is not None and not layer_number:
            number = re.search(r"(\d)$", bare)
            found = int(number[1]) - 1 if number and 0 < int(number[1]) <= self.layer.ndim else own
            return numbered, found
        spelled = bare.replace("_", "")
        roles = [role for role, spellings in SPELLINGS.items() if spelled in spellings or spelled.lower() in spellings]
        if spelled == "D" and self.layer.ndim < 3:  # without a depth it is the dilation
            roles = ["dilation"]
        if layer_number and "input" in roles:
            roles = ["output"] if layer_number == "l" else ["input"]
        for role in roles:
            sizes = self._sizes(role)
            if sizes:
                if len(sizes) == 1 or len(set(sizes)) == 1:
                    return sizes[0], own
                if at is not None and at < len(sizes):
                    return sizes[at], own
        return None

    def axis_of(self, name: str) -> int | None:
        """The axis that a name says by itself: that of W_in, padding[0]; None if it says none."""
        bare, _, place = _parts(name)
        return self._axis(bare, place)

    def _axis(self, bare: str, place: int | None) -> int | None:
        """The axis that a name says: padding[0], H_in, out_width."""
        if self.layer.ndim == 1:
            return 0
        if place is not None:
            return place if place < self.layer.ndim else None
        letters = {2: "hw", 3: "dhw"}.get(self.layer.ndim, "")
        low = bare.lower().replace("height", "h").replace("width", "w").replace("depth", "d").strip("_'0123456789")
        first, last = low[:1], low.rsplit("_", 1)[-1]
        if len(low) == 2 and low[1] in letters and any(low in some for some in SPELLINGS.values()):  # kH, sw
            return letters.index(low[1])
        for letter in (last, first) if "_" in low else (first,):
            if letter in letters and letter and (len(letter) == 1 or low == letter):
                return letters.index(letter)
        return None

    def _sizes(self, role: str) -> Sequence[sp.Expr]:
        layer, write = self.layer, self.layer.writer.polynomial
        if role == "output":
            return [write(size) for size in layer.m]
        if role == "input":
            return [write(scheme.n) for scheme in layer.schemes]
        if role == "padding":
            parameter = layer.values.get("padding")
            if parameter is not None:
                pairs = layer.pads.pairs
                return [write(low) for low, _ in pairs] or [write(scheme.low) for scheme in layer.schemes]
            return [sp.S.Zero] * layer.ndim
        value = layer.values.get(role)
        if isinstance(value, tuple):
            return [write(one) for one in value]
        defaults = {"stride": 1, "dilation": 1, "output_padding": 0}
        return [sp.Integer(defaults[role])] * layer.ndim if role in defaults else []


def is_parameter(name: str) -> bool:
    """Whether a word can only be a parameter of a layer: stride, padding, kernel_size."""
    bare = _parts(name)[0].replace("_", "").lower()
    parameters = ("stride", "padding", "dilation", "output_padding")
    return len(bare) > 2 and (bare == "kernelsize" or any(bare in SPELLINGS[role] for role in parameters))


def is_output(name: str) -> bool:
    """Whether a name is one that an output's size has: m, W_out, out_height."""
    bare, layer, _ = _parts(name)
    spelled = bare.replace("_", "")
    return layer == "l" or spelled in SPELLINGS["output"] or spelled.lower() in SPELLINGS["output"]


def _parts(name: str) -> tuple[str, str, int | None]:
    r"""H_in of H_{\text{in}}, l of ^{[l]}, 0 of [0]."""
    place = re.search(r"\[(\d)\]$", name)
    text = name[: place.start()] if place else name
    number = re.search(r"\^\s*\{?\s*[\[(]?\s*([lL])\s*(([+-])\s*1)?\s*[\])]?\s*\}?$", text)
    text = text[: number.start()] if number else text
    layer = "" if number is None else "l-1" if number[3] == "-" else "l"
    text = re.sub(r"\\(text|mathrm|mathit|texttt|textit)", "", text)
    text = re.sub(r"[{}\s\\]", "", text)
    return text, layer, int(place[1]) if place else None
