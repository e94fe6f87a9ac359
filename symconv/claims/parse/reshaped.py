"""Arrays that programs lay out anew, and say so: W.reshape(C_out, -1), dout.view(F, -1), x[(i + k) % n]."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sympy as sp

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import FREE, LONGEST, closing
from symconv.claims.parse.size_names import SizeNames
from symconv.geometry.axes import axes_of

_ROWS = re.compile(r"\.(?:reshape|view)\(\s*\(?\s*(?P<rows>[A-Za-z_]\w*(?:\.shape\[0\])?|\d+)\s*,\s*-1\s*\)?\s*\)")
_SHAPE = re.compile(r"\.(?:reshape|view)\(\s*[A-Za-z_]\w*\.shape\s*\)")
_OUTPUTS = ("F", "C_out", "out_channels", "num_filters", "n_filters", "n_filter", "F_num", "num_filter", "FN", "C_o")


def with_flat_tensors(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim without reshape(C_out, -1), which is how tensors are matrices anyway: a row for each output channel.

    >>> from symconv import Conv
    >>> with_flat_tensors(Names.of(Conv(5, 3, out_channels=2)), "dW = dout.reshape(C_out, -1) @ X_col.T")[0]
    'dW = dout @ X_col.T'
    """
    if len(text) > LONGEST or not ("reshape" in text or "view" in text):
        return None
    outputs = [names.layer.writer.polynomial(axis.size) for axis in names.layer.output_channels]

    def own(found: re.Match[str]) -> str:
        rows = found["rows"]
        given = sp.Integer(rows) if rows.isdigit() else names.sizes.get(rows)
        return "" if rows in _OUTPUTS or rows.endswith(".shape[0]") or given in outputs else found[0]

    changed = _SHAPE.sub("", _ROWS.sub(own, text))
    words = ("reshape lays a tensor out with a row for each output channel, as in products of matrices",)
    return None if changed == text else (changed, words)


_MODULO = re.compile(r"\s*(?:%|\\bmod(?![A-Za-z])|\\mod(?![A-Za-z])|(?<![A-Za-z])mod(?![A-Za-z]))\s*")
_ENTRY = re.compile(r"(?<![A-Za-z\\])(?P<name>[A-Za-z]\w*)(?P<open>\[|_\{)")


def with_wrapped_indices(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim with a sum for an index modulo the size of its axis: x[e % n] is the sum over r of x[e + n r].

    >>> from symconv import Conv
    >>> with_wrapped_indices(Names.of(Conv(5, 3)), "y[i] = sum(k, w[k] x[(i + k) % 5])")[0]
    'y[i] = sum(k, w[k] (sum(u, x[(i + k) + (5)*u])))'
    """
    if len(text) > LONGEST or not ("%" in text or "mod" in text) or _MODULO.search(text) is None:
        return None
    used = set(re.findall(r"[A-Za-z]\w*", text)) | {*names.sizes} | {*names.known}
    free = iter(letter for letter in FREE if letter not in used)
    result, at = "", 0
    for found in _ENTRY.finditer(text):
        opening = found.end() - 1
        end = closing(text, opening)
        if found.start() < at or end < 0 or _MODULO.search(text[opening:end]) is None:
            continue
        wrapped = _wrapped(names, found["name"], text[opening + 1 : end], free)
        if wrapped is None:
            return None
        letters, inside = wrapped
        entry = f"{found['name']}{found['open']}{inside}{text[end]}"
        result += f"{text[at : found.start()]}(sum({', '.join(letters)}, {entry}))"
        at = end + 1
    return (result + text[at:], ("an index modulo the size of its axis begins again at its end",)) if at else None


def _wrapped(names: Names, name: str, inside: str, free: Iterator[str]) -> tuple[list[str], str] | None:
    """The new letters, and the indices with them; None if a modulus is not the size of the axis."""
    tensor = names.known.get(name, "")
    axes = axes_of(names.layouts[tensor]) if tensor in names.layouts else ()
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", inside)]
    if not axes or len(parts) != len(axes):
        return None
    letters: list[str] = []
    for place, (part, axis) in enumerate(zip(parts, axes)):
        sides = _MODULO.split(part)
        if len(sides) == 1:
            continue
        meant = SizeNames(names).meaning(sides[1], place)
        given = sp.Integer(sides[1]) if sides[1].isdigit() else None if meant is None else meant[0]
        size = names.layer.writer.polynomial(axis.size)
        if len(sides) != 2 or given is None or sp.expand(given - size) != 0:
            return None
        if (letter := next(free, None)) is None:
            return None
        letters.append(letter)
        parts[place] = f"{sides[0]} + ({sides[1]})*{letters[-1]}"
    return letters, ", ".join(parts)
