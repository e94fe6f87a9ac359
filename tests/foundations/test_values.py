"""Public objects survive pickle, copy and another process: they stay equal, and answer the same."""

from __future__ import annotations

import copy
import importlib
import inspect
import multiprocessing
import os
import pickle
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symconv
from symconv import (
    D4,
    Activation,
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    AvgPool,
    BatchGroupedConv,
    BatchNorm,
    BilinearAlgorithm,
    ChannelPermutations,
    CodeReport,
    Concat,
    Conv,
    ConvTranspose,
    DocumentReport,
    Dropout,
    Flatten,
    Fold,
    GenericLoss,
    Graph,
    GroupNorm,
    InstanceNorm,
    Interpolate,
    Intertwiner,
    LayerNorm,
    Linear,
    LogSoftmax,
    MatMul,
    MaxPool,
    Multiply,
    Notation,
    NotesStyle,
    Pad,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    PReLU,
    Reflections,
    Rescaling,
    Reshape,
    Rotations,
    Scale,
    Sequential,
    Shift,
    Shifts,
    Slice,
    Softmax,
    SymconvError,
    TensorFormula,
    Unfold,
    Upsample,
    ZeroInsertion,
    check,
    check_document,
    exercises,
    figures_of,
    flattened_linear_is_convolution,
    from_keras,
    linear_is_convolution,
    pointwise_convolution_is_linear,
    prove,
    prove_code,
    prove_equal,
    sgd_step,
    solve_sharing,
    spot_check,
    sweep,
    view_of,
)  # fmt: skip
from symconv.algebra.polynomial import Polynomial
from symconv.derivatives import formula_of
from symconv.figures import animated_window, reads
from symconv.foundations.values import FrozenMapping, Value
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks.modules import Module
from symconv.programs.edits import edits_of
from symconv.symmetries import MapShape
from symconv.verify import Rejected
from symconv.views import View
from tests.tools import parts, thinned

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
n = sp.Symbol("n", integer=True, positive=True)

LAYERS: dict[str, Callable[[], Layer]] = {
    "conv": lambda: Conv(3, 2),
    "conv with everything": lambda: Conv(
        (4, 4), (2, 2), in_channels=2, out_channels=2, groups=2, bias=True, stride=2, padding=1, batch_size=2,
        notation=Notation(weight="W", index_base=0),
    ),
    "flipped conv": lambda: Conv(4, 2, flip=True, input_dilation=2, dilation=2),
    "general conv": lambda: Conv.general(2),
    "general groups": lambda: Conv.general(1, groups=sp.Symbol("G", integer=True, positive=True)),
    "conv of n": lambda: Conv(2 * n + 1, n, stride=2),
    "same": lambda: Conv(n, sp.Symbol("K"), padding="same"),
    "reflect": lambda: Conv.general(1, padding_mode="reflect"),
    "circular": lambda: Conv(4, 3, padding=1, padding_mode="circular"),
    "transposed": lambda: ConvTranspose(3, 2, stride=2, padding=1),
    "general transposed": lambda: ConvTranspose.general(1),
    "average": lambda: AvgPool(4, 2),
    "average of what is there": lambda: AvgPool(3, 2, padding=1, count_include_pad=False),
    "general average": lambda: AvgPool.general(1),
    "max": lambda: MaxPool(4, 2),
    "unfold": lambda: Unfold(3, 2),
    "fold": lambda: Fold(3, 2),
    "upsample": lambda: Upsample(2, 2),
    "zeros": lambda: ZeroInsertion(3, 2),
    "adaptive": lambda: AdaptiveAvgPool(5, 2),
    "adaptive maximum": lambda: AdaptiveMaxPool(5, 2),
    "groups of examples": lambda: BatchGroupedConv(4, 2, out_channels=2, batch_size=2, batch_group_count=2),
    "pad": lambda: Pad(3, 1, padding_mode="reflect"),
    "interpolate": lambda: Interpolate(3, size=5, mode="linear"),
    "pixel shuffle": lambda: PixelShuffle((2, 2), 2),
    "pixel unshuffle": lambda: PixelUnshuffle((4, 4), 2),
}  # fmt: skip


