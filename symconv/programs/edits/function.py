"""What is known of a function that is changed: its names, arrays, loops, and where everything stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property

from symconv.programs.edits.names import DILATIONS, FACTORS, KERNELS, PADS, is_array
from symconv.programs.edits.text import Edit, Text


class Function:
    """A function of a text."""

    def __init__(self, text: Text, node: ast.FunctionDef) -> None:
        self.text, self.node = text, node

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Everything in it."""
        return list(ast.walk(self.node))

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """What each piece of syntax is in."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def names(self) -> list[str]:
        """Its parameters, and the names that it sets."""
        arguments = self.node.args
        stored = [one.id for one in self.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        return list(dict.fromkeys([one.arg for one in (*arguments.args, *arguments.kwonlyargs)] + stored))

    @cached_property
    def arrays(self) -> frozenset[str]:
        """Names that are used, or made, as arrays are."""
        used = {one.id for one in self.nodes if isinstance(one, ast.Name) and is_array(one, self.parents.get(one))}
        for one in self.nodes:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and _makes_array(one.value):
                used.add(one.targets[0].id)
        return frozenset(used) & frozenset(self.names)

    @cached_property
    def factors(self) -> list[str]:
        """Names by which an index may be multiplied."""
        return [name for name in FACTORS if name in self.names]

    @cached_property
    def dilations(self) -> list[str]:
        """Names of dilations."""
        return [name for name in DILATIONS if name in self.names]

    @cached_property
    def kernels(self) -> list[str]:
        """Names of the kernel's size along an axis."""
        return [name for name in KERNELS if name in self.names]

    def is_in_parentheses(self, node: ast.expr) -> bool:
        """Whether a piece of syntax stands in parentheses that are its own."""
        start, end = self.text.span(node)
        around = self.text.source[max(start - 1, 0) : start] + self.text.source[end : end + 1]
        return around == "()" and not self.text.source[max(start - 2, 0) : max(start - 1, 0)].isidentifier()

    @cached_property
    def pads(self) -> list[str]:
        """Names by which an index may be moved."""
        return [name for name in PADS if name in self.names]

    @cached_property
    def bounds(self) -> Mapping[str, str]:
        """The text of what each loop over range(..) ends at, by its variable."""
        found = {}
        for one in self.nodes:
            if isinstance(one, (ast.For, ast.comprehension)) and isinstance(one.target, ast.Name):
                call = one.iter
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range":
                    found[one.target.id] = self.text.of(call.args[min(1, len(call.args) - 1)])
        return found

    @cached_property
    def summed(self) -> frozenset[str]:
        """Names that += changes."""
        return frozenset(
            one.target.id for one in self.nodes if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name)
        )

    def replaced(self, cost: int, node: ast.expr | ast.stmt, text: str, kind: str = "") -> Edit:
        """Another text for a piece of syntax."""
        start, end = self.text.span(node)
        return Edit(cost, node.lineno, start, end, text, kind)

    def between(self, one: ast.expr, other: ast.expr) -> tuple[int, int, str]:
        """What stands between two pieces of syntax, and where."""
        start, end = self.text.span(one)[1], self.text.span(other)[0]
        return start, end, self.text.source[start:end]


def _makes_array(node: ast.expr) -> bool:
    name = node.func if isinstance(node, ast.Call) else None
    return isinstance(name, ast.Attribute) and name.attr in (
        "zeros", "ones", "empty", "full", "zeros_like", "pad", "array", "einsum", "rot90", "flip", "transpose",
    )  # fmt: skip
