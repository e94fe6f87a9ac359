r"""Names as people have them: what an unknown letter must stand for, from its place in the claim.

S(i, j) = \sum_m \sum_n I(i+m, j+n) K(m, n) is about the output S of the input I with the kernel K. Letters are only
given a meaning that is free, and the report says which. Where two meanings are possible, both are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from symconv.claims.interpret.uses import Use, called_operands, in_order, left_of, uses_of
from symconv.claims.parse.names import SECOND, Names
from symconv.claims.parse.size_names import is_parameter
from symconv.claims.parse.written import Written

KERNELS = (
    "K",
    "F",
    "f",
    "W",
    "w",
    "g",
    "k",
    "theta",
    "omega",
    "kernel",
    "filter",
    "filters",
    "Theta",
    "phi",
    "psi",
    "H",
)
INPUTS = ("I", "X", "x", "A", "a", "in", "image", "img", "V", "u", "s", "signal", "inp", "Z", "z", "o", "data", "d")
GRADIENTS = ("Gamma", "G", "g", "d", "e", "D", "error", "dout", "dy", "dZ", "delta", "grad", "E")
BIASES = ("b", "B", "beta", "c", "bias")
LIKELY: Mapping[str, tuple[str, ...]] = {
    "input": INPUTS, "weight": KERNELS, "grad_output": GRADIENTS, "bias": BIASES,
    "output": ("S", "Y", "y", "O", "o", "Z", "z", "h", "H", "out", "C", "F", "a", "g", "s"),
}  # fmt: skip
WORDS: Mapping[str, str] = {
    "input": "the input", "weight": "the kernel", "grad_output": "the gradient with respect to the output",
    "bias": "the bias", "output": "the output", "dense_weight": "the dense weight",
    "grad_input": "the gradient with respect to the input", "grad_weight": "the gradient with respect to the weight",
}  # fmt: skip
NEEDED: Mapping[str, tuple[str, ...]] = {
    "output": ("input", "weight", "bias"), "grad_weight": ("input", "grad_output"),
    "grad_input": ("weight", "grad_output"), "grad_bias": ("grad_output",), "matrix": ("weight",),
}  # fmt: skip
"""What the formula of a quantity is made of."""
LOSSES = ("L", "E", "J", "C", "l", "ell", "loss", "cost")
"""Names of losses that people number by examples."""
MOST_NAMINGS = 6
"""At most 6 ways to name the tensors of one claim are tried."""


@dataclass(frozen=True)
class Claimed:
    """What is known of claims before they are read: their trees and the quantity that they are said to be about."""

    written: Sequence[Written]
    of: str | None

    def uses(self) -> list[Use]:
        trees = [tree for one in self.written for tree in (one.left, one.right) if tree is not None]
        return [*(use for tree in trees for use in uses_of(tree)), *called_operands(trees)]


def namings(names: Names, claimed: Claimed) -> Iterator[Names]:
    """The layer's names with those that the claims give to its tensors, the likeliest first."""
    uses = claimed.uses()
    odd = any(_is_odd(names, use, uses) for use in uses) or _named_twice(names, claimed, uses)
    odd = odd or _is_an_output(names, claimed, uses)
    called = [use for one in claimed.written if (use := left_of(one.left)) is not None and use.ranks]  # s(t)
    plain = not any(is_new(names, use) for use in (*called, *uses)) and not _crossed(names, claimed)
    count = 0
    order = next((found for one in claimed.written if (found := in_order(one.left)) is not None), ())
    for also_odd in (True, False):
        if (also_odd and odd) or not (also_odd or plain):
            for tensors in _tensors(names, claimed, uses, also_odd):
                if [tensors.get(name) for name in order] == ["weight", "input"] and _may_be(names, order):
                    continue
                count += 1
                own = {
                    name: tensor_of_role(names, role)
                    for name, role in tensors.items()
                    if tensor_of_role(names, role) in names.tensors
                }
                said = tuple(f"{name} is {WORDS[tensors[name]]}" for name in own if tensors[name] in WORDS)
                yield names.renamed(own, said)
    if plain or not count:
        yield names


