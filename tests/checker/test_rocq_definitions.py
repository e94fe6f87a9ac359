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
from symconv.proof.certificates.kernel import Divisor, Frozen, KernelLayer, KernelTerm, KernelTheorem, OneSum, frozen
from symconv.proof.certificates.multipliers import Certificate, Sum, add, const, var
from symconv.proof.certificates.reading import Reading
from symconv.proof.certificates.translation import translated
from tests.checker.forging import Json
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
    "other averages": AvgPool((5, 4), (2, 3), padding=1, ceil_mode=True),
    "a mean by a number": AvgPool((4, 5), (3, 2), divisor_override=5),
    "maxima": MaxPool((4, 7), (2, 3), batch_size=2, **PLANE),
    "up-sampling": Upsample((2, 3), (2, 3)),
    "batch groups": BatchGroupedConv((4, 5), (2, 3), batch_group_count=2, out_channels=2, batch_size=4, **PLANE),
}


def kernels() -> dict[str, tuple[KernelTheorem, KernelTerm | None]]:
    """The theorem about each quantity, and what ``verify.py`` has an average divide by."""
    files = {f"{name}, {of}": real(layer, of) for name, layer in LAYERS.items() for of in layer.quantities}
    found = {name: (translated(data), divisor_in(data)) for name, data in files.items()}
    assert all(one.layer is not None for one, _ in found.values())
    return found


def divisor_in(data: Json) -> KernelTerm | None:
    layer = data["layer"]
    if "a" not in layer["tensors"]:
        return None
    with verify.work_for(data):
        reading, numbers = Reading(data), verify.numbers_of(layer)
        axes = range(len(numbers["stride"]))
        at = {f"{letter}{axis}": f"${letter}{axis}" for letter in "ik" for axis in axes}
        if data["of"] == "output":
            at |= {f"i{axis}": letter for axis, letter in zip(axes, layer["entry"][-len(axes) :], strict=True)}
        size, factors, bound = verify.divisor_of(numbers, at, reading.assumed)
        ranges = tuple(frozen(reading.poly(ps[0], reading.bound)) for _, _, ps in factors)
        return KernelTerm(frozen(reading.poly(size)), 1, (), (), ranges, tuple(reading.bound[n] for n in bound))


# -- the formulas ----------------------------------------------------------------------------------------

OF_FORMULAS: dict[str, tuple[str, str]] = {
    "the padding is added": ("k) (before x) in\n  if writes", "k) (scale (-1) (before x)) in\n  if writes"),
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
    "a factor is one number": ("| TA, Average (Inside _) => [AtI]", "| TA, Average (Inside _) => []"),
    "the output has no bias": ("| Output, Some _ => [Term", "| GradBias, Some _ => [Term"),
    "a window has no ends": ("(inside_kernel ++ snd m)", "(snd m)"),
    "all indices are summed": (
        "filter (fun r => negb (existsb (same_role r) (roles_of L (entry_tensor q)))) (once rs)", "once rs",
    ),
    "the input's gradient is that of the weight": ("| GradInput => [TD; TW]", "| GradInput => [TD; TX]"),
    "the weight's gradient has the weight": ("| GradWeight => [TD; TX]", "| GradWeight => [TD; TW]"),
    "an average has no factor": ("(flat_map entry_of (used q ++ [TA]))", "(flat_map entry_of (used q))"),
    "the bias has its gradient at one example": ("(loose (roles_of L TD))]", "[]]"),
    "a mean divides by the kernel's first size": (
        "fold_right (fun x p => times (kernel x) p) (const 1) (axes_of L)",
        "fold_right (fun x p => kernel x) (const 1) (axes_of L)",
    ),
    "no number is given": ("| Average (Given p) => Term p 1", "| Average (Given p) => Term (const 1) 1"),
    "what counts begins later": ("[add q (fst ab);", "[q;"),
    "what counts ends later": ("(const 1)) q]))", "(const 0)) q]))"),
    "what counts ends with the input": ("sub (sub (add (in_size x) (snd ab))", "sub (sub (in_size x)"),
    "a window that counts has no ends": ("within_size k (kernel x) ++ [add q", "[add q"),
    "a window that counts is not moved": (
        "(var (at_ (AtI, a)))) k) (before x) in", "(var (at_ (AtI, a)))) k) (const 0) in",
    ),
    "windows that count are next to each other": (
        "(times (stride x) (var (at_ (AtI, a)))) k)", "(var (at_ (AtI, a))) k)",
    ),
    "all windows count as one": ("(map at_ (on_axis L AtK))\n", "[]\n"),
}  # fmt: skip


