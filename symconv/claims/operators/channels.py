r"""Operators on single channels: y_o = b_o + \sum_c w_{oc} \star x_c is y = b + w \star x of whole tensors.

A convolution of whole tensors adds over the channels that both have. A claim whose indices are channels alone, each in
its place and summed over where that is done, is the same claim without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symconv.claims.operators.left_sides import TensorNames
from symconv.claims.operators.naming import whole_namings
from symconv.claims.operators.registry import OPERATORS
from symconv.claims.operators.syntax import has_operators, tree_of
from symconv.claims.parse.names import Names

_LETTERS = r"[a-z](?:\s*,?\s*[a-z])?"
_ENTRY = re.compile(
    rf"(?P<name>\\?[A-Za-zα-ω]+\d*)\s*(?:_\s*(?:\{{\s*(?P<below>{_LETTERS})\s*\}}|(?P<one>[a-z])(?![A-Za-z]))"
    rf"|\[\s*(?P<inside>{_LETTERS})\s*\])"
)
_SUM = re.compile(
    r"\\sum(?:\\limits)?\s*_\s*(?:\{\s*(?P<name>[a-z])\s*(?:=\s*(?P<low>[01])\s*)?\}|(?P<one>[a-z])(?![A-Za-z]))"
    r"(?:\s*\^\s*(?:\{(?P<high>[^{}]*(?:\{[^{}]*\})?[^{}]*)\}|(?P<last>[A-Za-z])))?\s*"
)
_LOOP = re.compile(r"(?:np\.)?sum\(\s*(?P<body>.*?)\s+for\s+(?P<name>[a-z])\s+in\s+range\(\s*(?P<high>\w+)\s*\)\s*\)")

_WHERE = ("input", "weight", "bias", "output", "grad_output")
"""The roles of tensors that have channels."""


@dataclass(frozen=True)
class Channels:
    """A claim without the indices of its channels.

    ``places`` are the letters of every tensor, in order, and ``summed`` those that a sum runs over.
    """

    text: str
    places: tuple[tuple[str, str], ...]
    summed: frozenset[str]
    ends: tuple[tuple[str, str], ...]


def without_channels(text: str) -> Channels | None:
    """The claim without indices of channels; None if it is not one of whole tensors then."""
    if "=" not in text or not _ENTRY.search(text):
        return None
    text = re.sub(r"[,.]?\s*(\\q?quad.*|[,.]\s*)$", "", text)
    summed: dict[str, None] = {}
    ends: list[tuple[str, str]] = []
    bare = text
    for found in reversed(list(_SUM.finditer(text))):
        name, high = found["name"] or found["one"], (found["high"] or found["last"] or "").replace(" ", "")
        if high and (found["low"] == "0") != high.endswith("-1"):
            return None
        summed[name] = None
        ends += [(name, high.removesuffix("-1"))] if high else []
        after = text[found.end() :].lstrip()
        if re.match(r"(\\left\s*)?[(\[{]", after):  # what else stands in the sum is added as often
            return None
        bare = bare[: found.start()] + bare[found.end() :]
    while (loop := _LOOP.search(bare)) is not None:
        if re.search(r"[+-]", loop["body"]):
            return None
        summed[loop["name"]] = None
        ends.append((loop["name"], loop["high"]))
        bare = bare[: loop.start()] + loop["body"] + bare[loop.end() :]
    places = tuple(
        (found["name"].lstrip("\\"), re.sub(r"[\s,]", "", found["below"] or found["one"] or found["inside"]))
        for found in _ENTRY.finditer(bare)
    )
    bare = _ENTRY.sub(lambda found: found["name"], bare)
    if re.search(r"\+=", bare):
        left = set(re.sub(r"[\s,]", "", "".join(letters for _, letters in places[:1])))
        summed.update(dict.fromkeys(letter for _, letters in places for letter in letters if letter not in left))
        bare = bare.replace("+=", "=", 1)
    tree = tree_of(bare)
    if tree is None or not (has_operators(tree) or "*" in bare):
        return None
    return Channels(bare, places, frozenset(summed), tuple(ends))


def namings_of_channels(names: Names, channels: Channels) -> Iterator[Names]:
    """The ways of naming the tensors in which every index is that of a channel in its place."""
    layer = names.layer
    if len(layer.group_axes) or len(layer.batch_axes) or not (layer.input_channels and layer.output_channels):
        return
    for named in whole_namings(names, tree_of(channels.text)):
        roles = _roles(named, channels)
        letters = _letters(roles)
        if letters is not None and _are_summed(named, channels, roles, letters):
            more = [f"{letter} runs over all channels" for letter in sorted(channels.summed)]
            said = (*named.said, f"{letters[0]} is the output's channel, {letters[1]} is the input's", *more)
            other = named.renamed({}, ())
            other.said = said
            yield other


def _roles(names: Names, channels: Channels) -> list[tuple[str, str]]:
    """The role of every tensor with the letters that it has."""
    tensors, own = TensorNames(names, channels.text), names.layer.notation
    found = []
    for name, letters in channels.places:
        if name in OPERATORS:
            return []
        tensor = tensors.named(name)
        role = next((one for one in _WHERE if getattr(own, one) == tensor), "")
        by = {f"d{own.loss}_d{getattr(own, one)}": one for one in ("input", "weight", "bias")}
        found.append((role or by.get(str(tensor), ""), letters))
    return found


def _letters(roles: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The letters of the output's and of the input's channel, if every tensor has them in its place."""
    pairs = {letters for role, letters in roles if role == "weight"}
    if len(pairs) != 1 or len(pair := pairs.pop()) != 2 or pair[0] == pair[1]:
        return None
    o, c = pair[0], pair[1]
    wanted: Mapping[str, str] = {"weight": pair, "input": c, "output": o, "grad_output": o, "bias": o}
    return (o, c) if all(wanted.get(role) == letters for role, letters in roles) else None


def _are_summed(names: Names, channels: Channels, roles: list[tuple[str, str]], letters: tuple[str, str]) -> bool:
    """Whether the claim sums over the channels that are not on the left, and over all of them."""
    left = channels.text.split("=")[0]
    named = {name for name, _ in channels.places}
    on_left = sum(1 for found in re.finditer(r"[A-Za-zα-ω]+\d*", left) if found[0] in named)
    shown = {letter for _, some in roles[:on_left] for letter in some}
    if not on_left or channels.summed != set(letters) - shown:
        return False
    axes: dict[str, Any] = dict(zip(letters, (names.layer.output_channels, names.layer.input_channels)))
    for letter, size in channels.ends:
        count = names.layer.writer.polynomial(axes[letter][0].size)
        name = re.sub(r"[{}\\]|text|mathrm", "", size)
        if (size.isdigit() and str(count) != size) or (names.is_own(name) and names.sizes.get(name) != count):
            return False
    return True
