"""A row of a benchmark's table, and the limit that it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["measured", "failed", "skipped"]
Kind = Literal["times faster", "times as long", "value"]

SECONDS, RATE = "s", "a second"
LIMITS = {"at least": "≥", "at most": "≤"}


@dataclass(frozen=True)
class Limit:
    """What a row is to reach.

    Args:
        kind: of what: "times faster" (the peer's time by symconv's), "times as long" (symconv's time by the peer's),
            or "value" (symconv's own figure, in the row's unit).
        bound: "at least" or "at most" the number.

    >>> str(Limit("times faster", "at least", 1000)), str(Limit("value", "at most", 0.15, "s"))
    ('≥ 1,000 times faster', '≤ 0.15 s')
    """

    kind: Kind
    bound: Literal["at least", "at most"]
    number: float
    unit: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [LIMITS[self.bound], f"{self.number:,g}", self.unit or self.kind])).removesuffix(
            " value"
        )

    def met(self, row: Row) -> bool | None:
        """Whether the row reaches it; None where the row has no figure for it."""
        figure = row.figure(self.kind)
        if figure is None:
            return None
        return figure >= self.number if self.bound == "at least" else figure <= self.number


def faster(number: float) -> Limit:
    """Lower bound: times faster than the peer."""
    return Limit("times faster", "at least", number)


def as_long(number: float) -> Limit:
    """Upper bound: multiple of the peer's time."""
    return Limit("times as long", "at most", number)


@dataclass(frozen=True)
class Row:
    """One line of a table: what was done, how long each side took, and whether both did the same.

    Args:
        work: what was done, in words, with what was left out or scaled.
        status: a row that failed its check, or that was skipped, has no figures.
        check: how both sides were found to be the same; or what failed; or why it was skipped.
        symconv, peer: the two figures, in ``unit``; ``peer`` is None where there is nobody to compare with.
        unit: "s" (seconds, median), "a second" (a throughput), "GB", or "" for a plain number.
        peer_name: who the peer is, and which of its ways was fastest.
        note: anything else that a reader should know: sizes of files, repetitions.

    Raises:
        ValueError: figures in a row that is not measured.
    """

    work: str
    status: Status
    check: str
    symconv: float | None = None
    peer: float | None = None
    unit: str = SECONDS
    peer_name: str = ""
    limit: Limit | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.status != "measured" and (self.symconv is not None or self.peer is not None):
            raise ValueError(f"the row {self.work!r} is {self.status} and reports figures")

    def figure(self, kind: Kind) -> float | None:
        """The figure that a limit of this kind is about."""
        if kind == "value" or self.symconv is None:
            return self.symconv
        if not self.peer or not self.symconv:
            return None
        times_faster = self.symconv / self.peer if self.unit == RATE else self.peer / self.symconv
        return times_faster if kind == "times faster" else 1 / times_faster

    @property
    def met(self) -> bool | None:
        return None if self.limit is None else self.limit.met(self)

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the fields, and the two ratios, and whether the limit is met."""
        return {
            **asdict(self),
            "limit": None if self.limit is None else asdict(self.limit),
            "times_faster": self.figure("times faster"),
            "times_as_long": self.figure("times as long"),
            "met": self.met,
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Row:
        """The row that ``to_dict`` wrote; what follows from the fields is left out, and computed anew."""
        computed = ("times_faster", "times_as_long", "met")
        fields = {name: value for name, value in values.items() if name not in computed}
        limit = fields.pop("limit")
        return Row(**fields, limit=None if limit is None else Limit(**limit))
