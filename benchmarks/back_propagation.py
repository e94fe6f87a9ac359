"""Back-propagation in symbols: LeNet-5 with a letter for every size, and how the cost grows with the layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp

from benchmarks.checks import same_numbers
from benchmarks.measuring import CLOCK, Comparison, Effort, Sample, Side, measure
from benchmarks.peers import peer
from benchmarks.rows import Row

TITLE = "Back-propagation through a network, every size a letter"
ABOUT = f"""\
The network is built anew and the gradients by all its parameters are derived and read as formulas. A chain of
convolutions is compared with twice the time of one half as long, in the same run; LeNet-5 has nobody to compare
with. Check: with numbers for the letters, the loss and every gradient are those of PyTorch's autograd on the same
network, to 1e-10 of the largest entry. Clock: {CLOCK}."""

Arrays = Mapping[str, Any]
LENET_SIZES = {
    **{"N": 3, "C": 1, "H": 28, "W": 28, "K1": 5, "C1": 6, "q1": 2, "K2": 5, "C2": 16, "q2": 2},
    **{"F1": 120, "F2": 10},
}


def rows(effort: Effort) -> Iterator[Row]:
    yield from map(measure, comparisons(effort))


def comparisons(effort: Effort) -> Iterator[Comparison]:
    repetitions = effort.choose(full=7, quick=1)
    yield Comparison(
        "LeNet-5",
        Side("symconv", lambda _: derived(lenet())),
        [],
        lambda network, _: same_as_autograd(network.at(**LENET_SIZES), lenet_loss),
        repetitions=repetitions,
        needs=("torch",),
    )
    for length in effort.choose(full=(10, 20, 40), quick=(2,)):
        yield longer_chain(length, repetitions)


def longer_chain(length: int, repetitions: int) -> Comparison:
    """A chain of convolutions against twice the one half as long."""
    half = Side(
        f"twice that of {length // 2}", lambda _: None, sample=Sample(lambda *_: derived(chain(length // 2)), scale=2)
    )
    sizes = {"C": 2, "n": 2 * length, **{f"{letter}{at}": 2 for at in range(length) for letter in ("K", "C")}}
    sizes |= {f"s{at}": 1 + (at == 0) for at in range(length)}
    return Comparison(
        f"{length} convolutions in a chain",
        Side("symconv", lambda _: derived(chain(length))),
        [half],
        lambda network, _: same_as_autograd(network.at(**sizes), chain_loss),
        repetitions=repetitions,
        needs=("torch",),
    )


def size(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True, positive=True)


def chain(length: int) -> Any:
    """Convolutions with letters for all sizes, one after the other."""
    from symconv import Conv, Sequential

    layers = [
        Conv.lazy(kernel_size=size(f"K{at}"), stride=size(f"s{at}"), out_channels=size(f"C{at}"), bias=True)
        for at in range(length)
    ]
    return Sequential(*layers, loss="squared", input_shape=(size("C"), size("n")))


def lenet() -> Any:
    """LeNet-5 with letters for all sizes."""
    from symconv import Activation, AvgPool, Conv, Flatten, Linear, Sequential

    return Sequential(
        Conv.lazy(kernel_size=size("K1"), out_channels=size("C1"), bias=True), Activation("tanh"),
        AvgPool.lazy(kernel_size=size("q1")), Conv.lazy(kernel_size=size("K2"), out_channels=size("C2"), bias=True),
        Activation("tanh"), AvgPool.lazy(kernel_size=size("q2")), Flatten(), Linear.lazy(out_features=size("F1")),
        Activation("tanh"), Linear.lazy(out_features=size("F2")), loss="cross_entropy",
        input_shape=(size("C"), size("H"), size("W")), batch_size=size("N"),
    )  # fmt: skip


def derived(network: Any) -> Any:
    """The network, after the gradients of all its parameters have been derived and read."""
    for formula in network.gradients.values():
        formula.readable_form  # noqa: B018
    return network


# -- the check -----------------------------------------------------------------------------------------


def same_as_autograd(network: Any, torch_loss: Callable[[Any, Mapping[str, Any]], Any]) -> str:
    """The loss and every gradient of a network with numbers for its sizes, against PyTorch."""
    torch = peer("torch")
    torch.set_num_threads(1)
    arrays = numbers_for(network)
    learned = [name for name in arrays if name != "t"]
    values = {name: torch.tensor(array) for name, array in arrays.items()}
    for name in learned:
        values[name].requires_grad_()
    loss = torch_loss(torch, values)
    loss.backward()
    theirs = {"L": loss.detach().numpy(), **{f"dL_d{name}": values[name].grad.numpy() for name in learned}}
    found = network.evaluate(**arrays)
    return f"{same_numbers({name: found[name] for name in theirs}, theirs)}, as PyTorch's autograd"


def numbers_for(network: Any) -> dict[str, Any]:
    """Random arrays for everything that the network needs; classes for the target of a batch."""
    generator = np.random.default_rng(0)
    arrays = {name: generator.standard_normal(network.shape_of(name)) * 0.5 for name in network.wanted}
    if network.batch_size is not None:
        examples, classes = network.shape_of("t")
        arrays["t"] = generator.integers(0, classes, examples)
    return arrays


def chain_loss(torch: Any, values: Mapping[str, Any]) -> Any:
    h, length = values["X"][None], sum(name.startswith("w") for name in values)
    for part in range(1, length + 1):
        h = torch.nn.functional.conv1d(h, values[f"w{part}"], values[f"b{part}"], stride=2 if part == 1 else 1)
    return ((h[0] - values["t"]) ** 2).sum() / 2


def lenet_loss(torch: Any, values: Mapping[str, Any]) -> Any:
    functional, h = torch.nn.functional, values["X"]
    for part in (1, 4):
        h = functional.avg_pool2d(torch.tanh(functional.conv2d(h, values[f"w{part}"], values[f"b{part}"])), 2)
    h = torch.tanh(functional.linear(h.flatten(1), values["w8"], values["b8"]))
    return functional.cross_entropy(functional.linear(h, values["w10"], values["b10"]), values["t"])
