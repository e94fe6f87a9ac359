"""What the names in a claim about sizes mean: n, W_in, kernel_size[0], P, out_height."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import sympy as sp

from symconv.claims.parse.names import Names

SPELLINGS = {
    "input": ("n", "i", "I", "W", "H", "L", "D", "N", "w", "h", "in", "input", "inputsize", "insize", "nin", "win",
              "hin", "lin", "din", "inheight", "inwidth", "inlength", "inputheight", "inputwidth", "nh", "nw",
              "iw", "ih", "inh", "inw", "height", "width", "W1", "H1", "i'", "iwidth", "iheight",
              "nheight", "nwidth", "imgheight", "imgwidth", "imageheight", "imagewidth", "nhprev", "nwprev", "hprev",
              "wprev", "xheight", "xwidth", "imgh", "imgw", "imgsize", "imagesize"),
    "kernel_size": ("K", "k", "F", "f", "kernel", "kernelsize", "filtersize", "filterheight", "filterwidth", "kh", "kw",
                    "fh", "fw", "ksize", "ks", "KH", "KW", "filter", "kernelheight", "kernelwidth",
                    "HH", "WW", "kernelsizeh", "kernelsizew", "kH", "kW", "FS", "ph", "pw", "poolsize",
                    "fheight", "fwidth", "kheight", "kwidth", "poolheight",
                    "poolwidth"),
    "extent": ("Keff", "keff", "kerneleff", "effkernel", "effk", "effectivek", "effectivekernel",
               "effectivekernelsize", "effkernelsize", "kernelsizeeff", "dilatedkernelsize", "dilatedk", "effkh",
               "effkw", "kheff", "kweff", "Feff", "efff"),
    "stride": ("s", "S", "stride", "strides", "sh", "sw"),
    "padding": ("p", "P", "padding", "pad", "ph", "pw", "padh", "padw"),
    "dilation": ("d", "D", "dilation", "dh", "dw", "rate"),
    "output_padding": ("op", "outputpadding", "outpad", "a", "outpadh", "outpadw"),
    "output": ("m", "o", "O", "out", "output", "outputsize", "outsize", "nout", "wout", "hout", "lout", "dout",
               "outheight", "outwidth", "outlength", "outputheight", "outputwidth", "ow", "oh", "W2", "H2", "W'", "H'",
               "n'", "o'", "outh", "outw", "outd", "mh", "mw", "ho", "wo", "no", "hi'", "newheight", "newwidth", "n*",
               "newimgheight", "newimgwidth", "newh", "neww", "hnew", "wnew", "outputh", "outputw"),
    "multiplier": ("channelmultiplier", "depthmultiplier"),
}  # fmt: skip
"""Names of each size, as papers and libraries write them; those in small letters stand for capital ones as well."""

MOST_READINGS = 8
"""At most 8 meanings of the names in one claim are tried."""


class SizeNames:
    """The sizes of one layer by the names that people have for them.

    Args:
        names: the names of the layer.
        chosen: the roles of names that may have several, as a claim decides.
    """

    def __init__(self, names: Names, chosen: Mapping[str, str] | None = None) -> None:
        self.names, self.layer, self.chosen = names, names.layer, chosen or {}

    def readings(self, left: str, right: Sequence[str]) -> Iterator[Mapping[str, str]]:
        """The roles that the names of a claim may have, the likeliest first: those in which each has its own.

        In W1 = (W - F + 2P)/S + 1 the output is W1, since W is the input; alone it is the input.
        """
        names = list(dict.fromkeys((left, *right)))
        ways = [self._ways(name, name == left and name not in right, names) for name in names]
        found = [dict(zip(names, roles)) for roles in product(*ways)][: MOST_READINGS**2]
        found.sort(key=lambda roles: self._shared(roles))
        for roles in found[:MOST_READINGS]:
            yield {name: role for name, role in roles.items() if role}

    def _ways(self, name: str, is_left: bool, names: Sequence[str]) -> list[str]:
        """The roles of a name; the left side may be the output if another name may be the input."""
        roles = self.roles(name)
        others = {role for other in names if other != name for role in self.roles(other) or self._own_roles(other)}
        if not roles:
            return [""]
        found = {"input", "output"} if roles[0] == "input" else {"input"}
        if is_left and "output" not in roles and others & found and not is_an_input(name):
            return [*roles, "output"]
        if not is_left and roles == ["output"] and re.fullmatch(r"[A-Z]2|[A-Z]'|o'?|O|m", _bare(name)):
            return [*roles, "input"] if self.roles(names[0])[:1] == ["input"] else roles
        return roles

    def _own_roles(self, name: str) -> list[str]:
        """The roles of a symbol of the layer's own."""
        size = self.names.sizes.get(_bare(name))
        return [role for role in SPELLINGS if size is not None and size in self._sizes(role)]

    @property
    def _own(self) -> frozenset[str]:
        return frozenset((*self.layer.symbol_names, *self.layer.defined))

    def _shared(self, roles: Mapping[str, str]) -> int:
        """How many names share a role with another name of the same size."""
        sizes = [(one, self._of_role(name, one)) for name, role in roles.items()
                 for one in ([role] if role else self._own_roles(name)[:1])]  # fmt: skip
        return len(sizes) - len(set(sizes))

    def _of_role(self, name: str, role: str) -> object:
        if name not in self._own and (found := SizeNames(self.names, {name: role}).meaning(name, None)) is not None:
            return found[0]
        return self.names.sizes.get(_bare(name), name)

    def roles(self, name: str) -> list[str]:
        """The roles that a name may have in claims about this layer, the likeliest first."""
        bare, layer_number, _ = _parts(name)
        spelled = bare.replace("_", "")
        if (spelled in self._own and not layer_number) or self.names.layouts.get(spelled, True) == ():
            return []
        roles = [role for role, spellings in SPELLINGS.items() if spelled in spellings or spelled.lower() in spellings]
        if layer_number and "input" in roles:
            return ["output"] if layer_number == "l" else ["input"]
        if "kernel_size" in roles and "padding" in roles and not self.layer.values.get("kernel_size"):
            roles.remove("kernel_size")
        pools = "in_channels" not in self.layer.PARAMETERS
        if {"kernel_size", "padding"} <= {*roles} and not pools:  # PH of a layer with weights pads
            roles = [*(role for role in roles if role != "kernel_size"), "kernel_size"]
        if {"input", "dilation"} <= {*roles} and self.layer.ndim < 3:
            roles.remove("input")  # D is a third axis, or the dilation
        return roles

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        """The size, and its axis if the name says it; None if it is not one.

        Args:
            axis: the axis of the left side, for sizes that differ from axis to axis.
        """
        bare, layer_number, place = _parts(name)
        own = self._axis(bare, place)
        at = own if own is not None else axis
        numbered = self.names.sizes.get(bare.replace("_", "")) or self.names.sizes.get(bare)
        if name in self.chosen:
            numbered = None
        if numbered is not None and not layer_number:
            number = re.search(r"(\d)$", bare)
            found = int(number[1]) - 1 if number and 0 < int(number[1]) <= self.layer.ndim else own
            return numbered, found
        for role in [self.chosen[name]] if name in self.chosen else self.roles(name):
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
        if role == "multiplier":
            outputs = [write(axis.size) for axis in layer.output_channels] or [sp.S.One]
            return outputs if layer.group_axes else []
        if role == "extent":
            return [write(scheme.span) for scheme in layer.schemes]
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


def is_an_input(name: str) -> bool:
    """Whether a name says that it is the input's size: W_in, input_size."""
    return bool(re.search(r"in(?!dex)|I$", _bare(name)))


def _bare(name: str) -> str:
    return _parts(name)[0].replace("_", "")


def may_be_a_size(name: str) -> bool:
    """Whether a name is spelled as some size of a layer is."""
    spelled = _bare(name)
    return any(spelled in spellings or spelled.lower() in spellings for spellings in SPELLINGS.values())


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
    text = re.sub(r"\^\{?(\*|'|\\prime)\}?$", lambda found: "*" if found[1] == "*" else "'", text)
    text = re.sub(r"[{}\s\\]", "", text)
    return text, layer, int(place[1]) if place else None
