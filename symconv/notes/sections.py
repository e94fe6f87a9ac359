"""Which sections notes have, and what of them is wanted: sections, figures, entries, in short or in full.

A section is a file ``languages/LANGUAGE/KIND.SECTION.md.jinja`` and its name in ``SECTIONS``; nothing else lists it.
Its text says where what belongs to it stands, ``blocks.put(name)``: figures and programs (``build/insertions.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symconv.errors import OutputError, instead_of, shown
from symconv.figures.words import TITLES
from symconv.foundations.given import several

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "layer": ("layer", "views", "outputs", "derivatives", "rules", "general", "example", "checks", "appendix"),
    "network": ("neuron", "network", "forwards", "backwards", "question", "example", "checks"),
    "step": ("neuron", "layer", "together", "unshared", "by_patch", "answer", "example"),
}
"""The sections of notes on a layer, a network and a step, in their order."""

SHORT: Mapping[str, tuple[str, ...]] = {
    "layer": ("summary",),
    "network": ("summary",),
    "step": ("layer", "together", "answer"),
}
"""The sections of notes in short."""

DETAILS = ("full", "short")

FIGURES = tuple(TITLES)
"""The keys of a layer's figures; not every layer has all of them."""

SHORT_FIGURES = ("window",)
"""The figures of a layer's notes in short."""

MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Choice:
    """What of the notes is wanted.

    Args:
        sections: their names, in any order; none stands for all of them.
        figures: keys of figures; None stands for all that the layer has.
        detail: "full" or "short".
        entries: how many entries of a tensor are written out at most; None for the usual number, 0 for none.

    Raises:
        OutputError: a name is not known, or a number is not a whole number from 0 to 1,000.
    """

    sections: tuple[str, ...] = ()
    figures: tuple[str, ...] | None = None
    detail: str = "full"
    entries: int | None = None

    def __post_init__(self) -> None:
        if self.detail not in DETAILS:
            raise OutputError(f"detail={shown(self.detail)}", "not a detail of notes", instead_of(self.detail, DETAILS))
        every = [name for kind in SECTIONS for name in (*SECTIONS[kind], *SHORT[kind])]
        given = several(self.sections or (), str, "sections", 'use names such as ["layer", "views"]')
        object.__setattr__(self, "sections", _known(given, every, "sections"))
        if self.figures is not None:
            given = several(self.figures or (), str, "figures", 'use keys such as ["window", "matrix"]')
            object.__setattr__(self, "figures", _known(given, FIGURES, "figures"))
        count = self.entries
        if count is not None and (
            isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_ENTRIES
        ):
            wrong = "not a number of entries"
            raise OutputError(f"entries={shown(count)}", wrong, f"use a whole number from 0 to {MOST_ENTRIES:,}")

    @property
    def is_short(self) -> bool:
        return self.detail == "short"

    def sections_of(self, kind: str) -> tuple[str, ...]:
        """The sections that are wanted of notes on a layer, a network or a step, in their order.

        Raises:
            OutputError: these notes have no such section.
        """
        every = (*SECTIONS[kind], *(name for name in SHORT[kind] if name not in SECTIONS[kind]))
        for name in self.sections:
            if name not in every:
                raise OutputError(f"sections={shown(name)}", f"notes on a {kind} do not have it", _listed(every))
        wanted = self.sections or (SHORT[kind] if self.is_short else SECTIONS[kind])
        return tuple(name for name in every if name in wanted)

    def figures_among(self, keys: Sequence[str], kind: str) -> tuple[str, ...]:
        """Of the figures that there are, those that are wanted.

        Raises:
            OutputError: one that is asked for is not among them.
        """
        if self.figures is None:
            return tuple(key for key in keys if not self.is_short or key in SHORT_FIGURES)
        for key in self.figures:
            if key not in keys:
                right = _listed(keys) if keys else "leave figures out"
                raise OutputError(f"figures={shown(key)}", f"this {kind} has no such figure", right)
        return tuple(key for key in keys if key in self.figures)


def _known(given: Sequence[object], known: Sequence[str], what: str) -> tuple[str, ...]:
    for one in given:
        if not isinstance(one, str) or one not in known:
            raise OutputError(f"{what}={shown(one)}", "unknown name", instead_of(one, dict.fromkeys(known)))
    return tuple(str(one) for one in given)


def _listed(names: Sequence[str]) -> str:
    return f"use {', '.join(names)}"
