"""What ``checker.v`` takes a layer to be: against ``verify.py``; and no condition or part of it can be left out.

A mutant of the definitions has a proof, as they are what is proved of. So each must be seen here: it makes another
formula of some layer than ``verify.py`` does, or takes a forged layer that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from symconv import AvgPool, BatchGroupedConv, Conv, ConvTranspose, MaxPool, Upsample, verify
from symconv.proof.certificates.gallina import Gallina
from symconv.proof.certificates.kernel import Frozen, KernelLayer, KernelTheorem, OneSum, frozen
from symconv.proof.certificates.multipliers import Certificate, Sum, add, const, var
from symconv.proof.certificates.translation import translated
from tests.checker.test_definitions import real
from tests.checker.test_rocq_checker import CHECKER, REQUIRED, compiled

PLANE: dict[str, Any] = {"stride": (1, 2), "padding": (0, 1)}
LAYERS = {
    "two axes": Conv((5, 6), (2, 3), stride=(2, 1), padding=1, in_channels=2, out_channels=3, batch_size=2),
    "symbols": Conv.general(1, groups=2),
    "circular": Conv(4, 3, padding=2, padding_mode="circular"),
    "a dilated input": Conv(3, 2, input_dilation=2, dilation=2, padding=1, padding_mode="circular"),
    "reflect": Conv(4, 3, padding=2, padding_mode="reflect"),
    "replicate": Conv(4, 3, padding=2, padding_mode="replicate"),
    "flipped": Conv(4, 3, flip=True),
    "transposed": ConvTranspose((3, 4), (2, 3), in_channels=2, out_channels=3, **PLANE),
    "averages": AvgPool((4, 7), (2, 3), **PLANE),
    "other averages": AvgPool(4, 3, padding=1, count_include_pad=False),
    "maxima": MaxPool((4, 7), (2, 3), batch_size=2, **PLANE),
    "up-sampling": Upsample((2, 3), (2, 3)),
    "batch groups": BatchGroupedConv((4, 5), (2, 3), batch_group_count=2, out_channels=2, batch_size=4, **PLANE),
}


def kernels() -> dict[str, KernelTheorem]:
    found = {f"{name}, {of}": translated(real(layer, of)) for name, layer in LAYERS.items() for of in layer.quantities}
    assert all(one.layer is not None for one in found.values())
    return found


# -- the formulas ----------------------------------------------------------------------------------------

OF_FORMULAS: dict[str, tuple[str, str]] = {
    "the padding is added": ("(before x) in\n", "(scale (-1) (before x)) in\n"),
    "the dilation is left out": ("let moved k := sub (times (dilation x) k)", "let moved k := sub k"),
    "the stride is left out of what is read": ("(times (stride x) (v AtI))", "(v AtI)"),
    "the stride is left out of what is written": ("(times (stride x) (v AtJ))", "(v AtJ)"),
    "all kinds read": ("if writes (kind_of L) then [(", "if false then [("),
    "no kernel is flipped": ("let k := if flipped L then", "let k := if false then"),
    "a flipped kernel is moved by one": ("sub (sub (kernel x) (const 1)) (v AtK) else", "sub (kernel x) (v AtK) else"),
    "the input's dilation is left out": (
        "let meet q := sub q (times (spread x) (v AtJ))", "let meet q := sub q (v AtJ)",
    ),
    "a circle is longer": ("(add (times (spread x) last) (const 1))", "(add (times (spread x) last) (const 2))"),
    "nothing is reflected at the beginning": ("([sub (scale (-1) p) (v AtJ)], [sub (const (-1)) p]);", ""),
    "the first element is reflected": ("([sub (scale (-1) p) (v AtJ)]", "([sub (sub (const (-1)) p) (v AtJ)]"),
    "the last element is reflected": (
        "([sub (sub (add last last) p) (v AtJ)]", "([sub (sub (add last (in_size x)) p) (v AtJ)]",
    ),
    "what is reflected begins later": ("[sub (const (-1)) p]);\n      (", "[sub (const (-2)) p]);\n      ("),
    "what is replicated begins earlier": (
        "([sub last (v AtJ)], [sub p (in_size x)])]", "([sub last (v AtJ)], [sub p last])]",
    ),
    "the first element is not replicated": ("([scale (-1) (v AtJ)], [sub (const (-1)) p]);", ""),
    "the weights of a transposed layer are in another order": ("[AtG; AtC; AtO; AtK]", "[AtG; AtO; AtC; AtK]"),
    "switches have no example": ("[AtE; AtG; AtI; AtK]", "[AtG; AtI; AtK]"),
    "a batch in groups is one batch": ("[AtG; AtE; AtC; AtJ]", "[AtE; AtG; AtC; AtJ]"),
    "a factor is one number": ("| TA, Average true => [AtI]", "| TA, Average true => []"),
    "the output has no bias": ("| Output, Some _ => [Term", "| GradBias, Some _ => [Term"),
    "a window has no ends": ("(inside_kernel ++ snd m)", "(snd m)"),
    "all indices are summed": (
        "filter (fun r => negb (existsb (same_role r) (roles_of L (entry_tensor q)))) (once rs)", "once rs",
    ),
    "the input's gradient is that of the weight": ("| GradInput => [TD; TW]", "| GradInput => [TD; TX]"),
    "the weight's gradient has the weight": ("| GradWeight => [TD; TX]", "| GradWeight => [TD; TW]"),
    "an average has no factor": ("(flat_map entry_of (used q ++ [TA]))", "(flat_map entry_of (used q))"),
    "the bias has its gradient at one example": ("(loose (roles_of L TD))]", "[]]"),
}  # fmt: skip


def same_formula(kernel: KernelTheorem, writer: Gallina) -> str:
    """Whether the definition is the formula that ``verify.py`` makes, term by term."""
    made, layer = writer.parts(), kernel.layer
    assert layer is not None
    start = writer.list(kernel.formulas[verify.DEFINITION].start, writer.term)
    parts = " ".join(f"({made[name][1]})" for name in ("assumed", "about"))
    return f"all2 same_term (definition {parts} {layer.quantity} {made['entry'][1]}) {start}"


def layer_section() -> str:
    return CHECKER.read_text(encoding="utf-8").partition("(* -- layers")[2].partition("*)")[2]


def with_mutants(mutants: dict[str, tuple[str, str]], asked: Callable[[str], list[str]]) -> Iterator[str]:
    """What is asked of the checker, and of each mutant of its definitions of layers."""
    section = layer_section()
    yield from asked("")
    for number, (words, (old, new)) in enumerate(mutants.items()):
        assert section.count(old) == 1, (words, section.count(old))
        yield f"Module mutant_{number}.\n{section.replace(old, new).replace('Print Assumptions layer_sound.', '')}"
        yield from asked(words)
        yield f"End mutant_{number}."


@pytest.mark.rocq
def test_the_definitions_are_those_of_verify(tmp_path: Path, checker: Path) -> None:
    """Term by term, for every kind, padding mode and quantity; no mutant of the definitions agrees with all of them."""
    known, defined = kernels(), dict[tuple[str, str], str]()
    lines: list[str] = []

    def asked(words: str) -> list[str]:
        found = []
        for kernel in known.values():
            writer = Gallina(kernel, "", defined)
            found.append(same_formula(kernel, writer))
            lines.extend(writer.lines)
        return [f"Compute ({' && '.join(found)})%bool."]

    text = list(with_mutants(OF_FORMULAS, asked))
    done = compiled("\n".join([REQUIRED, *lines, *text]), tmp_path, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)\n", done.stdout)
    lives = [words for words, one in zip(("", *OF_FORMULAS), said, strict=True) if one == "true"]
    assert lives == [""]


# -- what is asked of a layer ----------------------------------------------------------------------------

PLAIN = Certificate((), (Sum(((1, 0),)),))
"""Why a number that is not negative is not."""


def number(value: int) -> Frozen:
    return frozen(const(value))


def axis(
    n: int, K: int, m: int, s: int = 1, d: int = 1, spread: int = 1, low: int = 0, high: int = 0
) -> tuple[Frozen, ...]:
    return tuple(map(number, (n, K, m, s, d, spread, low, high)))


LINE = real(Conv(5, 2), "output")
MOST = "  forallb (fits_kind L) (axes_of L) &&\n"


def changed_layer(kernel: KernelTheorem, **values: object) -> KernelTheorem:
    assert kernel.layer is not None
    return replace(kernel, layer=replace(kernel.layer, **values))  # type: ignore[arg-type]


def of_line(x: tuple[Frozen, ...], **values: object) -> KernelTheorem:
    """A convolution of one axis with these numbers, its tensors' sizes and its entry's range as they should be."""
    kernel = translated(LINE)
    assert kernel.layer is not None
    sizes = {"X": x[0], "w": x[1]}
    (i,) = kernel.layer.entry
    facts = (frozen(var(i)), frozen(add(add(dict(x[2]), const(-1)), var(i), -1)))
    right = (PLAIN,) * (6 if values.get("mode") == "Reflect" else 4)
    kernel = changed_layer(kernel, axes=(x,), right=(right,), outputs=(("Counted", (PLAIN, PLAIN)),), **values)
    return replace(kernel, facts=facts, shapes=tuple((t, (sizes[t],)) for t, _ in kernel.shapes))


def forged() -> dict[str, tuple[tuple[str, str] | None, KernelTheorem]]:
    """Layers that only one condition refuses, and true ones, which all conditions take."""
    line = translated(LINE)
    layer = line.layer
    assert layer is not None
    (i,) = layer.entry
    shapes = dict(line.shapes)
    return {
        "a layer": (None, line),
        "numbers": (None, of_line(axis(5, 2, 4))),
        "reflected": (None, of_line(axis(5, 2, 6, low=1, high=1), mode="Reflect")),
        "an entry is one of its values": (
            ("forallb (fun nps => negb (existsb (Pos.eqb (fst nps)) entry) &&", "forallb (fun nps => true &&"),
            replace(line, maxima=((i, ((),)),)),
        ),
        "a name is given by the entry": (
            ("negb (existsb (mentions entry) (snd nps))) (maxima A)", "true) (maxima A)"),
            replace(line, names=(*line.names, "z"), maxima=((len(line.names) + 1, (frozen(var(i)),)),)),
        ),
        "more is assumed of the entry": (
            ("negb (mentions entry p) || existsb", "true || existsb"),
            replace(line, facts=(*line.facts, frozen(add(var(i), const(-1))))),
        ),
        "the entry has no name": (
            ("(length roles =? length entry)%nat &&", ""), changed_layer(line, entry=()),
        ),
        "the entry's name is not free": (
            ("forallb (fun n => Pos.leb n (free A)) entry &&", ""),
            replace(changed_layer(line, entry=(len(line.names) + 1,)), facts=()),
        ),
        "a tensor has another size": (
            (
                "Some n => is_zero (sub p n) | None => false end)\n        sizes",
                "Some n => true | None => false end)\n        sizes",
            ),
            replace(line, shapes=tuple({**shapes, "w": (number(3),)}.items())),
        ),
        "a tensor is any function": (
            ("    | None => false\n    end) (filter (fun tn", "    | None => true\n    end) (filter (fun tn"),
            replace(line, shapes=tuple({**shapes, "w": None}.items())),
        ),
        "two tensors are one": (
            ("distinct (map snd (tensors L) ++ flat_map law_tensors (laws A)) &&", ""),
            replace(
                changed_layer(of_line(axis(2, 2, 1)), tensors=(("X", "X"), ("w", "X"))),
            ),
        ),
        "a tensor adds up to 1": (
            ("distinct (map snd (tensors L) ++ flat_map law_tensors (laws A)) &&", "distinct (map snd (tensors L)) &&"),
            replace(line, laws=(OneSum("w", (0,)),)),
        ),
        "a layer has no weight": (
            (
                "forallb (fun t => match tensor_number L t with Some _ => true | None => false end)",
                "forallb (fun _ => true)",
            ),
            changed_layer(line, tensors=(("X", "X"),)),
        ),
        "a layer has a factor": (
            ("eqb (has_factor (kind_of L)) (match", "(fun _ _ => true) (has_factor (kind_of L)) (match"),
            replace(
                changed_layer(line, tensors=(*layer.tensors, ("A", "a"))), shapes=(*line.shapes, ("a", ())),
            ),
        ),
        "a transposed kernel is flipped": (
            ("negb (flipped L && (writes (kind_of L) || negb (has_weight (kind_of L)))) &&", ""),
            changed_layer(translated(real(ConvTranspose(3, 2), "output")), flipped=True),
        ),
        "a transposed layer has a dilation of its input": (
            (MOST, "  true &&\n"), changed_layer(
                translated(real(ConvTranspose(3, 2), "output")),
                axes=(axis(3, 2, 4, spread=2),),
            ),
        ),
        "a kernel is empty": (
            ("[kernel x; stride x; dilation x; spread x]", "[const 1; stride x; dilation x; spread x]"),
            of_line(axis(3, 0, 4)),
        ),
        "a dilation is 0": (
            ("[kernel x; stride x; dilation x; spread x]", "[kernel x; stride x; const 1; spread x]"),
            of_line(axis(3, 2, 3, d=0)),
        ),
        "a dilation of the input is 0": (
            ("[kernel x; stride x; dilation x; spread x]", "[kernel x; stride x; dilation x; const 1]"),
            of_line(axis(3, 1, 1, spread=0)),
        ),
        "a stride is negative": (
            ("implies (facts A) left low && implies", "true && implies"),
            of_line(axis(5, 2, 5)),
        ),
        "there are fewer outputs": (
            ("implies (facts A) (sub (sub by_ (const 1)) left) high", "true"), of_line(axis(5, 2, 3)),
        ),
        "more is reflected than there is": (
            ("Reflect => [last (before x); last (after x)]", "Reflect => [const 0; const 0]"),
            of_line(axis(2, 1, 6, low=2, high=2), mode="Reflect"),
        ),
        "an average has a gradient of a bias": (
            ("GradBias, (Average _ | UpSampling | Maximum) => false", "GradBias, (UpSampling | Maximum) => false"),
            changed_layer(translated(real(AvgPool(4, 2), "grad_input")), quantity="GradBias", entry=()),
        ),
    }  # fmt: skip


def described(kernel: KernelTheorem, writer: Gallina) -> str:
    made, layer = writer.parts(), kernel.layer
    assert isinstance(layer, KernelLayer)
    parts = " ".join(f"({made[name][1]})" for name in ("assumed", "about"))
    return f"well_described {parts} {layer.quantity} {made['entry'][1]} {made['sizes'][1]}"


@pytest.mark.rocq
def test_every_condition_of_a_layer_refuses_one(tmp_path: Path, checker: Path) -> None:
    """A forged layer is refused, and without one condition it is not."""
    known, defined, lines = forged(), dict[tuple[str, str], str](), list[str]()
    mutants = {name: change for name, (change, _) in known.items() if change is not None}

    def asked(words: str) -> list[str]:
        found = []
        for name, (_, kernel) in known.items():
            if words in ("", name):
                writer = Gallina(kernel, "", defined)
                found.append(f"Compute {described(kernel, writer)}.")
                lines.extend(writer.lines)
        return found

    text = list(with_mutants(mutants, asked))
    done = compiled("\n".join([REQUIRED, *lines, *text]), tmp_path, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= (true|false)\n", done.stdout)
    first, second = said[: len(known)], said[len(known) :]
    taken = [name for name, one in zip(known, first, strict=True) if one == "true"]
    assert taken == ["a layer", "numbers", "reflected"]
    assert [name for name, one in zip(mutants, second, strict=True) if one == "false"] == []
