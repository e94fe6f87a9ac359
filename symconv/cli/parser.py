"""The parser of a command's options: argparse, with errors in symconv's form and several words behind one option.

To argparse, the "-1:2" of ``--padding 1:2 -1:2`` looks like an option, and a claim or directory that follows sizes
like one more of them. So the arguments are arranged first: the words of each option are joined to it by "=", and what
stands alone goes behind a "--".
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from symconv.errors import UsageError

ONE_SIZE = r"([+-]?\d\w*|[^\W\d]\w*(-\w+)?)"
SIZE = re.compile(rf"{ONE_SIZE}([:,]{ONE_SIZE})*")


class Sizes(argparse.Action):
    """Sizes, joined by commas or one behind the other; they are read when the layer is made."""

    def takes(self, word: str) -> bool:
        """Whether a word that follows may be one more."""
        return SIZE.fullmatch(word) is not None

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        setattr(namespace, self.dest, values.split(","))


class Words(argparse.Action):
    """Words of a list, joined by commas or one behind the other; the option may be repeated.

    An ``open`` list only says which words are known before a layer is made; others are passed on.
    """

    def __init__(
        self, *args: Any, words: Iterable[str], single: bool = False, open: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.words, self.single, self.open = tuple(words), single, open

    def takes(self, word: str) -> bool:
        return not self.single and set(word.split(",")) <= {*self.words}

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        given = [values] if self.single else values.split(",")
        for word in given:
            if word not in self.words and not self.open:
                right = near(word, self.words) or f"use {', '.join(self.words)}"
                raise UsageError(f"{self.option_strings[-1]} {word}", "that is not one of its values", right)
        if self.single:
            setattr(namespace, self.dest, values)
            return
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, given if before is self.default else [*before, *given])


class WholeNumber(argparse.Action):
    """A whole number."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", values):
            shown = values if len(values) <= 40 else f"{values[:37]}..."
            raise UsageError(f"{self.option_strings[-1]} {shown}", "it is not a whole number", "use one such as 1")
        setattr(namespace, self.dest, int(values))


class Parser(argparse.ArgumentParser):
    """argparse's parser, whose errors are UsageErrors."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False, exit_on_error=False)

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The options.

        Raises:
            UsageError: an option that there is not, without its value, or with one that it cannot have.
        """
        try:
            options, unknown = self.parse_known_args(self._arranged(arguments))
        except argparse.ArgumentError as error:
            raise UsageError(error.argument_name or "the options", error.message, self._help_hint) from None
        if unknown:
            self._refuse(next((one for one in unknown if one.startswith("-") and one not in ("-", "--")), unknown[-1]))
        return options

    def error(self, message: str) -> NoReturn:
        raise UsageError("the options", message, self._help_hint)

    @property
    def long_options(self) -> list[str]:
        return [option for option in self._option_string_actions if option.startswith("--")]

    @property
    def actions(self) -> list[argparse.Action]:
        """Every option and positional argument, with its help."""
        return self._actions

    @property
    def _help_hint(self) -> str:
        return f"see {self.prog} --help"

    def _refuse(self, word: str) -> NoReturn:
        shown = word if len(word) <= 60 else f"{word[:57]}..."
        if not word.startswith("-"):
            raise UsageError(shown, "there is one argument too many", self._help_hint)
        option = word.partition("=")[0]
        raise UsageError(option[:60], "not an option", near(option, self.long_options) or self._help_hint)

    def _arranged(self, arguments: Sequence[str]) -> list[str]:
        waiting = list(arguments)
        options: list[str] = []
        alone: list[str] = []
        while waiting:
            one = waiting.pop(0)
            if one == "--":
                alone += waiting
                break
            action = self._option_string_actions.get(one)
            if action is not None:
                options.append(self._with_value(one, action, waiting))
            elif self._is_option(one):
                self._require_known(one)
                options.append(one)
            else:
                alone.append(one)
        return [*options, "--", *alone] if alone else options

    def _is_option(self, word: str) -> bool:
        """Formulas may start with a minus; two of them, or a minus and one letter of an option, are an option."""
        if not word.startswith("-") or word == "-":
            return False
        takes_formulas = any(action.dest == "claims" for action in self._actions)
        return word.startswith("--") or not takes_formulas or word[:2] in self._option_string_actions

    def _require_known(self, word: str) -> None:
        """Of an option with "=" or of one letter with its value behind it: whether there is one that takes a value."""
        option = word.partition("=")[0]
        action = self._option_string_actions.get(option)
        if action is not None and action.nargs == 0:
            raise UsageError(option, "it takes no value", f"write {option} alone")
        if action is None and word[:2] not in self._option_string_actions:
            self._refuse(word)
        if action is None and near(option, self.long_options):  # -stride is not -s tride
            self._refuse(word)

    def _with_value(self, option: str, action: argparse.Action, waiting: list[str]) -> str:
        if action.nargs == 0:
            return option
        if action.nargs == "?" and not isinstance(action, Words):  # a number or nothing
            return f"{option}={waiting.pop(0)}" if waiting and re.fullmatch(r"[+-]?\d+", waiting[0]) else option
        if action.nargs == "?" and not (waiting and isinstance(action, Words) and action.takes(waiting[0])):
            return option
        if not waiting or waiting[0] in self._option_string_actions:
            raise UsageError(option, "its value is missing", self._help_hint)
        words = [waiting.pop(0)]
        while isinstance(action, (Sizes, Words)) and waiting and action.takes(waiting[0]):
            words.append(waiting.pop(0))
        return f"{option}={','.join(words)}"


def near(word: str, known: Iterable[str]) -> str:
    """A question that names the known words that are nearest, or nothing."""
    from difflib import get_close_matches  # only after a mistake

    plain = {_bare(name): name for name in known}
    key = _bare(word)
    longer = [name for one, name in plain.items() if len(key) > 1 and one.startswith(key)]
    found = longer[:2] or [plain[one] for one in get_close_matches(key, plain, n=2, cutoff=0.65)][:1]
    return f"did you mean {' or '.join(found)}?" if found else ""


def _bare(word: str) -> str:
    """A word without the dashes before it, which all options have and which tell none from another."""
    return word.casefold().replace("_", "-").lstrip("-")
