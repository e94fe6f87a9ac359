"""Models whose gradients are not those of what they compute: stopped, changed by hooks, or written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from symconv import SymconvError
from symconv.models.torch_graph import read_torch
from tests.models.test_torch import compare, doubles
from tests.models.written import WithForward
from tests.tools import require_module

torch = require_module("torch")
nn, functional = torch.nn, torch.nn.functional

pytestmark = pytest.mark.torch
__all__ = ["doubles"]
Making = Callable[[], Any]


class Tripled(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """The identity, with a backward pass of its own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 1.0

    @staticmethod
    def backward(ctx: Any, *given: Any) -> Any:
        return 3 * given[0]


def two(forward: Any) -> Making:
    """A forward pass with two convolutions, c and d, and a matrix w."""
    return lambda: WithForward(forward, c=nn.Conv1d(3, 2, 1), d=nn.Conv1d(3, 2, 1), w=nn.Parameter(torch.randn(4, 5)))


def without_gradient(s: Any, x: Any) -> Any:
    with torch.no_grad():
        y = s.d(x)
    return s.c(x) * y


def in_inference_mode(s: Any, x: Any) -> Any:
    with torch.inference_mode():
        return s.d(x)


def straight_through(s: Any, x: Any) -> Any:
    y = s.c(x)
    return y + (torch.tanh(y) - y).detach()


def hooked(hook: str, at: str = "0") -> Making:
    def make() -> Any:
        module = nn.Sequential(nn.Sequential(nn.Conv1d(3, 2, 1)), nn.ReLU())
        getattr(module.get_submodule(at), hook)(lambda module, *given: None)
        return module

    return make


def hook_of_a_parameter() -> Any:
    conv = nn.Conv1d(3, 2, 1)
    conv.weight.register_hook(lambda gradient: 0 * gradient)
    return nn.Sequential(conv)


NOT_READ: list[tuple[Making, str]] = [
    (two(without_gradient), "under torch.no_grad"), (two(in_inference_mode), "under torch.no_grad"),
    (two(lambda s, x: s.c(x) * s.d(x).detach()), "no gradient goes through it"),
    (two(straight_through), "no gradient goes through it"),
    (two(lambda s, x: Tripled.apply(s.c(x))), "does not read .*Tripled"),
    (hooked("register_full_backward_hook", "1"), "hooks, which may change its gradients"),
    (hooked("register_full_backward_pre_hook", "1"), "hooks, which may change its gradients"),
    (hook_of_a_parameter, "0.weight has a hook"),
    (two(lambda s, x: s.c(x).to(torch.int64) * x[:, :2]), "makes torch.int64"),
    (two(lambda s, x: s.c(x).type("torch.LongTensor") * x[:, :2]), "makes torch.LongTensor"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(NOT_READ)))
def test_a_node_is_not_read(number: int) -> None:
    make, why = NOT_READ[number]
    (reason, *_) = read_torch(make(), (2, 3, 5)).unread.values()
    with pytest.raises(ValueError, match=why):
        raise ValueError(reason)


@pytest.mark.parametrize(("make", "why"), [
    (hooked("register_full_backward_hook"), "the module 0: its hooks may change gradients"),
    (two(lambda s, x: s.c(x).register_hook(lambda gradient: 2 * gradient)), "a hook of a tensor may change"),
])  # fmt: skip
def test_a_model_is_refused(make: Making, why: str) -> None:
    with pytest.raises(SymconvError, match=why):
        read_torch(make(), (2, 3, 5))


def scaled_without_gradient(s: Any, x: Any) -> Any:
    with torch.no_grad():
        w = s.w / s.w.norm()
    return functional.linear(x, w + s.w)


def checkpointed(s: Any, x: Any) -> Any:
    from torch.utils.checkpoint import checkpoint

    return checkpoint(s.c, x, use_reentrant=True) + s.d(x)


def keeping_a_gradient(s: Any, x: Any) -> Any:
    y = s.c(x)
    if y.requires_grad:
        y.retain_grad()
    return torch.tanh(y)


