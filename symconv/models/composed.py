"""What several parts of ours make together, whatever it is called: norms, limits, responses of neighboring channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.models import making
from symconv.models.parts import Piece
from symconv.models.readers import Step, Steps, Tensor
from symconv.networks.arguments import exact
from symconv.networks.joins import Add, Multiply


def in_a_row(pieces: Sequence[Piece], first: Tensor | str, last: str) -> list[Step]:
    """Pieces that follow each other as steps, the last of them with this name."""
    steps: list[Step] = []
    for at, piece in enumerate(pieces, 1):
        name = last if at == len(pieces) else f"{last} {at}"
        steps.append(Step(name, replace(piece, step=""), (first,)))
        first = name
    return steps


def norm_of(x: Tensor, over: Sequence[int], keepdim: bool) -> list[Piece]:
    """The root of the sum of the squares along some dimensions, which are counted with the batch."""
    return [making.power(2), *making.reduced("sum", x, over, keepdim), making.power(Fraction(1, 2))]


def normalized(x: Tensor, over: Sequence[int], eps: Any) -> Steps:
    """Divided by its norm; with eps, by that if the norm is smaller."""
    return Steps((*inverse_norm(x, over, eps, ""), Step("out", Multiply(), (x, "inverse"))))


def inverse_norm(x: Tensor, over: Sequence[int], eps: Any, of: str) -> list[Step]:
    """1 / max(norm, eps), as the step "inverse" with ``of`` behind it."""
    limited = bounded_below(f"norm{of}", eps, f"length{of}")
    last = limited[-1].name if limited else f"norm{of}"
    inverse = Step(f"inverse{of}", making.power(-1), (last,))
    return [*in_a_row(norm_of(x, over, True), x, f"norm{of}"), *limited, inverse]


def clamped(x: Tensor, low: Any, high: Any) -> Steps:
    """max(z, a) = z + relu(a - z) and min(z, b) = z - relu(z - b): at both ends the derivative is 1, as PyTorch's."""
    return Steps((*bounded_below(x, low, "low"), *bounded_above("low" if low is not None else x, high)))


def bounded_below(x: Tensor | str, low: Any, last: str) -> list[Step]:
    """The larger of a tensor and a number; empty if no number is given."""
    if low is None:
        return []
    return [
        Step(f"{last} gap", making.rescaling(-1, exact(low, "a number")), (x,)),
        Step(f"{last} more", making.activation("relu"), (f"{last} gap",)), Step(last, Add(), (x, f"{last} more")),
    ]  # fmt: skip


def bounded_above(x: Tensor | str, high: Any) -> list[Step]:
    """The smaller of a tensor and a number; empty if no number is given."""
    if high is None:
        return []
    return [
        Step("gap", making.rescaling(1, -exact(high, "a number")), (x,)),
        Step("less", making.activation("relu"), ("gap",)), Step("high", Add((1, -1)), (x, "less")),
    ]  # fmt: skip


def local_response_norm(x: Tensor, around: tuple[int, int], alpha: Any, beta: Any, k: Any) -> Steps:
    """x / (k + alpha times the average of the squares of as many channels before and behind) ** beta."""
    _, channels, *spatial = x.whole
    rows = (1, channels, making.product(spatial))
    pool = making.avg_pool((sum(around) + 1, 1), (1, 1), (around, (0, 0)))
    inverse = [
        making.power(2), making.reshape(rows), pool, making.reshape(x.whole[1:]),
        making.rescaling(exact(alpha, "alpha"), exact(k, "k")), making.power(-exact(beta, "beta")),
    ]  # fmt: skip
    return Steps((*in_a_row(inverse, x, "inverse"), Step("out", Multiply(), (x, "inverse"))))
