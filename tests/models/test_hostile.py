"""Files that mean harm, or are damaged: a clear error, in bounds of memory and time, and nothing is run."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zipfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import Model, SymconvError, from_keras, from_torch
from symconv.cli.main import main
from symconv.models import read_model
from symconv.models.files import confined
from tests.tools import require_module


class Harm:
    """What a pickle may do when it is opened."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return (Path.touch, (self.place,))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pkl", ".py", ".keras", ".json", ".npz"])
def test_a_pickle_is_not_opened(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"model{suffix}"
    file.write_bytes(pickle.dumps(Harm(tmp_path / "harm")))
    with pytest.raises(SymconvError):
        read_model(str(file))
    with pytest.raises(SymconvError, match="may run any code"):
        from_torch(file, (3, 8, 8))
    assert main(["model", str(file)]) == 2
    assert "given the file" in capsys.readouterr().err
    assert not (tmp_path / "harm").exists()


READING = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
from symconv import SymconvError
from symconv.models import read_model
for name in sys.argv[1:]:
    try:
        model = read_model(name)
        print(model, model.to_dict(), model.prove())
        print({name: model.network.numbers[name].shape for name in model.network.numbers})
    except SymconvError as error:
        print("SymconvError", error)
# not ru_maxrss, which begins with what the process that started this one had
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def in_bounds(*files: Path) -> str:
    """What reading files says, and their tables, proofs and numbers, with 3 GB of addresses and 100 seconds."""
    command = [sys.executable, "-c", READING, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("megabytes", [30, pytest.param(1500, marks=pytest.mark.slow)])
def test_a_zip_bomb(megabytes: int, tmp_path: Path) -> None:
    file = tmp_path / "bomb.keras"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("config.json", "w") as member:
        for _ in range(megabytes):
            member.write(bytes(1 << 20))
    assert "unpacks to more than" in in_bounds(file)


def nonsense(megabytes: int) -> dict[str, Any]:
    megabytes <<= 20
    return {
        "random": lambda: np.random.default_rng(0).bytes(megabytes),
        "zeros": lambda: bytes(megabytes),
        "empty nodes": lambda: b"\x3a\xfe\xff\xff\x2f" + b"\x0a\x00" * (megabytes // 2),
        "numbers": lambda: b"\x08\x01" * (megabytes // 2),
        "a text": lambda: b"\x12" + varint(megabytes) + b"a" * megabytes,
        "nested": lambda: nested(3000),
    }


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def nested(depth: int) -> bytes:
    """A graph in an attribute of a node of a graph, and so on."""
    inner = b""
    for _ in range(depth):
        for tag in (0x32, 0x2A, 0x0A):
            inner = bytes([tag]) + varint(len(inner)) + inner
    return b"\x3a" + varint(len(inner)) + inner


@pytest.mark.parametrize("kind", nonsense(1))
def test_nonsense_as_onnx(kind: str, tmp_path: Path) -> None:
    require_module("onnx")
    file = tmp_path / "model.onnx"
    file.write_bytes(nonsense(3)[kind]())
    with pytest.raises(SymconvError, match=r"given the (file|model)"):
        read_model(str(file))


@pytest.mark.slow
@pytest.mark.parametrize("kind", nonsense(1))
def test_100_megabytes_of_nonsense(kind: str, tmp_path: Path) -> None:
    require_module("onnx")
    file = tmp_path / "model.onnx"
    file.write_bytes(nonsense(100)[kind]())
    assert "SymconvError given the file" in in_bounds(file)


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "../outside",
        "a/../../outside",
        "C:\\outside",
        "\\\\host\\outside",
        "..",
        "",
        "\0",
        "link",
        "folder",
    ],
)
def test_weights_elsewhere_are_not_opened(location: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (tmp_path / "out").write_bytes(bytes(16))
    os.symlink(tmp_path / "out", home / "link")
    with pytest.raises(SymconvError, match="weights in the file"):
        confined(home, location)


def test_weights_elsewhere_refuse_the_model(tmp_path: Path) -> None:
    onnx = require_module("onnx")
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Conv", ["x", "w"], ["y"])], "g",
        [onnx.helper.make_tensor_value_info("x", 1, [1, 1, 4])], [onnx.helper.make_tensor_value_info("y", 1, None)],
        [onnx.TensorProto(
            name="w", data_type=1, dims=[1, 1, 2], data_location=1,
            external_data=[onnx.StringStringEntryProto(key="location", value="../../etc/passwd")],
        )],
    )  # fmt: skip
    (tmp_path / "model.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(SymconvError, match="leaves the model's directory"):
        read_model(str(tmp_path / "model.onnx"))


def onnx_model(*nodes: Any) -> Any:
    onnx = require_module("onnx")
    graph = onnx.helper.make_graph(
        list(nodes), "g", [onnx.helper.make_tensor_value_info("x", 1, [1, 1, 4, 4])],
        [onnx.helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(np.ones((1, 1, 2, 2), np.float32), "w")],
    )  # fmt: skip
    return onnx.helper.make_model(graph)


def attacks() -> dict[str, tuple[list[Any], list[Any]]]:
    """Nodes from x to y and initializers that ask for too much, or do not fit together."""
    onnx = require_module("onnx")
    node, proto = onnx.helper.make_node, onnx.TensorProto
    filled = {
        name: onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in {
            "v": np.ones((1, 1, 3, 3), np.float32), "nan": np.float32("nan"), "one": np.ones(1, np.float32),
            "far": np.array([1, 1, 1e9, 1e9], np.float32), "infinite": np.array([1, 1, np.inf, 2], np.float32),
            "large": np.array([10**6] * 4), "pads": np.array([0, 10**12, 10**12, 0] * 2), "dims": np.ones(10**6, int),
        }.items()
    }  # fmt: skip
    stride = 10**9

    def doubled(kind: str, count: int, **more: Any) -> list[Any]:
        names = ["x", *(f"a{at}" for at in range(count)), "y"]
        return [node(kind, [before, before], [after], **more) for before, after in pairwise(names)]

    def of(name: str, *single: Any) -> tuple[list[Any], list[Any]]:
        return list(single), [filled[name]]

    return {
        "a huge kernel without numbers": (
            [node("Conv", ["x", "u"], ["y"])], [proto(name="u", data_type=1, dims=[10**9, 1, 10**9, 10**9])]
        ),
        "a negative kernel": ([node("Conv", ["x", "u"], ["y"])], [proto(name="u", data_type=1, dims=[1, 1, -3, 3])]),
        "fewer bytes": (
            [node("Conv", ["x", "u"], ["y"])], [proto(name="u", data_type=1, dims=[1, 1, 3, 3], raw_data=b"12")]
        ),
        "an unknown type": (
            [node("Conv", ["x", "u"], ["y"])], [proto(name="u", data_type=99, dims=[1, 1, 3, 3])]
        ),
        "one name twice": ([node("Conv", ["x", "v"], ["y"])], [filled["v"], filled["v"]]),
        "one output twice": ([node("Relu", ["x"], ["y"]), node("Tanh", ["x"], ["y"])], []),
        "a long name": of("v", node("Conv", ["x", "v"], ["y"], name="n" * 10**6)),
        "a name that is code": of("v", node("Conv", ["x", "v"], ["y"], name="\\input{a}<script>\x1b[2J\u202e\n")),
        "resized to billions": of("far", node("Resize", ["x", "", "far"], ["y"], mode="linear")),
        "resized without end": of("infinite", node("Resize", ["x", "", "infinite"], ["y"])),
        "padded by billions": of("pads", node("Pad", ["x", "pads"], ["y"])),
        "clipped at what is not a number": of("nan", node("Clip", ["x", "nan"], ["y"])),
        "numbers that are none": of("nan", node("Mul", ["x", "nan"], ["y"])),
        "an epsilon that is not a number": of(
            "one", node("BatchNormalization", ["x", *["one"] * 4], ["y"], epsilon=float("nan"))
        ),
        "a constant of quintillions": of(
            "large", node("ConstantOfShape", ["large"], ["c"]), node("Add", ["x", "c"], ["y"])
        ),
        "a million dimensions": of("dims", node("Reshape", ["x", "dims"], ["y"])),
        "strides of billions": of("v", node("ConvTranspose", ["x", "v"], ["y"], strides=[stride, stride])),
        "dilated by quintillions": of("v", node("Conv", ["x", "v"], ["y"], dilations=[2**62] * 2, pads=[2**62] * 4)),
        "doubled 200 times": (doubled("Concat", 199, axis=1), []),
        "squared 60 times": (doubled("Mul", 59), []),
        "thousands of copies": ([node("Concat", ["x"] * 5000, ["y"], axis=1)], []),
        "thousands of nodes": (
            [node("Relu", [f"a{at}" if at else "x"], [f"a{at + 1}"]) for at in range(4000)]
            + [node("Relu", ["a4000"], ["y"])], [],
        ),
    }  # fmt: skip


def attacking(name: str, folder: Path) -> Path:
    nodes, initializers = attacks()[name]
    model = onnx_model(*nodes)
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    file = folder / f"{sum(map(ord, name))}.onnx"
    file.write_bytes(model.SerializeToString())
    return file


@pytest.mark.slow
def test_what_asks_for_too_much_stays_in_bounds(tmp_path: Path) -> None:
    """All in one process: memory in kilobytes is under 400 MB at the end."""
    said = in_bounds(*(attacking(name, tmp_path) for name in attacks()))
    assert int(said.splitlines()[-1]) < 400_000 and "\x1b" not in said and "\u202e" not in said


@pytest.mark.parametrize("name", ["one name twice", "a long name", "resized to billions", "fewer bytes"])
def test_what_asks_for_too_much_is_an_error_or_a_row(name: str, tmp_path: Path) -> None:
    require_module("onnx")
    file = attacking(name, tmp_path)
    if name in ("one name twice", "a long name"):
        with pytest.raises(SymconvError, match=r"two with this name|1,000,000 characters"):
            read_model(str(file))
    else:
        model = read_model(str(file))
        assert str(model) and model.prove().holds
    if name == "fewer bytes":
        with pytest.raises(SymconvError, match="cannot be read"):
            model.network.numbers["w1"]


def test_weights_of_keras_that_unpack_to_more(tmp_path: Path) -> None:
    """A data set of zeros, packed within HDF5; and one that is packed by the zip."""
    h5py = require_module("h5py")
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1]}},
        {"class_name": "Conv2D", "config": {"name": "c", "filters": 1, "kernel_size": [3, 3], "use_bias": False}},
    ]  # fmt: skip
    config = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})
    packed = BytesIO()
    with h5py.File(packed, "w") as opened:
        opened.create_dataset(
            "layers/conv2d/vars/0", shape=(10**6, 10**6), dtype="f4", chunks=(100, 100), compression="gzip"
        )
    for weights, wrong in ((packed.getvalue(), "more numbers than the file"), (bytes(70 << 20), "unpacks to more")):
        file = tmp_path / "model.keras"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", weights)
        with pytest.raises(SymconvError, match=wrong):
            read_model(str(file)).network.numbers["w1"]