@pytest.mark.filterwarnings("ignore")  # of PyTorch itself, about re-entrant checkpoints
@pytest.mark.parametrize("forward", [
    scaled_without_gradient, checkpointed, keeping_a_gradient,
    lambda s, x: functional.linear(x, s.w.data + s.w), lambda s, x: functional.linear(x, Tripled.apply(s.w)),
    lambda s, x: s.c(x).type("torch.DoubleTensor") + s.d(x).to(x),
])  # fmt: skip
def test_gradients_are_pytorchs(forward: Any) -> None:
    compare(two(forward)(), (2, 3, 5))


def test_it_does_not_matter_whether_gradients_are_on_while_a_model_is_read() -> None:
    module = nn.Sequential(nn.Conv1d(3, 2, 1), nn.ReLU())
    with torch.no_grad():
        assert not read_torch(module, (2, 3, 5)).unread


def compiled() -> Iterator[Any]:
    yield torch.compile(nn.Sequential(nn.Conv1d(3, 2, 1), nn.ReLU()))
    yield nn.Sequential(torch.compile(nn.Conv1d(3, 2, 1)), nn.ReLU())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_compiled_modules_are_read_as_they_are_written() -> None:
    for module in compiled():
        assert not read_torch(module, (2, 3, 5)).unread


# -- arguments -----------------------------------------------------------------------------------------

NORMS: list[Any] = [
    lambda s, y: torch.batch_norm(y, s.g, s.b, s.bn.running_mean, s.bn.running_var, False, 0.1, 1e-3, False),
    lambda s, y: torch.batch_norm(y, s.g, s.b, None, None, True, 0.1, 1e-3, False),
    lambda s, y: torch.instance_norm(y, s.g, s.b, None, None, True, 0.1, 1e-3, False),
    lambda s, y: torch.instance_norm(y, s.g, s.b, s.bn.running_mean, s.bn.running_var, False, 0.1, 1e-3, False),
    lambda s, y: functional.instance_norm(y, weight=s.g, bias=s.b, eps=1e-2),
    lambda s, y: functional.instance_norm(y, s.bn.running_mean, s.bn.running_var, s.g, s.b, False),
    lambda s, y: y * torch.linalg.norm(y, dim=(1, 2), keepdim=True) * s.g[:, None] + s.b[:, None],
    lambda s, y: y * torch.linalg.matrix_norm(y, keepdim=True) * s.g[:, None] + s.b[:, None],
    lambda s, y: y * torch.norm(y, "fro", (1, 2), True) * s.g[:, None] + s.b[:, None],
]


@pytest.mark.parametrize("number", range(len(NORMS)))
def test_arguments_in_the_order_of_their_function(number: int) -> None:
    bn = nn.BatchNorm1d(3, affine=False)
    bn.running_mean.normal_()
    bn.running_var.uniform_(0.5, 1.5)
    function = NORMS[number]
    made = WithForward(lambda s, x: function(s, s.c(x)), c=nn.Conv1d(3, 3, 1), bn=bn,
                       g=nn.Parameter(torch.randn(3)), b=nn.Parameter(torch.randn(3)))  # fmt: skip
    compare(made.eval(), (4, 3, 5))


@pytest.mark.parametrize(("function", "why"), [
    (lambda y: torch.linalg.norm(y, 2, dim=(1, 2)), "a norm of order 2"),  # the largest singular value
    (lambda y: functional.softplus(y, 1, 0.2), "threshold=0.2"),
    (lambda y: torch.adaptive_max_pool1d(y, 2)[0], "does not read torch.adaptive_max_pool1d"),
])  # fmt: skip
def test_what_would_be_another_function_is_not_read(function: Any, why: str) -> None:
    module = WithForward(lambda s, x: function(s.c(x)), c=nn.Conv1d(3, 2, 1))
    assert why in next(iter(read_torch(module, (2, 3, 5)).unread.values()))
