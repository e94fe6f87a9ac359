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
    (
        "splitting", "_steps", "abs(number) > 1: 1  ->  0",
    ): "with 1 or -1 the stride is the one that is asked for, and the branch above has it",
    (
        "splitting", "_quotients",
        "for one in ranges if name in one.names and (not one.unit(name))  ->  "
        "without name in one.names and (not one.unit(name))",
    ): "a size of 1 or -1, or none, is left out two lines below",
    (
        "splitting", "_multiple_in_a_bound",
        "len(bounds) == 2 and (not (len(sizes) == 2 and sizes[0][1] + sizes[1][1] + 1 in [one for one, _ in sizes]))"
        "  ->  len(bounds) == 2 or "
        "not (len(sizes) == 2 and sizes[0][1] + sizes[1][1] + 1 in [one for one, _ in sizes])",
    ): "only which splits are asked for; every split is an equality",
    (
        "splitting", "_cuts", "len(size.terms) == len(at.terms) == 1  ->  len(size.terms) == len(at.terms) != 1",
    ): "only which cuts are tried; that they lie in the range is proved for each",
    (
        "splitting", "_shifted", "Polynomial.name(name) + start  ->  Polynomial.name(name) - start",
    ): "only which of several strides is preferred; every split is an equality",
    (
        "floors", "_settled_by_brackets",
        "isinstance(one, Floor) and (not one.exact) and isinstance(one.denominator.value, int)  ->  "
        "isinstance(one, Floor) and isinstance(one.denominator.value, int)",
    ): "an exact quotient is a floor, too, and a bracket says as much of it",
    (
        "digits", "rewrite_multiples", "(1, -1): 1  ->  0",
    ): "only which product of names is taken out; each is taken out by what is 0",
    (
        "reindexing", "_is_pinned", "below or rising  ->  rising",
    ): "a name that is not seen to be held is judged again, by the directions in which it could run off",
    ("inequalities", "Inequalities._together", "if _hold_at_least_values(group)  ->  never"): "it only saves the time",
    ("inequalities", "eliminate", "counts[m][0]: 0  ->  1"): "only the order in which variables are eliminated",
    (
        "digits", "_is_pinned", "names and names <= size.names  ->  names <= size.names",
    ): "a bracket of numbers is evaluated before it is asked",
    (
        "digits", "join_digits",
        "(found := _quotient(moved, name, assumptions)) is not None and found[2] == size  ->  "
        "(found := _quotient(moved, name, assumptions)) is not None",
    ): "only which of two pairs of ranges goes; each has one quotient, so either is an equality",
    (
        "splitting", "_steps", "together > LARGEST_TOGETHER  ->  together >= LARGEST_TOGETHER",
    ): "only up to which stride a sum is split again",
    ("floors", "like_floors", "near + 1: 1  ->  0"): "only which values are tried; that one is right is proved",
    (
        "splitting", "_multiple_in_a_bound",
        "not (len(sizes) == 2 and sizes[0][1] + sizes[1][1] + 1 in [one for one, _ in sizes])  ->  "
        "len(sizes) == 2 and sizes[0][1] + sizes[1][1] + 1 in [one for one, _ in sizes]",
    ): "only which splits are asked for; every split is an equality",
    ("splitting", "_most", "bound >= 0: 0  ->  -1"): "only sizes have a least number, which is 0 or 1",
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
        "isinstance(factor, Access) and any([index.value is not None for index in factor.indices])  ->  "
        "isinstance(factor, Access)",
    ): "it only says which terms are asked whether their facts contradict each other; those that do are zero",
    ("constraints", "_all_written", "len(equations) > 40: 40  ->  41"): "how many equations are written in words",
    ("examples", "Examples.satisfy", "if not left  ->  never"): "it only saves the time",
    ("examples", "module", "1024  ->  1023"): "only how many examples there are; each is exact",
    ("examples", "module", "1024  ->  1025"): "only how many examples there are; each is exact",
    ("examples", "Examples.__init__", "1 << COUNT: 1  ->  2"): "a bit more, which the first fact clears",
    ("agreement", "module", "50000  ->  50001"): "how much work a search may take",
    ("agreement", "module", "50000  ->  49999"): "how much work a search may take",
    (
        "agreement", "attempt",
        "for t in one.result if like(t) not in settled  ->  without like(t) not in settled",
    ): "only which splits are asked for; every split is an equality",
    ("agreement", "attempt", "max(few.left, 0): 0  ->  1"): "how much work a search may take",
}  # fmt: skip
