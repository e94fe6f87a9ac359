"""Items through an executor: results as they come, none lost if a worker is killed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from queue import SimpleQueue
from typing import Any

from symconv.errors import SymconvError
from symconv.sweeps.executors import replacement, width_of
from symconv.sweeps.items import name_of
from symconv.sweeps.tasks import Record, Task, error_record

Numbered = tuple[int, Any]
"""An item with its number."""

Results = Iterator[tuple[int, Record]]
"""Records as they come, each with its item's number."""

Chunk = Sequence[Numbered]

KILLED = "the process that worked on it was killed, or ended"


def run_here(task: Task, items: Iterable[Numbered]) -> Results:
    """One after the other, in this process."""
    for number, item in items:
        yield number, task(item)


def run_chunk(task: Task, chunk: Chunk) -> list[Record]:
    """In a worker: the records of some items."""
    return [task(item) for _, item in chunk]


class Crew:
    """An executor at work on items.

    If a process is killed, its pool is broken and gives no more results. Then a new pool takes its place, and the items
    that were under way are done again, each by itself: only an item that breaks a pool of its own is an error.
    """

    def __init__(self, task: Task, executor: Executor, items: Iterable[Numbered], chunksize: int) -> None:
        self.task, self.executor = task, executor
        self.chunks = _chunks(items, chunksize)
        self.width = width_of(executor)
        self.is_replaced = False
        self.ahead: deque[Chunk] = deque()  # to be handed out before the other chunks
        self.suspects: deque[Chunk] = deque()  # under way when a pool broke
        self.under_way: dict[Future[list[Record]], Chunk] = {}
        self.finished: SimpleQueue[Future[list[Record]]] = SimpleQueue()

    def run(self) -> Results:
        """All records."""
        try:
            while True:
                self._hand_out()
                if not self.under_way and not self.suspects:
                    return
                yield from self._take_one() if self.under_way else self._clear_suspects()
        finally:
            for future in self.under_way:
                future.cancel()
            if self.is_replaced:
                self.executor.shutdown(wait=False)

    def _hand_out(self) -> None:
        """Keep the workers busy; nothing more once the pool is broken."""
        while not self.suspects and len(self.under_way) < self.width:
            chunk = self.ahead.popleft() if self.ahead else next(self.chunks, None)
            if chunk is None:
                return
            try:
                future = self.executor.submit(run_chunk, self.task, chunk)
            except BrokenExecutor:
                self.suspects.append(chunk)
                return
            except RuntimeError as error:
                raise SymconvError(
                    f"the executor {self.executor!r}"[:200], str(error), "use one that is open"
                ) from None
            self.under_way[future] = chunk
            future.add_done_callback(self.finished.put)

    def _take_one(self) -> Results:
        """The results that come next."""
        future = self.finished.get()
        chunk = self.under_way.pop(future)
        try:
            records = future.result()
        except BrokenExecutor:
            self.suspects.append(chunk)
        except Exception as error:  # items or results that cannot be sent, or a cluster that gave up on them
            if len(chunk) == 1:
                yield chunk[0][0], lost(chunk[0][1], error)
            self.ahead.extend([one] for one in chunk if len(chunk) > 1)
        else:
            yield from zip((number for number, _ in chunk), records)

    def _clear_suspects(self) -> Results:
        """Replace the broken pool, and do what was under way in it, item by item, in a pool of one process."""
        broken = self.executor
        if self.is_replaced:
            broken.shutdown(wait=False)
        alone = replacement(broken, 1)
        try:
            while self.suspects:
                for number, item in self.suspects.popleft():
                    try:
                        (record,) = alone.submit(run_chunk, self.task, [(number, item)]).result()
                    except BrokenExecutor:
                        record = lost(item, KILLED)
                        alone.shutdown(wait=False)
                        alone = replacement(broken, 1)
                    except Exception as error:
                        record = lost(item, error)
                    yield number, record
        finally:
            alone.shutdown(wait=False)
        self.executor, self.is_replaced = replacement(broken), True


def lost(item: Any, why: Exception | str) -> Record:
    """The record of an item that the task never finished."""
    record = error_record(why) if isinstance(why, Exception) else {**error_record(RuntimeError()), "why": why}
    return {"item": name_of(item), **record, "seconds": 0.0}


def _chunks(items: Iterable[Numbered], size: int) -> Iterator[Chunk]:
    chunk: list[Numbered] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
