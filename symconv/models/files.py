"""Files of models: what is asked of one before anything of it is read."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from symconv.errors import SizeLimitError, SymconvError, shown

PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib"}
CODE = {".py", ".ipynb"}


def model_file(path: Any, most: int, suffixes: tuple[str, ...]) -> Path:
    """The path of a file that may be read.

    Raises:
        SymconvError: there is no such file, or it is a program or a pickle.
        SizeLimitError: it has more than ``most`` bytes.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise SymconvError(shown(path), "not a path of a file", f"use a path such as model{suffixes[0]}")
    file = Path(path)
    refuse_programs(file)
    try:
        if not file.is_file():
            wrong = "a directory" if file.is_dir() else "there is no such file"
            raise SymconvError(f"the file {file}", wrong, f"use a path such as model{suffixes[0]}")
        size = file.stat().st_size
    except SymconvError:
        raise
    except (OSError, ValueError) as error:
        raise SymconvError(f"the file {shown(str(file))}", str(error), "use a file that can be read") from None
    if size > most:
        raise SizeLimitError(f"the file {file}", f"it has {size:,} bytes", f"at most {most:,} are read")
    return file


def refuse_programs(file: Path) -> None:
    """An error for a file that runs when it is opened."""
    suffix = file.suffix.lower()
    if suffix in CODE:
        raise SymconvError(
            f"the file {file}", "it is a program, and no code of a file is run",
            "in Python, import the model from it: from_torch(model, input_size)",
        )  # fmt: skip
    if suffix in PICKLES:
        raise SymconvError(
            f"the file {file}", "it is a pickle, which may run any code when it is opened, so it is not read",
            "in Python, make the model, load_state_dict(torch.load(file, weights_only=True)), and then "
            "from_torch(model, input_size); or write it as ONNX",
        )  # fmt: skip


def confined(base: Path | None, location: str) -> Path:
    """A file that a model names, which must be in the model's own directory.

    Raises:
        SymconvError: it is elsewhere, by its name or by a link, or there is no such file.
    """
    given, right = f"weights in the file {shown(location)}", "keep such files in the model's directory"
    if base is None:
        raise SymconvError(given, "the model is not in a file itself, so there is no directory to look in", right)
    pure = (PurePosixPath(location), PureWindowsPath(location))
    if not location or "\0" in location or any(one.is_absolute() or one.drive or ".." in one.parts for one in pure):
        raise SymconvError(given, "its path leaves the model's directory", right)
    try:
        found, home = (base / location).resolve(), base.resolve()
        if not found.is_relative_to(home) or not found.is_file():
            wrong = "it leads out of the model's directory" if not found.is_relative_to(home) else "no such file"
            raise SymconvError(given, wrong, right)
    except (OSError, RuntimeError) as error:
        raise SymconvError(given, str(error), right) from None
    return found
