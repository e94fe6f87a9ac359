"""Ways of writing that published code has around its arithmetic: each right, and with a mistake that must be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code

C, F, H, W, K, L, N, s, d = sp.symbols("C F H W K KW N s d", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
LAYER = Conv((H, W), (K, L), in_channels=C, out_channels=F, stride=s, padding=p, bias=True, batch_size=N)
PLAIN = Conv((H, W), (K, L), in_channels=C, out_channels=F, bias=False)
LINE = Conv(H, K, in_channels=C, out_channels=F, stride=s, bias=False)

WINDOWS = """
    def forward(self, x):
        kh, kw = self.kernel_size
        x = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))
        n, c, h, w = x.shape
        oh, ow = (h - kh) // self.stride + 1, (w - kw) // self.stride + 1
        a, b, i, j = x.strides
        shape, steps = (n, oh, ow, c, kh, kw), (a, i * self.stride, j * self.stride, b, i, j)
        view = np.lib.stride_tricks.as_strided(x, shape=shape, strides=steps, writeable=False)
        return np.einsum("nijckl,fckl->nfij", view, WEIGHT, optimize=True) + BIAS
"""

CLASSES = {
    "the weights are made when the input's shape is known": (
        """
class Conv2D:
    def __init__(self, filters, kernel_size, stride=1, pad=0, initializer="he"):
        self.filters, self.kernel_size, self.stride, self.pad = filters, kernel_size, stride, pad
        self.params = {"W": None, "b": None}
        self.initializer = initializer

    def build(self, input_shape):
        kh, kw = self.kernel_size
        if self.initializer == "he":
            self.params["W"] = np.random.randn(self.filters, input_shape[1], kh, kw) * np.sqrt(2 / kh)
        else:
            self.params["W"] = np.random.randn(self.filters, input_shape[1], kh, kw)
        self.params["b"] = np.zeros((1, self.filters, 1, 1))
"""
        + WINDOWS.replace("WEIGHT", 'self.params["W"]').replace("BIAS", 'self.params["b"]'),
        ('self.params["b"]', '2 * self.params["b"]'),
    ),
    "a base class, a registry and a decorator that is not known": (
        """
import registry


class Layer:
    def __init__(self):
        self.cache = {}

    @registry.traced
    def __call__(self, x):
        return self.forward(x)


class Conv2D(Layer):
    def __init__(self, in_channels, out_channels, kernel_size=(3, 3), stride=1, pad=0, bias=True):
        super().__init__()
        self.kernel_size, self.stride, self.pad, self.use_bias = kernel_size, stride, pad, bool(bias)
        self.W = np.random.uniform(-1, 1, (out_channels, in_channels, *kernel_size))
        self.b = np.zeros((out_channels, 1)) if self.use_bias else None
"""
        + WINDOWS.replace("WEIGHT", "self.W").replace("BIAS", "self.b[:, None]"),
        ("b * self", "b * self"),
    ),
}


def method(path: Path, text: str, name: str = "Conv2D.forward") -> str:
    (path / "layers.py").write_text(f"import numpy as np\n{text}", encoding="utf-8")
    return f"{path / 'layers.py'}::{name}"


@pytest.mark.parametrize("name", CLASSES)
def test_classes(tmp_path: Path, name: str) -> None:
    text, (right, wrong) = CLASSES[name]
    assert prove_code(method(tmp_path, text), LAYER).status == "proved"
    changed = text.replace(f"+ {right}", f"+ {wrong}") if right != wrong else text.replace("j * self.stride, b", "j, b")
    assert changed != text
    assert prove_code(method(tmp_path, changed), LAYER).status in ("refuted", "proved except")


def test_a_cache_of_a_forward_pass_that_is_not_read_is_not_empty(tmp_path: Path) -> None:
    """What the pass puts into a dictionary that __init__ makes is not known: the key is not missing."""
    text = """
class Conv2D:
    def __init__(self):
        self.saved = {}

    def forward(self, x):
        self.saved["x"] = np.sqrt(x)

    def backward(self, dout):
        return self.saved["x"]
"""
    assert prove_code(method(tmp_path, text, "Conv2D.backward"), LAYER, of="grad_input").status == "not read"


DECORATED = """
import functools
{imports}