def test_cycles() -> None:
    from symconv import from_onnx

    node = require_module("onnx").helper.make_node
    with pytest.raises(SymconvError, match="cycle or is not in order"):
        from_onnx(onnx_model(node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])))
    relu = {
        name: {"class_name": "ReLU", "config": {"name": name}, "inbound_nodes": [[[source, 0, 0, {}]]]}
        for name, source in (("a", "b"), ("b", "a"))
    }
    entry = {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 3]}, "inbound_nodes": []}
    config = {"layers": [entry, relu["a"], relu["b"]], "output_layers": [["a", 0, 0]]}
    with pytest.raises(SymconvError, match="in a cycle"):
        from_keras({"class_name": "Functional", "config": config})


ATTRIBUTES = [
    ("strides", [0, 0]), ("strides", [-1, 1]), ("strides", [1, 1, 1]), ("group", 0), ("group", 7), ("pads", [1]),
    ("pads", [-5] * 4), ("kernel_shape", [3, 3]), ("auto_pad", "EVIL"), ("dilations", [10**12, 1]), ("group", "x"),
    ("strides", "ab"), ("strides", 1.5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ATTRIBUTES, ids=str)
def test_attributes_that_do_not_fit(name: str, value: Any) -> None:
    from symconv import from_onnx

    node = require_module("onnx").helper.make_node
    found = from_onnx(onnx_model(node("Conv", ["x", "w"], ["y"], **{name: value})))
    assert isinstance(found, Model) and found.unread["y"]


CONFIGS: list[dict[str, Any]] = [
    {}, {"filters": "x", "kernel_size": [3, 3]}, {"filters": -1, "kernel_size": 3}, {"filters": 3.0, "kernel_size": 3},
    {"filters": 3, "kernel_size": [0, 0]}, {"filters": 3, "kernel_size": [3, 3], "padding": 5},
    {"filters": True, "kernel_size": [3, 3]}, {"filters": 3, "kernel_size": [3, 3], "groups": 2},
    {"filters": 3, "kernel_size": [99, 3]}, {"filters": 3, "kernel_size": [3, 3], "activation": {"a": 1}},
    {"filters": 3, "kernel_size": [3, 3], "activation": "q"},
]  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_configurations_that_do_not_fit(config: dict[str, Any]) -> None:
    entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3]}}
    layers = [entry, {"class_name": "Conv2D", "config": config}]
    found = from_keras({"class_name": "Sequential", "config": {"layers": layers}})
    assert isinstance(found, Model) and all(found.unread.values())