def _is_odd(names: Names, use: Use, uses: Sequence[Use]) -> bool:
    """Whether a letter of another view may be another tensor here: a of z_{11} = w_{11} a_{11} + b is the input."""
    if names.role(use.name) not in SECOND:
        return False
    has_input = any(names.role(one.name) == "input" for one in uses)
    return bool(use.ranks) or (use.name in LIKELY["input"] and bool(use.whole) and not has_input)


def _is_an_output(names: Names, claimed: Claimed, uses: Sequence[Use]) -> bool:
    """Whether the dense bias's letter on a left side may be the output: a_1 = w_1 x_1 + w_2 x_2 + b."""
    left = next((found for one in claimed.written if (found := left_of(one.left)) is not None), None)
    is_bias = left is not None and names.role(left.name) == "dense_bias"
    return is_bias and any(names.role(use.name) == "input" for use in uses)


def _may_be(names: Names, order: Sequence[str]) -> bool:
    """Whether the second operand of * may be the kernel, as it is usually, and the first one the input."""
    one, other = order
    return (
        _base(other) in KERNELS
        and names.role(one) in (None, "input")
        and not (_base(one) in KERNELS and _base(other) in INPUTS)
    )


def _named_twice(names: Names, claimed: Claimed, uses: Sequence[Use]) -> bool:
    """Whether the right side has a name of the output that is not the left side's: y[n] = sum(k, h[k] x[n+k])."""
    left = next((found for one in claimed.written if (found := left_of(one.left)) is not None), None)
    if left is None or names.role(left.name) != "output":
        return False
    return any(
        use.ranks and not use.below and use.name != left.name and names.role(use.name) == "output" for use in uses
    )


def is_new(names: Names, use: Use) -> bool:
    """Whether a name with that many indices stands for nothing that the layer has."""
    name = use.name
    tensor = names.known.get(name)
    if "_padded_by_" in name:
        return False
    if tensor is not None:
        rank = names.tensors[tensor].rank
        return bool(use.ranks) and names.role(name) in SECOND and rank not in use.ranks
    if (
        name == "delta"
        or name.startswith("grad_")
        or is_parameter(name)
        or {use.whole, use.whole.replace("_", "")} & names.sizes.keys()
    ):
        return False
    lacks = names.missing(name) is not None and name != "a"  # a is a dense bias, of layers that have one
    is_label = (name not in names.sizes or use.whole not in ("", name)) and not lacks
    return bool(use.ranks) or is_label or (use.is_entry and not names.layer.is_concrete)


def tensor_of_role(names: Names, role: str) -> str:
    """The name of the layer's tensor with that role."""
    if role in ("grad_input", "grad_weight"):
        return f"d{names.layer.notation.loss}_d{getattr(names.layer.notation, role.removeprefix('grad_'))}"
    return str(getattr(names.layer.notation, role))


def _crossed(names: Names, claimed: Claimed) -> bool:
    """Whether a left side is the input, which has no formula: x_i = \\sum_k w_k y_{i+k}."""
    own = names.layer.notation
    for one in claimed.written:
        left = left_of(one.left)
        if left is not None and names.known.get(left.name) in (own.input, own.weight, own.bias):
            return True
    return False


