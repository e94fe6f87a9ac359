"""Models of ONNX: the package's own node tests, and its reference evaluator on graphs of several nodes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import Conv, Graph, Model, Sequential, SymconvError, from_onnx
from symconv.models.onnx_graph import read_onnx
from tests.tools import require_module

onnx = require_module("onnx")
h, FLOAT = onnx.helper, 1


def model_of(
    nodes: list[Any], shape: Any = (2, 3, 8, 8), weights: dict[str, Any] | None = None, opset: int = 17
) -> Any:
    """A model from x to y."""
    initializers = [
        onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()
    ]  # fmt: skip
    graph = h.make_graph(
        nodes, "g", [h.make_tensor_value_info("x", FLOAT, shape)], [h.make_tensor_value_info("y", FLOAT, None)],
        initializers,
    )  # fmt: skip
    return h.make_model(graph, opset_imports=[h.make_opsetid("", opset)])


def computed(model: Model, arrays: dict[str, Any]) -> Any:
    """The output of what was read, for arrays by the model's names."""
    net = model.network
    inputs = {signal.name: arrays[one.name] for signal, one in zip(net.inputs.values(), model.entries)}
    own = {weight.name: arrays[weight.name] for weight in net.weights.values() if weight.name in arrays}
    deltas = {name: np.zeros(net.shape_of(net.outputs[0].after.name)) for name in net.wanted if "delta" in name}
    return net.evaluate(**inputs, **net.arranged(own), **deltas)[net.outputs[0].after.name]


def compare(model: Any) -> Model:
    """What was read computes what onnx's reference evaluator computes."""
    from onnx.reference import ReferenceEvaluator

    read = read_onnx(model)
    shape = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    (wanted,) = ReferenceEvaluator(model).run(None, {"x": x})
    assert np.allclose(computed(read, {"x": x}), wanted, rtol=1e-4, atol=1e-5)
    return read


RANDOM = np.random.default_rng(3)


def normal(*shape: int) -> Any:
    return RANDOM.normal(size=shape).astype(np.float32)


def test_a_chain_as_pytorch_exports_it() -> None:
    """Reshape by a shape that is computed, a matrix and a bias of its own."""
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], name="conv", pads=[1, 0, 1, 0], strides=[2, 1]),
        h.make_node("Add", ["c", "b"], ["d"]),
        h.make_node("Clip", ["d", "zero", "six"], ["e"]),
        h.make_node("Shape", ["e"], ["s"]),
        h.make_node("Gather", ["s", "first"], ["n"]),
        h.make_node("Unsqueeze", ["n", "axes"], ["n1"]),
        h.make_node("Concat", ["n1", "rest"], ["to"], axis=0),
        h.make_node("Reshape", ["e", "to"], ["f"]),
        h.make_node("MatMul", ["f", "m"], ["p"], name="fc"),
        h.make_node("Add", ["v", "p"], ["y"]),
    ]
    weights = {
        "w": normal(4, 3, 3, 3), "b": normal(1, 4, 1, 1), "zero": np.float32(0), "six": np.float32(6),
        "first": np.int64(0), "axes": np.array([0]), "rest": np.array([-1]), "m": normal(4 * 4 * 6, 5), "v": normal(5),
    }  # fmt: skip
    model = compare(model_of(nodes, weights=weights))
    assert isinstance(model.network, Sequential)
    assert [node.name for node in model.nodes] == ["conv", "e", "f", "fc"]
    assert dict(model.network.tensor_names) == {"w1": "w", "b1": "b", "w4": "m", "b4": "v"}
    assert repr(model.nodes[1].given) == "Activation('relu6')"


def test_branches() -> None:
    nodes = [
        h.make_node("Relu", ["x"], ["a"]),
        h.make_node("BatchNormalization", ["a", "g", "b", "m", "v"], ["n"], epsilon=0.01),
        h.make_node("Mul", ["n", "a"], ["p"]),
        h.make_node("Concat", ["p", "x"], ["c"], axis=1),
        h.make_node("Add", ["c", "c"], ["d"]),
        h.make_node("ReduceMean", ["d"], ["y"], axes=[2, 3], keepdims=0),
    ]
    weights = {"g": normal(3), "b": normal(3), "m": normal(3), "v": abs(normal(3))}
    model = compare(model_of(nodes, weights=weights))
    assert isinstance(model.network, Graph) and not isinstance(model.network, Sequential)