def network(loss: Any = "cross_entropy") -> Sequential:
    return Sequential(
        Conv(3, 2, padding=1), Activation("relu"), MaxPool.lazy(kernel_size=2), Flatten(), Linear.lazy(out_features=2),
        BatchNorm(), loss=loss, batch_size=2, views={1: "patches"},
    )  # fmt: skip


def graph() -> Graph:
    return Graph(
        {
            "conv": Conv.lazy(kernel_size=3, out_channels=2, padding=1), "norm": GroupNorm(1), "drop": Dropout(),
            "gate": (Multiply(), "drop", "norm"), "add": (Add(), "gate", "input"), "layer": LayerNorm((3,)),
            "instance": (InstanceNorm(), "add"), "both": (Concat(), "layer", "instance"),
            "softmax": Softmax(),
        },
        input_shape=(2, 3), batch_size=2,
    )  # fmt: skip


def rearranged() -> Sequential:
    return Sequential(
        Rescaling(Fraction(1, 2), 1), Slice(1, 0, 4), Permute((1, 0)), Reshape((2, 4)), PReLU(), Scale((2, 1)),
        Shift((2, 1)), LogSoftmax(axis=1), input_shape=(2, 5),
    )  # fmt: skip


def wrong_algorithm() -> BilinearAlgorithm:
    """Winograd's with one entry of C changed."""
    right = BilinearAlgorithm.winograd(2, 3)
    changed = right.C.as_mutable()
    changed[0, 0] += 1
    return BilinearAlgorithm(changed, right.A, right.B)


def half_read() -> Any:
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4, 4, 1]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 2, "kernel_size": [3, 3]}},
        {"class_name": "Lambda", "config": {"name": "own"}},
    ]
    return from_keras({"class_name": "Sequential", "config": {"name": "model", "layers": layers}})


def letters() -> Sequential:
    return Sequential(Conv(2 * n, 2), Activation("f"), AvgPool.lazy(kernel_size=2), loss="mse")


def step(schedule: str = "summed", **options: Any) -> Step:
    return sgd_step(Conv(3, 2, bias=True), options.pop("loss", "squared"), schedule=schedule, **options)


def document() -> DocumentReport:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "lecture.md")
        path.write_text("<!-- symconv: Conv(n, K) -->\n$h_i = \\sum_k w_k x_{i+k}$\n", encoding="utf-8")
        results = tuple(replace(one, path="lecture.md") for one in check_document(path).results)
        return DocumentReport("lecture.md", results)


FUNCTION = """
def forward(x, w):
    return np.array([[x[0, i:i + 2] @ w[0, 0, ::-1] for i in range(x.shape[1] - 1)]])
"""


def code() -> CodeReport:
    report = prove_code(FUNCTION, Conv(n, 2))
    assert report.status == "refuted"
    return report


