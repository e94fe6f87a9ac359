"""check_code: functions that are right are proved, wrong ones never are, and the mistake is named."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symconv import Conv, MaxPool, probe_code, prove_code
from symconv.errors import ArgumentsError, SymbolicShapeError, SymconvError
from symconv.programs.exact import Entry, fraction_of
from symconv.programs.run import check_code
from tests.programs.layers_in_code import BACKWARD, FORWARD, function_of, mutants, plain_backward, plain_forward
from tests.tools import parts

GRADIENTS = ("grad_input", "grad_weight", "grad_bias")
LAYERS = [
    Conv((4, 5), (2, 3), in_channels=2, out_channels=3, stride=1, padding=1, batch_size=2, bias=True),
    Conv((5, 4), (3, 2), in_channels=1, out_channels=2, stride=2, padding=0, batch_size=1, bias=True),
]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", FORWARD)
def test_a_right_forward_pass_is_proved_at_its_shape(name, layer):
    report = check_code(function_of(FORWARD[name]), layer)
    assert report, str(report)
    assert report.decided_by == "running" and "all values" in report.scope


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", BACKWARD)
def test_a_right_backward_pass_is_proved_at_its_shape(name, layer):
    report = check_code(function_of(BACKWARD[name]), layer, of=GRADIENTS)
    assert report, str(report)
    assert [part.of for part in report.parts] == list(GRADIENTS)


def _numbers(layer, seed):
    generator = np.random.default_rng(seed)
    shapes = (layer.input_shape, layer.weight_shape, layer.bias_shape, layer.output_shape)
    return [generator.integers(-50, 50, tuple(map(int, shape))) for shape in shapes]


def _is_right(source, layer, forward):
    """By plain loops, in three draws; None if it raises."""
    stride, pad = int(layer.stride[0]), int(layer.padding[0])
    for seed in range(3):
        x, w, b, g = _numbers(layer, seed)
        names = {"b": b, "bias": b, "x": x, "w": w, "g": g, "dout": g, "stride": stride, "pad": pad}
        names["conv_param"] = {"stride": stride, "pad": pad}
        names["cache"] = (x, w, b, names["conv_param"])
        function = function_of(source)
        arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
        floats = {n: v.astype(float) if isinstance(v, np.ndarray) else v for n, v in names.items()}
        floats["cache"] = (*(v.astype(float) for v in (x, w, b)), names["conv_param"])
        try:
            with np.errstate(all="ignore"):
                got = function(**{name: floats[name] for name in arguments})
        except Exception:
            return None
        right = (plain_forward(x, w, b, stride, pad),) if forward else plain_backward(x, w, g, stride, pad)
        got = got if isinstance(got, tuple) else (got,)
        for one, other in zip(got, right):
            if np.shape(one) != other.shape or not np.array_equal(one, other):
                return False
    return True


@pytest.mark.parametrize("part", parts(12, 1))
def test_no_mutant_that_gives_other_numbers_is_proved(part):
    generator = random.Random(part)
    layer = LAYERS[part % 2]
    wrong = 0
    for forward, sources in ((True, FORWARD), (False, BACKWARD)):
        for source in sources.values():
            written = sorted(set(mutants(source)))
            for mutant in generator.sample(written, 10):
                is_right = _is_right(mutant, layer, forward)
                try:
                    with np.errstate(all="ignore"):
                        report = check_code(function_of(mutant), layer, of="output" if forward else GRADIENTS)
                except ArgumentsError:  # it does not take its cache apart
                    assert is_right is None
                    continue
                assert bool(report) == (is_right is True) or report.status == "not judged", mutant + str(report)
                wrong += not is_right
    assert wrong > 40


# -- what is said --------------------------------------------------------------------------------------


def smooth(x, w, stride):
    out = np.zeros((x.shape[1] - w.shape[2]) // stride + 1)
    for i in range(len(out)):
        out[i] = sum(w[0, 0, k] * x[0, i + k] for k in range(w.shape[2]))
    return out


def test_the_mistake_the_numbers_and_the_entry_are_said():
    report = check_code(smooth, Conv(7, 3, stride=2))
    assert report.status == "refuted" and report.mistake == "the stride is left out"
    witness = report.witness
    x, w = np.zeros((1, 7)), np.zeros((1, 1, 3))
    for (name, index), value in witness.values.items():
        (x if name == "X" else w)[(0, *index) if name == "X" else (0, 0, *index)] = value
    assert smooth(x, w, 2)[witness.index["i"]] == witness.right
    assert plain_forward(x[:, :, None][None], w[..., None], [0], 2, 0)[0, 0, witness.index["i"], 0] == witness.left
    assert "because: the stride is left out" in str(report)
    assert "axes of one element" in str(report)
    assert len(repr(report)) < 400 and report.to_dict()["mistake"] == report.mistake
    assert "<table>" in report._repr_html_()


WRONG = {
    "the padding is not removed": (lambda g, w: np.convolve(g[0], w[0, 0])[None], "grad_input", Conv(4, 3, padding=1)),
    "the kernel is read forwards, not flipped": (
        lambda x, w: np.correlate(x[0], w[0, 0], "valid")[None], "output", Conv(5, 2, flip=True),
    ),
    "the result is divided by the number of positions": (
        lambda x, g: np.array([(x[0, k : k + 4] * g[0]).mean() for k in (0, 1)])[None, None], "grad_weight", Conv(5, 2),
    ),
    "the result is divided by the batch size": (lambda g: g.mean(0).sum(-1), "grad_bias",
                                                Conv(4, 3, batch_size=3, bias=True)),
    "the bias is left out": (lambda x, w, b: np.correlate(x[0], w[0, 0])[None], "output", Conv(5, 2, bias=True)),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_usual_mistakes_are_named(words):
    function, of, layer = WRONG[words]
    assert check_code(function, layer, of=of).mistake == words


def test_an_overwritten_gradient_is_named():
    def backward(g, w, x):
        dx = np.zeros_like(x)
        for i in range(g.shape[1]):
            dx[0, i : i + 3] = w[0, 0] * g[0, i]
        return dx

    report = check_code(backward, Conv(6, 3), of="grad_input")
    assert report.status == "refuted" and "overwritten" in report.mistake


# -- what cannot be followed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, w: np.maximum(np.correlate(x[0], w[0, 0]), 0)[None], "decides by the values"),
        (lambda x, w: np.correlate(x[0], w[0, 0])[None] if x[0, 0] != 0 else x, "decides by the values"),
        (lambda x, w: np.correlate(x[0], w[0, 0]).astype(int)[None], "rounds its data"),
        (lambda x, w: np.correlate(x[0] / abs(w).sum(), w[0, 0])[None], "decides by the values"),
        (lambda x, w: np.exp(np.correlate(x[0], w[0, 0]))[None], "cannot be followed"),
        (lambda x, w: np.correlate(x[0], w[0, 0])[None] / w[0, 0, 0], "divides by its data"),
    ],
)
def test_code_that_looks_at_its_data_is_not_judged(function, words):
    report = check_code(function, Conv(5, 2))
    assert report.status == "not judged" and not report and words in str(report).replace("\n", " ")


def test_a_refusal_that_the_code_catches_counts():
    def correlate(x, w):
        try:
            if x[0, 0] > 100:
                return x * 0
        except TypeError:
            pass
        return np.correlate(x[0], w[0, 0])[None]

    assert check_code(correlate, Conv(5, 2)).status == "not judged"


def test_code_that_asks_for_the_type_of_its_numbers_is_not_judged():
    def correlate(x, w):
        result = np.correlate(x[0], w[0, 0])[None]
        return result if x.dtype == object else result * 2

    assert check_code(correlate, Conv(5, 2)).status == "not judged"


def test_a_buffer_of_whole_numbers_is_not_taken_for_one_of_floats():
    def correlate(x, w):
        out = np.zeros((1, 4), dtype=int)
        out[0] = np.correlate(x[0], w[0, 0])
        return out

    assert check_code(correlate, Conv(5, 2)).status == "not judged"


def test_an_entry_that_is_never_set_or_used_before_refutes():
    def never(x, w):
        out = np.empty((1, 4))
        out[0, :3] = np.correlate(x[0], w[0, 0])[:3]
        return out

    def before(x, w):
        out = np.empty((1, 4))
        out += np.correlate(x[0], w[0, 0])[None]
        return out

    for function, words in ((never, "never set"), (before, "used before it is set")):
        report = check_code(function, Conv(5, 2))
        assert report.status == "refuted" and words in str(report)


def test_memory_outside_of_an_array_is_never_read():
    def strided(x, w):
        windows = np.lib.stride_tricks.as_strided(x, (5, 2), (x.strides[1], x.strides[1]))
        return (windows @ w[0, 0])[None, :4]

    report = check_code(strided, Conv(5, 2))
    assert report.status == "refuted" and "outside the memory" in str(report)


def test_code_that_raises_is_refuted_at_its_line():
    def short(x, w):
        out = np.zeros((1, 3))
        for i in range(4):
            out[0, i] = (x[0, i : i + 2] * w[0, 0]).sum()
        return out

    report = check_code(short, Conv(5, 2))
    assert report.status == "refuted" and "IndexError" in str(report)
    assert report.line == short.__code__.co_firstlineno + 3


def test_methods_helpers_layouts_and_functions_of_other_names():
    class Correlation:
        def __init__(self):
            self.W = np.zeros((2, 1, 1))

        def __call__(self, a):
            return self.forward(a)

        def forward(self, a):
            return _windows(a, len(self.W)) @ self.W[:, 0, :]

    layer = Conv(5, 2)
    layouts = {"input": "WC", "output": "WC"}
    report = check_code(Correlation().forward, layer, arguments={"a": "input", "self.W": "weight:WIO"}, layouts=layouts)
    assert report, str(report)


def _windows(a, count):
    return np.stack([a[i : i + count, 0] for i in range(len(a) - count + 1)])


def test_results_by_name_and_parameters_that_are_written_into():
    def into(x, w, out):
        out[0] = np.correlate(x[0], w[0, 0])

    def named(x, w):
        return {"y": np.correlate(x[0], w[0, 0])[None], "others": None}

    layer = Conv(5, 2)
    assert check_code(named, layer, of={"y": "output"})
    assert check_code(into, layer, of={"out": "output"}, arguments={"out": "output"})


def test_a_general_layer_is_refused():
    with pytest.raises(SymbolicShapeError):
        check_code(smooth, Conv.general(1))


def test_what_is_not_a_layer_or_not_linear_is_refused():
    for way in (check_code, probe_code, prove_code):
        with pytest.raises(SymconvError, match="not a layer"):
            way(smooth, 3)
    for way in (check_code, probe_code):
        with pytest.raises(ArgumentsError, match="not linear"):
            way(lambda x: x, MaxPool(4, 2))
        with pytest.raises(ArgumentsError, match="layouts"):
            way(smooth, Conv(7, 3), layouts=["NHWC"])


def test_the_function_and_numpy_stay_as_they_are():
    before = dict(vars(np))
    source = FORWARD["naive"]
    function = function_of(source)
    check_code(function, LAYERS[0])
    assert all(vars(np)[name] is value for name, value in before.items())
    assert function.__globals__["np"] is np


@pytest.mark.parametrize("value", [0.1, 1 / 3, 2.5, 1e-30, -7 / 9, 1e300, 123456.789])
def test_a_float_is_a_fraction_that_rounds_to_it(value):
    assert float(fraction_of(value)) == value


def test_entries_are_polynomials():
    generator = random.Random(3)
    x, y, z = (Entry({(at,): 1}) for at in range(3))
    for _ in range(200):
        a, b, c = (generator.randint(-9, 9) for _ in range(3))
        p, q, r = generator.randint(-3, 3), generator.randint(1, 4), generator.randint(-3, 3)
        made = (p * x + y / q - z * r) * (x - y) ** 2 - -x + 3
        assert made.value({0: a, 1: b, 2: c}) * q == ((p * a - c * r) * q + b) * (a - b) ** 2 + (a + 3) * q
