r"""Sums over positions of whole filters and windows: dA += \sum_h \sum_w W_c \times dZ_{hw}, as courses write them.

W_c is the filter of output channel c, a_{slice} the window of the input at the position of the sum, and dZ_{hw} the
number there; what is added to dA is added to that window. Every filter and every example has its turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from symconv.algebra.polynomial import ONE
from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import FREE, LONGEST
from symconv.geometry.axes import Axis

_ONE = r"(?:\{\s*[a-z]\s*\}|[a-z])"
_HEAD = re.compile(
    r"\s*(?:\$+|\\\[|\\\()?\s*d(?P<of>[A-Za-z])(?:\s*_\s*\{?\s*(?P<filter>[a-z])\s*\}?)?\s*\+?=\s*(?P<rest>.*?)"
    r"(?P<end>[\s.,$]*|\s*\\\]|\s*\\\))",
    re.DOTALL,
)
_SUM = re.compile(
    r"\\sum(?:\\limits)?\s*_\s*(?:\{\s*(?P<letter>[a-z])\s*(?:=\s*(?P<low>[01])\s*)?\}|(?P<bare>[a-z])(?![a-z]))\s*"
    r"(?:\^\s*(?:\{(?P<high>[^{}]*(?:\{[^{}]*\})?[^{}]*)\}|(?P<top>[A-Za-z])))?\s*"
)
_NUMBER = re.compile(r"d(?P<name>[A-Z])\s*_\s*(?:\{(?P<letters>[a-z,\s]+)\}|(?P<letter>[a-z])(?![a-z]))")
_FILTER = re.compile(rf"(?<![A-Za-z\\])(?P<name>[A-Z])\s*_\s*(?P<letter>{_ONE})(?![a-z{{])")
_WINDOW = re.compile(r"(?<![A-Za-z\\])(?P<name>[aAxXI])\s*_\s*\{?(?:\\(?:text|mathrm|mathit)\s*\{)?\s*"
                     r"slice(?:\\?_prev)?\s*\}?\}?")  # fmt: skip
_END = re.compile(r"\s*n_\{?(?P<axis>[hHwW])\}?\s*(?P<less>-\s*1)?\s*")
"""The end of a sum over all positions, n_H or n_W."""
_FACTOR = re.compile(r"-?\s*(?:\d+|\\frac\s*\{\s*\d+\s*\}\s*\{\s*\d+\s*\})?\s*(?=\\sum)")
MOST_AXES = 3
"""Claims about more axes are not rewritten."""


def with_windows_of_sums(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with indices for its filters, windows and positions, and what they are; None of others.

    >>> from symconv import Conv
    >>> layer = Conv((5, 5), (2, 2), out_channels=3)
    >>> with_windows_of_sums(Names.of(layer), r"dW_c += \sum_h \sum_w a_{slice} \times dZ_{hw}")[0]
    'dw[u, t, r] += X[(1)*q + (1)*t - (0), (1)*z + (1)*r - (0)] \\times delta[u, q, z]'
    """
    head = _HEAD.fullmatch(text) if len(text) <= LONGEST else None
    if head is None or not _is_plain(names):
        return None
    factor = _FACTOR.match(head["rest"])
    body, letters = head["rest"][0 if factor is None else factor.end() :], []
    while found := _SUM.match(body):
        if not _is_whole(found):
            return None
        letters.append(found["letter"] or found["bare"])
        body = body[found.end() :]
    numbers, filters, windows = (list(one.finditer(body)) for one in (_NUMBER, _FILTER, _WINDOW))
    if len(letters) != names.layer.ndim or len(numbers) != 1 or r"\sum" in body:
        return None
    channel = next((one["letter"].strip("{} ") for one in filters), head["filter"])
    at = re.findall("[a-z]", numbers[0]["letters"] or numbers[0]["letter"])
    of = _tensor(names, head["of"], numbers[0]["name"], filters, windows)
    places = [one for one in at if one != channel]
    if of is None or sorted(places) != sorted(letters) or len(set(letters)) < len(letters):
        return None
    if head["filter"] not in (None, channel) or any(one["letter"].strip("{} ") != channel for one in filters):
        return None
    body = body if factor is None or not factor[0].strip() else f"{factor[0].strip()} ({body})"
    order = [letters.index(one) for one in places]
    return _with_indices(names, text, _Pieces(of, channel if filters else None, letters, order), body)


