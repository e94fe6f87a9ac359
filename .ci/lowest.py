"""The lowest versions that pyproject.toml allows, as constraints for pip.

    python .ci/lowest.py network png notebook > constraints.txt

The arguments are extras whose packages are wanted too.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def lowest(project: dict[str, Any], extras: list[str]) -> list[str]:
    """A constraint for every requirement that has a lowest version.

    >>> lowest({"dependencies": ["sympy>=1.12", "lark"], "optional-dependencies": {"png": ["cairosvg>=2.7"]}}, ["png"])
    ['sympy==1.12', 'cairosvg==2.7']
    """
    needed = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    found = (re.fullmatch(r"([\w.-]+)>=([\w.]+)", one) for one in needed)
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(lowest(tomllib.loads(text)["project"], sys.argv[1:])))
