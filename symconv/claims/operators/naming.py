r"""Names as people have them in claims about whole tensors: Y = F * X, \frac{\partial L}{\partial F}, \delta^{l}.

As in formulas with indices, a letter is only given a meaning that is free, and the report says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from symconv.claims.interpret.naming import LIKELY, NEEDED, WORDS, Claimed, likely_roles, roles_by_layer, tensor_of_role
from symconv.claims.interpret.uses import Use
from symconv.claims.operators.convolutions import MODES
from symconv.claims.operators.left_sides import FLAT, layered_name, parts_of_derivative
from symconv.claims.operators.registry import plain_name
from symconv.claims.operators.syntax import PRODUCTS, plain, sign_of
from symconv.claims.parse.names import ALIASES, Names


def whole_namings(names: Names, tree: Any) -> Iterator[Names]:
    """The layer's names with those that the claim gives to its tensors, the likeliest first."""
    found = False
    for roles in _ways(names, tree):
        found = True
        own = {name: tensor for name, role in roles.items() if (tensor := tensor_of_role(names, role)) in names.layouts}
        bare = set(_names_in(tree))
        gradients = [name for name in own if roles[name] == "output" and {f"d{name}", f"grad_{name}"} & bare]
        said = tuple(
            f"d{name} is {WORDS['grad_output']}" if name in gradients else f"{name} is {WORDS[roles[name]]}"
            for name in own if roles[name] in WORDS
        )  # fmt: skip
        yield names.renamed(own, said) if own else names
    if found and any(node.data == "matrix" for node in tree.iter_subtrees()):
        yield names  # in T = [[..]], T may be another matrix than the output
    if not found:
        yield names.renamed({one: tensor_of_role(names, "output") for one in _outputs(names, tree)}, ())


def _ways(names: Names, tree: Any) -> Iterator[dict[str, str]]:
    """The roles of new names."""
    left = tree.children[0] if len(tree.children) > 1 else None
    by = _differentiated(left)
    used = list(dict.fromkeys(_names_in(tree)))
    roles = roles_by_layer(names, Claimed((), None), [Use(name) for name in used])
    for one in _outputs(names, tree):
        roles.setdefault(one, "output")
    if left is not None and left.data == "call" and plain_name(str(left.children[0]))[0] in FLAT:
        left = left.children[1]
    name = layered_name(left) if left is not None else None
    if left is not None and left.data == "matrix" and len(stacked := set(_LABELS.findall(str(left.children[0])))) == 1:
        (name,) = stacked
    if name is not None and name not in roles and _is_new(names, name):
        roles[name] = "output"
    new = [one for one in used if one not in roles and one != by and _is_new(names, one)]
    numbered = [*_operands(tree), *_labelled(names, tree)]
    new += dict.fromkeys(one for one in numbered if one in names.sizes and one not in roles and one not in new)
    taken = {roles.get(one, names.role(one)) for one in used if one not in new}
    of = ["output"] if by is None else [f"grad_{one}" for one in ("weight", "input", "bias")]
    if by is not None and not _is_new(names, by):
        of = [f"grad_{names.role(by)}"]
    if name is not None and roles.get(name, names.role(name)) == "grad_input":
        of = ["grad_input"]
    for quantity in of:
        role = quantity.removeprefix("grad_")
        if by is not None and _is_new(names, by) and (role in taken or by not in LIKELY[role]):
            continue
        fixed = roles if by is None or not _is_new(names, by) else {**roles, by: role}
        free = [one for one in NEEDED.get(quantity, ()) if one not in taken]
        for way in likely_roles(names, fixed, new, free, []):
            if all(one in LIKELY[way[one]] for one in new):
                yield way


def _names_in(tree: Any) -> Iterator[str]:
    """The names of tensors, with the numbers of their layers."""
    inside = set()
    for node in tree.iter_subtrees_topdown():
        if node.data == "raised" and (name := layered_name(node)) is not None:
            inside.add(id(node.children[0]))
            yield name
        elif node.data == "name" and id(node) not in inside and (name := layered_name(node)) not in (None, *MODES):
            yield str(name)
        elif node.data == "matrix":
            yield from _LABELS.findall(str(node.children[0]))


_LABELS = re.compile(r"(?<![A-Za-z\\])([A-Za-z])_?\{?\d")
_NUMBERED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])_?\{?(\d+)")


def _outputs(names: Names, tree: Any) -> Iterator[str]:
    """The letters by which the loss is differentiated in a formula, as O in dL/dO: they are the output."""
    left = tree.children[0] if len(tree.children) > 1 else None
    for node in tree.iter_subtrees_topdown():
        above = _differentiated(node) if node is not left else None
        if above is not None and _is_new(names, above):
            yield above


def _differentiated(node: Any) -> str | None:
    """F of dL/dF and of dF; None of what is not a derivative."""
    if node is None or node.data not in ("derivative", "name"):
        return None
    if node.data == "derivative":
        return parts_of_derivative(str(node.children[0]))[1]
    found = re.fullmatch(r"(?:d|grad_)([A-Z][a-z]*|out|[a-z])", plain(node.children[0]))
    return found[1] if found else None


def _is_new(names: Names, name: str) -> bool:
    """Whether a name stands for nothing that the layer has."""
    if name in names.known or name in names.sizes or _is_derivative(names, name):
        return False
    if name in ALIASES["bias"]:  # of a layer without one
        return False
    return bool(re.fullmatch(r"[A-Za-z]+(\^\(.*\))?", name)) and (len(name) == 1 or _is_word(name) or "^" in name)


def _is_derivative(names: Names, name: str) -> bool:
    return name.startswith("grad_") or (name[:1] == "d" and len(name) > 1)


def _is_word(name: str) -> bool:
    return any(name in some for some in LIKELY.values())


def _labelled(names: Names, tree: Any) -> Iterator[str]:
    """The letters with numbers in matrices, as d of d_0, which are not sizes there; n_1 is one."""
    for node in tree.iter_subtrees():
        for letter, number in _NUMBERED.findall(str(node.children[0])) if node.data == "matrix" else ():
            if f"{letter}{number}" not in names.sizes:
                yield letter


def _operands(tree: Any) -> Iterator[str]:
    """The names on both sides of a sign of convolution, where a size cannot stand."""
    for node in tree.iter_subtrees():
        if node.data == "joined" and sign_of(str(node.children[1]))[0] not in PRODUCTS:
            for part in (node.children[0], node.children[2]):
                if part.data == "name" and len(name := plain(part.children[0])) == 1:
                    yield name
