"""Files of Keras: a text of JSON, or a zip with one and the weights; bounded before anything is unpacked.

Keras itself is not needed. Code in a model, a Lambda or a class of one's own, is not run.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from symconv.errors import SizeLimitError, SymconvError, shown
from symconv.models.files import model_file
from symconv.models.parts import Array, Weight

LONGEST_TEXT = 20 * 2**20
MOST_BYTES = 2**31 - 1
MOST_MEMBERS = 1000
USUAL_BYTES, MOST_TIMES = 64 * 2**20, 20
"""A member unpacks to at most 64 MB, or 20 times what it is packed; weights hardly become smaller."""
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


class KerasFile:
    """A description of a model, and its weights if they are there.

    Args:
        title: what it is called.
        config: the description.
        archive: the zip with the weights, or None.
    """

    def __init__(self, title: str, config: Mapping[str, Any], archive: Path | None = None) -> None:
        self.title, self.config, self.archive = title, config, archive

    def weight(self, name: str, place: str, arrange: Any = None) -> Weight:
        """A tensor at a place among the weights; without a file it has no numbers."""
        read = None if self.archive is None else partial(stored, self.archive, place)
        return Weight(name, read, arrange)


def load(given: Any) -> KerasFile:
    """A description as a mapping, as a text of JSON, or from a file.

    Raises:
        SymconvError: it is none of these, or cannot be read.
        SizeLimitError: it is too large.
    """
    if isinstance(given, Mapping):
        return KerasFile(str(_named(given)), given)
    if isinstance(given, str) and given.lstrip().startswith("{"):
        config = _parsed(given, "a description of a model")
        return KerasFile(str(_named(config)), config)
    if not isinstance(given, (str, os.PathLike)):
        raise SymconvError(
            f"from_keras({shown(given)})", "neither a description of a model nor a path",
            "use model.to_json(), or the path of a .keras or .json file",
        )  # fmt: skip
    file = model_file(given, MOST_BYTES, (".keras", ".json"))
    if file.suffix.lower() in (".h5", ".hdf5"):
        raise SymconvError(f"the file {file}", "the older format of Keras, which is not read", 'save it as "x.keras"')
    if file.suffix.lower() == ".json":
        text = _bounded(file.open("rb"), f"the file {file}")
        return KerasFile(file.name, _parsed(text, f"the file {file}"))
    return KerasFile(file.name, _parsed(_member(file, CONFIG, LONGEST_TEXT), f"{CONFIG} of {file}"), file)


def _named(config: Mapping[str, Any]) -> Any:
    inner = config.get("config")
    return (inner.get("name") if isinstance(inner, Mapping) else None) or config.get("name") or "model"


def _bounded(opened: Any, name: str) -> bytes:
    with opened as stream:
        data: bytes = stream.read(LONGEST_TEXT + 1)
    if len(data) > LONGEST_TEXT:
        raise SizeLimitError(name, f"it has more than {LONGEST_TEXT:,} bytes", "use a smaller model")
    return data


def _parsed(text: str | bytes, name: str) -> Mapping[str, Any]:
    right = "use what model.to_json() gives"
    if len(text) > LONGEST_TEXT:
        raise SizeLimitError(name, f"it has more than {LONGEST_TEXT:,} characters", "use a smaller model")
    try:
        config = json.loads(text)
    except RecursionError:
        raise SizeLimitError(name, "it is nested too deeply", right) from None
    except ValueError as error:  # of JSON, of UTF-8, or of a number with too many digits
        raise SymconvError(name, f"it is not JSON: {error}"[:200], right) from None
    if not isinstance(config, Mapping):
        raise SymconvError(name, "it is not a description of a model", right)
    return config


DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, OSError, EOFError, ValueError, zlib.error)
"""What the standard library raises for a zip that is damaged, encrypted or packed by a method that it lacks."""


def _member(file: Path, name: str, most: int) -> bytes:
    """A member of a zip, of at most ``most`` bytes, whatever its directory says.

    Raises:
        SymconvError: the file is not a zip, or has no such member.
        SizeLimitError: it unpacks to more.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise SizeLimitError(f"the file {file}", f"it has more than {MOST_MEMBERS} members", "use a model")
            member = archive.getinfo(name)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SymconvError(f"{name} of {file}", "it is packed by a rare method", "use what model.save wrote")
            most = min(most, max(USUAL_BYTES, MOST_TIMES * member.compress_size))
            with archive.open(member) as stream:
                data = stream.read(most + 1)
    except KeyError:
        raise SymconvError(f"the file {file}", f"it has no {name}", "use a file that model.save wrote") from None
    except SymconvError:
        raise
    except DAMAGED as error:
        raise SymconvError(
            f"the file {file}", f"it is not a file of Keras: {error}"[:200], "use a file that model.save wrote"
        ) from None
    if len(data) > most:
        raise SizeLimitError(f"{name} of {file}", f"it unpacks to more than {most:,} bytes", "use a smaller model")
    return data


def stored(file: Path, place: str) -> Array:
    """The numbers at a place among the weights.

    Raises:
        SymconvError: h5py is not installed, or there are none, or they are in another file.
    """
    try:
        h5py = import_module("h5py")
    except ImportError:
        raise SymconvError(f"the weights of {file}", "h5py is not installed", 'pip install "symconv[keras]"') from None
    try:
        data = _member(file, WEIGHTS, MOST_BYTES)
        with h5py.File(BytesIO(data), "r") as opened:
            group, names = opened, place.split("/")
            for name in names:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise SymconvError(f"{place} of {file}", "there are no such weights", "save the model again")
                group = group[name]
            if not isinstance(group, h5py.Dataset) or group.external or group.is_virtual:
                raise SymconvError(f"{place} of {file}", "its numbers are not in the file itself", "save the model again")  # fmt: skip  # noqa: E501
            if group.nbytes > len(data):
                wrong = f"its shape {group.shape} has more numbers than the file"
                raise SizeLimitError(f"{place} of {file}", wrong, "save the model again")
            return np.asarray(group[()])
    except SymconvError:
        raise
    except Exception as error:  # of HDF5, for a file that is damaged
        raise SymconvError(
            f"the weights of {file}", f"they cannot be read: {error}"[:200], "save the model again"
        ) from None


def places(layers: Any, before: str) -> Iterator[str]:
    """Where the weights of each layer are, as ``model.save`` numbers those of one class."""
    taken: dict[str, int] = {}
    for layer in layers:
        name = _snake(str(layer.get("class_name")))
        taken[name] = taken.get(name, -1) + 1
        yield f"{before}layers/{name}{f'_{taken[name]}' if taken[name] else ''}"


def _snake(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
