"""Everything that a program changes, with the way back: a body that is read twice starts from the same state twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

MISSING: Any = object()
"""What a key had before it was set for the first time."""


class Mutable:
    """Something that a program changes. All of its state is in ``contents``, and changes go through a ``Journal``."""

    __slots__ = ("birth", "contents")

    def __init__(self, birth: int, contents: dict[Hashable, Any] | None = None) -> None:
        self.birth = birth
        self.contents: dict[Hashable, Any] = {} if contents is None else contents


class Journal:
    """The changes of a program, in order."""

    def __init__(self) -> None:
        self._log: list[tuple[Mutable, Hashable, Any]] = []
        self._clock = 0

    def tick(self) -> int:
        """A moment later than all before it; what is made gets one as its birth."""
        self._clock += 1
        return self._clock

    def put(self, what: Mutable, key: Hashable, value: Any) -> None:
        """Set one of its contents."""
        self._log.append((what, key, what.contents.get(key, MISSING)))
        what.contents[key] = value

    def drop(self, what: Mutable, key: Hashable) -> None:
        """Remove one of its contents."""
        self._log.append((what, key, what.contents[key]))
        del what.contents[key]

    @property
    def mark(self) -> int:
        """The state as it is now, for ``undo`` and ``since``."""
        return len(self._log)

    def undo(self, mark: int) -> None:
        """Go back to an earlier state."""
        while len(self._log) > mark:
            what, key, old = self._log.pop()
            if old is MISSING:
                del what.contents[key]
            else:
                what.contents[key] = old

    def since(self, mark: int) -> Iterator[tuple[Mutable, Hashable, Any]]:
        """What was changed since then, each once, with what it was then (``MISSING`` if it was not set)."""
        seen: set[tuple[int, Hashable]] = set()
        for what, key, old in self._log[mark:]:
            if (id(what), key) not in seen:
                seen.add((id(what), key))
                yield what, key, old
