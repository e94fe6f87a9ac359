"""Proofs for Rocq compile; wrong ones do not."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import pytest
import sympy as sp

from symconv import Activation, Conv, ConvTranspose, Notation, Sequential, SymconvError, prove, sgd_step
from symconv.cli.main import main
from symconv.errors import NotationError
from symconv.proof.certificates import rocq

pytestmark = pytest.mark.rocq

n = sp.Symbol("n", integer=True, positive=True)


def compiled(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "proof.v"
    path.write_text(text, encoding="utf-8")
    return subprocess.run(["coqc", path.name], cwd=folder, capture_output=True, text=True, check=False)


LAYERS = [
    Conv(3, 2),
    Conv((3, 3), (2, 2), out_channels=2),
    Conv(4, 2, in_channels=2, stride=2, padding=1, bias=True),
    Conv((3, 2), (2, 2), in_channels=2, stride=(2, 1), padding=((1, 0), (0, 1))),
    ConvTranspose(3, 2, stride=2, padding=1),
    Conv(3, 3, padding=1, padding_mode="reflect", in_channels=2, out_channels=2, groups=2, batch_size=2),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_concrete_layer_compiles(layer: Conv, tmp_path: Path) -> None:
    text = prove(layer).to_rocq()
    done = compiled(text, tmp_path)
    assert done.returncode == 0, done.stderr
    entries = sum(len(sp.flatten(getattr(layer.direct, quantity).array())) for quantity in layer.quantities)
    assert text.count("\nLemma ") == 2 * entries
    assert "Admitted" not in text and "Axiom" not in text


GENERAL = [
    Conv.general(1),
    Conv(n, 3, stride=2, padding=1),
    Conv(2 * n + 1, n, padding=((1, 0),), bias=True),
    Conv(n, sp.Symbol("k"), stride=sp.Symbol("forall"), in_channels=sp.Symbol("c"), dilation=sp.Symbol("nat")),
]


@pytest.mark.parametrize("layer", GENERAL, ids=repr)
def test_the_general_theorem_compiles_without_axioms(layer: Conv, tmp_path: Path) -> None:
    done = compiled(prove(layer).to_rocq(), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Closed under the global context") == 2


def test_the_shipped_file_states_what_it_should() -> None:
    text = files("symconv.proof.certificates").joinpath("one_axis.v").read_text(encoding="utf-8")
    for view in ("direct", "dense", "patches"):
        for quantity in ("output", "grad_weight", "grad_input"):
            assert f"Definition {view}_{quantity} " in text
    assert not re.search(r"\b(Axiom|Admitted|Parameter|admit)\b", text)
    assert "s * i + d * k - p" in text


WRONG = [
    ("another entry", "patches_output 0 = direct_output 0", "patches_output 0 = direct_output 1"),
    ("another weight", "patches_grad_weight 0 = direct_grad_weight 0", "patches_grad_weight 0 = direct_grad_weight 1"),
    ("a shifted window", "X (i + k)", "X (i + k + 1)"),
    ("a wrong bracket", "bracket j (i + k)", "bracket j (i - k)"),
    (
        "a wrong chain",
        "fully_connected__grad__v (j i : Z) : R := if inside j 3 && inside i 2 then (X j",
        "fully_connected__grad__v (j i : Z) : R := if inside j 3 && inside i 2 then (X i",
    ),
]


@pytest.mark.parametrize(("right", "wrong"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_lemma_does_not_compile(right: str, wrong: str, tmp_path: Path) -> None:
    text = prove(Conv(3, 2)).to_rocq()
    assert right in text
    assert compiled(text.replace(right, wrong, 1), tmp_path).returncode != 0


def test_a_wrong_general_statement_does_not_compile(tmp_path: Path) -> None:
    text = prove(Conv.general(1)).to_rocq()
    other = text.replace(":= s * i + d * k - p.", ":= s * i - d * k + p.")
    assert compiled(other, tmp_path).returncode == 0  # the theorem holds for any positions that are read
    wrong = text.replace("rewrite sum_scale, sum_sift; reflexivity.", "reflexivity.", 1)
    assert compiled(wrong, tmp_path).returncode != 0
    wrong = text.replace("= direct_output R zero add mul", "= patches_grad_weight R zero add mul", 1)
    assert compiled(wrong, tmp_path).returncode != 0


def test_what_has_no_file() -> None:
    for layer in (Conv(3, 2), Conv.general(1)):
        with pytest.raises(SymconvError, match="weight after the step"):
            sgd_step(layer).prove().to_rocq()


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "layer.v"
    assert main(["prove", "--input-size", "3", "--kernel-size", "2", "--rocq", str(path)]) == 0
    assert compiled(path.read_text(encoding="utf-8"), tmp_path).returncode == 0
    assert main(["prove", "--general", "1", "--rocq", str(path)]) == 0
    assert "Theorem this_layer" in path.read_text(encoding="utf-8")
    assert main(["prove", "--general", "2", "--rocq", str(path), "--force"]) == 0
    assert compiled(path.read_text(encoding="utf-8"), tmp_path).returncode == 0


KEYWORDS = """_ Axiom CoFixpoint Definition Fixpoint Hypothesis Parameter Prop SProp Set Theorem Type Variable as at
cofix else end exists exists2 fix for forall fun if IF in let match mod return then where with using by of is"""
LIBRARY = """nat Z N R S O Z0 Zpos bool true false list nil cons eq eq_refl True False and or not I pair fst snd tt unit
option Some None Nat andb orb negb positive xH xI xO Proof Qed Lemma Section End Open Scope Require Import lia ring
intros exact ring_theory Bool ZArith Ring_theory Lia H E IHn"""
OURS = """zero one add mul sub opp is_ring the_ring sum bracket not_negative inside low count rest f a b size extended
sum_ext sum_zero sum_add sum_scale sum_swap sum_sift read X x w delta patch dense_weight dense_output direct_output
direct_grad_weight dense_grad_dense patches_output patches_grad_patch patches_grad_input outputs_dense one_axis
this_layer fully_connected_output fully_connected_grad_v grad_v grad_input grad_output output same_patches_output_0
given given_X locally_connected_output Layer Ring Print Assumptions i j k o c e g n m s d p K C_in C_out"""
NASTY = sorted({name for words in (KEYWORDS, LIBRARY, OURS) for name in words.split()})
ROLES = (
    "input", "weight", "bias", "output", "grad_output", "dense_weight", "dense_bias", "local_weight", "patch",
)  # fmt: skip


def notations() -> Iterator[Notation]:
    """Every nasty name that a tensor can have, in every role, several at a time."""
    usable = []
    for name in NASTY:
        try:
            usable.append(Notation(loss="Lo", scale="Sc", switch="Sw", input=name).input)
        except NotationError:
            continue
    assert len(usable) > 100
    for start in range(len(usable)):
        names = [usable[(start + 7 * at) % len(usable)] for at in range(len(ROLES))]
        if len(set(names)) == len(names):
            yield Notation(loss="Lo", scale="Sc", switch="Sw", **dict(zip(ROLES, names)))  # type: ignore[arg-type]


def tokens(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_][\w']*", re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL)))


FULL = dict(in_channels=2, out_channels=2, bias=True, padding=1, stride=2)


def marked(monkeypatch: pytest.MonkeyPatch, layer: Conv) -> tuple[str, set[str]]:
    """The layer's file with users' names and indices between marks, and those names."""
    seen: set[str] = set()

    def mark(name: str, letters: object = None) -> str:
        seen.add(name)
        return f"ª{name}º"

    with monkeypatch.context() as patched:
        patched.setattr(rocq, "identifier", mark)
        return prove(layer).to_rocq(), seen


def test_no_name_means_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file whose names stand between marks nothing is captured; with our names it must be the same file."""
    for at, notation in enumerate(notations()):
        layer = Conv(3, 2, notation=notation, **(FULL if at % 20 == 0 else {"bias": True}))  # type: ignore[arg-type]
        text, names = marked(monkeypatch, layer)
        preamble, rest = text.split("(* The layer's tensors", 1)
        preamble = re.sub(r"Definition (\w+).*|Fixpoint (\w+)[^.]*", r"\1 \2", preamble)  # without what is bound there
        fixed = tokens(preamble) | tokens(re.sub("ª.*?º", " ", rest))
        ours = {rocq.identifier(name) for name in names}
        assert len(ours) == len(names)
        assert {"R", "sum", "bracket", "zero", "patches_output"} <= fixed
        assert not ours & (fixed | set(KEYWORDS.split()))
        assert prove(layer).to_rocq() == re.sub("ª(.*?)º", lambda found: rocq.identifier(found[1]), text)
        defined = re.findall(r"^(?:Definition|Variable|Fixpoint|Lemma) ([\w']+)", prove(layer).to_rocq(), re.MULTILINE)
        assert len(defined) == len(set(defined))