def node(kind: str, *given: str, to: str = "y", **attributes: Any) -> Any:
    return h.make_node(kind, list(given), [to], **attributes)


GRAPHS: dict[str, tuple[list[Any], tuple[int, ...], dict[str, Any], int]] = {
    "difference": ([node("Conv", "x", "w", to="c"), node("Sub", "c", "x")], (2, 3, 5, 4),
                   {"w": normal(3, 3, 1, 1)}, 17),
    "constant less input": ([node("Sub", "one", "x")], (2, 3, 4), {"one": np.float32(1)}, 17),
    "input less constants": ([node("Sub", "x", "m", to="c"), node("Div", "c", "two")], (2, 3, 4, 4),
                             {"m": normal(3, 1, 1), "two": np.float32(2)}, 17),
    "constants less input": ([node("Sub", "m", "x")], (2, 3, 4), {"m": normal(3, 1)}, 17),
    "layer scale": ([node("Mul", "g", "x", to="c"), node("Add", "c", "x")], (2, 3, 4, 4), {"g": normal(3, 1, 1)}, 17),
    "positions": ([node("Add", "x", "p")], (2, 3, 4), {"p": normal(1, 3, 4)}, 17),
    "negative, square": ([node("Neg", "x", to="c"), node("Pow", "c", "two")], (2, 3, 4), {"two": np.float32(2)}, 17),
    "gate": ([h.make_node("Split", ["x"], ["a", "b"], axis=1), node("Sigmoid", "b", to="s"), node("Mul", "a", "s")],
             (2, 4, 5), {}, 17),
    "split by sizes": ([h.make_node("Split", ["x", "n"], ["a", "b"], axis=1), node("Tanh", "a", to="t"),
                        node("Concat", "b", "t", axis=1)], (2, 4, 5), {"n": np.array([1, 3])}, 17),
    "slices": ([node("Slice", "x", "s", "e", "a", "t")], (2, 4, 7),
               {"s": np.array([1, -6]), "e": np.array([3, 9]), "a": np.array([1, 2]), "t": np.array([1, 2])}, 17),
    "channel shuffle": ([node("Reshape", "x", "r", to="a"), node("Transpose", "a", to="b", perm=[0, 2, 1, 3, 4]),
                         node("Reshape", "b", "q")], (2, 4, 3, 2),
                        {"r": np.array([0, 2, 2, 3, 2]), "q": np.array([0, 4, 3, 2])}, 17),
    "normalised at the end": ([node("Transpose", "x", to="a", perm=[0, 2, 3, 1]),
                               node("LayerNormalization", "a", "g", "b", to="c", axis=-1),
                               node("Transpose", "c", perm=[0, 3, 1, 2])], (2, 3, 4, 2),
                              {"g": normal(3), "b": normal(3)}, 17),
    "slopes": ([node("PRelu", "x", "s")], (2, 3, 4, 2), {"s": normal(3, 1, 1)}, 17),
    "one slope": ([node("PRelu", "x", "s")], (2, 3, 4), {"s": normal(1)}, 17),
    "log softmax": ([node("MatMul", "x", "w", to="a"), node("LogSoftmax", "a", axis=-1)], (2, 3),
                    {"w": normal(3, 4)}, 17),
    "mish and gelu": ([node("Mish", "x", to="a"), node("Gelu", "a", approximate="tanh")], (2, 3), {}, 20),
    "instance norm": ([node("InstanceNormalization", "x", "g", "b")], (2, 3, 5), {"g": normal(3), "b": normal(3)}, 17),
    "coordinates beside the input": (
        [node("Concat", "p", "x", "q", to="a", axis=1), node("Conv", "a", "w")], (2, 3, 4, 5),
        {"p": np.repeat(normal(1, 1, 4, 5), 2, 0), "q": np.repeat(normal(1, 2, 4, 5), 2, 0), "w": normal(2, 6, 3, 3)},
        17),
    "reduced along some axes": (
        [node("ReduceMean", "x", to="a", axes=[1], keepdims=1), node("ReduceMax", "a", axes=[2, -1], keepdims=0)],
        (2, 3, 4, 5), {}, 13),
    "scaled products": ([node("Gemm", "x", "w", "b", alpha=0.5, beta=0.25)], (2, 3),
                        {"w": normal(3, 4), "b": normal(1)}, 17),
    "channels that are padded": ([node("Pad", "x", "p", "v")], (2, 3, 4, 5),
                                 {"p": np.array([0, 1, 0, 2, 0, 2, 1, 0]), "v": np.float32(0.5)}, 17),
    "cubic": ([node("Resize", "x", "", "s", mode="cubic", coordinate_transformation_mode="half_pixel")], (2, 3, 4, 5),
              {"s": np.array([1, 1, 2, 1.5], np.float32)}, 17),
    "attention": (
        [node("MatMul", "x", "w", to="q"), node("MatMul", "x", "u", to="k"),
         node("Transpose", "k", to="t", perm=[0, 2, 1]),
         node("MatMul", "q", "t", to="s"), node("Div", "s", "d", to="z"), node("Softmax", "z", to="p", axis=-1),
         node("MatMul", "p", "x")],
        (2, 5, 4), {"w": normal(4, 3), "u": normal(4, 3), "d": np.float32(1.5)}, 17),
    "normalised by hand": (
        [node("Conv", "x", "w", to="c"), node("ReduceMean", "c", to="m", axes=[1]), node("Sub", "c", "m", to="d"),
         node("Pow", "d", "two", to="s"), node("ReduceMean", "s", to="v", axes=[1]), node("Add", "v", "e", to="f"),
         node("Sqrt", "f", to="r"), node("Div", "d", "r")],
        (2, 3, 4, 4), {"w": normal(3, 3, 1, 1), "two": np.float32(2), "e": np.float32(1e-5)}, 13),
    "functions of numbers": (
        [node("Softplus", "x", to="a"), node("Log", "a", to="b"), node("Exp", "b", to="c"),
         node("Reciprocal", "c", to="d"),
         node("Sin", "d", to="e"), node("Cos", "e", to="f"), node("Pow", "a", "p", to="g"),
         node("Div", "m", "a", to="h"),
         node("Sum", "f", "g", "h")],
        (2, 3, 4), {"p": np.float32(-0.5), "m": normal(3, 1)}, 17),
    "norms": ([node("ReduceL2", "x", to="n", axes=[1], keepdims=1), node("Div", "x", "n", to="a"),
               node("LpNormalization", "x", to="b", axis=1, p=2), node("Sub", "a", "b", to="c"), node("Add", "c", "x")],
              (2, 3, 4), {}, 13),
    "one end": ([node("Clip", "x", "low", to="a"), node("Clip", "a", "", "high")], (2, 3, 4),
                {"low": np.float32(-0.3), "high": np.float32(0.3)}, 17),
    "a product by letters": ([node("Einsum", "x", "x", equation="bcn,bdn->bcd")], (2, 3, 4), {}, 17),
    "squeeze and excitation": (
        [node("ReduceMean", "x", to="m", axes=[2, 3], keepdims=0), node("Gemm", "m", "w", to="a"),
         node("Sigmoid", "a", to="s"), node("Unsqueeze", "s", "at", to="u"), node("Mul", "x", "u")],
        (2, 3, 4, 4), {"w": normal(3, 3), "at": np.array([2, 3])}, 17),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_are_what_the_reference_computes(name: str) -> None:
    nodes, shape, weights, opset = GRAPHS[name]
    assert compare(model_of(nodes, shape, weights, opset)).network.spot_check(trials=1).passed


@pytest.mark.parametrize("auto", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_auto_pad(auto: str, stride: int) -> None:
    for size in ((2, 3, 7, 8), (2, 3, 9, 10)):
        compare(model_of(
            [h.make_node("Conv", ["x", "w"], ["y"], auto_pad=auto, strides=[stride, stride], dilations=[2, 1])], size,
            {"w": normal(2, 3, 2, 3)},
        ))  # fmt: skip


def test_a_bias_along_another_axis_is_not_taken_for_one() -> None:
    nodes = [h.make_node("Conv", ["x", "w"], ["c"]), h.make_node("Add", ["c", "b"], ["y"])]
    model = compare(model_of(nodes, (1, 3, 8, 4), {"w": normal(4, 3, 1, 1), "b": normal(4)}))
    assert [repr(node.given) for node in model.nodes[1:]] == ["Shift((4,))"]


def test_an_attribute_that_is_not_known_is_not_passed_over() -> None:
    """A later version of an operator may have one that changes what it computes."""
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], mode="other"),
        h.make_node("SpaceToDepth", ["c"], ["y"], blocksize=2),
    ]
    model = read_onnx(model_of(nodes, weights={"w": normal(4, 3, 1, 1)}))
    assert dict(model.unread) == {"c": "symconv does not know its mode=other"}


