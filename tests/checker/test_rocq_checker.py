"""The checker that is proved correct in Rocq: which theorems it takes, and that it refuses others."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Upsample, prove, verify
from symconv.proof.certificates.gallina import Gallina, rocq_file
from symconv.proof.certificates.kernel import Untranslated, translated
from tests.checker.forging import Json
from tests.checker.test_forgeries import FORGED, TRUE

CHECKER = files("symconv.proof.certificates").joinpath("checker.v")


def certificates(layer: Any) -> list[Json]:
    return [json.loads(theorem.to_json()) for theorem in prove(layer).theorems]


G, N, n = sp.symbols("G N n", integer=True, positive=True)
LAYERS: dict[str, Callable[[], Any]] = {
    "one axis": lambda: Conv.general(1),
    "two axes": lambda: Conv.general(2),
    "three axes": lambda: Conv.general(3),
    "groups": lambda: Conv.general(1, groups=G),
    "a batch": lambda: Conv.general(2, batch_size=N),
    "circular": lambda: Conv.general(1, padding_mode="circular"),
    "reflect": lambda: Conv.general(1, padding_mode="reflect"),
    "replicate": lambda: Conv.general(1, padding_mode="replicate"),
    "transposed": lambda: ConvTranspose.general(1),
    "transposed on two axes": lambda: ConvTranspose.general(2),
    "averages": lambda: AvgPool.general(1),
    "averages on two axes": lambda: AvgPool.general(2),
    "up-sampling": lambda: Upsample(n, 2),
    "numbers": lambda: Conv((3, 3), (2, 2), out_channels=2),
    "many entries": lambda: Conv((30, 30), (5, 5)),
    "numbers, circular": lambda: Conv(3, 2, padding=1, padding_mode="circular"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_theorems_of_layers_are_translated(name: str) -> None:
    for certificate in certificates(LAYERS[name]()):
        kernel = translated(certificate)
        assert list(kernel.formulas) == list(certificate["formulas"])
        assert len({len(formula.last) for formula in kernel.formulas.values()}) == 1


def test_the_checker_has_no_axioms() -> None:
    text = re.sub(r"\(\*.*?\*\)", "", CHECKER.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"\b(Axiom|Admitted|Parameter|Conjecture|admit)\b", text)


# -- with coqc -------------------------------------------------------------------------------------------


def compiled(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "proof.v").write_text(text, encoding="utf-8")
    return subprocess.run(["coqc", "proof.v"], cwd=folder, capture_output=True, text=True, check=False)


def verdicts(theorems: Mapping[str, Json], folder: Path) -> dict[str, bool]:
    """What the checker in Rocq says of theorems, those without a translation left out."""
    parts, names = [CHECKER.read_text(encoding="utf-8")], []
    for number, (name, data) in enumerate(theorems.items()):
        try:
            text = Gallina(translated(data), f"theorem_{number}").definitions(name)
        except (Untranslated, verify.Rejected):
            continue
        names.append(name)
        parts.append(f"{text}\nCompute check assumed formulas proofs.\nEnd theorem_{number}.")
    done = compiled("\n".join(parts), folder)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)", done.stdout)
    return dict(zip(names, [one == "true" for one in said], strict=True))


@pytest.mark.rocq
def test_theorems_of_layers_compile_without_axioms(tmp_path: Path) -> None:
    theorems = [certificate for make in LAYERS.values() for certificate in certificates(make())]
    done = compiled(rocq_file(theorems, "layers"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Closed under the global context") == 2


@pytest.mark.rocq
def test_forged_theorems_are_refused_and_true_ones_are_not(tmp_path: Path) -> None:
    true = verdicts(TRUE, tmp_path)
    assert all(true.values()) and len(true) >= 74
    forged = verdicts({name: data for name, (_, data) in FORGED.items()}, tmp_path)
    assert not any(
        said for name, said in forged.items() if name != "a quotient is not of itself"
    )  # what it says is true
