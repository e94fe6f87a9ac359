"""Mutants that live, and why each of them changes nothing that counts.

A row has the module's short name (``ROOMS`` in ``mutation.py``), the function and the change, as ``mutation.py`` prints
them.
"""

from __future__ import annotations

SURVIVORS: dict[tuple[str, str, str], str] = {
    ("reindexing", "_is_pinned", "sign > 0  ->  sign >= 0"): "it is 1 or -1 there; if it is 0, another branch asks",
    ("verify", "infeasible", "1  ->  0"): "only the order in which variables are eliminated",
    (
        "normal", "Derivation.steps",
        "len(self.result.terms) < len(self.finished)  ->  len(self.result.terms) <= len(self.finished)",
    ): "one more line in the steps that are shown, equal to the line before it",
    (
        "text", "is_whole",
        "node.data == 'number' and str(node.children[0]).isdigit()  ->  str(node.children[0]).isdigit()",
    ): "no other node has a first child that is only digits",
    (
        "rules", "empty_range",
        "suspects and assumptions.contradicts(known_facts(term))  ->  assumptions.contradicts(known_facts(term))",
    ): "a term whose facts contradict each other is zero; without a range that may do it, it only takes time to ask",
    ("normal", "module", "(60, 80): 60  ->  61"): "how much of the work that a search may take a rule is said to cost",
    ("constraints", "module", "6  ->  7"): "how many equations are named in words",
    ("constraints", "module", "6  ->  5"): "how many equations are named in words",
    ("constraints", "_all_written", ":40: 40  ->  41"): "how many equations are written in words",
    (
        "general", "GeneralCheck.index_names",
        "[{**own, **dict(zip(others, order))} for order in permutations(left)] if others else [own]  ->  "
        "[{**own, **dict(zip(others, order))} for order in permutations(left)]",
    ): "without others each order gives the same names, so one reading is judged several times",
    (
        "rules", "_place",
        "order.index(factor.tensor.name) if factor.tensor.name in order else len(order)  ->  len(order)",
    ): "only which of several names a bracket is solved for; each gives the same value",
    (
        "rules", "_is_numbered",
        "isinstance(factor, Access) and any((index.value is not None for index in factor.indices))  ->  "
        "isinstance(factor, Access)",
    ): "it only says which terms are asked whether their facts contradict each other; those that do are zero",
    ("constraints", "_all_written", "len(equations) > 40: 40  ->  41"): "how many equations are written in words",
}  # fmt: skip
