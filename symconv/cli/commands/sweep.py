"""symconv sweep: one task for many layers, claims or files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import CLAIMED, QUANTITIES, add_layer, layer_from
from symconv.cli.parser import Parser, WholeNumber, Words
from symconv.cli.streams import STANDARD, Progress, print_json, text_from
from symconv.errors import SymconvError, UsageError

TASKS = ("prove", "check", "spot-check", "prove-code", "check-document")
LINES = (".txt", ".jsonl")
"""How the names of files end that have an item on every line."""

DOCUMENTS = (".tex", ".md", ".ipynb", ".py")
NETWORKS = (".yaml", ".yml", ".onnx", ".keras")
"""What is taken from a folder by default; a Keras model as .json is read by its name."""
MODELS = (".onnx", ".keras", ".json")


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "items", nargs="*", metavar="ITEM",
        help="a layer such as 'Conv(n, K, stride=s)', a claim, FILE.py::FUNCTION, a document, a network's FILE.yaml, "
        "a model's FILE.onnx or .keras, or FILE.onnx::LAYER; a folder is all files in it; of FILE.txt or - every line "
        "is an item, and of FILE.jsonl the arguments of one",
    )  # fmt: skip
    parser.add_argument("--task", action=Words, words=TASKS, single=True, default="prove", metavar="TASK",
                        help=f"{', '.join(TASKS)} (default: prove)")  # fmt: skip
    parser.add_argument("--of", action=Words, words=CLAIMED, single=True, metavar="QUANTITY",
                        help=f"of prove, check and prove-code: {', '.join(QUANTITIES)}, ..")  # fmt: skip
    parser.add_argument("--function", metavar="NAME", help="of prove-code, the function to judge in every file")
    parser.add_argument("--layers", action="store_true", help="every layer of a model is an item of its own")
    parser.add_argument("--jobs", action=WholeNumber, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a Dask cluster, in place of --jobs")
    parser.add_argument("--save", metavar="FILE", help="write the rows as JSON lines; started again with the same "
                        "file, only what is missing in it is done")  # fmt: skip
    parser.add_argument("--retry-errors", action="store_true", help="with --save, do again what ended with an error")
    parser.add_argument("--details", action="store_true", help="keep all that each report says in --save and --json")
    add_layer(parser)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    items = [item for given in options.items for item in _items(given, options)]
    if not items:
        raise UsageError("no item", "there is nothing to do", "name layers, claims or files, or a folder of them")
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}", "not a number of processes", "use 1 or more")
    from symconv.sweeps import sweep

    with Progress(f"{options.task} of {len(items)} items", options.quiet) as progress:
        report = sweep(
            items, _task(options), _executor(options), file=options.save, details=options.details,
            retry_errors=options.retry_errors, progress=progress, **_chosen(options),
        )  # fmt: skip
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        print(report)
    return PROVED if report.holds else REFUTED


def _items(given: str, options: argparse.Namespace) -> Iterator[Any]:
    """The items that one argument stands for."""
    path = Path(given)
    if given == STANDARD or path.suffix in LINES:
        text = text_from(given, "the items")
        for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
            yield _from_json(line, number) if path.suffix == ".jsonl" else line.strip()
    elif len(given) < 1_000 and path.is_dir():
        endings = {"check-document": DOCUMENTS, "prove-code": (".py",)}.get(options.task, NETWORKS)
        files = [file for file in sorted(path.glob("**/*")) if file.suffix in endings and file.is_file()]
        if not files:
            raise UsageError(given[:60], f"no files {', '.join(endings)} are in it", "name another folder")
        yield from (item for file in files for item in _of_file(str(file), options))
    else:
        yield from _of_file(given, options)


def _of_file(given: str, options: argparse.Namespace) -> Iterator[str]:
    """A file or a text; or all layers of a model, if they are wanted one by one."""
    if not options.layers or Path(given).suffix.lower() not in MODELS:
        yield _function(given, options)
        return
    from symconv.models import read_model

    try:
        layers = list(read_model(given).layers)
    except SymconvError:
        layers = []  # its row says why
    yield from (f"{given}::{layer}" for layer in layers) if layers else (given,)


def _function(given: str, options: argparse.Namespace) -> str:
    """A file of programs with the function that is meant."""
    if options.task != "prove-code" or "::" in given:
        return given
    if not options.function:
        raise UsageError(given[:60], "no function is named", f"write {given[:40]}::NAME, or --function NAME")
    return f"{given}::{options.function}"


def _from_json(line: str, number: int) -> Any:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError(f"line {number}, {line[:40]}", "not an object of JSON", 'write {"layer": "Conv(3, 2)"}')
    return value


def _has_layer(options: argparse.Namespace) -> bool:
    return bool(options.input_size or options.general)


def _task(options: argparse.Namespace) -> Any:
    """The verb, or the layer that programs are to compute."""
    if options.task == "prove-code" and _has_layer(options):
        return layer_from(options)
    return options.task


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The options of the verb."""
    chosen: dict[str, Any] = {} if options.of is None else {"of": options.of}
    if options.task in ("check", "check-document") and _has_layer(options):
        chosen["layer"] = layer_from(options)
    elif options.task in ("prove", "spot-check") and _has_layer(options):
        raise UsageError(f"the options of a layer with --task {options.task}", "the items are the layers", "leave out")
    return chosen


def _executor(options: argparse.Namespace) -> Any:
    if options.dask is None:
        return options.jobs if options.jobs > 1 else None
    try:
        client: Any = import_module("dask.distributed").Client
    except ImportError:
        raise UsageError("--dask", "Dask is not installed", "pip install symconv[dask], or use --jobs") from None
    try:
        return client(options.dask, timeout="10s")
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {options.dask}", f"no scheduler answers: {error}"[:200], "start one") from None


COMMAND = Command(
    "prove, check or judge many layers, claims or files", "'Conv(3, 2)' 'Conv(n, K, stride=s)' --jobs 2",
    add_options, run,
)  # fmt: skip
