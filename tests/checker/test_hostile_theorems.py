"""Theorem files of somebody who wants to be believed: refused, or printed as what they are.

A row has a file and why it is refused; or no reason, and then the file proves something, which an evaluator finds
true, and the checker prints that and not what the file says of itself.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from symconv import Conv, verify
from symconv.errors import SymconvError
from symconv.proof.certificates.gallina import rocq_file
from symconv.proof.certificates.translation import translated
from tests.checker.forging import Json, defined, falsehood, polynomial, sealed, step, term, theorem
from tests.checker.test_definitions import real
from tests.checker.test_place_of_rejection import places_in_rocq
from tests.checker.test_rocq_checker import compiled

Row = tuple[str, Json, "str | None"]
LINE = real(Conv(5, 2), "output")
PLAIN = theorem([term("X[i]")], [], X="5")
LAST, UNKNOWN = "last line is not the final form", "is unknown here"


def with_(path: str, value: Any, data: Json = PLAIN) -> Json:
    """Another value at a path of keys, sealed again; a function makes it of the old one."""
    changed = copy.deepcopy(data)
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    node: Any = changed
    for key in above:
        node = node[key]
    node[last] = value(node[last]) if callable(value) else value
    return sealed(changed)


def equal(one: list[Json], other: list[Json], **assumed: Any) -> Json:
    """That two formulas are equal, without a step."""
    data = theorem(one, [], other, **assumed)
    return sealed({**data, "formulas": {**data["formulas"], "other": {"start": other, "steps": []}}})


def renamed(data: Json, old: str, new: str) -> Json:
    """Every text that is a name, replaced; keys too."""

    def of(node: Any) -> Any:
        if isinstance(node, dict):
            return {of(key): of(value) for key, value in node.items()}
        return list(map(of, node)) if isinstance(node, list) else new if node == old else node

    return sealed(of({key: value for key, value in data.items() if key != "sha256"}))


def claims() -> Iterator[Row]:
    """What a file says of itself is not what its formulas say."""
    lies = [
        "P = NP",
        "X[i] = X[j]",
        "all equal to: 0",
        "verified\n  all equal to: 0",
        "\x1b[2K",
        "x" * 5000,
        "‮0 = ]i[X",
    ]
    for at, words in enumerate(lies):
        yield f"a lie as its statement, {at}", with_("statement", words), None
        yield f"a lie as its scope, {at}", with_("scope", words), None
    yield "another quantity", with_("of", "grad_weight"), None
    for words in ("the gradient", "0", "X[j]", "'; all equal to: 0"):
        formulas = {words: PLAIN["formulas"]["one"], "other": PLAIN["formulas"]["other"]}
        yield f"a formula is called {words}", with_("formulas", formulas), None
    yield "a formula is called as a definition", with_("formulas", {
        verify.DEFINITION: PLAIN["formulas"]["one"], "other": PLAIN["formulas"]["other"],
    }), "a formula is called"  # fmt: skip
    yield "the layer's text", with_("layer.text", "Linear(5)", LINE), None
    yield "a layer in words alone", sealed({**LINE, "layer": None}), None
    for key, value in (("statement", 5), ("scope", None), ("of", ["output"]), ("statement", {"true": []})):
        yield f"{key} is {value}", with_(key, value), "are not text"


def unicode_names() -> Iterator[Row]:
    """Names that look alike are different names; if both are in a file, they are printed as what they are."""
    alike = [
        ("\u00e9", "e\u0301"), ("\u212a", "K"), ("\u212b", "\u00c5"), ("\u0430", "a"), ("\uff4b", "k"),
        ("\ufb01", "fi"), ("\u03bc", "\u00b5"), ("i", "\u0131"), ("\u2113", "L"),
        ("O", "\u039f"), ("x", "\u00d7"), ("k", "k "),
    ]  # fmt: skip
    for one, other in alike:
        both = [renamed(theorem([term("X[u]")], [], X=None), "u", n)["final"] for n in (one, other)]
        yield f"{one!a} is {other!a}", equal(*both, X=None), LAST
        yield f"{one!a} and {other!a}", renamed(
            renamed(theorem([term("X[u, v]")], [], X=None), "u", one), "v", other
        ), None  # fmt: skip
    for hidden in ("a\u200b", "a\u202e", "a\u2066", "a\x00", "a\u00ad", "\ufeffa"):
        yield f"a name with {hidden[-1]!a}", renamed(PLAIN, "i", hidden), "printable characters"


def notes() -> Iterator[Row]:
    """Keys that say more than is proved."""
    for path in ("verified", "proved_by", "note", "axioms", "trusted", "sha512"):
        yield f"the key {path}", sealed({**PLAIN, path: True}), UNKNOWN
    yield "a note on a formula", with_("formulas.one", lambda one: {**one, "proved": True}), UNKNOWN
    yield "a note on a term", with_("final.0", lambda one: {**one, "value": 1}), UNKNOWN
    yield "a note on assumptions", with_("assumptions", lambda one: {**one, "axioms": []}), UNKNOWN
    yield "a note on the layer", with_("layer", lambda one: {**one, "defined": True}, LINE), UNKNOWN
    yield "a number more", with_("layer.numbers", lambda one: {**one, "depth": [[[1, []]]]}, LINE), UNKNOWN
    yield "a tensor more", with_("layer.tensors", lambda one: {**one, "y": "X"}, LINE), UNKNOWN
    yield "an option more", with_("layer.options", lambda one: {**one, "exact": "yes"}, LINE), UNKNOWN
    yield "a layer in an old file", sealed({**PLAIN, "layer": None}), UNKNOWN


def smuggled() -> Iterator[Row]:
    """Assumptions that have the conclusion in them are printed, and those that nothing satisfies are refused."""
    one, other = [term("X[i]")], [term("X[j]")]
    yield "i = j is not assumed", equal(one, other, X="5"), LAST
    yield "i = j is assumed, and not used", equal(one, other, X="5", facts=["i - j", "j - i"]), LAST
    cases = step("only value", other, names={"i": []}, digits=[polynomial("j")])
    yield "i = j is assumed", theorem(one, [cases], X="5", facts=["i - j", "j - i"]), None
    yield "i = j by a quotient", theorem(one, [cases], X="5", defined=[defined("i", "quotient", "j", "1")]), None
    yield "i = j by a maximum", theorem(one, [cases], X="5", defined=[defined("i", "maximum", "j")]), "does not give"
    yield "no number is both", theorem(one, [], other, X="5", facts=["i - j - 1", "j - i"]), "contradict each other"
    yield "an empty size", theorem([], [], [], X="n", lower={"n": 1}, facts=["0 - n"]), "contradict each other"
    yield (
        "1 is 2 where nothing is",
        equal([term()], [term(coefficient="2")], lower={"n": 0}, facts=["0 - n - 1"]),
        "contradict",
    )
    yield "a tensor that is 0", theorem(one, [step("empty range", [])], [], X="0"), None
    yield "a tensor of no size", theorem(one, [step("empty range", [])], [], X="0 - 3"), None
    yield "entries that add up to 1 on no axis", theorem(one, [], X="5", sums={"X": [1]}), "not that axis"
    yield "entries of no tensor add up to 1", theorem(one, [], X="5", sums={"Y": [0]}), "has no shape"
    yield (
        "an input that adds up to 1",
        with_("assumptions", lambda a: {**a, "sums": {"X": [0]}}, LINE),
        "something is assumed",
    )
    wrong = {"tensors": ["C", "A", "B"], "flipped": 0, "matrices": [[[1]], [[1]], [["4/2"]]]}
    yield (
        "matrices that have no identity",
        theorem(one, [], X="5", identities=[wrong], C="1, 1", A="1, 1", B="1, 1"),
        "over l is 2",
    )
    yield (
        "a bound name that is assumed",
        theorem([term("X[k]", bound="k")], [], X="5", lower={"k": 3}),
        "has assumptions",
    )
    yield "a size that is summed", theorem([term("X[n]", bound="n")], [], X="n"), "has assumptions"


def other_layers() -> Iterator[Row]:
    """The formulas of one layer with the parameters of another."""
    numbers = LINE["layer"]["numbers"]
    for key in (*verify.ON_AXES, "in_channels", "out_channels", "groups", "group_in_channels", "group_out_channels"):
        for value in ("0", "0 - 1", "7"):
            yield (
                f"{key} is {value}",
                with_(f"layer.numbers.{key}", [polynomial(value)], LINE),
                "definition of the layer",
            )
        yield f"{key} of two", with_(f"layer.numbers.{key}", numbers[key] * 2, LINE), "do not have one value"
    for value in ("1/2", "1", None, True, [], 10**70):
        yield f"a stride of {value!a:.9}", with_("layer.numbers.stride", [[[value, []]]], LINE), "is not a"
    for batch in ("0", "1", "5"):
        why = None if batch == "1" else "definition of the layer"
        yield f"a batch of {batch}", with_("layer.numbers.batch_size", [polynomial(batch)], LINE), why
    yield (
        "the input is the weight",
        with_("layer.tensors", {"X": "w", "w": "X", "D": "D"}, LINE),
        "is not that of the layer",
    )
    yield "the input is the output", with_("layer.tensors", {"X": "X", "w": "w", "D": "X"}, LINE), "are one"
    yield "a tensor that is not there", with_("layer.tensors.X", "Z", LINE), "is not that of the layer"
    for of in ("grad_weight", "grad_input", "grad_bias"):
        yield f"the output is {of}", with_("of", of, LINE), "definition of the layer"
    yield "no steps", with_("layer.steps", [], LINE), LAST
    yield "the formulas of a number", sealed({
        **LINE, "final": [], "formulas": {"one": {"start": [], "steps": []}, "other": {"start": [], "steps": []}},
    }), LAST  # fmt: skip


def circles() -> Iterator[Row]:
    """What refers to itself, or to what comes later."""
    for names in (("a",), ("a", "b"), ("a", "b", "c")):
        for kind in ("floor", "quotient", "maximum"):
            of = [
                defined(n, kind, m, *(() if kind == "maximum" else ("1",)))
                for n, m in zip(names, (*names[1:], names[0]))
            ]
            yield (
                f"{kind} in a circle of {len(names)}",
                theorem([], [], defined=of),
                "by itself, or by what is defined later",
            )
    dropped = theorem(
        [term("X[i]", "[i + 1 >= 0]")],
        [step("drop implied range", [term("X[i]")], dropped=[["range", polynomial("i + 1")]])],
        X="5",
    )
    wrong = theorem(
        [term("X[i]", "[i - 1 >= 0]")],
        [step("drop implied range", [term("X[i]")], dropped=[["range", polynomial("i - 1")]])],
        X="5",
    )
    for data in (dropped, wrong):
        three = {**data, "version": 3, "layer": None}
        for words, certificate in (
            ("a row of itself", [[], [["sum", [[1, 3]], 1]]]), ("a later row", [[], [["sum", [[1, 9]], 1]]]),
            ("a row before all", [[], [["sum", [[1, -1]], 1]]]), ("nothing", [[], []]), ("no certificate", None),
            ("a lemma of itself", [[[polynomial("0 - 1"), [["sum", [[1, 4]], 1]]]], [["sum", [[1, 3]], 1]]]),
            ("a lemma that is what is shown", [[[polynomial("0 - 1"), []]], [["sum", [[1, 3]], 1]]]),
            ("a negative multiplier", [[], [["sum", [[-1, 1], [1, 0]], 1]]]),
            ("a multiple of what is not 0", [[], [["multiple", 1, 1, polynomial("0 - 1")]]]),
            ("a division by 0", [[], [["sum", [[1, 0], [1, 1]], 0]]]),
        ):  # fmt: skip
            steps = [
                {**data["formulas"]["one"]["steps"][0], "multipliers": [] if certificate is None else [certificate]}
            ]
            forged = with_("formulas.one.steps", steps, three)
            yield f"{words}, {'true' if data is dropped else 'false'}", forged, "does not give this"


def reused_names() -> Iterator[Row]:
    """One name for the entry and for what is summed."""
    one, summed = [term("X[i]")], [term("X[i]", bound="i")]
    yield "the entry is summed", equal(one, summed, X="5"), LAST
    yield "the entry is summed on both sides", equal(summed, summed, X="5"), None
    yield "the entry is summed twice", theorem([{**summed[0], "bound": ["i", "i"]}], [], X="5"), "twice"
    yield "an entry is summed to another", theorem(summed, [step(
        "re-index", one, names={"i": polynomial("i")}, inverse={})], X="5"), "does not give this"  # fmt: skip
    yield "a sum is renamed to the entry", theorem([term("X[k]", "w[i]", bound="k")], [step(
        "re-index", [term("X[i]", "w[i]", bound="i")], names={"k": polynomial("i")}, inverse={"i": polynomial("k")},
    )], X="5", w="5"), "does not give this"  # fmt: skip
    yield "a final name is free", equal([term("X[i]")], [renamed(PLAIN, "i", "#1")["final"][0]], X="5"), LAST
    for entry in (["w"], ["$k0"], ["$i0"], ["i", "i"], [], ["j"]):
        yield f"the entry {entry}", with_("layer.entry", entry, LINE), "definition of the layer"
    yield "the entry is summed in a formula of the layer", renamed(LINE, "k", "i"), "has assumptions"


def twice() -> Iterator[Row]:
    """Two labels for one formula prove that it is equal to itself, and are printed as that."""
    for one, other in (
        ("direct", "patches"),
        ("direct", "direct "),
        ("\u00e9", "e\u0301"),
        ("1", "one"),
        ("a", "\u0430"),
    ):
        formulas = {one: PLAIN["formulas"]["one"], other: PLAIN["formulas"]["one"]}
        yield f"{one!a} is {other!a}", with_("formulas", formulas), None
    yield "one formula", with_("formulas", {"one": PLAIN["formulas"]["one"]}), "fewer than two"


FAMILIES: list[Callable[[], Iterator[Row]]] = [
    claims, unicode_names, notes, smuggled, other_layers, circles, reused_names, twice,
]  # fmt: skip
ROWS = {f"{family.__name__}: {words}": (data, why) for family in FAMILIES for words, data, why in family()}


NOT_IN_ROCQ = (UNKNOWN, "are not text", "fewer than two")
"""Words and keys that Rocq is not given. For a true step it gets multipliers of its own, whatever the file has."""


def test_there_are_many() -> None:
    assert len(ROWS) == sum(1 for family in FAMILIES for _ in family()) > 150
    assert sum(why is None for _, why in ROWS.values()) > 35


@pytest.mark.parametrize("name", [name for name, (_, why) in ROWS.items() if why is not None])
def test_it_is_refused(name: str) -> None:
    data, why = ROWS[name]
    with pytest.raises(verify.Rejected, match=why):
        verify.check(data)
    with pytest.raises((verify.Rejected, SymconvError)):
        rocq_file([data], "")


@pytest.mark.parametrize("name", [name for name, (_, why) in ROWS.items() if why is None])
def test_it_is_printed_as_what_it_is(name: str) -> None:
    """Between the first line and the last there is nothing of the words of the file, and every formula is there."""
    data, _ = ROWS[name]
    assert falsehood(data, draws=4) is None
    verified = verify.check(data)
    said = str(verified).splitlines()
    assert str(verified).isascii() and all(line.isprintable() for line in said)
    assert len(said) == 8 + len(data["formulas"]) and said[-1].startswith("not checked, the words of the file")
    with verify.work_for(data):
        assumed = verify.Assumed(data["assumptions"], data["version"])
        starts = [verify.form_text(verify.read_terms(one["start"], assumed)) for one in data["formulas"].values()]
    assert [line.endswith(f": {text}") for line, text in zip(said[6:], starts)] == [True] * len(starts)
    names = {n for formula in data["formulas"].values() for one in formula["start"] for n in _names(one)}
    assert len({verify.shown_name(n) for n in names}) == len(names)


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _names(one)


@pytest.mark.rocq
def test_rocq_takes_and_refuses_the_same(tmp_path: Path, checker: Path) -> None:
    """What is printed as proved is proved; and of the others, those that can be written in Rocq are refused there."""
    accepted = [data for data, why in ROWS.values() if why is None]
    done = compiled(rocq_file(accepted, "printed"), tmp_path)
    assert done.returncode == 0, done.stderr
    waiting = {}
    for number, (data, why) in enumerate(ROWS.values()):
        try:
            if why is not None:
                waiting[number] = translated(json.loads(json.dumps(data)), keep_wrong_steps=True)
        except (verify.Rejected, KeyError, IndexError, ValueError, TypeError, AttributeError):
            continue
    found = dict(places_in_rocq(waiting, tmp_path, checker))
    names = list(ROWS)
    assert len(found) > 20
    taken = [names[number] for number, place in found.items() if place is None]
    assert [name for name in taken if not name.endswith(", true") and ROWS[name][1] not in NOT_IN_ROCQ] == []
