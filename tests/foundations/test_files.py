"""Files are written all or none, each whole, and never over what somebody else wrote or changed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from symconv import Conv, NotesStyle, SymconvError, exercises, write_notes
from symconv.cli.main import main
from symconv.errors import OutputError
from symconv.figures import extent, png
from symconv.foundations import files
from symconv.foundations.files import MARKER, write_files
from symconv.foundations.seals import PNG, is_sealed, sealed
from tests.tools import require_module, require_tool, thinned

LAYER = Conv(3, 2)
TEXT = f"% {MARKER}\n\\bye\n"


def listing(folder: Path) -> dict[str, Any]:
    """Everything in a folder: contents, targets of links, permissions."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        if path.is_symlink():
            found[str(path.relative_to(folder))] = os.readlink(path)
        else:
            found[str(path.relative_to(folder))] = (path.read_bytes(), mode) if path.is_file() else mode
    return found


# -- failure at every step -----------------------------------------------------------------------------

CALLS = ("open", "fdopen", "fsync", "link", "replace", "mkdir", "chmod", "unlink")
"""What ``os`` is asked to do while files are written."""


class Injected:
    """The n-th of all calls fails with an error; ``after`` says whether it has had its effect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException, number: int, after: bool) -> None:
        self.count, self.number, self.error, self.after = 0, number, error, after
        for name in CALLS:
            monkeypatch.setattr(files.os, name, self.counted(getattr(os, name)))

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            fails = self.count == self.number
            if fails and not self.after:
                raise self.error
            result = function(*arguments, **options)
            if fails:
                if function is OPEN:
                    os.close(result)
                elif function is FDOPEN:
                    result.close()
                raise self.error
            return result

        return call


OPEN, FDOPEN = os.open, os.fdopen


def prepared(folder: Path) -> dict[Path, str | bytes]:
    """Files that are there, links, and what is to be written: over some of them, and into new folders."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    write_files({folder / "a.tex": f"% {MARKER}\nold a\n", folder / "b.tex": f"% {MARKER}\nold b\n"})
    (folder / "a.tex").chmod(0o600)
    (folder / "link.tex").symlink_to("mine.txt")
    (folder / "dangling.tex").symlink_to("nowhere")
    names = ("a.tex", "new.tex", "b.tex", "link.tex", "dangling.tex", "deep/er/c.tex")
    return {folder / name: f"% {MARKER}\nnew {name}\n" for name in names}


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize(
    "kind", [OSError, *(pytest.param(one, marks=pytest.mark.slow) for one in (KeyboardInterrupt, MemoryError))]
)
def test_a_failure_at_any_call_changes_nothing(
    kind: type[BaseException], after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    contents = prepared(folder)
    before = listing(folder)
    write_files(contents, force=True)
    done = listing(folder)
    assert done["mine.txt"] == before["mine.txt"] and "nowhere" not in done
    number, failures = 0, 0
    while True:
        number += 1
        contents = prepared(folder)
        error = OSError(28, "No space left on device") if kind is OSError else kind()
        with monkeypatch.context() as patched:
            injected = Injected(patched, error, number, after)
            try:
                write_files(contents, force=True)
                failed = False
            except (OutputError, KeyboardInterrupt, MemoryError) as caught:
                failed = True
                assert isinstance(caught, OutputError if kind is OSError else kind)
                assert kind is not OSError or "No space left on device" in str(caught)
        if injected.count < number:  # no call is left to fail
            break
        failures += failed
        now = listing(folder)
        if kind is OSError or not failed:
            assert now == (before if failed else done), number
        assert now in (before, done), number  # an interrupt may come when all is done
    assert failures >= 20


def test_a_second_failure_while_all_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that cannot be put back is kept under the name that the message says."""
    contents = prepared(tmp_path / "files")
    old = (tmp_path / "files" / "a.tex").read_bytes()
    count = 0

    def replace(*arguments: Any) -> None:
        nonlocal count
        count += 1
        if count >= 3:
            raise OSError(5, "Input/output error")
        RENAME(*arguments)

    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(OutputError, match="what it was is in") as error:
        write_files(contents, force=True)
    kept = Path(error.value.right.removeprefix("what it was is in ").partition("; ")[0])
    assert kept.read_bytes() == old


RENAME = os.replace


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(1, "Operation not permitted")

    folder = tmp_path / "files"
    contents = prepared(folder)
    before = listing(folder)
    monkeypatch.setattr(files.os, "link", refuse)
    write_files(contents, force=True)
    done = listing(folder)
    contents, count = prepared(folder), 0

    def replace(*arguments: Any) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError(5, "Input/output error")
        RENAME(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", replace)
        with pytest.raises(OutputError, match="Input/output error"):
            write_files(contents, force=True)
    assert listing(folder) == before
    write_files(contents, force=True)
    assert listing(folder) == done


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own handler of Ctrl-C, which a shell that starts the tests in the background takes away."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", range(1, 16))
def test_control_c_waits(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal at any call: the files are written, and then the interrupt comes."""
    folder = tmp_path / "files"
    write_files(prepared(folder), force=True)
    done = listing(folder)
    contents, count = prepared(folder), 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                signal.raise_signal(signal.SIGINT)
            return function(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        for name in ("fsync", "link", "replace"):
            patched.setattr(files.os, name, counted(getattr(os, name)))
        with pytest.raises(KeyboardInterrupt):
            write_files(contents, force=True)
    assert listing(folder) == done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_write_too(tmp_path: Path) -> None:
    thread = threading.Thread(target=write_files, args=({tmp_path / "a.tex": TEXT},))
    thread.start()
    thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tex"]


def test_the_second_format_fails_and_the_first_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_notes(LAYER, tmp_path, ("tex", "html"))
    before = listing(tmp_path)
    number = 0

    def replace(*arguments: Any) -> None:
        nonlocal number
        number += 1
        if number == 2:
            raise OSError(28, "No space left on device")
        RENAME(*arguments)

    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(OutputError, match="No space left"):
        write_notes(LAYER, tmp_path, ("tex", "html"), style=NotesStyle(title="Another"))
    assert listing(tmp_path) == before
    number = 1
    with pytest.raises(OutputError, match="No space left"):
        write_notes(LAYER, tmp_path / "new" / "folder", ("tex", "html"))
    assert listing(tmp_path) == before


def test_a_full_disk(tmp_path: Path) -> None:
    """More than a process may write into one file, in another process."""
    program = """
import resource, signal, sys
from pathlib import Path
from symconv.errors import OutputError
from symconv.foundations.files import write_files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Path(sys.argv[1])
try:
    write_files({folder / "a": "Written by symconv", folder / "b": "Written by symconv\\n" + "b" * 2000})
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "cannot be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


# -- what is there -------------------------------------------------------------------------------------


@contextmanager
def refused(words: str, folder: Path) -> Iterator[None]:
    """It is refused, and nothing in the folder changes."""
    before = listing(folder)
    with pytest.raises(OutputError, match=words):
        yield
    assert listing(folder) == before


def edits(data: bytes) -> Iterator[bytes]:
    yield data + b"\n"
    yield data[:-1]
    yield data.replace(b"e", b"E", 1)
    yield data[: len(data) // 2] + b"x" + data[len(data) // 2 :]
    yield data.replace(b"\n", b"\r\n")
    yield data.replace(b" [sha256 ", b" [sha256 0", 1)
    yield MARKER.encode() + b"\n"


FORMATS = ("tex", "beamer", "md", "ipynb", "html", "pdf")


@pytest.mark.parametrize("format", thinned(FORMATS, 2))
def test_an_edited_file_is_kept(format: str, tmp_path: Path) -> None:
    if format == "pdf":
        require_tool("pdflatex")
    if format == "ipynb":
        require_module("nbformat")
    paths = write_notes(LAYER, tmp_path, format)
    assert all(is_sealed(path.read_bytes()) for path in paths)
    written = [path.read_bytes() for path in paths]
    for data in written:
        assert not any(is_sealed(edited) for edited in edits(data) if edited != data)
    if format == "pdf":  # takes long, and there is nothing new in it
        return
    paths[-1].write_bytes(written[-1] + b"\n")
    with refused("changed after symconv wrote it.*use force", tmp_path):
        write_notes(LAYER, tmp_path, format, style=NotesStyle(title="Another"))
    write_notes(LAYER, tmp_path, format, force=True)
    assert [path.read_bytes() for path in paths] == written
    write_notes(LAYER, tmp_path, format, style=NotesStyle(title="Another"))  # untouched ones give way
    assert paths[0].read_bytes() != written[0]


def test_every_other_writer_uses_the_same_door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--input-size", "3", "--kernel-size", "2"]
    theorem, proof = tmp_path / "theorem.json", tmp_path / "proof.v"
    command = ["prove", *sizes, "--save", str(theorem), "--rocq", str(proof)]
    assert main(command) == 0 == main(command)
    assert main(["verify", str(theorem)]) == 0
    assert is_sealed(theorem.read_bytes()) and is_sealed(proof.read_bytes())
    proof.write_text(proof.read_text(encoding="utf-8") + "(* mine *)\n", encoding="utf-8")
    before = listing(tmp_path)
    assert main([*command[:3], *command[3:], "--stride", "1"]) == 2
    assert "changed after symconv wrote it" in capsys.readouterr().err
    assert listing(tmp_path) == before
    assert main([*command, "--force"]) == 0
    assert "mine" not in proof.read_text(encoding="utf-8")
    assert main(["prove", *sizes, "--save", str(theorem), "--rocq", str(theorem)]) == 2

    sheet = exercises(LAYER, 2)
    paths = sheet.write(tmp_path / "sheet")
    assert all(is_sealed(path.read_bytes()) for path in paths)
    assert json.loads(paths[-1].read_text(encoding="utf-8"))["about"].startswith(MARKER)
    paths[0].write_text(paths[0].read_text(encoding="utf-8") + "% mine\n", encoding="utf-8")
    with refused("changed after", tmp_path / "sheet"):
        sheet.write(tmp_path / "sheet")


def test_a_picture(tmp_path: Path) -> None:
    require_module("cairosvg")
    drawing, path = extent(LAYER), tmp_path / "extent.png"
    data = png(drawing, path)
    written = path.read_bytes()
    assert is_sealed(written) and not is_sealed(data)
    assert [chunk for chunk in chunks(written) if chunk[0] != b"tEXt"] == list(chunks(data))
    assert next(text for name, text in chunks(written) if name == b"tEXt").startswith(b"Software\0" + MARKER.encode())
    assert png(drawing, path) == data  # over its own
    path.write_bytes(written[:-20] + b"x" + written[-19:])
    with refused("changed after", tmp_path):
        png(drawing, path)
    assert png(drawing, path, force=True) == data and path.read_bytes() == written
    path.write_bytes(data)
    with refused("did not write it", tmp_path):
        png(drawing, path)
    for wrong in (tmp_path, tmp_path / "missing" / ".." / ".." / "x\0", Path("/")):
        with pytest.raises(SymconvError):
            png(drawing, wrong, force=True)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG; their checksums are right."""
    assert data.startswith(PNG)
    at = len(PNG)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert crc32(name + body) == int.from_bytes(data[at + 8 + size : at + 12 + size], "big")
        yield name, body
        at += 12 + size


def test_links(tmp_path: Path) -> None:
    """They are not followed: with force, the link gives way and what it leads to stays."""
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "notes.tex"
    write_files({elsewhere / "ours.tex": TEXT})
    for target in (elsewhere / "ours.tex", elsewhere / "nowhere"):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        before = listing(elsewhere)
        with refused("it is a link to .*, and links are not followed", tmp_path):
            write_files({path: TEXT})
        write_files({path: TEXT}, force=True)
        assert not path.is_symlink() and is_sealed(path.read_bytes())
        assert listing(elsewhere) == before
    folder = tmp_path / "folder"
    folder.symlink_to(elsewhere)  # a folder's own link is an ordinary way to it
    write_files({folder / "other.tex": TEXT})
    assert is_sealed((elsewhere / "other.tex").read_bytes())
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    for place in (tmp_path / "gone" / "a.tex", tmp_path / "gone" / "deep" / "a.tex"):
        with refused("cannot be written", tmp_path):
            write_files({place: TEXT}, force=True)


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_file(force: bool, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "away").symlink_to(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    for name, words in (
        ("folder", "it is a directory"),
        ("null", "it is a device"),
        ("away", "it is a directory"),
        ("pipe", "it is a device"),
        ("file/a", "cannot be written: Not a directory"),
        ("file/deep/a", "cannot be written: Not a directory"),
    ):
        with pytest.raises(OutputError, match=words):
            write_files({tmp_path / name: TEXT, tmp_path / "other": TEXT}, force)
        assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a file"
    with pytest.raises(OutputError, match="cannot be written: Not a directory"):
        write_notes(LAYER, tmp_path / "file", force=force)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 300), tmp_path / ("y" * 300) / "a", tmp_path / "nul\0", tmp_path / "half \ud83d"):
        with refused("cannot be written|null character", tmp_path):
            write_files({path: TEXT})
    with refused("cannot be written: surrogates", tmp_path):
        write_files({tmp_path / "a": f"{MARKER} \ud83d"})
    with refused("they are one file", tmp_path):
        write_files({tmp_path / "a": TEXT, tmp_path / ".." / tmp_path.name / "a": TEXT})
    with pytest.raises(ValueError, match="first line or at its end"):
        write_files({tmp_path / "a": "without the words"})
    assert write_files({}) == [] and listing(tmp_path) == {}


def test_a_folder_without_permission(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    with refused("Permission denied", tmp_path):
        write_notes(LAYER, folder)


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002])
def test_the_umask_is_respected(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        (path,) = write_notes(LAYER, tmp_path / "new")
        plain = tmp_path / "plain"
        plain.write_text("what any program makes", encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode) == 0o666 & ~mask
        path.chmod(0o640)
        write_notes(LAYER, tmp_path / "new", style=NotesStyle(title="Another"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_a_seal_fits_one_content_alone() -> None:
    for content in (TEXT.encode(), b"%PDF-1.5\n" + bytes(range(256)) * 9 + f"\n% {MARKER}\n".encode(), MARKER.encode()):
        data = sealed(content)
        assert is_sealed(data) and not is_sealed(content)
        for at in range(len(data)):
            assert not is_sealed(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            assert not is_sealed(data[:at] + data[at + 1 :])
