"""sweep: one task for many items."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from symconv.errors import SymconvError, shown
from symconv.foundations.given import telling
from symconv.layers import Layer
from symconv.sweeps.executors import executor_of
from symconv.sweeps.items import keys_of
from symconv.sweeps.report import Row, Sweep
from symconv.sweeps.rows_file import RowsFile
from symconv.sweeps.run import Crew, Results, run_here
from symconv.sweeps.tasks import Record, Task, task_of


def sweep(
    items: Iterable[Any] | str | Path,
    task: Any,
    executor: Any = None,
    *,
    file: str | Path | None = None,
    function: str = "",
    details: bool = False,
    retry_errors: bool = False,
    chunksize: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
    **options: Any,
) -> Sweep:
    """Do one task with many items, here or on many machines; an error is kept with its item and stops nothing.

    Args:
        items: layers, claims, files or anything else. An item of a verb is its first arguments: several as a tuple,
            by name as a mapping; a layer may be a text, or the file of a network described in YAML or of a model.
            Of a layer as the task: programs as "FILE.py::function", or a folder.
        task: a function of one item; or a verb or its name, "prove", "check", "spot_check", "prove_code",
            "check_document"; or a layer, which the programs are to compute.
        executor: any executor of ``concurrent.futures``, or a client of Dask, or ``RayExecutor()``, or a number of
            processes; without one, the items are done one after the other in this process.
        file: of the rows as JSON lines. A sweep that is started again with the same file does only what is not in it.
        function: of a folder of programs, the function or "Class.method" that is judged in every file.
        details: whether to keep all that each report says, as ``row.found``.
        retry_errors: whether items that ended with an error in an earlier run are done again.
        chunksize: how many items are handed out at once; more for quick items on a cluster.
        progress: called with (items done, items in all, the last one in words).
        options: of the verb, as in ``of="output"``; of a layer, those of ``prove_code``, and ``run``.

    Returns:
        A Sweep with a row for each item, in the order of the items.

    Raises:
        SymconvError: the task, an option or the executor is unknown, or the task cannot be sent to other processes.
        OutputError: the file is of another task, or cannot be written.

    >>> from symconv import Conv
    >>> layers = [Conv(3, 2), "Conv(n, K, stride=s)", "Conv(2, 3)"]
    >>> [row.status for row in sweep(layers, "prove")]
    ['proved', 'proved', 'error']
    >>> sweep(["h1 = X1*w1 + X2*w2", "h1 = X1*w1"], "check", layer=Conv(3, 2)).counts
    {'proved': 1, 'refuted': 1}
    >>> [row.found for row in sweep([1, -2, 3], abs)]
    [1, 2, 3]
    """
    if isinstance(executor, str):
        raise SymconvError(f"executor={shown(executor)}", "not an executor", f"write function={shown(executor)}")
    if isinstance(chunksize, bool) or not isinstance(chunksize, int) or chunksize < 1:
        raise SymconvError(f"chunksize={shown(chunksize)}", "not a number of items", "use 1 or more")
    tell = telling(progress)
    todo = _items(items, task, function)
    job = task_of(task, options, details)
    keys = keys_of(todo)
    with ExitStack() as stack:
        kept = None if file is None else stack.enter_context(RowsFile(Path(file), job.name))
        known = {} if kept is None else kept.rows
        records: list[Record | None] = [_usable(known.get(key), retry_errors) for key in keys]
        resumed = sum(record is not None for record in records)
        open_items = [(number, item) for number, item in enumerate(todo) if records[number] is None]
        done = resumed
        for number, record in _results(job, open_items, executor, chunksize, stack):
            if kept is not None:
                kept.add(keys[number], record)
            records[number] = record
            done += 1
            tell(done, len(todo), record["item"])
    return Sweep(job.name, tuple(Row(**record) for record in records if record is not None), resumed)


def _items(items: Iterable[Any] | str | Path, task: Any, function: str) -> list[Any]:
    """The items; of programs, the function of every file in a folder."""
    if not isinstance(items, (Iterable, Path)):
        raise SymconvError(f"items={shown(items)}", "not several items", "pass a list")
    if isinstance(task, Layer):
        from symconv.programs.submissions import functions_of

        return functions_of(items, function)
    if function:
        raise SymconvError(f"function={shown(function)}", "the task is not a layer", "pass a layer as the task")
    if isinstance(items, (str, Path)):
        return [items]
    return list(items)


def _usable(record: Record | None, retry_errors: bool) -> Record | None:
    """The row of an earlier run, unless it is to be done again."""
    return None if record is None or (retry_errors and record["status"] == "error") else record


def _results(job: Task, items: list[tuple[int, Any]], executor: Any, chunksize: int, stack: ExitStack) -> Results:
    """The records of the items, as they come."""
    pool = executor_of(executor)
    if pool is None:
        return run_here(job, items)
    if pool is not executor:
        stack.callback(partial(pool.shutdown, wait=False))
    if isinstance(pool, ProcessPoolExecutor):
        _require_sendable(job)
    return Crew(job, pool, items, chunksize).run()


def _require_sendable(job: Task) -> None:
    try:
        pickle.dumps(job)
    except Exception as error:
        raise SymconvError(
            f"the task {job.name}"[:200], f"it cannot be sent to another process: {error}"[:200],
            "use a function of a module, or functools.partial of one",
        ) from None  # fmt: skip