def recursive() -> Any:
    model: Any = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 3]}},
    ]}}  # fmt: skip
    model["config"]["layers"].append(model)
    return model


@pytest.mark.parametrize(
    "given",
    [
        {"class_name": "Sequential"}, {"class_name": "Sequential", "config": {"layers": 5}},
        {"class_name": "Sequential", "config": {"layers": [5]}}, {"class_name": "Own", "config": {}}, {}, 5, None, "{",
        '{"a":' * 100_000, '{"a": [1' + "0" * 5000 + "]}", "no such.keras", "[]", recursive(),
        {"class_name": "Functional", "config": {"layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 3]}, "inbound_nodes": 5},
        ]}},
    ],
    ids=lambda given: str(given)[:40],
)  # fmt: skip
def test_descriptions_that_are_none(given: Any) -> None:
    with pytest.raises(SymconvError):
        from_keras(given)


def test_zips_that_are_not_models(tmp_path: Path) -> None:
    file = tmp_path / "model.keras"
    for write in (
        lambda archive: [archive.writestr(f"{number}", "") for number in range(1500)],
        lambda archive: archive.writestr("../config.json", "{}"),
        lambda archive: archive.writestr("config.json", "{}", zipfile.ZIP_BZIP2),
    ):
        with zipfile.ZipFile(file, "w") as archive:
            write(archive)
        with pytest.raises(SymconvError):
            from_keras(file)
    file.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(SymconvError, match="not a file of Keras"):
        from_keras(file)