@pytest.mark.parametrize(("kind", "shape", "w", "turned"), [
    ("MatMul", (2, 5), (5, 3), False), ("Gemm", (2, 5), (3, 5), True), ("Conv", (2, 3, 4, 4), (2, 3, 2, 2), False),
])  # fmt: skip
def test_gradients_have_the_shape_of_the_model_s_own_tensors(kind: str, shape: Any, w: Any, turned: bool) -> None:
    """Of the sum of all outputs, by what one entry of the tensor changes."""
    bias = (1, 2, 1, 1) if kind == "Conv" else (w[0 if turned else 1],)
    more = {"transB": 1} if turned else {}
    nodes = [h.make_node(kind, ["x", "w"], ["c"], **more), h.make_node("Add", ["c", "b"], ["y"])]
    tensors = {"w": normal(*w).astype(float), "b": normal(*bias).astype(float)}
    net = read_onnx(model_of(nodes, shape, tensors)).network
    x, last = normal(*shape).astype(float), net.outputs[0]

    def total(**other: Any) -> Any:
        ones = np.ones(net.shape_of(last.after.name))
        return net.evaluate(X=x, **net.arranged({**tensors, **other}), **{net.delta(last.number): ones})

    gradients = net.by_model(total())
    for name, tensor in tensors.items():
        assert gradients[name].shape == tensor.shape
        for at in [(0,) * tensor.ndim, tuple(size - 1 for size in tensor.shape)]:
            moved = tensor.copy()
            moved[at] += 1
            change = total(**{name: moved})[last.after.name].sum() - total()[last.after.name].sum()
            assert abs(gradients[name][at] - change) < 1e-9


