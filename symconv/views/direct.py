"""The sliding sum: h[o, i] = sum over c, k of w[o, c, k] X[c, s i + d k - p]  (+ b[o])."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.views.view import Stage, View


class Direct(View):
    """Direct convolution (cross-correlation, as layers compute it)."""

    name = "direct"
    title = "direct convolution"

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        product = self.entry(names.weight, self.o + self.c + self.k) * self.entry(
            names.input, self.c + self.read_positions
        )
        output = self.sum(product, g.input_channels, g.kernel_offsets)
        if g.bias_term:
            output += self.entry(names.bias, self.o)
        return [Stage(names.output, g.output_layout, output)]
