"""Names as nodes: how the name of an index, a size, a tensor or an entry is read, and how it stands in LaTeX."""

from __future__ import annotations

import re

from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.tree import Name


def name_of(name: str) -> Name:
    """The name of an index, a size, a tensor or an entry: letters, then numbers and words below, then primes.

    >>> name_of("C_in").below, name_of("n1").below, name_of("k'").primes, name_of("w2_13").above
    (('in',), ('1',), 1, '2')
    """
    stem = name.rstrip("'")
    primes = len(name) - len(stem)
    if entry := re.fullmatch(r"([A-Za-z]+)((?:_[A-Za-z]+)*)(\d+)_(\d+(?:_\d+)*)", stem):
        words = entry[2].split("_")[1:]
        return Name(entry[1], entry[3], (*words, *entry[4].split("_")), primes, source=name)
    head, _, tail = stem.partition("_")
    below = re.findall(r"[A-Za-z]+|\d+", tail)
    if digits := re.fullmatch(r"([A-Za-z]+)(\d+)", head):
        head, below = digits[1], [digits[2], *below]
    return Name(head, "", tuple(below), primes, source=name)


def tensor_name(name: str) -> Name:
    """The name of a tensor; a number at its end is that of its part of a network.

    >>> tensor_name("delta3").above
    '3'
    """
    numbered = re.fullmatch(r"([A-Za-z]+)((?:_[A-Za-z]+)*)(\d+)", name)
    if numbered is None:
        return name_of(name)
    return Name(numbered[1], numbered[3], tuple(numbered[2].split("_")[1:]), source=name)


def in_latex(name: Name) -> str:
    """The name in LaTeX."""
    letters = name.letters
    base = "\\" + letters if letters in GREEK_LETTERS else letters if len(letters) == 1 else rf"\mathit{{{letters}}}"
    base = name.macro or (rf"\boldsymbol{{{base}}}" if name.bold else base)
    above = f"^{{({name.above})}}" if name.above else ""
    below = ",".join(part if part.isdigit() else rf"\mathrm{{{part}}}" for part in name.below)
    return base + above + (f"_{{{below}}}" if below else "") + "'" * name.primes
