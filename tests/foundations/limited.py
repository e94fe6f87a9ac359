"""Runs actions under limits on time and memory in processes of their own, and says how each ended.

A child is forked, so that what was imported need not be imported again; it does one action after the other until
one of them takes too much, and another child goes on behind that. The limits are the kernel's: seconds of the
processor for every action, and bytes of memory beyond what the parent had.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from importlib import import_module

SECONDS, MEGABYTES = 5, 500
"""What an action may take."""
PATIENCE = 12
"""So many times the seconds may pass on the clock: other processes want the processor too."""

Action = Callable[[], object]


@dataclass(frozen=True)
class Outcome:
    """How an action ended.

    Args:
        status: "done"; "refused", by an error of symconv's; "raised", by another error; "killed", for its time.
        detail: what it returned, or the error.
        seconds: of the processor.
        megabytes: by which the most memory in use was more than before.
    """

    status: str
    detail: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def is_bounded(self) -> bool:
        return self.status in ("done", "refused")


def load_torch() -> None:
    """Load PyTorch before the children are made if it is installed: it takes more memory than an action may.

    It computes with one thread, since a child has none of its parent's others and would wait for them.
    """
    with suppress(ImportError):
        import_module("torch").set_num_threads(1)


def outcomes(actions: Mapping[str, Action], seconds: float = SECONDS, megabytes: int = MEGABYTES) -> dict[str, Outcome]:
    """How every action ended, by its name."""
    found: dict[str, Outcome] = {}
    waiting = dict(actions)
    while waiting:
        for outcome in _from_child(waiting, seconds, megabytes):
            name = next(iter(waiting))
            found[name] = outcome
            del waiting[name]
    return found


def unbounded(actions: Mapping[str, Action], **limits: int) -> dict[str, Outcome]:
    """The actions that neither ended well nor were refused."""
    return {name: outcome for name, outcome in outcomes(actions, **limits).items() if not outcome.is_bounded}


def _from_child(actions: Mapping[str, Action], seconds: float, megabytes: int) -> Iterator[Outcome]:
    """The outcomes of the first actions, up to one that kills the child."""
    sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(actions, seconds, megabytes, writing)
    os.close(writing)
    done = 0
    with os.fdopen(reading, encoding="utf-8") as lines:
        while (
            done < len(actions) and select.select([lines], [], [], PATIENCE * seconds)[0] and (line := lines.readline())
        ):
            done += 1
            yield Outcome(*json.loads(line))
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not done:
        yield Outcome("killed", f"after {seconds} s", seconds)


def _run(actions: Mapping[str, Action], seconds: float, megabytes: int, writing: int) -> None:
    """In the child: the actions under their limits; what came of each goes to the pipe."""
    most = _memory() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    try:
        for number, action in enumerate(actions.values()):
            start, before = time.process_time(), _most_memory(anew=True)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            ended = _ended(action)
            signal.setitimer(signal.ITIMER_PROF, 0)
            outcome = Outcome(*ended, round(time.process_time() - start, 2), round(_most_memory() - before, 1))
            if number and not outcome.is_bounded:
                break  # the memory of those before it may be what it lacks: it gets a child of its own
            os.write(writing, f"{json.dumps(astuple(outcome))}\n".encode())
    finally:
        os._exit(0)


def _ended(action: Action) -> tuple[str, str]:
    from symconv.errors import SymconvError

    try:
        return "done", str(action())[:200]
    except SymconvError as error:
        return "refused", f"{type(error).__name__}: {str(error)[:1000]}"
    except BaseException as error:  # SystemExit and MemoryError too
        return "raised", f"{type(error).__name__}: {str(error)[:300]} {_place(error)}"


def _place(error: BaseException) -> str:
    """The last places in symconv on the way to an error."""
    places, at = [], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        if "symconv" in code.co_filename:
            places.append(f"{os.path.basename(code.co_filename)}:{at.tb_lineno}")
        at = at.tb_next
    return f"({' '.join(places[-3:])})"


def _most_memory(anew: bool = False) -> float:
    """The most megabytes that were in use since it was counted ``anew``."""
    with suppress(OSError):
        if anew:
            with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
                peak.write("5")
    with open("/proc/self/status", encoding="ascii") as numbers:
        return next(int(line.split()[1]) / 1024 for line in numbers if line.startswith("VmHWM"))


def _memory() -> int:
    """Bytes of the addresses in use."""
    with open("/proc/self/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
