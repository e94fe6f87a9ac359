"""Every function of the library beside the library itself: the same values, and an exception where it raises one."""

from __future__ import annotations

import copy
import random
import warnings
from collections import Counter
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from symconv.programs.library.registry import FUNCTIONS, load
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import IteratorValue
from tests.programs import more_calls
from tests.programs.calls import MAKERS, Draw
from tests.programs.lifting import Lift
from tests.tools import require_module

assert more_calls
load()


def real(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the library gives."""
    if name.startswith("numba"):
        name = "builtins.range"
    module, _, function = name.rpartition(".")
    if module != "array":
        require_module("torch" if module == "tensor" else name.split(".")[0])
    if name.startswith(("torch.", "tensor.")):
        args, named = in_torch(list(args)), {key: in_torch(value) for key, value in named.items()}
    if module in ("array", "tensor"):
        array, *rest = args
        return numbers(getattr(array, function)(*rest, **named))
    path = name.split(".")
    got: Any = import_module(path[0])
    for at, part in enumerate(path[1:], 2):
        got = getattr(got, part) if hasattr(got, part) else import_module(".".join(path[:at]))
    return numbers(got(*args, **named))


def in_torch(value: Any) -> Any:
    """The arrays in it as tensors."""
    import torch

    if isinstance(value, np.ndarray):
        return torch.from_numpy(value)
    if isinstance(value, (tuple, list)):
        return type(value)(map(in_torch, value))
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def numbers(value: Any) -> Any:
    """Tensors and other arrays in NumPy, ranges and the like as lists."""
    if isinstance(value, (np.ndarray, int, float, str, bool, type(None))):
        return value
    if isinstance(value, (tuple, list)) or type(value).__name__ in ("reversed", "list_reverseiterator", "Size"):
        return [numbers(one) for one in value]
    if isinstance(value, range):
        return [value.start, value.stop, value.step]
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def outcome(name: str, seed: int) -> str:
    """ "same", "unread", or an error with what differs."""
    rng = random.Random(f"{name} {seed}")
    args, named = MAKERS[name](Draw(rng))
    lift = Lift(rng, letters=0.2 if "conv" in name or "fold" in name else 0.6)
    prepared = lift.prepared(args), {key: lift.prepared(one) for key, one in named.items()}

    def compute(machine: Any) -> Any:
        made = lift.made(machine, prepared[0]), {key: lift.made(machine, one) for key, one in prepared[1].items()}
        return FUNCTIONS[name].call(machine, *made), made[0][0] if made[0] else None

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="Using padding='same'")
            changed = copy.deepcopy(args)
            right = real(name, changed, named)
        error = None
    except Exception as raised:
        right, error = None, raised
    try:
        machine, (value, first) = lift.follow(compute)
        value = value.items if isinstance(value, IteratorValue) else value
        got = lift.number(machine, first if right is None and error is None else value)
    except Unread:
        return "unread"
    except CodeError as raised:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        assert error is not None, f"{args} {named}: {raised.kind}: {raised}, but it is {right}"
        exact = name.startswith(("numpy.", "array.", "builtins.", "math."))
        assert raised.kind in kinds or not exact, f"{args} {named}: {raised.kind}: {raised}, but it raises {error!r}"
        return "same"
    assert error is None, f"{args} {named}: {got}, but it raises {error!r}"
    right = changed[0] if right is None else right
    wanted = [right] if not isinstance(right, (list, tuple)) else right
    gotten = [got] if not isinstance(right, (list, tuple)) else got
    assert len(gotten) == len(wanted)
    for one, other in zip(gotten, wanted):
        assert np.shape(one) == np.shape(other), f"{args} {named}: shape {np.shape(one)}, not {np.shape(other)}"
        assert np.allclose(np.asarray(one, dtype=float), other), f"{args} {named}: {one}, not {other}"
    return "same"


IN_PROGRAMS = (
    "six.",
    "past.",
    "set.",
    "collections.",
    "builtins.",
    "list.",
    "dict.",
    "tuple.",
    "str.",
    "text.",
    "int.",
    "float.",
    "itertools.",
    "object.",
    "jax.numpy.",
    "logging.",
    "warnings.",
    "gc.",
    "sys.",
    "time.",
    "random.",
    "functools.",
    "weakref.",
)
"""What is drawn in programs, or is another function's meaning under its own name."""
NOT_DRAWN = frozenset(
    ("numpy.empty", "numpy.ndarray", "numpy.empty_like", "torch.empty", "numpy.where", "numpy.ndindex", "torch.tensor",
     "torch.as_tensor", "torch.from_numpy", "tensor.cuda", "tensor.numpy", "tensor.item", "tensor.new_zeros",
     "tensor.zero_", "array.max", "array.min", "numpy.int32", "numpy.int64", "numpy.intp", "numpy.float32",
     "numpy.float64", "array.strides", "array.itemsize", "numpy.set_printoptions",
     "numpy.seterr", "numpy.random.seed", "numpy.einsum_path", "numpy.isscalar", "array.prod",
     "numpy.lib.stride_tricks.as_strided", "math.prod", "numpy.sqrt", "math.sqrt",
     *(name for name, one in FUNCTIONS.items() if one.meaning.__module__.endswith(".drawn")),
     *(name for name, one in FUNCTIONS.items() if one.meaning.__name__ == "refused"))
)  # fmt: skip
"""What gives no numbers of its own, changes an array in a program, or is refused."""


NEW_IN_NUMPY_2 = ("numpy.concat", "numpy.permute_dims")
REFUSED = ("numpy.linspace", "numpy.diagonal", "array.diagonal")


def test_every_function_is_drawn() -> None:
    drawn = {name for name in FUNCTIONS if not name.startswith(IN_PROGRAMS) and name not in NOT_DRAWN}
    assert not drawn - MAKERS.keys()


@pytest.mark.parametrize("count", [3, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_functions_are_as_in_the_library(name: str, count: int) -> None:
    if name in NEW_IN_NUMPY_2 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("this NumPy has no such function")
    found = Counter(outcome(name, seed) for seed in range(count))
    assert found["same"] > count / 4 or count < 10 or name in REFUSED
