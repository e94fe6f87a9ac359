"""Every verb on every layer of real networks, in bounded memory: nothing of ordinary size is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from symconv import derive, exercises, figures_of, sgd_step, solve_sharing, spot_check, sweep, write_notes
from symconv.layers import Layer
from tests.real.networks import NETWORKS
from tests.tools import parts, thinned

ROOT = Path(__file__).resolve().parents[2]
NAMES = list(NETWORKS)
BATCHES = [None, pytest.param(32, marks=pytest.mark.slow)]


@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("name", thinned(NAMES, 2))
def test_every_layer_is_proved(name: str, batch_size: int | None) -> None:
    found = sweep([layer for _, layer in NETWORKS[name](batch_size)], "prove")
    assert found.holds, str(found)


def test_resnet_50_has_its_layers() -> None:
    layers = dict(NETWORKS["ResNet-50"]())
    assert len(layers) == 53 and layers["layer4.2.conv3"].output_shape == (2048, 7, 7)
    weights = sum(layer.direct.grad_weight.shape[0] * layer.direct.grad_weight.shape[1]
                  * layer.direct.grad_weight.shape[2] ** 2 for layer in layers.values())  # fmt: skip
    assert weights == 23_454_912  # 25,557,032 parameters less those of the last layer and of batch norm


def printed(value: object) -> int:
    """The longest of what is printed of it."""
    shown = [str(value), repr(value)]
    if hasattr(value, "_repr_html_"):
        shown.append(value._repr_html_())
    return max(map(len, shown))


def every_verb(layer: Layer, directory: Path) -> None:
    assert spot_check(layer, trials=1).passed
    assert printed(derive(layer)) < 100_000
    assert len(figures_of(layer)) >= 1
    assert len(exercises(layer, 1)) == 1
    write_notes(layer, directory, formats=("md",))
    if "grad_weight" in layer.quantities:
        assert printed(solve_sharing(layer)) < 5_000
        assert sgd_step(layer).prove().holds


@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])])
def test_every_verb_on_the_first_layer(name: str, batch_size: int | None, tmp_path: Path) -> None:
    every_verb(next(iter(NETWORKS[name](batch_size)))[1], tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMES)
def test_every_verb_on_every_layer(name: str, tmp_path: Path) -> None:
    for number, (_, layer) in enumerate(NETWORKS[name]()):
        every_verb(layer, tmp_path / str(number))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize("part", parts(2, 0))
def test_less_than_a_gigabyte(part: int) -> None:
    """The largest layers, each in a process with at most 1 GB for what is its own."""
    code = f"""
from pathlib import Path
from tempfile import mkdtemp
from tests.real.networks import NETWORKS
from tests.real.test_networks import every_verb
name, network = [("conv1_2", "VGG-16"), ("down0.2", "U-Net")][{part}]
every_verb(dict(NETWORKS[network](32))[name], Path(mkdtemp()))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert int(ended.stdout) * 1024 < 10**9  # getrusage would have the peak of the process that started it too
