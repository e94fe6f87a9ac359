"""Streams and files that fail, odd terminals, Ctrl-C, and the JSON that programs read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from symconv.cli.main import main

SYMCONV = f"{sys.executable} -m symconv"
SMALLEST = ["--input-size", "3", "--kernel-size", "2"]
SIZES = " ".join(SMALLEST)
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "command-line.schema.json").read_text(encoding="utf-8"))


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env={**os.environ, **environment})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{SYMCONV} derive {SIZES} > /dev/full", "No space left"),
        (f"{SYMCONV} --help > /dev/full", "No space left"),
        (f"{SYMCONV} check {SIZES} - <&-", "standard input"),
        (f"{SYMCONV} verify no-such-file.json", "No such file"),
        (f"{SYMCONV} prove --network no-such-file.yaml", "No such file"),
        (f"{SYMCONV} notes /proc/no-such-place {SIZES}", "cannot be written"),
    ],
)
def test_a_failing_stream_or_file_is_code_two_with_a_sentence(line: str, words: str) -> None:
    done = shell(line)
    assert done.returncode == 2
    assert done.stderr.startswith("symconv: given ") and done.stderr.count("\n") == 1
    assert words in done.stderr


def test_an_old_terminal_gets_escapes() -> None:
    done = shell(f"{SYMCONV} prove --input-size é --kernel-size 2", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "neither a whole number nor a letter" in done.stderr


def test_theorems_go_through_a_pipe() -> None:
    done = shell(f"set -o pipefail; {SYMCONV} prove {SIZES} -q --save - | {SYMCONV} verify -")
    assert (done.returncode, done.stderr) == (0, "")
    assert "standard input: verified, 3 theorems" in done.stdout


def test_claims_come_from_standard_input() -> None:
    done = shell(f"printf 'X1*w1 + X2*w2\\nX2*w1 + X3*w2\\n' | {SYMCONV} check {SIZES} -")
    assert (done.returncode, "proved" in done.stdout) == (0, True)


def test_ctrl_c_is_code_130_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symconv.numeric.spot_check", interrupted)
    assert main(["spot-check", *SMALLEST]) == 130
    assert capsys.readouterr().err == "\nsymconv: interrupted\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["derive", *SMALLEST],
        ["derive", "--general"],
        ["prove", *SMALLEST],
        ["check", *SMALLEST, "X1*w1", "X2*w2"],
        ["check", "--general", "sum(k, w[k]*X[i + k])"],
        ["spot-check", *SMALLEST, "--trials", "1"],
        ["differentiate", "y[i] = sum(k, w[k]*x[i + k])", "w", "x"],
        ["differentiate", *SMALLEST, "--prove"],
        ["notes", "lecture", *SMALLEST],
        ["exercises", "sheets", *SMALLEST, "--count", "1"],
        ["figures", "pictures", *SMALLEST, "--only", "matrix"],
        ["prove", "--input-size", "3"],
        ["prove", "--no-such"],
    ],
    ids=" ".join,
)
def test_json_is_as_the_schema_says(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main([*arguments, "--json"])
    kind = "error" if code == 2 else arguments[0]
    printed: Any = json.loads(capsys.readouterr().out)
    Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{kind}"}]}).validate(printed)


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_completion_knows_commands_options_and_values(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", kind]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("spot-check", "kernel-size", "beamer-pdf", "figures"))


def test_bash_completes() -> None:
    line = f"""eval "$({SYMCONV} completion bash)"
COMP_WORDS=(symconv notes --format be); COMP_CWORD=3; _symconv; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(symconv pro); COMP_CWORD=1; _symconv; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(symconv prove --padd); COMP_CWORD=2; _symconv; echo ${{COMPREPLY[@]}}"""
    assert shell(line).stdout.splitlines() == ["beamer beamer-pdf", "prove prove-code", "--padding --padding-mode"]
