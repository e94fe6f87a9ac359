"""What a model changes in place is read as PyTorch computes it, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv import Graph, Sequential, SymconvError, from_torch
from symconv.models import Model
from tests.tools import require_module

pytestmark = pytest.mark.torch
torch = require_module("torch")
nn, F = torch.nn, torch.nn.functional
Base: Any = nn.Module


class Net(Base):
    def __init__(self, forward: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.c = nn.Conv2d(2, 2, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5, inplace=True)
        self.l = nn.Linear(40, 40)
        self._forward = forward

    def forward(self, x: Any) -> Any:
        return self._forward(self, x)


def a_method(net: Any, x: Any) -> Any:
    y = net.c(x)
    return y.relu_() + y


def a_module(net: Any, x: Any) -> Any:
    y = net.c(x)
    return net.relu(y) + y


def a_function(net: Any, x: Any) -> Any:
    y = net.c(x)
    return F.relu(y, inplace=True) + y


def by_position(net: Any, x: Any) -> Any:
    y = net.c(x)
    return F.relu(y, True) + y


def a_statement(net: Any, x: Any) -> Any:
    y = net.c(x)
    y.add_(x)
    return net.c(y)


def by_an_operator(net: Any, x: Any) -> Any:
    y = net.c(x)
    z = y
    y += x
    return y * z


def twice(net: Any, x: Any) -> Any:
    y = net.c(x)
    z = y
    y *= x
    y += z
    return y + z


def read_before(net: Any, x: Any) -> Any:
    y = net.c(x)
    z = net.c(y)
    y.relu_()
    return y + z


def dropout(net: Any, x: Any) -> Any:
    y = net.c(x)
    return net.drop(y) + y


def residual(net: Any, x: Any) -> Any:
    return net.relu(net.c(net.relu(net.c(x))) + x)


def through_dropout(net: Any, x: Any) -> Any:
    y = net.c(x)
    z = net.drop(y)
    z.relu_()
    return net.c(y)


@pytest.mark.parametrize(
    "forward",
    [
        a_method, a_module, a_function, by_position, a_statement, by_an_operator, twice, read_before, dropout, residual,
        through_dropout,
    ],
)  # fmt: skip
def test_what_is_changed_in_place_is_read_as_it_is_then(forward: Callable[[Any, Any], Any]) -> None:
    torch.manual_seed(0)
    model = Net(forward).double().eval()
    net = from_torch(model, (1, 2, 4, 5))
    assert isinstance(net, (Graph, Sequential))
    x = np.random.default_rng(0).normal(size=(1, 2, 4, 5))
    found = net.evaluate(X=x)[list(net.forward)[-1]]
    assert np.allclose(found, model(torch.tensor(x)).detach().numpy(), atol=1e-12, rtol=0)


def a_view_of_it(net: Any, x: Any) -> Any:
    y = net.c(x)
    z = torch.flatten(y, 1)
    y.relu_()
    return net.l(z)


def a_view_is_changed(net: Any, x: Any) -> Any:
    y = net.c(x)
    y.view(1, -1).relu_()
    return net.c(y)


@pytest.mark.parametrize("forward", [a_view_of_it, a_view_is_changed])
def test_what_shares_its_memory_is_not_read(forward: Callable[[Any, Any], Any]) -> None:
    model = from_torch(Net(forward), (1, 2, 4, 5))
    assert isinstance(model, Model)
    (reason,) = model.unread.values()
    assert "shares memory with what relu_ changes in place" in reason


def test_an_output_that_shares_its_memory_is_an_error() -> None:
    def forward(net: Any, x: Any) -> Any:
        y = net.c(x)
        y.view(1, -1).relu_()
        return y

    with pytest.raises(SymconvError, match=r"shares memory with what relu_ changes in place.*clone"):
        from_torch(Net(forward), (1, 2, 4, 5))


def test_sizes_are_numbers_and_not_changed_in_place() -> None:
    def forward(net: Any, x: Any) -> Any:
        y = net.c(x)
        n = y.shape[1]
        m = n
        n *= y.shape[2]
        n *= y.shape[3]
        return net.l(y.view(y.shape[0], n)) if m is not n else None

    assert isinstance(from_torch(Net(forward), (1, 2, 4, 5)), Sequential)