def _tensors(names: Names, claimed: Claimed, uses: Sequence[Use], odd: bool) -> Iterator[dict[str, str]]:
    """The roles of new names, in every way that fits; if ``odd``, letters of other views are new too."""
    fixed = roles_by_layer(names, claimed, uses)
    left = next((found for one in claimed.written if (found := left_of(one.left)) is not None), None)
    by = next((found for one in claimed.written if (found := left_of(one.left, True)) is not None), None)
    if left is not None and fixed.get(left.name) == "grad_output" and is_new(names, left):
        del fixed[left.name]  # which gradient it is, the right side says
    quantity = claimed.of
    if by is None and left is not None and (quantity in (None, "output")):
        crossed = _crossed(names, claimed) or (odd and _is_an_output(names, claimed, uses))
        if left.name not in fixed and (is_new(names, left) or crossed):
            gradient = None if crossed else _gradient(names, fixed, [use for use in uses if use.name != left.name])
            fixed[left.name] = gradient or ("dense_weight" if _is_matrix(names, left) else "output")
        if fixed.get(left.name, names.role(left.name)) == "output":
            quantity = "output"
        elif fixed.get(left.name) == "dense_weight":
            quantity = "matrix"
        elif (role := fixed.get(left.name, names.role(left.name))) in ("grad_input", "grad_weight"):
            quantity = role
    if by is None and left is None:
        quantity = quantity or "output"
    for use in uses:  # dL/dz in a formula is the gradient with respect to the output
        if use.below and (by is None or use.name != by.name) and is_new(names, use):
            fixed.setdefault(use.name, "output")
    for use in uses:  # dO/dF: what has entries that are differentiated is the output, or the loss of an example
        if use.above and use.name in LIKELY["output"] and use.name not in LOSSES and is_new(names, use):
            fixed.setdefault(use.name, "output")
    uses = [use for use in uses if not use.above]
    kept = ("dense_weight", "patch")  # v and P are themselves
    others = [use.name for use in uses if odd and _is_odd(names, use, uses) and names.role(use.name) not in kept]
    new = [use.name for use in uses if is_new(names, use) or use.name in others]
    new = [name for name in new if name not in fixed]
    if left is not None and (
        fixed.get(left.name) == "output" or (odd and names.role(left.name) == "output")
    ):  # x_i = \sum_k w_k y_{i+k}: y is not the output there
        right = [use for use in uses if not use.below and use.name != left.name]
        new += [use.name for use in right if names.role(use.name) == "output"]
    new = list(dict.fromkeys(new))
    taken = {fixed.get(use.name, names.role(use.name)) for use in uses if use.name not in new}
    taken |= {"grad_output"} if "output" in taken and quantity != "output" else set()
    if by is not None:
        role = fixed.get(by.name, names.role(by.name))
        quantity = f"grad_{role}" if by.name not in new else None
    if quantity is not None:
        yield from likely_roles(names, fixed, new, [r for r in NEEDED.get(quantity, ()) if r not in taken], uses)
        return
    likely = [role for role in ("weight", "input", "bias") if by is not None and _base(by.name) in LIKELY[role]]
    for role in likely or ("weight", "input", "bias"):  # dL/dF: what it is differentiated by is new
        if by is not None and role not in taken and _fits(names, role, [by]):
            rest = [name for name in new if name != by.name]
            roles = [r for r in NEEDED[f"grad_{role}"] if r not in taken]
            yield from likely_roles(names, {**fixed, by.name: role}, rest, roles, uses)


def _gradient(names: Names, fixed: Mapping[str, str], uses: Sequence[Use]) -> str | None:
    """What the left side is if the right side has the upstream gradient; None if it has not, or may be two things."""
    roles = {fixed.get(use.name, names.role(use.name)) for use in uses}
    below = {fixed.get(use.name, names.role(use.name)) for use in uses if use.below}
    if not below and "grad_output" not in roles:
        return None
    found = (below or roles) & {"input", "weight"} or roles & {"input", "weight"}
    if len(found) != 1:
        return None
    by = "input" in found
    return ("grad_input" if by else "grad_weight") if below & found else ("grad_weight" if by else "grad_input")


