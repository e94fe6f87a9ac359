"""One step of gradient descent on a layer: in every view, for all patches at once or patch by patch."""

from __future__ import annotations

from symconv.formulas.derived import Derived, derive, evaluate
from symconv.gradient_step.sgd import sgd_step
from symconv.gradient_step.step import Step
from symconv.numeric import spot_check
from symconv.proof import prove

__all__ = ["Step", "sgd_step"]

derive.register(Step, lambda step: Derived(step, {"after the step": step.after_step}))
evaluate.register(Step, Step.run)
prove.register(Step, Step.prove)
spot_check.register(Step, Step.spot_check)
