r"""Letters that number all entries: \sum_k \frac{\partial L}{\partial O_k} \frac{\partial O_k}{\partial F_i}.

Row by row, a number stands for one entry, and its letter for as many letters as there are axes.
"""

from __future__ import annotations

import re
from math import prod

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import FREE, LONGEST
from symconv.errors import ClaimError

_ENTRY = re.compile(
    r"(?P<name>(?<![A-Za-z\\])[A-Za-z]\}?)\s*_\s*(?:\{\s*(?P<braced>[a-z])\s*\}|(?P<bare>[a-z])(?![A-Za-z]))"
)
_OTHER = re.compile(r"(?<![A-Za-z\\])[A-Za-z]\}?\s*(?:_|\[|\()")
_SUM = re.compile(
    r"\\sum(?:\\limits)?\s*_\s*(?:\{\s*(?P<letter>[a-z])\s*(?:=\s*(?P<low>[01])\s*)?\}|(?P<bare>[a-z])(?![a-z]))\s*"
    r"(?:\^\s*(?:\{\s*(?P<high>[^{}]*?)\s*\}|(?P<top>\w)))?"
)
_LOCAL = re.compile(
    r"(?:\\partial|∂|(?<![A-Za-z])d)\s*[A-Za-z]\s*_\s*\{?[a-z]\}?\s*(?:\}\s*\{|/)\s*(?:\\partial|∂|d)\s*[A-Za-z]\s*_"
)
"""An entry that is differentiated with respect to an entry."""
MOST_LETTERS, MOST_AXES = 5, 3
"""Claims with more than 5 such letters, or about more than 3 axes, are not rewritten."""


def with_letters_for_numbers(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with as many letters as axes for each letter, and what was said; None of others.

    Raises:
        ClaimError: a sum is over some of the entries only.

    >>> from symconv import Conv
    >>> with_letters_for_numbers(Names.of(Conv((3, 3), (2, 2))), "∂L/∂F_i = \\sum_{k=1}^M ∂L/∂O_k ∂O_k/∂F_i")[0]
    '∂L/∂F_{u,t} = \\sum_{r,q} ∂L/∂O_{r,q} ∂O_{r,q}/∂F_{u,t}'
    """
    layer = names.layer
    if len(text) > LONGEST or layer.ndim < 2 or not _LOCAL.search(text) or not _is_plane(names):
        return None
    sums = list(_SUM.finditer(text))
    body = _SUM.sub(" ", text)
    entries = list(_ENTRY.finditer(body))
    if _OTHER.search(_ENTRY.sub(" ", body)):
        return None
    numbered: dict[str, set[str]] = {}
    for one in entries:
        numbered.setdefault(one["braced"] or one["bare"], set()).add(one["name"].rstrip("}"))
    (first, of_left), *_ = numbered.items()
    others = {name for letter, some in numbered.items() if letter != first for name in some}
    counted = any((one["high"] or one["top"] or "").isdigit() for one in sums)
    if counted and (of_left & others or any(names.role(one) in ("input", "weight") for one in others)):
        return None
    if (part := next((one for one in sums if not _is_whole(names, one)), None)) is not None:
        letter = part["letter"] or part["bare"]
        wrong = f"{letter} numbers entries row by row, and the sum is not over all of them"
        raise ClaimError(text, wrong, rf"write \sum_{letter}, or two indices for each entry", text, part.start())
    letters = list(dict.fromkeys(one["braced"] or one["bare"] for one in entries))
    if len(letters) > MOST_LETTERS or layer.ndim > MOST_AXES:
        return None
    used = set(re.findall(r"[A-Za-z]\w*", text)) | {*names.sizes} | {*names.known} | set(letters)
    free = iter(letter for letter in FREE if letter not in used)
    places = {letter: ",".join(next(free) for _ in range(layer.ndim)) for letter in letters}
    if any((one["letter"] or one["bare"]) not in places for one in sums):
        return None

    def summed(found: re.Match[str]) -> str:
        return f"\\sum\0{{{places[found['letter'] or found['bare']]}}} "

    def entry(found: re.Match[str]) -> str:
        return f"{found['name']}_{{{places[found['braced'] or found['bare']]}}}"

    changed = _ENTRY.sub(entry, _SUM.sub(summed, text)).replace("\0", "_").replace("}  ", "} ")
    said = tuple(f"{letter} numbers entries row by row, ({places[letter]}) in the axes" for letter in letters)
    return changed, said


def _is_plane(names: Names) -> bool:
    """Whether input, kernel and output have axes of positions and no others."""
    layer, own = names.layer, names.layer.notation
    ranks = {names.tensors[one].rank for one in (own.input, own.weight, own.output) if one in names.tensors}
    return ranks == {layer.ndim}


def _is_whole(names: Names, found: re.Match[str]) -> bool:
    """Whether a sum runs over all outputs: without limits, up to their number, or to a letter that is not a size."""
    low, high = found["low"], found["high"] or found["top"]
    if high is None or low is None:
        return high is None and low is None
    if high.isdigit():
        sizes = names.shape(names.layer.notation.output) if names.layer.is_concrete else ()
        return bool(sizes) and int(high) - int(low) + 1 == prod(sizes)
    end = re.fullmatch(r"([A-Z])\s*(-\s*1)?", high)
    return end is not None and not names.is_own(end[1]) and (low == "0") == bool(end[2])
