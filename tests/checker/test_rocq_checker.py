"""The checker that is proved correct in Rocq: which theorems it takes, and that it refuses others."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Upsample, identities, prove, verify
from symconv.cli.main import main
from symconv.proof.certificates.equations import equation_certificate
from symconv.proof.certificates.gallina import Gallina, rocq_file
from symconv.proof.certificates.kernel import Divisor, Frozen, KernelLayer, KernelTerm, Untranslated, frozen
from symconv.proof.certificates.multipliers import add, const
from symconv.proof.certificates.translation import translated
from tests.checker.forging import Json, sealed
from tests.checker.test_definitions import CASES, real
from tests.checker.test_forgeries import FORGED, TRUE
from tests.checker.test_verify import tampered, theorems

CHECKER = files("symconv.proof.certificates").joinpath("checker.v")
REQUIRED = "Require Import checker ZArith List Bool. Import ListNotations. Open Scope Z_scope."
"""What a file begins with that uses the checker, once it is compiled."""


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
    "groups on two axes": lambda: Conv.general(2, groups=G, batch_size=N),
    "circular on two axes": lambda: Conv.general(2, padding_mode="circular"),
    "a dilated input": lambda: Conv.general(1, input_dilation=sp.Symbol("l", integer=True, positive=True)),
    "transposed on three axes": lambda: ConvTranspose.general(3),
    "transposed, groups": lambda: ConvTranspose.general(1, groups=G),
    "a flipped kernel": lambda: Conv.general(1, flip=True),
    "maxima": lambda: MaxPool.general(1),
    "maxima on two axes": lambda: MaxPool.general(2),
    "up-sampling on two axes": lambda: Upsample((n, n), 2),
    "averages": lambda: AvgPool.general(1),
    "averages on two axes": lambda: AvgPool.general(2),
    "up-sampling": lambda: Upsample(n, 2),
    "numbers": lambda: Conv((3, 3), (2, 2), out_channels=2),
    "many entries": lambda: Conv((30, 30), (5, 5)),
    "numbers, circular": lambda: Conv(3, 2, padding=1, padding_mode="circular"),
}


LARGE = {*LAYERS} - {"one axis", "circular", "transposed", "averages", "up-sampling", "numbers", "numbers, circular"}
"""These take longer. All are compiled in the standard set (test_rocq_standard_set.py)."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.exhaustive) if name in LARGE else name for name in LAYERS]
)
def test_theorems_of_layers_are_translated(name: str) -> None:
    for certificate in certificates(LAYERS[name]()):
        kernel = translated(certificate)
        assert list(kernel.formulas) == [verify.DEFINITION, *certificate["formulas"]] and kernel.layer is not None
        assert len({len(formula.last) for formula in kernel.formulas.values()}) == 1


def test_the_checker_has_no_axioms() -> None:
    text = re.sub(r"\(\*.*?\*\)", "", CHECKER.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"\b(Axiom|Admitted|Parameter|Conjecture|admit)\b", text)


# -- with coqc -------------------------------------------------------------------------------------------


def compiled(text: str, folder: Path, *checker: Path) -> subprocess.CompletedProcess[str]:
    """What Rocq says of a file, which may require the checker if its folder is given."""
    (folder / "proof.v").write_text(text, encoding="utf-8")
    known = [option for one in checker for option in ("-Q", str(one), "")]
    return subprocess.run(["coqc", *known, "proof.v"], cwd=folder, capture_output=True, text=True, check=False)


def verdicts(known: Mapping[str, Json], folder: Path, checker: Path) -> dict[str, bool]:
    """What the checker in Rocq says of theorems, those without a translation left out."""
    parts, names = [REQUIRED], []
    for number, (name, data) in enumerate(known.items()):
        try:
            text = Gallina(translated(data), f"theorem_{number}").definitions(name)
        except (Untranslated, verify.Rejected):
            continue
        names.append(name)
        parts.append(f"{text}\nCompute check assumed formulas proofs.\nEnd theorem_{number}.")
    done = compiled("\n".join(parts), folder, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)", done.stdout)
    return dict(zip(names, [one == "true" for one in said], strict=True))


