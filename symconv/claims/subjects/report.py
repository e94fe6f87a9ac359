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
        return "; ".join(line for line in str(self).splitlines() if not line.startswith(("right:", "read as:")))

    def __str__(self) -> str:
        of = ", ".join(self.of)
        lines = [f"{of} of {self.subject!r}: {self.status}" + (f" for {self.scope}" if self.holds else "")]
        lines += [f"read as: {sentence}" for sentence in self.read_as]
        lines += [f"remark:  {sentence}" for sentence in self.remarks]
        lines += [f"because: {sentence}" for sentence in self.explanation]
        if not self.holds and self.right:
            lines.append(f"right:   {self.right}")
        if self.witness is not None:
            lines.append(f"numbers: {self.numbers}")
        return "\n".join(lines)

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
