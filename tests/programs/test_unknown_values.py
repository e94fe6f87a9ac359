"""Truth values, keys and names of other modules mean what Python makes of them, or they are not read."""

from __future__ import annotations

import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code

n, k = sp.symbols("n k", integer=True, positive=True)
LINE = {"input": "W", "weight": "W", "output": "W"}


def status_of(factor: str, before: str = "pass", head: str = "") -> str:
    """The verdict on a correlation that is multiplied by a number."""
    text = f"{head}\ndef f(x, w):\n    b = len(x) > 3\n    {before}\n    return np.correlate(x, w) * ({factor})"
    return prove_code(text, Conv(n, k), layouts=LINE).status


@pytest.mark.parametrize(
    "test",
    [
        "T", "not T", "T == 3", "T != 3", "T is None", "T is not None", "isinstance(T, int)", "callable(T)",
        "3 in [T]", "(T, 1) == (2, 1)", "{3: 1}.get(T, 1)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", ["from config import T", "from sys import byteorder as T"])
def test_a_name_of_another_module_may_be_anything(test: str, head: str) -> None:
    assert status_of(f"1 if {test} else 2", head=head) == "not read"
    assert status_of(f"2 if {test} else 1", head=head) == "not read"


def test_functions_of_libraries_are_true_and_not_none() -> None:
    assert status_of("1 if g is not None and g else 2", "g = np.sum") == "proved"
    assert status_of("1 if g is not None else 2", "g = np.polyfit") == "proved"


@pytest.mark.parametrize(
    "test",
    ["b == (len(x) >= 4)", "b in (0, 1)", "b in [True, False]", "b >= 0", "(b, 1) == (True, 1) or not b", "~0 < 0"],
)
def test_a_truth_value_is_the_number_that_python_takes_it_for(test: str) -> None:
    assert status_of(f"1 if {test} else 2") == "proved"
    assert status_of(f"2 if {test} else 1") == "refuted"


@pytest.mark.parametrize("test", ["b is True", "isinstance(b, int)", "b is False"])
def test_whether_a_comparison_is_pythons_or_numpys_is_not_read(test: str) -> None:
    """Only with numbers for the sizes, if it is a truth value of Python."""
    assert status_of(f"1 if {test} or True else 2") in ("not read", "proved")
    assert status_of(f"2 if {test} else 1") != "proved"


@pytest.mark.parametrize(
    ("before", "factor"),
    [
        ("d = {1: 2, True: 1}", "d[1]"),
        ("d = {}; d[1] = 2; d[True] = 1", "d[1]"),
        ("d = {len(x): 1, len(w): 2}", "d[len(x)]"),
        ("d = {len(w): 1}; d[len(x)] = 2", "d[len(w)]"),
        ("d = {(len(w), 0): 1, (len(x), False): 2}", "d[len(w), 0]"),
    ],
)
def test_keys_that_may_be_one_key_are_not_taken_for_two(before: str, factor: str) -> None:
    """Two sizes are one key where they are equal, and so are 1 and True."""
    text = f"def f(x, w):\n    {before}\n    return np.correlate(x, w) * ({factor})"
    last_wins = "refuted" if "True" not in before and "False" not in before else "not read"  # at equal sizes it is 2
    assert prove_code(text, Conv(n, k), layouts=LINE).status == last_wins


def test_keys_that_are_apart_are_read() -> None:
    assert status_of("d[len(x)] / 5 * d[len(x) + 1]", "d = {len(x): 5, len(x) + 1: 1}") == "proved"
    assert status_of("d[True] * d[2]", "d = {True: 1, 2: 1}") == "proved"


@pytest.mark.parametrize(
    ("factor", "status"),
    [
        ("range(1, 3)[-1] - 1", "proved"),
        ("range(len(x))[-1] - len(x) + 2", "proved"),
        ("range(len(x))[-1]", "refuted"),
        ("range(3)[::-1][0] - 1", "proved"),
        ("range(0, 7, 2)[::-1][1] - 3", "proved"),
        ("len(range(len(x))[::-1]) - len(x) + 1", "proved"),
        ("sum(i - j for i, j in zip(range(len(x))[::-1], range(len(x)))) + 1", "proved"),
        ("range(3)[1:][0]", "not read"),
        ("range(1, 3)[5]", "refuted"),
    ],
)
def test_a_number_of_a_range_is_counted_from_its_end_too(factor: str, status: str) -> None:
    assert status_of(factor) == status
