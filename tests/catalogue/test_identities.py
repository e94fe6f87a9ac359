"""The catalogue: every entry is proved when it is asked for, and its near miss refuted."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, SymconvError, identities, prove_equal, solve_sharing, verify, write_notes
from symconv.catalogue import Identity
from symconv.catalogue.convolutions import CONVOLUTIONS, C, G, J, K, O, m, n, s
from symconv.catalogue.layers import inner_products
from symconv.catalogue.sums import SUMS
from symconv.cli.main import main
from symconv.layers import KINDS
from symconv.notes.of_identities import write_identities
from symconv.proof.equality import equation_of
from tests.algebra.test_products import accepted
from tests.brute import Entries, compiled
from tests.tools import require_tool, thinned

LINEAR = {"bilinear up-sampling is a transposed layer"}
"""Entries of which the derivatives, which follow from the entry since it is linear, are undecided by themselves."""
REPORTS = [
    (Conv.general(1), "shifts"), (Conv.general(1, padding_mode="circular"), "shifts"), (Conv.general(2), "D4"),
    (Conv(4, 3, padding=1), "shifts"), (Conv((4, 4), (1, 1)), "p4m"),
]  # fmt: skip
"""Layers and symmetries whose reports are typeset."""
OTHERS = [name for name, entry in identities.items() if entry.group != "compilers"]


def test_there_are_more_than_a_hundred() -> None:
    assert len(identities) >= 100 and len(set(identities)) == len(identities)
    assert all(entry.reference and entry.name == name for name, entry in identities.items())


@pytest.mark.parametrize("name", thinned(OTHERS, 3))
def test_an_entry_is_proved_and_its_near_miss_refuted(name: str) -> None:
    entry = identities[name]
    report = entry.prove()
    assert report.holds, str(report)
    assert name in repr(report) and report.to_dict()["holds"]
    assert entry.prove_near_miss().refuted


def test_every_entry_has_a_near_miss() -> None:
    assert not [name for name, entry in identities.items() if entry.near_miss is None]


def test_a_near_miss_about_chosen_elements_is_refuted_with_them() -> None:
    """Of 3, 1, 2 and 5, windows of two choose 3 and 5: 8 on the left, and twice that on the wrong right."""
    witness = identities["the adjoint of max pool"].prove_near_miss().witness
    assert witness is not None and (witness.left, witness.right) == (8, 16)
    assert witness.values["S", (0, 0, 0)] == 1 and witness.values["S", (0, 1, 1)] == 1


@pytest.mark.parametrize("name", thinned([name for name in CONVOLUTIONS if name not in LINEAR], 6))
def test_the_gradients_of_both_sides(name: str) -> None:
    report = identities[name].prove(gradients=True)
    assert report.holds, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CONVOLUTIONS, *SUMS])
def test_the_checker_accepts_the_proof(name: str) -> None:
    ((_, left, right),) = identities[name].equations()
    verdict = prove_equal(left, right)
    equation, _ = equation_of(left, right)
    if verdict.left.result == verdict.right.result:
        assert accepted({"left": verdict.left, "right": verdict.right}, equation.inside).formulas


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_both_sides_in_numbers(name: str) -> None:
    """By brute force at small sizes, with no algebra."""
    left, right, wrong, _ = CONVOLUTIONS[name]
    chance = random.Random(name)
    for seed in range(6):
        sides = (left, right, wrong)
        free = set().union(*(sp.sympify(side).free_symbols for side in sides))
        sizes = {
            symbol: chance.randint(1 if symbol.is_positive else 0, 3)
            for symbol in sorted(free, key=str) if isinstance(symbol, sp.Symbol) and symbol.is_integer
        }  # fmt: skip
        sizes |= {size: chance.randint(1, 3) for size in (C, G, J, K, O, m, n, s) if size not in sizes}
        numbers = {symbol.name: value for symbol, value in sizes.items()}
        tensors = {
            str(base.label): Entries(
                tuple(int(sp.sympify(size).xreplace(sizes)) for size in base.shape) if base.shape else None, seed, None
            )
            for side in sides for base in sp.sympify(side).atoms(sp.IndexedBase)
        }  # fmt: skip
        values = [compiled(sp.sympify(side))(dict(numbers), tensors) for side in sides]
        assert values[0] == values[1]


def test_a_pooling_layer_is_a_kernel_of_constants() -> None:
    X, i, k = sp.IndexedBase("X", shape=(9,)), *sp.symbols("i k", integer=True)
    right = sp.Sum(sp.Rational(1, 3) * X[3 * i + k], (k, 0, 2))
    assert prove_equal(AvgPool(9, 3).direct.output, right).proved


BRANCHES = [
    "layers of KxK, 1x1 and the identity, each scaled, are one layer",
    "layers of KxK, 1xK and Kx1 are one layer",
]


@pytest.mark.parametrize("name", BRANCHES)
def test_merged_branches_have_the_same_gradients(name: str) -> None:
    report = identities[name].prove(gradients=True)
    assert report.holds and len(report.statements) > 4, str(report)


def test_merged_branches_in_numbers() -> None:
    """Three plain loops over a small image, with each kernel on its own, and one with the merged kernel."""
    chance = np.random.default_rng(0)
    x = chance.integers(-5, 5, (2, 5, 4))
    W, V = chance.integers(-5, 5, (2, 2, 3, 3)), chance.integers(-5, 5, (2, 2))
    alpha, beta, gamma = chance.integers(-5, 5, (3, 2))
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    merged = alpha[:, None, None, None] * W
    merged[:, :, 1, 1] += beta[:, None] * V + np.diag(gamma)
    for o, i, j in np.ndindex(2, 5, 4):
        window = padded[:, i : i + 3, j : j + 3]
        branches = alpha[o] * (W[o] * window).sum() + beta[o] * (V[o] * x[:, i, j]).sum() + gamma[o] * x[o, i, j]
        assert branches == (merged[o] * window).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_inner_products_on_two_axes(kind: str) -> None:
    left, right = inner_products(KINDS[kind].general(2))
    assert prove_equal(left, right).proved


def test_what_an_entry_shows() -> None:
    for name in ("a convolution commutes", "the adjoint of avg pool", "Winograd's F(2, 3)"):
        entry = identities[name]
        assert entry.latex().startswith("\\begin{aligned}") and " = " in entry.statement
        assert json.dumps(entry.to_dict())
        assert repr(entry) == f"<Identity: {name}>" and entry.name in str(entry.prove())
    assert isinstance(identities["a convolution commutes"], Identity)


def test_what_the_catalogue_does_not_have() -> None:
    with pytest.raises(SymconvError, match="did you mean"):
        identities["a convolution commute"]
    with pytest.raises(KeyError):
        identities["Strassen"]
    with pytest.raises(SymconvError, match="no such group"):
        identities.of_group("adjoint")
    with pytest.raises(SymconvError, match="has none"):
        Identity("x = x", "sums", "none", lambda: [("x", 1, 1)]).prove_near_miss()


def test_documents_about_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same entries in all formats that need no program, from Python and from the command line."""
    entry = identities["Winograd's F(2, 3)"]
    tex, html = write_notes(entry, tmp_path, ["tex", "html"])  # type: ignore[arg-type]  # a subject of a room above
    assert "Lavin and Gray 2016" in tex.read_text(encoding="utf-8") and "<math" in html.read_text(encoding="utf-8")
    code, out = run(capsys, "equivariance", "sums", "-o", str(tmp_path / "two"), "--format", "md")
    written = (tmp_path / "two" / "identities.md").read_text(encoding="utf-8")
    assert code == 0 and "identities.md" in out and written.count("\n## ") == 2
    assert "A layer commutes with shifts" in written and "A sum split by parity" in written
    with pytest.raises(SymconvError, match="not an identity"):
        write_identities([3], tmp_path)  # type: ignore[list-item]
    with pytest.raises(SymconvError, match="is not written"):
        write_identities(entry, tmp_path, ["docx"])
    assert main(["identities", "sums", "-o", str(tmp_path), "--latex"]) == 2