def test_open_sizes() -> None:
    nodes = [h.make_node("Conv", ["x", "w"], ["y"])]
    model = model_of(nodes, ("batch", 3, "height", 8), {"w": normal(4, 3, 3, 3)})
    layer = from_onnx(model)
    assert isinstance(layer, Conv) and str(layer.output_shape) == "(4, height - 2, 6)"
    assert from_onnx(model, (5, 3, 6, 8)).output_shape == (5, 4, 4, 6)  # type: ignore[union-attr]
    with pytest.raises(SymconvError, match="4 dimensions"):
        from_onnx(model, (3, 6))


def test_a_file_with_weights_beside_it(tmp_path: Path) -> None:
    nodes = [h.make_node("Conv", ["x", "w"], ["c"]), h.make_node("Relu", ["c"], ["y"])]
    weights = {"w": normal(4, 3, 3, 3)}
    onnx.save_model(
        model_of(nodes, weights=weights), str(tmp_path / "m.onnx"), save_as_external_data=True, location="m.bin",
        size_threshold=0,
    )  # fmt: skip
    net = from_onnx(tmp_path / "m.onnx")
    assert isinstance(net, Sequential)
    assert np.array_equal(net.numbers["w1"], weights["w"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("opset", "said"), [(17, {}), (13, {"axis": 1}), (13, {"axis": -1}), (11, {}), (11, {"axis": 1})]
)
def test_a_softmax_at_the_end(opset: int, said: dict[str, int]) -> None:
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"]), h.make_node("Flatten", ["c"], ["f"]),
        h.make_node("Gemm", ["f", "m"], ["g"]), h.make_node("Softmax", ["g"], ["y"], **said),
    ]  # fmt: skip
    weights = {"w": normal(4, 3, 3, 3), "m": normal(4 * 6 * 6, 5) / 10}
    model = compare(model_of(nodes, (2, 3, 8, 8), weights=weights, opset=opset))
    assert isinstance(model.network, Sequential) and not model.unread


