"""python -m benchmarks."""

import os
import sys

# Before NumPy is loaded: one thread on both sides of every row, so that CPU time is a fair clock.
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from benchmarks.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