def _is_matrix(names: Names, use: Use) -> bool:
    """Whether a capital letter has as many indices as the dense weight, and not as many as the output."""
    own = names.layer.notation
    ranks = [names.tensors[one].rank for one in (own.dense_weight, own.output) if one in names.tensors]
    if len(ranks) < 2 or len(use.name) > 1 or not use.name.isupper() or ranks[0] not in use.ranks:
        return False
    return ranks[1] not in use.ranks or (names.role(use.name) == "weight" and max(use.ranks) == ranks[0])


def likely_roles(
    names: Names, fixed: dict[str, str], new: Sequence[str], roles: Sequence[str], uses: Sequence[Use]
) -> Iterator[dict[str, str]]:
    """Every way to give the new names roles that are free and have as many indices, the likeliest first."""
    if not new:
        yield fixed
        return
    if len(new) > len(roles) or len(new) > 3:
        return
    ways = []
    for chosen in permutations(roles, len(new)):
        pairs = list(zip(new, chosen))
        if all(_fits(names, role, [use for use in uses if use.name == name]) for name, role in pairs):
            likely = sum(_base(name) in LIKELY[role] for name, role in pairs)
            ways.append((-likely, "bias" in chosen, pairs))
    ways.sort(key=lambda way: way[:2])
    if ways and -ways[0][0] == len(new) and -ways[0][0] > max((-way[0] for way in ways[1:]), default=0):
        ways = ways[:1]  # names that everybody uses so
    for _, _, pairs in ways[:MOST_NAMINGS]:
        yield {**fixed, **dict(pairs)}


def _fits(names: Names, role: str, uses: Sequence[Use]) -> bool:
    """Whether a tensor has as many indices as a name has in the claim."""
    tensor = names.tensors.get(str(getattr(names.layer.notation, role)))
    return tensor is not None and all(tensor.rank in use.ranks or not use.ranks for use in uses)


def _base(name: str) -> str:
    return name.partition("^")[0]


# -- numbers of layers ---------------------------------------------------------------------------------


def roles_by_layer(names: Names, claimed: Claimed, uses: Sequence[Use]) -> dict[str, str]:
    """The roles of names with the number of a layer: a^(l-1) is the input of a layer with w^(l)."""
    layered = {use.name: _number(use.name) for use in uses if "^(" in use.name}
    roles: dict[str, str] = {}
    values: list[str] = []
    weights = [number for name, number in layered.items() if _role_of(names, name) == "weight"]
    for name, number in layered.items():
        base, role = _base(name), _role_of(names, name)
        if role in ("grad_input", "grad_weight"):
            roles[name] = role
        elif role == "grad_output":
            others = [n for one, n in layered.items() if _role_of(names, one) == "grad_output"]
            roles[name] = "grad_input" if number < max(others) else "grad_output"
        elif role in ("weight", "bias"):
            roles[name] = role
        elif base in (*INPUTS, *LIKELY["output"], "X", "Y") or role is not None:
            values.append(name)
    numbers = [layered[name] for name in values]
    for name in values:
        number = layered[name]
        if number < max(numbers) or any(number < weight for weight in weights):
            roles[name] = "input"
        elif number > min(numbers) or any(number > weight for weight in weights):
            roles[name] = "output"
        elif _base(name) in (names.layer.notation.input, names.layer.notation.output):
            roles[name] = str(names.role(_base(name)))
        else:
            roles[name] = "output" if _base(name) in ("z", "Z", "y", "Y", "h", "H", "O") else "input"
    return roles


def _role_of(names: Names, name: str) -> str | None:
    base = _base(name)
    if names.role(base) is not None:
        return names.role(base)
    return next(
        (role for role in ("weight", "bias") if base in LIKELY[role]), "grad_output" if base == "Gamma" else None
    )


def _number(name: str) -> int:
    """0 of l, -1 of l - 1, 2 of 2: which of two layers is the later one."""
    found = re.search(r"\^\((?:[A-Za-z]+)?([+-]?\d+)?\)", name)
    return int(found[1] or 0) if found else 0