OBJECTS: dict[str, Callable[[], Any]] = {
    "sweep": lambda: sweep([Conv(3, 2)], "prove"),
    **LAYERS,
    "checked document": document,
    "formula of a document": lambda: document().results[0],
    **{f"proof of {name}": lambda made=made: prove(made()) for name, made in LAYERS.items()},
    **{f"output of {name}": lambda made=made: made().direct.output for name, made in LAYERS.items()},
    "direct": lambda: Conv(3, 2).direct,
    "fully connected": lambda: Conv(3, 2).fully_connected,
    "patches": lambda: Conv(3, 2).patches,
    "locally connected": lambda: Conv(3, 2).locally_connected,
    "winograd": lambda: Conv(3, 2).winograd(2),
    **{
        name: lambda name=name: getattr(Conv(3, 2), name)
        for name in ("im2col", "fft", "kn2row", "circulant", "polyphase", "karatsuba", "adjoint")
    },
    "adjoint of pooling": lambda: AvgPool(4, 2).adjoint,
    "catalogue": lambda: symconv.identities,
    "identity": lambda: symconv.identities["a convolution commutes"],
    "proof of an identity": lambda: symconv.identities["a convolution commutes"].prove(),
    "statement of an identity": lambda: symconv.identities["a convolution commutes"].prove().statements[0],
    "views": lambda: Conv.general(1).views,
    "stage": lambda: Conv(3, 2).patches.stages()[0],
    "gradient": lambda: Conv(3, 2).patches.grad_input,
    "jacobian": lambda: Conv.general(1).direct.jacobian("weight"),
    "lazy": lambda: Conv.lazy(kernel_size=5, out_channels=6, padding=((1, 2),)),
    "theorem": lambda: prove(Conv.general(1)).theorems[0],
    "line of a proof": lambda: prove(Conv.general(1)).theorems[0].steps[0],
    "proved": lambda: prove_equal(Conv(3, 2).direct.output, Conv(3, 2).patches.output),
    "refuted": lambda: prove_equal(Conv(n, 2).direct.output, 2 * Conv(n, 2).direct.output.formula.rhs),
    "witness": lambda: prove_equal(Conv(3, 2).direct.output, 2 * Conv(3, 2).direct.output.formula.rhs).witness,
    "right claim": lambda: check(Conv(3, 2), "X1*w1 + X2*w2, X2*w1 + X3*w2"),
    "wrong entry": lambda: check(Conv(3, 2), ["X1*w1 + X2*w2", "X2*w1 + X3*w3"]),
    "wrong formula": lambda: check(Conv(n, 2, dilation=2), r"\sum_k w_k X_{i+k}"),
    "wrong shape": lambda: check(Conv(3, 2), sp.Matrix(2, 3, sp.symbols("w1 w2 w1 w2 w1 w2")), "matrix"),
    "wrong constraints": lambda: check(Conv(3, 2), "v31 = v12 = 0", "constraints"),
    "spot check": lambda: spot_check(Conv(3, 2), trials=1),
    "report on a function": code,
    "view from a function": lambda: view_of(FUNCTION, Conv(n, 2), arguments={"x": "input", "w": "weight"}),
    "sharing": lambda: solve_sharing(Conv(3, 2, padding=1)),
    "general sharing": lambda: solve_sharing(Conv.general(1)),
    "equivariant sharing": lambda: solve_sharing(Conv((3, 3), (2, 2)), symmetry=("shifts", "D4")),
    "a layer that commutes": lambda: solve_sharing(Conv(3, 2), symmetry="reflections").of_layer,  # type: ignore[union-attr]
    "equations": lambda: solve_sharing(Conv(3, 2), symmetry="reflections").solution,  # type: ignore[union-attr]
    "equivariance": lambda: solve_sharing(Conv.general(1), symmetry="shifts"),
    "shape of a map": lambda: MapShape(1, (3,), 1, (2,)),
    "shifts": lambda: Shifts("circular", stride=(1, 2)),
    "reflections": lambda: Reflections(axis=1),
    "rotations": lambda: Rotations(outputs="regular"),
    "square": lambda: D4(outputs="sign"),
    "permutations": lambda: ChannelPermutations(outputs=False),
    "two matrices": lambda: Intertwiner([[0, 1], [1, 0]], [[1]]),
    "symmetries": lambda: Shifts() & D4(),
    "generator": lambda: next(Shifts().generators(MapShape(1, (3,), 1, (2,)))),
    "linear generator": lambda: next(Intertwiner([[2]], [[2]]).generators(MapShape(1, (1,), 1, (1,)))),
    "network": network,
    "network with letters": letters,
    "graph": graph,
    "rearranged": rearranged,
    "algorithm": lambda: BilinearAlgorithm.winograd(2, 3),
    "theorem of an algorithm": lambda: BilinearAlgorithm.winograd(2, 3).theorems[0],
    "wrong value of an algorithm": lambda: wrong_algorithm().wrong[0],
    "wrong entry of an algorithm": lambda: wrong_algorithm().wrong_entries[0],
    "own formula": lambda: formula_of("y[i] = sum(k, tanh(w[k])*x[i + k])"),
    "second derivative": lambda: symconv.differentiate("y[i] = sum(k, w[k]^2*x[floor((i + k)/2)])", "w", "x"),
    "derivative of a gradient": lambda: symconv.differentiate(Conv.general(1).direct.grad_weight, "X"),
    "hessian": lambda: symconv.hessian(Conv.general(1), "weight", "input"),
    "block of a network": lambda: symconv.hessian(letters(), "w1"),
    "fisher": lambda: symconv.fisher(Conv(4, 2, batch_size=n)),
    "products with a vector": lambda: symconv.hessian_vector_product(letters()),
    "factors": lambda: symconv.kfac(Conv(4, 2, batch_size=n)),
    "proof of factors": lambda: symconv.kfac(Conv(4, 2)).prove(),
    "statement on factors": lambda: symconv.kfac(Conv(4, 2)).prove().statements[0],
    "double backward": lambda: symconv.double_backward(Conv(4, 2)),
    "model": half_read,
    "change of a text": lambda: edits_of(FUNCTION, "forward")[0],
    "network of squares": lambda: network("squared"),
    "network with a free loss": lambda: network(GenericLoss()),
    "network without a loss": lambda: network(None),
    "part of a network": lambda: network().parts[0],
    "activation of a network": lambda: network().parts[1],
    "loss of a network": lambda: network().loss_part,
    "normalisation": lambda: network().parts[5],
    "gradients of a network": lambda: network().gradients,
    "gradient of a network": lambda: letters().gradients["w1"],
    "back-propagation": lambda: letters().backward,
    "proof of a network": lambda: network("squared").prove(),
    "spot check of a network": lambda: network().spot_check(trials=1),
    "summed step": step,
    "mean step": lambda: step("mean", momentum=sp.Symbol("mu"), weight_decay=1),
    "sequential step": lambda: step("sequential"),
    "general step": lambda: sgd_step(Conv.general(1), "generic", schedule="mean"),
    "step of cross-entropy": lambda: step(loss="cross_entropy"),
    "new weights": lambda: step("mean").weight,
    "difference of steps": lambda: step("sequential").difference(),
    "proof of a step": lambda: step().prove(),
    "refutation of a step": lambda: step().prove_unshared(),
    "spot check of a step": lambda: step().spot_check(trials=1),
    "linear is a convolution": lambda: linear_is_convolution(1),
    "flattened linear is a convolution": lambda: flattened_linear_is_convolution(1),
    "pointwise convolution is linear": lambda: pointwise_convolution_is_linear(1),
    "exercises": lambda: exercises(Conv(4, 2), 3),
    "exercises in German": lambda: exercises(Conv(4, 2, padding=1), 2, language="de"),
    "exercise": lambda: exercises(Conv(4, 2), 3)[1],
    "mark": lambda: exercises(Conv(4, 2), 3).grade(1, "7"),
    "figures": lambda: figures_of(Conv(3, 2)),
    "figure": lambda: figures_of(Conv(3, 2))[1],
    "drawing": lambda: figures_of(Conv(3, 2))[0].drawing,
    "reads": lambda: reads(Conv(3, 2)),
    "animation": lambda: animated_window(Conv(3, 2)),
    "matrix product": lambda: Graph({"out": (MatMul(), "x_a", "x_b")}, input_shape={"x_a": (2, 3), "x_b": (3, 4)}),
    "notation": lambda: Notation(weight="W", bold=True),
    "style": lambda: NotesStyle(title="Notes", language="de"),
    "document": lambda: exercises(Conv(4, 2), 2).document(),
    "polynomial": lambda: Polynomial.name("s") * Polynomial.name("i") - 3,
    "form": lambda: Conv.general(1).direct.output.form,
    "assumptions": lambda: Conv.general(1).assumptions,
}  # fmt: skip

