"""The command line as a process of its own: ``symconv``, or ``python -m symconv``."""

import atexit
import gc
import sys

from symconv.cli.main import main


def run() -> int:
    """Run the command line and return its exit code.

    What SymPy makes when it is loaded stays until the end, so it is not looked through for garbage, nor at the end.
    """
    gc.set_threshold(250_000)
    atexit.register(gc.freeze)
    return main()


if __name__ == "__main__":
    sys.exit(run())