def other_layers(layer: KernelLayer) -> Iterator[KernelLayer]:
    """Layers with another stride, padding, size, kernel, kind or entry, or with axes that are exchanged."""
    for at, axis in enumerate(layer.axes):
        for number in range(len(axis)):
            if number == len(axis) - 1 and all(key == () for p in axis for key, _ in p):
                continue  # more padding at the end may leave the outputs as they are
            changed = (*axis[:number], shifted(axis[number]), *axis[number + 1 :])
            yield replace(layer, axes=(*layer.axes[:at], changed, *layer.axes[at + 1 :]))
    if len(set(layer.axes)) > 1:
        yield replace(layer, axes=layer.axes[::-1])
    yield replace(layer, flipped=not layer.flipped)
    yield from (
        replace(layer, mode=mode) for mode in ("Zeros", "Circular", "Reflect", "Replicate") if mode != layer.mode
    )
    kinds = [(kind, None) for kind in ("Reading", "Transposed", "Maximum", "UpSampling")]
    for kind, divisor in [*kinds, ("Average", Divisor("OfKernel")), ("Average", Divisor("Given", frozen(const(97))))]:
        if (kind, divisor) != (layer.kind, layer.divisor):
            yield replace(layer, kind=kind, divisor=divisor)
    for at in range(len(layer.channels)):
        yield replace(layer, channels=(*layer.channels[:at], *layer.channels[at + 1 :]))
    for quantity in ("Output", "GradWeight", "GradInput", "GradBias"):
        if quantity != layer.quantity:
            yield replace(layer, quantity=quantity)
    yield replace(layer, entry=layer.entry[1:])
    if len(layer.entry) > 1:
        yield replace(layer, entry=(layer.entry[0], *layer.entry[:-1]))
    if len(layer.tensors) > 1:
        yield replace(layer, tensors=tuple((role, layer.tensors[0][1]) for role, _ in layer.tensors[:2]))