class _Pieces(NamedTuple):
    """A tensor, the letter of the filters in the claim, those of the positions, and their order in dZ."""

    of: str
    channel: str | None
    letters: Sequence[str]
    order: Sequence[int]


def _is_whole(found: re.Match[str]) -> bool:
    """Whether a sum has no limits, or those of all positions: 0 to n_H - 1 or n_H, 1 to n_H."""
    high, letter = found["high"] or found["top"], found["letter"] or found["bare"]
    if high is None:
        return found["low"] is None
    end = _END.fullmatch(high)
    fits = end is not None and end["axis"].lower() == letter
    return fits and found["low"] is not None and not (found["low"] == "1" and end is not None and end["less"])


def _is_plain(names: Names) -> bool:
    """Whether a window is multiplied by the filter as it stands."""
    layer, own = names.layer, names.layer.notation
    if (
        layer.ndim > MOST_AXES
        or own.weight not in names.layouts
        or layer.fixed_kernel is not None
        or layer.padding_mode != "zeros"
    ):
        return False
    axes = len(layer.output_channels) + len(layer.input_channels) + layer.ndim
    plain = all(scheme.l == ONE for scheme in layer.schemes) and names.tensors[own.weight].rank == axes
    return plain and not (layer.spreads or layer.flip or layer.group_axes)


def _tensor(
    names: Names, by: str, output: str, filters: Sequence[re.Match[str]], windows: Sequence[re.Match[str]]
) -> str | None:
    """The layer's tensor that the left side is the gradient of; None where the pieces are not such ones."""
    own = names.layer.notation
    if by == "b":
        return own.bias if own.bias in names.layouts and not filters and not windows else None
    if bool(filters) == bool(windows) or names.role(output) not in (None, "output"):
        return None
    if by in ("A", "a", "X", "x", "I"):
        return str(own.input)
    return str(own.weight) if names.role(by) == "weight" or by in ("W", "F", "K", "w") else None


def _with_indices(names: Names, text: str, pieces: _Pieces, body: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim in indices, and how its pieces were read."""
    (of, channel, positions, order), layer, own = pieces, names.layer, names.layer.notation
    used = set(re.findall(r"[A-Za-z]\w*", text)) | {*names.sizes} | {*names.known}
    free = iter(letter for letter in FREE if letter not in used)

    def letters(axes: Sequence[Axis]) -> list[str]:
        return [next(free) for _ in axes]

    examples, outputs, inputs = map(letters, (layer.batch_axes, layer.output_channels, layer.input_channels))
    offsets, places = ([next(free) for _ in range(layer.ndim)] for _ in range(2))
    write = layer.writer.polynomial
    reads = [
        f"({write(scheme.s)})*{at} + ({write(scheme.d)})*{offset} - ({write(scheme.low)})"
        for scheme, at, offset in zip(layer.schemes, places, offsets)
    ]
    indices = {
        own.grad_output: [*examples, *outputs, *(places[at] for at in order)],
        own.weight: [*outputs, *inputs, *offsets],
        own.input: [*examples, *inputs, *reads], own.bias: outputs,
    }  # fmt: skip

    def entry(name: str) -> str:
        return f"{name}[{', '.join(indices[name])}]" if indices[name] else name

    for pattern, name in ((_NUMBER, own.grad_output), (_FILTER, own.weight), (_WINDOW, own.input)):
        body = pattern.sub(entry(name), body)
    where = f"({', '.join(positions)})"
    words = [f"the sum is over all positions {where}" + ", of all examples" * bool(examples)]
    if of == own.input:
        words.append(f"what belongs to {where} is added to d{own.input} in the window there")
        words += [f"every filter {channel} is added"] * bool(outputs and channel)
    elif of == own.weight:
        words.append(f"the slice is the window of {own.input} at {where}")
    return f"d{entry(of)} += {body.strip()}", tuple(words)