@pytest.mark.slow
def test_every_entry_is_read_for_a_page(tmp_path: Path) -> None:
    (path,) = write_identities(identities, tmp_path, ["html"])
    assert path.read_text(encoding="utf-8").count("</strong>") >= len(identities)


@pytest.mark.tex
def test_every_entry_compiles_and_fits_a_page(tmp_path: Path) -> None:
    require_tool("pdflatex")
    size = r"\usepackage[paperwidth=32cm,paperheight=40cm,margin=1cm]{geometry}"
    formulas = [rf"\[ {entry.latex()} \]" for entry in identities.values()]
    formulas += [rf"\[ {solve_sharing(layer, symmetry).latex()} \]" for layer, symmetry in REPORTS]
    begin = [r"\documentclass{article}", r"\usepackage{amsmath}", size, r"\begin{document}"]
    (tmp_path / "all.tex").write_text("\n\n".join([*begin, *formulas, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


def run(capsys: Any, *arguments: str) -> tuple[int, str]:
    code = main(["identities", *arguments])
    return code, capsys.readouterr().out


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys)
    assert code == 0 and len(out.splitlines()) == len(identities)
    code, out = run(capsys, "adjoints", "--prove")
    assert code == 0 and f"{len(KINDS)} of {len(KINDS)} proved" in out
    code, out = run(capsys, "a convolution commutes", "--latex")
    assert code == 0 and "\\begin{aligned}" in out and "% a convolution commutes" in out
    code, out = run(capsys, "a convolution commutes", "--prove", "--json")
    assert code == 0 and json.loads(out)["identities"][0]["statements"][0]["verdict"] == "proved"
    code, out = run(capsys, "equivariance", "--near-misses")
    assert code == 0 and "10 of 10 refuted" in out
    code, out = run(capsys, "a convolution commutes", "--near-misses", "--json")
    assert code == 0 and json.loads(out)["identities"][0]["near_miss"] == "refuted"
    assert main(["identities", "--prove", "--near-misses"]) == 2
    assert main(["identities", "nothing"]) == 2


def test_theorem_files_of_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "adjoints.json"
    assert main(["identities", "two convolution layers in one", "--prove", "--save", str(path), "-q"]) == 0
    (verified,) = verify.check_file(path)
    assert verified.claimed["of"].endswith("of two convolution layers in one") and verified.steps >= 2
    assert main(["identities", "adjoints", "--save", str(path)]) == 2
    assert "add --prove" in capsys.readouterr().err
