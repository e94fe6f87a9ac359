"""Graphs: outputs and gradients against PyTorch and SymPy, wiring, joins, and bad input.

The oracles are networks written by hand in PyTorch (``topologies.py``), and ``sympy.diff`` of loops over entries.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Activation, Add, Concat, Conv, Flatten, Graph, Linear, Multiply, Sequential, SymconvError, prove
from symconv.errors import GeometryError
from symconv.networks import Dropout, LayerNorm
from tests.networks import topologies as made
from tests.tools import require_module

Array = Any
N, C, O, W, n, m = sp.symbols("N C O W n m", integer=True, positive=True)
RELATIVE = 1e-10


def drawn(network: Graph, seed: int) -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    return {name: generator.standard_normal(network.shape_of(name)) for name in network.wanted}


# -- known topologies ----------------------------------------------------------------------------------

BLOCKS: dict[str, tuple[Graph, Mapping[str, int], made.Torch]] = {
    "residual block": (made.residual_block(C, O, (n, m), N), {"C": 2, "O": 3, "n": 4, "m": 3, "N": 2},
                       made.residual_block_in_torch()),
    "residual block with stride": (made.residual_block(C, O, (n, m), N, 2), {"C": 2, "O": 3, "n": 5, "m": 4, "N": 2},
                                   made.residual_block_in_torch(2)),
    "identity block": (made.identity_block(C, (n, m), N), {"C": 2, "n": 3, "m": 4, "N": 2},
                       made.identity_block_in_torch),
    "dense block": (made.dense_block(C, W, (n, m), N), {"C": 2, "W": 2, "n": 4, "m": 3, "N": 2},
                    made.dense_block_in_torch()),
    "U-Net": (made.unet(C, W, O, (4 * n, 4 * m), N), {"C": 1, "W": 2, "O": 3, "n": 2, "m": 1, "N": 2},
              made.unet_in_torch),
}  # fmt: skip
"""Each with letters for all sizes, numbers for them, and by hand in PyTorch."""


@pytest.mark.torch
@pytest.mark.parametrize("name", BLOCKS)
def test_outputs_and_all_gradients_are_pytorchs(name: str) -> None:
    torch = require_module("torch")
    torch.set_num_threads(1)
    general, sizes, oracle = BLOCKS[name]
    network = general.at(**sizes)
    assert set(network.gradients) == set(general.gradients)
    for seed in range(2):
        arrays = drawn(network, seed)
        found = network.evaluate(**arrays)
        own = {role: torch.tensor(arrays[name], requires_grad=True) for role, name in network.state_names.items()}
        x = torch.tensor(arrays["X"], requires_grad=True)
        output = oracle(torch, x, own)
        (output * torch.tensor(arrays[network.wanted[-1]])).sum().backward()
        expected = {f"dL_d{network.state_names[role]}": tensor.grad for role, tensor in own.items()}
        expected |= {"dL_dX": x.grad, network.parts[-1].after.name: output.detach()}
        for tensor, array in expected.items():
            scale = max(float(abs(array).max()), 1e-4)
            assert np.abs(found[tensor] - array.numpy()).max() <= RELATIVE * scale, (name, tensor)


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_have_formulas_for_all_sizes(name: str) -> None:
    """Every gradient of every parameter, with its derivation, in letters alone."""
    network = BLOCKS[name][0]
    assert {gradient.name for gradient in network.backward} >= {*network.parameters, "X"}
    for formula in (*network.forward.values(), *network.upstream.values(), *network.gradients.values()):
        assert not formula.geometry.is_concrete
    with pytest.raises(SymconvError, match=r"use network|give them with network\.at"):
        network.evaluate()


def test_the_shapes_of_a_unet() -> None:
    network = BLOCKS["U-Net"][0]
    assert network.output_shape == (N, O, 4 * n, 4 * m)
    assert network.shape_of("X") == (N, C, 4 * n, 4 * m)
    assert network.shape_of(network.part("join1").after.name) == (N, 2 * W, 4 * n, 4 * m)
    assert network.shape_of(network.part("bottom").after.name) == (N, 4 * W, n, m)


# -- by hand -------------------------------------------------------------------------------------------


def test_a_tensor_that_is_used_twice_adds_its_gradients() -> None:
    """z = x * tanh(x) + x, and then the sum of its squares, by SymPy."""
    network = Graph(
        {
            "f": Activation("tanh"),
            "gate": (Multiply(), "f", "input"),
            "add": (Add(), "gate", "input"),
            "square": (Multiply(), "add", "add"),
        },
        input_shape=(3,),
    )
    x = sp.symbols("x1:4")
    loss = sum((a * sp.tanh(a) + a) ** 2 * (at + 1) for at, a in enumerate(x))
    numbers = [sp.Rational(1, 3), -1, 2]
    expected = [float(sp.diff(loss, a).subs(dict(zip(x, numbers)))) for a in x]
    found = network.evaluate(X=np.array(numbers, dtype=float), delta4=np.array([1.0, 2.0, 3.0]))
    assert found["dL_dX"] == pytest.approx(expected, rel=1e-13)
    assert found["dL_dX"] == pytest.approx(found["delta_a0"] + found["delta_b0"] + found["delta_c0"])
    assert str(network.grad_input.formula.rhs) == "delta_a0[j] + delta_b0[j] + delta_c0[j]"
    assert str(network.upstream["delta3"].formula.rhs) == "2*a3[j]*delta4[j]"


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_concatenation_is_numpys(axis: int) -> None:
    """Of three tensors, one of them twice; its gradient is cut in the same places."""
    network = Graph(
        {"f": Conv.lazy(kernel_size=(1, 1), out_channels=2), "out": (Concat(axis), "input", "f", "input")},
        input_shape=(2, 3, 4), batch_size=2,
    )  # fmt: skip
    arrays = drawn(network, 0)
    found = network.evaluate(**arrays)
    at = axis + 1 if axis >= 0 else axis
    pieces = (arrays["X"], found["z1"], arrays["X"])
    assert np.array_equal(found["a2"], np.concatenate(pieces, axis=at))
    ends = np.cumsum([piece.shape[at] for piece in pieces])[:-1]
    first, second, third = np.split(arrays["delta2"], ends, axis=at)
    assert np.array_equal(found["delta1"], second)
    assert np.array_equal(found["delta_a0"], first + third)


def test_features_of_different_origin_are_joined() -> None:
    """Of a flattened image and of a vector, whose axes are not the same."""
    network = Graph(
        {
            "flat": (Flatten(), "image"),
            "fc": (Linear(3, 8), "vector"),
            "add": (Add(), "flat", "fc"),
            "both": (Concat(), "add", "vector"),
        },
        input_shape={"image": (2, 2, 2), "vector": (3,)}, batch_size=2,
    )  # fmt: skip
    arrays = drawn(network, 1)
    assert network.wanted == ("image", "vector", "w2", "b2", "delta4")
    found = network.evaluate(**arrays)
    fc = arrays["vector"] @ arrays["w2"].T + arrays["b2"]
    assert found["a4"] == pytest.approx(np.hstack([arrays["image"].reshape(2, 8) + fc, arrays["vector"]]))
    assert np.array_equal(found["dL_dimage"], arrays["delta4"][:, :8].reshape(2, 2, 2, 2))
    assert found["dL_dvector"] == pytest.approx(arrays["delta4"][:, :8] @ arrays["w2"] + arrays["delta4"][:, 8:])


def test_an_axis_of_one_element_is_repeated() -> None:
    """As a squeeze-and-excitation block multiplies channels."""
    network = Graph(
        {"gate": Activation("sigmoid"), "out": (Multiply(), "image", "gate")}
        | {"gate": (Activation("sigmoid"), "channels")},
        input_shape={"image": (3, 2, 2), "channels": (3, 1, 1)},
    )
    arrays = drawn(network, 2)
    found = network.evaluate(**arrays)
    gate = 1 / (1 + np.exp(-arrays["channels"]))
    assert found["a2"] == pytest.approx(arrays["image"] * gate)
    expected = (arrays["delta2"] * arrays["image"]).sum(axis=(1, 2), keepdims=True)
    assert found["delta1"] == pytest.approx(expected)


def test_inputs_have_names_that_tensors_can_have() -> None:
    """x1 would be a tensor of part 1, and L is the loss."""
    shapes = {"x1": (2,), "y": (2,), "L": (2,), "left.image": (2,), "X": (2,)}
    network = Graph({"sum": (Add(), *shapes)}, input_shape=shapes)
    assert network.wanted == ("X_a", "y", "X_c", "X_d", "X_e", "delta1")
    found = network.evaluate(**{name: np.ones(2) * at for at, name in enumerate(network.wanted)})
    assert found["a1"].tolist() == [10, 10] and found["dL_dX_c"].tolist() == [5, 5]


def test_several_outputs_have_derivatives_that_are_given() -> None:
    """Also one that another node reads."""
    network = Graph(
        {"trunk": Linear(2, 3), "head1": Activation("tanh"), "head2": (Linear(3, 1), "trunk")},
        input_shape=(2,), outputs=("trunk", "head1", "head2"),
    )  # fmt: skip
    assert network.wanted[-3:] == ("delta_a1", "delta2", "delta3")
    arrays = drawn(network, 3)
    found = network.evaluate(**arrays)
    through = arrays["delta2"] * (1 - np.tanh(found["z1"]) ** 2) + arrays["w3"][0] * arrays["delta3"]
    assert found["delta1"] == pytest.approx(arrays["delta_a1"] + through)
    assert network.spot_check(trials=1).passed


def _random_graph(chance: random.Random) -> Graph:
    """Up to nine nodes of 2 channels and 4 positions, each of which reads any that come before it."""
    names = ["input"]
    nodes: dict[str, Any] = {}
    for number in range(chance.randint(3, 9)):
        name = f"node{number}"
        kind = chance.randrange(6)
        read = [chance.choice(names[-3:]) for _ in range(chance.randint(2, 3))]
        if kind < 2:
            nodes[name] = (Conv.lazy(kernel_size=3, padding=1, out_channels=2), read[0])
        elif kind == 2:
            nodes[name] = (Activation(chance.choice(["tanh", "relu", "sigmoid"])), read[0])
        elif kind == 3:
            nodes[name] = (LayerNorm(), read[0])
        elif kind == 4:
            nodes[name] = (chance.choice([Add(), Multiply()]), *read)
        else:
            nodes[name] = (Concat(), *read)
            nodes[f"{name}b"] = Conv.lazy(kernel_size=1, out_channels=2)
            name = f"{name}b"
        names.append(name)
    used = {source for node in nodes.values() if isinstance(node, tuple) for source in node[1:]}
    ends = [name for name in names[1:] if name not in used and f"{name}b" not in nodes]
    shuffled = list(nodes.items())
    if all(isinstance(node, tuple) for node in nodes.values()):
        chance.shuffle(shuffled)  # written in any order
    return Graph(dict(shuffled), input_shape=(2, 4), batch_size=2, outputs=tuple(ends))


def _check_random_graphs(seeds: range) -> None:
    for seed in seeds:
        try:
            network = _random_graph(random.Random(f"graph {seed}"))
        except SymconvError as error:
            assert "input" in str(error)  # no node reads it
            continue
        report = network.spot_check(seed, 1)
        assert report.passed, (seed, report)
        assert eval_of(network) == network


def eval_of(network: Graph) -> Graph:
    """The network that its own text describes."""
    import symconv

    names = {name: getattr(symconv, name) for name in symconv.__all__}
    found: Graph = eval(repr(network), names)
    return found


def test_random_graphs_have_the_gradients_of_numbers() -> None:
    _check_random_graphs(range(6))


@pytest.mark.exhaustive
def test_many_random_graphs_have_the_gradients_of_numbers() -> None:
    _check_random_graphs(range(6, 150))


# -- a Sequential is a graph that is a chain -----------------------------------------------------------


def test_a_sequential_is_a_graph_that_is_a_chain() -> None:
    parts = [Conv(5, 3), Activation("relu"), Linear.lazy(out_features=2)]
    chain = Sequential(*parts, names=("conv", "relu", "fc"), loss="squared")
    graph = Graph(dict(zip(("conv", "relu", "fc"), parts)), loss="squared")
    assert isinstance(chain, Graph) and chain.is_chain and graph.is_chain
    for name in ("forward", "upstream", "gradients"):
        ours, theirs = getattr(chain, name), getattr(graph, name)
        assert [*ours] == [*theirs]
        assert all(ours[key].form == theirs[key].form for key in ours)
    assert eval_of(chain) == chain and eval_of(graph) == graph
    assert pickle.loads(pickle.dumps(graph)) == graph


def test_nodes_may_be_written_in_any_order() -> None:
    nodes = {"add": (Add(), "relu", "input"), "relu": (Activation("relu"), "conv"), "conv": (Conv(4, 1), "input")}
    network = Graph(nodes)
    assert [part.name for part in network.parts] == ["conv", "relu", "add"]
    assert network.outputs[0].name == "add"
    assert network.part("relu").number == 2 and network.part(3).name == "add"


def test_views_by_name_and_proofs() -> None:
    network = BLOCKS["identity block"][0]
    other = network.with_views({"conv1": "patches", 4: "fully_connected"})
    assert other.chosen_views == {1: "patches", 4: "fully_connected"}
    assert other.at(C=1, n=2, m=2, N=1).chosen_views == other.chosen_views
    report = prove(network)
    assert report.holds and set(report.parts) == {1, 2, 4, 5}
    assert {row[0] for row in report.cells} == {"conv1", "bn1", "conv2", "bn2"}
    assert "the node conv1: every shape" in report.scope


def test_names_of_pytorch_and_outputs_alone() -> None:
    network = Graph({"a.fc": Linear(2, 2), "drop": Dropout(0.5)}, input_shape=(2,))
    values = {"a.fc.weight": np.eye(2), "a.fc.bias": np.ones(2), "drop.mask": np.array([1, 0])}
    found = network.evaluate(X=np.array([1.0, 2.0]), **values)
    assert set(found) == {"z1", "a2"} and found["a2"].tolist() == [4.0, 0.0]
    with pytest.raises(SymconvError, match="the same tensor"):
        network.evaluate(X=np.ones(2), w1=np.eye(2), **values)


# -- bad input -----------------------------------------------------------------------------------------

conv = Conv.lazy(kernel_size=3, padding=1, out_channels=2)
BAD: list[tuple[Callable[[], object], type[SymconvError], str]] = [
    (lambda: Graph({}), SymconvError, "not a map from names to layers"),
    (lambda: Graph([conv]), SymconvError, "not a map from names to layers"),  # type: ignore[arg-type]
    (lambda: Graph({3: conv}, input_shape=(1, 4)), SymconvError, "3 as the name of a node"),  # type: ignore[dict-item]
    (lambda: Graph({"": conv}, input_shape=(1, 4)), SymconvError, "'' as the name of a node"),
    (lambda: Graph({"a\n": conv}, input_shape=(1, 4)), SymconvError, "as the name of a node"),
    (lambda: Graph({"input": conv}, input_shape=(1, 4)), SymconvError, "a node called input"),
    (lambda: Graph({"a": (conv, "inptu")}, input_shape=(1, 4)), SymconvError, "not a node of the network; did"),
    (lambda: Graph({"a": (conv, 3)}, input_shape=(1, 4)), SymconvError, "reads 3: not a node of the network"),
    (lambda: Graph({"a": (conv,)}, input_shape=(1, 4)), SymconvError, "names of what it reads"),
    (lambda: Graph({"a": ("input", conv)}, input_shape=(1, 4)), SymconvError, "names of what it reads"),
    (lambda: Graph({"a": "conv"}, input_shape=(1, 4)), SymconvError, "neither a layer nor a module"),  # type: ignore[dict-item]
    (lambda: Graph({"a": (Add(), "a", "input")}, input_shape=(4,)), SymconvError, "nodes a -> a: each reads the next"),
    (
        lambda: Graph({"a": (Add(), "c", "input"), "b": (conv, "a"), "c": (conv, "b")}, input_shape=(1, 4)),
        SymconvError, r"nodes a -> c -> b -> a: each reads the next one",
    ),
    (lambda: Graph({"a": conv, "b": (conv, "input")}, input_shape=(1, 4)), SymconvError, r"outputs=\('a', 'b'\)"),
    (
        lambda: Graph({"a": conv, "b": (conv, "input")}, input_shape=(1, 4), outputs="b"),
        SymconvError, "the node a: no node reads it, and it is not an output",
    ),
    (lambda: Graph({"a": conv}, input_shape=(1, 4), outputs="b"), SymconvError, "the output 'b': not a node"),
    (lambda: Graph({"a": conv}, input_shape=(1, 4), outputs=()), SymconvError, "not names of nodes"),
    (lambda: Graph({"a": conv}, input_shape=(1, 4), outputs=("a", "a")), SymconvError, "each once"),
    (lambda: Graph({"a": conv}, input_shape={}), SymconvError, "there is no input in it"),
    (lambda: Graph({"a": conv}, input_shape={"x": (1, 4), "y": (1, 4)}), SymconvError, "several inputs, x, y"),
    (
        lambda: Graph({"a": (conv, "x")}, input_shape={"x": (1, 4), "y": (1, 4)}),
        SymconvError, "the input y: no node reads it",
    ),
    (
        lambda: Graph({"a": conv, "b": (conv, "input")}, input_shape=(1, 4), outputs=("a", "b"), loss="mse"),
        SymconvError, "a loss is one of a single output",
    ),
    (lambda: Graph({"a": conv}), GeometryError, r"give input_shape=\(channels, \*size\)"),
    (lambda: Graph({"a": (conv, "input", "input")}, input_shape=(1, 4)), GeometryError, "it reads one; join them"),
    (lambda: Graph({"a": Add()}, input_shape=(4,)), GeometryError, "it joins two tensors or more"),
    (lambda: Sequential(Add(), input_shape=(4,)), GeometryError, "name them in a Graph"),
    (lambda: Concat(axis="channels"), SymconvError, "axis='channels': not a whole number"),  # type: ignore[arg-type]
    (
        lambda: Graph({"a": (Concat(2), "input", "input")}, input_shape=(2, 4)), GeometryError,
        "the axis is outside them; use -2 to 1",
    ),
    (
        lambda: Graph({"f": Conv.lazy(kernel_size=3), "b.add": (Add(), "f", "input")}, input_shape=(1, 4)),
        GeometryError,
        r"the node f, .* with an output of shape \(1, 2\) and an input of shape \(1, 4\), then the node b.add, Add\(\)"
        r".*axis 1 has the sizes 2 and 4; use shape \(1, 2\)",
    ),
    (
        lambda: Graph({"f": Conv.lazy(kernel_size=3), "both": (Concat(), "f", "input")}, input_shape=(1, 4)),
        GeometryError, r"axis 1 has the sizes 2 and 4; use shape \(any, 2\)",
    ),
    (
        lambda: Graph({"f": Flatten(), "add": (Add(), "f", "input")}, input_shape=(2, 4)), GeometryError,
        "different numbers of dimensions",
    ),
    (lambda: Graph({"a": conv}, input_shape=(1, 4), views={"b": "patches"}), SymconvError, "'b': .*no part"),
    (lambda: Graph({"a": conv}, input_shape=(1, 4)).part("b"), SymconvError, "no such part; use a"),
    (lambda: Sequential(conv, names=("a", "b"), input_shape=(1, 4)), SymconvError, "the network has 1 parts"),
    (lambda: Sequential(conv, conv, names=("a", "a"), input_shape=(1, 4)), SymconvError, "a node called a"),
    (lambda: Dropout(1), SymconvError, "p=1: it is not from 0 to below 1"),
    (lambda: Dropout("a"), SymconvError, "p='a': not a number"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_is_said(case: int) -> None:
    make, kind, message = BAD[case]
    with pytest.raises(kind, match=message):
        make()


def test_a_long_chain_and_a_wide_graph_are_no_trouble() -> None:
    """No recursion through nodes."""
    nodes: dict[str, Any] = {f"n{at}": Activation("tanh") for at in range(1500)}
    assert len(Graph(nodes, input_shape=(2,))) == 1500
    backwards = {f"n{at}": (Activation("tanh"), f"n{at - 1}" if at else "input") for at in reversed(range(1500))}
    assert Graph(backwards, input_shape=(2,)).parts[0].name == "n0"
