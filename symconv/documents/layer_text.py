"""A layer as it is written in a mark, such as Conv(n, K, stride=s): a small grammar, in which letters are symbols.

The names are those of the registry of layers, the options those of each kind. Nothing is evaluated.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import sympy as sp

from symconv.errors import MarkError, SymconvError, instead_of, shown
from symconv.layers import KINDS, Layer
from symconv.printing.notation import Notation

LONGEST, DEEPEST = 1_000, 8
"""A layer's text has at most 1,000 characters, and brackets at most 8 deep."""

TOKEN = re.compile(r"\s*(?:(\d{1,18})|([A-Za-z][A-Za-z0-9_]{0,30})|('[^'\n]*'|\"[^\"\n]*\")|([-+*(),.=]))")
CONSTANTS: Mapping[str, Any] = {"True": True, "False": False, "None": None}
EXAMPLE = "write Conv(n, K, stride=s), with whole numbers and letters"


def starts_a_layer(text: str) -> bool:
    """Whether a text begins as a layer does, with a name and a bracket."""
    return re.match(r"\s*[A-Za-z]\w*\s*(\.\s*[A-Za-z]\w*\s*)?\(", text) is not None


def end_of_brackets(text: str) -> int:
    """The place behind the bracket that closes the first one; the end of the text if none does."""
    depth = 0
    for found in re.finditer(r"'[^'\n]*'|\"[^\"\n]*\"|[()]", text):
        depth += (found[0] == "(") - (found[0] == ")")
        if found[0] == ")" and depth <= 0:
            return found.end()
    return len(text)


def require_layer(value: Any) -> Layer:
    """A layer, or the one that a text describes.

    Raises:
        MarkError: the text is not a layer; the message has the place.
        SymconvError: its arguments do not describe one, or it is neither.
    """
    if isinstance(value, Layer):
        return value
    if not isinstance(value, str):
        raise SymconvError(f"layer={shown(value)}"[:80], "not a layer", EXAMPLE)
    reader = _Reader(value)
    layer = reader.layer()
    if rest := value[reader.at :].strip():
        raise reader.error(f"{rest[:20]!r} stands behind the layer")
    return layer


class _Reader:
    """Reads from left to right, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        if len(text) > LONGEST:
            raise self.error(f"it has {len(text):,} characters", f"use at most {LONGEST:,}")

    def error(self, wrong: str, right: str = EXAMPLE) -> MarkError:
        return MarkError(self.text, wrong, right, self.at)

    def next(self) -> re.Match[str] | None:
        return TOKEN.match(self.text, self.at)

    def sign(self) -> str:
        """The sign that comes next, if one does."""
        found = self.next()
        return "" if found is None else found[4] or ""

    def took(self, sign: str) -> bool:
        """Whether that sign comes next, which is then passed over."""
        found = self.next()
        if found is None or found[4] != sign:
            return False
        self.at = found.end()
        return True

    def expect(self, sign: str) -> None:
        if not self.took(sign):
            rest = self.text[self.at :].strip()
            raise self.error(f"{sign!r} is expected there" + (f", not {rest[:12]!r}" if rest else ""))

    def name(self) -> str:
        found = self.next()
        if found is None or not found[2]:
            raise self.error("a name is expected there")
        self.at = found.end()
        return found[2]

    def layer(self) -> Layer:
        start = self.at
        name = self.name()
        if name not in KINDS:
            self.at = start
            raise self.error(f"there is no layer {name}", instead_of(name, KINDS))
        kind = KINDS[name]
        general = self.took(".")
        if general and (method := self.name()) != "general":
            raise self.error(f"{name}.{method} is not read", f"write {name}.general(1)")
        parameters = ["ndim", *kind.PARAMETERS] if general else list(inspect.signature(kind).parameters)
        if "notation" not in parameters:
            parameters.append("notation")
        arguments, options = self.arguments(name, parameters)
        make = kind.general if general else kind
        try:
            inspect.signature(make).bind(*arguments, **options)
        except TypeError as error:
            raise self.error(f"{name}: {error}") from None
        return make(*arguments, **options)

    def arguments(self, name: str, known: list[str]) -> tuple[list[Any], dict[str, Any]]:
        """What stands in brackets: values, then options by name."""
        self.expect("(")
        values: list[Any] = []
        options: dict[str, Any] = {}
        while not self.took(")"):
            option = re.compile(r"\s*([A-Za-z]\w*)\s*=(?!=)").match(self.text, self.at)
            if option is not None:
                if option[1] not in known:
                    raise self.error(f"{name} has no option {option[1]}", instead_of(option[1], known))
                if option[1] in options:
                    raise self.error(f"{option[1]} is given twice", "give it once")
                self.at = option.end()
                options[option[1]] = self.value()
            elif options:
                raise self.error("a value without its name stands behind an option", "put it first, or name it")
            else:
                values.append(self.value())
            if not self.took(","):
                self.expect(")")
                break
        return values, options

    def value(self) -> Any:
        """A word in quotes, True, False, None, a notation, a tuple, or a sum of sizes."""
        found = self.next()
        if found is None:
            raise self.error("a value is expected there")
        if found[3]:
            self.at = found.end()
            return found[3][1:-1]
        if found[2] in CONSTANTS:
            self.at = found.end()
            return CONSTANTS[found[2]]
        if found[2] in ("Notation", "N") and re.match(r"\s*\(", self.text[found.end() :]):
            self.at = found.end()
            return self.notation()
        return self.sum()

    def notation(self) -> Notation:
        values, options = self.arguments("Notation", [field.name for field in fields(Notation)])
        if values:
            raise self.error("a notation has options only", "write Notation(weight='W')")
        return Notation(**options)

    def sum(self) -> Any:
        """Products added and subtracted, or a tuple."""
        negative = self.took("-")
        total = self.product()
        if negative:
            self.require_numbers(total)
            total = -total
        while self.sign() in ("+", "-"):
            sign = self.sign()
            self.took(sign)
            part = self.product()
            self.require_numbers(total, part)
            total = total + part if sign == "+" else total - part
        return total

    def product(self) -> Any:
        result = self.atom()
        while self.sign() == "*":
            self.took("*")
            factor = self.atom()
            self.require_numbers(result, factor)
            result = result * factor
        return result

    def require_numbers(self, *parts: Any) -> None:
        for part in parts:
            if not isinstance(part, (int, sp.Expr)) or isinstance(part, bool):
                what = "a tuple" if isinstance(part, tuple) else repr(part)
                raise self.error(f"{what} is not a number", "use tuples for the sizes of several axes: (3, 3)")

    def atom(self) -> Any:
        found = self.next()
        if found is not None and found[1]:
            self.at = found.end()
            return int(found[1])
        if found is not None and found[2]:
            self.at = found.end()
            return sp.Symbol(found[2], integer=True)
        self.expect("(")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"brackets are nested more than {DEEPEST} deep")
        parts: list[Any] = []
        is_tuple = self.sign() == ")"
        while self.sign() != ")":
            parts.append(self.value())
            if not self.took(","):
                break
            is_tuple = True
        self.expect(")")
        self.depth -= 1
        return tuple(parts) if is_tuple else parts[0]
