"""Mutants that make a false theorem or verdict possible, each with the tests that must fail.

A row has the module's short name (``ROOMS`` in ``mutation.py``), what is replaced in its text, and the tests.
"""

from __future__ import annotations

Replacement = tuple[str, str]

BY_HAND: dict[str, tuple[str, list[Replacement], list[str]]] = {
    # -- the checker -----------------------------------------------------------------------------------
    "a coefficient of 2 counts as a unit in sift": (
        "verify", [("and abs(found[0][1]) == 1 else 0", "and abs(found[0][1]) <= 2 else 0")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "the name that sift solves for need not be bound": (
        "verify", [("if p == name(v) and v in term[2] else ()", "if p == name(v) else ()")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a factor that may be 0 is canceled": (
        "verify", [("if made and all(assumed.positive(name(n)) for n in by or ()):", "if made:")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "the bracket rule does not look at the greatest common divisor": (
        "verify", [("(not common or p.get((), 0) % common)", "p.get((), 0)")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a floor is taken as exact": (
        "verify", [("negative(rest) if exact else", "negative(rest) if True else")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "equal accesses are kept once": (
        "verify", [("(*sorted(accesses), *sorted(others))", "(*sorted(set(accesses)), *sorted(others))")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a denominator may be 0": (
        "verify", [("        if not self.positive(by):\n            raise", "        if False:\n            raise")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a dropped factor need not be a range": (
        "verify", [('if dropped[0] != "range" or dropped not in term[1]:', "if dropped not in term[1]:")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a re-indexing may take a name that has assumptions": (
        "verify", [("    if shared := assumed.names.intersection(term[2]):", "    if shared := set():")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "a product with one bounded name has a sign, in the checker": (
        "verify", [("if all(n in self.lower for n in key)]", "if any(n in self.lower for n in key)]")],
        ["test_forgeries::test_one_check_stops_it"],
    ),
    "the outputs of a layer are not counted": (
        "verify", [("        if not right or padding not in", "        if padding not in")],
        ["test_definitions::test_another_output_size_is_rejected", "test_definitions::test_how_many_outputs_there_are"],
    ),
    "any remainder is below the stride": (
        "verify", [("if set(left) <= {()} and 0 <= left.get((), 0) < most:", "if set(left) <= {()}:")],
        ["test_definitions::test_how_many_outputs_there_are"],
    ),
    "two tensors of a layer may be one": (
        "verify", [("if len({*tensors.values()}) < len(tensors) or special:", "if special:")],
        ["test_definitions::test_nothing_is_assumed_of_the_tensors"],
    ),
    "something may be assumed of a layer's tensors": (
        "verify", [(" < len(tensors) or special:", " < len(tensors):")],
        ["test_definitions::test_nothing_is_assumed_of_the_tensors"],
    ),
    "a layer's tensors have any shape": (
        "verify", [("if assumed.shapes.get(tensors[role]) != [sizes[axis] for axis in roles[role]]:", "if False:")],
        ["test_definitions::test_the_tensors_have_the_layer_s_shapes"],
    ),
    "something may be assumed of an entry": (
        "verify", [("if any(p not in inside for p in assumed.facts if names_of(p) & {*free}) or any(", "if any(")],
        ["test_definitions::test_all_entries_are_meant"],
    ),
    "a name of a definition may be a size": (
        "verify", [(" or taken.intersection(at.values()) or", " or")],
        ["test_definitions::test_no_name_means_two_things"],
    ),
    "a kernel that is not there is flipped": (
        "verify", [("strange = (flip and not may_flip) or", "strange =")],
        ["test_definitions::test_other_parameters_are_rejected"],
    ),
    "a transposed layer may have a dilation of the input": (
        "verify", [('"replicate")) and spread != const(1):', '"replicate")) and False:')],
        ["test_definitions::test_other_parameters_are_rejected"],
    ),
    "a factor of averages is left out": (
        "verify", [('!= (has_weight, "a" in kind)', '!= (has_weight, "a" in tensors)')],
        ["test_definitions::test_a_layer_has_the_tensors_of_its_kind"],
    ),
    # -- the algebra -----------------------------------------------------------------------------------
    "a product with one bounded name has a sign": (
        "inequalities", [("return all(name in self.least for", "return any(name in self.least for")],
        ["test_trusted_parts::test_signs_of_products"],
    ),
    "< is read as <=": (
        "from_sympy", [("sp.Lt: -difference - 1}", "sp.Lt: -difference}")],
        ["test_trusted_parts::test_comparisons_are_read_as_they_are"],
    ),
    "a maximum drops what another part is not above": (
        "assumptions", [("if not self.implies(one - other)]", "if not self.implies(one + other)]")],
        ["test_trusted_parts::test_the_greatest_are_as_great_as_all"],
    ),
    "bound names of the left factor are not renamed apart": (
        "forms", [("left = self.renamed_apart(other.names) if self.bound else self", "left = self")],
        ["test_trusted_parts"],
    ),
}  # fmt: skip
