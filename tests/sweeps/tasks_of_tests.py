"""Tasks that are sent to other processes, so in a module of their own; each call leaves a line in a file."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def _note(log: str, item: int) -> None:
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{item}\n")


def square(item: int) -> int:
    return item * item


def uneven(item: int) -> int:
    """The later items are done first."""
    time.sleep(max(0, 5 - item) / 50)
    return item


def fails_at_three(item: int) -> int:
    if item == 3:
        raise KeyError("three")
    if item == 4:
        raise SystemExit("four")
    return item


def killed_once(log: str, item: int) -> int:
    """The process that first has item 5 is killed."""
    marker = Path(f"{log}.killed")
    if item == 5 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    _note(log, item)
    return item


def always_killed(item: int) -> int:
    """No process survives item 5."""
    if item == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def slow(log: str, item: int) -> int:
    """Slow as long as nobody says otherwise, so that there is time to kill it."""
    if not Path(f"{log}.fast").exists():
        time.sleep(0.05)
    _note(log, item)
    return item
