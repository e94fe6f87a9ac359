"""The sliding sum: h[o, i] = sum over c, k of w[o, c, k] X[c, s i + d k - p]  (+ b[o])."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.formulas.computation import Stage
from symconv.geometry.axes import axes_of
from symconv.views.registry import register
from symconv.views.view import View


@register
class Direct(View):
    """Direct convolution (cross-correlation, as layers compute it)."""

    name = "direct"
    title = "direct convolution"

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        product = self.kernel * self.read(g.batch_axes, g.group_axes, g.input_channels)
        output = self.scaled(self.sum(product, g.input_channels, g.kernel_offsets))
        return [Stage(names.output, g.output_layout, self.with_bias(output, names.bias, axes_of(g.bias_layout)))]

    def latex(self) -> str:
        g = self.geometry
        settings = [(axis.s, axis.d, axis.l, axis.low, axis.high) for axis in self.schemes]
        is_plain = all([one.value for one in axis] == [1, 1, 1, 0, 0] for axis in settings) and not g.group_axes
        if not g.is_convolution or not is_plain:
            return super().latex()  # a bare sign would say nothing of the stride
        from symconv.printing.latex import convolved  # slow to load, and only needed to print

        return convolved(self.output.latex_names, g.bias_term)
