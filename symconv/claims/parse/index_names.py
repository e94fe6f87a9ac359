r"""Indices of channels that have a subscript themselves: c_o and c_i of w_{c_o, c_i}, read as single letters."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names

_SUBSCRIPTED = re.compile(
    r"(?<![A-Za-z\\_])(?P<base>c|f|ch|n(?=_\{?\s*(?:\\text\{|\\mathrm\{)?\s*(?:in|out)))(?:_\{\s*(?:\\(?:text|mathrm)\s*\{\s*(?P<styled>out|in|o|i)\s*\}|"
    r"(?P<inner>out|in|o|i))\s*\}|_(?P<one>out|in|o|i)(?![A-Za-z])|(?P<joined>out|in)(?![A-Za-z_]))"
)
_LETTERS = {"o": "ofeut", "i": "cgvqr"}
"""The letters that are tried for a channel of the output and of the input."""


def with_single_letters(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with letters for such indices, and what they stand for; None if it has none.

    >>> from symconv import Conv
    >>> with_single_letters(Names.of(Conv(5, 3, in_channels=2)), r"y_{c_o} = \sum_{c_i} x_{c_i} \star w_{c_o,c_i}")
    ('y_{o} = \\sum_{c} x_{c} \\star w_{o,c}', ('c_o is read as the index o', 'c_i is read as the index c'))
    """
    found = list(_SUBSCRIPTED.finditer(text))
    if not found or not all(_is_index(text, one.start()) for one in found) or {"c", "f"} & names.known.keys():
        return None
    rest = _SUBSCRIPTED.sub(" ", text)
    letters: dict[str, str] = {}
    for one in found:
        name = _named(one)
        free = (
            letter
            for letter in _LETTERS[name.split("_")[1][0]]
            if letter not in letters.values() and not re.search(rf"(?<![A-Za-z\\]){letter}(?![A-Za-z])", rest)
        )
        if name not in letters:
            if (letter := next(free, None)) is None:
                return None
            letters[name] = letter
    said = tuple(f"{name} is read as the index {letter}" for name, letter in letters.items())
    return _SUBSCRIPTED.sub(lambda one: letters[_named(one)], text), said


def _named(found: re.Match[str]) -> str:
    """c_o, however it is written."""
    return f"{found['base']}_{found['styled'] or found['inner'] or found['one'] or found['joined']}"


def _is_index(text: str, at: int) -> bool:
    """Whether a name stands where indices do, first in brackets or after a comma, and not as the end of a sum."""
    before = text[:at].rstrip()
    if re.search(r"(?<![A-Za-z])for$", before):  # for c_in in range(C_in)
        return True
    return before.endswith(("{", ",", "[", "(", "_")) and not before.endswith(("^{", "^("))
