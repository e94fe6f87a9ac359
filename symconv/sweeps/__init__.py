"""Many questions at once: one task for many items, on any executor, with results that outlive the process."""

from symconv.sweeps.executors import RayExecutor
from symconv.sweeps.report import Row, Sweep
from symconv.sweeps.sweep import sweep

__all__ = ["RayExecutor", "Row", "Sweep", "sweep"]
