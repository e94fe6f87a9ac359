"""Back-propagation in symbols: how its cost grows with the number of layers. Run: python benchmarks/back_propagation.py

Every figure is the median of several runs, and the last column a ratio within this run: to the chain half as long.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import sympy as sp

from symconv import Activation, AvgPool, Conv, Flatten, Linear, Sequential

RUNS = 7


def size(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True, positive=True)


def chain(length: int) -> Sequential:
    """Convolutions with letters for all sizes, one after the other."""
    layers = [
        Conv.lazy(kernel_size=size(f"K{at}"), stride=size(f"s{at}"), out_channels=size(f"C{at}"), bias=True)
        for at in range(length)
    ]
    return Sequential(*layers, loss="squared", input_shape=(size("C"), size("n")))


def lenet() -> Sequential:
    """LeNet-5 with letters for all sizes."""
    return Sequential(
        Conv.lazy(kernel_size=size("K1"), out_channels=size("C1"), bias=True), Activation("tanh"),
        AvgPool.lazy(kernel_size=size("q1")), Conv.lazy(kernel_size=size("K2"), out_channels=size("C2"), bias=True),
        Activation("tanh"), AvgPool.lazy(kernel_size=size("q2")), Flatten(), Linear.lazy(out_features=size("F1")),
        Activation("tanh"), Linear.lazy(out_features=size("F2")), loss="cross_entropy",
        input_shape=(size("C"), size("H"), size("W")), batch_size=size("N"),
    )  # fmt: skip


def seconds(make: Callable[[], Sequential]) -> float:
    """The median time to build the network and to derive the gradients of all parameters."""
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        for formula in make().gradients.values():
            formula.readable_form  # noqa: B018
        times.append(perf_counter() - start)
    return median(times)


def main() -> None:
    seconds(lenet)
    print(f"LeNet-5, every size a letter: {seconds(lenet):.3f} s")
    print("convolutions  seconds  to half as many")
    before = None
    for length in (5, 10, 20, 40):
        time = seconds(lambda length=length: chain(length))  # type: ignore[misc]
        print(f"{length:12d}  {time:7.3f}  {'' if before is None else f'{time / before:.2f}'}")
        before = time


if __name__ == "__main__":
    main()
