"""Theorem files that are damaged, too large or not what they say: refused, in bounded work, and with nothing raw shown."""

from __future__ import annotations

import copy
import json
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symconv import Conv, prove, verify
from symconv.cli.main import main
from tests.checker.forging import Json, assumptions, defined, factor, maps, sealed, step, term, theorem
from tests.checker.mutating import places
from tests.checker.test_forgeries import checker_with


def real(of: str = "output") -> Json:
    data: Json = json.loads(prove(Conv.general(1), of=of).theorems[0].to_json())
    return data


# -- damage --------------------------------------------------------------------------------------------

ODD: list[Any] = [
    None, True, False, 0.5, float("nan"), float("inf"), 10**400, -(10**61), "", "x" * 300, "\x1b[31m", "\u202e", [], {},
    [[]], {"a": 1}, {1: 2}, object(), b"x", (1, 2), {"x"}, "1/0", "1/2", "1e9", "0x1", "١", [1], [[1]], [[1, "x"]], [[1, [[]]]],
    ["access"], ["access", "X"], ["delta"], ["range", [], []], ["wish", []], -1, 5, 10**30, "#1", "k", "access",
]  # fmt: skip


def damaged(data: Json, generator: random.Random) -> Any:
    """A copy in which something is replaced, left out, added or renamed."""
    changed = copy.deepcopy(data)
    for _ in range(generator.choice([1, 1, 2])):
        node, at = generator.choice(places(changed, lambda value: True))
        kind = generator.choice(["replace", "replace", "remove", "key", "more"])
        if kind == "replace":
            node[at] = generator.choice(ODD)
        elif kind == "remove":
            node.pop(at)
        elif kind == "key" and isinstance(node, dict):
            node[generator.choice(["x", "\u202e", 1, None, "names"])] = node.pop(at)
        elif isinstance(node, list):
            node.append(generator.choice(ODD))
    return changed


def resealed(data: Any) -> Any:
    try:
        return sealed(data)
    except (TypeError, ValueError, AttributeError):  # not JSON
        return data


@pytest.mark.parametrize("count", [400, pytest.param(20_000, marks=pytest.mark.exhaustive)])
def test_damage_is_rejected_and_nothing_else_is_raised(count: int) -> None:
    generator = random.Random(0)
    known = [
        real(),
        real("grad_input"),
        theorem([term("X[i]", "[2*i = 0]")], [step("cancel factor", [term("X[i]", "[i = 0]")])], X="5"),
    ]
    for _ in range(count):
        data = generator.choice(known)
        changed = damaged(data, generator)
        if changed == data:
            continue
        try:
            verify.check(changed)
            pytest.fail("the digest fits")
        except verify.Rejected as error:
            assert str(error).isascii() and str(error).isprintable() and len(str(error)) < 700
        try:
            verify.check(resealed(changed))
        except verify.Rejected as error:
            assert str(error).isascii() and str(error).isprintable()


@pytest.mark.parametrize("odd", ODD, ids=lambda value: ascii(value)[:20])
def test_what_is_no_theorem_at_all(odd: Any) -> None:
    with pytest.raises(verify.Rejected):
        verify.check(odd)


def test_a_value_that_cannot_be_shown_is_not_shown() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    for odd in (Rude(), [Rude()], {"format": Rude()}):
        with pytest.raises(verify.Rejected, match="Rude"):
            verify.check(odd)
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(verify.Rejected, match="nested"):
        verify.check(circle)


# -- what is refused, with the check that refuses it ----------------------------------------------------

X5 = {"X": "5"}
PLAIN = theorem([term("X[i]")], [], **X5)


def with_(path: str, value: Any, data: Json = PLAIN) -> Json:
    """A copy with another value at a path of keys, sealed."""
    changed = copy.deepcopy(data)
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    node: Any = changed
    for key in above:
        node = node[key]
    node[last] = value
    return sealed(changed)