ASKED = (
    "latex", "unicode", "to_dict", "to_json", "sheet", "certificate", "to_rocq", "_repr_html_", "_repr_latex_",
    "_repr_svg_", "__len__",
)  # fmt: skip
SHOWN = (
    "formula", "shape", "explanation", "right", "summary", "statement", "holds", "passed", "input_shape",
    "output_shape", "output", "grad_input", "introduction", "symbol_names",
)  # fmt: skip


def answers(value: Any) -> dict[str, str]:
    """What the value says of itself, as text."""
    found = {"repr": repr(value), "str": str(value)}
    for name in (*ASKED, *SHOWN):
        if not isinstance(value, type) and hasattr(type(value), name):
            try:
                answer = getattr(value, name)
                found[name] = repr(answer() if name in ASKED else answer)
            except SymconvError as error:
                found[name] = str(error)
    if isinstance(value, Layer):
        found |= {view: str(one.output.formula) for view, one in value.views.items()}
    if isinstance(value, TensorFormula) and value.geometry.is_concrete:
        found["array"] = str(value.array())
    if isinstance(value, Step):
        found["weight"] = str(value.weight.formula)
    return found


def caches(value: Any) -> list[str]:
    """Names of cached properties that have been asked for."""
    known = getattr(value, "__dict__", {})
    return [name for name in known if isinstance(getattr(type(value), name, None), cached_property)]


