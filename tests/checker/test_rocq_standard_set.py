"""The standard set of theorems: layers, weight sharing, fast algorithms, identities, programs, in one file for Rocq."""

from __future__ import annotations

import json
import re
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symconv import (
    BatchGroupedConv,
    Conv,
    identities,
    prove,
    prove_code,
    solve_sharing,
    verify,
)  # fmt: skip
from symconv.proof.certificates.gallina import rocq_file
from tests.checker.forging import Json
from tests.checker.test_rocq_checker import LAYERS, compiled

n, K, s = sp.symbols("n K s", integer=True, positive=True)
MORE_LAYERS = [
    Conv(n, K, stride=s, padding="same_tf"), Conv(n, K, padding="same"), BatchGroupedConv.general(1),
    Conv(4, 3, padding=2, padding_mode="replicate"),
]  # fmt: skip
PLAIN = Conv.general(1, kernel_size=3, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
CONVOLVE = """
import numpy as np
def convolve(x, w):
    m = x.shape[1] - w.shape[2] + 1
    y = np.zeros((1, m))
    for i in range(m):
        for j in range(w.shape[2]):
            y[0, i] += w[0, 0, j] * x[0, i + j]
    return y
"""
BACKWARD = """
import numpy as np
def backward(dout, w, x):
    dx = np.zeros(x.shape)
    for i in range(dout.shape[1]):
        dx[0, i:i + w.shape[2]] += dout[0, i] * w[0, 0]
    return dx
"""
PROGRAMS = [
    ("def gradient(dout): return dout.sum(axis=1)", Conv.general(1), "grad_bias"),
    (CONVOLVE, Conv(n, K), "output"),
    (BACKWARD, Conv(n, K), "grad_input"),
]
SYMMETRIES = [
    (Conv.general(1), "shifts"), (Conv.general(2), "D4"), (Conv.general(1), "reflections"), (Conv(3, 2), "shifts"),
    (Conv.general(1, padding_mode="circular"), "circular shifts"), (Conv((4, 4), (3, 3)), "D4"),
]  # fmt: skip
MOST_SECONDS = 90


def of_layers() -> Iterator[Json]:
    for layer in [*(make() for make in LAYERS.values()), *MORE_LAYERS]:
        yield from (theorem.certificate() for theorem in prove(layer).theorems)


def of_algorithms() -> Iterator[Json]:
    for tile in (2, 4):
        report = prove(PLAIN, views=["direct", PLAIN.winograd(tile)])
        yield from (theorem.certificate() for theorem in report.theorems)


def of_identities() -> Iterator[Json]:
    found = [entry for entry in identities.values() if entry.proved is None][::6][:10]
    for entry in found:
        yield from entry.prove().certificates()


def of_programs() -> Iterator[Json]:
    for text, layer, of in PROGRAMS:
        yield from prove_code(text, layer, of=of).certificates()


def of_sharing() -> Iterator[Json]:
    for layer in (Conv.general(1), Conv.general(2), Conv((4, 4), 2)):
        yield from solve_sharing(layer).certificates()
    for layer, symmetry in SYMMETRIES:
        yield from solve_sharing(layer, symmetry=symmetry).certificates()


def read(made: Iterator[Json]) -> list[Json]:
    return [json.loads(json.dumps(one)) for one in made]


@pytest.mark.parametrize("make", [of_programs, of_sharing])
def test_programs_and_sharing_have_theorem_files(make: Any) -> None:
    found = read(make())
    assert len(found) >= 3
    for one in found:
        assert verify.check(one).is_defined or one["layer"] is None
    assert sum(one["layer"] is not None for one in found) >= 3


@pytest.mark.rocq
def test_the_standard_set_compiles(tmp_path: Path) -> None:
    """In 90 seconds of CPU time in all, closed under no axioms; and layers are what Rocq takes them to be."""
    found = read(iter([*of_layers(), *of_algorithms(), *of_identities(), *of_programs(), *of_sharing()]))
    text = rocq_file(found, "the standard set")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = compiled(text, tmp_path)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Closed under the global context") == 3
    assert len(re.findall(r"^  about_layer theorem_", text, re.MULTILINE)) >= 85 and len(found) > 100
    print(f"{len(found)} theorems, {len(text):,} characters, {seconds:.1f} s")
    assert seconds < MOST_SECONDS