@pytest.mark.parametrize(("opset", "axis"), [(13, 1), (13, 2), (13, -1), (11, 3), (11, -1)])
def test_softmax_along_an_axis_of_an_image(opset: int, axis: int) -> None:
    compare(model_of([h.make_node("Softmax", ["x"], ["y"], axis=axis)], (2, 3, 4, 5), opset=opset))


def test_softmax_that_is_another() -> None:
    """Before version 13 all axes from one on are one; and one along the batch joins examples."""
    for opset, axis, reason in ((11, 1, "on together"), (9, 2, "on together"), (13, 0, "batch"), (13, 7, "axis 7")):
        read = read_onnx(model_of([h.make_node("Softmax", ["x"], ["y"], axis=axis)], (2, 3, 4, 5), opset=opset))
        assert reason in read.unread["y"]


def test_what_is_not_read_is_named() -> None:
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"]), h.make_node("Erf", ["c"], ["l"]),
        h.make_node("MaxPool", ["l"], ["y"], kernel_shape=[2, 2]),
    ]  # fmt: skip
    model = from_onnx(model_of(nodes, weights={"w": normal(4, 3, 3, 3)}))
    assert isinstance(model, Model)
    assert dict(model.unread) == {"l": "symconv does not read Erf"}
    assert model.layers["y"].output_shape == (2, 4, 5, 5)
    assert model.network_to("c").output_shape == (2, 4, 6, 6)


# -- the node tests of the package ---------------------------------------------------------------------

EQUAL = {
    "Conv": 6, "ConvTranspose": 11, "AveragePool": 14, "MaxPool": 17, "GlobalAveragePool": 2, "GlobalMaxPool": 2,
    "BatchNormalization": 2, "Pad": 6, "Flatten": 3, "Gemm": 8, "Resize": 21, "SpaceToDepth": 4, "ReduceMean": 6,
    "LRN": 2, "Clip": 5, "Exp": 1, "Sqrt": 1, "Reciprocal": 1,
}  # fmt: skip
"""How many tests of each operator are read at least; all others are refused with a reason."""
ALSO = ("Add", "Concat", "Relu", "Elu", "DepthToSpace", "MatMul")
SAID = {"Clip": (1, 2), "Pad": (1, 2, 3), "Reshape": (1,), "Resize": (1, 2, 3), "ReduceMean": (1,)}
"""Inputs that say sizes, which a model has as constants."""


def cases() -> Iterator[Any]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in collect_testcases(None):
            kinds = {node.op_type for node in case.model.graph.node}
            if len(kinds) == 1 and kinds < {
                *EQUAL,
                *SAID,
                "Add",
                "Concat",
                "Relu",
                "Elu",
                "DepthToSpace",
                "SpaceToDepth",
                "ReduceMean",
                "MatMul",
            }:
                yield case


@pytest.mark.slow
def test_the_packages_own_node_tests() -> None:
    counts: Counter[str] = Counter()
    for case in cases():
        kind = case.model.graph.node[0].op_type
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        for arrays, outputs in case.data_sets:
            given = dict(zip((value.name for value in model.graph.input), arrays))
            for at in SAID.get(kind, ()):
                if at < len(arrays):
                    name = model.graph.input[at].name
                    model.graph.initializer.append(onnx.numpy_helper.from_array(arrays[at], name))
            try:
                read = read_onnx(model)
            except SymconvError as error:
                assert "no batch with examples" in str(error) or "its input" in str(error), case.name
                continue
            if read.unread:
                assert all(read.unread.values()), case.name
            elif read.nodes:
                found = computed(read, given)
                assert found.shape == outputs[0].shape, case.name
                assert np.allclose(found, outputs[0], rtol=1e-3, atol=1e-5), case.name
                counts[kind] += 1
    assert {kind: counts[kind] for kind in EQUAL} == {
        kind: max(least, counts[kind]) for kind, least in EQUAL.items()
    }, counts