MANY = ("proof of ", "output of ")
"""Of these there is one for every layer; the default tier has every sixth, and every third of the others."""


@pytest.mark.parametrize(
    "name",
    [
        *thinned((name for name in OBJECTS if not name.startswith(MANY)), 3),
        *thinned((name for name in OBJECTS if name.startswith(MANY)), 6),
    ],
)
def test_a_used_object_is_copied_whole(name: str) -> None:
    made = OBJECTS[name]()
    before = answers(made)
    copies = [pickle.loads(pickle.dumps(made, protocol)) for protocol in PROTOCOLS]
    copies += [copy.deepcopy(made), copy.copy(made)]
    for one in copies:
        assert one == made and hash(one) == hash(made)
        assert not isinstance(made, Value) or not caches(one)
    assert answers(copies[0]) == before
    assert answers(copies[-2]) == before
    assert answers(made) == before


def test_an_object_that_was_not_used_is_copied_too() -> None:
    for made in LAYERS.values():
        layer = made()
        assert pickle.loads(pickle.dumps(layer)) == copy.deepcopy(layer) == layer == made()


def test_what_was_asked_makes_no_difference() -> None:
    for made in (*LAYERS.values(), network, letters, step, lambda: Conv(3, 2).patches):
        asked, fresh = made(), made()
        answers(asked)
        assert asked == fresh and hash(asked) == hash(fresh)
        assert len(pickle.dumps(asked)) <= len(pickle.dumps(fresh)) + 3000


def test_different_objects_stay_different() -> None:
    made = [one() for one in (*LAYERS.values(), network, letters, step, lambda: step("mean"))]
    made += [Conv(3, 2).direct, Conv(3, 2).patches, Conv(4, 2).direct]
    made += [Conv(3, 2).direct.output, Conv(3, 2).direct.grad_input, Conv(4, 2).direct.output]
    made += [network("squared"), network().with_views("direct")]
    copies = pickle.loads(pickle.dumps(made))
    for at, one in enumerate(made):
        assert [one == other for other in copies] == [at == place for place in range(len(made))]