def test_different_names_stay_different() -> None:
    ends = ("", "_", "__", "'", "_'", "'_", "1", "_1")
    words = [stem + end for stem in [*NASTY, "alpha", "_a", "a__b"] for end in ends]
    for letters in (rocq.LETTERS, rocq.BOUND_LETTERS):
        made = {rocq.identifier(word, letters) for word in words}
        assert len(made) == len(set(words))
        assert not made & (set(KEYWORDS.split()) | letters)


@pytest.mark.parametrize("at", [0, 40, pytest.param(None, marks=pytest.mark.exhaustive)])
def test_tensors_of_any_name_compile(at: int | None, tmp_path: Path) -> None:
    every = list(notations())
    for notation in every[::6] if at is None else every[at : at + 2]:
        layer = Conv(3, 2, in_channels=2, bias=True, padding=1, notation=notation)
        report = prove(layer, views=["direct", "fully_connected", "patches", "locally_connected"])
        done = compiled(report.to_rocq(), tmp_path)
        assert done.returncode == 0, (notation, done.stderr)


def symbols(names: Sequence[str]) -> Iterator[list[sp.Symbol]]:
    """Every nasty name that a size can have, seven at a time."""
    usable = []
    for name in names:
        try:
            Conv(sp.Symbol(name, integer=True, positive=True), 1, notation=APART)
            usable.append(name)
        except SymconvError:
            continue
    assert len(usable) > 100
    for start in range(0, len(usable), 7):
        chosen = (usable + usable)[start : start + 7]
        yield [sp.Symbol(name, integer=True, positive=True) for name in chosen]


