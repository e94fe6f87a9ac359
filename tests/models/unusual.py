"""Models of PyTorch in unusual ways: hooks, parametrizations, arguments with defaults, loops and dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.models.attending import Several
from tests.models.engineered import own
from tests.models.written import WithForward
from tests.tools import require_module

torch = require_module("torch")
nn, F = torch.nn, torch.nn.functional
parametrizations, utils = torch.nn.utils.parametrizations, torch.nn.utils

Making = Callable[[], Any]
UNUSUAL: dict[str, tuple[Making, Any]] = {}
"""By name: how it is made, and the shape of its input."""


def of_size(*size: Any) -> Callable[[Making], Making]:
    def joined(make: Making) -> Making:
        UNUSUAL[make.__name__] = (make, size)
        return make

    return joined


@of_size(2, 2, 8)
def older_weight_norm() -> Any:
    return nn.Sequential(utils.weight_norm(nn.Conv1d(2, 3, 3)), nn.ReLU(), utils.weight_norm(nn.Conv1d(3, 2, 1)))


@of_size(2, 2, 8)
def older_spectral_norm() -> Any:
    return nn.Sequential(utils.spectral_norm(nn.Conv1d(2, 3, 3)), nn.ReLU())


@of_size(2, 2, 8)
def spectral_norm() -> Any:
    return nn.Sequential(parametrizations.spectral_norm(nn.Conv1d(2, 3, 3)), nn.ReLU())


@of_size(2, 4)
def orthogonal() -> Any:
    """Its parametrization decides by the size of its matrix."""
    return nn.Sequential(parametrizations.orthogonal(nn.Linear(4, 4)), nn.Tanh())


class Symmetric(nn.Module):  # type: ignore[misc, name-defined]
    def forward(self, weight: Any) -> Any:
        return (weight + weight.flip(-1)) / 2


@of_size(2, 2, 8)
def own_parametrization() -> Any:
    conv = nn.Conv1d(2, 3, 3)
    utils.parametrize.register_parametrization(conv, "weight", Symmetric())
    return conv


@of_size(2, 3, 6)
def a_hook_before() -> Any:
    made = nn.Sequential(nn.Conv1d(3, 2, 1), nn.ReLU())
    made[0].register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    return made


@of_size(2, 3, 6)
def a_hook_of_the_model() -> Any:
    made = nn.Sequential(nn.Conv1d(3, 2, 1), nn.ReLU())
    made.register_forward_hook(lambda module, inputs, output: output * 2)
    return made


class WithDefaults(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(2, 2, 3)

    def forward(self, x: Any, mask: Any = None, scale: float = 2.0, *, positive: bool = True) -> Any:
        y = self.conv(x) * scale
        if mask is not None:
            y = y * mask
        return F.relu(y) if positive else y


@of_size(2, 2, 6)
def arguments_with_defaults() -> Any:
    return WithDefaults()


@of_size((2, 2, 6), (2, 2, 4))
def the_second_argument_too() -> Any:
    return WithDefaults()


@of_size((2, 2, 6), (2, 2, 6))
def any_number_of_inputs() -> Any:
    def forward(s: Any, a: Any, b: Any) -> Any:
        return s.conv(torch.cat([a, b], 1)) * s.gate(a - b).sigmoid()

    return Several(forward, conv=nn.Conv1d(4, 2, 3, padding=1), gate=nn.Conv1d(2, 2, 3, padding=1))


@of_size(2, 2, 6)
def asked_for_its_kind() -> Any:
    """As torchvision's DenseNet asks."""

    def forward(s: Any, x: Any) -> Any:
        inputs = [x] if isinstance(x, torch.Tensor) else x
        assert torch.is_tensor(x) and inputs[0].dim() == 3
        return s.conv(torch.cat(inputs, 1))

    return WithForward(forward, conv=nn.Conv1d(2, 2, 3))


@of_size(2, 2, 6)
def checkpointed() -> Any:
    from torch.utils.checkpoint import checkpoint

    part = nn.Sequential(nn.Conv1d(2, 2, 3), nn.ReLU())
    return WithForward(lambda s, x: checkpoint(s.part, x, use_reentrant=False), part=part)


@of_size(2, 2, 6)
def a_dictionary_between() -> Any:
    def features(s: Any, x: Any) -> Any:
        found = {"0": s.first(x)}
        found["1"] = s.second(found["0"])
        return found

    body = WithForward(features, first=nn.Conv1d(2, 3, 3, padding=1), second=nn.Conv1d(3, 3, 3, padding=1))
    return WithForward(lambda s, x: sum(s.body(x).values()), body=body)


