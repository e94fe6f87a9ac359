"""One axis of a layer by plain arithmetic: which input each output reads at which kernel offset.

Loops over whole numbers that follow the layers' definitions; no formula of the views and none of the algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symconv.geometry.padding import MODES

Row = dict[int, "int | None"]
"""What one output reads: kernel offset -> input, None for padding and for zeros between."""


@dataclass(frozen=True)
class AxisNumbers:
    """The numbers of one axis as users pass them; what a kind of layer does not have is as if it were not there."""

    n: int
    K: int = 1
    s: int = 1
    p: int = 0
    d: int = 1
    high: int | None = None
    """Padding at the end, if it is another."""
    l: int = 1  # noqa: E741
    """Input dilation; of an up-sampling its factor."""
    extra: int = 0
    """Output padding."""
    mode: str = "zeros"
    flip: bool = False
    ceil: bool = False
    """Whether a window is added for what is left over, unless it starts in the padding at the end."""

    @property
    def ends(self) -> tuple[int, int]:
        return self.p, self.p if self.high is None else self.high

    def offset(self, k: int) -> int:
        """Where the kernel's element k lies, in steps of the dilation."""
        return self.K - 1 - k if self.flip else k

    @property
    def windows(self) -> int:
        """How many windows there are: from the first element of the padding, a stride from one to the next."""
        low, high = self.ends
        last = self.l * (self.n - 1)
        room = last + low + high - self.d * (self.K - 1)
        if not self.ceil:
            return max(0, room // self.s + 1)
        count = max(0, -(-room // self.s) + 1)
        return count - 1 if self.s * (count - 1) > last + low else count


Change = Callable[[AxisNumbers], AxisNumbers]
"""Other numbers for an axis, as somebody has them who overlooks something."""

MISTAKES: Mapping[str, Change] = {
    "flip": lambda a: replace(a, flip=not a.flip),
    "stride": lambda a: replace(a, s=1),
    "padding": lambda a: replace(a, p=0, high=0),
    "dilation": lambda a: replace(a, d=1),
    "shift": lambda a: replace(a, p=a.p - 1),
}
"""By the mistake that leads to them."""


def spread(a: AxisNumbers, inputs: int, outputs: int) -> list[Row]:
    """Input j with offset k is added to output s j + d k - p."""
    rows: list[Row] = [dict.fromkeys(range(a.K)) for _ in range(outputs)]
    for j in range(inputs):
        for k in range(a.K):
            output = a.s * j + a.d * a.offset(k) - a.p
            if 0 <= output < outputs:
                rows[output][k] = j
    return rows


def slid(a: AxisNumbers, outputs: int) -> list[Row]:
    """Output i reads position s i + d k - p with offset k."""
    return [{k: _read(a.s * i + a.d * a.offset(k) - a.p, a) for k in range(a.K)} for i in range(outputs)]


def _read(q: int, a: AxisNumbers) -> int | None:
    """The input at position q of the input with zeros between, extended beyond its ends."""
    e, position = a.l * (a.n - 1) + 1, MODES[a.mode].position
    assert position is not None
    inside = q if 0 <= q < e else position(q, e)
    return None if inside is None or inside % a.l or not 0 <= inside < e else inside // a.l
