"""The independent checker: accepts what is proved, rejects what was tampered with, and says where."""

from __future__ import annotations

import ast
import copy
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from symconv import Conv, ConvTranspose, SymconvError, prove, verify
from symconv.cli.main import main
from tests.tools import thinned
from tests.views.test_families import FAMILIES

CONCRETE = [
    Conv(3, 2), Conv((3, 3), (2, 2), out_channels=2), Conv(7, 3, stride=2, padding=1, dilation=2, bias=True),
    Conv((4, 3), (2, 2), in_channels=2, out_channels=2, groups=2, batch_size=2), Conv(5, 3, padding=2, padding_mode="reflect"),
    Conv(4, 3, padding=2, padding_mode="circular"), ConvTranspose(3, 2, stride=2),
]  # fmt: skip


@pytest.mark.parametrize("family", thinned(FAMILIES, 2))
def test_every_general_theorem_is_verified(family: str) -> None:
    for theorem in prove(FAMILIES[family]).theorems:
        steps = sum(len(derivation.moves) for derivation in theorem.derivations.values())
        assert verify.check(json.loads(theorem.to_json())).steps == steps >= 3


@pytest.mark.parametrize("conv", CONCRETE, ids=repr)
def test_concrete_theorems_are_verified(conv: Any) -> None:
    for theorem in prove(conv).theorems:
        steps = sum(len(derivation.moves) for derivation in theorem.derivations.values())
        assert verify.check(json.loads(theorem.to_json())).steps == steps >= 3


def test_more_axes_and_the_view_between() -> None:
    for conv in (Conv.general(3), Conv.general(4)):
        for theorem in prove(conv).theorems:
            verify.check(theorem.certificate())
    for theorem in prove(Conv.general(1), views=["fully_connected", "locally_connected"]).theorems:
        verify.check(theorem.certificate())


def test_the_checker_imports_nothing_else_of_symconv_and_can_be_read() -> None:
    source = Path(verify.__file__).read_text(encoding="utf-8")
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(str(node.module))
    assert {module.partition(".")[0] for module in modules} <= set(sys.stdlib_module_names)
    assert sum(bool(line.strip()) for line in source.splitlines()) < 1_505


# -- tampering -----------------------------------------------------------------------------------------


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, (dict, list)):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(value, (*path, key))
    else:
        yield path


def tampered(theorem: dict[str, Any], generator: random.Random) -> dict[str, Any]:
    """A copy with one thing changed: a number or a name anywhere, or one of several steps left out, doubled or exchanged."""
    changed = copy.deepcopy(theorem)
    several = [one["steps"] for one in changed["formulas"].values() if len(one["steps"]) > 1]
    kind = generator.choice(["leaf", "leaf", "leaf", "leaf", "skip", "double", "swap"])
    if kind == "leaf" or not several:
        path = generator.choice([path for path in leaves(changed) if path[0] not in ("sha256", "format", "version")])
        node = changed
        for key in path[:-1]:
            node = node[key]
        value = node[path[-1]]
        names = ["i", "j", "k", "o", "c", "n", "K", "s", "d", "p", "m", "X", "w", "delta", "sift", "re-index", "x"]
        node[path[-1]] = value + generator.choice([-1, 1]) if isinstance(value, int) else generator.choice(
            [name for name in names if name != value]
        )  # fmt: skip
        return changed
    steps = generator.choice(several)
    at = generator.randrange(len(steps) - 1)
    if kind == "skip":
        del steps[at]
    elif kind == "double":
        steps.insert(at, copy.deepcopy(steps[at]))
    else:
        steps[at], steps[at + 1] = steps[at + 1], steps[at]
    return changed


def theorems() -> list[dict[str, Any]]:
    layers = (Conv.general(1), Conv(3, 2), Conv.general(1, padding_mode="reflect"), ConvTranspose.general(1))
    return [json.loads(theorem.to_json()) for layer in layers for theorem in prove(layer).theorems]


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.exhaustive)])
def test_tamperings_are_rejected(count: int) -> None:
    generator = random.Random(0)
    known = theorems()
    at_a_step = 0
    for _ in range(count):
        theorem = generator.choice(known)
        changed = tampered(theorem, generator)
        if changed == theorem:  # two equal steps exchanged
            continue
        with pytest.raises(verify.Rejected) as caught:
            verify.check(changed)
        at_a_step += caught.value.step > 0
        assert "step" in str(caught.value) or not caught.value.step
    assert at_a_step > count // 2


