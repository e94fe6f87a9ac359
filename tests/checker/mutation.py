"""Mutants of the trusted parts: one small change each, and whether the tests see it.

    python -m tests.checker.mutation --count 200

makes every mutant of the modules in ``ROOMS`` (a comparison, a sum, an integer, a connective, a condition, a filter or
a statement changed), takes the first 200 of them in an order that depends on nothing but the seed and the mutants
themselves, and runs the tests of each mutant's module until one fails. The survivors that
``tests/checker/mutation_survivors.py`` explains are not run again. Others that live are printed: each asks for a test,
or for the reason why it changes nothing that counts.
``--by-hand`` runs the mutants of ``tests/checker/mutants_by_hand.py``, which make a false theorem or verdict possible.

Every mutant runs in a fork of one process that has imported the libraries and nothing of symconv; an import hook gives
it the changed module. What only words an error, or only counts work, is not changed.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import chain
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[2]

ROOMS = {
    "verify": "symconv.verify",
    "rules": "symconv.algebra.rules",
    "normal": "symconv.algebra.normal_form",
    "reindexing": "symconv.algebra.reindexing",
    "polynomial": "symconv.algebra.polynomial",
    "forms": "symconv.algebra.forms",
    "assumptions": "symconv.algebra.assumptions",
    "inequalities": "symconv.algebra.inequalities",
    "products": "symconv.algebra.products",
    "examples": "symconv.algebra.examples",
    "digits": "symconv.algebra.digits",
    "floors": "symconv.algebra.floors",
    "counting": "symconv.algebra.counting",
    "splitting": "symconv.algebra.splitting",
    "joining": "symconv.algebra.joining",
    "inside_sums": "symconv.algebra.inside_sums",
    "agreement": "symconv.algebra.agreement",
    "from_sympy": "symconv.algebra.sympy_in",
    "equality": "symconv.proof.equality",
    "deciding": "symconv.proof.deciding",
    "entries": "symconv.claims.judge.entries",
    "general": "symconv.claims.judge.general",
    "checking": "symconv.claims.judge.one_reading",
    "constraints": "symconv.claims.judge.constraints",
    "text": "symconv.claims.parse.text",
    "expressions": "symconv.claims.parse.expressions",
    "read_entries": "symconv.claims.parse.entries",
    "symbols": "symconv.claims.parse.symbols",
}
"""The modules by a short name, which is what the other tables here have."""

ALGEBRA = ["test_trusted_parts", "test_products", "test_trusted_judgement", "test_symbolic_padding", "test_algebra"]
DEAR = ["test_products", "test_pitfalls", "test_compilers"]
CLAIMS = ["test_trusted_judgement", "test_claims", "test_trusted_parts", "test_left_sides", "test_claims_in_labels"]
TESTS = {
    "verify": [
        "test_multipliers",
        "test_definitions",
        "test_forgeries",
        "test_mutations",
        "test_theorem_files",
        "test_verify",
    ],
    "rules": [*ALGEBRA, "test_verify"],
    "normal": [*ALGEBRA, "test_verify"],
    "reindexing": [*ALGEBRA, "test_verify"],
    "polynomial": ALGEBRA,
    "forms": ALGEBRA,
    "assumptions": ALGEBRA,
    "inequalities": ALGEBRA,
    **{key: DEAR for key in ("products", "digits", "floors", "counting", "splitting", "joining", "inside_sums")},
    "examples": ["test_facts_by_examples", *DEAR],
    "agreement": ["test_agreement", *DEAR, "test_budget"],
    "from_sympy": ["test_trusted_parts", "test_pitfalls", "test_algebra", "test_random_sympy_claims"],
    "equality": ["test_trusted_parts", "test_relations", "test_pitfalls", "test_algebra", "test_functions"],
    "deciding": ["test_trusted_parts", "test_relations", "test_pitfalls", "test_algebra", "test_functions"],
    "entries": [*CLAIMS, "test_graded_answers", "test_claims_of_views"],
    "general": [*CLAIMS, "test_graded_answers", "test_claims_of_views"],
    "checking": [*CLAIMS, "test_claims_of_views", "test_bad_input"],
    "constraints": [*CLAIMS, "test_claims_of_views"],
    "text": [*CLAIMS, "test_readings", "test_bad_input"],
    **{key: [*CLAIMS, "test_readings", "test_bad_input"] for key in ("expressions", "read_entries", "symbols")},
}
"""The tests that know a module best, the fast ones first; more of them only take longer for the mutants that live."""

LIBRARIES = ["sympy", "numpy", "lark", "jinja2", "pytest", "hypothesis", "tabulate", "_pytest.doctest"]
"""Imported once, before the forks."""

SECONDS = 120
"""A mutant that takes more CPU time than this runs in circles, and counts as seen."""
BYTES = 4 * 2**30

# -- mutants -------------------------------------------------------------------------------------------

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
EXCHANGED = {"all": "any", "any": "all", "min": "max", "max": "min"}
COUNTING = {"spend", "covers"}
"""Functions that only count work."""


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it is in words, and what makes the whole text of the module with it."""

    room: str
    function: str
    line: int
    words: str
    text: Callable[[], str]

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is called in tables; it does not change when other lines do."""
        return self.room, self.function, self.words

    def __str__(self) -> str:
        return f"{self.room}:{self.line}: {self.function}: {self.words}"


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand for a node."""
    if isinstance(node, ast.Compare):
        for at, one in enumerate(node.ops):
            ops = [*node.ops[:at], COMPARISONS[type(one)](), *node.ops[at + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from (ast.BoolOp(node.op, [*node.values[:at], *node.values[at + 1 :]]) for at in range(len(node.values)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, ast.If) and not node.orelse:
        yield ast.If(ast.Constant(False), node.body, [])
    if isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            ifs = [*node.ifs[:at], *node.ifs[at + 1 :]]
            yield ast.comprehension(node.target, node.iter, ifs, node.is_async)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EXCHANGED:
        yield ast.Call(ast.Name(EXCHANGED[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node, (ast.AugAssign, ast.Expr)) and not is_text(node):
        yield ast.Pass()


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_left_alone(node: ast.AST) -> bool:
    """What words an error, annotates, or counts work."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Name) and node.value.func.id in COUNTING
    return isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr))


class Replacing(ast.NodeTransformer):
    """Puts a node in the place of the one with a number, in the order of ``numbered``."""

    def __init__(self, number: int, new: ast.AST) -> None:
        self.left, self.new = number, new

    def visit(self, node: ast.AST) -> ast.AST:
        self.left -= 1
        if self.left == -1:
            return ast.copy_location(self.new, node)
        return node if is_left_alone(node) else self.generic_visit(node)


def numbered(
    tree: ast.AST, function: str = "module", above: ast.AST | None = None
) -> Iterator[tuple[ast.AST, str, ast.AST | None]]:
    """Every node that may change or that has such a node below it, with the function and the node it stands in."""
    yield tree, function, above
    if is_left_alone(tree):
        return
    if isinstance(tree, (ast.FunctionDef, ast.ClassDef)):
        function = tree.name if function == "module" else f"{function}.{tree.name}"
    for child in ast.iter_child_nodes(tree):
        yield from numbered(child, function, tree)


def in_words(node: ast.AST, new: ast.AST, above: ast.AST | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(above, ast.expr):
        return f"{ast.unparse(above)}: {ast.unparse(node)}  ->  {ast.unparse(ast.fix_missing_locations(new))}"
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}  ->  never"
    if isinstance(node, ast.comprehension) and isinstance(new, ast.comprehension):
        (gone,) = [one for one in node.ifs if one not in new.ifs]
        return f"{ast.unparse(node).strip()}  ->  without {ast.unparse(gone)}"
    return f"{ast.unparse(node)}  ->  {ast.unparse(ast.fix_missing_locations(new))}".strip()


def path_of(room: str) -> Path:
    return ROOT / Path(*ROOMS[room].split(".")).with_suffix(".py")


def mutants(room: str) -> Iterator[Mutant]:
    """Every mutant of a module; a fork makes the text of its own."""
    tree = ast.parse(path_of(room).read_text(encoding="utf-8"))
    for number, (node, function, above) in enumerate(numbered(tree)):
        if is_left_alone(node):
            continue
        line = getattr(node, "lineno", 0) or getattr(getattr(node, "target", None), "lineno", 0)
        for new in changes(node):
            yield Mutant(room, function, line, in_words(node, new, above), partial(changed, tree, number, new))


def changed(tree: ast.AST, number: int, new: ast.AST) -> str:
    """The text of a tree with one node replaced."""
    return ast.unparse(ast.fix_missing_locations(Replacing(number, new).visit(deepcopy(tree))))


def sample(rooms: Iterable[str], count: int | None, seed: int = 0) -> list[Mutant]:
    """The first mutants in an order that is as good as random, and that stays when the modules change elsewhere."""

    def place(mutant: Mutant) -> str:
        return hashlib.sha256(json.dumps([seed, *mutant.key]).encode()).hexdigest()

    return sorted((mutant for room in rooms for mutant in mutants(room)), key=place)[:count]


# -- running -------------------------------------------------------------------------------------------


class ChangedModule(MetaPathFinder):
    """An import hook that gives one module another text."""

    def __init__(self, room: str, text: str) -> None:
        self.name, self.path, self.text = ROOMS[room], str(path_of(room)), text

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        text = self.text

        class Loader(SourceFileLoader):
            def get_code(self, fullname: str) -> CodeType:
                code: CodeType = compile(text, self.path, "exec", dont_inherit=True)
                return code

        return spec_from_file_location(fullname, self.path, loader=Loader(fullname, self.path))


def test_files(names: Sequence[str]) -> list[str]:
    """The files of tests, wherever below ``tests`` they are; with ``::`` a test in one."""
    found = []
    for name in names:
        stem, *test = name.split("::", 1)
        (path,) = (ROOT / "tests").rglob(f"{stem}.py")
        found.append("::".join([str(path), *test]))
    return found


def run_tests(mutant: Mutant, tests: Sequence[str], seconds: int) -> int:
    """The exit code of pytest with the mutant; for a process that ends with it."""
    import resource  # not on Windows, which has no forks either

    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    sys.meta_path.insert(0, ChangedModule(mutant.room, mutant.text()))
    options = ["-x", "-q", "-m", "not more", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["--assert=plain"]  # to rewrite asserts, pytest would load the modules itself, unchanged
    return int(pytest.main([*options, f"--rootdir={ROOT}", f"--confcutdir={ROOT}", *test_files(tests)]))


def start(mutant: Mutant, tests: Sequence[str], seconds: int, log: str | None) -> int:
    """The process of a fork that runs the tests."""
    sys.stdout.flush()
    if process := os.fork():
        return process
    code = 70
    try:
        out = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = run_tests(mutant, tests, seconds)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def outcome(status: int) -> str:
    """ "lives" if all tests passed; "in circles" if it was stopped; else "seen"."""
    if os.WIFSIGNALED(status):
        return "in circles"
    return {0: "lives", 1: "seen", 2: "seen"}.get(os.WEXITSTATUS(status), f"pytest ended with {os.WEXITSTATUS(status)}")


def outcomes(
    jobs: Iterable[tuple[Mutant, Sequence[str]]], at_once: int = 1, seconds: int = SECONDS, log: str | None = None
) -> Iterator[tuple[Mutant, str]]:
    """What becomes of every mutant with its tests, as soon as it is known."""
    for library in LIBRARIES:
        importlib.import_module(library)
    assert not any(name.split(".")[0] == "symconv" for name in sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HYPOTHESIS_STORAGE_DIRECTORY=folder, PYTHONDONTWRITEBYTECODE="1")
        waiting, running = list(jobs)[::-1], {}
        while waiting or running:
            while waiting and len(running) < at_once:
                mutant, tests = waiting.pop()
                running[start(mutant, tests, seconds, log)] = mutant
            process, status = os.wait()
            yield running.pop(process), outcome(status)


# -- the program ---------------------------------------------------------------------------------------


def by_hand() -> list[tuple[Mutant, Sequence[str]]]:
    from tests.checker.mutants_by_hand import BY_HAND

    jobs = []
    for words, (room, replacements, tests) in BY_HAND.items():
        text = path_of(room).read_text(encoding="utf-8")
        for old, new in replacements:
            assert text.count(old) == 1, f"{text.count(old)} times in {ROOMS[room]}: {old}"
            text = text.replace(old, new)
        jobs.append((Mutant(room, "by hand", 0, words, partial(str, text)), tests))
    return jobs


def explained() -> dict[tuple[str, str, str], str]:
    from tests.checker.mutation_survivors import SURVIVORS

    return SURVIVORS


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--by-hand", action="store_true", help="the mutants of mutants_by_hand.py, and no others")
    parser.add_argument("--count", type=int, default=60, help="how many mutants; 0 is all")
    parser.add_argument("--skip", type=int, default=0, help="leave out this many of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--room", action="append", choices=ROOMS, help="of these modules only")
    parser.add_argument("--tests", nargs="+", help="other tests than those of TESTS")
    parser.add_argument("--at-once", type=int, default=1, help="processes")
    parser.add_argument("--json", action="store_true", help="one object a line, for every mutant")
    parser.add_argument("--log", help="a file for what pytest says")
    options = parser.parse_args(arguments)
    jobs: list[tuple[Mutant, Sequence[str]]]
    if options.by_hand:
        jobs = by_hand()
    else:
        chosen = sample(options.room or ROOMS, (options.skip + options.count) or None, options.seed)[options.skip :]
        jobs = [(mutant, options.tests or TESTS[mutant.room]) for mutant in chosen]
    reasons = explained()
    known = [(mutant, "explained") for mutant, _ in jobs if mutant.key in reasons]
    run = outcomes([job for job in jobs if job[0].key not in reasons], options.at_once, log=options.log)
    return report(chain(known, run), len(jobs), options.json)


def report(found: Iterable[tuple[Mutant, str]], count: int, as_json: bool) -> int:
    """Print the mutants that live and are not explained, and how many there are of each kind."""
    counts: dict[str, int] = {}
    for mutant, what in found:
        counts[what] = counts.get(what, 0) + 1
        if as_json:
            print(json.dumps({"mutant": mutant.key, "line": mutant.line, "outcome": what}), flush=True)
        elif what not in ("seen", "in circles", "explained"):
            print(f"{what}: {mutant}", flush=True)
    if not as_json:
        print(f"{count} mutants: {', '.join(f'{number} {what}' for what, number in sorted(counts.items()))}")
    return int(bool(counts.keys() - {"seen", "in circles", "explained"}))


if __name__ == "__main__":
    sys.exit(main())