REFUSED: dict[str, tuple[Json, str]] = {
    "a denominator that may be 0": (
        theorem([], [], lower={"s": 0}, defined=[defined("m", "floor", "n", "s")]), "denominator of 'm' may be 0",
    ),
    "a denominator that may be negative": (
        theorem([], [], defined=[defined("m", "quotient", "n", "s")]), "denominator of 'm' may be 0 or negative",
    ),
    "definitions in a circle": (
        theorem([], [], defined=[defined("a", "floor", "b", "1", offset=1), defined("b", "floor", "a", "1")]), "defined later",
    ),
    "a name defined twice": (
        theorem([], [], defined=[defined("a", "floor", "b", "2"), defined("a", "floor", "b", "3")]), "twice",
    ),
    "a definition of another kind": (theorem([], [], defined=[defined("a", "root", "b", "2")]), "not a maximum"),
    "a maximum of nothing": (theorem([], [], defined=[defined("a", "maximum")]), "not a maximum"),
    "assumptions that contradict each other": (theorem([], [], lower={"n": 1}, facts=["0 - n"]), "contradict"),
    "a least value that is not a number": (theorem([], [], lower={"n": True}), "True is not a whole number"),
    "a least value as text": (theorem([], [], lower={"n": "1"}), "'1' is not a whole number"),
    "a huge least value": (theorem([], [], lower={"n": 10**60}), "60 digits"),
    "a coefficient True": (with_("formulas.one.start.0.coefficient", [[True, []]]), "True is not a whole number"),
    "names of a product as one text": (with_("formulas.one.start.0.coefficient", [[1, "ab"]]), "'ab' is not a list"),
    "a denominator 0": (with_("formulas.one.start.0.coefficient", [["1/0", []]]), "'1/0' is not a whole number"),
    "a fraction in an index": (
        theorem([{**term(), "factors": [["range", [["1/2", ["i"]]]]]}], []), "'1/2' is not a whole number",
    ),
    "an entry with more indices than its tensor": (theorem([term("X[i, i]")], [], **X5), "another number of indices"),
    "an entry of a scalar with an index": (theorem([term("b[i]")], [], b=""), "another number of indices"),
    "a function of one and of two indices": (theorem([term("f[i]", "f[i, i]")], [], f=None), "another number of indices"),
    "an unknown tensor": (theorem([term("Y[i]")], [], **X5), "the tensor 'Y'"),
    "a name bound twice": (theorem([term("X[k]", bound="k k")], [], **X5), "twice"),
    "a bound name with a least value": (theorem([term("X[k]", bound="k")], [], lower={"k": 0}, **X5), "a bound name has assumptions"),
    "a maximum with an offset": (theorem([], [], defined=[defined("a", "maximum", "b", offset=1)]), "not a maximum"),
    "a definition with a key too many": (theorem([], [], defined=[{**defined("a", "floor", "b", "2"), "x": 1}]), "the key 'x' is unknown"),
    "an example of a maximum of 0": (
        sealed({**theorem([], [], defined=[defined("q", "maximum", "0", "n")]), "example": {"n": 0, "q": 1}}), "does not satisfy",
    ),
    "another format": (with_("format", "symconv"), "not a symconv theorem"),
    "another version": (with_("version", 1), "not a theorem of version 2 or 3; save it again"),
    "a factor of another kind": (with_("formulas.one.start.0.factors", [["floor", [[1, ["i"]]]]]), "no factor 'floor'"),
    "a factor without a kind": (with_("formulas.one.start.0.factors", [[]]), "no factor None"),
    "a bracket of two things": (with_("formulas.one.start.0.factors", [["delta", [], []]]), "not a list of 2"),
    "a rule that is a list": (with_("formulas.one.steps", [{"rule": ["sift"], "at": 0, "result": []}]), "no rule"),
    "an empty name": (theorem([], [], lower={"": 1}), "name of 1 to 200"),
    "a name of 201 letters": (theorem([], [], lower={"n" * 201: 1}), "name of 1 to 200"),
    "a name that is a number": (with_("formulas.one.start.0.bound", [5]), "5 is not a name"),
    "a polynomial of 2,001 products": (theorem([term(coefficient=" + ".join(f"n{at}" for at in range(2001)))], []), "2,000 products"),
    "a product of 41 names": (theorem([term(coefficient="*".join(["n"] * 41))], []), "40 names"),
    "a key too many in the assumptions": (with_("assumptions.more", [], PLAIN), "the key 'more' is unknown"),
    "a key too many in a theorem": (sealed({**PLAIN, "proved": "yes"}), "the key 'proved' is unknown"),
    "a key too many in a term": (with_("formulas.one.start.0.sign", -1), "the key 'sign' is unknown"),
    "a key too many in a step": (
        theorem([term("X[i]", "[0 = 0]")], [step("evaluate bracket", [term("X[i]")], names={})], **X5), "the key 'names' is unknown",
    ),
    "a key too few": (sealed({key: value for key, value in PLAIN.items() if key != "scope"}), "the key 'scope' is missing"),
    "one formula": (with_("formulas", {"one": {"start": [], "steps": []}}), "fewer than two"),
    "words that are not text": (with_("statement", 5), "not text"),
    "version true": (with_("version", True), "version"),
    "an example that is none": (
        sealed({**theorem([], [], lower={"n": 2}), "example": {"n": 1}}), "does not satisfy",
    ),
    "an example of a maximum that is too large": (
        sealed({**theorem([], [], defined=[defined("q", "maximum", "n")]), "example": {"n": 1, "q": 2}}), "does not satisfy",
    ),
    "an example of a floor that is another number": (
        sealed({**theorem([], [], defined=[defined("q", "floor", "n", "2")]), "example": {"n": 5, "q": 1}}), "does not satisfy",
    ),
    "an example without a name": (sealed({**theorem([], [], lower={"n": 2}), "example": {}}), "no number for 'n'"),
    "a control character in a name": (theorem([term("X[i]")], [], X="5", lower={"\x1b[2J": 1}), "printable"),
    "a change of direction in a name": (theorem([], [], lower={"n\u202e": 1}), "printable"),
    "a label with a line feed": (with_("formulas", {"a\nverified": {"start": [], "steps": []}, "b": {"start": [], "steps": []}}), "printable"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    data, why = REFUSED[name]
    with pytest.raises(verify.Rejected, match=why):
        verify.check(data)


def test_each_denominator_is_judged() -> None:
    without = checker_with(
        ("        if not self.positive(by):\n            raise", "        if False:\n            raise")
    )
    for name in ("a denominator that may be 0", "a denominator that may be negative"):
        assert without.check(REFUSED[name][0])


def test_the_digest_is_of_everything_else() -> None:
    assert verify.check(PLAIN).steps == 0
    for key in ("of", "statement", "scope"):
        with pytest.raises(verify.Rejected, match="digest"):
            verify.check({**PLAIN, key: "another"})
    for digest in (None, "", "0" * 64, 5):
        with pytest.raises(verify.Rejected, match="digest"):
            verify.check({**PLAIN, "sha256": digest})


# -- files -----------------------------------------------------------------------------------------------

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not a theorem file"),
    "no JSON": (b"[", "not a theorem file"),
    "no text": (b"\xff\xfe{", "not a theorem file"),
    "a key twice": (json.dumps(PLAIN).replace('"of":', '"of": "grad_input", "of":').encode(), "a key is twice"),
    "a key of a name twice": (json.dumps(theorem([], [], lower={"n": 1})).replace('{"n": 1}', '{"n": 1, "n": -5}').encode(), "a key is twice"),
    "NaN": (b'{"theorems": [NaN]}', "'NaN' is not a whole number"),
    "Infinity": (b"[Infinity]", "'Infinity' is not a whole number"),
    "a float": (b"[1.0]", "'1.0' is not a whole number"),
    "an exponent": (b"[1e5000000]", "'1e5000000' is not a whole number"),
    "many digits": (b"[" + b"9" * 5000 + b"]", "60 digits"),
    "deep": (b"[" * 100_000, "not a theorem file"),
    "deep, closed": (b"[" * 500 + b"]" * 500, "nested|not a theorem file"),
    "no theorems": (b'{"theorems": []}', "there is no theorem"),
    "theorems that are none": (b'{"theorems": {}}', "not a list"),
    "something beside them": (b'{"theorems": [], "verified": "yes"}', "the key 'verified' is unknown"),
    "a theorem that is none": (b'{"theorems": [5]}', "not a symconv theorem"),
    "a list": (b"[]", "not a symconv theorem"),
    "many lists": (b"[" + b"[]," * verify.MOST_LISTS + b"[]]", "4,000,000 lists"),
    "too large": (b" " * (verify.MOST_BYTES + 1), "20,000,000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(name: str, tmp_path: Path) -> None:
    content, why = BAD_FILES[name]
    path = tmp_path / "theorem.json"
    path.write_bytes(content)
    with pytest.raises(verify.Rejected, match=why):
        verify.check_file(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json", "a\0b", Path("/dev/zero")):
        with pytest.raises(verify.Rejected):
            verify.check_file(path)


# -- work --------------------------------------------------------------------------------------------------


def costly() -> dict[str, Json]:
    """Theorems of at most 100 kB that would take for ever, or all memory, if nothing were counted."""
    many = [f"a{at}" for at in range(40)]
    names = [f"b{at}" for at in range(20)]
    near = [f"[k + x{at} = 0]" for at in range(1500)]
    generator = random.Random(0)

    def facts(rows: int, columns: int, of: int, digits: int = 2) -> Json:
        chosen = [generator.sample(range(of), columns) for _ in range(rows)]
        data = theorem([], [])
        data["assumptions"]["facts"] = [
            [[generator.choice([-1, 1]) * generator.randint(1, 10**digits), [f"v{at}"]] for at in row] for row in chosen
        ]
        return sealed(data)

    def loose(size: int) -> Json:
        factors = [
            "X[" + " + ".join(f"{n}*k{generator.randrange(size)}" for n in (1, 2, 3)) + "]" for _ in range(2 * size)
        ]
        return theorem([term(*factors, bound=" ".join(f"k{at}" for at in range(size)))], [], **X5)

    return {
        "2^22 products": theorem([], [], lower={name: 1 for name in many[:22]}, facts=["*".join(many[:22])]),
        "2^40 products": theorem([], [], lower={name: -1 for name in many}, facts=["*".join(many)]),
        "a power of a sum": theorem(
            [term("[k - " + " - ".join(names) + " = 0]", bound="k", coefficient="*".join(["k"] * 40))],
            [step("sift", [term()], names=maps(k="k"))],
        ),
        "a power of a power": theorem(
            [term("[k - " + "*".join(["a"] * 40) + " = 0]", bound="k", coefficient="*".join(["k"] * 40))],
            [step("sift", [term()], names=maps(k="k"))],
        ),
        "a long product": with_("formulas.one.start.0.coefficient", [[1, ["k"] * 6_000]]),
        **{f"elimination {row}": facts(*row) for row in [(20, 5, 10), (100, 20, 40), (390, 4, 60), (60, 15, 30, 59)]},
        **{f"loose names {size}": loose(size) for size in (30, 60)},
        "a chain of bound names": theorem(
            [term("X[k0]", *[f"X[k{at} + k{at + 1}]" for at in range(500)], bound=" ".join(f"k{at}" for at in range(501)))], [], **X5,
        ),
        "signs": theorem(
            [term(*[f"X[k{at}*s{at} + k{at}]" for at in range(450)], bound=" ".join(f"k{at}" for at in range(450)))],
            [], facts=[f"s{at}" for at in range(150)], **X5,
        ),
        **{
            f"{rule} at many places": theorem(
                [term(*near, "X[k]", bound="k")], [step(rule, [term(*near[:100], "[k = 0]", bound="k")], **more)], [], **X5,
            )
            for rule, more in {
                "sift": {"names": maps(k="k")}, "cancel factor": {}, "rewrite under bracket": {}, "empty range": {},
                "drop implied range": {"dropped": [factor("[i >= 0]")] * 500},
                "re-index": {"names": maps(k="u"), "inverse": maps(u="k")},
            }.items()
        },
        "definitions": theorem(
            [], [], lower={f"d{at}": 1 for at in range(200)},
            defined=[defined(f"d{at}", "floor", "a", f"d{at - 1}" if at else "2") for at in range(200)],
        ),
    }  # fmt: skip


LONGEST = ("signs", *(f"{rule} at many places" for rule in ("sift", "cancel factor", "rewrite under bracket")))
"""Those that are checked in the slow tier only."""


@pytest.mark.slow
@pytest.mark.parametrize("left_out", [LONGEST, ()], ids=["some", "all"])
def test_work_is_counted(left_out: tuple[str, ...], tmp_path: Path) -> None:
    """In a process with 60 seconds and 500 MB for all of them; each by itself takes under three seconds."""
    data = {name: one for name, one in costly().items() if name not in left_out}
    assert max(len(json.dumps(one)) for one in data.values()) <= 100_000
    paths = []
    for number, one in enumerate(data.values()):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(one), encoding="utf-8")
    program = (
        "import sys\nfrom symconv import verify\n"
        "for path in sys.argv[1:]:\n"
        "    try: print(verify.check_file(path).__class__.__name__)\n"
        "    except verify.Rejected as error: print(error)\n"
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))

    run = subprocess.run(
        [sys.executable, "-c", program, *map(str, paths)], preexec_fn=limited, capture_output=True, text=True
    )
    verdicts = dict(zip(data, run.stdout.splitlines(), strict=True))
    assert run.returncode == 0 and len(verdicts) == len(data), run.stderr
    for name in ("2^22 products", "2^40 products", "a power of a sum"):
        assert "products" in verdicts[name]
    assert sum("more work" in verdict for verdict in verdicts.values()) >= 4


def repeated(part: str, last: str) -> str:
    """A list as long as a file may be, with as many lists and objects as it may have."""
    count = min(verify.MOST_BYTES // len(part), verify.MOST_LISTS // max(1, part.count("[") + part.count("{"))) - 2
    return f"[{part * count}{last}]"


LARGE: dict[str, Callable[[], str]] = {
    "lists": lambda: repeated("[],", "[]"),
    "objects": lambda: repeated("{},", "{}"),
    "objects in objects": lambda: repeated('{"a":{}},', "{}"),
    "nested lists": lambda: repeated("[" * 15 + "]" * 15 + ",", "[]"),
    "numbers": lambda: repeated("7" * 59 + ",", "7"),
    "small numbers": lambda: repeated("-1,", "1"),
    "keys": lambda: "{" + ",".join(f'"{at:x}":0' for at in range(1_900_000)) + "}",
    "texts": lambda: "[" + ",".join(f'"{at:x}"' for at in range(2_200_000)) + "]",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [name if name == "objects in objects" else pytest.param(name, marks=pytest.mark.exhaustive) for name in LARGE],
)
def test_memory_of_large_files(name: str, tmp_path: Path) -> None:
    """Files of up to 20 million bytes are refused in 600 MB and 20 seconds, Python's own included."""
    path = tmp_path / "large.json"
    path.write_text(LARGE[name](), encoding="utf-8")
    assert 5_000_000 < path.stat().st_size <= verify.MOST_BYTES

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))

    command = [sys.executable, "-m", "symconv.verify", str(path)]
    run = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "rejected: " in run.stderr and "Traceback" not in run.stderr, run.stderr


def test_the_work_of_one_check_is_not_that_of_another() -> None:
    for _ in range(50):
        assert verify.check(PLAIN)
    data = real()
    steps = verify.check(data).steps
    assert all(verify.check(data).steps == steps for _ in range(20))


# -- what is said ------------------------------------------------------------------------------------------


def test_the_verdict_says_what_was_verified_and_not_what_the_file_says() -> None:
    """0 = 0, sold as a great theorem."""
    data = sealed({**theorem([], []), "statement": "P = NP\x1b[2J\u202e", "scope": "everything"})
    said = str(verify.check(data))
    assert said.isascii() and "\x1b" not in said
    assert "  'one': 0\n  'other': 0\n  all equal to: 0\n" in said
    assert said.index("not checked, the words of the file") < said.index("P = NP") < said.index("everything")
    assert "none is given, so there may be no such integers" in said


def test_the_formulas_in_the_words_of_the_checker() -> None:
    verified = verify.check(real())
    assert verified.formulas["direct"] == "(b[o]) + (sum_{c, k} X[c, d*k + i*s - p]*w[o, c, k])"
    assert verified.tensors == ("X[C_in, n]", "b[C_out]", "w[C_out, C_in, K]")
    assert "m = floor((-K*d + d + n + 2*p - 1)/(s)) + 1" in verified.assumptions
    assert {"n >= 1", "p >= 0", "-K*d + d + n + 2*p - 1 >= 0", "i >= 0"} <= set(verified.assumptions)
    assert verified.names == ("C_in", "C_out", "K", "d", "i", "m", "n", "o", "p", "s")
    assert verified.example == {**dict.fromkeys(["C_in", "C_out", "K", "d", "m", "n", "s"], 1), "i": 0, "o": 0, "p": 0}


def test_a_name_that_looks_like_a_formula_is_quoted() -> None:
    for name in ("2*k", "k + 1", "2k", "X[i]", "é", "0", "k = 0] + [0", " "):
        data = {**term(), "coefficient": [[1, [name, "z"]]]}
        assert ascii(name) in str(verify.check(theorem([data], [])))
    assert "z*z" in str(verify.check(theorem([term(coefficient="z*z")], [])))


def test_assumptions_that_no_integers_satisfy() -> None:
    """2 a = 1 is seen to have no solution, by rounding; a a = 2 is not, and no example can be given."""
    one = term()
    data = {**theorem([], []), "final": [one], "formulas": {name: {"start": [one], "steps": []} for name in "12"}}
    with pytest.raises(verify.Rejected, match="the assumptions contradict each other"):
        verify.check(sealed({**data, "assumptions": assumptions(facts=["2*a - 1", "1 - 2*a"])}))
    data["assumptions"] = assumptions(facts=["a*a - 2", "2 - a*a"])
    assert verify.check(sealed(data)).example is None
    for number in range(-3, 4):
        with pytest.raises(verify.Rejected, match="does not satisfy"):
            verify.check(sealed({**data, "example": {"a": number}}))


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd\u202e.json"
    path.write_text(json.dumps({"theorems": [sealed({**PLAIN, "statement": "\x1b[2J\u202e"})]}), encoding="utf-8")
    assert main(["verify", str(path)]) == 0
    text = capsys.readouterr().out
    assert text.isascii() and "\x1b" not in text
    assert "verified, 1 theorem, 0 steps" in text and "'one': X[i]" in text and "not checked" in text
    assert main(["verify", str(path), "--json"]) == 0
    text = capsys.readouterr().out
    assert text.isascii() and json.loads(text)[0]["what"][0]["formulas"]["one"] == "X[i]"
    path.write_text(json.dumps(with_("assumptions.lower", {"\x1b]0;x\x07": 1})), encoding="utf-8")
    assert main(["verify", str(path)]) == 1
    text = capsys.readouterr().out
    assert text.isascii() and "\x1b" not in text and "rejected" in text


def test_alone(tmp_path: Path) -> None:
    """A copy of the file checks without the rest of symconv."""
    alone = tmp_path / "alone.py"
    alone.write_text(Path(verify.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "theorem.json"
    path.write_text(json.dumps(PLAIN), encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", str(alone), str(path)], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0 and "verified, 1 theorem, 0 steps" in run.stdout and "'one': X[i]" in run.stdout
    path.write_text("[]", encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", str(alone), str(path)], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 1 and "rejected: not a symconv theorem" in run.stderr
