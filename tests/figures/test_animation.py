"""The window as it moves: which picture is shown when, what is in each, and that both files are what they should be."""

from __future__ import annotations

import re
from pathlib import Path
from struct import unpack
from typing import Any
from xml.etree import ElementTree
from zlib import crc32

import pytest

from symconv import AvgPool, Conv, ConvTranspose
from symconv.cli.main import main
from symconv.errors import OutputError, SizeLimitError, SymbolicShapeError, SymconvError
from symconv.figures import Animation, animated_window, reads

LAYERS: list[Any] = [
    Conv((5, 5), 3, stride=2, padding=1), ConvTranspose((3, 3), 3, stride=2, padding=1), Conv((7, 7), 3, dilation=2),
    Conv(6, 3), AvgPool((4, 4), 2), Conv((3, 3), 2, in_channels=2, out_channels=2),
]  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_every_position_has_a_picture_with_what_the_window_reads(layer: Any) -> None:
    moving = animated_window(layer)
    found = reads(layer)
    positions = 1
    for size in layer.output_shape[-layer.ndim :]:
        positions *= int(size)
    assert len(moving.frames) == positions
    assert len({(frame.width, frame.height) for frame in moving.frames}) == 1
    for output, frame in enumerate(moving.frames):
        (group,) = frame.groups("window")
        assert group.marks["output"] == (output,)
        under = {at for cell in frame.groups("pixel") if "weight" in cell.marks or not layer_has_weights(layer)
                 for at in (cell.marks.get("input", ()) if output in cell.marks.get("output", ()) else ())}  # fmt: skip
        assert under == {read.input for read in found[output] if read.input is not None}


def layer_has_weights(layer: Any) -> bool:
    return not isinstance(layer, AvgPool)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_one_picture_is_shown_at_a_time(layer: Any) -> None:
    moving = animated_window(layer, seconds=0.5)
    text = moving._repr_svg_()
    root = ElementTree.fromstring(text)
    delays = [float(one.attrib["style"].removeprefix("animation-delay:").removesuffix("s"))
              for one in root if one.tag == f"{SVG}g" and "style" in one.attrib]  # fmt: skip
    count = len(moving.frames)
    whole = float(re.findall(r"([\d.]+)s step-end infinite", text)[0])
    share = float(re.findall(r"visible\}([\d.]+)%\{visibility:hidden", text)[0])
    assert whole == pytest.approx(0.5 * count) and len(delays) == count
    for moment in range(count * 2, count * 4):
        now = 0.5 * moment + 0.1
        visible = [at for at, delay in enumerate(delays) if (now - delay) % whole < whole * share / 100]
        assert visible == [moment % count]
    assert "prefers-reduced-motion:reduce" in text
    used = set(re.findall(r'href="#(\w+)"', text))
    defined = re.findall(r'id="(\w+)"', text)
    assert used <= set(defined) and len(defined) == len(set(defined))


def test_files_are_the_same_every_time_and_small(tmp_path: Path) -> None:
    for layer, most in zip(LAYERS, (50_000, 120_000, 60_000, 20_000, 20_000, 40_000)):
        path = animated_window(layer).save(tmp_path / "w.svg", force=True)
        data = path.read_bytes()
        assert data == animated_window(layer).save(tmp_path / "v.svg", force=True).read_bytes()
        assert len(data) < most


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        length = unpack(">I", data[at : at + 4])[0]
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert unpack(">I", data[at + 8 + length : at + 12 + length])[0] == crc32(kind + content)
        found.append((kind, content))
        at += 12 + length
    return found


def test_the_png_has_all_pictures_in_their_order(tmp_path: Path) -> None:
    pytest.importorskip("cairosvg")
    path = animated_window(Conv((3, 3), 2), seconds=0.25).save(tmp_path / "w.png")
    found = chunks(path.read_bytes())
    kinds = [kind for kind, _ in found if kind != b"tEXt"]
    assert kinds[:3] == [b"IHDR", b"acTL", b"fcTL"] and kinds[-1] == b"IEND"
    content = dict(found)
    assert unpack(">II", content[b"acTL"]) == (4, 0)
    numbers = [unpack(">I", data[:4])[0] for kind, data in found if kind in (b"fcTL", b"fdAT")]
    assert numbers == list(range(len(numbers))) and kinds.count(b"fcTL") == 4
    assert {unpack(">HH", data[20:24]) for kind, data in found if kind == b"fcTL"} == {(250, 1000)}


def test_other_programs_read_the_png(tmp_path: Path) -> None:
    pytest.importorskip("cairosvg")
    read = pytest.importorskip("PIL.Image").open
    with read(animated_window(Conv((3, 3), 2)).save(tmp_path / "w.png")) as picture:
        assert picture.n_frames == 4
        seen = []
        for at in range(4):
            picture.seek(at)
            seen.append(picture.convert("RGB").tobytes())
        assert len(set(seen)) == 4


def test_what_cannot_move() -> None:
    with pytest.raises(SymbolicShapeError):
        animated_window(Conv.general(1))
    with pytest.raises(SizeLimitError, match="the limit is 150"):
        animated_window(Conv((28, 28), 5))
    for channel in (1, -1, True, 0.0):
        with pytest.raises(SymconvError, match="no such channel"):
            animated_window(Conv(3, 2), channel)  # type: ignore[arg-type]
    for seconds in (0, -1, 61, True, "1", float("nan")):
        with pytest.raises(SymconvError, match="how long a picture"):
            animated_window(Conv(3, 2), seconds=seconds)  # type: ignore[arg-type]
    with pytest.raises(SymconvError, match="nothing to show"):
        Animation(())
    with pytest.raises(OutputError, match=r"use \.svg or \.png"):
        animated_window(Conv(3, 2)).save("w.gif")
    with pytest.raises(OutputError, match="not a path"):
        animated_window(Conv(3, 2)).save(3)  # type: ignore[arg-type]


def test_at_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer = ["--input-size", "4", "--kernel-size", "2"]
    assert main(["figures", str(tmp_path), *layer, "--animate"]) == 0
    (path,) = tmp_path.iterdir()
    assert path.name.endswith("-animation.svg") and "step-end infinite" in path.read_text(encoding="utf-8")
    assert main(["figures", "-", *layer, "--animate"]) == 0
    assert "<svg" in capsys.readouterr().out
    assert main(["figures", str(tmp_path), *layer, "--animate", "--format", "tikz"]) == 2
    assert main(["figures", str(tmp_path), *layer, "--animate", "--only", "window"]) == 2