APART = Notation(
    input="In", weight="We", bias="Bi", output="Ou", grad_output="Go", dense_weight="De", dense_bias="Db",
    local_weight="Lw", patch="Pa", loss="Lo", scale="Sc", switch="Sw",
)  # fmt: skip


@pytest.mark.parametrize("at", [0, 7, pytest.param(None, marks=pytest.mark.exhaustive)])
def test_sizes_of_any_name_compile(at: int | None, tmp_path: Path) -> None:
    names = [*NASTY, "__", "_1", "a__b", "read_", "Z_", "view__X", "sum_ext_"]
    for one in list(symbols(names))[at : None if at is None else at + 1]:
        n, K, s, p, d, C, D = one
        layer = Conv(n, K, stride=s, padding=p, dilation=d, in_channels=C, out_channels=D, bias=True, notation=APART)
        done = compiled(prove(layer).to_rocq(), tmp_path)
        assert done.returncode == 0, (one, done.stderr)
        assert done.stdout.count("Closed under the global context") == 2


def test_the_statement_about_sizes_of_any_name_is_the_same() -> None:
    """Letter by letter, with other names for the sizes in the same order."""
    for one in symbols(NASTY):
        plain = [sp.Symbol(f"q{at}", integer=True, positive=True) for at, _ in enumerate(one)]
        ordered = sorted(one, key=lambda symbol: symbol.name)
        nasty, usual = (
            prove(Conv(n, K, stride=s, padding=p, dilation=d, in_channels=C, out_channels=D, notation=APART)).to_rocq()
            for n, K, s, p, d, C, D in (ordered, plain)
        )
        statement = nasty[nasty.index("Theorem this_layer") :]
        names = {rocq.identifier(symbol.name, rocq.BOUND_LETTERS): f"q{at}" for at, symbol in enumerate(ordered)}
        renamed = "".join(names.get(word, word) for word in re.split(r"([A-Za-z_][\w']*)", statement))
        assert renamed == usual[usual.index("Theorem this_layer") :]


def test_names_that_stay_what_they_are(tmp_path: Path) -> None:
    text = prove(Conv(3, 2, notation=Notation(input="x_in", output="R"))).to_rocq()
    assert "Definition x_in_ (j : Z)" in text and "Variable given__x_in :" in text and "Definition w (k : Z)" in text
    assert compiled(text, tmp_path).returncode == 0
    text = prove(Conv(3, 2, notation=Notation(input="k"))).to_rocq()  # its index is k', and no variable is called that
    assert "Definition k (j : Z) : R := if inside j 3 then given__k j else zero." in text
    assert "Definition w (k' : Z) : R := if inside k' 2 then given__w k' else zero." in text
    assert compiled(text, tmp_path).returncode == 0
    text = prove(Conv(n, sp.Symbol("K"), padding="same")).to_rocq()  # p_l is not a symbol of the layer
    assert "one_axis" not in text and compiled(text, tmp_path).returncode == 0


def test_a_part_of_a_network_compiles(tmp_path: Path) -> None:
    network = Sequential(Conv(4, 2, bias=True), Activation("relu"), Conv.lazy(kernel_size=2, out_channels=1))
    for part in (network.parts[0], network.parts[2]):
        assert part.layer is not None
        done = compiled(prove(part.layer).to_rocq(), tmp_path)
        assert done.returncode == 0, done.stderr
