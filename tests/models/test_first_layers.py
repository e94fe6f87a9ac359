"""Inputs of PyTorch models whose first layer stands behind something else: how many axes they have, and their batch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.test_torch import compare, doubles
from tests.models.written import WithForward
from tests.tools import require_module

torch = require_module("torch")
nn, functional = torch.nn, torch.nn.functional

pytestmark = pytest.mark.torch
__all__ = ["doubles"]


class Cell(nn.Module):  # type: ignore[misc, name-defined]
    """A convolutional LSTM (Shi and others 2015), unrolled over the frames."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: Any) -> Any:
        batch, count, _, height, width = x.size()
        h, c, found = torch.zeros(batch, 2, height, width), torch.zeros(batch, 2, height, width), []
        for at in range(count):
            i, f, o, g = self.conv(torch.cat([x[:, at], h], dim=1)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            found.append(h)
        return torch.stack(found, 1)


class Modulated(nn.Module):  # type: ignore[misc, name-defined]
    """A residual block with the time of a diffusion model."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.conv, self.time = nn.GroupNorm(2, 4), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(6, 4)

    def forward(self, x: Any, time: Any) -> Any:
        return x + self.conv(functional.silu(self.norm(x))) + self.time(functional.silu(time))[:, :, None, None]


class Spatial(nn.Module):  # type: ignore[misc, name-defined]
    """Normalisation with scales that depend on the place (Park and others 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.scale = nn.InstanceNorm2d(3), nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, x: Any, labels: Any) -> Any:
        return self.norm(x) * (1 + self.scale(functional.interpolate(labels, size=x.shape[2:], mode="nearest")))


MODELS: list[tuple[Any, Any]] = [
    (Cell, (2, 2, 1, 3, 3)), (Modulated, ((2, 4, 3, 3), (2, 6))), (Spatial, ((2, 3, 4, 4), (2, 2, 2, 2))),
    (lambda: WithForward(lambda s, x: s.last(functional.normalize(x)), last=nn.Linear(5, 3)), (2, 5)),
    (lambda: WithForward(lambda s, x: s.conv(x[:, None]), conv=nn.Conv2d(1, 2, 3)), (2, 5, 4)),
    (lambda: WithForward(lambda s, x: s.conv(x.chunk(2, 1)[0]), conv=nn.Conv2d(2, 3, 3)), (2, 4, 5, 5)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(MODELS)))
def test_outputs_and_gradients_are_pytorchs(number: int) -> None:
    make, size = MODELS[number]
    compare(make(), size)
