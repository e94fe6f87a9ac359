"""Tables that are longer than a page go on on the next one."""

from __future__ import annotations

import re
from pathlib import Path

from symconv import Activation, Conv, Sequential, write_notes


def test_no_table_of_a_deep_network_is_longer_than_a_page(tmp_path: Path) -> None:
    net = Sequential(Conv(3, 2), *[Activation("relu")] * 40)
    (path,) = write_notes(net, tmp_path, formats=("tex",))
    text = path.read_text(encoding="utf-8")
    tables = re.findall(r"\\begin\{tabular\}(.*?)\\end\{tabular\}", text, re.DOTALL)
    assert max(table.count("\\\\\n") for table in tables) <= 38  # with a head and the last row
    assert all(str(number) in text for number in range(1, 42)) and sum(r"receptive field" in one for one in tables) > 1
