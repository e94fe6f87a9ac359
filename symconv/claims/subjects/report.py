"""What a check of a claim about a network or a step found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symconv.foundations.reports import Judgement
from symconv.printing import jupyter as display
from symconv.proof.verdict import Witness


@dataclass(frozen=True, repr=False)
class SubjectReport(Judgement):
    """What ``check`` found of a network or a step.

    Args:
        subject: what the claim is about.
        of: the tensors whose formulas were compared, such as "delta1".
        claims: what was claimed.
        status: "proved", "refuted" or "undecided".
        scope: for what it is proved, in words.
        right: the right formula.
        read_as: how names were read, a sentence each.
        remarks: what to know of a proved claim.
        explanation: what is wrong, if it is known.
        witness: numbers that show it.
    """

    subject: object
    of: tuple[str, ...]
    claims: tuple[str, ...]
    status: str
    scope: str = ""
    right: str = ""
    read_as: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()
    witness: Witness | None = None

    @property
    def holds(self) -> bool:
        return self.status == "proved"

    @property
    def summary(self) -> str:
        return "; ".join((self._verdict, *self._remarks, *self._numbers))

    def __str__(self) -> str:
        read_as = [f"read as: {sentence}" for sentence in self.read_as]
        right = [f"right:   {self.right}"] if not self.holds and self.right else []
        return "\n".join((self._verdict, *read_as, *self._remarks, *right, *self._numbers))

    @property
    def _verdict(self) -> str:
        return f"{', '.join(self.of)} of {self.subject!r}: {self.status}" + (f" for {self.scope}" if self.holds else "")

    @property
    def _remarks(self) -> list[str]:
        remarks = [f"remark:  {sentence}" for sentence in self.remarks]
        return remarks + [f"because: {sentence}" for sentence in self.explanation]

    @property
    def _numbers(self) -> list[str]:
        return [] if self.witness is None else [f"numbers: {self.numbers}"]

    @property
    def numbers(self) -> str:
        """The witness in words; of sizes, nothing is said of entries."""
        assert self.witness is not None
        if self.of != ("receptive field",):
            return str(self.witness)
        sizes = ", ".join(f"{name} = {value}" for name, value in self.witness.sizes.items())
        return f"at {sizes}, {self.witness.results}" if sizes else self.witness.results

    def _repr_html_(self) -> str:
        return display.block(display.code(str(self)))

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "subject": repr(self.subject), "of": list(self.of), "claims": list(self.claims), "status": self.status,
            "scope": self.scope, "right": self.right, "notes": list(self.read_as), "remarks": list(self.remarks),
            "explanation": list(self.explanation),
            "witness": None if self.witness is None else self.witness.to_dict(),
        }  # fmt: skip
