"""What is done with an item: a function, or a verb by its name; and the record that is kept of what it gives."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from symconv.errors import SymconvError, instead_of, shown
from symconv.foundations.reports import Judgement
from symconv.foundations.verbs import loaded
from symconv.layers import Layer
from symconv.sweeps.items import name_of

VERBS: Mapping[str, str] = {
    "prove": "symconv.proof:prove",
    "check": "symconv.claims:check",
    "spot_check": "symconv.numeric:spot_check",
    "solve_sharing": "symconv.proof:solve_sharing",
    "check_document": "symconv.documents:check_document",
    "prove_code": "symconv.programs:prove_code",
    "check_code": "symconv.programs:check_code",
    "probe_code": "symconv.programs:probe_code",
}
"""The verbs that a task may be, by name, and where each is."""

SUBJECTS = ("prove", "check", "spot_check", "solve_sharing")
"""The verbs whose first parameter may be a text that describes a layer or names the file of a network."""

LAYERS = ("prove_code", "check_code", "probe_code")
"""The verbs whose parameter ``layer`` may be the text of one."""

DESCRIPTIONS = (".yaml", ".yml")
"""How the names of files end that describe a network."""

MODELS = (".onnx", ".keras", ".json")
"""How the names of files end that are models of other libraries."""

LONGEST = 500
"""A row says why in at most 500 characters."""

Record = dict[str, Any]
"""A row before it has its key, as plain JSON values."""


@dataclass(frozen=True)
class VerbTask:
    """A verb, whose item is its first arguments: a tuple is several, a mapping has their names."""

    verb: str
    options: Mapping[str, Any]

    def __call__(self, item: Any) -> Any:
        function = loaded(VERBS[self.verb])
        names = [name for name in inspect.signature(function).parameters if name not in self.options]
        parts = item if isinstance(item, tuple) else (item,)
        given = dict(item) if isinstance(item, Mapping) else dict(zip(names, parts))
        if not isinstance(item, Mapping) and len(parts) > len(names):
            raise SymconvError(name_of(item), f"{self.verb} takes {len(names)} arguments", "give fewer")
        arguments = {**self.options, **given}
        first = next(iter(inspect.signature(function).parameters))
        if self.verb in SUBJECTS and isinstance(arguments.get(first), (str, Path)):
            arguments[first] = subject_of(arguments[first], whole=self.verb == "prove")
        if self.verb in LAYERS and isinstance(arguments.get("layer"), str):
            arguments["layer"] = subject_of(arguments["layer"])
        if first not in arguments:
            raise SymconvError(name_of(item), f"{self.verb} needs {first}", f'give it, as in {{"{first}": ..}}')
        return function(arguments.pop(first), **arguments)


def subject_of(text: str | Path, whole: bool = False) -> Any:
    """The layer that a text describes, the network that a file in YAML does, or what a file of a model has.

    Of a model that is its layer in "FILE.onnx::NAME"; else its network, or all that is read of it if it is to be whole.

    >>> subject_of("Conv(3, 2)")
    Conv(3, 2)
    """
    from symconv.documents.layer_text import require_layer

    file, _, layer = str(text).partition("::")
    if (path := Path(file)).suffix.lower() in MODELS:
        return _of_model(file, layer, whole)
    path = Path(text)
    if path.suffix not in DESCRIPTIONS:
        return require_layer(str(text))
    from symconv.descriptions.description import read_network

    try:
        return read_network(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SymconvError(f"the file {path}", f"it cannot be read: {error}"[:200], "name a text in UTF-8") from None


def _of_model(file: str, layer: str, whole: bool) -> Any:
    from symconv.models import read_model

    model = read_model(file)
    if layer:
        if layer not in model.layers:
            wrong = model.unread.get(layer, "it has no layer of that name that slides a window")
            raise SymconvError(f"the layer {shown(layer)} of {file}", wrong, instead_of(layer, model.layers))
        return model.layers[layer]
    return model if whole else model.network


@dataclass(frozen=True)
class Task:
    """What is done with every item. It is sent to other processes, and gives records.

    Args:
        name: in words.
        does: gets an item.
        details: whether all that a report says is kept.
    """

    name: str
    does: Callable[[Any], Any]
    details: bool = False

    def __call__(self, item: Any) -> Record:
        start = time.perf_counter()
        try:
            record = _record(self.does(item), self.details)
        except (Exception, SystemExit) as error:  # whatever the task raises is kept with its item
            record = error_record(error)
        return {"item": name_of(item), **record, "seconds": round(time.perf_counter() - start, 4)}


def error_record(error: BaseException) -> Record:
    """The record of an item whose task raised an error."""
    words = _line(f"{type(error).__name__}: {error}")
    return {"status": "error", "holds": False, "why": words, "found": None}


def task_of(task: Any, options: Mapping[str, Any], details: bool) -> Task:
    """The task that a user means: a function, a verb or its name, or a layer that programs are to compute.

    Raises:
        SymconvError: it is none of these, or a function is given options.
    """
    if isinstance(task, Layer):
        from symconv.programs.submissions import judged

        return Task(_named(f"prove_code of {task!r}", options), partial(judged, layer=task, **options), details)
    name = task if isinstance(task, str) else next((verb for verb in VERBS if _is_verb(task, verb)), None)
    if name is not None:
        verb = name.replace("-", "_")
        if verb not in VERBS:
            raise SymconvError(f"the task {shown(name)}", "no verb has that name", instead_of(verb, VERBS))
        return Task(_named(verb, _known_options(verb, options)), VerbTask(verb, options), details)
    if not callable(task):
        raise SymconvError(
            f"the task {shown(task)}", "neither a function nor the name of a verb", f"use {', '.join(VERBS)}"
        )
    if options:
        raise SymconvError(f"{next(iter(options))}=..", "a function takes its item alone", "use functools.partial")
    return Task(_function_name(task), task, details)


def _is_verb(task: Any, verb: str) -> bool:
    return getattr(task, "__name__", None) == verb and task is loaded(VERBS[verb])


def _known_options(verb: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, if the verb has them: a wrong one would be an error of every item."""
    parameters = inspect.signature(loaded(VERBS[verb])).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        for name in options:
            if name not in parameters:
                raise SymconvError(f"{name}=..", f"{verb} has no such option", instead_of(name, parameters))
    return options


def _function_name(task: Any) -> str:
    if isinstance(task, partial):
        parts = [_function_name(task.func), *map(name_of, task.args)]
        return ", ".join([*parts, *(f"{name}={name_of(value)}" for name, value in task.keywords.items())])
    return name_of(task)


def _named(verb: str, options: Mapping[str, Any]) -> str:
    return ", ".join([verb, *(f"{name}={name_of(value)}" for name, value in options.items())])


def _record(result: Any, details: bool) -> Record:
    """The record of what a task returned."""
    if isinstance(result, Judgement):
        status = getattr(result, "status", None) or ("proved" if result.holds else "not proved")
        if hasattr(result, "passed"):
            status = "passed" if result.holds else "failed"
        found = _plain(result.to_dict()) if details and hasattr(result, "to_dict") else None
        return {"status": str(status), "holds": bool(result.holds), "why": _line(result.summary), "found": found}
    if isinstance(result, bool):
        return {"status": "holds" if result else "fails", "holds": result, "why": "", "found": result}
    summary = getattr(result, "summary", None) or (result if isinstance(result, str) else shown(result))
    return {"status": "done", "holds": True, "why": _line(str(summary)), "found": _plain(result)}


def _plain(value: Any) -> Any:
    """A value as JSON has it: what JSON has no form for is shown."""
    return json.loads(json.dumps(value, default=shown))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
