"""One step of gradient descent on a layer: in every view, for all patches at once or patch by patch."""

from __future__ import annotations

from symconv.gradient_step.sgd import sgd_step
from symconv.gradient_step.step import Step

__all__ = ["Step", "sgd_step"]
