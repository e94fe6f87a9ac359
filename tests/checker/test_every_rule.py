"""The table of rules: for each, forged files that only a check of that rule rejects.

The files are those of ``test_forgeries``, ``test_identities`` and ``test_multipliers``, which see that the checker
without the one check accepts each file, that the checker rejects it, and that an evaluator finds it false. Here is
that no rule is without one.

    python -m tests.checker.test_every_rule

prints the table: the rule, the function whose check is taken out, and what the file is.
"""

from __future__ import annotations

import ast
from functools import cache

import pytest

from symconv import verify
from tests.checker import test_forgeries, test_identities, test_multipliers
from tests.checker.forging import Json

Row = tuple[str, str, str]
FORGED = {**test_forgeries.FORGED, **test_identities.FORGED, **test_multipliers.FORGED}
OF_ALL = {"follows", "digits", "single"}
"""Functions that all rules share: a check in them belongs to all of them."""


@cache
def functions() -> dict[str, tuple[int, int, set[str]]]:
    """The functions of the checker that are about rules: the first and the last line, and the names in them."""
    section = test_forgeries.SOURCE.partition("\n# -- rules")[0].count("\n")
    nodes = [node for node in ast.parse(test_forgeries.SOURCE).body if node.lineno > section]
    last = next(at for at, node in enumerate(nodes) if isinstance(node, ast.AnnAssign))  # the kinds of rules
    return {
        node.name: (node.lineno, node.end_lineno or 0, {one.id for one in ast.walk(node) if isinstance(one, ast.Name)})
        for node in nodes[:last] if isinstance(node, ast.FunctionDef)
    }  # fmt: skip


def of_rules() -> dict[str, set[str]]:
    """The functions that check a rule: its own, and those that it calls and not all rules share."""
    known, found = functions(), {}
    for rule, (check, _) in verify.RULES.items():
        found[rule] = reached = {check.__name__}
        while more := known.keys() & set().union(*(known[name][2] for name in reached)) - OF_ALL - reached:
            reached |= more
    return found


def place_of(change: str) -> str:
    """The function that a text of the checker stands in."""
    line = test_forgeries.SOURCE[: test_forgeries.SOURCE.index(change)].count("\n") + 1 + change.startswith("\n")
    line += len(change) - len(change.lstrip("\n"))
    return next((name for name, (first, last, _) in functions().items() if first <= line <= last), "")


def rules_of(data: Json) -> set[str]:
    return {step["rule"] for formula in data["formulas"].values() for step in formula["steps"]}


@cache
def table() -> tuple[Row, ...]:
    """A rule, the function without one of its checks, and the file that it accepts then."""
    checks = of_rules()
    rows: list[Row] = []
    for words, (change, data) in FORGED.items():
        for old, _ in [change] if isinstance(change, tuple) else change:
            place = place_of(old)
            rows += ((rule, place, words) for rule in rules_of(data) if place in checks[rule])
    return tuple(rows)


@pytest.mark.parametrize("rule", verify.RULES)
def test_a_rule_has_forged_files_that_only_its_check_rejects(rule: str) -> None:
    assert {words for one, _, words in table() if one == rule}


if __name__ == "__main__":
    for row in sorted(table()):
        print(*row, sep=" | ")
