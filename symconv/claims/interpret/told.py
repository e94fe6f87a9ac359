"""How a claim was read, in words: what its letters stand for, and what its sums run over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.parse.names import LETTERS, MADE, Names
from symconv.claims.parse.sums import REST
from symconv.errors import FormulaError
from symconv.layers import Layer

COUNTS = {
    "in_channels": "number of input channels", "out_channels": "number of output channels",
    "channels": "number of channels", "groups": "number of groups",
}  # fmt: skip
"""Parameters whose words are not their names."""


def told(names: Names, readings: Sequence[Meaning], index_base: int) -> tuple[str, ...]:
    """How claims were read, a phrase each; nothing of claims that have neither sizes, nor indices, nor labels."""
    said: list[str] = []
    given = {sentence.split()[0] for sentence in names.said}
    words = {name: meaning for name, meaning in size_words(names.layer).items() if name not in given}
    for reading in readings:
        indices = {str(index) for index in (reading.left[1] if reading.left else ())}
        indices |= {str(one) for one in _bound(reading.value.above)}
        used = {*_letters(reading.value.above), *_letters(reading.value.below)} - indices | reading.named_sizes
        said += [f"{name} is the {words[name]}" for name in sorted(used & words.keys())]
        said += _sums(reading.value.above)
    if any(reading.labels for reading in readings):
        said.append(f"labels count from {names.label_base}")
    if any(reading.value.above.atoms(sp.Indexed) or reading.left_by_index for reading in readings):
        said.append(f"indices count from {index_base}")
    if len(readings) > 1 and any(reading.left is None for reading in readings):
        said.append("one claim for each entry, in row-major order")
    return tuple(dict.fromkeys(said))


def remarks(names: Names, readings: Sequence[Meaning], index_base: int) -> Iterator[str]:
    """What there is to say of claims besides the verdict."""
    for reading in readings:
        yield from dict.fromkeys(read_outside(names, reading.value.above, index_base))


def kernel_in_m(names: Names, texts: Sequence[object]) -> sp.Expr | None:
    """The kernel size, if a claim may call it m: it has that letter in a sum's limit, and not the layer's own."""
    kernel = names.layer.values.get("kernel_size")
    same = isinstance(kernel, tuple) and len(set(kernel)) == 1
    size = names.layer.writer.polynomial(kernel[0]) if isinstance(kernel, tuple) and same else None
    if size is None or names.sizes.get("m") == size or "m" in names.layer.symbol_names:
        return None
    used = {letter for text in texts for name in _words(text) for letter in LETTER.findall(name)}
    return size if "m" in used and str(size) not in used else None


LETTER = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")


def _words(claim: object) -> Iterable[str]:
    """A text; of an expression the names in it."""
    return {one.name for one in claim.atoms(sp.Symbol)} if isinstance(claim, sp.Basic) else [str(claim)]


def size_words(layer: Layer) -> dict[str, str]:
    """What each letter of a size is, by the layer's own symbols and the usual letters."""
    found: dict[str, str] = {}
    outputs = "output size"
    parameters = [(outputs, "m", tuple(layer.m))]
    for parameter, letter in LETTERS.items():
        value = layer.values.get(parameter)
        if parameter == "padding" and value is not None:
            value = tuple(scheme.low for scheme in layer.schemes)
        sizes = (value,) if isinstance(value, Polynomial) else value if isinstance(value, tuple) else ()
        parameters.append((COUNTS.get(parameter, parameter.replace("_", " ")), letter, sizes))
    for words, letter, sizes in parameters:
        several = len(sizes) > 1
        if several and len(set(sizes)) == 1:
            found.setdefault(letter, words)
        for axis, size in enumerate(sizes):
            where = f" on axis {axis}" if several and len(set(sizes)) > 1 else ""
            own = size.single_name if isinstance(size, Polynomial) else None
            for name in (own, f"{letter}{axis + 1}" if several else letter):
                if name is not None:
                    found.setdefault(name, f"{words}{where}")
    own_names = {*layer.symbol_names, *layer.defined}
    return {name: words for name, words in found.items() if name in own_names or not _is_taken(layer, name)}


def _is_taken(layer: Layer, name: str) -> bool:
    """Whether the layer uses the letter for a tensor."""
    return name in layer.direct.layouts


def _letters(formula: sp.Expr) -> set[str]:
    """The names in a formula, without those in the shapes of its tensors."""
    parts = sp.preorder_traversal(formula)
    found = set()
    for part in parts:
        if isinstance(part, sp.IndexedBase):
            parts.skip()
        elif part.is_Symbol:
            found.add(part.name)
    return found


def _sums(formula: sp.Expr) -> Iterator[str]:
    """What sums without limits run over."""
    every = {limit for total in formula.atoms(sp.Sum) for limit in total.limits if limit[0] != REST}
    limits = sorted((limit for limit in every if not limit[0].name.endswith(MADE)), key=str)
    names = list(dict.fromkeys(str(name).rstrip("'") for name, low, high in limits if -low == high == sp.oo))
    if names:
        yield f"{', '.join(names)} {'runs' if len(names) == 1 else 'run'} over all whole numbers"
    for name, low, high in limits:
        shown = str(name).rstrip("'")
        if low == -sp.oo != -high:
            yield f"{shown} runs over all whole numbers up to {high}"
        elif high == sp.oo != -low:
            yield f"{shown} runs over all whole numbers from {low}"


# -- limits that go too far ----------------------------------------------------------------------------


def read_outside(names: Names, formula: sp.Expr, index_base: int) -> Iterator[str]:
    """Entries that a formula names though the tensor does not have them, a sentence each: w[K] of a sum up to K."""
    bound = _bound(formula)
    for place, at, index in sorted(_indices_at_limits(formula, bound), key=str):
        size = (names.tensors[str(place.base.label)].shape or ())[at : at + 1]
        if size and not index.free_symbols & bound and _is_outside(names, index - index_base, size[0]):
            yield f"{_at(place, at, index)} is taken as 0; a program would fail"


def _indices_at_limits(formula: sp.Expr, bound: set[sp.Symbol]) -> Iterator[tuple[sp.Indexed, int, sp.Expr]]:
    """Indices without an index of a sum, and those at the limits of a sum that are one more or less at each step."""
    for indexed in formula.atoms(sp.Indexed):
        yield from ((indexed, at, index) for at, index in enumerate(indexed.indices) if not index.free_symbols & bound)
    for total in formula.atoms(sp.Sum):
        for name, *limits in total.limits:
            for indexed in total.function.atoms(sp.Indexed):
                for at, index in enumerate(indexed.indices):
                    if index.is_polynomial(name) and index.diff(name) in (1, -1):
                        yield from (
                            (indexed, at, index.subs(name, one)) for one in limits if one.is_finite is not False
                        )


def _bound(formula: sp.Expr) -> set[sp.Symbol]:
    return {limit[0] for total in formula.atoms(sp.Sum) for limit in total.limits}


def _is_outside(names: Names, index: sp.Expr, size: Polynomial) -> bool:
    """Whether an index is outside its axis for all sizes."""
    try:
        place = Reader().polynomial(index)
    except FormulaError:
        return False
    known = names.layer.assumptions
    return known.implies(place - size) or known.implies(-place - 1)


def _at(indexed: sp.Indexed, at: int, index: sp.Expr) -> str:
    indices = [*indexed.indices[:at], index, *indexed.indices[at + 1 :]]
    return f"{indexed.base.label}[{', '.join(map(str, indices))}]"