def same_formula(kernel: KernelTheorem, writer: Gallina, divisor: KernelTerm | None) -> str:
    """Whether the definition is the formula that ``verify.py`` makes, term by term, and what a mean divides by."""
    made, layer = writer.parts(), kernel.layer
    assert layer is not None
    start = writer.list(kernel.formulas[verify.DEFINITION].start, writer.term)
    assumed, about, entry = (f"({made[name][1]})" for name in ("assumed", "about", "entry"))
    same = f"all2 same_term (definition {assumed} {about} {layer.quantity} {entry}) {start}"
    if divisor is None:
        return same
    names = f"name_of {assumed} {about} {layer.quantity} {entry}"
    return f"{same} && same_term (divisor_of {about} ({names})) {writer.term(divisor)}"


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
        for kernel, divisor in known.values():
            writer = Gallina(kernel, "", defined)
            found.append(same_formula(kernel, writer, divisor))
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


def forged_means() -> dict[str, tuple[tuple[str, str] | None, KernelTheorem]]:
    """The same of what an average divides by."""
    one, each = translated(real(AvgPool(4, 2), "output")), AvgPool(5, 3, stride=1, count_include_pad=False)
    assert one.layer is not None
    (i,) = one.layer.entry
    more = (PLAIN,) * 5

    def mean(
        given: KernelTheorem, divisor: Divisor, why: tuple[Certificate, ...] = more, **values: object
    ) -> KernelTheorem:
        assert given.layer is not None
        return changed_layer(given, divisor=divisor, right=((*(PLAIN,) * 4, *why),), **values)

    def counted(layer: Any, first: int = 0, behind: int = 0, **values: object) -> KernelTheorem:
        return mean(translated(real(layer, "output")), Divisor("Inside", ((number(first), number(behind)),)), **values)

    given = "match kind_of L with\n  | Average (Given p) => [p] |"
    padded = AvgPool(4, 3, padding=1, count_include_pad=False)
    entry = Certificate(
        (),
        (
            Sum(
                ((1, 0), (1, 1 + one.facts.index(frozen(var(i))))),
            ),
        ),
    )
    return {
        "a mean": (None, one),
        "a mean by a number": (None, mean(one, Divisor("Given", number(3)), (PLAIN,))),
        "a mean of what counts": (None, counted(each)),
        "a mean divides by 0": (
            ("(Given p) => [sub p (const 1)]", "(Given p) => [const 0]"), mean(one, Divisor("Given", ()), (PLAIN,)),
        ),
        "a mean divides by what depends on the entry": (
            (given, given.replace("[p]", "[]")),
            mean(one, Divisor("Given", frozen(add(var(i), const(1)))), (entry,)),
        ),
        "nothing counts": (
            ("[add (fst ab) behind;", "[const 0;"), counted(AvgPool(3, 3, count_include_pad=False), -2, -1),
        ),
        "the first window has nothing that counts": (
            ("sub (add (fst ab) (sub (kernel x) (const 1))) (before x);", "const 0;"), counted(padded, -2),
        ),
        "the last window has nothing that counts": (
            ("sub behind (sub (times (stride x) (sub (out_size x) (const 1))) (before x));", "const 0;"),
            counted(padded, 0, -2),
        ),
        "a window has gaps": (
            ("sub (const 1) (dilation x);", "const 0;"), counted(each, axes=(axis(5, 2, 3, d=2),)),
        ),
        "a window has gaps in the input": (
            ("sub (const 1) (spread x)]", "const 0]"),
            counted(AvgPool(3, 1, stride=1, count_include_pad=False), axes=(axis(3, 3, 3, spread=2),)),
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
    known, defined, lines = {**forged(), **forged_means()}, dict[tuple[str, str], str](), list[str]()
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
    assert taken == ["a layer", "numbers", "reflected", "a mean", "a mean by a number", "a mean of what counts"]
    assert [name for name, one in zip(mutants, second, strict=True) if one == "false"] == []
