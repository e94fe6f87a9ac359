"""The command line: what it prints, its exit codes, and what it refuses."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from symconv import Conv, __version__
from symconv.cli import commands
from symconv.cli.commands.figures import FIGURES, OF_LARGE_LAYERS
from symconv.cli.main import main
from symconv.cli.parser import near
from symconv.figures import figures_of

SMALLEST = ["--input-size", "3", "--kernel-size", "2"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_derive(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "derive", *SMALLEST)
    assert (code, err) == (0, "")
    assert "[0, 1]  X2*w1 + X3*w2" in out
    assert "zero:   v12 = v31 = 0" in out
    assert "shared: v11 = v22, v21 = v32" in out


def test_derive_letters(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "derive", "--input-size", "n", "--kernel-size", "K", "--stride", "s", "--padding", "p",
                       "--view", "direct", "--of", "grad_weight")  # fmt: skip
    assert code == 0
    assert "dL_dw[k] = Sum(X[i*s + k - p]*delta[i], (i, 0, m - 1))" in out
    assert "where m = floor(" in out


def test_one_letter_for_two_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", "--input-size", "n", "--kernel-size", "2", "--padding", "n")
    assert code == 0
    assert "all whole numbers n >= 1" in out


def test_derive_latex(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "derive", *SMALLEST, "--latex", "--view", "direct", "--of", "output")
    assert (code, out) == (0, "% direct convolution\nh_{i} = \\sum_{k} w_{k} \\, X_{i + k}\n")


def test_derive_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "derive", *SMALLEST, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["layer"] == "Conv(3, 2)"
    assert answer["views"]["patches"]["output"]["entries"] == ["X1*w1 + X2*w2", "X2*w1 + X3*w2"]
    assert set(answer["views"]) == {"direct", "fully_connected", "patches"}


def test_sizes_joined_by_x_are_those_of_the_axes(capsys: pytest.CaptureFixture[str]) -> None:
    joined = run(capsys, "prove", "--input-size", "4x3", "--kernel-size", "2×3")
    assert joined == run(capsys, "prove", "--input-size", "4", "3", "--kernel-size", "2", "3")
    assert joined[0] == 0


def test_prove(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", "--input-size", "3", "3", "--kernel-size", "2", "2", "--out-channels", "2")
    assert code == 0
    assert out.count("proved") == 3
    assert "32 collected product terms" in out


def test_prove_in_general_with_steps(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", "--general", "2", "--steps")
    assert code == 0
    assert "every shape: all whole numbers" in out
    assert "sift: " in out and "drop implied range: " in out


def test_prove_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", *SMALLEST, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["holds"] is True
    assert [theorem["verdict"] for theorem in answer["theorems"]] == ["proved"] * 3
    assert answer["theorems"][0]["views"]["fully_connected"]["steps"][0]["rule"] == "sift"


def test_a_refuted_proof_has_exit_code_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from symconv import proof
    from tests.numeric.test_spot_check import Shifted

    real = proof.prove

    def of_a_wrong_view(conv: Conv, **options: object) -> object:
        return real(conv, views=["direct", Shifted(conv)], **options)  # type: ignore[arg-type]

    monkeypatch.setattr(proof, "prove", of_a_wrong_view)
    code, out, _ = run(capsys, "prove", *SMALLEST)
    assert code == 1
    assert "refuted" in out


def test_spot_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "spot-check", *SMALLEST, "--trials", "2")
    assert code == 0
    assert "all passed" in out
    code, out, _ = run(capsys, "spot-check", "--general", "1", "--trials", "2", "--json")
    assert (code, json.loads(out)["passed"]) == (0, True)


def test_notes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "notes", str(tmp_path), *SMALLEST)
    assert code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["conv-3-kernel-2.tex"]
    assert "latexmk" in out
    (tmp_path / "conv-3-kernel-2.tex").write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, "notes", str(tmp_path), *SMALLEST)
    assert code == 2
    assert "symconv did not write it" in err
    code, out, _ = run(capsys, "notes", str(tmp_path), *SMALLEST, "--force", "--json")
    assert (code, json.loads(out)["files"]) == (0, [str(tmp_path / "conv-3-kernel-2.tex")])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("--input-size 3 --kernel-size 2 lecture", "lecture/conv-3-kernel-2.tex"),
        ("lecture --input-size 3 --kernel-size 2", "lecture/conv-3-kernel-2.tex"),
        ("--input-size 3 3 --kernel-size 2 lecture", "lecture/conv-3x3-kernel-2x2.tex"),
        ("--input-size n --kernel-size K lecture", "lecture/conv-n-kernel-K.tex"),
        ("--kernel-size K lecture --input-size n", "lecture/conv-n-kernel-K.tex"),
        ("--input-size n1 n2 --kernel-size K1 K2 lecture", "lecture/conv-n1xn2-kernel-K1xK2.tex"),
        ("lecture --input-size n1 n2 --kernel-size K1 K2", "lecture/conv-n1xn2-kernel-K1xK2.tex"),
    ],
)
def test_the_directory_may_stand_behind_sizes(
    arguments: str, name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "notes", *arguments.split())
    assert (code, err) == (0, "")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.tex")] == [name]


@pytest.mark.parametrize("command", ["notes", "exercises"])
def test_a_missing_directory_is_bad_usage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, command, *SMALLEST)
    assert code == 2
    assert f"symconv {command} lecture" in err


def test_demo(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "demo", str(tmp_path / "demo"))
    assert code == 0
    assert len(list((tmp_path / "demo").glob("*.tex"))) == 3
    assert "X2*w1 + X3*w2" in out and "all passed" in out and "every shape" in out
    code, out, _ = run(capsys, "demo", str(tmp_path / "demo"), "--json")
    answer = json.loads(out)
    assert (code, answer["holds"], len(answer["layers"])) == (0, True, 3)


BAD = [
    (["derive", *SMALLEST, "--view", "dense"], "the layer has no such view"),
    (["derive", *SMALLEST, "--layer", "dense"], "not a kind of layer"),
    (["prove", "--input-size", "3", "--kernel-size", "5"], "padded input has only 3"),
    (["prove", "--kernel-size", "5"], "no --input-size"),
    (["prove", "--input-size", "3"], "no --kernel-size"),
    (["prove", "--input-size", "3.5", "--kernel-size", "2"], "neither a whole number nor a letter"),
    (["prove", *SMALLEST, "--stride", "0"], "at least 1"),
    (["prove", "--input-size", "3", "3", "--kernel-size", "2", "--stride", "1", "1", "1"], "numbers of axes"),
    (["prove", "--general", "0"], "ndim=0"),
    (["prove", "--layer", "upsample", "--input-size", "3"], "no --scale-factor"),
    (["prove", "--layer", "fold", "--input-size", "3"], "use --output-size, --kernel-size"),
    (["prove", *SMALLEST, "--padding", "1:2:3"], "neither a whole number"),
    (["prove", *SMALLEST, "--padding-mode", "mirror"], "use zeros, circular, reflect or replicate"),
    (["prove", *SMALLEST, "--padding=-3:0"], "crops"),
    (["prove", *SMALLEST, "--padding", "3", "--padding-mode", "reflect"], "at most 2"),
    (["prove", *SMALLEST, "--padding", "same", "--stride", "2"], "same_tf"),
    (["prove", *SMALLEST, "--groups", "2"], "do not divide 1 channels"),
    (["prove", "--layer", "conv-transpose", *SMALLEST, "--output-padding", "1"], "smaller than the stride"),
    (["prove", *SMALLEST, "--of", "grad_bias"], "no such quantity"),
    (["prove", "--input-size", "w", "--kernel-size", "2"], "has that name"),
    (["prove", "--input-size", "__import__('os').system('x')", "--kernel-size", "2"], "neither a whole number"),
    (["prove", "--input-size", "x.__class__", "--kernel-size", "2"], "neither a whole number"),
    (["prove", "--input-size", "9**9**9", "--kernel-size", "2"], "neither a whole number"),
    (["prove", "--input-size", "9" * 5000, "--kernel-size", "2"], "neither a whole number"),
    (["prove", "--input-size", "\\input{x}", "--kernel-size", "2"], "neither a whole number"),
    (["spot-check", *SMALLEST, "--trials", "0"], "trials=0"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(row[0])[:60] for row in BAD])
def test_bad_usage(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1 and len(err) < 500


def test_unknown_options_have_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["prove", "--no-such"], ["dance"], ["derive", *SMALLEST, "--view", "dense"]):
        assert run(capsys, *arguments)[:2] == (2, "")


MISTYPED = [
    (["prove", *SMALLEST, "--paddign", "1"], "did you mean --padding?"),
    (["prove", *SMALLEST, "--pad=1"], "did you mean --padding or --padding-mode?"),
    (["prove", *SMALLEST, "-stride", "1"], "did you mean --stride?"),
    (["prove", *SMALLEST, "--view", "direct"], "see symconv prove --help"),
    (["notes", "x", *SMALLEST, "--view", "direct"], "did you mean --views?"),
    (["porve", *SMALLEST], "did you mean prove?"),
    (["spotcheck", *SMALLEST], "did you mean spot-check?"),
    (["--josn"], "use check, completion"),
    (["derive", *SMALLEST, "--view", "pathces"], "did you mean patches?"),
    (["derive", *SMALLEST, "--of", "grad-weight"], "did you mean grad_weight?"),
    (["prove", *SMALLEST, "--layer", "avgpool"], "did you mean avg-pool?"),
    (["notes", "x", *SMALLEST, "--format", "pdf,htlm"], "did you mean html?"),
    (["notes", "x", *SMALLEST, "--language", "english"], "use en, de"),
    (["prove", *SMALLEST, "--name", "wieght=W"], "did you mean weight?"),
    (["prove", *SMALLEST, "--name", "weight"], "not of the form ROLE=NAME"),
    (["prove", *SMALLEST, "--name", "weight=X"], "has that name already"),
    (["prove", *SMALLEST, "--json=yes"], "it takes no value"),
    (["prove", *SMALLEST, "--of"], "its value is missing"),
    (["prove", *SMALLEST, "--max-terms", "many"], "not a whole number"),
    (["prove", *SMALLEST, "--bias", "lecture"], "one argument too many"),
    (["notes", "a", "b", *SMALLEST], "one argument too many"),
    (["notes", "a", "-o", "b", *SMALLEST], "both say where to write"),
    (["verify"], "nothing to verify"),
    (["completion", "tcsh"], "use one of bash, zsh, fish"),
    (["completion"], "use one of bash, zsh, fish"),
    (["prove", *SMALLEST, "--save", "-", "--json"], "both print to standard output"),
    (["figures", "-", *SMALLEST], "use --only extent"),
    (["figures", "x", "--general"], "it has no figures"),
    (["figures", "x", "--layer", "avg-pool", *SMALLEST, "--only", "backward-weight"], "no such figure"),
]


def mistyped(option: str) -> Iterator[str]:
    """An option with a letter left out, doubled, or exchanged with the next."""
    for at in range(3, len(option) - 1):
        yield option[:at] + option[at + 1 :]
        yield option[:at] + option[at] + option[at:]
        yield option[:at] + option[at + 1] + option[at] + option[at + 2 :]


@pytest.mark.parametrize("name", commands.names())
def test_every_option_is_found_by_what_is_like_it_and_by_nothing_else(name: str) -> None:
    """As hints are read: most slips of a finger lead to the option, and a word that is like none leads nowhere."""
    options = commands.command(name).parser(name).long_options
    slips = {slip: option for option in options for slip in mistyped(option) if slip not in options}
    found = [f"{option} " in near(slip, options).replace("?", " ") for slip, option in slips.items()]
    assert sum(found) >= 0.97 * len(found), [slip for slip, one in zip(slips, found) if not one]
    for other in ("--verbose", "--xyz", "--optimizer", "--epochs", "--zoom", "--k"):
        assert near(other, options) == ""


@pytest.mark.parametrize(("arguments", "message"), MISTYPED, ids=[" ".join(row[0])[:60] for row in MISTYPED])
def test_a_mistake_gets_a_hint(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert message in json.loads(out)["error"] if "--json" in arguments else out == ""
    assert message in err
    assert err.startswith("symconv: given ") and err.count("\n") == 1


def test_alone_it_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert all(f"  {name} " in out for name in commands.names())
    assert run(capsys, "--help")[1] == out == run(capsys, "help")[1]
    assert run(capsys, "help", "prove")[1] == run(capsys, "prove", "-h")[1]
    assert run(capsys, "-V") == (0, f"symconv {__version__}\n", "")


@pytest.mark.parametrize("name", commands.names())
def test_the_example_of_every_command_runs(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if name == "verify":
        run(capsys, "prove", *SMALLEST, "--general", "--save", "theorems.json")
    code = "def bias_gradient(dout):\n    return dout.sum(axis=1)\n"
    (tmp_path / "layers.py").write_text(code, encoding="utf-8")
    entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1]}}
    layer = {"class_name": "Conv2D", "config": {"filters": 2, "kernel_size": [3, 3]}}
    model = json.dumps({"class_name": "Sequential", "config": {"layers": [entry, layer]}})
    (tmp_path / "model.json").write_text(model, encoding="utf-8")
    example = shlex.split(commands.command(name).example)
    if name != "demo":  # it has a test of its own
        assert run(capsys, name, *example)[::2] == (0, "")


def test_json_errors_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "prove", "--input-size", "3", "--kernel-size", "5", "--json")
    assert code == 2
    assert "padded input" in json.loads(out)["wrong"]


def test_help_does_not_import_sympy() -> None:
    probe = (
        "import sys; from symconv.cli.main import main; main(['{}'])\n"
        "print('sympy' in sys.modules, 'numpy' in sys.modules)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", probe.format(option)], capture_output=True, text=True, check=True)
        assert done.stdout.endswith("False False\n")
        assert __version__ in done.stdout or "COMMAND" in done.stdout


CLOSED = "symconv: given a pipe: it was closed before all was written; let its reader read to the end\n"


def test_as_a_module_and_with_a_reader_that_leaves() -> None:
    command = f"{sys.executable} -m symconv derive --input-size 5 --kernel-size 2 | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert done.stdout == "Conv(5, 2)\n"
    assert (done.returncode, done.stderr) in ((0, ""), (2, CLOSED))  # as fast as it or the reader is


def test_sizes_of_every_sign_and_a_mistyped_word(capsys: pytest.CaptureFixture[str]) -> None:
    two = ["derive", "--input-size", "4", "4", "--kernel-size", "2", "2", "--view", "direct", "--of", "output"]
    for padding in (["--padding", "-1:2", "-1:0"], ["--padding=-1:2,-1:0"], ["--padding", "-1:2,-1:0"]):
        code, out, _ = run(capsys, *two, *padding)
        assert code == 0 and "padding=((-1, 2), (-1, 0))" in out
    code, _, err = run(capsys, "prove", *SMALLEST, "--padding", "SAME")
    assert (code, "use valid, same, same_tf, full" in err) == (2, True)


CHECKS = [
    (["X1*w1 + X2*w2", "X2*w1 + X3*w2"], 0, "proved"),
    (["X1*w1 + X2*w2", "X2*w1 + X3*w3"], 1, "X3*w3 should be X3*w2; this layer has no w3"),
    (["--of", "constraints", "v31 = v12 = 0, v11 = v22"], 1, "v21 = v32 is missing"),
    ([r"\\sum_k w_k x_{i+k}"], 0, "proved"),
    (["--count-from", "1", "sum(k = 1..2, w[k] x[i + k - 1])"], 0, "proved"),
]


@pytest.mark.parametrize(("claims", "expected", "words"), CHECKS, ids=[row[2] for row in CHECKS])
def test_check(claims: list[str], expected: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", *SMALLEST, *[claim.replace("\\\\", "\\") for claim in claims])
    assert (code, err) == (expected, "")
    assert words in out
    code, out, _ = run(capsys, "check", "--json", *SMALLEST, *[claim.replace("\\\\", "\\") for claim in claims])
    assert (code, json.loads(out)["status"]) == (expected, "proved" if expected == 0 else "refuted")


def test_an_error_in_a_claim_points_at_the_character(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", *SMALLEST, "sum(k, w[k] * X[i + k]) * zeta[i]")
    assert (code, out) == (2, "")
    message, text, mark = err.splitlines()
    assert "the name 'zeta' is not known" in message
    assert text[mark.index("^")] == "z"
    code, _, err = run(capsys, "check", *SMALLEST)
    assert (code, "no claim" in err) == (2, True)


def test_the_command_line_knows_the_words_of_the_library() -> None:
    """Its lists are its own, so that --help needs no SymPy."""
    from symconv import Conv, figures_of
    from symconv.claims.report import QUANTITIES
    from symconv.cli import options
    from symconv.geometry.padding import MODES, WORDS
    from symconv.layers import kinds_by_name
    from symconv.notes.languages import CATALOGUES
    from symconv.notes.writers import ALL, FORMATS

    assert set(options.PADDING_WORDS) == set(WORDS)
    assert set(options.MODES) == set(MODES)
    assert set(options.VIEWS) == set(Conv(3, 2).views)
    assert set(options.LAYERS) == set(kinds_by_name("-"))
    assert set(options.CLAIMED) == set(QUANTITIES)
    assert (*FORMATS, ALL) == options.FORMATS
    assert set(options.LANGUAGES) == set(CATALOGUES)
    assert [figure.key for figure in figures_of(Conv(3, 2))] == [*FIGURES]


def test_every_figure_can_be_asked_for_by_its_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    small, large = Conv((3, 3), (2, 2)), Conv((28, 28), (5, 5), in_channels=3)
    assert {figure.key for one in (small, large) for figure in figures_of(one)} <= {*FIGURES, *OF_LARGE_LAYERS}
    sizes = ("--input-size", "28", "28", "--kernel-size", "5", "5", "--in-channels", "3")
    code, _, _ = run(capsys, "figures", str(tmp_path), *sizes, "--only", "stacks,pattern")
    assert code == 0 and len(list(tmp_path.glob("*.svg"))) == 2
