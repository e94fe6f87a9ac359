"""Executors: processes of this machine, and the adapters that make one of what other libraries have."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

from symconv.errors import SymconvError, shown

USUAL_WIDTH = 1_000
"""The number of tasks that are handed out at once if nobody says how many workers there are."""


def executor_of(given: Any) -> Executor | None:
    """The executor that a user means: any of ``concurrent.futures``, a number of processes, or a client of Dask.

    Raises:
        SymconvError: it is none of these.
    """
    if given is None:
        return None
    if isinstance(given, Executor):
        return given
    if hasattr(given, "get_executor"):
        made: Executor = given.get_executor()
        return made
    if isinstance(given, int) and not isinstance(given, bool) and given >= 1:
        return processes(given)
    if all(callable(getattr(given, name, None)) for name in ("submit", "shutdown")):
        return given  # type: ignore[no-any-return]
    raise SymconvError(
        f"executor={shown(given)}", "not an executor", "use a ProcessPoolExecutor, a number of processes, or a Client"
    )


def processes(count: int | None) -> ProcessPoolExecutor:
    """Processes that end when this one does, even if it is killed."""
    return ProcessPoolExecutor(count, initializer=end_with_the_parent)


def end_with_the_parent() -> None:
    """In a worker: do not outlive the process that waits for the results."""
    from multiprocessing import parent_process

    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def replacement(broken: Executor, workers: int | None = None) -> Executor:
    """A new pool in place of one whose worker was killed; ``workers`` if not as many as before."""
    count = workers or getattr(broken, "_max_workers", None)
    if type(broken) is ProcessPoolExecutor and broken._initializer is not end_with_the_parent:
        return ProcessPoolExecutor(count, broken._mp_context, broken._initializer, broken._initargs)
    return processes(count)


def width_of(executor: Executor) -> int:
    """How many tasks to hand out at once: two for each worker."""
    workers = getattr(executor, "_max_workers", None)
    return 2 * workers if isinstance(workers, int) else USUAL_WIDTH


class RayExecutor(Executor):
    """Ray's workers as an executor; Ray starts on this machine unless ``ray.init`` was called before.

    Ray runs a task again whose worker was killed.

    Args:
        options: of ``ray.remote``, such as ``num_cpus=1`` or ``max_retries=5``.

    Raises:
        SymconvError: Ray is not installed.
    """

    def __init__(self, **options: Any) -> None:
        try:
            import ray
        except ImportError:
            raise SymconvError("RayExecutor()", "Ray is not installed", "pip install symconv[ray]") from None
        self._call = ray.remote(**options)(_call) if options else ray.remote(_call)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand out one call."""
        future: Future[Any] = self._call.remote(fn, args, kwargs).future()
        return future


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)
