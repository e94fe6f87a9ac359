"""Models of PyTorch: outputs, all gradients and sizes are PyTorch's, and what is not read is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, Graph, Model, Sequential, SymconvError, from_torch, prove
from symconv.models.torch_graph import read_torch
from symconv.models.torch_patching import FUNCTIONS
from tests.tools import require_module

torch = require_module("torch")
nn, functional = torch.nn, torch.nn.functional

from tests.models.attending import ATTENDING  # noqa: E402
from tests.models.engineered import ENGINEERED  # noqa: E402
from tests.models.topologies import REAL, SMALL  # noqa: E402
from tests.models.unusual import UNUSUAL  # noqa: E402
from tests.models.written import WRITTEN, WithForward  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(before)


def with_statistics(module: Any) -> Any:
    """A model after training, as far as it matters: running statistics that are not 0 and 1."""
    for name, buffer in module.named_buffers():
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
        elif name.endswith("running_mean"):
            buffer.normal_()
    return module.eval()


def error(found: Any, wanted: Any) -> float:
    """Relative to the largest number, or to 1/1000 if all are smaller, as gradients that vanish are."""
    assert found.shape == tuple(wanted.shape)
    wanted = wanted.detach().numpy()
    return float(abs(found - wanted).max() / max(abs(wanted).max(), 1e-3))


def compare(module: Any, size: Any) -> Any:
    """Outputs and all gradients of the model, against autograd; the network for more."""
    net = read_torch(module, size).network
    generator = np.random.default_rng(1)
    sizes = size if isinstance(size[0], tuple) else (size,)
    inputs = [torch.tensor(generator.normal(size=one), requires_grad=True) for one in sizes]
    names = [signal.name for signal in net.inputs.values()]
    y = module(*inputs)
    delta = generator.normal(size=tuple(y.shape))
    y.backward(torch.tensor(delta))
    last = net.parts[-1] if len(net.outputs) != 1 else net.outputs[0]
    given = {name: x.detach().numpy() for name, x in zip(names, inputs)}
    values = net.evaluate(**given, **{net.delta(last.number): delta})
    assert error(values[last.after.name], y) < 1e-10
    for name, x in zip(names, inputs):
        assert error(values[f"dL_d{name}"], x.grad) < 1e-10
    gradients = net.by_model(values)
    learned = {name: tensor for name, tensor in module.named_parameters() if tensor.grad is not None}
    assert set(gradients) == set(learned)
    for name, tensor in learned.items():
        assert error(gradients[name], tensor.grad) < 1e-10, name
    return net


@pytest.mark.parametrize("name", SMALL)
def test_outputs_and_all_gradients_are_pytorchs(name: str) -> None:
    make, size = SMALL[name]
    compare(with_statistics(make()), size)


@pytest.mark.parametrize("name", WRITTEN)
def test_models_as_people_write_them(name: str) -> None:
    make, size = WRITTEN[name]
    compare(with_statistics(make()), size)


@pytest.mark.parametrize("name", ENGINEERED)
@pytest.mark.filterwarnings("ignore")  # of PyTorch itself, about its older functions
def test_models_as_an_engineer_writes_them(name: str) -> None:
    make, size = ENGINEERED[name]
    compare(with_statistics(make()), size)


@pytest.mark.parametrize("name", ATTENDING)
def test_models_with_attention_and_norms(name: str) -> None:
    make, size = ATTENDING[name]
    compare(with_statistics(make()), size)


@pytest.mark.parametrize("name", UNUSUAL)
@pytest.mark.filterwarnings("ignore")  # of PyTorch itself, about its older functions
def test_models_in_unusual_ways(name: str) -> None:
    make, size = UNUSUAL[name]
    compare(with_statistics(make()), size)


def test_layers_around_attention_are_proved_and_it_is_checked_in_numbers() -> None:
    net = read_torch(ATTENDING["between_convolutions"][0](), (2, 4, 3, 3)).network
    assert prove(net).holds and net.spot_check(trials=1).passed


def test_a_field_behind_attention_is_the_whole_input() -> None:
    model = read_torch(ATTENDING["between_convolutions"][0](), (4, 9, 8))
    assert model.fields[model.outputs[0]] == (9, 8) and model.fields["0"] == (3, 3)


def test_clamp_has_pytorchs_derivative_at_its_ends() -> None:
    class Clamps(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return x.clamp(-1, 1)

    x = torch.tensor([[-2.0, -1.0, 0.0, 1.0, 2.0]], requires_grad=True)
    y = Clamps()(x)
    y.sum().backward()
    net = read_torch(Clamps(), (1, 5)).network
    values = net.evaluate(X=x.detach().numpy(), **{net.delta(len(net)): np.ones((1, 5))})
    assert error(values[net.parts[-1].after.name], y) == error(values["dL_dX"], x.grad) == 0


def test_a_tensor_whose_batch_is_moved_is_not_taken_for_another() -> None:
    turned = WithForward(lambda s, x: torch.relu(s.conv(x).permute(2, 0, 1)), conv=nn.Conv1d(1, 2, 1))
    assert "the batch is axis 1" in read_torch(turned, (3, 1, 4)).unread["relu"]
    returned = WithForward(lambda s, x: s.conv(x).permute(2, 0, 1), conv=nn.Conv1d(1, 2, 1))
    assert "its batch is axis 1" in read_torch(returned, (3, 1, 4)).unread["output"]


def test_minus_infinity_that_no_softmax_reads_is_not_read() -> None:
    made = WithForward(lambda s, x: s.conv(x).masked_fill(s.mask, float("-inf")).amax(1), conv=nn.Conv1d(1, 2, 1))
    made.register_buffer("mask", torch.tensor([True, False, False]))
    assert "is not a softmax" in read_torch(made, (3, 1, 3)).unread["masked_fill"]


def test_lazy_modules_without_weights_are_refused() -> None:
    with pytest.raises(SymconvError, match="run the model once"):
        read_torch(nn.Sequential(nn.LazyConv1d(2, 3)), (1, 8))


@pytest.mark.parametrize("name", REAL)
def test_sizes_are_pytorchs_at_real_size(name: str) -> None:
    """``Model`` holds only if every node has the shape that PyTorch finds; parameters are counted by PyTorch."""
    make, size = REAL[name]
    with torch.device("meta"):
        module = make()
    model = read_torch(module, size)
    assert model.holds, model.summary
    assert model.total[0] == sum(tensor.numel() for tensor in module.parameters())
    assert model.fields[model.outputs[0]] is not None


def test_multiply_adds_and_receptive_fields_are_those_of_the_literature() -> None:
    """VGG-16 sees 212 pixels (Araujo, Norris and Sim 2019); ResNet-50 costs 4.09e9, MobileNetV2 0.301e9."""
    with torch.device("meta"):
        models = {name: REAL[name][0]() for name in ("VGG-16", "ResNet-50", "MobileNetV2")}
    assert read_torch(models["VGG-16"], (3, 448, 448)).fields["features.30"] == (212, 212)
    assert read_torch(models["ResNet-50"], (3, 224, 224)).total[1] == 4_089_184_256
    assert read_torch(models["MobileNetV2"], (3, 224, 224)).total[1] == 300_774_272


def test_a_receptive_field_is_where_the_gradient_is_not_zero() -> None:
    """Of one output in the middle of a network with positive weights, by autograd."""
    layers = [
        nn.Conv2d(1, 2, (3, 5), stride=(2, 1)), nn.AvgPool2d(2, 1), nn.Conv2d(2, 1, 3, dilation=(1, 3)),
        nn.Upsample(scale_factor=2), nn.ConvTranspose2d(1, 1, 3, stride=1), nn.AvgPool2d(3, 3),
    ]  # fmt: skip
    for count in range(1, len(layers) + 1):
        module = nn.Sequential(*layers[:count])
        for tensor in module.parameters():
            nn.init.ones_(tensor)
        x = torch.ones(1, 1, 60, 60, requires_grad=True)
        y = module(x)
        model = read_torch(module, (1, 60, 60))
        found = []
        for axis in (2, 3):
            widest = 0
            for offset in range(4):  # behind up-sampling it depends on where the output is
                at = [0, 0, y.shape[2] // 2, y.shape[3] // 2]
                at[axis] += offset - 2
                (gradient,) = torch.autograd.grad(y[tuple(at)], x, retain_graph=True)
                places = gradient.nonzero()[:, axis]
                widest = max(widest, int(places.max() - places.min()) + 1)
            found.append(widest)
        assert model.fields[str(count - 1)] == tuple(found), count


@pytest.mark.parametrize(("make", "wanted"), [
    (lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.ChannelShuffle(2)), (3, 3)),
    (lambda: nn.Sequential(nn.Conv2d(2, 4, (3, 2)), Turned()), (3, 2)),
    (lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.Linear(8, 8)), (3, 10)),
    (lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(2), nn.Conv1d(4, 1, 3)), (10, 10)),
])  # fmt: skip
def test_a_receptive_field_follows_what_is_moved(make: Any, wanted: tuple[int, int]) -> None:
    model = read_torch(make(), (1, 2, 10, 10))
    assert model.holds and model.fields[model.outputs[0]] == wanted


class Turned(nn.Module):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        return x.permute(0, 1, 3, 2)


MODULES: list[tuple[Any, tuple[int, ...]]] = [
    (lambda: nn.Conv1d(2, 4, 3, stride=2, padding=1, dilation=2, groups=2), (2, 2, 9)),
    (lambda: nn.Conv2d(2, 3, (3, 2), padding="same", dilation=2), (2, 2, 6, 5)),
    (lambda: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"), (2, 2, 6, 5)),
    (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular", bias=False), (2, 2, 6, 5)),
    (lambda: nn.Conv3d(1, 2, 2, padding=1, padding_mode="replicate"), (1, 1, 3, 4, 3)),
    (lambda: nn.ConvTranspose1d(2, 4, 3, stride=3, padding=1, output_padding=2, groups=2), (2, 2, 4)),
    (lambda: nn.ConvTranspose2d(2, 3, (2, 3), stride=(1, 2), dilation=2, bias=False), (2, 2, 3, 3)),
    (lambda: nn.MaxPool1d(3, stride=1, padding=1, dilation=2), (2, 2, 9)),
    (lambda: nn.MaxPool2d(3, 2, ceil_mode=True), (2, 2, 8, 7)),
    (lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False, ceil_mode=True), (2, 2, 8, 7)),
    (lambda: nn.AvgPool2d(2, divisor_override=3), (2, 2, 8, 7)),
    (lambda: nn.AvgPool1d(2), (2, 2, 7)),
    (lambda: nn.AdaptiveAvgPool2d((3, None)), (2, 2, 7, 5)),
    (lambda: nn.AdaptiveAvgPool2d(1), (2, 2, 7, 5)),
    (lambda: nn.AdaptiveMaxPool2d(2), (2, 2, 6, 4)),
    (lambda: nn.AdaptiveMaxPool2d((3, None)), (2, 2, 7, 4)),
    (lambda: nn.AdaptiveMaxPool1d(1), (2, 2, 7)),
    (lambda: nn.Linear(5, 3), (4, 5)),
    (lambda: nn.BatchNorm1d(3, affine=False), (4, 3)),
    (lambda: nn.BatchNorm2d(3, eps=0.01), (2, 3, 4, 4)),
    (lambda: nn.LayerNorm((4, 5)), (2, 3, 4, 5)),
    (lambda: nn.GroupNorm(2, 4), (2, 4, 3, 3)),
    (lambda: nn.InstanceNorm1d(3, affine=True), (2, 3, 5)),
    (lambda: nn.LeakyReLU(0.2), (2, 3)),
    (lambda: nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1)), (2, 4)),
    (lambda: nn.Sequential(nn.Conv2d(2, 3, 1), nn.Softmax2d()), (2, 2, 3, 4)),
    (lambda: nn.Sequential(nn.Softmax(dim=-1), nn.Conv2d(2, 3, 1, bias=False), nn.Softmax(dim=2)), (2, 2, 3, 4)),
    (lambda: nn.Sigmoid(), (2, 3)),
    (lambda: nn.GELU(), (2, 3)),
    (lambda: nn.ZeroPad2d((1, 2, 0, 3)), (2, 2, 4, 4)),
    (lambda: nn.ReflectionPad1d((2, 1)), (2, 2, 4)),
    (lambda: nn.ReplicationPad2d(1), (2, 2, 4, 4)),
    (lambda: nn.CircularPad2d((1, 0, 2, 1)), (2, 2, 4, 4)),
    (lambda: nn.Sequential(nn.Conv1d(2, 2, 1), nn.Upsample(scale_factor=3)), (2, 2, 4)),
    (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.Upsample(scale_factor=2, mode="bilinear")), (2, 2, 3, 4)),
    (lambda: nn.Sequential(nn.Conv1d(2, 2, 1), nn.Upsample(7, mode="linear", align_corners=True)), (2, 2, 4)),
    (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.Upsample((5, 3))), (2, 2, 3, 4)),
    (lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.PixelShuffle(2), nn.PixelUnshuffle(2)), (2, 8, 2, 4)),
    (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.Flatten()), (2, 2, 4, 3)),
    *(
        (lambda kind=kind: nn.Sequential(nn.Linear(5, 7), kind()), (4, 5))
        for kind in (
            nn.ReLU6,
            nn.Hardswish,
            nn.SiLU,
            nn.SELU,
            nn.LogSigmoid,
            nn.Softsign,
            nn.Tanhshrink,
            nn.ELU,
            nn.CELU,
            nn.Hardtanh,
            nn.Softshrink,
            nn.Hardshrink,
            nn.Softplus,
        )
    ),
]


@pytest.mark.parametrize("number", range(len(MODULES)), ids=lambda number: str(MODULES[number][0]()))
def test_a_module_is_read(number: int) -> None:
    make, size = MODULES[number]
    compare(with_statistics(make()), size)


def test_softmax_by_its_functions() -> None:
    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(2, 3, 3)

        def forward(self, x: Any) -> Any:
            y = functional.softmax(self.conv(x), dim=1)
            return torch.softmax(y.softmax(-1).flatten(1), 1)

    assert isinstance(compare(Net(), (2, 2, 6)), Sequential)
    for dim in (None, 0):
        model = from_torch(nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=dim)), (2, 4))
        assert isinstance(model, Model) and len(model.unread) == 1


def test_functions_are_read() -> None:
    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.w, self.b = nn.Parameter(torch.randn(4, 2, 3, 3)), nn.Parameter(torch.randn(4))
            self.t, self.v = nn.Parameter(torch.randn(4, 2, 2, 2)), nn.Parameter(torch.randn(3, 4 * 6 * 6))

        def forward(self, x: Any) -> Any:
            y = functional.relu(functional.conv2d(x, self.w, self.b, padding=1))
            y = functional.max_pool2d(y, 2) + functional.avg_pool2d(y, kernel_size=2)
            y = functional.dropout(torch.tanh(y) * y.sigmoid(), training=self.training)
            y = functional.conv_transpose2d(y, self.t, stride=2)
            y = functional.pad(y, (0, 1, 1, 0))[:, :, :-1, 1:]
            y = torch.cat([y, x], dim=1)[..., 1:-1, 1:-1]
            return functional.linear(y.contiguous().view(y.size(0), -1), self.v)

    compare(Net().eval(), (2, 2, 8, 8))


def test_a_module_used_twice_has_the_sum_of_its_gradients() -> None:
    class Twice(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(2, 2, 3, padding=1)

        def forward(self, x: Any) -> Any:
            return self.conv(torch.tanh(self.conv(x)))

    net = compare(Twice(), (2, 2, 6))
    assert [part.name for part in net] == ["conv", "tanh", "conv:2"]
    assert net.tensor_names["w1"] == net.tensor_names["w3"] == "conv.weight"
    model = read_torch(Twice(), (2, 2, 6))
    assert model.total[0] == 2 * 2 * 3 + 2


def test_one_module_is_a_layer() -> None:
    assert from_torch(nn.Conv2d(3, 8, 3, stride=2), (3, 32, 32)) == Conv(
        (32, 32), (3, 3), in_channels=3, out_channels=8, stride=2, bias=True
    )


def test_a_chain_is_a_sequential_and_branches_are_a_graph() -> None:
    chain = from_torch(nn.Sequential(nn.Conv1d(1, 2, 3), nn.Dropout(), nn.ReLU()), (1, 8))
    assert isinstance(chain, Sequential) and [part.name for part in chain] == ["0", "2"]
    branches = from_torch(SMALL["ResNet-18"][0](), (3, 32, 32))
    assert isinstance(branches, Graph) and not isinstance(branches, Sequential)


@pytest.mark.parametrize(
    ("size", "shape", "batch"),
    [((3, 8, 8), (3, 8, 8), None), ((5, 3, 8, 8), (3, 8, 8), 5), ((8, 6), (3, 8, 6), None), (8, (3, 8, 8), None)],
    ids=str,
)
def test_input_sizes(size: Any, shape: tuple[int, ...], batch: int | None) -> None:
    model = read_torch(nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, 3)), size)
    assert (model.entries[0].shape, model.batch_size) == (shape, batch)


def test_a_flattened_example_tells_a_batch() -> None:
    chain = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    assert read_torch(chain, (3, 2, 2)).batch_size is None
    assert read_torch(chain, (5, 3, 2, 2)).batch_size == 5


def test_sizes_may_be_symbols() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    net = from_torch(nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(), nn.MaxPool2d(2)), (1, n, n))
    assert isinstance(net, Sequential) and net.symbol_names == ("n",)
    assert net.at(n=21).output_shape == (2, 5, 5)
    assert prove(net).holds


def test_the_model_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.Dropout())
    module[2].eval()
    read_torch(module, (1, 8))
    assert [one.training for one in module] == [True, True, False]
    made = WithForward(lambda s, x: s.conv(x + torch.ones(1, 1, 8).expand(x.shape[0], 1, 8)), conv=nn.Conv1d(1, 2, 3))
    names, functions = set(vars(made)), [getattr(torch, name) for name in FUNCTIONS]
    assert not read_torch(made, (1, 8)).unread
    assert set(vars(made)) == names and [getattr(torch, name) for name in FUNCTIONS] == functions


@pytest.mark.parametrize("name", [
    "coordinates", "coordinates_by_repeating", "a_grid_in_front", "a_channel_of_ones", "class_token",
])  # fmt: skip
def test_tensors_of_the_model_stand_beside_an_example_without_a_batch(name: str) -> None:
    make, (_, *size) = ENGINEERED[name]
    module, x = make().eval(), np.random.default_rng(0).normal(size=size)
    net = read_torch(module, size).network
    values = net.evaluate(X=x, **{net.delta(net.outputs[0].number): np.ones(net.output_shape)})
    assert error(values[net.outputs[0].after.name], module(torch.tensor(x)[None])[0]) < 1e-12


@pytest.mark.parametrize(("other", "why"), [
    (lambda b: torch.arange(b).view(-1, 1, 1), "depend on how many examples"),
    (lambda b: torch.ones(b, 1, 1).sum(0), "depend on how many examples"), (lambda b: torch.randn(b, 1, 1), "random"),
])  # fmt: skip
def test_tensors_that_depend_on_the_batch_are_not_read(other: Any, why: str) -> None:
    module = WithForward(lambda s, x: s.conv(x) + other(x.shape[0]), conv=nn.Conv1d(1, 1, 1))
    assert why in next(iter(read_torch(module, (1, 4)).unread.values()))


def test_hard_sigmoid_is_read() -> None:
    """PyTorch's own derivative has 1/6 in single precision."""
    net = read_torch(nn.Hardsigmoid(), (5, 4)).network
    assert repr(net.parts[0].given) == "Activation('hardsigmoid')"
    x = torch.linspace(-4, 4, 20).reshape(5, 4)
    found = net.evaluate(X=x.numpy(), delta1=np.ones((5, 4)))
    assert error(found["a1"], functional.hardsigmoid(x)) < 1e-10


