"""What an item is called, and the key by which its row is found again in a file."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

LONGEST = 200
"""A row shows at most 200 characters of its item."""

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""In the names that Python gives: not the same in the next process."""

LARGEST_FILE = 10_000_000
"""Of a file of up to 10 MB the content is part of its key: a file that was changed is a new item."""


def name_of(item: Any) -> str:
    """The item in a line: a text as it is, a function by its name, anything else as Python shows it.

    >>> name_of(("h[i] = X[i]", 3)), name_of(len), name_of({"layer": "Conv(3, 2)"})
    ('h[i] = X[i], 3', 'builtins.len', 'layer=Conv(3, 2)')
    """
    text = " ".join(_in_words(item).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def keys_of(items: Iterable[Any]) -> list[str]:
    """A key for each item: the same in every run and process, and different for items that come twice.

    >>> first, second, third = keys_of(["a", "b", "a"])
    >>> len({first, second, third}), keys_of(["b"]) == [second]
    (3, True)
    """
    seen: Counter[str] = Counter()
    keys = []
    for item in items:
        digest = hashlib.sha256(_in_full(item).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        keys.append(f"{digest}.{seen[digest]}" if seen[digest] else digest)
        seen[digest] += 1
    return keys


def _in_words(item: Any) -> str:
    if isinstance(item, (str, Path)):
        return str(item)
    if isinstance(item, Mapping):
        return ", ".join(f"{name}={_in_words(value)}" for name, value in item.items())
    if isinstance(item, (tuple, list)):
        return ", ".join(map(_in_words, item))
    if inspect.isroutine(item) or inspect.isclass(item):
        return ".".join(filter(None, (item.__module__, item.__qualname__)))
    return ADDRESS.sub("", repr(item))


def _in_full(item: Any) -> str:
    """All that an item says, with the kind of every part: a text and a name of the same letters differ."""
    kind = type(item).__name__
    if isinstance(item, (str, Path)):
        return f"{kind}:{item}:{_content(str(item))}"
    if isinstance(item, Mapping):
        return f"{kind}:{[(str(name), _in_full(value)) for name, value in item.items()]}"
    if isinstance(item, (tuple, list)):
        return f"{kind}:{[_in_full(part) for part in item]}"
    if inspect.isroutine(item) or inspect.isclass(item):
        return f"{kind}:{_in_words(item)}:{_source(item)}"
    if hasattr(item, "tobytes"):  # an array, of which repr shows only the ends
        return f"{kind}:{item.dtype}:{item.shape}:{item.tobytes().hex()}"
    return f"{kind}:{_in_words(item)}"


def _content(text: str) -> str:
    """The digest of the file that a text names, in FILE or FILE::NAME; empty if it names none."""
    path = text.partition("::")[0]
    if not path or len(path) > 1_000 or "\n" in path or "\0" in path:
        return ""
    try:
        file = Path(path)
        if not file.is_file() or file.stat().st_size > LARGEST_FILE:
            return ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""
