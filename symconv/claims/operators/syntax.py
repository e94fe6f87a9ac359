"""Claims in operators as text: their syntax trees, and the names, signs and entries of matrices in them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from lark import Lark, Tree
from lark.exceptions import UnexpectedInput

from symconv.claims.operators.convolutions import MODES
from symconv.claims.operators.registry import OPERATORS, STYLES, plain_name
from symconv.claims.parse.names import Names
from symconv.printing.greek import GREEK_LETTERS

for _family in ("whole_matrices",):  # they register their operators
    import_module(f"symconv.claims.operators.{_family}")

MOST_OPERATORS = 12
"""A claim has at most 12 operators: each may multiply the ways to read it, and the sums of its formula."""

ENTRYWISE = (r"\odot", "⊙", r"\circ", "∘")
PRODUCTS = (r"\cdot", "·", r"\times", "×", "@")
KRONECKER = (r"\otimes", "⊗")
CORRELATIONS = (r"\star", "⋆", "★", r"\bigstar")


def tree_of(text: str) -> Any | None:
    """The syntax tree of a claim in operators; None if it is not one."""
    for written, meant in ((r"\ell", "l"), (r"\{", "("), (r"\}", ")"), (r"\_", "_")):
        text = text.replace(written, meant)
    text = _BRACKETS.sub("", text).rstrip(" \n.,;")
    try:
        return _named_first(_parser().parse(text))
    except UnexpectedInput:
        return None


def _named_first(tree: Any) -> Any:
    """The claim with the one side that is a name in front: Y = X * W + b for X * W + b = Y."""
    named = [side for side in tree.children if side.data in ("name", "derivative")]
    if len(named) != 1 or tree.children[0].data in ("name", "derivative", "placed", "call", "raised", "matrix"):
        return tree
    return Tree(tree.data, [*named, *(side for side in tree.children if side is not named[0])])


_BRACKETS = re.compile(r"\\(?:left|right|[Bb]igg?[lrm]?)(?![A-Za-z])")


@cache
def _parser() -> Lark:
    grammar = files("symconv.claims.operators").joinpath("operators.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic")


def is_about_whole(names: Names, tree: Any) -> bool:
    """Whether a claim has whole tensors, or operators on them, or matrices."""
    placed = {id(node.children[0]) for node in tree.iter_subtrees() if node.data == "placed"}
    for node in tree.iter_subtrees():
        if node.data == "matrix" or _operator_of(node) in OPERATORS:
            return True
        if node.data == "name" and id(node) not in placed:
            name = plain(node.children[0])
            parts = [name] if name in names.known or len(name) > 4 else list(name)  # W x of Wx
            tensors = [names.known.get(part) for part in parts]
            known = all(tensor is not None or part in names.sizes for part, tensor in zip(parts, tensors))
            if known and any(tensor is not None and names.tensors[tensor].rank for tensor in tensors):
                return True
    return False


def has_operators(tree: Any) -> bool:
    """Whether it can only be a claim in operators, so that what is wrong with it is said of them."""
    return any(
        node.data in ("transposed", "matrix", "backwards", "every", "several")
        or (node.data == "joined" and sign_of(str(node.children[1]))[0] not in ("*", *PRODUCTS[:-1]))
        or _operator_of(node) in OPERATORS.keys() - {"sum"}
        for node in tree.iter_subtrees()
    )


def _operator_of(node: Any) -> str:
    return plain_name(str(node.children[0]))[0] if node.data == "call" else ""


def operators_in(tree: Any) -> int:
    """How many operators a claim has."""
    return sum(1 for node in tree.iter_subtrees() if node.data in ("joined", "call", "product", "transposed"))


# -- pieces of text ------------------------------------------------------------------------------------


def plain(token: Any) -> str:
    r"""The name in a token: delta of \delta and of \mathbf{\delta}."""
    text = STYLES.sub("", str(token)).strip("{} ").lstrip("\\")
    return GREEK.get(text, text)


GREEK = {letter: name for name, letter in GREEK_LETTERS.items()}


def sign_of(token: str) -> tuple[str, str]:
    """The sign of an operator, and the mode that stands with it."""
    bare = STYLES.sub("", token)
    mode = next((word for word in MODES if word in bare), "")
    sign = re.match(r"\\[a-z]+|[^\w\s]|[{\s]*[a-z]+", bare)
    return (sign[0].strip("{ ") if sign else bare), mode


_LAYER_NUMBER = re.compile(r"\^\s*\{?\s*(\(?\s*(?:[lLk]|\\ell)\s*([+-]\s*1)?\s*\)?|\(\d+\)|\[\w+([+-]1)?\])\s*\}?")


def is_layer_number(power: str) -> bool:
    """Whether ^{l+1}, ^{(2)} or ^l numbers a layer."""
    return _LAYER_NUMBER.fullmatch(power) is not None


@lru_cache(maxsize=64)
def has_matrix(text: str) -> bool:
    """Whether a matrix stands in a claim; every reading of it asks."""
    tree = tree_of(text)
    return tree is not None and any(node.data == "matrix" for node in tree.iter_subtrees())


def rows_of(text: str) -> list[list[str]]:
    """The entries of a matrix as it is written, as text."""
    if text.startswith("\\begin"):
        inner = re.sub(r"^\\begin\{\w+\}(\{[^{}]*\})?|\\end\{\w+\}$", "", text.strip())
        rows = [row for row in re.split(r"\\\\\*?(?:\s*\[-?[\d.]+\s*[a-z]+\])?", inner) if row.strip()]
        return [row.split("&") for row in rows]
    inner = re.sub(r"\\[,;:! ]|\\q?quad(?![a-z])", " ", text.strip()[1:-1])
    if "[" in inner:
        return [_entries(row) for row in re.findall(r"\[([^\[\]]*)\]", inner)]
    rows = [row for row in inner.split(";") if row.strip()]
    return [_entries(row) for row in rows]


def _entries(row: str) -> list[str]:
    """Entries of a row, with commas between them or only spaces."""
    if "," in row:
        return row.split(",")
    return re.split(r"(?<![+\-*/\s])\s+(?![+\-*/\s])", row.strip())