class Partly(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(torch.flatten(torch.cumsum(self.conv(x), 1), 1))


def test_what_is_not_read_is_named_and_the_rest_is_read() -> None:
    model = from_torch(Partly(), (3, 8, 8))
    assert isinstance(model, Model) and not model
    assert dict(model.unread) == {"cumsum": "symconv does not read cumsum"}
    assert model.layers["conv"].output_shape == (4, 6, 6)
    assert [node.shape for node in model.nodes] == [(4, 6, 6), (4, 6, 6), (144,), (2,)]
    assert prove(model).holds
    with pytest.raises(SymconvError, match="cumsum of Partly: it is not read"):
        _ = model.network


REFUSED: list[tuple[Any, tuple[int, ...], str]] = [
    (lambda: nn.Softplus(beta=0.0), (2, 3), "beta=0"),
    (lambda: nn.BatchNorm1d(3, track_running_stats=False), (3, 4), "give input_size with a batch"),
    (lambda: nn.MaxPool1d(2, return_indices=True), (2, 3, 4), "indices"),
    (lambda: nn.LSTM(3, 4), (2, 3), "does not read LSTM"),
    (lambda: nn.MultiheadAttention(4, 2), (2, 3, 4), "batch_first=False"),
    (lambda: nn.Flatten(0), (2, 3, 4), "flattens the batch"),
    (lambda: nn.Conv1d(3, 4, 3), (2, 5, 8), "needs shape"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=lambda number: str(REFUSED[number][0]()))
def test_a_reason_is_given(number: int) -> None:
    make, size, reason = REFUSED[number]
    model = from_torch(make(), size)
    assert isinstance(model, Model)
    assert reason in next(iter(model.unread.values()))


def test_hooks_that_cannot_be_traced_are_not_read_over() -> None:
    module = nn.Sequential(nn.Conv1d(1, 2, 3))
    module[0].register_forward_hook(lambda module, args, output: 2 * output if output.sum() > 0 else output)
    assert "hooks" in read_torch(module, (1, 8)).unread["0"]


def test_dropout_that_stays_random_is_not_read() -> None:
    class Random(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return functional.dropout(x, 0.5, True)

    assert "random" in read_torch(Random(), (3, 4)).unread["dropout"]


def test_what_is_no_model_is_refused() -> None:
    for given, words in [
        ("model.pt", "may run any code"),
        (nn.Conv1d(1, 1, 1).state_dict(), "state dict"),
        (5, "not a module"),
    ]:
        with pytest.raises(SymconvError, match=words):
            from_torch(given, (1, 8))


def test_a_forward_that_depends_on_data_is_refused() -> None:
    class Depends(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return x if x.sum() > 0 else -x

    with pytest.raises(SymconvError, match="cannot trace"):
        from_torch(Depends(), (1, 8))


class Reads(nn.Module):  # type: ignore[misc, name-defined]
    """A linear layer whose weights are what a function makes of one parameter."""

    def __init__(self, made: Any, *shape: int) -> None:
        super().__init__()
        self.made = made
        self.w = nn.Parameter(torch.randn(*(shape or (3, 3)), dtype=torch.float64))
        self.v = nn.Parameter(torch.rand(3, 1, dtype=torch.float64))

    def forward(self, x: Any) -> Any:
        return functional.linear(x, self.made(self))


MADE = [
    lambda m: m.w.t(), lambda m: m.w.transpose(0, 0), lambda m: m.w[[2, 0, 1]],
    lambda m: m.w.view(9).reshape(3, 3).t(), lambda m: m.w.t().contiguous().view(9)[None].view(3, 3),
    lambda m: m.w.transpose(-1, 0) / 2, lambda m: torch.tril(m.w),
    lambda m: torch.softmax(m.w, 1), lambda m: m.w.view(3, 3)[1:].repeat(2, 1)[:3], lambda m: m.w.flip(0) * 3,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(MADE)))
def test_what_is_computed_from_a_parameter_has_its_name(number: int) -> None:
    """Its gradient, and numbers by its name in PyTorch's own shape, are those of the parameter."""
    module = Reads(MADE[number])
    module.v.requires_grad_(False)
    net = read_torch(module, (2, 3)).network
    x = np.random.default_rng(number).normal(size=(2, 3))
    y = module(torch.tensor(x))
    y.backward(torch.ones_like(y))
    values = net.evaluate(X=x, **{net.delta(1): np.ones(y.shape)})
    assert error(values[net.parts[-1].after.name], y) < 1e-12
    assert error(net.by_model(values)["w"], module.w.grad) < 1e-12
    with torch.no_grad():
        module.w.copy_(torch.randn(3, 3, dtype=torch.float64))
    again = net.evaluate(X=x, **net.arranged({"w": module.w.detach().numpy()}))
    assert error(again[net.parts[-1].after.name], module(torch.tensor(x))) < 1e-12


SEVERAL = [
    lambda m: m.v * m.w / torch.norm(m.w, dim=1, keepdim=True), lambda m: (m.w - m.w.mean()) / m.w.std() + m.v,
    lambda m: torch.cat([m.w, m.v.t()])[1:], lambda m: m.w + torch.cat(m.w.chunk(3)[::-1]) * m.v,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SEVERAL)))
def test_what_is_computed_from_several_parameters_goes_back_to_all(number: int) -> None:
    """It has the name of its node; gradients, and other numbers for one of the parameters, have the parameter's."""
    module = Reads(SEVERAL[number])
    net = read_torch(module, (2, 3)).network
    x = np.random.default_rng(0).normal(size=(2, 3))
    y = module(torch.tensor(x))
    y.backward(torch.ones_like(y))
    values = net.evaluate(X=x, **{net.delta(1): np.ones((2, 3))})
    assert error(values[net.parts[-1].after.name], y) < 1e-12
    gradients = net.by_model(values)
    assert set(gradients) == {"w", "v"} and not set(net.tensor_names.values()) & {"w", "v"}
    for name, parameter in module.named_parameters():
        assert error(gradients[name], parameter.grad) < 1e-12
    with torch.no_grad():
        module.v.copy_(torch.rand(3, 1, dtype=torch.float64))
    again = net.evaluate(X=x, **net.arranged({"v": module.v.detach().numpy()}))
    assert error(again[net.parts[-1].after.name], module(torch.tensor(x))) < 1e-12


@pytest.mark.parametrize(("made", "why"), [
    (lambda m: torch.rand_like(m.w), "drawn at random"),
    (lambda m: functional.dropout(m.w, 0.5, True), "drawn at random"), (lambda m: m.w.detach().mul_(2), "in place"),
    (lambda m: m.w.view(5, 5), "cannot compute it"),
])  # fmt: skip
def test_what_a_model_may_not_do_with_its_own_tensors(made: Any, why: str) -> None:
    model = read_torch(Reads(made), (2, 3))
    assert why in next(iter(model.unread.values()))


def test_numbers_that_are_drawn_while_it_is_traced() -> None:
    module = Reads(lambda m: m.w + torch.randn(3, 3))
    state = torch.get_rng_state()
    with pytest.raises(SymconvError, match="draws numbers"):
        read_torch(module, (2, 3))
    assert torch.equal(state, torch.get_rng_state())


class Behind(nn.Module):  # type: ignore[misc, name-defined]
    """A function behind a layer that says how many axes there are."""

    def __init__(self, function: Any, size: tuple[int, ...]) -> None:
        super().__init__()
        self.function = function
        kind = [nn.Linear, nn.Conv1d, nn.Conv2d][len(size) - 2]
        self.layer = kind(size[1], size[1], *[1] * (len(size) > 2))

    def forward(self, x: Any) -> Any:
        return self.function(self.layer(x))


@pytest.mark.parametrize(("function", "size"), [
    (lambda x: x.mean(1), (2, 3, 4)), (lambda x: x.mean(dim=(1, 3)), (2, 3, 4, 5)), (lambda x: x.sum(-1), (2, 3, 4)),
    (lambda x: x.amax(dim=1, keepdim=True), (2, 3, 4)), (lambda x: x.max(dim=2).values, (2, 3, 4)),
    (lambda x: torch.min(x, 1, keepdim=True)[0], (2, 3, 4, 2)),
    (lambda x: x.mean((-2, -1), keepdim=True), (2, 3, 4, 5)),
    (lambda x: torch.stack([x, 2 * x], dim=-1), (2, 3, 4)), (lambda x: torch.stack((x, x.abs()), 1), (2, 3)),
    (lambda x: x.sum(dim=[2], keepdim=True) - x, (2, 3, 4)),
])  # fmt: skip
def test_over_some_dimensions(function: Any, size: tuple[int, ...]) -> None:
    compare(Behind(function, size), size)


@pytest.mark.parametrize("function", [
    lambda x: x.mean(), lambda x: x.max(), lambda x: x.sum(0), lambda x: x.mean((0, 2)), lambda x: torch.stack([x, x]),
    lambda x: torch.max(x, 1).indices,
])  # fmt: skip
def test_over_the_batch_is_not_read(function: Any) -> None:
    assert read_torch(Behind(function, (2, 3, 4)), (2, 3, 4)).unread


def test_outputs_of_size_0_are_read_if_pytorch_has_them() -> None:
    """What follows an empty output is not read, as layers need an input; PyTorch's sizes refuse the last two."""
    for module, size, shape in (
        (torch.nn.AdaptiveAvgPool2d((0, 2)), (1, 4, 4), (1, 0, 2)),
        (torch.nn.ZeroPad1d((-1, -2)), (1, 3), (1, 0)),
        (torch.nn.Sequential(torch.nn.Conv1d(1, 2, 2), torch.nn.ZeroPad1d((-1, -2))), (1, 4), (2, 0)),
    ):
        found = from_torch(module, size)
        assert found.output_shape == shape
        assert prove(found).holds
    after = from_torch(torch.nn.Sequential(torch.nn.ZeroPad1d((-1, -2)), torch.nn.ReLU()), (1, 3))
    assert list(after.unread) == ["1"]
    for module in (torch.nn.Conv1d(1, 2, 9), torch.nn.ConvTranspose1d(1, 1, 1, padding=2)):
        assert len(from_torch(module, (1, 4)).unread) == 1
