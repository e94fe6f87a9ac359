"""A reshape is a view if the memory is in row-major order, which NumPy does not always make: a write is not guessed."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.programs.interpret.reader import Reader
from symconv.programs.outcomes import Unread
from symconv.programs.source import Module, named
from tests.programs.lifting import Lift

NOT_ROW_MAJOR = (
    "x.T * 2", "np.copy(x.T)", "np.zeros_like(x.T)", "x.T.astype(float)", "np.einsum('ij->ji', x) + 0", "np.array(x.T)",
    "-x.T", "np.where(np.arange(2) > 0, x.T, 0.0)", "x[:, [0, 1]]", "np.concatenate([x.T, x.T])",
    "np.tensordot(x, x.T, 1).T", "np.pad(x.T, 1)", "np.roll(x.T, 1, axis=0)", "np.einsum('ij,ij->ji', x, x)",
    "x.T[1:] * 2", "x[[1, 0]].T", "x[:, [1, 0]] * 2", "np.pad(x.T[1:], 1)", "x[:, [2, 0]][1:] + 1",
    "np.mean(x[None].T, axis=2)", "np.matmul(x, x.T).T", "np.flip(x.T) + 0", "x.T.sum(axis=0, keepdims=True) * x.T",
)  # fmt: skip
ROW_MAJOR = (
    "x.copy()", "x.T.copy()", "np.zeros((2, 3))", "x * 2 + 1", "np.pad(x, 1)", "np.ones_like(x)", "np.array([x, x])",
    "x[:, 1:] * 2", "np.pad(x[1:], 1)", "x[:, :2].copy()", "x[:, ::2] + 1", "x[None][0].astype(float)", "-x[1:, 1:]",
    "np.ascontiguousarray(x)", "np.concatenate([x, x])", "x.astype(float)",
)  # fmt: skip


def read(made: str, letters: float) -> tuple[Any, Any]:
    """What is read of a write into a reshape, or None, and what NumPy does."""
    text = f"import numpy as np\n\ndef f(x):\n    y = {made}\n    z = y.reshape(-1)\n    z[0] = 5\n    return y\n"
    x = np.array([[1.0, 2, 3], [4, 5, 6]])
    names: dict[str, Any] = {}
    exec(text, names)
    right = names["f"](x.copy())
    lift = Lift(random.Random(made), letters)
    prepared, target = lift.prepared(x), named(Module(text, "the text"), "f")
    try:
        machine, value = lift.follow(lambda machine: Reader(target, machine).run([lift.made(machine, prepared)], {}))
    except Unread:
        return None, right
    return lift.number(machine, value), right


@pytest.mark.parametrize("made", NOT_ROW_MAJOR)
def test_a_write_into_a_reshape_that_may_be_a_copy_is_not_guessed(made: str) -> None:
    got, right = read(made, letters=0.6)
    numbers, _ = read(made, letters=0)
    assert got is None or np.array_equal(got, right)
    assert numbers is None or np.array_equal(numbers, right)


@pytest.mark.parametrize("made", ROW_MAJOR)
def test_a_reshape_in_row_major_order_is_a_view(made: str) -> None:
    got, right = read(made, letters=0)
    assert np.array_equal(got, right)