def twice(function):
    @functools.wraps(function)
    def inner(*args, **named):
        return {factor} * function(*args, **named)
    return inner


{name} = twice


@{name}
def forward(x, w):
    n = x.shape[1] - w.shape[2] + 1
    out = np.zeros((w.shape[0], n))
    for i in range(n):
        out[:, i] = (w * x[:, i:i + w.shape[2]]).sum(axis=(1, 2))
    return out
"""


@pytest.mark.parametrize(("name", "factor", "status"), [("timed", 1, "proved"), ("jit", 2, "refuted")])
def test_decorators_of_the_project_are_applied(name: str, factor: int, status: str) -> None:
    """Whatever they are called: jit of another file is not that of Numba."""
    layer = Conv(H, K, in_channels=C, out_channels=F, bias=False)
    text = DECORATED.format(imports="", name=name, factor=factor)
    assert prove_code(text, layer).status == status


STYLES = {
    "a dictionary with names of its own": (
        """
def conv(x, w, conv_params):
    kh, kw, step = conv_params["kernel_h"], conv_params["kernel_w"], conv_params.get("stride", 1)
    out = np.zeros((w.shape[0], (x.shape[1] - kh) // step + 1, (x.shape[2] - kw) // step + 1))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = np.tensordot(w, x[:, i * step:i * step + kh, j * step:j * step + kw], 3)
    return out
""",
        ("j * step + kw", "j * step + kh"),
        Conv((H, W), (K, L), in_channels=C, out_channels=F, stride=s, bias=False),
    ),
    "a stride that is a tuple, one kernel's size": (
        """
def conv(x, w, stride=(1, 1)):
    assert len(stride) == 2
    f, _, k, _ = w.shape
    shape = [(size - k) // step + 1 for size, step in zip(x.shape[1:], stride)]
    out = np.zeros((f, *shape))
    for i, j in np.ndindex(*shape):
        a, b = i * stride[0], j * stride[1]
        out[:, i, j] = (w * x[:, a:a + k, b:b + k]).sum(axis=(1, 2, 3))
    return out
""",
        ("j * stride[1]", "j"),
        Conv((H, W), (K, K), in_channels=C, out_channels=F, stride=s, bias=False),
    ),
    "iterators in calls": (
        """
def conv(x, w):
    C, H, W = map(int, x.shape)
    F, _, K, L = tuple(int(size) for size in w.shape)
    P, Q = list(map(lambda n, k: n - k + 1, (H, W), (K, L)))
    out = np.zeros((F, P, Q))
    for i, (a, _) in enumerate(zip(range(P), range(P))):
        for j in range(Q):
            out[:, i, j] = (w * x[:, a:a + K, j:j + L]).sum(axis=tuple(range(1, 4)))
    return out
""",
        ("(H, W), (K, L)", "(H, W), (L, K)"),
        PLAIN,
    ),
    "sizes and strides in arrays": (
        """
def conv(x, w):
    channels, height, width = x.shape
    kernel = np.array(w.shape[2:])
    out = np.array(x.shape[1:]) - kernel + 1
    shape = (channels, kernel[0], kernel[1], out[0], out[1])
    strides = x.itemsize * np.array((height * width, width, 1, width, 1))
    view = np.lib.stride_tricks.as_strided(x, shape=shape, strides=strides)
    view.shape
    count = np.prod(np.array(w.shape[1:]))
    return (w.reshape(-1, count) @ view.reshape(count, -1)).reshape(w.shape[0], *out)
""",
        ("width, 1, width, 1)", "width, 1, 1, width)"),
        PLAIN,
    ),
    "try, logging, warnings": (
        """
import logging
import warnings
logger = logging.getLogger(__name__)

def conv(x, w):
    logger.debug("shape %s", x.shape)
    try:
        f, c, k = w.shape
        c, n = x.shape
    except ValueError:
        warnings.warn("a kernel of another shape")
        return None
    else:
        out = np.zeros((f, n - k + 1))
    finally:
        print("unpacked")
    for i in range(n - k + 1):
        out[:, i] = np.einsum("fck,ck->f", w, x[:, i:i + k])
    return out
""",
        ("x[:, i:i + k]", "x[:, i:i + k][:, ::-1]"),
        Conv(H, K, in_channels=C, out_channels=F, bias=False),
    ),
    "the memory is given another shape": (
        """
def conv(x, w):
    f, c, k = w.shape
    n = x.shape[1] - k + 1
    columns = np.zeros((c, k, n))
    for i in range(k):
        columns[:, i] = x[:, i:i + n]
    columns.shape = (c * k, n)
    return w.reshape(f, -1) @ columns
""",
        ("(c * k, n)", "(n, c * k)"),
        Conv(H, K, in_channels=C, out_channels=F, bias=False),
    ),
    "CuPy, and what asks for it": (
        """
import cupy as cp

def conv(x, w, stride):
    xp = cp.get_array_module(x)
    f, c, k = w.shape
    out = cp.zeros((f, (x.shape[1] - k) // stride + 1), dtype=x.dtype)
    for i in range(out.shape[1]):
        out[:, i] = xp.tensordot(w, x[:, i * stride:i * stride + k], 2)
    return out
""",
        ("i * stride + k", "i * stride + k - 1"),
        LINE,
    ),
}


@pytest.mark.parametrize("name", STYLES)
def test_styles(name: str) -> None:
    text, (right, wrong), layer = STYLES[name]
    assert prove_code(text, layer).status == "proved"
    assert right in text
    assert prove_code(text.replace(right, wrong), layer).status in ("refuted", "proved except")


@pytest.mark.parametrize("test", ["DEBUG", "__name__ == '__main__'", "TYPE_CHECKING"])
def test_what_an_import_does_not_run_is_not_defined(test: str) -> None:
    text = f"DEBUG = False\nif {test}:\n    def scale(): return 2\nelse:\n    def scale(): return 1\n"
    text += "def bias_gradient(dout): return scale() * dout.sum(axis=(0, 2, 3))\n"
    assert prove_code(text, LAYER, of="grad_bias").status == "proved"
    assert prove_code(text.replace("return 1", "return 3"), LAYER, of="grad_bias").status == "refuted"


def test_a_condition_of_a_module_that_is_not_known_is_not_guessed() -> None:
    text = "import sys\nif sys.argv:\n    scale = 2\nelse:\n    scale = 1\n"
    text += "def bias_gradient(dout): return scale * dout.sum(axis=(0, 2, 3))\n"
    assert prove_code(text, LAYER, of="grad_bias").status == "not read"


def test_the_same_import_twice_and_another_under_its_name() -> None:
    text = "import numpy as np\nimport numpy as np\ndef bias_gradient(dout): return np.sum(dout, axis=(0, 2, 3))\n"
    assert prove_code(text, LAYER, of="grad_bias").status == "proved"
    other = text.replace("import numpy as np\ndef", "import scipy as np\ndef")
    assert prove_code(other, LAYER, of="grad_bias").status == "not read"


CHANGED_BEFORE = """
def bias_gradient(dout):
    total = np.zeros(dout.shape[1])
    try:
        total += dout.sum(axis=(0, 2, 3))
        a, b = dout.shape
    except ValueError:
        {handler}
    return total
"""


@pytest.mark.parametrize("handler", ["pass", "total += dout.sum(axis=(0, 2, 3))", "total = dout.sum(axis=(0, 2, 3))"])
def test_what_a_body_changed_before_it_raises_is_not_undone(handler: str) -> None:
    assert prove_code(CHANGED_BEFORE.format(handler=handler), LAYER, of="grad_bias").status == "not read"


def test_an_object_is_of_the_classes_that_its_class_inherits_from() -> None:
    text = """
class Base: pass
class Sub(Base): pass
def bias_gradient(dout):
    return dout.sum(axis=(0, 2, 3)) * (2 if isinstance(Sub(), Base) else 1)
"""
    assert prove_code(text, LAYER, of="grad_bias").status == "refuted"


def test_an_array_that_may_be_the_argument_itself_is_not_written() -> None:
    text = "def f(dout):\n    g = dout.astype(float, copy=False)\n    {}\n    return {}.sum(axis=(0, 2, 3))"
    assert prove_code(text.format("pass", "g"), LAYER, of="grad_bias").status == "proved"
    assert prove_code(text.format("g *= 2", "dout"), LAYER, of="grad_bias").status == "not read"
    assert prove_code(text.format("dout[:] = 0", "g"), LAYER, of="grad_bias").status == "not read"


@pytest.mark.parametrize("optimize", ["False", "True", "'greedy'"])
def test_einsum_sums_what_its_result_leaves_out_only_if_it_optimizes(optimize: str) -> None:
    x, w = np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(3, 4)
    text = f"def f(dout): return np.einsum('n...ij->...', dout, optimize={optimize})"
    other = f"def f(dout): return np.einsum('n...ij->', dout, optimize={optimize}) + 0 * dout[0, :, 0, 0]"
    assert prove_code(text, LAYER, of="grad_bias").status == "proved"
    report = prove_code(other, LAYER, of="grad_bias")
    if optimize == "False":
        with pytest.raises(ValueError, match="ellipsis"):
            np.einsum("ij...,j...->i", x, w)
        assert report.status == "refuted"
        assert "ValueError" in report.cases[0].reason
    else:
        assert np.allclose(np.einsum("ij...,j...->i", x, w, optimize=True), (x * w).sum(axis=(1, 2)))
        assert report.status in ("refuted", "proved except")
        assert "ValueError" not in report.cases[-1].reason


COUNTED = """
def columns(x, w):
    f, c, k, _ = w.shape
    oh, ow = x.shape[1] - k + 1, x.shape[2] - k + 1
    found = np.zeros((oh * ow, c * k * k))
    at = 0
    for i in range(oh):
        for j in range({inner}):
            found[at] = x[:, i:i + k, j:j + k].flatten()
            at += 1
    return (found @ w.reshape(f, -1).T).T.reshape(f, oh, ow)
"""


def test_a_row_that_is_counted_is_written_once() -> None:
    layer = Conv((H, W), (K, K), in_channels=C, out_channels=F, bias=False)
    assert prove_code(COUNTED.format(inner="ow"), layer).status == "proved"
    assert prove_code(COUNTED.format(inner="oh"), layer).status in ("refuted", "proved except")
    again = COUNTED.format(inner="ow").replace("at += 1", "at += 1 if j % 2 else 0")
    assert prove_code(again, layer).status in ("refuted", "proved except", "not read")


OVERLAPPING = """
def blocks(dout):
    n, f, m, l = dout.shape
    found = np.zeros((2 * n + {width}, f))
    for i in range(n):
        found[{step} * i:{step} * i + {width}] = dout[i].sum(axis=(1, 2))
    return found.sum(axis=0) / {width}
"""


@pytest.mark.parametrize(("step", "width", "status"), [(2, 2, "proved"), (2, 1, "proved"), (1, 2, "refuted")])
def test_blocks_of_rows_lie_apart_or_overlap(step: int, width: int, status: str) -> None:
    """NumPy is the judge: of blocks that overlap, the later ones replace the earlier."""
    text = OVERLAPPING.format(step=step, width=width)
    space: dict[str, object] = {"np": np}
    exec(text, space)
    dout = np.random.default_rng(0).integers(-9, 9, (3, 2, 4, 5)).astype(float)
    is_right = np.allclose(space["blocks"](dout), dout.sum(axis=(0, 2, 3)))  # type: ignore[operator]
    assert is_right == (status == "proved")
    report = prove_code(text, LAYER, of="grad_bias")
    assert report.status == status if status == "proved" else report.status != "proved"


SQUARE = """
class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, pad=0):
        self.k, self.stride, self.pad = kernel_size, stride, pad
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)

    def forward(self, x, training):
        x = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))
        n, c, h, w = x.shape
        out = np.zeros((n, len(self.b), (h - self.k) // self.stride + 1, (w - self.k) // self.stride + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                top, left = i * self.stride, j * self.stride
                window = x[:, :, top:top + self.k, left:left + self.k]
                out[:, :, i, j] = np.tensordot(window, self.W, ((1, 2, 3), (1, 2, 3))) + self.b
        return out
"""


def test_one_number_for_all_axes(tmp_path: Path) -> None:
    """A kernel that the code has as one number is square: that is in the scope, and no other layer is refuted."""
    report = prove_code(method(tmp_path, SQUARE), LAYER)
    assert report.status == "proved"
    assert "is one number for all axes" in report.scope
    wrong = SQUARE.replace("j * self.stride\n", "j\n")
    assert prove_code(method(tmp_path, wrong), LAYER).status in ("refuted", "proved except")
    numbers = Conv((7, 8), (3, 2), in_channels=2, out_channels=2, stride=2, batch_size=2)
    assert prove_code(method(tmp_path, SQUARE), numbers).status == "not judged"
    assert "training is taken to be True" in report.notes


NAMED = """
class Conv2D:
    def __init__(self, filters, kernel_size):
        {statement}

    def forward(self, x):
        return np.einsum("ncij,fc->nfij", x, self.W[:, :, 0, 0])
"""


@pytest.mark.parametrize(
    ("statement", "is_noted"),
    [
        ("self.W = np.random.randn(filters, 3, kernel_size, kernel_size)", False),
        ("self.W = initial(filters)", True),
        ("setattr(self, 'W', initial(filters))", True),
        ("self.__dict__.update(W=initial(filters))", True),
    ],
)
def test_the_report_says_if_a_weight_goes_by_its_name_alone(tmp_path: Path, statement: str, is_noted: bool) -> None:
    layer = Conv((H, W), (1, 1), in_channels=C, out_channels=F, bias=False, batch_size=N)
    report = prove_code(method(tmp_path, NAMED.format(statement=statement)), layer)
    assert report.status == "proved"
    assert any("self.W goes by its name" in note for note in report.notes) == is_noted


PARAMETER = """
class Conv2D:
    def __init__(self, filters, in_channels):
        self.W = registry.Parameter(np.random.randn(filters, in_channels, 1, 1))

    def backward(self, dout):
        self.W.grad = {gradient}
        return np.einsum("nfij,fckl->ncij", dout, self.W.data)
"""


@pytest.mark.parametrize(("gradient", "status"), [("np.zeros(3)", "proved"), ("dout", "proved")])
def test_a_gradient_is_kept_beside_its_weight(tmp_path: Path, gradient: str, status: str) -> None:
    layer = Conv((H, W), (1, 1), in_channels=C, out_channels=F, bias=False, batch_size=N)
    path = method(tmp_path, f"import registry\n{PARAMETER.format(gradient=gradient)}", "Conv2D.backward")
    assert prove_code(path, layer, of="grad_input").status == status
    assert prove_code(path, layer, of={"self.W.grad": "grad_weight"}).status == "refuted"


@pytest.mark.parametrize(
    "body",
    ["x[:, np.arange(4 / 2)]", "x[:, np.arange(5 / 2, dtype=int)]", "np.repeat(x, 4 / 2, axis=1)[:, :2]",
     "np.repeat(x, 5 / 2, axis=1)[:, 5:]", "x[:, np.arange(0, 3 / 2).astype(int)]", "x[:, :2] * np.arange(3 / 2)"],
)  # fmt: skip
def test_ranges_of_floats_are_as_in_numpy(body: str) -> None:
    text = f"def f(x): return {body} + 0 * x[:, :2]"
    report = prove_code(text, Conv(3, 2, bias=False))
    space: dict[str, object] = {"np": np}
    exec(text, space)
    try:
        space["f"](np.ones((1, 3)))  # type: ignore[operator]
        assert "Error" not in report.cases[0].reason or "broadcast" in report.cases[0].reason
    except (IndexError, TypeError, ValueError) as error:
        assert report.status == "refuted"
        assert type(error).__name__ in report.cases[0].reason


DICTIONARIES = """
class Conv2D:
    def __init__(self, out_channels, in_channels):
        self.params = {"W": np.random.randn(out_channels, in_channels, 1, 1)}
        self.grads = {"W": np.zeros((out_channels, in_channels, 1, 1))}
        self.param_grads = {"W": None}

    def forward(self, x):
        return np.einsum("ncij,fckl->nfij", x, self.DICT["W"])
"""


@pytest.mark.parametrize(
    ("name", "status"), [("params", "proved"), ("grads", "refuted"), ("param_grads", "not proved")]
)
def test_entries_of_gradients_are_not_the_weights(tmp_path: Path, name: str, status: str) -> None:
    layer = Conv((H, W), (1, 1), in_channels=C, out_channels=F, bias=False, batch_size=N)
    found = prove_code(method(tmp_path, DICTIONARIES.replace("DICT", name)), layer).status
    assert found == status if status != "not proved" else found != "proved"