@of_size(2, 2, 8)
def dictionaries_of_modules() -> Any:
    def forward(s: Any, x: Any) -> Any:
        out = 0
        for branch in s.branches.values():
            out = out + s.activations["tanh"](branch(x))
        return out

    branches = nn.ModuleDict({"a": nn.Conv1d(2, 3, 3, padding=1), "b": nn.Conv1d(2, 3, 1)})
    activations = nn.ModuleDict([["relu", nn.ReLU()], ["tanh", nn.Tanh()]])
    return WithForward(forward, branches=branches, activations=activations)


@of_size(2, 2, 8)
def lists_of_parameters() -> Any:
    weights = nn.ParameterList([nn.Parameter(torch.randn(3, 2, 3)) for _ in range(2)])
    return WithForward(lambda s, x: sum(F.conv1d(x, w, padding=1) for w in s.weights), weights=weights)


@of_size(2, 3, 6)
def until_it_is_small() -> Any:
    def forward(s: Any, x: Any) -> Any:
        while x.shape[-1] > 3:
            x = F.relu(s.conv(x))
        return x

    return WithForward(forward, conv=nn.Conv1d(3, 3, 2))


@of_size(2, 2, 8)
def lazy_modules() -> Any:
    made = nn.Sequential(nn.LazyConv1d(3, 3), nn.LazyBatchNorm1d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    made(torch.randn(2, 2, 8))
    return made


@of_size(2, 1, 6)
def quantization_stubs() -> Any:
    stubs = torch.ao.quantization
    return nn.Sequential(stubs.QuantStub(), nn.Conv1d(1, 2, 3), nn.ReLU(), stubs.DeQuantStub())


@of_size(2, 2, 6, 6)
def channels_last() -> Any:
    def forward(s: Any, x: Any) -> Any:
        return s.conv(x.contiguous(memory_format=torch.channels_last)).to(memory_format=torch.channels_last)

    return WithForward(forward, conv=nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last))


@of_size(2, 4, 6, 6)
def involution() -> Any:
    """A kernel for every pixel, computed from it."""

    def forward(s: Any, x: Any) -> Any:
        b, c, h, w = x.shape
        kernel = s.span(F.relu(s.reduce(x))).view(b, 1, 9, h, w).unsqueeze(2)
        return (kernel * F.unfold(x, 3, padding=1).view(b, 1, c, 9, h, w)).sum(dim=3).view(b, c, h, w)

    return WithForward(forward, reduce=nn.Conv2d(4, 2, 1), span=nn.Conv2d(2, 9, 1))


@of_size(2, 2, 4, 4)
def kernels_by_attention() -> Any:
    def forward(s: Any, x: Any) -> Any:
        share = F.softmax(s.fc(x.mean((2, 3))), 1)
        return (torch.stack([conv(x) for conv in s.convs], 1) * share[:, :, None, None, None]).sum(1)

    convs = nn.ModuleList([nn.Conv2d(2, 2, 3, padding=1) for _ in range(3)])
    return WithForward(forward, fc=nn.Linear(2, 3), convs=convs)


@of_size(2, 2, 8, 8)
def wavelets() -> Any:
    def forward(s: Any, x: Any) -> Any:
        a, b, c, d = (x[:, :, i::2, j::2] for j in (0, 1) for i in (0, 1))
        return s.conv(torch.cat((a + b + c + d, -a - b + c + d, -a + b - c + d, a - b - c + d), 1) / 2)

    return WithForward(forward, conv=nn.Conv2d(8, 2, 3, padding=1))


@of_size(2, 2, 12, 12)
def cropped_skip() -> Any:
    def forward(s: Any, x: Any) -> Any:
        skip = s.down1(x)
        up = s.up(s.down2(F.max_pool2d(skip, 2)))
        y, x = ((skip.size(at) - up.size(at)) // 2 for at in (2, 3))
        return s.out(torch.cat([skip[:, :, y : y + up.size(2), x : x + up.size(3)], up], 1))

    return WithForward(
        forward, down1=nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU()), down2=nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
        up=nn.ConvTranspose2d(4, 3, 2, 2), out=nn.Conv2d(6, 2, 1),
    )  # fmt: skip


@of_size(2, 3, 6)
def scaled_by_what_is_learned() -> Any:
    def forward(s: Any, x: Any) -> Any:
        y = s.conv(x) / s.temperature + s.positions(torch.arange(6)).t()
        return s.scale.exp() * y * torch.where(s.gate > 0, s.gate, torch.zeros_like(s.gate))

    made = WithForward(forward, conv=nn.Conv1d(3, 2, 1), positions=nn.Embedding(6, 2))
    return own(made, temperature=torch.rand(1) + 0.5, scale=torch.randn(()), gate=torch.randn(2, 1))