# -- completeness --------------------------------------------------------------------------------------


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(symconv.__path__, "symconv."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def below(kind: type) -> set[type]:
    return {kind}.union(*(below(one) for one in kind.__subclasses__() if one.__module__.startswith("symconv.")))


def test_every_public_class_is_among_the_objects() -> None:
    list(modules())
    objects = [made() for made in OBJECTS.values()]
    parts = [part for one in objects if isinstance(one, Graph) for part in (*one.given, one.loss)]
    known = {kind for one in (*objects, *parts) for kind in type(one).__mro__}
    known |= {type(row) for one in objects for row in getattr(one, "rows", ())}
    public = [getattr(module, name) for module in modules() for name in getattr(module, "__all__", ())]
    public += [*below(Layer), *below(Module), *below(View)]
    classes = {one for one in public if inspect.isclass(one) and not inspect.isabstract(one)}
    bases = {one for one in classes if one.__subclasses__()}
    errors = {one for one in classes if issubclass(one, SymconvError)}
    tables = {
        importlib.import_module("symconv.questions.kinds").Kind,
        importlib.import_module("symconv.sweeps").RayExecutor,
    }
    assert {one.__name__ for one in classes - known - bases - errors - tables} == set()
    for name in symconv.__all__:  # functions go by their name
        one = getattr(symconv, name)
        assert pickle.loads(pickle.dumps(one)) is one or isinstance(one, str)


def test_every_class_with_a_cached_property_leaves_it_out_of_its_state() -> None:
    """But writers of notes and figures, which live for one call."""
    for module in modules():
        for kind in vars(module).values():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__:
                continue
            cached = [name for name, one in inspect.getmembers(kind) if isinstance(one, cached_property)]
            passing = module.__name__.startswith("symconv.notes.")
            assert not cached or passing or "__getstate__" in dir(kind), kind


# -- errors --------------------------------------------------------------------------------------------

MORE: dict[str, tuple[Any, ...]] = {"ClaimError": ("the text", 3), "DescriptionError": (7, "net.yaml")}


def errors() -> list[SymconvError]:
    list(modules())
    return [kind("a", "b", "c", *MORE.get(kind.__name__, ())) for kind in sorted(below(SymconvError), key=str)]


def test_every_error_survives() -> None:
    assert len(errors()) > 10
    for error in (*errors(), Rejected("why", "direct", 3)):
        error.add_note("a note") if hasattr(error, "add_note") else None
        for one in (
            *(pickle.loads(pickle.dumps(error, protocol)) for protocol in PROTOCOLS),
            copy.copy(error),
            copy.deepcopy(error),
        ):
            assert type(one) is type(error) and one.args == error.args and vars(one) == vars(error)
            assert str(one) == str(error) and one is not error


def refuse(size: int) -> Layer:
    return Conv(size, 5)


def claim(text: str) -> Any:
    return check(Conv(3, 2), text)


def test_errors_and_reports_come_back_from_a_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(SymconvError, match="it spans 5 elements") as geometry:
            pool.apply_async(refuse, (3,)).get(120)
        assert geometry.value.right == "use a smaller kernel or dilation, or more padding"
        with pytest.raises(SymconvError) as wrong:
            pool.apply_async(claim, ("h1 = X1*w1 +",)).get(120)
        with pytest.raises(SymconvError) as here:
            claim("h1 = X1*w1 +")
        assert vars(wrong.value) == vars(here.value)
        report = pool.apply_async(claim, ("h1 = X1*w1 + X2*w1",)).get(120)
        assert str(report) == str(claim("h1 = X1*w1 + X2*w1")) and report.explanation == ("X2*w1 should be X2*w2",)


# -- another process, with other hashes ----------------------------------------------------------------


def compare(path: str) -> None:
    """In the other process: what comes in equals what is made here."""
    with open(path, "rb") as file:
        for name, (one, before) in pickle.load(file).items():
            made = OBJECTS[name]()
            assert one == made, name
            assert hash(one) == hash(made), name
            assert {one: 1}[made] == 1, name
            assert answers(one) == before, name


@pytest.mark.parametrize("part", parts(6, 0))
def test_hashes_are_made_anew_in_another_process(part: int, tmp_path: Path) -> None:
    """Hashes of text differ there; a hash that came along would be wrong."""
    slow = ("proof of ", "spot check of ")
    names = [name for name in OBJECTS if not name.startswith(slow) or name == "proof of reflect"]
    used = {name: OBJECTS[name]() for name in names[part::6]}
    for one in used.values():
        hash(one)
    path = tmp_path / "objects.pickle"
    path.write_bytes(pickle.dumps({name: (one, answers(one)) for name, one in used.items()}))
    program = f"from tests.foundations.test_values import compare; compare({str(path)!r})"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_frozen_mapping() -> None:
    mapping = FrozenMapping({"a": 1, "b": 2})
    assert mapping == {"b": 2, "a": 1} and hash(mapping) == hash(FrozenMapping({"b": 2, "a": 1}))
    assert list(mapping) == ["a", "b"] and len(mapping) == 2 and {**mapping} == {"a": 1, "b": 2}
    with pytest.raises(TypeError):
        mapping["a"] = 3  # type: ignore[index]
    with pytest.raises(KeyError):
        mapping["c"]


# -- frozen --------------------------------------------------------------------------------------------


def test_a_polynomial_refuses_assignment() -> None:
    """One polynomial is shared by everything in which its name occurs."""
    n = Polynomial.name("n")
    hash(n), n.names, n.is_primitive
    for name in ("terms", "_hash", "_names", "_primitive", "other"):
        with pytest.raises(AttributeError):
            setattr(n, name, ())
        with pytest.raises(AttributeError):
            delattr(n, name)
    assert Polynomial.name("n") is n and repr(n) == "n" and n == Polynomial([(("n",), 1)])
    assert type(n + 1) is type(Polynomial()) is type(copy.copy(n)) is Polynomial


FROZEN = {
    "layer": (lambda: Conv(3, 2), "G"),
    "view": (lambda: Conv(3, 2).direct, "schemes"),
    "network": (lambda: Sequential(Conv(3, 2)), "parts"),
    "part of a network": (lambda: Sequential(Conv(3, 2), Activation("relu")).parts[1].computation, "signal"),
    "setting": (lambda: Sequential(Activation("relu"), input_shape=(3,)).parts[0].computation.setting, "notation"),
    "formula": (lambda: Conv(3, 2).direct.output, "form"),
    "step": (lambda: sgd_step(Conv(3, 2)), "loss"),
}


@pytest.mark.parametrize("name", FROZEN)
def test_a_value_refuses_assignment(name: str) -> None:
    make, attribute = FROZEN[name]
    value = make()
    before = getattr(value, attribute)
    with pytest.raises(AttributeError):
        setattr(value, attribute, None)
    with pytest.raises(AttributeError):
        delattr(value, attribute)
    assert getattr(value, attribute) is before
    again = pickle.loads(pickle.dumps(value))
    with pytest.raises(AttributeError):
        setattr(again, attribute, None)


n, m, N = sp.symbols("n m N", integer=True, positive=True)
QUESTIONS = {
    "mean of squares": lambda: Sequential(Linear(n, m), loss="mse"),
    "cross-entropy": lambda: Sequential(Linear(n, m), loss="cross_entropy", batch_size=N),
    "batch normalisation": lambda: Sequential(BatchNorm(), loss="mse", input_shape=(n, m)),
    "convolution": lambda: Sequential(Conv.general(2), loss="mse", batch_size=N),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_asking_for_a_formula_changes_no_setting(name: str) -> None:
    net = QUESTIONS[name]()
    parts = [*(part.computation for part in net.parts), net.loss_part]
    before = [(p.setting.definitions, hash(p.setting), hash(p), dict(p.setting.fixed)) for p in parts]
    assert before[-1][0], "the loss has a factor D"
    _ = net.gradients, net.upstream, net.loss_formula, str(net.forward)
    assert [(p.setting.definitions, hash(p.setting), hash(p), dict(p.setting.fixed)) for p in parts] == before


@pytest.mark.parametrize("schedule", ["summed", "mean", "sequential"])
def test_asking_for_a_step_changes_no_setting(schedule: str) -> None:
    step = sgd_step(Conv.general(1), loss="mse", schedule=schedule)
    before = step.setting.definitions
    _ = step.weight, step.bias, step.error
    assert step.setting.definitions == before
    of_conv = step.layer.definitions
    _ = step.layer.direct.grad_input, str(step.layer.patches.output), step.layer.output_size
    assert step.layer.definitions == of_conv