@pytest.mark.rocq
@pytest.mark.parametrize("count", [1, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_other_layers_are_refused(count: int, tmp_path: Path, checker: Path) -> None:
    """With the same formulas and proofs, the theorem is not about a layer that differs in one parameter."""
    parts, names = [REQUIRED], []
    for number, (layer, of) in enumerate([case for case in CASES if case[1] in layer_quantities(count)]):
        kernel = translated(real(layer, of))
        assert kernel.layer is not None
        writer = Gallina(kernel, f"theorem_{number}")
        parts += [writer.definitions("layers"), question("about", "entry", kernel.layer.quantity)]
        names.append(f"{layer}, {of}: true")
        for tried, other in enumerate(other_layers(kernel.layer)):
            known = len(writer.lines)
            made = writer.layer(other)
            parts += writer.lines[known:]
            parts += [f"Definition {key}_{tried} : {made[key][0]} := {made[key][1]}." for key in ("about", "entry")]
            parts.append(question(f"about_{tried}", f"entry_{tried}", other.quantity))
            names.append(f"{layer}, {of}: false {tried}")
        parts.append(f"End theorem_{number}.")
    done = compiled("\n".join(parts), tmp_path, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)", done.stdout)
    wrong = [name for name, one in zip(names, said, strict=True) if f": {one}" not in name]
    assert not wrong and len(names) > 100


def layer_quantities(count: int) -> tuple[str, ...]:
    return ("output", "grad_weight", "grad_input")[:count]


def question(about: str, entry: str, quantity: str) -> str:
    """Whether a theorem is about a layer, and proved."""
    return (
        f"Compute let gs := definition assumed {about} {quantity} {entry} :: formulas in "
        f"well_described assumed {about} {quantity} {entry} sizes && check assumed gs proofs."
    )


@pytest.mark.rocq
def test_forged_theorems_are_refused_and_true_ones_are_not(tmp_path: Path, checker: Path) -> None:
    true = verdicts(TRUE, tmp_path, checker)
    assert all(true.values()) and len(true) == len(TRUE)
    forged = verdicts({name: data for name, (_, data) in FORGED.items()}, tmp_path, checker)
    assert not any(
        said for name, said in forged.items() if name != "a quotient is not of itself"
    )  # what it says is true


def shifted(p: Frozen) -> Frozen:
    return frozen(add(dict(p), const(1)))


def changed(term: KernelTerm, generator: random.Random) -> KernelTerm:
    """A term of another value: twice as large, or with an index or a bracket that is one more."""
    kinds = ["coefficient", *["entry"] * bool(term.entries), *["bracket"] * bool(term.brackets)]
    kind = generator.choice(kinds)
    if kind == "coefficient":
        return replace(term, numerator=frozen(add(dict(term.numerator), dict(term.numerator))))
    if kind == "bracket":
        at = generator.randrange(len(term.brackets))
        return replace(term, brackets=(*term.brackets[:at], shifted(term.brackets[at]), *term.brackets[at + 1 :]))
    at = generator.randrange(len(term.entries))
    tensor, indices = term.entries[at]
    axis = generator.randrange(len(indices)) if indices else 0
    entry = (tensor, tuple(shifted(e) if place == axis else e for place, e in enumerate(indices)))
    if not indices:
        return replace(term, entries=(*term.entries, entry))
    return replace(term, entries=(*term.entries[:at], entry, *term.entries[at + 1 :]))


@pytest.mark.rocq
@pytest.mark.parametrize("count", [25, pytest.param(100, marks=pytest.mark.exhaustive)])
def test_another_statement_is_refused(count: int, tmp_path: Path, checker: Path) -> None:
    """The steps and certificates of a theorem with another start of one formula: all of them, for every theorem."""
    generator, parts, tried = random.Random(0), [REQUIRED], 0
    names = ["one axis", "circular", "reflect", "transposed", "groups"]
    every = [certificate for name in names for certificate in certificates(LAYERS[name]())]
    found = [{**certificate, "layer": None} for certificate in every]  # its definition would refuse them, too
    for number, certificate in enumerate(found):
        kernel = translated(certificate)
        writer = Gallina(kernel, f"theorem_{number}")
        parts += [writer.definitions("tampered"), "Compute check assumed formulas proofs."]
        for _ in range(count):
            starts = [list(formula.start) for formula in kernel.formulas.values()]
            start = generator.choice(starts)
            at = generator.randrange(len(start))
            start[at] = changed(start[at], generator)
            known = len(writer.lines)
            formulas = writer.forms(starts)
            parts += [*writer.lines[known:], f"Compute negb (check assumed {formulas} proofs)."]
            tried += 1
        parts.append(f"End theorem_{number}.")
    done = compiled("\n".join(parts), tmp_path, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)", done.stdout)
    assert said == ["true"] * (tried + len(found)) and tried == count * len(found)


def test_any_theorem_file_becomes_one_for_rocq(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, made = tmp_path / "theorems.json", tmp_path / "theorems.v"
    path.write_text(json.dumps({"theorems": [TRUE["split at a condition"], TRUE["sift: with 1"]]}), encoding="utf-8")
    assert main(["verify", str(path), "--rocq", str(made)]) == 0
    assert "Theorem all_proved :\n  one_value theorem_1.assumed" in made.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["verify", str(path), "--rocq", "-"]) == 0
    printed = capsys.readouterr()
    assert "Print Assumptions all_proved." in printed.out and "verified, 2 theorems" in printed.err
    path.write_text(json.dumps(TRUE["adds up to one"]), encoding="utf-8")
    assert main(["verify", str(path), "--rocq", str(made), "--force"]) == 0
    assert "[OneSum " in made.read_text(encoding="utf-8")


@pytest.mark.rocq
def test_identities_of_the_catalogue_compile(tmp_path: Path) -> None:
    """Every entry of two formulas whose inequalities are found again: at least 175 of them."""
    found, lacking = [], []
    for name, entry in identities.items():
        for of, left, right in entry.equations() if entry.proved is None else ():
            data = json.loads(json.dumps(equation_certificate(left, right, f"{of} of {name}")))
            verify.check(data)
            try:
                translated(data)
                found.append(data)
            except Untranslated:
                lacking.append(name)
    assert len(found) >= 175 and len(lacking) <= 3
    done = compiled(rocq_file(found, "identities"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Closed under the global context") == 3


@pytest.mark.rocq
@pytest.mark.parametrize("count", [150, pytest.param(2_000, marks=pytest.mark.exhaustive)])
def test_both_checkers_take_the_same_files(count: int, tmp_path: Path) -> None:
    """Files with one thing changed: what ``verify.py`` rejects is not written, and what it accepts compiles."""
    generator, known = random.Random(0), theorems()
    accepted, rejected = [], 0
    for _ in range(count):
        data = sealed(tampered(generator.choice(known), generator))
        try:
            verify.check(data)
            accepted.append(data)
        except verify.Rejected:
            rejected += 1
            with pytest.raises(verify.Rejected):
                rocq_file([data], "tampered")
    assert rejected > count // 2 and accepted  # a label, or an assumption that is not needed
    done = compiled(rocq_file(accepted, "tampered"), tmp_path)
    assert done.returncode == 0, done.stderr