WRONG: list[tuple[str, Any, str]] = [
    ("another version", lambda t: t.update(version=1), "version 2"),
    ("one formula", lambda t: t["formulas"].pop("direct") and t["formulas"].pop("patches"), "fewer than two"),
    ("an unknown rule", lambda t: t["formulas"]["direct"]["steps"][0].update(rule="wish"), "step 1: there is no rule 'wish'"),
    ("no such place", lambda t: t["formulas"]["direct"]["steps"][0].update(at=9), "step 1: there is no term 9"),
    ("a fact that is not there", lambda t: t["assumptions"]["facts"].clear(), "step 1: the rule 'drop implied range'"),
    ("a definition in a circle", lambda t: t["assumptions"]["defined"][0].update(of=[[[1, ["m"]]], [[1, []]]]), "by itself"),
    ("another statement", lambda t: t.update(statement="1 = 2"), "digest"),
    ("another scope", lambda t: t.update(scope="everything"), "digest"),
    ("a bound name with a bound", lambda t: t["assumptions"]["lower"].update(k=1) or t["example"].update(k=1), "a bound name has assumptions"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_said(change: Any, words: str) -> None:
    theorem = json.loads(prove(Conv.general(1), of="output").theorems[0].to_json())
    change(theorem)
    with pytest.raises(verify.Rejected, match=words):
        verify.check(theorem)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "theorems.json"
    assert main(["prove", "--general", "1", "--bias", "--save", str(path)]) == 0
    capsys.readouterr()
    assert main(["verify", str(path)]) == 0
    assert "verified, 4 theorems" in capsys.readouterr().out
    assert main(["prove", "--general", "1", "--bias", "--save", str(path)]) == 0  # ours may be written again
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"sift"', '"re-index"', 1), encoding="utf-8")
    capsys.readouterr()
    assert main(["verify", str(path), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert not row["verified"] and "step" in row["why"]
    path.write_text("{}", encoding="utf-8")
    assert main(["verify", str(path)]) == 1
    assert "not a symconv theorem" in capsys.readouterr().out
    path.write_text("[", encoding="utf-8")
    assert main(["verify", str(path)]) == 1
    assert "not a theorem file" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    assert "No such file" in capsys.readouterr().err
    mine = tmp_path / "mine.json"
    mine.write_text("mine", encoding="utf-8")
    assert main(["prove", "--general", "1", "--save", str(mine)]) == 2
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_theorem_without_a_common_last_line_has_no_certificate() -> None:
    report = prove(Conv(3, 2), of="output")
    theorem = report.theorems[0]
    derivations = dict(theorem.derivations)
    derivations["patches"] = prove(Conv(3, 2), of="grad_input").theorems[0].derivations["patches"]
    object.__setattr__(theorem, "derivations", derivations)
    with pytest.raises(SymconvError, match="no common last line"):
        theorem.certificate()


def test_without_a_file_it_says_how_it_is_used() -> None:
    with pytest.raises(SystemExit, match="usage"):
        verify.main([])


def test_a_file_that_is_rejected_ends_the_program_with_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever it stands among the files; what comes after it is not verified."""
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    right.write_text(prove(Conv(3, 2), of="output").theorems[0].to_json(), encoding="utf-8")
    wrong.write_text(right.read_text(encoding="utf-8").replace('"sift"', '"re-index"', 1), encoding="utf-8")
    verify.main([str(right), str(right)])
    assert capsys.readouterr().out.count("verified") == 2
    for before in range(3):
        with pytest.raises(SystemExit, match="rejected") as ended:
            verify.main([str(path) for path in [*[right] * before, wrong, right]])
        assert isinstance(ended.value.code, str)  # the interpreter prints it, and the exit code is 1
        assert capsys.readouterr().out.count(": verified") == before
